"""The command line: `quota-engine board FOLDER`. It needs the extra `cli`, and is the only room that reads the clock.

Exit status: 0 all is well, 1 mistakes in the files, 2 wrong usage, 130 interrupted, 141 the reader of the output went away.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, Final

from quota_engine import _fields, amounts
from quota_engine.accounts import Account
from quota_engine.adapters import files
from quota_engine.adapters.files.mistakes import meant
from quota_engine.errors import InvalidDocument, InvalidValue, MissingRate, NotFound, QuotaError, shown
from quota_engine.findings import Finding
from quota_engine.goals import Goal
from quota_engine.periods import Period
from quota_engine.progress import calculate
from quota_engine.report import Board, BoardRow

try:
    from cyclopts import App, CycloptsError, MissingArgumentError, Parameter
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, Progress, TaskID, TextColumn
    from rich.text import Text
except ModuleNotFoundError as _missing:
    raise SystemExit(
        f"quota-engine: the command line needs the package {_missing.name}; install it with: pip install 'quota-engine[cli]'"
    ) from None

_NAME: Final = "quota-engine"
_DISTRIBUTION: Final = "quota-engine"
_MISTAKES: Final = 1
_USAGE: Final = 2
_INTERRUPTED: Final = 130
_BROKEN_PIPE: Final = 141
_MOST_IDS: Final = 10
_TICK: Final = timedelta(microseconds=1)
_STYLES: Final = (
    (r"(?m)^\d{4}-\d\d-\d\d\.\.\d{4}-\d\d-\d\d .*$", "bold"),
    (r"(?m)^Total .*$", "bold"),
    (r"(?m) (exceeded|achieved)$", "green"),
    (r"(?m) missed$", "red"),
    (r"(?m) in progress$", "cyan"),
    (r"(?m) (pending|no target)\b", "dim"),
)
_OF_CELLS: Final = ("contributor_kind", "contributor_id", "contributor_name", "status", "pace", "frozen_at", "restated")


def _version() -> str:
    from importlib import metadata  # noqa: PLC0415 - a fourteenth of what every start costs, for --version alone

    try:
        return f"{_NAME} {metadata.version(_DISTRIBUTION)}"
    except metadata.PackageNotFoundError:
        return f"{_NAME}, not installed"


app: App = App(
    name=_NAME,
    help="Sales goals for any CRM: who reached which share of which quota, right to the cent.",
    version=_version,
    help_format="markdown",
    suppress_keyboard_interrupt=False,
)


@app.command
def board(
    folder: Path,
    /,
    *,
    as_of: Annotated[str | None, Parameter(metavar="DATE")] = None,
    as_json: Annotated[bool, Parameter(name="--json", negative=(), show_default=False)] = False,
    as_csv: Annotated[bool, Parameter(name="--csv", negative=(), show_default=False)] = False,
    goal: Annotated[tuple[str, ...], Parameter(metavar="ID", negative=(), show_default=False)] = (),
) -> None:
    """Show who has reached which share of which target.

    What was noticed about the records follows on the error output, with --json in the document. Where there are mistakes in
    the files, all of them are listed on the error output, and nothing is shown.

    Parameters
    ----------
    folder
        The folder with quota.json, which names the other files; docs/how-to/own-folder.md has the format.
    as_of
        Show the figures as they stood at the end of this day, YYYY-MM-DD, in the account's zone; now where not given.
    as_json
        Write one JSON document: cells, totals and findings, with exact amounts as text.
    as_csv
        Write the cells as CSV.
    goal
        Show this goal alone, by its id; may be given several times.
    """
    if as_json and as_csv:
        raise InvalidValue("--json: expected --json or --csv, not both", field="--json")
    day = None if as_of is None else _fields.day(as_of, "--as-of")
    if day is not None:
        _fields.year(day.year, "--as-of")
    with _progress() as tell:
        found = files.load(folder, on_progress=tell)
        moment = datetime.now(UTC) if day is None else _end_of(day, found.account)
        goals = _chosen(found.goals, goal)
        calculation = calculate(goals, found.events, account=found.account, roster=found.roster, as_of=moment)
    made = Board(calculation, goals, found.roster)
    if as_json:
        sys.stdout.write(_as_json(made, found.account))
    elif as_csv:
        sys.stdout.write(files.csv_text(_rows(made, "cell")))
    else:
        _show(made)
    sys.stdout.flush()
    if not as_json:
        for finding in calculation.findings:
            sys.stderr.write(f"note: {_as_sentence(finding)}\n")


def _end_of(day: date, account: Account) -> datetime:
    """Return the last instant of a day: a slice that ends on it is still open, and all that was recorded on it is known."""
    return account.calendar.bounds(Period.closed(day, day))[1] - _TICK


def _chosen(goals: Sequence[Goal], wanted: Sequence[str]) -> tuple[Goal, ...]:
    known = [goal.id for goal in goals]
    for goal_id in wanted:
        if goal_id not in known:
            expected = f"one of {', '.join(known)}"
            raise NotFound(f"--goal: expected {expected}, got {shown(goal_id)}{meant(goal_id, known)}", field="--goal")
    return tuple(goal for goal in goals if goal.id in wanted or not wanted)


@contextmanager
def _progress() -> Generator[Callable[[str, int, int], None], None, None]:
    """Show on a terminal how far the reading is; it disappears when all is done."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}
        bars.add_task("reading and calculating", total=None)

        def tell(file: str, done: int, size: int) -> None:
            if file not in tasks:
                tasks[file] = bars.add_task(escape(file))
            bars.update(tasks[file], completed=done, total=size)

        yield tell


