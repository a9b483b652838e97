"""Records as the tracker keeps them: known to the figures, or not yet."""

from __future__ import annotations

import pytest

from quota_engine import SourceUnavailable
from tests.acme import ADA, at, deal, promise
from tests.laws.given_tracking import Crm
from tests.unit.test_tracker import Shop

class TestFigured:
    """What is read and what the figures know."""

    def test_a_refresh_that_did_not_come_to_its_end_is_no_difference(self) -> None:
        """A page was read, the next was not: the figures stay, and nothing is wrong with them."""
        shop, crm = Shop(promise(ADA)), Crm()
        shop.events = crm  # type: ignore[assignment] - another source
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
