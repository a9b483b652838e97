"""The almanac: fiscal years as rows, text, a picture and plain HTML, to be checked at a glance. Sources: rules T1 to T5."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from html import escape
from textwrap import wrap
from typing import Final

from attrs import Factory, field, frozen

from quota_engine import _fields, display
from quota_engine.almanac.pages import Entry, Page, page_of
from quota_engine.almanac.pictures import picture
from quota_engine.durations import Cadence
from quota_engine.errors import InvalidValue, invalid
from quota_engine.fiscal import FiscalCalendar
from quota_engine.fiscal.rules import TRANSITION, YearName

AlmanacRow = dict[str, str | int | bool | date | None]

MOST_YEARS: Final = 50
_HEADER: Final = ("period", "first day", "last day", "length")
_RIGHT: Final = frozenset({3})
_NARROWEST: Final = 40
_CELL: Final = "text-align:left;padding:0 1em 0 0;white-space:nowrap"


def _as_calendar(calendar: FiscalCalendar) -> FiscalCalendar:
    return _fields.instance_of(FiscalCalendar, "a FiscalCalendar")(calendar, "calendar")


def _as_years(years: Iterable[YearName]) -> tuple[YearName, ...]:
    given = _fields.in_order(years, "years", "fiscal years", most=MOST_YEARS)
    found: list[YearName] = []
    for index, each in enumerate(given):
        is_number = not isinstance(each, str) or not each.endswith(TRANSITION)
        name = _fields.year(each, f"years[{index}]") if is_number else str(each)
        if name in found:
            raise invalid(f"years[{index}]", name, "each year once", code="duplicate")
        found.append(name)
    if not found:
        raise InvalidValue("years: expected at least one fiscal year", code="required", field="years")
    return tuple(found)


def _pages(almanac: Almanac) -> tuple[Page, ...]:
    return tuple(page_of(almanac.calendar, name) for name in almanac.years)


@frozen
class Almanac:
    """The fiscal years of a calendar with their periods, for a person to check at a glance.

    Attributes:
        calendar: whose years are shown.
        years: the names of the fiscal years, 1900 to 2200, in the order in which they are shown; each once, at most 50. A
            transition without a number has a name such as "1976T".

    Raises:
        InvalidType, InvalidValue: an argument that does not fit, or a year that the calendar does not have.
        TooLarge: more than 50 years.

    >>> from quota_engine import presets
    >>> almanac = Almanac(FiscalCalendar(years=presets.NRF), [2023])
    >>> [row["label"] for row in almanac.rows() if row["is_long"]]
    ['FY23', 'FY23 H2', 'FY23 Q4', 'FY23 P12']
    """

    calendar: FiscalCalendar = field(converter=_as_calendar)
    years: tuple[YearName, ...] = field(converter=_as_years)
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
        return "\n".join(picture(self._pages))

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
