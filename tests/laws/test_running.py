"""Laws of running sums: the day on which a mark was met is the first at whose end everything so far comes to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from quota_engine import Assignment, Batch, CrmEvent, Goal, Period, RunningSum, calculate, merge, tally
from quota_engine.testing.strategies import World, edge_worlds, worlds
from tests import reference
from tests.acme import ADA, acme, at, deal, promise
from tests.laws.given import by_object, columns_of, singled
from tests.side_by_side import engine_says, plan_of, reference_slice

PERCENTS = [Decimal(percent) for percent in ("0.000000000000000001", "1", "33.3", "50", "90", "100", "100.01", "1000")]

july_days = st.integers(1, 30)


def additions(world: World, goal: Goal, row: Assignment, part: Period) -> list[tuple[date, Fraction]]:
    """Return what a row counts in a slice, by the second implementation: a day and an amount for each record."""
    here = reference_slice(world, goal, part)
    counting, found = here.counting(row), list[tuple[date, Fraction]]()
    for record, (version, amount) in counting.records.items():
        worth = reference.worth_of(version, goal.measure, here.zone)
        assert worth is not None
        is_count = goal.measure.aggregate == "count"
        found.append((worth.day, Fraction(1) if is_count else (amount or Fraction(0)) * counting.shares[record]))
    return found


def first_day(added: list[tuple[date, Fraction]], mark: Fraction) -> date | None:
    """Return the first day at whose end all that was added so far comes to a mark."""
    days = sorted({day for day, _ in added})
    return next((day for day in days if sum(amount for when, amount in added if when <= day) >= mark), None)


def cells_of(world: World) -> Iterator[tuple[Decimal | None, list[tuple[date, Fraction]]]]:
    """Return the target of every cell that marks can be met in, and what was added to it; None where there are no marks."""
    for goal in world.goals:
        has_marks = goal.measure.aggregate in {"sum", "count"} and goal.measure.direction == "higher"
        for row in goal.assignments:
            for part, target in zip(goal.slices, row.cells, strict=True):
                yield target if has_marks and target else None, additions(world, goal, row, part)


def met_exactly(world: World) -> Iterator[Decimal]:
    """Return percents of targets that are met to the last digit at the end of some day."""
    for target, added in cells_of(world):
        for day, _ in added if target is not None else ():
            percent = sum((amount for when, amount in added if when <= day), Fraction(0)) * 100 / Fraction(target or 1)
            units = percent * 10**18
            if 0 < percent <= 1000 and units.denominator == 1:
                yield Decimal(f"{units.numerator}E-18")


@given(st.data(), worlds() | edge_worlds())
def test_ln9_days_met_are_the_first_in_every_cell(data: st.DataObject, world: World) -> None:
    """LN9: for every row and slice, by the records that the second implementation counts, however marks and records are given."""
    some = st.sampled_from([*PERCENTS, *met_exactly(world)])
    percents = data.draw(st.lists(some, min_size=1, max_size=4))
    wanted = [
        tuple(None if target is None else first_day(added, Fraction(target) * Fraction(p) / 100) for p in percents)
        for target, added in cells_of(world)
    ]

    assert engine_says(world, by_day=True).days_met(*percents) == wanted

    halves = [tally(plan_of(world), world.events[start::2], by_day=True) for start in (0, 1)]
    assert engine_says(world, merge(*halves)).days_met(*percents) == wanted


@given(st.data(), worlds() | edge_worlds())
def test_ln9_days_met_are_those_of_columns(data: st.DataObject, world: World) -> None:
    """LN9, for records in columns, in one batch or in several: they meet their marks on the days on which they do as events."""
    events = singled(world.events)
    batches: list[CrmEvent | Batch] = [
        data.draw(columns_of(part))
        for of_object in by_object(events)
        for part in (of_object[::2], of_object[1::2])
        if part
    ]
    found = engine_says(world, batches, by_day=True)

    assert found.days_met(*PERCENTS) == engine_says(world, events, by_day=True).days_met(*PERCENTS)
    assert list(found) == list(engine_says(world, batches))


@given(st.lists(st.tuples(july_days, july_days), min_size=1, max_size=4))
def test_ln9_corrections_that_come_too_late_move_no_day(days: list[tuple[int, int]]) -> None:
    """LN9, for deals of which another day is told after the slice has frozen: the day is that of the version that counts."""
    events = [
        deal(f"d{place}", "100", closed=f"2025-07-{day:02}", recorded=recorded, version=version)
        for place, pair in enumerate(days)
        for version, (day, recorded) in enumerate(zip(pair, ("2025-07-30", "2025-08-02"), strict=True))
    ]
    goal = promise(ADA, target=str(100 * len(days)))
    july = calculate([goal], events, account=acme(), as_of=at("2025-08-10"), by_day=True).days_met(100)[6]

    assert july == (date(2025, 7, max(day for day, _ in days)),)


@given(st.lists(st.tuples(st.integers(1, 3), st.sampled_from([100, 60, -60, -100])), min_size=1, max_size=6))
def test_ln9_refunds_of_the_same_day_count(amounts: list[tuple[int, int]]) -> None:
    """LN9, for deals and refunds of few days: what is met at noon and not at the end of the day is not met on it."""
    events = [
        deal(f"d{place}", amount, closed=f"2025-07-0{day}", recorded="2025-07-10")
        for place, (day, amount) in enumerate(amounts)
    ]
    found = calculate([promise(ADA, target="100")], events, account=acme(), as_of=at("2025-08-10"), by_day=True)
    added = [(date(2025, 7, day), Fraction(amount)) for day, amount in amounts]

    assert found.days_met(50, 100, 150)[6] == tuple(first_day(added, Fraction(mark)) for mark in (50, 100, 150))


@given(st.lists(st.tuples(st.dates(date(2025, 7, 1), date(2025, 7, 9)), st.integers(-3, 6) | st.fractions(-2, 2))))
def test_ln9_running_sums_of_whole_numbers_and_of_others(counted: list[tuple[date, int | Fraction]]) -> None:
    """LN9, for pairs: one running sum, asked for many marks, says of each what the sum of all days up to then says."""
    run = RunningSum(counted)
    added = [(day, Fraction(amount)) for day, amount in counted]
    for mark in (-2, 0, Fraction(1, 2), Decimal("1.5"), 1, 4, 9):
        assert run.reached_on(mark) == first_day(added, Fraction(mark))
        above = [sum((amount for when, amount in added if when <= day), Fraction(0)) for day, _ in added]
        assert (run.reached_on(mark, beyond=True) is None) == all(total <= mark for total in above)
