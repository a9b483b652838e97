"""Columns: records as plain sequences, for speed. The figures and findings are those of the same records as events."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import repeat
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve

from quota_engine import (
    Absence,
    Closing,
    Condition,
    CrmEvent,
    Goal,
    InvalidType,
    InvalidValue,
    Measure,
    Membership,
    QuotaError,
    Rates,
    Roster,
    Team,
    TooLarge,
    User,
    templates,
)
from quota_engine.adapters.columns import Column, Columns, Days, Minor, Moments
from quota_engine.events import Property
from tests.acme import (
    ADA,
    AUGUST,
    BOB,
    EVERYONE,
    JULY,
    NORTH,
    RENEWALS,
    acme,
    at,
    attained,
    calculated,
    cell,
    counting,
    deal,
    figures,
    found,
    promise,
)
from tests.refusals import refuses

ROMA = ZoneInfo("Europe/Rome")
TENTH = date(2025, 7, 10)
RATES = Rates("EUR", {("USD", date(2025, 7, 5)): "0.90"}, "leave_out")
STAFF = Roster(
    [User("ada"), User("bob", absences=[Absence(at("2025-07-12"))])],
    [Team("north")],
    [Membership("ada", "north", until=date(2025, 7, 10))],
)


class Stamp(datetime):
    """A moment of another library's make, as data frames have them."""


def columns(count: int, /, **properties: Column) -> Columns:
    """Return won deals of Ada that were recorded on the 10th; `closed_at` is the 10th unless given."""
    given: dict[str, Column] = {"is_won": [True] * count, "closed_at": [TENTH] * count, **properties}
    return Columns(
        "deal",
        [f"d{number}" for number in range(count)],
        owner_id=["ada"] * count,
        recorded_at=[at("2025-07-10")] * count,
        properties=given,
    )


def as_events(batch: Columns) -> list[CrmEvent]:
    """Return the records of columns as events, built from the plain values without the code under test."""
    assert batch.recorded_at is not None
    events: list[CrmEvent] = []
    for index, record_id in enumerate(batch.record_id):
        moments = batch.recorded_at
        recorded = (
            at("1970-01-01") + timedelta(microseconds=moments.values[index] or 0)
            if isinstance(moments, Moments)
            else moments[index]
        )
        events.append(
            CrmEvent(
                batch.object,
                record_id,
                recorded_at=recorded,
                owner_id=batch.owner_id[index] if batch.owner_id is not None else None,
                pipeline_id=batch.pipeline_id[index] if batch.pipeline_id is not None else None,
                properties={name: plain(column, index) for name, column in batch.properties.items()},
            )
        )
    return events


def plain(column: Column, index: int) -> Property:
    """Return one value of a column as a property would have it."""
    if isinstance(column, Minor):
        value = column.values[index]
        return None if value is None else Decimal(value).scaleb(-column.places)
    if isinstance(column, Days):
        day = column.values[index]
        return None if day is None else date.fromordinal(day)
    if isinstance(column, Moments):
        moment = column.values[index]
        return None if moment is None else at("1970-01-01") + timedelta(microseconds=moment)
    return column[index]


def says(measure: Measure, name: str, operator: str, value: Any = None) -> Measure:  # noqa: ANN401 - any operand
    """Return a measure with one more condition."""
    return evolve(measure, where=[*measure.where, Condition(name, operator, value)])


REVENUE = promise().measure
MOMENTS = [datetime(2025, 6, 30, 22, tzinfo=UTC), datetime(2025, 7, 31, 22, tzinfo=UTC)]

