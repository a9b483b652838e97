"""A company that changes its fiscal year."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

import pytest

from quota_engine import FiscalCalendar, MonthYears, Period, TableYears, Timeline, Weeks, WeekYears, YearChange, presets
from quota_engine.errors import InvalidType
from tests.refusals import refuses, says, stays

JULY = MonthYears(start_month=7)
SHORT = FiscalCalendar(years=Timeline(MonthYears()).then(JULY, on="2025-01-01"))
LONG = FiscalCalendar(years=Timeline(MonthYears()).then(JULY, on="2024-01-01", resumes="2025-07-01"))


def spans(calendar: FiscalCalendar, year: int, cadence: str) -> list[str]:
    """Return the periods of a year as text."""
    return [str(part) for part in calendar.split(year, cadence)]


class TestTransition:
    """The days between the old years and the new ones."""

    def test_can_be_short(self) -> None:
        """Calendar years until 2024, years from July since July 2025: January to June 2025 is a year of its own."""
        assert [str(SHORT.year(name)) for name in (2024, 2025, 2026)] == [
            "2024-01-01..2024-12-31", "2025-01-01..2025-06-30", "2025-07-01..2026-06-30",
        ]  # fmt: skip
        assert spans(SHORT, 2025, "quarterly") == ["2025-01-01..2025-03-31", "2025-04-01..2025-06-30"]
        assert spans(SHORT, 2025, "half_yearly") == ["2025-01-01..2025-06-30"]
        assert len(SHORT.split(2025, "monthly")) == 6
        assert [SHORT.year_of(date(2025, month, 1)) for month in (1, 6, 7)] == [2025, 2025, 2026]
        stays(SHORT)

    def test_can_be_long(self) -> None:
        """Eighteen months from January 2024 are one year, with six quarters and three halves."""
        assert [str(LONG.year(name)) for name in (2023, 2025, 2026)] == [
            "2023-01-01..2023-12-31", "2024-01-01..2025-06-30", "2025-07-01..2026-06-30",
        ]  # fmt: skip
        assert [len(LONG.split(2025, cadence)) for cadence in ("monthly", "quarterly", "half_yearly", "yearly")] == [
            18,
            6,
            3,
            1,
        ]
        assert LONG.label(LONG.split(2025, "quarterly").periods[-1], "quarterly") == "FY25 Q6"
        refuses(lambda: LONG.year(2024), "no_such_year", "year", "after 2023 comes 2025", "2024")

    def test_can_be_named(self) -> None:
        """The free name before the first new year is taken, or the one that is asked for."""
        named = FiscalCalendar(
            years=Timeline(MonthYears()).then(JULY, on="2024-01-01", resumes="2025-07-01", named=2024)
        )
        assert str(named.year(2024)) == "2024-01-01..2025-06-30"
        refuses(lambda: named.year(2025), "no_such_year", "year", "after 2024 comes 2026")

    def test_has_no_number_where_none_is_free(self) -> None:
        """The United States put a quarter between their fiscal 1976, to June, and 1977, from October: it is of neither."""
        federal = FiscalCalendar(years=Timeline(JULY).then(presets.US_FEDERAL, on="1976-07-01"))
        quarter = Period.closed("1976-07-01", "1976-09-30")
        assert (
            federal.period_of(date(1976, 8, 1), "yearly")
            == federal.parse("FY76T")
            == federal.parse("fy76t q1")
            == quarter
        )
        assert federal.label(quarter, "yearly") == "FY76T"
        assert federal.label(quarter, "quarterly") == "FY76T Q1"
        assert federal.label(federal.split(quarter, "monthly").periods[2], "monthly") == "FY76T P03"
        assert (federal.year(1976).end, federal.year(1977).start) == (quarter.start, quarter.end)
        assert federal.explain(date(1976, 8, 1)).year == "1976T"
        assert str(federal.previous(federal.parse("FY77 Q1"), "quarterly")) == str(quarter)
        assert federal.prior_year(quarter, "quarterly") is None
        assert federal.prior_year(federal.parse("FY77 Q1"), "quarterly") == federal.parse("FY76 Q1")
        refuses(lambda: federal.year_of(date(1976, 8, 1)), "no_such_year", "day", "transition 1976T", "1976-08-01")
        refuses(lambda: federal.parse("FY77T"), "no_such_year", "year", "1977T")

    def test_can_be_none(self) -> None:
        """Years that go on from the very day of the change need none."""
        retail = WeekYears(end_month=1, weekday=5, rule="last", named_by="start")
        other = WeekYears(end_month=1, weekday=5, rule="nearest", named_by="start")
        change = retail.year(2022).end
        timeline = Timeline(retail).then(other, on=change, resumes=change)
        assert timeline.year(2023).start == timeline.year(2022).end == change == date(2023, 1, 29)

    def test_a_piece_of_less_than_a_week_joins_its_neighbour(self) -> None:
        """Apple's 1999 begins on Saturday 26 September 1998; the new periods begin on Sundays: the first has 36 days."""
        apple = FiscalCalendar(years=presets.APPLE)
        assert [part.days for part in apple.split(1999, "monthly")] == [36, 28, 28, 35, 28, 28, 35, 28, 28, 35, 28, 28]
        assert [part.days for part in apple.split(1999, "half_yearly")] == [183, 182]
        assert [part.days for part in apple.split(1999, "weekly")][:2] == [1, 7]
        assert apple.period_of(date(1998, 9, 26), "monthly").end == date(1998, 11, 1)

    def test_a_table_does_not_reach_back(self) -> None:
        """The months of a transition before a table are counted from the day on which the table begins."""
        table = TableYears(starts={2026: "2025-06-28", 2027: "2026-06-27"}, end="2027-06-26", layout="4-4-5")
        calendar = FiscalCalendar(years=Timeline(MonthYears()).then(table, on="2025-01-01"))
        assert spans(calendar, 2025, "monthly")[:2] == ["2025-01-01..2025-01-27", "2025-01-28..2025-02-27"]
        assert spans(calendar, 2025, "monthly")[-1] == "2025-05-28..2025-06-27"
        assert calendar.year(2026) == Period.closed("2025-06-28", "2026-06-26")
        refuses(lambda: calendar.year(2028), "outside_table", "year")
        assert calendar.year(2024).days == 366

    @pytest.mark.parametrize(("start", "last"), [("2023-12-31", "2023-11-30"), ("2024-02-29", "2024-01-29")])
    def test_leaves_no_piece_before_a_table(self, start: str, last: str) -> None:
        """Before a table from the 31st, or from 29 February, months run from that day."""
        table = TableYears(starts={2024: start}, end=date.fromisoformat(start) + timedelta(days=364))
        calendar = FiscalCalendar(years=Timeline(MonthYears()).then(table, on="2023-01-01"))
        months = calendar.split(calendar.period_of(date(2023, 5, 1), "yearly"), "monthly")
        assert months.periods[-1] == Period(date.fromisoformat(last), date.fromisoformat(start))


