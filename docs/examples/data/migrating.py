"""From models to migrations, checked before they run."""

from __future__ import annotations

from pathlib import Path

from docs.examples.data.shop import Category, Product, Supplier, Tag
from rooftree.db import Database
from rooftree.db.migrations import Finding, Made, Migrations, Pulled, Rename

MODELS = [Category, Supplier, Tag, Product]


async def make(folder: Path, database: Database) -> Made:
    def ask(rename: Rename) -> bool:
        return input(f"Is it so that {rename}? ") == "yes"

    migrations = Migrations(folder, database)
    return await migrations.make(
        "Create the shop",
        MODELS,
        ask=ask,  # or told: renames={"planks": "boards", "boards.name": "title"}
        fill={"products.weight": "0"},  # what rows that exist get in a new column
    )


async def check(folder: Path, database: Database) -> list[Finding]:
    return await Migrations(folder, database).check(MODELS)


async def pull(folder: Path, database: Database) -> Pulled:
    migrations = Migrations(folder, database)
    await migrations.adopt()
    return await migrations.pull()
