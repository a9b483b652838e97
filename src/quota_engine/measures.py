"""What counts: which records of a kind, dated by which field, worth how much. Source: rules M1 to M4.

A measure is data. `read` asks one of a record: the answer is a `Fact`, an `Unreadable` that says why no figure can rest on the
record, or None where the record does not count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import groupby
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Final

from attrs import field, frozen

from quota_engine import _fields, amounts
from quota_engine._fields import Field
from quota_engine.errors import QuotaError, invalid, mistyped
from quota_engine.events import CrmEvent, Property, is_set

Operand = bool | int | str | Decimal | date | datetime


class Aggregate(StrEnum):
    """How the records of a slice become one figure."""

    SUM = "sum"
    COUNT = "count"
    AVERAGE = "average"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"

    @property
    def is_extreme(self) -> bool:
        """Whether it is the smallest or the largest amount, which cannot be added up."""
        return self in {Aggregate.MINIMUM, Aggregate.MAXIMUM}

    @property
    def is_addable(self) -> bool:
        """Whether what parts come to adds up to what the whole comes to: sums and counts."""
        return self is Aggregate.SUM or self is Aggregate.COUNT


class Direction(StrEnum):
    """Whether more is better, as with revenue, or less, as with response times."""

    HIGHER = "higher"
    LOWER = "lower"


class Operator(StrEnum):
    """How a condition compares a property with its value."""

    EQ = "eq"
    NE = "ne"
    IN = "in"
    NOT_IN = "not_in"
    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"
    IS_SET = "is_set"
    IS_NOT_SET = "is_not_set"


MONEY: Final = "money"
A_DATE: Final = "expected a day or a moment with a zone"
_WITHOUT_VALUE: Final = frozenset({Operator.IS_SET, Operator.IS_NOT_SET})
_OF_SEVERAL: Final = frozenset({Operator.IN, Operator.NOT_IN})
_COMPARISONS: Final[dict[Operator, Callable[[Any, Any], bool]]] = {
    Operator.EQ: eq, Operator.NE: ne, Operator.LT: lt, Operator.LE: le, Operator.GT: gt, Operator.GE: ge,
}  # fmt: skip
_TRUTHS: Final = {"true": True, "false": False}


@frozen
class Unreadable:
    """Why no figure can rest on a record: the property at fault, and what was expected of it."""

    property: str
    reason: str


def _as_operator(operator: str) -> Operator:
    return _fields.word(operator, "operator", Operator)


def _told_apart(value: Operand | tuple[Operand, ...] | None) -> tuple[str, Any]:
    """Return an operand with its kind, since to Python 1 and True are the same."""
    return _kind_of(value), value


def _kind_of(value: object) -> str:
    if isinstance(value, tuple) and value:
        return _kind_of(value[0])
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, str):
        return "text"
    if isinstance(value, datetime):
        return "a moment"
    if isinstance(value, date):
        return "a day"
    return "a number"


def _as_operand(value: Operand | Iterable[Operand] | None) -> Operand | tuple[Operand, ...] | None:
    if value is None:
        return None
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        return _checked_operand(value, "value")
    found = _fields.items(value, "value", object, "values", most=10_000)
    operands = [_checked_operand(item, f"value[{index}]") for index, item in enumerate(found)]
    operands.sort(key=_told_apart)  # not by hash: all multiples of 2**61 - 1 have one
    return tuple(next(same) for _, same in groupby(operands, key=_told_apart))


def _checked_operand(value: object, path: str) -> Operand:
    if isinstance(value, datetime):
        return _fields.instant(value, path)
    if isinstance(value, str):
        return _fields.text(value, path, longest=1_000)
    if isinstance(value, (bool, date)):
        return value
    if isinstance(value, (int, float, Decimal)):
        return amounts.exact(value, path)
    raise mistyped(path, value, "a bool, an exact number, text, a date or a datetime with a zone")


def _check_operand(condition: Condition, _attribute: Field, value: Operand | tuple[Operand, ...] | None) -> None:
    if condition.operator in _WITHOUT_VALUE:
        fits = value is None
    elif condition.operator in _OF_SEVERAL:
        fits = isinstance(value, tuple) and len({_kind_of(operand) for operand in value}) == 1
    else:
        fits = value is not None and not isinstance(value, tuple)
        if isinstance(value, bool) and condition.operator not in {Operator.EQ, Operator.NE}:
            fits = False
    if not fits:
        expected = "nothing (is_set, is_not_set), values of one kind (in, not_in), or one value that it can compare"
        raise invalid("value", value, f"for {condition.operator} {expected}", code="invalid_condition")


@frozen
class Condition:
    """A test on one property of a record.

    A record without the property, or with it empty, satisfies `is_not_set` and no other condition, as in SQL. A property is
    read as the kind of the condition's value: numbers as numbers (also from text), True and False also from the texts "true"
    and "false", days and moments also from ISO text; one that cannot be read so makes the record unreadable. Text is compared
    exactly. Source: rule M1.

    Attributes:
        property: the name of the property.
        operator: how to compare.
        value: what to compare with; several for `in` and `not_in`, none for `is_set` and `is_not_set`.

    >>> Condition("stage", "in", ["won", "paid"]).holds("won")
    True
    """

    property: str = field(validator=_fields.checked(_fields.identifier))
    operator: Operator = field(converter=_as_operator)
    value: Operand | tuple[Operand, ...] | None = field(
        default=None, converter=_as_operand, validator=_check_operand, eq=_told_apart
    )

    def holds(self, value: Property) -> bool | Unreadable:
        """Return whether a property's value satisfies the condition, or why it cannot be compared."""
        if self.operator in _WITHOUT_VALUE:
            return is_set(value) is (self.operator is Operator.IS_SET)
        if not is_set(value):
            return False
        kind = _kind_of(self.value)
        read = _READERS[kind](value)
        if read is None:
            return Unreadable(self.property, f"expected {kind}")
        if isinstance(self.value, tuple):
            return (read in self.value) is (self.operator is Operator.IN)
        return _COMPARISONS[self.operator](read, self.value)


