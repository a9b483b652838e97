"""Curves: how a target is spread over the days, for planning and for pace. Source: rules P4 and G3.

A curve gives every run of days a weight. Only the proportion of two weights has a meaning: of 20 working days in a month, 5 are
a quarter, as 5 euros of 20 are. Weights are exact, never below zero, and those of neighbouring runs add up to that of both.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import Any, Final, TypeAlias

from attrs import Factory, field, frozen

from quota_engine import _fields, amounts
from quota_engine._fields import FrozenMap
from quota_engine.amounts import Grains
from quota_engine.errors import InvalidValue, TooLarge, invalid, mistyped
from quota_engine.periods import MOST_PERIODS, Partition, Period

Weight: TypeAlias = Decimal | int | str

_WEEK: Final = 7
_MOST_DAYS: Final = 10_000
_MOST_SHIFTED: Final = 7
_PERIOD = _fields.instance_of(Period, "a Period")


@frozen
class EveryDay:
    """A straight line: every day weighs the same, namely one.

    >>> EveryDay().weight(Period(date(2025, 7, 1), date(2025, 8, 1)))
    31
    """

    def weight(self, period: Period) -> Grains:
        """Return how many days a period has."""
        return _PERIOD(period, "period").days


def _as_weekdays(weekdays: Iterable[int]) -> tuple[int, ...]:
    given = _fields.items(weekdays, "weekdays", object, "weekdays, 0 for Monday to 6 for Sunday", most=_WEEK)
    found = sorted(_fields.whole(weekday, f"weekdays[{place}]", 0, _WEEK - 1) for place, weekday in enumerate(given))
    if not found:
        raise InvalidValue("weekdays: expected at least one working day a week", code="required", field="weekdays")
    for before, after in pairwise(found):
        if before == after:
            raise invalid("weekdays", after, "each weekday once", code="duplicate")
    return tuple(found)


def _as_holidays(holidays: Iterable[date | str]) -> frozenset[date]:
    given = _fields.items(holidays, "holidays", object, "days", most=_MOST_DAYS)
    return frozenset(_as_holiday(day, f"holidays[{place}]") for place, day in enumerate(given))


def _in_order(days: frozenset[date]) -> str:
    """Return days as they are written: in order, so that equal curves are written alike in every process."""
    return f"frozenset({sorted(days)!r})"


def _as_holiday(given: object, path: str) -> date:
    day = _fields.day(given, path)
    _fields.year(day.year, path)
    return day


def _before_weekday(days: WorkingDays) -> tuple[int, ...]:
    return tuple(bisect_left(days.weekdays, weekday) for weekday in range(_WEEK))


def _days_lost(days: WorkingDays) -> tuple[int, ...]:
    return tuple(sorted(day.toordinal() for day in days.holidays if day.weekday() in days.weekdays))


@frozen
class WorkingDays:
    """Every working day weighs one, every other day nothing.

    Attributes:
        weekdays: on which people work, 0 for Monday to 6 for Sunday, in order; Monday to Friday where not given.
        holidays: on which nobody works; at most 10,000 days of the years 1900 to 2200, of which those on free weekdays change
            nothing.

    Raises:
        InvalidType: a `datetime`, or another type where a day or a weekday is expected.
        InvalidValue: no weekday at all, one that comes twice or that there is none of; a holiday that does not exist.
        TooLarge: more holidays.

    >>> WorkingDays(holidays=["2025-12-25", "2025-12-26"]).weight(Period.closed("2025-12-22", "2025-12-31"))
    6
    """

    weekdays: tuple[int, ...] = field(default=(0, 1, 2, 3, 4), converter=_as_weekdays)
    holidays: frozenset[date] = field(default=frozenset(), converter=_as_holidays, kw_only=True, repr=_in_order)
    _before: tuple[int, ...] = field(
        init=False, eq=False, repr=False, default=Factory(_before_weekday, takes_self=True)
    )
    _lost: tuple[int, ...] = field(init=False, eq=False, repr=False, default=Factory(_days_lost, takes_self=True))

    def weight(self, period: Period) -> Grains:
        """Return how many working days a period has; however long it is, this takes no longer."""
        start, end = _PERIOD(period, "period").start.toordinal(), period.end.toordinal()
        lost = bisect_left(self._lost, end) - bisect_left(self._lost, start)
        return self._until(end) - self._until(start) - lost

    def _until(self, ordinal: int) -> int:
        """Return how many working days, holidays or not, come before a day: the day numbered 1 was a Monday."""
        weeks, weekday = divmod(ordinal - 1, _WEEK)
        return weeks * len(self.weekdays) + self._before[weekday]


# Keys are dates and periods, in one mapping or in two kinds of mapping, for which there is no type: a mapping of dates is none of
# "dates or periods". Values are checked by type checkers, keys when they come in.
def _as_weights(weights: Mapping[Any, Weight]) -> FrozenMap[Period, Decimal]:
    if not isinstance(weights, Mapping):
        raise mistyped("weights", weights, "a mapping from days, or from periods, to weights")
    if len(weights) > _MOST_DAYS:
        raise TooLarge(f"weights: expected at most {_MOST_DAYS} days or periods, got {len(weights)}", field="weights")
    if not weights:
        raise InvalidValue("weights: expected at least one day or period", code="required", field="weights")
    found = sorted((_as_days(key), amounts.target(weight, f"weights[{key}]")) for key, weight in weights.items())
    for (before, _), (after, _) in pairwise(found):
        if before.overlaps(after):
            raise invalid(f"weights[{after}]", str(after), f"days after those of {before}", code="overlap")
    return FrozenMap(found)


def _as_days(key: object) -> Period:
    if isinstance(key, Period):
        return _within_years(key, f"weights[{key}]")
    day = _fields.calendar_day(key, "weights")
    _fields.year(day.year, f"weights[{day}]")
    return Period.closed(day, day)


def _within_years(period: Period, path: str) -> Period:
    _fields.year(period.start.year, path)
    _fields.year(period.last_day.year, path)
    return period


def _as_onto(onto: Period | None) -> Period | None:
    return None if onto is None else _within_years(_PERIOD(onto, "onto"), "onto")


def _span(curve: DayWeights) -> Period:
    parts = tuple(curve.weights)
    return Period(parts[0].start, parts[-1].end)


def _onto(curve: DayWeights) -> Period:
    return curve.onto or _span(curve)


def _length(curve: DayWeights) -> int:
    return _span(curve).days


def _edges(curve: DayWeights) -> tuple[int, ...]:
    first, stretch = _span(curve).start, _onto(curve).days
    return tuple((day - first).days * stretch for part in curve.weights for day in (part.start, part.end))


def _sums(curve: DayWeights) -> tuple[int, ...]:
    return tuple(accumulate(step for weight in curve.weights.values() for step in (0, amounts.grains(weight))))


@frozen
class DayWeights:
    """Days weigh what the host says: the takings of a season, visitors expected, last year's sales.

    A weight is given for a day, or for a period, over whose days it is then spread evenly. Days that none is given for weigh
    nothing. The whole may be laid onto other days, such as last year's onto this year's: from the first day given to the last it
    is then stretched, or drawn together, evenly, so that after a tenth of those days a tenth of these have passed.

    Attributes:
        weights: amounts of zero or more by day or period, in order; at most 10,000 in the years 1900 to 2200. Days are kept as
            periods of one day.
        onto: the days that they are laid onto; None for those that they are given for.

    Raises:
        InvalidType: a weight that is no exact amount, or a key that is neither a `date` nor a `Period`.
        InvalidValue: a weight below zero, no weight at all, or two for one day; the days are named.
        TooLarge: more weights.

    >>> rush = DayWeights({Period.closed("2025-12-01", "2025-12-23"): 46, date(2025, 12, 24): 8})
    >>> rush.weight(Period.closed("2025-12-01", "2025-12-07")), rush.weight(Period.closed("2025-12-24", "2025-12-31"))
    (Fraction(14, 1), Fraction(8, 1))
    """

    weights: FrozenMap[Period, Decimal] = field(converter=_as_weights)
    onto: Period | None = field(default=None, converter=_as_onto, kw_only=True)
    _days: Period = field(init=False, eq=False, repr=False, default=Factory(_onto, takes_self=True))
    _stretch: int = field(init=False, eq=False, repr=False, default=Factory(_length, takes_self=True))
    # Where each run starts and ends, from the first day on, and how many grains come before. Since a day of `onto` may be no
    # whole number of the days given, there are as many marks to a day as `onto` has days: then all of them are whole numbers.
    _edges: tuple[int, ...] = field(init=False, eq=False, repr=False, default=Factory(_edges, takes_self=True))
    _sums: tuple[int, ...] = field(init=False, eq=False, repr=False, default=Factory(_sums, takes_self=True))

    def weight(self, period: Period) -> Grains:
        """Return what the days of a period weigh together, exactly."""
        _PERIOD(period, "period")
        return (self._until(period.end) - self._until(period.start)) / amounts.ONE

    def _until(self, day: date) -> Fraction:
        """Return the grains that come before a day."""
        mark = min(max((day - self._days.start).days, 0), self._days.days) * self._stretch
        after = bisect_right(self._edges, mark)
        if after == len(self._edges):
            return Fraction(self._sums[-1])
        start, before = self._edges[after - 1], self._sums[after - 1]
        return before + Fraction((self._sums[after] - before) * (mark - start), self._edges[after] - start)


Curve: TypeAlias = EveryDay | WorkingDays | DayWeights


def as_curve(curve: object, name: str = "curve") -> Curve:
    """Return one of the curves that there are.

    Raises:
        InvalidType: it is none.
    """
    if not isinstance(curve, (EveryDay, WorkingDays, DayWeights)):
        raise mistyped(name, curve, "EveryDay, WorkingDays or DayWeights")
    return curve


def shape_of(history: Mapping[Period, Weight], slices: Partition) -> DayWeights:
    """Return last year's shape on this year's days, from what each of last year's slices came to.

    Where the years have equally many slices, each takes what the slice of the same number came to, spread evenly over its days:
    months to months, and 29 February takes its share of February. Where they have not, as 52 weeks beside 53, or months beside
    quarters, the old year is stretched evenly onto the new: after a tenth of the one as much has come in as after a tenth of
    the other. Either way the old year's sum is the new one's weight, exactly.

    Args:
        history: what each slice came to, by its days, in any order; together they are a year without a gap.
        slices: this year's.

    Raises:
        InvalidType: an amount that is none, as of a slice without records, or another type.
        InvalidValue: an amount below zero, no slice or a gap between two, or a year that is more than a week longer or shorter
            than the new one, such as one that is not over yet.
    """
    if not isinstance(history, Mapping):
        raise mistyped("history", history, "a mapping from periods to amounts")
    ahead = _fields.instance_of(Partition, "a Partition")(slices, "slices")
    past = Partition(sorted(_fields.items(history, "history", Period, "periods", most=MOST_PERIODS)))
    if abs(past.span.days - ahead.span.days) > _MOST_SHIFTED:
        expected = f"about the {ahead.span.days} days of {ahead.span}, at most {_MOST_SHIFTED} more or less"
        raise invalid("history", f"{past.span}", expected, code="another_length")
    came_to = {part: amounts.target(history[part], f"history[{part}]") for part in past}
    if len(past) == len(ahead):
        return DayWeights(dict(zip(ahead, came_to.values(), strict=True)))
    return DayWeights(came_to, onto=ahead.span)
