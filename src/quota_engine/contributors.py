"""Who can have a goal, and who belongs where on a day: users, teams, memberships. Source: rules C2, C3 and P7."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from itertools import dropwhile
from typing import TypeVar

from attrs import Factory, field, frozen

from quota_engine import _fields
from quota_engine._fields import Field, FrozenMap
from quota_engine.accounts import Seat
from quota_engine.errors import InvalidValue, invalid

Item = TypeVar("Item")


class ContributorKind(StrEnum):
    """What a contributor is."""

    USER = "user"
    TEAM = "team"
    PIPELINE = "pipeline"
    ACCOUNT = "account"

    __hash__ = str.__hash__  # that of an enum is many times slower, and rows are found by it


def _as_kind(value: str) -> ContributorKind:
    return _fields.word(value, "kind", ContributorKind)


def _check_account_id(contributor: Contributor, attribute: Field, given: str) -> None:
    if contributor.kind is ContributorKind.ACCOUNT and given != ContributorKind.ACCOUNT:
        raise invalid(attribute.name, given, '"account": there is one whole account', code="not_the_account")


@frozen(order=True)
class Contributor:
    """Someone or something that can be given a goal. Ids are the host's, compared exactly.

    >>> Contributor.user("ada"), str(Contributor.account())
    (Contributor(kind=<ContributorKind.USER: 'user'>, id='ada'), 'account')
    """

    kind: ContributorKind = field(converter=_as_kind)
    id: str = field(validator=[_fields.checked(_fields.identifier), _check_account_id])

    @classmethod
    def user(cls, user_id: str) -> Contributor:
        """Return the user of an id: credited with the records that the user owns."""
        return cls(ContributorKind.USER, user_id)

    @classmethod
    def team(cls, team_id: str) -> Contributor:
        """Return the team of an id: credited with the records of its members."""
        return cls(ContributorKind.TEAM, team_id)

    @classmethod
    def pipeline(cls, pipeline_id: str) -> Contributor:
        """Return the pipeline of an id: credited with its records, whoever owns them."""
        return cls(ContributorKind.PIPELINE, pipeline_id)

    @classmethod
    def account(cls) -> Contributor:
        """Return the whole account: credited with every record."""
        return cls(ContributorKind.ACCOUNT, ContributorKind.ACCOUNT.value)

    def __str__(self) -> str:
        """Return kind and id, such as "user ada"."""
        return "account" if self.kind is ContributorKind.ACCOUNT else f"{self.kind} {self.id}"


def _check_after(name: str) -> _fields.Validator:
    """Return a validator: the field, where it is given, lies after the field of that name, where that is given."""

    def validate(holder: object, attribute: Field, value: object) -> None:
        start = getattr(holder, name)
        if value is not None and start is not None and value <= start:
            raise invalid(attribute.name, str(value), f"after {name} {start}", code="end_before_start")

    return validate


def _as_start(moment: datetime) -> datetime:
    return _fields.instant(moment, "start")


def _as_end(moment: datetime | None) -> datetime | None:
    return None if moment is None else _fields.instant(moment, "end")


def _as_recorded_at(moment: datetime | None) -> datetime | None:
    return None if moment is None else _fields.instant(moment, "recorded_at")


@frozen
class Absence:
    """A time in which a user is not active: deactivated, deleted, or away; all moments are kept in UTC. Source: rule P7.

    Attributes:
        start: the moment from which the user is inactive.
        end: the moment of return, from which the user is active again; None while there is none.
        recorded_at: when it was recorded; None means that it was always known.
    """

    start: datetime = field(converter=_as_start)
    end: datetime | None = field(default=None, converter=_as_end, validator=_check_after("start"))
    recorded_at: datetime | None = field(default=None, converter=_as_recorded_at)

    def covers(self, moment: datetime) -> bool:
        """Whether the user is inactive at a moment."""
        when = _fields.instant(moment, "moment")
        return self.start <= when and (self.end is None or when < self.end)


def _as_seats(seats: Iterable[Seat]) -> tuple[Seat, ...]:
    return _fields.items(seats, "seats", Seat, "seats", most=100)


def _as_absences(absences: Iterable[Absence]) -> tuple[Absence, ...]:
    return _fields.items(absences, "absences", Absence, "absences", most=1_000)


@frozen
class User:
    """A person in the CRM. Someone who has left stays in the roster, with an absence that does not end.

    Attributes:
        id: the host's id; records name it as their owner.
        name: for people to read; may be empty.
        seats: the user's own licences.
        absences: when the user was not active.
    """

    id: str = field(validator=_fields.checked(_fields.identifier))
    name: str = field(default="", validator=_fields.checked(_fields.text))
    seats: tuple[Seat, ...] = field(default=(), converter=_as_seats)
    absences: tuple[Absence, ...] = field(default=(), converter=_as_absences)

    def active_at(self, moment: datetime) -> bool:
        """Whether no absence covers a moment."""
        when = _fields.instant(moment, "moment")
        return not any(absence.covers(when) for absence in self.absences)

    def has_left(self, moment: datetime) -> bool:
        """Whether the user is not active at a moment and will not be again: an absence that does not end, as rule P7 has it.

        Absences that touch or overlap count as one, so a leave that is followed by leaving is no leave.
        """
        back = _fields.instant(moment, "moment")
        for absence in sorted(self.absences, key=_first_moment):
            if absence.start <= back:
                if absence.end is None:
                    return True
                back = max(back, absence.end)
        return False


def _first_moment(absence: Absence) -> datetime:
    return absence.start


@frozen
class Team:
    """A team of users, possibly below another team.

    Attributes:
        id: the host's id.
        name: for people to read; may be empty.
        parent: the id of the team above, None at the top.
    """

    id: str = field(validator=_fields.checked(_fields.identifier))
    name: str = field(default="", validator=_fields.checked(_fields.text))
    parent: str | None = field(default=None, validator=_fields.checked(_fields.optional(_fields.identifier)))


@frozen
class Membership:
    """The fact that a user belongs to a team for a time. Facts are added, never rewritten: a later one overrides. Rule C2.

    Attributes:
        user: the user's id.
        team: the team's id; None, for a main membership alone, says that the user has no main team in that time.
        main: whether it is the user's main team, of which there is one at a time, or an extra one.
        since: the first day that counts; None for always.
        until: the first day that no longer counts; None for always.
        recorded_at: when it was recorded; None means that it was always known.
    """

    user: str = field(validator=_fields.checked(_fields.identifier))
    team: str | None = field(validator=_fields.checked(_fields.optional(_fields.identifier)))
    main: bool = field(default=True, validator=_fields.checked(_fields.flag), kw_only=True)
    since: date | None = field(
        default=None, validator=_fields.checked(_fields.optional(_fields.calendar_day)), kw_only=True
    )
    until: date | None = field(
        default=None,
        validator=[_fields.checked(_fields.optional(_fields.calendar_day)), _check_after("since")],
        kw_only=True,
    )
    recorded_at: datetime | None = field(default=None, converter=_as_recorded_at, kw_only=True)

    def __attrs_post_init__(self) -> None:
        """Refuse an extra membership of no team."""
        if self.team is None and not self.main:
            raise InvalidValue("team: expected a team for an extra membership", code="required", field="team")

    def covers(self, day: date) -> bool:
        """Whether it holds on a day."""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)

    def clashes(self, other: Membership) -> bool:
        """Whether both claim to be the main one on some day, and neither was recorded later than the other."""
        return (
            self.main
            and other.main
            and self.team != other.team
            and self.recorded_at == other.recorded_at
            and (self.since is None or other.until is None or self.since < other.until)
            and (other.since is None or self.until is None or other.since < self.until)
        )


def _as_users(users: Iterable[User]) -> tuple[User, ...]:
    return _unique(_fields.items(users, "users", User, "users", most=1_000_000), "users", _id)


def _as_teams(teams: Iterable[Team]) -> tuple[Team, ...]:
    return _unique(_fields.items(teams, "teams", Team, "teams"), "teams", _id)


def _as_memberships(memberships: Iterable[Membership]) -> tuple[Membership, ...]:
    return _fields.items(memberships, "memberships", Membership, "memberships", most=1_000_000)


def _id(holder: User | Team) -> str:
    return holder.id


def _unique(found: tuple[Item, ...], name: str, key: Callable[[Item], str]) -> tuple[Item, ...]:
    seen: set[str] = set()
    for index, item in enumerate(found):
        if key(item) in seen:
            raise invalid(f"{name}[{index}]", key(item), "each id once", code="duplicate")
        seen.add(key(item))
    return found


def _check_tree(_roster: Roster, _attribute: Field, teams: tuple[Team, ...]) -> None:
    parents = {team.id: team.parent for team in teams}
    sound: set[str] = set()
    for team in teams:
        path: dict[str, None] = {}
        above: str | None = team.id
        while above is not None and above not in sound:
            if above not in parents:
                raise invalid("teams", above, "a parent that is one of the teams", code="unknown_team")
            if above in path:
                cycle = " > ".join([*dropwhile(above.__ne__, path), above])
                raise invalid("teams", cycle, "no team above itself", code="cycle")
            path[above] = None
            above = parents[above]
        sound.update(path)


def _check_memberships(roster: Roster, _attribute: Field, memberships: tuple[Membership, ...]) -> None:
    users, teams = {user.id for user in roster.users}, {team.id for team in roster.teams}
    rivals: dict[tuple[str, datetime | None], list[Membership]] = {}
    for index, membership in enumerate(memberships):
        if membership.user not in users:
            raise invalid(f"memberships[{index}].user", membership.user, "one of the users", code="unknown_user")
        if membership.team is not None and membership.team not in teams:
            raise invalid(f"memberships[{index}].team", membership.team, "one of the teams", code="unknown_team")
        if membership.main:
            rivals.setdefault((membership.user, membership.recorded_at), []).append(membership)
    for (user, _), held in rivals.items():
        _check_one_main_team(user, sorted(held, key=_first_day))


def _check_one_main_team(user: str, by_start: list[Membership]) -> None:
    """Refuse two main teams on one day. In order of start it is enough to look back at the one that lasts longest."""
    longest = by_start[0]
    for membership in by_start[1:]:
        if membership.clashes(longest):
            teams = f"{longest.team} and {membership.team}"
            expected = f"one main team a day at one recording time, not both {teams}"
            raise invalid("memberships", user, expected, code="two_main_teams")
        longest = max(longest, membership, key=_day_after)


def _first_day(membership: Membership) -> int:
    return 0 if membership.since is None else membership.since.toordinal()


def _day_after(membership: Membership) -> int:
    return date.max.toordinal() + 1 if membership.until is None else membership.until.toordinal()


def _users_by_id(roster: Roster) -> FrozenMap[str, User]:
    return FrozenMap((user.id, user) for user in roster.users)


def _teams_by_id(roster: Roster) -> FrozenMap[str, Team]:
    return FrozenMap((team.id, team) for team in roster.teams)


def _memberships_by_user(roster: Roster) -> FrozenMap[str, tuple[Membership, ...]]:
    by_user: dict[str, list[Membership]] = {}
    for membership in roster.memberships:
        by_user.setdefault(membership.user, []).append(membership)
    return FrozenMap((user, tuple(held)) for user, held in by_user.items())


@frozen
class Roster:
    """Everyone and every team of an account, with who belonged where and when.

    Raises:
        InvalidValue: an id twice, a team above itself (the cycle is named), a membership of someone unknown, or two main teams
            on one day that were recorded at the same time.
    """

    users: tuple[User, ...] = field(default=(), converter=_as_users)
    teams: tuple[Team, ...] = field(default=(), converter=_as_teams, validator=_check_tree)
    memberships: tuple[Membership, ...] = field(default=(), converter=_as_memberships, validator=_check_memberships)
    _users: FrozenMap[str, User] = field(
        init=False, eq=False, repr=False, default=Factory(_users_by_id, takes_self=True)
    )
    _teams: FrozenMap[str, Team] = field(
        init=False, eq=False, repr=False, default=Factory(_teams_by_id, takes_self=True)
    )
    _memberships: FrozenMap[str, tuple[Membership, ...]] = field(
        init=False, eq=False, repr=False, default=Factory(_memberships_by_user, takes_self=True)
    )

    @cached_property
    def absentees(self) -> tuple[User, ...]:
        """The users with an absence, be it past or to come."""
        return tuple(user for user in self.users if user.absences)

    @cached_property
    def turning(self) -> tuple[Membership, ...]:
        """The memberships that become known at some time, or begin or end on some day."""
        return tuple(m for m in self.memberships if (m.recorded_at, m.since, m.until) != (None, None, None))

    def user(self, user_id: str) -> User | None:
        """Return the user of an id, None where there is none."""
        return self._users.get(user_id)

    def team(self, team_id: str) -> Team | None:
        """Return the team of an id, None where there is none."""
        return self._teams.get(team_id)

    def name_of(self, contributor: Contributor) -> str:
        """Return the name of a contributor for people to read: its own, or its id where it has none."""
        holder: User | Team | None = None
        if contributor.kind is ContributorKind.USER:
            holder = self.user(contributor.id)
        elif contributor.kind is ContributorKind.TEAM:
            holder = self.team(contributor.id)
        return (holder.name if holder else "") or contributor.id

    def search(self, text: str) -> tuple[Contributor, ...]:
        """Return the users and teams whose name or id contains a text, case ignored, users first, each in roster order."""
        wanted = _fields.text(text, "text").casefold()
        return tuple(
            make(holder.id)
            for holders, make in ((self.users, Contributor.user), (self.teams, Contributor.team))
            for holder in holders
            if wanted in holder.name.casefold() or wanted in holder.id.casefold()
        )

    def memberships_of(self, user_id: str) -> tuple[Membership, ...]:
        """Return every fact about where a user belongs, in roster order."""
        return self._memberships.get(user_id, ())

    def main_team(self, user_id: str, *, on: date) -> str | None:
        """Return the id of a user's main team on a day, by all that is recorded; None where there is none."""
        return main_team_of(self.memberships_of(user_id), _fields.calendar_day(on, "on"))

    def teams_of(self, user_id: str, *, on: date) -> frozenset[str]:
        """Return the ids of all teams a user belongs to on a day, main and extra."""
        held = self.memberships_of(user_id)
        main = self.main_team(user_id, on=on)
        return extra_teams_of(held, on) | ({main} if main is not None else frozenset())

    def members(self, team_id: str, *, on: date) -> tuple[str, ...]:
        """Return the ids of the users whose main team this is on a day, in roster order; an empty team has none (rule C7)."""
        return tuple(user.id for user in self.users if self.main_team(user.id, on=on) == team_id)

    def above(self, team_id: str) -> tuple[str, ...]:
        """Return the ids of a team and of the teams above it, the nearest first, as the tree is now."""
        found: list[str] = []
        team = self.team(team_id)
        while team is not None:
            found.append(team.id)
            team = self.team(team.parent) if team.parent is not None else None
        return tuple(found)


def main_team_of(memberships: Iterable[Membership], day: date) -> str | None:
    """Return the main team on a day by these facts: of those that cover the day, the latest recorded holds (rule C2)."""
    covering = [membership for membership in memberships if membership.main and membership.covers(day)]
    return max(covering, key=_recorded).team if covering else None


def extra_teams_of(memberships: Iterable[Membership], day: date) -> frozenset[str]:
    """Return the extra teams on a day by these facts."""
    return frozenset(m.team for m in memberships if not m.main and m.team is not None and m.covers(day))


def _recorded(membership: Membership) -> tuple[bool, datetime | None]:
    """Order memberships by recording time; one without was always known, so it comes first."""
    return (membership.recorded_at is not None, membership.recorded_at)
