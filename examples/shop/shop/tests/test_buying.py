from __future__ import annotations

import hashlib
import hmac
import re
import time
from datetime import timedelta
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest

from rooftree import App, Secret, now
from rooftree.testing import Client
from shop.accounts.models import User
from shop.app import settings
from shop.orders.expiry import expire_orders
from shop.orders.models import Order, Status
from shop.payments.models import Payment
from shop.products.models import Product
from shop.settings import ShopSettings, known_key

pytestmark = pytest.mark.anyio
ADDRESS = {
    "delivery.name": "Anna",
    "delivery.street": "Weg 1",
    "delivery.postcode": "10115",
    "delivery.city": "Berlin",
    "delivery.country": "DE",
}


async def sign_in(client: Client, name: str = "anna") -> User:
    user = await User.where(User.email == f"{name}@example.org").one()
    await client.sign_in(user)
    return user


async def stocked(number: int) -> None:
    await Product.where(Product.id == 1).update(stock=number)


async def stock() -> int:
    return (await Product.get(1)).stock


async def fill_in(client: Client, count: int = 2) -> dict[str, str]:
    """Put something into the cart and go to the checkout; return the form as it is sent."""
    await client.post("/en/cart/1/add", data={"count": str(count)})
    page = await client.get("/en/checkout")
    return {**ADDRESS, "key": key_in(page.text)}


def key_in(page: str) -> str:
    found = re.search(r'name="key" value="([\w-]+)"', page)
    assert found is not None, page
    return found[1]


async def ordered(client: Client, count: int = 2) -> Order:
    form = await fill_in(client, count)
    assert (await client.post("/en/checkout", data=form)).status_code == 303
    return await Order.unscoped("test").where(Order.key == form["key"]).one()


async def tell(client: Client, reference: str, kind: str = "paid", *, amount: str | None = None, **more: Any) -> int:
    """Send an event as the provider does; return the status of the answer."""
    payment = await Payment.where(Payment.reference == reference).first()
    event = {
        "id": more.get("id", f"event-{time.monotonic_ns()}"),
        "type": f"payment.{kind}",
        "payment": reference,
        "amount": amount or (str(payment.amount) if payment else "1.00"),
        "currency": "EUR",
    }
    body = msgspec.json.encode(event)
    moment = str(int(time.time()) - more.get("age", 0)).encode()
    key = more.get("key", settings.provider_key.reveal()).encode()
    digest = hmac.new(key, moment + b"." + more.get("signed", body), hashlib.sha256).hexdigest()
    headers = {"content-type": "application/json", "provider-signature": f"t={moment.decode()},v1={digest}"}
    answer: httpx.Response = await client.post("/en/payments/events", content=more.get("body", body), headers=headers)
    return answer.status_code


async def status_of(order: Order) -> Status:
    return (await Order.unscoped("test").where(Order.id == order.id).one()).status


async def states(order: Order) -> list[tuple[str, str]]:
    found = await Payment.where(Payment.order.is_(order)).order_by(Payment.id)
    return [(payment.state.value, payment.reason.value) for payment in found]


async def test_the_cart(client: Client) -> None:
    await stocked(5)
    added = await client.post("/de/cart/1/add", data={"count": "2"}, follow_redirects=True)
    assert "liegt in Ihrem Warenkorb" in added.text
    await client.post("/de/cart/1/add", data={"count": "4"})
    assert "Nur noch 5 sind da." in (await client.get("/de/cart")).text
    await client.post("/de/cart/1", data={"count": "1"})
    assert "Zur Kasse" in (await client.get("/de/cart")).text
    emptied = await client.post("/de/cart/1", data={"count": "0"}, follow_redirects=True)
    assert "Noch ist nichts darin." in emptied.text
    assert (await client.post("/de/cart/1/add", data={"count": "21"})).status_code == 422
    assert (await client.post("/de/cart/9999/add", data={"count": "1"})).status_code == 404


