"""Laws of notices: told when the figure passes, never otherwise, never twice, in order, under a key that says what it is.

What is expected is worked out here once more, mark by mark and day by day, in fractions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Context, Decimal
from fractions import Fraction
from itertools import pairwise

from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st

from quota_engine import (
    Assignment,
    Closing,
    Contributor,
    Goal,
    Milestone,
    MilestoneReached,
    Period,
    Progress,
    Status,
    edited_versions,
    judge,
    next_moment,
    reached_on,
    target_versions,
)
from quota_engine.testing.strategies import goals, milestones, milestones_reached, periods, slices_near
from quota_engine.testing.strategies.values import SOMEDAY
from tests.reference import day_of, first_instant, utc

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)
FINEST = Fraction(1, 10**18)


def decimal(number: Fraction) -> Decimal:
    """Return a fraction whose decimals end as a Decimal, exactly."""
    context = Context(prec=400)
    found = context.divide(Decimal(number.numerator), Decimal(number.denominator))
    assert Fraction(found) == number
    return found


# What is drawn: a goal with marks, a row and a slice of it, moments at its edges, and figures at its marks.


@frozen
class Cell:
    """A row of a goal in a slice."""

    goal: Goal
    row: Assignment
    slice: Period

    @property
    def target(self) -> Decimal | None:
        """What is promised in it."""
        return dict(zip(self.goal.slices, self.row.cells, strict=True))[self.slice]

    @property
    def start(self) -> datetime:
        """Its first instant."""
        return first_instant(self.slice.start, self.goal.zone)

    @property
    def end(self) -> datetime:
        """The first instant after it."""
        return first_instant(self.slice.end, self.goal.zone)

    @property
    def at_once(self) -> bool:
        """Whether it is judged before its end."""
        return self.goal.measure.direction == "higher" and bool(self.target)

    def status(self, attained: Decimal | None, as_of: datetime) -> Status | None:
        """Return where it stands by a figure (rule P3)."""
        if self.target is None:
            return None
        if as_of < self.start:
            return Status.PENDING
        if as_of < self.end and not (self.at_once and attained is not None and attained >= self.target):
            return Status.IN_PROGRESS
        if attained is None:
            return Status.MISSED if self.at_once else None
        if attained == self.target:
            return Status.ACHIEVED
        is_better = (attained > self.target) is (self.goal.measure.direction == "higher")
        return Status.EXCEEDED if is_better else Status.MISSED

    def figure(self, attained: Decimal | None, as_of: datetime) -> Progress:
        """Return the figure of a refresh."""
        return Progress(
            goal_id=self.goal.id, goal_version=self.goal.version, contributor=self.row.contributor, slice=self.slice,
            target=self.target, attained=attained, attainment=None, remaining=None, counted=1,
            status=self.status(attained, as_of), pace=None, unit="points", currency=None, frozen_at=None, restated=False,
        )  # fmt: skip

    def judged(
        self,
        attained: Decimal | None,
        as_of: datetime,
        has: Iterable[str] = (),
        *,
        edited: int | None = None,
        revision: int = 1,
    ) -> tuple[MilestoneReached, ...]:
        """Return what is found reached by a figure."""
        return judge(
            self.goal, self.figure(attained, as_of), target_version=1, has=frozenset(has).__contains__, as_of=as_of,
            revision=revision, edited_version=edited,
        )  # fmt: skip


# Those that wait for something, and marks that are met: drawn as often as all others together.
frequent = st.sampled_from(
    [
        Milestone.missed(),
        Milestone.achieved(),
        Milestone.progress(every="weekly"),
        *map(Milestone.percent, (50, 25, 150)),
    ]
)


@st.composite
def cells(draw: st.DrawFn, *, at_once: bool = False) -> Cell:
    """Return rows in slices about a day, with up to six milestones, of the row or of the goal."""
    goal = draw(goals().filter(lambda goal: not goal.is_draft))
    if at_once or draw(st.booleans()):
        measure = evolve(goal.measure, direction="higher")
        goal = evolve(goal, measure=measure, closing=Closing(grace=2 * DAY)).apply_targets(
            Decimal(draw(st.sampled_from(["100", "0.01", "3", "99.99"])))
        )
    marks = draw(st.lists(milestones() | frequent, min_size=1, max_size=6))
    if draw(st.booleans()):
        goal = evolve(goal, milestones=marks)
    else:
        rows = [evolve(row, milestones=marks) for row in goal.assignments]
        goal = evolve(goal, assignments=rows, milestones=[Milestone.percent("0.5")])
    row, part = draw(st.sampled_from(goal.assignments)), draw(st.sampled_from(slices_near(goal, SOMEDAY)))
    if not at_once and draw(st.booleans()):
        policy, grace = draw(st.sampled_from([("freeze", 0), ("freeze", 2), ("restate", 2)]))
        since = draw(st.sampled_from([None, None, part.last_day - DAY, part.last_day]))
        goal = evolve(goal, closing=Closing(policy=policy, grace=grace * DAY, since=since))
    return Cell(goal, row, part)


@st.composite
def moments_of(draw: st.DrawFn, cell: Cell) -> datetime:
    """Return moments at, just before and just after the bounds and the freeze of a slice, and on days in it."""
    inside = st.integers(0, cell.slice.days + 9).map(lambda days: cell.start + days * DAY)
    edges = st.sampled_from([cell.start, cell.end, cell.end + cell.goal.closing.grace])
    return draw(edges | inside) + draw(st.sampled_from([timedelta(0), -TICK, TICK, timedelta(hours=7)]))


@st.composite
def figures_of(draw: st.DrawFn, cell: Cell) -> Decimal | None:
    """Return figures at, just below and just above the marks, and none."""
    marks = [Fraction(milestone.mark) for milestone in ticked(cell) if milestone.mark]
    at = Fraction(cell.target or 0) * draw(st.sampled_from([Fraction(0), Fraction(100), *marks, *marks, *marks])) / 100
    beside = [Fraction(0), -(FINEST**3), -(FINEST**3), FINEST**3, -Fraction(1, 100), Fraction(5)]
    found = at + draw(st.sampled_from(beside))
    return draw(st.sampled_from([decimal(found)] * 7 + [None]))


def ticked(cell: Cell) -> tuple[Milestone, ...]:
    """Return the milestones that a row has."""
    return cell.goal.milestones if cell.row.milestones is None else cell.row.milestones


# What is expected (rules N1 to N3, P3 and P6).


def update_due(cell: Cell, every: str, as_of: datetime) -> date | None:
    """Return the last day up to now with which a period ended the day before, looked for day by day."""
    today, found = day_of(as_of, cell.goal.zone), None
    day = cell.slice.start + DAY
    while day <= min(today, cell.slice.end):
        before = cell.goal.calendar.period_of(day - DAY, every, aligned=cell.goal.duration.aligned)
        if before.end == day:
            found = day
        day += DAY
    return found


def expected(
    cell: Cell, attained: Decimal | Fraction | None, as_of: datetime, edited: int | None
) -> Iterator[tuple[Milestone, str]]:
    """Yield the milestones that a figure reaches, with their occurrences, in no order."""
    since, target = cell.goal.closing.since, cell.target
    if target is None or as_of < cell.start or (since is not None and cell.slice.end - DAY <= since):
        return
    figure, promised = None if attained is None else Fraction(attained), Fraction(target)
    sign = 1 if cell.goal.measure.direction == "higher" else -1
    is_settled = as_of >= cell.end + cell.goal.closing.grace
    for milestone in ticked(cell):
        kind, occurrence, is_reached = str(milestone.kind), "", False
        if kind == "kickoff":
            is_reached = True
        elif kind == "edited":
            is_reached, occurrence = edited is not None, str(edited)
        elif kind == "progress":
            due = update_due(cell, str(milestone.every), as_of)
            is_reached, occurrence = due is not None, str(due)
        elif kind == "percent":
            is_reached = (
                cell.at_once and figure is not None and figure * 100 >= promised * Fraction(milestone.mark or 0)
            )
        elif kind == "missed":
            is_short = cell.at_once if figure is None else sign * figure < sign * promised
            is_reached = is_settled and is_short
        elif (cell.at_once or is_settled) and figure is not None:
            better = sign * (figure - promised)
            is_reached = better >= 0 if kind == "achieved" else better > 0
        if is_reached:
            yield milestone, occurrence


def place(milestone: Milestone) -> tuple[int, Fraction, int]:
    """Return where a milestone stands among those of one refresh, by a table."""
    kind = str(milestone.kind)
    stage = {"kickoff": 0, "edited": 1, "percent": 2, "achieved": 2, "exceeded": 2, "missed": 3, "progress": 4}[kind]
    last = ["percent", "achieved", "exceeded"].index(kind) if stage == 2 else 0
    if milestone.every is not None:
        last = ["weekly", "monthly", "quarterly", "half_yearly", "yearly"].index(milestone.every)
    return stage, Fraction(milestone.mark or 100), last


class TestReaching:
    """What is told of a figure."""

    @given(st.data(), cells())
    def test_ln2_ln3_what_passes_is_told_and_nothing_else(self, data: st.DataObject, cell: Cell) -> None:
        """LN2 and LN3: one mark after the other, a figure that passes its test is told, and one that does not is not."""
        as_of, attained = data.draw(moments_of(cell)), data.draw(figures_of(cell))
        edited = data.draw(st.sampled_from([None, 2]))
        found = cell.judged(attained, as_of, edited=edited)
        wanted = set(expected(cell, attained, as_of, edited))
        assert {(fact.milestone, fact.occurrence) for fact in found} == wanted
        assert len(found) == len(wanted)

    @given(st.data(), cells())
    def test_ln3_never_without_a_figure_that_passed(self, data: st.DataObject, cell: Cell) -> None:
        """LN3 Never recorded unless the figure of some completed refresh passed that test; at the end, and in the grace, too."""
        attained = data.draw(figures_of(cell))
        for as_of in (data.draw(moments_of(cell)), cell.end, cell.end + cell.goal.closing.grace / 2):
            for fact in cell.judged(attained, as_of):
                assert (fact.milestone, fact.occurrence) in set(expected(cell, attained, as_of, None))
                assert (fact.target, fact.attained, fact.as_of) == (cell.target, attained, utc(as_of))

    @given(st.data(), cells())
    def test_ln2_whatever_passes_is_told(self, data: st.DataObject, cell: Cell) -> None:
        """LN2 After a completed refresh whose figure passes the milestone's own test the milestone is recorded."""
        as_of, attained = data.draw(moments_of(cell)), data.draw(figures_of(cell))
        told = {(fact.milestone, fact.occurrence) for fact in cell.judged(attained, as_of, edited=3)}
        assert set(expected(cell, attained, as_of, 3)) <= told

    @given(st.data(), cells(at_once=True))
    def test_ln4_exact_comparison(self, data: st.DataObject, cell: Cell) -> None:
        """LN4 Exact comparison: equality fires; one minor unit below does not."""
        as_of = data.draw(moments_of(cell).filter(lambda moment: moment >= cell.start))
        for milestone in ticked(cell):
            if milestone.mark is not None:
                at = Fraction(cell.target or 0) * Fraction(milestone.mark) / 100
                for short, is_told in ((Fraction(0), True), (FINEST**3, False), (Fraction(1, 100), False)):
                    told = {fact.milestone for fact in cell.judged(decimal(at - short), as_of)}
                    assert (milestone in told) is is_told

    @given(st.data(), cells())
    def test_ln5_falling_below_and_crossing_again(self, data: st.DataObject, cell: Cell) -> None:
        """LN5 Falling below and crossing again does not re-fire; over any refreshes each key is found once at most (LN1)."""
        steps = st.lists(st.tuples(moments_of(cell), figures_of(cell)), min_size=2, max_size=6)
        recorded: list[str] = []
        passed: set[tuple[Milestone, str]] = set()
        for as_of, attained in sorted(data.draw(steps), key=lambda step: step[0]):
            found = cell.judged(attained, as_of, recorded)
            recorded += [fact.key for fact in found]
            passed |= set(expected(cell, attained, as_of, None))
            assert cell.judged(attained, as_of, recorded) == ()
        assert len(set(recorded)) == len(recorded) == len(passed)

    @given(st.data(), cells())
    def test_ln6_ascending_under_one_refresh(self, data: st.DataObject, cell: Cell) -> None:
        """LN6 Several crossings in one refresh are recorded ascending with one refresh id."""
        as_of, attained = data.draw(moments_of(cell)), data.draw(figures_of(cell))
        found = cell.judged(attained, as_of, edited=2, revision=41)
        for one, other in pairwise(found):
            assert place(one.milestone) < place(other.milestone)
        assert {(fact.revision, fact.as_of) for fact in found} <= {(41, utc(as_of))}

    @given(st.data(), cells())
    def test_ln2_nothing_is_missed_between_the_moments_that_matter(self, data: st.DataObject, cell: Cell) -> None:
        """LN2: with the same figure, a refresh before the next moment finds nothing that this one did not."""
        as_of, attained = data.draw(moments_of(cell)), data.draw(figures_of(cell))
        coming = next_moment(cell.goal, as_of)
        assert coming is None or coming > as_of
        just_before = as_of + 4000 * DAY if coming is None else coming - TICK
        found = cell.judged(attained, as_of)
        assert cell.judged(attained, just_before, [fact.key for fact in found]) == ()
        if cell.target is not None:
            assert cell.status(attained, just_before) == cell.status(attained, as_of)


