"""Strategies for fiscal years of every kind: months, weeks, tables, and companies that change from one to another."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from quota_engine.fiscal import MonthYears, TableYears, Timeline, WeekYears, YearRule

_STARTS: Final = ((1, 1), (7, 1), (4, 6), (10, 1), (12, 26), (1, 31), (2, 28), (8, 30), (12, 31))
_MONTH_YEARS: Final = tuple(
    MonthYears(start_month=month, start_day=day, named_by=named_by)
    for (month, day), named_by in product(_STARTS, ("end", "start"))
)
# Layouts, with the quarters where they are not the usual ones, and the periods that may take week 53.
_LAYOUTS: Final = tuple(
    (layout, quarters, extra_week_in)
    for layout, quarters, periods in (
        ("4-5-4", None, 12),
        ("4-4-5", None, 12),
        ("5-4-4", None, 12),
        ("13x4", None, 13),
        ("13x4", (4, 3, 3, 3), 13),
        ("26x2", (6, 7, 6, 7), 26),
        ((1, 12, 13, 26), (1, 1, 1, 1), 4),
    )
    for extra_week_in in (None, 1, 3, periods)
)
_RULES: Final = ("nearest", "last", "first")
_FIRST_OF_TABLE: Final = st.integers(1990, 2024)
_LENGTHS: Final = st.integers(2, 12)
_CHANGES: Final = st.integers(1960, 2020)
_LATER: Final = st.integers(0, 1)
_LONGEST_TRANSITION: Final = 750


@st.composite
def month_years(draw: DrawFn) -> MonthYears:
    """Return fiscal years of months: from the first of a month, from any day, from days that some months lack."""
    return draw(st.sampled_from(_MONTH_YEARS))


@st.composite
def week_years(draw: DrawFn) -> WeekYears:
    """Return fiscal years of weeks: every month, weekday, rule and name, with usual and odd layouts."""
    layout, quarters, extra_week_in = draw(st.sampled_from(_LAYOUTS))
    return WeekYears(
        end_month=draw(st.integers(1, 12)),
        weekday=draw(st.integers(0, 6)),
        rule=draw(st.sampled_from(_RULES)),
        layout=layout,
        quarters=quarters,
        extra_week_in=extra_week_in,
        named_by=draw(st.sampled_from(("end", "start"))),
    )


@st.composite
def table_years(draw: DrawFn) -> TableYears:
    """Return tables of years: of weeks with a layout, of months, and of starts that follow no rule."""
    first, count = draw(_FIRST_OF_TABLE), draw(_LENGTHS)
    rule = draw(st.one_of(week_years(), month_years()))
    starts = {name: rule.year(name).start for name in range(first, first + count)}
    end = rule.year(first + count).start
    if isinstance(rule, WeekYears) and draw(st.booleans()):
        return TableYears(
            starts=starts, end=end, layout=rule.layout, quarters=rule.quarters, extra_week_in=rule.extra_week_in
        )
    moved = draw(st.lists(st.integers(-4, 4), min_size=count, max_size=count))
    starts = {
        name: date.fromordinal(start.toordinal() + by) for (name, start), by in zip(starts.items(), moved, strict=True)
    }
    return TableYears(starts=starts, end=end)


@st.composite
def timelines(draw: DrawFn) -> Timeline:
    """Return companies that change their year once or twice, with no, a short or a long transition, with a number or without."""
    plain: SearchStrategy[MonthYears | WeekYears] = st.one_of(month_years(), week_years())
    before = draw(plain)
    found = Timeline(before)
    on = before.year(draw(_CHANGES)).end
    for _ in range(draw(st.integers(1, 2))):
        years = draw(plain)
        year = years.year(years.year_of(on))
        first = years.year_of(year.start if year.start == on else year.end)
        last = before.year_of(date.fromordinal(on.toordinal() - 1))
        resumes = years.year(max(first + draw(_LATER), last + 1)).start
        if (resumes - on).days > _LONGEST_TRANSITION:
            break
        found = found.then(years, on=on, resumes=resumes)
        before = years
        on = years.year(years.year_of(resumes) + draw(st.integers(0, 3))).end
    return found


@st.composite
def year_rules(draw: DrawFn) -> YearRule:
    """Return rules of fiscal years of every kind, weeks and months first."""
    return draw(draw(_KINDS))


_KINDS: Final[SearchStrategy[SearchStrategy[YearRule]]] = st.sampled_from(
    (*[month_years()] * 4, *[week_years()] * 4, table_years(), timelines())
)
