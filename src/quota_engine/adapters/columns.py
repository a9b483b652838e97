"""Records in columns: plain sequences, one per field, for speed. The figures are those of the same records as events.

A column of properties may be any plain sequence of what a property may be. Three kinds are quicker: `Minor` (money as whole
numbers of the smallest coin, or of any power of ten), `Days` (day numbers as `date.toordinal` gives them) and `Moments`
(microseconds since 1970 in UTC).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final, cast

from attrs import Factory, define, field, frozen

from quota_engine import _fields, amounts
from quota_engine.errors import InvalidValue, QuotaError, invalid, mistyped
from quota_engine.events import LONGEST_PROPERTY, CrmEvent, Property, is_set
from quota_engine.facts import Facts
from quota_engine.fiscal import first_instant, local_day
from quota_engine.masks import both, everything, without
from quota_engine.measures import Aggregate, Condition, Measure, Unreadable, read_when

_SOME_MOMENT: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = _fields.microseconds(datetime.max.replace(tzinfo=UTC))
_EARLIEST: Final = _fields.microseconds(datetime.min.replace(tzinfo=UTC))


def _check_column(values: object, name: str, items: str) -> None:
    """Refuse what has no order or no end: a column is read more than once, and a generator may go on for ever."""
    is_column = isinstance(values, Iterable) and isinstance(values, Sized)
    if not is_column or isinstance(values, (str, bytes, AbstractSet, Mapping)):
        raise mistyped(name, values, f"a list of {items}, or another sequence that has an end")


def _as_numbers(values: Iterable[int | None]) -> tuple[int | None, ...]:
    _check_column(values, "values", "whole numbers")
    return tuple(values)


def _check_ints(values: Sequence[int | None], name: str, low: int, high: int) -> None:
    """Refuse anything but ints (a bool is none) within bounds; in passes that run at the speed of C."""
    for kind in set(map(type, values)) - {int, type(None)}:
        index = next(place for place, value in enumerate(values) if type(value) is kind)
        raise mistyped(f"{name}[{index}]", values[index], "a whole number or None")
    given = cast("Sequence[int]", values if None not in values else [value for value in values if value is not None])
    for worst in (min(given, default=low), max(given, default=low)):
        if not low <= worst <= high:
            index = values.index(worst)
            raise invalid(f"{name}[{index}]", worst, f"a whole number from {low} to {high}", code="out_of_range")


@frozen
class Minor:
    """Amounts as whole numbers of a power of ten: `Minor([5120000], places=2)` is 51,200.00. None stands for no value."""

    values: tuple[int | None, ...] = field(converter=_as_numbers)
    places: int = 2

    def __attrs_post_init__(self) -> None:
        """Refuse what is no whole number, or too large."""
        _fields.whole(self.places, "places", 0, amounts.PLACES)
        limit = 10 ** (amounts.WHOLE_DIGITS + self.places) - 1
        _check_ints(self.values, "values", -limit, limit)


@frozen
class Days:
    """Days as numbers, as `date.toordinal` gives them. None stands for no day."""

    values: tuple[int | None, ...] = field(converter=_as_numbers)

    def __attrs_post_init__(self) -> None:
        """Refuse what is no day's number."""
        _check_ints(self.values, "values", 1, date.max.toordinal())


@frozen
class Moments:
    """Moments as whole microseconds since 1970-01-01T00:00Z. None stands for no moment."""

    values: tuple[int | None, ...] = field(converter=_as_numbers)

    def __attrs_post_init__(self) -> None:
        """Refuse what is no moment that a datetime can name."""
        _check_ints(self.values, "values", _EARLIEST, _LATEST)


Column = Sequence[Property] | Minor | Days | Moments


def _length(column: Column) -> int:
    return len(column.values) if isinstance(column, (Minor, Days, Moments)) else len(column)


def _at(column: Column, index: int) -> Property:
    if isinstance(column, Minor):
        value = column.values[index]
        return None if value is None else amounts.from_grains(value * 10 ** (amounts.PLACES - column.places))
    if isinstance(column, Days):
        value = column.values[index]
        return None if value is None else date.fromordinal(value)
    if isinstance(column, Moments):
        value = column.values[index]
        return None if value is None else _fields.moment_of(value)
    return column[index]


