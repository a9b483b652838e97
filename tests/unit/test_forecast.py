"""Forecasts: which goals show, and what their deals are expected to come to."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final

import pytest
from attrs import evolve

from quota_engine import (
    Absence,
    Account,
    Assignment,
    Batch,
    Closing,
    Condition,
    Contributor,
    CrmEvent,
    Duration,
    FiscalCalendar,
    Forecast,
    ForecastCategory,
    Goal,
    Measure,
    Membership,
    MonthYears,
    NotShownCode,
    Rates,
    Roster,
    Splits,
    TableYears,
    Team,
    Template,
    User,
    calculate,
    forecast_of,
    templates,
    why_not_in_forecast,
)
from quota_engine.accounts import Stage
from quota_engine.adapters.columns import Columns
from quota_engine.errors import InvalidType, MissingRate, NotFound
from quota_engine.events import Property
from tests.acme import ADA, AUGUST, BOB, EVERYONE, JULY, NORTH, acme, at
from tests.refusals import refuses, stays

STAGES: Final = {"talking": "pipeline", "offer": "best_case", "agreed": "commit", "lost": "omitted", "won": "closed"}
ACME: Final = evolve(acme(), forecast_stages=STAGES)
UNREADABLE: Final = "cannot be read, and left out: Revenue, "
QUARTERLY: Final = evolve(ACME, forecast_periods={"new": "quarterly"})


def revenue(
    *rows: Assignment,
    account: Account = ACME,
    duration: Duration | None = None,
    template: Template = templates.REVENUE,
    pipeline: str | None = None,
) -> Goal:
    """Return a revenue goal: by months of 2025 aligned with the fiscal year, 1,000 on each row without a target of its own."""
    goal = Goal.plan(
        id="g1",
        name="Sales",
        template=template,
        duration=duration or Duration.monthly(2025, aligned=True),
        account=account,
        assignments=rows or [Assignment(ADA)],
        pipeline=pipeline,
    )
    return goal.apply_targets("1000", to=[row.contributor for row in goal.assignments if set(row.cells) == {None}])


def deal(
    record_id: str,
    amount: Property = "100",
    *,
    closes: Property = JULY,
    owner: str | None = "ada",
    pipeline: str | None = "new",
    recorded: str = "2025-07-01",
    **says: Property,
) -> CrmEvent:
    """Return an open deal of Ada's that is to close in July, but for what it says."""
    properties = {"is_won": False, "closed_at": closes, "amount": amount, **says}
    return CrmEvent(
        "deal", record_id, recorded_at=at(recorded), owner_id=owner, pipeline_id=pipeline, properties=properties
    )


def forecast(
    goal: Goal,
    *events: CrmEvent | Batch,
    account: Account = ACME,
    as_of: str = "2025-07-20",
    **more: Any,  # noqa: ANN401 - any other argument
) -> Forecast:
    """Return the forecast of the pipeline "new" as of the 20th of July."""
    return forecast_of(goal, pipeline="new", events=events, account=account, as_of=at(as_of), **more)


def amounts(found: Forecast) -> dict[str, str]:
    """Return what is in the categories that are not empty."""
    return {name: str(amount) for name, amount in found.categories.items() if amount}


def said(found: Forecast) -> list[tuple[str, tuple[str, ...]]]:
    """Return the texts of all findings behind the goal and slice they tell of, each with its records."""
    return [(finding.text.partition("): ")[2], finding.records) for finding in found.findings]


