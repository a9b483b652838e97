"""Accounts: calendar, currency, closing, subscriptions."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from attrs import evolve

from quota_engine.accounts import (
    Account,
    Bands,
    ClosePolicy,
    Closing,
    ForecastCategory,
    Hub,
    Seat,
    Stage,
    Subscription,
    Tier,
)
from quota_engine.durations import Cadence
from quota_engine.errors import InvalidType, TooLarge
from quota_engine.fiscal import FiscalCalendar, MonthYears
from tests.refusals import refuses, stays


class TestClosing:
    """When a slice's figure freezes."""

    def test_freezes_at_once_by_default(self) -> None:
        """No grace, no day of adoption, and late corrections do not count."""
        found = Closing()
        assert (found.policy, found.grace, found.since) == (ClosePolicy.FREEZE, timedelta(0), None)
        stays(Closing(policy="restate", grace=timedelta(days=3), since=date(2025, 1, 1)))

    def test_grace_is_at_most_a_year_and_not_negative(self) -> None:
        """A grace is a time span from nothing to 366 days."""
        assert Closing(grace=timedelta(days=366)).grace.days == 366
        refuses(lambda: Closing(grace=-timedelta(microseconds=1)), "negative", "grace", "zero or more")
        refuses(lambda: Closing(grace=timedelta(days=366, microseconds=1)), "out_of_range", "grace", "at most 366 days")
        refuses(lambda: Closing(grace=3), "invalid_type", "grace", "a timedelta", kind=InvalidType)  # type: ignore[arg-type]

    def test_refuses_other_policies_and_days(self) -> None:
        """The policy is one of two words, the day of adoption is a date."""
        refuses(lambda: Closing(policy="never"), "unknown_word", "policy", "freeze, restate")
        moment = datetime(2025, 1, 1, tzinfo=UTC)
        refuses(lambda: Closing(since=moment), "invalid_type", "since", "a date", kind=InvalidType)


class TestLicences:
    """Seats and subscriptions."""

    def test_name_hub_and_tier(self) -> None:
        """Plain words are taken for members; a seat is paid for unless it says otherwise."""
        seat = Seat("sales", "professional")
        assert (seat.hub, seat.tier, seat.paid) == (Hub.SALES, Tier.PROFESSIONAL, True)
        assert not Seat(Hub.SERVICE, Tier.STARTER, paid=False).paid
        assert Subscription("service", "enterprise") == Subscription(Hub.SERVICE, Tier.ENTERPRISE)
        stays(seat)
        stays(Subscription("service", "enterprise"))

    def test_refuse_unknown_words(self) -> None:
        """An unknown hub or tier is never taken for some default."""
        refuses(lambda: Seat("marketing", "starter"), "unknown_word", "hub", "sales, service")
        refuses(
            lambda: Subscription("sales", "Sales Hub Ultra"),
            "unknown_word",
            "tier",
            "starter, professional, enterprise",
        )
        refuses(lambda: Seat("sales", None), "invalid_type", "tier", kind=InvalidType)  # type: ignore[arg-type]
        refuses(lambda: Seat("sales", "starter", paid="yes"), "invalid_type", "paid", kind=InvalidType)  # type: ignore[arg-type]


class TestBands:
    """From which share of the expected a row is ahead or on track."""

    def test_are_all_and_nine_tenths_by_default(self) -> None:
        """At least all that is expected is ahead, at least nine tenths is on track."""
        assert (Bands().ahead, Bands().on_track) == (Decimal(1), Decimal("0.9"))
        assert Bands(ahead="1.10", on_track=1) == Bands(ahead=Decimal("1.1"), on_track=Decimal("1.00"))
        stays(Bands(ahead="1.1"))

    def test_on_track_is_not_above_ahead(self) -> None:
        """The band in the middle lies between the two others."""
        assert Bands(ahead=1, on_track=1).on_track == 1
        refuses(lambda: Bands(ahead="0.8"), "out_of_range", "on_track", "0.8", "0.9")
        refuses(lambda: Bands(ahead=-1), "negative", "ahead", "-1")
        refuses(lambda: Bands(on_track=0.5), "invalid_type", "on_track", kind=InvalidType)  # type: ignore[arg-type]


class TestAccount:
    """One customer of the host."""

    def test_needs_an_id_and_a_currency(self) -> None:
        """All else has a default: the calendar year in UTC, no subscriptions, freezing at once."""
        found = Account(id="acme", currency="EUR")
        assert (found.calendar, found.subscriptions, found.closing, found.bands) == (
            FiscalCalendar(),
            (),
            Closing(),
            Bands(),
        )
        refuses(lambda: Account(id="", currency="EUR"), "blank", "id")
        refuses(lambda: Account(id="acme", currency="eur"), "invalid_currency", "currency", "three capital letters")

    def test_is_a_value_of_its_own(self) -> None:
        """A list that the host goes on changing is copied; an edit is checked like a new account."""
        bought = [Subscription("sales", "starter")]
        found = Account(id="acme", currency="EUR", subscriptions=bought)
        bought.clear()
        assert found.subscriptions == (Subscription("sales", "starter"),)
        stays(found)
        moved = evolve(found, calendar=FiscalCalendar(years=MonthYears(start_month=7)))
        assert moved.calendar.years == MonthYears(start_month=7)
        refuses(lambda: evolve(found, currency="EURO"), "invalid_currency", "currency")

    def test_refuses_parts_of_the_wrong_kind(self) -> None:
        """Each part is named with what was expected."""
        parts = {"calendar": "a FiscalCalendar", "closing": "a Closing", "bands": "Bands"}
        for name, expected in parts.items():
            change: dict[str, Any] = {"id": "a", "currency": "EUR", name: 5}
            refuses(partial(Account, **change), "invalid_type", name, expected, kind=InvalidType)
        refuses(
            lambda: Account(id="a", currency="EUR", subscriptions=["sales"]),  # type: ignore[list-item]
            "invalid_type",
            "subscriptions[0]",
            kind=InvalidType,
        )


