"""The picture of an almanac: every fiscal year a band over the same months.

A year that is shifted, longer or shorter than the others stands out. A day is as wide as any other; so that the months of all
bands stand one below the other, each year has room for 29 February, and the box that holds the end of February is drawn a day
wider where that day does not exist.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date
from html import escape
from itertools import accumulate, pairwise
from typing import Final

from attrs import frozen

from quota_engine.almanac.pages import Entry, Page
from quota_engine.durations import Cadence
from quota_engine.fiscal.rules import MONTH_NAMES, MONTHS_IN_YEAR
from quota_engine.fiscal.weeks import DAYS_IN_WEEK

# In units of the picture: at its natural size a unit is a pixel.
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


def picture(pages: tuple[Page, ...]) -> Iterator[str]:
    """Yield the lines of an SVG document."""
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
