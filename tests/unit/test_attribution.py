"""Attribution: whose is a record? Owners, teams, pipelines, the account, and people who are away."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from quota_engine import (
    Absence,
    Assignment,
    Closing,
    Contributor,
    CrmEvent,
    Membership,
    Roster,
    Team,
    TeamCredit,
    User,
)
from quota_engine.attribution import Attribution, is_within
from tests.acme import (
    ADA,
    AUGUST,
    BOB,
    EVERYONE,
    JULY,
    JUNE,
    NORTH,
    RENEWALS,
    SOUTH,
    acme,
    at,
    attained,
    calculated,
    cell,
    deal,
    found,
    promise,
)

TEAMS = (Team("world"), Team("north", parent="world"), Team("south", parent="world"), Team("empty"))
WORLD = Contributor.team("world")


def staffed(*memberships: Membership, absences: tuple[Absence, ...] = ()) -> Roster:
    """Return a roster of Ada, who may be away, and Bob, with the teams of Acme."""
    return Roster([User("ada", absences=absences), User("bob")], TEAMS, memberships)


def main(
    team: str | None, *, since: str | None = None, until: str | None = None, recorded: str | None = None
) -> Membership:
    """Return a main membership of Ada."""
    return Membership(
        "ada",
        team,
        since=None if since is None else date.fromisoformat(since),
        until=None if until is None else date.fromisoformat(until),
        recorded_at=None if recorded is None else at(recorded),
    )


def away(start: str, end: str | None = None, *, recorded: str | None = None) -> Absence:
    """Return an absence."""
    return Absence(at(start), None if end is None else at(end), None if recorded is None else at(recorded))


class TestOwners:
    """A user's row counts the records that the user owns (rule C1)."""

    def test_a_deal_counts_for_its_owner_alone(self) -> None:
        """Bob's row does not move when Ada wins."""
        result = calculated(promise(ADA, BOB), deal("d1"))
        assert (attained(result, ADA), attained(result, BOB)) == (100, 0)

    def test_without_a_roster_every_owner_is_a_user(self) -> None:
        """A host without people's data still gets figures, and nothing is unattributed."""
        result = calculated(promise(Contributor.user("zoe")), deal("d1", owner="zoe"))
        assert attained(result, Contributor.user("zoe")) == 100
        assert result.findings == ()

    @pytest.mark.parametrize("owner", [None, "", "ghost", "queue-7"])
    def test_nobodys_deals_count_for_pipelines_and_the_account_alone(self, owner: str | None) -> None:
        """No owner, an unknown one or a queue: nobody is credited, and the finding says so (rule C6)."""
        goal = promise(ADA, NORTH, EVERYONE, RENEWALS)
        result = calculated(goal, deal("d1", owner=owner, pipeline="renewals"), roster=staffed(main("north")))
        assert [attained(result, row) for row in (ADA, NORTH, EVERYONE, RENEWALS)] == [0, 0, 100, 100]
        (finding,) = found(result, "unattributed")
        assert (finding.goal_id, finding.slice, finding.count, finding.records) == (
            "g1",
            goal.slices.find(JULY),
            1,
            ("d1",),
        )

    def test_an_unknown_owner_is_not_credited_even_with_a_row(self) -> None:
        """A row for someone whom the roster does not have stays at nothing, and the contributor is named."""
        ghost = Contributor.user("ghost")
        result = calculated(promise(ghost), deal("d1", owner="ghost"), roster=staffed())
        assert attained(result, ghost) == 0
        assert len(found(result, "unattributed")) == 1
        (finding,) = found(result, "unknown_contributor")
        assert (finding.goal_id, finding.slice, finding.count, finding.records) == ("g1", None, 1, ())
        assert finding.text == "g1: contributors that the roster does not have: user ghost"

    def test_without_an_owner_there_is_no_user_even_where_no_roster_is_given(self) -> None:
        """Nobody is not a user."""
        result = calculated(promise(ADA, EVERYONE), deal("d1", owner=None))
        assert (attained(result, ADA), attained(result, EVERYONE)) == (0, 100)
        assert len(found(result, "unattributed")) == 1


