"""The progress calculator: how far each row of each goal has come. Sources: rules P1 to P4, P6 and C4."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Final

from attrs import evolve, field, frozen

from quota_engine import _fields, amounts, display
from quota_engine.accounts import Account
from quota_engine.additions import marks_of
from quota_engine.amounts import Grains
from quota_engine.contributors import Contributor, ContributorKind, Roster
from quota_engine.errors import InvalidValue, NotFound, shown
from quota_engine.events import CrmEvent
from quota_engine.facts import Batch
from quota_engine.filing import Tallies, merge, tally
from quota_engine.findings import Finding, FindingKind, Notes
from quota_engine.goals import Goal
from quota_engine.measures import Aggregate, Direction, Measure
from quota_engine.milestones import percent_mark
from quota_engine.paces import Pace, pace_of
from quota_engine.periods import Period
from quota_engine.plans import Block, Work, plan
from quota_engine.rates import Rates
from quota_engine.splits import Splits
from quota_engine.tallies import Figures, Tally, total_of
from quota_engine.timetables import Timetable

_NEARLY: Final = Decimal("0." + "9" * amounts.QUOTIENT_DIGITS)
_MOST_PRINTED: Final = 200


class Status(StrEnum):
    """Where a row stands at the moment asked about; derived from the numbers (rule P3)."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    ACHIEVED = "achieved"
    EXCEEDED = "exceeded"
    MISSED = "missed"


@frozen(kw_only=True)
class Progress:
    """How far one row has come in one slice.

    Attributes:
        goal_id: the goal.
        goal_version: its version.
        contributor: whose row it is.
        slice: the days.
        target: what was promised; None where there is no target, which is not a target of zero.
        attained: what the records come to, exactly; None for an average, a minimum or a maximum of nothing.
        attainment: attained / target, or target / attained where lower is better; not capped, not rounded, given to 34 digits.
            None without a target, for a target of zero, and where lower is better and nothing is attained.
        remaining: target - attained, below zero once it is exceeded; None where one of the two is.
        counted: how many records count.
        status: where it stands; None without a target, and where there is no verdict.
        pace: how it is doing by now; None unless it is a sum or a count, higher is better and there is a target.
        unit: the measure's.
        currency: of the amounts; None unless the unit is money.
        frozen_at: the instant at which the slice froze; None while it has not, and where late corrections count.
        restated: whether late corrections made it differ from the figure that was known in time.
    """

    goal_id: str
    goal_version: int
    contributor: Contributor
    slice: Period
    target: Decimal | None
    attained: Decimal | None
    attainment: Decimal | None
    remaining: Decimal | None
    counted: int
    status: Status | None
    pace: Pace | None
    unit: str
    currency: str | None
    frozen_at: datetime | None
    restated: bool

    def percent(self, places: int = 0) -> str:
        """Return the attainment for people: "102 %", "99.9 %" (never 100 % when short of it), or "n/a"."""
        return display.percent(self.attainment, places=places)


@frozen(kw_only=True)
class Total:
    """What all rows of a goal that have a target come to in one slice, each record counted once. Source: rule C4.

    Attributes:
        goal_id: the goal.
        slice: the days.
        target: the sum of the targets; None where the rows are of several kinds, where no row has one, and where attained is.
        attained: what the records come to; None unless the measure is a sum or a count.
        attainment: attained / target, as in `Progress`.
        remaining: target - attained; None where one of the two is.
        counted: how many records count; None where attained is.
        unit: the measure's.
        currency: of the amounts; None unless the unit is money.
    """

    goal_id: str
    slice: Period
    target: Decimal | None
    attained: Decimal | None
    attainment: Decimal | None
    remaining: Decimal | None
    counted: int | None
    unit: str
    currency: str | None

    def percent(self, places: int = 0) -> str:
        """Return the attainment for people, as `Progress.percent` does."""
        return display.percent(self.attainment, places=places)


