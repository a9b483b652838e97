"""Simulate lives of a tracker, two at a time: a virtual clock, a CRM and a store that fail by a seed, all reckoned anew.

    python -m tests.simulation [--seeds 20000] [--from 0] [--seed S] [--steps N]

The first seed that goes wrong ends the command with 1, and is printed with the commit and all that happened.
"""

from __future__ import annotations

import argparse
import subprocess
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from time import monotonic
from traceback import format_exc

from tests.simulation.simulation import Simulation

ROOT = Path(__file__).parents[2]


def lived(seed: int, most: int | None) -> tuple[int, str | None, Counter[str]]:
    """Return a seed, what went wrong if anything did, and how often each thing happened."""
    life = Simulation(seed)
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


def main() -> None:
    """Print what went wrong, or how much went well."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20_000, help="how many")
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first of them")
    parser.add_argument("--seed", type=int, help="this one alone, with all that happens")
    parser.add_argument("--steps", type=int, help="how many steps of each at most; as many as its seed says by default")
    arguments = parser.parse_args()
    if arguments.seed is not None:
        life = Simulation(arguments.seed)
        try:
            life.run(arguments.steps)
        finally:
            print("\n".join(life.trace))
            print(f"seed {arguments.seed} at commit {commit()}")
        return
    seeds, started, seen = range(arguments.first, arguments.first + arguments.seeds), monotonic(), Counter[str]()
    with ProcessPoolExecutor(2) as pool:
        for seed, wrong, happened in pool.map(lived, seeds, [arguments.steps] * len(seeds), chunksize=10):
            seen += happened
            if wrong is not None:
                print(f"{wrong}\nseed {seed} at commit {commit()}")
                pool.shutdown(cancel_futures=True)
                raise SystemExit(1)
            if seen["lives"] % 100 == 0:
                print(f"{seen['lives']} lives after {monotonic() - started:.0f} s", flush=True)
    print(", ".join(f"{count} {what}" for what, count in sorted(seen.items())))
    print(f"{len(seeds)} seeds from {arguments.first} in {monotonic() - started:.0f} s: nothing went wrong")


if __name__ == "__main__":
    main()