class TestPipelines:
    """A row's pipelines narrow what it counts (rules C1 and C3)."""

    @pytest.mark.parametrize("row", [ADA, NORTH, EVERYONE])
    def test_narrow_user_team_and_account_rows_alike(self, row: Contributor) -> None:
        """Of renewals and new business only renewals count; a deal in no pipeline counts only where all do."""
        deals = [deal("d1", "1", pipeline="renewals"), deal("d2", "10", pipeline="new"), deal("d3", "100")]
        narrow = promise(Assignment(row, pipelines=["renewals"]))
        wide = promise(Assignment(row))
        roster = staffed(main("north"))
        assert attained(calculated(narrow, *deals, roster=roster), row) == 1
        assert attained(calculated(wide, *deals, roster=roster), row) == 111

    def test_a_row_may_name_several(self) -> None:
        """Renewals and upsells, but no new business."""
        deals = [deal(str(n), 10**n, pipeline=name) for n, name in enumerate(["renewals", "upsells", "new", None])]
        assert attained(calculated(promise(Assignment(ADA, pipelines=["renewals", "upsells"])), *deals)) == 11

    def test_a_pipelines_row_counts_its_deals_whoever_owns_them(self) -> None:
        """Its own id is all that matters; deals in other pipelines or in none are not its own."""
        deals = [
            deal("d1", "1", pipeline="renewals"),
            deal("d2", "10", pipeline="renewals", owner="bob"),
            deal("d3", "100", pipeline="renewals", owner=None),
            deal("d4", "1000", pipeline="new"),
            deal("d5", "10000"),
        ]
        assert attained(calculated(promise(RENEWALS), *deals), RENEWALS) == 111

    def test_the_accounts_row_counts_everything(self) -> None:
        """Whoever owns a deal and wherever it is."""
        deals = [deal("d1", "1", pipeline="new"), deal("d2", "10", owner=None), deal("d3", "100", owner="bob")]
        assert attained(calculated(promise(EVERYONE), *deals), EVERYONE) == 111

    def test_deals_that_no_row_could_count_are_not_reported(self) -> None:
        """A deal of nobody in another pipeline is none of this goal's business."""
        goal = promise(Assignment(ADA, pipelines=["renewals"]))
        assert found(calculated(goal, deal("d1", owner=None, pipeline="new")), "unattributed") == []
        assert len(found(calculated(goal, deal("d1", owner=None, pipeline="renewals")), "unattributed")) == 1


