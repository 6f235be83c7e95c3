"""The time line of migrations: forward, back, locked, killed half-way, with several ends."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from rooftree.base import ConnectionFailed, StatementError
from rooftree.db import Database, Statement
from rooftree.db.migrations import MigrationError, Migrations

CREATE = """\
    op.create_table(
        "planks",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("name", sa.String(80), nullable=False),
    )
"""
MOVE = """\
    from rooftree.db.migrations import table

    planks = table("planks")
    op.bulk_insert(planks, [{"id": 1, "name": "oak"}, {"id": 2, "name": "ash"}])
    op.add_column("planks", sa.Column("length", sa.Integer()))
    planks = table("planks")
    op.execute(planks.update().values(length=7).where(planks.c.name == "oak"))
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/shop.db"
    found: str = request.getfixturevalue("postgres_url")
    return found


async def prepared(url: str, tmp_path: Path) -> Migrations:
    async with Database(url) as db:
        for name in ("planks", "boards", "alembic_version"):
            await db.execute(Statement(f"drop table if exists {name}", "ddl", returns_rows=False), ())
    return Migrations(tmp_path / "migrations", Database(url), lock_limit=0.3)


async def fetch(url: str, text: str) -> list[tuple[Any, ...]]:
    async with Database(url) as db:
        return [tuple(row) for row in await db.fetch(Statement(text, "read", returns_rows=True), ())]


async def test_forward_and_back(url: str, tmp_path: Path) -> None:
    migrations = await prepared(url, tmp_path)
    assert await migrations.migrate() == []
    first = migrations.time_line.make(
        'Create "planks"!', upgrade=CREATE.rstrip(), downgrade='    op.drop_table("planks")'
    )
    assert first.name == "0001_create_planks.py"
    second = migrations.time_line.make(
        "Fill planks", upgrade=MOVE.rstrip(), downgrade='    op.drop_column("planks", "length")'
    )
    assert second.name == "0002_fill_planks.py"
    assert [each.applied for each in await migrations.status()] == [False, False]
    assert await migrations.migrate() == ["0001_create_planks", "0002_fill_planks"]
    assert await migrations.migrate() == []
    assert await fetch(url, "select name, length from planks order by id") == [("oak", 7), ("ash", None)]
    states = await migrations.status()
    assert [(each.name, each.message, each.applied) for each in states] == [
        ("0001_create_planks", 'Create "planks"!', True),
        ("0002_fill_planks", "Fill planks", True),
    ]
    assert await migrations.rollback() == ["0002_fill_planks"]
    assert await fetch(url, "select * from planks order by id") == [(1, "oak"), (2, "ash")]
    assert [each.applied for each in await migrations.status()] == [True, False]
    assert await migrations.rollback() == ["0001_create_planks"]
    with pytest.raises(StatementError):
        await fetch(url, "select * from planks")
    with pytest.raises(MigrationError) as nothing:
        await migrations.rollback()
    assert nothing.value.code == "G105"


async def test_one_that_fails_leaves_the_database_as_it_was(url: str, tmp_path: Path) -> None:
    migrations = await prepared(url, tmp_path)
    migrations.time_line.make("Create planks", upgrade=CREATE.rstrip())
    bad = migrations.time_line.make(
        "Break",
        upgrade='    op.add_column("planks", sa.Column("a", sa.Integer()))\n'
        '    op.execute("insert into nowhere values (1)")',
    )
    with pytest.raises(MigrationError) as failed:
        await migrations.migrate()
    assert failed.value.code == "G101"
    assert "The migration 0002_break failed: " in str(failed.value)
    assert "nowhere" in str(failed.value)
    assert [each.applied for each in await migrations.status()] == [True, False]
    with pytest.raises(StatementError):
        await fetch(url, "select a from planks")
    text = await asyncio.to_thread(bad.read_text)
    bad.write_text(text.replace('    op.execute("insert into nowhere values (1)")\n', ""))
    assert await Migrations(tmp_path / "migrations", Database(url)).migrate() == ["0002_break"]
    assert await fetch(url, "select a from planks") == []


async def test_two_ends_are_named_and_joined(url: str, tmp_path: Path) -> None:
    migrations = await prepared(url, tmp_path)
    migrations.time_line.make("Create planks", upgrade=CREATE.rstrip())
    await migrations.migrate()
    ours = migrations.make_empty("Ours")
    kept = ours.read_text()
    ours.unlink()
    again = Migrations(tmp_path / "migrations", Database(url))
    again.make_empty("Theirs")
    ours.with_name("0002_ours.py").write_text(kept)
    both = Migrations(tmp_path / "migrations", Database(url))
    for work in (both.migrate(), both.rollback()):
        with pytest.raises(MigrationError) as two:
            await work
        assert two.value.code == "G103"
        assert "0002_ours" in str(two.value)
        assert "0002_theirs" in str(two.value)
        assert "rooftree db merge" in str(two.value)
    assert both.merge().name == "0003_join_two_time_lines.py"
    ran = await both.migrate()
    assert ran[-1] == "0003_join_two_time_lines"
    assert len(ran) == 3
    with pytest.raises(MigrationError):
        both.merge()


