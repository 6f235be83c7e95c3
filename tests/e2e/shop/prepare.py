"""Run beside the shop's code: two hundred customers with the same thing in their carts, 50 of which are there.

Prints the cookie of each session and the key of its order; with the argument ``count``, what became of them.
"""

from __future__ import annotations

import asyncio
import json
import sys
from decimal import Decimal

from shop.accounts.models import User, accounts
from shop.app import app, settings
from shop.cart.contents import CartLine, Contents
from shop.orders.models import Order, OrderLine
from shop.products.models import Category, Product

BUYERS, PIECES = 200, 50


async def prepare() -> list[dict[str, str]]:
    category = await Category.create(slug="rush", name_en="Rush", name_de="Eile", drawing="mug/sage/1")
    product = await Product.create(
        slug="wanted", name_en="Wanted", name_de="Gesucht", price=Decimal(10), stock=PIECES, category=category
    )
    await User.create_many([User(email=f"buyer{number}@example.org") for number in range(BUYERS)])
    shown = Contents([CartLine(product, 1)], product.price, settings.shipping)
    buyers: list[dict[str, str]] = []
    for user in await User.all().order_by(User.id):
        key = f"key-of-{user.id}"
        values = {**accounts.session_values(user), "cart": {product.id: 1}, "key": key}
        buyers.append({"cookie": await app.sessions.change("", values), "key": f"{key}-{shown.digest}"})
    return buyers


async def count() -> dict[str, int]:
    orders = await Order.unscoped("the test counts").count()
    lines = await OrderLine.all()
    product = await Product.where(Product.slug == "wanted").one()
    customers = len({row[0] for row in await Order.unscoped("the test counts").select(Order.customer.id)})
    return {
        "orders": orders,
        "customers": customers,
        "sold": sum(line.amount for line in lines),
        "stock": product.stock,
    }


async def main() -> None:
    await app.databases.open()
    with app.current():
        print(json.dumps(await (count() if "count" in sys.argv else prepare())))  # noqa: T201 - for the test to read
    await app.databases.close()


asyncio.run(main())
