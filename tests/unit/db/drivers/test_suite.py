"""What every driver does. A third database is one more line in ``backends.py``."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import pytest

from rooftree.base import (
    CheckError,
    ForeignKeyError,
    NotNullError,
    ReadOnlyError,
    StatementError,
    TransactionLost,
    UniqueError,
    UsageError,
    ValueRefused,
)
from rooftree.db.database import Database
from rooftree.db.drivers.base import NOT_MIGRATED
from rooftree.db.transactions import transaction
from tests.unit.db.drivers.backends import make_tables, rows, run, statement, value


@pytest.mark.both_loops
async def test_statements_return_rows_and_counts(url: str) -> None:
    async with Database(url) as db:
        await make_tables(db)
        assert await run(db, "insert into wood values (1, 'oak', 10), (2, 'ash', 20)") == 2
        assert await rows(db, "select id, name from wood order by id") == [(1, "oak"), (2, "ash")]
        assert await value(db, "select name from wood where id = ?", 2) == "ash"
        assert await value(db, "select name from wood where id = ?", 3) is None
        assert await rows(db, "select id from wood where id > ?", 5) == []
        assert await run(db, "update wood set price = price + ? where id < ?", 1, 9) == 2
        assert await run(db, "delete from wood where id = ?", 7) == 0
        assert await rows(db, "insert into wood values (?, ?, ?) returning id, name", 3, "elm", None) == [(3, "elm")]
        returned = await db.fetch_row(statement(db, "update wood set price = ? where id = ? returning price"), (5, 3))
        assert returned is not None
        assert tuple(returned) == (5,)
        assert await value(db, "select price from wood where id = 3") == 5


async def test_the_same_statement_serves_again_and_again(url: str) -> None:
    async with Database(url, statement_cache=2) as db:
        await make_tables(db)
        await run(db, "insert into wood values (1, 'oak', 10)")
        made = [statement(db, f"select id + {number} from wood where id = ?") for number in range(5)]
        for _ in range(3):
            for number, each in enumerate(made):
                row = await db.fetch_row(each, (1,))
                assert row is not None
                assert row[0] == 1 + number
        once = statement(db, "select count(*) from wood", prepare=False)
        assert [await db.fetch_row(once, ()) for _ in range(2)] == [(1,), (1,)]


async def test_many_rows_at_once(url: str) -> None:
    async with Database(url) as db:
        await make_tables(db)
        insert = statement(db, "insert into wood values (?, ?, ?)")
        assert await db.execute_many(insert, [(number, f"wood {number}", 1) for number in range(1, 501)]) == 500
        update = statement(db, "update wood set price = ? where id > ?")
        assert await db.execute_many(update, [(2, 498), (3, 400), (4, 1000)]) == 102
        with pytest.raises(UniqueError):
            await db.execute_many(insert, [(601, "new", 1), (602, "wood 3", 1)])
        assert await value(db, "select count(*) from wood") == 500
        assert await db.execute_many(insert, []) == 0


async def test_each_row_by_key(url: str) -> None:
    async with Database(url) as db:
        await make_tables(db)
        await run(db, "insert into wood values (1, 'oak', 10), (2, 'ash', 20), (3, 'elm', 30)")
        by_key = statement(db, "select name from wood where id = ?")
        found = await db.fetch_each(by_key, [(3,), (1,), (3,)])
        assert [row and row[0] for row in found] == ["elm", "oak", "elm"]
        found = await db.fetch_each(by_key, [(3,), (9,), (1,)])
        assert [row and row[0] for row in found] == ["elm", None, "oak"]
        assert await db.fetch_each(by_key, []) == []


async def test_copying_rows_in(url: str) -> None:
    async with Database(url) as db:
        await make_tables(db)
        assert await db.copy_in("wood", ["id", "name"], [(number, f"wood {number}") for number in range(120)]) == 120
        assert await value(db, "select count(*) from wood where price is null") == 120
        with pytest.raises(UniqueError):
            await db.copy_in("wood", ["id", "name"], [(500, "new"), (500, "again")])
        assert await value(db, "select count(*) from wood") == 120


async def test_streams_come_in_batches_and_leave_no_connection_behind(url: str) -> None:
    async with Database(url, pool_size=1, acquire_limit=1) as db:
        await make_tables(db)
        await db.execute_many(statement(db, "insert into wood values (?, ?, 1)"), [(n, f"w{n}") for n in range(25)])
        every = statement(db, "select id from wood order by id")
        sizes = [len(batch) async for batch in db.stream(every, (), batch=10)]
        assert sizes == [10, 10, 5]
        for _ in range(3):
            stream = db.stream(every, (), batch=10)
            assert (await anext(stream))[0][0] == 0
            await stream.aclose()
        assert await value(db, "select count(*) from wood") == 25
        async with transaction(db):
            seen = 0
            async for batch in db.stream(every, (), batch=10):
                seen += len(batch)
                await run(db, "update wood set price = price + 1 where id = ?", seen)
            assert seen == 25


async def test_constraints_name_table_constraint_and_columns(url: str) -> None:
    async with Database(url) as db:
        await make_tables(db)
        await run(db, "insert into wood values (1, 'oak', 10)")
        with pytest.raises(UniqueError) as unique:
            await run(db, "insert into wood values (2, 'oak', 10)")
        assert (unique.value.table, unique.value.constraint, unique.value.columns) == ("wood", "wood_name", ("name",))
        assert unique.value.code == "T201"
        assert "Another row of 'wood' has this 'name' (wood_name)." in str(unique.value)
        assert "oak" not in str(unique.value)
        assert unique.value.at is not None
        assert "drivers/" in unique.value.at
        with pytest.raises(UniqueError) as key:
            await run(db, "insert into wood values (1, 'ash', 10)")
        assert key.value.columns == ("id",)
        with pytest.raises(CheckError) as check:
            await run(db, "insert into wood values (3, 'elm', -1)")
        found = check.value
        assert (found.table, found.constraint, found.columns) == ("wood", "wood_price_positive", ("price",))
        assert "The check 'wood_price_positive' of 'wood' is false for this row." in str(found)
        with pytest.raises(NotNullError) as null:
            await run(db, "insert into wood values (4, null, 1)")
        assert (null.value.table, null.value.columns) == ("wood", ("name",))
        assert "The column 'name' of 'wood' must have a value." in str(null.value)
        with pytest.raises(ForeignKeyError) as foreign:
            await run(db, "insert into plank values (1, 77)")
        if db.dialect == "postgresql":  # SQLite is not told the columns of such an INSERT
            assert (foreign.value.table, foreign.value.constraint) == ("plank", "plank_wood")
            assert foreign.value.columns == ("wood_id",)
            assert "The row that 'wood_id' of 'plank' refers to is not there (plank_wood)." in str(foreign.value)
        await run(db, "insert into plank values (1, 1)")
        with pytest.raises(ForeignKeyError):
            await run(db, "delete from wood where id = 1")
        assert await value(db, "select count(*) from wood") == 1


REFERENCES = (
    "create table maker (id integer primary key)",
    "create table box (a integer, b integer, primary key (a, b))",
    """create table lid (id integer primary key, maker_id integer, a integer, b integer, size integer,
    constraint lid_maker foreign key (maker_id) references maker on delete restrict,
    constraint lid_box foreign key (a, b) references box (a, b) on delete cascade)""",
)


class Broken(NamedTuple):
    text: str
    parameters: tuple[object, ...]
    constraint: str
    columns: tuple[str, ...]
    told: str


BROKEN = [
    Broken(
        "insert into lid (id, maker_id, a, b) values (?, ?, ?, ?)", (5, 1, 1, 3), "lid_box", ("a", "b"), "is not there"
    ),
    Broken(
        "insert into lid (id, maker_id, a, b) values (?, ?, ?, ?)",
        (5, 9, 1, 2),
        "lid_maker",
        ("maker_id",),
        "not there",
    ),
    Broken(
        "insert into lid (id, maker_id) values (?, ?), (?, ?)", (5, 1, 6, 9), "lid_maker", ("maker_id",), "is not there"
    ),
    Broken("update lid set size = ?, maker_id = ? where a = ?", (3, 9, 1), "lid_maker", ("maker_id",), "is not there"),
    Broken(
        "delete from maker where id = ?", (1,), "lid_maker", ("maker_id",), "Rows of 'lid' still refer to the row that"
    ),
    Broken("delete from maker", (), "lid_maker", ("maker_id",), "Rows of 'lid' still refer to the row that would go"),
]


@pytest.mark.parametrize("broken", BROKEN)
async def test_a_broken_reference_is_named(url: str, broken: Broken) -> None:
    text, parameters, constraint, columns, told = broken
    async with Database(url) as db:
        for table in REFERENCES:
            await db.execute(statement(db, table), ())
        try:
            await run(db, "insert into maker values (1)")
            await run(db, "insert into box values (1, 2)")
            await run(db, "insert into lid values (1, 1, 1, 2, 0)")
            with pytest.raises(ForeignKeyError, match=told) as alone:
                await run(db, text, *parameters)
            with pytest.raises(ForeignKeyError) as inside:
                async with transaction(db):
                    await run(db, text, *parameters)
            for error in (alone.value, inside.value):
                assert (error.table, error.constraint) == ("lid", constraint)
                assert db.dialect == "sqlite" or error.columns in {columns, ("id",)}  # of a delete, PostgreSQL's key
                assert db.dialect == "postgresql" or error.columns == columns
        finally:
            for table in ("lid", "box", "maker"):
                await db.execute(statement(db, f"drop table {table}"), ())


async def test_of_many_rows_the_reference_of_any_is_named(url: str) -> None:
    async with Database(url) as db:
        await make_tables(db)
        await run(db, "insert into wood values (1, 'oak', 10)")
        with pytest.raises(ForeignKeyError) as foreign:
            await db.execute_many(statement(db, "insert into plank (id, wood_id) values (?, ?)"), [(1, 1), (2, 77)])
        assert (foreign.value.table, foreign.value.columns) == ("plank", ("wood_id",))


async def test_unique_indexes_over_several_columns_and_expressions(url: str) -> None:
    async with Database(url) as db:
        await make_tables(db)
        await run(db, "create unique index wood_both on wood (price, name)")
        await run(db, "create unique index wood_lower on wood (lower(name))")
        await run(db, "insert into wood values (1, 'oak', 10)")
        with pytest.raises(UniqueError) as lower:
            await run(db, "insert into wood values (2, 'OAK', 11)")
        assert (lower.value.constraint, lower.value.columns, lower.value.table) == ("wood_lower", ("name",), "wood")
        await run(db, "drop index wood_lower")
        await run(db, "alter table wood rename column id to number")
        with pytest.raises(UniqueError) as both:
            await run(db, "insert into wood values (2, 'oak', 10)")
        assert both.value.columns in {("price", "name"), ("name",)}


async def test_wrong_sql_and_wrong_values_are_typed(url: str) -> None:
    async with Database(url) as db:
        await make_tables(db)
        for text in (
            "select absent from wood",
            "select * from no_table",
            "select 1 +",
            "insert into wood (no) values (1)",
        ):
            with pytest.raises(StatementError) as wrong:
                await run(db, text)
            assert wrong.value.code == "T401"
            missing = "+" not in text
            assert str(wrong.value).endswith(NOT_MIGRATED) is missing, str(wrong.value)
        with pytest.raises(ValueRefused) as refused:
            await rows(db, "select * from wood where id = ?", object())
        assert refused.value.code == "T402"
        with pytest.raises((ValueRefused, StatementError)):
            await rows(db, "select * from wood where id = ?", 1, 2)
        with pytest.raises(ValueRefused):
            await rows(db, "select * from wood where id = ?", 2**70)
        with pytest.raises(ValueRefused):
            await rows(db, "select * from wood where name = ?", "\ud800")
        if db.dialect == "postgresql":
            with pytest.raises(ValueRefused) as secret:
                await rows(db, "select * from wood where id = ?", "secret")
            assert "The parameter $1 does not fit: 'str' object cannot be interpreted as an integer." in str(
                secret.value
            )
            assert "secret" not in str(secret.value)
        assert await rows(db, "select * from wood") == []


async def test_values_that_look_like_sql_are_values(url: str) -> None:
    async with Database(url) as db:
        await make_tables(db)
        name = "'; drop table wood; --"
        await run(db, "insert into wood values (1, ?, 1)", name)
        assert await value(db, "select name from wood where name = ?", name) == name


async def test_raw_transaction_control_is_refused(url: str) -> None:
    async with Database(url) as db:
        await make_tables(db)
        for text in ("BEGIN", " commit", "-- note\nrollback", "/* a */ savepoint x", "start  transaction", "; end"):
            with pytest.raises(UsageError) as refused:
                await run(db, text)
            assert refused.value.code == "T008"
            async with transaction(db):
                with pytest.raises(UsageError):
                    await run(db, text)
                await run(db, "delete from wood")


async def test_a_read_only_transaction_refuses_writes(url: str) -> None:
    async with Database(url) as db:
        await make_tables(db)
        with pytest.raises(ReadOnlyError) as refused:
            async with transaction(db, read_only=True):
                assert await rows(db, "select * from wood") == []
                await run(db, "insert into wood values (1, 'oak', 1)")
        assert refused.value.code == "T403"
        await run(db, "insert into wood values (1, 'oak', 1)")
        assert await value(db, "select count(*) from wood") == 1


async def test_a_failed_statement_ends_the_transaction_on_every_database(url: str) -> None:
    async with Database(url) as db:
        await make_tables(db)
        with pytest.raises(TransactionLost) as lost:
            async with transaction(db):
                await run(db, "insert into wood values (1, 'oak', 1)")
                with pytest.raises(UniqueError):
                    await run(db, "insert into wood values (1, 'ash', 1)")
                with pytest.raises(TransactionLost) as later:
                    await run(db, "insert into wood values (2, 'ash', 1)")
                assert later.value.code == "T004"
        assert lost.value.code == "T006"
        assert "one of its statements had failed with UniqueError" in str(lost.value)
        assert await rows(db, "select * from wood") == []


async def test_raw_sql_that_changes_the_session_leaves_nothing_behind(url: str) -> None:
    async with Database(url, pool_size=1) as db:
        await make_tables(db)
        text = "set search_path to nowhere" if db.dialect == "postgresql" else "pragma foreign_keys = off"
        await db.execute(statement(db, text, changes_session=True), ())
        with pytest.raises(ForeignKeyError):
            await run(db, "insert into plank values (1, 77)")
        async with transaction(db):
            await db.execute(statement(db, "create temporary table scratch (id integer)", changes_session=True), ())
            await run(db, "insert into scratch values (1)")
        with pytest.raises(StatementError):
            await rows(db, "select * from scratch")


async def test_a_schema_change_under_prepared_statements(url: str) -> None:
    async with Database(url) as db:
        await make_tables(db)
        every = statement(db, "select * from wood")
        assert await db.fetch(every, ()) == []
        await run(db, "alter table wood add column color varchar(10)")
        await run(db, "insert into wood values (1, 'oak', 1, 'brown')")
        assert [tuple(row) for row in await db.fetch(every, ())] == [(1, "oak", 1, "brown")]


async def test_many_tasks_at_once(url: str) -> None:
    async with Database(url, pool_size=3) as db:
        await make_tables(db)
        await run(db, "insert into wood values (1, 'oak', 1)")

        async def work(number: int) -> None:
            for _ in range(5):
                async with transaction(db):
                    await run(db, "update wood set price = price + 1 where id = 1")
                    if number % 3 == 0:
                        await asyncio.sleep(0)
                assert await value(db, "select count(*) from wood") == 1

        await asyncio.gather(*(work(number) for number in range(20)))
        assert await value(db, "select price from wood") == 101
