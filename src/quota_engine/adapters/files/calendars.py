"""The calendar of a folder's account: fiscal years by their start, by a ready-made name, by weeks or by a table."""

from __future__ import annotations

import re
from typing import Any, Final, cast

from quota_engine import _fields
from quota_engine.adapters.files.documents import Section
from quota_engine.errors import QuotaError, invalid
from quota_engine.fiscal import FiscalCalendar, MonthYears, NamedBy, TableYears, Weeks, WeekYears, YearRule, presets

KEYS: Final = ("zone", "years", "year_starts", "year_named_by", "week_starts")
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_YEAR_START: Final = re.compile(r"\d{2}-\d{2}", re.ASCII)
_YEAR: Final = re.compile(r"\d{4}", re.ASCII)
_LAYOUT: Final = ("layout", "quarters", "extra_week_in")
_WEEK_YEARS: Final = ("end_month", "weekday", "rule", *_LAYOUT, "named_by")
_TABLE_YEARS: Final = ("starts", "end", *_LAYOUT)


def read_calendar(account: Section) -> FiscalCalendar:
    """Return the calendar that the section of an account describes; what does not fit is noted."""
    return FiscalCalendar(
        years=_years(account),
        weeks=Weeks(first_day=account.read("week_starts", _weekday, 0)),
        zone=account.read("zone", _fields.zone_name, "UTC"),
    )


def _years(account: Section) -> YearRule:
    if account.items.get("years") is None:
        month, day = account.read("year_starts", _year_start, (1, 1))
        named_by = account.read("year_named_by", _named_by, NamedBy.END)
        return MonthYears(start_month=month, start_day=day, named_by=named_by)
    for key in ("year_starts", "year_named_by"):
        if key in account.items:
            account.refuse(key, "expected either this key or years, which says it all")
    if isinstance(account.items["years"], str):
        usual: YearRule = MonthYears()
        return account.read("years", _preset, usual)
    section = account.section("years")
    return MonthYears() if section is None else _made(section)


def _made(section: Section) -> YearRule:
    is_table = "starts" in section.items
    known, needed = (_TABLE_YEARS, ("starts", "end")) if is_table else (_WEEK_YEARS, ("end_month", "weekday", "rule"))
    if not section.expect(known, needed):
        return MonthYears()
    settings: dict[str, Any] = dict(section.items)
    try:
        if is_table:
            settings["starts"] = _starts(settings["starts"], "starts")
            return TableYears(**settings)
        settings["weekday"] = _weekday(settings["weekday"], "weekday")
        return WeekYears(**settings)
    except QuotaError as error:
        section.refused(error)
        return MonthYears()


def _starts(value: object, field: str) -> dict[int, object]:
    if not isinstance(value, dict):
        raise invalid(field, value, 'an object {...} such as {"2026": "2025-09-28"}')
    items = cast("dict[str, object]", value)
    for name in items:
        if not _YEAR.fullmatch(name):
            raise invalid(field, name, "years of four digits")
    return {int(name): start for name, start in items.items()}


def _preset(value: object, field: str) -> YearRule:
    known = ", ".join(presets.NAMES)
    if not isinstance(value, str) or value not in presets.NAMES:
        raise invalid(field, value, f"one of {known}, or an object {{...}}", code="unknown_word")
    return presets.named(value)


def _year_start(value: object, field: str) -> tuple[int, int]:
    given = _fields.text(value, field)
    try:
        if _YEAR_START.fullmatch(given):
            month, day_of_month = map(int, given.split("-"))
            MonthYears(start_month=month, start_day=day_of_month)
            return month, day_of_month
    except QuotaError:
        pass
    raise invalid(field, given, "the month and day, MM-DD, on which fiscal years start; one that every year has")


def _named_by(value: object, field: str) -> NamedBy:
    return _fields.word(value, field, NamedBy)


def _weekday(value: object, field: str) -> int:
    if not isinstance(value, str) or value not in _DAYS:
        raise invalid(field, value, f"one of {', '.join(_DAYS)}", code="unknown_word")
    return _DAYS.index(value)
