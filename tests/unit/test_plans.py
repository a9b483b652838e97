"""Plans: goals compiled for one moment, and what is refused before any record is read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve

from quota_engine import (
    Assignment,
    Closing,
    Contributor,
    Duration,
    Goal,
    InvalidType,
    Membership,
    Rates,
    Roster,
    Team,
    TeamCredit,
    User,
    calculate,
    plan,
    tally,
    templates,
)
from tests.acme import (
    ADA,
    BOB,
    EVERYONE,
    JULY,
    NORTH,
    RENEWALS,
    SOUTH,
    acme,
    at,
    attained,
    calculated,
    deal,
    promise,
)
from tests.refusals import refuses

ACME = acme()
STAFF = Roster([User("ada"), User("bob")], [Team("north"), Team("south")], [Membership("ada", "north")])


def planned(*goals: Goal, **changes: Any) -> object:  # noqa: ANN401 - whatever a caller might pass by mistake
    """Plan goals as of 20 July, with changed arguments."""
    given: dict[str, Any] = {"account": ACME, "as_of": at("2025-07-20"), **changes}
    return plan(goals, **given)


class TestRefusals:
    """What does not fit is refused at once, and named."""

    def test_a_goal_twice(self) -> None:
        """Two goals of one id cannot be told apart in the figures."""
        refuses(lambda: planned(promise(ADA), promise(BOB)), "duplicate", "goals[1].id", "'g1'", "each goal once")

    def test_a_goal_of_another_account(self) -> None:
        """One customer's goal is never calculated with another's settings."""
        other = evolve(ACME, id="other")
        refuses(
            lambda: planned(promise(ADA), promise(ADA, goal_id="g2", account=other)),
            "foreign",
            "goals[1].account_id",
            "the account acme",
            "'other'",
        )

    def test_a_teams_row_without_a_roster(self) -> None:
        """Without people nobody can say whose records a team counts."""
        refuses(
            lambda: planned(promise(ADA), promise(ADA, NORTH, goal_id="g2")),
            "roster_required",
            "goals[1]",
            "a roster",
            "team north",
        )

    def test_what_is_no_goal(self) -> None:
        """The index is named."""
        refuses(lambda: plan(5, account=ACME, as_of=at("2025-07-20")), "invalid_type", "goals", kind=InvalidType)  # type: ignore[arg-type]
        refuses(
            lambda: planned(promise(ADA), "g2"),  # type: ignore[arg-type]
            "invalid_type",
            "goals[1]",
            "str 'g2'",
            kind=InvalidType,
        )

    @pytest.mark.parametrize(
        ("name", "bad"),
        [("account", "acme"), ("as_of", date(2025, 7, 20)), ("known_at", "now"), ("roster", []), ("rates", {})],
    )
    def test_an_argument_of_another_type(self, name: str, bad: object) -> None:
        """Each is named with what was expected."""
        refuses(lambda: planned(promise(ADA), **{name: bad}), "invalid_type", name, kind=InvalidType)

    @pytest.mark.parametrize("name", ["as_of", "known_at"])
    def test_a_moment_without_a_zone(self, name: str) -> None:
        """A clock face alone is no moment."""
        naive = datetime(2025, 7, 20)
        refuses(lambda: planned(promise(ADA), **{name: naive}), "timezone_required", name)

    def test_are_the_same_at_calculate(self) -> None:
        """Calculating plans first."""
        refuses(
            lambda: calculate([promise(NORTH)], [], account=ACME, as_of=at("2025-07-20")), "roster_required", "goals[0]"
        )


class TestMoments:
    """The moment asked about."""

    def test_is_one_moment_in_whatever_zone_it_is_written(self) -> None:
        """Midnight in UTC is two o'clock in Rome, and the figures are equal."""
        moment = at("2025-07-20")
        there = moment.astimezone(ZoneInfo("Europe/Rome"))
        one, other = (calculated(promise(ADA), deal("d1"), as_of=as_of) for as_of in (moment, there))
        assert list(one) == list(other)
        assert (other.as_of, other.as_of.tzinfo, other.known_at) == (moment, UTC, moment)

    def test_a_repeated_hour_is_two_hours(self) -> None:
        """In Rome 02:30 comes twice on 26 October. A slice that froze in between has frozen by the second, not by the first."""
        rome = ZoneInfo("Europe/Rome")
        first = datetime(2025, 10, 26, 2, 30, tzinfo=rome)
        second = first.replace(fold=1)
        goal = promise(
            ADA, account=acme(closing=Closing(grace=timedelta(days=25, hours=1)))
        )  # 1 October + = 26th, 01:00 UTC
        on = date(2025, 9, 1)
        asked = calculated(goal, as_of=second, known_at=first).of("g1", ADA, on=on)
        assert asked.frozen_at is None
        assert calculated(goal, as_of=second).of("g1", ADA, on=on).frozen_at == at("2025-10-26 01:00")

    def test_what_is_known_is_what_was_recorded_by_then(self) -> None:
        """It is the moment asked about where nothing else is said."""
        work = plan([promise(ADA)], account=ACME, as_of=at("2025-07-20"))
        assert (work.as_of, work.known_at) == (at("2025-07-20"), at("2025-07-20"))
        later = plan([promise(ADA)], account=ACME, as_of=at("2025-07-20"), known_at=at("2025-07-25"))
        assert (later.as_of, later.known_at) == (at("2025-07-20"), at("2025-07-25"))


