"""Fiscal years, quarters and weeks against tables that other tools made; see SOURCES.md."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Final

from quota_engine import FiscalCalendar, MonthYears, Period, Weeks, WeekYears

TABLES: Final = Path(__file__).parent / "calendars"
DAY: Final = timedelta(days=1)


def rows(name: str, count: int) -> list[dict[str, str]]:
    """Read a table, which has so many rows."""
    found = list(csv.DictReader((TABLES / f"{name}.csv").read_text("utf-8").splitlines()))
    assert len(found) == count
    return found


def differences(
    table: list[dict[str, str]], ours: Callable[[dict[str, str]], dict[str, str]]
) -> list[tuple[dict[str, str], dict[str, str]]]:
    """Return the rows of a table in which we say something else, with what we say; an empty answer of the tool is none."""
    found = []
    for row in table:
        said = ours(row)
        if any(row[name] and row[name] != answer for name, answer in said.items()):
            found.append((row, said))
    return found


@cache
def week_years(rule: str, end_month: str, weekday: str, layout: str, extra_week_in: int | None) -> FiscalCalendar:
    """Return the calendar of a row's settings."""
    return FiscalCalendar(
        years=WeekYears(
            end_month=int(end_month), weekday=int(weekday), rule=rule, layout=layout, extra_week_in=extra_week_in
        )
    )


@cache
def month_years(start_month: str, start_day: str, named_by: str) -> FiscalCalendar:
    """Return the calendar of a row's settings."""
    return FiscalCalendar(years=MonthYears(start_month=int(start_month), start_day=int(start_day), named_by=named_by))


def edges(name: str, period: Period) -> dict[str, str]:
    """Return the first and last day of a period under the names of two columns."""
    return {f"{name}_start": str(period.start), f"{name}_last_day": str(period.last_day)}


class TestMonths:
    """Fiscal years of twelve months."""

    def test_equal_those_of_pandas(self) -> None:
        """Year and quarter of a day, for years from the first of each month."""

        def ours(row: dict[str, str]) -> dict[str, str]:
            calendar, day = month_years(row["start_month"], "1", "end"), date.fromisoformat(row["day"])
            quarter = calendar.period_of(day, "quarterly")
            return {
                "year": str(calendar.year_of(day)),
                "quarter": calendar.label(quarter, "quarterly")[-1],
                **edges("quarter", quarter),
                **edges("year", calendar.period_of(day, "yearly")),
            }

        assert differences(rows("pandas_months", 5_109), ours) == []

    def test_equal_those_of_fiscalyear(self) -> None:
        """Year, quarter and month of a day, for years from any day, named by their end or their start."""

        def ours(row: dict[str, str]) -> dict[str, str]:
            calendar, day = (
                month_years(row["start_month"], row["start_day"], row["named_by"]),
                date.fromisoformat(row["day"]),
            )
            quarter, month = calendar.period_of(day, "quarterly"), calendar.period_of(day, "monthly")
            return {
                "year": str(calendar.year_of(day)),
                "quarter": calendar.label(quarter, "quarterly")[-1],
                "month": str(int(calendar.label(month, "monthly")[-2:])),
                **edges("quarter", quarter),
            }

        table = rows("fiscalyear", 4_578)
        assert sum(not row["month"] for row in table) == 1_208
        assert differences(table, ours) == []


class TestWeekYears:
    """Fiscal years of 52 or 53 weeks."""

    def test_end_as_in_pandas(self) -> None:
        """The last day and the weeks of a year, for every month and weekday by both rules."""

        def ours(row: dict[str, str]) -> dict[str, str]:
            calendar = week_years(row["rule"], row["end_month"], row["weekday"], "4-4-5", None)
            year = calendar.year(int(row["year"]))
            return {"last_day": str(year.last_day), "weeks": str(len(calendar.split(int(row["year"]), "weekly")))}

        table = rows("pandas_52_53", 8_568)
        assert sum(row["weeks"] == "53" for row in table) == 1_534
        assert differences(table, ours) == []

    def test_have_the_quarters_of_pandas(self) -> None:
        """The last day of each quarter, with week 53 in any of the four."""

        def ours(row: dict[str, str]) -> dict[str, str]:
            period = 3 * int(row["extra_week_in_quarter"])
            calendar = week_years(row["rule"], row["end_month"], row["weekday"], "4-5-4", period)
            quarters = calendar.split(int(row["year"]), "quarterly")
            return {f"q{number}_last_day": str(part.last_day) for number, part in enumerate(quarters, 1)}

        assert differences(rows("pandas_52_53_quarters", 3_720), ours) == []

    def test_have_the_months_of_threeten(self) -> None:
        """The first day of each accounting period, in four layouts, with week 53 in any of them."""

        def ours(row: dict[str, str]) -> dict[str, str]:
            calendar = week_years(
                row["rule"], row["end_month"], row["weekday"], row["layout"], int(row["extra_week_in"])
            )
            return {"starts": " ".join(map(str, calendar.split(int(row["year"]), "monthly").boundaries))}

        assert differences(rows("threeten_accounting", 4_893), ours) == []


class TestWeeks:
    """Weeks and the years they belong to."""

    def test_equal_those_of_java(self) -> None:
        """By any first day and any number of minimal days."""
        calendars = {
            (str(first), str(least)): FiscalCalendar(weeks=Weeks(first_day=first, min_days=least))
            for first in range(7)
            for least in range(1, 8)
        }

        def ours(row: dict[str, str]) -> dict[str, str]:
            return week_of(calendars[row["first_day"], row["min_days"]], row["day"], "week_year")

        assert differences(rows("java_weeks", 27_502), ours) == []

    def test_equal_those_of_iso_in_python(self) -> None:
        """The weeks of ISO 8601, which are the usual ones."""
        calendar = FiscalCalendar()
        assert differences(rows("python_isoweeks", 4_211), lambda row: week_of(calendar, row["day"], "year")) == []


def week_of(calendar: FiscalCalendar, day: str, column: str) -> dict[str, str]:
    """Return the week-year and the week of a day, by their label."""
    week = calendar.period_of(date.fromisoformat(day), "weekly", aligned=False)
    year, number = calendar.label(week, "weekly", aligned=False).split("-W")
    return {column: year, "week": str(int(number))}
