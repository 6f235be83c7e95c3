"""Talking to the provider of payments, and knowing its voice."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Annotated, Literal

import httpx

from rooftree import HTTPError, Len, Schema, Secret, _
from shop.settings import ShopSettings

NEVER = {404, 409, 410, 422}
"""What the provider answers where asking again changes nothing."""
TOLERANCE = 300
"""Seconds that a signed event may have been on its way."""


class Event(Schema):
    id: Annotated[str, Len(1, 80)]
    type: Annotated[str, Len(1, 80)]
    payment: Annotated[str, Len(1, 80)]
    amount: Decimal
    currency: Annotated[str, Len(3, 3)]


class Opened(Schema):
    id: str
    url: str


class ProviderAway(HTTPError):
    def __init__(self) -> None:
        super().__init__(
            503, _("The provider of payments cannot be reached. Your order is kept; try again in a minute.")
        )


class Provider:
    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def open(self, reference: str, amount: Decimal, return_url: str, notify_url: str, *, language: str) -> Opened:
        """Open a payment and return its page, in a language.

        Raises:
            ProviderAway: It did not answer as it should.
        """
        wanted = {
            "reference": reference,
            "amount": str(amount),
            "currency": "EUR",
            "return_url": return_url,
            "notify_url": notify_url,
            "language": language,
        }
        try:
            answer = await self._client.post("/api/payments", json=wanted)
            answer.raise_for_status()
            return Opened(**answer.json())
        except (httpx.HTTPError, ValueError, TypeError) as error:
            raise ProviderAway from error

    async def refund(self, reference: str) -> Literal["taken", "refused", "away"]:
        """Ask for the money of a payment to be given back, and return what the provider makes of it."""
        try:
            answer = await self._client.post(f"/api/payments/{reference}/refund")
        except httpx.HTTPError:
            return "away"
        if answer.is_success:
            return "taken"
        return "refused" if answer.status_code in NEVER else "away"


async def open_provider(settings: ShopSettings) -> AsyncIterator[Provider]:
    headers = {"authorization": f"Bearer {settings.provider_key.reveal()}"}
    async with httpx.AsyncClient(base_url=settings.provider_url, headers=headers, timeout=5) as client:
        yield Provider(client)


def is_genuine(body: bytes, signature: str, key: Secret, *, at: float | None = None) -> bool:
    """Tell whether a body was signed by the provider, and not long ago: ``t=1764288000,v1=5f...``."""
    parts = dict(part.split("=", 1) for part in signature.split(",") if "=" in part)
    moment, given = parts.get("t", ""), parts.get("v1", "")
    if not (moment.isascii() and moment.isdigit() and len(moment) <= 12):
        return False
    wanted = hmac.new(key.reveal().encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    fresh = abs((time.time() if at is None else at) - int(moment)) <= TOLERANCE
    return hmac.compare_digest(wanted.encode(), given.encode()) and fresh
