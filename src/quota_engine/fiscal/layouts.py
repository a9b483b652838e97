"""How a year of whole weeks is laid out: weeks per accounting period, periods per quarter, and where an extra week goes."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import accumulate
from typing import Final

from attrs import Factory, field, frozen

from quota_engine import _fields
from quota_engine._fields import FrozenMap
from quota_engine.durations import Cadence
from quota_engine.errors import invalid, mistyped
from quota_engine.fiscal.weeks import DAYS_IN_WEEK
from quota_engine.periods import Period

WEEKS_IN_YEAR: Final = 52
LONG_YEAR: Final = WEEKS_IN_YEAR + 1
QUARTERS: Final = 4
MOST_ACCOUNTING_PERIODS: Final = WEEKS_IN_YEAR
_PATTERN = re.compile(r"([1-9])-([1-9])-([1-9])", re.ASCII)
_REPEATED = re.compile(r"([1-9]\d?)x([1-9]\d?)", re.ASCII)
_USUAL_QUARTERS: Final = {12: (3, 3, 3, 3), 13: (3, 3, 3, 4)}


def as_weeks(layout: str | Iterable[int]) -> tuple[int, ...]:
    """Return the weeks of each accounting period: for "4-4-5" four times 4, 4, 5; for "13x4" thirteen times 4.

    Raises:
        InvalidType, InvalidValue: another text, or weeks that do not add up to 52 in at least four periods.
    """
    expected = '"4-4-5", "4-5-4", "5-4-4", "13x4", or the weeks of each period'
    if isinstance(layout, str):
        if pattern := _PATTERN.fullmatch(layout):
            weeks = tuple(map(int, pattern.groups())) * QUARTERS
        elif repeated := _REPEATED.fullmatch(layout):
            times, each = map(int, repeated.groups())
            weeks = (each,) * times
        else:
            raise invalid("layout", layout, expected, code="unknown_word")
    else:
        given = _fields.in_order(layout, "layout", expected, most=MOST_ACCOUNTING_PERIODS)
        weeks = tuple(_fields.whole(each, f"layout[{index}]", 1, WEEKS_IN_YEAR) for index, each in enumerate(given))
    if sum(weeks) != WEEKS_IN_YEAR or len(weeks) < QUARTERS:
        shown = f"{len(weeks)} periods of {sum(weeks)} weeks together"
        raise invalid(
            "layout", shown, f"at least {QUARTERS} periods of {WEEKS_IN_YEAR} weeks together", code="not_a_year"
        )
    return weeks


def as_quarters(quarters: Iterable[int] | None) -> tuple[int, ...] | None:
    """Return the number of accounting periods in each quarter; None stays None."""
    if quarters is None:
        return None
    given = _fields.in_order(quarters, "quarters", "the number of periods in each quarter", most=QUARTERS)
    return tuple(
        _fields.whole(each, f"quarters[{index}]", 1, MOST_ACCOUNTING_PERIODS) for index, each in enumerate(given)
    )


def _offsets(layout: Layout) -> FrozenMap[tuple[int, Cadence], tuple[int, ...]]:
    """Return on which day of a year, from 0, each period of a cadence starts: in years of 52 weeks, and of 53."""
    third_quarter = sum(layout.quarters[: QUARTERS // 2])
    firsts = {
        Cadence.MONTHLY: tuple(range(len(layout.weeks))),
        Cadence.QUARTERLY: tuple(accumulate(layout.quarters[:-1], initial=0)),
        Cadence.HALF_YEARLY: (0, third_quarter),
        Cadence.YEARLY: (0,),
    }
    found: dict[tuple[int, Cadence], tuple[int, ...]] = {}
    for weeks_in_year in (WEEKS_IN_YEAR, LONG_YEAR):
        weeks = list(layout.weeks)
        weeks[layout.extra_week_in - 1] += weeks_in_year - WEEKS_IN_YEAR
        starts = tuple(accumulate(weeks[:-1], initial=0))
        for cadence, places in firsts.items():
            found[weeks_in_year, cadence] = tuple(starts[place] * DAYS_IN_WEEK for place in places)
    return FrozenMap(found)


@frozen
class Layout:
    """Where in a year of 52 or 53 whole weeks its accounting periods, quarters and halves start.

    Attributes:
        weeks: of each accounting period, in a year of 52 weeks.
        quarters: how many accounting periods each of the four quarters has.
        extra_week_in: the number, from 1, of the accounting period that has a week more in a year of 53 weeks.
    """

    weeks: tuple[int, ...]
    quarters: tuple[int, ...]
    extra_week_in: int
    _offsets: FrozenMap[tuple[int, Cadence], tuple[int, ...]] = field(
        init=False, eq=False, repr=False, default=Factory(_offsets, takes_self=True)
    )

    @classmethod
    def of(
        cls, weeks: tuple[int, ...], quarters: tuple[int, ...] | None = None, extra_week_in: int | None = None
    ) -> Layout:
        """Return a layout in which, by default, quarters have the usual number of periods and the last one has the extra week.

        Raises:
            InvalidType, InvalidValue: quarters that do not have all the periods, or no such period.
        """
        count = len(weeks)
        known = _USUAL_QUARTERS.get(count) if quarters is None else quarters
        if known is None:
            expected = f"the number of periods in each quarter, since there are {count} and not 12 or 13"
            raise mistyped("quarters", quarters, expected, code="required")
        if len(known) != QUARTERS or sum(known) != count:
            shown = f"{', '.join(map(str, known))} ({sum(known)} periods in {len(known)} quarters)"
            raise invalid("quarters", shown, f"{count} periods in {QUARTERS} quarters", code="not_a_year")
        longer = count if extra_week_in is None else _fields.whole(extra_week_in, "extra_week_in", 1, count)
        return cls(weeks, known, longer)

    def count(self, cadence: Cadence) -> int:
        """Return how many periods of a cadence a year has."""
        return len(self._offsets[WEEKS_IN_YEAR, cadence])

    def number(self, days_into_year: int, weeks_in_year: int, cadence: Cadence) -> int:
        """Return the number, from 0, of the period of a cadence that holds a day of a year."""
        return bisect_right(self._offsets[weeks_in_year, cadence], days_into_year) - 1

    def offset(self, number: int, weeks_in_year: int, cadence: Cadence) -> int:
        """Return the days from the start of a year to that of a period, numbered from 0."""
        return self._offsets[weeks_in_year, cadence][number]

    def extra_week(self, start: date) -> Period:
        """Return the extra week of a year of 53 weeks that starts on a day: the last one of the period that is longer."""
        ends = (*self._offsets[LONG_YEAR, Cadence.MONTHLY], LONG_YEAR * DAYS_IN_WEEK)
        end = start + timedelta(days=ends[self.extra_week_in])
        return Period(end - timedelta(days=DAYS_IN_WEEK), end)
