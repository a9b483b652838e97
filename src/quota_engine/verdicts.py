"""Verdicts: why a record counts for one row in one slice, or why it does not. Sources: rules P10, P6, P7, C5, M3 and M4.

Whether it counts is what the holdings say, as when records are added up. Only of a record that does not count is it asked which
tests it fails, each test for itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

from attrs import evolve, frozen

from quota_engine import amounts
from quota_engine.amounts import Grains
from quota_engine.assignments import Assignment
from quota_engine.contributors import ContributorKind
from quota_engine.events import CrmEvent, is_set
from quota_engine.fiscal import local_day
from quota_engine.holdings import Holding, Record, RecordInSlice
from quota_engine.measures import A_DATE, Aggregate, Fact, Unreadable, read, read_when, valued
from quota_engine.periods import Period
from quota_engine.plans import Group, Lens, Work


class LeftOut(StrEnum):
    """Why a record does not count, in the order of rule P10: of several reasons the first is given."""

    OWNER_INACTIVE = "owner_inactive"
    LATE = "late"
    DELETED = "deleted"
    NO_DATE = "no_date"
    OTHER_SLICE = "other_slice"
    CONDITION = "condition"
    OWNER = "owner"
    TEAM = "team"
    UNATTRIBUTED = "unattributed"
    PIPELINE = "pipeline"
    NO_VALUE = "no_value"
    NO_RATE = "no_rate"
    OTHER_OBJECT = "other_object"
    UNKNOWN_RECORD = "unknown_record"


ORDER: Final = {reason: place for place, reason in enumerate(LeftOut)}


@frozen(kw_only=True)
class Verdict:
    """What a row makes of one record in one slice.

    Attributes:
        event: the version that holds; of a record that is late, the version that would.
        content: the version whose fields are shown: the same, but of a deleted record the one before its deletion.
        day: that dates it, in the goal's zone; None where it has none.
        amount: its value; None where it has none, or none that can be read.
        currency: of the amount; None unless the measure is in money.
        rate: at which the amount was converted; None where none was needed, and where it does not count.
        share: the part of the amount that the row gets; None where it does not count.
        credited: what it adds, in grains: share x rate x amount, or one in a count; None where it does not count.
        failed: the tests that it fails, in the order of rule P10; none where it counts.
        is_late_left_out: whether a version that came too late would make a difference.
        is_absent_left_out: whether the last version says something else, but was recorded in an absence that matters (rule P7).
        also: the other slices of the goal in which it counts for the row as well.
        unreadable: the first property that cannot be read.
    """

    event: CrmEvent
    content: CrmEvent
    day: date | None
    amount: Decimal | None
    currency: str | None
    rate: Fraction | None = None
    share: Grains | None = None
    credited: Grains | None = None
    failed: tuple[LeftOut, ...] = ()
    is_late_left_out: bool = False
    is_absent_left_out: bool = False
    also: tuple[Period, ...] = ()
    unreadable: Unreadable | None = None


@frozen
class _Outcome:
    """What a row holds of a record, and what it is credited: None where a rate is missing."""

    holding: Holding | None = None
    credited: Grains | None = None
    rate: Fraction | None = None

    def is_unlike(self, other: _Outcome) -> bool:
        """Whether the two make a difference to the figure."""
        return (self.holding is None, self.credited) != (other.holding is None, other.credited)


@frozen
class Judge:
    """One row in one slice, before which records are brought.

    Attributes:
        work: the goal with this row alone, compiled.
        lens: its measure.
        group: its timetable and credit.
        row: the row.
        number: of the slice.
    """

    work: Work
    lens: Lens
    group: Group
    row: Assignment
    number: int

    @classmethod
    def of(cls, work: Work, number: int) -> Judge:
        """Return the judge of the one row of a work's one goal in a slice."""
        goal, lens = work.goals[0], work.lenses[0]
        group = lens.group(work.blocks[0].times, goal.team_credit)
        return cls(work, lens, group, goal.assignments[0], number)

    def verdict(self, versions: Sequence[CrmEvent], undeleted: Sequence[CrmEvent]) -> Verdict:
        """Judge a record by the versions that can hold, and by those that could if it had never been deleted."""
        facts = [read(self.lens.measure, event) for event in versions]
        record = Record(self.lens, versions, [fact if isinstance(fact, Fact) else None for fact in facts])
        in_time, every = self._in_time(versions, self.number), range(len(versions))
        timely = self._outcome(record, self.number, in_time)
        final = timely if len(in_time) == len(every) else self._outcome(record, self.number, every)
        is_unlike = timely.is_unlike(final)
        if timely.holding is not None and timely.credited is not None:
            found = self._held(record, timely.holding)
            also = tuple(self._elsewhere(record)) if len(versions) > 1 else ()
            rate = timely.rate if found.currency not in {None, self.lens.currency} else None
            return evolve(
                found,
                rate=rate,
                share=timely.holding.share,
                credited=timely.credited,
                is_late_left_out=is_unlike,
                is_absent_left_out=self._is_passed_over(versions, in_time),
                also=also,
            )
        tried = self._tried(record, undeleted, in_time) if in_time else None
        is_inactive = tried is not None and tried.failed[0] is LeftOut.OWNER_INACTIVE
        if final.holding is not None and final.credited is not None and not is_inactive:
            return evolve(self._held(record, final.holding), failed=(LeftOut.LATE,))
        if tried is not None:
            is_passed_over = LeftOut.OWNER not in tried.failed and self._is_passed_over(versions, in_time)
            return evolve(tried, is_late_left_out=is_unlike, is_absent_left_out=is_passed_over)
        tried = self._tried(record, undeleted, every)
        return evolve(tried, failed=tuple(sorted((LeftOut.LATE, *tried.failed), key=ORDER.__getitem__)))

    def _in_time(self, versions: Sequence[CrmEvent], number: int) -> Sequence[int]:
        freeze = self.group.times.freezes[number]
        return [place for place, event in enumerate(versions) if freeze is None or event.recorded_at < freeze]

    def _outcome(self, record: Record, number: int, places: Sequence[int]) -> _Outcome:
        """Return what the row holds of a record by some of its versions; nothing where none of these is dated in the slice."""
        if all(record.part(self.group, place) != number for place in places):
            return _Outcome()
        seen = RecordInSlice(record, self.group, number, places)
        holding = next((found for found in seen.holdings() if found.rows), None)
        if holding is None:
            return _Outcome()
        if self.lens.measure.aggregate is Aggregate.COUNT:
            return _Outcome(holding, amounts.ONE)
        rate = self._rate(holding.fact, holding.fact.when)
        amount = 0 if holding.fact.amount is None else amounts.grains(holding.fact.amount)
        return _Outcome(holding, None if rate is None else amount * rate * holding.share, rate)

    def _elsewhere(self, record: Record) -> Iterator[Period]:
        """Yield the other slices in which the row counts a record: it was moved out of a frozen one (rule P6)."""
        for number in sorted({record.part(self.group, place) for place in range(len(record.versions))}):
            if number not in {-1, self.number}:
                found = self._outcome(record, number, self._in_time(record.versions, number))
                if found.credited is not None:
                    yield self.group.times.slices.periods[number]

    def _currency(self, fact: Fact) -> str | None:
        return (fact.currency or self.work.account.currency) if self.lens.measure.is_money else None

    def _rate(self, fact: Fact, when: date | datetime) -> Fraction | None:
        """Return the rate of a fact's amount, one where it needs none; None where there is none."""
        code = self._currency(fact)
        if code is None or code == self.lens.currency or fact.amount is None:
            return Fraction(1)
        return self.work.rate(code, self.lens.currency, when=when, zone=self.group.times.zone)

    def _day(self, when: date | datetime) -> date:
        return local_day(when, self.group.times.zone) if isinstance(when, datetime) else when

    def _held(self, record: Record, holding: Holding) -> Verdict:
        """Return what there is to say of a version that a row holds, beside what it is credited."""
        event, fact = record.versions[holding.version], holding.fact
        code = None if fact.amount is None else self._currency(fact)
        return Verdict(event=event, content=event, day=self._day(fact.when), amount=fact.amount, currency=code)

    def _tried(self, record: Record, undeleted: Sequence[CrmEvent], places: Sequence[int]) -> Verdict:
        """Return which tests a record fails by some of its versions, each test for itself."""
        event, is_taken = self._last(record.versions, places)
        content = event
        if event.deleted:
            until = record.versions[places[-1]].recorded_at
            before = [place for place, version in enumerate(undeleted) if version.recorded_at <= until]
            last, is_last_taken = self._last(undeleted, before) if before else (event, False)
            content = last if is_last_taken or not is_taken else event
        found = self._read(RecordInSlice(record, self.group, self.number, places), content)
        is_of_somebody_else = self._user is not None and not {LeftOut.OWNER, LeftOut.UNATTRIBUTED}.isdisjoint(
            found.failed
        )
        first = () if is_taken or is_of_somebody_else else (LeftOut.OWNER_INACTIVE,)
        second = (LeftOut.DELETED,) if event.deleted else ()
        return evolve(found, event=event, failed=(*first, *second, *found.failed))

    def _read(self, seen: RecordInSlice, event: CrmEvent) -> Verdict:
        """Return which tests the fields of a version fail, each test for itself."""
        measure, properties = self.lens.measure, event.properties
        given = properties.get(measure.dated_by)
        when = read_when(given) if is_set(given) else None
        day = None if when is None else self._day(when)
        is_here = day is not None and self.group.times.slices.index(day) == self.number
        answers = [condition.holds(properties.get(condition.property)) for condition in measure.where]
        worth = valued(measure, event, event.recorded_at if when is None else when)
        fact = worth if isinstance(worth, Fact) else None
        is_rated = fact is None or when is None or self._rate(fact, when) is not None
        failed = (
            LeftOut.NO_DATE if day is None else None if is_here else LeftOut.OTHER_SLICE,
            None if all(answer is True for answer in answers) else LeftOut.CONDITION,
            self._whose(seen, event, when if is_here else None),
            None if self.row.admits(event.pipeline_id) else LeftOut.PIPELINE,
            LeftOut.NO_VALUE if fact is None else None,
            None if is_rated else LeftOut.NO_RATE,
        )
        undated = Unreadable(measure.dated_by, A_DATE) if when is None and is_set(given) else None
        return Verdict(
            event=event,
            content=event,
            day=day,
            amount=None if fact is None else fact.amount,
            currency=None if fact is None or fact.amount is None else self._currency(fact),
            failed=tuple(reason for reason in failed if reason is not None),
            unreadable=next((each for each in (*answers, undated, worth) if isinstance(each, Unreadable)), None),
        )

    @property
    def _user(self) -> str | None:
        contributor = self.row.contributor
        return contributor.id if contributor.kind is ContributorKind.USER else None

    def _last(self, versions: Sequence[CrmEvent], places: Sequence[int]) -> tuple[CrmEvent, bool]:
        """Return the last of some versions that the row takes, and True; where it takes none, the last of them, and False."""
        seen = RecordInSlice(Record(self.lens, versions, ()), self.group, self.number, places)
        taken = seen.shared if self._user is None else seen.own(self._user)
        return versions[(taken or places)[-1]], bool(taken)

    def _is_passed_over(self, versions: Sequence[CrmEvent], places: Sequence[int]) -> bool:
        """Whether the row takes one of some versions, but not the last of them, which says something else."""
        held, is_taken = self._last(versions, places)
        last = versions[places[-1]]
        return is_taken and held is not last and (held.deleted, held.content()) != (last.deleted, last.content())

    def _whose(self, seen: RecordInSlice, event: CrmEvent, when: date | datetime | None) -> LeftOut | None:
        """Return why a version is not the row's by its owner; one without a day in the slice may be of any of its days."""
        attribution, user = self.group.attribution, self._user
        if user is not None:
            splits = seen.splits
            if attribution.knows(user) and seen.credit(user, event.owner_id, splits):
                return None
        elif self.row.contributor.kind is not ContributorKind.TEAM or self._is_in_team(event, when):
            return None
        named = (name for split in seen.splits for name in split.users)
        if attribution.knows(event.owner_id) or any(map(attribution.knows, named)):
            return LeftOut.TEAM if user is None else LeftOut.OWNER
        return LeftOut.UNATTRIBUTED

    def _is_in_team(self, event: CrmEvent, when: date | datetime | None) -> bool:
        admitted = event.pipeline_id if self.row.admits(event.pipeline_id) else (self.row.pipelines or (None,))[0]
        lane = self.group.lane(event.owner_id, admitted)
        places = (
            [place for place, part in enumerate(lane.parts) if part == self.number]
            if when is None
            else [lane.place(when)]
        )
        return any(lane.shared[place] for place in places)
