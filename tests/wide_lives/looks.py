"""What is looked at after a refresh, and between two: everything that a tracker says, beside what is reckoned from scratch."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from random import Random

from attrs import evolve

from quota_engine import (
    HOST,
    Calculation,
    Contributor,
    Explanation,
    Goal,
    MilestoneReached,
    MissingRate,
    Period,
    Progress,
    ProgressTracker,
    Refresh,
    calculate,
)
from quota_engine.findings import Finding
from tests.simulation.oracle import ON_THEIR_OWN, Basis, Cell, Shown, gone_in, reference_differs, retargeted, shown_of
from tests.simulation.simulation import cell_of, difference
from tests.wide_lives.worlds import States, World

_NEARLY = Fraction(1, 10**20)


@dataclass(frozen=True)
class Expected:
    """What figures must be.

    Attributes:
        basis: what they depend on.
        known_at: what was recorded later does not exist for them.
        states: what each goal has been by then.
        result: what the calculator makes of it.
        aimed: the cells of each goal whose target is not the one that they had when their slice ended.
        shown: what everybody is shown.
    """

    basis: Basis
    known_at: datetime
    states: States
    result: Calculation
    aimed: Mapping[str, Collection[Cell]]
    shown: Shown

    @classmethod
    def of(cls, world: World, as_of: datetime, known_at: datetime, goal_ids: Collection[str] | None = None) -> Expected:
        """Return what figures of some goals, or of all, must be as of a moment.

        Raises:
            MissingRate: they must be refused.
        """
        basis, states = world.basis(as_of, known_at, goal_ids), world.states(known_at)
        result = calculate(
            basis.goals,
            basis.events,
            account=basis.account,
            as_of=as_of,
            known_at=known_at,
            roster=basis.roster,
            rates=basis.rates,
            splits=basis.splits,
        )
        aimed: dict[str, list[Cell]] = {}
        for goal in basis.goals:
            ended = {part for part, end in zip(goal.slices, goal.timetable.ends, strict=True) if end <= as_of}
            aimed[goal.id] = [cell for cell in retargeted(states[goal.id]) if cell[1] in ended]
        return cls(basis, known_at, states, result, aimed, shown_of(result, aimed))

    def cell(self, goal_id: str, contributor: Contributor, part: Period) -> Progress:
        """Return one figure."""
        found = self.result.of(goal_id, contributor, on=part.start)
        return evolve(found, restated=True) if (contributor, part) in self.aimed[goal_id] else found


def figures(expected: Expected, trackers: Sequence[ProgressTracker], world: World) -> Iterator[str]:
    """Yield where what is shown is not what everything at once gives."""
    wanted = expected.shown.without(world.deleted())
    for tracker in trackers:
        shown = shown_of(tracker.progress(actor=HOST, as_of=world.now)).without(world.deleted())
        if shown != wanted:
            yield f"LE3: what is shown is not what everything at once gives:\n{difference(wanted, shown)}"


def second_opinion(expected: Expected) -> Iterator[str]:
    """Yield where the second implementation says something else."""
    yield from reference_differs(
        expected.basis, {each: [*cells] for each, cells in expected.aimed.items()}, expected.shown
    )


def findings(expected: Expected, refresh: Refresh) -> Iterator[str]:
    """Yield which findings a refresh tells without need, or keeps to itself."""

    def lasting(found: Sequence[Finding]) -> set[Finding]:
        return {each for each in found if each.kind not in ON_THEIR_OWN}

    for each in lasting(refresh.findings) ^ lasting(expected.result.findings):
        yield f"findings: {each} is {'told' if each in refresh.findings else 'not told'}"


def read(expected: Expected, world: World) -> Iterator[str]:
    """Yield what was not read, and which records are, or are not, held to be gone."""
    kinds = {goal.measure.object for goal in expected.basis.goals}
    yield from world.source.skipped(kinds)
    gone, held = world.source.gone(kinds), {record for record in gone_in(world.kept()) if record[0] in kinds}
    if gone != held:
        yield f"vanished are {sorted(held)}, expected {sorted(gone)}"


def facts(expected: Sequence[MilestoneReached], reached: Sequence[MilestoneReached]) -> Iterator[str]:
    """Yield which milestones are reached, or said to be, and should not, and what is said of them that is not so."""
    keys, told = [fact.key for fact in expected], [fact.key for fact in reached]
    if keys != told:
        yield f"N2: missing {sorted({*keys} - {*told})}, too many {sorted({*told} - {*keys})}, told {told}"
        return
    for one, other in zip(expected, reached, strict=True):
        if evolve(other, revision=0) != one:
            yield f"N2: the fact is {other}, expected {one}"


def outbox(rng: Random, trackers: Sequence[ProgressTracker], waiting: Sequence[str], now: datetime) -> Iterator[str]:
    """Yield what is amiss with the outbox, read in pages of any size by any process."""
    told: list[str] = []
    after, more = None, True
    while more:
        page = rng.choice(trackers).outbox(as_of=now, after=after, limit=rng.choice((1, 5, 100)))
        told += [notice.reached.key for notice in page.items]
        after, more = page.cursor, page.more
    if told != [*waiting]:
        yield f"N2: the outbox has {told}, expected {waiting}"


def calculated(tracker: ProgressTracker, world: World, as_of: datetime, known_at: datetime) -> Iterator[str]:
    """Yield where the tracker reckons otherwise than from scratch, for some goals, now or in the past."""
    rng = world.rng
    goals = world.basis(as_of, known_at).goals
    if not goals:
        return
    chosen = [goal.id for goal in rng.sample(goals, rng.choice((1, len(goals))))]
    asked = f"as of {as_of}, known at {known_at}, of {chosen}"
    try:
        expected = Expected.of(world, as_of, known_at, chosen)
    except MissingRate as error:
        yield from _refused(tracker, error, chosen, as_of, known_at)
        return
    try:
        found = tracker.calculate(*chosen, actor=HOST, as_of=as_of, known_at=known_at)
    except MissingRate as error:
        yield f"M4: {error.records} are refused without need, {asked}"
        return
    wanted = {cell_of(each): each for each in expected.shown.cells}
    for each in shown_of(found).cells:
        if each != wanted[cell_of(each)]:
            yield f"LE3: calculated {asked}: {each},\nexpected {wanted[cell_of(each)]}"
    yield from receipts(tracker, expected, rng)


def _refused(
    tracker: ProgressTracker, expected: MissingRate, chosen: Sequence[str], as_of: datetime, known_at: datetime
) -> Iterator[str]:
    try:
        tracker.calculate(*chosen, actor=HOST, as_of=as_of, known_at=known_at)
    except MissingRate as error:
        if set(error.records) != set(expected.records):
            yield f"M4: {error.records} lack a rate, expected {expected.records}"
        return
    yield f"M4: {expected.records} lack a rate, and are not refused"


def receipts(tracker: ProgressTracker, expected: Expected, rng: Random, *, is_figured: bool = False) -> Iterator[str]:
    """Yield where the receipt of some figure is not what was reckoned; is_figured: also that of the last refresh."""
    goal = rng.choice(expected.basis.goals)
    if not goal.assignments:
        return
    contributor, part = rng.choice(goal.assignments).contributor, rng.choice(goal.slices.periods)
    as_of, known_at = expected.basis.as_of, expected.known_at
    asked = [tracker.explain(goal.id, contributor, on=part.start, actor=HOST, as_of=as_of, known_at=known_at)]
    if is_figured:
        asked.append(tracker.explain(goal.id, contributor, on=part.start, actor=HOST))
    for receipt in asked:
        yield from _receipt_differs(receipt, expected.cell(goal.id, contributor, part), goal)


def _receipt_differs(receipt: Explanation, figure: Progress, goal: Goal) -> Iterator[str]:
    if receipt.progress != figure:
        yield f"P10: the receipt is of {receipt.progress},\nexpected {figure}"
    if len(receipt.counted) != figure.counted:
        yield f"P10: {len(receipt.counted)} records count, expected {figure.counted}: {figure}"
    if goal.measure.aggregate in {"sum", "count"}:
        added = sum((Fraction(line.credited or 0) for line in receipt.counted), Fraction(0))
        if abs(added - Fraction(figure.attained or 0)) > _NEARLY:
            yield f"P10: the records come to {added}, expected {figure}"
