"""What hardly ever happens to a tracker, its store and its sources, and is typed when it does."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import repeat
from typing import Any, cast

import pytest
from attrs import evolve

from quota_engine import (
    HOST,
    Absence,
    Actor,
    ConcurrencyConflict,
    ContractViolation,
    CorruptRow,
    Duration,
    InvalidType,
    Membership,
    Milestone,
    MissingRate,
    PermissionDenied,
    RepositoryUnavailable,
    Roster,
    SourceUnavailable,
    Splits,
    Stored,
    Team,
    TeamCredit,
    TooLarge,
    User,
)
from quota_engine.adapters.memory import MemoryGoals, MemoryStore
from quota_engine.ports import Page
from quota_engine.tracking.dating import Dating
from quota_engine.tracking.records import Records
from tests.acme import ADA, BOB, EVERYONE, JULY, NORTH, at, deal, promise
from tests.refusals import refuses
from tests.unit.test_tracker import Forgetful, Money, People, Shop

YEAR = Duration.custom(date(2025, 1, 1), date(2025, 12, 31))


class TestPeople:
    """People who change between a refresh and a look."""

    def test_absences_that_come_and_go_leave_totals_as_they_are(self) -> None:
        """An absence gives totals cells of their own; without it, and before it, the kept ones are shown."""
        away = Roster([User("ada", absences=[Absence(at("2025-01-01"), at("2025-01-02"))]), User("bob")])
        plain = Roster([User("ada"), User("bob")])
        for then, now in ((away, plain), (plain, away)):
            people = People(then)
            shop = Shop(promise(ADA, BOB), roster=people)
            shop.events.add(deal("d1"), deal("d2", owner="bob"))
            shop.refresh("2025-07-11")
            people.now = now
            result = shop.tracker.progress("g1", actor=HOST, as_of=at("2025-07-12"))
            assert result.total("g1", on=JULY).attained == 200

    def test_people_that_cannot_be_read_are_told(self) -> None:
        """In the source's own words, or in ours."""

        class Closed:
            def __init__(self, error: Exception) -> None:
                self.error = error

            def roster(self) -> Roster:
                raise self.error

        for error, words in (
            (OSError("secret"), "cannot be read: OSError"),
            (SourceUnavailable("people: later"), "later"),
        ):
            shop = Shop(promise(ADA), roster=cast("People", Closed(error)))
            with pytest.raises(SourceUnavailable, match=words):
                shop.tracker.refresh(as_of=at("2025-07-11"))

    def test_who_is_no_roster_is_told(self) -> None:
        """A source that gives something else."""

        class Nobody:
            def roster(self) -> Roster:
                return cast("Roster", [])

        shop = Shop(promise(ADA), roster=cast("People", Nobody()))
        with pytest.raises(ContractViolation, match="roster: expected Roster"):
            shop.tracker.refresh(as_of=at("2025-07-11"))

    def test_nobody_but_the_host_asks_where_no_rights_are_known(self) -> None:
        """Without an `ActorSource`; and one that says itself that it cannot be read is believed."""
        shop = Shop(promise(ADA))
        shop.refresh("2025-07-11")
        with pytest.raises(PermissionDenied):
            shop.tracker.progress("g1", actor="ada", as_of=at("2025-07-11"))

        class Closed:
            def actor(self, user_id: str, /) -> Actor | None:
                raise SourceUnavailable(f"actors: {user_id} later", field="actors")

        shop.actors = cast("Any", Closed())
        with pytest.raises(SourceUnavailable, match="ada later"):
            shop.another().progress("g1", actor="ada", as_of=at("2025-07-11"))


