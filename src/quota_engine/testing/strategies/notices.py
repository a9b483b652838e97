"""Strategies for milestones, for the fact that one was reached, for notices, and for edits."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from quota_engine.amounts import exact
from quota_engine.contributors import Contributor
from quota_engine.durations import Cadence
from quota_engine.edits import Edit
from quota_engine.fiscal import first_instant
from quota_engine.milestones import Milestone, MilestoneKind
from quota_engine.notices import MilestoneReached, Notice
from quota_engine.testing.strategies.drawing import below, is_one_in, pick
from quota_engine.testing.strategies.goals import contributors
from quota_engine.testing.strategies.values import A_DAY, USERS, a_target, an_amount, periods

_PLAIN: Final = tuple(
    Milestone(kind) for kind in MilestoneKind if kind not in {MilestoneKind.PERCENT, MilestoneKind.PROGRESS}
)
_UPDATES: Final = tuple(Milestone.progress(every=step) for step in Cadence if step is not Cadence.CUSTOM)
# Round marks, the finest, and those on either side of the whole.
_MARKS: Final[tuple[int | str, ...]] = (
    50,
    100,
    25,
    "33.333333333333333333",
    "99.99",
    "100.01",
    150,
    1000,
    "0.000000000000000001",
)
_MILESTONES: Final = (*map(Milestone.percent, _MARKS), *_PLAIN, *_UPDATES)
# Ids with what separates the parts of a key, and with letters that a key cannot have.
_IDS: Final = ("acme", "a/b", "a%2Fb", "a:b", "Ünïted", "0")
_PERIODS: Final = periods()
_CONTRIBUTORS: Final = contributors() | st.sampled_from([Contributor.user(name) for name in _IDS])


@st.composite
def milestones(draw: DrawFn) -> Milestone:
    """Return milestones of every kind: marks at, near and far from the whole, updates of every cadence."""
    return pick(draw, _MILESTONES)


@st.composite
def milestones_reached(draw: DrawFn) -> MilestoneReached:
    """Return facts that a milestone was reached: ids that are hard to put into a key, figures of any size."""
    milestone, part = pick(draw, _MILESTONES), draw(_PERIODS)
    attained = None if is_one_in(draw, 8) else exact(an_amount(draw))
    target = exact(a_target(draw) or 0)
    version = 1 + draw(below(3))
    occurrence = str(version) if milestone.kind is MilestoneKind.EDITED else ""
    return MilestoneReached(
        account_id=pick(draw, _IDS),
        goal_id=pick(draw, _IDS),
        goal_version=version,
        contributor=draw(_CONTRIBUTORS),
        slice=part,
        milestone=milestone,
        target_version=draw(below(3)),
        occurrence=part.end.isoformat() if milestone.every is not None else occurrence,
        target=target,
        attained=attained,
        attainment=None if attained is None or not target else Decimal(pick(draw, ("1", "0.9996", "1.5", "0"))),
        unit="money",
        currency="EUR",
        as_of=first_instant(part.start, "UTC") + A_DAY * draw(below(400)),
        revision=draw(below(3)),
        reached_on=pick(draw, (None, part.start, part.last_day)),
    )


@st.composite
def notices(draw: DrawFn) -> Notice:
    """Return notices to up to three users."""
    return Notice(draw(milestones_reached()), USERS[: draw(below(len(USERS) + 1))])


@st.composite
def edits(draw: DrawFn) -> Edit:
    """Return edits of the whole, of a row and of a cell."""
    contributor, part = draw(_CONTRIBUTORS), draw(_PERIODS)
    match draw(below(3)):
        case 0:
            return Edit(contributor=None, slice=None, field="name", before="Sales", after="More sales")
        case 1:
            return Edit(contributor=contributor, slice=None, field="pipelines", before=None, after=("direct",))
        case _:
            return Edit(contributor=contributor, slice=part, field="target", before=Decimal(1), after=Decimal(2))
