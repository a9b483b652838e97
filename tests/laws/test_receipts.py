"""Laws of receipts and bridges: they add up to the number, and each record is there for the reason that the rules give (P10)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from fractions import Fraction

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from quota_engine import Assignment, CrmEvent, Explanation, Goal, Line, Period, Progress, explain
from quota_engine.testing.strategies import World, edge_worlds, worlds
from tests import reference
from tests.reference import Record, Slice, UnreadableError
from tests.side_by_side import engine_says, shown

Test = tuple[str, ...]
ADDED = ("sum", "count")


def receipt(world: World, goal: Goal, row: Assignment, part: Period, *, asked: Sequence[Record] = ()) -> Explanation:
    """Return the receipt of one row in one slice of a world."""
    return explain(
        goal,
        row.contributor,
        on=part.last_day,
        events=iter(world.events),
        account=world.account,
        as_of=world.as_of,
        roster=world.roster,
        known_at=world.known_at,
        rates=world.rates,
        splits=world.splits,
        records=asked,
    )


def as_seen(world: World) -> reference.World:
    """Return a world as the second implementation takes it."""
    return reference.World(
        world.events,
        world.account,
        reference.utc(world.as_of),
        reference.utc(world.as_of if world.known_at is None else world.known_at),
        world.roster,
        world.rates,
        world.splits,
    )


def slice_of(world: World, goal: Goal, part: Period) -> Slice:
    """Return a slice as the second implementation sees it."""
    here = reference.seen(as_seen(world), goal, part, late_counts=True)
    return here if here.restates else reference.seen(as_seen(world), goal, part, late_counts=False)


def with_late(here: Slice) -> Slice:
    """Return the slice with the records that came too late for it, but not with what was learnt too late of people."""
    return Slice(here.world, here.goal, here.part, late_counts=True, late_people_count=here.late_people_count)


@st.composite
def cells(draw: st.DrawFn, drawn: st.SearchStrategy[World]) -> tuple[World, Goal, Assignment, Period]:
    """Return a world and one row and slice of it; mostly a slice in which some record may be dated."""
    world = draw(drawn)
    goal = draw(st.sampled_from(world.goals))
    dates = [when for event in world.events for when in event.properties.values() if isinstance(when, date)]
    days = [reference.day_of(when, goal.zone) if isinstance(when, datetime) else when for when in dates]
    parts = [part for part in goal.slices if any(day in part for day in days)] or list(goal.slices)
    return world, goal, draw(st.sampled_from(goal.assignments)), draw(st.sampled_from(parts))


every_cell = cells(worlds()) | cells(edge_worlds())


def records_of(world: World, goal: Goal) -> dict[Record, list[CrmEvent]]:
    """Return all versions of the records that a goal measures, as far as they are known."""
    found: dict[Record, list[CrmEvent]] = {}
    for event in world.events:
        if event.object == goal.measure.object and reference.utc(event.recorded_at) <= as_seen(world).known_at:
            found.setdefault(reference.record_of(event), []).append(event)
    return found


def key(line: Line) -> Record:
    """Return the record that a line is about."""
    return (line.object, line.record_id)


@given(every_cell)
def test_lx1_counted_lines_are_the_records_that_count(drawn: tuple[World, Goal, Assignment, Period]) -> None:
    """LX1: the records that a row counts are those of the second implementation, with version, day, share and credit."""
    world, goal, row, part = drawn
    here = slice_of(world, goal, part)
    counting = here.counting(row)
    lines = receipt(world, goal, row, part).counted
    assert sorted(map(key, lines)) == sorted(counting.records)
    for line in lines:
        version, amount = counting.records[key(line)]
        worth = reference.worth_of(version, goal.measure, here.zone)
        assert worth is not None
        assert (line.recorded_at, line.owner_id, line.pipeline_id, line.day) == (
            version.recorded_at,
            version.owner_id,
            version.pipeline_id,
            worth.day,
        )
        assert Fraction(line.share or 0) == counting.shares[key(line)]
        assert (None if line.amount is None else Fraction(line.amount)) == worth.amount
        is_count = goal.measure.aggregate == "count"
        assert line.credited == (1 if is_count else (amount or 0) * counting.shares[key(line)])
        assert line.reason is None


@given(every_cell)
def test_lx2_counted_lines_add_up_to_the_number(drawn: tuple[World, Goal, Assignment, Period]) -> None:
    """LX2: what is credited adds up to what is attained; the number is the one that is calculated; rate and share say how."""
    world, goal, row, part = drawn
    found = receipt(world, goal, row, part)
    assert found.progress == engine_says(world).of(goal.id, row.contributor, on=part.start)
    assert len(found.counted) == found.progress.counted
    credited = [line.credited for line in found.counted]
    attained = found.progress.attained
    if goal.measure.aggregate in ADDED:
        assert attained is not None
        assert Fraction(attained) == shown(sum(credited, Fraction(0)))
    elif credited:
        figures = {"average": sum(credited) / len(credited), "minimum": min(credited), "maximum": max(credited)}
        assert attained is not None
        assert Fraction(attained) == shown(Fraction(figures[goal.measure.aggregate]))
    if goal.measure.aggregate != "count":
        for line in found.counted:
            assert line.credited == Fraction(line.amount or 0) * Fraction(line.share or 0) * (line.rate or 1)
            assert (line.rate is not None) == (line.currency not in {None, goal.currency})


# Why a record does not count, worked out test by test from the rules.


def failed_tests(here: Slice, row: Assignment, versions: Sequence[CrmEvent]) -> list[str]:
    """Return which tests of rule P10 a record fails by some versions, in order; late is not among them."""
    taken = [version for version in versions if here.takes(row, version)]
    holds = max(taken or versions, key=reference.order_of)
    content = holds
    if holds.deleted:
        undeleted = [version for version in versions if not version.deleted]
        before = [version for version in undeleted if here.takes(row, version)] if taken else undeleted
        content = max(before or [holds], key=reference.order_of)
    failed = list(content_failed(here, row, content))
    is_of_somebody_else = row.contributor.kind == "user" and {"owner", "unattributed"} & set(failed)
    if holds.deleted:
        failed.insert(0, "deleted")
    if not taken and not is_of_somebody_else:
        failed.insert(0, "owner_inactive")
    return failed


def content_failed(here: Slice, row: Assignment, version: CrmEvent) -> Iterator[str]:
    """Yield the tests that what a version says fails."""
    measure, says = here.goal.measure, version.properties
    day = None
    try:
        when = None if reference.is_empty(says.get(measure.dated_by)) else reference.as_when(says[measure.dated_by])
        if when is not None:
            day = reference.day_of(when, here.zone) if isinstance(when, datetime) else when
    except UnreadableError:
        pass
    is_here = day is not None and here.part.start <= day < here.part.end
    if not is_here:
        yield "no_date" if day is None else "other_slice"
    if not all(satisfies(condition, says.get(condition.property)) for condition in measure.where):
        yield "condition"
    yield from whose(here, row, version, day if is_here else None)
    if not reference.is_tracked(row, version):
        yield "pipeline"
    alone = evolve(version, deleted=False, properties={**says, "today": here.part.start})
    worth = reference.worth_of(alone, evolve(measure, where=(), dated_by="today"), here.zone)
    if worth is None:
        yield "no_value"
    elif worth.amount is not None and measure.unit == "money" and day is not None:
        rate = here.rate(worth.currency or here.world.account.currency, day)
        yield from [] if rate is not None else ["no_rate"]


def satisfies(condition: reference.Condition, value: object) -> bool:
    """Whether a property satisfies a condition; one that cannot be read does not."""
    try:
        return reference.holds(condition, value)
    except UnreadableError:
        return False


def whose(here: Slice, row: Assignment, version: CrmEvent, day: date | None) -> Iterator[str]:
    """Yield why a version is not a row's by its owner; without a day in the slice it may be of any of its days."""
    kind, owner = row.contributor.kind, version.owner_id or None
    if kind == "user" and here.user_share(row.contributor.id, version):
        return
    if kind == "team" and here.is_known(owner):
        memberships = () if here.world.roster is None else here.world.roster.memberships
        turns = {here.part.start, *(d for m in memberships for d in (m.since, m.until) if d and d in here.part)}
        if any(row.contributor.id in here.teams_of(owner, each) for each in ([day] if day else turns)):
            return
    if kind in {"user", "team"}:
        is_somebodys = here.is_known(owner) or here.is_shared_out(reference.record_of(version))
        yield ("owner" if kind == "user" else "team") if is_somebodys else "unattributed"


