"""Strategies for single values: amounts, calendars, accounts, people, rates."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from itertools import product
from typing import Final
from zoneinfo import ZoneInfo

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from quota_engine.accounts import Account, Bands, Closing, Stage
from quota_engine.assignments import Amount, TeamCredit
from quota_engine.contributors import Absence, Membership, Roster, Team, User
from quota_engine.curves import Curve, DayWeights, EveryDay, WorkingDays
from quota_engine.durations import Cadence, Duration
from quota_engine.fiscal import FiscalCalendar, MonthYears, Timeline, Weeks, YearRule, first_instant, presets
from quota_engine.periods import Period
from quota_engine.rates import Rates
from quota_engine.testing.strategies.drawing import Drawer, below, pick

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
    "curves",
    "deletions",
    "memberships",
    "nonsense",
    "pipelines",
    "restatement",
    "scratch",
    "several_goals",
    "splits",
    "strangers",
    "years",
)
"""What makes a world less simple.

absences: users who are away; currencies: records and goals in others than the account's; curves: pace along working days, or
along weights; deletions: of records; memberships: teams that change, extra ones, and every rule of team credit; nonsense:
properties that are not set or cannot be read; pipelines: of records and rows, and what they forecast; restatement: slices that
late corrections restate, and odd graces; scratch: goals from scratch; several_goals: two; splits: records of which several
users get a share; strangers: records without an owner, and users whom the roster does not know; years: durations of a year in
many slices.
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


