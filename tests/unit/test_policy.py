"""Who may do what with a goal, and why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from attrs import evolve

from quota_engine import (
    Absence,
    Account,
    Action,
    Actor,
    Assignment,
    Contributor,
    Decision,
    Duration,
    Goal,
    Grant,
    Membership,
    Policy,
    Request,
    Roster,
    Rule,
    Seat,
    SeatLine,
    SeatTable,
    Subscription,
    Team,
    User,
    templates,
)
from quota_engine.errors import InvalidType
from quota_engine.policy import OWN_TARGET
from quota_engine.queries import Sight
from tests.refusals import refuses, stays

AS_OF = datetime(2025, 7, 1, tzinfo=UTC)
ACME = Account(id="acme", currency="EUR", subscriptions=[Subscription("sales", "professional")])
SALES = Seat("sales", "professional")
ADA, BOB, CYD = (Contributor.user(name) for name in ("ada", "bob", "cyd"))
EMEA, ITALY, APAC = (Contributor.team(name) for name in ("emea", "italy", "apac"))
ROSTER = Roster(
    [
        User("ada", seats=[SALES]),
        User("bob", seats=[SALES]),
        User("cyd"),
        User("dan", seats=[SALES], absences=[Absence(datetime(2025, 6, 1, tzinfo=UTC))]),
    ],
    [Team("emea"), Team("italy", parent="emea"), Team("apac")],
    [
        Membership("ada", "emea"),
        Membership("bob", "italy"),
        Membership("cyd", "apac"),
        Membership("ada", "apac", main=False),
    ],
)
MANAGER = Actor("ada", "acme", grants=[Grant("edit", "team")])
READER = Actor("bob", "acme", grants=[Grant("view", "team")])
ADMIN = Actor("cyd", "acme", super_admin=True)


def goal(*rows: Contributor, target: str = "1", **parts: Any) -> Goal:  # noqa: ANN401 - any part
    """Return a goal with rows."""
    given = {"template": templates.REVENUE} | parts
    return Goal.plan(
        id="g1", name="Goal", duration=Duration.yearly(2025), account=ACME,
        assignments=[Assignment(row, [target]) for row in rows], **given,
    )  # fmt: skip


def decide(actor: Actor | None, action: str, policy: Policy | None = None, **parts: Any) -> Decision:  # noqa: ANN401
    """Ask the policy about Acme."""
    given: dict[str, Any] = {"account": ACME, "roster": ROSTER, "as_of": AS_OF} | parts
    return (policy or Policy()).decide(actor, action, **given)


def seen(actor: Actor) -> Sight:
    """Return what an actor may see."""
    return Policy().sight(actor, account=ACME, roster=ROSTER, as_of=AS_OF)


class TestActors:
    """Who asks, and with what rights."""

    def test_are_values(self) -> None:
        """They cannot change; words of closed lists are checked; only viewing and editing are granted."""
        stays(MANAGER)
        stays(Grant("view", "own"))
        refuses(lambda: Grant("delete", "own"), "not_granted", "action", "view or edit", "'delete'")
        refuses(lambda: Grant("approve", "own"), "unknown_word", "action", "view, edit, create")
        refuses(lambda: Grant("edit", "region"), "unknown_word", "scope", "own, team, everyone")
        refuses(lambda: Actor("", "acme"), "blank", "user_id")
        refuses(lambda: Actor("ada", "acme", super_admin=1), "invalid_type", "super_admin", kind=InvalidType)  # type: ignore[arg-type]
        refuses(lambda: Actor("ada", "acme", grants=["edit"]), "invalid_type", "grants[0]", kind=InvalidType)  # type: ignore[list-item]


class TestScopes:
    """Which rows a permission covers."""

    @pytest.mark.parametrize(
        ("row", "own", "team"),
        [
            (ADA, True, True),
            (BOB, False, True),
            (CYD, False, False),
            (EMEA, False, True),
            (ITALY, False, True),
            (APAC, False, False),
            (Contributor.user("nobody"), False, False),
            (Contributor.pipeline("new"), False, False),
            (Contributor.account(), False, False),
        ],
        ids=str,
    )
    def test_cover_rows(self, row: Contributor, *, own: bool, team: bool) -> None:
        """Own: the actor's row. Team: the main team and those below, with their users; an extra team does not count."""
        for scope, expected in (("own", own), ("team", team), ("everyone", True)):
            actor = evolve(MANAGER, grants=[Grant("view", scope)])
            assert bool(decide(actor, "view", before=goal(row))) is (expected or row == ADA)

    def test_without_a_main_team_only_ones_own_row_is_in_the_team(self) -> None:
        """Nobody without a team reaches another row by scope team."""
        loner = Actor("dan", "acme", grants=[Grant("view", "team")])
        assert decide(loner, "view", before=goal(Contributor.user("dan")))
        assert not decide(loner, "view", before=goal(BOB))


