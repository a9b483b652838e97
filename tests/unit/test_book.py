"""The book of goals: who may do what with them, and what becomes of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import evolve, frozen

from quota_engine import (
    HOST,
    Absence,
    Action,
    Actor,
    AlreadyExists,
    Assignment,
    Change,
    ConcurrencyConflict,
    Contributor,
    Duration,
    Goal,
    GoalBook,
    GoalQuery,
    Grant,
    InvalidCursor,
    InvalidType,
    InvalidValue,
    Membership,
    NotFound,
    PermissionDenied,
    Policy,
    Roster,
    Rule,
    Seat,
    SortBy,
    Subscription,
    Team,
    User,
    draft,
    templates,
    user_rows,
)
from quota_engine.accounts import Account
from quota_engine.adapters.memory import MemoryActors, MemoryGoals, MemoryRoster
from tests.refusals import refuses

AS_OF = datetime(2025, 7, 1, tzinfo=UTC)
ACME = Account(id="acme", currency="EUR", subscriptions=[Subscription("sales", "enterprise")])
ADA, BOB, CYD, DAN = (Contributor.user(name) for name in ("ada", "bob", "cyd", "dan"))
NORTH, SOUTH = Contributor.team("north"), Contributor.team("south")
SEAT = Seat("sales", "professional")
ROSTER = Roster(
    [User(name, seats=[SEAT]) for name in ("ada", "bob", "cyd", "dan")],
    [Team("north"), Team("south")],
    [
        Membership("ada", "north"),
        Membership("bob", "north"),
        Membership("cyd", "south"),
        Membership("ada", "south", main=False),
    ],
)


def goal(goal_id: str, *rows: Contributor, target: str = "1", **parts: Any) -> Goal:  # noqa: ANN401 - any part
    """Return a goal with rows."""
    return Goal.plan(
        id=goal_id, name=f"Goal {goal_id}", template=templates.REVENUE, duration=Duration.yearly(2025), account=ACME,
        assignments=[Assignment(row, [target]) for row in rows], **parts,
    )  # fmt: skip


YEAR = Duration.yearly(2026)


def left(user: User) -> User:
    """Return Bob and Cyd as having left in June, and everybody else as they are."""
    gone = Absence(datetime(2025, 6, 1, tzinfo=UTC))
    return evolve(user, absences=[gone]) if user.id in {"bob", "cyd"} else user


@frozen
class Office:
    """A book with everything that it stands on."""

    book: GoalBook
    goals: MemoryGoals
    actors: MemoryActors

    def write(self, *goals: Goal) -> None:
        """Keep goals for the host."""
        self.book.create(*goals, actor=HOST, as_of=AS_OF)

    def found(self, actor: Any, query: GoalQuery | None = None, limit: int = 100) -> list[Goal]:  # noqa: ANN401
        """Return all goals that somebody finds, page by page."""
        return list(self.pages(actor, query, limit))

    def pages(self, actor: Any, query: GoalQuery | None, limit: int) -> Iterator[Goal]:  # noqa: ANN401
        """Yield what somebody finds."""
        cursor, more = None, True
        while more:
            page = self.book.find(query, actor=actor, as_of=AS_OF, after=cursor, limit=limit)
            assert len(page.items) == limit or not page.more
            yield from page.items
            cursor, more = page.cursor, page.more


@pytest.fixture
def office() -> Office:
    """Open a book: Ada leads the north, Bob reads his own rows, Cyd is super admin, Dan may do nothing."""
    goals, actors = MemoryGoals(), MemoryActors()
    actors.put(
        Actor("ada", "acme", grants=[Grant("edit", "team")]),
        Actor("bob", "acme", grants=[Grant("view", "own")]),
        Actor("cyd", "acme", super_admin=True),
        Actor("dan", "acme"),
    )
    return Office(GoalBook(ACME, goals=goals, roster=MemoryRoster(ROSTER), actors=actors), goals, actors)


class TestCreate:
    """New goals."""

    def test_are_kept_with_their_creator(self, office: Office) -> None:
        """At version 1; whatever the goal said of its creator and version."""
        (kept,) = office.book.create(goal("g1", BOB, created_by="eve"), actor="ada", as_of=AS_OF, why="new year")
        assert (kept.created_by, kept.version) == ("ada", 1)
        assert office.book.get("g1", actor="ada", as_of=AS_OF) == kept
        (change,) = office.book.history("g1", actor="ada", as_of=AS_OF).items
        assert change == Change(goal_id="g1", before=0, goal=kept, action="create", by="ada", at=AS_OF, why="new year")

    def test_the_host_names_their_creator(self, office: Office) -> None:
        """A goal that the host's own jobs keep is of whom it was planned by, if of anybody."""
        kept = office.book.create(goal("g1", BOB, created_by="eve"), goal("g2", BOB), actor=HOST, as_of=AS_OF)
        assert [each.created_by for each in kept] == ["eve", None]

    def test_are_all_or_none(self, office: Office) -> None:
        """One that is not allowed is named, and none is kept; an id is used once, for ever."""
        with pytest.raises(PermissionDenied, match="create 'g3': the actor needs the permission to edit") as caught:
            office.book.create(goal("g1", BOB), goal("g2", ADA), goal("g3", CYD), actor="ada", as_of=AS_OF)
        assert not caught.value.decision
        assert office.found(HOST) == []
        office.write(goal("g1", BOB))
        office.book.delete("g1", actor=HOST, as_of=AS_OF)
        for new in (["g1"], ["g2", "g2"]):
            refuses_with(AlreadyExists, lambda new=new: office.write(*(goal(name) for name in new)))
        assert office.found(HOST) == []

    def test_are_asked_for_by_somebody(self, office: Office) -> None:
        """Nobody, and nobody of that id, is denied; what is no goal is refused."""
        for nobody in (None, "eve"):
            with pytest.raises(PermissionDenied, match="nobody"):
                office.book.create(goal("g1", BOB), actor=nobody, as_of=AS_OF)
        refuses(lambda: office.book.create("g1", actor=HOST, as_of=AS_OF), "invalid_type", "goals[0]", kind=InvalidType)  # type: ignore[arg-type]


