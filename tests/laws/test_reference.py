"""The engine and the second implementation on random worlds: they must not differ in a single figure."""

from __future__ import annotations

import pytest
from hypothesis import given

from quota_engine import MissingRate
from quota_engine.testing.strategies import World, edge_worlds, worlds
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


@given(worlds())
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


@given(worlds())
def test_every_total_equals_the_reference(world: World) -> None:
    """A total counts each record once, over what the rows with a target count (rule C4)."""
    found = [engine_total(total) for total in totals_of(world, engine_says(world))]
    assert found == [expected_total(total) for total in reference_says(world).totals]


@given(worlds(missing="refuse"))
def test_a_missing_rate_is_refused_for_all_records_at_once(world: World) -> None:
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
