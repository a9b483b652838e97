"""Mistakes: all that is wrong in the files of a folder, collected so that a person sees everything at once."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice
from typing import Final

from attrs import define, field

from quota_engine.errors import InvalidDocument, QuotaError, shown

MOST: Final = 100
_LONGEST_NAME: Final = 80
_MOST_COMPARED: Final = 1_000


def plainly(name: str) -> str:
    """Return a name from a file as it may stand in a message: as it is where that is short and printable."""
    return name if name.isprintable() and 0 < len(name) <= _LONGEST_NAME else shown(name)


def meant(word: str, known: Iterable[str]) -> str:
    """Return a hint at the known word that was probably meant, or nothing.

    >>> meant("curency", ["id", "currency"])
    '; did you mean currency?'
    """
    close = get_close_matches(word[:_LONGEST_NAME], islice(known, _MOST_COMPARED), 1)
    return f"; did you mean {plainly(close[0])}?" if close else ""


@define
class Mistakes:
    """Every mistake found so far, by file. Where a file has 100 of them, nobody should read on in it."""

    _files: dict[str, list[tuple[int, str]]] = field(factory=dict)

    def begin(self, file: str) -> None:
        """Give a file its place in the list: files stand in the order in which they were begun."""
        self._files.setdefault(file, [])

    def add(self, file: str, where: str, said: str, *, row: int = 0) -> None:
        """Note a mistake: in which file, where in it, and what was expected. `row` is what mistakes are sorted by."""
        place = f"{plainly(file)}, {where}" if where else plainly(file)
        self._files.setdefault(file, []).append((row, f"{place}: {said}"))

    def refused(self, file: str, where: str, error: QuotaError, *, row: int = 0) -> None:
        """Note what a value's own check said; the field that it names gives way to the place in the file."""
        self.add(file, where, str(error).removeprefix(f"{error.field}: "), row=row)

    def __bool__(self) -> bool:
        """Whether there are any."""
        return any(self._files.values())

    def count(self, file: str) -> int:
        """Return how many mistakes a file has."""
        return len(self._files.get(file, ()))

    def is_full(self, file: str) -> bool:
        """Whether a file has so many mistakes that it is not read any further."""
        return self.count(file) >= MOST

    def lines(self) -> tuple[str, ...]:
        """Return a line per mistake: file by file, in each by row, the first 100."""
        lines: list[str] = []
        for file, found in self._files.items():
            lines += [line for _, line in sorted(found, key=_row)[:MOST]]
            if self.is_full(file):
                lines.append(f"{plainly(file)}: these are the first {MOST} mistakes; the file was not read any further")
        return tuple(lines)

    def error(self) -> InvalidDocument:
        """Return the error that tells everything at once."""
        lines = self.lines()
        rest = f" (and {len(lines) - 1} more)" if len(lines) > 1 else ""
        return InvalidDocument(f"{''.join(lines[:1])}{rest}", problems=lines)


def _row(mistake: tuple[int, str]) -> int:
    return mistake[0]
