"""What can be set from outside: ``ROOFTREE_SHIPPING=5.90``, a file ``.env``, or ``rooftree.toml``."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

from rooftree import App, Secret, Settings
from rooftree.app import Finding

PHOTOS = Path(__file__).with_name("photos")
"""Where the photos are that staff uploads."""
PUBLIC_KEY = Secret("the key of a provider that is only for trying out")
"""Who knows it tells the shop that an order is paid, and everybody does."""


class ShopSettings(Settings, frozen=True, kw_only=True):
    shipping: Decimal = Decimal("4.90")
    free_shipping_from: Decimal = Decimal(60)
    payment_minutes: float = 30
    """How long an order holds its goods while it is not paid."""
    housekeeping_seconds: float = 5
    provider_url: str = "http://127.0.0.1:8001"
    provider_key: Secret = PUBLIC_KEY


def known_key(app: App) -> Iterator[Finding]:
    """Find that events of the provider can be forged."""
    settings = app.settings
    if settings.mode == "production" and isinstance(settings, ShopSettings) and settings.provider_key == PUBLIC_KEY:
        yield Finding(
            "SHOP1",
            "error",
            "The key of the provider of payments is the one of the example: anybody can tell that an order is paid.",
            "Set ROOFTREE_PROVIDER_KEY to the key that the provider has given you.",
        )
