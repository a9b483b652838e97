"""Laws of authorisation that need the book: the list is the check, bulk is all or none, nobody gains by what they may do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import combinations, product
from typing import Any, Final, TypeAlias

import pytest
from attrs import evolve
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, rule
from hypothesis.strategies import SearchStrategy

from quota_engine import (
    HOST,
    Absence,
    Action,
    Actor,
    Assignment,
    Contributor,
    ContributorKind,
    Duration,
    Goal,
    GoalBook,
    GoalQuery,
    Grant,
    Membership,
    NotFound,
    PermissionDenied,
    Policy,
    QuotaError,
    Roster,
    Seat,
    Subscription,
    Team,
    User,
    resolve,
    templates,
)
from quota_engine.accounts import Account
from quota_engine.adapters.memory import MemoryActors, MemoryGoals

AS_OF: Final = datetime(2025, 7, 1, tzinfo=UTC)
ACME: Final = Account(id="acme", currency="EUR", subscriptions=[Subscription("sales", "enterprise")])
SEATS: Final = (
    (),
    (Seat("sales", "professional"),),
    (Seat("sales", "starter"),),
    (Seat("service", "enterprise"),),
    (Seat("service", "professional"),),
)
NAMES: Final = ("ada", "bob", "cyd", "dan")
CONTRIBUTORS: Final = (
    *map(Contributor.user, NAMES),
    *map(Contributor.team, ("top", "north", "south")),
    Contributor.pipeline("new"),
    Contributor.account(),
)
GRANTS: Final = tuple(Grant(action, scope) for action in ("view", "edit") for scope in ("own", "team", "everyone"))

rights: SearchStrategy[Actor] = st.builds(
    lambda name, super_admin, grants: Actor(name, "acme", super_admin=super_admin, grants=grants),
    st.sampled_from(NAMES),
    st.sampled_from([False, False, True]),
    st.lists(st.sampled_from(GRANTS), max_size=2),
)
rows: SearchStrategy[list[Contributor]] = st.lists(st.sampled_from(CONTRIBUTORS), max_size=3, unique=True)
people: SearchStrategy[Roster] = st.builds(
    lambda seats, homes: Roster(
        [User(name, seats=kept) for name, kept in zip(NAMES, seats, strict=True)],
        [Team("top"), Team("north", parent="top"), Team("south", parent="top")],
        [Membership(name, home) for name, home in zip(NAMES, homes, strict=True) if home],
    ),
    st.tuples(*[st.sampled_from((*SEATS, SEATS[1]))] * 4),
    st.tuples(*[st.sampled_from(["north", "south", "top", None])] * 4),
)

# All in the north; Ada's seat opens the list, and not the users inside teams' goals.
NORTHERNERS: Final = Roster(
    [User("ada", seats=SEATS[4]), *(User(name, seats=SEATS[1]) for name in NAMES[1:])],
    [Team("top"), Team("north", parent="top"), Team("south", parent="top")],
    [Membership(name, "north") for name in NAMES],
)


def planned(goal_id: str, contributors: list[Contributor], created_by: str | None = None) -> Goal:
    """Return a goal with rows."""
    return Goal.plan(
        id=goal_id,
        name=goal_id,
        template=templates.REVENUE,
        duration=Duration.yearly(2025),
        account=ACME,
        assignments=[Assignment(each, ["1"]) for each in contributors],
        created_by=created_by,
    )


# A name, a year, and the number of its months.
Variety: TypeAlias = tuple[str, int, int]
varieties: SearchStrategy[Variety] = st.tuples(
    st.sampled_from(["a", "B", "b", "C", "stra\u00dfe", "STRASSE", "z"]),
    st.integers(2024, 2025),
    st.sampled_from([6, 12]),
)
ORDERS: Final[dict[str, Callable[[Goal], str | date]]] = {
    "id": lambda goal: goal.id,
    "name": lambda goal: goal.name.casefold(),
    "measure": lambda goal: goal.measure.name.casefold(),
    "first_day": lambda goal: goal.slices.periods[0].start,
    "last_day": lambda goal: goal.slices.periods[-1].end,
}
ADA_SEES_THE_NORTH: Final = Actor("ada", "acme", grants=[Grant("view", "team")])
FIVE: Final[list[tuple[list[Contributor], Variety]]] = [
    ([Contributor.user("ada")], (name, 2025, 12)) for name in ("b", "B", "a", "C", "b")
]


def varied(goal: Goal, how: Variety) -> Goal:
    """Return a goal of another name, whose measure has that name as well, in other days."""
    name, year, months = how
    duration = Duration.custom(date(year, 1, 1), date(year, months, 28))
    return evolve(
        goal,
        name=name,
        measure=evolve(goal.measure, name=name),
        duration=duration,
        slices=resolve(duration, goal.calendar),
    )


def opened(roster: Roster, actors: list[Actor], stored: list[Goal]) -> GoalBook:
    """Return a book in which goals are kept."""
    source, goals = MemoryActors(), MemoryGoals()
    source.put(*actors)
    book = GoalBook(ACME, goals=goals, roster=roster, actors=source)
    for goal in stored:
        (kept,) = book.create(goal, actor=HOST, as_of=AS_OF)
        if goal.created_by is not None:
            goals._goals[kept.id] = evolve(kept, created_by=goal.created_by)
    return book


def everything(book: GoalBook, actor: Any, limit: int = 100, query: GoalQuery | None = None) -> list[Goal]:  # noqa: ANN401 - whoever asks
    """Return all goals that somebody finds, by pages of a size."""
    found: list[Goal] = []
    cursor, more = None, True
    while more:
        page = book.find(query, actor=actor, as_of=AS_OF, after=cursor, limit=limit)
        found += page.items
        assert len({goal.id for goal in found}) == len(found), "a goal comes twice"
        cursor, more = page.cursor, page.more
    return found


class TestList:
    """What is found."""

    @given(people, rights, st.lists(rows, max_size=5), st.integers(1, 3), st.sampled_from([None, *NAMES]))
    @example(NORTHERNERS, Actor("ada", "acme", grants=[Grant("view", "team")]), [list(CONTRIBUTORS)], 1, None)
    def test_la10_the_list_is_the_check(
        self, roster: Roster, actor: Actor, kinds: list[list[Contributor]], limit: int, creator: str | None
    ) -> None:
        """LA10 list(actor) = { g : check(actor, view, g) }, for whoever may open the list; page by page, in any size of page."""
        stored = [planned(f"g{number}", each, creator) for number, each in enumerate(kinds)]
        book = opened(roster, [actor], stored)
        policy = Policy()

        def may(action: str, goal: Goal | None = None) -> bool:
            return bool(policy.decide(actor, action, account=ACME, roster=roster, as_of=AS_OF, before=goal))

        kept = everything(book, HOST)
        expected = [goal.id for goal in kept if may("view", goal)] if may("manage") else []
        assert [goal.id for goal in everything(book, actor.user_id, limit)] == expected
        for shown in everything(book, actor.user_id):
            goal = next(goal for goal in kept if goal.id == shown.id)
            teams = [row for row in goal.assignments if row.contributor.kind is ContributorKind.TEAM]
            assert list(shown.assignments) == [
                row
                for row in goal.assignments
                if (
                    may("view_team_users", evolve(goal, assignments=[row, teams[0]]))
                    if teams and row.contributor.kind is ContributorKind.USER
                    else may("view", evolve(goal, assignments=[row]))
                )
            ]

    @given(
        people,
        rights,
        st.lists(st.tuples(rows, varieties), max_size=8),
        st.lists(st.tuples(st.integers(0, 7), st.one_of(st.none(), varieties)), max_size=4),
        st.sampled_from([(sort, way) for sort in ORDERS for way in ("ascending", "descending")]),
        st.integers(1, 4),
    )
    @example(NORTHERNERS, ADA_SEES_THE_NORTH, FIVE, [(0, ("D", 2025, 12)), (5, None)], ("name", "descending"), 1)
    @example(NORTHERNERS, ADA_SEES_THE_NORTH, FIVE, [], ("name", "ascending"), 1)
    def test_la10_sorted_pages_are_the_list_sorted(
        self,
        roster: Roster,
        actor: Actor,
        kinds: list[tuple[list[Contributor], Variety]],
        changes: list[tuple[int, Variety | None]],
        order: tuple[str, str],
        limit: int,
    ) -> None:
        """LA10 in every order: the pages, one after another, are all that one may see, sorted, after any edit and deletion."""
        stored = [varied(planned(f"g{number * 5 % 11}", each), how) for number, (each, how) in enumerate(kinds)]
        book = opened(roster, [actor], stored)
        now = {goal.id: goal for goal in stored}
        for number, how in changes:
            goal = now.pop(f"g{number}", None)
            if goal is not None and how is None:
                book.delete(goal.id, actor=HOST, as_of=AS_OF)
            elif goal is not None and how is not None:
                now[goal.id] = varied(goal, how)
                book.edit(goal.id, using=lambda kept, how=how: varied(kept, how), actor=HOST, as_of=AS_OF)  # type: ignore[misc]

        def may(action: str, goal: Goal | None = None) -> bool:
            return bool(Policy().decide(actor, action, account=ACME, roster=roster, as_of=AS_OF, before=goal))

        sort, way = order
        places = sorted((ORDERS[sort](goal), goal.id) for goal in now.values())
        expected = [goal_id for _, goal_id in (reversed(places) if way == "descending" else places)]
        query = GoalQuery(sort=sort, descending=way == "descending")
        assert [goal.id for goal in everything(book, HOST, limit, query)] == expected
        assert [goal.id for goal in everything(book, actor.user_id, limit, query)] == [
            goal_id for goal_id in expected if may("manage") and may("view", now[goal_id])
        ]


class TestClones:
    """What is begun anew."""

    @given(people, rights, rows, st.sets(st.sampled_from(NAMES)))
    @example(NORTHERNERS, Actor("bob", "acme", grants=[Grant("edit", "team")]), list(CONTRIBUTORS), {"cyd"})
    @example(NORTHERNERS, Actor("ada", "acme", super_admin=True), list(CONTRIBUTORS), {"bob"})
    def test_la9_a_clone_is_created_of_what_is_seen(
        self, roster: Roster, actor: Actor, kinds: list[Contributor], gone: set[str]
    ) -> None:
        """LA9 for clones: view => of the rows that one sees, but for who has left, a clone is kept; create => it may be created.

        Otherwise nothing is kept, and no row that is not seen is copied, named or asked for.
        """
        away = [Absence(AS_OF)]
        staff = evolve(
            roster, users=[evolve(user, absences=away) if user.id in gone else user for user in roster.users]
        )
        book = opened(staff, [actor], [planned("g1", kinds)])
        (stored,) = everything(book, HOST)

        def may(action: str, **parts: Goal) -> bool:
            return bool(Policy().decide(actor, action, account=ACME, roster=staff, as_of=AS_OF, **parts))

        teams = [row for row in stored.assignments if row.contributor.kind is ContributorKind.TEAM]
        seen = [
            row
            for row in stored.assignments
            if (
                may("view_team_users", before=evolve(stored, assignments=[row, teams[0]]))
                if teams and row.contributor.kind is ContributorKind.USER
                else may("view", before=evolve(stored, assignments=[row]))
            )
        ]
        left = [row for row in seen if row.contributor.kind is ContributorKind.USER and row.contributor.id in gone]
        expected = evolve(
            stored, id="g2", name="n", created_by=actor.user_id, assignments=[row for row in seen if row not in left]
        )
        refusal: QuotaError | None = None
        left_out: tuple[Contributor, ...] = ()
        try:
            left_out = book.clone("g1", id="g2", name="n", actor=actor.user_id, as_of=AS_OF).left_out
        except (NotFound, PermissionDenied) as error:
            refusal = error
        assert isinstance(refusal, NotFound) is not may("view", before=stored)
        is_kept = may("view", before=stored) and may("create", after=expected)
        assert is_kept is (refusal is None)
        assert everything(book, HOST) == ([stored, expected] if is_kept else [stored])
        assert left_out == (tuple(row.contributor for row in left) if is_kept else ())
        hidden = [row.contributor for row in stored.assignments if row not in seen]
        assert not any(f"row of {contributor}" in str(refusal) for contributor in hidden)


class TestBulk:
    """Several goals at once."""

    @given(people, rights, st.lists(rows, min_size=1, max_size=4))
    def test_la11_all_or_nothing(self, roster: Roster, actor: Actor, kinds: list[list[Contributor]]) -> None:
        """LA11 Bulk = conjunction of singles, all-or-nothing: some goals may be edited together if each may be alone."""
        stored = [planned(f"g{number}", each) for number, each in enumerate(kinds)]
        names = [goal.id for goal in stored]

        def renamed(goal: Goal) -> Goal:
            return evolve(goal, name="renamed")

        def edited(book: GoalBook, *goal_ids: str) -> bool:
            try:
                book.edit(*goal_ids, using=renamed, actor=actor.user_id, as_of=AS_OF)
            except (PermissionDenied, NotFound):
                return False
            return True

        alone = [edited(opened(roster, [actor], stored), name) for name in names]
        together = opened(roster, [actor], stored)
        assert edited(together, *names) == all(alone)
        after = {goal.name for goal in everything(together, HOST)}
        assert after == ({"renamed"} if all(alone) else set(names))


class TestRights:
    """Rights that go."""

    @given(people, rights, rows)
    def test_la15_a_right_lost_meanwhile_fails_closed(
        self, roster: Roster, actor: Actor, kinds: list[Contributor]
    ) -> None:
        """LA15 The decision is made again on the rights as they are just before the commit; a lost right fails closed."""
        book = opened(roster, [actor], [planned("g1", kinds)])

        def losing(goal: Goal) -> Goal:
            assert isinstance(book.actors, MemoryActors)
            book.actors.put(Actor(actor.user_id, "acme"))
            return evolve(goal, name="renamed")

        with pytest.raises((PermissionDenied, NotFound)):
            book.edit("g1", using=losing, actor=actor.user_id, as_of=AS_OF)
        assert [goal.name for goal in everything(book, HOST)] == ["g1"]


class NoEscalation(RuleBasedStateMachine):
    """Four people do whatever they are allowed to, one after another."""

    goals: Bundle[str] = Bundle("goals")

    def __init__(self) -> None:
        """Open a book: a super admin without a seat, a manager of the north, one of all, and one who sells."""
        super().__init__()
        self.roster = Roster(
            [User(name, seats=SEATS[1]) for name in NAMES[:3]] + [User("dan")],
            [Team("top"), Team("north", parent="top"), Team("south", parent="top")],
            [
                Membership("ada", "north"),
                Membership("bob", "north"),
                Membership("cyd", "top"),
                Membership("dan", "south"),
            ],
        )
        self.actors = [
            Actor("ada", "acme", grants=[Grant("edit", "team")]),
            Actor("bob", "acme", grants=[Grant("edit", "own"), Grant("view", "everyone")]),
            Actor("cyd", "acme", grants=[Grant("edit", "team")]),
            Actor("dan", "acme", super_admin=True),
        ]
        self.book = opened(self.roster, self.actors, [])
        self.made = 0

    def reach(self, actor: Actor) -> set[str]:
        """Return the goals of which an actor may edit every row."""
        return {
            goal.id
            for goal in everything(self.book, HOST)
            if Policy().decide(actor, Action.EDIT, account=ACME, roster=self.roster, as_of=AS_OF, before=goal)
        }

    def tried(self, actor: Actor, act: Callable[[], object]) -> None:
        """Let somebody do something, if they may, and check that what they could not edit they still cannot."""
        known = {goal.id for goal in everything(self.book, HOST)}
        before = self.reach(actor)
        try:
            act()
        except QuotaError:
            assert {goal.id for goal in everything(self.book, HOST)} == known
        gained = (self.reach(actor) - before) & known
        assert not gained, f"{actor.user_id} gained {gained}"

    @rule(target=goals, contributors=rows)
    def the_host_plans(self, contributors: list[Contributor]) -> str:
        """The host plans a goal with any rows."""
        self.made += 1
        self.book.create(planned(f"g{self.made}", contributors), actor=HOST, as_of=AS_OF)
        return f"g{self.made}"

    @rule(target=goals, who=st.integers(0, 3), contributors=rows)
    def somebody_creates(self, who: int, contributors: list[Contributor]) -> str:
        """Somebody plans a goal."""
        self.made += 1
        actor, goal = self.actors[who], planned(f"g{self.made}", contributors)
        self.tried(actor, lambda: self.book.create(goal, actor=actor.user_id, as_of=AS_OF))
        return goal.id

    @rule(goal_id=goals, who=st.integers(0, 3), contributors=rows)
    def somebody_replaces_rows(self, goal_id: str, who: int, contributors: list[Contributor]) -> None:
        """Somebody gives a goal other rows; those that stay are as they were."""
        actor = self.actors[who]

        def replaced(goal: Goal) -> Goal:
            kept = [row for row in goal.assignments if row.contributor in contributors]
            new = [each for each in contributors if goal.place(each) is None]
            return evolve(goal, assignments=[*kept, *(Assignment(each, ["1"]) for each in new)])

        self.tried(actor, lambda: self.book.edit(goal_id, using=replaced, actor=actor.user_id, as_of=AS_OF))

    @rule(goal_id=goals, who=st.integers(0, 3), place=st.integers(0, 2))
    def somebody_removes_a_row(self, goal_id: str, who: int, place: int) -> None:
        """Somebody takes a row away; mostly one that there is."""
        actor = self.actors[who]
        held = [row.contributor for goal in self.book.goals.get([goal_id]) for row in goal.assignments]
        row = held[place] if place < len(held) else CONTRIBUTORS[place]
        self.tried(
            actor,
            lambda: self.book.edit(goal_id, using=lambda goal: goal.remove(row), actor=actor.user_id, as_of=AS_OF),
        )

    @rule(target=goals, goal_id=goals, who=st.integers(0, 3))
    def somebody_clones(self, goal_id: str, who: int) -> str:
        """Somebody begins a goal anew."""
        self.made += 1
        actor, new = self.actors[who], f"g{self.made}"
        self.tried(actor, lambda: self.book.clone(goal_id, id=new, name=new, actor=actor.user_id, as_of=AS_OF))
        return new

    @rule(goal_id=goals, who=st.integers(0, 3))
    def somebody_deletes(self, goal_id: str, who: int) -> None:
        """Somebody deletes a goal."""
        actor = self.actors[who]
        self.tried(actor, lambda: self.book.delete(goal_id, actor=actor.user_id, as_of=AS_OF))


class TestEscalation:
    """What may be done in many steps."""

    def test_la13_no_row_is_taken_away_to_gain_a_goal(self) -> None:
        """LA13 for each pair of rows, each of four people, and each of the two rows taken away."""
        for rows_of_goal, who, place in product(combinations(CONTRIBUTORS, 2), range(4), range(2)):
            machine = NoEscalation()
            machine.somebody_removes_a_row(machine.the_host_plans(list(rows_of_goal)), who, place)

    def test_la13_no_escalation_by_taking_the_teams_away(self) -> None:
        """LA13: without the seat for users inside teams' goals nobody gets at them by taking the team off the goal."""
        machine = NoEscalation()
        goal_id = machine.the_host_plans([Contributor.user("ada"), Contributor.team("top")])
        machine.somebody_replaces_rows(goal_id, 3, [Contributor.user("ada")])
        assert [len(goal.assignments) for goal in everything(machine.book, HOST)] == [2]

    def test_la13_no_escalation(self) -> None:
        """LA13: using only permitted operations, the set an actor can edit never gains a goal outside their scope."""
        from hypothesis.stateful import run_state_machine_as_test  # noqa: PLC0415 - used here alone

        run_state_machine_as_test(
            NoEscalation, settings=settings(max_examples=max(10, settings().max_examples // 4), stateful_step_count=15)
        )