class TestView:
    """What is seen of a goal."""

    def test_a_goal_is_visible_when_one_row_is(self) -> None:
        """The other rows are left out."""
        mixed = goal(CYD, EMEA, BOB)
        assert decide(MANAGER, "view", before=mixed)
        assert seen(MANAGER).rows(mixed) == (EMEA, BOB)

    def test_the_users_inside_a_teams_goal_need_a_seat_too(self) -> None:
        """Without a seat the team row alone is seen; one's own row always."""
        mixed = goal(EMEA, BOB, CYD)
        reader = Actor("cyd", "acme", grants=[Grant("view", "everyone")])
        assert seen(reader).rows(mixed) == (EMEA, CYD)
        found = decide(reader, "view_team_users", before=mixed)
        assert [str(need) for need in found.missing] == [
            "the user cyd needs a seat such as a paid Sales Starter to see the users inside a team's goal"
        ]
        assert decide(MANAGER, "view_team_users", before=goal(EMEA))

    def test_a_draft_is_its_creators(self) -> None:
        """And everybody's who may see everything."""
        draft = goal(created_by="bob")
        assert decide(READER, "view", before=draft)
        assert not decide(MANAGER, "view", before=draft)
        assert decide(ADMIN, "view", before=draft)
        assert str(decide(MANAGER, "view", before=draft).missing[0]) == (
            "the actor needs the permission to view with a scope that covers a goal without rows"
        )

    def test_other_accounts_have_no_such_goal(self) -> None:
        """The words are those for a goal that does not exist."""
        foreign = evolve(goal(ADA), account_id="other")
        unknown = decide(MANAGER, "view")
        assert decide(MANAGER, "view", before=foreign).reasons == unknown.reasons
        assert str(unknown) == "denied\n- there is no such goal"
        assert not decide(evolve(ADMIN, account_id="other"), "view", before=goal(ADA))


class TestWrite:
    """Creating, editing, deleting, assigning."""

    def test_needs_a_seat_and_a_permission(self) -> None:
        """What is missing is said, and by what the rest is met."""
        before, after = goal(BOB), goal(BOB, target="2")
        allowed = decide(MANAGER, "edit", before=before, after=after)
        assert allowed
        assert allowed.rules == ("inactive", "permission", "seat", "unknown_user")
        assert [reason.by for reason in allowed.reasons if reason.code in {"seat", "permission"}] == [
            SALES,
            Grant("edit", "team"),
        ]
        denied = decide(READER, "edit", before=before, after=after)
        assert [str(need) for need in denied.missing] == [
            "the actor needs the permission to edit with a scope that covers the row of user bob"
        ]
        seatless = decide(Actor("cyd", "acme", grants=[Grant("edit", "everyone")]), "edit", before=before, after=after)
        assert [reason.text for reason in seatless.reasons] == [
            "the user cyd needs a seat such as a paid Sales Professional to edit it"
        ]

    def test_looks_at_the_rows_that_change(self) -> None:
        """A row outside the scope may stay as it is; changed, added or taken away it must be covered."""
        before = goal(BOB, APAC)
        changed = evolve(before, assignments=[Assignment(BOB, ["2"]), before.row(APAC)])
        assert decide(MANAGER, "edit", before=before, after=changed)
        assert not decide(MANAGER, "edit", before=before, after=before.remove(APAC))
        assert not decide(MANAGER, "edit", before=before.remove(APAC), after=before)
        assert not decide(MANAGER, "edit", before=before, after=evolve(before, name="Other"))
        assert not decide(MANAGER, "edit", before=before)

    def test_taking_the_teams_away_needs_the_seat_for_their_users(self) -> None:
        """Otherwise a super admin without it could make the users' rows plain ones first, and edit them then."""
        mixed = goal(BOB, EMEA)
        alone = mixed.remove(EMEA)
        assert not decide(ADMIN, "edit", before=mixed)
        denied = decide(ADMIN, "edit", before=mixed, after=alone)
        assert "to edit the users inside a team's goal" in str(denied)
        assert not decide(ADMIN, "assign", before=mixed, after=alone)
        assert decide(MANAGER, "edit", before=mixed, after=alone)
        assert not decide(ADMIN, "edit", before=mixed, after=mixed.remove(BOB))
        assert decide(ADMIN, "edit", before=goal(EMEA, APAC), after=goal(EMEA, APAC).remove(APAC))

    def test_a_draft_needs_any_permission_to_edit(self) -> None:
        """And to be visible: one's own, or with scope everyone."""
        mine, theirs = goal(created_by="ada"), goal(created_by="bob")
        named = [evolve(draft, name="Other") for draft in (mine, theirs)]
        assert decide(MANAGER, "edit", before=mine, after=named[0])
        assert not decide(MANAGER, "edit", before=theirs, after=named[1])
        assert decide(MANAGER, "create", after=mine)

    def test_who_is_given_a_row_needs_a_seat(self) -> None:
        """A user without one cannot be assigned, not even by a super admin; the user is named."""
        denied = decide(ADMIN, "create", after=goal(BOB, CYD))
        assert [str(need) for need in denied.missing] == [
            "the user cyd needs a seat such as a paid Sales Professional to be given a row"
        ]
        assert decide(ADMIN, "create", after=goal(BOB, APAC))
        assert not decide(ADMIN, "assign", before=goal(BOB), after=goal(BOB, CYD))
        assert decide(ADMIN, "assign", before=goal(BOB), after=goal(BOB, ADA))

    def test_a_measure_must_be_open(self) -> None:
        """Sales Professional opens revenue and calls, not tickets, and nothing from scratch."""
        assert decide(MANAGER, "create", after=goal(BOB, template=templates.CALLS_MADE))
        denied = decide(MANAGER, "create", after=goal(BOB, template=templates.TICKETS_CLOSED))
        assert str(denied.missing[0]) == (
            "the account needs a subscription that opens tickets_closed: service enterprise, service professional"
        )
        scratch = goal(BOB, template=None, measure=templates.REVENUE.measure)
        assert "opens scratch: sales enterprise, service enterprise" in str(decide(MANAGER, "create", after=scratch))

    def test_whoever_is_away_writes_nothing(self) -> None:
        """Nor does somebody whom the roster does not know."""
        gone = Actor("dan", "acme", super_admin=True)
        assert [need.code for need in decide(gone, "delete", before=goal(BOB)).missing] == ["inactive"]
        assert str(decide(gone, "delete", before=goal(BOB)).missing[0]) == "the actor must be active"
        unknown = decide(Actor("eve", "acme", super_admin=True), "delete", before=goal(BOB))
        assert [str(need) for need in unknown.missing] == [
            "the actor must be one of the users of the account", "the actor must be active",
        ]  # fmt: skip


