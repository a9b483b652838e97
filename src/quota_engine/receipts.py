"""Receipts: every record behind one number, those that count and those that do not, each with the reason. Source: rule P10."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

from attrs import evolve, field, frozen

from quota_engine import _fields, amounts, display
from quota_engine._fields import FrozenMap
from quota_engine.accounts import Account
from quota_engine.contributors import Contributor, ContributorKind, Roster
from quota_engine.errors import NotFound, mistyped
from quota_engine.events import CrmEvent
from quota_engine.facts import Batch
from quota_engine.filing import tally
from quota_engine.fiscal import local_day
from quota_engine.goals import Goal
from quota_engine.histories import Histories, Key
from quota_engine.measures import Direction, Measure
from quota_engine.plans import Work, plan
from quota_engine.progress import Calculation, Progress
from quota_engine.rates import Rates
from quota_engine.splits import Splits
from quota_engine.verdicts import ORDER, Judge, LeftOut, Verdict

Records = Iterable[str | tuple[str, str]]

_MOST_ASKED: Final = 100_000
_MOST_PRINTED: Final = 100
_MOMENT: Final = "%Y-%m-%d %H:%M UTC"
_HEADER: Final = ("day", "record", "owner", "amount", "rate", "share", "credited", "notes")
_HEADER_LEFT_OUT: Final = ("day", "record", "owner", "amount", "reason", "notes")
WORDS: Final = {
    LeftOut.OWNER_INACTIVE: "recorded while its owner was inactive",
    LeftOut.LATE: "recorded too late: the slice was frozen",
    LeftOut.DELETED: "deleted",
    LeftOut.NO_DATE: "no date",
    LeftOut.OTHER_SLICE: "dated outside the slice",
    LeftOut.CONDITION: "fails a condition of the measure",
    LeftOut.OWNER: "credited to somebody else",
    LeftOut.TEAM: "its owner is not in the team",
    LeftOut.UNATTRIBUTED: "no owner, or one who is no user",
    LeftOut.PIPELINE: "in another pipeline",
    LeftOut.NO_VALUE: "no value",
    LeftOut.NO_RATE: "no exchange rate",
    LeftOut.OTHER_OBJECT: "not the kind of record that is measured",
    LeftOut.UNKNOWN_RECORD: "no such record is known",
}


class NoteKind(StrEnum):
    """What is to be said of a record beside its numbers, whether it counts or not.

    Attributes:
        DATED_AHEAD: its day is still to come; it counts already (rule M3).
        LATE_VERSION: a version that came at or after the freeze would make a difference, and is left out (rule P6).
        ABSENT_VERSION: the last version says something else, but was recorded in an absence, and is left out (rule P7).
        ALSO_COUNTED: it counts in other slices too, as it was moved out of one that had frozen (rule P6).
        CONVERTED: its amount was converted, at which rate and of which day (rule M4).
        UNREADABLE: a property that cannot be read, and what was expected.
    """

    DATED_AHEAD = "dated_ahead"
    LATE_VERSION = "late_version"
    ABSENT_VERSION = "absent_version"
    ALSO_COUNTED = "also_counted"
    CONVERTED = "converted"
    UNREADABLE = "unreadable"


@frozen
class Note:
    """One thing to be said of a record.

    Attributes:
        kind: what it is.
        text: the same for people to read, with its particulars.
    """

    kind: NoteKind
    text: str


@frozen(kw_only=True)
class Line:
    """One record on a receipt, as the row sees it.

    Of a deleted record the fields are those before its deletion, and of one that came too late those it would count with.

    Attributes:
        object: the kind of record.
        record_id: the host's id.
        recorded_at: when the version that holds was recorded; None for a record that is not known.
        owner_id: its owner, None for nobody.
        pipeline_id: its pipeline, None for none.
        day: on which it counts, in the goal's zone; None where it has no date that can be read.
        amount: its value in its own currency; None in counts, and where there is none, or none that can be read.
        currency: of the amount; None unless the measure is in money.
        rate: how many units of the goal's currency one unit of its own is; None where none was needed, or it does not count.
        share: the part of it that the row gets; None where it does not count.
        credited: what it adds, exactly: share x rate x amount; one in a count, and zero where it does not count or has no amount.
        reason: why it does not count; None where it does.
        notes: what else there is to say.
    """

    object: str
    record_id: str
    recorded_at: datetime | None
    owner_id: str | None
    pipeline_id: str | None
    day: date | None
    amount: Decimal | None
    currency: str | None
    rate: Fraction | None
    share: Decimal | None
    credited: Fraction
    reason: LeftOut | None
    notes: tuple[Note, ...]


@frozen(kw_only=True)
class Explanation:
    """The receipt of one number: a row of a goal in one slice. Made by `explain`.

    Attributes:
        progress: the number, as `calculate` gives it.
        counted: the records that count, by day and id. What they are credited adds up to what is attained, in sums and counts.
        not_counted: those that would count but for one test, by reason, day and id; and any others that were asked for.
        measure: what counts.
        as_of: the moment asked about.
        known_at: what was recorded later does not exist for it.
        others: the first reason of each other record that is known, by its object and id; so that `compare` can tell a record
            that is new from one that has changed.
        is_veiled: whether records, and the owners of some that count, are left out, as whoever asks may not see their rows.
    """

    progress: Progress
    counted: tuple[Line, ...]
    not_counted: tuple[Line, ...]
    measure: Measure
    as_of: datetime
    known_at: datetime
    others: FrozenMap[Key, LeftOut] = field(repr=False)
    is_veiled: bool = field(default=False, repr=False)

    def rows(self) -> list[dict[str, str | Decimal | date | datetime | None]]:
        """Return a flat plain dict per record, those that count first: rates and credit to 34 digits, notes as one text."""
        return [_as_row(self.progress, line) for line in (*self.counted, *self.not_counted)]

    def text(self) -> str:
        """Return the receipt for people: the number, what counts and what does not, the first 100 of each."""
        parts = [f"{self._headline()}\n{self._whose()}", self._counted_text()]
        if self.not_counted:
            parts.append(self._not_counted_text())
        return "\n\n".join(parts)

    def __str__(self) -> str:
        """Return the receipt as text."""
        return self.text()

    def _amount(self, value: Decimal | None) -> str:
        return display.amount(value, unit=self.progress.unit, currency=self.progress.currency)

    def _headline(self) -> str:
        progress = self.progress
        unit = "" if progress.unit == "count" else f" {progress.currency or progress.unit}"
        if progress.target is None:
            return f"{self._amount(progress.attained)}{unit}, no target"
        lower = ", lower is better" if self.measure.direction is Direction.LOWER else ""
        return (
            f"{progress.percent()} = {self._amount(progress.attained)} of {self._amount(progress.target)}{unit}{lower}"
        )

    def _whose(self) -> str:
        progress = self.progress
        known = "" if self.known_at == self.as_of else f", as known at {self.known_at:{_MOMENT}}"
        what = f"{self.measure.name}, {progress.contributor}, {progress.slice}, goal {progress.goal_id}"
        return f"{what}, as of {self.as_of:{_MOMENT}}{known}"

    def _counted_text(self) -> str:
        if not self.counted:
            return "No record counts."
        title = "1 record counts:" if len(self.counted) == 1 else f"{len(self.counted)} records count:"
        rows = [
            (
                "" if line.day is None else str(line.day),
                line.record_id,
                line.owner_id or "",
                _own_amount(line, self.progress.unit),
                "" if line.rate is None else _number(line.rate),
                f"{_number(Fraction(line.share or 0) * 100)} %",
                self._amount(amounts.from_fraction(line.credited)),
                _said(line.notes),
            )
            for line in self.counted[:_MOST_PRINTED]
        ]
        return "\n".join([title, display.table(_HEADER, rows, right=frozenset({3, 4, 5, 6})), *_more(self.counted)])

    def _not_counted_text(self) -> str:
        count = len(self.not_counted)
        title = "1 record does not count:" if count == 1 else f"{count} records do not count:"
        rows = [
            (
                "" if line.day is None else str(line.day),
                line.record_id,
                line.owner_id or "",
                _own_amount(line, self.progress.unit),
                "" if line.reason is None else WORDS[line.reason],
                _said(line.notes),
            )
            for line in self.not_counted[:_MOST_PRINTED]
        ]
        return "\n".join([title, display.table(_HEADER_LEFT_OUT, rows, right=frozenset({3})), *_more(self.not_counted)])


def _number(value: Fraction) -> str:
    return display.amount(amounts.from_fraction(value), unit="", currency=None)


def _own_amount(line: Line, unit: str) -> str:
    if line.amount is None:
        return ""
    shown = display.amount(line.amount, unit=unit, currency=line.currency)
    return f"{shown} {line.currency}" if line.currency else shown


def _said(notes: Iterable[Note]) -> str:
    return "; ".join(note.text for note in notes)


def _more(lines: Sequence[Line]) -> list[str]:
    return [f"... and {len(lines) - _MOST_PRINTED} more"] if len(lines) > _MOST_PRINTED else []


def _as_row(progress: Progress, line: Line) -> dict[str, str | Decimal | date | datetime | None]:
    return {
        "goal_id": progress.goal_id,
        "contributor_kind": progress.contributor.kind.value,
        "contributor_id": progress.contributor.id,
        "first_day": progress.slice.start,
        "last_day": progress.slice.last_day,
        "row": "counted" if line.reason is None else "not_counted",
        "object": line.object,
        "record_id": line.record_id,
        "recorded_at": line.recorded_at,
        "owner_id": line.owner_id,
        "pipeline_id": line.pipeline_id,
        "day": line.day,
        "amount": line.amount,
        "currency": line.currency,
        "rate": None if line.rate is None else amounts.from_fraction(line.rate),
        "share": line.share,
        "credited": amounts.from_fraction(line.credited),
        "reason": None if line.reason is None else line.reason.value,
        "notes": _said(line.notes),
    }


def explain(
    goal: Goal,
    contributor: Contributor,
    *,
    on: date,
    events: Iterable[CrmEvent | Batch],
    account: Account,
    as_of: datetime,
    roster: Roster | None = None,
    known_at: datetime | None = None,
    rates: Rates | None = None,
    splits: Splits | None = None,
    records: Records = (),
) -> Explanation:
    """Explain the number of one row of a goal in the slice that holds a day, by every record behind it (rule P10).

    The events are passed over once. The other arguments are those of `calculate`.

    Args:
        goal: the goal; its other rows do not matter.
        contributor: whose row it is.
        on: a day of the slice.
        events: as `calculate` takes them, but no tallies: these have forgotten their records.
        account: the account of the goal.
        as_of: the moment asked about.
        roster: who belongs where.
        known_at: what was recorded later than this does not exist.
        rates: exchange rates.
        splits: records of which several users get a share.
        records: records to be listed whatever they fail, as ids, or as pairs of an object and an id.

    Raises:
        InvalidType, InvalidValue: an argument that does not fit; among the events the index is named.
        NotFound: the goal has no such row, or no slice that holds the day.
        MissingRate: records of this row in open slices without a rate, unless the rates say to leave them out.
    """
    _fields.instance_of(Goal, "a Goal")(goal, "goal")
    row = goal.row(contributor)
    number = goal.slices.index(_fields.calendar_day(on, "on"))
    if number is None:
        raise NotFound(f"on: not found in the slices of goal {goal.id}: {on}", field="on", value=str(on))
    asked = _as_keys(records, goal.measure.object)
    if isinstance(events, (str, bytes)) or not isinstance(events, Iterable):
        raise mistyped("events", events, "an iterable of CrmEvent")
    work = plan(
        [evolve(goal, assignments=[row])],
        account=account,
        as_of=as_of,
        known_at=known_at,
        roster=roster,
        rates=rates,
        splits=splits,
    )
    kept = _Kept(work)
    tallies = tally(work, kept.passing(events))
    figures, notes = tallies.settled()
    result = Calculation(work.goals, work.as_of, work.known_at, work, figures, notes)
    judge = Judge.of(work, number)
    lines: list[Line] = []
    others: dict[Key, LeftOut] = {}
    for versions, undeleted in kept.histories(tallies.histories):
        verdict = judge.verdict(versions, undeleted)
        key = (verdict.event.object, verdict.event.record_id)
        if len(verdict.failed) > 1 and key not in asked:
            others[key] = verdict.failed[0]
        else:
            asked.pop(key, None)
            lines.append(_as_line(verdict, work))
    lines.extend(_unknown(key, goal.measure.object) for key in asked)
    return Explanation(
        progress=result.of(goal.id, contributor, on=on),
        counted=tuple(sorted((line for line in lines if line.reason is None), key=_by_day)),
        not_counted=tuple(sorted((line for line in lines if line.reason is not None), key=_by_reason)),
        measure=goal.measure,
        as_of=work.as_of,
        known_at=work.known_at,
        others=FrozenMap(others),
    )


def _as_keys(records: Records, object_: str) -> dict[Key, None]:
    """Return the records asked for as pairs of an object and an id, each once, in order."""
    found: dict[Key, None] = {}
    for index, given in enumerate(_fields.items(records, "records", object, "records", most=_MOST_ASKED)):
        path = f"records[{index}]"
        expected = "a record's id, or a pair of an object and an id"
        kind, record_id = (object_, given) if isinstance(given, str) else _fields.pair(given, path, expected)
        found[_fields.identifier(kind, path), _fields.identifier(record_id, path)] = None
    return found


class _Kept:
    """What a pass over the events has to keep for a receipt, beside what is tallied."""

    def __init__(self, work: Work) -> None:
        """Begin with nothing."""
        self._work = work
        self._undeleted = Histories(work.cuts, work.roster)
        self._batches: list[Batch] = []

    def passing(self, events: Iterable[CrmEvent | Batch]) -> Iterator[CrmEvent | Batch]:
        """Pass the events on, one by one, and keep what is needed."""
        wanted, known_at = self._work.goals[0].measure.object, self._work.known_at
        for item in events:
            if isinstance(item, CrmEvent):
                if not item.deleted and item.object == wanted and item.recorded_at <= known_at:
                    self._undeleted.add(item)
            elif isinstance(item, Batch) and item.object == wanted:
                self._batches.append(item)
            yield item

    def histories(self, histories: Histories) -> Iterator[tuple[Sequence[CrmEvent], Sequence[CrmEvent]]]:
        """Yield the versions of each record that can hold, and those that could if it had never been deleted."""
        for versions in histories:
            last = versions[-1]
            yield versions, self._undeleted.of((last.object, last.record_id))
        work, lens = self._work, self._work.lenses[0]
        for batch in self._batches:
            facts = batch.facts(
                lens.measure,
                lens.currency,
                home_currency=work.account.currency,
                known_at=work.known_at,
                zone=work.account.calendar.zone,
            )
            for event in map(facts.event, range(len(facts.record_ids))):
                if event.recorded_at <= work.known_at:
                    yield (event,), (event,)


def _as_line(verdict: Verdict, work: Work) -> Line:
    event, content = verdict.event, verdict.content
    share, credited = verdict.share, verdict.credited
    return Line(
        object=event.object,
        record_id=event.record_id,
        recorded_at=event.recorded_at,
        owner_id=content.owner_id,
        pipeline_id=content.pipeline_id,
        day=verdict.day,
        amount=verdict.amount,
        currency=verdict.currency,
        rate=verdict.rate,
        share=None if share is None else amounts.from_fraction(Fraction(share)),
        credited=Fraction(0) if credited is None else Fraction(credited, amounts.ONE),
        reason=verdict.failed[0] if verdict.failed else None,
        notes=tuple(_notes(verdict, work)),
    )


def _unknown(key: Key, object_: str) -> Line:
    return Line(
        object=key[0],
        record_id=key[1],
        recorded_at=None,
        owner_id=None,
        pipeline_id=None,
        day=None,
        amount=None,
        currency=None,
        rate=None,
        share=None,
        credited=Fraction(0),
        reason=LeftOut.UNKNOWN_RECORD if key[0] == object_ else LeftOut.OTHER_OBJECT,
        notes=(),
    )


def _notes(verdict: Verdict, work: Work) -> Iterator[Note]:
    today = local_day(work.as_of, work.goals[0].zone)
    if verdict.day is not None and verdict.day > today:
        yield Note(NoteKind.DATED_AHEAD, "dated ahead")
    if verdict.is_late_left_out:
        yield Note(NoteKind.LATE_VERSION, "a version that was recorded too late is left out")
    if verdict.is_absent_left_out:
        is_own = work.goals[0].assignments[0].contributor.kind is ContributorKind.USER
        whose = "the user" if is_own else "its owner"
        yield Note(NoteKind.ABSENT_VERSION, f"a version that was recorded while {whose} was inactive is left out")
    if verdict.also:
        yield Note(NoteKind.ALSO_COUNTED, f"counts also in {', '.join(map(str, verdict.also))}")
    if verdict.rate is not None and verdict.day is not None:
        on = min(verdict.day, today)
        yield Note(NoteKind.CONVERTED, f"converted at {_number(verdict.rate)}, the rate of {on}")
    if verdict.unreadable is not None:
        yield Note(NoteKind.UNREADABLE, f"{verdict.unreadable.property} cannot be read: {verdict.unreadable.reason}")


def _by_day(line: Line) -> tuple[date, str, str]:
    return (line.day or date.max, line.object, line.record_id)


def _by_reason(line: Line) -> tuple[int, date, str, str]:
    return (ORDER[line.reason or LeftOut.UNKNOWN_RECORD], *_by_day(line))
