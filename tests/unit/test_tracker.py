"""The tracker as a host uses it: refreshed as records come in, looked at by people, told through an outbox, and proved."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast
from urllib.parse import quote

import pytest
from attrs import evolve

from quota_engine import (
    HOST,
    Absence,
    Account,
    Actor,
    Change,
    Closing,
    ConcurrencyConflict,
    ContractViolation,
    Contributor,
    CorruptRow,
    CrmEvent,
    CursorExpired,
    Duration,
    FindingKind,
    Goal,
    Grant,
    InvalidCursor,
    InvalidType,
    Membership,
    Milestone,
    MissingRate,
    NotFound,
    Page,
    Period,
    PermissionDenied,
    Progress,
    ProgressTracker,
    Rates,
    Refresh,
    RepositoryUnavailable,
    Roster,
    SourceUnavailable,
    Split,
    Splits,
    Status,
    Stored,
    Team,
    TeamCredit,
    TooLarge,
    UnsupportedVersion,
    User,
)
from quota_engine.adapters.memory import MemoryActors, MemoryEvents, MemoryGoals, MemoryStore
from quota_engine.events import Property
from quota_engine.tracking.records import Records
from tests.acme import ADA, AUGUST, BOB, EVERYONE, JULY, NORTH, acme, at, counting, deal, promise
from tests.refusals import refuses

STAFF = Roster([User("ada"), User("bob")], [Team("north")], [Membership("ada", "north")])
MARKS = (Milestone.kickoff(), Milestone.percent(50), Milestone.achieved(), Milestone.missed())


class Shop:
    """Acme with a tracker: goals, records and people that can be changed, and one store."""

    def __init__(
        self,
        *goals: Goal,
        account: Account | None = None,
        roster: Roster | People | None = STAFF,
        rates: Rates | Money | None = None,
        splits: Splits | None = None,
        actors: MemoryActors | None = None,
    ) -> None:
        """Open with goals that were planned at the start of 2025."""
        self.account = account or acme()
        self.goals, self.events, self.store = MemoryGoals(), MemoryEvents(), MemoryStore()
        self.roster, self.rates, self.splits, self.actors = roster, rates, splits, actors
        self.is_raced = False
        for goal in goals:
            self.keep(goal, "2025-01-01")
        self.tracker = self.another()

    def another(self) -> ProgressTracker:
        """Return a tracker of another process, over the same store."""
        self.tracker = ProgressTracker(
            self.account,
            goals=self.goals,
            events=self.events,
            roster=self.roster,
            store=self.store,
            actors=self.actors,
            rates=self.rates,
            splits=self.splits,
        )
        return self.tracker

    def keep(self, goal: Goal | None, when: str, *, goal_id: str = "g1") -> None:
        """Keep a goal as it is from a moment on; None deletes it."""
        goal_id = goal_id if goal is None else goal.id
        stored = self.goals.get([goal_id])
        before = stored[0].version if stored else 0
        action = "delete" if goal is None else "edit" if before else "create"
        kept = None if goal is None else evolve(goal, version=before + 1)
        self.goals.commit([Change(goal_id=goal_id, before=before, goal=kept, action=action, at=at(when))])

    def refresh(self, when: str) -> Refresh:
        """Refresh at once."""
        found = self.tracker.refresh(as_of=at(when), force=True)
        assert self.tracker.verify() == ()
        return found

    def cell(self, contributor: Contributor = ADA, on: date = JULY) -> Progress:
        """Return a figure of the last refresh."""
        return self.tracker.progress("g1", actor=HOST, as_of=at("2026-01-01")).of("g1", contributor, on=on)


def kinds(refresh: Refresh, contributor: Contributor = ADA, on: date = JULY) -> list[str]:
    """Return which milestones of a row in a slice a refresh recorded."""
    return [
        str(fact.milestone.mark or fact.milestone.kind.value)
        for fact in refresh.reached
        if fact.contributor == contributor and on in fact.slice
    ]


class TestRefresh:
    """Progress comes due, and goes on with what is new."""

    def test_is_due_a_day_later(self) -> None:
        """Twenty-four elapsed hours, also over the night in which the clock is turned; before that it does not run."""
        shop = Shop(promise(ADA, account=acme(zone="Europe/Rome")), account=acme(zone="Europe/Rome"))
        first = shop.tracker.refresh(as_of=at("2025-03-29 12:00"))
        assert (first.ran, first.due_at) == (True, at("2025-03-30 12:00"))
        early = shop.tracker.refresh(as_of=at("2025-03-30 11:59"))
        assert str(first).startswith(
            "refreshed as of 2025-03-29 12:00:00+00:00: 12 figures, 0 milestones, 0 findings; due"
        )
        assert str(early).startswith(
            "not refreshed: the figures are of 2025-03-29 12:00:00+00:00, due at 2025-03-30 12:00"
        )
        assert (early.ran, early.as_of, early.due_at) == (False, at("2025-03-29 12:00"), at("2025-03-30 12:00"))
        assert shop.tracker.refresh(as_of=at("2025-03-30 12:00")).ran

    def test_the_account_says_how_often(self) -> None:
        """Every hour, if it likes."""
        account = evolve(acme(), refresh_every=timedelta(hours=1))
        shop = Shop(promise(ADA), account=account)
        shop.refresh("2025-07-01")
        assert not shop.tracker.refresh(as_of=at("2025-07-01 00:59")).ran
        assert shop.tracker.refresh(as_of=at("2025-07-01 01:00")).ran
        refuses(lambda: evolve(acme(), refresh_every=timedelta(0)), "out_of_range", "refresh_every")

    def test_never_goes_back(self) -> None:
        """A moment before the last refresh changes nothing, even by force."""
        shop = Shop(promise(ADA))
        shop.events.add(deal("d1"))
        shop.refresh("2025-07-20")
        assert not shop.tracker.refresh(as_of=at("2025-07-05"), force=True).ran
        assert shop.cell().attained == 100

    def test_what_is_new_shows_at_the_next_refresh(self) -> None:
        """Not before, whatever is edited or delivered meanwhile."""
        shop = Shop(promise(ADA))
        shop.refresh("2025-07-20")
        shop.events.add(deal("d1"))
        shop.keep(promise(ADA, target="500"), "2025-07-20 12:00")
        assert (shop.cell().attained, shop.cell().target, shop.cell().goal_version) == (0, 1000, 1)
        found = shop.refresh("2025-07-21")
        assert (shop.cell().attained, shop.cell().target, shop.cell().goal_version) == (100, 500, 2)
        assert shop.cell() in found.changed

    def test_only_what_changed_is_told(self) -> None:
        """One deal of Ada's changes one figure."""
        shop = Shop(promise(ADA, BOB))
        shop.refresh("2025-07-10")
        shop.events.add(deal("d1"))
        found = shop.refresh("2025-07-10 18:00")
        assert [(cell.contributor, cell.slice.start) for cell in found.changed] == [(ADA, date(2025, 7, 1))]

    def test_an_account_without_goals_reads_nothing(self) -> None:
        """There is nothing to know about its records yet."""
        shop = Shop()
        assert shop.refresh("2025-07-10").changed == ()
        assert shop.tracker.progress(actor=HOST, as_of=at("2025-07-10")).rows() == []

    def test_versions_recorded_ahead_wait_for_their_time(self) -> None:
        """A version that says it is recorded tomorrow counts tomorrow, though nothing new is delivered then."""
        shop = Shop(promise(ADA))
        shop.events.add(deal("d1", recorded="2025-07-11"))
        shop.refresh("2025-07-10 12:00")
        assert shop.cell().attained == 0
        shop.refresh("2025-07-11")
        assert shop.cell().attained == 100

    def test_extremes_are_found_again_when_one_goes(self) -> None:
        """The largest deal is deleted, so the second largest is the largest."""
        shop = Shop(promise(ADA, measure=counting("maximum")))
        shop.events.add(deal("d1", "70"), deal("d2", "100"))
        shop.refresh("2025-07-11")
        shop.events.add(deal("d2", "100", deleted=True, recorded="2025-07-12"))
        shop.refresh("2025-07-13")
        assert (shop.cell().attained, shop.cell().counted) == (70, 1)

    def test_another_process_goes_on(self) -> None:
        """It reads the figures back, and goes on from there."""
        shop = Shop(promise(ADA, NORTH, EVERYONE), promise(BOB, goal_id="g2", measure=counting("minimum")))
        shop.events.add(deal("d1"), deal("d2", owner="bob"))
        shop.refresh("2025-07-11")
        shop.another()
        shop.events.add(deal("d1", "30", recorded="2025-07-12"), deal("d2", "5", owner="bob", recorded="2025-07-12"))
        shop.refresh("2025-07-13")
        assert [shop.cell(who).attained for who in (ADA, NORTH, EVERYONE)] == [30, 30, 35]

    def test_goals_come_change_and_go(self) -> None:
        """Rows join and leave, a goal is deleted, another begins; what stays keeps its figures."""
        shop = Shop(promise(ADA), promise(BOB, goal_id="g2"))
        shop.events.add(deal("d1"), deal("d2", owner="bob"))
        shop.refresh("2025-07-11")
        shop.keep(promise(ADA, BOB), "2025-07-12")
        shop.keep(None, "2025-07-12", goal_id="g2")
        shop.keep(promise(EVERYONE, goal_id="g3", measure=counting("count")), "2025-07-12")
        shop.refresh("2025-07-13")
        result = shop.tracker.progress(actor=HOST, as_of=at("2025-07-13"))
        assert {(cell.goal_id, cell.contributor) for cell in result} == {("g1", ADA), ("g1", BOB), ("g3", EVERYONE)}
        shop.keep(promise(BOB), "2025-07-14")
        shop.keep(None, "2025-07-14", goal_id="g3")
        shop.refresh("2025-07-15")
        assert [cell.contributor for cell in shop.tracker.progress(actor=HOST, as_of=at("2025-07-15"))] == [BOB] * 12
        with pytest.raises(NotFound):
            shop.tracker.progress("g2", actor=HOST, as_of=at("2025-07-15"))

    def test_a_goal_that_needs_more_of_a_record_has_it_read_again(self) -> None:
        """A measure of another property asks for it; what was read without it is replaced, not taken for a contradiction."""
        shop = Shop(promise(ADA))
        shop.events = Narrow(deal("d1", more={"weight": 5}))
        shop.another()
        shop.refresh("2025-07-11")
        shop.keep(
            promise(ADA, goal_id="g2", measure=evolve(promise().measure, value="weight", name="Weight")), "2025-07-12"
        )
        found = shop.refresh("2025-07-13")
        result = shop.tracker.progress("g2", actor=HOST, as_of=at("2025-07-13"))
        assert result.of("g2", ADA, on=JULY).attained == 5
        assert [finding.kind for finding in found.findings] == []


