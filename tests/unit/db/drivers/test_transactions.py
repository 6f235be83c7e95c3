"""Transactions: savepoints, tasks that share one, callbacks, retries, threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from rooftree.base import (
    Call,
    LockTimeout,
    RooftreeError,
    SerializationError,
    TransactionLost,
    UniqueError,
    UsageError,
    current_call,
)
from rooftree.db import scope as scope_module
from rooftree.db.database import Database
from rooftree.db.databases import Databases, current_database
from rooftree.db.sync import connected, run_sync
from rooftree.db.transactions import on_commit, on_rollback, transaction
from tests.unit.db.drivers.backends import make_tables, rows, run, statement, value


async def names(db: Database) -> list[str]:
    return [row[0] for row in await rows(db, "select name from wood order by id")]


async def test_a_block_that_ends_well_commits_and_one_with_an_error_does_not(url: str) -> None:
    async with Database(url) as db:
        await make_tables(db)
        async with transaction(db):
            await run(db, "insert into wood values (1, 'oak', 1)")
            assert await names(db) == ["oak"]
        with pytest.raises(ZeroDivisionError):
            async with transaction(db):
                await run(db, "insert into wood values (2, 'ash', 1)")
                raise ZeroDivisionError
        assert await names(db) == ["oak"]


async def test_a_block_without_statements_takes_no_connection(url: str) -> None:
    async with Database(url, pool_size=1, acquire_limit=0.5, lock_limit=0.5) as db:
        await make_tables(db)
        async with transaction(db):
            async with transaction(db):
                pass
            await run(db, "delete from wood")
        async with transaction(db, read_only=True):
            pass


async def test_nested_blocks_are_savepoints(url: str) -> None:
    async with Database(url) as db:
        await make_tables(db)
        async with transaction(db):
            await run(db, "insert into wood values (1, 'oak', 1)")
            with pytest.raises(UniqueError):
                async with transaction(db):
                    await run(db, "insert into wood values (2, 'ash', 1)")
                    await run(db, "insert into wood values (3, 'ash', 1)")
            async with transaction(db):
                await run(db, "insert into wood values (4, 'elm', 1)")
                with pytest.raises(ZeroDivisionError):
                    async with transaction(db):
                        await run(db, "insert into wood values (5, 'fir', 1)")
                        raise ZeroDivisionError
        assert await names(db) == ["oak", "elm"]


async def test_others_see_a_transaction_only_after_it_ended(url: str) -> None:
    async with Database(url) as db:
        await make_tables(db)
        inside, seen = asyncio.Event(), asyncio.Event()

        async def write() -> None:
            async with transaction(db):
                await run(db, "insert into wood values (1, 'oak', 1)")
                inside.set()
                if not url.endswith("://"):  # in memory, others wait for its end
                    await seen.wait()

        writer = asyncio.create_task(write())
        await inside.wait()
        if url.endswith("://"):
            await writer
        else:
            assert await names(db) == []
            seen.set()
            await writer
        assert await names(db) == ["oak"]


async def test_tasks_of_one_transaction_queue(url: str) -> None:
    async with Database(url) as db:
        await make_tables(db)
        async with transaction(db):
            await asyncio.gather(*(run(db, "insert into wood values (?, ?, 1)", n, f"w{n}") for n in range(20)))

            async def nested(number: int) -> None:
                try:
                    async with transaction(db):
                        await run(db, "update wood set price = price + 1")
                        await asyncio.sleep(0)
                        if number % 2:
                            raise ZeroDivisionError
                        await run(db, "update wood set price = price + 1")
                except ZeroDivisionError:
                    pass

            await asyncio.gather(*(nested(number) for number in range(6)))
        assert await value(db, "select sum(price) from wood") == 20 * 7


async def test_a_task_that_outlives_its_transaction_is_refused(url: str) -> None:
    async with Database(url) as db:
        await make_tables(db)
        ended = asyncio.Event()

        async def late() -> None:
            await ended.wait()
            await run(db, "insert into wood values (9, 'late', 1)")

        async with transaction(db):
            await run(db, "insert into wood values (1, 'oak', 1)")
            task = asyncio.create_task(late())
        ended.set()
        with pytest.raises(UsageError) as refused:
            await task
        assert refused.value.code == "T001"
        assert "after it had ended: a task outlived it" in str(refused.value)
        assert "test_transactions.py:" in refused.value.fact
        assert await names(db) == ["oak"]


async def test_waiting_inside_a_savepoint_for_a_task_outside_ends_in_time(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scope_module, "_QUEUE_LIMIT", 0.1)
    async with Database(url) as db:
        await make_tables(db)
        with pytest.raises(LockTimeout) as waited:
            async with transaction(db):
                start = asyncio.Event()

                async def outside() -> None:
                    await start.wait()
                    await run(db, "delete from wood")

                task = asyncio.create_task(outside())
                async with transaction(db):
                    start.set()
                    await task
        assert waited.value.code == "T009"


async def test_callbacks_run_when_all_is_decided(url: str) -> None:
    async with Database(url) as db:
        await make_tables(db)
        heard: list[str] = []

        def say(word: str) -> Callable[[], None]:
            return lambda: heard.append(word)

        async def ask() -> None:
            heard.append(f"{await value(db, 'select count(*) from wood')} saved, {db.current_scope()}")

        async with transaction(db):
            await run(db, "insert into wood values (1, 'oak', 1)")
            on_commit(ask, db)
            on_rollback(say("never"), db)
            async with transaction(db):
                on_commit(say("inner"), db)
            with pytest.raises(ZeroDivisionError):
                async with transaction(db):
                    on_commit(say("never"), db)
                    on_rollback(say("taken back"), db)
                    raise ZeroDivisionError
            assert heard == ["taken back"]
        assert heard == ["taken back", "1 saved, None", "inner"]
        heard.clear()
        with pytest.raises(ZeroDivisionError):
            async with transaction(db):
                async with transaction(db):
                    on_rollback(say("inner"), db)
                on_commit(say("never"), db)
                on_rollback(say("outer"), db)
                raise ZeroDivisionError
        assert heard == ["inner", "outer"]


async def test_callbacks_that_fail_are_told_after_the_others(url: str) -> None:
    async with Database(url) as db:
        await make_tables(db)
        heard: list[int] = []

        def fail() -> None:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            async with transaction(db):
                await run(db, "insert into wood values (1, 'oak', 1)")
                on_commit(fail, db)
                on_commit(lambda: heard.append(1), db)
        assert heard == [1]
        assert await names(db) == ["oak"]
        with pytest.raises(ExceptionGroup):
            async with transaction(db):
                on_commit(fail, db)
                on_commit(fail, db)
        with pytest.raises(KeyError) as noted:
            async with transaction(db):
                on_rollback(fail, db)
                raise KeyError
        assert "callback of the transaction failed too" in noted.value.__notes__[0]


async def test_on_commit_needs_a_transaction(url: str) -> None:
    async with Database(url) as db:
        for verb, call in (("on_commit", on_commit), ("on_rollback", on_rollback)):
            with pytest.raises(UsageError) as refused:
                call(lambda: None, db)
            assert refused.value.code == "T002"
            assert f"{verb}() was called where no transaction is open" in str(refused.value)


async def test_only_the_outermost_chooses_isolation_read_only_and_limits(url: str) -> None:
    async with Database(url) as db:
        for asked in (
            transaction(db, isolation="serializable"),
            transaction(db, read_only=True),
            transaction(db, lock_limit=1),
        ):
            with pytest.raises(UsageError) as refused:
                async with transaction(db), asked:
                    pass
            assert refused.value.code == "T003"
        async with transaction(db, isolation="serializable"), transaction(db, isolation="repeatable_read"):
            pass
        async with transaction(db, read_only=True), transaction(db, read_only=True):
            assert await value(db, "select 1") == 1


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"isolation": "serialisable"}, "isolation='serialisable'. At tests/"),
        ({"statement_limit": "5"}, "statement_limit='5', which is no time. At tests/"),
        ({"lock_limit": -1}, "lock_limit=-1, which is no time. At tests/"),
        ({"retries": -1}, "retries=-1. At tests/"),
    ],
)
def test_options_that_no_transaction_has(options: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError) as refused:
        transaction(**options)
    assert str(refused.value).startswith(f"[T014] transaction() was given {told}")


async def test_a_block_cannot_be_retried_but_a_function_can(url: str) -> None:
    async with Database(url) as db:
        await make_tables(db)
        with pytest.raises(UsageError) as refused:
            async with transaction(db, retries=3):
                pass
        assert refused.value.code == "T007"
        attempts: list[int] = []

        @transaction(db, retries=3)
        async def work(name: str) -> str:
            attempts.append(len(attempts))
            await run(db, "insert into wood values (?, ?, 1)", len(attempts), name + str(len(attempts)))
            if len(attempts) < 3:
                raise SerializationError("T301", "made for the test")
            return name

        assert await work("oak") == "oak"
        assert attempts == [0, 1, 2]
        assert await names(db) == ["oak3"]
        attempts.clear()

        @transaction(db, retries=1)
        async def hopeless() -> None:
            attempts.append(1)
            raise SerializationError("T301", "made for the test")

        with pytest.raises(SerializationError):
            await hopeless()
        assert len(attempts) == 2
        attempts.clear()
        with pytest.raises(SerializationError):
            async with transaction(db):
                await hopeless()  # the outermost has to start again, not this one
        assert len(attempts) == 1


async def test_lost_updates_are_retried_on_a_serializable_level(url: str) -> None:
    async with Database(url) as db:
        await make_tables(db)
        await run(db, "insert into wood values (1, 'oak', 1)")

        @transaction(db, isolation="serializable", retries=30)
        async def add_one() -> None:
            price = await value(db, "select price from wood where id = 1")
            await asyncio.sleep(0)
            await run(db, "update wood set price = ? where id = 1", price + 1)

        await asyncio.gather(*(add_one() for _ in range(8)))
        assert await value(db, "select price from wood") == 9


async def test_two_databases_have_their_own_transactions(url: str) -> None:
    databases = Databases({"default": url, "other": Database("sqlite://", name="other")})
    await databases.open()
    with databases.current():
        first, other = current_database(), current_database("other")
        await make_tables(first)
        await make_tables(other)
        with pytest.raises(ZeroDivisionError):
            async with transaction():
                await run(first, "insert into wood values (1, 'oak', 1)")
                async with transaction("other"):
                    await run(other, "insert into wood values (1, 'ash', 1)")
                    await run(first, "insert into wood values (2, 'elm', 1)")
                assert first.current_scope() is not None
                raise ZeroDivisionError
        assert (await names(first), await names(other)) == ([], ["ash"])
        with pytest.raises(UsageError) as unknown:
            current_database("third")
        assert unknown.value.code == "T105"
        assert "No database is named 'third'; there are default, other." in str(unknown.value)
    await databases.close()


async def test_where_no_database_is(url: str) -> None:
    with pytest.raises(UsageError) as nowhere:
        async with transaction():
            pass
    assert nowhere.value.code == "T106"
    db = Database(url)
    with pytest.raises(UsageError) as closed:
        await run(db, "select 1")
    assert closed.value.code == "T104"
    assert "The database 'default' is not open." in str(closed.value)
    async with db:
        assert await value(db, "select 1") == 1
    with pytest.raises(UsageError):
        await value(db, "select 1")


async def test_a_test_takes_everything_back(url: str) -> None:
    async with Database(url) as db:
        await make_tables(db)
        heard: list[str] = []
        async with db.rolled_back():

            async def request(number: int) -> None:
                async with transaction(db):
                    await run(db, "insert into wood values (?, ?, 1)", number, f"w{number}")
                    on_commit(lambda: heard.append("saved"), db)

            tasks = [asyncio.create_task(request(number)) for number in range(3)]
            await asyncio.gather(*tasks)
            assert heard == ["saved"] * 3
            with pytest.raises(UniqueError):
                await run(db, "insert into wood values (1, 'again', 1)")
            assert await names(db) == ["w0", "w1", "w2"]
            stream = [row async for batch in db.stream(statement(db, "select id from wood"), ()) for row in batch]
            assert len(stream) == 3
        assert await names(db) == []


# ---- threads and scripts


async def test_threads_use_the_loop_and_their_own_transaction(url: str) -> None:
    databases = Databases(url)
    await databases.open()
    db = databases["default"]
    await make_tables(db)

    def work() -> list[int]:
        seen: list[int] = []
        with transaction():
            run_sync(lambda: run(db, "insert into wood values (1, 'oak', 1)"))
            with pytest.raises(UniqueError), transaction():
                run_sync(lambda: run(db, "insert into wood values (2, 'oak', 1)"))
            on_commit(lambda: seen.append(threading.get_ident()))
            assert run_sync(lambda: names(db)) == ["oak"]
        with pytest.raises(ZeroDivisionError), transaction():
            run_sync(lambda: run(db, "delete from wood"))
            raise ZeroDivisionError
        return seen

    with databases.current():
        assert len(await asyncio.to_thread(work)) == 1
        assert await names(db) == ["oak"]

        @transaction(retries=2)
        def add() -> int:
            calls.append(1)
            run_sync(lambda: run(db, "update wood set price = price + 1"))
            if len(calls) == 1:
                raise SerializationError("T301", "made for the test")
            return len(calls)

        calls: list[int] = []
        assert await asyncio.to_thread(add) == 2
        assert await value(db, "select price from wood") == 2
        with pytest.raises(UsageError) as refused:
            run_sync(lambda: names(db))
        assert refused.value.code == "T005"
    await databases.close()


def test_scripts_open_their_databases(url: str) -> None:
    with connected(url) as databases:
        db = databases["default"]
        run_sync(lambda: make_tables(db))
        with transaction():
            run_sync(lambda: run(db, "insert into wood values (1, 'oak', 1)"))
        assert run_sync(lambda: names(db)) == ["oak"]
        with pytest.raises(UniqueError):
            run_sync(lambda: run(db, "insert into wood values (1, 'oak', 1)"))
    assert db.loop is None


def test_a_call_survives_a_transaction(url: str) -> None:
    """What else is in the Call of a request stays there."""

    async def check() -> None:
        async with Database(url) as db:
            call = Call("app", databases=Databases({"default": db}), locale="de")
            current_call.set(call)
            async with transaction():
                assert current_call.get().locale == "de"
                assert current_call.get().app == "app"
            assert current_call.get() is call

    asyncio.run(check())


async def test_the_errors_have_codes(url: str) -> None:
    assert issubclass(TransactionLost, RooftreeError)
    async with Database(url) as db:
        await make_tables(db)
        block = transaction(db)
        with pytest.raises(UsageError):
            await block.__aexit__(None, None, None)
