"""Bad input, table *events*: what every host's CRM delivers one day, and what becomes of the figures. Names hold the ids."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import cast

import pytest

from quota_engine import (
    Absence,
    Assignment,
    CrmEvent,
    InvalidType,
    Membership,
    MissingRate,
    Rates,
    Roster,
    Status,
    Team,
    User,
)
from quota_engine.adapters.columns import Columns
from tests.acme import (
    ADA,
    AUGUST,
    BOB,
    EVERYONE,
    JULY,
    NORTH,
    acme,
    at,
    attained,
    calculated,
    cell,
    deal,
    figures,
    found,
    promise,
)
from tests.refusals import refuses

GOAL = promise(ADA, BOB, NORTH, EVERYONE)
STAFF = Roster([User("ada"), User("bob")], [Team("north")], [Membership("ada", "north"), Membership("bob", "north")])
GONE = Roster(
    [User("ada", absences=[Absence(at("2025-07-12"))]), User("bob")], [Team("north")], [Membership("ada", "north")]
)


class TestDeliveries:
    """Records that come twice, late, early or in the wrong order."""

    def test_evt_01_a_duplicate_changes_nothing_and_is_counted(self) -> None:
        """The same version twice is one deal, and one finding."""
        once, twice = (calculated(GOAL, *events, roster=STAFF) for events in ([deal("d1")], [deal("d1"), deal("d1")]))
        assert figures(once) == figures(twice)
        assert [(finding.count, finding.records) for finding in found(twice, "duplicate")] == [(1, ("d1",))]

    def test_evt_03_a_deletion_that_comes_first_still_deletes(self) -> None:
        """Deleted by its second version, created by its first, which arrives later."""
        gone, there = deal("d1", version=2, deleted=True), deal("d1", version=1)
        assert attained(calculated(GOAL, gone, there, roster=STAFF)) == 0
        later = [deal("d1", recorded="2025-07-12", deleted=True), deal("d1")]
        assert attained(calculated(GOAL, *later, roster=STAFF)) == 0

    def test_evt_04_an_older_version_that_comes_later_does_not_hold(self) -> None:
        """The third version holds, whatever the order."""
        third, first, second = (deal("d1", str(number), version=number) for number in (3, 1, 2))
        assert attained(calculated(GOAL, third, first, second, roster=STAFF)) == 3

    def test_evt_05_conflict_has_one_winner_and_a_report(self) -> None:
        """Two contents under one version: the same one holds both ways, and the conflict is told."""
        one, two = deal("d1", "100", version=2), deal("d1", "20", version=2)
        results = [calculated(GOAL, *events, roster=STAFF) for events in ([one, two], [two, one])]
        assert figures(results[0]) == figures(results[1])
        assert attained(results[0]) == 20  # as text, "20" is greater than "100"
        for result in results:
            assert [(finding.count, finding.records) for finding in found(result, "conflict")] == [(1, ("d1",))]


class TestDates:
    """Records of other times."""

    def test_evt_06_a_record_dated_ahead_counts_in_the_slice_that_its_date_names(self) -> None:
        """400 days ahead is 24 August 2026: in next year's goal from now on, and in no slice of this one's."""
        event = deal("d1", closed=date(2025, 7, 20) + timedelta(days=400), recorded="2025-07-20")
        assert {progress.counted for progress in calculated(GOAL, event, roster=STAFF)} == {0}
        ahead = deal("d2", closed="2025-08-05", recorded="2025-07-20")
        result = calculated(GOAL, ahead, roster=STAFF)
        assert (attained(result), attained(result, ADA, AUGUST), cell(result, ADA, AUGUST).status) == (
            0,
            100,
            Status.PENDING,
        )
        assert attained(calculated(GOAL, ahead, roster=STAFF, as_of="2025-07-19 23:59:59"), ADA, AUGUST) == 0

    @pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Pacific/Niue"])
    def test_evt_07_the_ends_of_time_are_outside(self, zone: str) -> None:
        """Year 1 and year 9999, as dates of closing and as times of recording, in money that must be converted."""
        goal = promise(ADA, account=acme(zone=zone))
        ends = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
        events = [
            deal(f"c{n}", closed=end, recorded="2025-07-01", more={"currency": "USD"}) for n, end in enumerate(ends)
        ]
        events += [
            CrmEvent("deal", f"r{n}", recorded_at=end, owner_id="ada", properties=dict(deal("x").properties))
            for n, end in enumerate(ends)
        ]
        result = calculated(goal, *events, rates=Rates("EUR", {}))
        assert [progress.counted for progress in result if progress.counted] == [
            1
        ]  # r0, recorded in year 1, won in July
        assert result.findings == ()


class TestPeople:
    """Records of nobody, and of people who come and go."""

    @pytest.mark.parametrize("owner", [None, "", "ghost"])
    def test_evt_08_nobodys_record_is_unattributed(self, owner: str | None) -> None:
        """No contributor is credited; the account's row counts it, and the report names it."""
        result = calculated(GOAL, deal("d1", owner=owner), roster=STAFF)
        assert [attained(result, row) for row in (ADA, BOB, NORTH, EVERYONE)] == [0, 0, 0, 100]
        assert [finding.records for finding in found(result, "unattributed")] == [("d1",)]

    def test_evt_11_a_change_of_owner_moves_the_record(self) -> None:
        """Ada loses, Bob gains, the team's total stays."""
        result = calculated(GOAL, deal("d1"), deal("d1", owner="bob", version=1), roster=STAFF)
        assert [attained(result, row) for row in (ADA, BOB, NORTH, EVERYONE)] == [0, 100, 100, 100]

    def test_evt_15_a_record_of_someone_who_left(self) -> None:
        """Raised after Ada was deactivated: her row is unchanged, the team keeps the version before."""
        before = calculated(GOAL, deal("d1"), roster=GONE)
        after = calculated(GOAL, deal("d1"), deal("d1", "500", recorded="2025-07-12"), roster=GONE)
        assert figures(before) == figures(after)
        assert (attained(after, ADA), attained(after, NORTH)) == (100, 100)


