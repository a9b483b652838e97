"""Directed questions to the policy: few people, a small tree of teams, every kind of seat, grant and row, edits of goals."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

from attrs import evolve, frozen
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from quota_engine import (
    Absence,
    Account,
    Action,
    Actor,
    Assignment,
    Contributor,
    Decision,
    Duration,
    Goal,
    Grant,
    Hub,
    Measure,
    Membership,
    Policy,
    Roster,
    Scope,
    Seat,
    Subscription,
    Team,
    Tier,
    User,
    templates,
)
from quota_engine.policy.actors import WRITES

AS_OF: Final = datetime(2025, 7, 1, tzinfo=UTC)
PEOPLE: Final = ("ada", "bob", "cyd")
STRANGER: Final = "dan"
# Three teams one below the other, and one apart.
TREE: Final = (Team("top"), Team("middle", parent="top"), Team("low", parent="middle"), Team("apart"))
TEAMS: Final = tuple(team.id for team in TREE)
SEATS: Final = tuple(Seat(hub, tier, paid=paid) for hub in Hub for tier in Tier for paid in (True, False))
GOOD_SEAT: Final = Seat("sales", "professional")
GRANTS: Final = tuple(Grant(action, scope) for action in ("view", "edit") for scope in Scope)
SUBSCRIPTIONS: Final = tuple(Subscription(hub, tier) for hub in Hub for tier in Tier)
AWAY: Final = Absence(AS_OF)
BACK: Final = Absence(AS_OF - timedelta(days=9), AS_OF)
WHOLE: Final = Account(id="acme", currency="EUR", subscriptions=SUBSCRIPTIONS)
MEASURES: Final[dict[str | None, Measure]] = {
    "revenue": templates.REVENUE.measure,
    "deals_created": templates.DEALS_CREATED.measure,
    "tickets_closed": templates.TICKETS_CLOSED.measure,
    None: Measure(name="Anything", object="deal", aggregate="count", dated_by="created_at"),
}
USERS: Final = tuple(Contributor.user(name) for name in (*PEOPLE, STRANGER))
OTHERS: Final = (*(Contributor.team(name) for name in TEAMS), Contributor.pipeline("new"), Contributor.account())
CONTRIBUTORS: Final = (*USERS, *OTHERS)
POLICIES: Final = (Policy(), Policy.starter_friendly(), Policy.by_grants(), Policy().with_seat_to_assign())

writes: SearchStrategy[Action] = st.sampled_from(sorted(WRITES))
changes_of_goals: SearchStrategy[Action] = st.sampled_from([Action.EDIT, Action.ASSIGN, Action.EDIT_TEAM_USERS])
actions: SearchStrategy[Action] = st.sampled_from(Action)


@frozen(kw_only=True)
class Question:
    """All that the policy is asked with."""

    policy: Policy
    actor: Actor
    action: str
    account: Account
    roster: Roster
    before: Goal | None = None
    after: Goal | None = None

    @property
    def answer(self) -> Decision:
        """What the policy says."""
        return self.policy.decide(
            self.actor,
            self.action,
            account=self.account,
            roster=self.roster,
            as_of=AS_OF,
            before=self.before,
            after=self.after,
        )

    def sees(self, goal: Goal | None) -> Decision:
        """Whether the actor may view a goal."""
        return evolve(self, action=Action.VIEW, before=goal, after=None).answer

    @property
    def goals(self) -> tuple[Goal, ...]:
        """The goal before and after, as far as there is one."""
        return tuple(goal for goal in (self.before, self.after) if goal is not None)

    @property
    def named(self) -> frozenset[str]:
        """The users whom the question is about: the actor, and those with a row."""
        rows = (row.contributor for goal in self.goals for row in goal.assignments)
        return frozenset({self.actor.user_id, *(row.id for row in rows if row.kind == "user")})


def with_user(roster: Roster, user_id: str, **parts: Any) -> Roster:  # noqa: ANN401 - any field of a user
    """Return the roster with some fields of a user changed; the user is added where there is none."""
    old = roster.user(user_id)
    new = evolve(User(user_id) if old is None else old, **parts)
    users = [*roster.users, new] if old is None else [new if user is old else user for user in roster.users]
    return evolve(roster, users=users)


def with_seats(roster: Roster, user_id: str, *seats: Seat) -> Roster:
    """Return the roster with more seats for a user."""
    user = roster.user(user_id)
    return with_user(roster, user_id, seats=[*(user.seats if user else ()), *seats])


@cache
def draft(template: str | None = "revenue", created_by: str | None = None, account_id: str = "acme") -> Goal:
    """Return a goal without rows."""
    planned = Goal.plan(
        id="g1", name="Goal", measure=MEASURES[template], duration=Duration.yearly(2025), account=WHOLE
    )  # fmt: skip
    return evolve(planned, template=template, created_by=created_by, account_id=account_id)


def with_rows(goal: Goal, rows: Iterable[Contributor], target: str = "1") -> Goal:
    """Return a goal with these rows and no other."""
    return evolve(goal, assignments=[Assignment(row, [target]) for row in rows])


def rows_of(*, least: int = 0, most: int = 3) -> SearchStrategy[list[Contributor]]:
    """Draw whose rows a goal has: of any kind, or of users and teams together."""
    anyone = st.lists(st.sampled_from(CONTRIBUTORS), min_size=least, max_size=most, unique=True)
    mixed = st.tuples(st.sampled_from(USERS), st.sampled_from(OTHERS[: len(TEAMS)])).map(list)
    return anyone | mixed


def asks(action: str, before: Goal | None = None, after: Goal | None = None, *, scope: str = "own") -> Question:
    """Return what Ada asks, who has a seat and may edit within a scope; Bob has a seat too, and Cyd is not in the roster."""
    users = [User("ada", seats=[GOOD_SEAT]), User("bob", seats=[GOOD_SEAT])]
    roster = Roster(users, TREE, [Membership("ada", "middle"), Membership("bob", "low")])
    actor = Actor("ada", "acme", grants=[Grant("edit", scope)])
    return Question(
        policy=POLICIES[0],
        actor=actor,
        action=Action(action),
        account=WHOLE,
        roster=roster,
        before=before,
        after=after,
    )


goals: SearchStrategy[Goal] = st.builds(
    with_rows,
    st.builds(draft, st.sampled_from(["revenue", "revenue", *MEASURES]), st.sampled_from([None, "ada", "bob"])),
    rows_of(),
)


@st.composite
def edited(draw: DrawFn, goal: Goal) -> Goal:
    """Draw what becomes of a goal: rows that change, come or go, a new name, another creator or template; or nothing new."""
    rows = list(goal.assignments)
    for step in draw(
        st.lists(st.sampled_from(["target", "add", "add", "remove", "name", "creator", "template"]), max_size=2)
    ):
        place = draw(st.integers(0, max(len(rows) - 1, 0)))
        if step == "add":
            free = [row for row in CONTRIBUTORS if row not in {held.contributor for held in rows}]
            rows.append(Assignment(draw(st.sampled_from(free)), ["1"]))
        elif step == "target" and rows:
            rows[place] = evolve(rows[place], targets=["2"])
        elif step == "remove" and rows:
            del rows[place]
        elif step == "name":
            goal = evolve(goal, name="Other")
        elif step == "creator":
            goal = evolve(goal, created_by=draw(st.sampled_from(["ada", "bob"])))
        elif step == "template":
            template = draw(st.sampled_from(list(MEASURES)))
            goal = evolve(goal, template=template, measure=MEASURES[template])
    return evolve(goal, assignments=rows)


@st.composite
def rosters(draw: DrawFn) -> Roster:
    """Draw three users with seats, absences and teams, main and extra."""
    seats = st.just([GOOD_SEAT]) | st.lists(st.sampled_from(SEATS), max_size=2)
    absences = st.sampled_from([(), (), (BACK,), (AWAY,)])
    users = [User(name, seats=draw(seats), absences=draw(absences)) for name in PEOPLE]
    memberships = [Membership(name, draw(st.sampled_from([*TEAMS, None]))) for name in PEOPLE]
    extra = draw(st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(TEAMS)), max_size=2))
    memberships += [Membership(name, team, main=False) for name, team in extra]
    return Roster(users, TREE, memberships)


actors: SearchStrategy[Actor] = st.builds(
    Actor,
    st.sampled_from(["ada", "ada", "ada", "bob", STRANGER]),
    st.just("acme"),
    super_admin=st.sampled_from([False, False, False, True]),
    grants=st.lists(st.sampled_from(GRANTS), max_size=2),
)
accounts: SearchStrategy[Account] = st.builds(
    lambda bought: evolve(WHOLE, subscriptions=bought),
    st.just(SUBSCRIPTIONS) | st.lists(st.sampled_from(SUBSCRIPTIONS), max_size=2),
)


@st.composite
def goals_before_and_after(draw: DrawFn, action: Action) -> tuple[Goal | None, Goal | None]:
    """Draw the goals that an action is about, as a host gives them."""
    goal = draw(goals)
    if action is Action.CREATE:
        return None, evolve(goal, created_by="ada")
    if action in {Action.EDIT, Action.ASSIGN, Action.EDIT_TEAM_USERS}:
        return goal, draw(st.none() | edited(goal) | edited(goal))
    return draw(st.sampled_from([goal, goal, goal, None])), None


@st.composite
def questions(
    draw: DrawFn,
    asked: SearchStrategy[Action] = actions,
    policies: SearchStrategy[Policy] = st.sampled_from(POLICIES),  # noqa: B008 - a strategy is a value
) -> Question:
    """Draw a question about the goals of one account."""
    action = draw(asked)
    before, after = draw(goals_before_and_after(action))
    return Question(
        policy=draw(policies),
        actor=draw(actors),
        action=action,
        account=draw(accounts),
        roster=draw(rosters()),
        before=before,
        after=after,
    )


@st.composite
def able(draw: DrawFn, asked: SearchStrategy[Action] = actions) -> Question:
    """Draw a question of somebody with a seat, and a permission to edit or super admin; the account has bought everything."""
    question = draw(questions(asked))
    roster, actor = question.roster, question.actor
    seated = draw(st.sampled_from([question.named, question.named, {actor.user_id}]))
    for user_id in sorted(seated):
        roster = with_user(roster, user_id, seats=[GOOD_SEAT], absences=())
    if draw(st.sampled_from([True, False, False, False])):
        actor = evolve(actor, super_admin=True, grants=[])
    else:
        actor = evolve(actor, grants=[Grant("edit", draw(st.sampled_from(Scope)))])
    return evolve(question, roster=roster, actor=actor, account=WHOLE)


@st.composite
def stronger(draw: DrawFn, question: Question) -> Question:
    """Draw the same question of an actor with one right more: a better seat, a wider or higher grant, super admin."""
    actor, roster = question.actor, question.roster
    user, grants = roster.user(actor.user_id), actor.grants
    ways = ["super_admin", "grant"] + ["seat", "tier", "paid"] * (user is not None) + ["scope", "edit"] * bool(grants)
    way = draw(st.sampled_from(ways))
    if way == "super_admin":
        return evolve(question, actor=evolve(actor, super_admin=True))
    if way == "grant":
        return evolve(question, actor=evolve(actor, grants=[*grants, draw(st.sampled_from(GRANTS))]))
    if way in {"scope", "edit"}:
        first = grants[0]
        wider = draw(st.sampled_from(list(Scope)[list(Scope).index(first.scope) :]))
        better = Grant(first.action, wider) if way == "scope" else Grant("edit", first.scope)
        return evolve(question, actor=evolve(actor, grants=[better, *grants[1:]]))
    seats = list(user.seats) if user else []
    if way == "seat" or not seats:
        seats.append(draw(st.sampled_from(SEATS)))
    elif way == "paid":
        seats[0] = evolve(seats[0], paid=True)
    else:
        seats[0] = evolve(seats[0], tier=draw(st.sampled_from(list(Tier)[list(Tier).index(seats[0].tier) :][-2:])))
    return evolve(question, roster=with_user(roster, actor.user_id, seats=seats))


@st.composite
def rearranged(draw: DrawFn, question: Question) -> Question:
    """Draw the same question after changes to what it does not name: names, people without a row, extra teams, money."""
    roster = question.roster
    bystanders = [user.id for user in roster.users if user.id not in question.named]
    for user_id in bystanders:
        roster = with_user(
            roster,
            user_id,
            seats=draw(st.lists(st.sampled_from(SEATS), max_size=2)),
            absences=draw(st.sampled_from([(), (AWAY,)])),
        )
    extra = draw(st.lists(st.tuples(st.sampled_from(roster.users), st.sampled_from(TEAMS)), max_size=3))
    memberships = [held for held in roster.memberships if held.main and held.user not in bystanders]
    memberships += [Membership(user_id, draw(st.sampled_from(TEAMS))) for user_id in bystanders]
    memberships += [Membership(user.id, team, main=False) for user, team in extra]
    roster = Roster(
        [evolve(user, name=f"Renamed {user.id}") for user in reversed((*roster.users, User("new", seats=SEATS)))],
        [evolve(team, name=f"Renamed {team.id}") for team in reversed((*roster.teams, Team("new", parent="low")))],
        draw(st.permutations(memberships)),
    )
    return evolve(question, roster=roster, account=evolve(question.account, currency="USD"))
