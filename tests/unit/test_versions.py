"""Versions: in which version of a goal each cell got its target, and was last edited."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import partial

from attrs import evolve

from quota_engine import Assignment, Contributor, Duration, FiscalCalendar, Goal, Milestone, Period, remap, templates
from quota_engine.errors import InvalidType
from quota_engine.versions import edited_versions, target_versions
from tests.acme import ADA, BOB, MONTHLY, REVENUE, acme, at, promise
from tests.refusals import refuses

QUARTERS = Duration.quarterly(2025)
FEBRUARY, MAY, SUMMER = date(2025, 2, 15), date(2025, 5, 15), date(2025, 8, 15)


def as_versions(*states: Goal) -> list[Goal]:
    """Return the states of a goal, numbered from 1."""
    return [evolve(goal, version=number) for number, goal in enumerate(states, 1)]


def of(found: Mapping[tuple[Contributor, Period], int], who: Contributor) -> list[int | None]:
    """Return the versions of a row's quarters; None where there is none."""
    quarters = promise(ADA, duration=QUARTERS).slices
    return [found.get((who, part)) for part in quarters]


class TestTargetVersions:
    """A new target arms the marks anew, and a new name does not."""

    def test_are_the_first_where_nothing_changed(self) -> None:
        """A history may begin at any version."""
        goal = promise(ADA, BOB, duration=QUARTERS)
        assert of(target_versions([goal]), ADA) == [1, 1, 1, 1]
        assert of(target_versions([evolve(goal, version=5)]), BOB) == [5, 5, 5, 5]
        assert target_versions([]) == {}

    def test_follow_the_cell_that_changed(self) -> None:
        """Bob's second quarter got its target in version 2; nobody else's did."""
        goal = promise(ADA, BOB, duration=QUARTERS)
        found = target_versions(as_versions(goal, goal.with_targets({(BOB, MAY): "5000"})))
        assert of(found, ADA) == [1, 1, 1, 1]
        assert of(found, BOB) == [1, 2, 1, 1]

    def test_do_not_follow_what_is_no_target(self) -> None:
        """A new name, marks, pipelines, a lock, a mate: the target of a cell is what it was."""
        goal = promise(ADA, duration=QUARTERS)
        states = [
            goal,
            evolve(goal, name="More"),
            goal.with_milestones(ADA, [Milestone.percent(50)]),
            goal.apply_pipelines(["new"]),
            evolve(goal, assignments=[evolve(goal.row(ADA), locked=[goal.slices.periods[0]])]),
            goal.assign(Assignment(BOB)),
            evolve(goal, measure=evolve(REVENUE, name="Our revenue")),
            goal.apply_targets("1000.0"),
        ]
        found = target_versions(as_versions(*states))
        assert of(found, ADA) == [1, 1, 1, 1]
        assert of(found, BOB) == [None] * 4
        assert of(target_versions(as_versions(*states)[:6]), BOB) == [6, 6, 6, 6]

    def test_count_a_target_that_comes_back(self) -> None:
        """Changed and changed back is a new target, and so is one that was taken away, or whose row was gone meanwhile."""
        goal = promise(ADA, duration=QUARTERS)
        for meanwhile in (goal.apply_targets(5, during=None), goal.with_targets({(ADA, MAY): None}), goal.remove(ADA)):
            assert of(target_versions(as_versions(goal, meanwhile, goal)), ADA)[1] == 3
        assert of(target_versions(as_versions(goal, goal.with_targets({(ADA, MAY): None}))), ADA) == [1, 2, 1, 1]

    def test_count_another_slice_or_date(self) -> None:
        """A cell of other days is another one; those that the goal no longer has are gone."""
        goal = promise(ADA, duration=QUARTERS)
        yearly = remap(goal, FiscalCalendar(), duration=Duration.yearly(2025)).goal
        found = target_versions(as_versions(goal, yearly))
        assert list(found.items()) == [((ADA, Period.closed("2025-01-01", "2025-12-31")), 2)]
        assert of(target_versions(as_versions(goal, yearly, goal)), ADA) == [3, 3, 3, 3]

    def test_count_another_measure_or_currency(self) -> None:
        """1,000 dollars are another target than 1,000 euros, and so are 1,000 calls."""
        goal = promise(ADA, duration=QUARTERS)
        assert of(target_versions(as_versions(goal, evolve(goal, currency="USD"))), ADA) == [2] * 4
        calls = evolve(goal, measure=templates.CALLS_MADE.measure)
        assert of(target_versions(as_versions(goal, calls)), ADA) == [2] * 4

    def test_can_be_gone_on_with(self) -> None:
        """What was found for the first states, and the states since, give the same as all at once."""
        goal = promise(ADA, BOB, duration=QUARTERS)
        states = as_versions(goal, goal.with_targets({(BOB, MAY): "5"}), goal, goal.with_targets({(ADA, MAY): "7"}))
        for cut in range(1, len(states) + 1):
            before = target_versions(states[:cut])
            assert target_versions(states[cut - 1 :], before=before) == target_versions(states)

    def test_need_one_goal_in_order(self) -> None:
        """Another goal, a version twice, or something else is named by its place."""
        goal = promise(ADA)
        refuses(partial(target_versions, [goal, goal]), "not_ascending", "history[1]", "a version after 1", "got 1")
        later = evolve(goal, version=2)
        for other in (evolve(later, id="g2"), evolve(later, account_id="globex")):
            refuses(partial(target_versions, [goal, other]), "other_goal", "history[1]", "a state of g1")
        refuses(partial(target_versions, [1]), "invalid_type", "history[0]", kind=InvalidType)  # type: ignore[list-item]


