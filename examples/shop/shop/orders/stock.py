"""Goods are taken when an order is placed and given back when it comes to nothing. What is not there is never sold."""

from __future__ import annotations

from collections.abc import Iterable

from rooftree import HTTPError, _
from shop.orders.models import OrderLine
from shop.products.models import Product


class SoldOut(HTTPError):
    """409: somebody else was faster."""

    def __init__(self, product: Product) -> None:
        super().__init__(409, _("%(name)s is no longer there in that number.", name=product.name))
        self.product = product


async def take(wanted: Iterable[tuple[int, int]]) -> None:
    """Take so many of each product: all of it or, by the transaction around it, nothing.

    The condition and the change are one statement, so two buyers never take the same piece; in the order of their keys,
    so they never wait for each other in a circle.

    Raises:
        SoldOut: One of them is not there any more.
    """
    for product, count in sorted(wanted):
        enough = Product.where(Product.id == product, Product.stock >= count)
        if not await enough.update(stock=Product.stock - count):
            raise SoldOut(await Product.get(product))


async def give_back(taken: Iterable[tuple[int, int]]) -> None:
    for product, count in sorted(taken):
        await Product.where(Product.id == product).update(stock=Product.stock + count)


async def goods_of(order: int) -> list[tuple[int, int]]:
    """Return what an order holds: the key of each product, and how many."""
    return await OrderLine.where(OrderLine.order.is_(order)).select(OrderLine.product.id, OrderLine.amount)
