"""The same seeded records and goals for every contender: won and lost deals of a year, some recorded too late to count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from random import Random

FIRST_DAY = date(2025, 1, 1)
DAYS = 365
ROWS_PER_GOAL = 12
MONTHS = 12
_BATCH = 5_000
_SEED = 20251231
_SECOND = 1_000_000
_DAY = 86_400 * _SECOND
_EPOCH_DAY = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class World:
    """Columns of records, one entry per record, and the owners who have a target in every month.

    `closed_at` holds day numbers as `date.toordinal` gives them, `recorded_at` microseconds since 1970 in UTC, `amount` cents.
    """

    owners: list[str]
    record_id: list[str]
    owner_id: list[str]
    closed_at: list[int]
    recorded_at: list[int]
    amount: list[int]
    is_won: list[bool]


def owners_of(assignments: int) -> list[str]:
    """Return the owners, one per row."""
    return [f"u{number}" for number in range(assignments)]


def make(events: int, assignments: int) -> World:
    """Make so many records for so many rows; one record in fifty is recorded weeks after the day it names."""
    return _made(Random(_SEED), events, owners_of(assignments), first_record=0)


def _made(random: Random, events: int, owners: list[str], *, first_record: int) -> World:
    first = FIRST_DAY.toordinal()
    closed_at = [first + random.randrange(DAYS) for _ in range(events)]
    delays = [random.randrange(_DAY) + (40 * _DAY if random.random() < 0.02 else 0) for _ in range(events)]
    return World(
        owners=owners,
        record_id=[f"d{first_record + number}" for number in range(events)],
        owner_id=[owners[random.randrange(len(owners))] for _ in range(events)],
        closed_at=closed_at,
        recorded_at=[(day - _EPOCH_DAY) * _DAY + delay for day, delay in zip(closed_at, delays, strict=True)],
        amount=[random.randrange(1, 10_000_000) for _ in range(events)],
        is_won=[random.random() < 0.9 for _ in range(events)],
    )


class Stream:
    """Records that are made as they are asked for, a batch at a time, and forgotten.

    Attributes:
        owners: the owners.
        cents: the sum of the records given so far that count.
        count: their number.
    """

    def __init__(self, events: int, assignments: int) -> None:
        """Promise so many records for so many rows."""
        self.owners = owners_of(assignments)
        self.cents = 0
        self.count = 0
        self._events = events

    def __iter__(self) -> Iterator[World]:
        """Iterate over the batches."""
        random, ends = Random(_SEED), month_ends()
        months = [date.fromordinal(FIRST_DAY.toordinal() + day).month - 1 for day in range(DAYS)]
        for start in range(0, self._events, _BATCH):
            batch = _made(random, min(_BATCH, self._events - start), self.owners, first_record=start)
            counted = [
                cents
                for day, recorded, cents, is_won in zip(
                    batch.closed_at, batch.recorded_at, batch.amount, batch.is_won, strict=True
                )
                if is_won and recorded < ends[months[day - FIRST_DAY.toordinal()]]
            ]
            self.cents += sum(counted)
            self.count += len(counted)
            yield batch


def month_ends() -> list[int]:
    """Return when each month's slice ends, in microseconds since 1970 in UTC."""
    starts = [datetime(2025 + month // MONTHS, month % MONTHS + 1, 1, tzinfo=UTC) for month in range(1, MONTHS + 1)]
    return [int(start.timestamp()) * _SECOND for start in starts]
