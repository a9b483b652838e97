"""Checks that all nouns share: names, ids, days, moments, zones and lists."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from attrs import field, frozen

from quota_engine import _fields
from quota_engine._fields import FrozenMap
from quota_engine.errors import InvalidType, TooLarge, UnknownTimeZone
from tests.refusals import refuses, twins

ROME = ZoneInfo("Europe/Rome")


class Colour(StrEnum):
    """A closed word list."""

    RED = "red"
    BLUE = "blue"


@frozen
class Paint:
    """A noun with one field."""

    colour: str = field(validator=_fields.checked(_fields.name))


class TestFrozenMap:
    """A small mapping that cannot change."""

    def test_holds_what_it_was_given(self) -> None:
        """It reads as a mapping does, in the order given."""
        found = FrozenMap({"b": 1, "a": 2})
        assert (found["b"], len(found), list(found), found.get("c"), "a" in found) == (1, 2, ["b", "a"], None, True)
        assert repr(found) == "FrozenMap({'b': 1, 'a': 2})"
        assert FrozenMap([("b", 1)]) == FrozenMap({"b": 1})
        assert len(FrozenMap[str, int]()) == 0

    def test_does_not_follow_a_later_change(self) -> None:
        """Whoever keeps the original may change it without effect."""
        given = {"a": 1}
        found = FrozenMap(given)
        given["a"] = 2
        assert found == {"a": 1}

    def test_cannot_be_written(self) -> None:
        """There is no way to set an item or an attribute."""
        found = FrozenMap({"a": 1})
        with pytest.raises(TypeError):
            found["a"] = 2  # type: ignore[index]
        with pytest.raises(AttributeError):
            found.extra = 1  # type: ignore[attr-defined]

    def test_equal_maps_have_equal_hashes(self) -> None:
        """The order of the items plays no part in equality or hash; a hash asked for twice is the same."""
        one, other = FrozenMap({"a": 1, "b": 2}), FrozenMap({"b": 2, "a": 1})
        assert one == other
        assert hash(one) == hash(one) == hash(other)
        assert one != FrozenMap({"a": 1})

    def test_twins_are_equal(self) -> None:
        """It pickles and copies, with or without a hash asked for before."""
        found = FrozenMap({"a": (1, 2)})
        hash(found)
        assert all(twin == found and hash(twin) == hash(found) for twin in twins(found))


class TestChecked:
    """Checks as validators of a noun's fields."""

    def test_runs_under_the_name_of_the_field(self) -> None:
        """The message names the field that was wrong."""
        assert Paint("red").colour == "red"
        refuses(lambda: Paint(" "), "blank", "colour")

    def test_optional_lets_none_through(self) -> None:
        """None is fine where a field may be left open; all else is checked."""
        check = _fields.optional(_fields.name)
        assert check(None, "colour") is None
        assert check("red", "colour") == "red"
        refuses(lambda: check("", "colour"), "blank", "colour")

    def test_instance_of_takes_one_class(self) -> None:
        """Another class is refused by name."""
        check = _fields.instance_of(Paint, "a Paint")
        assert check(Paint("red"), "paint") == Paint("red")
        refuses(lambda: check("red", "paint"), "invalid_type", "paint", "a Paint", "str 'red'", kind=InvalidType)


