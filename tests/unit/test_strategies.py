"""The strategies that hosts use in their own property tests."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from quota_engine import (
    Account,
    Closing,
    Condition,
    CrmEvent,
    Duration,
    FiscalCalendar,
    Goal,
    Measure,
    Period,
    Rates,
    Roster,
)
from quota_engine.testing import strategies


class TestStrategies:
    """Each draws values that the library takes, without anything being given."""

    @given(st.data())
    def test_draw_values_of_their_kind(self, data: st.DataObject) -> None:
        """A host can use each of them on its own."""
        kinds: dict[Callable[[], st.SearchStrategy[object]], type] = {
            strategies.accounts: Account,
            strategies.calendars: FiscalCalendar,
            strategies.closings: Closing,
            strategies.conditions: Condition,
            strategies.crm_events: CrmEvent,
            strategies.durations: Duration,
            strategies.edge_worlds: strategies.World,
            strategies.goals: Goal,
            strategies.measures: Measure,
            strategies.periods: Period,
            strategies.rates: Rates,
            strategies.rosters: Roster,
            strategies.worlds: strategies.World,
        }
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

    @given(strategies.worlds())
    def test_draw_worlds_whose_parts_fit(self, world: strategies.World) -> None:
        """All goals are of the world's account, and every record is one that some goal measures."""
        assert {goal.account_id for goal in world.goals} == {world.account.id}
        assert {event.object for event in world.events} <= {goal.measure.object for goal in world.goals}
