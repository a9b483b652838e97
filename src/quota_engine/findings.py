"""Findings: what a calculation noticed about its records, beside the figures. Sources: rules C6, M1, M4, P1, P6 and P7."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from heapq import merge
from itertools import islice
from typing import Final

from attrs import frozen

from quota_engine.periods import Period

MOST_RECORDS: Final = 100


class FindingKind(StrEnum):
    """What was noticed."""

    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    UNATTRIBUTED = "unattributed"
    OWNER_INACTIVE = "owner_inactive"
    UNKNOWN_CONTRIBUTOR = "unknown_contributor"
    LATE = "late"
    NO_RATE = "no_rate"
    UNREADABLE = "unreadable"

    __hash__ = str.__hash__  # that of an enum is many times slower, and notes are kept in dicts


_TEXTS: Final = {
    FindingKind.DUPLICATE: "a version that was there already, counted once",
    FindingKind.CONFLICT: "two versions of one recording time and number say different things; one of them holds",
    FindingKind.UNATTRIBUTED: "no owner, or one who is no user: counted for pipelines and the account alone",
    FindingKind.OWNER_INACTIVE: "every version was recorded while its owner was not active: left out",
    FindingKind.UNKNOWN_CONTRIBUTOR: "contributors that the roster does not have",
    FindingKind.LATE: "recorded at or after the freeze, and left out of the slice as it froze",
    FindingKind.NO_RATE: "no exchange rate on the day the record counts: left out",
    FindingKind.UNREADABLE: "cannot be read, and left out",
}


@frozen(kw_only=True)
class Finding:
    """One thing that was noticed, with how often and where.

    Attributes:
        kind: what was noticed.
        goal_id: the goal whose figures it concerns; None where it concerns no one goal.
        slice: the slice it concerns; None where it concerns no one slice.
        count: how many records, or for `duplicate` how many deliveries too many.
        records: their ids, the first 100 in order.
        text: the same for people to read.
    """

    kind: FindingKind
    goal_id: str | None
    slice: Period | None
    count: int
    records: tuple[str, ...]
    text: str


class Notes:
    """The findings of one pass, gathered by where they belong; mergeable, and of bounded size."""

    def __init__(self) -> None:
        """Begin with none."""
        self._notes: dict[tuple[FindingKind, tuple[int, ...], str], tuple[int, list[str]]] = {}

    def add(
        self, kind: FindingKind, record: str, *, cells: tuple[int, ...] = (), detail: str = "", count: int = 1
    ) -> None:
        """Note a record under the cells it concerns, or under none."""
        key = (kind, cells, detail)
        noted, records = self._notes.get(key, (0, []))
        records.append(record)
        if len(records) > 2 * MOST_RECORDS:
            records = sorted(records)[:MOST_RECORDS]
        self._notes[key] = (noted + count, records)

    def copied(self) -> Notes:
        """Return the same notes, to which more can be added."""
        copy = Notes()
        copy._notes = {key: (count, list(records)) for key, (count, records) in self._notes.items()}
        return copy

    def merged(self, other: Notes) -> Notes:
        """Return the notes of both."""
        both = self.copied()
        for key, (count, records) in other._notes.items():
            noted, held = both._notes.get(key, (0, []))
            both._notes[key] = (noted + count, sorted([*held, *records])[:MOST_RECORDS])
        return both

    def by_place(self, place_of: Callable[[int], tuple[str, Period] | None]) -> tuple[Finding, ...]:
        """Return a finding per kind, goal and slice, in a fixed order; `place_of` says which goal and slice a cell stands for."""
        found: dict[tuple[FindingKind, str, tuple[str, Period] | None], list[tuple[int, list[str]]]] = {}
        for (kind, cells, detail), (count, records) in self._notes.items():
            for place in {place_of(cell) for cell in cells} - {None} if cells else {None}:
                found.setdefault((kind, detail, place), []).append((count, sorted(records)))
        findings = [
            _finding(kind, detail, place, sum(count for count, _ in noted), [records for _, records in noted])
            for (kind, detail, place), noted in found.items()
        ]
        return tuple(sorted(findings, key=_in_order))


def _finding(
    kind: FindingKind, detail: str, place: tuple[str, Period] | None, count: int, records: list[list[str]]
) -> Finding:
    goal_id, part = place or (None, None)
    where = f" ({goal_id}, {part})" if place else ""
    what = ("repeated delivery", "repeated deliveries") if kind is FindingKind.DUPLICATE else ("record", "records")
    said = f"{_TEXTS[kind]}: {detail}" if detail else _TEXTS[kind]
    return Finding(
        kind=kind,
        goal_id=goal_id,
        slice=part,
        count=count,
        records=tuple(islice(merge(*records) if len(records) > 1 else records[0], MOST_RECORDS)),
        text=f"{count} {what[count != 1]}{where}: {said}",
    )


def _in_order(finding: Finding) -> tuple[str, str, date, str]:
    start = date.min if finding.slice is None else finding.slice.start
    return (finding.kind, finding.goal_id or "", start, finding.text)
