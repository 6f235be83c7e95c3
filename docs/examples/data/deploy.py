"""Following the time line of migrations, in a deployment."""

from __future__ import annotations

from pathlib import Path

from rooftree.db import Database
from rooftree.db.migrations import Migrations


async def deploy(folder: Path, database: Database) -> list[str]:
    migrations = Migrations(folder, database)
    return await migrations.migrate()
