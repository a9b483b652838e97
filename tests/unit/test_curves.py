"""Curves: how a target is spread over the days."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from attrs import evolve

from quota_engine import (
    Account,
    Assignment,
    Contributor,
    DayWeights,
    Duration,
    EveryDay,
    FiscalCalendar,
    Goal,
    Partition,
    Period,
    WorkingDays,
    presets,
    resolve,
    shape_of,
    templates,
)
from quota_engine.curves import as_curve
from quota_engine.errors import InvalidType
from tests.refusals import refuses, stays

JULY = Period.closed("2025-07-01", "2025-07-31")  # Tuesday to Thursday
ADA = Contributor.user("ada")


def months(year: int) -> Partition:
    """Return the months of a calendar year."""
    return resolve(Duration.monthly(year), FiscalCalendar())


class TestEveryDay:
    """The straight line."""

    def test_counts_days(self) -> None:
        """July has 31."""
        assert EveryDay().weight(JULY) == 31
        stays_equal = EveryDay()
        assert (stays_equal, hash(stays_equal)) == (EveryDay(), hash(EveryDay()))

    def test_wants_a_period(self) -> None:
        """Two days are none."""
        refuses(lambda: EveryDay().weight(date(2025, 7, 1)), "invalid_type", "period", kind=InvalidType)  # type: ignore[arg-type]


class TestWorkingDays:
    """Monday to Friday, or other days, without holidays."""

    def test_are_monday_to_friday_by_default(self) -> None:
        """July 2025 has 23, its second week five, its first Saturday and Sunday none."""
        days = WorkingDays()
        assert (days.weekdays, days.holidays) == ((0, 1, 2, 3, 4), frozenset())
        assert days.weight(JULY) == 23
        assert days.weight(Period.closed("2025-07-07", "2025-07-13")) == 5
        assert days.weight(Period.closed("2025-07-05", "2025-07-06")) == 0
        assert [days.weight(Period.closed(f"2025-07-{n:02}", f"2025-07-{n:02}")) for n in range(7, 14)] == [1] * 5 + [
            0
        ] * 2

    def test_leave_out_holidays_on_working_days(self) -> None:
        """A holiday on a Sunday is no day less; the last day of a period counts, the day after it does not."""
        days = WorkingDays(
            holidays=["2025-07-06", date(2025, 7, 1), "2025-07-31", "2025-08-01", "2025-06-30", "2025-07-01"]
        )
        assert days.weight(JULY) == 21
        assert days.weight(Period.closed("2025-07-01", "2025-07-01")) == 0
        assert len(days.holidays) == 5

    def test_may_be_other_weekdays(self) -> None:
        """Where people work from Sunday to Thursday, in any order given; a shop that never closes works 31 days in July."""
        gulf = WorkingDays([6, 0, 1, 2, 3])
        assert gulf.weekdays == (0, 1, 2, 3, 6)
        assert gulf == WorkingDays((0, 1, 2, 3, 6))
        assert gulf.weight(JULY) == 23
        assert gulf.weight(Period.closed("2025-07-04", "2025-07-05")) == 0
        assert WorkingDays(range(7)).weight(JULY) == 31

    def test_are_a_value(self) -> None:
        """They keep their own copy and cannot change; an edit is looked up anew."""
        free = {date(2025, 7, 1)}
        days = WorkingDays(holidays=free)
        free.clear()
        assert days.weight(JULY) == 22
        assert evolve(days, holidays=()).weight(JULY) == 23
        stays(days)

    def test_are_written_alike(self) -> None:
        """Holidays stand in order, in whatever order they were given, so that what is made of the text is one and the same."""
        days = [date(2025, month, 1) for month in range(1, 13)]
        written = {repr(WorkingDays(holidays=given)) for given in (days, days[::-1], days[6:] + days[:6])}
        assert len(written) == 1
        found = re.findall(r"date\(2025, (\d+), 1\)", written.pop())
        assert found == [str(month) for month in range(1, 13)]

    def test_take_holidays_by_name(self) -> None:
        """Calendars of holidays often come as a mapping from days to names."""
        assert WorkingDays(holidays={date(2025, 7, 14): "Bastille Day"}).weight(JULY) == 22

    @pytest.mark.parametrize("first", ["1900-01-01", "1999-12-31", "2024-02-29"])
    def test_takes_no_longer_for_centuries(self, first: str) -> None:
        """Whole weeks have five."""
        start = date.fromisoformat(first)
        assert WorkingDays().weight(Period(start, date.fromordinal(start.toordinal() + 7 * 10_000))) == 50_000


class TestDayWeights:
    """Days weigh what the host says."""

    def test_of_single_days(self) -> None:
        """Days that none is given for weigh nothing."""
        rush = DayWeights({date(2025, 7, 2): "0.5", date(2025, 7, 1): 2})
        assert rush.weight(JULY) == Fraction(5, 2)
        assert rush.weight(Period.closed("2025-07-02", "2025-07-31")) == Fraction(1, 2)
        assert rush.weight(Period.closed("2025-07-03", "2025-07-31")) == 0
        assert rush.weight(Period.closed("2025-06-01", "2025-06-30")) == 0

    def test_of_periods_are_spread_evenly_over_their_days(self) -> None:
        """Ten over July are 10/31 a day; a gap between two periods weighs nothing."""
        curve = DayWeights({JULY: 10, Period.closed("2025-08-11", "2025-08-20"): 5, date(2025, 8, 21): 1})
        assert curve.weight(Period.closed("2025-07-04", "2025-07-06")) == Fraction(30, 31)
        assert curve.weight(Period.closed("2025-07-31", "2025-08-11")) == Fraction(10, 31) + Fraction(1, 2)
        assert curve.weight(Period.closed("2025-08-01", "2025-08-10")) == 0
        assert curve.weight(Period.closed("2025-08-20", "2025-12-31")) == Fraction(3, 2)

    def test_laid_onto_other_days(self) -> None:
        """Two days onto three: each takes two thirds of a day; nothing lies before or after."""
        curve = DayWeights({date(2024, 1, 1): 6, date(2024, 1, 2): 12}, onto=Period.closed("2025-07-01", "2025-07-03"))
        weights = [curve.weight(Period.closed(day, day)) for day in JULY_DAYS]
        assert weights == [0, 4, 2 + 4, 8, 0]
        assert curve.weight(Period.closed("2024-01-01", "2024-01-02")) == 0

    def test_are_a_value(self) -> None:
        """In any order the same, with a day as a period of one day; another edit is looked up anew."""
        one, other = date(2025, 7, 1), date(2025, 7, 2)
        curve = DayWeights({one: 1, other: "2.0"})
        assert curve == DayWeights({Period.closed(other, other): 2, Period.closed(one, one): Decimal("1.00")})
        assert list(curve.weights) == [Period.closed(one, one), Period.closed(other, other)]
        assert evolve(curve, weights={one: 7}).weight(JULY) == 7
        assert evolve(curve, onto=Period.closed("2025-08-01", "2025-08-01")).weight(JULY) == 0
        stays(curve)


JULY_DAYS = ["2025-06-30", "2025-07-01", "2025-07-02", "2025-07-03", "2025-07-04"]


class TestShapes:
    """Last year's shape on this year's days."""

    def test_months_go_to_months(self) -> None:
        """As many slices: each takes what the one of its number came to, and 29 February its share."""
        past = dict(zip(months(2023), [10] * 10 + [30, 70], strict=True))
        shape = shape_of(past, months(2024))
        assert [shape.weight(part) for part in months(2024)] == [10] * 10 + [30, 70]
        assert shape.weight(Period.closed("2024-02-29", "2024-02-29")) == Fraction(10, 29)

    def test_other_slices_go_by_the_share_of_the_year(self) -> None:
        """Twelve months to quarters: of 2026 each lies exactly on three months of 2025, as both years have 365 days."""
        past = dict(zip(months(2025), range(1, 13), strict=True))
        shape = shape_of(past, resolve(Duration.quarterly(2026), FiscalCalendar()))
        assert [shape.weight(part) for part in resolve(Duration.quarterly(2026), FiscalCalendar())] == [6, 15, 24, 33]
        assert shape.weight(Period.closed("2026-12-31", "2026-12-31")) == Fraction(12, 31)

    def test_52_weeks_to_53(self) -> None:
        """After 52 of 53 weeks as much has come in as after 51 1/53 of 52; nothing is lost."""
        retail = FiscalCalendar(years=presets.NRF)
        before, after = (resolve(Duration.weekly(year, aligned=True), retail) for year in (2022, 2023))
        assert (len(before), len(after)) == (52, 53)
        shape = shape_of({part: n for n, part in enumerate(before)}, after)
        assert shape.weight(after.span) == 51 * 52 / 2
        assert shape.weight(after.periods[0]) == 0
        assert shape.weight(after.periods[52]) == 51 * Fraction(52, 53)
        assert shape.weight(after.periods[1]) == Fraction(
            51, 53
        )  # from 52/53 to 104/53 of the old weeks: 51/53 of week 2

    def test_in_any_order(self) -> None:
        """What comes from a dictionary has no order of its own."""
        past = dict(zip(months(2025), range(12), strict=True))
        assert shape_of(dict(reversed(past.items())), months(2026)) == shape_of(past, months(2026))

    def test_need_a_year_about_as_long(self) -> None:
        """A leap year, or a week more, is fine; eleven months are no year, and say so."""
        past = dict.fromkeys(months(2024), 1)
        assert shape_of(past, months(2025)).weight(months(2025).span) == 12
        short = dict(list(past.items())[:11])
        refuses(lambda: shape_of(short, months(2025)), "another_length", "history", "365 days", "2024-11-30")
        week, days = Period.closed("2024-01-01", "2024-01-07"), [date(2025, 1, 1), date(2025, 1, 15)]
        assert shape_of({week: 3}, Partition.at(*days)).weight(Period(*days)) == 3
        longer = Partition.at(days[0], date(2025, 1, 16))
        refuses(lambda: shape_of({week: 3}, longer), "another_length", "history", "at most 7")

    def test_need_every_slice_with_an_amount(self) -> None:
        """A slice without records, a loss, a gap and a quarter without days are named."""
        jan, feb, mar = months(2025).periods[:3]
        three = Partition(months(2026).periods[:3])
        refuses(lambda: shape_of({jan: 1, feb: None, mar: 1}, three), "required", f"history[{feb}]", kind=InvalidType)  # type: ignore[dict-item]
        refuses(lambda: shape_of({jan: 1, feb: -1, mar: 1}, three), "negative", f"history[{feb}]", "zero or more")
        refuses(lambda: shape_of({jan: 1, mar: 1}, three), "gap", "periods", str(mar))
        refuses(lambda: shape_of({}, three), "required", "periods")
        refuses(lambda: shape_of([jan], three), "invalid_type", "history", "a mapping", kind=InvalidType)  # type: ignore[arg-type]
        refuses(lambda: shape_of({jan.start: 1}, three), "invalid_type", "history[0]", kind=InvalidType)  # type: ignore[dict-item]
        refuses(lambda: shape_of({jan: 1}, [feb]), "invalid_type", "slices", "a Partition", kind=InvalidType)  # type: ignore[arg-type]


class TestSpreading:
    """A year over its slices, along a curve."""

    ACCOUNT = Account(id="acme", currency="EUR")

    def spread(self, total: str, weights: EveryDay | WorkingDays | DayWeights, *rows: Assignment) -> list[str]:
        """Return the quarters of 2025 of the first row after a total was spread."""
        goal = Goal.plan(
            id="g", name="Revenue", template=templates.REVENUE, duration=Duration.quarterly(2025), account=self.ACCOUNT,
            assignments=rows or [Assignment(ADA)],
        )  # fmt: skip
        return [str(target) for target in goal.spread_targets(total, weights=weights).assignments[0].cells]

    def test_by_days(self) -> None:
        """90, 91, 92 and 92 days."""
        assert self.spread("365", EveryDay()) == ["90", "91", "92", "92"]

    def test_by_working_days(self) -> None:
        """64, 65, 66 and 66 of them, less New Year's Day: 260, a thousand each; a cent more goes to the largest remainder."""
        curve = WorkingDays(holidays=["2025-01-01"])
        assert self.spread("260000", curve) == ["63000", "65000", "66000", "66000"]
        assert self.spread("260000.01", curve) == ["63000", "65000", "66000.01", "66000"]

    def test_by_last_years_shape(self) -> None:
        """A third, a third, a third and nothing."""
        past = dict(zip(resolve(Duration.quarterly(2024), FiscalCalendar()), [7, 7, 7, 0], strict=True))
        shape = shape_of(past, resolve(Duration.quarterly(2025), FiscalCalendar()))
        assert self.spread("100", shape) == ["33.34", "33.33", "33.33", "0"]

    def test_locked_cells_are_taken_off_first(self) -> None:
        """80 are held in the first quarter; the rest goes by the days of the others."""
        locked = resolve(Duration.quarterly(2025), FiscalCalendar()).periods[0]
        row = Assignment(ADA, ["80", 0, 0, 0], locked=frozenset({locked}))
        assert self.spread("355", EveryDay(), row) == ["80", "91", "92", "92"]

    def test_needs_an_open_slice_that_weighs_something(self) -> None:
        """Weights of another year, or of a locked slice alone, are the same error as weights of zero."""
        refuses(lambda: self.spread("100", DayWeights({date(2024, 7, 1): 5})), "required", "weights", "above zero")
        locked = resolve(Duration.quarterly(2025), FiscalCalendar()).periods[0]
        row = Assignment(ADA, ["80", 0, 0, 0], locked=frozenset({locked}))
        refuses(lambda: self.spread("100", DayWeights({locked: 5}), row), "required", "weights", "above zero")


def test_a_curve_is_one_of_three() -> None:
    """What else can be said of days is said by weights."""
    for curve in (EveryDay(), WorkingDays(), DayWeights({JULY: 1})):
        assert as_curve(curve) is curve
    refuses(
        lambda: as_curve("linear"), "invalid_type", "curve", "EveryDay, WorkingDays or DayWeights", kind=InvalidType
    )
