"""Who asks for what: an actor with grants, and the actions that can be asked for. Source: rules A2 and A3."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from attrs import field, frozen

from quota_engine import _fields
from quota_engine._fields import Field
from quota_engine.errors import invalid


class Action(StrEnum):
    """What an actor may want to do. `be_assigned` asks about the actor's own rows; all others are the actor's doing."""

    VIEW = "view"
    EDIT = "edit"
    CREATE = "create"
    DELETE = "delete"
    ASSIGN = "assign"
    BE_ASSIGNED = "be_assigned"
    MANAGE = "manage"
    VIEW_TEAM_USERS = "view_team_users"
    EDIT_TEAM_USERS = "edit_team_users"
    CHOOSE_TEAMS_AND_USERS = "choose_teams_and_users"


WRITES = frozenset({Action.EDIT, Action.CREATE, Action.DELETE, Action.ASSIGN, Action.EDIT_TEAM_USERS})
"""What changes a goal; nobody who is inactive or unknown may."""


class Scope(StrEnum):
    """How far a permission reaches: the actor's own rows, those of the main team and below, or all. Source: rule A3."""

    OWN = "own"
    TEAM = "team"
    EVERYONE = "everyone"


def _as_action(action: str) -> Action:
    return _fields.word(action, "action", Action)


def _as_scope(scope: str) -> Scope:
    return _fields.word(scope, "scope", Scope)


def _check_grantable(_grant: Grant, attribute: Field, action: Action) -> None:
    if action not in {Action.VIEW, Action.EDIT}:
        raise invalid(attribute.name, action.value, "view or edit, which are what is granted", code="not_granted")


@frozen
class Grant:
    """A permission: to view goals, or to view and edit them, within a scope. Source: rule A3."""

    action: Action = field(converter=_as_action, validator=_check_grantable)
    scope: Scope = field(converter=_as_scope)

    def permits(self, action: Action) -> bool:
        """Whether it is a permission to view, or to edit; edit implies view."""
        return self.action is action or (self.action is Action.EDIT and action is Action.VIEW)


def _as_grants(grants: Iterable[Grant]) -> tuple[Grant, ...]:
    return _fields.items(grants, "grants", Grant, "grants", most=1_000)


@frozen
class Actor:
    """Somebody who asks. Seats and whether the actor is active are the roster's to say.

    Attributes:
        user_id: the id of the user.
        account_id: the account that the user belongs to.
        super_admin: whether the user is a super admin of the account, who has every permission with scope everyone.
        grants: the user's permissions.
    """

    user_id: str = field(validator=_fields.checked(_fields.identifier))
    account_id: str = field(validator=_fields.checked(_fields.identifier))
    super_admin: bool = field(default=False, validator=_fields.checked(_fields.flag), kw_only=True)
    grants: tuple[Grant, ...] = field(default=(), converter=_as_grants, kw_only=True)
