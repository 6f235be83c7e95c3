"""What is open for a user at one server ends when they sign out at another: WebSockets and event streams."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from rooftree import Accounts, App, EventStream, Model, PasswordOptions, Secret, Settings, UserMixin, WebSocket
from rooftree.db import create_tables
from tests.e2e.served import Served

ANN = {"email": "ann@example.org", "password": "correct horse battery"}


class Member(UserMixin, Model, table="e2e_members"): ...


def make_app(database: Path, *, first: bool = False) -> App:
    """A site that looks often; several of it share a database, as workers do."""
    settings = Settings(
        mode="test",
        secret_key=Secret("k" * 40),
        database=f"sqlite:///{database}",
        passwords=PasswordOptions(memory=8, passes=1),
    )
    app = App(settings)
    accounts = Accounts(Member, watch=0.05)
    app.use(accounts)

    if first:

        @app.on_startup
        async def begin() -> None:
            await create_tables(*accounts.models)
            await accounts.create(**ANN)

    @app.websocket("/echo")
    async def echo(ws: WebSocket[str], user: Member) -> None:
        await ws.send(user.email)
        async for text in ws:
            await ws.send(text)

    @app.get("/news")
    async def news(user: Member) -> EventStream[str]:
        async def some() -> AsyncIterator[str]:
            yield user.email
            await asyncio.Event().wait()

        return EventStream(some())

    return app


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The URLs of two servers of one site."""
    database = tmp_path_factory.mktemp("members") / "members.db"
    one, other = Served(make_app(database, first=True)), Served(make_app(database))
    yield one.start(), other.start()
    one.stop()
    other.stop()


@contextmanager
def signed_in(url: str) -> Generator[httpx.Client]:
    with httpx.Client(timeout=20, trust_env=False) as client:
        assert client.post(f"{url}/sign-in", json=ANN).status_code == 204
        yield client


def sign_out(client: httpx.Client, url: str) -> None:
    assert client.post(f"{url}/sign-out", headers={"origin": url}).status_code < 400


def socket(url: str, client: httpx.Client) -> ClientConnection:
    cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    return connect(url.replace("http", "ws", 1) + "/echo", additional_headers={"cookie": cookies}, proxy=None)


def test_a_websocket_ends(sites: tuple[str, str]) -> None:
    here, there = sites
    with signed_in(here) as client, socket(here, client) as ws, signed_in(here) as another, socket(here, another) as on:
        assert (ws.recv(10), on.recv(10)) == (ANN["email"], ANN["email"])
        sign_out(client, there)
        with pytest.raises(ConnectionClosed) as closed:
            ws.recv(20)
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "Sign in again.")
        with pytest.raises(InvalidStatus) as refused:
            socket(here, client)
        assert refused.value.response.status_code == 401
        on.send("still here")  # only the session that was ended has lost it
        assert on.recv(10) == "still here"


def test_an_event_stream_ends(sites: tuple[str, str]) -> None:
    here, there = sites
    with signed_in(here) as client, signed_in(here) as other:
        with client.stream("GET", f"{here}/news") as stream:
            lines = stream.iter_lines()
            assert f"data: {ANN['email']}" in lines
            sign_out(other, there)  # another session of theirs: nothing happens to this one
            sign_out(client, there)
            assert [line for line in lines if line.startswith("data")] == []  # and it ends as it should
        assert client.get(f"{here}/news").status_code == 401
