"""CRM records as they stood when they were recorded, and which version of a record holds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import IntEnum, StrEnum
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve

from quota_engine._fields import FrozenMap
from quota_engine.errors import InvalidType, InvalidValue, TooLarge
from quota_engine.events import CrmEvent, Property, is_conflict, is_later, is_set
from tests.refusals import refuses, stays

NOON = datetime(2025, 8, 4, 12, tzinfo=UTC)
ROME = ZoneInfo("Europe/Rome")


class Name(StrEnum):
    """Property names as a host may keep them."""

    AMOUNT = "amount"
    LOST = "lost"


class Level(IntEnum):
    """A number as a host may keep it."""

    HIGH = 3


def deal(properties: Any = None, **parts: Any) -> CrmEvent:  # noqa: ANN401 - any part
    """Return a version of the deal d1, recorded at noon."""
    return CrmEvent("deal", "d1", **{"recorded_at": NOON, "properties": properties or {}, **parts})


class TestCrmEvent:
    """One version of a CRM record."""

    def test_is_a_value_of_its_own(self) -> None:
        """The host may go on changing its own dict; the version stays, and an edit is checked like a new one."""
        given: dict[str, Property] = {"amount": "10.00", "closed_at": date(2025, 8, 4)}
        found = deal(given, owner_id="ada", pipeline_id="new", version=3, deleted=True)
        given["amount"] = "99"
        assert found.properties == {"amount": "10.00", "closed_at": date(2025, 8, 4)}
        assert isinstance(found.properties, FrozenMap)
        assert (found.owner_id, found.pipeline_id, found.version, found.deleted) == ("ada", "new", 3, True)
        stays(found)
        refuses(lambda: evolve(found, version=-1), "out_of_range", "version")

    def test_all_but_the_record_and_its_time_may_be_left_out(self) -> None:
        """A version without owner, pipeline or properties is fine; empty text is nobody, and no pipeline."""
        found = deal()
        assert (found.owner_id, found.pipeline_id, found.properties, found.version, found.deleted) == (
            None,
            None,
            {},
            0,
            False,
        )
        assert deal(owner_id="", pipeline_id="") == found

    def test_keeps_moments_in_utc(self) -> None:
        """The second half past two of a Roman autumn night is half past one in UTC, as recording time and as property."""
        late = datetime(2025, 10, 26, 2, 30, tzinfo=ROME, fold=1)
        found = deal({"closed_at": late}, recorded_at=late)
        assert found.recorded_at == datetime(2025, 10, 26, 1, 30, tzinfo=UTC)
        assert found.properties["closed_at"] == datetime(2025, 10, 26, 1, 30, tzinfo=UTC)
        assert found == deal({"closed_at": late.astimezone(UTC)}, recorded_at=late.astimezone(UTC))

    @pytest.mark.parametrize(
        "value",
        [
            None,
            True,
            0,
            -250,
            Decimal("-250.00"),
            "",
            "a\nb\x00",
            date(2025, 8, 4),
            date.max,
            "x" * 100_000,
            Level.HIGH,
        ],
        ids=["none", "bool", "zero", "int", "decimal", "empty", "any text", "day", "last day", "long text", "enum"],
    )
    def test_takes_what_a_crm_holds(self, value: Property) -> None:
        """Text is the CRM's own and taken as it is; numbers are exact; days and moments are themselves."""
        assert deal({"field": value}).properties["field"] == value

    @pytest.mark.parametrize(
        ("value", "code"),
        [
            (0.1, "invalid_type"),
            (Decimal("NaN"), "non_finite"),
            (10**30, "out_of_range"),
            (datetime(2025, 8, 4), "timezone_required"),
            ([1], "invalid_type"),
            (b"x", "invalid_type"),
            ({"a": 1}, "invalid_type"),
            (timedelta(1), "invalid_type"),
        ],
    )
    def test_refuses_what_is_not_exact(self, value: Any, code: str) -> None:  # noqa: ANN401 - a bad value
        """Floats, moments without a zone and containers are refused under the name of the property."""
        kind = InvalidType if code == "invalid_type" else InvalidValue
        refuses(lambda: deal({"amount": value}), code, "properties.amount", kind=kind)

    def test_names_are_text_whatever_they_name(self) -> None:
        """A number names no property; members of a host's own word list are text."""
        for value in (None, "x", Decimal(1)):
            refuses(partial(deal, {5: value}), "invalid_type", "properties", "names as text", kind=InvalidType)
        assert deal({Name.AMOUNT: 1, Name.LOST: None}).properties == {"amount": 1, "lost": None}

    def test_a_strange_name_does_not_break_the_message(self) -> None:
        """A property named with a line break or a million letters is shown escaped and shortened."""
        refuses(lambda: deal({"a\nERROR": 0.1}), "invalid_type", r"properties.'a\nERROR'", kind=InvalidType)
        refuses(
            lambda: deal({"x" * 10**6: 0.1}), "invalid_type", "properties.'" + "x" * 76 + "......", kind=InvalidType
        )

    def test_has_bounds(self) -> None:
        """At most 1,000 properties of at most 100,000 characters, and versions that fit 63 bits."""
        assert len(deal({f"p{n}": n for n in range(1000)}).properties) == 1000
        many: dict[str, Property] = {f"p{n}": n for n in range(1001)}
        refuses(lambda: deal(many), "too_large", "properties", "1000", "1001", kind=TooLarge)
        refuses(lambda: deal({"note": "x" * 100_001}), "too_long", "properties.note", "100001", kind=TooLarge)
        assert deal(version=2**63 - 1).version == 2**63 - 1
        refuses(lambda: deal(version=2**63), "out_of_range", "version")

    def test_refuses_bad_parts(self) -> None:
        """Each part is named."""
        refuses(lambda: CrmEvent("", "d1", recorded_at=NOON), "blank", "object")
        refuses(lambda: CrmEvent("deal", 5, recorded_at=NOON), "invalid_type", "record_id", kind=InvalidType)  # type: ignore[arg-type]
        refuses(lambda: deal(recorded_at=date(2025, 8, 4)), "invalid_type", "recorded_at", kind=InvalidType)
        refuses(lambda: deal(owner_id=5), "invalid_type", "owner_id", kind=InvalidType)
        refuses(lambda: deal(pipeline_id="a\nb"), "control_character", "pipeline_id")
        refuses(lambda: deal(deleted=1), "invalid_type", "deleted", kind=InvalidType)
        refuses(lambda: deal(version=True), "invalid_type", "version", kind=InvalidType)
        refuses(lambda: deal(properties=[("a", 1)]), "invalid_type", "properties", "a mapping", kind=InvalidType)