class TestShows:
    """Which goals show in which pipeline's forecast, and the first reason why not."""

    def test_a_goal_of_all_pipelines_shows_in_each(self) -> None:
        """Revenue by months of the fiscal year, where forecasts are monthly."""
        for pipeline in ("new", "renewals"):
            assert why_not_in_forecast(revenue(), pipeline=pipeline, account=ACME) is None

    def test_a_goal_of_one_pipeline_shows_there_alone(self) -> None:
        """The reason names both pipelines."""
        goal = revenue(Assignment(ADA, pipelines=["new"]), Assignment(Contributor.pipeline("new")))
        assert why_not_in_forecast(goal, pipeline="new", account=ACME) is None
        found = why_not_in_forecast(goal, pipeline="renewals", account=ACME)
        assert found is not None
        assert (found.code, found.text) == (
            NotShownCode.OTHER_PIPELINE,
            "it tracks the pipeline new, not renewals",
        )
        assert str(found) == found.text
        stays(found)

    def test_a_draft_shows_where_it_was_planned_for(self) -> None:
        """Without rows, a goal planned from the forecast template tracks its pipeline, any other goal all of them."""
        planned = revenue(template=templates.FORECAST_REVENUE, pipeline="new").remove(ADA)
        assert why_not_in_forecast(planned, pipeline="new", account=ACME) is None
        found = why_not_in_forecast(planned, pipeline="renewals", account=ACME)
        assert found is not None
        assert found.code == "other_pipeline"
        draft = revenue().remove(ADA)
        assert why_not_in_forecast(draft, pipeline="renewals", account=ACME) is None
        assert (amounts(forecast(draft, deal("d1"))), forecast(draft).target) == ({}, None)

    @pytest.mark.parametrize(
        "goal",
        [
            revenue(template=templates.DEALS_CREATED),
            revenue(duration=Duration.yearly(2025, aligned=True)),
            revenue(Assignment(ADA, pipelines=["new"]), Assignment(BOB)),
            revenue(Assignment(ADA, pipelines=["new", "renewals"])),
        ],
        ids=["another template", "yearly", "rows of different pipelines", "two pipelines"],
    )
    def test_other_goals_are_no_forecast_goals(self, goal: Goal) -> None:
        """Only revenue, monthly or quarterly, of all pipelines or exactly one (rule M5)."""
        found = why_not_in_forecast(goal, pipeline="new", account=ACME)
        assert found is not None
        assert (found.code, found.text) == (
            "not_a_forecast_goal",
            "forecast goals are planned from a revenue template, monthly or quarterly, for all pipelines or exactly one",
        )

    def test_the_cadence_is_that_of_the_pipelines_forecast(self) -> None:
        """A pipeline that is forecast by quarters shows quarterly goals; one that is not listed shows monthly ones."""
        quarterly = revenue(duration=Duration.quarterly(2025, aligned=True))
        assert why_not_in_forecast(quarterly, pipeline="new", account=QUARTERLY) is None
        found = why_not_in_forecast(quarterly, pipeline="renewals", account=QUARTERLY)
        assert found is not None
        assert (found.code, found.text) == (
            "other_period",
            "it is quarterly, and the pipeline renewals is forecast monthly",
        )

    def test_slices_are_periods_of_the_fiscal_year(self) -> None:
        """The fiscal quarters of a year from 1 February are not those of the calendar, by whatever name."""
        calendar = FiscalCalendar(years=MonthYears(start_month=2))
        account = evolve(QUARTERLY, calendar=calendar)
        unaligned = revenue(duration=Duration.quarterly(2025), account=account)
        found = why_not_in_forecast(unaligned, pipeline="new", account=account)
        assert found is not None
        assert (found.code, found.text) == (
            "not_fiscal",
            "its slices in 2025-01-01..2025-12-31 are not quarterly periods of the account's fiscal calendar",
        )
        aligned = revenue(duration=Duration.quarterly(2025, aligned=True), account=account)
        assert why_not_in_forecast(aligned, pipeline="new", account=account) is None

    def test_days_are_compared_not_words(self) -> None:
        """Months of the calendar are those of a fiscal year from July; once the company changes its year they may not be."""
        goal = revenue(duration=Duration.monthly(2025))
        july = evolve(ACME, calendar=FiscalCalendar(years=MonthYears(start_month=7)))
        tenth = evolve(ACME, calendar=FiscalCalendar(years=MonthYears(start_day=10)))
        table = evolve(ACME, calendar=FiscalCalendar(years=TableYears(starts={2030: "2030-01-01"}, end="2030-12-31")))
        assert why_not_in_forecast(goal, pipeline="new", account=july) is None
        for account in (tenth, table):
            found = why_not_in_forecast(goal, pipeline="new", account=account)
            assert found is not None
            assert found.code == "not_fiscal"

    def test_the_first_reason_is_told(self) -> None:
        """Of a goal for which all four hold, each in turn once those before it are mended."""
        account = evolve(QUARTERLY, calendar=FiscalCalendar(years=MonthYears(start_day=10)))
        rows = [Assignment(ADA, pipelines=["renewals"])]
        goals = [
            revenue(*rows, template=templates.DEALS_CREATED, duration=Duration.monthly(2025), account=account),
            revenue(*rows, duration=Duration.monthly(2025), account=account),
            revenue(duration=Duration.monthly(2025), account=account),
            revenue(duration=Duration.quarterly(2025), account=account),
        ]
        found = [why_not_in_forecast(goal, pipeline="new", account=account) for goal in goals]
        assert [reason and reason.code for reason in found] == list(NotShownCode)

    def test_without_figures_where_it_does_not_show(self) -> None:
        """The forecast says why, and nothing else; the records are not looked at."""
        goal = revenue(Assignment(ADA, pipelines=["renewals"]))
        found = forecast_of(goal, pipeline="new", events=[5], account=ACME, as_of=at("2025-07-20"))  # type: ignore[list-item]
        assert not found.shows
        assert found.reason is not None
        assert found.reason.code == "other_pipeline"
        assert found == Forecast(goal_id="g1", pipeline="new", reason=found.reason)
        assert (found.categories, found.cumulative, found.weighted, found.gap, found.slice) == (
            {},
            {},
            None,
            None,
            None,
        )


