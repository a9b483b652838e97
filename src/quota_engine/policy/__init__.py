"""Who may do what with a goal: the permission policy, as data that can be read, tested and explained."""

from quota_engine.policy.actors import Action, Actor, Grant, Scope
from quota_engine.policy.decisions import Decision, Reason
from quota_engine.policy.needs import SeatLine, SeatTable
from quota_engine.policy.policies import OWN_TARGET, Effect, Policy, Rule
from quota_engine.policy.requests import Request

__all__ = [
    "OWN_TARGET",
    "Action",
    "Actor",
    "Decision",
    "Effect",
    "Grant",
    "Policy",
    "Reason",
    "Request",
    "Rule",
    "Scope",
    "SeatLine",
    "SeatTable",
]
