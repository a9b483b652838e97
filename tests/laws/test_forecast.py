"""Forecasts: which goals show and why not, categories that part the deals, and what follows from the gap."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from operator import attrgetter
from typing import Final, TypeAlias

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from quota_engine import (
    Absence,
    Account,
    Assignment,
    Batch,
    Contributor,
    CrmEvent,
    Duration,
    Forecast,
    ForecastCategory,
    Goal,
    Period,
    Rates,
    Roster,
    User,
    forecast_of,
    templates,
    why_not_in_forecast,
)
from quota_engine.events import Property
from quota_engine.testing.strategies import PIPELINES, USERS, World, accounts, forecast_worlds
from quota_engine.testing.strategies.values import FLAGS
from tests import reference
from tests.laws.given import by_object, columns_of, singled
from tests.side_by_side import engine_says, exactly, quotient, reference_slice, shown

DIRECT: Final = PIPELINES[0]
OPEN: Final = ("pipeline", "best_case", "commit")
UNPLACED: Final = "unplaced"
FINE: Final = "0.200000000000000001"
WORLDS: Final = forecast_worlds()
Way: TypeAlias = Callable[[World, Period], st.SearchStrategy[World]]
SIMPLER: Final = forecast_worlds(features=("currencies", "nonsense", "pipelines"))


def forecast(
    world: World,
    day: date,
    contributor: Contributor | None = None,
    events: Iterable[CrmEvent | Batch] | None = None,
) -> Forecast:
    """Return the forecast of a world's goal in the slice of a day: of a row, or of all of them."""
    return forecast_of(
        world.goals[0],
        pipeline=DIRECT,
        events=world.events if events is None else events,
        account=world.account,
        as_of=world.as_of,
        on=day,
        contributor=contributor,
        roster=world.roster,
        known_at=world.known_at,
        rates=world.rates,
        splits=world.splits,
    )


@st.composite
def asked(draw: st.DrawFn, *ways: Way) -> tuple[World, Period]:
    """Return a forecast world, and a slice of its goal that some of its deals are dated in: as they come, or all of them.

    Of those with all deals in the slice, all but some are changed further in one of some ways.
    """
    is_dense = draw(st.sampled_from([False, True, True]))
    world = draw(SIMPLER if is_dense else WORLDS)
    (goal,) = world.goals
    counted = evolve(goal.measure, where=(), aggregate="count")
    worths = [reference.worth_of(event, counted, goal.zone) for event in world.events]
    near = [part for worth in worths if worth is not None and (part := goal.slices.find(worth.day)) is not None]
    part = draw(st.sampled_from(near or goal.slices.periods))
    if is_dense:
        world = dense(world, part, boasts=draw(st.booleans()))
        way = draw(st.sampled_from([None, *ways]))
        world = world if way is None else draw(way(world, part))
    return world, part


def dense(world: World, part: Period, *, boasts: bool = False) -> World:
    """Return the world with all deals in one slice, recorded there at once, and with a target on every row.

    The last of them may call itself closed without being won.
    """
    last = len(world.events) - 1
    boast: dict[str, Property] = {"is_won": False, "forecast_category": "closed"}
    goal = world.goals[0].apply_targets("100")
    noon = reference.first_instant(part.start, goal.zone) + timedelta(hours=12)
    return evolve(
        world,
        goals=(goal,),
        events=tuple(
            evolve(
                event,
                record_id=f"{event.record_id}, {place % 3}",
                recorded_at=noon,
                deleted=False,
                properties={
                    **event.properties,
                    "closed_at": part.start,
                    **(boast if boasts and place == last else {}),
                },
            )
            for place, event in enumerate(world.events)
        ),
        as_of=noon,
        known_at=None,
    )


@st.composite
def twinned(draw: st.DrawFn, world: World, _part: Period) -> World:
    """Return a dense world in which two versions of an open deal come at once, and the one's last number begins like the other's.

    What is canonical of them then differs by the sign behind the shorter number (rule P1).
    """
    pairs: list[tuple[Property, Property]] = [(Decimal("0.1"), Decimal("0.15")), (0, Decimal("0.5")), ("0.2", FINE)]
    shares = draw(st.sampled_from(pairs))
    said: dict[str, Property] = {
        "is_won": False,
        "amount": draw(st.sampled_from(["100", "0.01"])),
        "forecast_category": None,
        "stage": None,
    }
    twins = [
        evolve(event, version=2, properties={**event.properties, **said, "probability": share})
        for event in world.events[:1]
        for share in shares
    ]
    return evolve(world, events=(*world.events, *twins))


