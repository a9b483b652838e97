"""The second implementation: every figure again, as slowly and as plainly as the rules can be written down.

It shares nothing with the engine but the value objects, of which it reads the fields alone. It loops over goals, slices,
rows, records and versions, keeps every number as a `Fraction`, and remembers nothing between two cells. Where it and the
engine disagree, `semantics` decides which of the two is wrong; each function here names the rule it follows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache, cached_property
from typing import TypeAlias
from zoneinfo import ZoneInfo

from quota_engine.accounts import Account, Closing
from quota_engine.assignments import Assignment
from quota_engine.contributors import Contributor, Membership, Roster
from quota_engine.curves import Curve, EveryDay, WorkingDays
from quota_engine.events import CrmEvent
from quota_engine.goals import Goal
from quota_engine.measures import Condition, Measure
from quota_engine.periods import Period
from quota_engine.rates import Rates
from quota_engine.splits import Splits

DAY = timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)

Record: TypeAlias = tuple[str, str]
Order: TypeAlias = tuple[datetime, int, bool, bytes]


# What comes out.


@dataclass(frozen=True)
class Pace:
    """Where a row should be by now (rule P4)."""

    expected: Fraction
    status: str | None
    projected: Fraction | None
    required_per_day: Fraction | None


@dataclass(frozen=True)
class Cell:
    """The figures of one row in one slice (rule P2)."""

    goal_id: str
    contributor: Contributor
    slice: Period
    target: Fraction | None
    attained: Fraction | None
    counted: int
    status: str | None
    remaining: Fraction | None
    attainment: Fraction | None
    pace: Pace | None
    frozen_at: datetime | None
    restated: bool


@dataclass(frozen=True)
class Total:
    """The figures of all rows of a goal together, in one slice (rule C4); all None where there is no such thing."""

    goal_id: str
    slice: Period
    target: Fraction | None
    attained: Fraction | None
    counted: int | None


@dataclass(frozen=True)
class Reference:
    """All cells in the order of goals, rows and slices; all totals; and which (kind, goal, slice) the findings name.

    `refused` are the ids of the records for whose sake the whole calculation is refused, as they lack a rate (rule M4); the
    figures are then what they would have been with those records left out.
    """

    cells: tuple[Cell, ...]
    totals: tuple[Total, ...]
    findings: frozenset[tuple[str, str, Period]]
    refused: frozenset[str]


# Days and moments (rule T2).


def utc(moment: datetime) -> datetime:
    """The same moment in UTC: two clocks of one zone are compared by their hands, and would miss an hour that comes twice."""
    return moment.astimezone(UTC)


@cache
def first_instant(day: date, zone: str) -> datetime:
    """The first instant of a local day: its midnight, at the first of two if there are two, whether the clock shows it or not."""
    return datetime(day.year, day.month, day.day, fold=0, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def day_of(moment: datetime, zone: str) -> date:
    """The latest day whose first instant is not after the moment."""
    somewhere = utc(moment).date()
    nearby = [somewhere + DAY * offset for offset in range(-3, 4)]
    return max(day for day in nearby if first_instant(day, zone) <= moment)


# What a property says (rules M1 and M2).

NUMBER = re.compile(r"[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]{1,4})?")
DAY_TEXT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MOMENT_TEXT = re.compile(
    DAY_TEXT.pattern + r"[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
CURRENCY = re.compile(r"[A-Z]{3}")


class UnreadableError(Exception):
    """A property from which no figure can be taken: the record is reported, and does not count."""


def is_empty(value: object) -> bool:
    """Whether a property is as good as absent."""
    return value is None or value == ""


def as_number(value: object) -> Fraction:
    """A property as a number of at most 30 digits before the point and 18 after it."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal, str)):
        raise UnreadableError
    if isinstance(value, str) and (len(value) > 64 or not NUMBER.fullmatch(value)):
        raise UnreadableError
    number = Fraction(value)
    if abs(number) >= 10**30 or (number * 10**18).denominator != 1:
        raise UnreadableError
    return number


