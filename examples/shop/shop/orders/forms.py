from __future__ import annotations

from typing import Annotated

from rooftree import Len, Schema, SchemaForm, _, field
from rooftree.forms import HiddenInput
from shop.orders.address import Address


class Checkout(Schema):
    key: Annotated[str, Len(1, 64), HiddenInput()]
    delivery: Address
    elsewhere: bool = False
    invoice: Address | None = None


class CheckoutForm(SchemaForm[Checkout], id="checkout", submit=_("Order and pay")):
    delivery = field(label=_("Where do we send it?"), autocomplete="shipping")
    elsewhere = field(label=_("The invoice goes to another address"))
    invoice = field(
        label=_("Where do we send the invoice?"), autocomplete="billing", when={"elsewhere": True}, required=True
    )
