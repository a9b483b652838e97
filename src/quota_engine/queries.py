"""Which goals are looked for, and which of them somebody may see. Source: rules G2 and A3."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final

from attrs import field, frozen

from quota_engine import _fields
from quota_engine._fields import FrozenMap
from quota_engine.accounts import Account
from quota_engine.contributors import Contributor, ContributorKind, Roster
from quota_engine.durations import Cadence, cadence
from quota_engine.goals import Goal
from quota_engine.periods import Period

_MOST_CONTRIBUTORS: Final = 1_000_000


def _as_contributors(contributors: Iterable[Contributor] | None) -> frozenset[Contributor] | None:
    if contributors is None:
        return None
    return frozenset(_fields.items(contributors, "contributors", Contributor, "contributors", most=_MOST_CONTRIBUTORS))


@frozen
class Sight:
    """What somebody may see of goals: a row that they may see makes a goal visible (rule A3).

    Attributes:
        user_id: who sees: their own row in any goal, and goals without rows that they created.
        contributors: whose rows they may see; None for all, and then every goal without rows as well.
        users_inside_teams: whether that holds for rows of users in goals that have rows of teams, too.
    """

    user_id: str
    contributors: frozenset[Contributor] | None = field(converter=_as_contributors)
    users_inside_teams: bool = field(validator=_fields.checked(_fields.flag))

    def shows(self, goal: Goal) -> bool:
        """Whether a goal is visible."""
        if not goal.assignments:
            return self.contributors is None or goal.created_by == self.user_id
        return bool(self.rows(goal))

    def rows(self, goal: Goal) -> tuple[Contributor, ...]:
        """Return whose rows of a goal are visible, in the order of the rows."""
        found = tuple(row.contributor for row in goal.assignments)
        has_teams = any(contributor.kind is ContributorKind.TEAM for contributor in found)
        return tuple(contributor for contributor in found if self._sees(contributor, has_teams=has_teams))

    def shows_owner(self, owner_id: str | None, goal: Goal) -> bool:
        """Whether records of an owner may be shown beside rows of a goal; those of nobody to whoever sees all rows."""
        has_teams = any(row.contributor.kind is ContributorKind.TEAM for row in goal.assignments)
        if owner_id is None:
            return self.contributors is None and (self.users_inside_teams or not has_teams)
        return self._sees(Contributor.user(owner_id), has_teams=has_teams)

    def _sees(self, contributor: Contributor, *, has_teams: bool) -> bool:
        is_user = contributor.kind is ContributorKind.USER
        if is_user and contributor.id == self.user_id:
            return True
        if is_user and has_teams and not self.users_inside_teams:
            return False
        return self.contributors is None or contributor in self.contributors


class SortBy(StrEnum):
    """What goals are listed by: their ids, names, the names of their measures, the first or the last day of their slices."""

    ID = "id"
    NAME = "name"
    MEASURE = "measure"
    FIRST_DAY = "first_day"
    LAST_DAY = "last_day"


# Days as ISO text, which sorts as they do: a place is text alone, which any store can keep and compare.
_SORTED_AS: Final[FrozenMap[SortBy, Callable[[Goal], str]]] = FrozenMap(
    {
        SortBy.ID: lambda goal: goal.id,
        SortBy.NAME: lambda goal: goal.name.casefold(),
        SortBy.MEASURE: lambda goal: goal.measure.name.casefold(),
        SortBy.FIRST_DAY: lambda goal: goal.slices.span.start.isoformat(),
        SortBy.LAST_DAY: lambda goal: goal.slices.span.last_day.isoformat(),
    }
)


def _as_sort(sort: str) -> SortBy:
    return _fields.word(sort, "sort", SortBy)


def _as_cadence(value: str | None) -> Cadence | None:
    return None if value is None else cadence(value)


@frozen(kw_only=True)
class GoalQuery:
    """Which goals are looked for, and in which order; of what is None nothing is asked, and all that is asked for must hold.

    Source: rule G2.

    Attributes:
        name: text that the goal's name contains, case ignored.
        template: the name of the template it was planned from.
        measure: the name of its measure.
        cadence: how it is sliced.
        during: days of which its slices share one.
        contributors: whose rows: it has one of them. None for any goal; empty for none.
        pipeline: a pipeline that one of its rows names, or tracks with all others.
        sight: who looks: goals that they may not see are left out, and rows that they may not see match nothing.
        sort: what they are listed by; see `place`.
        descending: from the last to the first. The whole order is turned round, equal names with it.

    Raises:
        InvalidType, InvalidValue: naming the field; for `sort`, with the words that there are.
    """

    name: str | None = field(default=None, validator=_fields.checked(_fields.optional(_fields.text)))
    template: str | None = field(default=None, validator=_fields.checked(_fields.optional(_fields.identifier)))
    measure: str | None = field(default=None, validator=_fields.checked(_fields.optional(_fields.name)))
    cadence: Cadence | None = field(default=None, converter=_as_cadence)
    during: Period | None = field(
        default=None, validator=_fields.checked(_fields.optional(_fields.instance_of(Period, "a Period")))
    )
    contributors: frozenset[Contributor] | None = field(default=None, converter=_as_contributors)
    pipeline: str | None = field(default=None, validator=_fields.checked(_fields.optional(_fields.identifier)))
    sight: Sight | None = field(
        default=None, validator=_fields.checked(_fields.optional(_fields.instance_of(Sight, "a Sight")))
    )
    sort: SortBy = field(default=SortBy.ID, converter=_as_sort)
    descending: bool = field(default=False, validator=_fields.checked(_fields.flag))

    def place(self, goal: Goal) -> tuple[str, str]:
        """Return where a goal stands in the order: what it is listed by, then its id, since no two goals have the same.

        Goals come by ascending places, or by descending ones: what a repository's own order must agree with. Both parts are
        compared character by character, by code point. Names are taken without regard to case, and days are written YYYY-MM-DD.
        """
        return _SORTED_AS[self.sort](goal), goal.id

    def matches(self, goal: Goal) -> bool:
        """Whether a goal is one that is looked for: what a repository's own search must agree with."""
        return (
            (self.name is None or self.name.casefold() in goal.name.casefold())
            and (self.template is None or goal.template == self.template)
            and (self.measure is None or goal.measure.name == self.measure)
            and (self.cadence is None or goal.duration.cadence is self.cadence)
            and (self.during is None or goal.slices.span.overlaps(self.during))
            and (self.sight is None or self.sight.shows(goal))
            and ((self.contributors is None and self.pipeline is None) or self._matches_rows(goal))
        )

    def _matches_rows(self, goal: Goal) -> bool:
        wanted, pipeline = self.contributors, self.pipeline
        seen = None if self.sight is None else frozenset(self.sight.rows(goal))
        rows = [row for row in goal.assignments if seen is None or row.contributor in seen]
        return (wanted is None or any(row.contributor in wanted for row in rows)) and (
            pipeline is None or any(row.admits(pipeline) for row in rows)
        )


def user_rows(roster: Roster, user_id: str, *, on: datetime, account: Account) -> frozenset[Contributor]:
    """Return a user and the teams that they belong to on a day, for a query that is to find team rows as well."""
    teams = roster.teams_of(user_id, on=account.calendar.day_of(on))
    return frozenset([Contributor.user(user_id), *(Contributor(ContributorKind.TEAM, team) for team in teams)])
