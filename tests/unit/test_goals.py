"""Goals: who promised how much in which slice, and the edits of planning."""

from __future__ import annotations

import decimal
import itertools
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from attrs import evolve

from quota_engine import templates
from quota_engine.accounts import Account, Closing
from quota_engine.assignments import Assignment, TeamCredit
from quota_engine.contributors import Contributor
from quota_engine.durations import Duration
from quota_engine.errors import InvalidType, InvalidValue, NotFound, TooLarge
from quota_engine.fiscal import FiscalCalendar, MonthYears
from quota_engine.goals import Goal
from quota_engine.milestones import Milestone
from quota_engine.periods import Partition, Period
from tests.refusals import refuses, stays

ADA, BOB, EMEA = Contributor.user("ada"), Contributor.user("bob"), Contributor.team("emea")
NEW = Contributor.pipeline("new")
ACME = Account(
    id="acme", currency="EUR", calendar=FiscalCalendar(years=MonthYears(start_month=7), zone="Europe/Rome"),
    closing=Closing(grace=timedelta(days=2)),
)  # fmt: skip
Q1, Q2 = Period(date(2025, 7, 1), date(2025, 10, 1)), Period(date(2025, 10, 1), date(2026, 1, 1))
Q3, Q4 = Period(date(2026, 1, 1), date(2026, 4, 1)), Period(date(2026, 4, 1), date(2026, 7, 1))


def planned(*rows: Assignment, **parts: Any) -> Goal:  # noqa: ANN401 - any part
    """Return a revenue goal of fiscal 2026 in quarters from July."""
    base: dict[str, Any] = {
        "id": "g1", "name": "Revenue", "template": templates.REVENUE, "account": ACME,
        "duration": Duration.quarterly(2026, aligned=True), "assignments": rows,
    }  # fmt: skip
    return Goal.plan(**{**base, **parts})


def forecast(*rows: Assignment, **parts: Any) -> Goal:  # noqa: ANN401 - any part
    """Return a goal planned from the forecast template for the pipeline `new`."""
    return planned(*rows, **{"template": templates.FORECAST_REVENUE, "pipeline": "new", **parts})


def targets(goal: Goal, contributor: Contributor = ADA) -> list[str]:
    """Return the targets of a row as text."""
    return [str(target) for target in goal.row(contributor).cells]


