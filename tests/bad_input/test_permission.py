"""Bad questions to the policy. Rows of the table `permission`; those of the book are at the end."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import pytest
from attrs import evolve

from quota_engine import (
    HOST,
    Absence,
    Actor,
    Assignment,
    Contributor,
    Decision,
    Goal,
    GoalBook,
    GoalQuery,
    Grant,
    InvalidCursor,
    InvalidType,
    InvalidValue,
    Membership,
    NotFound,
    Page,
    PermissionDenied,
    Policy,
    Roster,
    Seat,
    Subscription,
    Team,
    User,
)
from quota_engine.adapters.memory import MemoryActors, MemoryGoals
from quota_engine.policy import Rule
from tests.acme import acme, promise
from tests.refusals import refuses

AS_OF: Final = datetime(2025, 7, 1, tzinfo=UTC)
ADA, BOB = Contributor.user("ada"), Contributor.user("bob")
GONE: Final = Absence(datetime(2025, 1, 1, tzinfo=UTC))
ROSTER: Final = Roster(
    [User("ada", seats=[Seat("sales", "enterprise")]), User("bob"), User("cyd", absences=[GONE])],
    [Team("north"), Team("south")],
    [Membership("ada", "north"), Membership("bob", "south")],
)
ADMIN: Final = Actor("ada", "acme", super_admin=True)
GOAL: Final = promise(ADA)


def decide(actor: Any, action: Any, **parts: Any) -> Decision:  # noqa: ANN401 - whatever is asked
    """Ask the policy about Acme."""
    given: dict[str, Any] = {"account": acme(), "roster": ROSTER, "as_of": AS_OF} | parts
    policy: Policy = given.pop("policy", Policy())
    return policy.decide(actor, action, **given)


class TestQuestions:
    """Questions that make no sense are denied, never raised."""

    def test_per_01_no_actor(self) -> None:
        """PER-01: nobody is denied."""
        found = decide(None, "view", before=GOAL)
        assert (bool(found), found.reasons[0].code) == (False, "no_actor")

    @pytest.mark.parametrize("action", ["approve", "", None, 5, ["edit"]])
    def test_per_02_unknown_action(self, action: object) -> None:
        """PER-02: an action that there is not is denied, also for a super admin."""
        found = decide(ADMIN, action, before=GOAL)
        assert not found
        assert found.reasons[0].code == "failed_action"

    def test_per_04_unknown_levels(self) -> None:
        """PER-04: a seat, tier or scope that there is not is refused where it is made; never taken for the highest."""
        for hub, tier in (("Sales Hub Ultra", "starter"), ("sales", "superuser")):
            refuses(lambda hub=hub, tier=tier: Seat(hub, tier), "unknown_word", "hub" if tier == "starter" else "tier")  # type: ignore[misc]
        refuses(lambda: Grant("edit", "superuser"), "unknown_word", "scope")
        assert not decide("superuser", "edit", before=GOAL)

    def test_per_05_deactivated_admin(self) -> None:
        """PER-05: a super admin who has left writes nothing."""
        gone = Actor("cyd", "acme", super_admin=True)
        for action in ("edit", "delete", "create", "assign"):
            assert not decide(gone, action, before=GOAL, after=GOAL)

    def test_per_06_other_tenants_with_equal_ids(self) -> None:
        """PER-06: another account's goal is denied in the words of one that does not exist."""
        foreign = evolve(GOAL, account_id="other")
        assert decide(ADMIN, "view", before=foreign).reasons == decide(ADMIN, "view").reasons
        assert decide(evolve(ADMIN, account_id="other"), "view", before=GOAL).reasons == decide(ADMIN, "view").reasons

    def test_per_09_a_circle_of_teams(self) -> None:
        """PER-09: the roster refuses it and names it."""
        refuses(lambda: Roster(teams=[Team("a", parent="b"), Team("b", parent="a")]), "cycle", "teams", "a > b > a")

    @pytest.mark.parametrize("name", ["*", "%", "_"])
    def test_per_11_wildcards_are_literal(self, name: str) -> None:
        """PER-11: an actor whose id is a wildcard is nobody else."""
        found = decide(Actor(name, "acme", grants=[Grant("view", "own")]), "view", before=GOAL)
        assert not found

    def test_per_14_no_eligible_seat(self) -> None:
        """PER-14: the user who lacks the seat is named."""
        found = decide(
            ADMIN, "assign", before=GOAL, after=evolve(GOAL, assignments=[*GOAL.assignments, promise(BOB).row(BOB)])
        )
        assert not found
        assert "the user bob needs a seat" in str(found)

    def test_per_16_rows_outside_the_scope(self) -> None:
        """PER-16: the goal as it would be is looked at as well as the goal as it is."""
        manager = Actor("ada", "acme", grants=[Grant("edit", "team")])
        wider = promise(ADA, Assignment(Contributor.team("south"), ["1"] * 12))
        assert decide(
            manager, "edit", before=GOAL, after=evolve(GOAL, assignments=[evolve(GOAL.row(ADA), targets=["5"] * 12)])
        )
        assert not decide(manager, "edit", before=GOAL, after=wider)
        assert not decide(manager, "edit", before=wider, after=GOAL)

    def test_per_19_a_rule_that_fails(self) -> None:
        """PER-19: an error in a rule denies, and is told."""
        policy = Policy(rules=[Rule("broken", "permit", lambda _request: bool(1 // 0), "fails")])
        found = decide(ADMIN, "view", before=GOAL, policy=policy)
        assert not found
        assert "ZeroDivisionError" in str(found)

    def test_per_22_an_allow_has_reasons(self) -> None:
        """PER-22: what decided is told when the answer is yes, too."""
        found = decide(ADMIN, "view", before=GOAL)
        assert found
        assert found.rules
        assert found.reasons

    @pytest.mark.parametrize(
        ("part", "value"),
        [
            ("account", None),
            ("roster", {}),
            ("as_of", datetime(2025, 7, 1)),
            ("as_of", None),
            ("before", "g1"),
            ("after", 5),
        ],
    )
    def test_anything_else_is_denied(self, part: str, value: object) -> None:
        """No argument of the wrong kind raises, or allows."""
        found = decide(ADMIN, "view", **{"before": GOAL, part: value})
        assert (bool(found), found.reasons[0].code) == (False, f"failed_{part}")


class TestBook:
    """Bad questions at the door through which goals are managed."""

    @staticmethod
    def opened(*goals: Goal) -> tuple[GoalBook, MemoryActors]:
        """Return a book with goals, in which Ada leads the north and Bob's seat is none."""
        actors = MemoryActors()
        actors.put(
            Actor("ada", "acme", grants=[Grant("edit", "team")]), Actor("bob", "acme", grants=[Grant("view", "own")])
        )
        account = evolve(acme(), subscriptions=[Subscription("sales", "enterprise")])
        book = GoalBook(account, goals=MemoryGoals(), roster=ROSTER, actors=actors)
        book.create(*goals, actor=HOST, as_of=AS_OF)
        return book, actors

    def test_per_08_nobody_to_look_for(self) -> None:
        """PER-08: an empty list of people finds nothing, not everything."""
        book, _ = self.opened(GOAL)
        assert book.find(GoalQuery(contributors=[]), actor="ada", as_of=AS_OF).items == ()
        assert len(book.find(actor="ada", as_of=AS_OF).items) == 1

    def test_per_11_wildcards_find_nothing(self) -> None:
        """PER-11: a wildcard is a character."""
        book, _ = self.opened(GOAL)
        for text in ("*", "%", "_"):
            assert book.find(GoalQuery(name=text), actor="ada", as_of=AS_OF).items == ()
            with pytest.raises(NotFound):
                book.get(text, actor="ada", as_of=AS_OF)

    @pytest.mark.parametrize(
        "sort", ["name; DROP TABLE goal", "__class__", "owner.password", "Name", "name ", "", "-name"]
    )
    def test_rep_05_a_field_that_there_is_not(self, sort: str) -> None:
        """REP-05: what is not on the list of fields is refused with the list, before any store sees it."""
        refuses(lambda: GoalQuery(sort=sort), "unknown_word", "sort", "one of id, name, measure, first_day, last_day")

    @pytest.mark.parametrize("limit", [0, -1, 10**9])
    def test_rep_07_pages_of_no_size(self, limit: int) -> None:
        """REP-07: a page of no goals, or of a thousand million, is refused."""
        book, _ = self.opened(GOAL)

        def find(limit: Any) -> Page[Goal]:  # noqa: ANN401 - whatever is asked
            return book.find(actor="ada", as_of=AS_OF, limit=limit)

        refuses(lambda: find(limit), "out_of_range", "limit", "from 1 to 1000")
        for other in (True, 1.0, "5"):
            refuses(lambda other=other: find(other), "invalid_type", "limit", kind=InvalidType)  # type: ignore[misc]

    @pytest.mark.parametrize(
        "cursor",
        [
            "abc",
            "",
            "g1",
            "\u00e9",
            "aWQsIGFzY2VuZGluZx9nMQ==",  # id, ascending: g1, and nothing more
            "aWQsIGFzY2VuZGluZx9nMR9nMR9nMQ==",  # three times g1
            "aWQsIGFzY2VuZGluZx9nMR9nMQ",  # cut short
            "aWQsIGFzY2VuZGluZx9n\u00a0MR9nMQ==",
            "aWQsIGFzY2VuZGluZx9n MR9nMQ==",
            "aWQsIGFzY2VuZGluZx9nMR9nMQ==x",
            "aWQsIGRlc2NlbmRpbmcfZzEfZzE=",  # id, descending: g1, g1
            "bmFtZSwgYXNjZW5kaW5nH2cxH2cx",  # name, ascending: g1, g1
            "_____w==",  # no text
            "A" * 3_999,
        ],
    )
    def test_rep_07_forged_cursors(self, cursor: str) -> None:
        """REP-07: text that is no cursor, or the cursor of another order, is refused in a sentence that names the order."""
        book, _ = self.opened(GOAL)

        def ask(after: str) -> Page[Goal]:
            return book.find(actor="ada", as_of=AS_OF, after=after)

        assert ask("aWQsIGFzY2VuZGluZx9nMB9nMA==").items  # id, ascending: g0, g0
        refuses(
            lambda: ask(cursor), "invalid_cursor", "after", "a cursor of the order id, ascending", kind=InvalidCursor
        )

    def test_per_15_one_of_five_hundred(self) -> None:
        """PER-15: one that is forbidden stops all; it is named."""
        book, _ = self.opened()
        goals = [evolve(GOAL, id=f"g{number}") for number in range(500)]
        goals[321] = evolve(promise(Contributor.team("south")), id="forbidden")
        with pytest.raises(PermissionDenied, match="create 'forbidden': the actor needs the permission to edit"):
            book.create(*goals, actor="ada", as_of=AS_OF)
        assert book.find(actor=HOST, as_of=AS_OF).items == ()

    def test_per_18_a_clone_is_a_new_goal(self) -> None:
        """PER-18: whoever may see a goal and not create one clones none."""
        book, _ = self.opened(evolve(GOAL, assignments=promise(BOB).assignments))
        seen = book.get("g1", actor="bob", as_of=AS_OF)
        with pytest.raises(PermissionDenied, match="create 'g2'"):
            book.create(seen.clone(id="g2", name="Mine"), actor="bob", as_of=AS_OF)
        with pytest.raises(PermissionDenied, match="create 'g2'"):
            book.clone("g1", id="g2", name="Mine", actor="bob", as_of=AS_OF)
        for unseen in ("g1", "g0"):  # Ada leads the north, of which Bob is not
            with pytest.raises(NotFound, match=f"^goal: not found: '{unseen}'$"):
                book.clone(unseen, id="g2", name="Mine", actor="ada", as_of=AS_OF)
        assert [goal.id for goal in book.find(actor=HOST, as_of=AS_OF).items] == ["g1"]

    def test_per_20_a_seat_that_is_revoked_meanwhile(self) -> None:
        """PER-20: rights are looked at once more before a change is kept; nothing is stored."""
        book, actors = self.opened(GOAL)

        def meanwhile(goal: Goal) -> Goal:
            actors.put(Actor("ada", "acme"))
            return evolve(goal, name="Other")

        with pytest.raises(PermissionDenied):
            book.edit("g1", using=meanwhile, actor="ada", as_of=AS_OF)
        assert [(goal.name, goal.version) for goal in book.find(actor=HOST, as_of=AS_OF).items] == [(GOAL.name, 1)]

    @pytest.mark.parametrize("text", ["", " g1", "g1\n", "g" * 201, "\u202eg1"])
    def test_str_ids_are_ids(self, text: str) -> None:
        """STR-01, STR-03, STR-05, STR-16: what is no id is refused at every method that takes one, and shown on one line."""
        book, _ = self.opened(GOAL)
        for call, field in (
            (lambda: book.get(text, actor="ada", as_of=AS_OF), "goal_id"),
            (lambda: book.clone(text, id="g2", name="x", actor="ada", as_of=AS_OF), "goal_id"),
            (lambda: book.decide("view", text, about="bob", actor="ada", as_of=AS_OF), "goal_id"),
            (lambda: book.decide("view", about=text, actor="ada", as_of=AS_OF), "about"),
            (lambda: book.find(actor=text, as_of=AS_OF), "actor"),
        ):
            with pytest.raises(InvalidValue) as caught:
                call()
            assert caught.value.field == field
            assert str(caught.value).isprintable()
