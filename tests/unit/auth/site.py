"""An application with accounts, for the tests of this folder."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from rooftree import (
    Accounts,
    App,
    Col,
    Event,
    EventStream,
    Model,
    PasswordOptions,
    Requirement,
    Secret,
    Settings,
    UserMixin,
    WebSocket,
    col,
    permission,
    signed_in,
    staff,
    superuser,
)
from rooftree.db import create_tables
from rooftree.testing import Client
from rooftree.testing.options import ClientOptions

PASSWORD = "correct horse battery"
CHEAP = PasswordOptions(memory=8, passes=1)
SETTINGS: dict[str, Any] = {"mode": "test", "secret_key": Secret("k" * 40), "database": "sqlite://", "passwords": CHEAP}


class User(UserMixin, Model, table="site_users"):
    name: Col[str] = col(max_length=80, default="")


class Product(Model, table="site_products"):
    name: Col[str] = col(max_length=80)


def make_app(*, options: dict[str, Any] | None = None, **settings: Any) -> tuple[App, Accounts[User]]:
    app = App(Settings(**{**SETTINGS, **settings}))
    accounts = Accounts(User, **(options or {}))
    app.use(accounts)

    @app.get("/me")
    async def me(user: User) -> dict[str, object]:
        return {"email": user.email}

    @app.get("/maybe")
    async def maybe(user: User | None) -> dict[str, object]:
        return {"email": user.email if user is not None else None}

    @app.post("/change", requires=signed_in)
    async def change() -> str:
        return "changed"

    @app.get("/staff", requires=staff)
    async def for_staff() -> str:
        return "staff"

    @app.get("/super", requires=superuser)
    async def for_superusers() -> str:
        return "super"

    @app.get("/either", requires=superuser | permission(Product, "change"))
    async def either() -> str:
        return "either"

    @app.get("/both", requires=[permission(Product, "change"), permission("reports", "export")])
    async def both() -> str:
        return "both"

    @app.get("/named", requires=signed_in & Requirement("named", lambda user: bool(user.name)))
    async def named() -> str:
        return "named"

    _add_sockets(app)
    _add_streams(app)
    return app, accounts


def _add_sockets(app: App) -> None:
    @app.websocket("/socket")
    async def socket(ws: WebSocket[str], user: User) -> None:
        await ws.send(user.email)

    @app.websocket("/staff-socket", requires=staff)
    async def staff_socket(ws: WebSocket[str]) -> None:
        await ws.send("staff")

    @app.websocket("/echo")
    async def echo(ws: WebSocket[str], user: User | None) -> None:
        await ws.send("visitor" if user is None else user.email)
        async for text in ws:
            await ws.send(text)

    @app.websocket("/staff-echo", requires=staff)
    async def staff_echo(ws: WebSocket[str]) -> None:
        async for text in ws:
            await ws.send(text)


def _add_streams(app: App) -> None:
    async def forever(first: str) -> AsyncIterator[str]:
        yield first
        await asyncio.Event().wait()

    @app.get("/news")
    async def news(user: User | None) -> EventStream[str]:
        return EventStream(forever("visitor" if user is None else user.email))

    @app.get("/staff-news", requires=staff)
    async def staff_news() -> EventStream[str]:
        return EventStream(forever("staff"))

    @app.get("/short-news")
    async def short_news(user: User) -> AsyncIterator[Event[str]]:
        yield Event(data=user.email)


@asynccontextmanager
async def opened(
    *, options: dict[str, Any] | None = None, client: ClientOptions | None = None, **settings: Any
) -> AsyncGenerator[tuple[Client, Accounts[User]]]:
    """A client of a new application, whose tables are there."""
    app, accounts = make_app(options=options, **settings)
    async with Client(app, **(client or {})) as made:
        await create_tables(*accounts.models, Product)
        yield made, accounts
