"""The examples of docs/data/models.md and docs/data/queries.md."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Self

import msgspec

from rooftree import Html
from rooftree.db import (
    Check,
    Col,
    Constraint,
    Derived,
    Index,
    Input,
    Many,
    Model,
    Output,
    Page,
    Query,
    Ref,
    Search,
    Unique,
    avg,
    case,
    col,
    count,
    highlighted,
    many,
    max_,
    now,
    outer,
    ref,
    row_number,
    sql,
    sum_,
    text_match,
    text_rank,
    text_snippet,
    value,
)


class Category(Model):
    name: Col[str] = col(max_length=80, unique=True)
    parent: Ref[Category | None] = ref()
    products: Many[Product] = many(by="category")


class Supplier(Model):
    name: Col[str] = col()


class Tag(Model):
    name: Col[str] = col()


class Product(Model):
    name: Col[str] = col(max_length=200, index=True)
    price: Col[Decimal] = col(max_digits=10, decimal_places=2, ge=0)
    cost: Col[Decimal] = col(default=0, private=True)
    stock: Col[int] = col(default=0)
    category: Ref[Category] = ref(on_delete="restrict")
    supplier: Ref[Supplier | None] = ref()
    tags: Many[Tag] = many()
    created_at: Col[datetime] = col(default=now)
    changed_at: Col[datetime] = col(default=now, on_update=now)
    version: Col[int] = col(role="version", default=1)

    @classmethod
    def constraints(cls) -> list[Constraint]:
        return [
            Unique(cls.category, cls.name),
            Check(cls.cost <= cls.price, name="profit", message="cost must not exceed price"),
            Index(cls.price.desc(), where=cls.stock > 0, name="ix_products_in_stock"),
            Search(cls.name, language="english"),
        ]

    @classmethod
    def cheap(cls) -> Query[Self]:
        return cls.where(cls.price < 10)


class NewProduct(Input[Product], fields=(Product.name, Product.price, Product.category)): ...


class ProductChange(Input[Product], fields=(Product.name, Product.price), partial=True): ...


class CategoryOut(Output[Category], fields=(Category.name,)): ...


class ProductOut(Output[Product], fields=(Product.id, Product.name, Product.category)):
    category: CategoryOut


class Total(msgspec.Struct):
    category: str
    products: int
    dearest: Decimal


async def write() -> Product:
    wood = await Category.create(name="Wood")
    oak = await Product.create(name="Oak", price=Decimal("9.90"), category=wood)
    oak.stock = 3
    await oak.save()  # UPDATE of stock, changed_at and version, nothing else
    await Product.create_many([Product(name=name, price=Decimal(12), category=wood) for name in ("Ash", "Elm")])
    hard = await Tag.create(name="hard")
    await Product.tags.add(oak, hard)
    return oak


async def read() -> Page[Product]:
    oak = await Product.where(Product.name == "Oak").one()
    again = await Product.get(oak.id)
    assert again == oak
    return await (
        Product.where(Product.price < 100, Product.category.name == "Wood")
        .order_by(Product.price.desc())
        .include(Product.category, Product.tags.order_by(Tag.name))
        .page(1, size=20)
    )


async def top_of_each() -> list[Category]:
    return await Category.all().include(Category.products.order_by(Product.price.desc()).limit(2))


async def change() -> int:
    return await Product.where(Product.price < 10).update(price=Product.price * Decimal("1.1"))


async def totals() -> list[Total]:
    return await (
        Product.select(Product.category.name, count(), max_(Product.price))
        .group_by(Product.category.name)
        .having(count() > 1)
        .into(Total)
    )


async def more() -> list[tuple[str, str, int]]:
    label = case(Product.stock == 0, "gone").when(Product.price > 50, "dear").otherwise("fine")
    place = row_number().over(partition_by=Product.category.name, order_by=Product.price.desc())
    mean = Product.where(Product.category.id == outer(Product.category.id)).select(avg(Product.stock)).as_scalar()
    return await Product.where(Product.stock >= mean).select(Product.name, label, place)


async def running() -> list[tuple[str, Decimal]]:
    recent = sum_(Product.price).over(order_by=Product.created_at, rows=(-2, 0))
    return await Product.select(Product.name, recent).order_by(Product.created_at)


class Share(Derived):
    category: Ref[Category] = ref()
    dearest: Col[Decimal] = col(decimal_places=2)


async def dearest_of_each() -> list[Product]:
    shares = Share.of(Product.select(Product.category.id, max_(Product.price)).group_by(Product.category.id))
    dearest = (Product.category.id == Share.category.id) & (Product.price == Share.dearest)
    return await Product.all().join(shares, dearest)


class Branch(Derived):
    category: Ref[Category] = ref()
    depth: Col[int] = col()


async def tree(root: Category) -> list[tuple[str, int]]:
    start = Category.where(Category.id == root.id).select(Category.id, value(0))
    below = Category.all().join(Branch, Category.parent.id == Branch.category.id)
    branches = Branch.recursive(start, below.select(Category.id, Branch.depth + 1))
    return await branches.where(Branch.depth < 10).select(Branch.category.name, Branch.depth).order_by(Branch.depth)


async def look_for(words: str) -> list[Product]:
    return await Product.search(words).limit(20)


async def look_for_while_typing(words: str) -> list[Html]:
    snippet = text_snippet(Product.name, words, prefix=True)
    found = await Product.search(words, prefix=True).limit(20).values(snippet)
    return [highlighted(each) for each in found]


async def look_for_cheap(words: str) -> list[tuple[str, float]]:
    rank = text_rank(Product, words)
    return await Product.where(text_match(Product, words), Product.price < 10).select(Product.name, rank)


async def raw() -> list[tuple[str, int]]:
    return await sql(tuple[str, int], "select name, stock from products where stock > :least", least=1)


async def take(data: NewProduct) -> Product:
    return await Product.create(**data.values())


async def patch(product: Product, data: ProductChange) -> Product:
    return await data.apply(product).save()