TRICKY: Mapping[str, tuple[Measure, Columns]] = {
    "amounts in cents": (REVENUE, columns(3, amount=Minor([10001, None, -250]))),
    "amounts in mills": (REVENUE, columns(2, amount=Minor([10001, 1], places=3))),
    "amounts as text, numbers and decimals": (REVENUE, columns(4, amount=["1.10", 2, Decimal("3.3"), "4e1"])),
    "missing amounts": (REVENUE, columns(3, amount=[None, "", "5"])),
    "no amounts at all": (REVENUE, columns(2)),
    "amounts nobody can read": (REVENUE, columns(4, amount=["a lot", "1", True, TENTH])),
    "missing values in an average": (counting("average"), columns(4, amount=[None, "", "5", "6"])),
    "missing cents in an average": (counting("average"), columns(3, amount=Minor([None, 500, 600]))),
    "missing values in a minimum": (counting("minimum"), columns(4, amount=[None, "7", "5", "-6"])),
    "missing values in a maximum": (counting("maximum"), columns(4, amount=[None, "7", "5", "x"])),
    "a count of what has no amounts": (counting("count"), columns(3, amount=[None, "x", "5"])),
    "a foreign currency": (REVENUE, columns(4, amount=["1", "10", "100", "1000"], currency=["USD", "EUR", None, ""])),
    "a foreign currency in cents": (REVENUE, columns(2, amount=Minor([100, 200]), currency=["USD", "USD"])),
    "a currency without a rate": (REVENUE, columns(2, amount=["1", "10"], currency=["ZWL", "EUR"])),
    "a currency nobody can read": (REVENUE, columns(3, amount=["1", "10", "100"], currency=["euro", 5, "EUR"])),
    "a currency of a deal that is not won": (
        REVENUE,
        columns(2, amount=["1", "10"], currency=["ZWL", "EUR"], is_won=[False, True]),
    ),
    "a foreign currency in an average": (counting("average"), columns(2, amount=["1", "9"], currency=["USD", None])),
    "a foreign currency where no money is": (
        evolve(REVENUE, unit="points"),
        columns(2, amount=["1", "9"], currency=["USD", 5]),
    ),
    "dates as numbers": (REVENUE, columns(3, amount=["1", "10", "100"], closed_at=Days([TENTH.toordinal(), None, 1]))),
    "dates as moments": (
        REVENUE,
        columns(
            4,
            amount=["1", "10", "100", "1000"],
            closed_at=[
                MOMENTS[0],
                MOMENTS[0] - timedelta(microseconds=1),
                MOMENTS[1].astimezone(ROMA) - timedelta(microseconds=1),
                MOMENTS[1],
            ],
        ),
    ),
    "dates as microseconds": (
        REVENUE,
        columns(3, amount=["1", "10", "100"], closed_at=Moments([1_751_320_800_000_000, None, 1_751_320_799_999_999])),
    ),
    "moments of another library": (
        REVENUE,
        columns(
            2, amount=["1", "10"], closed_at=[Stamp(2025, 6, 30, 22, tzinfo=UTC), Stamp(2025, 6, 30, 21, tzinfo=UTC)]
        ),
    ),
    "dates and moments and text, mixed": (
        REVENUE,
        columns(
            7,
            amount=[str(10**n) for n in range(7)],
            closed_at=[TENTH, MOMENTS[0], "2025-07-31", "2025-08-01T00:00:00+02:00", None, "", "some day"],
        ),
    ),
    "dates as text": (
        REVENUE,
        columns(3, amount=["1", "10", "100"], closed_at=["2025-07-01", "2025-06-30", "07/01/2025"]),
    ),
    "amounts where dates should be": (REVENUE, columns(2, amount=["1", "10"], closed_at=Minor([20250710, None]))),
    "no dates at all": (
        REVENUE,
        Columns("deal", ["d1"], recorded_at=[at("2025-07-10")], properties={"is_won": [True]}),
    ),
    "flags as text": (REVENUE, columns(4, amount=["1", "10", "100", "1000"], is_won=["true", "FALSE", "yes", None])),
    "a number where a flag should be": (REVENUE, columns(2, amount=["1", "10"], is_won=[1, True])),
    "a condition on cents": (
        says(REVENUE, "amount", "ge", 5),
        columns(3, amount=Minor([499, 500, None])),
    ),
    "a condition on days": (
        says(REVENUE, "seen", "lt", TENTH),
        columns(3, amount=["1", "10", "100"], seen=Days([TENTH.toordinal(), TENTH.toordinal() - 1, None])),
    ),
    "a condition on moments": (
        says(REVENUE, "seen", "ge", at("2025-07-01")),
        columns(3, amount=["1", "10", "100"], seen=Moments([1_751_328_000_000_000, 1_751_327_999_999_999, None])),
    ),
    "a condition on moments as text": (
        says(REVENUE, "seen", "eq", "2025-07-01T00:00:00+00:00"),
        columns(2, amount=["1", "10"], seen=[datetime(2025, 7, 1, 2, tzinfo=ROMA), at("2025-07-02")]),
    ),
    "a condition on a field that is not there": (says(REVENUE, "stage", "is_not_set"), columns(1, amount=["1"])),
    "a condition on what is empty": (
        says(REVENUE, "stage", "ne", "lost"),
        columns(3, amount=["1"] * 3, stage=["", None, "won"]),
    ),
    "a condition on numbers of several kinds": (
        says(REVENUE, "level", "in", [1, 2]),
        columns(6, amount=[str(10**n) for n in range(6)], level=[1, "1.0", Decimal(2), True, "high", 3]),
    ),
    "an amount and a date nobody can read": (
        REVENUE,
        columns(2, amount=["x", "y"], closed_at=["some day", "2025-07-01"], is_won=[True, False]),
    ),
    "no records": (REVENUE, columns(0, amount=[])),
}


