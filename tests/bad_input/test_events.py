"""Bad records, as far as a single record can be bad. Rows of the table `events`; the others are met where records are counted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from quota_engine.errors import InvalidType
from quota_engine.events import CrmEvent
from quota_engine.fiscal import FiscalCalendar, resolve
from quota_engine.measures import Fact, Unreadable, read
from quota_engine.periods import Period
from quota_engine.templates import CALLS_MADE, REVENUE

from tests.bad_input.doors import GOAL, NOON
from tests.refusals import bounded, refuses

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class TestEvents:
    """Odd records are taken or refused as a whole, and never break the arithmetic."""

    @pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "Etc/GMT+12", "America/St_Johns", "Asia/Tokyo"])
    @pytest.mark.parametrize("moment", [FIRST, LAST], ids=["first", "last"])
    def test_evt_07_year_1_and_9999(self, moment: datetime, zone: str) -> None:
        """The first and the last moment that there are lie outside every goal, in every zone."""
        event = CrmEvent("call", "c1", recorded_at=moment, properties={"occurred_at": moment})
        fact = read(CALLS_MADE.measure, event)
        assert fact == Fact(moment, None, None)
        day = FiscalCalendar(zone=zone).day_of(moment)
        assert abs(day - moment.date()) <= timedelta(days=1)
        assert GOAL.slices.find(day) is None
        assert resolve(GOAL.duration, FiscalCalendar(zone=zone)).find(day) is None
        refuses(lambda: FiscalCalendar(zone=zone).period_of(moment, "monthly"), "out_of_range", "year")
        assert event.content()

    def test_evt_07_days_at_the_ends(self) -> None:
        """The first and the last day, too."""
        for day in (date.min, date.max):
            event = CrmEvent("call", "c1", recorded_at=NOON, properties={"occurred_at": day})
            assert read(CALLS_MADE.measure, event) == Fact(day, None, None)
            assert GOAL.slices.find(day) is None
            assert day not in Period(date(2025, 1, 1), date(2026, 1, 1))

    def test_evt_16_hash_flooding(self) -> None:
        """Ids made to collide as numbers are refused as numbers and harmless as text."""
        colliding = [n * (2**61 - 1) for n in range(20_000)]
        refuses(
            lambda: CrmEvent("deal", colliding[3], recorded_at=NOON),  # type: ignore[arg-type]
            "invalid_type",
            "record_id",
            kind=InvalidType,
        )
        with bounded(seconds=10, mebibytes=64):
            events = {(e.object, e.record_id): e for e in (CrmEvent("deal", str(n), recorded_at=NOON) for n in colliding)}
        assert len(events) == 20_000

    def test_evt_18_unknown_fields(self) -> None:
        """Policy: a property that no measure reads is kept and ignored; it is part of what the version says."""
        plain = CrmEvent("deal", "d1", recorded_at=NOON, properties={"is_won": True, "closed_at": NOON, "amount": 5})
        more = CrmEvent("deal", "d1", recorded_at=NOON, properties={**plain.properties, "foo": 1})
        assert read(REVENUE.measure, more) == read(REVENUE.measure, plain) == Fact(NOON, Decimal(5), None)
        assert more.properties["foo"] == 1
        assert more.content() != plain.content()

    @pytest.mark.parametrize("amount", [Decimal("-250.00"), -250, "-250.00"])
    def test_evt_20_refund(self, amount: Decimal | int | str) -> None:
        """A negative amount is summed as it is."""
        event = CrmEvent("deal", "d1", recorded_at=NOON, properties={"is_won": True, "closed_at": NOON, "amount": amount})
        assert read(REVENUE.measure, event) == Fact(NOON, Decimal(-250), None)

    def test_evt_20_a_record_with_a_bad_amount_is_unreadable(self) -> None:
        """It is reported with the property at fault, and counts nowhere."""
        event = CrmEvent("deal", "d1", recorded_at=NOON, properties={"is_won": True, "closed_at": NOON, "amount": "n/a"})
        assert read(REVENUE.measure, event) == Unreadable("amount", "expected an exact number")
