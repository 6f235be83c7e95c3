"""From models to files: everything that models can say, there and back, on both databases."""

from __future__ import annotations

import enum
import sqlite3
import subprocess
from contextlib import closing
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from rooftree.db import (
    BareModel,
    Check,
    Col,
    Database,
    Databases,
    Index,
    Model,
    ModelError,
    Ref,
    Search,
    Statement,
    Unique,
    by_database,
    col,
    now,
    ref,
)
from rooftree.db.expressions.constraints import Constraint
from rooftree.db.migrations import Made, MigrationError, Migrations, Rename, parse_renames
from rooftree.db.migrations.autogenerate import _expect, read, replay
from rooftree.db.migrations.connect import on_connection, on_scratch
from rooftree.db.migrations.files import TimeLine
from rooftree.db.migrations.state import ColumnState, SchemaState, TableState
from tests.unit.db.queries import shop


class Wood(enum.Enum):
    oak = "oak"
    ash = "it's ash: 100%"


class Grade(enum.Enum):
    a = "a"
    b = "b"


class Everything(Model):
    text: Col[str] = col(max_length=40, min_length=2, unique=True)
    long: Col[str | None] = col()
    whole: Col[int] = col(ge=0, lt=100, index=True)
    real: Col[float] = col(default=0.5)
    flag: Col[bool] = col(default=True)
    price: Col[Decimal] = col(max_digits=10, decimal_places=2, gt=0)
    blob: Col[bytes] = col()
    day: Col[date] = col()
    hour: Col[time] = col()
    moment: Col[datetime] = col(default=by_database("CURRENT_TIMESTAMP"))
    span: Col[timedelta] = col()
    key: Col[UUID] = col()
    data: Col[dict[str, Any]] = col(default=dict)
    words: Col[list[str]] = col(default=list)
    address: Col[IPv4Address] = col()
    wood: Col[Wood] = col(default=Wood.oak)
    grade: Col[Grade] = col(native=True)
    twice: Col[int] = col(generated="whole * 2")
    other: Ref[Everything | None] = ref(on_delete="cascade")

    @classmethod
    def constraints(cls) -> list[Constraint]:
        return [
            Unique(cls.day, cls.hour),
            Unique(cls.key, where=cls.whole > 5),
            Check((cls.whole > 3) | (cls.long == "a:b 100% 'x'"), name="quotes"),
            Index(cls.day.desc(), cls.whole, where=cls.wood == Wood.ash, name="ix_day"),
            Index(cls.text.lower(), name="ix_lower", unique=True),
            Index(cls.hour, include=[cls.whole]),
        ]


class Part(BareModel):
    first_: Col[int] = col(primary=True)
    second_: Col[str] = col(primary=True, max_length=10)


class Use(Model):
    part: Ref[Part] = ref(columns=("part_one", "part_two"))


def migrations_of(url: str, tmp_path: Path) -> Migrations:
    return Migrations(tmp_path / "migrations", Database(url), lock_limit=5)


async def make(url: str, tmp_path: Path, *models: type, **options: Any) -> Made:
    return await migrations_of(url, tmp_path).make("Change", models, **options)


async def migrate(url: str, tmp_path: Path) -> list[str]:
    return await migrations_of(url, tmp_path).migrate()


async def state(url: str) -> SchemaState:
    return await on_connection(Database(url), read, lock_limit=5)


async def run(url: str, *texts: str) -> None:
    async with Database(url) as db:
        for text in texts:
            await db.execute(Statement(text, "write", returns_rows=False), ())


async def fetch(url: str, text: str) -> list[tuple[Any, ...]]:
    async with Database(url) as db:
        return [tuple(row) for row in await db.fetch(Statement(text, "read", returns_rows=True), ())]