class TestCategories:
    """In which category a deal stands."""

    def test_by_hand(self) -> None:
        """One deal of each category, and what the page of a forecast shows of them."""
        found = forecast(
            revenue(),
            deal("d1", "400", is_won=True, probability=1),
            deal("d2", "200", stage="agreed", probability="0.8"),
            deal("d3", "100", stage="offer", probability="0.5"),
            deal("d4", "50", stage="talking", probability="0.1"),
            deal("d5", "7", stage="lost", probability=0),
        )
        assert found.shows
        assert (found.goal_id, found.pipeline, found.reason, found.contributor) == ("g1", "new", None, None)
        assert (str(found.slice), found.currency, found.findings) == ("2025-07-01..2025-07-31", "EUR", ())
        assert found.categories == {
            "pipeline": Decimal(50), "best_case": Decimal(100), "commit": Decimal(200), "closed": Decimal(400),
            "omitted": Decimal(7),
        }  # fmt: skip
        assert list(found.categories) == list(ForecastCategory)
        # 400; with 200 committed 600; with 100 more at best 700; with all that is open 750
        assert found.cumulative == {
            "pipeline": Decimal(750), "best_case": Decimal(700), "commit": Decimal(600), "closed": Decimal(400),
        }  # fmt: skip
        assert found.weighted == 160 + 50 + 5
        assert (found.target, found.gap) == (1000, 600)
        assert found.coverage == Decimal("0.3583333333333333333333333333333333")  # 215 / 600
        stays(found)

    def test_the_property_goes_before_the_stage(self) -> None:
        """What a salesperson says of a deal holds; where the field is empty, the stage does."""
        found = forecast(
            revenue(),
            deal("d1", 1, stage="offer", forecast_category="commit", probability=1),
            deal("d2", 2, stage="offer", forecast_category="", probability=1),
            deal("d3", 4, stage="lost", forecast_category="best_case", probability=1),
            deal("d4", 8, stage="agreed", forecast_category="omitted", probability=1),
        )
        assert amounts(found) == {"best_case": "6", "commit": "1", "omitted": "8"}

    def test_a_stage_of_one_pipeline_goes_before_the_same_stage_of_all(self) -> None:
        """Pipelines may call different things by one name."""
        stages: dict[Stage, str] = {"sent": "best_case", ("new", "sent"): "commit"}
        account = evolve(ACME, forecast_stages=stages)
        found = forecast(
            revenue(),
            deal("d1", 1, stage="sent", probability=1),
            deal("d2", 2, stage="sent", pipeline="renewals", probability=1),
            deal("d3", 4, stage="sent", pipeline=None, probability=1),
            account=account,
        )
        assert amounts(found) == {"best_case": "6", "commit": "1"}

    def test_is_pipeline_where_nothing_is_said(self) -> None:
        """No category, no stage, or one that the account does not list."""
        says: list[dict[str, Any]] = [
            {},
            {"stage": "new"},
            {"stage": ""},
            {"stage": 7},
            {"forecast_category": None},
        ]
        deals = [deal(f"d{place}", 1, probability=1, **more) for place, more in enumerate(says)]
        assert amounts(forecast(revenue(), *deals)) == {"pipeline": "5"}

    def test_a_deal_that_cannot_come_to_anything_is_omitted(self) -> None:
        """Many CRMs mark lost deals by a probability of zero alone; whoever says a category for one is believed."""
        found = forecast(
            revenue(),
            deal("d1", 1, probability=0),
            deal("d2", 2, probability="0.00", stage="unknown"),
            deal("d3", 4, probability=0, stage="offer"),
            deal("d4", 8, probability=0, forecast_category="pipeline"),
        )
        assert amounts(found) == {"pipeline": "8", "best_case": "4", "omitted": "3"}
        assert (found.weighted, found.findings) == (0, ())

    def test_what_the_goal_counts_is_closed_whatever_it_says(self) -> None:
        """A won deal whose stage or category nobody has moved on, and one without a probability."""
        found = forecast(revenue(), deal("d1", 1, is_won="TRUE", forecast_category="Omit"), deal("d2", 2, is_won=True))
        assert (amounts(found), found.weighted, found.findings) == ({"closed": "3"}, 0, ())

    def test_open_deals_do_not_close_themselves(self) -> None:
        """One that calls itself closed and is not counted as won is in no category, and is reported; so is its stage."""
        found = forecast(
            revenue(),
            deal("d1", 1, forecast_category="closed", probability=1),
            deal("d2", 2, stage="won", probability=1),
        )
        expected = "expected one of pipeline, best_case, commit, omitted"
        assert (amounts(found), found.weighted) == ({}, 0)
        assert said(found) == [
            (f"{UNREADABLE}forecast_category: {expected} on a record that the goal does not count", ("d1",)),
            (
                f"{UNREADABLE}stage: expected a record that the goal counts, as the stage is one of closed deals",
                ("d2",),
            ),
        ]

    @pytest.mark.parametrize("category", ["Commit", "best case", "BEST_CASE", 7, True, date(2025, 7, 1), " commit"])
    def test_unknown_categories_are_reported(self, category: Property) -> None:
        """Nothing is guessed: the deal is in no category until the host maps its word."""
        found = forecast(revenue(), deal("d1", 1, forecast_category=category, stage="offer", probability=1))
        assert (amounts(found), found.weighted) == ({}, 0)
        (finding,) = found.findings
        assert (finding.kind, finding.goal_id, finding.slice, finding.records) == (
            "unreadable",
            "g1",
            found.slice,
            ("d1",),
        )

    def test_what_cannot_be_told_won_is_reported(self) -> None:
        """Neither won nor open."""
        found = forecast(revenue(), deal("d1", 1, is_won="maybe", probability=1))
        assert amounts(found) == {}
        assert said(found) == [
            (f"{UNREADABLE}is_won: expected true or false", ("d1",)),
        ]

    def test_amounts_and_dates_that_cannot_be_read_are_reported_once(self) -> None:
        """By the calculator, as for every goal."""
        found = forecast(revenue(), deal("d1", "a lot"), deal("d2", closes="soon"), deal("d3", None))
        assert amounts(found) == {}
        assert [(finding.count, finding.records, finding.slice) for finding in found.findings] == [
            (1, ("d1",), None),
            (1, ("d2",), None),
        ]

    def test_only_records_of_the_slice_and_the_pipeline_are_reported(self) -> None:
        """Somebody else's mistakes are told in their own forecast, and those that were mended nowhere."""
        goal = revenue(Assignment(ADA, pipelines=["new"]))
        found = forecast(
            goal,
            deal("d1", closes=AUGUST, forecast_category="?"),
            deal("d2", pipeline="renewals", forecast_category="?"),
            deal("d3", closes=at("2025-07-31 23:59"), forecast_category="?"),
            deal("d4", recorded="2025-07-02", probability=1),
            deal("d4", recorded="2025-07-01", forecast_category="?"),
            deal("d5", recorded="2025-07-21", forecast_category="?"),
            evolve(deal("d6", forecast_category="?"), deleted=True),
            evolve(deal("d7", forecast_category="?"), object="ticket"),
        )
        assert [finding.records for finding in found.findings] == [("d3",)]
        assert amounts(found) == {"pipeline": "100"}

    def test_each_pipeline_of_a_goal_of_all_counts(self) -> None:
        """The forecast stands beside the goal, so it shows the deals that the goal counts."""
        found = forecast(revenue(), deal("d1", 1, pipeline="renewals", probability=1), deal("d2", 2, probability=1))
        assert amounts(found) == {"pipeline": "3"}

    def test_goes_by_the_measures_own_properties(self) -> None:
        """A goal whose deals are won by their stage, and whose amounts are called otherwise and have no currency."""
        measure = Measure(
            name="Points", object="deal", aggregate="sum", value="points", dated_by="closed_at", unit="points",
            where=[Condition("stage", "eq", "paid")],
        )  # fmt: skip
        goal = evolve(revenue(), measure=measure)
        found = forecast(goal, deal("d1", points=3, stage="paid"), deal("d2", points="4.5", probability=1))
        assert (amounts(found), found.currency) == ({"pipeline": "4.5", "closed": "3"}, None)


