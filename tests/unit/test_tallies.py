"""Tallies: exact sums that can be joined in any order; and totals, which count each record once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import permutations

import pytest
from attrs import evolve

from quota_engine import (
    Absence,
    Assignment,
    CurrencyMismatch,
    Duration,
    Membership,
    Roster,
    Tally,
    Team,
    TeamCredit,
    User,
    calculate,
    templates,
)
from tests.acme import (
    ADA,
    BOB,
    EVERYONE,
    JULY,
    NORTH,
    RENEWALS,
    SOUTH,
    acme,
    at,
    calculated,
    counting,
    deal,
    promise,
)
from tests.refusals import refuses, says, stays

NOTHING = Tally(unit="money", currency="EUR", total=Fraction(0), counted=0, lowest=None, highest=None)
STAFF = Roster(
    [User("ada"), User("bob")], [Team("north"), Team("south")], [Membership("ada", "north"), Membership("bob", "south")]
)


class TestTally:
    """What some records add up to."""

    ONE = evolve(NOTHING, total=Fraction(1, 3), counted=1, lowest=Fraction(1, 3), highest=Fraction(1, 3))
    TWO = evolve(NOTHING, total=Fraction(-7), counted=2, lowest=Fraction(-9), highest=Fraction(2))

    def test_is_a_value(self) -> None:
        """It cannot change, and equal tallies are the same."""
        stays(self.ONE)

    def test_two_make_one(self) -> None:
        """Sums and counts are added, the smallest and the largest amount are kept: all exactly."""
        both = self.ONE.merged(self.TWO)
        assert (both.total, both.counted) == (Fraction(-20, 3), 3)
        assert (both.lowest, both.highest) == (Fraction(-9), Fraction(2))
        assert (both.unit, both.currency) == ("money", "EUR")

    def test_order_and_grouping_do_not_matter(self) -> None:
        """Whoever is added first."""
        three = evolve(NOTHING, total=Fraction(5), counted=1)
        whole = self.ONE.merged(self.TWO).merged(three)
        for a, b, c in permutations([self.ONE, self.TWO, three]):
            assert a.merged(b).merged(c) == a.merged(b.merged(c)) == whole

    def test_nothing_changes_nothing(self) -> None:
        """No records at all have no smallest amount."""
        assert self.TWO.merged(NOTHING) == NOTHING.merged(self.TWO) == self.TWO
        assert NOTHING.merged(NOTHING) == NOTHING

    def test_two_currencies_never_meet(self) -> None:
        """Ten dollars and ten euros are not twenty of anything: both are named (MON-22)."""
        dollars = evolve(NOTHING, currency="USD")
        says(lambda: NOTHING.merged(dollars), "unit: expected EUR, got USD", "USD")
        refuses(lambda: NOTHING.merged(dollars), "currency_mismatch", "unit", "EUR", "USD", kind=CurrencyMismatch)

    def test_two_units_never_meet(self) -> None:
        """Nor do money and calls."""
        calls = evolve(NOTHING, unit="count", currency=None)
        refuses(lambda: calls.merged(NOTHING), "currency_mismatch", "unit", "count", "EUR", kind=CurrencyMismatch)
        days = evolve(NOTHING, unit="duration", currency=None)
        refuses(lambda: calls.merged(days), "currency_mismatch", "unit", "count", "duration", kind=CurrencyMismatch)


class TestSums:
    """Added exactly."""

    @pytest.mark.parametrize("order", list(permutations(["1e27", "0.5", "0.5"])))
    def test_of_very_large_and_very_small_amounts(self, order: tuple[str, ...]) -> None:
        """A billion billion billion and two halves are one more, in every order (MON-27)."""
        deals = [deal(str(n), amount) for n, amount in enumerate(order)]
        progress = calculated(promise(ADA), *deals).of("g1", ADA, on=JULY)
        assert progress.attained == Decimal(1000000000000000000000000001)

    def test_of_fractions_of_a_cent(self) -> None:
        """Nothing is rounded on the way: 0.001 and 10^-18 stay what they are."""
        deals = [deal("d1", "0.001"), deal("d2", "1e-18"), deal("d3", "-0.001")]
        assert calculated(promise(ADA), *deals).of("g1", ADA, on=JULY).attained == Decimal("1e-18")

    def test_of_refunds_go_below_zero(self) -> None:
        """A credit note of 250 against a sale of 100 leaves 150 to make good (EVT-20)."""
        progress = calculated(promise(ADA), deal("d1"), deal("d2", "-250.00")).of("g1", ADA, on=JULY)
        assert (progress.attained, progress.counted) == (-150, 2)
        assert (progress.attainment, progress.remaining) == (Decimal("-0.15"), 1150)


class TestTotals:
    """A total counts each record once, over the rows that have a target (rule C4)."""

    def test_of_users_is_the_sum_of_their_rows(self) -> None:
        """No deal has two owners."""
        result = calculated(promise(ADA, BOB), deal("d1", "1"), deal("d2", "10", owner="bob"), deal("d3", owner=None))
        total = result.total("g1", on=JULY)
        assert (total.target, total.attained, total.counted, total.remaining) == (2000, 11, 2, 1989)
        assert (total.attainment, total.percent(1)) == (Decimal("0.0055"), "0.6 %")
        assert (total.goal_id, total.unit, total.currency) == ("g1", "money", "EUR")
        assert total.slice == result.of("g1", ADA, on=JULY).slice

    def test_of_teams_is_the_sum_of_their_rows(self) -> None:
        """Nobody has two main teams on a day."""
        result = calculated(promise(NORTH, SOUTH), deal("d1", "1"), deal("d2", "10", owner="bob"), roster=STAFF)
        assert result.total("g1", on=JULY).attained == 11

    def test_of_teams_that_share_members_counts_a_deal_once(self) -> None:
        """Ada is an extra member of south: both rows have her deal, the total has it once."""
        roster = evolve(STAFF, memberships=[*STAFF.memberships, Membership("ada", "south", main=False)])
        goal = promise(NORTH, SOUTH, team_credit=TeamCredit(extra=True))
        result = calculated(goal, deal("d1", "1"), deal("d2", "10", owner="bob"), roster=roster)
        rows = [result.of("g1", row, on=JULY).attained for row in (NORTH, SOUTH)]
        total = result.total("g1", on=JULY)
        assert (rows, total.attained, total.counted, total.target) == ([1, 11], 11, 2, 2000)

    def test_of_teams_above_each_other_counts_a_deal_once(self) -> None:
        """South reports to north, whose row counts south's deals too."""
        roster = evolve(STAFF, teams=[Team("north"), Team("south", parent="north")])
        goal = promise(NORTH, SOUTH, team_credit=TeamCredit(descendants=True))
        result = calculated(goal, deal("d1", "1"), deal("d2", "10", owner="bob"), roster=roster)
        rows = [result.of("g1", row, on=JULY).attained for row in (NORTH, SOUTH)]
        assert (rows, result.total("g1", on=JULY).attained) == ([11, 10], 11)

    def test_over_several_kinds_counts_a_deal_once_and_has_no_target(self) -> None:
        """Ada, her team, a pipeline and the account all count the deal. Their promises do not add up to anything."""
        goal = promise(ADA, NORTH, RENEWALS, EVERYONE)
        result = calculated(goal, deal("d1", pipeline="renewals"), deal("d2", "1", owner=None), roster=STAFF)
        total = result.total("g1", on=JULY)
        assert (total.attained, total.counted) == (101, 2)
        assert (total.target, total.attainment, total.remaining, total.percent()) == (None, None, None, "n/a")

    def test_leaves_rows_without_a_target_out(self) -> None:
        """Bob promised nothing, so neither his missing target nor his deals are in it."""
        result = calculated(promise(ADA, Assignment(BOB)), deal("d1", "1"), deal("d2", "10", owner="bob"))
        total = result.total("g1", on=JULY)
        assert (total.target, total.attained, total.counted) == (1000, 1, 1)

    def test_leaves_them_out_where_rows_overlap_too(self) -> None:
        """The account's row has no target: only Ada's deal is in the total, and her kind is the only one with a target."""
        result = calculated(promise(ADA, Assignment(EVERYONE)), deal("d1", "1"), deal("d2", "10", owner="bob"))
        assert result.of("g1", EVERYONE, on=JULY).attained == 11
        total = result.total("g1", on=JULY)
        assert (total.target, total.attained, total.counted) == (1000, 1, 1)

    def test_of_rows_without_any_target_is_nothing(self) -> None:
        """No target, nothing attained."""
        total = calculated(promise(Assignment(ADA)), deal("d1")).total("g1", on=JULY)
        assert (total.target, total.attained, total.counted, total.attainment) == (None, 0, 0, None)

    def test_of_targets_of_zero_is_zero(self) -> None:
        """A target of zero is a target: the row is in the total."""
        total = calculated(promise(ADA, target="0"), deal("d1")).total("g1", on=JULY)
        assert (total.target, total.attained, total.attainment, total.remaining) == (0, 100, None, -100)

    def test_belongs_to_one_slice(self) -> None:
        """July and August have a total each."""
        result = calculated(
            promise(ADA, EVERYONE), deal("d1", "1"), deal("d2", "10", closed="2025-08-02", recorded="2025-07-02")
        )
        assert [result.total("g1", on=date(2025, month, 1)).attained for month in (7, 8)] == [1, 10]

    @pytest.mark.parametrize("aggregate", ["average", "minimum", "maximum"])
    def test_of_averages_and_extremes_do_not_exist(self, aggregate: str) -> None:
        """Averages cannot be added, and neither can what was promised of them."""
        total = calculated(promise(ADA, BOB, measure=counting(aggregate)), deal("d1")).total("g1", on=JULY)
        assert (total.attained, total.counted, total.attainment, total.remaining) == (None, None, None, None)
        assert (total.target, total.unit, total.currency) == (None, "money", "EUR")

    def test_of_counts_counts_records(self) -> None:
        """Two deals created, whoever owns them; a count has no currency."""
        goal = promise(ADA, EVERYONE, measure=templates.DEALS_CREATED.measure, duration=Duration.monthly(2025))
        created = {"created_at": date(2025, 7, 10)}
        result = calculated(goal, deal("d1", more=created), deal("d2", owner="bob", more=created))
        total = result.total("g1", on=JULY)
        assert (total.attained, total.counted, total.unit, total.currency) == (2, 2, "count", None)

    def test_of_counts_of_rows_that_share_nothing_are_their_sum(self) -> None:
        """Ada has created one deal and Bob two; each of them counts once and has no currency."""
        goal = promise(ADA, BOB, measure=templates.DEALS_CREATED.measure)
        deals = [deal(f"d{n}", owner=owner, more={"created_at": JULY}) for n, owner in enumerate(["ada", "bob", "bob"])]
        total = calculated(goal, *deals).total("g1", on=JULY)
        assert (total.attained, total.counted, total.currency) == (3, 3, None)

    def test_are_of_the_rows_of_their_own_goal(self) -> None:
        """Another goal of the same calculation, for everyone, stands before it and changes nothing."""
        goals = [promise(EVERYONE, goal_id="g0"), promise(ADA, BOB)]
        deals = [deal("d1", "1"), deal("d2", "10", owner="bob"), deal("d3", "500", owner=None)]
        result = calculate(goals, deals, account=acme(), as_of=at("2025-07-20"))
        assert [result.total(goal.id, on=JULY).attained for goal in goals] == [511, 11]

    def test_of_less_is_better_divides_the_other_way_round(self) -> None:
        """1,000 allowed in all, 100 spent: ten times better than promised."""
        total = calculated(promise(ADA, measure=evolve(counting("sum"), direction="lower")), deal("d1")).total(
            "g1", on=JULY
        )
        assert (total.attained, total.attainment) == (100, 10)

    def test_takes_the_greatest_version_where_rows_hold_different_ones(self) -> None:
        """Ada's row kept 100 when she left, Bob's has the 500 that he took over: the total has 500, in any order of rows."""
        roster = evolve(STAFF, users=[User("ada", absences=[Absence(at("2025-07-12"))]), User("bob")])
        versions = [deal("d1"), deal("d1", "500", owner="bob", recorded="2025-07-15")]
        for rows in ((ADA, BOB), (BOB, ADA)):
            result = calculated(promise(*rows), *versions, roster=roster)
            assert (result.of("g1", ADA, on=JULY).attained, result.of("g1", BOB, on=JULY).attained) == (100, 500)
            total = result.total("g1", on=JULY)
            assert (total.attained, total.counted, total.target) == (500, 1, 2000)