class TestTeams:
    """A team's row counts the records of its members (rules C2 and C7)."""

    def test_counts_whose_main_team_it_is_on_the_day(self) -> None:
        """Ada moves from north to south on 10 July: what she won before stays with north, that day's deal goes south."""
        roster = staffed(main("north", until="2025-07-10"), main("south", since="2025-07-10"))
        deals = [deal("d1", "1", closed="2025-07-09"), deal("d2", "10", closed="2025-07-10")]
        result = calculated(promise(NORTH, SOUTH), *deals, roster=roster)
        assert (attained(result, NORTH), attained(result, SOUTH)) == (1, 10)

    def test_a_moment_belongs_to_the_day_in_the_goals_zone(self) -> None:
        """In Rome 10 July begins at 22:00 UTC of the 9th: a deal a microsecond before still is north's."""
        roster = staffed(main("north", until="2025-07-10"), main("south", since="2025-07-10"))
        midnight = datetime(2025, 7, 9, 22, tzinfo=UTC)
        deals = [deal("d1", "1", closed=midnight - timedelta(microseconds=1)), deal("d2", "10", closed=midnight)]
        goal = promise(NORTH, SOUTH, account=acme(zone="Europe/Rome"))
        result = calculated(goal, *deals, roster=roster)
        assert (attained(result, NORTH), attained(result, SOUTH)) == (1, 10)

    def test_of_two_facts_about_a_day_the_later_recorded_holds(self) -> None:
        """In June someone noted that Ada goes south in July; that overrides what was always known."""
        roster = staffed(main("north"), main("south", since="2025-07-01", recorded="2025-06-20"))
        result = calculated(promise(NORTH, SOUTH), deal("d1", closed="2025-06-30"), deal("d2", "10"), roster=roster)
        assert (attained(result, NORTH, JUNE), attained(result, SOUTH, JUNE)) == (100, 0)
        assert (attained(result, NORTH), attained(result, SOUTH)) == (0, 10)

    def test_a_fact_without_a_team_ends_a_membership(self) -> None:
        """From 10 July Ada is in no team, and her deals count for none."""
        roster = staffed(main("north"), main(None, since="2025-07-10", recorded="2025-07-01"))
        deals = [deal("d1", "1", closed="2025-07-09"), deal("d2", "10", closed="2025-07-10")]
        assert attained(calculated(promise(NORTH), *deals, roster=roster), NORTH) == 1

    def test_what_is_recorded_later_than_known_does_not_exist(self) -> None:
        """A move that is noted on the 25th is unknown on the 20th, and known with the knowledge of the 25th (rule P1)."""
        roster = staffed(main("north"), main("south", since="2025-07-01", recorded="2025-07-25"))
        goal = promise(NORTH, SOUTH)
        then, later = (calculated(goal, deal("d1"), roster=roster, known_at=known) for known in (None, "2025-07-25"))
        assert (attained(then, NORTH), attained(then, SOUTH)) == (100, 0)
        assert (attained(later, NORTH), attained(later, SOUTH)) == (0, 100)

    def test_what_is_recorded_after_the_freeze_changes_no_frozen_slice(self) -> None:
        """A move backdated to 1 July but noted on 1 August leaves July to north and takes August south (rule P6)."""
        roster = staffed(main("north"), main("south", since="2025-07-01", recorded="2025-08-01"))
        goal = promise(NORTH, SOUTH)
        deals = [deal("d1", "1"), deal("d2", "10", closed="2025-08-02")]
        result = calculated(goal, *deals, roster=roster, as_of="2025-08-20")
        assert (attained(result, NORTH), attained(result, SOUTH)) == (1, 0)
        assert (attained(result, NORTH, AUGUST), attained(result, SOUTH, AUGUST)) == (0, 10)

    def test_what_is_recorded_after_the_end_counts_where_late_corrections_do(self) -> None:
        """Under `restate` the same move takes July south, and both rows say that they were restated."""
        roster = staffed(main("north"), main("south", since="2025-07-01", recorded="2025-08-01"))
        goal = promise(NORTH, SOUTH, account=acme(closing=Closing(policy="restate")))
        result = calculated(goal, deal("d1"), roster=roster, as_of="2025-08-20")
        assert (attained(result, NORTH), attained(result, SOUTH)) == (0, 100)
        assert cell(result, NORTH).restated
        assert cell(result, SOUTH).restated

    def test_extra_members_count_when_the_goal_says_so(self) -> None:
        """Ada belongs to north, and helps south out from 10 July on: her deals count for both, once each."""
        extra = Membership("ada", "south", main=False, since=date(2025, 7, 10))
        roster = staffed(main("north"), extra, Membership("ada", "north", main=False))
        deals = [deal("d1", "1", closed="2025-07-09"), deal("d2", "10", closed="2025-07-10")]
        plain = calculated(promise(NORTH, SOUTH), *deals, roster=roster)
        both = calculated(promise(NORTH, SOUTH, team_credit=TeamCredit(extra=True)), *deals, roster=roster)
        assert (attained(plain, NORTH), attained(plain, SOUTH)) == (11, 0)
        assert (attained(both, NORTH), attained(both, SOUTH)) == (11, 10)
        assert cell(both, NORTH).counted == 2

    def test_teams_above_count_when_the_goal_says_so(self) -> None:
        """North is a part of the world: with descendants the world's row counts Ada's deal too, without it does not."""
        roster = staffed(main("north"))
        plain = calculated(promise(NORTH, WORLD), deal("d1"), roster=roster)
        deep = calculated(promise(NORTH, WORLD, team_credit=TeamCredit(descendants=True)), deal("d1"), roster=roster)
        assert (attained(plain, NORTH), attained(plain, WORLD)) == (100, 0)
        assert (attained(deep, NORTH), attained(deep, WORLD)) == (100, 100)

    def test_a_record_counts_once_however_many_ways_lead_to_a_row(self) -> None:
        """Main in north, extra in south, both below the world: the world counts the deal once."""
        roster = staffed(main("north"), Membership("ada", "south", main=False))
        credit = TeamCredit(extra=True, descendants=True)
        result = calculated(promise(WORLD, team_credit=credit), deal("d1"), roster=roster)
        assert (attained(result, WORLD), cell(result, WORLD).counted) == (100, 1)

    def test_an_empty_team_counts_nothing(self) -> None:
        """It never means everyone."""
        empty = Contributor.team("empty")
        for credit in (TeamCredit(), TeamCredit(members="current"), TeamCredit(extra=True, descendants=True)):
            result = calculated(promise(empty, team_credit=credit), deal("d1"), roster=staffed(main("north")))
            assert (attained(result, empty), cell(result, empty).counted) == (0, 0)

    def test_a_roster_without_teams_credits_users_alone(self) -> None:
        """A team's row that the roster does not have stays at nothing and is named."""
        result = calculated(promise(ADA, NORTH), deal("d1"), roster=Roster([User("ada")]))
        assert (attained(result, ADA), attained(result, NORTH)) == (100, 0)
        assert [finding.text for finding in found(result, "unknown_contributor")] == [
            "g1: contributors that the roster does not have: team north"
        ]