@pytest.mark.parametrize("models", [(Everything,), (Use,), shop.MODELS])
async def test_what_was_made_leaves_nothing_to_make(url: str, tmp_path: Path, models: tuple[Any, ...]) -> None:
    made = await make(url, tmp_path, *models)
    assert [file.name for file in made.files] == ["0001_change.py"]
    assert all(change.startswith(("create the ", "index ", "add the foreign key ")) for change in made.changes)
    empty = await state(url)
    assert empty.tables == {}
    await migrate(url, tmp_path)
    full = await state(url)
    assert set(full.tables) >= {model.__table_info__.name for model in models}
    assert await make(url, tmp_path, *models) == Made([], [], [])
    await migrations_of(url, tmp_path).rollback()
    assert await state(url) == empty
    await migrate(url, tmp_path)
    assert await state(url) == full


class Full1:
    """What may not be NULL, before it goes."""

    class Box(Model, table="boxes"):
        name: Col[str] = col(max_length=20)
        size: Col[int] = col()
        price: Col[Decimal] = col()
        wood: Col[Wood] = col()
        grade: Col[Grade] = col(native=True)
        made: Col[datetime] = col()
        tags: Col[list[str]] = col()
        data: Col[bytes] = col()
        key: Col[UUID] = col()
        open: Col[bool] = col()
        depth: Col[int] = col()


class Full2:
    """The same without."""

    class Box(Model, table="boxes"):
        depth: Col[int | None] = col()


async def test_what_may_not_be_null_is_taken_back_in_a_table_with_rows(url: str, tmp_path: Path) -> None:
    await make(url, tmp_path, Full1.Box)
    await migrate(url, tmp_path)
    before = await state(url)
    await make(url, tmp_path, Full2.Box)
    await migrate(url, tmp_path)
    await run(url, "insert into boxes (depth) values (null), (7)")
    await migrations_of(url, tmp_path).rollback()
    assert await state(url) == before
    found = await fetch(url, "select name, size, price, wood, grade, open, depth from boxes order by id")
    assert [tuple(str(value) for value in row) for row in found] == [
        ("", "0", "0" if "sqlite" in url else "0.0000", "oak", "a", "0" if "sqlite" in url else "False", depth)
        for depth in ("0", "7")
    ]


class Held1:
    """A reference, before it goes."""

    class Box(Model, table="boxes"):
        depth: Col[int] = col()

    class Lid(Model, table="lids"):
        box: Ref[Held1.Box] = ref()


class Held2:
    """The same without."""

    class Lid(Model, table="lids"):
        pass


async def test_a_reference_that_no_row_can_have_is_not_made_up(url: str, tmp_path: Path) -> None:
    await make(url, tmp_path, Held1.Box, Held1.Lid)
    await migrate(url, tmp_path)
    await make(url, tmp_path, Held1.Box, Held2.Lid)
    await migrate(url, tmp_path)
    after = await state(url)
    await run(url, "insert into lids default values")
    with pytest.raises(MigrationError) as failed:
        await migrations_of(url, tmp_path).rollback()
    assert "[G101] The migration 0002_change could not be taken back: " in str(failed.value)
    assert str(failed.value).endswith("The database is as it was before it. Mend its downgrade() and try again.")
    assert await state(url) == after


class Shape1:
    """The tables before."""

    class Maker(Model, table="makers"):
        name: Col[str] = col(max_length=20)

    class Plank(Model, table="planks"):
        name: Col[str] = col(max_length=20, index=True)
        length: Col[int] = col(ge=0)
        note: Col[str | None] = col()
        wood: Col[Wood] = col(native=True, default=Wood.oak)
        maker: Ref[Shape1.Maker] = ref()

        @classmethod
        def constraints(cls) -> list[Constraint]:
            return [Index(cls.length, where=cls.length > 3), Check(cls.length < 90, name="short")]

    class Cut(Model, table="cuts"):
        plank: Ref[Shape1.Plank] = ref(on_delete="cascade")

    models = (Maker, Plank, Cut)


