"""A company that changes its fiscal year: one rule until a day, a transition, another rule after it. Source: rules T3 and T6."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date, timedelta
from itertools import pairwise
from typing import Final, TypeAlias

from attrs import Factory, evolve, field, frozen

from quota_engine import _fields
from quota_engine._fields import FrozenMap
from quota_engine.durations import Cadence
from quota_engine.errors import invalid, mistyped
from quota_engine.fiscal.accounting import WeekYears
from quota_engine.fiscal.months import MonthYears
from quota_engine.fiscal.rules import TRANSITION, Cuts, Reason, YearName, number_of
from quota_engine.fiscal.tables import TableYears
from quota_engine.fiscal.weeks import DAYS_IN_WEEK, Weeks
from quota_engine.periods import Period

PlainYears: TypeAlias = MonthYears | WeekYears | TableYears

_MOST_CHANGES: Final = 100
_LONGEST_TRANSITION: Final = 750
_LEAP_DAY: Final = (2, 29)
_AUGUST: Final = 8
_DAY: Final = timedelta(days=1)


def _firsts(joined: Joined) -> FrozenMap[Cadence, tuple[int, ...]]:
    """Return the number of the first period of every part but the first, by cadence."""
    found: dict[Cadence, tuple[int, ...]] = {}
    for cadence in joined.cadences:
        firsts: list[int] = []
        shift = 0
        for start, before, part in zip(joined.starts, joined.parts, joined.parts[1:], strict=False):
            firsts.append(before.position(start - _DAY, cadence) + shift + 1)
            shift = firsts[-1] - part.position(start, cadence)
        found[cadence] = tuple(firsts)
    return FrozenMap(found)


@frozen
class Joined:
    """Numbered periods of one kind until a day, of another from then on, and so on; the numbers run through.

    A period through which a join cuts is two periods.

    Attributes:
        parts: the kinds.
        starts: the first day of every part but the first.
        cadences: for which periods are numbered.
    """

    parts: tuple[Cuts, ...]
    starts: tuple[date, ...]
    cadences: tuple[Cadence, ...]
    _firsts: FrozenMap[Cadence, tuple[int, ...]] = field(
        init=False, eq=False, repr=False, default=Factory(_firsts, takes_self=True)
    )

    def position(self, day: date, cadence: Cadence) -> int:
        """Return the number of the period of a cadence that a day lies in."""
        place = bisect_right(self.starts, day)
        own = self.parts[place].position(day, cadence)
        return own if not place else self._firsts[cadence][place - 1] + own - self._own_first(place, cadence)

    def cut(self, position: int, cadence: Cadence) -> date:
        """Return the first day of the period of a number."""
        place = bisect_right(self._firsts[cadence], position)
        if not place:
            return self.parts[0].cut(position, cadence)
        beyond = position - self._firsts[cadence][place - 1]
        return (
            self.parts[place].cut(self._own_first(place, cadence) + beyond, cadence)
            if beyond
            else self.starts[place - 1]
        )

    def _own_first(self, place: int, cadence: Cadence) -> int:
        return self.parts[place].position(self.starts[place - 1], cadence)


def _beside(years: PlainYears, resumes: date) -> MonthYears | WeekYears:
    """Return the rule that cuts a transition: that of the years after it, or months where a table does not reach back."""
    if isinstance(years, TableYears):
        # No year of months starts on 29 February; one that starts on 29 August has the same halves, quarters and months.
        month = _AUGUST if (resumes.month, resumes.day) == _LEAP_DAY else resumes.month
        return MonthYears(start_month=month, start_day=resumes.day)
    return years


@frozen
class Transition:
    """The days between the years of one rule and those of another: a fiscal year of its own, shorter or longer.

    Its periods are those of the rule after it. A piece of less than a week, with which it would begin, is part of the period that
    follows; weeks alone are clipped, as in any year. They are numbered as in any year, so that eighteen months have the quarters
    1 to 6.

    Attributes:
        name: as of a fiscal year; where no number is free, that of the year before it with a T: "2020T".
        days: from the first one that is no longer the old rule's to the last before the new rule's first year.
        years: the rule that cuts it.
        rules: in words, those of the years before and after it.
    """

    name: YearName
    days: Period
    years: MonthYears | WeekYears
    rules: tuple[str, str]

    def year(self, _name: YearName) -> Period:
        """Return its days."""
        return self.days

    def year_of(self, _day: date) -> YearName:
        """Return its name."""
        return self.name

    @property
    def weeks_nest(self) -> bool:
        """Whether every week lies in one accounting period."""
        return self.years.weeks_nest

    def weekly(self, usual: Weeks, /) -> Weeks:
        """Return the weeks of the rule that cuts it."""
        return self.years.weekly(usual)

    def position(self, day: date, cadence: Cadence) -> int:
        """Return the number of the period of a cadence that a day lies in."""
        if cadence is Cadence.YEARLY:
            return 0
        return max(self.years.position(day, cadence), self._first(cadence))

    def cut(self, position: int, cadence: Cadence) -> date:
        """Return the first day of the period of a number; the first period's is the transition's own, which nobody asks for."""
        return self.years.cut(position, cadence)

    def _first(self, cadence: Cadence) -> int:
        """Return the number of its first period; its last one always ends with it, since a year starts there."""
        first, last = (self.years.position(day, cadence) for day in (self.days.start, self.days.last_day))
        if first < last and (self.years.cut(first + 1, cadence) - self.days.start).days < DAYS_IN_WEEK:
            first += 1
        return first

    def reason(self, _day: date) -> Reason:
        """Return why a day lies in it."""
        return Reason(
            rule=f"before {self.days.start}, {self.rules[0]}; from {self.days.end} on, {self.rules[1]}",
            anchor=self.days.start,
            why=f"the days between are the transition {self.name}",
            is_transition=True,
        )


def _as_day(on: date | str) -> date:
    return _fields.day(on, "on")


def _as_resumes(resumes: date | str | None) -> date | None:
    return None if resumes is None else _fields.day(resumes, "resumes")


def _as_years(years: PlainYears) -> PlainYears:
    return _plain(years, "years")


def _plain(years: PlainYears, name: str) -> PlainYears:
    if not isinstance(years, (MonthYears, WeekYears, TableYears)):
        raise mistyped(name, years, "MonthYears, WeekYears or TableYears")
    return years


@frozen
class YearChange:
    """A change of the fiscal year. Made by `Timeline.then`, which says what is needed."""

    on: date = field(converter=_as_day)
    years: PlainYears = field(converter=_as_years)
    resumes: date | None = field(default=None, converter=_as_resumes, kw_only=True)
    named: int | None = field(default=None, validator=_fields.checked(_fields.optional(_fields.year)), kw_only=True)


@frozen
class Stretch:
    """Days of one rule, or of one transition, within a timeline; `end` is the first day that is no longer its own."""

    start: date
    end: date
    years: PlainYears | Transition


def _as_changes(changes: Iterable[YearChange]) -> tuple[YearChange, ...]:
    return _fields.items(changes, "changes", YearChange, "year changes", most=_MOST_CHANGES)


def _as_first(first: PlainYears) -> PlainYears:
    return _plain(first, "first")


def _resumption(change: YearChange, path: str) -> date:
    """Return the first day of the first year of the rule after a change."""
    years, given = change.years, change.resumes
    if given is None:
        if isinstance(years, TableYears) and change.on < years.span.start:
            return years.span.start
        year = years.year(years.year_of(change.on))
        return year.start if year.start == change.on else year.end
    year = years.year(years.year_of(given))
    if given < change.on or year.start != given:
        expected = f"a day not before {change.on} on which the new years start, such as {year.end}"
        raise invalid(f"{path}.resumes", given, expected, code="not_a_year_start")
    return given


def _transition(old: PlainYears, change: YearChange, resumes: date, path: str) -> Transition | None:
    """Return the transition of a change, if it has one."""
    last_day, years = change.on - _DAY, change.years
    before, after = old.year_of(last_day), years.year_of(resumes)
    if after <= before:
        expected = f"new years whose names go on from {before}: name them by their end, or resume later"
        raise invalid(f"{path}.years", after, expected, code="name_twice")
    if resumes == change.on:
        return None
    days = Period(change.on, resumes)
    if days.days > _LONGEST_TRANSITION:
        expected = f"a day at most {_LONGEST_TRANSITION} days after {change.on}"
        raise invalid(f"{path}.resumes", resumes, expected, code="too_long")
    if change.named is not None and not before < change.named < after:
        expected = f"a name between those of the years {before} and {after} beside {days}, or None"
        raise invalid(f"{path}.named", change.named, expected, code="name_twice")
    name = after - 1 if change.named is None else change.named
    rules = old.reason(last_day).rule, years.reason(resumes).rule
    return Transition(name if name > before else f"{before}{TRANSITION}", days, _beside(years, resumes), rules)


def _stretches(timeline: Timeline) -> tuple[Stretch, ...]:
    found: list[Stretch] = []
    start, years = date.min, timeline.first
    for index, change in enumerate(timeline.changes):
        path = f"changes[{index}]"
        _fields.year(change.on.year, f"{path}.on")
        if change.on <= start:
            raise invalid(
                f"{path}.on",
                change.on,
                f"a day after {start}, since when the rule before it holds",
                code="out_of_order",
            )
        last = years.year(years.year_of(change.on - _DAY))
        if last.end != change.on:
            expected = f"a day on which a fiscal year would start, such as {last.end}"
            raise invalid(f"{path}.on", change.on, expected, code="not_a_year_start")
        resumes = _resumption(change, path)
        transition = _transition(years, change, resumes, path)
        found.append(Stretch(start, change.on, years))
        if transition is not None:
            found.append(Stretch(change.on, resumes, transition))
        start, years = resumes, change.years
    return (*found, Stretch(start, date.max, years))


def _joined(timeline: Timeline) -> Joined:
    stretches = timeline.stretches
    cadences = tuple(cadence for cadence in Cadence if cadence not in {Cadence.WEEKLY, Cadence.CUSTOM})
    return Joined(tuple(part.years for part in stretches), tuple(part.start for part in stretches[1:]), cadences)


@frozen
class Timeline:
    """Fiscal years of a company that changed them: one rule until a day, another from then on, with a transition between.

    Every day has one year, and every year a name of its own: names rise with time. Source: rules T3 and T6.

    Attributes:
        first: the rule before all changes.
        changes: in order of time; made by `then`.

    Raises:
        InvalidType, InvalidValue: a change on a day on which no year starts (`not_a_year_start`), out of order, or one that
            would give a name twice (`name_twice`).

    >>> timeline = Timeline(MonthYears()).then(MonthYears(start_month=7), on="2025-01-01")
    >>> str(timeline.year(2024)), str(timeline.year(2025)), str(timeline.year(2026))
    ('2024-01-01..2024-12-31', '2025-01-01..2025-06-30', '2025-07-01..2026-06-30')
    """

    first: PlainYears = field(converter=_as_first)
    changes: tuple[YearChange, ...] = field(default=(), converter=_as_changes)
    stretches: tuple[Stretch, ...] = field(
        init=False, eq=False, repr=False, default=Factory(_stretches, takes_self=True)
    )
    _joined: Joined = field(init=False, eq=False, repr=False, default=Factory(_joined, takes_self=True))

    def then(
        self,
        years: PlainYears,
        *,
        on: date | str,
        resumes: date | str | None = None,
        named: int | None = None,
    ) -> Timeline:
        """Return the timeline with one more change.

        Args:
            years: the new rule.
            on: the first day that is no longer the old rule's; one of the old rule's years must end on the day before.
            resumes: the first day of the first whole year of the new rule; the first one from `on` by default. The days from
                `on` until then are a transition: a year of its own, which may be short or, with a later day here, long.
            named: the name of the transition; by default the one before that of the first new year. Where that is taken, as by
                fiscal 1976 for the quarter that the United States government put before its fiscal 1977, the transition is
                called by the year before it with a T: "1976T", FY76T.
        """
        return evolve(self, changes=(*self.changes, YearChange(on, years, resumes=resumes, named=named)))

    def year(self, name: YearName) -> Period:
        """Return the days of the fiscal year, or transition, of a name.

        Raises:
            InvalidValue: a name that was left out when the year changed, or that no transition has.
        """
        if isinstance(name, str):
            for part in self.stretches:
                if isinstance(part.years, Transition) and part.years.name == name:
                    return part.years.days
            raise invalid("year", name, "the name of a transition", code="no_such_year")
        _fields.year(name, "year")
        numbered = [
            self.stretches[0],
            *(part for part in self.stretches[1:] if isinstance(part.years.year_of(part.start), int)),
        ]
        firsts = [number_of(part.years.year_of(part.start)) for part in numbered[1:]]
        part = numbered[bisect_right(firsts, name)]
        last = number_of(part.years.year_of(part.end - _DAY)) if part.end < date.max else name
        if name > last:
            expected = f"a fiscal year that there is; after {last} comes {self.year_of(part.end)}"
            raise invalid("year", name, expected, code="no_such_year")
        return part.years.year(name)

    def year_of(self, day: date) -> YearName:
        """Return the name of the fiscal year, or transition, that a day lies in."""
        return self._part(day).years.year_of(day)

    @property
    def transitions(self) -> tuple[YearName, ...]:
        """The names of its transitions."""
        return tuple(part.years.name for part in self.stretches if isinstance(part.years, Transition))

    def _part(self, day: date) -> Stretch:
        return self.stretches[bisect_right(self._joined.starts, day)]

    @property
    def weeks_nest(self) -> bool:
        """Whether every week lies in one accounting period, under every rule."""
        return all(part.years.weeks_nest for part in self.stretches)

    def weekly(self, usual: Weeks, /) -> Cuts:
        """Return the weeks of each rule, joined where other weekdays start them; the usual ones where no rule has its own."""
        kinds = [part.years.weekly(usual) for part in self.stretches]
        joins = [n for n, (one, other) in enumerate(pairwise(kinds)) if one.first_day != other.first_day]
        if not joins:
            return kinds[0]
        starts = tuple(self._joined.starts[n] for n in joins)
        return Joined((kinds[0], *(kinds[n + 1] for n in joins)), starts, (Cadence.WEEKLY,))

    def position(self, day: date, cadence: Cadence) -> int:
        """Return the number of the period of a cadence that a day lies in; the numbers run through all changes."""
        return self._joined.position(day, cadence)

    def cut(self, position: int, cadence: Cadence) -> date:
        """Return the first day of the period of a number."""
        return self._joined.cut(position, cadence)

    def reason(self, day: date) -> Reason:
        """Return why a day lies in its fiscal year, or transition."""
        return self._part(day).years.reason(day)
