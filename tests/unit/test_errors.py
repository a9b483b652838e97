"""Errors: what a person reads and what a program can rely on when something is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from quota_engine import errors
from quota_engine.errors import (
    InvalidDocument,
    InvalidType,
    InvalidValue,
    MissingRate,
    QuotaError,
    invalid,
    mistyped,
    shown,
)
from tests.refusals import twins

BUILT_IN = {
    errors.InvalidValue: (ValueError, "invalid_value"),
    errors.UnknownTimeZone: (ValueError, "unknown_time_zone"),
    errors.InvalidCursor: (ValueError, "invalid_cursor"),
    errors.TooLarge: (ValueError, "too_large"),
    errors.CurrencyMismatch: (ValueError, "currency_mismatch"),
    errors.InvalidType: (TypeError, "invalid_type"),
    errors.NotFound: (LookupError, "not_found"),
    errors.MissingRate: (LookupError, "missing_rate"),
    errors.InvalidDocument: (ValueError, "invalid_document"),
}


class TestQuotaError:
    """Every error of the library."""

    @pytest.mark.parametrize(("kind", "built_in", "code"), [(k, *rest) for k, rest in BUILT_IN.items()])
    def test_is_also_the_class_that_python_users_catch(
        self, kind: type[QuotaError], built_in: type[Exception], code: str
    ) -> None:
        """Whoever knows Python but not the library still catches its errors, and programs find a stable word in each."""
        error = kind("no")
        assert isinstance(error, QuotaError)
        assert isinstance(error, built_in)
        assert (error.code, error.field, error.value, error.retryable) == (code, "", "", False)

    @pytest.mark.parametrize("kind", BUILT_IN)
    def test_survives_pickling_and_copying(self, kind: type[QuotaError]) -> None:
        """An error that crosses to another process still says everything it said."""
        error = kind("targets[2]: no", code="negative", field="targets[2]", value="-1")
        for twin in twins(error):
            assert isinstance(twin, kind)
            assert str(twin) == "targets[2]: no"
            assert (twin.code, twin.field, twin.value) == ("negative", "targets[2]", "-1")

    def test_message_is_cut_at_500_characters(self) -> None:
        """A message always fits into a log line."""
        assert str(QuotaError("x" * 500)) == "x" * 500
        assert str(QuotaError("x" * 501)) == "x" * 497 + "..."

    def test_the_root_has_a_code_of_its_own(self) -> None:
        """Even the plainest error has a code."""
        assert QuotaError("no").code == "quota_error"


class TestParts:
    """Errors that carry a list beside their message."""

    def test_missing_rate_names_all_records(self) -> None:
        """All records without an exchange rate are named at once, also after pickling."""
        for twin in (MissingRate("no rate"), *twins(MissingRate("no rate", records=("d1", "d2"), field="rates"))):
            assert isinstance(twin, MissingRate)
            assert twin.records in {(), ("d1", "d2")}
            assert twin.field == ("rates" if twin.records else "")

    def test_invalid_document_lists_every_problem(self) -> None:
        """All mistakes in a file are listed at once, also after pickling."""
        for twin in (InvalidDocument("bad"), *twins(InvalidDocument("bad", problems=("row 1", "row 2"), value="x"))):
            assert isinstance(twin, InvalidDocument)
            assert twin.problems in {(), ("row 1", "row 2")}
            assert twin.value == ("x" if twin.problems else "")


class TestShown:
    """A value as it may stand in a message."""

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("Acme", "'Acme'"),
            ("a\nb\u202e\x00", r"'a\nb\u202e\x00'"),
            (b"secret", "<bytes>"),
            (5, "5"),
            (True, "True"),
            (None, "None"),
            (0.5, "0.5"),
            (Decimal("1.50"), "1.50"),
            (date(2025, 7, 1), "2025-07-01"),
            (datetime(2025, 7, 1, tzinfo=UTC), "2025-07-01 00:00:00+00:00"),
            (2**200 - 1, str(2**200 - 1)),
            (-(2**200), "<int of 201 bits>"),
            ([1, 2], "<list>"),
            ({"password": "x"}, "<dict>"),
            (object(), "<object>"),
        ],
    )
    def test_is_short_on_one_line_and_without_contents(self, value: object, expected: str) -> None:
        """Text is quoted and escaped, numbers and days stand as they are, and all else is named by its type alone."""
        assert shown(value) == expected

    def test_long_numbers_are_cut(self) -> None:
        """A number of a thousand digits does not fill the log."""
        assert shown(Decimal("9" * 1000)) == "9" * 77 + "..."

    def test_long_text_is_cut(self) -> None:
        """Of long text the beginning is shown."""
        assert shown("x" * 81) == "'" + "x" * 76 + "..." + "..."
        assert shown("x" * 78) == "'" + "x" * 78 + "'"


class TestRefusals:
    """The two errors that every check raises."""

    def test_invalid_says_field_expectation_and_value(self) -> None:
        """A wrong value is named with its field and with what was expected."""
        error = invalid("grace", -1, "zero or more", code="negative")
        assert type(error) is InvalidValue
        assert str(error) == "grace: expected zero or more, got -1"
        assert (error.code, error.field, error.value) == ("negative", "grace", "-1")
        assert invalid("grace", -1, "zero or more").code == "invalid_value"

    def test_mistyped_says_the_type_too(self) -> None:
        """A value of the wrong type is named with that type."""
        error = mistyped("id", 5, "text")
        assert type(error) is InvalidType
        assert str(error) == "id: expected text, got int 5"
        assert (error.code, error.field, error.value) == ("invalid_type", "id", "5")
        assert mistyped("id", None, "text", code="required").code == "required"
