from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from rooftree.base import FieldError, HTTPError, NotFound, RequestInvalid
from rooftree.http import problem_document, problem_response, wants_html
from rooftree.http.problem import json_pointer, parameter_name
from tests.unit.http.making import make_request


def test_a_plain_error() -> None:
    response = problem_response(HTTPError(409, "Taken.", headers={"retry-after": "3"}))
    assert (response.status, response.media_type) == (409, "application/problem+json")
    assert response.headers["retry-after"] == "3"
    assert isinstance(response.body, bytes)
    assert msgspec.json.decode(response.body) == {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": "Taken.",
    }


def test_without_a_detail() -> None:
    assert problem_document(NotFound()) == {"type": "about:blank", "title": "Not Found", "status": 404}
    assert problem_document(HTTPError(599))["title"] == "Error"


def test_every_member() -> None:
    error = HTTPError(
        403,
        "Not enough credit.",
        title="Out of credit",
        type="https://example.org/out-of-credit",
        extra={"balance": Decimal("30.5"), "status": 200, "since": date(2030, 1, 2), "thing": object},
    )
    body = problem_response(error, instance="urn:request:1").body
    assert isinstance(body, bytes)
    document: Any = msgspec.json.decode(body)
    assert document.pop("thing").startswith("<class")
    assert document == {
        "type": "https://example.org/out-of-credit",
        "title": "Out of credit",
        "status": 403,
        "detail": "Not enough credit.",
        "instance": "urn:request:1",
        "balance": "30.5",
        "since": "2030-01-02",
    }


def test_half_a_character_is_escaped() -> None:
    response = problem_response(HTTPError(404, "There is no \udcff.", extra={"where": object}))
    assert isinstance(response.body, bytes)
    assert b'"detail": "There is no \\udcff."' in response.body


def test_every_error_of_a_request() -> None:
    error = RequestInvalid(
        [
            FieldError("body", ("owner", "emails", 0), "type", "Expected `str`, got `int`"),
            FieldError("body", (), "json", "Input data was truncated"),
            FieldError("query", ("page",), "greater_than", "Expected `int` > 0", {"limit": 0}),
            FieldError("form", ("tags", 1, "name"), "missing", "Missing"),
            FieldError("form", (), "multipart", "Expected a boundary"),
        ]
    )
    document = problem_document(error)
    assert (document["status"], document["title"]) == (422, "Unprocessable Content")
    assert document["detail"] == "5 values of the request cannot be used."
    assert document["errors"] == [
        {"detail": "Expected `str`, got `int`", "in": "body", "pointer": "#/owner/emails/0", "code": "type"},
        {"detail": "Input data was truncated", "in": "body", "pointer": "#", "code": "json"},
        {
            "detail": "Expected `int` > 0",
            "in": "query",
            "parameter": "page",
            "code": "greater_than",
            "params": {"limit": 0},
        },
        {"detail": "Missing", "in": "form", "parameter": "tags[1].name", "code": "missing"},
        {"detail": "Expected a boundary", "in": "form", "code": "multipart"},
    ]


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        ((), "#"),
        (("a", 0), "#/a/0"),
        (("a/b", "c~d"), "#/a~1b/c~0d"),
        (("ü x%",), "#/%C3%BC%20x%25"),
        (("\ud800",), "#/%3F"),
    ],
)
def test_pointers(path: tuple[str | int, ...], pointer: str) -> None:
    assert json_pointer(path) == pointer


def test_parameter_names() -> None:
    assert parameter_name(("a",)) == "a"
    assert parameter_name(("a", 0, "b")) == "a[0].b"


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        (None, False),
        (b"*/*", False),
        (b"text/html,application/xhtml+xml", True),
        (b"text/html,application/json", True),
        (b"application/json,text/html", False),
    ],
)
def test_who_wants_a_page(accept: bytes | None, wanted: bool) -> None:
    headers = [(b"x-other", b"1")] if accept is None else [(b"accept", accept)]
    assert wants_html(make_request(headers=headers)) is wanted
