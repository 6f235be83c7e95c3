"""What the provider says, and what becomes of an order by it. Nothing else makes an order paid."""

from __future__ import annotations

from rooftree import NotFound, UniqueError, now, transaction
from rooftree.db import Query
from shop.orders.models import Order, Status
from shop.orders.stock import SoldOut, goods_of, take
from shop.payments.models import Payment, ProviderEvent, Reason, State
from shop.payments.provider import Event

WHY = "what the provider says holds for every order"


async def handle(event: Event) -> None:
    """Do what an event says, once.

    Raises:
        NotFound: It is about a payment that the shop did not open.
    """
    try:
        async with transaction():
            await ProviderEvent.create(id=event.id)
            payment = await Payment.where(Payment.reference == event.payment).for_update().first()
            if payment is None:
                raise NotFound
            match event.type:
                case "payment.paid":
                    await _paid(payment, event)
                case "payment.declined" if payment.state is State.started:
                    await _to(payment, State.declined)
                case "payment.refunded":
                    await _to(payment, State.refunded)
                case _:
                    pass  # too late, or of a kind that there was not when this was written
    except UniqueError:
        return  # it was here before


async def _paid(payment: Payment, event: Event) -> None:
    if payment.state not in {State.started, State.declined}:
        return  # told again under another number
    (order,) = await Payment.where(Payment.id == payment.id).select(Payment.order.id).one()
    if event.currency != "EUR" or event.amount != payment.amount:
        await _to(payment, State.refunding, Reason.amount)
    elif await _order(order, Status.waiting).update(status=Status.paid, paid_at=now()):
        await _to(payment, State.paid)
    elif await _order(order, Status.expired).exists():
        await _paid_late(payment, order)
    else:
        cancelled = await _order(order, Status.cancelled).exists()
        await _to(payment, State.refunding, Reason.cancelled if cancelled else Reason.twice)


async def _paid_late(payment: Payment, order: int) -> None:
    """Take the goods once more for a payment that came after its time; where they are gone the money goes back."""
    try:
        async with transaction():
            if await _order(order, Status.expired).update(status=Status.paid, paid_at=now()):
                await take(await goods_of(order))
                await _to(payment, State.paid)
            else:
                await _to(payment, State.refunding, Reason.twice)  # another payment was faster
    except SoldOut:
        await _to(payment, State.refunding, Reason.gone)


def _order(key: int, status: Status) -> Query[Order]:
    """Return an order where it is in a state."""
    return Order.unscoped(WHY).where(Order.id == key, Order.status == status)


async def _to(payment: Payment, state: State, reason: Reason = Reason.none) -> None:
    payment.state = state
    payment.reason = reason or payment.reason
    await payment.save()
