"""Notices: which milestones a row has reached, what is said of them, and who is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import partial

import pytest
from attrs import evolve

from quota_engine import (
    Absence,
    Closing,
    Contributor,
    Duration,
    FiscalCalendar,
    Goal,
    Measure,
    Membership,
    Milestone,
    MilestoneReached,
    MonthYears,
    Notice,
    Period,
    Progress,
    Roster,
    Status,
    TableYears,
    Team,
    User,
    WeekYears,
    templates,
)
from quota_engine.errors import InvalidType, NotFound
from quota_engine.notices import judge, next_moment, reached_on, recipients
from tests.acme import ADA, AUGUST, BOB, EVERYONE, JULY, NORTH, RENEWALS, acme, at, calculated, counting, deal, promise
from tests.refusals import refuses, stays

ALL = (
    Milestone.missed(), Milestone.exceeded(), Milestone.achieved(), Milestone.percent(150), Milestone.percent(100),
    Milestone.percent(25), Milestone.percent(90), Milestone.progress(every="yearly"), Milestone.progress(every="weekly"),
    Milestone.edited(), Milestone.kickoff(),
)  # fmt: skip
LOWER = templates.AVERAGE_TICKET_RESPONSE_TIME.measure


def goal_with(*milestones: Milestone, measure: Measure | None = None, target: str | None = "1000") -> Goal:
    """Return Ada's goal of 1,000 a month with some milestones ticked, of which kickoffs cannot be forgotten."""
    goal = promise(ADA, target=target) if measure is None else promise(ADA, target=target, measure=measure)
    return evolve(goal, milestones=milestones)


def figure(goal: Goal, amount: str | None, as_of: str, *, on: date = JULY, who: Contributor = ADA) -> Progress:
    """Return the figure of a month in which one deal of an amount was won on its 10th; None for no deal."""
    deals = [] if amount is None else [deal("d1", amount, closed=f"{on:%Y-%m}-10", recorded="2025-01-01")]
    return calculated(goal, *deals, as_of=as_of).of("g1", who, on=on)


def reached(
    goal: Goal,
    amount: str | None,
    as_of: str,
    *,
    on: date = JULY,
    recorded: Iterable[str] = (),
    edited_version: int | None = None,
    target_version: int = 1,
) -> tuple[MilestoneReached, ...]:
    """Return what a refresh finds reached."""
    return judge(
        goal,
        figure(goal, amount, as_of, on=on),
        target_version=target_version,
        has=frozenset(recorded).__contains__,
        as_of=at(as_of),
        revision=7,
        edited_version=edited_version,
    )


def words(facts: Iterable[MilestoneReached]) -> list[str]:
    """Return the milestones of facts, each in a word or two."""
    return [
        " ".join(
            [
                fact.milestone.kind.value,
                *([str(fact.milestone.mark)] if fact.milestone.mark else []),
                *([fact.milestone.every.value] if fact.milestone.every else []),
                *([fact.occurrence] if fact.occurrence else []),
            ]
        )
        for fact in facts
    ]


