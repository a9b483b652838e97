"""Ports: pages, in which sources hand over what they have."""

from __future__ import annotations

from typing import cast

import pytest

from quota_engine import InvalidType, TooLarge
from quota_engine.ports import Page
from tests.refusals import refuses, stays


class TestPage:
    """Some of what was asked for, and where to go on."""

    def test_holds_items_in_order(self) -> None:
        """A list that is changed afterwards changes nothing."""
        items = ["a", "b"]
        page = Page(items, "2", more=True)
        items.append("c")
        assert (page.items, page.cursor, page.more) == (("a", "b"), "2", True)

    def test_is_the_last_unless_it_says_otherwise(self) -> None:
        """Without a cursor and without more."""
        page = Page[str](())
        assert (page.items, page.cursor, page.more) == ((), None, False)

    def test_takes_items_from_an_iterator(self) -> None:
        """They are read once."""
        assert Page(iter([1, 2])).items == (1, 2)

    def test_is_a_value(self) -> None:
        """It cannot change, and equal pages are the same."""
        stays(Page(("a",), "1"))

    @pytest.mark.parametrize("bad", [None, 5, "text", b"bytes"])
    def test_refuses_what_has_no_items(self, bad: object) -> None:
        """A source that answers with nothing, or with text, has not answered."""
        refuses(lambda: Page(cast("list[str]", bad)), "invalid_type", "items", "several items", kind=InvalidType)

    def test_refuses_other_cursors_and_flags(self) -> None:
        """A cursor is text, whether there is more is yes or no."""
        refuses(lambda: Page((), cast("str", 5)), "invalid_type", "cursor", kind=InvalidType)
        assert Page((), "x" * 16_000).cursor == "x" * 16_000
        refuses(lambda: Page((), "x" * 16_001), "too_long", "cursor", "at most 16000", kind=TooLarge)
        refuses(lambda: Page((), "5", more=cast("bool", 1)), "invalid_type", "more", kind=InvalidType)
