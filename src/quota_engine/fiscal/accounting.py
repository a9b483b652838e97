"""Fiscal years of 52 or 53 whole weeks, as retailers and manufacturers have them. Source: rule T3.

Such a year always ends on one weekday: the last one of a month, the one nearest to the month's end (these two are the 52-53-week
years of the United States Treasury Regulations, section 1.441-2), or the first one of a month. All three say the same, the
latest such weekday up to a limit: the last day of the month, three days after it, or the month's seventh day.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from attrs import Factory, field, frozen

from quota_engine import _fields
from quota_engine.durations import Cadence
from quota_engine.fiscal.layouts import LONG_YEAR, Layout, as_quarters, as_weeks
from quota_engine.fiscal.rules import (
    EPOCH_YEAR,
    MONTH_NAMES,
    MONTHS_IN_YEAR,
    NamedBy,
    Reason,
    as_named_by,
    check_month,
)
from quota_engine.fiscal.weeks import DAYS_IN_WEEK, WEEKDAYS, Weeks, check_weekday
from quota_engine.periods import Period

# The calendar repeats itself, weekdays and all, after 400 years: so years that dates cannot name are reckoned, too.
_CYCLE_YEARS: Final = 400
_CYCLE_DAYS: Final = 146_097


class EndsOn(StrEnum):
    """Which weekday of the month a year of weeks ends on: the last, the first, or the one nearest to the month's end."""

    LAST = "last"
    NEAREST = "nearest"
    FIRST = "first"


def _as_rule(value: str) -> EndsOn:
    return _fields.word(value, "rule", EndsOn)


def _layout_of(years: WeekYears) -> Layout:
    return Layout.of(years.layout, years.quarters, years.extra_week_in)


