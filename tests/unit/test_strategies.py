"""The strategies that hosts use in their own property tests."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from quota_engine import (
    Account,
    Clone,
    Closing,
    Condition,
    Contributor,
    CrmEvent,
    DayWeights,
    Duration,
    Edit,
    EveryDay,
    FiscalCalendar,
    Goal,
    Measure,
    Milestone,
    MilestoneReached,
    MonthYears,
    Notice,
    Period,
    Rates,
    Roster,
    TableYears,
    Timeline,
    WeekYears,
    WorkingDays,
    why_not_in_forecast,
)
from quota_engine.testing import registration, strategies


class TestStrategies:
    """Each draws values that the library takes, without anything being given."""

    @given(st.data())
    def test_draw_values_of_their_kind(self, data: st.DataObject) -> None:
        """A host can use each of them on its own."""
        kinds: dict[Callable[[], st.SearchStrategy[object]], type] = {
            strategies.accounts: Account,
            strategies.calendars: FiscalCalendar,
            strategies.clones: Clone,
            strategies.closings: Closing,
            strategies.conditions: Condition,
            strategies.crm_events: CrmEvent,
            strategies.day_weights: DayWeights,
            strategies.durations: Duration,
            strategies.edits: Edit,
            strategies.edge_worlds: strategies.World,
            strategies.forecast_worlds: strategies.World,
            strategies.goals: Goal,
            strategies.measures: Measure,
            strategies.milestones: Milestone,
            strategies.milestones_reached: MilestoneReached,
            strategies.month_years: MonthYears,
            strategies.notices: Notice,
            strategies.periods: Period,
            strategies.rates: Rates,
            strategies.rosters: Roster,
            strategies.table_years: TableYears,
            strategies.timelines: Timeline,
            strategies.week_years: WeekYears,
            strategies.working_days: WorkingDays,
            strategies.worlds: strategies.World,
        }
        assert isinstance(data.draw(strategies.curves()), (EveryDay, WorkingDays, DayWeights))
        strategy = data.draw(st.sampled_from(list(kinds)))
        assert isinstance(data.draw(strategy()), kinds[strategy])

    @given(strategies.worlds(features=(), peopled=True))
    def test_leave_out_what_is_not_wanted(self, world: strategies.World) -> None:
        """A world without features is simple: one goal, nobody away, one currency, nothing deleted."""
        assert len(world.goals) == 1
        assert world.roster is not None
        assert not any(user.absences for user in world.roster.users)
        assert {world.account.currency} == {goal.currency for goal in world.goals}
        assert not any(event.deleted for event in world.events)
        assert world.account.curve == EveryDay()

    @given(strategies.worlds())
    def test_draw_worlds_whose_parts_fit(self, world: strategies.World) -> None:
        """All goals are of the world's account, and every record is one that some goal measures."""
        assert {goal.account_id for goal in world.goals} == {world.account.id}
        assert {event.object for event in world.events} <= {goal.measure.object for goal in world.goals}

    @given(strategies.forecast_worlds())
    def test_draw_goals_that_show_in_a_forecast(self, world: strategies.World) -> None:
        """The one goal of a forecast world shows in the forecast of its pipeline."""
        assert len(world.goals) == 1
        assert why_not_in_forecast(world.goals[0], pipeline="direct", account=world.account) is None


class TestTypes:
    """What `st.from_type` draws for a host that has the library installed."""

    @given(st.data())
    def test_are_known_to_hypothesis(self, data: st.DataObject) -> None:
        """No strategy is named, not even imported: importing Hypothesis was enough."""
        kinds: list[type[object]] = [
            *(Account, Clone, Closing, Condition, Contributor, CrmEvent, Duration),
            *(DayWeights, FiscalCalendar, Goal, Measure, Period, Rates, Roster, WorkingDays),
            *(FiscalCalendar, Goal, Measure, Period, Rates, Roster),
            *(Edit, Milestone, MilestoneReached, Notice),
        ]
        kind = data.draw(st.sampled_from(kinds))
        assert isinstance(data.draw(st.from_type(kind)), kind)

    @given(st.data())
    def test_are_drawn_for_arguments(self, data: st.DataObject) -> None:
        """What a host builds of them is filled in by itself: here a pair of a goal and a record."""

        def pair(goal: Goal, event: CrmEvent) -> tuple[str, str]:
            return goal.account_id, event.record_id

        assert data.draw(st.builds(pair)) in {("acme", record) for record in ("r1", "r2", "r3")}

    def test_are_registered_without_being_drawn(self) -> None:
        """A fresh process that imports Hypothesis has not imported a single strategy of ours."""
        script = (
            "import sys, hypothesis; print(*sorted(n for n in sys.modules if n.startswith('quota_engine.testing')))"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        assert done.stdout.split() == ["quota_engine.testing", "quota_engine.testing.registration"]

    @given(st.data())
    def test_can_be_registered_again(self, data: st.DataObject) -> None:
        """Where several tools ask for it, nothing changes."""
        registration.register()
        assert data.draw(st.from_type(Goal)).account_id == "acme"
