"""A goal's closing rule is edited: for what is still open, never for what has frozen (rule T6)."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Any, cast

from attrs import evolve

from quota_engine import HOST, Closing, Goal, GoalBook, InvalidType, Period, Roster, reclose
from quota_engine.adapters.memory import MemoryActors, MemoryGoals
from tests.acme import ADA, AUGUST, JULY, acme, at, attained, calculated, cell, deal, promise
from tests.refusals import refuses, stays

RESTATE = Closing(policy="restate")
LATE = (deal("d1"), deal("d1", "70", recorded="2025-08-05"))
IN_AUGUST = (deal("d2", closed="2025-08-10"), deal("d2", "70", closed="2025-08-10", recorded="2025-09-05"))


class TestReclose:
    """On the 20th of August another rule is set."""

    def test_what_has_frozen_stays(self) -> None:
        """July froze under the old rule; August follows the new one."""
        goal = reclose(promise(ADA), RESTATE, as_of=at("2025-08-20"))
        result = calculated(goal, *LATE, *IN_AUGUST, as_of="2025-09-20")
        assert [attained(result, on=month) for month in (JULY, AUGUST)] == [100, 70]
        assert [cell(result, on=month).frozen_at for month in (JULY, AUGUST)] == [at("2025-08-01"), None]
        assert [cell(result, on=month).restated for month in (JULY, AUGUST)] == [False, True]

    def test_what_has_not_frozen_follows(self) -> None:
        """Under a grace of a month July had not frozen yet, so the new rule is its own."""
        patient = promise(ADA, account=acme(closing=Closing(grace=timedelta(days=31))))
        assert attained(calculated(patient, *LATE, as_of="2025-09-20")) == 70
        goal = reclose(patient, Closing(), as_of=at("2025-08-20"))
        assert attained(calculated(goal, *LATE, as_of="2025-09-20")) == 100
        assert goal.closing.kept.keys() == {part for part in goal.slices if part.end <= date(2025, 7, 1)}

    def test_again_and_again(self) -> None:
        """Each slice keeps the rule by which it froze; rules that are the goal's own are not kept twice."""
        once = reclose(promise(ADA), Closing(grace=timedelta(days=5)), as_of=at("2025-08-20"))
        twice = reclose(once, RESTATE, as_of=at("2025-09-06"))
        rules = [twice.closing.of(Period(date(2025, month, 1), date(2025, month + 1, 1))) for month in (7, 8, 9)]
        assert [(rule.policy.value, rule.grace.days) for rule in rules] == [
            ("freeze", 0),
            ("freeze", 5),
            ("restate", 0),
        ]
        back = reclose(twice, Closing(), as_of=at("2025-09-06"))
        assert [len(goal.closing.kept) for goal in (once, twice, back)] == [7, 8, 1]
        stays(twice.closing)

    def test_a_clone_begins_anew(self) -> None:
        """Its slices have not frozen."""
        goal = reclose(promise(ADA), RESTATE, as_of=at("2025-08-20"))
        assert goal.clone(id="g2", name="Again").closing == RESTATE


class TestRefusals:
    """What cannot be."""

    def test_the_book_keeps_what_has_frozen(self) -> None:
        """An edit that would let a frozen slice thaw is refused, and the slice is named; through `reclose` it is fine."""
        book = GoalBook(acme(), goals=MemoryGoals(), roster=Roster(), actors=MemoryActors())
        book.create(promise(ADA), actor=HOST, as_of=at("2025-01-01"))

        def thaw(goal: Goal) -> Goal:
            return evolve(goal, closing=RESTATE)

        now = at("2025-03-20")
        refuses(
            lambda: book.edit("g1", using=thaw, actor=HOST, as_of=now), "frozen", "closing", "2025-01-01..2025-01-31"
        )
        (kept,) = book.edit("g1", using=lambda goal: reclose(goal, RESTATE, as_of=now), actor=HOST, as_of=now)
        assert (kept.closing.policy, kept.version) == ("restate", 2)

    def test_rules_and_moments(self) -> None:
        """Typed, with their names."""
        refuses(
            partial(reclose, promise(ADA), cast("Any", "freeze"), as_of=at("2025-08-20")),
            "invalid_type",
            "closing",
            kind=InvalidType,
        )
        refuses(partial(Closing, kept=cast("Any", [1])), "invalid_type", "kept", kind=InvalidType)
        refuses(partial(Closing, kept=cast("Any", {1: Closing()})), "invalid_type", "kept[0]", kind=InvalidType)
        part = Period(date(2025, 7, 1), date(2025, 8, 1))
        refuses(partial(Closing, kept=cast("Any", {part: "freeze"})), "invalid_type", "kept[0]", kind=InvalidType)
