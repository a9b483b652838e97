"""Bridges: what moved a figure from one look to the next, record by record or cell by cell, adding up exactly."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from attrs import evolve

from quota_engine import (
    Absence,
    Assignment,
    Contributor,
    CrmEvent,
    Explanation,
    Goal,
    Membership,
    Moved,
    Rates,
    Roster,
    Splits,
    Team,
    User,
    compare,
    explain,
)
from quota_engine.errors import InvalidType
from tests.acme import ADA, BOB, JULY, JUNE, NORTH, acme, at, calculated, counting, deal, promise
from tests.refusals import refuses, stays

WON, LOST = deal("d1"), deal("d1", more={"is_won": False})
PEOPLE = [User("ada"), User("bob")]
TEAMS = [Team("north")]


def receipt(
    *events: CrmEvent,
    row: Contributor = ADA,
    on: date = JULY,
    goal: Goal | None = None,
    records: Iterable[str] = (),
    roster: Roster | None = None,
    rates: Rates | None = None,
    splits: Splits | None = None,
) -> Explanation:
    """Return the receipt of a row in the slice of a day; Ada's July where nothing else is said."""
    return explain(
        goal or promise(row),
        row,
        on=on,
        events=events,
        account=acme(),
        as_of=at("2025-07-20"),
        roster=roster,
        rates=rates,
        splits=splits,
        records=records,
    )


def causes(before: Explanation, after: Explanation) -> list[tuple[str | None, Fraction | None]]:
    """Return what moved, and by how much."""
    return [(step.cause, step.delta) for step in compare(before, after)]


class TestReceipts:
    """From one receipt of a row to another, deal by deal."""

    @pytest.mark.parametrize(
        ("before", "after", "cause", "delta"),
        [
            ([], [WON], "new", 100),
            ([LOST], [WON], "won", 100),
            ([WON], [LOST], "lost", -100),
            ([WON], [deal("d1", "130")], "corrected", 30),
            ([WON], [deal("d1", closed="2025-07-11")], "corrected", 0),
            ([WON], [deal("d1", closed="2025-08-11", recorded="2025-07-12")], "corrected", -100),
            ([deal("d1", closed=None)], [WON], "corrected", 100),
            ([WON], [deal("d1", owner="bob")], "reassigned", -100),
            ([deal("d1", owner=None)], [WON], "reassigned", 100),
            ([WON], [deal("d1", pipeline="renewals")], "reassigned", 0),
            ([WON], [WON, deal("d1", recorded="2025-07-12", deleted=True)], "deleted", -100),
            ([WON], [], "deleted", -100),
            ([deal("d1", deleted=True)], [WON], "restored", 100),
            ([deal("d1", owner="bob", more={"is_won": False})], [WON], "won", 100),
        ],
    )
    def test_tell_what_moved(self, before: list[CrmEvent], after: list[CrmEvent], cause: str, delta: int) -> None:
        """A deal that is new, won, lost, corrected, handed over, deleted or restored."""
        assert causes(receipt(*before), receipt(*after)) == [(cause, delta)]

    def test_tell_of_rates(self) -> None:
        """A rate that was mended, or came to be known."""
        foreign = deal("d1", more={"currency": "USD"})
        none, old, new = (
            receipt(foreign, rates=Rates("EUR", entries, missing="leave_out"))
            for entries in ({}, {("USD", date(2025, 1, 1)): "0.9"}, {("USD", date(2025, 1, 1)): "0.96"})
        )
        assert causes(none, old) == [("rate", 90)]
        assert causes(old, new) == [("rate", 6)]
        assert str(compare(old, new)[0]) == "deal d1: exchange rate, +6.00 EUR, rate 0.9 -> 0.96"

    def test_tell_of_shares(self) -> None:
        """Bob gets a part of Ada's deal."""
        splits = Splits({("deal", "d1"): {"ada": "0.6", "bob": "0.4"}})
        assert causes(receipt(WON), receipt(WON, splits=splits)) == [("reassigned", -40)]

    def test_tell_of_people(self) -> None:
        """Ada joins the team, with a deal of hers; Bob's deal is handed to her."""
        alone, joined = (Roster(PEOPLE, TEAMS, facts) for facts in ([], [Membership("ada", "north")]))
        before = receipt(WON, deal("d2", owner="bob"), row=NORTH, roster=alone)
        after = receipt(WON, deal("d2"), row=NORTH, roster=joined)
        assert causes(before, after) == [("reassigned", 100), ("membership", 100)]

    def test_tell_of_absences(self) -> None:
        """It turns out that Ada had left when the deal was recorded."""
        left = Roster([User("ada", absences=[Absence(at("2025-07-05"))])])
        assert causes(receipt(WON), receipt(WON, roster=left)) == [("membership", -100)]

    def test_tell_of_what_came_late(self) -> None:
        """A June deal recorded in July counts once late corrections do."""
        late = deal("d1", closed="2025-06-10", recorded="2025-07-02")
        goal = promise(ADA)
        restated = evolve(goal, closing=evolve(goal.closing, policy="restate"))
        assert causes(receipt(late, on=JUNE, goal=goal), receipt(late, on=JUNE, goal=restated)) == [("late", 100)]

    def test_tell_of_targets(self) -> None:
        """A target that was changed moves the percentage, and comes first."""
        before, after = receipt(goal=promise(ADA)), receipt(WON, goal=promise(ADA, target="2000"))
        steps = compare(before, after)
        assert [(step.cause, step.delta, step.fields) for step in steps] == [
            ("target", 0, ("target",)),
            ("new", 100, ()),
        ]
        assert (steps[0].before, steps[0].after) == (before.progress, after.progress)

    def test_leave_out_what_moves_nothing(self) -> None:
        """The same deals, one recorded anew; and one that counts on neither side."""
        again, other = deal("d1", recorded="2025-07-12"), deal("d2", "5", owner="bob")
        assert compare(receipt(WON, LOST), receipt(WON, LOST)) == ()
        assert compare(receipt(WON), receipt(again, other)) == ()

    def test_come_by_cause_and_id(self) -> None:
        """First what is new."""
        after = receipt(deal("d3"), WON, deal("d2", "1"))
        assert [str(step) for step in compare(receipt(deal("d2")), after)] == [
            "deal d1: new, +100.00 EUR",
            "deal d3: new, +100.00 EUR",
            "deal d2: corrected, -99.00 EUR, amount 100 -> 1",
        ]

    def test_of_counts_are_of_ones(self) -> None:
        """A corrected amount moves no count."""
        goal = promise(ADA, measure=evolve(counting("count"), unit="count"))
        assert causes(receipt(WON, goal=goal), receipt(deal("d1", "130"), deal("d2"), goal=goal)) == [("new", 1)]
        assert str(compare(receipt(goal=goal), receipt(WON, goal=goal))[0]) == "deal d1: new, +1"

    def test_of_averages_have_no_parts(self) -> None:
        """What one deal adds to an average depends on all the others."""
        goal = promise(ADA, measure=counting("average"))
        assert causes(receipt(goal=goal), receipt(WON, goal=goal)) == [("new", None)]

    def test_are_of_one_cell(self) -> None:
        """Not of July and June, of Ada and Bob, or of two measures."""
        for other in (
            receipt(on=JUNE),
            receipt(row=BOB, goal=promise(ADA, BOB)),
            receipt(goal=promise(ADA, measure=counting("count"))),
        ):
            refuses(lambda other=other: compare(receipt(), other), "other_cell", "after", "same cell")  # type: ignore[misc]  # a lambda