class TestStore:
    """Stores that lose, mix up and are asked oddly."""

    def test_a_row_that_is_gone_is_corrupt(self) -> None:
        """It was kept, so it must be there."""
        shop = Shop(promise(ADA))
        shop.refresh("2025-07-11")
        shop.store.commit(shop.store.read([]).revision, put={}, drop=["row/g1/user/ada"], figures=())
        with pytest.raises(CorruptRow):
            shop.tracker.progress("g1", actor=HOST, as_of=at("2025-07-12"))

    def test_amounts_that_are_none_are_corrupt(self) -> None:
        """True is no number."""
        shop = Shop(promise(ADA, duration=YEAR))
        shop.refresh("2025-07-11")
        for written in (b"[[[0],[true],null]]", b"[[[0],[[]],null]]", b'[[[0],["1/0"],null]]'):
            shop.store.commit(shop.store.read([]).revision, put={"row/g1/user/ada": written}, drop=(), figures=())
            with pytest.raises(CorruptRow):
                shop.tracker.progress("g1", actor=HOST, as_of=at("2025-07-12"))

    def test_a_total_that_differs_is_found(self) -> None:
        """The proof names it as that of the account."""
        shop = Shop(promise(ADA, EVERYONE, duration=YEAR))
        shop.events.add(deal("d1"))
        shop.refresh("2025-07-11")
        kept = shop.store.read(["goal/g1"])
        written = kept.values["goal/g1"].replace(b"[[1],", b"[[2],")
        assert written != kept.values["goal/g1"]
        shop.store.commit(kept.revision, put={"goal/g1": written}, drop=(), figures=())
        assert [(each.contributor, each.field) for each in shop.tracker.verify()] == [(EVERYONE, "total")]

    def test_goals_that_the_feed_does_not_know_are_forgotten(self) -> None:
        """The host went back to an older copy of its goals: all is counted anew."""
        shop = Shop(promise(ADA))
        shop.events.add(deal("d1"))
        shop.refresh("2025-07-11")
        shop.goals = MemoryGoals()
        shop.keep(promise(ADA, goal_id="g2"), "2025-01-01")
        shop.another()
        shop.refresh("2025-07-12")
        result = shop.tracker.progress(actor=HOST, as_of=at("2025-07-12"))
        assert {cell.goal_id for cell in result} == {"g2"}
        assert shop.store.scan("row/g1/", after=None, limit=9).items == ()

    def test_what_does_not_fit_together_as_others_refresh_is_a_conflict(self) -> None:
        """It was read in pieces; where nobody refreshed meanwhile it is what it looks like."""
        shop = Shop(promise(ADA))
        shop.refresh("2025-07-11")

        class Torn(MemoryStore):
            def __init__(self, *, is_raced: bool) -> None:
                super().__init__()
                self.is_raced = is_raced

            def scan(self, prefix: str, /, *, after: str | None, limit: int) -> Page[tuple[str, bytes]]:
                del after, limit
                if self.is_raced:
                    shop.store.commit(shop.store.read([]).revision, put={}, drop=(), figures=())
                raise KeyError(prefix)

            def read(self, keys: Any, /) -> Stored:  # noqa: ANN401 - as the port has it
                return shop.store.read(keys)

        for is_raced, kind in ((True, ConcurrencyConflict), (False, RepositoryUnavailable)):
            kept, shop.store = shop.store, Torn(is_raced=is_raced)
            tracker = shop.another()
            shop.store = kept
            with pytest.raises(kind):
                tracker.refresh(as_of=at("2025-07-13"))

    def test_any_prefix_can_be_scanned(self) -> None:
        """Also one that ends before a slash; in order, page by page."""
        store = MemoryStore()
        store.commit(0, put={"b/1": b"1", "a": b"2", "b": b"3", "bc": b"4"}, drop=(), figures=())
        page = store.scan("b", after=None, limit=2)
        assert ([name for name, _ in page.items], page.more) == (["b", "b/1"], True)
        assert [name for name, _ in store.scan("b", after=page.cursor, limit=2).items] == ["bc"]

    def test_pages_and_values_are_what_they_say(self) -> None:
        """A page ends, and values are a mapping."""
        refuses(lambda: Page(repeat(1)), "too_large", "items", kind=TooLarge)
        refuses(lambda: Stored(0, cast("Any", [])), "invalid_type", "values", kind=InvalidType)


