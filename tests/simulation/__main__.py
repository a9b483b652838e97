"""Simulate lives of a tracker, two at a time: a virtual clock, a CRM and a store that fail by a seed, all reckoned anew.

    python -m tests.simulation [--seeds 20000] [--from 0] [--seed S] [--steps N]

The first seed that goes wrong ends the command with 1, and is printed with the commit and all that happened.
"""

from __future__ import annotations

from tests.simulation.command import main
from tests.simulation.simulation import Simulation

if __name__ == "__main__":
    main(Simulation, __doc__, seeds=20_000)
