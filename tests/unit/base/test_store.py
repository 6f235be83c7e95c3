from __future__ import annotations

import asyncio

from rooftree.base import MemoryStore, Store


async def test_the_store_in_memory_is_bounded() -> None:
    store = MemoryStore(most=3)
    assert isinstance(store, Store)
    for number in range(5):
        await store.set(f"key-{number}", b"x", lasts=60)
        await store.add(f"number-{number}", 1, lasts=60)
    assert [number for number in range(5) if await store.get(f"key-{number}")] == [2, 3, 4]
    assert [await store.add(f"number-{number}", 1, lasts=60) for number in (4, 0)] == [2, 1]


async def test_what_was_used_last_is_kept() -> None:
    store = MemoryStore(most=2)
    await store.set("a", b"", lasts=60)
    await store.set("b", b"", lasts=60)
    await store.get("a")
    await store.set("c", b"", lasts=60)
    assert await store.get("a") is not None
    assert await store.get("b") is None


async def test_what_has_expired_is_cleaned_away() -> None:
    store = MemoryStore()
    await store.set("session:a", b"", lasts=0.01)
    await store.set("other:a", b"", lasts=0.01)
    await store.set("session:b", b"", lasts=60)
    await store.add("session:n", 1, lasts=0.01)
    await asyncio.sleep(0.02)
    assert await store.clean("session:") == 2
    assert await store.clean() == 1
