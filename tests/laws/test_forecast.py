"""Forecasts: which goals show and why not, categories that part the deals, and what follows from the gap."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from quota_engine import (
    Account,
    Assignment,
    Batch,
    Condition,
    Contributor,
    CrmEvent,
    Duration,
    Forecast,
    ForecastCategory,
    Goal,
    Partition,
    Period,
    calculate,
    forecast_of,
    templates,
    why_not_in_forecast,
)
from quota_engine.events import Property
from quota_engine.testing.strategies import PIPELINES, World, accounts, forecast_worlds
from tests import reference
from tests.laws.given import by_object, columns_of, singled
from tests.side_by_side import exactly, quotient, shown

DIRECT: Final = PIPELINES[0]
OPEN: Final = ("pipeline", "best_case", "commit")
UNPLACED: Final = "unplaced"
WORLDS: Final = forecast_worlds()
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
    )


@st.composite
def asked(draw: st.DrawFn) -> tuple[World, Period]:
    """Return a forecast world, and a slice of its goal that some of its deals are dated in: as they come, or all of them."""
    is_dense = draw(st.sampled_from([False, True, True]))
    world = draw(SIMPLER if is_dense else WORLDS)
    (goal,) = world.goals
    counted = evolve(goal.measure, where=(), aggregate="count")
    worths = [reference.worth_of(event, counted, goal.zone) for event in world.events]
    near = [part for worth in worths if worth is not None and (part := goal.slices.find(worth.day)) is not None]
    part = draw(st.sampled_from(near or goal.slices.periods))
    return (dense(world, part, boasts=draw(st.booleans())) if is_dense else world), part


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


def expected(world: World, part: Period) -> tuple[dict[str, list[Fraction]], list[Fraction]]:
    """Return by the second implementation what each category comes to and what is weighted: of each row, and in total."""
    (goal,) = world.goals
    place = goal.slices.periods.index(part)
    narrow = evolve(
        goal,
        template=None,
        duration=Duration.custom(part.start, part.last_day),
        slices=Partition([part]),
        assignments=[evolve(row, targets=[row.cells[place]]) for row in goal.assignments],
    )
    told = {event: truth(event, world.account) for event in world.events}
    shares = sorted({share for name, share in told.values() if name in OPEN and share})
    wheres = {name: [Condition("truth", "eq", name)] for name in (*ForecastCategory, UNPLACED)}
    wheres |= {
        f"{share}": [Condition("truth", "in", OPEN), Condition("truth_share", "eq", f"{share}")] for share in shares
    }
    wheres["all"] = []
    answer = reference.reference_progress(
        [evolve(narrow, id=name, measure=evolve(goal.measure, where=where)) for name, where in wheres.items()],
        [
            evolve(event, properties={**event.properties, "truth": told[event][0], "truth_share": f"{told[event][1]}"})
            for event in world.events
        ],
        account=world.account,
        as_of=world.as_of,
        roster=world.roster,
        known_at=world.known_at,
        rates=world.rates,
    )
    found = {name: [cell.attained or Fraction(0) for cell in answer.cells if cell.goal_id == name] for name in wheres}
    for total in answer.totals:
        found[total.goal_id].append(total.attained or Fraction(0))
    weighted = [
        sum((share * found[f"{share}"][line] for share in shares), Fraction(0)) for line in range(len(found["all"]))
    ]
    return found, weighted


def lines(world: World) -> list[Contributor | None]:
    """Return whose forecasts a goal has: those of its rows, and of all together."""
    return [*(row.contributor for row in world.goals[0].assignments), None]


class TestCategories:
    """What the deals come to."""

    @given(asked())
    def test_lo1_closed_is_what_the_goal_attained(self, given_world: tuple[World, Period]) -> None:
        """LO1 The closed category is what `calculate` says that the goal attained, and the gap what remains."""
        world, part = given_world
        result = calculate(
            world.goals,
            world.events,
            account=world.account,
            as_of=world.as_of,
            roster=world.roster,
            known_at=world.known_at,
            rates=world.rates,
        )
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

    @given(asked())
    def test_lo2_categories_part_the_records(self, given_world: tuple[World, Period]) -> None:
        """LO2 Every record is in one category or cannot be placed: each comes to what the second implementation says."""
        world, part = given_world
        answer, _ = expected(world, part)
        for line, contributor in enumerate(lines(world)):
            found = forecast(world, part.start, contributor).categories
            assert {name: Fraction(amount) for name, amount in found.items()} == {
                name.value: shown(answer[name][line]) for name in ForecastCategory
            }
            parts = sum((answer[name][line] for name in (*ForecastCategory, UNPLACED)), Fraction(0))
            assert parts == answer["all"][line]

    @given(asked())
    def test_lo3_cumulative_is_what_is_as_sure_or_surer(self, given_world: tuple[World, Period]) -> None:
        """LO3 Commit includes closed, best case commit, pipeline all but omitted, added up exactly; without refunds they rise."""
        world, part = given_world
        answer, _ = expected(world, part)
        surer = [ForecastCategory(name) for name in ("closed", "commit", "best_case", "pipeline")]
        for line, contributor in enumerate(lines(world)):
            found = forecast(world, part.start, contributor).cumulative
            assert {name: Fraction(amount) for name, amount in found.items()} == {
                name: shown(sum((answer[other][line] for other in surer[: place + 1]), Fraction(0)))
                for place, name in enumerate(surer)
            }
            assert list(found) == [name for name in ForecastCategory if name.value != "omitted"]
            if all(answer[name][line] >= 0 for name in surer):
                rising = [found[name] for name in surer]
                assert rising == sorted(rising)


class TestWeighted:
    """What the open deals come to by how likely they are."""

    @given(asked())
    def test_lo4_weighted_is_each_open_amount_times_its_probability(self, given_world: tuple[World, Period]) -> None:
        """LO4 Exactly; neither closed nor omitted deals are weighted, and none without a share from 0 to 1."""
        world, part = given_world
        _, weighted = expected(world, part)
        for line, contributor in enumerate(lines(world)):
            found = exactly(forecast(world, part.start, contributor).weighted)
            assert found == shown(weighted[line])

    @given(asked())
    def test_lo5_coverage_is_weighted_by_gap(self, given_world: tuple[World, Period]) -> None:
        """LO5 The gap is what closed falls short of the target; there is coverage where it is above zero, and nowhere else."""
        world, part = given_world
        answer, weighted = expected(world, part)
        for line, contributor in enumerate(lines(world)):
            found = forecast(world, part.start, contributor)
            if found.target is None:
                assert (found.gap, found.coverage) == (None, None)
                continue
            gap = Fraction(found.target) - answer["closed"][line]
            assert exactly(found.gap) == shown(gap)
            assert exactly(found.coverage) == (quotient(weighted[line] / gap) if gap > 0 else None)


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
