"""Receipts: why a number is what it is, record by record; each that counts, and each that does not with its reason."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from attrs import evolve

from quota_engine import (
    Absence,
    Assignment,
    Closing,
    Condition,
    Contributor,
    CrmEvent,
    Explanation,
    Goal,
    InvalidType,
    LeftOut,
    Line,
    Membership,
    MissingRate,
    NotFound,
    Rates,
    Roster,
    Splits,
    Team,
    User,
    calculate,
    explain,
    plan,
    tally,
)
from quota_engine.adapters.columns import Columns
from quota_engine.events import Property
from quota_engine.facts import Batch
from tests.acme import ADA, BOB, EVERYONE, JULY, JUNE, NORTH, RENEWALS, acme, at, counting, deal, promise
from tests.refusals import refuses, stays

DOLLARS = Rates("EUR", {("USD", date(2025, 1, 1)): "0.96"}, missing="leave_out")

WHY = """\
83 % = 41,500.00 of 50,000.00 EUR
Revenue, user ada, 2025-07-01..2025-07-31, goal g1, as of 2025-07-20 00:00 UTC

3 records count:
day         record  owner         amount  rate  share   credited  notes
----------  ------  -----  -------------  ----  -----  ---------  -----------------------------------------
2025-07-10  d1      ada    30,000.00 EUR        100 %  30,000.00
2025-07-10  d2      ada    10,000.00 USD  0.96  100 %   9,600.00  converted at 0.96, the rate of 2025-07-10
2025-07-25  d3      ada     1,900.00 EUR        100 %   1,900.00  dated ahead

2 records do not count:
day         record  owner        amount  reason                            notes
----------  ------  -----  ------------  --------------------------------  -----
2025-07-10  d4      ada    9,000.00 EUR  fails a condition of the measure
2025-07-10  d5      bob    4,000.00 EUR  credited to somebody else"""


def receipt(
    *events: CrmEvent | Batch,
    row: Contributor = ADA,
    on: date = JULY,
    as_of: str = "2025-07-20",
    known_at: str | None = None,
    goal: Goal | None = None,
    records: Iterable[str | tuple[str, str]] = (),
    roster: Roster | None = None,
    rates: Rates | None = None,
    splits: Splits | None = None,
) -> Explanation:
    """Return the receipt of a row in the slice of a day; Ada's July where nothing else is said."""
    return explain(
        goal or promise(row),
        row,
        on=on,
        events=iter(events),
        account=acme(),
        as_of=at(as_of),
        known_at=None if known_at is None else at(known_at),
        roster=roster,
        rates=rates,
        splits=splits,
        records=records,
    )


def asked(**parts: Any) -> Explanation:  # noqa: ANN401 - anything
    """Return the receipt of Ada's July, but for the parts given."""
    base: dict[str, Any] = {"goal": promise(ADA), "events": [], "account": acme(), "as_of": at("2025-07-20")}
    given = {**base, **parts}
    return explain(given.pop("goal"), ADA, on=JULY, **given)


def reasons(found: Explanation) -> dict[str, str | None]:
    """Return why each record that is listed does not count."""
    return {line.record_id: line.reason for line in found.not_counted}


def notes(line: Line) -> list[str]:
    """Return what is said of a record beside its numbers."""
    return [note.text for note in line.notes]


