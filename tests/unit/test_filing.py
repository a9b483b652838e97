"""Filing: one pass over the records. What counts, in which slice and in which currency; what comes late; what can be joined."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from random import Random
from typing import cast

import pytest
from attrs import evolve

from quota_engine import (
    Absence,
    Assignment,
    Closing,
    CrmEvent,
    Goal,
    InvalidType,
    Membership,
    MissingRate,
    Rates,
    Roster,
    Tallies,
    Team,
    User,
    calculate,
    merge,
    plan,
    tally,
    templates,
)
from quota_engine.adapters.columns import Columns, Minor
from quota_engine.facts import Batch
from tests.acme import (
    ADA,
    AUGUST,
    BOB,
    EVERYONE,
    JULY,
    JUNE,
    NORTH,
    RENEWALS,
    acme,
    at,
    attained,
    calculated,
    cell,
    counting,
    deal,
    figures,
    found,
    promise,
)
from tests.refusals import refuses, twins

ACME = acme()
FRANCS = Rates(
    "EUR",
    {
        ("CHF", date(2025, 7, 1)): "1.05",
        ("CHF", date(2025, 7, 15)): "1.10",
        ("USD", date(2025, 7, 1)): "0.90",
        ("JPY", date(2025, 7, 1)): "0.006",
    },
)


def foreign(
    record_id: str, amount: str, currency: str | None, closed: str = "2025-07-10", recorded: str | None = None
) -> CrmEvent:
    """Return a deal in a currency."""
    return deal(record_id, amount, closed=closed, recorded=recorded, more={"currency": currency})


class TestWhatCounts:
    """A record counts by its date and its value (rule M3)."""

    def test_a_deal_without_a_date_never_counts(self) -> None:
        """Won, but nobody knows when."""
        for closed in (None, ""):
            event = CrmEvent(
                "deal",
                "d1",
                recorded_at=at("2025-07-10"),
                owner_id="ada",
                properties={"is_won": True, "closed_at": closed, "amount": "100"},
            )
            result = calculated(promise(ADA), event)
            assert {progress.counted for progress in result} == {0}
            assert result.findings == ()

    def test_a_deal_that_is_not_won_does_not_count(self) -> None:
        """Revenue asks for won deals."""
        assert cell(calculated(promise(ADA), deal("d1", more={"is_won": False}))).counted == 0

    def test_a_deal_without_an_amount_counts_as_one_worth_nothing(self) -> None:
        """The sum does not move, the number of deals does."""
        progress = cell(calculated(promise(ADA), deal("d1"), deal("d2", None), deal("d3", "")))
        assert (progress.attained, progress.counted) == (100, 3)

    def test_a_count_does_not_look_at_amounts(self) -> None:
        """Neither at missing ones, nor at unreadable ones, nor at currencies without a rate."""
        goal = promise(ADA, measure=evolve(counting("count"), unit="count"))
        progress = cell(calculated(goal, deal("d1", None), deal("d2", "a lot"), foreign("d3", "1", "ZWL")))
        assert (progress.attained, progress.counted) == (3, 3)

    @pytest.mark.parametrize(("aggregate", "expected"), [("average", 20), ("minimum", -20), ("maximum", 60)])
    def test_averages_and_extremes_leave_deals_without_an_amount_out(self, aggregate: str, expected: int) -> None:
        """Of 60, 20 and a refund of 20 the average is 20; a deal without an amount is not a deal of nothing."""
        deals = [deal("d1", "60"), deal("d2", "20"), deal("d3", "-20"), deal("d4", None), deal("d5", "")]
        progress = cell(calculated(promise(ADA, measure=counting(aggregate)), *deals))
        assert (progress.attained, progress.counted) == (expected, 3)

    def test_what_is_dated_ahead_counts_in_its_slice_as_soon_as_it_is_recorded(self) -> None:
        """On 20 July a deal that will close on 5 August is August's already, and no other slice's."""
        result = calculated(promise(ADA), deal("d1", closed="2025-08-05", recorded="2025-07-01"))
        assert (attained(result), attained(result, ADA, AUGUST)) == (0, 100)

    def test_what_is_recorded_later_than_known_does_not_exist(self) -> None:
        """On the 20th nobody knows what is recorded on the 21st; asked with the knowledge of the 21st, it counts (rule P1)."""
        events = [deal("d1"), deal("d2", "10", closed="2025-07-05", recorded="2025-07-21")]
        assert attained(calculated(promise(ADA), *events)) == 100
        assert attained(calculated(promise(ADA), *events, known_at="2025-07-20 23:59:59.999999")) == 100
        assert attained(calculated(promise(ADA), *events, known_at="2025-07-21")) == 110
        assert attained(calculated(promise(ADA), *events, known_at="2025-07-01")) == 0

    def test_other_objects_do_not_count(self) -> None:
        """A call is no deal, whatever its fields say."""
        call = CrmEvent(
            "call", "c1", recorded_at=at("2025-07-10"), owner_id="ada", properties=dict(deal("d1").properties)
        )
        assert cell(calculated(promise(ADA), call)).counted == 0

    def test_deals_and_calls_each_count_for_their_own_goals(self) -> None:
        """One pass, two kinds of records."""
        goals = [promise(ADA), promise(ADA, goal_id="g2", measure=templates.CALLS_MADE.measure)]
        call = CrmEvent(
            "call",
            "c1",
            recorded_at=at("2025-07-10"),
            owner_id="ada",
            properties={"occurred_at": at("2025-07-10")},
        )
        result = calculate(goals, [deal("d1"), call], account=ACME, as_of=at("2025-07-20"))
        assert [result.of(goal.id, ADA, on=JULY).attained for goal in goals] == [100, 1]

    def test_a_deletion_takes_the_record_out(self) -> None:
        """A deal that is deleted in time counts nowhere, and nothing is said about it."""
        result = calculated(promise(ADA), deal("d1"), deal("d1", recorded="2025-07-12", deleted=True))
        assert (attained(result), result.findings) == (0, ())

    def test_what_cannot_be_read_is_left_out_and_reported(self) -> None:
        """An amount, a date, a condition and a currency that nobody can read: four findings that name the property."""
        events = [
            deal("d1", "a lot"),
            deal("d2", closed=True),
            deal("d3", more={"is_won": "perhaps"}),
            foreign("d4", "1", "euro"),
            deal("d5", "7"),
        ]
        result = calculated(promise(ADA), *events)
        assert attained(result) == 7
        assert [(finding.text, finding.records, finding.goal_id) for finding in found(result, "unreadable")] == [
            ("1 record: cannot be read, and left out: Revenue, amount: expected an exact number", ("d1",), None),
            (
                "1 record: cannot be read, and left out: Revenue, closed_at: expected a day or a moment with a zone",
                ("d2",),
                None,
            ),
            (
                "1 record: cannot be read, and left out: Revenue, currency: expected a currency code of three capital letters",
                ("d4",),
                None,
            ),
            ("1 record: cannot be read, and left out: Revenue, is_won: expected true or false", ("d3",), None),
        ]

    def test_what_cannot_be_read_is_reported_once_for_goals_in_two_currencies(self) -> None:
        """Before the account changed from dollars to euros it had dollar goals: still it is one deal."""
        goals = [promise(ADA), promise(ADA, goal_id="g2", account=acme(currency="USD")), promise(BOB, goal_id="g3")]
        result = calculate(goals, [deal("d1", "a lot")], account=ACME, as_of=at("2025-07-20"))
        assert [(finding.count, finding.records) for finding in result.findings] == [(1, ("d1",))]

    def test_moments_and_days_as_text_are_read(self) -> None:
        """CRMs often export text."""
        texts = ["2025-07-01", "2025-07-31T23:59:59Z", "2025-08-01T01:59:59+02:00", "2025-08-01T00:00:00+00:00"]
        events = [
            deal(str(n), str(10**n), recorded="2025-06-01", more={"closed_at": text, "is_won": "true"})
            for n, text in enumerate(texts)
        ]
        result = calculated(promise(ADA), *events)
        assert (attained(result), attained(result, ADA, AUGUST)) == (111, 1000)


class TestRates:
    """Amounts in another currency are converted at the rate of the day the record counts on (rule M4)."""

    def test_at_the_latest_rate_on_or_before_the_day(self) -> None:
        """A franc is 1.05 euros until 14 July and 1.10 from the 15th on."""
        for closed, expected in (("2025-07-01", "105"), ("2025-07-14", "105"), ("2025-07-15", "110")):
            assert attained(calculated(promise(ADA), foreign("d1", "100", "CHF", closed), rates=FRANCS)) == Decimal(
                expected
            )

    def test_at_the_day_in_the_goals_zone(self) -> None:
        """22:00 UTC of the 14th is the 15th in Rome."""
        goal = promise(ADA, account=acme(zone="Europe/Rome"))
        moment = datetime(2025, 7, 14, 22, tzinfo=UTC)
        for when, expected in ((moment, 110), (moment - timedelta(microseconds=1), 105)):
            event = deal("d1", "100", closed=when, more={"currency": "CHF"})
            assert attained(calculated(goal, event, rates=FRANCS)) == expected

    def test_at_todays_rate_for_a_date_still_to_come(self) -> None:
        """On the 10th a deal that will close on the 20th is worth what a franc is on the 10th, not on the 15th."""
        event = foreign("d1", "100", "CHF", "2025-07-20", recorded="2025-07-02")
        assert attained(calculated(promise(ADA), event, rates=FRANCS, as_of="2025-07-10")) == 105
        assert attained(calculated(promise(ADA), event, rates=FRANCS, as_of="2025-07-10", known_at="2025-07-18")) == 105
        assert attained(calculated(promise(ADA), event, rates=FRANCS, as_of="2025-07-18")) == 110

    def test_between_two_currencies_of_which_neither_is_the_base(self) -> None:
        """For a dollar goal 300 yen are 300 x 0.006 / 0.90 = 2 dollars; 100 are two thirds of one, kept as a fraction."""
        account = acme(currency="USD")
        goal = promise(ADA, account=account)
        assert attained(calculated(goal, foreign("d1", "300", "JPY"), account=account, rates=FRANCS)) == 2
        thirds = [foreign(str(n), "100", "JPY") for n in range(3)]
        assert attained(calculated(goal, *thirds, account=account, rates=FRANCS)) == 2

    def test_the_goals_own_currency_needs_none(self) -> None:
        """Named or not, a euro is a euro."""
        progress = cell(
            calculated(promise(ADA), foreign("d1", "1", "EUR"), foreign("d2", "10", None), foreign("d3", "100", ""))
        )
        assert progress.attained == 111

    @pytest.mark.parametrize(("aggregate", "expected"), [("average", "110"), ("minimum", "110"), ("maximum", "110")])
    def test_averages_and_extremes_in_money_are_converted_too(self, aggregate: str, expected: str) -> None:
        """100 francs of the 15th are 110 euros."""
        goal = promise(ADA, measure=counting(aggregate))
        result = calculated(goal, foreign("d1", "100", "CHF", "2025-07-15"), rates=FRANCS)
        assert (attained(result), cell(result).currency) == (Decimal(expected), "EUR")

    def test_what_is_no_money_has_no_currency(self) -> None:
        """Seconds are not converted, whatever the currency of the record."""
        goal = promise(ADA, measure=evolve(counting("sum"), unit="duration"))
        progress = cell(calculated(goal, foreign("d1", "100", "ZWL")))
        assert (progress.attained, progress.currency, progress.unit) == (100, None, "duration")

    def test_a_deal_worth_nothing_needs_none(self) -> None:
        """Without an amount there is nothing to convert."""
        assert cell(calculated(promise(ADA), deal("d1", None, more={"currency": "ZWL"}))).counted == 1


class TestMissingRates:
    """In an open slice a missing rate is an error, in a frozen one a finding; never is it one to one (rule M4)."""

    def test_one_error_names_every_record(self) -> None:
        """Two deals without a rate, one before the first rate; nothing is calculated."""
        events = [
            foreign("d3", "1", "ZWL"),
            foreign("d1", "1", "XXX"),
            foreign("d2", "1", "CHF", "2025-06-30", recorded="2025-06-30"),
            foreign("d4", "1", "CHF"),
        ]
        error = refuses(
            lambda: calculated(promise(ADA), *events, rates=FRANCS, as_of="2025-06-30 13:00", known_at="2025-07-20"),
            "missing_rate",
            "rates",
            "d1, d2, d3",
            kind=MissingRate,
        )
        assert isinstance(error, MissingRate)
        assert error.currencies == (("CHF", "EUR"), ("XXX", "EUR"), ("ZWL", "EUR"))
        assert str(error).startswith("rates: expected a rate of CHF to EUR, XXX to EUR, ZWL to EUR on the day")
        assert error.records == ("d1", "d2", "d3", "d4")  # on 30 June there is no rate of a franc for July either

    def test_no_rates_at_all_have_none(self) -> None:
        """A host that gives none is told so."""
        error = refuses(
            lambda: calculated(promise(ADA), foreign("d1", "1", "USD")), "missing_rate", "rates", kind=MissingRate
        )
        assert isinstance(error, MissingRate)
        assert error.records == ("d1",)

    def test_one_error_names_records_in_columns_and_in_events_and_in_every_batch(self) -> None:
        """However the records come."""
        batches = [
            Columns(
                "deal",
                [record],
                owner_id=["ada"],
                properties={"is_won": [True], "closed_at": [date(2025, 7, 5)], "amount": ["1"], "currency": ["USD"]},
            )
            for record in ("d1", "d2")
        ]
        work = plan([promise(ADA)], account=ACME, as_of=at("2025-07-20"))
        event = foreign("d3", "1", "USD")
        whole = merge(tally(work, [event]), tally(work, batches[:1]), tally(work, batches[1:]))
        given: list[Tallies | list[CrmEvent | Batch]] = [whole, [event, *batches]]
        for records in given:
            with pytest.raises(MissingRate) as caught:
                calculate([promise(ADA)], records, account=ACME, as_of=at("2025-07-20"))
            assert caught.value.records == ("d1", "d2", "d3")

    def test_a_host_may_leave_such_records_out(self) -> None:
        """Left out and reported, once for each goal and slice, however many rows the deal would count in."""
        rates = Rates("EUR", {}, "leave_out")
        result = calculated(promise(ADA, EVERYONE), foreign("d1", "100", "USD"), deal("d2", "1"), rates=rates)
        assert (attained(result), attained(result, EVERYONE), cell(result).counted) == (1, 1, 1)
        (finding,) = found(result, "no_rate")
        assert (finding.goal_id, finding.count, finding.records) == ("g1", 1, ("d1",))
        assert finding.text == (
            "1 record (g1, 2025-07-01..2025-07-31): no exchange rate on the day the record counts: left out"
        )

    def test_someone_who_was_away_changes_nothing_about_the_report(self) -> None:
        """Ada was away in May: her deal without a rate is still one record."""
        rates = Rates("EUR", {}, "leave_out")
        roster = Roster([User("ada", absences=[Absence(at("2025-05-01"), at("2025-05-08"))])])
        result = calculated(promise(ADA, EVERYONE), foreign("d1", "100", "USD"), rates=rates, roster=roster)
        (finding,) = found(result, "no_rate")
        assert (finding.count, finding.records) == (1, ("d1",))
        assert result.total("g1", on=JULY).counted == 0

    def test_in_a_frozen_slice_they_are_left_out_and_reported(self) -> None:
        """An error about July could not be mended in August any more."""
        event = foreign("d1", "100", "USD")
        refuses(
            lambda: calculated(promise(ADA), event, as_of="2025-07-31 23:59"), "missing_rate", "rates", kind=MissingRate
        )
        refuses(
            lambda: calculated(promise(ADA), event, as_of="2025-08-02", known_at="2025-07-31"),
            "missing_rate",
            "rates",
            kind=MissingRate,
        )
        result = calculated(promise(ADA), event, as_of="2025-08-01")
        assert (attained(result), len(found(result, "no_rate"))) == (0, 1)

    def test_where_late_corrections_count_a_slice_is_never_frozen(self) -> None:
        """So the error can be mended, and is raised."""
        goal = promise(ADA, account=acme(closing=Closing(policy="restate")))
        refuses(
            lambda: calculated(goal, foreign("d1", "1", "USD"), as_of="2025-09-01"),
            "missing_rate",
            "rates",
            kind=MissingRate,
        )

    def test_a_deal_that_counts_in_no_row_needs_none(self) -> None:
        """Nobody's goal, last year's date: no rate is asked for."""
        events = [
            deal("d1", owner="bob", more={"currency": "USD"}),
            deal("d2", closed="2024-07-10", more={"currency": "USD"}),
        ]
        assert calculated(promise(ADA), *events).findings == ()


class TestFreeze:
    """What is recorded at or after the freeze never changes a slice (rule P6)."""

    GOAL = promise(ADA, BOB)

    def test_a_late_record_counts_nowhere_and_is_reported(self) -> None:
        """Closed in July but entered on 1 August at midnight: too late for July, and no other slice's."""
        result = calculated(self.GOAL, deal("d1", recorded="2025-08-01"), as_of="2025-08-20")
        assert {progress.counted for progress in result} == {0}
        (finding,) = found(result, "late")
        assert (finding.goal_id, finding.slice, finding.count, finding.records) == (
            "g1",
            self.GOAL.slices.find(JULY),
            1,
            ("d1",),
        )

    def test_the_last_microsecond_is_in_time(self) -> None:
        """The freeze is the first instant after the slice."""
        result = calculated(self.GOAL, deal("d1", recorded="2025-07-31 23:59:59.999999"), as_of="2025-08-20")
        assert (attained(result), result.findings) == (100, ())

    def test_a_late_correction_leaves_the_figure_as_it_froze(self) -> None:
        """The amount is raised on 2 August: July keeps 100."""
        events = [deal("d1"), deal("d1", "500", recorded="2025-08-02")]
        result = calculated(self.GOAL, *events, as_of="2025-08-20")
        assert attained(result) == 100
        assert [(f.slice, f.records) for f in found(result, "late")] == [(self.GOAL.slices.find(JULY), ("d1",))]

    def test_a_late_version_that_changes_nothing_is_not_reported(self) -> None:
        """Somebody added a note in August: the figures would be the same."""
        events = [deal("d1"), deal("d1", recorded="2025-08-02", more={"note": "thanks"})]
        assert calculated(self.GOAL, *events, as_of="2025-08-20").findings == ()

    def test_a_late_deletion_and_a_late_change_of_owner_are_late(self) -> None:
        """July keeps Ada's deal, and says so once, though two rows are concerned."""
        for last in (
            deal("d1", recorded="2025-08-02", deleted=True),
            deal("d1", recorded="2025-08-02", owner="bob"),
            deal("d1", recorded="2025-08-02", more={"is_won": False}),
        ):
            result = calculated(self.GOAL, deal("d1"), last, as_of="2025-08-20")
            assert (attained(result), attained(result, BOB)) == (100, 0)
            assert [(f.slice, f.count) for f in found(result, "late")] == [(self.GOAL.slices.find(JULY), 1)]

    def test_a_record_moved_out_of_a_frozen_slice_counts_in_both(self) -> None:
        """On 2 August the date is put forward to 5 August: July is closed and keeps it, August gains it."""
        events = [deal("d1"), deal("d1", closed="2025-08-05", recorded="2025-08-02")]
        result = calculated(self.GOAL, *events, as_of="2025-08-20")
        assert (attained(result), attained(result, ADA, AUGUST)) == (100, 100)
        assert [f.slice for f in found(result, "late")] == [self.GOAL.slices.find(JULY)]

    def test_a_record_moved_into_a_frozen_slice_counts_in_none(self) -> None:
        """On 2 August the date is put back to July: August loses it, July cannot gain it."""
        events = [deal("d1", closed="2025-08-05", recorded="2025-07-10"), deal("d1", recorded="2025-08-02")]
        result = calculated(self.GOAL, *events, as_of="2025-08-20")
        assert (attained(result), attained(result, ADA, AUGUST)) == (0, 0)
        assert [f.slice for f in found(result, "late")] == [self.GOAL.slices.find(JULY)]

    def test_each_slice_has_its_own_version(self) -> None:
        """100 by the end of June, 200 by the end of July, 300 now: a quarter's three corrections of one deal."""
        dates = ["2025-06-10", "2025-07-10", "2025-08-10"]
        events = [deal("d1", str(100 * n), closed=day) for n, day in enumerate(dates, 1)]
        for order in permutations(events):
            result = calculated(self.GOAL, *order, as_of="2025-08-20")
            assert [attained(result, ADA, on) for on in (JUNE, JULY, AUGUST)] == [100, 200, 300]

    def test_a_grace_lets_stragglers_in(self) -> None:
        """With three days of grace what is entered on 3 August still is July's; what comes on the 4th is not."""
        goal = promise(ADA, account=acme(closing=Closing(grace=timedelta(days=3))))
        events = [deal("d1", "1", recorded="2025-08-03 23:59"), deal("d2", "10", recorded="2025-08-04")]
        result = calculated(goal, *events, as_of="2025-08-20")
        assert (attained(result), found(result, "late")[0].records) == (1, ("d2",))

    def test_late_corrections_count_where_the_account_restates(self) -> None:
        """Nothing freezes, and the row says that its figure is not the one that was known in time."""
        goal = promise(ADA, BOB, account=acme(closing=Closing(policy="restate")))
        result = calculated(goal, deal("d1"), deal("d1", "500", recorded="2025-08-02"), as_of="2025-08-20")
        assert (attained(result), cell(result).restated, cell(result).frozen_at) == (500, True, None)
        assert not cell(result, BOB).restated
        assert result.findings == ()

    def test_slices_before_the_adoption_take_a_first_load(self) -> None:
        """The host began on 15 July and loads everything on the 16th: June takes it, and July is July's."""
        goal = promise(ADA, account=acme(closing=Closing(since=date(2025, 7, 15))))
        events = [
            deal("d1", "1", closed="2025-06-10", recorded="2025-07-16"),
            deal("d2", "10", recorded="2025-07-16"),
            deal("d3", "100", recorded="2025-08-16"),
        ]
        result = calculated(goal, *events, as_of="2025-08-20")
        assert (attained(result, ADA, JUNE), cell(result, ADA, JUNE).restated) == (1, True)
        assert (attained(result), cell(result).restated) == (10, False)
        assert [f.slice for f in found(result, "late")] == [goal.slices.find(JULY)]

    def test_goals_that_close_differently_each_keep_their_rule(self) -> None:
        """The same late deal counts for the goal that restates and not for the one that freezes."""
        goals = [self.GOAL, promise(ADA, goal_id="g2", account=acme(closing=Closing(policy="restate")))]
        result = calculate(goals, [deal("d1", recorded="2025-08-02")], account=ACME, as_of=at("2025-08-20"))
        assert [result.of(goal.id, ADA, on=JULY).attained for goal in goals] == [0, 100]
        assert [finding.goal_id for finding in found(result, "late")] == ["g1"]

    @pytest.mark.parametrize("aggregate", ["average", "minimum", "maximum", "count"])
    def test_holds_for_every_aggregate(self, aggregate: str) -> None:
        """An average or a count freezes as a sum does."""
        goal = promise(ADA, measure=counting(aggregate))
        before = calculated(goal, deal("d1"), as_of="2025-08-20")
        after = calculated(goal, deal("d1"), deal("d2", "900", recorded="2025-08-02"), as_of="2025-08-20")
        assert figures(before) == figures(after)


