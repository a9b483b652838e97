"""The fiscal period resolver: which days a year, quarter, month or week has, and what it is called. Source: rules T2 to T7.

A `FiscalCalendar` puts a rule of the year, a rule of the week and a zone together. What it answers about days follows from
one value, `Grid`: the periods of one cadence, year after year.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from attrs import Factory, field, frozen

from quota_engine import _fields
from quota_engine._fields import FrozenMap
from quota_engine.durations import Cadence, Duration, cadence
from quota_engine.errors import InvalidValue, invalid, mistyped
from quota_engine.fiscal import labels
from quota_engine.fiscal.accounting import WeekYears
from quota_engine.fiscal.grids import Grid, Place, check_reach
from quota_engine.fiscal.labels import Label
from quota_engine.fiscal.moments import first_instant, local_day
from quota_engine.fiscal.months import MonthYears
from quota_engine.fiscal.placements import Placement
from quota_engine.fiscal.rules import YearName
from quota_engine.fiscal.tables import TableYears
from quota_engine.fiscal.timelines import Timeline
from quota_engine.fiscal.weeks import Weeks
from quota_engine.periods import Partition, Period

YearRule: TypeAlias = MonthYears | WeekYears | TableYears | Timeline

CUTTING: Final = (Cadence.YEARLY, Cadence.HALF_YEARLY, Cadence.QUARTERLY, Cadence.MONTHLY, Cadence.WEEKLY)
_CALENDAR_YEARS: Final = MonthYears()
_DAY: Final = timedelta(days=1)
_YEAR_OF_WEEKS: Final = timedelta(days=364)


class PriorBy(StrEnum):
    """What "the same period last year" is: the one of the same number, or the days 52 weeks earlier."""

    NUMBER = "number"
    WEEKS = "weeks"


def _as_zone_name(value: str | ZoneInfo) -> str:
    return _fields.zone_name(value, "zone")


def _as_years(years: YearRule) -> YearRule:
    if not isinstance(years, (MonthYears, WeekYears, TableYears, Timeline)):
        raise mistyped("years", years, "MonthYears, WeekYears, TableYears or a Timeline")
    return years


def _as_weeks(weeks: Weeks) -> Weeks:
    return _fields.instance_of(Weeks, "Weeks")(weeks, "weeks")


def _grids(calendar: FiscalCalendar) -> FrozenMap[tuple[str, bool], Grid]:
    """Return the periods of every cadence, by the cadence and by whether they are those of the fiscal year."""
    years, weeks = calendar.years, calendar.weeks
    found: dict[tuple[str, bool], Grid] = {}
    for step in CUTTING:
        is_weekly = step is Cadence.WEEKLY
        found[step, True] = Grid(step, years, years.weekly(weeks) if is_weekly else years)
        plain = weeks if is_weekly else _CALENDAR_YEARS
        found[step, False] = Grid(step, plain, plain)
    return FrozenMap(found)


@frozen(kw_only=True)
class FiscalCalendar:
    """An account's year, its weeks and its zone: everything that turns a moment into a day and a day into a period.

    Where a method takes `aligned`, it is about the fiscal year by default; `aligned=False` is the calendar year or, for weeks,
    the week-year.

    Attributes:
        years: the rule of the fiscal year.
        weeks: the rule of the week. Fiscal years that are made of whole weeks have weeks of their own.
        zone: the name of the time zone in which days begin and end; a `ZoneInfo` is taken too.

    >>> FiscalCalendar(years=MonthYears(start_month=7)).period_of(date(2025, 8, 4), "quarterly")
    Period(start=datetime.date(2025, 7, 1), end=datetime.date(2025, 10, 1))
    """

    years: YearRule = field(factory=MonthYears, converter=_as_years)
    weeks: Weeks = field(factory=Weeks, converter=_as_weeks)
    zone: str = field(default="UTC", converter=_as_zone_name)
    _grids: FrozenMap[tuple[str, bool], Grid] = field(
        init=False, eq=False, repr=False, default=Factory(_grids, takes_self=True)
    )

    def year(self, year: YearName) -> Period:
        """Return the days of the fiscal year of a name, 1900 to 2200; "1976T" is the transition after 1976.

        Raises:
            InvalidValue: there is no such year: outside a table, or left out when the company changed its year.
        """
        return self._grid(Cadence.YEARLY).years.year(year)

    def year_of(self, day: date | datetime) -> int:
        """Return the name of the fiscal year that a day, or a moment in the calendar's zone, lies in.

        Raises:
            InvalidValue: outside the years 1900 to 2200, a datetime without a zone, or a day of a transition for which no number
                was free (code `no_such_year`); `explain` says what that is called.
        """
        local = self._as_day(day)
        name = self.years.year_of(local)
        if isinstance(name, str):
            raise invalid(
                "day", local, f"a day of a year with a number, not of the transition {name}", code="no_such_year"
            )
        return _fields.year(name, "year")

    def split(self, year: YearName | Period, cadence: str, *, aligned: bool = True) -> Partition:
        """Return the periods of a cadence that a year, or any run of days, is made of.

        The periods at the ends of a run of days, and the weeks at the ends of a year, are clipped so that they tile it: the
        cuts between them are the calendar's own, whatever the run.

        Raises:
            InvalidValue: an unknown cadence, `custom` (which has no cuts), or days that no year from 1900 to 2200 reaches.
            TooLarge: more than 1,000 periods, reckoned before any is built.
        """
        grid = self._grid(cadence, aligned=aligned)
        if not isinstance(year, Period):
            return grid.split(grid.years.year(year))
        if aligned:
            for day in (year.start, year.last_day):
                self.years.year_of(day)  # a table has no other days, though weeks could be told there
        return grid.split(year)

    def period_of(self, day: date | datetime, cadence: str, *, aligned: bool = True) -> Period:
        """Return the period of a cadence that a day lies in, as `split` of its year has it.

        A moment is first made a day in the calendar's zone.

        Raises:
            InvalidValue: a datetime without a zone, an unknown cadence or `custom`, or outside the years 1900 to 2200.
        """
        return self._grid(cadence, aligned=aligned).period_of(self._as_day(day))

    def next(self, period: Period, cadence: str, *, aligned: bool = True) -> Period:
        """Return the period of a cadence after one.

        Raises:
            InvalidValue: it is no period of that cadence (code `not_a_period`).
        """
        return self._grid(cadence, aligned=aligned).next(_period(period))

    def previous(self, period: Period, cadence: str, *, aligned: bool = True) -> Period:
        """Return the period of a cadence before one.

        Raises:
            InvalidValue: it is no period of that cadence (code `not_a_period`).
        """
        return self._grid(cadence, aligned=aligned).previous(_period(period))

    def prior_year(
        self, period: Period, cadence: str, *, by: str = PriorBy.NUMBER, aligned: bool = True
    ) -> Period | None:
        """Return the same period of the year before.

        Args:
            period: a period of the cadence.
            cadence: its cadence.
            by: "number": the period of the same number; None where the year before has none, as for week 53 after a year of
                52 weeks. "weeks": the days 52 weeks earlier, which retailers compare: the same weekdays, and in the year after
                one of 53 weeks shifted by a week against the numbers.
            aligned: whether the period is one of the fiscal year.

        Raises:
            InvalidValue: it is no period of that cadence (code `not_a_period`).
        """
        grid, kind = self._grid(cadence, aligned=aligned), _fields.word(by, "by", PriorBy)
        place = grid.place_of(_period(period))
        if kind is PriorBy.WEEKS:
            return Period(period.start - _YEAR_OF_WEEKS, period.end - _YEAR_OF_WEEKS)
        if isinstance(place.year, str):
            return None
        try:
            return grid.at(Place(place.year - 1, place.number))
        except InvalidValue:
            return None  # there is no year before: none in the table, or none of that number

    def to_date(self, day: date | datetime, cadence: str = Cadence.YEARLY, *, aligned: bool = True) -> Period:
        """Return the days from the start of the period that a day lies in up to that day, which counts: the year to date."""
        local = self._as_day(day)
        return Period(self.period_of(local, cadence, aligned=aligned).start, local + _DAY)

    def last(self, count: int, cadence: str, *, on: date | datetime, aligned: bool = True) -> Partition:
        """Return so many whole periods, those that ended last before the one that a day lies in; at most 1,000."""
        return self._grid(cadence, aligned=aligned).last(count, self._as_day(on))

    def between(self, first: date, last: date, cadence: str, *, aligned: bool = True) -> Partition:
        """Return the whole periods from the one that holds the first day to the one that holds the last.

        Raises:
            InvalidValue: the last day lies before the first.
            TooLarge: more than 1,000 periods.
        """
        run, grid = Period.closed(first, last), self._grid(cadence, aligned=aligned)
        return grid.between(grid.period_of(run.start), grid.period_of(run.last_day))

    def nests(self, inner: str, outer: str) -> bool:
        """Whether every fiscal period of one cadence lies within a single one of another, as long or longer, in every year.

        Accounting periods nest in quarters, these in halves, these in years, under every rule. Weeks are clipped at the ends of
        years; in accounting periods, quarters and halves they nest only where the year is made of whole weeks.
        """
        one, other = CUTTING.index(_cutting(inner)), CUTTING.index(_cutting(outer))
        if one < other:
            return False
        is_plain = CUTTING[one] is not Cadence.WEEKLY or CUTTING[other] in {Cadence.WEEKLY, Cadence.YEARLY}
        return is_plain or self.years.weeks_nest

    def label(self, period: Period, cadence: str, *, aligned: bool = True) -> str:
        """Return what people call a period: FY26, FY26 H1, FY26 Q1, FY26 P07, FY26 W31; not aligned, 2026 Q3, 2026-07, 2026-W31.

        P counts the accounting periods, which in most years are months; W53 is the last week of a year of 53 weeks, wherever its
        extra week is. Years outside 1969 to 2068 have four digits. A custom
        period is called by its days, 2025-07-01..2025-08-15.

        Raises:
            InvalidValue: it is no period of that cadence (code `not_a_period`).

        >>> FiscalCalendar(years=MonthYears(start_month=7)).label(
        ...     Period(date(2025, 7, 1), date(2025, 10, 1)), "quarterly"
        ... )
        'FY26 Q1'
        """
        if _fields.word(cadence, "cadence", Cadence) is Cadence.CUSTOM:
            return str(_period(period))
        grid = self._grid(cadence, aligned=aligned)
        return str(Label(grid.cadence, grid.place_of(_period(period)), aligned))

    def parse(self, label: str) -> Period:
        """Return the days of a label as `label` writes them, or as people do: fy26q1, FY2026 Q1, Q1 FY26, 2026Q3.

        Raises:
            InvalidType: it is no text.
            InvalidValue: it is no label (code `not_a_label`), or the year has no such period (`no_such_period`).

        >>> FiscalCalendar(years=MonthYears(start_month=7)).parse("FY26 Q1")
        Period(start=datetime.date(2025, 7, 1), end=datetime.date(2025, 10, 1))
        """
        found = labels.read(label)
        if isinstance(found, Period):
            return found
        grid = self._grid(found.cadence, aligned=found.aligned)
        period = grid.at(found.place)
        if period is None:
            year = Label(Cadence.YEARLY, Place(found.place.year, 1), found.aligned)
            expected = f"the number of a {found.cadence.value} period of {year}, 1 to {grid.count(found.place.year)}"
            raise invalid("label", label, expected, code="no_such_period")
        return period

    def explain(self, day: date | datetime) -> Placement:
        """Return where a day lies in the fiscal year and why: anchor, rule, and what follows, such as why there are 53 weeks."""
        local = self._as_day(day)
        periods: dict[str, Period] = {step: self._grid(step).period_of(local) for step in CUTTING}
        names: dict[str, str] = {step: self.label(period, step) for step, period in periods.items()}
        reason = self.years.reason(local)
        return Placement(
            day=local,
            year=self.years.year_of(local),
            periods=FrozenMap(periods),
            labels=FrozenMap(names),
            rule=reason.rule,
            anchor=reason.anchor,
            why=reason.why,
            extra_week=reason.extra_week,
            is_transition=reason.is_transition,
        )

    def fingerprint(self) -> str:
        """Return a digest that changes exactly when an answer of the calendar may: a day of a period, a name, or a first instant.

        Two ways to say the same calendar have one fingerprint; other rules of the zone, as a newer zone database may have, have
        another. It reads every answer from 1900 to 2200, which takes a tenth of a second or so: for comparing what is stored with
        what holds, not for every record. Words of explanations are no answers.
        """
        from hashlib import sha256  # noqa: PLC0415 - it brings OpenSSL, two mebibytes that few will need

        digest = sha256()
        for line in self._answers():
            digest.update(line.encode())
        return digest.hexdigest()

    def _answers(self) -> Iterator[str]:
        yield f"{self.weeks.first_day} {self.weeks.min_days}\n"
        numbers = range(_fields.FIRST_YEAR, _fields.LAST_YEAR + 1)
        for name in (*numbers, *(self.years.transitions if isinstance(self.years, Timeline) else ())):
            try:
                year = self.year(name)
            except InvalidValue:
                yield f"{name} none\n"
                continue
            parts = (self._grid(step).split(year).boundaries for step in CUTTING)
            yield f"{name} {' '.join('/'.join(map(str, part)) for part in parts)}\n"
        before = None
        first, last = date(_fields.FIRST_YEAR - 1, 1, 1), date(_fields.LAST_YEAR + 1, 12, 31)
        for ordinal in range(first.toordinal(), last.toordinal() + 1):
            day = date.fromordinal(ordinal)
            ahead = first_instant(day, self.zone) - datetime(day.year, day.month, day.day, tzinfo=UTC)
            if ahead != before:
                yield f"{day} {ahead}\n"
                before = ahead

    def _grid(self, cadence: str, *, aligned: bool = True) -> Grid:
        if isinstance(cadence, str) and isinstance(aligned, bool):
            found = self._grids.get((cadence, aligned))
            if found is not None:
                return found
        return self._grids[_cutting(cadence), _fields.flag(aligned, "aligned")]

    def _as_day(self, day: date | datetime) -> date:
        return self.day_of(day) if isinstance(day, datetime) else _fields.calendar_day(day, "day")

    def day_of(self, moment: datetime) -> date:
        """Return the local day that a moment lies in: the latest day whose first instant is not after it (rule T2).

        Where a clock runs back over midnight, the repeated stretch belongs to the new day.

        Raises:
            InvalidValue: the datetime has no zone.
        """
        return local_day(_fields.instant(moment, "moment"), self.zone)

    def bounds(self, period: Period) -> tuple[datetime, datetime]:
        """Return the first instant of a period and the first one after it, both in UTC.

        Raises:
            InvalidValue: days that no year from 1900 to 2200 reaches, by whatever rule.
        """
        check_reach(period)
        return first_instant(period.start, self.zone), first_instant(period.end, self.zone)


def _period(given: Period) -> Period:
    return _fields.instance_of(Period, "a Period")(given, "period")


def _cutting(given: str) -> Cadence:
    found = cadence(given)
    if found is Cadence.CUSTOM:
        expected = "a cadence with cuts of its own: weekly, monthly, quarterly, half_yearly or yearly"
        raise invalid("cadence", found.value, expected, code="no_cuts")
    return found


def resolve(duration: Duration, calendar: FiscalCalendar) -> Partition:
    """Return the slices of a duration under a calendar. Source: rules T4 and T5.

    Aligned durations follow the calendar's fiscal year; others the calendar year, for weeks the week-year; a custom one is a
    single slice.

    Raises:
        InvalidType: not a Duration, or not a FiscalCalendar.

    >>> len(resolve(Duration.weekly(2026), FiscalCalendar()))
    53
    """
    _fields.instance_of(Duration, "a Duration")(duration, "duration")
    _fields.instance_of(FiscalCalendar, "a FiscalCalendar")(calendar, "calendar")
    if duration.days is not None:
        return Partition((duration.days,))
    return calendar.split(_fields.year(duration.year, "year"), duration.cadence, aligned=duration.aligned)
