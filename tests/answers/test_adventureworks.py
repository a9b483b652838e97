"""The board of real data against sums that another tool made; see SOURCES.md."""

from __future__ import annotations

import csv
import json
import subprocess
import sysconfig
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.day_by_day import expected as notices_by_hand
from tests.day_by_day import track

ROOT = Path(__file__).parent.parent.parent
TABLE = Path(__file__).parent / "adventureworks_quarters.csv"
EXPECTED = list(csv.DictReader(TABLE.read_text("utf-8").splitlines()))


@pytest.fixture(scope="module")
def board() -> dict[str, Any]:
    """Print the board as the README does, for programs."""
    program = Path(sysconfig.get_path("scripts")) / "quota-engine"
    command = [str(program), "board", "docs/examples/adventureworks", "--json"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True, encoding="utf-8").stdout
    found: dict[str, Any] = json.loads(printed)
    return found


def in_cents(amount: str) -> int:
    """Read an amount of the board, which is text, as whole cents."""
    cents = Decimal(amount).scaleb(2)
    assert cents == int(cents)
    return int(cents)


class TestBoard:
    """What each of 17 salespeople sold in each quarter, right to the cent."""

    def test_has_every_quota_and_one_quarter_without(self, board: dict[str, Any]) -> None:
        """There are 164 quarters of people, one of which has no quota: it shows no target, and no verdict."""
        assert len(board["cells"]) == 164
        (without,) = [cell for cell in board["cells"] if cell["target"] is None]
        assert (without["contributor_id"], without["contributor_name"]) == ("284", "Tete Mensa-Annan")
        assert (without["first_day"], without["last_day"]) == ("2018-07-01", "2018-09-30")
        assert (without["status"], without["attainment"], without["percent"]) == (None, None, "n/a")

    def test_equals_the_sums_of_another_tool(self, board: dict[str, Any]) -> None:
        """Each of the 163 quotas, with what was sold, by how many orders, and the share reached, as exact numbers."""
        cells = {(cell["contributor_id"], cell["first_day"]): cell for cell in board["cells"]}
        assert len(EXPECTED) == 163
        for expected in EXPECTED:
            cell = cells[expected["sales_person_id"], expected["first_day"]]
            assert date.fromisoformat(cell["last_day"]) + timedelta(days=1) == date.fromisoformat(expected["end"])
            assert in_cents(cell["target"]) == int(expected["quota_minor"])
            assert in_cents(cell["attained"]) == int(expected["attained_minor"])
            assert cell["counted"] == int(expected["orders"])
            share = Fraction(int(expected["attained_minor"]), int(expected["quota_minor"]))
            assert abs(Fraction(cell["attainment"]) - share) <= share / 10**33
            reached = {"achieved": share == 1, "exceeded": share > 1, "missed": share < 1}
            assert reached[cell["status"]]

    def test_totals_every_order_once(self, board: dict[str, Any]) -> None:
        """All orders belong to someone with a quota, so the totals of all quarters come to what all orders do."""
        assert sum(in_cents(total["attained"]) for total in board["totals"]) == 8_097_772_021
        assert sum(in_cents(total["target"]) for total in board["totals"]) == sum(
            int(e["quota_minor"]) for e in EXPECTED
        )

    def test_tells_how_many_reached_their_quota(self, board: dict[str, Any]) -> None:
        """Nine of the 163 quarters reach it."""
        assert sum(cell["status"] in {"achieved", "exceeded"} for cell in board["cells"]) == 9


class TestTracked:
    """The first fiscal year, refreshed once a day; `python -m tests.day_by_day` does all three."""

    def test_is_told_day_by_day_and_ends_at_the_board(self) -> None:
        """Each milestone comes on the day on which the files reach it; in the end the figures are those of one calculation."""
        last = date(2018, 7, 1)
        run = track(last)
        assert run.refreshes == 366
        assert Counter(run.told) == Counter(notices_by_hand(last))
        missed = [
            e for e in EXPECTED if e["end"] <= last.isoformat() and int(e["attained_minor"]) < int(e["quota_minor"])
        ]
        assert Counter(said for _, _, said, _, _ in run.told)["missed"] == len(missed) == 36
        assert list(run.differences()) == []