class TestPlan:
    """A new goal."""

    def test_keeps_what_the_account_says_today(self) -> None:
        """Slices, zone, currency and closing rule are fixed when the goal is planned."""
        goal = planned(Assignment(ADA), created_by="eve")
        assert goal.slices == Partition((Q1, Q2, Q3, Q4))
        assert (goal.account_id, goal.currency, goal.zone, goal.closing) == ("acme", "EUR", "Europe/Rome", ACME.closing)
        assert (goal.template, goal.measure, goal.version, goal.created_by) == (
            "revenue",
            templates.REVENUE.measure,
            1,
            "eve",
        )
        assert goal.timetable.ends[0] == datetime(2025, 9, 30, 22, tzinfo=UTC)
        stays(goal)

    def test_copies_what_it_is_given(self) -> None:
        """Lists that the host goes on changing do not reach into the goal."""
        rows, marks = [Assignment(ADA)], [Milestone.missed(), Milestone.kickoff()]
        goal = planned(assignments=rows, milestones=marks)
        rows.clear()
        marks.clear()
        assert [row.contributor for row in goal.assignments] == [ADA]
        assert goal.milestones == (Milestone.kickoff(), Milestone.missed())

    def test_a_row_without_targets_has_none_in_every_slice(self) -> None:
        """None per slice, which is not zero; a row with targets keeps them."""
        goal = planned(Assignment(ADA), Assignment(BOB, [1, None, 3, 0]))
        assert goal.row(ADA).targets == (None, None, None, None)
        assert goal.row(BOB).targets == (1, None, 3, 0)

    def test_from_scratch_has_no_template(self) -> None:
        """A measure of one's own instead of a template."""
        goal = planned(template=None, measure=templates.CALLS_MADE.measure)
        assert (goal.template, goal.measure.object) == (None, "call")

    def test_is_from_a_template_or_from_a_measure(self) -> None:
        """Not from both and not from neither, and not from a name."""
        measure = templates.REVENUE.measure
        refuses(lambda: planned(measure=measure), "required", "template", "not both")
        refuses(lambda: planned(template=None), "required", "template")
        refuses(lambda: planned(template="revenue"), "invalid_type", "template", "a Template", kind=InvalidType)
        refuses(lambda: planned(template=None, measure="revenue"), "invalid_type", "measure", kind=InvalidType)

    def test_without_rows_it_is_a_draft(self) -> None:
        """A goal without contributors is fine and shows on no board."""
        assert planned().is_draft
        assert not planned(Assignment(ADA)).is_draft

    @pytest.mark.parametrize(
        ("part", "bad", "code", "field", "kind"),
        [
            ("id", "", "blank", "id", None),
            ("id", 5, "invalid_type", "id", InvalidType),
            ("name", "\u200b", "blank", "name", None),
            ("account", "acme", "invalid_type", "account", InvalidType),
            ("duration", 2026, "invalid_type", "duration", InvalidType),
            ("assignments", [ADA], "invalid_type", "assignments[0]", InvalidType),
            ("milestones", [50], "invalid_type", "milestones[0]", InvalidType),
            ("team_credit", 0, "invalid_type", "team_credit", InvalidType),
            ("created_by", 5, "invalid_type", "created_by", InvalidType),
            ("pipeline", "new", "invalid_value", "pipeline", None),
            ("pipeline", " ", "blank", "pipeline", None),
        ],
    )
    def test_refuses_bad_parts(
        self, part: str, bad: object, code: str, field: str, kind: type[InvalidType] | None
    ) -> None:
        """Each part is named with what was expected."""
        refuses(lambda: planned(**{part: bad}), code, field, kind=kind or InvalidValue)

    def test_has_each_contributor_once(self) -> None:
        """The second row of a contributor is named."""
        refuses(lambda: planned(Assignment(ADA), Assignment(ADA)), "duplicate", "assignments[1]", "user ada", "once")
        refuses(
            lambda: planned(assignments=itertools.repeat(Assignment(ADA))), "too_large", "assignments", kind=TooLarge
        )

    def test_has_one_target_per_slice(self) -> None:
        """Three targets do not fit four quarters, nor does a row that lost its targets."""
        refuses(
            lambda: planned(Assignment(ADA, [1, 2, 3])), "wrong_count", "assignments[0].targets", "4 targets", "got 3"
        )
        goal = planned(Assignment(ADA))
        refuses(lambda: evolve(goal, assignments=[Assignment(ADA)]), "wrong_count", "assignments[0].targets", "got 0")

    def test_locks_only_its_own_slices(self) -> None:
        """A lock on another period would lock nothing."""
        july = Period(date(2025, 7, 1), date(2025, 8, 1))
        refuses(
            lambda: planned(Assignment(ADA, locked=frozenset({july}))),
            "not_a_slice",
            "assignments[0].locked",
            str(july),
        )

    def test_versions_count_from_one(self) -> None:
        """A version is a whole number above zero."""
        refuses(lambda: evolve(planned(), version=0), "out_of_range", "version")

    def test_finds_rows(self) -> None:
        """A row by its contributor; unknown ones are named, and other values are no contributors."""
        goal = planned(Assignment(ADA), Assignment(BOB))
        assert (goal.place(BOB), goal.place(EMEA)) == (1, None)
        refuses(lambda: goal.row(EMEA), "not_found", "contributor", "team emea", kind=NotFound)
        for bad in ("ada", ["ada"]):
            refuses(partial(goal.row, bad), "invalid_type", "contributor", "a Contributor", kind=InvalidType)  # type: ignore[arg-type]


