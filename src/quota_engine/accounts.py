"""An account: its calendar and currency, how its slices close, what it subscribes to, what its stages forecast.

Source: rules P4, P6, A1, A2 and F1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, TypeAlias

from attrs import field, frozen

from quota_engine import _fields, amounts
from quota_engine._fields import Field, FrozenMap
from quota_engine.curves import Curve, EveryDay, as_curve
from quota_engine.durations import FORECAST_CADENCES, Cadence
from quota_engine.errors import TooLarge, invalid, mistyped
from quota_engine.fiscal import FiscalCalendar
from quota_engine.periods import MOST_PERIODS, Period


class ClosePolicy(StrEnum):
    """What a correction that is recorded after a slice has closed does to its figure: nothing, or it counts."""

    FREEZE = "freeze"
    RESTATE = "restate"


def _as_policy(value: str) -> ClosePolicy:
    return _fields.word(value, "policy", ClosePolicy)


def _check_grace(_closing: Closing, attribute: Field, grace: timedelta) -> None:
    if _fields.instance_of(timedelta, "a timedelta")(grace, attribute.name) < timedelta(0):
        raise invalid(attribute.name, str(grace), "a grace of zero or more", code="negative")
    if grace > timedelta(days=366):
        raise invalid(attribute.name, str(grace), "a grace of at most 366 days", code="out_of_range")


def _as_kept(kept: Mapping[Period, Closing]) -> FrozenMap[Period, Closing]:
    if not isinstance(kept, Mapping):
        raise mistyped("kept", kept, "a mapping from slices to rules")
    _fields.items(kept, "kept", Period, "slices", most=MOST_PERIODS)
    _fields.items(kept.values(), "kept", Closing, "rules", most=MOST_PERIODS)
    return FrozenMap(kept)


@frozen(kw_only=True)
class Closing:
    """When and whether a slice's figure freezes. Source: rule P6.

    Attributes:
        policy: `freeze`: what is recorded at or after a slice's end and grace never changes it; `restate`: it counts.
        grace: how long after the last instant of a slice a record may still be recorded for it; none by default.
        since: the day a host adopts the library: slices that ended on or before it follow `restate`.
        kept: of a goal whose rule was edited: the slices that had frozen by then, each with the rule by which it froze.
    """

    policy: ClosePolicy = field(default=ClosePolicy.FREEZE, converter=_as_policy)
    grace: timedelta = field(default=timedelta(0), validator=_check_grace)
    since: date | None = field(default=None, validator=_fields.checked(_fields.optional(_fields.calendar_day)))
    kept: FrozenMap[Period, Closing] = field(factory=FrozenMap, converter=_as_kept)

    def of(self, part: Period) -> Closing:
        """Return the rule of one slice."""
        return self.kept.get(part, self)


class Hub(StrEnum):
    """The line of products that a seat or a subscription belongs to."""

    SALES = "sales"
    SERVICE = "service"


class Tier(StrEnum):
    """The edition of a seat or a subscription, from the smallest to the largest."""

    STARTER = "starter"
    PROFESSIONAL = "professional"
    ENTERPRISE = "enterprise"


def _as_hub(value: str) -> Hub:
    return _fields.word(value, "hub", Hub)


def _as_tier(value: str) -> Tier:
    return _fields.word(value, "tier", Tier)


@frozen
class Seat:
    """One user's own licence: the hub and tier it opens, and whether it is paid for."""

    hub: Hub = field(converter=_as_hub)
    tier: Tier = field(converter=_as_tier)
    paid: bool = field(default=True, validator=_fields.checked(_fields.flag))


@frozen
class Subscription:
    """What the whole account has bought: a hub in a tier."""

    hub: Hub = field(converter=_as_hub)
    tier: Tier = field(converter=_as_tier)


def _as_ahead(share: Decimal | int | str) -> Decimal:
    return amounts.target(share, "ahead")


def _as_on_track(share: Decimal | int | str) -> Decimal:
    return amounts.target(share, "on_track")


def _check_on_track(bands: Bands, attribute: Field, on_track: Decimal) -> None:
    if on_track > bands.ahead:
        raise invalid(attribute.name, on_track, f"at most the share of ahead, {bands.ahead}", code="out_of_range")


@frozen(kw_only=True)
class Bands:
    """The shares of what is expected by now from which a row is `ahead` and `on_track`; below it is `behind` (rule P4)."""

    ahead: Decimal = field(default=Decimal(1), converter=_as_ahead)
    on_track: Decimal = field(default=Decimal("0.9"), converter=_as_on_track, validator=_check_on_track)


class ForecastCategory(StrEnum):
    """How sure a deal is, as people judge it in a forecast, from the least sure on; what is omitted is in no forecast."""

    PIPELINE = "pipeline"
    BEST_CASE = "best_case"
    COMMIT = "commit"
    CLOSED = "closed"
    OMITTED = "omitted"

    __hash__ = str.__hash__  # so that a mapping by category takes its plain word as well


Stage: TypeAlias = str | tuple[str, str]
_MOST_SETTINGS: Final = 10_000
_LONGEST_REFRESH: Final = timedelta(days=366)


