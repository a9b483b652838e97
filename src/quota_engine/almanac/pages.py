"""The pages of an almanac: of each fiscal year its periods, with their lengths and the reason for them."""

from __future__ import annotations

from typing import Final

from attrs import frozen

from quota_engine.durations import Cadence
from quota_engine.fiscal import FiscalCalendar
from quota_engine.fiscal.rules import YearName
from quota_engine.fiscal.weeks import DAYS_IN_WEEK
from quota_engine.periods import Period

_CADENCES: Final = (Cadence.YEARLY, Cadence.HALF_YEARLY, Cadence.QUARTERLY, Cadence.MONTHLY)


@frozen(kw_only=True)
class Entry:
    """One period in the almanac.

    Attributes:
        cadence: yearly, half-yearly, quarterly, or monthly for an accounting period.
        number: in its year, from 1.
        label: as people write it, such as FY26 Q1.
        days: its days.
        weeks: of how many whole weeks it is made; None where it is not, and in all years that are not made of weeks.
        is_long: whether it has the extra week of a year of 53 weeks.
    """

    cadence: Cadence
    number: int
    label: str
    days: Period
    weeks: int | None
    is_long: bool

    @property
    def length(self) -> str:
        """How long it is, in whole weeks where it is made of them and in days otherwise."""
        count, unit = (self.days.days, "day") if self.weeks is None else (self.weeks, "week")
        return f"{count} {unit}" if count == 1 else f"{count} {unit}s"

    @property
    def title(self) -> str:
        """Everything in one line."""
        return f"{self.label}: {self.days}, {self.length}"


@frozen(kw_only=True)
class Page:
    """One fiscal year in the almanac.

    Attributes:
        year: the year as a whole.
        halves, quarters, periods: its periods by cadence, each cadence without a gap; `periods` are the accounting periods.
        extra_week: that of a year of 53 weeks; None in other years, and in a transition.
        is_transition: whether it is a transition between two rules.
        reason: why it has these days.
    """

    year: Entry
    halves: tuple[Entry, ...]
    quarters: tuple[Entry, ...]
    periods: tuple[Entry, ...]
    extra_week: Period | None
    is_transition: bool
    reason: str

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All of them, the longest first."""
        return (self.year, *self.halves, *self.quarters, *self.periods)

    def within(self, quarter: Entry) -> tuple[Entry, ...]:
        """Return the accounting periods of a quarter."""
        return tuple(period for period in self.periods if quarter.days.contains(period.days))

    def short(self, entry: Entry) -> str:
        """Return the label of a period without that of the year."""
        return entry.label.removeprefix(self.year.label).strip()

    @property
    def title(self) -> str:
        """What it is called, and its days."""
        return f"{self.year.title}{', a transition' if self.is_transition else ''}"


def page_of(calendar: FiscalCalendar, name: YearName) -> Page:
    """Return the page of the fiscal year of a name."""
    parts = {cadence: calendar.split(name, cadence) for cadence in _CADENCES}
    year, months = calendar.year(name), parts[Cadence.MONTHLY]
    of_weeks = set(months.boundaries) <= set(calendar.split(name, Cadence.WEEKLY).boundaries)
    place = calendar.explain(year.start)

    def entries(cadence: Cadence) -> tuple[Entry, ...]:
        return tuple(
            Entry(
                cadence=cadence,
                number=number,
                label=calendar.label(days, cadence),
                days=days,
                weeks=days.days // DAYS_IN_WEEK if of_weeks and days.days % DAYS_IN_WEEK == 0 else None,
                is_long=place.extra_week is not None and days.contains(place.extra_week),
            )
            for number, days in enumerate(parts[cadence], start=1)
        )

    return Page(
        year=entries(Cadence.YEARLY)[0],
        halves=entries(Cadence.HALF_YEARLY),
        quarters=entries(Cadence.QUARTERLY),
        periods=entries(Cadence.MONTHLY),
        extra_week=place.extra_week,
        is_transition=place.is_transition,
        reason=f"{place.rule}; {place.why}",
    )
