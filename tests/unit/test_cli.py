"""The command line: what a person types, sees, and gets as exit status."""

from __future__ import annotations

import csv
import importlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from importlib import metadata
from io import StringIO
from pathlib import Path

import pytest

from quota_engine import Finding, FindingKind, cli

ROOT = Path(__file__).parents[2]
SHIPPED = str(ROOT / "docs" / "examples" / "adventureworks")
FIRST = str(ROOT / "docs" / "examples" / "first_folder")

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Give a way to run the command in this process: the status, what it printed, and what it complained about."""

    def run_(*arguments: str) -> tuple[int, str, str]:
        status = cli.run(arguments)
        printed, complained = capsys.readouterr()
        return status, printed, complained

    return run_


def started(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command as a process of its own."""
    script = "from quota_engine.cli import main; main()"
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, env=env)


class TestBoard:
    """The board of a folder."""

    def test_shows_the_quotas_of_adventure_works(self, run: Run) -> None:
        """Three goals of four quarters each, every person with target, attained, bar and status, and a total."""
        status, printed, complained = run("board", SHIPPED)
        assert (status, complained) == (0, "")
        lines = printed.splitlines()
        assert lines[0] == "FY2018 quota (Revenue, USD)"
        assert lines[2].split() == ["2017-07-01..2017-09-30", "target", "attained", "attainment", "status"]
        assert lines[3].split() == [
            "Stephen",
            "Jiang",
            "28,000.00",
            "22,584.66",
            "81",
            "%",
            "████████████████▏",
            "missed",
        ]
        assert lines[13].split()[:3] == ["Total", "3,886,000.00", "3,195,732.87"]
        assert [line.split()[:4] for line in lines if "no target" in line] == [["Tete", "Mensa-Annan", "no", "target"]]
        assert sum(line.startswith("Total") for line in lines) == 12

    def test_of_a_day_is_as_it_was_at_its_end(self, run: Run) -> None:
        """A slice that ends on the day is still open, all of the day counts, and what is dated later does not exist."""
        document = json.loads(run("board", SHIPPED, "--json", "--as-of", "2017-09-30")[1])
        assert document["as_of"] == "2017-09-30T23:59:59.999999+00:00"
        quarters = {cell["first_day"]: cell for cell in document["cells"] if cell["contributor_id"] == "274"}
        assert (quarters["2017-07-01"]["status"], quarters["2017-07-01"]["attained"]) == ("in_progress", "22584.66")
        assert (quarters["2017-10-01"]["status"], quarters["2017-10-01"]["attained"]) == ("pending", "0")

    def test_of_a_day_is_that_of_the_accounts_zone(self, run: Run) -> None:
        """The day ends at midnight in Rome."""
        document = json.loads(run("board", FIRST, "--json", "--as-of", "2025-09-30")[1])
        assert document["as_of"] == "2025-09-30T21:59:59.999999+00:00"
        assert document["account"] == {"id": "acme", "currency": "EUR", "zone": "Europe/Rome"}

    def test_is_of_now_where_nothing_is_said(self, run: Run) -> None:
        """Without a day the figures are those of this moment."""
        before = datetime.now(UTC)
        document = json.loads(run("board", FIRST, "--json")[1])
        assert before <= datetime.fromisoformat(document["as_of"]) <= datetime.now(UTC)

    def test_may_be_of_some_goals(self, run: Run) -> None:
        """Goals are chosen by id, as often as one likes, in the order of the folder."""
        _, printed, _ = run("board", SHIPPED, "--goal", "fy2020", "--goal", "fy2018")
        assert [line for line in printed.splitlines() if "quota (" in line] == [
            "FY2018 quota (Revenue, USD)",
            "FY2020 quota (Revenue, USD)",
        ]

    def test_tells_what_was_noticed_beside_it(self, run: Run) -> None:
        """Findings follow on the error output, a sentence each, with the records they are about."""
        status, printed, complained = run("board", FIRST)
        assert status == 0
        assert "Ada Rossi" in printed
        assert complained == (
            "note: 1 record (revenue, 2025-07-01..2025-09-30): recorded at or after the freeze, and left out of the slice "
            "as it froze (d4)\n"
        )

    def test_tells_of_the_first_ten_records_alone(self, run: Run, tmp_path: Path) -> None:
        """A sentence stays short; one about no record at all has no ids."""
        folder = small(tmp_path, "".join(f"d{n:02},zoe,2025-01-15,1,true\n" for n in range(12)))
        _, _, complained = run("board", folder)
        assert complained.endswith("(d00, d01, d02, d03, d04, d05, d06, d07, d08, d09, ...)\n")
        finding = Finding(
            kind=FindingKind.UNKNOWN_CONTRIBUTOR, goal_id="g", slice=None, count=1, records=(), text="g: x"
        )
        assert cli._as_sentence(finding) == "g: x"

    def test_without_rows_says_so(self, run: Run, tmp_path: Path) -> None:
        """A goal without rows is a draft, and shows on no board."""
        folder = small(tmp_path, "")
        Path(folder, "targets.csv").write_text("contributor_id,day,target\n", "utf-8")
        assert run("board", folder) == (0, "Nothing to show: no goal has a row.\n", "")
        assert run("board", folder, "--csv") == (0, "", "")


