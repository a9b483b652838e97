"""Fiscal years by a table of their first days."""

from __future__ import annotations

from datetime import date
from functools import partial

import pytest

from quota_engine import FiscalCalendar, MonthYears, Period, TableYears, Weeks, WeekYears
from quota_engine.errors import InvalidType, InvalidValue
from tests.refusals import refuses, says, stays

APPLE = TableYears(
    starts={2023: "2022-09-25", 2022: "2021-09-26", 2024: date(2023, 10, 1)},
    end="2024-09-29",
    layout="5-4-4",
    extra_week_in=3,
)
MONTHS = TableYears(starts={2025: "2024-12-30", 2026: "2026-01-02"}, end="2027-01-01")


class TestTable:
    """What the table says."""

    def test_gives_the_years_that_it_has(self) -> None:
        """In the order of their names, however they were written; days may be text."""
        assert [str(APPLE.year(name)) for name in (2022, 2023, 2024)] == [
            "2021-09-26..2022-09-24", "2022-09-25..2023-09-30", "2023-10-01..2024-09-28",
        ]  # fmt: skip
        assert [APPLE.year_of(day) for day in (date(2021, 9, 26), date(2022, 9, 24), date(2022, 9, 25))] == [
            2022,
            2022,
            2023,
        ]
        stays(APPLE)
        assert list(APPLE.starts) == [2022, 2023, 2024]

    def test_lays_years_of_weeks_out(self) -> None:
        """The same weeks, quarters and place of week 53 as the rule that the company follows."""
        table = FiscalCalendar(years=APPLE)
        rule = FiscalCalendar(years=WeekYears(end_month=9, layout="5-4-4", extra_week_in=3))
        for cadence in ("weekly", "monthly", "quarterly", "half_yearly", "yearly"):
            for year in (2022, 2023, 2024):
                assert table.split(year, cadence) == rule.split(year, cadence)
            assert table.split(APPLE.span, cadence) == rule.split(APPLE.span, cadence)

    def test_months_run_from_the_day_of_the_start(self) -> None:
        """Without a layout a year has twelve months, the last one up to its end, and the account's weeks."""
        calendar = FiscalCalendar(years=MONTHS)
        months = calendar.split(2025, "monthly")
        assert [str(part.start) for part in months][:4] == ["2024-12-30", "2025-01-30", "2025-02-28", "2025-03-30"]
        assert str(months.periods[-1]) == "2025-11-30..2026-01-01"
        assert [str(part.start) for part in calendar.split(2026, "quarterly")] == [
            "2026-01-02", "2026-04-02", "2026-07-02", "2026-10-02",
        ]  # fmt: skip
        assert calendar.period_of(date(2026, 1, 1), "weekly") == Period.closed("2025-12-29", "2026-01-01")
        assert (MONTHS.weeks_nest, APPLE.weeks_nest) == (False, True)

    def test_the_first_and_the_last_day_are_in_it(self) -> None:
        """The day after the last, and the day before the first, are not."""
        calendar = FiscalCalendar(years=APPLE)
        assert calendar.period_of(date(2024, 9, 28), "monthly").end == date(2024, 9, 29)
        assert calendar.period_of(date(2021, 9, 26), "yearly").start == date(2021, 9, 26)
        for day in (date(2021, 9, 25), date(2024, 9, 29)):
            refuses(partial(calendar.period_of, day, "monthly"), "outside_table", "day", "2021-09-26..2024-09-28")
            refuses(partial(calendar.year_of, day), "outside_table", "day", str(day))
            refuses(partial(calendar.split, Period(day, date(2030, 1, 1)), "monthly"), "outside_table", "day")
        for name in (2021, 2025):
            refuses(partial(calendar.year, name), "outside_table", "year", "2022 to 2024", str(name))

    def test_says_why(self) -> None:
        """The published start is the anchor."""
        reason = APPLE.reason(date(2023, 1, 1))
        assert reason.anchor == date(2022, 9, 25)
        assert reason.rule == "fiscal years start on the days that the company's table names"
        assert reason.why == "the table has the year 2023 from 2022-09-25 to 2023-09-30, 371 days"

    def test_takes_first_and_last_days(self) -> None:
        """A company publishes first and last days; they must abut."""
        closed = TableYears.closed(
            {2023: ("2022-09-25", "2023-09-30"), 2022: ("2021-09-26", date(2022, 9, 24))}, layout="5-4-4"
        )
        assert closed == TableYears(starts={2022: "2021-09-26", 2023: "2022-09-25"}, end="2023-10-01", layout="5-4-4")


