"""Periods of whole days, and gapless rows of them. Source: rules T1 and T7."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from attrs import Factory, field, frozen

from quota_engine import _fields
from quota_engine._fields import Field
from quota_engine.errors import InvalidValue, TooLarge, invalid

MOST_PERIODS: Final = 1_000


def _check_order(period: Period, _attribute: Field, end: date) -> None:
    if end <= period.start:
        raise InvalidValue(
            f"end: expected a day after the start {period.start}, got {end} (the end is the first day that no longer counts)",
            code="end_before_start",
            field="end",
            value=str(end),
        )


@frozen(order=True)
class Period:
    """A run of whole local days, from `start` up to but not including `end`; at least one day.

    Days carry no zone: which moments a day covers is the calendar's to say.

    Raises:
        InvalidType: a `datetime` or another type where a date is expected.
        InvalidValue: the end is not after the start.

    >>> july = Period(date(2025, 7, 1), date(2025, 8, 1))
    >>> july.last_day, july.days, date(2025, 7, 31) in july
    (datetime.date(2025, 7, 31), 31, True)
    """

    start: date = field(validator=_fields.checked(_fields.calendar_day))
    end: date = field(validator=[_fields.checked(_fields.calendar_day), _check_order])

    @classmethod
    def closed(cls, first_day: date | str, last_day: date | str) -> Period:
        """Return the period of which `last_day` is the last day: it counts. The two may be the same day."""
        first, last = _fields.day(first_day, "first_day"), _fields.day(last_day, "last_day")
        if last < first:
            raise InvalidValue(
                f"last_day: expected a day not before the first day {first}, got {last}",
                code="end_before_start",
                field="last_day",
                value=str(last),
            )
        if last == date.max:
            raise invalid("last_day", last, "a day before the last one that dates can name", code="out_of_range")
        return cls(first, last + timedelta(days=1))

    @property
    def last_day(self) -> date:
        """The last day that counts, as people write it."""
        return self.end - timedelta(days=1)

    @property
    def days(self) -> int:
        """The number of days, at least one."""
        return (self.end - self.start).days

    def __contains__(self, day: date) -> bool:
        """Whether the day lies in the period."""
        return self.start <= _fields.calendar_day(day, "day") < self.end

    def contains(self, other: Period) -> bool:
        """Whether every day of the other period lies in this one."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Period) -> bool:
        """Whether the two share a day."""
        return self.start < other.end and other.start < self.end

    def abuts(self, other: Period) -> bool:
        """Whether one begins on the very day on which the other no longer counts."""
        return self.end == other.start or other.end == self.start

    def intersection(self, other: Period) -> Period | None:
        """Return the days that the two share, or None where there are none."""
        if not self.overlaps(other):
            return None
        return Period(max(self.start, other.start), min(self.end, other.end))

    def __str__(self) -> str:
        """Return first and last day, such as 2025-07-01..2025-07-31."""
        return f"{self.start}..{self.last_day}"


def _as_periods(periods: Iterable[Period]) -> tuple[Period, ...]:
    return _fields.items(periods, "periods", Period, "periods", most=MOST_PERIODS)


def _check_gapless(_partition: Partition, _attribute: Field, periods: tuple[Period, ...]) -> None:
    if not periods:
        raise InvalidValue("periods: expected at least one period", code="required", field="periods")
    for before, after in pairwise(periods):
        if before.end != after.start:
            raise InvalidValue(
                f"periods: expected each period to begin where the one before it ends, got {before} before {after}",
                code="overlap" if after.start < before.end else "gap",
                field="periods",
                value=str(after),
            )


def _ordinals(partition: Partition) -> tuple[int, ...]:
    starts, end = partition.periods, partition.periods[-1:]  # there may be none: that is refused, but later
    return (*(period.start.toordinal() for period in starts), *(period.end.toordinal() for period in end))


def _between(partition: Partition) -> tuple[Period | None, ...]:
    """Return what lies before the first boundary, between any two, and from the last one on."""
    return (None, *partition.periods, None)


@frozen
class Partition:
    """A row of periods in which each begins where the one before it ends: every day of the span lies in exactly one.

    Raises:
        InvalidValue: no period at all, or two that leave a gap or overlap; both are named.
        TooLarge: more than 1,000 periods.
    """

    periods: tuple[Period, ...] = field(converter=_as_periods, validator=_check_gapless)
    _edges: tuple[int, ...] = field(init=False, eq=False, repr=False, default=Factory(_ordinals, takes_self=True))
    _cells: tuple[Period | None, ...] = field(
        init=False, eq=False, repr=False, default=Factory(_between, takes_self=True)
    )

    @classmethod
    def at(cls, *boundaries: date) -> Partition:
        """Return the periods between neighbouring boundaries, each of which starts one period and ends another.

        >>> [str(p) for p in Partition.at(date(2025, 1, 1), date(2025, 1, 15), date(2025, 2, 1)).periods]
        ['2025-01-01..2025-01-14', '2025-01-15..2025-01-31']
        """
        if len(boundaries) > MOST_PERIODS + 1:
            raise too_many_periods(len(boundaries) - 1)
        return cls(tuple(Period(start, end) for start, end in pairwise(boundaries)))

    @property
    def span(self) -> Period:
        """The whole of it, from the first start to the last end."""
        return Period(self.periods[0].start, self.periods[-1].end)

    @property
    def boundaries(self) -> tuple[date, ...]:
        """The start of every period, and the end of the last."""
        return (*(period.start for period in self.periods), self.periods[-1].end)

    def index(self, day: date) -> int | None:
        """Return the number, from 0, of the period that holds a day; None outside the span."""
        _fields.calendar_day(day, "day")
        found = bisect_right(self._edges, day.toordinal()) - 1
        return found if 0 <= found < len(self.periods) else None

    def find(self, day: date) -> Period | None:
        """Return the period that holds a day; None outside the span."""
        if type(day) is not date:  # the usual case first: it is asked for millions of days
            _fields.calendar_day(day, "day")
        return self._cells[bisect_right(self._edges, day.toordinal())]

    def __iter__(self) -> Iterator[Period]:
        """Iterate over the periods in order."""
        return iter(self.periods)

    def __len__(self) -> int:
        """Return the number of periods."""
        return len(self.periods)


def too_many_periods(count: int) -> TooLarge:
    """Return the error for a split into more than 1,000 periods, whose number was computed before any was built."""
    return TooLarge(
        f"periods: expected at most {MOST_PERIODS} periods, got {count}",
        code="too_many_periods",
        field="periods",
        value=str(count),
    )
