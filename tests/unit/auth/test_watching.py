"""An open WebSocket or event stream ends soon after its user has signed out, or may have it no longer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from rooftree import Accounts
from rooftree.testing import Client, TestSocket
from tests.unit.auth.site import PASSWORD, User, opened

OFTEN: dict[str, Any] = {"watch": 0.01}

Act = Callable[[Client, Accounts[User], User], Awaitable[object]]


async def sign_out(client: Client, accounts: Accounts[User], ann: User) -> None:
    await client.post("/sign-out")


async def end_all_sessions(client: Client, accounts: Accounts[User], ann: User) -> None:
    await accounts.end_sessions(ann)


async def change_the_password(client: Client, accounts: Accounts[User], ann: User) -> None:
    await accounts.set_password(ann, "another long enough one")


async def deactivate(client: Client, accounts: Accounts[User], ann: User) -> None:
    await User.where(User.id == ann.id).update(active=False)


async def delete(client: Client, accounts: Accounts[User], ann: User) -> None:
    await User.where(User.id == ann.id).delete()


async def be_somebody_else(client: Client, accounts: Accounts[User], ann: User) -> None:
    await client.sign_in(await accounts.create(email="bob@example.org"))


async def dismiss(client: Client, accounts: Accounts[User], ann: User) -> None:
    await User.where(User.id == ann.id).update(staff=False)


async def said(lines: AsyncIterator[str], text: str) -> None:
    """Read on until an event says that."""
    while await anext(lines) != f"data: {text}":
        pass


async def ended(socket: TestSocket) -> tuple[int, str]:
    async for _ in socket:
        pass
    assert socket.closed is not None
    return socket.closed


EVERY_WAY = pytest.mark.parametrize(
    "act", [sign_out, end_all_sessions, change_the_password, deactivate, delete, be_somebody_else]
)


@EVERY_WAY
async def test_a_websocket_ends_with_what_it_was_opened_by(act: Act) -> None:
    async with opened(options=OFTEN) as (client, accounts):
        ann = await accounts.create(email="ann@example.org", password=PASSWORD)
        await client.sign_in(ann)
        async with client.websocket("/echo") as socket:
            assert await socket.receive() == "ann@example.org"
            await act(client, accounts, ann)
            assert await ended(socket) == (1008, "Sign in again.")


@EVERY_WAY
async def test_an_event_stream_ends_with_what_it_was_opened_by(act: Act) -> None:
    async with opened(options=OFTEN) as (client, accounts):
        ann = await accounts.create(email="ann@example.org", password=PASSWORD)
        await client.sign_in(ann)
        async with client.stream("GET", "/news") as answer:
            lines = answer.aiter_lines()
            await said(lines, "ann@example.org")
            await act(client, accounts, ann)
            assert [line async for line in lines if line.startswith("data")] == []
        assert not accounts.watch.is_looking


async def test_a_stream_ends_when_what_its_route_requires_is_lost() -> None:
    async with opened(options=OFTEN) as (client, accounts):
        ann = await accounts.create(email="ann@example.org", staff=True)
        await client.sign_in(ann)
        async with client.stream("GET", "/staff-news") as strict, client.stream("GET", "/news") as lenient:
            lines = strict.aiter_lines()
            await said(lines, "staff")
            await dismiss(client, accounts, ann)
            assert [line async for line in lines if line.startswith("data")] == []
            assert accounts.watch.is_looking
            await said(lenient.aiter_lines(), "ann@example.org")
        assert (await client.get("/staff-news")).status_code == 403


async def test_nobody_looks_at_streams_of_visitors_nor_at_what_has_ended() -> None:
    async with opened(options=OFTEN) as (client, accounts):
        async with client.stream("GET", "/news") as answer:
            await said(answer.aiter_lines(), "visitor")
            assert not accounts.watch.is_looking
        await client.sign_in(await accounts.create(email="ann@example.org"))
        assert "ann@example.org" in (await client.get("/short-news")).text
        assert (await client.request("HEAD", "/news")).status_code == 200
        assert not accounts.watch.is_looking


async def test_it_ends_when_what_its_route_requires_is_lost() -> None:
    async with opened(options=OFTEN) as (client, accounts):
        ann = await accounts.create(email="ann@example.org", staff=True)
        await client.sign_in(ann)
        async with client.websocket("/staff-echo") as strict, client.websocket("/echo") as lenient:
            for socket in (strict, lenient):
                await socket.send("hello")
            await dismiss(client, accounts, ann)
            assert await ended(strict) == (1008, "Sign in again.")
            await lenient.send("still here")
            assert [await lenient.receive() for _ in range(3)] == ["ann@example.org", "hello", "still here"]


@pytest.mark.parametrize("how", ["revoked", "expired"])
async def test_it_ends_with_its_api_key(how: str) -> None:
    async with opened(options=OFTEN) as (client, accounts):
        ann = await accounts.create(email="ann@example.org")
        key, text = await accounts.issue_key(ann, expires=timedelta(days=1))
        async with client.websocket("/echo", headers={"authorization": f"Bearer {text}"}) as socket:
            assert await socket.receive() == "ann@example.org"
            if how == "revoked":
                await accounts.revoke_key(key)
            else:
                await type(key).where(type(key).id == key.id).update(expires_at=key.created_at)
            assert await ended(socket) == (1008, "Sign in again.")


class Looks:
    """Counts how often it was looked whether somebody may stay, and fails where it is told to."""

    def __init__(self, accounts: Accounts[User]) -> None:
        self.count = 0
        self.fails = False
        self._ask = accounts.again
        self._third = asyncio.Event()

    async def again(self, request: Any) -> User | None:
        self.count += 1
        if self.count == 3:
            self._third.set()
        if self.fails:
            raise OSError("The database is gone.")
        return await self._ask(request)

    async def three(self) -> None:
        async with asyncio.timeout(10):
            await self._third.wait()


async def test_who_is_still_signed_in_stays_and_nobody_looks_for_visitors(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(options=OFTEN) as (client, accounts):
        looks = Looks(accounts)
        monkeypatch.setattr(accounts, "again", looks.again)
        async with client.websocket("/echo") as visitor:
            assert await visitor.receive() == "visitor"
            await client.sign_in(await accounts.create(email="ann@example.org"))
            async with client.websocket("/echo") as socket:
                assert await socket.receive() == "ann@example.org"
                await looks.three()
                await socket.send("still here")
                assert await socket.receive() == "still here"
            assert not accounts.watch.is_looking
            await visitor.send("still here")
            assert await visitor.receive() == "still here"


async def test_it_ends_where_nothing_can_be_looked_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(options=OFTEN) as (client, accounts):
        looks = Looks(accounts)
        looks.fails = True
        monkeypatch.setattr(accounts, "again", looks.again)
        await client.sign_in(await accounts.create(email="ann@example.org"))
        async with client.websocket("/echo") as socket:
            assert await socket.receive() == "ann@example.org"
            assert await ended(socket) == (1013, "Try again later.")
        assert looks.count == 3
        assert caplog.text.count("WebSocket could not be looked at") == 3
        async with client.stream("GET", "/news") as answer:
            await answer.aread()
        assert looks.count == 6
        assert caplog.text.count("Event stream could not be looked at") == 3
