"""Notices: which milestones a row has reached on the figure of a refresh, and who is to be told. Sources: rules N1 to N4, P3, P6.

A milestone that was reached is a fact, recorded once under its key. Nothing here remembers, sends, or knows who may see what.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final
from urllib.parse import quote

from attrs import evolve, field, frozen

from quota_engine import _fields, amounts, display
from quota_engine._fields import Field
from quota_engine.contributors import Contributor, ContributorKind, Roster
from quota_engine.durations import Cadence
from quota_engine.errors import invalid
from quota_engine.fiscal import first_instant, local_day
from quota_engine.goals import Goal
from quota_engine.measures import MONEY, Direction
from quota_engine.milestones import Milestone, MilestoneKind
from quota_engine.periods import Period
from quota_engine.progress import Progress, Status
from quota_engine.running import RunningSum
from quota_engine.timetables import Timetable

_DAY: Final = timedelta(days=1)
# Longer than any period of a cadence, whatever the year: within it there is always a cut.
_REACH: Final = timedelta(days=1_000)
_FULL: Final = Decimal(100)
_COUNT: Final = "count"
_MET: Final = frozenset({Status.ACHIEVED, Status.EXCEEDED})
_OF_THE_TARGET: Final = frozenset(
    {MilestoneKind.PERCENT, MilestoneKind.ACHIEVED, MilestoneKind.EXCEEDED, MilestoneKind.MISSED}
)
_OTHERS_IN_ORDER: Final = (
    MilestoneKind.KICKOFF,
    MilestoneKind.EDITED,
    None,
    MilestoneKind.MISSED,
    MilestoneKind.PROGRESS,
)


def _as_as_of(moment: datetime) -> datetime:
    return _fields.instant(moment, "as_of")


def _as_target(amount: Decimal | int | str) -> Decimal:
    return amounts.target(amount)


def _check_count(_reached: MilestoneReached, attribute: Field, count: int) -> None:
    _fields.whole(count, attribute.name, 0, 2**63 - 1)


def _check_occurrence(reached: MilestoneReached, attribute: Field, occurrence: str) -> None:
    given = _fields.text(occurrence, attribute.name)
    kind = reached.milestone.kind
    if kind is MilestoneKind.PROGRESS:
        _fields.day(given, attribute.name)
    elif kind is MilestoneKind.EDITED:
        if not (given.isascii() and given.isdecimal()):
            raise invalid(attribute.name, given, "the version of the goal that was edited", code="invalid_occurrence")
    elif given:
        raise invalid(attribute.name, given, f"nothing for {kind.value}", code="invalid_occurrence")


@frozen(kw_only=True)
class MilestoneReached:
    """The fact that a row has reached a milestone in a slice; recorded once, under its key. Source: rule N2.

    Attributes:
        account_id: the account.
        goal_id: the goal.
        goal_version: its version when the milestone was judged.
        contributor: whose row it is.
        slice: the days.
        milestone: what was reached.
        target_version: the version of the goal in which the cell got its target. 0 for kickoffs, progress updates and edits,
            which are not measured against it: a new target arms none of them anew.
        occurrence: the day on which a progress update was due, as YYYY-MM-DD; the version of the goal that edited it; else empty.
        target: what was promised when the milestone was judged, zero or more.
        attained: what the records came to, exactly; None for an average, a minimum or a maximum of nothing.
        attainment: the two as `Progress` has them: not capped, not rounded; None where there is none.
        unit: the measure's.
        currency: of the amounts; None unless the unit is money.
        as_of: the moment of the refresh, in UTC.
        revision: the number of the refresh; facts of one refresh have the same.
        reached_on: the day, by the field that dates the records, on which their sum first met the mark; None where unknown.
    """

    account_id: str = field(validator=_fields.checked(_fields.identifier))
    goal_id: str = field(validator=_fields.checked(_fields.identifier))
    goal_version: int = field(validator=_check_count)
    contributor: Contributor = field(validator=_fields.checked(_fields.instance_of(Contributor, "a Contributor")))
    slice: Period = field(validator=_fields.checked(_fields.instance_of(Period, "a Period")))
    milestone: Milestone = field(validator=_fields.checked(_fields.instance_of(Milestone, "a Milestone")))
    target_version: int = field(validator=_check_count)
    occurrence: str = field(default="", validator=_check_occurrence)
    target: Decimal = field(converter=_as_target)
    attained: Decimal | None = field(
        validator=_fields.checked(_fields.optional(_fields.instance_of(Decimal, "a Decimal")))
    )
    attainment: Decimal | None = field(
        validator=_fields.checked(_fields.optional(_fields.instance_of(Decimal, "a Decimal")))
    )
    unit: str = field(validator=_fields.checked(_fields.identifier))
    currency: str | None = field(default=None, validator=_fields.checked(_fields.optional(amounts.currency)))
    as_of: datetime = field(converter=_as_as_of)
    revision: int = field(validator=_check_count)
    reached_on: date | None = field(default=None, validator=_fields.checked(_fields.optional(_fields.calendar_day)))

    @property
    def key(self) -> str:
        """ASCII text that is the same for the same account, goal, contributor, slice, milestone, target version and occurrence.

        It differs when one of them does, and depends on nothing else: neither on figures nor on when the refresh ran.
        """
        start = _start_of_key(self.account_id, self.goal_id, self.contributor, self.slice)
        return start + _end_of_key(self.milestone, self.target_version, self.occurrence)

    @property
    def mark(self) -> Fraction | None:
        """The amount at which a percent mark, *achieved* or *exceeded* (which asks for more) is reached; None for the others."""
        match self.milestone.kind:
            case MilestoneKind.PERCENT:
                return Fraction(self.target) * Fraction(self.milestone.mark or 0) / 100
            case MilestoneKind.ACHIEVED | MilestoneKind.EXCEEDED:
                return Fraction(self.target)
            case _:
                return None

    def dated(self, counted: RunningSum | Iterable[tuple[date, Decimal | Fraction | int]]) -> MilestoneReached:
        """Return the fact with the day on which the mark was met, from what counted: pairs of a day and an amount, in any order.

        For sums and counts where higher is better; the amounts of a count are ones. Without a mark it stays as it is. One
        `RunningSum` of the pairs does for all facts of a row and slice.
        """
        if self.mark is None:
            return self
        run = counted if isinstance(counted, RunningSum) else RunningSum(counted)
        is_beyond = self.milestone.kind is MilestoneKind.EXCEEDED
        return evolve(self, reached_on=run.reached_on(self.mark, beyond=is_beyond))

    def text(self, name: str | None = None) -> str:
        """Return a sentence in English, "Ada reached 50 % of 50,000.00 EUR in 2025-07-01..2025-09-30"; hosts may word their own.

        Args:
            name: what the contributor is called; kind and id where not given.
        """
        who, days = name or str(self.contributor), self.slice
        measured_in = self.currency or ("" if self.unit in {MONEY, _COUNT} else self.unit)
        target = f"{display.amount(self.target, unit=self.unit, currency=self.currency)} {measured_in}".rstrip()
        so_far = f"{display.amount(self.attained, unit=self.unit, currency=self.currency)} {measured_in}".rstrip()
        share = "" if self.attainment is None else f" ({display.percent(self.attainment)})"
        match self.milestone.kind:
            case MilestoneKind.KICKOFF:
                return f"{who} starts into {days} with a target of {target}"
            case MilestoneKind.EDITED:
                return f"{who} has an edited goal in {days}, with a target of {target}"
            case MilestoneKind.PROGRESS:
                return f"{who} has {so_far} of {target}{share} in {days}"
            case MilestoneKind.PERCENT:
                return f"{who} reached {amounts.plain(self.milestone.mark or _FULL)} % of {target} in {days}"
            case kind:
                return f"{who} {kind.value} the target of {target} in {days}, with {so_far}{share}"


def _as_recipients(recipients: Iterable[str]) -> tuple[str, ...]:
    found = _fields.items(recipients, "recipients", str, "ids of users", most=1_000_000)
    return tuple(dict.fromkeys(_fields.identifier(user, f"recipients[{place}]") for place, user in enumerate(found)))


@frozen
class Notice:
    """A fact to be told, and whom to tell. Source: rule N4.

    Attributes:
        reached: the fact.
        recipients: the ids of users, in order, each kept once.
    """

    reached: MilestoneReached = field(
        validator=_fields.checked(_fields.instance_of(MilestoneReached, "a MilestoneReached"))
    )
    recipients: tuple[str, ...] = field(default=(), converter=_as_recipients)


def judge(
    goal: Goal,
    progress: Progress,
    *,
    target_version: int,
    has: Callable[[str], bool],
    as_of: datetime,
    revision: int,
    edited_version: int | None = None,
    timetable: Timetable | None = None,
    exact: Fraction | None = None,
) -> tuple[MilestoneReached, ...]:
    """Return the milestones that a row has reached in a slice by the figure of a refresh and that are not recorded yet.

    A pure function. In order: kickoff, edited, then marks ascending (100 %, achieved and exceeded in this order), missed, and
    progress updates from the shortest cadence to the longest. Nothing is reached before the slice starts, without a target, or in
    a slice that was over on the day of adoption, `Closing.since`.

    Args:
        goal: the whole goal.
        progress: the row in the slice, at this refresh.
        target_version: the version in which the cell got its target; see `target_versions`.
        has: whether a fact of a key is recorded already.
        as_of: the moment of the refresh.
        revision: its number.
        edited_version: the version in which the cell was last edited, None for never; see `edited_versions`.
        timetable: the goal's; for whoever judges many rows of one goal, so that it is made once.
        exact: what is attained, where the figure's 34 digits are not all of it: an average, or an amount by a cross rate.

    Raises:
        NotFound: the goal has no such row.
        InvalidValue: a figure of another goal, version, slice or moment.
    """
    moment = _fields.instant(as_of, "as_of")
    if (progress.goal_id, progress.goal_version) != (goal.id, goal.version):
        given = f"{progress.goal_id}, version {progress.goal_version}"
        raise invalid("progress", given, f"a figure of {goal.id}, version {goal.version}", code="other_goal")
    marks = goal.marks(progress.contributor)
    if not marks or progress.target is None:
        return ()
    part = goal.slices.index(progress.slice.start)
    if part is None or goal.slices.periods[part] != progress.slice:
        raise invalid("progress.slice", str(progress.slice), "a slice of the goal", code="not_a_slice")
    times = goal.timetable if timetable is None else timetable
    if moment < times.starts[part] or _was_over_at_adoption(goal, progress.slice):
        return ()
    if progress.status is Status.PENDING or (progress.status is Status.IN_PROGRESS and moment >= times.ends[part]):
        raise invalid("progress.status", progress.status.value, f"the status as of {moment}", code="other_moment")
    is_settled = moment >= times.settled[part]
    attained = progress.attained if exact is None else exact
    start = _start_of_key(goal.account_id, goal.id, progress.contributor, progress.slice)
    found: list[MilestoneReached] = []
    for milestone in sorted(marks, key=_turn):
        occurrence = _occurrence(
            goal, progress, milestone, moment, attained=attained, edited_version=edited_version, is_settled=is_settled
        )
        version = target_version if milestone.kind in _OF_THE_TARGET else 0
        if occurrence is not None and not has(start + _end_of_key(milestone, version, occurrence)):
            found.append(
                MilestoneReached(
                    account_id=goal.account_id,
                    goal_id=goal.id,
                    goal_version=goal.version,
                    contributor=progress.contributor,
                    slice=progress.slice,
                    milestone=milestone,
                    target_version=version,
                    occurrence=occurrence,
                    target=progress.target,
                    attained=progress.attained,
                    attainment=progress.attainment,
                    unit=progress.unit,
                    currency=progress.currency,
                    as_of=moment,
                    revision=revision,
                )
            )
    return tuple(found)


def _was_over_at_adoption(goal: Goal, part: Period) -> bool:
    since = goal.closing.of(part).since
    return since is not None and part.last_day <= since


def _turn(milestone: Milestone) -> tuple[int, Decimal, int]:
    """Return the place of a milestone among those of one refresh."""
    kind = milestone.kind
    every = 0 if milestone.every is None else list(Cadence).index(milestone.every)
    if kind in _OTHERS_IN_ORDER:
        return _OTHERS_IN_ORDER.index(kind), _FULL, every
    return _OTHERS_IN_ORDER.index(None), milestone.mark or _FULL, list(MilestoneKind).index(kind)


def _occurrence(
    goal: Goal,
    progress: Progress,
    milestone: Milestone,
    moment: datetime,
    *,
    attained: Decimal | Fraction | None,
    edited_version: int | None,
    is_settled: bool,
) -> str | None:
    """Return the occurrence of a milestone that is reached, which is empty for most; None where it is not reached."""
    if milestone.kind is MilestoneKind.KICKOFF:
        return ""
    if milestone.kind is MilestoneKind.EDITED:
        return None if edited_version is None else str(edited_version)
    if milestone.every is not None:
        due = _last_update(goal, progress.slice, milestone.every, local_day(moment, goal.zone))
        return None if due is None else due.isoformat()
    return "" if _is_reached(goal, progress, milestone, attained, is_settled=is_settled) else None


def _is_reached(
    goal: Goal, progress: Progress, milestone: Milestone, attained: Decimal | Fraction | None, *, is_settled: bool
) -> bool:
    """Whether the figure passes the milestone's own test (rules N3 and P3); the status was found on exact numbers."""
    kind, status, target = milestone.kind, progress.status, progress.target or Decimal(0)
    is_judged_at_once = goal.measure.direction is Direction.HIGHER and target > 0
    if milestone.mark is not None:
        return is_judged_at_once and _is_at(attained, target, milestone.mark, is_met=status in _MET)
    if kind is MilestoneKind.MISSED or not is_judged_at_once:
        # The figure may still change until the freeze, and these cannot be taken back.
        if not is_settled:
            return False
        if kind is MilestoneKind.MISSED:
            return status is Status.MISSED
    return status in _MET if kind is MilestoneKind.ACHIEVED else status is Status.EXCEEDED


