"""Progress: how far each row has come, where it stands, how it is doing by now, and the result as a whole."""

from __future__ import annotations

import decimal
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import permutations

import pytest
from attrs import evolve

from quota_engine import (
    Assignment,
    Closing,
    Contributor,
    CrmEvent,
    Curve,
    DayWeights,
    Duration,
    EveryDay,
    Goal,
    InvalidType,
    Measure,
    NotFound,
    Pace,
    PaceStatus,
    Period,
    Progress,
    Roster,
    Status,
    User,
    WorkingDays,
    calculate,
    templates,
)
from quota_engine.accounts import Bands
from tests.acme import (
    ADA,
    AUGUST,
    BOB,
    EVERYONE,
    JULY,
    JUNE,
    NORTH,
    acme,
    at,
    attained,
    calculated,
    cell,
    counting,
    deal,
    figures,
    found,
    promise,
)
from tests.refusals import refuses, says, stays, twins

SUM = counting("sum")
LOWER = evolve(SUM, direction="lower")
TICKETS = templates.AVERAGE_TICKET_RESPONSE_TIME.measure


def july(*amounts: str, target: str | None = "1000", measure: Measure = SUM, as_of: str = "2025-07-20") -> Progress:
    """Return Ada's July with deals of some amounts."""
    deals = [deal(str(number), amount) for number, amount in enumerate(amounts)]
    goal = promise(Assignment(ADA) if target is None else ADA, target=target or "0", measure=measure)
    return cell(calculated(goal, *deals, as_of=as_of))


class TestFigures:
    """Target, attained, attainment and what remains (rule P2)."""

    def test_say_how_far_it_is(self) -> None:
        """300 of 1,000 are 30 %, 700 remain."""
        progress = july("100", "200")
        assert (progress.target, progress.attained, progress.attainment, progress.remaining) == (
            1000,
            300,
            Decimal("0.3"),
            700,
        )
        assert (progress.counted, progress.unit, progress.currency) == (2, "money", "EUR")
        assert (progress.goal_id, progress.goal_version, progress.contributor) == ("g1", 1, ADA)
        assert str(progress.slice) == "2025-07-01..2025-07-31"

    def test_of_all_rows_together_are_shown_as_those_of_one(self) -> None:
        """A total short of its target is never shown as reached, either."""
        total = calculated(promise(ADA), deal("d1", "999.6")).total("g1", on=JULY)
        assert (total.percent(), total.percent(2)) == ("99.9 %", "99.96 %")

    def test_are_not_capped_and_remaining_may_be_below_zero(self) -> None:
        """2,500 of 1,000 are 250 %."""
        progress = july("2500")
        assert (progress.attainment, progress.remaining, progress.percent()) == (Decimal("2.5"), -1500, "250 %")

    def test_are_not_rounded(self) -> None:
        """999.60 of 1,000 are 99.96 %, which people never see as 100 %; a third has 34 digits."""
        progress = july("999.60")
        assert (progress.attainment, progress.percent(), progress.percent(2)) == (
            Decimal("0.9996"),
            "99.9 %",
            "99.96 %",
        )
        third = july("1", target="3").attainment
        assert third == Decimal("0.3333333333333333333333333333333333")
        assert july("2", target="3").attainment == Decimal("0.6666666666666666666666666666666667")

    def test_a_share_that_falls_short_is_never_rounded_up_to_the_whole(self) -> None:
        """A grain short of a target of 28 digits: the share has more nines than there is room for, and is not one."""
        target, amounts = "1" + "0" * 27, ("9" * 27, "0.999999999999999999")
        short = july(*amounts, target=target)
        assert short.remaining == Decimal("1e-18")
        assert (short.attainment, short.percent(), short.status) == (
            Decimal("0." + "9" * 34),
            "99.9 %",
            Status.IN_PROGRESS,
        )
        assert july(*amounts, "1e-18", target=target).percent() == "100 %"
        low = july(*amounts, "2e-18", target=target, measure=LOWER)
        assert (low.attainment, low.percent()) == (Decimal("0." + "9" * 34), "99.9 %")

    def test_without_a_target_there_is_no_attainment(self) -> None:
        """None is not zero: the records count, and that is all that can be said."""
        progress = july("100", target=None)
        assert (progress.attained, progress.counted) == (100, 1)
        assert (progress.target, progress.attainment, progress.remaining, progress.status, progress.pace) == (None,) * 5
        assert progress.percent() == "n/a"

    def test_a_target_of_zero_is_a_target(self) -> None:
        """There is no share of nothing, yet it is judged (MON-21)."""
        progress = july("100", target="0")
        assert (progress.target, progress.attainment, progress.remaining) == (0, None, -100)
        assert progress.status is Status.IN_PROGRESS

    def test_less_is_better_turns_the_share_round(self) -> None:
        """An answer in 50 seconds where 100 were promised is 200 %; nothing at all has no share."""
        assert july("50", target="100", measure=LOWER).attainment == 2
        assert july("200", target="100", measure=LOWER).attainment == Decimal("0.5")
        nothing = july(target="100", measure=LOWER)
        assert (nothing.attained, nothing.attainment, nothing.remaining) == (0, None, 100)
        assert july("0", target="0", measure=LOWER).attainment is None

    @pytest.mark.parametrize("aggregate", ["average", "minimum", "maximum"])
    def test_of_no_records_an_average_and_an_extreme_are_nothing(self, aggregate: str) -> None:
        """None, not zero."""
        progress = july(measure=counting(aggregate))
        assert (progress.attained, progress.attainment, progress.remaining, progress.counted) == (None, None, None, 0)

    def test_a_sum_or_a_count_of_nothing_is_zero(self) -> None:
        """With the currency, for money."""
        assert (july().attained, july().currency) == (0, "EUR")
        assert (july(measure=counting("count")).attained, july(measure=counting("count")).currency) == (0, None)

    @pytest.mark.parametrize(
        ("aggregate", "expected"), [("sum", 90), ("count", 3), ("average", 30), ("minimum", 10), ("maximum", 60)]
    )
    def test_of_every_aggregate(self, aggregate: str, expected: int) -> None:
        """10, 20 and 60, in whatever order they come."""
        for amounts in permutations(["20", "10", "60"]):
            progress = july(*amounts, measure=counting(aggregate))
            assert (progress.attained, progress.counted) == (expected, 3)

    def test_an_average_is_divided_once(self) -> None:
        """1, 1 and 2 make four thirds, to 34 digits; three of them are met by a target of exactly that."""
        assert july("1", "1", "2", measure=counting("average")).attained == Decimal(
            "1.333333333333333333333333333333333"
        )


