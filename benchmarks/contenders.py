"""Who takes part: each prepares the records in the form it likes best, which is not timed, and then answers, which is.

The question is one for all: per owner and month the sum and the number of won deals, without those recorded after the month
had ended. The answer is a mapping from (owner, month 0-11) to (cents, count), made after the clock has stopped.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from world import MONTHS, ROWS_PER_GOAL, World, month_ends

Answer = dict[tuple[str, int], tuple[int, int]]


def library_goals(owners: list[str], target: int = 1000) -> tuple[Any, Any]:
    """Plan a goal for every twelve owners, with a target in every month."""
    import quota_engine as q

    account = q.Account(id="acme", currency="USD")
    starts = range(0, len(owners), ROWS_PER_GOAL)
    goals = [
        q.Goal.plan(
            id=f"g{start}",
            name="Revenue",
            template=q.templates.REVENUE,
            duration=q.Duration.monthly(2025),
            account=account,
            assignments=[
                q.Assignment(q.Contributor.user(owner), targets=[target] * MONTHS)
                for owner in owners[start : start + ROWS_PER_GOAL]
            ],
        )
        for start in starts
    ]
    return account, goals


def library_columns(world: World) -> Any:
    """Make the columns that the library reads fastest."""
    from quota_engine.adapters.columns import Columns, Days, Minor, Moments

    return Columns(
        "deal",
        world.record_id,
        owner_id=world.owner_id,
        recorded_at=Moments(world.recorded_at),
        properties={"is_won": world.is_won, "closed_at": Days(world.closed_at), "amount": Minor(world.amount)},
    )


def library_answer(calculation: Any) -> Answer:
    """Read every cell."""
    return {
        (cell.contributor.id, cell.slice.start.month - 1): (int(cell.attained * 100), cell.counted)
        for cell in calculation
        if cell.counted
    }


def columns(world: World) -> tuple[Callable[[], Any], Callable[[Any], Answer]]:
    """Quota_engine over columns."""
    import quota_engine as q

    account, goals = library_goals(world.owners)
    records = library_columns(world)
    as_of = datetime(2026, 6, 1, tzinfo=UTC)
    return lambda: q.calculate(goals, [records], account=account, as_of=as_of), library_answer


def events(world: World) -> tuple[Callable[[], Any], Callable[[Any], Answer]]:
    """Quota_engine over objects."""
    import quota_engine as q

    account, goals = library_goals(world.owners)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    records = [
        q.CrmEvent(
            "deal",
            record,
            recorded_at=epoch + timedelta(microseconds=recorded),
            owner_id=owner,
            properties={
                "is_won": won,
                "closed_at": date.fromordinal(day),
                "amount": f"{cents // 100}.{cents % 100:02}",
            },
        )
        for record, owner, day, recorded, cents, won in zip(
            world.record_id, world.owner_id, world.closed_at, world.recorded_at, world.amount, world.is_won, strict=True
        )
    ]
    as_of = datetime(2026, 6, 1, tzinfo=UTC)
    return lambda: q.calculate(goals, records, account=account, as_of=as_of), library_answer


def arrays(world: World) -> dict[str, Any]:
    """Make the columns that the engines read fastest."""
    import numpy as np

    ordinal = np.array(world.closed_at, dtype="int64") - date(1970, 1, 1).toordinal()
    return {
        "owner_id": world.owner_id,
        "closed_at": ordinal.astype("datetime64[D]"),
        "recorded_at": np.array(world.recorded_at, dtype="int64").astype("datetime64[us]"),
        "amount": np.array(world.amount, dtype="int64"),
        "is_won": np.array(world.is_won),
    }


def pandas(world: World) -> tuple[Callable[[], Any], Callable[[Any], Answer]]:
    """Pandas, with the owner as a category."""
    import pandas as pd

    frame = pd.DataFrame(arrays(world)).astype({"owner_id": "category", "closed_at": "datetime64[us]"})

    def run() -> Any:
        month = frame["closed_at"].dt.to_period("M").dt.to_timestamp()
        timely = frame["is_won"] & (frame["recorded_at"] < month + pd.offsets.MonthBegin(1))
        won = frame.loc[timely, ["owner_id", "amount"]].assign(month=frame["closed_at"].dt.month - 1)
        return won.groupby(["owner_id", "month"], observed=True, sort=False)["amount"].agg(["sum", "count"])

    def answer(found: Any) -> Answer:
        return {key: (int(s), int(c)) for key, s, c in zip(found.index, found["sum"], found["count"], strict=True)}

    return run, answer


def polars(world: World) -> tuple[Callable[[], Any], Callable[[Any], Answer]]:
    """Polars, lazily, with the owner as a categorical."""
    import polars as pl

    frame = pl.DataFrame(arrays(world)).with_columns(pl.col("owner_id").cast(pl.Categorical))

    def run() -> Any:
        return (
            frame.lazy()
            .filter(
                pl.col("is_won")
                & (
                    pl.col("recorded_at")
                    < pl.col("closed_at").dt.truncate("1mo").dt.offset_by("1mo").cast(pl.Datetime("us"))
                )
            )
            .group_by("owner_id", (pl.col("closed_at").dt.month() - 1).alias("month"))
            .agg(pl.col("amount").sum(), pl.len().alias("count"))
            .collect()
        )

    def answer(found: Any) -> Answer:
        return {(owner, month): (cents, count) for owner, month, cents, count in found.iter_rows()}

    return run, answer


_DUCKDB = """
    select owner_id, month(closed_at) - 1 as month, sum(amount)::bigint, count(*)
    from deals
    where is_won and recorded_at < date_trunc('month', closed_at) + interval 1 month
    group by all
