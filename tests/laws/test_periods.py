"""Laws of periods: tiling, partition, alignment, refinement, stability, inversion, no drift, bounds.

Expectations come from looking day by day or minute by minute, from ISO weeks of the standard library, or from counting.
"""

from __future__ import annotations

from bisect import bisect_right
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from quota_engine.durations import Cadence, Duration
from quota_engine.errors import InvalidValue, TooLarge
from quota_engine.fiscal import FiscalCalendar, MonthYears, Weeks, resolve
from quota_engine.periods import Partition, Period
from tests.laws.given import (
    CADENCES,
    DAY,
    MICROSECOND,
    MONTHS,
    calendars,
    days,
    days_of,
    durations,
    first_crossing,
    fiscal_years,
    moments_near,
    runs,
    week_rules,
    years,
    zones,
)
from tests.refusals import bounded

SAO_PAULO = FiscalCalendar(zone="America/Sao_Paulo", years=MonthYears(start_month=11, start_day=4))
APIA = FiscalCalendar(zone="Pacific/Apia", years=MonthYears(start_month=12, start_day=30))
ST_JOHNS = FiscalCalendar(zone="America/St_Johns", years=MonthYears(start_month=10, start_day=29))


def nominal_start(rule: MonthYears, name: int) -> date:
    """Return the first day of the fiscal year of a name, by the words of rule T3."""
    moved = rule.named_by == "end" and (rule.start_month, rule.start_day) != (1, 1)
    return date(name - 1 if moved else name, rule.start_month, rule.start_day)


def weeks_first_day(rule: Weeks, name: int) -> date:
    """Return the first day of a week-year: the earliest week with enough days in that year, found week by week."""
    day = date(name - 1, 12, 18)
    while day.weekday() != rule.first_day:
        day += DAY
    while sum((day + n * DAY).year == name for n in range(7)) < rule.min_days:
        day += 7 * DAY
    return day


def months_of(calendar: FiscalCalendar) -> MonthYears:
    """Return the rule of a calendar whose years are made of months."""
    assert isinstance(calendar.years, MonthYears)
    return calendar.years


def expected_span(duration: Duration, calendar: FiscalCalendar) -> Period:
    """Return the days that a duration covers, by the words of rules T4 and T5."""
    if duration.days is not None:
        return duration.days
    assert duration.year is not None
    if duration.aligned:
        rule = months_of(calendar)
        return Period(nominal_start(rule, duration.year), nominal_start(rule, duration.year + 1))
    if duration.cadence is Cadence.WEEKLY:
        return Period(
            weeks_first_day(calendar.weeks, duration.year), weeks_first_day(calendar.weeks, duration.year + 1)
        )
    return Period(date(duration.year, 1, 1), date(duration.year + 1, 1, 1))


def months_begun(rule: MonthYears, day: date) -> int:
    """Return how many months of a fiscal rule have begun by a day, counted from its start month in the year 0."""
    begun = day.day >= min(rule.start_day, monthrange(day.year, day.month)[1])
    return day.year * 12 + day.month - rule.start_month - (0 if begun else 1)


def weeks_begun(rule: Weeks, day: date) -> int:
    """Return how many weeks of a rule have begun by a day."""
    return (day.toordinal() - 1 - rule.first_day) // 7


