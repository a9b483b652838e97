"""Targets from a file: who has promised how much, and with it the rows of the goals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Final

from attrs import define, field

from quota_engine import _fields, amounts
from quota_engine.adapters.files import cells
from quota_engine.adapters.files.mistakes import Mistakes
from quota_engine.adapters.files.sheets import Row, Sheet, Source, Wanted
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
    folder: Path,
    source: Source,
    goals: Sequence[Goal],
    *,
    roster: Roster | None,
    has_all_goals: bool,
    has_all_people: bool,
    mistakes: Mistakes,
) -> tuple[Goal, ...]:
    """Return the goals with the rows and targets that a file gives them, in the order of first appearance.

    Where some goals, or some people, could not be read, it is not judged which ones are unknown.
    """
    sheet = Sheet(folder, source, _columns(source), mistakes)
    by_id = {goal.id: goal for goal in goals}
    targets = _Targets(sheet, by_id, roster, has_all_goals=has_all_goals, has_all_people=has_all_people)
    for row in sheet.rows():
        targets.take(row)
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
    has_all_goals: bool = field(kw_only=True)
    has_all_people: bool = field(kw_only=True)
    _rows: dict[str, dict[Contributor, _Row]] = field(init=False, factory=dict)

    def take(self, row: Row) -> None:
        """Take a row of the sheet; what is wrong with it is noted."""
        contributor = self._contributor(row) if row.is_sound("contributor_kind", "contributor_id") else None
        goal = self._goal(row) if row.is_sound("goal_id", "day") else None
        if goal is None:
            return
        currency, part = row["currency"], goal.slices.index(row["day"])
        if currency is not None and goal.measure.is_money and currency != goal.currency and self.has_all_goals:
            self.sheet.refuse(
                row.number, "currency", f"expected {goal.currency}, the currency of the goal, got {currency}"
            )
        if part is None and self.has_all_goals:
            said = f"expected a day of goal {goal.id}, {goal.slices.span}, got {row['day']}"
            self.sheet.refuse(row.number, "day", said)
        if contributor is not None and part is not None and row.is_sound():
            self._file(row, goal, contributor, part)

    def _file(self, row: Row, goal: Goal, contributor: Contributor, part: int) -> None:
        try:
            Assignment(contributor, pipelines=row["pipelines"])
        except QuotaError as error:
            self.sheet.refused(row.number, error.field, error)
            return
        rows = self._rows.setdefault(goal.id, {})
        held = rows.setdefault(contributor, _Row(row["pipelines"], row.number))
        if held.pipelines != row["pipelines"]:
            said = f"expected the same in all rows of {contributor} in goal {goal.id}; {self.sheet.where(held.number)} has others"
            self.sheet.refuse(row.number, "pipelines", said)
        if part in held.numbers:
            other = self.sheet.where(held.numbers[part])
            said = f"expected one target for {contributor} in {goal.slices.periods[part]}; {other} has it already"
            self.sheet.refuse(row.number, "day", said)
        held.numbers[part] = row.number
        held.targets[part] = row["target"]

    def _contributor(self, row: Row) -> Contributor | None:
        kind = row["contributor_kind"] or ContributorKind.USER
        given = row["contributor_id"]
        if given is None and kind is ContributorKind.ACCOUNT:
            return Contributor.account()
        if given is None:
            self.sheet.refuse(row.number, "contributor_id", f"expected the id of a {kind}, the cell is empty")
            return None
        try:
            contributor = Contributor(kind, given)
        except QuotaError as error:
            self.sheet.refused(row.number, "contributor_id", error)
            return None
        if self.has_all_people and not self._knows(contributor):
            known = "one of the people" if kind is ContributorKind.USER else "one of the teams"
            self.sheet.refuse(row.number, "contributor_id", f"expected {known}, got {shown(given)}")
        return contributor

    def _knows(self, contributor: Contributor) -> bool:
        if contributor.kind is ContributorKind.TEAM:
            return self.roster is not None and self.roster.team(contributor.id) is not None
        if contributor.kind is ContributorKind.USER:
            return self.roster is None or self.roster.user(contributor.id) is not None
        return True

    def _goal(self, row: Row) -> Goal | None:
        """Return the goal of an id, or where there is none the one goal that runs on a day."""
        goal_id, day = row["goal_id"], row["day"]
        if goal_id is not None:
            goal = self.goals.get(goal_id)
            if goal is None and self.has_all_goals:
                self.sheet.refuse(row.number, "goal_id", f"expected one of {_listed(self.goals)}, got {shown(goal_id)}")
            return goal
        running = [goal for goal in self.goals.values() if goal.slices.find(day) is not None]
        if self.has_all_goals and len(running) != 1:
            said = f"expected a day on which one of the goals {_listed(self.goals)} runs, got {day}"
            if running:
                several = ", ".join(goal.id for goal in running[:_MOST_LISTED])
                said = f"expected a column goal_id that says which goal, since several run on {day}: {several}"
            self.sheet.refuse(row.number, "day", said)
        return running[0] if len(running) == 1 else None

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