def _is_at(attained: Decimal | Fraction | None, target: Decimal, mark: Decimal, *, is_met: bool) -> bool:
    """Whether a mark is reached, compared without division; the status goes first, as 34 digits may be all that is given."""
    if attained is None or (mark >= _FULL and not is_met):
        return False
    return (mark <= _FULL and is_met) or Fraction(attained) * 100 >= Fraction(target) * Fraction(mark)


def _last_update(goal: Goal, part: Period, every: Cadence, today: date) -> date | None:
    """Return the last day, today or before, on which a progress update about a slice was due; None where none was yet.

    Due are the days on which periods of the cadence end, in the goal's calendar: from the second day of the slice to the day
    after its last.
    """
    if today >= part.end and _ends_a_period(goal, part, every):
        return part.end
    last = min(today, part.last_day)
    return _cuts(goal, Period(max(part.start, last - _REACH), last + _DAY), every, -1)


def _ends_a_period(goal: Goal, part: Period, every: Cadence) -> bool:
    if goal.duration.aligned:  # the day after may lie in a year that the calendar does not know
        return goal.calendar.period_of(part.last_day, every).end == part.end
    return _cuts(goal, Period(part.last_day, part.end + _DAY), every, 0) is not None


def _cuts(goal: Goal, days: Period, every: Cadence, place: int) -> date | None:
    """Return the first (0) or last (-1) day within some days, but for their first, on which a period begins; None without one."""
    inner = goal.calendar.split(days, every, aligned=goal.duration.aligned).boundaries[1:-1]
    return inner[place] if inner else None