def as_truth(value: object) -> bool:
    """A property as true or false."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    raise UnreadableError


def as_text(value: object) -> str:
    """A property as text, never from anything else."""
    if isinstance(value, str):
        return value
    raise UnreadableError


def as_when(value: object) -> date | datetime:
    """A property as the day or the moment that it names, also from ISO text."""
    if isinstance(value, date):
        return utc(value) if isinstance(value, datetime) else value
    try:
        if isinstance(value, str) and DAY_TEXT.fullmatch(value):
            return date.fromisoformat(value)
        if isinstance(value, str) and MOMENT_TEXT.fullmatch(value):
            return utc(datetime.fromisoformat(value))
    except ValueError:
        raise UnreadableError from None
    raise UnreadableError


def as_kind_of(operand: object, value: object) -> object:
    """A property read as the kind of thing that a condition compares it with."""
    if isinstance(operand, bool):
        return as_truth(value)
    if isinstance(operand, str):
        return as_text(value)
    if isinstance(operand, (int, Decimal)):
        return as_number(value)
    found = as_when(value)
    if isinstance(found, datetime) is not isinstance(operand, datetime):
        raise UnreadableError
    return found


def holds(condition: Condition, value: object) -> bool:
    """Whether a property satisfies a condition; an empty one satisfies `is_not_set` and nothing else."""
    operator = str(condition.operator)
    if operator == "is_set":
        return not is_empty(value)
    if operator == "is_not_set":
        return is_empty(value)
    if is_empty(value):
        return False
    operands = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    found = as_kind_of(operands[0], value)
    compared = [as_kind_of(operand, operand) for operand in operands]
    if operator in {"eq", "in"}:
        return found in compared
    if operator in {"ne", "not_in"}:
        return found not in compared
    less = bool(found < compared[0])  # type: ignore[operator]
    equal = found == compared[0]
    return {"lt": less, "le": less or equal, "gt": not less and not equal, "ge": not less}[operator]


@dataclass(frozen=True)
class Worth:
    """What one version of a record is worth to a measure: its day, its amount if it has one, and the amount's currency."""

    day: date
    amount: Fraction | None
    currency: str | None


def worth_of(version: CrmEvent, measure: Measure, zone: str) -> Worth | None:
    """What a version is worth; None where it does not count, be it that it cannot be read (rules M1 to M3)."""
    given = version.properties.get(measure.dated_by)
    if version.object != measure.object or version.deleted or is_empty(given):
        return None
    try:
        if not all(holds(condition, version.properties.get(condition.property)) for condition in measure.where):
            return None
        when = as_when(given)
        day = day_of(when, zone) if isinstance(when, datetime) else when
        if str(measure.aggregate) == "count":
            return Worth(day, None, None)
        value = version.properties.get(measure.value or "")
        if is_empty(value):
            return Worth(day, None, None) if str(measure.aggregate) == "sum" else None
        amount = as_number(value)
        if measure.unit != "money" or is_empty(version.properties.get(measure.currency)):
            return Worth(day, amount, None)
        currency = as_text(version.properties.get(measure.currency))
        if not CURRENCY.fullmatch(currency):
            return None
        return Worth(day, amount, currency)
    except UnreadableError:
        return None


# Which version of a record holds (rule P1).


def number_text(number: Fraction) -> str:
    """A number in its shortest decimal form."""
    places = 0
    while (number * 10**places).denominator != 1:
        places += 1
    digits = str(abs(number) * 10**places).rjust(places + 1, "0")
    whole, decimals = digits[: len(digits) - places], digits[len(digits) - places :]
    return ("-" if number < 0 else "") + whole + ("." + decimals if decimals else "")


