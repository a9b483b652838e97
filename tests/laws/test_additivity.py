"""Laws of additivity and scale: people, slices and conditions add up to the whole, and a larger coin changes no verdict."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias

from attrs import evolve
from hypothesis import example, given
from hypothesis import strategies as st

from quota_engine import (
    Account,
    Calculation,
    Condition,
    Contributor,
    Duration,
    FiscalCalendar,
    Measure,
    Membership,
    Roster,
    Team,
    User,
)
from quota_engine.assignments import Amount
from quota_engine.events import Property
from quota_engine.fiscal import resolve
from quota_engine.measures import Operand
from quota_engine.testing.strategies import amounts
from tests.acme import (
    ADA,
    BOB,
    EVERYONE,
    JULY,
    REVENUE,
    at,
    attained,
    calculated,
    cell,
    counting,
    deal,
    figures,
    promise,
)
from tests.laws.given import CADENCES, DAY, MICROSECOND, calendars, days, moments_near

People: TypeAlias = list[tuple[str | None, str | None]]

STAFF = ("ada", "bob", "cyd", "dan")
TEAMS = ("north", "south")
EARLY = at("2025-01-01")

some_team = st.sampled_from([*TEAMS, None])
# Which team each of the staff is in before August, and which from then on.
people = st.lists(st.tuples(some_team, some_team), min_size=len(STAFF), max_size=len(STAFF))
summer_days = st.sampled_from(["2025-07-01", "2025-07-15", "2025-07-31", "2025-08-01", "2025-08-31"])
summer_deals = st.lists(st.tuples(amounts(), summer_days, st.sampled_from([*STAFF, None, "ghost"])), max_size=8)
addable = st.sampled_from([REVENUE, counting("count")])


def number(result: Decimal | None) -> Fraction:
    """Return what is attained, which for a sum or a count is always something."""
    assert result is not None
    return Fraction(result)


def roster_of(drawn: People) -> Roster:
    """Return the staff in their teams: one main team until the end of July, and one from the first of August."""
    august = date(2025, 8, 1)
    held = [
        Membership(user, team, since=since, until=until)
        for user, (before, after) in zip(STAFF, drawn, strict=True)
        for team, since, until in ((before, None, august), (after, august, None))
    ]
    return Roster([User(user) for user in STAFF], [Team(team) for team in TEAMS], held)


class TestPeople:
    """Rows of one kind, without overlap."""

    @given(people, summer_deals, addable)
    @example([("north", "south")] * 4, [("1", "2025-07-31", "ada"), ("10", "2025-08-01", "bob")], REVENUE)
    def test_lm4_a_team_is_the_sum_of_its_members(
        self, drawn: People, deals: list[tuple[Amount, str, str | None]], measure: Measure
    ) -> None:
        """LM4 Additivity over contributors: team value = sum of members; no record counted for two members."""
        users = [Contributor.user(user) for user in STAFF]
        goal = promise(*users, *map(Contributor.team, TEAMS), EVERYONE, measure=measure)
        events = [
            deal(f"d{place}", amount, closed=day, owner=owner, recorded="2025-06-01")
            for place, (amount, day, owner) in enumerate(deals)
        ]

        result = calculated(goal, *events, roster=roster_of(drawn))

        for on in (JULY, date(2025, 8, 1)):
            rows = {user: cell(result, Contributor.user(user), on) for user in STAFF}
            for team in TEAMS:
                held = [rows[user] for user, teams in zip(STAFF, drawn, strict=True) if teams[on.month - 7] == team]
                found = cell(result, Contributor.team(team), on)
                assert found.counted == sum(row.counted for row in held)
                assert number(found.attained) == sum((number(row.attained) for row in held), Fraction(0))
            strangers = [event for event in events if event.owner_id not in STAFF]
            beside = calculated(promise(EVERYONE, measure=measure), *strangers).of("g1", EVERYONE, on=on)
            everyone = cell(result, EVERYONE, on)
            assert everyone.counted == sum(row.counted for row in rows.values()) + beside.counted
            assert number(everyone.attained) == number(beside.attained) + sum(
                (number(row.attained) for row in rows.values()), Fraction(0)
            )

    @given(summer_deals)
    def test_lm4_a_total_is_the_sum_of_its_rows(self, deals: list[tuple[Amount, str, str | None]]) -> None:
        """LM4, for the total over users: no record has two owners."""
        users = [Contributor.user(user) for user in STAFF]
        events = [
            deal(f"d{place}", amount, closed=day, owner=owner, recorded="2025-06-01")
            for place, (amount, day, owner) in enumerate(deals)
        ]
        result = calculated(promise(*users), *events)
        total = result.total("g1", on=JULY)
        rows = [cell(result, user) for user in users]
        assert number(total.attained) == sum((number(row.attained) for row in rows), Fraction(0))
        assert (total.target, total.counted) == (4000, sum(row.counted for row in rows))


class TestDays:
    """Slices of one row."""

    @given(st.data(), days, calendars, st.sampled_from(CADENCES), addable)
    def test_lm5_slices_add_up(
        self, data: st.DataObject, day: date, calendar: FiscalCalendar, cadence: str, measure: Measure
    ) -> None:
        """LM5 Additivity over sub-periods, before any freeze: sum of slices = one custom goal over the same days."""
        account = Account(id="acme", currency="EUR", calendar=calendar)
        duration = Duration(cadence, year=calendar.year_of(day), aligned=data.draw(st.booleans()))
        span = resolve(duration, calendar).span
        sliced = promise(ADA, EVERYONE, measure=measure, duration=duration, account=account)
        whole = promise(
            ADA, EVERYONE, measure=measure, duration=Duration.custom(span.start, span.last_day), account=account
        )
        parts = sliced.slices.periods
        near = data.draw(st.sampled_from(parts))
        first_freeze = calendar.bounds(parts[0])[1]
        edges = (*calendar.bounds(parts[0]), *calendar.bounds(near), *calendar.bounds(parts[-1]))
        dated = moments_near(*edges) | st.sampled_from([near.start, near.last_day, near.end, span.last_day, span.end])
        recorded = st.sampled_from([EARLY, first_freeze - MICROSECOND, first_freeze - DAY, calendar.bounds(span)[0]])
        drawn = data.draw(st.lists(st.tuples(amounts(), dated, st.sampled_from(["ada", "bob"])), max_size=5))
        events = [
            evolve(
                deal(f"d{place}", amount, closed=when, owner=owner),
                recorded_at=min(data.draw(recorded), first_freeze - MICROSECOND),
            )
            for place, (amount, when, owner) in enumerate(drawn)
        ]
        as_of = data.draw(st.sampled_from([first_freeze - MICROSECOND, calendar.bounds(span)[1] + DAY]))

        slices, one = (calculated(goal, *events, as_of=as_of, account=account) for goal in (sliced, whole))

        for row in (ADA, EVERYONE):
            cells = [slices.of("g1", row, on=part.start) for part in parts]
            expected = one.of("g1", row, on=span.start)
            assert sum((number(found.attained) for found in cells), Fraction(0)) == number(expected.attained)
            assert sum(found.counted for found in cells) == expected.counted


# Operators and what is true where they are not, of a property that is set.
OPPOSITE = {"eq": "ne", "in": "not_in", "lt": "ge", "le": "gt", "is_set": "is_not_set"}
OPERANDS: dict[str, list[Operand]] = {
    "probability": [Decimal(0), Decimal("0.5"), Decimal("0.50"), 1, Decimal("1E+27")],
    "stage": ["won", "Won", "lost", "1"],
    "renewed": [True, False],
    "signed_on": [JULY - DAY, JULY, JULY + DAY],
    "signed_at": [at("2025-07-15"), at("2025-07-15") + MICROSECOND, at("2025-07-15") - MICROSECOND],
}
ODD: list[Property] = [None, "", "soon", 7]


FILTERS = [
    Condition(name, operator, value)
    for name, values in OPERANDS.items()
    for operator in ("eq", "lt", "le")
    for value in values
    if operator == "eq" or not isinstance(value, bool)
]
FILTERS += [Condition(name, "in", values[::2]) for name, values in OPERANDS.items()]
FILTERS += [Condition(name, "is_set") for name in OPERANDS]


class TestConditions:
    """A filter and its opposite."""

    @given(st.data(), st.sampled_from(FILTERS), addable)
    def test_lm6_a_filter_and_its_opposite(self, data: st.DataObject, test: Condition, measure: Measure) -> None:
        """LM6 Additivity over disjoint filters; splitting a filter into A and not-A sums to the whole.

        What is not set passes neither, as in SQL, and what cannot be read is reported by both.
        """
        usual = OPERANDS[test.property]
        values: list[Property] = [*usual, *usual, *ODD]
        drawn = data.draw(st.lists(st.tuples(amounts(), st.sampled_from(values)), max_size=6))
        events = [deal(f"d{place}", amount, more={test.property: value}) for place, (amount, value) in enumerate(drawn)]
        opposite = evolve(test, operator=OPPOSITE[test.operator])
        unset = [] if test.operator == "is_set" else [Condition(test.property, "is_not_set")]

        whole = calculated(promise(ADA, measure=measure), *events)
        parts = [
            calculated(promise(ADA, measure=evolve(measure, where=[*measure.where, each])), *events)
            for each in (test, opposite, *unset)
        ]
        unreadable = {name for part in parts for found in part.findings for name in found.records}
        left_out = calculated(promise(ADA, measure=measure), *(e for e in events if e.record_id in unreadable))

        assert all({name for found in part.findings for name in found.records} == unreadable for part in parts[:2])
        assert sum(cell(part).counted for part in (*parts, left_out)) == cell(whole).counted
        assert sum((number(attained(part)) for part in (*parts, left_out)), Fraction(0)) == number(attained(whole))


MARKS = (1, 25, 50, 90, 100, 101, 1000)
coins = st.sampled_from([Decimal(text) for text in ("0.01", "0.0001", "0.125", "2", "3", "7", "100", "1e12", "1e-9")])
prices = st.integers(-3000, 3000).map(lambda cents: Decimal(cents).scaleb(-2))


def verdicts(result: Calculation, target: Fraction) -> list[tuple[object, ...]]:
    """Return all that is said of rows but the amounts: shares, verdicts, pace, and which marks are passed."""
    return [
        (
            row.attainment,
            row.percent(2),
            row.status,
            row.counted,
            row.pace and row.pace.status,
            [mark for mark in MARKS if row.attained is not None and Fraction(row.attained) * 100 >= target * mark],
        )
        for row in figures(result)
    ]


class TestScale:
    """The coin in which amounts are counted."""

    @given(
        st.lists(st.tuples(prices, st.sampled_from(["ada", "bob"])), max_size=5),
        st.sampled_from([Decimal(cents).scaleb(-2) for cents in (0, 1, 100, 333, 5000)]) | prices.map(abs),
        coins,
        st.sampled_from(["sum", "average", "minimum", "maximum"]),
        st.sampled_from(["higher", "lower"]),
    )
    @example([(Decimal("9.99"), "ada")], Decimal(10), Decimal("1e-9"), "sum", "higher")
    @example([(Decimal("10.00"), "ada")], Decimal(10), Decimal("1e12"), "sum", "higher")
    def test_lm7_scale(
        self, deals: list[tuple[Decimal, str]], target: Decimal, coin: Decimal, aggregate: str, direction: str
    ) -> None:
        """LM7 Scale: all amounts and the target x k > 0 leave percent and milestones unchanged."""
        measure = evolve(counting(aggregate), direction=direction)

        def result(factor: Decimal) -> Calculation:
            goal = promise(ADA, BOB, EVERYONE, measure=measure, target=str(target * factor))
            return calculated(
                goal,
                *(deal(f"d{place}", amount * factor, owner=owner) for place, (amount, owner) in enumerate(deals)),
                as_of="2025-08-20",
            )

        assert verdicts(result(coin), Fraction(target * coin)) == verdicts(result(Decimal(1)), Fraction(target))
