"""Compare where the engine begins every day from 1899 to 2201 with the zone database itself, for every zone that there is.

Around every change of a clock the moments beside it, and beside the days near it, are placed in days as well.

    python -m tests.zones [NAME ...]

Names that share a file are one zone. Python takes the system's files before those of the package tzdata; with `PYTHONTZPATH=`
before the command it takes the package's. A day amiss that is not among the exceptions below ends the command with 1.
"""

from __future__ import annotations

import argparse
import time
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Final

from quota_engine import FiscalCalendar, UnknownTimeZone
from quota_engine.fiscal.moments import first_instant, local_day
from tests.zone_files import Changes, first_seconds, read, seconds_to, zone_file, zone_names

DAY: Final = timedelta(days=1)
MICROSECOND: Final = timedelta(microseconds=1)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
FIRST_DAY: Final = date(1899, 1, 1)
LAST_DAY: Final = date(2201, 12, 31)

# The days that rule T2 begins later than the clock does, by the zone's best-known name. On 30 March 1919, at half past eleven at
# night, Toronto's clocks went on by an hour: the next day began with its half past midnight, and for the rule it begins at one.
LATE: Final = {"America/Toronto": {date(1919, 3, 31): timedelta(minutes=30)}}


@dataclass(frozen=True)
class Zone:
    """All names that share a file, and what is in it."""

    names: tuple[str, ...]
    changes: Changes

    @property
    def name(self) -> str:
        """Its best-known name, or else its first."""
        return next((name for name in self.names if name in LATE), self.names[0])

    @property
    def late(self) -> dict[date, timedelta]:
        """The days that the rule begins later than the clock, and by how much."""
        return LATE.get(self.name, {})

    def starts(self, first: date, last: date) -> list[datetime]:
        """Return the moments at which the clock shows each day's midnight, or later, for the first time."""
        return [moment_of(second) for second in first_seconds(self.changes, first, last)]

    def around_changes(self, last: date = LAST_DAY) -> list[tuple[date, date]]:
        """Return the stretches of days, two on either side, around each change of the clock, up to that of a day."""
        found: list[tuple[date, date]] = []
        for (_, before), (second, after) in pairwise(self.changes):
            first, end = (moment_of(second + offset).date() for offset in sorted((before, after)))
            if first > last:
                break
            if found and first - 2 * DAY <= found[-1][1]:
                found[-1] = (found[-1][0], max(end + 2 * DAY, found[-1][1]))
            else:
                found.append((first - 2 * DAY, end + 2 * DAY))
        return found


def moment_of(second: int) -> datetime:
    """Return the moment so many seconds after 1970 began."""
    return EPOCH + timedelta(seconds=second)


def zones() -> tuple[list[Zone], list[str]]:
    """Return the zones whose names the engine accepts, and the names that it refuses.

    Raises:
        LookupError: Python finds no zone database.
    """
    files: dict[bytes, list[str]] = {}
    refused: list[str] = []
    for name in zone_names():
        try:
            FiscalCalendar(zone=name)
        except UnknownTimeZone:
            refused.append(name)
        else:
            files.setdefault(zone_file(name), []).append(name)
    return [Zone(tuple(names), read(data)) for data, names in files.items()], refused


def late_days(zone: Zone, first: date, last: date) -> dict[date, timedelta]:
    """Return the days that the engine begins at another moment than the clock does, and by how much it is late."""
    name, number = zone.name, first.toordinal()
    days = map(date.fromordinal, range(number, last.toordinal() + 1))
    pairs = zip(days, zone.starts(first, last), strict=True)
    return {day: found - start for day, start in pairs if (found := first_instant(day, name)) != start}