class Narrow(MemoryEvents):
    """A source that gives the properties it is asked for, and no other."""

    def __init__(self, *events: CrmEvent) -> None:
        """Hold some records."""
        super().__init__(events)

    def changes(self, object: str, since: str | None, /, *, properties: frozenset[str]) -> Page[CrmEvent]:  # noqa: A002
        """Return what is asked for."""
        page = super().changes(object, since, properties=properties)
        items = [
            evolve(item, properties={name: value for name, value in item.properties.items() if name in properties})
            for item in page.items
        ]
        return evolve(page, items=items)


class People:
    """A host's people, and what else may change from one day to the next."""

    def __init__(self, now: Roster) -> None:
        """Begin with some."""
        self.now = now

    def roster(self) -> Roster:
        """Return them."""
        return self.now


class Money:
    """A host's exchange rates."""

    def __init__(self, **rates: str) -> None:
        """Begin with some, from the first of January."""
        self.entries = {(code, date(2025, 1, 1)): rate for code, rate in rates.items()}
        self.asked: list[tuple[str, frozenset[str], Period]] = []

    def rates(self, base: str, currencies: frozenset[str], during: Period, /) -> Rates:
        """Return them, and remember what was asked."""
        self.asked.append((base, currencies, during))
        return Rates(base, {key: rate for key, rate in self.entries.items() if key[0] in currencies})


class TestPeople:
    """Who leaves, returns, moves; and splits and rates that change."""

    def test_a_roster_that_changes_moves_the_figures_of_those_it_concerns(self) -> None:
        """Bob joins the north: his deals count for it from the day on which he is a member; so in the same process and others."""
        for is_same in (True, False):
            people = People(STAFF)
            shop = Shop(promise(ADA, NORTH), roster=people)
            shop.events.add(deal("d1"), deal("d2", owner="bob"))
            shop.refresh("2025-07-11")
            assert shop.cell(NORTH).attained == 100
            joined = Membership("bob", "north", since=date(2025, 7, 1))
            people.now = evolve(STAFF, memberships=[*STAFF.memberships, joined])
            if not is_same:
                shop.another()
            shop.refresh("2025-07-12")
            assert shop.cell(NORTH).attained == 200

    def test_who_leaves_keeps_what_they_have(self) -> None:
        """Ada leaves on the 12th; what becomes of her deal on the 13th is not hers any more."""
        people = People(STAFF)
        shop = Shop(promise(ADA, BOB, EVERYONE), roster=people)
        shop.events.add(deal("d1"))
        shop.refresh("2025-07-11")
        left = User("ada", absences=[Absence(at("2025-07-12"))])
        people.now = Roster([left, User("bob")], STAFF.teams, STAFF.memberships)
        shop.events.add(deal("d1", "70", owner="bob", recorded="2025-07-13"))
        shop.refresh("2025-07-14")
        assert [shop.cell(who).attained for who in (ADA, BOB, EVERYONE)] == [100, 70, 70]

    def test_an_absence_that_ends_leaves_no_trace(self) -> None:
        """On leave from the 12th to the 15th: on the 13th her deal of that day does not count, on the 15th it does."""
        away = Absence(at("2025-07-12"), at("2025-07-15"))
        roster = Roster([User("ada", absences=[away])])
        shop = Shop(promise(ADA), roster=roster)
        shop.events.add(deal("d1", closed="2025-07-13"))
        shop.refresh("2025-07-14")
        assert shop.cell().attained == 0
        shop.refresh("2025-07-15")
        assert shop.cell().attained == 100

    def test_current_members_are_those_of_the_day(self) -> None:
        """Ada joins the north on the 12th; where current members count, her deal of the 10th counts for it from then on."""
        joined = Membership("ada", "north", since=date(2025, 7, 12))
        roster = Roster([User("ada")], [Team("north")], [joined])
        shop = Shop(promise(NORTH, team_credit=TeamCredit(members="current")), roster=roster)
        shop.events.add(deal("d1"))
        shop.refresh("2025-07-11")
        assert shop.cell(NORTH).attained == 0
        shop.refresh("2025-07-12")
        assert shop.cell(NORTH).attained == 100

    def test_teams_that_move_are_counted_anew(self) -> None:
        """Another tree of teams concerns everybody."""
        people = People(STAFF)
        shop = Shop(promise(NORTH), roster=people)
        shop.events.add(deal("d1"))
        shop.refresh("2025-07-11")
        people.now = evolve(STAFF, teams=[Team("north", parent="world"), Team("world")])
        shop.refresh("2025-07-12")
        assert shop.cell(NORTH).attained == 100

    def test_a_split_counts_from_its_recording(self) -> None:
        """Half of the deal is Bob's from the 12th on; and Cyd, who has a share, leaves."""
        later = Split(object="deal", record_id="d1", shares={"ada": "0.5", "bob": "0.5"}, recorded_at=at("2025-07-12"))
        people = People(STAFF)
        shop = Shop(promise(ADA, BOB), splits=Splits(recorded=[later]), roster=people)
        shop.events.add(deal("d1"))
        shop.refresh("2025-07-11")
        assert [shop.cell(who).attained for who in (ADA, BOB)] == [100, 0]
        shop.refresh("2025-07-12")
        assert [shop.cell(who).attained for who in (ADA, BOB)] == [50, 50]
        people.now = Roster([User("ada")], STAFF.teams, STAFF.memberships)
        shop.refresh("2025-07-13")
        assert [shop.cell(who).attained for who in (ADA, BOB)] == [50, 0]

    def test_rates_are_asked_for_what_records_name(self) -> None:
        """The source is asked for dollars once a deal names them; another rate is another figure."""
        money = Money(USD="0.5")
        shop = Shop(promise(ADA), rates=money)
        shop.events.add(deal("d1", more={"currency": "USD"}))
        shop.refresh("2025-07-11")
        assert shop.cell().attained == 50
        assert money.asked[-1] == ("EUR", frozenset({"USD"}), Period.closed(date(2025, 1, 1), date(2025, 12, 31)))
        money.entries["USD", date(2025, 7, 1)] = "0.6"
        shop.refresh("2025-07-12")
        assert shop.cell().attained == 60

    def test_a_deal_dated_ahead_follows_the_rate_until_its_day(self) -> None:
        """It is converted at the rate of the day it is, day by day (rule M4)."""
        rates = Rates(
            "EUR",
            {("USD", date(2025, 7, 1)): "0.5", ("USD", date(2025, 7, 12)): "0.6", ("USD", date(2025, 7, 25)): "0.7"},
        )
        shop = Shop(promise(ADA), rates=rates)
        shop.events.add(deal("d1", closed="2025-07-20", recorded="2025-07-10", more={"currency": "USD"}))
        for when, expected in (("2025-07-11", 50), ("2025-07-12", 60), ("2025-07-26", 60)):
            shop.refresh(when)
            assert shop.cell().attained == expected

    def test_without_a_rate_nothing_of_the_refresh_is_kept(self) -> None:
        """The figures stay, the error names the deal, and once there is a rate all goes on."""
        money = Money()
        shop = Shop(promise(ADA), rates=money)
        shop.events.add(deal("d1"))
        shop.refresh("2025-07-11")
        shop.events.add(deal("d2", "50", more={"currency": "USD"}), deal("d1", "30", recorded="2025-07-12"))
        with pytest.raises(MissingRate) as caught:
            shop.tracker.refresh(as_of=at("2025-07-13"))
        assert caught.value.records == ("d2",)
        assert shop.cell().attained == 100
        money.entries["USD", date(2025, 7, 1)] = "0.5"
        shop.refresh("2025-07-14")
        assert shop.cell().attained == 55


