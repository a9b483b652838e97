"""The ports over plain values in memory: the reference for every other adapter, and enough for a small host."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_left, bisect_right, insort
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from threading import Lock
from typing import Final

from attrs import define, field

from quota_engine import _fields
from quota_engine.contributors import Roster
from quota_engine.errors import AlreadyExists, ConcurrencyConflict, InvalidCursor, shown
from quota_engine.events import CrmEvent
from quota_engine.goals import Goal
from quota_engine.periods import Period
from quota_engine.policy import Actor
from quota_engine.ports import LONGEST_CURSOR, Change, Page, Stored
from quota_engine.progress import Progress
from quota_engine.queries import GoalQuery, SortBy
from quota_engine.rates import Rates

_PAGE: Final = 1_000
_DIGITS: Final = 19
_MOST: Final = 2**63 - 1
_MOST_MOVED: Final = 10_000  # more keys than that are sorted anew when they are asked for
_ORDERS: Final = tuple(GoalQuery(sort=sort) for sort in SortBy)
_BETWEEN: Final = "\x1f"  # in no id and no name, where control characters are refused


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
        return _number(cursor, "since", len(self._events))


def _number(cursor: str, field: str, most: int) -> int:
    """Return the number that a cursor is."""
    given = _fields.text(cursor, field)
    if not (given.isascii() and given.isdigit() and len(given) < _DIGITS and int(given) <= most):
        raise _no_cursor(given, field, "this source")
    return int(given)


def _no_cursor(given: str, field: str, expected: str) -> InvalidCursor:
    return InvalidCursor(
        f"{field}: expected a cursor of {expected}, got {shown(given)}", field=field, value=shown(given)
    )


def _order(query: GoalQuery) -> str:
    return f"{query.sort}, {'descending' if query.descending else 'ascending'}"


def _cursor(query: GoalQuery, place: tuple[str, str]) -> str:
    return urlsafe_b64encode(_BETWEEN.join((_order(query), *place)).encode()).decode()


def _place(query: GoalQuery, cursor: str) -> tuple[str, str]:
    """Return the place that a cursor is."""
    given = _fields.text(cursor, "after", longest=LONGEST_CURSOR)
    try:
        _, listed_by, goal_id = urlsafe_b64decode(given).decode().split(_BETWEEN)
    except ValueError:
        raise _no_cursor(given, "after", f"the order {_order(query)}") from None
    if _cursor(query, (listed_by, goal_id)) != given:
        raise _no_cursor(given, "after", f"the order {_order(query)}")
    return listed_by, goal_id


@define(eq=False)
class MemoryGoals:
    """Goals of one account, with all their changes. Fills `GoalRepository`; safe for threads.

    The places of the goals are kept sorted, once for each order, so that a page costs the same wherever it begins.

    >>> MemoryGoals().find(GoalQuery(), after=None, limit=10)
    Page(items=(), cursor=None, more=False)
    """

    _goals: dict[str, Goal] = field(factory=dict, init=False)
    _places: dict[SortBy, list[tuple[str, str]]] = field(
        factory=lambda: {order.sort: [] for order in _ORDERS}, init=False, repr=False
    )
    _changes: list[Change] = field(factory=list, init=False)
    _ids: set[str] = field(factory=set, init=False)
    _lock: Lock = field(factory=Lock, init=False, repr=False)

    def get(self, goal_ids: Collection[str], /) -> Sequence[Goal]:
        """Return the current goals among these; see `GoalRepository.get`."""
        with self._lock:
            return [self._goals[goal_id] for goal_id in dict.fromkeys(goal_ids) if goal_id in self._goals]

    def find(self, query: GoalQuery, /, *, after: str | None, limit: int) -> Page[Goal]:
        """Return the next goals that a query matches, in its order; see `GoalRepository.find`."""
        _fields.whole(limit, "limit", 1, _MOST)
        with self._lock:
            places = self._places[query.sort]
            ahead = self._ahead(query, after)
            found: list[Goal] = []
            looked_at = 0
            while looked_at < len(ahead) and len(found) < limit:
                goal = self._goals[places[ahead[looked_at]][1]]
                if query.matches(goal):
                    found.append(goal)
                looked_at += 1
            cursor = _cursor(query, query.place(found[-1])) if found else after
            return Page(tuple(found), cursor, looked_at < len(ahead))

    def commit(self, changes: Sequence[Change], /) -> None:
        """Make all changes or none; see `GoalRepository.commit`."""
        with self._lock:
            standing = {change.goal_id: self._goals.get(change.goal_id) for change in changes}
            for change in changes:
                self._check(change, standing[change.goal_id])
                standing[change.goal_id] = change.goal
            for change in changes:
                self._put(change)

    def changes(self, *, goal_id: str | None, after: str | None, limit: int) -> Page[Change]:
        """Return the feed of changes, oldest first; see `GoalRepository.changes`."""
        _fields.whole(limit, "limit", 1, _MOST)
        with self._lock:
            place = 0 if after is None else _number(after, "after", len(self._changes))
            found: list[Change] = []
            while place < len(self._changes) and len(found) < limit:
                if goal_id is None or self._changes[place].goal_id == goal_id:
                    found.append(self._changes[place])
                place += 1
            return Page(tuple(found), str(place), place < len(self._changes))

    def _ahead(self, query: GoalQuery, after: str | None) -> range:
        """Return where the goals that are still to come stand among all places of the order, the next one first."""
        places = self._places[query.sort]
        last = None if after is None else _place(query, after)
        if query.descending:
            return range((len(places) if last is None else bisect_left(places, last)) - 1, -1, -1)
        return range(0 if last is None else bisect_right(places, last), len(places))

    def _check(self, change: Change, standing: Goal | None) -> None:
        if change.before == 0:
            if standing is not None or change.goal_id in self._ids:
                raise AlreadyExists(
                    f"goal: expected an id that no goal has or had, got {shown(change.goal_id)}",
                    field="goal",
                    value=shown(change.goal_id),
                )
        elif standing is None or standing.version != change.before:
            stands = "none" if standing is None else f"version {standing.version}"
            raise ConcurrencyConflict(
                f"goal: expected version {change.before} of {shown(change.goal_id)} to be stored, there is {stands}",
                field="goal",
                value=shown(change.goal_id),
            )

    def _put(self, change: Change) -> None:
        before, after = self._goals.pop(change.goal_id, None), change.goal
        for order in _ORDERS:
            places = self._places[order.sort]
            if before is not None:
                del places[bisect_left(places, order.place(before))]
            if after is not None:
                insort(places, order.place(after))
        if after is not None:
            self._goals[after.id] = after
        self._ids.add(change.goal_id)
        self._changes.append(change)


@define(eq=False)
class MemoryActors:
    """Rights of users that can be set and taken away. Fills `ActorSource`."""

    _actors: dict[str, Actor] = field(factory=dict, init=False)

    def put(self, *actors: Actor) -> None:
        """Set the rights of users; they replace those they had."""
        self._actors.update({actor.user_id: actor for actor in _fields.items(actors, "actors", Actor, "actors")})

    def remove(self, user_id: str) -> None:
        """Take all rights of a user away, so that they are nobody."""
        self._actors.pop(user_id, None)

    def actor(self, user_id: str, /) -> Actor | None:
        """Return a user's present rights."""
        return self._actors.get(user_id)


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


