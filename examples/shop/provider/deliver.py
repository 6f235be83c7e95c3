"""Telling shops what happened: signed, and again until they have taken it."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import time
from datetime import timedelta

import httpx

from provider.models import Delivery, Payment, new_id
from rooftree import now
from rooftree.base import Secret

MOST_TRIES = 12
log = logging.getLogger("provider")


async def announce(kind: str, payment: Payment) -> None:
    """Note an event in the transaction that it belongs to."""
    event = new_id()
    body = {
        "id": event,
        "type": f"payment.{kind}",
        "payment": payment.token,
        "reference": payment.reference,
        "amount": str(payment.amount),
        "currency": payment.currency,
    }
    await Delivery.create(event=event, url=payment.notify_url, body=json.dumps(body))


def signed(body: str, key: Secret) -> str:
    """Return the header that proves where a body comes from, and when it was sent."""
    moment = int(time.time())
    digest = hmac.new(key.reveal().encode(), f"{moment}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


async def deliver(client: httpx.AsyncClient, key: Secret) -> int:
    """Send what is due; return how many were taken."""
    taken = 0
    for delivery in await Delivery.where(~Delivery.done, Delivery.due_at <= now(), Delivery.tries < MOST_TRIES):
        try:
            headers = {"content-type": "application/json", "provider-signature": signed(delivery.body, key)}
            answer = await client.post(delivery.url, content=delivery.body, headers=headers)
            delivery.done = answer.is_success
        except httpx.HTTPError as error:
            log.info("%s cannot be reached: %s", delivery.url, error)
        delivery.tries += 1
        delivery.due_at = now() + timedelta(seconds=min(2**delivery.tries, 300))
        await delivery.save()
        taken += delivery.done
    return taken


async def keep_delivering(key: Secret) -> None:
    async with httpx.AsyncClient(timeout=5) as client:
        while True:
            try:
                await deliver(client, key)
            except Exception:
                log.exception("Delivering failed; it goes on.")
            await asyncio.sleep(0.3)