@frozen(kw_only=True)
class WeekYears:
    """Fiscal years of 52 or 53 whole weeks that end on one weekday of a month, laid out in accounting periods.

    Attributes:
        end_month: the month, 1 to 12, that the rule is about; a year that ends nearest to its end may end in the next month.
        weekday: the last day of every year, and so of every week: 0 for Monday to 6 for Sunday.
        rule: "last": the last such weekday of the month; "nearest": the one nearest to the month's last day, up to three days
            before or after it; "first": the first one of the month.
        layout: the weeks of each accounting period in a year of 52 weeks: "4-4-5", "4-5-4", "5-4-4" (each four times), "13x4",
            or the weeks one by one.
        quarters: how many accounting periods each quarter has; None for 3, 3, 3, 3 of twelve and 3, 3, 3, 4 of thirteen.
        extra_week_in: the number, from 1, of the accounting period that has a week more in a year of 53 weeks; None for the last.
        named_by: whether a year is named by the calendar year in which it *nominally* ends (the default) or starts: by the year
            of `end_month`, never by where the last day happens to fall.

    Raises:
        InvalidType, InvalidValue: weeks that do not add up to 52, quarters that do not fit, or a value out of range.

    >>> WeekYears(end_month=1, weekday=5, rule="nearest", layout="4-5-4", named_by="start").year(2023)
    Period(start=datetime.date(2023, 1, 29), end=datetime.date(2024, 2, 4))
    """

    end_month: int = field(default=12, validator=check_month)
    weekday: int = field(default=5, validator=check_weekday)
    rule: EndsOn = field(default=EndsOn.LAST, converter=_as_rule)
    layout: tuple[int, ...] = field(default=as_weeks("4-4-5"), converter=as_weeks)
    quarters: tuple[int, ...] | None = field(default=None, converter=as_quarters)
    extra_week_in: int | None = field(default=None)
    named_by: NamedBy = field(default=NamedBy.END, converter=as_named_by)
    _layout: Layout = field(init=False, eq=False, repr=False, default=Factory(_layout_of, takes_self=True))

    def year(self, name: int) -> Period:
        """Return the days of the fiscal year of a name, 1900 to 2200."""
        place = _fields.year(name, "year") - self._ahead
        return Period(date.fromordinal(self._last(place - 1) + 1), date.fromordinal(self._last(place) + 1))

    def year_of(self, day: date) -> int:
        """Return the name of the fiscal year that a day lies in."""
        return self._around(day.toordinal(), day.year)[0] + self._ahead

    @property
    def weeks_nest(self) -> bool:
        """Whether every week lies in one accounting period."""
        return True

    def weekly(self, _usual: Weeks, /) -> Weeks:
        """Return the weeks that its years are made of, whatever the usual ones: they start on the day after `weekday`."""
        return Weeks(first_day=(self.weekday + 1) % DAYS_IN_WEEK)

    @property
    def _ahead(self) -> int:
        """How far a year's name is ahead of the calendar year that its end month lies in."""
        starts_before = self.rule is EndsOn.FIRST or self.end_month < MONTHS_IN_YEAR
        return -1 if self.named_by is NamedBy.START and starts_before else 0

    def _last(self, place: int) -> int:
        cycles, year = divmod(place, _CYCLE_YEARS)
        start = date(year + _CYCLE_YEARS, self.end_month, 1)
        if self.rule is EndsOn.FIRST:
            limit = start.toordinal() + DAYS_IN_WEEK - 1
        else:
            month_end = _month_end(start)
            limit = month_end if self.rule is EndsOn.LAST else month_end + DAYS_IN_WEEK // 2
        last = limit - (limit - 1 - self.weekday) % DAYS_IN_WEEK  # the ordinal 1 is a Monday
        return last + (cycles - 1) * _CYCLE_DAYS

    def _around(self, ordinal: int, near: int) -> tuple[int, int, int]:
        """Return which year holds a day: the calendar year of its end month, its first day and its last.

        That calendar year is `near`, the day's own, or one beside it.
        """
        last = self._last(near)
        if ordinal > last:
            return near + 1, last + 1, self._last(near + 1)
        before = self._last(near - 1)
        if ordinal > before:
            return near, before + 1, last
        return near - 1, self._last(near - 2) + 1, before

    def position(self, day: date, cadence: Cadence) -> int:
        """Return the number of the period of a cadence that a day lies in, counted from the year that nominally ends in 2000."""
        ordinal = day.toordinal()
        place, first, last = self._around(ordinal, day.year)
        number = self._layout.number(ordinal - first, _weeks(first, last), cadence)
        return (place - EPOCH_YEAR) * self._layout.count(cadence) + number

    def cut(self, position: int, cadence: Cadence) -> date:
        """Return the first day of the period of a number."""
        years, number = divmod(position, self._layout.count(cadence))
        place = years + EPOCH_YEAR
        first, last = self._last(place - 1) + 1, self._last(place)
        return date.fromordinal(first + self._layout.offset(number, _weeks(first, last), cadence))

    def reason(self, day: date) -> Reason:
        """Return why a day lies in its fiscal year, and why that has 52 or 53 weeks."""
        place, *edges = self._around(day.toordinal(), day.year)
        month = date(place, self.end_month, 1)
        anchor = month if self.rule is EndsOn.FIRST else date.fromordinal(_month_end(month))
        first, last = map(date.fromordinal, edges)
        before, weeks, weekday = first - timedelta(days=1), _weeks(*edges), WEEKDAYS[self.weekday]
        why = f"it has {weeks} weeks: the year before it ended on {weekday} {before}, it ends on {weekday} {last}"
        extra_week = self._layout.extra_week(first) if weeks == LONG_YEAR else None
        if extra_week is not None:
            why += f"; the extra week, {extra_week}, is the last of period {self._layout.extra_week_in}"
        return Reason(
            rule=f"fiscal years end on {self._rule_in_words(anchor)}", anchor=anchor, why=why, extra_week=extra_week
        )

    def _rule_in_words(self, anchor: date) -> str:
        weekday, month = WEEKDAYS[self.weekday], MONTH_NAMES[self.end_month - 1]
        if self.rule is EndsOn.NEAREST:
            return f"the {weekday} nearest to {anchor.day} {month}"
        return f"the {self.rule.value} {weekday} of {month}"


def _weeks(first: int, last: int) -> int:
    return (last - first + 1) // DAYS_IN_WEEK


def _month_end(first: date) -> int:
    """Return the ordinal of the last day of the month that begins on a day."""
    year, month = divmod(first.year * MONTHS_IN_YEAR + first.month, MONTHS_IN_YEAR)
    return date(year, month + 1, 1).toordinal() - 1