def moments_in(zone: Zone, first: date, last: date) -> list[datetime]:
    """Return the moments at which a day begins or the clock changes, and those a microsecond beside them, in order."""
    starts = zone.starts(first, last + DAY)
    low, high = (
        bisect_left(zone.changes, (start - EPOCH) // timedelta(seconds=1), key=lambda change: change[0])
        for start in (starts[0], starts[-1])
    )
    edges = {*starts, *(moment_of(second) for second, _ in zone.changes[low:high])}
    moments = sorted(edge + beside for edge in edges for beside in (-MICROSECOND, timedelta(0), MICROSECOND))
    return [moment for moment in moments if starts[0] <= moment < starts[-1]]


def misplaced(zone: Zone, first: date, last: date) -> dict[datetime, date]:
    """Return the moments beside the edges of some days that the engine places in another day than the last that has begun."""
    name, number = zone.name, first.toordinal() - 1
    days = (first + n * DAY for n in range((last - first).days + 2))
    pairs = zip(days, zone.starts(first, last + DAY), strict=True)
    starts = [start + zone.late.get(day, timedelta(0)) for day, start in pairs]
    found = {moment: local_day(moment, name) for moment in moments_in(zone, first, last)}
    return {moment: day for moment, day in found.items() if day.toordinal() != number + bisect_right(starts, moment)}


def torn(zone: Zone, first: date, last: date) -> list[datetime]:
    """Return the moments that lie in no day, in several, in another than the engine says, or before the day of an earlier one.

    Here the engine's two answers are compared with each other, and with nothing else.
    """
    name = zone.name
    days = [first + n * DAY for n in range(-1, (last - first).days + 3)]
    stretches = list(pairwise(first_instant(day, name) for day in days))
    found: list[datetime] = []
    latest = date.min
    for moment in moments_in(zone, first, last):
        holders = [day for day, (start, end) in zip(days, stretches, strict=False) if start <= moment < end]
        day = local_day(moment, name)
        if holders != [day] or day < latest:
            found.append(moment)
        latest = day
    return found


def oddities(zone: Zone) -> tuple[int, int, int]:
    """Return how many midnights the clock never shows, how many it shows twice, and how many days it never shows."""
    midnights = range(seconds_to(FIRST_DAY), seconds_to(LAST_DAY) + 1, 86_400)
    missing = twice = 0
    for (_, before), (second, after) in pairwise(zone.changes):
        missing += len(midnights_between(second + before, second + after, midnights))
        twice += len(midnights_between(second + after, second + before, midnights))
    return missing, twice, sum(one == other for one, other in pairwise(zone.starts(FIRST_DAY, LAST_DAY + DAY)))


def midnights_between(low: int, high: int, midnights: range) -> range:
    """Return those midnights that are not before one reading of the clock and before another."""
    return midnights[bisect_left(midnights, low) : bisect_left(midnights, high)]


def main() -> None:
    """Print a row for each zone, and what is amiss."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="of zones; all by default")
    names = set(parser.parse_args().names)
    began = time.monotonic()
    every, refused = zones()
    chosen = [zone for zone in every if not names or names.intersection(zone.names)]
    if unknown := names.difference(*(zone.names for zone in chosen)):
        raise SystemExit(f"no zones: {' '.join(sorted(unknown))}")
    print(f"{'zone':34}{'names':>6}{'changes':>9}{'midnights missing':>19}{'twice':>7}{'days missing':>14}")
    amiss = changes = 0
    for zone in chosen:
        counted = sum(FIRST_DAY <= moment_of(second).date() <= LAST_DAY for second, _ in zone.changes[1:])
        missing, twice, days = oddities(zone)
        print(f"{zone.name:34}{len(zone.names):6}{counted:9}{missing:19}{twice:7}{days:14}", flush=True)
        late = late_days(zone, FIRST_DAY, LAST_DAY)
        wrong: dict[datetime, date] = {}
        unclear: list[datetime] = []
        for first, last in zone.around_changes():
            wrong |= misplaced(zone, first, last)
            unclear += torn(zone, first, last)
        for day, time_ in late.items():
            print(f"  {day} begins late by {time_}{', as is known' if zone.late.get(day) == time_ else ''}")
        for moment, day in wrong.items():
            print(f"  {moment} is placed in {day}")
        for moment in unclear:
            print(f"  {moment} does not lie in one day")
        amiss += (late != zone.late) + bool(wrong) + bool(unclear)
        changes += counted
    total = len(chosen) * ((LAST_DAY - FIRST_DAY).days + 1)
    accepted = sum(len(zone.names) for zone in chosen)
    print(
        f"{len(chosen)} zones of {accepted} names, {changes:,} changes, {total:,} days, {time.monotonic() - began:.0f} s"
    )
    print(f"refused as names: {' '.join(refused) or 'none'}")
    print(f"{amiss} amiss")
    raise SystemExit(1 if amiss else 0)


if __name__ == "__main__":
    main()
