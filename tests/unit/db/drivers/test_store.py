"""What each store does: the one in memory and those in databases."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from rooftree.base import DatabaseError, MemoryStore, Store
from rooftree.db import Database, DatabaseStore, transaction
from rooftree.db.store import SWEEP_EVERY
from tests.unit.db.drivers.backends import round_trips, run, value


@asynccontextmanager
async def opened(url: str) -> AsyncGenerator[DatabaseStore]:
    async with Database(url) as database:
        await run(database, "drop table if exists rooftree_store")
        yield DatabaseStore(database)


async def check(store: Store) -> None:
    assert isinstance(store, Store)
    assert await store.get("a") is None
    assert await store.set("a", b"1", lasts=60)
    first = await store.get("a")
    assert first is not None
    assert first.value == b"1"
    # what was read is changed, once
    assert await store.set("a", b"2", lasts=60, version=first.version)
    assert not await store.set("a", b"3", lasts=60, version=first.version)
    assert not await store.set("a", b"3", lasts=60, version=0)
    second = await store.get("a")
    assert second is not None
    assert second.value == b"2"
    assert second.version > first.version
    await store.delete("a")
    assert await store.get("a") is None
    assert not await store.set("a", b"4", lasts=60, version=second.version)
    assert await store.set("a", b"4", lasts=60, version=0)
    # expiry
    assert await store.set("b", b"1", lasts=0.05)
    assert await store.set("c", b"1", lasts=0.05)
    await asyncio.sleep(0.06)
    assert await store.get("b") is None
    assert await store.set("b", b"2", lasts=60, version=0)
    assert await store.clean("x") == 0
    assert await store.clean() == 1
    found = await store.get("b")
    assert found is not None
    assert found.value == b"2"
    # numbers
    assert [await store.add("n", amount, lasts=0.1) for amount in (1, 2)] == [1, 3]
    await asyncio.sleep(0.11)
    assert await store.add("n", 5, lasts=60) == 5
    assert sorted(await asyncio.gather(*(store.add("m", 1, lasts=60) for _ in range(20)))) == list(range(1, 21))


async def test_every_store_does_the_same(url: str) -> None:
    async with opened(url) as store:
        await check(store)


async def test_visitors_who_never_come_back_do_not_fill_the_table(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000_000.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    async with opened(url) as store:
        for number in range(SWEEP_EVERY):
            await store.add(f"limit:{number}", 1, lasts=60)
        await store.set("kept", b"1", lasts=600)
        now[0] += 120
        for number in range(SWEEP_EVERY - 1):
            await store.set(f"session:{number}", b"", lasts=60)
        assert await value(store.database, "select count(*) from rooftree_store") == SWEEP_EVERY
        assert await store.get("kept") is not None


async def test_the_store_in_memory_does_too() -> None:
    await check(MemoryStore())


async def test_several_make_the_table_at_once(url: str) -> None:
    async with opened(url) as store:
        others = [DatabaseStore(store.database) for _ in range(5)]
        assert await asyncio.gather(*(other.get("x") for other in others)) == [None] * 5
        await run(store.database, "drop table rooftree_store")
        with pytest.raises(DatabaseError, match="rooftree_store"):
            await others[0].get("x")


async def test_values_that_are_read_at_once_share_a_round_trip(postgres_url: str) -> None:
    async with Database(f"{postgres_url}?pool_size=1") as database:
        await run(database, "drop table if exists rooftree_store")
        store = DatabaseStore(database)
        for number in range(20):
            await store.set(f"session:{number}", str(number).encode(), lasts=60)
        await store.set("session:7", b"ended", lasts=-1)
        before = round_trips(database)
        found = await asyncio.gather(*(store.get(f"session:{number}") for number in (*range(20), 3, "forged")))
        texts = [None if each is None else each.value.decode() for each in found]
        assert texts == [*map(str, range(7)), None, *map(str, range(8, 20)), "3", None]
        assert round_trips(database) - before == 4  # the first, the others together, and each that is missing


async def test_it_stands_apart_from_transactions(postgres_url: str) -> None:
    async with opened(postgres_url) as store:
        await store.set("a", b"1", lasts=60)
        with pytest.raises(RuntimeError, match="taken back"):
            async with transaction(store.database):
                await run(store.database, "create table if not exists gone (id integer)")
                await store.set("a", b"2", lasts=60)
                raise RuntimeError("taken back")
        found = await store.get("a")
        assert found is not None
        assert found.value == b"2"
        assert await value(store.database, "select count(to_regclass('gone'))") == 0


async def test_in_a_test_it_is_taken_back(sqlite_url: str) -> None:
    async with opened(sqlite_url) as store:
        await store.make()
        async with store.database.rolled_back():
            await store.set("a", b"1", lasts=60)
            assert await store.get("a") is not None
        assert await store.get("a") is None


async def test_the_table_goes_with_the_test_that_made_it(tmp_path: Path) -> None:
    async with opened(f"sqlite:///{tmp_path}/a.db") as store:
        for _ in range(2):
            async with store.database.rolled_back():
                assert await store.get("a") is None
                assert await store.set("a", b"1", lasts=60)
        assert await store.get("a") is None
