"""AdventureWorks tracked day by day: three fiscal years in one go, in virtual time, each order fed on the day it is dated.

    python -m tests.day_by_day

The notices that must come, each on its day, are worked out from the files alone; in the end the tracked board must be the one
that a single calculation gives.
"""

from __future__ import annotations

import csv
import resource
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from time import perf_counter
from typing import Final, TypeAlias

from attrs import evolve, frozen

import quota_engine as q
from quota_engine.adapters import files
from quota_engine.adapters.memory import MemoryEvents, MemoryGoals, MemoryStore

FOLDER: Final = Path(__file__).parent.parent / "docs" / "examples" / "adventureworks"
FIRST: Final = date(2017, 7, 1)
LAST: Final = date(2020, 7, 1)  # the day after the last quarter, on which it is found missed
MARKS: Final = {
    "50": Fraction(1, 2),
    "90": Fraction(9, 10),
    "100": Fraction(1),
}
MILESTONES: Final = (
    q.Milestone.kickoff(),
    *(q.Milestone.percent(mark) for mark in MARKS),
    q.Milestone.achieved(),
    q.Milestone.exceeded(),
    q.Milestone.missed(),
)
_UNMARKED: Final = frozenset({"kickoff", "missed"})
_DAY: Final = timedelta(days=1)

Told: TypeAlias = tuple[str, date, str, date, date | None]
"""A notice: of which person and quarter (by its first day), what it says, when it comes, and when its mark, if any, was met."""


@frozen
class Run:
    """What came of a run.

    Attributes:
        tracker: after its last refresh.
        folder: what was tracked.
        as_of: the moment of the last refresh.
        refreshes: how many there were.
        told: the notices, in the order in which they came.
    """

    tracker: q.ProgressTracker
    folder: files.Folder
    as_of: datetime
    refreshes: int
    told: Sequence[Told]

    def batch(self) -> q.Calculation:
        """Return the board that one calculation over all orders gives, which the command line prints."""
        folder = self.folder
        return q.calculate(folder.goals, folder.events, account=folder.account, roster=folder.roster, as_of=self.as_of)

    def differences(self) -> Iterator[str]:
        """Yield what the tracked board says otherwise than the batch board: cells, totals, and what `verify` finds."""
        tracked, batch = self.tracker.progress(actor=q.HOST, as_of=self.as_of), self.batch()
        for mine, theirs in zip(tracked, batch, strict=True):
            if mine != theirs:
                yield f"{mine} instead of {theirs}"
        for goal in self.folder.goals:
            for part in goal.slices:
                totals = [each.total(goal.id, on=part.start) for each in (tracked, batch)]
                if totals[0] != totals[1]:
                    yield f"{totals[0]} instead of {totals[1]}"
        yield from map(str, self.tracker.verify())


def track(last: date = LAST) -> Run:
    """Track the folder from its first day to another, one refresh a day, at noon."""
    folder = files.load(FOLDER)
    zone = folder.account.calendar.zone
    goals, feed = MemoryGoals(), MemoryEvents()
    ticked = [evolve(goal, milestones=MILESTONES) for goal in folder.goals]
    before = _noon(FIRST - _DAY)
    goals.commit([q.Change(goal_id=goal.id, before=0, goal=goal, action="create", at=before) for goal in ticked])
    tracker = q.ProgressTracker(folder.account, goals=goals, events=feed, roster=folder.roster, store=MemoryStore())
    waiting = sorted(
        (
            columns.event(index, dated_by="closed_at", zone=zone)
            for columns in folder.events
            if not isinstance(columns, q.CrmEvent)
            for index in range(len(columns))
        ),
        key=lambda event: event.recorded_at,
    )
    by_day = {day: list(orders) for day, orders in groupby(waiting, lambda event: event.recorded_at.date())}
    told: list[Told] = []
    day, refreshes, as_of = FIRST, 0, before
    while day <= last:
        as_of = _noon(day)
        feed.add(*by_day.get(day, ()))
        done = tracker.refresh(as_of=as_of)
        if not done.ran:
            raise AssertionError(f"no refresh on {day}")
        told += [
            (fact.contributor.id, fact.slice.start, _said(fact.milestone), day, fact.reached_on)
            for fact in done.reached
        ]
        day, refreshes = day + _DAY, refreshes + 1
    return Run(tracker, folder, as_of, refreshes, told)


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def _said(milestone: q.Milestone) -> str:
    return milestone.kind.value if milestone.mark is None else f"{milestone.mark} %"


def expected(last: date = LAST) -> list[Told]:
    """Return the notices that must have come by a day, from the files alone, in any order."""
    orders = list(_read("orders.csv"))
    found: list[Told] = []
    for quota in _read("quotas_quarterly.csv"):
        person = quota["sales_person_id"]
        start, end = (date.fromisoformat(quota[name]) for name in ("period_start", "period_end_exclusive"))
        target, running = int(quota["quota_minor"]), 0
        days: dict[str, date] = {"kickoff": start}
        sales = sorted(
            (order["order_date"], int(order["amount_minor"])) for order in orders if order["sales_person_id"] == person
        )
        for written, those in groupby(sales, lambda sale: sale[0]):
            day = date.fromisoformat(written)
            if start <= day < end:
                running += sum(cents for _, cents in those)
                for mark, share in MARKS.items():
                    if running >= target * share:
                        days.setdefault(f"{mark} %", day)
                if running >= target:
                    days.setdefault("achieved", day)
                if running > target:
                    days.setdefault("exceeded", day)
        if running < target:
            days["missed"] = end
        found += [
            (person, start, said, day, None if said in _UNMARKED else day) for said, day in days.items() if day <= last
        ]
    return found


def _read(name: str) -> Iterator[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def main() -> None:
    """Print what was told and what it took, or stop where something differs."""
    start = perf_counter()
    run = track()
    seconds = perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if differences := list(run.differences()):
        raise SystemExit("\n".join(differences))
    if Counter(run.told) != Counter(expected()):
        raise SystemExit(f"other notices than by the files: {set(run.told) ^ set(expected())}")
    orders = sum(cell.counted for cell in run.batch())
    print(f"{orders:,} orders in {run.refreshes:,} refreshes, one a day: {seconds:.1f} s, {memory:.0f} MiB at most")
    print("the tracked board is the batch board, cell by cell and total by total; verify finds nothing")
    for said, count in Counter(said for _, _, said, _, _ in run.told).items():
        print(f"{count:>6,} {said}")
    print(f"{len(run.told):>6,} notices, each on the day that the files say")


if __name__ == "__main__":
    main()
