"""A goal begun anew, as for next year, without the people who are no longer active. Source: rule G2."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from attrs import field, frozen

from quota_engine import _fields
from quota_engine.accounts import Account
from quota_engine.contributors import Contributor, ContributorKind, Roster
from quota_engine.durations import Duration
from quota_engine.goals import Goal


def _as_left_out(contributors: Iterable[Contributor]) -> tuple[Contributor, ...]:
    return _fields.items(contributors, "left_out", Contributor, "contributors")


@frozen(kw_only=True)
class Clone:
    """A goal of a new identity, and who had a row in the goal that it was cloned from and has none in it.

    Attributes:
        goal: the new goal.
        left_out: the people who are no longer active, in the order of their rows; for a screen that names them.
    """

    goal: Goal = field(validator=_fields.checked(_fields.instance_of(Goal, "a Goal")))
    left_out: tuple[Contributor, ...] = field(default=(), converter=_as_left_out)


def clone_goal(
    goal: Goal,
    *,
    id: str,  # noqa: A002 - the field's own name, which people write
    name: str,
    roster: Roster,
    as_of: datetime,
    duration: Duration | None = None,
    account: Account | None = None,
) -> Clone:
    """Return a goal of a new identity with the rows of all but the people who are no longer active, and who these are.

    No longer active is a user who has left, or whom the roster does not know; see `User.has_left`. Whoever is on leave and will
    return stays, and so does whoever has no seat. Rows of teams, pipelines and the account stay whatever the roster says: these
    are no people. When everybody has left the clone is a draft. For what goes along see `Goal.clone`.

    Args:
        goal: what is cloned; it stays as it is.
        id: of the new goal.
        name: of the new goal.
        roster: the people, as they are now.
        as_of: the moment at which they are looked at; whoever is to leave later has not left.
        duration: another one, such as next year's; that of the goal where not given.
        account: plan by this account's present calendar, currency and closing rule; by the goal's own where not given.

    Raises:
        InvalidType, InvalidValue: no goal or roster, a moment without a zone, or what `Goal.clone` refuses.
    """
    original = _fields.instance_of(Goal, "a Goal")(goal, "goal")
    people = _fields.instance_of(Roster, "a Roster")(roster, "roster")
    when = _fields.instant(as_of, "as_of")
    gone = [row.contributor for row in original.assignments if _is_gone(row.contributor, people, when)]
    anew = original.clone(id=id, name=name, duration=duration, account=account)
    return Clone(goal=anew.remove(*gone), left_out=gone)


def _is_gone(contributor: Contributor, roster: Roster, when: datetime) -> bool:
    if contributor.kind is not ContributorKind.USER:
        return False
    user = roster.user(contributor.id)
    return user is None or user.has_left(when)
