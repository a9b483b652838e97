"""What an action needs: an own seat, a permission that covers a row, an open measure, to be active. Source: rules A1 to A3.

A need is a value. It is met or it is not, it says so in plain words, and what is missing can be granted.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from attrs import field, frozen

from quota_engine import _fields
from quota_engine.accounts import Hub, Seat, Subscription, Tier
from quota_engine.contributors import Contributor
from quota_engine.policy.actors import Action, Grant, Scope
from quota_engine.policy.requests import Request

SCRATCH = "scratch"
"""Stands for a goal that was planned from no template."""


def _as_hub(hub: str | None) -> Hub | None:
    return None if hub is None else _fields.word(hub, "hub", Hub)


def _as_tiers(tiers: Iterable[str]) -> tuple[Tier, ...]:
    given = _fields.items(tiers, "tiers", str, "tiers", most=10)
    found = {_fields.word(tier, f"tiers[{index}]", Tier) for index, tier in enumerate(given)}
    return tuple(tier for tier in Tier if tier in found)


def as_templates(templates: Iterable[str] | None, name: str = "templates") -> tuple[str, ...] | None:
    """Return names of templates sorted, each once; None stays None."""
    return None if templates is None else tuple(sorted(set(_fields.items(templates, name, str, "names of templates"))))


@frozen(kw_only=True)
class SeatLine:
    """One kind of seat that will do.

    Attributes:
        hub: the hub it is of; None for either.
        tiers: the tiers it may be of.
        paid: whether it must be paid.
        templates: the templates of goals for which it does; None for all goals.
    """

    hub: Hub | None = field(default=None, converter=_as_hub)
    tiers: tuple[Tier, ...] = field(default=tuple(Tier), converter=_as_tiers)
    paid: bool = field(default=True, validator=_fields.checked(_fields.flag))
    templates: tuple[str, ...] | None = field(default=None, converter=as_templates)

    def takes(self, seat: Seat, template: str) -> bool:
        """Whether a seat will do for a goal of a template."""
        return (
            (self.hub is None or seat.hub is self.hub)
            and seat.tier in self.tiers
            and (seat.paid or not self.paid)
            and (self.templates is None or template in self.templates)
        )

    @property
    def example(self) -> Seat:
        """The least seat that will do."""
        return Seat(self.hub or Hub.SALES, self.tiers[0], paid=self.paid)


def _as_lines(lines: Iterable[SeatLine] | None) -> tuple[SeatLine, ...] | None:
    return None if lines is None else _fields.items(lines, "lines", SeatLine, "seat lines", most=100)


@frozen
class SeatTable:
    """Which seats will do for an action.

    Attributes:
        lines: the kinds of seat; None where no seat is asked for; empty where none will do.
        super_admin: whether super admin stands in for the seat.
    """

    lines: tuple[SeatLine, ...] | None = field(converter=_as_lines)
    super_admin: bool = field(default=False, validator=_fields.checked(_fields.flag), kw_only=True)

    def takes(self, seats: Iterable[Seat], template: str) -> Seat | None:
        """Return the first of some seats that will do; None where none does."""
        lines = self.lines or ()
        return next((seat for seat in seats if any(line.takes(seat, template) for line in lines)), None)

    def example(self, template: str) -> Seat | None:
        """Return the least seat that would do for a goal of a template; None where none would."""
        fitting = (line for line in self.lines or () if line.templates is None or template in line.templates)
        return next((line.example for line in fitting), None)


def templates_of(request: Request) -> tuple[str, ...]:
    """Return the template by which the goal of a request was planned, and the one by which it would be, where that is another."""
    return tuple(dict.fromkeys(goal.template or SCRATCH for goal in request.goals)) or (SCRATCH,)


@frozen
class Known:
    """The roster must know the actor."""

    code = "unknown_user"

    def met_by(self, request: Request) -> object:
        """Return the user; None where the roster has none."""
        return request.user

    def __str__(self) -> str:
        """Return what is missing."""
        return "the actor must be one of the users of the account"


@frozen
class Active:
    """The actor must be active: whoever has left, or is away, writes nothing (law LA7)."""

    code = "inactive"

    def met_by(self, request: Request) -> object:
        """Return the user where they are active."""
        user = request.user
        return user if user is not None and user.active_at(request.as_of) else None

    def __str__(self) -> str:
        """Return what is missing."""
        return "the actor must be active"


@frozen
class SeatNeed:
    """Somebody needs a seat of their own for an action.

    Attributes:
        user_id: who; the actor, or somebody who is to be given a row.
        action: for what.
        table: which seats will do.
        template: of the goal.
    """

    user_id: str
    action: Action
    table: SeatTable
    template: str

    code = "seat"

    def met_by(self, request: Request) -> object:
        """Return the seat that will do, or the super admin who needs none; None where there is neither."""
        user = request.roster.user(self.user_id)
        found = None if user is None else self.table.takes(user.seats, self.template)
        stands_in = self.table.super_admin and self.user_id == request.actor.user_id and request.actor.super_admin
        return found or (request.actor if stands_in else None)

    @property
    def seat(self) -> Seat | None:
        """The least seat that would do; None where none would."""
        return self.table.example(self.template)

    def __str__(self) -> str:
        """Return what is missing."""
        seat = self.seat
        wanted = "a seat that this policy does not have" if seat is None else f"a seat such as {_named(seat)}"
        return f"the user {self.user_id} needs {wanted} to {_WORDS[self.action]}"


@frozen
class Permission:
    """The actor needs a permission to view or edit that covers a row, or, without one, some permission at all.

    Attributes:
        action: view or edit.
        contributor: whose row must be covered; None for a goal without rows.
        widest: whether only scope everyone will do, as for viewing somebody else's goal without rows.
    """

    action: Action
    contributor: Contributor | None
    widest: bool = False

    code = "permission"

    def met_by(self, request: Request) -> object:
        """Return the grant that covers the row, or the super admin; None where there is neither."""
        if request.actor.super_admin:
            return request.actor
        return next((grant for grant in request.actor.grants if self._takes(grant, request)), None)

    def _takes(self, grant: Grant, request: Request) -> bool:
        if not grant.permits(self.action):
            return False
        if self.contributor is None:
            return grant.scope is Scope.EVERYONE or not self.widest
        return request.covers(grant.scope, self.contributor)

    def __str__(self) -> str:
        """Return what is missing."""
        row = "a goal without rows" if self.contributor is None else f"the row of {self.contributor}"
        return f"the actor needs the permission to {self.action.value} with a scope that covers {row}"


@frozen
class OwnRow:
    """One's own rows are always visible (rule A3): nothing is needed."""

    contributor: Contributor

    code = "own_row"

    def met_by(self, _request: Request) -> object:
        """Return whose row it is."""
        return self.contributor

    def __str__(self) -> str:
        """Return what it is."""
        return f"{self.contributor} sees rows of their own"


