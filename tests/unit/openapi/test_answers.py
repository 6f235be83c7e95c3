"""What an operation answers: success by type, problems by their reasons and by what it raises."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from rooftree import (
    Answer,
    Event,
    EventStream,
    File,
    Group,
    Html,
    HTTPError,
    NotFound,
    Page,
    Redirect,
    RequestInvalid,
    Response,
    Schema,
    Stream,
    UniqueError,
)
from tests.unit.openapi.kit import described, make_app, operation


class Item(Schema):
    name: str


ITEM = {"$ref": "#/components/schemas/Item"}
BINARY = {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"}


def answers(returns: Any, **options: Any) -> dict[str, Any]:
    app = make_app()

    async def handler() -> Any:
        raise NotImplementedError

    handler.__annotations__["return"] = returns
    app.get("/", hidden=False, **options)(handler)
    found: dict[str, Any] = operation(app)["responses"]
    return found


def content(found: dict[str, Any], status: str = "200") -> dict[str, Any]:
    return {kind: media.get("schema") for kind, media in found[status].get("content", {}).items()}


@pytest.mark.parametrize(
    ("returns", "expected"),
    [
        (Item, {"application/json": ITEM, "application/msgpack": ITEM}),
        (Answer[Item], {"application/json": ITEM, "application/msgpack": ITEM}),
        (str, {"text/plain": {"type": "string"}}),
        (Html, {"text/html": {"type": "string"}}),
        (Page, {"text/html": {"type": "string"}}),
        (bytes, {"application/octet-stream": BINARY}),
        (Any, {"*/*": None}),
        (Response, {"*/*": None}),
        (Stream, {"*/*": BINARY}),
        (AsyncIterator[Item], {"application/jsonl": ITEM}),
        (Iterator[str], {"text/plain": {"type": "string"}}),
        (AsyncIterator[bytes], {"application/octet-stream": BINARY}),
        (Item | str, {"application/json": ITEM, "application/msgpack": ITEM, "text/plain": {"type": "string"}}),
    ],
)
def test_answers_by_type(returns: Any, expected: dict[str, Any]) -> None:
    found = answers(returns)
    assert list(found) == ["200"]
    assert content(found) == expected


@pytest.mark.parametrize("returns", [EventStream[Item], AsyncIterator[Event[Item]]])
def test_events_say_what_is_in_them(returns: Any) -> None:
    schema = content(answers(returns))["text/event-stream"]
    assert schema["properties"]["data"] == {
        "type": "string", "contentMediaType": "application/json", "contentSchema": ITEM,
    }  # fmt: skip
    assert content(answers(EventStream[str]))["text/event-stream"]["properties"]["data"] == {"type": "string"}


def test_statuses() -> None:
    assert answers(None) == {"204": {"description": "No Content"}}
    assert list(answers(None, status=202)) == ["202"]
    assert answers(Item, status=204) == {"204": {"description": "No Content"}}
    assert list(answers(Item, status=201)) == ["201"]
    assert list(answers(str | None)) == ["200", "204"]
    assert content(answers(Item | None))["application/json"] == {"anyOf": [ITEM, {"type": "null"}]}
    assert list(answers(File)) == ["200", "206", "304", "412", "416"]
    moved = answers(Redirect | Item)
    assert list(moved) == ["200", "303"]
    assert list(moved["303"]["headers"]) == ["Location"]
    assert content(answers(Item, media_type="application/vnd.item+json")) == {"application/vnd.item+json": ITEM}


class SoldOut(HTTPError):
    """Nothing is left."""

    status = 409
    type = "https://example.org/sold-out"
    title = "Sold out"


class Busy(HTTPError):
    status = 503


class Odd(Exception):
    """It is odd."""


def test_what_is_raised() -> None:
    app = make_app()

    @app.get("/", raises=[SoldOut, UniqueError, NotFound, Busy, RequestInvalid, Odd])
    async def handler() -> Item:
        raise NotImplementedError

    document = described(app)
    found = document["paths"]["/"]["get"]["responses"]
    assert list(found) == ["200", "404", "409", "422", "503", "default"]
    assert found["409"]["description"] == "Nothing is left.\n\nAnother row has these values already."
    assert content(found, "409")["application/problem+json"] == {
        "anyOf": [{"$ref": "#/components/schemas/SoldOut"}, {"$ref": "#/components/schemas/Problem"}]
    }
    assert found["503"]["description"] == "Service Unavailable"
    assert found["default"]["description"] == "It is odd."
    assert document["components"]["schemas"]["SoldOut"]["allOf"][1]["properties"] == {
        "type": {"const": "https://example.org/sold-out"},
        "status": {"const": 409},
        "title": {"const": "Sold out"},
    }
    assert content(found, "422")["application/problem+json"] == {"$ref": "#/components/schemas/InvalidProblem"}


def test_errors_that_the_application_answers_itself() -> None:
    app = make_app()
    group = Group()

    @group.error(Odd)
    async def odd(request: object, error: Odd) -> Item:
        raise NotImplementedError

    @group.error(NotFound)
    async def gone(request: object, error: NotFound) -> Any:
        raise NotImplementedError

    @group.get("/{id:int}", raises=[Odd])
    async def handler(id: int) -> Item:
        raise NotImplementedError

    app.include(group)
    found = operation(app)["responses"]
    assert content(found, "default") == {"application/json": ITEM, "application/msgpack": ITEM}


@pytest.mark.parametrize(
    ("options", "statuses"),
    [
        ({}, ["204", "403"]),
        ({"csrf": False}, ["204"]),
        ({"csrf": False, "signed": True}, ["204", "403"]),
        ({"csrf": False, "limit": "3/minute"}, ["204", "429"]),
        ({"csrf": False, "timeout": 3.0}, ["204", "503"]),
    ],
)
def test_reasons_of_the_framework(options: dict[str, Any], statuses: list[str]) -> None:
    app = make_app()

    @app.post("/", **options)
    async def handler() -> None: ...

    assert list(operation(app)["responses"]) == statuses


def test_shared_answers_stand_once() -> None:
    app = make_app()

    @app.post("/a")
    async def one(data: Item) -> None: ...

    @app.post("/b")
    async def two(data: Item) -> None: ...

    document = described(app)
    one_, two_ = (document["paths"][path]["post"]["responses"] for path in ("/a", "/b"))
    assert one_ == two_
    assert list(one_) == ["204", "400", "403", "413", "415", "422"]
    assert one_["422"] == {"$ref": "#/components/responses/Invalid"}
    assert list(document["components"]["responses"]) == [
        "BadRequest", "Forgery", "Invalid", "PayloadTooLarge", "UnsupportedMediaType",
    ]  # fmt: skip
