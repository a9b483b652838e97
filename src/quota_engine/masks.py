"""Masks: which of many records are meant, one byte for each, 1 or 0. Whole masks are combined at once, as large numbers."""

from __future__ import annotations

from typing import Final

_ORDER: Final = "little"


def everything(count: int) -> bytes:
    """Return the mask of all of so many records."""
    return b"\x01" * count


def both(one: bytes, other: bytes) -> bytes:
    """Return the mask of the records that are in both masks."""
    return (int.from_bytes(one, _ORDER) & int.from_bytes(other, _ORDER)).to_bytes(len(one), _ORDER)


def without(one: bytes, other: bytes) -> bytes:
    """Return the mask of the records that are in one mask, but not in the other.

    >>> list(without(bytes([1, 1, 0]), bytes([0, 1, 1])))
    [1, 0, 0]
    """
    return (int.from_bytes(one, _ORDER) & ~int.from_bytes(other, _ORDER)).to_bytes(len(one), _ORDER)
