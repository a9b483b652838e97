"""Edge worlds: small ones in which everything happens at the bounds and the freeze of one slice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

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
from quota_engine.testing.strategies.values import (
    A_DAY,
    A_MICROSECOND,
    DELETIONS,
    FLAGS,
    TEAM_CREDITS,
    TURNS,
    VERSIONS,
    clash,
    few,
)
from quota_engine.testing.strategies.worlds import World

_DAYS_BEFORE: Final = st.sampled_from((0, 10, 5))
_EDGE_ROWS: Final = (Contributor.user("ada"), Contributor.team("emea"), Contributor.account(), Contributor.user("bob"))
_EDGE_OWNERS: Final = st.sampled_from(("ada", "ada", "bob", None))
_EDGE_AMOUNTS: Final = st.sampled_from((1, 10, 100))
_EDGE_RECORDS: Final = st.sampled_from(("r1", "r1", "r2"))
_EDGE_USERS: Final = st.sampled_from(("ada", "bob"))
_EDGE_TEAMS: Final = st.sampled_from(("emea", "emea", "apac", None))


@st.composite
def edge_worlds(draw: DrawFn, *, turns: Sequence[tuple[str, date]] = TURNS) -> World:
    """Return small worlds in which everything happens at the edges of one slice of ten days.

    Two people come, go, and change teams, a few deals change hands, days and amounts, and all of it is recorded at the bounds of
    the slice, at its freeze, in its midst, or a microsecond or a day off. Few of these edges are met in `worlds`.
    """
    zone, around = draw(st.sampled_from(tuple(turns)))
    first = around - A_DAY * draw(_DAYS_BEFORE)
    days = Period(first, first + timedelta(days=10))
    start, end = first_instant(days.start, zone), first_instant(days.end, zone)
    midst = start + timedelta(days=5)
    by_night = timedelta(minutes=30)
    inside = (start, start + by_night, start + A_DAY, midst, midst + A_MICROSECOND, end - A_DAY, end - A_MICROSECOND)
    after = (
        end,
        end + A_MICROSECOND,
        end + by_night,
        end + A_DAY - A_MICROSECOND,
        end + A_DAY,
        end + A_DAY + A_MICROSECOND,
        end + 10 * A_DAY,
    )
    edge = st.sampled_from((start - A_DAY, start - A_MICROSECOND, *inside, *after))
    edge_or_none = st.sampled_from((None, None, start - A_DAY, start - A_MICROSECOND, *inside, *after))
    day = st.sampled_from((days.start, days.start + 5 * A_DAY, days.last_day, days.last_day, days.end))
    account = Account(
        id="acme", currency="EUR", calendar=FiscalCalendar(zone=zone), closing=draw(_edge_closings(days.last_day))
    )
    goal = Goal.plan(
        id="g1",
        name="g1",
        template=templates.REVENUE,
        duration=Duration.custom(days.start, days.last_day),
        account=account,
        assignments=[Assignment(row) for row in _EDGE_ROWS],
        team_credit=draw(TEAM_CREDITS),
    ).apply_targets(100)
    moment = edge | edge.map(lambda found: found.astimezone(ZoneInfo(zone)))
    events = draw(st.lists(_edge_events(moment, day), min_size=1, max_size=4))
    return World(
        account=account,
        roster=draw(_edge_rosters(edge, edge_or_none, day)),
        goals=(goal,),
        events=tuple(events),
        rates=Rates("EUR", {}),
        as_of=draw(st.sampled_from((end + 30 * A_DAY, end + 30 * A_DAY, *inside, *after))),
        known_at=draw(st.sampled_from((None, None, None, end + 40 * A_DAY, *inside, *after))),
    )


def _edge_closings(last_day: date) -> SearchStrategy[Closing]:
    return st.builds(
        Closing,
        policy=st.sampled_from(("freeze", "freeze", "restate")),
        grace=st.sampled_from((timedelta(0), A_DAY)),
        since=st.sampled_from((None, None, last_day, last_day - A_DAY)),
    )


@st.composite
def _edge_events(draw: DrawFn, moment: SearchStrategy[datetime], day: SearchStrategy[date]) -> CrmEvent:
    return CrmEvent(
        "deal",
        draw(_EDGE_RECORDS),
        recorded_at=draw(moment),
        owner_id=draw(_EDGE_OWNERS),
        properties={"is_won": True, "closed_at": draw(day | moment), "amount": draw(_EDGE_AMOUNTS)},
        version=draw(VERSIONS),
        deleted=draw(DELETIONS),
    )


@st.composite
def _edge_rosters(
    draw: DrawFn,
    edge: SearchStrategy[datetime],
    edge_or_none: SearchStrategy[datetime | None],
    day: SearchStrategy[date],
) -> Roster:
    users: list[User] = []
    for name, most in (("ada", 2), ("bob", 1)):
        spans = draw(few(st.tuples(edge, edge_or_none, edge_or_none), most))
        absences = [Absence(start, end, known) for start, end, known in spans if end is None or end > start]
        users.append(User(name, absences=absences))
    memberships: list[Membership] = []
    for user, team, since, until, known, is_main in draw(
        st.lists(st.tuples(_EDGE_USERS, _EDGE_TEAMS, st.none() | day, st.none() | day, edge_or_none, FLAGS), max_size=4)
    ):
        last = None if since is not None and until is not None and until <= since else until
        main = is_main or team is None
        membership = Membership(user, team, main=main, since=since, until=last, recorded_at=known)
        if not any(clash(membership, other) for other in memberships):
            memberships.append(membership)
    parent = draw(st.sampled_from((None, "emea")))
    return Roster(users, [Team("emea"), Team("apac", parent=parent)], memberships)
