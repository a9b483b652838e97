"""Forecast worlds: a goal that shows in a forecast, and deals that are won, open, lost, or say what they cannot be."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Final

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from quota_engine import templates
from quota_engine.contributors import Contributor
from quota_engine.durations import Duration
from quota_engine.events import CrmEvent, Property
from quota_engine.goals import Goal
from quota_engine.testing.strategies.drawing import pick
from quota_engine.testing.strategies.goals import FORECAST_CADENCES, a_row, some_rows
from quota_engine.testing.strategies.values import (
    FEATURES,
    FLAGS,
    PIPELINES,
    SOME_STAGES,
    TURNS,
    a_calendar,
    an_account,
)
from quota_engine.testing.strategies.worlds import World, some_of, world_of

_ONE: Final = PIPELINES[0]
_STAGES: Final = st.sampled_from((*SOME_STAGES, *SOME_STAGES[1:]))
_SAYING: Final[st.SearchStrategy[dict[str, Property]]] = st.fixed_dictionaries(
    {
        "is_won": st.sampled_from((True, False, False, None, "false", "TRUE")),
        "forecast_category": st.sampled_from((None, "", "pipeline", "best_case", "commit", "omitted")),
        "stage": st.sampled_from((None, "won", "paid", "lost", "talking", "", 7)),
        "probability": st.sampled_from(("0.5", 0, 1, "0.25", "0.000000000000000001", "0.3", None)),
    }
)
_NONSENSE: Final[st.SearchStrategy[tuple[str, Property]]] = st.sampled_from(
    (
        ("is_won", "maybe"),
        *[("forecast_category", "closed")] * 5,
        ("forecast_category", "Commit"),
        ("forecast_category", True),
        ("probability", 40),
        ("probability", "-0.1"),
        ("probability", "likely"),
    )
)


@st.composite
def forecast_worlds(
    draw: DrawFn, *, features: Collection[str] = FEATURES, turns: Sequence[tuple[str, date]] = TURNS
) -> World:
    """Return worlds with one goal, which shows in the forecast of the pipeline "direct", alone or with all others.

    Its deals say how likely they are, and of what category and stage; with the feature "nonsense" also what cannot be.
    """
    having = draw(some_of(tuple(sorted(features)))) if features else set[str]()
    zone, around = pick(draw, turns)
    cadence = draw(FORECAST_CADENCES)
    account = an_account(draw, a_calendar(draw, zone), around, having)
    account = evolve(account, forecast_periods={_ONE: cadence.value}, forecast_stages=draw(_STAGES))
    has_roster = "absences" in having or "memberships" in having or draw(FLAGS)
    goal = Goal.plan(
        id="g1",
        name="g1",
        template=templates.REVENUE,
        duration=Duration(cadence, year=account.calendar.year_of(around), aligned=True),
        account=account,
    )
    is_of_one = "pipelines" in having and draw(FLAGS)
    rows = draw(some_rows(teams=has_roster, pipelines=False, strangers="strangers" in having))
    if is_of_one and draw(FLAGS):
        rows = [*rows, Contributor.pipeline(_ONE)]
    drawn = [a_row(draw, contributor, len(goal.slices), may_track=False) for contributor in rows]
    if is_of_one:
        drawn = [row if row.tracked else evolve(row, pipelines=[_ONE]) for row in drawn]
    world = world_of(draw, account, [goal.assign(*drawn)], around, features=having, has_roster=has_roster)
    said = {event: _said(draw, event, having) for event in world.events}
    return evolve(world, events=tuple(said[event] for event in world.events))


def _said(draw: DrawFn, event: CrmEvent, features: Collection[str]) -> CrmEvent:
    saying = draw(_SAYING)
    if "nonsense" in features and draw(FLAGS):
        name, value = draw(_NONSENSE)
        saying[name] = value
    return evolve(event, properties={**event.properties, **saying})
