"""Permission: who may do what never depends on order, on others or on luck, and every answer says what would change it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import permutations
from typing import Any, Final, NoReturn

from attrs import evolve
from hypothesis import example, given
from hypothesis import strategies as st

from quota_engine import (
    Action,
    Actor,
    Contributor,
    Decision,
    Goal,
    Grant,
    Policy,
    Request,
    Rule,
    Scope,
    Seat,
    Subscription,
)
from quota_engine.policy.actors import WRITES
from quota_engine.policy.needs import Active, Known, Need, OpenMeasure, Permission, SeatNeed
from tests.laws.given_people import (
    AS_OF,
    AWAY,
    CONTRIBUTORS,
    GRANTS,
    POLICIES,
    SEATS,
    TREE,
    WHOLE,
    Question,
    able,
    asks,
    changes_of_goals,
    draft,
    edited,
    questions,
    rearranged,
    rows_of,
    stronger,
    with_rows,
    with_seats,
    with_user,
    writes,
)

ABOUT_GOALS: Final = frozenset(Action) - {Action.MANAGE, Action.BE_ASSIGNED, Action.CHOOSE_TEAMS_AND_USERS}
ADA: Final = Contributor.user("ada")
BOB: Final = Contributor.user("bob")
CYD: Final = Contributor.user("cyd")
JUNK: Final[tuple[object, ...]] = (
    None,
    0,
    "",
    "nonsense",
    b"view",
    [],
    {},
    object(),
    float("nan"),
    datetime(2025, 7, 1),
)


def always(_request: Request) -> bool:
    """Apply to everything."""
    return True


def never(_request: Request) -> bool:
    """Apply to nothing."""
    return False


def to_writes(request: Request) -> bool:
    """Apply to all that changes a goal."""
    return request.action in WRITES


def to_own_rows(request: Request) -> bool:
    """Apply where a row of the actor changes."""
    return any(request.is_own(row) for row in request.touched)


def divides(_request: Request) -> bool:
    """Fail."""
    return bool(1 // 0)


def looks_up(_request: Request) -> bool:
    """Fail in another way."""
    return {True: True}[False]


class WordlessError(Exception):
    """An error that cannot even say what it is."""

    def __str__(self) -> str:
        """Fail."""
        raise RuntimeError


class Undecided:
    """Something that is neither true nor false."""

    def __bool__(self) -> NoReturn:
        """Fail."""
        raise TypeError


def is_wordless(_request: Request) -> bool:
    """Fail with an error that cannot be told."""
    raise WordlessError


def is_undecided(_request: Request) -> Any:  # noqa: ANN401 - no bool, against what was promised
    """Return what cannot be asked whether it is true."""
    return Undecided()


def rules_of(*conditions: Callable[[Request], bool], effect: str | None = None) -> st.SearchStrategy[Rule]:
    """Draw a rule with one of some conditions; there are few, so that some are drawn twice. A name is that of one rule."""
    effects = st.sampled_from(["permit", "forbid"]) if effect is None else st.just(effect)
    return st.builds(
        lambda word, condition, text: Rule(f"{text}-{word}-{condition.__name__}", word, condition, text),
        effects,
        st.sampled_from(conditions),
        st.sampled_from(["one", "two"]),
    )


sound: Final = rules_of(always, never, to_writes, to_own_rows)
broken: Final = rules_of(divides, looks_up, is_wordless, is_undecided)


WORDLESS: Final = Rule("wordless", "forbid", is_wordless, "one")
DIVIDES: Final = Rule("divides", "permit", divides, "one")
FORBIDS: Final = tuple(Rule(text, "forbid", always, text) for text in ("one", "two", "three", "four", "five"))
PERMIT: Final = Rule("all", "permit", always, "everybody may")


def with_rules(question: Question, *rules: Rule) -> Question:
    """Return the question to a policy with more rules."""
    return evolve(question, policy=question.policy.with_rules(*rules))


def reach(question: Question) -> Iterator[Contributor]:
    """Yield the rows that the actor's only grant covers, by the teams that the test laid out."""
    (grant,) = question.actor.grants
    yield Contributor.user(question.actor.user_id)
    main = {held.user: held.team for held in question.roster.memberships if held.main}
    own = main.get(question.actor.user_id)
    if grant.scope is Scope.EVERYONE:
        yield from CONTRIBUTORS
    if grant.scope is not Scope.TEAM or own is None:
        return
    below = {own}
    for team in TREE:
        if team.parent in below:
            below.add(team.id)
    yield from (Contributor.team(team_id) for team_id in below)
    yield from (Contributor.user(user_id) for user_id, team_id in main.items() if team_id in below)


