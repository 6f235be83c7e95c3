"""The databases of an application: whatever it runs finds them."""

from __future__ import annotations

import builtins
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from rooftree import (
    After,
    App,
    Col,
    Model,
    Secret,
    Settings,
    SettingsError,
    Stream,
    UsageError,
    WebSocket,
    col,
    transaction,
)
from rooftree.app import migrations_folder
from rooftree.base import ConnectionFailed
from rooftree.db import create_tables, drop_tables
from rooftree.server import Server
from rooftree.testing import Client, SyncClient


class Note(Model, table="app_notes"):
    text: Col[str] = col(max_length=80)


async def texts() -> list[str]:
    return [note.text for note in await Note.where().order_by(Note.id)]


def shop(url: str) -> App:
    """An application that uses its database in every place where code of a user's runs."""
    app = App(Settings(database=url, hosts=("*",), access_log=False))

    @app.lifespan
    async def tables() -> AsyncIterator[None]:
        await drop_tables(Note)
        await create_tables(Note)
        await Note.create(text="start")
        yield
        assert await Note.where().exists()
        await drop_tables(Note)

    @app.get("/")
    async def index() -> list[str]:
        return await texts()

    @app.post("/{text}")
    def add(text: str, after: After) -> int:
        with transaction():
            note = Note.create(text=text).sync()
        after(later, text)
        return note.id

    async def later(text: str) -> None:
        await Note.create(text=f"after {text}")

    @app.get("/stream")
    async def stream() -> Stream:
        async def parts() -> AsyncIterator[str]:
            async for note in Note.where().order_by(Note.id):
                yield f"{note.text}\n"

        return Stream(parts())

    @app.get("/plain-stream")
    def plain_stream() -> Iterator[str]:
        for text in ("one", "two"):
            yield Note.create(text=text).sync().text

    @app.websocket("/socket")
    async def socket(ws: WebSocket[str]) -> None:
        async for message in ws:
            await Note.create(text=message)
            await ws.send(",".join(await texts()))

    return app


async def test_every_kind_of_handler_finds_the_database(url: str) -> None:
    async with Client(shop(url)) as client:
        assert (await client.get("/")).json() == ["start"]
        assert (await client.post("/plain")).json() == 2
        assert await texts() == ["start", "plain", "after plain"]  # the test's own queries too
        assert (await client.get("/stream")).text == "start\nplain\nafter plain\n"
        assert (await client.get("/plain-stream")).text
        async with client.websocket("/socket") as ws:
            await ws.send("socket")
            assert await ws.receive() == "start,plain,after plain,one,two,socket"


async def test_on_the_real_server(url: str) -> None:
    async with Server(shop(url)) as server, httpx.AsyncClient(base_url=server.url) as client:
        assert (await client.get("/")).json() == ["start"]
        assert (await client.post("/plain")).json() == 2
        assert (await client.get("/stream")).text.startswith("start\nplain\n")
        assert (await client.get("/")).json() == ["start", "plain", "after plain"]


async def test_as_an_asgi_application(url: str) -> None:
    app = shop(url)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        assert (await client.get("/")).json() == ["start"]  # started by its first request
        assert (await client.post("/plain")).json() == 2
    await app.shutdown()


def test_a_plain_test_queries_too(url: str) -> None:
    app = shop(url)
    with SyncClient(app) as client:
        assert Note.create(text="from the test").sync().id == 2
        assert client.get("/").json() == ["start", "from the test"]
    assert app.databases.loop is None


async def test_an_application_starts_again_after_its_end(url: str) -> None:
    app = shop(url)
    for _ in range(2):
        async with Client(app) as client:
            assert (await client.get("/")).json() == ["start"]
        assert app.databases.loop is None


async def test_two_databases_by_name(tmp_path: Path) -> None:
    settings = Settings(database="sqlite:///a.db", databases={"reports": "sqlite:///sub/b.db"})
    (tmp_path / "sub").mkdir()
    app = App(settings, root=tmp_path)
    async with Client(app):
        await create_tables(Note)
        await Note.create(text="main")
        await create_tables(Note, database="reports")
        await Note.create(text="report").using("reports")
        assert await texts() == ["main"]
        assert [note.text for note in await Note.where().using("reports")] == ["report"]
    assert (tmp_path / "a.db").exists()
    assert (tmp_path / "sub/b.db").exists()


