from app import app

from rooftree.testing import SyncClient


def test_a_product_is_added_and_found() -> None:
    with SyncClient(app) as client:
        added = client.post("/api/products", json={"name": "Ash stool", "price": "59.90"})
        assert added.status_code == 201
        assert added.json() == {"name": "Ash stool", "price": "59.90", "id": 2}
        assert client.get("/api/products/2").json() == added.json()
        assert client.get("/api/products/3").status_code == 404


def test_every_mistake_is_told_at_once() -> None:
    with SyncClient(app) as client:
        refused = client.post("/api/products", json={"name": "", "price": -1})
        assert refused.status_code == 422
        assert [error["pointer"] for error in refused.json()["errors"]] == ["#/name", "#/price"]


def test_the_catalogue_is_searched() -> None:
    with SyncClient(app) as client:
        assert "Oak table" in client.get("/").text
        nothing = client.get("/?q=<elm>").text
        assert "Oak table" not in nothing
        assert "&lt;elm&gt;" in nothing
