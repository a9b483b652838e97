"""The ready-made goals of sales and service, as data. Source: the table of rule M."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from attrs import field, frozen

from quota_engine import _fields
from quota_engine.errors import invalid
from quota_engine.measures import Condition, Measure


class Category(StrEnum):
    """The part of the business that a template belongs to."""

    SALES = "sales"
    SERVICE = "service"


def _as_category(category: str) -> Category:
    return _fields.word(category, "category", Category)


@frozen(kw_only=True)
class Template:
    """A ready-made measure under a stable name.

    Attributes:
        name: what goals remember and hosts store, such as "deals_created".
        category: sales or service.
        measure: what it measures.
    """

    name: str = field(validator=_fields.checked(_fields.identifier))
    category: Category = field(converter=_as_category)
    measure: Measure = field(validator=_fields.checked(_fields.instance_of(Measure, "a Measure")))


_WON: Final = (Condition("is_won", "eq", True),)  # noqa: FBT003 - the value that is compared with, not a switch

REVENUE: Final = Template(
    name="revenue",
    category="sales",
    measure=Measure(
        name="Revenue", object="deal", aggregate="sum", value="amount", dated_by="closed_at", where=_WON, unit="money"
    ),
)
FORECAST_REVENUE: Final = Template(
    name="forecast_revenue",
    category="sales",
    measure=Measure(
        name="Forecast revenue",
        object="deal",
        aggregate="sum",
        value="amount",
        dated_by="closed_at",
        where=_WON,
        unit="money",
    ),
)
DEALS_CREATED: Final = Template(
    name="deals_created",
    category="sales",
    measure=Measure(name="Deals created", object="deal", aggregate="count", dated_by="created_at"),
)
CALLS_MADE: Final = Template(
    name="calls_made",
    category="sales",
    measure=Measure(name="Calls made", object="call", aggregate="count", dated_by="occurred_at"),
)
MEETINGS_BOOKED: Final = Template(
    name="meetings_booked",
    category="sales",
    measure=Measure(name="Meetings booked", object="meeting", aggregate="count", dated_by="created_at"),
)
AVERAGE_TICKET_RESPONSE_TIME: Final = Template(
    name="average_ticket_response_time",
    category="service",
    measure=Measure(
        name="Average ticket response time",
        object="ticket",
        aggregate="average",
        value="first_response_seconds",
        dated_by="created_at",
        where=(Condition("first_response_seconds", "is_set"),),
        direction="lower",
        unit="duration",
    ),
)
AVERAGE_TICKET_RESOLUTION_TIME: Final = Template(
    name="average_ticket_resolution_time",
    category="service",
    measure=Measure(
        name="Average ticket resolution time",
        object="ticket",
        aggregate="average",
        value="resolution_seconds",
        dated_by="closed_at",
        where=(Condition("closed_at", "is_set"),),
        direction="lower",
        unit="duration",
    ),
)
TICKETS_CLOSED: Final = Template(
    name="tickets_closed",
    category="service",
    measure=Measure(
        name="Tickets closed",
        object="ticket",
        aggregate="count",
        dated_by="closed_at",
        where=(Condition("closed_at", "is_set"),),
    ),
)

ALL: Final = (
    REVENUE,
    FORECAST_REVENUE,
    DEALS_CREATED,
    CALLS_MADE,
    MEETINGS_BOOKED,
    AVERAGE_TICKET_RESPONSE_TIME,
    AVERAGE_TICKET_RESOLUTION_TIME,
    TICKETS_CLOSED,
)


def of(category: str) -> tuple[Template, ...]:
    """Return the templates of a category, "sales" or "service", in the order people are shown them.

    Raises:
        InvalidType, InvalidValue: it is no category; the message lists those there are.
    """
    wanted = _as_category(category)
    return tuple(template for template in ALL if template.category is wanted)


def named(name: str) -> Template:
    """Return the template of a name, such as "revenue".

    Raises:
        InvalidType, InvalidValue: there is none of that name; the message lists those there are.
    """
    wanted = _fields.text(name, "template")
    for template in ALL:
        if template.name == wanted:
            return template
    raise invalid("template", name, f"one of {', '.join(template.name for template in ALL)}", code="unknown_word")
