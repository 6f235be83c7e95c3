"""Sessions, by requests to an application: what they keep, when a cookie is set, and what nobody can do with them."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from rooftree import App, Request, Response, Secret, Settings, UsageError, WebSocket
from rooftree.base import MemoryStore, SessionOptions
from rooftree.db import sql
from rooftree.sessions import Flash, Session, open_session
from rooftree.testing import Client

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


@pytest.fixture(params=KINDS)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    return settings_of(request.param, tmp_path)


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


# ---- what is kept


async def test_nothing_is_sent_until_something_is_kept(settings: Settings) -> None:
    async with site_of(settings) as site:
        await site.do(lambda session: session.get("n"))
        assert "set-cookie" not in site.last.headers
        assert "vary" not in site.last.headers
        await site.do(put("n", 1))
        assert site.last.headers["set-cookie"].startswith("session=")
        assert "HttpOnly; SameSite=Lax" in site.last.headers["set-cookie"]
        assert site.last.headers["cache-control"] == "private"
        assert site.last.headers["vary"] == "cookie"
        assert await site.do(lambda session: session["n"]) == 1
        assert "set-cookie" not in site.last.headers
        assert site.last.headers["cache-control"] == "private"
        assert "cache-control" not in (await site.client.get("/plain")).headers


async def test_values_come_back_with_their_types(settings: Settings) -> None:
    async with site_of(settings) as site:
        moment = datetime(2026, 11, 27, tzinfo=UTC)

        def write(session: Visit) -> None:
            session.cart.items.append(3)  # changed in place
            session.seen = {1, 2}
            session.since = moment
            session["list"] = [1]

        await site.do(write)

        def read(session: Visit) -> list[Any]:
            session["list"].append(2)
            return [
                session.cart.items, sorted(session.seen), session.since == moment, session.name,
                session.get("since", datetime) == moment, session.get("since", int), session.get("none", int, 7),
                sorted(session), len(session), "list" in session, "none" in session, bool(session),
            ]  # fmt: skip

        assert await site.do(read) == [
            [3], [1, 2], True, None, True, None, 7, ["cart", "list", "seen", "since"], 4, True, False, True,
        ]  # fmt: skip
        assert await site.do(lambda session: session["list"]) == [1, 2]
        assert await site.do(lambda session: session.pop("list")) == [1, 2]
        assert await site.do(lambda session: session.get("list")) is None

        def remove(session: Visit) -> None:
            del session.seen
            del session["cart"]
            for missing in (lambda: session["none"], lambda: session.__delitem__("none")):
                with pytest.raises(KeyError, match="none"):
                    missing()

        await site.do(remove)
        assert await site.do(list) == ["since"]


async def test_a_default_is_nobody_elses(settings: Settings) -> None:
    async with site_of(settings) as one:
        await one.do(lambda session: session.cart.items.append(1))
        one.client.cookies.clear()
        assert await one.do(lambda session: session.cart.items) == []
        assert "set-cookie" not in one.last.headers


async def test_a_declared_value_without_default_is_asked_for_in_vain(settings: Settings) -> None:
    async with site_of(settings) as site:

        def read(session: Visit) -> None:
            with pytest.raises(AttributeError, match="The session has no 'since', and Visit gives no default"):
                _ = session.since

        await site.do(read)


def test_a_name_of_session_itself_cannot_be_declared() -> None:
    with pytest.raises(UsageError, match=r"\[U605\] .*Wrong declares 'flash', which is a name of Session itself"):
        type("Wrong", (Session,), {"__annotations__": {"flash": str}})


@pytest.mark.parametrize(
    ("value", "kind"), [(object(), "object"), (2**70, "int"), ("\ud800", "str"), ([[2**70]], "list")]
)
async def test_what_cannot_be_kept_is_refused_at_once(settings: Settings, value: Any, kind: str) -> None:
    async with site_of(settings) as site:

        def write(session: Visit) -> None:
            with pytest.raises(UsageError, match=rf"\[U603\] The session cannot keep 'x', which is of the type {kind}"):
                session["x"] = value

        await site.do(write)


async def test_what_is_put_into_a_list_later_is_named_too(settings: Settings) -> None:
    async with site_of(settings) as site:
        await site.do(put("list", [1]))
        with pytest.raises(UsageError, match=r"\[U603\] The session cannot keep 'list', which is of the type list"):
            await site.do(lambda session: session["list"].append(object()))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (
            "cookie",
            r"\[U601\] The session has \d+ characters as a cookie, and browsers keep at most 3900; ",
        ),
        ("memory", r"\[U601\] The session has \d+ bytes, and at most 65536 are kept; the largest value is 'big'"),
    ],
)
async def test_what_is_too_large_is_said(kind: str, text: str, tmp_path: Path) -> None:
    async with site_of(settings_of(kind, tmp_path)) as site:
        with pytest.raises(UsageError, match=text):
            await site.do(put("big", "x" * 70_000))


async def test_an_error_of_the_handler_keeps_nothing(settings: Settings) -> None:
    site = Site(settings)
    site.client = Client(site.app, raise_errors=False)

    def fail(session: Session) -> None:
        session["n"] = 2
        raise RuntimeError("failed")

    async with site.client:
        await site.do(put("n", 1))
        site.work = fail
        assert (await site.client.get("/")).status_code == 500
        assert await site.do(lambda session: session["n"]) == 1


# ---- flash messages


async def test_messages_are_shown_once(settings: Settings) -> None:
    async with site_of(settings) as site:

        def two(session: Session) -> None:
            session.flash("<b>Saved</b>", "success")
            session.flash("Then this.")

        await site.do(two)
        assert await site.do(len) == 0
        shown = await site.do(lambda session: session.flashes())
        assert [msgspec.convert(one, Flash) for one in shown] == [Flash("<b>Saved</b>", "success"), Flash("Then this.")]
        assert await site.do(lambda session: session.flashes()) == []


async def test_messages_that_nobody_looks_at_do_not_pile_up(tmp_path: Path) -> None:
    async with site_of(settings_of("memory", tmp_path)) as site:

        def many(session: Session) -> None:
            for number in range(50):
                session.flash(str(number))

        await site.do(many)
        shown = await site.do(lambda session: [flash.text for flash in session.flashes()])
        assert shown == [str(number) for number in range(30, 50)]


# ---- its life


class NotedStore(MemoryStore):
    """Notes for how long something was kept last."""

    lasts = 0.0

    async def set(self, key: str, value: bytes, *, lasts: float, version: int | None = None) -> bool:
        self.lasts = lasts
        return await super().set(key, value, lasts=lasts, version=version)


async def test_what_holds_only_messages_is_kept_for_an_hour(tmp_path: Path) -> None:
    async with site_of(settings_of("memory", tmp_path)) as site:
        site.app.sessions.keep_in(store := NotedStore())
        await site.do(lambda visit: visit.flash("Sent."))
        assert store.lasts == 3600
        await site.do(put("name", "ann"))
        assert store.lasts > 24 * 3600, "now it holds something"
        assert await site.do(lambda visit: [flash.text for flash in visit.flashes()]) == ["Sent."]
        assert store.lasts > 24 * 3600
        await site.do(lambda visit: visit.pop("name"))
        assert store.lasts == 3600, "nothing is left of it"


async def test_rotation_leaves_the_old_token_worthless(tmp_path: Path) -> None:
    for kind in ("database", "memory"):
        async with site_of(settings_of(kind, tmp_path)) as site:
            await site.do(put("user", 7))
            old = site.cookie
            await site.do(lambda session: session.rotate())
            assert site.cookie not in {old, None}
            assert await site.do(lambda session: session["user"]) == 7
            new = site.cookie
            # a request that was under way with the old one writes nothing, and sets no cookie over the new one
            site.client.cookies.clear()
            assert await site.do(put("user", 8), cookies={"session": str(old)}) is None
            assert "set-cookie" not in site.last.headers
            assert await site.do(lambda session: session["user"], cookies={"session": str(new)}) == 7


async def test_signing_out_ends_it_everywhere(tmp_path: Path) -> None:
    async with site_of(settings_of("database", tmp_path)) as site:
        await site.do(put("user", 7))
        old = str(site.cookie)
        await site.do(lambda session: session.clear())
        assert site.cookie is None
        assert "session=; Max-Age=0" in site.last.headers["set-cookie"]
        assert await site.do(lambda session: session.get("user"), cookies={"session": old}) is None


async def test_what_is_kept_after_clearing_begins_a_new_one(settings: Settings) -> None:
    async with site_of(settings) as site:
        await site.do(put("user", 7))
        old = site.cookie

        def again(session: Session) -> None:
            session.clear()
            session.flash("Good-bye")

        await site.do(again)
        assert site.cookie not in {old, None}
        assert await site.do(lambda session: [session.get("user"), len(session.flashes())]) == [None, 1]


async def test_it_ends_after_idleness_and_in_any_case(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    now, moved = time.time, [0.0]
    monkeypatch.setattr(time, "time", lambda: now() + moved[0])
    monkeypatch.setattr(time, "monotonic", lambda: now() + moved[0])
    day = 24 * 3600
    async with site_of(settings) as site:
        await site.do(put("n", 1))
        moved[0] = 2 * day  # a visit renews it
        assert await site.do(lambda session: session.get("n")) == 1
        assert "Max-Age=1209600" in site.last.headers["set-cookie"]
        moved[0] = 15 * day
        assert await site.do(lambda session: session.get("n")) == 1
        kept = site.cookie
        moved[0] = 15 * day + 14 * day + 10
        assert await site.do(lambda session: session.get("n"), cookies={"session": str(kept)}) is None
        assert "Max-Age=0" in site.last.headers["set-cookie"]
        # and with a visit every ten days
        moved[0] = 0
        site.client.cookies.clear()
        await site.do(put("n", 1))
        for days in range(10, 90, 10):
            moved[0] = days * day
            assert await site.do(lambda session: session.get("n")) == 1, days
        kept = site.cookie
        moved[0] = 90 * day + 10
        assert await site.do(lambda session: session.get("n"), cookies={"session": str(kept)}) is None


# ---- what others try


@pytest.mark.parametrize("token", ["", "x", "A" * 32, "é" * 32, "A" * 5000, "../../etc/passwd", "%00", "=" * 32])
async def test_a_made_up_token_is_no_session(settings: Settings, token: str) -> None:
    from urllib.parse import quote

    async with site_of(settings) as site:
        assert await site.do(list, cookies={"session": quote(token)}) == []
        assert await site.do(put("n", 1), cookies={"session": quote(token)}) is None
        assert site.cookie != token  # fixation: nobody chooses another's token


async def test_every_changed_character_of_an_encrypted_cookie_is_noticed(tmp_path: Path) -> None:
    async with site_of(settings_of("cookie", tmp_path)) as site:
        await site.do(put("user", 7))
        token = str(site.cookie)
        assert "user" not in token
        site.client.cookies.clear()
        for place in range(len(token)):
            other = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
            found = await site.do(lambda session: session.get("user"), cookies={"session": other})
            assert found is None or place == len(token) - 1  # the last character has bits that mean nothing


async def test_keys_are_replaced_one_by_one(tmp_path: Path) -> None:
    settings = settings_of("cookie", tmp_path)
    async with site_of(settings) as site:
        await site.do(put("user", 7))
        old = str(site.cookie)
    both = msgspec.structs.replace(settings, secret_key=Secret("n" * 40), old_secret_keys=(KEY,))
    async with site_of(both) as site:
        assert await site.do(lambda session: session.get("user"), cookies={"session": old}) == 7
    async with site_of(msgspec.structs.replace(settings, secret_key=Secret("n" * 40))) as site:
        assert await site.do(lambda session: session.get("user"), cookies={"session": old}) is None


async def test_the_store_holds_no_token(tmp_path: Path) -> None:
    async with site_of(settings_of("database", tmp_path)) as site:
        await site.do(put("user", 7))
        token = str(site.cookie)
    content = b"".join(file.read_bytes() for file in sorted(tmp_path.glob("test.db*")))  # noqa: ASYNC240 - a test
    assert b"session:" in content
    assert token.encode() not in content


# ---- requests at the same time


@pytest.mark.parametrize("kind", ["database", "memory", "postgresql"])
async def test_requests_at_the_same_time_keep_each_others_changes(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    settings = settings_of("database" if kind == "postgresql" else kind, tmp_path)
    if kind == "postgresql":
        settings = msgspec.structs.replace(settings, database=request.getfixturevalue("postgres_url"))
    async with site_of(settings) as site:
        await site.do(put("start", 1))
        turn, done = asyncio.Barrier(8), iter(range(8))

        async def change(session: Session) -> None:
            await turn.wait()
            session[f"key-{next(done)}"] = True
            session.flash("one")

        site.work = change
        await asyncio.gather(*(site.client.get("/") for _ in range(8)))
        assert await site.do(len) == 9
        assert await site.do(lambda session: len(session.flashes())) == 8


@pytest.mark.parametrize("kind", ["memory", "database"])
@pytest.mark.parametrize("rotates", [False, True])
async def test_a_change_does_not_bring_back_what_was_signed_out_meanwhile(
    kind: str, rotates: bool, tmp_path: Path
) -> None:
    async with site_of(settings_of(kind, tmp_path)) as site:
        await site.do(put("user", 7))
        token = str(site.cookie)
        first, second = asyncio.Event(), asyncio.Event()

        async def late(session: Session) -> None:
            session["n"] = 1
            if rotates:  # a token of its own would outlive the sign-out
                session.rotate()
            first.set()
            await second.wait()

        site.work = late
        waiting = asyncio.create_task(site.client.get("/", cookies={"session": token}))
        await first.wait()
        await site.do(lambda session: session.clear())
        second.set()
        answer = await waiting
        assert "set-cookie" not in answer.headers
        assert await site.do(list, cookies={"session": token}) == []


async def test_a_rotation_keeps_what_other_requests_changed_meanwhile(tmp_path: Path) -> None:
    async with site_of(settings_of("database", tmp_path)) as site:
        await site.do(put("user", 7))
        token = str(site.cookie)
        first, second = asyncio.Event(), asyncio.Event()

        async def late(session: Session) -> None:
            session.rotate()
            session["n"] = 1
            first.set()
            await second.wait()

        site.work = late
        waiting = asyncio.create_task(site.client.get("/", cookies={"session": token}))
        await first.wait()
        await site.do(put("cart", {"items": [5]}), cookies={"session": token})
        second.set()
        new = (await waiting).headers["set-cookie"].partition("=")[2].partition(";")[0]
        kept = await site.do(lambda session: {key: session[key] for key in session}, cookies={"session": new})
        assert kept == {"user": 7, "cart": {"items": [5]}, "n": 1}


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

    async with Client(app) as client:
        first = await client.get("/")
        assert "set-cookie" in first.headers
        assert (first.headers["cache-control"], first.headers["vary"]) == (sent, "cookie")
        assert (await client.get("/")).headers["cache-control"] == own  # without the cookie it is the handler's


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
