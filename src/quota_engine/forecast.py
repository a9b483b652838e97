"""The forecast: which goals show in which pipeline's forecast, and what their deals are expected to come to. Source: rule F1.

Every version of a record is given the category that it stands in and its weighted amount; then the calculator is asked once,
about a goal for each of these. So versions, credit, freezes, currencies and totals are the calculator's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import accumulate
from typing import Final

from attrs import evolve, field, frozen

from quota_engine import _fields, amounts
from quota_engine._fields import FrozenMap
from quota_engine.accounts import Account, ForecastCategory
from quota_engine.amounts import Grains
from quota_engine.contributors import Contributor, Roster
from quota_engine.durations import Duration
from quota_engine.errors import InvalidValue, NotFound, invalid
from quota_engine.events import CrmEvent
from quota_engine.facts import Batch
from quota_engine.filing import credited, filed, tally
from quota_engine.findings import Finding, FindingKind, Notes, renewed
from quota_engine.goals import Goal
from quota_engine.histories import Histories
from quota_engine.measures import Aggregate, Condition
from quota_engine.periods import Partition, Period
from quota_engine.plans import Block, Work, plan
from quota_engine.progress import Calculation
from quota_engine.rates import Rates
from quota_engine.splits import Splits
from quota_engine.standings import CATEGORY, REST, WEIGHTED, Sorting, Standing, of_all, standing_of, tracked_by
from quota_engine.tallies import Figures, total_of

_FROM_SUREST: Final = (
    ForecastCategory.CLOSED,
    ForecastCategory.COMMIT,
    ForecastCategory.BEST_CASE,
    ForecastCategory.PIPELINE,
)
_ALL: Final = "all"
_ASKED: Final = (_ALL, *ForecastCategory, WEIGHTED, REST)


class NotShownCode(StrEnum):
    """Why a goal does not show in a forecast, in the order in which it is asked."""

    NOT_A_FORECAST_GOAL = "not_a_forecast_goal"
    OTHER_PIPELINE = "other_pipeline"
    OTHER_PERIOD = "other_period"
    NOT_FISCAL = "not_fiscal"


@frozen
class NotShown:
    """The first reason why a goal does not show in a forecast.

    Attributes:
        code: for programs.
        text: the same for people, in English.
    """

    code: NotShownCode
    text: str

    def __str__(self) -> str:
        """Return the reason in plain words."""
        return self.text


@frozen(kw_only=True)
class Forecast:
    """What one slice of a goal is expected to come to, or why the goal does not show. Source: rule F1.

    Amounts are in the goal's currency, or in its unit. Where the goal does not show there are no figures.

    Attributes:
        goal_id: the goal.
        pipeline: the pipeline whose forecast was asked for.
        reason: why it does not show; None when it does.
        contributor: whose row it is; None for the goal's total, each record once (rule C4).
        slice: the days.
        categories: what the deals of each category come to, each deal in one; `closed` is what the goal attained. By
            `ForecastCategory` or its plain word.
        cumulative: the same with all that is surer: commit with closed, best case with commit, pipeline with best case.
        weighted: the open deals, neither closed nor omitted, each amount times its probability, exactly.
        target: what was promised; None without a target, and for a total over rows of several kinds.
        gap: target - closed, below zero once it is exceeded; None without a target.
        coverage: weighted / gap, to 34 digits; None unless the gap is above zero.
        currency: of the amounts; None unless the unit is money.
        findings: what was noticed about the records, such as deals whose category or probability cannot be read. *Late* are those
            that would count otherwise in any of the figures, closed or open, had everything been recorded in time (rule P6).
    """

    goal_id: str
    pipeline: str
    reason: NotShown | None = None
    contributor: Contributor | None = None
    slice: Period | None = None
    categories: FrozenMap[str, Decimal] = field(factory=FrozenMap)
    cumulative: FrozenMap[str, Decimal] = field(factory=FrozenMap)
    weighted: Decimal | None = None
    target: Decimal | None = None
    gap: Decimal | None = None
    coverage: Decimal | None = None
    currency: str | None = None
    findings: tuple[Finding, ...] = ()

    @property
    def shows(self) -> bool:
        """Whether the goal shows in the pipeline's forecast."""
        return self.reason is None


