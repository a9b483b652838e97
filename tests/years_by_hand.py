"""Fiscal years by hand: every kind of year again, written out day by day and week by week from the words of its rule.

It shares nothing with the fiscal calendar but the rules themselves, of which it reads the settings alone. It walks from day to
day, lays weeks one after another, and numbers nothing. Where it and the calendar disagree, the rule's own words decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from typing import Final

from quota_engine.fiscal import MonthYears, TableYears, Timeline, Weeks, WeekYears, YearRule

DAY: Final = timedelta(days=1)
WEEK: Final = timedelta(days=7)
USUAL_QUARTERS: Final = {12: (3, 3, 3, 3), 13: (3, 3, 3, 4)}

# A run of days: the first, and the first one after it.
Days = tuple[date, date]


@dataclass(frozen=True)
class Written:
    """A fiscal year, written out.

    Attributes:
        name: what it is called: a number, or that of the year before it with a T.
        start, end: its first day, and the first one after it.
        firsts: the first day of each of its accounting periods, quarters and halves, and of itself, by cadence.
        weekday: on which its own weeks start; None where it has none of its own.
    """

    name: int | str
    start: date
    end: date
    firsts: Mapping[str, tuple[date, ...]]
    weekday: int | None = None

    @property
    def number(self) -> int:
        """The number in its name."""
        return int(str(self.name).removesuffix("T"))

    def parts(self, cadence: str, usual: int) -> list[Days]:
        """Return what it is made of; weeks start on the usual weekday where it has none of its own, and are clipped."""
        firsts = self.weeks(usual) if cadence == "weekly" else self.firsts[cadence]
        return list(pairwise([*firsts, self.end]))

    def weeks(self, usual: int) -> tuple[date, ...]:
        """Return its first day, and every later one on which a week starts."""
        weekday = self.starts_weeks_on(usual)
        later = next(day for day in walk(self.start + DAY) if day.weekday() == weekday)
        found = [self.start]
        while later < self.end:
            found.append(later)
            later += WEEK
        return tuple(found)

    def starts_weeks_on(self, usual: int) -> int:
        """Return the weekday on which its weeks start."""
        return usual if self.weekday is None else self.weekday


def walk(day: date) -> Iterator[date]:
    """Walk from a day on, one by one."""
    while True:
        yield day
        day += DAY


def days_of_month(year: int, month: int) -> list[date]:
    """Return the days of a month."""
    found = []
    for day in walk(date(year, month, 1)):
        if day.month != month:
            break
        found.append(day)
    return found


def in_month(year: int, month: int, day: int) -> date:
    """Return a day of a month, or its last one where it is shorter; months past December are those of the next year."""
    while month > 12:
        year, month = year + 1, month - 12
    while month < 1:
        year, month = year - 1, month + 12
    return next((each for each in days_of_month(year, month) if each.day == day), days_of_month(year, month)[-1])


def year_of_months(rule: MonthYears, begun: int) -> Written:
    """Return the year of months that starts in a calendar year."""
    months = [in_month(begun, rule.start_month + number, rule.start_day) for number in range(13)]
    is_calendar_year = rule.start_month == 1 and rule.start_day == 1
    name = begun if rule.named_by == "start" or is_calendar_year else begun + 1
    return Written(name, months[0], months[-1], by_cadence(months[:-1], (3, 3, 3, 3)))


def by_cadence(periods: Sequence[date], quarters: Sequence[int]) -> dict[str, tuple[date, ...]]:
    """Return the first days of accounting periods, quarters, halves and the year, from those of the accounting periods."""
    left = iter(periods)
    firsts = []
    for count in quarters:
        first, *_ = [next(left) for _ in range(count)]
        firsts.append(first)
    assert not list(left)
    return {
        "monthly": tuple(periods),
        "quarterly": tuple(firsts),
        "half_yearly": (firsts[0], firsts[2]),
        "yearly": (firsts[0],),
    }


def last_day_of_weeks(rule: WeekYears, year: int) -> date:
    """Return the day on which the year of weeks ends that ends by the end month of a calendar year."""
    month = days_of_month(year, rule.end_month)
    right = [day for day in month if day.weekday() == rule.weekday]
    if rule.rule == "first":
        return right[0]
    if rule.rule == "last":
        return right[-1]
    near = [month[-1] + number * DAY for number in (-3, -2, -1, 0, 1, 2, 3)]
    return next(day for day in near if day.weekday() == rule.weekday)


def year_of_weeks(rule: WeekYears, ends: int) -> Written:
    """Return the year of weeks that ends by the end month of a calendar year.

    By the last weekday of December, or the nearest to its end, it nominally starts on 1 January. By any other month it starts in
    the calendar year before, and so it does by the first weekday of December.
    """
    start, end = last_day_of_weeks(rule, ends - 1) + DAY, last_day_of_weeks(rule, ends) + DAY
    starts_before = rule.end_month != 12 or rule.rule == "first"
    name = ends - 1 if rule.named_by == "start" and starts_before else ends
    return laid_out(name, start, end, rule)


def laid_out(name: int, start: date, end: date, rule: WeekYears | TableYears) -> Written:
    """Return a year of whole weeks: its weeks are laid one after another, and dealt out to the accounting periods."""
    assert rule.layout is not None
    weeks = [start]
    while weeks[-1] + WEEK < end:
        weeks.append(weeks[-1] + WEEK)
    assert weeks[-1] + WEEK == end
    is_long = len(weeks) == sum(rule.layout) + 1
    assert is_long or len(weeks) == sum(rule.layout)
    longer = len(rule.layout) if rule.extra_week_in is None else rule.extra_week_in
    left, periods = iter(weeks), []
    for number, count in enumerate(rule.layout, start=1):
        own = [next(left) for _ in range(count + 1 if is_long and number == longer else count)]
        periods.append(own[0])
    assert not list(left)
    quarters = rule.quarters or USUAL_QUARTERS[len(periods)]
    return Written(name, start, end, by_cadence(periods, quarters), start.weekday())


def years_of_table(rule: TableYears) -> list[Written]:
    """Return all years of a table."""
    found = []
    for (name, start), end in zip(rule.starts.items(), [*list(rule.starts.values())[1:], rule.end], strict=True):
        if rule.layout is None:
            months = [in_month(start.year, start.month + number, start.day) for number in range(12)]
            found.append(Written(name, start, end, by_cadence(months, (3, 3, 3, 3))))
        else:
            found.append(laid_out(name, start, end, rule))
    return found


def plain(rule: MonthYears | WeekYears | TableYears, first: int, last: int) -> list[Written]:
    """Return the years of one rule that touch some calendar years, and one before and after them; of a table all there are."""
    if isinstance(rule, TableYears):
        return years_of_table(rule)
    if isinstance(rule, MonthYears):
        return [year_of_months(rule, begun) for begun in range(first - 1, last + 2)]
    return [year_of_weeks(rule, ends) for ends in range(first - 1, last + 3)]


def transition(
    last: Written, new: MonthYears | WeekYears | TableYears, on: date, resumes: date, named: int | None
) -> Written:
    """Return the days between the last year of one rule and another: cut by that, by months where a table has no earlier years.

    A piece of less than a week, with which the rule would begin, is part of the period that follows it. The name is the number
    before that of the first new year, unless it is the last old year's: then it is that with a T.
    """
    around = plain(new, on.year - 1, resumes.year + 1)
    number = next(year.number for year in around if year.start == resumes) - 1 if named is None else named
    name = f"{last.number}T" if number == last.number else number
    weekday = None
    cuts: dict[str, list[date]] = {"yearly": []}
    if isinstance(new, TableYears):
        for cadence, step in (("monthly", 1), ("quarterly", 3), ("half_yearly", 6)):
            cuts[cadence] = [in_month(resumes.year, resumes.month - back, resumes.day) for back in range(36, 0, -step)]
    else:
        weekday = around[0].weekday
        for cadence in ("monthly", "quarterly", "half_yearly"):
            cuts[cadence] = [first for year in around for first in year.firsts[cadence]]
    firsts = {}
    for cadence, row in cuts.items():
        inside = [cut for cut in row if on < cut < resumes]
        joined = inside[1:] if inside and inside[0] < on + WEEK else inside
        firsts[cadence] = (on, *joined)
    return Written(name, on, resumes, firsts, weekday)


@cache
def written(rule: YearRule, first: int, last: int) -> tuple[Written, ...]:
    """Return the years of a rule that touch the calendar years from the first to the last, in order of time.

    Those that a table does not have are left out; a few before and after may be among them.
    """
    if not isinstance(rule, Timeline):
        return tuple(plain(rule, first, last))
    found: list[Written] = []
    since, now = date.min, rule.first
    for change in rule.changes:
        found += [year for year in plain(now, first, last) if since <= year.start < change.on]
        starts = [year.start for year in plain(change.years, change.on.year, change.on.year + 1)]
        resumes = change.resumes or next(start for start in starts if start >= change.on)
        if resumes > change.on:
            last_year = next(
                year for year in plain(now, change.on.year - 2, change.on.year + 1) if year.end == change.on
            )
            found.append(transition(last_year, change.years, change.on, resumes, change.named))
        since, now = resumes, change.years
    found += [year for year in plain(now, first, last) if since <= year.start]
    return tuple(year for year in found if first - 2 <= year.start.year <= last + 2)


def year_named(rule: YearRule, name: int | str) -> Written | None:
    """Return the year of a name; None where there is none. A name is at most three years from the calendar year of the start."""
    number = int(str(name).removesuffix("T"))
    return next((year for year in written(rule, number - 3, number + 3) if year.name == name), None)


def year_with(rule: YearRule, day: date) -> Written | None:
    """Return the year that a day lies in; None where there is none."""
    return next((year for year in written(rule, day.year, day.year) if year.start <= day < year.end), None)


def cuts_within(rule: YearRule, cadence: str, usual: int, run: Days) -> list[date]:
    """Return the days within a run, but for its first, on which a period starts that no edge of the run has clipped.

    Weeks go on over the end of a year, unless other weekdays start them from then on.
    """
    start, end = run
    years = written(rule, start.year, end.year)
    if cadence != "weekly":
        return [first for year in years for first in year.firsts[cadence] if start < first < end]
    kinds = [year.starts_weeks_on(usual) for year in years]
    joins = {year.start for year, before, now in zip(years[1:], kinds, kinds[1:], strict=False) if before != now}
    mondays = {
        day for year, weekday in zip(years, kinds, strict=True) for day in year.weeks(usual) if day.weekday() == weekday
    }
    return sorted(day for day in joins | mondays if start < day < end)


def weeks_first_day(rule: Weeks, name: int) -> date:
    """Return the first day of a week-year: the earliest week with enough days in that year, found week by week."""
    day = next(day for day in walk(date(name - 1, 12, 18)) if day.weekday() == rule.first_day)
    while sum((day + number * DAY).year == name for number in range(7)) < rule.min_days:
        day += WEEK
    return day


def parts_of_calendar_year(name: int, cadence: str, weeks: Weeks) -> list[Days]:
    """Return what a calendar year is made of; for weeks, the week-year."""
    if cadence != "weekly":
        return year_of_months(MonthYears(), name).parts(cadence, weeks.first_day)
    found, end = [weeks_first_day(weeks, name)], weeks_first_day(weeks, name + 1)
    while found[-1] < end:
        found.append(found[-1] + WEEK)
    return list(pairwise(found))
