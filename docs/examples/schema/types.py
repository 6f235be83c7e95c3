from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from rooftree.schema import Fault, Ge, Gt, Invalid, Len, Private, Schema, decoder, describe, encoder, validate


class Owner(Schema):
    email: Annotated[str, Len(3, 80)]


class NewItem(Schema):
    name: Annotated[str, Len(1, 80)]
    price: Annotated[Decimal, Gt(0)]
    since: Annotated[date, Ge(date(2020, 1, 1))] | None = None
    tags: list[str] = []
    owner: Owner | None = None


class User(Schema):
    name: str
    password_hash: Annotated[str, Private] = ""


def read(raw: bytes) -> NewItem:
    return decoder(NewItem).json(raw)


def problems(raw: bytes) -> Sequence[Fault]:
    try:
        decoder(NewItem).json(raw)
    except Invalid as invalid:
        return invalid.errors
    return []


def from_form(form: dict[str, list[str]]) -> NewItem:
    return decoder(NewItem).strings(form)


class OwnerOut(Schema):
    email: str


@dataclasses.dataclass
class Account:
    email: str
    password: str


def show(account: Account) -> bytes:
    return encoder(OwnerOut).json(account)  # the password stays here


def checked(name: str, price: Decimal) -> NewItem:
    return validate(NewItem(name=name, price=price))


def schema() -> dict[str, Any]:
    return describe(NewItem)