class TestTimeline:
    """All years of a company that changed them."""

    def test_splits_days_across_the_change(self) -> None:
        """The quarters before and after a change are those of each rule."""
        run = Period.closed("2024-11-15", "2025-08-15")
        assert [str(part) for part in SHORT.split(run, "quarterly")] == [
            "2024-11-15..2024-12-31", "2025-01-01..2025-03-31", "2025-04-01..2025-06-30", "2025-07-01..2025-08-15",
        ]  # fmt: skip
        assert [str(part) for part in SHORT.split(run, "yearly")] == [
            "2024-11-15..2024-12-31", "2025-01-01..2025-06-30", "2025-07-01..2025-08-15",
        ]  # fmt: skip

    def test_weeks_are_the_accounts_unless_a_rule_has_its_own(self) -> None:
        """Months keep the account's weeks over the change; years of weeks bring their own from the change on."""
        assert len(SHORT.split(Period.closed("2024-12-30", "2025-01-05"), "weekly")) == 1
        retail = FiscalCalendar(
            years=Timeline(MonthYears()).then(presets.NRF, on="2024-01-01"), weeks=Weeks(first_day=2)
        )
        assert [str(part) for part in retail.split(Period.closed("2023-12-27", "2024-01-13"), "weekly")] == [
            "2023-12-27..2023-12-31", "2024-01-01..2024-01-06", "2024-01-07..2024-01-13",
        ]  # fmt: skip
        assert (retail.label(retail.year(2024), "yearly"), retail.year(2024).start) == ("FY24", date(2024, 2, 4))
        assert retail.label(Period.closed("2024-01-01", "2024-02-03"), "yearly") == "FY23T"
        assert (retail.years.weeks_nest, presets.APPLE.weeks_nest) == (False, True)

    def test_changes_can_follow_one_another(self) -> None:
        """July, then October, then the calendar year again."""
        twice = Timeline(JULY).then(MonthYears(start_month=10), on="2020-07-01").then(MonthYears(), on="2023-10-01")
        assert [str(twice.year(name)) for name in (2020, "2020T", 2021, 2023, "2023T", 2024)] == [
            "2019-07-01..2020-06-30", "2020-07-01..2020-09-30", "2020-10-01..2021-09-30", "2022-10-01..2023-09-30",
            "2023-10-01..2023-12-31", "2024-01-01..2024-12-31",
        ]  # fmt: skip
        assert twice.transitions == ("2020T", "2023T")
        stays(twice)

    def test_says_what_holds(self) -> None:
        """Before, in and after the transition."""
        assert SHORT.years.reason(date(2024, 5, 1)).rule == "fiscal years start on 1 January and last twelve months"
        assert SHORT.years.reason(date(2025, 7, 1)).rule == "fiscal years start on 1 July and last twelve months"
        within = SHORT.years.reason(date(2025, 5, 1))
        assert within.rule == (
            "before 2025-01-01, fiscal years start on 1 January and last twelve months; "
            "from 2025-07-01 on, fiscal years start on 1 July and last twelve months"
        )
        assert (within.anchor, within.why) == (date(2025, 1, 1), "the days between are the transition 2025")
        found = [SHORT.explain(date(2025, month, 1)).is_transition for month in (1, 6, 7)]
        assert found == [True, True, False]


