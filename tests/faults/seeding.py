"""A pytest plugin that seeds one fault: the module it names is compiled from changed text; no file changes.

QUOTA_ENGINE_FAULT=inclusive-end python -m pytest -p tests.faults.seeding tests/laws
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType

from tests.faults.register import BY_NAME, Fault

VARIABLE = "QUOTA_ENGINE_FAULT"


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


if VARIABLE in os.environ:
    sys.meta_path.insert(0, SeededFinder(BY_NAME[os.environ[VARIABLE]]))
