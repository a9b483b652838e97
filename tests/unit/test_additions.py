"""Days on which marks were met, for all rows and slices of a calculation at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import cast

import pytest
from attrs import evolve

from quota_engine import (
    Batch,
    Calculation,
    Closing,
    Contributor,
    CrmEvent,
    Direction,
    InvalidType,
    Measure,
    Rates,
    Roster,
    Splits,
    Tallies,
    User,
    calculate,
    merge,
    plan,
    tally,
)
from quota_engine.adapters.columns import Column, Columns, Days, Minor, Moments
from quota_engine.events import Property
from tests.acme import ADA, BOB, EVERYONE, JULY, REVENUE, acme, at, calculated, counting, deal, promise
from tests.refusals import refuses

PERCENTS = (50, 90, 100)
TENTH, TWELFTH = date(2025, 7, 10), date(2025, 7, 12)
DEALS = (deal("d1", "500"), deal("d2", "400", closed="2025-07-12"), deal("d3", "99.99", closed="2025-07-12"))


def in_july(result: Calculation, *percents: int) -> tuple[date | None, ...]:
    """Return the days of July's cell of the first row, of twelve months."""
    return result.days_met(*(percents or PERCENTS))[6]


def columns(events: tuple[CrmEvent, ...], *, closed: Column | None = None) -> Columns:
    """Return deals as columns."""
    amounts: list[Property] = [event.properties["amount"] for event in events]
    return Columns(
        "deal",
        [event.record_id for event in events],
        owner_id=[event.owner_id for event in events],
        recorded_at=[event.recorded_at for event in events],
        properties={
            "is_won": [True] * len(events),
            "closed_at": [event.properties["closed_at"] for event in events] if closed is None else closed,
            "amount": amounts,
        },
    )


