from decimal import Decimal

import pytest
from app import Category, Product, User

from rooftree.testing import Factory, SyncClient, assert_queries


class ProductFactory(Factory[Product]): ...


class UserFactory(Factory[User]):
    @staticmethod
    def email(number: int) -> str:
        return f"user{number}@example.org"


@pytest.fixture
def keeper(client: SyncClient) -> SyncClient:
    client.sign_in(UserFactory.create(staff=True).sync())
    return client


def new_category() -> Category:
    return Category.create(name="Tables").sync()


def test_a_product_is_added_and_found(keeper: SyncClient) -> None:
    kind = new_category()
    added = keeper.post("/api/products", json={"name": "Ash stool", "price": "59.90", "category": kind.id})
    assert added.status_code == 201
    assert keeper.get(f"/api/products/{added.json()['id']}").json() == added.json()
    assert added.json()["category"] == {"id": kind.id, "name": "Tables"}
    assert keeper.get("/api/products").json() == [added.json()]
    assert keeper.get("/api/products/0").status_code == 404


def test_every_mistake_is_told_at_once(keeper: SyncClient) -> None:
    refused = keeper.post("/api/products", json={"name": "", "price": -1, "category": 1})
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == ["#/name", "#/price"]


def test_a_name_is_taken_once(keeper: SyncClient) -> None:
    kind = new_category()
    oak = ProductFactory.create(category=kind).sync()
    again = keeper.post("/api/products", json={"name": oak.name, "price": "1.00", "category": kind.id})
    assert again.status_code == 409


def test_the_catalogue_is_searched(client: SyncClient) -> None:
    assert "There are no products yet." in client.get("/").text
    ProductFactory.create(name="Oak table").sync()
    assert "Oak table" in client.get("/?q=oak").text
    nothing = client.get("/?q=<elm>").text
    assert "Oak table" not in nothing
    assert "&lt;elm&gt;" in nothing


def test_a_category_is_chosen(client: SyncClient) -> None:
    for kind, name in [("Tables", "Oak table"), ("Seats", "Ash stool")]:
        category = Category.create(name=kind).sync()
        ProductFactory.create(name=name, category=category).sync()
    tables = client.get("/?category=Tables").text
    assert "Oak table" in tables
    assert "Ash stool" not in tables


def test_twelve_are_on_a_page(client: SyncClient) -> None:
    ProductFactory.create_many(13).sync()
    with assert_queries(3):
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


def test_a_product_is_entered_changed_and_deleted(keeper: SyncClient) -> None:
    kind = new_category()
    wrong = keeper.post("/products/new", data={"name": "Elm bench", "price": "0", "category": kind.id})
    assert wrong.status_code == 422
    assert 'value="Elm bench"' in wrong.text
    right = {"name": "Elm bench", "price": "120", "category": kind.id}
    saved = keeper.post("/products/new", data=right, follow_redirects=True)
    assert "Saved Elm bench." in saved.text
    elm = Product.where(Product.name == "Elm bench").one().sync()
    keeper.post(f"/products/{elm.id}/edit", data={**right, "price": "99.50"})
    assert Product.get(elm.id).sync().price == Decimal("99.50")
    gone = keeper.post(f"/products/{elm.id}/delete", follow_redirects=True)
    assert "Elm bench is gone." in gone.text
    assert Product.where().count().sync() == 0


def test_a_form_of_another_site_is_refused(keeper: SyncClient) -> None:
    oak = ProductFactory.create().sync()
    forged = keeper.post(f"/products/{oak.id}/delete", headers={"sec-fetch-site": "cross-site"})
    assert forged.status_code == 403
    assert Product.where().count().sync() == 1


def test_visitors_look_and_the_staff_writes(client: SyncClient) -> None:
    oak = ProductFactory.create(name="Oak table").sync()
    edit = f"/products/{oak.id}/edit"
    asked = client.get(edit, headers={"accept": "text/html"})
    assert asked.status_code == 303
    assert asked.headers["location"] == f"/sign-in?next={edit}"
    assert "Things of wood" in client.get(f"/sign-in?next={edit}").text
    assert client.post("/api/products", json={}).status_code == 401
    assert "Change" not in client.get(f"/products/{oak.id}").text
    client.sign_in(UserFactory.create().sync())
    assert client.get(edit).status_code == 403
    client.sign_in(UserFactory.create(staff=True).sync())
    assert client.get(edit).status_code == 200
    assert "Change" in client.get(f"/products/{oak.id}").text
