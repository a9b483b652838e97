"""The outbox: facts that were recorded and wait to be told, in the order of their recording. Sources: rules N2 and N4."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from quota_engine import amounts
from quota_engine._fields import microseconds, moment_of
from quota_engine.contributors import Contributor, ContributorKind
from quota_engine.errors import shown
from quota_engine.milestones import Milestone, MilestoneKind
from quota_engine.notices import MilestoneReached
from quota_engine.periods import Period
from quota_engine.tracking.codec import corrupt, dump, key, load

OUTBOX = "outbox/"

_ENTRY: Final = re.compile(rb"outbox/[0-9]{19}/[0-9]{9}")


def mark_key(reached: str) -> str:
    """Return the key that says that a fact is recorded, by the fact's own key."""
    return key("mark", reached)


def entry_key(revision: int, place: int) -> str:
    """Return the key of an entry of the outbox: those of later refreshes come later."""
    return f"{OUTBOX}{revision:019d}/{place:09d}"


def entry_of(name: str, written: bytes) -> str:
    """Return the key of an entry that was written under the key of a mark."""
    if not _ENTRY.fullmatch(written):
        raise corrupt(name, shown(written))
    return written.decode("ascii")


def written_fact(reached: MilestoneReached) -> bytes:
    """Return a fact as bytes."""
    milestone = reached.milestone
    return dump(
        {
            "account": reached.account_id,
            "goal": [reached.goal_id, reached.goal_version],
            "row": [reached.contributor.kind.value, reached.contributor.id],
            "slice": [reached.slice.start.isoformat(), reached.slice.end.isoformat()],
            "milestone": [
                milestone.kind.value,
                None if milestone.mark is None else amounts.plain(milestone.mark),
                None if milestone.every is None else milestone.every.value,
            ],
            "occurrence": [reached.target_version, reached.occurrence],
            "figures": [_number(reached.target), _number(reached.attained), _number(reached.attainment)],
            "unit": [reached.unit, reached.currency],
            "refresh": [microseconds(reached.as_of), reached.revision],
            "reached_on": None if reached.reached_on is None else reached.reached_on.isoformat(),
        }
    )


def _number(number: Decimal | None) -> str | None:
    return None if number is None else str(number)


def fact_of(name: str, written: bytes) -> MilestoneReached:
    """Return the fact that was written under the key of an entry."""
    found = load(name, written, _read)
    if written_fact(found) != written:
        raise corrupt(name, shown(written))
    return found


def _read(found: Mapping[str, Any]) -> MilestoneReached:
    kind, mark, every = found["milestone"]
    target, *others = found["figures"]
    attained, attainment = (None if text is None else Decimal(text) for text in others)
    start, end = (date.fromisoformat(day) for day in found["slice"])
    row_kind, row_id = found["row"]
    as_of, revision = found["refresh"]
    return MilestoneReached(
        account_id=found["account"],
        goal_id=found["goal"][0],
        goal_version=found["goal"][1],
        contributor=Contributor(ContributorKind(row_kind), row_id),
        slice=Period(start, end),
        milestone=Milestone(MilestoneKind(kind), mark=mark, every=every),
        target_version=found["occurrence"][0],
        occurrence=found["occurrence"][1],
        target=Decimal(target),
        attained=attained,
        attainment=attainment,
        unit=found["unit"][0],
        currency=found["unit"][1],
        as_of=moment_of(as_of),
        revision=revision,
        reached_on=None if found["reached_on"] is None else date.fromisoformat(found["reached_on"]),
    )