class TestForecast:
    """Goals that are planned from the forecast template, or that the forecast counts as its own."""

    def test_every_row_tracks_the_one_pipeline(self) -> None:
        """Rows that named no pipeline get it; the row of the pipeline itself is fine."""
        goal = forecast(Assignment(ADA), Assignment(NEW)).assign(Assignment(BOB))
        assert [row.tracked for row in goal.assignments] == [{"new"}] * 3
        assert goal.row(BOB).pipelines == ("new",)
        assert goal.is_forecast
        stays(goal)

    def test_is_monthly_or_quarterly_and_aligned(self) -> None:
        """Other durations are refused, also by an edit or a clone."""
        assert forecast(duration=Duration.monthly(2026, aligned=True)).is_forecast
        for duration in (
            Duration.quarterly(2026),
            Duration.weekly(2026, aligned=True),
            Duration.custom("2025-07-01", "2025-07-31"),
        ):
            refuses(partial(forecast, duration=duration), "not_a_forecast_duration", "duration", "aligned")
        refuses(
            lambda: forecast().clone(id="g2", name="Next", duration=Duration.yearly(2027)),
            "not_a_forecast_duration",
            "duration",
        )

    def test_has_exactly_one_pipeline(self) -> None:
        """It needs one, and no row may track another."""
        refuses(lambda: forecast(pipeline=None), "required", "pipeline")
        refuses(
            lambda: forecast(Assignment(ADA, pipelines=("old",))), "pipelines", "assignments", "user ada", "new alone"
        )
        refuses(lambda: forecast(Assignment(Contributor.pipeline("old"))), "pipelines", "assignments", "pipeline old")
        refuses(lambda: forecast(Assignment(ADA)).apply_pipelines(["old"]), "pipelines", "pipelines", "no change")

    @pytest.mark.parametrize(
        ("goal", "expected"),
        [
            (planned(), True),
            (planned(Assignment(ADA), Assignment(BOB)), True),
            (planned(Assignment(ADA, pipelines=("new",)), Assignment(NEW)), True),
            (planned(Assignment(ADA, pipelines=("new", "old"))), False),
            (planned(Assignment(ADA, pipelines=("new",)), Assignment(BOB)), False),
            (planned(Assignment(ADA, pipelines=("new",)), Assignment(BOB, pipelines=("old",))), False),
            (planned(duration=Duration.monthly(2026)), True),
            (planned(duration=Duration.weekly(2026)), False),
            (planned(duration=Duration.yearly(2026)), False),
            (planned(template=templates.DEALS_CREATED), False),
            (planned(template=None, measure=templates.REVENUE.measure), False),
        ],
        ids=[
            "draft", "all pipelines", "one pipeline", "two pipelines", "mixed", "one each", "not aligned", "weekly", "yearly",
            "deals", "from scratch",
        ],
    )  # fmt: skip
    def test_a_revenue_goal_may_be_one_too(self, goal: Goal, expected: bool) -> None:  # noqa: FBT001 - the expectation
        """From a revenue template, monthly or quarterly, tracking all pipelines or exactly one: derived, never stored."""
        assert goal.is_forecast is expected

    def test_an_edit_that_leaves_the_rule_changes_the_class(self) -> None:
        """A second pipeline makes it an ordinary goal."""
        goal = planned(Assignment(ADA))
        assert goal.is_forecast
        assert not goal.apply_pipelines(["new", "old"]).is_forecast


