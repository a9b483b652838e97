"""What simulated lives of the tracker have found, each told once more in a few lines, so that it stays found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

import pytest
from attrs import evolve

from quota_engine import (
    HOST,
    Assignment,
    Change,
    ConcurrencyConflict,
    Contributor,
    CorruptRow,
    CrmEvent,
    Duration,
    FindingKind,
    Goal,
    MissingRate,
    Page,
    Period,
    Progress,
    ProgressTracker,
    Rates,
    Roster,
    User,
    templates,
)
from quota_engine.adapters.memory import MemoryEvents, MemoryGoals, MemoryRates, MemoryStore
from tests.acme import ADA, BOB, JULY, acme, at, counting, deal, promise


class Host:
    """Acme with a tracker."""

    def __init__(self, *goals: Goal, events: MemoryEvents | None = None) -> None:
        """Open with goals that were planned at the start of 2025."""
        self.goals, self.events, self.store = MemoryGoals(), events or MemoryEvents(), MemoryStore()
        for goal in goals:
            self.goals.commit(
                [Change(goal_id=goal.id, before=0, goal=evolve(goal, version=1), action="create", at=at("2025-01-01"))]
            )
        self.tracker = ProgressTracker(
            acme(), goals=self.goals, events=self.events, roster=Roster([User("ada"), User("bob")]), store=self.store
        )

    def edit(self, goal: Goal | None, when: str, goal_id: str = "g1") -> None:
        """Keep a goal as it is from a moment on; None deletes it."""
        before = self.goals.get([goal_id])[0].version
        after = None if goal is None else evolve(goal, version=before + 1)
        action = "delete" if goal is None else "edit"
        self.goals.commit([Change(goal_id=goal_id, before=before, goal=after, action=action, at=at(when))])

    def cell(self, when: str, contributor: Contributor = ADA) -> Progress:
        """Refresh, and return July's cell of a row."""
        self.tracker.refresh(as_of=at(when), force=True)
        assert self.tracker.verify() == ()
        return self.tracker.progress("g1", actor=HOST, as_of=at(when)).of("g1", contributor, on=JULY)

    def found(self, when: str) -> Sequence[FindingKind]:
        """Refresh, and return what was found."""
        return [finding.kind for finding in self.tracker.refresh(as_of=at(when), force=True).findings]


def test_a_row_that_was_taken_out_and_put_back_keeps_the_target_of_the_end() -> None:
    """Who comes back after the end of a slice with another target than at its end is restated (rules P6 and P8)."""
    goal = promise(ADA, BOB)
    host = Host(goal)
    host.edit(goal.remove(ADA), "2025-08-02")
    host.edit(goal, "2025-08-03")
    assert not host.cell("2025-08-04").restated
    host.edit(goal.apply_targets("5", to=[ADA]), "2025-08-05")
    assert host.cell("2025-08-06").restated

    other = Host(goal)
    other.edit(goal.remove(ADA), "2025-08-02")
    other.edit(goal.apply_targets("5", to=[ADA]), "2025-08-03")
    assert other.cell("2025-08-04").restated
    assert not other.cell("2025-08-04", BOB).restated


def test_records_that_no_goal_counts_any_more_are_not_reported() -> None:
    """A contradiction in deals is none of an account's business once its last goal about deals is gone."""
    tickets = promise(ADA, measure=templates.TICKETS_CLOSED.measure, goal_id="g2")
    host = Host(promise(ADA), tickets)
    host.events.add(*(deal("d1", amount, recorded="2025-07-25") for amount in ("100", "200")))
    assert host.found("2025-07-20") == []
    host.edit(None, "2025-07-21")
    assert host.found("2025-07-22") == []
    # The versions that were recorded ahead have their time now.
    assert host.found("2025-07-26") == []


def test_a_contradiction_that_concerns_no_slice_any_more_is_not_reported() -> None:
    """Of two versions of one moment one held when July froze; once no goal has a July, a later version holds everywhere."""
    year = promise(ADA, goal_id="g2", duration=Duration.yearly(2025))
    host = Host(promise(ADA), year)
    host.events.add(deal("d1", "100"), deal("d1", "200"), deal("d1", "300", recorded="2025-08-05"))
    assert FindingKind.CONFLICT in host.found("2025-08-06")
    host.edit(None, "2025-08-07")
    assert host.found("2025-08-08") == []


class LatestOnly(MemoryEvents):
    """A source that names the latest version of each record alone, whenever it is read from the start."""

    def changes(self, object: str, since: str | None, /, *, properties: frozenset[str]) -> Page[CrmEvent]:  # noqa: A002 - the protocol's name
        """Return what is new, or the last of each."""
        page = super().changes(object, since, properties=properties)
        last = {event.record_id: event for event in page.items}
        return page if since is not None else Page(tuple(last.values()), page.cursor, page.more)


def test_what_is_read_again_for_more_properties_does_not_unsay_a_contradiction() -> None:
    """Of two versions of one recording time, the one that is not named again was not a poorer one: both may hold still."""
    host = Host(promise(ADA), events=LatestOnly())
    host.found("2025-07-01")
    host.events.add(deal("d1", "100"), deal("d1", "200"))
    assert host.found("2025-07-20") == [FindingKind.CONFLICT]
    created = promise(Assignment(BOB), measure=templates.DEALS_CREATED.measure, goal_id="g2", target=None)
    host.goals.commit(
        [Change(goal_id="g2", before=0, goal=evolve(created, version=1), action="create", at=at("2025-07-21"))]
    )
    host.found("2025-07-22")
    host.events.add(deal("d1", "300", recorded="2025-08-05"))  # too late for July
    assert FindingKind.CONFLICT in host.found("2025-08-06")