def world() -> tuple[Goal, list[CrmEvent], Roster]:
    """Return a goal with every kind of row, and records with every kind of trouble."""
    roster = Roster(
        [User("ada"), User("bob", absences=[Absence(at("2025-07-12"))])],
        [Team("north")],
        [Membership("ada", "north"), Membership("bob", "north", until=date(2025, 7, 10))],
    )
    goal = promise(ADA, BOB, NORTH, RENEWALS, Assignment(EVERYONE, pipelines=["renewals", "new"]))
    events = [
        deal("d1", "1"),
        deal("d1", "2", recorded="2025-07-11"),
        deal("d1", "2", recorded="2025-07-11"),
        deal("d2", "3", owner="bob", pipeline="renewals"),
        deal("d2", "4", owner="ada", pipeline="renewals", recorded="2025-07-13"),
        deal("d3", "5", owner="bob", pipeline="new", recorded="2025-07-14"),
        deal("d4", "6", owner=None, pipeline="new"),
        deal("d5", "7", closed="2025-06-10", recorded="2025-07-02"),
        deal("d6", "8", version=1),
        deal("d6", "9", version=1),
        deal("d7", "much"),
        foreign("d8", "10", "CHF"),
        foreign("d9", "10", "CHF", "2025-06-10"),
        deal("d8", deleted=True, recorded="2025-08-03"),
    ]
    return goal, events, roster