def _as_texts(values: Iterable[str | None], name: str, *, is_id: bool) -> list[str | None]:
    """Return texts as the event would take them: ids checked, an empty owner or pipeline as None."""
    _check_column(values, name, "ids")
    found = list(values)
    kinds = set(map(type, found)) - ({str} if is_id else {str, type(None)})
    if kinds:
        index = next(place for place, value in enumerate(found) if type(value) in kinds)
        raise mistyped(f"{name}[{index}]", found[index], "an id as text")
    given = cast("list[str]", found if None not in found else [value for value in found if value is not None])
    joined = "".join(given)
    is_plain = joined.isprintable() and " " not in joined and "" not in found
    if not is_plain or max(map(len, given), default=0) > _fields.LONGEST_TEXT:
        check = _fields.identifier if is_id else _fields.text
        found = [check(value, f"{name}[{index}]") or None if value else None for index, value in enumerate(found)]
        if is_id and None in found:
            raise invalid(f"{name}[{found.index(None)}]", "", "a name, not blank", code="blank")
    return found


def _as_moments(values: Moments | Iterable[datetime] | None) -> Moments | None:
    if values is None or isinstance(values, Moments):
        return values
    _check_column(values, "recorded_at", "moments")
    return Moments([_fields.microseconds(_fields.instant(v, f"recorded_at[{i}]")) for i, v in enumerate(values)])


def _as_columns(properties: Mapping[str, Column]) -> dict[str, Column]:
    if not isinstance(properties, Mapping):
        raise mistyped("properties", properties, "a mapping from names to columns")
    return {
        _fields.identifier(name, "properties"): _checked_column(column, name) for name, column in properties.items()
    }


def _checked_column(column: Column, name: str) -> Column:
    if isinstance(column, (Minor, Days, Moments)):
        return column
    _check_column(column, f"properties.{name}", "values")
    values = list(column)
    kinds = set(map(type, values))
    longest = max((len(value) for value in values if isinstance(value, str)), default=0) if str in kinds else 0
    if longest > LONGEST_PROPERTY or not kinds <= {str, bool, type(None), date}:
        for index, value in enumerate(values):
            try:
                event = CrmEvent("column", "row", recorded_at=_SOME_MOMENT, properties={name: value})
            except QuotaError as error:
                raise type(error)(
                    f"row {index}: {error}", code=error.code, field=f"{error.field}[{index}]", value=error.value
                ) from None
            values[index] = event.properties[name]  # a moment in UTC
    return values


