"""Names of periods as people write them: FY26 Q1, FY26 P07, FY26 W31; 2026-07, 2026 Q3, 2026-W31.

A fiscal label begins with FY. Two digits name the years 1969 to 2068, as in POSIX (`strptime`, %y); a label is written with two
digits where they name the year, and with four otherwise. Labels of the calendar year are those of ISO 8601 for months and
weeks.
"""

from __future__ import annotations

import re
from typing import Final

from attrs import frozen

from quota_engine.durations import Cadence
from quota_engine.errors import invalid, mistyped
from quota_engine.fiscal.grids import Place
from quota_engine.fiscal.rules import TRANSITION, YearName, number_of
from quota_engine.periods import Period

_LETTERS: Final = {Cadence.HALF_YEARLY: "H", Cadence.QUARTERLY: "Q", Cadence.MONTHLY: "P", Cadence.WEEKLY: "W"}
_CADENCES: Final = {letter: cadence for cadence, letter in _LETTERS.items()}
_FISCAL: Final = re.compile(
    r"FY ?(?P<year>\d{4}|\d{2})(?P<transition>T?)(?:[ -]?(?P<letter>[HQPW])(?P<number>\d{1,3}))?", re.ASCII
)
_FISCAL_LAST: Final = re.compile(
    r"(?P<letter>[HQPW])(?P<number>\d{1,3})[ -]?FY ?(?P<year>\d{4}|\d{2})(?P<transition>T?)", re.ASCII
)
_CALENDAR: Final = re.compile(
    r"(?P<year>\d{4})(?P<transition>)(?:[ -]?(?P<letter>[HQW])(?P<number>\d{1,3}))?", re.ASCII
)
_MONTH: Final = re.compile(r"(?P<year>\d{4})-(?P<number>\d{2})", re.ASCII)
_DAYS: Final = re.compile(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})", re.ASCII)
_FIRST_SHORT: Final = 1969
_CENTURY: Final = 100
_LONGEST: Final = 40
_EXPECTED: Final = "a label such as FY26, FY26 H1, FY26 Q1, FY26 P07, FY26 W31, 2026, 2026 Q3, 2026-07 or 2026-W31"


@frozen
class Label:
    """What a label names: a period of a fiscal year (aligned) or of a calendar or week year."""

    cadence: Cadence
    place: Place
    aligned: bool

    def __str__(self) -> str:
        """Return the label as it is written."""
        year, number = self.place.year, self.place.number
        letter = _LETTERS.get(self.cadence)
        if self.aligned:
            name = f"FY{_short(year)}"
            digits = 2 if self.cadence in {Cadence.MONTHLY, Cadence.WEEKLY} else 1
            return name if letter is None else f"{name} {letter}{number:0{digits}}"
        if self.cadence is Cadence.MONTHLY:
            return f"{year}-{number:02}"
        if self.cadence is Cadence.WEEKLY:
            return f"{year}-W{number:02}"
        return str(year) if letter is None else f"{year} {letter}{number}"


def _short(name: YearName) -> str:
    year = number_of(name)
    is_short = _FIRST_SHORT <= year < _FIRST_SHORT + _CENTURY
    written = f"{year % _CENTURY:02}" if is_short else str(year)
    return written + (TRANSITION if isinstance(name, str) else "")


def _full(digits: str) -> int:
    if len(digits) > len("26"):
        return int(digits)
    return (int(digits) - _FIRST_SHORT) % _CENTURY + _FIRST_SHORT


def read(text: object) -> Label | Period:
    """Return what a label names; of a custom period, its days.

    Capitals and small letters are the same, and a space or hyphen before the letter may be left out.

    Raises:
        InvalidType: it is no text.
        InvalidValue: it is no label.
    """
    if not isinstance(text, str):
        raise mistyped("label", text, _EXPECTED)
    given = text[:_LONGEST].upper() if text.isascii() else ""
    for pattern, aligned in ((_FISCAL, True), (_FISCAL_LAST, True), (_CALENDAR, False)):
        found = pattern.fullmatch(given)
        if found:
            letter, number = found["letter"], found["number"]
            cadence = Cadence.YEARLY if letter is None else _CADENCES[letter]
            year = _full(found["year"])
            name = f"{year}{TRANSITION}" if found["transition"] else year
            return Label(cadence, Place(name, 1 if number is None else int(number)), aligned)
    if days := _DAYS.fullmatch(given):
        return Period.closed(days[1], days[2])
    month = _MONTH.fullmatch(given)
    if month:
        return Label(Cadence.MONTHLY, Place(int(month["year"]), int(month["number"])), aligned=False)
    raise invalid("label", text, _EXPECTED, code="not_a_label")
