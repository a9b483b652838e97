"""Edits: what has changed between two states of a goal."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

from attrs import evolve

from quota_engine import Assignment, Closing, Duration, Edit, FiscalCalendar, Goal, Milestone, Period, remap
from quota_engine.errors import InvalidType
from tests.acme import ADA, AUGUST, BOB, EVERYONE, JULY, NORTH, acme, promise
from tests.refusals import refuses, stays

HALVES = Duration.half_yearly(2025)
FIRST, SECOND = Period.closed("2025-01-01", "2025-06-30"), Period.closed("2025-07-01", "2025-12-31")


def told(after: Goal, before: Goal) -> list[tuple[str, str, str, object, object]]:
    """Return edits as plain tuples: whose, when, what, before and after."""
    return [
        (str(edit.contributor or ""), str(edit.slice or ""), edit.field, edit.before, edit.after)
        for edit in after.edits_since(before)
    ]


class TestEdits:
    """What somebody did to a goal, told one by one."""

    def test_of_a_goal_that_stayed_there_are_none(self) -> None:
        """Another version alone is no edit, and neither is the same amount written otherwise."""
        goal = promise(ADA, BOB)
        assert goal.edits_since(goal) == ()
        assert evolve(goal, version=7).edits_since(goal) == ()
        assert goal.apply_targets("1000.00").edits_since(goal) == ()

    def test_name_every_field_of_the_whole(self) -> None:
        """A new name, other marks, another closing rule: what it was and what it is."""
        goal = promise(ADA)
        changed = evolve(goal, name="More", milestones=[Milestone.achieved()], closing=Closing(policy="restate"))
        assert told(changed, goal) == [
            ("", "", "name", "Sales", "More"),
            ("", "", "closing", Closing(), Closing(policy="restate")),
            ("", "", "milestones", (), (Milestone.achieved(),)),
        ]
        named = {"id", "account_id", "version", "assignments", "_places"} | set(goals_fields_told())
        assert named == {field.name for field in Goal.__attrs_attrs__}

    def test_name_the_cell_of_a_target(self) -> None:
        """The target of one month of one person, and one that was taken away."""
        goal = promise(ADA, BOB)
        changed = goal.with_targets({(BOB, AUGUST): "2000", (BOB, JULY): None})
        assert told(changed, goal) == [
            ("user bob", "2025-07-01..2025-07-31", "target", Decimal(1000), None),
            ("user bob", "2025-08-01..2025-08-31", "target", Decimal(1000), Decimal(2000)),
        ]

    def test_name_locks_pipelines_and_marks_of_a_row(self) -> None:
        """What is a row's own."""
        goal = promise(ADA, duration=HALVES)
        row = evolve(goal.row(ADA), locked=[SECOND], pipelines=["new"], milestones=[])
        assert told(evolve(goal, assignments=[row]), goal) == [
            ("user ada", "", "pipelines", None, ("new",)),
            ("user ada", "", "milestones", None, ()),
            ("user ada", "2025-07-01..2025-12-31", "locked", False, True),
        ]

    def test_name_rows_that_came_and_went(self) -> None:
        """A row that is new is told as a whole, and so is one that is gone."""
        goal = promise(ADA, BOB, duration=HALVES)
        changed = goal.remove(ADA).assign(Assignment(NORTH))
        assert told(changed, goal) == [
            ("team north", "", "row", None, changed.row(NORTH)),
            ("user ada", "", "row", goal.row(ADA), None),
        ]

    def test_name_another_order(self) -> None:
        """Boards show rows in their order; rows that came or went do not count as a change of it."""
        goal = promise(ADA, BOB, EVERYONE)
        turned = evolve(goal, assignments=[goal.row(BOB), goal.row(ADA)])
        assert told(turned, goal) == [
            ("account", "", "row", goal.row(EVERYONE), None),
            ("", "", "order", (ADA, BOB), (BOB, ADA)),
        ]

    def test_compare_cells_by_their_days(self) -> None:
        """On the slices of another calendar a target came where none was, and went where one was."""
        goal = promise(ADA, duration=HALVES)
        moved = remap(goal, FiscalCalendar(), duration=Duration.yearly(2025)).goal
        year = "2025-01-01..2025-12-31"
        assert told(moved, goal)[:2] == [
            ("", "", "duration", HALVES, Duration.yearly(2025)),
            ("", "", "slices", goal.slices, moved.slices),
        ]
        assert told(moved, goal)[2:] == [
            ("user ada", "2025-01-01..2025-06-30", "target", Decimal(1000), None),
            ("user ada", year, "target", None, Decimal(2000)),
            ("user ada", "2025-07-01..2025-12-31", "target", Decimal(1000), None),
        ]

    def test_are_those_of_one_goal(self) -> None:
        """Another goal is no other state, whether of the same account or not."""
        goal = promise(ADA)
        refuses(partial(goal.edits_since, promise(ADA, goal_id="g2")), "other_goal", "older", "goal g1", "'g2'")
        other = promise(ADA, account=evolve(acme(), id="globex"))
        refuses(partial(goal.edits_since, other), "other_goal", "older")
        refuses(partial(goal.edits_since, None), "invalid_type", "older", kind=InvalidType)  # type: ignore[arg-type]

    def test_cannot_be_changed(self) -> None:
        """An edit is a value like any other."""
        stays(Edit(contributor=ADA, slice=FIRST, field="target", before=None, after=Decimal(1)))


class TestMarks:
    """Which milestones are ticked for a row."""

    def test_are_the_rows_own_or_the_goals(self) -> None:
        """An empty list of one's own is a list: nothing is ticked."""
        goal = evolve(promise(ADA, BOB, NORTH), milestones=[Milestone.missed()])
        goal = goal.with_milestones(ADA, [Milestone.kickoff()]).with_milestones(BOB, [])
        assert [goal.marks(each) for each in (ADA, BOB, NORTH)] == [(Milestone.kickoff(),), (), (Milestone.missed(),)]


def goals_fields_told() -> list[str]:
    """Return the fields of a goal as a whole that an edit can name: one edit changes them all."""
    goal = promise(ADA, duration=HALVES)
    account = evolve(
        acme(currency="USD"), calendar=FiscalCalendar(zone="Europe/Rome"), closing=Closing(policy="restate")
    )
    other = Goal.plan(
        id=goal.id,
        name="Other",
        measure=evolve(goal.measure, name="other"),
        duration=Duration.quarterly(2025),
        account=account,
        milestones=[Milestone.missed()],
        created_by="eve",
    )
    credit = evolve(other.team_credit, extra=True)
    forecast = evolve(
        other, template="forecast_revenue", duration=Duration.quarterly(2025, aligned=True), pipeline="new"
    )
    return [edit.field for edit in evolve(forecast, team_credit=credit).edits_since(goal) if edit.contributor is None]
