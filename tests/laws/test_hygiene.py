"""Laws of hygiene: nothing is read but what was passed in, and nothing is shared that threads could spoil."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Final

import pytest

from quota_engine import Contributor, calculate, merge, plan, tally
from quota_engine.adapters.columns import Columns, Minor
from quota_engine.testing.strategies import FEATURES, worlds
from tests.acme import EVERYONE, JULY, acme, at, promise
from tests.apart import Parts, said, started
from tests.laws.given import several

# What a fresh process runs to tell what reaches outside: from `import quota_engine` on, when the code itself may be read, and
# in use, when nothing may. What comes with the test's own module is told neither way.
WATCHED: Final = """
import importlib.util, sys, zoneinfo
given = sys.stdin.buffer.read()
OUTSIDE = {"_thread", "ctypes", "mmap", "open", "os", "shutil", "socket", "sqlite3", "subprocess", "tempfile", "urllib"}
tzdata = importlib.util.find_spec("tzdata")
zones = (*zoneinfo.TZPATH, *(tzdata.submodule_search_locations if tzdata else ()))
told, stage = set(), "import"

def watch(event, arguments):
    if event.partition(".")[0] not in OUTSIDE or stage == "between":
        return
    path = str(arguments[0]) if arguments else ""
    is_read = event == "open" and arguments[1] in ("r", "rb")
    if stage == "import" and (event == "os.listdir" or (is_read and path.endswith((".py", ".pyc", ".so", ".pyd")))):
        return
    if not (is_read and path.startswith(zones)):
        told.add(f"{stage}: {event} {path}")

before = set(sys.modules)
sys.addaudithook(watch)
import quota_engine
stage = "between"
extras = {name.partition(".")[0] for name in set(sys.modules) - before} - sys.stdlib_module_names
import pickle
from tests.apart import said
worlds = pickle.loads(given)
loaded = set(sys.modules)
stage = "use"
for parts in worlds:
    said(parts)
stage = "between"
late = {name for name in set(sys.modules) - loaded if not name.startswith(("tzdata", "importlib", "encodings"))}
print("told", *sorted(told))
print("extras", *sorted(extras - {"attr", "attrs", "dateutil", "quota_engine", "six"}))
print("imported in use", *sorted(late))
"""

# Calls of C are seen by the profiler, whoever makes them; what asks the clock or the dice is told.
CLOCKLESS: Final = """
import sys
given = sys.stdin.buffer.read()
import pickle
from tests.apart import said
worlds = pickle.loads(given)
asked = set()

def watch(frame, event, called):
    if event == "c_call":
        name, module = called.__name__, called.__module__ or ""
        if name in {"now", "today", "utcnow", "localtime", "gmtime", "urandom", "getrandom", "uuid4"} or module == "time":
            asked.add(f"{module}.{name}")
    elif event == "call" and frame.f_globals.get("__name__") in {"random", "secrets", "uuid"}:
        asked.add(frame.f_code.co_name)

sys.setprofile(watch)
texts = [said(parts) for parts in worlds]
sys.setprofile(None)
print("asked", *sorted(asked))
for text in texts:
    print(ascii(text))
"""


SIMPLE: Final = tuple(feature for feature in FEATURES if feature != "years")  # few slices, for speed


@pytest.fixture(scope="module")
def some_worlds() -> dict[Parts, str]:
    """Return the parts of some worlds, in a few of which rates are missing, and what the engine says of each."""
    drawn = [*several(worlds(features=SIMPLE), 15), *several(worlds(features=SIMPLE, missing="refuse"), 15)]
    found = [
        (world.goals, world.events, world.account, world.as_of, world.known_at, world.roster, world.rates)
        for world in drawn
    ]
    return {parts: said(parts) for parts in found}


@contextmanager
def eight_threads() -> Iterator[ThreadPoolExecutor]:
    """Give eight threads, which take turns as often as Python can."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            yield pool
    finally:
        sys.setswitchinterval(usual)


class TestHygiene:
    """What the engine does beside its work: nothing."""

    def test_lb4_reaches_nothing(self, some_worlds: dict[Parts, str]) -> None:
        """LB4 Core import and use does no I/O, threads, network, and imports no extra; zones alone are read from their files."""
        assert started(WATCHED, list(some_worlds)) == ["told", "extras", "imported in use"]

    def test_lb5_same_results_from_eight_threads(self, some_worlds: dict[Parts, str]) -> None:
        """LB5 Same results from 8 threads, which work on the same values at the same time."""
        few = list(some_worlds)[::4]
        with eight_threads() as pool:
            found = list(pool.map(lambda _: list(map(said, few)), range(8)))
        assert found == [[some_worlds[parts] for parts in few]] * 8

    def test_lb5_one_plan_and_the_same_columns_for_all_threads(self) -> None:
        """LB5, for a plan and columns that eight threads share: lanes and dates are made when they are first asked for."""
        names = [f"u{number}" for number in range(100)]
        goal = promise(*map(Contributor.user, names), EVERYONE)
        days = [JULY + timedelta(days=number % 40) for number in range(400)]
        owners = [names[number % len(names)] for number in range(400)]
        known = at("2025-12-01")

        def batch(number: int) -> Columns:
            ids = [f"{number}-{place}" for place in range(400)]
            won = [True] * len(ids)
            amounts = Minor(range(400))
            return Columns(
                "deal", ids, owner_id=owners, properties={"closed_at": days, "is_won": won, "amount": amounts}
            )

        batches = [batch(number) for number in range(8)]
        works = [plan([goal], account=acme(), as_of=known) for _ in range(2)]
        expected = merge(*(tally(works[0], [each]) for each in batches))
        with eight_threads() as pool:
            found = merge(*pool.map(lambda each: tally(works[1], [each]), batches))
            again = merge(*pool.map(lambda _: tally(works[1], batches[:1]), range(8)))
        first = calculate([goal], expected, account=acme(), as_of=known)
        assert list(calculate([goal], found, account=acme(), as_of=known)) == list(first)
        once = list(calculate([goal], batches[:1], account=acme(), as_of=known))
        eight_times = list(calculate([goal], again, account=acme(), as_of=known))
        assert [Decimal(8) * (one.attained or 0) for one in once] == [each.attained for each in eight_times]

    def test_lb6_reads_no_clock_and_no_dice(self, some_worlds: dict[Parts, str]) -> None:
        """LB6 Core never reads the clock, randomness or set order."""
        asked, *texts = started(CLOCKLESS, list(some_worlds), seed=6)
        assert asked == "asked"
        assert texts == [ascii(text_) for text_ in some_worlds.values()]
