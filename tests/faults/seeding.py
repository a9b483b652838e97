"""A pytest plugin that seeds one fault: the module it names is compiled from changed text; no file changes.

Of a law that has noticed the fault no further test is run.

QUOTA_ENGINE_FAULT=inclusive-end python -m pytest -p tests.faults.seeding tests/laws
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Generator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType
from typing import Final

import pytest

from tests.faults.register import BY_NAME, Fault

VARIABLE = "QUOTA_ENGINE_FAULT"
REFERENCE: Final = "reference"
_LAW: Final = re.compile(r"test_(?:(l[a-z]\d+)|(simulation)|.*(reference))(?:_|\b)")
_NOTICED: Final = pytest.StashKey[set[str]]()


class SeededLoader(SourceFileLoader):
    """Loads a module from its text with the fault in it."""

    def __init__(self, fault: Fault, path: str) -> None:
        """Take the fault, and where the sound text is."""
        super().__init__(fault.module, path)
        self.fault = fault

    def get_code(self, fullname: str) -> CodeType:
        """Compile the changed text; what was compiled before is not looked at."""
        return compile(self.fault.seeded(self.get_source(fullname) or ""), self.path, "exec", dont_inherit=True)


class SeededFinder(MetaPathFinder):
    """Finds the one module that has the fault."""

    def __init__(self, fault: Fault) -> None:
        """Take the fault."""
        self.fault = fault

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec of the module with the fault; None for every other."""
        found = PathFinder.find_spec(fullname, path, target) if fullname == self.fault.module else None
        if found is None or found.origin is None:
            return None
        found.loader = SeededLoader(self.fault, found.origin)
        return found


def law_of(test: str) -> str | None:
    """Return the id of the law that a test of some name is of; None where it is of none."""
    found = _LAW.match(test)
    return None if found is None else found[2] or found[3] or found[1].upper()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note which laws have failed."""
    report = yield
    law = law_of(item.name)
    if report.failed and law is not None:
        item.session.stash.setdefault(_NOTICED, set()).add(law)
    return report


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Pass over a test of a law that has failed."""
    if law_of(item.name) in item.session.stash.get(_NOTICED, set()):
        pytest.skip("its law has noticed the fault")  # in trials of seeded faults alone, of which the verdict is given


if VARIABLE in os.environ:
    sys.meta_path.insert(0, SeededFinder(BY_NAME[os.environ[VARIABLE]]))
