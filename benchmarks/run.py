"""Compare the library with what people would use instead, in fresh processes, and print tables of ratios.

    python benchmarks/run.py [speed] [slowest] [growth] [memory] [first] [--runs N] [--quick]

Answers must be equal to the last cent and record: a contender whose answer differs makes the comparison void. Every figure is
the median of so many fresh processes, but for SQLite with an index on the owner alone, which takes minutes: one process.
"""

from __future__ import annotations

import argparse
import json
import math
import platform
import statistics
import subprocess
import sys
from importlib import metadata
from pathlib import Path

ENGINES = ("quota-engine", "duckdb", "pandas", "polars", "numpy", "pyarrow")
TRIALS = Path(__file__).with_name("trials.py")
EVENTS, ROWS = 1_000_000, 9_990
RIVALS = ("pandas", "polars", "duckdb", "sqlite_covering")
SLOWEST = "sqlite_owner"


class Runner:
    """Runs trials, and holds those of one question to one answer."""

    def __init__(self, runs: int) -> None:
        """Take the number of processes for each figure."""
        self.runs = runs
        self._digests: dict[tuple[int, int], str] = {}

    def median(self, kind: str, name: str, events: int, rows: int) -> float:
        """Return the median figure of a trial over fresh processes."""
        command = [sys.executable, str(TRIALS), kind, name, str(events), str(rows)]
        found = []
        for _ in range(1 if kind == "once" else self.runs):
            outcome = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
            digest = outcome.pop("digest")
            if digest and self._digests.setdefault((events, rows), digest) != digest:
                raise SystemExit(f"{name} gives another answer: the comparison is void")
            found.append(next(iter(outcome.values())))
        return statistics.median(found)


def speed(runner: Runner, events: int, rows: int) -> None:
    """Print the times of all contenders beside that of the library over columns."""
    print(f"\nspeed: {events:,} records, {rows:,} rows of 12 slices\n{'':18}{'seconds':>10}{'our time / its time':>22}")
    ours = runner.median("speed", "columns", events, rows)
    print(f"{'columns (ours)':18}{ours:>10.3f}{1:>22.2f}")
    for name in ("events", *RIVALS):
        seconds = runner.median("speed", name, events, rows)
        print(f"{name:18}{seconds:>10.3f}{ours / seconds:>22.2f}", flush=True)


def slowest(runner: Runner, events: int, rows: int) -> None:
    """Print the time of the way that most home-grown goals take: a query for each goal and slice, and an index on the owner."""
    print(f"\n{SLOWEST}, once: {events:,} records, {rows:,} rows of 12 slices")
    print(f"{runner.median('once', SLOWEST, events, rows):.1f} seconds", flush=True)


def growth(runner: Runner, events: int, rows: int) -> None:
    """Print how the time grows with records and with rows: the slope of its logarithm over that of the size."""
    print(f"\ngrowth of the time of columns\n{'':10}{'size':>12}{'seconds':>10}")
    for label, sizes in (
        ("records", [(events * step // 8, rows) for step in (1, 2, 4, 8, 16)]),
        ("rows", [(events, rows * step // 8) for step in (1, 2, 4, 8, 16)]),
    ):
        times = [runner.median("speed", "columns", *size) for size in sizes]
        varied = [size[0 if label == "records" else 1] for size in sizes]
        for size, seconds in zip(varied, times, strict=True):
            print(f"{label:10}{size:>12,}{seconds:>10.3f}", flush=True)
        slope = statistics.linear_regression(list(map(math.log, varied)), list(map(math.log, times))).slope
        print(f"{label:10}{'exponent':>12}{slope:>10.2f}")


def memory(runner: Runner, events: int, rows: int) -> None:
    """Print the highest memory of a stream and of one five times as long."""
    print(f"\nhighest memory of a process that reads a stream, {rows:,} rows of 12 slices\n{'records':>22}{'MiB':>10}")
    found = [runner.median("memory", "columns", size, rows) for size in (events, 5 * events)]
    for size, mebibytes in zip((events, 5 * events), found, strict=True):
        print(f"{size:>22,}{mebibytes:>10.1f}")
    print(f"{'ratio':>22}{found[1] / found[0]:>10.2f}")


def first(runner: Runner, events: int, rows: int) -> None:
    """Print how long it takes from lists in memory to the first answer, import of the engine included."""
    events, rows = events // 10, rows // 10
    print(
        f"\nimport and first answer: {events:,} records, {rows:,} rows\n{'':18}{'seconds':>10}{'our time / its time':>22}"
    )
    ours = runner.median("first", "columns", events, rows)
    print(f"{'columns (ours)':18}{ours:>10.3f}{1:>22.2f}")
    for name in ("duckdb_arrays", "duckdb", "polars", "pandas"):
        seconds = runner.median("first", name, events, rows)
        print(f"{name:18}{seconds:>10.3f}{ours / seconds:>22.2f}", flush=True)


TABLES = {table.__name__: table for table in (speed, slowest, growth, memory, first)}


def main() -> None:
    """Print the tables that are asked for."""
    parser = argparse.ArgumentParser(description="Compare the library with what people would use instead.")
    parser.add_argument("tables", nargs="*", default=[], help=f"of {', '.join(TABLES)}; all by default")
    parser.add_argument("--runs", type=int, default=5, help="fresh processes for each figure")
    parser.add_argument("--quick", action="store_true", help="a hundredth of the records, to see that it works")
    arguments = parser.parse_args()
    versions = ", ".join(f"{engine} {metadata.version(engine)}" for engine in ENGINES)
    print(f"{platform.platform()}, Python {platform.python_version()}, {versions}")
    print(f"median of {arguments.runs} fresh processes")
    scale = 100 if arguments.quick else 1
    runner = Runner(arguments.runs)
    for name in arguments.tables or TABLES:
        TABLES[name](runner, EVENTS // scale, ROWS // scale)


if __name__ == "__main__":
    main()
