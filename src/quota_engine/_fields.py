"""Checks that all nouns share: each takes a value and the name of its field, and gives the value back or a typed error."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, ItemsView, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, TypeAlias, TypeVar, cast, overload
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from attrs import Attribute

from quota_engine.errors import TooLarge, UnknownTimeZone, invalid, mistyped, shown

T = TypeVar("T")
K = TypeVar("K")
V_co = TypeVar("V_co", covariant=True)
Word = TypeVar("Word", bound=StrEnum)

Field: TypeAlias = "Attribute[Any]"
Validator: TypeAlias = "Callable[[Any, Field, Any], None]"

FIRST_YEAR: Final = 1900
LAST_YEAR: Final = 2200
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_ISO_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]([01]\d|2[0-3]):\d{2}(:\d{2}([.]\d{1,6})?)?(Z|[+-]\d{2}:\d{2})", re.ASCII
)
_ZONE_NAME = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*", re.ASCII)
LONGEST_TEXT: Final = 200
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_LONGEST_ZONE_NAME = 64
# Copies of the zone database under other names; `right` counts leap seconds, and not every host has them.
_ZONE_COPIES = frozenset({"posix", "right", "posixrules", "localtime"})


class FrozenMap(Mapping[K, V_co]):
    """A small mapping that cannot change and can be hashed; equal to any mapping with the same items."""

    __slots__ = ("_hash", "_items")

    def __init__(self, items: Mapping[K, V_co] | Iterable[tuple[K, V_co]] = ()) -> None:
        """Copy the items: a later change of the original has no effect."""
        self._items = dict(items)
        self._hash: int | None = None

    def __getitem__(self, key: K) -> V_co:
        """Return the value under a key."""
        return self._items[key]

    @overload
    def get(self, key: K, /) -> V_co | None: ...
    @overload
    def get(self, key: K, /, default: V_co | T) -> V_co | T: ...
    def get(self, key: K, /, default: object = None) -> object:
        """Return the value under a key, or the default; at once, where `Mapping` would raise and catch."""
        return self._items.get(key, default)

    def __contains__(self, key: object) -> bool:
        """Whether there is a value under a key."""
        return key in self._items

    def __iter__(self) -> Iterator[K]:
        """Iterate over the keys, in the order they were given."""
        return iter(self._items)

    def __len__(self) -> int:
        """Return the number of items."""
        return len(self._items)

    def items(self) -> ItemsView[K, V_co]:
        """Return the items as the dict has them, which is faster than asking for each."""
        return self._items.items()

    def __hash__(self) -> int:
        """Return a hash that is equal for equal items in any order."""
        if self._hash is None:
            self._hash = hash(frozenset(self._items.items()))
        return self._hash

    def __repr__(self) -> str:
        """Return the items as a dict would show them."""
        return f"{type(self).__name__}({self._items!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the items alone: a hash of text differs between processes."""
        return (type(self), (self._items,))


def checked(check: Callable[[Any, str], object]) -> Validator:
    """Return an attrs validator that runs a check under the name of the field."""

    def validate(_instance: object, attribute: Field, value: object) -> None:
        check(value, attribute.name)

    return validate


def optional(check: Callable[[Any, str], object]) -> Callable[[Any, str], object]:
    """Return the check, with `None` let through."""

    def check_unless_none(value: object, field: str) -> object:
        return None if value is None else check(value, field)

    return check_unless_none


def instance_of(kind: type[T], expected: str) -> Callable[[Any, str], T]:
    """Return a check that takes instances of one class alone."""

    def check(value: object, field: str) -> T:
        if not isinstance(value, kind):
            raise mistyped(field, value, expected)
        return value

    return check


def text(value: object, field: str, *, longest: int = LONGEST_TEXT) -> str:
    """Return text that may be empty, and that a log line, a database and a person can take as it is.

    Raises:
        InvalidType: it is not a `str`.
        InvalidValue: it is too long, or holds control, line-break, bidirectional or surrogate characters.
    """
    if not isinstance(value, str):
        raise mistyped(field, value, "text")
    if len(value) > longest:
        raise TooLarge(
            f"{field}: expected at most {longest} characters, got {len(value)}: {shown(value)}",
            code="too_long",
            field=field,
            value=shown(value),
        )
    if not value.isprintable() and any(_is_control(character) for character in value):
        raise invalid(field, value, "text without control or direction characters", code="control_character")
    return value


def name(value: object, field: str) -> str:
    """Return a name for people: text with a visible character. Look-alike letters are kept as they are."""
    given = text(value, field)
    if all(character.isspace() or unicodedata.category(character) == "Cf" for character in given):
        raise invalid(field, given, "a name, not blank", code="blank")
    return given


def identifier(value: object, field: str) -> str:
    """Return a host's id: a name without space at either end, compared exactly and never by look.

    Ids are text: 5 and "5" are never the same key, so a number is refused.
    """
    if isinstance(value, str) and len(value) <= LONGEST_TEXT and value.isprintable() and value and " " not in value:
        return value  # most are as plain as that: no other space is printable, nor is what cannot be seen
    given = name(value, field)
    if given[0].isspace() or given[-1].isspace():
        raise invalid(field, given, "an id without space at either end", code="space_around")
    return given


