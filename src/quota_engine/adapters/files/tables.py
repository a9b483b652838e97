"""Tables: the cells of a CSV or JSON file as they stand there, some rows at a time, in bounded memory.

Rows are counted as a spreadsheet shows them: the header of a CSV file is row 1. The items of a JSON list are counted from 1.
"""

from __future__ import annotations

import csv
import stat
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from io import BufferedReader
from itertools import islice
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Final, cast

from attrs import define, field, frozen

from quota_engine.adapters.files.documents import not_utf8, read_json
from quota_engine.adapters.files.mistakes import Mistakes
from quota_engine.errors import shown

OnProgress = Callable[[str, int, int], None]

LARGEST: Final = 4 * 2**30
LONGEST_ROW: Final = 1_000_000
MOST_BLANK: Final = 1_000
ROWS_AT_ONCE: Final = 5_000
_HEAD: Final = 1024


class _Absent:
    """The value of a key that an item of a JSON list does not have."""


ABSENT: Final = _Absent()


@frozen
class Rows:
    """Some rows of a table, with their numbers. The first that a table gives is its header alone."""

    numbers: Sequence[int]
    cells: Sequence[Sequence[object]]


def is_json(name: str) -> bool:
    """Whether a file of a name is read as JSON, and not as CSV."""
    return name.lower().endswith(".json")


def is_inside(name: str) -> bool:
    """Whether a file's name leads to a place inside the folder, on every system."""
    here, there = PurePosixPath(name), PureWindowsPath(name)
    return not (here.is_absolute() or there.anchor or ".." in there.parts or "\0" in name)


def read_table(folder: Path, name: str, mistakes: Mistakes, on_progress: OnProgress | None = None) -> Iterator[Rows]:
    """Return the header of a file and then its rows, until its end or until the file has 100 mistakes.

    CSV is UTF-8 (with or without a mark at its start) with commas and double quotes, at most 4 GiB, a row at most 1,000,000
    bytes. JSON is a list of objects, at most 64 MiB; its header are the keys of all of them (an empty list has none).
    """
    path = folder / name
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            mistakes.add(name, "", "expected a file, got something else")
        elif is_json(name):
            yield from _items(path, name, mistakes)
        else:
            with path.open("rb") as stream:
                yield from _Csv(stream, name, found.st_size, mistakes, on_progress).rows()
    except FileNotFoundError:
        mistakes.add(name, "", "the file is missing")
    except OSError as error:
        mistakes.add(name, "", f"the file cannot be read: {error.strerror}")


def _items(path: Path, name: str, mistakes: Mistakes) -> Iterator[Rows]:
    document = read_json(path, name, mistakes)
    if document is None:
        return
    if not isinstance(document, list) or not all(isinstance(item, dict) for item in document):
        mistakes.add(name, "", "expected a list [...] of objects {...}, one per row")
        return
    items = cast("list[dict[str, object]]", document)
    header = list(dict.fromkeys(key for item in items for key in item))
    if items:
        yield Rows([0], [header])
    for start in range(0, len(items), ROWS_AT_ONCE):
        some = items[start : start + ROWS_AT_ONCE]
        yield Rows(
            range(start + 1, start + 1 + len(some)), [[item.get(key, ABSENT) for key in header] for item in some]
        )


class _TooLongError(Exception):
    """A row is longer than any sensible one."""


@define
class _Csv:
    """A CSV file that is being read."""

    stream: BufferedReader
    name: str
    size: int
    mistakes: Mistakes
    on_progress: OnProgress | None
    _left: int = field(init=False, default=LONGEST_ROW)

    def rows(self) -> Iterator[Rows]:
        """Return the header, and then the rows."""
        if self.size > LARGEST:
            said = f"expected at most {LARGEST // 2**30} GiB, got {self.size // 2**30} GiB"
        elif not self.size:
            said = "the file is empty"
        else:
            said = not_utf8(self.stream.peek(_HEAD)[:_HEAD]) or ""
        if said:
            self.mistakes.add(self.name, "", said)
            return
        reader = csv.reader(self._lines(), strict=True)
        header = self._next(reader, 1)
        if header is None:
            return
        for name, times in Counter(header).items():
            if times > 1:
                self._refuse(1, f"expected each column once, got {shown(name)} {times} times")
        yield Rows([1], [header])
        yield from self._batches(reader, len(header))

    def _batches(self, reader: Iterator[list[str]], width: int) -> Iterator[Rows]:
        rows = self._rows(reader, width)
        while some := list(islice(rows, ROWS_AT_ONCE)):
            if self.on_progress is not None:
                self.on_progress(self.name, self.stream.tell(), self.size)
            yield Rows([number for number, _ in some], [row for _, row in some])

    def _rows(self, reader: Iterator[list[str]], width: int) -> Iterator[tuple[int, list[str]]]:
        """Return each row that has as many cells as the header, with its number. A blank line is no row, but it is counted."""
        number, blank = 2, 0
        while (row := self._next(reader, number)) is not None:
            if len(row) == width:
                yield number, row
                blank = 0
            elif row:
                self._refuse(number, f"expected {width} cells, as many as row 1 has, got {len(row)}")
                if self.mistakes.is_full(self.name):
                    return
            else:
                blank += 1
                if blank > MOST_BLANK:
                    self._stop(number, f"expected at most {MOST_BLANK:,} blank lines together")
                    return
            number += 1

    def _lines(self) -> Iterator[str]:
        """Return line by line; the lines of one row together are bounded, since it may have line breaks in quotes."""
        encoding = "utf-8-sig"
        while line := self.stream.readline(self._left):
            self._left -= len(line)
            if self._left <= 0:
                raise _TooLongError
            yield line.decode(encoding)
            encoding = "utf-8"

    def _next(self, reader: Iterator[list[str]], number: int) -> list[str] | None:
        """Return the next row; None at the end, or where nothing can be read any further, which is noted."""
        self._left = LONGEST_ROW
        try:
            return next(reader, None)
        except UnicodeDecodeError as error:
            said = f"expected UTF-8 text, got the byte 0x{error.object[error.start]:02x}"
        except csv.Error as error:
            said = f"expected CSV (commas, double quotes, lines ending in LF or CRLF): {str(error).split(' - ')[0]}"
        except _TooLongError:
            said = f"expected at most {LONGEST_ROW:,} bytes in a row"
        self._stop(number, said)
        return None

    def _stop(self, number: int, said: str) -> None:
        self._refuse(number, f"{said}; the file was not read any further")

    def _refuse(self, number: int, said: str) -> None:
        self.mistakes.add(self.name, f"row {number}", said, row=number)
