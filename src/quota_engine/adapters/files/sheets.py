"""Sheets: a table whose columns have a meaning: each cell is checked, and what is wrong is noted with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from attrs import define, field, frozen

from quota_engine._fields import FrozenMap
from quota_engine.adapters.files.mistakes import Mistakes, meant, plainly
from quota_engine.adapters.files.tables import ABSENT, OnProgress, Rows, is_json, read_table
from quota_engine.errors import QuotaError, shown

_MOST_REMEMBERED: Final = 100_000
_MOST_NAMES_SHOWN: Final = 20
_REFUSED: Final = object()
MANIFEST: Final = "quota.json"


@frozen
class Column:
    """Where a field's values come from.

    Attributes:
        name: the column of the file; None where every row has the same value.
        value: the value of every row, where there is no column.
        minor: for amounts, the decimal places of the whole minor units in the column; None for amounts as they are written.
    """

    name: str | None
    value: object = None
    minor: int | None = None


@frozen
class Source:
    """A file and what its columns mean, as the manifest says.

    Attributes:
        file: its name in the folder.
        path: where the manifest speaks of it.
        columns: by the name of the field; None where the file has no such column, whatever its columns are called.
        only_where: the column that must be filled; rows where it is empty are passed over. None for all rows.
    """

    file: str
    path: str
    columns: FrozenMap[str, Column | None] = field(factory=FrozenMap)
    only_where: str | None = None

    def column(self, name: str) -> Column | None:
        """Return the column of a field: our own name where the manifest does not map it."""
        return self.columns.get(name, Column(name))


@frozen
class Wanted:
    """A field that is read from each row.

    Attributes:
        name: ours; also that of the column, unless the manifest maps it.
        expected: what a cell must be, for messages.
        check: gives a cell's value, or raises a `QuotaError`; never asked about an empty cell.
        is_filled: whether no cell may be empty.
        has_column: whether the file must have the column.
        repeats: whether few values are expected in many rows.
    """

    name: str
    expected: str
    check: Callable[[object, str], object]
    is_filled: bool = field(default=True, kw_only=True)
    has_column: bool = field(default=True, kw_only=True)
    repeats: bool = field(default=False, kw_only=True)


@frozen
class Row:
    """A row of a sheet.

    Attributes:
        number: of the row.
        values: by the name of the field, as in a `Chunk`.
        refused: the names of the fields whose cells were refused, which are None.
    """

    number: int
    values: Mapping[str, Any]
    refused: frozenset[str]

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - what the field's check has made of the cell
        """Return the value of a field; None where the file has no such column."""
        return self.values.get(name)

    def is_sound(self, *names: str) -> bool:
        """Whether no cell of these fields was refused; of any field, where none is named."""
        return not (self.refused.intersection(names) if names else self.refused)


@frozen
class Chunk:
    """Some rows of a sheet.

    Attributes:
        numbers: of the rows.
        columns: by the name of the field, a value per row; None for an empty cell, and for one that was refused. A field whose
            column the file may lack, and does lack, is not there.
        refused: the names of the fields whose cells were refused, by the place of the row.
    """

    numbers: Sequence[int]
    columns: Mapping[str, Sequence[Any]]
    refused: Mapping[int, frozenset[str]]

    def rows(self) -> Iterator[Row]:
        """Return row by row."""
        for place, number in enumerate(self.numbers):
            values = {name: values[place] for name, values in self.columns.items()}
            yield Row(number, values, self.refused.get(place, frozenset()))


@define
class Sheet:
    """A file that is read row by row; it gets its place among the mistakes when it is made.

    Attributes:
        folder: where it is.
        source: its name, and what its columns mean.
        wanted: the fields to read.
        mistakes: where mistakes are noted.
    """

    folder: Path
    source: Source
    wanted: Sequence[Wanted]
    mistakes: Mistakes
    _known: dict[str, dict[str, object]] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        """Give the file its place among the mistakes."""
        self.mistakes.begin(self.source.file)

    def where(self, number: int, name: str = "") -> str:
        """Return where a row, or the cell of a field in it, is: "row 5, column amount"."""
        row = f"{'item' if is_json(self.source.file) else 'row'} {number}"
        column = self.source.column(name)
        mapped = name if column is None or column.name is None else column.name
        return f"{row}, column {plainly(mapped)}" if name else row

    def refuse(self, number: int, name: str, said: str) -> None:
        """Note a mistake in the cell of a field, or for the name "" in a row."""
        self.mistakes.add(self.source.file, self.where(number, name), said, row=number)

    def refused(self, number: int, name: str, error: QuotaError) -> None:
        """Note in a row what a value's own check said."""
        self.mistakes.refused(self.source.file, self.where(number, name), error, row=number)

    def is_first(self, number: int, name: str, key: str, seen: dict[str, int]) -> bool:
        """Return whether a key has not been seen in another row; note it as a mistake where it has."""
        before = seen.setdefault(key, number)
        if before != number:
            self.refuse(
                number, name, f"expected each id once, got {shown(key)} again; it is in {self.where(before)} already"
            )
        return before == number

    def chunks(self, on_progress: OnProgress | None = None) -> Iterator[Chunk]:
        """Return the rows, some at a time, until the end of the file or until it has 100 mistakes."""
        tables = read_table(self.folder, self.source.file, self.mistakes, on_progress)
        constants = self._constants()
        head = next(tables, None)
        header = [] if head is None else [str(name) for name in head.cells[0]]
        places = None if head is None else self._places(header)
        if places is None or constants is None:
            return
        filled = None if self.source.only_where is None else header.index(self.source.only_where)
        for rows in tables:
            yield self._chunk(rows, places, constants, filled)
            if self.mistakes.is_full(self.source.file):
                return

    def rows(self) -> Iterator[Row]:
        """Return row by row, until the end of the file or until it has 100 mistakes."""
        for chunk in self.chunks():
            yield from chunk.rows()

    def _constants(self) -> dict[str, object] | None:
        """Return the fields that have one value in all rows; None, with the manifest's mistakes noted, where it has some."""
        found: dict[str, object] = {}
        is_sound = True
        for wanted in self.wanted:
            column = self.source.column(wanted.name)
            where = f"{self.source.path}.columns.{plainly(wanted.name)}"
            if column is None and wanted.has_column:
                self.mistakes.add(
                    MANIFEST, where, f"expected where to find {wanted.expected}, which is needed, got null"
                )
                is_sound = False
            elif column is not None and column.name is None:
                try:
                    found[wanted.name] = wanted.check(column.value, "")
                except QuotaError:
                    self.mistakes.add(
                        MANIFEST, f"{where}.value", f"expected {wanted.expected}, got {shown(column.value)}"
                    )
                    is_sound = False
        return found if is_sound else None

    def _places(self, header: list[str]) -> dict[str, int] | None:
        """Return the place of each wanted column that there is; None, with the mistakes noted, where one is missing."""
        places: dict[str, int] = {}
        needed = [self.source.only_where] if self.source.only_where is not None else []
        needed += [
            column.name for column in self.source.columns.values() if column is not None and column.name is not None
        ]
        for wanted in self.wanted:
            column = self.source.column(wanted.name)
            if column is None or column.name is None:
                continue
            if column.name in header:
                places[wanted.name] = header.index(column.name)
            elif wanted.has_column:
                needed.append(column.name)
        missing = [name for name in dict.fromkeys(needed) if name not in header]
        if missing and len(header) == 1 and ";" in header[0]:
            self.mistakes.add(self.source.file, "row 1", "expected commas between the cells, got semicolons", row=1)
            return None
        for name in missing:
            self._refuse_missing(name, header)
        return None if missing else places

    def _refuse_missing(self, name: str, header: list[str]) -> None:
        has = ", ".join(map(plainly, header[:_MOST_NAMES_SHOWN]))
        more = f" and {len(header) - _MOST_NAMES_SHOWN} more" if len(header) > _MOST_NAMES_SHOWN else ""
        where = "" if is_json(self.source.file) else "row 1"
        said = f"the column {plainly(name)} is missing; the columns there are: {has}{more}{meant(name, header)}"
        self.mistakes.add(self.source.file, where, said, row=1)

    def _chunk(self, rows: Rows, places: dict[str, int], constants: dict[str, object], filled: int | None) -> Chunk:
        numbers, cells = rows.numbers, rows.cells
        if filled is not None:
            kept = [place for place, row in enumerate(cells) if not _is_empty(row[filled])]
            numbers, cells = [numbers[place] for place in kept], [cells[place] for place in kept]
        columns: dict[str, Sequence[object]] = {}
        refused: dict[int, set[str]] = {}
        for wanted in self.wanted:
            if wanted.name in constants:
                columns[wanted.name] = [constants[wanted.name]] * len(cells)
            elif wanted.name in places:
                place = places[wanted.name]
                columns[wanted.name] = self._checked(wanted, numbers, [row[place] for row in cells], refused)
        return Chunk(numbers, columns, {place: frozenset(names) for place, names in refused.items()})

    def _checked(
        self, wanted: Wanted, numbers: Sequence[int], cells: Sequence[object], refused: dict[int, set[str]]
    ) -> Sequence[object]:
        known = self._known.setdefault(wanted.name, {})
        if len(known) > _MOST_REMEMBERED:
            known.clear()
        if wanted.repeats and {str}.issuperset(map(type, cells)) and known.keys() >= set(cells):
            return [known[cell] for cell in cells]  # type: ignore[index]  # all of it is text
        values: list[object] = []
        for place, cell in enumerate(cells):
            value = self._value(wanted, numbers[place], cell)
            if value is _REFUSED:
                refused.setdefault(place, set()).add(wanted.name)
                value = None
            elif wanted.repeats and isinstance(cell, str):
                known[cell] = value
            values.append(value)
        return values

    def _value(self, wanted: Wanted, number: int, cell: object) -> object:
        if cell is ABSENT:
            self.refuse(number, wanted.name, "the key is missing; null stands for an empty cell")
        elif cell is None or cell == "":
            if not wanted.is_filled:
                return None
            self.refuse(number, wanted.name, f"expected {wanted.expected}, the cell is empty")
        else:
            try:
                return wanted.check(cell, "")
            except QuotaError as error:
                self.refused(number, wanted.name, error)
        return _REFUSED


def _is_empty(cell: object) -> bool:
    return cell is None or cell is ABSENT or cell == ""
