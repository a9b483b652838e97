"""Amounts: exact to the last digit, whoever computes beside them."""

from __future__ import annotations

import decimal
from decimal import Decimal
from fractions import Fraction
from functools import partial

import pytest

from quota_engine import amounts
from quota_engine.errors import InvalidType, TooLarge
from tests.refusals import refuses, says

THIRTY_NINES = "9" * 30


class TestExact:
    """What an amount may be."""

    @pytest.mark.parametrize(
        ("given", "text"),
        [
            ("51200.00", "51200.00"),
            ("-1250.50", "-1250.50"),
            ("+5", "5"),
            ("5.", "5"),
            (".5", "0.5"),
            ("1e3", "1E+3"),
            ("2.5E-3", "0.0025"),
            (12, "12"),
            (-(10**29), "-1" + "0" * 29),
            (Decimal("10.005"), "10.005"),
            (Decimal("0E-20"), "0E-20"),
            (Decimal("0E-64"), "0E-64"),
            (Decimal("1." + "0" * 63), "1." + "0" * 63),
            (Decimal(f"{THIRTY_NINES}.{'9' * 18}"), f"{THIRTY_NINES}.{'9' * 18}"),
            ("1" + "0" * 29, "1" + "0" * 29),
        ],
    )
    def test_is_kept_to_the_last_digit(self, given: Decimal | int | str, text: str) -> None:
        """Nothing is rounded and trailing zeros stay, with up to 30 digits before the point and 18 after it."""
        found = amounts.exact(given)
        assert type(found) is Decimal
        assert str(found) == text

    @pytest.mark.parametrize("bad", [0.1, True, b"5", [5]])
    def test_floats_and_flags_are_no_amounts(self, bad: object) -> None:
        """A float cannot hold a cent exactly, and True is not one."""
        refuses(lambda: amounts.exact(bad, "x"), "invalid_type", "x", "Decimal, int or text", kind=InvalidType)

    def test_none_is_a_missing_amount(self) -> None:
        """Where an amount is required, None is named as missing."""
        refuses(lambda: amounts.exact(None, "x"), "required", "x", "an amount", kind=InvalidType)
        refuses(lambda: amounts.exact("", "x"), "required", "x", "an amount")

    @pytest.mark.parametrize("bad", [Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity"), "nan", "-Infinity", "+inf"])
    def test_what_is_not_finite_is_refused(self, bad: Decimal | str) -> None:
        """Nothing that is no number is ever stored."""
        refuses(lambda: amounts.exact(bad, "x"), "non_finite", "x")

    @pytest.mark.parametrize(
        "bad",
        ["1,000.50", " 12", "12\n", "1_000", "\u0661\u0662", "0x10", "1e", "--5", ".", "1e12345", "\u20ac5", "Xinf"],
    )
    def test_other_text_is_refused(self, bad: str) -> None:
        """No locale is guessed: plain ASCII digits, a point, perhaps a sign and an exponent."""
        refuses(lambda: amounts.exact(bad, "x"), "not_a_number", "x", "1250.50, without separators")

    @pytest.mark.parametrize(
        "bad",
        [
            10**30,
            -(10**30),
            pytest.param(10**5000, id="5001 digits"),
            "1e30",
            "2" + "0" * 30,
            "1e-19",
            "0.1234567890123456789",
            Decimal("1e1000000"),
            Decimal("1e-1000000"),
            Decimal("9" * 65),
            Decimal("0E-65"),
            "0e30",
        ],
    )
    def test_what_is_too_large_or_too_fine_is_refused(self, bad: Decimal | int | str) -> None:
        """Bounds are checked before anything is converted."""
        refuses(lambda: amounts.exact(bad, "x"), "out_of_range", "x", "30 digits before the point and 18 after")

    def test_says_what_an_amount_is(self) -> None:
        """The field, what was expected of it and what was given, whatever is wrong with it."""
        says(lambda: amounts.exact(None), "amount: expected an amount, got NoneType None", "None")
        says(lambda: amounts.exact(""), "amount: expected an amount, got ''", "''")
        says(
            lambda: amounts.exact(True),  # noqa: FBT003 - what is given
            "amount: expected an amount as Decimal, int or text, never a float or a bool, got bool True",
            "True",
        )
        says(
            lambda: amounts.exact("1,5"),
            "amount: expected a plain number such as 1250.50, without separators or spaces, got '1,5'",
            "'1,5'",
        )
        bounds = "an amount of at most 30 digits before the point and 18 after it"
        says(lambda: amounts.exact(10**30), f"amount: expected {bounds}, got {10**30}", str(10**30))
        says(lambda: amounts.exact("1e-19"), f"amount: expected {bounds}, got '1e-19'", "'1e-19'")
        says(lambda: amounts.exact(Decimal("NaN")), "amount: expected a finite amount, got NaN", "NaN")
        long = "'" + "0" * 65 + "'"
        says(lambda: amounts.exact("0" * 65), f"amount: expected an amount of at most 64 characters, got {long}", long)

    def test_too_long_text_is_refused_unread(self) -> None:
        """Text of more than 64 characters is no amount."""
        refuses(lambda: amounts.exact("0" * 65, "x"), "too_long", "x", "64", kind=TooLarge)
        assert amounts.exact("0" * 64) == 0


class TestTarget:
    """What a target may be."""

    def test_zero_or_more(self) -> None:
        """Zero is a target; a negative amount is none."""
        assert amounts.target("0") == 0
        assert str(amounts.target("50000.00")) == "50000.00"
        refuses(lambda: amounts.target("-0.01", "targets[1]"), "negative", "targets[1]", "-0.01", "zero or more")
        says(lambda: amounts.target("-1"), "target: expected a target of zero or more, got '-1'", "'-1'")
        says(lambda: amounts.target(""), "target: expected an amount, got ''", "''")


class TestCurrency:
    """Currencies and their coins."""

    def test_three_capital_letters(self) -> None:
        """A currency is named by its ISO code."""
        assert amounts.currency("EUR") == "EUR"
        for bad in ("usd", "US", "USDX", "", "EUR\n", "\u0415UR"):
            refuses(
                partial(amounts.currency, bad), "invalid_currency", "currency", "three capital letters, such as EUR"
            )
        for other in (None, 978):
            refuses(
                partial(amounts.currency, other), "invalid_type", "currency", "three capital letters", kind=InvalidType
            )

    def test_are_asked_for_by_an_example(self) -> None:
        """Whoever gives something else reads what it should look like."""
        expected = "currency: expected a currency code of three capital letters, such as EUR, got"
        says(lambda: amounts.currency("usd"), f"{expected} 'usd'", "'usd'")
        says(lambda: amounts.currency(978), f"{expected} int 978", "978")

    @pytest.mark.parametrize(
        ("code", "places"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("XXX", 2), ("CLP", 0)]
    )
    def test_know_their_smallest_coin(self, code: str, places: int) -> None:
        """Yen have no hundredths, dinars have thousandths (ISO 4217)."""
        assert amounts.minor_units(code) == places

    def test_know_all_coins_that_are_no_hundredths(self) -> None:
        """The list of ISO 4217, once more."""
        whole = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
        for places, codes in ((0, whole), (3, "BHD IQD JOD KWD LYD OMR TND"), (4, "CLF UYW")):
            assert {amounts.minor_units(code) for code in codes.split()} == {places}


class TestTotal:
    """Sums."""

    def test_is_exact(self) -> None:
        """A cent is not lost beside a billion billions, in whatever order they come."""
        parts = [Decimal("1e27"), Decimal("0.5"), Decimal("0.5")]
        for order in (parts, parts[::-1], [parts[1], parts[0], parts[2]]):
            assert str(amounts.total(order)) == "1000000000000000000000000001"

    def test_of_nothing_is_zero(self) -> None:
        """No amounts make zero."""
        assert str(amounts.total([])) == "0"
        assert str(amounts.total([Decimal("-2.50"), Decimal("2.5")])) == "0"

    def test_negative_amounts_are_taken_off(self) -> None:
        """Refunds are summed as they are."""
        assert str(amounts.total([Decimal(100), Decimal("-250.50")])) == "-150.5"

    def test_grains_are_the_smallest_part(self) -> None:
        """Inside sums an amount is a whole number of billionths of a billionth."""
        assert amounts.grains(Decimal("-1.5")) == -1_500_000_000_000_000_000
        assert amounts.grains(Decimal("1e-18")) == 1
        assert str(amounts.from_grains(1_500_000_000_000_000_000)) == "1.5"
        assert str(amounts.from_grains(0)) == "0"


class TestQuotients:
    """Divisions, done once and for display."""

    @pytest.mark.parametrize(
        ("fraction", "text"),
        [
            (Fraction(1, 3), "0." + "3" * 34),
            (Fraction(2, 3), "0." + "6" * 33 + "7"),
            (Fraction(-1, 7), "-0.1428571428571428571428571428571429"),
            (Fraction(1, 8), "0.125"),
            (Fraction(7), "7"),
            (Fraction(10**40), "1" + "0" * 40),
        ],
    )
    def test_have_34_digits(self, fraction: Fraction, text: str) -> None:
        """A quotient has 34 significant digits, the last one rounded half even, without trailing zeros."""
        assert format(amounts.quotient(fraction), "f") == text
        assert format(amounts.from_fraction(fraction), "f") == text

    @pytest.mark.parametrize("denominator", [2**20, 5**20, 2**1200, 5**3 * 2**30])
    def test_are_exact_where_the_decimals_end(self, denominator: int) -> None:
        """However far away that is."""
        fraction = Fraction(3, denominator)
        assert Fraction(amounts.from_fraction(fraction)) == fraction

    @pytest.mark.parametrize("count", [0, 1, 6, 7, -7, 10**40 + 1, Fraction(7, 2), Fraction(-1, 3)])
    @pytest.mark.parametrize("parts", [1, 2, 3, 8, 365])
    def test_a_share_is_one_of_equal_parts(self, count: int | Fraction, parts: int) -> None:
        """Whether it comes out even, leaves one over or is a fraction to begin with: what `from_fraction` makes of it."""
        assert amounts.from_share(count, parts) == amounts.from_fraction(Fraction(count) / (parts * amounts.ONE))

    def test_ties_go_to_the_even_digit(self) -> None:
        """Exactly half of the 34th digit is rounded to the even one; what ends by itself is kept whole."""
        half = Fraction(2 * 10**33 + 1, 2) + Fraction(1, 10**30)
        low, high = Fraction(10**34 + 5, 10), Fraction(10**34 + 15, 10)
        assert str(amounts.quotient(low)) == "1" + "0" * 33
        assert str(amounts.quotient(high)) == "1" + "0" * 32 + "2"
        assert str(amounts.from_fraction(low)) == "1" + "0" * 33 + ".5"
        assert str(amounts.from_fraction(half)) == "1" + "0" * 33 + "." + "5" + "0" * 28 + "1"

    def test_no_setting_of_the_host_matters(self) -> None:
        """A host that made every decimal context strict and tiny gets the same quotients and no exception."""
        template, kept = decimal.DefaultContext, decimal.DefaultContext.copy()
        template.traps[decimal.Inexact] = template.traps[decimal.Rounded] = True
        template.prec, template.Emax, template.Emin, template.clamp = 3, 9, -9, 1
        template.rounding = decimal.ROUND_UP
        try:
            with decimal.localcontext(template.copy()):
                assert str(amounts.quotient(Fraction(1, 3))) == "0." + "3" * 34
                assert str(amounts.quotient(Fraction(10**40))) == "1" + "0" * 40
                assert str(amounts.quotient(Fraction(1, 3 * 10**20))) == "3." + "3" * 33 + "E-21"
                for display in (amounts.rounded, amounts.rounded_down):
                    assert str(display(Decimal("1234567890123.125"), 2)).startswith("1234567890123.1")
                assert str(amounts.rounded(Decimal(1250), -2)) == "1.3E+3"
        finally:
            template.prec, template.Emax, template.Emin, template.clamp = kept.prec, kept.Emax, kept.Emin, kept.clamp
            template.traps, template.rounding = kept.traps, kept.rounding


class TestDisplay:
    """Amounts for people to read."""

    @pytest.mark.parametrize(
        ("amount", "text"),
        [
            ("51200.00", "51200"),
            ("0.30", "0.3"),
            ("-250.05", "-250.05"),
            ("1E+5", "100000"),
            ("0E-9", "0"),
            ("-0", "0"),
            ("1e-18", "0.000000000000000001"),
        ],
    )
    def test_plain_is_the_shortest_form(self, amount: str, text: str) -> None:
        """No exponent and no trailing zeros."""
        assert amounts.plain(Decimal(amount)) == text

    @pytest.mark.parametrize(
        ("amount", "places", "up", "down"),
        [
            ("2.665", 2, "2.67", "2.66"),
            ("-2.665", 2, "-2.67", "-2.66"),
            ("99.96", 0, "100", "99"),
            ("1.5", 3, "1.500", "1.500"),
            ("0.4", 0, "0", "0"),
        ],
    )
    def test_is_rounded_half_up(self, amount: str, places: int, up: str, down: str) -> None:
        """A tie goes away from zero; rounding down goes toward zero."""
        assert str(amounts.rounded(Decimal(amount), places)) == up
        assert str(amounts.rounded_down(Decimal(amount), places)) == down

    def test_multiplies_exactly(self) -> None:
        """A long amount times a hundred keeps every digit."""
        assert str(amounts.times(Decimal(f"{THIRTY_NINES}.{'9' * 18}"), 100)) == "9" * 32 + "." + "9" * 16


class TestSplit:
    """Splits that lose no cent."""

    @pytest.mark.parametrize(
        ("whole", "weights", "places", "parts"),
        [
            ("100", "1 1 1", 2, "33.34 33.33 33.33"),
            ("100", "1 1 1", 0, "34 33 33"),
            ("0.01", "1 1 1 1 1 1 1 1 1 1 1 1", 2, "0.01 0 0 0 0 0 0 0 0 0 0 0"),
            ("-100", "1 1 1", 2, "-33.34 -33.33 -33.33"),
            ("10", "1 2 1", 2, "2.5 5 2.5"),
            ("1", "0.2 0.7 0.1", 0, "0 1 0"),
            ("5", "0 1 0 1", 0, "0 3 0 2"),
            ("1.005", "1 1", 2, "0.503 0.502"),
            ("0", "1 1", 2, "0 0"),
            ("7", "1e-18 1e29", 2, "0 7"),
            ("1000", "365 366", 2, "499.32 500.68"),
        ],
    )
    def test_parts_sum_to_the_whole(self, whole: str, weights: str, places: int, parts: str) -> None:
        """Odd coins go to the largest remainders, at a tie to the earlier; a weight of zero gets nothing."""
        found = amounts.split(Decimal(whole), [Decimal(w) for w in weights.split()], places=places)
        assert [str(part) for part in found] == parts.split()

    def test_is_in_hundredths_where_nothing_else_is_said(self) -> None:
        """Cents, as most currencies have them."""
        assert [str(part) for part in amounts.split(Decimal(1), [Decimal(1)] * 3)] == ["0.34", "0.33", "0.33"]

    def test_without_any_weight_there_is_no_split(self) -> None:
        """Someone must get it, and nobody a negative share."""
        refuses(lambda: amounts.split(Decimal(1), []), "required", "weights")
        refuses(lambda: amounts.split(Decimal(1), [Decimal(0)]), "required", "weights")
        refuses(lambda: amounts.split(Decimal(1), [Decimal(3), Decimal("-0.5")]), "negative", "weights", "-0.5")
        says(
            lambda: amounts.split(Decimal(1), [Decimal(3), Decimal("-0.5")]),
            "weights: expected weights of zero or more, got -0.5",
            "-0.5",
        )