def canonical(value: object) -> str:
    """A property as JSON: numbers in shortest decimal form, instants in UTC."""
    if isinstance(value, datetime):
        return json.dumps(utc(value).isoformat())
    if isinstance(value, date):
        return json.dumps(value.isoformat())
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return number_text(Fraction(value))
    return json.dumps(value, ensure_ascii=False)


def order_of(version: CrmEvent) -> Order:
    """What decides which of two versions of a record is the later one."""
    properties = [
        canonical(name) + ":" + canonical(version.properties[name])
        for name in sorted(version.properties)
        if not is_empty(version.properties[name])
    ]
    content = (
        f"[{canonical(version.owner_id or None)},{canonical(version.pipeline_id or None)},{{{','.join(properties)}}}]"
    )
    return (utc(version.recorded_at), version.version, version.deleted, content.encode())


def record_of(version: CrmEvent) -> Record:
    """The record that a version is one of."""
    return (version.object, version.record_id)


# One slice of one goal.


@dataclass(frozen=True)
class World:
    """All that the figures depend on."""

    versions: Sequence[CrmEvent]
    account: Account
    as_of: datetime
    known_at: datetime
    roster: Roster | None
    rates: Rates | None
    splits: Splits | None

    @cached_property
    def in_order(self) -> list[CrmEvent]:
        """The versions, each after those of its record that it holds over (rule P1)."""
        return sorted(self.versions, key=order_of)


@dataclass(frozen=True)
class Counting:
    """The records that one row counts in one slice: the version of each, and its amount in the goal's currency if it has one.

    `unrated` are the records that would count too, if their currency had a rate; `shares` how much of each the row gets.
    """

    records: dict[Record, tuple[CrmEvent, Fraction | None]]
    unrated: dict[Record, CrmEvent]
    shares: dict[Record, Fraction]

    def amounts(self) -> list[Fraction]:
        """The amounts of the records that have one."""
        return [amount * self.shares[record] for record, (_, amount) in self.records.items() if amount is not None]

    def worths(self) -> dict[Record, Fraction | str | None]:
        """What each record is worth, be it that its rate is missing."""
        counted = {
            record: None if amount is None else amount * self.shares[record]
            for record, (_, amount) in self.records.items()
        }
        return {**counted, **dict.fromkeys(self.unrated, "unrated")}


