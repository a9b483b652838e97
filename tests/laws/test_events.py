"""Events: in which order, how often and in which pieces they arrive must not matter; what they say must."""

from __future__ import annotations

import pickle
from datetime import date, timedelta
from decimal import Context, Decimal
from fractions import Fraction
from itertools import chain
from typing import TypeAlias

from attrs import evolve
from hypothesis import example, given
from hypothesis import strategies as st

from quota_engine import (
    Aggregate,
    Assignment,
    Batch,
    Contributor,
    CrmEvent,
    Duration,
    Tallies,
    calculate,
    merge,
    plan,
    tally,
)
from quota_engine.assignments import Amount
from quota_engine.events import Property
from quota_engine.testing.strategies import World, amounts, worlds
from tests.acme import ADA, AUGUST, BOB, EVERYONE, JULY, acme, at, calculated, cell, counting, deal, promise
from tests.laws.given import by_object, columns_of, singled
from tests.reference import order_of, record_of, utc
from tests.side_by_side import attained_in, calm, engine_says, plan_of, totals_of

Deals: TypeAlias = list[tuple[Amount, str, str | None]]

MOMENT = timedelta(microseconds=1)
ROOMY = Context(prec=100)

july_days = st.integers(1, 31).map(lambda day: f"2025-07-{day:02}")
some_deals = st.lists(st.tuples(amounts(), july_days, st.sampled_from(["ada", "bob", None])), max_size=4)


def deals(drawn: Deals) -> list[CrmEvent]:
    """Return a record for each of some drawn deals, all recorded on the first of July."""
    return [
        deal(f"d{place}", amount, closed=day, owner=owner, recorded="2025-07-01")
        for place, (amount, day, owner) in enumerate(drawn)
    ]


def exact(amount: Amount) -> Fraction:
    """Return an amount as the fraction that it is."""
    return Fraction(amount)


def figure(amount: Decimal | None) -> Fraction:
    """Return what is attained, which for a sum is always something."""
    assert amount is not None
    return Fraction(amount)


def with_events(world: World, *events: CrmEvent) -> World:
    """Return the world in which these and no other versions were recorded."""
    return evolve(world, events=events)


