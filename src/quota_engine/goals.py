"""Goals: who promised how much in which slice, and the pure edits of planning. Source: rules G1, G3, M5, T4 and T6.

A goal is planned once, which fixes its slices. Every edit returns a new goal and leaves the old one as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from attrs import Factory, evolve, field, frozen

from quota_engine import _fields, amounts, edits
from quota_engine._fields import Field, FrozenMap
from quota_engine.accounts import Account, Closing
from quota_engine.assignments import Amount, Assignment, TeamCredit, as_milestones, as_pipelines
from quota_engine.contributors import Contributor, ContributorKind
from quota_engine.curves import Curve
from quota_engine.durations import FORECAST_CADENCES, Duration
from quota_engine.edits import Edit
from quota_engine.errors import InvalidValue, NotFound, invalid, mistyped
from quota_engine.fiscal import FiscalCalendar, resolve
from quota_engine.measures import Measure
from quota_engine.milestones import Milestone
from quota_engine.periods import MOST_PERIODS, Partition, Period
from quota_engine.templates import FORECAST_REVENUE, REVENUE, Template
from quota_engine.timetables import Timetable

Chosen = Contributor | Iterable[Contributor] | None

_MOST_ROWS: Final = 100_000
_OF_THE_WHOLE: Final = (
    *("name", "measure", "template", "duration", "slices", "calendar", "currency", "closing"),
    *("milestones", "pipeline", "team_credit", "created_by"),
)


def _as_rows(assignments: Iterable[Assignment]) -> tuple[Assignment, ...]:
    return _fields.items(assignments, "assignments", Assignment, "assignments", most=_MOST_ROWS)


def _as_goal_milestones(milestones: Iterable[Milestone]) -> tuple[Milestone, ...]:
    return as_milestones(milestones) or ()


def _check_rows(goal: Goal, attribute: Field, rows: tuple[Assignment, ...]) -> None:
    seen: set[Contributor] = set()
    count = len(goal.slices)
    for index, row in enumerate(rows):
        path = f"{attribute.name}[{index}]"
        if row.contributor in seen:
            raise invalid(path, str(row.contributor), "each contributor once", code="duplicate")
        seen.add(row.contributor)
        if row.targets is None or len(row.targets) != count:
            given = 0 if row.targets is None else len(row.targets)
            raise invalid(f"{path}.targets", given, f"{count} targets, one per slice", code="wrong_count")
        for locked in row.locked:
            if locked not in goal.slices.periods:
                raise invalid(f"{path}.locked", str(locked), "slices of the goal", code="not_a_slice")


def _check_pipeline(goal: Goal, attribute: Field, pipeline: str | None) -> None:
    if pipeline is not None:
        _fields.identifier(pipeline, attribute.name)
    if goal.template != FORECAST_REVENUE.name:
        if pipeline is not None:
            raise invalid(attribute.name, pipeline, "a pipeline only on a goal planned from the forecast template")
        return
    if pipeline is None:
        raise invalid(attribute.name, pipeline, "the one pipeline of a forecast goal", code="required")
    if goal.duration.cadence not in FORECAST_CADENCES or not goal.duration.aligned:
        raise invalid(
            "duration",
            goal.duration.cadence.value,
            "monthly or quarterly and aligned, for a goal planned from the forecast template",
            code="not_a_forecast_duration",
        )
    for row in goal.assignments:
        if row.tracked != frozenset({pipeline}):
            raise invalid(
                "assignments", str(row.contributor), f"rows that track the pipeline {pipeline} alone", code="pipelines"
            )


def _check_version(_goal: Goal, attribute: Field, version: object) -> None:
    _fields.whole(version, attribute.name, 1, 2**63 - 1)


def _places_of_rows(goal: Goal) -> FrozenMap[Contributor, int]:
    return FrozenMap((row.contributor, place) for place, row in enumerate(goal.assignments))


@frozen(kw_only=True)
class Goal:
    """A promise for a time: rows of contributors, each with a target per slice. Made by `Goal.plan`.

    Slices, calendar (with its zone), currency and closing rule stay as they were when the goal was planned (rule T6).

    Attributes:
        id: the host's id, one per account.
        account_id: the account it belongs to.
        name: for people to read.
        measure: what counts.
        template: the name of the template it was planned from; None when planned from scratch.
        duration: how long it runs and how it is sliced.
        slices: its periods.
        calendar: the calendar it was planned with.
        currency: of its targets and figures when the unit is money.
        closing: when its slices freeze.
        assignments: its rows; a goal without any is a draft.
        milestones: the marks of all rows that have none of their own.
        pipeline: the one pipeline of a goal planned from the forecast template; None otherwise.
        team_credit: whose records team rows count.
        version: counts the edits that a book has stored; pure edits leave it as it is.
        created_by: the id of the user who created it, None where unknown.

    Raises:
        InvalidType, InvalidValue, TooLarge: naming the field, its value and what was expected.
    """

    id: str = field(validator=_fields.checked(_fields.identifier))
    account_id: str = field(validator=_fields.checked(_fields.identifier))
    name: str = field(validator=_fields.checked(_fields.name))
    measure: Measure = field(validator=_fields.checked(_fields.instance_of(Measure, "a Measure")))
    template: str | None = field(default=None, validator=_fields.checked(_fields.optional(_fields.identifier)))
    duration: Duration = field(validator=_fields.checked(_fields.instance_of(Duration, "a Duration")))
    slices: Partition = field(validator=_fields.checked(_fields.instance_of(Partition, "a Partition")))
    calendar: FiscalCalendar = field(validator=_fields.checked(_fields.instance_of(FiscalCalendar, "a FiscalCalendar")))
    currency: str = field(validator=_fields.checked(amounts.currency))
    closing: Closing = field(factory=Closing, validator=_fields.checked(_fields.instance_of(Closing, "a Closing")))
    assignments: tuple[Assignment, ...] = field(default=(), converter=_as_rows, validator=_check_rows)
    milestones: tuple[Milestone, ...] = field(default=(), converter=_as_goal_milestones)
    pipeline: str | None = field(default=None, validator=_check_pipeline)
    team_credit: TeamCredit = field(
        factory=TeamCredit, validator=_fields.checked(_fields.instance_of(TeamCredit, "a TeamCredit"))
    )
    version: int = field(default=1, validator=_check_version)
    created_by: str | None = field(default=None, validator=_fields.checked(_fields.optional(_fields.identifier)))
    _places: FrozenMap[Contributor, int] = field(
        init=False, eq=False, repr=False, default=Factory(_places_of_rows, takes_self=True)
    )

    @classmethod
    def plan(
        cls,
        *,
        id: str,  # noqa: A002 - the field's own name, which people write
        name: str,
        duration: Duration,
        account: Account,
        template: Template | None = None,
        measure: Measure | None = None,
        assignments: Iterable[Assignment] = (),
        milestones: Iterable[Milestone] = (),
        pipeline: str | None = None,
        team_credit: TeamCredit | None = None,
        created_by: str | None = None,
    ) -> Goal:
        """Return a new goal, its slices fixed by the account's calendar.

        Rows without targets get none in every slice. On a goal planned from the forecast template all rows track its pipeline.

        Raises:
            InvalidType, InvalidValue, TooLarge: neither or both of template and measure, or any field that does not fit.
        """
        _fields.instance_of(Account, "an Account")(account, "account")
        if (template is None) is (measure is None):
            raise InvalidValue(
                "template: expected a template or a measure, not both", code="required", field="template"
            )
        if template is not None:
            measure = _fields.instance_of(Template, "a Template")(template, "template").measure
        slices = resolve(duration, account.calendar)
        rows = [_fitted(row, len(slices), pipeline) for row in _as_rows(assignments)]
        return cls(
            id=id,
            account_id=account.id,
            name=name,
            measure=_fields.instance_of(Measure, "a Measure")(measure, "measure"),
            template=template.name if template else None,
            duration=duration,
            slices=slices,
            calendar=account.calendar,
            currency=account.currency,
            closing=account.closing,
            assignments=rows,
            milestones=milestones,
            pipeline=pipeline,
            team_credit=TeamCredit() if team_credit is None else team_credit,
            created_by=created_by,
        )

    @property
    def zone(self) -> str:
        """The name of the zone in which its days begin and end."""
        return self.calendar.zone

    @property
    def is_draft(self) -> bool:
        """Whether it has no rows, so that it shows on no board."""
        return not self.assignments

    @property
    def is_forecast(self) -> bool:
        """Whether it is a forecast-revenue goal; derived, never stored. Source: rule M5.

        It is when planned from one of the two revenue templates, monthly or quarterly, and tracking all pipelines or exactly one.
        """
        if self.template not in {REVENUE.name, FORECAST_REVENUE.name}:
            return False
        tracked = {row.tracked for row in self.assignments} or {None}
        if self.duration.cadence not in FORECAST_CADENCES or len(tracked) != 1:
            return False
        pipelines = tracked.pop()
        return pipelines is None or len(pipelines) == 1

    @property
    def timetable(self) -> Timetable:
        """When each of its slices starts, ends and freezes."""
        return Timetable(self.slices, self.zone, self.closing)

    def row(self, contributor: Contributor) -> Assignment:
        """Return the row of a contributor.

        Raises:
            NotFound: the goal has no such row.
        """
        place = self.place(contributor)
        if place is None:
            raise NotFound(f"contributor: not found in goal {self.id}: {contributor}", field="contributor")
        return self.assignments[place]

    def place(self, contributor: Contributor) -> int | None:
        """Return the place of a contributor's row among the assignments, from 0; None where there is none."""
        return self._places.get(_fields.instance_of(Contributor, "a Contributor")(contributor, "contributor"))

    def marks(self, contributor: Contributor) -> tuple[Milestone, ...]:
        """Return the milestones that are ticked for a row: its own, or the goal's where it has none of its own (rule N1)."""
        own = self.row(contributor).milestones
        return self.milestones if own is None else own

    def edits_since(self, older: Goal) -> tuple[Edit, ...]:
        """Return what differs from another state of the same goal, but for the version: the whole first, then the rows.

        Raises:
            InvalidValue: another goal.
        """
        _fields.instance_of(Goal, "a Goal")(older, "older")
        if (older.account_id, older.id) != (self.account_id, self.id):
            raise invalid("older", older.id, f"another state of the goal {self.id}", code="other_goal")
        states = ((name, getattr(older, name), getattr(self, name)) for name in _OF_THE_WHOLE)
        return (
            *(Edit(contributor=None, slice=None, field=n, before=b, after=a) for n, b, a in states if b != a),
            *edits.of_rows(older.assignments, self.assignments, older.slices, self.slices),
        )

    def with_targets(self, table: Mapping[tuple[Contributor, date], Amount | None]) -> Goal:
        """Return the goal with a table of targets written at once: by contributor and any day of the slice; None for no target.

        Raises:
            NotFound: no such row.
            InvalidValue: a day outside the slices, the same cell twice, or a locked cell; the pair is named.
        """
        if not isinstance(table, Mapping):
            raise mistyped("table", table, "a mapping from (contributor, day) to a target")
        cells: dict[Contributor, dict[int, Decimal | None]] = {}
        for pair, amount in table.items():
            contributor, day = _fields.pair(pair, "table", "pairs of a contributor and a day")
            locked = self.row(contributor).locked
            index = self.slices.index(day)
            path = f"{contributor}, {day}"
            if index is None:
                raise invalid(path, str(day), f"a day of the goal's slices {self.slices.span}", code="outside")
            if self.slices.periods[index] in locked:
                raise invalid(path, str(day), "a slice that is not locked", code="locked")
            row = cells.setdefault(contributor, {})
            if index in row:
                raise invalid(path, str(day), "each cell once", code="duplicate")
            row[index] = None if amount is None else amounts.target(amount, path)

        def written(row: Assignment) -> Assignment:
            given = cells.get(row.contributor, {})
            return evolve(row, targets=[given.get(i, before) for i, before in enumerate(row.cells)])

        return self._edited(written)

    def apply_targets(
        self, amount: Amount, *, to: Chosen = None, during: Period | None = None, as_of: datetime | None = None
    ) -> Goal:
        """Return the goal with one amount in every chosen cell: it is repeated, never divided. Locked cells keep theirs.

        Args:
            amount: the target of each cell; required.
            to: whose rows; all where not given.
            during: which slices: those inside the period, which must not cut through one; all where not given.
            as_of: slices that have ended by then stay as they are.

        Raises:
            InvalidType, InvalidValue: no amount, a negative one, or a period that holds no slice or cuts through one.
            NotFound: no such row.
        """
        given = amounts.target(amount, "amount")
        chosen = self._chosen(to)
        if during is not None:
            _fields.instance_of(Period, "a Period")(during, "during")
        moment = None if as_of is None else _fields.instant(as_of, "as_of")
        indexes = {
            index
            for index, (part, end) in enumerate(zip(self.slices, self.timetable.ends, strict=True))
            if (during is None or self._is_during(part, during)) and (moment is None or end > moment)
        }
        if during is not None and not any(during.contains(part) for part in self.slices):
            raise invalid("during", str(during), "a period that holds at least one slice", code="outside")

        def applied(row: Assignment) -> Assignment:
            return evolve(
                row,
                targets=[
                    given if index in indexes and self.slices.periods[index] not in row.locked else before
                    for index, before in enumerate(row.cells)
                ],
            )

        return self._edited(applied, chosen)

    @staticmethod
    def _is_during(part: Period, during: Period) -> bool:
        if part.overlaps(during) and not during.contains(part):
            raise invalid(
                "during", str(during), f"a period that does not cut through the slice {part}", code="cuts_slice"
            )
        return during.contains(part)

    def spread_targets(
        self, total: Amount, *, to: Chosen = None, weights: Sequence[Amount] | Curve | None = None
    ) -> Goal:
        """Return the goal with a total spread over the slices of each chosen row, so that not a cent is lost (rule G3).

        Locked cells keep their target and are taken off first; what remains goes to the others by their weights: one per slice,
        or a curve, such as `WorkingDays`, that gives each slice the weight of its days; all equal where not given. See
        `amounts.split` for where the odd cents go. Every chosen row gets the whole total.

        Raises:
            InvalidType, InvalidValue: another number of weights than of slices, a weight below zero, no weight above zero on an
                open cell, or locked targets that exceed the total.
            NotFound: no such row.
        """
        given = amounts.target(total, "total")
        chosen = self._chosen(to)
        shares = [1] * len(self.slices) if weights is None else self._weights(weights)
        places = amounts.minor_units(self.currency) if self.measure.is_money else 0

        def spread(row: Assignment) -> Assignment:
            locked = [part in row.locked for part in self.slices]
            if all(locked) and amounts.total(each or Decimal(0) for each in row.cells) == given:
                return row
            kept = amounts.total(t or Decimal(0) for t, held in zip(row.cells, locked, strict=True) if held)
            rest = amounts.total([given, kept.copy_negate()])
            if rest < 0:
                raise invalid(
                    "total", given, f"at least the locked targets of {row.contributor}, {kept}", code="locked"
                )
            open_shares = [0 if held else share for share, held in zip(shares, locked, strict=True)]
            parts = amounts.split(rest, open_shares, places=places)
            return evolve(
                row,
                targets=[before if held else part for before, part, held in zip(row.cells, parts, locked, strict=True)],
            )

        return self._edited(spread, chosen)

    def _weights(self, weights: Sequence[Amount] | Curve) -> Sequence[Decimal | amounts.Grains]:
        if isinstance(weights, Curve):
            return [weights.weight(part) for part in self.slices]
        found = _fields.in_order(weights, "weights", "weights", most=MOST_PERIODS)
        if len(found) != len(self.slices):
            raise invalid("weights", len(found), f"{len(self.slices)} weights, one per slice", code="wrong_count")
        return [amounts.target(weight, f"weights[{index}]") for index, weight in enumerate(found)]

    def apply_pipelines(self, pipelines: Iterable[str] | None, to: Chosen = None) -> Goal:
        """Return the goal with the same pipelines on every chosen row; None for all pipelines.

        Rows of pipelines are left as they are, unless chosen by name.

        Raises:
            InvalidValue: the goal was planned from the forecast template, or the row of a pipeline was chosen.
            NotFound: no such row.
        """
        if self.template == FORECAST_REVENUE.name:
            raise invalid(
                "pipelines", self.pipeline, "no change on a goal planned from the forecast template", code="pipelines"
            )
        found = as_pipelines(pipelines)
        chosen = self._chosen(to)
        if to is None:
            chosen = frozenset(c for c in chosen if c.kind is not ContributorKind.PIPELINE)
        return self._edited(lambda row: evolve(row, pipelines=found), chosen)

    def with_milestones(self, contributor: Contributor, milestones: Iterable[Milestone] | None) -> Goal:
        """Return the goal with a row's own milestones; None gives the row the goal's again.

        Raises:
            NotFound: no such row.
        """
        chosen = self._chosen(contributor)
        return self._edited(lambda row: evolve(row, milestones=milestones), chosen)

    def assign(self, *assignments: Assignment) -> Goal:
        """Return the goal with more rows.

        Raises:
            InvalidValue: a contributor that has a row already.
        """
        rows = [_fitted(row, len(self.slices), self.pipeline) for row in _as_rows(assignments)]
        return evolve(self, assignments=(*self.assignments, *rows))

    def remove(self, *contributors: Contributor) -> Goal:
        """Return the goal without the rows of some contributors; without any row it is a draft.

        Raises:
            NotFound: no such row.
        """
        gone = self._chosen(contributors)
        return evolve(self, assignments=[row for row in self.assignments if row.contributor not in gone])

    def clone(
        self,
        *,
        id: str,  # noqa: A002 - the field's own name, which people write
        name: str,
        duration: Duration | None = None,
        account: Account | None = None,
    ) -> Goal:
        """Return a goal of a new identity with the same rows: no progress, nothing reached, at its first version.

        Args:
            id: of the new goal.
            name: of the new goal.
            duration: another one, such as next year's; targets go along slice by slice. Where it has more slices (a 53rd week)
                the last have no target; where it has another cadence no slice has one, and nothing is locked.
            account: plan by this account's present calendar, currency and closing rule; by the goal's own where not given.

        Raises:
            InvalidValue: the goal's own id, another account, or a duration that does not fit.
        """
        if id == self.id:
            raise invalid("id", id, "an id other than that of the goal it is cloned from", code="duplicate")
        if account is not None and _fields.instance_of(Account, "an Account")(account, "account").id != self.account_id:
            raise invalid("account", account.id, f"the goal's own account {self.account_id}", code="foreign")
        calendar = self.calendar if account is None else account.calendar
        lasting = duration or self.duration
        slices = resolve(lasting, calendar)
        same_cadence = lasting.cadence is self.duration.cadence
        return evolve(
            self,
            id=id,
            name=name,
            duration=lasting,
            slices=slices,
            assignments=[self._moved(row, slices, same_cadence=same_cadence) for row in self.assignments],
            version=1,
            created_by=None,
            calendar=calendar,
            currency=self.currency if account is None else account.currency,
            closing=evolve(self.closing, kept={}) if account is None else account.closing,
        )

    def _moved(self, row: Assignment, slices: Partition, *, same_cadence: bool) -> Assignment:
        targets = row.cells if same_cadence else ()
        count = len(slices)
        locked = frozenset[Period]()
        if same_cadence:
            places = (self.slices.periods.index(part) for part in row.locked)
            locked = frozenset(slices.periods[place] for place in places if place < count)
        return evolve(row, targets=(*targets, *[None] * count)[:count], locked=locked)

    def _chosen(self, to: Chosen) -> frozenset[Contributor]:
        if to is None:
            return frozenset(row.contributor for row in self.assignments)
        wanted = (to,) if isinstance(to, Contributor) else to
        found = _fields.items(wanted, "to", Contributor, "contributors")
        for contributor in found:
            self.row(contributor)
        return frozenset(found)

    def _edited(self, edit: Callable[[Assignment], Assignment], chosen: frozenset[Contributor] | None = None) -> Goal:
        return evolve(
            self,
            assignments=[edit(row) if chosen is None or row.contributor in chosen else row for row in self.assignments],
        )


def _fitted(row: Assignment, count: int, pipeline: str | None) -> Assignment:
    """Return a row as a goal keeps it: a target or None per slice, and a forecast goal's own pipeline."""
    fitted = row if row.targets is not None else evolve(row, targets=[None] * count)
    if pipeline is not None and row.tracked is None:
        return evolve(fitted, pipelines=[pipeline])
    return fitted
