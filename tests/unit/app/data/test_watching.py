"""What development says of statements: slow ones, repeated ones, transactions that wait for something else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import httpx
import pytest

from rooftree import App, Col, Found, Model, Settings, col, sql, transaction
from rooftree.db import create_tables
from rooftree.server import Server
from rooftree.testing import Client

LOG = "rooftree.db"


class Leaf(Model, table="watch_leaves"):
    name: Col[str] = col()
    secret: Col[str] = col(private=True, default="hunter2")


def garden(folder: Path, mode: Literal["development", "production"], *, log_queries: bool = False) -> App:
    url = f"sqlite:///{folder}/garden.db"
    app = App(Settings(database=url, mode=mode, log_queries=log_queries, access_log=False, hosts=("*",)))

    @app.lifespan
    async def tables() -> AsyncIterator[None]:
        await create_tables(Leaf)
        await Leaf.create(name="oak", secret="s3cret")
        yield

    @app.get("/one")
    async def one() -> int:
        return await Leaf.where().count()

    @app.get("/many")
    async def many() -> int:
        return len([await Leaf.get(1) for _ in range(6)])

    @app.post("/idle")
    async def idle(late: bool = False) -> None:
        async with transaction():
            await Leaf.where().count()
            await asyncio.sleep(0.08)
            if not late:
                await Leaf.where().count()

    @app.post("/secret")
    async def secret() -> None:
        await Leaf.create(name="ash", secret="s3cret")

    return app


def said(caplog: pytest.LogCaptureFixture, about: str = "") -> list[str]:
    """What was said, of one kind: on a busy machine any statement may be a slow one."""
    found = [record.getMessage() for record in caplog.records if record.name == LOG]
    return [text for text in found if text.startswith(about)]


def line_of(mark: str) -> str:
    """The line of this file that has a comment."""
    lines = Path(__file__).read_text(encoding="utf-8").splitlines()
    number = next(at for at, line in enumerate(lines, 1) if line.endswith(f"  {mark}"))
    return f"tests/unit/app/data/test_watching.py:{number}"


async def test_repeated_statements(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with Client(garden(tmp_path, "development")) as client:
        await client.get("/many")
    (warning,) = said(caplog, "N+1: ")
    assert warning.startswith("N+1: tests/unit/app/data/test_watching.py:")
    assert "ran the same statement 5 times. Load the rows together, with .include(...)" in warning


async def test_requests_of_one_connection_are_counted_apart(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    app = garden(tmp_path, "development")
    async with Server(app) as server, httpx.AsyncClient(base_url=server.url) as client:
        for _ in range(8):
            assert (await client.get("/one")).text == "1"
    assert said(caplog, "N+1: ") == []


@pytest.mark.parametrize(
    ("query", "text"), [("", "before the statement at"), ("?late=true", "after its last statement")]
)
async def test_a_transaction_that_waits_for_something_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, query: str, text: str
) -> None:
    async with Client(garden(tmp_path, "development")) as client:
        await client.post(f"/idle{query}")
    (warning,) = [each for each in said(caplog, "Idle transaction: ") if text in each]
    assert warning.startswith("Idle transaction: the one opened at tests/unit/app/data/test_watching.py:")
    assert warning.endswith("Do such work (HTTP, sleep, long computing) before it or after it.")


async def test_slow_statements(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    app = garden(tmp_path, "development")

    @app.get("/slow")
    async def slow() -> int:
        counting = (
            "with recursive n(x) as (select 1 union all select x + 1 from n where x < 3000000) select max(x) from n"
        )
        return (await sql(int, counting))[0]

    async with Client(app) as client:
        await client.get("/slow")
    assert any(warning.startswith("Slow query: ") and "test_watching.py:" in warning for warning in said(caplog))


async def test_statements_that_run_in_tasks_of_their_own_are_told_with_the_line_that_waits(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = garden(tmp_path, "development")

    @app.get("/together")
    async def together() -> int:
        return len(await asyncio.gather(*(Leaf.get(1) for _ in range(6))))  # together

    async with Client(app) as client:
        await client.get("/together")
    (warning,) = said(caplog, "N+1: ")
    assert warning.startswith(f"N+1: {line_of('# together')} ran the same statement 5 times.")


async def test_what_the_framework_asks_for_a_handler_is_told_with_the_handlers_line(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, LOG)
    app = garden(tmp_path, "development", log_queries=True)

    @app.get("/leaves/{leaf}", transaction=True)  # found
    async def show(leaf: Found[Leaf]) -> str:
        await asyncio.sleep(0.08)
        return leaf.name

    async with Server(app) as server, httpx.AsyncClient(base_url=server.url) as client:
        caplog.clear()
        assert (await client.get("/leaves/1")).text == "oak"
    (line,) = said(caplog, "default ")
    assert f"{line_of('# found')}: SELECT" in line
    assert "\n" not in line
    (warning,) = said(caplog, "Idle transaction: ")
    assert warning.startswith(f"Idle transaction: the one opened at {line_of('# found')} ended ")


async def test_production_is_silent(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with Client(garden(tmp_path, "production")) as client:
        await client.get("/many")
        await client.post("/idle")
    assert said(caplog) == []


async def test_every_statement_when_asked_without_its_values(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, LOG)
    async with Client(garden(tmp_path, "production", log_queries=True)) as client:
        caplog.clear()
        await client.post("/secret")
    (line,) = said(caplog)
    assert "INSERT INTO watch_leaves" in line.replace('"', "")
    assert "test_watching.py:" in line
    assert "<str of 6>" in line
    assert "s3cret" not in line
