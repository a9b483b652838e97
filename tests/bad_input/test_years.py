"""Bad input at the doors of the fiscal years: the tables duration and resolver, and years that cannot be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any, Final
from zoneinfo import ZoneInfo

import pytest

from quota_engine import FiscalCalendar, MonthYears, Period, TableYears, Timeline, WeekYears, YearChange, presets
from quota_engine.errors import InvalidType, TooLarge
from tests.refusals import bounded, refuses

JULY: Final = MonthYears(start_month=7)
NRF: Final = FiscalCalendar(years=presets.NRF, zone="America/New_York")
CALENDARS: Final = {
    "weeks": NRF,
    "a table": FiscalCalendar(
        years=TableYears(starts={2024: "2023-12-31", 2025: "2024-12-29", 2026: "2025-12-28"}, end="2026-12-27")
    ),
    "a change": FiscalCalendar(years=Timeline(MonthYears()).then(JULY, on="2025-01-01"), zone="Pacific/Apia"),
}
# Every door that takes a day, with the name of its field.
DAYS: Final[dict[str, tuple[Callable[[Any], object], str]]] = {
    "TableYears start": (lambda day: TableYears(starts={2025: day}, end="2026-01-01"), "starts[2025]"),
    "TableYears end": (lambda day: TableYears(starts={2025: "2025-01-01"}, end=day), "end"),
    "TableYears first day": (lambda day: TableYears.closed({2025: (day, "2025-12-31")}), "first_day"),
    "TableYears last day": (lambda day: TableYears.closed({2025: ("2025-01-01", day)}), "last_day"),
    "Timeline on": (lambda day: Timeline(MonthYears()).then(JULY, on=day), "on"),
    "Timeline resumes": (lambda day: YearChange("2025-01-01", JULY, resumes=day), "resumes"),
}


@pytest.mark.parametrize("door", DAYS)
class TestDays:
    """Days that are none."""

    def test_dur_03_a_moment_is_no_day(self, door: str) -> None:
        """DUR-03: which day a moment is depends on a zone; it is never cut short."""
        make, field = DAYS[door]
        refuses(lambda: make(datetime(2025, 1, 1, 23, 59)), "invalid_type", field, kind=InvalidType)

    @pytest.mark.parametrize("text", ["2023-02-29", "20240101", "2024-W01-1", "10", "1.5", "Sat", "01/02/2024"])
    def test_dur_18_19_20_no_text_is_guessed(self, door: str, text: str) -> None:
        """DUR-18, DUR-19, DUR-20: a day that does not exist, other ISO forms, and what a parser would guess."""
        make, field = DAYS[door]
        refuses(lambda: make(text), "invalid_date", field, "YYYY-MM-DD")


class TestYears:
    """Years that cannot be."""

    @pytest.mark.parametrize("month", [0, 13])
    def test_dur_22_there_are_twelve_months(self, month: int) -> None:
        """DUR-22: an end month that is none is named."""
        refuses(partial(WeekYears, end_month=month), "out_of_range", "end_month", "from 1 to 12", str(month))

    @pytest.mark.parametrize("weekday", [7, -1])
    def test_dur_24_there_are_seven_weekdays(self, weekday: int) -> None:
        """DUR-24: a weekday that is none is named; the text "WEEK " and None are no numbers."""
        refuses(partial(WeekYears, weekday=weekday), "out_of_range", "weekday", "from 0 to 6", str(weekday))
        for other in ("WEEK ", None, 5.0, True):
            refuses(partial(WeekYears, weekday=other), "invalid_type", "weekday", kind=InvalidType)  # type: ignore[arg-type]

    @pytest.mark.parametrize("cadence", ["fortnight", "WEEK ", "custom"])
    def test_dur_24_unknown_cadences_are_listed(self, cadence: str) -> None:
        """DUR-24: every door that takes a cadence lists those that there are."""
        quarter = NRF.parse("FY24 Q1")
        for call in (
            partial(NRF.next, quarter, cadence),
            partial(NRF.previous, quarter, cadence),
            partial(NRF.prior_year, quarter, cadence),
            partial(NRF.to_date, date(2025, 1, 1), cadence),
            partial(NRF.last, 2, cadence, on=date(2025, 1, 1)),
            partial(NRF.between, date(2025, 1, 1), date(2025, 2, 1), cadence),
            partial(NRF.nests, cadence, "yearly"),
        ):
            code = "no_cuts" if cadence == "custom" else "unknown_word"
            refuses(call, code, "cadence", "weekly", "half_yearly")

    def test_53_weeks_everywhere_are_refused(self) -> None:
        """A layout of 53 weeks is the year that comes every five or six years; its extra week is said apart."""
        refuses(
            lambda: WeekYears(layout=(4, 4, 5) * 3 + (4, 5, 5)), "not_a_year", "layout", "12 periods of 53 weeks", "52"
        )

    def test_a_table_with_a_hole_is_refused(self) -> None:
        """The year that is missing is named."""
        refuses(
            lambda: TableYears(starts={2023: "2023-01-01", 2025: "2025-01-01"}, end="2026-01-01"),
            "gap", "starts", "every year from 2023 to 2025", "2024",
        )  # fmt: skip

    def test_fourteen_periods_in_twelve_quarters_are_refused(self) -> None:
        """Neither the periods nor the quarters are a year's."""
        refuses(lambda: WeekYears(layout="14x4"), "not_a_year", "layout", "14 periods of 56 weeks")
        refuses(
            lambda: WeekYears(layout="13x4", quarters=(1,) * 12), "too_large", "quarters", "at most 4", kind=TooLarge
        )

    def test_endless_settings_end(self) -> None:
        """A layout, or a table, without an end is refused once it is too long."""

        def weeks() -> object:
            while True:
                yield 4

        with bounded(seconds=1, mebibytes=4):
            refuses(lambda: WeekYears(layout=weeks()), "too_large", "layout", kind=TooLarge)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", CALENDARS)