class TestJoining:
    """Work may be cut, kept and joined: the figures are those of the whole (rule P9)."""

    GOAL, EVENTS, ROSTER = world()
    WORK = plan([GOAL], account=ACME, as_of=at("2025-08-20"), roster=ROSTER, rates=FRANCS)

    def result(self, records: Iterable[CrmEvent] | Tallies) -> tuple[object, ...]:
        """Return all figures, totals and findings."""
        result = calculate(
            [self.GOAL],
            records,
            account=ACME,
            as_of=at("2025-08-20"),
            roster=self.ROSTER,
            rates=FRANCS,
        )
        totals = [result.total("g1", on=part.start) for part in self.GOAL.slices]
        return (*figures(result), *totals, *result.findings)

    @pytest.mark.parametrize("seed", range(5))
    def test_in_any_order_and_however_cut(self, seed: int) -> None:
        """Shuffled, cut in three and joined in another order."""
        events = Random(seed).sample(self.EVENTS, len(self.EVENTS))  # noqa: S311 - an order, not a secret
        parts = [tally(self.WORK, events[start::3]) for start in range(3)]
        whole = self.result(self.EVENTS)
        assert self.result(merge(parts[2], parts[0], parts[1])) == whole
        assert self.result(merge(parts[0], merge(parts[1], parts[2]))) == whole
        assert self.result(events) == whole

    def test_across_processes(self) -> None:
        """Pickled on the way, and joined with the tallies of a plan that was made anew."""
        half, *_ = twins(tally(self.WORK, self.EVENTS[:7]))
        anew = plan([self.GOAL], account=ACME, as_of=at("2025-08-20"), roster=self.ROSTER, rates=FRANCS)
        assert isinstance(half, Tallies)
        assert self.result(merge(tally(anew, self.EVENTS[7:]), half)) == self.result(self.EVENTS)

    def test_leaves_the_parts_as_they_were(self) -> None:
        """A part can be joined, and looked at, again and again."""
        one, two = tally(self.WORK, self.EVENTS[:7]), tally(self.WORK, self.EVENTS[7:])
        before = self.result(one)
        merge(one, two)
        self.result(two)
        assert self.result(one) == before == self.result(self.EVENTS[:7])

    def test_one_alone_is_itself(self) -> None:
        """Merging one is allowed, as a loop may have only one."""
        one = tally(self.WORK, self.EVENTS)
        assert self.result(merge(one)) == self.result(one)

    def test_of_columns_and_events(self) -> None:
        """A first load in columns, changes since as events: records of different ids."""
        columns = Columns(
            "deal",
            ["d1", "d2"],
            owner_id=["ada", "bob"],
            recorded_at=[at("2025-07-10"), at("2025-07-10")],
            properties={"is_won": [True, True], "closed_at": [date(2025, 7, 9)] * 2, "amount": ["1", "10"]},
        )
        event = deal("d3", "100")
        work = plan([promise(ADA, BOB)], account=ACME, as_of=at("2025-07-20"))
        parts = [tally(work, [columns]), tally(work, [event])]
        given: list[Tallies | list[CrmEvent | Batch]] = [[columns, event], merge(*parts), merge(*parts[::-1])]
        for records in given:
            result = calculate([promise(ADA, BOB)], records, account=ACME, as_of=at("2025-07-20"))
            assert (attained(result), attained(result, BOB)) == (101, 10)

    @pytest.mark.parametrize("aggregate", ["average", "minimum", "maximum"])
    def test_of_averages_and_extremes(self, aggregate: str) -> None:
        """Averages are joined as sums and counts, extremes as extremes: of 10, 20 and 60."""
        goal = promise(ADA, BOB, measure=counting(aggregate))
        work = plan([goal], account=ACME, as_of=at("2025-07-20"))
        parts = [tally(work, [deal(str(n), amount)]) for n, amount in enumerate(["20", "60", "10"])]
        expected = {"average": 30, "minimum": 10, "maximum": 60}[aggregate]
        for order in permutations(parts):
            assert attained(calculate([goal], merge(*order), account=ACME, as_of=at("2025-07-20"))) == expected

    @pytest.mark.parametrize(
        ("aggregate", "expected"), [("sum", 90), ("count", 3), ("average", 30), ("minimum", 10), ("maximum", 60)]
    )
    def test_of_columns_alone(self, aggregate: str, expected: int) -> None:
        """Three loads of one deal each, of 20, 60 and 10, in cents: joined in any order they have the figures of the three."""
        goal = promise(ADA, BOB, measure=counting(aggregate))
        work = plan([goal], account=ACME, as_of=at("2025-07-20"))
        parts = [
            tally(
                work,
                [
                    Columns(
                        "deal",
                        [f"d{cents}"],
                        owner_id=["ada"],
                        recorded_at=[at("2025-07-10")],
                        properties={"is_won": [True], "closed_at": [JULY], "amount": Minor([cents])},
                    )
                ],
            )
            for cents in (2000, 6000, 1000)
        ]
        for order in permutations(parts):
            result = calculate([goal], merge(*order), account=ACME, as_of=at("2025-07-20"))
            assert (attained(result), cell(result).counted) == (expected, 3)
            assert cell(result, BOB).counted == 0

    @pytest.mark.parametrize(
        "changed",
        [
            {"goals": [promise(ADA, target="2000")]},
            {"as_of": at("2025-07-21")},
            {"known_at": at("2025-07-21")},
            {"account": acme(currency="USD")},
            {"roster": Roster([User("ada")])},
            {"rates": FRANCS},
        ],
    )
    def test_refuses_tallies_of_other_work(self, changed: dict[str, object]) -> None:
        """Another target, moment, account, roster or table of rates: the cells would not mean the same."""
        given: dict[str, object] = {"goals": [promise(ADA)], "account": ACME, "as_of": at("2025-07-20")}
        one, other = (tally(plan(**arguments), []) for arguments in (given, given | changed))  # type: ignore[arg-type]
        refuses(lambda: merge(one, other), "other_work", "tallies", "one and the same work")
        refuses(lambda: calculate([promise(ADA)], other, account=ACME, as_of=at("2025-07-20")), "other_work", "tallies")


