"""Periods: runs of whole days, and gapless rows of them."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from attrs import evolve

from quota_engine.errors import InvalidType, TooLarge
from quota_engine.periods import Partition, Period, too_many_periods
from tests.refusals import refuses, says, stays

JULY = Period(date(2025, 7, 1), date(2025, 8, 1))
AUGUST = Period(date(2025, 8, 1), date(2025, 9, 1))
SUMMER = Partition((JULY, AUGUST))


class TestPeriod:
    """A run of whole days."""

    def test_its_end_no_longer_counts(self) -> None:
        """July has 31 days; 1 August is none of them."""
        assert (JULY.days, JULY.last_day) == (31, date(2025, 7, 31))
        assert date(2025, 7, 1) in JULY
        assert date(2025, 7, 31) in JULY
        assert date(2025, 8, 1) not in JULY
        assert date(2025, 6, 30) not in JULY
        assert str(JULY) == "2025-07-01..2025-07-31"

    def test_is_a_value(self) -> None:
        """It cannot change, and equal periods are the same; they sort by their days."""
        stays(JULY)
        assert Period(date(2025, 7, 1), date(2025, 8, 1)) == JULY
        assert sorted([AUGUST, JULY]) == [JULY, AUGUST]

    def test_holds_at_least_one_day(self) -> None:
        """An end on or before the start is refused, and both are named."""
        refuses(lambda: Period(date(2025, 7, 1), date(2025, 7, 1)), "end_before_start", "end", "start 2025-07-01")
        refuses(lambda: evolve(JULY, end=date(2025, 6, 1)), "end_before_start", "end", "2025-07-01", "got 2025-06-01")

    def test_says_what_an_end_is(self) -> None:
        """Whoever meant a last day reads that the end is the day after it."""
        says(
            lambda: Period(date(2025, 7, 1), date(2025, 6, 30)),
            "end: expected a day after the start 2025-07-01, got 2025-06-30 (the end is the first day that no longer counts)",
            "2025-06-30",
        )

    def test_takes_dates_alone(self) -> None:
        """Neither moments nor text are days here, nor does a moment lie in a period."""
        moment = datetime(2025, 7, 2, tzinfo=UTC)
        refuses(lambda: Period(moment, date(2025, 8, 1)), "invalid_type", "start", "not a datetime", kind=InvalidType)
        refuses(lambda: Period(date(2025, 7, 1), "2025-08-01"), "invalid_type", "end", kind=InvalidType)  # type: ignore[arg-type]
        refuses(lambda: moment in JULY, "invalid_type", "day", "not a datetime", kind=InvalidType)

    def test_closed_counts_the_last_day(self) -> None:
        """As people write it, the last day counts; it may be the first one."""
        assert Period.closed(date(2025, 7, 1), "2025-07-31") == JULY
        assert Period.closed("2025-07-01", "2025-07-01").days == 1

    def test_closed_refuses_a_last_day_before_the_first(self) -> None:
        """Both days are named."""
        refuses(
            lambda: Period.closed("2025-07-01", "2025-06-30"),
            "end_before_start",
            "last_day",
            "2025-07-01",
            "2025-06-30",
        )

    def test_closed_refuses_the_last_day_that_there_is(self) -> None:
        """The day after it could not be named."""
        refuses(lambda: Period.closed(date(2025, 7, 1), date.max), "out_of_range", "last_day", "9999-12-31")
        assert Period.closed(date.min, date.max - timedelta(days=1)).last_day == date(9999, 12, 30)

    def test_closed_says_which_day_is_wrong(self) -> None:
        """The first as well as the last, in words that a person can act on."""
        refuses(lambda: Period.closed("2025-7-1", "2025-07-31"), "invalid_date", "first_day", "'2025-7-1'")
        says(
            lambda: Period.closed("2025-07-01", "2025-06-30"),
            "last_day: expected a day not before the first day 2025-07-01, got 2025-06-30",
            "2025-06-30",
        )
        says(
            lambda: Period.closed("2025-07-01", date.max),
            "last_day: expected a day before the last one that dates can name, got 9999-12-31",
            "9999-12-31",
        )

    def test_contains_overlaps_and_abuts(self) -> None:
        """Half-open days: neighbours abut and do not overlap."""
        middle = Period(date(2025, 7, 15), date(2025, 8, 15))
        assert (JULY.abuts(AUGUST), AUGUST.abuts(JULY), JULY.abuts(middle)) == (True, True, False)
        assert (JULY.overlaps(AUGUST), AUGUST.overlaps(JULY), JULY.overlaps(middle)) == (False, False, True)
        assert JULY.contains(JULY)
        assert JULY.contains(Period(date(2025, 7, 2), date(2025, 7, 3)))
        assert not JULY.contains(middle)
        assert not JULY.contains(Period(date(2025, 6, 30), date(2025, 7, 3)))

    def test_intersection_is_what_both_share(self) -> None:
        """Two halves of summer share two weeks; neighbours share nothing."""
        middle = Period(date(2025, 7, 18), date(2025, 8, 15))
        assert JULY.intersection(middle) == Period(date(2025, 7, 18), date(2025, 8, 1))
        assert middle.intersection(AUGUST) == Period(date(2025, 8, 1), date(2025, 8, 15))
        assert JULY.intersection(AUGUST) is None


class TestPartition:
    """A gapless row of periods."""

    def test_is_a_value(self) -> None:
        """It keeps its own copy of the periods, cannot change, and reads as a row."""
        given = [JULY, AUGUST]
        found = Partition(given)
        given.pop()
        assert found == SUMMER
        assert (list(found), len(found)) == ([JULY, AUGUST], 2)
        stays(found)

    def test_at_cuts_between_neighbouring_boundaries(self) -> None:
        """Three boundaries make two periods."""
        assert Partition.at(date(2025, 7, 1), date(2025, 8, 1), date(2025, 9, 1)) == SUMMER
        assert SUMMER.boundaries == (date(2025, 7, 1), date(2025, 8, 1), date(2025, 9, 1))
        assert SUMMER.span == Period(date(2025, 7, 1), date(2025, 9, 1))

    @pytest.mark.parametrize(
        ("day", "index"),
        [
            (date(2025, 6, 30), None),
            (date(2025, 7, 1), 0),
            (date(2025, 7, 31), 0),
            (date(2025, 8, 1), 1),
            (date(2025, 8, 31), 1),
            (date(2025, 9, 1), None),
            (date.min, None),
            (date.max, None),
        ],
    )
    def test_finds_the_period_of_a_day(self, day: date, index: int | None) -> None:
        """Each day of the span lies in exactly one period, no other day in any."""
        assert SUMMER.index(day) == index
        assert SUMMER.find(day) == (None if index is None else (JULY, AUGUST)[index])

    def test_a_moment_is_in_no_period(self) -> None:
        """It must be made a day first."""
        refuses(lambda: SUMMER.find(datetime(2025, 7, 2, tzinfo=UTC)), "invalid_type", "day", kind=InvalidType)

    def test_refuses_gaps_and_overlaps(self) -> None:
        """The two periods that do not meet are named."""
        late = Period(date(2025, 8, 2), date(2025, 9, 1))
        early = Period(date(2025, 7, 31), date(2025, 9, 1))
        refuses(lambda: Partition((JULY, late)), "gap", "periods", str(JULY), str(late))
        refuses(lambda: Partition((JULY, early)), "overlap", "periods", str(JULY), str(early))
        refuses(lambda: evolve(SUMMER, periods=(AUGUST, JULY)), "overlap", "periods")
        says(
            lambda: Partition((JULY, late)),
            f"periods: expected each period to begin where the one before it ends, got {JULY} before {late}",
            str(late),
        )

    def test_refuses_none_at_all(self) -> None:
        """A row has at least one period; one boundary makes none."""
        refuses(lambda: Partition(()), "required", "periods")
        refuses(lambda: Partition.at(date(2025, 7, 1)), "required", "periods")
        refuses(Partition.at, "required", "periods")
        refuses(lambda: Partition((date(2025, 7, 1),)), "invalid_type", "periods[0]", kind=InvalidType)  # type: ignore[arg-type]

    def test_refuses_more_than_a_thousand(self) -> None:
        """A thousand days are fine, one more is not."""
        days = [date(2025, 1, 1) + timedelta(days=n) for n in range(1002)]
        assert len(Partition.at(*days[:1001])) == 1000
        refuses(lambda: Partition.at(*days), "too_many_periods", "periods", "1000", "1001", kind=TooLarge)
        refuses(lambda: Partition(itertools.repeat(JULY)), "too_large", "periods", "at most 1000 items", kind=TooLarge)

    def test_the_number_of_periods_is_named(self) -> None:
        """The error for too many says how many there would be."""
        error = too_many_periods(521_723)
        assert str(error) == "periods: expected at most 1000 periods, got 521723"
        assert error.value == "521723"

    def test_what_is_no_row_is_named(self) -> None:
        """A single number is no row of periods."""
        says(lambda: Partition(5), "periods: expected an iterable of periods, got int 5", "5")  # type: ignore[arg-type]