ORDER = [
    *("owner_inactive", "late", "deleted", "no_date", "other_slice", "condition"),
    *("owner", "team", "unattributed", "pipeline", "no_value", "no_rate"),
]


def expected_tests(here: Slice, row: Assignment, versions: Sequence[CrmEvent]) -> list[str]:
    """Return all tests that a record fails; none where it counts."""
    record = reference.record_of(versions[0])
    if record in here.counting(row).records:
        return []
    in_time = [version for version in versions if here.admits(version)]
    failed = failed_tests(here, row, in_time) if in_time else []
    would_count = record in with_late(here).counting(row).records
    if would_count and failed[:1] != ["owner_inactive"]:
        return ["late"]
    if in_time:
        return failed
    return sorted(["late", *failed_tests(with_late(here), row, versions)], key=ORDER.index)


@given(every_cell)
def test_lx3_each_record_is_left_out_for_the_first_reason(drawn: tuple[World, Goal, Assignment, Period]) -> None:
    """LX3: by itself a receipt lists the records that fail exactly one test; asked for, each gives its first reason."""
    world, goal, row, part = drawn
    here = slice_of(world, goal, part)
    known = records_of(world, goal)
    expected = {record: expected_tests(here, row, versions) for record, versions in known.items()}
    left_out = {record: tests[0] for record, tests in expected.items() if tests}
    alone = receipt(world, goal, row, part).not_counted
    assert {key(line): line.reason for line in alone} == {
        record: reason for record, reason in left_out.items() if len(expected[record]) == 1
    }
    every = receipt(world, goal, row, part, asked=[*known, ("deal", "never seen")])
    assert {key(line): line.reason for line in every.not_counted if line.record_id != "never seen"} == left_out
    assert {line.record_id for line in every.not_counted} >= {"never seen"}
    assert not any(line.credited or line.rate or line.share for line in every.not_counted)
    assert not every.others


