"""What a reader looks up: the rule that an id stands for, the words of receipts and findings, and where links lead."""

import re
from pathlib import Path

import pytest

from quota_engine import FindingKind, LeftOut, NoteKind

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "reference" / "rules.md"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
CITING = sorted(
    path
    for path in [*ROOT.glob("src/quota_engine/**/*.py"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*.md")]
    if path != PAGE
)

HOW_MANY = {"T": 7, "M": 5, "C": 7, "P": 10, "N": 4, "G": 3, "A": 5, "F": 1, "R": 1}
RULES = [f"{letter}{number}" for letter, count in HOW_MANY.items() for number in range(1, count + 1)]

# FY26 P13 and FY26 W31 are periods; T5 is a rule, and LA7 a law.
AN_ID = re.compile(r"(?<![\w-])(?<!FY\d\d )(?:[TMCPNGAFR]|L[A-Z])[1-9]\d?(?![\w-])")


def entries() -> list[str]:
    """Return the ids that have an entry on the page, in its order."""
    return re.findall(r"^### (\w+)$", PAGE.read_text("utf-8"), re.MULTILINE)


def cited(text: str) -> set[str]:
    """Return the ids that a text cites."""
    return set(AN_ID.findall(text))


class TestRules:
    """What a docstring or a page means by *rule P7*."""

    def test_every_id_that_is_cited_has_an_entry(self) -> None:
        """No docstring, comment or page cites what its reader cannot look up."""
        known = set(entries())
        unknown = {
            f"{path.relative_to(ROOT).as_posix()}: {name}"
            for path in CITING
            for name in cited(path.read_text("utf-8")) - known
        }
        assert unknown == set()

    def test_entries_are_the_rules_and_the_laws_that_are_cited(self) -> None:
        """All rules, in their order, each once; and of the laws those that are cited somewhere."""
        found = entries()
        laws = set[str]().union(*(cited(path.read_text("utf-8")) for path in CITING)) - set(RULES)
        assert found == [*RULES, *sorted(laws, key=found.index)]

    def test_entries_cite_one_another_rightly(self) -> None:
        """What an entry refers to is on the page too."""
        assert cited(PAGE.read_text("utf-8")) == set(entries())

    def test_labels_of_periods_are_no_ids(self) -> None:
        """A period is not taken for a rule."""
        assert cited("FY23 P13 and FY26 P07 by (rule T5), rules M1 to M4, law LA7.") == {"T5", "M1", "M4", "LA7"}


class TestWords:
    """What receipts and findings say in one word."""

    @pytest.mark.parametrize("kind", [LeftOut, FindingKind, NoteKind], ids=["reasons", "findings", "notes"])
    def test_stand_in_a_table(self, kind: type[LeftOut | FindingKind | NoteKind]) -> None:
        """Every reason, every finding and every note has a line that says what it means."""
        page = (ROOT / "docs" / "how-to" / "explain-a-number.md").read_text("utf-8")
        words = set(re.findall(r"`(\w+)`", " ".join(re.findall(r"^\| ([^|]+) \|", page, re.MULTILINE))))
        assert {member.value for member in kind} - words == set()


def anchors(page: Path) -> set[str]:
    """Return the places of a page that a link can lead to, as GitHub names them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


class TestLinks:
    """What a reader can click on."""

    @pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
    def test_lead_somewhere(self, page: Path) -> None:
        """Every link within the checkout leads to a file that is there, and to a title of it where it names one."""
        for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text("utf-8")):
            name, _, anchor = target.partition("#")
            found = (page.parent / name).resolve() if name else page
            assert found.exists(), target
            assert not anchor or anchor in anchors(found), target
