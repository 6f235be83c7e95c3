"""Configuring databases, streaming, watching what runs, listening."""

from __future__ import annotations

import logging

from rooftree.db import (
    Database,
    Databases,
    Notification,
    QueryCounter,
    RepeatedQueries,
    SlowQueries,
    Statement,
    log_queries,
)

warnings: list[str] = []


def configured() -> Databases:
    return Databases(
        {
            "default": "sqlite:///shop.db?statement_limit=5",
            "reports": Database("postgresql://shop:secret@db:5432/shop", name="reports", pool_size=20),
        }
    )


async def count_rows(database: Database) -> int:
    every = Statement("select 1 union all select 2 union all select 3", "read", returns_rows=True)
    rows = 0
    async for batch in database.stream(every, (), batch=2):
        rows += len(batch)
    return rows


async def watched(database: Database) -> QueryCounter:
    counter = QueryCounter()
    with (
        database.observe(counter),
        database.observe(SlowQueries(warnings.append, limit=0.05)),
        database.observe(RepeatedQueries(warnings.append, limit=3)),
        database.observe(log_queries(logging.getLogger("shop.db"))),
    ):
        for _ in range(3):
            await count_rows(database)
    return counter


async def first_order(database: Database) -> Notification:
    async with database.listen("orders") as notifications:
        await database.notify("orders", "7")
        async for notification in notifications:
            return notification
    raise AssertionError
