"""The fiscal calendar: which days a year, quarter, month or week has, and when a day begins. Expected: the almanac."""

from __future__ import annotations

import os
import time
from datetime import UTC, date, datetime, timedelta, timezone
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve

from quota_engine.durations import Duration
from quota_engine.errors import InvalidType, TooLarge, UnknownTimeZone
from quota_engine.fiscal import FiscalCalendar, MonthYears, NamedBy, Weeks, first_instant, local_day, resolve
from quota_engine.periods import Partition, Period
from tests.refusals import refuses, says, stays

JULY_YEAR = FiscalCalendar(years=MonthYears(start_month=7), zone="Europe/Rome")
SYDNEY = ZoneInfo("Australia/Sydney")


def days(start: str, end: str) -> Period:
    """Return a period by ISO dates, the end exclusive."""
    return Period(date.fromisoformat(start), date.fromisoformat(end))


class TestMonthYears:
    """Fiscal years of twelve months."""

    def test_the_calendar_year_is_the_default(self) -> None:
        """A year from 1 January ends in the year that it starts in, so both ways of naming agree."""
        assert MonthYears().year(2026) == days("2026-01-01", "2027-01-01")
        assert MonthYears(named_by="start").year(2026) == days("2026-01-01", "2027-01-01")
        stays(MonthYears(start_month=4, start_day=6))

    def test_is_named_by_the_year_it_ends_in_or_starts_in(self) -> None:
        """The British tax year from 6 April 2025 is 2026 by its end and 2025 by its start."""
        by_end, by_start = (
            MonthYears(start_month=4, start_day=6),
            MonthYears(start_month=4, start_day=6, named_by="start"),
        )
        assert by_end.year(2026) == by_start.year(2025) == days("2025-04-06", "2026-04-06")
        assert (by_end.year_of(date(2026, 4, 5)), by_end.year_of(date(2026, 4, 6))) == (2026, 2027)
        assert (by_start.year_of(date(2026, 4, 5)), by_start.year_of(date(2026, 4, 6))) == (2025, 2026)
        assert (by_end.named_by, by_start.named_by) == (NamedBy.END, NamedBy.START)

    def test_the_second_of_january_already_ends_in_the_next_year(self) -> None:
        """A year from 2 January 2025 to 1 January 2026 is named 2026 by its end."""
        assert MonthYears(start_day=2).year(2026) == days("2025-01-02", "2026-01-02")

    def test_a_start_on_the_31st_falls_on_the_last_day_of_shorter_months(self) -> None:
        """Each month is reckoned anew from the 31st: 28 February does not turn later months into the 28th."""
        calendar = FiscalCalendar(years=MonthYears(start_month=1, start_day=31))
        starts = [part.start for part in calendar.split(2026, "monthly")]
        assert [(d.month, d.day) for d in starts] == [
            (1, 31), (2, 28), (3, 31), (4, 30), (5, 31), (6, 30), (7, 31), (8, 31), (9, 30), (10, 31), (11, 30), (12, 31),
        ]  # fmt: skip
        assert starts[0].year == 2025

    @pytest.mark.parametrize(
        ("month", "day", "code", "field"),
        [
            (13, 1, "out_of_range", "start_month"),
            (0, 1, "out_of_range", "start_month"),
            (1, 32, "out_of_range", "start_day"),
            (2, 29, "invalid_year_start", "start_day"),
            (4, 31, "invalid_year_start", "start_day"),
        ],
    )
    def test_starts_on_a_day_of_every_year(self, month: int, day: int, code: str, field: str) -> None:
        """A day that some years lack, 29 February among them, starts no fiscal year."""
        refuses(lambda: MonthYears(start_month=month, start_day=day), code, field)

    def test_refuses_other_names_and_edits(self) -> None:
        """A year is named by its start or its end; an edit is checked like a new rule."""
        refuses(lambda: MonthYears(named_by="middle"), "unknown_word", "named_by", "start, end")
        refuses(lambda: evolve(MonthYears(start_day=31), start_month=2), "invalid_year_start", "start_day", "'02-31'")
        says(
            lambda: MonthYears(start_month=4, start_day=31),
            "start_day: expected a day that the start month has in every year, got '04-31'",
            "'04-31'",
        )
        refuses(lambda: MonthYears().year(1899), "out_of_range", "year")


