"""Findings: what was noticed about the records, bounded in size, and the same in every order."""

from __future__ import annotations

from datetime import date
from random import Random

import pytest

from quota_engine import FindingKind, Period
from quota_engine.findings import MOST_RECORDS, Notes
from tests.acme import ADA, calculated, deal, promise
from tests.refusals import twins

JULY = Period(date(2025, 7, 1), date(2025, 8, 1))
AUGUST = Period(date(2025, 8, 1), date(2025, 9, 1))
SPOTS = {0: ("g1", JULY), 1: ("g1", AUGUST), 2: ("g2", JULY)}


def noted(*records: str, kind: FindingKind = FindingKind.LATE, spots: tuple[int, ...] = (0,)) -> Notes:
    """Return notes of one kind about some records."""
    notes = Notes()
    for record in records:
        notes.add(kind, record, spots=spots)
    return notes


class TestNotes:
    """Gathering."""

    def test_one_finding_for_a_kind_a_goal_and_a_slice(self) -> None:
        """Two late deals in July are one finding, with both ids in order."""
        (finding,) = noted("d2", "d1").findings(SPOTS.__getitem__)
        assert (finding.kind, finding.goal_id, finding.slice) == (FindingKind.LATE, "g1", JULY)
        assert (finding.count, finding.records) == (2, ("d1", "d2"))
        assert finding.text == (
            "2 records (g1, 2025-07-01..2025-07-31): recorded at or after the freeze, and left out of the slice as it froze"
        )

    def test_a_record_concerns_each_slice_and_goal_once(self) -> None:
        """Spot 1 is August, spot 2 another goal."""
        findings = noted("d1", spots=(0, 1, 2)).findings(SPOTS.__getitem__)
        assert [(f.goal_id, f.slice, f.count) for f in findings] == [
            ("g1", JULY, 1),
            ("g1", AUGUST, 1),
            ("g2", JULY, 1),
        ]

    def test_nothing_is_said_where_there_are_no_spots(self) -> None:
        """Totals have cells of their own, and these are nobody's business."""
        assert noted("d1", spots=()).findings(SPOTS.__getitem__) == ()

    def test_of_several_passes_are_put_together(self) -> None:
        """Two deals of one batch and one of another are one finding about July."""
        both = noted("d3", "d1").merged(noted("d2"))
        (finding,) = both.findings(SPOTS.__getitem__)
        assert (finding.count, finding.records) == (3, ("d1", "d2", "d3"))

    def test_details_are_told_apart(self) -> None:
        """Two properties that cannot be read are two findings, of no one goal."""
        notes = Notes()
        notes.add(FindingKind.UNREADABLE, "d1", detail="amount")
        notes.add(FindingKind.UNREADABLE, "d2", detail="closed_at")
        assert [(f.text, f.goal_id, f.slice) for f in notes.findings(SPOTS.__getitem__)] == [
            ("1 record: cannot be read, and left out: amount", None, None),
            ("1 record: cannot be read, and left out: closed_at", None, None),
        ]

    def test_a_record_may_count_several_times(self) -> None:
        """Two deliveries too many of one record."""
        notes = Notes()
        notes.add(FindingKind.DUPLICATE, "d1", count=2)
        (finding,) = notes.findings(SPOTS.__getitem__)
        assert (finding.count, finding.records) == (2, ("d1",))
        assert finding.text == "2 repeated deliveries: a version that was there already, counted once"

    def test_come_in_a_fixed_order(self) -> None:
        """By kind, goal and slice, whatever was noted first."""
        kinds = [
            (FindingKind.NO_RATE, 2),
            (FindingKind.LATE, 1),
            (FindingKind.LATE, 0),
            (FindingKind.CONFLICT, None),
        ]
        orders = []
        for turn in (kinds, kinds[::-1]):
            notes = Notes()
            for kind, spot in turn:
                notes.add(kind, "d1", spots=[spot])
            orders.append([(f.kind.value, f.goal_id, f.slice) for f in notes.findings(SPOTS.__getitem__)])
        assert orders[0] == orders[1]
        assert orders[0] == [
            ("conflict", None, None),
            ("late", "g1", JULY),
            ("late", "g1", AUGUST),
            ("no_rate", "g2", JULY),
        ]


class TestFirstHundred:
    """All records are counted; the first hundred are named."""

    IDS = tuple(f"d{number:04}" for number in range(1_000))

    @pytest.mark.parametrize("seed", range(3))
    def test_are_the_first_in_order_of_their_ids(self, seed: int) -> None:
        """Whatever the order in which they were noted."""
        shuffled = Random(seed).sample(self.IDS, len(self.IDS))  # noqa: S311 - an order, not a secret
        (finding,) = noted(*shuffled).findings(SPOTS.__getitem__)
        assert (finding.count, finding.records) == (1_000, self.IDS[:MOST_RECORDS])

    @pytest.mark.parametrize("seed", range(3))
    def test_are_the_same_however_the_notes_were_cut_and_joined(self, seed: int) -> None:
        """Three batches, joined in any order, name what one batch does; the parts stay as they were."""
        shuffled = Random(seed).sample(self.IDS, len(self.IDS))  # noqa: S311 - an order, not a secret
        parts = [noted(*shuffled[start::3]) for start in range(3)]
        for first, second, third in ((0, 1, 2), (2, 0, 1), (1, 2, 0)):
            whole = parts[first].merged(parts[second]).merged(parts[third])
            (finding,) = whole.findings(SPOTS.__getitem__)
            assert (finding.count, finding.records) == (1_000, self.IDS[:MOST_RECORDS])
        assert [part.findings(SPOTS.__getitem__)[0].count for part in parts] == [334, 333, 333]

    def test_survive_pickling(self) -> None:
        """Notes may come from another process."""
        pickled, *_ = twins(noted("d1"))
        assert isinstance(pickled, Notes)
        assert pickled.findings(SPOTS.__getitem__) == noted("d1").findings(SPOTS.__getitem__)

    def test_a_calculation_names_a_hundred_of_a_thousand(self) -> None:
        """A thousand deals of nobody: one finding, a hundred ids."""
        result = calculated(promise(ADA), *(deal(record, owner=None) for record in reversed(self.IDS)))
        (finding,) = result.findings
        assert (finding.kind, finding.count) == (FindingKind.UNATTRIBUTED, 1_000)
        assert finding.records == self.IDS[:100]
        assert finding.text == (
            "1000 records (g1, 2025-07-01..2025-07-31): "
            "no owner, or one who is no user: counted for pipelines and the account alone"
        )
