"""Applications mounted in a group: what the group asks of users holds for them too."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from rooftree import App, Depends, Group, HandlerError, Settings, signed_in, staff
from rooftree.db import create_tables
from rooftree.testing import Client, Refused
from tests.unit.auth.site import SETTINGS, make_app


async def echo(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Answer with the body (ASGI); take every WebSocket."""
    if scope["type"] == "lifespan":
        return
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": "inside"})
        return
    body = b"inside "
    while (message := await receive())["body"] or message["more_body"]:
        body += message["body"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def echo_wsgi(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """Answer with the body (WSGI)."""
    start("200 OK", [])
    return [b"inside " + environ["wsgi.input"].read()]


@pytest.mark.parametrize("mounted", [echo, echo_wsgi])
async def test_no_one_gets_into_a_mount_who_may_not_enter_its_group(mounted: Callable[..., Any]) -> None:
    app, accounts = make_app()
    ran: list[str] = []

    def noted() -> None:
        ran.append("dependency")

    office = Group("/office", requires=signed_in, dependencies=[Depends(noted)])
    inner = Group("/inner", requires=staff)
    inner.mount("/old", mounted)
    office.include(inner)
    app.include(office)
    async with Client(app) as client:
        await create_tables(*accounts.models)
        for path in ("/office/inner/old", "/office/inner/old/", "/office/inner/old//x", "/%6fffice/inner/%6fld/a%2Fb"):
            for method in ("GET", "HEAD", "POST", "OPTIONS", "PURGE"):
                assert (await client.request(method, path, content=b"body")).status_code == 401, (method, path)
        user = await accounts.create(email="a@example.org")
        await client.sign_in(user)
        assert (await client.post("/office/inner/old/x")).status_code == 403
        assert ran == []
        user.staff = True
        await user.save()
        assert (await client.post("/office/inner/old/x", content=b"body")).text == "inside body"
        assert ran == ["dependency"]


async def test_the_websockets_of_a_mount_are_those_of_its_group() -> None:
    app, accounts = make_app()
    office = Group("/office", requires=staff)
    office.mount("/old", echo)
    app.include(office)
    async with Client(app) as client:
        await create_tables(*accounts.models)
        with pytest.raises(Refused) as refused:
            async with client.websocket("/office/old/socket"):
                pass
        assert refused.value.response.status_code == 401
        await client.sign_in(await accounts.create(email="a@example.org", staff=True))
        async with client.websocket("/office/old/socket") as socket:
            assert await socket.receive() == "inside"


def test_a_mount_that_asks_for_users_needs_accounts() -> None:
    app = App(Settings(**SETTINGS))
    office = Group("/office", requires=staff)
    office.mount("/old", echo)
    app.include(office)
    with pytest.raises(HandlerError, match=r"\[H124\] .*asks for staff \(requires=\)"):
        app.built  # noqa: B018