class TestWeeks:
    """Which day a week starts on, and which week is the first."""

    @pytest.mark.parametrize(
        ("first_day", "min_days", "name", "expected"),
        [
            (0, 4, 2026, days("2025-12-29", "2027-01-04")),
            (0, 4, 2025, days("2024-12-30", "2025-12-29")),
            (6, 1, 2025, days("2024-12-29", "2025-12-28")),
            (6, 4, 2025, days("2024-12-29", "2026-01-04")),
            (0, 7, 2026, days("2026-01-05", "2027-01-04")),
            (0, 1, 2026, days("2025-12-29", "2026-12-28")),
        ],
        ids=["ISO with 53 weeks", "ISO", "Sunday and 1 January", "Sunday and four days", "first full week", "any day"],
    )
    def test_years_are_whole_weeks(self, first_day: int, min_days: int, name: int, expected: Period) -> None:
        """A week-year has 52 or 53 whole weeks, the first being the earliest with so many days in January's year."""
        found = Weeks(first_day=first_day, min_days=min_days).year(name)
        assert found == expected
        assert found.days % 7 == 0

    @pytest.mark.parametrize(
        ("first_day", "min_days", "day", "expected"),
        [
            (0, 4, date(2025, 12, 28), 2025),
            (0, 4, date(2025, 12, 29), 2026),
            (0, 4, date(2027, 1, 3), 2026),
            (0, 4, date(2027, 1, 4), 2027),
            (6, 1, date(2025, 12, 27), 2025),
            (6, 1, date(2025, 12, 28), 2026),
            (0, 7, date(2026, 1, 4), 2025),
            (0, 7, date(2026, 1, 5), 2026),
        ],
    )
    def test_a_day_lies_in_the_year_of_its_week(self, first_day: int, min_days: int, day: date, expected: int) -> None:
        """About a new year the week decides, not the date."""
        assert Weeks(first_day=first_day, min_days=min_days).year_of(day) == expected

    def test_days_beyond_the_years_are_refused(self) -> None:
        """The years 1900 to 2200 reach from 1899 to 2201 at most."""
        far, near = (
            "year: expected a whole number from 1899 to 2201, got",
            "year: expected a whole number from 1900 to 2200, got",
        )
        for day, message, got in (
            (date(1898, 12, 31), far, "1898"),
            (date(2202, 1, 1), far, "2202"),
            (date(1899, 12, 31), near, "1899"),
            (date(2201, 1, 5), near, "2201"),
        ):
            says(partial(Weeks().year_of, day), f"{message} {got}", got)
        assert Weeks(first_day=6, min_days=1).year_of(date(1899, 12, 31)) == 1900
        assert Weeks(min_days=7).year_of(date(2201, 1, 1)) == 2200

    def test_the_weeks_are_a_value(self) -> None:
        """The rule cannot change; days of the week run from 0 for Monday to 6 for Sunday."""
        stays(Weeks(first_day=6, min_days=1))
        for bad in (-1, 7):
            refuses(partial(Weeks, first_day=bad), "out_of_range", "first_day", "from 0 to 6")
        for bad in (0, 8):
            refuses(partial(Weeks, min_days=bad), "out_of_range", "min_days", "from 1 to 7")
        refuses(lambda: Weeks(first_day=None), "invalid_type", "first_day", kind=InvalidType)  # type: ignore[arg-type]
        refuses(lambda: Weeks().year(2201), "out_of_range", "year")


