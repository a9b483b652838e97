"""Documents: JSON text made into plain values, exactly and within bounds, and sections of it read by their keys.

Numbers are `int` or `Decimal`, never `float`. A key twice in one object, NaN and Infinity are mistakes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from decimal import Decimal
from pathlib import Path
from typing import Final, TypeVar

from attrs import define, frozen

from quota_engine.adapters.files.mistakes import Mistakes, meant, plainly
from quota_engine.errors import QuotaError, shown

T = TypeVar("T")

MOST_BYTES: Final = 64 * 2**20
_LONGEST_NUMBER: Final = 64
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


@frozen
class _Refused:
    """Stands in a document where something was that must not be in it."""

    said: str


def not_utf8(head: bytes) -> str | None:
    """Return what is wrong with a file that begins like this, when it cannot be UTF-8 text; None when it can."""
    if head[:2] in _UTF16 or b"\0" in head:
        return 'expected UTF-8 text, got UTF-16 or no text at all; save the file again as "CSV UTF-8" or as UTF-8'
    return None


def read_json(path: Path, name: str, mistakes: Mistakes) -> object:
    """Return the value that a JSON file holds; None, with the mistakes noted, where it cannot be read.

    The file must be UTF-8 (with or without a mark at its start) and at most 64 MiB, which is checked before it is parsed.
    """
    if path.stat().st_size > MOST_BYTES:
        mistakes.add(name, "", f"expected at most {MOST_BYTES // 2**20} MiB of JSON; larger tables can be read as CSV")
        return None
    data = path.read_bytes()
    said = "the file is empty" if not data else not_utf8(data[:1024])
    if said is not None:
        mistakes.add(name, "", said)
        return None
    try:
        return _parsed(data.decode("utf-8-sig"), name, mistakes)
    except UnicodeDecodeError as error:
        mistakes.add(name, "", f"expected UTF-8 text, got the byte 0x{data[error.start]:02x} at position {error.start}")
    except json.JSONDecodeError as error:
        mistakes.add(name, f"line {error.lineno}, column {error.colno}", f"expected JSON: {error.msg}")
    except RecursionError:
        mistakes.add(name, "", "expected JSON that is not nested so deeply")
    return None


def _parsed(text: str, name: str, mistakes: Mistakes) -> object:
    """Return the document that a text is; None where it is null, or where something in it must not be in it."""
    refused: list[_Refused] = []

    def refuse(said: str) -> _Refused:
        refused.append(_Refused(said))
        return refused[-1]

    def as_number(make: Callable[[str], object]) -> Callable[[str], object]:
        too_long = f"expected a number of at most {_LONGEST_NUMBER} characters"
        return lambda digits: make(digits) if len(digits) <= _LONGEST_NUMBER else refuse(too_long)

    def as_object(pairs: list[tuple[str, object]]) -> dict[str, object]:
        found: dict[str, object] = {}
        for key, value in pairs:
            found[key] = refuse("expected each key once in an object, got it again") if key in found else value
        return found

    document: object = json.loads(
        text,
        parse_int=as_number(int),
        parse_float=as_number(Decimal),
        parse_constant=lambda word: refuse(f"expected a number or null, got {word}"),
        object_pairs_hook=as_object,
    )
    if document is None:
        mistakes.add(name, "", "expected an object or a list, got null")
    if refused:
        _note(document, name, mistakes)
    return None if refused else document


def _note(document: object, name: str, mistakes: Mistakes) -> None:
    """Note everything in a document that must not be in it, with its place: items of a table are counted from 1."""
    waiting: list[tuple[str, str, object]] = [("", "", document)]
    while waiting:
        path, before_keys, value = waiting.pop()
        if isinstance(value, _Refused):
            mistakes.add(name, path, value.said)
        elif isinstance(value, dict):
            inner = [(f"{before_keys}{plainly(key)}", item) for key, item in value.items()]
            waiting += [(at, f"{at}.", item) for at, item in reversed(inner)]
        elif isinstance(value, list):
            inner = [(f"{path}[{index}]" if path else f"item {index + 1}", item) for index, item in enumerate(value)]
            waiting += [(at, f"{at}." if path else f"{at}, column ", item) for at, item in reversed(inner)]


@define
class Section:
    """An object of a JSON document, whose keys are read one by one; what does not fit is noted as a mistake.

    Attributes:
        items: its keys and values.
        path: where it stands in the document; "" for the document itself.
        file: the name of the document.
        mistakes: where mistakes are noted.
    """

    items: dict[str, object]
    path: str
    file: str
    mistakes: Mistakes

    @classmethod
    def of(cls, value: object, path: str, file: str, mistakes: Mistakes) -> Section | None:
        """Return the section that a value is; None, with the mistake noted, where it is no object."""
        if isinstance(value, dict):
            return cls(value, path, file, mistakes)
        mistakes.add(file, path, f"expected an object {{...}}, got {shown(value)}")
        return None

    def at(self, key: str) -> str:
        """Return the path of one of its keys."""
        return f"{self.path}.{plainly(key)}" if self.path else plainly(key)

    def refuse(self, key: str, said: str) -> None:
        """Note a mistake at a key, or for the key "" at the section itself."""
        self.mistakes.add(self.file, self.at(key) if key else self.path, said)

    def refused(self, error: QuotaError) -> None:
        """Note what a value that was made of the section said of one of its keys."""
        self.mistakes.refused(self.file, self.at(error.field), error)

    def expect(self, known: Collection[str], needed: Iterable[str] = ()) -> bool:
        """Note the keys that are not known, and those that are needed and not there; return whether there are none."""
        unknown = [key for key in self.items if key not in known]
        for key in unknown:
            self.refuse(key, f"unknown key; the keys known here are {', '.join(known)}{meant(key, known)}")
        missing = [key for key in needed if key not in self.items]
        for key in missing:
            self.refuse(key, "this key is missing")
        return not unknown and not missing

    def read(self, key: str, check: Callable[[object, str], T], default: T) -> T:
        """Return a key's value as its check gives it back; the default where it is missing, or refused."""
        if key not in self.items:
            return default
        try:
            return check(self.items[key], self.at(key))
        except QuotaError as error:
            where = self.at(key)
            self.mistakes.refused(self.file, error.field if error.field.startswith(where) else where, error)
            return default

    def section(self, key: str) -> Section | None:
        """Return the section under a key; None where there is none, or where it is no object, which is noted."""
        if self.items.get(key) is None:
            return None
        return Section.of(self.items[key], self.at(key), self.file, self.mistakes)

    def sections(self, key: str) -> list[Section]:
        """Return the sections of the list under a key; what is no list, or no object in it, is noted."""
        given = self.items.get(key, [])
        if not isinstance(given, list):
            self.refuse(key, f"expected a list [...] of objects, got {shown(given)}")
            return []
        made = (
            Section.of(item, f"{self.at(key)}[{index}]", self.file, self.mistakes) for index, item in enumerate(given)
        )
        return [section for section in made if section is not None]
