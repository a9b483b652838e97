"""Moving a ledger on: to a later moment, with records, people, rates and goals that have changed meanwhile. Source: rule P9."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Final, TypeAlias

from attrs import evolve, frozen

from quota_engine.assignments import Members
from quota_engine.attribution import turned, turned_today
from quota_engine.contributors import Roster
from quota_engine.filing import refuse_unrated
from quota_engine.fiscal import local_day
from quota_engine.goals import Goal
from quota_engine.periods import Period
from quota_engine.plans import Work, plan
from quota_engine.splits import Splits
from quota_engine.tracking.codec import Version
from quota_engine.tracking.heads import Basis
from quota_engine.tracking.ledgers import SETTLING, Ledger, has_same_cells, shape
from quota_engine.tracking.records import Record, Records, known

Versions: TypeAlias = Sequence[Version]

_DAY: Final = timedelta(days=1)
_AT_ONCE: Final = 1_000


def planned(goals: Iterable[Goal], basis: Basis, as_of: datetime) -> Work:
    """Return goals compiled for a moment."""
    return plan(goals, account=basis.account, as_of=as_of, roster=basis.roster, rates=basis.rates, splits=basis.splits)


@frozen
class Move:
    """A move of a ledger to a moment.

    Attributes:
        records: where all records are.
        basis: what figures depend on now, beside goals and records.
        goals: as they are now.
        as_of: the moment, not before the ledger's.
    """

    records: Records
    basis: Basis
    goals: tuple[Goal, ...]
    as_of: datetime

    def counted(self) -> Ledger:
        """Return the ledger, counted from all records."""
        ledger = Ledger.empty(planned(self.goals, self.basis, self.as_of))
        ledger.touched, ledger.is_counted = set(range(ledger.work.size)), True
        for kind in sorted({goal.measure.object for goal in self.goals}):
            records = self.records.all_of(kind)
            while some := list(islice(records, _AT_ONCE)):
                ledger.count(kind, some)
        return self._sound(ledger)

    def moved(
        self,
        ledger: Ledger,
        before: Mapping[Record, Versions],
        due: Collection[Record],
        after: Mapping[Record, Versions],
    ) -> Ledger:
        """Return the ledger moved on; the one that is given is spent.

        Args:
            ledger: as of an earlier moment.
            before: the records of which there are other versions now, with those there were.
            due: records of which something that was recorded before, or dated ahead, has its time now.
            after: the versions there are now, as far as they are at hand.
        """
        old = ledger.work
        basis = evolve(self.basis, account=old.account, roster=old.roster, rates=old.rates, splits=old.splits)
        people = self._people(old, basis)
        is_same = basis.equals(self.basis)
        if people is None or not (is_same or basis.account == self.basis.account):
            return self.counted()
        split = _split_otherwise(old.splits, self.basis.splits, (old.as_of, self.as_of))
        if is_same and not people and not split:
            ledger.work = old.advanced(self.as_of)
        else:
            ledger.work = planned(old.goals, self.basis, self.as_of)
            if not has_same_cells(ledger.work, old):
                return self.counted()
        others = {*due, *split, *(record for user in people for record in self.records.owned_by(user))}
        others |= set(_shared_by(old.splits, people))
        kinds = {lens.measure.object for lens in old.lenses}
        touched = {record for record in (*before, *others) if record[0] in kinds}
        found = chain(
            ((record, after[record]) for record in touched if record in after),
            self.records.some([record for record in touched if record not in after]),
        )
        for record, versions in found:
            ledger.replace(record, known(before.get(record, versions), old.as_of), old, versions)
        anew = {goal.id for goal in old.goals if goal.measure.is_money} if self._are_rates_other(old) else set[str]()
        moved = self._with_goals(ledger, anew | ledger.worn)
        if not is_same or moved.work.freezes != old.freezes:
            for record, versions in self.records.some(moved.contradicted()):
                moved.reconsider(record, versions)
        return self._sound(moved)

    def _are_rates_other(self, old: Work) -> bool:
        """Whether some rate is another than it was for days on which records were settled; see `ledgers.SETTLING`."""
        before, after = old.rates, self.basis.rates
        if before is None or after is None or (before.base, before.missing) != (after.base, after.missing):
            return before is not after
        # Where zones are at different days, the last one that is settled in any of them.
        settled = max((old.asked_on(goal.zone) for goal in old.goals), default=None)
        return settled is not None and any(
            before.entries.get(key) != after.entries.get(key) and key[1] <= settled - SETTLING
            for key in {*before.entries, *after.entries}
        )

    def _people(self, old: Work, basis: Basis) -> frozenset[str] | None:
        """Return the users whose records may count otherwise now; None for everybody."""
        before, after = basis.roster, self.basis.roster
        if before is None or after is None:  # where there is no roster there never was one
            return frozenset()
        if _tree(before) != _tree(after):
            return None
        people = turned(before, after, (old.as_of, self.as_of))
        for lens in old.lenses:
            for times, credit, _ in lens.groups:
                if credit.members is Members.CURRENT:
                    first, last = (local_day(moment, times.zone) for moment in (old.as_of, self.as_of))
                    if first < last:
                        people |= turned_today(after, Period(first + _DAY, last + _DAY))
        return people

    def _with_goals(self, ledger: Ledger, anew: Collection[str]) -> Ledger:
        """Return the ledger with the goals as they are now; those that count otherwise, and some, are counted anew."""
        old = ledger.work
        if old.goals == self.goals and not anew:
            return ledger
        if ledger.missing:  # it may be for goals that are gone
            return self.counted()
        work = planned(self.goals, self.basis, self.as_of)
        shapes = {block.goal.id: shape(block) for block in old.blocks}
        changed = {block.goal.id for block in work.blocks if shapes.get(block.goal.id) != shape(block)} | set(anew)
        if {goal.measure for goal in old.goals} - {goal.measure for goal in self.goals}:
            return self.counted()
        moved = ledger.carried(work, changed)
        part = planned([goal for goal in self.goals if goal.id in changed], self.basis, self.as_of)
        for kind in sorted({goal.measure.object for goal in part.goals}):
            for record, versions in self.records.all_of(kind):
                moved.recount(part, record, versions)
        return moved

    @staticmethod
    def _sound(ledger: Ledger) -> Ledger:
        refuse_unrated(ledger.missing)
        return ledger


def _split_otherwise(
    before: Splits | None, after: Splits | None, times: tuple[datetime, datetime]
) -> frozenset[Record]:
    """Return the records that are split otherwise at the later of two times."""
    if before is None and after is None:
        return frozenset()
    old, new = (splits or Splits() for splits in (before, after))
    changed = (
        set[Record]()
        if old is new
        else {record for record in {*old.records, *new.records} if old.of(*record) != new.of(*record)}
    )
    recorded = {
        (split.object, split.record_id)
        for split in new.recorded
        if split.recorded_at is not None and times[0] < split.recorded_at <= times[1]
    }
    return frozenset(changed | recorded)


def _shared_by(splits: Splits | None, people: Collection[str]) -> Iterator[Record]:
    """Yield the records of which some people get a share."""
    if splits is not None and people:
        for record in splits.records:
            if any(user in people for split in splits.of(*record) for user in split.users):
                yield record


def _tree(roster: Roster) -> dict[str, str | None]:
    """Return which team is below which."""
    return {team.id: team.parent for team in roster.teams}
