"""The almanac: fiscal years as rows, as text, as a picture and as HTML. Expected: annual reports, and the retailers' calendar."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from quota_engine import (
    FiscalCalendar,
    InvalidType,
    MonthYears,
    TableYears,
    Timeline,
    TooLarge,
    Weeks,
    WeekYears,
    presets,
)
from quota_engine.almanac import Almanac, AlmanacRow
from quota_engine.fiscal import YearRule
from tests.refusals import bounded, refuses, says, stays

TO_JULY = Timeline(MonthYears()).then(MonthYears(start_month=7), on="2025-01-01")
LONG_WAY = Timeline(MonthYears()).then(
    WeekYears(end_month=6, weekday=6, rule="nearest"), on="2025-01-01", resumes="2026-06-29"
)
ONE_WEEK_PERIODS = WeekYears(layout="52x1", quarters=(13, 13, 13, 13))
SVG = "{http://www.w3.org/2000/svg}"
EVERY_KIND: dict[str, tuple[YearRule, tuple[int, ...]]] = {
    "months": (MonthYears(start_month=4, start_day=6), (2023, 2024, 2025)),
    "months from the 31st": (MonthYears(start_month=1, start_day=31), (2024, 2025)),
    "retail": (presets.NRF, (2022, 2023, 2024)),
    "thirteen periods": (presets.COSTCO, (2022, 2023, 2024)),
    "periods of a week": (ONE_WEEK_PERIODS, (2022, 2023)),
    "weeks, with a transition": (presets.APPLE, (1998, 1999, 2000)),
    "months, with a transition": (TO_JULY, (2024, 2025, 2026)),
    "a transition of eighteen months": (LONG_WAY, (2024, 2026, 2027, 2028, 2029)),
    "a table": (TableYears(starts={2024: "2023-12-29", 2025: "2025-01-03"}, end="2025-12-31"), (2024, 2025)),
    "first and last": (presets.NRF, (1900, 2200)),
}


def almanac(years: YearRule, *names: int) -> Almanac:
    """Return the almanac of some years of a rule."""
    return Almanac(FiscalCalendar(years=years), names)


def long_ones(shown: Almanac) -> list[object]:
    """Return the labels of what has the extra week of a year of 53 weeks."""
    return [row["label"] for row in shown.rows() if row["is_long"]]


def of(shown: Almanac, label: str) -> AlmanacRow:
    """Return the row of a label."""
    (row,) = [row for row in shown.rows() if row["label"] == label]
    return row


def boxes(shown: Almanac, cadence: str) -> list[tuple[str, int, int]]:
    """Return the boxes of a cadence in the picture: what one sees when hovering, the left edge, the right one."""
    found: list[tuple[str, int, int]] = []
    for group in ET.fromstring(shown.svg()).iter(f"{SVG}g"):  # noqa: S314 - our own picture
        title, box = group.find(f"{SVG}title"), group.find(f"{SVG}rect")
        if group.get("data-cadence") == cadence and title is not None and box is not None:
            x = int(box.attrib["x"])
            found.append((title.text or "", x, x + int(box.attrib["width"])))
    return found


def words(shown: Almanac) -> list[str]:
    """Return the texts that stand in the picture."""
    return [text.text or "" for text in ET.fromstring(shown.svg()).iter(f"{SVG}text")]  # noqa: S314 - our own picture


@pytest.fixture(params=EVERY_KIND)
def any_kind(request: pytest.FixtureRequest) -> Almanac:
    """Return the almanac of one kind of years after another."""
    years, names = EVERY_KIND[request.param]
    return almanac(years, *names)


class TestRows:
    """A flat dict per period, for a data frame."""

    def test_are_the_year_its_halves_quarters_and_accounting_periods(self) -> None:
        """The longest first, year by year."""
        labels = [row["label"] for row in almanac(MonthYears(), 2025, 2024).rows()]
        assert labels[:10] == [
            *("FY25", "FY25 H1", "FY25 H2"),
            *("FY25 Q1", "FY25 Q2", "FY25 Q3", "FY25 Q4"),
            *("FY25 P01", "FY25 P02", "FY25 P03"),
        ]
        assert len(labels) == 2 * (1 + 2 + 4 + 12)
        assert labels[19] == "FY24"

    def test_say_all_there_is_to_say(self) -> None:
        """Apple's first quarter of 2023 had 14 weeks; first and last day both count."""
        assert of(almanac(presets.APPLE, 2023), "FY23 Q1") == {
            "year": 2023,
            "cadence": "quarterly",
            "number": 1,
            "label": "FY23 Q1",
            "first_day": date(2022, 9, 25),
            "last_day": date(2022, 12, 31),
            "days": 98,
            "weeks": 14,
            "is_long": True,
            "is_transition": False,
        }

    def test_have_the_same_keys_and_plain_values(self, any_kind: Almanac) -> None:
        """Text and numbers, not members of an enumeration, so that any writer takes them."""
        rows = any_kind.rows()
        assert len({tuple(row) for row in rows}) == 1
        assert {type(value) for row in rows for value in row.values()} <= {str, int, bool, date, type(None)}

    def test_find_the_extra_week_where_the_company_has_it(self) -> None:
        """Apple's in the first quarter, Costco's in the thirteenth period, retailers' in the last, Intel's in the first."""
        assert long_ones(almanac(presets.APPLE, 2022, 2023, 2024)) == ["FY23", "FY23 H1", "FY23 Q1", "FY23 P03"]
        assert long_ones(almanac(presets.COSTCO, 2022, 2023)) == ["FY23", "FY23 H2", "FY23 Q4", "FY23 P13"]
        assert long_ones(almanac(presets.NRF, 2022, 2023, 2024)) == ["FY23", "FY23 H2", "FY23 Q4", "FY23 P12"]
        assert long_ones(almanac(presets.INTEL, 2015, 2016)) == ["FY16", "FY16 H1", "FY16 Q1", "FY16 P03"]

    def test_have_the_days_of_the_annual_reports(self) -> None:
        """First and last days of years as Apple, Costco and Target published them."""
        for years, label, first, last, weeks in (
            (presets.APPLE, "FY23", date(2022, 9, 25), date(2023, 9, 30), 53),
            (presets.APPLE, "FY24", date(2023, 10, 1), date(2024, 9, 28), 52),
            (presets.COSTCO, "FY23", date(2022, 8, 29), date(2023, 9, 3), 53),
            (presets.TARGET, "FY23", date(2023, 1, 29), date(2024, 2, 3), 53),
            (presets.TARGET, "FY24", date(2024, 2, 4), date(2025, 2, 1), 52),
        ):
            row = of(almanac(years, 2023, 2024), label)
            assert (row["first_day"], row["last_day"], row["weeks"]) == (first, last, weeks)

    def test_count_weeks_only_where_years_are_made_of_weeks(self) -> None:
        """February 2025 has 28 days, but a month is not four weeks."""
        february = of(almanac(MonthYears(), 2025), "FY25 P02")
        assert (february["days"], february["weeks"], february["is_long"]) == (28, None, False)

    def test_tell_a_transition_apart(self) -> None:
        """Apple's 1999 had 365 days: its first period has a day more than five weeks, and there is no week 53."""
        shown = almanac(presets.APPLE, 1998, 1999, 2000)
        assert {row["year"] for row in shown.rows() if row["is_transition"]} == {1999}
        assert [of(shown, label)["weeks"] for label in ("FY99", "FY99 Q1", "FY99 P01", "FY99 P02")] == [
            *(None, None, None),
            4,
        ]
        assert of(shown, "FY99 P01")["days"] == 36
        assert long_ones(shown) == ["FY00", "FY00 H1", "FY00 Q1", "FY00 P03"]

    def test_find_the_extra_week_of_the_only_year_of_a_table(self) -> None:
        """No year before or after is needed to tell."""
        last = TableYears(starts={2023: "2022-09-25"}, end="2023-10-01", layout="5-4-4")
        first = TableYears(starts={2023: "2022-09-25"}, end="2023-10-01", layout="5-4-4", extra_week_in=3)
        assert long_ones(almanac(last, 2023))[-1] == "FY23 P12"
        assert long_ones(almanac(first, 2023))[-1] == "FY23 P03"

    def test_tile_the_year(self, any_kind: Almanac) -> None:
        """Each period begins on the day after the one before it, whatever the cadence."""
        rows = any_kind.rows()
        for year in any_kind.years:
            for cadence in ("half_yearly", "quarterly", "monthly"):
                parts = [row for row in rows if (row["year"], row["cadence"]) == (year, cadence)]
                assert [row["number"] for row in parts] == list(range(1, len(parts) + 1))
                spans = [(row["first_day"], row["last_day"]) for row in parts]
                days = any_kind.calendar.year(year)
                assert (spans[0][0], spans[-1][1]) == (days.start, days.last_day)
                for (_, last), (first, _) in pairwise(spans):
                    assert isinstance(last, date)
                    assert isinstance(first, date)
                    assert (first - last).days == 1


