"""Running sums: what dated amounts have come to day by day, and when that met a mark."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import partial
from typing import cast

import pytest

from quota_engine import InvalidType, RunningSum
from tests.acme import JULY
from tests.refusals import refuses

FIRST, SECOND, THIRD = date(2025, 7, 1), date(2025, 7, 2), date(2025, 7, 3)


class TestRunningSum:
    """Made once from what counted, and asked for as many marks as there are."""

    def test_is_asked_for_many_marks(self) -> None:
        """Equal days are added up before anything is asked, so that a refund of the same day counts."""
        run = RunningSum([(THIRD, 30), (FIRST, 60), (FIRST, -20), (SECOND, 10)])
        assert [run.reached_on(mark) for mark in (40, 50, Decimal("50.01"), 80, 81)] == [
            FIRST,
            SECOND,
            THIRD,
            THIRD,
            None,
        ]
        assert [run.reached_on(mark, beyond=True) for mark in (50, 80)] == [THIRD, None]

    def test_gives_the_sum_of_each_day(self) -> None:
        """In the order of the days, as amounts: a burn-up of the slice."""
        run = RunningSum([(SECOND, Decimal("0.10")), (FIRST, 60), (FIRST, Fraction(1, 2))])
        assert list(run) == [(FIRST, Decimal("60.5")), (SECOND, Decimal("60.6"))]
        assert list(run) == list(run)

    def test_stays_met_when_it_falls_again(self) -> None:
        """The first day counts, whatever came later."""
        run = RunningSum([(FIRST, 100), (SECOND, -100), (THIRD, 100)])
        assert run.reached_on(100) == FIRST

    def test_of_nothing_meets_nothing(self) -> None:
        """Not even a mark of zero: there is no day."""
        assert RunningSum([]).reached_on(0) is None

    def test_mixes_whole_numbers_with_others(self) -> None:
        """Whole numbers, decimals and thirds add up exactly, and large ones as well as small ones."""
        run = RunningSum([(FIRST, 10**29), (SECOND, Decimal("1E-18")), (THIRD, Fraction(1, 3))])
        assert run.reached_on(10**29, beyond=True) == SECOND
        assert run.reached_on(10**29 + Fraction(1, 3)) == THIRD

    def test_reads_its_amounts_once(self) -> None:
        """They may come from an iterator."""
        assert RunningSum(iter([(FIRST, 1)])).reached_on(1) == FIRST

    @pytest.mark.parametrize(
        ("bad", "code", "field"),
        [
            (None, "invalid_type", "counted"),
            (5, "invalid_type", "counted"),
            ("2025-07-01", "invalid_type", "counted"),
            ([None], "invalid_type", "counted[0]"),
            ([(FIRST, 1), (FIRST, 1, 1)], "invalid_type", "counted[1]"),
            ([(FIRST, 1), ("2025-07-01", 1)], "invalid_type", "counted[1].day"),
            ([([], 1)], "invalid_type", "counted[0].day"),
            ([(datetime(2025, 7, 1), 1)], "invalid_type", "counted[0].day"),
            ([(FIRST, 1), (FIRST, 0.5)], "invalid_type", "counted[1].amount"),
            ([(FIRST, True)], "invalid_type", "counted[0].amount"),
            ([(FIRST, None)], "required", "counted[0].amount"),
        ],
    )
    def test_refuses_what_is_no_pair_of_a_day_and_an_amount(self, bad: object, code: str, field: str) -> None:
        """By its index."""
        refuses(partial(RunningSum, cast("list[tuple[date, int]]", bad)), code, field, kind=InvalidType)

    @pytest.mark.parametrize("bad", [10**30, -(10**30), Decimal(10**30)])
    def test_refuses_amounts_out_of_range(self, bad: Decimal | int) -> None:
        """Whole numbers have the bounds of all amounts."""
        refuses(partial(RunningSum, [(FIRST, bad)]), "out_of_range", "counted[0].amount")
        refuses(partial(RunningSum([(FIRST, 1)]).reached_on, bad), "out_of_range", "mark")

    def test_refuses_marks_that_are_no_amount(self) -> None:
        """A float cannot hold a cent exactly."""
        half = cast("Decimal", 0.5)
        refuses(partial(RunningSum([(JULY, 1)]).reached_on, half), "invalid_type", "mark", kind=InvalidType)


class SubclassedDay(date):
    """A day of a host's own kind."""


def test_takes_days_of_a_hosts_own_kind() -> None:
    """A subclass of `date` that is no moment is a day."""
    assert RunningSum([(SubclassedDay(2025, 7, 1), 1)]).reached_on(1) == FIRST