@dataclass(frozen=True)
class Slice:
    """One slice of one goal, seen either with what was recorded late for it or without.

    `late_people_count` says the same of memberships and absences; they go with the records, except to find what came late.
    """

    world: World
    goal: Goal
    part: Period
    late_counts: bool
    late_people_count: bool

    @property
    def zone(self) -> str:
        """The zone in which the goal's days begin and end."""
        return self.goal.calendar.zone

    @property
    def starts_at(self) -> datetime:
        """The first instant of the slice."""
        return first_instant(self.part.start, self.zone)

    @cached_property
    def ends_at(self) -> datetime:
        """The first instant after the slice."""
        return first_instant(self.part.end, self.zone)

    @property
    def rule(self) -> Closing:
        """The closing rule of the slice: its own, where it froze before the goal's was edited (rule T6)."""
        return dict(self.goal.closing.kept).get(self.part, self.goal.closing)

    @cached_property
    def freezes_at(self) -> datetime:
        """The instant from which on what is recorded is late (rule P6)."""
        return self.ends_at + self.rule.grace

    @property
    def restates(self) -> bool:
        """Whether late corrections count: by policy, or because the slice had ended when the host began (rule P6)."""
        since = self.rule.since
        return str(self.rule.policy) == "restate" or (since is not None and self.part.end - DAY <= since)

    @property
    def frozen_at(self) -> datetime | None:
        """The freeze instant, once what is asked about and what is known have both reached it (rule P6)."""
        reached = min(self.world.as_of, self.world.known_at) >= self.freezes_at
        return self.freezes_at if reached and not self.restates else None

    def admits(self, version: CrmEvent) -> bool:
        """Whether a version is known, and in time for the slice (rules P1 and P6)."""
        return self.is_in_time(version.recorded_at, late_counts=self.late_counts)

    def admits_fact(self, recorded_at: datetime | None) -> bool:
        """Whether a membership or an absence is known, and in time for the slice; without a recording time it always was."""
        return recorded_at is None or self.is_in_time(recorded_at, late_counts=self.late_people_count)

    def is_in_time(self, recorded_at: datetime, *, late_counts: bool) -> bool:
        """Whether what was recorded then is known, and was recorded before the freeze unless that does not matter."""
        return utc(recorded_at) <= self.world.known_at and (late_counts or utc(recorded_at) < self.freezes_at)

    # Who is active, and who belongs where (rules P7 and C2).

    def is_known(self, user_id: str | None) -> bool:
        """Whether an owner is somebody: without a roster, everyone who is named is."""
        if user_id is None:
            return False
        return self.world.roster is None or any(user.id == user_id for user in self.world.roster.users)

    def absences(self, user_id: str) -> list[tuple[datetime, datetime | None]]:
        """The times of absence that leave a trace in this slice; those that touch or overlap are one."""
        users = [] if self.world.roster is None else [user for user in self.world.roster.users if user.id == user_id]
        admitted = [
            (utc(absence.start), None if absence.end is None else utc(absence.end))
            for user in users
            for absence in user.absences
            if self.admits_fact(absence.recorded_at)
        ]
        merged: list[tuple[datetime, datetime | None]] = []
        for start, end in sorted(admitted, key=lambda absence: absence[0]):
            if merged and (merged[-1][1] is None or start <= merged[-1][1]):
                earlier, until = merged.pop()
                merged.append((earlier, None if end is None or until is None else max(end, until)))
            else:
                merged.append((start, end))
        return [(start, end) for start, end in merged if not self.is_over(end)]

    def is_over(self, end: datetime | None) -> bool:
        """Whether an absence ended before the end of the slice, and by now."""
        return end is not None and end < self.ends_at and end <= self.world.as_of

    def is_active(self, user_id: str, moment: datetime) -> bool:
        """Whether no absence that matters covers the moment."""
        return not any(start <= moment and (end is None or moment < end) for start, end in self.absences(user_id))

    def teams_of(self, user_id: str | None, day: date) -> set[str]:
        """The teams whose rows count a user's record of that day."""
        if self.world.roster is None or user_id is None:
            return set()
        if str(self.goal.team_credit.members) == "current":
            now = self.world.as_of if self.late_people_count else min(self.world.as_of, self.freezes_at - MICROSECOND)
            day = day_of(now, self.zone)
        covering = [
            membership
            for membership in self.world.roster.memberships
            if membership.user == user_id and self.admits_fact(membership.recorded_at) and covers(membership, day)
        ]
        teams: set[str] = set()
        main = [membership for membership in covering if membership.main]
        if main:
            latest = max(main, key=recording_time)
            teams |= {latest.team} if latest.team is not None else set()
        if self.goal.team_credit.extra:
            teams |= {membership.team for membership in covering if not membership.main and membership.team is not None}
        if self.goal.team_credit.descendants:
            parents = {team.id: team.parent for team in self.world.roster.teams}
            for team in list(teams):
                above = parents[team]
                while above is not None:
                    teams.add(above)
                    above = parents[above]
        return teams

    # Which records a row counts (rules C1 to C3, C6, C7, M4).

    def takes(self, row: Assignment, version: CrmEvent) -> bool:
        """Whether a version exists for a row at all, as to who was active when it was recorded (rule P7)."""
        if str(row.contributor.kind) == "user":
            return self.is_active(row.contributor.id, utc(version.recorded_at))
        owner = version.owner_id or None
        return version.deleted or owner is None or self.is_active(owner, utc(version.recorded_at))

    def holding(self, row: Assignment) -> dict[Record, CrmEvent]:
        """The version of each record that holds for a row: the greatest of those it takes."""
        return {
            record_of(version): version
            for version in self.world.in_order
            if self.admits(version) and self.takes(row, version)
        }

    def versions_of_records(self) -> list[list[CrmEvent]]:
        """All versions of each record that the slice admits, in order, whoever was active when they were recorded."""
        found: dict[Record, list[CrmEvent]] = {}
        for version in self.world.in_order:
            if self.admits(version):
                found.setdefault(record_of(version), []).append(version)
        return list(found.values())

    def share(self, row: Assignment, version: CrmEvent, day: date) -> Fraction:
        """How much of a record the row gets, as to owner, split and pipeline (rules C1 to C3 and C5); 0 for nothing."""
        owner, kind = version.owner_id or None, str(row.contributor.kind)
        if not is_tracked(row, version):
            return Fraction(0)
        if kind == "user":
            return self.user_share(row.contributor.id, version)
        if kind == "team":
            return Fraction(row.contributor.id in self.teams_of(owner, day))
        return Fraction(1)

    def owned_by(self, row: Assignment, version: CrmEvent, day: date) -> bool:
        """Whether the record is one that the row counts by its owner, whatever a split says."""
        if str(row.contributor.kind) != "user":
            return self.share(row, version, day) != 0
        return is_tracked(row, version) and self.is_known(row.contributor.id) and version.owner_id == row.contributor.id

    def user_share(self, user_id: str, version: CrmEvent) -> Fraction:
        """How much of a record a user gets: by the latest split that was recorded in time, while the user was active."""
        if not self.is_known(user_id):
            return Fraction(0)
        split = self.split_of(user_id, record_of(version))
        owns = Fraction(user_id == (version.owner_id or None))
        if split is None:
            return owns
        shares, overlays = split
        return (shares.get(user_id, Fraction(0)) if shares else owns) + overlays.get(user_id, Fraction(0))

    def split_of(self, user_id: str, record: Record) -> tuple[dict[str, Fraction], dict[str, Fraction]] | None:
        """The shares and overlays of a record that hold for a user's row; None where it was never split."""
        found = None
        for recorded_at, shares, overlays in self.splits_of(record):
            if recorded_at is None or self.is_active(user_id, recorded_at):
                found = (shares, overlays)
        return found

    def splits_of(self, record: Record) -> list[tuple[datetime | None, dict[str, Fraction], dict[str, Fraction]]]:
        """The splits of a record that were recorded in time, the latest last."""
        given = self.world.splits
        if given is None:
            return []
        found: list[tuple[datetime | None, dict[str, Fraction], dict[str, Fraction]]] = []
        if record in given.shares or record in given.overlays:
            found.append((None, fractions(given.shares.get(record, {})), fractions(given.overlays.get(record, {}))))
        later = [split for split in given.recorded if (split.object, split.record_id) == record]
        later.sort(key=lambda split: utc(split.recorded_at or self.world.known_at))
        return found + [
            (split.recorded_at, fractions(split.shares), fractions(split.overlays))
            for split in later
            if self.admits_fact(split.recorded_at)
        ]

    def is_shared_out(self, record: Record) -> bool:
        """Whether some split of a record names somebody who is known."""
        named = [user for _, shares, overlays in self.splits_of(record) for user in (*shares, *overlays)]
        return any(self.is_known(user) for user in named)

    def worth(self, version: CrmEvent) -> Worth | None:
        """What a version is worth in this slice; None where it counts in another or in none."""
        worth = worth_of(version, self.goal.measure, self.zone)
        return worth if worth is not None and self.part.start <= worth.day < self.part.end else None

    def rate(self, currency: str, day: date) -> Fraction | None:
        """How many units of the goal's currency one unit of another is, for a record that counts on a day (rule M4)."""
        if currency == self.goal.currency:
            return Fraction(1)
        day = min(day, day_of(self.world.as_of, self.zone))
        one, another = self.rate_to_base(currency, day), self.rate_to_base(self.goal.currency, day)
        return None if one is None or another is None else one / another

    def rate_to_base(self, currency: str, day: date) -> Fraction | None:
        """The latest rate to the table's base that is dated on or before a day."""
        if self.world.rates is None:
            return None
        if currency == self.world.rates.base:
            return Fraction(1)
        entries = self.world.rates.entries.items()
        dated = [(since, rate) for (code, since), rate in entries if code == currency and since <= day]
        return Fraction(max(dated)[1]) if dated else None

    def counting(self, row: Assignment) -> Counting:
        """The records that a row counts in this slice."""
        found = Counting({}, {}, {})
        for record, version in self.holding(row).items():
            worth = self.worth(version)
            share = Fraction(0) if worth is None else self.share(row, version, worth.day)
            if worth is None or share == 0:
                continue
            found.shares[record] = share if str(self.goal.measure.aggregate) == "sum" else Fraction(1)
            if worth.amount is None or self.goal.measure.unit != "money":
                found.records[record] = (version, worth.amount)
                continue
            rate = self.rate(worth.currency or self.world.account.currency, worth.day)
            if rate is None:
                found.unrated[record] = version
            else:
                found.records[record] = (version, worth.amount * rate)
        return found