async def test_an_order_is_placed_once_however_often_it_is_sent(client: Client, provider: Any) -> None:
    await stocked(5)
    user = await sign_in(client)
    before = await Order.scoped(user).count()
    form = await fill_in(client)
    for _ in range(3):
        answer = await client.post("/en/checkout", data=form)
        assert answer.status_code == 303
    assert await Order.scoped(user).count() == before + 1
    assert await stock() == 3
    assert len(provider.opened) == 1
    assert "There is nothing in it yet." in (await client.get("/en/cart")).text


async def test_what_is_gone_meanwhile_is_told(client: Client) -> None:
    await stocked(2)
    user = await sign_in(client)
    before = await Order.scoped(user).count()
    form = await fill_in(client, 2)
    await stocked(1)
    page = await client.post("/en/checkout", data=form, follow_redirects=True)
    assert "Only one is left." in page.text
    assert (await Order.scoped(user).count(), await stock()) == (before, 1)


async def test_a_cart_that_has_changed_is_shown_again(client: Client) -> None:
    await stocked(9)
    await sign_in(client)
    form = await fill_in(client, 1)
    await client.post("/en/cart/2/add", data={"count": "1"})
    await Product.where(Product.id == 2).update(stock=9)
    page = await client.post("/en/checkout", data=form)
    assert page.status_code == 422
    assert "Your cart has changed meanwhile." in page.text
    seen = await client.post("/en/checkout", data={**form, "key": key_in(page.text)})
    assert seen.status_code == 303


async def test_nobody_pays_a_price_that_they_were_not_shown(client: Client, provider: Any) -> None:
    await stocked(9)
    await sign_in(client)
    form = await fill_in(client, 1)
    await Product.where(Product.id == 1).update(price=Decimal("999.50"))
    page = await client.post("/en/checkout", data=form)
    assert (page.status_code, provider.opened) == (422, [])
    assert "Your cart has changed meanwhile." in page.text
    assert "999.50" in page.text
    seen = await client.post("/en/checkout", data={**form, "key": key_in(page.text)})
    assert (seen.status_code, len(provider.opened)) == (303, 1)


async def test_what_is_not_in_the_shop_is_not_told_by_the_cart(client: Client) -> None:
    await Product.where(Product.id == 2).update(active=False, name_en="Not told yet")
    added = await client.post("/en/cart/2/add", data={"count": "1"}, follow_redirects=True)
    assert added.status_code == 404
    assert "Not told yet" not in (await client.get("/en/cart")).text


async def test_a_key_that_everybody_knows_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOFTREE_MODE", "production")
    told = [found.id for found in known_key(App(ShopSettings.load()))]
    own = [found.id for found in known_key(App(ShopSettings.load(provider_key=Secret("k" * 32))))]
    assert (told, own) == (["SHOP1"], [])


async def test_addresses(client: Client) -> None:
    await stocked(5)
    await sign_in(client)
    form = await fill_in(client) | {"delivery.city": "", "elsewhere": "true"}
    page = await client.post("/en/checkout", data=form)
    assert page.status_code == 422
    assert 'autocomplete="shipping street-address"' in page.text
    assert 'autocomplete="billing postal-code"' in page.text
    assert 'aria-describedby="checkout-delivery-city-error"' in page.text
    assert 'href="#checkout-invoice-street"' in page.text


async def test_only_what_the_provider_signed_pays(client: Client, provider: Any) -> None:
    await stocked(5)
    await sign_in(client)
    order = await ordered(client)
    (reference,) = provider.opened
    assert await tell(client, reference, key="another") == 401
    assert await tell(client, reference, age=400) == 401
    assert await tell(client, reference, body=b'{"id": "x"}') == 401
    assert await tell(client, "unknown") == 404
    assert await tell(client, reference, body=b"{", signed=b"{") == 422
    assert await tell(client, reference, body=b"[]", signed=b"[]") == 422
    assert (await client.post("/en/payments/events", content=b"{}")).status_code == 401
    assert await status_of(order) is Status.waiting
    assert await tell(client, reference, id="one") == 204
    assert await tell(client, reference, id="one") == 204
    assert await tell(client, reference, id="two") == 204
    assert await tell(client, reference, "declined") == 204  # of an attempt before, told late
    assert (await status_of(order), await states(order)) == (Status.paid, [("paid", "")])
    assert "Thank you!" in (await client.get(f"/en/orders/{order.number}")).text