"""


def _duckdb_answer(found: Any) -> Answer:
    return {(owner, month): (cents, count) for owner, month, cents, count in found}


def duckdb(world: World) -> tuple[Callable[[], Any], Callable[[Any], Answer]]:
    """DuckDB over a table of its own."""
    import duckdb as engine
    import pyarrow as pa

    records = pa.table(arrays(world))  # noqa: F841 - DuckDB finds it by its name
    connection = engine.connect()
    connection.execute("create table deals as select * from records")
    return lambda: connection.execute(_DUCKDB).fetchall(), _duckdb_answer


def duckdb_arrays(world: World) -> tuple[Callable[[], Any], Callable[[Any], Answer]]:
    """DuckDB over arrays, which is the quickest way from lists to its first answer."""
    import duckdb as engine
    import numpy as np

    deals = arrays(world)
    deals["owner_id"] = np.array(world.owner_id, dtype=object)
    deals["closed_at"] = deals["closed_at"].astype("datetime64[us]")
    connection = engine.connect()
    connection.register("deals", deals)
    return lambda: connection.execute(_DUCKDB).fetchall(), _duckdb_answer


def _sqlite(world: World, index: str) -> tuple[Callable[[], Any], Callable[[Any], Answer]]:
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "create table deals (id text, owner_id text, closed_at int, recorded_at int, amount int, is_won int)"
    )
    connection.executemany(
        "insert into deals values (?, ?, ?, ?, ?, ?)",
        zip(
            world.record_id, world.owner_id, world.closed_at, world.recorded_at, world.amount, world.is_won, strict=True
        ),
    )
    connection.execute(index)
    connection.execute("analyze")
    starts = [date(2025, month, 1).toordinal() for month in range(1, MONTHS + 1)] + [date(2026, 1, 1).toordinal()]
    ends = month_ends()
    query = """
        select owner_id, ?, sum(amount), count(*) from deals
        where owner_id in ({}) and is_won and closed_at >= ? and closed_at < ? and recorded_at < ? group by owner_id
    """

    def run() -> Any:
        found = []
        for start in range(0, len(world.owners), ROWS_PER_GOAL):
            owners = world.owners[start : start + ROWS_PER_GOAL]
            sql = query.format(",".join("?" * len(owners)))
            for month in range(MONTHS):
                arguments = (month, *owners, starts[month], starts[month + 1], ends[month])
                found.extend(connection.execute(sql, arguments))
        return found

    def answer(found: Any) -> Answer:
        return {(owner, month): (cents, count) for owner, month, cents, count in found}

    return run, answer


def sqlite_covering(world: World) -> tuple[Callable[[], Any], Callable[[Any], Answer]]:
    """SQLite, one query per goal and slice, with the index that covers just this question."""
    return _sqlite(world, "create index covering on deals (owner_id, is_won, closed_at, recorded_at, amount)")


def sqlite_owner(world: World) -> tuple[Callable[[], Any], Callable[[Any], Answer]]:
    """SQLite, one query per goal and slice, with the index on owner that a CRM has."""
    return _sqlite(world, "create index by_owner on deals (owner_id)")


ALL = {f.__name__: f for f in (columns, events, pandas, polars, duckdb, duckdb_arrays, sqlite_covering, sqlite_owner)}