@define(eq=False)
class Columns:
    """Records of one object in columns of one length, each in its only version.

    Attributes:
        object: the kind of the records.
        record_id: their ids, each once. Those of the other batches of a calculation must be others; that is not checked, since it
            would need memory for all of them.
        owner_id: who owns them; None, or empty, for nobody. Not given: nobody owns any.
        pipeline_id: the pipelines they are in; None, or empty, for none. Not given: none is in any.
        recorded_at: when they were recorded, as datetimes or `Moments`. Not given: each counts as recorded at the first instant
            of the day that dates it for a measure, in the account's zone.
        properties: a column per field.

    Raises:
        InvalidType, InvalidValue: naming the column, the index, the value and what was expected.

    >>> amounts = Minor([5120000])
    >>> len(Columns("deal", ["d1"], owner_id=["ada"], properties={"closed_at": [date(2025, 8, 4)], "amount": amounts}))
    1
    """

    object: str = field(validator=_fields.checked(_fields.identifier))
    record_id: Sequence[str]
    owner_id: Sequence[str | None] | None = field(default=None, kw_only=True)
    pipeline_id: Sequence[str | None] | None = field(default=None, kw_only=True)
    recorded_at: Moments | Sequence[datetime] | None = field(default=None, kw_only=True)
    properties: Mapping[str, Column] = field(factory=dict, kw_only=True)
    _ids: list[str] = field(init=False, repr=False)
    _keys: list[tuple[str | None, str | None]] = field(init=False, repr=False)
    _codes: list[int] = field(init=False, repr=False)
    _recorded: Moments | None = field(init=False, repr=False)
    _columns: dict[str, Column] = field(init=False, repr=False)
    _dates: dict[str, _Dates] = field(init=False, factory=dict, repr=False)
    _first_instants: dict[tuple[str, str], Sequence[int]] = field(init=False, factory=dict, repr=False)

    def __attrs_post_init__(self) -> None:
        """Check every column, and that all are of one length."""
        self._ids = [text for text in _as_texts(self.record_id, "record_id", is_id=True) if text is not None]
        if len(set(self._ids)) != len(self._ids):
            repeated, _ = Counter(self._ids).most_common(1)[0]
            raise invalid("record_id", repeated, "each record once, in its only version", code="duplicate")
        count = len(self._ids)
        owners = _as_texts(self.owner_id, "owner_id", is_id=False) if self.owner_id is not None else [None] * count
        pipelines = (
            _as_texts(self.pipeline_id, "pipeline_id", is_id=False) if self.pipeline_id is not None else [None] * count
        )
        self._recorded = _as_moments(self.recorded_at)
        if self._recorded is not None and None in self._recorded.values:
            raise mistyped(f"recorded_at[{self._recorded.values.index(None)}]", None, "a moment")
        self._columns = _as_columns(self.properties)
        lengths = {"owner_id": len(owners), "pipeline_id": len(pipelines)}
        lengths |= {f"properties.{name}": _length(column) for name, column in self._columns.items()}
        if self._recorded is not None:
            lengths["recorded_at"] = len(self._recorded.values)
        for name, length in lengths.items():
            if length != count:
                raise InvalidValue(
                    f"{name}: expected {count} values, as many as record_id has, got {length}",
                    code="wrong_count",
                    field=name,
                )
        if self.pipeline_id is None:  # texts are looked up faster than pairs of them
            numbers = {owner: number for number, owner in enumerate(dict.fromkeys(owners))}
            self._keys = [(owner, None) for owner in numbers]
            self._codes = list(map(numbers.__getitem__, owners))
        else:
            pairs = list(zip(owners, pipelines, strict=True))
            self._keys = list(dict.fromkeys(pairs))
            places = {key: number for number, key in enumerate(self._keys)}
            self._codes = list(map(places.__getitem__, pairs))

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self._ids)

    def event(self, index: int, *, dated_by: str, zone: str) -> CrmEvent:
        """Return a record as an event; where no recording time was given it is the first instant of the day that dates it."""
        recorded = _fields.moment_of(self._recorded_for(dated_by, zone)[index])
        owner, pipeline = self._keys[self._codes[index]]
        return CrmEvent(
            self.object,
            self._ids[index],
            recorded_at=recorded,
            owner_id=owner,
            pipeline_id=pipeline,
            properties={name: _at(column, index) for name, column in self._columns.items()},
        )

    def facts(self, measure: Measure, currency: str, *, home_currency: str, known_at: datetime, zone: str) -> Facts:
        """Return what the records are worth to a measure; see `quota_engine.facts.Batch`."""
        dates = self._dated(measure.dated_by)
        odd = set(dates.odd)
        selected = bytes(when is not None for when in dates.values) if dates.has_gaps else everything(len(self))
        for condition in measure.where:
            selected = both(selected, self._holding(condition, odd))
        values, places, valued = self._amounts(measure, odd)
        self._find_foreign(measure, currency, home_currency, odd)
        recorded = self._recorded_for(measure.dated_by, zone)
        limit = _fields.microseconds(known_at)
        if max(recorded, default=limit) > limit:
            known = bytes(map(limit.__ge__, recorded))
            selected = both(selected, known)
            odd = {index for index in odd if known[index]}
        if valued is not None:
            selected = both(selected, valued)
        if odd:
            selected = without(selected, bytes(index in odd for index in range(len(self))))
        return Facts(
            record_ids=self._ids,
            keys=self._keys,
            codes=self._codes,
            when=dates.numbers,
            by_day=dates.by_day,
            amounts=values,
            places=places,
            recorded=recorded,
            selected=selected,
            odd=sorted(odd),
            event=lambda index: self.event(index, dated_by=measure.dated_by, zone=zone),
        )

    def _recorded_for(self, dated_by: str, zone: str) -> Sequence[int]:
        if self._recorded is not None:
            return self._recorded.values  # type: ignore[return-value]  # the constructor let no None through
        found = self._first_instants.get((dated_by, zone))
        if found is None:
            found = self._first_instants[dated_by, zone] = self._dated(dated_by).first_instants(zone)
        return found

    def _dated(self, name: str) -> _Dates:
        found = self._dates.get(name)
        if found is None:
            found = self._dates[name] = _dates_of(self._columns.get(name), len(self))
        return found

    def _holding(self, condition: Condition, odd: set[int]) -> bytes:
        """Return the mask of the records that satisfy a condition, which is asked once per distinct value."""
        values = self._values(condition.property)
        kinds = set(map(type, values)) - {type(None)}
        if len(kinds) > 1 or kinds & {int, Decimal}:  # True is 1 to a dict; and numbers can be chosen to share one hash
            verdicts = [condition.holds(value) for value in values]
            answers = set(verdicts)
        else:
            distinct = {value: condition.holds(value) for value in set(values)}
            if all(verdict is value for value, verdict in distinct.items()):
                return bytes(values)  # type: ignore[arg-type]  # flags, which are their own verdicts
            verdicts = list(map(distinct.__getitem__, values))
            answers = set(distinct.values())
        if not answers <= {True, False}:
            odd.update(index for index, verdict in enumerate(verdicts) if isinstance(verdict, Unreadable))
            verdicts = [verdict is True for verdict in verdicts]
        return bytes(verdicts)  # type: ignore[arg-type]  # bools alone

    def _values(self, name: str) -> Sequence[Property]:
        column = self._columns.get(name)
        if column is None:
            return [None] * len(self)
        return (
            [_at(column, index) for index in range(len(self))] if isinstance(column, (Minor, Days, Moments)) else column
        )

    def _amounts(self, measure: Measure, odd: set[int]) -> tuple[Sequence[int], int, bytes | None]:
        """Return the amounts in units of a power of ten, zero for none; and the mask of those that have one, where they must."""
        if measure.aggregate is Aggregate.COUNT or measure.value is None:
            return [0] * len(self), 0, None
        column = self._columns.get(measure.value)
        values: Sequence[int | None]
        if isinstance(column, Minor):
            values, places = column.values, column.places
        else:
            given = enumerate(self._values(measure.value))
            values, places = [_grains(value, index, odd) for index, value in given], amounts.PLACES
        if None not in values:
            return values, places, None  # type: ignore[return-value]  # no None in it
        valued = None if measure.aggregate is Aggregate.SUM else bytes(value is not None for value in values)
        return [value or 0 for value in values], places, valued

    def _find_foreign(self, measure: Measure, currency: str, home_currency: str, odd: set[int]) -> None:
        """Add the records whose amounts are in another currency than the goals."""
        native = {currency} | ({None, ""} if home_currency == currency else set())
        if not measure.is_money or (measure.currency not in self._columns and None in native):
            return
        codes = self._values(measure.currency)
        if not set(codes) <= native:
            odd.update(index for index, code in enumerate(codes) if code not in native)


