"""Bad money, at every door of the values. Rows of the table `money`; MON-22 is met where tallies of two currencies meet."""

from __future__ import annotations

import decimal
from decimal import Decimal
from itertools import permutations

import pytest

from quota_engine import amounts
from quota_engine.accounts import Account
from quota_engine.assignments import Assignment
from quota_engine.errors import InvalidType, TooLarge
from quota_engine.events import CrmEvent
from quota_engine.measures import Condition, Fact, read
from quota_engine.rates import Rates
from quota_engine.templates import REVENUE
from tests.bad_input.doors import ADA, AMOUNTS, GOAL, NOON, VALUES, Door
from tests.refusals import bounded, refuses

at_every_amount = pytest.mark.parametrize(("door", "field"), AMOUNTS.values(), ids=AMOUNTS.keys())
at_every_number = pytest.mark.parametrize(("door", "field"), (AMOUNTS | VALUES).values(), ids=(AMOUNTS | VALUES).keys())


class TestMoney:
    """An amount is finite, exact, bounded and plainly written, or it is refused."""

    @at_every_number
    def test_mon_01_nan(self, door: Door, field: str) -> None:
        """Not a number is no amount, in either of its forms."""
        for bad in (Decimal("NaN"), Decimal("sNaN")):
            refuses(lambda bad=bad: door(bad), "non_finite", field)  # type: ignore[misc]

    @at_every_number
    def test_mon_03_infinity(self, door: Door, field: str) -> None:
        """Nobody owes or earns infinity."""
        for bad in (Decimal("Infinity"), Decimal("-Infinity")):
            refuses(lambda bad=bad: door(bad), "non_finite", field)  # type: ignore[misc]

    @at_every_number
    def test_mon_04_float(self, door: Door, field: str) -> None:
        """A float cannot hold a cent; the message says what to pass instead. There is no way in for floats."""
        refuses(lambda: door(0.1), "invalid_type", field, "Decimal, int or text", "float 0.1", kind=InvalidType)

    @at_every_amount
    def test_mon_06_bool(self, door: Door, field: str) -> None:
        """True is not one."""
        refuses(lambda: door(True), "invalid_type", field, "never a float or a bool", kind=InvalidType)  # noqa: FBT003 - the bad value

    def test_mon_06_bool_in_a_record(self) -> None:
        """A record may well say yes; as an amount that is unreadable, and no condition on numbers takes it for one."""
        event = CrmEvent("deal", "d1", recorded_at=NOON, properties={"is_won": True, "closed_at": NOON, "amount": True})
        assert getattr(read(REVENUE.measure, event), "property", None) == "amount"
        assert getattr(Condition("amount", "ge", 1).holds(True), "reason", None) == "expected a number"  # noqa: FBT003 - the bad value

    @at_every_number
    def test_mon_07_huge_exponent(self, door: Door, field: str) -> None:
        """A million zeros are refused by their exponent, not by writing them out."""
        with bounded():
            for bad in (Decimal("1e1000000"), Decimal("-1e1000000"), Decimal("1e-1000000")):
                refuses(lambda bad=bad: door(bad), "out_of_range", field, "30 digits")  # type: ignore[misc]

    @at_every_amount
    def test_mon_07_huge_exponent_in_text(self, door: Door, field: str) -> None:
        """The same as text: an exponent of five digits is no number, one of four is out of range."""
        with bounded():
            refuses(lambda: door("1e1000000"), "not_a_number", field)
            refuses(lambda: door("1e9999"), "out_of_range", field)

    @at_every_amount
    def test_mon_09_five_thousand_digits(self, door: Door, field: str) -> None:
        """Refused by its length before any digit is read; as an int by its size."""
        with bounded():
            refuses(lambda: door("9" * 5000), "too_long", field, "64 characters", kind=TooLarge)
            refuses(lambda: door(10**5000 - 1), "out_of_range", field, "<int of 16610 bits>")

    @at_every_amount
    def test_mon_11_thousands_separator(self, door: Door, field: str) -> None:
        """No locale is guessed."""
        for bad in ("1,000.50", "1.000,50", "1_000", "1'000", "1 000"):
            refuses(lambda bad=bad: door(bad), "not_a_number", field, "without separators")  # type: ignore[misc]

    @at_every_amount
    def test_mon_13_other_digits(self, door: Door, field: str) -> None:
        """Policy: digits of other scripts are refused, not converted."""
        for bad in ("\u0661\u0662", "\uff11\uff12"):
            refuses(lambda bad=bad: door(bad), "not_a_number", field)  # type: ignore[misc]

    @at_every_amount
    def test_mon_15_space_around(self, door: Door, field: str) -> None:
        """Policy: space around a number is refused, not stripped."""
        for bad in (" 12\n", "12\n", " 12", "\u300012"):
            refuses(lambda bad=bad: door(bad), "not_a_number", field, "without separators or spaces")  # type: ignore[misc]

    @at_every_amount
    def test_mon_16_empty(self, door: Door, field: str) -> None:
        """Empty text is a missing amount."""
        refuses(lambda: door(""), "required", field)

    @pytest.mark.parametrize("name", ["amounts.exact", "Goal.apply_targets", "Goal.spread_targets", "Rates", "Bands"])
    def test_mon_16_none(self, name: str) -> None:
        """None is a missing amount where one is required."""
        door, field = AMOUNTS[name]
        refuses(lambda: door(None), "required", field, "an amount", kind=InvalidType)

    def test_mon_16_none_means_no_target_in_a_row(self) -> None:
        """Inside targets None is fine: that slice has no target."""
        assert Assignment(ADA, [None, "5"]).targets == (None, Decimal(5))

    @at_every_amount
    def test_mon_18_finer_than_a_cent(self, door: Door, field: str) -> None:
        """Policy: what is finer than the currency's coin is kept exactly; only beyond 18 places is it refused."""
        door("10.005")
        refuses(lambda: door("10.0000000000000000001"), "out_of_range", field)

    def test_mon_18_is_kept_exactly(self) -> None:
        """Nothing is rounded on the way in."""
        assert GOAL.apply_targets("10.005").row(ADA).targets == (Decimal("10.005"),) * 4
        assert sum(t or 0 for t in GOAL.spread_targets("10.005").row(ADA).cells) == Decimal("10.005")

    @pytest.mark.parametrize("name", [n for n in AMOUNTS if n not in {"amounts.exact", "Milestone", "Rates"}])
    def test_mon_20_negative_target(self, name: str) -> None:
        """A target, a weight or a share below zero is refused."""
        door, field = AMOUNTS[name]
        refuses(lambda: door(Decimal(-100)), "negative", field, "zero or more", "-100")

    def test_mon_20_other_amounts_below_zero(self) -> None:
        """A mark and a rate are above zero; a refund in a record is fine (EVT-20)."""
        refuses(lambda: AMOUNTS["Milestone"][0](-5), "out_of_range", "mark")
        refuses(lambda: AMOUNTS["Rates"][0](-1), "out_of_range", "entries[USD, 2025-01-01]")
        assert amounts.exact("-100") == -100

    def test_mon_21_zero_target(self) -> None:
        """Zero is a target like any other."""
        assert GOAL.apply_targets(Decimal(0)).row(ADA).targets == (0, 0, 0, 0)
        assert GOAL.spread_targets(0).row(ADA).targets == (0, 0, 0, 0)

    @pytest.mark.parametrize("bad", ["usd", "US", "USDX", "", None, "U\u0405D", " USD", "USD\n", 840])
    def test_mon_23_malformed_currency(self, bad: str) -> None:
        """The form of a code is named at every door."""
        kind = InvalidType if not isinstance(bad, str) else None
        for call, field in (
            (lambda: Account(id="a", currency=bad), "currency"),
            (lambda: Rates(bad, {}), "base"),
            (lambda: Rates("EUR", {(bad, NOON.date()): 1}), "entries"),
        ):
            if kind is None:
                refuses(call, "invalid_currency", field, "three capital letters, such as EUR")
            else:
                refuses(call, "invalid_type", field, "three capital letters, such as EUR", kind=kind)

    def test_mon_25_tiny_decimal_context(self) -> None:
        """Three digits of precision outside change nothing inside, and stay as they were."""
        parts = [Decimal("123456.78"), Decimal("0.01"), Decimal("-0.005")]
        with decimal.localcontext() as context:
            context.prec = 3
            context.traps[decimal.Inexact] = context.traps[decimal.Rounded] = True
            context.clear_flags()
            shown = (context.prec, dict(context.traps), dict(context.flags))
            assert str(amounts.total(parts)) == "123456.785"
            assert [str(p) for p in amounts.split(parts[0], [Decimal(1), Decimal(2)])] == ["41152.26", "82304.52"]
            assert amounts.exact("123456.78") == parts[0]
            assert amounts.plain(parts[0]) == "123456.78"
            assert amounts.rounded(parts[0], 1) == Decimal("123456.8")
            assert decimal.getcontext() is context
            assert (context.prec, dict(context.traps), dict(context.flags)) == shown

    def test_mon_27_mixed_magnitudes(self) -> None:
        """Two half euros beside a billion billion billion make one more euro, in every order."""
        for order in permutations([Decimal("1e27"), Decimal("0.5"), Decimal("0.5")]):
            assert str(amounts.total(order)) == "1000000000000000000000000001"
        assert amounts.split(Decimal(1000000000000000000000000001), [Decimal("0.5")] * 2, places=0) == (
            Decimal(500000000000000000000000001),
            Decimal(500000000000000000000000000),
        )

    def test_mon_27_facts_keep_every_digit(self) -> None:
        """What a record says is kept to the last digit until it is summed."""
        text = "123456789012345678901234567890.123456789012345678"
        event = CrmEvent("deal", "d1", recorded_at=NOON, properties={"is_won": True, "closed_at": NOON, "amount": text})
        found = read(REVENUE.measure, event)
        assert isinstance(found, Fact)
        assert str(found.amount) == text
