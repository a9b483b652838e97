"""The house itself: the gates that every commit passes, the front door, and what the core stays clear of."""

import ast
import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest

import quota_engine

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "quota_engine"
SOURCES = sorted(PACKAGE.rglob("*.py"))

OUTERMOST = {"cli", "adapters", "testing"}
CORE = [path for path in SOURCES if path.relative_to(PACKAGE).parts[0].removesuffix(".py") not in OUTERMOST]

DEPENDENCIES = {"attr", "attrs", "dateutil", "six"}  # six: by dateutil 2.9
OUTSIDE_WORLD = {
    *("asyncio", "multiprocessing", "subprocess", "threading"),
    *("os", "pathlib", "shutil", "socket", "tempfile"),
    *("random", "secrets", "time", "uuid"),
}
DOORS = {"input", "open", "print"}
CLOCKS = {"now", "today", "utcnow"}
LONGEST_ROOM = 500

FRONT_DOOR = ast.parse((PACKAGE / "__init__.py").read_text("utf-8"))
QUICK = 0.05
OPENED_LATE = {
    *("almanac", "book", "bridges", "clones", "closings", "forecast", "gates", "notices", "planning", "policy"),
    *("ports", "queries", "receipts", "remaps", "report", "standings", "tracking", "verdicts", "versions"),
}

PROGRAMS = Path(sysconfig.get_path("scripts"))
GATES = {
    "style": ["ruff", "check"],
    "format": ["ruff", "format", "--check"],
    "types by mypy": ["mypy"],
    "types by pyright": ["basedpyright"],
    "public types are known": ["basedpyright", "--verifytypes", "quota_engine", "--ignoreexternal"],
    "layers": ["lint-imports"],
}


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program of this environment at the root of the checkout, as a person would who has the environment activated.

    What the coverage of this run tells its child processes is left out: it is none of their business.
    """
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("COV_", "COVERAGE_"))}
    environment["PATH"] = os.pathsep.join([str(PROGRAMS), os.environ.get("PATH", "")])
    return subprocess.run(
        [str(PROGRAMS / program), *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def nodes(paths: list[Path]) -> Iterator[tuple[str, ast.AST]]:
    """Walk through the code of files: each part of it with the place where it stands."""
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            yield f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}", node


def imports(paths: list[Path]) -> Iterator[tuple[str, str]]:
    """Walk through the imports of files: the place, and the outermost name of what is imported."""
    for place, node in nodes(paths):
        if isinstance(node, ast.Import):
            yield from ((place, alias.name.partition(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield place, (node.module or "").partition(".")[0]


def loaded_by(script: str) -> set[str]:
    """Return the modules that a script loads in a fresh interpreter."""
    told = f"import sys; before = set(sys.modules)\n{script}\nprint(*set(sys.modules) - before)"
    done = run("python", "-I", "-c", told)
    assert done.stderr == ""
    return set(done.stdout.split())


def brought_in(modules: set[str]) -> set[str]:
    """Return the libraries that modules are of; Python's own are left out, also those that it has for the platform."""
    libraries = {module.partition(".")[0] for module in modules} - sys.stdlib_module_names
    return {library for library in libraries if not library.startswith("_sysconfigdata_")}


def rooms_of(modules: set[str]) -> set[str]:
    """Return which rooms of the library are among modules, by their outermost names."""
    return {module.split(".")[1] for module in modules if module.startswith("quota_engine.")}