class TestWithTargets:
    """A whole table of targets at once."""

    def test_writes_the_slice_that_holds_the_day(self) -> None:
        """Any day of a slice names it; None takes the target away; other cells stay."""
        goal = planned(Assignment(ADA), Assignment(BOB)).apply_targets(5)
        table = {(ADA, date(2025, 9, 30)): "100.50", (ADA, date(2025, 10, 1)): None, (BOB, date(2026, 6, 30)): 0}
        assert targets(goal.with_targets(table)) == ["100.50", "None", "5", "5"]
        assert targets(goal.with_targets(table), BOB) == ["5", "5", "5", "0"]
        assert targets(goal) == ["5", "5", "5", "5"]

    def test_a_misplaced_pair_is_named(self) -> None:
        """A day outside, a cell twice, a locked cell, an unknown row, a bad amount: nothing is written."""
        goal = planned(Assignment(ADA, locked=frozenset({Q2})))
        outside, locked, twice = date(2026, 7, 1), date(2025, 10, 1), date(2025, 8, 1)
        refuses(
            lambda: goal.with_targets({(ADA, outside): 1}), "outside", "user ada, 2026-07-01", "2025-07-01..2026-06-30"
        )
        refuses(lambda: goal.with_targets({(ADA, locked): 1}), "locked", "user ada, 2025-10-01", "not locked")
        table = {(ADA, date(2025, 7, 1)): 1, (ADA, twice): 2}
        refuses(lambda: goal.with_targets(table), "duplicate", "user ada, 2025-08-01", "once")
        refuses(lambda: goal.with_targets({(BOB, twice): 1}), "not_found", "contributor", "user bob", kind=NotFound)
        refuses(lambda: goal.with_targets({(ADA, twice): -1}), "negative", "user ada, 2025-08-01")
        assert targets(goal) == ["None"] * 4

    @pytest.mark.parametrize(
        ("table", "field"),
        [
            ([((ADA, date(2025, 7, 1)), 1)], "table"),
            ({ADA: 1}, "table"),
            ({(ADA,): 1}, "table"),
            ({("ada", date(2025, 7, 1)): 1}, "contributor"),
            ({(ADA, "2025-07-01"): 1}, "day"),
            ({(ADA, datetime(2025, 7, 1, tzinfo=UTC)): 1}, "day"),
        ],
        ids=["list", "no pair", "half a pair", "name", "text day", "moment"],
    )
    def test_takes_a_table(self, table: Any, field: str) -> None:  # noqa: ANN401 - a bad table
        """By contributor and day, and in no other form."""
        refuses(lambda: planned(Assignment(ADA)).with_targets(table), "invalid_type", field, kind=InvalidType)


