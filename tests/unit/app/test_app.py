from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from rooftree import (
    App,
    BaseSettings,
    CallNext,
    Finding,
    Group,
    Request,
    Response,
    RouteError,
    Settings,
    SettingsError,
    StartupError,
    UsageError,
    WebSocket,
)
from rooftree.base import current_call
from rooftree.testing import Client


class Mail(BaseSettings, frozen=True, kw_only=True):
    host: str = "localhost"


class ShopSettings(Settings, frozen=True, kw_only=True):
    currency: str = "EUR"
    mail: Mail = Mail()


class Clock:
    def __init__(self, currency: str) -> None:
        self.currency = currency


# ---- what is injected


async def test_settings_and_the_application_are_injected_by_their_types() -> None:
    app = App(ShopSettings(currency="USD"))

    @app.provide
    def clock(settings: ShopSettings) -> Clock:
        return Clock(settings.currency)

    @app.get("/")
    async def index(own: ShopSettings, base: Settings, given: App, clock: Clock) -> list[object]:
        return [own.currency, base is own, given is app, clock.currency]

    async with Client(app) as client:
        assert (await client.get("/")).json() == ["USD", True, True, "USD"]


async def test_settings_are_read_from_the_environment_where_none_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOFTREE_HOSTS", "example.org")
    assert App().settings.hosts == ("example.org",)
    monkeypatch.setenv("ROOFTREE_THREADS", "many")
    with pytest.raises(SettingsError, match="S101"):
        App()


# ---- its life


async def test_lifespan_functions_start_in_order_and_end_in_reverse() -> None:
    app = App(Settings())
    notes: list[str] = []

    @app.lifespan
    async def first() -> AsyncIterator[None]:
        notes.append("first")
        yield
        notes.append("first ended")

    @app.on_startup
    def second() -> None:
        notes.append("second")

    @app.on_startup
    async def third() -> None:
        notes.append("third")

    @app.on_shutdown
    async def fourth() -> None:
        notes.append("fourth ended")

    @app.on_shutdown
    def fifth() -> None:
        notes.append("fifth ended")

    @app.lifespan
    async def with_app(given: App) -> AsyncIterator[None]:
        notes.append(f"given {given is app}")
        yield

    app.started.connect(lambda given: notes.append(f"started {given is app}"))
    app.stopping.connect(lambda given: notes.append(f"stopping {given is app}"))
    async with Client(app):
        assert app.running
        assert notes == ["first", "second", "third", "given True", "started True"]
        notes.clear()
    assert notes == ["stopping True", "fifth ended", "fourth ended", "first ended"]
    assert not app.running


async def test_what_was_started_ends_where_a_later_part_fails_and_it_can_be_started_again() -> None:
    app = App(Settings())
    notes: list[str] = []
    fail = [True]

    @app.on_shutdown
    def close() -> None:
        notes.append("closed")

    @app.on_startup
    def connect() -> None:
        if fail.pop():
            fail.append(False)
            raise OSError("no database")

    with pytest.raises(OSError, match="no database"):
        await app.startup()
    assert notes == ["closed"]
    assert not app.running
    async with Client(app):
        assert app.running


async def test_the_end_of_one_part_that_fails_keeps_no_other_from_ending() -> None:
    app = App(Settings())
    notes: list[str] = []

    @app.on_shutdown
    def close() -> None:
        notes.append("closed")

    @app.on_shutdown
    def broken() -> None:
        raise OSError("on purpose")

    await app.startup()
    with pytest.raises(OSError, match="on purpose"):
        await app.shutdown()
    assert notes == ["closed"]
    await app.shutdown()  # once more does nothing
    assert notes == ["closed"]


async def test_starting_twice_is_a_mistake() -> None:
    app = App(Settings())
    await app.startup()
    with pytest.raises(UsageError) as caught:
        await app.startup()
    assert str(caught.value) == ("[U101] The application was started twice. Start it once, or call shutdown() between.")
    await app.shutdown()


async def test_values_of_the_application_live_as_long_as_it() -> None:
    app = App(Settings())
    notes: list[str] = []

    def clock() -> Iterator[Clock]:
        notes.append("made")
        yield Clock("EUR")
        notes.append("closed")

    app.provide(clock, scope="app")

    @app.get("/")
    async def index(clock: Clock) -> int:
        return id(clock)

    async with Client(app) as client:
        assert (await client.get("/")).json() == (await client.get("/")).json()
        assert notes == ["made"]
    assert notes == ["made", "closed"]


# ---- hosts


