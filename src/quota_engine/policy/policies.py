"""The permission policy: who may do what with which goal. Source: rules A1 to A5.

A policy is data: which subscriptions open which templates, which seats will do for which action, and rules of the host's own.
`decide` puts the needs of an action together, sees which are met, and lets rules that forbid have the last word. It never
raises; what it does not understand, it denies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from attrs import evolve, field, frozen

from quota_engine import _fields
from quota_engine._fields import FrozenMap
from quota_engine.accounts import Account, Subscription, Tier
from quota_engine.contributors import Contributor, ContributorKind, Roster, Team, User
from quota_engine.errors import QuotaError, invalid, mistyped
from quota_engine.goals import Goal
from quota_engine.policy.actors import WRITES, Action, Actor, Scope
from quota_engine.policy.decisions import Decision, Reason
from quota_engine.policy.needs import (
    SCRATCH,
    Active,
    Anybody,
    Known,
    Need,
    OpenMeasure,
    OwnRow,
    Permission,
    SeatLine,
    SeatNeed,
    SeatTable,
    as_templates,
    templates_of,
)
from quota_engine.policy.requests import Request
from quota_engine.queries import Sight

_UPPER: Final = (Tier.PROFESSIONAL, Tier.ENTERPRISE)
_REVENUE: Final = ("revenue", "forecast_revenue")
_NOT_FOUND: Final = Reason("not_found", "there is no such goal")


class Effect(StrEnum):
    """What a rule of the host's own does where it applies."""

    PERMIT = "permit"
    FORBID = "forbid"


def _as_effect(effect: str) -> Effect:
    return _fields.word(effect, "effect", Effect)


def _as_condition(applies: Callable[[Request], bool]) -> Callable[[Request], bool]:
    if not callable(applies):
        raise mistyped("applies", applies, "a function of a Request")
    return applies


@frozen
class Rule:
    """A rule of the host's own. A forbid wins over everything; a permit allows what the tables do not; one that fails denies.

    No permit lets somebody write who is inactive, or whom the roster does not know (rule A3, law LA7).

    Attributes:
        name: stable, told by decisions.
        effect: "permit" or "forbid".
        applies: a pure function that says whether the rule applies to a request.
        text: a sentence for people.
    """

    name: str = field(validator=_fields.checked(_fields.identifier))
    effect: Effect = field(converter=_as_effect)
    applies: Callable[[Request], bool] = field(converter=_as_condition)
    text: str = field(validator=_fields.checked(_fields.name))


def _edits_own_target(request: Request) -> bool:
    is_edit = request.action in {Action.EDIT, Action.EDIT_TEAM_USERS}
    return is_edit and any(request.is_own(contributor) for contributor in request.touched)


OWN_TARGET: Final = Rule("own_target", Effect.FORBID, _edits_own_target, "nobody edits a target of their own")
"""Forbids editing one's own target; no policy has it unless it is added (rule A3)."""


def _model_subscriptions() -> FrozenMap[Subscription, tuple[str, ...]]:
    sales = ("deals_created", "calls_made", "meetings_booked")
    service = ("average_ticket_resolution_time", "average_ticket_response_time", "tickets_closed")
    opened = {
        Subscription(hub, tier): (
            *_REVENUE,
            *(() if tier is Tier.STARTER else templates),
            *((SCRATCH,) if tier is Tier.ENTERPRISE else ()),
        )
        for hub, templates in (("sales", sales), ("service", service))
        for tier in Tier
    }
    return FrozenMap((bought, tuple(sorted(names))) for bought, names in opened.items())


def _model_seats() -> FrozenMap[Action, SeatTable]:
    planning = (SeatLine(hub="sales", tiers=_UPPER),)
    inside_teams = SeatTable((SeatLine(hub="sales"), SeatLine(hub="service", tiers=[Tier.ENTERPRISE])))
    return FrozenMap(
        {
            Action.CREATE: SeatTable(planning, super_admin=True),
            Action.EDIT: SeatTable(planning, super_admin=True),
            Action.DELETE: SeatTable(planning, super_admin=True),
            Action.ASSIGN: SeatTable(planning, super_admin=True),
            Action.BE_ASSIGNED: SeatTable(planning),
            Action.VIEW_TEAM_USERS: inside_teams,
            Action.EDIT_TEAM_USERS: inside_teams,
            Action.MANAGE: SeatTable((SeatLine(),), super_admin=True),
            Action.CHOOSE_TEAMS_AND_USERS: SeatTable((SeatLine(tiers=_UPPER, paid=False),)),
        }
    )


