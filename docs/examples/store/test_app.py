from __future__ import annotations

from app import Kind, Plank, app

from rooftree.testing import Client, Factory, assert_queries


class KindFactory(Factory[Kind]): ...


class PlankFactory(Factory[Plank]):
    stock = 5

    @staticmethod
    def name(number: int) -> str:
        return f"Plank {number:03}"


async def test_a_plank_is_added() -> None:
    async with Client(app, rollback=True) as client:
        wood = await KindFactory.create(name="Wood")
        answer = await client.post("/planks", json={"name": "Oak", "price": "9.90", "kind": wood.id})
        assert answer.status_code == 201
        assert answer.json()["kind"] == {"id": wood.id, "name": "Wood"}
        again = await client.post("/planks", json={"name": "Oak", "price": "1.00", "kind": wood.id})
        assert again.status_code == 409
        assert again.json()["errors"][0]["pointer"] == "#/name"


async def test_one_statement_for_a_page() -> None:
    async with Client(app, rollback=True) as client:
        await PlankFactory.create_many(3)
        with assert_queries(1):
            assert len((await client.get("/planks")).json()) == 3


async def test_a_sale() -> None:
    async with Client(app, rollback=True) as client:
        plank = await PlankFactory.create(stock=2)
        assert (await client.post(f"/planks/{plank.id}/sale")).json() == 1
        refused = await client.post(f"/planks/{plank.id}/sale?count=2")
        assert (refused.status_code, refused.json()["detail"]) == (409, "Only 1 are left.")
        assert (await client.delete(f"/planks/{plank.id}")).status_code == 204
        assert (await client.get(f"/planks/{plank.id}")).status_code == 404