class TestDaysMet:
    """On which day each row met some percent of its target."""

    def test_are_those_of_each_cell_in_order(self) -> None:
        """Two rows of twelve months: what iterating gives goes with them."""
        result = calculated(
            promise(ADA, BOB), *DEALS, deal("d4", "2000", owner="bob", closed="2025-07-15"), by_day=True
        )
        days = dict(zip([(c.contributor, c.slice.start) for c in result], result.days_met(*PERCENTS), strict=True))
        assert len(days) == 24
        assert days[ADA, date(2025, 7, 1)] == (TENTH, TWELFTH, None)
        assert days[BOB, date(2025, 7, 1)] == (JULY,) * 3
        assert days[ADA, date(2025, 8, 1)] == (None, None, None)

    def test_come_in_the_order_in_which_they_are_asked_for(self) -> None:
        """Also twice, and in other words for the same percent."""
        result = calculated(promise(ADA), *DEALS, by_day=True)
        assert result.days_met(90, "50.0", 100, 50)[6] == (TWELFTH, TENTH, None, TENTH)

    def test_meet_a_mark_exactly(self) -> None:
        """Exactly so much is enough, and a cent less is not."""
        short = calculated(promise(ADA), *DEALS, by_day=True)
        exact = calculated(promise(ADA), *DEALS, deal("d4", "0.01", closed="2025-07-13"), by_day=True)
        assert in_july(short, 100) == (None,)
        assert in_july(exact, 100) == (date(2025, 7, 13),)

    def test_add_a_day_as_a_whole(self) -> None:
        """A refund of the same day counts; one of a later day does not take the mark away again."""
        same = (deal("d1", "1000"), deal("d2", "-600"))
        later = (deal("d1", "1000"), deal("d2", "-600", closed="2025-07-12"))
        for events in (same, same[::-1]):
            assert in_july(calculated(promise(ADA), *events, by_day=True)) == (None, None, None)
            assert in_july(calculated(promise(ADA), columns(events), by_day=True)) == (None, None, None)
        assert in_july(calculated(promise(ADA), *later, by_day=True)) == (TENTH, TENTH, TENTH)

    def test_go_on_after_some_of_a_day_is_taken_back(self) -> None:
        """Half is met on the tenth, though at noon it was the whole; the whole is met on the twelfth."""
        events = (deal("d1", "1000"), deal("d2", "-400"), deal("d3", "400", closed="2025-07-12"))
        assert in_july(calculated(promise(ADA), *events, by_day=True)) == (TENTH, TWELFTH, TWELFTH)

    @pytest.mark.parametrize("rows", [(ADA,), (ADA, EVERYONE)])
    def test_are_the_same_for_columns(self, rows: tuple[Contributor, ...]) -> None:
        """Where records count in one row each, and where they count in several."""
        days = Days([when.toordinal() for when in (TENTH, TWELFTH, TWELFTH)])
        for given in (columns(DEALS), columns(DEALS, closed=days)):
            assert in_july(calculated(promise(*rows), given, by_day=True)) == (TENTH, TWELFTH, None)

    def test_are_the_same_for_cents(self) -> None:
        """Whole numbers of cents beside amounts as text, with marks that are no whole cents."""
        cents = evolve(
            columns(DEALS[:2]), properties={**columns(DEALS[:2]).properties, "amount": Minor([50000, 40000])}
        )
        given: list[Batch | CrmEvent] = [cents, DEALS[2]]
        assert in_july(calculated(promise(ADA), *given, by_day=True)) == (TENTH, TWELFTH, None)
        odd = calculated(promise(ADA, target="333.33"), *given, by_day=True)
        assert odd.days_met("150.000150000150000150", "270", "271")[6] == (TENTH, TWELFTH, TWELFTH)

    @pytest.mark.parametrize("rows", [(ADA,), (ADA, EVERYONE)])
    def test_are_local_days(self, rows: tuple[Contributor, ...]) -> None:
        """Half past eleven at night in Greenwich is the next day in Rome."""
        when = at("2025-07-10 23:30")
        event = deal("d1", "1000", closed=when, recorded="2025-07-11")
        moments = Moments([int(when.timestamp()) * 1_000_000])
        for given in (event, columns((event,)), columns((event,), closed=moments)):
            rome = calculated(promise(*rows, account=acme(zone="Europe/Rome")), given, by_day=True)
            assert in_july(rome, 100) == (date(2025, 7, 11),)
            assert in_july(calculated(promise(*rows), given, by_day=True), 100) == (TENTH,)

    @pytest.mark.parametrize("rows", [(ADA,), (ADA, EVERYONE)])
    def test_of_counts_count_ones(self, rows: tuple[Contributor, ...]) -> None:
        """Whatever the deals are worth."""
        goal = promise(*rows, target="2", measure=counting("count"))
        split = Splits({("deal", "d1"): {"ada": "0.5", "bob": "0.5"}})
        for given in (DEALS, (columns(DEALS),)):
            assert in_july(calculated(goal, *given, by_day=True), 50, 100, 150, 151) == (TENTH, TWELFTH, TWELFTH, None)
            assert in_july(calculated(goal, *given, splits=split, by_day=True), 50, 100) == (TENTH, TWELFTH)

    def test_of_shares_and_rates(self) -> None:
        """A third of a deal in dollars, at the rate of its day."""
        rates = Rates("EUR", {("USD", date(2025, 7, 1)): "0.9"})
        split = Splits({("deal", "d1"): {"ada": "0.5", "bob": "0.5"}})
        event = deal("d1", "2000", more={"currency": "USD"})
        result = calculated(promise(ADA, EVERYONE), event, rates=rates, splits=split, by_day=True)
        assert in_july(result, 90, 91) == (TENTH, None)
        assert result.days_met(180, 181)[18] == (TENTH, None)

    def test_wait_for_no_rate(self) -> None:
        """A deal that is left out for want of a rate meets nothing."""
        rates = Rates("EUR", {}, missing="leave_out")
        result = calculated(promise(ADA), deal("d1", "2000", more={"currency": "USD"}), rates=rates, by_day=True)
        assert in_july(result, 1) == (None,)

    def test_leave_out_what_came_too_late(self) -> None:
        """A correction after the freeze moves no day, unless late corrections count."""
        late = deal("d1", "1000", closed="2025-07-20", recorded="2025-08-05", version=1)
        restating = acme(closing=Closing(policy="restate"))
        for given in ((deal("d1", "1000"), late),):
            frozen = calculated(promise(ADA), *given, as_of="2025-08-10", by_day=True)
            restated = calculated(
                promise(ADA, account=restating), *given, account=restating, as_of="2025-08-10", by_day=True
            )
            assert in_july(frozen, 100) == (TENTH,)
            assert in_july(restated, 100) == (date(2025, 7, 20),)

    @pytest.mark.parametrize("target", [None, "0"])
    def test_are_none_without_a_target(self, target: str | None) -> None:
        """None is no promise, and of zero everything is any percent."""
        assert in_july(calculated(promise(ADA, target=target), *DEALS, by_day=True)) == (None, None, None)

    @pytest.mark.parametrize(
        "measure", [counting("average"), counting("maximum"), evolve(REVENUE, direction=Direction.LOWER)]
    )
    def test_are_none_where_nothing_adds_up_to_the_mark(self, measure: Measure) -> None:
        """Averages and extremes, and where lower is better."""
        assert in_july(calculated(promise(ADA, measure=measure), *DEALS, by_day=True)) == (None, None, None)

    def test_of_no_records(self) -> None:
        """Nothing is met, neither by day nor by moment."""
        assert in_july(calculated(promise(ADA), by_day=True)) == (None, None, None)

    def test_of_those_who_are_shown(self) -> None:
        """Somebody who may see Bob's row alone is told Bob's days alone."""
        goal = promise(ADA, BOB)
        result = calculated(goal, *DEALS, by_day=True).shown_as([goal.remove(ADA)], is_whole=False)
        assert result.days_met(50) == [(None,)] * 12

    def test_change_no_figure(self) -> None:
        """A calculation by day has the figures of any other."""
        for given in (DEALS, (columns(DEALS),)):
            kept, plain = (calculated(promise(ADA, EVERYONE), *given, by_day=by_day) for by_day in (True, False))
            assert (list(kept), kept.findings) == (list(plain), plain.findings)