class TestGoals:
    """Goals side by side."""

    def test_may_come_from_an_iterator(self) -> None:
        """They are read once."""

        def goals() -> Iterator[Goal]:
            yield promise(ADA)
            yield promise(BOB, goal_id="g2")

        result = calculate(goals(), [deal("d1")], account=ACME, as_of=at("2025-07-20"))
        assert [goal.id for goal in result.goals] == ["g1", "g2"]
        assert len(result) == 24

    def test_none_at_all_give_no_figures(self) -> None:
        """An account without goals has an empty board, whatever it sells."""
        result = calculate([], [deal("d1")], account=ACME, as_of=at("2025-07-20"))
        assert (list(result), len(result), result.findings) == ([], 0, ())

    def test_do_not_get_into_each_others_way(self) -> None:
        """Revenue by month, by quarter and for one week, deals by number, late corrections counted: all from one reading."""
        goals = [
            promise(ADA, EVERYONE, goal_id="months"),
            promise(ADA, BOB, goal_id="draft").remove(ADA, BOB),
            promise(BOB, ADA, goal_id="quarters", duration=Duration.quarterly(2025)),
            promise(ADA, goal_id="week", duration=Duration.custom("2025-07-07", "2025-07-13")),
            promise(ADA, goal_id="count", measure=templates.DEALS_CREATED.measure),
            promise(ADA, goal_id="restated", account=acme(closing=Closing(policy="restate"))),
        ]
        deals = [
            deal("d1", "1", closed="2025-07-10", more={"created_at": date(2025, 7, 10)}),
            deal("d2", "10", closed="2025-07-20", recorded="2025-07-20"),
            deal("d3", "100", closed="2025-08-20", recorded="2025-07-20"),
            deal("d4", "1000", owner="bob"),
        ]
        result = calculate(goals, deals, account=ACME, as_of=at("2025-07-20"))
        tenth = date(2025, 7, 10)
        adas = {goal.id: progress.attained for goal in goals if (progress := result.get(goal.id, ADA, on=tenth))}
        assert adas == {"months": 11, "quarters": 111, "week": 1, "count": 1, "restated": 11}
        assert result.of("months", EVERYONE, on=tenth).attained == 1011
        assert result.of("quarters", BOB, on=tenth).attained == 1000

    def test_of_two_currencies_keep_them_apart(self) -> None:
        """The account changed from dollars to euros: old goals go on in dollars, and each deal is converted for each."""
        goals = [promise(ADA), promise(ADA, goal_id="g2", account=acme(currency="USD"))]
        rates = Rates("EUR", {("USD", date(2025, 1, 1)): "0.5"})
        deals = [deal("d1", "1", more={"currency": "EUR"}), deal("d2", "100", more={"currency": "USD"})]
        result = calculate(goals, deals, account=ACME, as_of=at("2025-07-20"), rates=rates)
        # 1 + 100 x 0.5 euros; 1 / 0.5 + 100 dollars
        assert [result.of(goal.id, ADA, on=JULY).attained for goal in goals] == [51, 102]

    def test_of_equal_timetables_share_what_is_compiled(self) -> None:
        """Two goals on one measure give the figures that each gives alone."""
        first = promise(ADA, NORTH, RENEWALS)
        second = promise(Assignment(ADA, pipelines=["renewals"]), BOB, goal_id="g2")
        deals = [deal("d1", "1"), deal("d2", "10", pipeline="renewals"), deal("d3", "100", owner="bob")]
        both = calculate([first, second], deals, account=ACME, as_of=at("2025-07-20"), roster=STAFF)
        for goal in (first, second):
            alone = calculate([goal], deals, account=ACME, as_of=at("2025-07-20"), roster=STAFF)
            assert list(alone) == [progress for progress in both if progress.goal_id == goal.id]

    def test_of_different_team_credit_are_told_apart(self) -> None:
        """One goal counts extra members, the other does not."""
        roster = evolve(STAFF, memberships=[Membership("ada", "north"), Membership("ada", "south", main=False)])
        goals = [promise(SOUTH), promise(SOUTH, goal_id="g2", team_credit=TeamCredit(extra=True))]
        result = calculate(goals, [deal("d1")], account=ACME, as_of=at("2025-07-20"), roster=roster)
        assert [result.of(goal.id, SOUTH, on=JULY).attained for goal in goals] == [0, 100]