class TestCurrentMembers:
    """A goal may count whoever is in the team now, whenever the record is dated (rule C2)."""

    ROSTER = staffed(main("north", until="2025-07-10"), main("south", since="2025-07-10"))
    GOAL = promise(NORTH, SOUTH, team_credit=TeamCredit(members="current"))

    def test_today_decides_while_the_slice_is_open(self) -> None:
        """On the 9th Ada is in north and so are her deals; from the 10th on all of July's are south's."""
        deals = [deal("d1", "1", closed="2025-07-02"), deal("d2", "10", closed="2025-07-08")]
        before = calculated(self.GOAL, *deals, roster=self.ROSTER, as_of="2025-07-09 23:59")
        after = calculated(self.GOAL, *deals, roster=self.ROSTER, as_of="2025-07-10")
        assert (attained(before, NORTH), attained(before, SOUTH)) == (11, 0)
        assert (attained(after, NORTH), attained(after, SOUTH)) == (0, 11)

    def test_the_last_day_before_the_freeze_decides_from_then_on(self) -> None:
        """Ada goes back north on 1 August: July froze while she was in south, and stays there; August is north's."""
        roster = staffed(main("south", until="2025-08-01"), main("north", since="2025-08-01"))
        deals = [deal("d1", "1"), deal("d2", "10", closed="2025-08-02")]
        result = calculated(self.GOAL, *deals, roster=roster, as_of="2025-08-20")
        assert (attained(result, NORTH), attained(result, SOUTH)) == (0, 1)
        assert (attained(result, NORTH, AUGUST), attained(result, SOUTH, AUGUST)) == (10, 0)

    def test_a_grace_moves_the_last_day(self) -> None:
        """With a day of grace the last instant before July's freeze lies on 1 August."""
        roster = staffed(main("south", until="2025-08-01"), main("north", since="2025-08-01"))
        account = acme(closing=Closing(grace=timedelta(days=1)))
        goal = promise(NORTH, SOUTH, account=account, team_credit=TeamCredit(members="current"))
        result = calculated(goal, deal("d1"), roster=roster, as_of="2025-08-20")
        assert (attained(result, NORTH), attained(result, SOUTH)) == (100, 0)

    def test_the_shortest_grace_moves_it_too(self) -> None:
        """The very instant before the freeze decides: with a microsecond of grace it is the first one of 1 August."""
        roster = staffed(main("south", until="2025-08-01"), main("north", since="2025-08-01"))
        account = acme(closing=Closing(grace=timedelta(microseconds=1)))
        goal = promise(NORTH, SOUTH, account=account, team_credit=TeamCredit(members="current"))
        result = calculated(goal, deal("d1"), roster=roster, as_of="2025-08-20")
        assert (attained(result, NORTH), attained(result, SOUTH)) == (100, 0)

    def test_without_a_freeze_it_is_always_today(self) -> None:
        """Under `restate` Ada's July follows her wherever she goes."""
        roster = staffed(main("south", until="2025-08-15"), main("north", since="2025-08-15"))
        account = acme(closing=Closing(policy="restate"))
        goal = promise(NORTH, SOUTH, account=account, team_credit=TeamCredit(members="current"))
        result = calculated(goal, deal("d1"), roster=roster, as_of="2025-08-20")
        assert (attained(result, NORTH), attained(result, SOUTH)) == (100, 0)


