from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from secrets import token_urlsafe

from rooftree import Col, Model, col, now


class State(StrEnum):
    open = "open"
    paid = "paid"
    declined = "declined"
    refunded = "refunded"


def new_id() -> str:
    return token_urlsafe(16)


class Payment(Model, table="provider_payments"):
    token: Col[str] = col(max_length=40, unique=True, default=new_id)
    reference: Col[str] = col(max_length=80)
    amount: Col[Decimal] = col(max_digits=10, decimal_places=2, gt=0)
    currency: Col[str] = col(max_length=3)
    return_url: Col[str] = col(max_length=400)
    notify_url: Col[str] = col(max_length=400)
    state: Col[State] = col(default=State.open)
    created_at: Col[datetime] = col(default=now)


class Delivery(Model, table="provider_deliveries"):
    """An event on its way to the shop: sent again, later and later, until it is taken."""

    event: Col[str] = col(max_length=40, unique=True, default=new_id)
    url: Col[str] = col(max_length=400)
    body: Col[str] = col()
    tries: Col[int] = col(default=0)
    due_at: Col[datetime] = col(default=now)
    done: Col[bool] = col(default=False, index=True)
