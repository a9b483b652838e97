"""Gates: who asks at a door, and which goals and rows they are shown. Sources: rules A3 and A4."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Final, TypeAlias

from attrs import evolve, frozen

from quota_engine import _fields
from quota_engine.accounts import Account
from quota_engine.assignments import Assignment
from quota_engine.contributors import Roster
from quota_engine.errors import (
    ContractViolation,
    NotFound,
    PermissionDenied,
    shown,
)
from quota_engine.goals import Goal
from quota_engine.policy import Action, Actor, Decision, Policy, Reason
from quota_engine.ports import ActorSource, asking
from quota_engine.queries import Sight


class Host(Enum):
    """The host's own jobs, which ask for themselves and may do everything."""

    HOST = "host"


HOST: Final = Host.HOST
Who: TypeAlias = str | Host | None


def denied(decision: Decision, action: Action, goal_id: str) -> PermissionDenied:
    """Return the error for a decision that says no."""
    reasons = "; ".join(reason.text for reason in decision.reasons)
    return PermissionDenied(
        f"{action.value} {shown(goal_id)}: {reasons}",
        decision=decision,
        field=action.value,
        value=shown(goal_id),
    )


def unknown(goal_id: str) -> NotFound:
    """Return the error for a goal that is unknown, deleted, another account's or not visible."""
    return NotFound(f"goal: not found: {shown(goal_id)}", field="goal", value=shown(goal_id))


@frozen
class Asker:
    """Somebody at a door: the host, or an actor with what they may see."""

    actor: Actor | Host
    roster: Roster
    sight: Sight | None

    @property
    def is_host(self) -> bool:
        """Whether the host itself asks."""
        return isinstance(self.actor, Host)

    @property
    def sees_all(self) -> bool:
        """Whether no row of any goal is hidden."""
        return self.sight is None or (self.sight.contributors is None and self.sight.users_inside_teams)

    def shows_owner(self, owner_id: str | None, goal: Goal) -> bool:
        """Whether records of an owner may be shown beside rows of a goal; those of nobody to whoever sees all rows."""
        return self.sight is None or self.sight.shows_owner(owner_id, goal)


@frozen
class Gate:
    """Who may see what of an account's goals.

    Attributes:
        account: whose goals.
        actors: where rights are read; None where nobody but the host may ask.
        policy: who may do what.
    """

    account: Account
    actors: ActorSource | None
    policy: Policy

    def asker(self, who: Who, roster: Roster, as_of: datetime) -> Asker:
        """Return who asks, with rights as they are at this moment.

        Raises:
            PermissionDenied: nobody, or nobody of that id.
            SourceUnavailable, ContractViolation: rights cannot be read.
        """
        if isinstance(who, Host):
            return Asker(who, roster, None)
        found = None if who is None else self._actor(_fields.identifier(who, "actor"))
        if found is None:
            reason = Reason("no_actor", "nobody asks" if who is None else "nobody of that id asks")
            decision = Decision(allowed=False, rules=("default",), reasons=(reason,))
            raise denied(decision, Action.VIEW, "" if who is None else who)
        return Asker(found, roster, self.policy.sight(found, account=self.account, roster=roster, as_of=as_of))

    def _actor(self, user_id: str) -> Actor | None:
        if self.actors is None:
            return None
        with asking("actors"):
            found = self.actors.actor(user_id)
        if found is not None and not isinstance(found, Actor):
            raise ContractViolation(
                f"actors: expected an Actor, got {shown(found)}", field="actors", value=shown(found)
            )
        return found

    def decide(self, asker: Asker, action: Action, as_of: datetime, goal: Goal | None = None) -> Decision:
        """Return what the policy says of whoever asks."""
        actor = None if isinstance(asker.actor, Host) else asker.actor
        return self.policy.decide(actor, action, account=self.account, roster=asker.roster, as_of=as_of, before=goal)

    def shows(self, asker: Asker, goal: Goal, as_of: datetime) -> bool:
        """Whether a goal is visible to whoever asks."""
        if goal.account_id != self.account.id:
            return False
        if asker.sight is None:
            return True
        if not self.policy.rules:
            return asker.sight.shows(goal)
        return bool(self.decide(asker, Action.VIEW, as_of, goal))

    def shows_then(self, asker: Asker, goal: Goal, now: Goal, as_of: datetime) -> bool:
        """Whether a goal as it was is visible: nobody sees by asking about the past what they may not see as it is now."""
        return self.shows(asker, goal, as_of) and (now is goal or self.shows(asker, now, as_of))

    def shown_then(self, asker: Asker, goal: Goal, now: Goal) -> Goal:
        """Return a goal as it was, with the rows that might be seen then and, were they all still there, may be seen now."""
        if asker.sees_all or now is goal:
            return self.shown(asker, goal)
        seen = self.shown(asker, joined(now, goal))
        rows = [row for row in self.shown(asker, goal).assignments if seen.place(row.contributor) is not None]
        return evolve(goal, assignments=rows)

    @staticmethod
    def shown(asker: Asker, goal: Goal) -> Goal:
        """Return a goal without the rows that are not to be seen; whole, where only a rule of the host's own shows it."""
        if asker.sight is None or not asker.sight.shows(goal):
            return goal
        seen = frozenset(asker.sight.rows(goal))
        return evolve(goal, assignments=[row for row in goal.assignments if row.contributor in seen])


def joined(now: Goal, goal: Goal) -> Goal:
    """Return a goal as it is with the rows, without their targets, that it had besides."""
    none = (None,) * len(now.slices)
    gone = [Assignment(row.contributor, none) for row in goal.assignments if now.place(row.contributor) is None]
    return evolve(now, assignments=[*now.assignments, *gone])
