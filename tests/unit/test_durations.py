"""Durations: how long a goal runs and how it is sliced."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from attrs import evolve

from quota_engine.durations import Cadence, Duration, cadence
from quota_engine.errors import InvalidType
from quota_engine.periods import Period
from tests.refusals import refuses, says, stays

JULY = Period(date(2025, 7, 1), date(2025, 8, 1))


class TestCadence:
    """How often figures start anew."""

    def test_is_its_member_or_its_plain_text(self) -> None:
        """Both forms are taken; the message lists those there are."""
        assert cadence("weekly") is Cadence.WEEKLY
        assert cadence(Cadence.YEARLY) is Cadence.YEARLY
        refuses(
            lambda: cadence("fortnight"),
            "unknown_word",
            "cadence",
            "weekly, monthly, quarterly, half_yearly, yearly, custom",
        )
        refuses(lambda: cadence(None, "every"), "invalid_type", "every", "weekly", kind=InvalidType)


class TestYears:
    """One year, sliced."""

    @pytest.mark.parametrize(
        ("make", "expected"),
        [
            (Duration.weekly, Cadence.WEEKLY),
            (Duration.monthly, Cadence.MONTHLY),
            (Duration.quarterly, Cadence.QUARTERLY),
            (Duration.half_yearly, Cadence.HALF_YEARLY),
            (Duration.yearly, Cadence.YEARLY),
        ],
    )
    def test_names_a_year_and_perhaps_the_fiscal_one(self, make: Callable[..., Duration], expected: Cadence) -> None:
        """A duration is one year of some cadence, of the calendar or, when aligned, of the account's fiscal calendar."""
        plain, aligned = make(2026), make(2026, aligned=True)
        assert (plain.cadence, plain.year, plain.aligned, plain.days) == (expected, 2026, False, None)
        assert (aligned.cadence, aligned.year, aligned.aligned, aligned.days) == (expected, 2026, True, None)
        assert plain != aligned
        stays(aligned)

    def test_refuses_years_and_switches_that_are_none(self) -> None:
        """Years run from 1900 to 2200; aligned is yes or no."""
        refuses(lambda: Duration.monthly(1899), "out_of_range", "year", "1899")
        refuses(lambda: Duration.monthly("2026"), "invalid_type", "year", kind=InvalidType)  # type: ignore[arg-type]
        refuses(lambda: Duration.monthly(2026, aligned=1), "invalid_type", "aligned", kind=InvalidType)  # type: ignore[arg-type]
        refuses(lambda: evolve(Duration.monthly(2026), year=2201), "out_of_range", "year")


class TestCustom:
    """Any run of days as one slice."""

    def test_its_last_day_counts(self) -> None:
        """People say first and last day, as dates or as text."""
        found = Duration.custom("2025-07-01", date(2025, 7, 31))
        assert (found.cadence, found.year, found.aligned) == (Cadence.CUSTOM, None, False)
        assert found.days == JULY
        stays(found)

    def test_refuses_days_in_the_wrong_order_and_moments(self) -> None:
        """Both days are named; a moment is no day."""
        refuses(lambda: Duration.custom("2025-07-01", "2025-06-30"), "end_before_start", "last_day", "2025-07-01")
        moment = datetime(2025, 7, 31, tzinfo=UTC)
        refuses(lambda: Duration.custom("2025-07-01", moment), "invalid_type", "last_day", kind=InvalidType)

    def test_lies_within_1900_and_2200(self) -> None:
        """Both ends are checked, the last day and not the day after it."""
        refuses(lambda: Duration.custom("1899-12-31", "1900-01-01"), "out_of_range", "first_day.year", "1899")
        refuses(lambda: Duration.custom("2200-12-31", "2201-01-01"), "out_of_range", "last_day.year", "2201")
        assert Duration.custom("1900-01-01", "2200-12-31").days == Period(date(1900, 1, 1), date(2201, 1, 1))

    @pytest.mark.parametrize(
        "parts",
        [
            {"cadence": "monthly"},
            {"cadence": "custom"},
            {"cadence": "custom", "year": 2025, "days": JULY},
            {"cadence": "monthly", "year": 2025, "days": JULY},
            {"cadence": "custom", "aligned": True, "days": JULY},
        ],
        ids=["nothing", "no days", "custom with a year", "monthly with days", "custom aligned"],
    )
    def test_is_either_a_year_or_days(self, parts: dict[str, Any]) -> None:
        """A year and days of its own, or neither, or days that are aligned, make no duration."""
        expected = "a year, or for a custom duration its first and last day"
        refuses(lambda: Duration(**parts), "invalid_duration", "duration", expected)

    def test_does_not_become_custom_by_an_edit(self) -> None:
        """An edit is checked like a new duration."""
        refuses(lambda: evolve(Duration.monthly(2025), cadence="custom"), "invalid_duration", "duration")

    def test_days_are_a_period(self) -> None:
        """A pair of dates is not taken for one."""
        days = (date(2025, 7, 1), date(2025, 8, 1))
        refuses(lambda: Duration("custom", days=days), "invalid_type", "days", "a Period", kind=InvalidType)  # type: ignore[arg-type]
        says(lambda: Duration("custom", days=5), "days: expected a Period, got int 5", "5")  # type: ignore[arg-type]