class TestEqualFigures:
    """Whatever the columns hold, figures and findings are those of events (rule P9)."""

    @pytest.mark.parametrize("name", TRICKY)
    def test_of_tricky_columns(self, name: str) -> None:
        """The same amounts, counts and findings, in UTC and in Rome, with people who come and go."""
        measure, batch = TRICKY[name]
        for zone in ("UTC", "Europe/Rome"):
            for closing in (Closing(), Closing(policy="restate")):
                goal = promise(ADA, BOB, NORTH, EVERYONE, measure=measure, account=acme(zone=zone, closing=closing))
                one, other = (
                    calculated(goal, *records, roster=STAFF, rates=RATES) for records in ([batch], as_events(batch))
                )
                assert figures(one) == figures(other)
                assert one.findings == other.findings
                assert one.total("g1", on=JULY) == other.total("g1", on=JULY)

    def test_of_owners_and_pipelines(self) -> None:
        """Users, strangers, nobody, someone who left; pipelines, none, and empty text for either."""
        count = 6
        batch = Columns(
            "deal",
            [f"d{number}" for number in range(count)],
            owner_id=["ada", "bob", "ghost", "", None, "bob"],
            pipeline_id=["renewals", "", None, "renewals", "new", "renewals"],
            recorded_at=[*[at("2025-07-10")] * (count - 1), at("2025-07-13")],
            properties={
                "is_won": [True] * count,
                "closed_at": [TENTH] * count,
                "amount": Minor([10**n for n in range(count)], places=0),
            },
        )
        goal = promise(ADA, BOB, NORTH, RENEWALS, EVERYONE)
        one, other = (calculated(goal, *records, roster=STAFF) for records in ([batch], as_events(batch)))
        assert (figures(one), one.findings) == (figures(other), other.findings)
        # Bob left on the 12th: d5, recorded on the 13th, counts nowhere. Ada left north on the 10th.
        assert [attained(one, row) for row in goal_rows(goal)] == [1, 10, 0, 1001, 11111]
        assert [finding.records for finding in found(one, "owner_inactive")] == [("d5",)]

    def test_of_records_that_come_late(self) -> None:
        """Recorded on 1 August for July: late, in columns as in events, also where the goal has totals of its own."""
        batch = Columns(
            "deal",
            ["d1", "d2", "d3"],
            owner_id=["ada"] * 3,
            recorded_at=[at("2025-07-10"), at("2025-08-01"), at("2025-08-01")],
            properties={
                "is_won": [True] * 3,
                "closed_at": [TENTH, TENTH, date(2024, 7, 10)],
                "amount": ["1", "10", "100"],
            },
        )
        restating = promise(ADA, EVERYONE, account=acme(closing=Closing(policy="restate")))
        for goal in (promise(ADA), promise(ADA, EVERYONE), restating):
            one, other = (calculated(goal, *records, as_of="2025-08-20") for records in ([batch], as_events(batch)))
            assert (figures(one), one.findings) == (figures(other), other.findings)
        frozen = calculated(promise(ADA, EVERYONE), batch, as_of="2025-08-20")
        assert (attained(frozen), [f.records for f in found(frozen, "late")]) == (1, [("d2",)])

    def test_of_late_records_that_would_count_nowhere(self) -> None:
        """On 15 July Ada is in no team any more: that her deal came late is none of the team's business."""
        batch = Columns(
            "deal",
            ["d1", "d2"],
            owner_id=["ada"] * 2,
            recorded_at=[at("2025-08-01")] * 2,
            properties={
                "is_won": [True] * 2,
                "closed_at": [date(2025, 7, 9), date(2025, 7, 15)],
                "amount": ["1", "10"],
            },
        )
        one, other = (
            calculated(promise(NORTH), *records, as_of="2025-08-20", roster=STAFF)
            for records in ([batch], as_events(batch))
        )
        assert one.findings == other.findings
        assert [finding.records for finding in one.findings] == [("d1",)]

    def test_of_records_that_are_not_known_yet(self) -> None:
        """What is recorded after the moment asked about does not exist, readable or not."""
        batch = Columns(
            "deal",
            ["d1", "d2", "d3"],
            owner_id=["ada"] * 3,
            recorded_at=Moments([1_752_969_600_000_000, 1_752_969_600_000_001, 1_752_969_600_000_001]),  # 20 July 2025
            properties={"is_won": [True] * 3, "closed_at": [TENTH] * 3, "amount": ["1", "10", "much"]},
        )
        result = calculated(promise(ADA), batch)
        assert (attained(result), result.findings) == (1, ())
        assert len(calculated(promise(ADA), batch, known_at="2025-07-21").findings) == 1

    def test_of_several_batches(self) -> None:
        """Deals and calls, in as many batches as there are."""
        calls = Columns(
            "call", ["c1"], owner_id=["ada"], recorded_at=[at("2025-07-10")], properties={"occurred_at": [TENTH]}
        )
        goal = promise(ADA, measure=templates.CALLS_MADE.measure)
        assert attained(calculated(goal, columns(2, amount=["1", "2"]), calls)) == 1

    def test_of_owners_that_are_not_given(self) -> None:
        """Then nobody owns any record, and none is in a pipeline."""
        batch = Columns(
            "deal",
            ["d1"],
            recorded_at=[at("2025-07-10")],
            properties={"is_won": [True], "closed_at": [TENTH], "amount": ["7"]},
        )
        result = calculated(promise(ADA, RENEWALS, EVERYONE), batch)
        assert [attained(result, row) for row in (ADA, RENEWALS, EVERYONE)] == [0, 0, 7]
        assert len(found(result, "unattributed")) == 1


