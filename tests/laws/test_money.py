"""Laws of money: sums and splits are exact, in every order and under every decimal context of the host."""

from __future__ import annotations

import decimal
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from hypothesis import assume, example, given
from hypothesis import strategies as st

from quota_engine.amounts import exact, from_fraction, from_grains, grains, plain, quotient, rounded, split, total
from tests.laws.given import amounts, positive_amounts

ROUNDINGS = (
    decimal.ROUND_UP, decimal.ROUND_DOWN, decimal.ROUND_CEILING, decimal.ROUND_FLOOR, decimal.ROUND_HALF_UP,
    decimal.ROUND_HALF_DOWN, decimal.ROUND_HALF_EVEN, decimal.ROUND_05UP,
)  # fmt: skip
SIGNALS = (
    decimal.Inexact, decimal.Rounded, decimal.Subnormal, decimal.Underflow, decimal.Overflow, decimal.Clamped,
    decimal.DivisionByZero, decimal.InvalidOperation, decimal.FloatOperation,
)  # fmt: skip

contexts = st.builds(
    lambda precision, rounding, traps, clamp: decimal.Context(
        prec=precision, rounding=rounding, traps=sorted(traps, key=str), clamp=clamp, Emin=-9, Emax=9
    ),
    st.integers(1, 60),
    st.sampled_from(ROUNDINGS),
    st.frozensets(st.sampled_from(SIGNALS)),
    st.integers(0, 1),
)
weights = st.lists(positive_amounts, min_size=1, max_size=12).filter(any)
many = st.lists(amounts, max_size=20)
places = st.integers(0, 4)


def fraction_sum(parts: Sequence[Decimal]) -> Fraction:
    """Return the sum by the standard library's fractions."""
    return sum(map(Fraction, parts), Fraction(0))


class TestSums:
    """What amounts make together."""

    @given(many)
    @example([Decimal("1e27"), Decimal("0.5"), Decimal("0.5")])
    def test_lm1_exact(self, parts: list[Decimal]) -> None:
        """LM1: value equals the `fractions.Fraction` sum exactly for all admissible amounts."""
        assert Fraction(total(parts)) == fraction_sum(parts)

    @given(amounts, amounts)
    def test_lm1_equal_sums_look_the_same(self, one: Decimal, other: Decimal) -> None:
        """LM1: the same sum is the same text, whatever it was made of."""
        parts = [one, other, other.copy_negate()]
        assert str(total(parts)) == str(total([one])) == str(from_grains(grains(one)))

    @given(contexts, many, weights, amounts, places, st.fractions())
    @example(
        decimal.Context(prec=1, traps=list(SIGNALS)),
        [Decimal("1e27"), Decimal("0.5")],
        [Decimal(3)],
        Decimal("0.05"),
        0,
        Fraction(1, 3),
    )
    def test_lm2_context_independence(
        self, context: decimal.Context, parts: list[Decimal], shares: list[Decimal], whole: Decimal, digits: int, ratio: Fraction
    ) -> None:  # fmt: skip
        """LM2 (and MON-25): any host precision 1-60, rounding, traps: same results; host context, flags, traps unchanged."""

        def results() -> list[str]:
            found = [
                total(parts),
                *split(whole, shares, places=digits),
                quotient(ratio),
                from_fraction(ratio),
                rounded(whole, digits),
            ]
            return [*map(str, found), plain(whole), str(exact(str(whole), "x"))]

        expected = results()
        with decimal.localcontext(context) as host:
            before = repr(host)
            assert results() == expected
            assert decimal.getcontext() is host
            assert repr(host) == before

    @given(st.data(), many)
    def test_lm3_any_order_and_any_parts(self, data: st.DataObject, parts: list[Decimal]) -> None:
        """LM3: any permutation or partition of the events gives the same sum."""
        shuffled = data.draw(st.permutations(parts))
        cut = data.draw(st.integers(0, len(parts)))
        halves = [grains(part) for part in shuffled[:cut]], [grains(part) for part in shuffled[cut:]]
        assert str(total(shuffled)) == str(total(parts)) == str(from_grains(sum(sum(half) for half in halves)))