class Shape2:
    """The same tables after: every kind of change at once."""

    class Maker(Model, table="makers"):
        name: Col[str] = col(max_length=30, unique=True)

    class Plank(Model, table="planks"):
        name: Col[str | None] = col(max_length=40)
        length: Col[Decimal] = col(max_digits=9, decimal_places=0, le=100)
        note: Col[str] = col(index=True)
        stock: Col[int] = col(default=7)
        made: Col[datetime] = col(default=now)
        tags: Col[list[str]] = col(default=list)
        maker: Ref[Shape2.Maker | None] = ref()
        double: Col[int] = col(generated="stock * 2")

        @classmethod
        def constraints(cls) -> list[Constraint]:
            return [Index(cls.length, where=cls.length > 4), Check(cls.length < 80, name="short"), Unique(cls.name)]

    class Saw(Model, table="saws"):
        plank: Ref[Shape2.Plank] = ref()

    class Cut(Model, table="cuts"):
        plank: Ref[Shape2.Plank] = ref(on_delete="restrict")

    models = (Maker, Plank, Cut, Saw)


ROWS = (
    "insert into makers (id, name) values (1, 'Ann')",
    "insert into planks (id, name, length, note, wood, maker_id) values (4, 'a', 5, null, 'oak', 1)",
    "insert into cuts (id, plank_id) values (1, 4)",
)


async def test_every_kind_of_change_with_rows(url: str, tmp_path: Path) -> None:
    await make(url, tmp_path, *Shape1.models)
    await migrate(url, tmp_path)
    before = await state(url)
    await run(url, *ROWS)
    if url.startswith("sqlite"):
        await run(
            url,
            "insert into planks (id, name, length, wood, maker_id) values (50, 'a', 5, 'oak', 1)",
            "delete from planks where id = 50",
            "create view short as select * from planks where length < 9",
            "create trigger loud after delete on planks begin delete from cuts where plank_id = old.id; end",
        )
    made = await make(url, tmp_path, *Shape2.models, fill={"planks.note": "'none'"})
    assert made.unsure == []
    await migrate(url, tmp_path)
    assert await fetch(url, "select id, name, length, note, stock, double, maker_id from planks") == [
        (4, "a", 5, "none", 7, 14, 1)
    ]
    assert await fetch(url, "select count(*) from cuts") == [(1,)]
    assert await make(url, tmp_path, *Shape2.models) == Made([], [], [])
    if url.startswith("sqlite"):
        assert await fetch(url, "select note from short") == [("none",)]
        assert await fetch(url, "select name from sqlite_master where type = 'trigger'") == [("loud",)]
        assert await fetch(url, "select seq from sqlite_sequence where name = 'planks'") == [(50,)]
    else:
        assert made.files[1].name == "0003_change_indexes.py"
        assert "index_concurrently(" in made.files[1].read_text()
    after = await state(url)
    await run(url, "delete from cuts", "delete from planks")
    await migrations_of(url, tmp_path).rollback(len(made.files))
    assert await state(url) == before
    await migrate(url, tmp_path)
    assert await state(url) == after


async def test_a_new_column_that_rows_need_a_value_for(url: str, tmp_path: Path) -> None:
    class One(Model, table="ones"):
        pass

    class Two(Model, table="ones"):
        size: Col[int] = col()

    await make(url, tmp_path, One)
    await migrate(url, tmp_path)
    await run(url, "insert into ones (id) values (1)")
    made = await make(url, tmp_path, Two)
    with pytest.raises(MigrationError) as failed:
        await migrate(url, tmp_path)
    assert failed.value.code == "G101"
    made.files[0].unlink()
    await make(url, tmp_path, Two, fill={"ones.size": "40 + 2"})
    await migrate(url, tmp_path)
    assert await fetch(url, "select id, size from ones") == [(1, 42)]
    assert await make(url, tmp_path, Two) == Made([], [], [])


async def test_values_of_an_enumeration(postgres_own_url: str, tmp_path: Path) -> None:
    url = postgres_own_url

    def model(*values: str) -> type[BareModel]:
        kind: Any = enum.Enum("Kind", {value: value for value in values})  # type: ignore[misc]

        class Board(Model, table="boards"):
            kind_: Col[kind] = col(native=True, name="kind", default=by_database("'a'"))  # pyright: ignore[reportInvalidTypeForm]

        return Board

    await make(url, tmp_path, model("a", "c"))
    await migrate(url, tmp_path)
    before = await state(url)
    await run(url, "insert into boards (kind) values ('a')")
    made = await make(url, tmp_path, model("_", "a", "b", "c", "d"))
    assert made.changes == [f"add the value {value!r} to the type kind" for value in "_bd"]
    made = await make(url, tmp_path, model("d", "a"))
    assert made.changes == ["change the type kind", "change the type of boards.kind"]
    await migrate(url, tmp_path)
    assert await fetch(url, "select kind::text from boards") == [("a",)]
    assert await make(url, tmp_path, model("d", "a")) == Made([], [], [])
    await migrations_of(url, tmp_path).rollback(2)
    assert await state(url) == before
    assert await fetch(url, "select kind::text from boards") == [("a",)]


