"""The tracker: progress that is refreshed, looked at, explained and proved, for whoever may see it. Sources: P5, P9, N4."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Final

from attrs import Factory, field, fields, frozen

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
from quota_engine.periods import Period
from quota_engine.plans import Work, plan
from quota_engine.policy import Policy
from quota_engine.ports import ActorSource, EventSource, GoalRepository, Page, RateSource, RosterSource, TrackingStore
from quota_engine.progress import Calculation, Progress, calculate
from quota_engine.rates import Rates
from quota_engine.receipts import Explanation, explain
from quota_engine.splits import Splits
from quota_engine.tallies import Figures
from quota_engine.tracking.heads import HEAD, Head, head_of
from quota_engine.tracking.moving import Move
from quota_engine.tracking.outbox import OUTBOX, fact_of, mark_key
from quota_engine.tracking.records import Records
from quota_engine.tracking.refreshing import Refresh, Refresher
from quota_engine.tracking.shelves import (
    GENERAL,
    Shelf,
    general_notes,
    goal_key,
    put_goal,
    put_notes,
    row_key,
    shelf_of,
)
from quota_engine.tracking.sources import roster_of
from quota_engine.tracking.stories import Stories

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
        state = self._kept(wanted)
        shown: list[Goal] = []
        for goal_id in dict.fromkeys(wanted):
            kept = state.goals.get(goal_id)
            if kept is not None and self._gate.shows(asker, kept.goal, moment):
                shown.append(kept.goal)
            elif goal_ids:
                raise unknown(goal_id)
        if state.head.as_of is None:
            raise unknown("")
        found = self._loaded(state, [goal.id for goal in shown])
        return found.shown_as(self._gate.shown(asker, goal) for goal in shown)

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
        return found.shown_as(view for _, view in shown)

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
        ((goal, shown),) = self._seen([goal_id], self._asker(actor, moment), moment, known_until)
        shown.row(contributor)
        basis = self._refresher.basis(head, max(moment, known_until))
        return explain(
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
        state = self._kept(sorted(self._stories.by_id))
        if state.head.as_of is None:
            return ()
        stored = self._loaded(state, list(state.goals))
        basis = self._refresher.basis(state.head, state.head.as_of)
        ledger = Move(Records(self.store).as_figured(), basis, stored.goals, state.head.as_of).counted()
        anew = Calculation(
            stored.goals,
            stored.as_of,
            stored.as_of,
            ledger.work,
            ledger.figures,
            Notes(),
            _retargeted(state, ledger.work),
        )
        return tuple(_differences(stored, anew))

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

    def _kept(self, goal_ids: Collection[str]) -> _State:
        """Return what is kept of goals, as it stood together: in one read, unless a goal has been edited since it was kept."""
        guessed = {goal_id: self._newest(goal_id) for goal_id in goal_ids}
        while True:
            names = [HEAD, GENERAL, *(goal_key(goal_id) for goal_id in goal_ids)]
            rows = {
                goal_id: [row_key(goal_id, row.contributor) for row in goal.assignments]
                for goal_id, goal in guessed.items()
                if goal is not None
            }
            values = self.store.read([*names, *(name for each in rows.values() for name in each)]).values
            shelves = {
                goal_id: shelf_of(name, values[name]) for goal_id in goal_ids if (name := goal_key(goal_id)) in values
            }
            standing = {
                goal_id: self._stories.by_id[goal_id].version(shelf.version) for goal_id, shelf in shelves.items()
            }
            if all(guessed[goal_id] is goal for goal_id, goal in standing.items()):
                found = {
                    goal_id: _Kept(goal, shelves[goal_id], [values.get(name) for name in rows[goal_id]])
                    for goal_id, goal in standing.items()
                    if goal is not None
                }
                return _State(head_of(values), found, values.get(GENERAL))
            guessed |= standing

    def _newest(self, goal_id: str) -> Goal | None:
        story = self._stories.by_id.get(goal_id)
        return None if story is None else story.goal

    def _loaded(self, state: _State, goal_ids: Collection[str]) -> Calculation:
        """Return the figures that are kept of some goals."""
        moment = state.head.as_of or _fields.instant(datetime.min.replace(tzinfo=UTC), "as_of")
        goals = [state.goals[goal_id].goal for goal_id in goal_ids]
        roster = roster_of(self.roster)
        work = plan(goals, account=self.account, as_of=moment, roster=roster, splits=self.splits)
        for place, goal in enumerate(work.goals):
            if state.goals[goal.id].shelf.totals is not None:
                work.with_totals(place)
        figures, notes = Figures(work.size), Notes()
        for place, goal in enumerate(work.goals):
            kept = state.goals[goal.id]
            put_goal(work, figures, place, kept.shelf, kept.rows)
            put_notes(notes, kept.shelf.notes, place)
        put_notes(notes, general_notes(state.notes), None)
        return Calculation(work.goals, moment, moment, work, figures, notes, _retargeted(state, work))


@frozen
class _Kept:
    """What is kept of one goal: in which state, as a whole, and row by row."""

    goal: Goal
    shelf: Shelf
    rows: Sequence[bytes | None]


@frozen
class _State:
    """What is kept of some goals, as it stood together."""

    head: Head
    goals: Mapping[str, _Kept]
    notes: bytes | None


def _retargeted(state: _State, work: Work) -> frozenset[int]:
    """Return the first cells of the rows and slices whose target is not the one of the slice's end."""
    return frozenset(
        block.rows_at + row * len(block.goal.slices) + part
        for block in work.blocks
        for row, part in state.goals[block.goal.id].shelf.retargeted
    )


def _differences(stored: Calculation, anew: Calculation) -> Iterator[Difference]:
    """Yield the fields in which figures differ, and the totals that do, which are named as those of the whole account."""
    for mine, theirs in zip(stored, anew, strict=True):
        for each in fields(Progress):
            values = getattr(mine, each.name), getattr(theirs, each.name)
            if values[0] != values[1]:
                yield Difference(
                    goal_id=mine.goal_id,
                    contributor=mine.contributor,
                    slice=mine.slice,
                    field=each.name,
                    stored=values[0],
                    recomputed=values[1],
                )
    for goal in stored.goals:
        for part in goal.slices:
            totals = stored.total(goal.id, on=part.start), anew.total(goal.id, on=part.start)
            if totals[0] != totals[1]:
                yield Difference(
                    goal_id=goal.id,
                    contributor=Contributor.account(),
                    slice=part,
                    field="total",
                    stored=totals[0],
                    recomputed=totals[1],
                )
