"""The example of resources does what its page says."""

from __future__ import annotations

from decimal import Decimal

from rooftree.db import create_tables
from rooftree.testing import Client
from tests.docs.test_examples import load


async def test_resources() -> None:
    module = load("docs/examples/resources/app")
    item = module.Item
    async with Client(module.app) as client:
        await create_tables(module.Category, module.Tag, item)
        wood = await module.Category.create(name="Wood")
        for number in range(1, 31):
            await item.create(
                name=f"Oak {number}", price=Decimal(number), category=wood, hidden=number == 30, stock=number % 2
            )
        page = await client.get("/items?price.ge=5&order=-price")
        assert [each["id"] for each in page.json()] == list(range(29, 9, -1))
        assert page.headers["link"] == '<?price.ge=5&order=-price&page=2>; rel="next"'
        assert len((await client.get("/items?cheap=true&size=50")).json()) == 9
        assert len((await client.get("/items?in_stock=false&size=50")).json()) == 14
        assert "did you mean `price.ge`?" in (await client.get("/items?price_ge=5")).text
        (both,) = (await client.get("/items?q=oak 29&include=category&include=tags")).json()
        assert both == {
            "id": 29, "name": "Oak 29", "price": "29.00", "category": {"id": 1, "name": "Wood"}, "tags": [],
        }  # fmt: skip
        assert (await client.get("/items/30")).status_code == 404
        made = await client.post(
            "/items", json={"name": "Ash", "price": "1", "category": 1}, headers={"x-in-stock": "1"}
        )
        assert made.headers["location"] == "/items/31"
        assert (await item.get(31)).stock == 1
        tag = made.headers["etag"]
        assert (await client.patch("/items/31", json={"price": "2"}, headers={"if-match": tag})).is_success
        assert (await client.patch("/items/31", json={"price": "3"}, headers={"if-match": tag})).status_code == 412
        assert len((await client.get("/categories/1/items?size=100")).json()) == 31
        assert (await client.post("/categories/1/items", json={})).status_code == 405
        prices = (await client.get("/prices?size=1")).json()
        assert set(prices[0]) == {"id", "name", "price", "stock", "hidden", "category_id", "revision"}
