from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from rooftree import Col, Many, Model, Ref, col, many, now, ref
from rooftree.db import Constraint, Index, Search
from shop.words import spoken


class Category(Model, table="categories"):
    slug: Col[str] = col(max_length=40, unique=True, pattern="^[a-z0-9-]+$")
    name_en: Col[str] = col(max_length=60)
    name_de: Col[str] = col(max_length=60)
    intro_en: Col[str] = col(max_length=200, default="")
    intro_de: Col[str] = col(max_length=200, default="")
    drawing: Col[str] = col(max_length=60)
    place: Col[int] = col(default=0)
    products: Many[Product] = many(by="category")

    @property
    def name(self) -> str:
        return spoken(self.name_en, self.name_de)

    def __str__(self) -> str:
        return self.name

    @property
    def picture(self) -> str:
        return f"/drawings/{self.drawing}.svg"

    @property
    def intro(self) -> str:
        return spoken(self.intro_en, self.intro_de)


class Product(Model, table="products"):
    slug: Col[str] = col(max_length=80, unique=True, pattern="^[a-z0-9-]+$")
    name_en: Col[str] = col(max_length=80)
    name_de: Col[str] = col(max_length=80)
    summary_en: Col[str] = col(max_length=200, default="")
    summary_de: Col[str] = col(max_length=200, default="")
    text_en: Col[str] = col(max_length=4000, default="")
    text_de: Col[str] = col(max_length=4000, default="")
    price: Col[Decimal] = col(max_digits=8, decimal_places=2, gt=0)
    stock: Col[int] = col(default=0, ge=0)
    active: Col[bool] = col(default=True)
    category: Ref[Category] = ref(on_delete="restrict")
    drawing: Col[str] = col(max_length=60, default="vase/chalk/0")
    photo: Col[str | None] = col(max_length=80, default=None)
    created_at: Col[datetime] = col(default=now, index=True)
    version: Col[int] = col(role="version", default=1)

    @classmethod
    def constraints(cls) -> list[Constraint]:
        return [
            Index(cls.price),
            Search(cls.name_en, cls.summary_en, cls.text_en, language="english", name="products_english"),
            Search(cls.name_de, cls.summary_de, cls.text_de, language="german", name="products_german"),
        ]

    @property
    def name(self) -> str:
        return spoken(self.name_en, self.name_de)

    @property
    def picture(self) -> str:
        """Where its picture is: the photo that somebody uploaded, else its drawing."""
        return f"/photos/{self.photo}" if self.photo else f"/drawings/{self.drawing}.svg"

    @property
    def summary(self) -> str:
        return spoken(self.summary_en, self.summary_de)

    @property
    def text(self) -> str:
        return spoken(self.text_en, self.text_de)
