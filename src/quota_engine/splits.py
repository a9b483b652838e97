"""Splits: records of which several users each get a share, and others credit beyond. Source: rules C5 and P6."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from attrs import Factory, field, frozen

from quota_engine import _fields, amounts
from quota_engine._fields import Field, FrozenMap
from quota_engine.errors import invalid, mistyped

Share = Decimal | int | str
RecordId = tuple[str, str]

_ONE: Final = Decimal(1)
_MOST_USERS: Final = 1_000
_MOST_SPLITS: Final = 10_000_000
_ALWAYS: Final = datetime.min.replace(tzinfo=UTC)


def _as_parts(parts: Mapping[str, Share], path: str) -> FrozenMap[str, Decimal]:
    """Return shares by user, each above zero and at most one; a share of nothing is none."""
    if not isinstance(parts, Mapping):
        raise mistyped(path, parts, "a mapping from user ids to shares")
    _fields.items(parts, path, str, "user ids", most=_MOST_USERS)
    found: dict[str, Decimal] = {}
    for user, given in parts.items():
        share = amounts.exact(given, f"{path}[{_fields.identifier(user, path)}]")
        if not 0 <= share <= _ONE:
            raise invalid(f"{path}[{user}]", share, "a share from 0 to 1", code="out_of_range")
        if share:
            found[user] = share
    return FrozenMap(found)


def _as_shares(parts: Mapping[str, Share], path: str = "shares") -> FrozenMap[str, Decimal]:
    """Return shares that sum to one exactly, or none at all."""
    found = _as_parts(parts, path)
    whole = amounts.total(found.values())
    if parts and whole != _ONE:
        raise invalid(path, whole, "shares that sum to 1 exactly", code="not_whole")
    return found


def _as_overlays(parts: Mapping[str, Share], path: str = "overlays") -> FrozenMap[str, Decimal]:
    return _as_parts(parts, path)


def _as_moment(moment: datetime | None) -> datetime | None:
    return None if moment is None else _fields.instant(moment, "recorded_at")


@frozen(kw_only=True)
class Split:
    """Who gets which share of one record, as it was recorded at some time.

    Attributes:
        object: the kind of record, such as "deal".
        record_id: the host's id of the record.
        shares: by user, from 0 to 1, summing to one exactly; none at all for the owner alone, as without a split. An owner who is
            not named gets nothing.
        overlays: credit beyond, by user, each from 0 to 1.
        recorded_at: when it was recorded, in UTC; it replaces those recorded before. None: it was always known.
    """

    object: str = field(validator=_fields.checked(_fields.identifier))
    record_id: str = field(validator=_fields.checked(_fields.identifier))
    shares: FrozenMap[str, Decimal] = field(factory=FrozenMap, converter=_as_shares)
    overlays: FrozenMap[str, Decimal] = field(factory=FrozenMap, converter=_as_overlays)
    recorded_at: datetime | None = field(default=None, converter=_as_moment)

    @property
    def users(self) -> frozenset[str]:
        """The ids of all users whom it names."""
        return frozenset((*self.shares, *self.overlays))

    def credit(self, user_id: str, owner_id: str | None) -> Decimal:
        """Return the share of a user in the record of an owner, with the credit beyond."""
        own = self.shares.get(user_id, Decimal(0)) if self.shares else Decimal(user_id == owner_id)
        return amounts.total((own, self.overlays.get(user_id, Decimal(0))))


def _as_record(key: object, path: str) -> RecordId:
    kind, record_id = _fields.pair(key, path, "keys of an object and a record's id")
    return _fields.identifier(kind, path), _fields.identifier(record_id, path)


def _as_table(
    table: Mapping[RecordId, Mapping[str, Share]], path: str, *, is_whole: bool
) -> FrozenMap[RecordId, FrozenMap[str, Decimal]]:
    if not isinstance(table, Mapping):
        raise mistyped(path, table, "a mapping from (object, record id) to shares by user")
    found: dict[RecordId, FrozenMap[str, Decimal]] = {}
    for key, parts in table.items():
        record = _as_record(key, path)
        place = f"{path}[{record[0]}, {record[1]}]"
        found[record] = _as_shares(parts, place) if is_whole else _as_overlays(parts, place)
    return FrozenMap(found)


def _as_shares_table(table: Mapping[RecordId, Mapping[str, Share]]) -> FrozenMap[RecordId, FrozenMap[str, Decimal]]:
    return _as_table(table, "shares", is_whole=True)


def _as_overlays_table(table: Mapping[RecordId, Mapping[str, Share]]) -> FrozenMap[RecordId, FrozenMap[str, Decimal]]:
    return _as_table(table, "overlays", is_whole=False)


def _as_recorded(splits: Iterable[Split]) -> tuple[Split, ...]:
    return _fields.items(splits, "recorded", Split, "Splits of one record each", most=_MOST_SPLITS)


def _check_recorded(_splits: Splits, attribute: Field, recorded: tuple[Split, ...]) -> None:
    seen: set[tuple[str, str, datetime]] = set()
    for index, split in enumerate(recorded):
        path = f"{attribute.name}[{index}]"
        if split.recorded_at is None:
            raise invalid(f"{path}.recorded_at", None, "when the split was recorded", code="required")
        key = (split.object, split.record_id, split.recorded_at)
        if key in seen:
            raise invalid(path, split.record_id, "one split of a record at a recording time", code="duplicate")
        seen.add(key)


def _moment(split: Split) -> datetime:
    return split.recorded_at or _ALWAYS


def _by_record(splits: Splits) -> FrozenMap[RecordId, tuple[Split, ...]]:
    none = FrozenMap[str, Decimal]()
    found: dict[RecordId, list[Split]] = {
        (kind, record_id): [
            Split(
                object=kind,
                record_id=record_id,
                shares=splits.shares.get((kind, record_id), none),
                overlays=splits.overlays.get((kind, record_id), none),
            )
        ]
        for kind, record_id in (*splits.shares, *splits.overlays)
    }
    for split in sorted(splits.recorded, key=_moment):
        found.setdefault((split.object, split.record_id), []).append(split)
    return FrozenMap((record, tuple(versions)) for record, versions in found.items())


@frozen
class Splits:
    """Which records are split, and how. Source: rule C5.

    A share is of the amount in sums; counts, averages and extremes credit the record whole to each who has a share. The rows of
    teams, pipelines and the account do not look at splits, and a total counts a record once at most.

    Attributes:
        shares: by (object, record id) the share of each user, summing to one; always known.
        overlays: by (object, record id) what some users get beyond; always known.
        recorded: splits that carry the time at which they were recorded.

    >>> splits = Splits({("deal", "d1"): {"ada": "0.6", "bob": "0.4"}})
    >>> splits.of("deal", "d1")[0].credit("bob", "ada")
    Decimal('0.4')
    """

    shares: FrozenMap[RecordId, FrozenMap[str, Decimal]] = field(factory=FrozenMap, converter=_as_shares_table)
    overlays: FrozenMap[RecordId, FrozenMap[str, Decimal]] = field(
        factory=FrozenMap, converter=_as_overlays_table, kw_only=True
    )
    recorded: tuple[Split, ...] = field(default=(), converter=_as_recorded, validator=_check_recorded, kw_only=True)
    _records: FrozenMap[RecordId, tuple[Split, ...]] = field(
        init=False, eq=False, repr=False, default=Factory(_by_record, takes_self=True)
    )

    def of(self, object: str, record_id: str) -> tuple[Split, ...]:  # noqa: A002 - the field's own name
        """Return the splits of a record in the order of their recording; none where it was never split."""
        return self._records.get((object, record_id), ())

    @property
    def records(self) -> frozenset[RecordId]:
        """The records that are split, by kind and id."""
        return frozenset(self._records)

    def ids(self, object: str) -> frozenset[str]:  # noqa: A002 - the field's own name
        """Return the ids of the records of a kind that are split."""
        return frozenset(record_id for kind, record_id in self._records if kind == object)
