"""Write actors.csv, templates.csv and variants.csv: who may do what with a goal, by the sentences that READING.md reads.

    python tests/answers/permissions/make_tables.py

Needs nothing but Python. It knows nothing of the library. The three tables are written beside it.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise, product
from pathlib import Path
from typing import Final

# ------------------------------------------------------------------------------------------------------- What is asked

HUBS: Final = ("sales", "service")
TIERS: Final = ("starter", "professional", "enterprise")
SEATS: Final = ("none", *("-".join(parts) for parts in product(HUBS, TIERS, ("paid", "unpaid"))))
GRANTS: Final = ("none", "view-own", "view-team", "view-everyone", "edit-own", "edit-team", "edit-everyone")
USER_ROWS: Final = ("own", "teammate", "outsider")
ROWS: Final = (*USER_ROWS, "own-team", "team-below", "other-team", "pipeline", "account")
VARIANTS: Final = ("starter_friendly", "by_grants", "assign_needs_seat", "own_target_forbidden")


@dataclass(frozen=True, kw_only=True)
class Case:
    """An actor, and the only row of a revenue goal; by the standard table, or by a variant of it."""

    seat: str
    super_admin: bool
    active: bool
    grant: str
    row: str
    variant: str = "standard"

    def keys(self) -> tuple[str, ...]:
        """Return the case as the first columns of its line."""
        return (self.seat, yes_or_no(self.super_admin), yes_or_no(self.active), self.grant, self.row)


def yes_or_no(answer: object) -> str:
    """Return the word for an answer."""
    return "yes" if answer else "no"


def cases() -> Iterator[Case]:
    """Return every case, in the order of the table."""
    for seat, super_admin, active, grant, row in product(SEATS, (True, False), (True, False), GRANTS, ROWS):
        yield Case(seat=seat, super_admin=super_admin, active=active, grant=grant, row=row)


# --------------------------------------------------------------------------------------------- Seats, permissions, rules

PAID: Final = frozenset(seat for seat in SEATS if seat.endswith("-paid"))
PROFESSIONAL_OR_UP: Final = frozenset(seat for seat in SEATS if "-professional-" in seat or "-enterprise-" in seat)
PAID_SALES: Final = frozenset(seat for seat in PAID if seat.startswith("sales-"))
PAID_SALES_PROFESSIONAL_OR_ENTERPRISE: Final = PAID_SALES & PROFESSIONAL_OR_UP
PAID_SALES_OR_SERVICE_ENTERPRISE: Final = PAID_SALES | {"service-enterprise-paid"}

ROWS_IN: Final = {
    "own": frozenset({"own"}),
    "team": frozenset({"own", "teammate", "own-team", "team-below"}),
    "everyone": frozenset(ROWS),
}


def seat_among(case: Case, seats: frozenset[str]) -> bool:
    """By_grants: seats are not asked for."""
    return case.variant == "by_grants" or case.seat in seats


def seat_for_goals(case: Case) -> bool:
    """A2: an own paid Sales Professional or Enterprise seat; starter_friendly: a paid Starter seat for revenue goals."""
    enough = PAID if case.variant == "starter_friendly" else PAID_SALES_PROFESSIONAL_OR_ENTERPRISE
    return seat_among(case, enough)


def permission(case: Case, wanted: str) -> bool:
    """A3: a permission whose scope covers the row; edit implies view; super admin has scope everyone."""
    held, _, scope = case.grant.partition("-")
    return case.super_admin or (held in {wanted, "edit"} and case.row in ROWS_IN[scope])


def write(case: Case) -> bool:
    """A3: the seat, or super admin, and an edit permission whose scope covers every row. LA7: nobody who is inactive."""
    return case.active and (seat_for_goals(case) or case.super_admin) and permission(case, "edit")


def put_on(case: Case) -> bool:
    """A2, be assigned: a user row needs that user's seat, team, pipeline and account rows need none.

    All other users have it. Third reading: to put a row on a goal needs the seat.
    """
    if case.row == "own" and not be_assigned(case):
        return False
    return case.variant != "assign_needs_seat" or seat_for_goals(case)


def forbidden(case: Case) -> bool:
    """A3: a ready-made rule forbids editing one's own target."""
    return case.variant == "own_target_forbidden" and case.row == "own"


# ------------------------------------------------------------------------------------------------------------- Actions


def view(case: Case) -> bool:
    """A3: the view permission; one's own rows are always visible."""
    return case.row == "own" or permission(case, "view")