def goal_rows(goal: Goal) -> list[Any]:
    """Return the contributors of a goal in order."""
    return [row.contributor for row in goal.assignments]


class TestWithoutRecordingTimes:
    """A record without one counts as recorded at the first instant of the day that dates it, in the account's zone."""

    @staticmethod
    def undated(*closed: Property, days: Column | None = None, zone: str = "UTC") -> Decimal | None:
        """Return what deals of 1, 10, 100 ... attain in July by 20 July, midnight in UTC."""
        column = list(closed) if days is None else days
        count = len(closed) if days is None else 3
        batch = Columns(
            "deal",
            [f"d{number}" for number in range(count)],
            owner_id=["ada"] * count,
            properties={"is_won": [True] * count, "amount": [str(10**n) for n in range(count)], "closed_at": column},
        )
        return attained(calculated(promise(ADA, account=acme(zone=zone)), batch, account=acme(zone=zone)))

    def test_dated_later_it_is_not_known_yet(self) -> None:
        """On the 20th the deal of the 21st does not exist; nor does that of the 20th in New York, where it is still the 19th."""
        days = (date(2025, 7, 19), date(2025, 7, 20), date(2025, 7, 21))
        assert self.undated(*days) == 11
        assert self.undated(*days, zone="America/New_York") == 1
        assert self.undated(days=Days([day.toordinal() for day in days])) == 11

    def test_a_moment_goes_back_to_the_start_of_its_day(self) -> None:
        """A deal of the 20th at nine in the evening is known from midnight on."""
        moments = [at("2025-07-19 21:00"), at("2025-07-20 21:00"), at("2025-07-21 00:00")]
        assert self.undated(*moments) == 11
        micros = [1_752_958_800_000_000, 1_753_045_200_000_000, 1_753_056_000_000_000]
        assert self.undated(days=Moments(micros)) == 11

    def test_the_same_holds_where_days_and_moments_are_mixed(self) -> None:
        """A day among moments is a day like any other."""
        assert self.undated(date(2025, 7, 19), at("2025-07-20 21:00"), date(2025, 7, 25)) == 11
        assert self.undated(date(2025, 7, 20), at("2025-07-25"), "2025-07-05") == 101

    def test_without_a_date_it_never_counts(self) -> None:
        """Nor is anything said about it; an unreadable date is reported."""
        assert self.undated(None, "", TENTH) == 100
        assert self.undated(None, at("2025-07-05"), "some day") == 10

    def test_each_measure_asks_its_own_date(self) -> None:
        """Created on the 5th, won on the 25th: on the 20th it is a deal created, and no revenue yet."""
        batch = Columns(
            "deal",
            ["d1"],
            owner_id=["ada"],
            properties={"is_won": [True], "created_at": [date(2025, 7, 5)], "closed_at": [date(2025, 7, 25)]},
        )
        assert attained(calculated(promise(ADA, measure=templates.DEALS_CREATED.measure), batch)) == 1
        assert cell(calculated(promise(ADA), batch)).counted == 0

    def test_it_is_always_in_time(self) -> None:
        """July's deals were recorded in July, however late they are loaded."""
        batch = Columns(
            "deal",
            ["d1"],
            owner_id=["ada"],
            properties={"is_won": [True], "amount": ["1"], "closed_at": [date(2025, 7, 31)]},
        )
        result = calculated(promise(ADA), batch, as_of="2025-09-01")
        assert (attained(result), result.findings) == (1, ())

    def test_it_may_come_before_a_late_owner_left(self) -> None:
        """Bob left on the 12th: his deal of the 11th counts, that of the 12th does not; nor does a day mixed with moments."""
        for second in (date(2025, 7, 12), at("2025-07-12 10:00")):
            batch = Columns(
                "deal",
                ["d1", "d2"],
                owner_id=["bob", "bob"],
                properties={"is_won": [True] * 2, "amount": ["1", "10"], "closed_at": [date(2025, 7, 11), second]},
            )
            assert attained(calculated(promise(BOB), batch, roster=STAFF), BOB) == 1


