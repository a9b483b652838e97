"""Acme, the company that the tests tell stories about: its account, its goals and its deals.

Unless a test says otherwise: amounts are euros, days are those of UTC, a goal asks for 1,000 a month of 2025 on every row, a
deal is won by Ada and recorded at noon of the day it closes, and it is the 20th of July.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Final

from attrs import evolve

from quota_engine import (
    Account,
    Assignment,
    Calculation,
    Closing,
    Contributor,
    CrmEvent,
    Curve,
    Duration,
    EveryDay,
    FindingKind,
    FiscalCalendar,
    Goal,
    Measure,
    Progress,
    Rates,
    Roster,
    Splits,
    TeamCredit,
    calculate,
    templates,
)
from quota_engine.accounts import Bands
from quota_engine.events import Property
from quota_engine.facts import Batch
from quota_engine.findings import Finding

ADA: Final = Contributor.user("ada")
BOB: Final = Contributor.user("bob")
NORTH: Final = Contributor.team("north")
SOUTH: Final = Contributor.team("south")
RENEWALS: Final = Contributor.pipeline("renewals")
EVERYONE: Final = Contributor.account()

JUNE: Final = date(2025, 6, 15)
JULY: Final = date(2025, 7, 15)
AUGUST: Final = date(2025, 8, 15)

REVENUE: Final = templates.REVENUE.measure
MONTHLY: Final = Duration.monthly(2025)


def at(moment: str) -> datetime:
    """Return a moment in UTC for text such as 2025-07-10 or 2025-07-10 09:30."""
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)


def acme(
    *,
    zone: str = "UTC",
    currency: str = "EUR",
    closing: Closing | None = None,
    bands: Bands | None = None,
    curve: Curve | None = None,
) -> Account:
    """Return Acme's account."""
    return Account(
        id="acme",
        currency=currency,
        calendar=FiscalCalendar(zone=zone),
        closing=closing or Closing(),
        bands=bands or Bands(),
        curve=curve or EveryDay(),
    )


def promise(
    *rows: Contributor | Assignment,
    target: str | None = "1000",
    measure: Measure = REVENUE,
    duration: Duration = MONTHLY,
    account: Account | None = None,
    team_credit: TeamCredit | None = None,
    goal_id: str = "g1",
    name: str = "Sales",
) -> Goal:
    """Return a goal with a row for each contributor; rows that are given as assignments keep their own targets."""
    planned = Goal.plan(
        id=goal_id,
        name=name,
        measure=measure,
        duration=duration,
        account=account or acme(),
        assignments=[Assignment(row) if isinstance(row, Contributor) else row for row in rows],
        team_credit=team_credit,
    )
    bare = [row for row in rows if isinstance(row, Contributor)]
    return planned if target is None else planned.apply_targets(target, to=bare)


def deal(
    record_id: str,
    amount: Property = "100",
    *,
    closed: str | Property = "2025-07-10",
    owner: str | None = "ada",
    pipeline: str | None = None,
    recorded: str | None = None,
    version: int = 0,
    deleted: bool = False,
    more: Mapping[str, Property] | None = None,
) -> CrmEvent:
    """Return a version of a won deal; `closed` as ISO text of a day becomes that day."""
    when = date.fromisoformat(closed) if isinstance(closed, str) else closed
    noon = datetime.combine(when, time(12), UTC) if isinstance(when, date) else at("2025-07-10 12:00")
    return CrmEvent(
        "deal",
        record_id,
        recorded_at=noon if recorded is None else at(recorded),
        owner_id=owner,
        pipeline_id=pipeline,
        properties={"is_won": True, "closed_at": when, "amount": amount, **(more or {})},
        version=version,
        deleted=deleted,
    )


def calculated(
    goal: Goal,
    *events: CrmEvent | Batch,
    as_of: str | datetime = "2025-07-20",
    known_at: str | datetime | None = None,
    account: Account | None = None,
    roster: Roster | None = None,
    rates: Rates | None = None,
    splits: Splits | None = None,
    by_day: bool = False,
) -> Calculation:
    """Return the progress of one goal."""
    return calculate(
        [goal],
        events,
        account=account or acme(zone=goal.zone),
        as_of=at(as_of) if isinstance(as_of, str) else as_of,
        known_at=at(known_at) if isinstance(known_at, str) else known_at,
        roster=roster,
        rates=rates,
        splits=splits,
        by_day=by_day,
    )


def cell(result: Calculation, contributor: Contributor = ADA, on: date = JULY) -> Progress:
    """Return a row of the goal `g1` in the slice of a day; July's where none is given."""
    return result.of("g1", contributor, on=on)


def attained(result: Calculation, contributor: Contributor = ADA, on: date = JULY) -> Decimal | None:
    """Return what a row of the goal `g1` has attained in the slice of a day; July's where none is given."""
    return cell(result, contributor, on).attained


def found(result: Calculation, kind: str) -> list[Finding]:
    """Return the findings of one kind."""
    return [finding for finding in result.findings if finding.kind is FindingKind(kind)]


def figures(result: Calculation) -> list[Progress]:
    """Return all cells."""
    return list(result)


def counting(aggregate: str, *, of: Measure = REVENUE) -> Measure:
    """Return a measure like another, with a different aggregate."""
    return evolve(of, aggregate=aggregate)