def next_moment(goal: Goal, after: datetime, *, timetable: Timetable | None = None) -> datetime | None:
    """Return the next moment at which time alone may change a status or make a milestone due; None where none is to come.

    These are the starts and ends of slices, their freezes (under `restate` the ends and the grace), and the first instants of the
    days on which progress updates that some row has ticked are due. All moments are in UTC.
    """
    moment = _fields.instant(after, "after")
    if goal.is_draft:
        return None
    times = goal.timetable if timetable is None else timetable
    # After an edited closing rule a slice may settle later than the one after it.
    found = [turn for turns in (times.starts, times.ends, times.settled) for turn in turns if turn > moment]
    today = local_day(moment, goal.zone)
    part = goal.slices.find(today)
    if part is not None:
        ahead = Period(today, min(part.end, today + _REACH))
        cadences = {
            mark.every for row in goal.assignments for mark in goal.marks(row.contributor) if mark.every is not None
        }
        days = (_cuts(goal, ahead, every, 0) for every in cadences)
        found += [first_instant(day, goal.zone) for day in days if day is not None]
    return min(found, default=None)


def reached_on(
    mark: Decimal | Fraction | int, counted: Iterable[tuple[date, Decimal | Fraction | int]], *, beyond: bool = False
) -> date | None:
    """Return the first day on which the running sum met a mark: added day by day, each day as a whole; None where it never did.

    Whoever has several marks for the same amounts makes one `RunningSum`, and asks it for each.

    Args:
        mark: the amount; reached exactly counts.
        counted: pairs of a day and an amount, in any order.
        beyond: the sum must be more than the mark.
    """
    return RunningSum(counted).reached_on(mark, beyond=beyond)