class TestArrival:
    """Order, repetition and batches."""

    @given(worlds(), st.data())
    def test_le1_order_independence(self, world: World, data: st.DataObject) -> None:
        """LE1 Order independence: `value(g, S)` is the same for every permutation of arrival."""
        arrival = data.draw(st.permutations(world.events))

        expected, found = engine_says(world), engine_says(with_events(world, *arrival))

        assert list(found) == list(expected)
        assert totals_of(world, found) == totals_of(world, expected)
        assert found.findings == expected.findings

    @given(st.permutations(["2025-07-01", "2025-08-01", "2025-09-01"]))
    def test_le1_findings_come_in_one_order(self, days: list[str]) -> None:
        """LE1, for what is noticed: records of nobody in three slices are three findings, by slice."""
        result = calculated(promise(ADA), *(deal(day, closed=day, owner=None, recorded="2025-07-01") for day in days))

        assert [finding.records for finding in result.findings] == [(day,) for day in sorted(days)]

    @given(worlds(), st.data())
    def test_le2_idempotence(self, world: World, data: st.DataObject) -> None:
        """LE2 Idempotence: any multiset with the same underlying set gives the same state, report counts aside."""
        again = [evolve(event) for event in data.draw(st.lists(st.sampled_from(world.events), min_size=1))]
        arrival = data.draw(st.permutations([*world.events, *again]))

        expected, found = engine_says(world), engine_says(with_events(world, *arrival))

        assert list(found) == list(expected)
        assert totals_of(world, found) == totals_of(world, expected)
        assert [finding for finding in found.findings if finding.kind != "duplicate"] == [
            finding for finding in expected.findings if finding.kind != "duplicate"
        ]

    @given(worlds(), st.data())
    def test_le3_incremental_equals_batch(self, world: World, data: st.DataObject) -> None:
        """LE3 Incremental = batch: any cutting of S into batches, tallies merged, ends in the batch value."""
        batches: list[list[CrmEvent]] = [[], [], []]
        for event in world.events:
            data.draw(st.sampled_from(batches)).append(event)
        work = plan_of(world)

        expected = engine_says(world)
        found = engine_says(world, merge(*(tally(work, batch) for batch in data.draw(st.permutations(batches)))))

        assert list(found) == list(expected)
        assert totals_of(world, found) == totals_of(world, expected)
        assert found.findings == expected.findings

    @given(st.sampled_from(Aggregate), st.lists(some_deals, min_size=3, max_size=3), st.data())
    def test_le3_of_columns(self, aggregate: Aggregate, batches: list[Deals], data: st.DataObject) -> None:
        """LE3, for batches of columns and whatever is made of their amounts: it is that of all records as events."""
        goal = promise(ADA, EVERYONE, measure=counting(aggregate))
        named = [
            [evolve(event, record_id=f"{number}-{event.record_id}") for event in deals(batch)]
            for number, batch in enumerate(batches)
        ]
        work = plan([goal], account=acme(), as_of=at("2025-07-20"))
        tallies = [tally(work, [data.draw(columns_of(events))] if events else []) for events in named]

        found = calculate([goal], merge(*tallies), account=acme(), as_of=at("2025-07-20"))

        assert list(found) == list(calculated(goal, *chain(*named)))

    @given(worlds(), st.data())
    def test_le4_replay(self, world: World, data: st.DataObject) -> None:
        """LE4 Replay: snapshot at any point + rest = from scratch; snapshot round-trips.

        A snapshot is the tallies, pickled. It stays as it is, whatever is calculated from it.
        """
        batches = [
            data.draw(columns_of(part))
            for events in by_object(singled(world.events))
            for part in (events[::2], events[1::2])
            if part
        ]
        everything: list[CrmEvent | Batch] = data.draw(st.permutations([*world.events, *batches]))
        cut = data.draw(st.integers(0, len(everything)))
        seen, rest = everything[:cut], everything[cut:]

        def kept(tallies: Tallies) -> Tallies:
            return pickle.loads(pickle.dumps(tallies))  # type: ignore[no-any-return]  # noqa: S301 - our own bytes

        work = plan_of(world)
        live = tally(work, seen)
        snapshot = kept(live)
        meanwhile = engine_says(world, snapshot)

        expected = engine_says(world, everything)
        for tallies in (
            merge(snapshot, tally(snapshot.work, rest)),
            merge(tally(work, rest), kept(snapshot)),
            kept(merge(live, tally(work, rest))),
        ):
            found = engine_says(world, tallies)
            assert list(found) == list(expected)
            assert totals_of(world, found) == totals_of(world, expected)
            assert found.findings == expected.findings
        for found in (meanwhile, engine_says(world, snapshot)):
            before = engine_says(world, seen)
            assert (list(found), found.findings) == (list(before), before.findings)