class TestJudge:
    """What a row has reached by the figure of a refresh."""

    def test_comes_in_one_order(self) -> None:
        """Kickoff, edits, marks ascending with the target among them, and updates from the shortest to the longest."""
        goal = evolve(goal_with(*ALL), duration=Duration.monthly(2025))
        assert words(reached(goal, "1600", "2025-07-20", edited_version=3)) == [
            "kickoff", "edited 3", "percent 25", "percent 90", "percent 100", "achieved", "exceeded", "percent 150",
            "progress weekly 2025-07-14",
        ]  # fmt: skip

    def test_is_told_in_full(self) -> None:
        """A fact has the figures of its moment, and the number of its refresh."""
        (fact,) = reached(evolve(goal_with(Milestone.percent(50)), version=3), "500", "2025-07-20", target_version=2)
        assert fact == MilestoneReached(
            account_id="acme", goal_id="g1", goal_version=3, contributor=ADA, slice=Period.closed("2025-07-01", "2025-07-31"),
            milestone=Milestone.percent(50), target_version=2, occurrence="", target=Decimal(1000), attained=Decimal(500),
            attainment=Decimal("0.5"), unit="money", currency="EUR", as_of=at("2025-07-20"), revision=7, reached_on=None,
        )  # fmt: skip
        assert fact.as_of == datetime(2025, 7, 20, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("amount", "expected"),
        [
            ("499.99", []),
            ("500.00", ["percent 50"]),
            ("999.999999999999999999", ["percent 50"]),
            ("1000", ["percent 50", "percent 100", "achieved"]),
            ("1000.000000000000000001", ["percent 50", "percent 100", "achieved", "exceeded"]),
            (None, []),
            ("-5", []),
        ],
    )
    def test_is_inclusive_at_the_mark(self, amount: str | None, expected: list[str]) -> None:
        """A cent below half is not half; to exceed, more than the target is needed."""
        marks = (Milestone.percent(50), Milestone.percent(100), Milestone.achieved(), Milestone.exceeded())
        assert words(reached(goal_with(*marks), amount, "2025-07-20")) == expected

    def test_leaves_out_what_is_recorded(self) -> None:
        """What was told is not told again, also when the figure fell in between; a new target arms it anew."""
        goal = goal_with(Milestone.kickoff(), Milestone.percent(50))
        facts = reached(goal, "600", "2025-07-20")
        keys = [fact.key for fact in facts]
        assert words(facts) == ["kickoff", "percent 50"]
        assert reached(goal, "600", "2025-07-21", recorded=keys) == ()
        assert reached(goal, "400", "2025-07-22", recorded=keys) == ()
        assert reached(goal, "600", "2025-07-23", recorded=keys) == ()
        assert words(reached(goal, "600", "2025-07-23", recorded=keys[:1])) == ["percent 50"]
        anew = reached(goal, "600", "2025-07-24", recorded=keys, target_version=2)
        assert words(anew) == ["percent 50"], "the slice does not start again with a new target"
        assert [fact.target_version for fact in facts] == [0, 1]

    def test_takes_the_rows_own_marks(self) -> None:
        """Ada has marks of her own, so the goal's are not hers."""
        goal = goal_with(Milestone.percent(50)).with_milestones(ADA, [Milestone.percent(60)])
        assert words(reached(goal, "700", "2025-07-20")) == ["percent 60"]
        assert reached(goal.with_milestones(ADA, []), "700", "2025-07-20") == ()

    def test_waits_for_the_start(self) -> None:
        """A deal that is won for August counts in July already, but no mark of August is judged."""
        goal = goal_with(*ALL)
        assert reached(goal, "5000", "2025-07-31 23:59:59.999999", on=AUGUST, edited_version=2) == ()
        assert words(reached(goal, "5000", "2025-08-01", on=AUGUST))[:2] == ["kickoff", "percent 25"]

    def test_tells_nothing_without_a_target(self) -> None:
        """No target is no status, and no notice of any kind."""
        goal = goal_with(*ALL, target=None)
        for moment in ("2025-07-20", "2025-09-01"):
            assert reached(goal, "5000", moment, edited_version=2) == ()

    def test_is_of_one_goal_slice_and_moment(self) -> None:
        """A figure of another goal, version, slice or moment is refused rather than told."""
        goal = goal_with(*ALL)
        progress = figure(goal, "500", "2025-07-20")

        def of(progress: Progress, as_of: str = "2025-07-20") -> Callable[[], object]:
            return partial(judge, goal, progress, target_version=1, has=bool, as_of=at(as_of), revision=1)

        refuses(of(evolve(progress, goal_id="g2")), "other_goal", "progress", "a figure of g1, version 1")
        refuses(of(evolve(progress, goal_version=2)), "other_goal", "progress")
        for start, end in (("2025-07-01", "2025-07-30"), ("2026-01-01", "2026-01-31")):
            other = evolve(progress, slice=Period.closed(start, end))
            refuses(of(other), "not_a_slice", "progress.slice")
        refuses(of(evolve(progress, contributor=BOB)), "not_found", "contributor", kind=NotFound)
        refuses(of(progress, "2025-08-01"), "other_moment", "progress.status", "in_progress")
        refuses(of(evolve(progress, status=Status.PENDING)), "other_moment", "progress.status")
        naive = partial(judge, goal, progress, target_version=1, has=bool, as_of=datetime(2025, 7, 1), revision=1)
        refuses(naive, "timezone_required", "as_of")