class TestTiling:
    """Slices tile what they are slices of."""

    @given(durations, calendars)
    @example(Duration.monthly(2012, aligned=True), APIA)
    @example(Duration.weekly(2019, aligned=True), SAO_PAULO)
    def test_lp1_tiling(self, duration: Duration, calendar: FiscalCalendar) -> None:
        """LP1 Tiling: p[0].start = day(d0), p[-1].end = day(d1), p[i].end = p[i+1].start, every start < end."""
        slices, span = resolve(duration, calendar), expected_span(duration, calendar)
        assert (slices.periods[0].start, slices.periods[-1].end) == (span.start, span.end)
        assert [day for part in slices for day in days_of(part)] == days_of(span)
        bounds = [calendar.bounds(part) for part in slices]
        assert all(one[1] == other[0] for one, other in pairwise(bounds))
        assert all(start <= end for start, end in bounds)
        assert all(start < end for (start, end), part in zip(bounds, slices, strict=True) if part.days > 1)

    @given(days, zones)
    @example(date(2018, 11, 4), "America/Sao_Paulo")
    @example(date(2011, 12, 30), "Pacific/Apia")
    @example(date(2000, 10, 29), "America/St_Johns")
    def test_lp1_a_day_begins_when_its_midnight_is_first_passed(self, day: date, zone: str) -> None:
        """LP1: day(d) is the first instant of local day d (00:00, fold=0), as UTC."""
        start, end = FiscalCalendar(zone=zone).bounds(Period(day, day + DAY))
        assert (start, end) == (first_crossing(day, zone), first_crossing(day + DAY, zone))
        assert start.utcoffset() == end.utcoffset() == timedelta(0)

    @given(st.data(), durations, calendars)
    def test_lp2_partition(self, data: st.DataObject, duration: Duration, calendar: FiscalCalendar) -> None:
        """LP2 Partition: each instant in [day(d0), day(d1)) lies in exactly one period; none outside does."""
        slices = resolve(duration, calendar)
        bounds = [calendar.bounds(part) for part in slices]
        edges = (bounds[0][0], bounds[-1][1], data.draw(st.sampled_from(bounds))[0])
        moment = data.draw(moments_near(*edges))
        holders = [part for part, (start, end) in zip(slices, bounds, strict=True) if start <= moment < end]
        assert len(holders) == (1 if edges[0] <= moment < edges[1] else 0)
        assert slices.find(calendar.day_of(moment)) == (holders[0] if holders else None)

    @given(days, zones, st.integers(-24 * 60, 36 * 60), st.sampled_from([-MICROSECOND, timedelta(0), MICROSECOND]))
    @example(date(2000, 10, 29), "America/St_Johns", 15, timedelta(0))
    @example(date(2018, 2, 18), "America/Sao_Paulo", 30, timedelta(0))
    @example(date(2011, 12, 30), "Pacific/Apia", 0, -MICROSECOND)
    def test_lp2_single_days(self, day: date, zone: str, minutes: int, beside: timedelta) -> None:
        """LP2: where a clock runs back over midnight or skips a day, each instant still lies in exactly one day."""
        row = [day + n * DAY for n in range(-2, 4)]
        starts = [first_crossing(each, zone) for each in row]
        moment = starts[2] + timedelta(minutes=minutes) + beside
        holders = [each for each, (start, end) in zip(row, pairwise(starts), strict=False) if start <= moment < end]
        assert [FiscalCalendar(zone=zone).day_of(moment)] == holders

    @given(st.data(), days, zones, st.sampled_from(CADENCES))
    @example(data=None, day=date(2011, 12, 30), zone="Pacific/Apia", cadence=Cadence.WEEKLY)
    @example(data=None, day=date(2016, 3, 31), zone="Asia/Amman", cadence=Cadence.MONTHLY)  # 1 April has no midnight
    def test_lp3_local_dates(self, data: st.DataObject | None, day: date, zone: str, cadence: Cadence) -> None:
        """LP3: every local date with any instant has exactly one period, and all its instants are in it (no backward dates)."""
        clock, calendar = ZoneInfo(zone), FiscalCalendar(zone=zone)
        start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=40)
        moments = [start + timedelta(minutes=15 * n) for n in range(4 * 80)]
        shown = [moment.astimezone(clock).date() for moment in moments]
        assume(shown == sorted(shown))
        wanted = set(shown[bisect_right(shown, shown[0]) : bisect_right(shown, shown[-1] - DAY)])
        local = day if data is None else data.draw(st.sampled_from(sorted(wanted)))
        owned = [moment for moment, date_ in zip(moments, shown, strict=True) if date_ == local]
        found = {calendar.period_of(moment, cadence) for moment in owned}
        assert found == ({calendar.period_of(local, cadence)} if owned else set())


