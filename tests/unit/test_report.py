"""The board: who reached which share of which target, as rows, as text and as HTML."""

from __future__ import annotations

import decimal
from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from attrs import evolve

from quota_engine import (
    Assignment,
    Contributor,
    Duration,
    Goal,
    InvalidType,
    InvalidValue,
    NotFound,
    Roster,
    Team,
    User,
    calculate,
    templates,
)
from quota_engine.report import Board
from tests.acme import ADA, BOB, EVERYONE, JULY, NORTH, acme, at, calculated, counting, deal, promise
from tests.refusals import refuses

PEOPLE = Roster([User("ada", "Ada Lovelace"), User("bob")], [Team("north", "The North")])
HALF = promise(ADA, Assignment(BOB), duration=Duration.half_yearly(2025), target="1000")
DEALS = (deal("d1", "999.60"), deal("d2", "250", owner="bob"))


def board(goal: Goal = HALF, *, roster: Roster | None = PEOPLE) -> Board:
    """Return the board of a goal with two deals of July, as of 20 July."""
    return Board(calculated(goal, *DEALS, roster=roster), [goal], roster)


class TestRows:
    """A dict per cell and, behind the cells of each slice, one for the total."""

    def test_tell_cells_and_totals_apart(self) -> None:
        """Ada's row, Bob's without a target, and the total of Ada's alone; slice by slice."""
        rows = board().rows()
        assert [(row["row"], row["contributor_name"], row["first_day"]) for row in rows] == [
            ("cell", "Ada Lovelace", date(2025, 1, 1)),
            ("cell", "bob", date(2025, 1, 1)),
            ("total", None, date(2025, 1, 1)),
            ("cell", "Ada Lovelace", date(2025, 7, 1)),
            ("cell", "bob", date(2025, 7, 1)),
            ("total", None, date(2025, 7, 1)),
        ]

    def test_say_all_there_is_to_say(self) -> None:
        """The keys and their meaning stay the same within a major version."""
        cell, _, total = board().rows()[3:]
        assert cell == {
            "goal_id": "g1",
            "goal_name": "Sales",
            "row": "cell",
            "contributor_kind": "user",
            "contributor_id": "ada",
            "contributor_name": "Ada Lovelace",
            "first_day": date(2025, 7, 1),
            "last_day": date(2025, 12, 31),
            "target": Decimal(1000),
            "attained": Decimal("999.6"),
            "attainment": Decimal("0.9996"),
            "percent": "99.9 %",
            "remaining": Decimal("0.4"),
            "counted": 1,
            "status": "in_progress",
            "pace": "ahead",
            "unit": "money",
            "currency": "EUR",
            "frozen_at": None,
            "restated": False,
        }
        assert list(total) == list(cell)
        assert total == cell | {
            "row": "total",
            "contributor_kind": None,
            "contributor_id": None,
            "contributor_name": None,
            "status": None,
            "pace": None,
            "frozen_at": None,
            "restated": None,
        }

    def test_have_nothing_where_there_is_nothing(self) -> None:
        """Bob has no target: no share, no status, no pace. On the first day nobody has a pace."""
        bob = board().rows()[4]
        assert (bob["target"], bob["attainment"], bob["percent"], bob["status"], bob["pace"]) == (
            None,
            None,
            "n/a",
            None,
            None,
        )
        first_day = Board(calculated(HALF, as_of="2025-07-01"), [HALF]).rows()[3]
        assert (first_day["status"], first_day["pace"]) == ("in_progress", None)

    def test_use_plain_words(self) -> None:
        """Text, not members of an enumeration, so that any writer takes them."""
        cell = board().rows()[3]
        assert {type(cell[name]) for name in ("contributor_kind", "status", "pace", "unit")} == {str}

    def test_name_people_and_teams_where_the_roster_does(self) -> None:
        """Pipelines and the account go by their ids; without a roster everybody does."""
        goal = promise(ADA, NORTH, Contributor.pipeline("new"), EVERYONE)
        named = [row["contributor_name"] for row in board(goal).rows()[:4]]
        assert named == ["Ada Lovelace", "The North", "new", "account"]
        bare = [row["contributor_name"] for row in board(HALF, roster=None).rows()[:2]]
        assert bare == ["ada", "bob"]