class TestStatus:
    """Where a row stands; derived from the numbers at the moment asked about (rule P3)."""

    @pytest.mark.parametrize(
        ("amounts", "status"),
        [
            ([], "in_progress"),
            (["999.99"], "in_progress"),
            (["1000"], "achieved"),
            (["1000.01"], "exceeded"),
            (["999.999999999999999999", "0.000000000000000001"], "achieved"),
        ],
    )
    def test_reaches_and_exceeds_at_once(self, amounts: list[str], status: str) -> None:
        """In the middle of the month, exactly at the target and a cent above it."""
        assert july(*amounts).status == Status(status)

    @pytest.mark.parametrize(
        ("as_of", "status"),
        [
            ("2025-06-30 23:59:59.999999", "pending"),
            ("2025-07-01", "in_progress"),
            ("2025-07-31 23:59:59.999999", "in_progress"),
            ("2025-08-01", "missed"),
        ],
    )
    def test_is_open_from_the_first_to_the_last_moment_of_the_slice(self, as_of: str, status: str) -> None:
        """A slice that ends today is open today."""
        assert july(as_of=as_of).status == Status(status)

    def test_is_pending_before_the_slice_whatever_has_been_recorded(self) -> None:
        """On 20 July all of August is sold already: still pending."""
        event = deal("d1", "5000", closed="2025-08-05", recorded="2025-07-05")
        progress = cell(calculated(promise(ADA), event), ADA, AUGUST)
        assert (progress.attained, progress.status) == (5000, Status.PENDING)

    def test_follows_the_goals_zone(self) -> None:
        """In Rome July begins at 22:00 UTC of 30 June."""
        goal = promise(ADA, account=acme(zone="Europe/Rome"))
        before, after = (
            cell(calculated(goal, as_of=moment)).status for moment in ("2025-06-30 21:59:59.999999", "2025-06-30 22:00")
        )
        assert (before, after) == (Status.PENDING, Status.IN_PROGRESS)

    def test_falls_back_when_a_refund_comes(self) -> None:
        """It is never triggered, only derived."""
        assert july("1000", "-1").status is Status.IN_PROGRESS

    @pytest.mark.parametrize(
        ("amounts", "status"), [(["99"], "exceeded"), (["100"], "achieved"), (["101"], "missed"), ([], "exceeded")]
    )
    def test_less_is_better_is_judged_at_the_end(self, amounts: list[str], status: str) -> None:
        """Until then it is in progress, however it looks; nothing spent is the best there is."""
        assert july(*amounts, target="100", measure=LOWER).status is Status.IN_PROGRESS
        assert july(*amounts, target="100", measure=LOWER, as_of="2025-08-01").status == Status(status)

    @pytest.mark.parametrize(
        ("amounts", "status"), [(["1"], "exceeded"), ([], "achieved"), (["0"], "achieved"), (["-1"], "missed")]
    )
    def test_a_target_of_zero_is_judged_at_the_end(self, amounts: list[str], status: str) -> None:
        """Reached by doing nothing, and so not before the end (MON-21)."""
        assert july(*amounts, target="0").status is Status.IN_PROGRESS
        assert july(*amounts, target="0", as_of="2025-08-01").status == Status(status)

    @pytest.mark.parametrize(("amounts", "status"), [(["1"], "missed"), ([], "achieved"), (["-1"], "exceeded")])
    def test_a_target_of_zero_where_less_is_better(self, amounts: list[str], status: str) -> None:
        """Not one complaint was the promise."""
        assert july(*amounts, target="0", measure=LOWER, as_of="2025-08-01").status == Status(status)

    def test_an_average_of_nothing_is_missed_or_has_no_verdict(self) -> None:
        """Where more is better the slice ends short; where less is better nobody can say."""
        higher = counting("average")
        assert july(measure=higher).status is Status.IN_PROGRESS
        assert july(measure=higher, as_of="2025-08-01").status is Status.MISSED
        lower = evolve(higher, direction="lower")
        assert july(measure=lower).status is Status.IN_PROGRESS
        assert july(measure=lower, as_of="2025-08-01").status is None
        assert july(measure=higher, target="0", as_of="2025-08-01").status is None

    def test_compares_exactly(self) -> None:
        """1, 1 and 2 are a little more than 1.3333 (34 digits) on average, and a little less than one more digit at the end."""
        average = counting("average")
        assert july("1", "1", "2", target="1.333333333333333333", measure=average).status is Status.EXCEEDED
        assert july("1", "1", "2", target="1.333333333333333334", measure=average).status is Status.IN_PROGRESS

    def test_of_service_goals_in_seconds(self) -> None:
        """Answers after 30 and 90 seconds are 60 on average, where 60 were promised."""
        tickets = [
            CrmEvent(
                "ticket",
                f"t{seconds}",
                recorded_at=at("2025-07-10"),
                owner_id="ada",
                properties={"created_at": at("2025-07-10"), "first_response_seconds": seconds},
            )
            for seconds in (30, 90)
        ]
        progress = cell(calculated(promise(ADA, target="60", measure=TICKETS), *tickets, as_of="2025-08-01"))
        assert (progress.attained, progress.attainment, progress.status) == (60, 1, Status.ACHIEVED)
        assert (progress.unit, progress.currency, progress.pace) == ("duration", None, None)