class TestAtTheEnd:
    """What is judged only when nothing can change the figure any more."""

    def test_missed_waits_for_the_freeze(self) -> None:
        """With three days of grace a month is not missed before the fourth, though its status is that from the end on."""
        goal = evolve(goal_with(Milestone.missed()), closing=Closing(grace=timedelta(days=3)))
        assert figure(goal, "999.99", "2025-08-01").status == "missed"
        assert reached(goal, "999.99", "2025-08-03 23:59:59.999999") == ()
        assert words(reached(goal, "999.99", "2025-08-04")) == ["missed"]
        assert reached(goal, "1000", "2025-08-04") == ()
        assert words(reached(goal, None, "2025-08-04")) == ["missed"]

    def test_waits_for_the_grace_where_nothing_freezes(self) -> None:
        """Under `restate` corrections count for ever; notices wait for the end and the grace all the same."""
        closing = Closing(policy="restate", grace=timedelta(days=3))
        goal = evolve(goal_with(Milestone.missed(), Milestone.achieved()), closing=closing)
        assert reached(goal, "1", "2025-08-03 23:59:59.999999") == ()
        facts = reached(goal, "1", "2025-08-04")
        assert words(facts) == ["missed"]
        assert words(reached(goal, "1000", "2025-09-01", recorded=[fact.key for fact in facts])) == ["achieved"]

    @pytest.mark.parametrize(
        ("seconds", "expected"),
        [
            ("3601", ["missed"]),
            ("3600", ["achieved"]),
            ("3599", ["achieved", "exceeded"]),
            (None, []),
        ],
    )
    def test_lower_is_better(self, seconds: str | None, expected: list[str]) -> None:
        """An average of an hour at most: known at the freeze, and there are no percent marks. Of nothing there is no verdict."""
        goal = evolve(
            goal_with(
                Milestone.percent(50), Milestone.missed(), Milestone.achieved(), Milestone.exceeded(), target="3600"
            ),
            measure=evolve(counting("average"), direction="lower"),
            closing=Closing(grace=timedelta(days=1)),
        )
        assert reached(goal, seconds, "2025-07-20") == ()
        assert reached(goal, seconds, "2025-08-01 23:00") == ()
        assert words(reached(goal, seconds, "2025-08-02")) == expected

    @pytest.mark.parametrize(
        ("amount", "expected"),
        [("-1", ["missed"]), ("0", ["achieved"]), (None, ["achieved"]), ("0.01", ["achieved", "exceeded"])],
    )
    def test_a_target_of_zero(self, amount: str | None, expected: list[str]) -> None:
        """Nothing is promised: known at the end, and no percentage of it is a mark."""
        marks = (Milestone.percent(50), Milestone.missed(), Milestone.achieved(), Milestone.exceeded())
        goal = goal_with(*marks, target="0")
        assert reached(goal, amount, "2025-07-31 23:59") == ()
        assert words(reached(goal, amount, "2025-08-01")) == expected

    def test_an_average_of_nothing_is_missed(self) -> None:
        """Where higher is better; before the end nothing is reached."""
        goal = evolve(goal_with(*ALL[:-4]), measure=counting("average"))
        assert reached(goal, None, "2025-07-31") == ()
        assert words(reached(goal, None, "2025-08-01")) == ["missed"]
        assert words(reached(goal, "250", "2025-07-31")) == ["percent 25"]

    def test_a_mean_is_compared_as_exactly_as_it_is_known(self) -> None:
        """A mean that 34 digits round up to the whole has not reached it; the status says so."""
        goal = evolve(goal_with(Milestone.percent(100), Milestone.percent(99)), measure=counting("average"))
        progress = evolve(figure(goal, "999", "2025-07-20"), attained=Decimal(1000))
        found = judge(goal, progress, target_version=1, has=set[str]().__contains__, as_of=at("2025-07-20"), revision=1)
        assert words(found) == ["percent 99"]
        met = evolve(progress, attained=Decimal("999.9"), status=Status.ACHIEVED)
        found = judge(goal, met, target_version=1, has=set[str]().__contains__, as_of=at("2025-07-20"), revision=1)
        assert words(found) == ["percent 99", "percent 100"]

    def test_late_refreshes_find_what_was_reached(self) -> None:
        """Nobody refreshed for a year: the month started, half was reached, and the target was missed."""
        goal = goal_with(Milestone.kickoff(), Milestone.percent(50), Milestone.missed())
        assert words(reached(goal, "600", "2026-07-20")) == ["kickoff", "percent 50", "missed"]

    def test_slices_before_adoption_are_silent(self) -> None:
        """A host that begins in July is not told what was reached until June."""
        goal = evolve(goal_with(*ALL), closing=Closing(since=date(2025, 7, 31)))
        assert reached(goal, "5000", "2025-08-20", edited_version=2) == ()
        assert words(reached(goal, "5000", "2025-08-20", on=AUGUST))[0] == "kickoff"
        day_before = evolve(goal, closing=Closing(since=date(2025, 7, 30)))
        assert words(reached(day_before, "5000", "2025-08-20"))[0] == "kickoff"


