"""What is drawn of the planning side: accounts with any fiscal year and zone, measures with conditions, goals and their edits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Final, TypeAlias

from attrs import evolve

from quota_engine import (
    Account,
    Assignment,
    Closing,
    Condition,
    Contributor,
    Duration,
    EveryDay,
    FiscalCalendar,
    Goal,
    Measure,
    Milestone,
    MonthYears,
    Split,
    Splits,
    TeamCredit,
    Weeks,
    WeekYears,
    WorkingDays,
    reclose,
    remap,
    templates,
)

DAY: Final = timedelta(days=1)
HOUR: Final = timedelta(hours=1)
NONE: Final = timedelta(0)
LONG_AGO: Final = date(2000, 1, 1)

BEGINNINGS: Final = (date(2025, 1, 30), date(2025, 3, 29), date(2024, 12, 28), date(2025, 6, 29), date(2025, 10, 25))
ZONES: Final = (
    "UTC",
    "Asia/Tokyo",
    "America/New_York",
    "Pacific/Apia",
    "Pacific/Honolulu",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Africa/Cairo",
)
YEARS: Final = (
    MonthYears(),
    MonthYears(start_month=4, start_day=1),
    MonthYears(start_month=7, start_day=31, named_by="start"),
    MonthYears(start_month=2, start_day=15),
    WeekYears(end_month=1, weekday=5, rule="nearest", layout="4-5-4", named_by="start"),
)
USERS: Final = ("ada", "bob", "cyd", "dan", "z/é %")
TEAMS: Final = ("north", "south", "west")
PIPELINES: Final = ("new", "renewals", "a/b")
CONTRIBUTORS: Final = (
    *(Contributor.user(user) for user in (*USERS, "nobody")),
    *(Contributor.team(team) for team in TEAMS),
    Contributor.pipeline("renewals"),
    Contributor.pipeline("a/b"),
    Contributor.account(),
)
_REVENUE: Final = templates.REVENUE.measure
MEASURES: Final = (
    _REVENUE,
    _REVENUE,
    evolve(_REVENUE, currency="deal_currency"),
    evolve(_REVENUE, aggregate="average"),
    evolve(_REVENUE, aggregate="minimum"),
    evolve(_REVENUE, aggregate="maximum", direction="lower"),
    evolve(_REVENUE, direction="lower"),
    evolve(_REVENUE, name="Other words"),
    evolve(_REVENUE, dated_by="created_at", where=()),
    templates.DEALS_CREATED.measure,
    templates.CALLS_MADE.measure,
    templates.TICKETS_CLOSED.measure,
    templates.AVERAGE_TICKET_RESOLUTION_TIME.measure,
    templates.AVERAGE_TICKET_RESPONSE_TIME.measure,
    Measure(
        name="Won by stage",
        object="deal",
        aggregate="sum",
        value="amount",
        dated_by="closed_at",
        unit="points",
        where=[Condition("stage", "in", ["won", "paid"])],
    ),
    Measure(
        name="Unstaged",
        object="deal",
        aggregate="count",
        dated_by="closed_at",
        where=[Condition("stage", "is_not_set")],
    ),
    Measure(
        name="Big",
        object="deal",
        aggregate="count",
        dated_by="closed_at",
        where=[Condition("amount", "gt", 40)],
        unit="money",
    ),
    Measure(
        name="Old",
        object="deal",
        aggregate="average",
        value="amount",
        dated_by="closed_at",
        where=[Condition("created_at", "lt", date(2025, 5, 1))],
        unit="points",
    ),
    *(
        Measure(
            name=f"{aggregate} time".capitalize(),
            object="ticket",
            aggregate=aggregate,
            value="resolution_seconds",
            dated_by="closed_at",
            direction="lower",
            unit="duration",
        )
        for aggregate in ("minimum", "maximum")
    ),
    Measure(name="Shortest call", object="call", aggregate="minimum", value="minutes", dated_by="occurred_at"),
)
MILESTONES: Final = (
    Milestone.kickoff(),
    Milestone.edited(),
    *(Milestone.percent(percent) for percent in (50, 100, 250, "33.333333")),
    Milestone.achieved(),
    Milestone.exceeded(),
    Milestone.missed(),
    *(Milestone.progress(every=each) for each in ("weekly", "monthly", "quarterly", "half_yearly", "yearly")),
)
TARGETS: Final = (None, 0, 1, 2, 40, 50, 100, 200, "100.01", "0.00", "1E+3", Decimal("4E+1"), Decimal("50.0"))

Entries: TypeAlias = dict[tuple[str, date], Decimal]
Edit: TypeAlias = Callable[[Random, Goal, datetime], Goal]


def beginning(rng: Random) -> datetime:
    """Return when a life begins: just before a month, a fiscal year or a clock change."""
    return datetime.combine(rng.choice(BEGINNINGS), time(rng.randrange(24), rng.randrange(60)), UTC)


def calendar(rng: Random) -> FiscalCalendar:
    """Return a calendar of any year, weeks and zone."""
    weeks = rng.choice((Weeks(), Weeks(first_day=6, min_days=1)))
    return FiscalCalendar(years=rng.choice(YEARS), weeks=weeks, zone=rng.choice(ZONES))


def closing(rng: Random, now: datetime) -> Closing:
    """Return a closing rule, adopted some time before or after a moment or always there."""
    return Closing(
        policy=rng.choice(("freeze", "freeze", "restate")),
        grace=rng.choice((NONE, NONE, 36 * HOUR, 5 * DAY)),
        since=rng.choice((None, None, None, now.date() - 20 * DAY, now.date() + 10 * DAY)),
    )


def account(rng: Random, now: datetime) -> Account:
    """Return an account."""
    curve = rng.choice((EveryDay(), WorkingDays()))
    return Account(id="acme", currency="EUR", calendar=calendar(rng), closing=closing(rng, now), curve=curve)


def changed_account(rng: Random, before: Account, now: datetime, *, has_other_calendar: bool) -> Account:
    """Return an account with another closing rule and curve, and another calendar where that may be."""
    return evolve(
        before,
        calendar=calendar(rng) if has_other_calendar else before.calendar,
        closing=closing(rng, now),
        curve=rng.choice((EveryDay(), WorkingDays())),
    )


def credit(rng: Random) -> TeamCredit:
    """Return whom teams are credited for."""
    members = rng.choice(("day", "current"))
    return TeamCredit(members=members, extra=rng.random() < 0.5, descendants=rng.random() < 0.5)


def marks(rng: Random) -> list[Milestone]:
    """Return some milestones."""
    return rng.sample(MILESTONES, rng.choice((0, 3, 6, len(MILESTONES))))


def row(rng: Random, contributor: Contributor, count: int) -> Assignment:
    """Return a row with a target, or none, for each of so many slices."""
    has_pipelines = contributor.kind.value != "pipeline"
    return Assignment(
        contributor,
        targets=[rng.choice(TARGETS) for _ in range(count)],
        pipelines=rng.choice((None, None, ["new"], ["renewals", "a/b"])) if has_pipelines else None,
        milestones=marks(rng) if rng.random() < 0.2 else None,
    )


def duration(rng: Random, there: FiscalCalendar, now: datetime) -> Duration:
    """Return a duration about a moment: of any kind, and at times all ahead of it, or all behind."""
    day, is_aligned = now.date(), rng.random() < 0.5
    year = (int(there.years.year_of(day)) if is_aligned else day.year) + rng.choice((*[0] * 8, 1, -1))
    return rng.choice(
        (
            Duration.weekly(year, aligned=is_aligned),
            Duration.monthly(year, aligned=is_aligned),
            Duration.quarterly(year, aligned=is_aligned),
            Duration.half_yearly(year, aligned=is_aligned),
            Duration.yearly(year, aligned=is_aligned),
            Duration.custom(day - rng.randrange(40) * DAY, day + rng.randrange(60) * DAY),
            Duration.custom(day + rng.choice((1, 3, 10)) * DAY, day + 40 * DAY),
            Duration.custom(day, day),
        )
    )


def goal(rng: Random, of: Account, now: datetime, number: int) -> Goal:
    """Return a new goal, of the account's zone and currency or others."""
    goal_id = rng.choice((f"g{number}", f"g{number}", f"g{number}", f"g/{number}é"))
    currency = rng.choice((*[of.currency] * 8, "USD", "GBP"))
    zone = rng.choice((*[of.calendar.zone] * 8, *ZONES[:2]))
    bare = Goal.plan(
        id=goal_id,
        name=goal_id,
        measure=rng.choice(MEASURES),
        duration=duration(rng, of.calendar, now),
        account=evolve(of, currency=currency, calendar=evolve(of.calendar, zone=zone)),
        milestones=marks(rng),
        created_by=rng.choice((None, "ada")),
        team_credit=credit(rng),
    )
    chosen = rng.sample(CONTRIBUTORS, rng.choice((0, 2, 4, 6, 8)))
    return bare.assign(*(row(rng, each, len(bare.slices)) for each in chosen))


