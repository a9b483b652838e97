"""Shelves: where figures are kept between refreshes, a key for each row and each goal, and how they are read back. Source: P5."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from attrs import frozen

from quota_engine import _fields
from quota_engine.amounts import Grains
from quota_engine.contributors import Contributor
from quota_engine.findings import FindingKind, Notes
from quota_engine.periods import MOST_PERIODS
from quota_engine.plans import Block, Work
from quota_engine.tallies import Figures, total_of
from quota_engine.tracking.codec import corrupt, dump, grains_of, grains_text, key, load, parts, written_moment
from quota_engine.tracking.ledgers import Ledger, Spot
from quota_engine.tracking.records import Record, Records

Held: TypeAlias = tuple[int, Grains, tuple[Grains, Grains] | None]
Note: TypeAlias = tuple[FindingKind, str, int | None, int, list[str]]

GENERAL: str = "notes"
"""The key of what was noticed and concerns no one goal."""


def row_key(goal_id: str, contributor: Contributor) -> str:
    """Return the key of a row's figures."""
    return key("row", goal_id, contributor.kind.value, contributor.id)


def goal_key(goal_id: str) -> str:
    """Return the key of what is kept of a goal as a whole."""
    return key("goal", goal_id)


def note_key(record: Record) -> str:
    """Return the key of what was noticed about a record."""
    return key("note", *record)


@frozen
class Shelf:
    """What is kept of a goal as a whole.

    Attributes:
        version: of the goal whose figures these are.
        totals: the cells of its totals, one per slice; None where these are the sums of its rows.
        notes: what was noticed, in which slice, about how many records and which.
        retargeted: the rows and slices, by their places, whose target is not the one of the slice's end.
    """

    version: int
    totals: Sequence[Held] | None
    notes: Sequence[Note]
    retargeted: Sequence[tuple[int, int]]

    def fits(self, rows: int, parts: int) -> bool:
        """Whether it may be of a goal of so many rows and slices."""
        has_places = all(0 <= row < rows and 0 <= part < parts for row, part in self.retargeted)
        return has_places and (self.totals is None or len(self.totals) == parts)


def shelf_of(name: str, written: bytes) -> Shelf:
    """Return what was written of a goal as a whole."""

    def read(found: Mapping[str, Any]) -> Shelf:
        return Shelf(
            found["version"],
            None if found["totals"] is None else _cells_of(found["totals"]),
            _notes_of(found["notes"]),
            [(_place(row), _place(part)) for row, part in found["retargeted"]],
        )

    return load(name, written, read)


def _place(written: object) -> int:
    return _fields.whole(written, "retargeted", 0, 2**31 - 1)


def general_notes(written: bytes | None) -> Sequence[Note]:
    """Return what was written of what concerns no one goal."""
    return () if written is None else load(GENERAL, written, _notes_of)


def written_row(ledger: Ledger, block: Block, row: int) -> bytes:
    """Return the figures of a row as bytes: of each slice, and what they would be without late corrections."""
    count = len(block.goal.slices)
    starts = [start for start in (block.rows_at, block.timely_at) if start is not None]
    return dump([_written(ledger.figures, start + row * count, count) for start in starts])


def written_goal(ledger: Ledger, block: Block, retargeted: Iterable[tuple[int, int]]) -> bytes:
    """Return what is kept of a goal as a whole as bytes."""
    totals = None
    if block.totals_at is not None:
        totals = _written(ledger.figures, block.totals_at, len(block.goal.slices))
    return dump(
        {
            "version": block.goal.version,
            "totals": totals,
            "notes": [list(note) for note in sorted(ledger.notes(block.goal.id), key=_in_order)],
            "retargeted": sorted(retargeted),
        }
    )


def written_general(ledger: Ledger) -> bytes:
    """Return what concerns no one goal as bytes."""
    return dump([list(note) for note in sorted(ledger.notes(None), key=_in_order)])


def written_note(spots: Iterable[Spot]) -> bytes:
    """Return what was noticed about a record as bytes."""
    return dump(sorted(([*spot] for spot in spots), key=repr))


def _in_order(note: Note) -> str:
    return repr(note[:3])


def _written(figures: Figures, start: int, count: int) -> list[object]:
    """Return so many cells in three columns: how many records, what they come to, and extremes where there are any."""
    counts, totals, extremes = figures.columns(start, start + count)
    return [
        counts,
        [grains_text(total) for total in totals],
        extremes and [each and [grains_text(each[0]), grains_text(each[1])] for each in extremes],
    ]


def _cells_of(columns: Sequence[Sequence[Any] | None], count: int | None = None) -> list[Held]:
    """Return the cells that were written, of which there must be so many."""
    counts, totals, extremes = columns
    if extremes is None:
        extremes = [None] * len(counts or ())
    if counts is None or totals is None or (count is not None and len(counts) != count):
        raise ValueError(count)
    return [
        (
            _fields.whole(counted, "counted", 0, 2**63 - 1),
            grains_of(total),
            None if each is None else (grains_of(each[0]), grains_of(each[1])),
        )
        for counted, total, each in zip(counts, totals, extremes, strict=True)
    ]


def _notes_of(rows: Sequence[Sequence[Any]]) -> list[Note]:
    return [(FindingKind(kind), detail, part, count, list(records)) for kind, detail, part, count, records in rows]


