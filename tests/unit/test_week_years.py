"""Fiscal years of 52 or 53 whole weeks. Expected: published years, and the almanac."""

from __future__ import annotations

from datetime import date
from functools import partial

import pytest

from quota_engine import EndsOn, FiscalCalendar, Period, Weeks, WeekYears, presets
from quota_engine.durations import Cadence
from quota_engine.errors import InvalidType
from tests.refusals import refuses, says, stays

NRF = WeekYears(end_month=1, weekday=5, rule="nearest", layout="4-5-4", named_by="start")


def days(start: str, last_day: str) -> Period:
    """Return a period by the ISO dates of its first and last day."""
    return Period.closed(start, last_day)


class TestYears:
    """Where a year ends."""

    @pytest.mark.parametrize(
        ("rule", "name", "expected"),
        [
            ("last", 2022, days("2021-09-26", "2022-09-24")),
            ("last", 2023, days("2022-09-25", "2023-09-30")),
            ("nearest", 2022, days("2021-10-03", "2022-10-01")),
            ("nearest", 2023, days("2022-10-02", "2023-09-30")),
            ("first", 2022, days("2021-09-05", "2022-09-03")),
            ("first", 2023, days("2022-09-04", "2023-09-02")),
            ("first", 2024, days("2023-09-03", "2024-09-07")),
            ("first", 2018, days("2017-09-03", "2018-09-01")),
        ],
    )
    def test_ends_on_the_weekday_that_the_rule_says(self, rule: str, name: int, expected: Period) -> None:
        """The last Saturday of September 2022 is the 24th, the one nearest to its end 1 October, the first one the 3rd."""
        years = WeekYears(end_month=9, weekday=5, rule=rule)
        assert years.year(name) == expected
        assert [years.year_of(day) for day in (expected.start, expected.last_day, expected.end)] == [
            name,
            name,
            name + 1,
        ]
        stays(years)

    def test_has_a_usual_rule(self) -> None:
        """Without being told: to the last Saturday of December, in quarters of 4, 4 and 5 weeks, named by its end."""
        assert WeekYears() == WeekYears(end_month=12, weekday=5, rule=EndsOn.LAST, layout=(4, 4, 5) * 4, named_by="end")
        assert WeekYears().year(2025) == days("2024-12-29", "2025-12-27")

    @pytest.mark.parametrize(
        ("end_month", "rule", "by_end", "by_start"),
        [(1, "nearest", 2024, 2023), (12, "last", 2024, 2024), (12, "nearest", 2024, 2024), (12, "first", 2024, 2023)],
    )
    def test_is_named_by_where_it_nominally_ends_or_starts(
        self, end_month: int, rule: str, by_end: int, by_start: int
    ) -> None:
        """A year that ends in January 2024 started in 2023; one from 1 January to 31 December has one name."""
        one, other = (WeekYears(end_month=end_month, rule=rule, named_by=named_by) for named_by in ("end", "start"))
        assert one.year(by_end) == other.year(by_start)
        assert (one.year_of(one.year(by_end).start), other.year_of(one.year(by_end).start)) == (by_end, by_start)

    def test_is_named_by_its_month_where_it_ends_in_the_next(self) -> None:
        """A year to the Saturday nearest 31 December 2025 ends on 3 January 2026, and is 2025 all the same."""
        years = WeekYears(end_month=12, weekday=5, rule="nearest")
        assert years.year(2025).last_day == date(2026, 1, 3)
        assert years.year_of(date(2026, 1, 3)) == 2025
        calendar = FiscalCalendar(years=years)
        assert calendar.label(calendar.period_of(date(2026, 1, 2), "weekly"), "weekly") == "FY25 W53"
        assert calendar.period_of(date(2026, 1, 2), "monthly") == days("2025-11-23", "2026-01-03")

    def test_goes_on_where_dates_end(self) -> None:
        """Any day that a date can name has a number, though only the years 1900 to 2200 have names that are asked for."""
        for weekday in range(7):
            years = WeekYears(weekday=weekday, rule="nearest")
            assert years.position(date.min, Cadence.YEARLY) in {-1999, -2000}
            assert years.position(date.max, Cadence.YEARLY) in {7999, 8000}
        refuses(lambda: WeekYears().year(1899), "out_of_range", "year")
        refuses(lambda: FiscalCalendar(years=WeekYears()).year_of(date.max), "out_of_range", "year")