class TestPieces:
    """Records that are tallied in pieces."""

    WORK = plan([promise(ADA, BOB)], account=acme(), as_of=at("2025-07-20"), roster=Roster([User("ada"), User("bob")]))

    def days(self, records: Sequence[CrmEvent] | Tallies) -> list[tuple[date | None, ...]]:
        """Return the days of records, or of their tallies."""
        roster = self.WORK.roster
        return calculate(
            self.WORK.goals, records, account=acme(), as_of=at("2025-07-20"), roster=roster, by_day=True
        ).days_met(*PERCENTS)

    def test_are_joined(self) -> None:
        """In either order, events or columns; and joining leaves them as they were."""
        one, two = tally(self.WORK, [DEALS[0]], by_day=True), tally(self.WORK, [columns(DEALS[1:])], by_day=True)
        whole = self.days(DEALS)
        assert whole[6] == (TENTH, TWELFTH, None)
        assert self.days(merge(one, two)) == self.days(merge(two, one)) == whole
        assert self.days(one)[6] == (TENTH, None, None)

    def test_that_are_by_day_need_not_be_told_so_again(self) -> None:
        """What they keep is there, so it can be asked for."""
        kept = tally(self.WORK, DEALS, by_day=True)
        assert kept.is_by_day
        result = calculate(self.WORK.goals, kept, account=acme(), as_of=at("2025-07-20"), roster=self.WORK.roster)
        assert in_july(result) == (TENTH, TWELFTH, None)

    def test_that_are_not_by_day_do_not_become_so(self) -> None:
        """Neither alone nor beside others."""
        plain, kept = tally(self.WORK, DEALS), tally(self.WORK, (), by_day=True)
        assert not plain.is_by_day
        refuses(lambda: self.days(plain), "not_by_day", "tallies", "all by day, or none")
        refuses(lambda: merge(plain, kept), "not_by_day", "tallies", "all by day, or none")


class TestDoors:
    """What may be asked, and what is refused."""

    def test_only_a_calculation_by_day_knows_the_days(self) -> None:
        """The others have not kept them."""
        refuses(partial(calculated(promise(ADA), *DEALS).days_met, 50), "not_by_day", "by_day", "made with by_day=True")

    def test_some_percent_must_be_asked_for(self) -> None:
        """Of nothing there is no day."""
        refuses(calculated(promise(ADA), by_day=True).days_met, "required", "percents", "at least one")

    @pytest.mark.parametrize("bad", [None, 1, "yes"])
    def test_by_day_is_yes_or_no(self, bad: object) -> None:
        """For events and for tallies alike."""
        goal = promise(ADA)
        work = plan([goal], account=acme(), as_of=at("2025-07-20"))
        flag = cast("bool", bad)
        refuses(lambda: tally(work, [], by_day=flag), "invalid_type", "by_day", kind=InvalidType)
        given: list[list[CrmEvent] | Tallies] = [[], tally(work, [])]
        for records in given:
            door = partial(calculate, [goal], records, account=acme(), as_of=at("2025-07-20"), by_day=flag)
            refuses(door, "invalid_type", "by_day", kind=InvalidType)


def test_days_are_dates() -> None:
    """No moment comes out, whatever went in."""
    (found,) = in_july(calculated(promise(ADA), deal("d1", "1000", closed=at("2025-07-10 12:00")), by_day=True), 100)
    assert found == JULY.replace(day=10)
    assert not isinstance(found, datetime)