def fractions(shares: Mapping[str, Decimal]) -> dict[str, Fraction]:
    """Shares as fractions."""
    return {user: Fraction(share) for user, share in shares.items()}


def is_tracked(row: Assignment, version: CrmEvent) -> bool:
    """Whether a row counts records of the version's pipeline (rules C1 and C3)."""
    pipeline = version.pipeline_id or None
    if str(row.contributor.kind) == "pipeline":
        return pipeline == row.contributor.id
    return row.pipelines is None or pipeline in row.pipelines


def covers(membership: Membership, day: date) -> bool:
    """Whether a membership holds on a day; its `until` no longer counts."""
    since, until = membership.since, membership.until
    return (since is None or since <= day) and (until is None or day < until)


def seen(world: World, goal: Goal, part: Period, *, late_counts: bool) -> Slice:
    """One slice of one goal, with everything that was recorded late for it or with nothing of it."""
    return Slice(world, goal, part, late_counts, late_people_count=late_counts)


def recording_time(membership: Membership) -> datetime:
    """When a membership was recorded; what was always known comes before everything."""
    return datetime.min.replace(tzinfo=UTC) if membership.recorded_at is None else utc(membership.recorded_at)


# The figures (rules P2 to P4).


def attained_of(measure: Measure, counting: Counting) -> Fraction | None:
    """The figure of the records that count; None for an average, a minimum or a maximum of nothing."""
    aggregate, amounts = str(measure.aggregate), counting.amounts()
    if aggregate == "count":
        return Fraction(len(counting.records))
    if aggregate == "sum":
        return sum(amounts, Fraction(0))
    if not amounts:
        return None
    if aggregate == "average":
        return sum(amounts, Fraction(0)) / len(amounts)
    return min(amounts) if aggregate == "minimum" else max(amounts)


