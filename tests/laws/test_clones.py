"""Laws of clones: a new identity, the rows of those who are still there, and nothing that ties a clone to its goal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from attrs import evolve
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from quota_engine import (
    Absence,
    Account,
    Assignment,
    Clone,
    Contributor,
    ContributorKind,
    Duration,
    Goal,
    Roster,
    User,
    clone_goal,
    templates,
)
from quota_engine.testing.strategies import USERS, goals

AS_OF: Final = datetime(2025, 7, 1, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
EUROS: Final = Account(id="acme", currency="EUR")
FAR: Final = 9  # all absences that end do so before, counted in hours

# The hours in which somebody is away: from one, up to but not including another, or for ever.
Away = tuple[int, int | None]
spells: SearchStrategy[list[Away]] = st.lists(
    st.tuples(st.integers(-3, 4), st.none() | st.integers(1, 4)).map(
        lambda spell: (spell[0], None if spell[1] is None else spell[0] + spell[1])
    ),
    max_size=3,
)
# Of each user; None for one whom the roster does not know.
staffs: SearchStrategy[list[list[Away] | None]] = st.lists(st.none() | spells, min_size=len(USERS), max_size=len(USERS))
ALL: Final = Goal.plan(
    id="g1",
    name="Sales",
    template=templates.REVENUE,
    duration=Duration.quarterly(2025),
    account=EUROS,
    assignments=[Assignment(Contributor.user(user), ["1", None, "3", "4"]) for user in (*USERS, "ghost")],
)
LEFT_ON_LEAVE_AND_BOTH: Final[list[list[Away] | None]] = [[(-1, None)], [(0, 2)], [(2, None), (-2, 2)]]


def roster(staff: list[list[Away] | None]) -> Roster:
    """Return the users who are known."""
    return Roster(
        [
            User(
                user,
                absences=[
                    Absence(AS_OF + start * HOUR, None if end is None else AS_OF + end * HOUR) for start, end in spells
                ],
            )
            for user, spells in zip(USERS, staff, strict=True)
            if spells is not None
        ]
    )


def active(staff: list[list[Away] | None]) -> set[str]:
    """Return the users who are there in some hour from now on, hour by hour until nothing changes any more."""

    def away(spells: list[Away], hour: int) -> bool:
        return any(start <= hour and (end is None or hour < end) for start, end in spells)

    return {
        user
        for user, spells in zip(USERS, staff, strict=True)
        if spells is not None and not all(away(spells, hour) for hour in range(FAR))
    }


def begun(goal: Goal, people: Roster, goal_id: str, duration: Duration | None = None) -> Clone:
    """Return a clone as of now."""
    return clone_goal(goal, id=goal_id, name="Next", roster=people, as_of=AS_OF, duration=duration)


class TestClones:
    """LS6: whatever is cloned."""

    @given(goals(), staffs)
    @example(ALL, LEFT_ON_LEAVE_AND_BOTH)
    @example(ALL, [None] * len(USERS))
    def test_ls6_a_new_identity_without_who_has_left(self, goal: Goal, staff: list[list[Away] | None]) -> None:
        """LS6 clone: new identity, first version, nobody's; rows of all but those who have left, each as it was."""
        original = evolve(goal, version=7, created_by="eve")
        before = repr(original)
        clone = begun(original, roster(staff), "g2")
        new = clone.goal
        assert (new.id, new.name, new.version, new.created_by) == ("g2", "Next", 1, None)
        there = active(staff)
        stay = [
            row
            for row in original.assignments
            if row.contributor.kind is not ContributorKind.USER or row.contributor.id in there
        ]
        assert list(new.assignments) == stay
        assert list(clone.left_out) == [row.contributor for row in original.assignments if row not in stay]
        assert evolve(original, id="g2", name="Next", version=1, created_by=None, assignments=stay) == new
        assert repr(original) == before

    @given(goals(), staffs)
    @example(ALL, LEFT_ON_LEAVE_AND_BOTH)
    def test_ls6_a_clone_of_a_clone_is_a_clone(self, goal: Goal, staff: list[list[Away] | None]) -> None:
        """LS6: clone(clone(x)) is clone(x) but for its id, and leaves nobody out; nothing done to one shows in the other."""
        people = roster(staff)
        once = begun(goal, people, "g2").goal
        twice = begun(once, people, "g3")
        assert evolve(twice.goal, id="g2") == once
        assert twice.left_out == ()
        kept = repr(goal), repr(once)
        twice.goal.apply_targets("9").remove(*(row.contributor for row in twice.goal.assignments))
        evolve(goal, name="Other").apply_targets("8")
        assert (repr(goal), repr(once)) == kept

    @given(goals(EUROS), st.integers(1, 3), staffs)
    @example(ALL, 1, LEFT_ON_LEAVE_AND_BOTH)
    def test_ls6_of_another_year(self, goal: Goal, later: int, staff: list[list[Away] | None]) -> None:
        """LS6 in another year: slice by slice the same targets, as far as there are slices in both."""
        if goal.duration.year is None:
            return
        clone = begun(goal, roster(staff), "g2", evolve(goal.duration, year=goal.duration.year + later))
        assert clone.goal.slices.span.start > goal.slices.span.start
        there = {row.contributor for row in clone.goal.assignments}
        assert there.isdisjoint(clone.left_out)
        assert there | {*clone.left_out} == {row.contributor for row in goal.assignments}
        for row in clone.goal.assignments:
            before = goal.row(row.contributor).cells
            for place, target in enumerate(row.cells):
                assert target == (before[place] if place < len(before) else None)
