"""Assignments: one contributor's row of a goal."""

from __future__ import annotations

import itertools
from datetime import date
from decimal import Decimal
from functools import partial

import pytest
from attrs import evolve

from quota_engine.assignments import Assignment, Members, TeamCredit, as_milestones, as_pipelines, as_targets
from quota_engine.contributors import Contributor
from quota_engine.errors import InvalidType, TooLarge
from quota_engine.milestones import Milestone
from quota_engine.periods import Period
from tests.refusals import refuses, stays

ADA = Contributor.user("ada")
NEW = Contributor.pipeline("new")
JULY = Period(date(2025, 7, 1), date(2025, 8, 1))


class TestTargets:
    """One target per slice."""

    def test_keep_their_order_and_their_gaps(self) -> None:
        """None in a place is no target there, which is not a target of zero."""
        assert as_targets(["100.50", None, 0]) == (Decimal("100.5"), None, Decimal(0))
        assert as_targets(None) is None
        assert as_targets(()) == ()

    @pytest.mark.parametrize(
        ("bad", "code", "field", "kind"),
        [
            ("100", "invalid_type", "targets", InvalidType),
            (100, "invalid_type", "targets", InvalidType),
            (b"12", "invalid_type", "targets", InvalidType),
            ({1, 2}, "invalid_type", "targets", InvalidType),
            ({1: 2}, "invalid_type", "targets", InvalidType),
            ([1, 0.5], "invalid_type", "targets[1]", InvalidType),
            (itertools.repeat(1), "too_large", "targets", TooLarge),
        ],
        ids=["text", "number", "bytes", "set", "mapping", "float", "endless"],
    )
    def test_are_a_list_of_exact_numbers(self, bad: list[int], code: str, field: str, kind: type[InvalidType]) -> None:
        """What has no order, no items or no end is refused."""
        refuses(lambda: as_targets(bad), code, field, kind=kind)

    def test_are_not_negative(self) -> None:
        """The place is named."""
        refuses(lambda: as_targets([1, -1]), "negative", "targets[1]", "-1")


class TestPipelines:
    """Whose records count."""

    def test_are_kept_sorted_and_each_once(self) -> None:
        """A list, a set or a generator of the same pipelines is the same."""
        assert as_pipelines(["new", "old", "new"]) == ("new", "old")
        assert as_pipelines({"old", "new"}) == as_pipelines(iter(["new", "old"])) == ("new", "old")
        assert as_pipelines(None) is None

    def test_none_at_all_is_not_all(self) -> None:
        """An empty list never means everything."""
        refuses(lambda: as_pipelines([]), "required", "pipelines", "None for all")

    def test_are_ids(self) -> None:
        """Each is named by its place; text is no list of letters."""
        refuses(lambda: as_pipelines("new"), "invalid_type", "pipelines", kind=InvalidType)
        refuses(lambda: as_pipelines(["new", 5]), "invalid_type", "pipelines[1]", kind=InvalidType)  # type: ignore[list-item]
        refuses(lambda: as_pipelines(["new", ""]), "blank", "pipelines[1]")


class TestMilestones:
    """A row's own marks."""

    def test_are_kept_in_order_and_each_once(self) -> None:
        """50 and 50.0 percent are one mark; kinds come in their order."""
        given = [Milestone.missed(), Milestone.percent("50.0"), Milestone.percent(5), Milestone.percent(50)]
        expected = (Milestone.percent(5), Milestone.percent(50), Milestone.missed())
        assert as_milestones(given) == as_milestones(set(given)) == expected
        assert as_milestones(None) is None
        assert as_milestones([]) == ()
        refuses(lambda: as_milestones([50]), "invalid_type", "milestones[0]", kind=InvalidType)  # type: ignore[list-item]


class TestAssignment:
    """One contributor's row of a goal."""

    def test_is_a_value_of_its_own(self) -> None:
        """Lists are copied; it cannot change; an edit is checked like a new row."""
        targets, pipelines = [100, 200], ["new"]
        row = Assignment(ADA, targets, pipelines, [Milestone.achieved()], {JULY})
        targets.clear()
        pipelines.clear()
        assert (row.targets, row.pipelines, row.locked) == ((100, 200), ("new",), frozenset({JULY}))
        stays(row)
        refuses(lambda: evolve(row, targets=[-1, 1]), "negative", "targets[0]")

    def test_may_name_the_contributor_alone(self) -> None:
        """No targets yet, all pipelines, the goal's marks, nothing locked."""
        row = Assignment(ADA)
        assert (row.targets, row.cells, row.pipelines, row.milestones, row.locked) == (
            None,
            (),
            None,
            None,
            frozenset(),
        )
        assert Assignment(ADA, [1]).cells == (1,)

    def test_equal_amounts_make_equal_rows(self) -> None:
        """A target of 1.0 is a target of 1.00."""
        assert Assignment(ADA, ["1.0"]) == Assignment(ADA, ["1.00"])
        assert hash(Assignment(ADA, ["1.0"])) == hash(Assignment(ADA, [1]))

    def test_refuses_bad_parts(self) -> None:
        """Each part is named."""
        refuses(lambda: Assignment("ada"), "invalid_type", "contributor", "a Contributor", kind=InvalidType)  # type: ignore[arg-type]
        refuses(partial(Assignment, ADA, locked=[date(2025, 7, 1)]), "invalid_type", "locked[0]", kind=InvalidType)  # type: ignore[list-item]

    def test_admits_the_records_of_its_pipelines(self) -> None:
        """A row without pipelines admits every record; a record in no pipeline counts under no other row."""
        every, narrow, pipeline = Assignment(ADA), Assignment(ADA, pipelines=("new",)), Assignment(NEW)
        asked = (None, "new", "old")
        assert [every.admits(p) for p in asked] == [True, True, True]
        assert [narrow.admits(p) for p in asked] == [False, True, False]
        assert [pipeline.admits(p) for p in asked] == [False, True, False]

    def test_tracks_its_pipelines(self) -> None:
        """A pipeline tracks itself; None is all."""
        assert Assignment(ADA).tracked is None
        assert Assignment(ADA, pipelines=("old", "new")).tracked == {"new", "old"}
        assert Assignment(NEW).tracked == {"new"}

    def test_the_row_of_a_pipeline_takes_none(self) -> None:
        """A pipeline counts itself and no other."""
        refuses(lambda: Assignment(NEW, pipelines=("old",)), "pipelines_on_pipeline", "pipelines", "'old'")


class TestTeamCredit:
    """Whose records a team's row counts."""

    def test_counts_main_members_of_the_day_by_default(self) -> None:
        """No extra members, no teams below."""
        found = TeamCredit()
        assert (found.members, found.extra, found.descendants) == (Members.DAY, False, False)
        assert TeamCredit(members="current").members is Members.CURRENT
        stays(TeamCredit(members="current", extra=True, descendants=True))

    def test_refuses_bad_parts(self) -> None:
        """The members are one of two words, the rest yes or no."""
        refuses(lambda: TeamCredit(members="past"), "unknown_word", "members", "day, current")
        for name in ("extra", "descendants"):
            refuses(partial(TeamCredit, **{name: 1}), "invalid_type", name, kind=InvalidType)  # type: ignore[arg-type]
