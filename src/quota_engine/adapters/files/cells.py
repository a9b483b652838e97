"""Cells: what a cell of a CSV or JSON file may say, and the value that it stands for. Nothing is guessed and nothing is stripped.

Each check takes a cell and the name of its field, and gives the value or raises a typed error, as those of `_fields` do.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from quota_engine import _fields, amounts
from quota_engine.errors import QuotaError, invalid, mistyped

_WHOLE: Final = re.compile(r"[+-]?\d{1,48}", re.ASCII)
_TRUTHS: Final = {"true": True, "false": False}
_MOMENT: Final = "a moment with its zone, such as 2025-08-04T09:00:00Z"


def truth(cell: object, field: str) -> bool:
    """Return True or False for the texts "true" and "false" (in any case), or for JSON's own."""
    found = _TRUTHS.get(cell.lower()) if isinstance(cell, str) else cell
    if not isinstance(found, bool):
        raise invalid(field, cell, "true or false")
    return found


def moment(cell: object, field: str) -> datetime:
    """Return the moment, in UTC, of ISO 8601 text with an offset."""
    found = _when(cell)
    if not isinstance(found, datetime):
        raise invalid(field, cell, _MOMENT, code="invalid_moment")
    return found


def when(cell: object, field: str) -> date | datetime:
    """Return the day or the moment, in UTC, of ISO 8601 text."""
    found = _when(cell)
    if found is None:
        raise invalid(field, cell, f"a day that exists, written YYYY-MM-DD, or {_MOMENT}", code="invalid_date")
    return found


def _when(cell: object) -> date | datetime | None:
    try:
        return _fields.moment_from_text(cell, "") if isinstance(cell, str) else None
    except QuotaError:
        return None


def number(cell: object, _field: str) -> int:
    """Return a whole number, from text or from JSON."""
    return _whole(cell, "", "a whole number")


def _whole(cell: object, field: str, expected: str) -> int:
    if isinstance(cell, str) and _WHOLE.fullmatch(cell):
        return int(cell)
    if isinstance(cell, bool) or not isinstance(cell, int):
        raise invalid(field, cell, expected) if isinstance(cell, (str, Decimal)) else mistyped(field, cell, expected)
    return cell


def minor(places: int) -> Callable[[object, str], int]:
    """Return the check of amounts that are written as whole numbers of minor units, such as cents for 2 places."""
    limit = 10 ** (amounts.WHOLE_DIGITS + places)
    expected = f"a whole number of minor units (with {places} decimal places), such as {12 * 10**places} for 12"

    def check(cell: object, field: str) -> int:
        found = _whole(cell, field, expected)
        if abs(found) >= limit:
            raise invalid(field, cell, f"{expected}, within {amounts.WHOLE_DIGITS} digits before the point")
        return found

    return check


def unscaled(units: int, places: int) -> Decimal:
    """Return the amount that a whole number of minor units stands for."""
    return amounts.from_grains(units * 10 ** (amounts.PLACES - places))


def words(cell: object, field: str) -> tuple[str, ...]:
    """Return the ids that a text names, with semicolons between them."""
    return tuple(_fields.identifier(word, field) for word in _fields.text(cell, field, longest=10_000).split(";"))
