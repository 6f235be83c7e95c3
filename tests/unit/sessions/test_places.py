"""Where a session is asked for: middleware, threads, WebSockets, streams, stores of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rooftree import App, Request, Response, Settings, UsageError, WebSocket
from rooftree.base import MemoryStore
from rooftree.db import sql
from rooftree.sessions import Session, open_session
from rooftree.testing import Client
from tests.unit.sessions.site import Counted, settings_of, site_of

# ---- where it is asked for


@pytest.mark.parametrize(
    ("own", "sent"),
    [
        ("public, max-age=600", "private"),
        ("max-age=600, s-maxage=600", "private"),
        ("no-store", "no-store"),
        ("Private, max-age=60", "Private, max-age=60"),
    ],
)
async def test_an_answer_with_the_cookie_is_for_no_shared_cache(settings: Settings, own: str, sent: str) -> None:
    app = App(settings)

    @app.get("/")
    async def index(session: Session) -> Response:
        session.get("n", int, 0)
        if not session:
            session["n"] = 1
        return Response(b"", headers={"cache-control": own})

    @app.get("/end")
    async def end(session: Session) -> Response:
        session.clear()
        return Response(b"", headers={"cache-control": own})

    async with Client(app) as client:
        first = await client.get("/")
        assert "set-cookie" in first.headers
        assert (first.headers["cache-control"], first.headers["vary"]) == (sent, "cookie")
        assert (await client.get("/")).headers["cache-control"] == own  # without the cookie it is the handler's
        last = await client.get("/end")  # a cache would sign others out
        assert "Max-Age=0" in last.headers["set-cookie"]
        assert (last.headers["cache-control"], last.headers["vary"]) == (sent, "cookie")


async def test_middleware_and_subclasses_share_one_session(tmp_path: Path) -> None:
    async def count(request: Request, call_next: Any) -> Response:
        session = await open_session(request)
        session["count"] = session.get("count", int, 0) + 1
        response: Response = await call_next(request)
        return response

    app = App(settings_of("memory", tmp_path), middleware=[count])

    @app.get("/")
    async def index(one: Session, other: Counted) -> list[Any]:
        other.count += 10
        return [one["count"], other.count]

    async with Client(app) as client:
        assert (await client.get("/")).json() == [11, 11]
        assert (await client.get("/")).json() == [22, 22]


async def test_a_plain_function_has_it_too(tmp_path: Path) -> None:
    app = App(settings_of("database", tmp_path))

    @app.get("/")
    def index(session: Session) -> int:
        session["n"] = session.get("n", int, 0) + 1
        return int(session["n"])

    async with Client(app) as client:
        assert [(await client.get("/")).json() for _ in range(3)] == [1, 2, 3]


async def test_a_transaction_of_the_route_and_the_session_do_not_wait_for_each_other(tmp_path: Path) -> None:
    app = App(settings_of("database", tmp_path))

    @app.post("/", transaction=True)
    async def write(session: Session) -> None:
        session["n"] = session.get("n", int, 0) + 1
        await sql(int, "create table if not exists made (id integer)")
        await sql(int, "insert into made (id) values (1)")

    @app.get("/")
    async def read(session: Session) -> Any:
        return session.get("n")

    async with Client(app) as client:
        for _ in range(3):
            assert (await client.post("/")).status_code == 204
        assert (await client.get("/")).json() == 3


async def test_a_websocket_reads_it_and_saves_it_itself(tmp_path: Path) -> None:
    app = App(settings_of("memory", tmp_path))

    @app.post("/")
    async def begin(session: Session) -> None:
        session["n"] = 1

    @app.get("/")
    async def read(session: Session) -> Any:
        return session.get("n")

    @app.websocket("/ws")
    async def talk(ws: WebSocket[str], session: Session) -> None:
        session["n"] = session.get("n", int, 0) + 1
        await session.save()
        session["n"] += 1
        await session.save()
        await ws.send("saved")

    async with Client(app) as client:
        await client.post("/")
        async with client.websocket("/ws") as ws:
            assert await ws.receive() == "saved"
        assert (await client.get("/")).json() == 3
        client.cookies.clear()
        with pytest.raises(UsageError, match=r"\[U606\] The visitor has no session yet"):
            async with client.websocket("/ws"):
                pass


async def test_a_change_after_the_answer_is_an_error(tmp_path: Path) -> None:
    app = App(settings_of("memory", tmp_path))
    seen: list[str] = []

    @app.get("/")
    async def index(session: Session, response: Request) -> Response:
        answer = Response(b"")

        async def late() -> None:
            try:
                session["n"] = 1
            except UsageError as error:
                seen.append(str(error))

        answer.run_after(late)
        return answer

    async with Client(app) as client:
        await client.get("/")
    assert len(seen) == 1
    assert seen[0].startswith("[U602] The session was changed ('n') after the answer had been sent")


async def test_over_https_the_cookie_is_tied_to_its_host(tmp_path: Path) -> None:
    app = App(settings_of("memory", tmp_path))

    @app.get("/")
    async def index(session: Session) -> int:
        session["n"] = session.get("n", int, 0) + 1
        return int(session["n"])

    async with Client(app, base_url="https://localhost") as client:
        first = await client.get("/")
        assert first.headers["set-cookie"].startswith("__Host-session=")
        assert "; Path=/; HttpOnly; SameSite=Lax; Secure" in first.headers["set-cookie"]
        assert "Domain" not in first.headers["set-cookie"]
        assert (await client.get("/")).json() == 2
        # one without the prefix could come from a neighbour
        token = client.cookies["__Host-session"]
        client.cookies.clear()
        assert (await client.get("/", cookies={"session": token})).json() == 1


async def test_a_store_of_ones_own(tmp_path: Path) -> None:
    app = App(settings_of("cookie", tmp_path))
    store = MemoryStore()
    app.sessions.keep_in(store)

    @app.get("/")
    async def index(session: Session) -> None:
        session["n"] = 1

    async with Client(app) as client:
        await client.get("/")
        assert len(client.cookies["session"]) == 32
        assert await app.sessions.clean() == 0


async def test_nothing_of_it_is_shown(tmp_path: Path) -> None:
    async with site_of(settings_of("memory", tmp_path)) as site:

        def show(session: Session) -> str:
            session["card"] = "4111-1111"
            return repr(session)

        assert await site.do(show) == "<Visit, 1 values>"


@pytest.mark.parametrize("name", ["add", "add_all", "commit", "execute", "query", "scalars"])
def test_it_is_no_session_of_a_database(name: str) -> None:
    with pytest.raises(
        UsageError, match=rf"\[U607\] A Session, .* has no '{name}'\. At .* Rows are saved by `await row"
    ) as e:
        getattr(Session, name)
    assert isinstance(e.value, AttributeError)
