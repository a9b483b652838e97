"""Laws of notices as the tracker keeps them: recorded once with the figures, told at least once to those who may see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Final, TypeAlias

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from quota_engine import (
    HOST,
    Actor,
    Change,
    Contributor,
    Duration,
    Goal,
    Grant,
    Membership,
    Milestone,
    MilestoneReached,
    Policy,
    Progress,
    ProgressTracker,
    Roster,
    Seat,
    Team,
    User,
)
from quota_engine.adapters.memory import MemoryActors, MemoryEvents, MemoryStore
from tests.acme import ADA, EVERYONE, JULY, NORTH, acme, at, deal, promise
from tests.laws.given_tracking import DAY, Crm, Mark, Shelves, StoppedError, mark_of, stored, waiting
from tests.laws.test_notices import decimal, place

START: Final = at("2025-07-10")
PERCENTS: Final = tuple(Milestone.percent(mark) for mark in ("100", "25", "50", "99.99", "150"))
MARKS: Final = (*PERCENTS, Milestone.achieved(), Milestone.exceeded(), Milestone.missed(), Milestone.kickoff())
AMOUNTS: Final = ("0", "25", "49.99", "50", "99.98", "99.99", "100", "100.01", "160", "-30")
GOAL: Final = evolve(promise(ADA, EVERYONE, target="100", duration=Duration.half_yearly(2025)), milestones=MARKS)
HOW: Final = ("plain", "plain", "again", "before", "after", "anew", "both")

Step: TypeAlias = tuple[str, int, str]
"""What all deals come to from now on, how many hours later the figures are refreshed, and what happens to the process then."""

steps: st.SearchStrategy[list[Step]] = st.lists(
    st.tuples(st.sampled_from(AMOUNTS), st.sampled_from([0, 1, 24, 24 * 170]), st.sampled_from(HOW)),
    min_size=1,
    max_size=7,
)


class Kept:
    """A tracker of one goal, whose process may end at any commit and start again."""

    def __init__(self, *goals: Goal) -> None:
        """Open with goals that were planned at the start of 2025."""
        self.goals = stored(*goals, at=at("2025-01-01"))
        self.events, self.store, self.now, self.version = Crm(), Shelves(), START, 0
        self.tracker = self.another()

    def another(self) -> ProgressTracker:
        """Return a tracker of another process."""
        return ProgressTracker(acme(), goals=self.goals, events=self.events, roster=None, store=self.store)

    def say(self, amount: str) -> None:
        """Let the one deal come to an amount from now on."""
        self.version += 1
        when = min(self.now, at("2025-12-31"))
        event = evolve(deal("d1", amount, version=self.version), recorded_at=when)
        self.events.add(event)

    def take(self, step: Step) -> list[tuple[list[Progress], list[MilestoneReached]]]:
        """Take a step; return the figures of each refresh that came to its end, and what was in the outbox then."""
        amount, hours, how = step
        self.say(amount)
        self.now += hours * timedelta(hours=1)
        if how == "both":
            self.store.meanwhile, self.store.moment = [self.another()], self.now
        self.store.ends = {"before": (1, False), "after": (1, True)}.get(how)
        try:
            self.tracker.refresh(as_of=self.now, force=True)
        except StoppedError:
            self.store.ends = None
        self.store.ends, self.store.meanwhile = None, []
        if how in {"anew", "before", "after"}:
            self.tracker = self.another()
        if how in {"again", "before", "after"}:
            self.tracker.refresh(as_of=self.now, force=True)
        figures = list(self.tracker.progress(actor=HOST, as_of=self.now))
        if self.now < at("2025-12-31"):
            assert {figure.attained for figure in figures if JULY in figure.slice} == {Decimal(amount)}
        return [(figures, waiting(self.tracker, self.now))]


def passes(progress: Progress, mark: Milestone) -> bool:
    """Whether a figure passes a percent mark, achieved or exceeded; in fractions."""
    attained, target = Fraction(progress.attained or 0), Fraction(progress.target or 0)
    if mark.mark is not None:
        return attained * 100 >= target * Fraction(mark.mark)
    return attained > target if mark == Milestone.exceeded() else attained >= target


def marks_of(facts: Sequence[MilestoneReached]) -> list[Mark]:
    """Return facts by their tuples."""
    return [mark_of(fact) for fact in facts]


JUDGED: Final = (*PERCENTS, Milestone.achieved(), Milestone.exceeded())


class TestOnce:
    """Each fact once, whatever happens to the process."""

    @given(steps)
    def test_ln1_at_most_once(self, taken: list[Step]) -> None:
        """LN1 At most one record per tuple over any interleaving, crash or retry."""
        kept = Kept(GOAL)
        for step in taken:
            for _, facts in kept.take(step):
                assert len(set(marks_of(facts))) == len(facts) == len({fact.key for fact in facts})

    @given(steps)
    def test_ln2_what_passes_is_recorded(self, taken: list[Step]) -> None:
        """LN2 After a completed refresh whose figure passes the milestone's own test the milestone is recorded."""
        kept = Kept(GOAL)
        for step in taken:
            for figures, facts in kept.take(step):
                recorded = {(fact.contributor, fact.slice, fact.milestone) for fact in facts}
                for progress in figures:
                    for mark in JUDGED if progress.status != "pending" else ():
                        if passes(progress, mark):
                            assert (progress.contributor, progress.slice, mark) in recorded
                    if progress.status == "missed":
                        assert (progress.contributor, progress.slice, Milestone.missed()) in recorded

    @given(steps)
    def test_ln3_nothing_else_is_recorded(self, taken: list[Step]) -> None:
        """LN3 Never recorded unless the figure of some completed refresh passed that test."""
        kept = Kept(GOAL)
        passed: set[tuple[Contributor, object, Milestone]] = set()
        for step in taken:
            for figures, facts in kept.take(step):
                for progress in figures:
                    where = (progress.contributor, progress.slice)
                    is_there = progress.status != "pending"
                    passed |= {(*where, mark) for mark in JUDGED if is_there and passes(progress, mark)}
                    passed |= {(*where, Milestone.missed())} if progress.status == "missed" else set()
                    passed |= {(*where, Milestone.kickoff())} if is_there else set()
                assert {(fact.contributor, fact.slice, fact.milestone) for fact in facts} <= passed

    @given(st.sampled_from(PERCENTS), st.sampled_from(["0.01", "0.000000000000000001"]), st.booleans())
    def test_ln4_exactly(self, mark: Milestone, short: str, is_anew: object) -> None:
        """LN4 Exact comparison: equality fires; one minor unit below does not, in this process or another."""
        exact, how = Fraction(mark.mark or 0), "anew" if is_anew else "plain"
        for amount, is_told in ((exact, True), (exact - Fraction(short), False)):
            kept = Kept(evolve(GOAL, milestones=[mark]))
            ((_, facts),) = kept.take((f"{decimal(amount):f}", 0, how))
            assert bool(facts) is is_told

    @given(st.lists(st.sampled_from(["60", "40", "50", "49.99"]), min_size=3, max_size=8), st.sampled_from(HOW))
    def test_ln5_falling_and_crossing_again(self, amounts: list[str], how: str) -> None:
        """LN5 Falling below and crossing again does not re-fire: what was reached once is told once."""
        kept = Kept(evolve(GOAL, milestones=[Milestone.percent(50)]))
        for amount in amounts:
            ((_, facts),) = kept.take((amount, 1, how))
        assert len(facts) == (2 if {"60", "50"} & set(amounts) else 0)

    @given(st.lists(st.sampled_from(["target", "name", "back", "none"]), min_size=1, max_size=5), st.booleans())
    def test_ln5_a_new_target_arms_anew(self, edits: list[str], is_anew: object) -> None:
        """LN5: a new target is told of once more, also one that is as it was before; a new name is not."""
        kept = Kept(evolve(GOAL, milestones=[Milestone.percent(50)]))
        kept.take(("100", 0, "plain"))
        goal = kept.goals.get(["g1"])[0]
        count, armed = 2, "100"
        for edit in edits:
            kept.now += timedelta(hours=1)
            target = {"target": "90", "back": "100"}.get(edit, armed)
            count += 2 * (target != armed)
            armed = target
            other = evolve(goal.apply_targets(target), name=f"{goal.name}x", version=goal.version + 1)
            kept.goals.commit([Change(goal_id="g1", before=goal.version, goal=other, action="edit", at=kept.now)])
            goal = other
            kept.tracker = kept.another() if is_anew else kept.tracker
            kept.tracker.refresh(as_of=kept.now, force=True)
            facts = waiting(kept.tracker, kept.now)
            told = [fact for fact in facts if JULY in fact.slice]
            assert len({fact.key for fact in facts}) == len(facts)
            assert len(told) == count