class TestEdit:
    """Goals that change."""

    def test_goes_by_a_function_on_the_whole_goal(self, office: Office) -> None:
        """Rows that the actor may not see stay as they are, and are not shown."""
        office.write(goal("g1", BOB, SOUTH))
        (kept,) = office.book.edit(
            "g1", using=lambda stored: stored.apply_targets("5", to=BOB), actor="ada", as_of=AS_OF, versions={"g1": 1}
        )
        assert [row.contributor for row in kept.assignments] == [BOB]
        stored = office.book.get("g1", actor=HOST, as_of=AS_OF)
        assert [str(row.cells[0]) for row in stored.assignments] == ["5", "1"]
        assert (stored.version, stored.created_by) == (2, None)

    def test_is_all_or_none(self, office: Office) -> None:
        """A goal that may not be edited, or not be seen, stops the rest."""
        office.write(goal("g1", BOB), goal("g2", BOB, SOUTH), goal("g3", CYD))
        with pytest.raises(PermissionDenied, match="edit 'g2'"):
            office.book.edit("g1", "g2", using=lambda stored: stored.apply_targets("5"), actor="ada", as_of=AS_OF)
        for hidden in ("g3", "g4"):
            with pytest.raises(NotFound, match=f"^goal: not found: '{hidden}'$"):
                office.book.edit("g1", hidden, using=lambda stored: stored, actor="ada", as_of=AS_OF)
        assert [goal.version for goal in office.found(HOST)] == [1, 1, 1]

    def test_of_what_was_changed_meanwhile_is_a_conflict(self, office: Office) -> None:
        """The version that was seen is not the stored one; or another edit comes between reading and keeping."""
        office.write(goal("g1", BOB))

        def edit(amount: str, **parts: Any) -> None:  # noqa: ANN401 - any part
            office.book.edit("g1", using=lambda stored: stored.apply_targets(amount), actor="ada", as_of=AS_OF, **parts)

        edit("2")
        with pytest.raises(ConcurrencyConflict, match=r"^versions: expected the stored version 2 of 'g1', got 1$"):
            edit("3", versions={"g1": 1})

        def slow(stored: Goal) -> Goal:
            edit("4")
            return stored.apply_targets("5")

        with pytest.raises(ConcurrencyConflict, match="expected version 2 of 'g1' to be stored, there is version 3"):
            office.book.edit("g1", using=slow, actor="ada", as_of=AS_OF)
        assert str(office.found(HOST)[0].row(BOB).cells[0]) == "4"

    def test_fails_when_rights_are_lost_meanwhile(self, office: Office) -> None:
        """Rights are read again just before the change is kept."""
        office.write(goal("g1", BOB))

        def meanwhile(stored: Goal) -> Goal:
            office.actors.put(Actor("ada", "acme", grants=[Grant("view", "everyone")]))
            return stored.apply_targets("5")

        with pytest.raises(PermissionDenied, match="permission to edit"):
            office.book.edit("g1", using=meanwhile, actor="ada", as_of=AS_OF)
        office.actors.remove("ada")
        with pytest.raises(PermissionDenied, match="nobody of that id"):
            office.book.get("g1", actor="ada", as_of=AS_OF)

    def test_that_changes_nothing_is_no_version(self, office: Office) -> None:
        """And needs no permission to edit; a function must give a goal back, the same one."""
        office.write(goal("g1", BOB))
        assert office.book.edit("g1", using=lambda stored: stored, actor="bob", as_of=AS_OF)[0].version == 1
        for using, kind in ((lambda _: None, InvalidType), (lambda g: evolve(g, id="g2"), InvalidValue)):
            with pytest.raises(kind):
                office.book.edit("g1", using=using, actor=HOST, as_of=AS_OF)  # type: ignore[arg-type]