class TestResolver:
    """Moments and days at the edges of periods."""

    def test_res_01_02_the_edges_of_a_period(self, kind: str) -> None:
        """RES-01, RES-02: the end is outside, the start inside, a microsecond before it outside."""
        calendar = CALENDARS[kind]
        for cadence in ("weekly", "monthly", "quarterly", "half_yearly", "yearly"):
            period = calendar.period_of(date(2025, 3, 5), cadence)
            start, end = calendar.bounds(period)
            tick = timedelta(microseconds=1)
            assert calendar.period_of(start, cadence) == calendar.period_of(end - tick, cadence) == period
            assert calendar.period_of(end, cadence).start == period.end
            assert calendar.period_of(start - tick, cadence).end == period.start

    def test_res_03_a_moment_needs_a_zone(self, kind: str) -> None:
        """RES-03, DUR-04: without one nobody can say which day it is, at any door that takes a moment."""
        calendar, naive = CALENDARS[kind], datetime(2025, 1, 1)
        for call in (calendar.year_of, calendar.day_of, calendar.explain, calendar.to_date):
            refuses(partial(call, naive), "timezone_required", "moment")
        refuses(lambda: calendar.last(1, "weekly", on=naive), "timezone_required", "moment")

    def test_res_07_one_moment_in_many_zones(self, kind: str) -> None:
        """RES-07: the same moment lies in the same period, wherever it is told."""
        calendar, moment = CALENDARS[kind], datetime(2025, 3, 9, 7, 30, tzinfo=UTC)
        told = [moment.astimezone(ZoneInfo(zone)) for zone in ("UTC", "Asia/Tokyo", "America/St_Johns")]
        assert len({calendar.period_of(each, "weekly") for each in told}) == 1
        assert len({str(calendar.explain(each)) for each in told}) == 1

    def test_dur_05_too_many_periods_are_never_built(self, kind: str) -> None:
        """DUR-05: refused by their number, or outside the table."""
        calendar = CALENDARS[kind]
        with bounded(seconds=0.5, mebibytes=1):
            for call in (
                partial(calendar.split, Period(date.min, date.max), "weekly"),
                partial(calendar.between, date(1901, 1, 1), date(2199, 1, 1), "weekly"),
            ):
                if kind == "a table":
                    refuses(call, "outside_table", "day")
                else:
                    refuses(call, "too_many_periods", "periods", "at most 1000", kind=TooLarge)
