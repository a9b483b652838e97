"""Hypothesis profiles: how many examples a law is tried on. Chosen with `--hypothesis-profile`; `quick` otherwise."""

import os

from hypothesis import HealthCheck, Phase, settings

# No deadline: the first example of a run pays for imports and caches, and no test here is a timed one.
#
# In CI the examples are the same at every run of a commit, so that a change is judged by what it changed and a red run can be
# repeated. On a desk each run draws new ones, and Hypothesis keeps those that failed. `deep` and `thorough` always draw new ones.
settings.register_profile("quick", max_examples=60, deadline=None, derandomize="CI" in os.environ)
settings.register_profile("deep", max_examples=1_000, deadline=None, derandomize=False)
settings.register_profile("thorough", max_examples=10_000, deadline=None, derandomize=False)
# `faults` is for laws that are to fail: the same examples at every run, and no search for the smallest that fails.
settings.register_profile(
    "faults",
    max_examples=200,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("quick")
