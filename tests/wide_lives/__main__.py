"""Live wide lives of a tracker, two at a time: goals of every kind, all edits and sources, all that is said reckoned anew.

    python -m tests.wide_lives [--seeds 2000] [--from 0] [--seed S] [--steps N]

The first seed that goes wrong ends the command with 1, and is printed with the commit and all that happened.
"""

from __future__ import annotations

from tests.simulation.command import main
from tests.wide_lives.lives import Life

if __name__ == "__main__":
    main(Life, __doc__, seeds=2_000)
