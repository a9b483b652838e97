"""The protocols that a host fills: where goals are kept, and where records, people, rights and rates come from.

Each is bound to one account when it is made. A host whose data fits in memory uses `adapters.memory`; `calculate` takes the
values themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Final, Generic, Protocol, TypeVar

from attrs import field, frozen

from quota_engine import _fields
from quota_engine._fields import Field, FrozenMap
from quota_engine.contributors import Roster
from quota_engine.errors import QuotaError, SourceUnavailable, TooLarge, mistyped, shown
from quota_engine.events import CrmEvent
from quota_engine.goals import Goal
from quota_engine.periods import Period
from quota_engine.policy.actors import Action, Actor
from quota_engine.progress import Progress
from quota_engine.queries import GoalQuery
from quota_engine.rates import Rates

T = TypeVar("T")

_MOST_ITEMS: Final = 1_000_000
LONGEST_CURSOR: Final = 16_000
"""The most characters of a cursor: one that holds names and ids, in any script, is shorter, and so is a key of a store."""


def _as_moment(at: datetime) -> datetime:
    return _fields.instant(at, "at")


def _as_action(action: str) -> Action:
    return _fields.word(action, "action", Action)


def _check_cursor(_page: object, attribute: Field, cursor: object) -> None:
    if cursor is not None:
        _fields.text(cursor, attribute.name, longest=LONGEST_CURSOR)


def _check_version(_change: Change, attribute: Field, version: object) -> None:
    _fields.whole(version, attribute.name, 0, 2**63 - 1)


def _check_revision(_stored: Stored, attribute: Field, revision: object) -> None:
    _fields.whole(revision, attribute.name, 0, 2**63 - 1)


def _as_values(values: Mapping[str, bytes]) -> FrozenMap[str, bytes]:
    if not isinstance(values, Mapping):
        raise mistyped("values", values, "a mapping from keys to bytes")
    return FrozenMap({key: value if type(value) is bytes else _as_bytes(key, value) for key, value in values.items()})


def _as_bytes(key: object, value: object) -> bytes:
    """Return bytes for what some databases give instead of them."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    raise mistyped(f"values[{shown(key)}]", value, "bytes")


def _as_items(items: Iterable[T]) -> tuple[T, ...]:
    if isinstance(items, (str, bytes)) or not isinstance(items, Iterable):
        raise mistyped("items", items, "several items")
    found = tuple(islice(items, _MOST_ITEMS + 1))
    if len(found) > _MOST_ITEMS:
        raise TooLarge(f"items: expected at most {_MOST_ITEMS} items on a page, got more", field="items")
    return found


@frozen
class Page(Generic[T]):
    """Some of what was asked for, and where to go on.

    Attributes:
        items: the items of this page, in order.
        cursor: what to pass to get what comes after; opaque text of the source, of at most 16,000 characters.
        more: whether there is more at this moment.
    """

    items: tuple[T, ...] = field(converter=_as_items)
    cursor: str | None = field(default=None, validator=_check_cursor)
    more: bool = field(default=False, validator=_fields.checked(_fields.flag))


@frozen(kw_only=True)
class Change:
    """One change of one goal, as it is kept for ever.

    Attributes:
        goal_id: of the goal.
        before: the version at which it stood; 0 for a new goal.
        goal: as it is from then on; None when it is deleted.
        action: what was done: create, edit or delete.
        by: the id of the user who did it; None for the host itself.
        at: when.
        why: in the words of whoever did it; may be empty.
    """

    goal_id: str = field(validator=_fields.checked(_fields.identifier))
    before: int = field(validator=_check_version)
    goal: Goal | None = field(
        default=None, validator=_fields.checked(_fields.optional(_fields.instance_of(Goal, "a Goal")))
    )
    action: Action = field(converter=_as_action)
    by: str | None = field(default=None, validator=_fields.checked(_fields.optional(_fields.identifier)))
    at: datetime = field(converter=_as_moment)
    why: str = field(default="", validator=_fields.checked(_fields.text))