class TestText:
    """The almanac in a terminal."""

    def test_is_a_table_quarter_by_quarter_under_the_reason(self) -> None:
        """Half a year between two rules: every day and the length of each period."""
        assert almanac(TO_JULY, 2025).text().splitlines() == [
            "FY25: 2025-01-01..2025-06-30, 181 days, a transition",
            (
                "before 2025-01-01, fiscal years start on 1 January and last twelve months; from 2025-07-01 on, "
                "fiscal years start on 1 July and last twelve months; the days between are the transition 2025"
            ),
            "",
            "period      first day   last day     length",
            "FY25 Q1     2025-01-01  2025-03-31  90 days",
            "  FY25 P01  2025-01-01  2025-01-31  31 days",
            "  FY25 P02  2025-02-01  2025-02-28  28 days",
            "  FY25 P03  2025-03-01  2025-03-31  31 days",
            "FY25 Q2     2025-04-01  2025-06-30  91 days",
            "  FY25 P04  2025-04-01  2025-04-30  30 days",
            "  FY25 P05  2025-05-01  2025-05-31  31 days",
            "  FY25 P06  2025-06-01  2025-06-30  30 days",
        ]

    def test_says_weeks_and_which_periods_have_the_extra_one(self) -> None:
        """The retailers' 2023 ended with a quarter of 14 weeks."""
        lines = almanac(presets.NRF, 2023).text().splitlines()
        assert lines[0] == "FY23: 2023-01-29..2024-02-03, 53 weeks"
        assert lines[-4:] == [
            "FY23 Q4     2023-10-29  2024-02-03  14 weeks  with the extra week",
            "  FY23 P10  2023-10-29  2023-11-25   4 weeks",
            "  FY23 P11  2023-11-26  2023-12-30   5 weeks",
            "  FY23 P12  2023-12-31  2024-02-03   5 weeks  with the extra week",
        ]

    def test_says_one_week_in_the_singular(self) -> None:
        """Where accounting periods are weeks."""
        assert "  FY23 P01  2023-01-01  2023-01-07    1 week" in almanac(ONE_WEEK_PERIODS, 2023).text().splitlines()

    def test_shows_years_in_the_order_in_which_they_are_given(self) -> None:
        """An empty line between them."""
        shown = almanac(MonthYears(), 2025, 2023)
        assert shown.text() == "\n\n".join(almanac(MonthYears(), year).text() for year in (2025, 2023))

    def test_has_every_period_once(self, any_kind: Almanac) -> None:
        """Each accounting period stands under a quarter, in order of time."""
        labels = [line.strip().partition("  ")[0] for line in any_kind.text().splitlines()]
        for cadence in ("quarterly", "monthly"):
            wanted = [row["label"] for row in any_kind.rows() if row["cadence"] == cadence]
            assert [label for label in labels if label in wanted] == wanted

    def test_is_what_print_shows(self) -> None:
        """`print(almanac)` needs no more."""
        assert str(almanac(presets.NRF, 2023)) == almanac(presets.NRF, 2023).text()

    def test_wraps_reasons_where_lines_must_be_short(self) -> None:
        """At forty characters and not below, never within a day; tables are not cut."""
        shown = almanac(MonthYears(start_month=7), 2026)
        assert shown.text(40).splitlines()[:5] == [
            "FY26: 2025-07-01..2026-06-30, 365 days",
            "fiscal years start on 1 July and last",
            "twelve months; the year started on",
            "2025-07-01",
            "",
        ]
        assert shown.text(0) == shown.text(40)
        assert shown.text(200) == shown.text()


