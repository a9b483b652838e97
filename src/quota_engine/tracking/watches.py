"""Watches: which goals time alone has changed, so that a refresh need not look at every goal. Source: rules N1, P3 and P6."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from heapq import heapify, heappop, heappush

from attrs import define, field

from quota_engine.goals import Goal
from quota_engine.notices import next_moment


@define(eq=False)
class Watch:
    """The next moment of each goal at which something may become due without any new record."""

    _goals: dict[str, Goal] = field(factory=dict)
    _turns: list[tuple[datetime, str]] = field(factory=list)

    @classmethod
    def over(cls, goals: Iterable[Goal], after: datetime) -> Watch:
        """Return a watch over goals, from a moment on."""
        watch = cls({goal.id: goal for goal in goals})
        watch._turns = [
            (turn, goal.id) for goal in watch._goals.values() if (turn := next_moment(goal, after)) is not None
        ]
        heapify(watch._turns)
        return watch

    def passed(self, moment: datetime) -> set[str]:
        """Return the ids of goals of which something may have become due by a moment, and watch on from there."""
        found: set[str] = set()
        while self._turns and self._turns[0][0] <= moment:
            found.add(heappop(self._turns)[1])
        for goal_id in found:
            turn = next_moment(self._goals[goal_id], moment)
            if turn is not None:
                heappush(self._turns, (turn, goal_id))
        return found
