"""Split credit: several people sold one deal, and each gets a share (rule C5)."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

from quota_engine import Absence, Contributor, FindingKind, InvalidType, Membership, Roster, Split, Splits, Team, User
from quota_engine.adapters.columns import Columns
from tests.acme import (
    ADA,
    AUGUST,
    BOB,
    EVERYONE,
    JULY,
    NORTH,
    at,
    attained,
    calculated,
    cell,
    counting,
    deal,
    found,
    promise,
)
from tests.refusals import refuses, stays

CYD = Contributor.user("cyd")
TWO_TO_ONE = Splits({("deal", "d1"): {"ada": "0.6", "bob": "0.4"}})
STAFF = Roster([User("ada"), User("bob"), User("cyd")], [Team("north")], [Membership("ada", "north")])


def recorded(when: str, **shares: str) -> Split:
    """Return a split of the deal d1 that was recorded at some time."""
    return Split(object="deal", record_id="d1", shares=shares, recorded_at=at(when))


class TestShares:
    """Who gets how much of a deal of 100."""

    def test_each_gets_the_share(self) -> None:
        """60 for Ada who owns the deal, 40 for Bob, and each counts one deal."""
        result = calculated(promise(ADA, BOB), deal("d1"), splits=TWO_TO_ONE)
        assert [(attained(result, who), cell(result, who).counted) for who in (ADA, BOB)] == [(60, 1), (40, 1)]

    def test_an_owner_who_is_not_named_gets_nothing(self) -> None:
        """The deal is Ada's, but Bob and Cyd sold it."""
        splits = Splits({("deal", "d1"): {"bob": "0.5", "cyd": "0.5"}})
        result = calculated(promise(ADA, BOB, CYD), deal("d1"), splits=splits)
        assert [attained(result, who) for who in (ADA, BOB, CYD)] == [0, 50, 50]
        assert cell(result, ADA).counted == 0

    def test_other_deals_stay_the_owners(self) -> None:
        """A split is of one record, and of one kind of record."""
        splits = Splits({("deal", "d2"): {"bob": 1}, ("call", "d1"): {"bob": 1}})
        assert attained(calculated(promise(ADA, BOB), deal("d1"), splits=splits)) == 100

    def test_overlays_come_on_top(self) -> None:
        """An expert gets a quarter beyond; without shares the owner keeps all."""
        splits = Splits({("deal", "d1"): {"ada": "0.6", "bob": "0.4"}}, overlays={("deal", "d1"): {"cyd": "0.25"}})
        result = calculated(promise(ADA, BOB, CYD), deal("d1"), splits=splits)
        assert [attained(result, who) for who in (ADA, BOB, CYD)] == [60, 40, 25]
        beyond = calculated(promise(ADA, CYD), deal("d1"), splits=Splits(overlays={("deal", "d1"): {"cyd": "0.25"}}))
        assert [attained(beyond, who) for who in (ADA, CYD)] == [100, 25]

    def test_a_share_and_an_overlay_of_one_user_add_up(self) -> None:
        """Ada shares the deal and gets the expert's credit as well."""
        splits = Splits({("deal", "d1"): {"ada": "0.6", "bob": "0.4"}}, overlays={("deal", "d1"): {"ada": "0.25"}})
        assert attained(calculated(promise(ADA), deal("d1"), splits=splits)) == 85

    def test_counts_and_averages_credit_the_deal_whole(self) -> None:
        """Half a deal is no deal: each who sold it has sold one, of its full size."""
        for aggregate, expected in (("count", 1), ("average", 100), ("minimum", 100), ("maximum", 100)):
            result = calculated(promise(ADA, BOB, measure=counting(aggregate)), deal("d1"), splits=TWO_TO_ONE)
            assert [attained(result, who) for who in (ADA, BOB)] == [expected, expected]

    def test_teams_and_the_account_do_not_look_at_splits(self) -> None:
        """The owner's team counts the deal whole, and a sharer's team nothing."""
        owned = calculated(promise(NORTH, EVERYONE), deal("d1"), roster=STAFF, splits=TWO_TO_ONE)
        assert [attained(owned, who) for who in (NORTH, EVERYONE)] == [100, 100]
        others = calculated(promise(NORTH), deal("d1", owner="bob"), roster=STAFF, splits=TWO_TO_ONE)
        assert attained(others, NORTH) == 0

    def test_columns_give_the_same(self) -> None:
        """A split deal in columns counts as one that came as an event does."""
        columns = Columns(
            "deal",
            ["d1", "d2"],
            owner_id=["ada", "ada"],
            recorded_at=[at("2025-07-10")] * 2,
            properties={"is_won": [True] * 2, "closed_at": [JULY] * 2, "amount": [100, 10]},
        )
        result = calculated(promise(ADA, BOB), columns, splits=TWO_TO_ONE)
        assert [attained(result, who) for who in (ADA, BOB)] == [70, 40]

    def test_of_an_unread_condition_nobody_gets_anything(self) -> None:
        """A deal that is not won counts for nobody, split or not."""
        lost = deal("d1", more={"is_won": False})
        assert attained(calculated(promise(ADA, BOB), lost, splits=TWO_TO_ONE), BOB) == 0


