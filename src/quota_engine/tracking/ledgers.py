"""Ledgers: the figures of all goals at one moment, which go on with the records that change. Source: rule P9.

What a record added is taken out again by the same reckoning that put it in, so a ledger that has gone on equals one that was
counted anew. Goals of which that reckoning has changed are counted anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from heapq import nsmallest
from itertools import pairwise
from typing import Final, TypeAlias

from attrs import define, field

from quota_engine.amounts import Grains
from quota_engine.events import CrmEvent, is_conflict
from quota_engine.filing import Noted, Unrated, credited, filed
from quota_engine.findings import MOST_RECORDS, FindingKind, Notes
from quota_engine.fiscal import local_day
from quota_engine.histories import Histories
from quota_engine.measures import Fact, read
from quota_engine.periods import MOST_PERIODS
from quota_engine.plans import Block, Work
from quota_engine.tallies import Figures
from quota_engine.tracking.codec import Version
from quota_engine.tracking.records import Record, known

Spot: TypeAlias = tuple[FindingKind, str, str | None, int | None]
"""What was noticed: the kind, in which words, and of which goal and slice, if of any."""

_CONTRADICTION: Final[Spot] = (FindingKind.CONFLICT, "", None, None)
SETTLING: Final = timedelta(days=3)
"""How long rates may come after their day: converted records of these days are looked at anew in each refresh."""


@define(eq=False)
class Ledger:
    """The figures of some goals at one moment.

    Attributes:
        work: the goals, compiled for the moment.
        figures: the cells of the work.
        spots: by goal (None for what concerns no one goal), what was noticed, and about which records.
        noted: what was noticed about each record.
        touched: the cells that have changed since the figures were last kept.
        renoted: the records, and the goals (None for what concerns no one goal), of which something else is noticed since then.
        worn: the ids of goals of which an extreme has gone, so that it must be found among the other records.
        turns: when records are to be looked at again although nothing new comes.
        missing: the records without a rate, for whose sake there are no figures (rule M4), with the currencies.
        is_counted: whether all of it was counted anew, so that nothing that was kept is of use.
    """

    work: Work
    figures: Figures
    spots: dict[str | None, dict[Spot, set[Record]]] = field(factory=dict)
    noted: dict[Record, frozenset[Spot]] = field(factory=dict)
    touched: set[int] = field(factory=set)
    renoted: tuple[set[Record], set[str | None]] = field(factory=lambda: (set(), set()))
    worn: set[str] = field(factory=set)
    turns: dict[Record, datetime] = field(factory=dict)
    missing: set[Unrated] = field(factory=set)
    is_counted: bool = False

    @classmethod
    def empty(cls, work: Work) -> Ledger:
        """Return a ledger of no records."""
        return cls(work, Figures(work.size))

    def count(self, kind: str, records: Iterable[tuple[Record, Sequence[Version]]]) -> None:
        """Put in what many records of a kind add, of which none has added anything yet."""
        held = [(record, versions, known(versions, self.work.as_of)) for record, versions in records]
        noted, missing = filed(self.work, kind, [events for _, _, events in held if events], self.figures)
        self.missing |= missing
        for record, versions, events in held:
            self.note(record, self._spots(noted.get(record[1], ()), versions, events))
            self._turn(record, versions)

    def _spots(
        self, noted: Iterable[Noted], versions: Sequence[Version], held: Sequence[CrmEvent], *, by: Work | None = None
    ) -> frozenset[Spot]:
        """Return what is noticed about a record by a work as it is kept, with what is noticed about its versions."""
        found = {(kind, detail, *_where(by or self.work, spot)) for kind, detail, spot in noted}
        return frozenset(found | {(kind, "", None, None) for kind in _noticed(self.work, versions, held)})

    def replace(self, record: Record, before: Sequence[CrmEvent], old: Work, after: Sequence[Version]) -> None:
        """Take out what versions added, by an older work with the same cells, and put in what those that are known now add."""
        gone = self._take_out(credited(old, before).added) if before else set[int]()
        held = known(after, self.work.as_of)
        noted: Iterable[Noted] = ()
        if held:
            found = credited(self.work, held)
            gone -= self._put_in(found.added)
            noted = found.noted
            self.missing |= found.missing
        self.worn |= {self.work.block_of(cell).goal.id for cell in gone}
        self.note(record, self._spots(noted, after, held))
        self._turn(record, after)

    def _turn(self, record: Record, versions: Sequence[Version]) -> None:
        turn = next_turn(self.work, versions)
        if turn is not None:
            self.turns[record] = turn

    def _take_out(self, added: Iterable[tuple[int, Grains]]) -> set[int]:
        """Take amounts out; return the cells whose extreme has gone with them."""
        gone: set[int] = set()
        for cell, grains in added:
            aggregate = self.work.block_of(cell).goal.measure.aggregate
            self.figures.remove(cell, grains, is_extreme=aggregate.is_extreme)
            if aggregate.is_extreme and self.figures.is_extreme(cell, grains, aggregate):
                gone.add(cell)
            self.touched.add(cell)
        return gone

    def _put_in(self, added: Iterable[tuple[int, Grains]]) -> set[int]:
        """Put amounts in; return the cells of which one of them is the extreme."""
        found: set[int] = set()
        for cell, grains in added:
            aggregate = self.work.block_of(cell).goal.measure.aggregate
            self.figures.add(cell, grains, is_extreme=aggregate.is_extreme)
            if aggregate.is_extreme and self.figures.is_extreme(cell, grains, aggregate):
                found.add(cell)
            self.touched.add(cell)
        return found

    def note(self, record: Record, noted: frozenset[Spot]) -> None:
        """Note of a record what is noticed now, and nothing that was before."""
        former = self.noted.get(record, frozenset())
        if former == noted:
            return
        for spot in former - noted:
            self.spots[spot[2]][spot].discard(record)
            if not self.spots[spot[2]][spot]:
                del self.spots[spot[2]][spot]
        for spot in noted - former:
            self.spots.setdefault(spot[2], {}).setdefault(spot, set()).add(record)
        if noted:
            self.noted[record] = noted
        else:
            del self.noted[record]
        records, goals = self.renoted
        records.add(record)
        goals |= {goal_id for _, _, goal_id, _ in former ^ noted}

    def carried(self, work: Work, but: Collection[str]) -> Ledger:
        """Return the ledger of other goals: with the figures of those that both have, but for some, which begin anew."""
        other = Ledger(work, Figures(work.size), worn=set(), missing=self.missing)
        old = {block.goal.id: block for block in self.work.blocks}
        kept: set[str] = set()
        for block in work.blocks:
            before = old.get(block.goal.id)
            if before is None or block.goal.id in but:
                other.touched |= {block.rows_at + offset for offset in range(_length(block))}
                continue
            kept.add(block.goal.id)
            for offset in range(_length(block)):
                other.figures.put(block.rows_at + offset, *self.figures.held(before.rows_at + offset))
                if before.rows_at + offset in self.touched:
                    other.touched.add(block.rows_at + offset)
        other.noted, other.spots, other.renoted, other.turns = self.noted, self.spots, self.renoted, self.turns
        for record, spots in list(self.noted.items()):
            other.note(record, frozenset(spot for spot in spots if spot[2] is None or spot[2] in kept))
        return other

    def recount(self, part: Work, record: Record, versions: Sequence[Version]) -> None:
        """Put in what a record adds to some goals that have nothing yet, compiled by themselves for the same moment."""
        self._turn(record, versions)
        held = known(versions, self.work.as_of)
        if not held:
            return
        found = credited(part, held)
        shifts = {block.goal.id: self.work.blocks[self.work.places[block.goal.id]].rows_at for block in part.blocks}
        for cell, grains in found.added:
            block = part.block_of(cell)
            is_extreme = block.goal.measure.aggregate.is_extreme
            self.figures.add(shifts[block.goal.id] + cell - block.rows_at, grains, is_extreme=is_extreme)
        noted = self._spots(found.noted, versions, held, by=part)
        self.note(record, self.noted.get(record, frozenset()) | noted)
        self.missing |= found.missing

    def contradicted(self) -> frozenset[Record]:
        """Return the records of which two versions say different things, as far as both can still hold."""
        return frozenset(self.spots.get(None, {}).get(_CONTRADICTION, ()))

    def reconsider(self, record: Record, versions: Sequence[Version]) -> None:
        """Note no more that versions of a record contradict each other, where they do in no slice that there still is."""
        if _CONTRADICTION[0] not in _noticed(self.work, versions, known(versions, self.work.as_of)):
            self.note(record, self.noted[record] - {_CONTRADICTION})

    def notes(self, goal_id: str | None) -> list[tuple[FindingKind, str, int | None, int, list[str]]]:
        """Return what was noticed of a goal, in which slice, about how many records, and about which."""
        return [
            (kind, detail, part, len(records), nsmallest(MOST_RECORDS, (record_id for _, record_id in records)))
            for (kind, detail, _, part), records in self.spots.get(goal_id, {}).items()
        ]

    def settled(self) -> None:
        """Forget what has changed: it has been kept."""
        self.touched, self.renoted, self.worn = set(), (set(), set()), set()
        self.turns, self.missing, self.is_counted = {}, set(), False


def has_same_cells(work: Work, other: Work) -> bool:
    """Whether two works of the same goals number their cells alike."""
    return [(block.rows_at, block.totals_at, block.timely_at) for block in work.blocks] == [
        (block.rows_at, block.totals_at, block.timely_at) for block in other.blocks
    ]


def shape(block: Block) -> tuple[object, ...]:
    """Return what decides which records a goal counts, and in which cells."""
    goal = block.goal
    rows = tuple(
        (row.contributor, row.pipelines, tuple(target is None for target in row.cells)) for row in goal.assignments
    )
    return (goal.measure, goal.currency, block.times, goal.team_credit, rows, block.totals_at is None)


def _length(block: Block) -> int:
    """Return how many cells the rows of a goal, its totals and its timely figures have together; they lie side by side."""
    rows, parts = len(block.goal.assignments), len(block.goal.slices)
    timely = rows * parts if block.timely_at is not None else 0
    return rows * parts + (parts if block.totals_at is not None else 0) + timely


def _where(work: Work, spot: int | None) -> tuple[str | None, int | None]:
    if spot is None:
        return None, None
    place, part = divmod(spot, MOST_PERIODS)
    return work.goals[place].id, part


def _noticed(work: Work, versions: Sequence[Version], held: Sequence[CrmEvent]) -> set[FindingKind]:
    found: set[FindingKind] = set()
    if not held:
        return found
    if any(is_conflict(event, other) for event, other in pairwise(held)):
        # Said as a calculation from scratch says it: of versions that can still hold.
        histories, notes = Histories(work.cuts, work.roster), Notes()
        for event in held:
            histories.add(event)
        histories.noted(notes)
        found.update(kind for kind, _, _ in notes.kinds())
    if held[-1].deleted and any(version.is_made and version.event is held[-1] for version in versions):
        found.add(FindingKind.VANISHED)
    return found


def next_turn(work: Work, versions: Sequence[Version]) -> datetime | None:
    """Return when a record is to be looked at again although nothing new comes: recorded ahead, or converted and dated ahead."""
    ahead = [version.event.recorded_at for version in versions if version.event.recorded_at > work.as_of]
    if work.rates is not None and any(_is_converted_anew(work, event) for event in known(versions, work.as_of)):
        ahead.append(work.as_of)  # a refresh may be forced once more at the same moment
    return min(ahead, default=None)


def _is_converted_anew(work: Work, event: CrmEvent) -> bool:
    """Whether a record's rate may change: its day is still to come (rule M4), or so near that rates of it may be late."""
    for lens in work.lenses:
        if lens.measure.object == event.object and lens.measure.is_money:
            fact = read(lens.measure, event)
            if isinstance(fact, Fact) and (fact.currency or work.account.currency) != lens.currency:
                zones = {times.zone for times, _, _ in lens.groups}
                if any(_day(fact, zone) > work.asked_on(zone) - SETTLING for zone in zones):
                    return True
    return False


def _day(fact: Fact, zone: str) -> date:
    return local_day(fact.when, zone) if isinstance(fact.when, datetime) else fact.when
