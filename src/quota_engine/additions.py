"""Additions: what was added to the cells of a plan day by day, and on which day each met its marks. Sources: rules N1 to N3.

What `quota_engine.running` does for one row and slice is done here for all at once, in one pass over the days.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import chain

from attrs import field, frozen

from quota_engine import _fields, amounts
from quota_engine.amounts import Grains
from quota_engine.fiscal import first_instant, local_day
from quota_engine.goals import Goal
from quota_engine.measures import Direction

Kind = tuple[str, bool, int]
"""What numbers are: the zone in which a moment has its day, whether they are days already, the decimal places of amounts."""


def marks_of(goal: Goal, percents: Iterable[Decimal]) -> list[tuple[Grains, ...]]:
    """Return for each row and slice the amounts, in grains, that are so many percent of its target; empty where there is no day.

    That is where the target is none or zero, and unless the measure is a sum or a count where higher is better.
    """
    targets = list(chain.from_iterable(row.cells for row in goal.assignments))
    measure = goal.measure
    if not measure.aggregate.is_addable or measure.direction is not Direction.HIGHER:
        return [()] * len(targets)
    marks = {
        target: tuple(_whole(Fraction(target) * Fraction(percent) * amounts.ONE / 100) for percent in percents)
        for target in set(targets)
        if target
    }
    return [() if target is None else marks.get(target, ()) for target in targets]


def _whole(count: Fraction) -> Grains:
    """Return a number as an int where it is whole, which is compared faster."""
    return count.numerator if count.denominator == 1 else count


@frozen
class _Columns:
    """What was added, in columns of one length: the cell, the day number or the microseconds that date it, the amount."""

    cells: list[int] = field(factory=list)
    when: list[int] = field(factory=list)
    amounts: list[Grains] = field(factory=list)


class Additions:
    """What was added to many cells, with what dates it; kept until it is asked when their running sums met their marks."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._columns: dict[Kind, _Columns] = {}

    def add(self, kind: Kind, cells: Iterable[int], when: Iterable[int], added: Iterable[Grains]) -> None:
        """Keep what is added to each of some cells.

        Args:
            kind: what the numbers are.
            cells: the cells.
            when: for each the day number, or the microseconds since 1970 in UTC.
            added: for each the amount.
        """
        columns = self._columns.setdefault(kind, _Columns())
        columns.cells.extend(cells)
        columns.when.extend(when)
        columns.amounts.extend(added)

    def add_record(
        self, dated: Mapping[int, date | datetime], worths: Mapping[int, Grains | None], *, zone: str, is_count: bool
    ) -> None:
        """Keep what a record is worth in some cells, in grains, with what dates it there; None where it does not count."""
        for cell, when in dated.items():
            worth = worths[cell]
            if worth is not None:
                is_moment = isinstance(when, datetime)
                number = _fields.microseconds(when) if isinstance(when, datetime) else when.toordinal()
                added = amounts.ONE if is_count else worth
                self.add((zone, not is_moment, amounts.PLACES), (cell,), (number,), (added,))

    def take(self, other: Additions) -> None:
        """Keep what others keep as well."""
        for kind, columns in other._columns.items():
            self.add(kind, columns.cells, columns.when, columns.amounts)

    def first_days(self, wanted: Mapping[int, Sequence[Grains]], *, most: int, size: int) -> list[list[date | None]]:
        """Return by the number of the mark, and then by cell, the first day on which the running sum of the cell met it.

        All cells run through the days together, so that there is one order to be made: that of the days.

        Args:
            wanted: the marks of those cells that have any, in grains, ascending.
            most: how many marks a cell has at most.
            size: the number of cells.
        """
        never = self._more_than_all()
        awaited, met = [never] * size, [0] * size
        sums: list[Grains] = [0] * size
        for cell, marks in wanted.items():
            awaited[cell] = marks[0]
        found: list[list[date | None]] = [[None] * size for _ in range(most)]
        for number, columns in sorted(self._by_day().items()):
            day, reached = date.fromordinal(number), list[int]()
            for cells, added, scale in columns:
                for cell, amount in zip(cells, added, strict=True):
                    total = sums[cell] + amount * scale
                    sums[cell] = total
                    if total >= awaited[cell]:
                        reached.append(cell)
            # Who is at a mark at the end of the day was so at the last addition; who was so before may have fallen again.
            for cell in reached:
                place = met[cell]
                while place < most and sums[cell] >= wanted[cell][place]:
                    found[place][cell] = day
                    place += 1
                met[cell], awaited[cell] = place, wanted[cell][place] if place < most else never
        return found

    def _more_than_all(self) -> Grains:
        """Return more than anything here adds up to: what a cell awaits that has no mark, or none left."""
        everything: Grains = 1
        for (_, _, places), columns in self._columns.items():
            everything += sum(amount for amount in columns.amounts if amount > 0) * _scale(places)
        return everything

    def _by_day(self) -> dict[int, list[tuple[list[int], list[Grains], int]]]:
        """Return by the number of the day what was added on it: cells, amounts, and how many grains is one of their units."""
        found: defaultdict[int, list[tuple[list[int], list[Grains], int]]] = defaultdict(list)
        for (zone, by_day, places), columns in self._columns.items():
            days = columns.when if by_day else _day_numbers(columns.when, zone)
            added_on: defaultdict[int, tuple[list[int], list[Grains]]] = defaultdict(lambda: ([], []))
            for day, cell, amount in zip(days, columns.cells, columns.amounts, strict=True):
                cells, added = added_on[day]
                cells.append(cell)
                added.append(amount)
            for day, (cells, added) in added_on.items():
                found[day].append((cells, added, _scale(places)))
        return found


def _scale(places: int) -> int:
    scale: int = 10 ** (amounts.PLACES - places)
    return scale


def _day_numbers(moments: Sequence[int], zone: str) -> Iterable[int]:
    """Return the numbers of the local days of some moments (see `local_day`): each of these days is laid out once."""
    if not moments:
        return ()
    first, last = (local_day(_fields.moment_of(end), zone) for end in (min(moments), max(moments)))
    numbers = range(first.toordinal(), last.toordinal() + 1)
    starts = [_fields.microseconds(first_instant(date.fromordinal(number), zone)) for number in numbers]
    return (numbers[bisect_right(starts, moment) - 1] for moment in moments)