class Old:
    """Names before."""

    class Plank(Model, table="planks"):
        name: Col[str] = col(max_length=20, unique=True)
        length: Col[int] = col(ge=0, index=True)
        above: Ref[Old.Plank | None] = ref()

    class Cut(Model, table="cuts"):
        plank: Ref[Old.Plank] = ref()

    models = (Plank, Cut)


class New:
    """The same tables under new names."""

    class Board(Model, table="boards"):
        title: Col[str] = col(max_length=20, unique=True)
        length: Col[int] = col(ge=0, index=True)
        above: Ref[New.Board | None] = ref()

    class Cut(Model, table="cuts"):
        board: Ref[New.Board] = ref()

    models = (Board, Cut)


@pytest.mark.parametrize("how", ["told", "asked"])
async def test_renames(url: str, tmp_path: Path, how: str) -> None:
    await make(url, tmp_path, *Old.models)
    await migrate(url, tmp_path)
    before = await state(url)
    await run(url, "insert into planks (id, name, length) values (1, 'oak', 3)", "insert into cuts values (5, 1)")
    asked: list[str] = []

    def ask(rename: Rename) -> bool:
        asked.append(str(rename))
        return True

    told = {"planks": "boards", "planks.name": "title", "cuts.plank_id": "board_id"}
    made = await make(
        url, tmp_path, *New.models, renames=told if how == "told" else None, ask=ask if how == "asked" else None
    )
    questions = ["the table planks is now boards", "the column boards.name is now boards.title",
                 "the column cuts.plank_id is now cuts.board_id"]  # fmt: skip
    assert sorted(asked) == (sorted(questions) if how == "asked" else [])
    assert made.changes[:3] == [
        "rename the table planks", "rename the column boards.name", "rename the column cuts.plank_id",
    ]  # fmt: skip
    await migrate(url, tmp_path)
    assert await fetch(url, "select id, title, length from boards") == [(1, "oak", 3)]
    assert await fetch(url, "select id, board_id from cuts") == [(5, 1)]
    assert await make(url, tmp_path, *New.models) == Made([], [], [])
    await migrations_of(url, tmp_path).rollback(len(made.files))
    assert await state(url) == before
    assert await fetch(url, "select id, name from planks") == [(1, "oak")]


async def test_renames_that_nobody_was_asked_about_are_told_of(url: str, tmp_path: Path) -> None:
    await make(url, tmp_path, *Old.models)
    made = await make(url, tmp_path, *New.models)
    assert Rename("planks", "boards") in made.unsure
    with pytest.raises(MigrationError) as wrong:
        await make(url, tmp_path, *New.models, renames={"planks": "nothing"})
    assert str(wrong.value).startswith("[G111] 'planks' cannot be renamed to 'nothing': ")


async def test_models_are_what_it_takes(tmp_path: Path) -> None:
    with pytest.raises(ModelError) as wrong:
        await make(f"sqlite:///{tmp_path}/shop.db", tmp_path, Path)
    assert str(wrong.value) == "[M203] Path is no model with a table. Name concrete models."


async def test_two_ends_stop_make_and_check(url: str, tmp_path: Path) -> None:
    class Line(Model, table="lines"):
        pass

    await make(url, tmp_path, Line)
    folder = tmp_path / "migrations"
    for name in ("a", "b"):
        made = migrations_of(url, tmp_path).make_empty(name)
        made.rename(tmp_path / f"{name}.py")
    for name in ("a", "b"):
        (tmp_path / f"{name}.py").rename(folder / f"0002_{name}.py")
    migrations = migrations_of(url, tmp_path)
    for work in (migrations.make("More", [Line]), migrations.check([Line])):
        with pytest.raises(MigrationError) as two:
            await work
        assert two.value.code == "G103"
        assert "The time line has 2 ends: 0002_" in str(two.value)
        assert "rooftree db merge" in str(two.value)
    migrations.merge()
    assert await migrations.make("More", [Line]) == Made([], [], [])


