"""Refreshing: figures that go on with what sources say, kept in one commit with the milestones they reach. Sources: P5, N2."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from fractions import Fraction
from itertools import groupby, islice
from typing import Final, TypeAlias

from attrs import define, evolve, field, frozen

from quota_engine import amounts
from quota_engine._fields import FrozenMap
from quota_engine.accounts import Account
from quota_engine.contributors import Contributor, Roster
from quota_engine.errors import ConcurrencyConflict
from quota_engine.findings import Finding, FindingKind, Notes, renewed
from quota_engine.fiscal import local_day
from quota_engine.goals import Goal
from quota_engine.notices import MilestoneReached, judge
from quota_engine.periods import Period
from quota_engine.plans import Block, Work
from quota_engine.ports import EventSource, GoalRepository, RateSource, RosterSource, TrackingStore
from quota_engine.progress import Calculation, Progress, progress_of
from quota_engine.rates import Rates
from quota_engine.splits import Splits
from quota_engine.tallies import Figures
from quota_engine.tracking.codec import load_versions, written_moment
from quota_engine.tracking.dating import Dating
from quota_engine.tracking.heads import HEAD, Basis, Head, days_digest, head_of
from quota_engine.tracking.intake import Intake
from quota_engine.tracking.ledgers import Ledger
from quota_engine.tracking.moving import Move, Versions, planned
from quota_engine.tracking.outbox import entry_key, mark_key, written_fact
from quota_engine.tracking.records import Record, Records, record_of
from quota_engine.tracking.shelves import kept, kept_versions, put_notes, restored
from quota_engine.tracking.sources import rates_of, roster_of
from quota_engine.tracking.stories import Needs, Stories
from quota_engine.tracking.watches import Watch

Places: TypeAlias = Mapping[int, Collection[tuple[int, int]]]
"""By the place of a goal, some of its rows and slices, by their places."""

_READ_AT_ONCE: Final = 1_000
_LOOKED_AT: Final = 20  # of what is to come only the first is looked at, as a rule


@frozen(kw_only=True)
class Refresh:
    """What a refresh did. Source: rule P5.

    Attributes:
        ran: whether it ran; not before the figures are due, nor for a moment before the last refresh.
        as_of: the moment of the figures there are now; None where there are none.
        revision: that of the store.
        changed: the figures that may have changed, but for the pace alone: of rows whose records changed, and of goals that were
            edited or of which something fell due.
        reached: the milestones that were recorded, in the order of goals, rows and slices, and ascending in each.
        findings: what is noticed about the records, with the deliveries that were repeated this time.
        due_at: when figures are due again; None where they are due.
    """

    ran: bool
    as_of: datetime | None
    revision: int
    changed: tuple[Progress, ...] = ()
    reached: tuple[MilestoneReached, ...] = ()
    findings: tuple[Finding, ...] = ()
    due_at: datetime | None = None

    def __str__(self) -> str:
        """Return what was done in a line, for a log."""
        if not self.ran:
            return f"not refreshed: the figures are of {self.as_of}, due at {self.due_at}"
        counts = f"{len(self.changed)} figures, {len(self.reached)} milestones, {len(self.findings)} findings"
        return f"refreshed as of {self.as_of}: {counts}; due at {self.due_at}"


@frozen
class _Figure:
    """A figure, with the place of its row and slice in the goal."""

    block: Block
    at: tuple[int, int]
    progress: Progress

    def exactly(self, figures: Figures) -> Fraction | None:
        """Return what is attained where the 34 digits of the figure are not all of it."""
        goal, (row, part) = self.block.goal, self.at
        cell = self.block.rows_at + row * len(goal.slices) + part
        found = figures.tally(cell, goal.measure, goal.currency).attained(goal.measure.aggregate)
        return found / amounts.ONE if isinstance(found, Fraction) else None


@define(eq=False)
class Memory:
    """What a process remembers between refreshes: the figures that a refresh kept. It can be lost at any time."""

    refreshes: int
    ledger: Ledger
    basis: Basis
    digest: str
    watch: Watch
    retargeted: Places
    findings: tuple[Finding, ...]

    def is_of(self, head: Head) -> bool:
        """Whether these are the figures that are kept, also where the store was put back and somebody else went on from there."""
        return (self.refreshes, self.ledger.work.as_of, self.digest) == (head.refreshes, head.as_of, head.basis)


@define(eq=False)
class Refresher:
    """Refreshes the figures of one account.

    Attributes:
        account: whose figures.
        goals: where goals are kept.
        events: where records come from.
        roster: the people, or where they come from.
        store: where the figures are kept.
        rates: exchange rates, or where they come from.
        splits: which records are split.
        most: how many versions of a kind of record are read at most in one refresh.
        stories: what has become of the goals.
        memory: what is remembered of the store.
        digests: of the days of zones, as this process knows them.
    """

    account: Account
    goals: GoalRepository
    events: EventSource
    roster: Roster | RosterSource | None
    store: TrackingStore
    rates: Rates | RateSource | None
    splits: Splits | None
    most: int
    stories: Stories = field(factory=Stories)
    memory: Memory | None = None
    digests: dict[tuple[str, Period], str] = field(factory=dict)

    def refreshed(self, as_of: datetime, *, force: bool) -> Refresh:
        """Refresh the figures if they are due; see `ProgressTracker.refresh`."""
        stored = self.store.read([HEAD])
        head = head_of(stored.values, self.account.id)
        due_at = None if head.as_of is None else head.as_of + self.account.refresh_every
        if head.as_of is not None and (as_of < head.as_of or not (force or due_at is None or as_of >= due_at)):
            return Refresh(ran=False, as_of=head.as_of, revision=stored.revision, due_at=due_at)
        self.stories.read_on(self.goals)
        stories = self.stories.until(as_of)
        intake = Intake(self.store, self.events, stored.revision, head, as_of, self.most)
        intake.run(stories.needs)
        basis = evolve(self.basis(intake.head, as_of, stories.needs), days=self._days(stories.needs))
        memory, self.memory = self.memory, None  # what moves on and is not kept is no use any more
        if memory is not None and not memory.is_of(intake.head):
            memory = None
        turn = _Turn(self.store, stories, intake, basis, as_of, memory)
        try:
            found, self.memory = turn.run()
        except Exception as error:
            # What was read in pieces while somebody else refreshed does not fit together, and may look like anything.
            if turn.is_ready or self.store.read([HEAD]).revision == intake.revision:
                raise
            raise ConcurrencyConflict(
                "revision: expected nobody else to refresh meanwhile", field="revision"
            ) from error
        return found

    def basis(self, head: Head, as_of: datetime, needs: Needs) -> Basis:
        """Return what figures depend on beside goals and records, as the sources have it now."""
        during = None
        if needs.span is not None:
            # What is dated ahead is converted at the rate of today (rule M4), which may lie before all slices.
            today = min(local_day(as_of, zone) for zone in needs.zones)
            during = Period.closed(min(today, needs.span.start), max(today, needs.span.last_day))
        currencies = head.currencies | needs.currencies
        for kind, names in needs.currency_names.items():  # those of a goal for which nothing was refreshed yet
            reading = head.readings.get(kind)
            looked_for = frozenset[str]() if reading is None else reading.currency_names
            currencies |= Records(self.store).currencies(kind, names - looked_for)
        return Basis(
            account=self.account,
            roster=roster_of(self.roster),
            rates=rates_of(self.rates, self.account.currency, currencies - {self.account.currency}, during),
            splits=self.splits,
        )

    def _days(self, needs: Needs) -> FrozenMap[str, str]:
        """Return the digests of the days of the goals by zone, each of which this process reckons once."""
        span = needs.span
        if span is None:
            return FrozenMap()
        for zone in needs.zones:
            if (zone, span) not in self.digests:
                self.digests[zone, span] = days_digest(zone, span)
        return FrozenMap((zone, self.digests[zone, span]) for zone in sorted(needs.zones))


@define(eq=False)
class _Turn:
    """One refresh, from what was read to the commit."""

    store: TrackingStore
    stories: Stories
    intake: Intake
    basis: Basis
    as_of: datetime
    memory: Memory | None
    put: dict[str, bytes] = field(factory=dict)
    drop: set[str] = field(factory=set)
    is_ready: bool = False

    def run(self) -> tuple[Refresh, Memory]:
        """Move the figures on, judge the milestones, and keep both in one commit."""
        head, records = self.intake.head, Records(self.store)
        memory = self.memory
        digest = memory.digest if memory and memory.basis.equals(self.basis) else self.basis.digest()
        before, due = self._changed(records)
        old = None if head.as_of is None else self._ledger(records, head.as_of, digest)
        move = Move(records, self.basis, self.stories.standing, self.as_of)
        old_work = None if old is None else old.work
        ledger = move.counted() if old is None else move.moved(old, before, due, self.intake.after)
        is_same = self.memory is not None and old_work is not None and old_work.goals is ledger.work.goals
        retargeted = self.memory.retargeted if self.memory and is_same else self._retargeted(ledger.work)
        watch = None if self.memory is None else self.memory.watch
        looked = self._looked(ledger, old_work, watch)
        changed = self._figures(ledger, looked, retargeted)
        reached = self._reached(ledger, changed)
        put, drop = kept(ledger, old_work, retargeted, records)
        self.put |= put
        self.drop |= drop
        after = evolve(head, as_of=self.as_of, basis=digest, refreshes=head.refreshes + 1)
        self.put[HEAD] = after.written()
        self.is_ready = True
        self.store.commit(
            self.intake.revision,
            put=self.put,
            drop=self.drop.difference(self.put),
            figures=[figure.progress for figure in changed],
        )
        is_carried_on = memory is not None and is_same and not ledger.is_counted and digest == memory.digest
        lasting = self._lasting(ledger, memory.findings if memory and is_carried_on else None)
        ledger.settled()
        watch = watch or Watch()
        if not is_same:
            watch.follow(ledger.work.goals, self.as_of)
        revision = self.intake.revision + 1
        remembered = Memory(after.refreshes, ledger, self.basis, digest, watch, retargeted, lasting)
        refresh = Refresh(
            ran=True,
            as_of=self.as_of,
            revision=revision,
            changed=tuple(figure.progress for figure in changed),
            reached=reached,
            findings=(*lasting, *self._repeats(ledger.work)),
            due_at=self.as_of + self.basis.account.refresh_every,
        )
        return refresh, remembered

    def _changed(self, records: Records) -> tuple[dict[Record, Versions], set[Record]]:
        """Return the records of which there are other versions now, with those there were, and those whose time has come."""
        before: dict[Record, Versions] = {}
        for name, written in records.scan("dirty/"):
            record = record_of(name)
            remembered = self.intake.before.get(record)
            before[record] = load_versions(name, written) if remembered is None else remembered
            self.drop.add(name)
        due: set[Record] = set()
        for name, _ in records.scan("pending/", at_once=_LOOKED_AT):
            if name.split("/")[1] > written_moment(self.as_of):
                break
            due.add(record_of(name))
            self.drop.add(name)
        return before, due

    def _ledger(self, records: Records, as_of: datetime, digest: str) -> Ledger | None:
        """Return the figures as they were kept; None where they are to be counted anew."""
        if self.memory is not None:
            return self.memory.ledger
        if self.intake.head.basis != digest:
            return None
        goals: list[Goal] = []
        for goal_id, version in sorted(kept_versions(records).items()):
            story = self.stories.by_id.get(goal_id)
            goal = None if story is None else story.version(version)
            if goal is None:
                return None
            goals.append(goal)
        return restored(records, planned(goals, self.basis, as_of))

    def _retargeted(self, work: Work) -> Places:
        """Return, by the place of the goal, where the target is not the one of the slice's end."""
        stories = self.stories.by_id
        return {
            place: cells
            for place, goal in enumerate(work.goals)
            if (cells := stories[goal.id].retargeted(goal, as_of=self.as_of))
        }

    def _looked(self, ledger: Ledger, old: Work | None, watch: Watch | None) -> dict[int, set[tuple[int, int]]]:
        """Return, by the place of the goal, the rows and slices of which the figure or the status may have changed."""
        work, looked = ledger.work, dict[int, set[tuple[int, int]]]()
        for cell in ledger.touched:
            block = work.block_of(cell)
            at = block.place_of(cell)
            if at is not None:
                looked.setdefault(work.places[block.goal.id], set()).add(at)
        if old is not None and old.goals is work.goals and watch is not None:
            for goal_id in watch.passed(self.as_of):
                _look(
                    looked,
                    work,
                    work.places[goal_id],
                    _open_since(work.blocks[work.places[goal_id]], old.as_of, self.as_of),
                )
            return looked
        former = {} if old is None else {goal.id: goal for goal in old.goals}
        moment = None if old is None else old.as_of
        for place, goal in enumerate(work.goals):
            if former.get(goal.id) is not goal and former.get(goal.id) != goal:
                parts: Iterable[int] = range(len(goal.slices))
            else:
                parts = _open_since(work.blocks[place], moment, self.as_of)
            _look(looked, work, place, parts)
        return looked

    def _figures(self, ledger: Ledger, looked: Places, retargeted: Places) -> list[_Figure]:
        found: list[_Figure] = []
        for place in sorted(looked):
            block = ledger.work.blocks[place]
            count = len(block.goal.slices)
            cells = {block.rows_at + row * count + part for row, part in retargeted.get(place, ())}
            found += [
                _Figure(block, at, progress_of(ledger.work, ledger.figures, block, at, retargeted=cells))
                for at in sorted(looked[place])
            ]
        return found

    def _reached(self, ledger: Ledger, figures: Iterable[_Figure]) -> tuple[MilestoneReached, ...]:
        """Return the milestones that are reached and were not recorded before, and put their marks and entries."""
        work, revision = ledger.work, self.intake.revision + 1
        found: list[MilestoneReached] = []
        for figure in figures:
            goal, progress = figure.block.goal, figure.progress
            if goal.milestones or goal.row(progress.contributor).milestones:
                story, cell = self.stories.by_id[goal.id], (progress.contributor, progress.slice)
                found += judge(
                    goal,
                    progress,
                    target_version=story.aimed.get(cell, goal.version),
                    has=_never,
                    as_of=self.as_of,
                    revision=revision,
                    edited_version=story.edited.get(cell),
                    timetable=figure.block.times,
                    exact=figure.exactly(ledger.figures),
                )
        keys = iter([mark_key(fact.key) for fact in found])
        recorded: set[str] = set()
        while some := list(islice(keys, _READ_AT_ONCE)):
            recorded |= set(self.store.read(some).values)
        dating = Dating(Records(self.store), work)
        unrecorded = (fact for fact in found if mark_key(fact.key) not in recorded)
        fresh = [
            fact
            for (goal_id, _, _), of_cell in groupby(unrecorded, key=_cell_of)
            for fact in dating.dated(list(of_cell), work.goals[work.places[goal_id]])
        ]
        for place, fact in enumerate(fresh):
            entry = entry_key(revision, place)
            self.put[entry] = written_fact(fact)
            self.put[mark_key(fact.key)] = entry.encode("ascii")
        return tuple(fresh)

    @staticmethod
    def _lasting(ledger: Ledger, former: tuple[Finding, ...] | None) -> tuple[Finding, ...]:
        """Return what is noticed about the records as they are now, from what was before where goals and people are the same."""
        work, notes = ledger.work, Notes()
        _, changed = ledger.renoted
        if former is not None:
            if not changed:
                return former
            for goal_id in changed:
                put_notes(notes, ledger.notes(goal_id), None if goal_id is None else work.places[goal_id])
            return renewed(former, changed, notes.findings(work.spot))
        for place, goal in enumerate(work.goals):
            put_notes(notes, ledger.notes(goal.id), place)
        put_notes(notes, ledger.notes(None), None)
        return Calculation(work.goals, work.as_of, work.as_of, work, ledger.figures, notes).findings

    def _repeats(self, work: Work) -> tuple[Finding, ...]:
        """Return which records were delivered this time as they were known already."""
        notes = Notes()
        for (_, record_id), count in self.intake.repeats.items():
            notes.add(FindingKind.DUPLICATE, record_id, count=count)
        return notes.findings(work.spot)


def _look(looked: dict[int, set[tuple[int, int]]], work: Work, place: int, parts: Iterable[int]) -> None:
    """Look at all rows of a goal in some slices."""
    rows = range(len(work.goals[place].assignments))
    looked.setdefault(place, set()).update((row, part) for part in parts for row in rows)


def _cell_of(fact: MilestoneReached) -> tuple[str, Contributor, Period]:
    return fact.goal_id, fact.contributor, fact.slice


def _never(_key: str) -> bool:
    return False


def _open_since(block: Block, moment: datetime | None, as_of: datetime) -> list[int]:
    """Return the slices of a goal that have started by now and had not been settled at an earlier moment."""
    times = block.times
    return [
        part
        for part, (start, settled) in enumerate(zip(times.starts, times.settled, strict=True))
        if start <= as_of and (moment is None or settled > moment)
    ]
