"""The ports over plain values in memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import cast

import pytest
from attrs import evolve

from quota_engine import (
    Change,
    CrmEvent,
    Goal,
    GoalQuery,
    InvalidCursor,
    InvalidType,
    Missing,
    Period,
    QuotaError,
    Rates,
    Roster,
    SortBy,
    TooLarge,
    User,
)
from quota_engine.adapters.memory import MemoryEvents, MemoryGoals, MemoryRates, MemoryRoster, MemoryStore
from quota_engine.ports import EventSource, GoalRepository, Page, RateSource, RosterSource
from tests.acme import ADA, at, deal, promise
from tests.refusals import refuses

ALL: frozenset[str] = frozenset()


class TestEvents:
    """Versions of records, handed over page by page in the order in which they were added."""

    def test_come_whole_and_in_order(self) -> None:
        """From None on: everything there is, of one object."""
        source: EventSource = MemoryEvents(
            [deal("d1"), CrmEvent("call", "c1", recorded_at=at("2025-07-10")), deal("d2")]
        )
        assert source.changes("deal", None, properties=ALL) == Page((deal("d1"), deal("d2")), "3", more=False)
        assert [event.record_id for event in source.changes("call", None, properties=ALL).items] == ["c1"]

    def test_go_on_where_they_ended(self) -> None:
        """What is added later comes behind the cursor."""
        source = MemoryEvents()
        first = source.changes("deal", None, properties=ALL)
        source.add(deal("d1"), deal("d2"))
        second = source.changes("deal", first.cursor, properties=ALL)
        source.add(deal("d1", recorded="2025-07-12"))
        third = source.changes("deal", second.cursor, properties=ALL)
        assert [[event.record_id for event in page.items] for page in (first, second, third)] == [
            [],
            ["d1", "d2"],
            ["d1"],
        ]
        assert source.changes("deal", third.cursor, properties=ALL) == Page((), "3", more=False)

    def test_come_in_pages_of_a_thousand(self) -> None:
        """No version is skipped or repeated, and a page may be empty though there is more."""
        calls = [CrmEvent("call", f"c{number}", recorded_at=at("2025-07-10")) for number in range(1_500)]
        deals = [deal(f"d{number}") for number in range(1_000)]
        source = MemoryEvents([*calls, *deals])
        pages: list[Page[CrmEvent]] = []
        cursor: str | None = None
        while not pages or pages[-1].more:
            pages.append(source.changes("deal", cursor, properties=ALL))
            cursor = pages[-1].cursor
        assert [len(page.items) for page in pages] == [0, 500, 500]
        assert [event for page in pages for event in page.items] == deals

    @pytest.mark.parametrize("cursor", ["", "-1", "2", "1.0", "abc", " 1", "\u0661", "9" * 30, "1e0"])
    def test_know_their_own_cursors_alone(self, cursor: str) -> None:
        """One that this source never gave out is refused."""
        source = MemoryEvents([deal("d1")])
        refuses(
            lambda: source.changes("deal", cursor, properties=ALL),
            "invalid_cursor",
            "since",
            "a cursor of this source",
            kind=InvalidCursor,
        )

    def test_take_cursors_as_text(self) -> None:
        """Whatever they look like."""
        source = MemoryEvents([deal("d1")])
        refuses(
            lambda: source.changes("deal", cast("str", 1), properties=ALL), "invalid_type", "since", kind=InvalidType
        )

    @pytest.mark.parametrize(
        ("make", "field"),
        [
            (lambda: MemoryEvents().add(deal("d1"), cast("CrmEvent", "d2")), "events[1]"),
            (lambda: MemoryEvents(cast("list[CrmEvent]", ["d1"])), "events[0]"),
            (lambda: MemoryEvents(cast("list[CrmEvent]", 5)), "events"),
        ],
        ids=["added", "given", "no run of events"],
    )
    def test_refuse_what_is_no_event(self, make: Callable[[], object], field: str) -> None:
        """The index is named."""
        refuses(make, "invalid_type", field, "CrmEvents", kind=InvalidType)

    def test_take_all_or_nothing(self) -> None:
        """A wrong one among several adds none."""
        source = MemoryEvents()
        with pytest.raises(QuotaError):
            source.add(deal("d1"), cast("CrmEvent", None))
        assert source.changes("deal", None, properties=ALL).items == ()

    def test_leave_the_list_they_were_given_alone(self) -> None:
        """It stays the caller's."""
        given = [deal("d1")]
        source = MemoryEvents(given)
        source.add(deal("d2"))
        given.clear()
        assert len(source.changes("deal", None, properties=ALL).items) == 2


