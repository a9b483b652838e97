"""One simulated life of a tracker: a seed decides everything that happens, and after each refresh everything is reckoned anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from attrs import evolve

from quota_engine import (
    HOST,
    Change,
    ConcurrencyConflict,
    Contributor,
    CursorExpired,
    MilestoneReached,
    MissingRate,
    NotFound,
    Period,
    Progress,
    ProgressTracker,
    QuotaError,
    Refresh,
    RepositoryUnavailable,
    Splits,
)
from quota_engine.adapters.memory import MemoryGoals, MemoryStore
from quota_engine.tracking.codec import Version as Kept
from quota_engine.tracking.records import Records
from tests.simulation import scenes
from tests.simulation.crm import KINDS, Crm, Given, Source, failure
from tests.simulation.host import Exchange, Goals, Killed, People, Store
from tests.simulation.oracle import (
    Basis,
    Model,
    Shown,
    contradictions_amiss,
    gone_in,
    made_in,
    reference_differs,
    retargeted,
    shown_of,
    standing,
    states_of,
)

MICROSECOND = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class WentWrongError(AssertionError):
    """Something is not as it must be."""


@dataclass
class Fault:
    """What is to go wrong during one refresh, and when.

    Attributes:
        where: "source", "roster", "rates", any call of the "store", any "commit", or the "last" one, which keeps the figures.
        at: at which of those calls.
        times: how often in a row.
        what: what happens.
        is_after: whether it happens once the call has had its effect.
    """

    where: str
    at: int
    times: int
    what: str
    is_after: bool
    calls: int = 0

    def is_now(self, where: str, *, is_after: bool) -> bool:
        """Whether it happens at this call."""
        wheres = {"store": {"read", "scan", "commit", "last"}, "commit": {"commit", "last"}}
        if where not in wheres.get(self.where, {self.where}) or is_after is not self.is_after:
            return False
        self.calls += 1
        return self.at <= self.calls < self.at + self.times

    def __str__(self) -> str:
        """Return it for the trace."""
        return f"{self.what} {'after' if self.is_after else 'at'} {self.where} {self.at}" + f" x{self.times}" * (
            self.times > 1
        )


@dataclass(eq=False)
class Process:
    """A process of the host that has a tracker."""

    name: str
    goals: Goals
    people: People
    exchange: Exchange
    splits: Splits | None
    source: Source
    store: Store
    tracker: ProgressTracker
    fault: Fault | None = None
    had_effect: bool = False


@dataclass
class Simulation:
    """A world with two processes, and what is known of it.

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
        self.is_forgetful = self.seed % 10 == 6  # by its place, so that all other lives stay what they were
        self.clock = scenes.beginning(rng)
        self.account = scenes.account_of(rng, self.clock)
        self.roster = scenes.roster_of(rng)
        self.missing = rng.choice(("leave_out", "leave_out", "refuse"))
        self.rates = scenes.rates_of(rng, self.clock, None, self.missing)
        self.splits: Splits | None = None
        self.last_splits: Splits | None = None
        self.crm = Crm(rng, has_history=rng.random() < 0.6, is_narrow=rng.random() < 0.3)
        self.repository, self.kept = MemoryGoals(), MemoryStore()
        self.changes: list[Change] = []
        self.model = Model(self.account)
        self.shown: Shown | None = None
        self.waiting: list[str] = []
        self.facts: dict[str, MilestoneReached] = {}
        self.last: datetime | None = None
        self.depth = 0
        self.steps = rng.randint(50, 300)
        for _ in range(rng.choice((1, 2, 3))):
            self._new_goal()
        self.processes = [self._process(name) for name in "AB"]
        self.observer = self._process("observer")
        self.trace.append(
            f"{self.clock} in {self.account.calendar.zone}, {self.account.closing}, every {self.account.refresh_every}, "
            f"history {self.crm.has_history}, narrow {self.crm.is_narrow}, rates {self.missing}, "
            f"forgetful {self.is_forgetful}"
        )

    def run(self, most: int | None = None) -> None:
        """Live it, or the first so many steps.

        Raises:
            WentWrongError: something is not as it must be.
        """
        for number in range(self.steps if most is None else min(most, self.steps)):
            self.trace.append(f"{number:3} {self.clock:%Y-%m-%d %H:%M:%S} ")
            self._step()
        self.trace.append("end")
        self._refresh(self.processes[0], max(self.clock, self.last or self.clock), force=True, fault=None)
        self._drain(self.processes[1], everything=True)

    # What happens.

    def _step(self) -> None:
        steps: tuple[tuple[int, Callable[[], None]], ...] = (
            (34, self._write),
            (4, lambda: self._say(f"{self.crm.commit_late()} come to be seen late")),
            (12 if self.is_forgetful else 3, self._vanish),
            (2, self._expire),
            (12, self._advance),
            (5, self._edit),
            (6, self._reorganise),
            (2, self._other_rates),
            (2, self._other_splits),
            (4, lambda: self._restart(self.rng.choice(self.processes))),
            (7, lambda: self._drain(self.rng.choice(self.processes))),
            (19, self._some_refresh),
        )
        (step,) = self.rng.choices([step for _, step in steps], [weight for weight, _ in steps])
        step()

    def _write(self) -> None:
        for _ in range(self.rng.choice((1, 1, 2, 4))):
            self._say(self.crm.write(self.clock))

    def _vanish(self) -> None:
        """Let a record be gone; in every tenth life that is often, and is found out at once."""
        self._say(self.crm.vanish(is_seen=self.is_forgetful))
        if self.is_forgetful:
            self._expire()
            self._refresh(self.processes[0], max(self.clock, self.last or self.clock), force=True, fault=None)

    def _expire(self) -> None:
        self.crm.forget()
        self._say("all cursors expire")

    def _reorganise(self) -> None:
        what, self.roster, since = scenes.reorganised(self.rng, self.roster, self.clock)
        self.model.disturb(since)
        self._say(what)
        self._unchanged("people moved")

    def _other_rates(self) -> None:
        self.rates = scenes.rates_of(self.rng, self.clock, self.rates, self.missing)
        self.model.disturb(None)
        self._say("another rate")

    def _other_splits(self) -> None:
        self.splits, since = scenes.splits_of(self.rng, self.clock, self.splits)
        self.model.disturb(since)
        self.observer = self._process("observer")
        self._say("another split")
        for process in self.rng.choice((self.processes[:1], self.processes[1:], self.processes[:])):
            self._restart(process)
        self._unchanged("records were split")

    def _restart(self, process: Process) -> None:
        self.processes[self.processes.index(process)] = self._process(process.name)
        self._say(f"{process.name} restarts")

    def _say(self, what: str) -> None:
        self.trace[-1] += f"{'; ' if self.trace[-1][-1] != ' ' else ''}{what}"

    def _advance(self) -> None:
        rng = self.rng
        turns = scenes.turns(standing(states_of(self.changes)), self.clock)
        ahead = [turn for turn in turns if turn > self.clock]
        if ahead and rng.random() < 0.4:
            self.clock = ahead[0] + rng.choice((timedelta(0), -MICROSECOND, MICROSECOND, HOUR))
        else:
            self.clock += rng.choice((HOUR, 6 * HOUR, DAY, DAY, 3 * DAY, 12 * DAY, 33 * DAY, -2 * HOUR, -DAY))
        self._say("time goes")

    def _new_goal(self) -> None:
        goal = scenes.goal_of(self.rng, self.account, self.clock, f"g{len({c.goal_id for c in self.changes})}")
        goal = evolve(goal, version=1)
        self._commit(Change(goal_id=goal.id, before=0, goal=goal, action="create", at=self._edited_at()))

    def _edited_at(self) -> datetime:
        return max(self.clock, *(change.at for change in self.changes)) if self.changes else self.clock

    def _commit(self, change: Change) -> None:
        self.repository.commit([change])
        self.changes.append(change)

    def _edit(self) -> None:
        goals = standing(states_of(self.changes))
        if not goals or (len(goals) < 4 and not self.rng.randrange(6)):
            self._new_goal()
            self._say("one goal more")
            return
        goal = self.rng.choice(goals)
        if not self.rng.randrange(12):
            self._commit(Change(goal_id=goal.id, before=goal.version, goal=None, action="delete", at=self._edited_at()))
            self._say(f"{goal.id} is deleted")
            self._unchanged("a goal was deleted")
            return
        what, after = scenes.edited(self.rng, goal)
        after = evolve(after, version=goal.version + 1)
        self._commit(Change(goal_id=goal.id, before=goal.version, goal=after, action="edit", at=self._edited_at()))
        self._say(f"{goal.id}: {what}")
        self._unchanged("a goal was edited")

    # Processes and their faults.

    def _process(self, name: str) -> Process:
        process: Process

        def at(where: str) -> Callable[[], None]:
            return lambda: self._happen(process, where, is_after=False)

        def kept() -> None:
            process.source.kept()
            process.had_effect = True

        def lost() -> None:
            process.source.pending = None

        source = Source(self.crm, lambda _kind, _anew: self._happen(process, "source", is_after=False), self._keep)
        store = Store(
            self.kept,
            lambda where: self._happen(process, where, is_after=False),
            lambda where: self._happen(process, where, is_after=True),
            kept,
            lost,
        )
        people, exchange = People(lambda: self.roster, at("roster")), Exchange(lambda: self.rates, at("rates"))
        goals = Goals(self.repository)
        tracker = ProgressTracker(
            self.account,
            goals=goals,
            events=source,
            roster=people,
            store=store,
            rates=exchange,
            splits=self.splits,
        )
        process = Process(name, goals, people, exchange, self.splits, source, store, tracker)
        return process

    def _keep(self, given: Given) -> None:
        self.model.keep(given)

    def _happen(self, process: Process, where: str, *, is_after: bool) -> None:
        fault = process.fault
        if fault is None or not fault.is_now(where, is_after=is_after):
            return
        self._say(f"[{fault}]")
        self.seen[fault.what] += 1
        error = self._error(fault.what)
        if fault.what == "conflict":
            process.source.pending = None
        if error is not None:
            raise error
        other = self.processes[1 - self.processes.index(process)]
        if fault.what == "expires":
            self.crm.forget()
        elif self.depth == 1:
            process.fault = None
            match fault.what:
                case "other":
                    as_of = self.clock + self.rng.choice((-DAY, -HOUR, HOUR, DAY))
                    self._refresh(other, as_of, force=True, fault=None)
                case "drain":
                    self._drain(other)
                case _:
                    self._edit()

    def _error(self, what: str) -> BaseException | None:
        """Return what is raised; None where something else happens."""
        match what:
            case "fails":
                return failure(self.rng)
            case "refuses":
                return CursorExpired("since: expected a cursor that is still known", field="since")
            case "unavailable":
                return RepositoryUnavailable("store: not now", field="store")
            case "breaks":
                return OSError("the disk is full")
            case "killed":
                return Killed()
            case "conflict":
                return ConcurrencyConflict("revision: expected another", field="revision")
            case _:
                return None

    def _fault(self) -> Fault | None:
        rng = self.rng
        if rng.randrange(2):
            return None
        where = rng.choice(("source", "source", "store", "commit", "commit", "last", "roster", "rates"))
        whats = {
            "source": ("fails", "fails", "expires", "refuses", "other", "edit", "killed"),
            "store": ("unavailable", "breaks", "killed", "other", "edit"),
            "commit": ("unavailable", "breaks", "killed", "conflict", "conflict", "other", "drain", "edit"),
            "last": ("unavailable", "breaks", "killed", "conflict", "other", "edit"),
            "roster": ("fails", "killed"),
            "rates": ("fails", "killed"),
        }
        most = {"source": 5, "store": 25, "commit": 4, "last": 1, "roster": 1, "rates": 1}
        what = rng.choice(whats[where])
        # Between a commit and its acknowledgement nothing is known of the figures yet, so nobody else is let in there.
        is_after = (
            where in {"store", "commit", "last"} and what not in {"other", "drain", "edit"} and rng.random() < 0.5
        )
        return Fault(where, rng.randint(1, most[where]), rng.choice((1, 1, 2, 6)), what, is_after)

    def _some_refresh(self) -> None:
        rng = self.rng
        process = rng.choice(self.processes)
        as_of = self.clock + rng.choice((timedelta(0),) * 8 + (-2 * HOUR, -3 * DAY, HOUR))
        fault = self._fault()
        self._refresh(process, as_of, force=rng.random() < 0.7, fault=fault)
        if fault is not None and rng.random() < 0.5:
            self._restart(process)

    # Refreshing, and looking at what comes of it.

    def _refresh(self, process: Process, as_of: datetime, *, force: bool, fault: Fault | None) -> None:
        self._say(f"{process.name} refreshes as of {as_of}{' by force' * force}")
        self.seen["refreshes"] += 1
        last, process.fault, process.had_effect, process.source.pending = self.last, fault, False, None
        process.source.last.clear()
        self.depth += 1
        result: Refresh | Exception | Killed
        try:
            result = process.tracker.refresh(as_of=as_of, force=force)
        except (QuotaError, OSError, Killed) as caught:
            result = caught
            process.source.pending = (
                None  # what was kept has been noted; the rest never was, whatever is committed next
            )
        self.depth -= 1
        process.fault = None
        if isinstance(result, Refresh) and result.ran:
            process.source.kept()
        seen, roster, rates = process.goals.seen, process.people.seen, process.exchange.seen
        basis = Basis(
            account=self.account,
            goals=standing(states_of(self._made_by(seen, as_of))),
            events=(*self.model.delivered.values(), *made_in(self._records())),
            roster=roster,
            rates=rates,
            splits=process.splits,
            as_of=as_of,
        )
        is_alone = fault is None or fault.calls < fault.at
        if not isinstance(result, Refresh):
            self._failed(process, basis, seen, result, is_alone=is_alone)
        elif not result.ran:
            is_due = last is None or (as_of >= last and (force or as_of >= last + self.account.refresh_every))
            if is_alone and is_due:
                raise WentWrongError(f"LF7: it was due, the last was as of {last}")
            self._not_due(process, basis, seen, result)
        else:
            if is_alone and last is not None and as_of < last:
                raise WentWrongError(f"LF6: it ran as of {as_of}, before {last}")
            # What was done and then denied is done twice, and told by neither.
            is_told = is_alone or fault is None or fault.what != "conflict" or not fault.is_after
            self._moved(process, basis, seen, result if is_told else None)

    def _failed(self, process: Process, basis: Basis, seen: int, error: Exception | Killed, *, is_alone: bool) -> None:
        self._say(f"({type(error).__name__})")
        self.seen["failed"] += 1
        if isinstance(error, MissingRate):
            self._lacks(basis, error)
        elif is_alone:
            raise WentWrongError(f"a refresh failed without reason: {error!r}") from error
        if process.had_effect and not self._is_unchanged():
            self.seen["failed after all was done"] += 1
            self._moved(process, basis, seen, None)
        else:
            self._unchanged(f"the refresh failed: {error!r}")

    def _not_due(self, process: Process, basis: Basis, seen: int, result: Refresh) -> None:
        self._say("(not due)")
        self.seen["not due"] += 1
        if result.as_of is None or result.due_at != result.as_of + self.account.refresh_every:
            raise WentWrongError(f"LF7: as of {result.as_of} it is due at {result.due_at}")
        if process.had_effect and not self._is_unchanged():
            self._moved(process, replace(basis, as_of=result.as_of), seen, None)
        self._unchanged("nothing was due")

    def _records(self) -> list[list[Kept]]:
        return [versions for kind in KINDS for _, versions in Records(self.kept).all_of(kind)]

    def _lacks(self, basis: Basis, error: MissingRate) -> None:
        try:
            basis.result()
        except MissingRate as expected:
            if set(expected.records) != set(error.records):
                raise WentWrongError(f"M4: {error.records} lack a rate, expected {expected.records}") from error
            return
        raise WentWrongError(f"M4: no record lacks a rate, but {error.records} were refused") from error

    def _look(self) -> tuple[Shown | None, list[str]]:
        """Return what a process that never refreshes shows, and what waits in the outbox."""
        observer = self.observer
        try:
            shown = shown_of(observer.tracker.progress(actor=HOST, as_of=self.clock))
        except NotFound:
            shown = None
        facts: list[MilestoneReached] = []
        after, more = None, True
        while more:
            page = observer.tracker.outbox(as_of=self.clock, after=after, limit=100)
            facts += [notice.reached for notice in page.items]
            after, more = page.cursor, page.more
        self.facts.update((fact.key, fact) for fact in facts)
        return shown, [fact.key for fact in facts]

    def _is_unchanged(self) -> bool:
        shown, waiting = self._look()
        return self._standing_of(shown) == self._standing_of(self.shown) and waiting == self.waiting

    def _standing_of(self, shown: Shown | None) -> Shown | None:
        deleted = {change.goal_id for change in self.changes if change.goal is None}
        return shown if shown is None or not deleted else shown.without(deleted)

    def _unchanged(self, why: str) -> None:
        shown, waiting = self._look()
        if self._standing_of(shown) != self._standing_of(self.shown):
            raise WentWrongError(f"LE16: {why}, yet what is shown has changed:\n{difference(self.shown, shown)}")
        if waiting != self.waiting:
            raise WentWrongError(f"N2: {why}, yet the outbox has {waiting}, expected {self.waiting}")

    def _made_by(self, seen: int, as_of: datetime) -> list[Change]:
        """Return the changes of goals that a process had seen, of those that were made by a moment."""
        return [change for change in self.changes[:seen] if change.at <= as_of]

    def _moved(self, process: Process, basis: Basis, seen: int, result: Refresh | None) -> None:
        """Check everything after a refresh that was completed; without its result, where that got lost."""
        self.last = basis.as_of
        self.model.checks += 1
        states = states_of(self._made_by(seen, basis.as_of))
        try:
            expected = basis.result()
        except MissingRate as error:
            raise WentWrongError(f"M4: expected to be refused for {error.records}") from error
        aimed = {goal.id: retargeted(states[goal.id]) for goal in basis.goals}
        wanted = shown_of(expected, aimed)
        shown, waiting = self._look()
        if self._standing_of(shown) != self._standing_of(wanted):
            raise WentWrongError(
                f"LE3: what is shown is not what everything at once gives:\n{difference(wanted, shown)}"
            )
        facts = self.model.facts(states, basis, expected)
        self._recorded(facts, waiting)
        if result is not None:
            self._told(process, basis, wanted, facts, result)
        self._proved(process)
        if self.model.checks % 10 == 0:
            for found in reference_differs(basis, aimed, wanted):
                raise WentWrongError(found)
        if process.splits is not self.last_splits:
            self.model.disturb(None)
            self.last_splits = process.splits
        for found in self.model.freeze(basis, wanted.cells):
            raise WentWrongError(f"LF3: {found}")
        self.shown = wanted
        self.seen["completed"] += 1

    def _recorded(self, facts: Sequence[MilestoneReached], waiting: Sequence[str]) -> None:
        """Check that the facts which must be recorded are, and no others."""
        self.waiting += [fact.key for fact in facts]
        if waiting != self.waiting:
            raise WentWrongError(f"N2: the outbox has {waiting}, expected {self.waiting}")
        for fact in facts:
            told = self.facts[fact.key]
            if evolve(told, revision=0) != fact:
                raise WentWrongError(f"N2: the fact is {told}, expected {fact}")
        self.seen["facts"] += len(facts)

    def _told(
        self, process: Process, basis: Basis, wanted: Shown, facts: Sequence[MilestoneReached], result: Refresh
    ) -> None:
        """Check what a refresh says of itself, and that it read all there was."""
        reached, expected = [fact.key for fact in result.reached], [fact.key for fact in facts]
        if reached != expected:
            raise WentWrongError(f"N3: reached are {reached}, expected {expected}")
        changed = {cell_of(cell): cell for cell in result.changed}
        before = {} if self.shown is None else {cell_of(cell): cell for cell in self.shown.cells}
        for cell in wanted.cells:
            found, former = changed.get(cell_of(cell)), before.get(cell_of(cell))
            if found is None and (former is None or evolve(former, pace=None) != evolve(cell, pace=None)):
                raise WentWrongError(f"P5: {cell} is not among what changed, before it was {former}")
            if found is not None and found != cell:
                raise WentWrongError(f"P5: changed is {found}, shown {cell}")
        for amiss in contradictions_amiss(basis, result.findings):
            raise WentWrongError(f"LE5: {amiss}")
        for skipped in self.model.seen_by(process.source):
            raise WentWrongError(f"LR10: {skipped}")
        gone = {record for record in gone_in(self._records()) if record[0] in process.source.last}
        expected_gone = self.model.gone(process.source.last)
        if gone != expected_gone:
            raise WentWrongError(f"vanished are {gone}, expected {expected_gone}")
        self.seen["vanished"] += len(gone)

    def _proved(self, process: Process) -> None:
        observers = [process, self._process("observer")] if self.model.checks % 5 == 0 else [process]
        for observer in observers:
            if observer.splits == process.splits and (differences := observer.tracker.verify()):
                raise WentWrongError(f"verify: {observer.name} finds {differences[:3]}")

    # Telling.

    def _drain(self, process: Process, *, everything: bool = False) -> None:
        """Tell what waits, and take out what was told, unless the process ends before."""
        rng = self.rng
        page = process.tracker.outbox(as_of=self.clock, limit=rng.choice((1, 2, 100)))
        told = [notice.reached.key for notice in page.items]
        while everything and page.more:
            page = process.tracker.outbox(as_of=self.clock, after=page.cursor)
            told += [notice.reached.key for notice in page.items]
        if told != self.waiting[: len(told)] or (everything and told != self.waiting):
            raise WentWrongError(f"N2: told {told}, expected {self.waiting}")
        fate = (
            "kept" if everything else rng.choice(("kept", "kept", "lost", "unavailable", "killed", "conflict", "late"))
        )
        self._say(f"{len(told)} told, acknowledgement {fate}")
        if fate == "lost" or not told:
            return
        kept = process.fault
        if fate != "kept":
            what = "killed" if fate == "late" else fate
            process.fault = Fault("commit", 1, rng.choice((1, 5)), what, fate == "late")
        process.had_effect = False
        try:
            process.tracker.acknowledge([*reversed(told), "nothing/of/the/kind"])
        except (QuotaError, Killed):
            if fate == "kept":
                raise
        finally:
            process.fault = kept
        if process.had_effect:
            self.waiting = self.waiting[len(told) :]
        elif fate == "kept":
            raise WentWrongError("N2: nothing was acknowledged")
        self._unchanged("facts were told")


def cell_of(progress: Progress) -> tuple[str, Contributor, Period]:
    """Return which cell a figure is of."""
    return progress.goal_id, progress.contributor, progress.slice


def difference(wanted: Shown | None, shown: Shown | None) -> str:
    """Return where two things that are shown differ."""
    if wanted is None or shown is None:
        return f"expected {wanted}, got {shown}"
    lines = [f"as of {wanted.as_of}, got {shown.as_of}"] if wanted.as_of != shown.as_of else []
    for mine, other in ((wanted.cells, shown.cells), (wanted.totals, shown.totals)):
        if len(mine) != len(other):
            lines.append(f"expected {len(mine)} of them, got {len(other)}")
        lines += [f"expected {one}\n     got {two}" for one, two in zip(mine, other, strict=False) if one != two]
    lines += [f"expected {found}" for found in wanted.findings if found not in shown.findings]
    lines += [f"     got {found}" for found in shown.findings if found not in wanted.findings]
    return "\n".join(lines[:4]) or "the order alone"
