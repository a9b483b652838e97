"""The protocols that a host fills: where records, people and rates come from.

Each is bound to one account when it is made. A host whose data fits in memory uses `adapters.memory`; `calculate` takes the
values themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar

from attrs import field, frozen

from quota_engine import _fields
from quota_engine.contributors import Roster
from quota_engine.errors import mistyped
from quota_engine.events import CrmEvent
from quota_engine.periods import Period
from quota_engine.rates import Rates

T = TypeVar("T")


def _as_items(items: Iterable[T]) -> tuple[T, ...]:
    if isinstance(items, (str, bytes)) or not isinstance(items, Iterable):
        raise mistyped("items", items, "several items")
    return tuple(items)


@frozen
class Page(Generic[T]):
    """Some of what was asked for, and where to go on.

    Attributes:
        items: the items of this page, in order.
        cursor: what to pass to get what comes after; opaque text of the source.
        more: whether there is more at this moment.
    """

    items: tuple[T, ...] = field(converter=_as_items)
    cursor: str | None = field(default=None, validator=_fields.checked(_fields.optional(_fields.text)))
    more: bool = field(default=False, validator=_fields.checked(_fields.flag))


class EventSource(Protocol):
    """The CRM's record versions. Reads only."""

    def changes(self, object: str, since: str | None, /, *, properties: frozenset[str]) -> Page[CrmEvent]:  # noqa: A002
        """Return versions of an object's records after a cursor: whole records, with at least these properties.

        They may repeat, overlap and come in any order, but one that commits late is never skipped. From None on: everything
        there is.

        Raises:
            InvalidCursor: a cursor that this source never gave out.
        """
        ...


class RosterSource(Protocol):
    """Who belongs where."""

    def roster(self) -> Roster:
        """Return the whole roster with its past, of one moment."""
        ...


class RateSource(Protocol):
    """Exchange rates."""

    def rates(self, base: str, currencies: frozenset[str], during: Period, /) -> Rates:
        """Return rates to `base` for these days and the last one before them; a currency without any is absent."""
        ...