class TestAnswers:
    """The policy always answers, and answers the same."""

    @given(questions(), st.data())
    def test_la1_total_and_pure(self, question: Question, data: st.DataObject) -> None:
        """LA1 Total and pure: every combination, known or unknown, gives Allow/Deny + reasons; no exception."""
        parts: dict[str, Any] = {
            "actor": question.actor,
            "action": question.action,
            "account": question.account,
            "roster": question.roster,
            "as_of": AS_OF,
            "before": question.before,
            "after": question.after,
        }
        names = st.lists(st.sampled_from(sorted(parts)), max_size=2, unique=True)
        parts |= {name: data.draw(st.sampled_from(JUNK)) for name in data.draw(names)}
        parts["before"], parts["after"] = data.draw(st.permutations([parts["before"], parts["after"]]))

        answer = question.policy.decide(**parts)

        assert isinstance(answer, Decision)
        assert answer.reasons
        assert answer.rules
        assert question.policy.decide(**parts) == answer

    @given(questions(), st.data())
    def test_la2_default_deny(self, question: Question, data: st.DataObject) -> None:
        """LA2 Default deny: no matching grant => Deny."""
        actor = evolve(question.actor, super_admin=False, grants=[])
        bare = evolve(question, actor=actor)
        rows = {row.contributor for goal in question.goals for row in goal.assignments}
        if question.action in WRITES:
            assert not bare.answer
        if question.action is Action.VIEW and Contributor.user(actor.user_id) not in rows:
            own = any(goal.created_by == actor.user_id and not rows for goal in question.goals)
            assert not bare.answer or own
        empty = evolve(question, policy=Policy(seats={}, subscriptions={}))
        assert question.action in {Action.VIEW, Action.VIEW_TEAM_USERS} or not empty.answer
        seatless = evolve(bare, policy=data.draw(st.sampled_from([POLICIES[0], POLICIES[1], POLICIES[3]])))
        unpaid = [evolve(seat, paid=False) for seat in SEATS if question.action is not Action.CHOOSE_TEAMS_AND_USERS]
        seatless = evolve(seatless, roster=with_user(question.roster, actor.user_id, seats=unpaid))
        assert question.action in {Action.VIEW, Action.VIEW_TEAM_USERS} or not seatless.answer

    @given(able(), st.lists(sound, max_size=3), rules_of(always, effect="forbid"))
    def test_la3_any_forbid_denies(self, question: Question, rules: list[Rule], forbid: Rule) -> None:
        """LA3 Any forbid => Deny."""
        assert not with_rules(question, *rules, forbid).answer

    @given(able() | questions(), st.lists(sound | broken, max_size=4), st.data())
    def test_la4_order_and_duplicates_are_irrelevant(
        self, question: Question, rules: list[Rule], data: st.DataObject
    ) -> None:
        """LA4 Rule order and duplicates are irrelevant."""
        twice = rules + (data.draw(st.lists(st.sampled_from(rules), max_size=3)) if rules else [])
        shuffled = data.draw(st.permutations(twice))
        answer = with_rules(question, *rules).answer
        assert with_rules(question, *shuffled).answer == answer
        actor = evolve(question.actor, grants=[*reversed(question.actor.grants), *question.actor.grants])
        assert with_rules(evolve(question, actor=actor), *rules).answer.allowed is answer.allowed

    def test_la4_all_that_forbid_or_fail_are_told_in_one_order(self) -> None:
        """LA4: which is told first is decided by the names of the rules, in whatever order they come."""
        for rules in (FORBIDS, (DIVIDES, WORDLESS, Rule("looks", "permit", looks_up, "two"))):
            answers = [with_rules(asks("view", draft()), *order).answer for order in permutations(rules)]
            assert answers == [answers[0]] * len(answers)
            assert len(answers[0].reasons) == len(rules)
            assert len({Policy(rules=order) for order in permutations(rules)}) == 1

    @given(able() | questions(), st.booleans(), st.lists(broken, min_size=1, max_size=2), st.lists(sound, max_size=2))
    @example(question=asks("view", draft()), permits=True, failing=[WORDLESS], rules=[])
    @example(question=asks("view", draft()), permits=False, failing=[DIVIDES], rules=[])
    def test_la18_an_error_inside_a_rule_denies(
        self,
        question: Question,
        permits: bool,  # noqa: FBT001 - drawn
        failing: list[Rule],
        rules: list[Rule],
    ) -> None:
        """LA18 An error inside a rule => Deny + diagnostic."""
        more = [PERMIT] if permits else rules
        answer = with_rules(question, *failing, *more).answer
        assert not answer
        assert answer.reasons
        forbidding = {rule.name for rule in more if rule.effect == "forbid"}
        assert set(answer.rules) & ({rule.name for rule in failing} | forbidding | {"account", "goal"})


