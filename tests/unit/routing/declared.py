"""Handlers declared without a group, as an application's module holds them."""

from __future__ import annotations

from rooftree.routing import get, post, route, websocket
from tests.unit.routing.elsewhere import other  # a handler of another module is not collected here

__all__ = ["both", "detail", "listing", "other", "plain", "room", "things"]


@get("/listing")
def listing() -> None: ...


@get("/detail/{id:int}", name="one")
@post("/detail/{id:int}")
def detail(id: int) -> None: ...


def plain() -> None: ...


@websocket("/room")
async def room() -> None: ...


@route("/both", methods=["get", "POST", "get"])
def both() -> None: ...


@route("/things")
class Things:
    def get(self) -> None: ...


things = listing
