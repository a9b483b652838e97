"""What periods are called, and the periods beside one. Expected: as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial

import pytest

from quota_engine import FiscalCalendar, MonthYears, Period, PriorBy, TableYears, Weeks, WeekYears, presets
from quota_engine.errors import InvalidType, TooLarge
from tests.refusals import refuses, says

JULY = FiscalCalendar(years=MonthYears(start_month=7))
NRF = FiscalCalendar(years=presets.NRF)
ISO_53 = FiscalCalendar(years=presets.ISO)


def days(start: str, last_day: str) -> Period:
    """Return a period by the ISO dates of its first and last day."""
    return Period.closed(start, last_day)


class TestLabels:
    """Both ways: from a period to its label and back."""

    @pytest.mark.parametrize(
        ("label", "cadence", "period"),
        [
            ("FY26", "yearly", days("2025-07-01", "2026-06-30")),
            ("FY26 H1", "half_yearly", days("2025-07-01", "2025-12-31")),
            ("FY26 Q4", "quarterly", days("2026-04-01", "2026-06-30")),
            ("FY26 P07", "monthly", days("2026-01-01", "2026-01-31")),
            ("FY26 W01", "weekly", days("2025-07-01", "2025-07-06")),
            ("FY26 W31", "weekly", days("2026-01-26", "2026-02-01")),
            ("FY69 Q1", "quarterly", days("1968-07-01", "1968-09-30")),
            ("FY1968", "yearly", days("1967-07-01", "1968-06-30")),
            ("FY68", "yearly", days("2067-07-01", "2068-06-30")),
            ("FY2069", "yearly", days("2068-07-01", "2069-06-30")),
            ("FY00", "yearly", days("1999-07-01", "2000-06-30")),
        ],
    )
    def test_of_the_fiscal_year(self, label: str, cadence: str, period: Period) -> None:
        """FY and the year, and the number of the half, quarter, accounting period or week."""
        assert JULY.label(period, cadence) == label
        assert JULY.parse(label) == period

    @pytest.mark.parametrize(
        ("label", "cadence", "period"),
        [
            ("2026", "yearly", days("2026-01-01", "2026-12-31")),
            ("2026 H2", "half_yearly", days("2026-07-01", "2026-12-31")),
            ("2026 Q3", "quarterly", days("2026-07-01", "2026-09-30")),
            ("2026-07", "monthly", days("2026-07-01", "2026-07-31")),
            ("2026-W01", "weekly", days("2025-12-29", "2026-01-04")),
            ("2026-W53", "weekly", days("2026-12-28", "2027-01-03")),
        ],
    )
    def test_of_the_calendar_year(self, label: str, cadence: str, period: Period) -> None:
        """Of the calendar year, and of ISO weeks, whatever the fiscal year is."""
        assert JULY.label(period, cadence, aligned=False) == label
        assert JULY.parse(label) == period

    def test_of_accounting_periods_and_week_53(self) -> None:
        """Thirteen periods go up to P13; a year of 53 weeks has a W53."""
        costco = FiscalCalendar(years=presets.COSTCO)
        assert costco.parse("FY23 P13") == days("2023-07-31", "2023-09-03")
        assert costco.label(days("2023-07-31", "2023-09-03"), "monthly") == "FY23 P13"
        assert NRF.parse("FY23 W53") == days("2024-01-28", "2024-02-03")

    def test_of_any_days(self) -> None:
        """A custom period is called by its first and last day."""
        period = days("2025-07-05", "2025-08-15")
        assert JULY.label(period, "custom") == "2025-07-05..2025-08-15"
        assert JULY.parse("2025-07-05..2025-08-15") == period
        refuses(lambda: JULY.parse("2025-07-05..2025-07-04"), "end_before_start", "last_day")
        refuses(lambda: JULY.parse("2025-02-30..2025-07-04"), "invalid_date", "first_day")

    @pytest.mark.parametrize(
        "text", ["fy26 q1", "FY2026 Q1", "FY26Q1", "FY26-Q1", "Q1 FY26", "q1-fy2026", "Q1FY26", "FY 26 Q1", "FY26 Q01"]
    )
    def test_are_read_as_people_write_them(self, text: str) -> None:
        """Small letters, four digits, with or without a space or hyphen, the quarter first."""
        assert JULY.parse(text) == days("2025-07-01", "2025-09-30")

    @pytest.mark.parametrize(
        ("text", "period"), [("2026q3", "2026 Q3"), ("2026-q3", "2026 Q3"), ("2026W7", "2026-W07")]
    )
    def test_of_the_calendar_year_are_read_so_too(self, text: str, period: str) -> None:
        """The same for calendar quarters and weeks."""
        assert JULY.parse(text) == JULY.parse(period)

    @pytest.mark.parametrize(
        "text",
        ["", "26", "Q1", "FY", "FY6", "FY26 Q", "FY26 X1", "FY26  Q1", " FY26", "FY26 ", "FY26 Q1 ", "2026-7", "2026-07-01",
         "FY٢٦", "FY26 Q1" + " " * 99, "2026 P07", "FY26 W1234", "2026/07", "FY26 Q1\n"],
    )  # fmt: skip
    def test_nothing_else_is_guessed(self, text: str) -> None:
        """What is no label is refused with examples of what is."""
        refuses(lambda: JULY.parse(text), "not_a_label", "label", "FY26 Q1", "2026-W31")

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("FY26 Q5", ("quarterly period of FY26, 1 to 4",)),
            ("FY26 Q0", ("1 to 4",)),
            ("FY26 H3", ("half_yearly period of FY26, 1 to 2",)),
            ("FY26 P13", ("monthly period of FY26, 1 to 12",)),
            ("FY26 W54", ("weekly period of FY26, 1 to 53",)),
            ("2026 Q5", ("quarterly period of 2026, 1 to 4",)),
            ("2026-13", ("monthly period of 2026, 1 to 12",)),
            ("2025-W53", ("weekly period of 2025, 1 to 52",)),
        ],
    )
    def test_a_year_has_so_many_periods(self, text: str, words: tuple[str, ...]) -> None:
        """A fifth quarter, a thirteenth month, a 53rd week where there are 52: the numbers that there are, are named."""
        refuses(lambda: JULY.parse(text), "no_such_period", "label", *words, text)

    def test_days_are_split_on_either_year(self) -> None:
        """A run of days is cut by the fiscal year, or by the calendar year."""
        run = days("2025-02-01", "2026-02-28")
        calendar = FiscalCalendar(years=MonthYears(start_month=4, start_day=6))
        assert [str(part.start) for part in calendar.split(run, "yearly")] == ["2025-02-01", "2025-04-06"]
        assert [str(part.start) for part in calendar.split(run, "yearly", aligned=False)] == [
            "2025-02-01",
            "2026-01-01",
        ]

    def test_what_cannot_be_called(self) -> None:
        """A period that is none of the cadence is not called by the name of one beside it."""
        says(
            lambda: JULY.label(days("2025-07-01", "2025-09-29"), "quarterly"),
            "period: expected a quarterly period, such as 2025-07-01..2025-09-30, got '2025-07-01..2025-09-29'",
            "'2025-07-01..2025-09-29'",
        )
        refuses(lambda: JULY.label(days("2025-07-01", "2025-09-30"), "fortnight"), "unknown_word", "cadence")
        refuses(lambda: JULY.label("FY26", "yearly"), "invalid_type", "period", kind=InvalidType)  # type: ignore[arg-type]
        refuses(lambda: JULY.label("FY26", "custom"), "invalid_type", "period", kind=InvalidType)  # type: ignore[arg-type]
        kinds = "a label such as FY26, FY26 H1, FY26 Q1, FY26 P07, FY26 W31, 2026, 2026 Q3, 2026-07 or 2026-W31"
        says(lambda: JULY.parse(2026), f"label: expected {kinds}, got int 2026", "2026")  # type: ignore[arg-type]
        says(lambda: JULY.parse("Q1"), f"label: expected {kinds}, got 'Q1'", "'Q1'")
        refuses(lambda: JULY.parse("FY1899"), "out_of_range", "year")
        refuses(lambda: JULY.parse("2201"), "out_of_range", "year")
        refuses(
            lambda: JULY.label(days("2025-07-01", "2025-09-30"), "quarterly", aligned=1),  # type: ignore[arg-type]
            "invalid_type", "aligned", kind=InvalidType,
        )  # fmt: skip


class TestBeside:
    """The next, the previous, last year's, the last few, the year to date."""

    def test_next_and_previous(self) -> None:
        """Over the end of a year; the weeks that a year clips are two."""
        fourth = JULY.parse("FY26 Q4")
        assert JULY.next(fourth, "quarterly") == JULY.parse("FY27 Q1")
        assert JULY.previous(JULY.parse("FY27 Q1"), "quarterly") == fourth
        assert JULY.next(JULY.parse("FY26 W53"), "weekly") == JULY.parse("FY27 W01") == days("2026-07-01", "2026-07-05")
        assert JULY.previous(JULY.parse("2026-W01"), "weekly", aligned=False) == JULY.parse("2025-W52")
        refuses(lambda: JULY.next(days("2025-07-02", "2025-09-30"), "quarterly"), "not_a_period", "period")
        refuses(lambda: JULY.previous(days("2025-07-02", "2025-09-30"), "quarterly"), "not_a_period", "period")
        refuses(lambda: JULY.next(JULY.parse("FY2200"), "yearly"), "out_of_range", "year")

    def test_the_same_period_last_year(self) -> None:
        """The one of the same number; week 53 has none after a year of 52 weeks."""
        assert JULY.prior_year(JULY.parse("FY26 Q1"), "quarterly") == JULY.parse("FY25 Q1")
        assert NRF.prior_year(NRF.parse("FY24 W52"), "weekly") == NRF.parse("FY23 W52")
        assert NRF.prior_year(NRF.parse("FY23 W53"), "weekly") is None
        assert JULY.prior_year(JULY.parse("2026-W53"), "weekly", aligned=False) is None
        assert JULY.prior_year(JULY.parse("FY1900"), "yearly") is None
        table = FiscalCalendar(years=TableYears(starts={2025: "2025-01-01"}, end="2026-01-01"))
        assert table.prior_year(table.parse("FY25 Q1"), "quarterly") is None

    def test_the_same_weeks_last_year(self) -> None:
        """What retailers compare: 52 weeks earlier, so that the year after one of 53 weeks is shifted by a week."""
        assert NRF.prior_year(NRF.parse("FY24 W01"), "weekly", by="weeks") == NRF.parse("FY23 W02")
        assert NRF.prior_year(NRF.parse("FY23 W53"), "weekly", by=PriorBy.WEEKS) == NRF.parse("FY23 W01")
        assert NRF.prior_year(NRF.parse("FY23 Q1"), "quarterly", by="weeks") == NRF.parse("FY22 Q1")
        refuses(lambda: NRF.prior_year(NRF.parse("FY23"), "yearly", by="days"), "unknown_word", "by", "number, weeks")

    def test_to_date(self) -> None:
        """From the start of the year, or of another period, up to the day, which counts; a moment is a local day."""
        assert JULY.to_date(date(2025, 8, 15)) == days("2025-07-01", "2025-08-15")
        assert JULY.to_date(date(2025, 8, 15), "monthly") == days("2025-08-01", "2025-08-15")
        assert JULY.to_date(date(2025, 7, 1), "quarterly") == days("2025-07-01", "2025-07-01")
        assert JULY.to_date(date(2025, 8, 15), aligned=False) == days("2025-01-01", "2025-08-15")
        rome = FiscalCalendar(zone="Europe/Rome")
        assert rome.to_date(datetime(2025, 12, 31, 23, tzinfo=UTC)) == days("2026-01-01", "2026-01-01")

    def test_the_last_few(self) -> None:
        """Whole periods that have ended before the one of the day, oldest first."""
        last = JULY.last(4, "quarterly", on=date(2025, 8, 15))
        assert [JULY.label(part, "quarterly") for part in last] == ["FY25 Q1", "FY25 Q2", "FY25 Q3", "FY25 Q4"]
        assert JULY.last(1, "monthly", on=date(2025, 8, 31), aligned=False).span == days("2025-07-01", "2025-07-31")
        assert len(JULY.last(1000, "weekly", on=date(2025, 8, 31))) == 1000
        for count in (0, 1001):
            refuses(
                partial(JULY.last, count, "weekly", on=date(2025, 8, 31)), "out_of_range", "count", "from 1 to 1000"
            )

    def test_between(self) -> None:
        """Whole periods, also where the days lie in the middle of them."""
        found = JULY.between(date(2025, 8, 15), date(2026, 1, 1), "quarterly")
        assert [JULY.label(part, "quarterly") for part in found] == ["FY26 Q1", "FY26 Q2", "FY26 Q3"]
        weeks = JULY.between(date(2025, 6, 30), date(2025, 7, 1), "weekly")
        assert [str(part) for part in weeks] == ["2025-06-30..2025-06-30", "2025-07-01..2025-07-06"]
        refuses(lambda: JULY.between(date(2026, 1, 1), date(2025, 1, 1), "monthly"), "end_before_start", "last_day")
        refuses(
            lambda: JULY.between(date(1900, 1, 1), date(2200, 1, 1), "weekly"),
            "too_many_periods",
            "periods",
            kind=TooLarge,
        )

    def test_between_are_a_thousand_at_most(self) -> None:
        """A thousand whole weeks are given, one more is refused before any is laid out."""
        first = date(2000, 1, 3)
        most, more = (date.fromordinal(first.toordinal() + count) for count in (6_999, 7_000))
        assert len(ISO_53.between(first, most, "weekly")) == 1_000
        refuses(lambda: ISO_53.between(first, more, "weekly"), "too_many_periods", "periods", "got 1001", kind=TooLarge)

    @pytest.mark.parametrize(
        ("years", "inner", "outer", "expected"),
        [
            (presets.NRF, "weekly", "monthly", True),
            (presets.NRF, "monthly", "quarterly", True),
            (presets.NRF, "quarterly", "monthly", False),
            (MonthYears(), "weekly", "monthly", False),
            (MonthYears(), "weekly", "quarterly", False),
            (MonthYears(), "weekly", "yearly", True),
            (MonthYears(), "weekly", "weekly", True),
            (MonthYears(), "quarterly", "half_yearly", True),
        ],
    )
    def test_says_what_nests(self, years: WeekYears | MonthYears, inner: str, outer: str, *, expected: bool) -> None:
        """Accounting periods nest in quarters everywhere; weeks nest in them only where years are made of weeks."""
        assert FiscalCalendar(years=years).nests(inner, outer) is expected