class TestVersions:
    """What holds when a record is told of more than once."""

    @given(worlds(), st.data())
    def test_le5_conflicts(self, world: World, data: st.DataObject) -> None:
        """LE5 Conflicts: other content at equal recorded_at and version: one deterministic winner, and a report."""
        one = data.draw(st.sampled_from(world.events))
        changed: dict[str, Property] = {**one.properties, "note": "changed"}
        other = data.draw(
            st.sampled_from(
                [
                    evolve(one, deleted=not one.deleted),
                    evolve(one, owner_id="bob" if one.owner_id == "ada" else "ada"),
                    evolve(one, pipeline_id="direct" if one.pipeline_id is None else None),
                    evolve(one, properties=changed),
                ]
            )
        )
        others = [event for event in world.events if record_of(event) != record_of(one)]
        world = calm(with_events(world, *others, one, other))
        winner = max(one, other, key=order_of)

        found = engine_says(world)

        assert list(found) == list(engine_says(with_events(world, *others, other, one)))
        assert attained_in(found) == attained_in(engine_says(with_events(world, *others, winner)))
        conflicts = [finding for finding in found.findings if finding.kind == "conflict"]
        assert any(one.record_id in finding.records for finding in conflicts)

    @given(worlds(), st.data())
    def test_le6_tombstone(self, world: World, data: st.DataObject) -> None:
        """LE6 Tombstone: no version at or before a deletion has any effect, whenever it arrives; a later restore counts."""
        picked, other = (data.draw(st.sampled_from(world.events)) for _ in range(2))
        deletion = evolve(picked, deleted=True, recorded_at=other.recorded_at)
        arrival = data.draw(st.permutations([*world.events, deletion]))
        world = calm(with_events(world, *arrival))
        last = max(utc(event.recorded_at) for event in arrival)
        restored = evolve(picked, deleted=False, recorded_at=last + MOMENT)
        strangers = [event for event in arrival if record_of(event) != record_of(picked)]
        survivors = [
            event for event in arrival if record_of(event) != record_of(picked) or order_of(event) > order_of(deletion)
        ]

        assert attained_in(engine_says(world)) == attained_in(engine_says(with_events(world, *survivors)))

        later = evolve(world, known_at=last + MOMENT)
        assert attained_in(engine_says(with_events(later, *arrival, restored))) == attained_in(
            engine_says(with_events(later, *strangers, restored))
        )

    @given(worlds())
    def test_le7_correction_is_replacement(self, world: World) -> None:
        """LE7 Correction = replacement: having seen v1 before v2 leaves no trace of v1."""
        world = calm(world)
        latest = {record_of(event): event for event in sorted(world.events, key=order_of)}

        expected = engine_says(with_events(world, *latest.values()))

        assert attained_in(engine_says(world)) == attained_in(expected)

    @given(worlds(), st.data())
    def test_le8_create_then_delete_is_nothing(self, world: World, data: st.DataObject) -> None:
        """LE8 create then delete = nothing."""
        created = evolve(data.draw(st.sampled_from(world.events)), record_id="brief", deleted=False)
        later = data.draw(st.sampled_from([timedelta(0), MOMENT, timedelta(days=90)]))
        deleted = evolve(created, deleted=True, recorded_at=utc(created.recorded_at) + later)
        expected = engine_says(calm(world))

        arrival = data.draw(st.permutations([*world.events, created, deleted]))

        assert attained_in(engine_says(calm(with_events(world, *arrival)))) == attained_in(expected)