async def test_the_sql_of_what_was_made_makes_the_same(url: str, tmp_path: Path) -> None:
    await make(url, tmp_path, *Shape1.models)
    await make(url, tmp_path, *Shape2.models, fill={"planks.note": "'none'"})
    text = migrations_of(url, tmp_path).sql()
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as raw:
            raw.executescript(text)
    else:
        assert "COMMIT;\n\nCREATE INDEX CONCURRENTLY" in text
        subprocess.run(["psql", url, "-qv", "ON_ERROR_STOP=1"], input=text.encode(), check=True)
    found = await state(url)
    other = await on_scratch(Database(url), lambda connection: after_all(connection, tmp_path))
    assert found == other


def after_all(connection: sa.Connection, tmp_path: Path) -> SchemaState:
    replay(connection, TimeLine(tmp_path / "migrations"))
    return read(connection)


def test_renames_as_a_command_line_takes_them() -> None:
    assert parse_renames(["planks:boards", "boards.name:title"]) == {"planks": "boards", "boards.name": "title"}
    for bad in ("planks", ":boards", "planks:", "a:b:c"):
        with pytest.raises(MigrationError) as wrong:
            parse_renames([bad])
        assert str(wrong.value) == (
            f"[G111] {bad!r} is no rename. Write table:new for a table, table.column:new for a column."
        )


class Key1:
    """A key that the database counts."""

    class Person(Model, table="people"):
        code: Col[str] = col(max_length=8)
        size: Col[int] = col(default=by_database("3"))
        twice: Col[int] = col(generated="size * 2", index=True)

    class Pet(Model, table="pets"):
        owner: Ref[Key1.Person] = ref()

    models = (Person, Pet)


class Key2:
    """Another key, which the other table follows; another computation; another default."""

    class Person(BareModel, table="people"):
        id: Col[int] = col()
        code: Col[str] = col(max_length=8, primary=True)
        size: Col[int] = col(default=by_database("4"))
        twice: Col[int] = col(generated="size * 3", index=True)

    class Pet(Model, table="pets"):
        owner: Ref[Key2.Person] = ref(columns=("owner_code",))

    models = (Person, Pet)


async def test_another_key_and_another_computation(url: str, tmp_path: Path) -> None:
    await make(url, tmp_path, *Key1.models)
    await migrate(url, tmp_path)
    before = await state(url)
    await run(url, "insert into people (id, code) values (1, 'a')")
    made = await make(url, tmp_path, *Key2.models, renames={"pets.owner_id": "owner_code"})
    await migrate(url, tmp_path)
    await run(url, "insert into people (id, code) values (2, 'b')")
    assert await fetch(url, "select id, size, twice from people order by id") == [(1, 3, 9), (2, 4, 12)]
    assert await make(url, tmp_path, *Key2.models) == Made([], [], [])
    await migrations_of(url, tmp_path).rollback(len(made.files))
    assert await state(url) == before


async def test_schemas(postgres_own_url: str, tmp_path: Path) -> None:
    class Owner(Model, table="owners", schema="shop"):
        name: Col[str] = col(index=True)
        kind_: Col[Grade] = col(native=True)

    class Thing(Model, table="things"):
        owner: Ref[Owner] = ref()

    class Owner2(Model, table="keepers", schema="shop"):
        title: Col[str] = col(index=True)
        kind_: Col[Grade] = col(native=True)

    class Thing2(Model, table="things"):
        owner: Ref[Owner2] = ref()

    url = postgres_own_url
    await make(url, tmp_path, Owner, Thing)
    await migrate(url, tmp_path)
    assert set((await state(url)).tables) == {"shop.owners", "things"}
    before = await state(url)
    await run(url, "insert into shop.owners (name, kind_) values ('a', 'b')")
    told = {"shop.owners": "shop.keepers", "shop.keepers.name": "title"}
    await make(url, tmp_path, Owner2, Thing2, renames=told)
    await migrate(url, tmp_path)
    assert await fetch(url, "select title from shop.keepers") == [("a",)]
    assert await make(url, tmp_path, Owner2, Thing2) == Made([], [], [])
    await migrations_of(url, tmp_path).rollback()
    assert await state(url) == before