class TestMistakes:
    """A table with a mistake in it."""

    @pytest.mark.parametrize(
        ("starts", "end", "code", "field", "words"),
        [
            ({2023: "2023-01-01", 2025: "2025-01-01"}, "2026-01-01", "gap", "starts", ("2023 to 2025", "2024")),
            ({2023: "2023-01-01", 2024: "2023-01-01"}, "2025-01-01", "out_of_order", "starts[2024]", ("2023-01-01",)),
            ({2023: "2023-01-01", 2024: "2022-01-01"}, "2025-01-01", "out_of_order", "starts[2024]", ("2022-01-01",)),
            ({2023: "2023-01-01"}, "2023-01-01", "out_of_order", "end", ("2023 starts",)),
            ({2023: "2023-01-01"}, "2023-06-30", "not_a_year", "end", ("180", "Timeline")),
            (
                {2023: "2023-01-01", 2024: "2024-06-01"},
                "2025-01-01",
                "not_a_year",
                "starts[2024]",
                ("350 to 380", "517"),
            ),
            ({2023: "2023-02-29"}, "2024-01-01", "invalid_date", "starts[2023]", ("2023-02-29",)),
            ({1899: "1899-01-01"}, "1900-01-01", "out_of_range", "starts", ("1900", "1899")),
        ],
    )
    def test_is_named(self, starts: dict[int, str], end: str, code: str, field: str, words: tuple[str, ...]) -> None:
        """A year that is missing, starts out of order, years that are no years: each with the year and the day."""
        refuses(lambda: TableYears(starts=starts, end=end), code, field, *words)

    def test_years_of_weeks_are_whole_weeks(self) -> None:
        """A layout of weeks fits no year of 365 days; without one there are no quarters to say."""
        starts = {2023: "2023-01-01"}
        says(
            lambda: TableYears(starts=starts, end="2024-01-01", layout="4-4-5"),
            "layout: expected years of 52 or 53 whole weeks, which 2023-01-01 to 2023-12-31 is not, got <tuple>",
            "<tuple>",
        )
        refuses(lambda: TableYears(starts=starts, end="2024-01-01", extra_week_in=3), "no_layout", "extra_week_in")
        refuses(lambda: TableYears(starts=starts, end="2024-01-01", quarters=(3, 3, 3, 3)), "no_layout", "quarters")
        refuses(
            lambda: TableYears(starts=starts, end="2023-12-31", layout="4-4-5", extra_week_in=13),
            "out_of_range",
            "extra_week_in",
        )

    def test_published_years_must_abut(self) -> None:
        """A day between two years is a gap, a day in both an overlap; both years are named."""
        first = ("2022-01-01", "2022-12-31")
        refuses(
            lambda: TableYears.closed({2022: first, 2023: ("2023-01-02", "2023-12-31")}),
            "gap", "years[2023]", "2022-01-01..2022-12-31", "2023-01-02..2023-12-31",
        )  # fmt: skip
        refuses(
            lambda: TableYears.closed({2022: first, 2023: ("2022-12-31", "2023-12-31")}),
            "overlap", "years[2023]", "2022-01-01..2022-12-31", "2022-12-31..2023-12-31",
        )  # fmt: skip
        refuses(lambda: TableYears.closed({2022: "2022"}), "invalid_type", "years[2022]", kind=InvalidType)  # type: ignore[dict-item]
        refuses(lambda: TableYears.closed([2022]), "invalid_type", "years", "a mapping", kind=InvalidType)  # type: ignore[arg-type]
        refuses(lambda: TableYears(starts=[2022], end="2023-01-01"), "invalid_type", "starts", kind=InvalidType)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match=r"^starts: expected at least one year$"):
            TableYears.closed({})

    def test_is_told_apart_by_what_it_says(self) -> None:
        """The same days written another way are the same table."""
        assert TableYears(starts={2026: date(2026, 1, 2), 2025: date(2024, 12, 30)}, end=date(2027, 1, 1)) == MONTHS
        assert hash(TableYears(starts=MONTHS.starts, end="2027-01-01")) == hash(MONTHS)
        assert TableYears(starts=MONTHS.starts, end="2027-01-02") != MONTHS
        assert FiscalCalendar(years=MONTHS) != FiscalCalendar(years=MonthYears())