class TestGoals:
    """Goals, handed over page by page in the order that is asked for."""

    GOAL = promise(ADA)
    NOON = datetime(2025, 7, 1, 12, tzinfo=UTC)

    def kept(self, **names: str) -> MemoryGoals:
        """Return a repository with goals of these ids and names."""
        goals = MemoryGoals()
        self.change(goals, *(evolve(self.GOAL, id=goal_id, name=name) for goal_id, name in names.items()))
        return goals

    def change(self, goals: GoalRepository, *changed: Goal, action: str = "create") -> None:
        """Keep goals as they are, new ones or edited ones."""
        goals.commit(
            [
                Change(goal_id=goal.id, before=goal.version - 1, goal=goal, action=action, at=self.NOON)
                for goal in changed
            ]
        )

    @staticmethod
    def ids(goals: GoalRepository, sort: str, *, descending: bool = False, limit: int = 2) -> list[str]:
        """Return the ids of all goals, page by page."""
        query = GoalQuery(sort=sort, descending=descending)
        page = goals.find(query, after=None, limit=limit)
        found = list(page.items)
        while page.more:
            page = goals.find(query, after=page.cursor, limit=limit)
            found += page.items
        return [goal.id for goal in found]

    @pytest.mark.parametrize("limit", [1, 2, 3, 9])
    def test_come_in_any_order(self, limit: int) -> None:
        """By name without regard to case; of equal names by id, and the other way round when descending."""
        goals = self.kept(g1="beta", g2="Alpha", g3="BETA", g4="alpha", g5="Beta")
        assert self.ids(goals, "name", limit=limit) == ["g2", "g4", "g1", "g3", "g5"]
        assert self.ids(goals, "name", descending=True, limit=limit) == ["g5", "g3", "g1", "g4", "g2"]
        assert self.ids(goals, "id", descending=True, limit=limit) == ["g5", "g4", "g3", "g2", "g1"]

    def test_move_when_they_are_changed(self) -> None:
        """A goal that is renamed stands where its new name belongs, and one that is deleted nowhere."""
        goals = self.kept(g1="a", g2="b", g3="c")
        self.change(goals, evolve(self.GOAL, id="g1", name="d", version=2), action="edit")
        assert self.ids(goals, "name") == ["g2", "g3", "g1"]
        goals.commit([Change(goal_id="g2", before=1, goal=None, action="delete", at=self.NOON)])
        assert [self.ids(goals, sort) for sort in ("name", "id", "first_day")] == [
            ["g3", "g1"],
            ["g1", "g3"],
            ["g1", "g3"],
        ]

    def test_come_after_a_goal_that_is_no_more(self) -> None:
        """A cursor is a place: it holds when its goal was deleted or renamed."""
        goals = self.kept(g1="a", g2="b", g3="c")
        query = GoalQuery(sort="name")
        cursor = goals.find(query, after=None, limit=2).cursor
        goals.commit([Change(goal_id="g2", before=1, goal=None, action="delete", at=self.NOON)])
        rest = goals.find(query, after=cursor, limit=2)
        assert [goal.id for goal in rest.items] == ["g3"]
        assert goals.find(query, after=rest.cursor, limit=2) == Page((), rest.cursor)

    def test_go_on_with_other_filters(self) -> None:
        """A cursor is one of the order, not of what was looked for; at the end it stays where it was."""
        goals = self.kept(g1="a", g2="b", g3="c")
        cursor = goals.find(GoalQuery(sort="name"), after=None, limit=1).cursor
        found = goals.find(GoalQuery(sort="name", name="c"), after=cursor, limit=1)
        assert [goal.id for goal in found.items] == ["g3"]
        assert goals.find(GoalQuery(sort="name", name="x"), after=cursor, limit=1) == Page((), cursor)

    @pytest.mark.parametrize("sort", list(SortBy))
    @pytest.mark.parametrize("descending", [False, True])
    def test_know_the_cursors_of_an_order_by_it(self, sort: SortBy, *, descending: bool) -> None:
        """One of another order, or of the other way round, is refused: it would skip goals and say nothing."""
        goals = self.kept(g1="a", g2="b", g3="c")
        cursor = goals.find(GoalQuery(sort=sort, descending=descending), after=None, limit=1).cursor
        for other in SortBy:
            for way in (False, True):
                query = GoalQuery(sort=other, descending=way)
                if (other, way) == (sort, descending):
                    assert len(goals.find(query, after=cursor, limit=5).items) == 2
                else:
                    order = f"a cursor of the order {other.value}, {'descending' if way else 'ascending'}"
                    refuses(
                        lambda query=query: goals.find(query, after=cursor, limit=5),  # type: ignore[misc]
                        "invalid_cursor",
                        "after",
                        order,
                        kind=InvalidCursor,
                    )

    def test_have_cursors_for_the_longest_names(self) -> None:
        """In any script, also where a name grows when its case is taken away."""
        goals = MemoryGoals()
        name, other = "\u0390" * 200, "\U0001f600" * 200
        self.change(goals, *(evolve(self.GOAL, id=goal_id, name=name) for goal_id in (other, "g1")))
        assert self.ids(goals, "name", limit=1) == ["g1", other]

    @pytest.mark.parametrize("limit", [0, -1, 2**63])
    def test_come_in_pages_of_at_least_one(self, limit: int) -> None:
        """A page of none would never end; so would one of the changes."""
        refuses(lambda: self.kept().find(GoalQuery(), after=None, limit=limit), "out_of_range", "limit")
        refuses(lambda: self.kept().changes(goal_id=None, after=None, limit=limit), "out_of_range", "limit")
        assert self.ids(self.kept(g1="a"), "id", limit=2**63 - 1) == ["g1"]

    def test_take_cursors_as_text(self) -> None:
        """Short enough."""
        find = self.kept(g1="a").find
        refuses(lambda: find(GoalQuery(), after=cast("str", 5), limit=1), "invalid_type", "after", kind=InvalidType)
        refuses(lambda: find(GoalQuery(), after="x" * 16_001, limit=1), "too_long", "after", kind=TooLarge)


