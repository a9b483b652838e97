"""Laws of values: nothing mutates, equal is equal in every form, an edit is checked anew, and copies are the same."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest
from attrs import evolve, fields
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from quota_engine import templates
from quota_engine._fields import FrozenMap
from quota_engine.accounts import Account, Bands, Closing, Seat, Subscription
from quota_engine.assignments import Assignment, TeamCredit
from quota_engine.clones import Clone
from quota_engine.contributors import Absence, Contributor, Membership, Roster, Team, User
from quota_engine.curves import DayWeights, EveryDay, WorkingDays
from quota_engine.durations import Duration
from quota_engine.edits import Edit
from quota_engine.errors import QuotaError
from quota_engine.events import CrmEvent
from quota_engine.fiscal import FiscalCalendar, MonthYears, Weeks, resolve
from quota_engine.goals import Goal
from quota_engine.measures import Condition, Fact, Measure, Unreadable, read
from quota_engine.milestones import Milestone
from quota_engine.notices import MilestoneReached, Notice
from quota_engine.periods import Partition, Period
from quota_engine.rates import Rates
from quota_engine.templates import Template
from quota_engine.testing.strategies import clones, edits, milestones_reached, notices
from tests.laws.given import calendars, days, durations, fiscal_years, moments_near, offsets, runs, week_rules, zones
from tests.refusals import twins

# Few of each, so that two draws are often equal; each amount and moment in several forms that should be equal.
ids = st.sampled_from(["a", "b", "c"])
numbers: SearchStrategy[Decimal | int | str] = st.sampled_from(
    [1, "1.0", Decimal("1.00"), Decimal("1E+0"), "2.50", Decimal("2.5"), 0, "0.00"]
)
positive = numbers.filter(lambda number: Decimal(number) > 0)
instants: SearchStrategy[datetime] = st.builds(
    lambda hours, zone: (datetime(2025, 10, 26, tzinfo=UTC) + timedelta(hours=hours)).astimezone(ZoneInfo(zone)),
    st.integers(0, 3),
    st.sampled_from(["UTC", "Europe/Rome", "America/St_Johns"]),
)
few_days = st.dates(date(2025, 1, 1), date(2025, 1, 4))
marks = st.sampled_from([Milestone.kickoff(), Milestone.missed(), Milestone.progress(every="weekly")]) | st.builds(
    Milestone.percent, positive
)
conditions = st.one_of(
    st.builds(
        Condition, ids, st.sampled_from(["eq", "ne"]), numbers.map(str) | numbers | st.booleans() | few_days | instants
    ),
    st.builds(
        Condition,
        ids,
        st.just("in"),
        st.sets(ids, min_size=1) | st.lists(numbers.filter(lambda n: not isinstance(n, str)), min_size=1),
    ),
    st.builds(Condition, ids, st.sampled_from(["is_set", "is_not_set"])),
)
contributors = st.builds(Contributor.user, ids) | st.builds(Contributor.team, ids) | st.just(Contributor.account())
measures = st.builds(
    Measure, name=ids, object=ids, aggregate=st.sampled_from(["sum", "average"]), dated_by=ids, value=ids,
    where=st.lists(conditions, max_size=2), unit=st.sampled_from(["money", "count"]),
)  # fmt: skip
properties = st.dictionaries(ids, st.none() | numbers | st.booleans() | few_days | instants, max_size=3)
events = st.builds(
    CrmEvent, ids, ids, recorded_at=instants, owner_id=st.none() | ids, properties=properties, deleted=st.booleans()
)
closings = st.builds(
    Closing, policy=st.sampled_from(["freeze", "restate"]), grace=st.timedeltas(timedelta(0), timedelta(3))
)
working_days = st.builds(WorkingDays, st.sampled_from([[0, 1], (1, 0), [6]]), holidays=st.sets(few_days, max_size=2))
day_weights = st.builds(
    DayWeights,
    st.dictionaries(few_days, numbers, min_size=1, max_size=2),
    onto=st.none() | few_days.map(lambda d: Period(d, date(2025, 2, 1))),
)
accounts = st.builds(
    Account, id=ids, currency=st.sampled_from(["EUR", "JPY"]), calendar=st.builds(FiscalCalendar, years=fiscal_years),
    closing=closings, bands=st.builds(Bands, ahead=numbers.filter(lambda n: Decimal(n) >= 1)),
    curve=st.just(EveryDay()) | working_days | day_weights,
)  # fmt: skip
assignments = st.builds(
    Assignment,
    contributors,
    st.none() | st.lists(st.none() | numbers, max_size=3),
    st.none() | st.sets(ids, min_size=1),
    st.none() | st.lists(marks),
)
goals = st.builds(
    lambda account, year, rows, amount, milestones: Goal.plan(
        id="g", name="n", template=templates.REVENUE, duration=Duration.half_yearly(year, aligned=True), account=account,
        assignments=[Assignment(row) for row in rows], milestones=milestones,
    ).apply_targets(amount),
    accounts, st.integers(2025, 2026), st.sets(contributors, max_size=3).map(sorted), numbers, st.lists(marks),
)  # fmt: skip
teams = st.sampled_from([(), (Team("a"), Team("b", parent="a"), Team("c", "C", "b"))])
rosters = st.builds(
    lambda held, absent: Roster(
        [User("a", "A", absences=[Absence(absent)]), User("b", seats=[Seat("sales", "starter")])],
        [Team("a"), Team("b", parent="a")],
        [Membership("a", team, main=False, recorded_at=at) for team, at in held],
    ),
    st.lists(st.tuples(st.sampled_from(["a", "b"]), st.none() | instants), max_size=3), instants,
)  # fmt: skip
VALUES: dict[type[Any], SearchStrategy[Any]] = {
    FrozenMap: st.builds(FrozenMap, properties),
    Period: runs(3), Partition: durations.map(lambda d: resolve(d, FiscalCalendar())), Duration: durations,
    MonthYears: fiscal_years, Weeks: week_rules, FiscalCalendar: calendars,
    Rates: st.builds(Rates, st.just("EUR"), st.dictionaries(st.tuples(st.sampled_from(["USD", "GBP"]), few_days), positive)),
    EveryDay: st.just(EveryDay()), WorkingDays: working_days, DayWeights: day_weights,
    Closing: closings, Seat: st.builds(Seat, st.just("sales"), st.sampled_from(["starter", "enterprise"]), paid=st.booleans()),
    Subscription: st.builds(Subscription, st.sampled_from(["sales", "service"]), st.just("starter")),
    Bands: st.builds(Bands, ahead=numbers.filter(lambda n: Decimal(n) >= 1)), Account: accounts,
    Contributor: contributors, Absence: st.builds(Absence, instants, st.none(), st.none() | instants),
    User: st.builds(User, ids, ids, absences=st.lists(st.builds(Absence, instants), max_size=2)),
    Team: st.builds(Team, ids, ids, st.none() | ids),
    Membership: st.builds(Membership, ids, ids, main=st.booleans(), since=st.none() | few_days, recorded_at=st.none() | instants),
    Roster: rosters, CrmEvent: events, Milestone: marks, Condition: conditions, Measure: measures,
    Fact: st.builds(Fact, few_days | instants, numbers.map(Decimal), st.none() | st.just("USD")),
    Unreadable: st.builds(Unreadable, ids, ids), Template: st.sampled_from(templates.ALL), Assignment: assignments,
    TeamCredit: st.builds(TeamCredit, members=st.sampled_from(["day", "current"]), extra=st.booleans()), Goal: goals,
    Clone: clones(),
    Edit: edits(), MilestoneReached: milestones_reached(), Notice: notices(),
}  # fmt: skip
over_all_values = pytest.mark.parametrize("kind", VALUES, ids=lambda kind: kind.__name__)

# For each class some fields with what they must refuse, also in an edit.
REFUSED: dict[type[Any], dict[str, object]] = {
    Period: {"start": "2025-01-01", "end": date.min},
    Partition: {"periods": ()},
    Duration: {"cadence": "daily", "aligned": 1},
    MonthYears: {"start_month": 13, "start_day": 0, "named_by": None},
    Weeks: {"first_day": 7, "min_days": 0},
    FiscalCalendar: {"years": 7, "weeks": 7, "zone": "Mars/Phobos"},
    Rates: {"base": "eur", "entries": {("EUR", date(2025, 1, 1)): 0}, "missing": "guess"},
    Closing: {"policy": "thaw", "grace": -timedelta(1), "since": "2025-01-01"},
    Seat: {"hub": "x", "tier": "x", "paid": 1},
    Subscription: {"hub": "x", "tier": "x"},
    Bands: {"ahead": -1, "on_track": 1000},
    Account: {"id": "", "currency": "eur", "calendar": None, "subscriptions": [1], "closing": 1, "bands": 1, "curve": 1},
    WorkingDays: {"weekdays": [], "holidays": [datetime(2025, 1, 1)]},
    DayWeights: {"weights": {date(2025, 1, 1): -1}, "onto": date(2025, 1, 1)},
    Contributor: {"kind": "queue", "id": " "},
    Absence: {"start": datetime(2025, 1, 1), "end": datetime.min.replace(tzinfo=UTC), "recorded_at": 1},
    User: {"id": "", "name": 5, "seats": [1], "absences": [1]},
    Team: {"id": "", "name": "\n", "parent": 5},
    Membership: {"user": "", "team": 5, "main": 1, "since": 1, "until": 1, "recorded_at": 1},
    Roster: {"users": [User("z")] * 2, "teams": [Team("z", parent="z")], "memberships": [Membership("zed", None)]},
    CrmEvent: {
        "object": "", "record_id": 5, "recorded_at": 1, "owner_id": 5, "properties": {"a": 0.5}, "version": -1, "deleted": 1,
    },
    Milestone: {"kind": "x", "mark": -1, "every": "custom"},
    Condition: {"property": "", "operator": "like", "value": 0.5},
    Measure: {
        "name": "", "object": "", "aggregate": "x", "dated_by": "", "value": "", "where": 1, "direction": "x", "unit": "",
    },
    Template: {"name": "", "category": "x", "measure": 1},
    Assignment: {"contributor": "a", "targets": [-1], "pipelines": [], "milestones": [1], "locked": [1]},
    TeamCredit: {"members": "x", "extra": 1, "descendants": 1},
    Goal: {
        "id": "", "account_id": "", "name": "", "measure": 1, "template": 1, "duration": 1, "slices": 1, "calendar": 1,
        "currency": "", "closing": 1, "assignments": [1], "milestones": [1], "pipeline": "p",
        "team_credit": 1, "version": 0, "created_by": 1,
    },
    Clone: {"goal": 1, "left_out": ["ada"]},
    MilestoneReached: {
        "account_id": "", "goal_id": 5, "goal_version": -1, "contributor": "ada", "slice": 1, "milestone": "kickoff",
        "target_version": True, "occurrence": "never", "target": -1, "attained": 0.5, "attainment": 1, "unit": "",
        "currency": "eur", "as_of": datetime(2025, 1, 1), "revision": -1, "reached_on": datetime(2025, 1, 1),
    },
    Notice: {"reached": 1, "recipients": "ada"},
}  # fmt: skip


def is_noun(value: object) -> bool:
    """Whether a value is one of the library's nouns."""
    return attrs.has(type(value))


