"""CRM records as they stood when they were recorded, and which version of a record holds. Source: rule P1."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from attrs import field, frozen

from quota_engine import _fields, amounts
from quota_engine._fields import Field, FrozenMap
from quota_engine.errors import TooLarge, mistyped, shown

Property = None | bool | int | str | Decimal | date | datetime

_MOST_PROPERTIES: Final = 1_000
LONGEST_PROPERTY: Final = 100_000
_LONGEST_SHOWN_NAME: Final = 80
_PLAIN: Final = frozenset({type(None), bool, date})


def _as_properties(properties: Mapping[str, Property]) -> FrozenMap[str, Property]:
    if not isinstance(properties, Mapping):
        raise mistyped("properties", properties, "a mapping from names to values")
    if len(properties) > _MOST_PROPERTIES:
        raise TooLarge(f"properties: expected at most {_MOST_PROPERTIES}, got {len(properties)}", field="properties")
    return FrozenMap(
        {
            name: value if type(name) is str and _is_plain(value) else _as_property(name, value)
            for name, value in properties.items()
        }
    )


def _is_plain(value: Property) -> bool:
    return type(value) in _PLAIN or (isinstance(value, str) and len(value) <= LONGEST_PROPERTY)


def _as_property(name: object, value: Property) -> Property:
    """Return a property's value: text as it is, since it is the CRM's; a moment in UTC."""
    if not isinstance(name, str):
        raise mistyped("properties", name, "names as text")
    path = f"properties.{name if name.isprintable() and len(name) <= _LONGEST_SHOWN_NAME else shown(name)}"
    if isinstance(value, str):
        if len(value) > LONGEST_PROPERTY:
            raise TooLarge(
                f"{path}: expected at most {LONGEST_PROPERTY} characters, got {len(value)}: {shown(value)}",
                code="too_long",
                field=path,
                value=shown(value),
            )
        return value
    if isinstance(value, datetime):
        return _fields.instant(value, path)
    if value is None or isinstance(value, (bool, date)):
        return value
    if isinstance(value, (Decimal, float, int)):
        amounts.exact(value, path)
        return value
    raise mistyped(path, value, "None, a bool, an int, a Decimal, text, a date or a datetime with a zone")


def _as_recorded_at(moment: datetime) -> datetime:
    return _fields.instant(moment, "recorded_at")


def _as_owner(owner_id: str | None) -> str | None:
    return None if owner_id is None else (_fields.text(owner_id, "owner_id") or None)


def _as_pipeline(pipeline_id: str | None) -> str | None:
    return None if pipeline_id is None else (_fields.text(pipeline_id, "pipeline_id") or None)


def _check_version(_event: CrmEvent, attribute: Field, version: object) -> None:
    _fields.whole(version, attribute.name, 0, 2**63 - 1)


@frozen
class CrmEvent:
    """One version of a CRM record: the whole record as it stood when it was recorded.

    A property that is not given is absent, not unchanged. A number in a property is exact; a float is refused.

    Attributes:
        object: the kind of record, such as "deal".
        record_id: the host's id of the record, one per object.
        recorded_at: when the CRM recorded this version, in UTC; which of two versions holds is decided by this.
        owner_id: the user who owns the record; None, or empty, for nobody.
        pipeline_id: the pipeline it is in; None, or empty, for none.
        properties: its fields, with moments in UTC. None, or an empty text, stands for a field that is not set.
        version: decides between versions recorded at one moment.
        deleted: whether this version says that the record is gone.

    Raises:
        InvalidType, InvalidValue: naming the field or property, its value and what was expected.
    """

    object: str = field(validator=_fields.checked(_fields.identifier))
    record_id: str = field(validator=_fields.checked(_fields.identifier))
    recorded_at: datetime = field(converter=_as_recorded_at, kw_only=True)
    owner_id: str | None = field(default=None, converter=_as_owner, kw_only=True)
    pipeline_id: str | None = field(default=None, converter=_as_pipeline, kw_only=True)
    properties: FrozenMap[str, Property] = field(factory=FrozenMap, converter=_as_properties, kw_only=True)
    version: int = field(default=0, validator=_check_version, kw_only=True)
    deleted: bool = field(default=False, validator=_fields.checked(_fields.flag), kw_only=True)

    def content(self) -> bytes:
        """Return the canonical content: equal for two versions exactly when they say the same of the record.

        Owner, pipeline and the set properties, names sorted, numbers in shortest decimal form, instants in UTC, as UTF-8 JSON.
        """
        properties = ",".join(
            f"{_json(name)}:{_canonical(value)}" for name, value in sorted(self.properties.items()) if is_set(value)
        )
        text = f"[{_json(self.owner_id)},{_json(self.pipeline_id)},{{{properties}}}]"
        return text.encode(errors="surrogatepass")

    def order(self) -> tuple[datetime, int, bool]:
        """Return what decides which of two versions is later, but for their content."""
        return (self.recorded_at, self.version, self.deleted)


def is_set(value: Property) -> bool:
    """Whether a property has a value: neither None nor empty text."""
    return value is not None and value != ""


def _canonical(value: Property) -> str:
    if isinstance(value, date):
        return _json(value.isoformat())
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return amounts.plain(Decimal(value))
    return _json(value)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def is_later(event: CrmEvent, other: CrmEvent) -> bool:
    """Whether one version of a record holds over another: the greater by (recorded_at, version, deleted, content), rule P1."""
    mine, theirs = event.order(), other.order()
    return mine > theirs if mine != theirs else event.content() > other.content()


def is_conflict(event: CrmEvent, other: CrmEvent) -> bool:
    """Whether two versions of a record bear one recording time and number but do not say the same."""
    return (
        event.recorded_at == other.recorded_at
        and event.version == other.version
        and (event.deleted != other.deleted or event.content() != other.content())
    )