class TestLayout:
    """How a year is laid out."""

    @pytest.mark.parametrize(
        ("layout", "quarters", "weeks"),
        [
            ("4-4-5", (13, 13, 13, 13), (4, 4, 5) * 4),
            ("4-5-4", (13, 13, 13, 13), (4, 5, 4) * 4),
            ("5-4-4", (13, 13, 13, 13), (5, 4, 4) * 4),
            ("13x4", (12, 12, 12, 16), (4,) * 13),
            ([4] * 13, (12, 12, 12, 16), (4,) * 13),
        ],
    )
    def test_has_the_weeks_that_it_says(
        self, layout: str | list[int], quarters: tuple[int, ...], weeks: tuple[int, ...]
    ) -> None:
        """Periods, quarters and halves of a year of 52 weeks."""
        calendar = FiscalCalendar(years=WeekYears(layout=layout))
        assert [part.days // 7 for part in calendar.split(2025, "monthly")] == list(weeks)
        assert [part.days // 7 for part in calendar.split(2025, "quarterly")] == list(quarters)
        halves = [quarters[0] + quarters[1], quarters[2] + quarters[3]]
        assert [part.days // 7 for part in calendar.split(2025, "half_yearly")] == halves

    @pytest.mark.parametrize(("extra", "period"), [(None, 12), (1, 1), (3, 3), (12, 12)])
    def test_week_53_lies_in_the_period_that_it_says(self, extra: int | None, period: int) -> None:
        """2022, to 31 December, has 53 weeks; the last period takes the one more unless another is named."""
        calendar = FiscalCalendar(years=WeekYears(layout="4-4-5", extra_week_in=extra))
        assert calendar.year(2022).days == 53 * 7
        weeks = [part.days // 7 for part in calendar.split(2022, "monthly")]
        expected = [4, 4, 5] * 4
        expected[period - 1] += 1
        assert weeks == expected

    def test_four_periods_are_enough(self) -> None:
        """A quarter may be one period."""
        quarters = FiscalCalendar(years=WeekYears(layout=(13,) * 4, quarters=(1,) * 4))
        assert quarters.split(2025, "monthly") == quarters.split(2025, "quarterly")

    def test_quarters_may_have_other_periods(self) -> None:
        """Thirteen periods may be 4, 3, 3, 3; twenty-six of two weeks need to be told."""
        first = FiscalCalendar(years=WeekYears(layout="13x4", quarters=(4, 3, 3, 3)))
        assert [part.days // 7 for part in first.split(2025, "quarterly")] == [16, 12, 12, 12]
        pairs = FiscalCalendar(years=WeekYears(layout="26x2", quarters=[6, 7, 6, 7]))
        assert [part.days // 7 for part in pairs.split(2025, "quarterly")] == [12, 14, 12, 14]
        assert len(pairs.split(2025, "monthly")) == 26

    def test_the_weeks_are_the_years_own(self) -> None:
        """Weeks run from Sunday to Saturday where years end on Saturdays, whatever the account's weeks: none is clipped."""
        calendar = FiscalCalendar(years=NRF, weeks=Weeks(first_day=2))
        weeks = calendar.split(2023, "weekly")
        assert (len(weeks), {part.days for part in weeks}, weeks.span) == (53, {7}, days("2023-01-29", "2024-02-03"))
        assert calendar.period_of(date(2024, 2, 3), "weekly") == days("2024-01-28", "2024-02-03")
        assert calendar.period_of(date(2024, 2, 3), "weekly", aligned=False) == days("2024-01-31", "2024-02-06")

    @pytest.mark.parametrize(
        ("parts", "code", "field", "words"),
        [
            ({"layout": "4-4-4"}, "not_a_year", "layout", "12 periods of 48 weeks together"),
            ({"layout": "52-0-0"}, "unknown_word", "layout", '"4-5-4"'),
            ({"layout": "weekly"}, "unknown_word", "layout", '"13x4"'),
            ({"layout": (52,)}, "not_a_year", "layout", "at least 4 periods"),
            ({"layout": (4, 4, 5)}, "not_a_year", "layout", "3 periods of 13 weeks"),
            ({"layout": (0, 13, 13, 26)}, "out_of_range", "layout[0]", "from 1 to 52"),
            ({"layout": "26x2"}, "required", "quarters", "26 and not 12 or 13"),
            ({"layout": "14x4"}, "not_a_year", "layout", "14 periods of 56 weeks"),
            ({"quarters": (3, 3, 3, 4)}, "not_a_year", "quarters", "12 periods in 4 quarters"),
            ({"quarters": (4, 4, 4)}, "not_a_year", "quarters", "12 periods in 3 quarters"),
            ({"quarters": (3, 3, 3, 0)}, "out_of_range", "quarters[3]", "from 1 to 52"),
            ({"extra_week_in": 13}, "out_of_range", "extra_week_in", "from 1 to 12"),
            ({"extra_week_in": 0}, "out_of_range", "extra_week_in", "from 1 to 12"),
            ({"weekday": 7}, "out_of_range", "weekday", "from 0 to 6"),
            ({"end_month": 13}, "out_of_range", "end_month", "from 1 to 12"),
            ({"rule": "53 weeks"}, "unknown_word", "rule", "last, nearest, first"),
            ({"named_by": "middle"}, "unknown_word", "named_by", "start, end"),
        ],
    )
    def test_refuses_impossible_years(self, parts: dict[str, object], code: str, field: str, words: str) -> None:
        """Weeks that are no year, quarters that do not fit, days and months that do not exist: each with its message."""
        kind = {"required": InvalidType}.get(code)
        refuses(partial(WeekYears, **parts), code, field, words, **({"kind": kind} if kind else {}))  # type: ignore[arg-type]

    def test_says_what_is_wrong(self) -> None:
        """Fourteen periods in twelve... the numbers are named."""
        says(
            lambda: WeekYears(layout="14x4"),
            "layout: expected at least 4 periods of 52 weeks together, got '14 periods of 56 weeks together'",
            "'14 periods of 56 weeks together'",
        )
        says(
            lambda: WeekYears(layout="13x4", quarters=(3, 3, 3, 3)),
            "quarters: expected 13 periods in 4 quarters, got '3, 3, 3, 3 (12 periods in 4 quarters)'",
            "'3, 3, 3, 3 (12 periods in 4 quarters)'",
        )
        kinds = 'layout: expected "4-4-5", "4-5-4", "5-4-4", "13x4", or the weeks of each period'
        says(lambda: WeekYears(layout="weekly"), f"{kinds}, got 'weekly'", "'weekly'")
        says(lambda: WeekYears(layout={4}), f"{kinds} in order, got set <set>", "<set>")
        says(
            lambda: WeekYears(quarters={3}),
            "quarters: expected the number of periods in each quarter in order, got set <set>",
            "<set>",
        )
        refuses(lambda: WeekYears(layout=5), "invalid_type", "layout", kind=InvalidType)  # type: ignore[arg-type]


class TestReason:
    """Why a year is as it is."""

    @pytest.mark.parametrize(
        ("years", "day", "sentence"),
        [
            (
                NRF,
                date(2024, 2, 3),
                (
                    "2024-02-03 lies in FY23 H2, FY23 Q4, FY23 P12, FY23 W53. FY23 runs from 2023-01-29 to "
                    "2024-02-03 (371 days): "
                    "fiscal years end on the Saturday nearest to 31 January; it has 53 weeks: the year before it ended on "
                    "Saturday 2023-01-28, it ends on Saturday 2024-02-03; the extra week, 2024-01-28..2024-02-03, is "
                    "the last of period 12."
                ),
            ),
            (
                WeekYears(end_month=9, layout="5-4-4"),
                date(2022, 9, 24),
                (
                    "2022-09-24 lies in FY22 H2, FY22 Q4, FY22 P12, FY22 W52. FY22 runs from 2021-09-26 to "
                    "2022-09-24 (364 days): "
                    "fiscal years end on the last Saturday of September; it has 52 weeks: the year before it ended on Saturday "
                    "2021-09-25, it ends on Saturday 2022-09-24."
                ),
            ),
        ],
        ids=["53 weeks", "52 weeks"],
    )
    def test_is_a_sentence(self, years: WeekYears, day: date, sentence: str) -> None:
        """The rule, the days, and why there are 52 or 53 weeks."""
        assert str(FiscalCalendar(years=years).explain(day)) == sentence

    def test_knows_the_extra_week(self) -> None:
        """Apple's extra week is the last of December 2022, in the first quarter, and not the one numbered 53."""
        apple = FiscalCalendar(years=presets.APPLE)
        assert (
            apple.explain(date(2023, 9, 30)).extra_week == apple.parse("FY23 W14") == days("2022-12-25", "2022-12-31")
        )
        assert apple.explain(date(2024, 9, 28)).extra_week is None
        assert FiscalCalendar(years=NRF).explain(date(2023, 2, 1)).extra_week == days("2024-01-28", "2024-02-03")

    def test_has_the_anchor_as_a_fact(self) -> None:
        """The nominal last day of the month, also in a leap year; for the first weekday, the first of the month."""
        february = WeekYears(end_month=2, rule="nearest")
        assert february.reason(date(2024, 2, 28)).anchor == date(2024, 2, 29)
        assert "nearest to 29 February" in february.reason(date(2024, 2, 28)).rule
        first = WeekYears(end_month=3, rule="first", weekday=0).reason(date(2024, 3, 4))
        assert (first.anchor, first.rule) == (date(2024, 3, 1), "fiscal years end on the first Monday of March")
