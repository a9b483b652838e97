"""Plans: goals compiled once, so that each record finds the cells it counts in without looking at any goal.

A *cell* is the number of one (row, slice). Goals of one measure, timetable and team credit form a group; for an owner and a
pipeline each group has a *lane*: the days of the slices, cut where credit changes, and the cells of each stretch.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final

from attrs import define, field, frozen

from quota_engine import _fields
from quota_engine.accounts import Account
from quota_engine.assignments import Assignment, TeamCredit
from quota_engine.attribution import Attribution, Stretch
from quota_engine.contributors import Contributor, ContributorKind, Roster
from quota_engine.errors import invalid
from quota_engine.fiscal import first_instant
from quota_engine.goals import Goal
from quota_engine.measures import Measure
from quota_engine.periods import Period
from quota_engine.rates import Rates
from quota_engine.timetables import Timetable

FOREVER: Final = 2**80
Cells = tuple[int, ...]
Key = tuple[str | None, str | None]
Route = tuple[tuple[list[int], list[Cells], list[int]], ...]


@frozen
class Block:
    """Where the cells of one goal lie.

    Attributes:
        goal: the goal.
        rows_at: the first cell of its first row; each row has one cell per slice.
        totals_at: the first cell of its totals, one per slice; None where they are the sums of its rows' cells.
        timely_at: the first cell of what its rows would be without late corrections; None where these cannot count.
    """

    goal: Goal
    rows_at: int
    totals_at: int | None
    timely_at: int | None


@frozen
class Row:
    """A row of a goal as a group sees it: its first cell, and the first cell of the goal's totals where these have their own."""

    assignment: Assignment
    at: int
    totals_at: int | None

    def total(self, part: int) -> int | None:
        """Return the cell of the total that the row belongs to in a slice; none without a target there (rule C4)."""
        return None if self.totals_at is None or self.assignment.cells[part] is None else self.totals_at + part


@define(eq=False)
class Lane:
    """The way of one owner's records in one pipeline through the slices of a group.

    The lists have one place per stretch of days, and one more at either end for what lies outside.

    Attributes:
        by_day: where the stretches begin, and where the last one ends, as day numbers.
        by_moment: the same as microseconds since 1970 in UTC.
        cells: all cells that a record counts in.
        freezes: from when on, in microseconds, nothing recorded counts any more.
        parts: the number of the slice; -1 outside.
        own: the cells of the owner's own rows.
        own_totals: the totals that these rows belong to.
        shared: the cells of all other rows.
        shared_totals: the totals that these rows belong to.
        marks: for an owner who is no user, one cell of each goal that could have counted the record.
    """

    by_day: list[int] = field(factory=list)
    by_moment: list[int] = field(factory=list)
    cells: list[Cells] = field(factory=lambda: [()])
    freezes: list[int] = field(factory=lambda: [FOREVER])
    parts: list[int] = field(factory=lambda: [-1])
    own: list[Cells] = field(factory=lambda: [()])
    own_totals: list[Cells] = field(factory=lambda: [()])
    shared: list[Cells] = field(factory=lambda: [()])
    shared_totals: list[Cells] = field(factory=lambda: [()])
    marks: list[Cells] = field(factory=lambda: [()])

    def place(self, when: date | datetime) -> int:
        """Return the place in the lists for the day or the moment that dates a record."""
        if isinstance(when, datetime):
            return bisect_right(self.by_moment, _fields.microseconds(when))
        return bisect_right(self.by_day, when.toordinal())

    def _begin(self, day: date, zone: str) -> None:
        self.by_day.append(day.toordinal())
        self.by_moment.append(_fields.microseconds(first_instant(day, zone)))

    def lengthen(
        self, stretch: Stretch, zone: str, *, part: int, freeze: int, own: Sequence[Row], shared: Sequence[Row]
    ) -> None:
        """Add a stretch at the end."""
        self._begin(stretch.days.start, zone)
        self.freezes.append(freeze)
        self.parts.append(part)
        self.own.append(tuple(row.at + part for row in own))
        self.own_totals.append(_totals(own, part))
        self.shared.append(tuple(row.at + part for row in shared))
        self.shared_totals.append(_totals(shared, part))
        totals = {*self.own_totals[-1], *self.shared_totals[-1]}
        self.cells.append((*self.own[-1], *self.shared[-1], *sorted(totals)))

    def close(self, end: date, zone: str) -> None:
        """End the last stretch, and add the place of what lies behind it."""
        self._begin(end, zone)
        outside: Cells = ()
        for cells in (self.cells, self.own, self.own_totals, self.shared, self.shared_totals, self.marks):
            cells.append(outside)
        self.freezes.append(FOREVER)
        self.parts.append(-1)


def _totals(rows: Iterable[Row], part: int) -> Cells:
    return tuple(sorted({total for row in rows if (total := row.total(part)) is not None}))


