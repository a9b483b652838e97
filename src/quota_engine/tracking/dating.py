"""Dating: on which day a milestone was met, by the dates of the records that count. Source: rule N2."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from attrs import define

from quota_engine.contributors import ContributorKind
from quota_engine.events import CrmEvent
from quota_engine.goals import Goal
from quota_engine.measures import Direction
from quota_engine.notices import MilestoneReached
from quota_engine.plans import Work
from quota_engine.receipts import explain
from quota_engine.running import RunningSum
from quota_engine.tracking.records import Record, Records

MOST_LOOKED_AT = 10_000
"""How many records a refresh looks at, at most, to date the milestones that it reached."""


@define(eq=False)
class Dating:
    """Finds the days on which milestones were met, for so long as few enough records have to be looked at.

    Attributes:
        records: where all records are.
        work: the goals, and what their figures depend on.
        left: how many records may still be looked at.
    """

    records: Records
    work: Work
    left: int = MOST_LOOKED_AT

    def dated(self, reached: Sequence[MilestoneReached], goal: Goal) -> Sequence[MilestoneReached]:
        """Return facts of one row and slice with the days on which their marks were met; its records are looked at once.

        They stay as they are where there is no mark, or too much to look at.
        """
        measure = goal.measure
        if (
            all(fact.mark is None for fact in reached)
            or not measure.aggregate.is_addable
            or measure.direction is not Direction.HIGHER
            or self.left <= 0
        ):
            return reached
        found = self._events(reached[0], goal)
        if found is None:
            return reached
        receipt = explain(
            goal,
            reached[0].contributor,
            on=reached[0].slice.start,
            events=found,
            account=self.work.account,
            as_of=self.work.as_of,
            roster=self.work.roster,
            rates=self.work.rates,
            splits=self.work.splits,
        )
        run = RunningSum((line.day, line.credited) for line in receipt.counted if line.day is not None)
        return [fact.dated(run) for fact in reached]

    def _events(self, reached: MilestoneReached, goal: Goal) -> Sequence[CrmEvent] | None:
        """Return the versions of the records that the row may count; None where there are too many."""
        records: Iterator[tuple[Record, Sequence[CrmEvent]]] = (
            (record, [version.event for version in versions])
            for record, versions in (
                self.records.some(self._owned(reached, goal))
                if reached.contributor.kind is ContributorKind.USER
                else self.records.all_of(goal.measure.object)
            )
        )
        found = list(islice(records, self.left + 1))
        self.left -= len(found)
        return [event for _, versions in found for event in versions] if self.left >= 0 else None

    def _owned(self, reached: MilestoneReached, goal: Goal) -> set[Record]:
        """Return the records that a user owns, has owned, or has a share of."""
        kind, splits = goal.measure.object, self.work.splits
        owned = {record for record in self.records.owned_by(reached.contributor.id) if record[0] == kind}
        user = reached.contributor.id
        if splits is not None:
            shared = (record for record in splits.records if record[0] == kind)
            owned |= {record for record in shared if any(user in split.users for split in splits.of(*record))}
        return owned
