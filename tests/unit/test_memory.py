"""The ports over plain values in memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import cast

import pytest

from quota_engine import CrmEvent, InvalidCursor, InvalidType, Missing, Period, QuotaError, Rates, Roster, User
from quota_engine.adapters.memory import MemoryEvents, MemoryRates, MemoryRoster
from quota_engine.ports import EventSource, Page, RateSource, RosterSource
from tests.acme import at, deal
from tests.refusals import refuses

ALL: frozenset[str] = frozenset()


class TestEvents:
    """Versions of records, handed over page by page in the order in which they were added."""

    def test_come_whole_and_in_order(self) -> None:
        """From None on: everything there is, of one object."""
        source: EventSource = MemoryEvents(
            [deal("d1"), CrmEvent("call", "c1", recorded_at=at("2025-07-10")), deal("d2")]
        )
        assert source.changes("deal", None, properties=ALL) == Page((deal("d1"), deal("d2")), "3", more=False)
        assert [event.record_id for event in source.changes("call", None, properties=ALL).items] == ["c1"]

    def test_go_on_where_they_ended(self) -> None:
        """What is added later comes behind the cursor."""
        source = MemoryEvents()
        first = source.changes("deal", None, properties=ALL)
        source.add(deal("d1"), deal("d2"))
        second = source.changes("deal", first.cursor, properties=ALL)
        source.add(deal("d1", recorded="2025-07-12"))
        third = source.changes("deal", second.cursor, properties=ALL)
        assert [[event.record_id for event in page.items] for page in (first, second, third)] == [
            [],
            ["d1", "d2"],
            ["d1"],
        ]
        assert source.changes("deal", third.cursor, properties=ALL) == Page((), "3", more=False)

    def test_come_in_pages_of_a_thousand(self) -> None:
        """No version is skipped or repeated, and a page may be empty though there is more."""
        calls = [CrmEvent("call", f"c{number}", recorded_at=at("2025-07-10")) for number in range(1_500)]
        deals = [deal(f"d{number}") for number in range(1_000)]
        source = MemoryEvents([*calls, *deals])
        pages: list[Page[CrmEvent]] = []
        cursor: str | None = None
        while not pages or pages[-1].more:
            pages.append(source.changes("deal", cursor, properties=ALL))
            cursor = pages[-1].cursor
        assert [len(page.items) for page in pages] == [0, 500, 500]
        assert [event for page in pages for event in page.items] == deals

    @pytest.mark.parametrize("cursor", ["", "-1", "2", "1.0", "abc", " 1", "\u0661", "9" * 30, "1e0"])
    def test_know_their_own_cursors_alone(self, cursor: str) -> None:
        """One that this source never gave out is refused."""
        source = MemoryEvents([deal("d1")])
        refuses(
            lambda: source.changes("deal", cursor, properties=ALL),
            "invalid_cursor",
            "since",
            "a cursor of this source",
            kind=InvalidCursor,
        )

    def test_take_cursors_as_text(self) -> None:
        """Whatever they look like."""
        source = MemoryEvents([deal("d1")])
        refuses(
            lambda: source.changes("deal", cast("str", 1), properties=ALL), "invalid_type", "since", kind=InvalidType
        )

    @pytest.mark.parametrize(
        ("make", "field"),
        [
            (lambda: MemoryEvents().add(deal("d1"), cast("CrmEvent", "d2")), "events[1]"),
            (lambda: MemoryEvents(cast("list[CrmEvent]", ["d1"])), "events[0]"),
            (lambda: MemoryEvents(cast("list[CrmEvent]", 5)), "events"),
        ],
        ids=["added", "given", "no run of events"],
    )
    def test_refuse_what_is_no_event(self, make: Callable[[], object], field: str) -> None:
        """The index is named."""
        refuses(make, "invalid_type", field, "CrmEvents", kind=InvalidType)

    def test_take_all_or_nothing(self) -> None:
        """A wrong one among several adds none."""
        source = MemoryEvents()
        with pytest.raises(QuotaError):
            source.add(deal("d1"), cast("CrmEvent", None))
        assert source.changes("deal", None, properties=ALL).items == ()

    def test_leave_the_list_they_were_given_alone(self) -> None:
        """It stays the caller's."""
        given = [deal("d1")]
        source = MemoryEvents(given)
        source.add(deal("d2"))
        given.clear()
        assert len(source.changes("deal", None, properties=ALL).items) == 2


class TestRoster:
    """A roster that stands still."""

    def test_is_the_one_that_was_given(self) -> None:
        """The whole of it; an empty one where none was."""
        roster = Roster([User("ada")])
        source: RosterSource = MemoryRoster(roster)
        assert source.roster() is roster
        assert MemoryRoster().roster() == Roster()


class TestRates:
    """A table of rates that stands still."""

    TABLE = Rates(
        "EUR",
        {
            ("USD", date(2025, 5, 1)): "0.90",
            ("USD", date(2025, 6, 1)): "0.91",
            ("USD", date(2025, 7, 10)): "0.92",
            ("USD", date(2025, 8, 1)): "0.93",
            ("CHF", date(2025, 7, 1)): "1.05",
            ("GBP", date(2025, 6, 1)): "1.17",
            ("JPY", date(2025, 8, 2)): "0.006",
        },
        Missing.LEAVE_OUT,
    )
    JULY = Period(date(2025, 7, 1), date(2025, 8, 1))

    def test_are_those_of_the_days_and_the_last_one_before(self) -> None:
        """For July: June's dollar holds until the 10th; August's is not asked for, nor is the pound."""
        source: RateSource = MemoryRates(self.TABLE)
        assert source.rates("EUR", frozenset({"USD", "CHF", "JPY", "SEK"}), self.JULY) == Rates(
            "EUR",
            {
                ("USD", date(2025, 6, 1)): "0.91",
                ("USD", date(2025, 7, 10)): "0.92",
                ("CHF", date(2025, 7, 1)): "1.05",
            },
            Missing.LEAVE_OUT,
        )

    def test_say_the_same_as_the_whole_table_on_each_of_the_days(self) -> None:
        """Nothing that matters is lost."""
        some = MemoryRates(self.TABLE).rates("EUR", frozenset({"USD", "CHF", "GBP"}), self.JULY)
        for day in range(1, 32):
            for code in ("USD", "CHF", "GBP"):
                on = date(2025, 7, day)
                assert some.between(code, "EUR", on=on) == self.TABLE.between(code, "EUR", on=on)

    def test_to_another_base_are_none(self) -> None:
        """The table leads to euros; what becomes of missing ones stays as it was."""
        assert MemoryRates(self.TABLE).rates("USD", frozenset({"EUR"}), self.JULY) == Rates(
            "USD", {}, Missing.LEAVE_OUT
        )