@frozen(eq=False)
class Calculation:
    """The progress of goals at one moment. Iterating gives a `Progress` per goal, row and slice, in that order.

    Attributes:
        goals: the goals, as they were given.
        as_of: the moment asked about.
        known_at: what was recorded later does not exist for it.
    """

    goals: tuple[Goal, ...]
    as_of: datetime
    known_at: datetime
    _work: Work = field(repr=False)
    _figures: Figures = field(repr=False)
    _notes: Notes = field(repr=False)
    _retargeted: frozenset[int] = field(default=frozenset(), repr=False)
    _is_whole: bool = field(default=True, repr=False)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What was noticed about the records, beside the figures."""
        found = (*_unknown_contributors(self._work), *self._notes.findings(self._work.spot))
        return found if self._is_whole else tuple(finding for finding in found if self._is_open(finding.goal_id))

    def _is_open(self, goal_id: str | None) -> bool:
        """Whether a goal is shown with all its rows."""
        goal = None if goal_id is None else self._shown.get(goal_id)
        return goal is not None and len(goal.assignments) == len(
            self._work.goals[self._work.places[goal.id]].assignments
        )

    def _block(self, goal_id: str) -> Block | None:
        _fields.instance_of(str, "a goal's id")(goal_id, "goal_id")
        return self._work.blocks[self._work.places[goal_id]] if goal_id in self._shown else None

    @cached_property
    def _shown(self) -> dict[str, Goal]:
        return {goal.id: goal for goal in self.goals}

    def _is_shown(self, goal_id: str, contributor: Contributor) -> bool:
        return self._shown[goal_id].place(contributor) is not None

    def __iter__(self) -> Iterator[Progress]:
        """Iterate over all cells: goals in the order given, their rows in order, their slices in order."""
        for block, row in self._rows():
            for part in range(len(block.goal.slices)):
                yield self._progress(block, row, part)

    def _rows(self) -> Iterator[tuple[Block, int]]:
        """Iterate over the rows that are shown, each as its goal's block and its place in it."""
        for goal in self.goals:
            block = self._work.blocks[self._work.places[goal.id]]
            for row, assignment in enumerate(block.goal.assignments):
                if goal is block.goal or goal.place(assignment.contributor) is not None:
                    yield block, row

    def __len__(self) -> int:
        """Return the number of cells."""
        return sum(len(goal.assignments) * len(goal.slices) for goal in self.goals)

    def get(self, goal_id: str, contributor: Contributor, *, on: date) -> Progress | None:
        """Return the progress of a row in the slice that holds a day; None where there is no such goal, row or slice."""
        block = self._block(goal_id)
        row = None if block is None or not self._is_shown(goal_id, contributor) else block.goal.place(contributor)
        part = None if block is None else block.goal.slices.index(on)
        return None if block is None or row is None or part is None else self._progress(block, row, part)

    def of(self, goal_id: str, contributor: Contributor, *, on: date) -> Progress:
        """Return the progress of a row in the slice that holds a day.

        Raises:
            NotFound: there is no such goal, row or slice.
        """
        found = self.get(goal_id, contributor, on=on)
        if found is None:
            raise NotFound(f"progress: not found: {shown(goal_id)}, {contributor}, {on}", field="goal_id")
        return found

    def total(self, goal_id: str, *, on: date) -> Total:
        """Return the total of a goal's rows in the slice that holds a day (rule C4).

        It is that of the whole goal, whoever looks: with two rows, who sees one and the total knows the other.

        Raises:
            NotFound: there is no such goal or slice.
        """
        block = self._block(goal_id)
        part = None if block is None else block.goal.slices.index(on)
        if block is None or part is None:
            raise NotFound(f"total: not found: {shown(goal_id)}, {on}", field="goal_id")
        return _total(block, part, self._figures)

    def days_met(self, *percents: Decimal | int | str) -> list[tuple[date | None, ...]]:
        """Return for each cell, in the order of iterating, the first day on which its sum met each of some percent of its target.

        The days are those by which the records are dated, in the goal's zone; a day is added as a whole, and a sum that falls
        again later stays met. None where it never did, where the target is none or zero, and unless the measure is a sum or a
        count where higher is better (rules N1 and N3). In order to know, `calculate` is told `by_day=True`.

        Args:
            percents: of the target, more than 0 and at most 1,000; reached exactly counts. In any order.

        Raises:
            InvalidType, InvalidValue: no percent, one that no milestone can have, or a calculation that keeps no days.
        """
        additions = self._figures.additions
        if additions is None:
            raise InvalidValue(
                "by_day: expected a calculation that was made with by_day=True, this one keeps no days",
                code="not_by_day",
                field="by_day",
            )
        if not percents:
            raise InvalidValue("percents: expected at least one", code="required", field="percents")
        marks = [percent_mark(percent, f"percents[{index}]") for index, percent in enumerate(percents)]
        ascending = sorted(set(marks))
        wanted = {
            cell: grains
            for block in self._work.blocks
            for cell, grains in enumerate(marks_of(block.goal, ascending), block.rows_at)
            if grains
        }
        found = additions.first_days(wanted, most=len(ascending), size=self._work.size)
        by_mark = dict(zip(ascending, found, strict=True))
        days: list[tuple[date | None, ...]] = []
        for block, row in self._rows():
            parts = len(block.goal.slices)
            start = block.rows_at + row * parts
            days += zip(*(by_mark[mark][start : start + parts] for mark in marks), strict=True)
        return days

    def rows(self) -> list[dict[str, str | int | bool | Decimal | date | datetime | None]]:
        """Return a flat plain dict per cell, for a data frame or a file: days as dates, amounts as Decimal, words as text."""
        return [_as_row(progress) for progress in self]

    def __str__(self) -> str:
        """Return a readable table of the cells, the first 200 of them where there are more."""
        header = ["goal", "contributor", "slice", "target", "attained", "attainment", "status"]
        shown = [_as_cells(progress) for progress, _ in zip(self, range(_MOST_PRINTED), strict=False)]
        text = display.table(header, shown, right=frozenset({3, 4, 5}))
        return text if len(self) <= _MOST_PRINTED else f"{text}\n... and {len(self) - _MOST_PRINTED} more"

    def _progress(self, block: Block, row: int, part: int) -> Progress:
        return progress_of(self._work, self._figures, block, (row, part), retargeted=self._retargeted)

    def retargeted(self, places: Mapping[str, Collection[tuple[int, int]]]) -> Calculation:
        """Return the same figures, some of which are marked as restated, as their targets came after the end (rule P8).

        They are given by the id of the goal, and the places of the row and of the slice in it.
        """
        blocks = ((self._work.blocks[self._work.places[goal_id]], cells) for goal_id, cells in places.items())
        found = (block.rows_at + row * len(block.goal.slices) + part for block, cells in blocks for row, part in cells)
        return evolve(self, retargeted=frozenset(found))

    def shown_as(self, goals: Iterable[Goal], *, is_whole: bool) -> Calculation:
        """Return the same figures for some of the goals, each with some of its rows alone: what somebody may see.

        Totals stay those of whole goals: figures never depend on who looks (rule A4). Findings name records, so those of a goal
        of which a row is left out are left out as well, and so are those of no one goal, unless all is shown.
        """
        return evolve(self, goals=tuple(goals), is_whole=is_whole)


