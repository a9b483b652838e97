"""Bad days, zones, durations and calendars. Rows of the tables `duration` and `resolver`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from quota_engine import _fields
from quota_engine.contributors import Absence, Membership
from quota_engine.durations import Cadence, Duration
from quota_engine.errors import InvalidType, TooLarge, UnknownTimeZone
from quota_engine.events import CrmEvent
from quota_engine.fiscal import FiscalCalendar, MonthYears, Weeks, first_instant, resolve
from quota_engine.measures import Condition, read_when
from quota_engine.milestones import Milestone
from quota_engine.periods import Partition, Period
from tests.bad_input.doors import GOAL, NOON
from tests.refusals import bounded, refuses

CALENDAR = FiscalCalendar(zone="Europe/Rome")
NAIVE = datetime(2024, 3, 1, 12)
MARCH_1, FEBRUARY_1 = date(2024, 3, 1), date(2024, 2, 1)
ALL_TIME = Period(date.min, date.max)


class TestDurations:
    """Days and years that are none, or too many."""

    def test_dur_01_end_before_start(self) -> None:
        """Both values are named, in the words of the door."""
        both = ("2024-03-01", "2024-02-01")
        refuses(lambda: Duration.custom(MARCH_1, FEBRUARY_1), "end_before_start", "last_day", *both)
        refuses(lambda: Period.closed(MARCH_1, FEBRUARY_1), "end_before_start", "last_day", *both)
        refuses(lambda: Period(MARCH_1, FEBRUARY_1), "end_before_start", "end", *both)
        refuses(lambda: Partition.at(MARCH_1, FEBRUARY_1), "end_before_start", "end", *both)
        refuses(lambda: Membership("ada", "emea", since=MARCH_1, until=FEBRUARY_1), "end_before_start", "until", *both)

    def test_dur_02_end_equal_to_start(self) -> None:
        """Policy: where the last day counts, equal days make one day; where the end is exclusive they are refused."""
        assert Duration.custom(MARCH_1, MARCH_1).days == Period(MARCH_1, date(2024, 3, 2))
        assert resolve(Duration.custom("2024-03-01", "2024-03-01"), CALENDAR).span.days == 1
        refuses(lambda: Period(MARCH_1, MARCH_1), "end_before_start", "end", "first day that no longer counts")

    @pytest.mark.parametrize(
        ("door", "field"),
        [
            (lambda d: Duration.custom(d, "2024-12-31"), "first_day"),
            (lambda d: Duration.custom("2024-01-01", d), "last_day"),
            (lambda d: Period(d, date(2025, 1, 1)), "start"),
            (lambda d: Period(date(2024, 1, 1), d), "end"),
            (lambda d: Partition.at(date(2024, 1, 1), d), "end"),
            (GOAL.slices.find, "day"),
            (lambda d: Membership("ada", "emea", since=d), "since"),
        ],
        ids=["first_day", "last_day", "start", "end", "at", "find", "since"],
    )
    def test_dur_03_datetime_for_date(self, door: Callable[[Any], object], field: str) -> None:
        """A moment is never cut short to a day, with or without a zone."""
        for moment in (datetime(2024, 3, 1, 23, 59), datetime(2024, 3, 1, 23, 59, tzinfo=UTC)):
            refuses(partial(door, moment), "invalid_type", field, "a date, not a datetime", kind=InvalidType)

    @pytest.mark.parametrize(
        ("door", "field"),
        [
            (lambda m: CrmEvent("deal", "d1", recorded_at=m), "recorded_at"),
            (lambda m: CrmEvent("deal", "d1", recorded_at=NOON, properties={"closed_at": m}), "properties.closed_at"),
            (lambda m: Condition("closed_at", "ge", m), "value"),
            (Absence, "start"),
            (lambda m: Membership("ada", "emea", recorded_at=m), "recorded_at"),
            (lambda m: GOAL.apply_targets(1, as_of=m), "as_of"),
            (CALENDAR.day_of, "moment"),
        ],
        ids=["recorded_at", "property", "condition", "absence", "membership", "as_of", "day_of"],
    )
    def test_dur_04_naive_moment(self, door: Callable[[Any], object], field: str) -> None:
        """Without a zone nobody knows which moment is meant."""
        refuses(partial(door, NAIVE), "timezone_required", field, "a datetime with a zone")

    def test_dur_05_weeks_of_all_time(self) -> None:
        """Half a million weeks are counted, not built."""
        with bounded(seconds=0.5, mebibytes=1):
            refuses(lambda: CALENDAR.split(ALL_TIME, "weekly"), "too_many_periods", "periods", "521723", kind=TooLarge)

    def test_dur_07_ends_on_the_last_day(self) -> None:
        """The last day that dates can name is out of range, and no arithmetic fails on the way."""
        end_of_time = Period(date(9999, 11, 15), date.max)
        refuses(lambda: Duration.custom(date(9999, 11, 15), date.max), "out_of_range", "last_day", "9999-12-31")
        for cadence in ("weekly", "monthly", "quarterly", "half_yearly", "yearly"):
            refuses(partial(CALENDAR.split, end_of_time, cadence), "out_of_range", "year", "9999")
            refuses(partial(CALENDAR.period_of, date.max, cadence), "out_of_range", "year")
            refuses(partial(CALENDAR.period_of, date.min, cadence), "out_of_range", "year")
        assert Partition((end_of_time,)).find(date(9999, 12, 30)) == end_of_time

    def test_dur_09_unknown_zone(self) -> None:
        """The name is shown."""
        refuses(
            lambda: FiscalCalendar(zone="Mars/Phobos"),
            "unknown_time_zone",
            "zone",
            "'Mars/Phobos'",
            kind=UnknownTimeZone,
        )

    @pytest.mark.parametrize(
        "bad", ["../../etc/passwd", "/etc/passwd", "Europe/../Europe/Rome", "Europe//Rome", "Europe/Rome\x00"]
    )
    def test_dur_10_path(self, bad: str) -> None:
        """A path is no name of a zone, and the message shows no path but the text itself."""
        error = refuses(lambda: FiscalCalendar(zone=bad), "unknown_time_zone", "zone", kind=UnknownTimeZone)
        assert "/usr" not in str(error)

    def test_dur_11_directory(self) -> None:
        """A part of the world is no zone."""
        for bad in ("America", "Europe", "America/Argentina"):
            refuses(partial(FiscalCalendar, zone=bad), "unknown_time_zone", "zone", kind=UnknownTimeZone)

    @pytest.mark.parametrize("bad", ["GMT+5", "EST5EDT", "+05:30", "UTC+2", "GMT-0", "<+03>-3"])
    def test_dur_16_offsets(self, bad: str) -> None:
        """Policy: only names of the zone database, and of those none that is a bare rule."""
        refuses(lambda: FiscalCalendar(zone=bad), "unknown_time_zone", "zone", kind=UnknownTimeZone)

    def test_dur_16_etc_is_not_turned_round(self) -> None:
        """Policy: `Etc/GMT+5` means what the database says, five hours behind UTC."""
        assert FiscalCalendar(zone="Etc/GMT+5").bounds(Period(MARCH_1, date(2024, 3, 2)))[0] == datetime(
            2024, 3, 1, 5, tzinfo=UTC
        )

    @pytest.mark.parametrize("bad", ["2023-02-29", "2024-04-31", "2024-00-10", "0000-01-01"])
    def test_dur_18_no_such_day(self, bad: str) -> None:
        """A day must exist."""
        refuses(lambda: Duration.custom(bad, "2024-12-31"), "invalid_date", "first_day", "a day that exists", bad)
        assert read_when(bad) is None

    @pytest.mark.parametrize(
        "bad", ["20240101", "2024-W01-1", "2024-W01", "2024-001", "2024-1-1", "2024-01-01T00:00:00"]
    )
    def test_dur_19_other_iso_forms(self, bad: str) -> None:
        """Only YYYY-MM-DD, the same on every Python."""
        refuses(lambda: Duration.custom(bad, "2024-12-31"), "invalid_date", "first_day", "YYYY-MM-DD")

    @pytest.mark.parametrize(
        "bad", ["10", "1.5", "Sat", "01/02/2024", "today", "1 Jan 2024", "\u0662\u0660\u0662\u0664-01-01"]
    )
    def test_dur_20_guesses(self, bad: str) -> None:
        """Nothing is guessed from text."""
        refuses(lambda: Duration.custom(bad, "2024-12-31"), "invalid_date", "first_day", "YYYY-MM-DD")
        assert read_when(bad) is None

    @pytest.mark.parametrize(
        ("month", "day", "field"),
        [
            (13, 1, "start_month"),
            (0, 1, "start_month"),
            (2, 30, "start_day"),
            (4, 31, "start_day"),
            (2, 29, "start_day"),
        ],
    )
    def test_dur_22_impossible_year_start(self, month: int, day: int, field: str) -> None:
        """Month or day is named."""
        code = "out_of_range" if field == "start_month" else "invalid_year_start"
        refuses(lambda: MonthYears(start_month=month, start_day=day), code, field)

    @pytest.mark.parametrize("bad", ["fortnight", "WEEK ", "Weekly", ""])
    def test_dur_24_unknown_cadence(self, bad: str) -> None:
        """The message lists the words that there are, at every door."""
        words = "weekly, monthly, quarterly, half_yearly, yearly"
        for door, field in (
            (lambda: Duration(bad, year=2024), "cadence"),
            (lambda: CALENDAR.split(2024, bad), "cadence"),
            (lambda: CALENDAR.period_of(MARCH_1, bad), "cadence"),
            (lambda: Milestone.progress(every=bad), "every"),
        ):
            refuses(door, "unknown_word", field, words)

    def test_dur_24_no_cadence_and_no_weekday(self) -> None:
        """None is no cadence; days of the week run from 0 to 6."""
        refuses(lambda: Duration(None, year=2024), "invalid_type", "cadence", "weekly", kind=InvalidType)  # type: ignore[arg-type]
        refuses(lambda: CALENDAR.split(2024, None), "invalid_type", "cadence", "weekly", kind=InvalidType)  # type: ignore[arg-type]
        for bad in (7, -1):
            refuses(partial(Weeks, first_day=bad), "out_of_range", "first_day", "0 to 6")

    def test_dur_25_midnight_that_does_not_exist(self) -> None:
        """In Sao Paulo 4 November 2018 began at one o'clock: the day before has 24 hours and this one 23."""
        calendar = FiscalCalendar(zone="America/Sao_Paulo")
        before, day = Period(date(2018, 11, 3), date(2018, 11, 4)), Period(date(2018, 11, 4), date(2018, 11, 5))
        assert calendar.bounds(day)[0] == datetime(2018, 11, 4, 3, tzinfo=UTC)
        assert calendar.bounds(day)[0].astimezone(ZoneInfo("America/Sao_Paulo")).hour == 1
        assert calendar.bounds(before)[1] == calendar.bounds(day)[0]
        assert [end - start for start, end in map(calendar.bounds, (before, day))] == [
            timedelta(hours=24),
            timedelta(hours=23),
        ]

    def test_dur_27_day_that_does_not_exist(self) -> None:
        """Apia had no 30 December 2011: the week around it still tiles, and nothing happened on that day."""
        calendar = FiscalCalendar(zone="Pacific/Apia")
        weeks = calendar.split(Period(date(2011, 12, 19), date(2012, 1, 9)), "weekly")
        bounds = [calendar.bounds(week) for week in weeks]
        assert [end - start for start, end in bounds] == [timedelta(days=7), timedelta(days=6), timedelta(days=7)]
        assert all(one[1] == other[0] for one, other in pairwise(bounds))
        assert first_instant(date(2011, 12, 30), "Pacific/Apia") == first_instant(date(2011, 12, 31), "Pacific/Apia")
        hours = [datetime(2011, 12, 29, tzinfo=UTC) + timedelta(hours=n) for n in range(96)]
        assert sorted({calendar.day_of(hour).day for hour in hours}) == [1, 2, 28, 29, 31]  # from 28 December 14:00

    def test_dur_30_months_from_the_31st(self) -> None:
        """Each cut is reckoned from the anchor: the second after 31 January is 31 March, not 28 March."""
        calendar = FiscalCalendar(years=MonthYears(start_day=31))
        assert [part.start for part in calendar.split(2024, "monthly")][:3] == [
            date(2023, 1, 31),
            date(2023, 2, 28),
            date(2023, 3, 31),
        ]


