from __future__ import annotations

from rooftree import Session

MOST = 20
"""Of one thing in a cart."""


class Cart(Session):
    """What a visitor wants to buy: how many of which product."""

    cart: dict[int, int] = {}
    key: str = ""
    """Of the order that this cart would become; another one whenever something in it changes."""

    @property
    def count(self) -> int:
        return sum(self.cart.values())

    def put(self, product: int, count: int) -> None:
        """Have so many of a product in the cart; none takes it out."""
        self.key = ""
        if count > 0:
            self.cart[product] = min(count, MOST)
        else:
            self.cart.pop(product, None)

    def empty(self) -> None:
        self.cart = {}
        self.key = ""
