"""The engine and the second implementation asked the same of one world, and their answers put into the same words."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

from attrs import evolve

from quota_engine import (
    Batch,
    Calculation,
    CrmEvent,
    Goal,
    Period,
    Progress,
    Roster,
    Tallies,
    Total,
    User,
    Work,
    calculate,
    plan,
)
from quota_engine.testing.strategies import World
from tests import reference
from tests.reference import Reference, reference_progress


def engine_says(
    world: World, events: Iterable[CrmEvent | Batch] | Tallies | None = None, *, by_day: bool = False
) -> Calculation:
    """Return what the engine makes of a world; of other records in it, where they are given."""
    return calculate(
        world.goals,
        world.events if events is None else events,
        account=world.account,
        as_of=world.as_of,
        roster=world.roster,
        known_at=world.known_at,
        rates=world.rates,
        splits=world.splits,
        by_day=by_day,
    )


def plan_of(world: World) -> Work:
    """Return the goals of a world, compiled."""
    return plan(
        world.goals,
        account=world.account,
        as_of=world.as_of,
        roster=world.roster,
        known_at=world.known_at,
        rates=world.rates,
        splits=world.splits,
    )


def reference_says(world: World) -> Reference:
    """Return what the second implementation makes of a world."""
    return reference_progress(
        world.goals,
        world.events,
        account=world.account,
        as_of=world.as_of,
        roster=world.roster,
        known_at=world.known_at,
        rates=world.rates,
        splits=world.splits,
    )


def reference_slice(world: World, goal: Goal, part: Period) -> reference.Slice:
    """Return one slice of a goal as the second implementation sees it."""
    return reference.ruled(reference_world(world), goal, part)


def reference_world(world: World) -> reference.World:
    """Return a world as the second implementation takes it."""
    return reference.World(
        world.events,
        world.account,
        reference.utc(world.as_of),
        reference.utc(world.as_of if world.known_at is None else world.known_at),
        world.roster,
        world.rates,
        world.splits,
    )


def totals_of(world: World, result: Calculation) -> list[Total]:
    """Return the totals of all goals of a world, in every slice."""
    return [result.total(goal.id, on=part.start) for goal in world.goals for part in goal.slices]


def calm(world: World) -> World:
    """Return the world as one in which nothing freezes, nobody is ever away, all that is recorded is known, and splits stay."""
    roster = world.roster
    return evolve(
        world,
        goals=tuple(evolve(goal, closing=evolve(goal.closing, policy="restate")) for goal in world.goals),
        roster=roster and Roster([User(user.id) for user in roster.users], roster.teams, roster.memberships),
        known_at=max([world.as_of, *(event.recorded_at for event in world.events)], key=reference.utc),
        splits=world.splits and evolve(world.splits, recorded=()),
    )


def attained_in(result: Calculation) -> list[tuple[Decimal | None, int]]:
    """Return what every row has attained in every slice, and how many records counted."""
    return [(cell.attained, cell.counted) for cell in result]


def exactly(number: Decimal | None) -> Fraction | None:
    """Return a number of the engine's as a fraction."""
    return None if number is None else Fraction(number)


def shown(number: Fraction | None) -> Fraction | None:
    """Return a number as the engine may give it: as it is where its decimals end, else as a quotient."""
    if number is None:
        return None
    rest = number.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return number if rest == 1 else quotient(number)


def quotient(number: Fraction | None) -> Fraction | None:
    """Return a number to 34 significant digits, half even (rule P2)."""
    if number is None:
        return None
    context = Context(prec=34, rounding=ROUND_HALF_EVEN)
    return Fraction(context.divide(Decimal(number.numerator), Decimal(number.denominator)))


def share(number: Fraction | None) -> Fraction | None:
    """Return an attainment as a quotient; one that falls short of the whole is never rounded up to it (rule P2)."""
    rounded = quotient(number)
    is_nearly_whole = number is not None and rounded is not None and number < 1 <= rounded
    return 1 - Fraction(1, 10**34) if is_nearly_whole else rounded


def engine_findings(result: Calculation, *kinds: str) -> set[tuple[str, str | None, Period | None]]:
    """Return which goals and slices the engine's findings of some kinds name."""
    return {(str(found.kind), found.goal_id, found.slice) for found in result.findings if found.kind in kinds}


def expected_findings(answer: Reference, *kinds: str) -> set[tuple[str, str | None, Period | None]]:
    """Return which goals and slices the reference's findings of some kinds name."""
    return {found for found in answer.findings if found[0] in kinds}


def engine_cell(cell: Progress) -> reference.Cell:
    """Return a cell of the engine's in the words of the reference."""
    pace = None
    if cell.pace is not None:
        pace = reference.Pace(
            expected=Fraction(cell.pace.expected),
            status=cell.pace.status and str(cell.pace.status),
            projected=exactly(cell.pace.projected),
            required_per_day=exactly(cell.pace.required_per_day),
        )
    return reference.Cell(
        goal_id=cell.goal_id,
        contributor=cell.contributor,
        slice=cell.slice,
        target=exactly(cell.target),
        attained=exactly(cell.attained),
        counted=cell.counted,
        status=cell.status and str(cell.status),
        remaining=exactly(cell.remaining),
        attainment=exactly(cell.attainment),
        pace=pace,
        frozen_at=cell.frozen_at,
        restated=cell.restated,
    )


def expected_cell(cell: reference.Cell) -> reference.Cell:
    """Return a cell of the reference with its quotients as the engine may give them."""
    pace = None
    if cell.pace is not None:
        pace = reference.Pace(
            expected=shown(cell.pace.expected) or Fraction(0),
            status=cell.pace.status,
            projected=shown(cell.pace.projected),
            required_per_day=shown(cell.pace.required_per_day),
        )
    return reference.Cell(
        goal_id=cell.goal_id,
        contributor=cell.contributor,
        slice=cell.slice,
        target=cell.target,
        attained=shown(cell.attained),
        counted=cell.counted,
        status=cell.status,
        remaining=shown(cell.remaining),
        attainment=share(cell.attainment),
        pace=pace,
        frozen_at=cell.frozen_at,
        restated=cell.restated,
    )


def engine_total(total: Total) -> reference.Total:
    """Return a total of the engine's in the words of the reference."""
    return reference.Total(total.goal_id, total.slice, exactly(total.target), exactly(total.attained), total.counted)


def expected_total(total: reference.Total) -> reference.Total:
    """Return a total of the reference with its quotient as the engine may give it."""
    return reference.Total(total.goal_id, total.slice, total.target, shown(total.attained), total.counted)
