"""A goal on the slices of another calendar: every cent of every old target goes somewhere, and is on record."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from attrs import evolve
from hypothesis import assume, example, given

from quota_engine import (
    Account,
    Assignment,
    Closing,
    Contributor,
    Duration,
    FiscalCalendar,
    Goal,
    MonthYears,
    Move,
    Period,
    Timeline,
    WeekYears,
    presets,
    remap,
    templates,
)
from quota_engine.closings import reclose
from quota_engine.errors import InvalidType, InvalidValue
from quota_engine.testing.strategies import goals, year_rules
from tests.refusals import refuses, stays

ADA, BOB = Contributor.user("ada"), Contributor.user("bob")
MONTHS = FiscalCalendar(zone="Europe/Rome")
RETAIL = FiscalCalendar(years=WeekYears(end_month=12, weekday=6, rule="nearest", layout="4-5-4"), zone="Europe/Rome")
JULY = FiscalCalendar(years=Timeline(MonthYears()).then(MonthYears(start_month=7), on="2025-01-01"), zone="Europe/Rome")


def planned(*rows: Assignment, duration: Duration, currency: str = "EUR", template: str = "revenue") -> Goal:
    """Return a goal planned with the calendar year."""
    return Goal.plan(
        id="g1",
        name="Goal",
        template=templates.REVENUE if template == "revenue" else templates.CALLS_MADE,
        duration=duration,
        account=Account(id="acme", currency=currency, calendar=MONTHS),
        assignments=rows,
    )


def targets(goal: Goal, contributor: Contributor = ADA) -> list[str | None]:
    """Return the targets of a row as text."""
    return [None if target is None else str(target) for target in goal.row(contributor).cells]


def tallied(moves: Iterable[Move], side: str) -> dict[Period, Fraction]:
    """Return what moves come to by their old or their new slices."""
    found: dict[Period, Fraction] = {}
    for move in moves:
        part: Period = getattr(move, side)
        found[part] = found.get(part, Fraction(0)) + Fraction(move.amount)
    return found


def promised(goal: Goal, row: Assignment) -> dict[Period, Fraction]:
    """Return the targets of a row by slice, where there are any."""
    return {part: Fraction(target) for part, target in zip(goal.slices, row.cells, strict=True) if target is not None}


class TestRemap:
    """What goes where."""

    def test_months_become_accounting_periods_by_days(self) -> None:
        """The first period takes 26 days of January, of 100 each; the second takes 5 of January and all of February."""
        goal = planned(Assignment(ADA, ["3100", "2800", *[None] * 10]), duration=Duration.monthly(2025, aligned=True))
        found = remap(goal, RETAIL)
        assert str(found.goal.slices.periods[0]) == "2024-12-30..2025-01-26"
        assert targets(found.goal)[:4] == ["2600", "3300", None, None]
        assert [(str(move.after), move.days, str(move.amount)) for move in found.moves] == [
            ("2024-12-30..2025-01-26", 26, "2600"),
            ("2025-01-27..2025-03-02", 5, "500"),
            ("2025-01-27..2025-03-02", 28, "2800"),
        ]
        stays(found.moves[0])

    def test_odd_cents_are_kept(self) -> None:
        """100.00 over 26 and 5 days are 83.87 and 16.13; calls are split in whole ones, yen without decimals."""
        months = Duration.monthly(2025, aligned=True)
        one = Assignment(ADA, ["100", *[None] * 11])
        assert targets(remap(planned(one, duration=months), RETAIL).goal)[:2] == ["83.87", "16.13"]
        assert targets(remap(planned(one, duration=months, currency="JPY"), RETAIL).goal)[:2] == ["84", "16"]
        assert targets(remap(planned(one, duration=months, template="calls"), RETAIL).goal)[:2] == ["84", "16"]

    def test_keeps_the_days_and_cuts_them_anew(self) -> None:
        """With `during` the goal keeps its own days: at the ends are pieces of periods."""
        goal = planned(Assignment(ADA, ["36500"]), duration=Duration.yearly(2025, aligned=True))
        goal = remap(goal, MONTHS, duration=Duration.quarterly(2025, aligned=True)).goal
        assert targets(goal) == ["9000", "9100", "9200", "9200"]
        found = remap(goal, RETAIL, during=goal.slices.span).goal
        assert found.slices.span == goal.slices.span
        assert [part.days for part in found.slices] == [89, 91, 91, 91, 3]
        assert targets(found) == ["8900", "9100", "9100", "9100", "300"]
        assert found.duration == goal.duration

    def test_a_target_is_never_lost(self) -> None:
        """When 2025 becomes a transition to June, what July to December has of targets cannot go there: it is refused."""
        goal = planned(Assignment(ADA, ["1", "1", "1", "0"]), duration=Duration.quarterly(2025, aligned=True))
        error = refuses(
            lambda: remap(goal, JULY), "outside", "slices", "the old slice 2025-07-01..2025-09-30", "user ada"
        )
        assert "2025-01-01..2025-06-30" in str(error)
        cut = remap(goal, JULY, during=goal.slices.span).goal
        assert targets(cut) == ["1", "1", "1", "0"]
        half = planned(Assignment(ADA, ["1", "1", None, None]), duration=Duration.quarterly(2025, aligned=True))
        assert targets(remap(half, JULY).goal) == ["1", "1"]

    def test_nothing_else_changes(self) -> None:
        """Identity, rows, pipelines, closing rule and version stay; nobody who did not ask is moved (rule T6)."""
        row = Assignment(ADA, [None] * 4, pipelines=["new"])
        goal = evolve(planned(row, duration=Duration.quarterly(2025, aligned=True)), version=7)
        found = remap(goal, RETAIL).goal
        assert evolve(found, calendar=goal.calendar, slices=goal.slices, assignments=goal.assignments) == goal
        assert found.row(ADA) == evolve(row, targets=[None] * 4)
        assert goal.calendar == MONTHS

    def test_locks_go_along(self) -> None:
        """A new slice is locked when it shares days with a locked one."""
        goal = planned(Assignment(ADA, ["1"] * 12), duration=Duration.monthly(2025, aligned=True))
        goal = evolve(goal, assignments=[evolve(goal.row(ADA), locked=[goal.slices.periods[0]])])
        found = remap(goal, RETAIL).goal
        assert found.row(ADA).locked == frozenset(found.slices.periods[:2])

    def test_levels_go_whole(self) -> None:
        """An hour on average in a quarter is an hour in each of its months; two levels do not become one."""
        response = templates.AVERAGE_TICKET_RESPONSE_TIME.measure
        goal = planned(Assignment(ADA, ["3600", "60", "60", None]), duration=Duration.quarterly(2025))
        goal = evolve(goal, measure=response, template=None)
        months = remap(goal, MONTHS, duration=Duration.monthly(2025))
        assert targets(months.goal) == ["3600"] * 3 + ["60"] * 6 + [None] * 3
        assert {move.amount for move in months.moves} == {3600, 60}
        same = evolve(goal, assignments=[Assignment(ADA, ["60"] * 4)])
        assert targets(remap(same, MONTHS, duration=Duration.yearly(2025)).goal) == ["60"]
        refuses(
            lambda: remap(goal, MONTHS, duration=Duration.yearly(2025)),
            "differing",
            "slices",
            "2025-01-01..2025-12-31",
            "one level",
        )

    def test_what_froze_stays_frozen(self) -> None:
        """The months that had frozen when the rule was edited keep theirs, also as quarters, and as months once more."""
        goal = planned(Assignment(ADA, ["1"] * 12), duration=Duration.monthly(2025))
        edited = reclose(goal, Closing(policy="restate"), as_of=datetime(2025, 7, 1, tzinfo=UTC))
        quarters = remap(edited, MONTHS, duration=Duration.quarterly(2025)).goal
        assert [freeze is not None for freeze in quarters.timetable.freezes] == [True, True, False, False]
        months = remap(quarters, MONTHS, duration=Duration.monthly(2025)).goal
        assert months.timetable == edited.timetable

    def test_one_slice_of_any_days_stays_one(self) -> None:
        """A custom goal has no cuts; it can be stretched."""
        goal = planned(Assignment(ADA, ["12"]), duration=Duration.custom("2025-01-01", "2025-01-31"))
        assert remap(goal, RETAIL).goal == evolve(goal, calendar=RETAIL)
        longer = Period(date(2025, 1, 1), date(2025, 3, 1))
        assert remap(goal, RETAIL, during=longer).goal.slices.periods == (longer,)

    def test_refuses_what_does_not_fit(self) -> None:
        """A goal, a calendar, and either a duration or days."""
        goal = planned(Assignment(ADA, ["1"]), duration=Duration.yearly(2025))
        refuses(lambda: remap("g1", RETAIL), "invalid_type", "goal", kind=InvalidType)  # type: ignore[arg-type]
        refuses(lambda: remap(goal, presets.NRF), "invalid_type", "calendar", kind=InvalidType)  # type: ignore[arg-type]
        refuses(lambda: remap(goal, RETAIL, during=2025), "invalid_type", "during", kind=InvalidType)  # type: ignore[arg-type]
        with pytest.raises(InvalidValue, match=r"^during: expected a duration or days, not both$"):
            remap(goal, RETAIL, during=goal.slices.span, duration=goal.duration)

    @given(goals(), year_rules())
    @example(
        planned(Assignment(ADA, ["0.01"] * 12), Assignment(BOB, ["100"] * 12), duration=Duration.monthly(2025)),
        presets.COSTCO,
    )
    def test_every_cent_goes_somewhere(self, goal: Goal, years: WeekYears | MonthYears) -> None:
        """Whatever the calendar: what left an old slice is its target, what came into a new one is its target."""
        assume(goal.measure.aggregate.is_addable)
        try:
            found = remap(goal, FiscalCalendar(years=years))
        except InvalidValue as error:
            if error.code not in {"outside", "outside_table", "no_such_year"}:
                raise
            return
        for row in goal.assignments:
            mine = [move for move in found.moves if move.contributor == row.contributor]
            left, came = tallied(mine, "before"), tallied(mine, "after")
            new = found.goal.row(row.contributor)
            assert left == promised(goal, row)
            assert came == promised(found.goal, new)