def names(noun: Any) -> list[str]:  # noqa: ANN401 - any noun
    """Return the names of a noun's fields."""
    return [field.name for field in fields(type(noun))]


def deeply(value: object) -> list[object]:
    """Return a value and everything that it holds."""
    found: list[object] = [value]
    if is_noun(value):
        found += [part for name in names(value) for part in deeply(getattr(value, name))]
    elif isinstance(value, Mapping):
        found += [part for item in value.items() for half in item for part in deeply(half)]
    elif isinstance(value, (tuple, frozenset)):
        found += [part for item in value for part in deeply(item)]
    return found


class TestValues:
    """What holds for every noun."""

    @over_all_values
    @given(data=st.data())
    def test_ls4_deeply_frozen(self, kind: type[Any], data: st.DataObject) -> None:
        """LS4: no public call mutates; collections deeply frozen."""
        value = data.draw(VALUES[kind])
        before = repr(value), hash(value)
        for part in deeply(value):
            assert isinstance(part, Hashable)
            assert not isinstance(part, (list, dict, set, bytearray))
            for name in names(part) if is_noun(part) else ():
                with pytest.raises(AttributeError):
                    setattr(part, name, None)
        for name in dir(kind):
            if not name.startswith("_") and isinstance(getattr(kind, name), property):
                getattr(value, name)
        assert (repr(value), hash(value)) == before

    @over_all_values
    @given(data=st.data())
    def test_ls5_equality_is_an_equivalence(self, kind: type[Any], data: st.DataObject) -> None:
        """LS5: equality is an equivalence, and equal values have an equal hash (1.0 and 1.00, one moment in two zones)."""
        one, two, three = (data.draw(VALUES[kind]) for _ in range(3))
        assert one == one  # noqa: PLR0124 - that is the law
        assert (one == two) is (two == one)
        assert (one != two) is not (one == two)
        if one == two:
            assert hash(one) == hash(two)
            assert (two == three) is (one == three)
        assert one != "something else"

    @given(st.integers(0, 3), st.sampled_from(["1", "1.0", "1.000", "1e0", "0.1e1"]), zones)
    def test_ls5_forms_of_the_same(self, hours: int, text: str, zone: str) -> None:
        """LS5: an amount with more zeros and a moment in another zone are the same, also in an hour that a clock shows twice.

        Fields are the same in any order, and what is equal has equal content.
        """
        moment = datetime(2025, 10, 26, tzinfo=UTC) + timedelta(hours=hours)
        forms = [
            (Decimal(1), moment),
            (Decimal(text), moment.astimezone(ZoneInfo(zone))),
            (Decimal(text), moment.astimezone(ZoneInfo("Europe/Rome"))),
        ]
        made = [
            (
                CrmEvent("deal", "d", recorded_at=at, properties={"amount": amount, "at": at}),
                Absence(at),
                Membership("a", "b", recorded_at=at),
                Condition("at", "in", [at]),
                Assignment(Contributor.user("a"), [amount]),
                Milestone.percent(amount),
            )
            for amount, at in forms
        ]
        assert made[0] == made[1] == made[2]
        assert hash(made[0]) == hash(made[1]) == hash(made[2])
        turned = evolve(made[0][0], properties=dict(reversed([*made[0][0].properties.items()])))
        events = [turned, *(nouns[0] for nouns in made)]
        assert len(set(events)) == len({event.content() for event in events}) == 1

    @pytest.mark.parametrize("kind", REFUSED, ids=lambda kind: kind.__name__)
    @given(data=st.data())
    def test_ls7_evolve_revalidates(self, kind: type[Any], data: st.DataObject) -> None:
        """LS7: `evolve` re-validates."""
        value = data.draw(VALUES[kind])
        assert evolve(value) == value
        for name, bad in REFUSED[kind].items():
            with pytest.raises(QuotaError):
                evolve(value, **{name: bad})

    def test_ls7_covers_every_noun(self) -> None:
        """LS7: only what the library itself makes, or what has no fields, has no checks of its own."""
        assert set(VALUES) - set(REFUSED) == {FrozenMap, Fact, Unreadable, EveryDay, Edit}

    @over_all_values
    @given(data=st.data())
    def test_ls10_copies_are_equal(self, kind: type[Any], data: st.DataObject) -> None:
        """LS10: pickle/copy/deepcopy equal."""
        value = data.draw(VALUES[kind])
        for twin in twins(value):
            assert type(twin) is type(value)
            assert twin == value
            assert hash(twin) == hash(value)
            assert sorted(repr(twin)) == sorted(repr(value))  # two equal sets may be written in two orders


