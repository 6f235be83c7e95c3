"""The examples on the pages about models and queries."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from docs.examples.data import shop
from rooftree.db import Database, Databases, create_tables, drop_tables
from rooftree.schema import decoder, encoder

MODELS = (shop.Category, shop.Supplier, shop.Tag, shop.Product)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_models_and_queries(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    url: str = f"sqlite:///{tmp_path}/shop.db" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    async with Database(url) as database:
        with Databases({"default": database}).current():
            await drop_tables(*MODELS)
            await create_tables(*MODELS)
            oak = await shop.write()
            assert (oak.version, oak.stock) == (2, 3)
            page = await shop.read()
            assert [product.name for product in page][-1] == "Oak"
            assert [tag.name for tag in page[2].tags] == ["hard"]
            (wood,) = await shop.top_of_each()
            assert len(wood.products) == 2
            assert await shop.change() == 1
            assert await shop.totals() == [shop.Total("Wood", 3, Decimal("12.00"))]
            assert await shop.more() == [("Oak", "fine", 1)]
            assert await shop.running() == [
                ("Oak", Decimal("9.90") * Decimal("1.1")),
                ("Ash", Decimal("22.89")),
                ("Elm", Decimal("34.89")),
            ]
            assert {product.name for product in await shop.dearest_of_each()} == {"Ash", "Elm"}
            await shop.Category.create(name="Hardwood", parent=wood)
            assert await shop.tree(wood) == [("Wood", 0), ("Hardwood", 1)]
            assert [product.name for product in await shop.look_for("oaks")] == ["Oak"]
            assert await shop.look_for_while_typing("oa") == ["<mark>Oak</mark>"]
            assert await shop.look_for_cheap("oak or ash") == []
            assert await shop.raw() == [("Oak", 3)]
            made = await shop.take(decoder(shop.NewProduct).json(b'{"name": "Fir", "price": "3", "category": 1}'))
            changed = await shop.patch(made, decoder(shop.ProductChange).json(b'{"price": "4.00"}'))
            assert (changed.name, changed.price) == ("Fir", Decimal("4.00"))
            fir = await shop.Product.get(made.id).include(shop.Product.category)
            assert encoder(shop.ProductOut).json(fir) == b'{"id":%d,"name":"Fir","category":{"name":"Wood"}}' % fir.id
            assert await shop.Product.cheap().count() == 1
            await drop_tables(*MODELS)