@st.composite
def in_thirds(draw: st.DrawFn, world: World, _part: Period) -> World:
    """Return a dense world of small deals of every category in a currency of which three, or seven, are one of the goal's."""
    (goal,) = world.goals
    code = "USD" if goal.currency == "EUR" else "EUR"
    saying: st.SearchStrategy[dict[str, Property]] = st.fixed_dictionaries(
        {
            "amount": st.sampled_from([1, 2, 20]),
            "currency": st.sampled_from([code, code, goal.currency]),
            "is_won": st.sampled_from([True, False, False]),
            "forecast_category": st.sampled_from(OPEN),
            "probability": st.sampled_from(["0.5", 1]),
        }
    )
    owners = owners_of(world)
    return evolve(
        world,
        rates=Rates(code, {(goal.currency, date(1990, 1, 1)): draw(st.sampled_from([3, 7]))}),
        events=tuple(
            evolve(
                event,
                record_id=f"t{place}",
                owner_id=draw(st.sampled_from(owners)),
                properties={**event.properties, **draw(saying)},
            )
            for place, event in enumerate(world.events * 2)
        ),
    )


def owners_of(world: World) -> tuple[str, ...]:
    """Return the users who have rows; where there are none, all."""
    people = [row.contributor.id for row in world.goals[0].assignments if row.contributor.kind.value == "user"]
    return tuple(people) or USERS


@st.composite
def handed_over(draw: st.DrawFn, world: World, _part: Period) -> World:
    """Return a dense world in which a user leaves and another takes all deals over, so that rows hold different versions.

    What the deal then says is what another one said before; or it was won, and is open again.
    """
    (noon,) = {event.recorded_at for event in world.events}
    leaver, heir = draw(st.permutations(USERS))[:2]
    (goal,) = world.goals
    for user in (leaver, heir):
        if goal.place(Contributor.user(user)) is None:
            tracked = goal.assignments[0].tracked if goal.assignments else None
            goal = goal.assign(Assignment(Contributor.user(user), pipelines=tracked and sorted(tracked)))
    roster = world.roster or Roster([User(user) for user in USERS])
    wins: list[dict[str, Property]] = [{"is_won": True}, {"is_won": False}] if draw(FLAGS) else [{}, {}]
    absences = [Absence(noon + timedelta(hours=1))]
    return evolve(
        world,
        goals=(goal.apply_targets("100"),),
        roster=Roster(
            [evolve(user, absences=absences) if user.id == leaver else user for user in roster.users],
            roster.teams,
            roster.memberships,
        ),
        events=tuple(
            evolve(
                said,
                record_id=f"h{place}",
                recorded_at=noon + timedelta(hours=2 * version),
                owner_id=owner,
                properties={**said.properties, **wins[version]},
            )
            for place, event in enumerate(world.events)
            for version, (owner, said) in enumerate([(leaver, event), (heir, world.events[place - 1])])
        ),
        as_of=noon + timedelta(hours=3),
    )


@st.composite
def late(draw: st.DrawFn, world: World, part: Period) -> World:
    """Return a dense world long after the freeze of its slice, in which some versions came in time and others did not."""
    (goal,) = world.goals
    end = reference.first_instant(part.end, goal.zone) + goal.closing.grace
    return evolve(
        world,
        events=tuple(
            evolve(
                event,
                record_id=f"h{place % 2}",
                recorded_at=draw(st.sampled_from([event.recorded_at, end, end + timedelta(hours=place)])),
            )
            for place, event in enumerate(world.events)
        ),
        as_of=end + timedelta(days=30),
    )


