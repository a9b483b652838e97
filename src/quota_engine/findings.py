"""Findings: what a calculation noticed about its records, beside the figures. Sources: rules C6, M1, M4, P1, P6 and P7."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import date
from enum import StrEnum
from typing import Final

from attrs import frozen

from quota_engine.periods import Period

MOST_RECORDS: Final = 100


class FindingKind(StrEnum):
    """What was noticed about records; those that are named count as they would without the finding, unless it says otherwise.

    Attributes:
        DUPLICATE: they came more than once in the same version, which counts once.
        CONFLICT: they have two versions of one recording time and number that say different things; one holds (rule P1).
        UNATTRIBUTED: they have no owner, or one who is no user, and count for pipelines and the account alone (rule C6).
        OWNER_INACTIVE: every version was recorded while its owner was inactive; they are left out (rule P7).
        UNKNOWN_CONTRIBUTOR: a goal has rows of users or teams that the roster does not have; it names no records.
        LATE: they would count otherwise in a frozen slice had everything been recorded in time (rule P6).
        NO_RATE: they have no exchange rate on their day, and are left out (rule M4).
        UNREADABLE: a date, a value or what a condition asks for cannot be read; they are left out (rule M1).
        VANISHED: the source names them no more and said nothing of a deletion; they are taken for deleted. Of trackers alone.
    """

    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    UNATTRIBUTED = "unattributed"
    OWNER_INACTIVE = "owner_inactive"
    UNKNOWN_CONTRIBUTOR = "unknown_contributor"
    LATE = "late"
    NO_RATE = "no_rate"
    UNREADABLE = "unreadable"
    VANISHED = "vanished"

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
    FindingKind.VANISHED: "no longer named by the source, which said nothing of a deletion: taken for deleted",
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
    """The findings of one pass, gathered by what was noticed and where; mergeable, and of bounded size.

    Where is a *spot*: the number of one slice of one goal, or None for what concerns no one goal.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self._notes: dict[tuple[FindingKind, str, int | None], tuple[int, list[str]]] = {}

    def add(
        self, kind: FindingKind, record: str, *, spots: Iterable[int | None] = (None,), detail: str = "", count: int = 1
    ) -> None:
        """Note a record once for each spot."""
        for spot in spots:
            noted, records = self._notes.setdefault((kind, detail, spot), (0, []))
            records.append(record)
            if len(records) > 2 * MOST_RECORDS:
                records = sorted(records)[:MOST_RECORDS]
            self._notes[kind, detail, spot] = (noted + count, records)

    def kinds(self) -> Iterable[tuple[FindingKind, str, int | None]]:
        """Return what was noticed, whatever the records: the kind, in which words, and the spot."""
        return self._notes.keys()

    def put(self, kind: FindingKind, detail: str, spot: int | None, count: int, records: Iterable[str]) -> None:
        """Put what was noticed about many records, of which the first are given."""
        self._notes[kind, detail, spot] = (count, list(records))

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

    def findings(self, where: Callable[[int], tuple[str, Period]]) -> tuple[Finding, ...]:
        """Return a finding per kind, detail and spot, in a fixed order; `where` says which goal and slice a spot is."""
        found = [
            _finding(kind, detail, None if spot is None else where(spot), count, sorted(records)[:MOST_RECORDS])
            for (kind, detail, spot), (count, records) in self._notes.items()
        ]
        return tuple(sorted(found, key=_in_order))


def _finding(
    kind: FindingKind, detail: str, where: tuple[str, Period] | None, count: int, records: list[str]
) -> Finding:
    goal_id, part = where or (None, None)
    whose = f" ({goal_id}, {part})" if where else ""
    what = ("repeated delivery", "repeated deliveries") if kind is FindingKind.DUPLICATE else ("record", "records")
    said = f"{_TEXTS[kind]}: {detail}" if detail else _TEXTS[kind]
    return Finding(
        kind=kind,
        goal_id=goal_id,
        slice=part,
        count=count,
        records=tuple(records),
        text=f"{count} {what[count != 1]}{whose}: {said}",
    )


def renewed(former: Iterable[Finding], goals: Collection[str | None], found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings with others in place of those about the records of some goals (None for those of no one goal).

    Contributors that the roster does not have are no records; they stay, and stand before all.
    """
    people: list[Finding] = []
    records = list(found)
    for finding in former:
        if finding.kind is FindingKind.UNKNOWN_CONTRIBUTOR:
            people.append(finding)
        elif finding.goal_id not in goals:
            records.append(finding)
    return (*people, *sorted(records, key=_in_order))


def _in_order(finding: Finding) -> tuple[str, str, date, str]:
    start = date.min if finding.slice is None else finding.slice.start
    return (finding.kind, finding.goal_id or "", start, finding.text)
