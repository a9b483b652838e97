"""What one fresh process does: answer against the clock, from memory or from a stream, and say how it went, as JSON.

python benchmarks/trials.py speed columns 1000000 9990
"""

from __future__ import annotations

import hashlib
import json
import resource
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

import contenders
import world

Outcome = dict[str, str | float]


def _digest(answer: contenders.Answer) -> str:
    return hashlib.sha256(repr(sorted(answer.items())).encode()).hexdigest()


def _answered(run: Callable[[], Any], answer: Callable[[Any], contenders.Answer]) -> Outcome:
    start = perf_counter()
    found = run()
    seconds = perf_counter() - start
    return {"seconds": seconds, "digest": _digest(answer(found))}


def speed(name: str, events: int, assignments: int) -> Outcome:
    """Prepare, answer once to warm up, and answer again against the clock."""
    run, answer = contenders.ALL[name](world.make(events, assignments))
    run()
    return _answered(run, answer)


def once(name: str, events: int, assignments: int) -> Outcome:
    """Prepare, and answer against the clock at once: for what takes minutes."""
    return _answered(*contenders.ALL[name](world.make(events, assignments)))


def first(name: str, events: int, assignments: int) -> Outcome:
    """From lists in memory to the first answer: import the engine, prepare for it, and answer, all against the clock."""
    made = world.make(events, assignments)
    start = perf_counter()
    run, answer = contenders.ALL[name](made)
    found = run()
    seconds = perf_counter() - start
    return {"seconds": seconds, "digest": _digest(answer(found))}


def memory(_name: str, events: int, assignments: int) -> Outcome:
    """Answer from a stream of columns; the highest memory of the process, in MiB. The sums are checked against the stream's."""
    import quota_engine as q

    batches = world.Stream(events, assignments)
    account, goals = contenders.library_goals(batches.owners)
    records = (contenders.library_columns(batch) for batch in batches)
    found = q.calculate(goals, records, account=account, as_of=datetime(2026, 6, 1, tzinfo=UTC))
    totals = [found.total(goal.id, on=part.start) for goal in goals for part in goal.slices]
    cents = sum(int((total.attained or 0) * 100) for total in totals)
    count = sum(total.counted or 0 for total in totals)
    if (cents, count) != (batches.cents, batches.count):
        raise SystemExit(f"the sums are {cents, count}, but the stream's are {batches.cents, batches.count}")
    return {"mebibytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "digest": ""}


KINDS = {trial.__name__: trial for trial in (speed, once, first, memory)}

if __name__ == "__main__":
    kind, contender, records, rows = sys.argv[1:]
    sys.stdout.write(json.dumps(KINDS[kind](contender, int(records), int(rows))))
