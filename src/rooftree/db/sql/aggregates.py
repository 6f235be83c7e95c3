# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false
# SQLAlchemy is typed in part only: what its functions return is unknown to pyright.
"""From aggregates and windows to SQLAlchemy elements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import sqlalchemy as sa

from rooftree.db.expressions.base import Expression, Ordering
from rooftree.db.expressions.windows import Frame
from rooftree.db.model_errors import QueryError
from rooftree.db.sql.compiler import Compiler
from rooftree.db.sql.types import Stored

__all__ = ["Aggregates"]


_Window = tuple[int, int, Frame | None]


class Aggregates(Compiler):
    """Aggregates and windows."""

    # ---- aggregates and windows

    def _aggregate(self, expression: Expression[Any]) -> Any:
        name, distinct, filtered, window = cast(
            "tuple[str, bool, bool, tuple[int, int, Frame | None] | None]", expression.data
        )
        parts = list(expression.parts)
        order: list[Any] = []
        partition: list[Any] = []
        frame: Frame | None = None
        if window is not None:
            partitions, orders, frame = window
            split = len(parts) - partitions - orders
            partition = [self.element(part) for part in parts[split : split + partitions]]
            order = [self.ordering(_unwrapped(part)) for part in parts[split + partitions :]]
            parts = parts[:split]
        condition = self.element(parts.pop()) if filtered else None
        inner = [_unwrapped(part) for part in parts if part.op == "ordered"]
        parts = parts[: len(parts) - len(inner)]

        framed = {} if frame is None else {frame[0]: frame[1:]}

        def narrowed(function: Any) -> Any:
            if condition is not None:
                function = function.filter(condition)
            return (
                function
                if window is None
                else function.over(partition_by=partition or None, order_by=order or None, **framed)
            )

        if inner:
            return narrowed(self._joined(parts, inner))
        return self._function_of(name, parts, expression, narrowed, distinct=distinct)

    def _joined(self, parts: list[Expression[Any]], order: list[Ordering]) -> Any:
        """Texts joined in an order, which aggregates of SQLite have from 3.44 on."""
        text, separator = (self.element(part) for part in parts)
        if not self.sqlite:
            steps = [self.ordering(step) for step in order]
            return sa.func.string_agg(text, separator, type_=sa.Text).aggregate_order_by(*steps)
        how = "".join(
            [step.direction[0] + (step.nulls or ("first" if step.direction == "desc" else "last"))[0] for step in order]
        )
        keys = [self.element(step.expression) for step in order]
        return sa.func.rooftree_join(text, separator, sa.literal_column(f"'{how}'", sa.Text), *keys, type_=sa.Text)

    def _function_of(
        self,
        name: str,
        parts: list[Expression[Any]],
        expression: Expression[Any],
        narrowed: Callable[[Any], Any],
        *,
        distinct: bool,
    ) -> Any:
        elements: list[Any] = [self.element(part) for part in parts]
        kind = expression.type.kind
        if name == "count" and not elements:
            return narrowed(sa.func.count())
        if name == "avg" and self.sqlite and kind == "decimal":
            shift = sa.literal_column(str((expression.type.places or 0) - (parts[0].type.places or 0)), sa.Integer)
            total, number = narrowed(sa.func.sum(elements[0])), narrowed(sa.func.count(elements[0]))
            return sa.func.rooftree_divide(total, number, shift, type_=sa.Integer)
        if name == "sum" and not self.sqlite and kind == "integer":  # sum(bigint) is numeric there
            return sa.cast(narrowed(sa.func.sum(elements[0])), sa.BigInteger)
        if name == "avg" and not self.sqlite and kind == "float":
            elements = [sa.cast(elements[0], sa.Double)]
        if name in {"lag", "lead"}:  # the value and its default are of one type
            elements[::2] = [self.assigned(part, expression.type) for part in parts[::2]]
        if name in {"ntile", "lag", "lead"}:  # PostgreSQL takes a number of rows as integer only
            at = 0 if name == "ntile" else 1
            elements[at] = sa.cast(elements[at], sa.Integer)
        if name == "string_agg" and self.sqlite:
            name = "group_concat"
        if name in {"min", "max"} and not self.sqlite and parts[0].type.kind in {"boolean", "uuid"}:
            raise QueryError("Q215", f"PostgreSQL has no {name} of {parts[0].type.kind}.", "Use cast() first.")
        if distinct:
            elements[0] = elements[0].distinct()
        return narrowed(getattr(sa.func, name)(*elements, type_=Stored(expression.type)))

    def _ordered(self, expression: Expression[Any]) -> Any:
        return self.ordering(_unwrapped(expression))


def _unwrapped(part: Expression[Any]) -> Ordering:
    direction, nulls = cast("tuple[Any, Any]", part.data)
    return Ordering(part.parts[0], direction, nulls)
