"""Records as the tracker keeps them: gone, back again, and known to the figures or not yet."""

from __future__ import annotations

from datetime import date
from typing import cast

import pytest

from quota_engine import HOST, CrmEvent, FindingKind, SourceUnavailable, templates
from quota_engine.adapters.memory import MemoryEvents
from tests.acme import ADA, at, deal, promise
from tests.laws.given_tracking import Crm
from tests.unit.test_tracker import Shop

WON = deal("d1", more={"created_at": date(2025, 7, 3)})


def after(*later: CrmEvent) -> tuple[Shop, Crm]:
    """Return a shop with a source that forgot a deal, named it again as it was, and then something else."""
    shop, crm = Shop(promise(ADA)), Crm()
    shop.events = cast("MemoryEvents", crm)
    shop.another()
    crm.add(WON)
    shop.refresh("2025-07-12")
    crm.forget(("deal", "d1"))
    shop.refresh("2025-07-13")
    assert shop.cell().attained == 0
    crm.add(WON)
    shop.refresh("2025-07-14")
    assert shop.cell().attained == 100
    crm.add(*later)
    return shop, crm


class TestBack:
    """A record that was gone and is named again."""

    def test_has_what_is_asked_for_later(self) -> None:
        """A goal of deals created comes after it: the deal was created in July, and is still won in July."""
        shop, _ = after()
        shop.keep(promise(ADA, measure=templates.DEALS_CREATED.measure, goal_id="g2"), "2025-07-15")
        shop.refresh("2025-07-15")
        assert [each.counted for each in shop.tracker.progress(actor=HOST, as_of=at("2025-07-15")) if each.counted] == [
            1,
            1,
        ]

    def test_follows_a_correction_that_was_late(self) -> None:
        """Recorded before it was back, and delivered after: the deal is what the CRM says of it."""
        shop, _ = after(deal("d1", "500", recorded="2025-07-11"))
        shop.refresh("2025-07-15")
        assert shop.cell().attained == 500

    def test_is_what_was_recorded_at_the_very_moment(self) -> None:
        """A correction recorded at the moment at which it was found to be back holds, and contradicts nothing."""
        shop, _ = after(deal("d1", "5", recorded="2025-07-14"))
        refreshed = shop.refresh("2025-07-15")
        assert shop.cell().attained == 5
        assert not [finding for finding in refreshed.findings if finding.kind is FindingKind.CONFLICT]

    def test_is_not_back_where_it_had_been_deleted(self) -> None:
        """A deletion recorded before it was back, delivered after; and a restoration that comes still later."""
        shop, crm = after(deal("d1", recorded="2025-07-11", deleted=True))
        shop.refresh("2025-07-15")
        assert shop.cell().attained == 0
        crm.add(deal("d1", "700", recorded="2025-07-11 01:00"))
        shop.refresh("2025-07-16")
        assert shop.cell().attained == 700


class TestFigured:
    """What is read and what the figures know."""

    def test_a_refresh_that_did_not_come_to_its_end_is_no_difference(self) -> None:
        """A page was read, the next was not: the figures stay, and nothing is wrong with them."""
        shop, crm = Shop(promise(ADA)), Crm()
        shop.events = cast("MemoryEvents", crm)
        shop.another()
        crm.add(deal("d1"))
        shop.refresh("2025-07-12")
        crm.add(deal("d1", "5", version=1), deal("d2"), deal("d3"))
        crm.fails = (1, TimeoutError())
        with pytest.raises(SourceUnavailable):
            shop.refresh("2025-07-13")
        assert shop.cell().attained == 100
        assert shop.tracker.verify() == ()
        shop.refresh("2025-07-13")
        assert shop.cell().attained == 205