class TestSomeoneLeaves:
    """A user's row keeps its last values; other rows go back to the version before (rule P7)."""

    GOAL = promise(ADA, BOB, NORTH, EVERYONE)
    ROSTER = staffed(main("north"), absences=(away("2025-07-12"),))
    ROWS = (ADA, BOB, NORTH, EVERYONE)

    def figures(self, *deals: CrmEvent, as_of: str = "2025-07-20", roster: Roster = ROSTER) -> list[Decimal | None]:
        """Return what Ada, Bob, north and the account have attained in July."""
        result = calculated(self.GOAL, *deals, as_of=as_of, roster=roster)
        return [attained(result, row) for row in self.ROWS]

    def test_what_was_recorded_before_stays(self) -> None:
        """Ada's deal of the 10th counts for ever."""
        assert self.figures(deal("d1")) == [100, 0, 100, 100]

    def test_a_correction_after_leaving_counts_nowhere(self) -> None:
        """On the 15th Ada's deal is raised: she is gone, so all rows keep the version before."""
        assert self.figures(deal("d1"), deal("d1", "500", recorded="2025-07-15")) == [100, 0, 100, 100]

    def test_leaving_counts_from_its_very_moment(self) -> None:
        """What is recorded a microsecond before still counts; at the moment itself it does not."""
        before, moment = "2025-07-11 23:59:59.999999", "2025-07-12 00:00"
        assert self.figures(deal("d1"), deal("d1", "500", recorded=before)) == [500, 0, 500, 500]
        assert self.figures(deal("d1"), deal("d1", "500", recorded=moment)) == [100, 0, 100, 100]

    def test_a_handover_counts_for_the_new_owner_and_the_leaver_keeps_the_value(self) -> None:
        """Bob takes the deal over on the 15th: his row gains it, Ada's keeps it, the account counts it once."""
        handover = deal("d1", "500", owner="bob", recorded="2025-07-15")
        assert self.figures(deal("d1"), handover) == [100, 500, 0, 500]
        total = calculated(self.GOAL, deal("d1"), handover, roster=self.ROSTER).total("g1", on=JULY)
        assert (total.attained, total.counted) == (500, 1)

    def test_a_handover_in_time_is_an_ordinary_change_of_owner(self) -> None:
        """On the 11th Ada is still there: her row loses the deal."""
        assert self.figures(deal("d1"), deal("d1", owner="bob", recorded="2025-07-11")) == [0, 100, 0, 100]

    def test_a_deletion_is_always_taken_in_other_rows(self) -> None:
        """A deal that is deleted on the 15th is gone for the team and the account; Ada keeps it."""
        assert self.figures(deal("d1"), deal("d1", recorded="2025-07-15", deleted=True)) == [100, 0, 0, 0]

    def test_a_deal_that_is_no_longer_won_is_a_correction_like_any_other(self) -> None:
        """Lost on the 15th, after Ada left: left out in all rows."""
        lost = deal("d1", recorded="2025-07-15", more={"is_won": False})
        assert self.figures(deal("d1"), lost) == [100, 0, 100, 100]

    def test_a_deal_without_any_version_in_time_is_reported(self) -> None:
        """Recorded on the 15th as Ada's: it counts for nobody, and the finding says why."""
        result = calculated(self.GOAL, deal("d1", recorded="2025-07-15"), roster=self.ROSTER)
        assert [attained(result, row) for row in self.ROWS] == [0, 0, 0, 0]
        (finding,) = found(result, "owner_inactive")
        assert (finding.goal_id, finding.count, finding.records) == ("g1", 1, ("d1",))
        assert finding.slice == self.GOAL.slices.find(JULY)

    def test_a_lost_deal_of_someone_who_left_is_not_reported(self) -> None:
        """It would have counted nowhere in any case."""
        lost = deal("d1", recorded="2025-07-15", more={"is_won": False})
        assert calculated(self.GOAL, lost, roster=self.ROSTER).findings == ()

    def test_a_deal_that_was_lost_in_the_end_is_not_reported(self) -> None:
        """Entered as won on the 13th and as lost on the 14th, both after Ada left: it would count nowhere in any case."""
        lost = deal("d1", recorded="2025-07-14", more={"is_won": False})
        assert calculated(self.GOAL, deal("d1", recorded="2025-07-13"), lost, roster=self.ROSTER).findings == ()

    def test_a_deal_that_was_put_off_before_counts_where_it_was_put(self) -> None:
        """On the 11th, while she was there, Ada put it off to August: it is no longer July's."""
        put_off = deal("d1", "500", closed="2025-08-05", recorded="2025-07-11")
        result = calculated(self.GOAL, deal("d1"), put_off, roster=self.ROSTER)
        assert [attained(result, row) for row in self.ROWS] == [0, 0, 0, 0]
        assert [attained(result, row, AUGUST) for row in self.ROWS] == [500, 0, 500, 500]

    def test_a_deal_that_is_taken_over_and_put_off_leaves_the_slice_but_for_the_leaver(self) -> None:
        """On the 15th Bob puts Ada's deal off to August: July loses it in all rows but hers, August gains it in all but hers."""
        put_off = deal("d1", "500", owner="bob", closed="2025-08-05", recorded="2025-07-15")
        result = calculated(self.GOAL, deal("d1"), put_off, roster=self.ROSTER)
        assert [attained(result, row) for row in self.ROWS] == [100, 0, 0, 0]
        assert [attained(result, row, AUGUST) for row in self.ROWS] == [0, 500, 0, 500]

    def test_a_deal_that_comes_back_to_nobody_is_unattributed(self) -> None:
        """On the 15th the owner is taken off: the account counts it without anyone's credit, Ada keeps her value."""
        result = calculated(self.GOAL, deal("d1"), deal("d1", owner=None, recorded="2025-07-15"), roster=self.ROSTER)
        assert [attained(result, row) for row in self.ROWS] == [100, 0, 0, 100]
        assert len(found(result, "unattributed")) == 1

    def test_an_absence_that_is_not_known_yet_does_not_exist(self) -> None:
        """That Ada left on the 12th is noted on the 25th: on the 20th she is as active as ever."""
        roster = staffed(main("north"), absences=(away("2025-07-12", recorded="2025-07-25"),))
        assert self.figures(deal("d1", recorded="2025-07-15"), roster=roster) == [100, 0, 100, 100]
        assert self.figures(deal("d1", recorded="2025-07-15"), roster=roster, as_of="2025-07-25") == [0, 0, 0, 0]

    def test_an_absence_that_is_noted_after_the_freeze_leaves_the_slice_alone(self) -> None:
        """Noted on 1 August it cannot change July; August's deals feel it (rule P6)."""
        roster = staffed(main("north"), absences=(away("2025-07-12", recorded="2025-08-01"),))
        deals = [deal("d1", recorded="2025-07-15"), deal("d2", closed="2025-08-02")]
        result = calculated(self.GOAL, *deals, roster=roster, as_of="2025-08-20")
        assert (attained(result, ADA), attained(result, NORTH)) == (100, 100)
        assert (attained(result, ADA, AUGUST), attained(result, NORTH, AUGUST)) == (0, 0)


