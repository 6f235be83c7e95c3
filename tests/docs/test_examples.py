"""The documentation's examples do what their pages say."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from rooftree.testing import Client, SyncClient

ROOT = Path(__file__).parents[2]


def load(name: str) -> Any:
    path = ROOT / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name.replace("/", "_"), path)
    assert spec is not None
    assert spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_hello() -> None:
    with SyncClient(load("examples/hello/app").app) as client:
        assert client.get("/").text == "Hello, World!"
        assert client.get("/").headers["content-type"] == "text/plain; charset=utf-8"
        assert client.get("/items/7?q=oak").json() == {"id": 7, "q": "oak"}


def test_quickstart() -> None:
    with SyncClient(load("docs/examples/quickstart/app").app) as client:
        assert client.get("/items/7?q=oak").json() == {"id": 7, "q": "oak"}
        refused = client.get("/items/oak")
        assert refused.status_code == 422
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["errors"][0]["parameter"] == "id"
        answer = client.post("/items", json={"name": "Oak", "price": "9.90"})
        assert answer.status_code == 201
        assert answer.json() == {"name": "Oak", "price": "9.90", "tags": [], "id": 1}


def test_readme() -> None:
    with SyncClient(load("docs/examples/readme/app").app) as client:
        refused = client.post("/items/x", json={"name": "", "price": "0", "tags": [7]})
        assert refused.status_code == 422
        found = {error.get("pointer") or error["parameter"] for error in refused.json()["errors"]}
        assert found == {"id", "#/name", "#/price", "#/tags/0"}
        assert client.post("/items/3", json={"name": "Oak", "price": "1"}).status_code == 201


def test_readme_with_models_and_pages() -> None:
    with SyncClient(load("docs/examples/readme/shop").app) as client:
        assert 'name="price"' in client.get("/new").text
        wrong = client.post("/new", data={"name": "Oak", "price": "0"})
        assert (wrong.status_code, 'value="Oak"' in wrong.text) == (422, True)
        page = client.post("/new", data={"name": "Oak", "price": "9.90"}, follow_redirects=True)
        assert "Saved Oak." in page.text
        assert '<a href="/1/edit">Oak</a>, 9.90' in page.text
        taken = client.post("/new", data={"name": "Oak", "price": "1"})
        assert taken.status_code == 422
        assert client.post("/1/edit", data={"name": "Ash", "price": "1"}).status_code == 303
        assert ">Ash<" not in client.get("/?q=oak").text
        assert client.get("/2/edit").status_code == 404


def test_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOFTREE_CURRENCY", "USD")
    monkeypatch.setenv("ROOFTREE_MAIL__HOST", "mx")
    module = load("docs/examples/settings/app")
    assert module.app.settings.mail.host == "mx"
    with SyncClient(module.app) as client:
        assert client.get("/currency").json() == {"currency": "USD"}


async def test_failures() -> None:
    module = load("docs/examples/failures/app")
    async with Client(module.app, raise_errors=False) as client:
        sold = await client.get("/books/7")
        assert (sold.status_code, sold.json()) == (
            409,
            {
                "type": "about:blank",
                "title": "Conflict",
                "status": 409,
                "detail": "The last copy was sold this morning.",
            },
        )
        page = await client.get("/books/101", headers={"accept": "text/html,*/*"})
        assert page.status_code == 404
        assert "<h1>Nothing is here</h1>" in page.text
        assert "<p>There is no such book.</p>" in page.text
        slow = await client.get("/slow")
        assert (slow.status_code, slow.headers["retry-after"]) == (503, "60")
        broken = await client.get("/broken")
        assert broken.status_code == 500
        assert "on purpose" not in broken.text
        assert len(module.reported) == 1
        assert "ZeroDivisionError" in module.reported[0]


def test_routing() -> None:
    with SyncClient(load("docs/examples/routing/app").app) as client:
        sent_on = client.post("/articles?slug=a b")
        assert (sent_on.status_code, sent_on.headers["location"]) == (303, "/articles/2026/a%20b")
        assert client.get("/articles/2026/oak").json() == {"year": 2026, "slug": "oak"}
        assert client.get("/articles/x/oak").status_code == 404
        assert client.get("/articles/2026-11-21").text == "What was written on Saturday"
        assert client.get("/files/a/b%20c").text == "a/b c"
        assert client.get("/en/about").text == "About us, in en"
        assert client.get("/english/about").status_code == 404
        assert client.get("/shelves/oak").text == "OAK"
        assert client.get("/books/9783161484100").json() == 9783161484100
        assert client.get("/books/9783161484101").status_code == 404
        product = client.get("/shop/products/7")
        assert (product.json(), product.headers["cache-control"]) == (7, "no-store")
        assert (client.get("/shop/products/rarest").status_code, client.get("/ping").text) == (404, "pong")
        assert client.get("/ping/").headers["location"] == "/ping"
        assert client.put("/notes/1?text=oak").status_code == 204
        assert client.get("/notes/1").text == "oak"
        assert client.get("/links").json() == [
            "/articles/2026/oak%20&%20elm",
            "/shop/products/7?tab=reviews",
            "/shelves/oak",
            "/notes/1",
        ]


def test_mounts() -> None:
    with SyncClient(load("docs/examples/mounts/app").app) as client:
        assert client.get("/").text == client.get("/legacy/").text == "The old shop"
        assert client.get("/orders/7").text == "Order 7, done anew"
        assert client.get("/legacy/orders/7").text == "Order 7, as ever"
        assert client.post("/orders/7").status_code == 405


def test_asgi() -> None:
    with SyncClient(load("docs/examples/asgi/app").app) as client:
        assert client.get("/").text == "Hello over HTTP/1.1"
