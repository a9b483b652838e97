"""Records from files: only the properties that goals read, each of the kind that they read it as."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import compress
from pathlib import Path
from typing import Any, Final

from attrs import frozen

from quota_engine import _fields, amounts
from quota_engine.adapters.columns import Column, Columns, Days, Minor, Moments
from quota_engine.adapters.files import cells
from quota_engine.adapters.files.manifests import Records
from quota_engine.adapters.files.mistakes import Mistakes, plainly
from quota_engine.adapters.files.sheets import MANIFEST, Chunk, Sheet, Wanted
from quota_engine.adapters.files.tables import OnProgress
from quota_engine.contributors import ContributorKind
from quota_engine.errors import invalid, mistyped, shown
from quota_engine.events import CrmEvent
from quota_engine.goals import Goal
from quota_engine.measures import Aggregate, Condition

Check = Callable[[object, str], object]
Kind = str
_Lists = dict[str, list[Any]]

_OWN: Final = ("record_id", "owner_id", "pipeline_id", "recorded_at", "version", "deleted")
_PEOPLE: Final = frozenset({ContributorKind.USER, ContributorKind.TEAM})
_LONGEST_TEXT: Final = 100_000
_ANY: Final = "a value"
_NUMBER: Final = "a number"
_CURRENCY: Final = "a currency code"


def read_records(
    folder: Path,
    sources: Iterable[Records],
    goals: Sequence[Goal],
    *,
    has_all_goals: bool,
    mistakes: Mistakes,
    on_progress: OnProgress | None = None,
) -> tuple[CrmEvent | Columns, ...]:
    """Return the records of all files, as events where they say when they were recorded, and in columns where they do not.

    Where some goals could not be read, it is not judged which records no goal measures.
    """
    found: list[CrmEvent | Columns] = []
    ids: dict[str, list[_Ids]] = {}
    for records in sources:
        needs = _needs(records.object, goals)
        if has_all_goals and not needs:
            measured = ", ".join(sorted({goal.measure.object for goal in goals}))
            said = f"expected records that a goal measures ({measured}), got {shown(records.object)}"
            mistakes.add(MANIFEST, f"{records.source.path}.object", said)
        for name in needs:
            if name in _OWN:
                mistakes.add(
                    MANIFEST, records.source.path, f"a property cannot be called {name}: every record has its own"
                )
        sheet = Sheet(folder, records.source, _wanted(records, needs, goals), mistakes)
        lists = _lists(sheet, ids.setdefault(records.object, []), on_progress)
        if not mistakes.count(sheet.source.file) and lists.get("record_id"):
            found += _events(records, lists, needs) if "recorded_at" in lists else [_columns(records, lists, needs)]
    return tuple(found)


@frozen
class _Ids:
    """The record ids of a sheet with the rows they are in, and whether each must be there once."""

    sheet: Sheet
    rows: dict[str, int]
    is_single: bool


@frozen
class _Need:
    """What goals need of a property: the kinds it must be of, and whether records must have it."""

    kinds: frozenset[Kind]
    is_needed: bool


def _needs(object_: str, goals: Iterable[Goal]) -> dict[str, _Need]:
    """Return the properties that the measures of an object read."""
    kinds: dict[str, set[Kind]] = {}
    needed: set[str] = set()
    for measure in dict.fromkeys(goal.measure for goal in goals if goal.measure.object == object_):
        read = [(measure.dated_by, "when"), *((condition.property, _kind(condition)) for condition in measure.where)]
        if measure.value is not None and measure.aggregate is not Aggregate.COUNT:
            read.append((measure.value, _NUMBER))
        needed.update(name for name, _ in read)
        if measure.is_money:
            read.append((measure.currency, _CURRENCY))
        for name, kind in read:
            kinds.setdefault(name, set()).add(kind)
    return {
        name: _Need(frozenset(found - {_ANY}) or frozenset({_ANY}), name in needed) for name, found in kinds.items()
    }


def _kind(condition: Condition) -> Kind:
    """Return what a condition reads a property as: the kind of its value, as measures do."""
    value = condition.value[0] if isinstance(condition.value, tuple) else condition.value
    kinds: tuple[tuple[type, Kind], ...] = (
        (type(None), _ANY), (bool, "true or false"), (str, "text"), (datetime, "a moment"), (date, "a day"),
    )  # fmt: skip
    return next((kind for made_of, kind in kinds if isinstance(value, made_of)), _NUMBER)


def _text(cell: object, field: str) -> str:
    if not isinstance(cell, str):
        raise mistyped(field, cell, "text")
    if len(cell) > _LONGEST_TEXT:
        raise invalid(field, cell, f"at most {_LONGEST_TEXT} characters", code="too_long")
    return cell


def _any(cell: object, field: str) -> object:
    if not isinstance(cell, (bool, int, Decimal)):
        return _text(cell, field)
    return cell


def _version(cell: object, field: str) -> int:
    return _fields.whole(cells.number(cell, field), field, 0, 2**63 - 1)


_CHECKS: Final[dict[Kind, Check]] = {
    _ANY: _any,
    _NUMBER: amounts.exact,
    _CURRENCY: amounts.currency,
    "when": cells.when,
    "true or false": cells.truth,
    "text": _text,
    "a moment": cells.moment,
    "a day": _fields.day,
}


def _check_of(need: _Need, places: int | None) -> Check:
    """Return the check of a property; what must be of several kinds at once stays the text that it is."""
    if places is not None:
        return cells.minor(places)
    checks = [_CHECKS[kind] for kind in sorted(need.kinds)]
    if len(checks) == 1:
        return checks[0]

    def check(cell: object, field: str) -> object:
        for one in checks:
            one(cell, field)
        return cell

    return check


def _wanted(records: Records, needs: Mapping[str, _Need], goals: Iterable[Goal]) -> tuple[Wanted, ...]:
    """Return the columns of a file of records. Those that rows are credited by must be there, so that none stays at nothing."""
    rows = [row for goal in goals if goal.measure.object == records.object for row in goal.assignments]
    by_owner = any(row.contributor.kind in _PEOPLE for row in rows)
    by_pipeline = any(row.tracked is not None for row in rows)
    return (
        Wanted("record_id", "an id", _fields.identifier),
        Wanted("owner_id", "an id", _fields.text, is_filled=False, has_column=by_owner, repeats=True),
        Wanted("pipeline_id", "an id", _fields.text, is_filled=False, has_column=by_pipeline, repeats=True),
        Wanted("recorded_at", "a moment", cells.moment, has_column=False),
        Wanted("version", "a whole number", _version, is_filled=False, has_column=False, repeats=True),
        Wanted("deleted", "true or false", cells.truth, is_filled=False, has_column=False, repeats=True),
        *(
            Wanted(
                name,
                " and ".join(sorted(need.kinds)),
                _check_of(need, _places(records, name)),
                is_filled=False,
                has_column=need.is_needed,
                repeats=_NUMBER not in need.kinds,
            )
            for name, need in needs.items()
        ),
    )


def _places(records: Records, name: str) -> int | None:
    column = records.source.column(name)
    return None if column is None else column.minor


def _lists(sheet: Sheet, known: list[_Ids], on_progress: OnProgress | None) -> _Lists:
    """Return the values of a sheet, a list per field; each record that has no recording time must be there once."""
    lists: _Lists = {}
    for chunk in sheet.chunks(on_progress):
        if not lists:
            lists = {name: [] for name in chunk.columns}
            known.append(_Ids(sheet, {}, is_single="recorded_at" not in lists))
        _refuse_repeated(chunk, known)
        for name, values in chunk.columns.items():
            lists[name].extend(values)
    return lists


def _refuse_repeated(chunk: Chunk, known: list[_Ids]) -> None:
    own = known[-1]
    others = [ids for ids in known[:-1] if ids.is_single or own.is_single]
    for number, record_id in zip(chunk.numbers, chunk.columns["record_id"], strict=True):
        if record_id is None:
            continue
        if not own.is_single:
            own.rows.setdefault(record_id, number)
        elif not own.sheet.is_first(number, "record_id", record_id, own.rows):
            continue
        for ids in others:
            if record_id in ids.rows:
                other = f"{ids.sheet.where(ids.rows[record_id])} of {plainly(ids.sheet.source.file)}"
                said = f"expected each record once, got {shown(record_id)} again; it is in {other} already"
                own.sheet.refuse(number, "record_id", said)


def _events(records: Records, lists: _Lists, needs: Mapping[str, _Need]) -> list[CrmEvent]:
    count = len(lists["record_id"])
    nothing: list[Any] = [None] * count
    names = [name for name in needs if name in lists]
    properties = [
        [cells.unscaled(value, places) if value is not None else None for value in lists[name]]
        if (places := _places(records, name)) is not None
        else lists[name]
        for name in names
    ]
    return [
        CrmEvent(
            records.object,
            record_id,
            recorded_at=recorded_at,
            owner_id=owner_id,
            pipeline_id=pipeline_id,
            properties=dict(zip(names, values, strict=True)),
            version=version or 0,
            deleted=bool(deleted),
        )
        for record_id, recorded_at, owner_id, pipeline_id, version, deleted, *values in zip(
            lists["record_id"],
            lists["recorded_at"],
            *(lists.get(name, nothing) for name in ("owner_id", "pipeline_id", "version", "deleted")),
            *properties,
            strict=True,
        )
    ]


def _columns(records: Records, lists: _Lists, needs: Mapping[str, _Need]) -> Columns:
    """Return records in their only version; one that says that it is deleted is not there."""
    deleted = lists.get("deleted")
    if deleted is not None and any(deleted):
        kept = [not gone for gone in deleted]
        lists = {name: list(compress(values, kept)) for name, values in lists.items()}
    return Columns(
        records.object,
        lists["record_id"],
        owner_id=lists.get("owner_id"),
        pipeline_id=lists.get("pipeline_id"),
        properties={name: _packed(lists[name], _places(records, name)) for name in needs if name in lists},
    )


def _packed(values: list[Any], places: int | None) -> Column:
    """Return a column in the quickest form that holds its values exactly."""
    if places is not None:
        return Minor(values, places)
    kinds = set(map(type, values)) - {type(None)}
    if kinds == {date}:
        return Days([None if value is None else value.toordinal() for value in values])
    if kinds == {datetime}:
        return Moments([None if value is None else _fields.microseconds(value) for value in values])
    if kinds == {date, datetime}:
        return [None if value is None else value.isoformat() for value in values]
    if kinds == {Decimal}:
        return _in_units(values)
    return values


def _in_units(values: list[Decimal | None]) -> Minor:
    """Return amounts as whole numbers of the smallest power of ten that any of them is written to."""
    exponents = (int(value.as_tuple().exponent) for value in values if value is not None)
    places = min(max(0, -min(exponents, default=0)), amounts.PLACES)
    unit = 10 ** (amounts.PLACES - places)
    return Minor([None if value is None else amounts.grains(value) // unit for value in values], places)
