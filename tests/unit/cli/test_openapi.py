"""`rooftree openapi`: the document as a file, what has changed in it, the exit code of a build."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from rooftree.cli.commands import main

APP = """
from rooftree import App, Schema, Settings

class Item(Schema):
    name: str

app = App(Settings(mode="test"))

@app.post("/items")
async def create(data: Item) -> Item:
    return data
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an application of a name of its own, so that no other test has imported it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / f"described_{tmp_path.name}.py").write_text(APP)
    monkeypatch.setenv("ROOFTREE_APP", f"described_{tmp_path.name}.py")
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["openapi", *arguments])


def test_export_and_diff_of_files(here: Path) -> None:
    done = run("export", "-o", "openapi.json")
    assert (done.exit_code, done.stdout) == (0, "")
    document = json.loads((here / "openapi.json").read_text())
    assert json.loads(run("export").stdout) == document
    assert run("diff", "openapi.json").output == "0 changes, 0 of them breaking.\n"

    document["paths"]["/old"] = document["paths"]["/items"]
    (here / "old.json").write_text(json.dumps(document))
    done = run("diff", "old.json", "openapi.json")
    assert done.exit_code == 1
    assert done.output == "breaks  POST /old: the operation was removed\n1 change, 1 of them breaking.\n"
    done = run("diff", "openapi.json", "old.json", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout) == [{"breaking": False, "where": "POST /old", "what": "the operation is new"}]


@pytest.mark.service("git")
def test_diff_with_a_git_revision(here: Path) -> None:
    run("export", "-o", "openapi.json")
    for command in (
        ["init", "-q"],
        ["add", "openapi.json"],
        ["-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-qm", "One"],
    ):
        subprocess.run(["git", *command], cwd=here, check=True)
    (here / "openapi.json").write_text("{}")
    assert run("diff", "HEAD").output == "0 changes, 0 of them breaking.\n"


@pytest.mark.service("git")
def test_what_is_neither_a_file_nor_a_revision() -> None:
    done = run("diff", "nowhere")
    assert done.exit_code == 1
    assert done.output == (
        "Error: [U231] There is no file nowhere, and no openapi.json at a git revision of that name. Write the "
        "document with 'rooftree openapi export -o openapi.json', and keep it with the code.\n"
    )
    assert "[U231] There is no file --output=x," in run("diff", "--", "--output=x").output


def test_a_revision_where_there_is_no_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert run("diff", "HEAD").output == (
        "Error: [U231] There is no file HEAD, and git, which would know a revision of that name, is not installed. "
        "Name a file, or install git.\n"
    )


def test_what_cannot_be_compared(here: Path) -> None:
    (here / "a.json").write_text("{")
    assert "[U232] a.json is not JSON: " in run("diff", "a.json").output
    (here / "b.json").write_text("[]")
    assert "[U232] b.json is no OpenAPI document: it has no paths. Name another file." in run("diff", "b.json").output
    (here / "c.json").write_text('{"swagger": "2.0", "paths": {}}')
    assert "[U232] c.json is no document of OpenAPI 3, but of 2. Name another file." in run("diff", "c.json").output


@pytest.mark.parametrize(
    ("inner", "said"),
    [
        ({"paths": {"/a": 5}}, "Expected `object`, got `int` - at `$.paths./a`"),
        ({"paths": {"/a": {"get": []}}}, "Expected `object`, got `array` - at `$.paths./a.get`"),
        (
            {"paths": {}, "components": {"schemas": {"A": {"properties": {"b": "c"}}}}},
            "Expected `object | bool`, got `str` - at `$.components.schemas.A.properties.b`",
        ),
        (
            {"paths": {}, "x-websockets": {"/a": {"security": {"key": []}}}},
            "Expected `array`, got `object` - at `$.x-websockets./a.security`",
        ),
    ],
)
def test_a_document_whose_parts_have_the_wrong_form(here: Path, inner: dict[str, Any], said: str) -> None:
    (here / "d.json").write_text(json.dumps({"openapi": "3.1.0", **inner}))
    done = run("diff", "d.json")
    assert done.exit_code == 1
    assert f"[U232] d.json is no OpenAPI document: {said}. Write it with 'rooftree openapi export'." in done.output


def test_a_document_that_an_editor_began_with_a_mark(here: Path) -> None:
    run("export", "-o", "openapi.json")
    file = here / "openapi.json"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert run("diff", "openapi.json").output == "0 changes, 0 of them breaking.\n"


def test_export_into_a_folder_that_is_not_there() -> None:
    done = run("export", "-o", "nowhere/api.json")
    assert done.exit_code == 1
    assert "[U233] nowhere/api.json cannot be written: No such file or directory. Name another" in done.output