def test_figures_of_a_goal_that_was_deleted_since_are_not_proved() -> None:
    """Nobody asks for the rates of a goal that is no more, so its figures could not be reckoned anew."""
    host = Host(promise(ADA))
    rates = MemoryRates(Rates("EUR", {("USD", date(2025, 1, 1)): "0.5"}))
    host.tracker = ProgressTracker(
        acme(), goals=host.goals, events=host.events, roster=None, store=host.store, rates=rates
    )
    host.events.add(deal("d1", more={"currency": "USD"}))
    assert host.cell("2025-07-20").attained == 50
    host.edit(None, "2025-07-21")
    assert host.tracker.verify() == ()


class Market:
    """A source of one rate that moves."""

    def __init__(self, rate: str) -> None:
        """Begin with a rate."""
        self.rate = rate

    def rates(self, base: str, currencies: frozenset[str], during: Period, /) -> Rates:
        """Return the rate as it stands, for a day in July."""
        del currencies, during
        return Rates(base, {("USD", date(2025, 7, 10)): self.rate})


def test_a_rate_that_comes_between_two_refreshes_at_one_moment_is_seen() -> None:
    """Today's rate may still change, also for whoever asks for the same moment once more."""
    host, market = Host(promise(ADA)), Market("0.5")
    host.tracker = ProgressTracker(
        acme(), goals=host.goals, events=host.events, roster=None, store=host.store, rates=market
    )
    host.events.add(deal("d1", more={"currency": "USD"}))
    assert host.cell("2025-07-11").attained == 50
    market.rate = "0.6"
    assert host.cell("2025-07-11").attained == 60


class Interrupted(MemoryStore):
    """A store that lets somebody else in, once, just before some keys are read: the rows, where nothing else is said."""

    def __init__(self, before: str = "row/") -> None:
        """Let nobody in yet."""
        super().__init__()
        self.meanwhile: Callable[[], object] | None = None
        self.before = before

    def scan(self, prefix: str, /, *, after: str | None, limit: int) -> Page[tuple[str, bytes]]:
        """Return some values."""
        if prefix == self.before and self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            meanwhile()
        return super().scan(prefix, after=after, limit=limit)


def test_what_was_read_while_somebody_else_refreshed_is_read_again() -> None:
    """A deal passed from Ada to Bob meanwhile: it cannot be taken out of Ada's biggest any more, which is no reason to fail."""
    host = Host(promise(ADA, BOB, measure=counting("maximum")))
    store = Interrupted()
    first, other = (
        ProgressTracker(acme(), goals=host.goals, events=host.events, roster=None, store=store) for _ in range(2)
    )
    host.events.add(deal("d1", recorded="2025-07-10"))
    first.refresh(as_of=at("2025-07-11"))
    host.events.add(deal("d1", owner="bob", recorded="2025-07-12"))
    store.meanwhile = lambda: first.refresh(as_of=at("2025-07-13"))
    assert other.refresh(as_of=at("2025-07-14"), force=True).ran
    assert other.verify() == ()


def test_a_proof_that_somebody_else_came_into_is_begun_again() -> None:
    """A deal that was delivered late came in between the figures and the records: nothing is wrong with either."""
    host, store = Host(promise(ADA)), Interrupted("record/deal/")
    tracker, other = (
        ProgressTracker(acme(), goals=host.goals, events=host.events, roster=None, store=store) for _ in range(2)
    )
    host.events.add(deal("d1"))
    tracker.refresh(as_of=at("2025-07-20"))
    host.events.add(deal("d2", recorded="2025-07-11"))
    store.meanwhile = lambda: other.refresh(as_of=at("2025-07-21"), force=True)
    assert tracker.verify() == ()
    assert store.meanwhile is None


def test_a_proof_that_others_always_come_into_is_given_up() -> None:
    """Something differs each time, and each time it may be for what others wrote."""
    host, store = Host(promise(ADA)), Interrupted("record/deal/")
    tracker = ProgressTracker(acme(), goals=host.goals, events=host.events, roster=None, store=store)
    tracker.refresh(as_of=at("2025-07-20"))
    [(key, row)] = store.scan("row/", after=None, limit=9).items
    torn = row.replace(b"0", b"1", 1)

    def write() -> None:
        store.commit(store.read([]).revision, put={key: torn}, drop=(), figures=())
        store.meanwhile = write

    write()
    with pytest.raises(ConcurrencyConflict) as caught:
        tracker.verify()
    assert caught.value.retryable
    store.meanwhile = None
    assert tracker.verify() != ()


def test_a_proof_that_comes_to_nothing_is_begun_again_where_somebody_came_in() -> None:
    """A deal without a rate was read amid the proof; of itself it is no reason to fail, but what is damaged is."""
    host, store = Host(promise(ADA)), Interrupted("record/deal/")
    tracker, other = (
        ProgressTracker(acme(), goals=host.goals, events=host.events, roster=None, store=store, rates=Rates("EUR", {}))
        for _ in range(2)
    )
    host.events.add(deal("d1"))
    tracker.refresh(as_of=at("2025-07-20"))

    def read_on() -> None:
        host.events.add(deal("d2", more={"currency": "GBP"}))
        with pytest.raises(MissingRate):
            other.refresh(as_of=at("2025-07-21"), force=True)

    store.meanwhile = read_on
    assert tracker.verify() == ()
    store.commit(store.read([]).revision, put={"record/deal/d1": b"[]"}, drop=(), figures=())
    with pytest.raises(CorruptRow):
        tracker.verify()