class TestPicture:
    """The years as bands over the same months."""

    def test_has_a_box_for_every_period_and_they_tile_the_year(self, any_kind: Almanac) -> None:
        """Each quarter and accounting period once, from edge to edge, each saying what it is when one hovers over it."""
        rows = any_kind.rows()
        for cadence in ("quarterly", "monthly"):
            drawn = boxes(any_kind, cadence)
            wanted = [row for row in rows if row["cadence"] == cadence]
            assert [title.partition(":")[0] for title, _, _ in drawn] == [row["label"] for row in wanted]
            ends = [(row["year"], left, right) for row, (_, left, right) in zip(wanted, drawn, strict=True)]
            for (year, left, right), (following, begins, _) in pairwise(ends):
                assert left < right
                assert begins == right or following != year

    def test_quarters_end_where_their_last_accounting_period_ends(self, any_kind: Almanac) -> None:
        """The two lines of a band fit."""
        edges = {left for _, left, _ in boxes(any_kind, "monthly")}
        assert {left for _, left, _ in boxes(any_kind, "quarterly")} <= edges

    def test_shows_label_days_and_length(self) -> None:
        """What one sees when hovering, and what stands in the box."""
        shown = almanac(presets.APPLE, 2023)
        assert boxes(shown, "quarterly")[0][0] == "FY23 Q1: 2022-09-25..2022-12-31, 14 weeks"
        assert words(shown)[13:24] == [
            *("FY23", "53 weeks", "2022-09-25 to", "2023-09-30"),
            *("2022", "2023"),
            *("Q1: 14 weeks", "Q2: 13 weeks", "Q3: 13 weeks", "Q4: 13 weeks"),
            "P01",
        ]
        assert words(shown)[24] == "25 Sep"

    def test_stands_over_the_months_that_it_needs(self) -> None:
        """From the month in which the years begin to the one in which they end."""
        july = almanac(MonthYears(start_month=7), 2025, 2026)
        months = ["Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun"]
        assert words(july)[:13] == [*months, "FY25"]
        longer = almanac(TO_JULY, 2024, 2025, 2026)
        assert words(longer)[:19] == [*months[6:], *months, "FY24"]

    def test_shows_how_a_year_is_shifted(self) -> None:
        """After the retailers' 53 weeks of 2023 the next year begins six days of the year later, and the one after a day earlier.

        A day is three pixels wide, and 29 February has room in every year.
        """
        begin = {
            title[:4]: left
            for title, left, _ in boxes(almanac(presets.NRF, 2022, 2023, 2024), "monthly")
            if "P01" in title
        }
        assert begin["FY22"] - begin["FY23"] == 1 * 3
        assert begin["FY24"] - begin["FY23"] == 6 * 3

    def test_keeps_years_around_the_new_year_together(self) -> None:
        """ISO 2026 begins on 29 December and 2027 on 4 January: six days apart, not a year."""
        begin = [left for title, left, _ in boxes(almanac(presets.ISO, 2025, 2026, 2027), "monthly") if "P01" in title]
        assert [left - begin[1] for left in begin] == [1 * 3, 0, 6 * 3]

    def test_marks_the_extra_week_at_the_end_of_its_period(self) -> None:
        """A black week and a line that says what it is; years of 52 weeks have neither."""
        shown = almanac(presets.APPLE, 2023)
        assert "<title>FY23, the extra week: 2022-12-25..2022-12-31</title>" in shown.svg()
        assert words(shown).count("+1") == 2
        assert words(shown)[-1] == "the extra week of a year of 53 weeks"
        _, _, right = boxes(shown, "monthly")[2]
        assert f"<rect x='{right - 21}' y='74' width='21' height='42'/>" in shown.svg()
        assert "+1" not in words(almanac(presets.APPLE, 2022))

    def test_draws_a_transition_in_dashes(self) -> None:
        """And says so beside it."""
        shown = almanac(TO_JULY, 2024, 2025, 2026)
        assert shown.svg().count("stroke-dasharray") == 1
        assert "transition, 181 days" in words(shown)

    def test_leaves_out_words_that_do_not_fit(self) -> None:
        """A week is too narrow for its label, which hovering still shows; next to the black week there is no room either."""
        shown = almanac(ONE_WEEK_PERIODS, 2022)
        assert "FY22 P07: 2022-02-06..2022-02-12, 1 week" in shown.svg()
        assert [text for text in words(shown) if text.startswith("P")] == []

    def test_can_be_read_aloud(self) -> None:
        """A screen reader is told which years are shown."""
        root = ET.fromstring(almanac(TO_JULY, 2024, 2025).svg())  # noqa: S314 - our own picture
        assert root.get("role") == "img"
        assert root.get("aria-label") == (
            "Fiscal years with their quarters and accounting periods. "
            "FY24: 2024-01-01..2024-12-31, 366 days, FY25: 2025-01-01..2025-06-30, 181 days, a transition"
        )

    def test_loads_nothing_and_is_always_the_same(self) -> None:
        """No address but the one that says what SVG is."""
        picture = almanac(presets.COSTCO, 2022, 2023).svg()
        assert picture == almanac(presets.COSTCO, 2022, 2023).svg()
        rest = picture.replace("xmlns='http://www.w3.org/2000/svg'", "")
        for loaded in ("http", "href", "url(", "<script", "<style", "<image", "@import"):
            assert loaded not in rest