class TestUpdates:
    """Progress updates: due on the days on which a week, a month, a quarter ends."""

    @pytest.mark.parametrize(
        ("as_of", "expected"),
        [
            ("2025-07-06 23:59:59.999999", []),
            ("2025-07-07", ["2025-07-07"]),
            ("2025-07-13 23:59", ["2025-07-07"]),
            ("2025-07-14", ["2025-07-14"]),
            ("2025-07-31 23:59", ["2025-07-28"]),
            ("2025-08-20", ["2025-07-28"]),
        ],
    )
    def test_every_week(self, as_of: str, expected: list[str]) -> None:
        """On Mondays, the last one alone, however long nobody refreshed; a month that ends in midweek has none for its end."""
        facts = reached(goal_with(Milestone.progress(every="weekly")), "100", as_of)
        assert [fact.occurrence for fact in facts] == expected

    def test_once_a_day_that_is_due(self) -> None:
        """The same Monday is not told twice; what an earlier Monday would have said is not told after it."""
        goal = goal_with(Milestone.progress(every="weekly"))
        keys = [fact.key for fact in reached(goal, "100", "2025-07-15")]
        assert reached(goal, "200", "2025-07-16", recorded=keys) == ()
        assert words(reached(goal, "200", "2025-07-21", recorded=keys)) == ["progress weekly 2025-07-21"]

    def test_at_the_end_of_a_slice_that_is_as_long(self) -> None:
        """A monthly update of a month is due on the day after it; a quarterly one for the month with which a quarter ends."""
        monthly, quarterly = (goal_with(Milestone.progress(every=every)) for every in ("monthly", "quarterly"))
        assert reached(monthly, "100", "2025-07-31 23:59") == ()
        assert [fact.occurrence for fact in reached(monthly, "100", "2025-08-01")] == ["2025-08-01"]
        assert reached(quarterly, "100", "2025-08-01") == ()
        september = date(2025, 9, 15)
        assert [fact.occurrence for fact in reached(quarterly, "1", "2025-10-05", on=september)] == ["2025-10-01"]

    def test_of_the_fiscal_year_where_the_goal_follows_it(self) -> None:
        """A company whose months run from the 10th, and a goal for its year: updates come on the 10th."""
        calendar = FiscalCalendar(years=MonthYears(start_month=7, start_day=10))
        goals = [
            promise(
                ADA,
                duration=Duration.yearly(2026, aligned=is_aligned),
                account=evolve(acme(), calendar=calendar),
            )
            for is_aligned in (True, False)
        ]
        found = [last_update(goal, "monthly", "2026-04-20") for goal in goals]
        assert found == ["2026-04-10", "2026-04-01"]
        assert last_update(goals[0], "yearly", "2026-07-09") is None
        assert last_update(goals[0], "yearly", "2026-07-10") == "2026-07-10"

    def test_at_the_end_of_a_table(self) -> None:
        """The day after the last year that a table has is no day of the table, but a year ends with it."""
        years = TableYears(starts={2025: date(2025, 1, 5)}, end=date(2026, 1, 4))
        account = evolve(acme(), calendar=FiscalCalendar(years=years))
        goal = promise(ADA, duration=Duration.yearly(2025, aligned=True), account=account)
        assert last_update(goal, "quarterly", "2026-03-01") == "2026-01-04"

    def test_of_years_of_weeks(self) -> None:
        """Months of four and five weeks end when they end."""
        years = WeekYears(end_month=9, weekday=5, rule="last")
        account = evolve(acme(), calendar=FiscalCalendar(years=years))
        goal = promise(ADA, duration=Duration.yearly(2025, aligned=True), account=account)
        assert last_update(goal, "monthly", "2024-11-30") == "2024-11-24"
        assert last_update(goal, "weekly", "2024-11-30") == "2024-11-24"

    def test_in_a_slice_of_three_centuries(self) -> None:
        """No more is looked at than a few years, so that even this has its weeks."""
        goal = promise(ADA, duration=Duration.custom("1900-01-01", "2200-12-31"))
        for every, expected in (("weekly", "2200-12-29"), ("yearly", "2201-01-01"), ("monthly", "2201-01-01")):
            assert last_update(goal, every, "2201-03-01") == expected
        assert last_update(goal, "yearly", "1900-12-31") is None
        assert last_update(goal, "yearly", "1901-01-01") == "1901-01-01"


