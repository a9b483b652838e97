"""The engine and the second implementation on random worlds: they must not differ in a single figure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st

from quota_engine import CrmEvent, MissingRate, Rates
from quota_engine.adapters.columns import Columns
from quota_engine.testing.strategies import World, edge_worlds, worlds
from tests import reference
from tests.acme import ADA, EVERYONE, acme, at, calculated, deal, promise
from tests.laws.given import by_object, columns_of, paced_worlds, single_worlds
from tests.side_by_side import (
    engine_cell,
    engine_findings,
    engine_says,
    engine_total,
    expected_cell,
    expected_findings,
    expected_total,
    reference_says,
    totals_of,
)


@given(paced_worlds())
def test_every_cell_equals_the_reference(world: World) -> None:
    """Every row and slice: target, attained, counted, status, remaining, attainment, pace, frozen_at and restated."""
    found = [engine_cell(cell) for cell in engine_says(world)]
    assert found == [expected_cell(cell) for cell in reference_says(world).cells]


@given(edge_worlds())
def test_every_figure_equals_the_reference_at_the_edges(world: World) -> None:
    """The same for people and deals that change at the very bounds of a slice, at its freeze, or a microsecond off."""
    result, expected = engine_says(world), reference_says(world)
    assert [engine_cell(cell) for cell in result] == [expected_cell(cell) for cell in expected.cells]
    assert [engine_total(total) for total in totals_of(world, result)] == [
        expected_total(total) for total in expected.totals
    ]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(1, 9), st.booleans()), min_size=2, max_size=4))
def test_versions_of_one_moment_equal_the_reference(said: list[tuple[int, int, bool]]) -> None:
    """A number decides between versions that were recorded at one moment, then a deletion, then what they say (rule P1)."""
    events = [deal("d1", amount, recorded="2025-07-10", version=number, deleted=gone) for number, amount, gone in said]
    world = World(
        account=acme(),
        roster=None,
        goals=(promise(ADA, EVERYONE),),
        events=tuple(events),
        rates=Rates("EUR", {}),
        splits=None,
        as_of=at("2025-07-20"),
        known_at=None,
    )
    expected = [expected_cell(cell) for cell in reference_says(world).cells]
    assert [engine_cell(cell) for cell in engine_says(world)] == expected


@given(worlds())
def test_every_total_equals_the_reference(world: World) -> None:
    """A total counts each record once, over what the rows with a target count (rule C4)."""
    found = [engine_total(total) for total in totals_of(world, engine_says(world))]
    assert found == [expected_total(total) for total in reference_says(world).totals]


@given(worlds(missing="refuse"))
def test_a_missing_rate_is_refused_where_the_reference_lacks_it(world: World) -> None:
    """In an open slice a record without a rate stops the calculation, and the error names every such record (rule M4)."""
    expected = reference_says(world)
    if expected.refused:
        with pytest.raises(MissingRate) as caught:
            engine_says(world)
        assert set(caught.value.records) == expected.refused
    else:
        assert [engine_cell(cell) for cell in engine_says(world)] == [expected_cell(cell) for cell in expected.cells]


@given(worlds())
def test_findings_name_the_slices_that_the_reference_names(world: World) -> None:
    """Late (rule P6), no rate (M4), no known owner (C6), owner away at every version (P7): reported where it matters."""
    kinds = ("late", "no_rate", "owner_inactive", "unattributed")
    assert engine_findings(engine_says(world), *kinds) == expected_findings(reference_says(world), *kinds)


@given(edge_worlds())
def test_findings_name_the_slices_that_the_reference_names_at_the_edges(world: World) -> None:
    """The same for people and deals that change at the very bounds of a slice, at its freeze, or a microsecond off."""
    kinds = ("late", "no_rate", "owner_inactive", "unattributed")
    assert engine_findings(engine_says(world), *kinds) == expected_findings(reference_says(world), *kinds)


# The same records through the other door.


def answers_alike(world: World, batches: Sequence[Columns | CrmEvent]) -> None:
    """Check that the engine says the same of columns and of events, and the reference too."""
    result, expected, answer = engine_says(world, batches), engine_says(world), reference_says(world)
    assert list(result) == list(expected)
    assert result.findings == expected.findings
    assert totals_of(world, result) == totals_of(world, expected)
    assert [engine_cell(cell) for cell in result] == [expected_cell(cell) for cell in answer.cells]
    assert [engine_total(total) for total in totals_of(world, result)] == [
        expected_total(total) for total in answer.totals
    ]
    kinds = ("late", "no_rate", "owner_inactive", "unattributed")
    assert engine_findings(result, *kinds) == expected_findings(answer, *kinds)


@given(single_worlds(), st.data())
def test_columns_equal_events_and_the_reference(world: World, data: st.DataObject) -> None:
    """Records as columns, cut into batches and mixed with events: the same figures, the same findings."""
    batches: list[Columns | CrmEvent] = []
    for events in by_object(world.events):
        places = data.draw(st.lists(st.sampled_from("aaaabe"), min_size=len(events), max_size=len(events)))
        for name in "ab":
            part = [event for event, place in zip(events, places, strict=True) if place == name]
            batches += [data.draw(columns_of(part))] if part else []
        batches += [event for event, place in zip(events, places, strict=True) if place == "e"]
    answers_alike(world, batches)


@given(single_worlds(), st.data())
def test_columns_without_recording_times_equal_events_and_the_reference(world: World, data: st.DataObject) -> None:
    """Without recording times each record counts as recorded at the first instant of the day that dates it."""
    zone = world.account.calendar.zone
    dated_by = {goal.measure.object: goal.measure.dated_by for goal in world.goals}
    assume(all(goal.measure.dated_by == dated_by[goal.measure.object] for goal in world.goals))

    def known(event: CrmEvent) -> datetime:
        try:
            when = reference.as_when(event.properties.get(dated_by[event.object]))
        except reference.UnreadableError:
            return datetime.min.replace(tzinfo=UTC)
        return reference.first_instant(reference.day_of(when, zone) if isinstance(when, datetime) else when, zone)

    world = evolve(world, events=tuple(evolve(event, recorded_at=known(event)) for event in world.events))
    answers_alike(world, [data.draw(columns_of(events, dated=False)) for events in by_object(world.events)])


def test_columns_that_cannot_be_read_equal_events_and_the_reference() -> None:
    """What no condition can read is reported from a column as from an event: it does not just fail the condition."""
    events = [deal("d1", more={"is_won": "maybe"}, recorded="2025-07-01"), deal("d2", recorded="2025-07-01")]
    columns = Columns(
        "deal",
        [event.record_id for event in events],
        owner_id=[event.owner_id for event in events],
        recorded_at=[event.recorded_at for event in events],
        properties={name: [event.properties[name] for event in events] for name in events[0].properties},
    )
    result = calculated(promise(ADA), columns)

    assert list(result) == list(calculated(promise(ADA), *events))
    assert [(finding.kind.value, finding.records) for finding in result.findings] == [("unreadable", ("d1",))]
