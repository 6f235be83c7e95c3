"""The tables and rows that every entry works on, the same in PostgreSQL and in SQLite."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path
from typing import Any

__all__ = ["AUTHORS", "BOOKS", "COUNTRIES", "make_postgres", "make_sqlite"]

COUNTRIES = ["Chile", "Egypt", "Finland", "Ghana", "India", "Japan", "Kenya", "Malta", "Peru", "Spain"]
AUTHORS = 100
BOOKS = 2_000  # 20 of each author

DROP = "drop table if exists orm_note; drop table if exists orm_book; drop table if exists orm_author;"
DDL = """
create table orm_author(id {key}, name varchar(80) not null, email varchar(120) not null, country varchar(40) not null);
create table orm_book(id {key}, title varchar(200) not null, pages {int} not null, price {int} not null,
  in_print boolean not null, rating {float} not null, author_id {int} not null references orm_author(id));
create index orm_book_author on orm_book(author_id);
create table orm_note(id {key}, text varchar(200) not null, amount {int} not null, done boolean not null);
"""
TYPES = {
    "pg": {"key": "bigserial primary key", "int": "bigint", "float": "double precision"},
    "sqlite": {"key": "integer primary key autoincrement", "int": "integer", "float": "real"},
}


def authors() -> list[tuple[Any, ...]]:
    """``(id, name, email, country)``, ten of each country."""
    return [(n, f"Author {n}", f"author{n}@example.org", COUNTRIES[n % len(COUNTRIES)]) for n in range(1, AUTHORS + 1)]


def books() -> list[tuple[Any, ...]]:
    """``(id, title, pages, price, in_print, rating, author_id)``."""
    chance = random.Random(7)
    return [
        (n, f"The book of {n}", chance.randint(50, 900), chance.randint(300, 9900), n % 3 > 0, n % 50 / 10,
         (n - 1) // 20 + 1)
        for n in range(1, BOOKS + 1)
    ]  # fmt: skip


async def make_postgres(url: str) -> None:
    """Make the tables anew."""
    import asyncpg

    connection = await asyncpg.connect(url)
    try:
        await connection.execute(DROP + DDL.format(**TYPES["pg"]))
        await connection.copy_records_to_table("orm_author", records=authors())
        await connection.copy_records_to_table("orm_book", records=books())
        await connection.execute("analyze orm_author; analyze orm_book")
    finally:
        await connection.close()


def make_sqlite(path: str) -> None:
    """Make the file anew."""
    for suffix in ("", "-wal", "-shm", "-turn"):
        Path(path + suffix).unlink(missing_ok=True)
    connection = sqlite3.connect(path)
    connection.execute("pragma journal_mode=wal")
    connection.executescript(DDL.format(**TYPES["sqlite"]))
    connection.executemany("insert into orm_author values (?, ?, ?, ?)", authors())
    connection.executemany("insert into orm_book values (?, ?, ?, ?, ?, ?, ?)", books())
    connection.commit()
    connection.execute("analyze")
    connection.close()
