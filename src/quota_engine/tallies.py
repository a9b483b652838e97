"""Tallies: what the records of a cell add up to, exactly, in any order. Sources: rules M2, M3 and C4.

Amounts are kept as whole numbers of grains (see `amounts`); an amount that was converted by a rate is a fraction of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from attrs import frozen

from quota_engine import amounts
from quota_engine.additions import Additions
from quota_engine.amounts import Grains
from quota_engine.errors import CurrencyMismatch
from quota_engine.measures import Aggregate, Measure
from quota_engine.plans import Block


@frozen(kw_only=True)
class Tally:
    """What the records of a cell, or of several, add up to, in grains. Tallies of one unit and currency merge in any order.

    Attributes:
        unit: the measure's.
        currency: of the amounts; None unless the unit is money.
        total: the exact sum of the amounts.
        counted: the number of records.
        lowest: the smallest amount, None where there is none.
        highest: the largest amount, None where there is none.

    >>> a = Tally(unit="count", currency=None, total=0, counted=2, lowest=None, highest=None)
    >>> a.merged(a).counted
    4
    """

    unit: str
    currency: str | None
    total: Grains
    counted: int
    lowest: Grains | None
    highest: Grains | None

    def merged(self, other: Tally) -> Tally:
        """Return the tally of both.

        Raises:
            CurrencyMismatch: the two have different units or currencies.
        """
        if (self.unit, self.currency) != (other.unit, other.currency):
            mine, theirs = self.currency or self.unit, other.currency or other.unit
            raise CurrencyMismatch(f"unit: expected {mine}, got {theirs}", field="unit", value=theirs)
        return Tally(
            unit=self.unit,
            currency=self.currency,
            total=self.total + other.total,
            counted=self.counted + other.counted,
            lowest=min((low for low in (self.lowest, other.lowest) if low is not None), default=None),
            highest=max((high for high in (self.highest, other.highest) if high is not None), default=None),
        )

    def attained(self, aggregate: Aggregate) -> Grains | None:
        """Return what it comes to under an aggregate, in grains; None for an average or an extreme of nothing."""
        match aggregate:
            case Aggregate.SUM:
                return self.total
            case Aggregate.COUNT:
                return self.counted * amounts.ONE
            case Aggregate.AVERAGE:
                return Fraction(self.total, self.counted) if self.counted else None
            case Aggregate.MINIMUM:
                return self.lowest
            case _:  # the maximum
                return self.highest


class Figures:
    """The cells of a plan and what was added to them."""

    def __init__(self, size: int, *, by_day: bool = False) -> None:
        """Begin with nothing in any cell; `by_day`: keep also what is added with what dates it, in `additions`."""
        self.additions: Additions | None = Additions() if by_day else None
        self.counts: list[int] = [0] * size
        self._sums: dict[int, list[Grains]] = {}
        self._lowest: dict[int, Grains] = {}
        self._highest: dict[int, Grains] = {}

    def sums(self, places: int) -> list[Grains]:
        """Return the running sums of amounts that have so many decimal places."""
        found = self._sums.get(places)
        if found is None:
            found = self._sums[places] = [0] * len(self.counts)
        return found

    def add(self, cell: int, grains: Grains, *, is_extreme: bool) -> None:
        """Add one record's amount to a cell."""
        self.counts[cell] += 1
        if is_extreme:
            self._lowest[cell] = min(self._lowest.get(cell, grains), grains)
            self._highest[cell] = max(self._highest.get(cell, grains), grains)
        else:
            self.sums(amounts.PLACES)[cell] += grains

    def remove(self, cell: int, grains: Grains, *, is_extreme: bool) -> None:
        """Take one record's amount out of a cell; extremes stay, see `is_extreme`."""
        self.counts[cell] -= 1
        if not is_extreme:
            self.sums(amounts.PLACES)[cell] -= grains

    def is_extreme(self, cell: int, grains: Grains, aggregate: Aggregate) -> bool:
        """Whether an amount is the smallest or the largest of a cell, whichever an aggregate asks for."""
        return grains == (self._lowest if aggregate is Aggregate.MINIMUM else self._highest).get(cell)

    def put(self, cell: int, counted: int, total: Grains, extremes: tuple[Grains, Grains] | None) -> None:
        """Put what records have come to in a cell, in place of what it has."""
        self.counts[cell] = counted
        self.sums(amounts.PLACES)[cell] = total
        if extremes is not None:
            self._lowest[cell], self._highest[cell] = extremes

    def held(self, cell: int) -> tuple[int, Grains, tuple[Grains, Grains] | None]:
        """Return what `put` takes: what the records of a cell have come to."""
        total = sum(sums[cell] * 10 ** (amounts.PLACES - places) for places, sums in self._sums.items())
        extremes = (self._lowest[cell], self._highest[cell]) if cell in self._lowest else None
        return self.counts[cell], total, extremes

    def columns(
        self, start: int, end: int
    ) -> tuple[Sequence[int], Sequence[Grains], Sequence[tuple[Grains, Grains] | None] | None]:
        """Return what `held` does of each of the cells from one to before another, in columns; None for no extremes at all."""
        scales = [(sums[start:end], 10 ** (amounts.PLACES - places)) for places, sums in self._sums.items()]
        totals = [
            sum(parts) for parts in zip(*([part * scale for part in sums] for sums, scale in scales), strict=True)
        ]
        extremes = [self.held(cell)[2] for cell in range(start, end)] if self._lowest else None
        return self.counts[start:end], totals or [0] * (end - start), extremes

    def copied(self) -> Figures:
        """Return the same figures, to which more can be added."""
        copy = Figures(0, by_day=self.additions is not None)
        if copy.additions is not None and self.additions is not None:
            copy.additions.take(self.additions)
        copy.counts = list(self.counts)
        copy._sums = {places: list(sums) for places, sums in self._sums.items()}
        copy._lowest, copy._highest = dict(self._lowest), dict(self._highest)
        return copy

    def merged(self, other: Figures) -> Figures:
        """Return the figures of both; where they keep what was added by day, both do."""
        both = self.copied()
        if both.additions is not None and other.additions is not None:
            both.additions.take(other.additions)
        both.counts = [mine + theirs for mine, theirs in zip(self.counts, other.counts, strict=True)]
        for places, sums in other._sums.items():
            both._sums[places] = [mine + theirs for mine, theirs in zip(both.sums(places), sums, strict=True)]
        both._lowest = _folded(min, self._lowest, other._lowest)
        both._highest = _folded(max, self._highest, other._highest)
        return both

    def tally(self, cell: int, measure: Measure, currency: str) -> Tally:
        """Return what a cell has come to."""
        return Tally(
            unit=measure.unit,
            currency=currency if measure.is_money else None,
            total=sum(sums[cell] * 10 ** (amounts.PLACES - places) for places, sums in self._sums.items()),
            counted=self.counts[cell],
            lowest=self._lowest.get(cell),
            highest=self._highest.get(cell),
        )


def _folded(
    choose: Callable[[Grains, Grains], Grains], mine: dict[int, Grains], theirs: dict[int, Grains]
) -> dict[int, Grains]:
    return mine | {cell: choose(mine.get(cell, grains), grains) for cell, grains in theirs.items()}


def total_of(block: Block, part: int, figures: Figures) -> Tally:
    """Return the tally of a goal's total in a slice: each record once, rows without a target left out (rule C4)."""
    goal = block.goal
    if block.totals_at is not None:
        return figures.tally(block.totals_at + part, goal.measure, goal.currency)
    total = Tally(
        unit=goal.measure.unit,
        currency=goal.currency if goal.measure.is_money else None,
        total=0,
        counted=0,
        lowest=None,
        highest=None,
    )
    for place, row in enumerate(goal.assignments):
        if row.cells[part] is not None:
            cell = block.rows_at + place * len(goal.slices) + part
            total = total.merged(figures.tally(cell, goal.measure, goal.currency))
    return total