def last_update(goal: Goal, every: str, as_of: str) -> str | None:
    """Return the due day of the update that a refresh finds for the slice that holds the day, or else for the last one."""
    ticked = evolve(goal, milestones=[Milestone.progress(every=every)])
    on = min(at(as_of).date(), goal.slices.span.last_day)
    progress = calculated(ticked, as_of=as_of, account=evolve(acme(), calendar=goal.calendar)).of("g1", ADA, on=on)
    facts = judge(ticked, progress, target_version=1, has=set[str]().__contains__, as_of=at(as_of), revision=1)
    return facts[0].occurrence if facts else None


class TestNextMoment:
    """When time alone can change something, so that nobody has to look in between."""

    def test_is_the_next_turn(self) -> None:
        """A month with two days of grace: its start, its end, its freeze, each strictly after the moment asked."""
        goal = evolve(promise(ADA), closing=Closing(grace=timedelta(days=2)))
        turns = ["2025-01-01", "2025-02-01", "2025-02-03", "2025-03-01", "2025-03-03"]
        moment: datetime | None = at("2024-06-01")
        for expected in turns:
            assert moment is not None
            moment = next_moment(goal, moment)
            assert moment == at(expected)
        assert next_moment(goal, at("2025-12-31 23:59:59.999999")) == at("2026-01-01")
        assert next_moment(goal, at("2026-01-01")) == at("2026-01-03")
        assert next_moment(goal, at("2026-01-03")) is None
        assert next_moment(goal, at("2026-01-02"), timetable=goal.timetable) == at("2026-01-03")

    def test_is_a_due_day_where_updates_are_ticked(self) -> None:
        """By the goal, or by a row alone; at the first instant of the day in the goal's zone."""
        goal = promise(ADA, BOB, account=acme(zone="Europe/Rome"))
        weekly = goal.with_milestones(BOB, [Milestone.progress(every="weekly")])
        assert next_moment(weekly, at("2025-07-08")) == at("2025-07-13 22:00")
        assert next_moment(weekly, at("2025-07-28")) == at("2025-07-31 22:00")
        assert next_moment(goal, at("2025-07-08")) == at("2025-07-31 22:00")
        yearly = evolve(goal, milestones=[Milestone.progress(every="yearly")])
        assert next_moment(yearly, at("2025-07-08")) == at("2025-07-31 22:00")

    def test_of_a_draft_never_comes(self) -> None:
        """Without rows there is nothing to tell."""
        assert next_moment(promise(), at("2025-07-08")) is None

    def test_needs_a_zone(self) -> None:
        """As every moment does."""
        refuses(partial(next_moment, promise(ADA), datetime(2025, 1, 1)), "timezone_required", "after")