@given(every_cell)
def test_lx4_notes_say_what_the_slices_do(drawn: tuple[World, Goal, Assignment, Period]) -> None:
    """LX4: late versions that would make a difference, other slices that count it too, and days to come are noted."""
    world, goal, row, part = drawn
    here = slice_of(world, goal, part)
    known = records_of(world, goal)
    found = receipt(world, goal, row, part, asked=list(known))
    before, after = (each.counting(row).worths() for each in (here, with_late(here)))
    others = [slice_of(world, goal, each).counting(row).records for each in goal.slices if each != part]
    today = reference.day_of(as_seen(world).as_of, goal.zone)
    for line in (*found.counted, *found.not_counted):
        kinds = [note.kind for note in line.notes]
        is_changed = (key(line) in before, before.get(key(line))) != (key(line) in after, after.get(key(line)))
        assert ("late_version" in kinds or line.reason == "late") >= is_changed
        assert is_changed >= ("late_version" in kinds)
        is_twice = line.reason is None and any(key(line) in records for records in others)
        assert ("also_counted" in kinds) == is_twice
        assert ("dated_ahead" in kinds) == (line.day is not None and line.day > today)
        assert ("converted" in kinds) == (line.rate is not None)


def number(progress: Progress) -> Fraction:
    """Return what is attained, as a fraction."""
    return Fraction(progress.attained or 0)
