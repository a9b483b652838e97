"""Laws of zones and names: a zone moves the clock and nothing else, a year moves the name and nothing else.

Expectations come from moving what goes in, from the zone database minute by minute, or from another process.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from typing import Final

from attrs import evolve
from hypothesis import example, given
from hypothesis import strategies as st

from quota_engine import Account, Calculation, CrmEvent, Duration, Goal, Period
from quota_engine.durations import Cadence
from quota_engine.fiscal import FiscalCalendar, MonthYears
from quota_engine.testing.strategies import worlds
from tests.acme import ADA, EVERYONE, acme, calculated, deal, promise
from tests.apart import SPEAK, said, started
from tests.laws.given import (
    CADENCES,
    DAY,
    MICROSECOND,
    crowded,
    days,
    days_of,
    first_crossing,
    fiscal_years,
    moments_near,
    parts_of,
    several,
    zones,
)

LONG_AGO: Final = datetime(1980, 1, 1, tzinfo=UTC)

# The zones of whole hours that never change, by how far they are ahead of UTC; their names count the other way round.
FIXED: Final = {hours: f"Etc/GMT{-hours:+}" for hours in range(-12, 15)}
lately = st.integers(1990, 2035)
monthly = st.sampled_from([cadence for cadence in CADENCES if cadence is not Cadence.WEEKLY])
short = st.builds(
    lambda first, length: Duration.custom(first, first + length * DAY), days, st.integers(0, 3)
) | st.builds(Duration, st.sampled_from(["quarterly", "half_yearly"]), year=lately, aligned=st.booleans())


def figures(result: Calculation) -> list[tuple[object, ...]]:
    """Return what a calculation says of each row and slice, but for the moment at which it froze."""
    return [(cell.slice, cell.attained, cell.counted, cell.status, cell.pace, cell.restated) for cell in result]


class TestZones:
    """What a zone changes."""

    @given(st.data(), short, fiscal_years, st.sampled_from(sorted(FIXED)))
    @example(data=None, duration=Duration.custom("2025-07-01", "2025-07-02"), rule=MonthYears(), hours=14)
    def test_lp9_fixed_offset_shift(
        self, data: st.DataObject | None, duration: Duration, rule: MonthYears, hours: int
    ) -> None:
        """LP9 Fixed-offset shift: zone UTC+h with events moved by -h gives the same classification as UTC."""
        at_home, abroad = (
            Account(id="acme", currency="EUR", calendar=FiscalCalendar(years=rule, zone=zone))
            for zone in ("UTC", FIXED[hours])
        )
        goal = promise(ADA, EVERYONE, duration=duration, account=at_home)
        start, end = at_home.calendar.bounds(goal.slices.span)
        edges = (start, end, at_home.calendar.bounds(goal.slices.periods[-1])[0])
        moments, asked = [start, end - MICROSECOND, end], [end]
        if data is not None:
            moments = data.draw(st.lists(moments_near(*edges), min_size=1, max_size=4))
            asked = [data.draw(moments_near(*edges))]
        recorded = [*moments[1:], moments[0]]
        events = [
            evolve(deal(f"d{number}", number + 1, closed=moment), recorded_at=known)
            for number, (moment, known) in enumerate(zip(moments, recorded, strict=True))
        ]

        def moved(event: CrmEvent) -> CrmEvent:
            closed = event.properties["closed_at"]
            assert isinstance(closed, datetime)
            there = {**event.properties, "closed_at": closed - timedelta(hours=hours)}
            return evolve(event, recorded_at=event.recorded_at - timedelta(hours=hours), properties=there)

        then = promise(ADA, EVERYONE, duration=duration, account=abroad)
        here = calculated(goal, *events, as_of=asked[0], account=at_home)
        there = calculated(then, *map(moved, events), as_of=asked[0] - timedelta(hours=hours), account=abroad)

        assert figures(there) == figures(here)
        assert [abroad.calendar.day_of(moment - timedelta(hours=hours)) for moment in moments] == [
            moment.date() for moment in moments
        ]

    @given(st.data(), short, zones, zones)
    @example(
        data=None, duration=Duration.custom("2025-07-01", "2025-07-03"), one="Etc/GMT+12", other="Pacific/Kiritimati"
    )
    @example(
        data=None, duration=Duration.custom("2025-07-01", "2025-07-03"), one="Pacific/Kiritimati", other="Etc/GMT+12"
    )
    def test_lp10_locality(self, data: st.DataObject | None, duration: Duration, one: str, other: str) -> None:
        """LP10 Locality: changing the goal's zone can only re-classify instants within 26 h of a cut (offsets -12 to +14)."""
        goals = [promise(EVERYONE, duration=duration, account=acme(zone=zone)) for zone in (one, other)]
        cuts = [first_crossing(day, one) for day in goals[0].slices.boundaries]
        far = timedelta(hours=26) + MICROSECOND
        moments = [cut + shift for cut in cuts for shift in (far, -far)]
        if data is not None:
            moments = [data.draw(st.sampled_from(moments)), data.draw(moments_near(cuts[0], cuts[-1], cuts[1]))]

        def counts(goal: Goal, closed: date) -> list[int]:
            event = evolve(deal("d1", closed=closed), recorded_at=LONG_AGO)
            return [cell.counted for cell in calculated(goal, event, as_of=LONG_AGO)]

        for moment in moments:
            if counts(goals[0], moment) != counts(goals[1], moment):
                assert min(abs(moment - cut) for cut in cuts) <= timedelta(hours=26)
            day = moment.date()
            assert counts(goals[0], day) == counts(goals[1], day) == [int(day in part) for part in goals[0].slices]

    @given(days, zones, st.integers(0, 400), st.sampled_from(CADENCES))
    @example(date(2011, 12, 29), "Pacific/Apia", 3, Cadence.WEEKLY)
    @example(date(2025, 10, 5), "Australia/Lord_Howe", 0, Cadence.WEEKLY)
    def test_lp11_elapsed_time(self, day: date, zone: str, more: int, cadence: Cadence) -> None:
        """LP11 DST: the sum of (end - start) is day(d1) - day(d0) in elapsed UTC, exactly as the zone says."""
        run = Period(day, day + (more + 1) * DAY)
        calendar = FiscalCalendar(zone=zone)
        bounds = [calendar.bounds(part) for part in calendar.split(run, cadence)]
        times = promise(ADA, duration=Duration.custom(run.start, run.last_day), account=acme(zone=zone)).timetable
        elapsed = first_crossing(run.end, zone) - first_crossing(run.start, zone)

        assert sum((end - start for start, end in bounds), timedelta(0)) == elapsed
        assert times.ends[-1] - times.starts[0] == elapsed

    @given(st.data(), zones, lately, st.sampled_from([Cadence.WEEKLY, Cadence.MONTHLY]))
    def test_lp11_every_slice_takes_as_long_as_its_days(
        self, data: st.DataObject, zone: str, year: int, cadence: Cadence
    ) -> None:
        """LP11: a slice lasts from the first instant of its first day to that of the day after its last; 23, 24 or 25 h a day."""
        goal = promise(ADA, duration=Duration(cadence, year=year), account=acme(zone=zone))
        number = data.draw(st.integers(0, len(goal.slices) - 1))
        part = goal.slices.periods[number]
        day = data.draw(st.sampled_from(days_of(part)))
        hours = (first_crossing(day + DAY, zone) - first_crossing(day, zone)) / timedelta(hours=1)

        start, end = goal.calendar.bounds(Period(day, day + DAY))
        assert (end - start) / timedelta(hours=1) == hours
        assert hours in {23, 23.5, 24, 24.5, 25} or (zone, day) == ("Pacific/Apia", date(2011, 12, 30))
        expected = first_crossing(part.end, zone) - first_crossing(part.start, zone)
        assert goal.timetable.ends[number] - goal.timetable.starts[number] == expected


