"""Timetables: when each slice of a goal starts, ends and freezes. Source: rules T2 and P6."""

from __future__ import annotations

from datetime import datetime

from attrs import Factory, evolve, field, frozen

from quota_engine.accounts import ClosePolicy, Closing
from quota_engine.fiscal import first_instant
from quota_engine.periods import Partition, Period


def _starts(times: Timetable) -> tuple[datetime, ...]:
    return tuple(first_instant(part.start, times.zone) for part in times.slices)


def _ends(times: Timetable) -> tuple[datetime, ...]:
    return (*times.starts[1:], first_instant(times.slices.span.end, times.zone))


def _settled(times: Timetable) -> tuple[datetime, ...]:
    return tuple(end + times.closing.of(part).grace for part, end in zip(times.slices, times.ends, strict=True))


def _freezes(times: Timetable) -> tuple[datetime | None, ...]:
    return tuple(
        None if _restates(times.closing.of(part), part) else settled
        for part, settled in zip(times.slices, times.settled, strict=True)
    )


def _restates(rule: Closing, part: Period) -> bool:
    return rule.policy is ClosePolicy.RESTATE or (rule.since is not None and part.last_day <= rule.since)


def _freezing(rule: Closing) -> Closing:
    return evolve(rule, policy=ClosePolicy.FREEZE, since=None)


@frozen
class Timetable:
    """The slices of a goal as moments; goals that share it are computed together. All moments are in UTC, one per slice.

    Attributes:
        slices: the days.
        zone: the name of the zone in which they begin and end.
        closing: when they freeze.
        starts: the first instant of each.
        ends: the first instant after each.
        settled: the end and the grace of each.
        freezes: the instant from which on nothing that is recorded changes a slice: its end and the grace. None where late
            corrections count all the same: by policy, or because the slice ended before the host's adoption.
    """

    slices: Partition
    zone: str
    closing: Closing
    starts: tuple[datetime, ...] = field(init=False, eq=False, repr=False, default=Factory(_starts, takes_self=True))
    ends: tuple[datetime, ...] = field(init=False, eq=False, repr=False, default=Factory(_ends, takes_self=True))
    settled: tuple[datetime, ...] = field(init=False, eq=False, repr=False, default=Factory(_settled, takes_self=True))
    freezes: tuple[datetime | None, ...] = field(
        init=False, eq=False, repr=False, default=Factory(_freezes, takes_self=True)
    )

    @property
    def restates(self) -> bool:
        """Whether late corrections count in any of its slices."""
        return None in self.freezes

    def freezing(self) -> Timetable:
        """Return the same timetable under the policy `freeze` throughout: what its figures would be if only timely."""
        kept = {part: _freezing(rule) for part, rule in self.closing.kept.items()}
        return evolve(self, closing=evolve(_freezing(self.closing), kept=kept))
