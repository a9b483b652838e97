"""Stories: what has become of each goal, told by the feed of its changes. Sources: rules G2, N3, P6 and P8."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from attrs import define, field

from quota_engine.contributors import Contributor
from quota_engine.goals import Goal
from quota_engine.periods import Period
from quota_engine.ports import Change, GoalRepository

_PAGE = 1_000
Place = tuple[Contributor, Period]


@define(eq=False)
class Story:
    """What has become of one goal.

    Attributes:
        goal: as it stands; None once it is deleted.
        versions: all its states, each with the moment at which it came.
        aimed: for each row and slice the version in which its target last changed.
        ended: for each row and slice whose target was written when the slice had ended: the one it had at its end.
    """

    goal: Goal | None = None
    versions: list[tuple[datetime, Goal | None]] = field(factory=list)
    aimed: dict[Place, int] = field(factory=dict)
    ended: dict[Place, Decimal | None] = field(factory=dict)

    def take(self, change: Change) -> None:
        """Go on with a change."""
        before, after = self.goal, change.goal
        self.goal = after
        self.versions.append((change.at, after))
        if after is None:
            return
        old = {} if before is None else _targets(before)
        new = _targets(after)
        ends = dict(zip(after.slices.periods, after.timetable.ends, strict=True))
        for place, target in new.items():
            if place not in old or old[place] != target:
                self.aimed[place] = after.version
                if ends[place[1]] <= change.at:
                    self.ended.setdefault(place, old.get(place, target))

    def at(self, moment: datetime) -> Goal | None:
        """Return the goal as it stood at a moment; None before it was there and after it was deleted."""
        known = [goal for at, goal in self.versions if at <= moment]
        return known[-1] if known else None

    def version(self, number: int) -> Goal | None:
        """Return the goal in one of its versions; None where there was none of that number."""
        return next((goal for _, goal in self.versions if goal is not None and goal.version == number), None)

    @property
    def retargeted(self) -> frozenset[Place]:
        """The rows and slices whose target is not the one they had when the slice ended (rules P6 and P8)."""
        now = {} if self.goal is None else _targets(self.goal)
        return frozenset(place for place, target in self.ended.items() if place in now and now[place] != target)


def _targets(goal: Goal) -> Mapping[Place, Decimal | None]:
    return {
        (row.contributor, part): target
        for row in goal.assignments
        for part, target in zip(goal.slices, row.cells, strict=True)
    }


@define(eq=False)
class Stories:
    """The stories of all goals of an account, as far as they have been read."""

    by_id: dict[str, Story] = field(factory=dict)
    cursor: str | None = None

    def read_on(self, goals: GoalRepository) -> frozenset[str]:
        """Read the changes that have come since the last time; return the ids of the goals that they concern."""
        changed: set[str] = set()
        more = True
        while more:
            page = goals.changes(goal_id=None, after=self.cursor, limit=_PAGE)
            for change in page.items:
                self.by_id.setdefault(change.goal_id, Story()).take(change)
                changed.add(change.goal_id)
            more, self.cursor = page.more, page.cursor
        return frozenset(changed)

    def standing(self) -> tuple[Goal, ...]:
        """Return the goals that there are, by id."""
        return tuple(story.goal for _, story in sorted(self.by_id.items()) if story.goal is not None)
