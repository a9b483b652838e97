"""Display: how exact figures are shown to people."""

from __future__ import annotations

from decimal import Decimal

import pytest

from quota_engine import display
from quota_engine.errors import InvalidType, InvalidValue
from tests.refusals import refuses


class TestPercent:
    """An attainment, as people say it."""

    @pytest.mark.parametrize(
        ("attainment", "shown"),
        [
            ("1.024", "102 %"),
            ("1", "100 %"),
            ("0", "0 %"),
            ("0.005", "1 %"),
            ("0.0049", "0 %"),
            ("0.125", "13 %"),
            ("0.995", "99.5 %"),
            ("0.9949", "99 %"),
            ("1.005", "101 %"),
            ("1.0049", "100 %"),
            ("12.345", "1235 %"),
            ("-0.155", "-16 %"),
            ("-0.001", "0 %"),
        ],
    )
    def test_is_rounded_half_up_to_whole_percent(self, attainment: str, shown: str) -> None:
        """Half a percent counts up, below zero away from it; nothing is ever minus zero."""
        assert display.percent(Decimal(attainment)) == shown

    @pytest.mark.parametrize(
        ("attainment", "places", "shown"),
        [
            ("0.9996", 0, "99.9 %"),
            ("0.9999999", 0, "99.9 %"),
            ("0.9994", 1, "99.9 %"),
            ("0.9996", 1, "99.96 %"),
            ("0.99996", 1, "99.99 %"),
            ("0.5", 2, "50.00 %"),
            ("1", 1, "100.0 %"),
        ],
    )
    def test_is_never_shown_as_reached_when_it_is_not(self, attainment: str, places: int, shown: str) -> None:
        """What would be rounded up to 100 % gets one decimal more, rounded down."""
        assert display.percent(Decimal(attainment), places=places) == shown

    def test_of_nothing_is_not_available(self) -> None:
        """Without a target there is no share of it."""
        assert display.percent(None) == "n/a"
        assert display.percent(None, places=2) == "n/a"

    def test_has_some_decimal_places_and_no_others(self) -> None:
        """Neither fewer than none nor more than an amount has."""
        assert display.percent(Decimal("0.5"), places=18) == "50.000000000000000000 %"
        refuses(lambda: display.percent(Decimal(1), places=-1), "out_of_range", "places", kind=InvalidValue)
        refuses(lambda: display.percent(Decimal(1), places=10**9), "out_of_range", "places", kind=InvalidValue)
        refuses(lambda: display.percent(Decimal(1), places="1"), "invalid_type", "places", kind=InvalidType)  # type: ignore[arg-type]


class TestAmount:
    """An amount, without the name of its unit."""

    @pytest.mark.parametrize(
        ("value", "currency", "shown"),
        [
            ("51200", "EUR", "51,200.00"),
            ("0.005", "EUR", "0.01"),
            ("-1234567.895", "EUR", "-1,234,567.90"),
            ("-0.001", "EUR", "0.00"),
            ("1234.5", "JPY", "1,235"),
            ("1234.5", "KWD", "1,234.500"),
            ("1e29", "EUR", "100,000,000,000,000,000,000,000,000,000.00"),
        ],
    )
    def test_of_money_goes_to_the_smallest_coin(self, value: str, currency: str, shown: str) -> None:
        """Cents for euros, none for yen, a thousandth for dinars; half up; thousands are set apart."""
        assert display.amount(Decimal(value), unit="money", currency=currency) == shown

    @pytest.mark.parametrize(
        ("value", "shown"), [("7", "7"), ("7.0", "7"), ("7.25", "7.3"), ("12345.04", "12,345"), ("-0.04", "0")]
    )
    def test_of_anything_else_has_one_decimal_where_there_is_one(self, value: str, shown: str) -> None:
        """Calls are whole, an average response time may not be."""
        assert display.amount(Decimal(value), unit="duration", currency=None) == shown

    def test_of_nothing_is_not_available(self) -> None:
        """The average of no tickets is none."""
        assert display.amount(None, unit="duration", currency=None) == "n/a"

    def test_of_money_that_is_only_counted_has_no_coins(self) -> None:
        """A count of deals has the unit money in name at most, and no currency."""
        assert display.amount(Decimal(3), unit="money", currency=None) == "3"


class TestBar:
    """A bar that is full at 100 %."""

    @pytest.mark.parametrize(
        ("attainment", "shown"),
        [
            ("0.5", "█████"),
            ("0.51", "█████"),
            ("0.55", "█████▌"),
            ("0.0124", ""),
            ("0.0125", "▏"),
            ("0.9999", "█████████▉"),
            ("1", "██████████"),
            ("7", "██████████"),
            ("0", ""),
            ("-1", ""),
        ],
    )
    def test_grows_by_eighths_and_is_full_only_when_reached(self, attainment: str, shown: str) -> None:
        """Of ten characters one eighth is 1.25 %; what lies beyond 100 % is cut off."""
        assert display.bar(Decimal(attainment), width=10) == shown

    def test_of_nothing_is_empty(self) -> None:
        """No attainment, no bar."""
        assert display.bar(None) == ""
        assert len(display.bar(Decimal(1))) == 20


class TestTable:
    """Rows of text, aligned."""

    def test_columns_are_as_wide_as_they_need(self) -> None:
        """Numbers flush right, words flush left, nothing trails."""
        assert display.aligned([("a", "1", "x"), ("bcd", "234", "")], right=frozenset({1})) == [
            "a      1  x",
            "bcd  234",
        ]

    def test_of_no_rows_is_nothing(self) -> None:
        """Not even a line."""
        assert display.aligned([], right=frozenset()) == []

    def test_has_a_header_and_a_rule(self) -> None:
        """As wide as the widest cell of each column."""
        assert display.table(["who", "n"], [["ada", "1000"], ["bob", "5"]], right=frozenset({1})) == (
            "who     n\n---  ----\nada  1000\nbob     5"
        )

    def test_may_have_a_header_alone(self) -> None:
        """A result without any rows."""
        assert display.table(["who", "n"], [], right=frozenset({1})) == "who  n\n---  -"
