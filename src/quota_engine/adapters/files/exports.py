"""Exports: rows as CSV that a spreadsheet takes for data and never for formulas, and back. Source: OWASP, "CSV Injection"."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Final

from quota_engine.errors import InvalidDocument

Cell = str | int | bool | Decimal | date | None

_SPECIAL: Final = re.compile('[,"\r\n]')
_EMPTY: Final = '""'
# What a spreadsheet takes for the beginning of a formula, with the full-width forms.
_FORMULA: Final = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def csv_text(rows: Iterable[Mapping[str, Cell]]) -> str:
    """Return rows as CSV that a spreadsheet takes for data and never for formulas; `csv_rows` gives the same rows back.

    The columns are the keys of the first row. Numbers are written exactly and without exponent, days and moments as ISO 8601,
    True and False as words, None as nothing. Text that begins as a formula does gets an apostrophe in front of it. Source: OWASP.

    >>> print(csv_text([{"name": "=1+1", "amount": Decimal("-1.00")}]), end="")
    name,amount
    '=1+1,-1.00
    """
    lines = [dict(row) for row in rows]
    header = list(lines[0]) if lines else []
    table = [[_quoted(_defused(name)) for name in header]]
    table += [[_quoted(_as_text(line[name])) for name in header] for line in lines]
    return "".join(f"{','.join(cells) or _EMPTY}\n" for cells in table if header)


def csv_rows(text: str) -> list[dict[str, str]]:
    """Return the rows that `csv_text` was given, all values as text: what stands in front of formulas is taken off.

    Raises:
        InvalidDocument: the text is no such CSV.
    """
    try:
        header, *lines = list(csv.reader(StringIO(text, newline=""), strict=True)) or [[]]
        return [{_fused(name): _fused(cell) for name, cell in zip(header, line, strict=True)} for line in lines]
    except (csv.Error, ValueError) as error:
        raise InvalidDocument(f"text: expected CSV with as many cells in each row: {error}", field="text") from None


def _as_text(cell: Cell) -> str:
    if isinstance(cell, str):
        return _defused(cell)
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    return cell.isoformat() if isinstance(cell, date) else format(cell, "f" if isinstance(cell, Decimal) else "d")


def _defused(text: str) -> str:
    return f"'{text}" if _FORMULA.match(text) else text


def _fused(text: str) -> str:
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _SPECIAL.search(text) else text