def edit(case: Case) -> bool:
    """A2: an own paid Sales Professional or Enterprise seat, or super admin; A4: any forbid wins."""
    return write(case) and not forbidden(case)


def create(case: Case) -> bool:
    """A2: the same as to edit; a goal that is created with a row has that row put on it."""
    return write(case) and put_on(case)


def delete(case: Case) -> bool:
    """A2: the same as to edit; it touches every row."""
    return write(case)


def assign(case: Case) -> bool:
    """A2: (put a row on a goal): whoever may create or edit it."""
    return (create(case) or edit(case)) and put_on(case)


def be_assigned(case: Case) -> bool:
    """A2: an own paid Sales Professional or Enterprise seat, which nothing replaces."""
    return seat_for_goals(case)


def manage(case: Case) -> bool:
    """A2: any paid seat, or super admin."""
    return seat_among(case, PAID) or case.super_admin


def view_team_users(case: Case) -> bool:
    """A2: a paid Sales seat of any tier or Service Enterprise, and the view permission; A3: one's own rows always."""
    return case.row == "own" or (seat_among(case, PAID_SALES_OR_SERVICE_ENTERPRISE) and permission(case, "view"))


def edit_team_users(case: Case) -> bool:
    """A2: a paid Sales seat of any tier or Service Enterprise, and the edit permission. LA7: nobody who is inactive."""
    seated = seat_among(case, PAID_SALES_OR_SERVICE_ENTERPRISE)
    return case.active and seated and permission(case, "edit") and not forbidden(case)


def choose_teams_and_users(case: Case) -> bool:
    """A2: an own seat of Professional or up."""
    return seat_among(case, PROFESSIONAL_OR_UP)


ACTIONS: Final[tuple[Callable[[Case], bool], ...]] = (
    *(view, edit, create, delete, assign, be_assigned, manage),
    *(view_team_users, edit_team_users, choose_teams_and_users),
)
NAMES: Final = tuple(action.__name__ for action in ACTIONS)
TEAM_USERS: Final = frozenset({"view_team_users", "edit_team_users"})
WRITES: Final = ("edit", "create", "delete", "assign", "edit_team_users")


def decisions(case: Case) -> dict[str, str]:
    """Return the line of a case: yes or no by action; `-` for the users in a team goal where the row is no user's."""
    return {
        action.__name__: "-" if action.__name__ in TEAM_USERS and case.row not in USER_ROWS else yes_or_no(action(case))
        for action in ACTIONS
    }


# ----------------------------------------------------------------------------------------------------------- Templates

STARTER: Final = ("revenue",)
SALES: Final = ("deals_created", "calls_made", "revenue", "meetings_booked")
SERVICE: Final = (
    *("average_ticket_resolution_time", "average_ticket_response_time"),
    *("revenue", "tickets_closed"),
)
OPENED: Final[dict[str, tuple[str, ...]]] = {
    "none": (),
    "sales-starter": STARTER,
    "sales-professional": SALES,
    "sales-enterprise": (*SALES, "scratch"),
    "service-starter": STARTER,
    "service-professional": SERVICE,
    "service-enterprise": (*SERVICE, "scratch"),
}
TEMPLATES: Final = (
    *("revenue", "forecast_revenue", "deals_created", "calls_made", "meetings_booked"),
    *("average_ticket_response_time", "average_ticket_resolution_time", "tickets_closed", "scratch"),
)


def is_open(template: str, subscription: str) -> bool:
    """A1: subscriptions open measures; forecast revenue is open wherever revenue is."""
    measure = "revenue" if template == "forecast_revenue" else template
    return measure in OPENED[subscription]


# ---------------------------------------------------------------------------------------------------------------- Laws


def below(case: Case) -> Iterator[Case]:
    """Return the cases that have one thing less: the seat, its being paid, a tier, the role, a scope, being active."""
    if case.seat != "none":
        hub, tier, paid = case.seat.split("-")
        yield replace(case, seat="none")
        if paid == "paid":
            yield replace(case, seat=f"{hub}-{tier}-unpaid")
        yield from (replace(case, seat=f"{hub}-{low}-{paid}") for low, high in pairwise(TIERS) if high == tier)
    if case.super_admin:
        yield replace(case, super_admin=False)
    if case.active:
        yield replace(case, active=False)
    if case.grant != "none":
        held, scope = case.grant.split("-")
        yield replace(case, grant="none")
        yield from (replace(case, grant=f"{held}-{low}") for low, high in pairwise(ROWS_IN) if high == scope)
        if held == "edit":
            yield replace(case, grant=f"view-{scope}")


