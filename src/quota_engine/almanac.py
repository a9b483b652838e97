"""The almanac: fiscal years for a person to check at a glance, as rows, text, a picture and plain HTML. Sources: rules T1 to T5.

In the picture every fiscal year is a band over the same months, so that a year that is shifted, longer or shorter than the
others stands out. A day is as wide as any other; so that the months of all bands stand one below the other, each year has room
for 29 February, and the box that holds the end of February is drawn a day wider where that day does not exist.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from html import escape
from itertools import accumulate, pairwise
from textwrap import wrap
from typing import Final

from attrs import Factory, field, frozen

from quota_engine import _fields, display
from quota_engine.durations import Cadence
from quota_engine.errors import InvalidValue, invalid
from quota_engine.fiscal import FiscalCalendar, TableYears, Timeline, WeekYears, YearRule
from quota_engine.fiscal.rules import MONTH_NAMES, MONTHS_IN_YEAR
from quota_engine.fiscal.timelines import Transition
from quota_engine.fiscal.weeks import DAYS_IN_WEEK
from quota_engine.periods import Period

AlmanacRow = dict[str, str | int | bool | date | None]

MOST_YEARS: Final = 50
_CADENCES: Final = (Cadence.YEARLY, Cadence.HALF_YEARLY, Cadence.QUARTERLY, Cadence.MONTHLY)
_WEEK: Final = timedelta(days=DAYS_IN_WEEK)
_LONG_YEAR_DAYS: Final = 53 * DAYS_IN_WEEK
_HEADER: Final = ("period", "first day", "last day", "length")
_RIGHT: Final = frozenset({3})
_NARROWEST: Final = 40
_CELL: Final = "text-align:left;padding:0 1em 0 0;white-space:nowrap"

# The picture, in its own units: at its natural size a unit is a pixel.
_YEAR: Final = 366
_MONTH_STARTS: Final = (0, *accumulate((31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30)))
_DAY_WIDTH: Final = 3
_WEEK_WIDTH: Final = DAYS_IN_WEEK * _DAY_WIDTH
_GUTTER: Final = 132
_MARGIN: Final = 8
_AXIS: Final = 30
_CAPTION: Final = 18
_QUARTER: Final = 26
_PERIOD: Final = 42
_GAP: Final = 16
_BAND: Final = _CAPTION + _QUARTER + _PERIOD + _GAP
_LEGEND: Final = 26
_SMALL: Final = 12
_LARGE: Final = 14


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


def _rule_of(years: YearRule, day: date) -> object:
    """Return the rule that the year of a day follows."""
    if isinstance(years, Timeline):
        return next(part.years for part in reversed(years.stretches) if part.start <= day)
    return years


def _page(calendar: FiscalCalendar, name: int) -> Page:
    parts = {cadence: calendar.split(name, cadence) for cadence in _CADENCES}
    year, months = calendar.year(name), parts[Cadence.MONTHLY]
    of_weeks = set(months.boundaries) <= set(calendar.split(name, Cadence.WEEKLY).boundaries)
    rule = _rule_of(calendar.years, year.start)
    extra_week: Period | None = None
    if of_weeks and year.days == _LONG_YEAR_DAYS and isinstance(rule, (WeekYears, TableYears)):
        end = months.periods[(rule.extra_week_in or len(months)) - 1].end
        extra_week = Period(end - _WEEK, end)

    def entries(cadence: Cadence) -> tuple[Entry, ...]:
        return tuple(
            Entry(
                cadence=cadence,
                number=number,
                label=calendar.label(days, cadence),
                days=days,
                weeks=days.days // DAYS_IN_WEEK if of_weeks and days.days % DAYS_IN_WEEK == 0 else None,
                is_long=extra_week is not None and days.contains(extra_week),
            )
            for number, days in enumerate(parts[cadence], start=1)
        )

    place = calendar.explain(year.start)
    return Page(
        year=entries(Cadence.YEARLY)[0],
        halves=entries(Cadence.HALF_YEARLY),
        quarters=entries(Cadence.QUARTERLY),
        periods=entries(Cadence.MONTHLY),
        extra_week=extra_week,
        is_transition=isinstance(rule, Transition),
        reason=f"{place.rule}; {place.why}",
    )


def _as_calendar(calendar: FiscalCalendar) -> FiscalCalendar:
    return _fields.instance_of(FiscalCalendar, "a FiscalCalendar")(calendar, "calendar")


def _as_years(years: Iterable[int]) -> tuple[int, ...]:
    given = _fields.in_order(years, "years", "fiscal years", most=MOST_YEARS)
    found: list[int] = []
    for index, each in enumerate(given):
        name = _fields.year(each, f"years[{index}]")
        if name in found:
            raise invalid(f"years[{index}]", name, "each year once", code="duplicate")
        found.append(name)
    if not found:
        raise InvalidValue("years: expected at least one fiscal year", code="required", field="years")
    return tuple(found)


def _pages(almanac: Almanac) -> tuple[Page, ...]:
    return tuple(_page(almanac.calendar, name) for name in almanac.years)


@frozen
class Almanac:
    """The fiscal years of a calendar with their periods, for a person to check at a glance.

    Attributes:
        calendar: whose years are shown.
        years: the names of the fiscal years, 1900 to 2200, in the order in which they are shown; each once, at most 50.

    Raises:
        InvalidType, InvalidValue: an argument that does not fit, or a year that the calendar does not have.
        TooLarge: more than 50 years.

    >>> from quota_engine import presets
    >>> almanac = Almanac(FiscalCalendar(years=presets.NRF), [2023])
    >>> [row["label"] for row in almanac.rows() if row["is_long"]]
    ['FY23', 'FY23 H2', 'FY23 Q4', 'FY23 P12']
    """

    calendar: FiscalCalendar = field(converter=_as_calendar)
    years: tuple[int, ...] = field(converter=_as_years)
    _pages: tuple[Page, ...] = field(init=False, eq=False, repr=False, default=Factory(_pages, takes_self=True))

    def rows(self) -> list[AlmanacRow]:
        """Return a flat plain dict per period: of each year the year itself, its halves, quarters and accounting periods.

        The keys are the same for all. `cadence` is "yearly", "half_yearly", "quarterly" or, for accounting periods, "monthly";
        `number` counts within the year, from 1; first and last day both count; `weeks` is the number of whole weeks, None where
        a period is not made of them; `is_long` says that it has the extra week of a year of 53 weeks; `is_transition` that its
        year lies between two rules.
        """
        return [
            {
                "year": name,
                "cadence": entry.cadence.value,
                "number": entry.number,
                "label": entry.label,
                "first_day": entry.days.start,
                "last_day": entry.days.last_day,
                "days": entry.days.days,
                "weeks": entry.weeks,
                "is_long": entry.is_long,
                "is_transition": page.is_transition,
            }
            for name, page in zip(self.years, self._pages, strict=True)
            for entry in page.entries
        ]

    def text(self, width: int | None = None) -> str:
        """Return the almanac as plain text: a table per year, quarter by quarter, under the year's days and their reason.

        Where a width in characters is given, reasons are wrapped at it, though not below 40; tables are never cut.
        """
        if width is not None:
            _fields.whole(width, "width", 0, 2**31 - 1)
        return "\n\n".join(_page_text(page, width) for page in self._pages)

    def __str__(self) -> str:
        """Return the almanac as plain text."""
        return self.text()

    def svg(self) -> str:
        """Return a picture of the years, a band each, over the same months: quarters above, accounting periods below.

        It is a whole SVG document, always the same text for the same years, that loads nothing. In the box of an accounting
        period stands its first day; the extra week of a year of 53 weeks is black, the last one of its period; a transition is
        drawn in dashes. Hovering over a box shows its label, days and length.
        """
        return "\n".join(_picture(self._pages))

    def html(self) -> str:
        """Return the picture and a table per year as a plain HTML fragment, every text escaped, nothing loaded from anywhere."""
        tables = "\n".join(map(_page_html, self._pages))
        return f"{self.svg()}\n<div style='display:flex;flex-wrap:wrap;gap:2em'>\n{tables}\n</div>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return self.html()


def _lines(page: Page) -> Iterator[tuple[Entry, tuple[str, ...]]]:
    """Yield the quarters of a year, each before its accounting periods, with the cells of the table."""
    for quarter in page.quarters:
        for entry in (quarter, *page.within(quarter)):
            days = (str(entry.days.start), str(entry.days.last_day))
            yield entry, (entry.label, *days, entry.length, "with the extra week" if entry.is_long else "")


def _page_text(page: Page, width: int | None) -> str:
    reason = [page.reason] if width is None else wrap(page.reason, max(width, _NARROWEST), break_on_hyphens=False)
    rows = [
        cells if entry.cadence is Cadence.QUARTERLY else (f"  {cells[0]}", *cells[1:]) for entry, cells in _lines(page)
    ]
    table = display.aligned([(*_HEADER, ""), *rows], right=_RIGHT)
    return "\n".join([page.title, *reason, "", *table])


def _page_html(page: Page) -> str:
    heads = "".join(f"<th scope='col' style='{_CELL}'>{head}</th>" for head in _HEADER)
    rows: list[str] = []
    for entry, (label, *cells) in _lines(page):
        weight = " style='font-weight:bold'" if entry.cadence is Cadence.QUARTERLY else ""
        data = "".join(f"<td style='{_CELL}'>{escape(cell)}</td>" for cell in cells)
        rows.append(f"<tr{weight}><th scope='row' style='{_CELL};font-weight:inherit'>{escape(label)}</th>{data}</tr>")
    caption = f"<b>{escape(page.title)}</b><br/>{escape(page.reason)}"
    return (
        f"<table style='align-self:flex-start'><caption style='text-align:left'>{caption}</caption>"
        f"<thead><tr>{heads}<th></th></tr></thead><tbody>{''.join(rows)}</tbody></table>"
    )


def _count(day: date) -> int:
    """Return the number of a day, if all years had 366 days."""
    return day.year * _YEAR + _MONTH_STARTS[day.month - 1] + day.day - 1


def _left(pages: tuple[Page, ...]) -> int:
    """Return the month, from 0, that the picture begins with.

    The years begin here and there around the calendar year. The picture begins after the longest stretch of it in which none
    does, so that years that begin late in December and early in January stand one below the other.
    """
    starts = sorted({_count(page.year.days.start) % _YEAR for page in pages})
    gaps = pairwise([starts[-1] - _YEAR, *starts])
    _, first = max(gaps, key=lambda gap: gap[1] - gap[0])
    return bisect_right(_MONTH_STARTS, first) - 1


@frozen
class Band:
    """Where the days of one fiscal year stand in the picture.

    Attributes:
        page: the year.
        top: its upper edge.
        zero: the number of the day at the left edge of the axis.
    """

    page: Page
    top: int
    zero: int

    def x(self, day: date) -> int:
        """Return where a day begins, from the left."""
        return _GUTTER + (_count(day) - self.zero) * _DAY_WIDTH


def _picture(pages: tuple[Page, ...]) -> Iterator[str]:
    first = _left(pages)
    bands: list[Band] = []
    for index, page in enumerate(pages):
        start = _count(page.year.days.start)
        bands.append(Band(page, _AXIS + index * _BAND, start - (start - _MONTH_STARTS[first]) % _YEAR))
    right = max(band.x(band.page.year.days.end) for band in bands)
    edges = list(_months(first, right))
    width, bottom = edges[-1][0] + _MARGIN, _AXIS + len(bands) * _BAND
    has_legend = any(page.extra_week for page in pages)
    height = bottom + (_LEGEND if has_legend else 0)
    names = ", ".join(page.title for page in pages)
    yield (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{height}' viewBox='0 0 {width} {height}' role='img'"
        f" aria-label='Fiscal years with their quarters and accounting periods. {escape(names)}'"
        " font-family='sans-serif' fill='black' style='max-width:100%;height:auto'>"
    )
    yield f"<rect width='{width}' height='{height}' fill='white'/>"
    for (x, month), (following, _) in pairwise(edges):
        yield _words((x + following) // 2, _AXIS - 10, MONTH_NAMES[month][:3], centred=True)
    for x, month in edges:
        strength = "#555" if month == 0 else "#bbb"
        yield f"<path d='M{x} {_AXIS - 4}V{bottom - _GAP // 2}' stroke='{strength}'/>"
    for band in bands:
        yield from _band(band)
    if has_legend:
        yield _black(_GUTTER, bottom, _LEGEND - 6, "the extra week of a year of 53 weeks")
        x = _GUTTER + _WEEK_WIDTH + _MARGIN
        yield _words(x, bottom + 15, "the extra week of a year of 53 weeks")
    yield "</svg>"


def _months(first: int, right: int) -> Iterator[tuple[int, int]]:
    """Yield where each month begins and which one it is, from 0, up to the first that begins at the right edge or beyond."""
    number, x = first, _GUTTER
    while True:
        yield x, number % MONTHS_IN_YEAR
        if x >= right:
            return
        number += 1
        years, month = divmod(number, MONTHS_IN_YEAR)
        x = _GUTTER + (years * _YEAR + _MONTH_STARTS[month] - _MONTH_STARTS[first]) * _DAY_WIDTH


def _band(band: Band) -> Iterator[str]:
    page, days = band.page, band.page.year.days
    upper, lower = band.top + _CAPTION, band.top + _CAPTION + _QUARTER
    yield f"<g><title>{escape(page.title)}: {escape(page.reason)}</title>"
    kind = "transition, " if page.is_transition else ""
    yield _words(4, upper + 10, page.year.label, size=_LARGE + 2, bold=True)
    yield _words(4, upper + 28, kind + page.year.length, bold=page.year.is_long)
    yield _words(4, upper + 46, f"{days.start} to")
    yield _words(4, upper + 62, str(days.last_day))
    turns = [date(year, 1, 1) for year in range(days.start.year + 1, days.last_day.year + 1)]
    for day, following in pairwise([days.start, *turns, days.end]):
        room = band.x(following) - band.x(day)
        yield _words(band.x(day) + 3, band.top + _CAPTION - 5, str(day.year), room=room)
    for quarter in page.quarters:
        yield _box(band, quarter, (upper, _QUARTER), [f"{page.short(quarter)}: {quarter.length}"])
    for period in page.periods:
        start = period.days.start
        first_day = f"{start.day} {MONTH_NAMES[start.month - 1][:3]}"
        yield _box(band, period, (lower, _PERIOD), [page.short(period), first_day])
    if page.extra_week is not None:
        x = band.x(page.extra_week.start)
        yield _black(x, lower, _PERIOD, f"{page.year.label}, the extra week: {page.extra_week}")
    x, dashes = band.x(days.start), " stroke-dasharray='7 4'" if page.is_transition else ""
    yield (
        f"<rect x='{x}' y='{upper}' width='{band.x(days.end) - x}' height='{_QUARTER + _PERIOD}' fill='none'"
        f" stroke='black' stroke-width='3'{dashes}/></g>"
    )


def _box(band: Band, entry: Entry, rows: tuple[int, int], lines: list[str]) -> str:
    """Return the box of a period with the lines of text that there is room for."""
    (top, height), x, right = rows, band.x(entry.days.start), band.x(entry.days.end)
    black = _WEEK_WIDTH if entry.is_long and entry.cadence is Cadence.MONTHLY else 0
    fill = "#e6e6e6" if entry.cadence is Cadence.QUARTERLY else "white"
    text = "".join(
        _words(x + 6, top + 18 + 17 * index, line, size=_SMALL if index else _LARGE, room=right - x - black)
        for index, line in enumerate(lines)
    )
    return (
        f"<g data-cadence='{entry.cadence.value}'><title>{escape(entry.title)}</title><rect x='{x}' y='{top}' width='{right - x}'"
        f" height='{height}' fill='{fill}' stroke='black'/>{text}</g>"
    )


def _black(x: int, top: int, height: int, title: str) -> str:
    """Return a week in black."""
    centre, foot = x + _WEEK_WIDTH // 2, top + height // 2 + 4
    return (
        f"<g><title>{escape(title)}</title><rect x='{x}' y='{top}' width='{_WEEK_WIDTH}' height='{height}'/>"
        f"<text x='{centre}' y='{foot}' font-size='{_SMALL}' text-anchor='middle' fill='white'>+1</text></g>"
    )


def _words(
    x: int,
    y: int,
    words: str,
    *,
    size: int = _SMALL,
    bold: bool = False,
    centred: bool = False,
    room: int | None = None,
) -> str:
    """Return text; nothing where there is less room than it takes, at two thirds of its height for each character."""
    if room is not None and len(words) * size * 2 // 3 > room:
        return ""
    weight, anchor = " font-weight='bold'" if bold else "", " text-anchor='middle'" if centred else ""
    return f"<text x='{x}' y='{y}' font-size='{size}'{weight}{anchor}>{escape(words)}</text>"
