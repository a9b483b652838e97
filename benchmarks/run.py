"""Run every contender in fresh processes and print their times side by side, as ratios to the library over columns.

    python benchmarks/run.py [--events N] [--assignments N] [--runs N] [contender ...]

A contender prepares its records, answers once to warm up, and answers again against the clock. The answers must be equal to
the last cent; a contender whose answer differs stops the comparison.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import platform
import statistics
import subprocess
import sys
from importlib import metadata
from time import perf_counter

import contenders
import world

FIRST = "columns"
ENGINES = ("quota-engine", "duckdb", "pandas", "polars", "numpy")


def timed(name: str, events: int, assignments: int) -> dict[str, str | float]:
    """Answer as one contender, in this process: the time in seconds, and a digest of the answer."""
    run, answer = contenders.ALL[name](world.make(events, assignments))
    run()
    start = perf_counter()
    found = run()
    seconds = perf_counter() - start
    digest = hashlib.sha256(repr(sorted(answer(found).items())).encode()).hexdigest()
    return {"seconds": seconds, "digest": digest}


def measured(name: str, arguments: argparse.Namespace) -> tuple[float, str]:
    """Return the median time of a contender over fresh processes, and the digest that all of them agree on."""
    command = [sys.executable, __file__, "--one", name, "--events", str(arguments.events)]
    command += ["--assignments", str(arguments.assignments)]
    outputs = [
        subprocess.run(command, capture_output=True, check=True, text=True).stdout for _ in range(arguments.runs)
    ]
    results = [json.loads(output) for output in outputs]
    (digest,) = {result["digest"] for result in results}
    return statistics.median(result["seconds"] for result in results), digest


def main() -> None:
    """Compare, or with `--one` take part."""
    parser = argparse.ArgumentParser(description="Compare the library with what people would use instead.")
    parser.add_argument("contenders", nargs="*", default=[], help=f"of {', '.join(contenders.ALL)}; all by default")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--assignments", type=int, default=9_990)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        sys.stdout.write(json.dumps(timed(arguments.one, arguments.events, arguments.assignments)))
        return
    versions = ", ".join(f"{engine} {metadata.version(engine)}" for engine in ENGINES)
    print(f"{platform.platform()}, Python {platform.python_version()}, {versions}")
    print(
        f"{arguments.events:,} records, {arguments.assignments:,} rows of 12 slices, median of {arguments.runs} processes"
    )
    names = arguments.contenders or list(contenders.ALL)
    base, expected = measured(FIRST, arguments)
    print(f"{'contender':18}{'seconds':>10}{'our time / its time':>22}")
    print(f"{FIRST:18}{base:>10.3f}{1:>22.2f}")
    for name in names:
        if name == FIRST:
            continue
        seconds, digest = measured(name, arguments)
        if digest != expected:
            raise SystemExit(f"{name} gives another answer: the comparison is void")
        print(f"{name:18}{seconds:>10.3f}{base / seconds:>22.2f}", flush=True)


if __name__ == "__main__":
    main()