class TestWeighted:
    """What is likely."""

    def test_is_exact_to_the_last_digit(self) -> None:
        """A cent at the smallest probability there is, beside the largest amount."""
        found = forecast(
            revenue(),
            deal("d1", "0.01", probability="0.000000000000000001"),
            deal("d2", "999999999999999999999999999999.99", probability="0.5"),
            deal("d3", "-0.03", probability="0.1"),
        )
        # 499999999999999999999999999999.995 - 0.003 + 0.00000000000000000001
        assert str(found.weighted) == "499999999999999999999999999999.99200000000000000001"

    @pytest.mark.parametrize("probability", [None, "", 40, "1.01", "-0.1", "likely", True])
    def test_without_a_share_is_reported(self, probability: Property) -> None:
        """Percentages are not shares: 40 would be forty times the amount. The deal stays in its category."""
        found = forecast(revenue(), deal("d1", 100, probability=probability), deal("d2", 50, probability="0.5"))
        assert (amounts(found), found.weighted) == ({"pipeline": "150"}, 25)
        assert said(found) == [
            (
                f"{UNREADABLE}probability: expected a share from 0 to 1, without which the record is not weighted",
                ("d1",),
            ),
        ]

    def test_what_is_omitted_or_has_no_amount_needs_no_probability(self) -> None:
        """Nothing would come of it."""
        assert forecast(revenue(), deal("d1", stage="lost"), deal("d2", None)).findings == ()

    def test_is_converted_like_the_amounts(self) -> None:
        """200 dollars at a half, and half as likely."""
        rates = Rates("EUR", {("USD", date(2025, 1, 1)): "0.5"})
        found = forecast(revenue(), deal("d1", 200, currency="USD", probability="0.5"), rates=rates)
        assert (amounts(found), found.weighted) == ({"pipeline": "100"}, 50)
        with pytest.raises(MissingRate) as caught:
            forecast(revenue(), deal("d1", 200, currency="USD"), deal("d2", currency="USD", closes=AUGUST))
        assert caught.value.records == ("d1",)


class TestThirds:
    """Amounts that have no last digit, such as those converted at a rate of a third."""

    RATES: Final = Rates("USD", {("EUR", date(2025, 1, 1)): 3})

    def thirds(self, *versions: CrmEvent, target: str = "1") -> Forecast:
        """Return the forecast of deals in dollars, of which three are a euro."""
        deals = [evolve(version, properties={**version.properties, "currency": "USD"}) for version in versions]
        return forecast(revenue(Assignment(ADA, [target] * 12)), *deals, rates=self.RATES)

    def test_categories_are_added_up_before_they_are_cut(self) -> None:
        """A third won, a third committed and a third at best are 1, not 0.999... of a euro."""
        found = self.thirds(
            deal("d1", 1, is_won=True),
            deal("d2", 1, stage="agreed", probability=1),
            deal("d3", 1, stage="offer", probability=1),
        )
        third, two = Decimal("0." + "3" * 34), Decimal("0." + "6" * 33 + "7")
        assert found.categories == {"pipeline": 0, "best_case": third, "commit": third, "closed": third, "omitted": 0}
        assert found.cumulative == {"pipeline": 1, "best_case": 1, "commit": two, "closed": third}

    def test_coverage_is_divided_once(self) -> None:
        """A third is likely where two are missing: half of it, to the last digit."""
        found = self.thirds(deal("d1", 1, is_won=True), deal("d2", 1, probability=1))
        assert (found.gap, found.coverage) == (Decimal("0." + "6" * 33 + "7"), Decimal("0.5"))

    def test_what_is_likely_is_cut_once(self) -> None:
        """A third of a euro three times over, each at a share of the smallest grain: exactly one grain of a euro."""
        found = self.thirds(*(deal(f"d{place}", 1, probability="0.000000000000000001") for place in range(3)))
        assert found.weighted == Decimal("0.000000000000000001")

    def test_three_thirds_close_the_gap(self) -> None:
        """Nothing is missing, and there is nothing to be covered."""
        found = self.thirds(*(deal(f"d{place}", 1, is_won=True) for place in range(3)), deal("d3", 1, probability=1))
        assert (found.categories["closed"], found.gap, found.coverage) == (1, 0, None)


