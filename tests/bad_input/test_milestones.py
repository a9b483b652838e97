"""Marks that no target has, more marks than anyone reads, and amounts that do not divide. Rows of `milestone_allocation`.

What fires, and what is told again, is the tracker's to decide.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from functools import partial

import pytest

from quota_engine import Assignment, Milestone, Status, amounts
from quota_engine.errors import TooLarge
from tests.acme import ADA, JULY, calculated, cell, deal, promise
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
    """MIL-01: a mark of nothing, below nothing, of no number or beyond the cap."""
    refuses(partial(Milestone.percent, mark), code, "mark", expected)


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
