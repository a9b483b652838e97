"""The command of simulated lives: some seeds in two processes, or one with all that happens."""

from __future__ import annotations

import argparse
import subprocess
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from time import monotonic
from traceback import format_exc
from typing import Protocol

ROOT = Path(__file__).parents[2]


class Life(Protocol):
    """A life that a seed decides.

    Attributes:
        trace: what has happened, step by step.
        seen: how often each thing happened.
    """

    trace: list[str]
    seen: Counter[str]

    def run(self, most: int | None = None) -> None:
        """Live it, or the first so many steps."""


def lived(begin: Callable[[int], Life], most: int | None, seed: int) -> tuple[int, str | None, Counter[str]]:
    """Return a seed, what went wrong if anything did, and how often each thing happened."""
    life = begin(seed)
    wrong = None
    try:
        life.run(most)
    except Exception:  # noqa: BLE001 - whatever it is, it went wrong, and the seed is needed
        wrong = "\n".join([*life.trace, "", format_exc(limit=-4)])
    return seed, wrong, life.seen + Counter(steps=len(life.trace), lives=1)


def commit() -> str:
    """Return the commit that is checked out, and whether it was changed."""
    described = ["git", "describe", "--always", "--dirty"]
    run = subprocess.run(described, cwd=ROOT, capture_output=True, check=False, text=True)
    return run.stdout.strip() or "unknown"


def main(begin: Callable[[int], Life], description: str | None, *, seeds: int) -> None:
    """Print what went wrong, or how much went well."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=seeds, help="how many")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first of them")
    parser.add_argument("--seed", type=int, help="this one alone, with all that happens")
    parser.add_argument("--steps", type=int, help="how many steps of each at most; as many as its seed says by default")
    arguments = parser.parse_args()
    if arguments.seed is not None:
        life = begin(arguments.seed)
        try:
            life.run(arguments.steps)
        finally:
            print("\n".join(life.trace))
            print(f"seed {arguments.seed} at commit {commit()}")
        return
    numbers, started, seen = range(arguments.first, arguments.first + arguments.seeds), monotonic(), Counter[str]()
    with ProcessPoolExecutor(2) as pool:
        for seed, wrong, happened in pool.map(partial(lived, begin, arguments.steps), numbers, chunksize=10):
            seen += happened
            if wrong is not None:
                print(f"{wrong}\nseed {seed} at commit {commit()}")
                pool.shutdown(cancel_futures=True)
                raise SystemExit(1)
            if seen["lives"] % 100 == 0:
                print(f"{seen['lives']} lives after {monotonic() - started:.0f} s", flush=True)
    print(", ".join(f"{count} {what}" for what, count in sorted(seen.items())))
    print(f"{len(numbers)} seeds from {arguments.first} in {monotonic() - started:.0f} s: nothing went wrong")
