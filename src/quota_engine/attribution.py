"""Whose is a record? Which users, teams, pipelines and accounts a record counts for, by what was known in time.

Sources: rules C1 to C3 and C5 to C7 for credit, P6 for what a slice may know, P7 for people who are not active.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise

from attrs import Factory, field, frozen

from quota_engine.assignments import Members, TeamCredit
from quota_engine.contributors import Absence, Membership, Roster, User, extra_teams_of, main_team_of
from quota_engine.fiscal import local_day
from quota_engine.periods import Period
from quota_engine.splits import Split, Splits
from quota_engine.timetables import Timetable


@frozen
class Stretch:
    """Days of a slice over which the records of one user count for the same teams.

    Attributes:
        number: of the slice.
        days: the days; the stretches of a slice tile it.
        teams: the ids of the teams that the records count for.
    """

    number: int
    days: Period
    teams: frozenset[str]


def _absentees(attribution: Attribution) -> frozenset[str]:
    """Return the ids of the users whom some absence that is known concerns."""
    users = () if attribution.roster is None else attribution.roster.absentees
    return frozenset(user.id for user in users if any(attribution.is_known(a.recorded_at) for a in user.absences))


@frozen(kw_only=True)
class Attribution:
    """The rules of credit, with all that they depend on beside the goals and the records.

    Attributes:
        roster: who belongs where; None when every owner is a known, active user and there are no teams.
        splits: records of which several users get a share; None where every owner gets all.
        as_of: the moment asked about.
        known_at: what was recorded later does not exist.
    """

    roster: Roster | None
    splits: Splits | None
    as_of: datetime
    known_at: datetime
    absentees: frozenset[str] = field(init=False, default=Factory(_absentees, takes_self=True))

    def knows(self, owner_id: str | None) -> bool:
        """Whether an owner is a user; a record of anyone else counts for pipelines and the account alone (rule C6)."""
        return owner_id is not None and (self.roster is None or self.roster.user(owner_id) is not None)

    def is_plain(self, owner_id: str | None) -> bool:
        """Whether an owner is a user who was never away, so that one version of a record holds for all rows alike."""
        return self.knows(owner_id) and owner_id not in self.absentees

    def stretches(self, times: Timetable, credit: TeamCredit, owner_id: str) -> tuple[Stretch, ...]:
        """Return the days of all slices, cut where the teams that an owner's records count for change (rule C2)."""
        memberships = () if self.roster is None else self.roster.memberships_of(owner_id)
        found: list[Stretch] = []
        for number, part in enumerate(times.slices):
            admitted = [m for m in memberships if self._is_admitted(m.recorded_at, times, number)]
            if credit.members is Members.CURRENT:
                found.append(Stretch(number, part, self._teams(admitted, self._current_day(times, number), credit)))
                continue
            changes = {day for m in admitted for day in (m.since, m.until) if day is not None and day in part}
            cuts = [*sorted(changes | {part.start}), part.end]
            found.extend(
                Stretch(number, Period(start, end), self._teams(admitted, start, credit))
                for start, end in pairwise(cuts)
            )
        return tuple(found)

    def _teams(self, memberships: Iterable[Membership], day: date, credit: TeamCredit) -> frozenset[str]:
        held = list(memberships)
        main = main_team_of(held, day)
        teams = frozenset({main} if main is not None else ())
        if credit.extra:
            teams |= extra_teams_of(held, day)
        if credit.descendants and self.roster is not None:
            teams = frozenset(above for team in teams for above in self.roster.above(team))
        return teams

    def _current_day(self, times: Timetable, number: int) -> date:
        """Return the day on which current members are current: today, or that of the last instant before the slice froze."""
        freeze = times.freezes[number]
        moment = self.as_of if freeze is None else min(self.as_of, freeze - timedelta(microseconds=1))
        return local_day(moment, times.zone)

    def inactive(self, times: Timetable, number: int, user_id: str) -> tuple[tuple[datetime, datetime | None], ...]:
        """Return the times, from and up to but not including, in which a user's absence leaves its trace in a slice (rule P7).

        Absences that touch count as one. One that ended before the end of the slice, and has ended by now, leaves no trace.
        """
        user = None if self.roster is None else self.roster.user(user_id)
        if user is None:
            return ()
        admitted = [a for a in user.absences if self._is_admitted(a.recorded_at, times, number)]
        ended = min(times.ends[number] - timedelta(microseconds=1), self.as_of)
        return tuple((start, end) for start, end in _joined(admitted) if end is None or end > ended)

    def split_ids(self, kind: str) -> frozenset[str]:
        """Return the ids of the records of a kind that are split, at whatever time."""
        return frozenset() if self.splits is None else self.splits.ids(kind)

    def splits_of(self, times: Timetable, number: int, kind: str, record_id: str) -> Sequence[Split]:
        """Return the splits of a record that a slice may know, in the order of their recording (rule P6)."""
        if self.splits is None:
            return ()
        return [
            split for split in self.splits.of(kind, record_id) if self._is_admitted(split.recorded_at, times, number)
        ]

    def is_known(self, recorded_at: datetime | None) -> bool:
        """Whether a fact had been recorded by `known_at`; one without a recording time was always known."""
        return recorded_at is None or recorded_at <= self.known_at

    def _is_admitted(self, recorded_at: datetime | None, times: Timetable, number: int) -> bool:
        """Whether a fact about people was recorded in time for a slice (rule P6)."""
        freeze = times.freezes[number]
        return self.is_known(recorded_at) and (recorded_at is None or freeze is None or recorded_at < freeze)


