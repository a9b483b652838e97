"""The records of a CRM, and sources of every manner that the protocol allows: with cursors, or naming all there is each time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random
from typing import Final

from attrs import evolve

from quota_engine import CrmEvent, CursorExpired, InvalidCursor, Page
from quota_engine.events import Property
from tests.simulation.crm import records_of
from tests.wide_lives.draws import DAY, HOUR, NONE, PIPELINES, USERS

KINDS: Final = ("deal", "ticket", "call")
IDS: Final = ("r1", "r2", "r3", "r4", "r/5 é", "r6", "r7", "r8")
MANNERS: Final = ("cursors", "cursors", "cursors", "all versions", "latest versions")
_HOURS: Final = (0, 0, 0, 0, -1, -1, 1, -24, -24, -48, -72, -96, -24 * 30, 24, 24 * 4, 24 * 20, 24 * 45)


def _day(rng: Random, now: datetime) -> date | datetime:
    moment = now + rng.choice(_HOURS) * HOUR
    return moment if rng.randrange(3) == 0 else moment.date()


def _worth(rng: Random, kind: str, now: datetime) -> dict[str, Property]:
    """Return all that a record may say."""
    if kind == "call":
        return {
            "created_at": _day(rng, now),
            "occurred_at": _day(rng, now),
            "minutes": rng.choice((None, 1, 2, 30)),
        }
    if kind == "ticket":
        return {
            "created_at": _day(rng, now),
            "closed_at": _day(rng, now),
            "resolution_seconds": rng.choice((None, 5, 60, 3600)),
            "first_response_seconds": rng.choice((None, 7, 70)),
        }
    amount = rng.choice(("10", "25.5", "40", "100", "-15", "33.333333", None, "5"))
    currency = rng.choice((None, None, None, "USD", "GBP", "EUR"))
    return {
        "is_won": rng.random() < 0.85,
        "created_at": _day(rng, now),
        "closed_at": _day(rng, now),
        "amount": amount if rng.randrange(80) else "much",
        "currency": currency if rng.randrange(60) else "CHF",
        "deal_currency": rng.choice((None, "USD", "GBP")),
        "stage": rng.choice((None, "won", "paid", "lost")),
    }


@dataclass(eq=False)
class Source:
    """What the CRM's records are read by, of all processes. Fills `EventSource`.

    Attributes:
        rng: what is left to chance.
        manner: "cursors", "all versions" or "latest versions": the last two give no cursors, and name all there is each time.
        is_narrow: whether versions have no more properties than are asked for.
        names_deleted: whether a record that was deleted is named among the latest versions.
        log: all versions, in the order in which they were written.
        given: by their places in the log, those that were given out, each as it was given last.
        named: by kind, the ids that the last reading from the start named.
        age: which cursors are known: those of the same age.
        failing: the kind of which the next page but so many is not to be had.
    """

    rng: Random
    manner: str
    is_narrow: bool
    names_deleted: bool
    log: list[CrmEvent] = field(default_factory=list)
    given: dict[int, CrmEvent] = field(default_factory=dict)
    named: dict[str, set[str]] = field(default_factory=dict)
    age: int = 0
    failing: tuple[str, int] | None = None

    def write(self, now: datetime) -> CrmEvent:
        """Write another version of some record, or the first, and return it."""
        rng = self.rng
        kind, record_id = rng.choice(("deal", "deal", "deal", "ticket", "call")), rng.choice(IDS)
        old = next((each for each in reversed(self.log) if (each.object, each.record_id) == (kind, record_id)), None)
        kept: Mapping[str, Property] = old.properties if old is not None and rng.random() < 0.6 else {}
        worth = {
            name: said if name not in kept or rng.random() < 0.3 else kept[name]
            for name, said in _worth(rng, kind, now).items()
        }
        event = CrmEvent(
            kind,
            record_id,
            recorded_at=now + rng.choice((*[NONE] * 6, -3 * HOUR, -6 * DAY, 2 * DAY)),
            owner_id=old.owner_id
            if old is not None and rng.random() < 0.5
            else rng.choice((*USERS, *USERS, None, "queue")),
            pipeline_id=rng.choice((*PIPELINES, None)),
            properties=worth,
            version=len(self.log) + 1,  # each of its own: a narrow version must not contradict the whole one
            deleted=rng.random() < 0.1,
        )
        self.log.append(event)
        return event

    def changes(self, object: str, since: str | None, /, *, properties: frozenset[str]) -> Page[CrmEvent]:  # noqa: A002 - the protocol's name
        """Return the next versions."""
        self._fail(object)
        if since is None:
            self.named[object] = set()
        if self.manner != "cursors":
            places = [place for place, event in enumerate(self.log) if event.object == object]
            if self.manner == "latest versions":
                places = [place for place in places if place in self._latest()]
            return Page(self._give(places, properties))
        age, start = (self.age, 0) if since is None else map(int, since.split())
        if age != self.age:
            error = self.rng.choice(
                (CursorExpired, InvalidCursor)
            )  # it is not known any more, or the source was set up anew
            raise error("since: expected a cursor that is still known", field="since")
        end = min(len(self.log), start + self.rng.choice((1, 3, 10, 100)))
        places = [place for place in range(start, end) if self.log[place].object == object]
        return Page(self._give(places, properties), f"{age} {end}", end < len(self.log))

    def _fail(self, kind: str) -> None:
        if self.failing is not None and self.failing[0] == kind:
            self.failing = (kind, self.failing[1] - 1)
            if self.failing[1] < 0:
                self.failing = None
                raise TimeoutError("it takes too long")

    def _latest(self) -> set[int]:
        """Return the places of the versions that hold."""
        held = {id(event) for event in records_of(self.log).values() if self.names_deleted or not event.deleted}
        return {place for place, event in enumerate(self.log) if id(event) in held}

    def _give(self, places: list[int], properties: frozenset[str]) -> list[CrmEvent]:
        for place in places:
            event = self.log[place]
            if self.is_narrow:
                few = {name: said for name, said in event.properties.items() if name in properties}
                event = evolve(event, properties=few)
            self.given[place] = event
            self.named[event.object].add(event.record_id)
        return [self.given[place] for place in places]

    def skipped(self, kinds: set[str]) -> Iterator[str]:
        """Yield the versions of some kinds that were not given out though all should have been read."""
        due = self._latest() if self.manner == "latest versions" else range(len(self.log))
        for place in due:
            event = self.log[place]
            if event.object in kinds and place not in self.given:
                yield f"LR10: {event.object} {event.record_id}, version {event.version}, was not read"

    def gone(self, kinds: set[str]) -> set[tuple[str, str]]:
        """Return the records of some kinds that were given out once, and are gone without a trace."""
        return {
            record
            for record, event in records_of(self.given.values()).items()
            if not event.deleted and record[0] in kinds and record[1] not in self.named[record[0]]
        }
