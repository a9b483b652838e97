"""The periods of one cadence, year after year, each with its number in its year."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final, Protocol

from attrs import frozen

from quota_engine import _fields
from quota_engine.durations import Cadence
from quota_engine.errors import invalid
from quota_engine.fiscal.rules import Cuts, YearName, number_of
from quota_engine.periods import MOST_PERIODS, Partition, Period, too_many_periods

_DAY = timedelta(days=1)
# Days of these calendar years lie in fiscal years from 1900 to 2200, whatever these are called.
_FIRST_SAFE: Final = _fields.FIRST_YEAR + 2
_LAST_SAFE: Final = _fields.LAST_YEAR - 2


class Years(Protocol):
    """Years with names."""

    def year(self, name: Any, /) -> Period:  # noqa: ANN401 - most rules have numbers alone for names
        """Return the days of the year of a name."""
        ...

    def year_of(self, day: date, /) -> YearName:
        """Return the name of the year that a day lies in."""
        ...


@frozen
class Place:
    """Which period of its year a period is: the year's name, and its number in it, from 1."""

    year: YearName
    number: int


@frozen
class Grid:
    """The periods of one cadence, year after year; a period that would reach over the end of a year is clipped there.

    Attributes:
        cadence: of the periods.
        years: which days a year has.
        cuts: where a period begins.
    """

    cadence: Cadence
    years: Years
    cuts: Cuts

    def period_of(self, day: date) -> Period:
        """Return the period that a day lies in.

        Raises:
            InvalidValue: its year is not one of 1900 to 2200.
        """
        if self.cadence is Cadence.WEEKLY or not _FIRST_SAFE <= day.year <= _LAST_SAFE:
            _fields.year(number_of(self.years.year_of(day)), "year")
        position = self.cuts.position(day, self.cadence)
        start, end = self.cuts.cut(position, self.cadence), self.cuts.cut(position + 1, self.cadence)
        if self.cadence is not Cadence.WEEKLY:
            return Period(start, end)
        year = self.years.year(self.years.year_of(day))
        return Period(max(start, year.start), min(end, year.end))

    def split(self, run: Period) -> Partition:
        """Return the periods that a run of days is made of; those at its ends are clipped.

        Raises:
            TooLarge: more than 1,000 periods, reckoned before any is built.
            InvalidValue: days that no year from 1900 to 2200 reaches.
        """
        first, last = self.cuts.position(run.start, self.cadence), self.cuts.position(run.last_day, self.cadence)
        if last - first >= MOST_PERIODS:
            raise too_many_periods(last - first + 1)
        check_reach(run)
        inner = (self.cuts.cut(position, self.cadence) for position in range(first + 1, last + 1))
        return Partition.at(run.start, *inner, run.end)

    def place_of(self, period: Period) -> Place:
        """Return which period of its year a period is.

        Raises:
            InvalidValue: it is no period of this cadence.
        """
        found = self.period_of(period.start)
        if found != period:
            expected = f"a {self.cadence.value} period, such as {found}"
            raise invalid("period", str(period), expected, code="not_a_period")
        name = self.years.year_of(period.start)
        first = self.cuts.position(self.years.year(name).start, self.cadence)
        return Place(name, self.cuts.position(period.start, self.cadence) - first + 1)

    def count(self, name: YearName) -> int:
        """Return how many periods the year of a name has."""
        year = self.years.year(name)
        first, last = (self.cuts.position(day, self.cadence) for day in (year.start, year.last_day))
        return last - first + 1

    def at(self, place: Place) -> Period | None:
        """Return the period at a place; None where the year has no such number."""
        if not 1 <= place.number <= self.count(place.year):
            return None
        year = self.years.year(place.year)
        position = self.cuts.position(year.start, self.cadence) + place.number - 1
        return self.period_of(max(self.cuts.cut(position, self.cadence), year.start))

    def next(self, period: Period) -> Period:
        """Return the period after one."""
        self.place_of(period)
        return self.period_of(period.end)

    def previous(self, period: Period) -> Period:
        """Return the period before one."""
        self.place_of(period)
        return self.period_of(period.start - _DAY)

    def last(self, count: int, day: date) -> Partition:
        """Return so many whole periods before the one that a day lies in."""
        _fields.whole(count, "count", 1, MOST_PERIODS)
        boundaries = [self.period_of(day).start]
        while len(boundaries) <= count:
            boundaries.append(self.period_of(boundaries[-1] - _DAY).start)
        return Partition.at(*reversed(boundaries))

    def between(self, first: Period, last: Period) -> Partition:
        """Return all periods from one to another, both included.

        Raises:
            TooLarge: more than 1,000 periods.
        """
        count = self.cuts.position(last.start, self.cadence) - self.cuts.position(first.start, self.cadence) + 1
        if count > MOST_PERIODS:
            raise too_many_periods(count)
        boundaries = [first.start]
        while boundaries[-1] < last.end:
            boundaries.append(self.period_of(boundaries[-1]).end)
        return Partition.at(*boundaries)


def check_reach(period: Period) -> None:
    """Refuse days outside 1899 to 2201: the years 1900 to 2200, however they are named, reach no further."""
    for day in (period.start, period.last_day):
        _fields.whole(day.year, "year", _fields.FIRST_YEAR - 1, _fields.LAST_YEAR + 1)
