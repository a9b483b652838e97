"""Lanes: the way of one owner's records in one pipeline through the slices of goals that share a timetable.

The days of the slices are cut where credit changes, and each stretch knows the cells that a record counts in. Sources: C1 to C4.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

from attrs import frozen

from quota_engine import _fields
from quota_engine.assignments import Assignment
from quota_engine.attribution import Stretch
from quota_engine.fiscal import first_instant
from quota_engine.timetables import Timetable

FOREVER: Final = 2**80
NEVER: Final = -FOREVER
Cells = tuple[int, ...]
Key = tuple[str | None, str | None]
Route = tuple[tuple[Sequence[int], Sequence[Cells], Sequence[int], str], ...]  # bounds, cells, freezes, zone


@frozen
class Row:
    """A row of a goal as a group sees it: its first cell, and the first cell of the goal's totals where these have their own."""

    assignment: Assignment
    at: int
    totals_at: int | None

    def total(self, part: int) -> int | None:
        """Return the cell of the total that the row belongs to in a slice; none without a target there (rule C4)."""
        return None if self.totals_at is None or self.assignment.cells[part] is None else self.totals_at + part


@frozen(eq=False)
class Lane:
    """The way of one owner's records in one pipeline through the slices of a group.

    The sequences have one place per stretch of days, and one more at either end for what lies outside.

    Attributes:
        by_day: where the stretches begin, and where the last one ends, as day numbers.
        by_moment: the same as microseconds since 1970 in UTC.
        parts: the number of the slice; -1 outside.
        freezes: from when on, in microseconds, nothing recorded counts any more.
        cells: all cells that a record counts in.
        own: the owner's own rows.
        shared: all other rows that a record counts for.
        marks: for an owner who is no user, one cell of each goal that could have counted the record.
    """

    by_day: Sequence[int]
    by_moment: Sequence[int]
    parts: Sequence[int]
    freezes: Sequence[int]
    cells: Sequence[Cells]
    own: Sequence[Row]
    shared: Sequence[Sequence[Row]]
    marks: Sequence[Cells]

    def place(self, when: date | datetime) -> int:
        """Return the place in the sequences for the day or the moment that dates a record."""
        if isinstance(when, datetime):
            return bisect_right(self.by_moment, _fields.microseconds(when))
        return bisect_right(self.by_day, when.toordinal())


def cells_of(rows: Iterable[Row], part: int) -> Cells:
    """Return the cells of rows in a slice."""
    return tuple(row.at + part for row in rows)


def totals_of(rows: Iterable[Row], part: int) -> Cells:
    """Return the cells of the totals that rows belong to in a slice, each once."""
    return tuple(sorted({total for row in rows if (total := row.total(part)) is not None}))


@frozen
class Bounds:
    """Where the stretches of a lane begin and end, which slices they belong to, and when these freeze."""

    by_day: Sequence[int]
    by_moment: Sequence[int]
    parts: Sequence[int]
    freezes: Sequence[int]

    @classmethod
    def of(cls, stretches: Sequence[Stretch], times: Timetable) -> Bounds:
        """Return the bounds of stretches that tile the slices of a timetable."""
        days = [*(stretch.days.start for stretch in stretches), times.slices.span.end]
        freezes = [FOREVER if freeze is None else _fields.microseconds(freeze) for freeze in times.freezes]
        return cls(
            by_day=[day.toordinal() for day in days],
            by_moment=[_fields.microseconds(first_instant(day, times.zone)) for day in days],
            parts=[-1, *(stretch.number for stretch in stretches), -1],
            freezes=[FOREVER, *(freezes[stretch.number] for stretch in stretches), FOREVER],
        )
