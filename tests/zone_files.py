"""The zone database, read anew: the files themselves, in UTC alone, without Python's way from the local clock to UTC.

A zone is here a row of *changes*: from which second since 1970 its clock is how many seconds ahead of UTC. A file (RFC 9636)
has them one by one, and in its last line a rule for the years that follow.
"""

from __future__ import annotations

import re
import struct
import zoneinfo
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Final, TypeAlias

Changes: TypeAlias = list[tuple[int, int]]

LAST_YEAR: Final = 2202  # the last day that the library knows is that of 2201, in every zone
_EPOCH: Final = date(1970, 1, 1).toordinal()
_DAY: Final = 86_400
_MOST: Final = 26 * 3_600  # no clock was ever further from UTC
_HEAD: Final = struct.Struct(">4sc15x6l")
_TYPE: Final = struct.Struct(">lBB")

_NAME: Final = r"(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]+>)"
_TIME: Final = r"[+-]?\d{1,3}(?::\d\d){0,2}"
_WHEN: Final = rf"M(\d+)\.(\d)\.(\d)(?:/({_TIME}))?"
_RULE: Final = re.compile(rf"{_NAME}({_TIME})(?:{_NAME}({_TIME})?,{_WHEN},{_WHEN})?")


def zone_names() -> list[str]:
    """Return the names of all zones that Python ships, or finds on this machine.

    Raises:
        LookupError: it finds none, and nothing can be proved.
    """
    names = sorted(zoneinfo.available_timezones())
    if not names:
        raise LookupError("Python finds no zone database, neither the system's nor the package tzdata: install tzdata")
    return names


def zone_file(name: str) -> bytes:
    """Return the file of a zone: the system's, or else that of the package tzdata, as Python chooses."""
    for folder in zoneinfo.TZPATH:
        path = Path(folder, name)
        if path.is_file():
            return path.read_bytes()
    return resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()


def read(data: bytes) -> Changes:
    """Return the changes of a zone, from the beginning of time (which has the first kind of clock) to the last year.

    Raises:
        ValueError: it is no file of 64-bit times, or its rule does not go on from where its changes end.
    """
    start = 0
    for width in (4, 8):
        magic, version, utc_count, std_count, leaps, times, types, letters = _HEAD.unpack_from(data, start)
        if magic != b"TZif" or version < b"2" or leaps or not types:
            raise ValueError(f"no zone file of version 2 or later, without leap seconds: {data[:5]!r}")
        body = start + _HEAD.size
        start = body + times * (width + 1) + types * _TYPE.size + letters + leaps * (width + 4) + std_count + utc_count
    moments = struct.unpack_from(f">{times}q", data, body)
    kinds = data[body + times * 8 : body + times * 9]
    offsets = [_TYPE.unpack_from(data, body + times * 9 + n * _TYPE.size)[0] for n in range(types)]
    changes = [(-(2**63), offsets[0]), *((moment, offsets[kind]) for moment, kind in zip(moments, kinds, strict=True))]
    rule = data[start:].decode("ascii")
    if rule[:1] + rule[-1:] != "\n\n" or any(one[0] >= other[0] for one, other in pairwise(changes)):
        raise ValueError(f"changes out of order, or no line for a rule: {rule!r}")
    return [*changes, *_following(rule[1:-1], *changes[-1])] if rule[1:-1] else changes


def _following(rule: str, last: int, offset: int) -> Iterator[tuple[int, int]]:
    """Walk through the changes that a rule makes after the last that is written down."""
    found = _RULE.fullmatch(rule)
    if found is None:
        raise ValueError(f"a rule that cannot be read: {rule!r}")
    standard, summer, *when = found.groups()
    usual = -_seconds(standard)
    if when[0] is None:
        if offset != usual:
            raise ValueError(f"the rule is not what the changes end with: {rule!r}")
        return
    other = -_seconds(summer) if summer else usual + 3_600
    made: Changes = []
    for year in range(datetime.fromtimestamp(last, UTC).year - 1, LAST_YEAR + 1):
        made.append((_moment(year, *when[:4]) - usual, other))
        made.append((_moment(year, *when[4:]) - other, usual))
    made.sort()
    known = bisect_right(made, last, key=lambda change: change[0])
    if made[known - 1][1] != offset:
        raise ValueError(f"the rule is not what the changes end with: {rule!r}")
    yield from made[known:]


def _moment(year: int, month: str, week: str, weekday: str, time: str | None) -> int:
    """Return when a rule changes the clock, as the clock shows it: week 5 is the last, weekday 0 Sunday, no time two o'clock."""
    first = date(year, int(month), 1)
    day = first + timedelta((int(weekday) - first.isoweekday()) % 7 + 7 * (int(week) - 1))
    return seconds_to(day if day.month == first.month else day - timedelta(7)) + _seconds(time or "2")


def _seconds(text: str) -> int:
    """Return the seconds of hours, minutes and seconds."""
    parts = [int(part) for part in text.lstrip("+-").split(":")]
    return (-1 if text[0] == "-" else 1) * sum(part * unit for part, unit in zip(parts, (3_600, 60, 1), strict=False))


def seconds_to(day: date) -> int:
    """Return the seconds from 1970 to a day's midnight, as if the clock were UTC's."""
    return (day.toordinal() - _EPOCH) * _DAY


def first_seconds(changes: Changes, first: date, last: date) -> list[int]:
    """Return for each of some days the first second since 1970 at which the clock shows its midnight or later.

    Change by change, with the latest that any clock before it has shown.
    """
    wanted, end = seconds_to(first), seconds_to(last) + _DAY
    at = max(bisect_left(changes, (wanted - _MOST, -_DAY)) - 1, 0)
    found: list[int] = []
    for number in range(at, len(changes)):
        since, offset = changes[number]
        until = changes[number + 1][0] if number + 1 < len(changes) else 2**63
        while wanted < min(end, until + offset):
            found.append(max(since, wanted - offset))
            wanted += _DAY
        if wanted == end:
            return found
    raise ValueError(f"the clock never shows {last}")
