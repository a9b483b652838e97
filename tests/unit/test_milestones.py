"""Milestones: the marks that a host can be told about."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

import pytest
from attrs import evolve

from quota_engine.durations import Cadence
from quota_engine.errors import InvalidType
from quota_engine.milestones import HIGHEST_PERCENT, Milestone, MilestoneKind, place
from tests.refusals import refuses, stays


class TestMilestone:
    """A mark on the way of one slice."""

    def test_is_one_of_seven_kinds(self) -> None:
        """Each kind has its own maker."""
        found = [
            Milestone.kickoff(), Milestone.progress(every="monthly"), Milestone.percent("50.0"), Milestone.achieved(),
            Milestone.exceeded(), Milestone.missed(), Milestone.edited(),
        ]  # fmt: skip
        assert [m.kind for m in found] == list(MilestoneKind)
        assert [m.mark for m in found] == [None, None, Decimal(50), None, None, None, None]
        assert [m.every for m in found] == [None, Cadence.MONTHLY, None, None, None, None, None]
        for milestone in found:
            stays(milestone)

    def test_half_the_target_is_one_mark_however_it_is_written(self) -> None:
        """50, "50.0" and 50.00 percent are the same mark."""
        assert Milestone.percent(50) == Milestone.percent("50.0") == Milestone.percent(Decimal("50.00"))
        assert hash(Milestone.percent(50)) == hash(Milestone.percent("50.0"))

    def test_percent_is_above_zero_and_at_most_1000(self) -> None:
        """The smallest and the largest mark are named; a mark is an exact number."""
        assert Milestone.percent(HIGHEST_PERCENT).mark == 1000
        assert Milestone.percent("0.01").mark == Decimal("0.01")
        for bad in (0, -5, "1000.01", 100_000):
            refuses(partial(Milestone.percent, bad), "out_of_range", "mark", "more than 0 and at most 1000")
        refuses(lambda: Milestone.percent(0.5), "invalid_type", "mark", kind=InvalidType)  # type: ignore[arg-type]
        refuses(lambda: Milestone.percent("NaN"), "non_finite", "mark")

    def test_progress_updates_need_a_cadence_with_cuts(self) -> None:
        """An update comes every week, month, quarter, half or year."""
        refuses(lambda: Milestone.progress(every="custom"), "no_cuts", "every", "weekly, monthly", "'custom'")
        refuses(lambda: Milestone.progress(every="daily"), "unknown_word", "every", "weekly, monthly")
        refuses(lambda: Milestone("progress"), "required", "every")

    def test_only_percent_has_a_mark_and_only_progress_a_cadence(self) -> None:
        """A mark or a cadence on another kind is refused, also by an edit."""
        refuses(lambda: Milestone("percent"), "required", "mark")
        refuses(lambda: Milestone("kickoff", mark=50), "required", "mark")
        refuses(lambda: Milestone("kickoff", every="weekly"), "required", "every")
        refuses(lambda: evolve(Milestone.percent(50), kind="missed"), "required", "mark")
        refuses(lambda: Milestone("halfway"), "unknown_word", "kind", "kickoff, progress, percent")


class TestPlace:
    """The order in which milestones are kept."""

    @pytest.mark.parametrize("backwards", [False, True])
    def test_is_that_of_kinds_marks_and_cadences(self, backwards: bool) -> None:  # noqa: FBT001 - either way
        """Marks ascend as numbers, cadences from the shortest to the longest."""
        expected = [
            Milestone.kickoff(), Milestone.progress(every="weekly"), Milestone.progress(every="yearly"), Milestone.percent(9),
            Milestone.percent("25.5"), Milestone.percent(100), Milestone.achieved(), Milestone.edited(),
        ]  # fmt: skip
        assert sorted(expected[::-1] if backwards else expected, key=place) == expected
