"""Compare all that the engine says of random worlds under other interpreters, hash seeds, optimisation and eight threads.

    python -m tests.elsewhere [--worlds N] [python3.12 ...]

Every process must say the same as this one, to the last byte. Other interpreters are started as they are: the library, and
what it needs, is lent to them from this one's environment.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

import attr
import attrs
import dateutil
from hypothesis import strategies as st

import quota_engine
from quota_engine.testing.strategies import edge_worlds, worlds
from tests.apart import SPEAK, said, started
from tests.laws.given import parts_of, several

NEEDED: Final = (quota_engine, attr, attrs, dateutil)
IN_THREADS: Final = """
import pickle, sys
from concurrent.futures import ThreadPoolExecutor
given = sys.stdin.buffer.read()
from tests.apart import said
with ThreadPoolExecutor(8) as pool:
    for text in pool.map(said, pickle.loads(given)):
        print(ascii(text))
"""


def lend(folder: Path) -> str:
    """Put links to the library, and to what it needs, into a folder, and return its path."""
    packages = [Path(str(module.__file__)).parent for module in NEEDED]
    six = packages[-1].parent / "six.py"  # dateutil 2.9 needs it, 4 does not
    for found in [*packages, *([six] if six.exists() else [])]:
        (folder / found.name).symlink_to(found)
    return str(folder)


def main() -> None:
    """Print a line for each way of running, and stop at the first that says something else."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("interpreters", nargs="*", help="other interpreters, by command")
    parser.add_argument("--worlds", type=int, default=1_000)
    arguments = parser.parse_args()
    drawn = [parts_of(world) for world in several(st.one_of(worlds(), edge_worlds()), arguments.worlds)]
    expected = [ascii(said(parts)) for parts in drawn]
    digest = hashlib.sha256("\n".join(expected).encode()).hexdigest()
    print(
        f"{len(drawn):,} worlds, Python {sys.version.split()[0]}: {sum(map(len, expected)):,} characters, {digest[:16]}"
    )
    ways: list[tuple[str, str, dict[str, Any]]] = [
        ("without asserts and docstrings (-OO)", SPEAK, {"interpreter": (sys.executable, "-OO")}),
        ("eight threads", IN_THREADS, {}),
        *((f"hash seed {seed}", SPEAK, {"seed": seed}) for seed in (1, 2, 4_294_967_295)),
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = lend(Path(folder))
        for other in arguments.interpreters:
            version = subprocess.run([other, "--version"], capture_output=True, check=True, text=True).stdout.strip()
            ways.append((version, SPEAK, {"interpreter": (other,), "path": path, "seed": 1}))
        for name, script, options in ways:
            if started(script, drawn, seconds=3_600, **options) != expected:
                raise SystemExit(f"{name}: something else")
            print(f"{name}: the same", flush=True)


if __name__ == "__main__":
    main()
