"""Print fiscalyear.csv: the fiscal years, quarters and months that the library `fiscalyear` gives for sampled days.

    python tests/answers/calendars/makers/fiscalyear_days.py > tests/answers/calendars/fiscalyear.csv

Needs fiscalyear.
"""

from __future__ import annotations

import csv
import sys
from calendar import monthrange
from datetime import date, timedelta
from typing import Final

import fiscalyear  # type: ignore[import-not-found]

STARTS: Final = (
    *((1, 1), (1, 2), (2, 1), (4, 1), (7, 1), (10, 1)),
    *((3, 15), (4, 6), (6, 2), (9, 28), (12, 26)),
    *((1, 30), (1, 31), (5, 29), (8, 31), (11, 30), (12, 31)),  # days that not every month has
)
EVERY_MONTH_OF: Final = range(2023, 2025)  # 2024 has a 29 February
EDGES_OF: Final = (1901, *range(1904, 2200, 12), 2000, 2100, 2199)
MID_DAYS_OF: Final = range(1910, 2200, 10)


def start_year(start_month: int, start_day: int, named_by: str) -> str:
    """Return the setting of `fiscalyear` that names a year by the calendar year it ends, or starts, in.

    A year that starts on 1 January ends in the calendar year that it starts in, by whichever name.
    """
    return "previous" if named_by == "end" and (start_month, start_day) != (1, 1) else "same"


def days(start_month: int, start_day: int) -> list[date]:
    """Return the days to ask for: the edges of the months of two years and of many fiscal years, and odd days."""
    firsts = [
        date(year, month, min(start_day, monthrange(year, month)[1]))
        for year in EVERY_MONTH_OF
        for month in range(1, 13)
    ]
    firsts += [date(year, start_month, start_day) for year in EDGES_OF]
    found = {day for first in firsts for day in (first, first - timedelta(days=1))}
    found |= {date(year, 2, monthrange(year, 2)[1]) for year in (1904, 2000, 2023, 2024, 2100)}
    found |= {date(year, 1, 1) + timedelta(days=(year * 37 + start_month) % 365) for year in MID_DAYS_OF}
    return sorted(found)


def month_of(day: fiscalyear.FiscalDate) -> int | str:
    """Return the number of a day's fiscal month; nothing where `fiscalyear` cannot tell."""
    try:
        return int(day.fiscal_month)
    except ValueError:
        return ""


def main() -> None:
    """Print the table."""
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(
        (
            *("start_month", "start_day", "named_by", "day"),
            *("year", "quarter", "month", "quarter_start", "quarter_last_day"),
        )
    )
    for start_month, start_day in STARTS:
        for named_by in ("end", "start"):
            with fiscalyear.fiscal_calendar(start_year(start_month, start_day, named_by), start_month, start_day):
                for day in days(start_month, start_day):
                    asked = fiscalyear.FiscalDate(day.year, day.month, day.day)
                    quarter = fiscalyear.FiscalQuarter(asked.fiscal_year, asked.fiscal_quarter)
                    name = (asked.fiscal_year, asked.fiscal_quarter, month_of(asked))
                    bounds = (quarter.start.date(), quarter.end.date())
                    table.writerow((start_month, start_day, named_by, day, *name, *bounds))


if __name__ == "__main__":
    main()