def _grains(value: Property, index: int, odd: set[int]) -> int | None:
    if not is_set(value):
        return None
    try:
        return amounts.grains(amounts.exact(value))
    except QuotaError:
        odd.add(index)
        return 0


def _has_gaps(dates: _Dates) -> bool:
    return None in dates.values


def _without_gaps(dates: _Dates) -> Sequence[int]:
    return [value or 0 for value in dates.values] if dates.has_gaps else dates.values  # type: ignore[return-value]


@frozen
class _Dates:
    """The column that dates records, as numbers: days, or moments where there is any moment among them.

    Attributes:
        values: the numbers; None for no date, and for the odd ones.
        by_day: whether they are day numbers.
        odd: the places of what is no date, and of days among moments.
        days: the days among moments.
        has_gaps: whether any value is None.
        numbers: the values, with 0 in place of None.
    """

    values: Sequence[int | None]
    by_day: bool
    odd: frozenset[int]
    days: Mapping[int, date] = field(factory=dict[int, date])
    has_gaps: bool = field(init=False, default=Factory(_has_gaps, takes_self=True))
    numbers: Sequence[int] = field(init=False, default=Factory(_without_gaps, takes_self=True))

    def first_instants(self, zone: str) -> list[int]:
        """Return the first instant, in microseconds, of each day; the earliest there can be where there is none."""
        days = {
            when: date.fromordinal(when) if self.by_day else local_day(_fields.moment_of(when), zone)
            for when in set(self.values)
            if when is not None
        }
        first: dict[int | None, int] = {
            when: _fields.microseconds(first_instant(day, zone)) for when, day in days.items()
        }
        found = [first.get(when, _EARLIEST) for when in self.values]
        for index, day in self.days.items():
            found[index] = _fields.microseconds(first_instant(day, zone))
        return found


def _dates_of(column: Column | None, count: int) -> _Dates:
    if isinstance(column, (Days, Moments)):
        return _Dates(column.values, isinstance(column, Days), frozenset())
    if isinstance(column, Minor):
        return _Dates([None] * count, by_day=True, odd=frozenset(range(count)))
    if column is None:
        return _Dates([None] * count, by_day=True, odd=frozenset())
    values = [read_when(value) for value in column]
    by_day = not any(issubclass(kind, datetime) for kind in set(map(type, values)))
    days: dict[int, date] = {}
    if not by_day:
        days = {at: when for at, when in enumerate(values) if when is not None and not isinstance(when, datetime)}
    odd = {at for at, when in enumerate(values) if when is None and is_set(column[at])} | days.keys()
    number: Callable[[date], int] = date.toordinal if by_day else _fields.microseconds  # type: ignore[assignment]  # one kind
    return _Dates(
        [None if when is None or at in odd else number(when) for at, when in enumerate(values)],
        by_day,
        frozenset(odd),
        days,
    )
