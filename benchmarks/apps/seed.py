"""Create and fill the tables, the same rows in PostgreSQL and in SQLite. Safe to run again."""

from __future__ import annotations

import os
import random
import sqlite3
from pathlib import Path
from typing import Any

import front_goods
import psycopg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

PG = os.environ["BENCH_PG"]
SQLITE = Path(os.environ["BENCH_SQLITE"])

DDL = """
create table if not exists world(id int primary key, randomnumber int not null);
create table if not exists fortune(id int primary key, message varchar(2048) not null);
create table if not exists category(id int primary key, name varchar(100) not null);
create table if not exists product(id int primary key, name varchar(200) not null, price int not null,
  stock int not null, category_id int not null references category(id));
create table if not exists app_user(id int primary key, username varchar(150) not null unique,
  email varchar(254) not null, password varchar(128) not null, last_login timestamp with time zone);
create table if not exists django_session(session_key varchar(40) primary key, session_data text not null,
  expire_date timestamp with time zone not null);
"""
rnd = random.Random(7)
CATS = ["Books & Maps", "Garden", "Kitchen", "Toys", "Tools", "Music", "Outdoor", "Office", "Pets", "Art"]
ROWS: dict[str, list[Any]] = {
    "world(id,randomnumber)": [(i, rnd.randint(1, 10000)) for i in range(1, 10001)],
    "fortune(id,message)": [(i, f"fortune number {i} <script>alert(1)</script> フレームワーク") for i in range(1, 13)],
    "category(id,name)": list(enumerate(CATS, 1)),
    "product(id,name,price,stock,category_id)": [
        (
            i,
            f"Product {i}" + (' <b>"new"</b>' if i % 5 == 0 else " plain & simple"),
            rnd.randint(100, 9999),
            i % 7,
            i % 10 + 1,
        )
        for i in range(1, 201)
    ],
    "app_user(id,username,email,password)": [
        (i, f"user{i}", f"user{i}@example.org", "!unusable") for i in range(1, 1001)
    ],
}


def fill(con: Any, mark: str) -> None:
    cur = con.cursor()
    for stmt in (DDL + front_goods.DDL).split(";"):
        if stmt.strip():
            cur.execute(stmt)
    for target, rows in (ROWS | front_goods.rows()).items():
        marks = ",".join([mark] * len(rows[0]))
        cur.executemany(f"insert into {target} values ({marks}) on conflict do nothing", rows)
    cur.execute("delete from django_session")
    cur.execute("delete from front_session")
    con.commit()
    cur.close()


def compile_catalogue() -> None:
    """The shop's German texts, compiled where gettext (messages.mo) and Django (django.mo) look for them."""
    folder = Path(os.environ["BENCH_LOCALES"]) / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True, exist_ok=True)
    with front_goods.CATALOGUE.open("rb") as source:
        catalogue = read_po(source, "de")
    for name in ("messages.mo", "django.mo"):
        with (folder / name).open("wb") as target:
            write_mo(target, catalogue)


compile_catalogue()
SQLITE.parent.mkdir(parents=True, exist_ok=True)
lite = sqlite3.connect(SQLITE)
lite.execute("pragma journal_mode=wal")
fill(lite, "?")
lite.close()
with psycopg.connect(PG) as pg:
    fill(pg, "%s")
with psycopg.connect(PG, autocommit=True) as pg:
    pg.execute("vacuum analyze")
print("seeded", SQLITE, "and the PostgreSQL database")