def small(path: Path, rows: str) -> str:
    """Write a folder with one user, one goal, and these deals."""
    manifest = {
        "account": {"id": "acme", "currency": "EUR"},
        "people": {"file": "people.csv"},
        "goals": [{"id": "g", "name": "Revenue", "template": "revenue", "cadence": "yearly", "year": 2025}],
        "targets": {"file": "targets.csv"},
        "records": [{"file": "deals.csv", "object": "deal"}],
    }
    (path / "quota.json").write_text(json.dumps(manifest), "utf-8")
    (path / "people.csv").write_text("user_id,name\nada,=Ada\n", "utf-8")
    (path / "targets.csv").write_text("contributor_id,day,target\nada,2025-02-01,3\n", "utf-8")
    (path / "deals.csv").write_text(
        f"record_id,owner_id,closed_at,amount,is_won,currency\n{rows}".replace("true\n", "true,\n"), "utf-8"
    )
    return str(path)


class TestForPrograms:
    """JSON and CSV."""

    def test_json_is_one_document(self, run: Run) -> None:
        """Amounts are exact decimal strings, days are ISO 8601, and what there is not is null."""
        status, printed, complained = run("board", FIRST, "--json", "--as-of", "2025-10-15")
        assert (status, complained) == (0, "")
        document = json.loads(printed)
        assert list(document) == ["as_of", "account", "cells", "totals", "findings"]
        cells = {(cell["contributor_id"], cell["first_day"]): cell for cell in document["cells"]}
        assert cells["ada", "2025-07-01"] == {
            "goal_id": "revenue", "goal_name": "Revenue FY2026", "contributor_kind": "user", "contributor_id": "ada",
            "contributor_name": "Ada Rossi", "first_day": "2025-07-01", "last_day": "2025-09-30", "target": "50000",
            "attained": "51200", "attainment": "1.024", "percent": "102 %", "remaining": "-1200", "counted": 1,
            "status": "exceeded", "pace": "ahead", "unit": "money", "currency": "EUR",
            "frozen_at": "2025-09-30T22:00:00+00:00", "restated": False,
        }  # fmt: skip
        untargeted = cells["bob", "2025-10-01"]
        assert (untargeted["target"], untargeted["status"], untargeted["percent"]) == (None, None, "n/a")
        assert document["totals"][0] == {
            "goal_id": "revenue", "goal_name": "Revenue FY2026", "first_day": "2025-07-01", "last_day": "2025-09-30",
            "target": None, "attained": "70950.25", "attainment": None, "percent": "n/a", "remaining": None,
            "counted": 3, "unit": "money", "currency": "EUR",
        }  # fmt: skip
        assert document["findings"] == [
            {
                "kind": "late", "goal_id": "revenue", "first_day": "2025-07-01", "last_day": "2025-09-30", "count": 1,
                "records": ["d4"], "text": document["findings"][0]["text"],
            }
        ]  # fmt: skip

    def test_json_of_a_finding_without_a_place(self, run: Run, tmp_path: Path) -> None:
        """A finding that concerns no one slice, such as a version delivered twice, has no goal and no days."""
        folder = small(tmp_path, "")
        version = "d1,ada,2025-01-15,1,true,2025-01-15T09:00:00Z\n"
        Path(folder, "deals.csv").write_text(
            f"record_id,owner_id,closed_at,amount,is_won,recorded_at\n{version}{version}", "utf-8"
        )
        (finding,) = json.loads(run("board", folder, "--json")[1])["findings"]
        assert (finding["kind"], finding["records"]) == ("duplicate", ["d1"])
        assert (finding["goal_id"], finding["first_day"], finding["last_day"]) == (None, None, None)

    def test_json_amounts_have_no_exponent(self, run: Run, tmp_path: Path) -> None:
        """Neither a tiny amount nor a huge one is written with an exponent."""
        folder = small(tmp_path, "d1,ada,2025-01-15,1e-18,true\nd2,ada,2025-01-15,1e29,true\n")
        (cell,) = json.loads(run("board", folder, "--json")[1])["cells"]
        assert cell["attained"] == "100000000000000000000000000000.000000000000000001"

    def test_csv_has_the_cells(self, run: Run, tmp_path: Path) -> None:
        """A row per cell, in which a name that begins as a formula cannot act as one."""
        _, printed, _ = run("board", small(tmp_path, "d1,ada,2025-01-15,2.50,true\n"), "--csv")
        (row,) = csv.DictReader(StringIO(printed))
        assert (row["contributor_name"], row["attained"], row["first_day"], row["restated"]) == (
            "'=Ada",
            "2.5",
            "2025-01-01",
            "false",
        )
        _, printed, _ = run("board", SHIPPED, "--csv")
        cells = list(csv.DictReader(StringIO(printed)))
        assert len(cells) == 164
        assert sum(Decimal(cell["attainment"]) >= 1 for cell in cells if cell["target"]) == 9

    def test_findings_follow_csv_on_the_error_output(self, run: Run) -> None:
        """They have no place in the rows."""
        assert "note: 1 record" in run("board", FIRST, "--csv")[2]


