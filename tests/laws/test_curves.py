"""Laws of curves: weights that add up, day by day as the reference has them, in planning and in pace."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from attrs import evolve
from hypothesis import assume, example, given
from hypothesis import strategies as st

from quota_engine import (
    Assignment,
    Curve,
    DayWeights,
    Duration,
    EveryDay,
    Pace,
    Partition,
    Period,
    WorkingDays,
    shape_of,
)
from quota_engine.testing.strategies import curves
from tests import reference
from tests.acme import ADA, acme, at, calculated, cell, deal, promise
from tests.laws.given import DAY, days_of

SOMEDAY = date(2026, 3, 1)  # about which the curves are drawn
some_days = st.integers(-60, 60).map(lambda offset: SOMEDAY + DAY * offset)
lengths = st.integers(1, 50)
spans = st.builds(lambda first, length: Period(first, first + DAY * length), some_days, lengths)
every_curve = curves(SOMEDAY)
cents = st.integers(0, 10**9).map(lambda count: Decimal(f"{count}E-2"))


several = st.integers(1, 13)


@st.composite
def years_of(
    draw: st.DrawFn,
    counts: st.SearchStrategy[int],
    starts: st.SearchStrategy[date] = some_days,
    days: st.SearchStrategy[int] = lengths,
) -> Partition:
    """Return so many slices, or as many as there are days, in so many days."""
    start, length = draw(starts), draw(days)
    inner = min(draw(counts), length) - 1
    cuts = draw(st.permutations(range(1, length)))[:inner]
    return Partition.at(*(start + DAY * cut for cut in (0, *sorted(cuts), length)))


partitions = years_of(several)


def weight_of(curve: Curve, period: Period) -> Fraction:
    """Return what the days of a period weigh, one after the other, as the reference has them."""
    return sum((reference.day_weight(curve, day) for day in days_of(period)), Fraction(0))


class TestWeights:
    """What days weigh."""

    @given(every_curve, spans)
    @example(WorkingDays((0,), holidays=["2026-03-01", "2026-03-02"]), Period(SOMEDAY, SOMEDAY + DAY * 2))
    @example(
        DayWeights({SOMEDAY: 1, SOMEDAY + DAY: 2}, onto=Period(SOMEDAY, SOMEDAY + DAY * 3)),
        Period(SOMEDAY, SOMEDAY + DAY),
    )
    def test_lm13_day_by_day(self, curve: Curve, period: Period) -> None:
        """LM13: a period weighs what its days weigh one after the other, exactly, and never less than nothing."""
        assert curve.weight(period) == weight_of(curve, period) >= 0

    @given(every_curve, partitions)
    def test_lm13_neighbours_add_up(self, curve: Curve, parts: Partition) -> None:
        """LM13: periods side by side weigh together what the whole of them does."""
        assert sum(curve.weight(part) for part in parts) == curve.weight(parts.span)

    @given(
        st.sampled_from([(0,), (0, 1, 2, 3, 4), (5, 6), tuple(range(7))]),
        st.sets(some_days),
        spans,
        st.integers(-40, 40),
    )
    def test_lm13_weeks_do_not_matter(
        self, weekdays: tuple[int, ...], holidays: set[date], period: Period, weeks: int
    ) -> None:
        """LM13: everything moved by whole weeks, a period has as many working days."""
        by = timedelta(weeks=weeks)
        moved = WorkingDays(weekdays, holidays=[day + by for day in holidays])
        before = WorkingDays(weekdays, holidays=holidays).weight(period)
        assert moved.weight(Period(period.start + by, period.end + by)) == before


class TestSpreading:
    """A total over slices."""

    @given(every_curve, partitions, cents, st.sets(st.integers(0, 11)), st.integers(0, 50))
    def test_lm14_spread_by_a_curve(
        self, curve: Curve, parts: Partition, total: Decimal, held: set[int], kept: int
    ) -> None:
        """LM14: the cells sum to the total exactly; an open one is less than a cent from its share by days; locked ones stay."""
        places = [place for place in held if place < len(parts)]
        total += kept * len(places)
        shares = [
            Fraction(0) if place in places else weight_of(curve, part) for place, part in enumerate(parts.periods)
        ]
        assume(any(shares))
        row = Assignment(ADA, [kept] * len(parts), locked=frozenset(parts.periods[place] for place in places))
        goal = promise(target=None, duration=Duration.custom(parts.span.start, parts.span.last_day))
        spread = evolve(goal, slices=parts, assignments=[row]).spread_targets(total, weights=curve)
        cells = [Fraction(target or 0) for target in spread.row(ADA).cells]
        assert sum(cells) == Fraction(total)
        rest = Fraction(total) - kept * len(places)
        for place, (target, share) in enumerate(zip(cells, shares, strict=True)):
            ideal = rest * share / sum(shares)
            assert target == kept if place in places else abs(target - ideal) < Fraction(1, 100)
            assert place in places or share or target == 0
            assert target * 100 % 1 == 0


class TestPace:
    """Where a row should be by now."""

    @staticmethod
    def pace(curve: Curve, days: Period, on: date, target: Decimal, amount: int = 5) -> Pace:
        """Return Ada's pace on a day in a goal of one slice, with one deal on its first day that was recorded before."""
        goal = promise(Assignment(ADA, [target]), duration=Duration.custom(days.start, days.last_day))
        event = deal("d1", amount, closed=days.start, recorded="2020-01-01")
        pace = cell(calculated(goal, event, as_of=at(str(on)), account=acme(curve=curve)), ADA, days.start).pace
        assert pace is not None
        return pace

    @given(every_curve, spans, some_days, cents)
    def test_lm15_day_by_day(self, curve: Curve, days: Period, on: date, target: Decimal) -> None:
        """LM15: expected and projected follow the days that have ended one after the other; nothing is required but per day."""
        weights = [reference.day_weight(curve, day) for day in days_of(days)]
        weights = weights if any(weights) else [Fraction(1)] * days.days
        gone = sum((weight for day, weight in zip(days_of(days), weights, strict=True) if day < on), Fraction(0))
        whole, left = sum(weights, Fraction(0)), sum(day >= on for day in days_of(days))
        pace = self.pace(curve, days, on, target)
        assert abs(Fraction(pace.expected) - Fraction(target) * gone / whole) <= Fraction(target) / 10**33
        assert (pace.status is None) is (pace.projected is None) is (gone == 0 or target == 0)
        if pace.projected is not None:
            assert abs(Fraction(pace.projected) - 5 * whole / gone) <= 5 * whole / gone / 10**33
            ahead, on_track = (Fraction(target) * gone / whole * Fraction(share) <= 5 for share in (1, "0.9"))
            assert pace.status == ("ahead" if ahead else "on_track" if on_track else "behind")
        assert (pace.required_per_day is None) is (left == 0)
        if pace.required_per_day is not None:
            required = (5 - Fraction(target)) / left
            assert abs(Fraction(pace.required_per_day) + required) <= abs(required) / 10**33

    @given(every_curve, spans, cents, st.integers(0, 30))
    def test_lm15_expected_grows_from_nothing_to_the_target(
        self, curve: Curve, days: Period, target: Decimal, late: int
    ) -> None:
        """LM15: nothing is expected before a day has ended, never less on a later day, and exactly the target from the end on."""
        expected = [self.pace(curve, days, day, target).expected for day in (*days_of(days), days.end)]
        assert expected == sorted(expected)
        assert (expected[0], expected[-1]) == (0, target)
        assert self.pace(curve, days, days.end + DAY * late, target).expected == target
        assert self.pace(curve, days, days.start - DAY * late, target).expected == 0

    @given(spans, some_days, cents)
    def test_lm15_all_weekdays_are_every_day(self, days: Period, on: date, target: Decimal) -> None:
        """LM15: whoever works on all days, or gives every day one weight, has the pace of a straight line."""
        straight = self.pace(EveryDay(), days, on, target)
        for curve in (WorkingDays(range(7)), DayWeights(dict.fromkeys(days_of(days), "0.3")), DayWeights({days: 7})):
            assert self.pace(curve, days, on, target) == straight