async def test_another_amount_goes_back(client: Client, provider: Any) -> None:
    await stocked(5)
    await sign_in(client)
    order = await ordered(client)
    assert await tell(client, provider.opened[0], amount="0.01") == 204
    assert (await status_of(order), await states(order)) == (Status.waiting, [("refunding", "amount")])


async def test_what_was_paid_twice_goes_back(client: Client, provider: Any) -> None:
    await stocked(5)
    await sign_in(client)
    order = await ordered(client)
    await client.post(f"/en/payments/orders/{order.number}")
    for reference in provider.opened:
        assert await tell(client, reference) == 204
    assert await states(order) == [("paid", ""), ("refunding", "twice")]
    assert provider.refunds == [provider.opened[1]]
    assert "You paid twice." in (await client.get(f"/en/orders/{order.number}")).text
    await tell(client, provider.opened[1], "refunded")
    assert await states(order) == [("paid", ""), ("refunded", "twice")]


async def test_a_declined_payment_can_be_tried_again(client: Client, provider: Any) -> None:
    await stocked(5)
    await sign_in(client)
    order = await ordered(client)
    await tell(client, provider.opened[0], "declined")
    assert "The payment was declined." in (await client.get(f"/en/orders/{order.number}")).text
    again = await client.post(f"/en/payments/orders/{order.number}")
    assert again.headers["location"].endswith(provider.opened[1])
    await tell(client, provider.opened[1])
    assert await status_of(order) is Status.paid


async def test_an_order_that_is_not_paid_gives_its_goods_back(client: Client, provider: Any) -> None:
    await stocked(5)
    await sign_in(client)
    order, other = await ordered(client, 2), await ordered(client, 3)
    assert await stock() == 0
    every = Order.unscoped("test").where(Order.id.in_([order.id, other.id]))
    await every.update(pay_until=now() - timedelta(minutes=1))
    assert await expire_orders() == 2
    assert await expire_orders() == 0
    assert (await stock(), await status_of(order)) == (5, Status.expired)
    await stocked(3)
    await tell(client, provider.opened[1])  # late, and there is enough
    assert (await status_of(other), await stock()) == (Status.paid, 0)
    await tell(client, provider.opened[0])  # late, and there is not
    assert await states(order) == [("refunding", "gone")]
    assert (await status_of(order), await stock()) == (Status.expired, 0)
    assert "the goods are gone" in (await client.get(f"/en/orders/{order.number}")).text


async def test_an_order_is_its_customers(client: Client) -> None:
    await stocked(5)
    await sign_in(client)
    order = await ordered(client)
    assert (await client.get(f"/en/orders/{order.number}")).status_code == 200
    await sign_in(client, "ben")
    assert (await client.get(f"/en/orders/{order.number}")).status_code == 404
    assert (await client.post(f"/en/payments/orders/{order.number}")).status_code == 404
    assert order.number not in (await client.get("/en/orders")).text
    client.cookies.clear()
    sent_on = await client.get(f"/en/orders/{order.number}", headers={"accept": "text/html"})
    assert sent_on.headers["location"].startswith("/en/sign-in?next=")


async def test_signing_up(client: Client) -> None:
    form = {"name": "Nora", "email": "nora@example.org", "password": "a long enough word"}
    await client.post("/en/cart/1/add", data={"count": "1"})
    taken = await client.post("/en/sign-up", data={**form, "email": "anna@example.org"}, headers={"origin": ORIGIN})
    assert "There is an account with this address already." in taken.text
    weak = await client.post("/en/sign-up", data={**form, "password": "nora"}, headers={"origin": ORIGIN})
    assert weak.status_code == 422
    made = await client.post(
        "/en/sign-up", data={**form, "next": "/en/checkout"}, headers={"origin": ORIGIN}, follow_redirects=True
    )
    assert made.url.path in {"/en/checkout", "/en/cart"}
    assert (await User.where(User.email == "nora@example.org").one()).name == "Nora"


ORIGIN = "http://localhost"
