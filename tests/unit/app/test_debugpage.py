from __future__ import annotations

from typing import Any

import msgspec
import pytest

from rooftree.app.debugpage import debug_page
from rooftree.base import RouteError, Secret
from rooftree.http import ConnectionInfo, Request


class Account(msgspec.Struct):
    name: str
    password: str


class Broken:
    def __repr__(self) -> str:
        raise RuntimeError("no text")


def request() -> Request:
    headers = [(b"host", b"localhost"), (b"cookie", b"id=hunter2"), (b"x-note", b"<b>note</b>")]
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