def put_goal(work: Work, figures: Figures, place: int, shelf: Shelf, rows: Sequence[bytes | None]) -> None:
    """Put what was kept of a goal into the cells that it has in a work.

    Cells for totals are filled whether they were kept or are the sums of the rows.

    Raises:
        CorruptRow: a row is not there, or is something else.
    """
    block = work.blocks[place]
    count = len(block.goal.slices)
    starts = [start for start in (block.rows_at, block.timely_at) if start is not None]
    if not shelf.fits(len(block.goal.assignments), count):
        raise corrupt(goal_key(block.goal.id), "totals or places of another goal")

    def read(found: Sequence[Sequence[Sequence[Any] | None]]) -> list[list[Held]]:
        if len(found) != len(starts):
            raise ValueError(len(found))
        return [_cells_of(cells, count) for cells in found]

    for row, written in enumerate(rows):
        name = row_key(block.goal.id, block.goal.assignments[row].contributor)
        for start, cells in zip(starts, load(name, written or b"", read), strict=True):
            for part, held in enumerate(cells):
                figures.put(start + row * count + part, *held)
    if block.totals_at is not None:
        bare = Block(block.goal, block.times, block.rows_at, None, block.timely_at)
        for part in range(count):
            if shelf.totals is not None:
                figures.put(block.totals_at + part, *shelf.totals[part])
            else:
                total = total_of(bare, part, figures)
                figures.put(block.totals_at + part, total.counted, total.total, None)


def put_notes(notes: Notes, kept: Iterable[Note], place: int | None) -> None:
    """Put what was noticed of a goal into notes, for the place that it has now."""
    for kind, detail, part, count, records in kept:
        spot = None if part is None or place is None else place * MOST_PERIODS + part
        notes.put(kind, detail, spot, count, records)


def restored(records: Records, work: Work) -> Ledger:
    """Return the ledger of a work, whose goals and people are those that were kept, as it was kept."""
    rows = dict(records.scan("row/"))
    shelves = {name: shelf_of(name, written) for name, written in records.scan("goal/")}
    ledger = Ledger.empty(work)
    for place, goal in enumerate(work.goals):
        kept = [rows.get(row_key(goal.id, row.contributor)) for row in goal.assignments]
        put_goal(work, ledger.figures, place, shelves[goal_key(goal.id)], kept)
    for name, written in records.scan("note/"):
        kind, record_id = parts(name)[1:3]
        ledger.note((kind, record_id), load(name, written, _spots_of))
    ledger.settled()
    return ledger


def _spots_of(rows: Sequence[Sequence[Any]]) -> frozenset[Spot]:
    return frozenset((FindingKind(kind), detail, goal_id, part) for kind, detail, goal_id, part in rows)


def kept_versions(records: Records) -> dict[str, int]:
    """Return the versions of the goals of which figures are kept, by id."""
    return {parts(name)[1]: shelf_of(name, written).version for name, written in records.scan("goal/")}


def kept(
    ledger: Ledger, old: Work | None, retargeted: Mapping[int, Collection[tuple[int, int]]], records: Records
) -> tuple[dict[str, bytes], set[str]]:
    """Return what is to be put and what is to be dropped, so that a ledger is kept where there was one of an older work.

    `retargeted` are, by the place of the goal, the rows and slices whose target is not the one of the slice's end.
    """
    noted, goals = ledger.renoted
    changed = set(goals)
    if ledger.is_counted:
        changed |= {None, *ledger.work.places}
    elif old is None or old.goals is not ledger.work.goals:
        versions = {} if old is None else {goal.id: goal.version for goal in old.goals}
        changed |= {goal.id for goal in ledger.work.goals if versions.get(goal.id) != goal.version}
    put = dict(_rows(ledger, changed))
    for goal_id in changed:
        place = None if goal_id is None else ledger.work.places.get(goal_id)
        if place is not None:
            block = ledger.work.blocks[place]
            put[goal_key(block.goal.id)] = written_goal(ledger, block, retargeted.get(place, ()))
    if None in changed or old is None:
        put[GENERAL] = written_general(ledger)
    for record in noted:
        if record in ledger.noted:
            put[note_key(record)] = written_note(ledger.noted[record])
    put |= {key("pending", written_moment(turn), *record): b"" for record, turn in ledger.turns.items()}
    if ledger.is_counted:
        names = (name for prefix in ("row/", "goal/", "note/") for name, _ in records.scan(prefix))
        return put, {name for name in names if name not in put}
    drop = {note_key(record) for record in noted if record not in ledger.noted}
    return put, drop if old is None or old.goals is ledger.work.goals else drop | _gone(old, ledger.work)


def _rows(ledger: Ledger, changed: set[str | None]) -> Iterator[tuple[str, bytes]]:
    """Yield the rows of which a cell has changed; goals of which a total has are added to those that changed."""
    seen: set[tuple[str, int]] = set()
    for cell in ledger.touched:
        block = ledger.work.block_of(cell)
        at = block.place_of(cell)
        if at is None:
            changed.add(block.goal.id)
        elif (block.goal.id, at[0]) not in seen:
            seen.add((block.goal.id, at[0]))
            contributor = block.goal.assignments[at[0]].contributor
            yield row_key(block.goal.id, contributor), written_row(ledger, block, at[0])


def _gone(old: Work, work: Work) -> set[str]:
    """Return the keys of goals and rows that are no more."""
    found: set[str] = set()
    for goal in old.goals:
        place = work.places.get(goal.id)
        now = None if place is None else work.goals[place]
        if now is None:
            found.add(goal_key(goal.id))
        if now is not goal:
            rows = frozenset[Contributor]() if now is None else {row.contributor for row in now.assignments}
            found |= {row_key(goal.id, row.contributor) for row in goal.assignments if row.contributor not in rows}
    return found
