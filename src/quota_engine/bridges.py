"""Bridges: what moved a figure between two results, or between two receipts of it, adding up exactly. Source: rule P10."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final, overload

from attrs import fields, frozen

from quota_engine import amounts, display
from quota_engine.errors import InvalidValue, mistyped, shown
from quota_engine.histories import Key
from quota_engine.progress import Calculation, Progress
from quota_engine.receipts import Explanation, Line
from quota_engine.verdicts import LeftOut


class Cause(StrEnum):
    """What moved a figure; `hidden` where a receipt does not show whoever asked why a record does not count."""

    TARGET = "target"
    NEW = "new"
    WON = "won"
    LOST = "lost"
    CORRECTED = "corrected"
    REASSIGNED = "reassigned"
    DELETED = "deleted"
    RESTORED = "restored"
    RATE = "rate"
    MEMBERSHIP = "membership"
    LATE = "late"
    HIDDEN = "hidden"


_ORDER: Final = {cause: place for place, cause in enumerate(Cause)}
_WORDS: Final = {
    Cause.TARGET: "the target was changed",
    Cause.NEW: "new",
    Cause.WON: "meets the conditions now",
    Cause.LOST: "meets the conditions no more",
    Cause.CORRECTED: "corrected",
    Cause.REASSIGNED: "credited otherwise",
    Cause.DELETED: "deleted",
    Cause.RESTORED: "no longer deleted",
    Cause.RATE: "exchange rate",
    Cause.MEMBERSHIP: "people moved",
    Cause.LATE: "in time for one, too late for the other",
    Cause.HIDDEN: "counts otherwise, for a reason that is not shown",
}
# What it means that a record comes to count, or no longer counts, by the reason for which it does not; the rest is the owner's.
_COMING: Final = {
    LeftOut.OWNER_INACTIVE: Cause.MEMBERSHIP,
    LeftOut.LATE: Cause.LATE,
    LeftOut.DELETED: Cause.RESTORED,
    LeftOut.NO_DATE: Cause.CORRECTED,
    LeftOut.OTHER_SLICE: Cause.CORRECTED,
    LeftOut.CONDITION: Cause.WON,
    LeftOut.OWNER: Cause.REASSIGNED,
    LeftOut.PIPELINE: Cause.REASSIGNED,
    LeftOut.NO_VALUE: Cause.CORRECTED,
    LeftOut.NO_RATE: Cause.RATE,
    LeftOut.UNKNOWN_RECORD: Cause.NEW,
}
_GOING: Final = {
    **_COMING,
    LeftOut.DELETED: Cause.DELETED,
    LeftOut.CONDITION: Cause.LOST,
    LeftOut.UNKNOWN_RECORD: Cause.DELETED,
}
# What it means that the line of a record that counts has changed, by what has: the first that fits.
_CHANGES: Final = (
    (Cause.CORRECTED, ("amount", "currency", "day")),
    (Cause.REASSIGNED, ("share",)),
    (Cause.RATE, ("rate",)),
    (Cause.REASSIGNED, ("owner_id", "pipeline_id")),
)
_NOT_COMPARED: Final = frozenset({"recorded_at", "notes"})
_TOLD: Final = frozenset(
    {"amount", "attained", "counted", "currency", "day", "owner_id", "pipeline_id", "rate", "share", "status", "target"}
)


@frozen(kw_only=True)
class Moved:
    """One step of a bridge: a record, a cell or the target, before and after. As text it is a line for people.

    Attributes:
        before: the line or the cell as it was; None where there was none, and for a record that failed several tests.
        after: the same as it is.
        cause: what moved it; None for a cell whose figure moved, which two receipts of it explain.
        delta: what it adds to what is attained, exactly for records; for a cell the difference of its two figures. None for
            a record of an average, a minimum or a maximum, and for a cell that has no figure on a side or figures of two units.
        fields: the names of what differs, in the order of the fields; none where there is nothing on one side.
        unit: the measure's.
        currency: of the amounts; None unless the unit is money.
    """

    before: Line | Progress | None
    after: Line | Progress | None
    cause: Cause | None
    delta: Fraction | None
    fields: tuple[str, ...]
    unit: str
    currency: str | None

    def __str__(self) -> str:
        """Return a line for people: what it is, why it moved, by how much, and what differs."""
        words = [] if self.cause is None else [_WORDS[self.cause]]
        if self.delta:
            sign = "+" if self.delta > 0 else ""
            size = display.amount(amounts.from_fraction(self.delta), unit=self.unit, currency=self.currency)
            words.append(f"{sign}{size}" + ("" if self.unit == "count" else f" {self.currency or self.unit}"))
        words += [
            f"{name} {_said(getattr(self.before, name))} -> {_said(getattr(self.after, name))}"
            for name in self.fields
            if name in _TOLD
        ]
        return f"{_name(self.after or self.before)}: {', '.join(words) or 'no change in the figures'}"


def _name(what: Line | Progress | None) -> str:
    if isinstance(what, Progress):
        return f"{what.goal_id}, {what.contributor}, {what.slice}"
    return "" if what is None else f"{what.object} {what.record_id}"


def _said(value: object) -> str:
    if isinstance(value, Fraction):
        value = amounts.from_fraction(value)
    return "none" if value is None else f"{value:,f}" if isinstance(value, Decimal) else str(value)


@overload
def compare(before: Calculation, after: Calculation) -> tuple[Moved, ...]: ...
@overload
def compare(before: Explanation, after: Explanation) -> tuple[Moved, ...]: ...
def compare(before: Calculation | Explanation, after: Calculation | Explanation) -> tuple[Moved, ...]:
    """Say what moved between two results, cell by cell, or between two receipts of one cell, record by record.

    Cells that are equal are left out, and so are records that count alike or on neither side. Of two results the cells come in
    the order of the later one, then those that it lacks. Of two receipts a change of target comes first, then the records by
    cause and id; what they add is the difference of what is attained, exactly, in sums and counts.

    Raises:
        InvalidType: anything else, or one of each.
        InvalidValue: receipts of two cells, or of two ways to measure (code `other_cell`).
    """
    if isinstance(before, Calculation) and isinstance(after, Calculation):
        return tuple(_moved_cells(before, after))
    if isinstance(before, Explanation) and isinstance(after, Explanation):
        return _moved_records(before, after)
    for field, given in (("before", before), ("after", after)):
        if not isinstance(given, (Calculation, Explanation)):
            raise mistyped(field, given, "a Calculation or an Explanation")
    raise mistyped("after", after, f"another {type(before).__name__}")


def _differing(before: Line | Progress | None, after: Line | Progress | None) -> tuple[str, ...]:
    if before is None or after is None:
        return ()
    names = [attribute.name for attribute in fields(type(after)) if attribute.name not in _NOT_COMPARED]
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))


def _moved_cells(before: Calculation, after: Calculation) -> Iterator[Moved]:
    added = {goal.id for result in (before, after) for goal in result.goals if goal.measure.aggregate.is_addable}
    cells = {(cell.goal_id, cell.contributor, cell.slice): cell for cell in before}
    for cell in after:
        old = cells.pop((cell.goal_id, cell.contributor, cell.slice), None)
        if old != cell:
            yield _moved_cell(old, cell, is_added=cell.goal_id in added)
    for cell in cells.values():
        yield _moved_cell(cell, None, is_added=cell.goal_id in added)


def _moved_cell(before: Progress | None, after: Progress | None, *, is_added: bool) -> Moved:
    """Return the step of a cell; one that is not there counts as nothing in sums and counts."""
    there = [cell for cell in (before, after) if cell is not None]
    last = there[-1]
    nothing = Fraction(0) if is_added else None
    old, new = (nothing if cell is None else _exactly(cell.attained) for cell in (before, after))
    is_alike = len({(cell.unit, cell.currency) for cell in there}) == 1
    cause = Cause.NEW if before is None else Cause.DELETED if after is None else None
    if before is not None and after is not None and before.attained == after.attained:
        cause = Cause.TARGET if before.target != after.target else None
    return Moved(
        before=before,
        after=after,
        cause=cause,
        delta=None if old is None or new is None or not is_alike else new - old,
        fields=_differing(before, after),
        unit=last.unit,
        currency=last.currency,
    )


def _exactly(number: Decimal | None) -> Fraction | None:
    return None if number is None else Fraction(number)


def _moved_records(before: Explanation, after: Explanation) -> tuple[Moved, ...]:
    if _cell(before) != _cell(after):
        raise InvalidValue(
            f"after: expected a receipt of the same cell, measured alike, got {shown(after.progress.goal_id)}, "
            f"{after.progress.contributor}, {after.progress.slice}",
            code="other_cell",
            field="after",
            value=shown(after.progress.goal_id),
        )
    old, new = _lines(before), _lines(after)
    keys = dict.fromkeys(_key(line) for receipt in (before, after) for line in receipt.counted)
    found = [
        _moved_record(old.get(key), new.get(key), _unlisted(before, key), _unlisted(after, key), after)
        for key in sorted(keys)
    ]
    moved = sorted((each for each in found if each is not None), key=_by_cause)
    if before.progress.target != after.progress.target:
        moved.insert(0, _step(before.progress, after.progress, Cause.TARGET, Fraction(0), after))
    return tuple(moved)


def _cell(receipt: Explanation) -> tuple[object, ...]:
    progress, measure = receipt.progress, receipt.measure
    what = (measure.object, measure.aggregate, progress.unit, progress.currency)
    return (progress.goal_id, progress.contributor, progress.slice, *what)


def _key(line: Line) -> Key:
    return (line.object, line.record_id)


def _lines(receipt: Explanation) -> dict[Key, Line]:
    return {_key(line): line for line in (*receipt.counted, *receipt.not_counted)}


def _unlisted(receipt: Explanation, key: Key) -> LeftOut | None:
    """Return why a record that is not on a receipt does not count; None where the receipt does not show it."""
    return None if receipt.is_veiled else receipt.others.get(key, LeftOut.UNKNOWN_RECORD)


def _moved_record(
    before: Line | None, after: Line | None, old: LeftOut | None, new: LeftOut | None, receipt: Explanation
) -> Moved | None:
    """Return the step of a record that counts on one side at least; None where it counts alike on both."""
    cause = _cause(before, after, old, new)
    old_credit, new_credit = (Fraction(0) if line is None else line.credited for line in (before, after))
    return None if cause is None else _step(before, after, cause, new_credit - old_credit, receipt)


def _cause(before: Line | None, after: Line | None, old: LeftOut | None, new: LeftOut | None) -> Cause | None:
    """Return what moved a record, of which `old` and `new` say why it does not count where it is not on a receipt."""
    differing = frozenset(_differing(before, after))
    if before is not None and after is not None and before.reason is None and after.reason is None:
        return next((cause for cause, names in _CHANGES if not differing.isdisjoint(names)), None)
    is_coming = after is not None and after.reason is None
    line, unlisted = (before, old) if is_coming else (after, new)
    reason = unlisted if line is None else line.reason
    if reason is None:
        return Cause.HIDDEN
    if reason in {LeftOut.TEAM, LeftOut.UNATTRIBUTED}:
        is_of_the_same = line is not None and "owner_id" not in differing
        return Cause.MEMBERSHIP if is_of_the_same else Cause.REASSIGNED
    return (_COMING if is_coming else _GOING)[reason]


def _step(
    before: Line | Progress | None, after: Line | Progress | None, cause: Cause, delta: Fraction, receipt: Explanation
) -> Moved:
    is_added = receipt.measure.aggregate.is_addable
    return Moved(
        before=before,
        after=after,
        cause=cause,
        delta=delta if is_added else None,
        fields=("target",) if isinstance(after, Progress) else _differing(before, after),
        unit=receipt.progress.unit,
        currency=receipt.progress.currency,
    )


def _by_cause(moved: Moved) -> tuple[int, str]:
    return (_ORDER[moved.cause or Cause.TARGET], _name(moved.after or moved.before))