class TestApplyTargets:
    """One amount for many cells."""

    def test_repeats_and_never_divides(self) -> None:
        """Every slice of every row gets the whole amount."""
        goal = planned(Assignment(ADA), Assignment(BOB)).apply_targets("50000")
        assert (targets(goal), targets(goal, BOB)) == (["50000"] * 4, ["50000"] * 4)

    def test_to_some_rows(self) -> None:
        """One contributor, several, or none at all."""
        goal = planned(Assignment(ADA), Assignment(BOB), Assignment(EMEA))
        assert targets(goal.apply_targets(1, to=BOB), BOB) == ["1"] * 4
        some = goal.apply_targets(1, to={ADA, EMEA})
        assert [row.cells[0] for row in some.assignments] == [1, None, 1]
        assert goal.apply_targets(1, to=[]) == goal
        refuses(lambda: goal.apply_targets(1, to=[ADA, NEW]), "not_found", "contributor", "pipeline new", kind=NotFound)
        refuses(lambda: goal.apply_targets(1, to=["ada"]), "invalid_type", "to[0]", kind=InvalidType)  # type: ignore[list-item]

    def test_during_some_slices(self) -> None:
        """The slices inside the period; one that cuts through a slice, or holds none, is refused."""
        goal = planned(Assignment(ADA)).apply_targets(1)
        half = Period(date(2025, 10, 1), date(2026, 5, 1))
        assert targets(goal.apply_targets(2, during=Period(date(2025, 8, 1).replace(month=7), date(2026, 1, 1)))) == [
            "2",
            "2",
            "1",
            "1",
        ]
        assert targets(goal.apply_targets(2, during=Period(date(2026, 4, 1), date(2030, 1, 1)))) == ["1", "1", "1", "2"]
        refuses(lambda: goal.apply_targets(2, during=half), "cuts_slice", "during", "2026-04-01..2026-06-30")
        refuses(
            lambda: goal.apply_targets(2, during=Period(date(2026, 7, 1), date(2027, 7, 1))),
            "outside",
            "during",
            "2026-07-01",
        )
        refuses(lambda: goal.apply_targets(2, during="Q1"), "invalid_type", "during", "a Period", kind=InvalidType)  # type: ignore[arg-type]

    def test_leaves_ended_and_locked_slices(self) -> None:
        """A slice has ended at midnight in the goal's zone; a locked cell keeps its target."""
        goal = planned(Assignment(ADA, [1, 1, 1, 1], locked=frozenset({Q3})))
        midnight = datetime(2025, 9, 30, 22, tzinfo=UTC)
        assert targets(goal.apply_targets(2, as_of=midnight - timedelta(microseconds=1))) == ["2", "2", "1", "2"]
        assert targets(goal.apply_targets(2, as_of=midnight)) == ["1", "2", "1", "2"]
        refuses(lambda: goal.apply_targets(2, as_of=datetime(2025, 9, 30)), "timezone_required", "as_of")

    def test_needs_an_amount(self) -> None:
        """None and empty text are missing, negative and inexact ones wrong."""
        goal = planned(Assignment(ADA))
        refuses(lambda: goal.apply_targets(None), "required", "amount", kind=InvalidType)  # type: ignore[arg-type]
        refuses(lambda: goal.apply_targets(""), "required", "amount")
        refuses(lambda: goal.apply_targets(-1), "negative", "amount")
        refuses(lambda: goal.apply_targets(0.5), "invalid_type", "amount", kind=InvalidType)  # type: ignore[arg-type]


class TestSpreadTargets:
    """A total over the slices."""

    def test_loses_no_cent(self) -> None:
        """A hundred euros over four quarters by weights; what is left goes to the largest remainders."""
        goal = planned(Assignment(ADA), Assignment(BOB))
        assert targets(goal.spread_targets(100)) == ["25", "25", "25", "25"]
        assert targets(goal.spread_targets("100.01", to=ADA)) == ["25.01", "25", "25", "25"]
        assert targets(goal.spread_targets("100.01", to=ADA), BOB) == ["None"] * 4
        assert targets(goal.spread_targets(100, weights=[1, 1, 1, 0])) == ["33.34", "33.33", "33.33", "0"]

    def test_counts_are_spread_whole(self) -> None:
        """Ten calls over four quarters are no half calls; yen have no hundredths."""
        calls = planned(Assignment(ADA), template=templates.CALLS_MADE)
        assert targets(calls.spread_targets(10)) == ["3", "3", "2", "2"]
        yen = planned(Assignment(ADA), account=evolve(ACME, currency="JPY"))
        assert targets(yen.spread_targets(10)) == ["3", "3", "2", "2"]

    def test_locked_cells_are_taken_off_first(self) -> None:
        """They keep their target; the rest goes to the open ones; a locked cell without target takes nothing."""
        row = Assignment(ADA, ["40.50", 0, None, 0], locked=frozenset({Q1, Q3}))
        goal = planned(row)
        assert targets(goal.spread_targets(100)) == ["40.50", "29.75", "None", "29.75"]
        assert targets(goal.spread_targets("40.5")) == ["40.50", "0", "None", "0"]
        refuses(lambda: goal.spread_targets(40), "locked", "total", "user ada", "40.5", "got 40")
        refuses(lambda: goal.spread_targets(100, weights=[1, 0, 1, 0]), "required", "weights", "above zero")
        held = evolve(goal, assignments=[Assignment(ADA, [1, 2, None, 3], locked=goal.slices)])
        assert held.spread_targets(6) == held
        refuses(lambda: held.spread_targets(7), "required", "weights", "above zero")

    def test_the_hosts_precision_does_not_matter(self) -> None:
        """With three digits of precision outside, a locked target of six digits is still taken off exactly."""
        row = Assignment(ADA, ["123456.78", 0, 0, 0], locked=frozenset({Q1}))
        with decimal.localcontext() as context:
            context.prec = 3
            context.traps[decimal.Inexact] = True
            goal = planned(row).spread_targets("123459.81")
        assert targets(goal) == ["123456.78", "1.01", "1.01", "1.01"]

    def test_needs_one_weight_per_slice(self) -> None:
        """Each weight is an exact number of zero or more, named by its place."""
        goal = planned(Assignment(ADA))
        refuses(lambda: goal.spread_targets(1, weights=[1]), "wrong_count", "weights", "4 weights", "got 1")
        refuses(lambda: goal.spread_targets(1, weights=[1, 1, 1, -1]), "negative", "weights[3]", "-1")
        refuses(lambda: goal.spread_targets(1, weights=[1, 1, None, 1]), "required", "weights[2]", kind=InvalidType)  # type: ignore[list-item]
        refuses(lambda: goal.spread_targets(1, weights={1, 2, 3, 4}), "invalid_type", "weights", kind=InvalidType)  # type: ignore[arg-type]
        refuses(lambda: goal.spread_targets(-1), "negative", "total")
        assert goal.spread_targets(1, to=()) == goal


