"""A CRM that never was: records with every version of theirs, and a source that is as bad as its protocol allows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from attrs import evolve

from quota_engine import CrmEvent, CursorExpired, InvalidCursor, SourceUnavailable
from quota_engine.events import Property
from quota_engine.ports import Page

KINDS = ("deal", "ticket")
IDS = tuple(f"r{number}" for number in range(8))
OWNERS = ("ada", "bob", "cyd", "dan", None, "queue")
PIPELINES = ("new", "renewals", None)
AMOUNTS = ("10", "25.50", "40", "100", "0.01", "-15", None, "33.333333")
CURRENCIES = (None, None, None, "USD", "GBP", "EUR")


@dataclass(eq=False)
class Version:
    """One version of a record, as the CRM has it; two may say the same."""

    event: CrmEvent


@dataclass(eq=False)
class Run:
    """One reading of the source from its start: what there was then, in the order in which it is given out, and what follows."""

    first: list[Version]
    goes_on_at: int
    named: set[str] = field(default_factory=set)
    is_known: bool = True


@dataclass
class Crm:
    """The records of an account.

    Attributes:
        rng: what is left to chance.
        has_history: whether a reading from the start gives old versions too, or the latest ones alone.
        is_narrow: whether versions are given with no more than the properties that are asked for.
        log: by kind, the versions that can be seen, in the order in which they came to be seen.
        hidden: those that are recorded and not committed yet.
        vanished: the records that a reading from the start does not name any more.
    """

    rng: Random
    has_history: bool
    is_narrow: bool
    log: dict[str, list[Version]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    hidden: list[Version] = field(default_factory=list)
    vanished: set[tuple[str, str]] = field(default_factory=set)
    latest: dict[tuple[str, str], CrmEvent] = field(default_factory=dict)
    runs: dict[str, list[Run]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    pages: int = 0
    written: int = 0

    def write(self, now: datetime) -> str:
        """Create, correct, delete or restore a record, and say what was done."""
        rng = self.rng
        kind = rng.choice(("deal", "deal", "deal", "ticket"))
        record = (kind, rng.choice(IDS))
        before = self.latest.get(record)
        recorded = now + rng.choice((timedelta(0),) * 6 + (timedelta(hours=-3), timedelta(days=-5), timedelta(days=2)))
        if before is not None and not rng.randrange(12) and not self.is_narrow:
            recorded = before.recorded_at
        version = 0 if before is None or recorded != before.recorded_at else before.version + rng.randrange(2)
        if self.is_narrow:  # what is replaced by a fuller version must be told from what contradicts it
            self.written += 1
            version = self.written
        if before is None or not rng.randrange(8):
            event = self._anew(record, now, recorded, version)
        elif not rng.randrange(6):
            event = evolve(before, recorded_at=recorded, version=version, deleted=not before.deleted)
        else:
            event = self._corrected(before, now, recorded, version)
        self.latest[record] = event
        made = Version(event)
        how = "at once"
        if not rng.randrange(6):
            self.hidden.append(made)
            how = "not to be seen yet"
        else:
            self.log[kind].append(made)
            self.vanished.discard(record)
        deleted = " deleted" if event.deleted else ""
        return f"{kind} {event.record_id}{deleted} of {event.owner_id}, recorded {recorded:%m-%d %H:%M}, {how}"

    def _anew(self, record: tuple[str, str], now: datetime, recorded: datetime, version: int) -> CrmEvent:
        kind, record_id = record
        return CrmEvent(
            kind,
            record_id,
            recorded_at=recorded,
            owner_id=self.rng.choice(OWNERS),
            pipeline_id=self.rng.choice(PIPELINES),
            properties={"created_at": self._day(now), **self._worth(kind, now)},
            version=version,
        )

    def _worth(self, kind: str, now: datetime) -> dict[str, Property]:
        rng = self.rng
        if kind == "ticket":
            seconds = rng.choice((None, 5, 60, 61, 3600))
            return {"closed_at": rng.choice((None, self._day(now))), "resolution_seconds": seconds}
        amount = rng.choice(AMOUNTS)
        return {
            "is_won": rng.random() < 0.85,
            "closed_at": self._day(now),
            "amount": None if amount is None else Decimal(amount),
            "currency": rng.choice(CURRENCIES),
        }

    def _corrected(self, before: CrmEvent, now: datetime, recorded: datetime, version: int) -> CrmEvent:
        changed = evolve(before, recorded_at=recorded, version=version, deleted=False)
        match self.rng.randrange(4):
            case 0:
                return evolve(changed, owner_id=self.rng.choice(OWNERS))
            case 1:
                return evolve(changed, pipeline_id=self.rng.choice(PIPELINES))
            case _:
                worth = self._worth(before.object, now)
                chosen = self.rng.choice(sorted(worth))
                return evolve(changed, properties={**before.properties, chosen: worth[chosen]})

    def _day(self, now: datetime) -> date | datetime:
        moment = now + timedelta(hours=self.rng.choice((0, 0, 0, -1, 1, -24, -24 * 20, -24 * 40, 24 * 3, 24 * 20)))
        return moment if self.rng.randrange(3) else moment.date()

    def commit_late(self) -> int:
        """Let what was hidden be seen; return how much it was."""
        count = 0
        for version in list(self.hidden):
            if self.rng.randrange(2):
                self.hidden.remove(version)
                self.log[version.event.object].append(version)
                self.vanished.discard((version.event.object, version.event.record_id))
                count += 1
        return count

    def vanish(self, *, is_seen: bool) -> str:
        """Let a record be gone without a trace, or be back: one that can be seen, where there is one, or any."""
        seen = {(kind, version.event.record_id) for kind in KINDS for version in self.log[kind]} - self.vanished
        chosen = self.rng.choice(sorted(seen)) if is_seen and seen else None
        record = chosen or (self.rng.choice(KINDS), self.rng.choice(IDS))
        if record in self.vanished:
            self.vanished.discard(record)
            return f"{record[0]} {record[1]} is back"
        self.vanished.add(record)
        return f"{record[0]} {record[1]} is gone without a trace"

    def begin(self, kind: str) -> Run:
        """Begin a reading from the start."""
        versions = [v for v in self.log[kind] if (kind, v.event.record_id) not in self.vanished]
        if not self.has_history:
            last: dict[str, Version] = {}
            for version in versions:
                held = last.get(version.event.record_id)
                if held is None or not holds_over(held.event, version.event):
                    last[version.event.record_id] = version
            versions = [version for version in last.values() if not version.event.deleted]
        self.rng.shuffle(versions)
        run = Run(versions, len(self.log[kind]))
        self.runs[kind].append(run)
        return run

    def forget(self) -> None:
        """Let all cursors be expired."""
        for runs in self.runs.values():
            for run in runs:
                run.is_known = False


@dataclass
class Given:
    """A page that was given to a process and is not kept yet."""

    kind: str
    run: Run
    versions: list[tuple[Version, CrmEvent]]


@dataclass
class Source:
    """What one process reads the records by. Fills `EventSource`.

    Attributes:
        crm: where they are.
        at_call: what is done before the next page is given; it may raise.
        pending: the page that was given last.
        keep: called with a page once the process has kept it.
        last: by kind, the run that was read last.
    """

    crm: Crm
    at_call: Callable[[str, bool], None]
    keep: Callable[[Given], None]
    pending: Given | None = None
    last: dict[str, Run] = field(default_factory=dict)

    def changes(self, object: str, since: str | None, /, *, properties: frozenset[str]) -> Page[CrmEvent]:  # noqa: A002 - the protocol's name
        """Return the next versions: pages of any size that repeat, overlap and are out of order."""
        self.kept()
        self.at_call(object, since is None)
        rng, crm = self.crm.rng, self.crm
        run, place = (crm.begin(object), 0) if since is None else self._found(object, since)
        ahead = [*run.first, *crm.log[object][run.goes_on_at :]]
        count = rng.choice((0, 1, 2, 3, 5, 8, 100))
        start = max(0, place - rng.choice((0, 0, 0, 1, 3)))
        chosen = ahead[start : place + count]
        chosen += [rng.choice(chosen) for _ in range(rng.choice((0, 0, 1, 2))) if chosen]
        if rng.randrange(2):
            rng.shuffle(chosen)
        end = min(place + count, len(ahead))
        given = [(version, self._narrowed(version.event, properties)) for version in chosen]
        self.pending, self.last[object] = Given(object, run, given), run
        crm.pages += 1
        number = crm.runs[object].index(run)
        return Page(tuple(event for _, event in given), f"{object} {number} {end} {crm.pages}", end < len(ahead))

    def _found(self, kind: str, since: str) -> tuple[Run, int]:
        given, number, place, _ = since.split()
        if given != kind:
            raise InvalidCursor("since: expected a cursor of this kind", field="since")
        run = self.crm.runs[kind][int(number)]
        if not run.is_known:
            raise CursorExpired("since: expected a cursor that is still known", field="since")
        return run, int(place)

    def _narrowed(self, event: CrmEvent, properties: frozenset[str]) -> CrmEvent:
        if not self.crm.is_narrow:
            return event
        return evolve(event, properties={n: v for n, v in event.properties.items() if n in properties})

    def kept(self) -> None:
        """Take it that the page that was given last has been kept."""
        if self.pending is not None:
            self.keep(self.pending)
        self.pending = None


def failure(rng: Random) -> Exception:
    """Return how a source may fail."""
    return rng.choice(
        (
            TimeoutError("it takes too long"),
            ConnectionResetError("it hung up"),
            SourceUnavailable("events: too many requests", field="events"),
        )
    )


def latest(events: Iterable[CrmEvent]) -> CrmEvent:
    """Return which of the versions of a record holds: the last one of the equal (rule P1)."""
    found: CrmEvent | None = None
    for event in events:
        if found is None or not holds_over(found, event):
            found = event
    if found is None:
        raise ValueError("no versions")
    return found


def holds_over(event: CrmEvent, other: CrmEvent) -> bool:
    """Whether a version of a record holds over another; what they say decides last, and is dear to ask (rule P1)."""
    mine, theirs = event.order(), other.order()
    return mine > theirs or (mine == theirs and event.content() > other.content())


def records_of(versions: Iterable[CrmEvent]) -> dict[tuple[str, str], CrmEvent]:
    """Return the last version of each record."""
    found: dict[tuple[str, str], CrmEvent] = {}
    for event in versions:
        record = (event.object, event.record_id)
        if record not in found or holds_over(event, found[record]):
            found[record] = event
    return found
