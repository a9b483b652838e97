"""The tracker: progress that is refreshed, looked at, explained and proved, for whoever may see it. Sources: P5, P9, P10, N2, N4."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Final

from attrs import define, evolve, field, fields, frozen

from quota_engine import _fields
from quota_engine.accounts import Account
from quota_engine.contributors import Contributor, Roster
from quota_engine.errors import ConcurrencyConflict
from quota_engine.events import CrmEvent
from quota_engine.findings import Notes
from quota_engine.gates import Asker, Gate, Who, unknown
from quota_engine.goals import Goal
from quota_engine.notices import Notice, recipients
from quota_engine.periods import Period
from quota_engine.plans import Work
from quota_engine.policy import Policy
from quota_engine.ports import ActorSource, EventSource, GoalRepository, Page, RateSource, RosterSource, TrackingStore
from quota_engine.progress import Calculation, Progress, calculate
from quota_engine.rates import Rates
from quota_engine.splits import Splits
from quota_engine.tallies import Figures
from quota_engine.tracking.heads import HEAD, Head, head_of
from quota_engine.tracking.moving import Move, planned
from quota_engine.tracking.outbox import OUTBOX, fact_of, mark_key
from quota_engine.tracking.records import Records
from quota_engine.tracking.refreshing import Refresh, Refresher
from quota_engine.tracking.shelves import GENERAL, general_notes, goal_key, put_goal, put_notes, row_key, shelf_of
from quota_engine.tracking.sources import roster_of

_ATTEMPTS: Final = 5
_MOST_AT_ONCE: Final = 1_000
_MOST_VERSIONS: Final = 10_000_000


@frozen(kw_only=True)
class Difference:
    """One field of a figure that is not what it would be if it were calculated anew.

    Attributes:
        goal_id: the goal.
        contributor: whose row.
        slice: the days.
        field: of `Progress`.
        stored: what is kept.
        recomputed: what it would be.
    """

    goal_id: str
    contributor: Contributor
    slice: Period
    field: str
    stored: object
    recomputed: object


@define(eq=False)
class ProgressTracker:
    """The progress of an account's goals, as it was last refreshed, and as it was at any moment.

    Attributes:
        account: whose goals.
        goals: where they are kept.
        events: where the records of the CRM come from.
        roster: the people and teams: a roster, or where to get it; None when every owner is a known, active user.
        store: where the tracker keeps its own state.
        actors: where rights are read; None where nobody but the host may ask.
        rates: exchange rates, or where to get them.
        splits: records of which several users get a share.
        policy: who may see what.
        most: how many versions of a kind of record one refresh reads at most; a source that gives more does not end.
    """

    account: Account = field(validator=_fields.checked(_fields.instance_of(Account, "an Account")))
    goals: GoalRepository = field(kw_only=True)
    events: EventSource = field(kw_only=True)
    roster: Roster | RosterSource | None = field(kw_only=True)
    store: TrackingStore = field(kw_only=True)
    actors: ActorSource | None = field(default=None, kw_only=True)
    rates: Rates | RateSource | None = field(default=None, kw_only=True)
    splits: Splits | None = field(
        default=None, validator=_fields.checked(_fields.optional(_fields.instance_of(Splits, "Splits"))), kw_only=True
    )
    policy: Policy = field(
        factory=Policy, validator=_fields.checked(_fields.instance_of(Policy, "a Policy")), kw_only=True
    )
    most: int = field(default=_MOST_VERSIONS, kw_only=True)
    _refresher: Refresher = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        """Make what refreshes, which remembers between refreshes what it could read again."""
        self._refresher = Refresher(
            self.account, self.goals, self.events, self.roster, self.store, self.rates, self.splits, self.most
        )

    def refresh(self, *, as_of: datetime, force: bool = False) -> Refresh:
        """Read what is new, bring the figures up to a moment and record the milestones that they reach (rule P5).

        It runs when progress is due: `account.refresh_every` after the last refresh, or at once with `force`; never for a moment
        before the last refresh. What is read is kept page by page, figures and milestones all in the last commit.

        Raises:
            SourceUnavailable: a source failed; figures stay, and the next refresh goes on where the last whole page ended.
            MissingRate: records in open slices without a rate, all named; figures stay.
            ContractViolation: a source, a repository or a store gave what its protocol does not allow.
            ConcurrencyConflict: others refreshed again and again meanwhile.
        """
        moment = _fields.instant(as_of, "as_of")
        for attempt in range(_ATTEMPTS):
            try:
                return self._refresher.refreshed(moment, force=force)
            except ConcurrencyConflict:
                if attempt == _ATTEMPTS - 1:
                    raise
        raise AssertionError  # pragma: no cover - the last attempt returns or raises

    def progress(self, *goal_ids: str, actor: Who, as_of: datetime) -> Calculation:
        """Return the figures of the last refresh, of some goals or of all that the actor may see.

        Rows that the actor may not see are left out; figures are those of the whole goal. `as_of` is the moment of asking, for the
        rights; the figures' own is that of the result. Goals that were made since the last refresh have no figures yet.

        Raises:
            NotFound: a goal that is unknown, deleted, not visible or not refreshed yet; or no refresh has been made.
        """
        moment = _fields.instant(as_of, "as_of")
        asker = self._asker(actor, moment)
        self._stories.read_on(self.goals)
        wanted = [_fields.identifier(goal_id, "goal_ids") for goal_id in goal_ids] or sorted(self._stories.by_id)
        head, kept, notes = self._kept(wanted)
        shown: list[Goal] = []
        for goal_id in dict.fromkeys(wanted):
            goal = kept.get(goal_id, (None, None, None))[0]
            if goal is not None and self._gate.shows(asker, goal, moment):
                shown.append(goal)
            elif goal_ids:
                raise unknown(goal_id)
        if head.as_of is None:
            raise unknown(", ".join(goal_ids))
        goals = [goal for goal, _, _ in kept.values() if goal.id in {each.id for each in shown}]
        basis = evolve(self._refresher.basis(head, head.as_of), rates=None)
        work = planned(goals, basis, head.as_of)
        for place, goal in enumerate(work.goals):
            if kept[goal.id][1].totals is not None:
                work.with_totals(place)
        figures, all_notes, retargeted = Figures(work.size), Notes(), set[int]()
        for place, block in enumerate(work.blocks):
            _, shelf, rows = kept[block.goal.id]
            put_goal(work, figures, place, shelf, rows)
            put_notes(all_notes, shelf.notes, place)
            retargeted |= {block.rows_at + row * len(block.goal.slices) + part for row, part in shelf.retargeted}
        put_notes(all_notes, general_notes(notes), None)
        found = Calculation(work.goals, head.as_of, head.as_of, work, figures, all_notes, frozenset(retargeted))
        return found.shown_as(self._gate.shown(asker, goal) for goal in shown)