class TestEdits:
    """Other edits: each gives a new goal and leaves the old one as it was."""

    def test_apply_pipelines(self) -> None:
        """The same pipelines on every chosen row; rows of pipelines are left alone unless chosen by name."""
        goal = planned(Assignment(ADA), Assignment(NEW))
        narrow = goal.apply_pipelines({"old", "new"})
        assert [row.pipelines for row in narrow.assignments] == [("new", "old"), None]
        assert narrow.apply_pipelines(None) == goal
        assert goal.apply_pipelines(["old"], to=ADA).row(ADA).pipelines == ("old",)
        refuses(lambda: goal.apply_pipelines(["old"], to=NEW), "pipelines_on_pipeline", "pipelines")
        refuses(lambda: goal.apply_pipelines([]), "required", "pipelines")

    def test_with_milestones(self) -> None:
        """A row's own marks instead of the goal's, and back."""
        goal = planned(Assignment(ADA), Assignment(BOB), milestones=[Milestone.missed()])
        own = goal.with_milestones(ADA, [Milestone.percent(50), Milestone.kickoff()])
        assert own.row(ADA).milestones == (Milestone.kickoff(), Milestone.percent(50))
        assert own.row(BOB).milestones is None
        assert own.with_milestones(ADA, None) == goal
        refuses(lambda: goal.with_milestones(EMEA, []), "not_found", "contributor", kind=NotFound)

    def test_assign_and_remove(self) -> None:
        """More rows and fewer; without any the goal is a draft again."""
        goal = planned(Assignment(ADA))
        more = goal.assign(Assignment(BOB), Assignment(EMEA, [1, 2, 3, 4]))
        assert [row.contributor for row in more.assignments] == [ADA, BOB, EMEA]
        assert more.row(BOB).targets == (None,) * 4
        assert more.remove(BOB, EMEA) == goal
        assert goal.remove(ADA).is_draft
        assert goal.remove() == goal
        refuses(lambda: goal.assign(Assignment(ADA)), "duplicate", "assignments[1]", "user ada")
        refuses(lambda: goal.remove(BOB), "not_found", "contributor", kind=NotFound)
        refuses(lambda: goal.assign(BOB), "invalid_type", "assignments[0]", kind=InvalidType)  # type: ignore[arg-type]


