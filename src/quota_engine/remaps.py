"""A goal put on the slices of another calendar, when a company changes its year. Source: rule T6.

Nothing does this by itself: a goal keeps the slices it was planned with until somebody remaps it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from attrs import evolve, frozen

from quota_engine import _fields, amounts
from quota_engine.accounts import Closing
from quota_engine.assignments import Assignment
from quota_engine.contributors import Contributor
from quota_engine.durations import Cadence, Duration
from quota_engine.errors import InvalidValue, invalid
from quota_engine.fiscal import FiscalCalendar, resolve
from quota_engine.goals import Goal
from quota_engine.periods import Partition, Period


@frozen(kw_only=True)
class Move:
    """The part of an old target that went to a new slice.

    Attributes:
        contributor: whose row it is.
        before: the old slice.
        after: the new slice.
        days: how many days the two share.
        amount: what went, in the goal's currency or unit; of an average, a minimum or a maximum the level.
    """

    contributor: Contributor
    before: Period
    after: Period
    days: int
    amount: Decimal


@frozen
class Remap:
    """A goal on new slices, and the record of what went where.

    Attributes:
        goal: the new goal; of its old one it keeps all but calendar, duration, slices and targets.
        moves: by row, old slice and new slice; in sums and counts those of one old target sum to it, those into one new
            slice to its target.
    """

    goal: Goal
    moves: tuple[Move, ...]


def remap(
    goal: Goal, calendar: FiscalCalendar, *, duration: Duration | None = None, during: Period | None = None
) -> Remap:
    """Return a goal on the slices that a calendar has for it, each old target split by days so that not a cent is lost.

    An old target goes to the new slices that share days with its slice, in proportion to those days; the odd cents go as
    `amounts.split` says. Days that no new slice has, at the edges of a year that moved, carry nothing away. A new slice is
    locked when it shares days with a locked one, and has no target when nothing came.

    The target of an average, a minimum or a maximum is a level: it goes whole to each of these slices. A slice that shares days
    with others that kept a closing rule of their own (see `reclose`) keeps the one of the last of them.

    Args:
        goal: what to remap; it stays as it is.
        calendar: the new calendar.
        duration: another duration, such as a year of another name; the goal's own by default.
        during: instead of a duration, the days to cut: `goal.slices.span` keeps the goal's days, and cuts them anew.

    Raises:
        InvalidValue: an old slice with a target shares no day with any new one (code `outside`), so that the target would be
            lost: choose a `duration` that reaches it, or `during`; or a new slice shares days with old ones of different
            levels (code `differing`).
    """
    _fields.instance_of(Goal, "a Goal")(goal, "goal")
    _fields.instance_of(FiscalCalendar, "a FiscalCalendar")(calendar, "calendar")
    if duration is not None and during is not None:
        raise InvalidValue("during: expected a duration or days, not both", code="required", field="during")
    lasting = goal.duration if duration is None else duration
    slices = resolve(lasting, calendar) if during is None else _cut(during, lasting, calendar)
    shared = [tuple(_shared(before, slices)) for before in goal.slices]
    moves: list[Move] = []
    rows: list[Assignment] = []
    for row in goal.assignments:
        came = tuple(_moves(goal, row, shared, slices))
        moves += came
        rows.append(_moved(goal, row, slices, came))
    closing = evolve(goal.closing, kept=dict(_kept(goal, slices)))
    remapped = evolve(goal, calendar=calendar, duration=lasting, slices=slices, closing=closing, assignments=rows)
    return Remap(remapped, tuple(moves))


def _kept(goal: Goal, slices: Partition) -> Iterator[tuple[Period, Closing]]:
    """Yield the new slices that keep a rule of their own, as old ones of which they have days did."""
    for after in slices:
        rules = [
            goal.closing.kept[before]
            for before in goal.slices
            if before in goal.closing.kept and before.overlaps(after)
        ]
        if rules:
            yield after, rules[-1]


def _cut(during: Period, duration: Duration, calendar: FiscalCalendar) -> Partition:
    _fields.instance_of(Period, "a Period")(during, "during")
    if duration.cadence is Cadence.CUSTOM:
        return Partition((during,))
    return calendar.split(during, duration.cadence, aligned=duration.aligned)


def _shared(before: Period, slices: Partition) -> Iterator[tuple[Period, int]]:
    for after in slices:
        days = before.intersection(after)
        if days is not None:
            yield after, days.days


def _moves(
    goal: Goal, row: Assignment, shared: Sequence[Sequence[tuple[Period, int]]], slices: Partition
) -> Iterator[Move]:
    places = amounts.minor_units(goal.currency) if goal.measure.is_money else 0
    for before, target, to in zip(goal.slices, row.cells, shared, strict=True):
        if target is None:
            continue
        if not to:
            expected = f"new slices that reach the old slice {before}, in which {row.contributor} has a target"
            raise invalid("slices", str(slices.span), expected, code="outside")
        parts: Sequence[Decimal] = [target] * len(to)
        if goal.measure.aggregate.is_addable:
            parts = amounts.split(target, [Decimal(days) for _, days in to], places=places)
        for (after, days), amount in zip(to, parts, strict=True):
            yield Move(contributor=row.contributor, before=before, after=after, days=days, amount=amount)


def _moved(goal: Goal, row: Assignment, slices: Partition, came: Iterable[Move]) -> Assignment:
    into: dict[Period, list[Decimal]] = {}
    for move in came:
        into.setdefault(move.after, []).append(move.amount)
    if not goal.measure.aggregate.is_addable:
        for part, levels in into.items():
            if len(set(levels)) > 1:
                expected = (
                    f"days of one level in each new slice: those of an {goal.measure.aggregate.value} do not add up"
                )
                raise invalid("slices", str(part), expected, code="differing")
        into = {part: levels[:1] for part, levels in into.items()}
    targets = [amounts.total(into[part]) if part in into else None for part in slices]
    locked = [part for part in slices if any(part.overlaps(before) for before in row.locked)]
    return evolve(row, targets=targets, locked=locked)
