"""Compare one question, in which fiscal quarter a day lies, with the tools that answer it, and print a table of ratios.

    python benchmarks/calendars.py [--runs N]

Each way answers for the same days, one at a time, in fresh processes; the last day of each quarter must be the same first.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from importlib import metadata
from random import Random
from time import perf_counter
from typing import Any

Way = tuple[Callable[[date], Any], Callable[[Any], date]]

DAYS = 20_000
FIRST, SPAN = date(1990, 1, 1), 365 * 50


def ours_months() -> Any:
    """Return the calendar of years from July."""
    from quota_engine import FiscalCalendar, MonthYears

    return FiscalCalendar(years=MonthYears(start_month=7))


def ours_weeks() -> Any:
    """Return the calendar of years to the last Saturday of December."""
    from quota_engine import FiscalCalendar, WeekYears

    return FiscalCalendar(years=WeekYears(end_month=12, weekday=5, rule="last", layout="4-4-5", extra_week_in=3))


def asked_once(calendar: Any) -> Way:
    """Ask the calendar for each day."""
    return (lambda day: calendar.period_of(day, "quarterly")), lambda period: period.last_day


def looked_up(calendar: Any) -> Way:
    """Lay the quarters out once, and look each day up."""
    return calendar.between(FIRST, FIRST + timedelta(days=SPAN), "quarterly").find, lambda period: period.last_day


def pandas_period() -> Way:
    """Make a pandas Period of each day."""
    import pandas as pd

    return (lambda day: pd.Period(day, freq="Q-JUN")), lambda period: period.end_time.date()


def pandas_weeks() -> Way:
    """Roll each day forward to the end of its quarter."""
    import pandas as pd
    from pandas.tseries.offsets import FY5253Quarter

    quarter = FY5253Quarter(weekday=5, startingMonth=12, qtr_with_extra_week=1, variation="last")
    return (lambda day: quarter.rollforward(pd.Timestamp(day))), lambda stamp: stamp.date()


def fiscalyear_quarter() -> Way:
    """Make a fiscal date of each day, and its quarter."""
    import fiscalyear

    fiscalyear.setup_fiscal_calendar(start_year="previous", start_month=7)

    def quarter(day: date) -> Any:
        fiscal = fiscalyear.FiscalDate(day.year, day.month, day.day)
        return fiscalyear.FiscalQuarter(fiscal.fiscal_year, fiscal.fiscal_quarter)

    return quarter, lambda found: found.end.date()


WAYS: dict[str, dict[str, Callable[[], Way]]] = {
    "years of months, from July": {
        "looked up among quarters laid out once (ours)": lambda: looked_up(ours_months()),
        "calendar.period_of (ours)": lambda: asked_once(ours_months()),
        "pandas Period": pandas_period,
        "fiscalyear": fiscalyear_quarter,
    },
    "years of weeks, to the last Saturday of December": {
        "looked up among quarters laid out once (ours)": lambda: looked_up(ours_weeks()),
        "calendar.period_of (ours)": lambda: asked_once(ours_weeks()),
        "pandas FY5253Quarter": pandas_weeks,
    },
}


def trial(group: str, name: str) -> dict[str, Any]:
    """Answer for all days once, and again against the clock; return microseconds a day, and the answers."""
    random = Random(7)
    days = [FIRST + timedelta(days=random.randrange(SPAN)) for _ in range(DAYS)]
    answer, last_day = WAYS[group][name]()
    found = [answer(day) for day in days]
    start = perf_counter()
    for day in days:
        answer(day)
    spent = perf_counter() - start
    return {"microseconds": spent / DAYS * 1e6, "answers": [last_day(each).toordinal() for each in found]}


def main() -> None:
    """Run every way in fresh processes, hold them to one answer, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="processes for each figure")
    parser.add_argument("--trial", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.trial:
        print(json.dumps(trial(*given.trial)))
        return
    versions = ", ".join(f"{engine} {metadata.version(engine)}" for engine in ("quota-engine", "pandas", "fiscalyear"))
    print(f"{platform.platform()}, Python {platform.python_version()}, {versions}; median of {given.runs} processes")
    for group, ways in WAYS.items():
        print(f"\n{group}\n{'':48}{'microseconds a day':>20}{'its time / our first':>22}")
        expected: list[int] = []
        first = 0.0
        for name in ways:
            figures = []
            for _ in range(given.runs):
                command = [sys.executable, __file__, "--trial", group, name]
                outcome = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
                expected = expected or outcome["answers"]
                if outcome["answers"] != expected:
                    raise SystemExit(f"{name} gives another answer: the comparison is void")
                figures.append(outcome["microseconds"])
            median = statistics.median(figures)
            first = first or median
            print(f"{name:48}{median:>20.3f}{median / first:>22.1f}", flush=True)


if __name__ == "__main__":
    main()
