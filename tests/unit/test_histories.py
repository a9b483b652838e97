"""Histories: of each record the versions that can still hold, whatever the order in which they arrive."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations

import pytest

from quota_engine import Absence, Calculation, CrmEvent, Finding, Period, Roster, User
from quota_engine.findings import Notes
from quota_engine.histories import Histories
from tests.acme import ADA, BOB, EVERYONE, at, attained, calculated, deal, figures, found, promise
from tests.refusals import twins

AUGUST_FIRST = at("2025-08-01")
LEFT = Roster([User("ada", absences=[Absence(at("2025-07-11 06:00"))]), User("bob"), User("carl")])


NOWHERE: dict[int, tuple[str, Period]] = {}


def histories(*events: CrmEvent, roster: Roster | None = None) -> Histories:
    """Return the histories of some versions; the one slice there is freezes on 1 August."""
    users = () if roster is None else roster.users
    held = Histories(sorted({AUGUST_FIRST, *(absence.start for user in users for absence in user.absences)}), roster)
    for event in events:
        held.add(event)
    return held


def kept(held: Histories) -> list[list[CrmEvent]]:
    """Return the versions that are kept, record by record."""
    return [list(versions) for versions in held]


def findings(held: Histories) -> list[tuple[str, int, tuple[str, ...]]]:
    """Return what is noted: kind, count and records."""
    notes = Notes()
    held.noted(notes)
    return [(f.kind.value, f.count, f.records) for f in notes.findings(NOWHERE.__getitem__)]


def same(results: Iterable[Calculation]) -> bool:
    """Whether figures and findings are the same in all calculations."""
    first, *others = results
    return all((figures(first), first.findings) == (figures(other), other.findings) for other in others)


class TestVersions:
    """Which version of a record holds (rule P1)."""

    def test_one_version_is_the_record(self) -> None:
        """Most records are delivered once."""
        event = deal("d1")
        assert kept(histories(event)) == [[event]]

    def test_the_last_recorded_holds(self) -> None:
        """A later version replaces the one before, in whatever order they come."""
        first, last = deal("d1"), deal("d1", "200", recorded="2025-07-11")
        assert kept(histories(first, last)) == kept(histories(last, first)) == [[last]]

    def test_at_one_moment_the_higher_number_holds(self) -> None:
        """Two versions of the same second are told apart by their number."""
        first, last = deal("d1", "200", version=1), deal("d1", "100", version=2)
        assert kept(histories(first, last)) == kept(histories(last, first)) == [[last]]

    def test_at_one_moment_and_number_the_deletion_holds(self) -> None:
        """What may be gone is not counted."""
        gone, there = deal("d1", deleted=True), deal("d1", "999")
        assert kept(histories(gone, there)) == kept(histories(there, gone)) == [[gone]]

    def test_at_one_moment_and_number_the_greater_content_holds(self) -> None:
        """The contents differ in the amount alone, and as text "20" is greater than "100"."""
        one, two = deal("d1", "100"), deal("d1", "20")
        assert kept(histories(one, two)) == kept(histories(two, one)) == [[two]]

    def test_what_held_before_the_freeze_is_kept_for_the_frozen_slice(self) -> None:
        """A version recorded at the freeze or later holds for open slices alone."""
        first, before = deal("d1"), deal("d1", "200", recorded="2025-07-31 23:59:59.999999")
        at_freeze, after = deal("d1", "300", recorded="2025-08-01"), deal("d1", "400", recorded="2025-08-02")
        for order in permutations([first, before, at_freeze, after]):
            assert kept(histories(*order)) == [[before, after]]

    def test_what_held_before_someone_left_is_kept_for_their_row(self) -> None:
        """Ada left on the 11th: the versions before are hers, the one after is Bob's."""
        first, hers = deal("d1"), deal("d1", "200", recorded="2025-07-11 05:00")
        his = deal("d1", "300", owner="bob", recorded="2025-07-12")
        for order in permutations([first, hers, his]):
            assert kept(histories(*order, roster=LEFT)) == [[hers, his]]

    def test_a_version_of_someone_who_left_replaces_nothing(self) -> None:
        """It is left out of other rows, so the version before it is kept; so is itself, to be reported if need be."""
        first, late = deal("d1", owner="bob", recorded="2025-07-11 07:00"), deal("d1", recorded="2025-07-12")
        for order in permutations([first, late]):
            assert kept(histories(*order, roster=LEFT)) == [[first, late]]

    def test_a_version_that_took_a_record_away_is_kept(self) -> None:
        """Bob took Ada's deal before she left, Carl after: in every order Ada's row is at nothing, and so is Bob's."""
        hers, his = deal("d1", recorded="2025-07-10 09:00"), deal("d1", owner="bob", recorded="2025-07-10 10:00")
        carls = deal("d1", owner="carl", recorded="2025-07-12")
        results = [calculated(promise(ADA, BOB), *order, roster=LEFT) for order in permutations([hers, his, carls])]
        assert (attained(results[0], ADA), attained(results[0], BOB)) == (0, 0)
        assert same(results)

    def test_records_of_one_id_and_two_objects_are_two(self) -> None:
        """A deal and a call may share an id."""
        call = CrmEvent("call", "d1", recorded_at=at("2025-07-10"))
        assert kept(histories(deal("d1"), call)) == [[deal("d1")], [call]]


