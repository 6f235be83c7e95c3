"""What is SQLite's own: reads inline under a budget, writers in turn, faults of a file."""

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
import subprocess
import sys
import textwrap
import threading
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from rooftree.base import (
    CheckError,
    ConnectionFailed,
    ForeignKeyError,
    LockTimeout,
    ReadOnlyError,
    SettingsError,
    StatementTimeout,
    StorageFull,
    TransactionLost,
    UniqueError,
    UsageError,
    ValueRefused,
)
from rooftree.db.database import Database
from rooftree.db.drivers.sqlite.driver import SQLiteDriver
from rooftree.db.drivers.sqlite.turn import WriterTurn
from rooftree.db.transactions import on_commit, on_rollback, transaction
from tests.unit.db.drivers.backends import make_tables, rows, run, statement, value

LONG = (
    "with recursive n(i) as (values (1) union all select i + 1 from n where i < 400000)"
    " select sum(i) from n"
)  # fmt: skip
ENDLESS = LONG.replace("400000", "4000000000")


def driver_of(db: Database) -> SQLiteDriver:
    assert isinstance(db.driver, SQLiteDriver)
    return db.driver


async def turns_until(stop: asyncio.Event) -> int:
    """How many times the loop came round to another task."""
    turns = 0
    while not stop.is_set():
        turns += 1
        await asyncio.sleep(0)
    return turns


async def test_a_quick_read_never_leaves_the_loop(sqlite_url: str) -> None:
    async with Database(sqlite_url) as db:
        await make_tables(db)
        work = db.fetch_row(statement(db, "select count(*) from wood"), ())
        with pytest.raises(StopIteration) as done:
            work.send(None)  # it does not suspend
        assert done.value.value == (0,)


