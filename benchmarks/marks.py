"""Sums, and the day on which each row's running sum first met 50, 90 and 100 % of its target, beside Polars and DuckDB.

    python benchmarks/marks.py [--records N] [--rows N] [--runs N]

Sums, counts and days must be equal, or the comparison is void. Rivals add up whole days in a window over owner and month; the
library calculates by day, and `Calculation.days_met` finds the days. Every figure is the median of so many runs in one process,
in which all take turns, after one that is not timed. Computing time is that of all threads: on a busy machine it says more.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable
from datetime import UTC, date, datetime
from time import perf_counter, process_time
from typing import Any

import contenders
import world

import quota_engine as q

TARGET = 400_000
MARKS = (50, 90, 100)
CENTS = tuple(TARGET * mark for mark in MARKS)

Answer = dict[tuple[str, int], tuple[int, int, tuple[date | None, ...]]]
"""By owner and month (0-11): cents, count, and the day on which each mark was met."""


def ours(made: world.World) -> tuple[Callable[[], Any], Callable[[Any], Answer]]:
    """Quota_engine over columns."""
    account, goals = contenders.library_goals(made.owners, TARGET)
    records = contenders.library_columns(made)
    as_of = datetime(2026, 6, 1, tzinfo=UTC)

    def run() -> Any:
        calculation = q.calculate(goals, [records], account=account, as_of=as_of, by_day=True)
        return calculation, calculation.days_met(*MARKS)

    def answer(found: Any) -> Answer:
        calculation, days = found
        met = {
            (cell.contributor.id, cell.slice.start.month - 1): marks
            for cell, marks in zip(calculation, days, strict=True)
        }
        return {cell: (*sums, met[cell]) for cell, sums in contenders.library_answer(calculation).items()}

    return run, answer


def polars(made: world.World) -> tuple[Callable[[], Any], Callable[[Any], Answer]]:
    """Polars, lazily: days added up, a running sum over owner and month, the first day of each mark."""
    import polars as pl

    frame = pl.DataFrame(contenders.arrays(made)).with_columns(pl.col("owner_id").cast(pl.Categorical))
    month_end = pl.col("closed_at").dt.truncate("1mo").dt.offset_by("1mo").cast(pl.Datetime("us"))
    cell = ("owner_id", "month")

    def run() -> Any:
        return (
            frame.lazy()
            .filter(pl.col("is_won") & (pl.col("recorded_at") < month_end))
            .group_by("owner_id", "closed_at")
            .agg(pl.col("amount").sum(), pl.len().alias("count"))
            .with_columns((pl.col("closed_at").dt.month() - 1).alias("month"))
            .sort("closed_at")
            .with_columns(pl.col("amount").cum_sum().over(cell).alias("running"))
            .group_by(cell)
            .agg(
                pl.col("amount").sum(),
                pl.col("count").sum(),
                *(pl.col("closed_at").filter(pl.col("running") >= cents).min().alias(str(cents)) for cents in CENTS),
            )
            .collect()
        )

    def answer(found: Any) -> Answer:
        return {(owner, month): (cents, count, tuple(days)) for owner, month, cents, count, *days in found.iter_rows()}

    return run, answer


def duckdb(made: world.World) -> tuple[Callable[[], Any], Callable[[Any], Answer]]:
    """DuckDB over a table of its own, with a window."""
    import duckdb as engine
    import pyarrow as pa

    records = pa.table(contenders.arrays(made))  # noqa: F841 - DuckDB finds it by its name
    connection = engine.connect()
    connection.execute("create table deals as select * from records")
    firsts = ", ".join(f"min(closed_at) filter (running >= {cents})" for cents in CENTS)
    query = f"""
        with days as (
            select owner_id, closed_at, sum(amount)::bigint as amount, count(*) as number
            from deals
            where is_won and recorded_at < date_trunc('month', closed_at) + interval 1 month
            group by all
        ), running as (
            select *, month(closed_at) - 1 as month,
                sum(amount) over (partition by owner_id, month(closed_at) order by closed_at) as running
            from days
        )
        select owner_id, month, sum(amount)::bigint, sum(number)::bigint, {firsts} from running group by owner_id, month
    """

    def answer(found: Any) -> Answer:
        return {(owner, month): (cents, count, tuple(days)) for owner, month, cents, count, *days in found}

    return lambda: connection.execute(query).fetchall(), answer


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--rows", type=int, default=9_990)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    made = world.make(given.records, given.rows)
    prepared = {contender.__name__: contender(made) for contender in (ours, polars, duckdb)}
    expected: Answer | None = None
    for name, (run, answer) in prepared.items():
        found = answer(run())
        if expected is not None and found != expected:
            raise SystemExit(f"{name} gives another answer: the comparison is void")
        expected = found
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in prepared}
    for _ in range(given.runs):
        for name, (run, _) in prepared.items():
            start, computed = perf_counter(), process_time()
            run()
            times[name].append((perf_counter() - start, process_time() - computed))
    print(f"{given.records:,} records, {given.rows:,} rows of 12 slices, {len(MARKS)} marks each")
    print(f"{'':10}{'seconds':>10}{'our time / its time':>22}{'computing':>12}{'ours / its':>12}")
    medians = {name: [statistics.median(each) for each in zip(*found, strict=True)] for name, found in times.items()}
    mine, my_computing = medians["ours"]
    for name, (seconds, computing) in medians.items():
        print(f"{name:10}{seconds:>10.3f}{mine / seconds:>22.1f}{computing:>12.3f}{my_computing / computing:>12.1f}")


if __name__ == "__main__":
    main()