class TestFreeze:
    """What is recorded when a slice has ended."""

    def test_late_deals_change_nothing_and_are_reported(self) -> None:
        """July froze with August."""
        shop = Shop(promise(ADA))
        shop.events.add(deal("d1"))
        shop.refresh("2025-08-01")
        shop.events.add(deal("d1", "900", recorded="2025-08-02"))
        found = shop.refresh("2025-08-03")
        assert (shop.cell().attained, shop.cell().frozen_at) == (100, at("2025-08-01"))
        assert [(each.kind, each.records) for each in found.findings] == [(FindingKind.LATE, ("d1",))]
        assert shop.refresh("2025-08-04").findings == found.findings

    def test_a_target_edited_after_the_end_is_marked(self) -> None:
        """The figure stays frozen, attainment and status follow the new target, and the cell says so (rule P8)."""
        shop = Shop(promise(ADA, target="200"))
        shop.events.add(deal("d1"))
        shop.refresh("2025-08-01")
        assert (shop.cell().status, shop.cell().restated) == (Status.MISSED, False)
        shop.keep(promise(ADA, target="100"), "2025-08-02")
        shop.refresh("2025-08-03")
        assert (shop.cell().status, shop.cell().restated, shop.cell().attained) == (Status.ACHIEVED, True, 100)
        assert not shop.cell(on=AUGUST).restated
        anew = shop.tracker.calculate("g1", actor=HOST, as_of=at("2025-08-03"))
        assert anew.of("g1", ADA, on=JULY) == shop.cell()
        shop.keep(promise(ADA, target="200"), "2025-08-04")
        shop.refresh("2025-08-05")
        assert not shop.cell().restated

    def test_who_adopts_the_library_late_keeps_old_records(self) -> None:
        """July ended before the host began, so what the first load brings for it counts; nothing is told of it."""
        account = acme(closing=Closing(since=date(2025, 7, 31)))
        goal = evolve(promise(ADA, account=account), milestones=MARKS)
        shop = Shop(goal, account=account)
        shop.events.add(deal("d1", recorded="2025-09-01"))
        found = shop.refresh("2025-09-02")
        assert (shop.cell().attained, kinds(found), kinds(found, on=AUGUST)) == (100, [], ["kickoff", "missed"])


class TestSources:
    """What sources do, and what becomes of the figures."""

    def test_records_gone_without_a_trace_are_deleted(self) -> None:
        """After an expired cursor all is read again; the deal that is not named any more is taken for deleted, and reported."""
        shop = Shop(promise(ADA))
        shop.events = Forgetful(deal("d1"), deal("d2", "50"))
        shop.another()
        shop.refresh("2025-07-11")
        shop.events.forget(deal("d2", "50"))
        found = shop.refresh("2025-07-12")
        assert shop.cell().attained == 50
        assert [(each.kind, each.records) for each in found.findings] == [(FindingKind.VANISHED, ("d1",))]
        shop.events.forget(deal("d1"), deal("d2", "50"))
        found = shop.refresh("2025-07-13")
        assert (shop.cell().attained, found.findings) == (150, ())

    def test_what_was_delivered_twice_is_told_once(self) -> None:
        """And counts once."""
        shop = Shop(promise(ADA))
        shop.events.add(deal("d1"))
        shop.refresh("2025-07-11")
        shop.events.add(deal("d1"))
        assert [each.kind for each in shop.refresh("2025-07-12").findings] == [FindingKind.DUPLICATE]
        assert shop.refresh("2025-07-13").findings == ()

    def test_two_that_contradict_are_reported(self) -> None:
        """Two versions of one moment say different things."""
        shop = Shop(promise(ADA))
        shop.events.add(deal("d1"), deal("d1", "70"))
        assert [each.kind for each in shop.refresh("2025-07-11").findings] == [FindingKind.CONFLICT]

    def test_two_that_refresh_at_once_are_safe(self) -> None:
        """One of them is refused, looks again, and finds nothing to do."""
        shop = Shop(promise(ADA))
        shop.events.add(deal("d1"))
        shop.refresh("2025-07-10")
        first, second = shop.tracker, shop.another()
        shop.events.add(deal("d1", "70", recorded="2025-07-11"))
        assert first.refresh(as_of=at("2025-07-12")).ran
        assert not second.refresh(as_of=at("2025-07-12")).ran
        assert second.refresh(as_of=at("2025-07-13")).ran
        assert (shop.cell().attained, first.refresh(as_of=at("2025-07-13")).ran) == (70, False)

    def test_who_is_always_too_late_says_so(self) -> None:
        """After five attempts the conflict is the host's."""
        shop = Shop(promise(ADA))
        shop.store = Crowded()
        with pytest.raises(ConcurrencyConflict):
            shop.another().refresh(as_of=at("2025-07-10"))
        shop.store.patience = 2
        assert shop.tracker.refresh(as_of=at("2025-07-10")).ran


class Forgetful(MemoryEvents):
    """A source whose cursors expire, and that then knows other records."""

    def __init__(self, *events: CrmEvent) -> None:
        """Hold some records."""
        super().__init__(events)
        self.is_expired = False

    def forget(self, *events: CrmEvent) -> None:
        """Know these records alone, and no cursor."""
        super().__init__(events)
        self.is_expired = True

    def changes(self, object: str, since: str | None, /, *, properties: frozenset[str]) -> Page[CrmEvent]:  # noqa: A002
        """Return records, or say that the cursor is not known any more."""
        if since is not None and self.is_expired:
            self.is_expired = False
            raise CursorExpired("since: expected a cursor of this year", field="since")
        return super().changes(object, since, properties=properties)


