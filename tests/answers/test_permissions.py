"""The policy against an independent decision table over the whole finite space; see SOURCES.md and permissions/READING.md."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from attrs import evolve

from quota_engine import (
    Absence,
    Account,
    Assignment,
    Contributor,
    Duration,
    Goal,
    Measure,
    Membership,
    Roster,
    Seat,
    Subscription,
    Team,
    User,
    templates,
)
from quota_engine.policy import OWN_TARGET, Action, Actor, Grant, Policy

TABLES: Final = Path(__file__).parent / "permissions"
AS_OF: Final = datetime(2025, 7, 1, tzinfo=UTC)
ACCOUNT: Final = Account(id="acme", currency="EUR", subscriptions=[Subscription("sales", "enterprise")])
ROWS: Final = {
    "own": Contributor.user("me"),
    "teammate": Contributor.user("mate"),
    "outsider": Contributor.user("out"),
    "own-team": Contributor.team("home"),
    "team-below": Contributor.team("below"),
    "other-team": Contributor.team("other"),
    "pipeline": Contributor.pipeline("new"),
    "account": Contributor.account(),
}
ABOUT: Final = ("be_assigned", "manage", "choose_teams_and_users")
Line = Mapping[str, str]


def lines(name: str, count: int) -> list[dict[str, str]]:
    """Read a table, which has so many lines."""
    found = list(csv.DictReader((TABLES / f"{name}.csv").read_text("utf-8").splitlines()))
    assert len(found) == count
    return found


def planned(*rows: Contributor, target: str = "1", created_by: str = "host") -> Goal:
    """Return a revenue goal with rows."""
    return Goal.plan(
        id="g1",
        name="Revenue",
        template=templates.REVENUE,
        duration=Duration.yearly(2025),
        account=ACCOUNT,
        assignments=[Assignment(row, [target]) for row in rows],
        created_by=created_by,
    )


@cache
def people(seat: str, active: str) -> Roster:
    """Return the roster in which the actor has a seat, or none, and is active or not."""
    hub, tier, paid = seat.split("-") if seat != "none" else ("", "", "")
    seats = [Seat(hub, tier, paid=paid == "paid")] if hub else []
    gone = [] if active == "yes" else [Absence(datetime(2025, 1, 1, tzinfo=UTC))]
    others = [User(name, seats=[Seat("sales", "professional")]) for name in ("mate", "out")]
    return Roster(
        [User("me", seats=seats, absences=gone), *others],
        [Team("home"), Team("below", parent="home"), Team("other")],
        [Membership("me", "home"), Membership("mate", "home"), Membership("out", "other")],
    )


@cache
def change(action: str, row: str) -> tuple[Goal | None, Goal | None] | None:
    """Return the goal before and after what an action does to a row; None where the table asks nothing."""
    contributor, beside = ROWS[row], ROWS["other-team"]
    if action.endswith("team_users"):
        if row not in {"own", "teammate", "outsider"}:
            return None
        before = planned(contributor, beside)
        touched = evolve(before.row(contributor), targets=["2"])
        after = evolve(before, assignments=[touched, before.row(beside)])
        return before, after if action == "edit_team_users" else None
    draft = planned(created_by="me")
    return {
        "edit": (planned(contributor), planned(contributor, target="2")),
        "create": (None, planned(contributor, created_by="me")),
        "assign": (draft, evolve(draft, assignments=planned(contributor).assignments)),
    }.get(action, (None, None) if action in {"manage", "choose_teams_and_users"} else (planned(contributor), None))


def answer(policy: Policy, line: Line, action: str) -> str:
    """Return what a policy says to a line of the table."""
    goals = change(action, line["row"])
    if goals is None:
        return "-"
    grants = [] if line["grant"] == "none" else [Grant(*line["grant"].split("-"))]
    actor = Actor("me", "acme", super_admin=line["super_admin"] == "yes", grants=grants)
    roster = people(line["seat"], line["active"])
    decision = policy.decide(
        actor, action, account=ACCOUNT, roster=roster, as_of=AS_OF, before=goals[0], after=goals[1]
    )
    assert decision.reasons
    assert decision.rules
    return "yes" if decision else "no"


class TestMatrix:
    """Every cell of the finite space."""

    def test_the_model_decides_every_cell_as_the_table(self) -> None:
        """2,912 kinds of actor and row, ten actions: 29,120 cells and no difference."""
        table = lines("actors", 2_912)
        policy = Policy()
        cells = [(line, action.value) for line in table for action in Action]
        assert len(cells) == 29_120
        assert [(line, action) for line, action in cells if answer(policy, line, action) != line[action]] == []

    @pytest.mark.parametrize(
        ("variant", "make"),
        [
            ("starter_friendly", Policy.starter_friendly),
            ("assign_needs_seat", lambda: Policy().with_seat_to_assign()),
            ("own_target_forbidden", lambda: Policy(rules=[OWN_TARGET])),
        ],
    )
    def test_a_variant_differs_where_the_table_says(self, variant: str, make: Callable[[], Policy]) -> None:
        """The cells that a ready-made variant decides otherwise, and no others."""
        key = ("seat", "super_admin", "active", "grant", "row")
        other = {
            (*(line[name] for name in key), line["action"]): line["decision"]
            for line in lines("variants", 2_714)
            if line["variant"] == variant
        }
        assert other
        policy = make()
        for line in lines("actors", 2_912):
            for action in Action:
                cell = (*(line[name] for name in key), action.value)
                assert answer(policy, line, action) == other.get(cell, line[action]), cell

    def test_without_seats_permissions_decide(self) -> None:
        """A sample of 339 cells in which a CRM without seats allows more; nothing else is taken away."""
        policy = Policy.by_grants()
        sample = [line for line in lines("variants", 2_714) if line["variant"] == "by_grants"]
        assert len(sample) == 339
        assert all(answer(policy, line, line["action"]) == line["decision"] for line in sample)
        for line in lines("actors", 2_912):
            for action in Action:
                assert line[action] != "yes" or answer(policy, line, action) == "yes"

    def test_subscriptions_open_templates_as_the_table_says(self) -> None:
        """63 pairs of a template and a subscription: a goal can be created where it is open."""
        actor = Actor("me", "acme", super_admin=True)
        for line in lines("templates", 63):
            bought = [] if line["subscription"] == "none" else [Subscription(*line["subscription"].split("-"))]
            account = evolve(ACCOUNT, subscriptions=bought)
            wanted: dict[str, templates.Template | Measure] = (
                {"measure": Measure(name="Anything", object="deal", aggregate="count", dated_by="created_at")}
                if line["template"] == "scratch"
                else {"template": templates.named(line["template"])}
            )
            is_forecast = line["template"] == "forecast_revenue"
            goal = Goal.plan(
                id="g1",
                name="Any",
                duration=Duration.monthly(2025, aligned=is_forecast),
                account=account,
                pipeline="new" if is_forecast else None,
                **wanted,  # type: ignore[arg-type]
            )
            found = Policy().decide(
                actor, "create", account=account, roster=people("none", "yes"), as_of=AS_OF, after=goal
            )
            assert ("yes" if found else "no") == line["open"], line