# Keys.

# Ids that differ only where parts of a key could run into each other, or in letters that a key cannot have.
ids = st.text("a/:%2Fé.", min_size=1, max_size=3).filter(lambda text: not text.isspace())
facts = st.builds(
    lambda fact, account, goal, contributor, part: evolve(
        fact, account_id=account, goal_id=goal, contributor=contributor, slice=part
    ),
    milestones_reached(),
    ids,
    ids,
    st.builds(Contributor.user, ids) | st.builds(Contributor.team, ids),
    st.sampled_from([Period(date(2025, 1, 1), date(2025, 1, end)) for end in (2, 3)]) | periods(),
)
PARTS = ("account_id", "goal_id", "contributor", "slice", "milestone", "target_version", "occurrence")


def parts_of(fact: MilestoneReached) -> tuple[object, ...]:
    """Return the tuple of rule N2."""
    return tuple(getattr(fact, name) for name in PARTS)


class TestKeys:
    """What a fact is recorded and delivered under."""

    @given(st.data(), facts, facts)
    def test_ln7_a_pure_function_of_the_tuple(
        self, data: st.DataObject, one: MilestoneReached, other: MilestoneReached
    ) -> None:
        """LN7 The key is a pure function of the tuple, and injective: two facts have one key where their tuples are equal."""
        other = evolve(other, target_version=one.target_version + data.draw(st.sampled_from([0, 0, 1, 2])))
        for name in data.draw(st.sets(st.sampled_from(PARTS[:4])) | st.just(set(PARTS[:4]))):
            other = evolve(other, **{name: getattr(one, name)})
        if data.draw(st.booleans()):
            other = evolve(other, milestone=one.milestone, occurrence=one.occurrence)
        if other.occurrence and data.draw(st.booleans()):
            other = evolve(other, occurrence="2025-01-06" if other.milestone.every is not None else "7")
        assert (one.key == other.key) is (parts_of(one) == parts_of(other))
        assert one.key.isascii()
        assert one.key.isprintable()
        assert " " not in one.key

    @given(facts, facts)
    def test_ln7_stays_whatever_the_figures_become(self, one: MilestoneReached, other: MilestoneReached) -> None:
        """LN7: figures, moments, refreshes and versions have no part in it."""
        kept = {name: getattr(one, name) for name in PARTS}
        assert evolve(other, **kept).key == one.key

    @given(facts, st.integers(0, 3))
    def test_ln1_another_occurrence_is_another_fact(self, fact: MilestoneReached, later: int) -> None:
        """LN1: the due day of an update, and the version of an edit, tell facts apart; nothing else has occurrences."""
        if fact.milestone.every is not None:
            day = (date.fromisoformat(fact.occurrence) + later * DAY).isoformat()
            assert (evolve(fact, occurrence=day).key == fact.key) is (later == 0)
        elif fact.occurrence:
            assert (evolve(fact, occurrence=str(int(fact.occurrence) + later)).key == fact.key) is (later == 0)


