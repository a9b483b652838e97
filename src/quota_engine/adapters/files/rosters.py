"""Rosters from files: users, teams, and who belongs where."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from itertools import dropwhile
from pathlib import Path
from typing import Final

from quota_engine import _fields
from quota_engine.adapters.files import cells
from quota_engine.adapters.files.manifests import Manifest
from quota_engine.adapters.files.mistakes import Mistakes
from quota_engine.adapters.files.sheets import MANIFEST, Sheet, Wanted
from quota_engine.contributors import Membership, Roster, Team, User
from quota_engine.errors import QuotaError, shown


def read_roster(folder: Path, manifest: Manifest, mistakes: Mistakes) -> Roster | None:
    """Return the roster of a folder; None where it has no file of people. Mistakes are noted, and what has one is left out."""
    if manifest.people is None:
        for source in (manifest.teams, manifest.memberships):
            if source is not None:
                mistakes.add(MANIFEST, source.path, "a file of people is needed as well, under the key people")
        return None
    users = _users(Sheet(folder, manifest.people, _USER, mistakes))
    teams = {} if manifest.teams is None else _teams(Sheet(folder, manifest.teams, _TEAM, mistakes))
    memberships: list[Membership] = []
    if manifest.memberships is not None:
        # Where some were refused, nobody can tell who is unknown.
        known_users = users if not mistakes.count(manifest.people.file) else None
        known_teams = teams if manifest.teams is None or not mistakes.count(manifest.teams.file) else None
        memberships = _memberships(Sheet(folder, manifest.memberships, _MEMBERSHIP, mistakes), known_users, known_teams)
    try:
        return Roster(users.values(), () if mistakes else teams.values(), () if mistakes else memberships)
    except QuotaError as error:  # more of them than a roster takes
        mistakes.refused(manifest.people.file, "", error)
        return None


_USER: Final = (
    Wanted("user_id", "an id", _fields.identifier),
    Wanted("name", "a name", _fields.text, is_filled=False, has_column=False),
)
_TEAM: Final = (
    Wanted("team_id", "an id", _fields.identifier),
    Wanted("name", "a name", _fields.text, is_filled=False, has_column=False),
    Wanted("parent", "the id of a team", _fields.identifier, is_filled=False, has_column=False),
)
_MEMBERSHIP: Final = (
    Wanted("user_id", "an id", _fields.identifier, repeats=True),
    Wanted("team_id", "an id", _fields.identifier, is_filled=False, repeats=True),
    Wanted("main", "true or false", cells.truth, is_filled=False, has_column=False, repeats=True),
    Wanted("since", "a day", _fields.day, is_filled=False, has_column=False, repeats=True),
    Wanted("until", "a day", _fields.day, is_filled=False, has_column=False, repeats=True),
    Wanted("recorded_at", "a moment", cells.moment, is_filled=False, has_column=False),
)


def _users(sheet: Sheet) -> dict[str, User]:
    users: dict[str, User] = {}
    seen: dict[str, int] = {}
    for row in sheet.rows():
        if row.is_sound("user_id") and sheet.is_first(row.number, "user_id", row["user_id"], seen):
            users[row["user_id"]] = User(row["user_id"], row["name"] or "")
    return users


def _teams(sheet: Sheet) -> dict[str, Team]:
    teams: dict[str, Team] = {}
    seen: dict[str, int] = {}
    for row in sheet.rows():
        if row.is_sound("team_id") and sheet.is_first(row.number, "team_id", row["team_id"], seen):
            teams[row["team_id"]] = Team(row["team_id"], row["name"] or "", row["parent"])
    if sheet.mistakes.count(sheet.source.file):
        return teams
    for team in teams.values():
        if team.parent is not None and team.parent not in teams:
            sheet.refuse(seen[team.id], "parent", f"expected the id of a team, got {shown(team.parent)}")
    _refuse_cycles(sheet, teams, seen)
    return teams


def _refuse_cycles(sheet: Sheet, teams: dict[str, Team], rows: dict[str, int]) -> None:
    """Note each team that is above itself, once a cycle."""
    done: set[str] = set()
    for team_id in teams:
        path: dict[str, None] = {}
        above: str | None = team_id
        while above in teams and above not in done and above not in path:
            path[above] = None
            above = teams[above].parent
        if above in path:
            cycle = " > ".join([*dropwhile(above.__ne__, path), above])
            sheet.refuse(rows[above], "parent", f"expected no team above itself, got {shown(cycle)}")
        done.update(path)


def _memberships(sheet: Sheet, users: dict[str, User] | None, teams: dict[str, Team] | None) -> list[Membership]:
    memberships: list[Membership] = []
    numbers: dict[int, int] = {}
    for row in sheet.rows():
        number, user, team = row.number, row["user_id"], row["team_id"]
        if users is not None and user not in users and row.is_sound("user_id"):
            sheet.refuse(number, "user_id", f"expected one of the people, got {shown(user)}")
        if teams is not None and team is not None and team not in teams:
            sheet.refuse(number, "team_id", f"expected one of the teams, got {shown(team)}")
        if not row.is_sound():
            continue
        try:
            membership = Membership(
                row["user_id"],
                row["team_id"],
                main=row["main"] is not False,
                since=row["since"],
                until=row["until"],
                recorded_at=row["recorded_at"],
            )
        except QuotaError as error:
            sheet.refused(number, {"team": "team_id"}.get(error.field, error.field), error)
            continue
        numbers[id(membership)] = number
        memberships.append(membership)
    _refuse_rivals(sheet, memberships, numbers)
    return memberships


def _refuse_rivals(sheet: Sheet, memberships: Iterable[Membership], numbers: dict[int, int]) -> None:
    """Note each second main team on a day. In order of start it is enough to look back at the one that lasts longest."""
    rivals: dict[tuple[str, datetime | None], list[Membership]] = {}
    for membership in memberships:
        if membership.main:
            rivals.setdefault((membership.user, membership.recorded_at), []).append(membership)
    for held in rivals.values():
        by_start = sorted(held, key=_first_day)
        longest = by_start[0]
        for membership in by_start[1:]:
            if membership.clashes(longest):
                other = sheet.where(numbers[id(longest)])
                said = f"expected one main team a day, got {shown(membership.team)} beside {shown(longest.team)} in {other}"
                sheet.refuse(numbers[id(membership)], "team_id", said)
            longest = max(longest, membership, key=_day_after)


def _first_day(membership: Membership) -> date:
    return membership.since or date.min


def _day_after(membership: Membership) -> date:
    return membership.until or date.max
