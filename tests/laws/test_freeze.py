"""Freezing and absence: what was recorded too late, or while its owner was away, leaves the figures as they were."""

from __future__ import annotations

from datetime import datetime, timedelta

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from quota_engine import Absence, Closing, Contributor, CrmEvent, Goal, Membership, Period, Progress, Roster, reclose
from quota_engine.events import Property
from quota_engine.testing.strategies import TEAMS, World, closings, worlds
from tests.reference import first_instant, utc
from tests.side_by_side import engine_says

MOMENT = timedelta(microseconds=1)
WEEK = timedelta(weeks=1)


def freezing(world: World) -> World:
    """Return the world with every goal under the policy `freeze`, its grace kept."""
    goals = tuple(evolve(goal, closing=Closing(grace=goal.closing.grace)) for goal in world.goals)
    return evolve(world, goals=goals)


def freezes_at(goal: Goal, part: Period) -> datetime:
    """Return when a slice freezes: at its end and the grace (rule P6)."""
    return first_instant(part.end, goal.zone) + goal.closing.grace


def slice_of(world: World, data: st.DataObject) -> tuple[Goal, Period]:
    """Draw a goal of the world, and one of its slices."""
    goal = data.draw(st.sampled_from(world.goals))
    return goal, data.draw(st.sampled_from(goal.slices.periods))


def cells_frozen_by(world: World, moment: datetime) -> list[str]:
    """Return, to the byte, the cells and totals of all slices that freeze at the moment or before."""
    result = engine_says(world)
    goals = {goal.id: goal for goal in world.goals}
    frozen = [cell for cell in result if freezes_at(goals[cell.goal_id], cell.slice) <= moment]
    return [
        *(repr(cell) for cell in frozen),
        *(repr(result.total(cell.goal_id, on=cell.slice.start)) for cell in frozen),
    ]


def known_forever(world: World, *events: CrmEvent) -> World:
    """Return the world with more versions, all of which are known, however late they were recorded."""
    everything = (*world.events, *events)
    latest = max(utc(moment) for moment in (world.as_of, *(event.recorded_at for event in everything)))
    return evolve(world, events=everything, known_at=latest)


class TestFreeze:
    """A slice is settled by what was recorded before its end and the grace."""

    @given(worlds(), closings(), st.data())
    def test_lf3_another_closing_rule_thaws_nothing(self, world: World, closing: Closing, data: st.DataObject) -> None:
        """LF3, T6: what has frozen by the moment of the edit stays to the byte; everything else follows the new rule."""
        goal, part = slice_of(world, data)
        moment = (
            first_instant(part.end, goal.zone)
            + goal.closing.grace
            + data.draw(st.sampled_from([MOMENT, -MOMENT, 0 * WEEK]))
        )
        edited = tuple(reclose(each, closing, as_of=moment) for each in world.goals)
        before, after = (
            {(cell.goal_id, cell.contributor, cell.slice): cell for cell in engine_says(evolve(world, goals=goals))}
            for goals in (world.goals, edited)
        )
        ruled = {
            (cell.goal_id, cell.contributor, cell.slice): cell
            for cell in engine_says(
                evolve(world, goals=tuple(evolve(each, closing=evolve(closing, kept={})) for each in world.goals))
            )
        }
        for each in world.goals:
            for slot, freeze in zip(each.slices, each.timetable.freezes, strict=True):
                expected = before if freeze is not None and freeze <= moment else ruled
                for row in each.assignments:
                    key = (each.id, row.contributor, slot)
                    assert after[key] == expected[key]

    @given(worlds(), st.data())
    def test_lf1_late_events_change_nothing(self, world: World, data: st.DataObject) -> None:
        """LF1 Any event with `recorded_at >= freeze(s)` leaves slice s of every row byte-identical."""
        goal, part = slice_of(freezing(world), data)
        freeze = freezes_at(goal, part)
        late: list[CrmEvent] = []
        for event in data.draw(st.lists(st.sampled_from(world.events), min_size=1, max_size=4)):
            recorded_at = freeze + data.draw(st.sampled_from([timedelta(0), MOMENT, WEEK]))
            day = data.draw(st.sampled_from([part.start, part.last_day, part.end]))
            moved: dict[str, Property] = {**event.properties, goal.measure.dated_by: day}
            changed = data.draw(
                st.sampled_from(
                    [
                        event,
                        evolve(event, deleted=not event.deleted),
                        evolve(event, properties=moved),
                        evolve(event, properties=moved, record_id="new"),
                        evolve(event, owner_id="bob"),
                    ]
                )
            )
            late.append(evolve(changed, recorded_at=recorded_at))

        after = known_forever(freezing(world), *late)
        before = evolve(after, events=world.events)

        assert cells_frozen_by(after, freeze) == cells_frozen_by(before, freeze)

    @given(worlds(features=()), st.data())
    def test_lf1_late_records_change_nothing(self, world: World, data: st.DataObject) -> None:
        """LF1, for records that nobody knew before the freeze, in a world without complications."""
        goal, part = slice_of(freezing(world), data)
        freeze = freezes_at(goal, part)
        late = [
            evolve(
                event,
                record_id=f"late{number}",
                recorded_at=freeze + data.draw(st.sampled_from([timedelta(0), MOMENT, WEEK])),
                properties={
                    **event.properties,
                    goal.measure.dated_by: data.draw(st.sampled_from([part.start, part.last_day])),
                },
            )
            for number, event in enumerate(data.draw(st.lists(st.sampled_from(world.events), min_size=1, max_size=4)))
        ]
        after = known_forever(freezing(world), *late)
        assert cells_frozen_by(after, freeze) == cells_frozen_by(evolve(after, events=world.events), freeze)

    @given(worlds(), st.data())
    def test_lf2_the_final_value_depends_on_what_was_admissible(self, world: World, data: st.DataObject) -> None:
        """LF2 The final value depends only on `adm(row, s, S)`, not on how often or when refresh ran."""
        world = evolve(freezing(world), known_at=None)
        goal, part = slice_of(world, data)
        freeze = freezes_at(goal, part)
        in_time = tuple(event for event in world.events if event.recorded_at < freeze)
        later = freeze + data.draw(st.sampled_from([timedelta(0), MOMENT, WEEK, 50 * WEEK]))

        at_once = cells_frozen_by(evolve(world, as_of=freeze), freeze)

        assert cells_frozen_by(evolve(world, as_of=later), freeze) == at_once
        assert cells_frozen_by(evolve(world, as_of=later, events=in_time), freeze) == at_once

    @given(worlds(peopled=True), st.data())
    def test_lf3_people_recorded_late_change_nothing(self, world: World, data: st.DataObject) -> None:
        """LF3 After freeze nothing changes attained values; roster edits recorded later neither."""
        goal, part = slice_of(freezing(world), data)
        freeze = freezes_at(goal, part)
        recorded_at = freeze + data.draw(st.sampled_from([timedelta(0), MOMENT, WEEK]))
        assert world.roster is not None
        users, memberships = list(world.roster.users), list(world.roster.memberships)
        place = data.draw(st.integers(0, len(users) - 1))
        absence = Absence(first_instant(part.start, goal.zone) - WEEK, recorded_at=recorded_at)
        users[place] = evolve(users[place], absences=[*users[place].absences, absence])
        if not any(held.recorded_at == recorded_at for held in memberships):
            team = data.draw(st.sampled_from(TEAMS))
            memberships.append(Membership(users[place].id, team, recorded_at=recorded_at))

        before = known_forever(freezing(world))
        before = evolve(before, known_at=max(utc(before.known_at or before.as_of), recorded_at))
        after = evolve(before, roster=Roster(users, world.roster.teams, memberships))

        assert cells_frozen_by(after, freeze) == cells_frozen_by(before, freeze)


