"""Milestones: the marks that a host can be told about. Source: rule N1."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Final

from attrs import field, frozen

from quota_engine import _fields, amounts
from quota_engine._fields import Field
from quota_engine.durations import Cadence, cadence
from quota_engine.errors import InvalidValue, invalid

HIGHEST_PERCENT: Final = Decimal(1000)


class MilestoneKind(StrEnum):
    """What a milestone marks."""

    KICKOFF = "kickoff"
    PROGRESS = "progress"
    PERCENT = "percent"
    ACHIEVED = "achieved"
    EXCEEDED = "exceeded"
    MISSED = "missed"
    EDITED = "edited"


def _as_kind(kind: str) -> MilestoneKind:
    return _fields.word(kind, "kind", MilestoneKind)


def _as_mark(mark: Decimal | int | str | None) -> Decimal | None:
    return None if mark is None else percent_mark(mark, "mark")


def _as_every(every: str | None) -> Cadence | None:
    return None if every is None else cadence(every, "every")


def percent_mark(given: Decimal | int | str, name: str) -> Decimal:
    """Return a mark in percent of the target, more than 0 and at most 1,000."""
    mark = amounts.exact(given, name)
    if not 0 < mark <= HIGHEST_PERCENT:
        raise invalid(name, mark, f"more than 0 and at most {HIGHEST_PERCENT} percent", code="out_of_range")
    return mark


def _check_mark(milestone: Milestone, _attribute: Field, mark: Decimal | None) -> None:
    if (mark is not None) is not (milestone.kind is MilestoneKind.PERCENT):
        raise InvalidValue("mark: expected for a percent milestone, and for no other", code="required", field="mark")


def _check_every(milestone: Milestone, attribute: Field, every: Cadence | None) -> None:
    if (every is not None) is not (milestone.kind is MilestoneKind.PROGRESS):
        raise InvalidValue("every: expected for progress updates, and for nothing else", code="required", field="every")
    if every is Cadence.CUSTOM:
        raise invalid(attribute.name, every.value, "weekly, monthly, quarterly, half_yearly or yearly", code="no_cuts")


@frozen
class Milestone:
    """A mark on the way of one slice. Made by the class methods.

    >>> Milestone.percent(50)
    Milestone(kind=<MilestoneKind.PERCENT: 'percent'>, mark=Decimal('50'), every=None)
    """

    kind: MilestoneKind = field(converter=_as_kind)
    mark: Decimal | None = field(default=None, converter=_as_mark, validator=_check_mark, kw_only=True)
    every: Cadence | None = field(default=None, converter=_as_every, validator=_check_every, kw_only=True)

    @classmethod
    def kickoff(cls) -> Milestone:
        """Return the mark of a slice that begins."""
        return cls(MilestoneKind.KICKOFF)

    @classmethod
    def progress(cls, *, every: str) -> Milestone:
        """Return a regular update, once every period of a cadence."""
        return cls(MilestoneKind.PROGRESS, every=every)

    @classmethod
    def percent(cls, mark: Decimal | int | str) -> Milestone:
        """Return the mark at so many percent of the target, more than 0 and at most 1,000; reached exactly counts."""
        return cls(MilestoneKind.PERCENT, mark=mark)

    @classmethod
    def achieved(cls) -> Milestone:
        """Return the mark of a target that is met."""
        return cls(MilestoneKind.ACHIEVED)

    @classmethod
    def exceeded(cls) -> Milestone:
        """Return the mark of a target that is surpassed."""
        return cls(MilestoneKind.EXCEEDED)

    @classmethod
    def missed(cls) -> Milestone:
        """Return the mark of a slice that ended short of its target."""
        return cls(MilestoneKind.MISSED)

    @classmethod
    def edited(cls) -> Milestone:
        """Return the mark of a goal that was edited."""
        return cls(MilestoneKind.EDITED)


def place(milestone: Milestone) -> tuple[int, Decimal, int]:
    """Return what milestones are sorted by: the order of their kinds, then of their marks, then of their cadences."""
    every = 0 if milestone.every is None else list(Cadence).index(milestone.every)
    return list(MilestoneKind).index(milestone.kind), milestone.mark or Decimal(0), every
