"""What the protocols promise to hosts who fill them: cursors, keys, and the figures for a table of their own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from uuid import UUID

import pytest
from attrs import evolve

from quota_engine import (
    Contributor,
    CrmEvent,
    CursorExpired,
    InvalidCursor,
    Progress,
    Roster,
    SourceUnavailable,
    User,
)
from quota_engine.adapters.memory import MemoryEvents, MemoryStore
from quota_engine.ports import Page, Stored
from tests.acme import ADA, BOB, acme, deal, promise
from tests.unit.test_tracker import MARKS, Shop


class Moody(MemoryEvents):
    """A source that refuses cursors now and then."""

    def __init__(self) -> None:
        """Refuse none."""
        super().__init__()
        self.refusals: list[Exception | None] = []
        self.asked: list[str | None] = []

    def changes(self, object: str, since: str | None, /, *, properties: frozenset[str]) -> Page[CrmEvent]:  # noqa: A002
        """Return records, unless it is time to refuse the cursor."""
        self.asked.append(since)
        if since is not None and self.refusals and (refusal := self.refusals.pop(0)) is not None:
            raise refusal
        return super().changes(object, since, properties=properties)


class Watched(MemoryStore):
    """A store that notes what it is asked for."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self.reads: list[int] = []
        self.keys: set[str] = set()
        self.figures: Sequence[Progress] = ()

    def read(self, keys: Collection[str], /) -> Stored:
        """Return some values."""
        self.reads.append(len(keys))
        return super().read(keys)

    def commit(
        self, revision: int, /, *, put: Mapping[str, bytes], drop: Collection[str], figures: Sequence[Progress]
    ) -> None:
        """Keep some values."""
        super().commit(revision, put=put, drop=drop, figures=figures)
        self.keys.update(put)
        self.figures = figures


def shop_with(source: MemoryEvents) -> Shop:
    """Return a shop whose records come from a source."""
    shop = Shop(promise(ADA))
    shop.events = source
    shop.another()
    return shop


def expired() -> Exception:
    """Return what a source says of a cursor that it knows no more."""
    return CursorExpired("since: expected another", field="since")


def unheard_of() -> Exception:
    """Return what a source says of a cursor that it never gave."""
    return InvalidCursor("since: expected another", field="since")


def watched(shop: Shop) -> tuple[Shop, Watched]:
    """Return a shop and its store, which notes what it is asked for."""
    store = Watched()
    shop.store = store
    shop.another()
    return shop, store


class TestEventSource:
    """What a source may do with the cursors that it gave."""

    @pytest.mark.parametrize("refusal", [expired, unheard_of])
    def test_a_cursor_that_was_kept_may_be_refused(self, refusal: Callable[[], Exception]) -> None:
        """In either word: everything is read again from the start."""
        source = Moody()
        shop = shop_with(source)
        source.add(deal("d1"))
        shop.refresh("2025-07-20")
        source.add(deal("d2"))
        source.refusals = [refusal()]
        shop.refresh("2025-07-21")
        assert source.asked == [None, "1", None]
        assert shop.cell().counted == 2

    def test_a_cursor_of_a_run_from_the_start_must_stay(self) -> None:
        """Once it is refused too the source is unavailable, the figures stay, and the next refresh tries once more."""
        source = Moody()
        shop = shop_with(source)
        source.add(deal("d1"))
        shop.refresh("2025-07-20")
        source.add(*(deal(f"e{number}") for number in range(1_500)))
        source.refusals = [expired(), expired()]
        with pytest.raises(SourceUnavailable):
            shop.refresh("2025-07-21")
        assert source.asked == [None, "1", None, "1000"]
        assert shop.cell().counted == 1
        shop.refresh("2025-07-21")
        assert shop.cell().counted == 1_501


class TestTrackingStore:
    """What a store is asked, under which keys, and what it is told for a table of the host's own."""

    def test_is_asked_for_two_keys_a_record(self) -> None:
        """Of a page, which here has a thousand; nothing else asks for more where goals are few."""
        shop, store = watched(Shop(promise(ADA)))
        shop.events.add(*(deal(f"d{number}") for number in range(2_500)))
        shop.refresh("2025-07-20")
        assert max(store.reads) == 2_000

    @pytest.mark.parametrize(
        ("named", "least", "most"),
        [
            (str, 60, 100),
            (lambda name: str(UUID(int=sum(map(ord, name)))), 160, 200),
            (lambda name: name + "\U0001f600" * (200 - len(name)), 11_500, 12_200),
        ],
        ids=["short", "UUIDs", "longest"],
    )
    def test_keys_are_as_long_as_it_says(self, named: Callable[[str], str], least: int, most: int) -> None:
        """And ASCII, whatever the ids."""
        account, user = evolve(acme(), id=named("acme")), Contributor.user(named("ada"))
        goal = evolve(promise(user, target="1"), id=named("g1"), account_id=account.id, milestones=MARKS)
        shop, store = watched(Shop(goal, account=account, roster=Roster([User(user.id)])))
        shop.events.add(deal(named("d1"), owner=user.id))
        shop.refresh("2025-07-20")
        assert all(key.isascii() for key in store.keys)
        assert least < max(map(len, store.keys)) <= most

    def test_is_told_an_edited_goal_whole_and_nothing_of_rows_that_went(self) -> None:
        """One deal changes one figure; an edit tells all that the goal has, whatever changed, and not what it has no more."""
        shop, store = watched(Shop(promise(ADA, BOB)))
        shop.refresh("2025-07-01")
        shop.events.add(deal("d1"))
        shop.refresh("2025-07-20")
        assert [figure.contributor for figure in store.figures] == [ADA]
        goal = shop.goals.get(["g1"])[0]
        shop.keep(goal.remove(BOB), "2025-07-21")
        shop.refresh("2025-07-22")
        assert [(figure.contributor, figure.slice) for figure in store.figures] == [(ADA, part) for part in goal.slices]
        shop.keep(None, "2025-07-23")
        shop.refresh("2025-07-24")
        assert store.figures == []
