"""Farthing, a provider of payments that moves no money: its page, its API, and the events that it sends.

A shop opens a payment by the API, sends its customer to the payment's page, and is told by a signed event what came
of it.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Annotated, Literal

from provider.deliver import announce, keep_delivering
from provider.models import Delivery, Payment, State
from rooftree import (
    App,
    Depends,
    Form,
    Gt,
    Header,
    HTTPError,
    Languages,
    Len,
    NotFound,
    Page,
    Redirect,
    Request,
    Schema,
    Secret,
    Settings,
    redirect,
    render,
    sql,
    transaction,
)
from rooftree.db import create_tables


class ProviderSettings(Settings, frozen=True, kw_only=True):
    provider_key: Secret = Secret("the key of a provider that is only for trying out")


settings = ProviderSettings.load(database="sqlite:///provider.db")
app = App(settings, name="Farthing")
app.use(Languages("en", "de", prefix="all", folder="locales"))


@app.lifespan
async def deliveries() -> AsyncIterator[None]:
    if not await sql(str, "select name from sqlite_master where name = :name", name="provider_payments"):
        await create_tables(Payment, Delivery)
    task = asyncio.create_task(keep_delivering(settings.provider_key))
    yield
    task.cancel()


# ---- for shops


async def known_shop(authorization: Annotated[str, Header()] = "") -> None:
    if not hmac.compare_digest(authorization.encode(), f"Bearer {settings.provider_key.reveal()}".encode()):
        raise HTTPError(401, "The key of the shop is missing or wrong.")


class NewPayment(Schema):
    reference: Annotated[str, Len(1, 80)]
    amount: Annotated[Decimal, Gt(0)]
    currency: Literal["EUR"]
    language: Literal["en", "de"] = "en"
    return_url: Annotated[str, Len(1, 400)]
    notify_url: Annotated[str, Len(1, 400)]


class Opened(Schema):
    id: str
    url: str


@app.post("/api/payments", status=201, dependencies=[Depends(known_shop)])
async def open_payment(data: NewPayment, request: Request) -> Opened:
    payment = await Payment.create(
        reference=data.reference,
        amount=data.amount,
        currency=data.currency,
        return_url=data.return_url,
        notify_url=data.notify_url,
    )
    path = app.url_for(page, token=payment.token, _language=data.language)
    return Opened(id=payment.token, url=f"{request.scheme}://{request.host}{path}")


@app.post("/api/payments/{token}/refund", dependencies=[Depends(known_shop)], transaction=True)
async def refund(token: str) -> None:
    """Give the money back; a second time changes nothing."""
    payment = await payment_of(token)
    if await Payment.where(Payment.token == token, Payment.state == State.paid).update(state=State.refunded):
        await announce("refunded", payment)
    elif payment.state is not State.refunded:
        raise HTTPError(409, "It was not paid.")


# ---- for people


async def payment_of(token: str) -> Payment:
    payment = await Payment.where(Payment.token == token).first()
    if payment is None:
        raise NotFound
    return payment


@app.get("/pay/{token}")
async def page(token: str) -> Page:
    return render("pay.html", payment=await payment_of(token))


@app.post("/pay/{token}")
async def decide(token: str, choice: Form[Literal["paid", "declined"]]) -> Redirect:
    payment = await payment_of(token)
    async with transaction():
        if await Payment.where(Payment.token == token, Payment.state == State.open).update(state=State(choice)):
            await announce(choice, payment)
    return redirect(page, token=token)