class TestTotals:
    """A total counts a deal once."""

    def test_shares_sum_to_the_deal(self) -> None:
        """60 and 40 of one deal are one deal of 100."""
        total = calculated(promise(ADA, BOB), deal("d1"), splits=TWO_TO_ONE).total("g1", on=JULY)
        assert (total.attained, total.counted) == (100, 1)

    def test_a_part_is_a_part(self) -> None:
        """Where only Bob has a row, only his share is in the total."""
        total = calculated(promise(BOB), deal("d1"), splits=TWO_TO_ONE).total("g1", on=JULY)
        assert (total.attained, total.counted) == (40, 1)

    def test_overlays_never_make_it_more_than_the_deal(self) -> None:
        """60, 40 and 100 beyond are still one deal."""
        splits = Splits({("deal", "d1"): {"ada": "0.6", "bob": "0.4"}}, overlays={("deal", "d1"): {"cyd": 1}})
        total = calculated(promise(ADA, BOB, CYD), deal("d1"), splits=splits).total("g1", on=JULY)
        assert (total.attained, total.counted) == (100, 1)

    def test_whole_where_a_team_counts_it(self) -> None:
        """The team counts the deal, so Bob's 40 are in it already."""
        result = calculated(promise(BOB, NORTH), deal("d1"), roster=STAFF, splits=TWO_TO_ONE)
        total = result.total("g1", on=JULY)
        assert (total.attained, total.counted) == (100, 1)


class TestTime:
    """Splits that say when they were recorded (rule P6)."""

    def test_the_later_recorded_holds(self) -> None:
        """On the 12th Bob's part grows; what is recorded after the moment asked about does not exist."""
        splits = Splits(recorded=[recorded("2025-07-12", bob="1"), recorded("2025-07-11", ada="0.5", bob="0.5")])
        goal, won = promise(ADA, BOB), deal("d1")
        for as_of, expected in (("2025-07-10 13:00", (100, 0)), ("2025-07-11", (50, 50)), ("2025-07-12", (0, 100))):
            result = calculated(goal, won, as_of=as_of, splits=splits)
            assert tuple(attained(result, who) for who in (ADA, BOB)) == expected

    def test_a_recorded_one_replaces_what_was_always_known(self) -> None:
        """And one without shares gives the deal back to its owner."""
        splits = Splits({("deal", "d1"): {"bob": 1}}, recorded=[recorded("2025-07-12")])
        result = calculated(promise(ADA, BOB), deal("d1"), splits=splits)
        assert [attained(result, who) for who in (ADA, BOB)] == [100, 0]

    def test_one_that_comes_after_the_freeze_changes_nothing(self) -> None:
        """July froze with August; under `restate` it counts."""
        splits = Splits(recorded=[recorded("2025-08-01", bob="1")])
        late = calculated(promise(ADA, BOB), deal("d1"), as_of="2025-08-20", splits=splits)
        assert [attained(late, who) for who in (ADA, BOB)] == [100, 0]
        in_august = calculated(promise(ADA, BOB), deal("d1", closed="2025-08-10"), as_of="2025-08-20", splits=splits)
        assert [attained(in_august, who, AUGUST) for who in (ADA, BOB)] == [0, 100]

    def test_who_has_left_keeps_the_last_share(self) -> None:
        """Bob left on the 11th; that his part went to Ada on the 12th does not take it from him, and the total is one deal."""
        roster = Roster([User("ada"), User("bob", absences=[Absence(at("2025-07-11"))])])
        splits = Splits({("deal", "d1"): {"ada": "0.5", "bob": "0.5"}}, recorded=[recorded("2025-07-12", ada="1")])
        result = calculated(promise(ADA, BOB), deal("d1"), roster=roster, splits=splits)
        assert [attained(result, who) for who in (ADA, BOB)] == [100, 50]
        assert result.total("g1", on=JULY).attained == 100