def rates(rng: Random, now: datetime) -> Entries:
    """Return rates: none, those of long ago, or one of each of the last sixty days besides."""
    found: Entries = {}
    if rng.random() < 0.8:
        found = {("USD", LONG_AGO): Decimal("0.9"), ("GBP", LONG_AGO): Decimal("1.2")}
    if rng.random() < 0.3:
        found |= {("USD", now.date() - days * DAY): Decimal(80 + rng.randrange(19)) / 100 for days in range(60)}
    return found


def changed_rates(rng: Random, before: Entries, now: datetime) -> Entries:
    """Return rates with one entry less, or one more or another for a day about a moment."""
    if before and not rng.randrange(5):
        lost = rng.choice(sorted(before))
        return {key: rate for key, rate in before.items() if key != lost}
    days = rng.choice((0, 0, -1, -2, -3, -4, -5, -10, -30, 1, 2, 10, 30))
    day = now.date() + days * DAY if rng.randrange(6) else LONG_AGO
    rate = Decimal(rng.choice(("0.5", "0.92", "2", "1.17")))
    return {**before, (rng.choice(("USD", "USD", "GBP")), day): rate}


def changed_splits(rng: Random, before: Splits, records: Sequence[tuple[str, str]], now: datetime) -> Splits:
    """Return splits with one that was recorded less or more, with another that was always known, or without those."""
    record = rng.choice(records)
    one, other = rng.sample((*USERS, "nobody"), 2)
    shares: Mapping[str, str]
    match rng.randrange(4):
        case 0:
            return Splits(before.shares, recorded=before.recorded[1:])
        case 1:
            return Splits(recorded=before.recorded)
        case 2:
            return Splits({**before.shares, record: {one: "0.25", other: "0.75"}}, recorded=before.recorded)
        case _:
            recorded_at = now + rng.choice((0, -48, 24)) * HOUR
            if any((s.object, s.record_id, s.recorded_at) == (*record, recorded_at) for s in before.recorded):
                return before
            shares = rng.choice(({one: "0.5", other: "0.5"}, {one: "1"}, {}))
            overlays: Mapping[str, str] = rng.choice(({}, {other: "0.5"}))
            split = Split(
                object=record[0], record_id=record[1], shares=shares, overlays=overlays, recorded_at=recorded_at
            )
            return Splits(before.shares, recorded=[*before.recorded, split])


