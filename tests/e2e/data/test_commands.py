"""Applications with a database under the commands that serve them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rooftree import Col, Model, col
from rooftree.db import Database, create_tables
from tests.e2e.cli.commands import serving
from tests.services import need, temporary_database

APP = """
import os
from rooftree import App, Col, Model, Settings, col

class Visit(Model):
    name: Col[str] = col()
    secret: Col[str] = col(private=True, default="hunter2")

app = App(Settings.load(access_log=False))

@app.get("/")
async def index() -> dict[str, int]:
    return {"worker": os.getpid(), "count": await Visit.where().count()}

@app.get("/add", transaction=True)
def add() -> str:
    Visit.create(name="ann").sync()
    return "added"
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "sqlite":
        yield "sqlite:///visits.db"
        return
    with temporary_database(need("postgresql"), f"rooftree_serve_{os.getpid()}") as found:
        yield found


class Visit(Model, table="visits"):
    name: Col[str] = col()
    secret: Col[str] = col(private=True, default="hunter2")


@pytest.fixture
def folder(tmp_path: Path, url: str) -> Path:
    (tmp_path / "app.py").write_text(APP, encoding="utf-8")

    async def tables() -> None:
        async with Database(url, folder=tmp_path) as database:
            await create_tables(Visit, database=database)

    asyncio.run(tables())
    return tmp_path


def test_each_worker_opens_its_own(folder: Path, url: str) -> None:
    with (
        serving(folder, "run", "--workers", "2", "--port", "0", ROOFTREE_DATABASE=url) as served,
        ThreadPoolExecutor(8) as pool,
    ):
        served.wait_for("http://")
        assert {answer.text for answer in pool.map(served.get, ["/add"] * 20)} == {"added"}
        workers, counts = set[int](), set[int]()
        for answer in pool.map(served.get, ["/"] * 60):
            workers.add(answer.json()["worker"])
            counts.add(answer.json()["count"])
        assert counts == {20}
        assert len(workers) == 2


def test_statements_are_logged_when_asked(folder: Path, url: str) -> None:
    with serving(folder, "dev", "--sql", "--port", "0", ROOFTREE_DATABASE=url) as served:
        assert served.get("/add").text == "added"
        served.wait_for("app.py:17")
        logged = [line for line in served.output.splitlines() if "INSERT" in line]
        assert len(logged) == 1
        assert "<str of 7>" in logged[0]
        assert "hunter2" not in served.output
