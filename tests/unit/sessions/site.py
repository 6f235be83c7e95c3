"""An application of one handler, for tests of sessions."""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from rooftree import App, Secret, Settings
from rooftree.base import SessionOptions
from rooftree.sessions import Session
from rooftree.testing import Client

__all__ = ["KEY", "KINDS", "Cart", "Counted", "Site", "Visit", "Work", "put", "settings_of", "site_of"]

KEY = Secret("k" * 40)


class Counted(Session):
    count: int = 0


KINDS = ["database", "cookie", "memory"]
Work = Callable[[Session], Any]


class Cart(msgspec.Struct):
    items: list[int] = []


class Visit(Session):
    cart: Cart = Cart()
    seen: set[int] = set()
    name: str | None = None
    since: datetime


def settings_of(kind: Any, folder: Path, **options: Any) -> Settings:
    database = f"sqlite:///{folder}/test.db" if kind == "database" else None
    return Settings(
        mode="test", secret_key=KEY, database=database, session=SessionOptions(store=kind, **options), access_log=False
    )


class Site:
    """An application whose one handler does what the test says."""

    def __init__(self, settings: Settings) -> None:
        self.app = App(settings)
        self.work: Callable[[Visit], Any] = lambda _: None
        self.client = Client(self.app)

        @self.app.route("/", methods=["GET", "POST"])
        async def do(session: Visit) -> dict[str, Any]:
            result: Any = self.work(session)
            if inspect.isawaitable(result):
                result = await result
            return {"result": result}

        @self.app.get("/plain")
        async def plain() -> str:
            return "plain"

    async def do(self, work: Callable[[Visit], Any], **options: Any) -> Any:
        """Do something with the session, in a request of its own."""
        self.work = work
        self.last = await self.client.get("/", **options)
        return self.last.json()["result"]

    @property
    def cookie(self) -> str | None:
        return self.client.cookies.get("session")


@asynccontextmanager
async def site_of(settings: Settings) -> AsyncGenerator[Site]:
    site = Site(settings)
    async with site.client:
        yield site


def put(key: str, value: Any) -> Work:
    def work(session: Session) -> None:
        session[key] = value

    return work
