"""The tracker through wide lives: goals of every kind, all edits, every manner of source. More: `python -m tests.wide_lives`."""

from __future__ import annotations

import pytest

from tests.simulation.simulation import WentWrongError
from tests.wide_lives.lives import Life

STEPS = 30

pytestmark = pytest.mark.no_cover  # as for laws: the unit tests say what each line is for


@pytest.mark.parametrize("first", range(0, 40, 10))
def test_wide_lives(first: int) -> None:
    """The beginnings of ten lives; where something goes wrong, the seed and what happened are told."""
    for seed in range(first, first + 10):
        life = Life(seed)
        try:
            life.run(STEPS)
        except Exception as error:
            told = "\n".join([*life.trace[-20:], f"seed {seed}, all of it by --seed {seed}"])
            raise WentWrongError(told) from error


def test_a_seed_decides_everything() -> None:
    """The same seed is the same life."""
    one, other = Life(7), Life(7)
    one.run(STEPS)
    other.run(STEPS)
    assert one.trace == other.trace