class TestFreeze:
    """Records that come too late."""

    def test_evt_13_a_correction_after_the_freeze_changes_nothing_and_is_reported(self) -> None:
        """Recorded at the very instant of the freeze, or later."""
        before = calculated(GOAL, deal("d1"), roster=STAFF, as_of="2025-08-20")
        for recorded in ("2025-08-01", "2025-08-10"):
            late = deal("d1", "500", recorded=recorded)
            after = calculated(GOAL, deal("d1"), late, roster=STAFF, as_of="2025-08-20")
            assert repr(figures(after)) == repr(figures(before))
            assert [(finding.slice, finding.records) for finding in found(after, "late")] == [
                (GOAL.slices.find(JULY), ("d1",))
            ]

    def test_evt_14_a_first_calculation_a_week_after_the_end_gives_what_a_timely_one_would(self) -> None:
        """It depends on when things were recorded, never on when anybody looked."""
        events = [
            deal("d1", "1"),
            deal("d2", "10", recorded="2025-07-31 23:59:59.999999"),
            deal("d1", "500", recorded="2025-08-01"),
            deal("d3", "1000", recorded="2025-08-05"),
        ]
        timely = [event for event in events if event.recorded_at < at("2025-08-01")]
        at_the_end = calculated(GOAL, *timely, roster=STAFF, as_of="2025-08-01")
        a_week_later = calculated(GOAL, *events, roster=STAFF, as_of="2025-08-08")
        for row in (ADA, BOB, NORTH, EVERYONE):
            assert cell(at_the_end, row) == cell(a_week_later, row)
        assert attained(a_week_later) == 11


class TestContent:
    """What a record says."""

    def test_evt_09_a_currency_without_a_rate_is_refused(self) -> None:
        """Zimbabwe dollars, and no rate: never one to one."""
        event = deal("d1", more={"currency": "ZWL"})
        for rates in (None, Rates("EUR", {("USD", date(2025, 1, 1)): "0.9"})):
            error = refuses(
                lambda rates=rates: calculated(GOAL, event, roster=STAFF, rates=rates),  # type: ignore[misc]
                "missing_rate",
                "rates",
                "d1",
                kind=MissingRate,
            )
            assert isinstance(error, MissingRate)
            assert error.records == ("d1",)

    def test_evt_16_numbers_are_no_ids(self) -> None:
        """5 and "5" are never the same record, so numbers are refused, in events and in columns."""
        refuses(
            lambda: CrmEvent("deal", cast("str", 2**61 - 1), recorded_at=at("2025-07-10")),
            "invalid_type",
            "record_id",
            kind=InvalidType,
        )
        refuses(
            lambda: Columns("deal", cast("list[str]", ["d1", 2**61 - 1])),
            "invalid_type",
            "record_id[1]",
            kind=InvalidType,
        )

    def test_evt_16_ids_that_would_collide_as_numbers_take_no_longer(self) -> None:
        """20,000 deals whose ids are multiples of 2^61 - 1 cost what any others do; as numbers they would cost far more."""
        goal = promise(ADA)

        def cost(step: int) -> float:
            events = [deal(str(number * step), "1") for number in range(20_000)]
            begun = time.process_time()
            assert attained(calculated(goal, *events)) == 20_000
            return time.process_time() - begun

        assert cost(2**61 - 1) < 3 * cost(2**61 - 2) + 0.1

    def test_evt_18_fields_that_nobody_asked_for_are_ignored(self) -> None:
        """Whatever else the CRM stores of a deal changes no figure."""
        plain = calculated(GOAL, deal("d1"), roster=STAFF)
        more = calculated(GOAL, deal("d1", more={"foo": 1, "\u0444": "x", "": None}), roster=STAFF)
        assert (figures(plain), plain.findings) == (figures(more), more.findings)

    def test_evt_20_a_refund_counts_down_and_may_go_below_zero(self) -> None:
        """A credit note of 250 against a sale of 100."""
        result = calculated(GOAL, deal("d1"), deal("d2", Decimal("-250.00")), roster=STAFF)
        assert [attained(result, row) for row in (ADA, NORTH, EVERYONE)] == [-150, -150, -150]
        assert (cell(result).counted, cell(result).attainment) == (2, Decimal("-0.15"))

    @pytest.mark.parametrize("bad", [{"a": 1}, None, "d1", 5, ("deal", "d1")])
    def test_evt_25_what_is_no_record_is_refused_by_its_index(self, bad: object) -> None:
        """Nothing of the batch is applied."""
        events = cast("list[CrmEvent]", [deal("d1"), bad, deal("d2")])
        refuses(
            lambda: calculated(GOAL, *events, roster=STAFF), "invalid_type", "events[1]", "a CrmEvent", kind=InvalidType
        )


def test_mon_21_a_target_of_zero_is_accepted() -> None:
    """There is no share of nothing; it is judged at the end, and nothing is divided by it."""
    goal = promise(Assignment(ADA, targets=[0] * 12))
    for as_of, status in (("2025-07-20", Status.IN_PROGRESS), ("2025-08-01", Status.EXCEEDED)):
        result = calculated(goal, deal("d1"), as_of=as_of)
        assert (cell(result).attainment, cell(result).percent(), cell(result).status) == (None, "n/a", status)
        assert result.total("g1", on=JULY).attainment is None
    assert cell(calculated(goal, as_of="2025-08-01")).status is Status.ACHIEVED