class TestLate:
    """What was recorded after the freeze is told, once, whichever figure it would have moved (rule P6)."""

    def late(self, goal: Goal, *versions: CrmEvent) -> list[tuple[str, int, tuple[str, ...]]]:
        """Return what the forecast of July finds in the middle of August."""
        found = forecast(goal, *versions, as_of="2025-08-20", on=JULY)
        assert {(finding.goal_id, finding.slice) for finding in found.findings} <= {("g1", found.slice)}
        return [(finding.kind, finding.count, finding.records) for finding in found.findings]

    @pytest.mark.parametrize(
        "change",
        [
            {"is_won": True},
            {"stage": "agreed"},
            {"probability": "0.6"},
            {"amount": 7},
            {"amount": 7, "is_won": True, "probability": None},
            {"closed_at": AUGUST},
        ],
        ids=["won", "surer", "likelier", "worth less", "all at once", "moved away"],
    )
    def test_a_change_after_the_freeze(self, change: dict[str, Property]) -> None:
        """The figures stay as they froze."""
        before = deal("d1", 5, probability="0.5")
        after = evolve(before, recorded_at=at("2025-08-01"), properties={**before.properties, **change})
        assert self.late(revenue(), before, after) == [("late", 1, ("d1",))]
        found = forecast(revenue(), before, after, as_of="2025-08-20", on=JULY)
        assert (amounts(found), found.weighted) == ({"pipeline": "5"}, Decimal("2.5"))

    def test_a_deal_that_came_after_the_freeze(self) -> None:
        """Won or open, each is named; one that was in time by a microsecond is not."""
        versions = [
            deal("d1", is_won=True, recorded="2025-08-01"),
            deal("d2", probability=1, recorded="2025-08-02"),
            deal("d3", probability=1, recorded="2025-07-31 23:59:59.999999"),
        ]
        assert self.late(revenue(), *versions) == [("late", 2, ("d1", "d2"))]

    def test_a_change_that_moves_no_figure(self) -> None:
        """A new note on the deal, a deal of somebody else or of nobody, and one of which nothing was late."""
        versions = [
            deal("d1", probability=1),
            deal("d1", probability=1, note="called", recorded="2025-08-02"),
            deal("d2", is_won=True, owner="bob", recorded="2025-08-02"),
            deal("d3", probability=1),
            deal("d3", probability=0, recorded="2025-07-31"),
            deal("d4", owner=None, probability=1),
            deal("d4", owner=None, probability=0, recorded="2025-08-02"),
        ]
        assert self.late(revenue(), *versions) == [("unattributed", 1, ("d4",))]

    def test_late_corrections_that_count_are_not_late(self) -> None:
        """Where the account restates, and while the slice is open."""
        versions = [deal("d1", 5, probability=1), deal("d1", 5, is_won=True, recorded="2025-08-01")]
        account = evolve(ACME, closing=Closing(policy="restate"))
        goal = revenue(account=account)
        found = forecast(goal, *versions, account=account, as_of="2025-08-20", on=JULY)
        assert (amounts(found), found.findings) == ({"closed": "5"}, ())
        graceful = evolve(ACME, closing=Closing(grace=timedelta(days=10)))
        goal = revenue(account=graceful)
        found = forecast(goal, *versions, account=graceful, as_of="2025-08-05", on=JULY)
        assert (amounts(found), found.findings) == ({"closed": "5"}, ())


class TestGap:
    """What is missing, and whether it can still come."""

    def test_an_exceeded_target_has_no_coverage(self) -> None:
        """Nothing is left to be covered; at the very target neither."""
        over, even = (forecast(revenue(), deal("d1", amount, is_won=True)) for amount in ("1000.01", "1000"))
        assert (str(over.gap), over.coverage) == ("-0.01", None)
        assert (even.gap, even.coverage) == (0, None)

    def test_without_a_target_there_is_no_gap(self) -> None:
        """No target is not a target of zero."""
        goal = revenue().with_targets({(ADA, JULY): None})
        found = forecast(goal, deal("d1", is_won=True), contributor=ADA)
        assert (amounts(found), found.target, found.gap, found.coverage) == ({"closed": "100"}, None, None, None)
        assert amounts(forecast(goal, deal("d1", is_won=True))) == {}  # a row without a target is in no total

    def test_a_total_counts_each_deal_once(self) -> None:
        """Rows of several kinds overlap, and have no target together; each row has its own."""
        goal = revenue(Assignment(ADA), Assignment(BOB, ["500"] * 12), Assignment(EVERYONE))
        deals = [deal("d1", 100, probability="0.5"), deal("d2", 20, owner="bob", probability="0.5", is_won=True)]
        total = forecast(goal, *deals)
        assert (amounts(total), total.weighted) == ({"pipeline": "100", "closed": "20"}, 50)
        assert (total.target, total.gap, total.coverage) == (None, None, None)
        bob = forecast(goal, *deals, contributor=BOB)
        assert (amounts(bob), bob.weighted, bob.gap, bob.coverage) == ({"closed": "20"}, 0, 480, 0)
        assert bob.contributor == BOB
        people = forecast(goal.remove(EVERYONE), *deals)
        assert (people.target, people.gap) == (1500, 1480)


