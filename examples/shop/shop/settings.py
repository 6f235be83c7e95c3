"""What can be set from outside: ``ROOFTREE_SHIPPING=5.90``, a file ``.env``, or ``rooftree.toml``."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from rooftree import Secret, Settings

PHOTOS = Path(__file__).with_name("photos")
"""Where the photos are that staff uploads."""


class ShopSettings(Settings, frozen=True, kw_only=True):
    shipping: Decimal = Decimal("4.90")
    free_shipping_from: Decimal = Decimal(60)
    payment_minutes: float = 30
    """How long an order holds its goods while it is not paid."""
    housekeeping_seconds: float = 5
    provider_url: str = "http://127.0.0.1:8001"
    provider_key: Secret = Secret("the key of a provider that is only for trying out")