class TestFiscalCalendar:
    """An account's year, weeks and zone."""

    def test_is_a_value(self) -> None:
        """It cannot change; a ZoneInfo is taken for its name."""
        stays(JULY_YEAR)
        assert FiscalCalendar(zone=ZoneInfo("Europe/Rome")).zone == "Europe/Rome"
        assert FiscalCalendar() == FiscalCalendar(years=MonthYears(), weeks=Weeks(), zone="UTC")
        refuses(lambda: FiscalCalendar(zone="Mars/Phobos"), "unknown_time_zone", "zone", kind=UnknownTimeZone)
        refuses(lambda: FiscalCalendar(zone=5), "invalid_type", "zone", kind=InvalidType)  # type: ignore[arg-type]
        refuses(lambda: FiscalCalendar(years=7), "invalid_type", "years", "MonthYears", kind=InvalidType)  # type: ignore[arg-type]
        refuses(lambda: FiscalCalendar(weeks=7), "invalid_type", "weeks", "Weeks", kind=InvalidType)  # type: ignore[arg-type]

    def test_knows_its_years(self) -> None:
        """Fiscal 2026 from July runs from 1 July 2025; a moment belongs to the year of its local day."""
        assert JULY_YEAR.year(2026) == days("2025-07-01", "2026-07-01")
        assert JULY_YEAR.year_of(date(2025, 6, 30)) == 2025
        assert JULY_YEAR.year_of(datetime(2025, 6, 30, 21, 59, 59, tzinfo=UTC)) == 2025
        assert JULY_YEAR.year_of(datetime(2025, 6, 30, 22, tzinfo=UTC)) == 2026
        refuses(lambda: JULY_YEAR.year_of(date(1899, 6, 30)), "out_of_range", "year", "1899")
        refuses(lambda: JULY_YEAR.year_of("2025"), "invalid_type", "day", kind=InvalidType)  # type: ignore[arg-type]

    def test_splits_a_year_into_quarters_and_halves(self) -> None:
        """Quarters of a year from July start in July, October, January and April."""
        quarters = Partition.at(
            date(2025, 7, 1), date(2025, 10, 1), date(2026, 1, 1), date(2026, 4, 1), date(2026, 7, 1)
        )
        assert JULY_YEAR.split(2026, "quarterly") == quarters
        assert JULY_YEAR.split(2026, "half_yearly") == Partition.at(
            date(2025, 7, 1), date(2026, 1, 1), date(2026, 7, 1)
        )
        assert JULY_YEAR.split(2026, "yearly") == Partition((days("2025-07-01", "2026-07-01"),))

    def test_clips_the_weeks_at_the_ends_of_a_year(self) -> None:
        """Fiscal 2026 starts on a Tuesday and ends with a Tuesday: its first week has six days and its last has two."""
        weeks = JULY_YEAR.split(2026, "weekly")
        assert len(weeks) == 53
        assert weeks.periods[0] == days("2025-07-01", "2025-07-07")
        assert weeks.periods[-1] == days("2026-06-29", "2026-07-01")
        assert {part.days for part in weeks.periods[1:-1]} == {7}

    def test_splits_any_run_of_days_at_the_calendars_own_cuts(self) -> None:
        """The cuts are the calendar's; the ends are clipped."""
        run = days("2025-09-20", "2026-01-10")
        assert JULY_YEAR.split(run, "quarterly") == Partition.at(
            date(2025, 9, 20), date(2025, 10, 1), date(2026, 1, 1), date(2026, 1, 10)
        )
        assert JULY_YEAR.split(days("2025-09-20", "2025-09-21"), "quarterly") == Partition(
            (days("2025-09-20", "2025-09-21"),)
        )

    def test_refuses_what_cannot_be_split(self) -> None:
        """Custom has no cuts, and no other word is a cadence; too many periods are counted and not built."""
        refuses(lambda: JULY_YEAR.split(2026, "custom"), "no_cuts", "cadence", "weekly, monthly", "'custom'")
        refuses(lambda: JULY_YEAR.split(2026, "fortnight"), "unknown_word", "cadence", "weekly, monthly")
        refuses(
            lambda: JULY_YEAR.split(days("1900-01-01", "1999-12-31"), "weekly"),
            "too_many_periods",
            "periods",
            "5218",
            kind=TooLarge,
        )
        says(
            lambda: JULY_YEAR.split(2026, "custom"),
            "cadence: expected a cadence with cuts of its own: weekly, monthly, quarterly, half_yearly or yearly, got 'custom'",
            "'custom'",
        )
        refuses(lambda: JULY_YEAR.split(days("1898-12-31", "1900-01-02"), "monthly"), "out_of_range", "year", "1898")
        refuses(lambda: JULY_YEAR.split(days("2201-12-31", "2202-01-02"), "monthly"), "out_of_range", "year", "2202")
        refuses(lambda: JULY_YEAR.split("2026", "monthly"), "invalid_type", "year", kind=InvalidType)

    def test_splits_into_a_thousand_periods_at_most(self) -> None:
        """A run of a thousand weeks is split; one of a day more is not."""
        monday = date(2000, 1, 3)
        most, more = (Period(monday, monday + timedelta(days=count)) for count in (7000, 7001))
        assert len(JULY_YEAR.split(most, "weekly")) == 1000
        refuses(lambda: JULY_YEAR.split(more, "weekly"), "too_many_periods", "periods", "got 1001", kind=TooLarge)

    def test_knows_the_period_of_a_day(self) -> None:
        """The period of a day is the one that the split of its year has, clipped weeks included."""
        assert JULY_YEAR.period_of(date(2026, 1, 1), "quarterly") == days("2026-01-01", "2026-04-01")
        assert JULY_YEAR.period_of(date(2025, 7, 2), "weekly") == days("2025-07-01", "2025-07-07")
        assert JULY_YEAR.period_of(date(2026, 6, 30), "weekly") == days("2026-06-29", "2026-07-01")
        assert JULY_YEAR.period_of(datetime(2025, 12, 31, 23, tzinfo=UTC), "monthly") == days(
            "2026-01-01", "2026-02-01"
        )
        refuses(lambda: JULY_YEAR.period_of(date.max, "monthly"), "out_of_range", "year")
        refuses(lambda: JULY_YEAR.period_of(date(2026, 1, 1), "custom"), "no_cuts", "cadence")

    def test_bounds_are_the_first_instants(self) -> None:
        """Summer time makes the bounds of a Roman quarter fall two hours and one hour before midnight UTC."""
        assert JULY_YEAR.bounds(days("2025-10-01", "2026-01-01")) == (
            datetime(2025, 9, 30, 22, tzinfo=UTC),
            datetime(2025, 12, 31, 23, tzinfo=UTC),
        )
        assert JULY_YEAR.bounds(JULY_YEAR.year(1900))[0].year == 1899
        assert JULY_YEAR.bounds(days("1899-01-01", "1899-01-02"))[0] == datetime(1898, 12, 31, 23, tzinfo=UTC)
        assert JULY_YEAR.bounds(days("2201-12-31", "2202-01-01"))[1] == datetime(2201, 12, 31, 23, tzinfo=UTC)
        refuses(lambda: JULY_YEAR.bounds(days("1898-12-31", "1899-01-01")), "out_of_range", "year")
        refuses(lambda: JULY_YEAR.bounds(days("2201-12-31", "2202-01-02")), "out_of_range", "year")


