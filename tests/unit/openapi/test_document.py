"""The document as a whole: what is in it, under which names."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Generic, TypeVar

import pytest

from rooftree import AnswerInfo, App, Group, Html, OpenAPIOptions, Private, Redirect, Schema, Settings, Tag, WebSocket
from rooftree.schema import Gt
from tests.unit.openapi.kit import described, make_app, operation

T = TypeVar("T")


class Item(Schema):
    name: str
    price: Annotated[Decimal, Gt(0)]
    cost: Annotated[int, Private] = 0


class Page(Schema, Generic[T]):
    items: list[T]


def test_an_application_without_routes() -> None:
    assert described(make_app()) == {"openapi": "3.1.0", "info": {"title": "Test", "version": "0.1.0"}, "paths": {}}


def test_what_the_options_say() -> None:
    options = OpenAPIOptions(
        title="Shop", version="2", summary="Sells.", description="More.", servers=("https://api.example.org",),
        tags={"items": "What we sell."}, terms="https://example.org/terms", contact_name="Ada",
        contact_email="ada@example.org", license="MIT", license_url="https://example.org/mit",
    )  # fmt: skip
    document = described(make_app(openapi=options))
    assert document["info"] == {
        "title": "Shop",
        "version": "2",
        "summary": "Sells.",
        "description": "More.",
        "termsOfService": "https://example.org/terms",
        "contact": {"name": "Ada", "email": "ada@example.org"},
        "license": {"name": "MIT", "url": "https://example.org/mit"},
    }
    assert document["servers"] == [{"url": "https://api.example.org"}]
    assert document["tags"] == [{"name": "items", "description": "What we sell."}]


def test_names_of_operations() -> None:
    app = make_app()
    group = Group("/items", name="items", tags=[Tag("Items", "What we sell.")])

    @group.get(deprecated=True)
    async def index() -> Page[Item]:
        """List them.

        Every one.
        """
        raise NotImplementedError

    @group.route("/{id}")
    class Detail:
        async def get(self, id: int) -> Item:
            raise NotImplementedError

        async def delete(self, id: int) -> None: ...

    @group.post("/{id}", operation_id="change", status=202)
    async def anything(id: int) -> None: ...

    app.include(group)
    document = described(app)
    ids = {
        f"{method} {path}": found["operationId"]
        for path, of in document["paths"].items()
        for method, found in of.items()
    }
    assert ids == {
        "get /items": "items.index",
        "get /items/{id}": "items.detail.get",
        "delete /items/{id}": "items.detail.delete",
        "post /items/{id}": "change",
    }
    index_ = document["paths"]["/items"]["get"]
    assert (index_["summary"], index_["description"], index_["deprecated"]) == ("List them.", "Every one.", True)
    assert index_["tags"] == ["Items"]
    assert document["tags"] == [{"name": "Items", "description": "What we sell."}]
    assert list(document["paths"]["/items/{id}"]["post"]["responses"]) == ["202", "400", "403", "422"]


def test_pages_and_what_is_hidden_are_left_out() -> None:
    app = make_app()

    @app.get("/page")
    async def page() -> Html | Redirect:
        raise NotImplementedError

    @app.get("/shown", hidden=False)
    async def shown() -> Html:
        raise NotImplementedError

    @app.get("/hidden", hidden=True)
    async def hidden() -> Item:
        raise NotImplementedError

    assert list(described(app)["paths"]) == ["/shown"]


def test_sockets_have_a_place_of_their_own() -> None:
    app = make_app()

    @app.websocket("/rooms/{room}")
    async def chat(ws: WebSocket[Item], room: str, name: str = "") -> None:
        """Talk."""

    document = described(app)
    assert document["paths"] == {}
    socket = document["x-websockets"]["/rooms/{room}"]
    assert (socket["name"], socket["summary"]) == ("chat", "Talk.")
    assert [each["name"] for each in socket["parameters"]] == ["room", "name"]
    assert socket["message"] == {"$ref": "#/components/schemas/Item"}


def test_what_a_class_is_called_depends_on_nothing_else() -> None:
    one, two = make_app(), make_app()

    async def read() -> Item:
        raise NotImplementedError

    async def write(item: Item) -> None: ...

    one.get("/a")(read)
    one.post("/a")(write)
    two.post("/a")(write)
    two.get("/a")(read)
    schemas = described(one)["components"]["schemas"]
    assert schemas == described(two)["components"]["schemas"]
    assert [name for name in schemas if "Item" in name] == ["Item", "ItemInput"]
    assert "cost" not in schemas["Item"]["properties"]
    assert schemas["ItemInput"]["properties"]["cost"]["writeOnly"] is True
    assert schemas["ItemInput"]["title"] == "ItemInput"


def test_further_answers() -> None:
    app = make_app()
    found = AnswerInfo(
        returns=Item, description="It is there.", headers={"etag": "Its version."}, examples={"a": {"name": "x"}}
    )

    @app.get("/", responses={200: AnswerInfo(description="All well."), 203: found, 410: None})
    async def read() -> str:
        return ""

    answers = operation(app)["responses"]
    assert answers["200"] == {"description": "All well.", "content": {"text/plain": {"schema": {"type": "string"}}}}
    assert answers["203"]["headers"] == {"etag": {"description": "Its version.", "schema": {"type": "string"}}}
    assert answers["203"]["content"]["application/json"]["examples"] == {"a": {"value": {"name": "x"}}}
    assert answers["410"] == {"description": "Gone"}


@pytest.mark.parametrize("options", [None, OpenAPIOptions()])
def test_the_document_can_be_had_where_it_is_not_served(options: OpenAPIOptions | None) -> None:
    app = App(Settings(mode="test", openapi=options))
    assert app.openapi()["openapi"] == "3.1.0"
    app.openapi().clear()
    assert app.openapi()["paths"] == {}