# What arms a mark anew.


@st.composite
def histories(draw: st.DrawFn) -> list[Goal]:
    """Return the states of a goal: with another name, other targets in some cells, other rows, back to an earlier one."""
    goal = draw(goals())
    states = [goal]
    for _ in range(draw(st.integers(0, 5))):
        goal = states[-1]
        row = draw(st.sampled_from(goal.assignments)) if goal.assignments else None
        match draw(st.sampled_from(["name", "target", "target", "back", "remove", "currency"])):
            case "name":
                goal = evolve(goal, name=goal.name + "x", measure=evolve(goal.measure, name=goal.measure.name + "x"))
            case "target" if row is not None:
                day = draw(st.sampled_from(slices_near(goal, SOMEDAY))).start
                goal = goal.with_targets({(row.contributor, day): draw(st.sampled_from([1, "1.0", 2, None]))})
            case "back":
                goal = draw(st.sampled_from(states))
            case "remove" if row is not None:
                goal = goal.remove(row.contributor)
            case "currency":
                goal = evolve(goal, currency="CHF")
            case _:
                pass
        states.append(goal)
    return [evolve(goal, version=2 * number + 1) for number, goal in enumerate(states)]


def promised(goal: Goal, who: Contributor, part: Period) -> object:
    """Return what a goal promises in a cell: None where it has no such cell."""
    for row in goal.assignments:
        for days, target in zip(goal.slices, row.cells, strict=True):
            if (row.contributor, days) == (who, part):
                return goal.currency, "nothing" if target is None else Fraction(target)
    return None