class TestClone:
    """Goals begun anew."""

    def test_has_the_rows_of_those_who_are_there(self, office: Office) -> None:
        """Bob has left and is named; the clone is kept as Ada's, and the history says why."""
        office.write(goal("g1", BOB, ADA))
        book = evolve(office.book, roster=evolve(ROSTER, users=[*map(left, ROSTER.users)]))
        found = book.clone("g1", id="g2", name="Next", actor="ada", as_of=AS_OF, duration=YEAR, why="new year")
        assert found.left_out == (BOB,)
        assert found.goal == book.get("g2", actor=HOST, as_of=AS_OF)
        assert [row.contributor for row in found.goal.assignments] == [ADA]
        assert (found.goal.name, found.goal.version, found.goal.created_by) == ("Next", 1, "ada")
        assert (found.goal.duration, len(book.get("g1", actor=HOST, as_of=AS_OF).assignments)) == (YEAR, 2)
        (change,) = book.history("g2", actor="ada", as_of=AS_OF).items
        assert (change.action, change.by, change.why) == (Action.CREATE, "ada", "new year")

    def test_copies_no_row_that_is_not_seen(self, office: Office) -> None:
        """Ada gets the rows of the north; of those of the south she learns nothing, nor who of them has left."""
        office.write(goal("g1", CYD, BOB, SOUTH, ADA))
        book = evolve(office.book, roster=evolve(ROSTER, users=[*map(left, ROSTER.users)]))
        found = book.clone("g1", id="g2", name="Next", actor="ada", as_of=AS_OF)
        kept = book.get("g2", actor=HOST, as_of=AS_OF)
        assert ([row.contributor for row in kept.assignments], found.left_out) == ([ADA], (BOB,))
        whole = book.clone("g1", id="g3", name="Next", actor=HOST, as_of=AS_OF)
        assert ([row.contributor for row in whole.goal.assignments], whole.left_out) == ([SOUTH, ADA], (CYD, BOB))

    def test_is_created(self, office: Office) -> None:
        """Whoever may see a row and not write it is told so, and an id is used once; nothing is kept."""
        office.actors.put(Actor("ada", "acme", grants=[Grant("edit", "team"), Grant("view", "everyone")]))
        office.write(goal("g1", BOB, SOUTH), goal("g2", BOB))
        with pytest.raises(PermissionDenied, match=r"create 'g3': .* the row of team south"):
            office.book.clone("g1", id="g3", name="Next", actor="ada", as_of=AS_OF)
        with pytest.raises(PermissionDenied, match=r"create 'g3': .* permission to edit"):
            office.book.clone("g1", id="g3", name="Next", actor="bob", as_of=AS_OF)
        for unseen in ("g1", "g9"):
            with pytest.raises(NotFound, match=f"^goal: not found: '{unseen}'$"):
                office.book.clone(unseen, id="g3", name="Next", actor="dan", as_of=AS_OF)
        with pytest.raises(AlreadyExists):
            office.book.clone("g1", id="g2", name="Next", actor=HOST, as_of=AS_OF)
        refuses(lambda: office.book.clone("g1", id="g1", name="x", actor=HOST, as_of=AS_OF), "duplicate", "id")
        assert [kept.id for kept in office.found(HOST)] == ["g1", "g2"]