def progress_of(
    work: Work, figures: Figures, block: Block, at: tuple[int, int], *, retargeted: Container[int] = ()
) -> Progress:
    """Return the progress of a row in a slice, by their places in the goal; `retargeted`: cells aimed at after the end."""
    row, part = at
    goal, cell = block.goal, row * len(block.goal.slices) + part
    found = figures.tally(block.rows_at + cell, goal.measure, goal.currency)
    timely = found
    if block.timely_at is not None:
        timely = figures.tally(block.timely_at + cell, goal.measure, goal.currency)
    progress = assess(work, block, row, part, found, timely=timely)
    return evolve(progress, restated=True) if block.rows_at + cell in retargeted else progress


def calculate(
    goals: Iterable[Goal],
    events: Iterable[CrmEvent | Batch] | Tallies,
    *,
    account: Account,
    as_of: datetime,
    roster: Roster | None = None,
    known_at: datetime | None = None,
    rates: Rates | None = None,
    splits: Splits | None = None,
    by_day: bool = False,
) -> Calculation:
    """Calculate the progress of goals from the records of a CRM; a pure function of its arguments (rule P1).

    Args:
        goals: the goals of one account.
        events: versions of records, in any order and as often as they come; or tallies of these goals, made by `tally`.
        account: the account of the goals.
        as_of: the moment asked about: status and pace are those of this moment.
        roster: who belongs where; where None every owner is a known, active user and there are no teams.
        known_at: what was recorded later than this does not exist; `as_of` where not given, and it may be later.
        rates: exchange rates, needed where records are in another currency than their goal.
        splits: records of which several users get a share; where None every owner gets all (rule C5).
        by_day: keep what counts with the day that dates it, so that `Calculation.days_met` can be asked; memory then grows with
            the number of records that count. Tallies must have been made so.

    Raises:
        InvalidType, InvalidValue: an argument that does not fit; among the events the index is named.
        MissingRate: records in open slices for whose currency and day there is no rate; every one is named.
    """
    work = plan(goals, account=account, as_of=as_of, known_at=known_at, roster=roster, rates=rates, splits=splits)
    if isinstance(events, Tallies):
        tallies = merge(tally(work, (), by_day=_fields.flag(by_day, "by_day") or events.is_by_day), events)
    else:
        tallies = tally(work, events, by_day=by_day)
    figures, notes = tallies.settled()
    return Calculation(work.goals, work.as_of, work.known_at, work, figures, notes)


