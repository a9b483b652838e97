"""Watches: which goals time alone has changed, so that a refresh need not look at every goal. Source: rules N1, P3 and P6."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from heapq import heappop, heappush

from attrs import define, field

from quota_engine.goals import Goal
from quota_engine.notices import next_moment


@define(eq=False)
class Watch:
    """The next moment of each goal at which something may become due without any new record."""

    _goals: dict[str, Goal] = field(factory=dict)
    _next: dict[str, datetime] = field(factory=dict)
    _turns: list[tuple[datetime, str]] = field(factory=list)

    def follow(self, goals: Iterable[Goal], after: datetime) -> None:
        """Watch over these goals and no others; over those that are new or have changed from a moment on."""
        before, self._goals = self._goals, {goal.id: goal for goal in goals}
        for goal_id in before.keys() - self._goals.keys():
            self._next.pop(goal_id, None)
        for goal_id, goal in self._goals.items():
            if before.get(goal_id) is not goal:
                self._turn(goal_id, after)

    def _turn(self, goal_id: str, after: datetime) -> None:
        turn = next_moment(self._goals[goal_id], after)
        self._next.pop(goal_id, None)
        if turn is not None:
            self._next[goal_id] = turn
            heappush(self._turns, (turn, goal_id))

    def passed(self, moment: datetime) -> set[str]:
        """Return the ids of goals of which something may have become due by a moment, and watch on from there."""
        found: set[str] = set()
        while self._turns and self._turns[0][0] <= moment:
            turn, goal_id = heappop(self._turns)
            if self._next.get(goal_id) == turn:
                found.add(goal_id)
        for goal_id in found:
            self._turn(goal_id, moment)
        return found
