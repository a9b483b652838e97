"""Masks: which of many records are meant."""

from __future__ import annotations

from itertools import product

from quota_engine.masks import both, everything, without

# Every pair of a record's places in two masks, and none at all.
PAIRS = list(product([0, 1], repeat=2))
ONE, OTHER = (bytes(column) for column in zip(*PAIRS, strict=True))


def test_everything_is_all_of_them() -> None:
    """Three records, and none."""
    assert list(everything(3)) == [1, 1, 1]
    assert everything(0) == b""


def test_both_is_what_is_in_each() -> None:
    """Place by place; the last place may be empty, and so may the masks."""
    assert list(both(ONE, OTHER)) == [one and other for one, other in PAIRS]
    assert list(both(ONE[::-1], OTHER[::-1])) == [one and other for one, other in PAIRS[::-1]]
    assert both(b"", b"") == b""


def test_without_is_what_is_in_the_first_alone() -> None:
    """Place by place."""
    assert list(without(ONE, OTHER)) == [int(one > other) for one, other in PAIRS]
    assert list(without(OTHER[::-1], ONE[::-1])) == [int(other > one) for one, other in PAIRS[::-1]]
    assert without(b"", b"") == b""
