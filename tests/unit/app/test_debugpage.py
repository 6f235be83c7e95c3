from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rooftree.app.debugpage import debug_page
from rooftree.app.debugvalues import shown
from rooftree.base import RouteError, Secret, Settings
from rooftree.http import ConnectionInfo, Fields, Request


class Account(msgspec.Struct):
    name: str
    password: str


class Tree(msgspec.Struct):
    name: str
    child: Tree | None


@dataclass
class Point:
    x: int
    token: str


class Told(msgspec.Struct):
    key: str

    def __repr__(self) -> str:
        return "<Told>"


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError("no text")


def request() -> Request:
    headers = Fields([(b"host", b"localhost"), (b"cookie", b"id=hunter2"), (b"x-note", b"<b>note</b>")])
    return Request("GET", b"/shop%20x", b"q=1", headers, b"localhost", ConnectionInfo())


def failing(value: Any) -> str:
    password = "hunter2"
    account = Account("Ann", "hunter2")
    config = {"api_key": "hunter2", "deep": {"token": "hunter2", "name": "shown"}}
    key = Secret("hunter2")
    accounts = [account, {"account": account}]
    headers = [(b"cookie", b"hunter2"), ("x-note", "kept")]
    assert all(map(repr, (password, account, config, key, accounts, headers)))
    try:
        raise ValueError(value)
    except ValueError as error:
        return debug_page(request(), error)


def test_the_page_shows_source_and_variables_but_no_secrets() -> None:
    page = failing("<script>alert(1)</script>")
    assert "raise ValueError(value)" in page
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>" not in page
    assert "name=Ann" in page.replace("&#x27;", "") or "name=&#x27;Ann&#x27;" in page
    assert "shown" in page
    assert "tests/unit/app/test_debugpage.py" in page
    assert "<b>note</b>" not in page
    # the source line itself holds the word; the values of variables, headers and cookies must not
    assert page.count("hunter2") == page.count('= "hunter2"') + page.count("&quot;hunter2&quot;")


def test_causes_and_remedies_are_shown() -> None:
    def inner() -> None:
        raise KeyError("first")

    try:
        try:
            inner()
        except KeyError as error:
            raise RouteError("R999", "It is so.", "Do this.") from error
    except RouteError as error:
        page = debug_page(request(), error)
        assert "What to do:</strong> Do this." in page
        assert "Caused by KeyError" in page


def test_errors_raised_while_handling_are_shown_unless_suppressed() -> None:
    try:
        try:
            raise KeyError("first")
        except KeyError:
            raise ValueError("second")  # noqa: B904 - the context is the point
    except ValueError as caught:
        error = caught
    assert "<h2>Raised while handling KeyError" in debug_page(request(), error)
    error.__suppress_context__ = True
    assert "<h2>Raised" not in debug_page(request(), error)


@pytest.mark.parametrize("value", [Broken(), list(range(10_000)), {str(n): n for n in range(50)}])
def test_any_value_of_a_variable_gives_a_bounded_page(value: object) -> None:
    assert len(failing(value)) < 200_000


def test_a_chain_that_runs_in_a_circle_ends() -> None:
    first, second = ValueError("a"), ValueError("b")
    first.__context__, second.__context__ = second, first
    assert debug_page(request(), first).count("<h2>Raised while handling") == 1


def caught(code: str, file: str = "<made>") -> Exception:
    try:
        exec(compile(code, file, "exec"), {})  # noqa: S102 - an error that comes from anywhere
    except Exception as error:  # noqa: BLE001 - whatever the code raises
        return error
    raise AssertionError("nothing was raised")


def test_a_syntax_error_shows_its_own_line(tmp_path: Path) -> None:
    file = tmp_path / "wrong.py"
    file.write_text("x = 1\ndef broken(:\n", encoding="utf-8")
    page = debug_page(request(), caught(file.read_text(encoding="utf-8"), str(file)), "starting the application")
    assert "<h2>Where to look</h2>" in page
    assert '<span class="at"><i>2</i> def broken(:</span>' in page
    assert "while starting the application" in page
    assert "while answering" not in page


def test_a_mistake_shows_where_it_was_declared_and_the_others_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "routes.py"
    file.write_text("one\ntwo\nthree\n", encoding="utf-8")
    error = RouteError("R201", "Two are the same.", "Keep one.", at=f"{file}:2")
    error.add_note("[R999] Another one.")
    page = debug_page(request(), error)
    assert "RouteError · R201" in page
    assert "<h1>Two are the same.</h1>" in page
    assert '<span class="at"><i>2</i> two</span>' in page
    assert "<p>[R999] Another one.</p>" in page
    assert "Where to look" not in debug_page(request(), RouteError("R201", "x", at="nowhere.py:7"))
    assert "Where to look" not in debug_page(request(), RouteError("R201", "x", at="nowhere"))


def test_every_error_of_a_group_is_shown() -> None:
    page = debug_page(request(), caught("raise ExceptionGroup('two', [ValueError('a'), KeyError('b')])"))
    assert "1 of 2: ValueError: a" in page
    assert "2 of 2: KeyError" in page


def test_an_error_whose_text_fails_still_has_a_page() -> None:
    page = debug_page(request(), caught("class E(Exception):\n def __str__(self): raise KeyError\nraise E"))
    assert "its text failed with KeyError" in page


def test_values_of_secret_parameters_are_not_in_the_address() -> None:
    asked = Request("GET", b"/", b"token=hunter2&page=2", Fields([]), b"localhost", ConnectionInfo())
    page = debug_page(asked, ValueError("x"))
    assert "token=***&amp;page=2" in page
    assert "hunter2" not in page


def test_the_page_needs_nothing_that_a_strict_policy_forbids() -> None:
    page = failing("x")
    assert page.count("<style nonce=") == 1
    for forbidden in (
        "<script",
        " style=",
        " onclick",
        "javascript:",
        '<link rel="stylesheet',
        "<img",
        "@import",
        "url(",
    ):
        assert forbidden not in page.partition("Where it was raised")[0]


def test_values_are_bounded_in_depth_and_number() -> None:
    deep: dict[str, Any] = {"a": {"b": {"c": {"password": "hunter2"}}}}
    assert shown("x", deep) == "{'a': {'b': {'c': <dict of 1>}}}"
    assert shown("x", [[[[1]]]]) == "[[[<list of 1>]]]"
    assert shown("x", list(range(100))).endswith("18, 19, ...]")
    assert shown("x", (1,)) == "(1)"
    assert shown("x", [("Authorization", "hunter2"), (b"cookie", b"hunter2"), ("a", "b")]) == (
        "[('Authorization', ***), (b'cookie', ***), ('a', 'b')]"
    )
    assert shown("x", Tree("a", Tree("b", Tree("c", Tree("d", None))))).count("Tree") == 4
    assert shown("x", Point(1, "hunter2")) == "Point(x=1, token=***)"
    assert shown("x", Told("hunter2")) == "<Told>"
    assert shown("x", Settings(secret_key=Secret("hunter2"))).startswith("Settings(mode='production', secret_key=***")
