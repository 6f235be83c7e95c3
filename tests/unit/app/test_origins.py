from __future__ import annotations

import pytest

from rooftree import App, Settings, WebSocket
from rooftree.testing import Client, Refused


def make_app(**settings: tuple[str, ...]) -> App:
    app = App(Settings(**settings))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

    @app.websocket("/echo")
    async def echo(ws: WebSocket[str]) -> None:
        await ws.send("taken")

    return app


@pytest.mark.parametrize(
    ("base_url", "origin"),
    [
        ("http://localhost", "http://localhost"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("https://localhost", "https://LOCALHOST"),
        ("http://localhost", "https://app.example.org"),
        ("http://localhost", "https://APP.example.org"),
    ],
)
async def test_own_and_trusted_origins_are_taken(base_url: str, origin: str) -> None:
    app = make_app(trusted_origins=("https://app.example.org/",))
    async with (
        Client(app, base_url=base_url) as client,
        client.websocket("/echo", headers={"origin": origin}) as socket,
    ):
        assert await socket.receive() == "taken"


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example", "https://localhost", "http://localhost:8001", "http://localhost.evil.example", "null",
        "", "http://localhost@evil.example", "http://[::1", "file://", "http://user@localhost",
    ],
)  # fmt: skip
async def test_pages_of_others_are_refused(origin: str) -> None:
    async with Client(make_app()) as client:
        with pytest.raises(Refused) as caught:
            async with client.websocket("/echo", headers={"origin": origin}):
                raise AssertionError("not reached")
        assert caught.value.response.status_code == 403
        assert caught.value.response.json()["detail"] == "WebSocket connections from that origin are not taken."


async def test_behind_a_proxy_that_speaks_tls_the_page_is_on_https() -> None:
    app = make_app(trusted_proxies=("127.0.0.1",))
    headers = {"origin": "https://localhost", "x-forwarded-proto": "https"}
    async with Client(app) as client, client.websocket("/echo", headers=headers) as socket:
        assert await socket.receive() == "taken"