class TestRules:
    """Rules of the host's own."""

    def test_compose(self) -> None:
        """A forbid wins over all; a permit allows what the tables do not; order and repetition do not matter."""
        never = Rule("never", "forbid", lambda _request: True, "nobody does anything here")
        always = Rule("always", "permit", lambda request: request.action is Action.VIEW, "everybody sees everything")
        assert decide(READER, "view", Policy(rules=[always]), before=goal(CYD)).rules == ("always",)
        for rules in ([never, always], [always, never, never]):
            found = decide(ADMIN, "view", Policy(rules=rules), before=goal(CYD))
            assert (bool(found), found.rules, str(found)) == (False, ("never",), "denied\n- nobody does anything here")
        assert Policy().with_rules(always, never) == Policy(rules=[never, always, always])

    def test_that_fail_deny(self) -> None:
        """An error in a rule is told and denies; it never allows, and never leaves the policy."""
        broken = Rule("broken", "permit", lambda _request: bool(1 // 0), "divides by zero")
        found = decide(ADMIN, "view", Policy(rules=[broken]), before=goal(BOB))
        assert not found
        assert found.reasons[0].code == "failed_rule"
        assert found.reasons[0].text == "it could not be decided: ZeroDivisionError: integer division or modulo by zero"

    def test_a_rule_whose_error_cannot_be_told(self) -> None:
        """The error fails as well when it is asked for its words; its kind is told."""

        class SilentError(Exception):
            def __str__(self) -> str:
                raise ValueError

        def fails(_request: Request) -> bool:
            raise SilentError

        found = decide(ADMIN, "view", Policy(rules=[Rule("silent", "permit", fails, "fails")]), before=goal(BOB))
        assert found.reasons[0].text == "it could not be decided: SilentError"

    def test_editing_the_users_inside_a_teams_goal(self) -> None:
        """Asked about the goal as it stands it is about its users alone; one without a team needs what editing needs."""
        mixed, plain = goal(BOB, ITALY), goal(BOB)
        for before in (mixed, plain):
            assert decide(MANAGER, "edit_team_users", before=before)
            assert not decide(READER, "edit_team_users", before=before)

    def test_own_target(self) -> None:
        """Added, nobody edits a target of their own; without it, one may."""
        before, after = goal(ADA), goal(ADA, target="2")
        assert decide(MANAGER, "edit", before=before, after=after)
        denied = decide(MANAGER, "edit", Policy(rules=[OWN_TARGET]), before=before, after=after)
        assert str(denied) == "denied\n- nobody edits a target of their own"
        assert decide(MANAGER, "edit", Policy(rules=[OWN_TARGET]), before=goal(BOB), after=goal(BOB, target="2"))

    @pytest.mark.parametrize(
        ("make", "code", "field"),
        [
            (lambda: Rule("x", "allow", lambda _: True, "x"), "unknown_word", "effect"),
            (lambda: Rule("x", "permit", 1, "x"), "invalid_type", "applies"),  # type: ignore[arg-type]
            (lambda: Rule("", "permit", lambda _: True, "x"), "blank", "name"),
            (
                lambda: Policy(rules=[Rule("x", word, lambda _: True, "x") for word in ("permit", "forbid")]),
                "duplicate",
                "rules[1].name",
            ),
            (lambda: Policy(rules=["x"]), "invalid_type", "rules[0]"),  # type: ignore[list-item]
            (lambda: Policy(seats=[]), "invalid_type", "seats"),  # type: ignore[arg-type]
            (lambda: Policy(seats={"approve": SeatTable(())}), "unknown_word", "seats"),  # type: ignore[dict-item]
            (lambda: Policy(subscriptions=[]), "invalid_type", "subscriptions"),  # type: ignore[arg-type]
            (lambda: SeatLine(hub="marketing"), "unknown_word", "hub"),
            (lambda: SeatLine(tiers=["ultra"]), "unknown_word", "tiers[0]"),
        ],
    )
    def test_refuse_what_they_are_not_made_of(self, make: Callable[[], object], code: str, field: str) -> None:
        """A table or rule with a mistake in it is refused when it is made, not when it decides."""
        kind = InvalidType if code == "invalid_type" else None
        refuses(make, code, field, **({"kind": kind} if kind else {}))


class TestTables:
    """Tables of the host's own."""

    def test_can_be_replaced(self) -> None:
        """Any seat of service for editing; no seat at all for an action that is left out."""
        policy = Policy(seats={Action.EDIT: SeatTable([SeatLine(hub="service")])}, subscriptions={})
        stays(policy)
        served = evolve(ROSTER, users=[User("ada", seats=[Seat("service", "starter")])], memberships=[])
        before, after = goal(ADA), goal(ADA, target="2")
        assert decide(MANAGER, "edit", policy, roster=served, before=before, after=after)
        assert not decide(MANAGER, "edit", policy, before=before, after=after)
        denied = decide(ADMIN, "delete", policy, before=before)
        assert str(denied.missing[0]) == "the user cyd needs a seat that this policy does not have to delete it"
        created = decide(ADMIN, "create", policy, after=goal(BOB))
        assert "a subscription that opens revenue: none that there is" in str(created)
        assert not decide(ADMIN, "assign", Policy(seats={}).with_seat_to_assign(), before=goal(), after=goal(BOB))

    def test_say_what_would_do(self) -> None:
        """A seat that need not be paid is told so."""
        found = decide(Actor("cyd", "acme"), "choose_teams_and_users")
        assert str(found) == (
            "denied\n- the user cyd needs a seat such as a Sales Professional to choose teams and users together"
        )
        assert "this policy asks for no seat" in str(decide(ADMIN, "manage", Policy.by_grants()))
        assert "user ada sees rows of their own" in str(decide(Actor("ada", "acme"), "view", before=goal(ADA)))
        assert str(decide(MANAGER, "manage")) == (
            "allowed\n- met: the user ada needs a seat such as a paid Sales Starter to open the list of goals"
        )


class TestRequests:
    """What rules look at."""

    def test_know_what_changes(self) -> None:
        """Rows that are added, changed and taken away; all, where nothing is said of how the goal would change."""
        before = goal(ADA, BOB)
        after = evolve(before, assignments=[before.row(ADA), Assignment(CYD, ["1"])])
        asked = Request(
            actor=MANAGER, action=Action.EDIT, account=ACME, roster=ROSTER, as_of=AS_OF, before=before, after=after
        )
        assert (asked.added, set(asked.touched)) == ((CYD,), {BOB, CYD})
        assert evolve(asked, after=None).touched == (ADA, BOB)
        assert evolve(asked, after=None).added == ()
        assert evolve(asked, before=None).added == (ADA, CYD)
        assert not asked.is_mixed
        stays(asked)