class TestPace:
    """How a row is doing by now: straight through the slice, by whole days that have ended (rule P4)."""

    TEN_DAYS = Duration.custom("2025-07-01", "2025-07-10")

    def pace(self, amount: str, *, as_of: str, measure: Measure = SUM, bands: Bands | None = None) -> Pace | None:
        """Return Ada's pace in a goal of 1,000 in ten days, with one deal of 1 July that was recorded before."""
        goal = promise(ADA, duration=self.TEN_DAYS, measure=measure)
        event = deal("d1", amount, closed="2025-07-01", recorded="2025-06-01")
        return cell(calculated(goal, event, as_of=as_of, account=acme(bands=bands)), ADA, date(2025, 7, 1)).pace

    def test_expects_nothing_on_the_first_day(self) -> None:
        """No day has ended; ten are left, so 900 that remain are 90 a day."""
        assert self.pace("100", as_of="2025-07-01 23:59:59") == Pace(
            expected=Decimal(0), status=None, projected=None, required_per_day=Decimal(90)
        )

    def test_projects_from_the_first_day_that_has_ended(self) -> None:
        """On the 2nd one day of ten has ended, also for the smallest target there is."""
        pace = self.pace("100", as_of="2025-07-02")
        assert pace == Pace(
            expected=Decimal(100), status=PaceStatus.AHEAD, projected=Decimal(1000), required_per_day=Decimal(100)
        )
        goal = promise(Assignment(ADA, ["0.000000000000000001"]), duration=self.TEN_DAYS)
        smallest = cell(calculated(goal, as_of="2025-07-02"), ADA, date(2025, 7, 1)).pace
        assert smallest is not None
        assert (smallest.expected, smallest.status) == (Decimal("1E-19"), PaceStatus.BEHIND)

    def test_expects_a_tenth_for_each_day_that_has_ended(self) -> None:
        """On the 6th five days of ten have ended: 500 expected, 400 there, 800 at this rate; 600 in five days are 120 a day."""
        assert self.pace("400", as_of="2025-07-06 15:00") == Pace(
            expected=Decimal(500),
            status=PaceStatus.BEHIND,
            projected=Decimal(800),
            required_per_day=Decimal(120),
        )

    def test_counts_the_last_day_as_one_that_is_left(self) -> None:
        """On the 10th nine days have ended: today all of what remains is required."""
        pace = self.pace("400", as_of="2025-07-10 23:59")
        assert pace is not None
        assert (pace.expected, pace.required_per_day) == (900, 600)
        assert pace.projected == Decimal("444.4444444444444444444444444444444")  # 400 x 10 / 9

    @pytest.mark.parametrize("as_of", ["2025-07-11", "2025-12-31"])
    def test_expects_all_from_the_end_on(self, as_of: str) -> None:
        """No day is left, so nothing can be required of one."""
        assert self.pace("400", as_of=as_of) == Pace(
            expected=Decimal(1000), status=PaceStatus.BEHIND, projected=Decimal(400), required_per_day=None
        )

    def test_expects_nothing_before_the_slice(self) -> None:
        """All ten days are left."""
        assert self.pace("100", as_of="2025-06-10") == Pace(
            expected=Decimal(0), status=None, projected=None, required_per_day=Decimal(90)
        )

    def test_counts_days_in_the_goals_zone(self) -> None:
        """At 22:00 UTC of the 1st the 2nd has begun in Rome: one day has ended."""
        goal = promise(ADA, duration=self.TEN_DAYS, account=acme(zone="Europe/Rome"))
        for moment, expected in (("2025-07-01 21:59:59", 0), ("2025-07-01 22:00", 100)):
            pace = cell(calculated(goal, as_of=moment), ADA, date(2025, 7, 1)).pace
            assert pace is not None
            assert pace.expected == expected

    def test_requires_less_than_nothing_of_who_is_done(self) -> None:
        """500 above the target, five days to go."""
        pace = self.pace("1500", as_of="2025-07-06")
        assert pace is not None
        assert (pace.status, pace.required_per_day, pace.projected) == (PaceStatus.AHEAD, -100, 3000)

    @pytest.mark.parametrize(
        ("amount", "status"),
        [
            ("500", "ahead"),
            ("499.99", "on_track"),
            ("450", "on_track"),
            ("449.99", "behind"),
            ("0", "behind"),
            ("-5", "behind"),
        ],
    )
    def test_is_ahead_on_track_or_behind(self, amount: str, status: str) -> None:
        """Of 500 expected: all of it, nine tenths, less."""
        pace = self.pace(amount, as_of="2025-07-06")
        assert pace is not None
        assert pace.status == PaceStatus(status)

    @pytest.mark.parametrize(
        ("amount", "status"), [("600", "ahead"), ("599", "on_track"), ("250", "on_track"), ("249", "behind")]
    )
    def test_bands_are_the_accounts(self, amount: str, status: str) -> None:
        """A strict account: ahead from 120 %, on track from half."""
        pace = self.pace(amount, as_of="2025-07-06", bands=Bands(ahead=Decimal("1.2"), on_track=Decimal("0.5")))
        assert pace is not None
        assert pace.status == PaceStatus(status)

    def along(self, curve: Curve, *, as_of: str, amount: str = "400") -> Pace:
        """Return Ada's pace along a curve in the ten days from Tuesday, 1 July, to Thursday, 10 July: eight working days."""
        goal = promise(ADA, duration=self.TEN_DAYS)
        event = deal("d1", amount, closed="2025-07-01", recorded="2025-06-01")
        pace = cell(calculated(goal, event, as_of=as_of, account=acme(curve=curve)), ADA, date(2025, 7, 1)).pace
        assert pace is not None
        return pace

    def test_expects_the_share_of_working_days_that_have_ended(self) -> None:
        """On Monday the 7th four of eight working days have ended, and six of ten days: half is expected, not six tenths.

        What is required is still spread over all days that are left, days off included: 600 in four days.
        """
        assert self.along(WorkingDays(), as_of="2025-07-07") == Pace(
            expected=Decimal(500), status=PaceStatus.BEHIND, projected=Decimal(800), required_per_day=Decimal(150)
        )
        assert self.along(EveryDay(), as_of="2025-07-07").expected == 600
        assert self.along(WorkingDays(), as_of="2025-07-05").expected == 500
        assert self.along(WorkingDays(holidays=["2025-07-04"]), as_of="2025-07-07", amount="429").expected == Decimal(
            "428.5714285714285714285714285714286"  # 3 of 7
        )

    def test_expects_nothing_until_a_day_that_weighs_something_has_ended(self) -> None:
        """Three holidays have ended: there is nothing to be ahead of, and nothing to go on."""
        curve = WorkingDays(holidays=["2025-07-01", "2025-07-02", "2025-07-03"])
        assert self.along(curve, as_of="2025-07-04", amount="300") == Pace(
            expected=Decimal(0), status=None, projected=None, required_per_day=Decimal(100)
        )
        assert self.along(curve, as_of="2025-07-05").expected == 200

    def test_expects_all_once_only_days_off_are_left(self) -> None:
        """The last two days are free: on Wednesday, the 9th, all is expected, and two days are left."""
        curve = WorkingDays(holidays=["2025-07-09", "2025-07-10"])
        assert self.along(curve, as_of="2025-07-09") == Pace(
            expected=Decimal(1000), status=PaceStatus.BEHIND, projected=Decimal(400), required_per_day=Decimal(300)
        )

    def test_follows_weights(self) -> None:
        """A fair on the first day brings three quarters, the rest of the time a quarter; 700 of 750 is on track."""
        pace = self.along(
            DayWeights({date(2025, 7, 1): 3, Period.closed("2025-07-02", "2025-07-10"): 1}), as_of="2025-07-02", amount="700"
        )  # fmt: skip
        assert (pace.expected, pace.status, pace.projected) == (
            750, PaceStatus.ON_TRACK, Decimal("933.3333333333333333333333333333333"),
        )  # fmt: skip

    @pytest.mark.parametrize("as_of", ["2025-06-10", "2025-07-01", "2025-07-06", "2025-07-10", "2025-07-11"])
    @pytest.mark.parametrize(
        "curve",
        [WorkingDays(holidays=[date(2025, 7, day) for day in range(1, 11)]), DayWeights({date(2024, 7, 1): 5})],
        ids=["only holidays", "other days"],
    )
    def test_is_straight_where_no_day_of_the_slice_weighs_anything(self, curve: Curve, as_of: str) -> None:
        """Ten holidays, or weights of another year: as without a curve."""
        assert self.along(curve, as_of=as_of) == self.along(EveryDay(), as_of=as_of)

    def test_of_a_target_of_zero_expects_nothing(self) -> None:
        """So there is nothing to be ahead of."""
        assert july("100", target="0").pace == Pace(
            expected=Decimal(0),
            status=None,
            projected=None,
            required_per_day=Decimal(
                "-8.333333333333333333333333333333333"
            ),  # -100 in 12 days, from the 20th to the 31st
        )

    def test_is_for_sums_and_counts_where_more_is_better(self) -> None:
        """Averages and extremes have no pace, nor has what should stay low."""
        assert self.pace("1", as_of="2025-07-06", measure=counting("count")) is not None
        for measure in (*map(counting, ("average", "minimum", "maximum")), LOWER):
            assert self.pace("1", as_of="2025-07-06", measure=measure) is None