@define(eq=False)
class Group:
    """The goals of one measure that share a timetable and a team credit.

    Attributes:
        times: when the slices start, end and freeze.
        credit: whose records team rows count.
        attribution: the rules of credit.
        is_timely: whether it only tells what figures would be without late corrections, and so gives no findings.
    """

    times: Timetable
    credit: TeamCredit
    attribution: Attribution
    is_timely: bool
    _rows: dict[Contributor, list[Row]] = field(factory=dict)
    _standing: list[Row] = field(factory=list)
    _goals: list[tuple[Goal, int]] = field(factory=list)
    _has_teams: bool = False
    _lanes: dict[Key, Lane] = field(factory=dict)

    def take(self, goal: Goal, rows_at: int, totals_at: int | None) -> None:
        """Add the rows of a goal."""
        self._goals.append((goal, rows_at))
        for place, assignment in enumerate(goal.assignments):
            row = Row(assignment, rows_at + place * len(goal.slices), totals_at)
            kind = assignment.contributor.kind
            if kind in {ContributorKind.PIPELINE, ContributorKind.ACCOUNT}:
                self._standing.append(row)
            else:
                self._rows.setdefault(assignment.contributor, []).append(row)
                self._has_teams = self._has_teams or kind is ContributorKind.TEAM

    def lane(self, owner_id: str | None, pipeline_id: str | None) -> Lane:
        """Return the lane of an owner and a pipeline, made when it is first asked for."""
        key = (owner_id, pipeline_id)
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = self._made(owner_id, pipeline_id)
        return lane

    def _made(self, owner_id: str | None, pipeline_id: str | None) -> Lane:
        lane = Lane()
        known = owner_id is not None and self.attribution.knows(owner_id)
        own = self._admitting(self._rows.get(Contributor.user(owner_id), ()), pipeline_id) if known and owner_id else []
        standing = self._admitting(self._standing, pipeline_id)
        for number, part in enumerate(self.times.slices):
            freeze = self.times.freezes_at(part)
            micros = FOREVER if freeze is None else _fields.microseconds(freeze)
            for stretch in self._stretches(part, owner_id if known else None):
                teams = [row for team in sorted(stretch.teams) for row in self._rows.get(Contributor.team(team), ())]
                shared = [*standing, *self._admitting(teams, pipeline_id)]
                lane.lengthen(stretch, self.times.zone, part=number, freeze=micros, own=own, shared=shared)
                lane.marks.append(() if known else self._marks(number, pipeline_id))
        lane.close(self.times.slices.span.end, self.times.zone)
        return lane

    def _stretches(self, part: Period, owner_id: str | None) -> tuple[Stretch, ...]:
        if owner_id is None or not self._has_teams:
            return (Stretch(part, frozenset()),)
        return self.attribution.stretches(self.times, self.credit, part, owner_id)

    @staticmethod
    def _admitting(rows: Iterable[Row], pipeline_id: str | None) -> list[Row]:
        return [row for row in rows if row.assignment.admits(pipeline_id)]

    def _marks(self, part: int, pipeline_id: str | None) -> Cells:
        return tuple(
            rows_at + part for goal, rows_at in self._goals if any(row.admits(pipeline_id) for row in goal.assignments)
        )


@define(eq=False)
class Lens:
    """The goals of one measure and currency: every record is read once for all of them.

    Attributes:
        measure: what counts.
        currency: of the goals.
        groups: the goals by timetable and team credit.
    """

    measure: Measure
    currency: str
    attribution: Attribution
    groups: dict[tuple[Timetable, TeamCredit, bool], Group] = field(factory=dict)
    _by_day: dict[Key, Route] = field(factory=dict)
    _by_moment: dict[Key, Route] = field(factory=dict)

    def group(self, times: Timetable, credit: TeamCredit, *, is_timely: bool = False) -> Group:
        """Return the group of a timetable and a team credit, made when it is first asked for."""
        key = (times, credit, is_timely)
        return self.groups.setdefault(key, Group(times, credit, self.attribution, is_timely))

    def is_plain(self, owner_id: str | None) -> bool:
        """Whether an owner is a user who was never away, so that one lane says all there is to say."""
        return self.attribution.knows(owner_id) and owner_id not in self.attribution.absentees

    def routes(self, *, by_day: bool) -> dict[Key, Route]:
        """Return the routes made so far, for records dated by day or by moment."""
        return self._by_day if by_day else self._by_moment

    def route(self, key: Key, *, by_day: bool) -> Route | None:
        """Return, and keep among the routes, the lanes of an owner and a pipeline; None unless the owner is plain."""
        if not self.is_plain(key[0]):
            return None
        lanes = (group.lane(*key) for group in self.groups.values())
        route = tuple(
            (lane.by_day if by_day else lane.by_moment, lane.cells, lane.freezes) for lane in lanes if any(lane.cells)
        )
        self.routes(by_day=by_day)[key] = route
        return route


def _as_goals(goals: Iterable[Goal]) -> tuple[Goal, ...]:
    found = _fields.items(goals, "goals", Goal, "goals", most=1_000_000)
    seen: set[str] = set()
    for index, goal in enumerate(found):
        if goal.id in seen:
            raise invalid(f"goals[{index}].id", goal.id, "each goal once", code="duplicate")
        seen.add(goal.id)
    return found