class GoalRepository(Protocol):
    """Goals of one account with every change ever made to them. Safe to call from several processes."""

    def get(self, goal_ids: Collection[str], /) -> Sequence[Goal]:
        """Return the current goals among these, in any order; unknown and deleted ids are left out."""
        ...

    def find(self, query: GoalQuery, /, *, after: str | None, limit: int) -> Page[Goal]:
        """Return the next goals that `query.matches`, by ascending `query.place`, or by descending one where it says so.

        A goal that is added or deleted meanwhile neither repeats nor hides another. One whose own place changes meanwhile, since
        it was renamed, say, may come twice or not at all; all others come once.

        The cursor is the place of a goal that was found, not of one that was merely looked at: it tells nobody of a goal that the
        query's `sight` hides. It may be used with other filters, and not with another order.

        Args:
            query: which goals, in which order.
            after: the cursor of the page before; None from the first goal on.
            limit: the most goals of this page, at least one.

        Raises:
            InvalidCursor: it is no cursor of this order.
            InvalidType, InvalidValue: a limit below one.
        """
        ...

    def commit(self, changes: Sequence[Change], /) -> None:
        """Make all changes, or none; one commit at a time per account.

        Raises:
            ConcurrencyConflict: a goal does not stand at `change.before`.
            AlreadyExists: there is, or was, a goal of that id where `change.before` is 0.
        """
        ...

    def changes(self, *, goal_id: str | None, after: str | None, limit: int) -> Page[Change]:
        """Return the feed of changes, oldest first; deleted goals stay in it. A cursor never passes a change that commits later.

        Raises:
            InvalidCursor: a cursor that no page of this repository had.
        """
        ...


class ActorSource(Protocol):
    """Who may do what, as the host knows it."""

    def actor(self, user_id: str, /) -> Actor | None:
        """Return a user's present rights, read afresh at every call; None for nobody, who is denied."""
        ...


class EventSource(Protocol):
    """The CRM's record versions. Reads only.

    A *run* goes from None, or from the cursor where the last one ended, to the first page without `more`. The tracker keeps each
    page with its cursor, so a run that fails goes on in the next refresh, from the cursor of its last page.

    What is raised here beside the errors below, such as a `TimeoutError`, is told as `SourceUnavailable`.
    """

    def changes(self, object: str, since: str | None, /, *, properties: frozenset[str]) -> Page[CrmEvent]:  # noqa: A002
        """Return versions of an object's records after a cursor: whole records, with at least these properties.

        They may repeat, overlap and come in any order, but one that commits late is never skipped. From None on: everything
        there is; a record that was known before and is not named in a run from None to its end is gone. A source that knows no
        cursors gives one page without any, and is asked from None each time.

        A cursor may expire between runs. One that was given during a run from None must stay valid until that run ends, which may
        take several refreshes: whoever has it refused starts from None again, and a second time in one refresh gives up with
        `SourceUnavailable`. A source whose cursors live shorter than its own run takes is never read to its end.

        Raises:
            InvalidCursor: a cursor that this source never gave out. The tracker passes none but those that it was given and has
                kept, so it takes this for `CursorExpired`: the source was set up anew, say.
            CursorExpired: what came after the cursor is no longer known; the reader starts again from None.
            SourceUnavailable: it cannot be read now.
        """
        ...


class RosterSource(Protocol):
    """Who belongs where."""

    def roster(self) -> Roster:
        """Return the whole roster with its past, of one moment."""
        ...


class RateSource(Protocol):
    """Exchange rates."""

    def rates(self, base: str, currencies: frozenset[str], during: Period, /) -> Rates:
        """Return rates to `base` for these days and the last one before them; a currency without any is absent.

        It is asked at each refresh, and its `missing` says what becomes of records without a rate. Another rate than before for a
        past day moves frozen figures as well: rates have no recording time.
        """
        ...


@frozen
class Stored:
    """Values of a tracking store as they stood together.

    Attributes:
        revision: how often the account's state has been committed.
        values: by key, those that there are.
    """

    revision: int = field(validator=_check_revision)
    values: FrozenMap[str, bytes] = field(converter=_as_values)


