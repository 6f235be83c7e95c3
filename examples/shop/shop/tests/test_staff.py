from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest

from rooftree.db import Query
from rooftree.testing import Client
from shop.accounts.models import User
from shop.orders.models import Order, Status
from shop.payments.models import Payment, State
from shop.payments.provider import Provider
from shop.payments.refunds import send_refunds
from shop.products.models import Product
from shop.settings import PHOTOS
from shop.staff import orders

pytestmark = pytest.mark.anyio
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


async def sign_in(client: Client, name: str) -> None:
    await client.sign_in(await User.where(User.email == f"{name}@example.org").one())


def form_of(product: Product, **changes: str) -> dict[str, str]:
    return {
        "name_en": product.name_en,
        "name_de": product.name_de,
        "slug": product.slug,
        "category": "1",
        "price": str(product.price),
        "active": "true",
        "summary_en": product.summary_en,
        "summary_de": product.summary_de,
        "text_en": product.text_en,
        "text_de": product.text_de,
        "delivered": "0",
        **changes,
    }


@pytest.mark.parametrize(
    ("name", "products", "orders"), [("staff", 200, 200), ("packer", 403, 200), ("anna", 403, 403)]
)
async def test_who_may_see_what(client: Client, name: str, products: int, orders: int) -> None:
    await sign_in(client, name)
    assert (await client.get("/en/staff/products")).status_code == products
    assert (await client.get("/en/staff/products/1")).status_code == products
    assert (await client.get("/en/staff/orders")).status_code == orders


async def test_staff_edits_a_product(client: Client) -> None:
    await sign_in(client, "staff")
    product = await Product.get(1)
    await Product.where(Product.id == 1).update(stock=4)
    form = form_of(product, name_en="Tarn mug, mended", price="12.50", delivered="6")
    PHOTOS.mkdir(exist_ok=True)
    kept = set(PHOTOS.iterdir())
    saved = await client.post(
        "/en/staff/products/1", data=form, files={"picture": ("me.png", PIXEL)}, follow_redirects=True
    )
    assert "Tarn mug, mended is saved." in saved.text
    product = await Product.get(1)
    assert (product.stock, str(product.price)) == (10, "12.50")
    assert product.photo is not None
    photo = PHOTOS / product.photo
    assert {photo} == set(PHOTOS.iterdir()) - kept
    assert (await client.get(product.picture)).headers["content-type"] == "image/png"
    photo.unlink()
    assert "Tarn mug, mended" in (await client.get("/en/staff/products?q=mended")).text


@pytest.mark.parametrize("slug", ["../x", "a/b", "x\ny"])
async def test_an_address_is_of_the_signs_that_it_says(client: Client, slug: str) -> None:
    await sign_in(client, "staff")
    refused = await client.post("/en/staff/products/2", data=form_of(await Product.get(2), slug=slug))
    assert refused.status_code == 422
    assert (await Product.get(2)).slug != slug


async def test_what_cannot_be_is_told_at_its_field(client: Client) -> None:
    await sign_in(client, "staff")
    product = await Product.get(2)
    page = await client.post(
        "/de/staff/products/2",
        data=form_of(product, slug=(await Product.get(3)).slug, price="-1", delivered="-99999"),
        files={"picture": ("me.png", b"GIF is this not")},
    )
    assert page.status_code == 422
    for field in ("price", "delivered", "picture"):
        assert f'id="product-{field}-error"' in page.text, field
    taken = await client.post("/en/staff/products/2", data=form_of(product, slug=(await Product.get(3)).slug))
    assert 'id="product-slug-error"' in taken.text


async def first_paid() -> tuple[Payment, Query[Order]]:
    """The first payment that arrived, and its order."""
    payment = await Payment.where(Payment.state == State.paid).order_by(Payment.id).first()
    assert payment is not None
    (key,) = await Payment.where(Payment.id == payment.id).select(Payment.order.id).one()
    return payment, Order.unscoped("test").where(Order.id == key)