class TestArming:
    """Rule N3: a new target, slice or date arms a mark anew, a new name does not."""

    @given(histories(), st.data())
    def test_ln1_the_target_version_is_that_of_the_last_change(self, history: list[Goal], data: st.DataObject) -> None:
        """LN1: it is the first version from which on the cell has always had the target that it has now."""
        found = target_versions(history)
        now = history[-1]
        assert set(found) == {(row.contributor, part) for row in now.assignments for part in now.slices}
        if found:
            who = data.draw(st.sampled_from(now.assignments)).contributor
            part = data.draw(st.sampled_from(slices_near(now, SOMEDAY)))
            since = now.version
            for goal in reversed(history):
                if promised(goal, who, part) != promised(now, who, part):
                    break
                since = goal.version
            assert found[who, part] == since

    @given(histories(), st.integers(0, 6))
    def test_ln1_found_step_by_step_as_at_once(self, history: list[Goal], cut: int) -> None:
        """LN1: what was found up to some version, and the versions since, give the same as all together."""
        place = min(cut, len(history) - 1)
        assert target_versions(history[place:], before=target_versions(history[: place + 1])) == target_versions(
            history
        )

    @given(histories(), histories(), st.booleans())
    def test_nothing_was_edited_exactly_where_nothing_differs(
        self, history: list[Goal], others: list[Goal], is_other: object
    ) -> None:
        """An edit is there for whatever differs but the version, and back again it is the same edit turned round."""
        before, after = history[0], (others if is_other else history)[-1]
        found = after.edits_since(before)
        assert (found == ()) is (evolve(before, version=after.version) == after)
        turned = {evolve(edit, before=edit.after, after=edit.before) for edit in before.edits_since(after)}
        assert set(found) == turned

    @given(histories(), st.integers(0, 6), st.integers(-400, 400))
    def test_edits_are_told_of_one_slice_a_row_and_step_by_step(self, history: list[Goal], cut: int, days: int) -> None:
        """What was found up to some version, and the versions since, give the same as all together; one slice a row and edit."""
        states = [
            (evolve(goal, milestones=[Milestone.edited()]), datetime(2026, 3, 1, tzinfo=UTC) + days * DAY)
            for goal in history
        ]
        place, found = min(cut, len(states) - 1), edited_versions(states)
        assert edited_versions(states[place:], before=edited_versions(states[: place + 1])) == found
        told = [(who, version) for (who, _), version in found.items()]
        assert len(set(told)) == len(told)
        assert {part for _, part in found} <= set(history[-1].slices)

    @given(st.data(), cells(at_once=True), st.sampled_from(["name", "target", "back"]))
    def test_ln5_a_new_target_fires_again(self, data: st.DataObject, cell: Cell, change: str) -> None:
        """LN5: after a new target its marks are told once more, by the new figure; after a new name nothing is."""
        as_of = data.draw(moments_of(cell).filter(lambda moment: moment >= cell.start))
        attained = Decimal(10**6)
        goal, who, day = cell.goal, cell.row.contributor, cell.slice.start
        other = evolve(goal, version=2, name="Another name")
        if change != "name":
            other = other.with_targets({(who, day): 7})
        states = [goal, other] if change != "back" else [goal, other, evolve(goal, version=3)]
        after = Cell(states[-1], states[-1].row(who), cell.slice)
        keys = {fact.key for fact in cell.judged(attained, as_of)}
        version = target_versions(states)[who, cell.slice]
        found = judge(
            after.goal,
            after.figure(attained, as_of),
            target_version=version,
            has=keys.__contains__,
            as_of=as_of,
            revision=2,
        )
        kinds = {"percent", "achieved", "exceeded"} if change != "name" else set[str]()
        told = {milestone for milestone, _ in expected(after, attained, as_of, None) if milestone.kind in kinds}
        assert {fact.milestone for fact in found} == told
        assert {fact.target_version for fact in found} <= {len(states)}


class TestReachedOn:
    """The day on which the running sum met a mark."""

    @given(
        st.data(),
        st.lists(st.tuples(st.integers(1, 9), st.integers(-3, 6), st.integers(1, 3)), max_size=8),
        st.integers(-4, 12),
    )
    def test_ln4_is_the_first_day_in_any_order(
        self, data: st.DataObject, counted: list[tuple[int, int, int]], mark: int
    ) -> None:
        """LN4: the sum of all days up to it meets the mark exactly or beyond, and that of no earlier day does."""
        dated = [(date(2025, 7, day), Fraction(amount, parts)) for day, amount, parts in counted]
        beyond = data.draw(st.booleans())
        wanted = None
        for day in sorted({day for day, _ in dated}, reverse=True):
            total = sum((amount for when, amount in dated if when <= day), Fraction(0))
            if total > mark or (total == mark and not beyond):
                wanted = day
        assert reached_on(mark, data.draw(st.permutations(dated)), beyond=beyond) == wanted
