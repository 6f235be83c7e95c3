# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false
# SQLAlchemy is typed in part only: what its functions return is unknown to pyright.
"""From comparisons, IN and logic to SQLAlchemy elements."""

from __future__ import annotations

from typing import Any, cast

import msgspec
import sqlalchemy as sa

from rooftree.db.codecs import Encoder, encoder
from rooftree.db.expressions.base import Expression, Value
from rooftree.db.expressions.kinds import INTEGER, TEXT
from rooftree.db.expressions.select import Parameter
from rooftree.db.model_errors import QueryError
from rooftree.db.sql.compiler import ORDER_SIGNS, Compiler, limit_encoder, mirrored
from rooftree.db.types import ColumnType

__all__ = ["Comparisons"]


class Comparisons(Compiler):
    """Comparisons, membership, logic."""

    # ---- comparison

    def _compare(self, expression: Expression[Any]) -> Any:
        left, right = expression.parts
        self._meet(left, right)
        sign = ORDER_SIGNS[expression.op]
        if self.sqlite and "decimal" in {left.type.kind, right.type.kind}:
            return self._compare_scaled(expression.op, left, right)
        if left.type.kind in {"json", "array"} and self.sqlite and expression.op not in {"eq", "ne"}:
            raise QueryError(
                "Q213", f"{left!r} is {left.type.kind}, which SQLite cannot order.", "Compare a part of it: at()."
            )
        return sign(self.element(left), self.element(right))

    _lt = _le = _gt = _ge = _eq = _ne = _compare

    def _compare_scaled(self, op: str, left: Expression[Any], right: Expression[Any]) -> Any:
        """Compare decimals that are stored as scaled integers, exactly."""
        if "float" in {left.type.kind, right.type.kind}:
            return ORDER_SIGNS[op](self._as_real(left), self._as_real(right))
        for one, other, side in ((left, right, op), (right, left, mirrored(op))):
            if isinstance(other, (Parameter, Value)) and not isinstance(one, (Parameter, Value)):
                encode = limit_encoder(side, one.type.places or 0)
                return ORDER_SIGNS[side](self.element(one), self._bound(other, INTEGER, encode))
        places = max(left.type.places or 0, right.type.places or 0)
        return ORDER_SIGNS[op](self._scaled(left, places), self._scaled(right, places))

    def _is_null(self, expression: Expression[Any]) -> Any:
        return self.element(expression.parts[0]).is_(None)

    def _is_not_null(self, expression: Expression[Any]) -> Any:
        return self.element(expression.parts[0]).is_not(None)

    def _in(self, expression: Expression[Any]) -> Any:
        left, right = expression.parts
        self._meet(left, right)
        element = self.element(left)
        if self.binds is None:
            values = [self._value(Value(item, left.type)) for item in cast("Value[Any]", right).value]
            return element.in_(values) if expression.op == "in" else element.not_in(values)
        if not self.sqlite:
            array = self.element(right)
            return element == sa.func.any(array) if expression.op == "in" else element != sa.func.all(array)
        items = sa.func.json_each(self._bound(right, TEXT, _json_list_encoder(left.type))).table_valued("value")
        rows = sa.select(items.c.value)
        return element.in_(rows) if expression.op == "in" else element.not_in(rows)

    _not_in = _in

    def keys_in(self, columns: list[Any], types: list[ColumnType], keys: Expression[Any]) -> Any:
        """The condition that a key, perhaps of several columns, is one of a list of keys (tuples)."""
        parameter = cast("Parameter", keys)
        assert self.binds is not None  # noqa: S101 - only queries load relations
        if self.sqlite:
            listed = sa.func.json_each(self.binds.bind(parameter, TEXT, _keys_encoder(types))).table_valued("value")
            items = [
                sa.func.json_extract(listed.c.value, sa.literal_column(f"'$[{at}]'", sa.Text))
                for at in range(len(types))
            ]
            rows: Any = sa.select(*cast("Any", items))
        else:
            arrays = [
                self.binds.bind(parameter, ColumnType("array", list, item=type_), _nth_encoder(at, type_))
                for at, type_ in enumerate(types)
            ]
            if len(arrays) == 1:
                return columns[0] == sa.func.any(arrays[0])
            names = [f"k{at}" for at in range(len(types))]
            listed = sa.func.unnest(*arrays).table_valued(*names).render_derived()
            rows = sa.select(*listed.c)
        return columns[0].in_(rows) if len(columns) == 1 else sa.tuple_(*columns).in_(rows)

    def _keys_in(self, expression: Expression[Any]) -> Any:
        *columns, keys = expression.parts
        return self.keys_in([self.element(column) for column in columns], [column.type for column in columns], keys)

    # ---- logic

    def _and(self, expression: Expression[Any]) -> Any:
        return sa.and_(*[self.element(part) for part in expression.parts])

    def _or(self, expression: Expression[Any]) -> Any:
        return sa.or_(*[self.element(part) for part in expression.parts])

    def _not(self, expression: Expression[Any]) -> Any:
        return sa.not_(self.element(expression.parts[0]))


def _json_list_encoder(type_: ColumnType) -> Encoder:
    """Encode the values of IN as a JSON list (SQLite)."""
    if type_.kind == "bytes":
        raise QueryError("Q218", "in_() over bytes, which SQLite cannot read from a list.", "Join comparisons with |.")
    if type_.kind == "decimal":
        equal = limit_encoder("eq", type_.places or 0)
        return lambda values: msgspec.json.encode(
            [number for value in values if isinstance(number := equal(value), int)]
        ).decode()
    item = encoder(type_, "sqlite")
    return lambda values: msgspec.json.encode([item(value) for value in values]).decode()


def _keys_encoder(types: list[ColumnType]) -> Encoder:
    """Encode keys as a JSON list of lists (SQLite)."""
    encoders = [encoder(type_, "sqlite") for type_ in types]
    return lambda keys: msgspec.json.encode(
        [[encode(part) for encode, part in zip(encoders, key, strict=True)] for key in keys]
    ).decode()


def _nth_encoder(at: int, type_: ColumnType) -> Encoder:
    """Encode one column of keys as an array (PostgreSQL)."""
    encode = encoder(type_, "postgresql")
    return lambda keys: [encode(key[at]) for key in keys]
