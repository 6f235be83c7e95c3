"""The databases that the driver suite runs on, and SQL written once for all of them."""

from __future__ import annotations

import itertools
import re
from typing import Any

from rooftree.db.database import Database
from rooftree.db.statement import Kind, Statement

BACKENDS = ["sqlite", "memory", "postgresql"]

SCHEMA = [
    """create table wood (id integer primary key, name varchar(80) not null, price integer,
    constraint wood_name unique (name), constraint wood_price_positive check (price > 0))""",
    "create table plank (id integer primary key, wood_id integer not null constraint plank_wood references wood (id))",
]


def statement(database: Database, text: str, *, prepare: bool = True, changes_session: bool = False) -> Statement:
    """Make a statement of SQL with ``?`` for placeholders."""
    word = text.split(maxsplit=1)[0].lower()
    kinds: dict[str, Kind] = {"select": "read", "with": "read", "values": "read"}
    kinds |= dict.fromkeys(["create", "drop", "alter"], "ddl")
    kind = kinds.get(word, "write")
    if database.dialect == "postgresql":
        numbers = itertools.count(1)
        text = re.sub(r"\?", lambda _: f"${next(numbers)}", text)
    return Statement(
        text,
        kind,
        returns_rows=kind == "read" or " returning " in text,
        prepare=prepare,
        changes_session=changes_session,
    )


async def run(database: Database, text: str, *parameters: object) -> int:
    """Run SQL and return how many rows it changed."""
    return await database.execute(statement(database, text), parameters)


async def rows(database: Database, text: str, *parameters: object) -> list[tuple[Any, ...]]:
    """Run SQL and return its rows as tuples."""
    return [tuple(row) for row in await database.fetch(statement(database, text), parameters)]


async def value(database: Database, text: str, *parameters: object) -> Any:
    """Run SQL and return the first column of its first row."""
    row = await database.fetch_row(statement(database, text), parameters)
    return None if row is None else row[0]


async def make_tables(database: Database) -> None:
    """Make the suite's tables, empty."""
    for table in ("plank", "wood"):
        await run(database, f"drop table if exists {table}")
    for text in SCHEMA:
        await run(database, text)


def round_trips(db: Database) -> int:
    """How often the idle connections of a PostgreSQL have asked the server so far."""
    driver: Any = db.driver
    return sum(connection.raw._protocol.queries_count for connection in driver._pool.idle)