class TestResults:
    """From one result to another, cell by cell."""

    def test_tell_which_cells_moved(self) -> None:
        """July has a deal more and a higher target; the other months are as they were."""
        before = calculated(promise(ADA), WON)
        after = calculated(
            promise(ADA).apply_targets("2000", during=before.of("g1", ADA, on=JULY).slice), WON, deal("d2")
        )
        [step] = compare(before, after)
        assert (step.cause, step.delta, step.fields[:2]) == (None, 100, ("target", "attained"))
        assert str(step) == (
            "g1, user ada, 2025-07-01..2025-07-31: +100.00 EUR, target 1,000 -> 2,000, attained 100 -> 200, counted 1 -> 2"
        )

    def test_tell_of_targets(self) -> None:
        """In every month of the year."""
        steps = compare(calculated(promise(ADA)), calculated(promise(ADA, target="2000")))
        assert [(step.cause, step.delta) for step in steps] == [("target", 0)] * 12
        assert str(steps[0]).startswith(
            "g1, user ada, 2025-01-01..2025-01-31: the target was changed, target 1,000 -> 2,000"
        )

    def test_tell_of_rows_that_come_and_go(self) -> None:
        """A row that is not there counts as nothing."""
        both, one = calculated(promise(ADA, BOB), WON), calculated(promise(BOB), WON)
        come, gone = compare(one, both), compare(both, one)
        assert [step.cause for step in come] == ["new"] * 12
        assert [step.cause for step in gone] == ["deleted"] * 12
        assert sum(step.delta or 0 for step in come) == 100 == -sum(step.delta or 0 for step in gone)
        assert (come[6].before, gone[6].after) == (None, None)

    def test_have_no_difference_where_a_side_has_no_figure(self) -> None:
        """An average of nothing; a row that is not there of an average; dollars and euros."""
        goal = promise(ADA, measure=counting("average"))
        assert [step.delta for step in compare(calculated(goal), calculated(goal, WON))] == [None]
        assert {step.delta for step in compare(calculated(promise(BOB, measure=goal.measure)), calculated(goal))} == {
            None
        }
        dollars = evolve(promise(ADA), currency="USD")
        assert {step.delta for step in compare(calculated(promise(ADA)), calculated(dollars))} == {None}

    def test_tell_of_a_cell_in_which_only_the_pace_moved(self) -> None:
        """A day later more is expected."""
        [step] = compare(calculated(promise(ADA)), calculated(promise(ADA), as_of="2025-07-21"))
        assert (step.cause, step.delta, step.fields) == (None, 0, ("pace",))
        assert str(step) == "g1, user ada, 2025-07-01..2025-07-31: no change in the figures"

    def test_tell_of_a_target_that_was_not_there(self) -> None:
        """None is not zero."""
        steps = compare(calculated(promise(Assignment(ADA))), calculated(promise(ADA)))
        assert "target none -> 1,000" in str(steps[0])


class TestDoor:
    """What `compare` refuses."""

    @pytest.mark.parametrize(
        ("before", "after", "field"),
        [
            (receipt(), calculated(promise(ADA)), "after"),
            (calculated(promise(ADA)), receipt(), "after"),
            (None, receipt(), "before"),
            (receipt(), [receipt()], "after"),
            (5, None, "before"),
        ],
    )
    def test_takes_two_of_a_kind(self, before: Any, after: Any, field: str) -> None:  # noqa: ANN401 - anything
        """Two results or two receipts."""
        refuses(lambda: compare(before, after), "invalid_type", field, kind=InvalidType)


class TestValues:
    """A step as a value."""

    def test_stays(self) -> None:
        """It cannot be changed, and copies are equal."""
        [step] = compare(receipt(), receipt(WON))
        assert isinstance(step, Moved)
        stays(step)