def test_steps_that_lead_elsewhere_are_not_written() -> None:
    columns = {"id": ColumnState("id", "bigint")}
    wanted = SchemaState("postgresql", {"a": TableState("a", None, columns, {}, {})}, {})
    with pytest.raises(MigrationError) as wrong:
        _expect(SchemaState("postgresql", {}, {}), wanted, "forward")
    assert str(wrong.value) == (
        "[G109] The steps forward were tried, and these stay: create the table a. Nothing was written. "
        "Write the migration by hand, from an empty one."
    )


class Search1:
    """A table with searches."""

    class Post(Model, table="posts"):
        title: Col[str] = col(max_length=80)
        body: Col[str] = col()

        @classmethod
        def constraints(cls) -> list[Constraint]:
            return [Search(cls.title, cls.body, language="english")]


class Search2:
    """The same under another name, a column changed and renamed, another language."""

    class Entry(Model, table="entries"):
        heading: Col[str] = col(max_length=90)
        body: Col[str] = col()
        stars: Col[int] = col(default=3, ge=0)

        @classmethod
        def constraints(cls) -> list[Constraint]:
            return [Search(cls.heading, cls.body), Search(cls.body, name="bodies")]


class Search3:
    """The table without a search."""

    class Entry(Model, table="entries"):
        heading: Col[str] = col(max_length=90)
        body: Col[str] = col()
        stars: Col[int] = col(default=3, ge=0)


async def test_searches_are_made_changed_and_dropped(url: str, tmp_path: Path) -> None:
    made = await make(url, tmp_path, Search1.Post)
    assert "search_posts" in " ".join(made.changes)
    await migrate(url, tmp_path)
    assert set((await state(url)).tables) == {"posts"}
    first = await state(url)
    async with Database(url) as database:
        with Databases({"default": database}).current():
            await Search1.Post.create(title="Oak tables", body="by hand")
            assert await Search1.Post.search("table").count() == 1
    pulled = await migrations_of(url, tmp_path).pull()
    assert '            Search(cls.title, cls.body, language="english"),' in pulled.source
    assert pulled.differences == []
    renames = parse_renames(["posts:entries", "entries.title:heading"])
    made = await make(url, tmp_path, Search2.Entry, renames=renames)
    await migrate(url, tmp_path)
    assert (await make(url, tmp_path, Search2.Entry)).changes == []
    async with Database(url) as database:
        with Databases({"default": database}).current():
            assert await Search2.Entry.search("table").count() == 0
            assert await Search2.Entry.search("oak tables").count() == 1  # of the row that was there before
            assert await Search2.Entry.search("hand", name="bodies").count() == 1
            await Search2.Entry.create(heading="Ash", body="oak")
            assert await Search2.Entry.search("oak").count() == 2
    second = await state(url)
    pulled = await migrations_of(url, tmp_path).pull()
    assert "            Search(cls.heading, cls.body),\n" in pulled.source
    assert '            Search(cls.body, name="bodies"),\n' in pulled.source
    assert pulled.differences == []
    made = await make(url, tmp_path, Search3.Entry)
    assert made.changes
    await migrate(url, tmp_path)
    assert (await make(url, tmp_path, Search3.Entry)).changes == []
    await run(url, "insert into entries (heading, body, stars) values ('Elm', 'oak', 1)")
    await migrations_of(url, tmp_path).rollback()
    assert await state(url) == second
    async with Database(url) as database:
        with Databases({"default": database}).current():
            assert await Search2.Entry.search("oak").count() == 3
    while (await state(url)) != first:
        await migrations_of(url, tmp_path).rollback()
    async with Database(url) as database:
        with Databases({"default": database}).current():
            assert await Search1.Post.search("table").count() == 1
