"""What is PostgreSQL's own: the pool, prepared statements, LISTEN, PgBouncer, restarts and cut connections."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Generator, Iterator
from urllib.parse import urlsplit

import pytest

from rooftree.base import (
    ConnectionFailed,
    ConnectionLost,
    DatabaseError,
    DeadlockError,
    LockTimeout,
    PoolExhausted,
    SerializationError,
    StatementTimeout,
    UsageError,
    ValueRefused,
)
from rooftree.db.database import Database
from rooftree.db.drivers.postgres.driver import PostgresDriver
from rooftree.db.statement import Statement
from rooftree.db.transactions import transaction
from tests.unit.db.drivers.backends import make_tables, round_trips, rows, run, statement, value
from tests.unit.db.drivers.cluster import Cluster, running_cluster, running_pgbouncer


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with running_cluster() as running:
        yield running


def driver_of(db: Database) -> PostgresDriver:
    assert isinstance(db.driver, PostgresDriver)
    return db.driver


async def backend(db: Database) -> int:
    return int(await value(db, "select pg_backend_pid()"))


# ---- the pool


async def test_an_exhausted_pool_says_so_in_time(postgres_url: str) -> None:
    async with Database(postgres_url, pool_size=2, acquire_limit=0.2) as db:
        async with contextlib.AsyncExitStack() as stack:

            async def hold() -> None:
                async with transaction(db):
                    await value(db, "select 1")
                    holding.set()
                    await release.wait()

            release = asyncio.Event()
            stack.callback(release.set)
            holders: list[asyncio.Task[None]] = []
            for _ in range(2):
                holding = asyncio.Event()
                holders.append(asyncio.create_task(hold()))
                await holding.wait()
            with pytest.raises(PoolExhausted) as exhausted:
                await value(db, "select 1")
            assert exhausted.value.code == "T103"
            assert "All 2 connections to the database 'default' stayed in use for 0.2 s." in str(exhausted.value)
            waiting = asyncio.create_task(value(db, "select 7"))
            await asyncio.sleep(0)
            waiting.cancel()
            later = asyncio.create_task(value(db, "select 8"))
            await asyncio.sleep(0)
            release.set()
            await asyncio.gather(*holders)
            assert await later == 8
            assert waiting.cancelled()
        assert await value(db, "select 9") == 9


async def test_waiters_are_served_in_order_and_hot_connections_first(postgres_url: str) -> None:
    async with Database(postgres_url, pool_size=1) as db:
        order: list[int] = []

        async def ask(number: int) -> None:
            await value(db, "select 1")
            order.append(number)

        await asyncio.gather(*(ask(number) for number in range(30)))
        assert order == list(range(30))
        assert len({await backend(db) for _ in range(3)}) == 1


async def test_nothing_is_reset_between_two_requests_but_what_was_changed(postgres_url: str) -> None:
    async with Database(postgres_url, pool_size=1) as db:
        before = await backend(db)
        await db.execute(statement(db, "set work_mem = '1234kB'", changes_session=True), ())
        assert await value(db, "show work_mem") != "1234kB"
        assert await backend(db) == before


async def test_prepared_statements_are_few_and_kept(postgres_url: str) -> None:
    async with Database(postgres_url, pool_size=1, statement_cache=5) as db:
        for number in range(20):
            await value(db, f"select {number}::int + $1::int", 1)
        count = await value(db, "select count(*) from pg_prepared_statements where name like '\\_\\_asyncpg%'")
        assert count <= 8
        kept = statement(db, "select 42")
        for _ in range(3):
            await db.fetch_row(kept, ())
        assert await value(db, "select count(*) from pg_prepared_statements where statement = 'select 42'") == 1


async def test_twenty_rows_by_key_share_a_round_trip(postgres_url: str) -> None:
    async with Database(postgres_url, pool_size=1) as db:
        await make_tables(db)
        await db.execute_many(statement(db, "insert into wood values (?, ?, 1)"), [(n, f"w{n}") for n in range(100)])
        by_key = statement(db, "select id, name from wood where id = ?")
        found = await db.fetch_each(by_key, [(number,) for number in range(20)])
        assert [row and row[1] for row in found] == [f"w{number}" for number in range(20)]


async def test_reads_by_key_that_come_at_once_share_round_trips_and_keep_apart(postgres_url: str) -> None:
    async with Database(postgres_url, pool_size=2) as db:
        await make_tables(db)
        await db.execute_many(statement(db, "insert into wood values (?, ?, 1)"), [(n, f"w{n}") for n in range(300)])
        by_key = statement(db, "select id, name from wood where id = ?")
        before = round_trips(db)

        async def ask(number: int) -> None:
            row = await db.fetch_by_key(by_key, (number,), (0,))
            assert (row and tuple(row)) == ((number, f"w{number}") if number < 300 else None)

        await asyncio.gather(*(ask(number) for number in range(300)))
        assert round_trips(db) - before < 50
        before = round_trips(db)
        await asyncio.gather(*(ask(number) for number in (1, 2, 999, 3, 998, 4, 4)))  # some are not there
        assert round_trips(db) - before == 4  # the first, the others together, and each that is missing
        results = await asyncio.gather(
            *(db.fetch_by_key(by_key, (key,), (0,)) for key in (1, 2, "x", 3)), return_exceptions=True
        )
        found = [result for result in results if result is not None and not isinstance(result, BaseException)]
        assert [tuple(row) for row in found] == [(1, "w1"), (2, "w2"), (3, "w3")]
        assert isinstance(results[2], ValueRefused)
        tasks = [asyncio.create_task(ask(number)) for number in range(20)]
        await asyncio.sleep(0)
        for task in tasks[::3]:
            task.cancel()
        await asyncio.wait(tasks)
        assert [task.cancelled() for task in tasks] == [number % 3 == 0 for number in range(20)]
        assert all(task.exception() is None for task in tasks if not task.cancelled())
        assert driver_of(db)._key_reads._under_way == {}
        await ask(7)


async def test_nobody_gets_the_row_of_another_key(postgres_url: str) -> None:
    """Even of a statement that should never have come here: as many rows as callers, and yet not one for each."""
    async with Database(postgres_url, pool_size=2) as db:
        await make_tables(db)
        await db.execute_many(
            statement(db, "insert into wood values (?, ?, ?)"), [(1, "a", 7), (2, "b", 7), (3, "c", 8)]
        )
        by_price = statement(db, "select price, name from wood where price = ? order by id")

        async def ask(price: int) -> str | None:
            row = await db.fetch_by_key(by_price, (price,), (0,))
            return None if row is None else str(row[1])

        # the first goes alone; 7 gives two rows and 9 none, so the three answers of the batch have three rows
        found = await asyncio.gather(*(ask(price) for price in (8, 9, 7, 8)))
        assert found[:2] == ["c", None]
        assert found[2] in {"a", "b"}
        assert found[3] == "c"


# ---- locks, limits, serialization


async def test_two_transactions_that_cannot_both_have_happened(postgres_url: str) -> None:
    async with Database(postgres_url) as db:
        await make_tables(db)
        await run(db, "insert into wood values (1, 'oak', 1)")
        read = asyncio.Barrier(2)

        async def add() -> None:
            price = await value(db, "select price from wood where id = 1")
            await read.wait()
            await run(db, "update wood set price = ? where id = 1", price + 1)

        serializable = transaction(db, isolation="serializable")
        results = await asyncio.gather(
            *(serializable(add)() for _ in range(2)), return_exceptions=True
        )  # fmt: skip
        errors = [result for result in results if result is not None]
        assert len(errors) == 1
        assert isinstance(errors[0], SerializationError)
        assert errors[0].sqlstate == "40001"
        assert await value(db, "select price from wood where id = 1") == 2


async def test_a_deadlock_is_ended_and_can_be_retried(postgres_url: str) -> None:
    async with Database(postgres_url) as db:
        await make_tables(db)
        await run(db, "insert into wood values (1, 'oak', 1), (2, 'ash', 1)")
        attempts: list[int] = []
        both = asyncio.Barrier(2)

        @transaction(db, retries=3)
        async def lock(first: int, second: int) -> None:
            attempts.append(first)
            again = len(attempts) > 2
            await run(db, "set local deadlock_timeout = '20ms'")
            await run(db, "update wood set price = price + 1 where id = ?", first)
            if not again:
                await both.wait()  # each holds what the other wants next
            await run(db, "update wood set price = price + 1 where id = ?", second)

        await asyncio.gather(lock(1, 2), lock(2, 1))
        assert len(attempts) > 2
        assert await rows(db, "select price from wood") == [(3,), (3,)]
        assert issubclass(DeadlockError, SerializationError)


async def test_a_lock_that_does_not_come(postgres_url: str) -> None:
    async with Database(postgres_url, lock_limit=0.1) as db, Database(postgres_url, name="other") as other:
        await make_tables(db)
        await run(db, "insert into wood values (1, 'oak', 1)")
        async with transaction(other):
            await run(other, "update wood set price = 2")
            with pytest.raises(LockTimeout) as locked:
                await run(db, "update wood set price = 3")
            with pytest.raises(LockTimeout):
                async with transaction(db, lock_limit=0.05):
                    await run(db, "update wood set price = 3")
        assert locked.value.code == "T303"
        assert await value(db, "select price from wood") == 2


# ---- cut connections and restarts


async def test_a_connection_that_died_while_idle_is_replaced(cluster: Cluster) -> None:
    async with Database(cluster.url, pool_size=1) as db, Database(cluster.url, name="admin") as admin:
        for _ in range(3):
            victim = await backend(db)
            await value(admin, "select pg_terminate_backend(?)", victim)
            assert await value(db, "select 1") == 1  # whether the end was noticed before or not
            assert await backend(db) != victim


async def test_a_connection_cut_under_a_statement(cluster: Cluster) -> None:
    async with Database(cluster.url, pool_size=2) as db, Database(cluster.url, name="admin") as admin:
        await make_tables(db)

        async def cut() -> None:
            await asyncio.sleep(0.1)
            await rows(
                admin,
                "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(3)%'"
                " and pid <> pg_backend_pid()",
            )

        sleeping = Statement("update wood set price = 1 where pg_sleep(3) is null", "write", returns_rows=False)
        await run(db, "insert into wood values (1, 'oak', 5)")
        with pytest.raises(ConnectionLost) as lost:
            await asyncio.gather(db.execute(sleeping, ()), cut())
        assert lost.value.code == "T101"
        assert "Whether a write outside of a transaction was done is unknown" in str(lost.value)
        with pytest.raises(ConnectionLost):
            async with transaction(db):
                await run(db, "delete from wood")
                await asyncio.gather(db.execute(sleeping, ()), cut())
        assert await value(db, "select price from wood") == 5
        assert await asyncio.gather(*(value(db, "select 1") for _ in range(5))) == [1] * 5


async def test_a_transaction_whose_connection_dies_between_statements(cluster: Cluster) -> None:
    async with Database(cluster.url, pool_size=1) as db, Database(cluster.url, name="admin") as admin:
        await make_tables(db)
        with pytest.raises(ConnectionLost):
            async with transaction(db):
                await run(db, "insert into wood values (1, 'oak', 5)")
                victim = await backend(db)
                await value(admin, "select pg_terminate_backend(?)", victim)
                await run(db, "insert into wood values (2, 'ash', 5)")
        with pytest.raises(DatabaseError):
            async with transaction(db):
                await run(db, "insert into wood values (1, 'oak', 5)")
                victim = await backend(db)
                await value(admin, "select pg_terminate_backend(?)", victim)
        assert await rows(db, "select * from wood") == []


@pytest.mark.time_limit(90)
@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_the_server_restarts_under_load(cluster: Cluster, mode: str) -> None:
    """Reads and writes go on by themselves afterwards, and what was told to be saved is there."""
    async with Database(cluster.url, pool_size=4, acquire_limit=20) as db:
        await make_tables(db)
        saved: list[int] = []
        lost = 0
        number = 0
        stop = False

        async def write() -> None:
            nonlocal number, lost
            while not stop:
                number += 1
                mine = number
                try:
                    async with transaction(db):
                        await run(db, "insert into wood values (?, ?, 1)", mine, f"w{mine}")
                        await run(db, "insert into wood values (?, ?, 1)", -mine, f"w-{mine}")
                except DatabaseError:
                    lost += 1
                else:
                    saved.append(mine)

        async def read() -> None:
            while not stop:
                with contextlib.suppress(ConnectionLost):
                    assert await value(db, "select 1") == 1

        workers = [asyncio.create_task(work()) for work in (write, write, write, read, read, read)]
        await asyncio.sleep(0.3)
        before = len(saved)
        await cluster.restart(mode, 0.3)
        after = len(saved)
        for _ in range(200):
            await asyncio.sleep(0.05)
            if len(saved) > after + 20:
                break
        stop = True
        await asyncio.gather(*workers)
        assert before > 0
        assert len(saved) > after + 20, "it did not recover by itself"
        found = {row[0] for row in await rows(db, "select id from wood")}
        assert {*saved, *(-each for each in saved)} <= found
        assert all(-each in found for each in found), "half of a transaction is there"
        assert driver_of(db)._pool.total <= 4


@pytest.mark.time_limit(60)
async def test_requests_wait_for_a_server_that_is_starting(cluster: Cluster) -> None:
    async with Database(cluster.url, pool_size=2, acquire_limit=20) as db:
        assert await value(db, "select 1") == 1
        await asyncio.to_thread(cluster.stop)
        waiting = [asyncio.create_task(value(db, "select 5")) for _ in range(6)]
        await asyncio.sleep(0.5)
        assert not any(task.done() for task in waiting)
        await asyncio.to_thread(cluster.start)
        assert await asyncio.gather(*waiting) == [5] * 6


@pytest.mark.time_limit(60)
async def test_a_server_that_stays_away(cluster: Cluster) -> None:
    async with Database(cluster.url, pool_size=1, acquire_limit=0.3) as db:
        await asyncio.to_thread(cluster.stop)
        try:
            with pytest.raises(ConnectionFailed) as failed:
                await value(db, "select 1")
            assert f"The database 'default' cannot be reached at 127.0.0.1:{cluster.port}" in str(failed.value)
            with pytest.raises(ConnectionFailed):
                async with Database(cluster.url):
                    pass
        finally:
            await asyncio.to_thread(cluster.start)
        assert await value(db, "select 1") == 1


async def test_the_kernel_watches_the_network(postgres_url: str) -> None:
    async with Database(postgres_url) as db:
        connection = driver_of(db)._pool.idle[0].raw
        found = getattr(connection, "_transport").get_extra_info("socket")  # noqa: B009 - the stubs know it not
        assert found.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert found.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 15


async def test_an_error_of_the_callers_rows_leaves_the_connection_alone(postgres_url: str) -> None:
    async with Database(postgres_url, pool_size=1) as db:
        await make_tables(db)
        before = await backend(db)

        def rows_of_a_file() -> Generator[tuple[int, str]]:
            yield 1, "oak"
            raise FileNotFoundError("wood.csv")

        with pytest.raises(FileNotFoundError):
            await db.execute_many(statement(db, "insert into wood values (?, ?, 1)"), rows_of_a_file())
        with pytest.raises(ValueRefused):
            await db.execute_many(statement(db, "insert into wood values (?, ?, 1)"), [(1, "oak"), ("x", "ash")])
        with pytest.raises(FileNotFoundError):
            await db.copy_in("wood", ["id", "name"], rows_of_a_file())
        assert await value(db, "select count(*) from wood") == 0
        assert await backend(db) == before


async def test_a_wrong_name_shows_at_start(postgres_url: str) -> None:
    with pytest.raises(ConnectionFailed) as failed:
        async with Database(postgres_url + "_not_there"):
            pass
    assert failed.value.code == "T102"
    assert "does not exist" in str(failed.value)
    assert "Create it, with 'createdb' or CREATE DATABASE, or name one that is there" in str(failed.value)


async def test_a_wrong_user_shows_at_start(postgres_url: str) -> None:
    parts = urlsplit(postgres_url)
    with pytest.raises(ConnectionFailed) as failed:
        async with Database(parts._replace(netloc=f"nobody_here@{parts.hostname}:{parts.port}").geturl()):
            pass
    assert str(failed.value).endswith("Check the user and the password in the database's URL.")


# ---- LISTEN and NOTIFY


async def test_listeners_hear_what_was_committed(postgres_url: str) -> None:
    async with Database(postgres_url) as db, db.listen("orders") as orders, db.listen("orders") as same:
        async with db.listen("other") as other:
            await db.notify("orders", "1")
            async with transaction(db):
                await db.notify("orders", "2")
                await db.notify("other", "x")
                await db.notify("orders", "3")
            with pytest.raises(ZeroDivisionError):
                async with transaction(db):
                    await db.notify("orders", "never")
                    raise ZeroDivisionError
            await db.notify("orders", "4")
            assert [(await anext(orders)).payload for _ in range(4)] == ["1", "2", "3", "4"]
            assert [(await anext(same)).payload for _ in range(4)] == ["1", "2", "3", "4"]
            assert (await anext(other)).payload == "x"
        with pytest.raises(ValueRefused):
            await db.notify("orders", "x" * 9_000)


async def test_a_listener_is_told_that_it_missed_something(cluster: Cluster) -> None:
    async with Database(cluster.url) as db, db.listen("orders") as orders:
        await db.notify("orders", "before")
        assert (await anext(orders)).payload == "before"
        await rows(db, "select pg_terminate_backend(pid) from pg_stat_activity where query like 'LISTEN%'")
        gap = await asyncio.wait_for(anext(orders), 10)
        assert (gap.payload, gap.missed) == (None, True)
        await db.notify("orders", "after")
        again = await anext(orders)
        assert (again.payload, again.missed) == ("after", False)


async def test_a_slow_reader_is_bounded_and_told(postgres_url: str) -> None:
    async with Database(postgres_url) as db, db.listen("flood") as flood:
        numbers = "select count(pg_notify('flood', n::text)) from generate_series(1, 1500) n"
        await db.fetch_row(Statement(numbers, "write", returns_rows=True), ())
        await db.notify("flood", "last")
        await asyncio.sleep(0.2)
        first = await anext(flood)
        assert first.missed
        assert int(str(first.payload)) > 400


async def test_what_a_database_cannot_do(postgres_url: str) -> None:
    async with Database("sqlite://") as lite, Database(postgres_url) as db:
        with pytest.raises(UsageError) as listening:
            lite.listen("x")
        assert "which has no LISTEN" in str(listening.value)
        with pytest.raises(UsageError):
            await lite.notify("x")
        with pytest.raises(UsageError) as copying:
            await db.backup("x.db")
        assert copying.value.code == "T011"


# ---- PgBouncer


@pytest.mark.time_limit(60)
async def test_a_pgbouncer_that_was_not_told_of_says_what_to_write(cluster: Cluster) -> None:
    told = r"A PgBouncer answers there: write \?prepare=false behind"
    with running_pgbouncer(cluster) as url, pytest.raises(ConnectionFailed, match=told):
        async with Database(url.partition("?")[0]) as db:
            await value(db, "select 1")


@pytest.mark.time_limit(60)
async def test_behind_a_pgbouncer_that_pools_transactions(cluster: Cluster) -> None:
    with running_pgbouncer(cluster) as url:
        async with Database(url, pool_size=8, statement_limit=1) as db:
            await make_tables(db)
            insert = statement(db, "insert into wood values (?, ?, ?)")
            assert await db.execute_many(insert, [(number, f"w{number}", 1) for number in range(50)]) == 50

            async def work(number: int) -> None:
                for _ in range(5):
                    assert await value(db, "select name from wood where id = ?", number) == f"w{number}"
                    async with transaction(db):
                        await run(db, "update wood set price = price + 1 where id = ?", number)
                        assert await db.fetch_each(statement(db, "select id from wood where id = ?"), [(1,), (2,)])

            await asyncio.gather(*(work(number) for number in range(16)))
            assert await value(db, "select sum(price) from wood") == 50 + 16 * 5
            assert (
                len([row async for batch in db.stream(statement(db, "select id from wood"), ()) for row in batch]) == 50
            )
            with pytest.raises(StatementTimeout):
                async with transaction(db):
                    await value(db, "select pg_sleep(5)")
            with pytest.raises(UsageError) as refused:
                db.listen("x")
            assert refused.value.code == "T012"
            task = asyncio.create_task(value(db, "select pg_sleep(5)"))
            await asyncio.sleep(0.1)
            task.cancel()
            await asyncio.wait([task])
            assert await asyncio.gather(*(value(db, "select 3") for _ in range(10))) == [3] * 10


@pytest.mark.parametrize("version", ["99.1.0", "unknown"])
async def test_an_asyncpg_that_nobody_has_tried_is_called_by_its_public_functions(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    monkeypatch.setattr("asyncpg.__version__", version)
    async with Database(postgres_url, pool_size=1) as db:
        connection = await driver_of(db)._pool.take()
        assert connection._execute is None
        driver_of(db).give_back(connection)
        await make_tables(db)
        for name in ("oak", "ash"):
            assert await run(db, "insert into wood (id, name) values (?, ?)", len(name) + ord(name[0]), name) == 1
        assert await run(db, "update wood set price = 3 where name <> ?", "elm") == 2
        assert await rows(db, "select name from wood where price = ? order by name", 3) == [("ash",), ("oak",)]
        assert await value(db, "select name from wood where name = ?", "oak") == "oak"
        assert await value(db, "select name from wood where name = ?", "elm") is None
        await run(db, "alter table wood add column shade text")  # what was prepared is outdated, and made anew
        assert len((await rows(db, "select * from wood where price = ?", 3))[0]) == 4
        await run(db, "drop table plank")
        await run(db, "drop table wood")


def test_the_asyncpg_that_is_installed_was_tried() -> None:
    import asyncpg

    from rooftree.db.drivers.postgres.connection import _TRIED

    assert tuple(int(part) for part in asyncpg.__version__.split(".")[:2]) <= _TRIED
