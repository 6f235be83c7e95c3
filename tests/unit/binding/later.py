"""Handlers whose annotations cannot be read at run time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal


def price(amount: Decimal) -> str:
    return str(amount)


def total() -> list[Decimal]:
    return []
