"""The register of seeded faults: it is up to date, no law is without a fault, and what notices a fault can be told.

That each law notices each fault that names it is tried by a command of its own, `python -m tests.faults`: it takes a while.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.register import BY_NAME, FAULTS, Fault
from tests.faults.trial import ROOT, laws_by_file, laws_that_notice


def test_names_are_told_apart() -> None:
    """Each fault has a name of its own, and there are at least thirty."""
    assert len(BY_NAME) == len(FAULTS) >= 30


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_can_be_seeded(fault: Fault) -> None:
    """The sound text is still there, once, and with the fault in it the module can be compiled."""
    path = ROOT.joinpath("src", *fault.module.split(".")).with_suffix(".py")
    compile(fault.seeded(path.read_text(encoding="utf-8")), str(path), "exec", dont_inherit=True)


def test_no_law_is_without_a_fault() -> None:
    """A law that no fault needs is decoration, and a fault that names no law is nobody's."""
    assert {law for fault in FAULTS for law in fault.laws} == set[str]().union(*laws_by_file().values())


def test_a_fault_that_is_not_registered_is_refused() -> None:
    """A fault whose text has changed must not pass for one that was noticed."""
    with pytest.raises(ValueError, match="inclusive-end: expected once"):
        BY_NAME["inclusive-end"].seeded(Path(__file__).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["other-pipelines-leak", "unclipped-weeks", "told-apart-by-content"])
def test_is_noticed(name: str) -> None:
    """The laws that a fault names notice it; one that has nothing to do with it does not."""
    laws = set(BY_NAME[name].laws)
    assert laws_that_notice(BY_NAME[name], {*laws, "LP14"}) == laws


def test_nothing_is_noticed_without_a_fault() -> None:
    """The law holds for the sound text."""
    assert laws_that_notice(None, {"LP14"}) == set()
