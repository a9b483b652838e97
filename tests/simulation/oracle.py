"""What must be true of a tracker, reckoned from all that was delivered and from all that goals have been, each time anew."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from attrs import evolve

from quota_engine import (
    Account,
    Calculation,
    Change,
    Contributor,
    CrmEvent,
    Goal,
    MilestoneReached,
    Period,
    Progress,
    Rates,
    Roster,
    Splits,
    Total,
    calculate,
    explain,
    judge,
)
from quota_engine.findings import Finding
from quota_engine.tracking.codec import Version as Kept
from quota_engine.versions import edited_versions, target_versions
from tests.reference import reference_progress
from tests.side_by_side import engine_cell, engine_total, expected_cell, expected_total
from tests.simulation.crm import Given, Run, Source, Version, latest, records_of

Cell = tuple[Contributor, Period]
# Vanished and contradicting records are checked apart. Who is unknown is said of the roster as it is when it is asked.
ON_THEIR_OWN: Final = frozenset({"duplicate", "vanished", "conflict", "unknown_contributor"})


@dataclass(frozen=True)
class Shown:
    """What everybody is shown until the next refresh."""

    as_of: datetime
    cells: tuple[Progress, ...]
    totals: tuple[Total, ...]
    findings: tuple[Finding, ...]

    def without(self, goal_ids: Iterable[str]) -> Shown:
        """Return the same without some goals."""
        gone = set(goal_ids)
        return replace(
            self,
            cells=tuple(cell for cell in self.cells if cell.goal_id not in gone),
            totals=tuple(total for total in self.totals if total.goal_id not in gone),
            findings=tuple(found for found in self.findings if found.goal_id not in gone),
        )


def shown_of(result: Calculation, aimed: Mapping[str, Collection[Cell]] | None = None) -> Shown:
    """Return what a result shows, with the cells marked as restated that were aimed at anew after their end."""
    totals = tuple(result.total(goal.id, on=part.start) for goal in result.goals for part in goal.slices)
    findings = tuple(found for found in result.findings if found.kind not in ON_THEIR_OWN)
    late = {(goal_id, *cell) for goal_id, cells in (aimed or {}).items() for cell in cells}
    cells = tuple(
        evolve(each, restated=True) if (each.goal_id, each.contributor, each.slice) in late else each for each in result
    )
    return Shown(result.as_of, cells, totals, findings)


@dataclass(frozen=True, kw_only=True)
class Basis:
    """What the figures of a refresh depend on."""

    account: Account
    goals: tuple[Goal, ...]
    events: tuple[CrmEvent, ...]
    roster: Roster
    rates: Rates | None
    splits: Splits | None
    as_of: datetime

    def result(self) -> Calculation:
        """Return what the calculator makes of it."""
        return calculate(
            self.goals,
            self.events,
            account=self.account,
            as_of=self.as_of,
            roster=self.roster,
            rates=self.rates,
            splits=self.splits,
        )

    def dated(self, fact: MilestoneReached, goal: Goal) -> MilestoneReached:
        """Return a fact with the day on which its mark was met, by the receipt over all that was delivered."""
        if goal.measure.aggregate not in {"sum", "count"} or goal.measure.direction != "higher":
            return fact
        receipt = explain(
            goal,
            fact.contributor,
            on=fact.slice.start,
            events=self.events,
            account=self.account,
            as_of=self.as_of,
            roster=self.roster,
            rates=self.rates,
            splits=self.splits,
        )
        return fact.dated((line.day, line.credited) for line in receipt.counted if line.day is not None)


def states_of(changes: Iterable[Change]) -> dict[str, list[tuple[Goal | None, datetime]]]:
    """Return all that each goal has been."""
    found: dict[str, list[tuple[Goal | None, datetime]]] = {}
    for change in changes:
        found.setdefault(change.goal_id, []).append((change.goal, change.at))
    return found


def standing(states: Mapping[str, Sequence[tuple[Goal | None, datetime]]]) -> tuple[Goal, ...]:
    """Return the goals that there are, by id."""
    return tuple(goal for _, each in sorted(states.items()) if (goal := each[-1][0]) is not None)


def targets_of(goal: Goal) -> dict[Cell, object]:
    """Return what is promised in each cell."""
    return {
        (row.contributor, part): row.cells[number]
        for row in goal.assignments
        for number, part in enumerate(goal.slices.periods)
    }


def retargeted(states: Sequence[tuple[Goal | None, datetime]]) -> list[Cell]:
    """Return the cells whose target is not the one that they had when their slice ended (rule P8)."""
    found: list[Cell] = []
    goal = states[-1][0]
    if goal is None:
        return found
    ends = dict(zip(goal.slices, goal.timetable.ends, strict=True))
    tables = [(targets_of(state), at) for state, at in states if state is not None]
    for cell, target in targets_of(goal).items():
        end = ends[cell[1]]
        before = [table for table, at in tables if at < end]
        after = [table for table, at in tables if at >= end]
        promised = before[-1:] * bool(before and cell in before[-1]) or [each for each in after if cell in each][:1]
        if promised and promised[0][cell] != target:
            found.append(cell)
    return found


@dataclass
class Model:
    """What the simulator knows of the world that the tracker lives in.

    Attributes:
        account: whose it is.
        delivered: the versions that some process has kept, each as it was given last.
        named: those records that were kept of a run.
        recorded: the keys of the facts that must have been recorded.
        told: by key, how often a fact was told.
        acknowledged: the keys that were taken out of the outbox.
        frozen: what frozen cells came to, with all that may decide that.
        checks: how many refreshes were checked.
    """

    account: Account
    delivered: dict[Version, CrmEvent] = field(default_factory=dict)
    recorded: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)
    frozen: dict[tuple[object, ...], tuple[datetime, object]] = field(default_factory=dict)
    checks: int = 0

    def keep(self, given: Given) -> None:
        """Take it that a page has been kept."""
        for version, event in given.versions:
            if self.delivered.get(version) != event:
                self.disturb(event.recorded_at)
            self.delivered[version] = event
            given.run.named.add(event.record_id)

    def disturb(self, recorded: datetime | None) -> None:
        """Let what was recorded at some moment, or was always known, change what froze later."""
        self.frozen = {cell: held for cell, held in self.frozen.items() if recorded is not None and held[0] <= recorded}

    def seen_by(self, source: Source) -> Iterator[str]:
        """Yield what a process that has read all of a source does not have."""
        for kind, run in source.last.items():
            ahead = [*run.first, *source.crm.log[kind][run.goes_on_at :]]
            yield from (f"{kind} {each.event.record_id} was skipped" for each in ahead if each not in self.delivered)

    def gone(self, last: Mapping[str, Run]) -> set[tuple[str, str]]:
        """Return the records that were known and are gone without a trace."""
        return {
            record
            for record, event in records_of(self.delivered.values()).items()
            if not event.deleted and record[0] in last and record[1] not in last[record[0]].named
        }

    def facts(
        self, states: Mapping[str, Sequence[tuple[Goal | None, datetime]]], basis: Basis, result: Calculation
    ) -> list[MilestoneReached]:
        """Return the facts that the figures of a refresh record, and note that they are."""
        found: list[MilestoneReached] = []
        goals = {goal.id: goal for goal in result.goals}
        versions: dict[str, tuple[Mapping[Cell, int], Mapping[Cell, int]]] = {}
        for goal_id in goals:
            history = [(goal, at) for goal, at in states[goal_id] if goal is not None]
            versions[goal_id] = target_versions(goal for goal, _ in history), edited_versions(history)
        for progress in result:
            goal, cell = goals[progress.goal_id], (progress.contributor, progress.slice)
            aimed, edited = versions[goal.id]
            found += judge(
                goal,
                progress,
                target_version=aimed[cell],
                edited_version=edited.get(cell),
                has=lambda key: key in self.recorded,
                as_of=result.as_of,
                revision=0,
            )
        self.recorded |= {fact.key for fact in found}
        return [basis.dated(fact, goals[fact.goal_id]) for fact in found]

    def freeze(self, given: Basis, cells: Iterable[Progress]) -> Iterator[str]:
        """Yield the frozen figures that have changed although nothing could change them (laws LF1 and LF3)."""
        goals = {goal.id: goal for goal in given.goals}
        for cell in cells:
            goal = goals[cell.goal_id]
            if cell.frozen_at is None:
                continue
            row = goal.row(cell.contributor)
            key = (goal.id, cell.contributor, cell.slice, row.pipelines, goal.measure, goal.team_credit)
            now = (cell.attained, cell.counted)
            _, before = self.frozen.setdefault(key, (cell.frozen_at, now))
            if before != now:
                yield f"{goal.id} {cell.contributor} {cell.slice} was frozen at {before}, is {now}"


def contradictions_amiss(basis: Basis, findings: Iterable[Finding]) -> Iterator[str]:
    """Yield which records are, or are not, said to contradict themselves though they do not, or do in what holds now.

    Of older versions it may be said or not: which of them can still hold depends on all freezes and absences that there are.
    """
    kinds = {goal.measure.object for goal in basis.goals}
    marks: dict[tuple[str, str], dict[tuple[datetime, int], set[tuple[object, ...]]]] = {}
    for event in basis.events:
        if event.object in kinds and event.recorded_at <= basis.as_of:
            record = marks.setdefault((event.object, event.record_id), {})
            record.setdefault((event.recorded_at, event.version), set()).add((event.deleted, event.content()))
    some = {record[1] for record, held in marks.items() if any(len(said) > 1 for said in held.values())}
    certain = {record[1] for record, held in marks.items() if len(held[max(held)]) > 1}
    told = {record for found in findings if found.kind == "conflict" for record in found.records}
    if not certain <= told <= some:
        yield f"contradictory are {sorted(certain)}, or of old {sorted(some)}, told are {sorted(told)}"


def made_in(records: Iterable[Sequence[Kept]]) -> list[CrmEvent]:
    """Return the versions that the tracker made up for what was gone, or back."""
    return [version.event for versions in records for version in versions if version.is_made]


def gone_in(records: Iterable[Sequence[Kept]]) -> set[tuple[str, str]]:
    """Return the records that the tracker holds to be gone without a trace; not those whose deletion came in later."""
    found: set[tuple[str, str]] = set()
    for versions in records:
        last = latest(version.event for version in versions)
        real = latest(version.event for version in versions if not version.is_made)
        if last is not real and last.deleted and not real.deleted:
            found.add((last.object, last.record_id))
    return found


def reference_differs(given: Basis, aimed: Mapping[str, Sequence[Cell]], shown: Shown) -> Iterator[str]:
    """Yield in which cells and totals the second implementation says something else."""
    answer = reference_progress(
        given.goals,
        given.events,
        account=given.account,
        as_of=given.as_of,
        roster=given.roster,
        rates=given.rates,
        splits=given.splits,
    )
    for cell, raw in zip(shown.cells, answer.cells, strict=True):
        late = (cell.contributor, cell.slice) in aimed.get(cell.goal_id, ())
        expected = expected_cell(replace(raw, restated=raw.restated or late))
        if engine_cell(cell) != expected:
            yield f"the reference says {expected}, shown is {engine_cell(cell)}"
    for total, other in zip(shown.totals, answer.totals, strict=True):
        if engine_total(total) != expected_total(other):
            yield f"the reference says {expected_total(other)}, shown is {engine_total(total)}"
