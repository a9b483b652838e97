"""How the strategies draw, so that they are fast.

Hypothesis asks much of every strategy that is made, and something of every one that is drawn from. So strategies are made once,
as constants or behind a `cache`. What depends on what was drawn before is picked by its index. Small choices that go together
are one. And what is no part that should be repeated or removed as a whole is drawn by a plain function that takes `draw`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import TypeAlias, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

T = TypeVar("T")
Drawer: TypeAlias = "Callable[[DrawFn], T]"


@cache
def below(count: int) -> SearchStrategy[int]:
    """Return the whole numbers from 0 to below a count; of up to 256, Hypothesis draws all equally often."""
    return st.integers(0, count - 1)


def pick(draw: DrawFn, values: Sequence[T]) -> T:
    """Draw one of some values, of which the first is the simplest: like `sampled_from`, with no strategy to be made."""
    return values[draw(below(len(values)))] if len(values) > 1 else values[0]


def is_one_in(draw: DrawFn, count: int) -> bool:
    """Draw whether something happens that happens one in so many times."""
    return draw(below(count)) == count - 1


def drawer_of(values: SearchStrategy[T]) -> Drawer[T]:
    """Return a function that draws from a strategy."""
    return lambda draw: draw(values)
