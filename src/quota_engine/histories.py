"""Histories: the versions of each record that can still hold for some slice. Source: rule P1.

A record is usually delivered once, and then its one version is all that is kept. Of several, a version is dropped as soon as a
later one holds in its place everywhere, so that what is kept grows with the records and not with their versions.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from quota_engine.contributors import Roster
from quota_engine.events import CrmEvent, is_conflict, is_later
from quota_engine.findings import FindingKind, Notes

Key = tuple[str, str]
Mark = tuple[Key, datetime, int]
Said = tuple[Mark, bool, bytes]


class Histories:
    """The versions of records, kept in the order in which they hold; the same whatever the order in which they arrive."""

    def __init__(self, cuts: Sequence[datetime], roster: Roster | None) -> None:
        """Begin with none; `cuts` are all instants at which some slice freezes or someone's absence starts, ascending."""
        self._cuts = cuts
        self._roster = roster
        self._held: dict[Key, CrmEvent | list[CrmEvent]] = {}
        self._repeats: Counter[Said] = Counter()
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
                self._repeats[_said(event)] += 1
                return
        place = sum(is_later(event, other) for other in versions)
        held = needed([*versions[:place], event, *versions[place:]], self._cuts, self._roster)
        self._held[key] = held if len(held) > 1 else held[0]

    def merged(self, other: Histories) -> Histories:
        """Return the histories of both, as if all versions had arrived in one place."""
        both = Histories(self._cuts, self._roster)
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

    def of(self, key: Key) -> Sequence[CrmEvent]:
        """Return the versions of one record, by its object and id, that can hold; none where it is not known."""
        held = self._held.get(key, ())
        return (held,) if isinstance(held, CrmEvent) else held

    def noted(self, notes: Notes) -> None:
        """Note which of the versions kept were delivered more than once, and which contradict another."""
        for key in {mark[0] for mark, _, _ in self._repeats} | {mark[0] for mark in self._conflicts}:
            held = self._held[key]
            versions = held if isinstance(held, list) else [held]
            repeats = sum(self._repeats.get(_said(event), 0) for event in versions)
            if repeats:
                notes.add(FindingKind.DUPLICATE, key[1], count=repeats)
            if any(_mark(event) in self._conflicts for event in versions):
                notes.add(FindingKind.CONFLICT, key[1])


def needed(versions: Sequence[CrmEvent], cuts: Sequence[datetime], roster: Roster | None) -> list[CrmEvent]:
    """Return those of a record's versions, in the order in which they hold, that no later one replaces for every slice and row.

    A later one does when its owner is active and no freeze and no start of anyone's absence (the cuts) lies between the two:
    whoever was active then still is. So it does not matter which versions between them have arrived.
    """
    if len(versions) == 1:
        return list(versions)
    found: list[CrmEvent] = []
    replaced = -1
    for event in reversed(versions):
        stretch = bisect_right(cuts, event.recorded_at)
        if stretch != replaced:
            found.append(event)
            if _is_owner_active(event, roster):
                replaced = stretch
    return found[::-1]


def _is_owner_active(event: CrmEvent, roster: Roster | None) -> bool:
    user = None if roster is None or event.owner_id is None else roster.user(event.owner_id)
    return user is None or user.active_at(event.recorded_at)


def _mark(event: CrmEvent) -> Mark:
    return ((event.object, event.record_id), event.recorded_at, event.version)


def _said(event: CrmEvent) -> Said:
    return (_mark(event), event.deleted, event.content())