class TestMonotony:
    """Having more never allows less."""

    @given(
        able() | questions(), st.lists(sound, max_size=2), st.sampled_from(GRANTS), rules_of(always, never, to_writes)
    )
    def test_la5_a_grant_never_denies_and_a_forbid_never_allows(
        self, question: Question, rules: list[Rule], grant: Grant, rule: Rule
    ) -> None:
        """LA5 Adding a grant never turns Allow to Deny; adding a forbid never turns Deny to Allow."""
        question = with_rules(question, *rules)
        granted = evolve(question, actor=evolve(question.actor, grants=[grant, *question.actor.grants]))
        allowed = question.answer.allowed
        ruled = with_rules(question, rule).answer.allowed
        assert granted.answer.allowed >= allowed
        assert ruled >= allowed if rule.effect == "permit" else ruled <= allowed

    @given(able() | questions(), st.data())
    def test_la6_whoever_has_more_may_do_no_less(self, question: Question, data: st.DataObject) -> None:
        """LA6 Monotone: if actor a <= b in (seat, tier, role, scope), allowed(a) is in allowed(b)."""
        if data.draw(st.booleans()):
            grant = data.draw(st.sampled_from(GRANTS))
            question = evolve(question, actor=evolve(question.actor, super_admin=False, grants=[grant]))
        more = data.draw(stronger(question))
        assert more.answer.allowed >= question.answer.allowed

    @given(able(writes), st.lists(rules_of(always, never, effect="permit"), max_size=2), st.booleans())
    @example(question=asks("delete", draft(created_by="ada")), rules=[PERMIT], unknown=False)
    @example(question=asks("delete", draft(created_by="ada")), rules=[PERMIT], unknown=True)
    def test_la7_whoever_is_inactive_writes_nothing(
        self,
        question: Question,
        rules: list[Rule],
        unknown: bool,  # noqa: FBT001 - drawn
    ) -> None:
        """LA7 Inactive actor: all writes denied; one whom the roster does not know likewise."""
        actor = evolve(question.actor, super_admin=True)
        roster = with_user(question.roster, actor.user_id, absences=[AWAY])
        if unknown:
            actor = evolve(actor, user_id="eve")
        assert not with_rules(evolve(question, actor=actor, roster=roster), *rules).answer

    @given(able(st.sampled_from(sorted(ABOUT_GOALS))), st.sampled_from(["before", "after", "actor", "both"]))
    def test_la8_other_accounts_have_no_such_goal(self, question: Question, what: str) -> None:
        """LA8 Other tenant: Deny, reasons indistinguishable from not-found."""
        nothing = evolve(question, before=None, after=None)
        if what == "actor":
            question = evolve(question, actor=evolve(question.actor, account_id="other"))
        elif what == "both" or (getattr(question, what) is None and question.goals):
            question = evolve(
                question,
                before=question.before and evolve(question.before, account_id="other"),
                after=question.after and evolve(question.after, account_id="other"),
            )
        elif question.goals:
            question = evolve(question, **{what: evolve(getattr(question, what), account_id="other")})
        assert not question.answer
        assert question.answer == nothing.answer

    @given(able(writes) | questions(writes))
    @example(asks("assign", draft(created_by="bob"), with_rows(draft(created_by="bob"), [ADA])))
    @example(asks("edit", with_rows(draft(), [BOB]), with_rows(draft(), [BOB, ADA])))
    @example(asks("edit", with_rows(draft(), [BOB]), with_rows(draft(), [BOB])))
    @example(asks("assign", draft(), with_rows(draft(), [BOB]), scope="everyone"))
    @example(asks("assign", draft(), with_rows(draft(), [CYD]), scope="everyone"))
    def test_la9_whoever_may_change_it_may_see_it(self, question: Question) -> None:
        """LA9 edit => view, delete => view, create => may view the result; assign => every assignee eligible."""
        if not question.answer:
            return
        if question.action is Action.CREATE:
            assert question.after is not None
            assert question.sees(evolve(question.after, created_by=question.actor.user_id))
        elif question.before is not None:
            assert question.sees(question.before)
        had = {row.contributor for row in question.before.assignments} if question.before else set[Contributor]()
        for row in question.after.assignments if question.after else ():
            if row.contributor not in had and row.contributor.kind == "user":
                given_one = evolve(question.actor, user_id=row.contributor.id)
                assert evolve(question, actor=given_one, action=Action.BE_ASSIGNED).answer

    @given(able() | questions(), st.data())
    def test_la17_what_is_not_named_changes_nothing(self, question: Question, data: st.DataObject) -> None:
        """LA17 Non-interference: changing any object not named in the request changes nothing."""
        other = data.draw(rearranged(question)).answer
        answer = question.answer
        assert (other.allowed, other.rules, other.missing) == (answer.allowed, answer.rules, answer.missing)
        assert [(reason.code, reason.text) for reason in other.reasons] == [
            (reason.code, reason.text) for reason in answer.reasons
        ]