def truth(event: CrmEvent, account: Account) -> tuple[str, Fraction | None]:
    """Return the category of a deal and how likely it is, as the page on forecasts has it; None where nobody can tell."""
    said = {name: event.properties.get(name) for name in ("is_won", "forecast_category", "stage", "probability")}
    try:
        likely = reference.as_number(said["probability"])
        probability = likely if 0 <= likely <= 1 else None
    except reference.UnreadableError:
        probability = None
    if said["is_won"] == "maybe":
        return UNPLACED, probability
    if said["is_won"] is True or said["is_won"] == "TRUE":
        return "closed", probability
    stages: dict[object, str] = {key: category.value for key, category in account.forecast_stages.items()}
    stage = said["stage"]
    category = said["forecast_category"] or stages.get((event.pipeline_id, stage)) or stages.get(stage)
    if category is None:
        category = "omitted" if probability == 0 else "pipeline"
    return (category if category in {*OPEN, "omitted"} else UNPLACED), probability  # type: ignore[return-value]  # a word


@dataclass(frozen=True)
class Held:
    """The version of one record that a row holds: where it stands, its share from 0 to 1, its worth, and how much of that."""

    order: reference.Order
    category: str
    probability: Fraction | None
    worth: Fraction
    share: Fraction

    @property
    def amount(self) -> Fraction:
        """What a row counts of it."""
        return self.worth * self.share

    @classmethod
    def of(cls, version: CrmEvent, account: Account, worth: Fraction | None, share: Fraction) -> Held:
        """Return a version that is held; what has no amount is worth nothing, and is not weighted."""
        category, probability = truth(version, account)
        is_weighted = category in OPEN and worth is not None
        return cls(
            reference.order_of(version), category, probability if is_weighted else None, worth or Fraction(0), share
        )


def held_by(here: reference.Slice, row: Assignment) -> dict[reference.Record, Held]:
    """Return which version of each deal a row holds in a slice, by the second implementation."""
    counting = here.counting(row)
    is_whole = row.contributor.kind.value != "user"
    return {
        record: Held.of(version, here.world.account, amount, Fraction(1) if is_whole else counting.shares[record])
        for record, (version, amount) in counting.records.items()
    }


def together(held: list[Held]) -> Held:
    """Return where a record stands for several rows: closed where one has it so, else as the greatest version says."""
    closed = [each for each in held if each.category == "closed"] or held
    share = min(Fraction(1), sum((each.share for each in closed), Fraction(0)))
    return replace(max(closed, key=attrgetter("order")), share=share)


def slice_of(world: World, part: Period) -> reference.Slice:
    """Return a slice of a world's goal for which all deals count, won or open."""
    (goal,) = world.goals
    return reference_slice(world, evolve(goal, measure=evolve(goal.measure, where=())), part)


@dataclass(frozen=True)
class Answer:
    """What the second implementation says of each row of a goal, in order, and then of the total.

    `everything` is what all deals come to, wherever they stand: None for a total in which a deal is closed, as one row has it,
    although a greater version that another row holds says otherwise.
    """

    categories: dict[str, list[Fraction]]
    weighted: list[Fraction]
    everything: list[Fraction | None]


def expected(world: World, part: Period) -> Answer:
    """Return by the second implementation what each category comes to and what is weighted."""
    (goal,) = world.goals
    here, place = slice_of(world, part), goal.slices.periods.index(part)
    promised = [None if row.cells[place] is None else Fraction(row.cells[place] or 0) for row in goal.assignments]
    countings = [(row, target, here.counting(row)) for row, target in zip(goal.assignments, promised, strict=True)]
    rows = [held_by(here, row) for row in goal.assignments]
    aimed = [held for held, row in zip(rows, goal.assignments, strict=True) if row.cells[place] is not None]
    records = [[held[record] for held in aimed if record in held] for record in set[reference.Record]().union(*aimed)]
    lines_held = [*(list(held.values()) for held in rows), [together(held) for held in records]]
    is_reopened = any(max(held, key=attrgetter("order")).category != together(held).category for held in records)
    total = reference.total_of(here, countings)
    return Answer(
        {
            name: [sum((each.amount for each in held if each.category == name), Fraction(0)) for held in lines_held]
            for name in (*(category.value for category in ForecastCategory), UNPLACED)
        },
        [sum((each.amount * (each.probability or 0) for each in held), Fraction(0)) for held in lines_held],
        [
            *(reference.attained_of(here.goal.measure, counting) for _, _, counting in countings),
            None if is_reopened else total.attained,
        ],
    )


def evolve_late(here: reference.Slice, *, late_counts: bool) -> reference.Slice:
    """Return a slice with the records that came late or without them; what is known of people is what was known in time."""
    return reference.Slice(here.world, here.goal, here.part, late_counts, late_people_count=False)