class TestMistakes:
    """What is wrong in the files, and with how the command is used."""

    def test_of_all_files_are_listed(self, run: Run, tmp_path: Path) -> None:
        """Every mistake is listed, file by file; nothing is shown, and the status is 1."""
        folder = small(tmp_path, "d1,ada,next Tuesday,1,true\nd1,ada,2025-01-15,0.5.0,true\n")
        Path(folder, "targets.csv").write_text("contributor_id,day,target\nzoe,2025-02-01,3\n", "utf-8")
        assert run("board", folder) == (
            1,
            "",
            (
                "quota-engine: there are mistakes in the files; nothing was calculated\n"
                "  targets.csv, row 2, column contributor_id: expected one of the people, got 'zoe'\n"
                "  deals.csv, row 2, column closed_at: expected a day that exists, written YYYY-MM-DD, or a moment with its "
                "zone, such as 2025-08-04T09:00:00Z, got 'next Tuesday'\n"
                "  deals.csv, row 3, column amount: expected a plain number such as 1250.50, without separators or spaces, "
                "got '0.5.0'\n"
                "  deals.csv, row 3, column record_id: expected each id once, got 'd1' again; it is in row 2 already\n"
            ),
        )

    def test_of_currencies_without_rates_are_listed(self, run: Run, tmp_path: Path) -> None:
        """A folder has no exchange rates: amounts in another currency cannot be counted, and all such records are named."""
        folder = small(tmp_path, "")
        with Path(folder, "deals.csv").open("a", encoding="utf-8") as deals:
            deals.write("d1,ada,2025-01-15,1,true,USD\nd2,ada,2025-01-15,1,true,USD\n")
        status, printed, complained = run("board", folder, "--as-of", "2025-02-01")
        assert (status, printed) == (1, "")
        assert complained.splitlines()[1:] == ["  d1", "  d2"]

    def test_a_folder_must_be_given(self, run: Run) -> None:
        """The command alone says what it lacks, and gives an example."""
        status, printed, complained = run("board")
        assert (status, printed) == (2, "")
        assert complained == (
            "quota-engine: which folder? For example: quota-engine board docs/examples/adventureworks. "
            "See: quota-engine board --help\n"
        )

    def test_a_folder_must_be_there(self, run: Run, tmp_path: Path) -> None:
        """An unknown folder is wrong usage; one without a manifest is a mistake in the files. Both say what to do."""
        status, _, complained = run("board", str(tmp_path / "nowhere"))
        assert status == 2
        assert complained.endswith("nowhere'; expected the path of a folder that has a quota.json\n")
        status, _, complained = run("board", str(tmp_path))
        assert status == 1
        assert complained.splitlines()[1].startswith(
            "  quota.json: the file is missing; it names the other files and says"
        )

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["--as-of", "tomorrow"], "--as-of: expected a day that exists, written YYYY-MM-DD, got 'tomorrow'"),
            (["--as-of", "9999-12-31"], "--as-of: expected a whole number from 1900 to 2200, got 9999"),
            (["--as-of"], 'Command "board" parameter --as-of requires an argument. See: quota-engine board --help'),
            (["--goal", "fy218"], "--goal: expected one of fy2018, fy2019, fy2020, got 'fy218'; did you mean fy2018?"),
            (["--json", "--csv"], "--json: expected --json or --csv, not both"),
            (["--jsn"], "Unknown option: --jsn. Did you mean --json? See: quota-engine board --help"),
            (["another"], "Unused Tokens: ['another']. See: quota-engine board --help"),
        ],
    )
    def test_in_usage_are_told_in_a_line(self, run: Run, arguments: list[str], said: str) -> None:
        """Wrong usage is told in one line, with status 2."""
        assert run("board", SHIPPED, *arguments) == (2, "", f"quota-engine: {said}\n")

    def test_in_the_command_are_told(self, run: Run) -> None:
        """A command that there is not is named, with the one that was probably meant."""
        status, _, complained = run("bord")
        assert status == 2
        assert complained.startswith('quota-engine: Unknown command "bord". Did you mean "board"?')


