"""What checkers see of declaring routes: a decorator gives back the handler's own type, and options are checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_type

from rooftree.routing import Group, get, route

group = Group("/api", name="api")


@group.get("/items/{id}", status=201, tags=["items"], name="detail")
async def detail(id: int, q: str = "") -> list[str]:
    return [q * id]


@group.post()
@get("/marked")
def plain(name: str) -> bytes:
    return name.encode()


@route("/things", methods=["GET", "POST"])
class Things:
    def get(self) -> str:
        return ""


@group.websocket("/room")
async def room() -> None: ...


@group.error(KeyError, ValueError)
def answer(error: Exception) -> str:
    return str(error)


assert_type(plain("x"), bytes)
assert_type(Things().get(), str)


async def called() -> None:
    assert_type(await detail(1, q="x"), list[str])
    await room()


assert_type(answer(KeyError()), str)
as_callable: Callable[[str], bytes] = plain

group.get("/x", statuss=201)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
group.get("/x", status="201")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
group.get(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
