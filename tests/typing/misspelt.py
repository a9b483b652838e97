# pyright: reportUnnecessaryTypeIgnoreComment=true
"""A name that is not public, as a host may misspell one: type checkers must refuse it, though rooms are opened at run time."""

from __future__ import annotations

import quota_engine


def misspelt() -> object:
    """Ask for a name that is not there; that the comments are needed is what is checked."""
    return quota_engine.Asignment  # type: ignore[attr-defined]  # mypy
