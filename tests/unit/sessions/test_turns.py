"""Requests that change one session at the same time take turns: who is cancelled leaves nobody waiting."""

from __future__ import annotations

import asyncio

from rooftree.base import MemoryStore, SessionOptions
from rooftree.sessions.keepers import StoreKeeper
from rooftree.sessions.state import State


class SlowStore(MemoryStore):
    """Writes once it may."""

    def __init__(self) -> None:
        super().__init__()
        self.writing = 0
        self.open = asyncio.Event()
        self.open.set()

    async def set(self, key: str, value: bytes, *, lasts: float, version: int | None = None) -> bool:
        self.writing += 1
        await self.open.wait()
        return await super().set(key, value, lasts=lasts, version=version)


async def started(store: SlowStore) -> tuple[StoreKeeper, str]:
    keeper = StoreKeeper(store, SessionOptions())
    state = State()
    state.set("first", 1)
    return keeper, await keeper.keep(state)


async def changed(keeper: StoreKeeper, token: str, name: str) -> None:
    state = await keeper.load(token)
    state.set(name, name)
    await keeper.keep(state)


async def test_who_is_cancelled_in_its_turn_or_before_it_holds_nobody_up() -> None:
    store = SlowStore()
    keeper, token = await started(store)
    store.open.clear()
    tasks = [asyncio.create_task(changed(keeper, token, name)) for name in ("holder", "waiter", "last")]
    await asyncio.sleep(0.01)
    assert store.writing == 2  # the one that began the session, and the holder
    tasks[0].cancel()
    tasks[1].cancel()
    await asyncio.sleep(0.01)
    store.open.set()
    await asyncio.wait_for(tasks[2], 5)
    found = await keeper.load(token)
    assert sorted(found.keys()) == ["first", "last"]
    assert all(task.cancelled() for task in tasks[:2])


async def test_what_is_kept_of_turns_goes_with_them() -> None:
    store = SlowStore()
    keeper, token = await started(store)
    _, other = await started(store)
    async with asyncio.timeout(5):
        await asyncio.gather(*(changed(keeper, token, f"n{number}") for number in range(50)))
        await changed(keeper, other, "x")
    assert len((await keeper.load(token)).keys()) == 51
    assert len(keeper._turns) == 0
