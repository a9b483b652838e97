"""Strategies for the records of a CRM: their fields, their versions, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import product
from typing import Final

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from quota_engine.events import CrmEvent, Property
from quota_engine.splits import Share, Split, Splits
from quota_engine.testing.strategies.drawing import Drawer, below, drawer_of, is_one_in, pick
from quota_engine.testing.strategies.values import (
    DATES,
    FEATURES,
    MOSTLY_ADA,
    NUMBERS,
    OBJECTS,
    PIPELINES,
    PROPERTIES,
    SOMEDAY,
    STAGES,
    USERS,
    an_amount,
    moments_at,
)

_NONSENSE: Final[tuple[Property, ...]] = (None, "", "a lot", True)
_WON_OR_NONSENSE: Final[SearchStrategy[Property]] = st.sampled_from((*[True] * 12, "TRUE", False, None, "", "maybe"))
_STAGE: Final[SearchStrategy[Property]] = st.sampled_from((*STAGES, None, "", 7))
_CODES: Final = st.sampled_from((None, "USD", None, "USD", "CHF", "CHF", "EUR", "JPY", "ZWL", "", "eur"))
_VERSIONS: Final = tuple(product(("r1", "r2", "r3"), (0, 0, 1)))
_UNDELETED: Final = st.sampled_from(tuple((record, version, False) for record, version in _VERSIONS))
_DELETED_OR_NOT: Final = st.sampled_from(
    tuple((*version, deleted) for deleted, version in product((*[False] * 8, True), _VERSIONS))
)
_OWNERS: Final = st.sampled_from((*[*USERS, *USERS[:2], USERS[0]] * 3, "ghost", None, ""))
_SOME_USER: Final = st.sampled_from(USERS)
_SOME_PIPELINE: Final = st.sampled_from((None, *PIPELINES))
_CHANGES: Final = st.lists(below(5), max_size=4)
_CHANGES_AND_DELETIONS: Final = st.lists(below(7), max_size=4)

# How a record is dated: five ninths at a day, three at a moment, one at a moment written as text; or one in eight by nonsense.
_WAYS: Final = (*["day"] * 5, *["moment"] * 3, "text")
_READABLE: Final = st.sampled_from(_WAYS)
_READABLE_OR_NONSENSE: Final = st.sampled_from((*_WAYS * 7, *["nonsense"] * 9))


def _dates(moment: Drawer[datetime], days: Sequence[date], features: Collection[str]) -> Drawer[Property]:
    ways = _READABLE_OR_NONSENSE if "nonsense" in features else _READABLE
    nonsense = (None, "", days[0].isoformat(), "2026-02-30", "soon")

    def dated(draw: DrawFn) -> Property:
        way = draw(ways)
        if way == "day":
            return pick(draw, days)
        if way == "nonsense":
            return pick(draw, nonsense)
        return moment(draw) if way == "moment" else moment(draw).isoformat()

    return dated


def _number(draw: DrawFn, features: Collection[str]) -> Property:
    return pick(draw, _NONSENSE) if "nonsense" in features and is_one_in(draw, 12) else an_amount(draw)


def _properties(
    draw: DrawFn, dated: Drawer[Property], names: Iterable[str], features: Collection[str]
) -> dict[str, Property]:
    dates: list[Property] = []
    found: dict[str, Property] = {}
    for name in sorted(names):
        if name == "currency":
            found[name] = draw(_CODES) if "currencies" in features else None
        elif name == "stage":
            found[name] = draw(_STAGE)
        elif name in NUMBERS:
            found[name] = _number(draw, features)
        elif name == "is_won":
            found[name] = draw(_WON_OR_NONSENSE) if "nonsense" in features else True
        else:
            dates.append(dated(draw) if not dates or is_one_in(draw, 4) else dates[0])
            found[name] = dates[-1]
    return found


@st.composite
def properties(
    draw: DrawFn,
    moment: SearchStrategy[datetime] | None = None,
    *,
    names: Iterable[str] = PROPERTIES,
    days: Sequence[date] = (SOMEDAY,),
    features: Collection[str] = FEATURES,
) -> dict[str, Property]:
    """Return the fields of a record: mostly set and readable, dated on one of some days or at a moment; else absent or nonsense.

    Mostly all dates of a record are the same.
    """
    return _properties(draw, _dates(_drawer(moment), days, features), names, features)


def _drawer(moment: SearchStrategy[datetime] | None) -> Drawer[datetime]:
    return moments_at() if moment is None else drawer_of(moment)


def crm_events(
    moment: SearchStrategy[datetime] | None = None,
    dated: SearchStrategy[datetime] | None = None,
    *,
    objects: Sequence[str] = OBJECTS,
    names: Iterable[str] = PROPERTIES,
    days: Sequence[date] = (SOMEDAY,),
    features: Collection[str] = FEATURES,
) -> SearchStrategy[CrmEvent]:
    """Return versions of a few records: recorded at few moments, owned by few users, by nobody, or by somebody unknown."""
    return events_at(_drawer(moment), _drawer(dated), objects=objects, names=names, days=days, features=features)


@st.composite
def events_at(
    draw: DrawFn,
    recorded: Drawer[datetime],
    dated: Drawer[datetime],
    *,
    objects: Sequence[str],
    names: Iterable[str],
    days: Sequence[date],
    features: Collection[str],
) -> CrmEvent:
    """Return what `crm_events` returns, for moments that are drawn by functions."""
    record, version, is_deleted = draw(_DELETED_OR_NOT if "deletions" in features else _UNDELETED)
    return CrmEvent(
        pick(draw, objects),
        record,
        recorded_at=recorded(draw),
        owner_id=draw(_OWNERS if "strangers" in features else MOSTLY_ADA),
        pipeline_id=draw(_SOME_PIPELINE) if "pipelines" in features else None,
        properties=_properties(draw, _dates(dated, days, features), names, features),
        version=version,
        deleted=is_deleted,
    )


def a_history(
    draw: DrawFn, event: SearchStrategy[CrmEvent], moment: Drawer[datetime], features: Collection[str]
) -> list[CrmEvent]:
    """Draw versions, some of which say something else of a record: moved, handed over, deleted, restored; or the same."""
    found = draw(st.lists(event, min_size=1, max_size=6))
    changes: list[Callable[[CrmEvent], CrmEvent]] = [
        lambda before: before,
        lambda before: evolve(before, recorded_at=moment(draw)),
        lambda before: evolve(before, recorded_at=moment(draw), owner_id=draw(_SOME_USER)),
        lambda before: evolve(before, owner_id=draw(_SOME_USER)),
        lambda before: evolve(before, recorded_at=moment(draw), properties=_redated(before, moment(draw))),
        lambda before: evolve(before, recorded_at=moment(draw), deleted=not before.deleted),
        lambda before: evolve(before, deleted=not before.deleted),
    ]
    for index in draw(_CHANGES_AND_DELETIONS if "deletions" in features else _CHANGES):
        found.append(changes[index](pick(draw, found)))
    return found


def _redated(event: CrmEvent, moment: datetime) -> dict[str, Property]:
    return {**event.properties, **dict.fromkeys(DATES, moment)}


_PARTS: Final[tuple[tuple[Share, ...], ...]] = (
    ("0.5", "0.3", "0.2"),
    ("1", 0, 0),
    ("0.000000000000000001", "0.999999999999999999", 0),
)
_SHARERS: Final = (USERS, (USERS[1], USERS[0], "ghost"), (USERS[2], USERS[1], USERS[0]))
_SHARES: Final[SearchStrategy[Mapping[str, Share]]] = st.sampled_from(
    [dict(zip(users, parts, strict=True)) for users in _SHARERS for parts in _PARTS]
)
_NO_SHARES: Final[Mapping[str, Share]] = {}
_OVERLAYS: Final[SearchStrategy[Mapping[str, Share]]] = st.sampled_from(
    (_NO_SHARES, _NO_SHARES, _NO_SHARES, {USERS[0]: "0.25"}, {USERS[2]: 1}, {"ghost": 1})
)
_RECORD_IDS: Final = ("r1", "r2", "r3")


def splits(
    moment: SearchStrategy[datetime] | None = None, *, objects: Sequence[str] = OBJECTS
) -> SearchStrategy[Splits]:
    """Return splits of a few records among a few users, one of them unknown; some carry the time at which they were recorded."""
    return splits_at(_drawer(moment), objects=objects)


@st.composite
def splits_at(draw: DrawFn, recorded: Drawer[datetime], *, objects: Sequence[str]) -> Splits:
    """Return what `splits` returns, for moments that are drawn by a function."""
    records = [(kind, record_id) for kind in objects for record_id in _RECORD_IDS]
    always = draw(st.lists(st.sampled_from(records), unique=True, max_size=2))
    later = {
        (record, recorded(draw)): _NO_SHARES if is_one_in(draw, 4) else draw(_SHARES)
        for record in draw(st.lists(st.sampled_from(records), max_size=3))
    }
    return Splits(
        {record: draw(_SHARES) for record in always},
        overlays={record: draw(_OVERLAYS) for record in always[:1]},
        recorded=[
            Split(object=kind, record_id=record_id, shares=shares, overlays=draw(_OVERLAYS), recorded_at=moment)
            for ((kind, record_id), moment), shares in later.items()
        ],
    )