class TestDelete:
    """Goals that go."""

    def test_leaves_their_history(self, office: Office) -> None:
        """The goal is found no more; who could see it still sees what was done."""
        office.write(goal("g1", BOB), goal("g2", CYD))
        office.book.delete("g1", actor="ada", as_of=AS_OF, versions={"g1": 1}, why="by mistake")
        assert [kept.id for kept in office.found(HOST)] == ["g2"]
        with pytest.raises(NotFound):
            office.book.get("g1", actor=HOST, as_of=AS_OF)
        changes = office.book.history(actor="bob", as_of=AS_OF).items
        assert [(change.action, change.by, change.why) for change in changes] == [
            (Action.CREATE, None, ""),
            (Action.DELETE, "ada", "by mistake"),
        ]
        with pytest.raises(ConcurrencyConflict, match="there is none"):
            office.goals.commit([Change(goal_id="g1", before=1, action="delete", at=AS_OF)])

    def test_shows_no_row_of_the_past_that_is_hidden_now(self, office: Office) -> None:
        """Bob's row came to have a team beside it: who may not see users inside team goals sees it nowhere in the history."""
        office.actors.put(Actor("eve", "acme", grants=[Grant("view", "everyone")]))
        office.write(goal("g1", BOB), goal("g2", BOB))
        office.book.edit("g1", using=lambda each: each.assign(Assignment(NORTH)), actor=HOST, as_of=AS_OF)

        def seen() -> list[list[str]]:
            changes = office.book.history("g1", actor="eve", as_of=AS_OF).items
            return [[row.contributor.id for row in change.goal.assignments] for change in changes if change.goal]

        assert seen() == [[], ["north"]]
        office.book.edit("g1", using=lambda each: each.remove(BOB), actor=HOST, as_of=AS_OF)
        assert seen() == [[], ["north"], ["north"]]
        office.book.delete("g1", actor=HOST, as_of=AS_OF)
        assert seen() == [[], ["north"], ["north"]]
        assert len(office.book.history("g1", actor="eve", as_of=AS_OF).items) == 4
        assert len(office.book.history(actor="bob", as_of=AS_OF).items) == 1

    def test_needs_every_row(self, office: Office) -> None:
        """A row outside the scope keeps the goal."""
        office.write(goal("g1", BOB, SOUTH))
        with pytest.raises(PermissionDenied, match="delete 'g1'"):
            office.book.delete("g1", actor="ada", as_of=AS_OF)


