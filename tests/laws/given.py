"""Directed values for the laws: odd zones, odd years, amounts of mixed size, and every noun in forms that should be equal."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from attrs import evolve
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from quota_engine import CrmEvent, Rates
from quota_engine.adapters.columns import Column, Columns, Days, Minor, Moments
from quota_engine.durations import Cadence, Duration
from quota_engine.events import Property
from quota_engine.fiscal import FiscalCalendar, MonthYears, TableYears, Timeline, Weeks, YearRule, first_instant
from quota_engine.periods import Period
from quota_engine.testing.strategies import (
    World,
    day_weights,
    edges_of,
    month_years,
    slices_near,
    table_years,
    timelines,
    week_years,
    working_days,
    worlds,
    year_rules,
)
from quota_engine.testing.strategies.drawing import below, is_one_in, pick
from quota_engine.testing.strategies.records import events_at
from quota_engine.testing.strategies.values import FEATURES, FLAGS, moments_at
from tests.acme import ADA, EVERYONE, acme, at, deal, promise
from tests.apart import Parts
from tests.years_by_hand import Written, parts_of_calendar_year, written, year_named

T = TypeVar("T")

# Zones whose midnights or days go missing or repeat, beside plain ones and the outermost.
ZONES: Final = (
    "America/Sao_Paulo", "Asia/Amman", "Africa/Cairo", "Asia/Beirut", "America/Asuncion", "America/Havana", "America/Santiago",
    "Pacific/Apia", "America/St_Johns", "Australia/Lord_Howe", "UTC", "Europe/Rome", "America/New_York", "Asia/Kolkata",
    "Pacific/Kiritimati", "Etc/GMT+12",
)  # fmt: skip
CADENCES: Final = tuple(c for c in Cadence if c is not Cadence.CUSTOM)
MONTHS: Final = {Cadence.MONTHLY: 1, Cadence.QUARTERLY: 3, Cadence.HALF_YEARLY: 6, Cadence.YEARLY: 12}
MICROSECOND: Final = timedelta(microseconds=1)
DAY: Final = timedelta(days=1)

# Every month and day on which a fiscal year can start: those that exist in a year that is no leap year.
STARTS: Final = tuple((month, day) for month in range(1, 13) for day in range(1, monthrange(2001, month)[1] + 1))
LATE_STARTS: Final = tuple(start for start in STARTS if start[1] >= 28)

zones: SearchStrategy[str] = st.sampled_from(ZONES)
cadences: SearchStrategy[Cadence] = st.sampled_from(CADENCES)
# Cadences, each of the fiscal year (aligned) and of the calendar or week year.
grains: SearchStrategy[tuple[Cadence, bool]] = st.tuples(cadences, st.booleans())
fiscal_years: SearchStrategy[MonthYears] = st.builds(
    lambda start, named_by: MonthYears(start_month=start[0], start_day=start[1], named_by=named_by),
    st.sampled_from(STARTS) | st.sampled_from(LATE_STARTS),
    st.sampled_from(["start", "end"]),
)
week_rules: SearchStrategy[Weeks] = st.builds(Weeks, first_day=st.integers(0, 6), min_days=st.integers(1, 7))
calendars: SearchStrategy[FiscalCalendar] = st.builds(FiscalCalendar, years=fiscal_years, weeks=week_rules, zone=zones)
# Years in which the zones above change their clocks, and any other.
years: SearchStrategy[int] = st.integers(1990, 2035) | st.integers(1902, 2198)
days: SearchStrategy[date] = st.dates(date(1990, 1, 1), date(2035, 12, 31)) | st.sampled_from(
    [
        date(2018, 11, 4), date(2011, 12, 30), date(2011, 12, 31), date(2024, 2, 29), date(2025, 11, 2), date(2000, 10, 29),
        date(2021, 3, 26), date(2014, 5, 16), date(2015, 10, 25), date(2008, 3, 9), date(2025, 1, 31), date(2026, 12, 31),
    ]
)  # fmt: skip
durations: SearchStrategy[Duration] = st.builds(
    lambda cadence, year, aligned: Duration(cadence, year=year, aligned=aligned), cadences, years, st.booleans()
) | st.builds(lambda first, length: Duration.custom(first, first + timedelta(days=length)), days, st.integers(0, 800))


@st.composite
def timelines_of_tables(draw: st.DrawFn) -> Timeline:
    """Return companies whose years stand in a table until, or from, a change, with or without a transition."""
    table, other = draw(table_years()), draw(month_years() | week_years())
    if draw(st.booleans()):
        on, before = table.end, max(table.starts)
        resumed = draw(st.integers(before + 2, before + 3))
        resumes = other.year(resumed).start
        assume(on < resumes <= on + timedelta(days=750))
        return Timeline(table).then(other, on=on, resumes=resumes)
    resumes = table.span.start
    on = other.year(other.year_of(resumes - draw(st.integers(1, 300)) * DAY)).start
    assume(other.year_of(on - DAY) < min(table.starts) - 1)
    return Timeline(other).then(table, on=on)


# Years of every kind: those of months from every day there is, too.
every_rule: SearchStrategy[YearRule] = st.one_of(
    year_rules(), fiscal_years, week_years(), table_years(), timelines(), timelines_of_tables()
)


@st.composite
def stretches(draw: st.DrawFn) -> tuple[FiscalCalendar, tuple[Written, ...]]:
    """Return a calendar of any kind, and some years of its own in a row: of a timeline, those about its changes."""
    calendar = draw(st.builds(FiscalCalendar, years=every_rule, weeks=week_rules, zone=zones))
    return calendar, draw(rows(calendar.years))


@st.composite
def rows(draw: st.DrawFn, rule: YearRule) -> tuple[Written, ...]:
    """Return some years of a rule in a row."""
    if isinstance(rule, TableYears):
        first, last = min(rule.starts), max(rule.starts)
    elif isinstance(rule, Timeline) and rule.changes:
        first, last = rule.changes[0].on.year, rule.changes[-1].on.year + 1
    else:
        first = last = draw(years)
    return tuple(year for year in written(rule, first - 1, last + 1) if 1900 <= year.number <= 2200)


@st.composite
def named_years(draw: st.DrawFn) -> tuple[FiscalCalendar, int | str]:
    """Return a calendar of any kind, and the name of a year of its own."""
    calendar, row = draw(stretches())
    return calendar, draw(st.sampled_from(row)).name


def periods_in(year: Written, calendar: FiscalCalendar, cadence: Cadence) -> list[Period]:
    """Return the periods of a year that was written out by hand."""
    return [Period(start, end) for start, end in year.parts(cadence, calendar.weeks.first_day)]


def periods_named(calendar: FiscalCalendar, name: int | str, cadence: Cadence, *, aligned: bool = True) -> list[Period]:
    """Return the periods of the fiscal year of a name, or of the calendar or week year, written out by hand."""
    if not aligned:
        assert isinstance(name, int)
        return [Period(start, end) for start, end in parts_of_calendar_year(name, cadence, calendar.weeks)]
    year = year_named(calendar.years, name)
    assert year is not None
    return periods_in(year, calendar, cadence)


def periods_over(
    calendar: FiscalCalendar, row: Sequence[Written], cadence: Cadence, *, aligned: bool = True
) -> list[Period]:
    """Return the periods of years in a row, written out by hand; not aligned, of the calendar or week years of their names."""
    names = [year.name for year in row] if aligned else range(row[0].number, row[-1].number + 1)
    return [part for name in names for part in periods_named(calendar, name, cadence, aligned=aligned)]


@st.composite
def runs_of(draw: st.DrawFn, longest: int = 900) -> tuple[FiscalCalendar, Period]:
    """Return a calendar of any kind, and a run of days that it has."""
    calendar, row = draw(stretches())
    return calendar, draw(within(Period(row[0].start, row[-1].end), longest))


@st.composite
def within(draw: st.DrawFn, span: Period, longest: int) -> Period:
    """Return a run of days within a span; often from where it starts, or to where it ends."""
    length = draw(st.integers(1, min(longest, span.days)))
    room = span.days - length
    skipped = draw(st.integers(0, room) | st.sampled_from([0, room]))
    start = span.start + skipped * DAY
    return Period(start, start + length * DAY)


@st.composite
def plans(draw: st.DrawFn) -> tuple[Duration, FiscalCalendar]:
    """Return how long a goal runs, and a calendar of any kind that has its year."""
    duration = draw(durations)
    calendar, year = draw(named_years())
    if not duration.aligned:
        return duration, calendar
    assume(isinstance(year, int))  # a transition without a number is no duration's year
    return evolve(duration, year=int(year)), calendar


@st.composite
def runs(draw: st.DrawFn, longest: int = 900) -> Period:
    """Return a run of days."""
    first = draw(days)
    return Period(first, first + timedelta(days=draw(st.integers(1, longest))))


@st.composite
def moments_near(draw: st.DrawFn, *edges: datetime) -> datetime:
    """Return a moment at an edge, a microsecond or some hours beside it, or anywhere in the decades that calendars differ in."""
    anywhere = st.datetimes(datetime(1990, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))
    if not edges:
        return draw(anywhere)
    edge = draw(st.sampled_from(edges))
    beside = st.sampled_from([timedelta(0), MICROSECOND, -MICROSECOND]) | st.timedeltas(
        timedelta(hours=-30), timedelta(hours=30)
    )
    return draw(st.just(edge + draw(beside)) | anywhere)


def several(values: SearchStrategy[T], count: int) -> list[T]:
    """Return so many drawn values at once, for a law that starts a process, or threads, once for all of them."""
    drawn: list[T] = []

    @settings(max_examples=count, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(values)
    def draw(value: T) -> None:
        drawn.append(value)

    draw()
    return drawn


def first_crossing(day: date, zone: str) -> datetime:
    """Return the first minute, in UTC, at which a zone's clock shows a day's midnight or later: found minute by minute."""
    clock, midnight = ZoneInfo(zone), datetime(day.year, day.month, day.day)
    start = midnight.replace(tzinfo=UTC) - timedelta(hours=16)
    return next(
        moment
        for moment in (start + timedelta(minutes=n) for n in range(60 * 48))
        if moment.astimezone(clock).replace(tzinfo=None) >= midnight
    )


def days_of(period: Period) -> list[date]:
    """Return the days of a period, one by one."""
    return [date.fromordinal(n) for n in range(period.start.toordinal(), period.end.toordinal())]


def scaled(count: int, places: int) -> Decimal:
    """Return a count of units of 10 to the power of -places, written out as text and so exact."""
    digits = str(abs(count)).rjust(places + 1, "0")
    return Decimal(
        f"{'-' if count < 0 else ''}{digits[: len(digits) - places]}.{digits[len(digits) - places :] or '0'}"
    )


# Every admissible amount, and those whose sizes are far apart.
amounts: SearchStrategy[Decimal] = st.one_of(
    st.builds(scaled, st.integers(-(10**48) + 1, 10**48 - 1), st.just(18)),
    st.builds(scaled, st.integers(-(10**8), 10**8), st.integers(0, 4)),
    st.sampled_from(
        [Decimal(text) for text in ("1e27", "0.5", "-0.5", "0.01", "-1e29", "1e-18", "0", "-0", "0E-18", "1.50")]
    ),
)
positive_amounts: SearchStrategy[Decimal] = amounts.map(Decimal.copy_abs)
offsets: SearchStrategy[timezone] = st.builds(
    lambda minutes: timezone(timedelta(minutes=minutes)), st.integers(-720, 840)
)


_WORLDS: Final = worlds()


@st.composite
def paced_worlds(draw: st.DrawFn) -> World:
    """Return worlds of which one in three is asked on a day of some slice, with days about it that weigh more than others."""
    world = draw(_WORLDS)
    if not is_one_in(draw, 3):
        return world
    goal = pick(draw, world.goals)
    part = pick(draw, goal.slices.periods)
    day = part.start + DAY * draw(below(part.days))
    account = evolve(world.account, curve=draw(working_days(day) | day_weights(day)))
    return evolve(world, account=account, as_of=first_instant(day, goal.zone))


@st.composite
def single_worlds(draw: st.DrawFn) -> World:
    """Return worlds whose records have one version each, with more of them that are odd in every way there is."""
    world = draw(_WORLDS)
    around = pick(draw, [part.start for goal in world.goals for part in goal.slices])
    parts = [part for goal in world.goals for part in slices_near(goal, around)]
    edges = [edge for goal in world.goals for edge in edges_of(goal, around)]
    more = events_at(
        moments_at(edges, world.goals[0].zone),
        moments_at(),
        objects=[goal.measure.object for goal in world.goals],
        names=frozenset[str]().union(*(goal.measure.properties for goal in world.goals)),
        days=[day for part in parts for day in (part.start, part.last_day, part.end)],
        features=FEATURES,
    )
    return evolve(world, events=singled([*world.events, *draw(st.lists(more, max_size=6))]))


def singled(events: Iterable[CrmEvent]) -> tuple[CrmEvent, ...]:
    """Return what versions say as records of one version, as columns have them: each becomes a record of its own."""
    kept = [event for event in events if not event.deleted]
    return tuple(evolve(event, record_id=f"c{place}", version=0) for place, event in enumerate(kept))


def by_object(events: Iterable[CrmEvent]) -> list[list[CrmEvent]]:
    """Return records by their objects."""
    found: dict[str, list[CrmEvent]] = {}
    for event in events:
        found.setdefault(event.object, []).append(event)
    return list(found.values())


@st.composite
def columns_of(draw: st.DrawFn, events: Sequence[CrmEvent], *, dated: bool = True) -> Columns:
    """Return records of one object as columns, each of a kind that can hold what is in it; undated: without recording times."""
    names = sorted({name for event in events for name in event.properties})
    owners, pipelines = ([getattr(event, name) for event in events] for name in ("owner_id", "pipeline_id"))
    recorded = [event.recorded_at for event in events]
    return Columns(
        events[0].object,
        [event.record_id for event in events],
        owner_id=None if set(owners) == {None} and draw(FLAGS) else owners,
        pipeline_id=None if set(pipelines) == {None} and draw(FLAGS) else pipelines,
        recorded_at=(Moments(tuple(map(microseconds, recorded))) if draw(FLAGS) else recorded) if dated else None,
        properties={name: pick(draw, kinds_of([e.properties.get(name) for e in events])) for name in names},
    )


def microseconds(moment: datetime) -> int:
    """Return the microseconds from 1970 to a moment."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def kinds_of(values: list[Property]) -> list[Column]:
    """Return all columns that can hold some values."""
    kinds = {type(value) for value in values if value is not None}
    found: list[Column] = [values, tuple(values)]
    if kinds <= {date}:
        found.append(Days([value.toordinal() if isinstance(value, date) else None for value in values]))
    if kinds <= {datetime}:
        found.append(Moments([microseconds(value) if isinstance(value, datetime) else None for value in values]))
    if kinds <= {int, Decimal}:
        exact = [Fraction(value) if isinstance(value, (int, Decimal)) else None for value in values]
        for places in (2, 18):
            units = [None if number is None else number * 10**places for number in exact]
            if all(number is None or number.denominator == 1 for number in units):
                found.append(Minor([None if number is None else int(number) for number in units], places))
    return found


def parts_of(world: World) -> Parts:
    """Return a world without its class."""
    return (
        world.goals,
        world.events,
        world.account,
        world.as_of,
        world.known_at,
        world.roster,
        world.rates,
        world.splits,
    )


def crowded() -> list[Parts]:
    """Return two worlds in which much is to be put in order: six records without a rate, and two that are late for four goals."""
    goals = tuple(promise(ADA, EVERYONE, goal_id=f"g{number}") for number in range(4))
    foreign = tuple(deal(f"d{number}", more={"currency": "USD"}) for number in range(6))
    late = tuple(deal(f"d{number}", closed="2025-06-30", recorded="2025-07-02") for number in range(2))
    return [(goals, events, acme(), at("2025-07-20"), None, None, Rates("EUR", {}), None) for events in (foreign, late)]