def left(*deals: CrmEvent, **more: Any) -> Forecast:  # noqa: ANN401 - any other argument
    """Return the total of Ada's row and Bob's as of the 20th of July; Ada has left on the 8th."""
    roster = Roster([User("ada", absences=[Absence(at("2025-07-08"))]), User("bob")])
    goal = more.pop("goal", None) or revenue(Assignment(ADA), Assignment(BOB))
    return forecast(goal, *deals, roster=roster, **more)


class TestHandedOver:
    """Who leaves keeps the deals as they were, and the heir has them as they are (rule P7); the total has each once (rule C4)."""

    COMMITTED: Final = deal("d1", 100, stage="agreed", probability="0.5")

    def later(self, day: int = 9, owner: str = "bob", **says: Property) -> CrmEvent:
        """Return the deal as the heir has it from a day on."""
        recorded = at(f"2025-07-{day:02}")
        properties = {**self.COMMITTED.properties, **says}
        return evolve(self.COMMITTED, recorded_at=recorded, owner_id=owner, properties=properties)

    @pytest.mark.parametrize(
        ("says", "categories", "weighted"),
        [
            ({"is_won": True}, {"closed": "100"}, 0),
            ({"stage": "lost"}, {"omitted": "100"}, 0),
            ({"stage": "offer", "amount": 70}, {"best_case": "70"}, 35),
            ({"probability": "0.9"}, {"commit": "100"}, 90),
            ({"probability": None}, {"commit": "100"}, 0),
            ({"forecast_category": "Commit"}, {}, 0),
            ({"amount": None}, {}, 0),
            ({"note": "called"}, {"commit": "100"}, 50),
        ],
        ids=["won", "lost", "less sure", "likelier", "not known", "nowhere", "worth nothing", "the same"],
    )
    def test_stands_as_the_heir_has_it(
        self, says: dict[str, Any], categories: dict[str, str], weighted: Decimal | int
    ) -> None:
        """In whichever order the versions come; each row alone has its own."""
        versions = [self.COMMITTED, self.later(**says)]
        for arriving in (versions, versions[::-1]):
            total = left(*arriving)
            assert (amounts(total), total.weighted) == (categories, weighted)
        assert amounts(left(*versions, contributor=ADA)) == {"commit": "100"}
        assert amounts(left(*versions, contributor=BOB)) == categories

    def test_what_is_attained_stays_closed(self) -> None:
        """Ada won it and left, Bob opened it again: the goal has attained what Ada won, and so it is closed, and not open too."""
        won = evolve(self.COMMITTED, properties={**self.COMMITTED.properties, "is_won": True})
        opened = self.later(stage="offer", amount=70)
        total = left(won, opened)
        assert (amounts(total), total.weighted, total.gap) == ({"closed": "100"}, 0, 1900)
        progress = calculate(
            [revenue(Assignment(ADA), Assignment(BOB))],
            [won, opened],
            account=ACME,
            as_of=at("2025-07-20"),
            roster=Roster([User("ada", absences=[Absence(at("2025-07-08"))]), User("bob")]),
        )
        assert progress.total("g1", on=JULY).attained == 100
        assert amounts(left(won, opened, contributor=BOB)) == {"best_case": "70"}

    def test_stands_where_it_was_when_nobody_else_has_it(self) -> None:
        """Moved to August, deleted, or to somebody without a row: Ada's row keeps it, and so does the total.

        What Bob had from the beginning he has as it is.
        """
        gone = evolve(self.later(), deleted=True, properties={})
        kept = [
            deal("d2", 7, owner="bob", probability=1),
            deal("d2", 8, owner="bob", stage="offer", recorded="2025-07-09"),
        ]
        for after in (self.later(closed_at=AUGUST), gone, self.later(owner="cyd", stage="lost")):
            total = left(self.COMMITTED, after, *kept)
            assert (amounts(total), total.weighted) == ({"commit": "100", "best_case": "8"}, 50)

    def test_only_rows_with_a_target_are_asked(self) -> None:
        """Where Bob has no target it stands as Ada has it; where neither has one it is nowhere."""
        versions = [self.COMMITTED, self.later(stage="offer")]
        goal = revenue(Assignment(ADA), Assignment(BOB)).with_targets({(BOB, JULY): None})
        assert amounts(left(*versions, goal=goal)) == {"commit": "100"}
        goal = goal.with_targets({(ADA, JULY): None})
        assert (amounts(left(*versions, goal=goal)), left(*versions, goal=goal).weighted) == ({}, 0)

    def test_the_shares_of_all_are_taken_together(self) -> None:
        """Two fifths of the deal are Ada's in the version she knew, three fifths Bob's: the total has it whole, as Bob knows it.

        So it is where the owner never changes, and Ada merely has a share of it.
        """
        splits = Splits({("deal", "d1"): {"ada": "0.4", "bob": "0.6"}})
        for owner in ("ada", "bob"):
            versions = [evolve(self.COMMITTED, owner_id=owner), self.later(stage="offer", amount=70)]
            total = left(*versions, splits=splits)
            assert (amounts(total), total.weighted) == ({"best_case": "70"}, 35)
            assert amounts(left(*versions, splits=splits, contributor=ADA)) == {"commit": "40"}
            assert amounts(left(*versions, splits=splits, contributor=BOB)) == {"best_case": "42"}

    def test_a_version_without_a_rate_is_left_out(self) -> None:
        """As in the goal's own total: what Bob has cannot be converted, so the deal is there as Ada has it."""
        rates = Rates("EUR", {}, missing="leave_out")
        total = left(self.COMMITTED, self.later(stage="offer", currency="USD"), rates=rates)
        assert (amounts(total), total.weighted) == ({"commit": "100"}, 50)
        assert [finding.kind for finding in total.findings] == ["no_rate"]

    def test_converted_at_a_rate_without_an_end(self) -> None:
        """A third of a euro of each dollar is likely by half: the total is exact."""
        rates = Rates("USD", {("EUR", date(2025, 1, 1)): 3})
        versions = [self.COMMITTED, self.later(stage="offer", amount=6, currency="USD")]
        total = left(*versions, *(evolve(each, record_id="d2") for each in versions), rates=rates)
        assert (amounts(total), total.weighted) == ({"best_case": "4"}, 2)


