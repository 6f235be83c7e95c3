"""What is in a cart, with what it costs today."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from hashlib import blake2s

from shop.cart.session import Cart
from shop.products.listing import offered
from shop.products.models import Product
from shop.settings import ShopSettings

NOTHING = Decimal("0.00")
"""No money, in cents: what is added to it has two places, as prices have that come from the database."""


@dataclass(frozen=True)
class CartLine:
    product: Product
    count: int

    @property
    def total(self) -> Decimal:
        return self.product.price * self.count

    @property
    def missing(self) -> int:
        """How many of them are not there (any more)."""
        return max(0, self.count - self.product.stock)


@dataclass(frozen=True)
class Contents:
    lines: list[CartLine]
    goods: Decimal
    shipping: Decimal

    @property
    def total(self) -> Decimal:
        return self.goods + self.shipping

    @property
    def count(self) -> int:
        return sum(line.count for line in self.lines)

    @property
    def digest(self) -> str:
        """Tell these goods at these prices from others."""
        told = [f"{line.count} x {line.product.id} at {line.product.price:.2f}" for line in self.lines]
        return blake2s(f"{told} {self.shipping:.2f}".encode(), digest_size=8).hexdigest()

    @property
    def deliverable(self) -> bool:
        return bool(self.lines) and not any(line.missing for line in self.lines)


async def contents(cart: Cart, settings: ShopSettings) -> Contents:
    """Look up the cart's products; what is no longer offered has left it."""
    wanted = cart.cart
    products = await offered().where(Product.id.in_(list(wanted))).order_by(Product.id) if wanted else []
    lines = [CartLine(product, wanted[product.id]) for product in products]
    goods = sum((line.total for line in lines), NOTHING)
    free = not lines or goods >= settings.free_shipping_from
    return Contents(lines, goods, NOTHING if free else NOTHING + settings.shipping)