def granted(question: Question, need: Need) -> Question | None:
    """Return the question after what is missing has been given; None where nothing that there is would do."""
    actor, roster, account = question.actor, question.roster, question.account
    match need:
        case Known():
            return evolve(question, roster=with_user(roster, actor.user_id))
        case Active():
            return evolve(question, roster=with_user(roster, actor.user_id, absences=[]))
        case SeatNeed():
            if need.seat is None:
                return None
            return evolve(question, roster=with_seats(roster, need.user_id, need.seat))
        case Permission():
            grant = Grant(need.action, Scope.EVERYONE)
            return evolve(question, actor=evolve(actor, grants=[*actor.grants, grant]))
        case OpenMeasure():
            bought = account.subscriptions
            return evolve(question, account=evolve(account, subscriptions=[*bought, *need.opening[:1]]))
        case _:
            raise AssertionError(need)


def kept(question: Question, answer: Decision, *, named: bool) -> Question:
    """Return the question of an actor who keeps only the rights that an answer names, or all but those."""
    by = [reason.by for reason in answer.reasons if reason.code != "no_seat_asked"]
    seats, grants, bought = ([x for x in by if isinstance(x, kind)] for kind in (Seat, Grant, Subscription))
    admin = any(isinstance(x, Actor) for x in by)
    actor, roster = question.actor, question.roster
    users = [evolve(user, seats=[seat for seat in user.seats if (seat in seats) is named]) for user in roster.users]
    return evolve(
        question,
        actor=evolve(
            actor,
            super_admin=actor.super_admin and admin is named,
            grants=[grant for grant in actor.grants if (grant in grants) is named],
        ),
        roster=evolve(roster, users=users),
        account=evolve(
            question.account,
            subscriptions=[each for each in question.account.subscriptions if (each in bought) is named],
        ),
    )


def rights(question: Question) -> int:
    """Return how many rights there are."""
    seats = sum(len(user.seats) for user in question.roster.users)
    return question.actor.super_admin + len(question.actor.grants) + seats + len(question.account.subscriptions)


class TestExplanations:
    """An answer says what would turn it."""

    @given(questions() | able())
    def test_la12_what_is_missing_would_do(self, question: Question) -> None:
        """LA12 Explanations: for Deny, granting exactly the listed missing requirements yields Allow."""
        answer = question.answer
        assert answer.reasons
        assert bool(answer.missing) is (not answer and (bool(question.goals) or question.action not in ABOUT_GOALS))
        for need in answer.missing:
            given_it = granted(question, need)
            if given_it is None:
                assert "that this policy does not have" in str(need)
                return
            question = given_it
        assert question.answer.allowed is (answer.allowed or bool(answer.missing))

    @given(able() | questions())
    def test_la12_what_is_named_decided(self, question: Question) -> None:
        """LA12, for Allow: the rights that it names suffice; without them, and without what then stands in, it is Deny."""
        answer = question.answer
        assert answer.reasons
        if not answer:
            return
        assert kept(question, answer, named=True).answer
        while answer.allowed and {reason.code for reason in answer.reasons} & {"seat", "permission", "subscription"}:
            less = kept(question, answer, named=False)
            assert rights(less) < rights(question)
            question, answer = less, less.answer
        free = {"no_seat_asked", "own_row", "unknown_user", "inactive"}
        assert not answer or {reason.code for reason in answer.reasons} <= free