def _read_truth(value: Property) -> bool | None:
    if isinstance(value, str):
        return _TRUTHS.get(value.lower())
    return value if isinstance(value, bool) else None


def read_text(value: Property) -> str | None:
    """Return the text that a property's value is; None where it is none."""
    if isinstance(value, date):  # as canonical content has it, so that equal content reads the same
        return value.isoformat()
    return value if isinstance(value, str) else None


def read_number(value: Property) -> Decimal | None:
    """Return the exact number that a property's value says, also as text; None where it says none."""
    try:
        return amounts.exact(value)
    except QuotaError:
        return None


def read_when(value: Property) -> date | datetime | None:
    """Return the day or the moment that a property's value says, also as ISO text; None where it says none."""
    try:
        if isinstance(value, str):
            return _fields.moment_from_text(value, "")
        if isinstance(value, datetime):
            return _fields.instant(value, "")
    except QuotaError:
        return None
    return value if isinstance(value, date) else None


def _read_day(value: Property) -> date | None:
    when = read_when(value)
    return None if isinstance(when, datetime) else when


def _read_moment(value: Property) -> datetime | None:
    when = read_when(value)
    return when if isinstance(when, datetime) else None


_READERS: Final[dict[str, Callable[[Property], Operand | None]]] = {
    "true or false": _read_truth,
    "text": read_text,
    "a number": read_number,
    "a day": _read_day,
    "a moment": _read_moment,
}


def _as_aggregate(aggregate: str) -> Aggregate:
    return _fields.word(aggregate, "aggregate", Aggregate)


def _as_direction(direction: str) -> Direction:
    return _fields.word(direction, "direction", Direction)


def _as_conditions(where: Iterable[Condition]) -> tuple[Condition, ...]:
    return _fields.items(where, "where", Condition, "conditions", most=100)