def _remapped(rng: Random, given: Goal, _now: datetime) -> Goal:
    # The goal keeps its zone: whether a target that another zone lets end at another moment was promised at the end of its
    # slice is a matter of which zone that end is in, and both readings are fair.
    there = evolve(calendar(rng), zone=given.zone)
    return remap(given, there, during=given.slices.span if rng.random() < 0.6 else None).goal


def _one_row_more(rng: Random, given: Goal, _now: datetime) -> Goal:
    free = [each for each in CONTRIBUTORS if given.place(each) is None]
    return given.assign(row(rng, rng.choice(free), len(given.slices))) if free else given


def _one_row_less(rng: Random, given: Goal, _now: datetime) -> Goal:
    return given.remove(rng.choice(_held(given))) if given.assignments else given


def _targets(rng: Random, given: Goal, _now: datetime) -> Goal:
    if not given.assignments:
        return given
    parts = rng.sample(given.slices.periods, min(3, len(given.slices)))
    return given.with_targets({(rng.choice(_held(given)), part.start): rng.choice(TARGETS) for part in parts})


def _marks_of_a_row(rng: Random, given: Goal, _now: datetime) -> Goal:
    if not given.assignments:
        return given
    return given.with_milestones(rng.choice(_held(given)), rng.choice((None, marks(rng))))


def _locked(rng: Random, given: Goal, _now: datetime) -> Goal:
    rows = [evolve(each, locked=rng.sample(given.slices.periods, 1)) for each in given.assignments]
    return evolve(given, assignments=rows)


def _held(given: Goal) -> Sequence[Contributor]:
    return [each.contributor for each in given.assignments]


EDITS: Final[dict[str, Edit]] = {
    "measure": lambda rng, given, _: evolve(given, measure=rng.choice(MEASURES), template=None),
    "closing": lambda rng, given, now: reclose(given, closing(rng, now), as_of=now),
    "remap": _remapped,
    "one row more": _one_row_more,
    "one row less": _one_row_less,
    "order": lambda rng, given, _: evolve(given, assignments=rng.sample(given.assignments, len(given.assignments))),
    "targets": _targets,
    "other targets": _targets,
    "milestones": lambda rng, given, _: evolve(given, milestones=marks(rng)),
    "milestones of a row": _marks_of_a_row,
    "team credit": lambda rng, given, _: evolve(given, team_credit=credit(rng)),
    "pipelines": lambda rng, given, _: given.apply_pipelines(rng.choice((None, ["new"], ["a/b", "new"]))),
    "currency": lambda rng, given, _: evolve(given, currency=rng.choice(("EUR", "USD", "GBP"))),
    "lock": _locked,
    "name": lambda _, given, __: evolve(given, name=f"{given.name}!"[-30:]),
    "creator": lambda rng, given, _: evolve(given, created_by=rng.choice((None, "bob"))),
}