def assess(work: Work, block: Block, row: int, part: int, found: Tally, *, timely: Tally) -> Progress:
    """Return the progress of a row in a slice, both by their place in the goal, from what its records add up to.

    `timely` is what the records that were recorded in time add up to; it differs where late corrections count.
    """
    goal, times = block.goal, block.times
    measure, assignment, days, freeze = (
        goal.measure,
        goal.assignments[row],
        goal.slices.periods[part],
        times.freezes[part],
    )
    attained, promised = found.attained(measure.aggregate), assignment.cells[part]
    target = None if promised is None else amounts.grains(promised)
    return Progress(
        goal_id=goal.id,
        goal_version=goal.version,
        contributor=assignment.contributor,
        slice=days,
        target=promised,
        attained=None if attained is None else amounts.from_grains(attained),
        attainment=_attainment(measure, attained, target),
        remaining=None if attained is None or target is None else amounts.from_grains(target - attained),
        counted=found.counted,
        status=None if target is None else _status(measure, times, part, attained, target, as_of=work.as_of),
        pace=None
        if target is None
        else pace_of(measure, days, attained, target, account=work.account, asked_on=work.asked_on(goal.zone)),
        unit=found.unit,
        currency=found.currency,
        frozen_at=freeze if freeze is not None and freeze <= min(work.as_of, work.known_at) else None,
        restated=(timely is not found and _differs(found, timely, measure.aggregate)),
    )


def _differs(found: Tally, timely: Tally, aggregate: Aggregate) -> bool:
    return (found.attained(aggregate), found.counted) != (timely.attained(aggregate), timely.counted)


def _attainment(measure: Measure, attained: Grains | None, target: int | None) -> Decimal | None:
    if attained is None or not target:
        return None
    if measure.direction is Direction.HIGHER:
        return _share(attained, target)
    return _share(target, attained) if attained else None


def _share(part: Grains, whole: Grains) -> Decimal:
    """Return a share to 34 digits, half even; but one that falls short of the whole is never rounded up to it."""
    rounded = amounts.quotient(part, whole)
    return _NEARLY if rounded == 1 and part < whole else rounded  # where it comes to 1, neither is below zero


