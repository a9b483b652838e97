"""Rates: a dated table of exchange rates."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from attrs import evolve

from quota_engine._fields import FrozenMap
from quota_engine.errors import InvalidType, InvalidValue
from quota_engine.rates import Missing, Rates
from tests.refusals import refuses, stays

JANUARY, MARCH = date(2025, 1, 1), date(2025, 3, 1)
RATES = Rates("EUR", {("USD", MARCH): "0.92", ("USD", JANUARY): "0.96", ("GBP", JANUARY): Decimal("1.2")})


class TestRates:
    """Exchange rates to one base currency."""

    @pytest.mark.parametrize(
        ("on", "expected"),
        [
            (date(2024, 12, 31), None),
            (JANUARY, Fraction(96, 100)),
            (date(2025, 2, 28), Fraction(96, 100)),
            (MARCH, Fraction(92, 100)),
            (date(2100, 1, 1), Fraction(92, 100)),
        ],
    )
    def test_hold_from_their_day_to_the_next(self, on: date, expected: Fraction | None) -> None:
        """A dollar is worth 96 cents until March and 92 from then on; before the first entry nobody knows."""
        assert RATES.between("USD", "EUR", on=on) == expected
        assert RATES.between("EUR", "USD", on=on) == (None if expected is None else 1 / expected)

    def test_cross_rates_are_kept_as_fractions(self) -> None:
        """A dollar in pounds is its euros divided by the euros of a pound, exactly."""
        assert RATES.between("USD", "GBP", on=MARCH) == Fraction(92, 120)
        assert RATES.between("GBP", "USD", on=MARCH) == Fraction(120, 92)
        assert RATES.between("USD", "CHF", on=MARCH) is None
        assert RATES.between("CHF", "EUR", on=MARCH) is None

    def test_a_currency_is_worth_itself(self) -> None:
        """Also one that the table does not know."""
        assert RATES.between("CHF", "CHF", on=JANUARY) == 1
        assert RATES.between("EUR", "EUR", on=JANUARY) == 1

    def test_the_order_of_the_table_plays_no_part(self) -> None:
        """The same entries in another order are the same rates."""
        other = Rates("EUR", dict(sorted(RATES.entries.items(), reverse=True)))
        assert other == RATES
        assert repr(other) == repr(RATES)
        assert hash(other) == hash(RATES)

    def test_are_a_value(self) -> None:
        """They keep their own copy of the table and cannot change; another table is looked up anew."""
        table: dict[tuple[str, date], str] = {("USD", JANUARY): "0.5"}
        found = Rates("EUR", table)
        table.clear()
        assert found.between("USD", "EUR", on=MARCH) == Fraction(1, 2)
        assert isinstance(found.entries, FrozenMap)
        stays(found)
        assert evolve(found, entries={("USD", JANUARY): 2}).between("USD", "EUR", on=MARCH) == 2

    def test_say_what_becomes_of_a_missing_rate(self) -> None:
        """By default the calculation stops; the host may have such records left out and reported."""
        assert RATES.missing is Missing.REFUSE
        assert Rates("EUR", {}, missing="leave_out").missing is Missing.LEAVE_OUT
        refuses(lambda: Rates("EUR", {}, missing="one_to_one"), "unknown_word", "missing", "refuse, leave_out")

    def test_refuse_a_base_that_is_no_currency(self) -> None:
        """The base is a code of three letters."""
        refuses(lambda: Rates("euro", {}), "invalid_currency", "base", "'euro'")

    @pytest.mark.parametrize("bad", [None, "USD", [(("USD", JANUARY), 1)]])
    def test_refuse_what_is_no_table(self, bad: object) -> None:
        """A table is a mapping from currency and day to rate."""
        refuses(lambda: Rates("EUR", bad), "invalid_type", "entries", "(currency, day)", kind=InvalidType)  # type: ignore[arg-type]

    @pytest.mark.parametrize("key", ["USD", ("USD",), ("USD", JANUARY, 1), ("USD", "2025-01-01"), (5, JANUARY)])
    def test_refuse_a_key_that_is_none(self, key: object) -> None:
        """A key is a currency and a day."""
        refuses(lambda: Rates("EUR", {key: 1}), "invalid_type", "entries", kind=InvalidType)  # type: ignore[dict-item]

    @pytest.mark.parametrize(
        ("rate", "code", "kind"),
        [
            (0, "out_of_range", None),
            ("-1", "out_of_range", None),
            ("NaN", "non_finite", None),
            (0.9, "invalid_type", InvalidType),
        ],
    )
    def test_refuse_a_rate_that_is_none(self, rate: str, code: str, kind: type[InvalidType] | None) -> None:
        """A rate is an exact number above zero; the entry is named."""
        table = {("USD", JANUARY): rate}
        refuses(lambda: Rates("EUR", table), code, "entries[USD, 2025-01-01]", kind=kind or InvalidValue)

    def test_refuse_a_rate_of_the_base(self) -> None:
        """The base is worth itself, always one."""
        refuses(lambda: Rates("EUR", {("EUR", JANUARY): 1}), "base_rate", "entries", "always one")
        refuses(lambda: Rates("EUR", {("eur", JANUARY): 1}), "invalid_currency", "entries", "'eur'")

    def test_are_asked_for_a_day(self) -> None:
        """A moment is no day."""
        moment = datetime(2025, 3, 1, tzinfo=UTC)
        refuses(lambda: RATES.between("USD", "EUR", on=moment), "invalid_type", "on", kind=InvalidType)