class TestNumber:
    """The number at the top: the very one of the board."""

    def test_why_83_percent(self) -> None:
        """Ada has 41,500 of 50,000: three deals, one in dollars; a deal that is not won and one of Bob's do not count."""
        found = receipt(
            deal("d1", "30000"),
            deal("d2", "10000", more={"currency": "USD"}),
            deal("d3", "1900", closed="2025-07-25", recorded="2025-07-01"),
            deal("d4", "9000", more={"is_won": False}),
            deal("d5", "4000", owner="bob"),
            goal=promise(ADA, target="50000"),
            rates=DOLLARS,
        )
        assert found.text() == str(found)
        assert str(found) == WHY

    def test_is_that_of_calculate(self) -> None:
        """Whatever other rows the goal has."""
        goal, events = promise(BOB, ADA, EVERYONE), [deal("d1"), deal("d2", owner="bob")]
        result = calculate([goal], events, account=acme(), as_of=at("2025-07-20"))
        assert receipt(*events, goal=goal).progress == result.of("g1", ADA, on=JULY)

    def test_without_records(self) -> None:
        """Nothing counts, and that is said."""
        assert str(receipt()).splitlines()[0] == "0 % = 0.00 of 1,000.00 EUR"
        assert str(receipt()).endswith("\n\nNo record counts.")

    def test_without_a_target(self) -> None:
        """There is no percentage then."""
        found = receipt(deal("d1"), goal=promise(Assignment(ADA)))
        assert str(found).splitlines()[0] == "100.00 EUR, no target"
        assert "1 record counts:" in str(found)

    def test_of_a_count(self) -> None:
        """A count has no unit to name, and its records no amount."""
        found = receipt(
            deal("d1"), deal("d2"), goal=promise(ADA, target="4", measure=evolve(counting("count"), unit="count"))
        )
        assert str(found).splitlines()[0] == "50 % = 2 of 4"
        assert [(line.amount, line.currency, line.credited) for line in found.counted] == [(None, None, 1)] * 2

    def test_where_less_is_better(self) -> None:
        """The words say so, since 200 % of an answering time is otherwise hard to believe."""
        measure = evolve(counting("average"), direction="lower", unit="duration")
        found = receipt(deal("d1", "40"), deal("d2", "60"), goal=promise(ADA, target="100", measure=measure))
        assert str(found).splitlines()[0] == "200 % = 50 of 100 duration, lower is better"

    def test_names_what_was_known_later(self) -> None:
        """A receipt of the past with what is known by now says both moments."""
        assert "as of 2025-07-20 00:00 UTC, as known at 2025-08-03 00:00 UTC" in str(receipt(known_at="2025-08-03"))


