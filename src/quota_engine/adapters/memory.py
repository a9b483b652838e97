"""The ports over plain values in memory: the reference for every other adapter, and enough for a small host."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from attrs import define, field

from quota_engine import _fields
from quota_engine.contributors import Roster
from quota_engine.errors import InvalidCursor, shown
from quota_engine.events import CrmEvent
from quota_engine.periods import Period
from quota_engine.ports import Page
from quota_engine.rates import Rates

_PAGE: Final = 1_000


def _as_events(events: Iterable[CrmEvent]) -> list[CrmEvent]:
    return list(_fields.items(events, "events", CrmEvent, "CrmEvents", most=10_000_000))


@define(eq=False)
class MemoryEvents:
    """The versions of records that were added so far, in that order. Fills `EventSource`.

    >>> MemoryEvents().changes("deal", None, properties=frozenset())
    Page(items=(), cursor='0', more=False)
    """

    _events: list[CrmEvent] = field(factory=list, converter=_as_events)

    def add(self, *events: CrmEvent) -> None:
        """Add versions at the end; all of them, or none where one is no event."""
        self._events.extend(_as_events(events))

    def changes(self, object: str, since: str | None, /, *, properties: frozenset[str]) -> Page[CrmEvent]:  # noqa: A002
        """Return the next versions of an object's records, whole, so with any properties; see `EventSource.changes`."""
        del properties
        start = 0 if since is None else self._position(since)
        end = min(start + _PAGE, len(self._events))
        items = tuple(event for event in self._events[start:end] if event.object == object)
        return Page(items, str(end), end < len(self._events))

    def _position(self, cursor: str) -> int:
        given = _fields.text(cursor, "since")
        if not (given.isascii() and given.isdigit() and len(given) < 19 and int(given) <= len(self._events)):  # noqa: PLR2004
            raise InvalidCursor(
                f"since: expected a cursor of this source, got {shown(given)}", field="since", value=shown(given)
            )
        return int(given)


@define(eq=False)
class MemoryRoster:
    """A roster that stands still. Fills `RosterSource`."""

    _roster: Roster = field(factory=Roster)

    def roster(self) -> Roster:
        """Return the roster."""
        return self._roster


@define(eq=False)
class MemoryRates:
    """A table of rates that stands still. Fills `RateSource`."""

    _rates: Rates

    def rates(self, base: str, currencies: frozenset[str], during: Period, /) -> Rates:
        """Return the rates of some currencies for some days and the last ones before them; see `RateSource.rates`."""
        if base != self._rates.base:
            return Rates(base, {}, self._rates.missing)
        wanted = [(code, day) for code, day in self._rates.entries if code in currencies and day < during.end]
        before: dict[str, date] = {code: day for code, day in sorted(wanted) if day <= during.start}
        kept = {key for key in wanted if key[1] >= before.get(key[0], date.min)}
        return Rates(base, {key: self._rates.entries[key] for key in kept}, self._rates.missing)
