"""Files: a folder of CSV and JSON becomes goals and records, or a list of every mistake in it."""

from __future__ import annotations

import json
import os
import re
import shutil
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quota_engine import (
    Calculation,
    Closing,
    Contributor,
    CrmEvent,
    Duration,
    InvalidDocument,
    InvalidType,
    MonthYears,
    NotFound,
    TableYears,
    TeamCredit,
    TooLarge,
    WeekYears,
    calculate,
    presets,
    templates,
)
from quota_engine.adapters import files
from quota_engine.adapters.columns import Columns
from quota_engine.adapters.files import Folder, documents, tables

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
PAGE = ROOT / "docs" / "how-to" / "own-folder.md"

ADA = Contributor.user("ada")
NORTH = Contributor.team("north")
QUARTERLY = {"id": "g", "name": "Revenue", "template": "revenue", "cadence": "quarterly", "year": 2025}
MANIFEST: dict[str, Any] = {
    "account": {"id": "acme", "currency": "EUR"},
    "people": {"file": "people.csv"},
    "goals": [QUARTERLY],
    "targets": {"file": "targets.csv"},
    "records": [{"file": "deals.csv", "object": "deal"}],
}
SMALL: dict[str, str] = {
    "people.csv": "user_id,name\nada,Ada\nbob,Bob\n",
    "targets.csv": "contributor_id,day,target\nada,2025-02-01,1000\nbob,2025-08-01,\n",
    "deals.csv": "record_id,owner_id,closed_at,amount,is_won\nd1,ada,2025-01-15,250.50,true\nd2,bob,2025-02-03,80,TRUE\n",
}
MARCH = {"first_day": "2025-03-01", "last_day": "2025-03-09"}
NEW = {"aligned": True, "pipeline": "new"}
TEAMS = {"teams": {"file": "teams.csv"}, "memberships": {"file": "memberships.csv"}}


WITHOUT_NAME = {"object": "deal", "aggregate": "count", "dated_by": "closed_at"}


def where(operator: str, value: object) -> dict[str, Any]:
    """Return the measure of a goal with a condition."""
    return {"measure": WITHOUT_NAME | {"name": "M", "where": [{"property": "p", "operator": operator, "value": value}]}}


class Folders:
    """Writes folders: the small one, with what a test wants otherwise."""

    def __init__(self, path: Path) -> None:
        """Begin with none."""
        self.path = path

    def make(self, changes: dict[str, Any] | None = None, /, **manifest: object) -> Path:
        """Write the small folder with other files, or none where None, and with other keys of the manifest."""
        contents: dict[str, Any] = {"quota.json": MANIFEST | manifest, **SMALL, **(changes or {})}
        for name, content in contents.items():
            given = json.dumps(content) if isinstance(content, (dict, list)) else content
            (self.path / name).parent.mkdir(exist_ok=True)
            if isinstance(given, str):
                (self.path / name).write_text(given, "utf-8", newline="")
            elif given is not None:
                (self.path / name).write_bytes(given)
        return self.path

    def load(self, changes: dict[str, Any] | None = None, /, **manifest: object) -> Folder:
        """Load such a folder."""
        return files.load(self.make(changes, **manifest))

    def problems(self, changes: dict[str, Any] | None = None, /, **manifest: object) -> list[str]:
        """Return what is wrong in such a folder."""
        with pytest.raises(InvalidDocument) as caught:
            self.load(changes, **manifest)
        error = caught.value
        assert error.code == "invalid_document"
        assert str(error).startswith(error.problems[0][:400])
        assert all(line.isprintable() for line in error.problems)
        return list(error.problems)

    def goal_problems(self, **goal: object) -> list[str]:
        """Return what is wrong in a folder whose goal has other keys; those that are None are left out."""
        kept = {key: value for key, value in (QUARTERLY | goal).items() if value is not None}
        return self.problems(goals=[kept])

    def record_problems(self, row: str, header: str = "record_id,owner_id,closed_at,amount,is_won") -> list[str]:
        """Return what is wrong in a folder with one record."""
        return self.problems({"deals.csv": f"{header}\n{row}\n"})


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """Give a writer of folders."""
    return Folders(tmp_path)


def progress(folder: Folder, as_of: datetime = datetime(2026, 6, 1, tzinfo=UTC)) -> Calculation:
    """Calculate what a folder says."""
    return calculate(folder.goals, folder.events, account=folder.account, roster=folder.roster, as_of=as_of)


def attained(folder: Folder, contributor: Contributor = ADA, on: date = date(2025, 2, 1)) -> Decimal | None:
    """Return what a contributor has attained in a quarter."""
    return progress(folder).of("g", contributor, on=on).attained


