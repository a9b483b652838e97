"""Fiscal years that a company publishes, year by year, where no rule says them. Source: rules T3 and T7."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from attrs import Factory, field, frozen
from dateutil.relativedelta import relativedelta

from quota_engine import _fields
from quota_engine._fields import FrozenMap
from quota_engine.durations import Cadence
from quota_engine.errors import InvalidValue, invalid, mistyped
from quota_engine.fiscal.layouts import LONG_YEAR, WEEKS_IN_YEAR, Layout, as_quarters, as_weeks
from quota_engine.fiscal.months import MONTHS
from quota_engine.fiscal.rules import MONTHS_IN_YEAR, Reason
from quota_engine.fiscal.weeks import DAYS_IN_WEEK, Weeks
from quota_engine.periods import Period

_SHORTEST: Final = 350
_LONGEST: Final = 380
_DAY: Final = timedelta(days=1)

Cells = FrozenMap[Cadence, tuple[date, ...]]


def _as_starts(starts: Mapping[int, date | str]) -> FrozenMap[int, date]:
    if not isinstance(starts, Mapping):
        raise mistyped("starts", starts, "a mapping from a year's name to its first day")
    found: dict[int, date] = {}
    for name, start in starts.items():
        _fields.year(name, "starts")
        found[name] = _fields.day(start, f"starts[{name}]")
    return FrozenMap(sorted(found.items()))


def _as_end(end: date | str) -> date:
    return _fields.day(end, "end")


def _as_layout(layout: str | Iterable[int] | None) -> tuple[int, ...] | None:
    return None if layout is None else as_weeks(layout)


def _check_names(starts: FrozenMap[int, date]) -> None:
    if not starts:
        raise InvalidValue("starts: expected at least one year", code="required", field="starts")
    for before, after in pairwise(starts):
        if after != before + 1:
            expected = f"every year from {min(starts)} to {max(starts)}"
            raise InvalidValue(
                f"starts: expected {expected}, there is none for {before + 1}", code="gap", field="starts"
            )


def _check_lengths(years: TableYears) -> None:
    names, boundaries = list(years.starts), [*years.starts.values(), years.end]
    for name, (start, following) in zip(names, pairwise(boundaries), strict=True):
        path = "end" if name == names[-1] else f"starts[{name + 1}]"
        if following <= start:
            raise invalid(path, following, f"a day after {start}, on which the year {name} starts", code="out_of_order")
        days = (following - start).days
        if not _SHORTEST <= days <= _LONGEST:
            expected = (
                f"a day {_SHORTEST} to {_LONGEST} days after {start}, not {days} (a transition is for a Timeline)"
            )
            raise invalid(path, following, expected, code="not_a_year")


def _check_whole_weeks(years: TableYears) -> None:
    if years.layout is None:
        for name, given in (("quarters", years.quarters), ("extra_week_in", years.extra_week_in)):
            if given is not None:
                raise invalid(name, given, "None, since there is no layout of weeks", code="no_layout")
        return
    for start, following in pairwise([*years.starts.values(), years.end]):
        if (following - start).days not in {WEEKS_IN_YEAR * DAYS_IN_WEEK, LONG_YEAR * DAYS_IN_WEEK}:
            expected = f"years of 52 or 53 whole weeks, which {start} to {following - _DAY} is not"
            raise invalid("layout", years.layout, expected, code="not_whole_weeks")


def _cells(years: TableYears) -> tuple[Cells, ...]:
    """Check the table and return for each year the first day of each of its periods, by cadence."""
    _check_names(years.starts)
    _check_lengths(years)
    _check_whole_weeks(years)
    boundaries = [*years.starts.values(), years.end]
    if years.layout is None:
        return tuple(
            FrozenMap(
                (cadence, tuple(start + relativedelta(months=at) for at in range(0, MONTHS_IN_YEAR, step)))
                for cadence, step in MONTHS.items()
            )
            for start in years.starts.values()
        )
    layout = _layout(years)
    return tuple(
        FrozenMap(
            (
                cadence,
                tuple(
                    start + layout.offset(number, (following - start).days // DAYS_IN_WEEK, cadence) * _DAY
                    for number in range(layout.count(cadence))
                ),
            )
            for cadence in MONTHS
        )
        for start, following in pairwise(boundaries)
    )


def _layout(years: TableYears) -> Layout:
    return Layout.of(years.layout or (), years.quarters, years.extra_week_in)


@frozen(kw_only=True)
class TableYears:
    """Fiscal years by a table of their first days. Outside the table there is no answer but a typed error.

    Attributes:
        starts: the first day of each year, by the year's name; every year between the first and the last. Days may be text,
            YYYY-MM-DD.
        end: the first day after the last year.
        layout: the weeks of each accounting period, as in `WeekYears`; all years must then have 52 or 53 whole weeks. None for
            twelve months, each from the day of the month on which the year starts, the last one up to the year's end.
        quarters, extra_week_in: as in `WeekYears`; only with a layout.

    Raises:
        InvalidType, InvalidValue: a year is missing (`gap`), starts are not in the order of their names (`out_of_order`), or a
            year lasts less than 350 or more than 380 days (`not_a_year`): a transition belongs to a `Timeline`.

    >>> TableYears(starts={2025: "2024-09-29", 2026: "2025-09-28"}, end="2026-09-27").year(2026)
    Period(start=datetime.date(2025, 9, 28), end=datetime.date(2026, 9, 27))
    """

    starts: FrozenMap[int, date] = field(converter=_as_starts)
    end: date = field(converter=_as_end)
    layout: tuple[int, ...] | None = field(default=None, converter=_as_layout)
    quarters: tuple[int, ...] | None = field(default=None, converter=as_quarters)
    extra_week_in: int | None = field(default=None)
    _cells: tuple[Cells, ...] = field(init=False, eq=False, repr=False, default=Factory(_cells, takes_self=True))

    @classmethod
    def closed(
        cls,
        years: Mapping[int, tuple[date | str, date | str]],
        *,
        layout: str | Iterable[int] | None = None,
        quarters: Iterable[int] | None = None,
        extra_week_in: int | None = None,
    ) -> TableYears:
        """Return the table of years by their first and last days, as companies publish them; the last day counts.

        Raises:
            InvalidValue: two neighbours leave a gap or overlap; both are named.
        """
        if not isinstance(years, Mapping):
            raise mistyped("years", years, "a mapping from a year's name to its first and last day")
        periods: dict[int, Period] = {}
        for name, days in years.items():
            path = f"years[{_fields.year(name, 'years')}]"
            periods[name] = Period.closed(*_fields.pair(days, path, "pairs of a first and a last day"))
        for name, period in periods.items():
            following = periods.get(name + 1)
            if following is not None and following.start != period.end:
                code = "overlap" if following.start < period.end else "gap"
                expected = f"years that abut, not {period} before {following}"
                raise invalid(f"years[{name + 1}]", following, expected, code=code)
        end = periods[max(periods)].end if periods else date.max
        starts = {name: period.start for name, period in periods.items()}
        return cls(starts=starts, end=end, layout=layout, quarters=quarters, extra_week_in=extra_week_in)

    def year(self, name: int) -> Period:
        """Return the days of the fiscal year of a name.

        Raises:
            InvalidValue: the table has no such year.
        """
        if _fields.year(name, "year") not in self.starts:
            first, last = min(self.starts), max(self.starts)
            raise invalid("year", name, f"a year of the table, {first} to {last}", code="outside_table")
        return Period(self.starts[name], self.starts.get(name + 1, self.end))

    def year_of(self, day: date) -> int:
        """Return the name of the fiscal year that a day lies in.

        Raises:
            InvalidValue: the day lies outside the table.
        """
        return min(self.starts) + self._place(day)

    @property
    def weeks_nest(self) -> bool:
        """Whether every week lies in one accounting period: where it has a layout of weeks."""
        return self.layout is not None

    def weekly(self, usual: Weeks, /) -> Weeks:
        """Return the weeks that its years are made of; without a layout the usual ones."""
        return Weeks(first_day=self.span.start.weekday()) if self.weeks_nest else usual

    @property
    def span(self) -> Period:
        """The days that the table covers."""
        return Period(min(self.starts.values()), self.end)

    def _place(self, day: date) -> int:
        if day not in self.span:
            raise invalid("day", day, f"a day of the table, {self.span}", code="outside_table")
        return bisect_right(tuple(self.starts.values()), day) - 1

    def position(self, day: date, cadence: Cadence) -> int:
        """Return the number of the period of a cadence that a day lies in, counted from the start of the table.

        Raises:
            InvalidValue: the day lies outside the table.
        """
        place = self._place(day)
        cuts = self._cells[place][cadence]
        return place * len(cuts) + bisect_right(cuts, day) - 1

    def cut(self, position: int, cadence: Cadence) -> date:
        """Return the first day of the period of a number; for the number after the last, the end of the table."""
        place, number = divmod(position, len(self._cells[0][cadence]))
        return self.end if place == len(self._cells) else self._cells[place][cadence][number]

    def reason(self, day: date) -> Reason:
        """Return why a day lies in its fiscal year."""
        name = self.year_of(day)
        year = self.year(name)
        is_long = self.layout is not None and year.days == LONG_YEAR * DAYS_IN_WEEK
        return Reason(
            rule="fiscal years start on the days that the company's table names",
            anchor=year.start,
            why=f"the table has the year {name} from {year.start} to {year.last_day}, {year.days} days",
            extra_week=_layout(self).extra_week(year.start) if is_long else None,
        )