class TestForecasts:
    """By what periods pipelines are forecast, and what the stages of deals say."""

    def test_pipelines_are_forecast_by_months_or_quarters(self) -> None:
        """Monthly where nothing is said; the host's own mapping is copied."""
        given = {"new": "quarterly", "renewals": Cadence.MONTHLY}
        found = Account(id="a", currency="EUR", forecast_periods=given)
        given.clear()
        assert found.forecast_periods == {"new": Cadence.QUARTERLY, "renewals": Cadence.MONTHLY}
        assert [found.forecast_period(name) for name in ("new", "renewals", "other")] == [
            "quarterly",
            "monthly",
            "monthly",
        ]
        stays(found)

    def test_stages_are_of_all_pipelines_or_of_one(self) -> None:
        """The more exact one holds; a stage that is not listed has no category."""
        stages: dict[Stage, str] = {"offer": "best_case", ("new", "offer"): ForecastCategory.COMMIT}
        found = Account(id="a", currency="EUR", forecast_stages=stages)
        asked = [("new", "offer"), ("renewals", "offer"), (None, "offer"), ("new", "other"), (None, "other")]
        assert [found.stage_category(*stage) for stage in asked] == ["commit", "best_case", "best_case", None, None]
        assert found.forecast_stages == stages
        stays(found)

    def test_other_periods_are_refused(self) -> None:
        """Only the two by which a forecast goal can be planned; the pipeline is named."""
        for cadence in ("weekly", Cadence.YEARLY, "Monthly"):
            given = partial(Account, id="a", currency="EUR", forecast_periods={"new": cadence})
            refuses(given, "unknown_word", "forecast_periods[new]", "one of monthly, quarterly", cadence)
        periods: dict[str, tuple[Any, str]] = {
            "forecast_periods": ("monthly", "a mapping from pipelines"),
            "forecast_periods[new]": ({"new": 1}, "one of monthly, quarterly"),
        }
        for name, (value, expected) in periods.items():
            call = partial(Account, id="a", currency="EUR", forecast_periods=value)
            refuses(call, "invalid_type", name, expected, kind=InvalidType)

    def test_other_categories_are_refused(self) -> None:
        """The stage is named, and all the categories."""
        stages: list[tuple[Any, str]] = [({"offer": "Commit"}, "offer"), ({("new", "offer"): "won"}, "new, offer")]
        for value, path in stages:
            call = partial(Account, id="a", currency="EUR", forecast_stages=value)
            refuses(call, "unknown_word", f"forecast_stages[{path}]", "pipeline, best_case, commit, closed, omitted")
        wrong: list[tuple[Any, str, str]] = [
            (["offer"], "forecast_stages", "a mapping from stages"),
            ({"offer": 1}, "forecast_stages[offer]", "pipeline, best_case"),
            ({5: "commit"}, "forecast_stages", "a stage, or a pipeline and a stage"),
            ({("a", "b", "c"): "commit"}, "forecast_stages", "a stage, or a pipeline and a stage"),
            ({(None, "offer"): "commit"}, "forecast_stages", "text"),
        ]
        for value, name, expected in wrong:
            call = partial(Account, id="a", currency="EUR", forecast_stages=value)
            refuses(call, "invalid_type", name, expected, kind=InvalidType)

    def test_pipelines_and_stages_are_ids(self) -> None:
        """Compared exactly, so that a space at their end is a mistake and a blank is none."""
        wrong: list[dict[str, Any]] = [
            {"forecast_periods": {"new ": "monthly"}},
            {"forecast_stages": {" offer": "commit"}},
            {"forecast_stages": {("new ", "offer"): "commit"}},
            {"forecast_stages": {("new", " offer"): "commit"}},
        ]
        for change in wrong:
            (name,) = change
            refuses(partial(Account, id="a", currency="EUR", **change), "space_around", name, "without space")

    def test_there_are_not_too_many(self) -> None:
        """Refused before any is looked at."""
        for name in ("forecast_periods", "forecast_stages"):
            many: dict[str, Any] = {"id": "a", "currency": "EUR", name: dict.fromkeys(range(10_001), "x")}
            refuses(partial(Account, **many), "too_large", name, "at most 10000", kind=TooLarge)
