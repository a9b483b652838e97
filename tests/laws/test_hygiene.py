"""Laws of hygiene: nothing is read but what was passed in, and nothing is shared that threads could spoil."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

import pytest
from attrs import evolve

from quota_engine import Absence, Contributor, Membership, Roster, Team, User, Work, calculate, merge, plan, tally
from quota_engine.adapters.columns import Column, Columns, Minor
from quota_engine.testing.strategies import FEATURES, worlds
from tests.acme import EVERYONE, JULY, NORTH, acme, at, deal, promise
from tests.apart import Parts, said, started
from tests.laws.given import crowded, parts_of, several

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
for name in quota_engine.__all__:  # every room is opened while it is watched
    getattr(quota_engine, name)
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
    found = [*crowded(), *map(parts_of, drawn)]
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
        few = list(some_worlds)[::6]
        with eight_threads() as pool:
            found = list(pool.map(lambda _: list(map(said, few)), range(8)))
        assert found == [[some_worlds[parts] for parts in few]] * 8

    def test_lb5_one_plan_and_the_same_records_for_all_threads(self) -> None:
        """LB5, for a plan and columns that eight threads share, and records that are late, whose findings are noted."""
        names = [f"u{number}" for number in range(50)]
        goal = promise(*map(Contributor.user, names), EVERYONE, NORTH)
        users = [*map(User, names), User("gone", absences=[Absence(at("2025-01-01"))])]
        roster = Roster(users, [Team("north")], [Membership(name, "north") for name in names[::2]])
        known = at("2025-12-01")
        events = [
            deal(f"e{number}", number, owner=names[number % 50], recorded=recorded)
            for number in range(80)
            for recorded in ("2025-07-10", "2025-08-10")
        ]
        # What is noted of one who is gone is kept while all slices are gone through: another thread must not meet it.
        some = [*names[:4], *["ghost", "gone"] * 2]
        changed = [evolve(event, owner_id=some[number % 8]) for number, event in enumerate(events)]
        days = [JULY + timedelta(days=number % 40) for number in range(400)]
        owners = [names[number % 50] for number in range(400)]
        ids = [f"c{number}" for number in range(400)]
        properties: dict[str, Column] = {"closed_at": days, "is_won": [True] * 400, "amount": Minor(tuple(range(400)))}

        def answer(columns: Columns, work: Work) -> tuple[object, ...]:
            tallies = merge(tally(work, changed), tally(work, [columns]))
            result = calculate([goal], tallies, account=acme(), as_of=known, roster=roster)
            return list(result), result.findings

        def given() -> tuple[Columns, Work]:
            columns = Columns("deal", ids, owner_id=owners, properties=properties)
            return columns, plan([goal], account=acme(), as_of=known, roster=roster)

        expected = answer(*given())
        columns, work = given()
        with eight_threads() as pool:
            assert list(pool.map(lambda _: answer(columns, work), range(8))) == [expected] * 8

    def test_lb6_reads_no_clock_and_no_dice(self, some_worlds: dict[Parts, str]) -> None:
        """LB6 Core never reads the clock, randomness or set order."""
        asked, *texts = started(CLOCKLESS, list(some_worlds), seed=6)
        assert asked == "asked"
        assert texts == [ascii(text_) for text_ in some_worlds.values()]
