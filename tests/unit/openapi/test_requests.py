"""What an operation takes: parameters of every source, bodies of every kind."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
import pydantic
import pytest

from rooftree import Body, Cookie, Depends, Form, Group, Header, Path, Query, Request, Schema, Stream, Upload
from rooftree.http import FormData
from rooftree.schema import Doc, Ge, Gt, Len
from tests.unit.openapi.kit import described, make_app, operation

PLAIN_PATH = "^[^\\u0000-\\u001f\\u007f]+$"


class Color(enum.Enum):
    RED = "red"


class Address(Schema):
    street: str
    number: int | None = None


class Line(Schema):
    price: Annotated[Decimal, Gt(0)]


class Order(Schema):
    name: Annotated[str, Len(1, 9), Doc("Who orders.")]
    address: Address
    lines: list[Line] = []
    tags: list[str] = msgspec.field(default_factory=lambda: ["new"])
    color: Color | None = None


class Filters(pydantic.BaseModel):
    q: str = ""
    size: int = pydantic.Field(gt=0)


def paging(page: Annotated[int, Ge(1)] = 1) -> int:
    return page


def parameters(handler: Any, path: str = "/") -> dict[str, dict[str, Any]]:
    app = make_app()
    app.get(path)(handler)
    return {f"{each['in']} {each['name']}": each for each in operation(app)["parameters"]}


def test_parameters_of_every_source() -> None:
    async def handler(
        id: uuid.UUID,
        since: dt.date | None,
        *,
        q: Annotated[str, Doc("What to look for.")] = "",
        sizes: list[int] = [1],  # noqa: B006 - as people write it
        color: Color = Color.RED,
        x_token: Annotated[str | None, Header()] = None,
        authorization: Annotated[str, Header()] = "",
        theme: Annotated[Literal["light", "dark"], Cookie("look")] = "light",
    ) -> None: ...

    found = parameters(handler, "/items/{id}")
    assert list(found) == [
        "path id",
        "query since",
        "query q",
        "query sizes",
        "query color",
        "header X-Token",
        "cookie look",
    ]
    assert found["path id"] == {
        "name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"},
    }  # fmt: skip
    assert found["query since"] == {
        "name": "since", "in": "query", "required": True, "schema": {"type": "string", "format": "date"},
    }  # fmt: skip
    assert found["query q"]["description"] == "What to look for."
    assert found["query q"]["schema"] == {"type": "string", "default": ""}
    assert found["query sizes"]["schema"] == {"type": "array", "items": {"type": "integer"}, "default": [1]}
    assert found["query color"]["schema"] == {"$ref": "#/components/schemas/Color", "default": "red"}
    assert found["header X-Token"]["schema"] == {"type": "string"}
    assert found["cookie look"]["schema"] == {"enum": ["light", "dark"], "default": "light"}


def test_classes_in_the_query_are_their_fields() -> None:
    async def ours(order: Annotated[Order, Query()]) -> None: ...

    async def theirs(filters: Annotated[Filters, Query()]) -> None: ...

    async def either(filters: Annotated[Order | Filters, Query()]) -> None: ...

    found = parameters(ours)
    assert list(found) == ["query name", "query address.street", "query address.number", "query tags", "query color"]
    assert found["query name"]["required"] is True
    assert found["query name"]["description"] == "Who orders."
    assert found["query address.number"] == {
        "name": "address.number", "in": "query", "allowEmptyValue": True, "schema": {"type": "integer"},
    }  # fmt: skip
    found = parameters(theirs)
    assert found["query size"]["required"] is True
    assert found["query size"]["schema"]["exclusiveMinimum"] == 0
    assert {"query q", "query name"} <= set(parameters(either))


def test_numbers_and_dates_that_may_be_left_empty() -> None:
    async def handler(
        price: Annotated[Decimal, Ge(0)] | None = None, text: str | None = None, day: dt.date | None = None
    ) -> None: ...

    found = parameters(handler)
    assert found["query price"]["allowEmptyValue"] is True
    assert found["query price"]["schema"]["format"] == "decimal"
    assert "allowEmptyValue" not in found["query text"]
    assert found["query day"]["allowEmptyValue"] is True


def test_dependencies_and_hosts() -> None:
    app = make_app()
    group = Group(host="{tenant:str}.example.org", prefix="/a")

    @group.get("/{key}")
    async def handler(
        tenant: str, name: Annotated[str, Path("key")], page: Annotated[int, Depends(paging)], request: Request
    ) -> None: ...

    app.include(group)
    found = operation(app)
    assert [each["name"] for each in found["parameters"]] == ["key", "page"]
    assert found["servers"] == [{"url": "//{tenant}.example.org", "variables": {"tenant": {"default": "tenant"}}}]


@pytest.mark.parametrize(
    ("pattern", "path", "schema"),
    [
        ("/a/{x}", "/a/{x}", {"type": "string", "pattern": PLAIN_PATH}),
        ("/a/{x:path}", "/a/{x}", {"type": "string", "pattern": PLAIN_PATH}),
        ("/a/{x:regex([a-z]{1,3})}.txt", "/a/{x}.txt", {"type": "string", "pattern": "^(?:[a-z]{1,3})$"}),
        ("/ä b/v1.{x}", "/%C3%A4%20b/v1.{x}", {"type": "string", "pattern": PLAIN_PATH}),
        ("/it's/<3/{x}", "/it's/%3C3/{x}", {"type": "string", "pattern": PLAIN_PATH}),
    ],
)
def test_paths(pattern: str, path: str, schema: dict[str, Any]) -> None:
    app = make_app()

    @app.get(pattern)
    async def handler(x: str) -> None: ...

    found = described(app)["paths"]
    assert list(found) == [path]
    assert found[path]["get"]["parameters"][0]["schema"] == schema


def test_patterns_that_are_one_template() -> None:
    app = make_app()

    @app.get("/items/{id:int}")
    async def one(id: int) -> None: ...

    @app.get("/items/{id:uuid}")
    async def two(id: uuid.UUID) -> None: ...

    @app.get("/items/{id:date}", hidden=False)
    async def three(id: dt.date) -> None: ...

    group = Group(host="other.example.org")

    @group.get("/items/{id:int}")
    async def four(id: int) -> None: ...

    @group.get("/items/{id:uuid}")
    async def five(id: uuid.UUID) -> None: ...

    app.include(group)
    document = described(app)
    assert list(document["paths"]) == ["/items/{id}", "/items/{id_uuid}", "/items/{id_date}", "/items/{id_int}"]
    assert document["paths"]["/items/{id_uuid}"]["get"]["parameters"][0]["name"] == "id_uuid"
    assert document["x-left-out"] == [{"operationId": "five", "method": "get", "path": "/items/{id}"}]


def test_typed_bodies() -> None:
    app = make_app()

    @app.put("/", examples={"one": Address(street="Main", number=1)})
    async def handler(data: Annotated[Address, Doc("Where.")]) -> None: ...

    body = operation(app)["requestBody"]
    assert body["required"] is True
    assert body["description"] == "Where."
    assert list(body["content"]) == ["application/json", "application/msgpack"]
    assert body["content"]["application/json"] == {
        "schema": {"$ref": "#/components/schemas/Address"},
        "examples": {"one": {"value": {"street": "Main", "number": 1}}},
    }


def test_bodies_that_may_be_missing_raw_ones_and_streams() -> None:
    async def optional(data: Address | None = None) -> None: ...

    async def raw(data: Body[bytes]) -> None: ...

    async def stream(data: Stream) -> None: ...

    body: dict[str, Any] = {}
    for handler in (optional, raw, stream):
        app = make_app()
        app.post("/")(handler)
        body = operation(app)["requestBody"]
        assert "required" not in body
    assert body["content"] == {
        "application/octet-stream": {
            "schema": {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"}
        }
    }


def test_forms() -> None:
    app = make_app()

    @app.post("/")
    async def handler(order: Form[Order]) -> None: ...

    content = operation(app)["requestBody"]["content"]
    assert list(content) == ["application/x-www-form-urlencoded", "multipart/form-data"]
    schema = content["application/x-www-form-urlencoded"]["schema"]
    assert list(schema["properties"]) == ["name", "address.street", "address.number", "tags", "color"]
    assert schema["required"] == ["name", "address.street"]
    assert schema["properties"]["tags"] == {"type": "array", "items": {"type": "string"}, "default": ["new"]}
    (pattern,) = schema["patternProperties"]
    assert pattern == r"^lines\[[0-9]+\]\.price$"
    assert schema["patternProperties"][pattern]["formatExclusiveMinimum"] == "0"


def test_uploads_and_single_fields() -> None:
    app = make_app()

    @app.post("/")
    async def handler(
        photo: Upload, more: list[Upload], title: Form[Annotated[str, Len(1)]], note: Form[str | None] = None
    ) -> None: ...

    content = operation(app)["requestBody"]["content"]
    assert list(content) == ["multipart/form-data"]
    schema = content["multipart/form-data"]["schema"]
    assert schema["properties"]["photo"]["format"] == "binary"
    assert schema["properties"]["more"] == {"type": "array", "items": schema["properties"]["photo"]}
    assert schema["properties"]["title"] == {"type": "string", "minLength": 1}
    assert schema["required"] == ["photo", "more", "title"]


def test_a_form_that_is_taken_whole() -> None:
    app = make_app()

    @app.post("/")
    async def handler(form: FormData) -> None: ...

    content = operation(app)["requestBody"]["content"]
    assert content["application/x-www-form-urlencoded"] == {"schema": {"type": "object"}}
