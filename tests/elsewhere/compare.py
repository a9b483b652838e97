"""Compare the figures of random worlds under other interpreters, hash seeds, optimisation and eight threads.

    python -m tests.elsewhere.compare [--worlds N] [python3.12 ...]

Every process must print the digest of this one's figures, to the last byte. Other interpreters are started as they are: what
the library needs is taken from this one's environment.
"""

from __future__ import annotations

import argparse
import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import attr
import attrs
import dateutil
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import quota_engine
from quota_engine.testing.strategies import World, edge_worlds, worlds

ANSWERING: Final = Path(__file__).with_name("answering.py")
NEEDED: Final = (quota_engine, attr, attrs, dateutil)


def drawn(count: int) -> list[dict[str, Any]]:
    """Return the arguments of `calculate` for so many worlds, which are the same at every run."""
    found: list[World] = []

    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.one_of(worlds(), edge_worlds()))
    def gather(world: World) -> None:
        found.append(world)

    gather()
    names = ("goals", "events", "account", "as_of", "known_at", "roster", "rates")
    return [{name: getattr(world, name) for name in names} for world in found]


def digest(interpreter: list[str], file: Path, path: str, *, seed: int = 0, threads: int = 1) -> str:
    """Return what a fresh process says."""
    environment = os.environ | {"PYTHONPATH": path, "PYTHONHASHSEED": str(seed), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [*interpreter, str(ANSWERING), str(file), str(threads)]
    return subprocess.run(command, env=environment, capture_output=True, check=True, text=True).stdout


def main() -> None:
    """Print a line for each way of running, and stop at the first that says something else."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("interpreters", nargs="*", help="other interpreters, by command")
    parser.add_argument("--worlds", type=int, default=1_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        needed = Path(folder) / "needed"
        needed.mkdir()
        for module in NEEDED:
            package = Path(str(module.__file__)).parent
            (needed / package.name).symlink_to(package)
        six = Path(str(dateutil.__file__)).parents[1] / "six.py"  # dateutil 2.9 needs it, 4 does not
        if six.exists():
            (needed / six.name).symlink_to(six)
        file = Path(folder) / "worlds.pickle"
        made = drawn(arguments.worlds)
        file.write_bytes(pickle.dumps(made))
        expected = digest([sys.executable], file, str(needed))
        print(f"{len(made):,} worlds, Python {sys.version.split()[0]}: {expected[:16]}")
        ways: list[tuple[str, list[str], dict[str, int]]] = [
            ("without docstrings and asserts (-OO)", [sys.executable, "-OO"], {}),
            ("eight threads", [sys.executable], {"threads": 8}),
            *((f"hash seed {seed}", [sys.executable], {"seed": seed}) for seed in (1, 2, 4_294_967_295)),
        ]
        for interpreter in arguments.interpreters:
            version = subprocess.run(
                [interpreter, "--version"], capture_output=True, check=True, text=True
            ).stdout.strip()
            ways.append((version, [interpreter], {"seed": 1}))
        for name, interpreter, options in ways:
            if digest(interpreter, file, str(needed), **options) != expected:
                raise SystemExit(f"{name}: other figures")
            print(f"{name}: the same", flush=True)


if __name__ == "__main__":
    main()
