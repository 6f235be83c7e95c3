from __future__ import annotations

import pytest

from rooftree.testing import Client
from shop.products.models import Product

pytestmark = pytest.mark.anyio


async def test_the_catalogue(client: Client) -> None:
    found = await client.get("/api/products?category.slug=candles&price.le=12&order=price&in_stock=true")
    assert found.status_code == 200
    prices = [product["price"] for product in found.json()]
    assert prices == sorted(prices, key=float)
    first = found.json()[0]
    assert first["category"] == {"slug": "candles", "name_en": "Candles", "name_de": "Kerzen"}
    one = await client.get(f"/api/products/{first['id']}")
    assert one.json() == first
    again = await client.get(f"/api/products/{first['id']}", headers={"if-none-match": one.headers["etag"]})
    assert again.status_code == 304
    words = await client.get("/api/products?q=stoneware+teapot&size=5")
    assert all("teapot" in product["name_en"] for product in words.json())
    assert len((await client.get("/api/categories")).json()) == 10
    assert (await client.post("/api/products", json={})).status_code == 405


async def test_a_hidden_product_is_not_there(client: Client) -> None:
    await Product.where(Product.id == 1).update(active=False)
    assert (await client.get("/api/products/1")).status_code == 404
    assert (await client.put("/api/cart/1", json={"count": 1})).status_code == 404


async def test_the_cart(client: Client) -> None:
    await Product.where(Product.id == 1).update(stock=2)
    filled = await client.put("/api/cart/1", json={"count": 3})
    assert [(line["count"], line["missing"]) for line in filled.json()["lines"]] == [(3, 1)]
    assert (await client.get("/api/cart")).json() == filled.json()
    assert (await client.put("/api/cart/1", json={"count": 21})).status_code == 422
    assert (await client.put("/api/cart/9999", json={"count": 1})).status_code == 404
    assert (await client.delete("/api/cart")).status_code == 204
    empty = (await client.get("/api/cart")).json()
    assert empty == {"lines": [], "goods": "0.00", "shipping": "0.00", "total": "0.00"}


async def test_it_is_described(client: Client) -> None:
    document = (await client.get("/openapi.json")).json()
    assert set(document["paths"]) == {
        "/api/products", "/api/products/{id}", "/api/categories", "/api/categories/{id}", "/api/cart",
        "/api/cart/{product}",
    }  # fmt: skip
    assert (await client.get("/docs")).status_code == 200
