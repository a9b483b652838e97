"""The board: the progress of goals for people to read, as rows, text and plain HTML. Sources: rules R1 and C4."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from html import escape
from typing import Final

from attrs import field, frozen

from quota_engine import _fields, display
from quota_engine._fields import Field
from quota_engine.contributors import Contributor, Roster
from quota_engine.errors import NotFound, invalid, shown
from quota_engine.goals import Goal
from quota_engine.periods import Period
from quota_engine.progress import Calculation, Progress, Total

BoardRow = dict[str, str | int | bool | Decimal | date | datetime | None]

_TOTAL: Final = "Total"
_HEADER: Final = ("target", "attained", "attainment", "", "status")
_RIGHT: Final = frozenset({1, 2, 3})
_WIDEST_BAR: Final = 20
_NARROWEST_BAR: Final = 5


def _as_goals(goals: Iterable[Goal]) -> tuple[Goal, ...]:
    return _fields.items(goals, "goals", Goal, "goals", most=1_000_000)


def _check_calculated(board: Board, attribute: Field, goals: tuple[Goal, ...]) -> None:
    calculated = {goal.id: goal for goal in board.calculation.goals}
    for index, goal in enumerate(goals):
        if goal.id not in calculated or calculated[goal.id].slices != goal.slices:
            expected = "a goal of the calculation, in the slices in which it was calculated"
            raise invalid(f"{attribute.name}[{index}]", goal.id, expected, code="not_calculated")


@frozen
class Board:
    """Who reached which share of which target, and what all came to together.

    Drafts, which are goals without rows, show on no board.

    Attributes:
        calculation: the figures.
        goals: the goals to show, in this order.
        roster: where names are found; ids are shown where it is None.

    Raises:
        InvalidType, InvalidValue: an argument that does not fit, or a goal that was not calculated, or not in these slices.
    """

    calculation: Calculation = field(
        validator=_fields.checked(_fields.instance_of(Calculation, "a Calculation")), repr=False
    )
    goals: tuple[Goal, ...] = field(converter=_as_goals, validator=_check_calculated)
    roster: Roster | None = field(
        default=None, validator=_fields.checked(_fields.optional(_fields.instance_of(Roster, "a Roster"))), repr=False
    )

    def total(self, goal_id: str, *, on: date) -> Total:
        """Return the total of a goal in the slice that holds a day, each record counted once (rule C4).

        Raises:
            NotFound: the goal is not on the board, or has no such slice.
        """
        wanted = _fields.instance_of(str, "a goal's id")(goal_id, "goal_id")
        if all(goal.id != wanted for goal in self.goals):
            raise NotFound(f"total: not found: {shown(goal_id)}", field="goal_id")
        return self.calculation.total(goal_id, on=on)

    def rows(self) -> list[BoardRow]:
        """Return a flat plain dict per cell and, behind the cells of each slice, one for the slice's total.

        The keys are the same for all; `row` tells "cell" and "total" apart. Days are dates, amounts Decimals, words text.
        """
        return [
            self._as_row(goal, line) for goal in self.goals for part in goal.slices for line in self._lines(goal, part)
        ]

    def _lines(self, goal: Goal, part: Period) -> Iterator[Progress | Total]:
        for row in goal.assignments:
            yield self.calculation.of(goal.id, row.contributor, on=part.start)
        if goal.assignments:
            yield self.calculation.total(goal.id, on=part.start)

    def _as_row(self, goal: Goal, line: Progress | Total) -> BoardRow:
        cell = line if isinstance(line, Progress) else None
        pace = cell.pace if cell else None
        return {
            "goal_id": goal.id,
            "goal_name": goal.name,
            "row": "cell" if cell else "total",
            "contributor_kind": cell.contributor.kind.value if cell else None,
            "contributor_id": cell.contributor.id if cell else None,
            "contributor_name": self._name(cell.contributor) if cell else None,
            "first_day": line.slice.start,
            "last_day": line.slice.last_day,
            "target": line.target,
            "attained": line.attained,
            "attainment": line.attainment,
            "percent": line.percent(),
            "remaining": line.remaining,
            "counted": line.counted,
            "status": cell.status.value if cell and cell.status else None,
            "pace": pace.status.value if pace and pace.status else None,
            "unit": line.unit,
            "currency": line.currency,
            "frozen_at": cell.frozen_at if cell else None,
            "restated": cell.restated if cell else None,
        }

    def _name(self, contributor: Contributor) -> str:
        return contributor.id if self.roster is None else self.roster.name_of(contributor)

    def text(self, width: int | None = None) -> str:
        """Return the board as plain text: a table per goal, a block per slice, with bars that are full at 100 %.

        Where a width in characters is given the bars are cut so that lines fit, as far as they can.
        """
        if width is not None:
            _fields.whole(width, "width", 0, 2**31 - 1)
        return "\n\n".join(self._goal_text(goal, width) for goal in self.goals if goal.assignments)

    def __str__(self) -> str:
        """Return the board as plain text."""
        return self.text()

    def _goal_text(self, goal: Goal, width: int | None) -> str:
        blocks = [
            [(str(part), *_HEADER), *(self._as_cells(line, _WIDEST_BAR) for line in self._lines(goal, part))]
            for part in goal.slices
        ]
        lines = display.aligned([row for block in blocks for row in block], right=_RIGHT)
        if width is not None and (over := max(map(len, lines)) - width) > 0:
            bar = max(_WIDEST_BAR - over, _NARROWEST_BAR)
            blocks = [
                [(str(part), *_HEADER), *(self._as_cells(line, bar) for line in self._lines(goal, part))]
                for part in goal.slices
            ]
            lines = display.aligned([row for block in blocks for row in block], right=_RIGHT)
        text = [_title(goal)]
        for block in blocks:
            text.extend(["", *lines[: len(block)]])
            lines = lines[len(block) :]
        return "\n".join(text)

    def _as_cells(self, line: Progress | Total, bar: int) -> tuple[str, ...]:
        contributor = line.contributor if isinstance(line, Progress) else None
        target = display.amount(line.target, unit=line.unit, currency=line.currency)
        return (
            self._name(contributor) if contributor else _TOTAL,
            "no target" if contributor and line.target is None else target,
            display.amount(line.attained, unit=line.unit, currency=line.currency),
            line.percent(),
            display.bar(line.attainment, width=bar),
            _status(line),
        )

    def html(self) -> str:
        """Return the board as a plain HTML fragment: a table per goal, every text escaped, nothing loaded from anywhere."""
        return "\n".join(self._goal_html(goal) for goal in self.goals if goal.assignments)

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return self.html()

    def _goal_html(self, goal: Goal) -> str:
        rows: list[str] = []
        for part in goal.slices:
            heads = "".join(f"<th scope='col' style='text-align:right'>{escape(head)}</th>" for head in _HEADER[:3])
            rows.append(
                f"<tr><th scope='col' style='text-align:left'>{escape(str(part))}</th>{heads}<th></th><th>status</th></tr>"
            )
            rows.extend(self._line_html(line) for line in self._lines(goal, part))
        return f"<table><caption>{escape(_title(goal))}</caption><tbody>{''.join(rows)}</tbody></table>"

    def _line_html(self, line: Progress | Total) -> str:
        name, target, attained, percent, _, status = map(escape, self._as_cells(line, 0))
        full = display.filled(line.attainment, parts=100)
        bar = (
            "<div style='width:8em;background:#e5e7eb' role='img' "
            f"aria-label='{percent}'><div style='width:{full}%;height:.7em;background:#2563eb'></div></div>"
        )
        numbers = "".join(f"<td style='text-align:right'>{cell}</td>" for cell in (target, attained, percent))
        weight = "" if isinstance(line, Progress) else " style='font-weight:bold'"
        return f"<tr{weight}><th scope='row' style='text-align:left'>{name}</th>{numbers}<td>{bar}</td><td>{status}</td></tr>"


def _status(line: Progress | Total) -> str:
    return line.status.replace("_", " ") if isinstance(line, Progress) and line.status else ""


def _title(goal: Goal) -> str:
    unit = goal.currency if goal.measure.is_money else goal.measure.unit
    return f"{goal.name} ({goal.measure.name}, {unit})"