class TestWords:
    """What a mistake is called, to the letter, and tables that are made anew."""

    def test_of_every_mistake(self) -> None:
        """The field, what was expected, and what was given."""
        starts = {2023: "2023-01-01"}
        for call, message, got in (
            (
                lambda: TableYears(starts=[2022], end="2023-01-01"),  # type: ignore[arg-type]
                "starts: expected a mapping from a year's name to its first day, got list <list>",
                "<list>",
            ),
            (
                lambda: TableYears.closed([2022]),  # type: ignore[arg-type]
                "years: expected a mapping from a year's name to its first and last day, got list <list>",
                "<list>",
            ),
            (
                lambda: TableYears.closed({2022: "2022"}),  # type: ignore[dict-item]
                "years[2022]: expected pairs of a first and a last day, got str '2022'",
                "'2022'",
            ),
            (
                lambda: TableYears.closed({1899: ("1899-01-01", "1899-12-31")}),
                "years: expected a whole number from 1900 to 2200, got 1899",
                "1899",
            ),
            (
                lambda: TableYears(starts=starts, end="2023-06-30"),
                "end: expected a day 350 to 380 days after 2023-01-01, not 180 (a transition is for a Timeline), got 2023-06-30",
                "2023-06-30",
            ),
            (
                lambda: TableYears(starts=starts, end="soon"),
                "end: expected a day that exists, written YYYY-MM-DD, got 'soon'",
                "'soon'",
            ),
            (
                lambda: TableYears(starts=starts, end="2024-01-01", extra_week_in=3),
                "extra_week_in: expected None, since there is no layout of weeks, got 3",
                "3",
            ),
            (lambda: APPLE.year(1899), "year: expected a whole number from 1900 to 2200, got 1899", "1899"),
        ):
            says(call, message, got)
        with pytest.raises(InvalidValue) as caught:
            TableYears(starts={}, end="2024-01-01")
        assert (caught.value.code, caught.value.field) == ("required", "starts")
        refuses(lambda: TableYears(starts=starts, end="2024-01-01", layout="4-4-5"), "not_whole_weeks", "layout")

    @pytest.mark.parametrize("days", [350, 380])
    def test_years_of_350_to_380_days_are_years(self, days: int) -> None:
        """One day less or more is none."""
        start = date(2023, 1, 1)
        end = date.fromordinal(start.toordinal() + days)
        assert TableYears(starts={2023: start}, end=end).year(2023).days == days
        for beyond in (349, 381):
            last = date.fromordinal(start.toordinal() + beyond)
            refuses(partial(TableYears, starts={2023: start}, end=last), "not_a_year", "end", str(beyond))

    def test_tables_of_weeks_know_the_extra_week(self) -> None:
        """In a year of 53 weeks; one of 52 has none, nor has a table of months."""
        table = TableYears.closed(
            {2022: ("2021-08-30", "2022-08-28"), 2023: ("2022-08-29", "2023-09-03")},
            layout="13x4",
            quarters=(4, 3, 3, 3),
            extra_week_in=1,
        )
        assert table.reason(date(2023, 1, 1)).extra_week == Period.closed("2022-09-26", "2022-10-02")
        assert table.reason(date(2022, 1, 1)).extra_week is None
        assert TableYears(starts={2023: "2023-01-01"}, end="2024-01-07").reason(date(2023, 5, 1)).extra_week is None
        calendar = FiscalCalendar(years=table)
        assert [part.days // 7 for part in calendar.split(2023, "quarterly")] == [17, 12, 12, 12]
        assert [part.days // 7 for part in calendar.split(2022, "monthly")] == [4] * 13

    def test_tables_of_months_have_the_accounts_weeks(self) -> None:
        """Months from the day of the start; weeks from Wednesday where the account says so."""
        calendar = FiscalCalendar(
            years=TableYears(starts={2023: "2023-01-15"}, end="2024-01-15"), weeks=Weeks(first_day=2)
        )
        assert [part.start.day for part in calendar.split(2023, "monthly")] == [15] * 12
        assert [part.start.month for part in calendar.split(2023, "quarterly")] == [1, 4, 7, 10]
        assert {part.start.weekday() for part in calendar.split(2023, "weekly").periods[1:]} == {2}
