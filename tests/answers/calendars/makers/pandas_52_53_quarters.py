"""Print pandas_52_53_quarters.csv: the last days of the quarters of years of 52 or 53 weeks, by pandas' `FY5253Quarter`.

    python tests/answers/calendars/makers/pandas_52_53_quarters.py > tests/answers/calendars/pandas_52_53_quarters.csv

Needs pandas.
"""

from __future__ import annotations

import csv
import sys
from datetime import datetime
from itertools import product

import pandas as pd  # type: ignore[import-untyped]
from pandas.tseries.offsets import FY5253, FY5253Quarter  # type: ignore[import-untyped]


def main() -> None:
    """Print the table: each quarter's end is that many quarters after the end of the year before."""
    table = csv.writer(sys.stdout, lineterminator="\n")
    ends = [f"q{quarter}_last_day" for quarter in range(1, 5)]
    table.writerow(("rule", "end_month", "weekday", "extra_week_in_quarter", "year", *ends))
    for rule, month, weekday, extra in product(("last", "nearest"), (1, 2, 8, 9, 12), (4, 5, 6), range(1, 5)):
        years = FY5253(variation=rule, startingMonth=month, weekday=weekday)
        quarters = FY5253Quarter(variation=rule, startingMonth=month, weekday=weekday, qtr_with_extra_week=extra)
        for year in range(2000, 2031):
            before = pd.Timestamp(years.get_year_end(datetime(year - 1, month, 1)))
            lasts = [before + quarter * quarters for quarter in range(1, 5)]
            table.writerow((rule, month, weekday, extra, year, *(last.date() for last in lasts)))


if __name__ == "__main__":
    main()
