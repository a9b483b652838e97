"""Curves that cannot be: weekdays that there are none of, holidays that are moments, weights that are no amounts.

Rows of `duration` and `money` at the doors of the curves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from itertools import count
from typing import Any

import pytest

from quota_engine import Account, DayWeights, InvalidType, InvalidValue, Period, QuotaError, TooLarge, WorkingDays
from tests.bad_input.doors import GOAL
from tests.refusals import bounded, refuses

DAY = date(2025, 7, 1)
JULY = Period.closed("2025-07-01", "2025-07-31")


@pytest.mark.parametrize(
    ("weekdays", "code", "field", "kind"),
    [
        ([], "required", "weekdays", InvalidValue),
        ([7], "out_of_range", "weekdays[0]", InvalidValue),
        ([0, -1], "out_of_range", "weekdays[1]", InvalidValue),
        ([4, 0, 4], "duplicate", "weekdays", InvalidValue),
        (["monday"], "invalid_type", "weekdays[0]", InvalidType),
        ([True], "invalid_type", "weekdays[0]", InvalidType),
        ([1.0], "invalid_type", "weekdays[0]", InvalidType),
        ("01234", "invalid_type", "weekdays", InvalidType),
        (5, "invalid_type", "weekdays", InvalidType),
        (None, "invalid_type", "weekdays", InvalidType),
        (count(), "too_large", "weekdays", TooLarge),
    ],
    ids=str,
)
def test_weekdays_that_there_are_none_of(weekdays: Any, code: str, field: str, kind: type[QuotaError]) -> None:  # noqa: ANN401 - what comes in is anything
    """Monday is 0 and Sunday 6, each at most once and one at least."""
    refuses(lambda: WorkingDays(weekdays), code, field, kind=kind)


@pytest.mark.parametrize(
    ("holiday", "code", "kind"),
    [
        (datetime(2025, 7, 1), "invalid_type", InvalidType),
        (datetime(2025, 7, 1, tzinfo=UTC), "invalid_type", InvalidType),
        ("2023-02-29", "invalid_date", InvalidValue),
        ("01/07/2025", "invalid_date", InvalidValue),
        (20250701, "invalid_type", InvalidType),
        (None, "invalid_type", InvalidType),
    ],
    ids=str,
)
def test_dur_03_18_holidays_that_are_no_days(holiday: Any, code: str, kind: type[QuotaError]) -> None:  # noqa: ANN401 - what comes in is anything
    """DUR-03, DUR-18: a moment is never cut short, no text is guessed, and the place in the list is named."""
    refuses(lambda: WorkingDays(holidays=[DAY, holiday]), code, "holidays[1]", kind=kind)


def test_holidays_that_are_no_list() -> None:
    """A single day, or text, is not several."""
    for bad in (DAY, "2025-07-01", None):
        refuses(partial(WorkingDays, holidays=bad), "invalid_type", "holidays", kind=InvalidType)  # type: ignore[arg-type]


def test_years_outside_the_calendars() -> None:
    """Holidays and weights lie in the years 1900 to 2200, like everything else (rule T7)."""
    assert WorkingDays(holidays=["1900-01-01", "2200-12-31"]).weight(JULY) == 23
    DayWeights({date(1900, 1, 1): 1, date(2200, 12, 31): 1})
    refuses(lambda: WorkingDays(holidays=["2201-01-01"]), "out_of_range", "holidays[0]", "1900 to 2200")
    for bad in (date(1899, 12, 31), date.max, date.min):
        refuses(lambda bad=bad: DayWeights({bad: 1}), "out_of_range", f"weights[{bad}]", "1900 to 2200")  # type: ignore[misc]
    for long in (Period(date(1899, 12, 31), DAY), Period(DAY, date(2201, 1, 2))):
        refuses(lambda long=long: DayWeights({long: 1}), "out_of_range", f"weights[{long}]", "1900 to 2200")  # type: ignore[misc]
        refuses(lambda long=long: DayWeights({DAY: 1}, onto=long), "out_of_range", "onto", "1900 to 2200")  # type: ignore[misc]


@pytest.mark.parametrize("key", [DAY, Period.closed(DAY, DAY), JULY], ids=str)
@pytest.mark.parametrize(
    ("weight", "code", "kind"),
    [
        (-1, "negative", InvalidValue),
        ("-0.01", "negative", InvalidValue),
        (Decimal("NaN"), "non_finite", InvalidValue),
        (Decimal("sNaN"), "non_finite", InvalidValue),
        (Decimal("Infinity"), "non_finite", InvalidValue),
        (10**30, "out_of_range", InvalidValue),
        ("1e999999999", "not_a_number", InvalidValue),
        (0.5, "invalid_type", InvalidType),
        (True, "invalid_type", InvalidType),
        (None, "required", InvalidType),
    ],
    ids=str,
)
def test_mon_01_20_weights_that_are_no_amounts(
    key: date | Period,
    weight: Any,  # noqa: ANN401 - what comes in is anything
    code: str,
    kind: type[QuotaError],
) -> None:
    """MON-01 to MON-20: a weight is an exact amount of zero or more, and a refusal names its days."""
    refuses(lambda: DayWeights({key: weight}), code, f"weights[{key}]", kind=kind)


@pytest.mark.parametrize("key", ["2025-07-01", 20250701, None, datetime(2025, 7, 1), (DAY, DAY)], ids=str)
def test_weights_of_what_is_no_day(key: Any) -> None:  # noqa: ANN401 - what comes in is anything
    """Keys are dates and periods."""
    refuses(lambda: DayWeights({key: 1}), "invalid_type", "weights", "a date", kind=InvalidType)


def test_weights_that_overlap_or_are_missing() -> None:
    """No day has two weights, and there is one at least; a list of pairs is no mapping."""
    refuses(lambda: DayWeights({DAY: 1, JULY: 1}), "overlap", f"weights[{JULY}]", "2025-07-01..2025-07-01")
    refuses(lambda: DayWeights({DAY: 1, Period.closed(DAY, DAY): 1}), "overlap", "weights[2025-07-01..2025-07-01]")
    refuses(lambda: DayWeights({}), "required", "weights", "at least one")
    refuses(lambda: DayWeights([(DAY, 1)]), "invalid_type", "weights", "a mapping", kind=InvalidType)  # type: ignore[arg-type]
    refuses(lambda: DayWeights({DAY: 1}, onto=DAY), "invalid_type", "onto", "a Period", kind=InvalidType)  # type: ignore[arg-type]


def test_more_than_there_can_be() -> None:
    """Ten thousand holidays or weights are taken at once, one more is refused; an endless list is not read to its end."""
    days = [date.fromordinal(DAY.toordinal() + n) for n in range(10_001)]
    read: list[date] = []

    def endless() -> Iterator[date]:
        while True:
            read.append(DAY)
            yield DAY

    with bounded():
        assert len(WorkingDays(holidays=days[1:]).holidays) == 10_000
        assert len(DayWeights(dict.fromkeys(days[1:], 1)).weights) == 10_000
        refuses(lambda: WorkingDays(holidays=days), "too_large", "holidays", "at most 10000", kind=TooLarge)
        refuses(lambda: DayWeights(dict.fromkeys(days, 1)), "too_large", "weights", "10000", "10001", kind=TooLarge)
        refuses(lambda: WorkingDays(holidays=endless()), "too_large", "holidays", kind=TooLarge)
    assert len(read) == 10_001


@pytest.mark.parametrize("make", [WorkingDays, partial(DayWeights, {DAY: 1})])
def test_a_weight_of_what_is_no_period(make: Callable[[], WorkingDays | DayWeights]) -> None:
    """A day, or a pair of days, is none."""
    for bad in (DAY, (DAY, DAY), None):
        refuses(partial(make().weight, bad), "invalid_type", "period", "a Period", kind=InvalidType)  # type: ignore[arg-type]


@pytest.mark.parametrize("curve", ["linear", None, WorkingDays, {DAY: 1}], ids=str)
def test_an_account_with_what_is_no_curve(curve: Any) -> None:  # noqa: ANN401 - what comes in is anything
    """A class is no curve, and neither is a name."""
    refuses(
        lambda: Account(id="acme", currency="EUR", curve=curve),
        "invalid_type",
        "curve",
        "WorkingDays",
        kind=InvalidType,
    )


def test_spreading_by_what_is_no_curve() -> None:
    """A mapping has no order, and a class is no curve."""
    for bad in ({DAY: 1}, WorkingDays, "linear"):
        refuses(partial(GOAL.spread_targets, 1, weights=bad), "invalid_type", "weights", kind=InvalidType)  # type: ignore[arg-type]
