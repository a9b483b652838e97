"""What every rule of fiscal years has in common: how a year gets its name, and how an answer about a day is put in words.

The periods of a cadence are numbered. A rule answers two questions: which number holds a day (`position`), and on which day
a number begins (`cut`). Years, quarters, months and weeks follow from these. A cut is reckoned from one fixed anchor, never
from the cut before it, so that nothing drifts (rule T3), and no answer takes a loop over years.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Final, Protocol, TypeAlias

from attrs import frozen

from quota_engine import _fields
from quota_engine._fields import Field
from quota_engine.durations import Cadence
from quota_engine.periods import Period

MONTHS_IN_YEAR: Final = 12
EPOCH_YEAR: Final = 2000
MONTH_NAMES: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

TRANSITION: Final = "T"
YearName: TypeAlias = int | str
"""A fiscal year's number; or, of a transition for which no number was free, that of the year before it with a T: "2020T"."""


def number_of(name: YearName) -> int:
    """Return the number in the name of a year."""
    return name if isinstance(name, int) else int(name.removesuffix(TRANSITION))


class NamedBy(StrEnum):
    """Which calendar year gives a fiscal year its name: the one it starts in, or the one it ends in."""

    START = "start"
    END = "end"


def as_named_by(value: str) -> NamedBy:
    """Return the member for itself or for its plain text."""
    return _fields.word(value, "named_by", NamedBy)


def check_month(_rule: object, attribute: Field, month: object) -> None:
    """Check a month, 1 for January to 12 for December."""
    _fields.whole(month, attribute.name, 1, MONTHS_IN_YEAR)


class Cuts(Protocol):
    """Numbered periods: of months, of accounting periods, or of weeks."""

    def position(self, day: date, cadence: Cadence, /) -> int:
        """Return the number of the period of a cadence that a day lies in."""
        ...

    def cut(self, position: int, cadence: Cadence, /) -> date:
        """Return the first day of the period of a number."""
        ...


@frozen(kw_only=True)
class Reason:
    """Why a day lies in the fiscal year that it lies in.

    Attributes:
        rule: the rule in words, as a controller would say it: "fiscal years end on the Saturday nearest to 31 January".
        anchor: the day that the rule reckons this year from: its nominal first or last day, or a published start.
        why: what follows for this year, such as why it has 53 weeks.
        extra_week: the week that a year of 53 weeks has more than others, the last one of a longer accounting period.
        is_transition: whether the year lies between two rules.
    """

    rule: str
    anchor: date
    why: str
    extra_week: Period | None = None
    is_transition: bool = False
