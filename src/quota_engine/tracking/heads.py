"""The head of the tracker's state: when figures were last refreshed, by what, and how far each kind of record has been read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Final

from attrs import field, frozen

from quota_engine import _fields
from quota_engine._fields import FrozenMap, microseconds, moment_of
from quota_engine.accounts import Account
from quota_engine.contributors import Roster
from quota_engine.errors import ContractViolation, UnsupportedVersion, shown
from quota_engine.fiscal import first_instant
from quota_engine.periods import Period
from quota_engine.ports import LONGEST_CURSOR
from quota_engine.rates import Rates
from quota_engine.splits import Splits
from quota_engine.tracking.codec import corrupt, dump, load

HEAD: Final = "head"
_FORM: Final = 3


@frozen(kw_only=True)
class Basis:
    """What figures depend on beside goals and records.

    Attributes:
        account: whose figures.
        roster: the people.
        rates: the exchange rates.
        splits: the records that are split.
        days: what the zone database says of the days of the slices, by zone; see `days_digest`.
    """

    account: Account
    roster: Roster | None
    rates: Rates | None
    splits: Splits | None
    days: FrozenMap[str, str] = field(factory=FrozenMap)

    @property
    def _parts(self) -> tuple[object, ...]:
        return (self.account, self.roster, self.rates, self.splits, self.days)

    def equals(self, other: Basis) -> bool:
        """Whether all of it is equal; what is one and the same is not looked into, as `==` would."""
        return self._parts == other._parts

    def digest(self) -> str:
        """Return a digest that differs when one of them does; the same in every process."""
        return sha256(repr(self._parts).encode("utf-8", "surrogatepass")).hexdigest()


def days_digest(zone: str, span: Period) -> str:
    """Return a digest of when the days of a period begin in a zone, and the day after them: of the zone data in use."""
    days = range(span.start.toordinal(), span.end.toordinal() + 1)
    instants = (str(first_instant(date.fromordinal(day), zone)) for day in days)
    return sha256("\n".join(instants).encode("ascii")).hexdigest()


@frozen(kw_only=True)
class Reading:
    """How far the records of a kind have been read.

    Attributes:
        number: of the reading; each begins at the start of the source.
        since: the first reading that asked for all of the properties.
        cursor: where to go on; None at the start.
        is_whole: whether it has not come to its end yet, so that it is not known which records are gone.
        properties: those that are asked for.
        currency_names: those of them in which currencies are looked for.
    """

    number: int = 1
    since: int = 1
    cursor: str | None = None
    is_whole: bool = True
    properties: frozenset[str] = frozenset()
    currency_names: frozenset[str] = frozenset()


@frozen(kw_only=True)
class Head:
    """What is known of the state at a glance.

    Attributes:
        account: the id of the account whose state it is.
        as_of: the moment of the last refresh; None before the first.
        basis: the digest of what its figures depend on.
        readings: by kind of record, how far it has been read.
        currencies: those that records have named.
        refreshes: how many refreshes have been kept.
    """

    account: str
    as_of: datetime | None = None
    basis: str = ""
    readings: FrozenMap[str, Reading] = field(factory=FrozenMap)
    currencies: frozenset[str] = frozenset()
    refreshes: int = 0

    def written(self) -> bytes:
        """Return the head as bytes."""
        return dump(
            {
                "form": _FORM,
                "account": self.account,
                "as_of": None if self.as_of is None else microseconds(self.as_of),
                "basis": self.basis,
                "refreshes": self.refreshes,
                "currencies": sorted(self.currencies),
                "readings": {kind: _written(reading) for kind, reading in self.readings.items()},
            }
        )


def _written(reading: Reading) -> list[object]:
    names = [sorted(reading.properties), sorted(reading.currency_names)]
    return [reading.number, reading.since, reading.cursor, reading.is_whole, *names]


def head_of(values: Mapping[str, bytes], account_id: str) -> Head:
    """Return the head of an account among some values of its store; that of an empty store where there is none.

    Raises:
        ContractViolation: it is the state of another account.
        UnsupportedVersion: it was written by another version of the library.
        CorruptRow: it is none.
    """
    written = values.get(HEAD)
    if written is None:
        return Head(account=account_id)
    form, head = load(HEAD, written, _read)
    if head is not None and head.written() != written:
        raise corrupt(HEAD, shown(written))
    if head is None:
        raise UnsupportedVersion(
            f"{HEAD}: expected a state in form {_FORM}, got form {shown(form)}", field=HEAD, value=shown(form)
        )
    if head.account != account_id:
        raise ContractViolation(
            f"store: expected the state of account {shown(account_id)}, got that of another one",
            code="other_account",
            field="store",
        )
    return head


def _read(found: Mapping[str, Any]) -> tuple[object, Head | None]:
    """Return the form, and the head where it is in the one that we know."""
    form = found["form"]
    return form, _head(found) if form == _FORM else None


def _head(found: Mapping[str, Any]) -> Head:
    as_of = found["as_of"]
    return Head(
        account=_fields.identifier(found["account"], "account"),
        as_of=None if as_of is None else moment_of(as_of),
        basis=_fields.text(found["basis"], "basis"),
        refreshes=_number(found["refreshes"]),
        currencies=frozenset(found["currencies"]),
        readings=FrozenMap((kind, _reading(parts)) for kind, parts in found["readings"].items()),
    )


def _reading(written: Sequence[Any]) -> Reading:
    number, since, cursor, is_whole, properties, currency_names = written
    return Reading(
        number=_number(number),
        since=_number(since),
        cursor=None if cursor is None else _fields.text(cursor, "cursor", longest=LONGEST_CURSOR),
        is_whole=_fields.flag(is_whole, "is_whole"),
        properties=frozenset(properties),
        currency_names=frozenset(currency_names),
    )


def _number(written: object) -> int:
    return _fields.whole(written, "number", 0, 2**63 - 1)
