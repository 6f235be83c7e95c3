"""``rooftree db`` and ``rooftree shell``, as a user runs them."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.cli.commands import environment, rooftree
from tests.services import need, temporary_database

SHOP = """
from rooftree import App, Col, Model, Settings, col

class Plank(Model):
    name: Col[str] = col(max_length=80, unique=True)
{more}

app = App(Settings(database={url!r}, mode={mode!r}))

@app.seed
async def planks() -> None:
    await Plank.get_or_create(name="oak")

@app.seed
def more_planks() -> None:
    if not Plank.where(Plank.name == "ash").exists().sync():
        Plank.create(name="ash").sync()
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "sqlite":
        yield "sqlite:///shop.db"
        return
    with temporary_database(need("postgresql"), f"rooftree_cli_{os.getpid()}") as found:
        yield found


def write(folder: Path, url: str, more: str = "", mode: str = "development") -> None:
    (folder / "app.py").write_text(SHOP.format(url=url, more=more, mode=mode), encoding="utf-8")


def run(folder: Path, *arguments: str, status: int = 0) -> str:
    done = rooftree(folder, *arguments)
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def test_from_models_to_rows(tmp_path: Path, url: str) -> None:
    write(tmp_path, url)
    made = run(tmp_path, "db", "make")
    assert "create the table planks" in made
    assert "wrote migrations/0001_create_the_tables.py" in made
    assert "G202  The database lacks 0001_create_the_tables." in run(tmp_path, "db", "check", status=1)
    migrated = run(tmp_path, "db", "migrate", "--seed")
    assert "0001_create_the_tables ... " in migrated
    assert "1 migration run." in migrated
    assert "  more_planks ... " in migrated
    assert run(tmp_path, "db", "check") == "Models, migrations and database agree.\n"
    seeded = run(tmp_path, "db", "seed")
    assert "  planks ... " in seeded
    assert "  more_planks ... " in seeded
    listing = "print(sorted(p.name for p in await Plank.where()), await Plank.where().count())"
    assert rooftree(tmp_path, "shell", "-c", listing).stdout == "['ash', 'oak'] 2\n"  # beside it: slow queries
    assert "2 tables dropped." in run(tmp_path, "db", "reset", "--yes")
    assert rooftree(tmp_path, "shell", "-c", "print(Plank.where().count().sync())").stdout == "2\n"
    pulled = run(tmp_path, "db", "pull")
    assert "class Plank(Model" in pulled
    assert "[U212]" in run(tmp_path, "db", "reset", status=1)


def test_a_project_grows(tmp_path: Path) -> None:
    url = "sqlite:///shop.db"
    write(tmp_path, url)
    first = "There are no migrations yet. 'rooftree db make' writes the first from the models.\n"
    assert run(tmp_path, "db", "migrate") == first
    run(tmp_path, "db", "make")
    write(tmp_path, url, more="    weight: Col[int] = col()")
    assert "wrote migrations/0002_add_weights.py" in run(
        tmp_path, "db", "make", "Add weights", "--fill", "planks.weight=7"
    )
    write(tmp_path, url, more="    mass: Col[int] = col()")
    assert "rename" in run(tmp_path, "db", "make", "Call it mass", "--rename", "planks.weight:mass")
    assert "waiting  0003_call_it_mass" in run(tmp_path, "db", "status")
    run(tmp_path, "db", "migrate")
    assert run(tmp_path, "db", "migrate") == "The database has every migration.\n"
    assert "nothing to do" in run(tmp_path, "db", "make", "Again")
    assert "[U212]" in run(tmp_path, "db", "rollback", "2", status=1)
    assert "2 migrations taken back." in run(tmp_path, "db", "rollback", "2", "--yes")
    states = {each["name"]: each["applied"] for each in json.loads(run(tmp_path, "db", "status", "--json"))}
    assert list(states.values()) == [True, False, False]
    assert "planks" in run(tmp_path, "db", "sql").partition("CREATE TABLE")[2]


def test_two_ends_are_joined(tmp_path: Path) -> None:
    write(tmp_path, "sqlite:///shop.db")
    run(tmp_path, "db", "make", "First")
    run(tmp_path, "db", "make", "Mine", "--empty")
    (mine,) = (tmp_path / "migrations").glob("*_mine.py")
    text = mine.read_text()
    mine.rename(mine.with_suffix(".away"))
    run(tmp_path, "db", "make", "Theirs", "--empty")
    mine.write_text(text)
    refused = run(tmp_path, "db", "migrate", status=1)
    assert "[G103]" in refused
    assert "rooftree db merge" in refused
    assert "wrote migrations/" in run(tmp_path, "db", "merge")
    assert "4 migrations run." in run(tmp_path, "db", "migrate")


