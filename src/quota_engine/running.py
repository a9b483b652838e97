"""Running sums: what dated amounts have come to day by day, and the first day on which that met a mark. Sources: rules N2 and N3.

A day is added as a whole before anything is asked, so that a refund of the same day counts. Amounts are kept in grains.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from quota_engine import _fields, amounts
from quota_engine.amounts import Grains
from quota_engine.errors import mistyped

_TOO_MANY: Final = 10**amounts.WHOLE_DIGITS

Amount = Decimal | Fraction | int


def _in_grains(amount: Amount, name: str) -> Grains:
    if type(amount) is int and -_TOO_MANY < amount < _TOO_MANY:  # as `exact` would let through, without a Decimal
        return amount * amounts.ONE
    if not isinstance(amount, (Decimal, int)) and isinstance(amount, Fraction):  # asked last, since it is asked slowly
        return amount * amounts.ONE
    return amounts.grains(amounts.exact(amount, name))


def _day_by_day(counted: Iterable[tuple[date, Amount]]) -> tuple[tuple[date, Grains], ...]:
    """Return the days in order, each with what everything up to its end comes to."""
    if isinstance(counted, (str, bytes)) or not isinstance(counted, Iterable):
        raise mistyped("counted", counted, "pairs of a day and an amount")
    by_day: dict[date, Grains] = {}
    for index, pair in enumerate(counted):
        try:
            day, amount = pair
        except (TypeError, ValueError):
            raise mistyped(f"counted[{index}]", pair, "a pair of a day and an amount") from None
        if type(day) is not date:
            _fields.calendar_day(day, f"counted[{index}].day")
        by_day[day] = by_day.get(day, 0) + _in_grains(amount, f"counted[{index}].amount")
    found: list[tuple[date, Grains]] = []
    total: Grains = 0
    for day in sorted(by_day):
        total += by_day[day]
        found.append((day, total))
    return tuple(found)


class RunningSum:
    """What pairs of a day and an amount come to, day by day; made once, and asked for as many marks as there are.

    The pairs may come in any order. Iterating gives each day on which something was added, in order, with the sum so far.

    >>> run = RunningSum([(date(2025, 7, 2), 30), (date(2025, 7, 1), 60)])
    >>> [run.reached_on(mark) for mark in (50, 90, 100)]
    [datetime.date(2025, 7, 1), datetime.date(2025, 7, 2), None]
    """

    def __init__(self, counted: Iterable[tuple[date, Amount]]) -> None:
        """Add the amounts up, day by day.

        Raises:
            InvalidType, InvalidValue: an item that is no pair, a day that is no date, or an amount that `exact` refuses; each is
                named by its index.
        """
        self._days = _day_by_day(counted)

    def __iter__(self) -> Iterator[tuple[date, Decimal]]:
        """Iterate over the days, each with the sum of all amounts up to its end."""
        return ((day, amounts.from_grains(total)) for day, total in self._days)

    def reached_on(self, mark: Amount, *, beyond: bool = False) -> date | None:
        """Return the first day on which the running sum met a mark; None where it never did.

        Args:
            mark: the amount; reached exactly counts.
            beyond: the sum must be more than the mark.

        Raises:
            InvalidType, InvalidValue: a mark that is no exact amount.
        """
        wanted = _in_grains(mark, "mark")
        for day, total in self._days:
            if total > wanted or (total == wanted and not beyond):
                return day
        return None
