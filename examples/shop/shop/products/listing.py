"""What a visitor asks of the catalogue, and the query that it becomes."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from rooftree import Ge, Le, Len, Schema
from rooftree.db import Query
from shop.products.models import Product
from shop.words import in_german

Order = Literal["best", "new", "name", "cheap", "dear"]


class Wanted(Schema):
    """The filters of the catalogue, as they stand in its address."""

    q: Annotated[str, Len(0, 100)] = ""
    category: str = ""
    least: Annotated[Decimal, Ge(0)] | None = None
    most: Annotated[Decimal, Ge(0)] | None = None
    in_stock: bool = False
    order: Order = "best"
    page: Annotated[int, Ge(1), Le(1000)] = 1

    @property
    def narrowed(self) -> bool:
        return self.least is not None or self.most is not None or self.in_stock

    def address(self, **changes: object) -> dict[str, object]:
        """Return the parameters of the same list, with some of them changed: for links."""
        values: dict[str, object] = {
            "q": self.q or None,
            "category": self.category or None,
            "least": self.least,
            "most": self.most,
            "in_stock": True if self.in_stock else None,
            "order": self.order if self.order != "best" else None,
        }
        return values | changes


def offered() -> Query[Product]:
    return Product.where(Product.active)


def matching(wanted: Wanted) -> Query[Product]:
    """Return the products that fit, in order."""
    found = offered()
    if wanted.q.strip():
        found = found.search(wanted.q, name="products_german" if in_german() else "products_english")
    if wanted.category:
        found = found.where(Product.category.slug == wanted.category)
    if wanted.least is not None:
        found = found.where(Product.price >= wanted.least)
    if wanted.most is not None:
        found = found.where(Product.price <= wanted.most)
    if wanted.in_stock:
        found = found.where(Product.stock > 0)
    return _ordered(found, wanted)


def _ordered(found: Query[Product], wanted: Wanted) -> Query[Product]:
    name = Product.name_de if in_german() else Product.name_en
    match wanted.order:
        case "new":
            return found.order_by(Product.created_at.desc())
        case "name":
            return found.order_by(name)
        case "cheap":
            return found.order_by(Product.price, name)
        case "dear":
            return found.order_by(Product.price.desc(), name)
        case "best":
            return found if wanted.q.strip() else found.order_by(Product.created_at.desc())
