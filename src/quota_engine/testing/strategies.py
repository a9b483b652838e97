"""Hypothesis strategies for every value of the library, and `worlds()`, whose parts fit together.

They are directed: a draw is far more often at an edge than chance would have it. Moments lie at, just before and just after
the bounds of slices and the instants at which slices freeze; zones are those whose midnights, or whole days, go missing or
come twice; amounts mix 10 to the 27th with a cent; records are few, so that their versions collide. The simplest value of
each comes first, so that a counterexample shrinks to something a person can read. A world has some of the complications in
`FEATURES` and lacks the others, so that each is met both alone and together with any other.

>>> from hypothesis import given
>>> @given(worlds())
... def test_my_adapter(world): ...
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from attrs import evolve, frozen
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from quota_engine import templates
from quota_engine.accounts import Account, Bands, Closing
from quota_engine.assignments import Amount, Assignment, TeamCredit
from quota_engine.contributors import Absence, Contributor, ContributorKind, Membership, Roster, Team, User
from quota_engine.durations import Cadence, Duration
from quota_engine.events import CrmEvent, Property
from quota_engine.fiscal import FiscalCalendar, MonthYears, Weeks, first_instant
from quota_engine.goals import Goal
from quota_engine.measures import Condition, Measure, Operand
from quota_engine.periods import Period
from quota_engine.rates import Rates

T = TypeVar("T")
S = TypeVar("S")

_DAY: Final = timedelta(days=1)
_MICROSECOND: Final = timedelta(microseconds=1)

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
_SOMEDAY: Final = date(2026, 3, 1)
_OFFSETS: Final = (*[timedelta(0)] * 3, -_MICROSECOND, _MICROSECOND, -_DAY, _DAY, timedelta(hours=7))
_NEAR: Final = (timedelta(0), timedelta(0), -_MICROSECOND, _MICROSECOND)
_NUMBERS: Final = ("amount", "first_response_seconds", "resolution_seconds")
_DATES: Final = ("closed_at", "created_at", "occurred_at")
_STAGES: Final = ("won", "paid", "lost")
_OBJECTS: Final = ("deal", "ticket")
PROPERTIES: Final = ("is_won", *_DATES, *_NUMBERS, "stage", "currency")


@frozen(kw_only=True)
class World:
    """Everything that a calculation takes, drawn so that it fits together.

    Attributes:
        account: the account that all the goals belong to.
        roster: its people; None where every owner is to be taken for a known, active user.
        goals: one or two goals with rows.
        events: the versions of a few records, in no order.
        rates: its exchange rates.
        as_of: the moment asked about.
        known_at: what had been recorded by then is known; None for `as_of`.
    """

    account: Account
    roster: Roster | None
    goals: tuple[Goal, ...]
    events: tuple[CrmEvent, ...]
    rates: Rates
    as_of: datetime
    known_at: datetime | None


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


def _one_in(count: int, rare: SearchStrategy[T], usual: SearchStrategy[S]) -> SearchStrategy[T | S]:
    """Return the usual values, and one in so many times the rare ones."""
    return st.integers(1, count).flatmap(lambda number: rare if number == count else usual)


_AMOUNTS: Final = amounts()
_TARGETS: Final = st.lists(targets(), min_size=1, max_size=3)
_FLAGS: Final = st.booleans()
_CADENCES: Final = st.sampled_from(
    (
        *(Cadence.CUSTOM, Cadence.CUSTOM, Cadence.QUARTERLY, Cadence.MONTHLY, Cadence.HALF_YEARLY, Cadence.YEARLY) * 3,
        Cadence.WEEKLY,
    )
)
_YEARS_LATER: Final = st.sampled_from((0, 0, 0, 0, 1))
_YEAR_STARTS: Final = st.sampled_from(((1, 1), (7, 1), (4, 6), (1, 31), (2, 28), (12, 31)))
_OFFSETS_IN_DAYS: Final = st.integers(-2, 2)
_NUMBER_OR_NONSENSE: Final[SearchStrategy[Property]] = _one_in(12, st.sampled_from((None, "", "a lot", True)), _AMOUNTS)
_WON_OR_NONSENSE: Final[SearchStrategy[Property]] = st.sampled_from((*[True] * 12, "TRUE", False, None, "", "maybe"))
_STAGE: Final[SearchStrategy[Property]] = st.sampled_from((*_STAGES, None, "", 7))
_CODES: Final = st.sampled_from((None, "USD", None, "EUR", "CHF", "JPY", "ZWL", "", "eur"))
_SOME_RATES: Final[tuple[Amount, ...]] = ("0.92", 2, 3, "0.000000000000000001", 10**12)
_RATES: Final = st.sampled_from(_SOME_RATES)
_CURRENCIES: Final = st.sampled_from(("EUR", "EUR", "JPY"))
_BANDS: Final = st.sampled_from((Bands(), Bands(), Bands(ahead="1.1", on_track="0.5"), Bands(ahead=1, on_track=0)))
_TRACKED: Final = st.sampled_from((None, None, PIPELINES[:1], PIPELINES))
_TEAM_CREDITS: Final = st.builds(
    TeamCredit, members=st.sampled_from(("day", "current")), extra=_FLAGS, descendants=_FLAGS
)
_RECORDS: Final = st.sampled_from(("r1", "r2", "r3"))
_OWNERS: Final = st.sampled_from((*[*USERS, *USERS[:2], USERS[0]] * 3, "ghost", None, ""))
_MOSTLY_ADA: Final = st.sampled_from((*[USERS[0]] * 3, *USERS[1:]))
_SOME_USER: Final = st.sampled_from(USERS)
_SOME_PIPELINE: Final = st.sampled_from((None, *PIPELINES))
_VERSIONS: Final = st.sampled_from((0, 0, 1))
_DELETIONS: Final = st.sampled_from((*[False] * 8, True))
_DAYS_BEFORE: Final = st.sampled_from((0, 10, 5))
_EDGE_ROWS: Final = (Contributor.user("ada"), Contributor.team("emea"), Contributor.account(), Contributor.user("bob"))
_EDGE_OWNERS: Final = st.sampled_from(("ada", "ada", "bob", None))
_EDGE_AMOUNTS: Final = st.sampled_from((1, 10, 100))
_EDGE_RECORDS: Final = st.sampled_from(("r1", "r1", "r2"))
_EDGE_USERS: Final = st.sampled_from(("ada", "bob"))
_EDGE_TEAMS: Final = st.sampled_from(("emea", "emea", "apac", None))


@st.composite
def periods(draw: DrawFn, around: date = _SOMEDAY, *, most_days: int = 40) -> Period:
    """Return a period that begins, ends or lies near a day."""
    days = draw(st.integers(1, most_days))
    first = around + _DAY * draw(_OFFSETS_IN_DAYS)
    return draw(st.sampled_from((Period(first, first + _DAY * days), Period(first - _DAY * days, first))))


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
    around: date = _SOMEDAY,
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
    is_aligned = draw(_FLAGS)
    year = around.year if calendar is None or not is_aligned else calendar.year_of(around)
    return Duration(cadence, year=year + draw(_YEARS_LATER), aligned=is_aligned)


def closings(around: date = _SOMEDAY, features: Collection[str] = FEATURES) -> SearchStrategy[Closing]:
    """Return both close policies, with and without grace, also for hosts that adopted the library about a day."""
    graces = st.sampled_from((timedelta(0), _DAY, timedelta(hours=36), _MICROSECOND))
    if "restatement" not in features:
        return st.builds(Closing, grace=graces)
    return st.builds(
        Closing,
        policy=st.sampled_from(("freeze", "restate")),
        grace=graces,
        since=st.sampled_from((None, None, around, around - _DAY, around + timedelta(days=40))),
    )


@st.composite
def accounts(
    draw: DrawFn,
    calendar: SearchStrategy[FiscalCalendar] | None = None,
    around: date = _SOMEDAY,
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
    pool = tuple(edges) or (first_instant(_SOMEDAY, zone),)
    zones = (UTC, UTC, ZoneInfo(zone), timezone(timedelta(hours=5, minutes=30)))
    place, edge = divmod(draw(st.integers(0, len(pool) * len(offsets) * len(zones) - 1)), len(pool))
    shown_in, offset = divmod(place, len(offsets))
    return (pool[edge].astimezone(UTC) + offsets[offset]).astimezone(zones[shown_in])


@st.composite
def rosters(
    draw: DrawFn,
    recorded: Iterable[datetime] = (),
    edges: Iterable[datetime] = (),
    around: date = _SOMEDAY,
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
        drawn = draw(_few(_memberships(known, around), 6))
        for membership in drawn:
            if not any(_clash(membership, other) for other in memberships):
                memberships.append(membership)
    parent = draw(st.sampled_from((None, "emea")))
    return Roster(users, [Team("emea"), Team("italy", parent=parent), Team("apac")], memberships)


def _few(values: SearchStrategy[T], most: int) -> SearchStrategy[list[T]]:
    return st.lists(values, max_size=most)


@st.composite
def _absences(draw: DrawFn, starts: Iterable[datetime], edges: Iterable[datetime]) -> Absence:
    ends = moments(edges, offsets=_NEAR)
    start, other = draw(moments(starts, offsets=_NEAR)), draw(st.none() | ends)
    return Absence(
        start,
        None if other is None or other.astimezone(UTC) <= start.astimezone(UTC) else other.astimezone(UTC),
        recorded_at=draw(st.none() | ends) if draw(_FLAGS) else None,
    )


@st.composite
def _memberships(draw: DrawFn, recorded: SearchStrategy[datetime | None], around: date) -> Membership:
    offset = draw(st.sampled_from((None, None, -3, -1, 0, 1, 3)))
    since = None if offset is None else around + _DAY * offset
    lasting = draw(st.sampled_from((None, None, 1, 3, 40)))
    main = draw(st.sampled_from((True, True, False)))
    return Membership(
        draw(_MOSTLY_ADA),
        draw(st.sampled_from((*TEAMS, None) if main else TEAMS)),
        main=main,
        since=since,
        until=None if lasting is None else (since or around) + _DAY * lasting,
        recorded_at=draw(recorded),
    )


def _clash(one: Membership, other: Membership) -> bool:
    """Whether two would be refused side by side in a roster, with their recording times compared as instants."""
    alike = [None if held.recorded_at is None else held.recorded_at.astimezone(UTC) for held in (one, other)]
    return one.user == other.user and evolve(one, recorded_at=alike[0]).clashes(evolve(other, recorded_at=alike[1]))


def measures(around: date = _SOMEDAY) -> SearchStrategy[Measure]:
    """Return the measures of all templates, and others from scratch with every aggregate and up to two conditions."""
    return st.sampled_from([template.measure for template in templates.ALL]) | _measures_from_scratch(around)


@st.composite
def _measures_from_scratch(draw: DrawFn, around: date) -> Measure:
    aggregate = draw(st.sampled_from(("sum", "count", "average", "minimum", "maximum")))
    return Measure(
        name="From scratch",
        object=draw(st.sampled_from(_OBJECTS)),
        aggregate=aggregate,
        dated_by=draw(st.sampled_from(_DATES[:2])),
        value=draw(st.sampled_from(_NUMBERS[:2])) if aggregate != "count" else draw(st.sampled_from((None, "amount"))),
        where=draw(_few(conditions(around), 2)),
        direction=draw(st.sampled_from(("higher", "lower"))),
        unit=draw(st.sampled_from(("count", "money", "duration", "points"))),
    )


@st.composite
def conditions(draw: DrawFn, around: date = _SOMEDAY) -> Condition:
    """Return conditions with every operator on every kind of property that `crm_events` gives."""
    choices: tuple[tuple[str, SearchStrategy[Operand]], ...] = (
        ("is_won", st.booleans()),
        ("stage", st.sampled_from(_STAGES)),
        ("amount", st.sampled_from((Decimal(0), Decimal("0.01"), Decimal(100), Decimal("1E+27")))),
        ("closed_at", st.integers(-2, 2).map(lambda days: around + _DAY * days)),
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
    around: date = _SOMEDAY,
    teams: bool = True,
    features: Collection[str] = FEATURES,
) -> Goal:
    """Return a goal of an account with one to five rows of all kinds: from every template and from scratch."""
    planned_with = draw(accounts(around=around, features=features)) if account is None else account
    template = draw(st.sampled_from((templates.REVENUE, *templates.ALL)))
    is_scratch = "scratch" in features and draw(_FLAGS)
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
        team_credit=draw(_TEAM_CREDITS) if "memberships" in features else None,
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


def _dates(
    moment: SearchStrategy[datetime], days: Sequence[date], features: Collection[str]
) -> SearchStrategy[Property]:
    usual = st.sampled_from(days) | moment | _one_in(3, moment.map(datetime.isoformat), st.sampled_from(days))
    odd = st.sampled_from((None, "", days[0].isoformat(), "2026-02-30", "soon"))
    return _one_in(8, odd, usual) if "nonsense" in features else usual


@st.composite
def properties(
    draw: DrawFn,
    moment: SearchStrategy[datetime] | None = None,
    *,
    names: Iterable[str] = PROPERTIES,
    days: Sequence[date] = (_SOMEDAY,),
    features: Collection[str] = FEATURES,
) -> dict[str, Property]:
    """Return the fields of a record: mostly set and readable, dated on one of some days or at a moment; else absent or nonsense.

    Mostly all dates of a record are the same.
    """
    dates = _dates(moments() if moment is None else moment, days, features)
    usual = draw(dates)
    found: dict[str, Property] = {}
    for name in sorted(names):
        if name == "currency":
            found[name] = draw(_CODES) if "currencies" in features else None
        elif name == "stage":
            found[name] = draw(_STAGE)
        elif name in _NUMBERS:
            found[name] = draw(_NUMBER_OR_NONSENSE if "nonsense" in features else _AMOUNTS)
        elif name == "is_won":
            found[name] = draw(_WON_OR_NONSENSE) if "nonsense" in features else True
        else:
            found[name] = draw(_one_in(8, dates, st.just(usual)))
    return found


@st.composite
def crm_events(
    draw: DrawFn,
    moment: SearchStrategy[datetime] | None = None,
    dated: SearchStrategy[datetime] | None = None,
    *,
    objects: Sequence[str] = _OBJECTS,
    names: Iterable[str] = PROPERTIES,
    days: Sequence[date] = (_SOMEDAY,),
    features: Collection[str] = FEATURES,
) -> CrmEvent:
    """Return versions of a few records: recorded at few moments, owned by few users, by nobody, or by somebody unknown."""
    when = moments() if moment is None else moment
    return CrmEvent(
        draw(st.sampled_from(objects)),
        draw(_RECORDS),
        recorded_at=draw(when),
        owner_id=draw(_OWNERS if "strangers" in features else _MOSTLY_ADA),
        pipeline_id=draw(_SOME_PIPELINE) if "pipelines" in features else None,
        properties=draw(properties(dated, names=names, days=days, features=features)),
        version=draw(_VERSIONS),
        deleted="deletions" in features and draw(_DELETIONS),
    )


@st.composite
def _histories(
    draw: DrawFn, event: SearchStrategy[CrmEvent], moment: SearchStrategy[datetime], features: Collection[str]
) -> list[CrmEvent]:
    """Return versions, some of which say something else of a record: moved, handed over, deleted, restored; or the same."""
    found = draw(st.lists(event, min_size=1, max_size=6))
    changes: list[Callable[[CrmEvent], CrmEvent]] = [
        lambda before: before,
        lambda before: evolve(before, recorded_at=draw(moment)),
        lambda before: evolve(before, recorded_at=draw(moment), owner_id=draw(_SOME_USER)),
        lambda before: evolve(before, owner_id=draw(_SOME_USER)),
        lambda before: evolve(before, recorded_at=draw(moment), properties=_redated(before, draw(moment))),
    ]
    if "deletions" in features:
        changes += [
            lambda before: evolve(before, recorded_at=draw(moment), deleted=not before.deleted),
            lambda before: evolve(before, deleted=not before.deleted),
        ]
    for index in draw(st.lists(st.integers(0, len(changes) - 1), max_size=4)):
        found.append(changes[index](draw(st.sampled_from(found))))
    return found


def _redated(event: CrmEvent, moment: datetime) -> dict[str, Property]:
    return {**event.properties, **dict.fromkeys(_DATES, moment)}


@st.composite
def rates(draw: DrawFn, base: str = "EUR", around: date = _SOMEDAY, *, missing: str = "leave_out") -> Rates:
    """Return rates from dollars, francs, yen and euros to a base, none of Zimbabwe, and from some day on only."""
    days = st.sampled_from((-400, -1, 0, 1)).map(lambda offset: around + _DAY * offset)
    codes = st.sampled_from([code for code in ("USD", "CHF", "JPY", "EUR") if code != base])
    return Rates(base, draw(st.dictionaries(st.tuples(codes, days), _RATES, max_size=4)), missing=missing)


def slices_near(goal: Goal, around: date) -> tuple[Period, ...]:
    """Return the slice of a goal that holds a day, and its neighbours; where none holds it, the first and the last."""
    parts = goal.slices.periods
    near = goal.slices.index(around)
    places = (0, len(parts) - 1) if near is None else (near, near - 1, near + 1)
    return tuple(parts[place] for place in dict.fromkeys(places) if 0 <= place < len(parts))


def edges_of(goal: Goal, around: date) -> tuple[datetime, ...]:
    """Return the instants at which something turns for a goal: bounds and freezes of `slices_near`, and the night itself."""
    found: list[datetime] = []
    for part in slices_near(goal, around):
        end = first_instant(part.end, goal.zone)
        found += [first_instant(part.start, goal.zone), end, end + goal.closing.grace]
    night = datetime(around.year, around.month, around.day, 0, 30, tzinfo=ZoneInfo(goal.zone))
    at_night = (night, night.replace(fold=1))
    return tuple(dict.fromkeys((*found, *(moment.astimezone(UTC) for moment in at_night))))


@st.composite
def worlds(
    draw: DrawFn,
    *,
    features: Collection[str] = FEATURES,
    missing: str = "leave_out",
    peopled: bool = False,
    turns: Sequence[tuple[str, date]] = TURNS,
) -> World:
    """Return worlds: an account, its people, goals, records and rates, and a moment to ask about, that fit together.

    Args:
        draw: given by Hypothesis.
        features: the complications that worlds may have, of `FEATURES`.
        missing: what becomes of records without a rate; "refuse" makes `calculate` raise in some worlds.
        peopled: whether there is a roster in every world, not in most alone.
        turns: the zones to draw from, each with the day about which everything happens.
    """
    having = draw(st.sets(st.sampled_from(sorted(features)))) if features else set[str]()
    zone, around = draw(st.sampled_from(tuple(turns)))
    account = draw(accounts(calendars((zone,)), around, having))
    has_roster = peopled or "absences" in having or "memberships" in having or draw(_FLAGS)
    former = evolve(account, currency="USD") if "currencies" in having and draw(_FLAGS) else account
    drawn = [draw(goals(former, goal_id="g1", around=around, teams=has_roster, features=having))]
    if "several_goals" in having:
        drawn.append(draw(goals(account, goal_id="g2", around=around, teams=has_roster, features=having)))
    edges = tuple(dict.fromkeys(edge for goal in drawn for edge in edges_of(goal, around)))
    before, after = ([first_instant(around + _DAY * days, zone) for days in some] for some in ((-2, -50), (60, 400)))
    parts = [part for goal in drawn for part in slices_near(goal, around)]
    days = tuple(day for part in parts for day in (part.start, part.last_day, part.start, part.last_day, part.end))
    recorded = moments((*before * 3, *edges), zone)
    objects = tuple(dict.fromkeys(goal.measure.object for goal in drawn))
    names = frozenset[str]().union(*(goal.measure.properties for goal in drawn))
    event = crm_events(recorded, moments(edges, zone), objects=objects, names=names, days=days, features=having)
    events = draw(_histories(event, recorded, having))
    known = tuple(dict.fromkeys(event.recorded_at for event in events))
    asked = moments((*after * 3, *edges, *known), zone)
    as_of = draw(asked)
    return World(
        account=account,
        roster=draw(rosters(known, (*edges, as_of), around, having)) if has_roster else None,
        goals=tuple(drawn),
        events=tuple(events),
        rates=draw(rates(account.currency, around, missing=missing)),
        as_of=as_of,
        known_at=draw(_one_in(3, asked, st.none())),
    )


@st.composite
def edge_worlds(draw: DrawFn, *, turns: Sequence[tuple[str, date]] = TURNS) -> World:
    """Return small worlds in which everything happens at the edges of one slice of ten days.

    Two people come, go, and change teams, a few deals change hands, days and amounts, and all of it is recorded at the bounds of
    the slice, at its freeze, in its midst, or a microsecond or a day off. Few of these edges are met in `worlds`.
    """
    zone, around = draw(st.sampled_from(tuple(turns)))
    first = around - _DAY * draw(_DAYS_BEFORE)
    days = Period(first, first + timedelta(days=10))
    start, end = first_instant(days.start, zone), first_instant(days.end, zone)
    midst = start + timedelta(days=5)
    inside = (start, start + _DAY, midst, midst + _MICROSECOND, end - _DAY, end - _MICROSECOND)
    after = (end, end + _MICROSECOND, end + _DAY - _MICROSECOND, end + _DAY, end + _DAY + _MICROSECOND, end + 10 * _DAY)
    edge = st.sampled_from((start - _DAY, start - _MICROSECOND, *inside, *after))
    edge_or_none = st.sampled_from((None, None, start - _DAY, start - _MICROSECOND, *inside, *after))
    day = st.sampled_from((days.start, days.start + 5 * _DAY, days.last_day, days.last_day, days.end))
    account = Account(
        id="acme", currency="EUR", calendar=FiscalCalendar(zone=zone), closing=draw(_edge_closings(days.last_day))
    )
    goal = Goal.plan(
        id="g1",
        name="g1",
        template=templates.REVENUE,
        duration=Duration.custom(days.start, days.last_day),
        account=account,
        assignments=[Assignment(row) for row in _EDGE_ROWS],
        team_credit=draw(_TEAM_CREDITS),
    ).apply_targets(100)
    events = draw(st.lists(_edge_events(edge, day), min_size=1, max_size=4))
    return World(
        account=account,
        roster=draw(_edge_rosters(edge, edge_or_none, day)),
        goals=(goal,),
        events=tuple(events),
        rates=Rates("EUR", {}),
        as_of=draw(st.sampled_from((end + 30 * _DAY, end + 30 * _DAY, *inside, *after))),
        known_at=draw(st.sampled_from((None, None, None, end + 40 * _DAY, *inside, *after))),
    )


def _edge_closings(last_day: date) -> SearchStrategy[Closing]:
    return st.builds(
        Closing,
        policy=st.sampled_from(("freeze", "freeze", "restate")),
        grace=st.sampled_from((timedelta(0), _DAY)),
        since=st.sampled_from((None, None, last_day, last_day - _DAY)),
    )


@st.composite
def _edge_events(draw: DrawFn, edge: SearchStrategy[datetime], day: SearchStrategy[date]) -> CrmEvent:
    return CrmEvent(
        "deal",
        draw(_EDGE_RECORDS),
        recorded_at=draw(edge),
        owner_id=draw(_EDGE_OWNERS),
        properties={"is_won": True, "closed_at": draw(day), "amount": draw(_EDGE_AMOUNTS)},
        version=draw(_VERSIONS),
        deleted=draw(_DELETIONS),
    )


@st.composite
def _edge_rosters(
    draw: DrawFn,
    edge: SearchStrategy[datetime],
    edge_or_none: SearchStrategy[datetime | None],
    day: SearchStrategy[date],
) -> Roster:
    users: list[User] = []
    for name, most in (("ada", 2), ("bob", 1)):
        spans = draw(_few(st.tuples(edge, edge_or_none, edge_or_none), most))
        absences = [Absence(start, end, known) for start, end, known in spans if end is None or end > start]
        users.append(User(name, absences=absences))
    memberships: list[Membership] = []
    for user, team, since, until, known, is_main in draw(
        st.lists(
            st.tuples(_EDGE_USERS, _EDGE_TEAMS, st.none() | day, st.none() | day, edge_or_none, _FLAGS), max_size=4
        )
    ):
        last = None if since is not None and until is not None and until <= since else until
        main = is_main or team is None
        membership = Membership(user, team, main=main, since=since, until=last, recorded_at=known)
        if not any(_clash(membership, other) for other in memberships):
            memberships.append(membership)
    parent = draw(st.sampled_from((None, "emea")))
    return Roster(users, [Team("emea"), Team("apac", parent=parent)], memberships)
