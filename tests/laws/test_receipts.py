"""Laws of receipts and bridges: they add up to the number, and each record is there for the reason that the rules give (P10)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from fractions import Fraction
from itertools import product
from typing import Any

import attrs
from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st

from quota_engine import (
    Absence,
    Assignment,
    Closing,
    Condition,
    CrmEvent,
    Explanation,
    Goal,
    Line,
    Membership,
    Moved,
    Period,
    Progress,
    Rates,
    Roster,
    Splits,
    Team,
    User,
    compare,
    explain,
)
from quota_engine.testing.strategies import World, edge_worlds, worlds
from tests import reference
from tests.acme import ADA, BOB, EVERYONE, NORTH, RENEWALS, acme, at, counting, deal, promise
from tests.reference import Record, Slice, UnreadableError
from tests.side_by_side import engine_says, reference_slice, reference_world, shown

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


def with_late(here: Slice) -> Slice:
    """Return the slice with the records that came too late for it, but not with what was learnt too late of people."""
    return Slice(here.world, here.goal, here.part, late_counts=True, late_people_count=here.late_people_count)


# Deals about the end of June: plain ones, with one thing or another about them, so that all that a receipt can say is said often.
DAYS = [date(2025, 6, 30), date(2025, 7, 1), date(2025, 7, 10), date(2025, 6, 10), date(2025, 8, 1)]
RECORDED = ["2025-06-10", "2025-06-30 23:59:59.999999", "2025-07-01", "2025-07-02", "2025-07-12", "2025-08-02"]
SHARES: list[dict[str, str]] = [{"ada": "0.6", "bob": "0.4"}, {"bob": "1"}]
SAYS: dict[str, list[Any]] = {
    "closed": [*DAYS, None],
    "deleted": [True],
    "amount": [70, None, "a lot"],
    "owner": ["bob", "cyd", "ghost", None, "ada"],
    "pipeline": [None, "renewals", "new"],
    "won": [False, True],
    "currency": ["USD", "USD", "JPY", "euro"],
}
PLAIN: dict[str, Any] = {
    "amount": 100, "owner": "ada", "pipeline": "new", "deleted": False, "won": True, "currency": None,
}  # fmt: skip
CHANGES = [*SAYS, "closed", "closed", "closed", "deleted"]


def said(record_id: str, recorded: str, says: dict[str, Any]) -> CrmEvent:
    """Return a version of a deal that says this and that; a deletion of one in euros says nothing else."""
    version = deal(
        record_id,
        says["amount"],
        closed=says["closed"],
        owner=says["owner"],
        pipeline=says["pipeline"],
        recorded=recorded,
        deleted=says["deleted"],
        more={"currency": says["currency"], "is_won": says["won"]},
    )
    return evolve(version, properties={}) if version.deleted and says["currency"] is None else version


@st.composite
def deal_worlds(draw: st.DrawFn, *, about: Sequence[str] = (), leavers: bool = False) -> World:
    """Return worlds of one monthly goal and up to three deals, of whose versions each changes one thing.

    In some of them a deal of June changes at the very moment at which June freezes.

    Args:
        draw: given by Hypothesis.
        about: the things that may change, and be odd at first; all of them where none is named.
        leavers: whether people leave for sure.
    """
    pick = st.sampled_from
    account = acme(closing=Closing(policy=draw(pick(["freeze", "freeze", "restate"]))))
    aggregate = draw(pick(["sum", "sum", "sum", "count", "average", "maximum"]))
    events: list[CrmEvent] = [deal("d0", closed=draw(pick(DAYS)), pipeline="new", recorded="2025-06-10")]
    if draw(pick([False, False, True])):
        name = draw(pick(about or CHANGES))
        says = {**PLAIN, "closed": DAYS[0]}
        events += [said("d4", "2025-06-10", says), said("d4", "2025-07-01", says | {name: draw(pick(SAYS[name]))})]
    for record_id in ("d1", "d2", "d3")[: draw(st.integers(1, 3))]:
        says = {**PLAIN, "closed": draw(pick(DAYS))}
        odd = draw(pick([None, *(about or ("currency", "currency", *SAYS))]))
        says |= {} if odd is None else {odd: draw(pick(SAYS[odd]))}
        for recorded in ("2025-06-10", *draw(st.lists(pick(RECORDED), max_size=2)))[draw(pick([0, 0, 0, 1])) :]:
            events.append(said(record_id, recorded, says))
            name = draw(pick(about or CHANGES))
            says = {**says, "deleted": False, name: draw(pick(SAYS[name]))}
    away = [[], [], [Absence(at("2025-06-20"))], [Absence(at("2025-06-20"), at("2025-07-05"))]]
    away = away[2:] if leavers else away
    users = [User("ada", absences=draw(pick(away))), User("bob", absences=draw(pick(away))), User("cyd")]
    since = draw(pick([None, date(2025, 6, 20), date(2025, 7, 1)]))
    splits = Splits(dict.fromkeys([("deal", "d0"), ("deal", "d1")], draw(pick(SHARES))))
    goal = promise(ADA, BOB, NORTH, EVERYONE, RENEWALS, account=account, measure=counting(aggregate))
    narrow = evolve(goal.assignments[0], pipelines=draw(pick([None, ["new", "renewals"]])))
    return World(
        account=account,
        roster=Roster(users, [Team("north")], [Membership("ada", "north", since=since), Membership("cyd", "north")]),
        goals=(evolve(goal, assignments=[narrow, *goal.assignments[1:]]),),
        events=tuple(events),
        rates=Rates("EUR", {("USD", date(2025, 6, 15)): "0.9", ("USD", date(2025, 7, 5)): "0.7"}, missing="leave_out"),
        splits=draw(pick([None, splits])),
        as_of=at(draw(pick(["2025-08-10", "2025-08-10", "2025-07-20", "2025-07-20", "2025-07-02", "2025-06-20"]))),
        known_at=at("2025-08-20") if draw(pick([False, False, True])) else None,
    )


@st.composite
def cells(draw: st.DrawFn, drawn: st.SearchStrategy[World]) -> tuple[World, Goal, list[Period]]:
    """Return a world, one goal of it and the slices in which records may be dated, or one where there are none."""
    world = draw(drawn)
    goal = draw(st.sampled_from(world.goals))
    assume(goal.assignments)
    dates = [when for event in world.events for when in event.properties.values() if isinstance(when, date)]
    days = [reference.day_of(when, goal.zone) if isinstance(when, datetime) else when for when in dates]
    parts = [part for part in goal.slices if any(day in part for day in days)] or list(goal.slices)[:1]
    return world, goal, parts[:4]


every_slice = st.one_of(cells(deal_worlds()), cells(worlds()), cells(edge_worlds()), cells(deal_worlds()))


def records_of(world: World, goal: Goal) -> dict[Record, list[CrmEvent]]:
    """Return all versions of the records that a goal measures, as far as they are known."""
    found: dict[Record, list[CrmEvent]] = {}
    for event in world.events:
        if event.object == goal.measure.object and reference.utc(event.recorded_at) <= reference_world(world).known_at:
            found.setdefault(reference.record_of(event), []).append(event)
    return found


def key(line: Line) -> Record:
    """Return the record that a line is about."""
    return (line.object, line.record_id)


@given(every_slice)
def test_lx1_counted_lines_are_the_records_that_count(drawn: tuple[World, Goal, list[Period]]) -> None:
    """LX1: the records that a row counts are those of the second implementation, with version, day, share and credit."""
    world, goal, parts = drawn
    for row, part in product(goal.assignments, parts):
        here = reference_slice(world, goal, part)
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


@given(every_slice)
def test_lx2_counted_lines_add_up_to_the_number(drawn: tuple[World, Goal, list[Period]]) -> None:
    """LX2: what is credited adds up to what is attained; the number is the one that is calculated; rate and share say how."""
    world, goal, parts = drawn
    for row, part in product(goal.assignments, parts):
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


def satisfies(condition: Condition, value: object) -> bool:
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


def gives_the_first_reason(drawn: tuple[World, Goal, list[Period]]) -> None:
    """Check which records the receipts of some slices list as not counted, and why."""
    world, goal, parts = drawn
    for row, part in product(goal.assignments, parts):
        here = reference_slice(world, goal, part)
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


@given(every_slice)
def test_lx3_each_record_is_left_out_for_the_first_reason(drawn: tuple[World, Goal, list[Period]]) -> None:
    """LX3: by itself a receipt lists the records that fail exactly one test; asked for, each gives its first reason."""
    gives_the_first_reason(drawn)


@given(cells(deal_worlds(about=["deleted", "owner"], leavers=True)))
def test_lx3_of_leavers_too(drawn: tuple[World, Goal, list[Period]]) -> None:
    """LX3: the same where people have left, and deals are deleted and handed over."""
    gives_the_first_reason(drawn)


def notes_what_the_slices_do(drawn: tuple[World, Goal, list[Period]]) -> None:
    """Check the notes on the receipts of some slices."""
    world, goal, parts = drawn
    for row, part in product(goal.assignments, parts):
        here = reference_slice(world, goal, part)
        known = records_of(world, goal)
        found = receipt(world, goal, row, part, asked=list(known))
        before, after = (each.counting(row).worths() for each in (here, with_late(here)))
        others = [reference_slice(world, goal, each).counting(row).records for each in goal.slices if each != part]
        today = reference.day_of(reference_world(world).as_of, goal.zone)
        for line in (*found.counted, *found.not_counted):
            kinds = [note.kind for note in line.notes]
            is_changed = (key(line) in before, before.get(key(line))) != (key(line) in after, after.get(key(line)))
            assert ("late_version" in kinds or line.reason == "late") >= is_changed
            assert is_changed >= ("late_version" in kinds)
            is_twice = line.reason is None and any(key(line) in records for records in others)
            assert ("also_counted" in kinds) == is_twice
            assert ("dated_ahead" in kinds) == (line.day is not None and line.day > today)
            assert ("converted" in kinds) == (line.rate is not None)
            if line.reason != "late" and "owner" not in expected_tests(here, row, known[key(line)]):
                assert ("absent_version" in kinds) == is_passed_over(here, row, known[key(line)])


def is_passed_over(here: Slice, row: Assignment, versions: Sequence[CrmEvent]) -> bool:
    """Whether a row holds an earlier version than the last one, which says something else, for an absence (rule P7)."""
    in_time = sorted((version for version in versions if here.admits(version)), key=reference.order_of)
    taken = [version for version in in_time if here.takes(row, version)]
    return bool(taken) and reference.order_of(taken[-1])[2:] != reference.order_of(in_time[-1])[2:]


@given(every_slice)
def test_lx4_notes_say_what_the_slices_do(drawn: tuple[World, Goal, list[Period]]) -> None:
    """LX4: late versions that would make a difference, versions of absences, other slices and days to come are noted."""
    notes_what_the_slices_do(drawn)


@given(cells(deal_worlds(about=["deleted", "currency"], leavers=True)))
def test_lx4_of_leavers(drawn: tuple[World, Goal, list[Period]]) -> None:
    """LX4: the same where people have left, and deals are deleted and put into another currency."""
    notes_what_the_slices_do(drawn)


@given(cells(deal_worlds(about=["closed"])))
def test_lx4_of_deals_that_move(drawn: tuple[World, Goal, list[Period]]) -> None:
    """LX4: the same where deals move from month to month."""
    notes_what_the_slices_do(drawn)


# What moved between two receipts.

COMING = {
    "owner_inactive": "membership", "late": "late", "deleted": "restored", "no_date": "corrected", "other_slice": "corrected",
    "condition": "won", "owner": "reassigned", "pipeline": "reassigned", "no_value": "corrected", "no_rate": "rate",
}  # fmt: skip
GOING = {**COMING, "deleted": "deleted", "condition": "lost"}


@st.composite
def changed_cells(draw: st.DrawFn) -> tuple[tuple[World, Goal, Assignment, Period], tuple[World, Goal]]:
    """Return a row and slice of a world, and the world and the goal as they may have become."""
    world, goal, parts = draw(every_slice)
    part = draw(st.sampled_from(parts))
    row = draw(st.sampled_from(goal.assignments))
    drawn = (world, goal, row, part)
    events = draw(st.lists(st.sampled_from(world.events), max_size=len(world.events)))
    roster = world.roster and Roster([User(user.id) for user in world.roster.users], world.roster.teams)
    none = Rates(world.rates.base, {}, missing="leave_out")
    after = evolve(
        world,
        events=draw(st.sampled_from([world.events, tuple(events)])),
        rates=draw(st.sampled_from([world.rates, world.rates, none])),
        splits=draw(st.sampled_from([world.splits, None])),
        roster=draw(st.sampled_from([world.roster, roster])),
        known_at=draw(st.sampled_from([world.known_at, *(event.recorded_at for event in world.events)])),
    )
    other = draw(st.sampled_from([goal, goal.apply_targets("12.50")]))
    return draw(
        st.sampled_from([(drawn, (after, other)), ((after, other, other.row(row.contributor), part), (world, goal))])
    )


@given(changed_cells())
def test_lx5_bridges_add_up(drawn: tuple[tuple[World, Goal, Assignment, Period], tuple[World, Goal]]) -> None:
    """LX5: from one receipt to another, what moved adds up to what was attained more, and each step has its cause."""
    (world, goal, row, part), (later, other) = drawn
    before, after = receipt(world, goal, row, part), receipt(later, other, other.row(row.contributor), part)
    moved = compare(before, after)
    records = [step for step in moved if step.cause != "target"]
    assert (len(moved) > len(records)) == (before.progress.target != after.progress.target)
    credited = [sum((line.credited for line in each.counted), Fraction(0)) for each in (before, after)]
    if goal.measure.aggregate in ADDED:
        assert sum((step.delta or 0 for step in moved), Fraction(0)) == credited[1] - credited[0]
    else:
        assert {step.delta for step in moved} <= {None}
    here, there = reference_slice(world, goal, part), reference_slice(later, other, part)
    one, two = here.counting(row).records, there.counting(row).records
    for step in records:
        line = step.after if isinstance(step.after, Line) else step.before
        assert isinstance(line, Line)
        assert step.cause in causes(here, there, row, key(line), one, two)
    named = {
        (line.object, line.record_id)
        for step in records
        for line in (step.before, step.after)
        if isinstance(line, Line)
    }
    assert named >= set(one) ^ set(two)
    assert named <= set(one) | set(two)
    alike = {record for record in set(one) & set(two) if is_alike(here, there, row, record)}
    assert not named & alike
    assert named >= {
        record for record in set(one) & set(two) if worths(here, row)[record] != worths(there, row)[record]
    }
    assert compare(before, before) == ()
    back = compare(after, before)
    assert [(step.after, step.before) for step in back if step.cause == "new"] == [
        (step.before, step.after)
        for step in moved
        if step.cause == "deleted" and step.after is None and is_unknown(there, step)
    ]


def worths(here: Slice, row: Assignment) -> dict[Record, Fraction | str | None]:
    """Return what each record is worth to a row."""
    return here.counting(row).worths()


def is_unknown(here: Slice, step: Moved) -> bool:
    """Whether a slice has never heard of the record that a step is about."""
    return isinstance(step.before, Line) and not versions_in(here, key(step.before))


def versions_in(here: Slice, record: Record) -> list[CrmEvent]:
    """Return the versions of a record that are known."""
    events = here.world.versions
    return [
        e for e in events if reference.record_of(e) == record and reference.utc(e.recorded_at) <= here.world.known_at
    ]


def is_alike(here: Slice, there: Slice, row: Assignment, record: Record) -> bool:
    """Whether two slices count the very same version of a record at the same share, and without rates."""
    one, two = here.counting(row), there.counting(row)
    return (*one.records[record], one.shares[record]) == (*two.records[record], two.shares[record])


def causes(
    here: Slice,
    there: Slice,
    row: Assignment,
    record: Record,
    one: dict[Record, tuple[CrmEvent, Fraction | None]],
    two: dict[Record, tuple[CrmEvent, Fraction | None]],
) -> set[str]:
    """Return what may have moved a record between two slices: one cause, but for whom people belong to."""
    if record in one and record in two:
        return {cause_of_change(here, there, row, record)}
    side, table = (here, COMING) if record in two else (there, GOING)
    versions = versions_in(side, record)
    if not versions:
        return {"new" if record in two else "deleted"}
    reason = expected_tests(side, row, versions)[0]
    return {table[reason]} if reason in table else {"membership", "reassigned"}


def cause_of_change(here: Slice, there: Slice, row: Assignment, record: Record) -> str:
    """Return what changed of a record that counts on both sides."""
    sides = [(side, side.counting(row)) for side in (here, there)]
    says = [reference.worth_of(counting.records[record][0], side.goal.measure, side.zone) for side, counting in sides]
    home = here.world.account.currency
    money = [None if w is None else (w.day, w.amount, w.amount is not None and (w.currency or home)) for w in says]
    if money[0] != money[1]:
        return "corrected"
    if sides[0][1].shares[record] != sides[1][1].shares[record]:
        return "reassigned"
    amounts = [counting.records[record][1] for _, counting in sides]
    return "rate" if amounts[0] != amounts[1] else "reassigned"


@given(changed_cells())
def test_lx6_results_are_bridged_cell_by_cell(
    drawn: tuple[tuple[World, Goal, Assignment, Period], tuple[World, Goal]],
) -> None:
    """LX6: between two results every cell that differs is there once, with the fields that differ, and no other."""
    (world, goal, row, _), (later, other) = drawn
    before = engine_says(evolve(world, goals=(goal,)))
    after = engine_says(evolve(later, goals=(evolve(other, assignments=[row]),)))
    found = compare(before, after)
    steps = {name(step.after if step.after is not None else step.before): step for step in found}
    assert len(steps) == len(found)
    one, two = ({name(cell): cell for cell in result} for result in (before, after))
    assert set(steps) == {place for place in {*one, *two} if one.get(place) != two.get(place)}
    for place, step in steps.items():
        old, new = one.get(place), two.get(place)
        assert (step.before, step.after) == (old, new)
        if old is None or new is None:
            assert step.cause == ("new" if old is None else "deleted")
            continue
        assert dict.fromkeys(step.fields) == {
            field: None for field in attrs.fields_dict(Progress) if getattr(old, field) != getattr(new, field)
        }
        is_figure = old.attained is not None and new.attained is not None
        assert step.delta == (Fraction(new.attained or 0) - Fraction(old.attained or 0) if is_figure else None)
        assert (step.cause == "target") == (old.target != new.target and old.attained == new.attained)


def name(cell: object) -> tuple[str, str, Period]:
    """Return which cell it is."""
    assert isinstance(cell, Progress)
    return (cell.goal_id, str(cell.contributor), cell.slice)
