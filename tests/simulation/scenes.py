"""What is made up of the planning side of a world: accounts, goals and their edits, people who come and go, rates and splits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from attrs import evolve

from quota_engine import (
    Absence,
    Account,
    Assignment,
    Closing,
    Contributor,
    Duration,
    FiscalCalendar,
    Goal,
    Measure,
    Membership,
    Milestone,
    Rates,
    Roster,
    Split,
    Splits,
    Team,
    TeamCredit,
    User,
    templates,
)
from tests.simulation.crm import IDS, OWNERS

ZONES = ("UTC", "Europe/Rome", "America/New_York", "America/Sao_Paulo", "Asia/Kolkata", "Pacific/Apia")
MEASURES = (
    templates.REVENUE.measure,
    templates.REVENUE.measure,
    templates.DEALS_CREATED.measure,
    templates.TICKETS_CLOSED.measure,
    templates.AVERAGE_TICKET_RESOLUTION_TIME.measure,
    evolve(templates.REVENUE.measure, name="Biggest deal", aggregate="maximum"),
    Measure(
        name="Quickest ticket",
        object="ticket",
        aggregate="minimum",
        dated_by="closed_at",
        value="resolution_seconds",
        direction="lower",
        unit="duration",
    ),
)
CONTRIBUTORS = (
    *(Contributor.user(user) for user in ("ada", "bob", "cyd", "dan")),
    Contributor.team("north"),
    Contributor.team("south"),
    Contributor.pipeline("renewals"),
    Contributor.account(),
)
MILESTONES = (
    Milestone.kickoff(),
    Milestone.edited(),
    Milestone.percent(50),
    Milestone.percent("99.9"),
    Milestone.achieved(),
    Milestone.exceeded(),
    Milestone.missed(),
    Milestone.progress(every="weekly"),
    Milestone.progress(every="monthly"),
)
TARGETS = (None, 0, 1, 2, 50, 100, 100, "100.01", 200)
DAY = timedelta(days=1)


def account_of(rng: Random, start: datetime) -> Account:
    """Return an account that adopted the library some time before or after a moment."""
    since = rng.choice((None, None, start.date() - 40 * DAY, start.date() + 5 * DAY))
    closing = Closing(
        policy=rng.choice(("freeze", "freeze", "freeze", "restate")),
        grace=rng.choice((timedelta(0), timedelta(0), timedelta(hours=36))),
        since=since,
    )
    return Account(
        id="acme",
        currency="EUR",
        calendar=FiscalCalendar(zone=rng.choice(ZONES)),
        closing=closing,
        refresh_every=rng.choice((timedelta(hours=24), timedelta(hours=24), timedelta(hours=6))),
    )


def marks(rng: Random) -> tuple[Milestone, ...]:
    """Return some milestones."""
    return tuple(rng.sample(MILESTONES, rng.choice((0, 2, 4, len(MILESTONES)))))


def row(rng: Random, contributor: Contributor, count: int) -> Assignment:
    """Return a row with a target for each of so many slices."""
    pipelines = None
    if contributor.kind.value != "pipeline" and not rng.randrange(4):
        pipelines = rng.choice((("new",), ("new", "renewals")))
    targets = [rng.choice(TARGETS) for _ in range(count)]
    own = marks(rng) if not rng.randrange(4) else None
    return Assignment(contributor, targets=targets, pipelines=pipelines, milestones=own)


def goal_of(rng: Random, account: Account, now: datetime, goal_id: str) -> Goal:
    """Return a new goal about a moment."""
    day = now.date()
    duration = rng.choice(
        (
            Duration.monthly(day.year),
            Duration.quarterly(day.year, aligned=rng.random() < 0.5),
            Duration.custom(day - 3 * DAY, day + rng.randrange(30) * DAY),
            Duration.custom(day - rng.randrange(60) * DAY, day + rng.randrange(4) * DAY),
        )
    )
    bare = Goal.plan(
        id=goal_id,
        name=goal_id,
        measure=rng.choice(MEASURES),
        duration=duration,
        account=account,
        milestones=marks(rng),
        created_by=rng.choice((None, "ada")),
        team_credit=TeamCredit(
            members=rng.choice(("day", "current")), extra=rng.random() < 0.5, descendants=rng.random() < 0.5
        ),
    )
    chosen = rng.sample(CONTRIBUTORS, rng.choice((0, 1, 2, 3, 4)))
    return bare.assign(*(row(rng, each, len(bare.slices)) for each in chosen))


def edited(rng: Random, goal: Goal) -> tuple[str, Goal]:
    """Return a goal after some edit, and which it was."""
    held = [each.contributor for each in goal.assignments]
    free = [each for each in CONTRIBUTORS if each not in held]
    match rng.randrange(8):
        case 0:
            return "renamed", evolve(goal, name=f"{goal.name}!"[-40:])
        case 1 if free:
            return "one row more", goal.assign(row(rng, rng.choice(free), len(goal.slices)))
        case 2 if held:
            return "one row less", goal.remove(rng.choice(held))
        case 3 if held:
            chosen = rng.choice(held)
            if chosen.kind.value != "pipeline":
                return "pipelines", goal.apply_pipelines(rng.choice((None, ["new"], ["renewals", "new"])), to=[chosen])
            return "renamed", evolve(goal, name="Pipelines")
        case 4:
            return "milestones", evolve(goal, milestones=marks(rng))
        case 5:
            return "team credit", evolve(goal, team_credit=TeamCredit(members=rng.choice(("day", "current"))))
        case _ if held:
            slices = rng.sample(goal.slices.periods, min(len(goal.slices), rng.choice((1, 1, 3))))
            table = {(rng.choice(held), part.start): rng.choice(TARGETS) for part in slices}
            return "targets", goal.with_targets(table)
        case _:
            return "renamed", evolve(goal, name="Bare")


def roster_of(rng: Random) -> Roster:
    """Return people and teams at the beginning."""
    users = [User(each) for each in ("ada", "bob", "cyd")]
    teams = [Team("north"), Team("south", parent=rng.choice((None, "north")))]
    memberships = [Membership(user.id, rng.choice(("north", "south"))) for user in users]
    return Roster(users, teams, memberships)


def reorganised(rng: Random, roster: Roster, now: datetime) -> tuple[str, Roster, datetime | None]:
    """Return a roster after some change, what it was, and the moment after whose recording nothing older may change."""
    user = rng.choice(roster.users)
    others = [each for each in roster.users if each is not user]
    away = [absence for absence in user.absences if absence.end is None]
    match rng.randrange(6):
        case 0 if roster.user("dan") is None:
            held = [*roster.memberships, Membership("dan", rng.choice(("north", "south")))]
            return "dan is new", evolve(roster, users=[*roster.users, User("dan")], memberships=held), None
        case 1 if not rng.randrange(3):
            above = rng.choice((None, "north"))
            return "teams rebuilt", evolve(roster, teams=[Team("north"), Team("south", parent=above)]), None
        case 2 | 3 if away:
            start = away[0].start
            if now <= start:
                return "nobody moves", roster, now
            back = [Absence(each.start, now, each.recorded_at) if each is away[0] else each for each in user.absences]
            found = [each if each is not user else evolve(user, absences=back) for each in roster.users]
            return f"{user.id} returns", evolve(roster, users=found), start
        case 2 | 3:
            start = now + rng.choice((timedelta(0), timedelta(0), -DAY, DAY))
            absence = Absence(start, None if rng.randrange(4) else start + 3 * DAY, rng.choice((now, now, None)))
            found = [*others, evolve(user, absences=[*user.absences, absence])]
            return f"{user.id} is away from {start}", evolve(roster, users=found), absence.recorded_at
        case _:
            day = now.date() + rng.choice((0, 0, -10, 3)) * DAY
            until = None if rng.randrange(3) else day + 5 * DAY
            team = rng.choice(("north", "south", None))
            main = team is None or rng.random() < 0.8
            fact = Membership(user.id, team, main=main, since=day, until=until, recorded_at=now)
            if any(fact.clashes(other) for other in roster.memberships if other.user == user.id):
                return "nobody moves", roster, now
            return f"{user.id} moves to {team}", evolve(roster, memberships=[*roster.memberships, fact]), now


def rates_of(rng: Random, now: datetime, before: Rates | None, missing: str) -> Rates:
    """Return rates after some day got one."""
    entries = {} if before is None else dict(before.entries)
    days = [date(2000, 1, 1)] if before is None and rng.random() < 0.8 else []
    days.append(now.date() + rng.choice((0, 0, -1, -30, 2, 10)) * DAY)
    for day in days:
        for code in ("USD", "GBP"):
            if rng.random() < 0.8:
                entries[code, day] = rng.choice((Decimal("0.92"), Decimal("0.90"), Decimal(2), Decimal("1.17")))
    return Rates("EUR", entries, missing)


def splits_of(rng: Random, now: datetime, before: Splits | None) -> tuple[Splits, datetime | None]:
    """Return splits after one more, and when it was recorded."""
    record = ("deal", rng.choice(IDS))
    one, other = rng.sample([each for each in OWNERS if each is not None], 2)
    shares = rng.choice(({one: "0.5", other: "0.5"}, {one: "1"}, {one: "0.333", other: "0.667"}, {}))
    overlays = rng.choice(({}, {}, {other: "0.5"}))
    held = before or Splits()
    recorded: datetime | None = rng.choice((now, now, now - DAY, now + DAY))
    if any((s.object, s.record_id, s.recorded_at) == (*record, recorded) for s in held.recorded) or not rng.randrange(
        3
    ):
        table: dict[tuple[str, str], Mapping[str, Decimal | str]] = {**held.shares, record: shares or {one: "1"}}
        return Splits(table, overlays=held.overlays, recorded=held.recorded), None
    split = Split(object=record[0], record_id=record[1], shares=shares, overlays=overlays, recorded_at=recorded)
    return Splits(held.shares, overlays=held.overlays, recorded=[*held.recorded, split]), recorded


def turns(goals: Sequence[Goal], now: datetime) -> list[datetime]:
    """Return the moments at which slices start, end or freeze, about a moment."""
    found = {
        moment
        for goal in goals
        for start, end in zip(goal.timetable.starts, goal.timetable.ends, strict=True)
        for moment in (start, end, end + goal.closing.grace)
        if abs(moment - now) < 70 * DAY
    }
    return sorted(found)


def beginning(rng: Random) -> datetime:
    """Return when a world begins: often just before a month, a clock change or a leap day."""
    day = rng.choice(
        (
            date(2025, 1, 30),
            date(2025, 3, 29),
            date(2024, 2, 27),
            date(2025, 10, 25),
            date(2025, 12, 28),
            date(2026, 5, 12),
        )
    )
    return datetime.combine(day, time(rng.randrange(24), rng.randrange(60)), UTC)
