"""The people of an account: they come, go, move and are away, and what was known of them is written anew."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Final

from attrs import evolve

from quota_engine import Absence, InvalidValue, Membership, Roster, Seat, Team, User
from tests.wide_lives.draws import DAY, NONE, TEAMS, USERS

CHANGES: Final = (
    *("lost", "new", "moves", "moves", "never moved", "moved otherwise", "away", "back", "never away"),
    *("teams anew", "team lost", "teams side by side", "another seat"),
)


@dataclass
class People:
    """Who belongs where, as it is now.

    Attributes:
        rng: what is left to chance.
        users: the users, by id.
        teams: the teams, by id.
        memberships: who is in which, and since when.
    """

    rng: Random
    users: dict[str, User] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    memberships: list[Membership] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Let some be there from the start."""
        rng = self.rng
        self.users = {user: User(user) for user in USERS if rng.random() < 0.8}
        above = {"north": None, "south": rng.choice((None, "north")), "west": rng.choice((None, "south"))}
        self.teams = {team: Team(team, parent=parent) for team, parent in above.items()}
        self.memberships = [Membership(user, rng.choice(TEAMS)) for user in self.users if rng.random() < 0.8]

    def roster(self) -> Roster:
        """Return the roster. Fills `RosterSource`."""
        return Roster(list(self.users.values()), list(self.teams.values()), self.memberships)

    def change(self, now: datetime) -> str:
        """Change something, unless that contradicts itself, and return what it was."""
        before = dict(self.users), dict(self.teams), list(self.memberships)
        what = self.rng.choice(CHANGES)
        user = self.rng.choice(sorted(self.users)) if self.users else None
        if what in {"new", "never moved", "moved otherwise", "teams anew", "team lost", "teams side by side"}:
            self._change_all(what, now)
        elif user is not None:
            self._change_one(what, user, now)
        try:
            self.roster()
        except InvalidValue:
            self.users, self.teams, self.memberships = before
            return f"{what}, refused"
        return f"{what}: {user}"

    def _change_all(self, what: str, now: datetime) -> None:
        rng = self.rng
        match what:
            case "new":
                self.users = {user: User(user) for user in USERS} | self.users
            case "never moved":
                self.memberships = self.memberships[1:]
            case "moved otherwise" if self.memberships:
                place = rng.randrange(len(self.memberships))
                fact = self.memberships[place]
                until = now.date() + rng.choice((-3, 1)) * DAY if fact.since is None else None
                self.memberships[place] = evolve(fact, until=until, recorded_at=rng.choice((None, now)))
            case "teams anew":
                self.teams = {"north": Team("north"), "south": Team("south"), "west": Team("west", parent="north")}
            case "team lost" if self.teams:
                lost = rng.choice(sorted(self.teams))
                self.teams = {
                    team.id: evolve(team, parent=None if team.parent == lost else team.parent)
                    for team in self.teams.values()
                    if team.id != lost
                }
                self.memberships = [each for each in self.memberships if each.team != lost]
            case _:
                self.teams = {team.id: evolve(team, parent=None) for team in self.teams.values()}

    def _change_one(self, what: str, user_id: str, now: datetime) -> None:
        rng, user = self.rng, self.users[user_id]
        match what:
            case "lost":
                del self.users[user_id]
                self.memberships = [each for each in self.memberships if each.user != user_id]
            case "moves":
                day = now.date() + rng.choice((0, -10, 3, -40)) * DAY
                team = rng.choice((*self.teams, None))
                fact = Membership(
                    user_id,
                    team,
                    main=team is None or rng.random() < 0.7,
                    since=rng.choice((None, day)),
                    until=rng.choice((None, day + 4 * DAY)),
                    recorded_at=rng.choice((None, now, now - 8 * DAY, now + DAY)),
                )
                self.memberships = [*self.memberships, fact]
            case "away":
                start = now + rng.choice((NONE, -DAY, DAY, -9 * DAY))
                end = rng.choice((None, None, start + 2 * DAY, start + 10 * DAY))
                absence = Absence(start, end, rng.choice((None, now, now + DAY)))
                self.users[user_id] = evolve(user, absences=[*user.absences, absence])
            case "back":
                absences = [
                    evolve(each, end=now) if each.end is None and each.start < now else each for each in user.absences
                ]
                self.users[user_id] = evolve(user, absences=absences)
            case "never away":
                self.users[user_id] = evolve(user, absences=user.absences[1:])
            case _:
                self.users[user_id] = evolve(user, name="X", seats=[Seat("sales", "enterprise")])