class TestDoors:
    """What may be given, and what is refused."""

    def test_records_may_come_from_an_iterator(self) -> None:
        """They are read once, and need not fit in memory."""

        def stream() -> Iterator[CrmEvent]:
            yield deal("d1")
            yield deal("d2", "11")

        result = calculate([promise(ADA)], stream(), account=ACME, as_of=at("2025-07-20"))
        assert attained(result) == 111

    @pytest.mark.parametrize("bad", [None, 5, "events", b"bytes", deal("d1")])
    def test_what_is_no_run_of_records_is_refused(self, bad: object) -> None:
        """A single record must come in a list, too."""
        work = plan([promise(ADA)], account=ACME, as_of=at("2025-07-20"))
        refuses(
            lambda: tally(work, cast("list[CrmEvent]", bad)),
            "invalid_type",
            "events",
            "an iterable of CrmEvent",
            kind=InvalidType,
        )

    @pytest.mark.parametrize("bad", [None, {"a": 1}, "d2", 5])
    def test_what_is_no_record_is_refused_by_its_index(self, bad: object) -> None:
        """Nothing of the batch is kept."""
        events = cast("list[CrmEvent]", [deal("d1"), bad, deal("d2")])
        refuses(lambda: calculated(promise(ADA), *events), "invalid_type", "events[1]", "a CrmEvent", kind=InvalidType)

    @pytest.mark.parametrize("bad", [None, 5, "work"])
    def test_work_must_be_planned(self, bad: object) -> None:
        """Tallying needs a plan, merging needs tallies, and each is named."""
        tallies = tally(plan([promise(ADA)], account=ACME, as_of=at("2025-07-20")), [])
        refuses(lambda: tally(bad, []), "invalid_type", "work", kind=InvalidType)  # type: ignore[arg-type]
        refuses(lambda: merge(bad), "invalid_type", "tallies[0]", kind=InvalidType)  # type: ignore[arg-type]
        refuses(lambda: merge(tallies, bad), "invalid_type", "tallies[1]", kind=InvalidType)  # type: ignore[arg-type]

    def test_what_is_given_stays_as_it_was(self) -> None:
        """Neither the list of records nor that of goals is changed."""
        goals, events = [promise(ADA)], [deal("d2"), deal("d1"), deal("d2")]
        before = (list(goals), list(events))
        calculate(goals, events, account=ACME, as_of=at("2025-07-20"))
        assert (goals, events) == before

    def test_unread_text_of_a_template_is_no_record(self) -> None:
        """A thing with some of a batch's parts is not one."""
        refuses(
            lambda: calculated(promise(ADA), cast("CrmEvent", templates.REVENUE.measure)),
            "invalid_type",
            "events[0]",
            kind=InvalidType,
        )


