"""The week, and the year made of weeks that is named by January. The default is ISO 8601. Source: rule T5."""

from __future__ import annotations

from datetime import date
from typing import Final

from attrs import field, frozen

from quota_engine import _fields
from quota_engine._fields import Field
from quota_engine.durations import Cadence
from quota_engine.periods import Period

DAYS_IN_WEEK: Final = 7
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def check_weekday(_rule: object, attribute: Field, weekday: object) -> None:
    """Check a day of the week, 0 for Monday to 6 for Sunday."""
    _fields.whole(weekday, attribute.name, 0, DAYS_IN_WEEK - 1)


def _check_min_days(_weeks: Weeks, attribute: Field, days: int) -> None:
    _fields.whole(days, attribute.name, 1, DAYS_IN_WEEK)


@frozen(kw_only=True)
class Weeks:
    """Which day a week starts on, and which week is the first of its year. The default is ISO 8601. Source: rule T5.

    Attributes:
        first_day: 0 for Monday to 6 for Sunday.
        min_days: the first week of a year is the earliest with at least so many days in January's year, 1 to 7.
    """

    first_day: int = field(default=0, validator=check_weekday)
    min_days: int = field(default=4, validator=_check_min_days)

    def year(self, name: int) -> Period:
        """Return the whole weeks, 52 or 53, of the week-year of a name.

        >>> Weeks().year(2026)
        Period(start=datetime.date(2025, 12, 29), end=datetime.date(2027, 1, 4))
        """
        _fields.year(name, "year")
        return Period(self._first_week(name), self._first_week(name + 1))

    def year_of(self, day: date) -> int:
        """Return the name of the week-year that a day lies in: near a new year it can be the one before or after.

        >>> Weeks().year_of(date(2025, 12, 29))
        2026
        """
        _fields.whole(day.year, "year", _fields.FIRST_YEAR - 1, _fields.LAST_YEAR + 1)
        week = self.cut(self.position(day))
        return _fields.year(date.fromordinal(week.toordinal() + DAYS_IN_WEEK - self.min_days).year, "year")

    def _first_week(self, name: int) -> date:
        return self.cut(self.position(date(name, 1, self.min_days)))

    def position(self, day: date, _cadence: Cadence = Cadence.WEEKLY) -> int:
        """Return the number of the week that a day lies in, counted from the first one of the year 1."""
        return (day.toordinal() - 1 - self.first_day) // DAYS_IN_WEEK

    def cut(self, position: int, _cadence: Cadence = Cadence.WEEKLY) -> date:
        """Return the first day of the week of a number."""
        return date.fromordinal(position * DAYS_IN_WEEK + 1 + self.first_day)
