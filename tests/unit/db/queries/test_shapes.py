from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from msgspec import UNSET, UnsetType

from rooftree.db import Input, ModelError, NotLoaded, Output
from rooftree.schema import EncodingError, Invalid, decoder, describe, encoder
from tests.unit.db.queries.shop import Category, Product, Tag, filled


class NewProduct(
    Input[Product], fields=(Product.name, Product.price, Product.cost, Product.category, Product.supplier)
): ...


class ProductChange(Input[Product], fields=(Product.name, Product.price, Product.supplier), partial=True): ...


class CategoryOut(Output[Category], fields=(Category.name,)): ...


class TagOut(Output[Tag]): ...


class ProductOut(Output[Product], fields=(Product.id, Product.name, Product.category)): ...


class ProductPage(Output[Product], fields=(Product.name, Product.category, Product.tags)):
    category: CategoryOut
    tags: list[TagOut]


async def test_an_input_takes_what_its_columns_allow_and_saves(url: str) -> None:
    async with filled(url) as shop:
        data = decoder(NewProduct).json(b'{"name": "Pine", "price": "3.50", "category": 1}')
        assert data[Product.name] == "Pine"
        assert data[Product.price] == Decimal("3.50")
        assert data.values() == {
            "name": "Pine",
            "price": Decimal("3.50"),
            "cost": Decimal(0),
            "category": 1,
            "supplier": None,
        }
        made = await Product.create(**data.values())
        found = await Product.get(made.id).include(Product.category)
        assert (found.name, found.category) == ("Pine", shop.wood)
        change = decoder(ProductChange).json(b'{"supplier": null}')
        assert change.values() == {"supplier": None}
        assert Product.name not in change
        await change.apply(await Product.get(shop.oak.id)).save()
        assert (await Product.get(shop.oak.id)).supplier is None
        with pytest.raises(KeyError):
            _ = change[Product.name]


def test_an_input_refuses_what_its_columns_refuse() -> None:
    with pytest.raises(Invalid) as caught:
        decoder(NewProduct).json(b'{"name": "%s", "price": "-1", "category": "x"}' % (b"x" * 201))
    assert sorted((fault.path, fault.code) for fault in caught.value.errors) == [
        (("category",), "type"),
        (("name",), "too_long"),
        (("price",), "greater_than_equal"),
    ]
    with pytest.raises(Invalid):
        decoder(ProductChange).json(b'{"name": null}')


async def test_an_output_lets_out_what_it_names(url: str) -> None:
    async with filled(url) as shop:
        product = await Product.get(shop.oak.id).include(Product.category, Product.tags.where(Tag.name == "hard"))
        assert encoder(ProductOut).json(product) == b'{"id":1,"name":"Oak","category_id":1}'
        page = encoder(ProductPage).json(product)
        assert page == b'{"name":"Oak","category":{"name":"Wood"},"tags":[{"name":"hard","id":1}]}'


class ProductIfLoaded(Output[Product], fields=(Product.name, Product.price, Product.category)):
    category: CategoryOut | UnsetType


async def test_an_output_is_made_by_hand_of_what_an_answer_is_made_of(url: str) -> None:
    async with filled(url) as shop:
        product = await Product.get(shop.oak.id).include(Product.category, Product.tags.where(Tag.name == "hard"))
        page = ProductPage.of(product)
        assert page[Product.name] == "Oak"
        assert isinstance(page.category, CategoryOut)
        assert page.category[Category.name] == "Wood"
        assert [tag[Tag.name] for tag in page.tags] == ["hard"]
        assert not hasattr(page, "cost")
        assert encoder(ProductPage).json(page) == encoder(ProductPage).json(product)
        bare = await Product.get(shop.oak.id)
        assert ProductOut.of(bare)[Product.category.id] == shop.wood.id
        told = ProductIfLoaded.of(bare)
        assert (told[Product.price], told.category) == (product.price, UNSET)
        assert ProductIfLoaded.of(product).category == page.category


async def test_an_output_by_hand_says_what_is_not_loaded_and_what_is_missing(url: str) -> None:
    async with filled(url) as shop:
        bare = await Product.get(shop.oak.id)
        with pytest.raises(NotLoaded, match=r"include\(Product\.category\)"):
            ProductPage.of(bare)
        with pytest.raises(NotLoaded, match=r"include\(Product\.tags\)"):
            ProductPage.of(await Product.get(shop.oak.id).include(Product.category))
        with pytest.raises(EncodingError, match="`Category` cannot leave in an answer of type `ProductOut`"):
            ProductOut.of(shop.wood)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_shapes_describe_themselves() -> None:
    described = describe(NewProduct)
    shape = described["$defs"]["NewProduct"] if "$defs" in described else described
    assert shape["properties"]["name"]["maxLength"] == 200
    assert sorted(shape["required"]) == ["category", "name", "price"]


def test_a_private_column_leaves_only_where_it_is_named() -> None:
    class Everything(Output[Product]): ...

    class Named(Output[Product], fields=(Product.name, Product.cost)): ...

    assert "cost" not in Everything.__struct_fields__
    assert Named.__struct_fields__ == ("name", "cost")
    assert "cost" not in repr(Product(name="x", price=Decimal(1)))


def test_shapes_that_cannot_work_say_so() -> None:
    for make, text in (
        (
            _no_model,
            r"\[M401\]",
        ),
        (_no_fields, r"\[M402\] NoFields takes values in and names no fields"),
        (_many_without_shape, r"\[M403\] Tagged names Product.tags"),
        (_other_model, r"\[M404\] Other names Tag.name"),
    ):
        with pytest.raises(ModelError, match=text):
            make()


def _no_model() -> None:
    bare: Any = Input

    class NoModel(bare, fields=(Product.name,)): ...  # type: ignore[misc, call-arg]  # pyright: ignore[reportUnusedClass, reportGeneralTypeIssues, reportCallIssue]


def _no_fields() -> None:
    class NoFields(Input[Product]): ...  # pyright: ignore[reportUnusedClass]


def _many_without_shape() -> None:
    class Tagged(Output[Product], fields=(Product.tags,)): ...  # pyright: ignore[reportUnusedClass]


def _other_model() -> None:
    class Other(Output[Product], fields=(Tag.name,)): ...  # pyright: ignore[reportUnusedClass]