class TestDays:
    """When a local day begins, and which day a moment belongs to."""

    @pytest.mark.parametrize(
        ("day", "zone", "expected"),
        [
            (date(2025, 7, 1), "UTC", datetime(2025, 7, 1, tzinfo=UTC)),
            (date(2025, 7, 1), "Europe/Rome", datetime(2025, 6, 30, 22, tzinfo=UTC)),
            (date(2018, 11, 4), "America/Sao_Paulo", datetime(2018, 11, 4, 3, tzinfo=UTC)),
            (date(2011, 12, 30), "Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
            (date(2011, 12, 31), "Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
            (date(2025, 11, 2), "America/Havana", datetime(2025, 11, 2, 4, tzinfo=UTC)),
            (date(1, 1, 1), "Asia/Tokyo", datetime.min.replace(tzinfo=UTC)),
            (date(9999, 12, 31), "Etc/GMT+12", datetime(9999, 12, 31, 12, tzinfo=UTC)),
        ],
    )
    def test_a_day_begins_once(self, day: date, zone: str, expected: datetime) -> None:
        """A midnight that does not exist gives way to the moment of the change; of two midnights the first one counts."""
        assert first_instant(day, zone) == expected
        assert first_instant(day, zone).tzinfo is UTC

    @pytest.mark.parametrize(
        ("moment", "zone", "expected"),
        [
            (datetime(2011, 12, 30, 9, 59, 59, 999_999, tzinfo=UTC), "Pacific/Apia", date(2011, 12, 29)),
            (datetime(2011, 12, 30, 10, tzinfo=UTC), "Pacific/Apia", date(2011, 12, 31)),
            (datetime(2000, 10, 29, 2, 30, tzinfo=UTC), "America/St_Johns", date(2000, 10, 29)),
            (datetime(2000, 10, 29, 2, 29, 59, tzinfo=UTC), "America/St_Johns", date(2000, 10, 28)),
            (datetime(2000, 10, 29, 2, 45, tzinfo=UTC), "America/St_Johns", date(2000, 10, 29)),
            (datetime(1919, 3, 31, 4, 30, tzinfo=UTC), "America/Toronto", date(1919, 3, 30)),
            (datetime(2025, 7, 1, 9, tzinfo=SYDNEY), "Europe/Rome", date(2025, 7, 1)),
            (datetime.min.replace(tzinfo=UTC), "America/Adak", date.min),
            (datetime.min.replace(tzinfo=UTC), "America/New_York", date.min),
            (datetime.max.replace(tzinfo=UTC), "Pacific/Kiritimati", date.max),
            (datetime.max.replace(tzinfo=UTC), "UTC", date.max),
        ],
    )
    def test_a_moment_belongs_to_the_latest_day_that_has_begun(
        self, moment: datetime, zone: str, expected: date
    ) -> None:
        """Where the clock runs back over midnight the repeated stretch belongs to the new day."""
        assert local_day(moment, zone) == expected
        assert FiscalCalendar(zone=zone).day_of(moment) == expected

    @pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of this process cannot be set here")
    def test_the_zone_of_the_host_does_not_matter(self) -> None:
        """Where it is the 3rd on the machine, it is the 1st a day's journey further west."""
        kept = os.environ.get("TZ")
        os.environ["TZ"] = "Pacific/Kiritimati"
        time.tzset()
        try:
            assert local_day(datetime(2025, 7, 2, 10, 30, tzinfo=UTC), "Etc/GMT+12") == date(2025, 7, 1)
        finally:
            os.environ.pop("TZ")
            os.environ.update({} if kept is None else {"TZ": kept})
            time.tzset()

    def test_a_moment_needs_a_zone(self) -> None:
        """Without one nobody can say which day it is."""
        refuses(lambda: JULY_YEAR.day_of(datetime(2024, 1, 1)), "timezone_required", "moment")
        east = datetime.min.replace(tzinfo=timezone(timedelta(hours=14)))
        refuses(lambda: JULY_YEAR.day_of(east), "out_of_range", "moment")


class TestResolve:
    """The slices of a duration."""

    def test_not_aligned_is_the_calendar_year(self) -> None:
        """Whatever the account's fiscal year, a plain year is the calendar's."""
        assert resolve(Duration.half_yearly(2026), JULY_YEAR) == Partition.at(
            date(2026, 1, 1), date(2026, 7, 1), date(2027, 1, 1)
        )
        assert len(resolve(Duration.monthly(2026), JULY_YEAR)) == 12

    def test_aligned_is_the_fiscal_year(self) -> None:
        """Aligned to a year from July, fiscal 2026 starts in July 2025."""
        assert resolve(Duration.half_yearly(2026, aligned=True), JULY_YEAR) == Partition.at(
            date(2025, 7, 1), date(2026, 1, 1), date(2026, 7, 1)
        )

    def test_weekly_is_the_week_year_by_the_calendars_weeks(self) -> None:
        """Whole weeks of seven days: 53 of them in ISO 2026; with weeks from Sunday the year starts on a Sunday."""
        iso = resolve(Duration.weekly(2026), JULY_YEAR)
        assert (len(iso), iso.span, {part.days for part in iso}) == (53, days("2025-12-29", "2027-01-04"), {7})
        sunday = FiscalCalendar(weeks=Weeks(first_day=6, min_days=1))
        assert resolve(Duration.weekly(2026), sunday).span == days("2025-12-28", "2026-12-27")

    def test_the_first_and_the_last_year_resolve_under_every_rule(self) -> None:
        """Weeks of 1900 may begin in 1899, weeks of 2200 may end in 2201, whatever fiscal year that is."""
        sunday = FiscalCalendar(weeks=Weeks(first_day=6, min_days=1), years=MonthYears(start_month=7, named_by="start"))
        assert resolve(Duration.weekly(1900), sunday).span.start == date(1899, 12, 31)
        assert resolve(Duration.weekly(2200), JULY_YEAR).span.end == date(2200, 12, 29)

    def test_custom_is_one_slice(self) -> None:
        """Ten days or ten years: a custom duration has exactly one slice."""
        assert resolve(Duration.custom("2025-07-05", "2031-01-01"), JULY_YEAR) == Partition(
            (days("2025-07-05", "2031-01-02"),)
        )

    def test_takes_a_duration_and_a_calendar(self) -> None:
        """Neither is guessed from other values."""
        refuses(lambda: resolve(2026, JULY_YEAR), "invalid_type", "duration", "a Duration", kind=InvalidType)  # type: ignore[arg-type]
        refuses(lambda: resolve(Duration.monthly(2026), None), "invalid_type", "calendar", kind=InvalidType)  # type: ignore[arg-type]
        says(lambda: resolve(2026, JULY_YEAR), "duration: expected a Duration, got int 2026", "2026")  # type: ignore[arg-type]
        says(lambda: resolve(Duration.monthly(2026), 7), "calendar: expected a FiscalCalendar, got int 7", "7")  # type: ignore[arg-type]
