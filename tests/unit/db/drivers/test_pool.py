"""The queue of a pool: nothing that is given to somebody who goes is lost."""

from __future__ import annotations

import asyncio

import pytest

from rooftree.base import PoolExhausted
from rooftree.db.drivers.pool import Pool


def pool_of_one() -> Pool[str]:
    async def connect() -> str:
        return "connection"

    return Pool("shop", size=1, limit=60, connect=connect, usable=lambda _: True)


async def waiting(pool: Pool[str], count: int) -> list[asyncio.Task[str]]:
    tasks = [asyncio.ensure_future(pool.take()) for _ in range(count)]
    await asyncio.sleep(0)
    return tasks


@pytest.mark.parametrize("handed", [True, False])
async def test_who_is_cancelled_leaves_the_queue_or_hands_on_what_it_was_given(handed: bool) -> None:
    pool = pool_of_one()
    taken = await pool.take()
    first, second = await waiting(pool, 2)
    if handed:
        pool.give(taken)  # to the first, which does not run any more
        first.cancel()
    else:
        first.cancel()
        await asyncio.sleep(0)
        pool.give(taken)
    assert await second == "connection"
    assert first.cancelled()
    assert not pool.idle


async def test_who_is_cancelled_hands_on_that_another_may_be_made() -> None:
    pool = pool_of_one()
    await pool.take()
    first, second = await waiting(pool, 2)
    pool.drop()
    first.cancel()
    assert await second == "connection"
    assert pool.total == 1


async def test_who_waited_too_long_is_not_given_anything_later() -> None:
    pool = pool_of_one()
    taken = await pool.take()
    with pytest.raises(PoolExhausted, match="stayed in use for 0 s"):
        await pool.take(limit=0)
    pool.give(taken)
    assert pool.idle == ["connection"]