class TestReachedOn:
    """The day on which the running sum first met the mark."""

    def test_adds_day_by_day(self) -> None:
        """Equal days are added up before anything is asked, so that a refund of the same day counts."""
        first, second, third = date(2025, 7, 1), date(2025, 7, 2), date(2025, 7, 3)
        counted = [(third, Decimal(30)), (first, Decimal(60)), (first, Decimal(-20)), (second, Decimal(10))]
        assert reached_on(40, counted) == first
        assert reached_on(50, counted) == second
        assert reached_on(Decimal("50.01"), counted) == third
        assert reached_on(80, counted) == third
        assert reached_on(81, counted) is None
        assert reached_on(80, counted, beyond=True) is None
        assert reached_on(50, counted, beyond=True) == third
        assert reached_on(0, []) is None

    def test_takes_what_rates_and_shares_give(self) -> None:
        """A third three times is one."""
        counted = [(date(2025, 7, day), Fraction(1, 3)) for day in (1, 2, 3)]
        assert reached_on(1, counted) == date(2025, 7, 3)
        assert reached_on(Fraction(2, 3), counted) == date(2025, 7, 2)

    def test_takes_no_floats(self) -> None:
        """Neither as a mark nor as an amount."""
        refuses(partial(reached_on, 0.5, []), "invalid_type", "mark", kind=InvalidType)  # type: ignore[arg-type]
        floats: list[tuple[date, float]] = [(JULY, 0.5)]
        refuses(partial(reached_on, 1, floats), "invalid_type", "counted[0].amount", kind=InvalidType)  # type: ignore[arg-type]

    def test_is_put_on_a_fact(self) -> None:
        """On marks that the sum of the records reaches; a kickoff has no such day."""
        marks = (Milestone.kickoff(), Milestone.percent(50), Milestone.achieved(), Milestone.exceeded())
        facts = reached(goal_with(*marks), "1100", "2025-07-20")
        days = [date(2025, 7, day) for day in (1, 2, 3)]
        counted = list(zip(days, (500, 500, 100), strict=True))
        assert [fact.mark for fact in facts] == [None, 500, 1000, 1000]
        assert [fact.dated(counted).reached_on for fact in facts] == [None, *days]
        assert facts[1].dated(counted).key == facts[1].key


