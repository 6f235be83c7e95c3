from __future__ import annotations

from rooftree.db import Condition
from shop.accounts.models import User
from shop.orders.models import Order


def own_orders(user: User) -> Condition:
    """Everybody sees their own orders; who asks for others says why: ``Order.unscoped(...)``."""
    return Order.customer.is_(user)