def blocks(language: str) -> list[str]:
    """Return the README's blocks in a language, from the first on."""
    pattern = rf"^```{language}\n(.*?)^```$"
    return re.findall(pattern, (ROOT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)


class TestGates:
    """The programs that keep the house clean, each as its settings in pyproject.toml say."""

    @pytest.mark.parametrize("gate", GATES)
    def test_passes(self, gate: str) -> None:
        """Each gate passes; where it does not, what it says is the failure."""
        done = run(*GATES[gate])
        if done.returncode != 0:
            pytest.fail(f"{' '.join(GATES[gate])}\n{done.stdout}{done.stderr}", pytrace=False)


class TestFrontDoor:
    """What `import quota_engine` gives."""

    def test_names_exist(self) -> None:
        """Every public name can be imported, and is there once; that they are sorted is ruff's to see."""
        assert [name for name in quota_engine.__all__ if not hasattr(quota_engine, name)] == []
        assert len(set(quota_engine.__all__)) == len(quota_engine.__all__)

    def test_names_are_documented(self) -> None:
        """Every public name tells what it is."""
        assert [name for name in quota_engine.__all__ if not getattr(quota_engine, name).__doc__] == []

    def test_brings_in_no_more_than_it_must(self) -> None:
        """A fresh interpreter in which all rooms are open has loaded attrs, dateutil and what they bring, nothing else."""
        loaded = loaded_by("from quota_engine import *")
        assert {f"quota_engine.{room}" for room in quota_engine._NAMES} <= loaded
        assert brought_in(loaded) <= DEPENDENCIES | {"quota_engine"}

    def test_opens_no_room_unasked(self) -> None:
        """A bare import opens no room, so it loads no library either."""
        loaded = loaded_by("import quota_engine")
        assert rooms_of(loaded) == set()
        assert brought_in(loaded) == {"quota_engine"}

    def test_opens_what_the_first_minute_needs(self) -> None:
        """Whoever calculates as the README shows waits for no room that is about people's rights, forecasts or tracking."""
        example = blocks("python")[0].replace("print(result)", "str(result)")
        opened = rooms_of(loaded_by(example))
        assert {"accounts", "contributors", "fiscal", "goals", "progress", "templates"} <= opened
        assert opened & OPENED_LATE == set()

    def test_is_quick(self) -> None:
        """A bare import computes for less than 0.05 seconds, the best of five; it takes a fifth of that."""
        script = "import time; start = time.process_time(); import quota_engine; print(time.process_time() - start)"
        assert min(float(run("python", "-I", "-c", script).stdout) for _ in range(5)) < QUICK

    def test_says_one_thing(self) -> None:
        """The imports that type checkers read, the names by room that are used at run time, and `__all__` are the same."""
        static = next(node.body for node in FRONT_DOOR.body if isinstance(node, ast.If))
        imported = [node for node in static if isinstance(node, ast.ImportFrom)]
        read = {node.module: " ".join(map(ast.unparse, node.names)) for node in imported}
        assert read.pop("quota_engine") == "templates"  # a room that is public by its own name
        assert read == {f"quota_engine.{room}": names for room, names in quota_engine._NAMES.items()}
        names = [name for names in quota_engine._NAMES.values() for name in names.split()]
        assert sorted([*names, "templates"]) == sorted(quota_engine.__all__)

    def test_is_not_used_by_rooms(self) -> None:
        """No room asks the door for a name: a room imports rooms, so that none waits for another in a circle."""
        taken = [
            (place, alias.name)
            for place, node in nodes(SOURCES)
            if isinstance(node, ast.ImportFrom) and node.module == "quota_engine" and "__init__" not in place
            for alias in node.names
        ]
        assert [found for found in taken if found[1] in quota_engine._ROOM_OF] == []

    def test_has_no_other_code(self) -> None:
        """The front door consists of its docstring, imports, names and the two functions that modules may have (PEP 562)."""
        body = FRONT_DOOR.body
        kinds = {ast.Expr, ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.If}
        assert {type(node) for node in body} <= kinds
        assigned = [node.targets[0] for node in body if isinstance(node, ast.Assign)]
        annotated = [node.target for node in body if isinstance(node, ast.AnnAssign)]
        assert [ast.unparse(node) for node in [*assigned, *annotated]] == ["__all__", "_NAMES", "_ROOM_OF", "_ROOMS"]
        (door,) = [node for node in body if isinstance(node, ast.If)]
        assert ast.unparse(door.test) == "TYPE_CHECKING"
        assert {type(node) for node in door.body} == {ast.ImportFrom}
        assert {type(node) for node in door.orelse} == {ast.FunctionDef}
        assert [node.name for node in door.orelse if isinstance(node, ast.FunctionDef)] == ["__getattr__", "__dir__"]


class TestCore:
    """All rooms but the outermost: they are given values and give values back."""

    def test_needs_two_libraries(self) -> None:
        """No room of the core imports anything but Python's own, attrs and dateutil, not even for a type checker alone."""
        allowed = sys.stdlib_module_names | {"attrs", "dateutil", "quota_engine"}
        assert [found for found in imports(CORE) if found[1] not in allowed] == []

    def test_is_shut_off_from_the_world(self) -> None:
        """No room of the core can reach files, processes, the network or chance."""
        assert [found for found in imports(CORE) if found[1] in OUTSIDE_WORLD] == []
        assert [place for place, node in nodes(CORE) if isinstance(node, ast.Name) and node.id in DOORS] == []

    def test_reads_no_clock(self) -> None:
        """No room of the core asks what time it is: the moment is always passed in."""
        assert [place for place, node in nodes(CORE) if isinstance(node, ast.Attribute) and node.attr in CLOCKS] == []

    def test_has_no_floats(self) -> None:
        """No figure of the core is written as a float."""
        values = [(place, node.value) for place, node in nodes(CORE) if isinstance(node, ast.Constant)]
        assert [place for place, value in values if isinstance(value, float)] == []


class TestSources:
    """Every file of the library."""

    def test_are_short(self) -> None:
        """No file has more than 500 lines: there is a second noun in it by then."""
        lengths = {path.relative_to(ROOT).as_posix(): len(path.read_text("utf-8").splitlines()) for path in SOURCES}
        assert {path: length for path, length in lengths.items() if length > LONGEST_ROOM} == {}

    def test_do_not_assert(self) -> None:
        """Nothing is checked by `assert`, which `python -O` leaves out."""
        assert [place for place, node in nodes(SOURCES) if isinstance(node, ast.Assert)] == []


class TestCommands:
    """The two commands that a newcomer copies from the README."""

    def test_ci_runs_the_second(self) -> None:
        """CI runs the command that the README gives for the tests, and nothing else."""
        commands = [line for block in blocks("bash") for line in block.splitlines() if line]
        script = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
        steps = [line for line in script if line and not line.startswith("#")]
        assert steps == ["set -eu", 'cd "$(dirname "$0")/.."', commands[1]]
