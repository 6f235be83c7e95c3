"""What is served: the document once made, the page with and without Swagger UI, and who may see it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec

from rooftree import App, Group, OpenAPIOptions, Request, Response, Schema, Settings
from rooftree.base.application import Mode
from rooftree.openapi import Description
from rooftree.openapi.ui import swagger_ui
from rooftree.testing import Client
from tests.unit.openapi.kit import make_app

MARKUP = "<script>alert(1)</script><img src=x onerror=alert(2)>'\""


class Item(Schema):
    name: str


def add_item(app: App) -> None:
    @app.get("/items/{id}", tags=["Items"])
    async def show(id: int) -> Item:
        """Show one."""
        raise NotImplementedError


async def test_the_document_is_made_once_and_asked_for_again() -> None:
    app = make_app()
    add_item(app)
    async with Client(app) as client:
        plain = await client.get("/openapi.json", headers={"accept-encoding": "identity"})
        assert plain.headers["content-type"] == "application/json"
        assert plain.headers["vary"] == "accept-encoding"
        assert json.loads(plain.content) == app.openapi()
        packed = await client.get("/openapi.json", headers={"accept-encoding": "gzip"})
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.json() == plain.json()
        assert packed.headers["etag"] != plain.headers["etag"]
        known = {"if-none-match": plain.headers["etag"], "accept-encoding": "identity"}
        again = await client.get("/openapi.json", headers=known)
        assert (again.status_code, again.content) == (304, b"")
        head = await client.head("/openapi.json")
        assert (head.status_code, head.content) == (200, b"")


async def test_nothing_is_made_before_it_is_asked_for() -> None:
    made: list[int] = []

    def make() -> dict[str, Any]:
        made.append(1)
        return {"info": {"title": "T", "version": "1"}, "paths": {}}

    description = Description(make, OpenAPIOptions(), tell=False)
    assert made == []
    assert description.document == description.document
    assert made == [1]


async def test_the_page_shows_what_there_is() -> None:
    app = make_app()
    add_item(app)
    async with Client(app) as client:
        page = await client.get("/docs")
        assert "<dt><code><b>GET</b> /items/{id}</code></dt><dd>Show one.</dd><dd>Takes: id (path).</dd>" in page.text
        assert "<h2>Items</h2>" in page.text
        assert 'data-url="/openapi.json"' in page.text
        assert "'unsafe" not in page.headers["content-security-policy"]
        assert " on" not in page.text.replace(" one", "")  # no handlers in attributes
        ui = swagger_ui()
        assert ui is not None
        for name in ("swagger-ui-bundle.js", "swagger-ui.css"):
            file = await client.get(ui.url(name))
            assert file.status_code == 200
            assert "immutable" in file.headers["cache-control"]
            packed = await client.get(f"/_rooftree/{name}", headers={"accept-encoding": "gzip"})
            assert packed.headers["content-encoding"] == "gzip"
        assert (await client.get("/_rooftree/swagger-ui-other.js")).status_code == 404


async def test_texts_are_never_markup() -> None:
    options = OpenAPIOptions(
        title=MARKUP, summary=MARKUP, description=MARKUP, version=MARKUP, servers=("javascript:alert(1)",)
    )
    app = make_app(openapi=options)

    @app.get("/{x}", tags=[MARKUP], summary=MARKUP, description=MARKUP * 200)
    async def handler(x: str) -> None: ...

    async with Client(app) as client:
        text = (await client.get("/docs")).text
    assert "<script>" not in text
    assert "<img" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "connect-src" not in text


async def test_other_servers_may_be_asked_from_the_page() -> None:
    servers = ("https://api.example.org/v1", "/here", "https://{tenant}.example.org", "javascript:alert(1)")
    async with Client(make_app(openapi=OpenAPIOptions(servers=servers))) as client:
        policy = (await client.get("/docs")).headers["content-security-policy"]
    assert "connect-src 'self' https://api.example.org;" in policy


async def test_the_page_without_swagger_ui(tmp_path: Path) -> None:
    options = OpenAPIOptions(ui=str(tmp_path))
    modes: list[tuple[Mode, bool]] = [("development", True), ("test", False)]
    for mode, told in modes:
        app = App(Settings(mode=mode, openapi=options))
        async with Client(app) as client:
            page = await client.get("/docs")
            assert ("pip install 'rooftree[docs]'" in page.text.replace("&#x27;", "'")) is told
            assert "<script" not in page.text
            assert "Nothing is described yet." in page.text
            assert (await client.get("/_rooftree/swagger-ui.css")).status_code == 404


async def test_swagger_ui_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "swagger-ui-bundle.js").write_text("own")
    (tmp_path / "swagger-ui.css").write_text("own")
    async with Client(make_app(openapi=OpenAPIOptions(ui=str(tmp_path)))) as client:
        assert (await client.get("/_rooftree/swagger-ui.css")).text == "own"


async def test_it_is_where_the_options_say_and_nowhere_else() -> None:
    async with Client(make_app(openapi=OpenAPIOptions(path="/api/v1.json", docs=""))) as client:
        assert (await client.get("/api/v1.json")).status_code == 200
        assert (await client.get("/openapi.json")).status_code == 404
        assert (await client.get("/docs")).status_code == 404
    async with Client(make_app(openapi=None)) as client:
        assert (await client.get("/openapi.json")).status_code == 404
        assert (await client.get("/_rooftree/swagger-ui.css")).status_code == 404


async def test_what_the_application_has_there_goes_first() -> None:
    app = make_app()

    @app.get("/docs")
    async def own() -> str:
        return "own"

    async def mounted(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"mounted"})

    app.mount("/openapi.json", mounted)
    async with Client(app) as client:
        assert (await client.get("/docs")).text == "own"
        assert (await client.get("/openapi.json")).text == "mounted"


async def test_a_prefix_that_a_proxy_takes_off() -> None:
    made = {"info": {"title": "T", "version": "1"}, "paths": {}}
    description = Description(lambda: made, OpenAPIOptions(), tell=False)
    app = make_app(openapi=None)
    seen: list[Response] = []

    @app.get("/x")
    async def handler(request: Request) -> Response:
        request.root_path = "/app"
        seen.append(await description.answer_document(request))
        return seen[-1]

    async with Client(app) as client:
        found = await client.get("/x")
    assert found.json()["servers"] == [{"url": "/app"}]


async def test_middleware_of_the_application_stands_around_it() -> None:
    async def stamp(request: Request, call_next: Any) -> Response:
        response: Response = await call_next(request)
        response.headers["x-stamp"] = "1"
        return response

    app = App(Settings(mode="test"), middleware=[stamp])
    async with Client(app) as client:
        assert (await client.get("/openapi.json")).headers["x-stamp"] == "1"


def test_names_that_operations_share_are_told() -> None:
    app = make_app()
    one, two = Group("/a"), Group("/b")

    async def create() -> None: ...

    one.post()(create)
    two.post()(create)
    app.include(one, two)
    (finding,) = app.findings()
    assert finding.id == "C131"
    assert finding.fact.startswith("Several operations of the API are called 'create': POST /a at ")
    ids = [of["post"]["operationId"] for of in app.openapi()["paths"].values()]
    assert ids == ["create.post_a", "create.post_b"]


def test_a_class_of_many_fields() -> None:
    app, count = make_app(), 2_000
    wide: Any = msgspec.defstruct("Wide", [(f"f{number}", int) for number in range(count)])

    async def handler() -> Any:
        raise NotImplementedError

    handler.__annotations__["return"] = wide
    app.get("/")(handler)
    assert len(app.openapi()["components"]["schemas"]["Wide"]["properties"]) == count
