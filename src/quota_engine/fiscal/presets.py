"""Fiscal years that many use or know, ready-made, each with its source; with them `FiscalCalendar(years=presets.NRF)` is right.

Of a company's year its reports show first and last days, quarters and the place of the extra week; how it cuts its quarters into
periods they seldom show. Where nothing is said of the periods below, the layout is only the usual one.
"""

from __future__ import annotations

from typing import Final

from quota_engine.errors import invalid, mistyped
from quota_engine.fiscal.accounting import WeekYears
from quota_engine.fiscal.calendars import YearRule
from quota_engine.fiscal.months import MonthYears
from quota_engine.fiscal.timelines import Timeline

_SATURDAY: Final = 5
_SUNDAY: Final = 6
_FRIDAY: Final = 4

NRF: Final = WeekYears(end_month=1, weekday=_SATURDAY, rule="nearest", layout="4-5-4", named_by="start")
"""The 4-5-4 calendar of the National Retail Federation: to the Saturday nearest 31 January; 2023 runs to 3 February 2024 and
has its extra week in the last period. Source: the federation's 4-5-4 calendar."""

ISO: Final = WeekYears(end_month=12, weekday=_SUNDAY, rule="nearest", layout="4-4-5")
"""The week-year of ISO 8601, Monday to Sunday, named by the year that has most of its first week. The standard knows no quarters;
here they have 13 weeks, and the last one takes the extra week."""

UK_TAX: Final = MonthYears(start_month=4, start_day=6)
"""The tax year of the United Kingdom, from 6 April, named by its end: 2026 is 2025-26. Source: Income Tax Act 2007, section 4."""

US_FEDERAL: Final = MonthYears(start_month=10)
"""The fiscal year of the United States government, from 1 October, named by its end. Source: 31 U.S.C. 1102."""

APPLE: Final = Timeline(
    WeekYears(end_month=9, weekday=_FRIDAY, rule="last", layout="5-4-4", extra_week_in=3),
).then(
    WeekYears(end_month=9, weekday=_SATURDAY, rule="last", layout="5-4-4", extra_week_in=3),
    on="1998-09-26",
    resumes="1999-09-26",
)
"""Apple: to the last Saturday of September, in quarters of 5, 4 and 4 weeks, the extra week at the end of the first.
Until 1998 years ended on Fridays; 1999, from 26 September 1998 to 25 September 1999, is the transition of 365 days. Source:
annual reports (Form 10-K)."""

COSTCO: Final = WeekYears(
    end_month=8, weekday=_SUNDAY, rule="nearest", layout="13x4", quarters=(3, 3, 3, 4), extra_week_in=13
)
"""Costco: to the Sunday nearest 31 August, 13 periods of four weeks in quarters of 12, 12, 12 and 16 (or 17) weeks. Source:
annual report (Form 10-K) for 2021, item 1."""

HOME_DEPOT: Final = WeekYears(end_month=1, weekday=_SUNDAY, rule="nearest", layout="4-5-4", named_by="start")
"""Home Depot: to the Sunday nearest 31 January, named by its start, the extra week in the fourth quarter. Source:
annual report for fiscal 2024."""

INTEL: Final = WeekYears(end_month=12, weekday=_SATURDAY, rule="last", layout="4-4-5", extra_week_in=3)
"""Intel: to the last Saturday of December, the extra week in the first quarter. Source: annual report for
2015 and quarterly report for the first quarter of 2016."""

MICROSOFT: Final = MonthYears(start_month=7)
"""Microsoft: from 1 July, named by its end. Source: annual report for fiscal 2024."""

STARBUCKS: Final = WeekYears(end_month=9, weekday=_SUNDAY, rule="nearest", layout="4-4-5")
"""Starbucks: to the Sunday nearest 30 September, which may be in October; the extra week in the fourth quarter. Source:
the company's statements for fiscal 2021 and 2022."""

TARGET: Final = WeekYears(end_month=1, weekday=_SATURDAY, rule="nearest", layout="4-5-4", named_by="start")
"""Target: the calendar of the National Retail Federation. Source: annual report for fiscal 2023."""

WALMART: Final = MonthYears(start_month=2)
"""Walmart: from 1 February, named by its end. Source: annual report for fiscal 2024."""

_BY_NAME: Final[tuple[tuple[str, YearRule], ...]] = (
    ("apple", APPLE),
    ("costco", COSTCO),
    ("home_depot", HOME_DEPOT),
    ("intel", INTEL),
    ("iso", ISO),
    ("microsoft", MICROSOFT),
    ("nrf", NRF),
    ("starbucks", STARBUCKS),
    ("target", TARGET),
    ("uk_tax", UK_TAX),
    ("us_federal", US_FEDERAL),
    ("walmart", WALMART),
)
NAMES: Final = tuple(name for name, _ in _BY_NAME)


def named(name: str) -> YearRule:
    """Return the preset of a name, such as "nrf": the name of its constant in small letters.

    Raises:
        InvalidType, InvalidValue: there is no such preset; the message lists those there are.
    """
    expected = f"one of {', '.join(NAMES)}"
    if not isinstance(name, str):
        raise mistyped("name", name, expected)
    for known, years in _BY_NAME:
        if known == name:
            return years
    raise invalid("name", name, expected, code="unknown_word")