def test_mistakes(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("from rooftree import App, Settings\napp = App(Settings())\n")
    assert "[U211] The application app has no database." in run(tmp_path, "db", "migrate", status=1)
    write(tmp_path, "sqlite:///shop.db")
    assert "[U213] --fill was given 'x'." in run(tmp_path, "db", "make", "X", "--fill", "x", status=1)
    assert "[U214] The application has no seed 'nope'. It has: planks, more_planks." in run(
        tmp_path, "db", "seed", "nope", status=1
    )
    behind = run(tmp_path, "db", "seed", status=1)
    assert "  planks ... failed\n" in behind
    assert "[T401] SQLite cannot run the statement: no such table: planks." in behind
    assert "[T105]" in run(tmp_path, "db", "status", "-d", "reports", status=1)
    write(tmp_path, "sqlite://")
    assert "[U216]" in run(tmp_path, "db", "shell", status=1)
    write(tmp_path, "postgresql://nobody@127.0.0.1:1/none")
    assert "[T102]" in run(tmp_path, "db", "seed", status=1)


def test_a_database_shell_that_is_not_installed(tmp_path: Path) -> None:
    write(tmp_path, "sqlite:///shop.db")
    done = subprocess.run(
        [sys.executable, "-m", "rooftree", "db", "shell"], cwd=tmp_path, env=environment(PATH="/nowhere"),
        capture_output=True, text=True, timeout=20, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 1
    assert "[U215] sqlite3, the shell of the database 'default', is not installed." in done.stderr


@pytest.mark.service("postgresql")
def test_psql(tmp_path: Path, postgres_url: str) -> None:
    write(tmp_path, postgres_url)
    assert run(tmp_path, "db", "shell", "--", "-XAtc", "select 6 * 7") == "42\n"


@pytest.mark.parametrize(
    "command", ["make", "migrate", "rollback", "status", "sql", "check", "merge", "pull", "seed", "reset", "shell"]
)
def test_every_command_has_help_with_examples(tmp_path: Path, command: str) -> None:
    from click.testing import CliRunner

    from rooftree.cli.commands import main

    shown = CliRunner().invoke(main, ["db", command, "--help"])
    assert shown.exit_code == 0
    assert f"rooftree db {command}" in shown.output.partition("Examples:")[2]


# ---- at a terminal


class Terminal:
    """A command that believes to talk to a person."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        pid, self.file = pty.fork()
        if pid == 0:
            os.chdir(folder)
            os.execve(sys.executable, [sys.executable, "-m", "rooftree", *arguments], environment())  # noqa: S606
        self.pid = pid
        self.output = ""

    def until(self, text: str) -> None:
        end = time.monotonic() + 20
        while text not in self.output:
            assert time.monotonic() < end, self.output
            if select.select([self.file], [], [], 0.1)[0]:
                try:
                    read = os.read(self.file, 4096)
                except OSError:  # Linux: the other side has ended
                    read = b""
                assert read or text in self.output, self.output
                self.output += read.decode()

    def say(self, text: str) -> None:
        os.write(self.file, text.encode() + b"\n")

    def ended(self) -> int:
        _, status = os.waitpid(self.pid, 0)
        os.close(self.file)
        return os.waitstatus_to_exitcode(status)


def test_renames_are_asked_about(tmp_path: Path) -> None:
    write(tmp_path, "sqlite:///shop.db", more="    weight: Col[int] = col(default=0)")
    run(tmp_path, "db", "make", "First")
    write(tmp_path, "sqlite:///shop.db", more="    mass: Col[int] = col(default=0)")
    asked = Terminal(tmp_path, "db", "make", "Second")
    asked.until("Is it so that the column planks.weight is now planks.mass? [y/N]")
    asked.say("y")
    asked.until("migrations/0002_second.py")
    assert asked.ended() == 0
    assert "rename" in (tmp_path / "migrations/0002_second.py").read_text().lower()


def test_production_asks_for_the_name(tmp_path: Path) -> None:
    write(tmp_path, "sqlite:///shop.db", mode="production")
    run(tmp_path, "db", "make", "First")
    run(tmp_path, "db", "migrate")
    asked = Terminal(tmp_path, "db", "reset")
    asked.until("Type the name of the database, 'shop.db', to go on:")
    asked.say("yes")
    asked.until("Aborted!")
    assert asked.ended() == 1
    asked = Terminal(tmp_path, "db", "reset")
    asked.until("to go on:")
    asked.say("shop.db")
    asked.until("more_planks ...")
    assert asked.ended() == 0


TWO = """
from rooftree import App, Col, Many, Model, Ref, Settings, col, many, ref

class Plank(Model):
    name: Col[str] = col()
    cuts: Many["Cut"] = many(by="plank")

class Cut(Model):
    plank: Ref[Plank] = ref()

class Visit(Model, database="reports"):
    path: Col[str] = col()

app = App(Settings(database="sqlite:///shop.db", databases={"reports": "sqlite:///reports.db"}))
"""


def test_several_databases_have_migrations_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(TWO, encoding="utf-8")
    assert "planks" in run(tmp_path, "db", "make")
    assert "visits" in run(tmp_path, "db", "make", "-d", "reports")
    main, reports = (next((tmp_path / folder).glob("0001*.py")) for folder in ("migrations", "migrations_reports"))
    assert "planks" in main.read_text()
    assert "visits" not in main.read_text()
    assert "visits" in reports.read_text()
    assert "planks" not in reports.read_text()
    for more in ([], ["-d", "reports"]):
        assert "1 migration run." in run(tmp_path, "db", "migrate", *more)
        assert "agree" in run(tmp_path, "db", "check", *more)
    run(tmp_path, "check")


def test_check_looks_where_relations_lead(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(TWO.replace('by="plank"', 'by="board"'), encoding="utf-8")
    told = run(tmp_path, "check", status=1)
    assert "M204" in told
    assert "Plank.cuts says by='board', and Cut.board does not lead back to Plank." in told