REFUSED: list[tuple[Callable[[], object], str, str, type[QuotaError]]] = [
    (lambda: columns(2, amount=["1", 0.5]), "invalid_type", "properties.amount[1]", InvalidType),  # type: ignore[list-item]
    (lambda: columns(1, amount=[b"1"]), "invalid_type", "properties.amount[0]", InvalidType),  # type: ignore[list-item]
    (lambda: columns(1, amount=[Decimal("NaN")]), "non_finite", "properties.amount[0]", InvalidValue),
    (lambda: columns(2, seen=[None, datetime(2025, 7, 1)]), "timezone_required", "properties.seen[1]", InvalidValue),
    (lambda: columns(1, amount=["1", "2"]), "wrong_count", "properties.amount", InvalidValue),
    (lambda: columns(2, amount=Minor([1])), "wrong_count", "properties.amount", InvalidValue),
    (lambda: columns(1, amount="1"), "invalid_type", "properties.amount", InvalidType),
    (lambda: columns(1, amount=5), "invalid_type", "properties.amount", InvalidType),  # type: ignore[arg-type]
    (lambda: Columns("deal", ["d1"], owner_id=["ada", "bob"]), "wrong_count", "owner_id", InvalidValue),
    (lambda: Columns("deal", ["d1"], pipeline_id=[]), "wrong_count", "pipeline_id", InvalidValue),
    (lambda: Columns("deal", ["d1"], recorded_at=[]), "wrong_count", "recorded_at", InvalidValue),
    (lambda: Columns("deal", ["d1", 2]), "invalid_type", "record_id[1]", InvalidType),  # type: ignore[list-item]
    (lambda: Columns("deal", ["d1", None]), "invalid_type", "record_id[1]", InvalidType),  # type: ignore[list-item]
    (lambda: Columns("deal", ["d1", ""]), "blank", "record_id[1]", InvalidValue),
    (lambda: Columns("deal", ["d1", " d2"]), "space_around", "record_id[1]", InvalidValue),
    (lambda: Columns("deal", ["d1", "d\n2"]), "control_character", "record_id[1]", InvalidValue),
    (lambda: Columns("deal", ["d1", "d" * 201]), "too_long", "record_id[1]", TooLarge),
    (lambda: Columns("deal", "d1"), "invalid_type", "record_id", InvalidType),
    (lambda: Columns("deal", cast("list[str]", None)), "invalid_type", "record_id", InvalidType),
    (lambda: Columns("", []), "blank", "object", InvalidValue),
    (lambda: Columns("deal", ["d1"], owner_id=[5]), "invalid_type", "owner_id[0]", InvalidType),  # type: ignore[list-item]
    (lambda: Columns("deal", ["d1"], owner_id=["a\u202eb"]), "control_character", "owner_id[0]", InvalidValue),
    (lambda: Columns("deal", ["d1"], pipeline_id="new"), "invalid_type", "pipeline_id", InvalidType),
    (lambda: Columns("deal", ["d1"], recorded_at=[TENTH]), "invalid_type", "recorded_at[0]", InvalidType),  # type: ignore[list-item]
    (
        lambda: Columns("deal", ["d1"], recorded_at=[datetime(2025, 7, 1)]),
        "timezone_required",
        "recorded_at[0]",
        InvalidValue,
    ),
    (
        lambda: Columns("deal", ["d1", "d2"], recorded_at=Moments([0, None])),
        "invalid_type",
        "recorded_at[1]",
        InvalidType,
    ),
    (lambda: Columns("deal", ["d1"], recorded_at=cast("Moments", 5)), "invalid_type", "recorded_at", InvalidType),
    (lambda: Columns("deal", ["d1"], recorded_at=cast("Moments", "5")), "invalid_type", "recorded_at", InvalidType),
    (lambda: Columns("deal", [], properties=cast("dict[str, Column]", [])), "invalid_type", "properties", InvalidType),
    (lambda: Columns("deal", [], properties={5: []}), "invalid_type", "properties", InvalidType),  # type: ignore[dict-item]
    (lambda: Minor([1, 2.0]), "invalid_type", "values[1]", InvalidType),  # type: ignore[list-item]
    (lambda: Minor([True]), "invalid_type", "values[0]", InvalidType),
    (lambda: Minor([1], places=19), "out_of_range", "places", InvalidValue),
    (lambda: Minor([1, 10**32]), "out_of_range", "values[1]", InvalidValue),
    (lambda: Minor([1, -(10**32)], places=2), "out_of_range", "values[1]", InvalidValue),
    (lambda: Minor(cast("list[int]", 5)), "invalid_type", "values", InvalidType),
    (lambda: Minor(cast("list[int]", "5")), "invalid_type", "values", InvalidType),
    (lambda: Days([1, 0]), "out_of_range", "values[1]", InvalidValue),
    (lambda: Days([TENTH]), "invalid_type", "values[0]", InvalidType),  # type: ignore[list-item]
    (lambda: Days([date.max.toordinal() + 1]), "out_of_range", "values[0]", InvalidValue),
    (lambda: Days(cast("list[int]", None)), "invalid_type", "values", InvalidType),
    (lambda: Moments([0, 10**18]), "out_of_range", "values[1]", InvalidValue),
    (lambda: Moments([0.0]), "invalid_type", "values[0]", InvalidType),  # type: ignore[list-item]
]


