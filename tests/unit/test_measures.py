"""Measures: what counts, dated by which field, worth how much."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve

from quota_engine.errors import InvalidType, InvalidValue, TooLarge
from quota_engine.events import CrmEvent, Property
from quota_engine.measures import (
    Aggregate,
    Condition,
    Direction,
    Fact,
    Measure,
    Operand,
    Operator,
    Unreadable,
    read,
    read_when,
)
from tests.refusals import refuses, says, stays

DAY = date(2025, 8, 4)
NOON = datetime(2025, 8, 4, 12, tzinfo=UTC)
ROME = ZoneInfo("Europe/Rome")
EVERY_OPERATOR_WITH_A_VALUE = ("eq", "ne", "lt", "le", "gt", "ge")


class TestCondition:
    """A test on one property of a record."""

    @pytest.mark.parametrize(
        ("operator", "expected"),
        [
            ("eq", [False, True, False]),
            ("ne", [True, False, True]),
            ("lt", [True, False, False]),
            ("le", [True, True, False]),
            ("gt", [False, False, True]),
            ("ge", [False, True, True]),
        ],
        ids=EVERY_OPERATOR_WITH_A_VALUE,
    )
    @pytest.mark.parametrize(
        ("value", "low", "same", "high"),
        [
            (10, "9.99", "10.0", Decimal("10.01")),
            (Decimal("-1.5"), -2, "-1.50", 0),
            ("b", "a", "b", "c"),
            (DAY, "2025-08-03", DAY, date(2025, 8, 5)),
            (NOON, "2025-08-04T13:59+02:00", datetime(2025, 8, 4, 14, tzinfo=ROME), "2025-08-04T12:00:00.000001Z"),
        ],
        ids=["number", "negative", "text", "day", "moment"],
    )
    def test_compares_in_kind(
        self, operator: str, expected: list[bool], value: Operand, low: Property, same: Property, high: Property
    ) -> None:
        """Numbers compare as numbers, also written as text; days and moments also from ISO text; text by its letters."""
        condition = Condition("field", operator, value)
        assert [condition.holds(given) for given in (low, same, high)] == expected

    @pytest.mark.parametrize(
        ("given", "yes"),
        [(True, True), ("true", True), ("TRUE", True), (False, False), ("false", False), ("FALSE", False)],
    )
    def test_yes_and_no_are_also_read_from_text(self, given: Property, yes: bool) -> None:  # noqa: FBT001 - the expectation
        """Many CRMs hand out "true" and "false" as text."""
        assert Condition("is_won", "eq", True).holds(given) is yes  # noqa: FBT003 - the value that is compared with
        assert Condition("is_won", "ne", True).holds(given) is not yes  # noqa: FBT003 - the value that is compared with

    @pytest.mark.parametrize(
        ("value", "given", "expected"),
        [
            (True, "yes", "true or false"),
            (True, 1, "true or false"),
            (5, "many", "a number"),
            (5, True, "a number"),
            (5, DAY, "a number"),
            ("x", 5, "text"),
            ("x", True, "text"),
            (DAY, "soon", "a day"),
            (DAY, NOON, "a day"),
            (DAY, 20250804, "a day"),
            (NOON, DAY, "a moment"),
            (NOON, "2025-08-04T12:00", "a moment"),
            (NOON, datetime(2025, 8, 4, 12), "a moment"),
        ],
    )
    def test_what_cannot_be_compared_makes_the_record_unreadable(
        self, value: Operand, given: Property, expected: str
    ) -> None:
        """The answer names the property and what was expected; nothing is guessed."""
        for operator in ("eq", "ne"):
            assert Condition("stage", operator, value).holds(given) == Unreadable("stage", f"expected {expected}")

    def test_a_day_is_also_its_text(self) -> None:
        """A condition on text reads a day or a moment as the canonical content writes it."""
        assert Condition("closed_at", "eq", "2025-08-04").holds(DAY) is True
        assert Condition("closed_at", "eq", "2025-08-04T12:00:00+00:00").holds(NOON) is True

    @pytest.mark.parametrize("given", [None, ""])
    def test_an_empty_property_satisfies_is_not_set_alone(self, given: Property) -> None:
        """As in SQL, nothing else holds of a value that is not there, not even `ne` or `not_in`."""
        assert Condition("stage", "is_not_set").holds(given) is True
        assert Condition("stage", "is_set").holds(given) is False
        for operator in EVERY_OPERATOR_WITH_A_VALUE:
            assert Condition("stage", operator, "x").holds(given) is False
        for operator in ("in", "not_in"):
            assert Condition("stage", operator, ["x"]).holds(given) is False

    def test_a_set_property_satisfies_is_set(self) -> None:
        """Zero and no are values."""
        for given in (0, False, "x"):
            assert Condition("stage", "is_set").holds(given) is True
            assert Condition("stage", "is_not_set").holds(given) is False

    def test_in_and_not_in_look_for_one_of_several(self) -> None:
        """The values are of one kind, and compared like one value."""
        stage = Condition("stage", "in", ["won", "paid"])
        assert [stage.holds(given) for given in ("won", "paid", "lost")] == [True, True, False]
        assert Condition("stage", "not_in", ["won", "paid"]).holds("lost") is True
        assert Condition("amount", "in", [1, Decimal("2.50")]).holds("1.00") is True
        assert Condition("amount", "not_in", [Decimal("2.5")]).holds("2.50") is False
        assert Condition("amount", "in", [1]).holds("x") == Unreadable("amount", "expected a number")

    def test_is_a_value(self) -> None:
        """Several values are kept sorted and each once, so that a set is kept the same way everywhere."""
        given = ["won", "paid", "won"]
        found = Condition("stage", "in", given)
        given.clear()
        assert found.value == ("paid", "won")
        assert found == Condition("stage", "in", {"won", "paid"}) == Condition("stage", "in", iter(("won", "paid")))
        assert Condition("n", "in", {3, Decimal("2.5"), Decimal("3.0")}).value == (Decimal("2.5"), 3)
        assert found.operator is Operator.IN
        stays(found)
        stays(Condition("stage", "is_set"))

    def test_one_is_not_yes(self) -> None:
        """To Python 1 and True are equal; as conditions they ask different things."""
        one, yes = Condition("is_won", "eq", 1), Condition("is_won", "eq", True)  # noqa: FBT003 - the value that is compared with
        assert one != yes
        assert Condition("x", "in", [1]) != Condition("x", "in", [True])
        assert hash(Condition("x", "eq", Decimal("1.0"))) == hash(Condition("x", "eq", 1))

    @pytest.mark.parametrize(
        ("operator", "value"),
        [
            ("is_set", 1),
            ("is_not_set", ""),
            ("eq", None),
            ("eq", [1]),
            ("in", "won"),
            ("in", None),
            ("in", []),
            ("in", ["a", 1]),
            ("in", [1, True]),
            ("not_in", [DAY, NOON]),
            ("lt", True),
            ("ge", False),
        ],
    )
    def test_the_value_fits_the_operator(self, operator: str, value: Any) -> None:  # noqa: ANN401 - any operand
        """Nothing to compare with, several of one kind, or one: as the operator says."""
        refuses(lambda: Condition("stage", operator, value), "invalid_condition", "value", f"for {operator}")

    @pytest.mark.parametrize(
        ("value", "code", "field"),
        [
            (0.5, "invalid_type", "value"),
            (b"won", "invalid_type", "value"),
            ({"won": 1}, "invalid_type", "value"),
            (object(), "invalid_type", "value"),
            (["a", None], "invalid_type", "value[1]"),
            ([["a"]], "invalid_type", "value[0]"),
        ],
        ids=["float", "bytes", "mapping", "object", "none inside", "list inside"],
    )
    def test_values_are_data(self, value: Any, code: str, field: str) -> None:  # noqa: ANN401 - any operand
        """What is no exact number, text, day or moment is refused."""
        refuses(lambda: Condition("stage", "in", value), code, field, kind=InvalidType)

    def test_refuses_bad_parts(self) -> None:
        """Each part is named, and an endless list is not read to its end."""
        refuses(lambda: Condition("", "is_set"), "blank", "property")
        refuses(lambda: Condition("stage", "like", "x"), "unknown_word", "operator", "eq, ne, in")
        refuses(lambda: Condition("stage", "eq", "a\nb"), "control_character", "value")
        refuses(lambda: Condition("at", "eq", datetime(2025, 1, 1)), "timezone_required", "value")
        refuses(lambda: Condition("n", "eq", Decimal("NaN")), "non_finite", "value")
        refuses(
            lambda: Condition("n", "in", itertools.count()), "too_large", "value", "at most 10000 items", kind=TooLarge
        )
        refuses(lambda: evolve(Condition("n", "is_set"), operator="eq"), "invalid_condition", "value")

    def test_text_has_at_most_a_thousand_characters(self) -> None:
        """A stage's name is short; a thousand characters are fine, one more is not."""
        assert Condition("note", "eq", "x" * 1000).value == "x" * 1000
        refuses(lambda: Condition("note", "eq", "x" * 1001), "too_long", "value", "at most 1000 ", kind=TooLarge)

    def test_says_what_would_fit(self) -> None:
        """The operator and the three shapes that a value can have; and what a value can be."""
        says(
            lambda: Condition("stage", "is_set", 1),
            "value: expected for is_set nothing (is_set, is_not_set), values of one kind (in, not_in), or one value that it "
            "can compare, got 1",
            "1",
        )
        says(
            lambda: Condition("stage", "in", ["a", b"b"]),  # type: ignore[list-item]
            "value[1]: expected a bool, an exact number, text, a date or a datetime with a zone, got bytes <bytes>",
            "<bytes>",
        )


