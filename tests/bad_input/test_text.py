"""Bad text, at every door of the values. Rows of the table `text`."""

from __future__ import annotations

import pytest

from quota_engine.contributors import Contributor, Roster, User
from quota_engine.errors import InvalidType, TooLarge
from quota_engine.events import CrmEvent
from tests.bad_input.doors import IDS, NAMES, NOON, TEXTS, Door
from tests.refusals import bounded, refuses

NAMES_AND_IDS = {**{f"name {n}": door for n, door in NAMES.items()}, **{f"id {n}": door for n, door in IDS.items()}}
ALL = {**NAMES_AND_IDS, **TEXTS}
at_every_text = pytest.mark.parametrize(("door", "field"), ALL.values(), ids=ALL.keys())
at_every_name = pytest.mark.parametrize(("door", "field"), NAMES_AND_IDS.values(), ids=NAMES_AND_IDS.keys())
at_every_id = pytest.mark.parametrize(("door", "field"), IDS.values(), ids=IDS.keys())


class TestText:
    """A name can be seen, stored anywhere, written into a log line, and is never guessed from something else."""

    @at_every_name
    def test_str_01_blank(self, door: Door, field: str) -> None:
        """Empty, spaces of any script and characters without width make no name."""
        for bad in ("", "   ", "\u3000", "\u200b"):
            refuses(lambda bad=bad: door(bad), "blank", field)  # type: ignore[misc]

    @at_every_text
    def test_str_02_a_million_characters(self, door: Door, field: str) -> None:
        """Refused by its length; the message shows its beginning alone."""
        huge = "x" * 10**6
        with bounded():
            refuses(lambda: door(huge), "too_long", field, "at most 200 characters, got 1000000", kind=TooLarge)

    @at_every_text
    def test_str_03_nul(self, door: Door, field: str) -> None:
        """PostgreSQL would refuse it and SQLite would keep it, so nobody gets it."""
        refuses(lambda: door("a\x00b"), "control_character", field, r"'a\x00b'")

    @at_every_text
    def test_str_05_bidi_override(self, door: Door, field: str) -> None:
        """Policy: characters that turn the direction of text are refused; the message shows them escaped."""
        for bad in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069":
            refuses(lambda bad=bad: door(f"invoice{bad}gpj.exe"), "control_character", field)  # type: ignore[misc]

    @at_every_text
    def test_str_07_homoglyph(self, door: Door, field: str) -> None:
        """Policy: look-alike letters are kept verbatim and are not the same."""
        assert field
        assert door("\u0410cme") != door("Acme")

    def test_str_07_is_stored_verbatim(self) -> None:
        """A Cyrillic A stays one, and finds only itself."""
        roster = Roster(users=(User("\u0410da"), User("Ada")))
        assert roster.search("\u0410da") == (Contributor.user("\u0410da"),)
        assert roster.user("Ada") == User("Ada")

    @at_every_text
    def test_str_10_number(self, door: Door, field: str) -> None:
        """5 and "5" are never the same key, so the number is refused."""
        refuses(lambda: door(5), "invalid_type", field, "got int 5", kind=InvalidType)

    @at_every_text
    def test_str_11_bytes(self, door: Door, field: str) -> None:
        """Bytes are not read as text."""
        refuses(lambda: door(b"goal"), "invalid_type", field, "got bytes", kind=InvalidType)

    @at_every_text
    def test_str_12_sql(self, door: Door, field: str) -> None:
        """What would be SQL elsewhere is a name like any other here."""
        text = "Robert'); DROP TABLE goals;--"
        assert field
        assert text in repr(door(text))

    @at_every_text
    def test_str_14_line_break(self, door: Door, field: str) -> None:
        """Policy: line breaks of any kind are refused; the message stays on one line."""
        for bad in ("\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"):
            refuses(lambda bad=bad: door(f"ok{bad}ERROR user deleted"), "control_character", field)  # type: ignore[misc]

    def test_str_14_in_the_text_of_a_record(self) -> None:
        """Policy: a record's own text is the CRM's and kept as it is; it is never shown raw in a message."""
        event = CrmEvent("deal", "d1", recorded_at=NOON, properties={"note": "ok\nERROR user deleted\x00"})
        assert event.properties["note"] == "ok\nERROR user deleted\x00"
        refuses(
            lambda: CrmEvent("deal", "d1", recorded_at=NOON, properties={"note\nERROR": 0.5}),  # type: ignore[dict-item]
            "invalid_type",
            r"properties.'note\nERROR'",
            kind=InvalidType,
        )

    @at_every_id
    def test_str_16_space_around_an_id(self, door: Door, field: str) -> None:
        """Policy: an id with space at an end is refused, and never trimmed."""
        for bad in (" u1", "u1 ", "\u00a0u1"):
            refuses(lambda bad=bad: door(bad), "space_around", field)  # type: ignore[misc]
