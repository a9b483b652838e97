"""Help with planning: last year's targets by a percentage, and a team's target beside the sum of its people's. Source: rule G3.

Every function gives a new goal, or figures about one; not a cent is lost, and locked cells keep their targets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from fractions import Fraction

from attrs import evolve, frozen

from quota_engine import _fields, amounts
from quota_engine.assignments import Amount, Assignment
from quota_engine.contributors import Contributor, ContributorKind, Roster
from quota_engine.errors import invalid
from quota_engine.goals import Chosen, Goal
from quota_engine.periods import Period


@frozen(kw_only=True)
class TeamGap:
    """What a team promised in a slice beside what its people promised.

    Attributes:
        slice: of the goal.
        team: the team's target; None where it has none.
        people: the sum of its people's targets; None where none of them has one.
        difference: what the people fall short of the team, negative where they promised more; None without one of the two.
    """

    slice: Period
    team: Decimal | None
    people: Decimal | None
    difference: Decimal | None


def scale_targets(goal: Goal, percent: Amount, *, to: Chosen = None) -> Goal:
    """Return the goal with the targets of each chosen row at a percentage of what they are: 105 for five percent more.

    A row's open targets together become that percentage of their sum, rounded half up to the smallest coin (or the unit), and are
    spread as they were. Locked cells and slices without a target stay.

    Raises:
        InvalidType, InvalidValue: no amount, or a negative one.
        NotFound: no such row.
    """
    share = Fraction(amounts.target(percent, "percent")) / 100
    several = (to,) if isinstance(to, Contributor) else to
    given = None if several is None else _fields.items(several, "to", Contributor, "contributors")
    chosen = None if given is None else {goal.row(contributor).contributor for contributor in given}

    def scaled(row: Assignment) -> Assignment:
        open_cells = [place for place in _open(goal, row) if row.cells[place]]
        if not open_cells or (chosen is not None and row.contributor not in chosen):
            return row
        kept = [row.cells[place] or Decimal(0) for place in open_cells]
        whole = amounts.rounded(amounts.from_fraction(Fraction(amounts.total(kept)) * share), _places(goal))
        return _with_cells(row, dict(zip(open_cells, amounts.split(whole, kept, places=_places(goal)), strict=True)))

    return evolve(goal, assignments=[scaled(row) for row in goal.assignments])


def team_gaps(goal: Goal, team: str, roster: Roster) -> tuple[TeamGap, ...]:
    """Return for each slice the target of a team's row beside the sum of its people's targets.

    A team's people are the users with a row whose main team it is on the first day of the slice; where the goal's `team_credit`
    takes the teams below, theirs as well.

    Raises:
        NotFound: the goal has no row of the team.
    """
    own = goal.row(Contributor.team(team))
    return tuple(
        _gap(part, own.cells[place], [row.cells[place] for row in _people(goal, team, roster, part)])
        for place, part in enumerate(goal.slices)
    )


def reconcile(goal: Goal, team: str, roster: Roster, *, weights: Mapping[Contributor, Amount] | None = None) -> Goal:
    """Return the goal in which a team's people promise together what the team promised, in every slice where it did.

    What is left of the team's target after locked cells is spread over the people's open cells by the weights, by default by the
    targets that they have, or evenly where these are all zero or none. Slices in which the team has no target stay.

    Args:
        goal: with a row of the team.
        team: the id of the team.
        roster: who belongs where; see `team_gaps`.
        weights: by contributor; whoever has none gets nothing.

    Raises:
        NotFound: the goal has no row of the team.
        InvalidValue: nobody of the team has an open cell, or locked cells exceed the team's target (the slice is named), or all
            weights are zero.
    """
    own = goal.row(Contributor.team(team))
    given = None if weights is None else {who: amounts.target(weight, f"{who}") for who, weight in weights.items()}
    cells: dict[Contributor, dict[int, Decimal]] = {}
    for place, part in enumerate(goal.slices):
        target = own.cells[place]
        if target is None:
            continue
        people = list(_people(goal, team, roster, part))
        free = [row for row in people if part not in row.locked]
        held = amounts.total(row.cells[place] or Decimal(0) for row in people if part in row.locked)
        rest = amounts.total([target, held.copy_negate()])
        if rest < 0 or (rest and not free):
            expected = f"open targets of the team's people in {part} for what its locked ones leave of {target}"
            raise invalid("team", team, expected, code="cannot_reconcile")
        if not free:
            continue
        shares = [
            (row.cells[place] or Decimal(0)) if given is None else given.get(row.contributor, Decimal(0))
            for row in free
        ]
        if given is None and not any(shares):
            shares = [Decimal(1)] * len(free)
        for row, amount in zip(free, amounts.split(rest, shares, places=_places(goal)), strict=True):
            cells.setdefault(row.contributor, {})[place] = amount
    return evolve(goal, assignments=[_with_cells(row, cells.get(row.contributor, {})) for row in goal.assignments])


def _open(goal: Goal, row: Assignment) -> Iterator[int]:
    return (place for place, part in enumerate(goal.slices) if part not in row.locked)


def _places(goal: Goal) -> int:
    return amounts.minor_units(goal.currency) if goal.measure.is_money else 0


def _with_cells(row: Assignment, cells: Mapping[int, Decimal]) -> Assignment:
    return evolve(row, targets=[cells.get(place, before) for place, before in enumerate(row.cells)])


def _people(goal: Goal, team: str, roster: Roster, part: Period) -> Iterator[Assignment]:
    for row in goal.assignments:
        if row.contributor.kind is ContributorKind.USER:
            home = roster.main_team(row.contributor.id, on=part.start)
            below = goal.team_credit.descendants and home is not None and team in roster.above(home)
            if home == team or below:
                yield row


def _gap(part: Period, team: Decimal | None, people: list[Decimal | None]) -> TeamGap:
    promised = [target for target in people if target is not None]
    together = amounts.total(promised) if promised else None
    difference = None if team is None or together is None else amounts.total([team, together.copy_negate()])
    return TeamGap(slice=part, team=team, people=together, difference=difference)