class TestCuts:
    """Where one period ends and the next begins."""

    @given(runs(), calendars, st.sampled_from(CADENCES))
    @example(
        Period(date(2023, 12, 1), date(2025, 4, 2)),
        FiscalCalendar(years=MonthYears(start_month=1, start_day=31)),
        Cadence.MONTHLY,
    )
    def test_lp4_alignment(self, run: Period, calendar: FiscalCalendar, cadence: Cadence) -> None:
        """LP4 Alignment: each interior cut is canonical for its grain; full weeks have 7 dates. Every canonical day is a cut."""
        rule = months_of(calendar)

        def is_canonical(day: date) -> bool:
            if cadence is Cadence.WEEKLY:
                return day.weekday() == calendar.weeks.first_day
            starts_month = day.day == min(rule.start_day, monthrange(day.year, day.month)[1])
            return starts_month and (day.month - rule.start_month) % MONTHS[cadence] == 0

        slices = calendar.split(run, cadence)
        assert [part.start for part in slices][1:] == [day for day in days_of(run)[1:] if is_canonical(day)]
        if cadence is Cadence.WEEKLY:
            assert all(part.days == 7 for part in slices.periods[1:-1])

    @given(st.integers(1901, 2199))
    def test_lp4_weeks_are_those_of_iso(self, year: int) -> None:
        """LP4: by default a weekly goal has the ISO weeks of its year, numbered as the standard library numbers them."""
        slices = resolve(Duration.weekly(year), FiscalCalendar())
        assert [day.isocalendar()[:2] for part in slices for day in days_of(part)] == [
            (year, number) for number in range(1, len(slices) + 1) for _ in range(7)
        ]

    @given(week_rules, st.integers(1901, 2199))
    def test_lp4_week_years_have_their_first_week(self, rule: Weeks, year: int) -> None:
        """LP4: a week-year begins with the earliest week that has enough days in it, and ends where the next begins."""
        assert rule.year(year) == Period(weeks_first_day(rule, year), weeks_first_day(rule, year + 1))

    @given(runs(), calendars)
    def test_lp5_refinement(self, run: Period, calendar: FiscalCalendar) -> None:
        """LP5 Refinement: yearly cuts are among the half-yearly, these among the quarterly, these among the monthly ones."""
        cuts = [
            set(calendar.split(run, cadence).boundaries)
            for cadence in ("yearly", "half_yearly", "quarterly", "monthly")
        ]
        assert all(coarse <= fine for coarse, fine in pairwise(cuts))

    @given(runs(300), calendars, st.sampled_from(CADENCES), st.integers(0, 400), st.integers(0, 400))
    def test_lp6_stability(
        self, run: Period, calendar: FiscalCalendar, cadence: Cadence, before: int, after: int
    ) -> None:
        """LP6 Stability: enlarging the range never changes interior cuts already present."""
        larger = Period(run.start - before * DAY, run.end + after * DAY)
        inner = set(calendar.split(run, cadence).boundaries[1:-1])
        outer = set(calendar.split(larger, cadence).boundaries[1:-1])
        assert inner == {cut for cut in outer if run.start < cut < run.end}

    @given(calendars, years, st.sampled_from(CADENCES))
    @example(SAO_PAULO, 2019, Cadence.YEARLY)
    @example(APIA, 2012, Cadence.WEEKLY)
    @example(ST_JOHNS, 2001, Cadence.MONTHLY)
    def test_lp7_inversion(self, calendar: FiscalCalendar, year: int, cadence: Cadence) -> None:
        """LP7: period_of(p.start) = p; period_of(p.end) = next or none; period_of(p.end - 1 us) = p."""
        parts: list[Period] = list(calendar.split(year, cadence))
        slices = Partition(tuple(parts))
        following = [*parts[1:], calendar.split(year + 1, cadence).periods[0]]
        for part, after in zip(parts, following, strict=True):
            start, end = calendar.bounds(part)
            assert calendar.period_of(part.start, cadence) == calendar.period_of(part.last_day, cadence) == part
            assert calendar.period_of(end, cadence) == after
            if start < end:
                assert calendar.period_of(start, cadence) == calendar.period_of(end - MICROSECOND, cadence) == part
            inside = after if after in parts else None
            assert slices.find(part.end) == slices.find(calendar.day_of(end)) == inside

    @given(fiscal_years, years, st.sampled_from([c for c in CADENCES if c is not Cadence.WEEKLY]))
    @example(MonthYears(start_day=31), 2025, Cadence.MONTHLY)
    @example(MonthYears(start_month=8, start_day=30), 2024, Cadence.HALF_YEARLY)
    def test_lp12_no_drift(self, rule: MonthYears, year: int, cadence: Cadence) -> None:
        """LP12 No drift: cut k = anchor + k x step, each clamped from the original day, never repeated addition."""
        anchor = nominal_start(rule, year)
        expected = []
        for months in range(0, 12, MONTHS[cadence]):
            more, month = divmod(anchor.month - 1 + months, 12)
            clamped = min(rule.start_day, monthrange(anchor.year + more, month + 1)[1])
            expected.append(date(anchor.year + more, month + 1, clamped))
        assert [part.start for part in FiscalCalendar(years=rule).split(year, cadence)] == expected


class TestBounds:
    """More than 1,000 periods are never built."""

    @given(st.dates(), st.dates(), calendars, st.sampled_from(CADENCES))
    @example(date.min, date.max, FiscalCalendar(), Cadence.WEEKLY)
    @example(date.min, date.max, FiscalCalendar(years=MonthYears(start_day=31)), Cadence.MONTHLY)
    @example(date(9999, 11, 15), date.max, FiscalCalendar(), Cadence.MONTHLY)
    def test_lp14_bounded(self, one: date, other: date, calendar: FiscalCalendar, cadence: Cadence) -> None:
        """LP14 Bounded: the number of periods is computed before any is built; above the limit a typed error at once."""
        assume(one != other)
        run = Period(min(one, other), max(one, other))
        step = MONTHS.get(cadence)
        first, last = (
            weeks_begun(calendar.weeks, day) if step is None else months_begun(months_of(calendar), day) // step
            for day in (run.start, run.last_day)
        )
        expected = last - first + 1
        is_near = run.start.year >= 1899 and run.last_day.year <= 2201
        with bounded(seconds=1, mebibytes=4):
            if expected > 1000:
                with pytest.raises(TooLarge, match=f"at most 1000 periods, got {expected}$"):
                    calendar.split(run, cadence)
            elif is_near:
                assert len(calendar.split(run, cadence)) == expected
            else:
                with pytest.raises(InvalidValue, match=r"^year: "):
                    calendar.split(run, cadence)

    @pytest.mark.parametrize("first_day", range(7))
    def test_lp14_a_thousand_weeks_are_the_most(self, first_day: int) -> None:
        """LP14: a thousand whole weeks are split, one day more is refused."""
        calendar = FiscalCalendar(weeks=Weeks(first_day=first_day))
        start = date(2000, 1, 3) + first_day * DAY
        assert len(calendar.split(Period(start, start + 7000 * DAY), "weekly")) == 1000
        with pytest.raises(TooLarge, match="got 1001"):
            calendar.split(Period(start, start + 7001 * DAY), "weekly")
