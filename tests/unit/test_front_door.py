"""The front door: what a host finds in `quota_engine`, though its rooms are opened only when a name of theirs is asked for."""

from __future__ import annotations

import pickle
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import quota_engine

ROOMS = {path.stem for path in Path(str(quota_engine.__file__)).parent.iterdir()}
IN_THREADS = """
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
import quota_engine
sys.setswitchinterval(1e-6)
names, start = quota_engine.__all__, Barrier(8)

def found(number):
    start.wait()
    turn = number * len(names) // 8
    return {name: getattr(quota_engine, name) for name in [*names[turn:], *names[:turn]]}

with ThreadPoolExecutor(8) as pool:
    first, *others = pool.map(found, range(8))
assert len(first) == len(names)
print("the same" if all(other[name] is first[name] for other in others for name in names) else "not the same")
"""


def fresh(script: str) -> tuple[str, str]:
    """Return what a script prints and what goes wrong in a fresh process."""
    done = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, text=True, check=False)
    return done.stdout, done.stderr


class TestFrontDoor:
    """Names, rooms, and what is neither."""

    def test_gives_what_the_rooms_have(self) -> None:
        """A public name is the very thing that its room has, each time it is asked for."""
        for name, room in quota_engine._ROOM_OF.items():
            thing = getattr(import_module(f"quota_engine.{room}"), name)
            assert (getattr(quota_engine, name) is thing, getattr(quota_engine, name) is thing) == (True, True)

    def test_tells_names_from_rooms(self) -> None:
        """No name stands for a room and for something else: opening the room would put it in the other's place."""
        assert ROOMS.isdisjoint(quota_engine._ROOM_OF)

    def test_has_rooms_by_name(self) -> None:
        """A host that imported the library alone reaches a room by its own name, as in `quota_engine.errors.NotFound`."""
        script = (
            "import quota_engine; print(quota_engine.errors.NotFound.__name__, quota_engine.templates.REVENUE.name)"
        )
        assert fresh(script) == ("NotFound revenue\n", "")

    def test_lists_everything(self) -> None:
        """An editor that asks what there is finds all names and rooms, also those that nobody has used yet."""
        assert {*quota_engine.__all__, "errors", "tracking", "__doc__"} <= set(dir(quota_engine))
        listed, _ = fresh("import quota_engine; print(*dir(quota_engine))")
        assert {*quota_engine.__all__, "errors", "tracking", "__doc__"} <= set(listed.split())

    def test_refuses_other_names_as_modules_do(self) -> None:
        """A misspelt name is refused in the words of any module, and Python says what it may have meant."""
        name = "Asignment"
        with pytest.raises(AttributeError, match=r"^module 'quota_engine' has no attribute 'Asignment'$") as caught:
            getattr(quota_engine, name)
        assert (caught.value.name, caught.value.obj) == (name, quota_engine)
        assert "Did you mean: 'Assignment'?" in fresh("import quota_engine; quota_engine.Asignment")[1]
        assert "cannot import name 'Asignment' from 'quota_engine'" in fresh("from quota_engine import Asignment")[1]

    def test_opens_rooms_for_what_was_kept(self) -> None:
        """A process that has opened no room reads what another one has pickled."""
        kept = pickle.dumps(quota_engine.presets.NRF)
        assert fresh(f"import pickle, quota_engine; print(pickle.loads({kept!r}))") == (
            f"{quota_engine.presets.NRF}\n",
            "",
        )

    def test_opens_for_many_threads_at_once(self) -> None:
        """Eight threads that ask a fresh process for all names at the same moment, each in its own order, get the same things."""
        assert fresh(IN_THREADS) == ("the same\n", "")
