"""Histories: the versions of each record that can still hold for some slice. Source: rule P1.

A record is usually delivered once, and then its one version is all that is kept. Of several, a version is dropped as soon as a
later one holds in its place everywhere, so that what is kept grows with the records and not with their versions.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise

from quota_engine.contributors import Roster
from quota_engine.events import CrmEvent, is_conflict, is_later
from quota_engine.findings import FindingKind, Notes

Key = tuple[str, str]
Mark = tuple[Key, datetime, int]


class Histories:
    """The versions of records, kept in the order in which they hold; the same whatever the order in which they arrive."""

    def __init__(self, freezes: Iterable[datetime], roster: Roster | None) -> None:
        """Begin with none; `freezes` are all instants at which some slice freezes."""
        self._freezes = sorted(set(freezes))
        self._roster = roster
        self._held: dict[Key, CrmEvent | list[CrmEvent]] = {}
        self._repeats: Counter[Mark] = Counter()
        self._conflicts: set[Mark] = set()

    def add(self, event: CrmEvent) -> None:
        """Take in one version of a record."""
        key = (event.object, event.record_id)
        held = self._held.get(key)
        if held is None:
            self._held[key] = event
            return
        versions = held if isinstance(held, list) else [held]
        for other in versions:
            if is_conflict(event, other):
                self._conflicts.add(_mark(event))
            elif event.order() == other.order():
                self._repeats[_mark(event)] += 1
                return
        place = sum(is_later(event, other) for other in versions)
        self._held[key] = self._needed([*versions[:place], event, *versions[place:]])

    def _needed(self, versions: list[CrmEvent]) -> CrmEvent | list[CrmEvent]:
        needed = [event for event, later in pairwise(versions) if not self._is_superseded(event, later)]
        return [*needed, versions[-1]] if needed else versions[-1]

    def _is_superseded(self, event: CrmEvent, later: CrmEvent) -> bool:
        """Whether a later version holds instead for every slice and every row: no freeze lies between, nobody was away."""
        return bisect_right(self._freezes, event.recorded_at) == bisect_right(self._freezes, later.recorded_at) and all(
            self._is_active(owner, later.recorded_at) for owner in (event.owner_id, later.owner_id)
        )

    def _is_active(self, owner_id: str | None, moment: datetime) -> bool:
        user = None if self._roster is None or owner_id is None else self._roster.user(owner_id)
        return user is None or user.active_at(moment)

    def merged(self, other: Histories) -> Histories:
        """Return the histories of both, as if all versions had arrived in one place."""
        both = Histories(self._freezes, self._roster)
        both._held = {key: list(held) if isinstance(held, list) else held for key, held in self._held.items()}
        both._repeats = self._repeats + other._repeats
        both._conflicts = self._conflicts | other._conflicts
        for versions in other:
            for event in versions:
                both.add(event)
        return both

    def __iter__(self) -> Iterator[Sequence[CrmEvent]]:
        """Iterate over records: of each the versions that can hold, the last of which is the one that holds now."""
        for held in self._held.values():
            yield held if isinstance(held, list) else (held,)

    def noted(self, notes: Notes) -> None:
        """Note which of the versions kept were delivered more than once, and which contradict another."""
        for versions in self:
            marks = {_mark(event) for event in versions}
            record = versions[-1].record_id
            repeats = sum(self._repeats.get(mark, 0) for mark in marks)
            if repeats:
                notes.add(FindingKind.DUPLICATE, record, count=repeats)
            if marks & self._conflicts:
                notes.add(FindingKind.CONFLICT, record)


def _mark(event: CrmEvent) -> Mark:
    return ((event.object, event.record_id), event.recorded_at, event.version)