class TestFrozen:
    """When a figure is final, and whether it was corrected (rule P6)."""

    def test_from_the_freeze_on(self) -> None:
        """July froze when August began; August has not."""
        result = calculated(promise(ADA), as_of="2025-08-01")
        assert cell(result).frozen_at == at("2025-08-01")
        assert cell(result, ADA, AUGUST).frozen_at is None
        assert cell(calculated(promise(ADA), as_of="2025-07-31 23:59:59.999999")).frozen_at is None

    def test_only_once_both_the_moment_and_the_knowledge_are_there(self) -> None:
        """Asked about August with the knowledge of July, July is not final yet; nor in July with that of August."""
        for as_of, known in (("2025-08-20", "2025-07-20"), ("2025-07-20", "2025-08-20")):
            assert cell(calculated(promise(ADA), as_of=as_of, known_at=known)).frozen_at is None

    def test_after_the_grace(self) -> None:
        """The status follows the end of the slice, the freeze comes later."""
        goal = promise(ADA, account=acme(closing=Closing(grace=timedelta(days=5))))
        progress = cell(calculated(goal, as_of="2025-08-03"))
        assert (progress.status, progress.frozen_at) == (Status.MISSED, None)
        assert cell(calculated(goal, as_of="2025-08-06")).frozen_at == at("2025-08-06")

    def test_never_where_late_corrections_count(self) -> None:
        """Neither under `restate` nor before the day of adoption."""
        for closing in (Closing(policy="restate"), Closing(since=date(2025, 7, 31))):
            assert cell(calculated(promise(ADA, account=acme(closing=closing)), as_of="2026-01-01")).frozen_at is None

    @pytest.mark.parametrize(
        ("late", "restated"),
        [
            ([], False),
            ([deal("d2", "5", recorded="2025-08-02")], True),
            ([deal("d2", "0", recorded="2025-08-02")], True),
            ([deal("d1", "100", recorded="2025-08-02", more={"note": "thanks"})], False),
            ([deal("d1", recorded="2025-08-02", deleted=True)], True),
            ([deal("d2", "5", recorded="2025-07-20")], False),
        ],
    )
    def test_restated_when_the_sum_or_the_number_differs_from_what_was_known_in_time(
        self,
        late: list[CrmEvent],
        restated: bool,  # noqa: FBT001 - what is expected
    ) -> None:
        """A late deal of nothing changes the number; a late note changes neither."""
        goal = promise(ADA, account=acme(closing=Closing(policy="restate")))
        assert cell(calculated(goal, deal("d1"), *late, as_of="2025-08-20")).restated is restated

    def test_never_restated_where_slices_freeze(self) -> None:
        """There what is late does not count."""
        result = calculated(promise(ADA), deal("d1"), deal("d2", recorded="2025-08-02"), as_of="2025-08-20")
        assert not any(progress.restated for progress in result)