class TestRepresentation:
    """One moment is one moment, however it is written."""

    @given(st.data(), calendars, st.sampled_from(["weekly", "monthly", "quarterly", "half_yearly", "yearly"]), days)
    def test_lp8_representation(self, data: st.DataObject, calendar: FiscalCalendar, cadence: str, day: date) -> None:
        """LP8 Representation: equal instants in different tzinfo get the same period."""
        part = calendar.period_of(day, cadence)
        moment = data.draw(moments_near(*calendar.bounds(part)))
        zone: Any = data.draw(zones.map(ZoneInfo) | offsets)
        written = moment.astimezone(zone)
        assert calendar.day_of(written) == calendar.day_of(moment)
        assert calendar.period_of(written, cadence) == calendar.period_of(moment, cadence)
        assert calendar.year_of(written) == calendar.year_of(moment)

    @given(instants, instants)
    def test_lp8_records(self, one: datetime, other: datetime) -> None:
        """LP8: which of two versions holds, and whether a condition holds, is decided by instants and not by the clock face."""
        first, second = (at.timestamp() for at in (one, other))
        event, later = (CrmEvent("deal", "d", recorded_at=at, properties={"at": at}) for at in (one, other))
        assert (event.order() < later.order()) is (first < second)
        assert (event == later) is (first == second)
        for operator, expected in (("eq", first == second), ("lt", first < second), ("ge", first >= second)):
            assert Condition("at", operator, other).holds(event.properties["at"]) is expected
        fact = read(Measure(name="x", object="deal", aggregate="count", dated_by="at"), event)
        assert isinstance(fact, Fact)
        assert isinstance(fact.when, datetime)
        assert Fraction(fact.when.timestamp()) == Fraction(first)