class TestGoingOn:
    """What is carried from one refresh to the next, in this process and in others."""

    def test_by_turns(self) -> None:
        """Two processes refresh by turns: each forgets what the other has moved on, and reads what it has noticed."""
        moment = at("2025-07-10 12:00")
        shop = Shop(promise(ADA, EVERYONE))
        shop.events.add(deal("d1", closed=moment), deal("d2", owner=None), deal("d3", owner=None), deal("d4", "a lot"))
        shop.refresh("2025-07-11")
        first, second = shop.tracker, shop.another()
        shop.events.add(deal("d2", owner="ada", recorded="2025-07-12"))
        found = second.refresh(as_of=at("2025-07-12"), force=True)
        said = {(each.kind.value, each.records) for each in found.findings}
        assert said == {("unreadable", ("d4",)), ("unattributed", ("d3",))}
        shop.events.add(deal("d3", owner="ada", recorded="2025-07-13"))
        assert first.refresh(as_of=at("2025-07-13"), force=True).ran
        assert (first.verify(), second.verify()) == ((), ())
        assert [each.kind.value for each in first.refresh(as_of=at("2025-07-14"), force=True).findings] == [
            "unreadable"
        ]

    def test_a_record_that_changes_again_before_the_figures_do(self) -> None:
        """The refresh failed in between: what the figures know of it is what they knew before both."""
        money = Money()
        shop = Shop(promise(ADA), rates=money)
        shop.events.add(deal("d1"))
        shop.refresh("2025-07-11")
        shop.events.add(deal("d1", "50", recorded="2025-07-12", more={"currency": "USD"}))
        with pytest.raises(MissingRate):
            shop.tracker.refresh(as_of=at("2025-07-13"))
        shop.events.add(deal("d1", "70", recorded="2025-07-14"))
        shop.refresh("2025-07-15")
        assert shop.cell().attained == 70

    def test_records_that_only_some_goals_count(self) -> None:
        """Calls and deals; a goal that is new finds those that are recorded ahead when their time comes."""
        calls = evolve(promise().measure, object="call", name="Calls")
        shop = Shop(promise(ADA), promise(ADA, goal_id="g2", measure=calls))
        shop.events.add(deal("d1"), deal("d2", recorded="2025-07-14"))
        shop.refresh("2025-07-11")
        shop.keep(promise(ADA, goal_id="g3"), "2025-07-12")
        shop.refresh("2025-07-13")
        shop.refresh("2025-07-15")
        result = shop.tracker.progress("g3", actor=HOST, as_of=at("2025-07-15"))
        assert result.of("g3", ADA, on=JULY).attained == 200

    def test_contradictions_stay_where_both_may_hold(self) -> None:
        """Another goal comes, which freezes at other times; the two versions still contradict each other."""
        shop = Shop(promise(ADA))
        shop.events.add(deal("d1"), deal("d1", "70"))
        shop.refresh("2025-07-11")
        spring = Duration.custom(date(2025, 3, 21), date(2025, 6, 20))
        shop.keep(promise(BOB, goal_id="g2", duration=spring), "2025-07-12")
        assert [each.kind.value for each in shop.refresh("2025-07-13").findings] == ["conflict"]

    def test_the_first_absence_gives_totals_cells(self) -> None:
        """So all is counted anew."""
        people = People(Roster([User("ada"), User("bob")]))
        shop = Shop(promise(ADA, BOB), roster=people)
        shop.events.add(deal("d1"))
        shop.refresh("2025-07-11")
        people.now = Roster([User("ada", absences=[Absence(at("2025-07-12"))]), User("bob")])
        shop.refresh("2025-07-13")
        assert shop.tracker.progress("g1", actor=HOST, as_of=at("2025-07-13")).total("g1", on=JULY).attained == 100

    def test_current_members_of_the_same_day(self) -> None:
        """Two refreshes a day: nobody has joined or left since."""
        roster = Roster([User("ada")], [Team("north")], [Membership("ada", "north", since=date(2025, 7, 1))])
        shop = Shop(promise(NORTH, team_credit=TeamCredit(members="current")), roster=roster)
        shop.events.add(deal("d1"))
        shop.refresh("2025-07-11 08:00")
        shop.refresh("2025-07-11 20:00")
        assert shop.cell(NORTH).attained == 100

    def test_splits_of_others_are_not_looked_at(self) -> None:
        """Ada leaves: her share stands, and what Bob and Eve share is not her concern; nor is it for the day of her milestone."""
        people = People(Roster([User("ada"), User("bob")]))
        splits = Splits(
            {("deal", "d1"): {"ada": "0.5", "bob": "0.5"}, ("deal", "d2"): {"bob": 1}, ("call", "d1"): {"ada": 1}}
        )
        goal = evolve(promise(ADA, target="100"), milestones=[Milestone.percent(50)])
        shop = Shop(goal, splits=splits, roster=people)
        shop.events.add(deal("d1", owner="bob"), deal("d2"))
        (fact,) = shop.refresh("2025-07-11").reached
        assert fact.reached_on == date(2025, 7, 10)
        people.now = Roster([User("ada", absences=[Absence(at("2025-07-12"))]), User("bob")])
        shop.refresh("2025-07-13")
        people.now = Roster([User("ada", absences=[Absence(at("2025-07-14"))]), User("bob")])
        shop.refresh("2025-07-15")
        assert shop.cell().attained == 50

    def test_a_record_that_vanishes_as_it_was_recorded(self) -> None:
        """It was recorded at the very moment of the refresh: its end comes after it, at the same moment."""
        shop = Shop(promise(ADA))
        shop.events = Forgetful(deal("d1", recorded="2025-07-10 12:00"), deal("d2", "5"))
        shop.another()
        shop.refresh("2025-07-10 12:00")
        shop.events.forget(deal("d2", "5"))
        shop.refresh("2025-07-10 12:00")
        assert shop.cell().attained == 5

    def test_a_goal_that_is_edited_is_watched_anew(self) -> None:
        """What would have fallen due under its old rule is passed over."""
        shop = Shop(evolve(promise(ADA), milestones=[Milestone.progress(every="weekly")]))
        shop.refresh("2025-07-11")
        shop.keep(promise(ADA), "2025-07-11 01:00")
        shop.refresh("2025-07-11 02:00")
        assert shop.refresh("2025-08-02").reached == ()


