"""How the tracker's state is written: JSON as bytes under ASCII keys. Every value is read back exactly, or refused by its key."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from operator import is_
from typing import Any, Final, TypeVar
from urllib.parse import quote, unquote

from attrs import frozen

from quota_engine import amounts
from quota_engine._fields import FrozenMap, microseconds, moment_of
from quota_engine.amounts import Grains
from quota_engine.errors import CorruptRow, QuotaError, shown
from quota_engine.events import CrmEvent, Property, is_later

T = TypeVar("T")

_PLAIN: Final = re.compile(r"[A-Za-z0-9_.~-]*", re.ASCII)  # what quoting leaves as it is
_WRITER: Final = json.JSONEncoder(separators=(",", ":"))
_READER: Final = json.JSONDecoder()
_PLAIN_TYPES: Final = frozenset({type(None), bool, int, str})
_TEXT: Final = (type(None), str)
_VERSION_TYPES: Final = frozenset(
    (int, int, bool, owner, pipeline, dict, int, bool) for owner in _TEXT for pipeline in _TEXT
)

_VERSIONS: Final = 2**63
_put: Final = object.__setattr__  # past the checks, as copying and unpickling do


def key(*parts: str) -> str:
    """Return the key of some parts: each quoted, so that none of them can be taken for two."""
    if _PLAIN.fullmatch("".join(parts)):
        return "/".join(parts)
    return "/".join(quote(part, safe="", errors="surrogatepass") for part in parts)


def parts(name: str) -> list[str]:
    """Return the parts of a key."""
    found = name.split("/")
    return [unquote(part, errors="surrogatepass") for part in found] if "%" in name else found


def dump(value: object) -> bytes:
    """Return plain values (None, booleans, whole numbers, text, lists, dicts of text) as bytes."""
    return _WRITER.encode(value).encode("ascii")


def load(name: str, written: bytes, read: Callable[[Any], T]) -> T:
    """Return what was written under a key, read by a function.

    Raises:
        CorruptRow: it is something else; the key is named.
    """
    try:
        return read(_parsed(written.decode("ascii")))
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError, QuotaError) as error:
        raise corrupt(name, shown(written)) from error


def corrupt(name: str, found: str) -> CorruptRow:
    """Return the error for a key under which something else is than the tracker wrote."""
    name = name[:200]
    return CorruptRow(f"{name}: expected what the tracker wrote, got {found}", field=name, value=found)


def _parsed(text: str) -> Any:  # noqa: ANN401 - what JSON gives
    found, end = _READER.raw_decode(text)
    if end != len(text):
        raise ValueError(end)
    return found


def written_moment(moment: datetime) -> str:
    """Return a moment as text that sorts as moments do."""
    return f"{microseconds(moment) + 2**62:019d}"


def grains_text(grains: Grains) -> int | str:
    """Return an amount in grains; text where it is a fraction of them.

    Sums over daily rates of many places have more digits than Python turns into decimal text, so that these are hexadecimal.
    """
    return grains if isinstance(grains, int) else f"{grains.numerator:x}/{grains.denominator:x}"


def grains_of(written: int | str) -> Grains:
    """Return the amount that was written."""
    if isinstance(written, bool) or not isinstance(written, (int, str)):
        raise TypeError(written)
    if isinstance(written, int):
        return written
    numerator, denominator = written.split("/")
    found = Fraction(int(numerator, 16), int(denominator, 16))
    if grains_text(found) != written:
        raise ValueError(written)
    return found


@frozen
class Version:
    """One version of a record as the tracker keeps it.

    Attributes:
        event: the version.
        reading: in which reading of the source, by number, it was last named with all that measures ask for.
        is_made: whether the tracker made it up: a record that was gone without a trace, or was back as it had been.
    """

    event: CrmEvent
    reading: int
    is_made: bool


def _property(value: Property) -> object:
    if isinstance(value, datetime):
        return {"t": microseconds(value)}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    return {"n": amounts.plain(value)} if isinstance(value, Decimal) else value


def _properties_of(written: dict[str, Any]) -> dict[str, Property]:
    return {name: value if type(value) in _PLAIN_TYPES else _property_of(value) for name, value in written.items()}


def _property_of(written: dict[str, Any]) -> Property:
    ((kind, value),) = written.items()
    match kind, value:
        case ("t", int()) if not isinstance(value, bool):
            return moment_of(value)
        case ("d", str()) if (day := date.fromisoformat(value)).isoformat() == value:
            return day
        case ("n", str()):
            return amounts.exact(value)
        case _:
            raise ValueError(written)


def dump_versions(versions: Sequence[Version], held: Sequence[Version] = (), written: bytes = b"") -> bytes:
    """Return the versions of one record as bytes; the record itself is in the key.

    Where they begin with all of those that are held, what was written of these is taken as it is.
    """
    kept = len(held)
    is_longer = 0 < kept < len(versions) and all(map(is_, held, versions))
    rows = [
        [
            microseconds(version.event.recorded_at),
            version.event.version,
            version.event.deleted,
            version.event.owner_id,
            version.event.pipeline_id,
            {
                name: value if type(value) in _PLAIN_TYPES else _property(value)
                for name, value in version.event.properties.items()
            },
            version.reading,
            version.is_made,
        ]
        for version in (versions[kept:] if is_longer else versions)
    ]
    return written[:-1] + b"," + dump(rows)[1:] if is_longer else dump(rows)


def load_versions(name: str, written: bytes) -> list[Version]:
    """Return the versions that were written under the key of a record."""
    shelf, *record = parts(name)[:3]

    def read(rows: list[Sequence[Any]]) -> list[Version]:
        if type(rows) is not list or (
            not rows and shelf == "record"
        ):  # a record that is new to the figures had no versions
            raise TypeError(rows)
        found = [_version_of(record, row) for row in rows]
        if any(is_later(one.event, other.event) for one, other in pairwise(found)):
            raise ValueError(rows)
        return found

    return load(name, written, read)


def _version_of(record: Sequence[str], row: Sequence[Any]) -> Version:
    """Return a version that was checked when it was made, without asking more of it than what is asked at once."""
    recorded, version, deleted, owner, pipeline, properties, reading, is_made = row
    if tuple(map(type, row)) not in _VERSION_TYPES or not 0 <= version < _VERSIONS or reading < 1:
        raise TypeError(row)
    if owner == "" or pipeline == "":
        raise ValueError(row)
    event = CrmEvent.__new__(CrmEvent)
    _put(event, "object", record[0])
    _put(event, "record_id", record[1])
    _put(event, "recorded_at", moment_of(recorded))
    _put(event, "owner_id", owner)
    _put(event, "pipeline_id", pipeline)
    _put(event, "properties", FrozenMap(_properties_of(properties)))
    _put(event, "version", version)
    _put(event, "deleted", deleted)
    return Version(event, reading, is_made)