async def test_a_long_read_is_interrupted_and_runs_again_on_a_thread(sqlite_url: str) -> None:
    async with Database(sqlite_url) as db:
        long = statement(db, LONG)
        work = db.fetch(long, ())
        work.send(None)  # it suspends: a thread has it
        work.close()
        expected = [(400000 * 400001 // 2,)]
        assert await db.fetch(long, ()) == expected
        assert long in driver_of(db).slow
        async with transaction(db):
            assert await db.fetch(long, ()) == expected
            assert await db.fetch_row(long, ()) == expected[0]
            await run(db, "create table kept (id integer)")
        assert await rows(db, "select * from kept") == []


async def test_a_slow_statement_is_tried_inline_again_in_time(sqlite_url: str) -> None:
    async with Database(sqlite_url) as db:
        await make_tables(db)
        quick = statement(db, "select count(*) from wood")
        driver = driver_of(db)
        driver.slow.remember(quick)
        for _ in range(16):
            assert quick in driver.slow
            assert await db.fetch_row(quick, ()) == (0,)
        assert quick not in driver.slow


async def test_a_statement_has_a_time_limit(url: str) -> None:
    endless = {"sqlite": ENDLESS, "postgresql": "select pg_sleep(60)"}
    async with Database(url, statement_limit=0.2) as db:
        await make_tables(db)
        with pytest.raises(StatementTimeout) as limited:
            await rows(db, endless[db.dialect])
        assert limited.value.code == "T304"
        with pytest.raises(StatementTimeout):
            async with transaction(db, statement_limit=0.1):
                await run(db, "insert into wood values (1, 'oak', 1)")
                await rows(db, endless[db.dialect])
        assert await rows(db, "select * from wood") == []


async def test_a_write_on_a_thread_that_takes_too_long_takes_its_transaction_back(sqlite_url: str) -> None:
    async with Database(sqlite_url, statement_limit=0.1) as db:
        await make_tables(db)
        insert = statement(db, f"insert into wood select 1, 'long', ({ENDLESS})")
        driver_of(db).slow.remember(insert)
        with pytest.raises(StatementTimeout):
            async with transaction(db):
                await run(db, "insert into wood values (2, 'ash', 1)")
                await db.execute(insert, ())
        assert await rows(db, "select * from wood") == []
        driver_of(db).slow.remember(insert)
        with pytest.raises(TransactionLost):
            async with transaction(db):
                try:
                    async with transaction(db):
                        await db.execute(insert, ())
                except StatementTimeout:
                    pass
                await run(db, "insert into wood values (2, 'ash', 1)")
        assert await rows(db, "select * from wood") == []


async def test_long_reads_and_many_writes_leave_the_loop_to_others(sqlite_url: str) -> None:
    async with Database(sqlite_url) as db:
        await make_tables(db)
        long = statement(db, LONG)
        insert = statement(db, "insert into wood values (?, ?, 1)")
        many = [(number, f"w{number}") for number in range(20_000)]
        for work in (asyncio.gather(*(db.fetch(long, ()) for _ in range(4))), db.execute_many(insert, many)):
            stop = asyncio.Event()
            turns = asyncio.create_task(turns_until(stop))
            await work
            stop.set()
            assert await turns > 100
        assert await value(db, "select count(*) from wood") == 20_000


async def test_a_read_waits_for_no_writer(sqlite_url: str) -> None:
    async with Database(sqlite_url) as db:
        await make_tables(db)
        async with transaction(db):
            await run(db, "insert into wood values (1, 'oak', 1)")
            other = Database(sqlite_url, name="other")
            await other.open()
            assert await rows(other, "select * from wood") == []
            async with transaction(other, read_only=True):
                assert await rows(other, "select * from wood") == []
            await other.close()


async def test_a_read_only_transaction_sees_one_moment(sqlite_url: str) -> None:
    async with Database(sqlite_url) as db:
        await make_tables(db)
        async with transaction(db, read_only=True):
            assert await value(db, "select count(*) from wood") == 0
            other = Database(sqlite_url, name="other")
            await other.open()
            await run(other, "insert into wood values (1, 'oak', 1)")
            await other.close()
            assert await value(db, "select count(*) from wood") == 0
        assert await value(db, "select count(*) from wood") == 1


async def test_a_writer_that_keeps_its_turn_too_long(sqlite_url: str) -> None:
    async with Database(sqlite_url, lock_limit=0.2) as db, Database(sqlite_url, name="other", lock_limit=0.2) as other:
        await make_tables(db)
        async with transaction(db):
            await run(db, "insert into wood values (1, 'oak', 1)")
            with pytest.raises(LockTimeout) as late:
                await run(other, "insert into wood values (2, 'ash', 1)")
            assert late.value.code == "T303"
            assert "Others were writing to the database 'other' for 0.2 s" in str(late.value)
            with pytest.raises(LockTimeout):
                async with transaction(other):
                    await run(other, "insert into wood values (2, 'ash', 1)")
        await run(other, "insert into wood values (2, 'ash', 1)")
        assert await value(db, "select count(*) from wood") == 2


async def test_a_file_locked_by_a_program_that_knows_no_turn(sqlite_url: str) -> None:
    async with Database(sqlite_url, lock_limit=0.3) as db:
        await make_tables(db)
        program = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
        program.execute("begin immediate")
        for _ in range(2):
            with pytest.raises(LockTimeout) as locked:
                await run(db, "insert into wood values (1, 'oak', 1)")
            assert "locked by another program" in str(locked.value)
            with pytest.raises(LockTimeout):
                async with transaction(db):
                    await run(db, "insert into wood values (1, 'oak', 1)")
            assert await rows(db, "select * from wood") == []
        release = asyncio.get_running_loop().call_later(0.1, program.execute, "rollback")
        await run(db, "insert into wood values (1, 'oak', 1)")
        release.cancel()
        program.close()
        assert await value(db, "select count(*) from wood") == 1


WRITER = """
    import asyncio, sys
    from rooftree.db.database import Database
    from rooftree.db.transactions import transaction
    from tests.unit.db.drivers.backends import run, value

    async def main():
        async with Database(sys.argv[1], lock_limit=60) as db:
            for number in range(int(sys.argv[2])):
                if number % 2:
                    async with transaction(db):
                        price = await value(db, "select price from wood where id = 1")
                        await asyncio.sleep(0)
                        await run(db, "update wood set price = ? where id = 1", price + 1)
                else:
                    await run(db, "update wood set price = price + 1 where id = 1")

    asyncio.run(main())
"""


@pytest.mark.time_limit(90)
async def test_several_processes_write_to_one_file(sqlite_url: str) -> None:
    async with Database(sqlite_url) as db:
        await make_tables(db)
        await run(db, "insert into wood values (1, 'oak', 1)")
        command = [sys.executable, "-c", textwrap.dedent(WRITER), sqlite_url, "100"]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        processes = [await asyncio.create_subprocess_exec(*command, env=environment) for _ in range(4)]
        for _ in range(50):
            await run(db, "update wood set price = price + 1 where id = 1")
            await asyncio.sleep(0.005)
        assert [await process.wait() for process in processes] == [0] * 4
        assert await value(db, "select price from wood") == 451


async def test_a_full_disk_loses_nothing_that_was_saved(sqlite_url: str) -> None:
    async with Database(sqlite_url) as db:
        await make_tables(db)
        await run(db, "insert into wood values (1, 'oak', 1)")
        pages = await value(db, "pragma page_count")
        driver_of(db)._writer.raw.execute(f"pragma max_page_count = {pages + 2}")
        with pytest.raises(StorageFull) as full:
            async with transaction(db):
                await run(db, "insert into wood values (2, 'ash', 1)")
                await run(db, "insert into wood values (3, ?, 1)", "x" * 100_000)
        assert full.value.code == "T305"
        with pytest.raises(StorageFull):
            await run(db, "insert into wood values (3, ?, 1)", "x" * 100_000)
        with pytest.raises(TransactionLost):
            async with transaction(db):
                await run(db, "insert into wood values (2, 'ash', 1)")
                try:
                    async with transaction(db):
                        await run(db, "insert into wood values (3, ?, 1)", "x" * 100_000)
                except StorageFull:
                    pass
                await run(db, "insert into wood values (4, 'elm', 1)")
        assert await rows(db, "select id from wood") in ([(1,)], [(1,), (2,), (4,)])
        driver_of(db)._writer.raw.execute("pragma max_page_count = 100000")
        await run(db, "insert into wood values (5, ?, 1)", "x" * 100_000)
        assert await value(db, "select count(*) from wood where id = 5") == 1


@pytest.mark.skipif(os.geteuid() != 0 or sys.platform != "linux", reason="mounting a tiny file system needs root")
async def test_a_full_file_system(tmp_path: Path) -> None:
    folder = tmp_path / "tiny"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(folder)], check=False)
    if mounted.returncode:
        pytest.skip("this machine mounts no file systems")
    try:
        async with Database(f"sqlite:///{folder}/full.db") as db:
            await make_tables(db)
            with pytest.raises(StorageFull):
                for number in range(200):
                    await run(db, "insert into wood values (?, ?, 1)", number, str(number) + "x" * 5_000)
            saved = await value(db, "select count(*) from wood")
            assert saved > 5
            assert await value(db, "pragma integrity_check") == "ok"
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


