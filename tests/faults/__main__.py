"""Try every seeded fault, two at a time, and print which laws notice it.

    python -m tests.faults [--all-laws] [NAME ...]

A fault that one of the laws it names does not notice ends the command with 1; so does a law that fails without any fault.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ThreadPoolExecutor

from tests.faults.register import BY_NAME, FAULTS, Fault
from tests.faults.trial import laws_that_notice


def main() -> None:
    """Print a row for each fault."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="of faults; all by default")
    parser.add_argument("--all-laws", action="store_true", help="try all laws, not only those that a fault names")
    arguments = parser.parse_args()
    faults = [BY_NAME[name] for name in arguments.names] or list(FAULTS)
    asked = {law for fault in faults for law in fault.laws}

    def tried(fault: Fault | None) -> set[str]:
        if fault is None:
            return laws_that_notice(None, asked)
        return laws_that_notice(fault, None if arguments.all_laws else fault.laws)

    unnoticed = 0
    with ThreadPoolExecutor(2) as pool:
        for fault, laws in zip([None, *faults], pool.map(tried, [None, *faults]), strict=True):
            if fault is None:
                print(f"{'(no fault)':32}{' '.join(sorted(laws)) or 'all hold'}", flush=True)
                unnoticed += len(laws)
                continue
            missed = set(fault.laws) - laws
            unnoticed += len(missed)
            told = f"   not by {' '.join(sorted(missed))}" if missed else ""
            print(f"{fault.name:32}{' '.join(sorted(laws)):24}{fault.what}{told}", flush=True)
    print(f"{len(faults)} faults, {len(asked)} laws, {unnoticed} amiss")
    raise SystemExit(1 if unnoticed else 0)


if __name__ == "__main__":
    main()