def _show(made: Board) -> None:
    console = Console()
    text = made.text(console.width if console.is_terminal else None) or "Nothing to show: no goal has a row."
    if not console.is_terminal:
        sys.stdout.write(f"{text}\n")
        return
    coloured = Text(text)
    for pattern, style in _STYLES:
        coloured.highlight_regex(pattern, style)
    console.print(coloured, soft_wrap=True)


def _rows(made: Board, kind: str) -> list[BoardRow]:
    """Return the rows of a kind, "cell" or "total", without the keys that say nothing of it."""
    silent = {"row"} if kind == "cell" else {"row", *_OF_CELLS}
    return [
        {key: value for key, value in row.items() if key not in silent} for row in made.rows() if row["row"] == kind
    ]


def _as_json(made: Board, account: Account) -> str:
    calendar = account.calendar
    document = {
        "as_of": made.calculation.as_of,
        "account": {"id": account.id, "currency": account.currency, "zone": calendar.zone},
        "cells": _rows(made, "cell"),
        "totals": _rows(made, "total"),
        "findings": [_as_finding(finding) for finding in made.calculation.findings],
    }
    return f"{json.dumps(document, default=_plain, ensure_ascii=False, indent=1)}\n"


def _as_finding(finding: Finding) -> dict[str, object]:
    return {
        "kind": finding.kind.value,
        "goal_id": finding.goal_id,
        "first_day": finding.slice and finding.slice.start,
        "last_day": finding.slice and finding.slice.last_day,
        "count": finding.count,
        "records": finding.records,
        "text": finding.text,
    }


def _as_sentence(finding: Finding) -> str:
    """Return what was noticed with the first few of the records that it is about."""
    ids = ", ".join(finding.records[:_MOST_IDS])
    return f"{finding.text} ({ids}{', ...' if finding.count > _MOST_IDS else ''})" if ids else finding.text


def _plain(value: Decimal | date) -> str:
    """Return an amount as its exact digits without exponent, and a day or a moment as ISO 8601."""
    return amounts.plain(value) if isinstance(value, Decimal) else value.isoformat()


def run(arguments: Sequence[str]) -> int:
    """Do what the arguments say, and return the exit status. Errors are told on the error output, without a traceback."""
    try:
        app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as error:
        error.verbose = False
        needs_folder = isinstance(error, MissingArgumentError) and "FOLDER" in str(error)
        said = f"which folder? For example: {_NAME} board docs/examples/adventureworks." if needs_folder else str(error)
        return _complain(f"{said} See: {_NAME} board --help", _USAGE)
    except InvalidDocument as error:
        return _complain(
            "\n  ".join(("there are mistakes in the files; nothing was calculated", *error.problems)), _MISTAKES
        )
    except MissingRate as error:
        said = f"no exchange rate for {len(error.records)} records, and a folder cannot hold rates: "
        return _complain("\n  ".join((f"{said}nothing was calculated", *error.records)), _MISTAKES)
    except QuotaError as error:
        return _complain(str(error), _USAGE)
    except BrokenPipeError:
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # or Python tries, and complains, once more at its end
        return _BROKEN_PIPE
    except KeyboardInterrupt:
        return _INTERRUPTED
    return 0


def _complain(text: str, status: int) -> int:
    sys.stderr.write(f"{_NAME}: {text}\n")
    return status


def main() -> None:
    """Run the command with the arguments of the process, and end it with the command's exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # what a terminal has no letter for is spelled out
    sys.exit(run(sys.argv[1:]))