class TestTogether:
    """Recorded with the figures, in order, under keys that stay."""

    @given(steps)
    def test_ln6_ascending_with_one_refresh_id(self, taken: list[Step]) -> None:
        """LN6 Several crossings in one refresh are recorded ascending with one refresh id."""
        kept = Kept(GOAL)
        for step in taken:
            ((_, facts),) = kept.take(step)
            for one, other in pairwise(facts):
                assert one.revision <= other.revision
                if (one.revision, one.contributor, one.slice) == (other.revision, other.contributor, other.slice):
                    assert place(one.milestone) < place(other.milestone)
                assert (one.revision == other.revision) <= (one.as_of == other.as_of)

    @given(steps)
    def test_ln7_recorded_in_the_commit_of_the_figures(self, taken: list[Step]) -> None:
        """LN7 Record and progress commit together: no commit has a mark without its entry, or without the figures it is by."""
        kept = Kept(GOAL)
        for step in taken:
            kept.take(step)
        seen: list[str] = []
        for put, _, figures in kept.store.commits:
            marks = [name for name in put if name.startswith("mark/")]
            entries = [name for name in put if name.startswith("outbox/")]
            assert sorted(put[name].decode() for name in marks) == sorted(entries)
            if marks:
                assert "head" in put
                assert figures
                assert len({name.split("/")[1] for name in entries}) == 1
            seen += marks
        assert len(set(seen)) == len(seen) == len(waiting(kept.tracker, kept.now))

    @given(steps, st.data())
    def test_ln7_delivered_until_acknowledged_under_one_key(self, taken: list[Step], data: st.DataObject) -> None:
        """LN7 Delivery is at least once with the same key: a fact stays as it is until it is acknowledged, and then is gone."""
        kept = Kept(GOAL)
        known: dict[Mark, MilestoneReached] = {}
        told: set[str] = set()
        for step in taken:
            for _, facts in kept.take(step):
                for fact in facts:
                    assert known.setdefault(mark_of(fact), fact) == fact
                    assert fact.key not in told
                assert {fact.key for fact in known.values()} - told == {fact.key for fact in facts}
                keys = data.draw(st.lists(st.sampled_from([fact.key for fact in facts]), max_size=3)) if facts else []
                kept.another().acknowledge([*keys, *keys])
                told |= set(keys)


