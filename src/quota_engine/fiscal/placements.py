"""Where a day lies in the fiscal calendar, and why: the answer to "which quarter is this, and how do you know?"."""

from __future__ import annotations

from datetime import date

from attrs import frozen

from quota_engine._fields import FrozenMap
from quota_engine.durations import Cadence
from quota_engine.fiscal.rules import YearName
from quota_engine.periods import Period


@frozen(kw_only=True)
class Placement:
    """Where a day lies, with the facts behind it; as text, a sentence for people.

    Attributes:
        day: the day.
        year: the name of its fiscal year, or of a transition.
        periods: the period that it lies in, by cadence; `periods["quarterly"]`.
        labels: that period's label, by cadence; `labels["quarterly"]` is "FY26 Q1".
        rule: the rule of the fiscal year, in words.
        anchor: the day that the rule reckons this year from: its nominal first or last day, or a published start.
        why: what follows for this year, such as why it has 53 weeks.
        extra_week: the week that a year of 53 weeks has more than others: the last one of a longer accounting period, not the one
            that is numbered 53. None in other years.
        is_transition: whether the year lies between two rules.
    """

    day: date
    year: YearName
    periods: FrozenMap[str, Period]
    labels: FrozenMap[str, str]
    rule: str
    anchor: date
    why: str
    extra_week: Period | None
    is_transition: bool

    def __str__(self) -> str:
        """Return the sentence."""
        labels = [
            self.labels[cadence]
            for cadence in (Cadence.HALF_YEARLY, Cadence.QUARTERLY, Cadence.MONTHLY, Cadence.WEEKLY)
        ]
        year = self.periods[Cadence.YEARLY]
        return (
            f"{self.day} lies in {', '.join(labels)}. {self.labels[Cadence.YEARLY]} runs from {year.start} to {year.last_day}"
            f" ({year.days} days): {self.rule}; {self.why}."
        )