class TestEdges:
    """Where slices begin and end."""

    def test_days_outside_the_slices_count_nowhere(self) -> None:
        """A one-week goal from Monday the 7th to Sunday the 13th."""
        goal = promise(ADA, duration=Duration.custom("2025-07-07", "2025-07-13"))
        deals = [
            deal(day, 10**n, closed=day, recorded="2025-07-06")
            for n, day in enumerate(["2025-07-06", "2025-07-07", "2025-07-13", "2025-07-14"])
        ]
        assert attained(calculated(goal, *deals), on=date(2025, 7, 7)) == 110

    def test_moments_are_cut_in_the_goals_zone(self) -> None:
        """In Rome July begins at 22:00 UTC of 30 June and ends just before 22:00 UTC of the 31st."""
        goal = promise(ADA, account=acme(zone="Europe/Rome"))
        begin, end = datetime(2025, 6, 30, 22, tzinfo=UTC), datetime(2025, 7, 31, 22, tzinfo=UTC)
        tick = timedelta(microseconds=1)
        deals = [
            deal("d1", "1", closed=begin - tick, recorded="2025-06-20"),
            deal("d2", "10", closed=begin, recorded="2025-06-20"),
            deal("d3", "100", closed=(end - tick).astimezone(ZoneInfo("Asia/Tokyo")), recorded="2025-06-20"),
            deal("d4", "1000", closed=end, recorded="2025-06-20"),
        ]
        result = calculated(goal, *deals)
        assert [attained(result, ADA, date(2025, month, 15)) for month in (6, 7, 8)] == [1, 110, 1000]

    def test_a_bare_date_on_a_day_that_a_place_skipped_counts_on_it(self) -> None:
        """Samoa had no 30 December 2011, yet a CRM may hold that date; no moment lies on it."""
        goal = promise(
            ADA, account=acme(zone="Pacific/Apia"), duration=Duration.custom("2011-12-30", "2011-12-30"), target="1"
        )
        day = date(2011, 12, 30)
        moment = datetime(2011, 12, 30, 10, tzinfo=UTC)  # the first instant of the 31st, and of the 30th
        deals = [
            deal("d1", "1", closed=day, recorded="2011-12-01"),
            deal("d2", "10", closed=moment, recorded="2011-12-01"),
            deal("d3", "100", closed=moment - timedelta(microseconds=1), recorded="2011-12-01"),
        ]
        assert attained(calculated(goal, *deals, as_of="2012-01-01"), on=day) == 1

    def test_the_ends_of_all_dates_are_outside(self) -> None:
        """Year 1 and year 9999 are no error, also where a zone would lead beyond them (EVT-07)."""
        ends = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), date.min, date.max)
        for zone in ("UTC", "Pacific/Kiritimati", "Pacific/Niue"):
            goal = promise(ADA, EVERYONE, account=acme(zone=zone))
            deals = [deal(str(n), closed=end, recorded="2025-07-01") for n, end in enumerate(ends)]
            assert {progress.counted for progress in calculated(goal, *deals)} == {0}


def test_a_plan_reads_no_clock_and_keeps_nothing_of_what_it_filed() -> None:
    """Filing twice under one plan gives twice the same, and the plan can go on being used."""
    work = plan([promise(ADA)], account=ACME, as_of=at("2025-07-20"))
    for _ in range(2):
        result = calculate([promise(ADA)], tally(work, [deal("d1")]), account=ACME, as_of=at("2025-07-20"))
        assert result.of("g1", Contributor.user("ada"), on=JULY).attained == 100


def test_an_accounts_currency_is_that_of_records_that_name_none() -> None:
    """In an account of dollars a deal of 100 is one of 100 dollars."""
    home = acme(currency="USD")
    assert attained(calculated(promise(ADA, account=home), deal("d1"), account=home)) == 100