def check_laws(case: Case, table: dict[Case, dict[str, str]]) -> None:
    """Hold one line to LA2, LA6, LA7, LA9 and to A3's "edit implies view"."""
    said = table[case]
    allowed = {name for name, answer in said.items() if answer == "yes"}
    where = (case, said)
    if not case.super_admin and case.grant == "none":  # LA2
        assert allowed.isdisjoint(WRITES), where
        assert case.row == "own" or allowed.isdisjoint({"view", "view_team_users"}), where
        assert case.seat != "none" or case.variant == "by_grants" or allowed <= {"view", "view_team_users"}, where
    for less in below(case):  # LA6
        assert all(said[name] == "yes" for name, answer in table[less].items() if answer == "yes"), (where, less)
    assert case.active or allowed.isdisjoint(WRITES), where  # LA7
    assert "view" in allowed or allowed.isdisjoint({"edit", "delete", "create", "assign"}), where  # LA9, A3
    assert "view_team_users" in allowed or "edit_team_users" not in allowed, where
    assert "assign" not in allowed or case.row != "own" or "be_assigned" in allowed, where  # LA9
    assert "create" not in allowed or case.row != "own" or "be_assigned" in allowed, where
    assert "assign" not in allowed or allowed & {"create", "edit"}, where  # A2


def check_variants(tables: dict[str, dict[Case, dict[str, str]]]) -> None:
    """Hold the variants to the standard table: two only allow more; two only forbid, as LA3 says of a forbid."""
    for variant, more in zip(VARIANTS, (True, True, False, False), strict=True):
        for case, said in tables[variant].items():
            standard = tables["standard"][replace(case, variant="standard")]
            changed = {name: answer for name, answer in said.items() if answer != standard[name]}
            assert set(changed.values()) <= {yes_or_no(more)}, (case, changed)


def check_templates() -> None:
    """Hold the templates to LA2 and LA6: no subscription opens nothing, and a higher tier closes nothing."""
    assert not any(is_open(template, "none") for template in TEMPLATES)
    for hub, (low, high) in product(HUBS, pairwise(TIERS)):
        assert all(is_open(name, f"{hub}-{high}") for name in TEMPLATES if is_open(name, f"{hub}-{low}")), (hub, high)


# -------------------------------------------------------------------------------------------------------------- Tables

SAMPLED: Final = 17  # of the cells that by_grants decides otherwise, by action: the first, and each 17th after it


def otherwise(
    variant: str, tables: dict[str, dict[Case, dict[str, str]]]
) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Return the cells that a variant decides otherwise than the standard table: keys, action, decision."""
    seen = dict.fromkeys(NAMES, 0)
    for case, said in tables[variant].items():
        standard = tables["standard"][replace(case, variant="standard")]
        for name, answer in said.items():
            if answer != standard[name]:
                if variant != "by_grants" or seen[name] % SAMPLED == 0:
                    yield case.keys(), name, answer
                seen[name] += 1


def save(name: str, head: Iterable[str], lines: Iterable[Iterable[str]]) -> None:
    """Write a table beside this script."""
    with (Path(__file__).parent / name).open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(head)
        table.writerows(lines)


def main() -> None:
    """Reckon all tables, hold them to the laws, and write them."""
    tables = {
        variant: {case: decisions(case) for case in (replace(case, variant=variant) for case in cases())}
        for variant in ("standard", *VARIANTS)
    }
    for table in tables.values():
        for case in table:
            check_laws(case, table)
    check_variants(tables)
    check_templates()
    keys = ("seat", "super_admin", "active", "grant", "row")
    standard = tables["standard"]
    save("actors.csv", (*keys, *NAMES), ((*case.keys(), *said.values()) for case, said in standard.items()))
    save(
        "templates.csv",
        ("template", "subscription", "open"),
        ((name, plan, yes_or_no(is_open(name, plan))) for name, plan in product(TEMPLATES, OPENED)),
    )
    save(
        "variants.csv",
        ("variant", *keys, "action", "decision"),
        ((variant, *key, name, said) for variant in VARIANTS for key, name, said in otherwise(variant, tables)),
    )


if __name__ == "__main__":
    main()
