"""Records as the tracker keeps them: every version that was ever delivered, by kind and id, and by owner."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Final, TypeAlias

from attrs import evolve, field, frozen

from quota_engine.events import CrmEvent, is_conflict, is_later
from quota_engine.ports import TrackingStore
from quota_engine.tracking.codec import Version, key, load_versions, parts

Record: TypeAlias = tuple[str, str]

_PAGE: Final = 1_000
_CODE: Final = re.compile(r"[A-Z]{3}", re.ASCII)
_LAST_VERSION: Final = 2**63 - 1
_MICROSECOND: Final = timedelta(microseconds=1)


def record_key(record: Record) -> str:
    """Return the key under which the versions of a record are."""
    return key("record", *record)


def dirty_key(record: Record) -> str:
    """Return the key under which its versions are as they were at the last refresh, once there are others."""
    return key("dirty", *record)


def owner_key(owner_id: str, record: Record) -> str:
    """Return the key that says that a user owns, or has owned, a record."""
    return key("owner", owner_id, *record)


def record_of(name: str) -> Record:
    """Return the record of a key, whose last two parts are its kind and its id."""
    kind, record_id = parts(name)[-2:]
    return kind, record_id


def currencies_in(events: Iterable[CrmEvent], names: frozenset[str]) -> frozenset[str]:
    """Return the currencies that versions have in some properties; what is none is left to be reported when it is read."""
    found = (event.properties.get(name) for event in events for name in names)
    return frozenset(code for code in found if isinstance(code, str) and _CODE.fullmatch(code))


@frozen
class Taken:
    """What has become of a record's versions with one more delivery.

    Attributes:
        versions: in the order in which they hold.
        is_new: whether one of them says something that was not said before.
        is_repeated: whether the version was delivered before in the same reading.
    """

    versions: Sequence[Version]
    is_new: bool
    is_repeated: bool


def taken(held: Sequence[Version], event: CrmEvent, *, reading: int, since: int, as_of: datetime) -> Taken:
    """Return what becomes of the versions of a record when one is delivered in a reading, at a moment.

    One that was delivered before with fewer properties, in a reading before `since`, is replaced; otherwise two that say
    different things stay both (rule P1 says which holds). A record that was gone, and is named again as it was, is back from
    now on.
    """
    new = Version(event, reading, is_made=False)
    if not held or (held[-1].event.order() < event.order() and not any(version.is_made for version in held)):
        return Taken([*held, new], is_new=True, is_repeated=False)  # as a rule
    others: list[Version] = []
    is_repeated, is_new = False, True
    for version in held:
        if version.is_made or version.event.order() != event.order():
            others.append(version)
        elif not is_conflict(version.event, event):
            is_repeated, is_new = version.reading == reading, False
        elif version.reading >= since or not _is_fuller(event, version.event):
            others.append(version)
    versions = _brought_back(placed(others, new))
    last = versions[-1]
    if last.is_made and last.event.deleted:
        real = [version for version in versions if not version.is_made][-1]
        if not real.event.deleted:
            versions, is_new = [*versions, Version(_after(last.event, real.event, as_of), reading, is_made=True)], True
    return Taken(versions, is_new, is_repeated)


def _is_fuller(event: CrmEvent, other: CrmEvent) -> bool:
    """Whether a version says all that another one says, and more."""
    return (event.owner_id, event.pipeline_id, event.deleted) == (
        other.owner_id,
        other.pipeline_id,
        other.deleted,
    ) and all(name in event.properties and event.properties[name] == value for name, value in other.properties.items())


def _brought_back(versions: Sequence[Version]) -> list[Version]:
    """Return versions of which those that say that the record is back say what it is by then: what was delivered up to there.

    The record may come with more properties, or with a version that was late. Where that is a deletion it is not back at all.
    """
    found = [version for version in versions if not _is_return(version)]
    delivered = [version.event for version in found if not version.is_made]
    for version in filter(_is_return, versions):
        again = version.event
        by_then = [real for real in delivered if (real.recorded_at, real.version) <= (again.recorded_at, again.version)]
        if not by_then[-1].deleted:
            again = evolve(by_then[-1], recorded_at=again.recorded_at, version=again.version)
            found = placed(found, evolve(version, event=again))
    return found


def _is_return(version: Version) -> bool:
    return version.is_made and not version.event.deleted


def placed(versions: Sequence[Version], version: Version) -> list[Version]:
    """Return versions with one more, in the order in which they hold."""
    place = sum(is_later(version.event, other.event) for other in versions)
    return [*versions[:place], version, *versions[place:]]


def gone(versions: Sequence[Version], *, as_of: datetime) -> list[Version]:
    """Return the versions of a record that is gone without a trace: deleted at the moment at which that was noticed."""
    last = versions[-1].event
    deletion = evolve(_after(last, last, as_of), deleted=True)
    return [*versions, Version(deletion, versions[-1].reading, is_made=True)]


def _after(last: CrmEvent, event: CrmEvent, as_of: datetime) -> CrmEvent:
    """Return what an event says as a version that is recorded at a moment, or as soon after the last one as can be."""
    if last.recorded_at < as_of:
        return evolve(event, recorded_at=as_of, version=0)
    if last.version < _LAST_VERSION:
        return evolve(event, recorded_at=last.recorded_at, version=last.version + 1)
    return evolve(event, recorded_at=last.recorded_at + _MICROSECOND, version=0)


def known(versions: Iterable[Version], at: datetime | None) -> list[CrmEvent]:
    """Return the versions that had been recorded at a moment; none where there was no such moment."""
    return [] if at is None else [version.event for version in versions if version.event.recorded_at <= at]


@frozen
class Records:
    """The records in a store.

    Attributes:
        store: where they are.
        former: versions that are to be taken for those of some records, instead of those that are kept.
    """

    store: TrackingStore
    former: Mapping[Record, Sequence[Version]] = field(factory=dict)

    def scan(self, prefix: str, *, at_once: int = _PAGE) -> Iterator[tuple[str, bytes]]:
        """Yield all keys with a prefix and their values, page by page."""
        after, more = None, True
        while more:
            page = self.store.scan(prefix, after=after, limit=at_once)
            yield from page.items
            after, more = page.cursor, page.more

    def all_of(self, kind: str) -> Iterator[tuple[Record, list[Version]]]:
        """Yield all records of a kind."""
        for name, written in self.scan(key("record", kind, "")):
            record = record_of(name)
            yield record, list(self.former[record]) if record in self.former else load_versions(name, written)

    def as_figured(self) -> Records:
        """Return the records as the figures know them, without what was read since then."""
        dirty = self.scan("dirty/")
        return Records(self.store, {record_of(name): load_versions(name, written) for name, written in dirty})

    def some(self, records: Collection[Record]) -> Iterator[tuple[Record, list[Version]]]:
        """Yield those of some records that there are."""
        names = iter([(record_key(record), record) for record in records])
        while by_key := dict(islice(names, _PAGE)):
            for name, written in self.store.read(by_key).values.items():
                yield by_key[name], load_versions(name, written)

    def currencies(self, kind: str, names: frozenset[str]) -> frozenset[str]:
        """Return the currencies that versions of the records of a kind have in some properties; nothing is read for none."""
        found: set[str] = set()
        for _, versions in self.all_of(kind) if names else ():
            found |= currencies_in((version.event for version in versions), names)
        return frozenset(found)

    def owned_by(self, user_id: str) -> Iterator[Record]:
        """Yield the records that a user owns or has owned."""
        return (record_of(name) for name, _ in self.scan(key("owner", user_id, "")))