class TestCounted:
    """Records that count."""

    def test_say_how_they_count(self) -> None:
        """Amount x rate x share is what is credited, exactly."""
        splits = Splits({("deal", "d1"): {"ada": "0.6", "bob": "0.4"}})
        [line] = receipt(
            deal("d1", "100", pipeline="new", more={"currency": "USD"}), rates=DOLLARS, splits=splits
        ).counted
        assert (line.object, line.record_id, line.owner_id, line.pipeline_id) == ("deal", "d1", "ada", "new")
        assert (line.recorded_at, line.day) == (at("2025-07-10 12:00"), date(2025, 7, 10))
        assert (line.amount, line.currency, line.rate) == (100, "USD", Fraction(24, 25))
        assert (line.share, line.credited, line.reason) == (Decimal("0.6"), Fraction("57.6"), None)

    def test_credit_may_be_a_third(self) -> None:
        """Between two currencies, neither of them the base, rates are fractions, and so is what is credited."""
        rates = Rates("USD", {("EUR", date(2025, 1, 1)): "3", ("CHF", date(2025, 1, 1)): "1"})
        found = receipt(deal("d1", "100", more={"currency": "CHF"}), rates=rates)
        assert (found.counted[0].rate, found.counted[0].credited) == (Fraction(1, 3), Fraction(100, 3))
        assert found.rows()[0]["credited"] == found.progress.attained == Decimal("33." + "3" * 32)

    def test_without_an_amount_add_nothing_to_a_sum(self) -> None:
        """The deal counts as one record all the same (rule M3)."""
        [line] = receipt(deal("d1", None, more={"currency": "USD"})).counted
        assert (line.amount, line.currency, line.rate, line.share, line.credited) == (None, None, None, 1, 0)

    def test_are_in_the_order_of_their_days(self) -> None:
        """Then of their ids."""
        found = receipt(deal("d2"), deal("d3", closed="2025-07-02"), deal("d1"))
        assert [line.record_id for line in found.counted] == ["d3", "d1", "d2"]

    def test_moved_out_of_a_frozen_slice_count_in_two(self) -> None:
        """A June deal that is moved to July in July stays in June; both receipts say so (rule P6)."""
        events = (deal("d1", closed="2025-06-10"), deal("d1", closed="2025-07-10", recorded="2025-07-10"))
        [june], [july] = (receipt(*events, on=on).counted for on in (JUNE, JULY))
        assert notes(june) == [
            "a version that was recorded too late is left out",
            "counts also in 2025-07-01..2025-07-31",
        ]
        assert notes(july) == ["counts also in 2025-06-01..2025-06-30"]

    def test_moved_in_time_count_in_one(self) -> None:
        """A June deal that is moved to July in June has left June, though it was there."""
        events = (deal("d1", closed="2025-06-10", recorded="2025-05-10"), deal("d1", recorded="2025-06-10"))
        assert [notes(line) for line in receipt(*events).counted] == [[]]
        assert reasons(receipt(*events, on=JUNE)) == {"d1": "other_slice"}

    def test_a_late_version_that_changes_nothing_is_not_noted(self) -> None:
        """Somebody only looked at the record once more."""
        events = (deal("d1", closed="2025-06-10"), deal("d1", closed="2025-06-10", recorded="2025-07-10"))
        assert notes(receipt(*events, on=JUNE).counted[0]) == []

    def test_corrected_in_an_absence_stay_as_they_were_and_say_so(self) -> None:
        """Ada is away from the 11th on; what is typed in for her on the 12th is left out of every row (rule P7)."""
        staff = Roster([User("ada", absences=[Absence(at("2025-07-11"))])])
        events = (deal("d1", "10000"), deal("d1", "1000", recorded="2025-07-12"))
        for row, whose in ((ADA, "the user"), (EVERYONE, "its owner")):
            [line] = receipt(*events, row=row, roster=staff).counted
            assert (line.amount, notes(line)) == (
                10_000,
                [f"a version that was recorded while {whose} was inactive is left out"],
            )
        again = deal("d1", "10000", recorded="2025-07-12")  # saved again, with nothing changed
        assert notes(receipt(events[0], again, roster=staff).counted[0]) == []
        [deleted] = receipt(events[0], deal("d1", recorded="2025-07-12", deleted=True), roster=staff).counted
        assert notes(deleted) == ["a version that was recorded while the user was inactive is left out"]

    def test_dated_ahead_take_the_rate_of_today(self) -> None:
        """A rate of days to come is not known yet (rule M4)."""
        [line] = receipt(
            deal("d1", closed="2025-07-25", recorded="2025-07-01", more={"currency": "USD"}), rates=DOLLARS
        ).counted
        assert notes(line) == ["dated ahead", "converted at 0.96, the rate of 2025-07-20"]

    def test_come_in_columns_too(self) -> None:
        """Records in columns are explained like events; other kinds of records are passed over."""
        said: dict[str, list[Property]] = {
            "is_won": [True, False, True],
            "closed_at": [date(2025, 7, 10)] * 2 + [None],
            "amount": [100, 200, 300],
        }
        columns = Columns(
            "deal", ["d1", "d2", "d3"], owner_id=["ada"] * 3, recorded_at=[at("2025-07-10")] * 3, properties=said
        )
        late = Columns("deal", ["d4"], owner_id=["ada"], recorded_at=[at("2025-07-21")], properties={"is_won": [True]})
        found = receipt(columns, deal("d5"), late, Columns("call", ["c1"], properties={}))
        assert [line.record_id for line in found.counted] == ["d1", "d5"]
        assert reasons(found) == {"d2": "condition", "d3": "no_date"}