REVENUE = Measure(
    name="Revenue", object="deal", aggregate="sum", value="amount", dated_by="closed_at", unit="money",
    where=[Condition("is_won", "eq", True)],   # noqa: FBT003 - the value that is compared with
)  # fmt: skip


class TestMeasure:
    """What a goal measures, as data."""

    def test_is_a_value(self) -> None:
        """Plain words are taken for members; conditions are copied; an edit is checked like a new measure."""
        assert (REVENUE.aggregate, REVENUE.direction, REVENUE.currency) == (Aggregate.SUM, Direction.HIGHER, "currency")
        assert REVENUE.where == (Condition("is_won", "eq", True),)  # noqa: FBT003 - the value that is compared with
        stays(REVENUE)
        refuses(lambda: evolve(REVENUE, value=None), "required", "value")
        says(lambda: evolve(REVENUE, value=None), "value: expected the property whose sum is taken, got None", "None")

    def test_only_amounts_of_money_have_a_currency(self) -> None:
        """A count of deals has none, whatever its unit says."""
        assert REVENUE.is_money
        assert not evolve(REVENUE, unit="points").is_money
        assert not evolve(REVENUE, aggregate="count").is_money

    def test_names_all_properties_that_it_reads(self) -> None:
        """A source need not hand out more."""
        assert REVENUE.properties == {"closed_at", "is_won", "amount", "currency"}
        assert evolve(REVENUE, unit="points", where=()).properties == {"closed_at", "amount"}
        assert Measure(name="Calls", object="call", aggregate="count", dated_by="at").properties == {"at"}

    @pytest.mark.parametrize(
        ("field", "bad", "code", "kind"),
        [
            ("name", " ", "blank", None),
            ("object", "", "blank", None),
            ("aggregate", "median", "unknown_word", None),
            ("dated_by", " x", "space_around", None),
            ("value", "", "blank", None),
            ("direction", "up", "unknown_word", None),
            ("unit", "", "blank", None),
            ("currency", "", "blank", None),
            ("where", "won", "invalid_type", InvalidType),
        ],
    )
    def test_refuses_bad_parts(self, field: str, bad: str, code: str, kind: type[InvalidType] | None) -> None:
        """Each part is named."""
        change: dict[str, Any] = {field: bad}
        refuses(lambda: evolve(REVENUE, **change), code, field, kind=kind or InvalidValue)

    def test_has_at_most_a_hundred_conditions(self) -> None:
        """A hundred are fine, one more is not; each is a condition."""
        won = Condition("is_won", "is_set")
        assert len(evolve(REVENUE, where=[won] * 100).where) == 100
        refuses(lambda: evolve(REVENUE, where=[won] * 101), "too_large", "where", "at most 100 items", kind=TooLarge)
        says(lambda: evolve(REVENUE, where=["won"]), "where[0]: expected conditions, got str 'won'", "'won'")  # type: ignore[list-item]