async def test_a_file_that_is_gone_and_one_that_is_broken(url: str, tmp_path: Path) -> None:
    migrations = await prepared(url, tmp_path)
    migrations.time_line.make("Create planks", upgrade=CREATE.rstrip())
    second = migrations.make_empty("Second")
    await migrations.migrate()
    text = second.read_text()
    second.unlink()
    with pytest.raises(MigrationError) as gone:
        await Migrations(tmp_path / "migrations", Database(url)).migrate()
    assert gone.value.code == "G104"
    assert "no file in" in str(gone.value)
    second.write_text(text + "\n)")
    with pytest.raises(MigrationError) as broken:
        await Migrations(tmp_path / "migrations", Database(url)).status()
    assert broken.value.code == "G106"


async def test_the_sql_of_the_whole_line(url: str, tmp_path: Path) -> None:
    migrations = await prepared(url, tmp_path)
    assert migrations.sql() == ""
    migrations.time_line.make("Create planks", upgrade=CREATE.rstrip())
    text = migrations.sql()
    assert "CREATE TABLE planks" in text
    assert "INSERT INTO alembic_version" in text
    assert text.index("BEGIN") < text.index("CREATE TABLE planks") < text.rindex("COMMIT")
    with pytest.raises(StatementError):
        await fetch(url, "select * from planks")


async def test_references_hold_after_a_migration_on_sqlite(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/shop.db"
    migrations = await prepared(url, tmp_path)
    migrations.time_line.make("Create planks", upgrade=CREATE.rstrip())
    migrations.time_line.make(
        "Add boards",
        upgrade='    op.execute("create table boards (id integer primary key, plank integer references planks (id))")\n'
        '    op.execute("insert into boards values (1, 99)")',
    )
    with pytest.raises(MigrationError) as broken:
        await migrations.migrate()
    assert broken.value.code == "G107"
    assert "the row 1 of 'boards' refers to a row of 'planks' that is not there" in str(broken.value)
    assert [each.applied for each in await migrations.status()] == [True, False]


SLOW = """\
    import pathlib, time
    op.add_column("planks", sa.Column("slow", sa.Integer()))
    pathlib.Path({mark!r}).touch()
    time.sleep(60)
"""
RUN = """
    import asyncio, sys
    from rooftree.db import Database
    from rooftree.db.migrations import Migrations
    asyncio.run(Migrations(sys.argv[1], Database(sys.argv[2])).migrate())
"""


@pytest.mark.time_limit(60)
async def test_killed_half_way_and_locked_meanwhile(url: str, tmp_path: Path) -> None:
    migrations = await prepared(url, tmp_path)
    mark = tmp_path / "half-way"
    migrations.time_line.make("Create planks", upgrade=CREATE.rstrip())
    slow = migrations.time_line.make("Slow", upgrade=SLOW.format(mark=str(mark)).rstrip())
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", textwrap.dedent(RUN), str(tmp_path / "migrations"), url]
    process = await asyncio.create_subprocess_exec(*command, env=environment)
    try:
        while not mark.exists():
            assert process.returncode is None
            await asyncio.sleep(0.05)
        with pytest.raises(MigrationError) as locked:
            await migrations.migrate()
        assert locked.value.code == "G102"
        assert "Another migration of the database 'default' was running for 0.3 s." in str(locked.value)
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()
    slow.write_text(slow.read_text().replace("time.sleep(60)", "pass"))
    again = Migrations(tmp_path / "migrations", Database(url), lock_limit=20)
    assert [each.applied for each in await again.status()] == [True, False]
    assert await again.migrate() == ["0002_slow"]
    assert await fetch(url, "select slow from planks") == []


async def test_a_server_that_cannot_be_used_is_one_message(postgres_url: str, tmp_path: Path) -> None:
    for url, reason, help_ in (
        (f"{postgres_url}_absent", "does not exist", "or name one that is there in the database's URL."),
        ("postgresql://nobody:secret@127.0.0.1:1/shop", "Connection refused", "and password in the database's URL."),
    ):
        with pytest.raises(ConnectionFailed) as failed:
            await Migrations(tmp_path, Database(url)).status()
        text = str(failed.value)
        assert text.startswith("[T102] The database 'default' cannot be reached at ")
        assert reason in text
        assert text.endswith(help_)
        assert "secret" not in text
