"""A folder of files: account, people, goals and records from CSV and JSON, as a CRM exports them; and rows back to CSV.

`quota.json` in the folder names the files and says what their columns mean; `docs/how-to/own-folder.md` has the whole format.
Every mistake in every file is named at once, with its place, and nothing is given of a folder that has one.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Final

from attrs import frozen

from quota_engine.accounts import Account
from quota_engine.adapters import drafts
from quota_engine.adapters.columns import Columns
from quota_engine.adapters.manifests import Manifest, read_manifest
from quota_engine.adapters.mistakes import Mistakes
from quota_engine.adapters.records import read_records
from quota_engine.adapters.rosters import read_roster
from quota_engine.adapters.sheets import MANIFEST, Sheet, Source
from quota_engine.adapters.tables import OnProgress
from quota_engine.adapters.targets import read_targets
from quota_engine.contributors import Roster
from quota_engine.errors import InvalidDocument, NotFound, QuotaError, mistyped, shown
from quota_engine.events import CrmEvent
from quota_engine.goals import Goal

Cell = str | int | bool | Decimal | date | None

# What a spreadsheet takes for the beginning of a formula; OWASP, "CSV Injection", with the full-width forms.
_SPECIAL: Final = re.compile('[,"\r\n]')
_EMPTY: Final = '""'
_FORMULA: Final = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


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


def csv_text(rows: Iterable[Mapping[str, Cell]]) -> str:
    """Return rows as CSV that a spreadsheet takes for data and never for formulas; `csv_rows` gives the same rows back.

    The columns are the keys of the first row. Numbers are written exactly and without exponent, days and moments as ISO 8601,
    True and False as words, None as nothing. Text that begins as a formula does gets an apostrophe in front of it. Source: OWASP.

    >>> print(csv_text([{"name": "=1+1", "amount": Decimal("-1.00")}]), end="")
    name,amount
    '=1+1,-1.00
    """
    lines = [dict(row) for row in rows]
    header = list(lines[0]) if lines else []
    table = [[_quoted(_defused(name)) for name in header]]
    table += [[_quoted(_as_text(line[name])) for name in header] for line in lines]
    return "".join(f"{','.join(cells) or _EMPTY}\n" for cells in table if header)


def csv_rows(text: str) -> list[dict[str, str]]:
    """Return the rows that `csv_text` was given, all values as text: what stands in front of formulas is taken off.

    Raises:
        InvalidDocument: the text is no such CSV.
    """
    try:
        header, *lines = list(csv.reader(StringIO(text, newline=""), strict=True)) or [[]]
        return [{_fused(name): _fused(cell) for name, cell in zip(header, line, strict=True)} for line in lines]
    except (csv.Error, ValueError) as error:
        raise InvalidDocument(f"text: expected CSV with as many cells in each row: {error}", field="text") from None


def _as_text(cell: Cell) -> str:
    if isinstance(cell, str):
        return _defused(cell)
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    return cell.isoformat() if isinstance(cell, date) else format(cell, "f" if isinstance(cell, Decimal) else "d")


def _defused(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text


def _fused(text: str) -> str:
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _SPECIAL.search(text) else text