class TestResolver:
    """Where instants and odd durations fall."""

    def test_res_01_exactly_at_the_end(self) -> None:
        """The first instant after the goal lies outside it."""
        end = GOAL.timetable.ends[-1]
        assert GOAL.slices.find(GOAL.calendar.day_of(end)) is None
        assert GOAL.slices.find(GOAL.slices.span.end) is None
        assert GOAL.calendar.period_of(end, "quarterly").start == GOAL.slices.span.end

    def test_res_02_around_the_start(self) -> None:
        """One microsecond before the start lies outside, the start itself in the first slice."""
        start = GOAL.timetable.starts[0]
        assert GOAL.slices.find(GOAL.calendar.day_of(start - timedelta(microseconds=1))) is None
        assert GOAL.slices.find(GOAL.calendar.day_of(start)) == GOAL.slices.periods[0]

    def test_res_03_naive_moment(self) -> None:
        """Without a zone nobody knows which period is meant."""
        refuses(lambda: CALENDAR.period_of(datetime(2024, 1, 1), "monthly"), "timezone_required", "moment")
        refuses(lambda: CALENDAR.year_of(datetime(2024, 1, 1)), "timezone_required", "moment")

    def test_res_05_overlapping_periods(self) -> None:
        """Both periods are named."""
        one, other = Period(date(2024, 1, 1), date(2024, 2, 1)), Period(date(2024, 1, 31), date(2024, 3, 1))
        refuses(
            lambda: Partition((one, other)), "overlap", "periods", "2024-01-01..2024-01-31", "2024-01-31..2024-02-29"
        )

    @pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/St_Johns", "Pacific/Kiritimati", "Europe/Rome"])
    def test_res_07_another_zone(self, zone: str) -> None:
        """The same instant, written in any zone, lies in the same period."""
        for moment in (datetime(2024, 3, 31, 21, 59, 59, 999_999, tzinfo=UTC), datetime(2024, 3, 31, 22, tzinfo=UTC)):
            month = 3 if moment.minute else 4
            assert CALENDAR.period_of(moment.astimezone(ZoneInfo(zone)), "monthly").start == date(2024, month, 1)

    @pytest.mark.parametrize("cadence", [c for c in Cadence if c is not Cadence.CUSTOM])
    def test_res_09_longer_cadence_than_days(self, cadence: Cadence) -> None:
        """Policy: a run of ten days inside one period is one clipped period; a goal of ten days is custom, one slice."""
        ten_days = Period(date(2024, 5, 1), date(2024, 5, 11))
        found = CALENDAR.split(ten_days, cadence)
        assert found.span == ten_days
        assert len(found) == (2 if cadence is Cadence.WEEKLY else 1)
        assert resolve(Duration.custom("2024-05-01", "2024-05-10"), CALENDAR) == Partition((ten_days,))

    def test_years_are_bounded_at_every_door(self) -> None:
        """1900 to 2200 (rule T7)."""
        for bad in (_fields.FIRST_YEAR - 1, _fields.LAST_YEAR + 1, 10**100):
            refuses(partial(Duration.yearly, bad), "out_of_range", "year")
            refuses(partial(CALENDAR.year, bad), "out_of_range", "year")
            refuses(partial(CALENDAR.weeks.year, bad), "out_of_range", "year")
            refuses(partial(CALENDAR.split, bad, "monthly"), "out_of_range", "year")
