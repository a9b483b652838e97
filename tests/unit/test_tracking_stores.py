"""A host's store is not taken on trust: it may fail, or give what it must not."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import pytest
from attrs import evolve

from quota_engine import (
    ConcurrencyConflict,
    ContractViolation,
    InvalidType,
    ProgressTracker,
    RepositoryUnavailable,
    Stored,
)
from quota_engine.adapters.memory import MemoryEvents, MemoryGoals, MemoryStore
from quota_engine.ports import Page
from tests.acme import ADA, acme, at, deal, promise
from tests.refusals import refuses
from tests.unit.test_tracker import Shop


class Bent(MemoryStore):
    """A store that does one thing wrong."""

    def __init__(
        self,
        *,
        read: Callable[[Stored], object] | None = None,
        scan: Callable[[Page[tuple[str, bytes]]], object] | None = None,
        commit: Exception | None = None,
    ) -> None:
        """Say what is given instead."""
        super().__init__()
        self.bend_read, self.bend_scan, self.error, self.is_bent = read, scan, commit, False

    def read(self, keys: Collection[str], /) -> Any:  # noqa: ANN401 - whatever it is
        """Return something else than was kept."""
        found = super().read(keys)
        return found if self.bend_read is None or not self.is_bent else self.bend_read(found)

    def scan(self, prefix: str, /, *, after: str | None, limit: int) -> Any:  # noqa: ANN401 - whatever it is
        """Return something else than was kept."""
        found = super().scan(prefix, after=after, limit=limit)
        return found if self.bend_scan is None or not self.is_bent else self.bend_scan(found)

    def commit(self, revision: int, /, **kept: Any) -> None:  # noqa: ANN401 - as the port has it
        """Keep it, or fail."""
        if self.error is not None and self.is_bent:
            raise self.error
        super().commit(revision, **kept)


def refreshing(store: Bent) -> Callable[[], object]:
    """Return a refresh over a store, after one that went well and left two records to be read again."""
    shop = Shop(promise(ADA))
    shop.events.add(deal("d1"), deal("d2"))
    shop.store = store
    shop.another().refresh(as_of=at("2025-07-12"))
    store.is_bent = True
    shop.events.add(deal("d1", "5", version=1), deal("d2", "6", version=1))
    tracker = shop.another()
    return lambda: tracker.refresh(as_of=at("2025-07-14"))


def backwards(page: Page[tuple[str, bytes]]) -> Page[tuple[str, bytes]]:
    """Return a page with the last key first."""
    return Page(page.items[::-1], page.cursor, page.more)


class TestAnswers:
    """What the store gives is held to what the protocol promises."""

    @pytest.mark.parametrize(
        ("store", "field", "word"),
        [
            (Bent(read=lambda _: {}), "store.read", "a Stored"),
            (Bent(read=lambda found: Stored(found.revision, {**found.values, "zz": b""})), "store.read", "asked for"),
            (Bent(scan=lambda page: list(page.items)), "store.scan", "a Page"),
            (Bent(scan=lambda page: Page(page.items * 1_001)), "store.scan", "at most"),
            (Bent(scan=lambda _: Page([("zz", b"")])), "store.scan", "begin with"),
            (Bent(scan=lambda page: Page([(key, None) for key, _ in page.items])), "store.scan", "bytes"),
            (Bent(scan=lambda page: Page([*page.items, *page.items])), "store.scan", "in order"),
            (Bent(scan=backwards), "store.scan", "in order"),
            (Bent(scan=lambda _: Page((), "x", more=True)), "store.scan", "goes on"),
        ],
        ids=range(9),
    )
    def test_are_refused_where_they_are_none(self, store: Bent, field: str, word: str) -> None:
        """Nothing is made of them, and nothing is kept."""
        refresh = refreshing(store)
        refuses(refresh, "contract_violation", field, word, kind=ContractViolation)

    def test_may_be_views_of_bytes(self) -> None:
        """Some databases give those."""
        shop = Shop(promise(ADA))
        views: Any = memoryview
        shop.store = store = Bent(
            read=lambda found: Stored(found.revision, {key: views(value) for key, value in found.values.items()}),
            scan=lambda page: Page([(key, bytearray(value)) for key, value in page.items], page.cursor, page.more),
        )
        store.is_bent = True
        shop.another()
        shop.events.add(deal("d1"))
        assert shop.refresh("2025-07-12").ran
        assert shop.cell().attained == 100

    def test_are_bytes(self) -> None:
        """Text is none."""
        refuses(lambda: Stored(1, {"head": "text"}), "invalid_type", "values['head']", "bytes", kind=InvalidType)  # type: ignore[dict-item]


class TestFailures:
    """What fails in the store is told in our words; the next try may go well."""

    @pytest.mark.parametrize("error", [OSError("disk"), TimeoutError(), KeyError("k"), RuntimeError()], ids=repr)
    def test_are_a_store_that_is_not_available(self, error: Exception) -> None:
        """Whatever a driver calls it; the host's own words stay with the host."""
        with pytest.raises(RepositoryUnavailable) as caught:
            refreshing(Bent(commit=error))()
        assert (str(caught.value), caught.value.retryable) == (
            f"store: cannot be written: {type(error).__name__}",
            True,
        )

    def test_a_conflict_that_does_not_end_may_be_tried_again(self) -> None:
        """Others refresh again and again: nothing is wrong with the call."""
        with pytest.raises(ConcurrencyConflict) as caught:
            refreshing(Bent(commit=ConcurrencyConflict("revision: expected another", field="revision")))()
        assert caught.value.retryable


class TestPorts:
    """A tracker is made with ports or not at all."""

    @pytest.mark.parametrize("name", ["goals", "events", "roster", "store", "actors", "rates"])
    def test_are_looked_at_when_it_is_made(self, name: str) -> None:
        """A list is none, nor is what fills another protocol."""
        given: dict[str, Any] = {
            "goals": MemoryGoals(),
            "events": MemoryEvents(),
            "roster": None,
            "store": MemoryStore(),
        }
        others: tuple[object, ...] = ([], {}, "text", MemoryStore, MemoryStore() if name != "store" else MemoryEvents())
        for wrong in others:
            refuses(lambda: ProgressTracker(acme(), **{**given, name: wrong}), "invalid_type", name, kind=InvalidType)  # noqa: B023 - called at once


class TestAccounts:
    """A store is one account's."""

    def test_another_account_is_refused(self) -> None:
        """Nothing of the one is shown to the other: figures, receipts, notices."""
        shop = Shop(promise(ADA))
        shop.events.add(deal("d1"))
        shop.refresh("2025-07-12")
        shop.account = evolve(acme(), id="other")
        shop.goals = MemoryGoals()
        other = shop.another()
        when = at("2025-07-13")
        for call in (
            lambda: other.refresh(as_of=when),
            lambda: other.progress(actor="ada", as_of=when),
            lambda: other.calculate(actor="ada", as_of=when),
            lambda: other.explain("g1", ADA, on=when.date(), actor="ada"),
            lambda: other.outbox(as_of=when),
            other.verify,
            lambda: other.acknowledge(["k"]),
        ):
            refuses(call, "other_account", "store", "other", kind=ContractViolation)
