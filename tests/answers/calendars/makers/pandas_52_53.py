"""Print pandas_52_53.csv: the last day and the weeks of years of 52 or 53 weeks, by pandas' `FY5253` and `FY5253Quarter`.

    python tests/answers/calendars/makers/pandas_52_53.py > tests/answers/calendars/pandas_52_53.csv

Needs pandas.
"""

from __future__ import annotations

import csv
import sys
from datetime import datetime
from itertools import product

from pandas.tseries.offsets import FY5253, FY5253Quarter  # type: ignore[import-untyped]


def main() -> None:
    """Print the table."""
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(("rule", "end_month", "weekday", "year", "last_day", "weeks"))
    for rule, month, weekday in product(("last", "nearest"), range(1, 13), range(7)):
        years = FY5253(variation=rule, startingMonth=month, weekday=weekday)
        quarters = FY5253Quarter(variation=rule, startingMonth=month, weekday=weekday)
        for year in range(1990, 2041):
            last = years.get_year_end(datetime(year, month, 1))
            table.writerow((rule, month, weekday, year, last.date(), sum(quarters.get_weeks(last))))


if __name__ == "__main__":
    main()
