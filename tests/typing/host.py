"""Code as hosts write it: type checkers read it and nobody runs it. Plain words and plain numbers must be taken at every door."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import assert_type
from zoneinfo import ZoneInfo

from quota_engine import (
    HOST,
    OWN_TARGET,
    Account,
    Assignment,
    Calculation,
    Cause,
    Change,
    Clone,
    Closing,
    ConcurrencyConflict,
    Condition,
    Contributor,
    CrmEvent,
    Curve,
    DayWeights,
    Decision,
    Difference,
    Duration,
    EveryDay,
    Explanation,
    Finding,
    FiscalCalendar,
    Forecast,
    Goal,
    GoalBook,
    GoalQuery,
    LeftOut,
    Line,
    Measure,
    Membership,
    Milestone,
    MilestoneReached,
    MonthYears,
    Moved,
    Notice,
    Period,
    Policy,
    Progress,
    ProgressTracker,
    Rates,
    Refresh,
    Roster,
    RunningSum,
    Splits,
    Status,
    Stored,
    Tallies,
    Team,
    TeamCredit,
    Total,
    TrackingStore,
    User,
    WorkingDays,
    calculate,
    clone_goal,
    compare,
    explain,
    forecast_of,
    merge,
    plan,
    shape_of,
    tally,
    templates,
)
from quota_engine.adapters.columns import Columns, Days, Minor
from quota_engine.adapters.memory import MemoryActors, MemoryEvents, MemoryGoals, MemoryRoster
from quota_engine.ports import ActorSource, EventSource, GoalRepository, Page, RosterSource
from quota_engine.report import Board


def planned(account: Account) -> Goal:
    """Plan with plain words, plain numbers and text."""
    measure = Measure(
        name="Upsells",
        object="deal",
        aggregate="sum",
        dated_by="closed_at",
        value="amount",
        where=[Condition("kind", "in", ["upsell", "renewal"]), Condition("size", "ge", 3)],
        direction="higher",
        unit="money",
    )
    ada, emea = Contributor.user("ada"), Contributor.team("emea")
    goal = Goal.plan(
        id="g1",
        name="Upsells",
        measure=measure,
        duration=Duration.custom(date(2026, 1, 1), "2026-03-31"),
        account=account,
        assignments=[Assignment(ada, targets=["100", 5, Decimal(7), None], pipelines=["renewals"]), Assignment(emea)],
        milestones=[Milestone.percent(50), Milestone.progress(every="weekly")],
        team_credit=TeamCredit(members="current"),
    )
    return goal.apply_targets(100, to=ada).with_targets({(emea, date(2026, 2, 1)): "12.50"}).spread_targets("99.99")


def calculated(goal: Goal, events: Iterator[CrmEvent]) -> Calculation:
    """Calculate from a stream, with everything a host can give."""
    account = Account(
        id="acme",
        currency="EUR",
        calendar=FiscalCalendar(
            years=MonthYears(start_month=4, start_day=6, named_by="start"), zone=ZoneInfo("Europe/London")
        ),
        closing=Closing(policy="restate"),
    )
    roster = Roster([User("ada", "Ada")], [Team("emea")], [Membership("ada", "emea", since=date(2026, 1, 1))])
    rates = Rates("EUR", {("USD", date(2026, 1, 1)): "0.92"}, missing="leave_out")
    now = datetime(2026, 2, 1, tzinfo=UTC)
    work = plan([goal], account=account, as_of=now, roster=roster, rates=rates)
    columns = Columns(
        "deal", ["d1"], owner_id=["ada"], properties={"closed_at": Days([739_000]), "amount": Minor([100])}
    )
    kept = merge(tally(work, events), tally(work, [columns]))
    assert_type(kept, Tallies)
    return calculate([goal], kept, account=account, as_of=now, roster=roster, rates=rates)


def spread(goal: Goal, result: Calculation) -> tuple[Goal, Account]:
    """Spread totals along every kind of curve, and let pace follow one."""
    work = WorkingDays([0, 1, 2], holidays=["2026-01-01", date(2026, 1, 6)])
    rush = DayWeights({date(2026, 1, 1): "0.5", Period.closed("2026-01-02", date(2026, 3, 31)): 7})
    takings: dict[date, Decimal] = {date(2026, 1, 1): Decimal(1)}
    shape = shape_of({progress.slice: progress.attained or 0 for progress in result}, goal.slices)
    curves: list[Curve] = [EveryDay(), work, rush, DayWeights(takings), shape]
    for curve in curves:
        goal = goal.spread_targets(100, weights=curve).spread_targets("99.99", weights=["1", 2, Decimal(3)])
    return goal, Account(id="acme", currency="EUR", curve=curves[0])


def dated(goal: Goal, account: Account, events: Iterator[CrmEvent]) -> RunningSum:
    """Ask on which days marks were met, for all rows at once and for one."""
    result = calculate([goal], events, account=account, as_of=datetime(2026, 2, 1, tzinfo=UTC), by_day=True)
    assert_type(result.days_met(50, "90.5", Decimal(100)), list[tuple[date | None, ...]])
    run = RunningSum([(date(2026, 1, 1), 100), (date(2026, 1, 2), Decimal("0.5")), (date(2026, 1, 3), Fraction(1, 3))])
    assert_type(run.reached_on(100, beyond=True), date | None)
    return run


def why(goal: Goal, account: Account, events: Iterator[CrmEvent], before: Explanation, result: Calculation) -> str:
    """Explain a number, and what moved it."""
    receipt = explain(
        goal,
        Contributor.user("ada"),
        on=date(2026, 2, 1),
        events=events,
        account=account,
        as_of=datetime(2026, 3, 1, tzinfo=UTC),
        records=["d1", ("deal", "d2")],
    )
    assert_type(receipt.counted, tuple[Line, ...])
    assert_type(receipt.counted[0].reason, LeftOut | None)
    assert_type(compare(before, receipt), tuple[Moved, ...])
    assert_type(compare(result, result)[0].cause, Cause | None)
    return receipt.text()


def read(result: Calculation, goal: Goal) -> str:
    """Read what a calculation says."""
    progress = result.of("g1", Contributor.user("ada"), on=date(2026, 2, 1))
    assert_type(progress, Progress)
    assert_type(progress.attained, Decimal | None)
    assert_type(progress.status, Status | None)
    assert_type(result.get("g1", Contributor.account(), on=date(2026, 2, 1)), Progress | None)
    assert_type(result.total("g1", on=date(2026, 2, 1)), Total)
    assert_type(result.findings, tuple[Finding, ...])
    return progress.percent() + Board(result, [goal]).text() + templates.named("revenue").name


def sources() -> tuple[EventSource, RosterSource, Page[CrmEvent]]:
    """Use the memory adapter as the protocols that a host fills."""
    events: EventSource = MemoryEvents()
    roster: RosterSource = MemoryRoster(Roster())
    return events, roster, events.changes("deal", None, properties=frozenset({"amount"}))


def managed(account: Account, roster: Roster, goal: Goal) -> tuple[Goal, Page[Goal], Decision]:
    """Manage goals through the book, over the memory adapter as the protocols that a host fills."""
    goals: GoalRepository = MemoryGoals()
    actors: ActorSource = MemoryActors()
    now = datetime(2026, 2, 1, tzinfo=UTC)
    book = GoalBook(
        account, goals=goals, roster=roster, actors=actors, policy=Policy.starter_friendly(rules=[OWN_TARGET])
    )
    (kept,) = book.create(goal, actor=HOST, as_of=now, why="planned")
    assert_type(kept, Goal)
    page = book.find(GoalQuery(cadence="monthly", sort="name", descending=True), actor="ada", as_of=now)
    assert_type(book.history(actor=HOST, as_of=now), Page[Change])
    anew = book.clone(goal.id, id="g2", name="Next", actor="ada", as_of=now, duration=Duration.monthly(2027))
    assert_type(anew, Clone)
    assert_type(anew.left_out, tuple[Contributor, ...])
    assert_type(clone_goal(anew.goal, id="g3", name="Again", roster=roster, as_of=now, account=account).goal, Goal)
    return kept, page, book.decide("edit", goal.id, about="ada", actor=HOST, as_of=now)


def foreseen(goal: Goal) -> tuple[Decimal | None, ...]:
    """Say how an account forecasts in plain words, and read a forecast by them."""
    account = Account(
        id="acme",
        currency="EUR",
        forecast_periods={"new": "quarterly"},
        forecast_stages={"offer": "best_case", ("new", "agreed"): "commit"},
    )
    stages = {"offer": "best_case"}
    Account(id="acme", currency="EUR", forecast_stages=stages)
    forecast = forecast_of(goal, pipeline="new", events=[], account=account, as_of=datetime(2025, 9, 1, tzinfo=UTC))
    assert_type(forecast, Forecast)
    if forecast.reason is not None and forecast.reason.code == "other_pipeline":
        return ()
    return (
        forecast.categories["commit"],
        forecast.cumulative["best_case"],
        forecast.weighted,
        forecast.gap,
        forecast.coverage,
    )


class Shelf:
    """A host's own place for the tracker's state, of one account."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.kept: dict[str, bytes] = {}
        self.revision = 0

    def read(self, keys: Collection[str], /) -> Stored:
        """Return some values."""
        return Stored(self.revision, {key: self.kept[key] for key in keys if key in self.kept})

    def scan(self, prefix: str, /, *, after: str | None, limit: int) -> Page[tuple[str, bytes]]:
        """Return keys in order."""
        keys = sorted(key for key in self.kept if key.startswith(prefix) and (after is None or key > after))
        items = tuple((key, self.kept[key]) for key in keys[:limit])
        return Page(items, items[-1][0] if items else after, len(keys) > limit)

    def commit(
        self, revision: int, /, *, put: Mapping[str, bytes], drop: Collection[str], figures: Sequence[Progress]
    ) -> None:
        """Keep a change, and the figures in a table of one's own."""
        self.figures = {(each.goal_id, each.contributor, each.slice): each.attained for each in figures}
        if revision != self.revision:
            raise ConcurrencyConflict("revision: somebody was faster", field="revision")
        for key in drop:
            self.kept.pop(key, None)
        self.kept.update(put)
        self.revision += 1


def followed(account: Account, roster: Roster, splits: Splits) -> Calculation:
    """Follow progress over a store of one's own."""
    store: TrackingStore = Shelf()
    now = datetime(2026, 2, 1, tzinfo=UTC)
    tracker = ProgressTracker(
        account,
        goals=MemoryGoals(),
        events=MemoryEvents(),
        roster=roster,
        store=store,
        rates=Rates("EUR", {}),
        splits=splits,
    )
    done = tracker.refresh(as_of=now)
    assert_type(done, Refresh)
    assert_type(done.reached, tuple[MilestoneReached, ...])
    assert_type(done.due_at, datetime | None)
    assert_type(tracker.outbox(as_of=now), Page[Notice])
    assert_type(tracker.verify(), tuple[Difference, ...])
    tracker.acknowledge(notice.reached.key for notice in tracker.outbox(as_of=now).items)
    receipt = tracker.explain("g1", Contributor.user("ada"), on=date(2026, 2, 1), actor="ada")
    assert_type(receipt, Explanation)
    assert_type(tracker.calculate("g1", actor=HOST, as_of=now, known_at=now), Calculation)
    return tracker.progress("g1", "g2", actor="ada", as_of=now)
