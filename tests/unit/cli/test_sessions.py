from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner

from rooftree.cli.commands import main
from rooftree.db import Database, DatabaseStore

APP = """
from rooftree import App, Settings
app = App(Settings(mode="test", database={database!r}))
"""


@pytest.mark.parametrize("database", ["sqlite:///shop.db", None])
def test_ended_sessions_are_taken_out(database: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop_of_sessions.py").write_text(APP.format(database=database))

    async def fill() -> None:
        async with Database(f"sqlite:///{tmp_path}/shop.db") as made:
            store = DatabaseStore(made)
            for key, lasts in (("session:a", -1.0), ("session:b", -1.0), ("session:c", 60.0), ("other:d", -1.0)):
                await store.set(key, b"x", lasts=lasts)

    asyncio.run(fill())
    done = CliRunner().invoke(main, ["sessions", "clean", "shop_of_sessions.py"])
    assert done.exit_code == 0, done.output
    assert done.output == f"{2 if database else 0} ended sessions taken out.\n"
    with sqlite3.connect(tmp_path / "shop.db") as connection:
        kept = {key for (key,) in connection.execute("select key from rooftree_store")}
    connection.close()
    assert kept == ({"session:c", "other:d"} if database else {"session:a", "session:b", "session:c", "other:d"})
