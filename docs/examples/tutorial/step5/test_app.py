from decimal import Decimal

from app import Product

from rooftree.testing import Factory, SyncClient, assert_queries


class ProductFactory(Factory[Product]): ...


def test_a_product_is_added_and_found(client: SyncClient) -> None:
    added = client.post("/api/products", json={"name": "Ash stool", "price": "59.90"})
    assert added.status_code == 201
    assert client.get(f"/api/products/{added.json()['id']}").json() == added.json()
    assert client.get("/api/products").json() == [added.json()]
    assert client.get("/api/products/0").status_code == 404


def test_every_mistake_is_told_at_once(client: SyncClient) -> None:
    refused = client.post("/api/products", json={"name": "", "price": -1})
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == ["#/name", "#/price"]


def test_a_name_is_taken_once(client: SyncClient) -> None:
    Product.create(name="Oak table", price=Decimal(349)).sync()
    again = client.post("/api/products", json={"name": "Oak table", "price": "1.00"})
    assert again.status_code == 409


def test_the_catalogue_is_searched(client: SyncClient) -> None:
    assert "There are no products yet." in client.get("/").text
    Product.create(name="Oak table", price=Decimal(349)).sync()
    assert "Oak table" in client.get("/?q=oak").text
    nothing = client.get("/?q=<elm>").text
    assert "Oak table" not in nothing
    assert "&lt;elm&gt;" in nothing


def test_twelve_are_on_a_page(client: SyncClient) -> None:
    ProductFactory.create_many(13).sync()
    with assert_queries(2):
        first = client.get("/").text
    assert first.count('class="card"') == 12
    assert "number=2" in first
    assert client.get("/?number=2").text.count('class="card"') == 1
    rows = client.get("/?number=2", headers={"fragment": "rows"}).text
    assert "<html" not in rows


def test_a_product_has_a_page(client: SyncClient) -> None:
    oak = ProductFactory.create(name="Oak table").sync()
    assert "<h1>Oak table</h1>" in client.get(f"/products/{oak.id}").text
    assert client.get("/products/0").status_code == 404