def _check_value(measure: Measure, attribute: Field, value: str | None) -> None:
    if value is not None:
        _fields.identifier(value, attribute.name)
    elif measure.aggregate is not Aggregate.COUNT:
        raise invalid(attribute.name, value, f"the property whose {measure.aggregate} is taken", code="required")


@frozen(kw_only=True)
class Measure:
    """What a goal measures, as data: nothing in it is code, so it can be stored, compared and pushed down to a database.

    Attributes:
        name: for people to read.
        object: the kind of record that counts.
        aggregate: how records become a figure. Averages are kept as sum and count and divided once.
        dated_by: the property that says in which slice a record counts; a record without it never counts.
        value: the property whose amounts are aggregated; not needed for a count.
        where: conditions, all of which a record must satisfy.
        direction: whether higher or lower is better.
        unit: "money", "count", "duration" or a name of the host's own. Money has a currency, everything else has none.
        currency: for money, the property that names a record's currency; a record without it is in the account's.
    """

    name: str = field(validator=_fields.checked(_fields.name))
    object: str = field(validator=_fields.checked(_fields.identifier))
    aggregate: Aggregate = field(converter=_as_aggregate)
    dated_by: str = field(validator=_fields.checked(_fields.identifier))
    value: str | None = field(default=None, validator=_check_value)
    where: tuple[Condition, ...] = field(default=(), converter=_as_conditions)
    direction: Direction = field(default=Direction.HIGHER, converter=_as_direction)
    unit: str = field(default="count", validator=_fields.checked(_fields.identifier))
    currency: str = field(default="currency", validator=_fields.checked(_fields.identifier))

    @property
    def is_money(self) -> bool:
        """Whether its amounts have a currency: the unit is money and there are amounts at all."""
        return self.unit == MONEY and self.aggregate is not Aggregate.COUNT

    @property
    def properties(self) -> frozenset[str]:
        """The names of all properties that it reads."""
        names = {self.dated_by, *(condition.property for condition in self.where)}
        names.update({self.value} if self.value else ())
        names.update({self.currency} if self.is_money else ())
        return frozenset(names)


@frozen
class Fact:
    """What a record is worth to a measure.

    Attributes:
        when: the day, or the moment, that dates it.
        amount: what is aggregated; None where the record has no value, which counts as one in counts and as nothing in sums.
        currency: the currency the record names; None where it names none.
    """

    when: date | datetime
    amount: Decimal | None
    currency: str | None


def read(measure: Measure, event: CrmEvent) -> Fact | Unreadable | None:
    """Return what one version of a record is worth to a measure; None where it does not count.

    It does not count when it is of another object, is a deletion, lacks the date, or fails a condition; for an average, a
    minimum or a maximum also when it lacks the value (rule M3).
    """
    properties = event.properties
    if event.object != measure.object or event.deleted:
        return None
    given = properties.get(measure.dated_by)
    if not is_set(given):
        return None
    for condition in measure.where:
        verdict = condition.holds(properties.get(condition.property))
        if isinstance(verdict, Unreadable):
            return verdict
        if not verdict:
            return None
    when = read_when(given)
    if when is None:
        return Unreadable(measure.dated_by, A_DATE)
    return valued(measure, event, when)


def valued(measure: Measure, event: CrmEvent, when: date | datetime) -> Fact | Unreadable | None:
    """Return what a version that is dated so is worth by its value alone; None for an average or an extreme without one."""
    if measure.aggregate is Aggregate.COUNT or measure.value is None:
        return Fact(when, None, None)
    value = measure.value
    given = event.properties.get(value)
    if not is_set(given):
        return Fact(when, None, None) if measure.aggregate is Aggregate.SUM else None
    amount = read_number(given)
    if amount is None:
        return Unreadable(value, "expected an exact number")
    code = event.properties.get(measure.currency) if measure.is_money else None
    if not is_set(code):
        return Fact(when, amount, None)
    try:
        return Fact(when, amount, amounts.currency(code))
    except QuotaError:
        return Unreadable(measure.currency, "expected a currency code of three capital letters")