class TestMistakes:
    """Changes that cannot be."""

    def test_names_stay_unique(self) -> None:
        """New years named by their start must not take the name of an old year, nor a transition one of theirs."""
        refuses(
            lambda: Timeline(JULY).then(MonthYears(start_month=7, named_by="start"), on="2025-07-01"),
            "name_twice", "changes[0].years", "go on from 2025", "by their end",
        )  # fmt: skip
        refuses(
            lambda: Timeline(MonthYears()).then(JULY, on="2025-01-01", named=2026), "name_twice", "changes[0].named"
        )

    def test_happen_between_two_years(self) -> None:
        """An old year must have ended, and a new one begin."""
        old = Timeline(MonthYears())
        says(
            lambda: old.then(JULY, on="2025-03-01"),
            "changes[0].on: expected a day on which a fiscal year would start, such as 2026-01-01, got 2025-03-01",
            "2025-03-01",
        )
        refuses(
            lambda: old.then(JULY, on="2025-01-01", resumes="2025-08-01"),
            "not_a_year_start", "changes[0].resumes", "2026-07-01", "2025-08-01",
        )  # fmt: skip
        refuses(lambda: old.then(JULY, on="2025-01-01", resumes="2024-07-01"), "not_a_year_start", "changes[0].resumes")
        refuses(lambda: old.then(JULY, on="2025-01-01", resumes="2027-07-01"), "too_long", "changes[0].resumes", "750")
        refuses(lambda: old.then(JULY, on="1890-01-01"), "out_of_range", "changes[0].on")

    def test_come_in_order(self) -> None:
        """A second change lies after the first, and not within its transition."""
        for on in ("2025-01-01", "2024-01-01", "2025-04-01"):
            refuses(
                partial(Timeline(MonthYears()).then(JULY, on="2025-01-01").then, MonthYears(), on=on),
                "out_of_order", "changes[1].on", "2025-07-01",
            )  # fmt: skip

    def test_are_of_known_kinds(self) -> None:
        """Rules of years, days, and nothing else; a timeline holds no timeline."""
        refuses(lambda: Timeline(7), "invalid_type", "first", "WeekYears", kind=InvalidType)  # type: ignore[arg-type]
        refuses(lambda: YearChange("2025-01-01", SHORT.years), "invalid_type", "years", kind=InvalidType)  # type: ignore[arg-type]
        refuses(lambda: Timeline(MonthYears(), [JULY]), "invalid_type", "changes[0]", kind=InvalidType)  # type: ignore[list-item]
        refuses(lambda: Timeline(MonthYears()).then(JULY, on="1 January"), "invalid_date", "on")
        refuses(lambda: Timeline(MonthYears()).then(JULY, on="2025-01-01", named=5), "out_of_range", "named")
        with pytest.raises(TypeError):
            hash(Timeline(MonthYears(), [JULY]))  # type: ignore[list-item]
