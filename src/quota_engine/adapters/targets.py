"""Targets from a file: who has promised how much, and with it the rows of the goals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from attrs import define, field

from quota_engine import _fields, amounts
from quota_engine.adapters import cells
from quota_engine.adapters.mistakes import Mistakes
from quota_engine.adapters.sheets import Sheet, Source, Wanted
from quota_engine.assignments import Assignment
from quota_engine.contributors import Contributor, ContributorKind, Roster
from quota_engine.errors import QuotaError, shown
from quota_engine.goals import Goal

_MOST_LISTED: Final = 10


@define
class _Row:
    """A row of a goal while its targets are read.

    Attributes:
        pipelines: those it tracks; None for all.
        number: of the row in the file that says so.
        targets: by the number of the slice.
        numbers: of the rows in the file that give them.
    """

    pipelines: tuple[str, ...] | None
    number: int
    targets: dict[int, Decimal | None] = field(factory=dict)
    numbers: dict[int, int] = field(factory=dict)


def read_targets(
    folder: Path, source: Source, goals: Sequence[Goal], *, roster: Roster | None, is_whole: bool, mistakes: Mistakes
) -> tuple[Goal, ...]:
    """Return the goals with the rows and targets that a file gives them, in the order of first appearance.

    `is_whole` tells that all goals and people could be read; where not, it is not judged which are unknown.
    """
    sheet = Sheet(folder, source, _columns(source), mistakes)
    targets = _Targets(sheet, {goal.id: goal for goal in goals}, roster, is_whole)
    for number, row in sheet.rows():
        targets.take(number, row)
    return targets.applied()


def _columns(source: Source) -> tuple[Wanted, ...]:
    column = source.column("target")
    places = None if column is None else column.minor
    return (
        Wanted("goal_id", "the id of a goal", _fields.identifier, is_filled=False, has_column=False, repeats=True),
        Wanted("contributor_kind", "a kind", _kind, is_filled=False, has_column=False, repeats=True),
        Wanted("contributor_id", "an id", _fields.identifier, is_filled=False, repeats=True),
        Wanted("day", "a day", _fields.day, repeats=True),
        Wanted("target", "a target", amounts.target if places is None else _minor_target(places), is_filled=False),
        Wanted("currency", "a currency code", amounts.currency, is_filled=False, has_column=False, repeats=True),
        Wanted("pipelines", "ids", cells.words, is_filled=False, has_column=False, repeats=True),
    )


def _kind(cell: object, field: str) -> ContributorKind:
    return _fields.word(cell, field, ContributorKind)


def _minor_target(places: int) -> Callable[[object, str], Decimal]:
    check = cells.minor(places)
    return lambda cell, field: amounts.target(cells.unscaled(check(cell, field), places), field)


@define
class _Targets:
    """The targets of a sheet, gathered by goal and contributor."""

    sheet: Sheet
    goals: dict[str, Goal]
    roster: Roster | None
    is_whole: bool
    _rows: dict[str, dict[Contributor, _Row]] = field(init=False, factory=dict)

    def take(self, number: int, row: dict[str, Any]) -> None:
        """Take a row of the sheet; what is wrong with it is noted."""
        contributor = self._contributor(number, row)
        goal = self._goal(number, row.get("goal_id"), row["day"])
        if contributor is None or goal is None:
            return
        currency = row.get("currency")
        if currency is not None and goal.measure.is_money and currency != goal.currency:
            self.sheet.refuse(number, "currency", f"expected {goal.currency}, the currency of the goal, got {currency}")
        rows = self._rows.setdefault(goal.id, {})
        held = rows.setdefault(contributor, _Row(row.get("pipelines"), number))
        if held.pipelines != row.get("pipelines"):
            said = f"expected the same in all rows of {contributor} in goal {goal.id}; {self.sheet.where(held.number)} has others"
            self.sheet.refuse(number, "pipelines", said)
        part = goal.slices.index(row["day"])
        if part is None:
            said = f"expected a day of goal {goal.id}, {goal.slices.span}, got {row['day']}"
            self.sheet.refuse(number, "day", said)
        elif part in held.numbers:
            other = self.sheet.where(held.numbers[part])
            said = f"expected one target for {contributor} in {goal.slices.periods[part]}; {other} has it already"
            self.sheet.refuse(number, "day", said)
        else:
            held.numbers[part] = number
            held.targets[part] = row["target"]

    def _contributor(self, number: int, row: dict[str, Any]) -> Contributor | None:
        kind = row.get("contributor_kind") or ContributorKind.USER
        given = row["contributor_id"]
        if given is None and kind is ContributorKind.ACCOUNT:
            return Contributor.account()
        if given is None:
            self.sheet.refuse(number, "contributor_id", f"expected the id of a {kind}, the cell is empty")
            return None
        try:
            contributor = Contributor(kind, given)
        except QuotaError as error:
            self.sheet.refused(number, "contributor_id", error)
            return None
        if self.is_whole and not self._knows(contributor):
            known = "one of the people" if kind is ContributorKind.USER else "one of the teams"
            self.sheet.refuse(number, "contributor_id", f"expected {known}, got {shown(given)}")
        return contributor

    def _knows(self, contributor: Contributor) -> bool:
        if contributor.kind is ContributorKind.TEAM:
            return self.roster is not None and self.roster.team(contributor.id) is not None
        if contributor.kind is ContributorKind.USER:
            return self.roster is None or self.roster.user(contributor.id) is not None
        return True

    def _goal(self, number: int, goal_id: str | None, day: date) -> Goal | None:
        """Return the goal of an id, or where there is none the one goal that runs on a day."""
        if goal_id is not None:
            goal = self.goals.get(goal_id)
            if goal is None and self.is_whole:
                self.sheet.refuse(number, "goal_id", f"expected one of {_listed(self.goals)}, got {shown(goal_id)}")
            return goal
        running = [goal for goal in self.goals.values() if goal.slices.find(day) is not None]
        if len(running) == 1:
            return running[0]
        if self.is_whole and not running:
            self.sheet.refuse(
                number, "day", f"expected a day on which one of the goals {_listed(self.goals)} runs, got {day}"
            )
        if self.is_whole and running:
            several = ", ".join(goal.id for goal in running[:_MOST_LISTED])
            said = f"expected a column goal_id, since several goals run on {day}: {several}"
            self.sheet.refuse(number, "day", said)
        return None

    def applied(self) -> tuple[Goal, ...]:
        """Return the goals with their rows."""
        return tuple(self._applied(goal) for goal in self.goals.values())

    def _applied(self, goal: Goal) -> Goal:
        rows = self._rows.get(goal.id, {})
        try:
            return goal.assign(
                *(
                    Assignment(contributor, [row.targets.get(part) for part in range(len(goal.slices))], row.pipelines)
                    for contributor, row in rows.items()
                )
            )
        except QuotaError as error:
            self.sheet.mistakes.refused(self.sheet.source.file, f"goal {goal.id}", error)
            return goal


def _listed(goals: dict[str, Goal]) -> str:
    more = ", ..." if len(goals) > _MOST_LISTED else ""
    return ", ".join(list(goals)[:_MOST_LISTED]) + more
