"""Facts in columns: what many records are worth to one measure, so that they can be filed all at once. Sources: M1 to M4."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from attrs import frozen

from quota_engine import _fields, amounts
from quota_engine.events import CrmEvent
from quota_engine.lanes import Key
from quota_engine.masks import everything
from quota_engine.measures import Fact, Measure


@frozen(kw_only=True)
class Facts:
    """What a batch of records is worth to one measure, in columns of one length.

    Attributes:
        record_ids: the ids of the records.
        keys: the different (owner, pipeline) of the records.
        codes: for each record the number of its key.
        when: the day number or the microseconds that date it; anything where it is not selected.
        by_day: whether the dates are day numbers.
        amounts: its amount, in units of 10 to the power of -places; zero where it has none.
        places: the decimal places of the amounts, 0 to 18.
        recorded: the microseconds at which it was recorded.
        selected: the mask (see `masks`) of those that count at all.
        odd: the numbers of records that are not selected but need a closer look: unreadable, or in another currency.
        event: gives the record of a number.
    """

    record_ids: Sequence[str]
    keys: Sequence[Key]
    codes: Sequence[int]
    when: Sequence[int]
    by_day: bool
    amounts: Sequence[int]
    places: int
    recorded: Sequence[int]
    selected: bytes
    odd: Sequence[int] = ()
    event: Callable[[int], CrmEvent]


@runtime_checkable
class Batch(Protocol):
    """Records in columns, each in its only version, and in no other batch."""

    @property
    def object(self) -> str:
        """The kind of all its records."""
        ...

    def facts(self, measure: Measure, currency: str, *, home_currency: str, known_at: datetime, zone: str) -> Facts:
        """Return what the records that had been recorded by `known_at` are worth to a measure with goals in a currency.

        A record that names no currency is in `home_currency`; one without a recording time counts as recorded at the first
        instant, in the zone, of the day that dates it.
        """
        ...


class Gathered:
    """Events of records with one version, in the goals' own currency, gathered one by one."""

    def __init__(self) -> None:
        """Begin with none."""
        self._events: list[CrmEvent] = []
        self._numbers: dict[Key, int] = {}
        self._codes: list[int] = []
        self._when: list[int] = []
        self._amounts: list[int] = []

    def add(self, event: CrmEvent, fact: Fact) -> None:
        """Take in a record and what it is worth."""
        key = (event.owner_id, event.pipeline_id)
        self._events.append(event)
        self._codes.append(self._numbers.setdefault(key, len(self._numbers)))
        self._when.append(_fields.microseconds(fact.when) if isinstance(fact.when, datetime) else fact.when.toordinal())
        self._amounts.append(0 if fact.amount is None else amounts.grains(fact.amount))

    def facts(self, *, by_day: bool) -> Facts:
        """Return them as columns; the dates of all are days, or those of all are moments."""
        return Facts(
            record_ids=[event.record_id for event in self._events],
            keys=list(self._numbers),
            codes=self._codes,
            when=self._when,
            by_day=by_day,
            amounts=self._amounts,
            places=amounts.PLACES,
            recorded=[_fields.microseconds(event.recorded_at) for event in self._events],
            selected=everything(len(self._events)),
            event=self._events.__getitem__,
        )
