"""Sources: people and rates of a host, as values or from where it keeps them; what fails there is told in our words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from quota_engine.contributors import Roster
from quota_engine.errors import ContractViolation, shown
from quota_engine.periods import Period
from quota_engine.ports import RateSource, RosterSource, asking
from quota_engine.rates import Rates

T = TypeVar("T")


def roster_of(source: Roster | RosterSource | None) -> Roster | None:
    """Return the roster, asked for where it is a source.

    Raises:
        SourceUnavailable: it cannot be had now.
        ContractViolation: something else was given.
    """
    return source if source is None or isinstance(source, Roster) else _asked("roster", source.roster, Roster)


def rates_of(
    source: Rates | RateSource | None, base: str, currencies: frozenset[str], during: Period | None
) -> Rates | None:
    """Return the rates of some currencies on some days, asked for where it is a source; see `roster_of`."""
    if source is None or isinstance(source, Rates):
        return source
    if during is None:
        return Rates(base, {})
    return _asked("rates", lambda: source.rates(base, currencies, during), Rates)


def _asked(name: str, ask: Callable[[], object], kind: type[T]) -> T:
    with asking(name):
        found = ask()
    if not isinstance(found, kind):
        raise ContractViolation(f"{name}: expected {kind.__name__}, got {shown(found)}", field=name, value=shown(found))
    return found
