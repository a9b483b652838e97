"""When a local day begins, and which local day a moment lies in. Source: rule T2."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

_DAY: Final = timedelta(days=1)


def first_instant(day: date, zone: str) -> datetime:
    """Return the first instant of a local day, in UTC: 00:00 with fold 0 (rule T2), also where that hour does not exist.

    The first day that dates can name begins, east of Greenwich, with the first moment that can be expressed.
    """
    try:
        return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC)


def local_day(moment: datetime, zone: str) -> date:
    """Return the latest local day whose first instant is not after a moment (rule T2)."""
    try:
        day = moment.astimezone(ZoneInfo(zone)).date()
    except OverflowError:
        return date.min if moment.year == 1 else date.max
    if day < date.max and first_instant(day + _DAY, zone) <= moment:
        return day + _DAY
    return day if first_instant(day, zone) <= moment else day - _DAY