class TestArguments:
    """Slices, people and moments."""

    def test_the_slice_is_that_of_now_in_the_goals_zone(self) -> None:
        """At half past ten in the evening of the 31st in UTC it is August in Rome; any other slice by a day of it."""
        account = evolve(ACME, calendar=FiscalCalendar(zone="Europe/Rome"))
        goal = revenue(account=account)
        assert str(forecast(goal, account=account, as_of="2025-07-31 22:30").slice) == "2025-08-01..2025-08-31"
        assert str(forecast(goal, account=account, on=date(2025, 3, 31)).slice) == "2025-03-01..2025-03-31"
        refuses(
            lambda: forecast(goal, account=account, on=date(2026, 1, 1)), "not_found", "on", "2026-01-01", kind=NotFound
        )

    def test_teams_go_by_the_roster(self) -> None:
        """A team's row counts what its members have open."""
        roster = Roster([User("ada"), User("bob")], [Team("north")], [Membership("ada", "north")])
        goal = revenue(Assignment(NORTH))
        deals = [deal("d1", 1, probability=1), deal("d2", 2, owner="bob", probability=1), deal("d3", 4, owner=None)]
        found = forecast(goal, *deals, roster=roster)
        assert amounts(found) == {"pipeline": "1"}
        assert [(finding.kind, finding.records) for finding in found.findings] == [
            ("unattributed", ("d3",)),
            ("unreadable", ("d3",)),
        ]

    def test_open_deals_are_split_as_won_ones(self) -> None:
        """Two fifths of an open deal are Bob's; the total has it once."""
        splits = Splits({("deal", "d1"): {"ada": "0.6", "bob": "0.4"}})
        goal = revenue(Assignment(ADA), Assignment(BOB))
        for who, expected in ((ADA, "60"), (BOB, "40"), (None, "100")):
            found = forecast(goal, deal("d1", probability="0.5"), contributor=who, splits=splits)
            assert (amounts(found), found.weighted) == ({"pipeline": expected}, Decimal(expected) / 2)

    def test_what_was_not_known_does_not_exist(self) -> None:
        """The deal as it stood on the 5th; and what froze with July stays."""
        versions = [
            deal("d1", 1, recorded="2025-07-02", probability=1),
            deal("d1", 2, recorded="2025-07-10", probability=1, stage="agreed"),
            deal("d1", 4, recorded="2025-08-02", probability=1, is_won=True),
        ]
        assert amounts(forecast(revenue(), *versions, known_at=at("2025-07-05"))) == {"pipeline": "1"}
        assert amounts(forecast(revenue(), *reversed(versions))) == {"commit": "2"}
        late = forecast(revenue(), *versions, as_of="2025-08-20", on=JULY)
        assert amounts(late) == {"commit": "2"}
        assert [finding.kind for finding in late.findings] == ["late"]

    def test_of_two_versions_at_once_the_same_holds_as_for_the_goal(self) -> None:
        """The greater by its content, also where the other one comes later in the alphabet of categories."""
        one = deal("d1", 1, is_won=True, more="a")
        other = deal("d1", 2, probability=1, stage="agreed", more="b")
        for versions in ([one, other], [other, one]):
            found = forecast(revenue(), *versions)
            assert amounts(found) == {"commit": "2"}
            assert [finding.kind for finding in found.findings] == ["conflict"]

    @pytest.mark.parametrize(
        ("greater", "lesser"),
        [
            ({"is_won": True, "value": 1}, {"is_won": True, "value": 12}),
            ({"probability": Decimal("0.1")}, {"probability": Decimal("0.15")}),
            ({"probability": "0.15"}, {"probability": "0.1"}),
        ],
        ids=["the amount", "the probability", "as text"],
    )
    def test_what_a_forecast_makes_of_a_version_does_not_decide_which_holds(
        self, greater: dict[str, Any], lesser: dict[str, Any]
    ) -> None:
        """By rule P1 `1}` is greater than `12}`, though with more behind it `1,` is less than `12,`; text ends by a quote."""
        value = "value" if "value" in greater else "amount"
        goal = evolve(revenue(), measure=evolve(revenue().measure, value=value))
        versions = [deal("d1", 100, **said) for said in (greater, lesser)]
        alone = forecast(goal, versions[0])
        for arriving in (versions, versions[::-1]):
            found = forecast(goal, *arriving)
            assert (found.categories, found.weighted) == (alone.categories, alone.weighted)
            assert [finding.kind for finding in found.findings] == ["conflict"]
            result = calculate([goal], arriving, account=ACME, as_of=at("2025-07-20"))
            assert result.of("g1", ADA, on=JULY).attained == found.categories["closed"]

    def test_records_may_come_in_columns(self) -> None:
        """Also those in other currencies, with what is wrong with them; columns of other records are passed over."""
        columns = Columns(
            "deal",
            ["d1", "d2", "d3", "d4"],
            owner_id=["ada"] * 4,
            recorded_at=[at("2025-07-01")] * 4,
            properties={
                "is_won": [True, False, False, False],
                "closed_at": [JULY, JULY, JULY, None],
                "amount": [1, 2, 4, 8],
                "currency": [None, None, "USD", None],
                "probability": ["1", "0.5", "7", "1"],
            },
        )
        rates = Rates("EUR", {("USD", date(2025, 1, 1)): 2})
        found = forecast(revenue(), columns, Columns("ticket", ["t1"]), rates=rates)
        assert (amounts(found), found.weighted) == ({"pipeline": "10", "closed": "1"}, 1)
        assert [finding.records for finding in found.findings] == [("d3",)]

    def test_the_goals_id_may_be_any(self) -> None:
        """Also one that looks like those the calculator is asked about."""
        for goal_id in ("a commit", "b commit", "commit", "closed", "x" * 200):
            found = forecast(evolve(revenue(), id=goal_id), deal("d1", 1, owner=None, stage="agreed", probability=1))
            assert found.goal_id == goal_id
            assert {finding.goal_id for finding in found.findings} == {goal_id}

    def test_a_record_may_have_many_properties(self) -> None:
        """As many as a record can have, 1,000, all of them set."""
        for value in (None, 1):
            more: dict[str, Any] = {f"p{number}": value for number in range(996)}
            version = deal("d1", 1, probability=1, **more)
            assert len(version.properties) == 1000
            assert amounts(forecast(revenue(), version)) == {"pipeline": "1"}


