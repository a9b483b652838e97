"""Views: what is kept of some goals, read as it stood together, and shown as figures. Source: rule P5."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from attrs import frozen

from quota_engine.findings import Notes
from quota_engine.goals import Goal
from quota_engine.plans import Work
from quota_engine.ports import GoalRepository, TrackingStore
from quota_engine.progress import Calculation
from quota_engine.tallies import Figures
from quota_engine.tracking.heads import HEAD, Head, head_of
from quota_engine.tracking.shelves import (
    GENERAL,
    Shelf,
    general_notes,
    goal_key,
    put_goal,
    put_notes,
    row_key,
    shelf_of,
)
from quota_engine.tracking.stories import Stories

_MOST_READINGS: Final = 5


@frozen
class KeptGoal:
    """What is kept of one goal.

    Attributes:
        goal: in the state whose figures these are.
        shelf: what is kept of it as a whole.
        rows: its rows' figures as bytes; None for a row of which there are none.
    """

    goal: Goal
    shelf: Shelf
    rows: Sequence[bytes | None]


@frozen
class View:
    """What is kept of some goals, as it stood together.

    Attributes:
        head: the head of the state.
        goals: by id, those of which figures are kept.
        notes: what was noticed and concerns no one goal, as bytes.
    """

    head: Head
    goals: Mapping[str, KeptGoal]
    notes: bytes | None

    def calculation(self, work: Work) -> Calculation:
        """Return the figures of a work: of some of the goals, compiled for the moment of the last refresh."""
        for place, goal in enumerate(work.goals):
            if self.goals[goal.id].shelf.totals is not None:
                work.with_totals(place)
        figures, notes = Figures(work.size), Notes()
        for place, goal in enumerate(work.goals):
            kept = self.goals[goal.id]
            put_goal(work, figures, place, kept.shelf, kept.rows)
            put_notes(notes, kept.shelf.notes, place)
        put_notes(notes, general_notes(self.notes), None)
        result = Calculation(work.goals, work.as_of, work.known_at, work, figures, notes)
        return result.retargeted({goal.id: self.goals[goal.id].shelf.retargeted for goal in work.goals})


def view(
    store: TrackingStore, account_id: str, stories: Stories, goals: GoalRepository, goal_ids: Collection[str]
) -> View:
    """Return what is kept of goals as it stood together: in one read, unless a goal has been edited since it was kept.

    Where another process has kept figures of a state that the stories do not have yet, they read on.
    """
    guessed = {goal_id: story.goal for goal_id in goal_ids if (story := stories.by_id.get(goal_id)) is not None}
    readings = 0
    while True:
        rows = {
            goal_id: [row_key(goal_id, row.contributor) for row in goal.assignments]
            for goal_id, goal in guessed.items()
            if goal is not None
        }
        names = {goal_id: goal_key(goal_id) for goal_id in guessed}
        values = store.read([HEAD, GENERAL, *names.values(), *(name for each in rows.values() for name in each)]).values
        shelves = {goal_id: shelf_of(name, values[name]) for goal_id, name in names.items() if name in values}
        standing = {goal_id: stories.by_id[goal_id].version(shelf.version) for goal_id, shelf in shelves.items()}
        if None in standing.values() and readings < _MOST_READINGS:
            readings += 1
            stories.read_on(goals)
            continue
        found = {goal_id: goal for goal_id, goal in standing.items() if goal is not None}
        if all(guessed[goal_id] is goal for goal_id, goal in found.items()):
            kept = {
                goal_id: KeptGoal(goal, shelves[goal_id], [values.get(name) for name in rows[goal_id]])
                for goal_id, goal in found.items()
            }
            return View(head_of(values, account_id), kept, values.get(GENERAL))
        guessed |= found
