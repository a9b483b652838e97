"""The manifest of a folder: `quota.json`, which names the files, says what their columns mean, and plans the goals."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Final

from attrs import frozen

from quota_engine import _fields, amounts
from quota_engine._fields import FrozenMap
from quota_engine.accounts import Account, ClosePolicy, Closing
from quota_engine.adapters.files import calendars, drafts
from quota_engine.adapters.files.documents import Section, read_json
from quota_engine.adapters.files.mistakes import Mistakes
from quota_engine.adapters.files.sheets import MANIFEST, Column, Source
from quota_engine.adapters.files.tables import is_inside
from quota_engine.errors import invalid, mistyped, shown
from quota_engine.goals import Goal

VERSION: Final = 1
_KEYS: Final = ("version", "account", "people", "teams", "memberships", "goals", "targets", "records")
_ACCOUNT: Final = ("id", "currency", *calendars.KEYS, "closing", "grace_days", "since")
_MOST_GRACE: Final = 366
FIELDS: Final = {
    "people": ("user_id", "name"),
    "teams": ("team_id", "name", "parent"),
    "memberships": ("user_id", "team_id", "main", "since", "until", "recorded_at"),
    "goals": ("goal_id", "name", *drafts.FIELDS),
    "targets": ("goal_id", "contributor_kind", "contributor_id", "day", "target", "currency", "pipelines"),
}
_AMOUNTS: Final = frozenset({"target"})


@frozen(kw_only=True)
class Records:
    """A file of records.

    Attributes:
        source: the file, and what its columns mean.
        object: the kind of all its records.
    """

    source: Source
    object: str


@frozen(kw_only=True)
class Manifest:
    """What `quota.json` says.

    Attributes:
        account: the account, with its calendar.
        people: the file of users; None where every owner is a user.
        teams: the file of teams, where there is one.
        memberships: the file of who belongs where, where there is one.
        goals: the goals that stand in the manifest, without rows.
        goals_from: the file of goals, where they do not stand in the manifest.
        targets: the file of targets; None only where it was refused.
        records: the files of records.
    """

    account: Account
    people: Source | None
    teams: Source | None
    memberships: Source | None
    goals: tuple[Goal, ...]
    goals_from: Source | None
    targets: Source | None
    records: tuple[Records, ...]


def read_manifest(folder: Path, mistakes: Mistakes) -> Manifest | None:
    """Return what the manifest of a folder says; None where it says nothing that files could be read by.

    Mistakes are noted. Where there are some, what was refused is stood in for, so that the rest can be checked as well.
    """
    mistakes.begin(MANIFEST)
    try:
        document = read_json(folder / MANIFEST, MANIFEST, mistakes)
    except FileNotFoundError:
        said = (
            "the file is missing; it names the other files and says what their columns are (docs/how-to/own-folder.md)"
        )
        mistakes.add(MANIFEST, "", said)
        return None
    except OSError as error:
        mistakes.add(MANIFEST, "", f"the file cannot be read: {error.strerror}")
        return None
    section = None if document is None else Section.of(document, "", MANIFEST, mistakes)
    if section is None:
        return None
    section.expect(_KEYS, ("account", "goals", "targets", "records"))
    section.read("version", _version, VERSION)
    account = _account(section.section("account"))
    goals, goals_from = _goals(section, account)
    targets = _source(section, "targets")
    return Manifest(
        account=account,
        people=_source(section, "people"),
        teams=_source(section, "teams"),
        memberships=_source(section, "memberships"),
        goals=goals,
        goals_from=goals_from,
        targets=targets,
        records=tuple(found for item in section.sections("records") if (found := _records(item)) is not None),
    )


# What is read for the account where its own currency is missing or wrong, so that all other mistakes are found as well.
_STAND_IN: Final = "EUR"


def _version(value: object, field: str) -> int:
    if isinstance(value, bool) or value != VERSION:
        raise invalid(
            field, value, f"{VERSION}, the only version of this format that there is", code="unsupported_version"
        )
    return VERSION


def _account(section: Section | None) -> Account:
    if section is None:
        section = Section({"id": "account", "currency": _STAND_IN}, "account", MANIFEST, Mistakes())
    section.expect(_ACCOUNT, ("id", "currency"))
    closing = Closing(
        policy=section.read("closing", _closing, ClosePolicy.FREEZE),
        grace=timedelta(days=section.read("grace_days", _grace, 0)),
        since=section.read("since", _since, None),
    )
    return Account(
        id=section.read("id", _fields.identifier, "account"),
        currency=section.read("currency", amounts.currency, _STAND_IN),
        calendar=calendars.read_calendar(section),
        closing=closing,
    )


def _closing(value: object, field: str) -> ClosePolicy:
    return _fields.word(value, field, ClosePolicy)


def _grace(value: object, field: str) -> int:
    return _fields.whole(value, field, 0, _MOST_GRACE)


def _since(value: object, field: str) -> date | None:
    return None if value is None else _fields.day(value, field)


def _source(section: Section, key: str) -> Source | None:
    found = section.section(key)
    if found is None:
        return None
    found.expect(("file", "columns", "only_where"), ("file",))
    return _as_source(found, FIELDS[key])


def _records(section: Section) -> Records | None:
    section.expect(("file", "object", "columns", "only_where"), ("file", "object"))
    source = _as_source(section, None)
    object_ = section.read("object", _fields.identifier, None)
    return None if source is None or object_ is None else Records(source=source, object=object_)


def _as_source(section: Section, known: tuple[str, ...] | None) -> Source | None:
    """Return the source that a section describes; `known` are the fields that it may map, None for any."""
    columns: dict[str, Column | None] = {}
    mapping = section.section("columns")
    if mapping is not None:
        if known is not None:
            mapping.expect(known)
        for name in mapping.items:
            may_be_minor = known is None or name in _AMOUNTS
            columns[name] = mapping.read(name, _amount_column if may_be_minor else _column, None)
    file = section.read("file", _file, "")
    only_where = section.read("only_where", _only_where, None)
    return Source(file, section.path, FrozenMap(columns), only_where) if file else None


def _file(value: object, field: str) -> str:
    name = _fields.name(value, field)
    if not is_inside(name):
        raise invalid(field, name, "the name of a file inside the folder")
    if not name.lower().endswith((".csv", ".json")):
        raise invalid(field, name, "a file whose name ends in .csv or .json")
    return name


def _column_name(value: object, field: str) -> str:
    if not isinstance(value, str):
        raise mistyped(field, value, "the name of a column")
    return value


def _only_where(value: object, field: str) -> str | None:
    return None if value is None else _column_name(value, field)


def _column(value: object, field: str) -> Column | None:
    found = _amount_column(value, field)
    if found is not None and found.minor is not None:
        raise invalid(f"{field}.minor", found.minor, "no minor units, since this is no amount")
    return found


def _amount_column(value: object, field: str) -> Column | None:
    if value is None or isinstance(value, str):
        return None if value is None else Column(value)
    if isinstance(value, dict) and set(value) == {"value"}:
        return Column(None, value["value"])
    if isinstance(value, dict) and "column" in value and set(value) <= {"column", "minor"}:
        minor = value.get("minor")
        places = None if minor is None else _fields.whole(minor, f"{field}.minor", 0, amounts.PLACES)
        return Column(_column_name(value["column"], f"{field}.column"), None, places)
    given = "{...}" if isinstance(value, dict) else value
    expected = 'the name of a column, {"column": name, "minor": 2}, {"value": one for all rows}, or null for none'
    raise invalid(field, given, expected)


def _goals(section: Section, account: Account) -> tuple[tuple[Goal, ...], Source | None]:
    given = section.items.get("goals")
    if isinstance(given, dict):
        return (), _source(section, "goals")
    goals: list[Goal] = []
    for item in section.sections("goals"):
        goal = drafts.read_goal(item, account)
        if goal is not None and goal.id in {other.id for other in goals}:
            item.refuse("id", f"expected each goal once, got {shown(goal.id)} again")
        elif goal is not None:
            goals.append(goal)
    return tuple(goals), None