WHO: Final = ("ada", "bob", "cyd")
SCOPES: Final = (None, "own", "team", "everyone")
SEATS: Final = ((Seat("sales", "professional"),), (), (Seat("service", "enterprise"),))


class TestTold:
    """Told to those who may see it when it is told."""

    @given(
        st.tuples(*[st.sampled_from(SCOPES)] * 3),
        st.tuples(*[st.sampled_from(SCOPES)] * 3),
        st.tuples(*[st.sampled_from(SEATS)] * 3),
        st.sampled_from([None, "cyd", "bob"]),
        st.lists(st.sampled_from([ADA, NORTH, EVERYONE, Contributor.user("bob")]), min_size=1, unique=True),
    )
    def test_ln8_recipients_may_view_when_it_is_delivered(
        self,
        before: Sequence[str | None],
        after: Sequence[str | None],
        seats: Sequence[tuple[Seat, ...]],
        creator: str | None,
        rows: list[Contributor],
    ) -> None:
        """LN8 Recipients can view the goal at delivery time: by the rights of that moment, whatever they were at the refresh."""
        roster = Roster(
            [User(name, seats=held) for name, held in zip(WHO, seats, strict=True)],
            [Team("north")],
            [Membership("ada", "north"), Membership("cyd", "north")],
        )
        actors, events = MemoryActors(), MemoryEvents([deal("d1", "60"), deal("d2", "50", owner="bob")])
        goal = evolve(promise(*rows, target="100"), milestones=[Milestone.percent(50)], created_by=creator)
        tracker = ProgressTracker(
            acme(),
            goals=stored(goal, at=at("2025-01-01")),
            events=events,
            roster=roster,
            store=MemoryStore(),
            actors=actors,
        )
        self.grant(actors, before)
        assert tracker.refresh(as_of=START + DAY).reached
        self.grant(actors, after)
        for notice in tracker.outbox(as_of=START + 2 * DAY).items:
            row = notice.reached.contributor
            possible = {ADA: ["ada"], NORTH: ["ada", "cyd"], EVERYONE: []}.get(row, ["bob"])
            possible = [*possible, *([creator] if creator and creator not in possible else [])]
            assert list(notice.recipients) == [who for who in possible if self.sees(actors, roster, who, goal, row)]

    @staticmethod
    def grant(actors: MemoryActors, scopes: Sequence[str | None]) -> None:
        """Let each view as far as said; those with None are nobody."""
        for name, scope in zip(WHO, scopes, strict=True):
            actors.remove(name)
            if scope is not None:
                actors.put(Actor(name, "acme", grants=[Grant("view", scope)]))

    @staticmethod
    def sees(actors: MemoryActors, roster: Roster, who: str, goal: Goal, row: Contributor) -> bool:
        """Whether somebody may see a row, as the policy says of the goal, and of a goal of that row alone."""
        actor = actors.actor(who)
        if actor is None:
            return False
        policy, teams = Policy(), [each for each in goal.assignments if each.contributor == NORTH]

        def may(action: str, shown: Goal) -> bool:
            return bool(
                policy.decide(actor, action, account=acme(), roster=roster, as_of=START + 2 * DAY, before=shown)
            )

        alone = goal.row(row)
        if teams and str(row.kind) == "user":
            return may("view", goal) and may("view_team_users", evolve(goal, assignments=[alone, teams[0]]))
        return may("view", goal) and may("view", evolve(goal, assignments=[alone]))
