"""Values that someone tries to change, to fill with nonsense or to make too large. Rows of the table `entity`."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve
from attrs.exceptions import FrozenInstanceError

from quota_engine.assignments import Assignment
from quota_engine.contributors import Contributor
from quota_engine.durations import Duration
from quota_engine.errors import QuotaError, TooLarge
from quota_engine.events import CrmEvent, Property
from quota_engine.milestones import Milestone
from quota_engine.periods import Period
from tests.bad_input.doors import ADA, GOAL, NOON, planned
from tests.refusals import bounded, refuses

REFUSALS = """
from datetime import UTC, date, datetime
from decimal import Decimal
from quota_engine import *
from quota_engine.errors import QuotaError
from quota_engine.fiscal import first_instant

ada, acme = Contributor.user("ada"), Account(id="acme", currency="EUR")
goal = Goal.plan(id="g", name="n", template=templates.REVENUE, duration=Duration.quarterly(2025), account=acme,
                 assignments=[Assignment(ada)])
noon = datetime(2025, 8, 4, 12, tzinfo=UTC)
calls = [
    lambda: goal.apply_targets(Decimal("NaN")),
    lambda: goal.apply_targets(0.1),
    lambda: goal.apply_targets(True),
    lambda: goal.apply_targets(Decimal("1e1000000")),
    lambda: goal.apply_targets("9" * 5000),
    lambda: goal.apply_targets("1,0"),
    lambda: goal.apply_targets(-100),
    lambda: goal.apply_targets(None),
    lambda: Account(id="a", currency="usd"),
    lambda: goal.clone(id="g2", name=" "),
    lambda: goal.clone(id="g2", name="a\\x00b"),
    lambda: Contributor.user(5),
    lambda: Contributor.user(" u1"),
    lambda: goal.clone(id="g2", name="x" * 10**6),
    lambda: Duration.custom("2024-03-01", "2024-02-01"),
    lambda: Duration.custom("20240101", "2024-02-01"),
    lambda: Period(noon, date(2026, 1, 1)),
    lambda: Absence(datetime(2024, 3, 1)),
    lambda: FiscalCalendar(zone="Mars/Phobos"),
    lambda: FiscalCalendar(zone="America"),
    lambda: MonthYears(start_month=2, start_day=30),
    lambda: Weeks(first_day=7),
    lambda: Duration("fortnight", year=2025),
    lambda: FiscalCalendar().split(Period(date.min, date.max), "weekly"),
    lambda: Partition.at(date(2025, 2, 1), date(2025, 1, 1)),
    lambda: goal.assign(Assignment(ada)),
    lambda: Milestone.percent(0),
    lambda: CrmEvent("deal", 5, recorded_at=noon),
    lambda: CrmEvent("deal", "d", recorded_at=noon, properties={"a": 0.1}),
    lambda: Roster(teams=(Team("a", parent="b"), Team("b", parent="a"))),
    lambda: Rates("EUR", {("USD", date(2025, 1, 1)): 0}),
    lambda: Condition("a", "in", []),
    lambda: Measure(name="a", object="b", aggregate="sum", dated_by="c"),
]
accepted = []
for number, call in enumerate(calls):
    try:
        call()
    except QuotaError:
        continue
    accepted.append(number)
print(__debug__, len(calls), accepted)
"""


class TestEntities:
    """Values stay what they were checked to be."""

    @pytest.mark.parametrize("name", ["name", "assignments", "version", "slices", "new_attribute"])
    def test_ent_01_assignment_to_a_field(self, name: str) -> None:
        """A goal cannot be written to."""
        with pytest.raises(FrozenInstanceError):
            setattr(GOAL, name, 1)
        with pytest.raises(FrozenInstanceError):
            delattr(GOAL, "name")

    def test_ent_02_mutable_input(self) -> None:
        """Whatever the host does to its own lists and dicts afterwards, the values stay."""
        pipelines, targets, marks = ["new"], [1, 2, 3, 4], [Milestone.achieved()]
        rows = [Assignment(ADA, targets, pipelines, marks)]
        goal, same = planned(assignments=rows), planned(assignments=list(rows))
        properties: dict[str, Property] = {"amount": 1}
        event = CrmEvent("deal", "d1", recorded_at=NOON, properties=properties)
        pipelines.append("old")
        targets[0] = 9
        marks.clear()
        rows.clear()
        properties["amount"] = 2
        assert goal == same
        assert goal.row(ADA).targets == (1, 2, 3, 4)
        assert goal.row(ADA).pipelines == ("new",)
        assert event.properties == {"amount": 1}

    @pytest.mark.parametrize(
        ("value", "change"),
        [
            (Period(date(2024, 1, 1), date(2024, 2, 1)), {"end": date(2023, 12, 31)}),
            (Duration.monthly(2024), {"year": 1899}),
            (GOAL, {"name": " "}),
            (GOAL, {"assignments": [Assignment(ADA)]}),
            (GOAL, {"duration": "2025"}),
            (GOAL.row(ADA), {"targets": [-1]}),
            (Milestone.percent(50), {"mark": 0}),
            (Contributor.user("a"), {"id": ""}),
        ],
        ids=["period", "duration", "name", "rows", "type", "targets", "mark", "id"],
    )
    def test_ent_03_edit_into_nonsense(self, value: Any, change: dict[str, Any]) -> None:  # noqa: ANN401 - any value
        """An edit is checked like a new value."""
        with pytest.raises(QuotaError):
            evolve(value, **change)

    def test_ent_04_contributor_twice(self) -> None:
        """The contributor is named; a goal without any is a draft and fine."""
        refuses(lambda: planned(assignments=[Assignment(ADA)] * 2), "duplicate", "assignments[1]", "user ada")
        refuses(lambda: GOAL.assign(Assignment(ADA)), "duplicate", "assignments[1]", "user ada")
        assert planned(assignments=[]).is_draft

    def test_ent_04_too_many_contributors(self) -> None:
        """100,001 rows are refused before any of them is looked at."""
        rows = [Assignment(ADA)] * 100_001
        with bounded():
            refuses(lambda: planned(assignments=rows), "too_large", "assignments", "100000", kind=TooLarge)

    def test_ent_05_equal_values_in_different_forms(self) -> None:
        """A target of 1.0 is a target of 1.00, and both goals are the same."""
        one, other = GOAL.apply_targets(Decimal("1.0")), GOAL.apply_targets(Decimal("1.00"))
        assert one == other == GOAL.apply_targets("1") == GOAL.apply_targets(1)
        assert hash(one) == hash(other)
        ones, others = ({"amount": Decimal(text)} for text in ("1.0", "1.00"))
        event, twin = (CrmEvent("deal", "d1", recorded_at=NOON, properties=p) for p in (ones, others))
        assert (event, hash(event), event.content()) == (twin, hash(twin), twin.content())

    def test_ent_07_optimised_python(self) -> None:
        """With `python -OO`, which drops every assert, what is refused stays refused."""
        found = subprocess.run(
            [sys.executable, "-OO", "-c", REFUSALS], capture_output=True, text=True, check=True, timeout=60
        )
        assert found.stdout.split(maxsplit=2) == ["False", "33", "[]\n"]