class TestText:
    """The board in a terminal or a mail."""

    def test_is_a_table_for_each_goal_and_a_block_for_each_slice(self) -> None:
        """Bars are full at 100 % alone, and 99.96 % is not shown as reached."""
        assert board().text().splitlines() == [
            "Sales (Revenue, EUR)",
            "",
            "2025-01-01..2025-06-30     target  attained  attainment                        status",
            "Ada Lovelace             1,000.00      0.00         0 %                        missed",
            "bob                     no target      0.00         n/a",
            "Total                    1,000.00      0.00         0 %",
            "",
            "2025-07-01..2025-12-31     target  attained  attainment                        status",
            "Ada Lovelace             1,000.00    999.60      99.9 %  ███████████████████▉  in progress",
            "bob                     no target    250.00         n/a",
            "Total                    1,000.00    999.60      99.9 %  ███████████████████▉",
        ]

    def test_is_what_print_shows(self) -> None:
        """`print(board)` needs no more."""
        assert str(board()) == board().text()

    def test_cuts_the_bars_where_lines_must_be_short(self) -> None:
        """Down to five characters; names and amounts are never cut. A width that suffices changes nothing."""
        full = board().text()
        longest = max(map(len, full.splitlines()))
        assert board().text(longest) == full
        assert max(map(len, board().text(longest - 10).splitlines())) == longest - 10
        narrow = board().text(10).splitlines()
        assert narrow == board().text(0).splitlines()
        assert max(map(len, narrow)) == longest - 15

    def test_gives_the_unit_of_what_is_no_money(self) -> None:
        """Calls have no currency."""
        goal = promise(ADA, measure=templates.CALLS_MADE.measure, target="10", name="Calls")
        text = Board(calculated(goal), [goal]).text()
        assert text.startswith("Calls (Calls made, count)\n")
        assert "Total                       10         0         0 %" in text

    def test_leaves_drafts_out(self) -> None:
        """A goal without rows shows on no board, neither in text nor in rows."""
        draft = promise(goal_id="draft")
        both = calculate([HALF, draft], DEALS, account=acme(), as_of=at("2025-07-20"), roster=PEOPLE)
        assert Board(both, [draft, HALF], PEOPLE).text() == board().text()
        assert Board(both, [draft], PEOPLE).text() == Board(both, [draft], PEOPLE).html() == ""
        assert Board(both, [draft], PEOPLE).rows() == []

    def test_shows_goals_in_the_order_in_which_they_are_given(self) -> None:
        """Goals that are not given are not shown."""
        goals = [
            promise(ADA, goal_id=name, name=name.upper(), duration=Duration.yearly(2025)) for name in ("a", "b", "c")
        ]
        result = calculate(goals, [], account=acme(), as_of=at("2025-07-20"))
        lines = Board(result, [goals[2], goals[0]]).text().splitlines()
        assert [line for line in lines if "Revenue" in line] == ["C (Revenue, EUR)", "A (Revenue, EUR)"]

    def test_says_that_a_total_of_averages_does_not_exist(self) -> None:
        """An average of averages would mean nothing."""
        goal = promise(ADA, measure=counting("average"), duration=Duration.yearly(2025))
        last = Board(calculated(goal, deal("d1")), [goal]).text().splitlines()[-1]
        assert last == "Total                        n/a       n/a         n/a"


class TestHtml:
    """The board in a notebook or a page."""

    def test_is_a_table_for_each_goal(self) -> None:
        """With every cell and total of the text, and nothing that is loaded from anywhere."""
        html = board().html()
        assert html.count("<table>") == html.count("</table>") == 1
        assert html.count("<tr") == html.count("</tr>") == 8
        for text in (
            "Sales (Revenue, EUR)",
            "Ada Lovelace",
            "no target",
            "1,000.00",
            "999.60",
            "99.9 %",
            "in progress",
        ):
            assert text in html
        for loaded in ("http", "src=", "<script", "<link", "url("):
            assert loaded not in html

    def test_is_what_a_notebook_shows(self) -> None:
        """The last expression of a cell."""
        assert board()._repr_html_() == board().html()

    def test_escapes_every_text(self) -> None:
        """A name may hold what a browser would run."""
        evil = "<script>alert('x')</script> & \"co\""
        roster = Roster([User("ada", evil), User("bob")])
        goal = evolve(HALF, name=evil)
        html = Board(calculated(goal, roster=roster), [goal], roster).html()
        assert "<script" not in html
        assert html.count("&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt; &amp; &quot;co&quot;") == 3

    @pytest.mark.parametrize(
        ("amount", "width"), [("0", 0), ("-5", 0), ("500", 50), ("999.60", 99), ("1000", 100), ("9000", 100), ("5", 0)]
    )
    def test_draws_bars_that_are_full_only_when_reached(self, amount: str, width: int) -> None:
        """Rounded down to whole percent, so that 99.96 % is not full."""
        goal = promise(ADA, duration=Duration.yearly(2025))
        html = Board(calculated(goal, deal("d1", amount)), [goal]).html()
        assert html.count(f"width:{width}%") == 2

    def test_draws_no_bar_where_there_is_no_share(self) -> None:
        """Without a target nothing is filled."""
        goal = promise(Assignment(ADA), duration=Duration.yearly(2025))
        html = Board(calculated(goal, deal("d1")), [goal]).html()
        assert html.count("width:0%") == 2
        assert html.count("aria-label='n/a'") == 2


