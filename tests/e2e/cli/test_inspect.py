from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.e2e.cli.commands import MISTAKES, rooftree

SHOP = """
from typing import Annotated

from rooftree import App, Depends, Group, Header, Schema, WebSocket

app = App()
api = Group("/api", host="{tenant}.example.org", name="api")


class Item(Schema):
    name: str


async def paging(page: int = 1) -> int:
    return page


@app.get("/items/{id}")
async def show(id: int, token: Annotated[str, Header("x-token")], size: Annotated[int, Depends(paging)]) -> Item:
    return Item(name="")


@api.post("/items", status=201)
async def create(tenant: str, data: Item, app: App) -> Item:
    return data


@app.websocket("/room")
async def room(ws: WebSocket[str]) -> None: ...


app.include(api)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "app.py").write_text(SHOP, encoding="utf-8")
    return tmp_path


def test_routes_are_listed_in_columns(folder: Path) -> None:
    assert rooftree(folder, "routes").stdout == (
        "GET        /items/{id}                     show        app.py:18\n"
        "WEBSOCKET  /room                           room        app.py:28\n"
        "POST       {tenant}.example.org/api/items  api.create  app.py:23\n"
    )


def test_the_source_of_each_parameter_is_told(folder: Path) -> None:
    lines = [" ".join(line.split()) for line in rooftree(folder, "routes", "-v").stdout.splitlines()]
    assert lines == [
        "GET /items/{id} show app.py:18",
        "page int query, optional of app.paging()",
        "id int path",
        "token str header 'x-token'",
        "size int app.paging()",
        "WEBSOCKET /room room app.py:28",
        "ws WebSocket[str] websocket",
        "POST {tenant}.example.org/api/items api.create app.py:23",
        "tenant str path",
        "data Item body",
        "app App the application",
    ]


def test_routes_for_machines(folder: Path) -> None:
    rows = json.loads(rooftree(folder, "routes", "--json").stdout)
    assert rows[2] == {
        "methods": ["POST"],
        "host": "{tenant}.example.org",
        "path": "/api/items",
        "name": "api.create",
        "kind": "http",
        "at": "app.py:23",
        "parameters": [
            {"name": "tenant", "source": "path", "type": "str", "required": True, "of": ""},
            {"name": "data", "source": "body", "type": "Item", "required": True, "of": ""},
            {"name": "app", "source": "the application", "type": "App", "required": True, "of": ""},
        ],
    }


def test_an_application_without_routes(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("from rooftree import App\napp = App()\n", encoding="utf-8")
    assert rooftree(tmp_path, "routes").stdout == "The application has no routes. Declare one: @app.get('/')\n"
    assert rooftree(tmp_path, "routes", "--json").stdout == "[]\n"


def test_check_passes(folder: Path) -> None:
    done = rooftree(folder, "check")
    assert done.returncode == 0
    assert done.stdout.startswith("hint     C101  No secret key is set: one is made for each start.")
    assert done.stdout.endswith("3 routes checked, nothing to mend.\n")


def test_check_lists_every_mistake(folder: Path) -> None:
    (folder / "app.py").write_text(MISTAKES.replace('"/b"', '"/"'), encoding="utf-8")
    done = rooftree(folder, "check")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert [line[:14] for line in lines] == ["error [R201] G", "error [R204] '", "error [H103] a", "3 mistakes to "]


def test_check_for_going_live(folder: Path) -> None:
    bare = rooftree(folder, "check", "--deploy")
    assert bare.returncode == 1
    assert "C101" in bare.stdout
    assert "error    C103  No hosts are set" in bare.stdout
    assert bare.stdout.endswith("3 routes checked: 1 error, 1 warning.\n")
    ready = rooftree(folder, "check", "--deploy", ROOFTREE_HOSTS="example.org", ROOFTREE_SECRET_KEY="k" * 50)
    assert (ready.returncode, ready.stdout) == (0, "3 routes checked, nothing to mend.\n")


def test_checks_of_ones_own(folder: Path) -> None:
    more = """
from rooftree import Finding

def look(app):
    yield Finding("X001", "warning", "The shop is closed.", "Open it.")

app.checks.append(look)
"""
    (folder / "app.py").write_text(SHOP + more, encoding="utf-8")
    done = rooftree(folder, "check")
    assert done.returncode == 0
    assert "warning  X001  The shop is closed." in done.stdout
    assert "Open it." in done.stdout
    assert done.stdout.endswith("3 routes checked: 0 errors, 1 warning.\n")


@pytest.mark.parametrize("command", ["routes", "check"])
def test_a_module_that_is_not_there(folder: Path, command: str) -> None:
    done = rooftree(folder, command, "nothing.here")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: [U203] There is no module 'nothing.here'")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("import nothere\n", "import nothere\nModuleNotFoundError: No module named 'nothere'"),
        ("app = App(\n", "app = App(\n^\nSyntaxError: '(' was never closed"),
        ("app = App()\napp.run()\n", "Error: [U107] App has no 'run'. At app.py:3. Write 'rooftree dev'"),
    ],
)
def test_an_error_of_the_module_is_shown_from_its_own_line_on(tmp_path: Path, written: str, shown: str) -> None:
    (tmp_path / "app.py").write_text(f"from rooftree import App\n{written}")
    ended = rooftree(tmp_path, "check")
    assert ended.returncode == 1
    assert shown in "\n".join(line.strip() for line in ended.stderr.splitlines())
    assert "click" not in ended.stderr


def test_version(folder: Path) -> None:
    done = rooftree(folder, "version")
    assert done.stdout.splitlines()[0].split()[0] == "rooftree"
    assert f"python     {sys.version.split()[0]}" in done.stdout


@pytest.mark.parametrize("command", [[], ["dev"], ["run"], ["routes"], ["check"], ["version"]])
def test_help_has_examples(folder: Path, command: list[str]) -> None:
    done = rooftree(folder, *command, "--help")
    assert done.returncode == 0
    examples = done.stdout.partition("Examples:\n")[2].splitlines()
    assert examples
    assert all("rooftree" in line for line in examples)
    assert "\b" not in done.stdout
    assert "..." not in done.stdout.partition("Commands:")[2].partition("Examples")[0]
