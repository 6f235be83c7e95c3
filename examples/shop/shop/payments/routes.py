from __future__ import annotations

from typing import Annotated

import msgspec

from rooftree import After, Body, Group, Header, HTTPError, Redirect, signed_in
from shop.orders.routes import Mine
from shop.payments.events import handle
from shop.payments.provider import Event, Provider, is_genuine
from shop.payments.refunds import send_refunds
from shop.payments.till import Till
from shop.settings import ShopSettings

routes = Group("/payments", name="payments")


@routes.post("/orders/{number}", name="start", requires=signed_in)
async def start(order: Mine, till: Till) -> Redirect:
    return await till.pay(order)


@routes.post("/events", name="notify", csrf=False, hidden=True, max_body=16_384)
async def notify(
    body: Body[bytes],
    settings: ShopSettings,
    provider: Provider,
    after: After,
    *,
    signature: Annotated[str, Header("provider-signature")] = "",
) -> None:
    """Take an event of the provider: only what it has signed counts, and what was signed."""
    if not is_genuine(body, signature, settings.provider_key):
        raise HTTPError(401, "The signature does not fit, or is too old.")
    try:
        event = msgspec.json.decode(body, type=Event)
    except msgspec.DecodeError as error:  # no JSON, or not an event
        raise HTTPError(422, str(error)) from None
    await handle(event)
    after(send_refunds, provider)
