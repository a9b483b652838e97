"""A folder of files: account, people, goals and records from CSV and JSON, as a CRM exports them.

`quota.json` in the folder names the files and says what their columns mean; `docs/how-to/own-folder.md` has the whole format.
Every mistake in every file is named at once, with its place, and nothing is given of a folder that has one.
"""

from __future__ import annotations

from pathlib import Path

from attrs import frozen

from quota_engine.accounts import Account
from quota_engine.adapters.columns import Columns
from quota_engine.adapters.files import drafts
from quota_engine.adapters.files.manifests import Manifest, read_manifest
from quota_engine.adapters.files.mistakes import Mistakes
from quota_engine.adapters.files.records import read_records
from quota_engine.adapters.files.rosters import read_roster
from quota_engine.adapters.files.sheets import MANIFEST, Sheet, Source
from quota_engine.adapters.files.tables import OnProgress
from quota_engine.adapters.files.targets import read_targets
from quota_engine.contributors import Roster
from quota_engine.errors import NotFound, QuotaError, mistyped, shown
from quota_engine.events import CrmEvent
from quota_engine.goals import Goal


@frozen(kw_only=True)
class Folder:
    """What the files of a folder say.

    Attributes:
        account: the account, with its calendar.
        roster: its people and teams; None where the folder has no file of people: every owner is then a user.
        goals: its goals, with their rows and targets.
        events: its records, for `calculate`.
    """

    account: Account
    roster: Roster | None
    goals: tuple[Goal, ...]
    events: tuple[CrmEvent | Columns, ...]


def load(folder: str | Path, *, on_progress: OnProgress | None = None) -> Folder:
    """Read a folder of files, all of it or nothing.

    Args:
        folder: where `quota.json` is.
        on_progress: told while records are read: the name of the file, the bytes read so far, and those there are.

    Raises:
        NotFound: there is no such folder.
        InvalidDocument: there is no manifest, or something is wrong in the files; `problems` has a line for each mistake, with
            file, row, column, value and what was expected, file by file.
    """
    if not isinstance(folder, (str, Path)):
        raise mistyped("folder", folder, "the path of a folder")
    path = Path(folder)
    if not path.is_dir():
        said = f"folder: there is no folder {shown(str(path))}; expected the path of a folder that has a {MANIFEST}"
        raise NotFound(said, field="folder", value=shown(str(path)))
    mistakes = Mistakes()
    manifest = read_manifest(path, mistakes)
    if manifest is None:
        raise mistakes.error()
    found = _read(path, manifest, mistakes, on_progress)
    if mistakes:
        raise mistakes.error()
    return found


def _read(folder: Path, manifest: Manifest, mistakes: Mistakes, on_progress: OnProgress | None) -> Folder:
    roster = read_roster(folder, manifest, mistakes)
    goals = manifest.goals
    if manifest.goals_from is not None:
        goals = _goals(Sheet(folder, manifest.goals_from, drafts.wanted_columns(), mistakes), manifest.account)
    has_all_goals = not any(map(mistakes.count, (MANIFEST, *_names(manifest.goals_from))))
    has_all_people = not any(map(mistakes.count, (MANIFEST, *_names(manifest.people, manifest.teams))))
    if manifest.targets is not None:
        goals = read_targets(
            folder,
            manifest.targets,
            goals,
            roster=roster,
            has_all_goals=has_all_goals,
            has_all_people=has_all_people,
            mistakes=mistakes,
        )
    events = read_records(
        folder, manifest.records, goals, has_all_goals=has_all_goals, mistakes=mistakes, on_progress=on_progress
    )
    return Folder(account=manifest.account, roster=roster, goals=goals, events=events)


def _names(*sources: Source | None) -> tuple[str, ...]:
    return tuple(source.file for source in sources if source is not None)


def _goals(sheet: Sheet, account: Account) -> tuple[Goal, ...]:
    goals: list[Goal] = []
    seen: dict[str, int] = {}
    for row in sheet.rows():
        is_first = row.is_sound("goal_id") and sheet.is_first(row.number, "goal_id", row["goal_id"], seen)
        if not is_first or not row.is_sound():
            continue
        try:
            goals.append(drafts.planned({**row.values, "id": row["goal_id"]}, account))
        except QuotaError as error:
            sheet.refused(row.number, error.field, error)
    return tuple(goals)
