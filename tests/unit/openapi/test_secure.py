"""Who may ask: requirements of routes as security requirements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from rooftree import App, Condition, Found, Ref, Requirement, Resource, Settings, UserMixin, WebSocket, ref, signed_in
from rooftree.auth import Accounts, staff, superuser
from rooftree.db import Col, Model, col
from tests.unit.openapi.kit import described


class DescribedUser(UserMixin, Model, table="described_users"): ...


class DescribedOrder(Model, table="described_orders"):
    total: Col[int] = col(default=0)


class DescribedLine(Model, table="described_lines"):
    order: Ref[DescribedOrder] = ref()


def of_any(value: bool) -> Condition:
    return DescribedLine.id > 0 if value else DescribedLine.id < 0


class Orders(Resource[DescribedOrder], path="/orders"): ...


class Lines(Resource[DescribedLine], path="/lines", filters=(of_any,)): ...


class LinesByOrder(Resource[DescribedLine], path="/lines_by_order", filters=(DescribedLine.order.total,)): ...


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


@pytest.mark.parametrize("policed", [True, False])
def test_rows_that_policies_are_about_are_asked_for_by_somebody(policed: bool) -> None:
    app = App(Settings(mode="test", database="sqlite:///:memory:"))
    app.use(Accounts(DescribedUser))
    if policed:

        @app.policy(DescribedOrder)
        def everything(user: DescribedUser) -> bool:
            return user.staff

    app.include(Orders, Lines, LinesByOrder)

    @app.get("/totals/{order}")
    async def total(order: Found[DescribedOrder]) -> int:
        return order.total

    @app.get("/about")
    async def about() -> str:
        return ""

    paths = described(app)["paths"]
    either: Any = [{}, {"session": []}, {"key": []}] if policed else None
    for path in ("/orders", "/orders/{id}", "/totals/{order}", "/lines_by_order"):
        assert paths[path]["get"].get("security") == either
        assert "401" not in paths[path]["get"]["responses"]
    assert "security" not in paths["/about"]["get"]
    assert "security" not in paths["/lines"]["get"]
