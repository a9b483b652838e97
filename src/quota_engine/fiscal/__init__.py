"""The fiscal calendar: every year that a company can have, in one value."""

from quota_engine.fiscal import presets
from quota_engine.fiscal.accounting import EndsOn, WeekYears
from quota_engine.fiscal.calendars import FiscalCalendar, PriorBy, YearRule, resolve
from quota_engine.fiscal.moments import first_instant, local_day
from quota_engine.fiscal.months import MonthYears
from quota_engine.fiscal.placements import Placement
from quota_engine.fiscal.rules import NamedBy
from quota_engine.fiscal.tables import TableYears
from quota_engine.fiscal.timelines import Timeline, YearChange
from quota_engine.fiscal.weeks import Weeks

__all__ = [
    "EndsOn",
    "FiscalCalendar",
    "MonthYears",
    "NamedBy",
    "Placement",
    "PriorBy",
    "TableYears",
    "Timeline",
    "WeekYears",
    "Weeks",
    "YearChange",
    "YearRule",
    "first_instant",
    "local_day",
    "presets",
    "resolve",
]
