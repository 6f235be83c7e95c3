from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from rooftree import (
    App,
    Request,
    RouteError,
    Schema,
    SchemaForm,
    Secret,
    SessionOptions,
    Settings,
    SettingsError,
    WebSocket,
)
from rooftree.base import MemoryStore
from rooftree.security import RateLimit
from rooftree.sessions import Session
from rooftree.testing import Client, Refused


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("10/minute", RateLimit(10, 60)),
        ("10 / minutes", RateLimit(10, 60)),
        ("5/10s", RateLimit(5, 10)),
        ("100 per 15 minutes by session", RateLimit(100, 900, "session")),
        ("1/hour by route", RateLimit(1, 3600, "route")),
        ("3 per 2 days", RateLimit(3, 172800)),
    ],
)
def test_a_limit_reads_as_people_say_it(text: str, limit: RateLimit) -> None:
    assert RateLimit.of(text) == limit


@pytest.mark.parametrize("given", ["", "10", "ten/minute", "10/fortnight", "0/minute", "10/minute by magic", 10, None,
                                   RateLimit(0, 60), RateLimit(1, 0), "1/minute" + "s" * 1000])  # fmt: skip
def test_anything_else_is_an_error_at_start_up(given: Any) -> None:
    app = App(Settings(mode="test"))

    @app.get("/", limit=given)
    async def index() -> None: ...

    with pytest.raises(RouteError, match=r"\[R131\] The limit .* is no number of requests in a time\."):
        _ = app.built