async def test_the_steps_of_an_order(client: Client, provider: Any) -> None:
    await sign_in(client, "packer")
    payment, one = await first_paid()
    await one.update(status=Status.paid)
    order = await one.one()
    address = f"/en/staff/orders/{order.number}"
    assert (await client.post(f"{address}/step", data={"to": "sent"})).status_code == 409
    packed = await client.post(f"{address}/step", data={"to": "packed"}, follow_redirects=True)
    assert "Packed" in packed.text
    before = await Product.all().values(Product.stock)
    await client.post(f"{address}/step", data={"to": "cancelled"})
    assert (await one.one()).status is Status.cancelled
    assert sum(await Product.all().values(Product.stock)) > sum(before)
    assert provider.refunds == [payment.reference]
    found = await client.get(f"/en/staff/orders?q={order.number.lower()}&status=cancelled")
    assert order.number in found.text


async def test_what_was_sent_meanwhile_is_neither_cancelled_nor_given_back(
    client: Client, provider: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sign_in(client, "packer")
    payment, one = await first_paid()
    mine = Payment.where(Payment.id == payment.id)
    await one.update(status=Status.packed)
    address = f"/en/staff/orders/{(await one.one()).number}"
    look = orders.order_of

    async def look_and_hesitate(number: str) -> Order:
        seen = await look(number)
        await one.update(status=Status.sent)  # by a colleague, before the button is answered
        return seen

    monkeypatch.setattr(orders, "order_of", look_and_hesitate)
    late = await client.post(f"{address}/step", data={"to": "cancelled"}, follow_redirects=True)
    assert "Somebody else has changed this order meanwhile." in late.text
    assert (await one.one()).status is Status.sent
    assert await mine.values(Payment.state) == [State.paid]
    assert provider.refunds == []


async def test_a_refund_that_the_provider_refuses_is_left_to_staff(client: Client, provider: Any) -> None:
    await sign_in(client, "packer")
    payment, one = await first_paid()
    mine = Payment.where(Payment.id == payment.id)
    await one.update(status=Status.paid)
    number = (await one.one()).number
    address = f"/en/staff/orders/{number}"

    provider.on_refund = "away"
    await client.post(f"{address}/step", data={"to": "cancelled"})
    assert await mine.values(Payment.state) == [State.refunding]
    assert "It is given back" not in (await client.get(address)).text
    assert (await client.post(f"{address}/refunds/{payment.id}", data={"to": "refunded"})).status_code == 303
    assert await mine.values(Payment.state) == [State.refunding]  # not for staff to say while it is under way

    provider.on_refund = "refused"
    await send_refunds(provider)
    assert await mine.values(Payment.state) == [State.refused]
    assert f'href="{address}"' in (await client.get("/en/staff/orders?status=sent")).text
    page = (await client.get(address)).text
    assert "not given back by the provider" in page
    assert "It is given back" in page

    await client.post(f"{address}/refunds/{payment.id}", data={"to": "refunding"})
    assert provider.refunds == [payment.reference] * 3
    assert await mine.values(Payment.state) == [State.refused]
    assert (await client.post(f"{address}/refunds/{payment.id}", data={"to": "paid"})).status_code == 422
    await client.post(f"{address}/refunds/{payment.id}", data={"to": "refunded"})
    assert await mine.values(Payment.state) == [State.refunded]
    await sign_in(client, "anna")
    assert (await client.post(f"{address}/refunds/{payment.id}", data={"to": "refunding"})).status_code == 403


@pytest.mark.parametrize(
    ("status", "made_of_it"),
    [(200, "taken"), (404, "refused"), (409, "refused"), (401, "away"), (429, "away"), (500, "away")],
)
async def test_what_the_provider_makes_of_a_refund(status: int, made_of_it: str) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(status))
    async with httpx.AsyncClient(base_url="http://provider.test", transport=transport) as away:
        assert await Provider(away).refund("pay-1") == made_of_it
