"""Assignments: one contributor's row of a goal, and whose records the row of a team counts. Source: rules C1 to C3 and G1."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum

from attrs import field, frozen

from quota_engine import _fields, amounts
from quota_engine._fields import Field
from quota_engine.contributors import Contributor, ContributorKind
from quota_engine.errors import InvalidValue, invalid
from quota_engine.milestones import Milestone, place
from quota_engine.periods import MOST_PERIODS, Period

Amount = Decimal | int | str


def as_targets(targets: Iterable[Amount | None] | None) -> tuple[Decimal | None, ...] | None:
    """Return targets as a tuple, each zero or more, or None for no target."""
    if targets is None:
        return None
    found = _fields.in_order(targets, "targets", "targets", most=MOST_PERIODS)
    kept: list[Decimal | None] = []
    for index, given in enumerate(found):
        if index and given is found[index - 1]:  # one amount for many slices is checked and kept once
            kept.append(kept[-1])
        else:
            kept.append(None if given is None else amounts.target(given, f"targets[{index}]"))
    return tuple(kept)


def as_pipelines(pipelines: Iterable[str] | None) -> tuple[str, ...] | None:
    """Return pipeline ids as a sorted tuple, each once and at least one, or None for all of them."""
    if pipelines is None:
        return None
    found = _fields.items(pipelines, "pipelines", str, "pipeline ids", most=1_000)
    for index, pipeline in enumerate(found):
        _fields.identifier(pipeline, f"pipelines[{index}]")
    if not found:
        raise InvalidValue(
            "pipelines: expected at least one, or None for all of them", code="required", field="pipelines"
        )
    return tuple(sorted(frozenset(found)))


def as_milestones(milestones: Iterable[Milestone] | None) -> tuple[Milestone, ...] | None:
    """Return milestones as a tuple, each once, in the order of their kinds and marks; None stays None."""
    if milestones is None:
        return None
    found = dict.fromkeys(_fields.items(milestones, "milestones", Milestone, "milestones", most=1_000))
    return tuple(sorted(found, key=place))


def _as_locked(locked: Iterable[Period]) -> frozenset[Period]:
    return frozenset(_fields.items(locked, "locked", Period, "slices", most=1_000))


def _check_row_pipelines(row: Assignment, attribute: Field, pipelines: tuple[str, ...] | None) -> None:
    if pipelines is not None and row.contributor.kind is ContributorKind.PIPELINE:
        raise invalid(
            attribute.name, ", ".join(pipelines), "no pipelines on the row of a pipeline", code="pipelines_on_pipeline"
        )


@frozen
class Assignment:
    """One contributor's row of a goal.

    Attributes:
        contributor: whose row it is.
        targets: one per slice, in the goal's currency or unit; None in a place means that the slice has no target, which is not
            a target of zero. None altogether means no target in any slice; a goal keeps it as one None per slice.
        pipelines: the ids of the pipelines whose records count; None for all, also for records without one. Never empty.
        milestones: the row's own marks instead of the goal's; None for the goal's.
        locked: slices whose target a plan must not change.
    """

    contributor: Contributor = field(validator=_fields.checked(_fields.instance_of(Contributor, "a Contributor")))
    targets: tuple[Decimal | None, ...] | None = field(default=None, converter=as_targets)
    pipelines: tuple[str, ...] | None = field(default=None, converter=as_pipelines, validator=_check_row_pipelines)
    milestones: tuple[Milestone, ...] | None = field(default=None, converter=as_milestones)
    locked: frozenset[Period] = field(factory=frozenset, converter=_as_locked)

    @property
    def cells(self) -> tuple[Decimal | None, ...]:
        """Its targets, and none at all where it was made without and no goal has taken it yet."""
        return self.targets or ()

    def admits(self, pipeline_id: str | None) -> bool:
        """Whether a record in a pipeline, or in none, may count for this row (rules C1 and C3)."""
        if self.contributor.kind is ContributorKind.PIPELINE:
            return pipeline_id == self.contributor.id
        return self.pipelines is None or pipeline_id in self.pipelines

    @property
    def tracked(self) -> frozenset[str] | None:
        """The pipelines whose records count; None for all."""
        if self.contributor.kind is ContributorKind.PIPELINE:
            return frozenset({self.contributor.id})
        return None if self.pipelines is None else frozenset(self.pipelines)


class Members(StrEnum):
    """Whose records a team counts: of those who were members on the day a record counts, or who are members now."""

    DAY = "day"
    CURRENT = "current"


def _as_members(members: str) -> Members:
    return _fields.word(members, "members", Members)


@frozen(kw_only=True)
class TeamCredit:
    """Whose records a team's row counts. Source: rule C2.

    Attributes:
        members: "day": of those who were members on the day the record counts; "current": of those who are members now, or
            were when the slice froze.
        extra: also of extra members, not of main members alone.
        descendants: also of the teams below.
    """

    members: Members = field(default=Members.DAY, converter=_as_members)
    extra: bool = field(default=False, validator=_fields.checked(_fields.flag))
    descendants: bool = field(default=False, validator=_fields.checked(_fields.flag))