class TestNotCounted:
    """Records that do not count: by one reason each."""

    @pytest.mark.parametrize(
        ("reason", "events"),
        [
            ("deleted", [deal("d1"), deal("d1", recorded="2025-07-12", deleted=True)]),
            ("no_date", [deal("d1", closed=None)]),
            ("other_slice", [deal("d1", closed="2025-06-30")]),
            ("condition", [deal("d1", more={"is_won": False})]),
            ("owner", [deal("d1", owner="bob")]),
            ("unattributed", [deal("d1", owner=None)]),
            ("unattributed", [deal("d1", owner="ghost")]),
            ("pipeline", [deal("d1", pipeline="renewals")]),
            ("no_rate", [deal("d1", more={"currency": "JPY"})]),
        ],
    )
    def test_name_the_one_test_that_they_fail(self, reason: str, events: list[CrmEvent]) -> None:
        """Deleted, not dated so, not won, not Ada's, in another pipeline, in a currency without a rate."""
        goal = promise(Assignment(ADA, pipelines=["new"]), BOB)
        placed = [evolve(event, pipeline_id=event.pipeline_id or "new") for event in events]
        found = receipt(*placed, goal=goal, rates=DOLLARS, roster=Roster([User("ada"), User("bob")]))
        assert (found.counted, reasons(found)) == ((), {"d1": reason})
        [line] = found.not_counted
        assert (line.amount, line.rate, line.share, line.credited) == (100, None, None, 0)

    def test_without_a_value_are_left_out_of_averages(self) -> None:
        """A deal without an amount has no place in an average (rule M3)."""
        found = receipt(deal("d1", None), goal=promise(ADA, measure=counting("average")))
        assert reasons(found) == {"d1": "no_value"}

    def test_of_teams(self) -> None:
        """Bob is in no team, and a deal of nobody is in none either."""
        roster = Roster([User("ada"), User("bob")], [Team("north")], [Membership("ada", "north")])
        events = [deal("d1"), deal("d2", owner="bob"), deal("d3", owner=None), deal("d4", closed="2025-06-30")]
        found = receipt(*events, row=NORTH, roster=roster)
        assert [line.record_id for line in found.counted] == ["d1"]
        assert reasons(found) == {"d2": "team", "d3": "unattributed", "d4": "other_slice"}

    def test_of_a_team_that_tracks_one_pipeline(self) -> None:
        """A member's deal in another pipeline fails that alone."""
        roster = Roster([User("ada")], [Team("north")], [Membership("ada", "north")])
        goal = promise(Assignment(NORTH, pipelines=["new"]))
        assert reasons(receipt(deal("d1"), row=NORTH, roster=roster, goal=goal)) == {"d1": "pipeline"}

    def test_of_pipelines(self) -> None:
        """A pipeline takes what is in it, whoever owns it."""
        found = receipt(deal("d1", owner=None, pipeline="renewals"), deal("d2"), row=RENEWALS)
        assert ([line.record_id for line in found.counted], reasons(found)) == (["d1"], {"d2": "pipeline"})

    def test_recorded_after_the_freeze_are_late(self) -> None:
        """A June deal that is entered in July came too late, as did one that was moved into June."""
        events = [
            deal("d1", closed="2025-06-10", recorded="2025-07-02"),
            deal("d2", closed="2025-07-10", recorded="2025-06-10"),
            deal("d2", "70", closed="2025-06-10", recorded="2025-07-02"),
        ]
        found = receipt(*events, on=JUNE)
        assert reasons(found) == {"d1": "late", "d2": "late"}
        assert found.not_counted[1].amount == 70
        late = receipt(
            deal("d3", "1", owner="bob", closed="2025-06-10", recorded="2025-07-02"), on=JUNE, records=["d3"]
        )
        assert reasons(late) == {"d3": "late"}

    def test_where_late_corrections_count_nothing_is_late(self) -> None:
        """Under the policy restate the June deal counts."""
        goal = promise(ADA, account=acme(closing=Closing(policy="restate")))
        found = receipt(deal("d1", closed="2025-06-10", recorded="2025-07-02"), on=JUNE, goal=goal)
        assert ([line.record_id for line in found.counted], found.progress.restated) == (["d1"], True)

    def test_recorded_while_the_owner_was_away(self) -> None:
        """Ada has left; what was recorded under her name afterwards counts for nobody. Bob's deal is not hers in any case."""
        roster = Roster([User("ada", absences=[Absence(at("2025-07-05"))]), User("bob")])
        events = [deal("d1"), deal("d2", owner="bob"), deal("d3"), deal("d3", recorded="2025-07-11", deleted=True)]
        ours = receipt(*events, roster=roster, records=["d3"])
        assert reasons(ours) == {"d1": "owner_inactive", "d2": "owner", "d3": "owner_inactive"}
        assert reasons(receipt(*events, row=EVERYONE, roster=roster)) == {"d1": "owner_inactive", "d3": "deleted"}

    def test_of_what_was_deleted_show_what_it_was(self) -> None:
        """The amount and the day stand as they were before."""
        gone = evolve(deal("d1", recorded="2025-07-12", deleted=True), properties={})
        [line] = receipt(deal("d1", "70"), gone).not_counted
        assert (line.reason, line.amount, line.day) == ("deleted", 70, date(2025, 7, 10))
        assert line.recorded_at == at("2025-07-12")
        [bare] = receipt(gone, records=["d1"]).not_counted
        assert (bare.reason, bare.amount, bare.day) == ("deleted", None, None)

    def test_that_cannot_be_read_say_which_field(self) -> None:
        """A date, an amount, a condition or a currency that makes no sense."""
        found = receipt(
            deal("d1", closed=None, more={"closed_at": "soon"}),
            deal("d2", "a lot"),
            deal("d3", more={"is_won": "maybe"}),
            deal("d4", more={"currency": "euro"}),
        )
        assert reasons(found) == {"d1": "no_date", "d2": "no_value", "d3": "condition", "d4": "no_value"}
        assert {line.record_id: notes(line) for line in found.not_counted} == {
            "d1": ["closed_at cannot be read: expected a day or a moment with a zone"],
            "d2": ["amount cannot be read: expected an exact number"],
            "d3": ["is_won cannot be read: expected true or false"],
            "d4": ["currency cannot be read: expected a currency code of three capital letters"],
        }

    def test_are_listed_where_one_test_is_all_that_they_fail(self) -> None:
        """Bob's lost deal is no news for Ada; asked for, it is listed with the first reason."""
        lost = deal("d1", owner="bob", more={"is_won": False})
        assert receipt(lost).not_counted == ()
        assert receipt(lost).others == {("deal", "d1"): "condition"}
        for asked in ("d1", ("deal", "d1")):
            found = receipt(lost, records=[asked, asked])
            assert (reasons(found), dict(found.others)) == ({"d1": "condition"}, {})

    def test_that_nobody_knows_are_said_to_be_unknown(self) -> None:
        """An id that no event names, or none known by then; and a record of a kind that the goal does not measure."""
        found = receipt(deal("d1"), deal("d9", recorded="2025-07-21"), records=["d9", ("call", "c1"), "d1"])
        assert reasons(found) == {"d9": "unknown_record", "c1": "other_object"}
        assert [line.record_id for line in found.counted] == ["d1"]
        assert "no such record is known" in str(found)

    def test_come_by_reason(self) -> None:
        """In the order of the rules, then by day and id."""
        events = [deal("d1", owner="bob"), deal("d2", more={"is_won": False}), deal("d0", owner="bob")]
        assert [line.record_id for line in receipt(*events).not_counted] == ["d2", "d0", "d1"]