class TestContent:
    """What a version says, in one canonical form."""

    def test_is_canonical(self) -> None:
        """Owner, pipeline and the set properties, names sorted, numbers in shortest form, moments in UTC."""
        found = deal(
            {
                "b": Decimal("1.50"), "a": datetime(2025, 8, 4, 14, tzinfo=ROME), "c": date(2025, 8, 4), "d": None,
                "e": "", "f": True, "g": 100, "h": 'Zo\u00eb "x"', "\ud800": "1",
            },
            owner_id="ada",
        )  # fmt: skip
        expected = (
            '["ada",null,{"a":"2025-08-04T12:00:00+00:00","b":1.5,"c":"2025-08-04","f":true,"g":100,'
            '"h":"Zo\u00eb \\"x\\"","\ud800":"1"}]'
        )
        assert found.content() == expected.encode(errors="surrogatepass")
        assert deal().content() == b"[null,null,{}]"

    @pytest.mark.parametrize(
        ("one", "other", "same"),
        [
            ({"a": "1.0"}, {"a": "1.00"}, False),
            ({"a": Decimal("1.0")}, {"a": Decimal("1.00")}, True),
            ({"a": 1}, {"a": Decimal("1.00")}, True),
            ({"a": 1}, {"a": "1"}, False),
            ({"a": 1}, {"a": True}, False),
            ({"a": None}, {}, True),
            ({"a": ""}, {}, True),
            ({"a": NOON}, {"a": NOON.astimezone(ROME)}, True),
            ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ],
    )  # fmt: skip
    def test_is_equal_when_two_versions_say_the_same(
        self,
        one: dict[str, Property],
        other: dict[str, Property],
        same: bool,  # noqa: FBT001 - the expectation
    ) -> None:
        """The form of a number, the zone of a moment and the order of properties say nothing; texts are told from numbers."""
        assert (deal(one).content() == deal(other).content()) is same


class TestWhichHolds:
    """Of several versions of a record one holds."""

    @pytest.mark.parametrize(
        ("earlier", "later"),
        [
            (deal(version=9), deal(recorded_at=NOON + timedelta(microseconds=1))),
            (deal(version=1, deleted=True), deal(version=2)),
            (deal({"a": "z"}), deal(deleted=True)),
            (deal({"a": 1}), deal({"a": 2})),
            (
                deal(version=7, recorded_at=datetime(2025, 10, 26, 2, 59, tzinfo=ROME)),
                deal(recorded_at=datetime(2025, 10, 26, 2, 1, tzinfo=ROME, fold=1)),
            ),
            (
                deal(recorded_at=datetime(2025, 10, 26, 2, 30, tzinfo=ROME)),
                deal(version=1, recorded_at=datetime(2025, 10, 26, 0, 30, tzinfo=UTC)),
            ),
        ],
        ids=[
            "recorded later",
            "higher version",
            "a deletion",
            "greater content",
            "repeated hour",
            "one moment in two zones",
        ],
    )
    def test_the_greater_version_holds(self, earlier: CrmEvent, later: CrmEvent) -> None:
        """The recording time decides, then the version, then deletion, then the content; never the order of arrival."""
        assert is_later(later, earlier)
        assert not is_later(earlier, later)
        assert not is_later(later, later)

    def test_two_stories_at_one_time_are_a_conflict(self) -> None:
        """Equal time and version but other content, or a deletion against none, contradict; a repeat does not."""
        assert is_conflict(deal({"a": 1}), deal({"a": 2}))
        assert is_conflict(deal(), deal(deleted=True))
        assert not is_conflict(deal({"a": 1}), deal({"a": Decimal("1.0")}))
        assert not is_conflict(deal({"a": 1}), deal({"a": 2}, version=1))
        assert not is_conflict(deal({"a": 1}), deal({"a": 2}, recorded_at=NOON + timedelta(1)))
        in_rome = deal({"a": 2}, recorded_at=NOON.astimezone(timezone(timedelta(hours=2))))
        assert is_conflict(deal({"a": 1}), in_rome)

    def test_empty_text_is_not_set(self) -> None:
        """Neither None nor empty text says anything; zero and no do."""
        assert [is_set(value) for value in (None, "", 0, False, " ")] == [False, False, True, True, True]
