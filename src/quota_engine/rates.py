"""Rates: a dated table of exchange rates. Source: rule M4."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from attrs import Factory, field, frozen

from quota_engine import _fields, amounts
from quota_engine._fields import Field, FrozenMap
from quota_engine.errors import invalid, mistyped


class Missing(StrEnum):
    """What becomes of a record in an open slice for whose currency and day there is no rate. In a frozen one it is left out.

    Attributes:
        REFUSE: `MissingRate` names every such record, and there are no figures: neither of `calculate` nor of a refresh.
        LEAVE_OUT: it does not count, which the finding `no_rate` reports and its receipt says.
    """

    REFUSE = "refuse"
    LEAVE_OUT = "leave_out"


def _as_missing(value: str) -> Missing:
    return _fields.word(value, "missing", Missing)


def _as_table(entries: Mapping[tuple[str, date], Decimal | int | str]) -> FrozenMap[tuple[str, date], Decimal]:
    if not isinstance(entries, Mapping):
        raise mistyped("entries", entries, "a mapping from (currency, day) to a rate")
    return FrozenMap(sorted(_checked_entry(key, rate) for key, rate in entries.items()))


def _checked_entry(key: object, rate: object) -> tuple[tuple[str, date], Decimal]:
    first, second = _fields.pair(key, "entries", "keys of a currency and a day")
    code, day = amounts.currency(first, "entries"), _fields.calendar_day(second, "entries")
    path = f"entries[{code}, {day}]"
    number = amounts.exact(rate, path)
    if number <= 0:
        raise invalid(path, number, "a rate above zero", code="out_of_range")
    return (code, day), number


def _check_entries(rates: Rates, _attribute: Field, entries: FrozenMap[tuple[str, date], Decimal]) -> None:
    for code, _day in entries:
        if code == rates.base:
            raise invalid(
                "entries", code, "no rate of the base currency to itself, which is always one", code="base_rate"
            )


def _dated_by_currency(rates: Rates) -> FrozenMap[str, tuple[tuple[date, Decimal], ...]]:
    dated: dict[str, list[tuple[date, Decimal]]] = {}
    for (code, day), rate in sorted(rates.entries.items()):
        dated.setdefault(code, []).append((day, rate))
    return FrozenMap((code, tuple(entries)) for code, entries in dated.items())


@frozen
class Rates:
    """Exchange rates to one base currency, each dated: one unit of the foreign currency is so many units of the base.

    A rate holds from its day until the next entry of its currency; before the first entry there is none. A record is converted at
    the rate of the day it counts on, and one dated ahead at that of the day asked about (rule M4).

    Rates have no recording time and count as always known: an entry that is rewritten, removed, or inserted for a past day moves
    frozen figures as well.

    Attributes:
        base: the currency that all rates lead to.
        entries: the rate of a currency from a day on, by (currency, day); in order, however they are given.
        missing: whether a record without a rate is refused, or left out and reported.

    >>> rates = Rates("EUR", {("USD", date(2025, 1, 1)): "0.96"})
    >>> rates.between("USD", "EUR", on=date(2025, 3, 1))
    Fraction(24, 25)
    """

    base: str = field(validator=_fields.checked(amounts.currency))
    entries: FrozenMap[tuple[str, date], Decimal] = field(converter=_as_table, validator=_check_entries)
    missing: Missing = field(default=Missing.REFUSE, converter=_as_missing)
    _dated: FrozenMap[str, tuple[tuple[date, Decimal], ...]] = field(
        init=False, eq=False, repr=False, default=Factory(_dated_by_currency, takes_self=True)
    )

    def between(self, currency: str, other: str, *, on: date) -> Fraction | None:
        """Return how many units of `other` one unit of `currency` is on a day, exactly; None where there is no rate.

        Rates between two currencies, neither of which is the base, are kept as fractions. A currency to itself is one.
        """
        _fields.calendar_day(on, "on")
        if currency == other:
            return Fraction(1)
        one, another = self._to_base(currency, on), self._to_base(other, on)
        return None if one is None or another is None else one / another

    def _to_base(self, currency: str, on: date) -> Fraction | None:
        if currency == self.base:
            return Fraction(1)
        dated = self._dated.get(currency, ())
        found = bisect_right(dated, on, key=_day)
        return Fraction(dated[found - 1][1]) if found else None


def _day(entry: tuple[date, Decimal]) -> date:
    return entry[0]
