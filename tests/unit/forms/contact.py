"""A form and its data, which several files of tests use."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from rooftree import (
    Gt,
    Len,
    Schema,
    SchemaForm,
    field,
)
from rooftree.forms import (
    PasswordInput,
    Textarea,
)

__all__ = ["Contact", "ContactForm", "Single"]


class Contact(Schema):
    name: Annotated[str, Len(1, 20)]
    price: Annotated[Decimal, Gt(0)]
    count: int = 1
    note: str = "none"
    secret: Annotated[str, PasswordInput()] = ""
    news: bool = False


class ContactForm(SchemaForm[Contact], submit="Send"):
    name = field(help="As on your door.", placeholder="Anna", autocomplete="name")
    note = field(widget=Textarea())


class Single(Schema):
    one: int
