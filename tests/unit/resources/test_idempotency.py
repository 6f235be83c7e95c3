"""Requests that are sent again with one `Idempotency-Key`."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from rooftree import HTTPError, Resource
from rooftree.base import MemoryStore
from rooftree.resources import idempotency
from rooftree.resources.idempotency import Keeper
from rooftree.testing import Client
from tests.unit.resources.catalogue import NewPlank, Plank, PlankOut, opened

NEW = {"name": "Larch", "price": "3.5"}


async def send(client: Client, key: str, body: Any = NEW, **headers: str) -> Any:
    return await client.post("/planks", json=body, headers={"idempotency-key": key, **headers})


async def test_it_is_done_once(url: str) -> None:
    async with opened(url) as client:
        first, second, bare = [await send(client, key) for key in ('"one"', '"one"', "one")]
        assert first.status_code == second.status_code == bare.status_code == 201
        assert first.content == second.content == bare.content
        assert first.headers["location"] == second.headers["location"]
        assert first.headers["etag"] == second.headers["etag"]
        assert "idempotency-replayed" not in first.headers
        assert second.headers["idempotency-replayed"] == "true"
        assert await Plank.count() == 8
        other = await send(client, '"one"', {**NEW, "price": "4"})
        assert other.status_code == 422
        (error,) = other.json()["errors"]
        assert (error["in"], error["parameter"]) == ("header", "idempotency-key")
        assert error["detail"] == "Expected a new key: this one was used for another request"
        assert (await send(client, '"two"')).headers["location"] == "/planks/9"


async def test_what_failed_may_be_tried_again(url: str) -> None:
    async with opened(url) as client:
        assert (await send(client, "a", {**NEW, "wood": 99})).status_code in {409, 422}
        assert (await send(client, "a", {**NEW, "wood": 1})).status_code == 201
        assert (await send(client, "b", {"name": "x"})).status_code == 422
        assert (await send(client, "b")).status_code == 201
        for key in ('""', "x" * 256, "a\tb", 'a"b'):
            assert (await send(client, key)).status_code == 422, key
        assert await Plank.count() == 9


async def test_two_at_once(url: str) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    class Slow(Resource[Plank, NewPlank, PlankOut], path="/planks"):
        async def create(self, data: NewPlank) -> Plank:
            begun.set()
            await go_on.wait()
            if data[Plank.name] == "broken":
                raise HTTPError(503)
            return await Plank.create(**data.values())

    async with opened(url, Slow) as client:
        first = asyncio.create_task(send(client, "a"))
        await begun.wait()
        second = await send(client, "a")
        assert (second.status_code, second.headers["retry-after"]) == (409, "1")
        assert (await send(client, "a", {**NEW, "price": "9"})).status_code == 422
        go_on.set()
        assert (await first).status_code == 201
        assert (await send(client, "a")).headers["location"] == "/planks/8"
        assert (await send(client, "b", {**NEW, "name": "broken"})).status_code == 503
        assert (await send(client, "b")).status_code == 201


async def test_a_commit_that_fails_leaves_nothing(url: str) -> None:
    fails = [True]

    class Late(Resource[Plank, NewPlank, PlankOut], path="/planks"):
        async def create(self, data: NewPlank) -> Plank:
            plank = await Plank.create(**data.values())
            if fails:
                raise HTTPError(500, "The row is there, and is not to stay.")
            return plank

    async with opened(url, Late) as client:
        assert (await send(client, "a")).status_code == 500
        assert await Plank.count() == 7
        fails.clear()
        assert (await send(client, "a")).status_code == 201
        assert await Plank.count() == 8


@pytest.mark.parametrize("store", [MemoryStore(), None])
async def test_another_store_and_how_long(store: MemoryStore | None) -> None:
    class Short(
        Resource[Plank, NewPlank, PlankOut],
        path="/planks",
        idempotency=timedelta(seconds=0) if store is None else True,
        store=store or MemoryStore(),
    ): ...

    async with opened("sqlite://", Short) as client:
        found = [(await send(client, "a")).headers["location"] for _ in range(2)]
        assert found == (["/planks/8", "/planks/9"] if store is None else ["/planks/8", "/planks/8"])


async def test_not_at_all() -> None:
    class Plain(Resource[Plank, NewPlank, PlankOut], path="/planks", idempotency=False): ...

    async with opened("sqlite://", Plain) as client:
        assert [(await send(client, "a")).json()["id"] for _ in range(2)] == [8, 9]


async def test_of_a_large_answer_the_rest_is_kept() -> None:
    class Large(Resource[Plank, NewPlank, PlankOut], path="/planks"):
        async def create(self, data: NewPlank) -> dict[str, str]:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
            return {"text": "x" * 5_000_000}

    async with opened("sqlite://", Large) as client:
        first, second = await send(client, "a"), await send(client, "a")
        assert len(first.content) > 5_000_000
        assert (second.status_code, second.content) == (201, b"")
        assert "content-type" not in second.headers


async def test_a_renewal_that_arrives_late_takes_nothing_back(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `_hold` had sent before it was cancelled may be written between the look and the write of the answer."""
    mine, looks = Keeper._mine, list[int | None]()

    class Ours(Resource[Plank, NewPlank, PlankOut], path="/planks"): ...

    async def late(self: Keeper, store: Any, place: str, mark: Any) -> int | None:
        found = await mine(self, store, place, mark)
        looks.append(found)
        if len(looks) == 1:
            assert await store.set(place, msgspec.msgpack.encode(mark), lasts=60, version=found)
        return found

    monkeypatch.setattr(Keeper, "_mine", late)
    async with opened(url, Ours) as client:
        assert (await send(client, "a")).status_code == 201
        assert looks == [1, 2]
        assert (await send(client, "a")).headers["idempotency-replayed"] == "true"


