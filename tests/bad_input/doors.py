"""Every door of the values through which an amount or a name comes in: one rule for all of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, Final

from quota_engine import templates
from quota_engine.accounts import Account, Bands
from quota_engine.amounts import exact
from quota_engine.assignments import Assignment
from quota_engine.clones import clone_goal
from quota_engine.contributors import Contributor, Membership, Roster, Team, User
from quota_engine.durations import Duration
from quota_engine.events import CrmEvent
from quota_engine.forecast import why_not_in_forecast
from quota_engine.goals import Goal
from quota_engine.measures import Condition, Measure
from quota_engine.milestones import Milestone
from quota_engine.notices import MilestoneReached
from quota_engine.periods import Period
from quota_engine.rates import Rates

Door = Callable[[Any], object]

NOON: Final = datetime(2025, 8, 4, 12, tzinfo=UTC)
ADA: Final = Contributor.user("ada")
ACME: Final = Account(id="acme", currency="EUR")


def planned(**parts: Any) -> Goal:  # noqa: ANN401 - any part
    """Return a goal of four quarters with a row for Ada, but for the parts given."""
    base: dict[str, Any] = {
        "id": "g1", "name": "Revenue", "template": templates.REVENUE, "account": ACME,
        "duration": Duration.quarterly(2025), "assignments": [Assignment(ADA)],
    }  # fmt: skip
    return Goal.plan(**{**base, **parts})


GOAL: Final = planned()


def reached(**parts: Any) -> MilestoneReached:  # noqa: ANN401 - any part
    """Return the fact that Ada's first quarter began, but for the parts given."""
    base: dict[str, Any] = {
        "account_id": "acme", "goal_id": "g1", "goal_version": 1, "contributor": ADA, "milestone": Milestone.kickoff(),
        "slice": Period.closed("2025-01-01", "2025-03-31"), "target_version": 0, "target": 1, "attained": None,
        "attainment": None, "unit": "count", "as_of": NOON, "revision": 1,
    }  # fmt: skip
    return MilestoneReached(**{**base, **parts})


# Doors at which an amount is wanted, with the field that a refusal names. All of them take zero or more.
AMOUNTS: Final[dict[str, tuple[Door, str]]] = {
    "amounts.exact": (exact, "amount"),
    "Assignment": (lambda amount: Assignment(ADA, [amount]), "targets[0]"),
    "Goal.apply_targets": (GOAL.apply_targets, "amount"),
    "Goal.spread_targets": (GOAL.spread_targets, "total"),
    "Goal.spread_targets weights": (lambda weight: GOAL.spread_targets(1, weights=[1, 1, 1, weight]), "weights[3]"),
    "Goal.with_targets": (lambda amount: GOAL.with_targets({(ADA, date(2025, 1, 1)): amount}), "user ada, 2025-01-01"),
    "Milestone": (Milestone.percent, "mark"),
    "Rates": (lambda rate: Rates("EUR", {("USD", date(2025, 1, 1)): rate}), "entries[USD, 2025-01-01]"),
    "Bands": (lambda share: Bands(ahead=share), "ahead"),
    "MilestoneReached": (lambda amount: reached(target=amount), "target"),
}
# Doors at which a number is one kind of value among others: text and True are fine there.
VALUES: Final[dict[str, tuple[Door, str]]] = {
    "CrmEvent": (
        lambda value: CrmEvent("deal", "d1", recorded_at=NOON, properties={"amount": value}),
        "properties.amount",
    ),
    "Condition": (lambda value: Condition("amount", "ge", value), "value"),
}
# Doors at which a name for people is wanted.
NAMES: Final[dict[str, tuple[Door, str]]] = {
    "Goal": (lambda name: planned(name=name), "name"),
    "Goal.clone": (lambda name: GOAL.clone(id="g2", name=name), "name"),
    "clone_goal": (lambda name: clone_goal(GOAL, id="g2", name=name, roster=Roster(), as_of=NOON), "name"),
    "Measure": (lambda name: Measure(name=name, object="call", aggregate="count", dated_by="at"), "name"),
}
# Doors at which an id is wanted.
IDS: Final[dict[str, tuple[Door, str]]] = {
    "Goal": (lambda given: planned(id=given), "id"),
    "Goal.clone": (lambda given: GOAL.clone(id=given, name="Next"), "id"),
    "clone_goal": (lambda given: clone_goal(GOAL, id=given, name="Next", roster=Roster(), as_of=NOON), "id"),
    "Account": (lambda given: Account(id=given, currency="EUR"), "id"),
    "forecast_of": (lambda given: why_not_in_forecast(GOAL, pipeline=given, account=ACME), "pipeline"),
    "Contributor": (Contributor.user, "id"),
    "User": (User, "id"),
    "Team": (Team, "id"),
    "Membership user": (lambda given: Membership(given, "emea"), "user"),
    "Membership team": (lambda given: Membership("ada", given), "team"),
    "Assignment": (lambda given: Assignment(ADA, pipelines=(given,)), "pipelines[0]"),
    "CrmEvent object": (lambda given: CrmEvent(given, "d1", recorded_at=NOON), "object"),
    "CrmEvent record": (lambda given: CrmEvent("deal", given, recorded_at=NOON), "record_id"),
    "Measure": (lambda given: Measure(name="x", object="call", aggregate="count", dated_by=given), "dated_by"),
    "Condition": (lambda given: Condition(given, "is_set"), "property"),
    "MilestoneReached account": (lambda given: reached(account_id=given), "account_id"),
    "MilestoneReached goal": (lambda given: reached(goal_id=given), "goal_id"),
}
# Doors at which any text is taken, an empty one too.
TEXTS: Final[dict[str, tuple[Door, str]]] = {
    "User name": (lambda name: User("ada", name), "name"),
    "Team name": (lambda name: Team("emea", name), "name"),
    "CrmEvent owner": (lambda given: CrmEvent("deal", "d1", recorded_at=NOON, owner_id=given), "owner_id"),
    "CrmEvent pipeline": (lambda given: CrmEvent("deal", "d1", recorded_at=NOON, pipeline_id=given), "pipeline_id"),
}
