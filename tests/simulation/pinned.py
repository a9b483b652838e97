"""Seeds that went wrong once, each with what it found."""

from __future__ import annotations

from typing import Final

PINNED: Final[dict[int, str]] = {}
