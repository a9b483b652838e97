"""Every Python example that a reader meets does what it says: in the README, in the documents and in the docstrings."""

import re
from pathlib import Path

import pytest
from sybil import Document, Sybil
from sybil.parsers.markdown import PythonCodeBlockParser
from sybil.parsers.rest import DocTestParser

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
ROOMS = sorted(ROOT.glob("src/quota_engine/**/*.py"))

# Python blocks in pages, lines after >>> in docstrings. The latter see the names of their own module, as in doctest.
IN_PAGES = Sybil(parsers=[PythonCodeBlockParser()])
IN_DOCSTRINGS = Sybil(parsers=[DocTestParser()])

DOCUMENTS = [*map(IN_PAGES.parse, PAGES), *map(IN_DOCSTRINGS.parse, ROOMS)]
WITH_EXAMPLES = [document for document in DOCUMENTS if document.regions]

NOT_PYTHON = {"bash", "csv", "html", "json", "mermaid", "sql", "text", "toml"}


def name(path: str | Path) -> str:
    """Return a file's path from the root of the checkout, for test names and messages."""
    return Path(path).relative_to(ROOT).as_posix()


class TestExamples:
    """What the library's documents promise."""

    @pytest.mark.parametrize("document", WITH_EXAMPLES, ids=lambda document: name(document.path))
    def test_run(self, document: Document, monkeypatch: pytest.MonkeyPatch) -> None:
        """The examples of a document run in order, from the root of a checkout, and print what they show."""
        monkeypatch.chdir(ROOT)
        for example in document:
            example.evaluate()

    @pytest.mark.parametrize("page", PAGES, ids=name)
    def test_are_labelled(self, page: Path) -> None:
        """Each block of a page says its language, so that no Python is passed over for a label such as `py`."""
        labels = re.findall(r"^ *```(.*)\n(?:.*\n)*? *```$", page.read_text("utf-8"), re.MULTILINE)
        assert set(labels) <= NOT_PYTHON | {"python"}