class TestFindings:
    """What is reported."""

    def test_nobodys_deal_that_is_split_is_not_unattributed(self) -> None:
        """The deal is in a queue, but Bob sold it; if nobody is known who did, it is reported as ever."""
        roster = Roster([User("bob")])
        sold = calculated(promise(BOB), deal("d1", owner=None), roster=roster, splits=TWO_TO_ONE)
        assert (attained(sold, BOB), found(sold, FindingKind.UNATTRIBUTED)) == (40, [])
        ghost = Splits({("deal", "d1"): {"ghost": 1}})
        lost = calculated(promise(BOB), deal("d1", owner=None), roster=roster, splits=ghost)
        assert [finding.records for finding in found(lost, FindingKind.UNATTRIBUTED)] == [("d1",)]

    def test_a_stranger_gets_nothing(self) -> None:
        """A user whom the roster does not have has a row, and no figures in it."""
        roster = Roster([User("bob")])
        assert attained(calculated(promise(ADA), deal("d1", owner="bob"), roster=roster, splits=TWO_TO_ONE)) == 0


class TestValues:
    """Splits as values."""

    def test_are_immutable_and_exact(self) -> None:
        """Shares given as a dict are copied; a share of nothing is none."""
        splits = Splits({("deal", "d1"): {"ada": "0.60", "bob": Decimal("0.4"), "cyd": 0}})
        stays(splits)
        stays(recorded("2025-07-12", ada="1"))
        assert splits == TWO_TO_ONE
        assert TWO_TO_ONE.of("deal", "d1")[0].users == {"ada", "bob"}
        assert TWO_TO_ONE.of("deal", "d9") == ()
        assert TWO_TO_ONE.ids("deal") == {"d1"}

    def test_must_sum_to_one_exactly(self) -> None:
        """A cent of a percent too little is refused, and what they sum to is named."""
        refuses(
            lambda: Splits({("deal", "d1"): {"ada": "0.6", "bob": "0.3999"}}),
            "not_whole", "shares[deal, d1]", "0.9999", "sum to 1",
        )  # fmt: skip
        refuses(lambda: Splits({("deal", "d1"): {"ada": 0}}), "not_whole", "shares[deal, d1]")

    def test_refuse_what_is_no_share(self) -> None:
        """Each with its place: below zero, above one, a float, a name that is none, keys and tables of another kind."""
        record = ("deal", "d1")
        for share in ("-0.1", "1.1"):
            refuses(partial(Splits, {record: {"ada": share}}), "out_of_range", "shares[deal, d1][ada]")
            refuses(partial(Splits, overlays={record: {"ada": share}}), "out_of_range", "overlays[deal, d1][ada]")
        refuses(lambda: Splits({record: {"ada": 1.0}}), "invalid_type", "shares[deal, d1][ada]", kind=InvalidType)  # type: ignore[dict-item]
        refuses(lambda: Splits({record: {5: 1}}), "invalid_type", "shares[deal, d1][0]", kind=InvalidType)  # type: ignore[dict-item]
        refuses(lambda: Splits({record: ["ada"]}), "invalid_type", "shares[deal, d1]", kind=InvalidType)  # type: ignore[dict-item]
        refuses(lambda: Splits({"d1": {"ada": 1}}), "invalid_type", "shares", kind=InvalidType)  # type: ignore[dict-item]
        refuses(lambda: Splits([record]), "invalid_type", "shares", kind=InvalidType)  # type: ignore[arg-type]

    def test_refuse_two_at_one_time(self) -> None:
        """Which of the two holds could not be said; and one that is recorded says when."""
        refuses(
            lambda: Splits(recorded=[recorded("2025-07-12", ada="1"), recorded("2025-07-12", bob="1")]),
            "duplicate", "recorded[1]", "d1",
        )  # fmt: skip
        refuses(lambda: Splits(recorded=[Split(object="deal", record_id="d1")]), "required", "recorded[0].recorded_at")