def attainment_of(measure: Measure, target: Fraction | None, attained: Fraction | None) -> Fraction | None:
    """Which part of the target is attained, or for lower-is-better the reverse (rule P2)."""
    if target is None or attained is None or target == 0:
        return None
    if str(measure.direction) == "higher":
        return attained / target
    return None if attained == 0 else target / attained


def status_of(here: Slice, target: Fraction | None, attained: Fraction | None) -> str | None:
    """How a row stands (rule P3)."""
    if target is None:
        return None
    if here.world.as_of < here.starts_at:
        return "pending"
    has_ended = here.world.as_of >= here.ends_at
    is_higher_better = str(here.goal.measure.direction) == "higher"
    if is_higher_better and target > 0:
        if attained is not None and attained >= target:
            return "exceeded" if attained > target else "achieved"
        return "missed" if has_ended else "in_progress"
    if not has_ended:
        return "in_progress"
    if attained is None:
        return None
    if attained == target:
        return "achieved"
    return "exceeded" if (attained > target) is is_higher_better else "missed"


@cache
def day_weight(curve: Curve, day: date) -> Fraction:
    """What one day weighs (rule P4)."""
    if isinstance(curve, EveryDay):
        return Fraction(1)
    if isinstance(curve, WorkingDays):
        return Fraction(day.weekday() in curve.weekdays and day not in curve.holidays)
    first, end = min(part.start for part in curve.weights), max(part.end for part in curve.weights)
    onto = curve.onto or Period(first, end)
    if not onto.start <= day < onto.end:
        return Fraction(0)
    stretch = Fraction((end - first).days, (onto.end - onto.start).days)
    here = (day - onto.start).days * stretch
    found = Fraction(0)
    for part, weight in curve.weights.items():
        start, stop = (part.start - first).days, (part.end - first).days
        shared = min(here + stretch, Fraction(stop)) - max(here, Fraction(start))
        found += Fraction(weight) * max(shared, Fraction(0)) / (stop - start)
    return found