def why_not_in_forecast(goal: Goal, *, pipeline: str, account: Account) -> NotShown | None:
    """Return the first reason why a goal does not show in a pipeline's forecast; None when it shows. Source: rule F1.

    It shows when it is a forecast goal (rule M5), tracks this pipeline alone or all of them, has the cadence by which the account
    forecasts the pipeline, and its slices are periods of the account's fiscal calendar as it is now. No record is looked at.

    Raises:
        InvalidType, InvalidValue: an argument that does not fit, or the account of another goal.
    """
    _fields.instance_of(Goal, "a Goal")(goal, "goal")
    _fields.identifier(pipeline, "pipeline")
    _fields.instance_of(Account, "an Account")(account, "account")
    if goal.account_id != account.id:
        raise invalid("account", account.id, f"the goal's own account {goal.account_id}", code="foreign")
    if not goal.is_forecast:
        text = (
            "forecast goals are planned from a revenue template, monthly or quarterly, for all pipelines or exactly one"
        )
        return NotShown(NotShownCode.NOT_A_FORECAST_GOAL, text)
    tracked = tracked_by(goal)
    if tracked not in {None, pipeline}:
        return NotShown(NotShownCode.OTHER_PIPELINE, f"it tracks the pipeline {tracked}, not {pipeline}")
    cadence, period = goal.duration.cadence, account.forecast_period(pipeline)
    if cadence is not period:
        text = f"it is {cadence.value}, and the pipeline {pipeline} is forecast {period.value}"
        return NotShown(NotShownCode.OTHER_PERIOD, text)
    if not _is_fiscal(goal, account):
        text = f"its slices in {goal.slices.span} are not {cadence.value} periods of the account's fiscal calendar"
        return NotShown(NotShownCode.NOT_FISCAL, text)
    return None


def _is_fiscal(goal: Goal, account: Account) -> bool:
    span = goal.slices.span
    try:
        return account.calendar.between(span.start, span.last_day, goal.duration.cadence) == goal.slices
    except InvalidValue:
        return False  # days that the calendar of today does not have, such as those outside a table


