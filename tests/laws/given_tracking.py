"""A CRM and a store that fail when told to, and what the figures of a tracker are to be by the second implementation."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cache
from typing import Final, TypeAlias

from attrs import define, evolve, field, frozen

from quota_engine import (
    HOST,
    Account,
    Calculation,
    Contributor,
    CrmEvent,
    Goal,
    Milestone,
    MilestoneReached,
    Period,
    Progress,
    ProgressTracker,
    Rates,
    Roster,
    Splits,
    edited_versions,
)
from quota_engine.adapters.memory import MemoryEvents, MemoryGoals, MemoryStore
from quota_engine.errors import CursorExpired
from quota_engine.events import Property
from quota_engine.ports import Change, Page, Stored
from tests import reference
from tests.laws import test_notices
from tests.reference import Reference, first_instant, record_of, reference_progress
from tests.side_by_side import (
    engine_cell,
    engine_findings,
    engine_total,
    expected_cell,
    expected_findings,
    expected_total,
)

TICK: Final = timedelta(microseconds=1)
DAY: Final = timedelta(days=1)
KINDS: Final = ("late", "no_rate", "owner_inactive", "unattributed")

Mark: TypeAlias = tuple[str, Contributor, Period, Milestone, int, str]
"""A fact by the tuple of rule N2, but for the account, which is one."""


class StoppedError(BaseException):
    """The process ends here."""


@define(eq=False)
class Crm:
    """A source of pages of a few versions, which gives no property that is not asked for, and can fail.

    Attributes:
        size: how many versions are on a page.
        repeats: how many of the page before each page repeats.
        log: all versions, in the order in which they came.
        given: what was handed out last of each entry of the log ever; it stays when the source forgets the entry.
        fails: after how many more pages it fails, and with what; None for never.
        age: how often it has forgotten its cursors; those of an earlier age are unknown.
    """

    size: int = 2
    repeats: int = 0
    log: list[tuple[int, CrmEvent]] = field(factory=list)
    given: dict[int, CrmEvent] = field(factory=dict)
    fails: tuple[int, BaseException] | None = None
    age: int = 0
    count: int = 0

    def add(self, *events: CrmEvent) -> None:
        """Take versions, after all others."""
        for event in events:
            self.log.append((self.count, event))
            self.count += 1

    def changes(self, object: str, since: str | None, /, *, properties: frozenset[str]) -> Page[CrmEvent]:  # noqa: A002 - the port's own name
        """Return the next page, or fail."""
        if self.fails is not None:
            left, error = self.fails
            self.fails = None if left == 0 else (left - 1, error)
            if left == 0:
                raise error
        age, _, place = (since or f"{self.age} 0").partition(" ")
        if int(age) != self.age:
            raise CursorExpired("since: expected a cursor that is known", field="since")
        start = int(place)
        end = min(start + self.size, len(self.log))
        items: list[CrmEvent] = []
        for number, event in self.log[max(start - self.repeats, 0) : end]:
            if event.object == object:
                seen = {name: value for name, value in event.properties.items() if name in properties}
                self.given[number] = evolve(event, properties=seen)
                items.append(self.given[number])
        return Page(items, f"{self.age} {end}", end < len(self.log))

    def forget(self, *records: tuple[str, str]) -> None:
        """Know nothing of some records any more, nor of any cursor."""
        self.log = [(number, event) for number, event in self.log if record_of(event) not in records]
        self.age += 1


@define(eq=False)
class Shelves:
    """A store that can end the process at one of its commits, before or after the commit takes effect, and remembers all of them.

    Attributes:
        kept: the store.
        ends: at which of the next commits the process ends, and whether it has taken effect then; None for never.
        before: what happens just before the next commit, once.
        commits: what was put and dropped, and the figures, commit by commit.
    """

    kept: MemoryStore = field(factory=MemoryStore)
    ends: tuple[int, bool] | None = None
    meanwhile: list[ProgressTracker] = field(factory=list)
    moment: datetime | None = None
    commits: list[tuple[Mapping[str, bytes], Collection[str], Sequence[Progress]]] = field(factory=list)

    def read(self, keys: Collection[str], /) -> Stored:
        """Return what is kept."""
        return self.kept.read(keys)

    def scan(self, prefix: str, /, *, after: str | None, limit: int) -> Page[tuple[str, bytes]]:
        """Return what is kept, at most two at a time, so that there are pages."""
        return self.kept.scan(prefix, after=after, limit=min(limit, 2))

    def commit(
        self, revision: int, /, *, put: Mapping[str, bytes], drop: Collection[str], figures: Sequence[Progress]
    ) -> None:
        """Commit, unless the process ends before; let others refresh first where there are such."""
        if self.meanwhile and self.moment is not None:
            self.meanwhile.pop().refresh(as_of=self.moment, force=True)
        left, is_late = (-1, False) if self.ends is None else self.ends
        self.ends = None if left <= 0 else (left - 1, is_late)
        if left == 0 and not is_late:
            raise StoppedError
        self.kept.commit(revision, put=put, drop=drop, figures=figures)
        self.commits.append((dict(put), set(drop), list(figures)))
        if left == 0:
            raise StoppedError


# What is to be.


@define(eq=False)
class Told:
    """All that was told of the goals: every state, and when it was stored."""

    states: dict[str, list[tuple[datetime, Goal | None]]] = field(factory=dict)

    def at(self, moment: datetime | None = None) -> list[Goal]:
        """Return the goals as they stood at a moment, or stand now, by id."""
        found: list[Goal] = []
        for _, states in sorted(self.states.items()):
            known = [goal for at, goal in states if moment is None or at <= moment]
            if known and known[-1] is not None:
                found.append(known[-1])
        return found

    def history(self, goal: Goal) -> list[tuple[datetime, Goal]]:
        """Return the states of a goal up to one of them."""
        states = self.states[goal.id]
        return [(at, state) for at, state in states if state is not None and state.version <= goal.version]

    def is_retargeted(self, goal: Goal, who: Contributor, part: Period, as_of: datetime) -> bool:
        """Whether the target of a cell is not the one it had at the slice's end, or first after it (rules P6 and P8).

        None is before the end, whatever is known of what came later.
        """
        end = first_instant(part.end, goal.zone)
        if as_of < end:
            return False
        before = [target_in(state, who, part) for at, state in self.history(goal) if at < end]
        after = [target_in(state, who, part) for at, state in self.history(goal) if at >= end]
        held = [cell for cell in (*before[-1:], *after) if cell is not None]
        return held[0] != target_in(goal, who, part)

    def armed_in(self, goal: Goal, who: Contributor, part: Period) -> int:
        """Return the first version from which on a cell has always had the target that it has."""
        since, now = goal.version, promised(goal, who, part)
        for _, state in reversed(self.history(goal)):
            if promised(state, who, part) != now:
                break
            since = state.version
        return since

    def marks(self, goal: Goal, answer: Reference, as_of: datetime) -> set[Mark]:
        """Return the facts that the figures of a goal pass the tests of."""
        found: set[Mark] = set()
        edited = edited_versions((state, at) for at, state in self.history(goal))
        for cell in answer.cells:
            if cell.goal_id == goal.id and (goal.milestones or goal.row(cell.contributor).milestones):
                where = test_notices.Cell(goal, goal.row(cell.contributor), cell.slice)
                version = self.armed_in(goal, cell.contributor, cell.slice)
                last = edited.get((cell.contributor, cell.slice))
                for milestone, occurrence in reached(where, cell.attained, as_of, last):
                    is_of_target = str(milestone.kind) in {"percent", "achieved", "exceeded", "missed"}
                    found.add(
                        (goal.id, cell.contributor, cell.slice, milestone, version if is_of_target else 0, occurrence)
                    )
        return found


def reached(
    cell: test_notices.Cell, attained: Fraction | None, as_of: datetime, edited: int | None
) -> list[tuple[Milestone, str]]:
    """Return what `test_notices.expected` yields; the days of updates are looked for once."""
    updates = [mark for mark in test_notices.ticked(cell) if mark.every is not None]
    others = [mark for mark in test_notices.ticked(cell) if mark.every is None]
    plain = evolve(cell, row=evolve(cell.row, milestones=others))
    found = list(test_notices.expected(plain, attained, as_of, edited))
    since = cell.goal.closing.since
    if cell.target is None or as_of < cell.start or (since is not None and cell.slice.last_day <= since):
        return found
    for mark in updates:
        today = min(reference.day_of(as_of, cell.goal.zone), cell.slice.end)
        due = last_due(cell.goal.calendar, cell.goal.duration.aligned, cell.slice, str(mark.every), today)
        if due is not None:
            found.append((mark, str(due)))
    return found


@cache
def last_due(calendar: object, aligned: bool, part: Period, every: str, today: date) -> date | None:  # noqa: FBT001 - a key
    """Return the last day up to a day with which a period ended the day before; no earlier day is looked at twice."""
    if today <= part.start:
        return None
    before = calendar.period_of(today - DAY, every, aligned=aligned)  # type: ignore[attr-defined]
    return today if before.end == today else last_due(calendar, aligned, part, every, today - DAY)


def target_in(goal: Goal, who: Contributor, part: Period) -> tuple[object] | None:
    """Return the target of a cell, within a tuple; None where there is no such cell."""
    found = [row for row in goal.assignments if row.contributor == who]
    return (dict(zip(goal.slices, found[0].cells, strict=True))[part],) if found else None


def promised(goal: Goal, who: Contributor, part: Period) -> object:
    """Return what a goal promises in a cell: how much of what."""
    target = target_in(goal, who, part)
    return None if target is None else (target, goal.currency, evolve(goal.measure, name="any"))


@frozen(kw_only=True)
class Facts:
    """Everything that figures depend on, but for goals."""

    account: Account
    events: tuple[CrmEvent, ...]
    roster: Roster | None
    rates: Rates | None
    splits: Splits | None

    def answer(self, goals: Iterable[Goal], as_of: datetime, known_at: datetime | None = None) -> Reference:
        """Return what the second implementation says of some goals."""
        return reference_progress(
            list(goals),
            self.events,
            account=self.account,
            as_of=as_of,
            known_at=known_at,
            roster=self.roster,
            rates=self.rates,
            splits=self.splits,
        )

    def refuses(self, answer: Reference) -> bool:
        """Whether there are no figures, for the sake of records without a rate."""
        return bool(answer.refused)


def agrees(result: Calculation, answer: Reference, told: Told) -> None:
    """Check that a result is what the second implementation says, with what the tracker alone knows of targets."""
    goals = {goal.id: goal for goal in result.goals}
    cells = [
        replace(
            cell,
            restated=cell.restated
            or told.is_retargeted(goals[cell.goal_id], cell.contributor, cell.slice, result.as_of),
        )
        for cell in map(expected_cell, answer.cells)
    ]
    assert [engine_cell(cell) for cell in result] == cells
    totals = [result.total(goal.id, on=part.start) for goal in result.goals for part in goal.slices]
    assert [engine_total(total) for total in totals] == [expected_total(total) for total in answer.totals]
    assert engine_findings(result, *KINDS) == expected_findings(answer, *KINDS)


def mark_of(fact: MilestoneReached) -> Mark:
    """Return a fact by its tuple."""
    return (fact.goal_id, fact.contributor, fact.slice, fact.milestone, fact.target_version, fact.occurrence)


def waiting(tracker: ProgressTracker, as_of: datetime) -> list[MilestoneReached]:
    """Return all facts in the outbox, page by page."""
    found: list[MilestoneReached] = []
    after, more = None, True
    while more:
        page = tracker.outbox(as_of=as_of, after=after, limit=3)
        found += [notice.reached for notice in page.items]
        after, more = page.cursor, page.more
    return found


def figures(tracker: ProgressTracker, as_of: datetime) -> tuple[list[Progress], list[object]]:
    """Return all figures of the last refresh, to the byte, and all totals."""
    result = tracker.progress(actor=HOST, as_of=as_of)
    return list(result), [result.total(goal.id, on=part.start) for goal in result.goals for part in goal.slices]


def stored(*goals: Goal, at: datetime) -> MemoryGoals:
    """Return a repository with goals that were stored at a moment."""
    found = MemoryGoals()
    found.commit([Change(goal_id=goal.id, before=0, goal=goal, action="create", at=at) for goal in goals])
    return found


def events_of(*events: CrmEvent) -> MemoryEvents:
    """Return a source that has some versions."""
    return MemoryEvents(list(events))


Properties: TypeAlias = dict[str, Property]
