"""Which goals are looked for, and what somebody may see of them."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from attrs import evolve

from quota_engine import Assignment, Contributor, Duration, GoalQuery, Period, SortBy, templates
from quota_engine.errors import InvalidType
from quota_engine.queries import Sight
from tests.acme import ADA, BOB, EVERYONE, NORTH, RENEWALS, SOUTH, promise
from tests.refusals import refuses, stays

MIXED = promise(ADA, BOB, NORTH)
QUARTERS = promise(Assignment(ADA, ["1"] * 4, pipelines=["new"]), duration=Duration.quarterly(2025))


def sight(*contributors: Contributor, everything: bool = False, inside: bool = True, user: str = "eve") -> Sight:
    """Return a sight of some rows, or of all."""
    return Sight(user, None if everything else contributors, inside)


class TestSight:
    """A row that may be seen makes a goal visible."""

    def test_shows_rows(self) -> None:
        """Those that are covered, in the order of the goal; one's own always."""
        assert sight(BOB, SOUTH).rows(MIXED) == (BOB,)
        assert sight(user="ada").rows(MIXED) == (ADA,)
        assert sight(everything=True).rows(MIXED) == (ADA, BOB, NORTH)
        assert sight(SOUTH).rows(MIXED) == ()
        assert [sight(one).shows(MIXED) for one in (BOB, SOUTH)] == [True, False]

    def test_leaves_the_users_inside_teams_goals_out(self) -> None:
        """Without the seat for them the team's row remains, and one's own; in a goal of users alone nothing is left out."""
        assert sight(BOB, NORTH, inside=False).rows(MIXED) == (NORTH,)
        assert sight(everything=True, inside=False, user="ada").rows(MIXED) == (ADA, NORTH)
        assert sight(BOB, inside=False).rows(promise(ADA, BOB)) == (BOB,)

    def test_of_a_draft_is_its_creators(self) -> None:
        """And theirs who see everything."""
        draft = evolve(promise(), created_by="eve")
        assert sight().shows(draft)
        assert not sight(user="ada").shows(draft)
        assert sight(everything=True, user="ada").shows(draft)
        stays(sight(BOB))
        refuses(lambda: Sight("eve", ["bob"], True), "invalid_type", "contributors[0]", kind=InvalidType)  # type: ignore[list-item]  # noqa: FBT003


class TestQuery:
    """All that is asked for must hold."""

    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ({}, True),
            ({"name": "REVEN"}, True),
            ({"name": "calls"}, False),
            ({"template": "revenue"}, True),
            ({"template": "calls_made"}, False),
            ({"measure": "Revenue"}, True),
            ({"measure": "Calls"}, False),
            ({"cadence": "quarterly"}, True),
            ({"cadence": "monthly"}, False),
            ({"during": Period(date(2025, 12, 31), date(2026, 2, 1))}, True),
            ({"during": Period(date(2026, 1, 1), date(2026, 2, 1))}, False),
            ({"contributors": [ADA, BOB]}, True),
            ({"contributors": [BOB]}, False),
            ({"contributors": []}, False),
            ({"pipeline": "new"}, True),
            ({"pipeline": "old"}, False),
            ({"name": "revenue", "contributors": [BOB]}, False),
        ],
    )
    def test_matches(self, asked: dict[str, Any], *, found: bool) -> None:
        """By name, template, measure, cadence, days, people, pipeline; an empty list of people finds nothing."""
        goal = evolve(QUARTERS, name="Revenue of quarters", template=templates.REVENUE.name)
        assert GoalQuery(**asked).matches(goal) is found

    def test_a_pipeline_is_found_where_all_are_tracked(self) -> None:
        """A row that tracks all pipelines tracks this one; the pipeline's own row does, too."""
        assert GoalQuery(pipeline="old").matches(promise(ADA))
        assert GoalQuery(pipeline="renewals").matches(promise(RENEWALS))
        assert not GoalQuery(pipeline="old").matches(promise(RENEWALS))

    def test_hidden_rows_match_nothing(self) -> None:
        """Whoever may not see a row does not learn of it by looking for it."""
        assert GoalQuery(contributors=[BOB], sight=sight(BOB)).matches(MIXED)
        assert not GoalQuery(contributors=[BOB], sight=sight(ADA)).matches(MIXED)
        assert GoalQuery(sight=sight(ADA)).matches(MIXED)
        assert not GoalQuery(sight=sight(EVERYONE)).matches(MIXED)
        assert not GoalQuery(pipeline="new", sight=sight(SOUTH)).matches(QUARTERS)

    def test_takes_ten_thousand_people(self) -> None:
        """A long list of people is no trouble."""
        many = [Contributor.user(f"u{number}") for number in range(10_000)]
        assert GoalQuery(contributors=[*many, ADA]).matches(MIXED)
        assert not GoalQuery(contributors=many).matches(MIXED)

    @pytest.mark.parametrize(
        ("asked", "field"),
        [
            ({"name": 5}, "name"),
            ({"template": 5}, "template"),
            ({"during": 2025}, "during"),
            ({"contributors": "ada"}, "contributors"),
            ({"sight": "ada"}, "sight"),
            ({"cadence": 5}, "cadence"),
            ({"sort": None}, "sort"),
            ({"sort": 5}, "sort"),
            ({"sort": ["name"]}, "sort"),
            ({"descending": "yes"}, "descending"),
            ({"descending": 1}, "descending"),
        ],
    )
    def test_refuses_what_it_is_not_made_of(self, asked: dict[str, Any], field: str) -> None:
        """Each field is checked."""
        refuses(lambda: GoalQuery(**asked), "invalid_type", field, kind=InvalidType)


class TestOrder:
    """Where a goal stands in a list."""

    GOAL = evolve(promise(ADA, duration=Duration.custom("2025-02-03", "2025-06-30"), goal_id="g7"), name="STRASSE Nord")

    @pytest.mark.parametrize(
        ("sort", "listed_by"),
        [
            ("id", "g7"),
            ("name", "strasse nord"),
            ("measure", "revenue"),
            ("first_day", "2025-02-03"),
            ("last_day", "2025-06-30"),
        ],
    )
    def test_is_what_it_is_listed_by_then_its_id(self, sort: str, listed_by: str) -> None:
        """Names without regard to case, days of the slices as people write them; the way does not matter."""
        assert [GoalQuery(sort=sort, descending=way).place(self.GOAL) for way in (False, True)] == [
            (listed_by, "g7")
        ] * 2
        assert {each.value for each in SortBy} == {"id", "name", "measure", "first_day", "last_day"}

    def test_is_by_id_where_nothing_is_said(self) -> None:
        """Ascending."""
        assert (GoalQuery().sort, GoalQuery().descending) == (SortBy.ID, False)
        assert GoalQuery(sort=SortBy.NAME) == GoalQuery(sort="name")

    def test_takes_names_that_differ_by_case_for_the_same(self) -> None:
        """Then the id decides, a capital letter before a small one."""
        names = [evolve(self.GOAL, name=name, id=name) for name in ("stra\u00dfe NORD", "Strasse nord", "STRASSE NORD")]
        places = [GoalQuery(sort="name").place(named) for named in names]
        assert {listed_by for listed_by, _ in places} == {"strasse nord"}
        assert [goal_id for _, goal_id in sorted(places)] == ["STRASSE NORD", "Strasse nord", "stra\u00dfe NORD"]
