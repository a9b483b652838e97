"""A world that trackers live in: an account with its goals, people, rates, splits and records, at one moment."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import TypeAlias

from attrs import evolve

from quota_engine import Change, CrmEvent, Goal, Period, ProgressTracker, Rates, Splits
from quota_engine.adapters.memory import MemoryGoals, MemoryRates, MemoryStore
from quota_engine.tracking.codec import Version
from quota_engine.tracking.records import Records
from tests.simulation.oracle import Basis, made_in, standing, states_of
from tests.wide_lives import draws
from tests.wide_lives.people import People
from tests.wide_lives.records import KINDS, MANNERS, Source

States: TypeAlias = dict[str, list[tuple[Goal | None, datetime]]]


@dataclass(eq=False)
class World:
    """All there is.

    Attributes:
        rng: what decides everything.
    """

    rng: Random

    def __post_init__(self) -> None:
        """Make it."""
        rng = self.rng
        self.now = draws.beginning(rng)
        self.account = draws.account(rng, self.now)
        self.people = People(rng)
        self.missing = rng.choice(("leave_out", "leave_out", "refuse"))
        self.entries = draws.rates(rng, self.now)
        self.has_rates = rng.random() < 0.8
        self.splits = Splits()
        self.has_splits = rng.random() < 0.6
        self.source = Source(rng, rng.choice(MANNERS), is_narrow=rng.random() < 0.4, names_deleted=rng.random() < 0.5)
        self.repository, self.store = MemoryGoals(), MemoryStore()
        self.changes: list[Change] = []

    def __str__(self) -> str:
        """Return what does not change."""
        rates = f"rates {self.missing}" if self.has_rates else "no rates"
        narrow = " and few properties" * self.source.is_narrow
        return f"a source of {self.source.manner}{narrow}, {rates}, {'' if self.has_splits else 'no '}splits"

    def rates(self, base: str, currencies: frozenset[str], during: Period, /) -> Rates:
        """Return those rates that are asked for, and the last ones before. Fills `RateSource`."""
        return MemoryRates(self._all_rates()).rates(base, currencies, during)

    def _all_rates(self) -> Rates:
        return Rates("EUR", self.entries, self.missing)

    def tracker(self) -> ProgressTracker:
        """Return what a process of the host has."""
        return ProgressTracker(
            self.account,
            goals=self.repository,
            events=self.source,
            roster=self.people,
            store=self.store,
            rates=self if self.has_rates else None,
            splits=self.splits if self.has_splits else None,
        )

    def commit(self, change: Change) -> None:
        """Make a change; it counts as made no earlier than the one before it of the same goal."""
        self.repository.commit([change])
        moments = [each.at for each in self.changes if each.goal_id == change.goal_id]
        self.changes.append(evolve(change, at=max([change.at, *moments])))

    def states(self, known_at: datetime) -> States:
        """Return all that each goal has been by a moment."""
        return states_of(change for change in self.changes if change.at <= known_at)

    def standing(self) -> tuple[Goal, ...]:
        """Return the goals that there are."""
        return standing(states_of(self.changes))

    def deleted(self) -> frozenset[str]:
        """Return the ids of the goals that are no more."""
        return frozenset(change.goal_id for change in self.changes if change.goal is None)

    def basis(self, as_of: datetime, known_at: datetime, goal_ids: Collection[str] | None = None) -> Basis:
        """Return what figures as of a moment depend on, by what was read; of some goals, or of all."""
        goals = standing(self.states(known_at))
        return Basis(
            account=self.account,
            goals=tuple(goal for goal in goals if goal_ids is None or goal.id in goal_ids),
            events=(*self.source.given.values(), *self._made()),
            roster=self.people.roster(),
            rates=self._all_rates() if self.has_rates else None,
            splits=self.splits if self.has_splits else None,
            as_of=as_of,
        )

    def _made(self) -> list[CrmEvent]:
        return made_in(self.kept())

    def kept(self) -> list[list[Version]]:
        """Return the versions of each record that the tracker has kept."""
        return [versions for kind in KINDS for _, versions in Records(self.store).all_of(kind)]
