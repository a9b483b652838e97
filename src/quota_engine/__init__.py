"""Sales goals for any CRM: plan them, calculate their progress from the CRM's records.

Everything public is importable from here; adapters and the test kit are imported by their own path. A room is opened when
one of its names is first asked for, so that nobody waits for what they do not use.

Docstrings cite rules by id, such as "rule P7": what each says is in docs/reference/rules.md.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from quota_engine import templates
    from quota_engine.accounts import (
        Account,
        Bands,
        ClosePolicy,
        Closing,
        ForecastCategory,
        Hub,
        Seat,
        Subscription,
        Tier,
    )
    from quota_engine.almanac import Almanac
    from quota_engine.assignments import Assignment, Members, TeamCredit
    from quota_engine.book import GoalBook, draft
    from quota_engine.bridges import Cause, Moved, compare
    from quota_engine.clones import Clone, clone_goal
    from quota_engine.closings import reclose
    from quota_engine.contributors import Absence, Contributor, ContributorKind, Membership, Roster, Team, User
    from quota_engine.curves import Curve, DayWeights, EveryDay, WorkingDays, shape_of
    from quota_engine.durations import Cadence, Duration
    from quota_engine.edits import Edit
    from quota_engine.errors import (
        AlreadyExists,
        ConcurrencyConflict,
        ContractViolation,
        CorruptRow,
        CurrencyMismatch,
        CursorExpired,
        InvalidCursor,
        InvalidDocument,
        InvalidType,
        InvalidValue,
        MissingRate,
        NotFound,
        PermissionDenied,
        QuotaError,
        RepositoryUnavailable,
        SourceUnavailable,
        TooLarge,
        UnknownTimeZone,
        UnsupportedVersion,
    )
    from quota_engine.events import CrmEvent
    from quota_engine.facts import Batch
    from quota_engine.filing import Tallies, merge, tally
    from quota_engine.findings import Finding, FindingKind
    from quota_engine.fiscal import (
        EndsOn,
        FiscalCalendar,
        MonthYears,
        NamedBy,
        Placement,
        PriorBy,
        TableYears,
        Timeline,
        Weeks,
        WeekYears,
        YearChange,
        presets,
        resolve,
    )
    from quota_engine.forecast import Forecast, NotShown, NotShownCode, forecast_of, why_not_in_forecast
    from quota_engine.gates import HOST, Host
    from quota_engine.goals import Goal
    from quota_engine.measures import Aggregate, Condition, Direction, Fact, Measure, Operator
    from quota_engine.milestones import Milestone, MilestoneKind
    from quota_engine.notices import MilestoneReached, Notice, judge, next_moment, reached_on, recipients
    from quota_engine.paces import Pace, PaceStatus
    from quota_engine.periods import Partition, Period
    from quota_engine.planning import TeamGap, reconcile, scale_targets, team_gaps
    from quota_engine.plans import Work, plan
    from quota_engine.policy import (
        OWN_TARGET,
        Action,
        Actor,
        Decision,
        Effect,
        Grant,
        Policy,
        Reason,
        Request,
        Rule,
        Scope,
        SeatLine,
        SeatTable,
    )
    from quota_engine.ports import Change, Page, Stored, TrackingStore
    from quota_engine.progress import Calculation, Progress, Status, Total, calculate
    from quota_engine.queries import GoalQuery, Sight, SortBy, user_rows
    from quota_engine.rates import Missing, Rates
    from quota_engine.receipts import Explanation, Line, Note, NoteKind, explain
    from quota_engine.remaps import Move, Remap, remap
    from quota_engine.report import Board
    from quota_engine.running import RunningSum
    from quota_engine.splits import Split, Splits
    from quota_engine.tallies import Tally
    from quota_engine.templates import Category, Template
    from quota_engine.timetables import Timetable
    from quota_engine.tracking.proofs import Difference
    from quota_engine.tracking.refreshing import Refresh
    from quota_engine.tracking.trackers import ProgressTracker
    from quota_engine.verdicts import LeftOut
    from quota_engine.versions import edited_versions, target_versions

else:  # a type checker that saw the following would take every name for a public one

    def __getattr__(name: str) -> object:
        """Open the room of a public name, or a room by its own name, when it is first asked for (PEP 562)."""
        if name in _ROOMS:
            return import_module(f"{__name__}.{name}")  # the import puts the room into this module
        if name not in _ROOM_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}", name=name, obj=sys.modules[__name__])
        found = getattr(import_module(f"{__name__}.{_ROOM_OF[name]}"), name)
        globals()[name] = found  # from now on it is found without asking; whichever thread is first, it is the same
        return found

    def __dir__() -> list[str]:
        """List what can be asked for, whether its room is open yet or not."""
        return sorted({*globals(), *__all__, *_ROOMS})


__all__ = [
    "HOST",
    "OWN_TARGET",
    "Absence",
    "Account",
    "Action",
    "Actor",
    "Aggregate",
    "Almanac",
    "AlreadyExists",
    "Assignment",
    "Bands",
    "Batch",
    "Board",
    "Cadence",
    "Calculation",
    "Category",
    "Cause",
    "Change",
    "Clone",
    "ClosePolicy",
    "Closing",
    "ConcurrencyConflict",
    "Condition",
    "ContractViolation",
    "Contributor",
    "ContributorKind",
    "CorruptRow",
    "CrmEvent",
    "CurrencyMismatch",
    "CursorExpired",
    "Curve",
    "DayWeights",
    "Decision",
    "Difference",
    "Direction",
    "Duration",
    "Edit",
    "Effect",
    "EndsOn",
    "EveryDay",
    "Explanation",
    "Fact",
    "Finding",
    "FindingKind",
    "FiscalCalendar",
    "Forecast",
    "ForecastCategory",
    "Goal",
    "GoalBook",
    "GoalQuery",
    "Grant",
    "Host",
    "Hub",
    "InvalidCursor",
    "InvalidDocument",
    "InvalidType",
    "InvalidValue",
    "LeftOut",
    "Line",
    "Measure",
    "Members",
    "Membership",
    "Milestone",
    "MilestoneKind",
    "MilestoneReached",
    "Missing",
    "MissingRate",
    "MonthYears",
    "Move",
    "Moved",
    "NamedBy",
    "NotFound",
    "NotShown",
    "NotShownCode",
    "Note",
    "NoteKind",
    "Notice",
    "Operator",
    "Pace",
    "PaceStatus",
    "Page",
    "Partition",
    "Period",
    "PermissionDenied",
    "Placement",
    "Policy",
    "PriorBy",
    "Progress",
    "ProgressTracker",
    "QuotaError",
    "Rates",
    "Reason",
    "Refresh",
    "Remap",
    "RepositoryUnavailable",
    "Request",
    "Roster",
    "Rule",
    "RunningSum",
    "Scope",
    "Seat",
    "SeatLine",
    "SeatTable",
    "Sight",
    "SortBy",
    "SourceUnavailable",
    "Split",
    "Splits",
    "Status",
    "Stored",
    "Subscription",
    "TableYears",
    "Tallies",
    "Tally",
    "Team",
    "TeamCredit",
    "TeamGap",
    "Template",
    "Tier",
    "Timeline",
    "Timetable",
    "TooLarge",
    "Total",
    "TrackingStore",
    "UnknownTimeZone",
    "UnsupportedVersion",
    "User",
    "WeekYears",
    "Weeks",
    "Work",
    "WorkingDays",
    "YearChange",
    "calculate",
    "clone_goal",
    "compare",
    "draft",
    "edited_versions",
    "explain",
    "forecast_of",
    "judge",
    "merge",
    "next_moment",
    "plan",
    "presets",
    "reached_on",
    "recipients",
    "reclose",
    "reconcile",
    "remap",
    "resolve",
    "scale_targets",
    "shape_of",
    "tally",
    "target_versions",
    "team_gaps",
    "templates",
    "user_rows",
    "why_not_in_forecast",
]

# The same as the imports above, for run time: each room, and the names that come from it. A test holds them together.
_NAMES: Final = {
    "accounts": "Account Bands ClosePolicy Closing ForecastCategory Hub Seat Subscription Tier",
    "almanac": "Almanac",
    "assignments": "Assignment Members TeamCredit",
    "book": "GoalBook draft",
    "bridges": "Cause Moved compare",
    "clones": "Clone clone_goal",
    "closings": "reclose",
    "contributors": "Absence Contributor ContributorKind Membership Roster Team User",
    "curves": "Curve DayWeights EveryDay WorkingDays shape_of",
    "durations": "Cadence Duration",
    "edits": "Edit",
    "errors": (
        "AlreadyExists ConcurrencyConflict ContractViolation CorruptRow CurrencyMismatch CursorExpired "
        "InvalidCursor InvalidDocument InvalidType InvalidValue MissingRate NotFound PermissionDenied QuotaError "
        "RepositoryUnavailable SourceUnavailable TooLarge UnknownTimeZone UnsupportedVersion"
    ),
    "events": "CrmEvent",
    "facts": "Batch",
    "filing": "Tallies merge tally",
    "findings": "Finding FindingKind",
    "fiscal": (
        "EndsOn FiscalCalendar MonthYears NamedBy Placement PriorBy TableYears Timeline Weeks WeekYears "
        "YearChange presets resolve"
    ),
    "forecast": "Forecast NotShown NotShownCode forecast_of why_not_in_forecast",
    "gates": "HOST Host",
    "goals": "Goal",
    "measures": "Aggregate Condition Direction Fact Measure Operator",
    "milestones": "Milestone MilestoneKind",
    "notices": "MilestoneReached Notice judge next_moment reached_on recipients",
    "paces": "Pace PaceStatus",
    "periods": "Partition Period",
    "planning": "TeamGap reconcile scale_targets team_gaps",
    "plans": "Work plan",
    "policy": "OWN_TARGET Action Actor Decision Effect Grant Policy Reason Request Rule Scope SeatLine SeatTable",
    "ports": "Change Page Stored TrackingStore",
    "progress": "Calculation Progress Status Total calculate",
    "queries": "GoalQuery Sight SortBy user_rows",
    "rates": "Missing Rates",
    "receipts": "Explanation Line Note NoteKind explain",
    "remaps": "Move Remap remap",
    "report": "Board",
    "running": "RunningSum",
    "splits": "Split Splits",
    "tallies": "Tally",
    "templates": "Category Template",
    "timetables": "Timetable",
    "tracking.proofs": "Difference",
    "tracking.refreshing": "Refresh",
    "tracking.trackers": "ProgressTracker",
    "verdicts": "LeftOut",
    "versions": "edited_versions target_versions",
}
_ROOM_OF: Final = {name: room for room, names in _NAMES.items() for name in names.split()}
_ROOMS: Final = frozenset(room.partition(".")[0] for room in _NAMES)
