"""What has to be done though nobody asks: orders that were not paid in time, money that goes back."""

from __future__ import annotations

import asyncio
import logging

from shop.orders.expiry import expire_orders
from shop.payments.provider import open_provider
from shop.payments.refunds import send_refunds
from shop.settings import ShopSettings

log = logging.getLogger("shop")


async def keep_house(settings: ShopSettings) -> None:
    """Look after orders and refunds until cancelled. Each worker does; what one has done the others pass over."""
    async for provider in open_provider(settings):
        while True:
            await asyncio.sleep(settings.housekeeping_seconds)
            try:
                await expire_orders()
                await send_refunds(provider)
            except Exception:
                log.exception("Housekeeping failed; it goes on.")