def standings(here: reference.Slice, row: Assignment) -> dict[reference.Record, tuple[object, ...]]:
    """Return of each deal of a row what the figures have of it: all of it, its category, and what of it is weighted."""
    counting = here.counting(row)
    found: dict[reference.Record, tuple[object, ...]] = {}
    for record, version in counting.unrated.items():
        held = Held.of(version, here.world.account, Fraction(1), Fraction(1))
        found[record] = ("unrated", held.category, held.probability is not None)
    for record, (version, amount) in counting.records.items():
        held = Held.of(version, here.world.account, amount, counting.shares[record])
        weighted = None if held.probability is None else held.amount * held.probability
        found[record] = (held.amount, held.category, weighted)
    return found


def lines(world: World) -> list[Contributor | None]:
    """Return whose forecasts a goal has: those of its rows, and of all together."""
    return [*(row.contributor for row in world.goals[0].assignments), None]


class TestCategories:
    """What the deals come to."""

    @given(asked(handed_over))
    def test_lo1_closed_is_what_the_goal_attained(self, given_world: tuple[World, Period]) -> None:
        """LO1 The closed category is what `calculate` says that the goal attained, and the gap what remains."""
        world, part = given_world
        result = engine_says(world)
        for contributor in lines(world):
            found = forecast(world, part.last_day, contributor)
            figure = (
                result.total("g1", on=part.start)
                if contributor is None
                else result.of("g1", contributor, on=part.start)
            )
            assert found.shows
            assert (found.slice, found.currency) == (part, figure.currency)
            assert found.categories["closed"] == figure.attained
            assert (found.target, found.gap) == (figure.target, figure.remaining)

    @given(asked(handed_over, handed_over, twinned))
    def test_lo2_categories_part_the_records(self, given_world: tuple[World, Period]) -> None:
        """LO2 Every record is in one category or cannot be placed: each comes to what the second implementation says."""
        world, part = given_world
        answer = expected(world, part)
        for line, contributor in enumerate(lines(world)):
            found = forecast(world, part.start, contributor).categories
            assert {name: Fraction(amount) for name, amount in found.items()} == {
                name.value: shown(answer.categories[name][line]) for name in ForecastCategory
            }
            parts = sum((answer.categories[name][line] for name in (*ForecastCategory, UNPLACED)), Fraction(0))
            assert answer.everything[line] in {parts, None}

    @given(asked(handed_over, in_thirds))
    def test_lo3_cumulative_is_what_is_as_sure_or_surer(self, given_world: tuple[World, Period]) -> None:
        """LO3 Commit includes closed, best case commit, pipeline all but omitted, added up exactly; without refunds they rise."""
        world, part = given_world
        answer = expected(world, part)
        surer = [ForecastCategory(name) for name in ("closed", "commit", "best_case", "pipeline")]
        for line, contributor in enumerate(lines(world)):
            found = forecast(world, part.start, contributor).cumulative
            assert {name: Fraction(amount) for name, amount in found.items()} == {
                name: shown(sum((answer.categories[other][line] for other in surer[: place + 1]), Fraction(0)))
                for place, name in enumerate(surer)
            }
            assert list(found) == [name for name in ForecastCategory if name.value != "omitted"]
            if all(answer.categories[name][line] >= 0 for name in surer):
                rising = [found[name] for name in surer]
                assert rising == sorted(rising)


class TestWeighted:
    """What the open deals come to by how likely they are."""

    @given(asked(handed_over, twinned, in_thirds))
    def test_lo4_weighted_is_each_open_amount_times_its_probability(self, given_world: tuple[World, Period]) -> None:
        """LO4 Exactly; neither closed nor omitted deals are weighted, and none without a share from 0 to 1."""
        world, part = given_world
        answer = expected(world, part)
        for line, contributor in enumerate(lines(world)):
            found = exactly(forecast(world, part.start, contributor).weighted)
            assert found == shown(answer.weighted[line])

    @given(asked(handed_over, in_thirds))
    def test_lo5_coverage_is_weighted_by_gap(self, given_world: tuple[World, Period]) -> None:
        """LO5 The gap is what closed falls short of the target; there is coverage where it is above zero, and nowhere else."""
        world, part = given_world
        answer = expected(world, part)
        for line, contributor in enumerate(lines(world)):
            found = forecast(world, part.start, contributor)
            if found.target is None:
                assert (found.gap, found.coverage) == (None, None)
                continue
            gap = Fraction(found.target) - answer.categories["closed"][line]
            assert exactly(found.gap) == shown(gap)
            assert exactly(found.coverage) == (quotient(answer.weighted[line] / gap) if gap > 0 else None)


