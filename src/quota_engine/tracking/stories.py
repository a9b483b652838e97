"""Stories: what has become of each goal, told by the feed of its changes. Sources: rules G2, N1, N3, P6 and P8."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from attrs import define, evolve, field, frozen

from quota_engine import _fields
from quota_engine.errors import ContractViolation, RepositoryUnavailable, shown
from quota_engine.goals import Goal
from quota_engine.periods import Period
from quota_engine.ports import Change, GoalRepository, Page, asking
from quota_engine.versions import Cell, edited_versions, target_versions

_PAGE: Final = 1_000


@define(eq=False)
class Story:
    """What has become of one goal.

    Attributes:
        goal: as it stands; None once it is deleted.
        changes: all changes that were taken, in the order in which they came, none made before the one before it: where clocks
            disagree, the order says what was there.
        aimed: for each row and slice the version in which it got its target.
        edited: for the rows and slices that *edited* concerns, the version that last edited them.
        ended: for each row and slice of which something was written after the slice had ended: the version in which that was
            done first, and the target at the end.
    """

    goal: Goal | None = None
    changes: list[Change] = field(factory=list)
    aimed: Mapping[Cell, int] = field(factory=dict)
    edited: Mapping[Cell, int] = field(factory=dict)
    ended: dict[Cell, tuple[int, Decimal | None]] = field(factory=dict)

    @property
    def last(self) -> Goal | None:
        """The goal as it stands, or as it last stood before it was deleted; None before there was one."""
        return next((change.goal for change in reversed(self.changes) if change.goal is not None), None)

    def take(self, change: Change) -> bool:
        """Go on with a change; return whether it is new: a feed may give one twice."""
        before, after = self.goal, change.goal
        latest = max((done.goal.version for done in self.changes if done.goal is not None), default=0)
        if (after is None and before is None) or (after is not None and after.version <= latest):
            return False
        last = self.changes[-1].at if self.changes else change.at
        change = evolve(change, at=max(change.at, last))
        if after is not None:
            history = [after] if before is None else [before, after]
            moments = [change.at] if before is None else [last, change.at]
            self.aimed = target_versions(history, before=None if before is None else self.aimed)
            self.edited = edited_versions(zip(history, moments, strict=True), before=self.edited)
            self._note_ended(before, after, change.at)
        self.goal = after
        self.changes.append(change)
        return True

    def _note_ended(self, before: Goal | None, after: Goal, moment: datetime) -> None:
        """Keep what was promised at the end of slices that had ended at a moment; what comes later is no first promise."""
        times = after.timetable
        ended = {part for part, end in zip(after.slices, times.ends, strict=True) if end <= moment}
        if not ended:
            return
        old = {} if before is None else _targets(before)
        for cell, target in (_targets(after) | old).items():
            if cell[1] in ended:
                self.ended.setdefault(cell, (after.version, target))

    def until(self, moment: datetime) -> Story:
        """Return the story without the changes that were made after a moment."""
        if all(change.at <= moment for change in self.changes):
            return self
        earlier = Story()
        for change in self.changes:
            if change.at <= moment:
                earlier.take(change)
        return earlier

    def version(self, number: int) -> Goal | None:
        """Return the goal in one of its versions; None where there was none of that number."""
        goals = (change.goal for change in self.changes)
        return next((goal for goal in goals if goal is not None and goal.version == number), None)

    def retargeted(self, goal: Goal, *, as_of: datetime) -> frozenset[tuple[int, int]]:
        """Return where a state of the goal has a target that is not the one of the slice's end (rules P6 and P8).

        Each is the place of the row and that of the slice, which has ended at the moment asked about.
        """
        promised = {cell: target for cell, (since, target) in self.ended.items() if since <= goal.version}
        if not promised:
            return frozenset()
        slices = list(zip(goal.slices, goal.timetable.ends, strict=True))
        return frozenset(
            (row, number)
            for row, assignment in enumerate(goal.assignments)
            for number, ((part, end), target) in enumerate(zip(slices, assignment.cells, strict=True))
            if end <= as_of and promised.get((assignment.contributor, part), target) != target
        )


def _targets(goal: Goal) -> dict[Cell, Decimal | None]:
    return {
        (row.contributor, part): target
        for row in goal.assignments
        for part, target in zip(goal.slices, row.cells, strict=True)
    }


@frozen
class Needs:
    """What some goals need to be counted.

    Attributes:
        kinds: by kind of record, the properties that their measures read.
        currency_names: by kind of record, the properties that name its currency.
        currencies: of the goals.
        zones: of the goals, by name.
        span: all days of their slices; None without goals.
    """

    kinds: Mapping[str, frozenset[str]]
    currency_names: Mapping[str, frozenset[str]]
    currencies: frozenset[str]
    zones: frozenset[str]
    span: Period | None

    @classmethod
    def of(cls, goals: Sequence[Goal]) -> Needs:
        """Return what goals need."""
        kinds: dict[str, frozenset[str]] = {}
        names: dict[str, frozenset[str]] = {}
        for measure in {goal.measure for goal in goals}:
            kinds[measure.object] = kinds.get(measure.object, frozenset()) | measure.properties
            if measure.is_money:
                names[measure.object] = names.get(measure.object, frozenset()) | {measure.currency}
        spans = [goal.slices.span for goal in goals]
        return cls(
            dict(sorted(kinds.items())),
            names,
            frozenset(goal.currency for goal in goals),
            frozenset(goal.zone for goal in goals),
            Period(min(span.start for span in spans), max(span.end for span in spans)) if spans else None,
        )


@define(eq=False)
class Stories:
    """The stories of all goals of an account, as far as the feed has been read.

    Attributes:
        by_id: the story of each goal.
        cursor: where the feed goes on.
        standing: the goals that there are, by id.
        needs: what these need.
        latest: when the latest change was made; None without any.
    """

    by_id: dict[str, Story] = field(factory=dict)
    cursor: str | None = None
    standing: tuple[Goal, ...] = ()
    needs: Needs = field(factory=lambda: Needs.of(()))
    latest: datetime | None = None

    def read_on(self, goals: GoalRepository) -> None:
        """Read the changes that have come since the last time.

        Raises:
            RepositoryUnavailable: they cannot be read now.
            ContractViolation: something else came.
        """
        has_changed, more = False, True
        try:
            while more:
                page = self._page(goals)
                for change in page.items:
                    if self.by_id.setdefault(change.goal_id, Story()).take(change):
                        has_changed = True
                        self.latest = change.at if self.latest is None else max(self.latest, change.at)
                more, self.cursor = page.more, page.cursor if page.cursor is not None else self.cursor
        finally:
            if has_changed:  # also where a page failed: what came before it is not read again
                self._stand()

    def _page(self, goals: GoalRepository) -> Page[Change]:
        with asking("goals", unavailable=RepositoryUnavailable):
            page = goals.changes(goal_id=None, after=self.cursor, limit=_PAGE)
        if not isinstance(page, Page) or (page.more and page.cursor in {None, self.cursor}):
            raise ContractViolation(
                f"goals.changes: expected a Page that goes on, got {shown(page)}",
                field="goals.changes",
                value=shown(page),
            )
        for index, item in enumerate(page.items):
            _fields.instance_of(Change, "a Change")(item, f"goals.changes[{index}]")
        return page

    def _stand(self) -> None:
        self.standing = tuple(story.goal for _, story in sorted(self.by_id.items()) if story.goal is not None)
        self.needs = Needs.of(self.standing)

    def until(self, moment: datetime) -> Stories:
        """Return the stories without the changes that were made after a moment."""
        if self.latest is None or self.latest <= moment:
            return self
        earlier = Stories({goal_id: story.until(moment) for goal_id, story in self.by_id.items()})
        earlier._stand()
        return earlier