async def test_a_key_stays_taken_however_long_it_takes(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "ANEW", 0.01)
    begun, several, go_on = asyncio.Event(), asyncio.Event(), asyncio.Event()
    mine, versions = Keeper._mine, list[int]()

    class Slow(Resource[Plank, NewPlank, PlankOut], path="/planks"):
        async def create(self, data: NewPlank) -> Plank:
            begun.set()
            await go_on.wait()
            return await Plank.create(**data.values())

    async def noted(self: Keeper, *given: Any) -> int | None:
        found = await mine(self, *given)
        versions.append(found or 0)
        if len(versions) == 4:
            several.set()
        return found

    monkeypatch.setattr(Keeper, "_mine", noted)
    async with opened(url, Slow) as client:
        first = asyncio.create_task(send(client, "a"))
        await begun.wait()
        await several.wait()
        assert versions[:4] == [1, 2, 3, 4]  # each look found it taken anew by the one before
        assert (await send(client, "a")).status_code == 409
        go_on.set()
        assert (await first).status_code == 201
        assert (await send(client, "a")).headers["idempotency-replayed"] == "true"
        assert await Plank.count() == 8


async def test_who_was_held_up_for_too_long_takes_it_back(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Plank] = []

    class Lost(Resource[Plank, NewPlank, PlankOut], path="/planks"):
        async def create(self, data: NewPlank) -> Plank:
            made.append(await Plank.create(**data.values()))
            return made[-1]

    async with opened(url, Lost) as client:
        keep = Keeper._keep

        async def late(self: Keeper, store: Any, place: str, mark: Any, response: Any) -> None:
            other = msgspec.structs.replace(mark, worker=b"somebody else")
            assert await store.set(place, msgspec.msgpack.encode(other), lasts=60)  # took it when it ran out
            await keep(self, store, place, mark, response)

        monkeypatch.setattr(Keeper, "_keep", late)
        refused = await send(client, "a")
        assert (refused.status_code, refused.headers["retry-after"]) == (409, "1")
        assert len(made) == 1
        assert await Plank.count() == 7
