"""Strategies for single values: amounts, calendars, accounts, people, measures, goals, records, rates."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from quota_engine import templates
from quota_engine.accounts import Account, Bands, Closing
from quota_engine.assignments import Amount, Assignment, TeamCredit
from quota_engine.contributors import Absence, Contributor, ContributorKind, Membership, Roster, Team, User
from quota_engine.durations import Cadence, Duration
from quota_engine.fiscal import FiscalCalendar, MonthYears, Weeks, first_instant
from quota_engine.goals import Goal
from quota_engine.measures import Condition, Measure, Operand
from quota_engine.periods import Period
from quota_engine.rates import Rates

T = TypeVar("T")
S = TypeVar("S")

A_DAY: Final = timedelta(days=1)
A_MICROSECOND: Final = timedelta(microseconds=1)

TURNS: Final = (
    ("UTC", date(2026, 3, 1)),
    ("Europe/Rome", date(2026, 3, 29)),
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("America/Sao_Paulo", date(2018, 2, 18)),
    ("Asia/Amman", date(2021, 3, 26)),
    ("Asia/Amman", date(2021, 10, 29)),
    ("Africa/Cairo", date(2026, 4, 24)),
    ("Africa/Cairo", date(2026, 10, 30)),
    ("Asia/Beirut", date(2026, 3, 29)),
    ("Asia/Beirut", date(2026, 10, 25)),
    ("America/Asuncion", date(2024, 10, 6)),
    ("America/Asuncion", date(2024, 3, 24)),
    ("America/Havana", date(2026, 3, 8)),
    ("America/Havana", date(2026, 11, 1)),
    ("America/Santiago", date(2026, 9, 6)),
    ("America/Santiago", date(2026, 4, 5)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("America/St_Johns", date(2010, 3, 14)),
    ("America/St_Johns", date(2010, 11, 7)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
)
"""Zones, each with a day whose midnight is missing, comes twice, or is near such an hour; in Apia the day itself is missing."""

FEATURES: Final = (
    "absences",
    "currencies",
    "deletions",
    "memberships",
    "nonsense",
    "pipelines",
    "restatement",
    "scratch",
    "several_goals",
    "strangers",
    "years",
)
"""What makes a world less simple.