def pace_of(here: Slice, target: Fraction | None, attained: Fraction | None) -> Pace | None:
    """Where a row should be by now, day by day along the account's curve (rule P4)."""
    measure = here.goal.measure
    if target is None or attained is None or str(measure.direction) != "higher":
        return None
    if str(measure.aggregate) not in {"sum", "count"}:
        return None
    days = (here.part.end - here.part.start).days
    ended = sum(first_instant(here.part.start + DAY * (n + 1), here.zone) <= here.world.as_of for n in range(days))
    curve = here.world.account.curve
    weights = [day_weight(curve, here.part.start + DAY * n) for n in range(days)]
    if not any(weights):
        weights = [Fraction(1)] * days
    gone, whole = sum(weights[:ended], Fraction(0)), sum(weights, Fraction(0))
    expected = target * gone / whole
    left = days - ended
    required = (target - attained) / left if left else None
    if expected == 0:
        return Pace(expected, None, None, required)
    bands = here.world.account.bands
    if attained >= expected * Fraction(bands.ahead):
        status = "ahead"
    elif attained >= expected * Fraction(bands.on_track):
        status = "on_track"
    else:
        status = "behind"
    return Pace(expected, status, attained * whole / gone, required)


def cell_of(here: Slice, row: Assignment, target: Fraction | None, counting: Counting) -> Cell:
    """The figures of one row in one slice."""
    attained = attained_of(here.goal.measure, counting)
    timely = seen(here.world, here.goal, here.part, late_counts=False).counting(row)
    return Cell(
        goal_id=here.goal.id,
        contributor=row.contributor,
        slice=here.part,
        target=target,
        attained=attained,
        counted=len(counting.records),
        status=status_of(here, target, attained),
        remaining=None if target is None or attained is None else target - attained,
        attainment=attainment_of(here.goal.measure, target, attained),
        pace=pace_of(here, target, attained),
        frozen_at=here.frozen_at,
        restated=(attained, len(counting.records)) != (attained_of(here.goal.measure, timely), len(timely.records)),
    )


