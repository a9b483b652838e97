"""How long a goal runs and how it is sliced. Source: rules T4 and T5."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Final

from attrs import field, frozen

from quota_engine import _fields
from quota_engine._fields import Field
from quota_engine.errors import InvalidValue
from quota_engine.periods import Period


class Cadence(StrEnum):
    """How often a goal's figures start anew; `custom` is one slice of any length."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half_yearly"
    YEARLY = "yearly"
    CUSTOM = "custom"


FORECAST_CADENCES: Final = (Cadence.MONTHLY, Cadence.QUARTERLY)
"""How often a forecast can be made anew (rules M5 and F1)."""


def cadence(value: object, name: str = "cadence") -> Cadence:
    """Return the cadence for the member or its plain text.

    Raises:
        InvalidType: it is no text.
        InvalidValue: it is no cadence; the message lists those there are.
    """
    return _fields.word(value, name, Cadence)


def _as_cadence(value: str) -> Cadence:
    return cadence(value)


def _check_days(duration: Duration, _attribute: Field, days: Period | None) -> None:
    custom = duration.cadence is Cadence.CUSTOM
    if (days is not None) is not custom or (duration.year is None) is not custom or (custom and duration.aligned):
        raise InvalidValue(
            "duration: expected a year, or for a custom duration its first and last day and nothing else",
            code="invalid_duration",
            field="duration",
        )
    if days is not None:
        _fields.instance_of(Period, "a Period")(days, "days")
        _fields.year(days.start.year, "first_day.year")
        _fields.year(days.last_day.year, "last_day.year")


@frozen
class Duration:
    """One year sliced by a cadence, or any run of days as a single slice. Made by the class methods, which say what is needed.

    Attributes:
        cadence: how the duration is sliced.
        year: the calendar year, the week-year (weekly), or, when aligned, the fiscal year of that name; None for custom.
        aligned: whether `year` names a fiscal year; never for custom.
        days: the days of a custom duration; None otherwise.

    >>> Duration.quarterly(2026, aligned=True)
    Duration(cadence=<Cadence.QUARTERLY: 'quarterly'>, year=2026, aligned=True, days=None)
    """

    cadence: Cadence = field(converter=_as_cadence)
    year: int | None = field(default=None, validator=_fields.checked(_fields.optional(_fields.year)), kw_only=True)
    aligned: bool = field(default=False, validator=_fields.checked(_fields.flag), kw_only=True)
    days: Period | None = field(default=None, validator=_check_days, kw_only=True)

    @classmethod
    def weekly(cls, year: int, *, aligned: bool = False) -> Duration:
        """Return the whole weeks of a week-year (52 or 53), or when aligned the weeks of a fiscal year, clipped at both ends."""
        return cls(Cadence.WEEKLY, year=year, aligned=aligned)

    @classmethod
    def monthly(cls, year: int, *, aligned: bool = False) -> Duration:
        """Return the months of a calendar year or, when aligned, of a fiscal year."""
        return cls(Cadence.MONTHLY, year=year, aligned=aligned)

    @classmethod
    def quarterly(cls, year: int, *, aligned: bool = False) -> Duration:
        """Return the quarters of a calendar year or, when aligned, of a fiscal year."""
        return cls(Cadence.QUARTERLY, year=year, aligned=aligned)

    @classmethod
    def half_yearly(cls, year: int, *, aligned: bool = False) -> Duration:
        """Return the halves of a calendar year or, when aligned, of a fiscal year."""
        return cls(Cadence.HALF_YEARLY, year=year, aligned=aligned)

    @classmethod
    def yearly(cls, year: int, *, aligned: bool = False) -> Duration:
        """Return a calendar year or, when aligned, a fiscal year, as one slice."""
        return cls(Cadence.YEARLY, year=year, aligned=aligned)

    @classmethod
    def custom(cls, first_day: date | str, last_day: date | str) -> Duration:
        """Return the days from the first to the last, which counts, as exactly one slice.

        Raises:
            InvalidValue: the last day lies before the first, or outside the years 1900 to 2200.
        """
        return cls(Cadence.CUSTOM, days=Period.closed(first_day, last_day))
