"""Laws of split credit: shares add up to the record, and nobody's share changes what teams and totals count (rule C5)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from quota_engine import Absence, Contributor, Membership, Roster, Split, Splits, Team, User
from quota_engine.testing.strategies import World, amounts, worlds
from tests.acme import EVERYONE, JULY, NORTH, at, attained, calculated, cell, counting, deal, promise
from tests.side_by_side import engine_cell, engine_says

STAFF = ("ada", "bob", "cyd")
ROWS = [Contributor.user(name) for name in STAFF]
ROSTER = Roster(
    [User(name) for name in STAFF], [Team("north")], [Membership("ada", "north"), Membership("cyd", "north")]
)

# Shares of three people in parts of twenty, and what one of them gets beyond.
cuts = st.tuples(st.integers(0, 20), st.integers(0, 20)).map(sorted)
overlays = st.sampled_from([{}, {"bob": "0.5"}, {"cyd": 1}])
sold = st.lists(st.tuples(amounts(), st.sampled_from(STAFF), cuts), min_size=1, max_size=4)


def shared(parts: list[int]) -> dict[str, Decimal]:
    """Return shares cut at two places of twenty."""
    bounds = [0, *parts, 20]
    return {name: Decimal(5 * (bounds[place + 1] - bounds[place])) / 100 for place, name in enumerate(STAFF)}


@given(sold)
def test_lm4_shares_sum_to_the_records(drawn: list[tuple[Decimal, str, list[int]]]) -> None:
    """LM4: what people get of a split record together is the record, and so is the total over their rows."""
    deals = [deal(f"d{place}", amount, owner=owner) for place, (amount, owner, _) in enumerate(drawn)]
    splits = Splits({("deal", f"d{place}"): shared(parts) for place, (_, _, parts) in enumerate(drawn)})
    result = calculated(promise(*ROWS), *deals, splits=splits)
    whole = sum((Fraction(amount) for amount, _, _ in drawn), Fraction(0))
    assert sum((Fraction(attained(result, row) or 0) for row in ROWS), Fraction(0)) == whole
    assert result.total("g1", on=JULY).attained == whole


@given(sold, overlays)
def test_lm4_whatever_is_split_teams_and_totals_count_once(
    drawn: list[tuple[Decimal, str, list[int]]], beyond: dict[str, str]
) -> None:
    """LM4: rows of teams and of the account are those without splits, and no credit beyond makes a total more than the deals."""
    deals = [deal(f"d{place}", amount, owner=owner) for place, (amount, owner, _) in enumerate(drawn)]
    records = [("deal", f"d{place}") for place in range(len(drawn))]
    splits = Splits(
        {record: shared(parts) for record, (_, _, parts) in zip(records, drawn, strict=True)},
        overlays=dict.fromkeys(records, beyond),
    )
    goal = promise(*ROWS, NORTH, EVERYONE)
    result, plain = (calculated(goal, *deals, roster=ROSTER, splits=given) for given in (splits, None))
    assert [attained(result, row) for row in (NORTH, EVERYONE)] == [attained(plain, row) for row in (NORTH, EVERYONE)]
    assert result.total("g1", on=JULY) == plain.total("g1", on=JULY)
    people = calculated(promise(*ROWS), *deals, roster=ROSTER, splits=splits).total("g1", on=JULY)
    assert people.attained == plain.total("g1", on=JULY).attained


@given(worlds())
def test_splits_of_other_records_change_nothing(world: World) -> None:
    """LE11: splits of records that there are not leave every figure as it is."""
    beyond = {(goal.measure.object, "elsewhere"): {"ada": 1, "bob": 1, "cyd": 1} for goal in world.goals}
    bare, other = (engine_says(evolve(world, splits=splits)) for splits in (None, Splits(overlays=beyond)))
    assert [engine_cell(cell) for cell in bare] == [engine_cell(cell) for cell in other]


@given(sold, st.sampled_from(["count", "average", "minimum", "maximum"]))
def test_lm4_what_is_not_a_sum_is_credited_whole(drawn: list[tuple[Decimal, str, list[int]]], aggregate: str) -> None:
    """LM4: in counts, averages and extremes each who has a share gets the record as if it were their own alone."""
    deals = [deal(f"d{place}", amount, owner=owner) for place, (amount, owner, _) in enumerate(drawn)]
    splits = Splits({("deal", f"d{place}"): shared(parts) for place, (_, _, parts) in enumerate(drawn)})
    goal = promise(*ROWS, measure=counting(aggregate))
    result = calculated(goal, *deals, splits=splits)
    for row in ROWS:
        own = [
            evolve(won, owner_id=row.id)
            for won, (_, _, parts) in zip(deals, drawn, strict=True)
            if shared(parts)[row.id]
        ]
        assert cell(result, row) == cell(calculated(goal, *own), row)


@given(amounts(), cuts, cuts, st.integers(0, 20))
def test_lf4_who_has_left_keeps_their_share(amount: Decimal, before: list[int], after: list[int], day: int) -> None:
    """LF4: a split that is recorded once somebody has left does not change what they have, and changes the others'."""
    left = at("2025-07-15")
    roster = Roster([User("ada", absences=[Absence(left)]), User("bob"), User("cyd")])
    moment = left + timedelta(days=day - 10)
    later = Split(object="deal", record_id="d1", shares=shared(after), recorded_at=moment)
    splits = Splits({("deal", "d1"): shared(before)}, recorded=[later])
    result = calculated(promise(*ROWS), deal("d1", amount), roster=roster, as_of="2025-07-31", splits=splits)
    for row in ROWS:
        holds = before if row.id == "ada" and moment >= left else after
        assert Fraction(attained(result, row) or 0) == Fraction(amount) * Fraction(shared(holds)[row.id])