class TestFind:
    """Goals that are looked for."""

    def test_shows_what_may_be_seen(self, office: Office) -> None:
        """Rows of others are left out; what is hidden is found by no filter; drafts are their creators'."""
        office.write(goal("g1", BOB, CYD), goal("g2", NORTH), goal("g3", CYD), goal("g4"))
        office.book.create(goal("g5"), actor="ada", as_of=AS_OF)

        def seen(actor: Any, query: GoalQuery | None = None) -> list[tuple[str, list[str]]]:  # noqa: ANN401
            return [
                (kept.id, [row.contributor.id for row in kept.assignments])
                for kept in office.found(actor, query, limit=2)
            ]

        assert seen("ada") == [("g1", ["bob"]), ("g2", ["north"]), ("g5", [])]
        assert seen("bob") == [("g1", ["bob"])]
        assert seen("dan") == []
        assert [goal_id for goal_id, _ in seen("cyd")] == ["g1", "g2", "g3", "g4", "g5"]
        assert seen("ada", GoalQuery(contributors=[CYD])) == []
        assert [goal_id for goal_id, _ in seen("cyd", GoalQuery(contributors=[CYD]))] == ["g1", "g3"]
        assert [
            goal_id
            for goal_id, _ in seen("cyd", GoalQuery(contributors=user_rows(ROSTER, "bob", on=AS_OF, account=ACME)))
        ] == ["g1", "g2"]

    def test_is_what_view_allows(self, office: Office) -> None:
        """The list and the single answer agree for everybody."""
        office.write(goal("g1", BOB, CYD), goal("g2", NORTH, BOB), goal("g3", CYD), goal("g4"), goal("g5", SOUTH, ADA))
        for who in ("ada", "bob", "cyd", "dan"):
            listed = {kept.id for kept in office.found(who, limit=1)}
            allowed = {
                kept.id
                for kept in office.found(HOST)
                if office.book.decide("view", kept.id, about=who, actor=HOST, as_of=AS_OF)
            }
            assert listed == allowed

    def test_goes_by_the_rules_of_the_host_as_well(self, office: Office) -> None:
        """A rule may hide what the tables show, and show what they do not, whole."""
        office.write(goal("g1", BOB), goal("g2", CYD, SOUTH), goal("g3", ADA))
        hide = Rule("hide", "forbid", lambda request: any(g.id == "g1" for g in request.goals), "g1 is secret")
        show = Rule("show", "permit", lambda request: any(g.id == "g2" for g in request.goals), "g2 is for all")
        book = evolve(office.book, policy=Policy(rules=[hide, show]))
        first = book.find(actor="ada", as_of=AS_OF, limit=1)
        rest = book.find(actor="ada", as_of=AS_OF, after=first.cursor, limit=1)
        assert [[kept.id for kept in page.items] for page in (first, rest)] == [["g2"], ["g3"]]
        assert len(first.items[0].assignments) == 2
        with pytest.raises(NotFound):
            book.get("g1", actor="ada", as_of=AS_OF)

    def test_needs_the_seat_to_manage(self, office: Office) -> None:
        """Whoever may not open the list finds nothing, though a single goal may be seen."""
        office.write(goal("g1", BOB))
        book = evolve(office.book, roster=evolve(ROSTER, users=[User("ada"), User("bob"), User("cyd"), User("dan")]))
        assert book.find(actor="bob", as_of=AS_OF).items == ()
        assert book.get("g1", actor="bob", as_of=AS_OF).id == "g1"

    @pytest.mark.parametrize("sort", list(SortBy))
    @pytest.mark.parametrize("descending", [False, True])
    def test_pages_do_not_shift(self, office: Office, sort: str, *, descending: bool) -> None:
        """A goal that is added between two pages neither repeats nor hides another, whatever the order; nor does one deleted."""
        office.write(*(goal(f"g{number}", BOB) for number in (1, 3, 5, 7, 9)))
        query = GoalQuery(sort=sort, descending=descending)
        first = office.book.find(query, actor="ada", as_of=AS_OF, limit=2)
        office.write(goal("g2", BOB), goal("g6", BOB), goal("g8", BOB))
        office.book.delete(first.items[-1].id, actor=HOST, as_of=AS_OF)
        rest = office.book.find(query, actor="ada", as_of=AS_OF, after=first.cursor)
        assert [kept.id for kept in (*first.items, *rest.items)] == (
            ["g9", "g7", "g6", "g5", "g3", "g2", "g1"] if descending else ["g1", "g3", "g5", "g6", "g7", "g8", "g9"]
        )

    def test_a_renamed_goal_moves(self, office: Office) -> None:
        """One that gets a name before those already shown is not shown; the others are, once."""
        office.write(*(evolve(goal(name, BOB), name=name) for name in ("b", "c", "d", "e")))
        query = GoalQuery(sort="name")
        first = office.book.find(query, actor="ada", as_of=AS_OF, limit=2)
        office.book.edit("d", using=lambda stored: evolve(stored, name="A"), actor="ada", as_of=AS_OF)
        rest = office.book.find(query, actor="ada", as_of=AS_OF, after=first.cursor)
        assert [kept.id for kept in (*first.items, *rest.items)] == ["b", "c", "e"]
        assert [kept.id for kept in office.found("ada", query)] == ["d", "b", "c", "e"]

    def test_a_cursor_tells_of_no_hidden_goal(self, office: Office) -> None:
        """Whoever reads cursors finds in them the last goal that they were shown, and at the end nothing."""
        office.write(
            *(evolve(goal(name, row), name=name) for name, row in [("a", BOB), ("b", CYD), ("c", BOB), ("d", CYD)])
        )
        first, rest = (
            office.book.find(GoalQuery(sort="name"), actor="ada", as_of=AS_OF, after=after, limit=limit)
            for after, limit in ((None, 1), ("bmFtZSwgYXNjZW5kaW5nH2EfYQ==", 5))
        )
        assert (first.cursor, rest.cursor) == ("bmFtZSwgYXNjZW5kaW5nH2EfYQ==", None)  # name, ascending: a, a
        hide = Rule("hide", "forbid", lambda request: any(g.id == "c" for g in request.goals), "c is secret")
        book = evolve(office.book, policy=Policy(rules=[hide]))
        page = book.find(GoalQuery(sort="name"), actor="ada", as_of=AS_OF)
        assert ([kept.id for kept in page.items], page.cursor) == (["a"], None)

    def test_refuses_other_questions(self, office: Office) -> None:
        """Pages of no goals, and what is no query."""
        refuses(lambda: office.book.find(actor="ada", as_of=AS_OF, limit=0), "out_of_range", "limit")
        refuses(lambda: office.book.find("g1", actor="ada", as_of=AS_OF), "invalid_type", "query", kind=InvalidType)  # type: ignore[arg-type]


