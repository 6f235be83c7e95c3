"""`rooftree users`: what it asks, what it makes, and what it says instead of a traceback."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rooftree.cli.commands import main

APP = """
from rooftree import Accounts, App, Col, Model, PasswordOptions, Settings, UserMixin, col
from rooftree.db import create_tables
class User(UserMixin, Model, table="users_of_commands"):
    name: Col[str] = col(max_length=80, default="")
    place: Col[int] = col(default=0)
app = App(Settings(mode="test", database="sqlite:///users.db", passwords=PasswordOptions(memory=8, passes=1)))
accounts = Accounts(User)
app.use(accounts)
"""


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / f"site_of_{tmp_path.name}.py"  # each test imports its own
    file.write_text(APP)
    code = "from rooftree.db import create_tables\nawait create_tables(*app.accounts.models)"
    ran = CliRunner().invoke(main, ["shell", str(file), "-c", code])
    assert ran.exit_code == 0, ran.output
    return file


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody is there to be asked."""

    def is_there(_: object) -> bool:
        return True

    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", is_there, raising=False)


def run(app: Path, *arguments: str, given: str = "") -> Result:
    return CliRunner().invoke(main, ["users", *arguments, "--app", str(app)], input=given)


@pytest.mark.usefixtures("terminal")
def test_users_by_command(app: Path) -> None:
    asked = run(
        app, "create", "--email", "Ann@Example.org", "--set", "name=Ann", given="a good long one\na good long one\n"
    )
    assert asked.exit_code == 0, asked.output
    assert "Created ann@example.org." in asked.output
    assert "a good long one" not in asked.output
    made = run(app, "create", "--email", "bob@example.org", "--superuser", "--staff", "--generate")
    assert re.search(r"^Password: \S{20}\nIt is shown this once\.$", made.output, re.MULTILINE)
    listed = run(app, "list").output.splitlines()
    assert [line.split() for line in listed] == [
        ["ann@example.org", "never", "signed", "in"],
        ["bob@example.org", "superuser,", "staff", "never", "signed", "in"],
    ]
    changed = run(app, "password", "ANN@example.org", "--password-stdin", given="another good one\n")
    assert changed.output == "ANN@example.org has another password, and is signed out everywhere.\n"


@pytest.mark.parametrize(
    ("arguments", "given", "said"),
    [
        (
            ["create", "--email", "a@example.org", "--password-stdin"],
            "short\n",
            "[U223] That cannot be taken: Choose at",
        ),
        (
            ["create", "--email", "a@example.org", "--set", "nick=A", "--generate"],
            "",
            "[U224] --set was given 'nick=A'",
        ),
        (
            ["create", "--email", "a@example.org", "--set", "name", "--generate"],
            "",
            "[U224] --set was given 'name', without a value. Write --set name=VALUE.",
        ),
        (
            ["create", "--email", "no address", "--generate"],
            "",
            "[U223] That cannot be taken: email: Expected `str` that is an email. Give it as the column takes it: --",
        ),
        (
            ["create", "--email", "a@example.org", "--set", f"name={'n' * 81}", "--generate"],
            "",
            "name: Expected `str` of length <= 80. Give it as the column takes it: --set name=VALUE\n",
        ),
        (
            ["create", "--email", "a@example.org"],
            "a good long one\na good long one\n",
            "[U225] Nobody can be asked for the password: standard input is no terminal. Write --password-stdin to",
        ),
        (
            ["password", "a@example.org", "--generate", "--password-stdin"],
            "a good long one\n",
            "[U225] Both --generate and --password-stdin were given. Keep one of them.",
        ),
        (
            ["create", "--email", "a@example.org", "--password-stdin"],
            "password123456\n",
            "[U223] That cannot be taken: This is one of the first that anyone would try. Choose another.\n",
        ),
        (["password", "who@example.org", "--generate"], "", "[U222] No user has the address who@example.org."),
    ],
)
def test_mistakes_are_one_message(app: Path, arguments: list[str], given: str, said: str) -> None:
    done = run(app, *arguments, given=given)
    assert done.exit_code == 1
    assert said in done.output
    assert "Traceback" not in done.output


def test_keys_by_command(app: Path) -> None:
    run(app, "create", "--email", "ann@example.org", "--generate")
    made = run(app, "key", "ANN@example.org", "--name", "nightly export", "--days", "90")
    found = re.fullmatch(
        r"API key: rt_(\w{10})_\S{43}\nIt is shown this once\. \1 is what it is revoked by\.\n", made.output
    )
    assert found, made.output
    prefix = found[1]
    assert run(app, "key", "ann@example.org").exit_code == 0
    later, first = run(app, "keys", "ann@example.org").output.splitlines()
    assert re.fullmatch(r"\w{10} for ever +never used", later)
    assert re.fullmatch(rf"{prefix} until 20\d\d-\d\d-\d\d \d\d:\d\d never used +nightly export", first)
    assert run(app, "revoke", "ann@example.org", prefix).output == f"{prefix} is revoked.\n"
    assert run(app, "keys", "ann@example.org").output.splitlines()[1].split()[:2] == [prefix, "revoked"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["key", "who@example.org"], "[U222] No user has the address who@example.org. See: rooftree users list\n"),
        (["keys", "who@example.org"], "[U222]"),
        (["revoke", "who@example.org", "abc"], "[U222]"),
        (
            ["key", "a@example.org", "--name", "n" * 81],
            "length <= 80. Give it as the column takes it: --name TEXT\n",
        ),
        (
            ["revoke", "a@example.org", "abcdefghij"],
            "[U226] a@example.org has no API key abcdefghij. See: rooftree users keys a@example.org\n",
        ),
    ],
)
def test_mistakes_about_keys(app: Path, arguments: list[str], said: str) -> None:
    run(app, "create", "--email", "a@example.org", "--generate")
    done = run(app, *arguments)
    assert (done.exit_code, said in done.output) == (1, True), done.output


def test_an_address_is_there_once(app: Path) -> None:
    assert run(app, "create", "--email", "a@example.org", "--generate").exit_code == 0
    again = run(app, "create", "--email", "A@example.org", "--generate")
    assert (again.exit_code, "[U221] A user has the address" in again.output) == (1, True)


def test_an_application_without_accounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "site_without_users.py"
    file.write_text("from rooftree import App, Settings\napp = App(Settings(mode='test'))\n")
    done = run(file, "list")
    assert (done.exit_code, "[U701] The application has no accounts." in done.output) == (1, True)


def test_help_has_examples() -> None:
    for command in ([], ["create"], ["list"], ["password"]):
        assert "Examples:" in CliRunner().invoke(main, ["users", *command, "--help"]).output


def test_the_place_of_an_error_is_no_script_of_an_installation(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP)
    script = Path(sys.executable).parent / "rooftree"
    command = [str(script), "users", "create", "--email", "ann@example.org", "--generate"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stderr.startswith(
        "Error: [T401] SQLite cannot run the statement: no such table: users_of_commands. If a "
    )


def test_a_shell_needs_no_secret_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / f"site_of_{tmp_path.name}.py"
    file.write_text(APP.replace('mode="test"', 'mode="production", hosts=["example.org"]'))
    ran = CliRunner().invoke(main, ["shell", str(file), "-c", "print(User.__name__, app.serving)"])
    assert (ran.exit_code, ran.output) == (0, "User False\n")