def _status(
    measure: Measure, times: Timetable, part: int, attained: Grains | None, target: int, *, as_of: datetime
) -> Status | None:
    if as_of < times.starts[part]:
        return Status.PENDING
    has_ended = as_of >= times.ends[part]
    is_higher = measure.direction is Direction.HIGHER
    if not is_higher or target == 0:
        return _verdict(attained, target, is_higher=is_higher) if has_ended else Status.IN_PROGRESS
    if attained is not None and attained >= target:
        return Status.EXCEEDED if attained > target else Status.ACHIEVED
    return Status.MISSED if has_ended else Status.IN_PROGRESS


def _verdict(attained: Grains | None, target: int, *, is_higher: bool) -> Status | None:
    """Return the status of what is judged only at the end: lower-is-better, and any target of zero."""
    if attained is None:
        return None
    if attained == target:
        return Status.ACHIEVED
    return Status.EXCEEDED if (attained > target) is is_higher else Status.MISSED


def _total(block: Block, part: int, figures: Figures) -> Total:
    goal = block.goal
    is_addable = goal.measure.aggregate.is_addable
    targets = [(row.contributor.kind, target) for row in goal.assignments if (target := row.cells[part]) is not None]
    is_of_one_kind = len({kind for kind, _ in targets}) == 1
    target = amounts.total(target for _, target in targets) if is_addable and is_of_one_kind else None
    found = total_of(block, part, figures) if is_addable else None
    attained = None if found is None else found.attained(goal.measure.aggregate)
    return Total(
        goal_id=goal.id,
        slice=goal.slices.periods[part],
        target=target,
        attained=None if attained is None else amounts.from_grains(attained),
        attainment=_attainment(goal.measure, attained, None if target is None else amounts.grains(target)),
        remaining=None
        if attained is None or target is None
        else amounts.from_grains(amounts.grains(target) - attained),
        counted=None if found is None else found.counted,
        unit=goal.measure.unit,
        currency=goal.currency if goal.measure.is_money else None,
    )


def _unknown_contributors(work: Work) -> Iterator[Finding]:
    if work.roster is None:
        return
    known = {ContributorKind.USER: work.roster.user, ContributorKind.TEAM: work.roster.team}
    for goal in work.goals:
        unknown = [
            str(row.contributor)
            for row in goal.assignments
            if row.contributor.kind in known and known[row.contributor.kind](row.contributor.id) is None
        ]
        if unknown:
            yield Finding(
                kind=FindingKind.UNKNOWN_CONTRIBUTOR,
                goal_id=goal.id,
                slice=None,
                count=len(unknown),
                records=(),
                text=f"{goal.id}: contributors that the roster does not have: {', '.join(unknown[:10])}",
            )


def _as_row(progress: Progress) -> dict[str, str | int | bool | Decimal | date | datetime | None]:
    return {
        "goal_id": progress.goal_id,
        "goal_version": progress.goal_version,
        "contributor_kind": progress.contributor.kind.value,
        "contributor_id": progress.contributor.id,
        "first_day": progress.slice.start,
        "last_day": progress.slice.last_day,
        "target": progress.target,
        "attained": progress.attained,
        "attainment": progress.attainment,
        "remaining": progress.remaining,
        "counted": progress.counted,
        "status": None if progress.status is None else progress.status.value,
        "expected": None if progress.pace is None else progress.pace.expected,
        "pace": None if progress.pace is None or progress.pace.status is None else progress.pace.status.value,
        "unit": progress.unit,
        "currency": progress.currency,
        "frozen_at": progress.frozen_at,
        "restated": progress.restated,
    }


def _as_cells(progress: Progress) -> list[str]:
    shown = [
        display.amount(value, unit=progress.unit, currency=progress.currency)
        for value in (progress.target, progress.attained)
    ]
    return [
        progress.goal_id,
        str(progress.contributor),
        str(progress.slice),
        "no target" if progress.target is None else shown[0],
        shown[1],
        progress.percent(),
        (progress.status or "").replace("_", " "),
    ]