class TestNames:
    """Which year a day lies in."""

    @given(fiscal_years, st.dates(date(1902, 1, 1), date(2197, 12, 31)), monthly)
    @example(MonthYears(start_month=1, start_day=31), date(2024, 2, 29), Cadence.MONTHLY)
    @example(MonthYears(start_month=2, start_day=28), date(2023, 2, 27), Cadence.YEARLY)
    @example(MonthYears(start_month=1, start_day=6), date(2023, 1, 5), Cadence.QUARTERLY)
    def test_lp13_fiscal_equivariance(self, rule: MonthYears, day: date, cadence: Cadence) -> None:
        """LP13 Fiscal equivariance: moving a day by 12 months moves its year's name by one, and its period by 12 months."""
        calendar = FiscalCalendar(years=rule)
        name, part = calendar.year_of(day), calendar.period_of(day, cadence)
        if day.month != 2 or day.day < 28:
            later = day.replace(year=day.year + 1)
            assert calendar.year_of(later) == name + 1
            assert calendar.period_of(later, cadence) == moved_by_a_year(rule, part)
        assert calendar.split(name + 1, cadence).periods == tuple(
            moved_by_a_year(rule, before) for before in calendar.split(name, cadence)
        )

    @given(fiscal_years, st.dates(date(1902, 1, 1), date(2197, 12, 31)))
    def test_lp13_the_name_is_that_of_the_year_it_begins_or_ends_in(self, rule: MonthYears, day: date) -> None:
        """LP13: labels of both kinds differ by one year, and by none where the fiscal year is the calendar year (rule T3)."""
        begun = day.year if (day.month, day.day) >= (rule.start_month, rule.start_day) else day.year - 1
        is_calendar_year = (rule.start_month, rule.start_day) == (1, 1)
        expected = begun if rule.named_by == "start" or is_calendar_year else begun + 1
        assert FiscalCalendar(years=rule).year_of(day) == expected
        assert day in rule.year(expected)


def moved_by_a_year(rule: MonthYears, period: Period) -> Period:
    """Return a period of months, moved by 12 months: from the original day, which February may not have (rule T3)."""
    start, end = (
        date(day.year + 1, day.month, min(rule.start_day, monthrange(day.year + 1, day.month)[1]))
        for day in (period.start, period.end)
    )
    return Period(start, end)


class TestDeterminism:
    """The same in every process."""

    def test_lp15_byte_identical(self) -> None:
        """LP15 Determinism: same inputs and tzdata version give byte-identical output: here in two fresh processes."""
        drawn = crowded()
        for missing in ("leave_out", "refuse"):
            drawn += map(parts_of, several(worlds(missing=missing), 3))
        expected = [ascii(said(parts)) for parts in drawn]
        assert [started(SPEAK, drawn, seed=seed) for seed in (1, 2)] == [expected] * 2