def whole(value: object, field: str, low: int, high: int) -> int:
    """Return a whole number of at least `low` and at most `high`; True and 1.0 are none."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise mistyped(field, value, f"a whole number from {low} to {high}")
    if not low <= value <= high:
        raise invalid(field, value, f"a whole number from {low} to {high}", code="out_of_range")
    return value


def year(value: object, field: str) -> int:
    """Return a year that calendars cover, 1900 to 2200 (rule T7)."""
    return whole(value, field, FIRST_YEAR, LAST_YEAR)


def flag(value: object, field: str) -> bool:
    """Return True or False; nothing else is taken for them."""
    if not isinstance(value, bool):
        raise mistyped(field, value, "True or False")
    return value


def word(value: object, field: str, kind: type[Word]) -> Word:
    """Return the member of a closed word list for the member itself or for its plain text, written exactly."""
    if isinstance(value, kind):
        return value
    expected = f"one of {', '.join(member.value for member in kind)}"
    if not isinstance(value, str):
        raise mistyped(field, value, expected)
    try:
        return kind(value)
    except ValueError:
        raise invalid(field, value, expected, code="unknown_word") from None


def calendar_day(value: object, field: str) -> date:
    """Return a calendar day: a `date` that is no `datetime`, since which day a moment is depends on a zone."""
    if isinstance(value, datetime) or not isinstance(value, date):
        raise mistyped(field, value, "a date, not a datetime")
    return value


def day(value: object, field: str) -> date:
    """Return a calendar day for a `date`, or for text YYYY-MM-DD and no other form.

    Raises:
        InvalidType: a `datetime` (which is never cut short silently), or another type.
        InvalidValue: text in another form, or a day that does not exist.
    """
    return _day_from_text(value, field) if isinstance(value, str) else calendar_day(value, field)


def _day_from_text(value: str, field: str) -> date:
    if _ISO_DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise invalid(field, value, "a day that exists, written YYYY-MM-DD", code="invalid_date")


def instant(value: object, field: str) -> datetime:
    """Return a moment, a `datetime` with a zone, in UTC: in other zones Python compares repeated hours by the clock face.

    Raises:
        InvalidType: it is no `datetime`.
        InvalidValue: it has no zone (code `timezone_required`), or lies outside what UTC can express.
    """
    if not isinstance(value, datetime):
        raise mistyped(field, value, "a datetime with a zone")
    if value.tzinfo is UTC:
        return value
    if value.utcoffset() is None:
        raise invalid(field, value, "a datetime with a zone", code="timezone_required")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise invalid(field, value, "a moment within the years 1 to 9999 in UTC", code="out_of_range") from None


def moment_from_text(value: str, field: str) -> date | datetime:
    """Return the day (YYYY-MM-DD) or the moment (ISO 8601 with an offset) that a text names; no other form is guessed."""
    if _ISO_INSTANT.fullmatch(value):
        try:
            return instant(datetime.fromisoformat(value), field)
        except ValueError:
            pass
    return _day_from_text(value, field)


def zone_name(value: object, field: str) -> str:
    """Return the name of a zone for the name or the `ZoneInfo`, exactly as the zone database has it.

    `Etc/GMT+5` means what the database says (five hours *behind* UTC) and is not turned round; bare offsets and POSIX rules
    such as `+05:30` and `GMT+5` are no names of places and are refused.
    """
    key = value.key if isinstance(value, ZoneInfo) else value
    if not isinstance(key, str):
        raise mistyped(field, value, "the name of a time zone, such as Europe/Rome")
    if len(key) <= _LONGEST_ZONE_NAME and _ZONE_NAME.fullmatch(key) and not _is_no_place(key):
        try:
            return ZoneInfo(key).key
        except (ZoneInfoNotFoundError, ValueError, OSError):
            pass
    raise UnknownTimeZone(
        f"{field}: expected the name of a time zone, such as Europe/Rome, got {shown(key)}",
        field=field,
        value=shown(key),
    )


def _is_no_place(key: str) -> bool:
    """Whether it is a rule without a place (GMT+0, GMT-0, EST5EDT and their kind), or a copy of the database."""
    return key.split("/", maxsplit=1)[0] in _ZONE_COPIES or (
        "/" not in key and any(character.isdigit() for character in key)
    )


def items(value: object, field: str, kind: type[T], expected: str, *, most: int = 100_000) -> tuple[T, ...]:
    """Return an iterable's items as a tuple; each must be of one class, and there must not be more than `most`.

    Raises:
        InvalidType: it is not iterable (text does not count as an iterable here), or an item, named by its index, is no `kind`.
        TooLarge: it has more items; nothing past the limit is read.
    """
    if isinstance(value, (str, bytes)) or not isinstance(value, Iterable):
        raise mistyped(field, value, f"an iterable of {expected}")
    found: list[T] = []
    for index, item in enumerate(cast("Iterable[object]", value)):
        if index >= most:
            raise TooLarge(f"{field}: expected at most {most} items, got more", field=field)
        if not isinstance(item, kind):
            raise mistyped(f"{field}[{index}]", item, expected)
        found.append(item)
    return tuple(found)


def pair(value: object, field: str, expected: str) -> tuple[Any, Any]:
    """Return the two parts of a tuple of two; nothing else is taken for one."""
    match value:
        case (first, second) if isinstance(value, tuple):
            return first, second
        case _:
            raise mistyped(field, value, expected)


def in_order(value: object, field: str, expected: str, *, most: int) -> tuple[object, ...]:
    """Return the items of an iterable whose order has a meaning, as a tuple; a set or a mapping is refused."""
    if isinstance(value, (Mapping, AbstractSet)):
        raise mistyped(field, value, f"{expected} in order")
    return items(value, field, object, expected, most=most)


def microseconds(moment: datetime) -> int:
    """Return the microseconds from 1970-01-01T00:00Z to a moment, exactly."""
    return (moment - _EPOCH) // _MICROSECOND


def moment_of(number: int) -> datetime:
    """Return the moment of so many microseconds since 1970-01-01T00:00Z, in UTC."""
    return _EPOCH + number * _MICROSECOND


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} or unicodedata.bidirectional(character) in {
        "LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI",
    }  # fmt: skip