class TestClone:
    """A copy with an identity of its own."""

    def test_starts_anew_with_the_same_rows(self) -> None:
        """Version 1, no creator, and an edit of one never touches the other."""
        goal = evolve(planned(Assignment(ADA)).apply_targets(5), version=7, created_by="eve")
        copy = goal.clone(id="g2", name="Again")
        assert (copy.id, copy.name, copy.version, copy.created_by) == ("g2", "Again", 1, None)
        assert copy.assignments == goal.assignments
        assert copy.apply_targets(9) != copy
        assert targets(goal) == ["5"] * 4
        assert copy.clone(id="g1", name="Revenue") == evolve(goal, version=1, created_by=None)

    def test_takes_targets_along_slice_by_slice(self) -> None:
        """Next year's quarters get this year's targets and locks."""
        row = Assignment(ADA, [1, 2, 3, None], locked=frozenset({Q2}))
        copy = planned(row).clone(id="g2", name="Next", duration=Duration.quarterly(2027, aligned=True))
        assert copy.slices.span == Period(date(2026, 7, 1), date(2027, 7, 1))
        assert targets(copy) == ["1", "2", "3", "None"]
        assert copy.row(ADA).locked == {Period(date(2026, 10, 1), date(2027, 1, 1))}

    def test_a_53rd_week_has_no_target_and_may_be_lost(self) -> None:
        """ISO 2026 has 53 weeks, 2027 has 52: the last target and its lock do not fit, and back it is not made up."""
        long = planned(Assignment(ADA), duration=Duration.weekly(2026)).apply_targets(1)
        locked = evolve(long, assignments=[evolve(long.row(ADA), locked=frozenset({long.slices.periods[52]}))])
        short = locked.clone(id="g2", name="Next", duration=Duration.weekly(2027))
        assert (targets(short), short.row(ADA).locked) == (["1"] * 52, frozenset())
        assert targets(short.clone(id="g3", name="Back", duration=Duration.weekly(2026))) == [*["1"] * 52, "None"]

    def test_another_cadence_starts_without_targets(self) -> None:
        """Quarterly targets are no monthly ones, and nothing is locked."""
        row = Assignment(ADA, [1, 2, 3, 4], locked=frozenset({Q2}))
        copy = planned(row).clone(id="g2", name="Months", duration=Duration.monthly(2026, aligned=True))
        assert (targets(copy), copy.row(ADA).locked) == (["None"] * 12, frozenset())

    def test_may_follow_the_account_as_it_is_today(self) -> None:
        """Its calendar, currency and closing rule; by the goal's own where no account is given."""
        today = Account(id="acme", currency="USD", calendar=FiscalCalendar(years=MonthYears(start_month=4)))
        goal = planned(Assignment(ADA))
        copy = goal.clone(id="g2", name="New rules", account=today)
        assert (copy.currency, copy.closing, copy.zone) == ("USD", Closing(), "UTC")
        assert copy.slices.span == Period(date(2025, 4, 1), date(2026, 4, 1))
        assert goal.clone(id="g2", name="Old rules").slices == goal.slices

    def test_refuses_its_own_id_and_another_account(self) -> None:
        """A clone is another goal of the same account."""
        goal = planned()
        refuses(lambda: goal.clone(id="g1", name="Again"), "duplicate", "id", "other than")
        refuses(
            lambda: goal.clone(id="g2", name="x", account=evolve(ACME, id="other")), "foreign", "account", "'other'"
        )
        refuses(lambda: goal.clone(id="g2", name="x", account="acme"), "invalid_type", "account", kind=InvalidType)  # type: ignore[arg-type]
        refuses(lambda: goal.clone(id="", name="x"), "blank", "id")
        refuses(lambda: goal.clone(id="g2", name="x", duration=2027), "invalid_type", "duration", kind=InvalidType)  # type: ignore[arg-type]

    def test_keeps_who_is_credited(self) -> None:
        """The team rule and the marks go along."""
        goal = planned(Assignment(EMEA), team_credit=TeamCredit(extra=True), milestones=[Milestone.achieved()])
        copy = goal.clone(id="g2", name="Again")
        assert (copy.team_credit, copy.milestones) == (TeamCredit(extra=True), (Milestone.achieved(),))
