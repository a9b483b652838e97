"""The tracker: progress that is refreshed, looked at, explained and proved, for whoever may see it. Sources: P5, P9, N4."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime
from typing import Final

from attrs import Factory, evolve, field, frozen

from quota_engine import _fields
from quota_engine._fields import Field
from quota_engine.accounts import Account
from quota_engine.contributors import Contributor, Roster
from quota_engine.errors import ConcurrencyConflict
from quota_engine.events import CrmEvent
from quota_engine.findings import Notes
from quota_engine.gates import Asker, Gate, Who, unknown
from quota_engine.goals import Goal
from quota_engine.notices import Notice, recipients
from quota_engine.plans import Work, plan
from quota_engine.policy import Policy
from quota_engine.ports import ActorSource, EventSource, GoalRepository, Page, RateSource, RosterSource, TrackingStore
from quota_engine.progress import Calculation, calculate
from quota_engine.rates import Rates
from quota_engine.receipts import Explanation, explain
from quota_engine.splits import Splits
from quota_engine.tracking.heads import HEAD, head_of
from quota_engine.tracking.moving import Move
from quota_engine.tracking.outbox import OUTBOX, fact_of, mark_key
from quota_engine.tracking.proofs import Difference, differences
from quota_engine.tracking.records import Records
from quota_engine.tracking.refreshing import Refresh, Refresher
from quota_engine.tracking.sources import roster_of
from quota_engine.tracking.stories import Stories
from quota_engine.tracking.views import view

_ATTEMPTS: Final = 5
_MOST_AT_ONCE: Final = 1_000
_MOST_VERSIONS: Final = 10_000_000


def _check_most(_tracker: ProgressTracker, attribute: Field, most: object) -> None:
    _fields.whole(most, attribute.name, 1, 2**63 - 1)


def _refresher_of(tracker: ProgressTracker) -> Refresher:
    """Return what refreshes, which remembers between refreshes what it could read again."""
    return Refresher(
        tracker.account,
        tracker.goals,
        tracker.events,
        tracker.roster,
        tracker.store,
        tracker.rates,
        tracker.splits,
        tracker.most,
    )


@frozen(eq=False)
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
    most: int = field(default=_MOST_VERSIONS, validator=_check_most, kw_only=True)
    _refresher: Refresher = field(init=False, repr=False, default=Factory(_refresher_of, takes_self=True))

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

        Rows that the actor may not see are left out; figures are those of the whole goal. `as_of` is the moment of asking, for
        the rights; the figures' own is that of the result. Goals that were made since the last refresh have no figures yet.

        Raises:
            NotFound: a goal that is unknown, deleted, not visible or not refreshed yet; or no refresh has been made.
        """
        moment = _fields.instant(as_of, "as_of")
        asker = self._asker(actor, moment)
        self._stories.read_on(self.goals)
        wanted = [_fields.identifier(goal_id, "goal_ids") for goal_id in goal_ids] or sorted(self._stories.by_id)
        kept = view(self.store, self._stories, wanted)
        shown: list[Goal] = []
        for goal_id in dict.fromkeys(wanted):
            found = kept.goals.get(goal_id)
            if found is not None and self._gate.shows(asker, found.goal, moment):
                shown.append(found.goal)
            elif goal_ids:
                raise unknown(goal_id)
        if kept.head.as_of is None:
            raise unknown("")
        result = kept.calculation(self._planned(shown, kept.head.as_of))
        return result.shown_as([self._gate.shown(asker, goal) for goal in shown], is_whole=asker.is_host)

    def calculate(self, *goal_ids: str, actor: Who, as_of: datetime, known_at: datetime | None = None) -> Calculation:
        """Return figures calculated anew for any moment, from all that has been read: goals, people and records as then known.

        Args:
            goal_ids: which goals; all that the actor may see where none is given.
            actor: who asks.
            as_of: the moment asked about.
            known_at: what was recorded later does not exist, goals and their edits among it; `as_of` where not given.

        Raises:
            NotFound: a goal that is unknown, deleted or not there at that moment, or not visible.
            MissingRate: as for `calculate`.
        """
        moment = _fields.instant(as_of, "as_of")
        known_until = moment if known_at is None else _fields.instant(known_at, "known_at")
        asker = self._asker(actor, moment)
        shown = self._seen(goal_ids, asker, moment, known_until)
        found = self._calculated([goal for goal, _ in shown], moment, known_until)
        return found.shown_as([seen for _, seen in shown], is_whole=asker.is_host)

    def explain(
        self,
        goal_id: str,
        contributor: Contributor,
        *,
        on: date,
        actor: Who,
        as_of: datetime | None = None,
        known_at: datetime | None = None,
        records: Iterable[str | tuple[str, str]] = (),
    ) -> Explanation:
        """Return every record behind a number, and each of those that nearly count, with the reason (rule P10).

        Of the records that do not count those are left out whose owner's rows the actor may not see.

        Args:
            goal_id: the goal.
            contributor: whose row.
            on: a day of the slice.
            actor: who asks.
            as_of: the moment asked about; that of the last refresh where not given.
            known_at: what was recorded later does not exist; `as_of` where not given.
            records: records to be listed whatever they fail, as ids, or as pairs of an object and an id.

        Raises:
            NotFound: the goal or the row is unknown, not there at that moment or not visible, or the day is in no slice.
        """
        head = head_of(self.store.read([HEAD]).values)
        moment = head.as_of if as_of is None else _fields.instant(as_of, "as_of")
        if moment is None:
            raise unknown(_fields.identifier(goal_id, "goal_id"))
        known_until = moment if known_at is None else _fields.instant(known_at, "known_at")
        asker = self._asker(actor, moment)
        ((goal, shown),) = self._seen([goal_id], asker, moment, known_until)
        shown.row(contributor)
        basis = self._refresher.basis(head, max(moment, known_until))
        receipt = explain(
            goal,
            contributor,
            on=on,
            events=self._events([goal]),
            account=self.account,
            as_of=moment,
            known_at=known_until,
            roster=basis.roster,
            rates=basis.rates,
            splits=basis.splits,
            records=records,
        )
        lines = [line for line in receipt.not_counted if asker.sight is None or asker.sight.shows_owner(line.owner_id)]
        return evolve(receipt, not_counted=tuple(lines))

    def outbox(self, *, as_of: datetime, after: str | None = None, limit: int = 100) -> Page[Notice]:
        """Return facts that wait to be told, in the order of their recording, each with who is to be told (rule N4).

        Those are told who may see the row at this moment; where there is no `ActorSource`, the host knows no rights and nobody is
        left out. A fact stays until it is acknowledged, so it may come twice, always under the same key. Facts of goals that
        are no more have nobody to be told.

        Args:
            as_of: the moment of asking.
            after: the cursor of the last page.
            limit: how many at most, up to 1,000.
        """
        moment = _fields.instant(as_of, "as_of")
        _fields.whole(limit, "limit", 1, _MOST_AT_ONCE)
        self._stories.read_on(self.goals)
        page = self.store.scan(OUTBOX, after=after, limit=limit)
        roster = roster_of(self.roster)
        notices: list[Notice] = []
        for name, written in page.items:
            reached = fact_of(name, written)
            story = self._stories.by_id.get(reached.goal_id)
            goal = None if story is None else story.goal
            told: list[str] = []
            if goal is not None:
                on = self.account.calendar.day_of(moment)
                whom = recipients(reached, goal, roster, on=on)
                told = [user for user in whom if self._may_be_told(user, goal, reached.contributor, roster, moment)]
            notices.append(Notice(reached, told))
        return Page(tuple(notices), page.cursor, page.more)

    def acknowledge(self, keys: Iterable[str]) -> None:
        """Take facts out of the outbox, by their keys: they have been told. Keys that are not in it are nothing to do."""
        names = [mark_key(key) for key in _fields.items(keys, "keys", str, "keys of facts")]
        for attempt in range(_ATTEMPTS):
            stored = self.store.read(names)
            entries = {written.decode("ascii") for written in stored.values.values()}
            if not entries:
                return
            try:
                self.store.commit(stored.revision, put={}, drop=entries, figures=())
            except ConcurrencyConflict:
                if attempt == _ATTEMPTS - 1:
                    raise
            else:
                return

    def verify(self) -> tuple[Difference, ...]:
        """Return what differs between figures that are kept and those calculated anew from all records: nothing, it should be.

        What a refresh has read that did not come to its end is left out, as it is in the figures. People, rates and splits are
        taken as they are now: where they have changed since the last refresh, and say of the past something else, so may the
        figures.
        """
        self._stories.read_on(self.goals)
        kept = view(self.store, self._stories, sorted(self._stories.by_id))
        if kept.head.as_of is None:
            return ()
        stored = kept.calculation(self._planned([each.goal for each in kept.goals.values()], kept.head.as_of))
        basis = self._refresher.basis(kept.head, kept.head.as_of)
        ledger = Move(Records(self.store).as_figured(), basis, stored.goals, stored.as_of).counted()
        anew = Calculation(stored.goals, stored.as_of, stored.known_at, ledger.work, ledger.figures, Notes())
        return tuple(differences(stored, kept.marked(anew)))

    def _planned(self, goals: Iterable[Goal], as_of: datetime) -> Work:
        return plan(goals, account=self.account, as_of=as_of, roster=roster_of(self.roster), splits=self.splits)

    @property
    def _gate(self) -> Gate:
        return Gate(self.account, self.actors, self.policy)

    @property
    def _stories(self) -> Stories:
        return self._refresher.stories

    def _asker(self, who: Who, as_of: datetime) -> Asker:
        return self._gate.asker(who, roster_of(self.roster) or Roster(), as_of)

    def _may_be_told(
        self, user_id: str, goal: Goal, contributor: Contributor, roster: Roster | None, as_of: datetime
    ) -> bool:
        """Whether somebody may see a row at this moment; nobody is asked for where the host knows no rights."""
        if self.actors is None:
            return True
        if self.actors.actor(user_id) is None:
            return False
        asker = self._gate.asker(user_id, roster or Roster(), as_of)
        return self._gate.shows(asker, goal, as_of) and self._gate.shown(asker, goal).place(contributor) is not None

    def _seen(
        self, goal_ids: Collection[str], asker: Asker, as_of: datetime, known_at: datetime
    ) -> list[tuple[Goal, Goal]]:
        """Return goals as they were known at a moment, each with what of it the asker may see."""
        self._stories.read_on(self.goals)
        wanted = [_fields.identifier(goal_id, "goal_ids") for goal_id in goal_ids] or sorted(self._stories.by_id)
        found: list[tuple[Goal, Goal]] = []
        for goal_id in dict.fromkeys(wanted):
            story = self._stories.by_id.get(goal_id)
            goal = None if story is None else story.at(known_at)
            # Whoever may not see the goal as it is now may not see it as it was.
            is_shown = goal is not None and all(
                self._gate.shows(asker, each, as_of)
                for each in (goal, story.goal if story else None)
                if each is not None
            )
            if goal is not None and is_shown:
                found.append((goal, self._gate.shown(asker, goal)))
            elif goal_ids:
                raise unknown(goal_id)
        return found

    def _calculated(self, goals: Collection[Goal], as_of: datetime, known_at: datetime) -> Calculation:
        head = head_of(self.store.read([HEAD]).values)
        basis = self._refresher.basis(head, max(as_of, known_at))
        found = calculate(
            goals,
            self._events(goals),
            account=self.account,
            as_of=as_of,
            known_at=known_at,
            roster=basis.roster,
            rates=basis.rates,
            splits=basis.splits,
        )
        aimed = {goal.id: self._stories.by_id[goal.id].retargeted(goal) for goal in goals}
        return found.retargeted(aimed)

    def _events(self, goals: Iterable[Goal]) -> Iterator[CrmEvent]:
        """Yield all versions of the records that goals may count."""
        for kind in sorted({goal.measure.object for goal in goals}):
            for _, versions in Records(self.store).all_of(kind):
                yield from (version.event for version in versions)
