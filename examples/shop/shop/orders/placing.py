"""From a cart to an order: once for each key, however often it is sent."""

from __future__ import annotations

from datetime import timedelta

from rooftree import UniqueError, now, transaction
from shop.accounts.models import User
from shop.cart.contents import Contents
from shop.orders.address import Address
from shop.orders.forms import Checkout
from shop.orders.models import Order, OrderLine
from shop.orders.stock import take
from shop.settings import ShopSettings
from shop.words import language


async def placed(user: User, key: str) -> Order | None:
    """Return the order that was placed with a key already."""
    return await Order.scoped(user).where(Order.key == key).first()


async def last_address(user: User) -> Address | None:
    """Return where the last order went: where the next one begins."""
    last = await Order.scoped(user).order_by(Order.created_at.desc()).first()
    return None if last is None else last.delivery


async def place(user: User, data: Checkout, contents: Contents, settings: ShopSettings) -> Order:
    """Place an order and take its goods, in one transaction.

    The order is written first: where the same key comes twice at the same time, the second one waits for the first and
    finds its order.

    Raises:
        SoldOut: Some of the goods are gone; nothing was taken.
    """
    try:
        async with transaction():
            order = await Order.create(
                customer=user,
                key=data.key,
                delivery=data.delivery,
                invoice=data.invoice,
                goods=contents.goods,
                shipping=contents.shipping,
                language=language(),
                pay_until=now() + timedelta(minutes=settings.payment_minutes),
            )
            await take((line.product.id, line.count) for line in contents.lines)
            await OrderLine.create_many(
                [
                    OrderLine(
                        order=order,
                        product=line.product,
                        name_en=line.product.name_en,
                        name_de=line.product.name_de,
                        price=line.product.price,
                        amount=line.count,
                    )
                    for line in contents.lines
                ]
            )
            return order
    except UniqueError:
        if (found := await placed(user, data.key)) is None:
            raise
        return found