class Crowded(MemoryStore):
    """A store in which somebody else is always faster, as often as its patience lasts."""

    def __init__(self) -> None:
        """Be crowded for ever."""
        super().__init__()
        self.patience = 10**9

    def commit(
        self, revision: int, /, *, put: Mapping[str, bytes], drop: Collection[str], figures: Sequence[Progress]
    ) -> None:
        """Refuse, until patience is at an end."""
        if self.patience:
            self.patience -= 1
            raise ConcurrencyConflict("revision: somebody was faster", field="revision")
        super().commit(revision, put=put, drop=drop, figures=figures)


class TestMilestones:
    """What is told, and to whom."""

    def test_is_recorded_once_with_the_day_it_was_met(self) -> None:
        """Half of the target on the 5th, all of it on the 9th; falling below and rising again tells nothing."""
        shop = Shop(evolve(promise(ADA, target="100"), milestones=MARKS))
        shop.events.add(deal("d1", "60", closed="2025-07-05"), deal("d2", "40", closed="2025-07-09"))
        found = shop.refresh("2025-07-10")
        assert kinds(found) == ["kickoff", "50", "achieved"]
        days = [fact.reached_on for fact in found.reached if JULY in fact.slice]
        assert days == [None, date(2025, 7, 5), date(2025, 7, 9)]
        shop.events.add(deal("d1", "10", closed="2025-07-05", recorded="2025-07-11"))
        assert kinds(shop.refresh("2025-07-12")) == []
        shop.events.add(deal("d1", "90", closed="2025-07-05", recorded="2025-07-13"))
        assert kinds(shop.another().refresh(as_of=at("2025-07-14"))) == []

    def test_time_alone_brings_some(self) -> None:
        """August begins, and July was missed."""
        shop = Shop(evolve(promise(ADA, NORTH), milestones=MARKS))
        shop.refresh("2025-07-31")
        found = shop.refresh("2025-08-01")
        assert (kinds(found), kinds(found, on=AUGUST)) == (["missed"], ["kickoff"])
        assert kinds(found, NORTH) == ["missed"]

    def test_a_new_target_arms_anew(self) -> None:
        """Half of 100 was told; half of 200 is told again, a new name is not."""
        goal = evolve(promise(ADA, target="100"), milestones=[Milestone.percent(50)])
        shop = Shop(goal)
        shop.events.add(deal("d1", "100"))
        assert kinds(shop.refresh("2025-07-11")) == ["50"]
        shop.keep(evolve(goal, name="Another"), "2025-07-12")
        assert kinds(shop.refresh("2025-07-13")) == []
        shop.keep(goal.apply_targets("200"), "2025-07-14")
        assert kinds(shop.refresh("2025-07-15")) == ["50"]

    def test_waits_in_the_outbox_until_it_is_acknowledged(self) -> None:
        """In the order of recording, page by page, as often as it is asked for."""
        shop = Shop(evolve(promise(ADA, NORTH, target="100"), milestones=[Milestone.percent(50)], created_by="bob"))
        shop.events.add(deal("d1"))
        facts = shop.refresh("2025-07-11").reached
        first = shop.tracker.outbox(as_of=at("2025-07-11"), limit=1)
        assert (first.items[0].reached, first.items[0].recipients, first.more) == (facts[0], ("ada", "bob"), True)
        rest = shop.another().outbox(as_of=at("2025-07-11"), after=first.cursor)
        assert [notice.reached for notice in rest.items] == [facts[1]]
        assert rest.items[0].recipients == ("ada", "bob")
        shop.tracker.acknowledge([facts[0].key, "no such key"])
        shop.tracker.acknowledge([facts[0].key])
        assert [notice.reached for notice in shop.tracker.outbox(as_of=at("2025-07-12")).items] == [facts[1]]
        assert kinds(shop.refresh("2025-07-12")) == []

    def test_tells_those_who_may_see_the_row(self) -> None:
        """Bob made the goal, but may see his own rows alone; of a goal that is no more nobody is told."""
        actors = MemoryActors()
        actors.put(
            Actor("ada", "acme", grants=[Grant("view", "own")]), Actor("bob", "acme", grants=[Grant("view", "own")])
        )
        goal = evolve(promise(ADA, target="100"), milestones=[Milestone.percent(50)], created_by="bob")
        shop = Shop(goal, actors=actors)
        shop.events.add(deal("d1"))
        shop.refresh("2025-07-11")
        assert [notice.recipients for notice in shop.tracker.outbox(as_of=at("2025-07-11")).items] == [("ada",)]
        actors.remove("ada")
        assert [notice.recipients for notice in shop.tracker.outbox(as_of=at("2025-07-11")).items] == [()]
        shop.keep(None, "2025-07-12")
        assert [notice.recipients for notice in shop.tracker.outbox(as_of=at("2025-07-12")).items] == [()]

    def test_acknowledging_gives_up_where_others_are_always_faster(self) -> None:
        """A conflict is tried again, and then told."""
        shop = Shop(evolve(promise(ADA, target="100"), milestones=[Milestone.percent(50)]))
        shop.store = Crowded()
        shop.store.patience = 0
        shop.another()
        shop.events.add(deal("d1"))
        key = shop.refresh("2025-07-11").reached[0].key
        shop.store.patience = 1
        shop.tracker.acknowledge([key])
        assert shop.tracker.outbox(as_of=at("2025-07-11")).items == ()
        shop.events.add(deal("d2", closed="2025-08-01", recorded="2025-08-01"))
        key = shop.refresh("2025-08-01").reached[0].key
        shop.store.patience = 10**9
        with pytest.raises(ConcurrencyConflict):
            shop.tracker.acknowledge([key])


class TestSeeing:
    """Who sees what of the figures."""

    def test_rows_that_may_not_be_seen_are_left_out(self) -> None:
        """Bob sees his row, and the total of the whole goal; Ada's row is not there for him."""
        actors = MemoryActors()
        actors.put(Actor("bob", "acme", grants=[Grant("view", "own")]), Actor("cyd", "acme"))
        shop = Shop(promise(ADA, BOB), promise(ADA, goal_id="g2"), actors=actors)
        shop.events.add(deal("d1"), deal("d2", "50", owner="bob"))
        shop.refresh("2025-07-11")
        now = at("2025-07-12")
        for result in (
            shop.tracker.progress(actor="bob", as_of=now),
            shop.tracker.calculate(actor="bob", as_of=now),
            shop.tracker.progress("g1", actor="bob", as_of=now),
        ):
            assert {(cell.goal_id, cell.contributor) for cell in result} == {("g1", BOB)}
            assert (result.get("g1", ADA, on=JULY), result.get("g2", ADA, on=JULY)) == (None, None)
            assert result.total("g1", on=JULY).attained == 150
            assert len(result) == 12
        for call in (
            lambda: shop.tracker.progress("g2", actor="bob", as_of=now),
            lambda: shop.tracker.calculate("g2", actor="bob", as_of=now),
            lambda: shop.tracker.explain("g1", ADA, on=JULY, actor="bob", as_of=now),
            lambda: shop.tracker.progress("g9", actor="bob", as_of=now),
        ):
            with pytest.raises(NotFound):
                call()
        with pytest.raises(PermissionDenied):
            shop.tracker.progress("g1", actor="eve", as_of=now)
        with pytest.raises(PermissionDenied):
            shop.tracker.progress("g1", actor=None, as_of=now)

    def test_records_of_others_are_not_named(self) -> None:
        """Neither in findings nor on a receipt: Bob's row says nothing of Ada's deals; who sees all rows is told of them."""
        actors = MemoryActors()
        view_all = Actor("ada", "acme", grants=[Grant("view", "everyone")])
        actors.put(Actor("bob", "acme", grants=[Grant("view", "own")]), view_all)
        shop = Shop(promise(ADA, BOB), promise(BOB, goal_id="g2"), actors=actors)
        shop.events.add(deal("d1"), deal("d2", owner="bob"), deal("d3", owner=None), deal("d2", "7", owner="bob"))
        shop.refresh("2025-07-11")
        now = at("2025-07-12")
        told = {
            who: [finding.records for finding in shop.tracker.progress(actor=who, as_of=now).findings]
            for who in ("bob", "ada", HOST)
        }
        assert (told["bob"], told["ada"], told[HOST]) == ([("d3",)], [("d3",)] * 2, [("d2",), *[("d3",)] * 2])
        listed = {
            who: [line.record_id for line in shop.tracker.explain("g1", BOB, on=JULY, actor=who).not_counted]
            for who in ("bob", "ada")
        }
        assert listed == {"bob": [], "ada": ["d1", "d3"]}

    def test_before_the_first_refresh_there_is_nothing(self) -> None:
        """Neither figures nor receipts."""
        shop = Shop(promise(ADA))
        for call in (
            lambda: shop.tracker.progress("g1", actor=HOST, as_of=at("2025-07-11")),
            lambda: shop.tracker.progress(actor=HOST, as_of=at("2025-07-11")),
            lambda: shop.tracker.explain("g1", ADA, on=JULY, actor=HOST),
        ):
            with pytest.raises(NotFound):
                call()
        assert shop.tracker.verify() == ()


