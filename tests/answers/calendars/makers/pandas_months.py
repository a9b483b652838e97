"""Print pandas_months.csv: the fiscal quarters and years of months that pandas' `Period` gives for sampled days.

    python tests/answers/calendars/makers/pandas_months.py > tests/answers/calendars/pandas_months.csv

Needs pandas.
"""

from __future__ import annotations

import csv
import sys
from calendar import monthrange
from datetime import date, timedelta
from typing import Final

import pandas as pd  # type: ignore[import-untyped]

MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
EVERY_MONTH_OF: Final = (*range(1999, 2002), *range(2024, 2027))
EDGES_OF: Final = (*range(1900, 2200, 5), 2200)
MID_DAYS_OF: Final = range(1904, 2201, 8)


def days(start_month: int) -> list[date]:
    """Return the days to ask for: month ends and mid-months of six years, the edges of many fiscal years, and odd days.

    They lie between 1 January 1900 and the last day of the fiscal year 2200.
    """
    found = {
        date(year, month, day)
        for year in EVERY_MONTH_OF
        for month in range(1, 13)
        for day in (1, 15, monthrange(year, month)[1])
    }
    for year in EDGES_OF:
        first = date(year, start_month, 1)
        found |= {first, first - timedelta(days=1)} if first > date(1900, 1, 1) else {first}
        found |= {date(year, 2, monthrange(year, 2)[1])}
    found |= {date(year, 1, 1) + timedelta(days=(year * 37 + start_month) % 365) for year in MID_DAYS_OF}
    last = date(2201, start_month, 1) if start_month == 1 else date(2200, start_month, 1)
    return sorted(day for day in found | {date(1900, 1, 1), last - timedelta(days=1)} if day < last)


def main() -> None:
    """Print the table."""
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(
        ("start_month", "day", "year", "quarter", "quarter_start", "quarter_last_day", "year_start", "year_last_day")
    )
    for start_month in range(1, 13):
        end = MONTHS[start_month - 2]
        for day in days(start_month):
            quarter = pd.Period(pd.Timestamp(day), freq=f"Q-{end}")
            year = pd.Period(pd.Timestamp(day), freq=f"Y-{end}")
            bounds = (quarter.start_time, quarter.end_time, year.start_time, year.end_time)
            table.writerow((start_month, day, quarter.qyear, quarter.quarter, *(bound.date() for bound in bounds)))


if __name__ == "__main__":
    main()