class TestExamples:
    """The two folders that are shipped."""

    def test_adventure_works_has_its_quotas(self) -> None:
        """164 person-quarters, 163 of them with a quota: the one without has no target, which is not a quota of zero."""
        folder = files.load(EXAMPLES / "adventureworks")
        cells = list(progress(folder))
        assert len(cells) == 164
        assert [str(cell.contributor) for cell in cells if cell.target is None] == ["user 284"]
        assert sum(len(records) for records in folder.events if isinstance(records, Columns)) == 3796
        assert folder.roster is not None
        assert folder.roster.user("274").name == "Stephen Jiang"  # type: ignore[union-attr]
        assert not folder.roster.search("Welcker")
        first = progress(folder).of("fy2018", Contributor.user("274"), on=date(2017, 7, 1))
        assert (first.target, first.attained) == (Decimal(28000), Decimal("22584.66"))

    def test_first_folder_has_a_team_and_versions(self) -> None:
        """The later version of a deal holds, one recorded after the freeze is out, and a team counts from the day of joining."""
        result = progress(files.load(EXAMPLES / "first_folder"))
        row = {str(cell.contributor): cell.attained for cell in result if cell.slice.start == date(2025, 7, 1)}
        assert row == {"user ada": 51200, "user bob": Decimal("19750.25"), "team north": 59200}
        assert [(finding.kind.value, finding.records) for finding in result.findings] == [("late", ("d4",))]

    def test_page_shows_the_files_as_they_are(self) -> None:
        """Each file of the first folder stands on the page of the format, letter by letter."""
        blocks = re.findall(r"^```(?:json|csv)\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
        for file in (EXAMPLES / "first_folder").iterdir():
            assert file.read_text("utf-8") in blocks, file.name

    def test_page_names_every_key_and_column(self, folders: Folders) -> None:
        """What the manifest may say stands on the page: its keys are those that an unknown key is answered with."""
        page = PAGE.read_text("utf-8")
        lines = folders.problems(
            x=1,
            account={"x": 1},
            goals=[{"x": 1, "measure": {"x": 1}, "team_credit": {"x": 1}}],
            people={"file": "people.csv", "columns": {"x": "y"}},
        )
        known = {word for line in lines for word in re.findall(r"known here are ([^;]*)", line)}
        assert len(known) == 6
        assert [key for keys in known for key in keys.split(", ") if f"`{key}`" not in page] == []

    def test_page_measure_is_one(self, folders: Folders) -> None:
        """The measure on the page can be used as it stands."""
        block = re.findall(r"^```json\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)[-1]
        meetings = "record_id,owner_id,held_at,minutes\nm1,ada,2025-01-15,45\nm2,ada,2025-01-16,30\n"
        folder = folders.load(
            {"meetings.csv": meetings},
            goals=[{**QUARTERLY, "measure": json.loads(block)} | {"template": None}],
            records=[{"file": "meetings.csv", "object": "meeting"}],
        )
        assert attained(folder) == 1


class TestFolder:
    """What a folder gives."""

    def test_small_one_needs_no_mapping(self, folders: Folders) -> None:
        """Files with the library's own column names are read as they are; rows come in order of first appearance."""
        folder = folders.load()
        assert (folder.account.id, folder.account.currency, folder.account.calendar.zone) == ("acme", "EUR", "UTC")
        assert [str(row.contributor) for row in folder.goals[0].assignments] == ["user ada", "user bob"]
        assert folder.goals[0].row(ADA).cells == (Decimal(1000), None, None, None)
        assert attained(folder) == Decimal("250.50")

    def test_account_has_its_calendar_and_closing(self, folders: Folders) -> None:
        """Fiscal years, weeks, zone and closing rule come from the manifest."""
        account = folders.load(
            account={
                "id": "acme", "currency": "EUR", "zone": "Europe/Rome", "year_starts": "04-06", "year_named_by": "start",
                "week_starts": "sunday", "closing": "restate", "grace_days": 3, "since": "2025-01-01",
            }
        ).account  # fmt: skip
        assert account.calendar.years == MonthYears(start_month=4, start_day=6, named_by="start")
        assert account.calendar.weeks.first_day == 6
        assert account.calendar.zone == "Europe/Rome"
        assert account.closing == Closing(policy="restate", grace=timedelta(days=3), since=date(2025, 1, 1))

    def test_without_people_every_owner_is_a_user(self, folders: Folders) -> None:
        """A folder without a file of people has no roster; anyone can have targets and records."""
        manifest = {key: value for key, value in MANIFEST.items() if key != "people"}
        folder = folders.load(
            {"quota.json": manifest, "targets.csv": "contributor_id,day,target\nzoe,2025-02-01,1000\n"}
        )
        assert folder.roster is None
        assert not progress(folder).findings or progress(folder).findings[0].kind != "unattributed"

    def test_unknown_owner_is_a_finding(self, folders: Folders) -> None:
        """A record of someone who is not among the people is no mistake: it is reported as unattributed."""
        folder = folders.load({"deals.csv": SMALL["deals.csv"] + "d3,zoe,2025-01-15,5,true\nd4,,2025-01-15,5,true\n"})
        assert [(f.kind.value, f.records) for f in progress(folder).findings] == [("unattributed", ("d3", "d4"))]

    def test_teams_count_their_members(self, folders: Folders) -> None:
        """Teams, their tree and memberships of a time come from files; an empty team ends a membership."""
        folder = folders.load(
            {
                "teams.csv": "team_id,name,parent\nnorth,North,world\nworld,,\n",
                "memberships.csv": (
                    "user_id,team_id,main,since,until,recorded_at\n"
                    "ada,north,,,2025-06-01,\nbob,north,false,2025-01-01,,\nada,,true,2025-02-01,,2025-02-01T00:00:00Z\n"
                    "bob,world,,2026-01-01,2026-02-01,\nbob,north,,2026-02-01,,\n"
                ),
                "targets.csv": "contributor_kind,contributor_id,day,target\nteam,north,2025-02-01,1000\n,ada,2025-02-01,5\n",
            },
            **TEAMS,
        )
        assert folder.roster is not None
        assert folder.roster.above("north") == ("north", "world")
        assert folder.roster.main_team("ada", on=date(2025, 1, 5)) == "north"
        assert folder.roster.main_team("ada", on=date(2025, 2, 5)) is None
        assert attained(folder, NORTH) == Decimal("250.50")

    def test_people_may_have_ids_alone(self, folders: Folders) -> None:
        """A name is not needed; memberships need no dates."""
        folder = folders.load(
            {
                "people.csv": "user_id\nada\nbob\n",
                "teams.csv": "team_id\nnorth\n",
                "memberships.csv": "user_id,team_id\nada,north\n",
            },
            **TEAMS,
        )
        assert folder.roster is not None
        assert folder.roster.main_team("ada", on=date(2025, 1, 5)) == "north"

    def test_tells_how_far_it_is(self, folders: Folders) -> None:
        """A long reading can be followed, in bytes of the file."""
        told: list[tuple[str, int, int]] = []
        files.load(folders.make(), on_progress=lambda *args: told.append(args))
        size = len(SMALL["deals.csv"])
        assert told == [("deals.csv", size, size)]

    def test_files_may_lie_deeper(self, folders: Folders) -> None:
        """A file may be in a folder within the folder."""
        people = {"file": "crm/people.csv"}
        assert folders.load({"crm/people.csv": SMALL["people.csv"]}, people=people).roster is not None

    def test_only_a_folder_can_be_read(self, tmp_path: Path) -> None:
        """What is no folder is named, with what is expected."""
        with pytest.raises(NotFound) as caught:
            files.load(tmp_path / "nowhere")
        assert "nowhere'; expected the path of a folder that has a quota.json" in str(caught.value)
        with pytest.raises(InvalidType, match="folder: expected the path of a folder, got int 5"):
            files.load(5)  # type: ignore[arg-type]

    def test_can_be_read_by_its_name(self, folders: Folders) -> None:
        """The path may be text."""
        assert files.load(str(folders.make())).account.id == "acme"


class TestManifest:
    """What quota.json may say, and what it is told when it may not."""

    def test_is_needed(self, folders: Folders) -> None:
        """A folder without a manifest says what is missing and where to read about it."""
        folders.make()
        (folders.path / "quota.json").unlink()
        assert folders.problems({"quota.json": None}) == [
            (
                "quota.json: the file is missing; it names the other files and says what their columns are "
                "(docs/how-to/own-folder.md)"
            )
        ]

    def test_cannot_be_a_folder(self, folders: Folders) -> None:
        """What cannot be opened is named with the system's own words."""
        (folders.path / "quota.json").mkdir()
        assert folders.problems({"quota.json": None}) == ["quota.json: the file cannot be read: Is a directory"]

    def test_unknown_keys_are_mistakes(self, folders: Folders) -> None:
        """A slip of the pen is named, with the keys there are and the one that was probably meant."""
        lines = folders.problems(account={"id": "acme", "curency": "EUR"})
        assert lines == [
            (
                "quota.json, account.curency: unknown key; the keys known here are id, currency, zone, years, year_starts, "
                "year_named_by, week_starts, closing, grace_days, since; did you mean currency?"
            ),
            "quota.json, account.currency: this key is missing",
        ]

    def test_missing_keys_are_mistakes(self, folders: Folders) -> None:
        """An empty manifest lacks four things."""
        lines = folders.problems({"quota.json": {}})
        assert lines == [
            f"quota.json, {key}: this key is missing" for key in ("account", "goals", "targets", "records")
        ]

    @pytest.mark.parametrize(
        ("years", "rule"),
        [
            ("nrf", presets.NRF),
            ({"end_month": 9, "weekday": "saturday", "rule": "last"}, WeekYears(end_month=9, weekday=5, rule="last")),
            (
                {
                    "end_month": 8, "weekday": "sunday", "rule": "nearest", "layout": "13x4", "quarters": [3, 3, 3, 4],
                    "extra_week_in": 13, "named_by": "end",
                },
                presets.COSTCO,
            ),
            (
                {"starts": {"2025": "2024-12-30", "2026": "2025-12-29"}, "end": "2027-01-04", "layout": "4-4-5"},
                TableYears(starts={2025: "2024-12-30", 2026: "2025-12-29"}, end="2027-01-04", layout="4-4-5"),
            ),
            (None, MonthYears()),
        ],
        ids=["ready-made", "weeks", "weeks in full", "a table", "none"],
    )  # fmt: skip
    def test_account_has_years_of_any_kind(self, folders: Folders, years: object, rule: object) -> None:
        """Ready-made years by their name, years of weeks, and a table."""
        account = folders.load(account={"id": "acme", "currency": "EUR", "years": years}).account
        assert account.calendar.years == rule

    @pytest.mark.parametrize(
        ("years", "said"),
        [
            ("tesla", "account.years: expected one of apple, costco, home_depot"),
            (7, "account.years: expected an object {...}, got 7"),
            ({"end_month": 8}, "account.years.weekday: this key is missing"),
            ({"end_month": 8, "weekday": 6, "rule": "last"}, "account.years.weekday: expected one of monday"),
            (
                {"end_month": 13, "weekday": "sunday", "rule": "last"},
                "account.years.end_month: expected a whole number from 1 to 12",
            ),
            (
                {"end_month": 8, "weekday": "sunday", "rule": "last", "layout": "14x4"},
                "account.years.layout: expected at least 4 periods of 52 weeks together, got '14 periods of 56 weeks together'",
            ),
            ({"starts": [], "end": "2027-01-04"}, "account.years.starts: expected an object {...} such as"),
            (
                {"starts": {"26": "2026-01-01"}, "end": "2027-01-01"},
                "account.years.starts: expected years of four digits, got '26'",
            ),
            (
                {"starts": {"2026": "2026-01-01"}, "end": "2026-07-01"},
                "account.years.end: expected a day 350 to 380 days after",
            ),
            ({"starts": {}, "end": "2026-07-01"}, "account.years.starts: expected at least one year"),
        ],
    )
    def test_names_what_is_wrong_with_the_years(self, folders: Folders, years: object, said: str) -> None:
        """Each setting of a year has its place in the file."""
        problems = folders.problems(account={"id": "acme", "currency": "EUR", "years": years})
        assert problems[0].startswith(f"quota.json, {said}")

    def test_years_are_said_once(self, folders: Folders) -> None:
        """Either by a day of the year or by years of another kind."""
        account = {"id": "acme", "currency": "EUR", "years": "nrf", "year_starts": "07-01"}
        (line,) = folders.problems(account=account)
        assert line == "quota.json, account.year_starts: expected either this key or years, which says it all"

    def test_has_a_version(self, folders: Folders) -> None:
        """IMP-08: a version that is not known is refused, and the one there is named."""
        folders.load(version=1)
        for version in (99, "1", True, None):
            (line,) = folders.problems(version=version)
            assert "version: expected 1, the only version of this format that there is, got" in line

    @pytest.mark.parametrize(
        ("key", "value", "said"),
        [
            ("id", 5, "expected text, got int 5"),
            ("id", " ", "expected a name, not blank, got ' '"),
            ("currency", "eur", "expected a currency code of three capital letters, such as EUR, got 'eur'"),
            ("zone", "Europe/Atlantis", "expected the name of a time zone, such as Europe/Rome, got 'Europe/Atlantis'"),
            (
                "year_starts",
                "02-29",
                "expected the month and day, MM-DD, on which fiscal years start; one that every year has",
            ),
            ("year_starts", "July", "expected the month and day, MM-DD"),
            ("year_starts", 7, "expected text, got int 7"),
            ("year_named_by", "middle", "expected one of start, end, got 'middle'"),
            (
                "week_starts",
                "mon",
                "expected one of monday, tuesday, wednesday, thursday, friday, saturday, sunday, got 'mon'",
            ),
            ("week_starts", 1, "expected one of monday"),
            ("closing", "never", "expected one of freeze, restate, got 'never'"),
            ("grace_days", -1, "expected a whole number from 0 to 366, got -1"),
            ("grace_days", Decimal("1.5"), "expected a whole number from 0 to 366, got Decimal 1.5"),
            ("since", "yesterday", "expected a day that exists, written YYYY-MM-DD, got 'yesterday'"),
        ],
    )
    def test_names_what_is_wrong_with_the_account(self, folders: Folders, key: str, value: object, said: str) -> None:
        """Each value of the account is checked, and nothing that follows from it is held against other files."""
        account = {"id": "acme", "currency": "EUR", key: value}
        text = json.dumps(MANIFEST | {"account": account}, default=lambda number: f"<{number}>").replace(
            '"<1.5>"', "1.5"
        )
        (line,) = folders.problems(
            {"quota.json": text, "targets.csv": SMALL["targets.csv"].replace("2025-02", "2035-02")}
        )
        assert line.startswith(f"quota.json, account.{key}: {said}")

    @pytest.mark.parametrize(
        ("key", "value", "line"),
        [
            ("account", 5, "account: expected an object {...}, got 5"),
            ("people", [], "people: expected an object {...}, got <list>"),
            ("goals", 5, "goals: expected a list [...] of objects, got 5"),
            ("goals", ["g"], "goals[0]: expected an object {...}, got 'g'"),
            ("records", "deals.csv", "records: expected a list [...] of objects, got 'deals.csv'"),
            ("targets", {}, "targets.file: this key is missing"),
            ("people", {"file": "people.xlsx"}, "people.file: expected a file whose name ends in .csv or .json"),
            ("people", {"file": "../people.csv"}, "people.file: expected the name of a file inside the folder"),
            ("people", {"file": "/etc/people.csv"}, "people.file: expected the name of a file inside the folder"),
            ("people", {"file": "C:\\people.csv"}, "people.file: expected the name of a file inside the folder"),
            ("people", {"file": 5}, "people.file: expected text, got int 5"),
            ("people", {"file": "people.csv", "only_where": 5}, "people.only_where: expected the name of a column, got int 5"),
            (
                "people",
                {"file": "people.csv", "columns": {"name": {"column": "name", "minor": 2}}},
                "people.columns.name.minor: expected no minor units, since this is no amount, got 2",
            ),
            (
                "people",
                {"file": "people.csv", "columns": {"name": 5}},
                ('people.columns.name: expected the name of a column, {"column": name, "minor": 2}, {"value": one for all rows}, '
                "or null for none, got 5"),
            ),
            ("people", {"file": "people.csv", "columns": {"name": {"col": "x"}}}, "people.columns.name: expected the name of a"),
            (
                "targets",
                {"file": "targets.csv", "columns": {"target": {"column": "target", "minor": 99}}},
                "targets.columns.target.minor: expected a whole number from 0 to 18, got 99",
            ),
            (
                "targets",
                {"file": "targets.csv", "columns": {"target": {"column": 5}}},
                "targets.columns.target.column: expected the name of a column, got int 5",
            ),
            ("records", [{"file": "deals.csv"}], "records[0].object: this key is missing"),
            ("records", [{"object": "deal"}], "records[0].file: this key is missing"),
            ("teams", {"file": "teams.csv", "columns": {"nam": "x"}}, "teams.columns.nam: unknown key; the keys known here are"),
        ],
    )  # fmt: skip
    def test_names_what_is_wrong_with_its_sections(self, folders: Folders, key: str, value: object, line: str) -> None:
        """Each section is checked, with the path to what is wrong in it."""
        teams = {"teams.csv": "team_id\nnorth\n"}
        found = folders.problems(teams, **{key: value})
        assert any(problem.startswith(f"quota.json, {line}") for problem in found), found

    def test_object_must_be_measured(self, folders: Folders) -> None:
        """Records that no goal measures are a slip of the pen, since they would silently count nowhere."""
        lines = folders.problems(records=[{"file": "deals.csv", "object": "deals"}])
        assert lines == ["quota.json, records[0].object: expected records that a goal measures (deal), got 'deals'"]

    def test_properties_cannot_have_the_names_of_records(self, folders: Folders) -> None:
        """A goal on a property that every record has by another way cannot be read from files."""
        measure = {"name": "Versions", "object": "deal", "aggregate": "count", "dated_by": "recorded_at"}
        lines = folders.problems(goals=[QUARTERLY | {"template": None, "measure": measure}])
        assert "quota.json, records[0]: a property cannot be called recorded_at: every record has its own" in lines

    def test_teams_need_people(self, folders: Folders) -> None:
        """Without a file of people there can be no teams, and no team has a row."""
        manifest = {key: value for key, value in (MANIFEST | TEAMS).items() if key != "people"}
        targets = "contributor_kind,contributor_id,day,target\nteam,north,2025-02-01,1\n"
        lines = folders.problems({"quota.json": manifest, "targets.csv": targets})
        assert lines == [
            "quota.json, teams: a file of people is needed as well, under the key people",
            "quota.json, memberships: a file of people is needed as well, under the key people",
        ]
        manifest = {key: value for key, value in MANIFEST.items() if key != "people"}
        lines = folders.problems({"quota.json": manifest, "targets.csv": targets})
        assert lines == ["targets.csv, row 2, column contributor_id: expected one of the teams, got 'north'"]


class TestDocuments:
    """JSON, exactly and within bounds."""

    def test_numbers_are_exact(self, folders: Folders) -> None:
        """IMP-05: a number with a point is never a float on its way."""
        deal = '"record_id": "d1", "owner_id": "ada", "closed_at": "2025-01-15", "is_won": true'
        deals = f'[{{{deal}, "amount": 1234567890123456.78}}]'
        folder = folders.load({"deals.json": deals}, records=[{"file": "deals.json", "object": "deal"}])
        assert attained(folder) == Decimal("1234567890123456.78")

    def test_nan_and_doubled_keys_are_named_with_their_places(self, folders: Folders) -> None:
        """IMP-02, IMP-04: all at once, in the manifest by path and in tables by item."""
        folders.make()
        text = '{"a": NaN, "goals": [{"year": Infinity, "year": 2}], "c": {"d": -Infinity, "a\\nb": NaN}}'
        assert folders.problems({"quota.json": text}) == [
            "quota.json, a: expected a number or null, got NaN",
            "quota.json, goals[0].year: expected each key once in an object, got it again",
            "quota.json, c.d: expected a number or null, got -Infinity",
            "quota.json, c.'a\\nb': expected a number or null, got NaN",
        ]
        deals = '[{"a": 1}, {"a": NaN, "b": {"c": [NaN]}}, NaN]'
        assert folders.problems({"deals.json": deals}, records=[{"file": "deals.json", "object": "deal"}]) == [
            "deals.json, item 2, column a: expected a number or null, got NaN",
            "deals.json, item 2, column b.c[0]: expected a number or null, got NaN",
            "deals.json, item 3: expected a number or null, got NaN",
        ]

    @pytest.mark.parametrize("digits", ["9" * 5000, "0." + "9" * 5000, "1e" + "9" * 5000])
    def test_numbers_are_bounded(self, folders: Folders, digits: str) -> None:
        """A number of thousands of digits is refused by its length."""
        (line,) = folders.problems({"quota.json": f'{{"year": {digits}}}'})
        assert line == "quota.json, year: expected a number of at most 64 characters"

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            ("", "quota.json: the file is empty"),
            ("{", "quota.json, line 1, column 2: expected JSON: Expecting property name enclosed in double quotes"),
            ("{} x", "quota.json, line 1, column 4: expected JSON: Extra data"),
            ("null", "quota.json: expected an object or a list, got null"),
            ("[]", "quota.json: expected an object {...}, got <list>"),
            ("[" * 100_000 + "]" * 100_000, "quota.json: expected JSON that is not nested so deeply"),
            (
                b"\xff\xfe{\0}\0",
                "quota.json: expected UTF-8 text, got UTF-16 or no text at all; save the file again as",
            ),
            (b'{"id": "\xe9"}', "quota.json: expected UTF-8 text, got the byte 0xe9 at position 8"),
            (b"\x80\x04\x95", "quota.json: expected UTF-8 text, got the byte 0x80 at position 0"),
        ],
    )
    def test_names_what_is_no_json(self, folders: Folders, content: str | bytes, said: str) -> None:
        """IMP-01, IMP-07, IMP-09: nothing but JSON text is read; the place is named where there is one."""
        (line,) = folders.problems({"quota.json": content})
        assert line.startswith(said)

    def test_a_mark_at_the_start_is_fine(self, folders: Folders) -> None:
        """IMP-07: UTF-8 with a byte order mark, as some editors write it, is read."""
        mark = "\ufeff"
        marked = {name: mark + text for name, text in {**SMALL, "quota.json": json.dumps(MANIFEST)}.items()}
        assert attained(folders.load(marked)) == Decimal("250.50")

    def test_size_is_bounded(self, folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
        """IMP-10: a document that is too large is refused by its size, before any of it is read."""
        assert documents.MOST_BYTES == 64 * 2**20
        folders.make()
        os.truncate(folders.path / "quota.json", documents.MOST_BYTES + 1)
        monkeypatch.setattr(Path, "read_bytes", None)
        (line,) = folders.problems({"quota.json": None})
        assert line == "quota.json: expected at most 64 MiB of JSON; larger tables can be read as CSV"


class TestGoals:
    """Goals in the manifest, or in a file of their own."""

    def test_run_as_long_as_they_say(self, folders: Folders) -> None:
        """A goal may cover a calendar year, a fiscal year, or any days, the last of which counts."""
        goals = [
            {"id": "a", "name": "A", "template": "revenue", "cadence": "yearly", "year": 2025, "aligned": True},
            {"id": "b", "name": "B", "template": "revenue", "cadence": "custom"} | MARCH,
            {"id": "c", "name": "C", "template": "forecast_revenue", "cadence": "monthly", "year": 2025} | NEW,
            {"id": "d", "name": "D", "template": "revenue", "cadence": "weekly", "year": 2025, "team_credit": {"extra": True}},
        ]  # fmt: skip
        targets = "goal_id,contributor_id,day,target\na,ada,2025-02-01,1\nc,ada,2025-02-01,1\n"
        account = {"id": "acme", "currency": "EUR", "year_starts": "07-01"}
        deals = (
            SMALL["deals.csv"]
            .replace("is_won", "is_won,pipeline_id")
            .replace("true", "true,new")
            .replace("TRUE", "true,")
        )
        folder = folders.load({"targets.csv": targets, "deals.csv": deals}, account=account, goals=goals)
        a, b, c, d = folder.goals
        assert str(a.slices.span) == "2024-07-01..2025-06-30"
        assert str(b.slices.span) == "2025-03-01..2025-03-09"
        assert (c.pipeline, c.row(ADA).pipelines) == ("new", ("new",))
        assert (len(d.slices), d.team_credit) == (52, TeamCredit(extra=True))
        assert d.is_draft

    def test_from_scratch_name_their_measure(self, folders: Folders) -> None:
        """A measure is data, with conditions on words, numbers, days and moments."""
        where = [
            {"property": "stage", "operator": "in", "value": ["won", "paid"]},
            {"property": "size", "operator": "gt", "value": 2},
            {"property": "signed_on", "operator": "ge", "value": {"day": "2025-01-10"}},
            {"property": "seen_at", "operator": "lt", "value": {"moment": "2025-02-01T00:00:00Z"}},
            {"property": "lost_on", "operator": "is_not_set"},
        ]
        measure = {"name": "Signed", "object": "deal", "aggregate": "count", "dated_by": "signed_on", "where": where}
        deals = (
            "record_id,owner_id,stage,size,signed_on,seen_at,lost_on\n"
            "d1,ada,won,3,2025-01-15,2025-01-16T10:00:00+01:00,\n"
            "d2,ada,won,2,2025-01-15,2025-01-16T10:00:00+01:00,\n"
            "d3,ada,open,3,2025-01-15,2025-01-16T10:00:00+01:00,\n"
            "d4,ada,paid,3.5,2025-01-09,2025-01-16T10:00:00+01:00,\n"
            "d5,ada,paid,4,2025-01-15,2025-02-01T00:00:00Z,\n"
            "d6,ada,paid,4,2025-01-15,2025-01-16T10:00:00+01:00,2025-01-20\n"
        )
        folder = folders.load({"deals.csv": deals}, goals=[QUARTERLY | {"template": None, "measure": measure}])
        assert attained(folder) == 1
        assert not progress(folder).findings

    @pytest.mark.parametrize(
        ("goal", "said"),
        [
            ({"template": "revenu"}, ".template: expected one of revenue, forecast_revenue, deals_created,"),
            ({"template": None}, ".template: expected a template or a measure, not both"),
            ({"cadence": "daily"}, ".cadence: expected one of weekly, monthly, quarterly, half_yearly, yearly, custom"),
            ({"year": None}, ".year: a quarterly goal needs it"),
            ({"year": 1800}, ".year: expected a whole number from 1900 to 2200, got 1800"),
            ({"year": "2025"}, ".year: expected a whole number from 1900 to 2200, got str '2025'"),
            ({"aligned": "yes"}, ".aligned: expected True or False, got str 'yes'"),
            ({"first_day": "2025-01-01"}, ".first_day: expected nothing here, since the goal is quarterly, got 2025-01-01"),
            ({"cadence": "custom"}, ".first_day: a custom goal needs it"),
            (
                {"cadence": "custom", "first_day": "2025-01-01", "last_day": "2025-01-02"},
                ".year: expected nothing here, since the goal is custom, got 2025",
            ),
            (
                {"cadence": "custom", "year": None, "first_day": "2025-01-02", "last_day": "2025-01-01"},
                ".last_day: expected a day not before the first day 2025-01-02, got 2025-01-01",
            ),
            ({"pipeline": "new"}, ".pipeline: expected a pipeline only on a goal planned from the forecast template"),
            ({"name": ""}, ".name: expected a name, not blank"),
            ({"team_credit": {"members": "all"}}, ".team_credit.members: expected one of day, current, got 'all'"),
            ({"team_credit": {"membres": "day"}}, ".team_credit.membres: unknown key"),
            ({"measure": {"name": "M"}}, ".measure.object: this key is missing"),
            ({"measure": WITHOUT_NAME | {"name": "M", "aggregate": "median"}}, ".measure.aggregate: expected one of"),
            (where("eq", {"x": 1}), ".measure.where[0].value: expected a value"),
            (where("eq", {"day": "x"}), ".measure.where[0].value.day: expected a day"),
            (where("like", 1), ".measure.where[0].operator: expected one of eq"),
            (where("in", [1, "a"]), ".measure.where[0].value: expected for in"),
        ],
    )  # fmt: skip
    def test_name_what_does_not_fit(self, folders: Folders, goal: dict[str, Any], said: str) -> None:
        """Each part of a goal is checked, and the parts against each other."""
        lines = folders.goal_problems(**goal)
        assert any(line.startswith(f"quota.json, goals[0]{said}") for line in lines), lines

    def test_come_once(self, folders: Folders) -> None:
        """Two goals of one id are a mistake."""
        lines = folders.problems(goals=[QUARTERLY, QUARTERLY])
        assert lines == ["quota.json, goals[1].id: expected each goal once, got 'g' again"]

    def test_may_be_in_a_file(self, folders: Folders) -> None:
        """A file of goals has a row per goal; what a row does not need is empty."""
        goals = (
            "goal_id,name,template,cadence,year,aligned,first_day,last_day,pipeline\n"
            "g,Revenue,revenue,quarterly,2025,,,,\nh,March,revenue,custom,,,2025-03-01,2025-03-31,\n"
        )
        targets = "goal_id,contributor_id,day,target\ng,ada,2025-02-01,1000\nh,ada,2025-03-05,7\n"
        folder = folders.load({"goals.csv": goals, "targets.csv": targets}, goals={"file": "goals.csv"})
        assert [goal.duration for goal in folder.goals] == [
            Duration.quarterly(2025),
            Duration.custom("2025-03-01", "2025-03-31"),
        ]
        assert folder.goals[0].template == templates.REVENUE.name

    def test_in_a_file_are_named_by_their_rows(self, folders: Folders) -> None:
        """What is wrong with a goal in a file is told with its row; targets are then not judged by the goals there are."""
        goals = (
            "goal_id,name,template,cadence,year\n"
            "g,A,revenue,custom,2025\ng,B,revenue,yearly,2025\nh,C,revenu,yearly,x\n,D,revenue,yearly,2025\n"
        )
        lines = folders.problems({"goals.csv": goals}, goals={"file": "goals.csv"})
        assert lines == [
            "goals.csv, row 2, column first_day: a custom goal needs it",
            "goals.csv, row 3, column goal_id: expected each id once, got 'g' again; it is in row 2 already",
            (
                "goals.csv, row 4, column template: expected one of revenue, forecast_revenue, deals_created, calls_made, "
                "meetings_booked, average_ticket_response_time, average_ticket_resolution_time, tickets_closed, got 'revenu'"
            ),
            "goals.csv, row 4, column year: expected a whole number, got 'x'",
            "goals.csv, row 5, column goal_id: expected an id, the cell is empty",
        ]


class TestTables:
    """Rows of CSV and JSON, exactly as a spreadsheet shows them."""

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            ("", "deals.csv: the file is empty"),
            ("\n", "deals.csv, row 1: the column record_id is missing; the columns there are: "),
            (
                b"\xff\xferecord_id",
                "deals.csv: expected UTF-8 text, got UTF-16 or no text at all; save the file again as",
            ),
            (b"\0" * 2048, "deals.csv: expected UTF-8 text, got UTF-16 or no text at all"),
            ("a;b;c\n1;2;3\n", "deals.csv, row 1: expected commas between the cells, got semicolons"),
            (
                b"record_id,n\xe9\n",
                "deals.csv, row 1: expected UTF-8 text, got the byte 0xe9; the file was not read any further",
            ),
        ],
    )
    def test_name_what_is_no_csv(self, folders: Folders, content: str | bytes, said: str) -> None:
        """IMP-07: what is no CSV at all is told in one line, with what to do."""
        line, *_ = folders.problems({"deals.csv": content})
        assert line.startswith(said)

    @pytest.mark.parametrize(
        ("row", "said"),
        [
            ("d3,ada", "row 4: expected 5 cells, as many as row 1 has, got 2"),
            ("d3,ada,2025-01-15,1,true,", "row 4: expected 5 cells, as many as row 1 has, got 6"),
            ("d3,ada,2025-01-15,1,tru\xe9", "row 4: expected UTF-8 text, got the byte 0xe9; the file was not read any further"),
            ('"d3"x,ada,2025-01-15,1,true', "row 4: expected CSV (commas, double quotes, lines ending in LF or CRLF): ',' exp"),
            ('d3,"ada,2025-01-15,1,true', "row 4: expected CSV (commas, double quotes, lines ending in LF or CRLF): unexpected"),
            ("d3,ada,2025-01-15,1,true\rd4", "row 4: expected CSV (commas, double quotes, lines ending in LF or CRLF): new-line"),
            ("d3," + "a" * 200_000, "row 4: expected CSV (commas, double quotes, lines ending in LF or CRLF): field larger"),
            ("a," * 600_000, "row 4: expected at most 1,000,000 bytes in a row; the file was not read any further"),
            ('"\n",' * 300_000, "row 4: expected at most 1,000,000 bytes in a row; the file was not read any further"),
            ("\n" * 1_000, "row 1004: expected at most 1,000 blank lines together; the file was not read any further"),
        ],
    )  # fmt: skip
    def test_name_the_row_that_cannot_be_read(self, folders: Folders, row: str, said: str) -> None:
        """IMP-14: a row with cells too few or too many, or that is no CSV, is named; nothing of the file is used."""
        content = (SMALL["deals.csv"] + row + "\n").encode("latin-1")
        (line,) = folders.problems({"deals.csv": content})
        assert line.startswith(f"deals.csv, {said}")

    def test_refuse_a_column_twice(self, folders: Folders) -> None:
        """IMP-14: which of two columns of one name is meant, nobody can tell."""
        header = "record_id,owner_id,closed_at,amount,amount,is_won,is_won,is_won"
        assert folders.record_problems("d1,ada,2025-01-15,1,2,true,true,true", header) == [
            "deals.csv, row 1: expected each column once, got 'amount' 2 times",
            "deals.csv, row 1: expected each column once, got 'is_won' 3 times",
        ]

    def test_rows_are_counted_as_a_spreadsheet_shows_them(self, folders: Folders) -> None:
        """The header is row 1, blank lines are counted, and a cell with line breaks is in one row."""
        deals = SMALL["deals.csv"] + '\n\n"d\n3",ada,2025-01-15,1,true\r\nd4,ada,someday,1,true\n'
        assert folders.problems({"deals.csv": deals}) == [
            "deals.csv, row 6, column record_id: expected text without control or direction characters, got 'd\\n3'",
            (
                "deals.csv, row 7, column closed_at: expected a day that exists, written YYYY-MM-DD, or a moment with its zone, "
                "such as 2025-08-04T09:00:00Z, got 'someday'"
            ),
        ]

    def test_missing_columns_are_all_named(self, folders: Folders) -> None:
        """Each missing column is named with those there are, and the one that was probably meant."""
        there = "record_id, owner, closed_at, amuont, iswon"
        assert folders.record_problems("d1,ada,2025-01-15,1,true", there.replace(", ", ",")) == [
            f"deals.csv, row 1: the column {name} is missing; the columns there are: {there}; did you mean {meant}?"
            for name, meant in (("owner_id", "owner"), ("is_won", "iswon"), ("amount", "amuont"))
        ]

    def test_mapped_columns_must_be_there(self, folders: Folders) -> None:
        """A column that the manifest names is missed even where no goal reads it; of many columns twenty are shown."""
        header = ",".join(["record_id", "owner_id", "closed_at", "amount", "is_won", *(f"x{n}" for n in range(30))])
        records = [{"file": "deals.csv", "object": "deal", "columns": {"stage": "Deal\tstage"}, "only_where": "paid"}]
        paid, stage = folders.problems({"deals.csv": f"{header}\n"}, records=records)
        assert paid.startswith(
            "deals.csv, row 1: the column paid is missing; the columns there are: record_id, owner_id,"
        )
        assert stage.startswith(
            "deals.csv, row 1: the column 'Deal\\tstage' is missing; the columns there are: record_id,"
        )
        assert "x14 and 15 more" in stage

    def test_rows_may_be_passed_over(self, folders: Folders) -> None:
        """Rows in which a column is empty can be left out, whatever else is in them."""
        people = {"file": "people.csv", "only_where": "seat"}
        folder = folders.load({"people.csv": "user_id,seat\nada,1\n,\nbob,1\nada,\n"}, people=people)
        assert folder.roster is not None
        assert [user.id for user in folder.roster.users] == ["ada", "bob"]

    def test_reading_stops_after_a_hundred_mistakes(self, folders: Folders) -> None:
        """Nobody reads a million mistakes: the first hundred of each file, in order of rows, and then that there was an end."""
        rows = "".join(f"d{n},ada,someday,much,true\n" for n in range(20_000))
        lines = folders.problems({"deals.csv": f"record_id,owner_id,closed_at,amount,is_won\n{rows}"})
        assert len(lines) == 101
        assert [line.split(",")[1] for line in lines[:3]] == [" row 2", " row 2", " row 3"]
        assert lines[-1] == "deals.csv: these are the first 100 mistakes; the file was not read any further"
        short = folders.problems({"deals.csv": "record_id,owner_id,closed_at,amount,is_won\n" + "d1\n" * 5_000})
        assert len(short) == 101

    def test_large_nonsense_ends_early(self, folders: Folders) -> None:
        """A file of 64 MiB without sense costs no more than its beginning."""
        rows = "".join(f"d{n},ada,2025-01-15,1,true\n" for n in range(100))
        folders.make({"deals.csv": f"record_id,owner_id,closed_at,amount,is_won\n{rows}"})
        os.truncate(folders.path / "deals.csv", 64 * 2**20)
        (line,) = folders.problems({"deals.csv": None})
        assert (
            line == "deals.csv, row 102: expected at most 1,000,000 bytes in a row; the file was not read any further"
        )

    def test_size_is_bounded(self, folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
        """IMP-10: a file that is too large is refused by its size."""
        assert tables.LARGEST == 4 * 2**30
        monkeypatch.setattr(tables, "LARGEST", 2**30)
        folders.make()
        os.truncate(folders.path / "deals.csv", 2**30 + 1)
        assert folders.problems({"deals.csv": None}) == ["deals.csv: expected at most 1 GiB, got 1 GiB"]

    def test_files_must_be_there(self, folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
        """Every file is looked for, also after the first is missing; what is no file is not opened."""
        folders.make()
        (folders.path / "people.csv").unlink()
        (folders.path / "deals.csv").unlink()
        (folders.path / "deals.csv").mkdir()
        (folders.path / "targets.csv").unlink()
        nothing = dict.fromkeys(("people.csv", "targets.csv", "deals.csv"))
        assert folders.problems(nothing) == [
            "people.csv: the file is missing",
            "targets.csv: the file is missing",
            "deals.csv: expected a file, got something else",
        ]
        shutil.rmtree(folders.path / "deals.csv")
        folders.make()
        real = Path.open

        def locked(path: Path, mode: str, buffering: int = -1) -> object:
            if path.name == "deals.csv":
                raise PermissionError(13, "Permission denied")
            return real(path, mode, buffering)

        monkeypatch.setattr(Path, "open", locked)
        as_they_are = dict.fromkeys([*SMALL, "quota.json"])
        assert folders.problems(as_they_are) == ["deals.csv: the file cannot be read: Permission denied"]

    def test_json_is_a_list_of_objects(self, folders: Folders) -> None:
        """A table in JSON is a list of flat objects that all have the keys that are read; null is an empty cell."""
        records = [{"file": "deals.json", "object": "deal"}]
        contents: list[object] = [{"deals": []}, [5], "[5"]
        for content in contents:
            (line,) = folders.problems({"deals.json": content}, records=records)
            assert line.startswith("deals.json")
        assert folders.load({"deals.json": []}, records=records).events == ()
        deal = {"record_id": "d1", "owner_id": None, "closed_at": "2025-01-15", "amount": 5, "is_won": True}
        folder = folders.load(
            {"deals.json": [deal, deal | {"record_id": "d2", "owner_id": "ada", "amount": ""}]}, records=records
        )
        assert attained(folder) == 0
        odd: dict[str, Any] = {"record_id": 5, "owner_id": ["ada"], "closed_at": 2025, "amount": True, "is_won": "yes"}
        short = {key: value for key, value in deal.items() if key != "amount"}
        assert folders.problems({"deals.json": [odd, short]}, records=records) == [
            "deals.json, item 1, column record_id: expected text, got int 5",
            "deals.json, item 1, column owner_id: expected text, got list <list>",
            (
                "deals.json, item 1, column closed_at: expected a day that exists, written YYYY-MM-DD, or a moment with its "
                "zone, such as 2025-08-04T09:00:00Z, got 2025"
            ),
            "deals.json, item 1, column is_won: expected true or false, got 'yes'",
            (
                "deals.json, item 1, column amount: expected an amount as Decimal, int or text, never a float or a bool, "
                "got bool True"
            ),
            "deals.json, item 2, column amount: the key is missing; null stands for an empty cell",
        ]
        lines = folders.problems({"deals.json": [{"record_id": "d1", "is_won": True}]}, records=records)
        assert lines == [
            f"deals.json: the column {name} is missing; the columns there are: record_id, is_won"
            for name in ("owner_id", "closed_at", "amount")
        ]


class TestColumns:
    """How the manifest maps the columns of a file."""

    def test_may_have_any_name(self, folders: Folders) -> None:
        """A column is read under the name it has in the export, minor units with their places, constants for every row."""
        deals = "Deal,Rep,Close,Cents,version,currency\nd1,ada,2025-01-15,25050,v1.2,EUR\n"
        columns: dict[str, Any] = {
            "record_id": "Deal", "owner_id": "Rep", "closed_at": "Close", "amount": {"column": "Cents", "minor": 2},
            "is_won": {"value": True}, "version": None,
        }  # fmt: skip
        folder = folders.load(
            {"deals.csv": deals}, records=[{"file": "deals.csv", "object": "deal", "columns": columns}]
        )
        assert attained(folder) == Decimal("250.50")
        columns["amount"] = {"column": "Cents"}
        folder = folders.load(
            {"deals.csv": deals}, records=[{"file": "deals.csv", "object": "deal", "columns": columns}]
        )
        assert attained(folder) == 25050

    def test_targets_may_be_in_minor_units(self, folders: Folders) -> None:
        """So may targets."""
        targets = {"file": "targets.csv", "columns": {"target": {"column": "target", "minor": 3}}}
        assert folders.load(targets=targets).goals[0].row(ADA).cells[0] == 1

    def test_of_one_value_are_checked_once(self, folders: Folders) -> None:
        """A value for all rows that cannot be one is a mistake of the manifest, as is no column where one is needed."""
        columns = {"is_won": {"value": "yes"}, "record_id": None, "amount": {"value": None}}
        assert folders.problems(records=[{"file": "deals.csv", "object": "deal", "columns": columns}]) == [
            "quota.json, records[0].columns.record_id: expected where to find an id, which is needed, got null",
            "quota.json, records[0].columns.is_won.value: expected true or false, got 'yes'",
            "quota.json, records[0].columns.amount.value: expected a number, got None",
        ]

    @pytest.mark.parametrize("cell", ["12.5", "1e3", "1,000", "", "٣", "9" * 40])
    def test_minor_units_are_whole(self, folders: Folders, cell: str) -> None:
        """Half a cent is no minor unit."""
        columns = {"amount": {"column": "amount", "minor": 2}}
        deals = f'record_id,owner_id,closed_at,amount,is_won\nd1,ada,2025-01-15,"{cell}",true\n'
        records = [{"file": "deals.csv", "object": "deal", "columns": columns}]
        if not cell:
            assert attained(folders.load({"deals.csv": deals}, records=records)) == 0
            return
        (line,) = folders.problems({"deals.csv": deals}, records=records)
        assert line.startswith(
            "deals.csv, row 2, column amount: expected a whole number of minor units (with 2 decimal places), such as 1200 for 12"
        )
        assert line.endswith(f"got '{cell}'")

    def test_minor_units_in_json_are_whole_numbers(self, folders: Folders) -> None:
        """A JSON number with a point is none, nor is true."""
        records = [{"file": "deals.json", "object": "deal", "columns": {"amount": {"column": "amount", "minor": 2}}}]
        deal = '{"record_id": "%s", "owner_id": "ada", "closed_at": "2025-01-15", "amount": %s, "is_won": true}'
        good = f"[{deal % ('d1', '25050')}]"
        assert attained(folders.load({"deals.json": good}, records=records)) == Decimal("250.50")
        lines = folders.problems(
            {"deals.json": f"[{deal % ('d1', '250.50')}, {deal % ('d2', 'true')}]"}, records=records
        )
        assert [line.rsplit(", ", 1)[1] for line in lines] == ["got 250.50", "got bool True"]


class TestPeople:
    """Mistakes among people, teams and memberships."""

    def test_come_once(self, folders: Folders) -> None:
        """An id twice is a mistake that names both rows, also where another cell of the row is wrong."""
        people = "user_id,name\nada,Ada\nbob,Bob\nada,A\x07da\n,Eve\n"
        assert folders.problems({"people.csv": people}) == [
            "people.csv, row 4, column name: expected text without control or direction characters, got 'A\\x07da'",
            "people.csv, row 4, column user_id: expected each id once, got 'ada' again; it is in row 2 already",
            "people.csv, row 5, column user_id: expected an id, the cell is empty",
        ]

    def test_ids_have_no_space_around_them(self, folders: Folders) -> None:
        """Nothing is stripped: an id with a space is another id, and refused."""
        (line,) = folders.problems({"people.csv": "user_id\nada\nbob\neve \n"})
        assert line == "people.csv, row 4, column user_id: expected an id without space at either end, got 'eve '"

    def test_teams_are_a_tree(self, folders: Folders) -> None:
        """A team twice, a parent that is none, and teams above themselves are named with their rows."""
        memberships = {"memberships.csv": "user_id,team_id\nada,north\n"}
        assert folders.problems({"teams.csv": 'team_id\nnorth\nnorth\n""\n', **memberships}, **TEAMS) == [
            "teams.csv, row 3, column team_id: expected each id once, got 'north' again; it is in row 2 already",
            "teams.csv, row 4, column team_id: expected an id, the cell is empty",
        ]
        teams = "team_id,parent\nnorth,world\na,b\nb,c\nc,b\nd,d\n"
        assert folders.problems({"teams.csv": teams, **memberships}, **TEAMS) == [
            "teams.csv, row 2, column parent: expected the id of a team, got 'world'",
            "teams.csv, row 4, column parent: expected no team above itself, got 'b > c > b'",
            "teams.csv, row 6, column parent: expected no team above itself, got 'd > d'",
        ]

    def test_memberships_name_who_there_is(self, folders: Folders) -> None:
        """Unknown people and teams, dates that do not fit and two main teams on a day are named with their rows."""
        memberships = (
            "user_id,team_id,main,since,until\n"
            "zoe,south,,,\nada,,no,,\nada,,false,,\nbob,north,,2025-02-01,2025-01-01\n"
            "ada,north,,,2025-03-01\nada,west,,2025-02-01,2025-02-05\nada,west,,2025-02-10,\nbob,west,false,,\n"
        )
        assert folders.problems({"teams.csv": "team_id\nnorth\nwest\n", "memberships.csv": memberships}, **TEAMS) == [
            "memberships.csv, row 2, column user_id: expected one of the people, got 'zoe'",
            "memberships.csv, row 2, column team_id: expected one of the teams, got 'south'",
            "memberships.csv, row 3, column main: expected true or false, got 'no'",
            "memberships.csv, row 4, column team_id: expected a team for an extra membership",
            "memberships.csv, row 5, column until: expected after since 2025-02-01, got '2025-01-01'",
            "memberships.csv, row 7, column team_id: expected one main team a day, got 'west' beside 'north' in row 6",
            "memberships.csv, row 8, column team_id: expected one main team a day, got 'west' beside 'north' in row 6",
        ]

    def test_are_not_judged_by_a_list_with_mistakes(self, folders: Folders) -> None:
        """Where people or teams could not all be read, nobody is called unknown."""
        files_ = {
            "people.csv": "user_id\nada\n eve\n",
            "teams.csv": "team_id\n north\n",
            "memberships.csv": "user_id,team_id\nbob,west\n",
        }
        targets = "contributor_kind,contributor_id,day,target\nuser,bob,2025-02-01,1\nteam,west,2025-02-01,1\n"
        lines = folders.problems({**files_, "targets.csv": targets}, **TEAMS)
        assert [line.split(",")[0] for line in lines] == ["people.csv", "teams.csv"]

    def test_are_as_many_as_a_roster_takes(self, folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
        """More people or teams than the library takes are refused in its words."""

        def crowded(*_arguments: object) -> None:
            raise TooLarge("users: expected at most 100 items, got more", field="users")

        monkeypatch.setattr("quota_engine.adapters.files.rosters.Roster", crowded)
        assert folders.problems() == ["people.csv: expected at most 100 items, got more"]


class TestTargets:
    """Targets, and the rows that come with them."""

    def test_make_rows_of_all_kinds(self, folders: Folders) -> None:
        """Users, teams, pipelines and the whole account can have rows; each may count some pipelines alone."""
        targets = (
            "contributor_kind,contributor_id,day,target,currency,pipelines\n"
            "account,,2025-02-01,9,EUR,\naccount,account,2025-05-01,8,,\npipeline,new,2025-02-01,7,EUR,\nuser,ada,2025-02-01,6,,new;old\n"
        )
        deals = (
            SMALL["deals.csv"]
            .replace("is_won", "is_won,pipeline_id")
            .replace("true", "true,new")
            .replace("TRUE", "true,")
        )
        (goal,) = folders.load({"targets.csv": targets, "deals.csv": deals}).goals
        assert [str(row.contributor) for row in goal.assignments] == ["account", "pipeline new", "user ada"]
        assert goal.row(Contributor.account()).cells[:2] == (Decimal(9), Decimal(8))
        assert goal.row(ADA).pipelines == ("new", "old")

    def test_rows_of_pipelines_need_the_column(self, folders: Folders) -> None:
        """Where rows count pipelines, records without that column would silently count nowhere."""
        targets = "contributor_id,day,target,pipelines\nada,2025-02-01,6,new\n"
        (line,) = folders.problems({"targets.csv": targets})
        assert line.startswith("deals.csv, row 1: the column pipeline_id is missing")

    def test_rows_of_the_account_need_no_owners(self, folders: Folders) -> None:
        """Where no user and no team has a row, records need no owner."""
        targets = "contributor_kind,contributor_id,day,target\naccount,,2025-02-01,6\n"
        deals = "record_id,closed_at,amount,is_won\nd1,2025-01-15,5,true\n"
        assert attained(folders.load({"targets.csv": targets, "deals.csv": deals}), Contributor.account()) == 5

    def test_name_what_is_wrong(self, folders: Folders) -> None:
        """All that is wrong in a row is told at once, whatever else is wrong in it."""
        targets = (
            "goal_id,contributor_kind,contributor_id,day,target,currency,pipelines\n"
            "x,user,zoe,2025-02-01,-1,USD,\n"
            "g,boss,ada,someday,1.000,usd,new; old\n"
            "g,user,,2025-02-30,,,\n"
            "g,user,ada,2024-02-01,NaN,USD,\n"
            "g,account,acme,2025-02-01,1,,\n"
            "g,pipeline,new,2025-02-01,1,,new\n"
            "g,user,ada,2025-02-01,1,,\n"
            "g,user,ada,2025-03-01,1,,new\n"
            ",user,bob,2024-02-01,1,,\n"
            "g,user,,2025-02-01,1,,\n"
        )
        assert folders.problems({"targets.csv": targets}) == [
            "targets.csv, row 2, column target: expected a target of zero or more, got '-1'",
            "targets.csv, row 2, column contributor_id: expected one of the people, got 'zoe'",
            "targets.csv, row 2, column goal_id: expected one of g, got 'x'",
            "targets.csv, row 3, column contributor_kind: expected one of user, team, pipeline, account, got 'boss'",
            "targets.csv, row 3, column day: expected a day that exists, written YYYY-MM-DD, got 'someday'",
            "targets.csv, row 3, column currency: expected a currency code of three capital letters, such as EUR, got 'usd'",
            "targets.csv, row 3, column pipelines: expected an id without space at either end, got ' old'",
            "targets.csv, row 4, column day: expected a day that exists, written YYYY-MM-DD, got '2025-02-30'",
            "targets.csv, row 4, column contributor_id: expected the id of a user, the cell is empty",
            "targets.csv, row 5, column target: expected a plain number such as 1250.50, without separators or spaces, got 'NaN'",
            "targets.csv, row 5, column currency: expected EUR, the currency of the goal, got USD",
            "targets.csv, row 5, column day: expected a day of goal g, 2025-01-01..2025-12-31, got 2024-02-01",
            "targets.csv, row 6, column contributor_id: expected \"account\": there is one whole account, got 'acme'",
            "targets.csv, row 7, column pipelines: expected no pipelines on the row of a pipeline, got 'new'",
            "targets.csv, row 9, column pipelines: expected the same in all rows of user ada in goal g; row 8 has others",
            "targets.csv, row 9, column day: expected one target for user ada in 2025-01-01..2025-03-31; row 8 has it already",
            "targets.csv, row 10, column day: expected a day on which one of the goals g runs, got 2024-02-01",
            "targets.csv, row 11, column contributor_id: expected the id of a user, the cell is empty",
        ]

    def test_of_several_goals_name_theirs(self, folders: Folders) -> None:
        """Where several goals run on a day, the row must say which one it is about."""
        goals = [QUARTERLY | {"id": f"g{number}"} for number in range(12)]
        line, _ = folders.problems(goals=goals)
        assert line == (
            "targets.csv, row 2, column day: expected a column goal_id that says which goal, since several run on 2025-02-01: "
            "g0, g1, g2, g3, g4, g5, g6, g7, g8, g9"
        )
        (line,) = folders.problems(
            {"targets.csv": "goal_id,contributor_id,day,target\nx,ada,2025-02-01,1\n"}, goals=goals
        )
        assert line.endswith("expected one of g0, g1, g2, g3, g4, g5, g6, g7, g8, g9, ..., got 'x'")

    def test_of_counts_have_no_currency(self, folders: Folders) -> None:
        """A currency beside the target of a count says nothing, and is not compared."""
        goals = [QUARTERLY | {"template": "deals_created"}]
        targets = "contributor_id,day,target,currency\nada,2025-02-01,5,USD\n"
        deals = "record_id,owner_id,created_at\nd1,ada,2025-02-01\n"
        assert attained(folders.load({"targets.csv": targets, "deals.csv": deals}, goals=goals)) == 1

    def test_are_not_judged_by_goals_with_mistakes(self, folders: Folders) -> None:
        """Where a goal could not be read, its targets are checked only for what can be said without it."""
        targets = "goal_id,contributor_id,day,target\ng,ada,2025-02-01,1\n,ada,2025-02-01,1\ng,zoe,2025-02-01,x\n"
        lines = folders.problems({"targets.csv": targets}, goals=[QUARTERLY | {"cadence": "daily"}])
        assert [line.split(":")[0] for line in lines] == [
            "quota.json, goals[0].cadence",
            "targets.csv, row 4, column target",
        ]

    def test_must_suit_the_goal(self, folders: Folders) -> None:
        """What a goal refuses of its rows as a whole is told in its words."""
        goals = [QUARTERLY | {"template": "forecast_revenue", "aligned": True, "pipeline": "new"}]
        targets = "contributor_id,day,target,pipelines\nada,2025-02-01,1,old\n"
        assert folders.problems({"targets.csv": targets}, goals=goals)[0] == (
            "targets.csv, goal g: expected rows that track the pipeline new alone, got 'user ada'"
        )


class TestRecords:
    """Records: only what goals read, each as the kind that they read it as."""

    def test_without_a_recording_time_are_columns(self, folders: Folders) -> None:
        """Such records are known from the first instant of the day that dates them: the board of a day before has none."""
        folder = folders.load()
        assert [type(records) for records in folder.events] == [Columns]
        row = progress(folder, datetime(2025, 1, 14, 23, tzinfo=UTC)).of("g", ADA, on=date(2025, 2, 1))
        assert row.attained == 0
        row = progress(folder, datetime(2025, 1, 15, 0, tzinfo=UTC)).of("g", ADA, on=date(2025, 2, 1))
        assert row.attained == Decimal("250.50")

    def test_with_a_recording_time_are_versions(self, folders: Folders) -> None:
        """Of the versions of a record the latest holds; a deletion is a version; minor units become amounts."""
        deals = (
            "record_id,owner_id,closed_at,amount,is_won,recorded_at,version,deleted\n"
            "d1,ada,2025-01-15,100,true,2025-01-15T09:00:00Z,,\n"
            "d1,ada,2025-01-15,200,true,2025-01-16T09:00:00Z,1,false\n"
            "d1,ada,2025-01-15,300,true,2025-01-16T09:00:00Z,2,\n"
            "d2,ada,2025-01-15,5000,true,2025-01-15T09:00:00Z,,\n"
            "d2,ada,2025-01-15,5000,true,2025-01-17T09:00:00Z,,TRUE\n"
            "d3,ada,2025-01-15,,true,2025-01-17T09:00:00Z,,\n"
        )
        columns = {"amount": {"column": "amount", "minor": 2}}
        folder = folders.load(
            {"deals.csv": deals}, records=[{"file": "deals.csv", "object": "deal", "columns": columns}]
        )
        assert {type(event) for event in folder.events} == {CrmEvent}
        assert len(folder.events) == 6
        assert attained(folder) == 3

    def test_that_are_deleted_are_gone(self, folders: Folders) -> None:
        """A record in its only version that says that it is deleted does not count."""
        deals = (
            SMALL["deals.csv"].replace("is_won", "is_won,deleted").replace("true", "true,true").replace("TRUE", "true,")
        )
        folder = folders.load({"deals.csv": deals})
        assert [len(records) for records in folder.events if isinstance(records, Columns)] == [1]
        assert attained(folder) == 0

    def test_come_once_across_files(self, folders: Folders) -> None:
        """A record without a recording time must be there once; both rows are named, also in two files."""
        header = "record_id,owner_id,closed_at,amount,is_won"
        more = f"{header}\nd3,ada,2025-01-15,5,true\nd1,ada,2025-01-15,5,true\nd3,ada,2025-01-15,5,true\n,ada,2025-01-15,5,true\n"
        version = "{},ada,2025-01-15,5,true,2025-01-15T00:00:00Z\n"
        versions = f"{header},recorded_at\n{''.join(map(version.format, ['d3', 'd3', 'd9']))}"
        records = [{"file": name, "object": "deal"} for name in ("deals.csv", "more.csv", "versions.csv", "again.csv")]
        assert folders.problems(
            {"more.csv": more, "versions.csv": versions, "again.csv": versions}, records=records
        ) == [
            "more.csv, row 3, column record_id: expected each record once, got 'd1' again; it is in row 2 of deals.csv already",
            "more.csv, row 4, column record_id: expected each id once, got 'd3' again; it is in row 2 already",
            "more.csv, row 5, column record_id: expected an id, the cell is empty",
            *(
                f"{place}, column record_id: expected each record once, got 'd3' again; it is in row 2 of more.csv already"
                for place in ("versions.csv, row 2", "versions.csv, row 3", "again.csv, row 2", "again.csv, row 3")
            ),
        ]

    @pytest.mark.parametrize(
        ("row", "said"),
        [
            ("d1,ada,next Tuesday,1,true", "closed_at: expected a day that exists, written YYYY-MM-DD, or a moment"),
            ("d1,ada,2025-01-15T09:00:00,1,true", "closed_at: expected a day that exists, written YYYY-MM-DD, or a"),
            ("d1,ada,2025-02-29,1,true", "closed_at: expected a day that exists"),
            ("d1,ada,2025-01-15,1.000.50,true", "amount: expected a plain number such as 1250.50, without separators or spaces"),
            ("d1,ada,2025-01-15, 1,true", "amount: expected a plain number such as 1250.50, without separators or spaces"),
            ("d1,ada,2025-01-15,1e400,true", "amount: expected an amount of at most 30 digits before the point and 18 after it"),
            ("d1,ada,2025-01-15,1,1", "is_won: expected true or false, got '1'"),
            ("d1,a\x07da,2025-01-15,1,true", "owner_id: expected text without control or direction characters, got 'a\\x07da'"),
            (" d1,ada,2025-01-15,1,true", "record_id: expected an id without space at either end, got ' d1'"),
            (",ada,2025-01-15,1,true", "record_id: expected an id, the cell is empty"),
        ],
    )  # fmt: skip
    def test_name_the_cell_that_is_wrong(self, folders: Folders, row: str, said: str) -> None:
        """A wrong cell is a mistake in the file, with row, column, value and what was expected."""
        (line,) = folders.record_problems(row)
        assert line.startswith(f"deals.csv, row 2, column {said}")

    def test_say_when_they_were_recorded(self, folders: Folders) -> None:
        """A recording time is a moment with a zone in every row; a version is a whole number."""
        header = "record_id,owner_id,closed_at,amount,is_won,recorded_at,version"
        rows = "d1,ada,2025-01-15,1,true,,\nd1,ada,2025-01-15,1,true,2025-01-15,v2\nd1,ada,2025-01-15,1,true,2025-01-15T00:00Z,-1"
        assert folders.record_problems(rows, header) == [
            "deals.csv, row 2, column recorded_at: expected a moment, the cell is empty",
            (
                "deals.csv, row 3, column recorded_at: expected a moment with its zone, such as 2025-08-04T09:00:00Z, "
                "got '2025-01-15'"
            ),
            "deals.csv, row 3, column version: expected a whole number, got 'v2'",
            "deals.csv, row 4, column version: expected a whole number from 0 to 9223372036854775807, got -1",
        ]

    def test_dates_may_be_days_moments_or_both(self, folders: Folders) -> None:
        """A moment counts on its day in the account's zone; days and moments may be mixed."""
        deals = "record_id,owner_id,closed_at,amount,is_won\nd1,ada,{},1,true\nd2,ada,{},2,true\nd3,ada,,4,true\n"
        account = {"id": "acme", "currency": "EUR", "zone": "America/New_York"}
        for first, second in [
            ("2025-04-01T03:59:59.5Z", "2025-04-01T04:00:00Z"),
            ("2025-03-31", "2025-04-01T04:00:00Z"),
            ("2025-03-31", "2025-04-01"),
        ]:
            folder = folders.load({"deals.csv": deals.format(first, second)}, account=account)
            assert (attained(folder), attained(folder, on=date(2025, 5, 1))) == (1, 2)

    def test_without_any_date_or_amount_are_read(self, folders: Folders) -> None:
        """Columns without a single value are fine: nothing counts."""
        folder = folders.load({"deals.csv": "record_id,owner_id,closed_at,amount,is_won\nd1,ada,,,\n"})
        assert attained(folder) == 0
        assert attained(folders.load({"deals.csv": "record_id,owner_id,closed_at,amount,is_won\n"})) == 0

    @pytest.mark.parametrize(
        "amount", ["0.000000000000000001", "1e-18", "250.500", "-3", "1E+3", "0e-30", "123456789012345678901234567890"]
    )
    def test_amounts_are_exact(self, folders: Folders, amount: str) -> None:
        """What stands in the file is what is counted, to the last digit."""
        deals = (
            f"record_id,owner_id,closed_at,amount,is_won\nd1,ada,2025-01-15,{amount},true\nd2,ada,2025-01-15,,true\n"
        )
        assert attained(folders.load({"deals.csv": deals})) == Decimal(amount)

    def test_properties_of_several_kinds_stay_text(self, folders: Folders) -> None:
        """A property that one goal reads as a number and another as text is checked as both, and read as each."""
        measures: list[dict[str, Any]] = [
            {"name": "A", "object": "deal", "aggregate": "sum", "value": "size", "unit": "seats", "dated_by": "closed_at"},
            {
                "name": "B", "object": "deal", "aggregate": "count", "dated_by": "closed_at",
                "where": [{"property": "size", "operator": "eq", "value": "3"}, {"property": "note", "operator": "is_set"}],
            },
        ]  # fmt: skip
        goals = [QUARTERLY | {"id": measure["name"], "template": None, "measure": measure} for measure in measures]
        changes = {"targets.csv": "goal_id,contributor_id,day,target\nA,ada,2025-02-01,9\nB,ada,2025-02-01,9\n"}
        deals = "record_id,owner_id,closed_at,size,note\nd1,ada,2025-01-15,3,x\nd2,ada,2025-01-15,4,x\nd3,ada,2025-01-15,3,\n"
        result = progress(folders.load({**changes, "deals.csv": deals}, goals=goals))
        assert [result.of(name, ADA, on=date(2025, 2, 1)).attained for name in "AB"] == [10, 1]
        (line,) = folders.problems({**changes, "deals.csv": deals.replace(",4,", ",many,")}, goals=goals)
        assert line.startswith("deals.csv, row 3, column size: expected a plain number")

    def test_text_is_the_crms_own(self, folders: Folders) -> None:
        """Text properties may hold anything, line breaks too, but no other kind, and not more than records take."""
        where = [
            {"property": "stage", "operator": "eq", "value": "won"},
            {"property": "tag", "operator": "is_set"},
        ]
        measure = WITHOUT_NAME | {"name": "A", "where": where}
        options: dict[str, Any] = {
            "goals": [QUARTERLY | {"template": None, "measure": measure}],
            "records": [{"file": "deals.json", "object": "deal"}],
        }
        deal: dict[str, Any] = {
            "record_id": "d1",
            "owner_id": "ada",
            "closed_at": "2025-01-15",
            "stage": "won",
            "tag": 5,
        }
        assert (
            attained(
                folders.load({"deals.json": [deal, deal | {"record_id": "d2", "stage": "a\nb", "tag": "x"}]}, **options)
            )
            == 1
        )
        lines = folders.problems(
            {"deals.json": [deal | {"stage": 5, "tag": {}}, deal | {"record_id": "d2", "stage": "x" * 100_001}]},
            **options,
        )
        assert [line.split("got")[0] for line in lines] == [
            "deals.json, item 1, column stage: expected text, ",
            "deals.json, item 1, column tag: expected text, ",
            "deals.json, item 2, column stage: expected at most 100000 characters, ",
        ]

    def test_are_checked_though_goals_have_mistakes(self, folders: Folders) -> None:
        """Where goals could not be read, records are still checked for what every record has."""
        lines = folders.problems(
            {"deals.csv": "record_id,owner_id\nd1,ada\nd1,ada\n"}, goals=[QUARTERLY | {"year": None}]
        )
        assert [line.split(":")[0] for line in lines] == [
            "quota.json, goals[0].year",
            "deals.csv, row 3, column record_id",
        ]

    def test_memory_of_values_is_bounded(self, folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
        """Values that repeat are checked once, and forgotten when there are too many different ones."""
        monkeypatch.setattr("quota_engine.adapters.files.sheets._MOST_REMEMBERED", 3)
        monkeypatch.setattr(tables, "ROWS_AT_ONCE", 5)
        rows = "".join(f"d{n},ada,2025-01-{n % 28 + 1:02},1,true\n" for n in range(40))
        assert attained(folders.load({"deals.csv": f"record_id,owner_id,closed_at,amount,is_won\n{rows}"})) == 40


CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.dates(),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.sampled_from(
        ["=1+1", "+1", "-1+1", "@SUM(A1)", "\tx", "\rx", "\n=x", "'=x", "''+x", "'x", "\uff1d1", 'a"b', "a,b", ""]
    ),
)


class TestCsvText:
    """Rows as CSV."""

    def test_formulas_are_defused_and_numbers_stay(self) -> None:
        """IMP-12: text that a spreadsheet would take for a formula gets an apostrophe; numbers are written as they are."""
        names = ["=1+1", "+1", "-1+1", "@SUM(A1)", "\tx", "\rx", "x=1"]
        text = files.csv_text([{"name": name, "=amount": Decimal("-1.00")} for name in names])
        assert text == (
            "name,'=amount\n'=1+1,-1.00\n'+1,-1.00\n'-1+1,-1.00\n'@SUM(A1),-1.00\n'\tx,-1.00\n\"'\rx\",-1.00\nx=1,-1.00\n"
        )

    def test_every_kind_is_written_exactly(self) -> None:
        """Amounts have no exponent, days and moments are ISO 8601, None is nothing."""
        row: dict[str, files.Cell] = {
            "a": Decimal("1E+3"), "b": -5, "c": True, "d": None, "e": date(2025, 1, 2),
            "f": datetime(2025, 1, 2, 3, 4, tzinfo=UTC), "g": 'say "a", b',
        }  # fmt: skip
        assert files.csv_text([row]) == (
            'a,b,c,d,e,f,g\n1000,-5,true,,2025-01-02,2025-01-02T03:04:00+00:00,"say ""a"", b"\n'
        )
        assert files.csv_text([]) == ""
        assert files.csv_text([{"a": None}]) == 'a\n""\n'

    @given(st.lists(st.tuples(CELLS, CELLS)))
    def test_parses_back_equal(self, table: list[tuple[files.Cell, files.Cell]]) -> None:
        """LS9: what was written comes back, with nothing added, and no cell of text begins as a formula does."""
        rows: list[dict[str, files.Cell]] = [{"=a": first, "b": second} for first, second in table]
        text = files.csv_text(rows)
        expected = [{name: self.as_text(cell) for name, cell in row.items()} for row in rows]
        assert files.csv_rows(text) == expected

    @staticmethod
    def as_text(cell: files.Cell) -> str:
        """Return what a cell is as text."""
        if isinstance(cell, bool):
            return "true" if cell else "false"
        if isinstance(cell, date):
            return cell.isoformat()
        return "" if cell is None else f"{cell:f}" if isinstance(cell, Decimal) else str(cell)

    def test_only_its_own_form_is_read_back(self) -> None:
        """Text that is no CSV, or has rows of another length, is refused."""
        assert files.csv_rows("") == []
        for text in ("a,b\n1\n", 'a\n"x"y\n'):
            with pytest.raises(InvalidDocument, match="text: expected CSV with as many cells in each row"):
                files.csv_rows(text)