class TestRows:
    """The receipt for a data frame or a file."""

    def test_are_flat_and_in_one_order(self) -> None:
        """A dict per record, those that count first, with the same keys for all."""
        rows = receipt(deal("d1"), deal("d2", more={"is_won": False})).rows()
        assert rows[0] == {
            "goal_id": "g1", "contributor_kind": "user", "contributor_id": "ada", "first_day": date(2025, 7, 1),
            "last_day": date(2025, 7, 31), "row": "counted", "object": "deal", "record_id": "d1",
            "recorded_at": at("2025-07-10 12:00"), "owner_id": "ada", "pipeline_id": None, "day": date(2025, 7, 10),
            "amount": 100, "currency": "EUR", "rate": None, "share": 1, "credited": 100, "reason": None, "notes": "",
        }  # fmt: skip
        assert (rows[1]["row"], rows[1]["reason"], rows[1]["credited"]) == ("not_counted", "condition", 0)
        assert list(rows[0]) == list(rows[1])

    def test_give_rates_as_decimals(self) -> None:
        """24/25 is 0.96."""
        assert receipt(deal("d1", more={"currency": "USD"}), rates=DOLLARS).rows()[0]["rate"] == Decimal("0.96")


class TestText:
    """The receipt for people."""

    def test_is_of_bounded_length(self) -> None:
        """The first hundred of each, and how many more there are."""
        won, lost = ([deal(f"{name}{n}", more={"is_won": name == "w"}) for n in range(102)] for name in ("w", "l"))
        lines = str(receipt(*won, *lost)).splitlines()
        assert len(lines) == 2 + 2 * (1 + 1 + 2 + 100 + 1)
        assert lines.count("... and 2 more") == 2

    def test_has_words_for_every_reason(self) -> None:
        """Each reason is said in words, and in none twice."""
        lines = [evolve(receipt(deal("d1")).counted[0], record_id=reason, reason=reason) for reason in LeftOut]
        text = str(evolve(receipt(), not_counted=tuple(lines)))
        assert f"{len(LeftOut)} records do not count:" in text
        assert len({line.split("EUR")[1] for line in text.splitlines() if "100.00 EUR" in line}) == len(LeftOut)