class TestExplain:
    """Which year, half, quarter, period and week a day lies in, and why."""

    def test_is_a_sentence_and_its_facts(self) -> None:
        """The labels, the days of the year, the rule, the anchor."""
        found = JULY.explain(date(2025, 8, 4))
        assert str(found) == (
            "2025-08-04 lies in FY26 H1, FY26 Q1, FY26 P02, FY26 W06. FY26 runs from 2025-07-01 to 2026-06-30 (365 days): "
            "fiscal years start on 1 July and last twelve months; the year started on 2025-07-01."
        )
        assert (found.day, found.year, found.anchor) == (date(2025, 8, 4), 2026, date(2025, 7, 1))
        assert (found.labels["quarterly"], found.periods["quarterly"]) == ("FY26 Q1", days("2025-07-01", "2025-09-30"))
        assert JULY.explain(datetime(2025, 8, 4, 12, tzinfo=UTC)) == found


class TestFingerprint:
    """A digest that changes exactly when an answer may."""

    def test_is_that_of_the_answers(self) -> None:
        """Two ways to say one calendar have one; every setting that changes an answer changes it."""
        usual = FiscalCalendar().fingerprint()
        assert usual == FiscalCalendar(years=MonthYears(named_by="start"), zone="Etc/UTC").fingerprint()
        others = [
            FiscalCalendar(years=MonthYears(start_day=2)),
            FiscalCalendar(weeks=Weeks(min_days=3)),
            FiscalCalendar(zone="Europe/Rome"),
            FiscalCalendar(years=TableYears(starts={2025: "2025-01-01"}, end="2026-01-01")),
            FiscalCalendar(years=presets.APPLE),
        ]
        found = {calendar.fingerprint() for calendar in others}
        assert len(found | {usual}) == len(others) + 1
        assert all(len(digest) == 64 for digest in found)


class TestPresets:
    """Ready-made years by their names."""

    def test_are_found_by_name(self) -> None:
        """The name of the constant in small letters."""
        assert all(presets.named(name) == getattr(presets, name.upper()) for name in presets.NAMES)
        assert len(presets.NAMES) == 12
        refuses(lambda: presets.named("tesla"), "unknown_word", "name", "apple, costco", "walmart")
        refuses(lambda: presets.named(5), "invalid_type", "name", kind=InvalidType)  # type: ignore[arg-type]

    def test_of_authorities(self) -> None:
        """The tax year of the United Kingdom, the fiscal year of the United States, the weeks of ISO."""
        assert str(presets.UK_TAX.year(2026)) == "2025-04-06..2026-04-05"
        assert str(presets.US_FEDERAL.year(2026)) == "2025-10-01..2026-09-30"
        for name in range(1900, 2201):
            assert ISO_53.year(name) == Weeks().year(name)
