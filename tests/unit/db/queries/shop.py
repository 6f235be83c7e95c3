"""The models that most tests use, and a database that holds them."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Self

from rooftree.db import (
    Col,
    Database,
    Databases,
    Many,
    Model,
    Query,
    Ref,
    col,
    create_tables,
    drop_tables,
    many,
    now,
    ref,
)


class Category(Model):
    name: Col[str] = col(max_length=80, unique=True)
    parent: Ref[Category | None] = ref()
    products: Many[Product] = many(by="category")
    children: Many[Category] = many(by="parent")


class Supplier(Model):
    name: Col[str] = col()
    country: Col[str | None] = col(default=None)


class Tag(Model):
    name: Col[str] = col()
    products: Many[Product] = many(by="tags")


class Product(Model):
    name: Col[str] = col(max_length=200, index=True)
    price: Col[Decimal] = col(max_digits=10, decimal_places=2, ge=0)
    cost: Col[Decimal] = col(default=0, private=True)
    stock: Col[int] = col(default=0)
    category: Ref[Category] = ref()
    supplier: Ref[Supplier | None] = ref()
    tags: Many[Tag] = many()
    created_at: Col[datetime] = col(default=now)

    @classmethod
    def cheap(cls) -> Query[Self]:
        return cls.where(cls.price < 10)


MODELS: tuple[Any, ...] = (Category, Supplier, Tag, Product)


@asynccontextmanager
async def opened(url: str, *models: Any) -> AsyncGenerator[Database]:
    """A database with these tables, current inside of the block; they are dropped at its end."""
    async with Database(url) as database:
        with Databases({"default": database}).current():
            await drop_tables(*models)
            await create_tables(*models)
            try:
                yield database
            finally:
                await drop_tables(*models)


class Shop:
    """What ``filled()`` puts in."""

    wood: Category
    metal: Category
    oak: Product
    ash: Product
    iron: Product


@asynccontextmanager
async def filled(url: str) -> AsyncGenerator[Shop]:
    """The shop's tables with a few rows."""
    async with opened(url, *MODELS):
        shop = Shop()
        shop.wood = await Category.create(name="Wood")
        shop.metal = await Category.create(name="Metal", parent=shop.wood)
        hard, brown = await Tag.create_many([Tag(name="hard"), Tag(name="brown")])
        acme = await Supplier.create(name="Acme", country="DE")
        shop.oak = await Product.create(
            name="Oak", price=Decimal("9.90"), stock=3, category=shop.wood, supplier=acme, tags=[hard, brown],
            created_at=datetime(2026, 3, 29, 0, 30, tzinfo=UTC),
        )  # fmt: skip
        shop.ash = await Product.create(
            name="Ash", price=Decimal("12.00"), stock=0, category=shop.wood, tags=[hard],
            created_at=datetime(2026, 3, 31, 23, 30, tzinfo=UTC),
        )  # fmt: skip
        shop.iron = await Product.create(
            name="Iron_100%", price=Decimal("100.55"), stock=7, category=shop.metal, supplier=acme,
            created_at=datetime(2026, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        )  # fmt: skip
        yield shop
