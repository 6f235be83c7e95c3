"""Creation, reading, changes and deletion; entity tags and what is asked about them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from rooftree import Input, Listing, Request, Resource, Results
from rooftree.db import Query
from rooftree.testing import assert_queries
from tests.unit.resources.catalogue import Beam, BeamOut, NewBeam, NewPlank, Plank, PlankOut, Wood, opened

NEW = {"name": "Larch", "price": "3.5"}


async def test_create(url: str) -> None:
    async with opened(url) as client:
        answer = await client.post("/planks", json={**NEW, "wood": 2, "made_at": "2024-05-01T02:00:00+02:00"})
        assert answer.status_code == 201
        assert answer.headers["location"] == "/planks/8"
        assert answer.json()["price"] == "3.50"
        assert answer.json()["made_at"] == "2024-05-01T00:00:00Z"
        again = await client.get(answer.headers["location"])
        assert again.json() == {key: value for key, value in answer.json().items() if key != "wood"}
        assert again.headers["etag"] == answer.headers["etag"]
        assert await Plank.where(Plank.id == 8, Plank.cost == 0, Plank.wood.is_(2)).exists()


async def test_bodies_are_checked(url: str) -> None:
    async with opened(url) as client:
        bodies: list[tuple[Any, str]] = [
            ({"name": "x"}, "#/price"),
            ({**NEW, "price": None}, "#/price"),
            ({**NEW, "price": "-1"}, "#/price"),
            ({**NEW, "name": "x" * 81}, "#/name"),
            ({**NEW, "grade": "best"}, "#/grade"),
            ({**NEW, "wood": "oak"}, "#/wood"),
            ([], "#"),
        ]
        for body, pointer in bodies:
            answer = await client.post("/planks", json=body)
            assert answer.status_code == 422, body
            assert answer.json()["errors"][0]["pointer"] == pointer
        assert (await client.post("/planks", json={**NEW, "wood": 99})).status_code in {409, 422}
        taken = await client.post("/beams", json={"name": "Beam 1", "wood": 1})
        assert taken.status_code == 409


async def test_nobody_sets_what_is_not_named(url: str) -> None:
    async with opened(url) as client:
        more = {"id": 99, "cost": "1", "sold": True, "wood_id": 2, "revision": 7, "_row": [], "marks": [1]}
        answer = await client.post("/planks", json={**NEW, **more})
        assert answer.json()["id"] == 8
        for method in ("patch", "put"):
            answer = await getattr(client, method)("/planks/1", json={**NEW, **more})
            assert answer.status_code == 200
        row = await Plank.get(1)
        assert (row.cost, row.sold) == (Decimal(77), False)
        assert "cost" not in answer.text
        assert (await client.patch("/beams/1", json={"revision": 40, "gone_at": "2024-01-01T00:00:00Z"})).json()[
            "id"
        ] == 1
        assert (await Beam.get(1)).revision == 1


async def test_change_and_replace(url: str) -> None:
    async with opened(url) as client:
        answer = await client.patch("/planks/1", json={"price": "9"})
        assert answer.json()["name"] == "Plank 1"
        assert answer.json()["price"] == "9.00"
        assert answer.headers["etag"] == (await client.get("/planks/1")).headers["etag"]
        assert (await client.patch("/planks/1", json={"cut_on": None})).json()["cut_on"] is None
        assert (await client.patch("/planks/1", json={"name": None})).status_code == 422
        assert (await client.patch("/planks/1", json={"price": "-1"})).status_code == 422
        assert (await client.patch("/planks/1", json={})).status_code == 200
        assert (await client.put("/planks/1", json={"name": "x"})).status_code == 422
        replaced = await client.put("/planks/1", json={**NEW, "wood": None})
        assert (replaced.json()["grade"], replaced.json()["wood"]) == ("fine", None)
        beam = await client.patch("/beams/1", json={"wood": 2})
        assert beam.json()["wood"] == {"id": 2, "name": "Pine"}
        for method, body in [("patch", {}), ("put", NEW), ("delete", None), ("get", None)]:
            for key in ("99", str(2**70), "-1"):
                answer = await client.request(method, f"/planks/{key}", json=body)
                assert answer.status_code == 404, (method, key)
            assert (await client.request(method, "/planks/oak", json=body)).status_code == 422


async def test_delete(url: str) -> None:
    async with opened(url) as client:
        answer = await client.delete("/beams/1")
        assert (answer.status_code, answer.content) == (204, b"")
        assert (await client.get("/beams/1")).status_code == 404
        assert (await client.patch("/beams/1", json={})).status_code == 404
        assert len((await client.get("/beams")).json()) == 2
        assert await Beam.all().with_deleted().count() == 3
        assert (await client.delete("/beams/1")).status_code == 404
        assert (await client.delete("/planks/7")).status_code == 204
        assert await Plank.count() == 6


async def test_tags_of_a_version(url: str) -> None:
    async with opened(url) as client:
        read = await client.get("/beams/1")
        tag = read.headers["etag"]
        assert tag.startswith('"v1-')  # the wood that is shown may change by itself
        assert (await client.get("/beams/1", headers={"if-none-match": tag})).status_code == 304
        await Wood.where(Wood.id == 1).update(name="Red oak")
        assert (await client.get("/beams/1", headers={"if-none-match": tag})).status_code == 200
        changed = await client.patch("/beams/1", json={"length": 5}, headers={"if-match": tag})
        assert changed.status_code == 200
        assert changed.headers["etag"].startswith('"v2-')
        for method in ("patch", "put", "delete"):
            body = None if method == "delete" else {"name": "B", "wood": 1}
            answer = await client.request(method, "/beams/1", json=body, headers={"if-match": tag})
            assert answer.status_code == 412
        assert (
            await client.delete("/beams/1", headers={"if-match": f'"x", {changed.headers["etag"]}'})
        ).status_code == 204


async def test_tags_of_content(url: str) -> None:
    async with opened(url) as client:
        tag = (await client.get("/planks/1")).headers["etag"]
        more = await client.get("/planks/1?include=wood")
        assert more.headers["etag"].startswith(f"{tag[:-1]}-")
        packed = await client.get("/planks/1", headers={"accept": "application/msgpack"})
        assert packed.headers["etag"] == f'{tag[:-1]}-m"'
        assert msgspec.msgpack.decode(packed.content)["name"] == "Plank 1"
        for known, status in [
            (tag, 304), (f'W/{tag}, "b"', 304), ("*", 304), ('"other"', 200), ("", 200), ("nonsense", 200),
            (f'"{"x" * 4000}"', 200),
        ]:  # fmt: skip
            assert (await client.get("/planks/1", headers={"if-none-match": known})).status_code == status, known
        for expected, status in [
            ('"other"', 412), (f"W/{tag}", 412), ("", 412), ("nonsense", 412), (more.headers["etag"], 200), ("*", 200),
        ]:  # fmt: skip
            answer = await client.patch("/planks/1", json={}, headers={"if-match": expected})
            assert answer.status_code == status, expected
        changed = await client.patch("/planks/1", json={"price": "8"}, headers={"if-match": tag})
        assert changed.status_code == 200
        assert (await client.delete("/planks/1", headers={"if-match": tag})).status_code == 412
        assert (await client.get("/planks/1", headers={"if-match": tag})).status_code == 412
        assert (await client.patch("/planks/99", json={}, headers={"if-match": "*"})).status_code == 412
        assert (await client.patch("/planks/99", json={}, headers={"if-match": tag})).status_code == 404


async def test_a_tag_may_be_required(url: str) -> None:
    class Careful(Resource[Plank, NewPlank, PlankOut], path="/planks", require_match=True): ...

    async with opened(url, Careful) as client:
        for method in ("patch", "put", "delete"):
            body = None if method == "delete" else NEW
            assert (await client.request(method, "/planks/1", json=body)).status_code == 428
            assert (await client.request(method, "/planks/1", json=body, headers={"if-match": "*"})).is_success


class Price(Input[Plank], fields=(Plank.price,)): ...


async def test_methods_written_anew(url: str) -> None:
    class Own(Resource[Plank, NewPlank, PlankOut, Price], path="/woods/{wood}/planks", filters=(Plank.name,)):
        def rows(self, wood: int) -> Query[Plank]:
            return super().rows().where(Plank.wood.is_(wood))

        async def list(self, listing: Listing[Plank], dearest: bool = False) -> Results[Plank]:
            """List planks of a wood."""
            found = await (listing.where(Plank.price >= 3) if dearest else listing).results()
            found.total = 40
            return found

        async def create(self, data: NewPlank, wood: int) -> Plank:
            assert Plank.wood.id in data
            assert data[Plank.wood.id] is None
            values: dict[str, Any] = {**data.values(), "wood": wood}
            return await Plank.create(**values)

        async def update(self, item: Plank, data: Price, *, request: Request) -> Plank:
            item.name = request.method
            return await data.apply(item).save()

        async def delete(self, item: Plank) -> dict[str, str]:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
            return {"kept": item.name}

    async with opened(url, Own) as client:
        with assert_queries(1):
            answer = await client.get("/woods/1/planks")
        assert [each["id"] for each in answer.json()] == [1, 2, 3]
        assert answer.headers["total-count"] == "40"
        assert [each["id"] for each in (await client.get("/woods/1/planks?dearest=true")).json()] == [3]
        assert (await client.get("/woods/1/planks?nearest=true")).status_code == 422
        assert (await client.get("/woods/2/planks/1")).status_code == 404
        assert (await client.get("/woods/1/planks/1")).json()["name"] == "Plank 1"
        assert (await client.get(f"/woods/1/planks/{2**70}")).status_code == 404
        made = await client.post("/woods/2/planks", json=NEW)
        assert made.headers["location"] == "/woods/2/planks/8"
        changed = await client.patch("/woods/1/planks/1", json={"price": "4"})
        assert (changed.json()["name"], changed.json()["price"]) == ("PATCH", "4.00")
        assert (await client.patch("/woods/1/planks/1", json={})).status_code == 422
        assert (await client.delete("/woods/1/planks/1")).json() == {"kept": "PATCH"}
        assert (await client.delete("/woods/2/planks/1")).status_code == 404
        tag = changed.headers["etag"]
        assert (await client.put("/woods/1/planks/1", json=NEW, headers={"if-match": tag})).status_code == 200


async def test_a_base_of_ones_own_and_few_verbs() -> None:
    from rooftree.resources.resource import C, I, M, O

    class Base(Resource[M, I, O, C], page_size=2): ...

    class Few(Base[Beam, NewBeam, BeamOut, NewBeam], path="/few", verbs=("list", "delete")): ...

    class All(Resource[Plank], path="/all"): ...

    class Shown(Resource[Beam, None, BeamOut], path="/shown"): ...

    async with opened("sqlite://", Few, All, Shown) as client:
        assert (await client.get("/shown/1")).status_code == 200
        assert (await client.post("/shown", json={})).status_code == 405
        assert len((await client.get("/few")).json()) == 2
        assert (await client.post("/few", json={})).status_code == 405
        assert (await client.get("/few/1")).status_code == 405
        assert (await client.delete("/few/1")).status_code == 204
        (first, *_) = (await client.get("/all")).json()
        assert first["wood_id"] == 1
        assert "cost" not in first
        assert (await client.post("/all", json={})).status_code == 405
        assert client.app.url_for("few.list") == "/few"
        assert client.app.url_for("all.read", id=3) == "/all/3"