class TestSomeoneReturns:
    """An absence that ended before the slice did leaves no trace in it (rule P7)."""

    GOAL = promise(ADA, NORTH)

    def figures(self, *absences: Absence, as_of: str = "2025-08-20") -> tuple[Decimal | None, Decimal | None]:
        """Return what Ada and north attain in July with a deal that is raised from 100 to 500 on the 15th."""
        deals = [deal("d1"), deal("d1", "500", recorded="2025-07-15")]
        result = calculated(self.GOAL, *deals, roster=staffed(main("north"), absences=absences), as_of=as_of)
        return attained(result, ADA), attained(result, NORTH)

    def test_before_the_end_of_the_slice(self) -> None:
        """Back on the 18th, all of July is as if Ada had never been away."""
        assert self.figures(away("2025-07-12", "2025-07-18")) == (500, 500)

    def test_at_the_end_of_the_slice_or_later(self) -> None:
        """Back on 1 August or later, July keeps what stood when she left."""
        assert self.figures(away("2025-07-12", "2025-07-31 23:59:59.999999")) == (500, 500)
        assert self.figures(away("2025-07-12", "2025-08-01")) == (100, 100)
        assert self.figures(away("2025-07-12", "2025-08-05")) == (100, 100)
        assert self.figures(away("2025-07-12")) == (100, 100)

    def test_until_then_the_user_is_away(self) -> None:
        """A return that is planned for the 18th has not happened on the 17th."""
        absence = away("2025-07-12", "2025-07-18")
        assert self.figures(absence, as_of="2025-07-17 23:59:59.999999") == (100, 100)
        assert self.figures(absence, as_of="2025-07-18") == (500, 500)

    def test_absences_that_touch_count_as_one(self) -> None:
        """Two weeks off and at once deactivated: the first part does not end on its own."""
        assert self.figures(away("2025-07-12", "2025-07-18"), away("2025-07-18")) == (100, 100)
        assert self.figures(away("2025-07-17"), away("2025-07-12", "2025-07-18")) == (100, 100)
        assert self.figures(away("2025-07-12"), away("2025-07-13", "2025-07-18")) == (100, 100)
        assert self.figures(away("2025-07-12", "2025-07-18"), away("2025-07-13", "2025-07-14")) == (500, 500)
        assert self.figures(away("2025-07-12", "2025-07-18"), away("2025-07-18 00:01")) == (500, 500)

    def test_an_absence_over_the_end_of_one_slice_leaves_no_trace_in_the_next(self) -> None:
        """Away from 25 July to 5 August: a deal entered on the 28th never counts in July, one of 2 August does in August."""
        roster = staffed(main("north"), absences=(away("2025-07-25", "2025-08-05"),))
        deals = [deal("d1", closed="2025-07-28"), deal("d2", "10", closed="2025-08-02")]
        result = calculated(self.GOAL, *deals, roster=roster, as_of="2025-08-20")
        assert (attained(result, ADA), attained(result, ADA, AUGUST)) == (0, 10)
        assert (attained(result, NORTH), attained(result, NORTH, AUGUST)) == (0, 10)


