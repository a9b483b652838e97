"""Edits: what has changed between two states of a goal, one by one. Source: rules G2 and N1."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import frozen

from quota_engine.assignments import Assignment
from quota_engine.contributors import Contributor
from quota_engine.periods import Partition, Period


@frozen(kw_only=True)
class Edit:
    """One thing that differs between two states of a goal.

    Attributes:
        contributor: whose row it is; None for what the goal has as a whole.
        slice: the days of the cell, for "target" and "locked"; None for everything else.
        field: "target" or "locked" of a cell; "pipelines" or "milestones" of a row; "row" for a row that came or went; "order"
            of the rows; otherwise the goal's own field, such as "name".
        before: what it was; None for nothing.
        after: what it is; None for nothing.
    """

    contributor: Contributor | None
    slice: Period | None
    field: str
    before: object
    after: object


def of_rows(
    before: Iterable[Assignment], after: Iterable[Assignment], slices_before: Partition, slices_after: Partition
) -> Iterator[Edit]:
    """Yield what differs between two sets of rows: those there are now in their order, then those that went, then the order.

    Cells are compared by their days: one that a state does not have is as one without a target.
    """
    old, new = ({row.contributor: row for row in rows} for rows in (before, after))
    for contributor, row in new.items():
        former = old.get(contributor)
        if former is None:
            yield Edit(contributor=contributor, slice=None, field="row", before=None, after=row)
        else:
            yield from _of_row(former, row, slices_before, slices_after)
    for contributor, row in old.items():
        if contributor not in new:
            yield Edit(contributor=contributor, slice=None, field="row", before=row, after=None)
    orders = [tuple(each for each in rows if each in others) for rows, others in ((old, new), (new, old))]
    if orders[0] != orders[1]:
        yield Edit(contributor=None, slice=None, field="order", before=orders[0], after=orders[1])


def _of_row(before: Assignment, after: Assignment, slices_before: Partition, slices_after: Partition) -> Iterator[Edit]:
    contributor = after.contributor
    for name in ("pipelines", "milestones"):
        was, now = getattr(before, name), getattr(after, name)
        if was != now:
            yield Edit(contributor=contributor, slice=None, field=name, before=was, after=now)
    if (before.cells, before.locked, slices_before) == (after.cells, after.locked, slices_after):
        return
    old, new = (
        dict(zip(slices, row.cells, strict=True)) for slices, row in ((slices_before, before), (slices_after, after))
    )
    for part in sorted({*old, *new}):
        if old.get(part) != new.get(part):
            yield Edit(contributor=contributor, slice=part, field="target", before=old.get(part), after=new.get(part))
        if (part in before.locked) is not (part in after.locked):
            locked = part in before.locked, part in after.locked
            yield Edit(contributor=contributor, slice=part, field="locked", before=locked[0], after=locked[1])
