"""An answer of the policy: yes or no, by which rules and for what reasons, and, when no, what is missing. Source: rule A5."""

from __future__ import annotations

from attrs import frozen

from quota_engine.policy.needs import Need


@frozen
class Reason:
    """Why a decision is what it is.

    Attributes:
        code: a stable word for programs.
        text: a sentence for people, in English.
        by: the seat, grant, subscription or user by which a need is met; None for what is missing or forbidden.
    """

    code: str
    text: str
    by: object = None


@frozen(kw_only=True)
class Decision:
    """Whether an action is allowed. True and False may be asked of it directly.

    Attributes:
        allowed: whether it is.
        rules: the names of the rules that decided, sorted.
        reasons: why; never empty.
        missing: when denied for want of something: what, granted all together, would allow it.
    """

    allowed: bool
    rules: tuple[str, ...]
    reasons: tuple[Reason, ...]
    missing: tuple[Need, ...] = ()

    def __bool__(self) -> bool:
        """Whether the action is allowed."""
        return self.allowed

    def __str__(self) -> str:
        """Return the decision and its reasons, a line each."""
        return "\n".join(["allowed" if self.allowed else "denied", *(f"- {reason.text}" for reason in self.reasons)])
