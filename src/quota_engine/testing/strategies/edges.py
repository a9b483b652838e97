"""Edge worlds: small ones in which everything happens at the bounds and the freeze of one slice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import product
from typing import Final
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from quota_engine import templates
from quota_engine.accounts import Account, Closing
from quota_engine.assignments import Assignment
from quota_engine.contributors import Absence, Contributor, Membership, Roster, Team, User
from quota_engine.durations import Duration
from quota_engine.events import CrmEvent
from quota_engine.fiscal import FiscalCalendar, first_instant
from quota_engine.goals import Goal
from quota_engine.periods import Period
from quota_engine.rates import Rates
from quota_engine.testing.strategies.drawing import below, is_one_in, pick
from quota_engine.testing.strategies.records import splits_at
from quota_engine.testing.strategies.values import (
    A_DAY,
    A_MICROSECOND,
    TEAM_CREDITS,
    TURNS,
    clash,
    moments_at,
)
from quota_engine.testing.strategies.worlds import World

_DAYS_BEFORE: Final = st.sampled_from((0, 10, 5))
_ROWS: Final = (Contributor.user("ada"), Contributor.team("emea"), Contributor.account(), Contributor.user("bob"))
_CLOSINGS: Final = st.sampled_from(
    tuple(product(("freeze", "freeze", "restate"), (timedelta(0), A_DAY), (None, None, timedelta(0), -A_DAY)))
)
_PARENTS: Final = st.sampled_from((None, "emea"))

# The turning points of a slice of ten days: how long after its start, or after its end. The clock may be turned in between.
_BY_NIGHT: Final = timedelta(minutes=30)
_BEFORE: Final = (-A_DAY, -A_MICROSECOND)
_SINCE_START: Final = (timedelta(0), _BY_NIGHT, A_DAY, 5 * A_DAY, 5 * A_DAY + A_MICROSECOND)
_UNTIL_END: Final = (-A_DAY, -A_MICROSECOND)
_SINCE_END: Final = (
    timedelta(0),
    A_MICROSECOND,
    _BY_NIGHT,
    A_DAY - A_MICROSECOND,
    A_DAY,
    A_DAY + A_MICROSECOND,
    10 * A_DAY,
)
_DAYS_IN: Final = (0, 5, 9, 9, 10)

# What is drawn of the turning points are their places, so that none of these strategies depends on the slice.
_EDGES: Final = len((*_BEFORE, *_SINCE_START, *_UNTIL_END, *_SINCE_END))
_EDGE: Final = below(_EDGES)
_EDGE_OR_NONE: Final = st.sampled_from((None, None, *range(_EDGES)))
_ABSENCE: Final = st.tuples(_EDGE, _EDGE_OR_NONE, _EDGE_OR_NONE)
_ABSENCES: Final = (("ada", st.lists(_ABSENCE, max_size=2)), ("bob", st.lists(_ABSENCE, max_size=1)))
_SOME_DAYS: Final = (*[None] * len(_DAYS_IN), *_DAYS_IN)
_MEMBERSHIPS: Final = st.lists(
    st.tuples(
        st.sampled_from(tuple(product(("ada", "bob"), ("emea", "emea", "apac", None), (False, True)))),
        st.sampled_from(tuple(product(_SOME_DAYS, _SOME_DAYS))),
        _EDGE_OR_NONE,
    ),
    max_size=4,
)
_EVENTS: Final = st.lists(
    st.tuples(
        st.sampled_from(tuple(product((*[False] * 8, True), ("r1", "r1", "r2"), (0, 0, 1)))),
        st.sampled_from(tuple(product(("ada", "ada", "bob", None), (1, 10, 100)))),
        below(2 * _EDGES),
        below(3 * len(_DAYS_IN) + 2 * _EDGES),
    ),
    min_size=1,
    max_size=4,
)


@st.composite
def edge_worlds(draw: DrawFn, *, turns: Sequence[tuple[str, date]] = TURNS) -> World:
    """Return small worlds in which everything happens at the edges of one slice of ten days.

    Two people come, go, and change teams, a few deals change hands, days and amounts, and all of it is recorded at the bounds of
    the slice, at its freeze, in its midst, or a microsecond or a day off. Few of these edges are met in `worlds`.
    """
    zone, around = pick(draw, turns)
    first = around - A_DAY * draw(_DAYS_BEFORE)
    period = Period(first, first + timedelta(days=10))
    start, end = first_instant(period.start, zone), first_instant(period.end, zone)
    inside = (*(start + offset for offset in _SINCE_START), *(end + offset for offset in _UNTIL_END))
    after = tuple(end + offset for offset in _SINCE_END)
    edges = (*(start + offset for offset in _BEFORE), *inside, *after)
    days = tuple(first + A_DAY * place for place in _DAYS_IN)
    account = Account(
        id="acme",
        currency="EUR",
        calendar=FiscalCalendar(zone=zone),
        closing=_closing(draw, period.last_day),
    )
    goal = Goal.plan(
        id="g1",
        name="g1",
        template=templates.REVENUE,
        duration=Duration.custom(period.start, period.last_day),
        account=account,
        assignments=[Assignment(row) for row in _ROWS],
        team_credit=draw(TEAM_CREDITS),
    ).apply_targets(100)
    return World(
        account=account,
        events=_events(draw, edges, days, zone),
        roster=_roster(draw, edges, first),
        goals=(goal,),
        rates=Rates("EUR", {}),
        splits=draw(splits_at(moments_at(edges), objects=("deal",))) if is_one_in(draw, 3) else None,
        as_of=pick(draw, (end + 30 * A_DAY, end + 30 * A_DAY, *inside, *after)),
        known_at=pick(draw, (None, None, None, end + 40 * A_DAY, *inside, *after)),
    )


def _closing(draw: DrawFn, last_day: date) -> Closing:
    policy, grace, later = draw(_CLOSINGS)
    return Closing(policy=policy, grace=grace, since=None if later is None else last_day + later)


def _events(draw: DrawFn, edges: Sequence[datetime], days: Sequence[date], zone: str) -> tuple[CrmEvent, ...]:
    moments = (*edges, *(edge.astimezone(ZoneInfo(zone)) for edge in edges))
    closed = (*days, *days, *days, *moments)
    return tuple(
        CrmEvent(
            "deal",
            record,
            recorded_at=moments[recorded],
            owner_id=owner,
            properties={"is_won": True, "closed_at": closed[place], "amount": amount},
            version=version,
            deleted=is_deleted,
        )
        for (is_deleted, record, version), (owner, amount), recorded, place in draw(_EVENTS)
    )


def _roster(draw: DrawFn, edges: Sequence[datetime], first: date) -> Roster:
    users: list[User] = []
    for name, absences in _ABSENCES:
        spans = [(edges[start], _at(end, edges), _at(known, edges)) for start, end, known in draw(absences)]
        users.append(User(name, absences=[Absence(*span) for span in spans if span[1] is None or span[1] > span[0]]))
    memberships: list[Membership] = []
    for (user, team, is_main), (since, until), known in draw(_MEMBERSHIPS):
        is_backwards = since is not None and until is not None and until <= since
        membership = Membership(
            user,
            team,
            main=is_main or team is None,
            since=None if since is None else first + A_DAY * since,
            until=None if until is None or is_backwards else first + A_DAY * until,
            recorded_at=_at(known, edges),
        )
        if not any(clash(membership, other) for other in memberships):
            memberships.append(membership)
    return Roster(users, [Team("emea"), Team("apac", parent=draw(_PARENTS))], memberships)


def _at(place: int | None, edges: Sequence[datetime]) -> datetime | None:
    return None if place is None else edges[place]