class TestRefusals:
    """What is no forecast."""

    def test_arguments_of_the_wrong_kind(self) -> None:
        """Each is named with what was expected."""
        goal: Any = revenue()
        wrong: list[tuple[dict[str, Any], str, str]] = [
            ({"goal": 5}, "goal", "a Goal"),
            ({"pipeline": None}, "pipeline", "text"),
            ({"account": 5}, "account", "an Account"),
            ({"events": "deals"}, "events", "an iterable of CrmEvent"),
            ({"events": 5}, "events", "an iterable of CrmEvent"),
            ({"events": [deal("d1"), {"a": 1}]}, "events[1]", "a CrmEvent"),
            ({"as_of": JULY}, "as_of", "a datetime with a zone"),
            ({"known_at": JULY}, "known_at", "a datetime with a zone"),
            ({"on": at("2025-07-01")}, "on", "a date"),
            ({"contributor": "ada"}, "contributor", "a Contributor"),
            ({"roster": 5}, "roster", "a Roster"),
            ({"rates": 5}, "rates", "Rates"),
        ]
        for change, field, expected in wrong:
            asked: dict[str, Any] = {
                "goal": goal,
                "pipeline": "new",
                "events": [],
                "account": ACME,
                "as_of": at("2025-07-20"),
            }
            asked |= change
            given = asked.pop("goal")
            call = partial(forecast_of, given, **asked)
            refuses(call, "invalid_type", field, expected, kind=InvalidType)

    def test_moments_need_a_zone(self) -> None:
        """Nobody could say which slice it is."""
        naive = datetime(2025, 7, 20)
        refuses(
            lambda: forecast_of(revenue(), pipeline="new", events=[], account=ACME, as_of=naive),
            "timezone_required",
            "as_of",
        )

    def test_pipelines_are_ids(self) -> None:
        """A blank id is none."""
        refuses(lambda: why_not_in_forecast(revenue(), pipeline=" ", account=ACME), "blank", "pipeline")

    def test_rows_that_are_not_there(self) -> None:
        """Whether the goal shows or not."""
        for goal in (revenue(), revenue(duration=Duration.yearly(2025))):
            call = partial(forecast, goal, contributor=BOB)
            refuses(call, "not_found", "contributor", "user bob", kind=NotFound)

    def test_the_account_of_another_goal(self) -> None:
        """Accounts stand apart."""
        other = Account(id="other", currency="EUR")
        refuses(lambda: why_not_in_forecast(revenue(), pipeline="new", account=other), "foreign", "account", "acme")

    def test_a_measure_that_is_no_sum(self) -> None:
        """Averages cannot be parted into categories."""
        goal = evolve(revenue(), measure=evolve(templates.REVENUE.measure, aggregate="average"))
        refuses(lambda: forecast(goal), "not_a_sum", "goal.measure", "average", "a sum")