class TestShapes:
    """Last year on this year's days."""

    @given(years_of(several), st.data(), some_days, st.integers(-7, 7))
    def test_lm16_slices_go_to_slices(self, past: Partition, data: st.DataObject, start: date, longer: int) -> None:
        """LM16: with as many slices, each weighs exactly what the one of its number came to."""
        came_to = data.draw(st.lists(cents, min_size=len(past), max_size=len(past)))
        length = max(past.span.days + longer, len(past))
        slices = data.draw(years_of(st.just(len(past)), st.just(start), st.just(length)))
        shape = shape_of(dict(zip(past, came_to, strict=True)), slices)
        assert [shape.weight(part) for part in slices] == [Fraction(amount) for amount in came_to]

    @given(years_of(several), st.data(), some_days, st.integers(-7, 7))
    def test_lm16_the_share_of_the_year(self, past: Partition, data: st.DataObject, start: date, longer: int) -> None:
        """LM16: with more or fewer, what lies before a share of the old year lies before the same share of the new one."""
        length = max(past.span.days + longer, 1)
        ahead = data.draw(years_of(several, st.just(start), st.just(length)))
        assume(len(past) != len(ahead))
        came_to = data.draw(st.lists(cents, min_size=len(past), max_size=len(past)))
        shape = shape_of(dict(zip(past, came_to, strict=True)), ahead)
        first, reached = past.span.start.toordinal(), Fraction(0)
        for part in ahead:
            reached += shape.weight(part)
            day = first + Fraction((part.end - start).days, length) * past.span.days
            gone = [min(max((day - old.start.toordinal()) / old.days, Fraction(0)), Fraction(1)) for old in past]
            assert reached == sum(Fraction(amount) * share for amount, share in zip(came_to, gone, strict=True))
        assert shape.weight(ahead.span) == sum(map(Fraction, came_to))
