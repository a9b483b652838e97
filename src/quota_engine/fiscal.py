"""The fiscal period resolver: which days a year, quarter, month or week has, and when a day begins. Source: rules T2 to T7.

The periods of a cadence are numbered. A rule (`MonthYears`, `Weeks`) answers two questions: which number holds a day
(`position`), and on which day a number begins (`cut`). `FiscalCalendar` puts years, weeks and periods together from these
answers. A cut is reckoned from one fixed anchor, never from the cut before it, so that nothing drifts.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from attrs import field, frozen
from dateutil.relativedelta import relativedelta

from quota_engine import _fields
from quota_engine._fields import Field
from quota_engine.durations import Cadence, Duration, cadence
from quota_engine.errors import invalid
from quota_engine.periods import MOST_PERIODS, Partition, Period, too_many_periods

_MONTHS: Final = {Cadence.MONTHLY: 1, Cadence.QUARTERLY: 3, Cadence.HALF_YEARLY: 6, Cadence.YEARLY: 12}
_MONTHS_IN_YEAR: Final = 12
_EPOCH_YEAR: Final = 2000
_DAYS_IN_WEEK: Final = 7
_DAY: Final = timedelta(days=1)


class NamedBy(StrEnum):
    """Which calendar year gives a fiscal year its name: the one it starts in, or the one it ends in."""

    START = "start"
    END = "end"


def _as_named_by(value: str) -> NamedBy:
    return _fields.word(value, "named_by", NamedBy)


def _check_month(_years: MonthYears, attribute: Field, month: int) -> None:
    _fields.whole(month, attribute.name, 1, _MONTHS_IN_YEAR)


def _check_day_of_month(years: MonthYears, attribute: Field, day: int) -> None:
    _fields.whole(day, attribute.name, 1, 31)
    if day > monthrange(2001, years.start_month)[1]:  # no leap year: 29 February is refused
        raise invalid(
            attribute.name,
            f"{years.start_month:02}-{day:02}",
            "a day that the start month has in every year",
            code="invalid_year_start",
        )


@frozen(kw_only=True)
class MonthYears:
    """Fiscal years of twelve months that start on one month and day, such as 1 July or 6 April.

    A start on the 29th, 30th or 31st falls on the last day of each month that is shorter, reckoned anew from the original day
    for every month: 31 January, 28 February, 31 March. Source: rule T3.

    Attributes:
        start_month: 1 to 12.
        start_day: 1 to 31; it must exist in the start month every year (so 29 February is refused).
        named_by: whether a year is named by the calendar year it ends in (the default) or starts in.

    >>> MonthYears(start_month=7).year(2026)
    Period(start=datetime.date(2025, 7, 1), end=datetime.date(2026, 7, 1))
    """

    start_month: int = field(default=1, validator=_check_month)
    start_day: int = field(default=1, validator=_check_day_of_month)
    named_by: NamedBy = field(default=NamedBy.END, converter=_as_named_by)

    def year(self, name: int) -> Period:
        """Return the days of the fiscal year of a name, 1900 to 2200."""
        place = _fields.year(name, "year") - self._ahead - _EPOCH_YEAR
        return Period(self.cut(place, Cadence.YEARLY), self.cut(place + 1, Cadence.YEARLY))

    def year_of(self, day: date) -> int:
        """Return the name of the fiscal year that a day lies in."""
        return self.position(day, Cadence.YEARLY) + _EPOCH_YEAR + self._ahead

    @property
    def _ahead(self) -> int:
        """How far a year's name is ahead of the calendar year it starts in."""
        ends_next_year = (self.start_month, self.start_day) != (1, 1)
        return 1 if self.named_by is NamedBy.END and ends_next_year else 0

    def position(self, day: date, cadence: Cadence) -> int:
        """Return the number of the period of a cadence that a day lies in, counted from the fiscal year that starts in 2000."""
        months = (day.year - _EPOCH_YEAR) * _MONTHS_IN_YEAR + day.month - self.start_month
        first = min(self.start_day, monthrange(day.year, day.month)[1])
        return (months - (1 if day.day < first else 0)) // _MONTHS[cadence]

    def cut(self, position: int, cadence: Cadence) -> date:
        """Return the first day of the period of a number: anchor + number x step (rule T3)."""
        return date(_EPOCH_YEAR, self.start_month, self.start_day) + relativedelta(months=position * _MONTHS[cadence])


def _check_weekday(_weeks: Weeks, attribute: Field, weekday: int) -> None:
    _fields.whole(weekday, attribute.name, 0, _DAYS_IN_WEEK - 1)


def _check_min_days(_weeks: Weeks, attribute: Field, days: int) -> None:
    _fields.whole(days, attribute.name, 1, _DAYS_IN_WEEK)