_SPECIAL_AMOUNTS: Final[tuple[Amount, ...]] = (
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
_SMALL_AMOUNTS: Final = st.integers(0, 200)
_LARGE_CENTS: Final = st.integers(-(10**31), 10**31)
_FINE_PARTS: Final = st.integers(-(10**21), 10**21)
_SPECIAL_TARGETS: Final[tuple[Amount | None, ...]] = (100, None, 0, 1, "0.01", "99.99", 10**27)


def an_amount(draw: DrawFn) -> Amount:
    """Draw one of `amounts`: each of four kinds equally often."""
    kind, special = divmod(draw(below(4 * len(_SPECIAL_AMOUNTS))), len(_SPECIAL_AMOUNTS))
    match kind:
        case 0:
            return draw(_SMALL_AMOUNTS)
        case 1:
            return _SPECIAL_AMOUNTS[special]
        case 2:
            return Decimal(f"{draw(_LARGE_CENTS)}E-2")  # as text: a division would round
        case _:
            return Decimal(f"{draw(_FINE_PARTS)}E-18")


@st.composite
def amounts(draw: DrawFn) -> Amount:
    """Return amounts as people give them: small ones first, cents beside 10 to the 27th, refunds, the finest there are."""
    return an_amount(draw)


@st.composite
def targets(draw: DrawFn) -> Amount | None:
    """Return targets: none at all, zero, so small that marks are crossed, and larger than anything."""
    return a_target(draw)


def a_target(draw: DrawFn) -> Amount | None:
    """Draw one of `targets`: a number up to zero, as half of them are, stands for a special one, any other for one less."""
    number = draw(_TARGET_NUMBERS)
    return number - 1 if number > 0 else _SPECIAL_TARGETS[-number % len(_SPECIAL_TARGETS)]


FLAGS: Final = st.booleans()
_TARGET_NUMBERS: Final = st.integers(-501, 501)
_LENGTHS: Final = st.integers(1, 40)
_CADENCES: Final = st.sampled_from(
    (
        *(Cadence.CUSTOM, Cadence.CUSTOM, Cadence.QUARTERLY, Cadence.MONTHLY, Cadence.HALF_YEARLY, Cadence.YEARLY) * 3,
        Cadence.WEEKLY,
    )
)
_YEARS_LATER: Final = st.sampled_from((0, 0, 0, 0, 1))
_SPANS: Final = st.sampled_from(tuple(product((0, 0, 0, 1, -1, 2, -2), (True, False))))
_STARTS: Final = ((1, 1), (7, 1), (4, 6), (1, 31), (2, 28), (12, 31))
_WEEKS: Final = tuple(Weeks(first_day=first, min_days=least) for first, least in product((0, 6, 5), (4, 1, 7)))
_YEARS: Final[tuple[YearRule, ...]] = (
    *(
        MonthYears(start_month=month, start_day=day, named_by=named_by)
        for (month, day), named_by in product(_STARTS, ("end", "start"))
    ),
    presets.NRF,
    presets.COSTCO,
    presets.APPLE,
    Timeline(MonthYears()).then(MonthYears(start_month=7), on="2025-01-01"),
)
_CALENDARS: Final = st.sampled_from(tuple(product(_YEARS, _WEEKS)))
_GRACES: Final = (timedelta(0), A_DAY, timedelta(hours=36), A_MICROSECOND)
_CLOSINGS: Final = st.sampled_from(
    tuple(product(("freeze", "restate"), _GRACES, (None, None, timedelta(0), -A_DAY, timedelta(days=40))))
)
_UNRESTATED: Final = st.sampled_from(tuple(Closing(grace=grace) for grace in _GRACES))
_SOME_RATES: Final[tuple[Amount, ...]] = ("0.92", 2, 3, "0.000000000000000001", 10**12)
_RATES: Final = st.sampled_from(_SOME_RATES)
_CURRENCIES: Final = st.sampled_from(("EUR", "EUR", "JPY"))
_BANDS: Final = st.sampled_from((Bands(), Bands(), Bands(ahead="1.1", on_track="0.5"), Bands(ahead=1, on_track=0)))
_PERIODS: Final[tuple[dict[str, str], ...]] = (
    {},
    {"direct": "quarterly"},
    {"direct": "quarterly", "renewals": "quarterly"},
)
SOME_STAGES: Final[tuple[dict[Stage, str], ...]] = (
    {},
    {"paid": "commit", "lost": "omitted"},
    {"won": "closed", "paid": "best_case", ("direct", "paid"): "commit"},
)
_FORECASTS: Final = st.sampled_from(tuple(product(_PERIODS, SOME_STAGES)))
"""By what periods pipelines are forecast, and what the stages of deals forecast."""
TEAM_CREDITS: Final = st.sampled_from(
    tuple(
        TeamCredit(members=members, extra=extra, descendants=descendants)
        for members, extra, descendants in product(("day", "current"), (False, True), (False, True))
    )
)
MOSTLY_ADA: Final = st.sampled_from((*[USERS[0]] * 3, *USERS[1:]))
_WEEKDAYS: Final = st.sampled_from(((0, 1, 2, 3, 4), (0, 1, 2, 3, 6), (5,), tuple(range(7))))
_HOLIDAYS: Final = st.sampled_from(((), (0,), (-1, 0, 1), (2, 30, -30), tuple(range(-50, 50))))
_SOME_WEIGHTS: Final[tuple[Amount, ...]] = (1, 0, 3, "0.01", Decimal("1E+27"), 10)
_RUNS: Final = st.lists(
    st.tuples(st.sampled_from((0, 0, 1, 9)), st.sampled_from((1, 7, 1, 30)), st.sampled_from(_SOME_WEIGHTS)),
    min_size=1,
    max_size=5,
)
_PARENTS: Final = st.sampled_from((None, "emea"))


def _span(draw: DrawFn, around: date, lengths: SearchStrategy[int] = _LENGTHS) -> Period:
    days = A_DAY * draw(lengths)
    offset, is_ahead = draw(_SPANS)
    first = around + A_DAY * offset
    return Period(first, first + days) if is_ahead else Period(first - days, first)


@st.composite
def periods(draw: DrawFn, around: date = SOMEDAY, *, most_days: int = 40) -> Period:
    """Return a period that begins, ends or lies near a day."""
    return _span(draw, around, st.integers(1, most_days))


def a_calendar(draw: DrawFn, zone: str) -> FiscalCalendar:
    """Draw one of `calendars` in a zone."""
    years, weeks = draw(_CALENDARS)
    return FiscalCalendar(years=years, weeks=weeks, zone=zone)


@st.composite
def calendars(draw: DrawFn, zones: Sequence[str] = ZONES) -> FiscalCalendar:
    """Return a calendar in one of the zones, with weeks of any kind, and fiscal years from any day, of weeks, or that change.

    Each has the years about today; `year_rules` draws every rule that there can be, tables of some years included.
    """
    return a_calendar(draw, pick(draw, zones))


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
    return a_duration(draw, around, calendar, features)


def a_duration(draw: DrawFn, around: date, calendar: FiscalCalendar | None, features: Collection[str]) -> Duration:
    """Draw one of `durations`."""
    cadence = draw(_CADENCES) if "years" in features else Cadence.CUSTOM
    if cadence is Cadence.CUSTOM:
        period = _span(draw, around)
        return Duration.custom(period.start, period.last_day)
    is_aligned = draw(FLAGS)
    year = around.year if calendar is None or not is_aligned else calendar.year_of(around)
    return Duration(cadence, year=year + draw(_YEARS_LATER), aligned=is_aligned)


@st.composite
def closings(draw: DrawFn, around: date = SOMEDAY, features: Collection[str] = FEATURES) -> Closing:
    """Return both close policies, with and without grace, also for hosts that adopted the library about a day."""
    return _closing(draw, around, features)


def _closing(draw: DrawFn, around: date, features: Collection[str]) -> Closing:
    if "restatement" not in features:
        return draw(_UNRESTATED)
    policy, grace, later = draw(_CLOSINGS)
    return Closing(policy=policy, grace=grace, since=None if later is None else around + later)


@st.composite
def curves(draw: DrawFn, around: date = SOMEDAY) -> Curve:
    """Return every kind of curve: straight, along working days, along weights about a day; some are flat there."""
    return EveryDay() if draw(FLAGS) else _curve(draw, around)


@st.composite
def working_days(draw: DrawFn, around: date = SOMEDAY) -> WorkingDays:
    """Return working days: one to seven a week, with holidays about a day, sometimes nothing but holidays."""
    return _working_days(draw, around)


@st.composite
def day_weights(draw: DrawFn, around: date = SOMEDAY) -> DayWeights:
    """Return weights of days and of runs of days about a day, with gaps or zeros, also laid onto more or fewer days."""
    return _day_weights(draw, around)


def _curve(draw: DrawFn, around: date) -> Curve:
    return _working_days(draw, around) if draw(FLAGS) else _day_weights(draw, around)


def _working_days(draw: DrawFn, around: date) -> WorkingDays:
    return WorkingDays(draw(_WEEKDAYS), holidays=[around + A_DAY * offset for offset in draw(_HOLIDAYS)])


def _day_weights(draw: DrawFn, around: date) -> DayWeights:
    start = around - A_DAY * draw(_LENGTHS)
    weights: dict[Period, Amount] = {}
    for gap, length, weight in draw(_RUNS):
        first = start + A_DAY * gap
        start = first + A_DAY * length
        weights[Period(first, start)] = weight
    return DayWeights(weights, onto=_span(draw, around) if draw(FLAGS) else None)


@st.composite
def accounts(
    draw: DrawFn,
    calendar: SearchStrategy[FiscalCalendar] | None = None,
    around: date = SOMEDAY,
    features: Collection[str] = FEATURES,
) -> Account:
    """Return accounts in euro, or in yen, with every kind of calendar, closing rule, curve, pace bands and forecast settings."""
    found = a_calendar(draw, pick(draw, ZONES)) if calendar is None else draw(calendar)
    return an_account(draw, found, around, features)


def an_account(draw: DrawFn, calendar: FiscalCalendar, around: date, features: Collection[str]) -> Account:
    """Draw one of `accounts` with a calendar."""
    periods, stages = draw(_FORECASTS) if "pipelines" in features else (_PERIODS[0], SOME_STAGES[0])
    return Account(
        id="acme",
        currency=draw(_CURRENCIES) if "currencies" in features else "EUR",
        calendar=calendar,
        closing=_closing(draw, around, features),
        bands=draw(_BANDS),
        curve=_curve(draw, around) if "curves" in features else EveryDay(),
        forecast_periods=periods,
        forecast_stages=stages,
    )


@st.composite
def moments(
    draw: DrawFn, edges: Iterable[datetime] = (), zone: str = "UTC", *, offsets: Sequence[timedelta] = _OFFSETS
) -> datetime:
    """Return moments at some edges, a microsecond, some hours and a day before and after; in UTC, in the zone, or in another."""
    return moments_at(edges, zone, offsets=offsets)(draw)


def moments_at(
    edges: Iterable[datetime] = (), zone: str = "UTC", *, offsets: Sequence[timedelta] = _OFFSETS
) -> Drawer[datetime]:
    """Return a function that draws what `moments` draws, for more than one of them at the same edges."""
    pool = tuple(edge.astimezone(UTC) for edge in edges) or (first_instant(SOMEDAY, zone),)
    zones = (UTC, UTC, ZoneInfo(zone), timezone(timedelta(hours=5, minutes=30)))
    numbers = below(len(pool) * len(offsets) * len(zones))

    def moment(draw: DrawFn) -> datetime:
        place, edge = divmod(draw(numbers), len(pool))
        shown_in, offset = divmod(place, len(offsets))
        return (pool[edge] + offsets[offset]).astimezone(zones[shown_in])

    return moment


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
    known = moments_at((*edges, *starts), offsets=_NEAR)
    users = [User(user) for user in USERS]
    if "absences" in features:
        absences = _absences(moments_at(starts, offsets=_NEAR), known)
        users[0] = User(USERS[0], absences=draw(st.lists(absences, min_size=1, max_size=3)))
        users[1] = User(USERS[1], absences=[draw(absences)] if draw(FLAGS) else [])
    memberships = [Membership(user, team) for user, team in zip(USERS, TEAMS, strict=True)]
    if "memberships" in features:
        memberships = memberships[: draw(below(len(USERS) + 1))]
        for membership in draw(st.lists(_memberships(known, around), max_size=6)):
            if not any(clash(membership, other) for other in memberships):
                memberships.append(membership)
    return Roster(users, [Team("emea"), Team("italy", parent=draw(_PARENTS)), Team("apac")], memberships)


_ABSENCES: Final = st.sampled_from(tuple(product((False, True), (False, False, False, True))))
"""Whether an absence ends, and whether it says when it was recorded."""


@st.composite
def _absences(draw: DrawFn, starts: Drawer[datetime], known: Drawer[datetime]) -> Absence:
    has_end, is_recorded = draw(_ABSENCES)
    start = starts(draw)
    end = known(draw).astimezone(UTC) if has_end else None
    return Absence(
        start,
        None if end is None or end <= start.astimezone(UTC) else end,
        recorded_at=known(draw) if is_recorded else None,
    )


_MEMBERSHIPS: Final = st.sampled_from(
    tuple(product((None, None, -3, -1, 0, 1, 3), (None, None, 1, 3, 40), (True, True, False), (False, True)))
)
"""When a membership begins, how many days it lasts, whether it is the main one, and whether it says when it was recorded."""


@st.composite
def _memberships(draw: DrawFn, known: Drawer[datetime], around: date) -> Membership:
    offset, lasting, main, is_recorded = draw(_MEMBERSHIPS)
    since = None if offset is None else around + A_DAY * offset
    return Membership(
        draw(MOSTLY_ADA),
        pick(draw, (*TEAMS, None) if main else TEAMS),
        main=main,
        since=since,
        until=None if lasting is None else (since or around) + A_DAY * lasting,
        recorded_at=known(draw) if is_recorded else None,
    )


def clash(one: Membership, other: Membership) -> bool:
    """Whether two would be refused side by side in a roster, with their recording times compared as instants."""
    if one.user != other.user:
        return False
    alike = [None if held.recorded_at is None else held.recorded_at.astimezone(UTC) for held in (one, other)]
    return evolve(one, recorded_at=alike[0]).clashes(evolve(other, recorded_at=alike[1]))


@cache
def _some_of(count: int) -> SearchStrategy[list[int]]:
    return st.lists(below(count), max_size=4, unique=True)


@st.composite
def rates(draw: DrawFn, base: str = "EUR", days: Sequence[date] = (SOMEDAY,), *, missing: str = "leave_out") -> Rates:
    """Return rates from dollars, francs, yen and euros to a base, none of Zimbabwe: from long ago, or from some days on only."""
    codes = [code for code in ("USD", "CHF", "JPY", "EUR") if code != base]
    keys = [(code, since) for since in (days[0] - 400 * A_DAY, *days) for code in codes]
    return Rates(base, {keys[place]: draw(_RATES) for place in draw(_some_of(len(keys)))}, missing=missing)