class TestHtml:
    """The almanac in a notebook or a page."""

    def test_is_the_picture_and_a_table_for_each_year(self, any_kind: Almanac) -> None:
        """Well-formed; with every quarter and accounting period, and the reason of the year."""
        html = any_kind.html()
        page = ET.fromstring(f"<body>{html}</body>")  # noqa: S314 - our own page
        assert html.startswith(any_kind.svg())
        tables = page.findall("div/table")
        assert len(tables) == len(any_kind.years)
        heads = [head.text for table in tables for head in table.iterfind("tbody/tr/th")]
        wanted = [row["label"] for row in any_kind.rows() if row["cadence"] in {"quarterly", "monthly"}]
        assert sorted(map(str, heads)) == sorted(map(str, wanted))

    def test_says_why(self) -> None:
        """The table's caption has the days of the year and their reason, as `explain` gives it."""
        assert (
            "<b>FY23: 2023-01-29..2024-02-03, 53 weeks</b><br/>"
            "fiscal years end on the Saturday nearest to 31 January; it has 53 weeks"
            in almanac(presets.NRF, 2023).html()
        )

    def test_is_what_a_notebook_shows(self) -> None:
        """The last expression of a cell."""
        assert almanac(presets.NRF, 2023)._repr_html_() == almanac(presets.NRF, 2023).html()