def forecast_of(
    goal: Goal,
    *,
    pipeline: str,
    events: Iterable[CrmEvent | Batch],
    account: Account,
    as_of: datetime,
    on: date | None = None,
    contributor: Contributor | None = None,
    roster: Roster | None = None,
    known_at: datetime | None = None,
    rates: Rates | None = None,
    splits: Splits | None = None,
) -> Forecast:
    """Return the forecast of one slice of a goal; a pure function of its arguments.

    A record that the goal's measure counts is `closed`, and no other is. Any other is in the category that its property
    `forecast_category` says; without one in that of its `stage` in its pipeline, by the account's `forecast_stages`; without that
    it is omitted where its `probability` is zero, and in `pipeline` otherwise. Open deals are dated by the property that dates
    won ones: they carry the day on which they are expected to close. Of a goal that tracks all pipelines, the deals of all count.

    A record that cannot be placed (an unknown category, or `closed` on one that the goal does not count) is in no category, and
    is reported; an open one without a probability from 0 to 1 is in its category, not in `weighted`, and is reported.

    Args:
        goal: a goal of the account whose measure is a sum.
        pipeline: the id of the pipeline whose forecast is asked for.
        events: as `calculate` takes them; they are not looked at where the goal does not show.
        account: the account of the goal.
        as_of: the moment asked about.
        on: a day of the slice; by default the day of `as_of` in the goal's zone.
        contributor: whose row; by default the total of all rows with a target in the slice (rule C4).
        roster: who belongs where, as for `calculate`.
        known_at: what was recorded later does not exist; `as_of` by default.
        rates: exchange rates, as for `calculate`; open deals need them as well. A deal dated ahead, as open ones mostly are, is
            converted at the rate of the day of `as_of` (rule M4).
        splits: records of which several users get a share, open ones as well.

    Raises:
        InvalidType, InvalidValue: an argument that does not fit; among the events the index is named.
        NotFound: the goal has no slice of that day, or no row of the contributor.
        MissingRate: records of the slice for whose currency and day there is no rate.
    """
    reason = why_not_in_forecast(goal, pipeline=pipeline, account=account)
    moment = _fields.instant(as_of, "as_of")
    known = moment if known_at is None else _fields.instant(known_at, "known_at")
    day = goal.calendar.day_of(moment) if on is None else _fields.calendar_day(on, "on")
    if contributor is not None:
        goal.row(contributor)
    if reason is not None:
        return Forecast(goal_id=goal.id, pipeline=pipeline, reason=reason, contributor=contributor)
    if goal.measure.aggregate is not Aggregate.SUM:
        raise invalid("goal.measure", goal.measure.aggregate.value, "a measure that is a sum", code="not_a_sum")
    place = goal.slices.index(day)
    if place is None:
        raise NotFound(f"on: not found in goal {goal.id}: a slice of {day}", field="on")
    part = goal.slices.periods[place]
    sorting = Sorting(goal, part, account, known_at=known)
    work = plan(
        _asked(goal, place),
        account=account,
        as_of=moment,
        roster=roster,
        known_at=known,
        rates=rates,
        splits=splits,
    )
    tallies = tally(work, sorting.placed(events))
    figures, notes = tallies.settled()
    row = None if contributor is None else goal.place(contributor)
    sums = {name: _sum(block, row, figures) for name, block in zip(_ASKED, work.blocks, strict=True)}
    if contributor is None:
        for name, grains in _amends(work, tallies.histories):
            sums[name] += grains
    result = Calculation(work.goals, work.as_of, work.known_at, work, figures, notes)
    noticed = sorting.notes()
    _note_late(noticed, work, tallies.histories)
    return _made(goal, part, result, sums, pipeline=pipeline, contributor=contributor, noticed=noticed)


def _asked(goal: Goal, place: int) -> list[Goal]:
    """Return the goals that the calculator is asked about, all of one slice: one for all records, and one for each figure.

    The first keeps the goal's id, so that what is noticed about its records is told of the goal.
    """
    part = goal.slices.periods[place]
    everything = evolve(
        goal,
        template=None,
        pipeline=None,
        measure=of_all(goal.measure),
        duration=Duration.custom(part.start, part.last_day),
        slices=Partition((part,)),
        assignments=[evolve(row, targets=[row.cells[place]], locked=()) for row in goal.assignments],
    )
    figures = {
        category.value: evolve(goal.measure, where=[Condition(CATEGORY, "eq", category.value)])
        for category in ForecastCategory
    }
    for name in (WEIGHTED, REST):
        figures[name] = evolve(goal.measure, where=[Condition(name, "is_set")], value=name)
    return [everything, *(evolve(everything, id=_id(goal, name), measure=measure) for name, measure in figures.items())]


def _id(goal: Goal, name: str) -> str:
    """Return the id of the goal that is asked for a figure, which is never that of the goal itself."""
    return f"{'b' if goal.id.startswith('a') else 'a'} {name}"


def _sum(block: Block, row: int | None, figures: Figures) -> Grains:
    """Return what a goal that is asked for one figure comes to, in grains: of one row, or in total."""
    if row is None:
        return total_of(block, 0, figures).total
    return figures.tally(block.rows_at + row, block.goal.measure, block.goal.currency).total