@define(eq=False)
class MemoryStore:
    """A tracker's state in memory. Fills `TrackingStore`; safe for threads.

    Keys are kept in order by what stands before their first slash, so that scanning a few does not sort the many.

    >>> MemoryStore().read(["head"])
    Stored(revision=0, values=FrozenMap({}))
    """

    _revision: int = field(default=0, init=False)
    _values: dict[str, bytes] = field(factory=dict, init=False, repr=False)
    _keys: dict[str, set[str]] = field(factory=dict, init=False, repr=False)
    _sorted: dict[str, list[str]] = field(factory=dict, init=False, repr=False)
    _lock: Lock = field(factory=Lock, init=False, repr=False)

    def read(self, keys: Collection[str], /) -> Stored:
        """Return the revision and the values of some keys; see `TrackingStore.read`."""
        with self._lock:
            return Stored(self._revision, {key: self._values[key] for key in keys if key in self._values})

    def scan(self, prefix: str, /, *, after: str | None, limit: int) -> Page[tuple[str, bytes]]:
        """Return keys with a prefix and their values; see `TrackingStore.scan`."""
        with self._lock:
            keys = self._ordered(prefix)
            place = bisect_left(keys, prefix) if after is None else bisect_right(keys, after)
            found: list[tuple[str, bytes]] = []
            while place < len(keys) and len(found) < limit and keys[place].startswith(prefix):
                found.append((keys[place], self._values[keys[place]]))
                place += 1
            more = place < len(keys) and keys[place].startswith(prefix)
            return Page(tuple(found), found[-1][0] if found else after, more)

    def commit(
        self, revision: int, /, *, put: Mapping[str, bytes], drop: Collection[str], figures: Sequence[Progress]
    ) -> None:
        """Drop, put and step the revision, or do nothing; see `TrackingStore.commit`."""
        del figures
        with self._lock:
            if revision != self._revision:
                raise ConcurrencyConflict(
                    f"revision: expected {self._revision}, got {revision}", field="revision", value=str(revision)
                )
            for key in drop:
                if self._values.pop(key, None) is not None:
                    keys, ordered = self._shelf(key)
                    keys.remove(key)
                    if ordered is not None:
                        del ordered[bisect_left(ordered, key)]
            for key in put:
                if key not in self._values:
                    keys, ordered = self._shelf(key)
                    keys.add(key)
                    if ordered is not None:
                        insort(ordered, key)
            self._values.update(put)
            self._revision += 1

    def _shelf(self, key: str) -> tuple[set[str], list[str] | None]:
        """Return the keys beside a key that is about to come or go; also in order, if they are, and few enough to be moved up."""
        name = key.partition("/")[0]
        ordered = self._sorted.get(name)
        if ordered is not None and len(ordered) > _MOST_MOVED:
            ordered = None
            del self._sorted[name]
        return self._keys.setdefault(name, set()), ordered

    def _ordered(self, prefix: str) -> list[str]:
        name, slash, _ = prefix.partition("/")
        if not slash:
            return sorted(key for key in self._values if key.startswith(prefix))
        if name not in self._sorted:
            self._sorted[name] = sorted(self._keys.get(name, ()))
        return self._sorted[name]
