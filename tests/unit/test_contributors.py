"""Contributors and the roster: who can have a goal, and who belongs where on a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve

from quota_engine.accounts import Seat
from quota_engine.contributors import (
    Absence,
    Contributor,
    ContributorKind,
    Membership,
    Roster,
    Team,
    User,
    extra_teams_of,
    main_team_of,
)
from quota_engine.errors import InvalidType, InvalidValue
from tests.refusals import refuses, stays

ROME = ZoneInfo("Europe/Rome")
MAY = datetime(2025, 5, 1, tzinfo=UTC)
JUNE = datetime(2025, 6, 1, tzinfo=UTC)
DAY = date(2025, 7, 1)


class TestContributor:
    """Someone or something that can be given a goal."""

    def test_is_a_user_a_team_a_pipeline_or_the_account(self) -> None:
        """Each kind has its own maker, and reads as people say it."""
        found = [Contributor.user("ada"), Contributor.team("emea"), Contributor.pipeline("new"), Contributor.account()]
        assert [(c.kind.value, c.id) for c in found] == [
            ("user", "ada"), ("team", "emea"), ("pipeline", "new"), ("account", "account"),
        ]  # fmt: skip
        assert [str(c) for c in found] == ["user ada", "team emea", "pipeline new", "account"]
        for contributor in found:
            stays(contributor)

    def test_kind_and_id_together_tell_them_apart(self) -> None:
        """A user and a team may have the same id; contributors sort by kind and id."""
        assert Contributor.user("x") != Contributor.team("x")
        assert Contributor("user", "x") == Contributor(ContributorKind.USER, "x")
        given = [Contributor.user("b"), Contributor.user("a"), Contributor.team("z")]
        assert sorted(given) == [Contributor.team("z"), Contributor.user("a"), Contributor.user("b")]

    def test_there_is_one_whole_account(self) -> None:
        """The account has no second id under which it could have a second row."""
        refuses(lambda: Contributor("account", "acme"), "not_the_account", "id", "'acme'")

    def test_refuses_other_kinds_and_ids(self) -> None:
        """Kinds are a closed list, ids are text without space around."""
        refuses(lambda: Contributor("queue", "q1"), "unknown_word", "kind", "user, team, pipeline, account")
        refuses(lambda: Contributor.user(5), "invalid_type", "id", kind=InvalidType)  # type: ignore[arg-type]
        refuses(lambda: Contributor.team(" emea"), "space_around", "id")


class TestAbsence:
    """A time in which a user is not active."""

    def test_covers_from_its_start_up_to_its_end(self) -> None:
        """The moment of return is active again."""
        away = Absence(MAY, JUNE)
        moments = [MAY - timedelta(microseconds=1), MAY, JUNE - timedelta(microseconds=1), JUNE]
        assert [away.covers(moment) for moment in moments] == [False, True, True, False]
        assert Absence(MAY).covers(datetime.max.replace(tzinfo=UTC))
        stays(Absence(MAY, JUNE, JUNE))

    def test_is_kept_in_utc(self) -> None:
        """Half past two of the repeated hour in Rome is two moments, and the second may end what the first began."""
        away = Absence(datetime(2025, 10, 26, 2, 30, tzinfo=ROME), datetime(2025, 10, 26, 2, 30, tzinfo=ROME, fold=1))
        assert (away.start, away.end) == (
            datetime(2025, 10, 26, 0, 30, tzinfo=UTC),
            datetime(2025, 10, 26, 1, 30, tzinfo=UTC),
        )
        assert away.covers(datetime(2025, 10, 26, 2, 30, tzinfo=ROME))
        assert not away.covers(datetime(2025, 10, 26, 2, 30, tzinfo=ROME, fold=1))
        assert Absence(MAY.astimezone(ROME), recorded_at=JUNE.astimezone(ROME)) == Absence(MAY, recorded_at=JUNE)

    def test_ends_after_it_starts(self) -> None:
        """An absence of no length is none."""
        refuses(lambda: Absence(MAY, MAY), "end_before_start", "end", "after start 2025-05-01")
        refuses(lambda: evolve(Absence(MAY, JUNE), start=JUNE), "end_before_start", "end")

    def test_needs_moments_with_a_zone(self) -> None:
        """All three times are moments, and so is the time asked about."""
        naive = datetime(2025, 5, 1)
        refuses(lambda: Absence(naive), "timezone_required", "start")
        refuses(lambda: Absence(MAY, naive), "timezone_required", "end")
        refuses(lambda: Absence(MAY, None, naive), "timezone_required", "recorded_at")
        refuses(lambda: Absence(date(2025, 5, 1)), "invalid_type", "start", kind=InvalidType)  # type: ignore[arg-type]
        refuses(lambda: Absence(MAY).covers(naive), "timezone_required", "moment")


class TestUser:
    """A person in the CRM."""

    def test_is_active_while_no_absence_covers(self) -> None:
        """Someone who left and came back was inactive in between."""
        ada = User("ada", "Ada", absences=[Absence(MAY, JUNE)])
        assert [ada.active_at(m) for m in (MAY - timedelta(days=1), MAY, JUNE)] == [True, False, True]
        refuses(lambda: ada.active_at(datetime(2025, 5, 1)), "timezone_required", "moment")
        refuses(lambda: User("bob").active_at(DAY), "invalid_type", "moment", kind=InvalidType)  # type: ignore[arg-type]

    def test_have_left_when_they_will_not_return(self) -> None:
        """A leave has an end; whoever is to leave has not left; a leave that leaving follows at once is none."""
        july, day = datetime(2025, 7, 1, tzinfo=UTC), timedelta(days=1)
        assert not User("ada").has_left(MAY)
        assert [User("ada", absences=[Absence(MAY)]).has_left(m) for m in (MAY - day, MAY, july)] == [False, True, True]
        assert not User("ada", absences=[Absence(MAY, JUNE)]).has_left(MAY)
        for leaves, left in ((JUNE, True), (JUNE - day, True), (JUNE + day, False)):
            leave = User("ada", absences=[Absence(leaves), Absence(MAY, JUNE)])
            assert leave.has_left(MAY) is left
            assert leave.has_left(july)
        late = User("ada", absences=[Absence(MAY, july), Absence(MAY + day, JUNE), Absence(july)])
        assert late.has_left(JUNE)
        refuses(lambda: User("bob").has_left(DAY), "invalid_type", "moment", kind=InvalidType)  # type: ignore[arg-type]

    def test_is_a_value_of_its_own(self) -> None:
        """Lists of seats and absences are copied."""
        seats = [Seat("sales", "starter")]
        ada = User("ada", seats=seats)
        seats.clear()
        assert ada.seats == (Seat("sales", "starter"),)
        stays(ada)

    def test_refuses_bad_parts(self) -> None:
        """Each part is named."""
        refuses(lambda: User(""), "blank", "id")
        refuses(lambda: User("ada", "A\nB"), "control_character", "name")
        refuses(lambda: User("ada", seats=["sales"]), "invalid_type", "seats[0]", kind=InvalidType)  # type: ignore[list-item]
        refuses(lambda: User("ada", absences=MAY), "invalid_type", "absences", kind=InvalidType)  # type: ignore[arg-type]


class TestMembership:
    """The fact that a user belongs to a team for a time."""

    def test_holds_from_since_up_to_until(self) -> None:
        """The day named by `until` no longer counts; an open end lasts for ever."""
        june = Membership("ada", "emea", since=date(2025, 6, 1), until=date(2025, 7, 1))
        days = [date(2025, 5, 31), date(2025, 6, 1), date(2025, 6, 30), date(2025, 7, 1)]
        assert [june.covers(day) for day in days] == [False, True, True, False]
        assert Membership("ada", "emea").covers(date.min)
        assert Membership("ada", "emea").covers(date.max)
        stays(Membership("ada", None, recorded_at=MAY))

    def test_no_team_means_no_main_team(self) -> None:
        """A main membership of no team ends one; an extra one of no team says nothing."""
        assert Membership("ada", None).team is None
        refuses(lambda: Membership("ada", None, main=False), "required", "team", "extra membership")

    def test_refuses_bad_parts(self) -> None:
        """Days are dates, the recording time is a moment, and the end is after the start."""
        refuses(
            lambda: Membership("ada", "emea", since=DAY, until=DAY), "end_before_start", "until", "since 2025-07-01"
        )
        refuses(lambda: Membership("ada", "emea", since=MAY), "invalid_type", "since", kind=InvalidType)
        refuses(lambda: Membership("ada", "emea", until="2025"), "invalid_type", "until", kind=InvalidType)  # type: ignore[arg-type]
        refuses(lambda: Membership("ada", "emea", recorded_at=datetime(2025, 5, 1)), "timezone_required", "recorded_at")
        refuses(lambda: Membership("ada", "emea", main=1), "invalid_type", "main", kind=InvalidType)  # type: ignore[arg-type]
        refuses(lambda: Membership("ada", 5), "invalid_type", "team", kind=InvalidType)  # type: ignore[arg-type]
        refuses(lambda: Membership("", "emea"), "blank", "user")

    @pytest.mark.parametrize(
        ("other", "expected"),
        [
            (Membership("ada", "apac"), True),
            (Membership("ada", "emea"), False),
            (Membership("ada", "apac", main=False), False),
            (Membership("ada", "apac", recorded_at=MAY), False),
            (Membership("ada", "apac", until=date(2025, 6, 1)), False),
            (Membership("ada", "apac", until=date(2025, 6, 2)), True),
            (Membership("ada", "apac", since=date(2025, 7, 1)), False),
            (Membership("ada", "apac", since=date(2025, 6, 30)), True),
            (Membership("ada", None), True),
        ],
        ids=["always", "same team", "extra", "later recorded", "before", "a day", "after", "last day", "no team"],
    )
    def test_two_main_teams_on_one_day_clash(self, other: Membership, expected: bool) -> None:  # noqa: FBT001 - the expectation
        """They do when both are main, overlap, and neither was recorded later than the other."""
        june = Membership("ada", "emea", since=date(2025, 6, 1), until=date(2025, 7, 1))
        assert june.clashes(other) is expected
        assert other.clashes(june) is expected


class TestFacts:
    """What memberships say together."""

    def test_the_later_recorded_main_membership_holds(self) -> None:
        """Facts are added and never rewritten: what was recorded later overrides, whatever the order."""
        facts = [
            Membership("ada", "emea"),
            Membership("ada", "apac", recorded_at=JUNE, since=date(2025, 6, 1)),
            Membership("ada", None, recorded_at=JUNE + timedelta(days=1), since=date(2025, 8, 1)),
            Membership("ada", "latam", recorded_at=MAY, since=date(2025, 6, 1)),
        ]
        for order in (facts, facts[::-1]):
            assert main_team_of(order, date(2025, 5, 31)) == "emea"
            assert main_team_of(order, date(2025, 6, 1)) == "apac"
            assert main_team_of(order, date(2025, 8, 1)) is None
        assert main_team_of([], DAY) is None

    def test_extra_teams_add_up(self) -> None:
        """Someone may be in several extra teams at once."""
        facts = [
            Membership("ada", "tigers", main=False),
            Membership("ada", "lions", main=False, until=DAY),
            Membership("ada", "emea"),
        ]
        assert extra_teams_of(facts, date(2025, 6, 30)) == {"tigers", "lions"}
        assert extra_teams_of(facts, DAY) == {"tigers"}


ROSTER = Roster(
    users=(User("ada", "Ada Lovelace"), User("bob"), User("eve", "Eve")),
    teams=(Team("world", "World"), Team("emea", "EMEA", "world"), Team("tigers"), Team("rome", parent="emea")),
    memberships=(
        Membership("ada", "emea"),
        Membership("ada", "tigers", main=False),
        Membership("bob", "emea", until=DAY),
    ),
)


class TestRoster:
    """Everyone and every team of an account."""

    def test_is_a_value_of_its_own(self) -> None:
        """Lists are copied; it cannot change; an edit is looked up anew."""
        users = [User("ada")]
        found = Roster(users=users)
        users.clear()
        assert found.user("ada") == User("ada")
        assert found.user("bob") is None
        stays(ROSTER)
        assert evolve(found, users=(User("bob"),)).user("ada") is None
        assert Roster() == Roster((), (), ())

    def test_finds_users_and_teams(self) -> None:
        """By id, exactly; None where there is none."""
        assert ROSTER.team("emea") == Team("emea", "EMEA", "world")
        assert ROSTER.team("EMEA") is None
        assert ROSTER.user("bob") == User("bob")

    def test_names_contributors_for_people(self) -> None:
        """A name where there is one, else the id."""
        given = [Contributor.user("ada"), Contributor.user("bob"), Contributor.user("zed"), Contributor.team("emea")]
        assert [ROSTER.name_of(c) for c in given] == ["Ada Lovelace", "bob", "zed", "EMEA"]
        assert ROSTER.name_of(Contributor.pipeline("new")) == "new"
        assert ROSTER.name_of(Contributor.account()) == "account"

    def test_searches_names_and_ids_without_case(self) -> None:
        """Users come first, each in roster order; an empty text finds everyone."""
        assert ROSTER.search("E") == (
            Contributor.user("ada"), Contributor.user("eve"), Contributor.team("emea"),
            Contributor.team("tigers"), Contributor.team("rome"),
        )  # fmt: skip
        assert ROSTER.search("LOVE") == (Contributor.user("ada"),)
        assert len(ROSTER.search("")) == 7
        assert ROSTER.search("%") == ()
        refuses(lambda: ROSTER.search(5), "invalid_type", "text", kind=InvalidType)  # type: ignore[arg-type]

    def test_knows_who_belongs_where_on_a_day(self) -> None:
        """Members are those whose main team it is; extra teams are among a user's teams."""
        june = date(2025, 6, 30)
        assert ROSTER.members("emea", on=june) == ("ada", "bob")
        assert ROSTER.members("emea", on=DAY) == ("ada",)
        assert ROSTER.members("tigers", on=DAY) == ()
        assert (ROSTER.main_team("bob", on=june), ROSTER.main_team("bob", on=DAY)) == ("emea", None)
        assert ROSTER.teams_of("ada", on=DAY) == {"emea", "tigers"}
        assert ROSTER.teams_of("eve", on=DAY) == frozenset()
        assert ROSTER.memberships_of("zed") == ()
        assert len(ROSTER.memberships_of("ada")) == 2

    def test_is_asked_for_a_day(self) -> None:
        """A moment is no day."""
        for ask in (partial(ROSTER.main_team, "ada"), partial(ROSTER.teams_of, "ada"), partial(ROSTER.members, "emea")):
            refuses(partial(ask, on=MAY), "invalid_type", "on", "a date", kind=InvalidType)

    def test_climbs_the_tree(self) -> None:
        """A team is named before the teams above it."""
        assert ROSTER.above("rome") == ("rome", "emea", "world")
        assert ROSTER.above("unknown") == ()

    def test_refuses_an_id_twice(self) -> None:
        """The second one is named by its place; a user and a team may share an id."""
        refuses(lambda: Roster(users=(User("a"), User("a"))), "duplicate", "users[1]", "'a'")
        refuses(lambda: Roster(teams=(Team("a"), Team("b"), Team("a"))), "duplicate", "teams[2]", "'a'")
        assert Roster(users=(User("a"),), teams=(Team("a"),)).team("a") == Team("a")

    def test_refuses_a_team_above_itself(self) -> None:
        """The cycle is named, and only the cycle."""
        teams = (Team("d", parent="a"), Team("a", parent="b"), Team("b", parent="c"), Team("c", parent="a"))
        refuses(lambda: Roster(teams=teams), "cycle", "teams", "'a > b > c > a'")
        refuses(lambda: Roster(teams=(Team("a", parent="a"),)), "cycle", "teams", "'a > a'")

    def test_refuses_what_it_does_not_know(self) -> None:
        """A parent and a membership name teams and users of the roster."""
        refuses(lambda: Roster(teams=(Team("a", parent="b"),)), "unknown_team", "teams", "'b'")
        ada, emea = (User("ada"),), (Team("emea"),)
        facts = (Membership("ada", "emea"), Membership("bob", "emea"))
        refuses(lambda: Roster(ada, emea, facts), "unknown_user", "memberships[1].user", "'bob'")
        refuses(lambda: Roster(ada, (), facts[:1]), "unknown_team", "memberships[0].team", "'emea'")
        assert Roster(ada, (), (Membership("ada", None),)).main_team("ada", on=DAY) is None

    def test_refuses_two_main_teams_on_one_day(self) -> None:
        """User and teams are named; what was recorded later or does not overlap is fine."""
        people, teams = (User("ada"), User("bob")), (Team("emea"), Team("apac"), Team("latam"))
        one, other = Membership("ada", "emea"), Membership("ada", "apac", since=DAY)
        refuses(lambda: Roster(people, teams, (one, other)), "two_main_teams", "memberships", "'ada'", "emea and apac")
        fine = (one, evolve(other, recorded_at=MAY), evolve(other, user="bob"), evolve(one, main=False))
        assert Roster(people, teams, fine).main_team("ada", on=DAY) == "apac"

    @pytest.mark.parametrize(
        ("spans", "expected"),
        [
            ([("emea", 1, 10), ("apac", 10, 12), ("emea", 12, None)], "fine"),
            ([("emea", 1, 10), ("emea", 2, 5), ("apac", 9, 12)], "clash"),
            ([("emea", None, 5), ("emea", 2, 20), ("apac", 20, None)], "fine"),
            ([("apac", 19, 21), ("emea", None, 5), ("emea", 2, 20)], "clash"),
            ([("emea", 1, None), ("emea", 3, 4), ("apac", 28, None)], "clash"),
            ([("emea", 1, 2), (None, 2, 3), ("apac", 2, 4)], "clash"),
        ],
        ids=["in turn", "behind a shorter one", "touching", "out of order", "behind an endless one", "no team"],
    )
    def test_finds_a_clash_among_many(
        self, spans: list[tuple[str | None, int | None, int | None]], expected: str
    ) -> None:
        """Whatever lies between two memberships that overlap, they are found."""
        facts = [
            Membership(
                "ada",
                team,
                since=None if start is None else date(2025, 1, start),
                until=None if end is None else date(2025, 1, end),
            )
            for team, start, end in spans
        ]
        people, teams = (User("ada"),), (Team("emea"), Team("apac"))
        if expected == "clash":
            refuses(lambda: Roster(people, teams, facts), "two_main_teams", "memberships", "'ada'")
        else:
            assert len(Roster(people, teams, facts).memberships_of("ada")) == len(facts)

    def test_large_rosters_are_checked_in_one_pass(self) -> None:
        """A chain of 20,000 teams and 20,000 memberships of one user take no more than a moment."""
        chain = [Team(f"t{n}", parent=f"t{n + 1}" if n < 19_999 else None) for n in range(20_000)]
        start = date(1900, 1, 1)
        facts = [
            Membership("ada", f"t{n}", since=start + timedelta(days=n), until=start + timedelta(days=n + 1))
            for n in range(20_000)
        ]
        roster = Roster((User("ada"),), chain, facts)
        assert len(roster.above("t0")) == 20_000
        with pytest.raises(InvalidValue):
            Roster((), [*chain[:-1], Team("t19999", parent="t0")])