@pytest.mark.parametrize(
    ("hosts", "host", "status"),
    [
        ((), "localhost", 200),
        ((), "127.0.0.1:8000", 200),
        ((), "[::1]", 200),
        ((), "example.org", 400),
        (("example.org",), "example.org", 200),
        (("example.org",), "EXAMPLE.org:443", 200),
        (("example.org",), "localhost", 400),
        (("*.example.org",), "a.example.org", 200),
        (("*.example.org",), "example.org", 400),
        (("*",), "anything.example", 200),
    ],
)
async def test_only_the_sites_own_hosts_are_answered(hosts: tuple[str, ...], host: str, status: int) -> None:
    app = App(Settings(hosts=hosts))

    @app.get("/")
    async def index() -> str:
        return ""

    async with Client(app) as client:
        answer = await client.get("/", headers={"host": host})
        assert answer.status_code == status
        assert answer.headers["x-content-type-options"] == "nosniff"
        if status == 400:
            assert answer.json()["detail"] == "This server does not answer for that host."


@pytest.mark.parametrize(
    ("forwarded", "status"),
    [
        ({}, 200),
        ({"x-forwarded-host": "example.org"}, 200),
        ({"x-forwarded-host": "example.org", "x-forwarded-port": "443", "x-forwarded-proto": "https"}, 200),
        ({"x-forwarded-host": "evil.example"}, 400),
        ({"x-forwarded-host": "evil.example, example.org"}, 200),  # the nearest proxy's own word
        ({"x-forwarded-host": "example.org, evil.example"}, 400),
        ({"x-forwarded-port": "8443"}, 400),
    ],
)
async def test_a_host_that_a_proxy_passes_on_is_looked_at_too(forwarded: dict[str, str], status: int) -> None:
    believed: Any = ("x-forwarded-host", "x-forwarded-port", "x-forwarded-proto")
    app = App(Settings(hosts=("example.org",), trusted_proxies=("127.0.0.1",), forwarded_headers=believed))

    @app.get("/")
    async def index(request: Request) -> str:
        return request.host

    async with Client(app, base_url="http://example.org") as client:
        for _ in range(2):  # what was let in once is not remembered for what else comes with it
            answer = await client.get("/", headers=forwarded)
            assert (answer.status_code, answer.text == "example.org") == (status, status == 200)
            assert (await client.get("/")).status_code == 200


async def test_a_wrong_host_reaches_no_middleware() -> None:
    async def reached(request: Request, call_next: CallNext) -> Response:
        raise AssertionError("reached")

    async with Client(App(Settings(), middleware=[reached])) as client:
        assert (await client.get("/", headers={"host": "evil.example"})).status_code == 400


# ---- two of them, plug-ins, checks, names


async def test_two_applications_in_one_process() -> None:
    async def which() -> str:
        call = current_call.get()
        assert isinstance(call.app, App)
        return call.app.title

    one, two = App(Settings(), name="one"), App(Settings(), name="two")
    for app in (one, two):
        app.get("/")(which)
    async with Client(one) as first, Client(two) as second:
        assert [(await first.get("/")).text, (await second.get("/")).text] == ["one", "two"]
    assert repr(one) == "<App one>"


async def test_a_plug_in_brings_routes_providers_middleware_and_checks() -> None:
    class Closed:
        def install(self, app: App) -> None:
            async def mark(request: Request, call_next: CallNext) -> Response:
                response = await call_next(request)
                response.headers["x-plugin"] = "1"
                return response

            def look(app: App) -> Iterator[Finding]:
                yield Finding("X001", "warning", "It is closed.", "Open it.")

            group = Group("/plugin")

            @group.get("/clock")
            async def show(clock: Clock) -> str:
                return clock.currency

            app.include(group)
            app.middleware.append(mark)
            app.provide(lambda: Clock("GBP"), type=Clock)
            app.checks.append(look)

    app = App(Settings())
    app.use(Closed())
    async with Client(app) as client:
        answer = await client.get("/plugin/clock")
        assert (answer.text, answer.headers["x-plugin"]) == ("GBP", "1")
    assert [finding.id for finding in app.findings()] == ["X001"]
    assert {"X001", "C101", "C103"} <= {finding.id for finding in app.findings(deploy=True)}


def test_urls_are_made_of_handlers_and_names() -> None:
    app = App(Settings())
    shop = Group("/shop", name="shop")

    @shop.get("/items/{id:int}", name="item")
    async def item(id: int) -> str:
        return ""

    app.include(shop)
    assert app.url_for(item, id=7) == app.url_for("shop.item", id=7) == "/shop/items/7"
    assert app.url_for(item, id=7, page=2) == "/shop/items/7?page=2"
    with pytest.raises(RouteError, match="Did you mean"):
        app.url_for("shop.itme", id=7)


# ---- mistakes, all at once


def test_every_mistake_of_the_routes_is_told_at_once() -> None:
    app = App(Settings())

    @app.get("/a/{id}")
    async def a() -> str:
        return ""

    @app.get("/b")
    async def b(x: dict[str, int]) -> str:
        return ""

    @app.get("/b")
    async def c(x: Clock) -> str:
        return ""

    with pytest.raises(StartupError) as caught:
        _ = app.built
    codes = [text[1:5] for text in (str(caught.value), *caught.value.__notes__)]
    assert codes == ["R201", "R204", "H103", "D102"]


