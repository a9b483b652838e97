"""Adding up: exact to the last digit, in any order and under any decimal settings, and rounded for display alone."""

from __future__ import annotations

from decimal import (
    ROUND_05UP,
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Clamped,
    Context,
    Decimal,
    DivisionByZero,
    FloatOperation,
    Inexact,
    InvalidOperation,
    Overflow,
    Rounded,
    Subnormal,
    Underflow,
    localcontext,
)
from fractions import Fraction

import pytest
from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st

from quota_engine import Contributor, CurrencyMismatch, MissingRate, Rates, Tally, display
from quota_engine.assignments import Amount
from quota_engine.testing.strategies import World, amounts, worlds
from tests.acme import ADA, BOB, EVERYONE, JULY, REVENUE, calculated, cell, deal, promise
from tests.side_by_side import engine_says, shown, totals_of

FINEST = Fraction(1, 10**18)
LARGEST = 10**30
ROUNDINGS = (
    ROUND_HALF_EVEN, ROUND_05UP, ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_DOWN, ROUND_HALF_UP, ROUND_UP,
)  # fmt: skip
SIGNALS = (
    Clamped, DivisionByZero, FloatOperation, Inexact, InvalidOperation, Overflow, Rounded, Subnormal, Underflow,
)  # fmt: skip

contexts = st.builds(
    Context,
    prec=st.integers(1, 60),
    rounding=st.sampled_from(ROUNDINGS),
    traps=st.lists(st.sampled_from(SIGNALS), unique=True),
    flags=st.lists(st.sampled_from(SIGNALS), unique=True),
    Emin=st.sampled_from([-999999, -3, 0]),
    Emax=st.sampled_from([999999, 3, 0]),
)
several = st.lists(amounts(), min_size=1, max_size=20)
positive = st.one_of(
    st.integers(1, 200).map(Fraction),
    st.sampled_from([10**27, 3 * 10**27, 7 * 10**29]).map(Fraction),
    st.integers(1, 10**48 - 1).map(lambda grains: grains * FINEST),
)


def decimal(number: Fraction) -> Decimal:
    """Return a fraction whose decimals end as the decimal it is."""
    return Context(prec=100).divide(Decimal(number.numerator), Decimal(number.denominator))


