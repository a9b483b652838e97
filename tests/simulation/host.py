"""What one process of a host has in its hands: the store, the goals, the people and the rates; each may fail at any call."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from quota_engine import Change, ConcurrencyConflict, Goal, GoalQuery, Page, Period, Progress, Rates, Roster, Stored
from quota_engine.adapters.memory import MemoryGoals, MemoryRates, MemoryStore

_OF_PAGES = frozenset({"head", "record", "owner", "dirty"})


class Killed(BaseException):
    """The process is no more."""


@dataclass
class Store:
    """A process's way to the store that all share. Fills `TrackingStore`.

    Attributes:
        inner: the store.
        before: what is done before a call of some name; it may raise.
        after: what is done once the call has had its effect; it may raise.
        kept: called when a commit has had its effect.
        lost: called when a commit was refused.
    """

    inner: MemoryStore
    before: Callable[[str], None]
    after: Callable[[str], None]
    kept: Callable[[], None]
    lost: Callable[[], None]

    def read(self, keys: Collection[str], /) -> Stored:
        """Return some values."""
        self.before("read")
        found = self.inner.read(keys)
        self.after("read")
        return found

    def scan(self, prefix: str, /, *, after: str | None, limit: int) -> Page[tuple[str, bytes]]:
        """Return keys with a prefix, few at a time."""
        self.before("scan")
        found = self.inner.scan(prefix, after=after, limit=min(limit, 7))
        self.after("scan")
        return found

    def commit(
        self, revision: int, /, *, put: Mapping[str, bytes], drop: Collection[str], figures: Sequence[Progress]
    ) -> None:
        """Commit, or refuse to."""
        # Pages are kept as records; whatever else is kept comes last.
        name = "commit" if {key.partition("/")[0] for key in put} <= _OF_PAGES else "last"
        self.before(name)
        try:
            self.inner.commit(revision, put=put, drop=drop, figures=figures)
        except ConcurrencyConflict:
            self.lost()
            raise
        self.kept()
        self.after(name)


@dataclass
class Goals:
    """A process's way to the goals. Fills `GoalRepository`; it remembers how much of the feed was seen."""

    inner: MemoryGoals
    seen: int = 0

    def get(self, goal_ids: Collection[str], /) -> Sequence[Goal]:
        """Return some goals."""
        return self.inner.get(goal_ids)

    def find(self, query: GoalQuery, /, *, after: str | None, limit: int) -> Page[Goal]:
        """Return the goals that a query finds."""
        return self.inner.find(query, after=after, limit=limit)

    def commit(self, changes: Sequence[Change], /) -> None:
        """Make some changes."""
        self.inner.commit(changes)

    def changes(self, *, goal_id: str | None, after: str | None, limit: int) -> Page[Change]:
        """Return the feed, few changes at a time."""
        found = self.inner.changes(goal_id=goal_id, after=after, limit=min(limit, 3))
        self.seen = max(self.seen, int(found.cursor or 0))
        return found


@dataclass
class People:
    """Who belongs where, as it is now. Fills `RosterSource`."""

    now: Callable[[], Roster]
    at_call: Callable[[], None]
    seen: Roster = field(default_factory=Roster)

    def roster(self) -> Roster:
        """Return the roster."""
        self.at_call()
        self.seen = self.now()
        return self.seen


@dataclass
class Exchange:
    """The rates as they are now, no more of them than are asked for. Fills `RateSource`."""

    now: Callable[[], Rates]
    at_call: Callable[[], None]
    seen: Rates = field(default_factory=lambda: Rates("EUR", {}))

    def rates(self, base: str, currencies: frozenset[str], during: Period, /) -> Rates:
        """Return some rates."""
        self.at_call()
        self.seen = self.now()
        return MemoryRates(self.seen).rates(base, currencies, during)
