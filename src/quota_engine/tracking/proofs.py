"""Proofs: what differs between figures that are kept and figures calculated anew. Source: rule P9."""

from __future__ import annotations

from collections.abc import Iterator

from attrs import fields, frozen

from quota_engine.contributors import Contributor
from quota_engine.periods import Period
from quota_engine.progress import Calculation, Progress


@frozen(kw_only=True)
class Difference:
    """One field of a figure that is not what it would be if it were calculated anew.

    Attributes:
        goal_id: the goal.
        contributor: whose row.
        slice: the days.
        field: of `Progress`.
        stored: what is kept.
        recomputed: what it would be.
    """

    goal_id: str
    contributor: Contributor
    slice: Period
    field: str
    stored: object
    recomputed: object


def differences(stored: Calculation, anew: Calculation) -> Iterator[Difference]:
    """Yield the fields in which figures differ, and the totals that do, which are named as those of the whole account."""
    for mine, theirs in zip(stored, anew, strict=True):
        for each in fields(Progress):
            values = getattr(mine, each.name), getattr(theirs, each.name)
            if values[0] != values[1]:
                yield Difference(
                    goal_id=mine.goal_id,
                    contributor=mine.contributor,
                    slice=mine.slice,
                    field=each.name,
                    stored=values[0],
                    recomputed=values[1],
                )
    for goal in stored.goals:
        for part in goal.slices:
            totals = stored.total(goal.id, on=part.start), anew.total(goal.id, on=part.start)
            if totals[0] != totals[1]:
                yield Difference(
                    goal_id=goal.id,
                    contributor=Contributor.account(),
                    slice=part,
                    field="total",
                    stored=totals[0],
                    recomputed=totals[1],
                )
