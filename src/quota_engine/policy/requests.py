"""A question to the policy, with all that an answer needs: who, what, on which goal, with whose rights, at what moment."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from attrs import frozen

from quota_engine.accounts import Account
from quota_engine.assignments import Assignment
from quota_engine.contributors import Contributor, ContributorKind, Roster, User
from quota_engine.goals import Goal
from quota_engine.policy.actors import Action, Actor, Scope


@frozen(kw_only=True)
class Request:
    """Who wants to do what.

    Attributes:
        actor: who asks.
        action: for what.
        account: whose goals.
        roster: the people and teams of the account.
        as_of: the moment at which rights, activity and teams are looked at.
        before: the goal as it stands; None for a new one.
        after: the goal as it would be; None where it goes away, or where nothing is said of how it would change.
    """

    actor: Actor
    action: Action
    account: Account
    roster: Roster
    as_of: datetime
    before: Goal | None = None
    after: Goal | None = None

    @property
    def goals(self) -> tuple[Goal, ...]:
        """The goal before and after, as far as there is one."""
        return tuple(goal for goal in (self.before, self.after) if goal is not None)

    @property
    def user(self) -> User | None:
        """The actor as the roster knows them; None where it does not."""
        return self.roster.user(self.actor.user_id)

    @property
    def day(self) -> date:
        """The day on which teams are looked at."""
        return self.account.calendar.day_of(self.as_of)

    @property
    def is_mixed(self) -> bool:
        """Whether the goal has rows of users and of teams, before or after."""
        return any(map(_is_mixed, self.goals))

    @property
    def frees_users(self) -> bool:
        """Whether users are inside a team's goal before and not after: whoever takes the teams away changes who may edit them."""
        return (
            self.before is not None and _is_mixed(self.before) and self.after is not None and not _is_mixed(self.after)
        )

    @property
    def added(self) -> tuple[Contributor, ...]:
        """Whose rows the goal has after and did not have before."""
        if self.after is None:
            return ()
        had = set[Contributor]() if self.before is None else {row.contributor for row in self.before.assignments}
        return tuple(row.contributor for row in self.after.assignments if row.contributor not in had)

    @property
    def touched(self) -> tuple[Contributor, ...]:
        """Whose rows are added, changed or taken away; all, where the goal itself changes or nothing is said of how it would."""
        if self.before is None or self.after is None or not _is_same_but_for_rows(self.before, self.after):
            return tuple(dict.fromkeys(row.contributor for goal in self.goals for row in goal.assignments))
        return tuple(dict.fromkeys(_changed(self.before, self.after)))

    def is_own(self, contributor: Contributor) -> bool:
        """Whether a row is the actor's own user row."""
        return contributor.kind is ContributorKind.USER and contributor.id == self.actor.user_id

    def covers(self, scope: Scope, contributor: Contributor) -> bool:
        """Whether a scope of the actor covers a row (rule A3)."""
        if scope is Scope.EVERYONE or self.is_own(contributor):
            return True
        team: str | None = None
        if contributor.kind is ContributorKind.TEAM:
            team = contributor.id
        elif contributor.kind is ContributorKind.USER:
            team = self.roster.main_team(contributor.id, on=self.day)
        own = self.roster.main_team(self.actor.user_id, on=self.day)
        return scope is Scope.TEAM and team is not None and own is not None and own in self.roster.above(team)


def _is_mixed(goal: Goal) -> bool:
    return {ContributorKind.USER, ContributorKind.TEAM} <= {row.contributor.kind for row in goal.assignments}


def _is_same_but_for_rows(before: Goal, after: Goal) -> bool:
    names = ("id", "account_id", "name", "measure", "template", "duration", "slices", "calendar", "currency", "closing")
    more = ("milestones", "pipeline", "team_credit", "created_by")
    return all(getattr(before, name) == getattr(after, name) for name in (*names, *more))


def _changed(before: Goal, after: Goal) -> Iterator[Contributor]:
    for one, other in ((before, after), (after, before)):
        for row in one.assignments:
            if _row(other, row.contributor) != row:
                yield row.contributor


def _row(goal: Goal, contributor: Contributor) -> Assignment | None:
    place = goal.place(contributor)
    return None if place is None else goal.assignments[place]