class TestThePast:
    """Figures as they were, and why."""

    def test_any_moment_can_be_asked_about(self) -> None:
        """Goals, people and records as they were known then."""
        shop = Shop(promise(ADA, target="200"))
        shop.events.add(deal("d1"), deal("d1", "150", recorded="2025-07-12"))
        shop.keep(promise(ADA, target="300"), "2025-07-14")
        shop.refresh("2025-07-15")
        for when, expected in (("2025-07-11", (100, 200)), ("2025-07-13", (150, 200)), ("2025-07-15", (150, 300))):
            cell = shop.tracker.calculate("g1", actor=HOST, as_of=at(when)).of("g1", ADA, on=JULY)
            assert (cell.attained, cell.target) == expected
        known = shop.tracker.calculate("g1", actor=HOST, as_of=at("2025-07-11"), known_at=at("2025-07-13"))
        assert known.of("g1", ADA, on=JULY).attained == 150
        with pytest.raises(NotFound):
            shop.tracker.calculate("g1", actor=HOST, as_of=at("2024-12-31"))
        assert len(shop.tracker.calculate(actor=HOST, as_of=at("2024-12-31"))) == 0

    def test_a_number_is_explained(self) -> None:
        """Which records count, and which do not and why; of the last refresh, or of any moment."""
        shop = Shop(promise(ADA))
        shop.events.add(deal("d1"), deal("d2", owner="bob"))
        shop.refresh("2025-07-11")
        receipt = shop.tracker.explain("g1", ADA, on=JULY, actor=HOST)
        assert ([line.record_id for line in receipt.counted], [line.record_id for line in receipt.not_counted]) == (
            ["d1"], ["d2"],
        )  # fmt: skip
        assert receipt.progress == shop.cell()
        earlier = shop.tracker.explain(
            "g1", ADA, on=JULY, actor=HOST, as_of=at("2025-07-01"), known_at=at("2025-07-02")
        )
        assert earlier.counted == ()


class TestKeptRecords:
    """Records as they are kept between refreshes."""

    def test_every_kind_of_property_is_kept_as_it_was(self) -> None:
        """Numbers, days, moments, words, truths and nothing; and once more in another process, with a version behind it."""
        shop = Shop(promise(ADA))
        said: dict[str, Property] = {
            "n": Decimal("7.50"),
            "i": 3,
            "d": date(2025, 7, 9),
            "t": at("2025-07-09 12:00"),
            "b": True,
            "none": None,
        }
        first = deal("d1", Decimal("100.10"), more=said)
        shop.events.add(first)
        shop.refresh("2025-07-11")
        second = deal("d1", "1", recorded="2025-07-11 12:00", more=said | {"d": "2025-07-09"})
        shop.events.add(second)
        shop.another()
        shop.refresh("2025-07-12")
        ((_, versions),) = Records(shop.store).all_of("deal")
        assert [version.event for version in versions] == [first, second]
        kinds = [{name: type(value) for name, value in version.event.properties.items()} for version in versions]
        assert kinds == [{name: type(value) for name, value in event.properties.items()} for event in (first, second)]

    def test_what_is_recorded_ahead_waits_for_its_time(self) -> None:
        """Also where it comes when other figures are kept already."""
        shop = Shop(promise(ADA))
        shop.events.add(deal("d1"))
        shop.refresh("2025-07-11")
        shop.events.add(deal("d2", "5", recorded="2025-07-15"))
        shop.refresh("2025-07-12")
        assert shop.cell().attained == 100
        shop.refresh("2025-07-16")
        assert shop.cell().attained == 105


class TestFindings:
    """What is noticed, refresh after refresh."""

    def test_what_is_noticed_anew_stands_where_it_would_if_all_was(self) -> None:
        """Late deals of two goals, one without an owner, one that contradicts itself, and a row of a user that nobody knows."""
        unknown, other = Contributor.user("zoe"), evolve(promise(ADA, EVERYONE), id="g2")
        shop = Shop(promise(ADA, EVERYONE, unknown), other)
        shop.events.add(deal("d1"), deal("d2"))
        assert [each.kind for each in shop.refresh("2025-07-20").findings] == ["unknown_contributor"]
        shop.refresh("2025-08-01")
        for day, event in enumerate(
            [
                deal("d2", "7", recorded="2025-08-01 01:00"),
                deal("d3", owner=None, closed="2025-08-01", recorded="2025-08-01 02:00"),
                deal("d3", owner="ada", closed="2025-08-01", recorded="2025-08-01 02:00"),
                deal("d2", "8", recorded="2025-08-01 03:00"),
                deal("d2", recorded="2025-08-01 04:00"),
            ],
            2,
        ):
            shop.events.add(event)
            gone_on = shop.refresh(f"2025-08-{day:02}")
            shop.another()
            assert gone_on.findings == shop.refresh(f"2025-08-{day:02} 12:00").findings
            shop.refresh(f"2025-08-{day:02} 13:00")


