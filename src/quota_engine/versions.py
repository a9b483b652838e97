"""Versions: in which version of a goal each of its cells got its target, and was last edited. Sources: rules N1 to N3.

Both are pure functions of the states that a goal has had. They are folds: what was found so far, and the states since, give the
same as all states at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final, TypeAlias, TypeVar

from attrs import evolve

from quota_engine import _fields
from quota_engine._fields import FrozenMap
from quota_engine.contributors import Contributor
from quota_engine.edits import Edit
from quota_engine.errors import invalid
from quota_engine.goals import Goal
from quota_engine.measures import Measure
from quota_engine.milestones import Milestone
from quota_engine.periods import Period

T = TypeVar("T")
Cell: TypeAlias = tuple[Contributor, Period]

_SAYS_NOTHING: Final = frozenset({"name", "milestones", "created_by", "order"})


def target_versions(history: Iterable[Goal], *, before: Mapping[Cell, int] | None = None) -> FrozenMap[Cell, int]:
    """Return, for each row and slice of a goal as it is now, the version in which it got the target that it has.

    A target is an amount of something: another amount, none, another measure (but for its name) or another currency is another
    target; so is the same one in a cell that was gone meanwhile, and the old one when it comes back. A new name, other marks or
    pipelines are none.

    Args:
        history: the states of the goal, oldest first; not necessarily from its first version on.
        before: what this gave for the states up to and including the first of these; where not given, the cells of the first
            state got their targets in it.

    Raises:
        InvalidValue: another goal, or versions that do not ascend.
    """
    found, held = dict(before or {}), dict[Cell, object]()
    for place, (goal, _) in enumerate(_in_order((state, None) for state in history)):
        targets = _targets(goal)
        stayed = {cell for cell, target in targets.items() if place == 0 or (cell in held and held[cell] == target)}
        found = {cell: found.get(cell, goal.version) if cell in stayed else goal.version for cell in targets}
        held = targets
    return FrozenMap(found)


def _targets(goal: Goal) -> dict[Cell, object]:
    measure = evolve(goal.measure, name=goal.id)
    return {
        (row.contributor, part): (target, measure, goal.currency)
        for row in goal.assignments
        for part, target in zip(goal.slices, row.cells, strict=True)
    }


def edited_versions(
    history: Iterable[tuple[Goal, datetime]], *, before: Mapping[Cell, int] | None = None
) -> FrozenMap[Cell, int]:
    """Return, for the rows and slices that *edited* concerns, the last version of the goal that edited them.

    An edit concerns each row that it touches in one slice: the one that held the moment of the edit, where that is touched; else
    the first touched after it, else the last before. Targets touch their slices; pipelines, and everything of the goal as a whole
    but its name, its marks and its creator, touch the slice of the moment (the first or the last, where the moment lies outside).
    Rows that came with the edit, and rows for which *edited* is not ticked after it, are not concerned; locks touch nothing.

    Args:
        history: the states of the goal, oldest first, each with the moment in which it was stored.
        before: what this gave for the states up to and including the first of these.

    Raises:
        InvalidValue: another goal, versions that do not ascend, or a moment without a zone.
    """
    found, older = dict(before or {}), None
    for goal, moment in _in_order(history):
        if older is not None:
            rows, slices = {row.contributor for row in goal.assignments}, set(goal.slices)
            found = {cell: version for cell, version in found.items() if cell[0] in rows and cell[1] in slices}
            found.update(dict.fromkeys(_edited_cells(older, goal, moment), goal.version))
        older = goal
    return FrozenMap(found)


def _edited_cells(older: Goal, goal: Goal, moment: datetime) -> Iterator[Cell]:
    day = goal.calendar.day_of(moment)
    then = goal.slices.find(day) or goal.slices.periods[0 if day < goal.slices.span.start else -1]
    shared = frozenset(older.slices) & frozenset(goal.slices)
    touched: dict[Contributor, set[Period]] = {
        row.contributor: set() for row in goal.assignments if older.place(row.contributor) is not None
    }
    for edit in goal.edits_since(older):
        if edit.field == "target":
            if edit.contributor is not None and edit.slice in shared:
                touched[edit.contributor].add(edit.slice)
        elif edit.contributor is None:
            if edit.field not in _SAYS_NOTHING and not _is_new_name(edit):
                for parts in touched.values():
                    parts.add(then)
        elif edit.field == "pipelines":
            touched[edit.contributor].add(then)
    for contributor, parts in touched.items():
        if parts and Milestone.edited() in goal.marks(contributor):
            later = [part for part in parts if part >= then]
            yield contributor, min(later) if later else max(parts)


def _is_new_name(edit: Edit) -> bool:
    """Whether an edit gives the measure another name, and nothing else."""
    before, after = edit.before, edit.after
    return isinstance(before, Measure) and isinstance(after, Measure) and evolve(before, name=after.name) == after


def _in_order(states: Iterable[tuple[Goal, T]]) -> Iterator[tuple[Goal, T]]:
    """Yield states of one goal with what comes with each, and refuse another goal and versions that do not ascend."""
    last: Goal | None = None
    for place, (given, beside) in enumerate(states):
        goal = _fields.instance_of(Goal, "a Goal")(given, f"history[{place}]")
        if last is not None and (goal.account_id, goal.id) != (last.account_id, last.id):
            raise invalid(f"history[{place}]", goal.id, f"a state of {last.id}", code="other_goal")
        if last is not None and goal.version <= last.version:
            raise invalid(f"history[{place}]", goal.version, f"a version after {last.version}", code="not_ascending")
        last = goal
        yield goal, beside
