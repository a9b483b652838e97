"""Closings of goals: another rule for the slices that have not frozen yet, and never for those that have. Source: rule T6."""

from __future__ import annotations

from datetime import datetime

from attrs import evolve

from quota_engine import _fields
from quota_engine.accounts import Closing
from quota_engine.goals import Goal
from quota_engine.periods import Period


def reclose(goal: Goal, closing: Closing, *, as_of: datetime) -> Goal:
    """Return the goal with another closing rule for the slices that have not frozen by a moment; the others keep theirs.

    A slice that has ended and not frozen follows the new rule like the others: a shorter grace can freeze it in the past, and
    then what was recorded since does not count any more.

    Raises:
        InvalidType, InvalidValue: no closing rule, one that keeps rules of slices, or a moment without a zone.
    """
    rule = evolve(_fields.instance_of(Closing, "a Closing")(closing, "closing"), kept={})
    moment = _fields.instant(as_of, "as_of")
    kept = {part: evolve(goal.closing.of(part), kept={}) for part, _ in _frozen(goal, moment)}
    return evolve(goal, closing=evolve(rule, kept={part: old for part, old in kept.items() if old != rule}))


def thawed(before: Goal, after: Goal, *, as_of: datetime) -> Period | None:
    """Return the first slice that has frozen by a moment and would not have, or otherwise, after an edit; None for none."""
    freezes = dict(zip(after.slices, after.timetable.freezes, strict=True))
    return next((part for part, freeze in _frozen(before, as_of) if freezes.get(part, freeze) != freeze), None)


def _frozen(goal: Goal, moment: datetime) -> list[tuple[Period, datetime]]:
    freezes = zip(goal.slices, goal.timetable.freezes, strict=True)
    return [(part, freeze) for part, freeze in freezes if freeze is not None and freeze <= moment]