class TestUpdates:
    """A change is judged by what was and by what would be."""

    @given(
        able(changes_of_goals),
        rows_of(most=2),
        st.sampled_from(["add", "remove", "change", "name", "creator"]),
        st.data(),
    )
    def test_la14_updates_look_at_before_and_after(
        self, question: Question, rows: list[Contributor], how: str, data: st.DataObject
    ) -> None:
        """LA14 Updates check the state before *and* after."""
        actor = evolve(
            question.actor, super_admin=False, grants=[Grant("edit", data.draw(st.sampled_from(["own", "team"])))]
        )
        question = evolve(question, actor=actor)
        covered = frozenset(reach(question))
        outside = data.draw(st.sampled_from([row for row in CONTRIBUTORS if row not in covered]))
        without = with_rows(draft(created_by="ada"), [row for row in rows if row != outside])
        holding = evolve(without, assignments=[*without.assignments, *with_rows(without, [outside]).assignments])
        changes: dict[str, tuple[Goal, Goal]] = {
            "add": (without, holding),
            "remove": (holding, without),
            "change": (holding, holding.apply_targets(2, to=outside)),
            "name": (holding, evolve(holding, name="Other")),
            "creator": (holding, evolve(holding, created_by="bob")),
        }
        before, after = changes[how]
        assert not evolve(question, before=before, after=after).answer

    @given(able(changes_of_goals), st.data())
    def test_la14_no_change_passes_under_a_lesser_name(self, question: Question, data: st.DataObject) -> None:
        """LA14, for seats: whoever may edit the users inside teams' goals alone may change nothing else, whatever is asked."""
        roster = with_user(question.roster, question.actor.user_id, seats=[Seat("sales", "starter")])
        actor = evolve(question.actor, super_admin=False)
        before = data.draw(st.builds(with_rows, st.just(draft(created_by="ada")), rows_of()))
        after = data.draw(edited(before))
        question = evolve(
            question, policy=POLICIES[0], roster=roster, actor=actor, before=before, after=after
        )  # fmt: skip
        if not question.answer:
            return
        assert question.action is Action.EDIT_TEAM_USERS
        assert evolve(after, assignments=before.assignments) == before
        assert {"user", "team"} <= {row.contributor.kind for row in before.assignments}
        was, now = ([row for row in goal.assignments if row.contributor.kind != "user"] for goal in (before, after))
        assert was == now

    @given(able(st.sampled_from([Action.CREATE, Action.DELETE])), st.data())
    def test_la14_what_does_not_matter_hides_nothing(self, question: Question, data: st.DataObject) -> None:
        """LA14, for goals that begin or end: all rows of the one state that there is are judged, whatever else is given."""
        goal = with_rows(draft(created_by="ada"), data.draw(rows_of(least=1)))
        other = data.draw(st.just(goal) | edited(goal))
        created = question.action is Action.CREATE
        alone = evolve(question, before=None if created else goal, after=goal if created else None)
        beside = evolve(question, before=other if created else goal, after=goal if created else other)
        assert beside.answer == alone.answer

    @given(able(st.just(Action.EDIT)), st.sampled_from(["deals_created", "tickets_closed", None]), st.booleans())
    def test_la14_another_template_needs_what_planning_by_it_needs(
        self,
        question: Question,
        template: str | None,
        backwards: bool,  # noqa: FBT001 - drawn
    ) -> None:
        """LA14, for templates: a seat that will do for one alone changes no goal from it or to it."""
        roster = with_user(question.roster, question.actor.user_id, seats=[Seat("sales", "starter")])
        before, after = draft(created_by="ada"), draft(template, created_by="ada")
        if backwards:
            before, after = after, before
        policy = Policy.starter_friendly()
        actor = evolve(question.actor, super_admin=False)
        changed = evolve(question, policy=policy, actor=actor, roster=roster, before=before, after=after)
        assert not changed.answer
        closed = evolve(
            changed,
            actor=evolve(actor, super_admin=True),
            account=evolve(WHOLE, subscriptions=[Subscription("sales", "starter")]),
        )
        assert closed.answer.allowed is backwards
