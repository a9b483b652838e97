"""Strategies for the records of a CRM: their fields, their versions, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Final

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from quota_engine.events import CrmEvent, Property
from quota_engine.testing.strategies.values import (
    AMOUNTS,
    DATES,
    DELETIONS,
    FEATURES,
    MOSTLY_ADA,
    NUMBERS,
    OBJECTS,
    PIPELINES,
    PROPERTIES,
    SOMEDAY,
    STAGES,
    USERS,
    VERSIONS,
    moments,
    one_in,
)

_NUMBER_OR_NONSENSE: Final[SearchStrategy[Property]] = one_in(12, st.sampled_from((None, "", "a lot", True)), AMOUNTS)
_WON_OR_NONSENSE: Final[SearchStrategy[Property]] = st.sampled_from((*[True] * 12, "TRUE", False, None, "", "maybe"))
_STAGE: Final[SearchStrategy[Property]] = st.sampled_from((*STAGES, None, "", 7))
_CODES: Final = st.sampled_from((None, "USD", None, "USD", "CHF", "CHF", "EUR", "JPY", "ZWL", "", "eur"))
_RECORDS: Final = st.sampled_from(("r1", "r2", "r3"))
_OWNERS: Final = st.sampled_from((*[*USERS, *USERS[:2], USERS[0]] * 3, "ghost", None, ""))
_SOME_USER: Final = st.sampled_from(USERS)
_SOME_PIPELINE: Final = st.sampled_from((None, *PIPELINES))


def _dates(
    moment: SearchStrategy[datetime], days: Sequence[date], features: Collection[str]
) -> SearchStrategy[Property]:
    usual = st.sampled_from(days) | moment | one_in(3, moment.map(datetime.isoformat), st.sampled_from(days))
    odd = st.sampled_from((None, "", days[0].isoformat(), "2026-02-30", "soon"))
    return one_in(8, odd, usual) if "nonsense" in features else usual


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
    dates = _dates(moments() if moment is None else moment, days, features)
    usual = draw(dates)
    found: dict[str, Property] = {}
    for name in sorted(names):
        if name == "currency":
            found[name] = draw(_CODES) if "currencies" in features else None
        elif name == "stage":
            found[name] = draw(_STAGE)
        elif name in NUMBERS:
            found[name] = draw(_NUMBER_OR_NONSENSE if "nonsense" in features else AMOUNTS)
        elif name == "is_won":
            found[name] = draw(_WON_OR_NONSENSE) if "nonsense" in features else True
        else:
            found[name] = draw(one_in(8, dates, st.just(usual)))
    return found


@st.composite
def crm_events(
    draw: DrawFn,
    moment: SearchStrategy[datetime] | None = None,
    dated: SearchStrategy[datetime] | None = None,
    *,
    objects: Sequence[str] = OBJECTS,
    names: Iterable[str] = PROPERTIES,
    days: Sequence[date] = (SOMEDAY,),
    features: Collection[str] = FEATURES,
) -> CrmEvent:
    """Return versions of a few records: recorded at few moments, owned by few users, by nobody, or by somebody unknown."""
    when = moments() if moment is None else moment
    return CrmEvent(
        draw(st.sampled_from(objects)),
        draw(_RECORDS),
        recorded_at=draw(when),
        owner_id=draw(_OWNERS if "strangers" in features else MOSTLY_ADA),
        pipeline_id=draw(_SOME_PIPELINE) if "pipelines" in features else None,
        properties=draw(properties(dated, names=names, days=days, features=features)),
        version=draw(VERSIONS),
        deleted="deletions" in features and draw(DELETIONS),
    )


@st.composite
def histories(
    draw: DrawFn, event: SearchStrategy[CrmEvent], moment: SearchStrategy[datetime], features: Collection[str]
) -> list[CrmEvent]:
    """Return versions, some of which say something else of a record: moved, handed over, deleted, restored; or the same."""

    def toggled_later(before: CrmEvent) -> CrmEvent:
        return evolve(before, recorded_at=draw(moment), deleted=not before.deleted)

    def toggled(before: CrmEvent) -> CrmEvent:
        return evolve(before, deleted=not before.deleted)

    found = draw(st.lists(event, min_size=1, max_size=6))
    changes: list[Callable[[CrmEvent], CrmEvent]] = [
        lambda before: before,
        lambda before: evolve(before, recorded_at=draw(moment)),
        lambda before: evolve(before, recorded_at=draw(moment), owner_id=draw(_SOME_USER)),
        lambda before: evolve(before, owner_id=draw(_SOME_USER)),
        lambda before: evolve(before, recorded_at=draw(moment), properties=_redated(before, draw(moment))),
    ]
    if "deletions" in features:
        changes += [toggled_later, toggled]
    for index in draw(st.lists(st.integers(0, len(changes) - 1), max_size=4)):
        found.append(changes[index](draw(st.sampled_from(found))))
    return found


def _redated(event: CrmEvent, moment: datetime) -> dict[str, Property]:
    return {**event.properties, **dict.fromkeys(DATES, moment)}
