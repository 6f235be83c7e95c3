from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from rooftree.base import UsageError
from rooftree.cli.find import find_app, load_app

APP = "from rooftree import App\napp = App()\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ROOFTREE_APP", raising=False)
    monkeypatch.setattr(sys, "path", sys.path[:])
    yield tmp_path
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


def write(path: str, text: str = APP) -> None:
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_the_argument_wins_over_all_else(monkeypatch: pytest.MonkeyPatch) -> None:
    write("app.py")
    monkeypatch.setenv("ROOFTREE_APP", "other")
    assert find_app("shop:app") == "shop:app"
    assert find_app(None) == "other"


def test_pyproject_then_files_then_packages() -> None:
    write("shop/__init__.py", "")
    write("shop/app.py")
    assert find_app(None) == "shop.app"
    write("main.py")
    assert find_app(None) == "main.py"
    write("app.py")
    assert find_app(None) == "app.py"
    write("pyproject.toml", "[tool.rooftree]\napp = 'shop.app:app'")
    assert find_app(None) == "shop.app:app"
    write("pyproject.toml", "[tool.rooftree]\napp = 7")
    assert find_app(None) == "app.py"


def test_nothing_found_says_what_to_do(folder: Path) -> None:
    with pytest.raises(UsageError) as caught:
        find_app(None)
    assert str(caught.value) == (
        f"[U201] There is no application in {folder}: none of app.py, main.py, no package with one of them. "
        "Name it: 'rooftree dev shop.app:app', or 'rooftree dev path/to/file.py'."
    )


def test_several_are_named_and_none_is_chosen(folder: Path) -> None:
    for name in ("shop", "provider"):
        write(f"{name}/__init__.py", "")
        write(f"{name}/app.py")
    with pytest.raises(UsageError) as caught:
        find_app(None)
    assert str(caught.value) == (
        f"[U217] There are 2 applications in {folder}: provider.app, shop.app. Name the one that you mean, "
        "'rooftree dev provider.app', or set app = 'provider.app' in the table [tool.rooftree] of pyproject.toml."
    )


def test_a_broken_pyproject() -> None:
    write("pyproject.toml", "= 1")
    with pytest.raises(UsageError, match=r"\[U202\] pyproject\.toml is not TOML"):
        find_app(None)


@pytest.mark.parametrize("target", ["one.py", "one.py:app", "one", "one:app", "./one.py"])
def test_ways_to_name_it(target: str) -> None:
    write("one.py")
    assert load_app(target) is sys.modules["one"].app


def test_a_file_inside_a_package_is_imported_as_part_of_it() -> None:
    write("shop/__init__.py", "")
    write("shop/names.py", "NAME = 'x'")
    write("shop/app.py", "from shop.names import NAME\n" + APP)
    load_app("shop/app.py")
    assert "shop.app" in sys.modules


@pytest.mark.parametrize("target", ["two:create_app", "two:create_app()", "two"])
def test_a_function_that_makes_one(target: str) -> None:
    write("two.py", "from rooftree import App\ndef create_app():\n    return App(name='made')\n")
    assert load_app(target).title == "made"


def test_the_only_one_under_another_name() -> None:
    write("three.py", "from rooftree import App\nshop = App()\n")
    assert load_app("three").title == "app"


@pytest.mark.parametrize(
    ("target", "text", "message"),
    [
        ("missing", "", r"\[U203\] There is no module 'missing' in .* Check its spelling\."),
        ("missing.py", "", r"\[U204\] There is no file missing\.py\."),
        ("four:api", "x = 1\n", r"\[U205\] four has no 'api'\. It has: x\."),
        ("four:api", "", r"\[U205\] four has no 'api'\. It has: nothing public\."),
        (
            "four",
            "from rooftree import App\na = App()\nb = App()\n",
            r"\[U206\] four holds several .*: a, b\. Name one",
        ),
        ("four", "x = 1\n", r"\[U207\] four holds no application\. Write 'app = App\(\)' there"),
        ("four:x", "x = 1\n", r"\[U208\] four:x is of type int, not an App\."),
        ("four", "def create_app():\n    return 5\n", r"\[U208\] four:create_app is of type int"),
    ],
)
def test_mistakes(target: str, text: str, message: str) -> None:
    write("four.py", text)
    with pytest.raises(UsageError, match=message):
        load_app(target)


def test_a_missing_module_inside_the_application_is_its_own_error() -> None:
    write("five.py", "import no_such_module\n")
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        load_app("five")
