from __future__ import annotations

from rooftree import now, transaction
from shop.orders.models import Order, Status
from shop.orders.stock import give_back, goods_of

WHY = "the shop itself brings orders to an end"


async def close(order: Order, status: Status, *, when: Status) -> bool:
    """Bring an order to an end and give its goods back, unless it has gone on meanwhile.

    Args:
        order: The order.
        status: What it becomes: expired or cancelled.
        when: What it has to be still.
    """
    async with transaction():
        still = Order.unscoped(WHY).where(Order.id == order.id, Order.status == when)
        if not await still.update(status=status):
            return False
        await give_back(await goods_of(order.id))
        return True


async def expire_orders() -> int:
    """Give back the goods of orders that were not paid in time; return how many there were."""
    late = Order.unscoped(WHY).where(Order.status == Status.waiting, Order.pay_until < now())
    return sum([await close(order, Status.expired, when=Status.waiting) for order in await late.limit(100)])
