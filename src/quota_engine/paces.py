"""Pace: how what is attained compares with what is expected by now, along the account's curve. Source: rule P4."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from attrs import frozen

from quota_engine import amounts
from quota_engine.accounts import Account, Bands
from quota_engine.amounts import Grains
from quota_engine.curves import Curve, EveryDay
from quota_engine.measures import Direction, Measure
from quota_engine.periods import Period


class PaceStatus(StrEnum):
    """How what is attained compares with what is expected by now (rule P4)."""

    AHEAD = "ahead"
    ON_TRACK = "on_track"
    BEHIND = "behind"


@frozen(kw_only=True)
class Pace:
    """How a row is doing by now, along the account's curve through the slice, by whole days that have ended. Source: rule P4.

    Attributes:
        expected: the part of the target that falls to the days that have ended, by what they weigh of the whole slice; in a slice
            that weighs nothing all days weigh the same.
        status: attained against expected; None where nothing is expected.
        projected: what it comes to at the end if it goes on as so far; None where nothing is expected.
        required_per_day: what is left, per day that has not ended, today and days off included; None where no day is left.
    """

    expected: Decimal
    status: PaceStatus | None
    projected: Decimal | None
    required_per_day: Decimal | None


def pace_of(
    measure: Measure, days: Period, attained: Grains | None, target: int, *, account: Account, asked_on: date
) -> Pace | None:
    """Return the pace of a row in a slice on a day, in grains; None unless higher is better and it is a sum or a count."""
    if attained is None or measure.direction is not Direction.HIGHER or not measure.aggregate.is_addable:
        return None
    ended = min(max((asked_on - days.start).days, 0), days.days)
    left = days.days - ended
    gone, whole = _weights(account.curve, days, ended)
    is_expected = target > 0 and gone > 0
    return Pace(
        expected=amounts.from_share(target * gone, whole),
        status=_pace_status(attained * whole, target * gone, account.bands) if is_expected else None,
        projected=amounts.from_share(attained * whole, gone) if is_expected else None,
        required_per_day=amounts.from_share(target - attained, left) if left else None,
    )


def _weights(curve: Curve, days: Period, ended: int) -> tuple[Grains, Grains]:
    """Return what the days that have ended weigh, and what all days do; as on a straight line where none weighs anything."""
    if not isinstance(curve, EveryDay) and (whole := curve.weight(days)):
        return curve.weight(Period(days.start, days.start + timedelta(days=ended))) if ended else 0, whole
    return ended, days.days


def _pace_status(attained: Grains, expected: Grains, bands: Bands) -> PaceStatus:
    if attained * amounts.ONE >= expected * amounts.grains(bands.ahead):
        return PaceStatus.AHEAD
    is_on_track = attained * amounts.ONE >= expected * amounts.grains(bands.on_track)
    return PaceStatus.ON_TRACK if is_on_track else PaceStatus.BEHIND
