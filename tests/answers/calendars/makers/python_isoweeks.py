"""Print python_isoweeks.csv: the ISO weeks that Python's own `date.isocalendar` gives for the days around every new year.

python tests/answers/calendars/makers/python_isoweeks.py > tests/answers/calendars/python_isoweeks.csv
"""

from __future__ import annotations

import csv
import sys
from datetime import date, timedelta


def days() -> list[date]:
    """Return the last five days of December, the first eight of January and an odd day of each year, 1900 to 2200.

    The days of the last week that already lie in the week-year 2201 are left out.
    """
    found = {date(year, 1, 1) + timedelta(days=offset) for year in range(1900, 2202) for offset in range(-5, 8)}
    found |= {date(year, 1, 1) + timedelta(days=20 + year * 37 % 320) for year in range(1900, 2201)}
    return sorted(day for day in found if date(1900, 1, 1) <= day <= date(2200, 12, 28))


def main() -> None:
    """Print the table."""
    table = csv.writer(sys.stdout, lineterminator="\n")
    table.writerow(("day", "year", "week"))
    for day in days():
        table.writerow((day, *day.isocalendar()[:2]))


if __name__ == "__main__":
    main()