class TestState:
    """What is kept, and what becomes of it when it is not what it was."""

    def test_what_is_corrupt_is_named(self) -> None:
        """The key, and nothing is summed."""
        shop = Shop(promise(ADA))
        shop.events.add(deal("d1"))
        shop.refresh("2025-07-11")
        for key in ("row/g1/user/ada", "goal/g1", "head"):
            written = shop.store.read([key])
            shop.store.commit(written.revision, put={key: b"[1,"}, drop=(), figures=())
            with pytest.raises(CorruptRow) as caught:
                shop.another().progress("g1", actor=HOST, as_of=at("2025-07-12"))
            assert caught.value.field == key
            shop.store.commit(written.revision + 1, put=written.values, drop=(), figures=())
        assert shop.cell().attained == 100

    @pytest.mark.parametrize(
        "written",
        [
            *("", "[1,", "[] ", "{}", "[[]]", "[[1]]", "1", '["a"]', '[[1,0,false,"ada",null,{},1]]'),
            *(
                f'[[{head},"ada",null,{{}},1,false]]'
                for head in ("1.5,0,false", "true,0,false", "1,null,false", "1,0,0")
            ),
            *(f"[[1,0,false,{whose},{{}},1,false]]" for whose in ("1,null", "null,[]")),
            *(f'[[1,0,false,"ada",null,{said},1,false]]' for said in ("[]", "null", '"a"', '{"a":1.5}', '{"a":[]}')),
            *(
                f'[[1,0,false,"ada",null,{{"a":{said}}},1,false]]'
                for said in ('{"d":"May"}', '{"t":"1"}', '{"n":"NaN"}')
            ),
            *(
                f'[[1,0,false,"ada",null,{{"a":{said}}},1,false]]'
                for said in ("{}", '{"x":"1"}', '{"n":{}}', '{"d":1}')
            ),
            *(f'[[1,0,false,"ada",null,{{}},{end}]]' for end in ("null,false", "1,0", "1.0,false")),
            "[[99999999999999999999999,0,false,null,null,{},1,false]]",
            *("[]", "[" * 60_000),
            *(f'[[1,{version},false,"ada",null,{{}},1,false]]' for version in (-5, 2**70)),
            *(f"[[1,0,false,{whose},{{}},1,false]]" for whose in ('"",null', 'null,""')),
            '[[1,0,false,"ada",null,{},0,false]]',
            *(
                f'[[1,0,false,"ada",null,{{"a":{said}}},1,false]]'
                for said in ('{"t":1,"n":"5"}', '{"t":1.5}', '{"t":true}', '{"n":5}', '{"d":"2025-W01-1"}', '{"d":""}')
            ),
            '[[2,0,false,"ada",null,{},1,false],[1,0,false,"ada",null,{},1,false]]',
        ],
    )
    def test_versions_that_are_corrupt_are_named(self, written: str) -> None:
        """A record of which another version comes is not guessed at; the key is named, and figures stay."""
        shop = Shop(promise(ADA))
        shop.events.add(deal("d1"))
        shop.refresh("2025-07-11")
        before = shop.cell()
        stored = shop.store.read([])
        shop.store.commit(stored.revision, put={"record/deal/d1": written.encode()}, drop=(), figures=())
        shop.events.add(deal("d1", "7", recorded="2025-07-12"))
        with pytest.raises(CorruptRow) as caught:
            shop.refresh("2025-07-12")
        assert (caught.value.field, shop.cell()) == ("record/deal/d1", before)

    @pytest.mark.parametrize(
        ("sound", "corrupt"),
        [
            ('"currencies":[]', '"currencies":"EUR"'),
            ('"refreshes":1', '"refreshes":"x"'),
            ('"refreshes":1', '"refreshes":true'),
            ('"form":3', '"form":3.0'),
            ('"account":"acme"', '"account":5'),
            ('"deal":[1,', '"deal":["1",'),
            ('"deal":[1,', '"deal":[1.0,'),
            ("{", " {"),
        ],
    )
    def test_a_head_that_is_corrupt_is_named(self, sound: str, corrupt: str) -> None:
        """Whatever would not be written again as it was found."""
        shop = Shop(promise(ADA))
        shop.events.add(deal("d1"))
        shop.refresh("2025-07-11")
        stored = shop.store.read(["head"])
        written = stored.values["head"].decode()
        assert sound in written
        put = {"head": written.replace(sound, corrupt, 1).encode()}
        shop.store.commit(stored.revision, put=put, drop=(), figures=())
        with pytest.raises(CorruptRow) as caught:
            shop.tracker.refresh(as_of=at("2025-07-12"), force=True)
        assert caught.value.field == "head"

    def test_a_fact_that_is_corrupt_is_named(self) -> None:
        """It is told to nobody."""
        shop = Shop(evolve(promise(ADA), milestones=MARKS))
        shop.refresh("2025-07-11")
        [(key, written), *_] = shop.store.scan("outbox/", after=None, limit=9).items
        put = {key: written.replace(b'"refresh":[', b'"refresh":[1.0,', 1).replace(b",1752", b"", 1)}
        for torn in (put[key], b" " + written, written.replace(b'"account":"acme"', b'"account":"acme","more":1')):
            shop.store.commit(shop.store.read([]).revision, put={key: torn}, drop=(), figures=())
            with pytest.raises(CorruptRow) as caught:
                shop.tracker.outbox(as_of=at("2025-07-12"))
            assert caught.value.field == key

    @pytest.mark.parametrize("written", [b"head", b"outbox/1/2", b"outbox/\xff"])
    def test_a_mark_that_is_corrupt_is_named(self, written: bytes) -> None:
        """Nothing that it might mean is taken out of the store."""
        shop = Shop(evolve(promise(ADA), milestones=MARKS))
        shop.refresh("2025-07-11")
        fact = shop.tracker.outbox(as_of=at("2025-07-12")).items[0].reached
        [name] = [
            name for name, _ in shop.store.scan("mark/", after=None, limit=9).items if quote(fact.key, safe="") in name
        ]
        shop.store.commit(shop.store.read([]).revision, put={name: written}, drop=(), figures=())
        before = shop.store.scan("", after=None, limit=1000).items
        with pytest.raises(CorruptRow) as caught:
            shop.tracker.acknowledge([fact.key])
        assert caught.value.field == name[:200]
        assert shop.store.scan("", after=None, limit=1000).items == before

    @pytest.mark.parametrize(
        ("sound", "corrupt"),
        [
            (b'"retargeted":[]', b'"retargeted":[[99,99]]'),
            (b'"retargeted":[]', b'"retargeted":[["a",0]]'),
            (b'"totals":[[', b'"totals":[[0,'),
        ],
    )
    def test_a_goal_that_is_corrupt_is_named(self, sound: bytes, corrupt: bytes) -> None:
        """Places that it has not, totals that are too many."""
        shop = Shop(promise(ADA, EVERYONE))
        shop.events.add(deal("d1"))
        shop.refresh("2025-07-11")
        stored = shop.store.read(["goal/g1"])
        written = stored.values["goal/g1"]
        assert sound in written
        put = {"goal/g1": written.replace(sound, corrupt, 1)}
        shop.store.commit(stored.revision, put=put, drop=(), figures=())
        with pytest.raises(CorruptRow) as caught:
            shop.another().progress("g1", actor=HOST, as_of=at("2025-07-12"))
        assert caught.value.field == "goal/g1"

    def test_what_a_later_version_wrote_is_not_touched(self) -> None:
        """It names both forms."""
        shop = Shop(promise(ADA))
        shop.store.commit(0, put={"head": b'{"form":99}'}, drop=(), figures=())
        with pytest.raises(UnsupportedVersion, match="form 3, got form 99"):
            shop.tracker.refresh(as_of=at("2025-07-11"))

    def test_what_differs_is_found(self) -> None:
        """Somebody wrote another figure into the store: the proof names row, slice and field, and the total."""
        shop = Shop(promise(ADA, EVERYONE))
        shop.events.add(deal("d1"))
        shop.refresh("2025-07-11")
        stored = shop.store.read(["row/g1/user/ada"])
        written = stored.values["row/g1/user/ada"].replace(b",1,", b",2,")
        shop.store.commit(stored.revision, put={"row/g1/user/ada": written}, drop=(), figures=())
        found = shop.tracker.verify()
        assert [(each.contributor, each.field, each.stored, each.recomputed) for each in found] == [
            (ADA, "counted", 2, 1)
        ]

    def test_ids_of_any_script_are_kept_apart(self) -> None:
        """Slashes, percent signs and letters that are none of ours."""
        names = ["a/b", "a%2Fb", "Ünal", "小林"]
        shop = Shop(promise(*(Contributor.user(name) for name in names)), roster=None)
        shop.events.add(*(deal(f"{name}/{name}", str(place), owner=name) for place, name in enumerate(names)))
        shop.refresh("2025-07-11")
        shop.another()
        shop.refresh("2025-07-12")
        assert [shop.cell(Contributor.user(name)).attained for name in names] == [0, 1, 2, 3]


class Feed(MemoryGoals):
    """Goals whose feed of changes can be made to misbehave."""

    def __init__(self) -> None:
        """Behave, for now."""
        super().__init__()
        self.answers: list[Callable[[Page[Change]], Page[Change]]] = []

    def changes(self, *, goal_id: str | None, after: str | None, limit: int) -> Page[Change]:
        """Return changes, as the next answer has it."""
        page = super().changes(goal_id=goal_id, after=after, limit=limit)
        return self.answers.pop(0)(page) if self.answers else page


