"""Holdings: which version of a record each row holds in a slice, and which share of it. Sources: rules C5, P1, P6 and P7.

Rows may hold different versions: a user's row takes those recorded while the user was active, the other rows those recorded while
the owner was. A split gives rows of users a share, whoever owns the record.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from attrs import frozen

from quota_engine import _fields
from quota_engine.amounts import Grains
from quota_engine.attribution import is_within
from quota_engine.events import CrmEvent
from quota_engine.lanes import FOREVER, Cells, Lane, Row
from quota_engine.measures import Aggregate, Fact
from quota_engine.plans import Group, Lens
from quota_engine.splits import Split

Times = tuple[tuple[datetime, datetime | None], ...]


@frozen
class Record:
    """One record as a measure sees it: its versions in the order in which they hold, and what each is worth."""

    lens: Lens
    versions: Sequence[CrmEvent]
    facts: Sequence[Fact | None]

    @property
    def last(self) -> int:
        """The place of the version that holds now."""
        return len(self.versions) - 1

    @property
    def is_split(self) -> bool:
        """Whether it has splits, recorded at whatever time."""
        return self.versions[-1].record_id in self.lens.split_ids

    def recorded(self, number: int) -> int:
        """Return when a version was recorded, in microseconds; forever for the one behind the last."""
        return _fields.microseconds(self.versions[number].recorded_at) if number <= self.last else FOREVER

    def landing(self, group: Group, number: int, fact: Fact) -> tuple[Lane, int]:
        """Return the lane of a version, and the place in it for what dates the version."""
        event = self.versions[number]
        lane = group.lane(event.owner_id, event.pipeline_id)
        return lane, lane.place(fact.when)

    def part(self, group: Group, number: int) -> int:
        """Return the number of the slice of a group that a version is dated in; -1 for none."""
        fact = self.facts[number]
        if fact is None:
            return -1
        lane, place = self.landing(group, number, fact)
        return lane.parts[place]


@frozen(kw_only=True)
class Holding:
    """The version that some rows hold in a slice, dated in that slice.

    Attributes:
        version: its place among the record's versions.
        fact: what it is worth.
        rows: those that count it.
        share: the part of its amount that they count; 1 but for sums under a split.
        freeze: from when on, in microseconds, nothing recorded counts any more.
        marks: one cell of each goal that could have counted the record if it had an owner or a share of somebody.
        is_own: whether the rows are one user's own.
    """

    version: int
    fact: Fact
    rows: Sequence[Row]
    share: Grains
    freeze: int
    marks: Cells
    is_own: bool


@frozen
class RecordInSlice:
    """One record as the rows of a group see it in one slice.

    Attributes:
        record: with all versions that can hold.
        group: the goals whose rows look.
        number: of the slice.
        in_time: the places of the versions that were recorded in time.
    """

    record: Record
    group: Group
    number: int
    in_time: Sequence[int]

    @property
    def shared(self) -> list[int]:
        """The versions that rows of teams, pipelines and the account take: none of an owner who was away, but any deletion."""
        return [
            place
            for place in self.in_time
            if (event := self.record.versions[place]).deleted
            or event.owner_id is None
            or not is_within(event.recorded_at, self._away(event.owner_id))
        ]

    @property
    def splits(self) -> Sequence[Split]:
        """The splits of the record that the slice may know, in the order of their recording."""
        event = self.record.versions[-1]
        return self.group.attribution.splits_of(self.group.times, self.number, event.object, event.record_id)

    def own(self, user: str) -> list[int]:
        """Return the versions that a user's own rows take: those recorded while the user was active (rule P7)."""
        away = self._away(user)
        return [place for place in self.in_time if not is_within(self.record.versions[place].recorded_at, away)]

    def credit(self, user: str, owner_id: str | None, splits: Sequence[Split]) -> Decimal:
        """Return a user's share in a record of an owner, by the last of some splits recorded while the user was active."""
        away = self._away(user)
        return _credit([split for split in splits if _is_taken(split, away)], user, owner_id)

    def holdings(self) -> Iterator[Holding]:
        """Yield what the rows hold: those that are no user's together, then each user's own."""
        splits = self.splits
        named = frozenset(user for split in splits for user in split.users)
        shared = self.shared
        if shared and (fact := self._fact(shared[-1])) is not None:
            lane, place = self.record.landing(self.group, shared[-1], fact)
            is_named = any(self.group.attribution.knows(user) for user in named)
            yield Holding(
                version=shared[-1],
                fact=fact,
                rows=lane.shared[place],
                share=1,
                freeze=lane.freezes[place],
                marks=() if is_named else lane.marks[place],
                is_own=False,
            )
        owners = (version.owner_id for version in self.record.versions)
        for user in dict.fromkeys((*(owner for owner in owners if owner is not None), *sorted(named))):
            found = self._own(user, splits)
            if found is not None:
                yield found

    def _own(self, user: str, splits: Sequence[Split]) -> Holding | None:
        """Return what a user's own rows hold, by the versions and splits recorded while the user was active (rule P7)."""
        own = self.own(user)
        fact = self._fact(own[-1]) if own else None
        if fact is None:
            return None
        event = self.record.versions[own[-1]]
        credit = self.credit(user, event.owner_id, splits)
        if not credit:
            return None
        lane = self.group.lane(user, event.pipeline_id)
        is_divided = credit != 1 and self.record.lens.measure.aggregate is Aggregate.SUM
        return Holding(
            version=own[-1],
            fact=fact,
            rows=lane.own,
            share=Fraction(credit) if is_divided else 1,
            freeze=lane.freezes[lane.place(fact.when)],
            marks=(),
            is_own=True,
        )

    def _fact(self, place: int) -> Fact | None:
        """Return what a version is worth; None where it counts in another slice or in none."""
        return self.record.facts[place] if self.record.part(self.group, place) == self.number else None

    def _away(self, user: str) -> Times:
        return self.group.attribution.inactive(self.group.times, self.number, user)


def _is_taken(split: Split, away: Times) -> bool:
    return split.recorded_at is None or not is_within(split.recorded_at, away)


def _credit(splits: Sequence[Split], user: str, owner_id: str | None) -> Decimal:
    """Return a user's share by the last of some splits; without any the owner gets all."""
    return splits[-1].credit(user, owner_id) if splits else Decimal(user == owner_id)