class TestCalculation:
    """The result as a whole."""

    GOALS = (promise(ADA, BOB), promise(EVERYONE, goal_id="g2", duration=Duration.quarterly(2025)))

    def test_goes_through_goals_rows_and_slices_in_order(self) -> None:
        """Two rows of twelve months and one of four quarters."""
        result = calculate(self.GOALS, [deal("d1")], account=acme(), as_of=at("2025-07-20"))
        cells = list(result)
        assert len(result) == len(cells) == 28
        assert [(c.goal_id, c.contributor, c.slice.start.month) for c in cells[:14:12]] == [
            ("g1", ADA, 1),
            ("g1", BOB, 1),
        ]
        assert [c.slice.start.month for c in cells[:12]] == list(range(1, 13))
        assert [(c.goal_id, c.contributor, c.slice.start.month) for c in cells[24:]] == [
            ("g2", EVERYONE, month) for month in (1, 4, 7, 10)
        ]
        assert list(result) == cells

    def test_finds_a_cell_by_any_day_of_its_slice(self) -> None:
        """First, last, or in between."""
        result = calculated(promise(ADA), deal("d1"))
        first = result.of("g1", ADA, on=date(2025, 7, 1))
        assert first == result.of("g1", ADA, on=date(2025, 7, 31)) == result.get("g1", ADA, on=JULY)
        assert first.attained == 100

    @pytest.mark.parametrize(
        ("goal_id", "contributor", "on"),
        [("g2", ADA, JULY), ("g1", BOB, JULY), ("g1", ADA, date(2024, 12, 31)), ("g1", ADA, date(2026, 1, 1))],
    )
    def test_does_not_find_what_is_not_there(self, goal_id: str, contributor: Contributor, on: date) -> None:
        """No such goal, row or slice: `get` says None, `of` names all three in one and the same words."""
        result = calculated(promise(ADA))
        assert result.get(goal_id, contributor, on=on) is None
        with pytest.raises(NotFound) as caught:
            result.of(goal_id, contributor, on=on)
        assert str(caught.value) == f"progress: not found: '{goal_id}', {contributor}, {on}"
        assert (caught.value.code, caught.value.field) == ("not_found", "goal_id")

    def test_does_not_find_a_total_that_is_not_there(self) -> None:
        """No such goal, or no such slice."""
        result = calculated(promise(ADA))
        for goal_id, on in (("g2", JULY), ("g1", date(2024, 7, 1))):
            with pytest.raises(NotFound, match=f"^total: not found: '{goal_id}', {on}$") as caught:
                result.total(goal_id, on=on)
            assert (caught.value.code, caught.value.field) == ("not_found", "goal_id")

    def test_asks_for_a_goal_a_contributor_and_a_day(self) -> None:
        """A number is no id, an id no contributor, a moment no day; and a message is one line, whatever was asked for."""
        result = calculated(promise(ADA))
        refuses(lambda: result.of(5, ADA, on=JULY), "invalid_type", "goal_id", kind=InvalidType)  # type: ignore[arg-type]
        says(lambda: result.of(5, ADA, on=JULY), "goal_id: expected a goal's id, got int 5", "5")  # type: ignore[arg-type]
        refuses(lambda: result.total([], on=JULY), "invalid_type", "goal_id", kind=InvalidType)  # type: ignore[arg-type]
        refuses(lambda: result.get("g1", "ada", on=JULY), "invalid_type", "contributor", kind=InvalidType)  # type: ignore[arg-type]
        refuses(lambda: result.get("g1", ADA, on=at("2025-07-01")), "invalid_type", "day", kind=InvalidType)
        with pytest.raises(NotFound) as caught:
            result.of("g\n" * 500, ADA, on=JULY)
        assert str(caught.value).isprintable()
        assert len(str(caught.value)) < 300

    def test_gives_flat_rows_for_any_data_frame(self) -> None:
        """A dict per cell, of plain dates, decimals and words."""
        result = calculated(promise(ADA, target="1240"), deal("d1", "620"))
        row = result.rows()[6]
        assert row == {
            "goal_id": "g1",
            "goal_version": 1,
            "contributor_kind": "user",
            "contributor_id": "ada",
            "first_day": date(2025, 7, 1),
            "last_day": date(2025, 7, 31),
            "target": Decimal(1240),
            "attained": Decimal(620),
            "attainment": Decimal("0.5"),
            "remaining": Decimal(620),
            "counted": 1,
            "status": "in_progress",
            "expected": Decimal(760),  # 19 of 31 days of 1,240
            "pace": "behind",
            "unit": "money",
            "currency": "EUR",
            "frozen_at": None,
            "restated": False,
        }
        assert {type(row[name]) for name in ("status", "pace", "contributor_kind")} == {str}
        assert len(result.rows()) == 12

    def test_gives_rows_with_nothing_where_there_is_nothing(self) -> None:
        """No target: no status, no pace; on the first day no pace either; all rows have the same keys."""
        bare = calculated(promise(Assignment(ADA)), as_of="2025-07-01").rows()[6]
        first_day = calculated(promise(ADA), as_of="2025-07-01").rows()[6]
        assert (bare["status"], bare["expected"], bare["pace"]) == (None, None, None)
        assert (first_day["status"], first_day["expected"], first_day["pace"]) == ("in_progress", 0, None)
        assert bare.keys() == first_day.keys()

    def test_prints_as_a_table(self) -> None:
        """What a newcomer sees first."""
        goal = promise(ADA, Assignment(BOB), duration=Duration.quarterly(2025), target="50000")
        assert str(calculated(goal, deal("d1", "51200"), as_of="2025-08-01")).splitlines()[:5] == [
            "goal  contributor  slice                      target   attained  attainment  status",
            "----  -----------  ----------------------  ---------  ---------  ----------  --------",
            "g1    user ada     2025-01-01..2025-03-31  50,000.00       0.00         0 %  missed",
            "g1    user ada     2025-04-01..2025-06-30  50,000.00       0.00         0 %  missed",
            "g1    user ada     2025-07-01..2025-09-30  50,000.00  51,200.00       102 %  exceeded",
        ]
        last = str(calculated(goal, as_of="2025-08-01")).splitlines()[-1]
        assert last == "g1    user bob     2025-10-01..2025-12-31  no target      0.00         n/a"
        assert str(calculated(goal, as_of="2025-08-01")).splitlines()[4].endswith("0 %  in progress")

    def test_prints_the_first_two_hundred_cells(self) -> None:
        """Of 17 rows with 12 months each 4 are left unsaid; of 50 with 4 quarters none."""
        goal = promise(*(Contributor.user(f"u{number}") for number in range(17)))
        lines = str(calculated(goal)).splitlines()
        assert (len(lines), lines[-1]) == (203, "... and 4 more")
        assert "more" not in str(calculated(promise(ADA)))
        people = [Contributor.user(f"u{number}") for number in range(50)]
        lines = str(calculated(promise(*people, duration=Duration.quarterly(2025)))).splitlines()
        assert (len(lines), lines[-1].split()[:3]) == (202, ["g1", "user", "u49"])

    def test_remembers_what_it_was_asked(self) -> None:
        """The goals, the moment and the knowledge; its repr stays short."""
        goal = promise(ADA)
        result = calculated(goal, known_at="2025-07-25")
        assert (result.goals, result.as_of, result.known_at) == ((goal,), at("2025-07-20"), at("2025-07-25"))
        assert [name for name in ("findings", "_work", "_figures") if name in repr(result)] == []

    def test_survives_pickling(self) -> None:
        """A cache may keep it; its cells are values."""
        result = calculated(promise(ADA), deal("d1"), deal("d2", owner=None))
        stays(cell(result))
        stays(result.total("g1", on=JULY))
        pickled, *_ = twins(result)
        assert isinstance(pickled, type(result))
        assert (figures(pickled), pickled.findings) == (figures(result), result.findings)

    def test_names_contributors_whom_the_roster_does_not_have(self) -> None:
        """A dozen strangers: ten are named, all are counted; pipelines and the account are not people."""
        strangers = [Contributor.user(f"u{number:02}") for number in range(12)]
        goal = promise(ADA, *strangers, Contributor.pipeline("p"), EVERYONE)
        result = calculated(goal, roster=Roster([User("ada")]))
        (finding,) = found(result, "unknown_contributor")
        names = ", ".join(f"user u{number:02}" for number in range(10))
        assert (finding.count, finding.text) == (12, f"g1: contributors that the roster does not have: {names}")
        assert (finding.goal_id, finding.slice, finding.records) == ("g1", None, ())
        assert calculated(promise(ADA), roster=Roster([User("ada")])).findings == ()