class TestRates:
    """Rates that lack."""

    def test_a_goal_that_is_new_may_lack_one(self) -> None:
        """Its deals have been read for another goal, which only counts them."""
        shop = Shop(promise(ADA, measure=evolve(promise().measure, aggregate="count")), rates=Money())
        shop.events.add(deal("d1", more={"currency": "USD"}))
        shop.refresh("2025-07-11")
        shop.keep(promise(ADA, goal_id="g2"), "2025-07-12")
        with pytest.raises(MissingRate):
            shop.tracker.refresh(as_of=at("2025-07-13"))


class TestDating:
    """The day on which a mark was met."""

    def test_is_not_looked_for_among_too_many(self) -> None:
        """Two deals are more than one; and then nothing more is looked for at all."""
        shop = Shop(evolve(promise(ADA, target="100"), milestones=[Milestone.percent(50)]))
        shop.events.add(deal("d1"), deal("d2"))
        (fact,) = shop.refresh("2025-07-11").reached
        work = shop.tracker._planned(shop.goals.get(["g1"]), at("2025-07-11"))
        bare = evolve(fact, reached_on=None)
        dating = Dating(Records(shop.store), work, left=1)
        assert [dating.dated([bare], work.goals[0]) for _ in range(2)] == [[bare], [bare]]
        assert Dating(Records(shop.store), work, left=2).dated([bare], work.goals[0]) == [fact]
        assert fact.as_of == datetime(2025, 7, 11, tzinfo=UTC)

    def test_looks_once_for_all_marks_of_a_row(self) -> None:
        """Two deals are looked at for three marks, and each has a day of its own; the kickoff has none."""
        marks = [Milestone.kickoff(), Milestone.percent(50), Milestone.achieved(), Milestone.exceeded()]
        shop = Shop(evolve(promise(ADA, target="150"), milestones=marks))
        shop.events.add(deal("d1"), deal("d2", closed=date(2025, 7, 12)))
        facts = [fact for fact in shop.refresh("2025-07-13").reached if date(2025, 7, 10) in fact.slice]
        days = [None, date(2025, 7, 10), date(2025, 7, 12), date(2025, 7, 12)]
        assert [fact.reached_on for fact in facts] == days
        work = shop.tracker._planned(shop.goals.get(["g1"]), at("2025-07-13"))
        bare = [evolve(fact, reached_on=None) for fact in facts]
        dating = Dating(Records(shop.store), work, left=2)
        assert dating.dated(bare, work.goals[0]) == facts
        assert dating.left == 0


class Word(str):
    """Text of a host's own kind."""

    __slots__ = ()


def test_names_may_be_of_a_hosts_own_kind_of_text() -> None:
    """They are text all the same."""
    assert deal("d1", more={Word("stage"): "won"}).properties["stage"] == "won"