class TestFeeds:
    """Goals that are edited while others look, and feeds that are not what they should be."""

    def test_a_change_that_comes_twice_is_taken_once(self) -> None:
        """The last page has no cursor, so all is read again each time; a deletion comes twice as well."""
        shop = Shop()
        shop.goals = Feed()
        shop.keep(promise(ADA), "2025-01-01")
        shop.another()
        shop.goals.answers = [lambda page: evolve(page, cursor=None)] * 3
        shop.refresh("2025-07-11")
        shop.keep(None, "2025-07-12")
        shop.refresh("2025-07-13")
        shop.goals.answers = [lambda page: Page((), page.cursor)]
        shop.tracker._refresher.stories.cursor = None
        assert shop.refresh("2025-07-14").changed == ()

    def test_what_is_no_feed_is_told(self) -> None:
        """It fails, gives something else, does not go on, or holds what is no change; afterwards all is as before."""
        shop = Shop()
        shop.goals = Feed()
        shop.keep(promise(ADA), "2025-01-01")
        shop.another()

        def broken(_page: Page[Change]) -> Page[Change]:
            raise OSError

        for answer, kind in (
            (broken, RepositoryUnavailable),
            (lambda _page: None, ContractViolation),
            (lambda page: evolve(page, cursor=None, more=True), ContractViolation),
            (lambda page: evolve(page, items=[1]), InvalidType),
            (lambda _page: _raised(InvalidCursor("after: expected another", field="after")), InvalidCursor),
        ):
            shop.goals.answers = [cast("Any", answer)]
            with pytest.raises(kind):
                shop.tracker.refresh(as_of=at("2025-07-11"))
        assert shop.refresh("2025-07-11").ran

    def test_a_refresh_takes_goals_as_they_were_then(self) -> None:
        """An edit at nine is not in the figures of eight, and a goal that is made at nine has none."""
        shop = Shop(promise(ADA))
        shop.events.add(deal("d1"))
        shop.keep(promise(ADA, target="500"), "2025-07-11 09:00")
        shop.keep(promise(BOB, goal_id="g2"), "2025-07-11 09:00")
        shop.refresh("2025-07-11 08:00")
        assert (shop.cell().target, shop.cell().goal_version) == (1000, 1)
        assert shop.tracker.explain("g1", ADA, on=JULY, actor=HOST).progress == shop.cell()
        with pytest.raises(NotFound):
            shop.tracker.progress("g2", actor=HOST, as_of=at("2025-07-11 10:00"))
        shop.refresh("2025-07-11 10:00")
        assert shop.cell().target == 500

    def test_another_process_that_refreshes_meanwhile_hides_nothing(self) -> None:
        """Between reading the feed and the figures somebody edits and refreshes; the goal is there, in its new state."""
        shop = Shop(promise(ADA))
        shop.refresh("2025-07-11")
        reader = shop.tracker

        class Racing(MemoryStore):
            def read(self, keys: Collection[str], /) -> Stored:
                if not shop.is_raced:
                    shop.is_raced = True
                    shop.keep(promise(ADA, target="500"), "2025-07-12")
                    shop.another().refresh(as_of=at("2025-07-12"))
                return shop.store.read(keys)

        shop.is_raced = True
        slow = ProgressTracker(shop.account, goals=shop.goals, events=shop.events, roster=STAFF, store=Racing())
        slow.progress("g1", actor=HOST, as_of=at("2025-07-12"))
        shop.is_raced = False
        result = slow.progress("g1", actor=HOST, as_of=at("2025-07-12"))
        assert result.of("g1", ADA, on=JULY).target == 500
        assert reader.progress("g1", actor=HOST, as_of=at("2025-07-12")).of("g1", ADA, on=JULY).target == 500


def _raised(error: Exception) -> Page[Change]:
    raise error


class TestRights:
    """What was seen once is not seen for ever, and nothing is told by the way."""

    def people(self) -> tuple[Shop, MemoryActors]:
        """Return a shop in which Ada leads the north, and Bob is in it with a row of his own."""
        actors = MemoryActors()
        actors.put(
            Actor("ada", "acme", grants=[Grant("view", "team")]), Actor("bob", "acme", grants=[Grant("view", "own")])
        )
        roster = Roster(STAFF.users, STAFF.teams, [Membership(name, "north") for name in ("ada", "bob")])
        shop = Shop(promise(ADA, BOB, NORTH), promise(BOB, goal_id="g2"), roster=People(roster), actors=actors)
        shop.events.add(deal("d1"), deal("d2", "777", owner="bob"))
        shop.refresh("2025-07-11")
        return shop, actors

    def test_who_may_see_no_more_does_not_by_asking_about_the_past(self) -> None:
        """Ada left the north on the 15th; neither the moment asked about nor that of asking brings her back."""
        shop, _ = self.people()
        assert isinstance(shop.roster, People)
        until = date(2025, 7, 15)
        members = [Membership("ada", "north", until=until), Membership("bob", "north")]
        shop.roster.now = Roster(STAFF.users, STAFF.teams, members)
        shop.refresh("2025-07-20")
        for result in (
            shop.tracker.progress(actor="ada", as_of=at("2025-07-12")),
            shop.tracker.calculate(actor="ada", as_of=at("2025-07-12")),
        ):
            assert {cell.contributor for cell in result} == {ADA}
        with pytest.raises(NotFound):
            shop.tracker.explain("g1", NORTH, on=JULY, actor="ada", as_of=at("2025-07-12"))

    def test_a_goal_that_is_gone_is_gone_at_once(self) -> None:
        """Deleted, or without one's row: its figures are not shown any more, though they are kept until the next refresh."""
        shop, _ = self.people()
        shop.keep(promise(ADA, NORTH), "2025-07-12")
        shop.keep(None, "2025-07-12", goal_id="g2")
        now = at("2025-07-12")
        with pytest.raises(NotFound):
            shop.tracker.progress("g1", actor="bob", as_of=now)
        with pytest.raises(NotFound):
            shop.tracker.progress("g2", actor=HOST, as_of=now)
        assert len(shop.tracker.progress(actor="bob", as_of=now)) == 0
        assert {cell.contributor for cell in shop.tracker.progress("g1", actor=HOST, as_of=now)} == {ADA, BOB, NORTH}

    def test_a_receipt_names_nobody_who_is_hidden(self) -> None:
        """Ada may see the north, but not the users in it: Bob's deal is in its number, without him; hers says nothing of it."""
        shop, _ = self.people()
        team = shop.tracker.explain("g1", NORTH, on=JULY, actor="ada")
        assert [(line.record_id, line.owner_id) for line in team.counted] == [("d1", "ada"), ("d2", None)]
        own = shop.tracker.explain("g1", ADA, on=JULY, actor="ada")
        assert (own.not_counted, dict(own.others)) == ((), {})
        whole = shop.tracker.explain("g1", ADA, on=JULY, actor=HOST)
        assert [line.record_id for line in whole.not_counted] == ["d2"]

    def test_a_missing_rate_names_nobodys_records(self) -> None:
        """But those of whoever sees all."""
        shop, _ = self.people()
        shop.events.add(deal("secret", owner="bob", more={"currency": "USD"}))
        with pytest.raises(MissingRate):
            shop.tracker.refresh(as_of=at("2025-07-12"))
        now = at("2025-07-12")
        for call in (
            lambda who: shop.tracker.calculate("g1", actor=who, as_of=now),
            lambda who: shop.tracker.explain("g1", NORTH, on=JULY, actor=who, as_of=now),
        ):
            for who, named in (("ada", ()), (HOST, ("secret",))):
                with pytest.raises(MissingRate) as caught:
                    call(who)
                assert caught.value.records == named
                assert ("secret" in str(caught.value)) is bool(named)

    def test_rights_that_cannot_be_read_are_told(self) -> None:
        """A source that fails or gives something else; nobody is told anything then."""
        shop, actors = self.people()

        class Broken:
            def actor(self, user_id: str, /) -> Actor | None:
                if user_id == "ada":
                    raise OSError
                return cast("Actor", "an actor")

        shop.actors = cast("MemoryActors", Broken())
        shop.another()
        with pytest.raises(SourceUnavailable):
            shop.tracker.progress(actor="ada", as_of=at("2025-07-12"))
        with pytest.raises(ContractViolation):
            shop.tracker.progress(actor="bob", as_of=at("2025-07-12"))
        assert actors.actor("ada") is not None