class TestText:
    """Text, names and ids."""

    @pytest.mark.parametrize("good", ["", " ", "Zo\u00eb", "\u0410cme", "a\u200fb", "\U0001f600", "x" * 200])
    def test_plain_text_is_kept_as_it_is(self, good: str) -> None:
        """Any script and look-alike letters are kept, up to 200 characters."""
        assert _fields.text(good, "name") == good

    @pytest.mark.parametrize(
        "bad", ["a\nb", "a\rb", "\x00", "\x7f", "\x85", "\u2028", "\u2029", "\ud800", *"\u202a\u202e\u2066\u2069"]
    )
    def test_control_and_direction_characters_are_refused(self, bad: str) -> None:
        """What could forge a log line, reverse how a name reads or break a database is refused."""
        refuses(lambda: _fields.text(bad, "name"), "control_character", "name")

    def test_too_long_text_is_refused(self) -> None:
        """The limit and the length are named."""
        refuses(lambda: _fields.text("x" * 201, "name"), "too_long", "name", "at most 200", "got 201", kind=TooLarge)
        assert _fields.text("x" * 201, "name", longest=201) == "x" * 201

    @pytest.mark.parametrize("bad", [None, 5, b"goal", ["a"]])
    def test_anything_else_is_no_text(self, bad: object) -> None:
        """Bytes and numbers are not taken for text."""
        refuses(lambda: _fields.text(bad, "name"), "invalid_type", "name", "text", type(bad).__name__, kind=InvalidType)

    @pytest.mark.parametrize("bad", ["", "   ", "\u3000", "\u200b", " \u200d\ufeff", "\u00ad", "\u200e"])
    def test_a_blank_name_is_refused(self, bad: str) -> None:
        """A name without any visible character is none."""
        refuses(lambda: _fields.name(bad, "name"), "blank", "name")

    def test_a_name_may_have_spaces(self) -> None:
        """Names for people are kept with their spaces."""
        assert _fields.name(" North East ", "name") == " North East "

    @pytest.mark.parametrize("bad", [" u1", "u1 ", "\u3000u1"])
    def test_an_id_has_no_space_at_its_ends(self, bad: str) -> None:
        """An id that only looks like another is refused, not trimmed."""
        refuses(lambda: _fields.identifier(bad, "id"), "space_around", "id")

    def test_an_id_is_compared_exactly(self) -> None:
        """Ids keep case and inner space; a number is no id."""
        assert _fields.identifier("U 1", "id") == "U 1"
        refuses(lambda: _fields.identifier(5, "id"), "invalid_type", "id", kind=InvalidType)
        refuses(lambda: _fields.identifier("", "id"), "blank", "id")


class TestNumbersAndFlags:
    """Whole numbers, years, switches and closed word lists."""

    def test_whole_numbers_have_bounds(self) -> None:
        """Both bounds count; the message names them."""
        assert [_fields.whole(n, "n", 1, 3) for n in (1, 2, 3)] == [1, 2, 3]
        for bad in (0, 4, 10**400):
            refuses(partial(_fields.whole, bad, "n", 1, 3), "out_of_range", "n", "from 1 to 3")
        for other in (True, 1.0, "1", None):
            refuses(partial(_fields.whole, other, "n", 1, 3), "invalid_type", "n", "from 1 to 3", kind=InvalidType)

    def test_years_run_from_1900_to_2200(self) -> None:
        """Years outside are refused before any work is done."""
        assert (_fields.year(1900, "year"), _fields.year(2200, "year")) == (1900, 2200)
        refuses(lambda: _fields.year(1899, "year"), "out_of_range", "year", "1899")
        refuses(lambda: _fields.year(2201, "year"), "out_of_range", "year", "2201")

    def test_a_flag_is_true_or_false(self) -> None:
        """One and zero are not taken for yes and no."""
        assert (_fields.flag(True, "paid"), _fields.flag(False, "paid")) == (True, False)  # noqa: FBT003 - the values under test
        for bad in (1, "true", None):
            refuses(partial(_fields.flag, bad, "paid"), "invalid_type", "paid", kind=InvalidType)

    def test_a_word_is_written_exactly(self) -> None:
        """The member or its exact text is taken; the message lists those there are."""
        assert _fields.word("red", "colour", Colour) is Colour.RED
        assert _fields.word(Colour.BLUE, "colour", Colour) is Colour.BLUE
        refuses(lambda: _fields.word("RED", "colour", Colour), "unknown_word", "colour", "red, blue", "'RED'")
        refuses(lambda: _fields.word(None, "colour", Colour), "invalid_type", "colour", "red, blue", kind=InvalidType)


