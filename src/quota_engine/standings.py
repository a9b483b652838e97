"""Standings: what each version of a record is to a forecast: its category, and what it is likely to come to. Source: rule F1."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from attrs import evolve, field, frozen

from quota_engine import amounts
from quota_engine.accounts import Account, ForecastCategory
from quota_engine.errors import mistyped
from quota_engine.events import CrmEvent, Property, is_later, is_set
from quota_engine.facts import Batch
from quota_engine.findings import FindingKind, Notes
from quota_engine.fiscal import local_day
from quota_engine.goals import Goal
from quota_engine.measures import Fact, Measure, Unreadable, read, read_number, read_text
from quota_engine.periods import Period

_SAID: Final = {category.value: category for category in ForecastCategory if category is not ForecastCategory.CLOSED}
# Properties of placed versions, under names that no measure has: the character stands for nothing, and is in no text.
CATEGORY: Final = "\U0010ffffcategory"
WEIGHTED: Final = "\U0010ffffweighted"
REST: Final = "\U0010ffffweighted, rest"


def tracked_by(goal: Goal) -> str | None:
    """Return the one pipeline that a forecast goal tracks; None for all of them."""
    for row in goal.assignments:
        return None if row.tracked is None else next(iter(row.tracked))
    return goal.pipeline


def of_all(measure: Measure) -> Measure:
    """Return the measure of all records that a measure could count, whatever its conditions."""
    return evolve(measure, where=())


@frozen
class Standing:
    """What a version of a record is to a forecast.

    Attributes:
        category: where it stands; None where it cannot be placed.
        probability: the share of its amount that is weighted; None where it is not open, has no amount or no probability.
        problem: the property at fault, and what was expected of it; None where there is none.
    """

    category: ForecastCategory | None = None
    probability: Decimal | None = None
    problem: Unreadable | None = None


@frozen(kw_only=True)
class Placed(CrmEvent):
    """A version of a record in its standing, with the properties that a forecast adds up and no others.

    Which of two versions holds is decided by what the CRM recorded, never by what was made of it here (rule P1).

    Attributes:
        standing: what it is to the forecast.
        said: the version as it was recorded.
    """

    standing: Standing = field()
    said: CrmEvent = field()

    def content(self) -> bytes:
        """Return the canonical content of the version as it was recorded."""
        return self.said.content()


def standing_of(event: CrmEvent) -> Standing:
    """Return the standing of a version; one that was not placed stands nowhere."""
    return event.standing if isinstance(event, Placed) else Standing()


class Sorting:
    """One pass over the records: each version in a slice with its standing, and of each record what is wrong with it now."""

    def __init__(self, goal: Goal, part: Period, account: Account, *, known_at: datetime) -> None:
        """Begin with no records; those recorded after `known_at` do not exist."""
        self._goal = goal
        self._part = part
        self._account = account
        self._known_at = known_at
        self._everything = of_all(goal.measure)
        self._held: dict[str, tuple[CrmEvent, Unreadable | None]] = {}

    def placed(self, events: Iterable[CrmEvent | Batch]) -> Iterator[CrmEvent]:
        """Return the versions of the goal's kind of record, those with a category as `Placed`."""
        if isinstance(events, (str, bytes)) or not isinstance(events, Iterable):
            raise mistyped("events", events, "an iterable of CrmEvent")
        for index, item in enumerate(events):
            if isinstance(item, CrmEvent):
                if item.object == self._goal.measure.object and item.recorded_at <= self._known_at:
                    yield self._placed(item)
            elif isinstance(item, Batch):
                if item.object == self._goal.measure.object:
                    yield from map(self._placed, self._unfolded(item))
            else:
                raise mistyped(f"events[{index}]", item, "a CrmEvent")

    def _unfolded(self, batch: Batch) -> Iterator[CrmEvent]:
        """Return the records of a batch one by one, but for those that count in no forecast."""
        facts = batch.facts(
            self._everything,
            self._goal.currency,
            home_currency=self._account.currency,
            known_at=self._known_at,
            zone=self._account.calendar.zone,
        )
        chosen = {number for number, is_selected in enumerate(facts.selected) if is_selected}
        return map(facts.event, sorted(chosen.union(facts.odd)))

    def _placed(self, event: CrmEvent) -> CrmEvent:
        fact = read(self._everything, event)
        standing, weighted = Standing(), dict[str, Property]()
        if isinstance(fact, Fact) and self._day(fact) in self._part:
            standing = self._standing(event, fact)
            weighted = _weighted(fact, standing)
        other = self._held.get(event.record_id)
        if other is None or is_later(event, other[0]):
            self._held[event.record_id] = (event, standing.problem)
        if standing.category is None:
            return event
        return Placed(
            event.object,
            event.record_id,
            recorded_at=event.recorded_at,
            owner_id=event.owner_id,
            pipeline_id=event.pipeline_id,
            properties={
                **{name: event.properties[name] for name in self._everything.properties if name in event.properties},
                CATEGORY: standing.category.value,
                **weighted,
            },
            version=event.version,
            standing=standing,
            said=event,
        )

    def _standing(self, event: CrmEvent, fact: Fact) -> Standing:
        for condition in self._goal.measure.where:
            verdict = condition.holds(event.properties.get(condition.property))
            if isinstance(verdict, Unreadable):
                return Standing(problem=verdict)
            if not verdict:
                return self._not_counted(event, fact)
        return Standing(ForecastCategory.CLOSED)

    def _not_counted(self, event: CrmEvent, fact: Fact) -> Standing:
        """Return the standing of a record that the goal does not count: open, omitted, or not to be placed."""
        category, probability = self._category(event), _probability(event)
        if isinstance(category, Unreadable):
            return Standing(problem=category)
        if category is None:
            category = ForecastCategory.OMITTED if probability == 0 else ForecastCategory.PIPELINE
        if category is ForecastCategory.OMITTED or fact.amount is None:
            return Standing(category)
        if probability is None:
            expected = "expected a share from 0 to 1, without which the record is not weighted"
            return Standing(category, problem=Unreadable("probability", expected))
        return Standing(category, probability)

    def _category(self, event: CrmEvent) -> ForecastCategory | Unreadable | None:
        """Return the category that a record says, or its stage; None where neither says one."""
        given = event.properties.get("forecast_category")
        if is_set(given):
            expected = f"expected one of {', '.join(_SAID)} on a record that the goal does not count"
            return _SAID.get(read_text(given) or "", Unreadable("forecast_category", expected))
        stage = read_text(event.properties.get("stage"))
        found = None if stage is None else self._account.stage_category(event.pipeline_id, stage)
        if found is ForecastCategory.CLOSED:
            return Unreadable("stage", "expected a record that the goal counts, as the stage is one of closed deals")
        return found

    def _day(self, fact: Fact) -> date:
        return local_day(fact.when, self._goal.zone) if isinstance(fact.when, datetime) else fact.when

    def notes(self) -> Notes:
        """Return what is wrong with the slice's records as they stand now, in the goal's pipelines, whoever owns them."""
        notes, tracked = Notes(), tracked_by(self._goal)
        for event, problem in self._held.values():
            if problem is not None and tracked in {None, event.pipeline_id}:
                detail = f"{self._goal.measure.name}, {problem.property}: {problem.reason}"
                notes.add(FindingKind.UNREADABLE, event.record_id, spots=(0,), detail=detail)
        return notes


def _weighted(fact: Fact, standing: Standing) -> dict[str, Property]:
    """Return the properties of what a version is likely to come to: in grains, and what is finer than they are."""
    if fact.amount is None or standing.probability is None:
        return {}
    high, low = divmod(amounts.grains(fact.amount) * amounts.grains(standing.probability), amounts.ONE)
    return {WEIGHTED: amounts.from_grains(high), REST: amounts.from_grains(low)}


def _probability(event: CrmEvent) -> Decimal | None:
    """Return the probability of a record; None where it has none that is a share from 0 to 1."""
    number = read_number(event.properties.get("probability"))
    return number if number is not None and 0 <= number <= 1 else None
