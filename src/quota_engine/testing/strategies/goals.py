"""Strategies for goals, for what they are made of (measures, conditions, contributors and their rows), and for clones."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from functools import cache
from itertools import product
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from quota_engine import templates
from quota_engine.accounts import Account
from quota_engine.assignments import Assignment
from quota_engine.clones import Clone
from quota_engine.contributors import Contributor, ContributorKind
from quota_engine.durations import Cadence, Duration
from quota_engine.fiscal import first_instant
from quota_engine.goals import Goal
from quota_engine.measures import Condition, Measure, Operand
from quota_engine.testing.strategies.drawing import below, pick
from quota_engine.testing.strategies.values import (
    A_DAY,
    DATES,
    FEATURES,
    FLAGS,
    NUMBERS,
    OBJECTS,
    PIPELINES,
    SOMEDAY,
    STAGES,
    TEAM_CREDITS,
    TEAMS,
    USERS,
    a_duration,
    a_target,
    accounts,
    moments_at,
)

_SEVERAL: Final = st.integers(1, 3)
_TRACKED: Final = st.sampled_from((None, None, PIPELINES[:1], PIPELINES))


@st.composite
def measures(draw: DrawFn, around: date = SOMEDAY) -> Measure:
    """Return the measures of all templates, and others from scratch with every aggregate and up to two conditions."""
    return _measure_from_scratch(draw, around) if draw(FLAGS) else pick(draw, templates.ALL).measure


_KINDS: Final = st.sampled_from(
    tuple(
        product(
            ("sum", "count", "average", "minimum", "maximum"),
            OBJECTS,
            DATES[:2],
            ("higher", "lower"),
            ("count", "money", "duration", "points"),
        )
    )
)


def _measure_from_scratch(draw: DrawFn, around: date) -> Measure:
    aggregate, of_object, dated_by, direction, unit = draw(_KINDS)
    return Measure(
        name="From scratch",
        object=of_object,
        aggregate=aggregate,
        dated_by=dated_by,
        value=pick(draw, NUMBERS[:2] if aggregate != "count" else (None, "amount")),
        where=[_condition(draw, around) for _ in range(draw(below(3)))],
        direction=direction,
        unit=unit,
    )


_BOUNDS: Final = (Decimal(0), Decimal("0.01"), Decimal(100), Decimal("1E+27"))
_DAYS_OFF: Final = st.integers(-2, 2)
_OPERATORS: Final = ("is_set", "is_not_set", "eq", "ne", "in", "not_in")
_ORDERED: Final = (*_OPERATORS, "lt", "le", "gt", "ge")


@st.composite
def conditions(draw: DrawFn, around: date = SOMEDAY) -> Condition:
    """Return conditions with every operator on every kind of property that `crm_events` gives."""
    return _condition(draw, around)


def _condition(draw: DrawFn, around: date) -> Condition:
    name = pick(draw, ("is_won", "stage", "amount", "closed_at", "created_at"))
    operator = pick(draw, _OPERATORS if name == "is_won" else _ORDERED)
    if operator in {"is_set", "is_not_set"}:
        return Condition(name, operator)
    if operator in {"in", "not_in"}:
        return Condition(name, operator, [_operand(draw, name, around) for _ in range(draw(_SEVERAL))])
    return Condition(name, operator, _operand(draw, name, around))


def _operand(draw: DrawFn, name: str, around: date) -> Operand:
    if name == "is_won":
        return draw(FLAGS)
    if name == "stage":
        return pick(draw, STAGES)
    if name == "amount":
        return pick(draw, _BOUNDS)
    if name == "closed_at":
        return around + A_DAY * draw(_DAYS_OFF)
    return moments_at([first_instant(around, "UTC")])(draw)


def contributors(*, teams: bool = True, features: Collection[str] = FEATURES) -> SearchStrategy[Contributor]:
    """Return the users, teams and pipelines of these strategies, the whole account, and a user whom no roster knows."""
    return st.sampled_from(_rows_of(teams=teams, pipelines="pipelines" in features, strangers="strangers" in features))


def _rows_of(*, teams: bool, pipelines: bool, strangers: bool) -> list[Contributor]:
    chosen = [Contributor.user(USERS[0]), Contributor.account(), Contributor.user(USERS[1])]
    chosen += [Contributor.team(team) for team in TEAMS] if teams else []
    chosen += map(Contributor.pipeline, PIPELINES) if pipelines else []
    return [*chosen, Contributor.user("ghost")] if strangers else chosen


@cache
def some_rows(*, teams: bool, pipelines: bool, strangers: bool) -> SearchStrategy[list[Contributor]]:
    """Return one to five different contributors."""
    found = _rows_of(teams=teams, pipelines=pipelines, strangers=strangers)
    return st.lists(st.sampled_from(found), min_size=1, max_size=5, unique=True)


_TEMPLATES: Final = st.sampled_from((templates.REVENUE, *templates.ALL))
FORECAST_CADENCES: Final = st.sampled_from((Cadence.QUARTERLY, Cadence.MONTHLY))


@st.composite
def goals(
    draw: DrawFn,
    account: Account | None = None,
    *,
    goal_id: str = "g1",
    around: date = SOMEDAY,
    teams: bool = True,
    features: Collection[str] = FEATURES,
) -> Goal:
    """Return a goal of an account with one to five rows of all kinds: from every template and from scratch."""
    planned_with = draw(accounts(around=around, features=features)) if account is None else account
    template = draw(_TEMPLATES)
    is_scratch = "scratch" in features and draw(FLAGS)
    is_forecast = not is_scratch and template is templates.FORECAST_REVENUE
    if is_forecast:
        year = planned_with.calendar.year_of(around)
        duration = Duration(draw(FORECAST_CADENCES), year=year, aligned=True)
    else:
        duration = a_duration(draw, around, planned_with.calendar, features)
    wanted = draw(some_rows(teams=teams, pipelines="pipelines" in features, strangers="strangers" in features))
    goal = Goal.plan(
        id=goal_id,
        name=goal_id,
        template=None if is_scratch else template,
        measure=_measure_from_scratch(draw, around) if is_scratch else None,
        duration=duration,
        account=planned_with,
        pipeline=PIPELINES[0] if is_forecast else None,
        team_credit=draw(TEAM_CREDITS) if "memberships" in features else None,
    )
    may_track = not is_forecast and "pipelines" in features
    return goal.assign(
        *(
            a_row(draw, contributor, len(goal.slices), may_track=may_track)
            for contributor in wanted
            if not is_forecast or contributor != Contributor.pipeline(PIPELINES[1])
        )
    )


@st.composite
def clones(draw: DrawFn) -> Clone:
    """Return clones of goals, from which up to three users were left out."""
    gone = [Contributor.user(user) for user in USERS[: draw(below(len(USERS) + 1))]]
    rest = draw(goals(goal_id="g2"))
    return Clone(goal=rest.remove(*(each for each in gone if rest.place(each) is not None)), left_out=gone)


def a_row(draw: DrawFn, contributor: Contributor, slices: int, *, may_track: bool) -> Assignment:
    """Draw a row of a goal of so many slices, of some pipelines where it may track some."""
    repeated = [a_target(draw) for _ in range(draw(_SEVERAL))]
    is_pipeline = contributor.kind is ContributorKind.PIPELINE
    return Assignment(
        contributor,
        [repeated[index % len(repeated)] for index in range(slices)],
        draw(_TRACKED) if may_track and not is_pipeline else None,
    )