class TestDeals:
    """What happens to a deal happens to the figures, and nothing else does."""

    @given(some_deals, amounts(), amounts(), july_days)
    def test_le9_split(
        self,
        others: Deals,
        one: Amount,
        other: Amount,
        day: str,
    ) -> None:
        """LE9 Split: one record of a = two records a1 + a2 = a (same owner, instant): sums equal, count +1."""
        whole = ROOMY.add(ROOMY.create_decimal(one), ROOMY.create_decimal(other))
        goal = promise(ADA, EVERYONE)
        parts = [deal(name, part, closed=day, recorded="2025-07-01") for name, part in (("one", one), ("other", other))]

        before = calculated(goal, *deals(others), deal("whole", whole, closed=day, recorded="2025-07-01"))
        after = calculated(goal, *deals(others), *parts)

        for row in (ADA, EVERYONE):
            assert cell(after, row).attained == cell(before, row).attained
            assert cell(after, row).counted == cell(before, row).counted + 1

    @given(some_deals, amounts(), july_days)
    def test_le10_reassignment(self, others: Deals, amount: Amount, day: str) -> None:
        """LE10 Reassignment moves the amount; total unchanged."""
        goal = promise(ADA, BOB, EVERYONE)
        mine = deal("moved", amount, closed=day, owner="ada", recorded="2025-07-01")
        theirs = evolve(mine, owner_id="bob", recorded_at=at("2025-07-02"))

        before = calculated(goal, *deals(others), mine)
        after = calculated(goal, *deals(others), mine, theirs)

        assert figure(cell(after, ADA).attained) == figure(cell(before, ADA).attained) - exact(amount)
        assert figure(cell(after, BOB).attained) == figure(cell(before, BOB).attained) + exact(amount)
        assert cell(after, EVERYONE) == cell(before, EVERYONE)
        assert after.total("g1", on=JULY) == before.total("g1", on=JULY)

    @given(some_deals, amounts(), st.data())
    def test_le11_irrelevance(
        self,
        relevant: Deals,
        amount: Amount,
        data: st.DataObject,
    ) -> None:
        """LE11 Irrelevance: adding events outside owner/period/filter changes nothing."""
        goal = promise(Assignment(ADA, [1000] * 12, ["direct"]))
        noise = deal("noise", amount, pipeline="direct")
        unchanged = data.draw(
            st.sampled_from(
                [
                    evolve(noise, owner_id="bob"),
                    evolve(noise, owner_id=None),
                    evolve(noise, pipeline_id="renewals"),
                    evolve(noise, pipeline_id=None),
                    evolve(noise, object="ticket"),
                    evolve(noise, deleted=True),
                    evolve(noise, recorded_at=at("2025-07-20") + MOMENT),
                    deal("noise", amount, pipeline="direct", closed="2024-12-31"),
                    deal("noise", amount, pipeline="direct", closed="2026-01-01", recorded="2025-07-01"),
                    deal("noise", amount, pipeline="direct", closed=None),
                    deal("noise", amount, pipeline="direct", more={"is_won": False}),
                    deal("noise", amount, pipeline="direct", more={"is_won": None}),
                ]
            )
        )
        events = [evolve(event, pipeline_id="direct") for event in deals(relevant)]

        assert list(calculated(goal, *events, unchanged)) == list(calculated(goal, *events))
        assert list(calculated(goal, *events, noise)) != list(calculated(goal, *events))

    @given(some_deals, amounts(), july_days)
    def test_le12_moving_between_slices(self, others: Deals, amount: Amount, day: str) -> None:
        """LE12 Before any freeze, moving `occurred_at` from slice p to q moves exactly that amount."""
        goal = promise(ADA, EVERYONE)
        first = deal("moved", amount, closed=day, recorded="2025-07-01")
        then = deal("moved", amount, closed=day.replace("-07-", "-08-"), recorded="2025-07-02")

        before = calculated(goal, *deals(others), first)
        after = calculated(goal, *deals(others), first, then)

        for row in (ADA, EVERYONE):
            for on, moved in ((JULY, -exact(amount)), (AUGUST, exact(amount))):
                assert figure(cell(after, row, on).attained) == figure(cell(before, row, on).attained) + moved

    @given(some_deals, st.integers(-50, 50))
    @example([("1", "2025-07-15", None)], 25)  # over the new year
    def test_le13_translation(self, given_deals: Deals, weeks: int) -> None:
        """LE13 Translation: events and a custom goal moved by 7k days in UTC give the same values."""
        shift = timedelta(weeks=weeks)
        events = deals(given_deals)
        moved = [
            evolve(
                event,
                recorded_at=event.recorded_at + shift,
                properties={**event.properties, "closed_at": moved_day(event, shift)},
            )
            for event in events
        ]
        july = Duration.custom("2025-07-01", "2025-07-31")
        then = Duration.custom(date(2025, 7, 1) + shift, date(2025, 7, 31) + shift)

        before = calculated(promise(ADA, EVERYONE, duration=july), *events, as_of="2025-07-20")
        after = calculated(promise(ADA, EVERYONE, duration=then), *moved, as_of=at("2025-07-20") + shift)

        for here, there in zip(before, after, strict=True):
            assert evolve(there, slice=here.slice) == here

    @given(some_deals, amounts())
    def test_le14_inputs_are_never_mutated(self, given_deals: Deals, amount: Amount) -> None:
        """LE14 Inputs are never mutated; later mutation of host objects has no effect."""
        properties: dict[str, Property] = {"is_won": True, "closed_at": JULY, "amount": amount}
        event = CrmEvent("deal", "own", recorded_at=at("2025-07-01"), owner_id="ada", properties=properties)
        rows = [ADA, EVERYONE]
        goal = promise(*rows)
        events = [*deals(given_deals), event]
        as_given = list(events)

        before = calculated(goal, *events)
        assert events == as_given
        properties["amount"] = 999
        rows.append(Contributor.user("zoe"))

        assert event.properties["amount"] == amount
        assert list(calculated(goal, *events)) == list(before)


def moved_day(event: CrmEvent, shift: timedelta) -> date:
    """Return the day on which a deal closed, moved."""
    day = event.properties["closed_at"]
    assert isinstance(day, date)
    return day + shift