class TestRates:
    """Rates that come, go, and are asked for."""

    def test_a_goal_that_is_gone_needs_none(self) -> None:
        """Its deals lacked a rate; once it is deleted all goes on."""
        shop = Shop(promise(ADA), promise(BOB, goal_id="g2"))
        shop.refresh("2025-07-11")
        shop.events.add(deal("d1", more={"currency": "USD"}), deal("d2", owner="bob"))
        with pytest.raises(MissingRate):
            shop.tracker.refresh(as_of=at("2025-07-12"))
        shop.keep(None, "2025-07-13")
        shop.refresh("2025-07-13")
        result = shop.tracker.progress("g2", actor=HOST, as_of=at("2025-07-13"))
        assert result.of("g2", BOB, on=JULY).attained == 100

    def test_currencies_are_looked_for_whatever_is_measured(self) -> None:
        """A deal in dollars comes while deals are only counted; the goal in money that is made later knows of dollars."""
        shop = Shop(promise(ADA), promise(ADA, goal_id="g2", measure=counting("count")), rates=Money(USD="0.5"))
        shop.refresh("2025-07-11")
        shop.keep(None, "2025-07-12")
        shop.events.add(deal("d1", more={"currency": "USD"}))
        shop.refresh("2025-07-12")
        shop.keep(promise(ADA, goal_id="g3"), "2025-07-13")
        shop.refresh("2025-07-13")
        result = shop.tracker.progress("g3", actor=HOST, as_of=at("2025-07-13"))
        assert result.of("g3", ADA, on=JULY).attained == 50
        shop.keep(None, "2025-07-14", goal_id="g3")
        past = shop.tracker.calculate("g3", actor=HOST, as_of=at("2025-07-13"))
        assert past.of("g3", ADA, on=JULY).attained == 50

    def test_another_name_of_the_currency_is_looked_for_from_the_start(self) -> None:
        """A measure that finds the currency elsewhere."""
        shop = Shop(promise(ADA), rates=Money(USD="0.5"))
        shop.events.add(deal("d1", more={"coin": "USD"}))
        shop.refresh("2025-07-11")
        shop.keep(promise(ADA, goal_id="g2", measure=evolve(promise().measure, currency="coin")), "2025-07-12")
        shop.refresh("2025-07-12")
        result = shop.tracker.progress("g2", actor=HOST, as_of=at("2025-07-12"))
        assert result.of("g2", ADA, on=JULY).attained == 50

    def test_a_rate_of_today_moves_todays_deals_alone(self) -> None:
        """The table grows by a day, every day: what counts since then follows, whatever comes late within three days."""
        money = Money(USD="0.5")
        shop = Shop(promise(ADA), rates=money)
        shop.events.add(*(deal(f"d{day}", closed=f"2025-07-{day}", more={"currency": "USD"}) for day in (10, 20)))
        shop.refresh("2025-07-21")
        money.entries["USD", date(2025, 7, 20)] = "0.6"
        shop.refresh("2025-07-22")
        assert shop.cell().attained == 110
        money.entries["USD", date(2025, 7, 10)] = "0.4"
        shop.refresh("2025-07-23")
        assert shop.cell().attained == 100


class TestCorners:
    """What hardly ever happens."""

    def test_the_last_version_there_can_be_vanishes_and_comes_back(self) -> None:
        """What the tracker says of it is recorded a microsecond later."""
        shop = Shop(promise(ADA))
        last = deal("d1", recorded="2025-07-10 12:00", version=2**63 - 1)
        shop.events = Forgetful(last, deal("d2", "5"))
        shop.another()
        shop.refresh("2025-07-10 12:00")
        shop.events.forget(deal("d2", "5"))
        shop.refresh("2025-07-10 12:00")
        shop.refresh("2025-07-10 12:01")
        assert shop.cell().attained == 5
        shop.events.forget(last, deal("d2", "5"))
        shop.refresh("2025-07-10 12:01")
        assert shop.cell().attained == 105

    def test_rows_of_another_length_are_corrupt(self) -> None:
        """Or with what is no number in them."""
        shop = Shop(promise(ADA, duration=Duration.custom(date(2025, 1, 1), date(2025, 12, 31))))
        shop.refresh("2025-07-11")
        for written in (
            *(b"[[]]", b"[]", b'[[["x"],[0],null]]', b"[[[1],[true],null]]", b"[[[1],[[]],null]]"),
            *(
                b"[[[1,1],[0,0],null]]",
                b"[[[1],[0,0],null]]",
                b"[[null,[0],null]]",
                b"[[[1],null,null]]",
                b"[[[1],[0],[0]]]",
                b'[[[1],["2/4"],null]]',
            ),
        ):
            shop.store.commit(shop.store.read([]).revision, put={"row/g1/user/ada": written}, drop=(), figures=())
            with pytest.raises(CorruptRow):
                shop.tracker.progress("g1", actor=HOST, as_of=at("2025-07-12"))

    def test_an_edit_after_the_end_marks_nothing_that_goes_on(self) -> None:
        """As of the 1st of July the slice was open, whatever is known of later."""
        shop = Shop(promise(ADA))
        shop.keep(promise(ADA, target="500"), "2025-11-01")
        shop.refresh("2025-11-02")
        then = shop.tracker.calculate("g1", actor=HOST, as_of=at("2025-07-20"), known_at=at("2025-11-02"))
        assert not then.of("g1", ADA, on=JULY).restated

    def test_edits_that_are_not_known_yet_mark_nothing(self) -> None:
        """Edited in July and in August; asked about September by what was known in June, the target is the first promise."""
        shop = Shop(promise(ADA, target="100"))
        shop.keep(promise(ADA, target="200"), "2025-07-15")
        shop.keep(promise(ADA, target="300"), "2025-08-15")
        shop.refresh("2025-09-01")
        for known_at, target, is_restated in (
            ("2025-06-30", 100, False),
            ("2025-08-01", 200, False),
            ("2025-09-01", 300, True),
        ):
            then = shop.tracker.calculate("g1", actor=HOST, as_of=at("2025-09-01"), known_at=at(known_at))
            cell = then.of("g1", ADA, on=JULY)
            assert (cell.target, cell.restated) == (target, is_restated)

    def test_a_receipt_is_that_of_the_figure(self) -> None:
        """A refresh failed when it had read a page: the figure is the old one, and so is its receipt."""
        shop = Shop(promise(ADA))
        shop.events.add(deal("d1"))
        shop.refresh("2025-07-11")
        shop.events.add(deal("d1", "70", recorded="2025-07-10 13:00"), deal("d2", more={"currency": "USD"}))
        with pytest.raises(MissingRate):
            shop.tracker.refresh(as_of=at("2025-07-12"))
        assert shop.tracker.explain("g1", ADA, on=JULY, actor=HOST).progress == shop.cell()

    def test_a_source_that_goes_round_in_empty_pages_ends(self) -> None:
        """They count as well."""
        shop = Shop(promise(ADA))

        class Round(MemoryEvents):
            def changes(self, object: str, since: str | None, /, *, properties: frozenset[str]) -> Page[CrmEvent]:  # noqa: A002
                del object, properties
                return Page((), "b" if since == "a" else "a", more=True)

        tracker = ProgressTracker(
            shop.account, goals=shop.goals, events=Round(), roster=None, store=shop.store, most=100
        )
        refuses(lambda: tracker.refresh(as_of=at("2025-07-11")), "too_large", "events", kind=TooLarge)

    def test_doors_are_typed(self) -> None:
        """Cursors of something else, flags that are none, limits."""
        shop = Shop(promise(ADA))
        now = at("2025-07-11")
        refuses(lambda: shop.tracker.outbox(as_of=now, after="zzz"), "invalid_cursor", "after", kind=InvalidCursor)
        refuses(lambda: shop.tracker.outbox(as_of=now, after=cast("str", 5)), "invalid_type", "after", kind=InvalidType)
        refuses(lambda: shop.tracker.outbox(as_of=now, limit=0), "out_of_range", "limit")
        refuses(
            lambda: shop.tracker.refresh(as_of=now, force=cast("bool", "no")), "invalid_type", "force", kind=InvalidType
        )

    def test_acknowledging_twice_is_once(self) -> None:
        """The store is not even touched."""
        shop = Shop(evolve(promise(ADA, target="100"), milestones=[Milestone.percent(50)]))
        shop.events.add(deal("d1"))
        key = shop.refresh("2025-07-11").reached[0].key
        shop.tracker.acknowledge([key])
        revision = shop.store.read([]).revision
        shop.tracker.acknowledge([key])
        assert shop.store.read([]).revision == revision
