"""The fiscal years of eight companies against what they published; see SOURCES.md."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest

from quota_engine import FiscalCalendar, MonthYears, TableYears, WeekYears, presets

TABLE: Final = json.loads((Path(__file__).parent / "company_fiscal_years.json").read_text("utf-8"))
COMPANIES: Final[dict[str, dict[str, Any]]] = {company["company"]: company for company in TABLE["companies"]}


def calendar_of(name: str) -> FiscalCalendar:
    """Return a company's calendar, ready-made."""
    return FiscalCalendar(years=presets.named(name.lower().replace(" ", "_")))


def years_of(name: str) -> list[dict[str, Any]]:
    """Return the years of which a last day was published."""
    return [year for year in COMPANIES[name]["years"] if year["end"] is not None]


class TestPublishedYears:
    """First and last days, weeks and quarters, as companies published them."""

    def test_there_are_eight_companies(self) -> None:
        """The table has 8 companies, 61 years with a last day, and 72 ends of quarters."""
        assert len(COMPANIES) == 8
        assert sum(len(years_of(name)) for name in COMPANIES) == 61
        assert sum(len(company["quarter_ends"]) for company in COMPANIES.values()) == 72

    @pytest.mark.parametrize("name", COMPANIES)
    def test_years_begin_and_end_when_the_company_says(self, name: str) -> None:
        """The last day of each year, and the first and the number of weeks where they are said."""
        for year in COMPANIES[name]["years"]:
            found = calendar_of(name).year(year["fy"])
            if year["end"] is not None:
                assert found.last_day == date.fromisoformat(year["end"]), year
                assert found.days == year["days"], year
            if year["start"] is not None:
                assert found.start == date.fromisoformat(year["start"]), year
            if year["weeks"] is not None:
                assert found.days == year["weeks"] * 7, year

    @pytest.mark.parametrize("name", COMPANIES)
    def test_quarters_end_when_the_company_says(self, name: str) -> None:
        """Each published last day of a quarter is the last day of a quarter."""
        for text in COMPANIES[name]["quarter_ends"]:
            day = date.fromisoformat(text)
            assert calendar_of(name).period_of(day, "quarterly").last_day == day

    @pytest.mark.parametrize("name", [name for name, company in COMPANIES.items() if company["quarters_weeks"]])
    def test_week_53_lies_in_the_quarter_that_the_company_says(self, name: str) -> None:
        """In a year of 53 weeks that quarter is a week longer than in a year of 52."""
        said = COMPANIES[name]["quarters_weeks"]
        usual = said.get("weeks", [13, 13, 13, 13])
        quarter = said.get("extra_week_in_quarter", 4)
        calendar, long_years = calendar_of(name), 0
        for year in range(2000, 2031):
            weeks = [part.days // 7 for part in calendar.split(year, "quarterly")]
            expected = list(usual)
            if calendar.year(year).days == 371:
                expected[quarter - 1] += 1
                long_years += 1
            assert weeks == expected
        assert long_years in {5, 6}

    @pytest.mark.parametrize("name", ["Apple", "Costco", "Target"])
    def test_accounting_periods_have_the_weeks_that_the_company_says(self, name: str) -> None:
        """A pattern such as 5-4-4 is that of each quarter; 13 periods have four weeks each."""
        said = COMPANIES[name]["quarters_weeks"]
        pattern = [int(weeks) for weeks in said["pattern"].split("-")] * 4 if "pattern" in said else [4] * 13
        weeks = [part.days // 7 for part in calendar_of(name).split(2022, "monthly")]
        assert weeks == pattern

    @pytest.mark.parametrize("name", COMPANIES)
    def test_the_rule_of_the_table_is_the_rule_of_the_preset(self, name: str) -> None:
        """Month, weekday and kind of rule are those that the table gives in words of its own."""
        rule, label_by = COMPANIES[name]["rule"], COMPANIES[name]["label_by"]
        years = calendar_of(name).years
        if rule["type"] == "fixed_date":
            assert years == MonthYears(start_month=rule["start_month"], start_day=rule["start_day"], named_by=label_by)
            return
        made = FiscalCalendar(
            years=WeekYears(
                end_month=rule["end_month"], weekday=rule["weekday"], rule=rule["variation"], named_by=label_by
            )
        )
        assert [made.year(name) for name in range(2000, 2101)] == [years.year(name) for name in range(2000, 2101)]

    def test_apples_transition_year_has_365_days(self) -> None:
        """1999 ran from 26 September 1998 to 25 September 1999: before it years end on Fridays, after it on Saturdays."""
        apple = calendar_of("Apple")
        assert str(apple.year(1999)) == "1998-09-26..1999-09-25"
        assert (apple.year(1998).last_day, apple.year(2000).start) == (date(1998, 9, 25), date(1999, 9, 26))
        assert [part.days for part in apple.split(1999, "quarterly")] == [92, 91, 91, 91]

    @pytest.mark.parametrize("name", ["Apple", "Target", "Costco"])
    def test_a_table_of_the_published_days_gives_the_same(self, name: str) -> None:
        """Last days put into a `TableYears` give the years that the rule gives."""
        last_days = {year["fy"]: date.fromisoformat(year["end"]) for year in years_of(name)}
        whole = [fy for fy in last_days if fy - 1 in last_days]
        table = TableYears.closed(
            {fy: (date.fromordinal(last_days[fy - 1].toordinal() + 1), last_days[fy]) for fy in whole if fy < 2024}
        )
        for fy in table.starts:
            assert table.year(fy) == calendar_of(name).year(fy)
