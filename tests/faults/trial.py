"""Trying a seeded fault: the laws run in a process of their own, without any other test, and those that fail are counted."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from tests.faults.register import Fault
from tests.faults.seeding import REFERENCE, VARIABLE, law_of

ROOT: Final = Path(__file__).parents[2]
LAWS: Final = ROOT / "tests" / "laws"
LIVES: Final = ROOT / "tests" / "test_simulation.py"
_TEST: Final = re.compile(r"def (test_\w+)")
_FAILED: Final = re.compile(r"^FAILED .*::(test_\w+)", re.MULTILINE)


def _laws_in(tests: Iterable[str]) -> set[str]:
    return {law for law in map(law_of, tests) if law is not None}


def _chosen(law: str) -> str:
    return law if law == REFERENCE else f"test_{law.lower()}_"


def laws_by_file() -> dict[Path, set[str]]:
    """Return the ids of the laws that each file tests; what simulated lives are held to is one law."""
    paths = [*LAWS.glob("test_*.py"), LIVES]
    found = {path: _laws_in(_TEST.findall(path.read_text(encoding="utf-8"))) for path in paths}
    return {path: laws for path, laws in found.items() if laws}


def laws_that_notice(fault: Fault | None, laws: Iterable[str] | None = None) -> set[str]:
    """Return the laws that fail with a fault seeded (or, for None, without one), of those named or of all."""
    asked = set().union(*laws_by_file().values()) if laws is None else set(laws)
    files = [str(path) for path, tested in sorted(laws_by_file().items()) if tested & asked]
    chosen = " or ".join(sorted(_chosen(law) for law in asked))
    command = [sys.executable, "-m", "pytest", "-p", "tests.faults.seeding", "-p", "no:cacheprovider", "-k", chosen]
    command += ["--hypothesis-profile=faults", "--quiet", "--tb=no", "-rf", "--no-header", *files]
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    if fault is not None:
        environment[VARIABLE] = fault.name
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False, text=True)
    if run.returncode not in {0, 1}:
        raise RuntimeError(
            f"the laws could not be run with {fault.name if fault else 'no fault'}:\n{run.stdout}{run.stderr}"
        )
    return _laws_in(_FAILED.findall(run.stdout))
