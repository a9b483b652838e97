"""Worlds: everything that a calculation takes, drawn so that it fits together."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from attrs import evolve, frozen
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from quota_engine.accounts import Account
from quota_engine.contributors import Roster
from quota_engine.events import CrmEvent
from quota_engine.fiscal import first_instant
from quota_engine.goals import Goal
from quota_engine.periods import Period
from quota_engine.rates import Rates
from quota_engine.splits import Splits
from quota_engine.testing.strategies.drawing import is_one_in, pick
from quota_engine.testing.strategies.goals import goals
from quota_engine.testing.strategies.records import a_history, events_at, splits_at
from quota_engine.testing.strategies.values import (
    A_DAY,
    FEATURES,
    FLAGS,
    TURNS,
    a_calendar,
    an_account,
    moments_at,
    rates,
    rosters,
)


@frozen(kw_only=True)
class World:
    """Everything that a calculation takes, drawn so that it fits together.

    Attributes:
        account: the account that all the goals belong to.
        roster: its people; None where every owner is to be taken for a known, active user.
        goals: one or two goals with rows.
        events: the versions of a few records, in no order.
        rates: its exchange rates.
        splits: which records are split; None where every owner gets all.
        as_of: the moment asked about.
        known_at: what had been recorded by then is known; None for `as_of`.
    """

    account: Account
    roster: Roster | None
    goals: tuple[Goal, ...]
    events: tuple[CrmEvent, ...]
    rates: Rates
    splits: Splits | None
    as_of: datetime
    known_at: datetime | None


def slices_near(goal: Goal, around: date) -> tuple[Period, ...]:
    """Return the slice of a goal that holds a day, and its neighbours; where none holds it, the first and the last."""
    parts = goal.slices.periods
    near = goal.slices.index(around)
    places = (0, len(parts) - 1) if near is None else (near, near - 1, near + 1)
    return tuple(parts[place] for place in dict.fromkeys(places) if 0 <= place < len(parts))


def edges_of(goal: Goal, around: date) -> tuple[datetime, ...]:
    """Return the instants at which something turns for a goal: bounds and freezes of `slices_near`, and the night itself."""
    found: list[datetime] = []
    for part in slices_near(goal, around):
        end = first_instant(part.end, goal.zone)
        found += [first_instant(part.start, goal.zone), end, end + goal.closing.grace]
    night = datetime(around.year, around.month, around.day, 0, 30, tzinfo=ZoneInfo(goal.zone))
    at_night = (first_instant(around, goal.zone) + timedelta(minutes=30), night, night.replace(fold=1))
    return tuple(dict.fromkeys((*found, *(moment.astimezone(UTC) for moment in at_night))))


@cache
def some_of(features: tuple[str, ...]) -> SearchStrategy[set[str]]:
    """Return sets of some features."""
    return st.sets(st.sampled_from(features))


@st.composite
def worlds(
    draw: DrawFn,
    *,
    features: Collection[str] = FEATURES,
    missing: str = "leave_out",
    peopled: bool = False,
    turns: Sequence[tuple[str, date]] = TURNS,
) -> World:
    """Return worlds: an account, its people, goals, records and rates, and a moment to ask about, that fit together.

    Args:
        draw: given by Hypothesis.
        features: the complications that worlds may have, of `FEATURES`.
        missing: what becomes of records without a rate; "refuse" makes `calculate` raise in some worlds.
        peopled: whether there is a roster in every world, not in most alone.
        turns: the zones to draw from, each with the day about which everything happens.
    """
    having = draw(some_of(tuple(sorted(features)))) if features else set[str]()
    zone, around = pick(draw, turns)
    account = an_account(draw, a_calendar(draw, zone), around, having)
    has_roster = peopled or "absences" in having or "memberships" in having or draw(FLAGS)
    former = evolve(account, currency="USD") if "currencies" in having and draw(FLAGS) else account
    drawn = [draw(goals(former, goal_id="g1", around=around, teams=has_roster, features=having))]
    if "several_goals" in having:
        drawn.append(draw(goals(account, goal_id="g2", around=around, teams=has_roster, features=having)))
    return world_of(draw, account, drawn, around, features=having, has_roster=has_roster, missing=missing)


def world_of(
    draw: DrawFn,
    account: Account,
    goals: Sequence[Goal],
    around: date,
    *,
    features: Collection[str],
    has_roster: bool,
    missing: str = "leave_out",
) -> World:
    """Draw the rest of a world of an account and its goals, in which everything happens about a day."""
    zone = account.calendar.zone
    edges = tuple(dict.fromkeys(edge for goal in goals for edge in edges_of(goal, around)))
    before, after = ([first_instant(around + A_DAY * days, zone) for days in some] for some in ((-2, -50), (60, 400)))
    parts = [part for goal in goals for part in slices_near(goal, around)]
    days = tuple(day for part in parts for day in (part.start, part.last_day, part.start, part.last_day, part.end))
    recorded = moments_at((*before * 3, *edges), zone)
    objects = tuple(dict.fromkeys(goal.measure.object for goal in goals))
    names = frozenset[str]().union(*(goal.measure.properties for goal in goals))
    event = events_at(recorded, moments_at(edges, zone), objects=objects, names=names, days=days, features=features)
    events = a_history(draw, event, recorded, features)
    known = tuple(dict.fromkeys(event.recorded_at for event in events))
    asked = moments_at((*after * 3, *edges, *known), zone)
    as_of = asked(draw)
    return World(
        account=account,
        roster=draw(rosters(known, (*edges, as_of), around, features)) if has_roster else None,
        goals=tuple(goals),
        events=tuple(events),
        rates=draw(rates(account.currency, tuple(dict.fromkeys(days)), missing=missing)),
        splits=draw(splits_at(recorded, objects=objects)) if "splits" in features else None,
        as_of=as_of,
        known_at=asked(draw) if is_one_in(draw, 3) else None,
    )
