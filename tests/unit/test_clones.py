"""Goals begun anew, without the people who are no longer active."""

from __future__ import annotations

from functools import partial
from typing import Any

from attrs import evolve

from quota_engine import (
    Absence,
    Account,
    Assignment,
    Clone,
    Contributor,
    Duration,
    Goal,
    InvalidType,
    Milestone,
    Roster,
    Seat,
    Team,
    User,
    clone_goal,
)
from tests.acme import ADA, BOB, EVERYONE, NORTH, RENEWALS, acme, at, promise
from tests.refusals import refuses, stays

CYD, DAN, GHOST = (Contributor.user(name) for name in ("cyd", "dan", "ghost"))
GONE = Contributor.team("gone")
NOW = at("2025-07-01")
# Bob left in June; Cyd is on leave until September; Dan leaves in August, and has no seat; nobody knows the ghost.
ROSTER = Roster(
    [
        User("ada", seats=[Seat("sales", "professional")]),
        User("bob", absences=[Absence(at("2025-06-01"))]),
        User("cyd", absences=[Absence(at("2025-05-01"), at("2025-09-01"))]),
        User("dan", absences=[Absence(at("2025-08-01"))]),
    ],
    [Team("north")],
)


def cloned(goal: Goal, **parts: Any) -> Clone:  # noqa: ANN401 - any part
    """Return a clone as of July 2025."""
    given: dict[str, Any] = {"id": "g2", "name": "Next", "roster": ROSTER, "as_of": NOW} | parts
    return clone_goal(goal, **given)


def rows(clone: Clone) -> list[Contributor]:
    """Return whose rows a clone has."""
    return [row.contributor for row in clone.goal.assignments]


class TestLeftOut:
    """Who has no row in the clone."""

    def test_who_has_left_and_is_named(self) -> None:
        """Who has left, or is unknown, is named in the order of the rows; who is on leave, or will leave, stays."""
        found = cloned(promise(GHOST, ADA, CYD, BOB, DAN))
        assert rows(found) == [ADA, CYD, DAN]
        assert found.left_out == (GHOST, BOB)

    def test_the_moment_decides(self) -> None:
        """In May Bob was there; in August Dan is not."""
        goal = promise(ADA, BOB, DAN)
        assert [cloned(goal, as_of=at(day)).left_out for day in ("2025-05-31", "2025-06-01", "2025-08-01")] == [
            (),
            (BOB,),
            (BOB, DAN),
        ]

    def test_only_people(self) -> None:
        """Teams, pipelines and the account stay, also a team that there is no more."""
        goal = promise(NORTH, GONE, RENEWALS, EVERYONE, BOB)
        assert rows(cloned(goal)) == [NORTH, GONE, RENEWALS, EVERYONE]

    def test_everybody(self) -> None:
        """Then the clone is a draft."""
        found = cloned(promise(BOB, GHOST))
        assert found.goal.is_draft
        assert found.left_out == (BOB, GHOST)


class TestClone:
    """What the clone is."""

    def test_has_an_identity_of_its_own(self) -> None:
        """At its first version, without a creator; the original stays as it is, and the rest goes along."""
        goal = evolve(promise(ADA, BOB), version=7, created_by="eve", milestones=[Milestone.achieved()])
        before = repr(goal)
        found = cloned(goal).goal
        assert found == evolve(goal.remove(BOB), id="g2", name="Next", version=1, created_by=None)
        assert repr(goal) == before

    def test_of_another_year(self) -> None:
        """Targets and locks go along slice by slice, for those who stay; also by the account as it is today."""
        row = Assignment(
            ADA, ["1", "2", "3", None], locked=[promise(duration=Duration.quarterly(2025)).slices.periods[1]]
        )
        goal = promise(row, BOB, duration=Duration.quarterly(2025))
        today: Account = acme(currency="USD")
        found = cloned(goal, duration=Duration.quarterly(2026), account=today).goal
        assert [str(each) for each in found.row(ADA).cells] == ["1", "2", "3", "None"]
        assert found.row(ADA).locked == {found.slices.periods[1]}
        assert (str(found.slices.periods[0].start), found.currency) == ("2026-01-01", "USD")

    def test_of_a_clone(self) -> None:
        """Who was left out once is not named again."""
        first = cloned(promise(ADA, BOB))
        again = cloned(first.goal, id="g3")
        assert (rows(again), again.left_out) == ([ADA], ())

    def test_is_a_value(self) -> None:
        """Equal clones are equal in every form."""
        found = cloned(promise(ADA, BOB))
        assert found == cloned(promise(ADA, BOB))
        stays(found)
        assert Clone(goal=found.goal).left_out == ()
        refuses(lambda: Clone(goal="g2"), "invalid_type", "goal", kind=InvalidType)  # type: ignore[arg-type]
        refuses(lambda: Clone(goal=found.goal, left_out=["bob"]), "invalid_type", "left_out[0]", kind=InvalidType)  # type: ignore[list-item]

    def test_refuses_what_makes_no_clone(self) -> None:
        """No goal, no roster, no moment, the goal's own id, another account, no duration: each is named."""
        goal = promise(ADA)
        bad: list[tuple[str, str, object]] = [
            ("id", "duplicate", "g1"),
            ("id", "blank", ""),
            ("as_of", "timezone_required", NOW.replace(tzinfo=None)),
            ("account", "foreign", evolve(acme(), id="other")),
        ]
        for name, code, value in bad:
            refuses(partial(cloned, goal, **{name: value}), code, name)
        mistyped: dict[str, object] = {"as_of": "2025-07-01", "roster": {}, "duration": 2026, "name": None}
        for name, value in mistyped.items():
            refuses(partial(cloned, goal, **{name: value}), "invalid_type", name, kind=InvalidType)
        refuses(lambda: cloned("g1"), "invalid_type", "goal", kind=InvalidType)  # type: ignore[arg-type]
