"""Fiscal years of twelve months. Source: rule T3."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import Final

from attrs import field, frozen

from quota_engine import _fields
from quota_engine._fields import Field
from quota_engine.durations import Cadence
from quota_engine.errors import invalid
from quota_engine.fiscal.rules import (
    EPOCH_YEAR,
    MONTH_NAMES,
    MONTHS_IN_YEAR,
    NamedBy,
    Reason,
    as_named_by,
    check_month,
)
from quota_engine.fiscal.weeks import Weeks
from quota_engine.periods import Period

MONTHS: Final = {Cadence.MONTHLY: 1, Cadence.QUARTERLY: 3, Cadence.HALF_YEARLY: 6, Cadence.YEARLY: 12}


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

    start_month: int = field(default=1, validator=check_month)
    start_day: int = field(default=1, validator=_check_day_of_month)
    named_by: NamedBy = field(default=NamedBy.END, converter=as_named_by)

    def year(self, name: int) -> Period:
        """Return the days of the fiscal year of a name, 1900 to 2200."""
        place = _fields.year(name, "year") - self._ahead - EPOCH_YEAR
        return Period(self.cut(place, Cadence.YEARLY), self.cut(place + 1, Cadence.YEARLY))

    def year_of(self, day: date) -> int:
        """Return the name of the fiscal year that a day lies in."""
        return self.position(day, Cadence.YEARLY) + EPOCH_YEAR + self._ahead

    @property
    def weeks_nest(self) -> bool:
        """Whether every week lies in one accounting period: months cut through weeks."""
        return False

    def weekly(self, usual: Weeks, /) -> Weeks:
        """Return the usual weeks: months have none of their own."""
        return usual

    @property
    def _ahead(self) -> int:
        """How far a year's name is ahead of the calendar year it starts in."""
        ends_next_year = (self.start_month, self.start_day) != (1, 1)
        return 1 if self.named_by is NamedBy.END and ends_next_year else 0

    def position(self, day: date, cadence: Cadence) -> int:
        """Return the number of the period of a cadence that a day lies in, counted from the fiscal year that starts in 2000."""
        months = (day.year - EPOCH_YEAR) * MONTHS_IN_YEAR + day.month - self.start_month
        first = min(self.start_day, monthrange(day.year, day.month)[1])
        return (months - (1 if day.day < first else 0)) // MONTHS[cadence]

    def cut(self, position: int, cadence: Cadence) -> date:
        """Return the first day of the period of a number: anchor + number x step (rule T3)."""
        years, month = divmod(self.start_month - 1 + position * MONTHS[cadence], MONTHS_IN_YEAR)
        year = EPOCH_YEAR + years
        return date(year, month + 1, min(self.start_day, monthrange(year, month + 1)[1]))

    def reason(self, day: date) -> Reason:
        """Return why a day lies in its fiscal year."""
        anchor = self.cut(self.position(day, Cadence.YEARLY), Cadence.YEARLY)
        return Reason(
            rule=f"fiscal years start on {self.start_day} {MONTH_NAMES[self.start_month - 1]} and last twelve months",
            anchor=anchor,
            why=f"the year started on {anchor}",
        )
