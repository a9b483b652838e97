"""The book of goals: create, edit, clone, delete, get, find, history, every step by the policy. Source: rules G1, G2, A3 and A4.

What is read through the book lacks the rows that the reader may not see. What is written goes through a function on the whole
stored goal, so that nothing unseen is lost. Rights are looked at once more just before a change is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from attrs import evolve, field, frozen

from quota_engine import _fields, ports
from quota_engine.accounts import Account
from quota_engine.clones import Clone, clone_goal
from quota_engine.closings import thawed
from quota_engine.contributors import Roster
from quota_engine.durations import Duration
from quota_engine.errors import ConcurrencyConflict, InvalidValue, invalid, shown
from quota_engine.gates import Asker, Gate, Host, Who, denied, unknown
from quota_engine.goals import Goal
from quota_engine.policy import Action, Actor, Decision, Policy
from quota_engine.ports import ActorSource, Change, GoalRepository, Page, RosterSource
from quota_engine.queries import GoalQuery

_MOST: Final = 1_000


def draft(
    before: Goal | None,
    after: Goal | None,
    *,
    actor: Actor | Host,
    account: Account,
    roster: Roster,
    policy: Policy,
    as_of: datetime,
    why: str = "",
) -> Change:
    """Return the change from one state of a goal to another, checked and with its new version; nothing is stored.

    A pure function, for hosts that store for themselves, asynchronously or otherwise. None before is a new goal, of which the
    actor becomes the creator; None after is a deletion.

    Raises:
        InvalidValue: neither, another id or account, or a version that is not the stored one's.
        PermissionDenied: the policy says no; its decision is on the error.
    """
    stands = after if before is None else before
    if stands is None:
        raise InvalidValue("after: expected a goal before or after", code="required", field="after")
    if stands.account_id != account.id:
        raise invalid("account", account.id, "the account of the goal", code="foreign")
    action = Action.CREATE if before is None else Action.DELETE if after is None else Action.EDIT
    by = None if isinstance(actor, Host) else actor.user_id
    version = 0 if before is None else before.version
    if after is not None:
        if before is not None and (after.id, after.account_id) != (before.id, before.account_id):
            raise invalid("after", after.id, f"the same goal as before, {before.id}", code="other_goal")
        part = None if before is None else thawed(before, after, as_of=as_of)
        if part is not None:
            raise invalid("closing", str(part), "the rule by which frozen slices froze; see `reclose`", code="frozen")
        creator = before.created_by if before is not None else after.created_by if isinstance(actor, Host) else by
        after = evolve(after, version=version + 1, created_by=creator)
    if not isinstance(actor, Host):
        decision = policy.decide(actor, action, account=account, roster=roster, as_of=as_of, before=before, after=after)
        if not decision:
            raise denied(decision, action, stands.id)
    return Change(goal_id=stands.id, before=version, goal=after, action=action, by=by, at=as_of, why=why)


@frozen
class GoalBook:
    """The goals of one account, guarded by the policy.

    Attributes:
        account: whose goals.
        goals: where they are kept.
        roster: the people and teams: a roster, or where to get it.
        actors: where rights are read.
        policy: who may do what.
    """

    account: Account = field(validator=_fields.checked(_fields.instance_of(Account, "an Account")))
    goals: GoalRepository = field(validator=_fields.checked(ports.goal_repository), kw_only=True)
    roster: Roster | RosterSource = field(validator=_fields.checked(ports.roster_source), kw_only=True)
    actors: ActorSource = field(validator=_fields.checked(ports.actor_source), kw_only=True)
    policy: Policy = field(
        factory=Policy, validator=_fields.checked(_fields.instance_of(Policy, "a Policy")), kw_only=True
    )

    def create(self, *goals: Goal, actor: Who, as_of: datetime, why: str = "") -> tuple[Goal, ...]:
        """Keep new goals, all or none, and return them as they are kept.

        Raises:
            PermissionDenied: the policy says no to one of them, which is named.
            AlreadyExists: there is, or was, a goal of that id.
        """
        pairs = [(None, _fields.instance_of(Goal, "a Goal")(goal, f"goals[{at}]")) for at, goal in enumerate(goals)]
        return self._write(pairs, actor, as_of, why)

    def edit(
        self,
        *goal_ids: str,
        using: Callable[[Goal], Goal],
        actor: Who,
        as_of: datetime,
        versions: Mapping[str, int] | None = None,
        why: str = "",
    ) -> tuple[Goal, ...]:
        """Edit goals by a function from the whole stored goal to the goal as it is to be, all or none.

        Args:
            goal_ids: which goals.
            using: what is done to each; it sees rows that the actor may not see, and must not give them away.
            actor: who edits.
            as_of: when.
            versions: by id, the version that the actor has seen; another one that is stored is a conflict.
            why: in words, for the history.

        Raises:
            NotFound: a goal that there is not, or that the actor may not see.
            ConcurrencyConflict: a goal was changed meanwhile.
            PermissionDenied: the policy says no to one of them, which is named.
        """
        stored = self._stored(goal_ids, actor, as_of, versions)
        pairs = [(goal, _fields.instance_of(Goal, "a Goal")(using(goal), "using")) for goal in stored]
        return self._write(pairs, actor, as_of, why)

    def clone(
        self,
        goal_id: str,
        *,
        id: str,  # noqa: A002 - the field's own name, which people write
        name: str,
        actor: Who,
        as_of: datetime,
        duration: Duration | None = None,
        why: str = "",
    ) -> Clone:
        """Keep a new goal with the rows that the actor sees of another, but those of people no longer active, who are named.

        A clone is created, so whoever may not create it may not clone. Rows that the actor may not see are neither copied nor
        named, and whoever may not write a row that they see is told which. The clone is the actor's; see `clone_goal`.

        Args:
            goal_id: the goal that is cloned; it stays as it is.
            id: of the new goal.
            name: of the new goal.
            actor: who clones.
            as_of: when; people are looked at as they are at this moment.
            duration: another one, such as next year's.
            why: in words, for the history.

        Raises:
            NotFound: a goal that there is not, or that the actor may not see.
            PermissionDenied: the policy says no to the new goal.
            AlreadyExists: there is, or was, a goal of the new id.
            InvalidType, InvalidValue: what `clone_goal` refuses.
        """
        seen = self.get(goal_id, actor=actor, as_of=as_of)
        made = clone_goal(seen, id=id, name=name, roster=self._people(), as_of=as_of, duration=duration)
        (kept,) = self.create(made.goal, actor=actor, as_of=as_of, why=why)
        return evolve(made, goal=kept)

    def delete(
        self,
        *goal_ids: str,
        actor: Who,
        as_of: datetime,
        versions: Mapping[str, int] | None = None,
        why: str = "",
    ) -> None:
        """Delete goals, all or none; their history stays.

        Raises:
            NotFound, ConcurrencyConflict, PermissionDenied: as for `edit`.
        """
        pairs = [(goal, None) for goal in self._stored(goal_ids, actor, as_of, versions)]
        self._write(pairs, actor, as_of, why)

    def get(self, goal_id: str, *, actor: Who, as_of: datetime) -> Goal:
        """Return a goal, without the rows that the actor may not see.

        Raises:
            NotFound: it is unknown, deleted, another account's or not visible; the words are the same.
        """
        asker = self._asker(actor, as_of)
        for goal in self.goals.get([_fields.identifier(goal_id, "goal_id")]):
            if self._gate.shows(asker, goal, as_of):
                return self._gate.shown(asker, goal)
        raise unknown(goal_id)

    def find(
        self,
        query: GoalQuery | None = None,
        *,
        actor: Who,
        as_of: datetime,
        after: str | None = None,
        limit: int = 100,
    ) -> Page[Goal]:
        """Return the goals that a query asks for and the actor may see, without the rows that they may not; at most `limit`.

        Rows that the actor may not see match no filter: what is hidden is not told by being found. Pages come in the order of the
        query, in which a goal that is added meanwhile neither repeats nor hides another; see `GoalRepository.find`. The last page
        has no cursor. Whoever may not *manage* goals finds none.

        Raises:
            InvalidCursor: it is no cursor of this order.
            InvalidType, InvalidValue: no query, or a limit that is not from 1 to 1,000.
        """
        _fields.whole(limit, "limit", 1, _MOST)
        asker = self._asker(actor, as_of)
        if not asker.is_host and not self._gate.decide(asker, Action.MANAGE, as_of):
            return Page(())
        wanted = _fields.instance_of(GoalQuery, "a GoalQuery")(query or GoalQuery(), "query")
        # Rules of the host's own can show more than the tables, which alone a repository can ask for.
        asked = wanted if self.policy.rules else evolve(wanted, sight=asker.sight)
        found: list[Goal] = []
        cursor, more = after, True
        while more and len(found) < limit:
            page = self.goals.find(asked, after=cursor, limit=limit - len(found))
            shown = (self._gate.shown(asker, goal) for goal in page.items if self._gate.shows(asker, goal, as_of))
            found += [goal for goal in shown if wanted.matches(goal)]
            cursor, more = page.cursor, page.more
        # At the end the cursor may be that of a goal which only a rule of the host's own hides.
        return Page(tuple(found), cursor if more else None, more)

    def history(
        self, goal_id: str | None = None, *, actor: Who, as_of: datetime, after: str | None = None, limit: int = 100
    ) -> Page[Change]:
        """Return changes, oldest first, of one goal or of all: who, when, why, and the goal from then on as the actor may see it.

        A deletion is shown to whoever may see the goal as it last stood. As it was, a goal is shown to whoever may see it as it
        is, or last stood, and without the rows that are hidden in it by now.
        """
        _fields.whole(limit, "limit", 1, _MOST)
        asker = self._asker(actor, as_of)
        found: list[Change] = []
        cursor, more = after, True
        while more and len(found) < limit:
            page = self.goals.changes(goal_id=goal_id, after=cursor, limit=limit - len(found))
            found += self._shown_changes(asker, page.items, as_of)
            cursor, more = page.cursor, page.more
        return Page(tuple(found), cursor, more)

    def decide(self, action: str, goal_id: str | None = None, *, about: str, actor: Who, as_of: datetime) -> Decision:
        """Return what the policy says of a user, to whoever may see the goal: "why may this user not edit this?"."""
        asker = self._asker(actor, as_of)
        goals = [] if goal_id is None else self.goals.get([_fields.identifier(goal_id, "goal_id")])
        goal = next((goal for goal in goals if self._gate.shows(asker, goal, as_of)), None)
        if goal_id is not None and goal is None:
            raise unknown(goal_id)
        subject = self.actors.actor(_fields.identifier(about, "about"))
        return self.policy.decide(subject, action, account=self.account, roster=asker.roster, as_of=as_of, before=goal)

    @property
    def _gate(self) -> Gate:
        return Gate(self.account, self.actors, self.policy)

    def _people(self) -> Roster:
        """Return the people and teams of now."""
        return self.roster if isinstance(self.roster, Roster) else self.roster.roster()

    def _asker(self, who: Who, as_of: datetime) -> Asker:
        return self._gate.asker(who, self._people(), as_of)

    def _shown_changes(self, asker: Asker, changes: Iterable[Change], as_of: datetime) -> Iterator[Change]:
        some = tuple(changes)
        standing = self.goals.get(sorted({change.goal_id for change in some}))
        by_id: dict[str, Goal | None] = {goal.id: goal for goal in standing}
        for change in some:
            if change.goal_id not in by_id:
                by_id[change.goal_id] = self._last_of(change.goal_id)
            now = by_id[change.goal_id]
            if now is not None and self._gate.shows_then(asker, change.goal or now, now, as_of):
                shown = None if change.goal is None else self._gate.shown_then(asker, change.goal, now)
                yield evolve(change, goal=shown)

    def _last_of(self, goal_id: str) -> Goal | None:
        """Return a deleted goal as it last stood."""
        last: Goal | None = None
        cursor, more = None, True
        while more:
            page = self.goals.changes(goal_id=goal_id, after=cursor, limit=_MOST)
            last = next((change.goal for change in reversed(page.items) if change.goal is not None), last)
            cursor, more = page.cursor, page.more
        return last

    def _stored(
        self, goal_ids: Sequence[str], who: Who, as_of: datetime, versions: Mapping[str, int] | None
    ) -> list[Goal]:
        """Return the whole stored goals, in the order asked, where the actor may see each of them."""
        asker = self._asker(who, as_of)
        by_id = {goal.id: goal for goal in self.goals.get(goal_ids)}
        found: list[Goal] = []
        for goal_id in dict.fromkeys(goal_ids):
            goal = by_id.get(goal_id)
            if goal is None or not self._gate.shows(asker, goal, as_of):
                raise unknown(goal_id)
            seen = (versions or {}).get(goal_id, goal.version)
            if seen != goal.version:
                raise ConcurrencyConflict(
                    f"versions: expected the stored version {goal.version} of {shown(goal_id)}, got {shown(seen)}",
                    field="versions",
                    value=shown(seen),
                )
            found.append(goal)
        return found

    def _write(
        self, pairs: Sequence[tuple[Goal | None, Goal | None]], who: Who, as_of: datetime, why: str
    ) -> tuple[Goal, ...]:
        """Check every change by the rights as they are now, and keep all of them, or none."""
        asker = self._asker(who, as_of)
        changes = [
            draft(
                before,
                after,
                actor=asker.actor,
                account=self.account,
                roster=asker.roster,
                policy=self.policy,
                as_of=as_of,
                why=why,
            )
            for before, after in pairs
            if before != after
        ]
        if changes:
            self.goals.commit(changes)
        kept = {change.goal_id: change.goal for change in changes}
        goals = (kept.get(stands.id, after) for before, after in pairs if (stands := after or before) is not None)
        return tuple(self._gate.shown(asker, goal) for goal in goals if goal is not None)
