"""Models from a database that exists."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rooftree.db import Col, Database, DatabaseStore, Index, Model, Ref, Unique, by_database, col, ref
from rooftree.db.expressions.constraints import Constraint
from rooftree.db.migrations import MigrationError
from rooftree.db.migrations.pull import loaded
from tests.unit.db.migrations.test_make import Grade, Use, Wood, make, migrate, migrations_of, run, state
from tests.unit.db.queries import shop


class Log(Model, table="log", schema=None):
    text: Col[str] = col(max_length=40, min_length=2, unique=True)
    class_: Col[str | None] = col(name="class")
    count_: Col[int] = col(name="count", ge=0, lt=100, index=True, default=by_database("7"))
    wood: Col[Wood] = col()
    double: Col[int] = col(generated='"count" * 2')
    get_: Ref[Log | None] = ref(columns=("get_id",), on_delete="cascade", index=False)
    twin: Ref[Log] = ref(unique=True)

    @classmethod
    def constraints(cls) -> list[Constraint]:
        return [Unique(cls.class_, cls.count_), Index(cls.count_.desc(), cls.class_, name="ix_down", unique=True)]


@pytest.mark.parametrize("models", [shop.MODELS, (Log,), (Use,)])
@pytest.mark.time_limit(120)
async def test_what_models_made_comes_back(url: str, tmp_path: Path, models: tuple[Any, ...]) -> None:
    await make(url, tmp_path, *models)
    await migrate(url, tmp_path)
    pulled = await migrations_of(url, tmp_path).pull()
    assert pulled.differences == []
    with loaded(pulled.source) as infos:
        assert {info.name for info in infos} == set((await state(url)).tables)


async def test_enumerations_of_the_database(postgres_own_url: str, tmp_path: Path) -> None:
    class Board(Model):
        grade: Col[Grade] = col(native=True)

    await make(postgres_own_url, tmp_path, Board)
    await migrate(postgres_own_url, tmp_path)
    pulled = await migrations_of(postgres_own_url, tmp_path).pull()
    assert pulled.differences == []
    assert (
        pulled.source
        == '''"""The tables of a database that was there."""

from __future__ import annotations

import enum

from rooftree.db import Col, Model, col


class Grade(enum.Enum):
    a = 'a'
    b = 'b'


class Board(Model):
    grade: Col[Grade] = col(native=True)
'''
    )


HAND_MADE = (
    "create table makers (code varchar(8) primary key, name text not null check (length(name) > 3))",
    """create table planks (id integer primary key, price numeric(9, 2) default 0 not null, "a b" text,
       maker varchar(8) references makers, "import" integer)""",
    "create table keyless (a integer)",
    'create table "odd name" (a integer primary key)',
    """create table words (id integer primary key, "table" text, "get" text, note text check (note <> 'x
        y'))""",
    "create index planks_cheap on planks (price) where price < 9",
)


async def test_what_was_made_by_hand(url: str, tmp_path: Path) -> None:
    await run(url, *HAND_MADE)
    migrations = migrations_of(url, tmp_path)
    pulled = await migrations.pull()
    counted = url.startswith("sqlite")  # there an INTEGER PRIMARY KEY counts by itself
    assert f"class Plank({'Model' if counted else 'BareModel'}):" in pulled.source
    assert "    maker_row: Ref[Maker | None] = ref(" in pulled.source
    assert '    import_: Col[int | None] = col(name="import")' in pulled.source
    assert '    table_: Col[str | None] = col(name="table")\n    get_: Col[str | None] = ' in pulled.source
    assert "    # INDEX planks_cheap " in pulled.source
    assert "    # 'a b': no column of a model can have this name\n" in pulled.source
    assert "\n# 'keyless': no model can have this name, or a key as this table's.\n" in pulled.source
    assert "drop the table odd name" in pulled.differences
    assert pulled.differences
    compile(pulled.source, "pulled.py", "exec")


async def test_a_database_is_adopted(url: str, tmp_path: Path) -> None:
    await run(url, *HAND_MADE)
    migrations = migrations_of(url, tmp_path)
    before = await state(url)
    assert (await migrations.adopt()).name == "0001_the_tables_that_were_there.py"
    assert await migrations.migrate() == []
    assert await state(url) == before
    assert [each.code for each in await migrations.check([]) if each.code != "G201"] == []
    await migrations.rollback()
    assert (await state(url)).tables == {}
    await migrations.migrate()
    assert await state(url) == before
    with pytest.raises(MigrationError) as begun:
        await migrations.adopt()
    assert begun.value.code == "G113"


async def test_the_table_of_the_store_is_nobodys_model(url: str, tmp_path: Path) -> None:
    async with Database(url) as database:
        await DatabaseStore(database).make()
    assert "rooftree_store" not in (await state(url)).tables


async def test_an_empty_database_has_no_models(url: str, tmp_path: Path) -> None:
    pulled = await migrations_of(url, tmp_path).pull()
    assert pulled.differences == []
    with loaded(pulled.source) as infos:
        assert infos == []
