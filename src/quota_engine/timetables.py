"""Timetables: when each slice of a goal starts, ends and freezes. Source: rules T2 and P6."""

from __future__ import annotations

from datetime import datetime

from attrs import evolve, frozen

from quota_engine.accounts import ClosePolicy, Closing
from quota_engine.fiscal import first_instant
from quota_engine.periods import Partition, Period


@frozen
class Timetable:
    """The slices of a goal as moments; goals that share it are computed together.

    Attributes:
        slices: the days.
        zone: the name of the zone in which they begin and end.
        closing: when they freeze.
    """

    slices: Partition
    zone: str
    closing: Closing

    def starts_at(self, part: Period) -> datetime:
        """Return the first instant of a slice, in UTC."""
        return first_instant(part.start, self.zone)

    def ends_at(self, part: Period) -> datetime:
        """Return the first instant after a slice, in UTC."""
        return first_instant(part.end, self.zone)

    def freezes_at(self, part: Period) -> datetime | None:
        """Return the instant from which on nothing that is recorded changes a slice: its end and the grace, in UTC.

        None where late corrections count all the same: by policy, or because the slice ended before the host's adoption.
        """
        since = self.closing.since
        if self.closing.policy is ClosePolicy.RESTATE or (since is not None and part.last_day <= since):
            return None
        return self.ends_at(part) + self.closing.grace

    @property
    def restates(self) -> bool:
        """Whether late corrections count in any of its slices."""
        return any(self.freezes_at(part) is None for part in self.slices)

    def freezing(self) -> Timetable:
        """Return the same timetable under the policy `freeze` throughout: what its figures would be if only timely."""
        return evolve(self, closing=evolve(self.closing, policy=ClosePolicy.FREEZE, since=None))