absences: users who are away; currencies: records and goals in others than the account's; deletions: of records;
memberships: teams that change, extra ones, and every rule of team credit; nonsense: properties that are not set or cannot be
read; pipelines: of records and rows; restatement: slices that late corrections restate, and odd graces; scratch: goals from
scratch; several_goals: two; strangers: records without an owner, and users whom the roster does not know; years: durations of
a year in many slices.
"""

ZONES: Final = tuple(dict.fromkeys(zone for zone, _ in TURNS))
USERS: Final = ("ada", "bob", "cyd")
TEAMS: Final = ("emea", "italy", "apac")
PIPELINES: Final = ("direct", "renewals")
SOMEDAY: Final = date(2026, 3, 1)
_OFFSETS: Final = (*[timedelta(0)] * 3, -A_MICROSECOND, A_MICROSECOND, -A_DAY, A_DAY, timedelta(hours=7))
_NEAR: Final = (timedelta(0), timedelta(0), -A_MICROSECOND, A_MICROSECOND)
NUMBERS: Final = ("amount", "first_response_seconds", "resolution_seconds")
DATES: Final = ("closed_at", "created_at", "occurred_at")
STAGES: Final = ("won", "paid", "lost")
OBJECTS: Final = ("deal", "ticket")
PROPERTIES: Final = ("is_won", *DATES, *NUMBERS, "stage", "currency")


def amounts() -> SearchStrategy[Amount]:
    """Return amounts as people give them: small ones first, cents beside 10 to the 27th, refunds, the finest there are."""
    return st.one_of(
        st.integers(0, 200),
        st.sampled_from(
            (
                "0.01",
                Decimal("-0.01"),
                "100.00",
                Decimal("0.10"),
                -100,
                10**27,
                "-1e27",
                Decimal("1E+27"),
                "0.000000000000000001",
            )
        ),
        st.decimals(-(10**29), 10**29, places=2),
        st.decimals(-1000, 1000, places=18),
    )


def targets() -> SearchStrategy[Amount | None]:
    """Return targets: none at all, zero, so small that marks are crossed, and larger than anything."""
    return st.one_of(st.sampled_from((100, None, 0, 1, "0.01", "99.99", 10**27)), st.integers(0, 500))


def one_in(count: int, rare: SearchStrategy[T], usual: SearchStrategy[S]) -> SearchStrategy[T | S]:
    """Return the usual values, and one in so many times the rare ones."""
    return st.integers(1, count).flatmap(lambda number: rare if number == count else usual)


AMOUNTS: Final = amounts()
_TARGETS: Final = st.lists(targets(), min_size=1, max_size=3)
FLAGS: Final = st.booleans()
_CADENCES: Final = st.sampled_from(
    (
        *(Cadence.CUSTOM, Cadence.CUSTOM, Cadence.QUARTERLY, Cadence.MONTHLY, Cadence.HALF_YEARLY, Cadence.YEARLY) * 3,
        Cadence.WEEKLY,
    )
)
_YEARS_LATER: Final = st.sampled_from((0, 0, 0, 0, 1))
_YEAR_STARTS: Final = st.sampled_from(((1, 1), (7, 1), (4, 6), (1, 31), (2, 28), (12, 31)))
_OFFSETS_IN_DAYS: Final = st.sampled_from((0, 0, 0, 1, -1, 2, -2))
_SOME_RATES: Final[tuple[Amount, ...]] = ("0.92", 2, 3, "0.000000000000000001", 10**12)
_RATES: Final = st.sampled_from(_SOME_RATES)
_CURRENCIES: Final = st.sampled_from(("EUR", "EUR", "JPY"))
_BANDS: Final = st.sampled_from((Bands(), Bands(), Bands(ahead="1.1", on_track="0.5"), Bands(ahead=1, on_track=0)))
_TRACKED: Final = st.sampled_from((None, None, PIPELINES[:1], PIPELINES))
TEAM_CREDITS: Final = st.builds(TeamCredit, members=st.sampled_from(("day", "current")), extra=FLAGS, descendants=FLAGS)
MOSTLY_ADA: Final = st.sampled_from((*[USERS[0]] * 3, *USERS[1:]))
VERSIONS: Final = st.sampled_from((0, 0, 1))
DELETIONS: Final = st.sampled_from((*[False] * 8, True))


@st.composite
def periods(draw: DrawFn, around: date = SOMEDAY, *, most_days: int = 40) -> Period:
    """Return a period that begins, ends or lies near a day."""
    days = draw(st.integers(1, most_days))
    first = around + A_DAY * draw(_OFFSETS_IN_DAYS)
    return draw(st.sampled_from((Period(first, first + A_DAY * days), Period(first - A_DAY * days, first))))


@st.composite
def calendars(draw: DrawFn, zones: Sequence[str] = ZONES) -> FiscalCalendar:
    """Return a calendar in one of the zones: mostly the calendar year, then fiscal years from any day and weeks of any kind."""
    month, day = draw(_YEAR_STARTS)
    years = MonthYears(start_month=month, start_day=day, named_by=draw(st.sampled_from(("end", "start"))))
    weeks = Weeks(first_day=draw(st.sampled_from((0, 6, 5))), min_days=draw(st.sampled_from((4, 1, 7))))
    return FiscalCalendar(years=years, weeks=weeks, zone=draw(st.sampled_from(zones)))


@st.composite
def durations(
    draw: DrawFn,
    around: date = SOMEDAY,
    calendar: FiscalCalendar | None = None,
    features: Collection[str] = FEATURES,
) -> Duration:
    """Return a duration about a day: custom ones, years in at most 13 slices, and rarely one in weeks.

    Aligned ones are mostly of the calendar's fiscal year in which the day lies.
    """
    cadence = draw(_CADENCES) if "years" in features else Cadence.CUSTOM
    if cadence is Cadence.CUSTOM:
        period = draw(periods(around))
        return Duration.custom(period.start, period.last_day)
    is_aligned = draw(FLAGS)
    year = around.year if calendar is None or not is_aligned else calendar.year_of(around)
    return Duration(cadence, year=year + draw(_YEARS_LATER), aligned=is_aligned)


def closings(around: date = SOMEDAY, features: Collection[str] = FEATURES) -> SearchStrategy[Closing]:
    """Return both close policies, with and without grace, also for hosts that adopted the library about a day."""
    graces = st.sampled_from((timedelta(0), A_DAY, timedelta(hours=36), A_MICROSECOND))
    if "restatement" not in features:
        return st.builds(Closing, grace=graces)
    return st.builds(
        Closing,
        policy=st.sampled_from(("freeze", "restate")),
        grace=graces,
        since=st.sampled_from((None, None, around, around - A_DAY, around + timedelta(days=40))),
    )


@st.composite
def accounts(
    draw: DrawFn,
    calendar: SearchStrategy[FiscalCalendar] | None = None,
    around: date = SOMEDAY,
    features: Collection[str] = FEATURES,
) -> Account:
    """Return accounts in euro, or in yen, with every kind of calendar, closing rule and pace bands."""
    return Account(
        id="acme",
        currency=draw(_CURRENCIES) if "currencies" in features else "EUR",
        calendar=draw(calendars() if calendar is None else calendar),
        closing=draw(closings(around, features)),
        bands=draw(_BANDS),
    )


@st.composite
def moments(
    draw: DrawFn, edges: Iterable[datetime] = (), zone: str = "UTC", *, offsets: Sequence[timedelta] = _OFFSETS
) -> datetime:
    """Return moments at some edges, a microsecond, some hours and a day before and after; in UTC, in the zone, or in another."""
    pool = tuple(edges) or (first_instant(SOMEDAY, zone),)
    zones = (UTC, UTC, ZoneInfo(zone), timezone(timedelta(hours=5, minutes=30)))
    place, edge = divmod(draw(st.integers(0, len(pool) * len(offsets) * len(zones) - 1)), len(pool))
    shown_in, offset = divmod(place, len(offsets))
    return (pool[edge].astimezone(UTC) + offsets[offset]).astimezone(zones[shown_in])


@st.composite
def rosters(
    draw: DrawFn,
    recorded: Iterable[datetime] = (),
    edges: Iterable[datetime] = (),
    around: date = SOMEDAY,
    features: Collection[str] = FEATURES,
) -> Roster:
    """Return three users and three teams, one below another, with memberships that change about a day, and with absences.

    Absences begin about the moments at which records were recorded, and end about others of these and at some edges.
    """
    starts = tuple(recorded)
    pool = (*edges, *starts)
    users = [User(user) for user in USERS]
    if "absences" in features:
        users[0] = User(USERS[0], absences=draw(st.lists(_absences(starts, pool), min_size=1, max_size=3)))
        users[1] = User(USERS[1], absences=draw(st.lists(_absences(starts, pool), max_size=1)))
    memberships = [Membership(user, team) for user, team in zip(USERS, TEAMS, strict=True)]
    if "memberships" in features:
        known: SearchStrategy[datetime | None] = st.none() | moments(pool, offsets=_NEAR)
        memberships = memberships[: draw(st.integers(0, len(USERS)))]
        drawn = draw(few(_memberships(known, around), 6))
        for membership in drawn:
            if not any(clash(membership, other) for other in memberships):
                memberships.append(membership)
    parent = draw(st.sampled_from((None, "emea")))
    return Roster(users, [Team("emea"), Team("italy", parent=parent), Team("apac")], memberships)


def few(values: SearchStrategy[T], most: int) -> SearchStrategy[list[T]]:
    """Return lists of none to a few values."""
    return st.lists(values, max_size=most)


@st.composite
def _absences(draw: DrawFn, starts: Iterable[datetime], edges: Iterable[datetime]) -> Absence:
    ends = moments(edges, offsets=_NEAR)
    start, other = draw(moments(starts, offsets=_NEAR)), draw(st.none() | ends)
    return Absence(
        start,
        None if other is None or other.astimezone(UTC) <= start.astimezone(UTC) else other.astimezone(UTC),
        recorded_at=draw(st.none() | ends) if draw(FLAGS) else None,
    )


@st.composite
def _memberships(draw: DrawFn, recorded: SearchStrategy[datetime | None], around: date) -> Membership:
    offset = draw(st.sampled_from((None, None, -3, -1, 0, 1, 3)))
    since = None if offset is None else around + A_DAY * offset
    lasting = draw(st.sampled_from((None, None, 1, 3, 40)))
    main = draw(st.sampled_from((True, True, False)))
    return Membership(
        draw(MOSTLY_ADA),
        draw(st.sampled_from((*TEAMS, None) if main else TEAMS)),
        main=main,
        since=since,
        until=None if lasting is None else (since or around) + A_DAY * lasting,
        recorded_at=draw(recorded),
    )


def clash(one: Membership, other: Membership) -> bool:
    """Whether two would be refused side by side in a roster, with their recording times compared as instants."""
    alike = [None if held.recorded_at is None else held.recorded_at.astimezone(UTC) for held in (one, other)]
    return one.user == other.user and evolve(one, recorded_at=alike[0]).clashes(evolve(other, recorded_at=alike[1]))


def measures(around: date = SOMEDAY) -> SearchStrategy[Measure]:
    """Return the measures of all templates, and others from scratch with every aggregate and up to two conditions."""
    return st.sampled_from([template.measure for template in templates.ALL]) | _measures_from_scratch(around)


@st.composite
def _measures_from_scratch(draw: DrawFn, around: date) -> Measure:
    aggregate = draw(st.sampled_from(("sum", "count", "average", "minimum", "maximum")))
    return Measure(
        name="From scratch",
        object=draw(st.sampled_from(OBJECTS)),
        aggregate=aggregate,
        dated_by=draw(st.sampled_from(DATES[:2])),
        value=draw(st.sampled_from(NUMBERS[:2])) if aggregate != "count" else draw(st.sampled_from((None, "amount"))),
        where=draw(few(conditions(around), 2)),
        direction=draw(st.sampled_from(("higher", "lower"))),
        unit=draw(st.sampled_from(("count", "money", "duration", "points"))),
    )


@st.composite
def conditions(draw: DrawFn, around: date = SOMEDAY) -> Condition:
    """Return conditions with every operator on every kind of property that `crm_events` gives."""
    choices: tuple[tuple[str, SearchStrategy[Operand]], ...] = (
        ("is_won", st.booleans()),
        ("stage", st.sampled_from(STAGES)),
        ("amount", st.sampled_from((Decimal(0), Decimal("0.01"), Decimal(100), Decimal("1E+27")))),
        ("closed_at", st.integers(-2, 2).map(lambda days: around + A_DAY * days)),
        ("created_at", moments([first_instant(around, "UTC")])),
    )
    name, operands = draw(st.sampled_from(choices))
    operators = ["is_set", "is_not_set", "eq", "ne", "in", "not_in"]
    operator = draw(st.sampled_from(operators if name == "is_won" else [*operators, "lt", "le", "gt", "ge"]))
    if operator in {"is_set", "is_not_set"}:
        return Condition(name, operator)
    if operator in {"in", "not_in"}:
        return Condition(name, operator, draw(st.lists(operands, min_size=1, max_size=3)))
    return Condition(name, operator, draw(operands))


def contributors(*, teams: bool = True, features: Collection[str] = FEATURES) -> SearchStrategy[Contributor]:
    """Return the users, teams and pipelines of these strategies, the whole account, and a user whom no roster knows."""
    chosen = [Contributor.user(USERS[0]), Contributor.account(), Contributor.user(USERS[1])]
    chosen += [Contributor.team(team) for team in TEAMS] if teams else []
    chosen += map(Contributor.pipeline, PIPELINES) if "pipelines" in features else []
    chosen += [Contributor.user("ghost")] if "strangers" in features else []
    return st.sampled_from(chosen)


@st.composite
def goals(
    draw: DrawFn,
    account: Account | None = None,
    *,
    goal_id: str = "g1",
    around: date = SOMEDAY,
    teams: bool = True,
    features: Collection[str] = FEATURES,
) -> Goal:
    """Return a goal of an account with one to five rows of all kinds: from every template and from scratch."""
    planned_with = draw(accounts(around=around, features=features)) if account is None else account
    template = draw(st.sampled_from((templates.REVENUE, *templates.ALL)))
    is_scratch = "scratch" in features and draw(FLAGS)
    is_forecast = not is_scratch and template is templates.FORECAST_REVENUE
    if is_forecast:
        year = planned_with.calendar.year_of(around)
        duration = Duration(draw(st.sampled_from(("quarterly", "monthly"))), year=year, aligned=True)
    else:
        duration = draw(durations(around, planned_with.calendar, features))
    wanted = draw(st.lists(contributors(teams=teams, features=features), min_size=1, max_size=5, unique=True))
    goal = Goal.plan(
        id=goal_id,
        name=goal_id,
        template=None if is_scratch else template,
        measure=draw(_measures_from_scratch(around)) if is_scratch else None,
        duration=duration,
        account=planned_with,
        pipeline=PIPELINES[0] if is_forecast else None,
        team_credit=draw(TEAM_CREDITS) if "memberships" in features else None,
    )
    tracked = st.none() if is_forecast or "pipelines" not in features else _TRACKED
    return goal.assign(
        *(
            draw(_rows(contributor, len(goal.slices), tracked))
            for contributor in wanted
            if not is_forecast or contributor != Contributor.pipeline(PIPELINES[1])
        )
    )


@st.composite
def _rows(
    draw: DrawFn, contributor: Contributor, slices: int, tracked: SearchStrategy[tuple[str, ...] | None]
) -> Assignment:
    repeated = draw(_TARGETS)
    is_pipeline = contributor.kind is ContributorKind.PIPELINE
    return Assignment(
        contributor,
        [repeated[index % len(repeated)] for index in range(slices)],
        None if is_pipeline else draw(tracked),
    )


@st.composite
def rates(draw: DrawFn, base: str = "EUR", days: Sequence[date] = (SOMEDAY,), *, missing: str = "leave_out") -> Rates:
    """Return rates from dollars, francs, yen and euros to a base, none of Zimbabwe: from long ago, or from some days on only."""
    since = st.sampled_from((days[0] - 400 * A_DAY, *days))
    codes = st.sampled_from([code for code in ("USD", "CHF", "JPY", "EUR") if code != base])
    return Rates(base, draw(st.dictionaries(st.tuples(codes, since), _RATES, max_size=4)), missing=missing)
