"""Help with planning: percentages of last year, and teams beside their people."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from attrs import evolve
from hypothesis import example, given
from hypothesis import strategies as st

from quota_engine import (
    Assignment,
    Contributor,
    Duration,
    Goal,
    Membership,
    Roster,
    Team,
    TeamCredit,
    User,
    reconcile,
    scale_targets,
    team_gaps,
    templates,
)
from quota_engine.errors import InvalidType, NotFound
from tests.acme import ADA, BOB, NORTH, promise
from tests.refusals import refuses, stays

CYD = Contributor.user("cyd")
HALVES = Duration.half_yearly(2025)
ROSTER = Roster(
    [User("ada"), User("bob"), User("cyd")],
    [Team("north"), Team("alps", parent="north")],
    [Membership("ada", "north"), Membership("bob", "north"), Membership("cyd", "alps")],
)


def planned(*rows: tuple[Contributor, list[str | None]], descendants: bool = False) -> Goal:
    """Return a goal in halves of 2025."""
    given = [Assignment(contributor, targets) for contributor, targets in rows]
    return promise(*given, duration=HALVES, team_credit=TeamCredit(descendants=descendants))


def cells(goal: Goal, contributor: Contributor) -> list[str | None]:
    """Return the targets of a row as text."""
    return [None if target is None else str(target) for target in goal.row(contributor).cells]


def locked(goal: Goal, contributor: Contributor, *places: int) -> Goal:
    """Return the goal with some cells of a row locked."""
    row = evolve(goal.row(contributor), locked=[goal.slices.periods[place] for place in places])
    return evolve(goal, assignments=[row if each.contributor == contributor else each for each in goal.assignments])


class TestScale:
    """Last year's targets by a percentage."""

    def test_keeps_the_shape_and_every_cent(self) -> None:
        """105 % of 100.00 and 50.01 are 157.51 together, spread as before; slices without a target stay so."""
        goal = planned((ADA, ["100.00", "50.01"]), (BOB, ["10", None]))
        found = scale_targets(goal, 105)
        assert cells(found, ADA) == ["105", "52.51"]
        assert cells(found, BOB) == ["10.5", None]
        assert scale_targets(goal, "100") == goal
        assert cells(scale_targets(goal, 0), ADA) == ["0", "0"]

    def test_of_chosen_rows_alone(self) -> None:
        """The others stay as they are; locked cells stay in any row; a row without targets has nothing to scale."""
        goal = locked(planned((ADA, ["100", "50"]), (BOB, ["10", "10"]), (CYD, [None, "0"])), ADA, 0)
        assert cells(scale_targets(goal, 200, to=[ADA]), ADA) == ["100", "100"]
        assert cells(scale_targets(goal, 200, to=[ADA]), BOB) == ["10", "10"]
        assert cells(scale_targets(goal, 200, to=BOB), BOB) == ["20", "20"]
        assert cells(scale_targets(goal, 200), CYD) == [None, "0"]
        refuses(lambda: scale_targets(goal, -1), "negative", "percent")
        refuses(lambda: scale_targets(goal, 1.05), "invalid_type", "percent", kind=InvalidType)  # type: ignore[arg-type]
        refuses(lambda: scale_targets(goal, 100, to=[NORTH]), "not_found", "contributor", kind=NotFound)

    def test_counts_are_whole(self) -> None:
        """A third more than four calls and three are nine together."""
        goal = promise(Assignment(ADA, ["4", "3"]), duration=HALVES, measure=templates.CALLS_MADE.measure)
        assert cells(scale_targets(goal, 133), ADA) == ["5", "4"]


class TestTeams:
    """Top down against bottom up."""

    def test_gaps_are_named(self) -> None:
        """Per slice: the team, its people, and what they fall short; people of other teams do not count."""
        goal = planned((NORTH, ["100", None]), (ADA, ["30", "1"]), (BOB, [None, "2"]), (CYD, ["50", "5"]))
        first, second = team_gaps(goal, "north", ROSTER)
        assert (first.team, first.people, first.difference) == (Decimal(100), Decimal(30), Decimal(70))
        assert (second.team, second.people, second.difference) == (None, Decimal(3), None)
        stays(first)
        below = planned((NORTH, ["100", "1"]), (CYD, ["150", None]), descendants=True)
        assert [gap.difference for gap in team_gaps(below, "north", ROSTER)] == [Decimal(-50), None]
        refuses(lambda: team_gaps(goal, "alps", ROSTER), "not_found", "contributor", kind=NotFound)

    def test_are_closed_by_what_people_promised(self) -> None:
        """The team's target is spread by the people's own targets; evenly where they have none."""
        goal = planned((NORTH, ["100", "9.99"]), (ADA, ["30", None]), (BOB, ["10", None]), (CYD, ["50", "5"]))
        found = reconcile(goal, "north", ROSTER)
        assert (cells(found, ADA), cells(found, BOB), cells(found, CYD)) == (["75", "5"], ["25", "4.99"], ["50", "5"])
        assert [gap.difference for gap in team_gaps(found, "north", ROSTER)] == [Decimal(0), Decimal(0)]

    def test_are_closed_by_weights(self) -> None:
        """Whoever has no weight gets nothing; a slice without a team's target stays."""
        goal = planned((NORTH, ["100", None]), (ADA, ["30", "7"]), (BOB, ["10", "8"]))
        found = reconcile(goal, "north", ROSTER, weights={BOB: "2"})
        assert (cells(found, ADA), cells(found, BOB)) == (["0", "7"], ["100", "8"])

    def test_locked_cells_stay(self) -> None:
        """What they leave goes to the others; where nothing is open, or too much is locked, it is refused."""
        goal = locked(planned((NORTH, ["100", "8"]), (ADA, ["30", "7"]), (BOB, ["10", "8"])), ADA, 0)
        found = reconcile(goal, "north", ROSTER)
        assert (cells(found, ADA), cells(found, BOB)) == (["30", "3.73"], ["70", "4.27"])
        for amount in ("100", "5"):
            stuck = locked(planned((NORTH, ["10", None]), (ADA, [amount, None])), ADA, 0)
            refuses(lambda stuck=stuck: reconcile(stuck, "north", ROSTER), "cannot_reconcile", "team", "2025-01-01")  # type: ignore[misc]
        done = locked(planned((NORTH, ["10", None]), (ADA, ["10", None])), ADA, 0)
        assert reconcile(done, "north", ROSTER) == done
        refuses(lambda: reconcile(goal, "north", ROSTER, weights={CYD: 1}), "required", "weights")

    @given(
        st.lists(st.integers(0, 10**6), min_size=2, max_size=2),
        st.lists(st.integers(0, 10**4), min_size=4, max_size=4),
    )
    @example([1, 0], [0, 0, 0, 0])
    def test_not_a_cent_is_lost(self, team: list[int], people: list[int]) -> None:
        """Whatever was promised: afterwards the people promise to the cent what the team did."""
        amounts = [f"{cents // 100}.{cents % 100:02}" for cents in (*team, *people)]
        goal = planned((NORTH, [*amounts[:2]]), (ADA, [*amounts[2:4]]), (BOB, [*amounts[4:]]))
        found = reconcile(goal, "north", ROSTER)
        for place in range(2):
            sums = sum(Fraction(found.row(who).cells[place] or 0) for who in (ADA, BOB))
            assert sums == Fraction(amounts[place])