def app_of(limit: Any, **settings: Any) -> App:
    app = App(Settings(mode="test", **settings))

    @app.get("/", limit=limit)
    async def index() -> str:
        return "taken"

    @app.get("/begin")
    async def begin(session: Session) -> None:
        session["n"] = 1

    return app


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds of the time; limits and stores see it."""
    now = [1_000_000_040.0]  # 20 s into a minute
    monkeypatch.setattr(time, "time", lambda: now[0])
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


async def test_one_too_many_is_told_when_to_come_back(clock: list[float]) -> None:
    async with Client(app_of("2/minute")) as client:
        first = await client.get("/")
        assert first.headers["ratelimit-policy"] == '"2-60";q=2;w=60'
        assert first.headers["ratelimit"] == '"2-60";r=1;t=40'
        assert (await client.get("/")).ok
        refused = await client.get("/")
        assert refused.status_code == 429
        assert refused.headers["retry-after"] == "40"
        assert refused.headers["ratelimit"] == '"2-60";r=0;t=40'
        assert refused.json()["detail"] == "At most 2 requests in 60 seconds are taken here. Try again in 40 s."
        clock[0] += 40
        assert (await client.get("/")).ok


async def test_addresses_are_counted_apart(clock: list[float]) -> None:
    app = app_of("1/minute", trusted_proxies=("127.0.0.1",))
    async with Client(app) as client:

        async def ask(address: str) -> int:
            return (await client.get("/", headers={"x-forwarded-for": address})).status_code

        assert [await ask("192.0.2.1"), await ask("192.0.2.2"), await ask("192.0.2.1")] == [200, 200, 429]
        # one customer has a whole network of IPv6 addresses
        assert [await ask("2001:db8::1"), await ask("2001:db8::ffff:2"), await ask("2001:db8:0:1::1")] == [
            200,
            429,
            200,
        ]
        assert [await ask("::ffff:192.0.2.1"), await ask("::ffff:192.0.2.9")] == [429, 200]


async def test_who_is_no_proxy_cannot_choose_an_address(clock: list[float]) -> None:
    async with Client(app_of("1/minute")) as client:
        assert (await client.get("/", headers={"x-forwarded-for": "192.0.2.1"})).ok
        assert (await client.get("/", headers={"x-forwarded-for": "192.0.2.2"})).status_code == 429


async def test_sessions_are_counted_apart_and_made_up_ones_are_not(clock: list[float]) -> None:
    async with Client(app_of("1/minute by session")) as client:
        assert (await client.get("/")).ok  # by its address
        assert (await client.get("/", cookies={"session": "A" * 32})).status_code == 429
        await client.get("/begin")
        assert (await client.get("/")).ok
        assert (await client.get("/")).status_code == 429


@pytest.mark.parametrize("store", ["memory", "cookie"])
async def test_a_session_that_changes_is_the_same_one(clock: list[float], store: Any) -> None:
    app = app_of("2/minute by session", session=SessionOptions(store=store), secret_key=Secret("k" * 40))

    @app.get("/change", limit="2/minute by session")
    async def change(session: Session) -> None:
        session["n"] = session.get("n", int, 0) + 1  # an encrypted cookie is another one each time

    async with Client(app) as client:
        await client.get("/begin")
        first = dict(client.cookies)
        assert [(await client.get("/change")).status_code for _ in range(3)] == [204, 204, 429]
        client.cookies.clear()
        assert (await client.get("/change", cookies=first)).status_code == 429  # nor does an old cookie begin anew


async def test_a_function_says_who_is_counted(clock: list[float]) -> None:
    by_key = RateLimit(1, 60, lambda request: request.headers.get("x-api-key", ""))
    async with Client(app_of([by_key, "3/minute by route"])) as client:
        statuses = [(await client.get("/", headers={"x-api-key": key})).status_code for key in "aabc"]
        assert statuses == [200, 429, 200, 429]  # what one limit refuses, the next one does not count
        answer = await client.get("/", headers={"x-api-key": "d"})
        assert answer.headers["ratelimit-policy"] == '"1-60";q=1;w=60, "3-60";q=3;w=60'


async def test_requests_at_the_same_time_are_all_counted(clock: list[float]) -> None:
    async with Client(app_of("5/minute")) as client:
        answers = await asyncio.gather(*(client.get("/") for _ in range(20)))
        assert sum(answer.ok for answer in answers) == 5


async def test_workers_share_a_database(clock: list[float], tmp_path: Any) -> None:
    settings = {"database": f"sqlite:///{tmp_path}/test.db", "limit_store": "database"}
    async with Client(app_of("2/minute", **settings)) as one, Client(app_of("2/minute", **settings)) as two:
        assert [(await client.get("/")).status_code for client in (one, two, one, two)] == [200, 200, 429, 429]


async def test_a_store_of_ones_own(clock: list[float]) -> None:
    app = app_of("1/minute")
    store = app.limit_store = MemoryStore()
    async with Client(app) as client:
        await client.get("/")
    assert await store.add("limit:GET /:1-60:16666667:127.0.0.1", 1, lasts=60) == 2


async def test_a_websocket_is_limited_at_its_handshake(clock: list[float]) -> None:
    app = App(Settings(mode="test"))

    @app.websocket("/ws", limit="1/minute")
    async def talk(ws: WebSocket[str]) -> None:
        await ws.send("hello")

    async with Client(app) as client:
        async with client.websocket("/ws") as ws:
            assert await ws.receive() == "hello"
        with pytest.raises(Refused, match="429"):
            async with client.websocket("/ws"):
                pass


# ---- signed URLs


async def test_a_signed_route_takes_only_what_was_signed(clock: list[float]) -> None:
    app = App(Settings(mode="test"))

    @app.get("/files/{name}", signed=True)
    async def file(name: str, size: int = 0) -> str:
        return f"{name} {size}"

    async with Client(app) as client:
        url = app.sign_url(app.url_for(file, name="a b", size=3), lasts=60)
        assert (await client.get(url)).text == "a b 3"
        for other in (
            "/files/a", "/files/c?" + url.partition("?")[2], url.replace("size=3", "size=4"), url + "&x=1",
            "/files/a?signature=", "/files/a?signature=0-", "/files/a?signature=zz",
        ):  # fmt: skip
            refused = await client.get(other)
            assert refused.status_code == 403
            assert "not one that this site gave out" in refused.json()["detail"]
        clock[0] += 61
        assert (await client.get(url)).json()["detail"] == "This has expired."


async def test_signing_needs_a_secret_key_in_production() -> None:
    app = App(Settings())

    @app.get("/", signed=True)
    async def index(request: Request) -> None: ...

    with pytest.raises(SettingsError, match=r"\[S501\]"):
        await app.startup()


class Name(Schema):
    name: str = ""


class NameForm(SchemaForm[Name]): ...


class QuietForm(SchemaForm[Name], live=False): ...


async def test_of_a_form_sending_is_counted_and_not_showing(clock: list[float]) -> None:
    app = App(Settings(mode="test"))

    @app.form("/", limit="2/minute")
    async def form(form: NameForm) -> str:
        return "taken" if await form.validate() else "shown"

    @app.form("/quiet", limit="2/minute")
    async def quiet(form: QuietForm) -> str:
        return "taken" if await form.validate() else "shown"

    @app.post("/plain", limit="2/minute")
    async def plain() -> str:
        return "taken"

    @app.route("/both", methods=["GET", "POST"], limit=RateLimit(1, 60, methods=("GET",)))
    async def both() -> str:
        return "taken"

    async with Client(app) as client:
        for _ in range(5):
            shown = await client.get("/")
            assert shown.ok
            assert "ratelimit" not in shown.headers
        asked = [await client.post("/", headers={"form-check": "1"}) for _ in range(41)]
        assert [each.status_code for each in asked] == [200] * 40 + [429], "what the script asks is counted apart"
        assert {each.text for each in asked[:-1]} == {'{"errors":{}}'}, "and is not taken for the form"
        assert [(await client.post("/")).text for _ in range(2)] == ["taken", "taken"]
        assert (await client.post("/")).status_code == 429
        for path in ("/plain", "/quiet"):  # no script asks here, whoever says so
            sent = [await client.post(path, headers={"form-check": "1"}) for _ in range(3)]
            assert [each.status_code for each in sent] == [200, 200, 429]
        assert [(await client.post("/both")).status_code for _ in range(2)] == [200, 200]
        assert [(await client.get("/both")).status_code for _ in range(2)] == [200, 429]
        assert (await client.head("/both")).status_code == 429


async def test_asking_for_the_head_counts_as_asking(clock: list[float]) -> None:
    async with Client(app_of("2/minute")) as client:
        statuses = [(await client.request(method, "/")).status_code for method in ("HEAD", "GET", "HEAD", "GET")]
        assert statuses == [200, 200, 429, 429]
