"""Laws of periods: tiling, partition, alignment, refinement, stability, inversion, no drift, bounds.

Expectations come from years written out by hand, from looking day by day or minute by minute, from ISO weeks of the standard
library, or from counting.
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
from quota_engine.fiscal import (
    FiscalCalendar,
    MonthYears,
    TableYears,
    Timeline,
    Weeks,
    WeekYears,
    YearRule,
    presets,
    resolve,
)
from quota_engine.periods import Partition, Period
from quota_engine.testing.strategies import week_years
from tests.laws.given import (
    CADENCES,
    DAY,
    MICROSECOND,
    MONTHS,
    cadences,
    days,
    days_of,
    every_rule,
    first_crossing,
    fiscal_years,
    grains,
    moments_near,
    named_years,
    periods_in,
    periods_named,
    periods_over,
    plans,
    runs_of,
    stretches,
    week_rules,
    within,
    years,
    zones,
)
from tests.refusals import bounded
from tests.years_by_hand import Written, cuts_within, weeks_first_day, written, year_named, year_with

SAO_PAULO = FiscalCalendar(zone="America/Sao_Paulo", years=MonthYears(start_month=11, start_day=4))
APIA = FiscalCalendar(zone="Pacific/Apia", years=MonthYears(start_month=12, start_day=30))
ST_JOHNS = FiscalCalendar(zone="America/St_Johns", years=MonthYears(start_month=10, start_day=29))

APPLE = FiscalCalendar(years=presets.APPLE)
TABLE = TableYears(starts={2020: "2020-01-31", 2021: "2021-01-31"}, end="2022-01-31")
FROM_TABLE = FiscalCalendar(years=Timeline(MonthYears()).then(TABLE, on="2019-01-01"))
FROM_LEAP_DAY = FiscalCalendar(
    years=Timeline(MonthYears()).then(TableYears(starts={2020: "2020-02-29"}, end="2021-02-27"), on="2019-01-01")
)
# The weeks are the same before and after the change.
SAME_WEEKS = FiscalCalendar(
    years=Timeline(MonthYears()).then(WeekYears(weekday=6), on="2025-01-01"), weeks=Weeks(min_days=1)
)


def nominal_start(rule: MonthYears, name: int) -> date:
    """Return the first day of the fiscal year of a name, by the words of rule T3."""
    moved = rule.named_by == "end" and (rule.start_month, rule.start_day) != (1, 1)
    return date(name - 1 if moved else name, rule.start_month, rule.start_day)


def expected_span(duration: Duration, calendar: FiscalCalendar) -> Period:
    """Return the days that a duration covers, by the words of rules T4 and T5."""
    if duration.days is not None:
        return duration.days
    assert duration.year is not None
    if duration.aligned:
        year = year_named(calendar.years, duration.year)
        assert year is not None
        return Period(year.start, year.end)
    if duration.cadence is Cadence.WEEKLY:
        return Period(
            weeks_first_day(calendar.weeks, duration.year), weeks_first_day(calendar.weeks, duration.year + 1)
        )
    return Period(date(duration.year, 1, 1), date(duration.year + 1, 1, 1))


def in_reach(run: Period) -> bool:
    """Whether some year from 1900 to 2200 may reach all days of a run."""
    return run.start.year >= 1899 and run.last_day.year <= 2201


def months_begun(rule: MonthYears, day: date) -> int:
    """Return how many months of a fiscal rule have begun by a day, counted from its start month in the year 0."""
    begun = day.day >= min(rule.start_day, monthrange(day.year, day.month)[1])
    return day.year * 12 + day.month - rule.start_month - (0 if begun else 1)


def weeks_begun(rule: Weeks, day: date) -> int:
    """Return how many weeks of a rule have begun by a day."""
    return (day.toordinal() - 1 - rule.first_day) // 7


class TestTiling:
    """Slices tile what they are slices of."""

    @given(plans())
    @example((Duration.monthly(2012, aligned=True), APIA))
    @example((Duration.weekly(2019, aligned=True), SAO_PAULO))
    @example((Duration.weekly(1999, aligned=True), APPLE))
    def test_lp1_tiling(self, plan: tuple[Duration, FiscalCalendar]) -> None:
        """LP1 Tiling: p[0].start = day(d0), p[-1].end = day(d1), p[i].end = p[i+1].start, every start < end."""
        duration, calendar = plan
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

    @given(st.data(), stretches(), grains)
    def test_lp1_whole_periods_in_a_row(
        self, data: st.DataObject, stretch: tuple[FiscalCalendar, tuple[Written, ...]], grain: tuple[Cadence, bool]
    ) -> None:
        """LP1 Tiling: the last so many whole periods, and those from one day to another, are a row of the calendar's own."""
        (calendar, row), (cadence, aligned) = stretch, grain
        parts = periods_over(calendar, row, cadence, aligned=aligned)
        places = st.integers(1, len(parts) - 1)
        one, other = sorted(data.draw(st.tuples(places, places)))
        day = data.draw(st.sampled_from(days_of(parts[one])))
        later = data.draw(st.sampled_from([each for each in days_of(parts[other]) if each >= day]))
        count = data.draw(st.integers(1, one))
        assert calendar.last(count, cadence, on=day, aligned=aligned).periods == tuple(parts[one - count : one])
        assert calendar.between(day, later, cadence, aligned=aligned).periods == tuple(parts[one : other + 1])

    @given(st.data(), plans())
    def test_lp2_partition(self, data: st.DataObject, plan: tuple[Duration, FiscalCalendar]) -> None:
        """LP2 Partition: each instant in [day(d0), day(d1)) lies in exactly one period; none outside does."""
        duration, calendar = plan
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

    @given(st.data(), named_years(), cadences)
    def test_lp2_to_date_and_still_to_come(
        self, data: st.DataObject, named: tuple[FiscalCalendar, int], cadence: Cadence
    ) -> None:
        """LP2 Partition: a day parts its period in what has come, with the day, and what is still to come."""
        calendar, year = named
        part = data.draw(st.sampled_from(periods_named(calendar, year, cadence)))
        day = data.draw(st.sampled_from(days_of(part)))
        assert calendar.to_date(day, cadence) == Period(part.start, day + DAY)

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

    @given(runs_of(), cadences)
    @example(
        (
            FiscalCalendar(years=MonthYears(start_month=1, start_day=31)),
            Period(date(2023, 12, 1), date(2025, 4, 2)),
        ),
        Cadence.MONTHLY,
    )
    @example((FROM_TABLE, Period(date(2019, 12, 1), date(2020, 3, 2))), Cadence.MONTHLY)
    @example((SAME_WEEKS, Period(date(2023, 6, 1), date(2026, 6, 1))), Cadence.WEEKLY)
    def test_lp4_alignment(self, run: tuple[FiscalCalendar, Period], cadence: Cadence) -> None:
        """LP4 Alignment: each interior cut is canonical for its grain; full weeks have 7 dates. Every canonical day is a cut."""
        calendar, days = run
        cuts = cuts_within(calendar.years, cadence, calendar.weeks.first_day, (days.start, days.end))
        assert calendar.split(days, cadence) == Partition.at(days.start, *cuts, days.end)

    @given(stretches())
    @example((FROM_TABLE, written(FROM_TABLE.years, 2018, 2020)))
    @example((FROM_LEAP_DAY, written(FROM_LEAP_DAY.years, 2018, 2020)))
    @example((APPLE, written(APPLE.years, 1996, 2001)))
    def test_lp4_every_year_is_cut_by_the_words_of_its_rule(
        self, stretch: tuple[FiscalCalendar, tuple[Written, ...]]
    ) -> None:
        """LP4 Alignment: accounting periods, quarters and halves are as many weeks or months long as the rule says."""
        calendar, row = stretch
        for year in row:
            for cadence in CADENCES:
                assert list(calendar.split(year.name, cadence)) == periods_in(year, calendar, cadence)

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

    @given(runs_of())
    def test_lp5_refinement(self, run: tuple[FiscalCalendar, Period]) -> None:
        """LP5 Refinement: yearly cuts are among the half-yearly, these among the quarterly, these among the monthly ones."""
        calendar, days = run
        cuts = [
            set(calendar.split(days, cadence).boundaries)
            for cadence in ("yearly", "half_yearly", "quarterly", "monthly")
        ]
        assert all(coarse <= fine for coarse, fine in pairwise(cuts))

    @given(stretches(), cadences | st.just(Cadence.WEEKLY), cadences)
    @example((APPLE, written(APPLE.years, 1996, 2001)), Cadence.WEEKLY, Cadence.MONTHLY)
    @example((SAME_WEEKS, written(SAME_WEEKS.years, 2023, 2026)), Cadence.WEEKLY, Cadence.MONTHLY)
    def test_lp5_nesting(
        self, stretch: tuple[FiscalCalendar, tuple[Written, ...]], inner: Cadence, outer: Cadence
    ) -> None:
        """LP5 Refinement: one cadence nests in another when each of its periods lies in one of the other; weeks only then."""
        calendar, row = stretch
        small, large = (
            [part for year in row for part in calendar.split(year.name, cadence)] for cadence in (inner, outer)
        )
        lies_within = all(any(other.contains(part) for other in large) for part in small)
        if calendar.nests(inner, outer):
            assert lies_within
        elif inner is Cadence.WEEKLY:
            assert not lies_within

    @given(st.data(), runs_of(), cadences)
    def test_lp6_stability(self, data: st.DataObject, run: tuple[FiscalCalendar, Period], cadence: Cadence) -> None:
        """LP6 Stability: enlarging the range never changes interior cuts already present."""
        calendar, larger = run
        days = data.draw(within(larger, 300))
        inner = set(calendar.split(days, cadence).boundaries[1:-1])
        outer = set(calendar.split(larger, cadence).boundaries[1:-1])
        assert inner == {cut for cut in outer if days.start < cut < days.end}

    @given(named_years(), cadences)
    @example((SAO_PAULO, 2019), Cadence.YEARLY)
    @example((APIA, 2012), Cadence.WEEKLY)
    @example((ST_JOHNS, 2001), Cadence.MONTHLY)
    def test_lp7_inversion(self, named: tuple[FiscalCalendar, int], cadence: Cadence) -> None:
        """LP7: period_of(p.start) = p; period_of(p.end) = next or none; period_of(p.end - 1 us) = p."""
        calendar, year = named
        parts = list(calendar.split(year, cadence))
        slices = Partition(tuple(parts))
        further = year_with(calendar.years, parts[-1].end)
        following = parts[1:]
        if further is not None and further.number <= 2200:
            following = [*following, periods_in(further, calendar, cadence)[0]]
        for part in parts:
            start, end = calendar.bounds(part)
            assert calendar.period_of(part.start, cadence) == calendar.period_of(part.last_day, cadence) == part
            if start < end:
                assert calendar.period_of(start, cadence) == calendar.period_of(end - MICROSECOND, cadence) == part
        for part, after in zip(parts, following, strict=False):
            end = calendar.bounds(part)[1]
            assert calendar.period_of(end, cadence) == after
            inside = after if after in parts else None
            assert slices.find(part.end) == slices.find(calendar.day_of(end)) == inside

    @given(stretches(), grains)
    def test_lp7_next_and_previous(
        self, stretch: tuple[FiscalCalendar, tuple[Written, ...]], grain: tuple[Cadence, bool]
    ) -> None:
        """LP7: the next period of p is the one that p.end lies in, and the previous of that is p again."""
        (calendar, row), (cadence, aligned) = stretch, grain
        for part, after in pairwise(periods_over(calendar, row, cadence, aligned=aligned)):
            assert calendar.next(part, cadence, aligned=aligned) == after
            assert calendar.previous(after, cadence, aligned=aligned) == part

    @given(st.data(), runs_of(60), cadences)
    def test_lp7_only_a_period_has_a_next_one(
        self, data: st.DataObject, run: tuple[FiscalCalendar, Period], cadence: Cadence
    ) -> None:
        """LP7: what is no period_of any day is no period: it has no label, and none before or after it."""
        calendar, days = run
        found = calendar.period_of(days.start, cadence)
        given = data.draw(
            st.sampled_from([days, Period(found.start, found.end + DAY), Period(found.start - DAY, found.end)])
        )
        assume(given != found)
        for ask in (calendar.next, calendar.previous, calendar.label, calendar.prior_year):
            with pytest.raises(InvalidValue) as caught:
                ask(given, cadence)
            assert caught.value.code in {"not_a_period", "outside_table", "out_of_range"}

    @given(fiscal_years, years, st.sampled_from(list(MONTHS)))
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

    @given(week_years(), years, years)
    @example(presets.NRF, 1902, 2198)
    def test_lp12_no_drift_of_weeks(self, rule: WeekYears, one: int, other: int) -> None:
        """LP12 No drift: however far apart, two years of weeks end in the days about their month's end that the rule names."""
        for name in (one, other):
            year = rule.year(name)
            last, month = year.last_day, rule.end_month
            assert last.weekday() == rule.weekday
            assert year.days in {364, 371}
            near = [last + shift * DAY for shift in {"last": (0,), "first": (0,), "nearest": range(-3, 4)}[rule.rule]]
            assert any(day.month == month for day in near)
            if rule.rule == "nearest":
                assert any(day.month == month and (day + DAY).month != month for day in near)
            else:
                beyond = last + (7 if rule.rule == "last" else -7) * DAY
                assert beyond.month != month


