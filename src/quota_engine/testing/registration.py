"""What lets a host write `st.from_type(Goal)`: Hypothesis calls `register` when it is imported.

It finds it by the entry point `hypothesis` of the installed package. The strategies themselves are imported when the first of
them is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from quota_engine.accounts import Account, Closing
from quota_engine.clones import Clone
from quota_engine.contributors import Contributor, Roster
from quota_engine.curves import DayWeights, WorkingDays
from quota_engine.durations import Duration
from quota_engine.edits import Edit
from quota_engine.events import CrmEvent
from quota_engine.fiscal import FiscalCalendar, MonthYears, TableYears, Timeline, WeekYears
from quota_engine.goals import Goal
from quota_engine.measures import Condition, Measure
from quota_engine.milestones import Milestone
from quota_engine.notices import MilestoneReached, Notice
from quota_engine.periods import Period
from quota_engine.rates import Rates
from quota_engine.splits import Splits

_NAMES: Final[dict[type[Any], str]] = {
    Account: "accounts",
    Clone: "clones",
    Closing: "closings",
    Condition: "conditions",
    Contributor: "contributors",
    CrmEvent: "crm_events",
    DayWeights: "day_weights",
    Duration: "durations",
    Edit: "edits",
    FiscalCalendar: "calendars",
    Goal: "goals",
    Measure: "measures",
    Milestone: "milestones",
    MilestoneReached: "milestones_reached",
    MonthYears: "month_years",
    Notice: "notices",
    Period: "periods",
    Rates: "rates",
    Roster: "rosters",
    Splits: "splits",
    TableYears: "table_years",
    Timeline: "timelines",
    WeekYears: "week_years",
    WorkingDays: "working_days",
}
"""The strategy of each type, by its name in `testing.strategies`."""


def register() -> None:
    """Tell Hypothesis which strategy draws which type."""
    for kind, name in _NAMES.items():
        st.register_type_strategy(kind, _by_name(name))


def _by_name(name: str) -> Callable[[type[Any]], SearchStrategy[Any]]:
    def strategy(_kind: type[Any]) -> SearchStrategy[Any]:
        make: Callable[[], SearchStrategy[Any]] = getattr(import_module("quota_engine.testing.strategies"), name)
        return make()

    return strategy
