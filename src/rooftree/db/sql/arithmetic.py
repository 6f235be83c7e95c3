# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false
# SQLAlchemy is typed in part only: what its functions return is unknown to pyright.
"""From arithmetic, casts and choices to SQLAlchemy elements."""

from __future__ import annotations

from typing import Any, cast

import sqlalchemy as sa

from rooftree.db.expressions.base import Expression, Value
from rooftree.db.sql.compiler import Compiler
from rooftree.db.sql.types import Stored
from rooftree.db.types import ColumnType

__all__ = ["Arithmetic"]


class Arithmetic(Compiler):
    """Arithmetic, casts, choices and plain functions."""

    # ---- arithmetic

    def _arithmetic(self, expression: Expression[Any]) -> Any:
        left, right = expression.parts
        kinds = (left.type.kind, right.type.kind)
        if "datetime" in kinds and self.sqlite:
            return self._shifted(expression)
        if self.sqlite and expression.type.kind == "decimal":
            return self._scaled_arithmetic(expression)
        one, two = self.element(left), self.element(right)
        if expression.op in {"div", "mod"} and not self.sqlite and not (isinstance(right, Value) and right.value):
            two = sa.func.nullif(two, sa.literal_column("0"), type_=two.type)  # NULL, as on SQLite
        match expression.op:
            case "add":
                return one + two
            case "sub":
                return one - two
            case "mul":
                return one * two
            case "mod":
                return one % two
            case _:
                if kinds == ("integer", "integer"):
                    one = sa.cast(one, sa.REAL if self.sqlite else sa.Double)
                return _divided(one, two)

    _add = _sub = _mul = _div = _mod = _arithmetic

    def _scaled_arithmetic(self, expression: Expression[Any]) -> Any:
        left, right = expression.parts
        places = expression.type.places or 0
        if expression.op in {"add", "sub"}:
            one, two = self._scaled(left, places), self._scaled(right, places)
            return one + two if expression.op == "add" else one - two
        own, other = left.type.places or 0, right.type.places or 0
        one, two = self._scaled(left, own), self._scaled(right, other)
        if expression.op == "mul":
            return sa.func.rooftree_multiply(one, two, type_=sa.Integer)
        shift = sa.literal_column(str(places + other - own), sa.Integer)
        return sa.func.rooftree_divide(one, two, shift, type_=sa.Integer)

    def _shifted(self, expression: Expression[Any]) -> Any:
        left, right = (self.element(part) for part in expression.parts)
        if expression.type.kind == "timedelta":
            return sa.func.rooftree_span(left, right, type_=sa.Integer)
        return sa.func.rooftree_shift(
            left, right if expression.op == "add" else sa.literal_column("-1", sa.Integer) * right, type_=sa.Text
        )

    def _neg(self, expression: Expression[Any]) -> Any:
        return -self.element(expression.parts[0])

    # ---- casts, choices, functions

    def _cast(self, expression: Expression[Any]) -> Any:
        source, to = expression.parts[0], expression.type
        if self.sqlite and "decimal" in {source.type.kind, to.kind}:
            return self._cast_decimal(source, to)
        return sa.cast(self.element(source), Stored(to, bind=True))

    def _cast_decimal(self, source: Expression[Any], to: ColumnType) -> Any:
        if to.kind == "decimal":
            if source.type.kind in {"decimal", "integer"}:
                return self._scaled(source, to.places or 0)
            scale = sa.literal_column(f"1e{to.places or 0}", sa.REAL)
            return sa.cast(sa.func.round(sa.cast(self.element(source), sa.REAL) * scale), sa.Integer)
        if to.kind == "integer":
            return self._scaled(source, 0)
        if to.kind == "float":
            return self._as_real(source)
        places = sa.literal_column(str(source.type.places or 0), sa.Integer)
        return sa.func.rooftree_decimal_text(self.element(source), places, type_=sa.Text)

    def _case(self, expression: Expression[Any]) -> Any:
        *pairs, otherwise = expression.parts
        whens = [
            (self.element(condition), self.assigned(value, expression.type))
            for condition, value in zip(pairs[::2], pairs[1::2], strict=True)
        ]
        return sa.case(*whens, else_=self.assigned(otherwise, expression.type))

    def _one(self, _: Expression[Any]) -> Any:
        return sa.literal_column("1", sa.Integer)

    def _null(self, _: Expression[Any]) -> Any:
        return sa.null()

    def _coalesce(self, expression: Expression[Any]) -> Any:
        return sa.func.coalesce(*[self.assigned(part, expression.type) for part in expression.parts])

    def _abs(self, expression: Expression[Any]) -> Any:
        return sa.func.abs(self.element(expression.parts[0]))

    def _round(self, expression: Expression[Any]) -> Any:
        source, places = expression.parts[0], cast("int", expression.data[0])
        if self.sqlite and source.type.kind == "decimal":
            return self._scaled(source, places)
        digits = sa.literal_column(str(places), sa.Integer)
        element = self.element(source)
        if not self.sqlite and source.type.kind == "float":
            return sa.cast(sa.func.round(sa.cast(element, sa.Numeric), digits), sa.Double)
        return sa.func.round(element, digits)

    def _now(self, _: Expression[Any]) -> Any:
        if self.sqlite:
            return sa.literal_column("strftime('%Y-%m-%d %H:%M:%f000+00:00', 'now')", sa.Text)
        return sa.func.now()


def _divided(one: Any, two: Any) -> Any:
    return one / two
