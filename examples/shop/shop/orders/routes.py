from __future__ import annotations

from typing import Annotated
from uuid import uuid4

from rooftree import (
    ContentPolicy,
    Depends,
    Group,
    NotFound,
    Page,
    Redirect,
    _,
    redirect,
    render,
    signed_in,
)
from shop.accounts.models import User
from shop.cart.contents import Contents
from shop.cart.routes import show as show_cart
from shop.cart.session import Cart
from shop.orders.forms import CheckoutForm
from shop.orders.models import Order, OrderLine
from shop.orders.placing import last_address, place, placed
from shop.orders.stock import SoldOut
from shop.payments.models import Payment
from shop.payments.till import Till
from shop.settings import ShopSettings

routes = Group(name="orders")


async def mine(number: str, user: User) -> Order:
    """Return an order of the customer who is signed in; of another's nobody learns that it is there."""
    order = await Order.scoped(user).where(Order.number == number).include(Order.lines).first()
    if order is None:
        raise NotFound
    return order


Mine = Annotated[Order, Depends(mine)]


@routes.form("/checkout", name="checkout", requires=signed_in)
async def checkout(
    form: CheckoutForm,
    user: User,
    *,
    cart: Cart,
    contents: Contents,
    settings: ShopSettings,
    till: Till,
    csp: ContentPolicy,
) -> Page | Redirect:
    csp.allow("form-action", settings.provider_url)  # ordering leads on to its page
    cart.key = cart.key or uuid4().hex
    key = f"{cart.key}-{contents.digest}"  # nobody orders what they were not shown, nor at another price
    form.bind({"key": key, "delivery": await last_address(user)})
    if data := await form.validate():
        if order := await placed(user, data.key):
            return redirect(show, number=order.number)
        if data.key != key:
            form.error(None, _("Your cart has changed meanwhile. Please look at it once more."))
        elif contents.deliverable:
            try:
                order = await place(user, data, contents, settings)
            except SoldOut as gone:
                cart.flash(str(gone.detail), "error")
                return redirect(show_cart)
            cart.empty()
            return await till.pay(order)
    if not contents.deliverable:
        return redirect(show_cart)
    return render("orders/checkout.html", form=form, key=key, cart=contents)


@routes.get("/orders", name="list", requires=signed_in)
async def orders(user: User, page: int = 1) -> Page:
    found = await Order.scoped(user).order_by(Order.created_at.desc()).include(Order.lines).page(page, size=10)
    return render("orders/list.html", found=found)


@routes.get("/orders/{number}", name="show", requires=signed_in)
async def show(order: Mine, settings: ShopSettings, csp: ContentPolicy) -> Page:
    csp.allow("form-action", settings.provider_url)  # the button to pay leads there
    products = await OrderLine.where(OrderLine.order.is_(order)).include(OrderLine.product).order_by(OrderLine.id)
    payments = await Payment.where(Payment.order.is_(order)).order_by(Payment.id)
    return render("orders/show.html", order=order, lines=products, payments=payments)
