"""What an application goes through with its database, on the real server: it says so, loses nothing, and recovers."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections import Counter
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import pytest

from rooftree import App, Col, Model, Settings, col, transaction
from rooftree.db import create_tables
from rooftree.server import Server
from tests.services import need, sql, temporary_database
from tests.unit.db.drivers.cluster import running_cluster


class Entry(Model, table="fault_entries"):
    name: Col[str] = col()
    pair: Col[int] = col()


def ledger(url: str, gate: asyncio.Event | None = None, waiting: asyncio.Semaphore | None = None) -> App:
    """Writes two rows in each transaction: an odd number of rows is half a commit.

    ``POST /gated`` tells ``waiting`` after the first, and waits for the gate before the second.
    """
    app = App(Settings(database=url, access_log=False, hosts=("*",)))

    @app.get("/")
    async def total() -> int:
        return await Entry.where().count()

    @app.post("/{name}", transaction=True)
    async def add(name: str, wait: float = 0, size: int = 1) -> int:
        await Entry.create(name=name * size, pair=1)
        await asyncio.sleep(wait)
        if name == "gated" and gate is not None and waiting is not None:
            waiting.release()
            await gate.wait()
        await Entry.create(name=name * size, pair=2)
        return 2

    @app.get("/slow")
    async def slow() -> None:
        async with transaction():
            await Entry.create(name="slow", pair=1)
            await asyncio.sleep(30)

    return app


@asynccontextmanager
async def served(app: App, *, fresh: bool = True) -> AsyncGenerator[httpx.AsyncClient]:
    async with Server(app) as server, httpx.AsyncClient(base_url=server.url, timeout=20, trust_env=False) as client:
        if fresh:
            with app.current():
                await create_tables(Entry)
        yield client


async def until_well(client: httpx.AsyncClient) -> None:
    """Ask until the application answers as before."""
    async with asyncio.timeout(20):
        while (await client.get("/")).status_code != 200:  # noqa: ASYNC110 - the database sets no event of ours
            await asyncio.sleep(0.05)
    assert (await client.post("/after")).status_code == 200


async def load(client: httpx.AsyncClient, stop: asyncio.Event, seen: Counter[int]) -> int:
    """Write until told to stop; return how many writes were said to have happened."""
    written = 0
    while not stop.is_set():
        answer = await client.post("/load", params={"wait": 0.002})
        seen[answer.status_code] += 1
        if answer.status_code == 503:
            assert answer.headers["retry-after"].isdigit()
            await asyncio.sleep(0.02)
        written += answer.status_code == 200
    return written


# ---- PostgreSQL


@pytest.mark.service("postgresql")
@pytest.mark.time_limit(120)
async def test_postgresql_killed_and_started_again_under_load() -> None:
    with running_cluster() as cluster:
        app = ledger(cluster.url + "?pool_size=4&acquire_limit=0.5&connect_limit=0.5")
        async with served(app) as client:
            stop, seen = asyncio.Event(), Counter[int]()
            writers = [asyncio.create_task(load(client, stop, seen)) for _ in range(6)]
            await asyncio.sleep(0.5)
            await cluster.restart("immediate", 1.0)
            await until_well(client)
            await asyncio.sleep(0.5)
            stop.set()
            written = sum(await asyncio.gather(*writers))
            assert set(seen) <= {200, 503}
            assert seen[503] > 0
            rows = (await client.get("/")).json()
            # a commit may have happened though its answer was lost, never the other way round, and never half of one
            assert rows % 2 == 0
            assert rows >= 2 * (written + 1)
            idle = "select count(*) from pg_stat_activity where state like 'idle in transaction%'"
            assert sql(cluster.url, idle) == "0"


@pytest.fixture
def postgres() -> Generator[str]:
    with temporary_database(need("postgresql"), f"rooftree_faults_{os.getpid()}") as url:
        yield url


async def test_connections_that_are_cut(postgres: str) -> None:
    gate, waiting = asyncio.Event(), asyncio.Semaphore(0)
    app = ledger(postgres + "?pool_size=3", gate, waiting)
    others = "datname = current_database() and pid <> pg_backend_pid()"
    cut = f"select pg_terminate_backend(pid) from pg_stat_activity where {others}"  # noqa: S608 - the test's own
    async with served(app) as client:
        assert [(await client.post("/a")).status_code for _ in range(3)] == [200] * 3
        under_way = [asyncio.create_task(client.post("/gated")) for _ in range(3)]
        for _ in under_way:
            await waiting.acquire()
        await asyncio.to_thread(sql, postgres, cut)
        gate.set()
        assert {(await each).status_code for each in under_way} == {503}
        await until_well(client)
        assert (await client.get("/")).json() == 8  # three and the last one; nothing of those that were cut


async def test_a_pool_that_is_used_up(postgres: str) -> None:
    gate, waiting = asyncio.Event(), asyncio.Semaphore(0)
    app = ledger(postgres + "?pool_size=1&acquire_limit=0.2", gate, waiting)
    async with served(app) as client:
        long = asyncio.create_task(client.post("/gated"))
        await waiting.acquire()
        refused = await client.post("/short")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        gate.set()
        assert (await long).status_code == 200
        await until_well(client)


async def test_a_visitor_who_leaves_takes_the_transaction_back(postgres: str) -> None:
    app = ledger(postgres + "?pool_size=1&acquire_limit=2")
    async with served(app) as client:
        for _ in range(3):
            with pytest.raises(httpx.ReadTimeout):
                await client.get("/slow", timeout=httpx.Timeout(20, read=0.3))
            assert (await client.get("/")).json() == 0  # the one connection is back, and clean
        await until_well(client)


# ---- SQLite


@contextmanager
def held(file: Path) -> Generator[sqlite3.Connection]:
    """Another program that writes, and does not end."""
    other = sqlite3.connect(file, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        yield other
    finally:
        other.close()


async def test_a_file_that_another_program_locks(tmp_path: Path) -> None:
    file = tmp_path / "ledger.db"
    async with served(ledger(f"sqlite:///{file}?lock_limit=0.3")) as client:
        with held(file):
            refused = await client.post("/a")
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
            assert (await client.get("/")).json() == 0  # readers do not wait for writers
        await until_well(client)
        assert (await client.get("/")).json() == 2


async def test_a_disk_that_is_full(tmp_path: Path) -> None:
    app = ledger(f"sqlite:///{tmp_path}/ledger.db")
    pages = 40

    @app.databases["default"].on_connect
    def small(raw: sqlite3.Connection) -> None:
        raw.execute(f"PRAGMA max_page_count = {pages}")

    async with served(app) as client:
        answers = [await client.post("/x", params={"size": 20_000}) for _ in range(8)]
        codes = [answer.status_code for answer in answers]
        assert codes[0] == 200
        assert codes[-1] == 503
        assert answers[-1].headers["retry-after"] == "60"
        assert (await client.get("/")).json() == 2 * codes.count(200)
    pages = 10_000  # someone has made room
    async with served(app, fresh=False) as client:
        before = (await client.get("/")).json()
        assert (await client.post("/x", params={"size": 20_000})).status_code == 200
        assert (await client.get("/")).json() == before + 2


async def test_two_servers_write_one_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ledger.db"
    async with served(ledger(url)) as first, served(ledger(url), fresh=False) as second:
        answers = await asyncio.gather(*(client.post("/x") for _ in range(20) for client in (first, second)))
        assert {answer.status_code for answer in answers} == {200}
        assert (await first.get("/")).json() == (await second.get("/")).json() == 80


async def test_a_visitor_who_leaves_frees_the_file(tmp_path: Path) -> None:
    async with served(ledger(f"sqlite:///{tmp_path}/ledger.db?lock_limit=2")) as client:
        for _ in range(3):
            with pytest.raises(httpx.ReadTimeout):
                await client.get("/slow", timeout=httpx.Timeout(20, read=0.3))
            assert (await client.get("/")).json() == 0
        await until_well(client)
