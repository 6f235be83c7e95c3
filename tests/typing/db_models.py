"""What type checkers make of the data layer: mypy and pyright read this file in strict mode, and nothing runs it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple, Self, assert_type

from rooftree.db import (
    Col,
    Condition,
    Derived,
    Many,
    Model,
    Query,
    Ref,
    Rows,
    avg,
    by_database,
    case,
    col,
    count,
    lag,
    many,
    max_,
    now,
    nullable,
    ref,
    row_number,
    string_agg,
    sum_,
    text_match,
    text_rank,
    value,
)
from rooftree.db.expressions.base import Expression
from rooftree.db.expressions.columns import Column
from rooftree.db.query.page import Page


class Category(Model):
    name: Col[str] = col(max_length=80, unique=True)
    products: Many[Product] = many(by="category")


class Supplier(Model):
    name: Col[str] = col()
    rating: Col[float | None] = col(default=None)
    number: Col[int] = col(default=by_database("7"))


class Tag(Model):
    name: Col[str] = col()


class Product(Model, table="products"):
    name: Col[str] = col(max_length=200, index=True)
    price: Col[Decimal] = col(max_digits=10, decimal_places=2, ge=0)
    cost: Col[Decimal] = col(default=0, private=True)
    stock: Col[int] = col(default=0)
    category: Ref[Category] = ref(on_delete="restrict")
    supplier: Ref[Supplier | None] = ref()
    tags: Many[Tag] = many()
    labels: Col[list[str]] = col(default=list)
    created_at: Col[datetime] = col(default=now)

    @classmethod
    def cheap(cls) -> Query[Self]:
        return cls.where(cls.price < 10)


class Line(NamedTuple):
    name: str
    price: Decimal


def columns_by_themselves(product: Product) -> None:
    assert_type(product[Product.category.id], int)
    assert_type(product[nullable(Product.supplier.id)], int | None)
    assert_type(product[Product.price], Decimal)


def columns_on_the_class() -> None:
    assert_type(Product.id, Column[int])
    assert_type(Product.name, Column[str])
    assert_type(Product.category.name, Column[str])
    assert_type(Product.supplier.name, Column[str])
    assert_type(Product.price < 10, Condition)
    assert_type(Product.price < Decimal("9.90"), Condition)
    assert_type(Product.name == "Oak", Condition)
    assert_type((Product.price < 10) & ~(Product.name == "Oak"), Condition)
    assert_type(Product.name.contains("a"), Condition)
    assert_type(Product.name.in_(["a", "b"]), Condition)
    assert_type(Product.category.is_(3), Condition)
    assert_type(Category.products.any(Product.price > 3), Condition)
    assert_type(Category.products.count(), Expression[int])
    assert_type(Product.created_at.part("year"), Expression[int])
    assert_type(Product.price * 2, Expression[Decimal])
    assert_type(Product.price * Decimal("1.1"), Expression[Decimal])
    assert_type(Product.stock * Decimal("1.1"), Expression[Decimal])
    assert_type(Product.stock + 1, Expression[int])
    assert_type(Product.stock / 2, Expression[float])
    assert_type(Product.name.lower(), Expression[str])
    assert_type(Product.labels.has("new"), Condition)
    assert_type(case(Product.price > 3, "dear").otherwise("cheap"), Expression[str])
    assert_type(nullable(Product.supplier.name), Expression[str | None])


def wrong_ones() -> None:
    Product.name.between(1, 2)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Product.price.contains("x")  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    Product.name.in_([1])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    Product(name=3, price=Decimal(1))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Product(price=Decimal(1))  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


async def values_on_an_instance(product: Product) -> None:
    assert_type(product.id, int)
    assert_type(product.name, str)
    assert_type(product.price, Decimal)
    assert_type(product.category, Category)
    assert_type(product.category.name, str)
    assert_type(product.supplier, Supplier | None)
    assert_type(product.tags, list[Tag])
    assert_type(product.category.products, list[Product])
    assert_type(await product.save(), Product)
    assert_type(await product.delete(), None)


async def queries(wood: Category) -> None:
    created = await Product.create(name="Oak", price=Decimal("9.90"), category=wood)
    assert_type(created, Product)
    assert_type(await Product.get(7), Product)
    assert_type(await Product.get(7).include(Product.category), Product)
    assert_type(Product.get(7).sync(), Product)
    assert_type(await Product.where(Product.price < 10), list[Product])
    assert_type(await Product.where(Product.price < 10).first(), Product | None)
    assert_type(await Product.where(Product.price < 10).one(), Product)
    assert_type(await Product.where(Product.price < 10).count(), int)
    assert_type(await Product.where(Product.price < 10).exists(), bool)
    cheap = await (
        Product.where(Product.price < 10, Product.category.name == "Wood")
        .order_by(Product.created_at.desc())
        .include(Product.category, Product.tags)
        .page(2, size=20)
    )
    assert_type(cheap, Page[Product])
    assert_type(cheap[0], Product)
    assert_type(await Product.where(Product.price < 10).update(price=Product.price * Decimal("1.1")), int)
    assert_type(await Product.where(Product.price < 10).update(Product.price.to(Product.price * 2)), int)
    assert_type(await Product.where(Product.price < 10).delete(), int)
    assert_type(await Product.cheap(), list[Product])
    assert_type(await Product.get_or_create(name="Oak"), tuple[Product, bool])
    assert_type(await Product.create_many([created]), list[Product])
    async for product in Product.where(Product.price < 10):
        assert_type(product, Product)
    await Product.create(name=3, price=Decimal(1), category=wood)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def values() -> None:
    rows = Product.select(Product.category.name, count(), max_(Product.price)).group_by(Product.category.name)
    _ = assert_type(rows, Rows[tuple[str, int, Decimal]])
    assert_type(await rows, list[tuple[str, int, Decimal]])
    assert_type(await rows.first(), tuple[str, int, Decimal] | None)
    assert_type(await Product.values(Product.name), list[str])
    assert_type(
        await Product.select(sum_(Product.stock), avg(Product.price), avg(Product.stock)),
        list[tuple[int, Decimal, float]],
    )
    assert_type(
        await Product.where().select(Product.name, row_number().over(order_by=Product.price)), list[tuple[str, int]]
    )
    assert_type(await Product.select(Product.name, Product.price).into(Line), list[Line])
    assert_type(await Product.select(nullable(Product.supplier.name)), list[tuple[str | None]])


class Share(Derived):
    category: Ref[Category] = ref()
    dearest: Col[Decimal] = col()


class Branch(Derived):
    category: Ref[Category] = ref()
    depth: Col[int] = col()


async def derived() -> None:
    shares = Share.of(Product.select(Product.category.id, max_(Product.price)).group_by(Product.category.id))
    assert_type(await shares.where(Share.dearest > 3).include(Share.category), list[Share])
    joined = Product.all().join(shares, Product.category.id == Share.category.id)
    assert_type(await joined, list[Product])
    assert_type(await joined.select(Product.name, Share.dearest), list[tuple[str, Decimal]])
    branches = Branch.recursive(
        Product.select(Product.category.id, value(0)),
        Category.all().join(Branch, Category.id == Branch.category.id).select(Category.id, Branch.depth + 1),
    )
    _ = assert_type(branches, Query[Branch])
    assert_type((await branches.one()).category.name, str)
    _ = Share.of(Product.all())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def windows_and_search() -> None:
    assert_type(await Product.search("oak").limit(3), list[Product])
    assert_type(text_match(Product, "oak"), Condition)
    assert_type(await Product.select(text_rank(Product, "oak")), list[tuple[float]])
    frame = sum_(Product.stock).over(order_by=Product.name, rows=(-1, 0))
    assert_type(frame, Expression[int])
    assert_type(await Product.select(lag(Product.name, default="").over()), list[tuple[str]])
    assert_type(await Product.select(string_agg(Product.name, order_by=Product.price.desc())), list[tuple[str]])
    assert_type(await Product.select(lag(Product.name, 2).over(order_by=Product.name)), list[tuple[str | None]])
    assert_type(value("x"), Expression[str])
    sum_(Product.stock).over(rows=("a", 0))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