def _joined(absences: Iterable[Absence]) -> list[tuple[datetime, datetime | None]]:
    joined: list[tuple[datetime, datetime | None]] = []
    for absence in sorted(absences, key=_start):
        if joined and (joined[-1][1] is None or absence.start <= joined[-1][1]):
            start, end = joined[-1]
            joined[-1] = (start, None if end is None or absence.end is None else max(end, absence.end))
        else:
            joined.append((absence.start, absence.end))
    return joined


def _start(absence: Absence) -> datetime:
    return absence.start


def is_within(moment: datetime, times: Iterable[tuple[datetime, datetime | None]]) -> bool:
    """Whether a moment lies in one of several times, each from its start up to but not including its end."""
    return any(start <= moment and (end is None or moment < end) for start, end in times)


def turned(before: Roster, after: Roster, times: tuple[datetime, datetime]) -> frozenset[str]:
    """Return the ids of users whose records may count otherwise at the later of two times than at the earlier one.

    They are those of whom the roster says something else, and those of whom something became known in between, or of whom an
    absence ended. Who belongs where *currently* is another matter: see `turned_today`.
    """
    if before is after:
        people: Sequence[User] = after.absentees
        changed: set[str] = set()
    else:
        old, new = ({user.id: user for user in roster.users} for roster in (before, after))
        people = [user for user in after.absentees if old.get(user.id) == user]
        changed = {user_id for user_id in {*old, *new} if old.get(user_id) != new.get(user_id)}
        members = {member.user for member in (*before.memberships, *after.memberships)}
        changed |= {user for user in members if before.memberships_of(user) != after.memberships_of(user)}
    known = {user.id for user in people if any(_turns(absence, times) for absence in user.absences)}
    return frozenset(changed | known | {member.user for member in after.turning if _is_in(member.recorded_at, times)})


def turned_today(roster: Roster, days: Period) -> frozenset[str]:
    """Return the ids of users with a membership that begins or ends on one of some days."""
    memberships = roster.turning
    return frozenset(
        member.user
        for member in memberships
        if any(day is not None and day in days for day in (member.since, member.until))
    )


def _turns(absence: Absence, times: tuple[datetime, datetime]) -> bool:
    return _is_in(absence.recorded_at, times) or _is_in(absence.end, times)


def _is_in(moment: datetime | None, times: tuple[datetime, datetime]) -> bool:
    """Whether a moment comes after the earlier of two times and not after the later."""
    return moment is not None and times[0] < moment <= times[1]
