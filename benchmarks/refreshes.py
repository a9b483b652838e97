"""A refresh after some records of a million have changed, beside counting all of them anew with Polars.

    python benchmarks/refreshes.py [--records N] [--runs N]

Both know the same records. After the changes of each size the figures of the tracker are compared with Polars's, to the last cent
and record; one that differs makes the comparison void. The clock runs over `refresh`, from reading the feed of the records to the
commit of figures in `MemoryStore`; and for Polars over the query alone, of a frame that was made, and asked once, before. Figures
are medians. A second table says how the first refresh, and one after a single change, grow with records.
"""

from __future__ import annotations

import argparse
import math
import statistics
from datetime import UTC, date, datetime, timedelta
from random import Random
from time import perf_counter
from typing import Any

import contenders
import world

import quota_engine as q
from quota_engine.adapters.memory import MemoryEvents, MemoryGoals, MemoryStore

AS_OF = datetime(2025, 12, 30, tzinfo=UTC)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def event(made: world.World, number: int) -> q.CrmEvent:
    """Return a record as the feed gives it."""
    cents = made.amount[number]
    return q.CrmEvent(
        "deal",
        made.record_id[number],
        recorded_at=EPOCH + timedelta(microseconds=made.recorded_at[number]),
        owner_id=made.owner_id[number],
        properties={
            "is_won": made.is_won[number],
            "closed_at": date.fromordinal(made.closed_at[number]),
            "amount": f"{cents // 100}.{cents % 100:02}",
        },
    )


def tracked(made: world.World) -> tuple[q.ProgressTracker, MemoryEvents]:
    """Return a tracker of the goals of all owners, and the feed of all records."""
    account, goals = contenders.library_goals(made.owners)
    kept = MemoryGoals()
    kept.commit([q.Change(goal_id=goal.id, before=0, goal=goal, action="create", at=EPOCH) for goal in goals])
    feed = MemoryEvents()
    feed.add(*(event(made, number) for number in range(len(made.record_id))))
    tracker = q.ProgressTracker(account, goals=kept, events=feed, roster=None, store=MemoryStore())
    return tracker, feed


def change(made: world.World, numbers: list[int], random: Random, moment: datetime) -> None:
    """Give some records another amount, recorded at a moment."""
    for number in numbers:
        made.amount[number] = random.randrange(1, 10_000_000)
        made.recorded_at[number] = (moment - EPOCH) // timedelta(microseconds=1)


def in_december(made: world.World) -> list[int]:
    """Return the records of the month that is open, which a change may still move."""
    first = date(2025, 12, 1).toordinal()
    return [number for number, day in enumerate(made.closed_at) if day >= first and made.recorded_at[number] < _end()]


def _end() -> int:
    return (AS_OF - EPOCH) // timedelta(microseconds=1)


def check(tracker: q.ProgressTracker, expected: contenders.Answer) -> None:
    """Compare the tracker's figures with another's."""
    found = contenders.library_answer(tracker.progress(actor=q.HOST, as_of=AS_OF))
    if found != expected:
        raise SystemExit("Polars gives another answer: the comparison is void")


def known(made: world.World, moment: datetime) -> world.World:
    """Return the records that had been recorded by a moment."""
    limit = (moment - EPOCH) // timedelta(microseconds=1)
    kept = [number for number, recorded in enumerate(made.recorded_at) if recorded <= limit]
    columns: dict[str, Any] = {
        name: [values[number] for number in kept] for name, values in vars(made).items() if name != "owners"
    }
    return world.World(owners=made.owners, **columns)


def refreshed(tracker: q.ProgressTracker, moment: datetime) -> float:
    """Refresh, and return how many milliseconds it took."""
    start = perf_counter()
    tracker.refresh(as_of=moment, force=True)
    return (perf_counter() - start) * 1_000


def beside_polars(records: int, rows: int, runs: int) -> None:
    """Print how long a refresh takes after so many changes, and a query over all records."""
    made, random = world.make(records, rows), Random(7)
    tracker, feed = tracked(made)
    seconds = refreshed(tracker, AS_OF) / 1_000
    print(f"{records:,} records, {rows:,} rows of 12 slices; the first refresh took {seconds:.1f} s")
    print(f"{'changed':>10}{'ours, ms':>12}{'Polars, ms':>12}{'its time / ours':>18}")
    moment, open_ones = AS_OF, in_december(made)
    for size in (1_000, 100, 1):
        ours, theirs = [], []
        for _ in range(5 * runs):
            moment += timedelta(minutes=1)
            numbers = random.sample(open_ones, size)
            change(made, numbers, random, moment)
            feed.add(*(event(made, number) for number in numbers))
            ours.append(refreshed(tracker, moment))
        run, answer = contenders.polars(known(made, moment))
        check(tracker, answer(run()))
        for _ in range(runs):
            start = perf_counter()
            run()
            theirs.append((perf_counter() - start) * 1_000)
        mine, its = statistics.median(ours), statistics.median(theirs)
        print(f"{size:>10,}{mine:>12.3f}{its:>12.1f}{its / mine:>18.1f}", flush=True)


def growth(records: int, rows: int) -> None:
    """Print how the first refresh, and one after a single change, grow with records: the slope of the logarithms."""
    print(f"\n{'records':>10}{'first, s':>12}{'one changed, ms':>18}")
    sizes = [records * step // 8 for step in (1, 2, 4, 8)]
    firsts, changes = [], []
    for size in sizes:
        made, random = world.make(size, rows), Random(7)
        tracker, feed = tracked(made)
        firsts.append(refreshed(tracker, AS_OF) / 1_000)
        moment, open_ones, times = AS_OF, in_december(made), list[float]()
        for number in random.choices(open_ones, k=200):
            moment += timedelta(minutes=1)
            change(made, [number], random, moment)
            feed.add(event(made, number))
            times.append(refreshed(tracker, moment))
        changes.append(statistics.median(times))
        print(f"{size:>10,}{firsts[-1]:>12.1f}{changes[-1]:>18.3f}", flush=True)
    slopes = [
        statistics.linear_regression(list(map(math.log, sizes)), list(map(math.log, times))).slope
        for times in (firsts, changes)
    ]
    print(f"{'exponent':>10}{slopes[0]:>12.2f}{slopes[1]:>18.2f}")


def main() -> None:
    """Print two tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--rows", type=int, default=9_990)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    beside_polars(given.records, given.rows, given.runs)
    growth(given.records, given.rows)


if __name__ == "__main__":
    main()