def half_up(number: Fraction, places: int) -> Fraction:
    """Return a number rounded to decimal places as people learn it: a half goes away from zero."""
    units = abs(number) * 10**places + Fraction(1, 2)
    rounded = Fraction(units.numerator // units.denominator, 10**places)
    return -rounded if number < 0 else rounded


def read(text: str) -> Fraction:
    """Return the number that is shown to people, such as "1,024.50" or "99.9 %"."""
    return Fraction(text.replace(",", "").removesuffix(" %"))


class TestSums:
    """What a row attains."""

    @given(several)
    def test_lm1_sums_are_exact(self, given_amounts: list[Amount]) -> None:
        """LM1 value equals the `fractions.Fraction` sum exactly for all admissible amounts."""
        expected = sum(map(Fraction, given_amounts), Fraction(0))

        result = calculated(promise(ADA), *(deal(f"d{place}", amount) for place, amount in enumerate(given_amounts)))

        attained = cell(result).attained
        assert attained is not None
        assert Fraction(attained) == expected
        assert cell(result).counted == len(given_amounts)

    @given(several)
    def test_lm1_averages_are_divided_once(self, given_amounts: list[Amount]) -> None:
        """LM1, for averages: the exact sum, divided once; minima and maxima are amounts as they were given."""
        exact = [Fraction(amount) for amount in given_amounts]
        expected = {
            "average": shown(sum(exact, Fraction(0)) / len(exact)),
            "minimum": min(exact),
            "maximum": max(exact),
        }
        events = [deal(f"d{place}", amount) for place, amount in enumerate(given_amounts)]
        events.append(deal("valueless", 1, more={"amount": None}))  # which counts in none of the three (rule M3)

        for aggregate, figure in expected.items():
            attained = cell(calculated(promise(ADA, measure=evolve(REVENUE, aggregate=aggregate)), *events)).attained
            assert attained is not None
            assert Fraction(attained) == figure

    @given(worlds(), contexts)
    def test_lm2_context_independence(self, world: World, context: Context) -> None:
        """LM2 Any host Decimal precision, rounding, traps: same results; host context, flags, traps unchanged."""
        expected = engine_says(world)
        expected_totals = totals_of(world, expected)
        settings = repr(context)

        with localcontext(context) as host:
            found = engine_says(world)
            found_totals = totals_of(world, found)
            percents = [figure.percent(places=1) for figure in found]
            assert repr(host) == settings

        assert [repr(figure) for figure in found] == [repr(figure) for figure in expected]
        assert [repr(total) for total in found_totals] == [repr(total) for total in expected_totals]
        assert percents == [figure.percent(places=1) for figure in expected]

    @given(several, st.data())
    def test_lm3_any_permutation_or_partition(self, given_amounts: list[Amount], data: st.DataObject) -> None:
        """LM3 Any permutation or partition of the events gives the same sum."""
        events = [deal(f"d{place}", amount) for place, amount in enumerate(given_amounts)]
        shuffled = data.draw(st.permutations(events))
        cut = data.draw(st.integers(0, len(events)))
        goal = promise(ADA)

        whole = cell(calculated(goal, *events)).attained
        parts = [cell(calculated(goal, *part)).attained for part in (shuffled[:cut], shuffled[cut:])]

        assert cell(calculated(goal, *shuffled)).attained == whole
        assert sum((Fraction(part or 0) for part in parts), Fraction(0)) == Fraction(whole or 0)


class TestDisplay:
    """What people are shown."""

    @given(st.lists(amounts(), min_size=1, max_size=8))
    def test_lm9_rounding_only_at_display(self, given_amounts: list[Amount]) -> None:
        """LM9 Shown total = round(exact total); abs(shown total - sum of shown parts) <= n/2 minor units."""
        people = [Contributor.user(f"u{place}") for place in range(len(given_amounts))]
        events = [deal(f"d{who.id}", amount, owner=who.id) for who, amount in zip(people, given_amounts, strict=True)]
        result = calculated(promise(*people), *events)

        total = result.total("g1", on=JULY)
        shown_total = read(display.amount(total.attained, unit=total.unit, currency=total.currency))
        shown_parts = [
            read(display.amount(figure.attained, unit=figure.unit, currency=figure.currency))
            for figure in (cell(result, who) for who in people)
        ]

        assert shown_total == half_up(sum(map(Fraction, given_amounts), Fraction(0)), 2)
        assert abs(shown_total - sum(shown_parts)) <= Fraction(len(people), 2) / 100

    @given(positive, st.integers(0, 3), amounts())
    def test_lm9_a_percentage_is_rounded_but_never_up_to_the_mark(
        self, target: Fraction, places: int, amount: Amount
    ) -> None:
        """LM9 Half up at display, and what falls short of 100 % is never shown as 100 %."""
        result = calculated(promise(ADA, target=str(decimal(target))), deal("d1", amount))
        exact = Fraction(amount) / target * 100
        assume(abs(exact) < 10**25)
        found = read(cell(result).percent(places))

        if exact < 100 <= half_up(exact, places):
            assert exact - Fraction(1, 10**places) < found < 100
        else:
            assert found == half_up(exact, places)


class TestPercent:
    """Attainment, and what hangs on it."""

    @given(positive, amounts(), amounts())
    def test_lm11_percent_is_monotone(self, target: Fraction, one: Amount, other: Amount) -> None:
        """LM11 Percent: monotone in the value."""
        goal = promise(ADA, target=str(decimal(target)))
        less, more = sorted([one, other], key=Fraction)

        lower, higher = (cell(calculated(goal, deal("d1", amount))) for amount in (less, more))

        assert lower.attainment is not None
        assert higher.attainment is not None
        assert lower.attainment <= higher.attainment
        assert read(lower.percent(2)) <= read(higher.percent(2))

    @given(st.sampled_from([None, "0", "100"]), st.lists(amounts(), max_size=2), st.sampled_from(["higher", "lower"]))
    def test_lm11_percent_never_divides_by_zero(
        self, target: str | None, given_amounts: list[Amount], direction: str
    ) -> None:
        """LM11 Percent: never divides by zero."""
        goal = promise(ADA, target=target, measure=evolve(REVENUE, direction=direction))
        found = cell(calculated(goal, *(deal(f"d{place}", amount) for place, amount in enumerate(given_amounts))))

        is_nothing = sum(map(Fraction, given_amounts), Fraction(0)) == 0
        if target in {None, "0"} or (direction == "lower" and is_nothing):
            assert (found.attainment, found.percent()) == (None, "n/a")
        else:
            assert found.attainment is not None

    @given(positive, st.sampled_from([-1, 0, 1]))
    def test_lm11_marks_are_compared_without_division(self, target: Fraction, grains: int) -> None:
        """LM11 Compare as attained x 100 >= target x pct: one grain short is short, and is not shown as 100 %."""
        attained = target + grains * FINEST
        assume(attained < LARGEST)

        found = cell(calculated(promise(ADA, target=str(decimal(target))), deal("d1", decimal(attained))))

        assert found.status == {-1: "in_progress", 0: "achieved", 1: "exceeded"}[grains]
        assert (read(found.percent()) < 100) is (grains < 0)


units = st.sampled_from([("money", "EUR"), ("money", "USD"), ("count", None), ("duration", None)])


class TestUnits:
    """Things that cannot be added up."""

    @given(units, units)
    def test_lm12_units_never_combine(self, one: tuple[str, str | None], other: tuple[str, str | None]) -> None:
        """LM12 Units: money/count/different currencies never combine without a typed error."""
        tallies = [
            Tally(unit=unit, currency=currency, total=Fraction(1), counted=1, lowest=Fraction(1), highest=Fraction(1))
            for unit, currency in (one, other)
        ]

        if one == other:
            assert tallies[0].merged(tallies[1]).total == 2
        else:
            with pytest.raises(CurrencyMismatch):
                tallies[0].merged(tallies[1])

    @given(st.lists(st.tuples(amounts(), st.sampled_from(["EUR", "USD", "CHF"])), min_size=1, max_size=6))
    def test_lm12_currencies_never_combine_without_a_rate(self, given_amounts: list[tuple[Amount, str]]) -> None:
        """LM12 Different currencies never combine: they are converted, or a typed error names every one without a rate."""
        rates = Rates("EUR", {("USD", JULY.replace(day=1)): "0.5"})
        events = [
            deal(f"d{place}", amount, more={"currency": currency})
            for place, (amount, currency) in enumerate(given_amounts)
        ]
        unrated = {f"d{place}" for place, (_, currency) in enumerate(given_amounts) if currency == "CHF"}
        goal = promise(ADA, BOB, EVERYONE)

        if unrated:
            with pytest.raises(MissingRate) as caught:
                calculated(goal, *events, rates=rates)
            assert set(caught.value.records) == unrated
        else:
            worth = {"EUR": Fraction(1), "USD": Fraction(1, 2)}
            expected = sum((Fraction(amount) * worth[currency] for amount, currency in given_amounts), Fraction(0))
            attained = cell(calculated(goal, *events, rates=rates)).attained
            assert attained is not None
            assert Fraction(attained) == expected
