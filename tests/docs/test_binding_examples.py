"""The examples of handlers and dependencies do what their pages say."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from rooftree.testing import Client, Refused, SyncClient
from tests.docs.test_examples import load

ITEM = {"name": "Oak", "price": "9.90"}


def test_parameters() -> None:
    with SyncClient(load("docs/examples/handlers/app").app) as client:
        made = client.post("/items/1?verbose=true", json=ITEM, headers={"x-token": "t"})
        assert (made.status_code, made.json()) == (201, {"id": 1, "name": "Oak True t"})
        errors = client.post("/items/x?verbose=maybe", json={"name": "", "price": "-1"}).json()["errors"]
        assert [(e["in"], e.get("parameter") or e.get("pointer")) for e in errors] == [
            ("path", "id"),
            ("body", "#/name"),
            ("body", "#/price"),
            ("query", "verbose"),
        ]
        found = client.get("/items?tags=a&tags=b&max_price=&page-size=5", cookies={"theme": "dark"}).json()
        assert found == {"q": "", "sort": "name", "tags": ["a", "b"], "max_price": None, "theme": "dark", "size": 5}
        assert client.get("/items?q=a&q=b").status_code == 422


def test_bodies() -> None:
    with SyncClient(load("docs/examples/handlers/app").app) as client:
        assert client.post("/points", json={"x": 1, "y": 2}).json() == {"x": 2, "y": 3}
        refused = client.post("/points", content=b'{"x": 1, "y": 2}', headers={"content-type": "text/plain"})
        assert (refused.status_code, refused.headers["accept"]) == (415, "application/json, application/msgpack")
        assert client.post("/points", content=b'{"x": 1, "y": 2}').status_code == 415
        assert client.post("/points", content=b"{", headers={"content-type": "application/json"}).status_code == 400
        raw = client.post("/raw", content=b"abc", headers={"content-type": "a/b"})
        assert raw.text == "3 bytes of a/b"
        assert client.get("/search?q=oak&page=2").json() == {"q": "oak", "page": 2}
        plain = client.post("/profile", data={"name": "Ann", "age": ""})
        assert plain.json() == {"name": "Ann", "age": None, "photo": None}
        photo = client.post("/profile", data={"name": "Ann"}, files={"photo": ("ann.png", b"x")})
        assert photo.json()["photo"] == "ann.png"


def test_answers() -> None:
    module = load("docs/examples/handlers/app")
    with SyncClient(module.app) as client:
        assert client.get("/items/1").json() == {"id": 1, "name": "Oak"}
        assert client.get("/items/2").json() is None
        packed = client.get("/items/1", headers={"accept": "application/msgpack"})
        assert (packed.headers["content-type"], packed.headers["vary"]) == ("application/msgpack", "accept")
        draft = client.post("/drafts", json=ITEM)
        assert (draft.status_code, draft.headers["location"], draft.json()) == (
            202,
            "/items/7",
            {"id": 7, "name": "Oak"},
        )
        assert client.post("/old").headers["location"] == "/items"
        assert client.get("/numbers").text == "0\n1\n2\n"
        assert client.head("/numbers").text == ""
        report = client.get("/report.csv")
        assert (report.headers["content-type"], report.text) == ("text/csv; charset=utf-8", "name,price\noak,9.90\n")
        assert client.post("/sign-up", data={"email": "a@example.org"}).text == "Look into your mailbox."
        assert module.sent == ["a@example.org"]
        assert client.get("/slow?n=4").json() == 6


async def test_a_websocket() -> None:
    async with Client(load("docs/examples/handlers/app").app) as client:
        async with client.websocket("/rooms/oak?name=Ann") as socket:
            await socket.send_json({"text": "hello"})
            assert await socket.receive_json() == {"text": "Ann in oak: hello"}
        with pytest.raises(Refused) as refused:
            async with client.websocket("/rooms/closed"):
                raise AssertionError
        assert refused.value.response.status_code == 403


def test_dependencies() -> None:
    module = load("docs/examples/dependencies/app")
    with SyncClient(module.app) as client:
        assert client.get("/search?q=oak&page=3").json() == {"q": "oak", "page": 3}
        assert client.get("/search?page=x&size=y").json()["detail"] == "2 values of the request cannot be used."
        assert client.get("/orders").text.startswith("orders from ")
        assert client.get("/broken").status_code == 409
        assert module.log == ["commit /orders", "roll back /broken"]
        assert client.get("/admin/report").status_code == 401
        signed_in = {"authorization": "Bearer secret"}
        assert client.get("/admin/report", headers=signed_in).status_code == 422
        assert client.get("/admin/report?year=2026", headers=signed_in).text == "report of 2026"


async def test_overrides(monkeypatch: pytest.MonkeyPatch) -> None:
    module: Any = load("docs/examples/dependencies/app")
    monkeypatch.setitem(sys.modules, "app", module)
    await load("docs/examples/dependencies/test_orders").test_orders()


def test_which_of_them() -> None:
    module = load("docs/examples/which/app")
    with SyncClient(module.app) as client:
        assert client.get("/reports/2025").json() == {"eur": 1.08}
        assert client.get("/reports/2026").status_code == 409
    assert module.visits == ["/reports/2025", "/reports/2026"]
