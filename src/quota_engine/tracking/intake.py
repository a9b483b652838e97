"""Intake: what sources have to say is read page by page and kept, so that nothing is read twice. Sources: P5, LE16, LR12.

Each page is one commit with its cursor. Figures are not touched: what changed shows at the end of the refresh, all at once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from attrs import define, evolve, field

from quota_engine._fields import FrozenMap
from quota_engine.errors import (
    ContractViolation,
    CursorExpired,
    InvalidCursor,
    SourceUnavailable,
    TooLarge,
    shown,
)
from quota_engine.events import CrmEvent
from quota_engine.ports import EventSource, Page, TrackingStore, asking
from quota_engine.tracking.codec import Version, dump_versions, load_versions
from quota_engine.tracking.heads import HEAD, Head, Reading
from quota_engine.tracking.records import (
    Record,
    Records,
    currencies_in,
    dirty_key,
    gone,
    owner_key,
    record_key,
    taken,
)
from quota_engine.tracking.stories import Needs

_SWEEP: Final = 1_000


@define(eq=False)
class Intake:
    """One run over the sources of a refresh.

    Attributes:
        store: where it is kept.
        events: the source.
        revision: that of the store.
        head: as it stands.
        as_of: the moment of the refresh.
        most: how many versions of a kind of record are read at most.
        repeats: how often each record was delivered as it was known already.
        before: of the records that this run changed, the versions there were at the last refresh.
        after: and those there are now.
    """

    store: TrackingStore
    events: EventSource
    revision: int
    head: Head
    as_of: datetime
    most: int
    repeats: Counter[Record] = field(factory=Counter)
    before: dict[Record, Sequence[Version]] = field(factory=dict)
    after: dict[Record, Sequence[Version]] = field(factory=dict)

    def run(self, needs: Needs) -> None:
        """Read the records that some goals need to the end.

        Raises:
            SourceUnavailable: a source failed; what came before is kept, and the next run goes on from there.
            ContractViolation: a source gave what its protocol does not allow.
            TooLarge: a source does not end.
            ConcurrencyConflict: somebody else refreshes.
        """
        for kind, properties in needs.kinds.items():
            reading = self.head.readings.get(kind)
            reading = Reading(properties=properties) if reading is None else self._resumed(reading, properties)
            names = needs.currency_names.get(kind, frozenset())
            if not names <= reading.currency_names:
                found = Records(self.store).currencies(kind, names - reading.currency_names)
                self.head = evolve(self.head, currencies=self.head.currencies | found)
                reading = evolve(reading, currency_names=reading.currency_names | names)
            self._read(kind, reading)

    @staticmethod
    def _resumed(reading: Reading, properties: frozenset[str]) -> Reading:
        """Return how reading goes on, with all the properties that are needed now."""
        if not properties <= reading.properties:
            number, both = reading.number + 1, properties | reading.properties
            return Reading(number=number, since=number, properties=both, currency_names=reading.currency_names)
        if reading.cursor is None and not reading.is_whole:
            # The source gives no cursors, so it names all that there is each time.
            return evolve(reading, number=reading.number + 1, is_whole=True)
        return reading

    def _read(self, kind: str, reading: Reading) -> None:
        versions, restarts, more = 0, 0, True
        while more:
            try:
                page = self._page(kind, reading)
            except (CursorExpired, InvalidCursor) as error:
                restarts += 1
                if reading.cursor is None or restarts > 1:
                    raise SourceUnavailable(
                        f"events: expected {kind} records from the start, got {error.code}", field="events"
                    ) from error
                reading = evolve(reading, number=reading.number + 1, cursor=None, is_whole=True)
                continue
            versions += max(1, len(page.items))  # an empty page counts, as a source may go round in them for ever
            if versions > self.most:
                raise TooLarge(
                    f"events: expected at most {self.most} versions of {kind} at once, got more", field="events"
                )
            if page.more and page.cursor == reading.cursor:
                raise ContractViolation(
                    f"events: expected a cursor that goes on, got {shown(page.cursor)} again", field="events"
                )
            reading = evolve(reading, cursor=page.cursor if page.cursor is not None else reading.cursor)
            more = page.more
            self._keep(kind, page, reading)
        if reading.is_whole:
            if reading.number > 1:  # the first names all that there is
                self._sweep(kind, reading)
            reading = evolve(reading, is_whole=False)
        if self.head.readings.get(kind) != reading:
            self._commit({}, kind, reading)

    def _page(self, kind: str, reading: Reading) -> Page[CrmEvent]:
        with asking(f"events of {kind}"):
            page = self.events.changes(kind, reading.cursor, properties=reading.properties)
        if not isinstance(page, Page):
            raise ContractViolation(f"events: expected a Page, got {shown(page)}", field="events", value=shown(page))
        for index, item in enumerate(page.items):
            if not isinstance(item, CrmEvent) or item.object != kind:
                given = shown(item) if not isinstance(item, CrmEvent) else shown(item.object)
                raise ContractViolation(
                    f"events[{index}]: expected a CrmEvent of {kind}, got {given}",
                    field=f"events[{index}]",
                    value=given,
                )
        return page

    def _keep(self, kind: str, page: Page[CrmEvent], reading: Reading) -> None:
        """Keep a page and where it ends, in one commit."""
        by_record: dict[str, list[CrmEvent]] = {}
        for event in page.items:
            by_record.setdefault(event.record_id, []).append(event)
        names = {record_key((kind, each)): (kind, each) for each in by_record}
        stored = self.store.read([*names, *(dirty_key(record) for record in names.values())]).values
        put: dict[str, bytes] = {}
        for name, record in names.items():
            written = stored.get(name)
            held: list[Version] = [] if written is None else load_versions(name, written)
            versions, is_new, is_named = held, False, True
            for event in by_record[record[1]]:
                found = taken(versions, event, reading=reading.number, since=reading.since, as_of=self.as_of)
                versions, is_new = list(found.versions), is_new or found.is_new
                is_named = is_named and found.is_repeated
                if found.is_repeated:
                    self.repeats[record] += 1
                if event.owner_id is not None and found.is_new:
                    put[owner_key(event.owner_id, record)] = b""
            if is_new or not is_named:
                put[name] = dump_versions(versions, held, written or b"")
            if is_new:
                self._soil(put, stored, record, held, versions)
        if put or self.head.readings.get(kind) != reading:
            self._commit(put, kind, reading, currencies_in(page.items, reading.currency_names))

    def _soil(
        self,
        put: dict[str, bytes],
        stored: Mapping[str, bytes],
        record: Record,
        before: Sequence[Version],
        after: Sequence[Version],
    ) -> None:
        """Keep the versions that the figures know of a record that has others now, and remember both."""
        if self.head.as_of is None:
            return
        name = dirty_key(record)
        if name not in stored:
            put[name] = stored.get(record_key(record)) or dump_versions(before)
            self.before[record] = before
        self.after[record] = after

    def _sweep(self, kind: str, reading: Reading) -> None:
        """Take records for deleted that a reading from the start to the end did not name."""
        put: dict[str, bytes] = {}
        found: list[tuple[Record, list[Version]]] = []
        for record, versions in Records(self.store).all_of(kind):
            if not versions[-1].event.deleted and all(version.reading < reading.number for version in versions):
                found.append((record, versions))
        for start in range(0, len(found), _SWEEP):
            some = found[start : start + _SWEEP]
            stored = self.store.read([dirty_key(record) for record, _ in some]).values
            for record, versions in some:
                after = gone(versions, as_of=self.as_of)
                put[record_key(record)] = dump_versions(after)
                self._soil(put, stored, record, versions, after)
            self._commit(put, kind, reading)
            put = {}

    def _commit(
        self, put: Mapping[str, bytes], kind: str, reading: Reading, currencies: frozenset[str] = frozenset()
    ) -> None:
        head = evolve(
            self.head,
            readings=FrozenMap({**self.head.readings, kind: reading}),
            currencies=self.head.currencies | currencies,
        )
        self.store.commit(self.revision, put={**put, HEAD: head.written()}, drop=(), figures=())
        self.revision, self.head = self.revision + 1, head