class TestRules:
    """The rules as a plan asks them."""

    RULES = Attribution(roster=staffed(main("north")), splits=None, as_of=at("2025-07-20"), known_at=at("2025-07-20"))

    def test_know_users_and_nobody_else(self) -> None:
        """Nobody and strangers are no users; without a roster everybody named is one."""
        assert [self.RULES.knows(owner) for owner in ("ada", "ghost", None)] == [True, False, False]
        open_rules = Attribution(roster=None, splits=None, as_of=at("2025-07-20"), known_at=at("2025-07-20"))
        assert [open_rules.knows(owner) for owner in ("ada", "ghost", None)] == [True, True, False]

    def test_name_as_absent_whom_a_known_absence_concerns(self) -> None:
        """An absence that is noted on the 25th makes nobody absent before; whether it is over does not matter."""
        absence = away("2025-07-12", "2025-07-13", recorded="2025-07-25")
        for known_at, absentees in (("2025-07-24 23:59", set()), ("2025-07-25", {"ada"})):
            rules = Attribution(
                roster=staffed(absences=(absence,)), splits=None, as_of=at("2025-07-20"), known_at=at(known_at)
            )
            assert rules.absentees == absentees

    def test_a_stranger_is_never_away(self) -> None:
        """Only users have absences."""
        assert self.RULES.inactive(self_times := promise().timetable, 6, "ghost") == ()
        open_rules = Attribution(roster=None, splits=None, as_of=at("2025-07-20"), known_at=at("2025-07-20"))
        assert open_rules.inactive(self_times, 6, "ada") == ()

    def test_an_owner_without_facts_is_in_no_team(self) -> None:
        """All slices are whole, and no team is credited; the same without any roster."""
        times = promise().timetable
        open_rules = Attribution(roster=None, splits=None, as_of=at("2025-07-20"), known_at=at("2025-07-20"))
        for rules, owner in ((self.RULES, "bob"), (open_rules, "ada")):
            stretches = rules.stretches(times, TeamCredit(descendants=True), owner)
            assert [stretch.days for stretch in stretches] == list(times.slices)
            assert {stretch.teams for stretch in stretches} == {frozenset()}

    def test_a_time_holds_its_start_and_not_its_end(self) -> None:
        """Whoever returns at noon is back at noon."""
        times = [(at("2025-07-01"), at("2025-07-02")), (at("2025-07-05"), None)]
        assert is_within(at("2025-07-01"), times)
        assert not is_within(at("2025-07-02"), times)
        assert is_within(at("2099-01-01"), times)
        assert not is_within(at("2025-06-30"), times)
