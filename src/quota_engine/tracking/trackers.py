"""The tracker: progress that is refreshed, looked at, explained and proved, for whoever may see it. Sources: P5, P9, N4."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import date, datetime
from typing import Final, TypeVar

from attrs import Factory, evolve, field, frozen

from quota_engine import _fields, ports
from quota_engine._fields import Field, FrozenMap
from quota_engine.accounts import Account
from quota_engine.contributors import Contributor, Roster
from quota_engine.errors import ConcurrencyConflict, InvalidCursor, MissingRate, NotFound, PermissionDenied, shown
from quota_engine.events import CrmEvent
from quota_engine.findings import Notes
from quota_engine.gates import Asker, Gate, Who, joined, unknown
from quota_engine.goals import Goal
from quota_engine.notices import Notice, recipients
from quota_engine.plans import Work, plan
from quota_engine.policy import Policy
from quota_engine.ports import ActorSource, EventSource, GoalRepository, Page, RateSource, RosterSource, TrackingStore
from quota_engine.progress import Calculation, calculate
from quota_engine.rates import Rates
from quota_engine.receipts import Explanation, explain
from quota_engine.splits import Splits
from quota_engine.tracking.heads import HEAD, Head, head_of
from quota_engine.tracking.moving import Move
from quota_engine.tracking.outbox import OUTBOX, entry_of, fact_of, mark_key
from quota_engine.tracking.proofs import Difference, differences
from quota_engine.tracking.records import Records
from quota_engine.tracking.refreshing import Refresh, Refresher
from quota_engine.tracking.sources import roster_of
from quota_engine.tracking.stores import CheckedStore
from quota_engine.tracking.stories import Needs, Stories
from quota_engine.tracking.views import view

T = TypeVar("T")

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
        CheckedStore(tracker.store),
        tracker.rates,
        tracker.splits,
        tracker.most,
    )


@frozen(eq=False)
class ProgressTracker:
    """The progress of an account's goals, as it was last refreshed, and as it was at any moment.

    A tracker is for one thread at a time; several over one store, in one process or many, are safe: `refresh`, `acknowledge` and
    `verify` of one that loses again and again raise `ConcurrencyConflict`, and are called again.

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
    goals: GoalRepository = field(validator=_fields.checked(ports.goal_repository), kw_only=True)
    events: EventSource = field(validator=_fields.checked(ports.event_source), kw_only=True)
    roster: Roster | RosterSource | None = field(
        validator=_fields.checked(_fields.optional(ports.roster_source)), kw_only=True
    )
    store: TrackingStore = field(validator=_fields.checked(ports.tracking_store), kw_only=True)
    actors: ActorSource | None = field(
        default=None, validator=_fields.checked(_fields.optional(ports.actor_source)), kw_only=True
    )
    rates: Rates | RateSource | None = field(
        default=None, validator=_fields.checked(_fields.optional(ports.rate_source)), kw_only=True
    )
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
            MissingRate: records in open slices without a rate, all named; the figures of all goals stay.
            ContractViolation: a source, a repository or a store gave what its protocol does not allow.
            RepositoryUnavailable: goals or the store cannot be read or written now; the same holds.
            ConcurrencyConflict: others refreshed again and again meanwhile, five times over; call it again, nothing is lost.
        """
        moment = _fields.instant(as_of, "as_of")
        _fields.flag(force, "force")
        return _tried(lambda: self._refresher.refreshed(moment, force=force))

    def progress(self, *goal_ids: str, actor: Who, as_of: datetime) -> Calculation:
        """Return the figures of the last refresh, of some goals or of all that the actor may see.

        Rows that the actor may not see, or that the goal has no more, are left out; figures are those of the whole goal. `as_of`
        is the moment of asking: rights are those of then, and not before the last refresh. The figures' own moment is that of the
        result. Goals that were made since the last refresh have no figures yet.

        Raises:
            NotFound: a goal that is unknown, deleted, not visible or not refreshed yet; or no refresh has been made.
        """
        moment = _fields.instant(as_of, "as_of")
        self._stories.read_on(self.goals)
        wanted = [_fields.identifier(goal_id, "goal_ids") for goal_id in goal_ids] or sorted(self._stories.by_id)
        kept = view(self._store, self.account.id, self._stories, self.goals, wanted)
        if kept.head.as_of is None:
            self._asker(actor, moment)
            raise NotFound("progress: not found: no refresh has been made", field="progress")
        moment = max(moment, kept.head.as_of)
        asker = self._asker(actor, moment)
        whole: list[Goal] = []
        shown: list[Goal] = []
        for goal_id in dict.fromkeys(wanted):
            found, story = kept.goals.get(goal_id), self._stories.by_id.get(goal_id)
            now = None if story is None else story.goal
            if found is not None and now is not None and self._gate.shows(asker, now, moment):
                whole.append(found.goal)
                shown.append(self._still(asker, found.goal, now))
            elif goal_ids:
                raise unknown(goal_id)
        result = kept.calculation(self._planned(whole, kept.head.as_of))
        return result.shown_as(shown, is_whole=asker.sees_all)

    def _still(self, asker: Asker, goal: Goal, now: Goal) -> Goal:
        """Return a goal as it was refreshed with the rows that the actor may see then and now."""
        if asker.sees_all:
            return goal
        seen = self._gate.shown(asker, now)
        rows = [row for row in self._gate.shown(asker, goal).assignments if seen.place(row.contributor) is not None]
        return evolve(goal, assignments=rows)

    def calculate(self, *goal_ids: str, actor: Who, as_of: datetime, known_at: datetime | None = None) -> Calculation:
        """Return figures calculated anew for any moment, from all that has been read: goals, people and records as then known.

        What a refresh has read that did not come to its end counts as well; `progress` is without it. While another process
        refreshes, some records may be as they were and some as they are by then.

        Rights are those of the latest of the two moments and the last refresh, so that nobody sees by asking about the past what
        they may see no more.

        Args:
            goal_ids: which goals; all that the actor may see where none is given.
            actor: who asks.
            as_of: the moment asked about.
            known_at: what was recorded later does not exist, goals and their edits among it; `as_of` where not given.

        Raises:
            NotFound: a goal that is unknown, deleted or not there at that moment, or not visible.
            MissingRate: as for `calculate`; the records are named to whoever sees all rows.
        """
        moment = _fields.instant(as_of, "as_of")
        known_until = moment if known_at is None else _fields.instant(known_at, "known_at")
        head = self._head()
        asker = self._asker(actor, _latest(moment, known_until, head.as_of))
        shown = self._seen(goal_ids, asker, _latest(moment, known_until, head.as_of), known_until)
        goals = [goal for goal, _ in shown]
        basis = self._refresher.basis(head, moment, Needs.of(goals))
        try:
            found = calculate(
                goals,
                _events(Records(self._store), goals),
                account=self.account,
                as_of=moment,
                known_at=known_until,
                roster=basis.roster,
                rates=basis.rates,
                splits=basis.splits,
            )
        except MissingRate as error:
            raise error if asker.sees_all else _unrated() from None
        aimed = {goal.id: self._stories.by_id[goal.id].retargeted(goal, as_of=moment) for goal in goals}
        return found.retargeted(aimed).shown_as([seen for _, seen in shown], is_whole=asker.sees_all)

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

        Records of owners whose rows the actor may not see are left out where they do not count, and have no owner where they do:
        they are part of a number that the actor may see. Rights are as for `calculate`.

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
        head = self._head()
        moment = head.as_of if as_of is None else _fields.instant(as_of, "as_of")
        if moment is None:
            raise unknown(_fields.identifier(goal_id, "goal_id"))
        known_until = moment if known_at is None else _fields.instant(known_at, "known_at")
        kept = Records(self._store) if as_of is not None else Records(self._store).as_figured()
        asker = self._asker(actor, _latest(moment, known_until, head.as_of))
        ((goal, shown),) = self._seen([goal_id], asker, _latest(moment, known_until, head.as_of), known_until)
        shown.row(contributor)
        basis = self._refresher.basis(head, moment, Needs.of([goal]))
        try:
            receipt = explain(
                goal,
                contributor,
                on=on,
                events=_events(kept, [goal]),
                account=self.account,
                as_of=moment,
                known_at=known_until,
                roster=basis.roster,
                rates=basis.rates,
                splits=basis.splits,
                records=records,
            )
        except MissingRate as error:
            raise error if asker.sees_all else _unrated() from None
        story = self._stories.by_id[goal.id]
        aimed = story.retargeted(goal, as_of=moment)
        if (goal.place(contributor), goal.slices.index(on)) in aimed:
            receipt = evolve(receipt, progress=evolve(receipt.progress, restated=True))
        return receipt if asker.sees_all else _veiled(receipt, asker, joined(story.last or goal, goal))

    def outbox(self, *, as_of: datetime, after: str | None = None, limit: int = 100) -> Page[Notice]:
        """Return facts that wait to be told, in the order of their recording, each with who is to be told (rule N4).

        Those are told who may see the row at this moment; where there is no `ActorSource`, the host knows no rights and nobody is
        left out. A fact stays until it is acknowledged, so it may come twice, always under the same key. Facts of goals that
        are no more have nobody to be told.

        Args:
            as_of: the moment of asking.
            after: the cursor of the last page.
            limit: how many at most, up to 1,000.

        Raises:
            InvalidCursor: a cursor that no page of this outbox had.
        """
        moment = _fields.instant(as_of, "as_of")
        _fields.whole(limit, "limit", 1, _MOST_AT_ONCE)
        if after is not None and not _fields.text(after, "after").startswith(OUTBOX):
            raise InvalidCursor(
                f"after: expected a cursor of this outbox, got {shown(after)}", field="after", value=shown(after)
            )
        self._head()  # it is this account's
        self._stories.read_on(self.goals)
        page = self._store.scan(OUTBOX, after=after, limit=limit)
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
        """Take facts out of the outbox, by their keys: they have been told. Keys that are not in it are nothing to do.

        All of them are taken out, or none: after an error, call it again with the same keys, of which at most 100,000 at once.

        Raises:
            ConcurrencyConflict: others refreshed again and again meanwhile, five times over.
            RepositoryUnavailable: the store cannot be read or written now.
        """
        names = [mark_key(key) for key in _fields.items(keys, "keys", str, "keys of facts")]

        def take_out() -> None:
            found = self._store.read([HEAD, *names]).values
            head_of(found, self.account.id)  # it is this account's
            stored = self._store.read({entry_of(name, written) for name, written in found.items() if name != HEAD})
            if stored.values:
                self._store.commit(stored.revision, put={}, drop=set(stored.values), figures=())

        _tried(take_out)

    def verify(self) -> tuple[Difference, ...]:
        """Return what differs between figures that are kept and those calculated anew from all records: nothing, it should be.

        What a refresh has read that did not come to its end is left out, as it is in the figures, and so are goals that were
        deleted since, for which nobody asks for rates any more. Findings are not compared. People, rates and splits are taken as
        they are now: where they have changed since the last refresh, and say of the past something else, so may the figures.
        Where something differs and somebody wrote meanwhile, it is asked again: records are read in pages.

        Raises:
            ConcurrencyConflict: others wrote again and again meanwhile, and something differed each time; it is retryable.
        """
        return _tried(self._proved)

    def _proved(self) -> tuple[Difference, ...]:
        """Return the differences; what is found while somebody writes may be for that, whatever it is."""
        before = self._store.read([HEAD]).revision
        try:
            found = self._differences()
        except Exception as error:
            if self._store.read([HEAD]).revision == before:
                raise
            raise _disturbed() from error
        if found and self._store.read([HEAD]).revision != before:
            raise _disturbed()
        return found

    def _differences(self) -> tuple[Difference, ...]:
        self._stories.read_on(self.goals)
        kept = view(
            self._store, self.account.id, self._stories, self.goals, [goal.id for goal in self._stories.standing]
        )
        if kept.head.as_of is None:
            return ()
        stored = kept.calculation(self._planned([each.goal for each in kept.goals.values()], kept.head.as_of))
        basis = self._refresher.basis(kept.head, kept.head.as_of, Needs.of(stored.goals))
        ledger = Move(Records(self._store).as_figured(), basis, stored.goals, stored.as_of).counted()
        anew = Calculation(stored.goals, stored.as_of, stored.known_at, ledger.work, ledger.figures, Notes())
        stories = self._stories.until(stored.as_of).by_id
        aimed = {goal.id: stories[goal.id].retargeted(goal, as_of=stored.as_of) for goal in stored.goals}
        return tuple(differences(stored, anew.retargeted(aimed)))

    def _planned(self, goals: Iterable[Goal], as_of: datetime) -> Work:
        return plan(goals, account=self.account, as_of=as_of, roster=roster_of(self.roster), splits=self.splits)

    @property
    def _gate(self) -> Gate:
        return Gate(self.account, self.actors, self.policy)

    @property
    def _stories(self) -> Stories:
        return self._refresher.stories

    @property
    def _store(self) -> TrackingStore:
        return self._refresher.store

    def _head(self) -> Head:
        return head_of(self._store.read([HEAD]).values, self.account.id)

    def _asker(self, who: Who, as_of: datetime) -> Asker:
        return self._gate.asker(who, roster_of(self.roster) or Roster(), as_of)

    def _may_be_told(
        self, user_id: str, goal: Goal, contributor: Contributor, roster: Roster | None, as_of: datetime
    ) -> bool:
        """Whether somebody may see a row at this moment; nobody is asked for where the host knows no rights."""
        if self.actors is None:
            return True
        try:
            asker = self._gate.asker(user_id, roster or Roster(), as_of)
        except PermissionDenied:
            return False
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
            goal = None if story is None else story.until(known_at).goal
            now = None if story is None else story.last
            if goal is not None and now is not None and self._gate.shows_then(asker, goal, now, as_of):
                found.append((goal, self._gate.shown_then(asker, goal, now)))
            elif goal_ids:
                raise unknown(goal_id)
        return found


def _tried(do: Callable[[], T]) -> T:
    """Do something that others may come in the way of, again and again, but not for ever."""
    left = _ATTEMPTS
    while True:
        try:
            return do()
        except ConcurrencyConflict as error:
            left -= 1
            if not left:
                error.retryable = True  # as nothing was decided by what was read
                raise


def _disturbed() -> ConcurrencyConflict:
    return ConcurrencyConflict("revision: expected nobody else to write meanwhile", field="revision")


def _latest(*moments: datetime | None) -> datetime:
    return max(moment for moment in moments if moment is not None)


def _events(records: Records, goals: Iterable[Goal]) -> Iterator[CrmEvent]:
    """Yield all versions of the records that goals may count."""
    for kind in sorted({goal.measure.object for goal in goals}):
        for _, versions in records.all_of(kind):
            yield from (version.event for version in versions)


def _unrated() -> MissingRate:
    """Return the error for a missing rate that names no record."""
    return MissingRate("rates: expected a rate on the day each record counts, found none for some", field="rates")


def _veiled(receipt: Explanation, asker: Asker, goal: Goal) -> Explanation:
    """Return a receipt as somebody may see it, who does not see the rows of all owners."""
    counted = tuple(
        line if asker.shows_owner(line.owner_id, goal) else evolve(line, owner_id=None) for line in receipt.counted
    )
    others = tuple(line for line in receipt.not_counted if asker.shows_owner(line.owner_id, goal))
    return evolve(receipt, counted=counted, not_counted=others, others=FrozenMap(), is_veiled=True)