@pytest.fixture
def tiny_context() -> Iterator[decimal.Context]:
    """Set the smallest decimal context a host could have, with every trap set."""
    every = dict.fromkeys(decimal.Context().traps, True)
    with decimal.localcontext(
        decimal.Context(prec=3, Emax=9, Emin=-9, rounding=decimal.ROUND_UP, traps=every)
    ) as context:
        yield context


class TestUnderATinyContext:
    """A host's decimal context changes nothing, and is not changed (MON-25)."""

    ACCOUNT = acme()

    @staticmethod
    def everything() -> list[object]:
        """Return figures, totals, rows and text of goals of every aggregate."""
        goals: list[Goal] = [
            promise(ADA, BOB, EVERYONE, goal_id=aggregate, target="123456.789", measure=counting(aggregate))
            for aggregate in ("sum", "count", "average", "minimum", "maximum")
        ]
        goals.append(promise(ADA, goal_id="low", target="0.000000000000000003", measure=LOWER))
        deals = [
            deal("d1", "123456789.123456789"),
            deal("d2", "-0.000000000000000001"),
            deal("d3", Decimal("98765.4321"), owner="bob"),
            deal("d4", 10**29),
        ]
        result = calculate(goals, deals, account=acme(), as_of=at("2025-07-20"))
        totals = [result.total(goal.id, on=JULY) for goal in goals]
        return [*result, *totals, *result.rows(), str(result), *(part.percent(2) for part in result)]

    def test_figures_rows_and_text_are_the_same(self, request: pytest.FixtureRequest) -> None:
        """Three digits, every trap set, and not a flag raised."""
        expected = self.everything()
        context: decimal.Context = request.getfixturevalue("tiny_context")
        before = repr(context)
        got = self.everything()
        assert decimal.getcontext() is context
        assert repr(context) == before
        assert not any(context.flags.values())
        assert got == expected

    def test_the_sum_is_right(self, tiny_context: decimal.Context) -> None:
        """Worked out by hand: 123456789.123456789 less 10^-18."""
        deals = [deal("d1", "123456789.123456789"), deal("d2", "-0.000000000000000001")]
        assert str(attained(calculated(promise(ADA), *deals))) == "123456789.123456788999999999"
        assert not any(tiny_context.flags.values())