class TestDoor:
    """What `explain` refuses."""

    def test_needs_a_row_and_a_slice(self) -> None:
        """A contributor without a row, and a day outside the slices, are not found."""
        refuses(lambda: receipt(row=BOB, goal=promise(ADA)), "not_found", "contributor", "user bob", kind=NotFound)
        refuses(lambda: receipt(on=date(2026, 1, 1)), "not_found", "on", "2026-01-01", kind=NotFound)

    @pytest.mark.parametrize("wrong", ["g1", [promise(ADA)], None])
    def test_takes_one_goal(self, wrong: Any) -> None:  # noqa: ANN401 - anything
        """Not its id, and not several."""
        refuses(lambda: asked(goal=wrong), "invalid_type", "goal", "a Goal", kind=InvalidType)

    @pytest.mark.parametrize(
        "wrong", [tally(plan([promise(ADA)], account=acme(), as_of=at("2025-07-20")), []), "d1", None, 5]
    )
    def test_needs_the_records(self, wrong: Any) -> None:  # noqa: ANN401 - anything
        """Tallies have forgotten them; text and nothing are no records."""
        refuses(lambda: asked(events=wrong), "invalid_type", "events", kind=InvalidType)

    def test_names_what_is_no_record(self) -> None:
        """By its place."""
        refuses(lambda: asked(events=[deal("d1"), "d2"]), "invalid_type", "events[1]", kind=InvalidType)

    @pytest.mark.parametrize("wrong", [5, ("deal",), ["deal", "d1"], ("deal", 5)])
    def test_takes_ids_and_pairs_and_nothing_else(self, wrong: Any) -> None:  # noqa: ANN401 - anything
        """A number is no id, and a pair is a tuple of two texts."""
        refuses(lambda: receipt(records=[wrong]), "invalid_type", "records[0]", kind=InvalidType)

    def test_takes_ids_and_pairs(self) -> None:
        """One id is not a list of ids, and an id is checked as everywhere."""
        refuses(lambda: receipt(records="d1"), "invalid_type", "records", kind=InvalidType)
        refuses(lambda: receipt(records=["d1", " d2"]), "space_around", "records[1]")

    def test_takes_a_day(self) -> None:
        """Which day a moment is depends on a zone."""
        refuses(lambda: receipt(on=at("2025-07-10")), "invalid_type", "on", kind=InvalidType)

    def test_refuses_as_calculate_does(self) -> None:
        """A missing rate in an open slice, unless it is to be left out; of other rows it does not matter."""
        foreign = deal("d1", owner="bob", more={"currency": "JPY"})
        goal = promise(ADA, BOB)
        with pytest.raises(MissingRate) as caught:
            receipt(foreign, row=BOB, goal=goal)
        assert caught.value.records == ("d1",)
        assert receipt(foreign, goal=goal).progress.attained == 0

    def test_does_not_look_at_other_rows_and_conditions(self) -> None:
        """A measure without conditions fails none."""
        measure = evolve(promise(ADA).measure, where=[Condition("stage", "is_not_set")])
        assert reasons(receipt(deal("d1", more={"stage": "won"}), goal=promise(ADA, measure=measure))) == {
            "d1": "condition"
        }


class TestValues:
    """The receipt as a value."""

    def test_stays(self) -> None:
        """It cannot be changed, and copies are equal."""
        found = receipt(deal("d1"), deal("d2", more={"is_won": False}))
        stays(found)
        stays(found.counted[0])
