"""Hypothesis strategies for every value of the library, and `worlds()`, whose parts fit together.

They are directed: a draw is far more often at an edge than chance would have it. Moments lie at, just before and just after
the bounds of slices and the instants at which slices freeze; zones are those whose midnights, or whole days, go missing or
come twice; amounts mix 10 to the 27th with a cent; records are few, so that their versions collide. The simplest value of
each comes first, so that a counterexample shrinks to something a person can read. A world has some of the complications in
`FEATURES` and lacks the others, so that each is met both alone and together with any other.

>>> from hypothesis import given
>>> @given(worlds())
... def test_my_adapter(world): ...

Where the library is installed, `st.from_type` draws from these as well, also for annotated arguments: `st.from_type(Goal)` is
`goals()`.
"""

from __future__ import annotations

from quota_engine.testing.strategies.edges import edge_worlds
from quota_engine.testing.strategies.forecasts import forecast_worlds
from quota_engine.testing.strategies.goals import clones, conditions, contributors, goals, measures
from quota_engine.testing.strategies.notices import edits, milestones, milestones_reached, notices
from quota_engine.testing.strategies.records import crm_events, properties, splits
from quota_engine.testing.strategies.values import (
    FEATURES,
    PIPELINES,
    PROPERTIES,
    TEAMS,
    TURNS,
    USERS,
    ZONES,
    accounts,
    amounts,
    calendars,
    closings,
    curves,
    day_weights,
    durations,
    moments,
    periods,
    rates,
    rosters,
    targets,
    working_days,
)
from quota_engine.testing.strategies.worlds import World, edges_of, slices_near, worlds
from quota_engine.testing.strategies.years import month_years, table_years, timelines, week_years, year_rules

__all__ = [
    "FEATURES",
    "PIPELINES",
    "PROPERTIES",
    "TEAMS",
    "TURNS",
    "USERS",
    "ZONES",
    "World",
    "accounts",
    "amounts",
    "calendars",
    "clones",
    "closings",
    "conditions",
    "contributors",
    "crm_events",
    "curves",
    "day_weights",
    "durations",
    "edge_worlds",
    "edges_of",
    "edits",
    "forecast_worlds",
    "goals",
    "measures",
    "milestones",
    "milestones_reached",
    "moments",
    "month_years",
    "notices",
    "periods",
    "properties",
    "rates",
    "rosters",
    "slices_near",
    "splits",
    "table_years",
    "targets",
    "timelines",
    "week_years",
    "working_days",
    "worlds",
    "year_rules",
]
