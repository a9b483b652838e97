"""One life of a tracker among goals of every kind: a seed decides what happens, and all that is said is reckoned from scratch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain
from random import Random

from attrs import evolve

from quota_engine import HOST, Change, Goal, InvalidValue, MissingRate, Refresh, SourceUnavailable, clone_goal
from quota_engine.tracking.trackers import ProgressTracker
from tests.simulation.oracle import Model, Shown, shown_of
from tests.simulation.simulation import WentWrongError
from tests.wide_lives import draws, looks
from tests.wide_lives.draws import DAY, HOUR, NONE
from tests.wide_lives.looks import Expected
from tests.wide_lives.records import IDS, KINDS
from tests.wide_lives.worlds import World

MICROSECOND = timedelta(microseconds=1)
FAR = 60 * DAY
MOST_GOALS = 6


@dataclass
class Life:
    """A world with two trackers over one store, and what is known of it.

    Attributes:
        seed: what decides everything.
        trace: what has happened, step by step.
        seen: how often each thing happened.
    """

    seed: int
    trace: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Make the world."""
        rng = self.rng = Random(self.seed)
        world = self.world = World(rng)
        # A process that finds another one's figures does not go on from its own.
        self.of_the_other = rng.choice((0.5, 0.1, 0.0))
        self.moves_calendar = rng.random() < 0.5
        self.steps = rng.choice((40, 80))
        self.model = Model(world.account)
        self.waiting: list[str] = []
        self.shown: Shown | None = None
        self.is_settled = True
        self.has_same_account = True
        self.trace.append(f"{world.now} in {world.account.calendar.zone}, {world.account.closing}, {world}")
        for _ in range(rng.choice((1, 2, 3))):
            self._say(self._plan())
        self.trackers = [world.tracker(), world.tracker()]

    def run(self, most: int | None = None) -> None:
        """Live it, or the first so many steps.

        What else happens differs from life to life: where people, rates or splits change all the time, everything is counted
        anew at each refresh, and figures never go on from those before.

        Raises:
            WentWrongError: something is not as it must be.
        """
        steps: dict[Callable[[], str], int] = {
            self._write: 30,
            self._advance: 14,
            self._refresh: 20,
            self._ask: 3,
            self._edit: 10 * self.rng.choice((0, 1, 1, 2)),
            self._change_people: 8 * self.rng.choice((0, 1, 1, 2)),
            self._change_rates: 6 * self.rng.choice((0, 1, 1, 2)),
            self._change_splits: 4 * self.rng.choice((0, 0, 1, 2)),
            self._change_account: 2 * self.rng.choice((0, 0, 1, 2)),
            self._restart: 4 * self.rng.choice((0, 0, 1, 1)),
        }
        for _ in range(self.steps if most is None else min(most, self.steps)):
            (step,) = self.rng.choices(list(steps), list(steps.values()))
            self._step(step)
        self._step(self._refresh)

    def _step(self, step: Callable[[], str]) -> None:
        self.trace.append(f"{len(self.trace):3} {self.world.now:%Y-%m-%d %H:%M:%S} {step.__name__[1:]}:")
        self.seen[step.__name__[1:]] += 1
        self._say(step())

    def _say(self, what: str) -> None:
        self.trace[-1] += f" {what}"

    def _must_be_so(self, *amiss: Iterable[str]) -> None:
        for each in chain(*amiss):
            raise WentWrongError(each)

    # What happens.

    def _write(self) -> str:
        for _ in range(self.rng.choice((1, 2, 4))):
            event = self.world.source.write(self.world.now)
            said = ", ".join(f"{name} {value}" for name, value in event.properties.items() if value is not None)
            self._say(
                f"{event.object} {event.record_id}, version {event.version}{', deleted' * event.deleted}, "
                f"of {event.owner_id} in {event.pipeline_id}, recorded {event.recorded_at:%m-%d %H:%M}: {said};"
            )
        return ""

    def _plan(self) -> str:
        goal = draws.goal(self.rng, self.world.account, self.world.now, self._count())
        rows = [str(row.contributor) for row in goal.assignments]
        self._commit("create", 0, evolve(goal, version=1), goal.id)
        return (
            f"{goal.id} is planned: {goal.measure.name}, {goal.measure.aggregate}, {goal.duration}, {goal.zone}, "
            f"{goal.currency}, {goal.team_credit}, rows {rows};"
        )

    def _count(self) -> int:
        return len({change.goal_id for change in self.world.changes})

    def _commit(self, action: str, before: int, goal: Goal | None, goal_id: str) -> None:
        """Make a change by one of several clocks, which disagree: a later change may be said to be earlier."""
        at = self.world.now + self.rng.choice((*[NONE] * 14, HOUR, DAY, -HOUR, -DAY, -9 * DAY))
        self.world.commit(Change(goal_id=goal_id, before=before, goal=goal, action=action, at=at))
        self._say(f"by a clock at {at:%m-%d %H:%M}:" if at != self.world.now else "")

    def _edit(self) -> str:
        rng, goals = self.rng, self.world.standing()
        if not goals or (len(goals) < MOST_GOALS and rng.random() < 0.2):
            return self._plan()
        goal = rng.choice(goals)
        what = rng.choice((*draws.EDITS, "clone", "delete"))
        try:
            if what == "clone":
                return self._clone(goal) if len(goals) < MOST_GOALS else "nothing"
            if what == "delete":
                self._commit("delete", goal.version, None, goal.id)
                return f"{goal.id} is deleted"
            after = draws.EDITS[what](rng, goal, self.world.now)
        except InvalidValue as error:
            return f"{what} of {goal.id} is refused: {error}"
        self._commit("edit", goal.version, evolve(after, version=goal.version + 1), goal.id)
        return f"{what} of {goal.id}: {after.edits_since(goal)}"

    def _clone(self, goal: Goal) -> str:
        rng, world = self.rng, self.world
        goal_id = f"g{self._count()}"
        copy = clone_goal(
            goal,
            id=goal_id,
            name=goal_id,
            roster=world.people.roster(),
            as_of=world.now,
            duration=rng.choice((None, draws.duration(rng, world.account.calendar, world.now))),
            account=rng.choice((None, world.account)),
        ).goal
        self._commit("create", 0, copy, goal_id)
        return f"{goal.id} is cloned as {goal_id}, {copy.duration}, {copy.zone}"

    def _change_people(self) -> str:
        self.is_settled = False
        return self.world.people.change(self.world.now)

    def _change_rates(self) -> str:
        world, self.is_settled = self.world, False
        if not self.rng.randrange(6):
            world.missing = self.rng.choice(("refuse", "leave_out"))
            return world.missing
        before, world.entries = world.entries, draws.changed_rates(self.rng, world.entries, world.now)
        changed = sorted(key for key in before | world.entries if before.get(key) != world.entries.get(key))
        return ", ".join(f"{code} on {day}: {world.entries.get((code, day))}" for code, day in changed)

    def _change_splits(self) -> str:
        world, self.is_settled = self.world, False
        if world.has_splits:
            records = [(kind, record_id) for kind in ("deal", *KINDS) for record_id in IDS]
            world.splits = draws.changed_splits(self.rng, world.splits, records, world.now)
            self.trackers = [world.tracker(), world.tracker()]
        return str(world.splits)

    def _change_account(self) -> str:
        world, self.is_settled, self.has_same_account = self.world, False, False
        world.account = draws.changed_account(
            self.rng, world.account, world.now, has_other_calendar=self.moves_calendar
        )
        self.trackers = [world.tracker(), world.tracker()]
        return str(world.account)

    def _restart(self) -> str:
        which = self.rng.randrange(2)
        self.trackers[which] = self.world.tracker()
        return "AB"[which]

    def _advance(self) -> str:
        rng, world = self.rng, self.world
        world.now += rng.choice((HOUR, 5 * HOUR, DAY, DAY, 2 * DAY, 3 * DAY, 8 * DAY, 31 * DAY))
        if rng.random() < 0.3:
            times = [goal.timetable for goal in world.standing()]
            turns = {turn for each in times for turn in (*each.starts, *each.ends, *each.settled) if turn > world.now}
            if turns and min(turns) - world.now < FAR:
                world.now = min(turns) + rng.choice((NONE, MICROSECOND, -MICROSECOND))
        return f"to {world.now}"

    # Refreshing, and looking at what comes of it.

    def _refresh(self) -> str:
        rng, world = self.rng, self.world
        tracker = self.trackers[rng.random() < self.of_the_other]
        if rng.random() < 0.1:
            world.source.age += 1
            self._say("cursors have expired,")
        is_failing = rng.random() < 0.15
        world.source.failing = (rng.choice(KINDS), rng.randrange(3)) if is_failing else None
        try:
            refresh = tracker.refresh(as_of=world.now, force=True)
        except SourceUnavailable as error:
            if not is_failing or world.source.failing is not None:
                raise WentWrongError("the source is said to have failed, and did not") from error
            self._unchanged(tracker)
            return "the source failed"
        except MissingRate as error:
            self._refused(error)
            self._unchanged(tracker)
            return f"refused for {error.records}"
        finally:
            world.source.failing = None
        try:
            expected = Expected.of(world, world.now, world.now)
        except MissingRate as error:
            raise WentWrongError(f"M4: {error.records} lack a rate, and are not refused") from error
        self._look(tracker, refresh, expected)
        return str(refresh)

    def _refused(self, error: MissingRate) -> None:
        try:
            Expected.of(self.world, self.world.now, self.world.now)
        except MissingRate as expected:
            if set(expected.records) != set(error.records):
                raise WentWrongError(f"M4: {error.records} lack a rate, expected {expected.records}") from error
            self.seen["refused"] += 1
            return
        raise WentWrongError(f"M4: no record lacks a rate, but {error.records} were refused") from error

    def _unchanged(self, tracker: ProgressTracker) -> None:
        """Check that a refresh that failed has changed nothing that anybody sees."""
        world = self.world
        self.seen["failed"] += 1
        if self.shown is not None and self.has_same_account:
            shown = shown_of(tracker.progress(actor=HOST, as_of=world.now))
            if shown.without(world.deleted()) != self.shown.without(world.deleted()):
                raise WentWrongError("LE16: a refresh failed, yet what is shown has changed")
        self._must_be_so(looks.outbox(self.rng, self.trackers, self.waiting, world.now))
        if self.is_settled and (found := tracker.verify()):
            raise WentWrongError(f"verify: after a failure {found[:3]}")

    def _look(self, tracker: ProgressTracker, refresh: Refresh, expected: Expected) -> None:
        rng, world = self.rng, self.world
        self.seen["completed"] += 1
        self._must_be_so(
            looks.figures(expected, [tracker, rng.choice(self.trackers)], world),
            looks.findings(expected, refresh),
            looks.read(expected, world),
        )
        facts = self.model.facts(expected.states, expected.basis, expected.result)
        self.seen["facts"] += len(facts)
        self.waiting += [fact.key for fact in facts]
        self._must_be_so(looks.facts(facts, refresh.reached))
        for each in (tracker, world.tracker()):
            if found := each.verify():
                raise WentWrongError(f"verify: {found[:3]}")
        if rng.random() < 0.5:
            self._must_be_so(looks.second_opinion(expected))
        self.shown, self.is_settled, self.has_same_account = expected.shown, True, True
        if any(goal.id not in world.deleted() for goal in expected.basis.goals):
            self._must_be_so(looks.receipts(tracker, expected, rng, is_figured=True))
        self._ask()
        if rng.random() < 0.3:
            told = set(rng.sample(self.waiting, len(self.waiting) // 2))
            tracker.acknowledge(told)
            self.waiting = [key for key in self.waiting if key not in told]
            self._must_be_so(looks.outbox(rng, self.trackers, self.waiting, world.now))

    def _ask(self) -> str:
        """Ask for figures now, and for figures of the past, as known then or later."""
        rng, now = self.rng, self.world.now
        then = now - rng.choice((HOUR, DAY, 9 * DAY, 33 * DAY))
        for as_of, known_at in ((now, now), (then, rng.choice((then, then, now, now - HOUR)))):
            self._must_be_so(looks.calculated(rng.choice(self.trackers), self.world, as_of, known_at))
        return "all as reckoned"
