"""Laws of the first instant of a day, at every change of every clock that the zone database knows (rule T2).

Expectations come from the files themselves, read by other code than Python's. Every day of every zone is a command of its own:
`python -m tests.zones`. Where Python finds no zone database these laws fail, and say so.
"""

from __future__ import annotations

import struct
import zoneinfo
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Final

import pytest

from quota_engine.fiscal.moments import first_instant, local_day
from tests.zone_files import first_seconds, read, seconds_to, zone_names
from tests.zones import LATE, MICROSECOND, Zone, late_days, misplaced, torn, zones

# Names that the engine refuses: rules without a place, and the machine's own zone.
NO_PLACES: Final = {"CST6CDT", "EST5EDT", "GMT+0", "GMT-0", "GMT0", "MST7MDT", "PST8PDT", "localtime"}

# Zones of which every day is tried here: midnights, or days, that are missing or come twice, and an offset of odd seconds.
IN_FULL: Final = (
    "America/Sao_Paulo", "America/St_Johns", "Pacific/Apia", "Pacific/Kwajalein", "Africa/Monrovia", "America/Toronto",
)  # fmt: skip

# Until when moments are placed in days here: later than that, nearly all clocks follow rules that have been tried by then.
SOON: Final = date(2040, 12, 31)


@cache
def known() -> list[Zone]:
    """Return all zones whose names the engine accepts."""
    return zones()[0]


def named(name: str) -> Zone:
    """Return the zone of a name."""
    return next(zone for zone in known() if name in zone.names)


class TestFirstInstants:
    """When a day begins."""

    def test_lp1_at_every_change_of_every_clock(self) -> None:
        """LP1: around every change until 2201 a day begins when a clock first shows its midnight or later, but one in Toronto."""
        found = {
            zone.name: late
            for zone in known()
            if (
                late := {d: t for first, last in zone.around_changes() for d, t in late_days(zone, first, last).items()}
            )
        }
        assert found == LATE

    @pytest.mark.parametrize("name", IN_FULL)
    def test_lp1_every_day_of_a_zone(self, name: str) -> None:
        """LP1: so does every day from 1900 to 2200."""
        zone = named(name)
        assert late_days(zone, date(1900, 1, 1), date(2200, 12, 31)) == zone.late

    def test_lp1_the_exception_begins_at_one_o_clock(self) -> None:
        """LP1: Toronto's clocks went on to half past midnight, and for the rule 31 March 1919 begins at one (rule T2)."""
        assert first_instant(date(1919, 3, 31), "America/Toronto") == datetime(1919, 3, 31, 5, tzinfo=UTC)


class TestLocalDays:
    """Which day a moment lies in."""

    def test_lp2_beside_every_change_of_every_clock(self) -> None:
        """LP2: beside each change, and each beginning of a day near it, a moment lies in the last day that has begun by then."""
        found = {
            zone.name: wrong
            for zone in known()
            if (wrong := [m for first, last in zone.around_changes(SOON) for m in misplaced(zone, first, last)])
        }
        assert found == {}

    @pytest.mark.parametrize("name", IN_FULL)
    def test_lp2_days_never_overlap_nor_turn_back(self, name: str) -> None:
        """LP2: around each change every moment lies in exactly one day, and never in an earlier one than a moment before it."""
        zone = named(name)
        assert [moment for first, last in zone.around_changes() for moment in torn(zone, first, last)] == []

    def test_lp2_the_exception_counts_for_the_day_before(self) -> None:
        """LP2: what happens in Toronto in the half hour before that counts for 30 March (rule T2)."""
        one = datetime(1919, 3, 31, 5, tzinfo=UTC)
        moments = (one - timedelta(minutes=30), one - MICROSECOND, one)
        assert [local_day(moment, "America/Toronto").day for moment in moments] == [30, 30, 31]


class TestNames:
    """Which zones these laws are about."""

    def test_every_place_is_a_name(self) -> None:
        """Every name that Python knows is accepted but for rules without a place and the machine's own zone."""
        found, refused = zones()
        assert set(refused) == NO_PLACES.intersection(zone_names())
        assert sorted([*refused, *(name for zone in found for name in zone.names)]) == zone_names()

    def test_without_a_zone_database_nothing_is_proved(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where there is none, that is said."""
        monkeypatch.setattr(zoneinfo, "available_timezones", set[str])
        with pytest.raises(LookupError, match="no zone database"):
            zones()


def file_of(offsets: list[int], changes: list[tuple[int, int]], rule: str) -> bytes:
    """Return a zone file of some offsets, changes to them by their places, and a rule; its block of 32-bit times is empty."""
    head = b"TZif2" + bytes(15)
    empty = head + struct.pack(">6l", 0, 0, 0, 0, 1, 4) + bytes(6) + b"ABC\0"
    body = struct.pack(f">{len(changes)}q", *(at for at, _ in changes)) + bytes(kind for _, kind in changes)
    kinds = b"".join(struct.pack(">lBB", offset, 0, 0) for offset in offsets)
    counts = struct.pack(">6l", 0, 0, 0, len(changes), len(offsets), 4)
    return empty + head + counts + body + kinds + b"ABC\0" + f"\n{rule}\n".encode()


class TestFiles:
    """How the files are read."""

    def test_a_rule_goes_on_from_the_changes(self) -> None:
        """The changes of a rule follow those written down: the last Sunday, the first, hours before and past midnight."""
        data = file_of([-60, 7200], [(0, 1)], "<+02>-2<+03>,M3.5.0/-1,M10.1.0/26:30")
        changes = read(data)
        assert changes[:2] == [(-(2**63), -60), (0, 7200)]
        assert changes[2:4] == [
            (seconds_to(date(1970, 3, 29)) - 3 * 3600, 10800),
            (seconds_to(date(1970, 10, 5)) - 1800, 7200),
        ]
        assert datetime.fromtimestamp(changes[-1][0], UTC).year == 2202

    @pytest.mark.parametrize(
        "data",
        [
            b"TZif" + bytes(60),
            file_of([0], [(5, 0), (4, 0)], ""),
            file_of([0], [(5, 0)], "<+02>-2"),
            file_of([0], [(5, 0)], "<+02>-2<+03>,M3.5.0,M10.5.0"),
            file_of([0], [(5, 0)], "<+00>0<+01>,J60,J300"),
        ],
    )
    def test_what_is_not_understood_is_refused(self, data: bytes) -> None:
        """A first version, changes out of order, a rule that contradicts them and one of another form are refused."""
        with pytest.raises(ValueError, match=r"no zone file|out of order|the rule|a rule"):
            read(data)

    def test_the_first_second_is_the_earliest(self) -> None:
        """A day without a midnight begins where the clock went on, one with two at the first, one never shown with the next."""
        on, back, past_a_day = (84_600, 1), (171_000, 0), (259_200, 2)
        changes = read(file_of([0, 3_600, 86_400], [on, back, past_a_day], ""))
        starts = [0, 84_600, 169_200, 259_200, 259_200]
        assert first_seconds(changes, date(1970, 1, 1), date(1970, 1, 5)) == starts
        assert first_seconds(changes, date(1970, 1, 5), date(1970, 1, 5)) == starts[4:]
