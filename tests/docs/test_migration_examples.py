"""The examples on the page about migrations."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from docs.examples.data import deploy, migrating
from rooftree.db import Database, Statement
from tests.services import need, temporary_database


async def use(url: str, folder: Path) -> None:
    database = Database(url)
    made = await migrating.make(folder, database)
    assert made.files[0].name == "0001_create_the_shop.py"
    assert [finding.code for finding in await migrating.check(folder, database)] == ["G202"]
    assert await deploy.deploy(folder, database) == ["0001_create_the_shop"]
    assert await migrating.check(folder, database) == []
    async with database:
        await database.execute(Statement("drop table alembic_version", "ddl", returns_rows=False), ())
    pulled = await migrating.pull(folder.with_name("adopted"), Database(url))
    assert "class Product(Model" in pulled.source


async def test_migrations_on_sqlite(tmp_path: Path) -> None:
    await use(f"sqlite:///{tmp_path}/shop.db", tmp_path / "migrations")


async def test_migrations_on_postgresql(tmp_path: Path) -> None:
    with temporary_database(need("postgresql"), f"rooftree_migration_examples_{os.getpid()}") as url:
        await use(url, tmp_path / "migrations")


@pytest.mark.parametrize("name", ["make", "check", "pull"])
def test_the_page_shows_the_example(name: str) -> None:
    root = Path(__file__).parents[2]
    page = (root / "docs/data/migrations.md").read_text()
    example = Path(migrating.__file__).read_text()
    shown = [block.split("```")[0] for block in page.split("```python\n")[1:]]
    assert any(f"async def {name}(" in block and block.strip() in example for block in shown)
