"""The engine and the second implementation, side by side on random worlds: they must not differ in a single figure."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

import pytest
import reference
from hypothesis import given
from reference import Reference, reference_progress

from quota_engine.errors import MissingRate
from quota_engine.progress import Calculation, Progress, calculate
from quota_engine.testing.strategies import World, worlds


def engine_says(world: World) -> Calculation:
    """What the engine makes of a world."""
    return calculate(
        world.goals,
        world.events,
        account=world.account,
        as_of=world.as_of,
        roster=world.roster,
        known_at=world.known_at,
        rates=world.rates,
    )


def reference_says(world: World) -> Reference:
    """What the second implementation makes of a world."""
    return reference_progress(
        world.goals,
        world.events,
        account=world.account,
        as_of=world.as_of,
        roster=world.roster,
        known_at=world.known_at,
        rates=world.rates,
    )


def shown(number: Fraction | None) -> Fraction | None:
    """A number as the engine may give it: exactly where its decimals end, else to 34 significant digits, half even (rule P2)."""
    if number is None:
        return None
    rest = number.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest == 1:
        return number
    context = Context(prec=34, rounding=ROUND_HALF_EVEN)
    return Fraction(context.divide(Decimal(number.numerator), Decimal(number.denominator)))


def exactly(number: Decimal | None) -> Fraction | None:
    """A number of the engine's as a fraction."""
    return None if number is None else Fraction(number)


def pace_of(cell: Progress) -> reference.Pace | None:
    """The engine's pace in the words of the reference."""
    if cell.pace is None:
        return None
    return reference.Pace(
        expected=Fraction(cell.pace.expected),
        status=None if cell.pace.status is None else str(cell.pace.status),
        projected=exactly(cell.pace.projected),
        required_per_day=exactly(cell.pace.required_per_day),
    )


def shown_pace(pace: reference.Pace | None) -> reference.Pace | None:
    """The pace of the reference as the engine may give it."""
    if pace is None:
        return None
    expected = shown(pace.expected)
    assert expected is not None
    return reference.Pace(expected, pace.status, shown(pace.projected), shown(pace.required_per_day))


def cell_of(cell: Progress) -> reference.Cell:
    """A cell of the engine's in the words of the reference."""
    return reference.Cell(
        goal_id=cell.goal_id,
        contributor=cell.contributor,
        slice=cell.slice,
        target=exactly(cell.target),
        attained=exactly(cell.attained),
        counted=cell.counted,
        status=None if cell.status is None else str(cell.status),
        remaining=exactly(cell.remaining),
        attainment=exactly(cell.attainment),
        pace=pace_of(cell),
        frozen_at=cell.frozen_at,
        restated=cell.restated,
    )


def shown_cell(cell: reference.Cell) -> reference.Cell:
    """A cell of the reference as the engine may give it."""
    return reference.Cell(
        goal_id=cell.goal_id,
        contributor=cell.contributor,
        slice=cell.slice,
        target=cell.target,
        attained=shown(cell.attained),
        counted=cell.counted,
        status=cell.status,
        remaining=shown(cell.remaining),
        attainment=shown(cell.attainment),
        pace=shown_pace(cell.pace),
        frozen_at=cell.frozen_at,
        restated=cell.restated,
    )


@given(worlds())
def test_every_cell_equals_the_reference(world: World) -> None:
    """Target, attained, attainment, remaining, counted, status, pace, frozen_at and restated of every row and slice are right."""
    cells = [cell_of(cell) for cell in engine_says(world)]

    assert cells == [shown_cell(cell) for cell in reference_says(world).cells]


@given(worlds())
def test_every_total_equals_the_reference(world: World) -> None:
    """A total counts each record once, over what the rows with a target count (rule C4)."""
    result = engine_says(world)

    for expected in reference_says(world).totals:
        found = result.total(expected.goal_id, on=expected.slice.start)
        assert found.slice == expected.slice
        assert (exactly(found.target), exactly(found.attained), found.counted) == (
            expected.target,
            shown(expected.attained),
            expected.counted,
        )


@given(worlds(missing="refuse"))
def test_a_missing_rate_is_refused_for_every_such_record_at_once(world: World) -> None:
    """In an open slice a record without a rate stops the calculation, and the error names every such record (rule M4)."""
    expected = reference_says(world)

    if expected.refused:
        with pytest.raises(MissingRate) as caught:
            engine_says(world)
        assert set(caught.value.records) == expected.refused
    else:
        assert [cell_of(cell) for cell in engine_says(world)] == [shown_cell(cell) for cell in expected.cells]