class TestDays:
    """Calendar days."""

    def test_a_date_or_its_text_is_a_day(self) -> None:
        """A day is a date, or text YYYY-MM-DD."""
        assert _fields.day(date(2024, 2, 29), "day") == date(2024, 2, 29)
        assert _fields.day("2024-02-29", "day") == date(2024, 2, 29)
        assert _fields.calendar_day(date(2024, 2, 29), "day") == date(2024, 2, 29)

    @pytest.mark.parametrize(
        "bad", ["2023-02-29", "20240101", "2024-W01-1", "2024-1-1", "01/02/2024", "10", "", " 2024-01-01"]
    )
    def test_other_text_is_refused(self, bad: str) -> None:
        """No other form is guessed, and a day must exist."""
        refuses(lambda: _fields.day(bad, "day"), "invalid_date", "day", "YYYY-MM-DD")

    @pytest.mark.parametrize("bad", [datetime(2024, 3, 1, tzinfo=UTC), 20240301, None])
    @pytest.mark.parametrize("check", [_fields.day, _fields.calendar_day])
    def test_a_moment_is_no_day(self, check: Callable[[object, str], date], bad: object) -> None:
        """Which day a moment is depends on a zone, so it is never cut short."""
        refuses(lambda: check(bad, "day"), "invalid_type", "day", "a date, not a datetime", kind=InvalidType)

    def test_text_is_no_calendar_day(self) -> None:
        """Where a date is required, text is not read."""
        refuses(lambda: _fields.calendar_day("2024-01-01", "day"), "invalid_type", "day", kind=InvalidType)


