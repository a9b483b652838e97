"""Stories of goals: which targets are not those that were promised at the end of their slices."""

from __future__ import annotations

from quota_engine import HOST, Assignment
from tests.acme import ADA, BOB, JULY, at, promise
from tests.unit.test_tracker import Shop


class TestRetargeted:
    """A target that was written after the end of its slice is told apart."""

    def test_a_moment_before_the_edit_knows_nothing_of_it(self) -> None:
        """Raised in mid-July and again in August: in early July, asked about now, the target was what it was then."""
        shop = Shop(promise(ADA, BOB))
        goal = shop.goals.get(["g1"])[0]
        shop.keep(goal.with_targets({(ADA, JULY): "2000"}), "2025-07-15")
        shop.keep(goal.with_targets({(ADA, JULY): "3000"}), "2025-08-10")
        shop.refresh("2025-08-11")
        assert shop.cell().restated
        for moment, target, is_restated in (
            ("2025-07-10", 1000, False),
            ("2025-08-09", 2000, False),
            ("2025-08-10", 3000, True),
        ):
            then = shop.tracker.calculate("g1", actor=HOST, as_of=at(moment)).of("g1", ADA, on=JULY)
            assert (then.target, then.restated) == (target, is_restated)

    def test_a_row_that_goes_and_comes_back_is_held_to_what_it_promised(self) -> None:
        """Ada's row is taken away in August and put back with less to do."""
        shop = Shop(promise(ADA, BOB))
        goal = shop.goals.get(["g1"])[0]
        shop.keep(goal.remove(ADA), "2025-08-10")
        shop.keep(goal.remove(ADA).assign(Assignment(ADA, ["10"] * 12)), "2025-08-11")
        shop.refresh("2025-08-12")
        assert shop.cell().restated
        assert not shop.cell(BOB).restated
