"""All that the engine says of some worlds, as text; and the same from a fresh process.

Nothing but the library is imported here: what a fresh process loads is watched.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from quota_engine import (
    Account,
    Board,
    Calculation,
    CrmEvent,
    FiscalCalendar,
    Goal,
    MissingRate,
    Period,
    Rates,
    Roster,
    Splits,
    Tallies,
    calculate,
    merge,
    plan,
    tally,
)
from quota_engine.durations import Cadence

ROOT = Path(__file__).parent.parent

# A world without its class, whose module needs Hypothesis.
Parts: TypeAlias = tuple[
    tuple[Goal, ...], tuple[CrmEvent, ...], Account, datetime, datetime | None, Roster | None, Rates, Splits | None
]

SPEAK = """
import pickle, sys
given = sys.stdin.buffer.read()
from tests.apart import said
for parts in pickle.loads(given):
    print(ascii(said(parts)))
"""

TELL = """
import pickle, sys
given = sys.stdin.buffer.read()
from tests.apart import told
for calendar, year in pickle.loads(given):
    print(ascii(told(calendar, year)))
"""


def said(parts: Parts) -> str:
    """Return everything that the engine says of a world, whole and in pieces, to the last byte."""
    goals, events, account, as_of, known_at, roster, rates, splits = parts

    def calculated(given: Sequence[CrmEvent] | Tallies) -> Calculation:
        return calculate(
            goals, given, account=account, as_of=as_of, known_at=known_at, roster=roster, rates=rates, splits=splits
        )

    try:
        result = calculated(events)
    except MissingRate as error:
        return f"{error} {error.records}"
    work = plan(goals, account=account, as_of=as_of, known_at=known_at, roster=roster, rates=rates, splits=splits)
    halves = merge(tally(work, events[::2]), tally(work, events[1::2]))
    again = calculated(halves)
    calendar = account.calendar
    periods = [
        (part, calendar.bounds(part), calendar.period_of(part.start, "weekly"))
        for goal in goals
        for part in _within_reach(goal)
    ]
    board = Board(result, goals, roster)
    totals = [result.total(goal.id, on=part.start) for goal in goals for part in goal.slices]
    texts = [str(result), str(board), board.html()]
    values = [result.rows(), board.rows(), totals, result.findings, again.rows(), again.findings, periods]
    contents = [event.content() for event in events]
    return "\n".join([*texts, *map(repr, values), *map(repr, contents), *map(repr, goals), repr(roster), repr(rates)])


def _within_reach(goal: Goal) -> Sequence[Period]:
    return goal.slices.periods[:3]


def told(calendar: FiscalCalendar, year: int | str) -> str:
    """Return everything that a calendar says of one of its years, to the last byte."""
    parts = [(calendar.split(year, cadence), cadence) for cadence in Cadence if cadence is not Cadence.CUSTOM]
    labels = [calendar.label(part, cadence) for row, cadence in parts for part in row]
    ends = [day for row, _ in parts for day in (row.periods[0].last_day, row.periods[-1].start)]
    return "\n".join([repr(calendar), repr(parts), *labels, *(repr(calendar.explain(day)) for day in ends)])


def started(
    script: str,
    worlds: Sequence[object],
    *,
    seed: int = 0,
    interpreter: Sequence[str] = (sys.executable,),
    path: str = "",
    seconds: int = 120,
) -> list[str]:
    """Return the lines that a script prints in a fresh process which is given some worlds, or calendars, and a hash seed.

    `path` is for interpreters that find the library, and what it needs, nowhere else. A fault that is being tried (see
    `tests.faults`) is in the fresh process, too.
    """
    seeded = {name: value for name, value in os.environ.items() if name == "QUOTA_ENGINE_FAULT"}
    environment = seeded | {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": str(seed),
        "PYTHONPATH": path,
        "SYSTEMROOT": os.environ.get("SYSTEMROOT", ""),
    }
    done = subprocess.run(
        [*interpreter, "-c", f"import tests.faults.seeding\n{script}" if seeded else script],
        input=pickle.dumps(worlds),
        cwd=ROOT,
        env=environment,
        capture_output=True,
        check=False,
        timeout=seconds,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().splitlines()