def deal(**properties: Property) -> CrmEvent:
    """Return a deal that was won on the fourth of August for ten, but for what is given otherwise."""
    base: dict[str, Property] = {"is_won": True, "closed_at": DAY, "amount": "10.00"}
    return CrmEvent("deal", "d1", recorded_at=NOON, properties={**base, **properties})


class TestRead:
    """What one version of a record is worth to a measure."""

    def test_a_won_deal_is_worth_its_amount(self) -> None:
        """On the day it closed, in the currency it names; None where it names none."""
        assert read(REVENUE, deal()) == Fact(DAY, Decimal("10.00"), None)
        assert read(REVENUE, deal(currency="USD")) == Fact(DAY, Decimal("10.00"), "USD")
        assert read(REVENUE, deal(currency="")) == Fact(DAY, Decimal("10.00"), None)
        assert read(REVENUE, deal(closed_at="2025-08-04T14:00+02:00", amount=-250)) == Fact(NOON, Decimal(-250), None)
        stays(Fact(DAY, None, None))
        stays(Unreadable("amount", "expected an exact number"))

    @pytest.mark.parametrize(
        "event",
        [
            evolve(deal(), object="ticket"),
            evolve(deal(), deleted=True),
            deal(closed_at=None),
            deal(closed_at=""),
            deal(is_won=False),
            deal(is_won=None),
        ],
        ids=["another object", "deleted", "no date", "empty date", "not won", "won unknown"],
    )
    def test_some_records_do_not_count(self, event: CrmEvent) -> None:
        """Another object, a deletion, no date or a failed condition."""
        assert read(REVENUE, event) is None

    @pytest.mark.parametrize(
        ("event", "property_", "reason"),
        [
            (deal(is_won="perhaps"), "is_won", "true or false"),
            (deal(closed_at="soon"), "closed_at", "a day or a moment with a zone"),
            (deal(closed_at=5), "closed_at", "a day or a moment with a zone"),
            (deal(amount="ten"), "amount", "an exact number"),
            (deal(amount=True), "amount", "an exact number"),
            (deal(amount="1e40"), "amount", "an exact number"),
            (deal(currency="usd"), "currency", "a currency code of three capital letters"),
            (deal(currency=5), "currency", "a currency code of three capital letters"),
        ],
    )
    def test_some_records_are_unreadable(self, event: CrmEvent, property_: str, reason: str) -> None:
        """The property at fault is named, and what was expected of it."""
        assert read(REVENUE, event) == Unreadable(property_, f"expected {reason}")

    @pytest.mark.parametrize("amount", [None, ""])
    def test_a_record_without_value_counts_in_sums_alone(self, amount: Property) -> None:
        """It counts as one in counts, as nothing in sums, and is left out of averages, minima and maxima."""
        event = deal(amount=amount)
        assert read(REVENUE, event) == Fact(DAY, None, None)
        assert read(evolve(REVENUE, aggregate="count"), event) == Fact(DAY, None, None)
        for aggregate in ("average", "minimum", "maximum"):
            assert read(evolve(REVENUE, aggregate=aggregate), event) is None

    def test_a_count_looks_at_no_value(self) -> None:
        """A deal counts as one, whatever its amount says."""
        assert read(evolve(REVENUE, aggregate="count"), deal(amount="ten", currency="usd")) == Fact(DAY, None, None)

    def test_only_money_has_a_currency(self) -> None:
        """Points are points, whatever currency the record names."""
        assert read(evolve(REVENUE, unit="points"), deal(currency="usd")) == Fact(DAY, Decimal("10.00"), None)

    def test_reads_days_and_moments(self) -> None:
        """Days stay days, moments come in UTC, and all else is neither."""
        assert read_when(DAY) == DAY
        assert read_when(datetime(2025, 10, 26, 2, 30, tzinfo=ROME, fold=1)) == datetime(
            2025, 10, 26, 1, 30, tzinfo=UTC
        )
        assert read_when("2025-08-04") == DAY
        assert [read_when(other) for other in (None, True, 5, "4 August", Decimal(5))] == [None] * 5
