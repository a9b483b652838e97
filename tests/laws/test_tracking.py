"""Laws of tracking: however records come and refreshes fall, the figures are those of everything counted at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from quota_engine import HOST, Calculation, CrmEvent, Goal, ProgressTracker, calculate
from quota_engine.adapters.memory import MemoryEvents, MemoryGoals, MemoryStore
from quota_engine.ports import Change
from quota_engine.testing.strategies import World, worlds

Batches = Sequence[tuple[datetime, Sequence[CrmEvent]]]


def kept(goals: Sequence[Goal]) -> MemoryGoals:
    """Return a repository with goals that were always there."""
    found = MemoryGoals()
    early = datetime.fromisoformat("1950-01-01T00:00:00+00:00")
    found.commit([Change(goal_id=goal.id, before=0, goal=goal, action="create", at=early) for goal in goals])
    return found


def tracker_of(world: World, events: MemoryEvents, store: MemoryStore) -> ProgressTracker:
    """Return a tracker of a world's goals."""
    return ProgressTracker(
        world.account,
        goals=kept(world.goals),
        events=events,
        roster=world.roster,
        store=store,
        rates=world.rates,
        splits=world.splits,
    )


def at_once(world: World, events: Sequence[CrmEvent], as_of: datetime) -> Calculation:
    """Return what the calculator says of everything that was delivered."""
    goals = sorted(world.goals, key=lambda goal: goal.id)
    return calculate(
        goals, events, account=world.account, as_of=as_of, roster=world.roster, rates=world.rates, splits=world.splits
    )


@st.composite
def deliveries(draw: st.DrawFn, world: World) -> Batches:
    """Return a world's events in batches, some of them twice, each with the moment of the refresh after it, in order."""
    events = list(world.events)
    order = draw(st.permutations([*events, *draw(st.lists(st.sampled_from(events), max_size=2))]))
    moments = sorted(
        moment + timedelta(microseconds=draw(st.sampled_from([0, 0, 1])))
        for moment in draw(
            st.lists(st.sampled_from([world.as_of, *(e.recorded_at for e in events)]), min_size=1, max_size=4)
        )
    )
    cuts = sorted(draw(st.lists(st.integers(0, len(order)), min_size=len(moments), max_size=len(moments))))
    found, start = [], 0
    for moment, cut in zip(moments, cuts, strict=True):
        found.append((moment, order[start:cut]))
        start = cut
    return [*found, (moments[-1] + timedelta(days=draw(st.sampled_from([0, 1, 40]))), order[start:])]


def same(result: Calculation, expected: Calculation) -> None:
    """Check that two results have the same figures, totals and findings."""
    assert list(result) == list(expected)
    assert [f for f in result.findings if f.kind != "duplicate"] == [
        f for f in expected.findings if f.kind != "duplicate"
    ]
    for goal in expected.goals:
        for part in goal.slices:
            assert result.total(goal.id, on=part.start) == expected.total(goal.id, on=part.start)


@given(worlds(), st.data())
def test_le3_refreshed_equals_at_once(world: World, data: st.DataObject) -> None:
    """LE3, P9: after each refresh, in whatever pieces the records came and whoever refreshed, the figures are the batch's."""
    events, store = MemoryEvents(), MemoryStore()
    tracker, delivered = tracker_of(world, events, store), list[CrmEvent]()
    for moment, batch in data.draw(deliveries(world)):
        if data.draw(st.booleans()):
            tracker = tracker_of(world, events, store)
        events.add(*batch)
        delivered += batch
        tracker.refresh(as_of=moment, force=True)
        assert not tracker.verify()
        same(tracker.progress(actor=HOST, as_of=moment), at_once(world, delivered, moment))
