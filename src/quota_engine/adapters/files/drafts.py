"""Drafts: goals as a manifest, or a file of goals, describes them; planned, but without rows yet."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, TypeVar

from quota_engine import _fields, templates
from quota_engine.accounts import Account
from quota_engine.adapters.files import cells
from quota_engine.adapters.files.documents import Section
from quota_engine.adapters.files.sheets import Wanted
from quota_engine.assignments import TeamCredit
from quota_engine.durations import Cadence, Duration, cadence
from quota_engine.errors import InvalidValue, QuotaError, invalid
from quota_engine.goals import Goal
from quota_engine.measures import Condition, Measure

T = TypeVar("T")

FIELDS: Final = ("template", "cadence", "year", "aligned", "first_day", "last_day", "pipeline")
_KEYS: Final = ("id", "name", "template", "measure", *FIELDS[1:], "team_credit")
_MEASURE: Final = ("name", "object", "aggregate", "dated_by", "value", "where", "direction", "unit", "currency")
_CONDITION: Final = ("property", "operator", "value")
_CREDIT: Final = ("members", "extra", "descendants")


def read_goal(section: Section, account: Account) -> Goal | None:
    """Return the goal that a section of the manifest describes; None, with the mistakes noted, where there are some."""
    before = section.mistakes.count(section.file)
    section.expect(_KEYS, ("id", "name", "cadence"))
    measure, credit = section.section("measure"), section.section("team_credit")
    values = {
        "id": section.read("id", _fields.identifier, None),
        "name": section.read("name", _fields.name, None),
        "template": section.read("template", _fields.optional(_template), None),
        "measure": None if measure is None else _measure(measure),
        "cadence": section.read("cadence", cadence, None),
        "year": section.read("year", _fields.optional(_fields.year), None),
        "aligned": section.read("aligned", _fields.optional(_fields.flag), None),
        "first_day": section.read("first_day", _fields.optional(_fields.day), None),
        "last_day": section.read("last_day", _fields.optional(_fields.day), None),
        "pipeline": section.read("pipeline", _fields.optional(_fields.identifier), None),
        "team_credit": None if credit is None else _built(credit, TeamCredit, _CREDIT),
    }
    if section.mistakes.count(section.file) > before:
        return None
    try:
        return planned(values, account)
    except QuotaError as error:
        section.refused(error)
        return None


def wanted_columns() -> tuple[Wanted, ...]:
    """Return the columns of a file of goals."""
    return (
        Wanted("goal_id", "an id", _fields.identifier),
        Wanted("name", "a name", _fields.name),
        Wanted("template", "the name of a template", _template),
        Wanted("cadence", "a cadence", cadence),
        Wanted("year", "a year", _year, is_filled=False, has_column=False),
        Wanted("aligned", "true or false", cells.truth, is_filled=False, has_column=False),
        Wanted("first_day", "a day", _fields.day, is_filled=False, has_column=False),
        Wanted("last_day", "a day", _fields.day, is_filled=False, has_column=False),
        Wanted("pipeline", "an id", _fields.identifier, is_filled=False, has_column=False),
    )


def planned(values: Mapping[str, Any], account: Account) -> Goal:
    """Return the goal that checked values, by the keys of the manifest, describe.

    Raises:
        InvalidType, InvalidValue: values that do not fit together.
    """
    return Goal.plan(
        id=values["id"],
        name=values["name"],
        duration=_duration(values),
        account=account,
        template=values["template"],
        measure=values.get("measure"),
        pipeline=values.get("pipeline"),
        team_credit=values.get("team_credit"),
    )


def _duration(values: Mapping[str, Any]) -> Duration:
    is_custom = values["cadence"] is Cadence.CUSTOM
    needed, foreign = (
        (("first_day", "last_day"), ("year", "aligned")) if is_custom else (("year",), ("first_day", "last_day"))
    )
    for key in needed:
        if values.get(key) is None:
            raise InvalidValue(f"{key}: a {values['cadence']} goal needs it", code="required", field=key)
    for key in foreign:
        if values.get(key) is not None:
            raise invalid(
                key, values[key], f"nothing here, since the goal is {values['cadence']}", code="not_with_cadence"
            )
    if is_custom:
        return Duration.custom(values["first_day"], values["last_day"])
    return Duration(values["cadence"], year=values["year"], aligned=bool(values.get("aligned")))


def _template(value: object, field: str) -> templates.Template:
    return templates.named(_fields.text(value, field))


def _year(cell: object, field: str) -> int:
    return _fields.year(cells.number(cell, field), field)


def _built(section: Section, make: Callable[..., T], known: Collection[str], needed: Collection[str] = ()) -> T | None:
    """Return what is made of a section's values; None, with the mistake noted, where they are refused."""
    if not section.expect(known, needed):
        return None
    try:
        return make(**section.items)
    except QuotaError as error:
        section.refused(error)
        return None


def _measure(section: Section) -> Measure | None:
    where = [_condition(item) for item in section.sections("where")]
    if None in where:
        return None
    section.items = {**section.items, "where": where}
    return _built(section, Measure, _MEASURE, ("name", "object", "aggregate", "dated_by"))


def _condition(section: Section) -> Condition | None:
    value = section.items.get("value")
    try:
        operand = [_operand(item) for item in value] if isinstance(value, list) else _operand(value)
    except QuotaError as error:
        section.refused(error)
        return None
    section.items = {**section.items, "value": operand}
    return _built(section, Condition, _CONDITION, ("property", "operator"))


def _operand(value: object) -> object:
    """Return the value of a condition: what JSON has no form for is written {"day": ...} or {"moment": ...}."""
    if isinstance(value, dict):
        if set(value) == {"day"}:
            return _fields.day(value["day"], "value.day")
        if set(value) == {"moment"}:
            return cells.moment(value["moment"], "value.moment")
        raise invalid("value", "{...}", 'a value, {"day": "2025-08-04"} or {"moment": "2025-08-04T09:00:00Z"}')
    return value
