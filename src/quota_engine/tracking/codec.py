"""How the tracker's state is written: JSON as bytes under ASCII keys. Every value is read back exactly, or refused by its key."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, TypeVar
from urllib.parse import quote, unquote

from attrs import frozen

from quota_engine import _fields, amounts
from quota_engine.amounts import Grains
from quota_engine.errors import CorruptRow, QuotaError, shown
from quota_engine.events import CrmEvent, Property

T = TypeVar("T")

_PLAIN: Final = re.compile(r"[A-Za-z0-9_.~-]*", re.ASCII)  # what quoting leaves as it is
_WRITER: Final = json.JSONEncoder(separators=(",", ":"))
_READER: Final = json.JSONDecoder()
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


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
        return read(_READER.decode(written.decode("ascii")))
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, QuotaError) as error:
        raise CorruptRow(
            f"{name[:200]}: expected what the tracker wrote, got {shown(written)}",
            field=name[:200],
            value=shown(written),
        ) from error


def moment_number(moment: datetime) -> int:
    """Return a moment as whole microseconds since 1970 in UTC."""
    return _fields.microseconds(moment)


def moment_of(number: int) -> datetime:
    """Return the moment of so many microseconds since 1970."""
    return _EPOCH + number * _MICROSECOND


def written_moment(moment: datetime) -> str:
    """Return a moment as text that sorts as moments do."""
    return f"{moment_number(moment) + 2**62:019d}"


def grains_text(grains: Grains) -> int | str:
    """Return an amount in grains; text where it is a fraction of them."""
    return grains if isinstance(grains, int) else f"{grains.numerator}/{grains.denominator}"


def grains_of(written: int | str) -> Grains:
    """Return the amount that was written."""
    if isinstance(written, bool) or not isinstance(written, (int, str)):
        raise TypeError(written)
    return written if isinstance(written, int) else Fraction(written)


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
        return {"t": moment_number(value)}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    if isinstance(value, Decimal):
        return {"n": amounts.plain(value)}
    return value


def _property_of(written: Any) -> Property:  # noqa: ANN401 - what JSON gives
    if not isinstance(written, dict):
        return written  # type: ignore[no-any-return]
    ((kind, value),) = written.items()
    if kind == "t":
        return moment_of(value)
    return date.fromisoformat(value) if kind == "d" else Decimal(value)


def dump_versions(versions: Iterable[Version]) -> bytes:
    """Return the versions of one record as bytes; the record itself is in the key."""
    return dump(
        [
            [
                moment_number(version.event.recorded_at),
                version.event.version,
                version.event.deleted,
                version.event.owner_id,
                version.event.pipeline_id,
                {name: _property(value) for name, value in version.event.properties.items()},
                version.reading,
                version.is_made,
            ]
            for version in versions
        ]
    )


def load_versions(name: str, written: bytes) -> list[Version]:
    """Return the versions that were written under the key of a record."""
    kind, record_id = parts(name)[1:3]

    def read(rows: Sequence[Sequence[Any]]) -> list[Version]:
        return [
            Version(
                CrmEvent(
                    kind,
                    record_id,
                    recorded_at=moment_of(recorded),
                    owner_id=owner,
                    pipeline_id=pipeline,
                    properties={each: _property_of(value) for each, value in properties.items()},
                    version=version,
                    deleted=deleted,
                ),
                reading,
                is_made,
            )
            for recorded, version, deleted, owner, pipeline, properties, reading, is_made in rows
        ]

    return load(name, written, read)