class TestRefusals:
    """What an almanac is made of."""

    def test_is_a_value(self) -> None:
        """It cannot change; any iterable of years is taken."""
        stays(almanac(presets.APPLE, 1999, 2023))
        assert Almanac(FiscalCalendar(), range(2024, 2026)) == Almanac(FiscalCalendar(), iter([2024, 2025]))
        assert almanac(MonthYears(), 2024, 2025) != almanac(MonthYears(), 2025, 2024)

    @pytest.mark.parametrize(
        ("make", "field"),
        [
            (lambda: Almanac(Weeks(), [2025]), "calendar"),  # type: ignore[arg-type]
            (lambda: Almanac(FiscalCalendar(), 2025), "years"),  # type: ignore[arg-type]
            (lambda: Almanac(FiscalCalendar(), {2025}), "years"),
            (lambda: Almanac(FiscalCalendar(), [2024, "2025"]), "years[1]"),
            (lambda: almanac(MonthYears(), 2025).text("80"), "width"),  # type: ignore[arg-type]
        ],
        ids=["calendar", "one year", "a set", "text", "width"],
    )
    def test_of_other_types(self, make: Callable[[], object], field: str) -> None:
        """Each is named; a set of years has no order."""
        refuses(make, "invalid_type", field, kind=InvalidType)

    def test_takes_each_year_once_and_at_least_one(self) -> None:
        """At most fifty, from 1900 to 2200."""
        refuses(lambda: almanac(MonthYears(), 2024, 2025, 2024), "duplicate", "years[2]", "2024")
        refuses(lambda: almanac(MonthYears(), 1899), "out_of_range", "years[0]", "1899")
        refuses(lambda: almanac(MonthYears(), *range(2000, 2051)), "too_large", "years", "50", kind=TooLarge)
        refuses(lambda: almanac(MonthYears()), "required", "years")

    def test_takes_no_year_that_the_calendar_does_not_have(self) -> None:
        """At once, in the words of the calendar."""
        says(
            lambda: almanac(LONG_WAY, 2024, 2025),
            "year: expected a fiscal year that there is; after 2024 comes 2026, got 2025",
            "2025",
        )

    def test_a_transition_without_a_number_has_a_page(self) -> None:
        """The quarter between the fiscal years 1976 and 1977 of the United States is shown by its name."""
        federal = Timeline(MonthYears(start_month=7)).then(presets.US_FEDERAL, on="1976-07-01")
        labels = [row["label"] for row in Almanac(FiscalCalendar(years=federal), [1976, "1976T", 1977]).rows()]
        assert [label for label in labels if str(label).startswith("FY76T")] == [
            "FY76T", "FY76T H1", "FY76T Q1", "FY76T P01", "FY76T P02", "FY76T P03",
        ]  # fmt: skip
        refuses(lambda: Almanac(FiscalCalendar(years=federal), ["1977T"]), "no_such_year", "year", "1977T")


def test_fifty_years_take_little_time() -> None:
    """A page of half a century at once."""
    with bounded(seconds=2):
        shown = almanac(presets.COSTCO, *range(2000, 2050))
        assert shown.html().count("<table") == 50
