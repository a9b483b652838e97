"""The tracker through simulated lives: seeds that went wrong once, and two hundred others. More: `python -m tests.simulation`."""

from __future__ import annotations

import pytest

from tests.simulation.pinned import PINNED
from tests.simulation.simulation import Simulation, WentWrongError

STEPS = 45

pytestmark = pytest.mark.no_cover  # as for laws: the unit tests say what each line is for


def live(seed: int, most: int | None) -> None:
    """Live a seed, or so many steps of it; tell the seed and what happened where something goes wrong."""
    life = Simulation(seed)
    try:
        life.run(most)
    except Exception as error:
        raise WentWrongError("\n".join([*life.trace[-20:], f"seed {seed}, all of it by --seed {seed}"])) from error


@pytest.mark.parametrize("seed", PINNED, ids=str)
def test_simulation_of_what_went_wrong_once(seed: int) -> None:
    """What was found on the way stays found."""
    live(seed, None)


@pytest.mark.parametrize("first", range(0, 200, 20))
def test_simulation_of_lives(first: int) -> None:
    """The beginnings of twenty lives."""
    for seed in range(first, first + 20):
        live(seed, STEPS)


def test_a_seed_decides_everything() -> None:
    """The same seed is the same life."""
    one, other = Simulation(7), Simulation(7)
    one.run(STEPS)
    other.run(STEPS)
    assert one.trace == other.trace