class TestHistory:
    """Who did what, when and why."""

    def test_shows_what_may_be_seen(self, office: Office) -> None:
        """In order, page by page, without the rows of others; a cursor of another book is refused."""
        office.write(goal("g1", BOB, SOUTH), goal("g2", CYD))
        office.book.edit(
            "g1", using=lambda stored: stored.apply_targets("2", to=BOB), actor="ada", as_of=AS_OF, why="more"
        )
        first = office.book.history(actor="ada", as_of=AS_OF, limit=1)
        rest = office.book.history(actor="ada", as_of=AS_OF, after=first.cursor)
        changes = [*first.items, *rest.items]
        assert [(change.goal_id, change.before, change.why) for change in changes] == [("g1", 0, ""), ("g1", 1, "more")]
        assert all(change.goal and [row.contributor for row in change.goal.assignments] == [BOB] for change in changes)
        with pytest.raises(InvalidCursor):
            office.book.history(actor="ada", as_of=AS_OF, after="99")


class TestDecide:
    """Why may this user not edit this?"""

    def test_tells_whoever_may_see_the_goal(self, office: Office) -> None:
        """The answer is the policy's; of a goal that one may not see nothing is told."""
        office.write(goal("g1", BOB), goal("g2", CYD))
        found = office.book.decide("edit", "g1", about="bob", actor="ada", as_of=AS_OF)
        assert str(found) == (
            "denied\n- the actor needs the permission to edit with a scope that covers the row of user bob"
        )
        assert office.book.decide("manage", about="bob", actor="ada", as_of=AS_OF)
        assert office.book.decide("edit", "g1", about="eve", actor="ada", as_of=AS_OF).reasons[0].code == "no_actor"
        with pytest.raises(NotFound):
            office.book.decide("edit", "g2", about="bob", actor="ada", as_of=AS_OF)


class TestDraft:
    """A change that a host stores for itself."""

    def test_is_a_pure_function(self) -> None:
        """The goal is checked, and gets its version; nothing is stored."""
        ada = Actor("ada", "acme", grants=[Grant("edit", "team")])
        asked: dict[str, Any] = {"account": ACME, "roster": ROSTER, "policy": Policy(), "as_of": AS_OF}
        stored = evolve(goal("g1", BOB), version=7)
        change = draft(stored, stored.apply_targets("2"), actor=ada, why="more", **asked)
        assert change.goal is not None
        assert (change.before, change.goal.version, change.action, change.by) == (7, 8, Action.EDIT, "ada")
        assert draft(stored, None, actor=HOST, **asked).goal is None
        with pytest.raises(PermissionDenied):
            draft(stored, stored.assign(Assignment(CYD, ["1"])), actor=ada, **asked)
        refuses(lambda: draft(None, None, actor=ada, **asked), "required", "after")
        foreign = evolve(stored, account_id="other")
        refuses(lambda: draft(foreign, foreign, actor=ada, **asked), "foreign", "account")
        refuses(lambda: draft(stored, evolve(stored, id="g2"), actor=ada, **asked), "other_goal", "after")

    def test_keeps_other_accounts_out(self, office: Office) -> None:
        """A goal of another account in the same repository is not there."""
        office.goals.commit(
            [
                Change(
                    goal_id="g9", before=0, goal=evolve(goal("g9", BOB), account_id="other"), action="create", at=AS_OF
                )
            ]
        )
        assert office.found("cyd") == office.found(HOST) == []
        with pytest.raises(NotFound, match=r"^goal: not found: 'g9'$"):
            office.book.get("g9", actor="cyd", as_of=AS_OF)


def refuses_with(kind: type[Exception], call: Any) -> None:  # noqa: ANN401 - any call
    """Check that a call is refused."""
    with pytest.raises(kind):
        call()
