"""Marks that no target has, more marks than anyone reads, and amounts that do not divide. Rows of `milestone_allocation`.

What is recorded, and delivered once more after a failure, is the tracker's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import partial

import pytest
from attrs import evolve

from quota_engine import Assignment, Goal, Milestone, MilestoneReached, Status, amounts, judge
from quota_engine.errors import TooLarge
from tests.acme import ADA, JULY, at, calculated, cell, deal, promise
from tests.bad_input.doors import planned
from tests.refusals import bounded, refuses


@pytest.mark.parametrize(
    ("mark", "code", "expected"),
    [
        (0, "out_of_range", "more than 0 and at most 1000"),
        (-5, "out_of_range", "more than 0 and at most 1000"),
        (Decimal("NaN"), "non_finite", "a finite amount"),
        (100_000, "out_of_range", "more than 0 and at most 1000"),
    ],
)
def test_mil_01_marks_that_no_target_has(mark: Decimal | int, code: str, expected: str) -> None:
    """MIL-01: a mark of nothing, below nothing, of no number or beyond the cap; ticked, or asked for its day."""
    refuses(partial(Milestone.percent, mark), code, "mark", expected)
    refuses(partial(calculated(marked(), by_day=True).days_met, 50, mark), code, "percents[1]", expected)


def test_mil_03_more_marks_than_anyone_reads() -> None:
    """MIL-03: ten thousand marks are refused as soon as there are too many, on a row and on a goal."""
    read: list[int] = []

    def marks() -> Iterator[Milestone]:
        for number in range(1, 10_001):
            read.append(number)
            yield Milestone.percent(Decimal(number) / 10)

    for door in (lambda: Assignment(ADA, milestones=marks()), lambda: planned(milestones=marks())):
        read.clear()
        with bounded(seconds=1, mebibytes=16):
            refuses(door, "too_large", "milestones", "at most 1000", kind=TooLarge)
        assert len(read) == 1_001


def told(goal: Goal, amount: str | int, revision: int, recorded: Sequence[str] = ()) -> tuple[MilestoneReached, ...]:
    """Return what a refresh finds reached in July by one deal."""
    progress = cell(calculated(goal, deal("d1", amount)), ADA, JULY)
    return judge(goal, progress, target_version=1, has=recorded.__contains__, as_of=at("2025-07-20"), revision=revision)


def marked(*percents: int | str, target: str = "1000") -> Goal:
    """Return Ada's goal with some marks."""
    return evolve(promise(ADA, target=target), milestones=map(Milestone.percent, percents))


def test_mil_04_from_nothing_beyond_the_target() -> None:
    """MIL-04: one deal of 120 %: 25, 50, 75 and 100 each once, ascending, by one refresh."""
    goal = marked(100, 25, 75, 50, 25)
    assert told(goal, 0, 1) == ()
    facts = told(goal, 1200, 2)
    assert [fact.milestone.mark for fact in facts] == [25, 50, 75, 100]
    assert {fact.revision for fact in facts} == {2}
    assert told(goal, 1200, 3, [fact.key for fact in facts]) == ()


def test_mil_05_to_and_fro_about_a_mark() -> None:
    """MIL-05: 60 %, 40 %, 60 %: half is told once."""
    goal = marked(50)
    recorded: list[str] = []
    for revision, amount in enumerate((600, 400, 600), 1):
        recorded += [fact.key for fact in told(goal, amount, revision, recorded)]
    assert len(recorded) == 1


@pytest.mark.parametrize(
    ("amount", "target", "mark", "is_told"),
    [
        ("50.00", "100.00", "50", True),
        ("49.99", "100.00", "50", False),
        ("1", "3", "33.333333333333333333", True),
        ("0.999999999999999999", "3", "33.333333333333333333", False),
        ("33.33", "33.33", "100", True),
        ("9999999999999999999999999999.99", "10000000000000000000000000000", "100", False),
    ],
)
def test_mil_06_told_exactly_on_the_mark(amount: str, target: str, mark: str, is_told: bool) -> None:  # noqa: FBT001 - a table
    """MIL-06: fifty of a hundred is told at 50 %, a cent less is not; thirds are compared without dividing."""
    assert bool(told(marked(mark, target=target), amount, 1)) is is_told


@pytest.mark.parametrize(
    ("amount", "target", "attainment", "status"),
    [
        ("50.00", "100.00", Decimal("0.5"), Status.IN_PROGRESS),
        ("33.33", "33.33", Decimal(1), Status.ACHIEVED),
        ("0.3333333333333333", "0.3333333333333333", Decimal(1), Status.ACHIEVED),
        ("33.32", "33.33", None, Status.IN_PROGRESS),
        ("9999999999999999999999999999.99", "10000000000000000000000000000", None, Status.IN_PROGRESS),
    ],
)
def test_mil_06_exactly_on_the_mark(amount: str, target: str, attainment: Decimal | None, status: Status) -> None:
    """MIL-06: what a mark will be decided on is exact: equality reaches it, and the finest shortfall does not."""
    found = cell(calculated(promise(Assignment(ADA, [target] * 12)), deal("d1", amount)), ADA, JULY)
    assert found.status is status
    assert found.attained == Decimal(amount)
    assert found.attainment is not None
    assert found.attainment == attainment if attainment is not None else found.attainment < 1


@pytest.mark.parametrize(
    ("whole", "parts", "places"), [("0.01", 12, 2), ("100", 3, 0), ("-0.01", 12, 2), ("100", 7, 2)]
)
def test_mil_09_amounts_that_do_not_divide(whole: str, parts: int, places: int) -> None:
    """MIL-09: a cent over twelve months, a hundred yen over three: the sum is exact, parts differ by at most one coin."""
    found = amounts.split(Decimal(whole), [Decimal(1)] * parts, places=places)
    assert sum(map(Fraction, found)) == Fraction(whole)
    assert max(found) - min(found) <= Decimal((0, (1,), -places))