class TestRefusals:
    """Each column is checked, and the index is named."""

    @pytest.mark.parametrize(("make", "code", "field", "kind"), REFUSED, ids=map(str, range(len(REFUSED))))
    def test_name_the_column_and_the_index(
        self, make: Callable[[], object], code: str, field: str, kind: type[QuotaError]
    ) -> None:
        """A wrong type, a wrong value or a wrong length."""
        with pytest.raises(QuotaError) as caught:
            make()
        error = caught.value
        assert (type(error), error.code, error.field) == (kind, code, field)
        assert field.partition("[")[0].removeprefix("properties.") in str(error)
        if "[" in field and field.startswith("properties"):
            assert f"row {field[-2]}" in str(error)

    def test_a_wrong_length_says_how_many_there_should_be(self) -> None:
        """As many as there are ids."""
        refuses(lambda: columns(3, amount=["1"]), "wrong_count", "properties.amount", "expected 3 values", "got 1")


class TestBounds:
    """What the quick columns can hold at most."""

    def test_amounts_have_thirty_digits(self) -> None:
        """As amounts have everywhere."""
        most = 10**32 - 1
        result = calculated(promise(ADA), columns(2, amount=Minor([most, None])))
        assert attained(result) == Decimal("999999999999999999999999999999.99")
        assert attained(calculated(promise(ADA), columns(1, amount=Minor([-most])))) == Decimal(
            "-999999999999999999999999999999.99"
        )

    def test_days_and_moments_reach_the_ends_of_all_dates(self) -> None:
        """The first and the last day there is are outside every goal, and no error."""
        ends = Days([1, date.max.toordinal()])
        assert cell(calculated(promise(ADA), columns(2, closed_at=ends))).counted == 0
        moments = Moments([-62_135_596_800_000_000, 253_402_300_799_999_999])
        assert cell(calculated(promise(ADA), columns(2, closed_at=moments))).counted == 0
        batch = Columns("deal", ["d1"], recorded_at=Moments([-62_135_596_800_000_000]), properties={"is_won": [True]})
        assert batch.event(0, dated_by="closed_at", zone="UTC").recorded_at == datetime.min.replace(tzinfo=UTC)


