"""The ready-made goals of sales and service. Expectations: the table of rule M in the design."""

from __future__ import annotations

import pytest

from quota_engine import templates
from quota_engine.errors import InvalidType
from quota_engine.measures import Condition
from quota_engine.templates import Template
from tests.refusals import refuses, stays

WON = (Condition("is_won", "eq", True),)  # noqa: FBT003 - the value that is compared with
RESPONSE, RESOLUTION = "first_response_seconds", "resolution_seconds"
CLOSED = (Condition("closed_at", "is_set"),)

# name, category, object, aggregate, value, dated by, where, unit, direction
TABLE = [
    ("revenue", "sales", "deal", "sum", "amount", "closed_at", WON, "money", "higher"),
    ("forecast_revenue", "sales", "deal", "sum", "amount", "closed_at", WON, "money", "higher"),
    ("deals_created", "sales", "deal", "count", None, "created_at", (), "count", "higher"),
    ("calls_made", "sales", "call", "count", None, "occurred_at", (), "count", "higher"),
    ("meetings_booked", "sales", "meeting", "count", None, "created_at", (), "count", "higher"),
    (
        "average_ticket_response_time", "service", "ticket", "average", RESPONSE, "created_at",
        (Condition(RESPONSE, "is_set"),), "duration", "lower",
    ),
    ("average_ticket_resolution_time", "service", "ticket", "average", RESOLUTION, "closed_at", CLOSED, "duration", "lower"),
    ("tickets_closed", "service", "ticket", "count", None, "closed_at", CLOSED, "count", "higher"),
]  # fmt: skip


class TestTemplates:
    """What the ready-made goals measure."""

    def test_are_those_of_the_table(self) -> None:
        """Every template, row by row, in the order people are shown them."""
        assert [
            (
                t.name, t.category.value, t.measure.object, t.measure.aggregate.value, t.measure.value, t.measure.dated_by,
                t.measure.where, t.measure.unit, t.measure.direction.value,
            )
            for t in templates.ALL
        ] == TABLE  # fmt: skip

    @pytest.mark.parametrize("template", templates.ALL, ids=[t.name for t in templates.ALL])
    def test_are_found_by_name_and_cannot_change(self, template: Template) -> None:
        """A goal remembers the name; the name gives the template back."""
        assert templates.named(template.name) is template
        assert template.measure.name.replace(" ", "_").lower() == template.name
        stays(template)

    def test_belong_to_sales_or_service(self) -> None:
        """Five for sales, three for service."""
        assert [t.name for t in templates.of("sales")] == [row[0] for row in TABLE if row[1] == "sales"]
        assert [t.name for t in templates.of("service")] == [row[0] for row in TABLE if row[1] == "service"]
        refuses(lambda: templates.of("marketing"), "unknown_word", "category", "sales, service")
        refuses(lambda: templates.of(None), "invalid_type", "category", kind=InvalidType)  # type: ignore[arg-type]

    def test_unknown_names_are_refused(self) -> None:
        """The message lists those there are."""
        refuses(lambda: templates.named("profit"), "unknown_word", "template", "revenue, forecast_revenue", "'profit'")
        refuses(lambda: templates.named(5), "invalid_type", "template", kind=InvalidType)  # type: ignore[arg-type]

    def test_a_host_may_have_its_own(self) -> None:
        """A template is a name, a category and a measure."""
        own = Template(name="renewals", category="sales", measure=templates.REVENUE.measure)
        assert own.category is templates.Category.SALES
        refuses(
            lambda: Template(name="renewals", category="sales", measure="revenue"),  # type: ignore[arg-type]
            "invalid_type",
            "measure",
            kind=InvalidType,
        )
        refuses(lambda: Template(name="", category="sales", measure=own.measure), "blank", "name")
