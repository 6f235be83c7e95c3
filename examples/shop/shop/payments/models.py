from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from rooftree import Col, Model, Ref, col, now, ref
from rooftree.db import BareModel
from shop.orders.models import Order


class State(StrEnum):
    started = "started"
    paid = "paid"
    declined = "declined"
    refunding = "refunding"
    refunded = "refunded"
    refused = "refused"
    """The provider does not give it back: staff has to, in another way."""


class Reason(StrEnum):
    """Why a payment goes back."""

    none = ""
    twice = "twice"
    gone = "gone"
    amount = "amount"
    cancelled = "cancelled"


class Payment(Model, table="payments"):
    order: Ref[Order] = ref(on_delete="cascade")
    reference: Col[str] = col(max_length=80, unique=True)
    """What the provider calls it."""
    amount: Col[Decimal] = col(max_digits=10, decimal_places=2)
    state: Col[State] = col(default=State.started, index=True)
    reason: Col[Reason] = col(default=Reason.none)
    created_at: Col[datetime] = col(default=now)


class ProviderEvent(BareModel, table="provider_events"):
    """An event that was taken: the same one does nothing a second time."""

    id: Col[str] = col(primary=True, max_length=80)
    received_at: Col[datetime] = col(default=now)