class TrackingStore(Protocol):
    """The tracker's own state: bytes under ASCII keys that the host keeps and never reads, with one revision per account.

    A key is made of a word and ids, with `/` between; in ids all but ASCII letters, digits and `_.~-` is percent-encoded. Keys
    have 4 to 100 characters where ids are short, up to 200 where they are UUIDs, and up to 12,200 where they are of 200 four-byte
    characters, such as emoji. They are compared byte by byte: in PostgreSQL by a column with the collation `C`, in MySQL by a
    binary one.

    A store that cannot be reached raises `RepositoryUnavailable`, or whatever its driver raises, such as an `OSError` or a
    `TimeoutError`: all but errors of this library are told as `RepositoryUnavailable`, which is retryable. So may a commit of
    which nobody knows whether it was made: the next call reads what stands.
    """

    def read(self, keys: Collection[str], /) -> Stored:
        """Return the revision and the values of those keys that exist, both of one committed state.

        The most keys asked for at once: two for each record of a page of the source; for figures that are looked at, one for each
        goal and row, and two; as many as are acknowledged at once, up to 100,000; 1,000 otherwise. A database that takes fewer
        parameters asks several times in one transaction that sees one state.
        """
        ...

    def scan(self, prefix: str, /, *, after: str | None, limit: int) -> Page[tuple[str, bytes]]:
        """Return at most `limit` keys with this prefix and their values, ascending by byte; `after`: the last key of a page.

        The page's cursor is its last key, and `limit` is at most 1,000. Each page is of one committed state. Pages of one scan
        may be of different revisions: what a refresh makes of them is kept only where the account still stands at the revision
        that it began with.
        """
        ...

    def commit(
        self, revision: int, /, *, put: Mapping[str, bytes], drop: Collection[str], figures: Sequence[Progress]
    ) -> None:
        """If the account still stands at `revision`: drop, put and step it by one, all or nothing.

        A page of a source is one commit: up to two keys for each of its records, and one for each owner that a record has or had.
        The last commit of a refresh puts and drops all that has changed: keys of rows, goals, records with something to look at,
        and milestones.

        `figures` are those that changed, for a table of the host's own in the same transaction; they may be ignored. They come
        with the last commit of a refresh alone. An edited goal has all its rows and slices among them. What a goal has no more (a
        row that was removed, a slice that was remapped away) is not told as gone, nor is a goal that was deleted: the host drops
        from its table what the goal, as `GoalRepository.get` returns it, does not have, when it keeps a change of the goal
        (`GoalRepository.commit`) or here, for each goal among the figures. `tracker.progress` shows none of it.

        Raises:
            ConcurrencyConflict: the account stands at another revision.
        """
        ...


def _filling(expected: str, *methods: str, values: tuple[type, ...] = ()) -> Callable[[object, str], object]:
    """Return a check that takes what has the methods of a protocol, and values of some classes."""

    def check(value: object, field: str) -> object:
        fills = not isinstance(value, type) and all(callable(getattr(value, method, None)) for method in methods)
        if not fills and not isinstance(value, values):
            raise mistyped(field, value, expected)
        return value

    return check


goal_repository: Final = _filling("a GoalRepository", "get", "find", "commit", "changes")
event_source: Final = _filling("an EventSource", "changes")
actor_source: Final = _filling("an ActorSource", "actor")
roster_source: Final = _filling("a Roster or a RosterSource", "roster", values=(Roster,))
rate_source: Final = _filling("Rates or a RateSource", "rates", values=(Rates,))
tracking_store: Final = _filling("a TrackingStore", "read", "scan", "commit")


@contextmanager
def asking(
    name: str, *, unavailable: type[QuotaError] = SourceUnavailable, done: str = "read"
) -> Generator[None, None, None]:
    """Tell what fails while a host's own port is asked in our words, without its own; an error of ours goes on as it is."""
    try:
        yield
    except QuotaError:
        raise
    except Exception as error:
        raise unavailable(f"{name}: cannot be {done}: {type(error).__name__}", field=name) from error
