"""Filing: records put under the cells of a plan, in one pass over events or columns.

What is filed can be merged: the figures are the same whatever the order of the records and however they were cut into batches.
Sources: rules C1 to C5 for whom they count, M3 and M4 for what they are worth, P1, P6 and P7 for which version holds.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import chain, compress, repeat
from operator import add, lt

from attrs import evolve, frozen

from quota_engine import _fields, amounts
from quota_engine.amounts import Grains
from quota_engine.errors import InvalidValue, MissingRate, mistyped
from quota_engine.events import CrmEvent
from quota_engine.facts import Batch, Facts, Gathered
from quota_engine.findings import FindingKind, Notes
from quota_engine.histories import Histories, needed
from quota_engine.holdings import Holding, Record, RecordInSlice
from quota_engine.lanes import NEVER, Bounds, Cells, Route, cells_of, totals_of
from quota_engine.masks import both, without
from quota_engine.measures import Aggregate, Fact, Unreadable, read
from quota_engine.plans import Group, Lens, Work
from quota_engine.rates import Missing
from quota_engine.tallies import Figures

Noted = tuple[FindingKind, str, int | None]  # the kind, in which words, and the spot (see `Notes`)
Unrated = tuple[str, str, str]  # the id of a record, its currency, and the one it is to be converted to
Worths = dict[int, Grains | None]  # by cell; None where there is no rate, so that it is left out


class Tallies:
    """The records of one or more batches, as far as they have been filed. Made by `tally`, joined by `merge`."""

    def __init__(
        self, work: Work, histories: Histories, figures: Figures, notes: Notes, missing: frozenset[Unrated]
    ) -> None:
        """Keep what was filed so far for the work, and the records in columns for which a rate is missing."""
        self.work = work
        self._histories = histories
        self._figures = figures
        self._notes = notes
        self._missing = missing

    @property
    def is_by_day(self) -> bool:
        """Whether what counts is kept with the day that dates it."""
        return self._figures.additions is not None

    @property
    def histories(self) -> Histories:
        """The records that came as events, each with the versions that can hold; what came in columns is not kept."""
        return self._histories

    def merged(self, other: Tallies) -> Tallies:
        """Return the tallies of both."""
        return Tallies(
            self.work,
            self._histories.merged(other._histories),
            self._figures.merged(other._figures),
            self._notes.merged(other._notes),
            self._missing | other._missing,
        )

    def settled(self) -> tuple[Figures, Notes]:
        """Return the figures and the findings of all records taken in so far; more may still be taken in afterwards.

        Raises:
            MissingRate: records in open slices for whose currency and day there is no rate, unless the rates say to leave out.
        """
        filing = _Filing(self.work, self._figures.copied(), self._notes.copied())
        self._histories.noted(filing.notes)
        for lens in self.work.lenses:
            filing.take_histories(lens, self._histories)
        refuse_unrated(self._missing | filing.missing)
        return filing.figures, filing.notes


@frozen
class Credited:
    """What one record adds to a work.

    Attributes:
        added: the cells in which it counts, with its amount in grains.
        noted: what is noticed about it.
        missing: the rates that are missing for it in slices that are open, so that there is no figure without an error.
    """

    added: tuple[tuple[int, Grains], ...]
    noted: tuple[Noted, ...]
    missing: frozenset[Unrated]


class _Single(Figures):
    """The cells that one record counts in, kept apart."""

    def __init__(self) -> None:
        super().__init__(0)
        self.added: list[tuple[int, Grains]] = []

    def add(self, cell: int, grains: Grains, *, is_extreme: bool) -> None:
        del is_extreme
        self.added.append((cell, grains))


def credited(work: Work, versions: Sequence[CrmEvent]) -> Credited:
    """Return what one record adds, of which these are all known versions in the order in which they hold."""
    single, notes = _Single(), Notes()
    filing = _Filing(work, single, notes)
    held = needed(versions, work.cuts, work.roster)
    for lens in work.lenses:
        if lens.measure.object == held[-1].object:
            filing.settle(lens, held)
    return Credited(tuple(single.added), tuple(notes.kinds()), frozenset(filing.missing))


class _EachNoted(Notes):
    """What is noticed about each of some records of one kind, kept apart."""

    def __init__(self) -> None:
        super().__init__()
        self.by_record: dict[str, set[Noted]] = {}

    def add(
        self, kind: FindingKind, record: str, *, spots: Iterable[int | None] = (None,), detail: str = "", count: int = 1
    ) -> None:
        del count
        self.by_record.setdefault(record, set()).update((kind, detail, spot) for spot in spots)


def filed(
    work: Work, kind: str, records: Iterable[Sequence[CrmEvent]], figures: Figures
) -> tuple[Mapping[str, Collection[Noted]], frozenset[Unrated]]:
    """Add to figures what many records of a kind add, each given as `credited` takes it, all at once.

    Returns what is noticed about each, by its id, and the rates that are missing, as in `Credited`.
    """
    notes = _EachNoted()
    filing = _Filing(work, figures, notes)
    held = [needed(versions, work.cuts, work.roster) for versions in records]
    for lens in work.lenses:
        if lens.measure.object == kind:
            filing.take_histories(lens, held)
    return notes.by_record, frozenset(filing.missing)


def tally(work: Work, events: Iterable[CrmEvent | Batch], *, by_day: bool = False) -> Tallies:
    """File the records of a batch, in one pass: versions of records as events, or columns of records, or both.

    Args:
        work: the goals, compiled by `plan`.
        events: the records.
        by_day: keep what counts with the day that dates it, so that `Calculation.days_met` can be asked; memory then grows with
            the number of records that count.

    Raises:
        InvalidType: an item is neither; its index is named, and nothing of the batch is kept.
    """
    _fields.instance_of(Work, "a Work, made by plan")(work, "work")
    _fields.flag(by_day, "by_day")
    if isinstance(events, (str, bytes)) or not isinstance(events, Iterable):
        raise mistyped("events", events, "an iterable of CrmEvent")
    objects = {lens.measure.object for lens in work.lenses}
    histories = Histories(work.cuts, work.roster)
    filing = _Filing(work, Figures(work.size, by_day=by_day), Notes())
    for index, item in enumerate(events):
        if isinstance(item, CrmEvent):
            if item.object in objects and item.recorded_at <= work.known_at:
                histories.add(item)
        elif isinstance(item, Batch):
            for lens in work.lenses:
                if lens.measure.object == item.object:
                    filing.take(lens, _facts(item, lens, work))
        else:
            raise mistyped(f"events[{index}]", item, "a CrmEvent")
    return Tallies(work, histories, filing.figures, filing.notes, frozenset(filing.missing))


def refuse_unrated(missing: Collection[Unrated]) -> None:
    """Raise the one error that names every record without a rate, if there is any."""
    if missing:
        records = tuple(sorted({record_id for record_id, _, _ in missing}))
        pairs = tuple(sorted({(code, other) for _, code, other in missing}))
        rates = ", ".join(f"{code} to {other}" for code, other in pairs)
        raise MissingRate(
            f"rates: expected a rate of {rates} on the day each record counts, found none for {', '.join(records)}",
            field="rates",
            records=records,
            currencies=pairs,
        )


def _facts(batch: Batch, lens: Lens, work: Work) -> Facts:
    account = work.account
    return batch.facts(
        lens.measure,
        lens.currency,
        home_currency=account.currency,
        known_at=work.known_at,
        zone=account.calendar.zone,
    )


def merge(first: Tallies, *others: Tallies) -> Tallies:
    """Return the tallies of several batches of the same work, in any order.

    Raises:
        InvalidType, InvalidValue: something else, tallies of works that were planned differently, or tallies of which some are
            kept by day and others are not.
    """
    for index, given in enumerate((first, *others)):
        _fields.instance_of(Tallies, "Tallies, made by tally")(given, f"tallies[{index}]")
    merged = first
    for other in others:
        if other.work is not first.work and _inputs(other.work) != _inputs(first.work):
            raise InvalidValue("tallies: expected tallies of one and the same work", code="other_work", field="tallies")
        if other.is_by_day is not first.is_by_day:
            raise InvalidValue("tallies: expected all by day, or none", code="not_by_day", field="tallies")
        merged = merged.merged(other)
    return merged


def _inputs(work: Work) -> tuple[object, ...]:
    return (work.goals, work.account, work.as_of, work.known_at, work.roster, work.rates, work.splits)


class _Filing:
    """One pass of filing: the figures and notes it fills, and the rates it finds missing."""

    def __init__(self, work: Work, figures: Figures, notes: Notes) -> None:
        self.work = work
        self.figures = figures
        self.notes = notes
        self.missing: set[Unrated] = set()
        self._noted: dict[FindingKind, set[int]] = {}
        self._dated: dict[int, date | datetime] = {}
        self._known_until = _fields.microseconds(min(work.as_of, work.known_at))

    def take_histories(self, lens: Lens, histories: Iterable[Sequence[CrmEvent]]) -> None:
        """File records that came as events: those with one plain version as a batch, the others one by one."""
        by_day, by_moment = Gathered(), Gathered()
        home = self.work.account.currency
        for versions in histories:
            event = versions[-1]
            if event.object != lens.measure.object:
                continue
            is_plain = len(versions) == 1 and event.record_id not in lens.split_ids
            fact = read(lens.measure, event) if is_plain else None
            if isinstance(fact, Fact) and (fact.currency or home) == lens.currency:
                (by_moment if isinstance(fact.when, datetime) else by_day).add(event, fact)
            else:
                self.settle(lens, versions)
        self.take(lens, by_day.facts(by_day=True))
        self.take(lens, by_moment.facts(by_day=False))

    def take(self, lens: Lens, facts: Facts) -> None:
        """File a batch: what is plain in tight loops, what is not one by one."""
        split: Iterable[int] = ()
        if lens.split_ids:
            is_split = bytes(map(lens.split_ids.__contains__, facts.record_ids))
            split = compress(range(len(is_split)), both(facts.selected, is_split))
            facts = evolve(facts, selected=without(facts.selected, is_split))
        numbers: Iterable[int] = compress(range(len(facts.selected)), facts.selected)
        if not lens.measure.aggregate.is_extreme:
            numbers = self._take_routed(lens, facts, self._take_straight(lens, facts, numbers))
        for number in chain(numbers, split, facts.odd):
            self.settle(lens, (facts.event(number),))

    def _take_straight(self, lens: Lens, facts: Facts, numbers: Iterable[int]) -> Iterable[int]:
        """File the records that count in one row each, all rows having the same slices; return the numbers of the others.

        The work is in whole columns, which the interpreter passes over at the speed of C; only the sums need a loop of their own.
        """
        group = lens.only_group
        if group is None:
            return numbers
        firsts = [group.only_row(key) for key in facts.keys]
        selected, others = facts.selected, b""
        if None in firsts:
            is_straight = [first is not None for first in firsts]
            straight = bytes(map(is_straight.__getitem__, facts.codes))
            selected, others = both(selected, straight), without(selected, straight)
        part_of, freeze_of = _places(group.bounds, facts)
        timely = bytes(map(lt, facts.recorded, map(freeze_of, facts.when)))
        counted, late = both(selected, timely), without(selected, timely)
        offsets = [first or 0 for first in firsts]
        codes, when = compress(facts.codes, counted), compress(facts.when, counted)
        cells = list(map(add, map(offsets.__getitem__, codes), map(part_of, when)))
        sums, counts = self.figures.sums(facts.places), self.figures.counts
        is_count = lens.measure.aggregate is Aggregate.COUNT
        for cell, amount in zip(cells, compress(facts.amounts, counted), strict=True):
            sums[cell] += amount
            counts[cell] += 1
        if self.figures.additions is not None:
            kind, when = (group.times.zone, facts.by_day, facts.places), compress(facts.when, counted)
            added = repeat(10**facts.places, len(cells)) if is_count else compress(facts.amounts, counted)
            self.figures.additions.add(kind, cells, when, added)
        for number in compress(range(len(late)), late):
            part = part_of(facts.when[number])
            if part >= 0:
                self._note_late(facts, number, (offsets[facts.codes[number]] + part,))
        return compress(range(len(others)), others)

    def _take_routed(self, lens: Lens, facts: Facts, numbers: Iterable[int]) -> list[int]:
        """File the records whose owners were never away, wherever they count; return the numbers of the others."""
        sums, counts = self.figures.sums(facts.places), self.figures.counts
        additions, is_count = self.figures.additions, lens.measure.aggregate is Aggregate.COUNT
        routes: dict[int, Route | None] = {}
        others: list[int] = []
        for number in numbers:
            code = facts.codes[number]
            if code not in routes:
                routes[code] = lens.route(facts.keys[code], by_day=facts.by_day)
            route = routes[code]
            if route is None:
                others.append(number)
                continue
            amount, recorded = facts.amounts[number], facts.recorded[number]
            for bounds, cells, freezes, zone in route:
                place = bisect_right(bounds, facts.when[number])
                if recorded < freezes[place]:
                    for cell in cells[place]:
                        sums[cell] += amount
                        counts[cell] += 1
                    if additions is not None:
                        kind, count = (zone, facts.by_day, facts.places), len(cells[place])
                        added = repeat(10**facts.places if is_count else amount, count)
                        additions.add(kind, cells[place], repeat(facts.when[number], count), added)
                elif cells[place]:
                    self._note_late(facts, number, cells[place])
        return others

    def settle(self, lens: Lens, versions: Sequence[CrmEvent]) -> None:
        """File one record, of which these are all versions that can hold, in the order in which they hold."""
        facts = [read(lens.measure, event) for event in versions]
        last = facts[-1]
        if isinstance(last, Unreadable) and lens.reports(last, versions[-1]):
            detail = f"{lens.measure.name}, {last.property}: {last.reason}"
            self.notes.add(FindingKind.UNREADABLE, versions[-1].record_id, detail=detail)
        readable = [fact if isinstance(fact, Fact) else None for fact in facts]
        if not any(readable):
            return
        record = Record(lens, versions, readable)
        is_simple = not record.is_split and not lens.attribution.absentees.intersection(
            event.owner_id or "" for event in versions
        )
        for group in lens.groups.values():
            if is_simple:
                self._settle_by_windows(record, group)
            else:
                self._settle_by_slices(record, group)
            for kind, cells in self._noted.items():
                self.notes.add(kind, versions[-1].record_id, spots=self.work.spots_of(cells))
            self._noted.clear()

    def _settle_by_windows(self, record: Record, group: Group) -> None:
        """File a record whose owners were never away: each version holds for the freezes between it and the next one."""
        timely: Worths = {}
        final: Worths = {}
        for number, (event, fact) in enumerate(zip(record.versions, record.facts, strict=True)):
            if fact is None:
                continue
            lane = group.lane(event.owner_id, event.pipeline_id)
            place = lane.place(fact.when)
            is_timely = record.recorded(number) < lane.freezes[place] <= record.recorded(number + 1)
            if not is_timely and number != record.last:
                continue
            if is_timely and lane.marks[place]:
                self._note(group, FindingKind.UNATTRIBUTED, lane.marks[place])
            cells = lane.cells[place]
            worth = self._worth(record, fact, group, cells, freeze=lane.freezes[place], is_noted=is_timely)
            if is_timely:
                timely.update(dict.fromkeys(cells, worth))
                self._date(cells, fact.when)
            if number == record.last:
                final.update(dict.fromkeys(cells, worth))
        self._count(record, group, timely, final)

    def _settle_by_slices(self, record: Record, group: Group) -> None:
        """File a record that is split, or with an owner who was away: rows may hold different versions, so take each slice."""
        timely: Worths = {}
        final: Worths = {}
        for number in sorted({record.part(group, version) for version in range(len(record.versions))} - {-1}):
            freeze = group.times.freezes[number]
            in_time = [
                place for place, event in enumerate(record.versions) if freeze is None or event.recorded_at < freeze
            ]
            timely.update(self._held(record, group, number, in_time, is_noted=True))
            final.update(self._held(record, group, number, range(len(record.versions)), is_noted=False))
        self._count(record, group, timely, final)

    def _held(self, record: Record, group: Group, number: int, in_time: Sequence[int], *, is_noted: bool) -> Worths:
        """Return the cells of one slice in which a record counts, by the versions that its rows may hold (rules C5 and P7)."""
        found: Worths = {}
        totals: dict[int, _Union] = {}
        seen = RecordInSlice(record, group, number, in_time)
        for holding in seen.holdings():
            if is_noted:
                self._note(group, FindingKind.UNATTRIBUTED, holding.marks)
            cells = cells_of(holding.rows, number)
            worth = self._worth(record, holding.fact, group, cells, freeze=holding.freeze, is_noted=is_noted)
            found.update(dict.fromkeys(cells, None if worth is None else worth * holding.share))
            if is_noted:
                self._date(cells, holding.fact.when)
            if worth is not None:
                for total in totals_of(holding.rows, number):
                    totals[total] = _joined(totals.get(total), holding, worth)
        if is_noted and in_time and not seen.shared:
            fact = record.facts[in_time[-1]]
            if fact is not None and record.part(group, in_time[-1]) == number:
                lane, place = record.landing(group, in_time[-1], fact)
                self._note(group, FindingKind.OWNER_INACTIVE, lane.cells[place])
        return found | {total: union.worth * min(1, union.share) for total, union in totals.items()}

    def _worth(
        self, record: Record, fact: Fact, group: Group, cells: Cells, *, freeze: int, is_noted: bool
    ) -> Grains | None:
        """Return a fact's amount in the goals' currency; None, and noted for these cells, where there is no rate (rule M4)."""
        if fact.amount is None:
            return 0
        grains = amounts.grains(fact.amount)
        code = fact.currency or self.work.account.currency
        if code == record.lens.currency or not record.lens.measure.is_money:
            return grains
        rate = self.work.rate(code, record.lens.currency, when=fact.when, zone=group.times.zone)
        if rate is not None:
            return grains * rate
        if cells and is_noted and not group.is_timely:
            rates = self.work.rates
            is_open = freeze > self._known_until
            if is_open and (rates is None or rates.missing is Missing.REFUSE):
                self.missing.add((record.versions[-1].record_id, code, record.lens.currency))
            else:
                self._note(group, FindingKind.NO_RATE, cells)
        return None

    def _count(self, record: Record, group: Group, timely: Worths, final: Worths) -> None:
        """Add what counts, and note what would count otherwise had it been recorded in time."""
        is_extreme = record.lens.measure.aggregate.is_extreme
        for cell, grains in timely.items():
            if grains is not None:
                self.figures.add(cell, grains, is_extreme=is_extreme)
        if self.figures.additions is not None:
            is_count = record.lens.measure.aggregate is Aggregate.COUNT
            self.figures.additions.add_record(self._dated, timely, zone=group.times.zone, is_count=is_count)
            self._dated.clear()
        if timely != final:
            self._note(group, FindingKind.LATE, {cell for cell, _ in timely.items() ^ final.items()})

    def _date(self, cells: Cells, when: date | datetime) -> None:
        """Keep for the record at hand what dates the version that some cells hold, where that is asked for."""
        if self.figures.additions is not None:
            self._dated.update(dict.fromkeys(cells, when))

    def _note_late(self, facts: Facts, number: int, cells: Cells) -> None:
        """Note a record of a batch that came too late for cells in which it would count."""
        self.notes.add(FindingKind.LATE, facts.record_ids[number], spots=self.work.spots_of(cells))

    def _note(self, group: Group, kind: FindingKind, cells: Collection[int]) -> None:
        """Keep for the record at hand, once however many of its versions say so, the cells that a finding concerns."""
        if cells and not group.is_timely:
            self._noted.setdefault(kind, set()).update(cells)


def _places(bounds: Bounds, facts: Facts) -> tuple[Callable[[int], int], Callable[[int], int]]:
    """Return what gives, for the day or the moment that dates a record, the number of its slice and when that freezes.

    Outside all slices the number is -1, and nothing is ever recorded in time. Of days there are few, so each is looked up once.
    """
    freezes = [NEVER if part < 0 else freeze for part, freeze in zip(bounds.parts, bounds.freezes, strict=True)]
    if facts.by_day:
        places = {day: bisect_right(bounds.by_day, day) for day in set(facts.when)}
        part_by_day = {day: bounds.parts[place] for day, place in places.items()}
        freeze_by_day = {day: freezes[place] for day, place in places.items()}
        return part_by_day.__getitem__, freeze_by_day.__getitem__
    starts = bounds.by_moment
    return lambda when: bounds.parts[bisect_right(starts, when)], lambda when: freezes[bisect_right(starts, when)]


@frozen
class _Union:
    """What the rows of a total hold of a record together: the greatest version's worth, and their shares (rules C4 and C5)."""

    version: int
    worth: Grains
    share: Grains


def _joined(union: _Union | None, holding: Holding, worth: Grains) -> _Union:
    """Return a union with one holding more; the share of one that is no user's is 1."""
    if union is None:
        return _Union(holding.version, worth, holding.share)
    is_later = holding.version > union.version
    return _Union(max(holding.version, union.version), worth if is_later else union.worth, union.share + holding.share)
