"""Whether a column can hold a value at all: asked before a query is made of what came from outside."""

from __future__ import annotations

from typing import Any

from rooftree.db.codecs import encoder
from rooftree.db.expressions.base import Expression

__all__ = ["unfit"]


def unfit(expression: Expression[Any], value: Any) -> str:
    """Return why a value can be compared with an expression in no database; `""` where it can.

    The text is in msgspec's grammar: "Expected `int` of 64 bits".
    """
    try:
        encoder(expression.type, "sqlite")(value)
    except (TypeError, ValueError, OverflowError) as error:
        return str(error)
    return ""