@define(eq=False)
class Work:
    """Goals compiled for one moment: what to read from each record, and where to file it. Made by `plan`.

    Attributes:
        goals: the goals.
        account: theirs.
        as_of: the moment asked about.
        known_at: what was recorded later does not exist.
        roster: who belongs where; None when every owner is a known, active user and there are no teams.
        rates: exchange rates; None for none.
        lenses: the goals by measure and currency.
        blocks: where the cells of each goal lie, in the order of the goals.
        places: the place of each goal among the blocks, by its id.
        size: the number of cells.
    """

    goals: tuple[Goal, ...]
    account: Account
    as_of: datetime
    known_at: datetime
    roster: Roster | None
    rates: Rates | None
    lenses: tuple[Lens, ...] = field(init=False)
    blocks: tuple[Block, ...] = field(init=False)
    places: dict[str, int] = field(init=False)
    size: int = field(init=False, default=0)
    _starts: list[int] = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Lay out the cells and sort the goals into lenses and groups."""
        attribution = Attribution(roster=self.roster, as_of=self.as_of, known_at=self.known_at)
        lenses: dict[tuple[Measure, str], Lens] = {}
        blocks: list[Block] = []
        for goal in self.goals:
            lens = lenses.setdefault((goal.measure, goal.currency), Lens(goal.measure, goal.currency, attribution))
            block = self._laid(goal, attribution)
            blocks.append(block)
            lens.group(goal.timetable, goal.team_credit).take(goal, block.rows_at, block.totals_at)
            if block.timely_at is not None:
                timely = lens.group(goal.timetable.freezing(), goal.team_credit, is_timely=True)
                timely.take(goal, block.timely_at, None)
        self.lenses = tuple(lenses.values())
        self.blocks = tuple(blocks)
        self.places = {block.goal.id: place for place, block in enumerate(blocks)}
        self._starts = [block.rows_at for block in blocks]

    def _laid(self, goal: Goal, attribution: Attribution) -> Block:
        parts, cells = len(goal.slices), len(goal.slices) * len(goal.assignments)
        rows_at = self._reserved(cells)
        totals_at = self._reserved(parts) if attribution.absentees or _can_overlap(goal) else None
        timely_at = self._reserved(cells) if goal.timetable.restates else None
        return Block(goal, rows_at, totals_at, timely_at)

    def _reserved(self, cells: int) -> int:
        start, self.size = self.size, self.size + cells
        return start

    def place_of(self, cell: int) -> tuple[str, Period] | None:
        """Return the goal and the slice that a row's cell stands for; None for a cell that is no row's."""
        block = self.blocks[bisect_right(self._starts, cell) - 1]
        row, part = divmod(cell - block.rows_at, len(block.goal.slices))
        return (block.goal.id, block.goal.slices.periods[part]) if row < len(block.goal.assignments) else None

    @property
    def freezes(self) -> frozenset[datetime]:
        """All instants at which some slice freezes, also those of slices that late corrections restate."""
        times = {times for lens in self.lenses for times, _, _ in lens.groups}
        return frozenset(freeze for each in times for part in each.slices if (freeze := each.freezes_at(part)))


def _can_overlap(goal: Goal) -> bool:
    """Whether one record may count in two rows of a goal, so that its totals are not the sums of its rows (rule C4)."""
    kinds = {row.contributor.kind for row in goal.assignments}
    return len(kinds) > 1 or (
        ContributorKind.TEAM in kinds and (goal.team_credit.extra or goal.team_credit.descendants)
    )


def plan(
    goals: Iterable[Goal],
    *,
    account: Account,
    as_of: datetime,
    known_at: datetime | None = None,
    roster: Roster | None = None,
    rates: Rates | None = None,
) -> Work:
    """Compile goals for one moment, so that their records can be tallied in pieces; see `calculate` for the arguments.

    Raises:
        InvalidType, InvalidValue: an argument that does not fit, a goal twice, a goal of another account, or a team's row
            without a roster.
    """
    _fields.instance_of(Account, "an Account")(account, "account")
    _fields.instant(as_of, "as_of")
    _fields.optional(_fields.instant)(known_at, "known_at")
    _fields.optional(_fields.instance_of(Roster, "a Roster"))(roster, "roster")
    _fields.optional(_fields.instance_of(Rates, "Rates"))(rates, "rates")
    found = _as_goals(goals)
    for index, goal in enumerate(found):
        if goal.account_id != account.id:
            raise invalid(f"goals[{index}].account_id", goal.account_id, f"the account {account.id}", code="foreign")
        teams = [row for row in goal.assignments if row.contributor.kind is ContributorKind.TEAM]
        if teams and roster is None:
            raise invalid(
                f"goals[{index}]",
                str(teams[0].contributor),
                "a roster, as the goal has a team's row",
                code="roster_required",
            )
    return Work(found, account, as_of, known_at or as_of, roster, rates)
