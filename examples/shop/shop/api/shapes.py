from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from rooftree import Doc, Ge, Le, Output, Schema
from shop.cart.contents import Contents
from shop.cart.session import MOST
from shop.products.models import Category, Product


class CategoryOut(Output[Category], fields=(Category.slug, Category.name_en, Category.name_de)): ...


class ProductOut(
    Output[Product],
    fields=(
        Product.id, Product.slug, Product.name_en, Product.name_de, Product.summary_en, Product.summary_de,
        Product.text_en, Product.text_de, Product.price, Product.stock, Product.category,
    ),
):  # fmt: skip
    category: CategoryOut


class Wish(Schema):
    """How many of a product somebody wants to have."""

    count: Annotated[int, Ge(0), Le(MOST)]


class LineOut(Schema):
    product: int
    name: Annotated[str, Doc("In the language of the visitor.")]
    count: int
    price: Decimal
    total: Decimal
    missing: Annotated[int, Doc("How many of them are not there any more.")]


class CartOut(Schema):
    lines: list[LineOut]
    goods: Decimal
    shipping: Decimal
    total: Decimal

    @classmethod
    def of(cls, contents: Contents) -> CartOut:
        lines = [
            LineOut(
                product=line.product.id,
                name=line.product.name,
                count=line.count,
                price=line.product.price,
                total=line.total,
                missing=line.missing,
            )
            for line in contents.lines
        ]
        return cls(lines=lines, goods=contents.goods, shipping=contents.shipping, total=contents.total)