class TestBounds:
    """More than 1,000 periods are never built."""

    @given(st.dates(), st.dates(), fiscal_years, week_rules, cadences)
    @example(date.min, date.max, MonthYears(), Weeks(), Cadence.WEEKLY)
    @example(date.min, date.max, MonthYears(start_day=31), Weeks(), Cadence.MONTHLY)
    @example(date(9999, 11, 15), date.max, MonthYears(), Weeks(), Cadence.MONTHLY)
    def test_lp14_bounded(self, one: date, other: date, rule: MonthYears, weeks: Weeks, cadence: Cadence) -> None:
        """LP14 Bounded: the number of periods is computed before any is built; above the limit a typed error at once."""
        assume(one != other)
        run, calendar = Period(min(one, other), max(one, other)), FiscalCalendar(years=rule, weeks=weeks)
        step = MONTHS.get(cadence)
        first, last = (
            weeks_begun(weeks, day) if step is None else months_begun(rule, day) // step
            for day in (run.start, run.last_day)
        )
        expected = last - first + 1
        with bounded(seconds=1, mebibytes=4):
            if expected > 1000:
                with pytest.raises(TooLarge, match=f"at most 1000 periods, got {expected}$"):
                    calendar.split(run, cadence)
            elif in_reach(run):
                assert len(calendar.split(run, cadence)) == expected
            else:
                with pytest.raises(InvalidValue, match=r"^year: "):
                    calendar.split(run, cadence)

    @given(runs_of(300 * 366), cadences)
    def test_lp14_bounded_whatever_the_year(self, run: tuple[FiscalCalendar, Period], cadence: Cadence) -> None:
        """LP14 Bounded: under every kind of year the number of periods is the one counted by hand, and at most a thousand."""
        calendar, days = run
        expected = 1 + len(cuts_within(calendar.years, cadence, calendar.weeks.first_day, (days.start, days.end)))
        if expected > 1000:
            with pytest.raises(TooLarge, match=f"at most 1000 periods, got {expected}$"):
                calendar.split(days, cadence)
        else:
            assert len(calendar.split(days, cadence)) == expected

    @given(every_rule, week_rules, st.dates(), st.dates(), cadences)
    @example(APPLE.years, Weeks(), date.min, date.max, Cadence.YEARLY)
    @example(TABLE, Weeks(), date(2018, 1, 1), date(2019, 1, 1), Cadence.WEEKLY)
    @example(TABLE, Weeks(), date(2021, 1, 1), date(2023, 1, 1), Cadence.WEEKLY)
    def test_lp14_any_days_have_an_answer_or_a_typed_error(
        self, rule: YearRule, weeks: Weeks, one: date, other: date, cadence: Cadence
    ) -> None:
        """LP14 Bounded: days that no year reaches, or that are not in the table, are a typed error at once (rule T7)."""
        assume(one != other)
        run, calendar = Period(min(one, other), max(one, other)), FiscalCalendar(years=rule, weeks=weeks)
        has_all = all(year_with(rule, day) for day in (run.start, run.last_day)) if in_reach(run) else False
        with bounded(seconds=1, mebibytes=4):
            try:
                found = calendar.split(run, cadence)
            except (InvalidValue, TooLarge):
                assert not has_all or run.days > 1000
            else:
                assert has_all
                assert found.span == run

    @pytest.mark.parametrize("first_day", range(7))
    def test_lp14_a_thousand_weeks_are_the_most(self, first_day: int) -> None:
        """LP14: a thousand whole weeks are split, one day more is refused."""
        calendar = FiscalCalendar(weeks=Weeks(first_day=first_day))
        start = date(2000, 1, 3) + first_day * DAY
        assert len(calendar.split(Period(start, start + 7000 * DAY), "weekly")) == 1000
        with pytest.raises(TooLarge, match="got 1001"):
            calendar.split(Period(start, start + 7001 * DAY), "weekly")