def away(world: World, user_id: str, *absences: Absence) -> World:
    """Return the world in which a user has these absences and no other, and nobody else has any."""
    assert world.roster is not None
    users = [evolve(user, absences=absences if user.id == user_id else ()) for user in world.roster.users]
    return evolve(world, roster=Roster(users, world.roster.teams, world.roster.memberships))


def rows_of(world: World, user_id: str) -> list[Progress]:
    """Return the cells of a user's own rows."""
    return [cell for cell in engine_says(world) if cell.contributor == Contributor.user(user_id)]


class TestAbsence:
    """Someone who has left keeps what they had; someone who returns in time has never been away."""

    @given(worlds(peopled=True), st.data())
    def test_lf4_a_row_stands_still_from_deactivation(self, world: World, data: st.DataObject) -> None:
        """LF4 From `deactivated_at` the user row's value is constant."""
        left_at = data.draw(st.sampled_from(world.events)).recorded_at
        gone = away(world, "ada", Absence(left_at))
        in_time = tuple(event for event in world.events if utc(event.recorded_at) < utc(left_at))

        assert rows_of(gone, "ada") == rows_of(evolve(gone, events=in_time), "ada")

    @given(worlds(peopled=True), st.data())
    def test_lf5_deactivating_twice_is_once(self, world: World, data: st.DataObject) -> None:
        """LF5 Deactivating twice = once: an absence within another, or one that goes on where another ends, says nothing new."""
        start = utc(data.draw(st.sampled_from(world.events)).recorded_at) - data.draw(st.sampled_from([MOMENT, WEEK]))
        end = start + data.draw(st.sampled_from([WEEK, 20 * WEEK]))
        once = away(world, "ada", Absence(start, end))
        within = away(world, "ada", Absence(start, end), Absence(start + MOMENT, end - MOMENT))
        in_two = away(world, "ada", Absence(start + WEEK / 2, end), Absence(start, start + WEEK / 2))

        assert list(engine_says(within)) == list(engine_says(once))
        assert list(engine_says(in_two)) == list(engine_says(once))

    @given(worlds(peopled=True), st.data())
    def test_lf5_a_return_leaves_no_trace_in_what_is_still_open(self, world: World, data: st.DataObject) -> None:
        """LF5 Slices that end after the return equal those of a user who was never inactive."""
        start = utc(data.draw(st.sampled_from(world.events)).recorded_at)
        end = min(start + data.draw(st.sampled_from([MOMENT, WEEK])), max(utc(world.as_of), start + MOMENT))
        back = evolve(world, as_of=max(utc(world.as_of), end))
        goals = {goal.id: goal for goal in world.goals}

        for found, expected in zip(
            engine_says(away(back, "ada", Absence(start, end))), engine_says(away(back, "ada")), strict=True
        ):
            if first_instant(found.slice.end, goals[found.goal_id].zone) > end:
                assert found == expected
