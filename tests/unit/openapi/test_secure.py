"""Who may ask: requirements of routes as security requirements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from rooftree import App, Requirement, Settings, UserMixin, WebSocket, signed_in
from rooftree.auth import Accounts, staff, superuser
from rooftree.db import Model
from tests.unit.openapi.kit import described


class DescribedUser(UserMixin, Model, table="described_users"): ...


REQUIREMENTS: list[tuple[Requirement | list[Requirement], list[list[str]]]] = [
    (signed_in, [[]]),
    (staff, [["staff"]]),
    ([staff, superuser], [["staff", "superuser"]]),
    (staff | superuser, [["staff"], ["superuser"]]),
    ((staff | superuser) & Requirement("of age", bool), [["staff", "of age"], ["superuser", "of age"]]),
]


@pytest.mark.parametrize(("requires", "ways"), REQUIREMENTS)
def test_requirements(requires: Any, ways: Sequence[list[str]]) -> None:
    app = App(Settings(mode="test", database="sqlite:///:memory:"))
    app.use(Accounts(DescribedUser))

    @app.get("/mine", requires=requires)
    async def mine() -> str:
        return ""

    @app.get("/any")
    async def anyone(user: DescribedUser | None) -> str:
        return ""

    document = described(app)
    found = document["paths"]["/mine"]["get"]
    assert found["security"] == [{scheme: way} for way in ways for scheme in ("session", "key")]
    assert {"401"} <= set(found["responses"])
    assert ("403" in found["responses"]) is any(ways)
    assert document["paths"]["/any"]["get"]["security"] == [{}, {"session": []}, {"key": []}]
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert document["components"]["securitySchemes"]["session"]["in"] == "cookie"


def test_without_keys() -> None:
    app = App(Settings(mode="test", database="sqlite:///:memory:"))
    app.use(Accounts(DescribedUser, api_keys=False))

    @app.get("/mine", requires=signed_in)
    async def mine() -> str:
        return ""

    assert list(described(app)["components"]["securitySchemes"]) == ["session"]


def test_websockets() -> None:
    app = App(Settings(mode="test", database="sqlite:///:memory:"))
    app.use(Accounts(DescribedUser, api_keys=False))

    @app.websocket("/news", requires=staff)
    async def news(ws: WebSocket[str]) -> None: ...

    document = described(app)
    assert document["x-websockets"]["/news"]["security"] == [{"session": ["staff"]}]
    assert list(document["components"]["securitySchemes"]) == ["session"]