class TestPurity:
    """The same arguments give the same answer (rule P1)."""

    def test_asking_again_changes_nothing(self) -> None:
        """Nor does asking for something else in between."""
        goal, events = promise(ADA, BOB), [deal("d1"), deal("d2", owner="bob"), deal("d1")]
        first = calculated(goal, *events)
        calculated(goal, *events, as_of="2030-01-01")
        second = calculated(goal, *events)
        assert (figures(first), first.findings) == (figures(second), second.findings)

    def test_june_is_what_it_was(self) -> None:
        """Asked in August about 20 July as it was known then, the answer is that of 20 July."""
        goal = promise(ADA, NORTH, account=acme())
        roster = Roster([User("ada")])
        then = [deal("d1"), deal("d2", closed="2025-06-10")]
        since = [deal("d1", "500", recorded="2025-07-21"), deal("d3", closed="2025-07-05", recorded="2025-08-02")]
        first = calculated(goal, *then, roster=roster)
        again = calculated(goal, *then, *since, roster=roster)
        assert (figures(first), first.findings) == (figures(again), again.findings)
        assert attained(again, ADA, JUNE) == 100


def test_a_moment_needs_a_zone() -> None:
    """A clock face alone could be anywhere."""
    naive = datetime(2025, 7, 20)
    refuses(lambda: calculated(promise(ADA), as_of=naive), "timezone_required", "as_of")