class TestRecipients:
    """Who is told."""

    ROSTER = Roster(
        [User("ada"), User("bob", absences=[Absence(at("2025-01-01"))]), User("cyd"), User("eve")],
        [Team("north")],
        [
            Membership("cyd", "north"),
            Membership("ada", "north", until=date(2025, 7, 1)),
            Membership("bob", "north", main=False),
        ],
    )

    def told(self, who: Contributor, *, creator: str | None = "eve", on: str = "2025-07-20") -> tuple[str, ...]:
        """Return who is told of a kickoff."""
        goal = evolve(promise(who), milestones=[Milestone.kickoff()], created_by=creator)
        roster = Roster(self.ROSTER.users, self.ROSTER.teams, self.ROSTER.memberships)
        progress = calculated(goal, as_of="2025-07-20", roster=roster).of("g1", who, on=JULY)
        (fact,) = judge(
            goal, progress, target_version=1, has=set[str]().__contains__, as_of=at("2025-07-20"), revision=1
        )
        return recipients(fact, goal, roster, on=date.fromisoformat(on))

    def test_are_the_user_or_the_team_and_the_creator(self) -> None:
        """Main members of that day, not extra ones."""
        assert self.told(ADA) == ("ada", "eve")
        assert self.told(NORTH) == ("cyd", "eve")
        assert self.told(NORTH, on="2025-06-30") == ("ada", "cyd", "eve")
        assert self.told(RENEWALS) == ("eve",)
        assert self.told(EVERYONE) == ("eve",)

    def test_are_told_once(self) -> None:
        """Who plans for themselves gets one notice; where nobody is known to have created the goal, nobody is told for that."""
        assert self.told(ADA, creator="ada") == ("ada",)
        assert self.told(NORTH, creator="cyd") == ("cyd",)
        assert self.told(EVERYONE, creator=None) == ()
        assert self.told(ADA, creator=None) == ("ada",)

    def test_of_a_team_need_a_roster(self) -> None:
        """Without one, only the creator is known."""
        (fact,) = reached(goal_with(Milestone.kickoff()), None, "2025-07-20")
        goal = evolve(promise(ADA), created_by="eve")
        assert recipients(fact, goal, None, on=JULY) == ("ada", "eve")
        assert recipients(evolve(fact, contributor=NORTH), goal, None, on=JULY) == ("eve",)

    def test_are_kept_with_the_fact(self) -> None:
        """A notice is a value: the fact, and ids, each once."""
        (fact,) = reached(goal_with(Milestone.kickoff()), None, "2025-07-20")
        notice = Notice(fact, ["eve", "ada", "eve"])
        assert notice.recipients == ("eve", "ada")
        assert Notice(fact).recipients == ()
        stays(notice)
        refuses(lambda: Notice(fact, "eve"), "invalid_type", "recipients", kind=InvalidType)
        refuses(lambda: Notice(fact, [" "]), "blank", "recipients[0]")
        refuses(lambda: Notice("fact", []), "invalid_type", "reached", kind=InvalidType)  # type: ignore[arg-type]


