"""Plans: goals compiled once, so that each record finds the cells it counts in without looking at any goal.

A *cell* is the number of one (row, slice). Goals of one measure, timetable and team credit form a group; for an owner and a
pipeline each group has a *lane*: the days of the slices, cut where credit changes, and the cells of each stretch.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from copy import copy
from datetime import date, datetime
from fractions import Fraction

from attrs import define, evolve, field, frozen

from quota_engine import _fields
from quota_engine.accounts import Account, Closing
from quota_engine.assignments import TeamCredit
from quota_engine.attribution import Attribution, Stretch
from quota_engine.contributors import ContributorKind, Roster
from quota_engine.errors import invalid
from quota_engine.events import CrmEvent
from quota_engine.fiscal import local_day
from quota_engine.goals import Goal
from quota_engine.lanes import Bounds, Cells, Key, Lane, Route, Row, cells_of, totals_of
from quota_engine.measures import Measure, Unreadable, read
from quota_engine.periods import MOST_PERIODS, Partition, Period
from quota_engine.rates import Rates
from quota_engine.splits import Splits
from quota_engine.timetables import Timetable


@frozen
class Block:
    """Where the cells of one goal lie.

    Attributes:
        goal: the goal.
        times: when its slices start, end and freeze.
        rows_at: the first cell of its first row; each row has one cell per slice.
        totals_at: the first cell of its totals, one per slice; None where they are the sums of its rows' cells.
        timely_at: the first cell of what its rows would be without late corrections; None where these cannot count.
    """

    goal: Goal
    times: Timetable
    rows_at: int
    totals_at: int | None
    timely_at: int | None

    def place_of(self, cell: int) -> tuple[int, int] | None:
        """Return the row and the slice of a cell, by their places; None for the cell of a total."""
        parts = len(self.goal.slices)
        start = self.rows_at if self.timely_at is None or cell < self.timely_at else self.timely_at
        row, part = divmod(cell - start, parts)
        return (row, part) if row < len(self.goal.assignments) else None


@define(eq=False)
class Group:
    """The goals of one measure that share a timetable and a team credit.

    Attributes:
        times: when the slices start, end and freeze.
        credit: whose records team rows count.
        attribution: the rules of credit.
        is_timely: whether it only tells what figures would be without late corrections, and so gives no findings.
        bounds: those of all lanes in which nothing but the slice changes.
    """

    times: Timetable
    credit: TeamCredit
    attribution: Attribution
    is_timely: bool
    _rows: dict[tuple[ContributorKind, str], list[Row]] = field(factory=dict)
    _standing: list[Row] = field(factory=list)
    _goals: list[tuple[Goal, int]] = field(factory=list)
    _has_teams: bool = False
    _lanes: dict[Key, Lane] = field(factory=dict)
    _only: dict[Key, int | None] = field(factory=dict)
    _whole: tuple[Stretch, ...] = field(init=False)
    bounds: Bounds = field(init=False)

    def __attrs_post_init__(self) -> None:
        """Note the bounds of lanes that change at slices alone, which most do."""
        self._whole = tuple(Stretch(number, part, frozenset()) for number, part in enumerate(self.times.slices))
        self.bounds = Bounds.of(self._whole, self.times)

    def take(self, goal: Goal, rows_at: int, totals_at: int | None) -> None:
        """Add the rows of a goal."""
        self._goals.append((goal, rows_at))
        for place, assignment in enumerate(goal.assignments):
            row = Row(assignment, rows_at + place * len(goal.slices), totals_at)
            kind = assignment.contributor.kind
            if kind in {ContributorKind.PIPELINE, ContributorKind.ACCOUNT}:
                self._standing.append(row)
            else:
                self._rows.setdefault((kind, assignment.contributor.id), []).append(row)
                self._has_teams = self._has_teams or kind is ContributorKind.TEAM

    def under(self, attribution: Attribution) -> Group:
        """Return the group with other rules of credit, under which its lanes are the same."""
        other = copy(self)
        other.attribution = attribution
        return other

    def lane(self, owner_id: str | None, pipeline_id: str | None) -> Lane:
        """Return the lane of an owner and a pipeline, made when it is first asked for."""
        key = (owner_id, pipeline_id)
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = self._made(owner_id, pipeline_id)
        return lane

    def only_row(self, key: Key) -> int | None:
        """Return the first cell of the one row in which records of an owner in a pipeline count; None if it is not so simple."""
        if key not in self._only:
            self._only[key] = self._found_only_row(*key)
        return self._only[key]

    def _found_only_row(self, owner_id: str | None, pipeline_id: str | None) -> int | None:
        if self._has_teams or self._standing or owner_id is None or not self.attribution.is_plain(owner_id):
            return None
        rows = self._admitting(self._rows.get((ContributorKind.USER, owner_id), ()), pipeline_id)
        return rows[0].at if len(rows) == 1 and rows[0].totals_at is None else None

    def _made(self, owner_id: str | None, pipeline_id: str | None) -> Lane:
        owner = owner_id if self.attribution.knows(owner_id) else None
        own = [] if owner is None else self._admitting(self._rows.get((ContributorKind.USER, owner), ()), pipeline_id)
        standing = self._admitting(self._standing, pipeline_id)
        stretches, bounds = self._whole, self.bounds
        if owner is not None and self._has_teams:
            stretches = self.attribution.stretches(self.times, self.credit, owner)
            bounds = Bounds.of(stretches, self.times)
        shared = [standing] * len(stretches)
        if self._has_teams:
            shared = [[*standing, *self._admitting(self._team_rows(stretch), pipeline_id)] for stretch in stretches]
        marks = [self._marks(stretch.number, pipeline_id) if owner is None else () for stretch in stretches]
        return Lane(
            bounds.by_day,
            bounds.by_moment,
            bounds.parts,
            bounds.freezes,
            cells=((), *self._cells(stretches, own, shared), ()),
            own=own,
            shared=((), *shared, ()),
            marks=((), *marks, ()),
        )

    def _cells(
        self, stretches: Sequence[Stretch], own: Sequence[Row], shared: Sequence[Sequence[Row]]
    ) -> Iterable[Cells]:
        """Return the cells of each stretch; at once where a lane is the same throughout and no total has cells."""
        rows = [*own, *shared[0]]
        if stretches is self._whole and all(row.totals_at is None for row in rows):
            count = len(stretches)
            return zip(*(range(row.at, row.at + count) for row in rows), strict=True) if rows else ((),) * count
        return [
            (*cells_of(rows, stretch.number), *totals_of(rows, stretch.number))
            for stretch, others in zip(stretches, shared, strict=True)
            for rows in [[*own, *others]]
        ]

    def _team_rows(self, stretch: Stretch) -> list[Row]:
        return [row for team in sorted(stretch.teams) for row in self._rows.get((ContributorKind.TEAM, team), ())]

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
        namesakes: the measures of lenses before it that have the same name and object.
        groups: the goals by timetable and team credit.
        split_ids: the ids of the records that are split.
    """

    measure: Measure
    currency: str
    attribution: Attribution
    namesakes: tuple[Measure, ...]
    groups: dict[tuple[Timetable, TeamCredit, bool], Group] = field(factory=dict)
    split_ids: frozenset[str] = field(init=False)
    _by_day: dict[Key, Route] = field(factory=dict)
    _by_moment: dict[Key, Route] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        """Note which records are split."""
        self.split_ids = self.attribution.split_ids(self.measure.object)

    def under(self, attribution: Attribution) -> Lens:
        """Return the lens with other rules of credit, under which its lanes are the same."""
        other = copy(self)
        other.attribution = attribution
        other.groups = {key: group.under(attribution) for key, group in self.groups.items()}
        return other

    def reports(self, found: Unreadable, event: CrmEvent) -> bool:
        """Whether it reports what it cannot read: nothing is reported twice, in the same words, for the goals of other lenses."""
        return all(each != self.measure and read(each, event) != found for each in self.namesakes)

    @property
    def only_group(self) -> Group | None:
        """The group of all goals; None where there are several."""
        return next(iter(self.groups.values())) if len(self.groups) == 1 else None

    def group(self, times: Timetable, credit: TeamCredit, *, is_timely: bool = False) -> Group:
        """Return the group of a timetable and a team credit, made when it is first asked for."""
        key = (times, credit, is_timely)
        group = self.groups.get(key)
        if group is None:
            group = self.groups[key] = Group(times, credit, self.attribution, is_timely)
        return group

    def route(self, key: Key, *, by_day: bool) -> Route | None:
        """Return the lanes of an owner and a pipeline, made when they are first asked for; None unless the owner is plain."""
        routes = self._by_day if by_day else self._by_moment
        route = routes.get(key)
        if route is None and self.attribution.is_plain(key[0]):
            lanes = ((group.lane(*key), group.times.zone) for group in self.groups.values())
            route = routes[key] = tuple(
                (lane.by_day if by_day else lane.by_moment, lane.cells, lane.freezes, zone)
                for lane, zone in lanes
                if any(lane.cells)
            )
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
        splits: records of which several users get a share; None where every owner gets all.
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
    splits: Splits | None
    lenses: tuple[Lens, ...] = field(init=False)
    blocks: tuple[Block, ...] = field(init=False)
    places: dict[str, int] = field(init=False)
    size: int = field(init=False, default=0)
    _starts: list[int] = field(init=False)
    _days: dict[str, date] = field(init=False, factory=dict)
    _cuts: Sequence[datetime] | None = field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        """Lay out the cells and sort the goals into lenses and groups."""
        attribution = Attribution(roster=self.roster, splits=self.splits, as_of=self.as_of, known_at=self.known_at)
        lenses: dict[tuple[Measure, str], Lens] = {}
        namesakes: dict[tuple[str, str], list[Measure]] = {}
        timetables: dict[tuple[Partition, str, Closing], Timetable] = {}
        blocks: list[Block] = []
        for goal in self.goals:
            lens = lenses.get((goal.measure, goal.currency))
            if lens is None:
                named = namesakes.setdefault((goal.measure.object, goal.measure.name), [])
                lens = Lens(goal.measure, goal.currency, attribution, tuple(named))
                lenses[goal.measure, goal.currency] = lens
                named.append(goal.measure)
            times = timetables.get(key := (goal.slices, goal.zone, goal.closing))
            if times is None:
                times = timetables[key] = goal.timetable
            block = self._laid(goal, times, has_totals=bool(attribution.absentees or lens.split_ids))
            blocks.append(block)
            lens.group(times, goal.team_credit).take(goal, block.rows_at, block.totals_at)
            if block.timely_at is not None:
                timely = lens.group(times.freezing(), goal.team_credit, is_timely=True)
                timely.take(goal, block.timely_at, None)
        self.lenses = tuple(lenses.values())
        self.blocks = tuple(blocks)
        self.places = {block.goal.id: place for place, block in enumerate(blocks)}
        self._starts = [block.rows_at for block in blocks]

    def _laid(self, goal: Goal, times: Timetable, *, has_totals: bool) -> Block:
        parts, cells = len(goal.slices), len(goal.slices) * len(goal.assignments)
        rows_at = self._reserved(cells)
        totals_at = self._reserved(parts) if has_totals or _can_overlap(goal) else None
        timely_at = self._reserved(cells) if times.restates else None
        return Block(goal, times, rows_at, totals_at, timely_at)

    def asked_on(self, zone: str) -> date:
        """Return the day it is in a zone at the moment asked about."""
        day = self._days.get(zone)
        if day is None:
            day = self._days[zone] = local_day(self.as_of, zone)
        return day

    def advanced(self, as_of: datetime) -> Work:
        """Return the same work at another moment, when all that is recorded is known; its lanes need not be made again.

        Only where `quota_engine.attribution.turned` names nobody in between: whom records count for would be another's.
        """
        later = copy(self)
        later.as_of = later.known_at = as_of
        later._days = {}
        attribution = evolve(self.lenses[0].attribution, as_of=as_of, known_at=as_of) if self.lenses else None
        later.lenses = () if attribution is None else tuple(lens.under(attribution) for lens in self.lenses)
        return later

    def _reserved(self, cells: int) -> int:
        start, self.size = self.size, self.size + cells
        return start

    def block_of(self, cell: int) -> Block:
        """Return the block in which a cell lies: of a row, of a total, or of what would be without late corrections."""
        return self.blocks[bisect_right(self._starts, cell) - 1]

    def with_totals(self, place: int) -> None:
        """Give the goal at a place cells of its own for its totals, where it has none."""
        block = self.blocks[place]
        if block.totals_at is None:
            block = evolve(block, totals_at=self._reserved(len(block.goal.slices)))
            self.blocks = (*self.blocks[:place], block, *self.blocks[place + 1 :])

    def spots_of(self, cells: Iterable[int]) -> set[int]:
        """Return the numbers of the goals' slices that rows' cells stand for; a cell of a total stands for none."""
        spots: set[int] = set()
        for cell in cells:
            number = bisect_right(self._starts, cell) - 1
            goal = self.goals[number]
            row, part = divmod(cell - self._starts[number], len(goal.slices))
            if row < len(goal.assignments):
                spots.add(number * MOST_PERIODS + part)
        return spots

    def spot(self, number: int) -> tuple[str, Period]:
        """Return the goal and the slice of a number (see `spots_of`)."""
        place, part = divmod(number, MOST_PERIODS)
        return self.goals[place].id, self.goals[place].slices.periods[part]

    def rate(self, code: str, other: str, *, when: date | datetime, zone: str) -> Fraction | None:
        """Return how many units of another currency one unit is for a record that is dated so; None for no rate (rule M4).

        The rate is that of the record's day in the zone, and for a day still to come that of today.
        """
        on = local_day(when, zone) if isinstance(when, datetime) else when
        on = min(on, local_day(self.as_of, zone))
        return None if self.rates is None else self.rates.between(code, other, on=on)

    @property
    def freezes(self) -> frozenset[datetime]:
        """All instants at which some slice freezes, also those of slices that late corrections restate."""
        times = {times for lens in self.lenses for times, _, _ in lens.groups}
        return frozenset(freeze for each in times for freeze in each.freezes if freeze is not None)

    @property
    def cuts(self) -> Sequence[datetime]:
        """All instants at which some slice freezes or someone's absence starts, ascending; found when first asked for."""
        if self._cuts is None:
            users = () if self.roster is None else self.roster.users
            self._cuts = sorted({*self.freezes, *(absence.start for user in users for absence in user.absences)})
        return self._cuts


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
    splits: Splits | None = None,
) -> Work:
    """Compile goals for one moment, so that their records can be tallied in pieces; see `calculate` for the arguments.

    Raises:
        InvalidType, InvalidValue: an argument that does not fit, a goal twice, a goal of another account, or a team's row
            without a roster.
    """
    _fields.instance_of(Account, "an Account")(account, "account")
    moment = _fields.instant(as_of, "as_of")
    known = moment if known_at is None else _fields.instant(known_at, "known_at")
    _fields.optional(_fields.instance_of(Roster, "a Roster"))(roster, "roster")
    _fields.optional(_fields.instance_of(Rates, "Rates"))(rates, "rates")
    _fields.optional(_fields.instance_of(Splits, "Splits"))(splits, "splits")
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
    return Work(found, account, moment, known, roster, rates, splits)