class TestColumns:
    """The batch itself."""

    def test_has_a_length(self) -> None:
        """The number of its records."""
        assert (len(columns(3)), len(columns(0))) == (3, 0)

    def test_keeps_what_it_was_given(self) -> None:
        """Lists that are changed afterwards change nothing."""
        ids, amounts, cents = ["d1"], ["1"], [100]
        given: dict[str, Column] = {"is_won": [True], "closed_at": [TENTH], "amount": amounts}
        minor = Minor(cents)
        batch = Columns("deal", ids, owner_id=["ada"], recorded_at=[at("2025-07-10")], properties=given)
        ids.append("d2")
        amounts[0] = "999"
        cents[0] = 999
        given["amount"] = ["5"]
        assert attained(calculated(promise(ADA), batch)) == 1
        assert (minor.values, hash(minor)) == ((100,), hash(Minor([100])))

    def test_gives_a_record_as_an_event(self) -> None:
        """With every property, and the moment at which it was recorded."""
        batch = columns(2, amount=Minor([None, 12345]), seen=Days([None, TENTH.toordinal()]), at=Moments([None, 0]))
        assert batch.event(1, dated_by="closed_at", zone="UTC") == CrmEvent(
            "deal",
            "d1",
            recorded_at=at("2025-07-10"),
            owner_id="ada",
            properties={
                "is_won": True,
                "closed_at": TENTH,
                "amount": Decimal("123.45"),
                "seen": TENTH,
                "at": at("1970-01-01"),
            },
        )
        nothing = batch.event(0, dated_by="closed_at", zone="UTC").properties
        assert (nothing["amount"], nothing["seen"], nothing["at"]) == (None, None, None)

    def test_can_be_filed_again(self) -> None:
        """Under another goal, at another moment: it does not wear out."""
        batch = columns(2, amount=["1", "10"])
        for _ in range(2):
            result = calculated(promise(ADA), batch)
            assert (attained(result), attained(result, ADA, AUGUST)) == (11, 0)
        assert attained(calculated(promise(ADA, account=acme(zone="Europe/Rome")), batch)) == 11

    def test_ids_of_any_script_are_taken(self) -> None:
        """A space within, or another alphabet, is no reason to refuse; an empty owner is nobody."""
        batch = Columns("deal", ["d 1", "\u0434"], owner_id=["ada lovelace", ""], pipeline_id=["", "new business"])
        event = batch.event(0, dated_by="closed_at", zone="UTC")
        assert (event.record_id, event.owner_id, event.pipeline_id) == ("d 1", "ada lovelace", None)
        assert batch.event(1, dated_by="closed_at", zone="UTC").owner_id is None


def test_an_event_and_a_column_hold_the_same_deal() -> None:
    """The helper of these tests says what columns say."""
    assert as_events(columns(1, amount=["100"])) == [deal("d0", recorded="2025-07-10")]


class TestRepeatedIds:
    """A record stands in its columns once."""

    def test_are_refused_and_named(self) -> None:
        """Counted twice, a deal would be paid twice."""
        with pytest.raises(
            InvalidValue, match="record_id: expected each record once, in its only version, got 'd2'"
        ) as raised:
            Columns("deal", ["d1", "d2", "d3", "d2"])
        assert (raised.value.code, raised.value.field) == ("duplicate", "record_id")


@pytest.mark.parametrize(
    "given",
    [repeat("d1"), {"d1"}, {"d1": 1}, "d1", b"d1", None, (name for name in ["d1"])],
    ids=lambda given: type(given).__name__,
)
def test_what_has_no_order_or_no_end_is_no_column(given: Any) -> None:  # noqa: ANN401 - anything a host may pass
    """A generator may go on for ever, a set has no order, and a text is not a list of its letters."""
    for door, name, items in (
        (lambda: Columns("deal", given), "record_id", "ids"),
        (lambda: Columns("deal", ["d1"], properties={"amount": given}), "properties.amount", "values"),
        (lambda: Minor(given), "values", "whole numbers"),
    ):
        refuses(door, "invalid_type", name, f"a list of {items}, or another sequence that has an end", kind=InvalidType)