def _as_forecast_periods(periods: Mapping[str, str]) -> FrozenMap[str, Cadence]:
    _check_settings(periods, "forecast_periods", "a mapping from pipelines to monthly or quarterly")
    return FrozenMap(
        (_fields.identifier(pipeline, "forecast_periods"), _forecast_period(pipeline, period))
        for pipeline, period in periods.items()
    )


def _forecast_period(pipeline: str, period: object) -> Cadence:
    path = f"forecast_periods[{pipeline}]"
    expected = f"one of {', '.join(cadence.value for cadence in FORECAST_CADENCES)}"
    if not isinstance(period, str):
        raise mistyped(path, period, expected)
    for cadence in FORECAST_CADENCES:
        if cadence == period:
            return cadence
    raise invalid(path, str(period), expected, code="unknown_word")


def _as_forecast_stages(stages: Mapping[Any, str]) -> FrozenMap[Stage, ForecastCategory]:
    # Keys are Any to type checkers, which would take no dict of text for a mapping from text or pairs.
    _check_settings(stages, "forecast_stages", "a mapping from stages to categories")
    return FrozenMap(
        (found := _stage(key), _fields.word(category, f"forecast_stages[{_path(found)}]", ForecastCategory))
        for key, category in stages.items()
    )


def _stage(key: object) -> Stage:
    if isinstance(key, str):
        return _fields.identifier(key, "forecast_stages")
    pipeline, stage = _fields.pair(key, "forecast_stages", "keys that are a stage, or a pipeline and a stage")
    return _fields.identifier(pipeline, "forecast_stages"), _fields.identifier(stage, "forecast_stages")


def _path(stage: Stage) -> str:
    return stage if isinstance(stage, str) else ", ".join(stage)


def _check_settings(settings: object, name: str, expected: str) -> None:
    if not isinstance(settings, Mapping):
        raise mistyped(name, settings, expected)
    if len(settings) > _MOST_SETTINGS:
        raise TooLarge(f"{name}: expected at most {_MOST_SETTINGS}, got {len(settings)}", field=name)


def _as_subscriptions(subscriptions: Iterable[Subscription]) -> tuple[Subscription, ...]:
    return _fields.items(subscriptions, "subscriptions", Subscription, "subscriptions", most=1_000)


def _check_refresh_every(_account: Account, attribute: Field, every: timedelta) -> None:
    if not timedelta(0) < _fields.instance_of(timedelta, "a timedelta")(every, attribute.name) <= _LONGEST_REFRESH:
        raise invalid(
            attribute.name, str(every), f"more than nothing and at most {_LONGEST_REFRESH}", code="out_of_range"
        )


@frozen(kw_only=True)
class Account:
    """One customer of the host, whose goals, people and records stand apart from all others.

    Attributes:
        id: the host's id of the account.
        currency: the currency of its goals (ISO 4217), and of records that name none.
        calendar: its fiscal year, weeks and zone.
        subscriptions: what it has bought.
        closing: when the figures of its slices freeze.
        bands: from which share of the expected a row is ahead or on track.
        curve: along which a target is expected to come in: the same every day where not given (rule P4).
        refresh_every: how long after a refresh progress is due again, in elapsed time (rule P5).
        forecast_periods: by the id of a pipeline, whether it is forecast "monthly" or "quarterly"; monthly where not listed.
        forecast_stages: the category of a deal's stage in a forecast: by the stage, for all pipelines, or by (pipeline, stage),
            which goes before it. A deal that names a category itself, or whose stage is not listed, does not need it.

    Raises:
        InvalidType, InvalidValue: naming the field, its value and what was expected.
    """

    id: str = field(validator=_fields.checked(_fields.identifier))
    currency: str = field(validator=_fields.checked(amounts.currency))
    calendar: FiscalCalendar = field(
        factory=FiscalCalendar, validator=_fields.checked(_fields.instance_of(FiscalCalendar, "a FiscalCalendar"))
    )
    subscriptions: tuple[Subscription, ...] = field(default=(), converter=_as_subscriptions)
    closing: Closing = field(factory=Closing, validator=_fields.checked(_fields.instance_of(Closing, "a Closing")))
    bands: Bands = field(factory=Bands, validator=_fields.checked(_fields.instance_of(Bands, "Bands")))
    curve: Curve = field(factory=EveryDay, validator=_fields.checked(as_curve))
    refresh_every: timedelta = field(default=timedelta(hours=24), validator=_check_refresh_every)
    forecast_periods: FrozenMap[str, Cadence] = field(factory=FrozenMap, converter=_as_forecast_periods)
    forecast_stages: FrozenMap[Stage, ForecastCategory] = field(factory=FrozenMap, converter=_as_forecast_stages)

    def forecast_period(self, pipeline: str) -> Cadence:
        """Return whether a pipeline is forecast monthly or quarterly (rule F1)."""
        return self.forecast_periods.get(pipeline, Cadence.MONTHLY)

    def stage_category(self, pipeline: str | None, stage: str) -> ForecastCategory | None:
        """Return the category of a stage, in a pipeline or in none; None where the stage is not listed."""
        own = None if pipeline is None else self.forecast_stages.get((pipeline, stage))
        return self.forecast_stages.get(stage) if own is None else own
