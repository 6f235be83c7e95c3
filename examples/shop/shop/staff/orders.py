from __future__ import annotations

from typing import Literal

from rooftree import (
    After,
    Form,
    Group,
    HTTPError,
    NotFound,
    Page,
    Redirect,
    Session,
    _,
    permission,
    redirect,
    render,
    transaction,
)
from shop.orders.expiry import close
from shop.orders.models import NEXT, Order, OrderLine, Status
from shop.payments.models import Payment, Reason, State
from shop.payments.provider import Provider
from shop.payments.refunds import send_refunds

routes = Group("/orders", name="orders", requires=permission(Order, "view"))
WHY = "staff sees every order"


async def order_of(number: str) -> Order:
    order = await Order.unscoped(WHY).where(Order.number == number).include(Order.customer).first()
    if order is None:
        raise NotFound
    return order


@routes.get(name="index")
async def index(q: str = "", status: Status | None = None, page: int = 1) -> Page:
    found = Order.unscoped(WHY)
    if q.strip():
        found = found.where(
            Order.number.contains(q, ignore_case=True)
            | Order.customer.email.contains(q, ignore_case=True)
            | Order.customer.name.contains(q, ignore_case=True)
        )
    if status is not None:
        found = found.where(Order.status == status)
    listed = await found.order_by(Order.created_at.desc()).include(Order.customer).page(page, size=25)
    refused = await Payment.unscoped(WHY).where(Payment.state == State.refused).values(Payment.order.number)
    return render("staff/orders.html", found=listed, q=q, status=status, statuses=list(Status), refused=refused)


@routes.get("/{number}", name="show")
async def show(number: str) -> Page:
    order = await order_of(number)
    lines = await OrderLine.where(OrderLine.order.is_(order)).include(OrderLine.product).order_by(OrderLine.id)
    payments = await Payment.where(Payment.order.is_(order)).order_by(Payment.id)
    return render("staff/order.html", order=order, lines=lines, payments=payments)


@routes.post("/{number}/step", name="step", requires=permission(Order, "change"))
async def step(number: str, to: Form[Status], session: Session, provider: Provider, after: After) -> Redirect:
    order = await order_of(number)
    if to not in NEXT.get(order.status, ()):
        raise HTTPError(409, _("An order that is “%(status)s” cannot take that step.", status=order.status.label))
    async with transaction():
        if to is Status.cancelled:
            if done := await close(order, to, when=order.status):
                paid = Payment.where(Payment.order.is_(order), Payment.state == State.paid)
                await paid.update(state=State.refunding, reason=Reason.cancelled)
        else:
            still = Order.unscoped(WHY).where(Order.id == order.id, Order.status == order.status)
            done = bool(await still.update(status=to))
    after(send_refunds, provider)
    if done:
        session.flash(_("Order %(number)s: %(status)s.", number=number, status=to.label), "success")
    else:
        session.flash(_("Somebody else has changed this order meanwhile."), "warning")
    return redirect(show, number=number)


@routes.post("/{number}/refunds/{payment}", name="refund", requires=permission(Order, "change"))
async def refund(
    number: str, payment: int, to: Form[Literal["refunding", "refunded"]], provider: Provider, after: After
) -> Redirect:
    """Ask the provider once more for what it refused, or note that the money went back in another way."""
    order = await order_of(number)
    refused = Payment.where(Payment.id == payment, Payment.order.is_(order), Payment.state == State.refused)
    if await refused.update(state=State(to)) and to == "refunding":
        after(send_refunds, provider)
    return redirect(show, number=number)