class TestRoster:
    """A roster that stands still."""

    def test_is_the_one_that_was_given(self) -> None:
        """The whole of it; an empty one where none was."""
        roster = Roster([User("ada")])
        source: RosterSource = MemoryRoster(roster)
        assert source.roster() is roster
        assert MemoryRoster().roster() == Roster()


class TestRates:
    """A table of rates that stands still."""

    TABLE = Rates(
        "EUR",
        {
            ("USD", date(2025, 5, 1)): "0.90",
            ("USD", date(2025, 6, 1)): "0.91",
            ("USD", date(2025, 7, 10)): "0.92",
            ("USD", date(2025, 8, 1)): "0.93",
            ("CHF", date(2025, 7, 1)): "1.05",
            ("GBP", date(2025, 6, 1)): "1.17",
            ("JPY", date(2025, 8, 2)): "0.006",
        },
        Missing.LEAVE_OUT,
    )
    JULY = Period(date(2025, 7, 1), date(2025, 8, 1))

    def test_are_those_of_the_days_and_the_last_one_before(self) -> None:
        """For July: June's dollar holds until the 10th; August's is not asked for, nor is the pound."""
        source: RateSource = MemoryRates(self.TABLE)
        assert source.rates("EUR", frozenset({"USD", "CHF", "JPY", "SEK"}), self.JULY) == Rates(
            "EUR",
            {
                ("USD", date(2025, 6, 1)): "0.91",
                ("USD", date(2025, 7, 10)): "0.92",
                ("CHF", date(2025, 7, 1)): "1.05",
            },
            Missing.LEAVE_OUT,
        )

    def test_say_the_same_as_the_whole_table_on_each_of_the_days(self) -> None:
        """Nothing that matters is lost."""
        some = MemoryRates(self.TABLE).rates("EUR", frozenset({"USD", "CHF", "GBP"}), self.JULY)
        for day in range(1, 32):
            for code in ("USD", "CHF", "GBP"):
                on = date(2025, 7, day)
                assert some.between(code, "EUR", on=on) == self.TABLE.between(code, "EUR", on=on)

    def test_to_another_base_are_none(self) -> None:
        """The table leads to euros; what becomes of missing ones stays as it was."""
        assert MemoryRates(self.TABLE).rates("USD", frozenset({"EUR"}), self.JULY) == Rates(
            "USD", {}, Missing.LEAVE_OUT
        )


class TestStore:
    """The keys of a tracker's state, which stay in order as they come and go."""

    @pytest.mark.parametrize("many", [0, 10, 10_001])
    def test_gives_its_keys_in_order_after_each_commit(self, many: int) -> None:
        """Whether a few keys or thousands are beside them: one that comes stands at its place, and one that goes is not there."""
        store, expected = MemoryStore(), {f"row/{number:06}" for number in range(0, 2 * many, 2)}
        store.commit(0, put=dict.fromkeys(expected, b"1"), drop=(), figures=())
        for revision, (put, drop) in enumerate(
            [({"row/000003", "row/000001", "note/1"}, set[str]()), (set[str](), {"row/000003", "row/000008"})], start=1
        ):
            assert [name for name, _ in store.scan("row/", after=None, limit=100_000).items] == sorted(expected)
            store.commit(revision, put=dict.fromkeys(put, b"2"), drop=drop, figures=())
            expected = (expected | put) - drop - {"note/1"}
        assert [name for name, _ in store.scan("row/", after=None, limit=100_000).items] == sorted(expected)