def total_of(here: Slice, rows: Iterable[tuple[Assignment, Fraction | None, Counting]]) -> Total:
    """The figures of all rows that have a target, each record once (rule C4)."""
    aimed = [(row, target, counting) for row, target, counting in rows if target is not None]
    if str(here.goal.measure.aggregate) not in {"sum", "count"}:
        return Total(here.goal.id, here.part, None, None, None)
    kinds = {row.contributor.kind for row, _, _ in aimed}
    targets = [target for _, target, _ in aimed if target is not None]
    union: dict[Record, tuple[CrmEvent, Fraction | None]] = {}
    shares: dict[Record, Fraction] = {}
    for row, _, counting in aimed:
        for record, (version, amount) in counting.records.items():
            if record not in union or order_of(version) > order_of(union[record][0]):
                union[record] = (version, amount)
            share = counting.shares[record] if str(row.contributor.kind) == "user" else Fraction(1)
            shares[record] = min(shares.get(record, Fraction(0)) + share, Fraction(1))
    return Total(
        here.goal.id,
        here.part,
        sum(targets, Fraction(0)) if len(kinds) == 1 else None,
        attained_of(here.goal.measure, Counting(union, {}, shares)),
        len(union),
    )


def ruled(world: World, goal: Goal, part: Period) -> Slice:
    """One slice of one goal, seen as its closing rule has it."""
    here = seen(world, goal, part, late_counts=True)
    return here if here.restates else seen(world, goal, part, late_counts=False)


# What is found on the way (rules M4, C6, P6 and P7).


def findings_of(here: Slice) -> set[str]:
    """The kinds of findings of one slice of a goal, of those that concern one slice."""
    rows = here.goal.assignments
    everything = Assignment(Contributor.account())
    kinds: set[str] = set()
    if any(here.counting(row).unrated for row in rows):
        kinds.add("no_rate")
    if not here.restates and any(is_changed_by_what_came_late(here, row) for row in rows):
        kinds.add("late")
    for version in here.holding(everything).values():
        is_unknown = not here.is_known(version.owner_id or None) and not here.is_shared_out(record_of(version))
        if is_unknown and here.worth(version) and any(is_tracked(row, version) for row in rows):
            kinds.add("unattributed")
    for versions in here.versions_of_records():
        latest = versions[-1]
        worth = here.worth(latest)
        is_left_out = not any(here.takes(everything, version) for version in versions)
        if is_left_out and worth and any(here.owned_by(row, latest, worth.day) for row in rows):
            kinds.add("owner_inactive")
    return kinds


def is_changed_by_what_came_late(here: Slice, row: Assignment) -> bool:
    """Whether some record would count otherwise in the slice had the versions that came late for it come in time."""
    before, after = (
        Slice(here.world, here.goal, here.part, late_counts, late_people_count=False).counting(row)
        for late_counts in (False, True)
    )
    return before.worths() != after.worths()


def reference_progress(
    goals: Iterable[Goal],
    events: Iterable[CrmEvent],
    *,
    account: Account,
    as_of: datetime,
    roster: Roster | None = None,
    known_at: datetime | None = None,
    rates: Rates | None = None,
    splits: Splits | None = None,
) -> Reference:
    """Return every figure of some goals, to be compared with what `calculate` says of the same."""
    world = World(
        list(events), account, utc(as_of), utc(as_of if known_at is None else known_at), roster, rates, splits
    )
    cells: dict[tuple[int, int, int], Cell] = {}
    totals: list[Total] = []
    findings: set[tuple[str, str, Period]] = set()
    refused: set[str] = set()
    for place, goal in enumerate(goals):
        for number, part in enumerate(goal.slices.periods):
            here = ruled(world, goal, part)
            counted: list[tuple[Assignment, Fraction | None, Counting]] = []
            for line, row in enumerate(goal.assignments):
                given = (row.targets or ())[number]
                target = None if given is None else Fraction(given)
                counting = here.counting(row)
                cells[place, line, number] = cell_of(here, row, target, counting)
                counted.append((row, target, counting))
                if here.frozen_at is None and not (rates is not None and str(rates.missing) == "leave_out"):
                    refused |= {record_id for _, record_id in counting.unrated}
            totals.append(total_of(here, counted))
            findings |= {(kind, goal.id, part) for kind in findings_of(here)}
    return Reference(
        cells=tuple(cells[key] for key in sorted(cells)),
        totals=tuple(totals),
        findings=frozenset(findings),
        refused=frozenset(refused),
    )
