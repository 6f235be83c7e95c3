from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from secrets import choice

from rooftree import Col, Many, Model, Ref, Text, _, col, many, now, ref
from shop.accounts.models import User
from shop.orders.address import Address
from shop.products.models import Product
from shop.words import spoken


class Status(StrEnum):
    waiting = "waiting"
    paid = "paid"
    packed = "packed"
    sent = "sent"
    expired = "expired"
    cancelled = "cancelled"

    @property
    def label(self) -> Text:
        return LABELS[self]


LABELS = {
    Status.waiting: _("Waiting for payment"),
    Status.paid: _("Paid"),
    Status.packed: _("Packed"),
    Status.sent: _("On its way"),
    Status.expired: _("Expired"),
    Status.cancelled: _("Cancelled"),
}
NEXT: dict[Status, tuple[Status, ...]] = {
    Status.waiting: (Status.cancelled,),
    Status.paid: (Status.packed, Status.cancelled),
    Status.packed: (Status.sent, Status.cancelled),
}
"""The steps that staff may take; payment and expiry happen by themselves."""


def new_number() -> str:
    return "A-" + "".join(choice("23456789ABCDEFGHJKLMNPQRSTUVWXYZ") for _place in range(8))


class Order(Model, table="orders"):
    number: Col[str] = col(max_length=12, unique=True, default=new_number)
    customer: Ref[User] = ref(on_delete="restrict")
    key: Col[str] = col(max_length=64, unique=True, private=True)
    """What tells one order from the same one sent twice."""
    status: Col[Status] = col(default=Status.waiting, index=True)
    delivery: Col[Address] = col()
    invoice: Col[Address | None] = col(default=None)
    goods: Col[Decimal] = col(max_digits=10, decimal_places=2, ge=0)
    shipping: Col[Decimal] = col(max_digits=8, decimal_places=2, ge=0)
    language: Col[str] = col(max_length=5, default="en")
    created_at: Col[datetime] = col(default=now, index=True)
    pay_until: Col[datetime] = col()
    paid_at: Col[datetime | None] = col(default=None)
    lines: Many[OrderLine] = many(by="order")

    @property
    def total(self) -> Decimal:
        return self.goods + self.shipping

    @property
    def steps(self) -> tuple[Status, ...]:
        return NEXT.get(self.status, ())


class OrderLine(Model, table="order_lines"):
    """What was ordered, as it was called and priced then."""

    order: Ref[Order] = ref(on_delete="cascade")
    product: Ref[Product] = ref(on_delete="restrict")
    name_en: Col[str] = col(max_length=80)
    name_de: Col[str] = col(max_length=80)
    price: Col[Decimal] = col(max_digits=8, decimal_places=2, ge=0)
    amount: Col[int] = col(gt=0)

    @property
    def name(self) -> str:
        return spoken(self.name_en, self.name_de)

    @property
    def total(self) -> Decimal:
        return self.price * self.amount