@frozen(kw_only=True)
class Weeks:
    """Which day a week starts on, and which week is the first of its year. The default is ISO 8601. Source: rule T5.

    Attributes:
        first_day: 0 for Monday to 6 for Sunday.
        min_days: the first week of a year is the earliest with at least so many days in January's year, 1 to 7.
    """

    first_day: int = field(default=0, validator=_check_weekday)
    min_days: int = field(default=4, validator=_check_min_days)

    def year(self, name: int) -> Period:
        """Return the whole weeks, 52 or 53, of the week-year of a name.

        >>> Weeks().year(2026)
        Period(start=datetime.date(2025, 12, 29), end=datetime.date(2027, 1, 4))
        """
        _fields.year(name, "year")
        return Period(self._first_week(name), self._first_week(name + 1))

    def _first_week(self, name: int) -> date:
        return self.cut(self.position(date(name, 1, self.min_days)))

    def position(self, day: date, _cadence: Cadence = Cadence.WEEKLY) -> int:
        """Return the number of the week that a day lies in, counted from the first one of the year 1."""
        return (day.toordinal() - 1 - self.first_day) // _DAYS_IN_WEEK

    def cut(self, position: int, _cadence: Cadence = Cadence.WEEKLY) -> date:
        """Return the first day of the week of a number."""
        return date.fromordinal(position * _DAYS_IN_WEEK + 1 + self.first_day)


def _as_zone_name(value: str | ZoneInfo) -> str:
    return _fields.zone_name(value, "zone")


@frozen(kw_only=True)
class FiscalCalendar:
    """An account's year, its weeks and its zone: everything that turns a moment into a day and a day into a period.

    Attributes:
        years: the rule of the fiscal year.
        weeks: the rule of the week.
        zone: the name of the time zone in which days begin and end; a `ZoneInfo` is taken too.

    >>> FiscalCalendar(years=MonthYears(start_month=7)).period_of(date(2025, 8, 4), "quarterly")
    Period(start=datetime.date(2025, 7, 1), end=datetime.date(2025, 10, 1))
    """

    years: MonthYears = field(
        factory=MonthYears, validator=_fields.checked(_fields.instance_of(MonthYears, "MonthYears"))
    )
    weeks: Weeks = field(factory=Weeks, validator=_fields.checked(_fields.instance_of(Weeks, "Weeks")))
    zone: str = field(default="UTC", converter=_as_zone_name)

    def year(self, year: int) -> Period:
        """Return the days of the fiscal year of a name, 1900 to 2200."""
        return self.years.year(year)

    def year_of(self, day: date | datetime) -> int:
        """Return the name of the fiscal year that a day, or a moment in the calendar's zone, lies in.

        Raises:
            InvalidValue: outside the years 1900 to 2200, or a datetime without a zone.
        """
        return _fields.year(self.years.year_of(self._as_day(day)), "year")

    def split(self, year: int | Period, cadence: str) -> Partition:
        """Return the periods of a cadence that a fiscal year, or any run of days, is made of.

        The periods at the ends of a run of days, and the weeks at the ends of a year, are clipped so that they tile it: the
        cuts between them are the calendar's own, whatever the run.

        Raises:
            InvalidValue: an unknown cadence, `custom` (which has no cuts), or days that no year from 1900 to 2200 reaches.
            TooLarge: more than 1,000 periods, reckoned before any is built.
        """
        step = _cutting(cadence)
        return self._split(year if isinstance(year, Period) else self.years.year(year), step)

    def _split(self, period: Period, step: Cadence) -> Partition:
        rule = self._rule(step)
        first, last = rule.position(period.start, step), rule.position(period.last_day, step)
        if last - first >= MOST_PERIODS:
            raise too_many_periods(last - first + 1)
        _check_reach(period)
        inner = (rule.cut(position, step) for position in range(first + 1, last + 1))
        return Partition.at(period.start, *inner, period.end)

    def _rule(self, step: Cadence) -> MonthYears | Weeks:
        return self.weeks if step is Cadence.WEEKLY else self.years

    def period_of(self, day: date | datetime, cadence: str) -> Period:
        """Return the period of a cadence that a day lies in, as `split` of its fiscal year has it.

        A moment is first made a day in the calendar's zone.

        Raises:
            InvalidValue: a datetime without a zone, an unknown cadence or `custom`, or outside the years 1900 to 2200.
        """
        step, local = _cutting(cadence), self._as_day(day)
        year = self.years.year(self.year_of(local))
        rule = self._rule(step)
        position = rule.position(local, step)
        return Period(max(rule.cut(position, step), year.start), min(rule.cut(position + 1, step), year.end))

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
        _check_reach(period)
        return first_instant(period.start, self.zone), first_instant(period.end, self.zone)


def _check_reach(period: Period) -> None:
    """Refuse days outside 1899 to 2201: the years 1900 to 2200, however they are named, reach no further."""
    for day in (period.start, period.last_day):
        _fields.whole(day.year, "year", _fields.FIRST_YEAR - 1, _fields.LAST_YEAR + 1)


def first_instant(day: date, zone: str) -> datetime:
    """Return the first instant of a local day, in UTC: 00:00 with fold 0 (rule T2), also where that hour does not exist.

    The first day that dates can name begins, east of Greenwich, with the first moment that can be expressed.
    """
    try:
        return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


def local_day(moment: datetime, zone: str) -> date:
    """Return the latest local day whose first instant is not after a moment (rule T2)."""
    try:
        day = moment.astimezone(ZoneInfo(zone)).date()
    except OverflowError:
        return date.min if moment.year == 1 else date.max
    if day < date.max and first_instant(day + _DAY, zone) <= moment:
        return day + _DAY
    return day if first_instant(day, zone) <= moment else day - _DAY


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
    year = _fields.year(duration.year, "year")
    if duration.aligned:
        return calendar.split(year, duration.cadence)
    if duration.cadence is Cadence.WEEKLY:
        return calendar.split(calendar.weeks.year(year), duration.cadence)
    return FiscalCalendar().split(year, duration.cadence)