class TestHelp:
    """What a newcomer asks first."""

    def test_tells_everything(self, run: Run) -> None:
        """Each option is explained; without any word the command explains itself."""
        _, printed, _ = run("board", "--help")
        for word in ("FOLDER", "--as-of DATE", "--json", "--csv", "--goal ID", "quota.json"):
            assert word in printed
        assert "board" in run("--help")[1]
        assert "board" in run()[1]

    def test_tells_the_version(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        """The version is that of the installed package; a bare checkout has none."""
        assert run("--version") == (0, f"quota-engine {metadata.version('quota-engine')}\n", "")

        def missing(name: str) -> str:
            raise metadata.PackageNotFoundError(name)

        monkeypatch.setattr(metadata, "version", missing)
        assert run("--version") == (0, "quota-engine, not installed\n", "")

    @pytest.mark.parametrize("package", ["cyclopts", "rich"])
    def test_tells_what_to_install(self, monkeypatch: pytest.MonkeyPatch, package: str) -> None:
        """Without the extra the command says how to get it."""
        for name in list(sys.modules):
            if name.partition(".")[0] == package:
                monkeypatch.setitem(sys.modules, name, None)
        monkeypatch.delitem(sys.modules, "quota_engine.cli")
        with pytest.raises(SystemExit) as caught:
            importlib.import_module("quota_engine.cli")
        assert re.fullmatch(
            rf"quota-engine: the command line needs the package {package}[.a-z]*; "
            r"install it with: pip install 'quota-engine\[cli\]'",
            str(caught.value),
        )


class TestTerminal:
    """On a terminal."""

    def test_has_colours_and_a_bar(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        """Status words are coloured and progress is shown; the bars of the board are as wide as the terminal lets them be."""
        monkeypatch.setenv("FORCE_COLOR", "1")
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.setenv("COLUMNS", "80")
        monkeypatch.delenv("NO_COLOR", raising=False)
        status, printed, complained = run("board", SHIPPED)
        assert status == 0
        assert "\x1b[31m missed\x1b[0m" in printed
        assert "\x1b[32m exceeded\x1b[0m" in printed
        assert "\x1b[1mTotal " in printed
        assert "orders.csv" in complained
        assert "reading and calculating" in complained

    def test_names_are_never_taken_for_colours(self, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """A name such as [red] is shown as it is."""
        folder = small(tmp_path, "")
        Path(folder, "people.csv").write_text("user_id,name\nada,[red]Ada[/red]\n", "utf-8")
        monkeypatch.setenv("FORCE_COLOR", "1")
        assert "[red]Ada[/red]" in run("board", folder)[1]

    def test_long_reading_is_followed(self, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """The bar of a file goes on while it is read."""
        folder = small(tmp_path, "".join(f"d{n},ada,2025-01-15,1,true\n" for n in range(6_000)))
        monkeypatch.setenv("FORCE_COLOR", "1")
        assert "deals.csv" in run("board", folder)[2]


class TestProcess:
    """As a process."""

    def test_ends_with_its_status(self) -> None:
        """The exit status is that of the run."""
        done = started("board", FIRST, "--as-of", "2025-10-15")
        assert (done.returncode, done.stdout.splitlines()[0]) == (0, "Revenue FY2026 (Revenue, EUR)")
        done = started("board")
        assert (done.returncode, done.stdout) == (2, "")

    def test_spells_out_what_a_terminal_has_no_letters_for(self) -> None:
        """On a terminal without the letters of a name, or without bars, nothing fails and nothing is lost."""
        done = started("board", SHIPPED, "--goal", "fy2018", env={**os.environ, "PYTHONIOENCODING": "ascii"})
        assert done.returncode == 0
        assert "Jos\\xe9 Saraiva" in done.stdout

    def test_ends_quietly_when_its_reader_goes_away(self) -> None:
        """As in `quota-engine board ... | head`."""
        command = [sys.executable, "-c", "from quota_engine.cli import main; main()", "board", SHIPPED, "--json"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.close()
            assert process.stderr is not None
            assert process.stderr.read() == b""
        assert process.returncode == 141

    def test_gives_up_its_output_when_its_reader_goes_away(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """What was not yet written goes nowhere, so that nothing is complained about at the end."""
        with (tmp_path / "out").open("w", encoding="utf-8") as stream:

            def gone(_text: str) -> int:
                raise BrokenPipeError

            monkeypatch.setattr(stream, "write", gone)
            monkeypatch.setattr(sys, "stdout", stream)
            assert cli.run(["board", FIRST]) == 141
            os.write(stream.fileno(), b"nowhere")
        assert (tmp_path / "out").read_bytes() == b""

    def test_is_interrupted_with_130(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        """Ctrl-C ends it, without a traceback."""

        def interrupted(*_arguments: object, **_options: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("quota_engine.adapters.files.load", interrupted)
        assert run("board", FIRST) == (130, "", "")

    def test_main_takes_the_arguments_of_the_process(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The entry point reads the command line, and ends the process."""
        monkeypatch.setattr(sys, "argv", ["quota-engine", "--version"])
        monkeypatch.setattr(sys, "stderr", StringIO())  # a host's own stream, which is left as it is
        with pytest.raises(SystemExit) as caught:
            cli.main()
        assert caught.value.code == 0
        assert capsys.readouterr().out.startswith("quota-engine ")