def _amends(work: Work, histories: Histories) -> Iterator[tuple[str, Grains]]:
    """Yield what has to be added to totals of figures, so that in the total each record stands in one place (rule C4).

    Rows hold different versions of a record where somebody was away (rule P7). If one with a target counts it as closed, it is:
    the goal has attained it. Else it stands as the greatest version does that such a row holds, with all that it comes to.
    """
    lens, names = work.lenses[0], {block.totals_at: name for name, block in zip(_ASKED, work.blocks, strict=True)}
    absentees = lens.attribution.absentees
    if not absentees:
        return
    alone = _alone(work)
    for versions in histories:
        is_held_alike = absentees.isdisjoint(event.owner_id or "" for event in versions)
        if is_held_alike and versions[0].record_id not in lens.split_ids:
            continue
        if len(set(map(standing_of, versions))) == 1:
            continue
        held = {names[cell]: grains for cell, grains in credited(work, versions).added if cell in names}
        whole = held.pop(_ALL, 0)
        closed = held.pop(ForecastCategory.CLOSED, None)
        yield from ((name, -grains) for name, grains in held.items())
        standing = Standing() if closed is not None else _greatest(alone, versions)
        if standing.category is not None:
            yield standing.category, whole
        if standing.probability is not None:
            yield WEIGHTED, whole * Fraction(standing.probability)


def _alone(work: Work) -> Work:
    """Return the work of the first goal alone, that of all records."""
    return plan(
        work.goals[:1],
        account=work.account,
        as_of=work.as_of,
        known_at=work.known_at,
        roster=work.roster,
        rates=work.rates,
        splits=work.splits,
    )


def _greatest(work: Work, versions: Sequence[CrmEvent]) -> Standing:
    """Return the standing of the greatest version of a record that a row with a target holds.

    It is the greatest of which the total comes to have something when nothing can be read of all others.
    """
    for version in reversed(versions):
        others = [each if each is version else evolve(each, properties={}) for each in versions]
        if any(cell == work.blocks[0].totals_at for cell, _ in credited(work, others).added):
            return standing_of(version)
    return Standing()


def _note_late(notes: Notes, work: Work, histories: Histories) -> None:
    """Note each record once that would count otherwise in some figure had everything been recorded in time (rule P6)."""
    (freeze,) = work.blocks[0].times.freezes
    late = [versions for versions in histories if freeze is not None and versions[-1].recorded_at >= freeze]
    noted, _ = filed(work, work.goals[0].measure.object, late, Figures(work.size))
    for record_id, said in noted.items():
        if any(kind is FindingKind.LATE for kind, _, _ in said):
            notes.add(FindingKind.LATE, record_id, spots=(0,))


def _made(
    goal: Goal,
    part: Period,
    result: Calculation,
    sums: Mapping[str, Grains],
    *,
    pipeline: str,
    contributor: Contributor | None,
    noticed: Notes,
) -> Forecast:
    asked = _id(goal, ForecastCategory.CLOSED)
    closed = result.total(asked, on=part.start) if contributor is None else result.of(asked, contributor, on=part.start)
    exact = {category: Fraction(sums[category], amounts.ONE) for category in ForecastCategory}
    cumulative = dict(zip(_FROM_SUREST, accumulate(exact[category] for category in _FROM_SUREST), strict=True))
    weighted = Fraction(sums[WEIGHTED] + Fraction(sums[REST], amounts.ONE), amounts.ONE)
    gap = None if closed.target is None else Fraction(closed.target) - exact[ForecastCategory.CLOSED]
    return Forecast(
        goal_id=goal.id,
        pipeline=pipeline,
        contributor=contributor,
        slice=part,
        categories=_amounts(exact),
        cumulative=_amounts({category: cumulative[category] for category in exact if category in cumulative}),
        weighted=amounts.from_fraction(weighted),
        target=closed.target,
        gap=None if gap is None else amounts.from_fraction(gap),
        coverage=amounts.quotient(weighted, gap) if gap is not None and gap > 0 else None,
        currency=closed.currency,
        findings=renewed(
            [
                finding
                for finding in result.findings
                if finding.goal_id in {None, goal.id} and finding.kind is not FindingKind.LATE
            ],
            (),
            noticed.findings(lambda _: (goal.id, part)),
        ),
    )


def _amounts(exact: Mapping[ForecastCategory, Fraction]) -> FrozenMap[str, Decimal]:
    return FrozenMap((category, amounts.from_fraction(amount)) for category, amount in exact.items())