async def test_a_database_that_cannot_be_opened_keeps_the_application_from_starting(tmp_path: Path) -> None:
    ended: list[str] = []
    settings = Settings(database=f"sqlite:///{tmp_path}/a.db", databases={"b": f"sqlite:///{tmp_path}/none/b.db"})
    app = App(settings)
    app.on_shutdown(lambda: ended.append("shutdown"))
    with pytest.raises(ConnectionFailed, match=r"\[T102\]"):
        await app.startup()
    assert app.databases.loop is None
    assert not app.running
    assert ended == []


async def test_no_database() -> None:
    app = App(Settings())

    @app.get("/")
    async def index() -> int:
        return await Note.where().count()

    async with Client(app) as client:
        with pytest.raises(UsageError) as failed:
            await client.get("/")
    assert str(failed.value) == (
        f"[T107] A query was run, and the application has no database. At {failed.value.at}. Set "
        "ROOFTREE_DATABASE=sqlite:///app.db, or write App(Settings(database=...))."
    )
    assert len(app.databases) == 0


def test_a_default_too_many() -> None:
    app = App(Settings(database="sqlite://", databases={"default": "sqlite://"}))
    with pytest.raises(SettingsError) as refused:
        app.databases  # noqa: B018
    assert str(refused.value) == (
        "[S106] The settings name two databases 'default': one in 'database', another in 'databases'. Leave out one of "
        "them, or give the other a name of its own."
    )


def test_a_missing_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "rooftree.db":
            raise ImportError("No module named 'sqlalchemy'", name="sqlalchemy")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(SettingsError) as refused:
        App(Settings(database="sqlite://")).databases  # noqa: B018
    assert str(refused.value) == (
        "[S107] The settings name a database, and SQLAlchemy is not installed. Run: pip install 'rooftree[sql]', or "
        "'rooftree[postgres]' for PostgreSQL."
    )


def test_prints_show_no_password() -> None:
    url = "postgresql://ann:hun@ter2@db:5432/shop"
    settings = Settings(database=url, databases={"reports": url}, secret_key=Secret("x"))
    assert "hun" not in repr(settings)
    assert "ter2" not in repr(settings)
    assert "db:5432/shop" in repr(settings)
    assert "ter2" not in repr(App(settings).databases["default"])


def test_from_the_environment() -> None:
    settings = Settings.load(
        env={"ROOFTREE_DATABASE": "sqlite:///a.db", "ROOFTREE_DATABASES": '{"reports": "sqlite:///b.db"}'}
    )
    assert settings.database == "sqlite:///a.db"
    assert settings.databases == {"reports": "sqlite:///b.db"}


def test_settings_changed_before_the_start(tmp_path: Path) -> None:
    app = App(Settings(database="sqlite:///a.db"), root=tmp_path)
    assert app.databases["default"].url == "sqlite:///a.db"
    app.configure(database="sqlite:///b.db")
    assert app.databases["default"].url == "sqlite:///b.db"


def test_an_application_without_a_database_loads_no_data_room() -> None:
    program = (
        "import asyncio, sys\nfrom rooftree import App, Settings\napp = App(Settings())\n"
        "async def main():\n    await app.startup()\n    await app.shutdown()\n"
        "asyncio.run(main())\nprint([name for name in sys.modules if name.startswith(('rooftree.db', 'sqlalchemy'))])"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_each_kind_of_database_may_have_its_own_time_line(tmp_path: Path) -> None:
    app = App(Settings(database="sqlite://", databases={"reports": "postgresql://localhost/reports"}), root=tmp_path)
    default, reports = app.databases["default"], app.databases["reports"]
    assert migrations_folder(app.root, default) == tmp_path / "migrations"
    (tmp_path / "migrations" / "postgresql").mkdir(parents=True)
    assert migrations_folder(app.root, default) == tmp_path / "migrations"
    (tmp_path / "migrations" / "sqlite").mkdir()
    assert migrations_folder(app.root, default) == tmp_path / "migrations" / "sqlite"
    (tmp_path / "migrations_reports" / "postgresql").mkdir(parents=True)
    assert migrations_folder(app.root, reports) == tmp_path / "migrations_reports" / "postgresql"