class TestSplits:
    """What becomes of one amount in several hands."""

    @given(amounts, weights, places)
    @example(Decimal("0.01"), [Decimal(1)] * 12, 2)
    @example(Decimal(100), [Decimal(1)] * 3, 0)
    @example(Decimal("-0.05"), [Decimal("1e29"), Decimal("1e-18"), Decimal(0)], 2)
    def test_lm8_allocation(self, whole: Decimal, shares: list[Decimal], digits: int) -> None:
        """LM8: the parts sum to the total exactly; abs(part - ideal) < 1 minor unit; zero weight gives 0."""
        parts = split(whole, shares, places=digits)
        everything, unit = fraction_sum(shares), Fraction(1, 10**digits)
        assert fraction_sum(parts) == Fraction(whole)
        assert len(parts) == len(shares)
        for part, share in zip(parts, shares, strict=True):
            assert abs(Fraction(part) - Fraction(whole) * Fraction(share) / everything) < unit
            assert share or not part
            assert part == 0 or (part > 0) == (whole > 0)

    @given(amounts, weights, places)
    def test_lm8_parts_are_whole_units(self, whole: Decimal, shares: list[Decimal], digits: int) -> None:
        """LM8: an amount of whole cents is split into whole cents."""
        assume(Fraction(whole) * 10**digits % 1 == 0)
        assert all(Fraction(part) * 10**digits % 1 == 0 for part in split(whole, shares, places=digits))

    @given(st.integers(-(10**6), 10**6), weights)
    @example(1, [Decimal(3), Decimal(2), Decimal(4)])
    def test_lm8_largest_remainders_first(self, units: int, shares: list[Decimal]) -> None:
        """LM8: each part is its ideal rounded down, and a unit more goes to those with the largest remainders."""
        everything = fraction_sum(shares)
        ideals = [abs(units) * Fraction(share) / everything for share in shares]
        raised = [
            abs(part) - int(ideal) for part, ideal in zip(split(Decimal(units), shares, places=0), ideals, strict=True)
        ]
        assert set(raised) <= {0, 1}
        taken = [ideal % 1 for ideal, more in zip(ideals, raised, strict=True) if more]
        left = [ideal % 1 for ideal, more in zip(ideals, raised, strict=True) if not more]
        assert not taken or not left or min(taken) >= max(left)

    @given(st.data(), amounts, weights, places)
    @example(None, Decimal("2.48E-16"), [Decimal("24.8"), Decimal(248), Decimal("24.8")], 0)  # three equal remainders
    def test_lm8_permuted_weights(
        self, data: st.DataObject | None, whole: Decimal, shares: list[Decimal], digits: int
    ) -> None:
        """LM8: permuting weights permutes parts, up to the documented tie rule: of equal remainders the earlier gets the unit."""
        order = [0, 2, 1] if data is None else data.draw(st.permutations(range(len(shares))))
        parts = split(whole, shares, places=digits)
        moved = split(whole, [shares[place] for place in order], places=digits)
        everything = fraction_sum(shares)
        finest = max([digits, *(-int(Decimal(text).as_tuple().exponent) for text in [plain(whole)])])
        ideals = [abs(Fraction(whole)) * Fraction(share) * 10**finest / everything for share in shares]
        remainders = [ideal % 1 for ideal in ideals]
        raised, raised_then = (
            sorted(ideals[place] % 1 for place, part in found if abs(part) * 10**finest > ideals[place])
            for found in (enumerate(map(Fraction, parts)), zip(order, map(Fraction, moved), strict=True))
        )
        assert raised == raised_then
        for here, there in zip(range(len(order)), order, strict=True):
            if remainders.count(remainders[there]) == 1:
                assert moved[here] == parts[there]

    @given(positive_amounts, st.integers(1, 12), places)
    def test_lm8_ties_go_to_the_earlier(self, whole: Decimal, count: int, digits: int) -> None:
        """LM8: equal weights get equal parts, but for one unit more at the front."""
        parts = split(whole, [Decimal(1)] * count, places=digits)
        assert list(parts) == sorted(parts, reverse=True)