def test_a_mistake_that_many_routes_share_is_told_once_and_there_is_an_end() -> None:
    app = App(Settings())

    def needs(number: int) -> Any:
        async def handler(x: dict[str, int]) -> str:
            return ""

        handler.__name__ = handler.__qualname__ = f"handler_{number}"
        return handler

    for number in range(100):
        app.get(f"/{number}")(needs(number))
    with pytest.raises(StartupError) as caught:
        _ = app.built
    assert len(caught.value.__notes__) == 30


def test_declaring_does_nothing_and_building_is_done_once() -> None:
    app = App(Settings())
    app.get("/wrong/{")(lambda: None)
    with pytest.raises(StartupError):
        _ = app.built
    fine = App(Settings())
    assert fine.built is fine.built


@pytest.mark.parametrize("given", ["shop", Settings])
def test_what_is_no_settings_is_refused(given: Any) -> None:
    with pytest.raises(UsageError) as error:
        App(given)
    assert str(error.value) == (
        f"[U106] App() was given {given!r} in place of settings. "
        "Write App(), App(Settings(...)), or App(name=...) for a name."
    )


def wrapped() -> None: ...


class Half:
    def install(self, app: App) -> None: ...


class Routes:
    __rooftree_declare__: tuple[object, ...] = ()


@pytest.mark.parametrize(
    ("given", "name", "remedy"),
    [
        (Routes, "Routes", "Write app.include(Routes): it has routes."),
        (Half, "Half", "Write app.use(Half(...)): a plug-in is made first."),
        (wrapped, "wrapped", "Functions around requests are middleware: App(middleware=[wrapped])."),
        (7, "7", "A plug-in has a method install(app)."),
    ],
)
def test_what_is_no_plugin_is_told_where_it_belongs(given: Any, name: str, remedy: str) -> None:
    with pytest.raises(UsageError) as error:
        App(Settings()).use(given)
    assert str(error.value).startswith(f"[U108] app.use() was given {name}, which is no plug-in. ")
    assert str(error.value).endswith(remedy)


async def test_a_wrong_host_is_told_what_to_do_in_development() -> None:
    app = App(Settings(mode="development"))
    async with Client(app) as client:
        answer = await client.get("/", headers={"host": "192.168.1.7:8000"})
    assert answer.status_code == 400
    assert answer.json()["detail"] == (
        "This server does not answer for that host. Add it to the setting 'hosts': ROOFTREE_HOSTS=192.168.1.7:8000"
    )


async def test_plain_handlers_run_on_as_many_threads_as_the_settings_say() -> None:
    app = App(Settings(threads=2))
    lock = threading.Lock()
    now: list[int] = []
    most = 0

    @app.get("/")
    def slow(n: int) -> int:
        nonlocal most
        with lock:
            now.append(n)
            most = max(most, len(now))
        time.sleep(0.02)
        with lock:
            now.remove(n)
        return n

    async with Client(app) as client:
        answers = await asyncio.gather(*(client.get(f"/?n={n}") for n in range(6)))
    assert [answer.json() for answer in answers] == list(range(6))
    assert most == 2


async def test_a_plain_get_on_a_websocket_route_says_to_upgrade() -> None:
    app = App(Settings())

    @app.websocket("/chat")
    async def chat(ws: WebSocket[str]) -> None:
        await ws.send("hello")

    async with Client(app) as client:
        answer = await client.get("/chat")
        assert (answer.status_code, answer.headers["upgrade"]) == (426, "websocket")
        assert (await client.post("/chat")).status_code == 405


def test_variables_that_no_setting_reads_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOFTREE_MAXBODY", "1")
    monkeypatch.setenv("ROOFTREE_LIMITS__HEAD_TIME", "1")
    monkeypatch.setenv("ROOFTREE_LIMITS__HAED_TIME", "1")
    for deploy in (True, False):
        said = [(each.fact, each.hint) for each in App(Settings()).findings(deploy=deploy) if each.id == "C108"]
        assert said == [
            (
                "The environment has ROOFTREE_LIMITS__HAED_TIME, which no setting reads.",
                "Did you mean ROOFTREE_LIMITS__HEAD_TIME?",
            ),
            ("The environment has ROOFTREE_MAXBODY, which no setting reads.", "Did you mean ROOFTREE_MAX_BODY?"),
        ]


def test_so_are_those_of_the_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".env").write_text("ROOFTREE_HOST=example.org\nROOFTREE_HOSTS=example.org\nOTHER=1\n", encoding="utf-8")
    said = [(each.fact, each.hint) for each in App(Settings()).findings(deploy=False) if each.id == "C108"]
    assert said == [("The file .env has ROOFTREE_HOST, which no setting reads.", "Did you mean ROOFTREE_HOSTS?")]


# ---- the folder of an application


class _OwnApp(App):
    def __init__(self) -> None:
        super().__init__(Settings())


def test_the_root_is_the_folder_of_the_file_that_makes_it(tmp_path: Path) -> None:
    here = Path(__file__).resolve().parent
    assert App(Settings()).root == here
    assert _OwnApp().root == here
    assert App(Settings(), root=tmp_path).root == tmp_path.resolve()
