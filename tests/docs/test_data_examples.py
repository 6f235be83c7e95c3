"""The examples on the pages about databases and transactions."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from docs.examples.data import databases, deploy, script, transactions
from rooftree.base import CheckError
from rooftree.db import Database, Databases, Statement, create_tables, drop_tables
from rooftree.db.migrations import Migrations


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/shop.db"
    found: str = request.getfixturevalue("postgres_url")
    return found


async def balances() -> list[int]:
    account = transactions.Account
    return [found.cents for found in await account.where().order_by(account.owner)]


async def test_transactions(url: str) -> None:
    account = transactions.Account
    opened = Databases(url)
    await opened.open()
    with opened.current():
        await drop_tables(account)
        await create_tables(account)
        for owner in ("ann", "bob", "cid"):
            await account.create(owner=owner, cents=100)
        transactions.sent.clear()
        await transactions.transfer("ann", "bob", 30)
        assert await balances() == [70, 130, 100]
        assert transactions.sent == ["bob got 30"]
        with pytest.raises(CheckError):
            await transactions.transfer("ann", "bob", 300)
        assert await balances() == [70, 130, 100]
        assert transactions.sent == ["bob got 30"]
        assert await transactions.pay_all("ann", ["bob", "cid"], 50) == ["bob"]
        assert await balances() == [20, 180, 100]
        await drop_tables(account)
    await opened.close()


def test_script(tmp_path: Path) -> None:
    assert script.main(f"sqlite:///{tmp_path}/notes.db") == ["bread", "milk"]


async def test_databases(url: str, caplog: pytest.LogCaptureFixture) -> None:
    named = databases.configured()
    assert list(named) == ["default", "reports"]
    assert "secret" not in repr(named["reports"])
    databases.warnings.clear()
    async with Database(url) as database:
        with caplog.at_level(logging.INFO, "shop.db"):
            counter = await databases.watched(database)
        assert len(counter) == 3
        assert "databases.py" in counter.report()
        assert len(caplog.records) == 3
        assert any("N+1" in warning for warning in databases.warnings)
        if database.dialect == "postgresql":
            assert (await databases.first_order(database)).payload == "7"


async def test_migrations(url: str) -> None:
    async with Database(url) as database:
        for name in ("planks", "alembic_version"):
            await database.execute(Statement(f"drop table if exists {name}", "ddl", returns_rows=False), ())
        folder = Path(deploy.__file__).with_name("migrations")
        assert await deploy.deploy(folder, database) == ["0001_create_planks", "0002_fill_lengths"]
        every = Statement("select name, length from planks order by id", "read", returns_rows=True)
        assert [tuple(row) for row in await database.fetch(every, ())] == [("oak", 7), ("ash", None)]
        await Migrations(folder, database).rollback(2)