def recipients(reached: MilestoneReached, goal: Goal, roster: Roster | None, *, on: date) -> tuple[str, ...]:
    """Return the ids of those to be told: the row's user or the team's main members on a day, then the creator (rule N4).

    Each once. Rows of pipelines and of the account tell the creator alone. Whether they may see the goal is not asked here.
    """
    found: tuple[str, ...] = ()
    if reached.contributor.kind is ContributorKind.USER:
        found = (reached.contributor.id,)
    elif reached.contributor.kind is ContributorKind.TEAM and roster is not None:
        found = roster.members(reached.contributor.id, on=on)
    return tuple(dict.fromkeys(found if goal.created_by is None else (*found, goal.created_by)))


def _start_of_key(account_id: str, goal_id: str, contributor: Contributor, part: Period) -> str:
    row = f"{contributor.kind.value}:{quote(contributor.id, safe='')}"
    return f"{quote(account_id, safe='')}/{quote(goal_id, safe='')}/{row}/{part}/"


def _end_of_key(milestone: Milestone, target_version: int, occurrence: str) -> str:
    which = milestone.kind.value
    if milestone.mark is not None:
        which += f":{amounts.plain(milestone.mark)}"
    elif milestone.every is not None:
        which += f":{milestone.every.value}"
    return f"{which}/{target_version}/{occurrence}"
