"""Display: how exact figures are shown to people. Rounding happens here and nowhere else. Source: rule P2."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from quota_engine import _fields, amounts
from quota_engine.measures import MONEY

NOTHING: Final = "n/a"
_FULL: Final = Decimal(100)
_BAR: Final = " ▏▎▍▌▋▊▉█"
_DURATION: Final = "duration"
_DURATION_PLACES: Final = 1
_OTHER_PLACES: Final = 6


def percent(attainment: Decimal | None, *, places: int = 0) -> str:
    """Return an attainment as percent, rounded half up, but never shown as reached when it is not.

    What falls short of 100 % and would be rounded up to it is shown with one decimal more, rounded down.

    >>> percent(Decimal("1.024")), percent(Decimal("0.9996")), percent(None)
    ('102 %', '99.9 %', 'n/a')
    """
    if attainment is None:
        return NOTHING
    _fields.whole(places, "places", 0, amounts.PLACES)
    exactly = amounts.times(attainment, 100)
    shown = amounts.rounded(exactly, places)
    if exactly < _FULL <= shown:
        shown = amounts.rounded_down(exactly, places + 1)
    return f"{_unsigned(shown):f} %"


def amount(value: Decimal | None, *, unit: str, currency: str | None) -> str:
    """Return an amount with thousands apart, without the name of the unit.

    Money is shown to the currency's smallest coin, durations to one decimal, everything else to six at most.

    >>> amount(Decimal("51200"), unit="money", currency="EUR")
    '51,200.00'
    """
    if value is None:
        return NOTHING
    if unit == MONEY and currency is not None:
        return f"{_unsigned(amounts.rounded(value, amounts.minor_units(currency))):,f}"
    shown = amounts.rounded(value, _DURATION_PLACES if unit == _DURATION else _OTHER_PLACES)
    return f"{_unsigned(shown):,f}".rstrip("0").removesuffix(".")


def _unsigned(shown: Decimal) -> Decimal:
    """Return what is shown, without the sign that is left when something below zero is rounded to nothing."""
    return shown or shown.copy_abs()


def filled(attainment: Decimal | None, *, parts: int) -> int:
    """Return how many of so many parts of a bar are filled: none up to zero, all from 100 % on, and not all short of it."""
    if attainment is None or attainment <= 0:
        return 0
    return parts if attainment >= 1 else int(amounts.rounded_down(amounts.times(attainment, parts), 0))


def bar(attainment: Decimal | None, *, width: int = 20) -> str:
    """Return a bar of block characters that is full at 100 %; what lies beyond is cut off."""
    eighths = filled(attainment, parts=8 * width)
    return _BAR[-1] * (eighths // 8) + (_BAR[eighths % 8].strip())


def aligned(rows: Sequence[Sequence[str]], *, right: frozenset[int]) -> list[str]:
    """Return rows of text as lines, in columns as wide as they need; the columns whose numbers are in `right` are flush right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if number in right else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, right: frozenset[int]) -> str:
    """Return rows of text under a header and a rule, in aligned columns."""
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    return "\n".join(aligned([header, ["-" * width for width in widths], *rows], right=right))