class TestTotal:
    """The total of a goal on the board."""

    def test_is_that_of_the_calculation(self) -> None:
        """Each record once."""
        shown = board()
        assert shown.total("g1", on=JULY) == shown.calculation.total("g1", on=JULY)

    def test_of_a_goal_that_is_not_on_the_board_is_not_found(self) -> None:
        """Though it was calculated: a board shows what it was given."""
        result = calculate([HALF], DEALS, account=acme(), as_of=at("2025-07-20"))
        with pytest.raises(NotFound, match=r"^total: not found: 'g1'$"):
            Board(result, []).total("g1", on=JULY)
        with pytest.raises(NotFound, match=r"^total: not found: 'g1', 2024-07-01$"):
            board().total("g1", on=date(2024, 7, 1))


class TestRefusals:
    """What a board is made of."""

    @pytest.mark.parametrize(
        ("make", "field"),
        [
            (lambda: Board("x", []), "calculation"),  # type: ignore[arg-type]
            (lambda: Board(calculated(HALF), [HALF, 5]), "goals[1]"),  # type: ignore[list-item]
            (lambda: Board(calculated(HALF), [HALF], []), "roster"),  # type: ignore[arg-type]
            (lambda: board().text("80"), "width"),  # type: ignore[arg-type]
            (lambda: board().total(5, on=JULY), "goal_id"),  # type: ignore[arg-type]
        ],
        ids=["calculation", "goals", "roster", "width", "goal_id"],
    )
    def test_of_other_types(self, make: Callable[[], object], field: str) -> None:
        """Each is named."""
        refuses(make, "invalid_type", field, kind=InvalidType)


def test_a_tiny_decimal_context_changes_nothing_and_is_not_changed() -> None:
    """Three digits and every trap set: rows, text and HTML are the same, and no flag is raised (MON-25)."""
    deals = [deal("d1", "123456789.987654321"), deal("d2", "-0.05", owner="bob"), deal("d3", "1e29", owner=None)]
    goal = promise(ADA, BOB, EVERYONE, target="999999.995")
    shown = Board(calculated(goal, *deals, roster=PEOPLE), [goal], PEOPLE)
    expected = (shown.rows(), shown.text(), shown.text(10), shown.html())
    every = dict.fromkeys(decimal.Context().traps, True)
    with decimal.localcontext(
        decimal.Context(prec=3, Emax=9, Emin=-9, rounding=decimal.ROUND_UP, traps=every)
    ) as context:
        before = repr(context)
        assert (shown.rows(), shown.text(), shown.text(10), shown.html()) == expected
        assert repr(context) == before


class TestGoalsOfAnotherCalculation:
    """A board shows the figures of the goals that were calculated, and of no others."""

    def test_are_refused_where_they_were_not_calculated(self) -> None:
        """Otherwise the figure of one quarter could stand under the heading of a year."""
        quarters = promise(ADA, duration=Duration.quarterly(2025))
        year = promise(ADA, duration=Duration.yearly(2025))
        result = calculated(quarters)
        for other in (year, promise(ADA, goal_id="g2", duration=Duration.quarterly(2025))):
            with pytest.raises(InvalidValue, match=r"goals\[0\]: expected a goal of the calculation") as raised:
                Board(result, [other])
            assert raised.value.code == "not_calculated"