class TestMoments:
    """Moments in time."""

    def test_every_moment_becomes_utc(self) -> None:
        """Equal moments of different zones are the same, also in an hour that a clock shows twice."""
        first, second = datetime(2025, 10, 26, 2, 30, tzinfo=ROME), datetime(2025, 10, 26, 2, 30, tzinfo=ROME, fold=1)
        assert first == second  # to Python the clock face decides, which is the trap
        assert _fields.instant(first, "at") == datetime(2025, 10, 26, 0, 30, tzinfo=UTC)
        assert _fields.instant(second, "at") == datetime(2025, 10, 26, 1, 30, tzinfo=UTC)
        assert _fields.instant(second, "at").tzinfo is UTC

    def test_a_moment_in_utc_is_kept_as_it_is(self) -> None:
        """There is nothing to convert."""
        given = datetime(2025, 1, 1, tzinfo=UTC)
        assert _fields.instant(given, "at") is given

    def test_a_moment_without_zone_is_refused(self) -> None:
        """Nobody can say when 12 o'clock was without knowing where."""
        refuses(lambda: _fields.instant(datetime(2024, 3, 1, 12), "at"), "timezone_required", "at", "with a zone")

    @pytest.mark.parametrize("bad", [date(2024, 3, 1), "2024-03-01", 0, None])
    def test_anything_else_is_no_moment(self, bad: object) -> None:
        """A bare date is no moment."""
        refuses(lambda: _fields.instant(bad, "at"), "invalid_type", "at", kind=InvalidType)

    def test_a_moment_that_utc_cannot_express_is_refused(self) -> None:
        """The first hours of the year 1 east of Greenwich lie before what dates can name."""
        east = timezone(timedelta(hours=14))
        refuses(lambda: _fields.instant(datetime.min.replace(tzinfo=east), "at"), "out_of_range", "at", "0001-01-01")

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("2025-07-01", date(2025, 7, 1)),
            ("2025-07-01T10:00Z", datetime(2025, 7, 1, 10, tzinfo=UTC)),
            ("2025-07-01 10:00:30+02:00", datetime(2025, 7, 1, 8, 0, 30, tzinfo=UTC)),
            ("2025-07-01T23:59:59.5-03:30", datetime(2025, 7, 2, 3, 29, 59, 500_000, tzinfo=UTC)),
            ("2025-07-01T00:00:00.000001Z", datetime(2025, 7, 1, 0, 0, 0, 1, tzinfo=UTC)),
        ],
    )
    def test_reads_iso_text(self, text: str, expected: date | datetime) -> None:
        """A day, or a moment with an offset, is read from its ISO form."""
        found = _fields.moment_from_text(text, "closed_at")
        assert (type(found), found) == (type(expected), expected)

    @pytest.mark.parametrize(
        "bad",
        [
            "2025-07-01T10:00",
            "2025-07-01T24:00Z",
            "2025-02-30T10:00Z",
            "2025-07-01T10Z",
            "20250701T1000Z",
            "1751364000",
            "",
        ],
    )
    def test_other_text_is_refused(self, bad: str) -> None:
        """A moment without an offset, an hour 24 and days that do not exist are refused, the same on every Python."""
        refuses(lambda: _fields.moment_from_text(bad, "closed_at"), "invalid_date", "closed_at")

    def test_counts_microseconds_exactly(self) -> None:
        """A moment is a whole number of microseconds since 1970, before 1970 too."""
        assert _fields.microseconds(datetime(1970, 1, 1, 0, 0, 1, 5, tzinfo=UTC)) == 1_000_005
        assert _fields.microseconds(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1
        assert _fields.microseconds(datetime(1970, 1, 2, tzinfo=timezone(timedelta(hours=2)))) == 79_200_000_000


class TestZones:
    """Names of time zones."""

    @pytest.mark.parametrize("good", ["Europe/Rome", "UTC", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "GMT"])
    def test_a_name_of_the_zone_database_is_kept(self, good: str) -> None:
        """Names are those of the zone database; a ZoneInfo stands for its name."""
        assert _fields.zone_name(good, "zone") == good
        assert _fields.zone_name(ZoneInfo(good), "zone") == good

    @pytest.mark.parametrize(
        "bad",
        [
            "Mars/Phobos", "America", "../../etc/passwd", "/etc/localtime", "GMT+5", "GMT+0", "EST5EDT", "+05:30", "", "Europe/",
            "right/Europe/Rome", "posix/Europe/Rome", "localtime", "posixrules", "Europe/Rome\n", "A" * 65, "Europe\u2044Rome",
        ],
    )  # fmt: skip
    def test_no_other_text_is_a_zone(self, bad: str) -> None:
        """Unknown names, paths, offsets, rules without a place, and copies that not every machine has are refused."""
        error = refuses(
            lambda: _fields.zone_name(bad, "zone"), "unknown_time_zone", "zone", "Europe/Rome", kind=UnknownTimeZone
        )
        assert "zoneinfo" not in str(error)

    def test_only_text_and_zones_are_zone_names(self) -> None:
        """An offset object or a nameless zone has no name to keep."""
        refuses(lambda: _fields.zone_name(UTC, "zone"), "invalid_type", "zone", kind=InvalidType)
        nameless = ZoneInfo.from_file(io.BytesIO(b"TZif" + bytes(32) + b"\0\0\0\1\0\0\0\4" + bytes(6) + b"UTC\0"))
        refuses(lambda: _fields.zone_name(nameless, "zone"), "invalid_type", "zone", kind=InvalidType)


class TestItems:
    """Lists of things."""

    def test_any_iterable_becomes_a_tuple(self) -> None:
        """A list, a generator or a set will do."""
        assert _fields.items([1, 2], "n", int, "numbers") == (1, 2)
        assert _fields.items((n for n in (1, 2)), "n", int, "numbers") == (1, 2)
        assert _fields.items((), "n", int, "numbers") == ()

    @pytest.mark.parametrize("bad", ["ab", b"cd", 5, None])
    def test_text_is_no_list(self, bad: object) -> None:
        """Text is never taken for a list of its letters."""
        refuses(
            lambda: _fields.items(bad, "n", str, "words"), "invalid_type", "n", "an iterable of words", kind=InvalidType
        )

    def test_a_wrong_item_is_named_by_its_place(self) -> None:
        """The first wrong item is named, counted from 0."""
        refuses(
            lambda: _fields.items([1, "2"], "n", int, "numbers"), "invalid_type", "n[1]", "str '2'", kind=InvalidType
        )

    def test_nothing_past_the_limit_is_read(self) -> None:
        """An endless source is refused as soon as the limit is passed."""
        source = itertools.count()
        refuses(
            lambda: _fields.items(source, "n", int, "numbers", most=3), "too_large", "n", "at most 3", kind=TooLarge
        )
        assert next(source) == 4
        assert _fields.items([1, 2, 3], "n", int, "numbers", most=3) == (1, 2, 3)

    @pytest.mark.parametrize("bad", [{1, 2}, frozenset({1}), {1: 2}])
    def test_where_order_matters_a_set_is_refused(self, bad: object) -> None:
        """One target per slice cannot come from something without an order."""
        refuses(
            lambda: _fields.in_order(bad, "n", "targets", most=3), "invalid_type", "n", "in order", kind=InvalidType
        )

    def test_where_order_matters_it_is_kept(self) -> None:
        """Lists and generators keep their order."""
        assert _fields.in_order([2, None, 1], "n", "targets", most=3) == (2, None, 1)