def _as_subscriptions(given: Mapping[Subscription, Iterable[str]]) -> FrozenMap[Subscription, tuple[str, ...]]:
    if not isinstance(given, Mapping):
        raise mistyped("subscriptions", given, "a mapping from a Subscription to names of templates")
    bought = _fields.items(given, "subscriptions", Subscription, "subscriptions")
    return FrozenMap((each, as_templates(given[each], "subscriptions") or ()) for each in bought)


def _as_seats(given: Mapping[Action, SeatTable]) -> FrozenMap[Action, SeatTable]:
    if not isinstance(given, Mapping):
        raise mistyped("seats", given, "a mapping from an Action to a SeatTable")
    actions = [_fields.word(action, "seats", Action) for action in given]
    tables = _fields.items(given.values(), "seats", SeatTable, "seat tables")
    return FrozenMap(zip(actions, tables, strict=True))


def _as_rules(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    found: dict[str, Rule] = {}
    for index, rule in enumerate(_fields.items(rules, "rules", Rule, "rules", most=1_000)):
        if found.setdefault(rule.name, rule) != rule:
            raise invalid(f"rules[{index}].name", rule.name, "one rule of each name", code="duplicate")
    return tuple(found[name] for name in sorted(found))


@frozen(kw_only=True)
class Policy:
    """Who may do what: tables of subscriptions and seats, and rules of the host's own. Source: rules A1 to A5.

    Attributes:
        subscriptions: which templates each subscription opens; "scratch" stands for goals planned from none.
        seats: which seats will do for each action; none will for an action that is not in it, but for `view`, which needs none.
        rules: of the host's own, by name; neither order nor repetition matters.
    """

    subscriptions: FrozenMap[Subscription, tuple[str, ...]] = field(
        factory=_model_subscriptions, converter=_as_subscriptions
    )
    seats: FrozenMap[Action, SeatTable] = field(factory=_model_seats, converter=_as_seats)
    rules: tuple[Rule, ...] = field(default=(), converter=_as_rules)

    @classmethod
    def starter_friendly(cls, *, rules: Iterable[Rule] = ()) -> Policy:
        """Return the policy in which any paid seat, a Starter's too, will do for planning goals of revenue (rule A2)."""
        model = cls(rules=rules)
        widened = {
            action: evolve(table, lines=(*(table.lines or ()), SeatLine(templates=_REVENUE)))
            for action, table in model.seats.items()
            if action in {Action.CREATE, Action.EDIT, Action.DELETE, Action.ASSIGN, Action.BE_ASSIGNED}
        }
        return evolve(model, seats=dict(model.seats) | widened)

    @classmethod
    def by_grants(cls, *, rules: Iterable[Rule] = ()) -> Policy:
        """Return the policy of a CRM that has no seats: permissions alone decide."""
        return cls(seats={action: SeatTable(None) for action in _model_seats()}, rules=rules)

    def with_seat_to_assign(self) -> Policy:
        """Return the policy in which super admin does not stand in for the seat that is needed to assign: A2's third reading."""
        strict = evolve(self.seats.get(Action.ASSIGN, SeatTable(())), super_admin=False)
        return evolve(self, seats=dict(self.seats) | {Action.ASSIGN: strict})

    def with_rules(self, *rules: Rule) -> Policy:
        """Return the policy with more rules."""
        return evolve(self, rules=[*self.rules, *rules])

    def decide(
        self,
        actor: Actor | None,
        action: str,
        *,
        account: Account,
        roster: Roster,
        as_of: datetime,
        before: Goal | None = None,
        after: Goal | None = None,
    ) -> Decision:
        """Return whether an actor may do something. Never raises: what is not understood is denied.

        Args:
            actor: who asks; None is denied.
            action: for what; an unknown word is denied.
            account: whose goals.
            roster: the people and teams, of now.
            as_of: the moment at which activity and teams are looked at.
            before: the goal as it stands, for everything but creating.
            after: the goal as it would be, for creating, assigning and editing. An edit of which nothing is said but the goal
                that stands asks whether all its rows may be edited.
        """
        if actor is None:
            return _denied(Reason("no_actor", "nobody asks"))
        try:
            request = Request(
                actor=_fields.instance_of(Actor, "an Actor")(actor, "actor"),
                action=_fields.word(action, "action", Action),
                account=_fields.instance_of(Account, "an Account")(account, "account"),
                roster=_fields.instance_of(Roster, "a Roster")(roster, "roster"),
                as_of=_fields.instant(as_of, "as_of"),
                before=_goal(before, "before"),
                after=_goal(after, "after"),
            )
            return self._decided(request)
        except Exception as error:  # noqa: BLE001 - whatever is given, there is an answer, and it is no (law LA1)
            return _denied(_failure(error.field if isinstance(error, QuotaError) else "", error))

    def _decided(self, request: Request) -> Decision:
        account = request.account.id
        if request.actor.account_id != account or any(goal.account_id != account for goal in request.goals):
            return _denied(_NOT_FOUND, rule="goal")
        if not request.goals and request.action in _ABOUT_GOALS:
            return _denied(_NOT_FOUND, rule="goal")
        request = _of_one_state(request)
        forbidding, permitting, failed = _applied(self.rules, request)
        if forbidding:
            return Decision(allowed=False, rules=_names(forbidding), reasons=_reasons(forbidding))
        if failed:
            reasons = tuple(_failure("rule", error) for _, error in failed)
            return Decision(allowed=False, rules=_names(rule for rule, _ in failed), reasons=reasons)
        met: list[Reason] = []
        missing: list[Need] = []
        for need in dict.fromkeys(self._needs(request)):
            by = need.met_by(request)
            if by is None:
                missing.append(need)
            else:
                met.append(Reason(need.code, f"met: {need}", by))
        if not missing:
            return Decision(allowed=True, rules=tuple(sorted({reason.code for reason in met})), reasons=tuple(met))
        if permitting and not any(isinstance(need, (Known, Active)) for need in missing):
            return Decision(allowed=True, rules=_names(permitting), reasons=_reasons(permitting))
        rules = tuple(sorted({need.code for need in missing}))
        reasons = tuple(Reason(need.code, str(need)) for need in missing)
        return Decision(allowed=False, rules=rules, reasons=reasons, missing=tuple(missing))

    def sight(self, actor: Actor, *, account: Account, roster: Roster, as_of: datetime) -> Sight:
        """Return what an actor may see of an account's goals, by the tables alone: what `decide` says of *view* without rules."""
        request = Request(
            actor=actor,
            action=Action.VIEW,
            account=account,
            roster=roster,
            as_of=_fields.instant(as_of, "as_of"),
        )
        scopes = {grant.scope for grant in actor.grants if grant.permits(Action.VIEW)}
        if actor.super_admin or Scope.EVERYONE in scopes:
            seen = None
        elif Scope.TEAM in scopes:
            holders = (*map(Contributor.team, _ids(roster.teams)), *map(Contributor.user, _ids(roster.users)))
            seen = frozenset(holder for holder in holders if request.covers(Scope.TEAM, holder))
        else:
            seen = frozenset[Contributor]()
        inside = all(need.met_by(request) is not None for need in self._seat(request, Action.VIEW_TEAM_USERS))
        return Sight(actor.user_id, seen, inside)

    def _needs(self, request: Request) -> Iterator[Need]:
        action = request.action
        if action in WRITES:
            yield Known()
            yield Active()
        if action is Action.VIEW:
            yield from self._view(request)
        elif action is Action.VIEW_TEAM_USERS:
            yield from self._view_team_users(request)
        else:
            yield from self._seat(request, action)
        if action in WRITES:
            yield from self._write(request)

    def _view(self, request: Request) -> Iterator[Need]:
        """Yield what is needed to see a goal: to see one of its rows, the one for which the least is missing."""
        goal = request.before or request.after
        if goal is None or not goal.assignments:
            is_creator = goal is not None and goal.created_by == request.actor.user_id
            yield Known() if is_creator and request.user else Permission(Action.VIEW, None, widest=True)
            return
        sights = [tuple(self._sight(request, row.contributor)) for row in goal.assignments]
        yield from min(sights, key=lambda needs: sum(need.met_by(request) is None for need in needs))

    def _sight(self, request: Request, contributor: Contributor) -> Iterator[Need]:
        """Yield what is needed to see one row; nothing but to be known for one's own."""
        if request.is_own(contributor):
            yield OwnRow(contributor)
            return
        yield Permission(Action.VIEW, contributor)
        if request.is_mixed and contributor.kind is ContributorKind.USER:
            yield from self._seat(request, Action.VIEW_TEAM_USERS)

    def _view_team_users(self, request: Request) -> Iterator[Need]:
        users = [
            row.contributor
            for goal in request.goals
            for row in goal.assignments
            if row.contributor.kind is ContributorKind.USER
        ]
        if not users:
            yield from self._seat(request, Action.VIEW_TEAM_USERS)
        for contributor in users:
            yield from self._sight(request, contributor)

    def _write(self, request: Request) -> Iterator[Need]:
        action, touched = request.action, request.touched
        was, *others = templates_of(request)
        for template in [was] if action is Action.CREATE else others:
            opening = (bought for bought, opened in self.subscriptions.items() if template in opened)
            yield OpenMeasure(template, tuple(sorted(opening, key=lambda bought: (bought.hub, bought.tier))))
        if action is Action.EDIT_TEAM_USERS:
            users = tuple(row for row in touched if row.kind is ContributorKind.USER)
            if request.after is None:
                touched = users
            if not request.is_mixed or users != touched:
                yield from self._seat(request, Action.EDIT)
        for contributor in touched:
            yield Permission(Action.EDIT, contributor)
        if not touched:
            yield Permission(Action.EDIT, None)
        if request.before is not None and all(request.before.place(contributor) is None for contributor in touched):
            yield from self._view(request)
        if action is not Action.DELETE:
            yield from self._assigned(request)
        has_users = request.is_mixed and any(row.kind is ContributorKind.USER for row in touched)
        if (action is Action.EDIT and has_users) or (action in {Action.EDIT, Action.ASSIGN} and request.frees_users):
            yield from self._seat(request, Action.EDIT_TEAM_USERS)

    def _assigned(self, request: Request) -> Iterator[Need]:
        """Yield what is needed to put rows on a goal: the seat to assign, and of each user the seat to be assigned."""
        if request.added:
            yield from self._seat(request, Action.ASSIGN)
        for contributor in request.added:
            if contributor.kind is ContributorKind.USER:
                yield from self._seat(request, Action.BE_ASSIGNED, contributor.id)

    def _seat(self, request: Request, action: Action, user_id: str | None = None) -> Iterator[Need]:
        """Yield the need of a seat; two, where a goal is to have another template, since the seat must do for both."""
        table = self.seats.get(action, SeatTable(()))
        if table.lines is None:
            yield Anybody()
            return
        for template in templates_of(request):
            yield SeatNeed(user_id or request.actor.user_id, action, table, template)


_ABOUT_GOALS: Final = frozenset(Action) - {Action.MANAGE, Action.BE_ASSIGNED, Action.CHOOSE_TEAMS_AND_USERS}


def _ids(holders: Iterable[User | Team]) -> Iterator[str]:
    return (holder.id for holder in holders)


def _goal(given: Goal | None, name: str) -> Goal | None:
    return None if given is None else _fields.instance_of(Goal, "a Goal")(given, name)


def _of_one_state(request: Request) -> Request:
    """Return a request to create with nothing but the goal that is made, one to delete with nothing but the one that goes."""
    if request.action is Action.CREATE and request.after is not None:
        return evolve(request, before=None)
    if request.action is Action.DELETE and request.before is not None:
        return evolve(request, after=None)
    return request


def _applied(rules: Iterable[Rule], request: Request) -> tuple[list[Rule], list[Rule], list[tuple[Rule, Exception]]]:
    """Return the rules that forbid, those that permit, and those that fail, each in the order of the rules."""
    found: dict[Effect, list[Rule]] = {Effect.FORBID: [], Effect.PERMIT: []}
    failed: list[tuple[Rule, Exception]] = []
    for rule in rules:
        try:
            if rule.applies(request):
                found[rule.effect].append(rule)
        except Exception as error:  # noqa: BLE001 - whatever a host's rule does, the answer is no (law LA18)
            failed.append((rule, error))
    return found[Effect.FORBID], found[Effect.PERMIT], failed


def _told(error: Exception) -> str:
    """Return an error's kind and words; its kind alone where it has no words."""
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001 - an error of a host's rule may fail in turn
        return type(error).__name__


def _failure(code: str, error: Exception) -> Reason:
    return Reason(f"failed_{code or 'policy'}", f"it could not be decided: {_told(error)}")


def _denied(*reasons: Reason, rule: str = "default") -> Decision:
    return Decision(allowed=False, rules=(rule,), reasons=reasons)


def _names(rules: Iterable[Rule]) -> tuple[str, ...]:
    return tuple(rule.name for rule in rules)


def _reasons(rules: Iterable[Rule]) -> tuple[Reason, ...]:
    return tuple(Reason(rule.name, rule.text) for rule in rules)
