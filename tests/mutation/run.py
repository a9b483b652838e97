"""Change the code of the rooms one place at a time, and print how many of the changes their unit tests notice.

    python tests/mutation/run.py [room ...]

Which rooms and which tests: `[tool.mutmut]` in pyproject.toml. What stays unnoticed, and why: docs/explanation/mutants.md. A
change that makes the tests run for ever is noticed as well.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
CHANGED = ROOT / "mutants"
MUTMUT = Path(sys.executable).with_name("mutmut")
NOTICED = {1, 3, 24, -24, 36, 152, 255}  # how its tests ended: with a failure, or stopped because they ran for ever
LEAST_PERCENT = 90


def rooms() -> dict[str, Path]:
    """Return the rooms that pyproject.toml names, with their sources; those of a package by their path in it: fiscal.weeks."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["mutmut"]
    found = [path.relative_to(ROOT) for pattern in settings["only_mutate"] for path in sorted(ROOT.glob(pattern))]
    return {".".join(path.with_suffix("").parts[2:]): path for path in found if path.stem != "__init__"}


def main() -> None:
    """Run, print a line per room and then every change that nobody noticed; fail where a room has too many of them."""
    sources = rooms()
    asked = [room for room in sources if not sys.argv[1:] or room.startswith(tuple(sys.argv[1:]))]
    shutil.rmtree(CHANGED, ignore_errors=True)  # what an earlier run found out about other tests is not taken over
    environment = {**os.environ, "CI": "true", "PYTHONHASHSEED": "0"}  # the same tests in the same order at every run
    patterns = [f"quota_engine.{room}.*" for room in asked]
    subprocess.run([MUTMUT, "run", "--max-children", "1", *patterns], cwd=ROOT, env=environment, check=True)

    unnoticed: list[str] = []
    lacking: list[str] = []
    sys.stdout.write(f"\n{'room':20}{'changes':>9}{'noticed':>9}{'share':>9}\n")
    for room in asked:
        statuses: dict[str, int | None] = json.loads(Path(f"{CHANGED / sources[room]}.meta").read_text("utf-8"))[
            "exit_code_by_key"
        ]
        missed = [name for name, status in statuses.items() if status not in NOTICED]
        noticed = len(statuses) - len(missed)
        sys.stdout.write(f"{room:20}{len(statuses):>9}{noticed:>9}{100 * noticed / len(statuses):>7.1f} %\n")
        unnoticed += missed
        lacking += [room] if 100 * noticed < LEAST_PERCENT * len(statuses) else []
    sys.stdout.write("\n".join(["", *unnoticed, "", "`mutmut show NAME` shows the change.", ""]))
    if lacking:
        raise SystemExit(f"less than {LEAST_PERCENT} % noticed: {', '.join(lacking)}")


if __name__ == "__main__":
    main()