class TestFact:
    """A milestone that was reached."""

    def fact(self, milestone: Milestone, amount: str | None = "600", occurrence: str = "") -> MilestoneReached:
        """Return a fact of July."""
        return evolve(
            reached(goal_with(Milestone.kickoff()), amount, "2025-07-20")[0],
            milestone=milestone,
            target_version=1,
            occurrence=occurrence,
        )

    def test_has_a_key_that_depends_on_what_it_is(self) -> None:
        """Not on figures, names or moments; a mark has one key, however it is written."""
        fact = self.fact(Milestone.percent("50.0"))
        assert fact.key == "acme/g1/user:ada/2025-07-01..2025-07-31/percent:50/1/"
        other = evolve(
            fact, goal_version=9, target=5, attained=None, attainment=None, unit="x", currency=None,
            as_of=at("2026-01-01"), revision=1, reached_on=JULY,
        )  # fmt: skip
        assert other.key == fact.key
        weekly = self.fact(Milestone.progress(every="weekly"), occurrence="2025-07-07")
        assert weekly.key.endswith("/progress:weekly/1/2025-07-07")
        assert self.fact(Milestone.edited(), occurrence="12").key.endswith("/edited/1/12")
        odd = evolve(fact, account_id="a/b", goal_id="Ünït %2F", contributor=Contributor.pipeline("a:b"))
        assert odd.key.startswith("a%2Fb/%C3%9Cn%C3%AFt%20%252F/pipeline:a%3Ab/2025")
        assert evolve(fact, contributor=EVERYONE).key.startswith("acme/g1/account:account/")

    @pytest.mark.parametrize(
        ("milestone", "amount", "expected"),
        [
            (Milestone.kickoff(), None, "Ada starts into DAYS with a target of 1,000.00 EUR"),
            (Milestone.edited(), None, "Ada has an edited goal in DAYS, with a target of 1,000.00 EUR"),
            (Milestone.progress(every="weekly"), "600", "Ada has 600.00 EUR of 1,000.00 EUR (60 %) in DAYS"),
            (Milestone.percent(50), "600", "Ada reached 50 % of 1,000.00 EUR in DAYS"),
            (Milestone.percent("99.96"), "999.7", "Ada reached 99.96 % of 1,000.00 EUR in DAYS"),
            (
                Milestone.achieved(),
                "1000",
                "Ada achieved the target of 1,000.00 EUR in DAYS, with 1,000.00 EUR (100 %)",
            ),
            (
                Milestone.exceeded(),
                "1024",
                "Ada exceeded the target of 1,000.00 EUR in DAYS, with 1,024.00 EUR (102 %)",
            ),
            (Milestone.missed(), "999.6", "Ada missed the target of 1,000.00 EUR in DAYS, with 999.60 EUR (99.9 %)"),
        ],
    )
    def test_can_be_said(self, milestone: Milestone, amount: str | None, expected: str) -> None:
        """A sentence a person can read, in which nothing short of the whole is 100 %."""
        occurrence = {"progress": "2025-07-07", "edited": "2"}.get(milestone.kind, "")
        fact = self.fact(milestone, amount, occurrence=occurrence)
        assert fact.text("Ada") == expected.replace("DAYS", "2025-07-01..2025-07-31")
        assert fact.text() == fact.text("Ada").replace("Ada", "user ada", 1)

    def test_can_be_said_of_other_units(self) -> None:
        """Pieces have no unit, points do; where there is no percentage none is said, and nothing is n/a."""
        fact = self.fact(Milestone.missed())
        bare = evolve(fact, currency=None, attained=Decimal("12.5"), attainment=None, target=20)
        days = "2025-07-01..2025-07-31"
        assert evolve(bare, unit="count").text("Ada") == f"Ada missed the target of 20 in {days}, with 12.5"
        assert (
            evolve(bare, unit="points").text("Ada") == f"Ada missed the target of 20 points in {days}, with 12.5 points"
        )
        assert (
            evolve(bare, unit="count", attained=None).text("Ada") == f"Ada missed the target of 20 in {days}, with n/a"
        )

    def test_is_a_value(self) -> None:
        """It does not change, and what cannot be is refused, also in an edit."""
        fact = self.fact(Milestone.percent(50))
        stays(fact)
        refuses(lambda: evolve(fact, target=-1), "negative", "target")
        refuses(lambda: evolve(fact, revision=-1), "out_of_range", "revision")
        refuses(
            lambda: evolve(fact, occurrence="2025-07-07"), "invalid_occurrence", "occurrence", "nothing for percent"
        )
        for milestone, occurrence, code in (
            (Milestone.progress(every="weekly"), "", "invalid_date"),
            (Milestone.progress(every="weekly"), "7", "invalid_date"),
            (Milestone.edited(), "", "invalid_occurrence"),
            (Milestone.edited(), "²", "invalid_occurrence"),
            (Milestone.edited(), "v2", "invalid_occurrence"),
        ):
            refuses(partial(evolve, fact, milestone=milestone, occurrence=occurrence), code, "occurrence")