@frozen
class Anybody:
    """No seat is asked for."""

    code = "no_seat_asked"

    def met_by(self, request: Request) -> object:
        """Return the actor."""
        return request.actor

    def __str__(self) -> str:
        """Return what it is."""
        return "this policy asks for no seat"


@frozen
class OpenMeasure:
    """A subscription of the account must open the goal's measure (rule A1).

    Attributes:
        template: of the goal.
        opening: the subscriptions that would.
    """

    template: str
    opening: tuple[Subscription, ...]

    code = "subscription"

    def met_by(self, request: Request) -> object:
        """Return the subscription that opens it; None where none does."""
        return next((bought for bought in request.account.subscriptions if bought in self.opening), None)

    def __str__(self) -> str:
        """Return what is missing."""
        kinds = ", ".join(f"{bought.hub.value} {bought.tier.value}" for bought in self.opening) or "none that there is"
        return f"the account needs a subscription that opens {self.template}: {kinds}"


Need: TypeAlias = Known | Active | SeatNeed | Permission | OwnRow | Anybody | OpenMeasure

_WORDS = {
    Action.VIEW: "view it",
    Action.EDIT: "edit it",
    Action.CREATE: "create it",
    Action.DELETE: "delete it",
    Action.ASSIGN: "put somebody on it",
    Action.BE_ASSIGNED: "be given a row",
    Action.MANAGE: "open the list of goals",
    Action.VIEW_TEAM_USERS: "see the users inside a team's goal",
    Action.EDIT_TEAM_USERS: "edit the users inside a team's goal",
    Action.CHOOSE_TEAMS_AND_USERS: "choose teams and users together",
}


def _named(seat: Seat) -> str:
    return f"{'a paid' if seat.paid else 'a'} {seat.hub.value.title()} {seat.tier.value.title()}"
