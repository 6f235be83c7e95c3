"""Models against files against the live database; indexes that were interrupted."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from rooftree.db import Col, Database, Model, col
from rooftree.db.migrations import Finding, MigrationError, Migrations
from tests.unit.db.migrations.test_make import fetch, make, migrate, migrations_of, run


class One:
    class Plank(Model, table="planks"):
        name: Col[str] = col(max_length=20)
        old: Col[int | None] = col()


class Two:
    class Plank(Model, table="planks"):
        name: Col[str] = col(max_length=20, index=True)


async def check(url: str, tmp_path: Path, *models: Any, every: bool = False) -> list[Finding]:
    return await migrations_of(url, tmp_path).check(models, every=every)


def codes(findings: list[Finding]) -> list[str]:
    return [finding.code for finding in findings]


async def test_models_files_and_the_database(url: str, tmp_path: Path) -> None:
    assert await check(url, tmp_path) == []
    (missing,) = await check(url, tmp_path, One.Plank)
    assert str(missing) == (
        "[G201] The models say what no migration does: create the table planks. Run: rooftree db make."
    )
    await make(url, tmp_path, One.Plank)
    (waiting,) = await check(url, tmp_path, One.Plank)
    assert str(waiting) == "[G202] The database lacks 0001_change. Run: rooftree db migrate."
    await migrate(url, tmp_path)
    assert await check(url, tmp_path, One.Plank) == []
    await run(url, "create table strangers (id integer)")
    assert await check(url, tmp_path, One.Plank) == []
    await run(url, "create index by_hand on planks (name)")
    (other,) = await check(url, tmp_path, One.Plank)
    assert other.code == "G203"
    assert "it would have to drop the index by_hand." in other.fact


async def test_what_is_unsafe_stops_before_it_runs(url: str, tmp_path: Path) -> None:
    await make(url, tmp_path, One.Plank)
    await migrate(url, tmp_path)
    made = await make(url, tmp_path, Two.Plank)
    findings = await check(url, tmp_path, Two.Plank)
    assert codes(findings) == ["G202", "G304"]
    assert "Code that runs during the deployment still reads planks.old, which is dropped" in findings[1].fact
    file = made.files[0]
    file.write_text(file.read_text() + '\nallow = {"G304": "nobody reads it"}\n')
    assert codes(await check(url, tmp_path, Two.Plank)) == ["G202"]
    await migrate(url, tmp_path)
    assert await check(url, tmp_path, Two.Plank) == []
    file.write_text(file.read_text().replace("allow = ", "forgot = "))
    assert codes(await check(url, tmp_path, Two.Plank, every=True)) == ["G304"]


async def test_a_file_for_another_kind_of_database(url: str, tmp_path: Path) -> None:
    await make(url, tmp_path, One.Plank)
    file = next((tmp_path / "migrations").glob("*.py"))
    kind = "sqlite" if url.startswith("sqlite") else "postgresql"
    other = "postgresql" if kind == "sqlite" else "sqlite"
    file.write_text(file.read_text().replace(f'dialect = "{kind}"', f'dialect = "{other}"'))
    with pytest.raises(MigrationError) as wrong:
        await migrate(url, tmp_path)
    assert str(wrong.value) == (
        f"[G110] The migration 0001_change was made for {other}, and the database is {kind}. "
        f"To change over, move that folder away and let 'rooftree db make' write one for {kind}: each kind of database"
        " has its own."
    )


async def test_an_interrupted_index_is_found_and_mended(postgres_own_url: str, tmp_path: Path) -> None:
    url = postgres_own_url

    class Unique1(Model, table="planks"):
        name: Col[str] = col()

    class Unique2(Model, table="planks"):
        name: Col[str] = col(index=True)

    await make(url, tmp_path, Unique1)
    await migrate(url, tmp_path)
    await make(url, tmp_path, Unique2)
    file = max((tmp_path / "migrations").glob("*.py"))
    text = file.read_text()
    file.write_text(text.replace("CREATE INDEX", "CREATE UNIQUE INDEX"))
    await run(url, "insert into planks (name) values ('same'), ('same')")
    with pytest.raises(MigrationError) as failed:
        await migrate(url, tmp_path)  # an index that cannot be built is left behind, as after an interruption
    assert failed.value.code == "G101"
    index = "select indisvalid from pg_index where indexrelid = 'ix_planks_name'::regclass"
    assert await fetch(url, index) == [(False,)]
    file.write_text(text)
    assert "G204" in codes(await check(url, tmp_path, Unique2))
    assert await migrate(url, tmp_path) == ["0002_change"]
    assert await fetch(url, index) == [(True,)]
    assert await check(url, tmp_path, Unique2) == []
    assert await migrations_of(url, tmp_path).rollback() == ["0002_change"]
    assert await fetch(url, "select to_regclass('ix_planks_name')::text") == [(None,)]


async def test_a_column_that_rows_need_a_value_for(url: str, tmp_path: Path) -> None:
    class Three(Model, table="planks"):
        name: Col[str] = col(max_length=20)
        old: Col[int | None] = col()
        size: Col[int] = col()

    await make(url, tmp_path, One.Plank)
    await migrate(url, tmp_path)
    made = await make(url, tmp_path, Three)
    _, finding = await check(url, tmp_path, Three)
    assert finding.code == "G303"
    assert finding.migration == made.files[0].stem
    assert finding.fact.startswith("The new column planks.size may not be NULL and has no default: ")
    made.files[0].unlink()
    await make(url, tmp_path, Three, fill={"planks.size": "0"})
    assert codes(await check(url, tmp_path, Three)) == ["G202"]


async def test_more_room_for_text_is_safe(postgres_own_url: str, tmp_path: Path) -> None:
    class Wide(Model, table="planks"):
        name: Col[str] = col(max_length=40)
        old: Col[int | None] = col()

    class Narrow(Model, table="planks"):
        name: Col[str] = col(max_length=10)
        old: Col[int | None] = col()

    url = postgres_own_url
    await make(url, tmp_path, One.Plank)
    await migrate(url, tmp_path)
    file = await fetch(url, "select pg_relation_filenode('planks')")
    await make(url, tmp_path, Wide)
    assert codes(await check(url, tmp_path, Wide)) == ["G202"]
    await migrate(url, tmp_path)
    assert await fetch(url, "select pg_relation_filenode('planks')") == file  # not written anew
    await make(url, tmp_path, Narrow)
    assert codes(await check(url, tmp_path, Narrow)) == ["G202", "G301"]


async def test_the_scratch_database_is_gone_afterwards(postgres_own_url: str, tmp_path: Path) -> None:
    names = "select datname from pg_database where datname like 'rooftree#_scratch#_1#_%' escape '#'"
    url = postgres_own_url
    subprocess.run(["psql", url, "-qc", 'create database "rooftree_scratch_1_left"'], check=True)
    assert await fetch(url, names) == [("rooftree_scratch_1_left",)]
    await make(url, tmp_path, One.Plank)
    assert await fetch(url, names) == []  # what a killed process left is gone, too


async def test_a_user_who_may_not_create_databases(postgres_own_url: str, tmp_path: Path) -> None:
    url = postgres_own_url
    role = f"rooftree_weak_{os.getpid()}"
    subprocess.run(["psql", url, "-qc", f"create role {role} login password 'weak'"], check=True)
    try:
        weak = urlsplit(url)._replace(netloc=f"{role}:weak@127.0.0.1:{urlsplit(url).port or 5432}").geturl()
        with pytest.raises(MigrationError) as refused:
            await make(weak, tmp_path, One.Plank)
        assert str(refused.value).startswith(
            "[G108] The user of the database 'default' may not create databases, and the migrations are tried in one"
        )
        made = await Migrations(tmp_path / "other", Database(weak), scratch=Database(url)).make("Other", [One.Plank])
        assert len(made.files) == 1
    finally:
        subprocess.run(["psql", url, "-qc", f"drop role {role}"], check=True)
