"""Timetables: when each slice of a goal starts, ends and freezes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from attrs import evolve

from quota_engine import Closing, Partition
from quota_engine.timetables import Timetable
from tests.acme import MONTHLY, acme, at, promise
from tests.refusals import stays

MONTHS = Partition.at(date(2025, 7, 1), date(2025, 8, 1), date(2025, 9, 1))
ROME = Timetable(MONTHS, "Europe/Rome", Closing())


class TestMoments:
    """Days become moments once, in the goal's zone."""

    def test_slices_start_and_end_at_local_midnight(self) -> None:
        """In summer Rome is two hours ahead of UTC, so its July begins at 22:00 on 30 June."""
        assert ROME.starts == (at("2025-06-30 22:00"), at("2025-07-31 22:00"))
        assert ROME.ends == (at("2025-07-31 22:00"), at("2025-08-31 22:00"))

    def test_winter_time_is_an_hour_nearer(self) -> None:
        """A slice from 1 October to 1 November begins at UTC+2 and ends at UTC+1: it is an hour longer than its days."""
        times = Timetable(Partition.at(date(2025, 10, 1), date(2025, 11, 1)), "Europe/Rome", Closing())
        assert times.ends[0] - times.starts[0] == timedelta(days=31, hours=1)

    def test_a_midnight_that_does_not_exist_is_the_first_instant_after_it(self) -> None:
        """In Sao Paulo 4 November 2018 began at 01:00, which is 03:00 in UTC."""
        times = Timetable(Partition.at(date(2018, 11, 4), date(2018, 11, 5)), "America/Sao_Paulo", Closing())
        assert (times.starts, times.ends) == ((at("2018-11-04 03:00"),), (at("2018-11-05 02:00"),))

    def test_a_day_that_a_place_skipped_has_no_instant(self) -> None:
        """Samoa went from 29 to 31 December 2011: the 30th starts and ends at once."""
        times = Timetable(Partition.at(date(2011, 12, 30), date(2011, 12, 31)), "Pacific/Apia", Closing())
        assert times.starts == times.ends == (at("2011-12-30 10:00"),)

    def test_is_a_value(self) -> None:
        """Goals with equal slices, zone and closing share one timetable."""
        stays(ROME)
        assert promise().timetable == promise(goal_id="g2").timetable
        assert evolve(ROME, zone="UTC") != ROME


class TestFreeze:
    """From which moment on nothing that is recorded changes a slice."""

    def test_is_the_end_of_the_slice(self) -> None:
        """Without a grace the books close with the slice."""
        assert ROME.freezes == ROME.ends
        assert not ROME.restates

    def test_comes_after_the_grace(self) -> None:
        """With three days of grace July closes when 3 August ends."""
        times = evolve(ROME, closing=Closing(grace=timedelta(days=3)))
        assert times.freezes == (at("2025-08-03 22:00"), at("2025-09-03 22:00"))

    def test_never_comes_where_late_corrections_count(self) -> None:
        """Under `restate` the books stay open."""
        times = evolve(ROME, closing=Closing(policy="restate"))
        assert times.freezes == (None, None)
        assert times.restates

    @pytest.mark.parametrize(
        ("since", "frozen"),
        [
            (date(2025, 6, 30), [True, True]),
            (date(2025, 7, 30), [True, True]),
            (date(2025, 7, 31), [False, True]),
            (date(2025, 8, 30), [False, True]),
            (date(2025, 8, 31), [False, False]),
        ],
    )
    def test_never_comes_for_slices_that_had_ended_when_the_host_began(self, since: date, frozen: list[bool]) -> None:
        """A slice whose last day lies on or before the day of adoption takes a first load without history."""
        times = evolve(ROME, closing=Closing(since=since))
        assert [freeze is not None for freeze in times.freezes] == frozen
        assert times.restates is (False in frozen)

    def test_freezing_tells_what_would_be_if_only_timely_records_counted(self) -> None:
        """Its twin freezes every slice at the end and the grace, whatever the policy and the day of adoption."""
        grace = timedelta(hours=1)
        for closing in (
            Closing(policy="restate", grace=grace),
            Closing(since=date(2030, 1, 1), grace=grace),
        ):
            twin = evolve(ROME, closing=closing).freezing()
            assert twin.freezes == (at("2025-07-31 23:00"), at("2025-08-31 23:00"))
            assert (twin.slices, twin.zone) == (MONTHS, "Europe/Rome")

    def test_is_the_goals_own(self) -> None:
        """A goal keeps the zone and the closing rule of the account it was planned with."""
        account = acme(zone="Europe/Rome", closing=Closing(grace=timedelta(days=1)))
        times = promise(account=account, duration=MONTHLY).timetable
        assert times.zone == "Europe/Rome"
        assert times.freezes[6] == datetime(2025, 8, 1, 22, tzinfo=UTC)