class TestRatesOfVersionsThatDoNotCount:
    """Only a version that some row takes needs a rate."""

    def test_are_not_missed(self) -> None:
        """Ada's dollar version was followed by Bob's in euro, which the account's row takes: nothing is missing."""
        roster = Roster([User("ada", absences=[Absence(at("2025-07-15"))]), User("bob")])
        before = deal("d1", "10", recorded="2025-07-10", owner="ada", more={"currency": "USD"})
        after = deal("d1", "20", recorded="2025-07-20", owner="bob", more={"currency": "EUR"})
        result = calculated(promise(EVERYONE), before, after, as_of="2025-07-25", roster=roster)
        assert (attained(result, EVERYONE), result.findings) == (20, ())

    def test_do_not_hide_that_a_record_is_late(self) -> None:
        """Recorded after the freeze and without a rate: late is the first reason why it does not count."""
        late = deal("d1", "10", recorded="2025-08-02", more={"currency": "USD"})
        result = calculated(promise(ADA), late, as_of="2025-08-20")
        assert [(finding.kind, finding.records) for finding in result.findings] == [("late", ("d1",))]


class TestRecordsWithoutAValue:
    """A deal without an amount counts as one deal, and as nothing in the sum (rule M3)."""

    def test_count_by_the_version_that_was_in_time(self) -> None:
        """Recorded in July and again, moved to June, after the freeze: one deal in July, worth nothing, and late."""
        timely = deal("d1", None, recorded="2025-07-10")
        moved = deal("d1", None, closed="2025-06-10", recorded="2025-08-02")
        result = calculated(promise(ADA), timely, moved, as_of="2025-08-20")
        assert (cell(result).attained, cell(result).counted) == (0, 1)
        assert [finding.records for finding in result.findings if finding.kind == "late"] == [("d1",)] * 2