async def test_a_backup_while_it_is_written(sqlite_url: str, tmp_path: Path) -> None:
    async with Database(sqlite_url) as db:
        await make_tables(db)
        insert = statement(db, "insert into wood values (?, ?, 1)")
        await db.execute_many(insert, [(number, "x" * 70 + str(number)) for number in range(2_000)])
        target = tmp_path / "copy.db"

        async def write() -> None:
            for number in range(2_000, 2_050):
                async with transaction(db):
                    await run(db, "insert into wood values (?, ?, 1)", number, f"w{number}")
                    await run(db, "insert into wood values (?, ?, 1)", -number, f"w-{number}")

        await asyncio.gather(driver_of(db).backup(str(target)), write())
        copy = sqlite3.connect(target)
        assert copy.execute("pragma integrity_check").fetchone() == ("ok",)
        assert copy.execute("select count(*) from wood").fetchone()[0] % 2 == 0
        copy.close()
        assert await value(db, "select count(*) from wood") == 2_100


async def test_a_backup_is_not_written_over_the_database(sqlite_url: str, tmp_path: Path) -> None:
    async with Database(sqlite_url) as db:
        path = Path(sqlite_url.removeprefix("sqlite:///"))
        (tmp_path / "link.db").symlink_to(path)
        told = r"\[T013\] backup\(\) of the database 'default' was given its own file"
        for same in (str(path), str(tmp_path / "link.db")):
            with pytest.raises(UsageError, match=told):
                await db.backup(same)