def edited(*states: tuple[Goal, str]) -> Mapping[tuple[Contributor, Period], int]:
    """Return what `edited_versions` makes of states, each with the day on which it was stored."""
    return edited_versions((evolve(goal, version=number), at(day)) for number, (goal, day) in enumerate(states, 1))


def ticked(*rows: Contributor) -> Goal:
    """Return a goal of quarters of which edits are to be told."""
    return evolve(promise(*rows, duration=QUARTERS), milestones=[Milestone.edited()])


class TestEditedVersions:
    """Which row and slice an edit concerns: one slice for each row that it touches."""

    def test_are_none_without_an_edit(self) -> None:
        """Neither the first version nor a new name, other marks or a lock is one."""
        goal = ticked(ADA)
        assert edited((goal, "2025-02-01")) == {}
        for same in (
            evolve(goal, name="More"),
            evolve(goal, milestones=[Milestone.edited(), Milestone.kickoff()]),
            evolve(goal, created_by="eve"),
            evolve(goal, measure=evolve(goal.measure, name="Turnover")),
            evolve(goal, assignments=[evolve(goal.row(ADA), locked=[goal.slices.periods[0]])]),
            goal.with_milestones(ADA, [Milestone.edited()]),
        ):
            assert edited((goal, "2025-02-01"), (same, "2025-02-02")) == {}

    def test_concern_the_slice_whose_target_changed(self) -> None:
        """Also one that has ended, and one that is still to come; others in the row are not concerned."""
        goal = ticked(ADA, BOB)
        for day, place in ((FEBRUARY, 0), (MAY, 1), (SUMMER, 2)):
            found = edited((goal, "2025-01-01"), (goal.with_targets({(BOB, day): "5"}), "2025-05-01"))
            assert of(found, ADA) == [None] * 4
            assert of(found, BOB) == [2 if number == place else None for number in range(4)]

    def test_concern_one_slice_where_many_targets_changed(self) -> None:
        """A year of targets is one edit: the quarter of that moment, else the next one, else the last before."""
        goal = ticked(ADA)
        assert of(edited((goal, "2025-01-01"), (goal.apply_targets(5), "2025-05-01")), ADA) == [None, 2, None, None]
        assert of(edited((goal, "2025-01-01"), (goal.apply_targets(5), "2024-05-01")), ADA) == [2, None, None, None]
        assert of(edited((goal, "2025-01-01"), (goal.apply_targets(5), "2026-05-01")), ADA) == [None, None, None, 2]
        others = goal.with_targets({(ADA, FEBRUARY): 5, (ADA, SUMMER): 5, (ADA, date(2025, 11, 1)): 5})
        assert of(edited((goal, "2025-01-01"), (others, "2025-05-01")), ADA) == [None, None, 2, None]
        first = goal.with_targets({(ADA, FEBRUARY): 5, (ADA, MAY): 5})
        assert of(edited((goal, "2025-01-01"), (first, "2025-11-01")), ADA) == [None, 2, None, None]

    def test_concern_the_slice_of_the_moment_where_the_row_or_the_goal_changed(self) -> None:
        """Pipelines touch their row; the measure, or when slices close, touches all rows. A day is that of the goal's zone."""
        goal = ticked(ADA, BOB)
        piped = goal.apply_pipelines(["new"], to=BOB)
        assert of(edited((goal, "2025-01-01"), (piped, "2025-06-30 23:00")), BOB) == [None, 2, None, None]
        assert of(edited((goal, "2025-01-01"), (piped, "2025-06-30 23:00")), ADA) == [None] * 4
        calls = evolve(goal, measure=templates.CALLS_MADE.measure)
        for who in (ADA, BOB):
            assert of(edited((goal, "2025-01-01"), (calls, "2025-07-01")), who) == [None, None, 2, None]
        in_rome = evolve(goal, calendar=acme(zone="Europe/Rome").calendar)
        found = edited((in_rome, "2025-01-01"), (evolve(in_rome, measure=calls.measure), "2025-06-30 23:00"))
        assert of(found, ADA) == [None, None, 2, None]

    def test_concern_rows_that_tick_them(self) -> None:
        """Whoever ticks it is told of edits from then on; a row that is new was not edited."""
        goal, silent = ticked(ADA), promise(ADA, duration=QUARTERS)
        edit = silent.apply_targets(5)
        tick = evolve(edit, milestones=[Milestone.edited()])
        assert edited((silent, "2025-01-01"), (edit, "2025-02-01"), (tick, "2025-02-02")) == {}
        both = evolve(tick, assignments=[evolve(row, targets=[7] * 4) for row in tick.assignments])
        assert of(edited((silent, "2025-01-01"), (both, "2025-02-01")), ADA) == [2, None, None, None]
        assert edited((goal, "2025-01-01"), (goal.assign(Assignment(BOB)), "2025-02-01")) == {}
        assert edited((goal, "2025-01-01"), (goal.remove(ADA), "2025-02-01")) == {}

    def test_are_the_last_of_several(self) -> None:
        """Of two edits of one slice the later one; what was edited before stays, while the cell does."""
        goal = ticked(ADA)
        first, second = goal.with_targets({(ADA, MAY): 5}), goal.with_targets({(ADA, MAY): 6, (ADA, FEBRUARY): 5})
        states = [(goal, "2025-01-01"), (first, "2025-05-01"), (second, "2025-05-02")]
        assert of(edited(*states), ADA) == [None, 3, None, None]
        third = second.with_targets({(ADA, FEBRUARY): 8})
        assert of(edited(*states, (third, "2025-05-03")), ADA) == [4, 3, None, None]
        assert edited(*states, (goal.remove(ADA), "2025-05-03"), (goal, "2025-05-04")) == {}

    def test_of_new_slices_concern_the_one_of_the_moment(self) -> None:
        """A goal on other slices was edited once, not once for each target that came with them."""
        goal = ticked(ADA)
        months = remap(goal, FiscalCalendar(), duration=MONTHLY).goal
        found = edited((goal, "2025-01-01"), (goal.apply_targets(5), "2025-02-01"), (months, "2025-05-10"))
        assert list(found.items()) == [((ADA, Period.closed("2025-05-01", "2025-05-31")), 3)]

    def test_can_be_gone_on_with(self) -> None:
        """What was found for the first states, and the states since, give the same as all at once."""
        goal = ticked(ADA, BOB)
        edits = (goal, goal.with_targets({(BOB, MAY): "5"}), goal, goal.with_targets({(ADA, FEBRUARY): "7"}))
        states: list[tuple[Goal, datetime]] = [(state, at("2025-05-01")) for state in as_versions(*edits)]
        for cut in range(1, len(states) + 1):
            before = edited_versions(states[:cut])
            assert edited_versions(states[cut - 1 :], before=before) == edited_versions(states)

    def test_need_moments_with_a_zone(self) -> None:
        """Otherwise nobody knows the day."""
        states = [(goal, datetime(2025, 1, 1)) for goal in as_versions(ticked(ADA), ticked(ADA).apply_targets(1))]
        refuses(partial(edited_versions, states), "timezone_required", "moment")