class TestLate:
    """What came after the freeze."""

    @given(asked(late))
    def test_lo8_what_came_late_is_told_once(self, given_world: tuple[World, Period]) -> None:
        """LO8 Late are the records that would stand otherwise in a figure had all come in time, and those late for the goal."""
        world, part = given_world
        (goal,) = world.goals
        here = slice_of(world, part)
        late_ones: set[str] = set()
        for row in goal.assignments if not here.restates else ():
            before, after = (
                standings(evolve_late(here, late_counts=late_counts), row) for late_counts in (False, True)
            )
            late_ones |= {key[1] for key in {*before, *after} if before.get(key) != after.get(key)}
        found = [finding for finding in forecast(world, part.start).findings if finding.kind == "late"]
        assert [(finding.goal_id, finding.slice, finding.count, set(finding.records)) for finding in found] == (
            [(goal.id, part, len(late_ones), late_ones)] if late_ones else []
        )
        result = engine_says(world)
        for finding in result.findings:
            if (finding.kind, finding.slice) == ("late", part):
                assert set(finding.records) <= late_ones


class TestShows:
    """Which goals show in which forecast."""

    @given(st.data())
    def test_lo6_the_first_reason_is_told(self, data: st.DataObject) -> None:
        """LO6 Not a forecast goal, another pipeline, another period, not fiscal: the first that holds, in this order."""
        account = data.draw(accounts())
        cadence = data.draw(st.sampled_from(["monthly", "quarterly", "monthly", "quarterly", "half_yearly"]))
        template = data.draw(st.sampled_from([templates.REVENUE, templates.REVENUE, templates.DEALS_CREATED]))
        one, other = PIPELINES[:1], PIPELINES[1:]
        some: list[list[tuple[str, ...] | None]] = [
            [None],
            [one],
            [one, one],
            [other],
            [other],
            [one, other],
            [None, one],
            [PIPELINES],
        ]
        tracked = data.draw(st.sampled_from(some))
        goal = Goal.plan(
            id="g1",
            name="g1",
            template=template,
            duration=Duration(cadence, year=2026, aligned=data.draw(st.booleans())),
            account=account,
            assignments=[
                Assignment(Contributor.user(f"u{place}"), pipelines=pipelines)
                for place, pipelines in enumerate(tracked)
            ],
        )
        now = evolve(account, calendar=data.draw(accounts()).calendar) if data.draw(st.booleans()) else account

        kinds = set(tracked)
        fiscal = [now.calendar.explain(part.start).periods.get(cadence) == part for part in goal.slices]
        reasons = {
            "not_a_forecast_goal": template is not templates.REVENUE
            or cadence == "half_yearly"
            or len(kinds) > 1
            or kinds == {PIPELINES},
            "other_pipeline": kinds == {other},
            "other_period": cadence != now.forecast_periods.get(DIRECT, "monthly"),
            "not_fiscal": not all(fiscal),
        }
        expected_reason = next((name for name, holds in reasons.items() if holds), None)

        found = why_not_in_forecast(goal, pipeline=DIRECT, account=now)
        assert (found and found.code) == expected_reason


class TestColumns:
    """Records in columns."""

    @given(asked(), st.data())
    def test_lo7_columns_give_the_same_forecast(self, given_world: tuple[World, Period], data: st.DataObject) -> None:
        """LO7 The same records as events and in columns, each in one version, give one forecast."""
        world, part = given_world
        world = evolve(world, events=singled(world.events))
        columns = [data.draw(columns_of(events)) for events in by_object(world.events)]
        as_events, as_columns = (forecast(world, part.start, events=events) for events in (world.events, columns))
        assert evolve(as_columns, findings=()) == evolve(as_events, findings=())
        assert Decimal(as_columns.weighted or 0) == as_events.weighted
        assert set(as_columns.findings) == set(as_events.findings)