async def test_a_backup_of_a_database_in_memory(tmp_path: Path) -> None:
    async with Database("sqlite://") as db:
        await make_tables(db)
        await run(db, "insert into wood values (1, 'oak', 1)")
        await driver_of(db).backup(str(tmp_path / "copy.db"))
        await run(db, "insert into wood values (2, 'ash', 1)")
    async with Database(f"sqlite:///{tmp_path}/copy.db") as copy:
        assert await rows(copy, "select name from wood") == [("oak",)]


async def test_the_log_does_not_grow_for_ever(sqlite_url: str) -> None:
    async with Database(sqlite_url) as db:
        await make_tables(db)
        await run(db, "insert into wood values (1, 'oak', 1)")
        for number in range(1_500):
            await run(db, "update wood set price = ? where id = 1", number + 1)
            if number % 100 == 0:
                await driver_of(db)._upkeep.finish()
        log = Path(sqlite_url.removeprefix("sqlite:///") + "-wal")
        assert log.stat().st_size < 1_400 * 4_096


async def test_what_is_not_a_database(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("this is no database, " * 100)
    for path in (f"{tmp_path}/text.db", f"{tmp_path}/no/such/folder/x.db", str(tmp_path)):
        with pytest.raises(ConnectionFailed) as failed:
            async with Database(f"sqlite:///{path}"):
                pass
        assert failed.value.code == "T102"
        assert "The database 'default' cannot be used" in str(failed.value)


async def test_a_read_that_writes_is_refused(sqlite_url: str) -> None:
    """A statement that was taken for a read cannot slip past the turn."""
    async with Database(sqlite_url) as db:
        await make_tables(db)
        hidden = statement(db, "with x as (select 1) insert into wood values (1, 'oak', 1)")
        assert hidden.kind == "read"
        with pytest.raises(ReadOnlyError):
            await db.fetch(hidden, ())
        assert await rows(db, "select * from wood") == []


async def test_hooks_see_every_connection(sqlite_url: str) -> None:
    db = Database(sqlite_url)

    def twice(number: int) -> int:
        return number * 2

    def hook(raw: sqlite3.Connection) -> None:
        raw.create_function("twice", 1, twice, deterministic=True)

    db.on_connect(hook)
    async with db:
        assert await value(db, "select twice(21)") == 42
        async with transaction(db):
            assert await value(db, "select twice(4)") == 8
        async with transaction(db, read_only=True):
            assert await value(db, "select twice(3)") == 6


@pytest.mark.parametrize("reader", [False, True], ids=["opening the database", "opening a reader"])
async def test_a_connection_that_nobody_waits_for_any_more_is_closed(reader: bool, sqlite_url: str) -> None:
    db = Database(sqlite_url)
    opened: list[sqlite3.Connection] = []
    entered, leave, slow = threading.Event(), threading.Event(), not reader

    def slowly(raw: sqlite3.Connection) -> None:
        if slow:
            opened.append(raw)
            entered.set()
            leave.wait(10)

    db.on_connect(slowly)
    if reader:
        await db.open()
        slow = True
    work = asyncio.ensure_future(driver_of(db)._readers.take() if reader else db.open())
    assert await asyncio.to_thread(entered.wait, 10)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    leave.set()
    if reader:
        await db.close()
    (raw,) = opened
    async with asyncio.timeout(10):
        while is_open(raw):
            await asyncio.sleep(0.005)


def is_open(raw: sqlite3.Connection) -> bool:
    try:
        raw.total_changes  # noqa: B018 - this one asks whether it is open
    except sqlite3.ProgrammingError:
        return False
    return True


# ---- the turn


async def test_the_turn_goes_round(tmp_path: Path) -> None:
    turn = WriterTurn("shop", str(tmp_path / "turn"))
    order: list[int] = []

    async def work(number: int) -> None:
        if not turn.take_now():
            await turn.take(5)
        order.append(number)
        await asyncio.sleep(0)
        turn.give()

    await asyncio.gather(*(work(number) for number in range(20)))
    assert order == list(range(20))
    assert not turn.held
    turn.close()


@pytest.mark.both_loops
async def test_a_lock_that_comes_too_late_is_let_go(tmp_path: Path) -> None:
    turn = WriterTurn("shop", str(tmp_path / "turn"))
    other = os.open(tmp_path / "turn", os.O_RDWR)
    fcntl.flock(other, fcntl.LOCK_EX)
    for _ in range(3):
        with pytest.raises(LockTimeout):
            await turn.take(0.02)
    assert not turn.held
    cancelled = asyncio.create_task(turn.take(5))
    waiting = asyncio.create_task(turn.take(5))
    await asyncio.sleep(0.02)
    cancelled.cancel()
    await asyncio.sleep(0.02)
    fcntl.flock(other, fcntl.LOCK_UN)
    await waiting
    with pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    turn.give()
    fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with pytest.raises(LockTimeout):
        await turn.take(0.02)
    fcntl.flock(other, fcntl.LOCK_UN)
    async with asyncio.timeout(2):  # the thread got the lock when nobody wanted it any more, and let it go
        while not turn.take_now():
            await asyncio.sleep(0.005)
    turn.give()
    turn.close()
    os.close(other)


# ---- configuration


def test_urls_and_options_that_cannot_be() -> None:
    cases = {
        "mysql://x/y": ("T110", "begins with 'mysql://', which no driver is for"),
        "postgresql+asyncpg://x/y": (
            "T110",
            "no driver is for. The driver is Rooftree's own choice: write postgresql://.",
        ),
        "sqlite+aiosqlite:///y": ("T110", "The driver is Rooftree's own choice: write sqlite://."),
        "shop.db": ("T110", "does not begin with a kind of database. Write one of sqlite:///file.db"),
        "sqlite:/x.db": (
            "T110",
            "has no slashes before its path: 'sqlite:/x.db'. Write three before a relative path, four",
        ),
        "sqlite:x.db?wal=1": ("T110", "before its path: 'sqlite:x.db'. Write three"),
        "sqlite:/srv/x.db": ("T110", "four before an absolute one: sqlite:////srv/x.db."),
        "sqlite:///:memory:": ("T110", "would make a file named ':memory:'. Write sqlite:// alone."),
        "sqlite://folder/file.db": ("T110", "Write three slashes"),
        "sqlite://me:pw@folder/file.db": ("T110", "has 'folder' where SQLite has no server. Write three slashes"),
        "sqlite:///x.db?pool=3": ("T112", "has the option 'pool'"),
        "sqlite:///x.db?pool_size=many": ("T112", "Expected `int`, got `str`"),
        "sqlite:///x.db?lock_limit=0": ("T112", "lock_limit"),
        "postgresql://host:port/x": ("T110", "The port in the URL"),
    }
    for url, (code, text) in cases.items():
        with pytest.raises(SettingsError) as wrong:
            Database(url)
        assert wrong.value.code == code
        assert text in str(wrong.value)


def test_a_password_is_never_shown() -> None:
    db = Database("postgresql://shop:secret@localhost/shop?pool_size=3")
    assert "secret" not in repr(db)
    assert db.url == "postgresql://shop:***@localhost/shop?pool_size=3"


# ---- errors that only the schema can explain


async def test_what_the_schema_tells_of_a_violation(sqlite_url: str) -> None:
    async with Database(sqlite_url) as db:
        await run(
            db,
            """create table "the wood" (id integer primary key, name text, code text not null,
            unique (name, code), check (length(name) > 2), constraint "odd ""name" unique (code))""",
        )
        await run(db, """insert into "the wood" values (1, 'oak', 'a')""")
        with pytest.raises(CheckError) as check:
            await run(db, """insert into "the wood" values (2, 'x', 'b')""")
        assert (check.value.table, check.value.columns) == ("the wood", ("name",))
        with pytest.raises(UniqueError) as unique:
            await run(db, """insert into "the wood" values (2, 'ash', 'a')""")
        assert (unique.value.table, unique.value.columns) == ("the wood", ("code",))
        await run(
            db, """create trigger guard before delete on "the wood" begin select raise(abort, 'not this one'); end"""
        )
        with pytest.raises(CheckError) as guarded:
            await run(db, 'delete from "the wood"')
        assert "A rule of the database refused the row: not this one." in str(guarded.value)
        await run(db, "create table strict_one (number integer) strict")
        with pytest.raises(ValueRefused) as strict:
            await run(db, "insert into strict_one values (?)", "text")
        assert "A value does not fit its column" in str(strict.value)


async def test_a_deferred_reference_is_checked_at_the_commit(url: str) -> None:
    async with Database(url) as db:
        await make_tables(db)
        await run(
            db,
            "create table later (id integer primary key,"
            " wood_id integer references wood (id) deferrable initially deferred)",
        )
        heard: list[str] = []
        with pytest.raises(ForeignKeyError):
            async with transaction(db):
                on_commit(lambda: heard.append("saved"), db)
                on_rollback(lambda: heard.append("taken back"), db)
                await run(db, "insert into later values (1, 77)")
        assert heard == ["taken back"]
        assert await rows(db, "select * from later") == []
        async with transaction(db):
            await run(db, "insert into later values (1, 77)")
            await run(db, "insert into wood values (77, 'oak', 1)")
        assert await value(db, "select count(*) from later") == 1
        await run(db, "drop table later")


async def test_a_commit_that_waits_for_the_disk(sqlite_url: str) -> None:
    async with Database(sqlite_url, synchronous="full") as db:
        await make_tables(db)
        async with transaction(db):
            await run(db, "insert into wood values (1, 'oak', 1)")
        await run(db, "insert into wood values (2, 'ash', 1)")
        with pytest.raises(ForeignKeyError):
            async with transaction(db):
                await run(db, "pragma defer_foreign_keys = on")
                await run(db, "insert into plank values (1, 77)")
        assert await value(db, "select count(*) from wood") == 2


async def test_a_generator_that_is_closed_inside_of_a_transaction(url: str) -> None:
    """As a dependency is, that opens a transaction around a request which goes away."""
    async with Database(url, pool_size=1, acquire_limit=2, lock_limit=2) as db:
        await make_tables(db)

        async def around() -> AsyncGenerator[None]:
            async with transaction(db), transaction(db):
                await run(db, "insert into wood values (1, 'oak', 1)")
                yield

        generator = around()
        await anext(generator)
        await generator.aclose()
        assert await rows(db, "select * from wood") == []
        async with transaction(db):
            await run(db, "insert into wood values (1, 'oak', 1)")
        assert await value(db, "select count(*) from wood") == 1