class TestNoted:
    """What is reported about the versions that hold."""

    def test_a_version_delivered_twice_is_a_duplicate(self) -> None:
        """Three deliveries of one version are two too many."""
        event = deal("d1")
        assert findings(histories(event)) == []
        assert findings(histories(event, event, deal("d1"))) == [("duplicate", 2, ("d1",))]

    def test_numbers_and_zones_that_say_the_same_are_duplicates(self) -> None:
        """100 and 100.00 are one amount; a field that is empty is one that is not there."""
        assert findings(histories(deal("d1", 100), deal("d1", "100", more={"amount": 100, "x": ""}))) == [
            ("duplicate", 1, ("d1",))
        ]

    def test_two_versions_that_disagree_are_a_conflict(self) -> None:
        """One moment, one number, two amounts: it is reported once, however often they come."""
        one, two = deal("d1", "100"), deal("d1", "20")
        assert findings(histories(one, two)) == [("conflict", 1, ("d1",))]
        assert findings(histories(one, two, one)) == [("conflict", 1, ("d1",))]
        assert findings(histories(deal("d1"), deal("d1", deleted=True))) == [("conflict", 1, ("d1",))]

    def test_another_number_or_moment_is_no_conflict(self) -> None:
        """Then one is simply later."""
        assert findings(histories(deal("d1"), deal("d1", "20", version=1))) == []
        assert findings(histories(deal("d1"), deal("d1", "20", recorded="2025-07-11"))) == []

    def test_what_is_replaced_is_no_longer_reported(self) -> None:
        """A later version settles duplicates and conflicts among the earlier ones."""
        one, two, last = deal("d1", "100"), deal("d1", "20"), deal("d1", "30", recorded="2025-07-11")
        assert findings(histories(one, one, last)) == []
        assert findings(histories(one, two, last)) == []

    @pytest.mark.parametrize("roster", [None, LEFT])
    def test_the_report_is_the_same_for_every_order_of_arrival(self, roster: Roster | None) -> None:
        """A duplicate of the version that lost a conflict is none of the one that holds, whatever came first."""
        one, two = deal("d1", "100"), deal("d1", "20")
        for deliveries in ([one, one, two], [one, two, two], [one, one, two, deal("d1", recorded="2025-07-12")]):
            reports = {tuple(findings(histories(*order, roster=roster))) for order in permutations(deliveries)}
            assert len(reports) == 1

    def test_the_report_of_someone_who_left_is_the_same_for_every_order_of_arrival(self) -> None:
        """Whether a duplicate is reported must not hang on whether a later version came first."""
        hers = deal("d1", recorded="2025-07-10")
        his = deal("d1", owner="bob", recorded="2025-07-12")
        hers_again = deal("d1", recorded="2025-07-13")
        for deliveries in (
            [hers, hers, his, hers_again],
            [hers, his, his, hers_again],
            [hers, his, hers_again, hers_again],
        ):
            results = [
                calculated(promise(ADA, BOB, EVERYONE), *order, roster=LEFT) for order in permutations(deliveries)
            ]
            assert same(results)


class TestMerged:
    """Histories of batches, joined."""

    def test_are_those_of_all_versions_in_one_place(self) -> None:
        """Versions before and after the freeze, duplicates and conflicts: whoever took them in."""
        events = [
            deal("d1"),
            deal("d1", "200", recorded="2025-08-02"),
            deal("d1", "20", recorded="2025-08-02"),
            deal("d2"),
            deal("d1"),
        ]
        whole = histories(*events)
        for cut in range(len(events) + 1):
            both = histories(*events[:cut]).merged(histories(*events[cut:]))
            assert sorted(kept(both), key=str) == sorted(kept(whole), key=str)
            assert findings(both) == findings(whole) == [("conflict", 1, ("d1",)), ("duplicate", 1, ("d1",))]

    def test_leave_both_as_they_were(self) -> None:
        """Merging changes neither side."""
        one, two = histories(deal("d1"), deal("d1", "200", recorded="2025-08-02")), histories(deal("d1", "5"))
        before = (kept(one), kept(two))
        both = one.merged(two)
        both.add(deal("d1", "9", recorded="2025-08-03"))
        assert (kept(one), kept(two)) == before

    def test_keep_what_people_who_left_need(self) -> None:
        """The rules about absences hold in what is merged, too."""
        hers, his = deal("d1"), deal("d1", owner="bob", recorded="2025-07-12")
        assert kept(histories(his, roster=LEFT).merged(histories(hers, roster=LEFT))) == [[hers, his]]

    def test_survive_pickling(self) -> None:
        """Work may be cut across processes."""
        pickled, *_ = twins(histories(deal("d1"), deal("d1")))
        assert isinstance(pickled, Histories)
        assert kept(pickled) == [[deal("d1")]]
        assert findings(pickled) == [("duplicate", 1, ("d1",))]


def test_a_duplicate_is_told_in_a_sentence() -> None:
    """What a sales manager reads below the figures."""
    result = calculated(promise(ADA), deal("d1"), deal("d1"), deal("d2"), deal("d2", "20"))
    texts = [finding.text for kind in ("duplicate", "conflict") for finding in found(result, kind)]
    assert texts == [
        "1 repeated delivery: a version that was there already, counted once",
        "1 record: two versions of one recording time and number say different things; one of them holds",
    ]
    duplicate: Finding = found(result, "duplicate")[0]
    assert (duplicate.goal_id, duplicate.slice) == (None, None)
