# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false
# SQLAlchemy is typed in part only: what its functions return is unknown to pyright.
"""What every part of the compiler of expressions shares: the scope, the parameters, scaled decimals."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, DecimalException
from typing import Any, Final, Self, cast

import sqlalchemy as sa

from rooftree.db.codecs import Encoder, encoder, to_decimal
from rooftree.db.drivers.capabilities import Dialect
from rooftree.db.expressions.base import Expression, Ordering, Value
from rooftree.db.expressions.columns import Column
from rooftree.db.expressions.select import Parameter
from rooftree.db.model_errors import QueryError
from rooftree.db.sql.binds import Binds
from rooftree.db.sql.dialects import Element, core_dialect
from rooftree.db.sql.scope import Scope
from rooftree.db.sql.types import Stored
from rooftree.db.table import TableInfo
from rooftree.db.types import ColumnType

__all__ = ["ORDER_SIGNS", "Compiler", "limit_encoder", "mirrored"]

_EXACT: Final = Context(prec=100)
ORDER_SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "lt": lambda left, right: left < right,
    "le": lambda left, right: left <= right,
    "gt": lambda left, right: left > right,
    "ge": lambda left, right: left >= right,
    "eq": lambda left, right: left == right,
    "ne": lambda left, right: left != right,
}


class Compiler:
    """Compiles expressions within one scope.

    Args:
        scope: Where columns are found.
        binds: Where parameters are named; none in DDL, where values are written out.
        dialect: The database.
        subselect: Compiles a query inside an expression.
    """

    def __init__(
        self,
        scope: Scope,
        binds: Binds | None,
        dialect: Dialect,
        subselect: Callable[[Any, Scope], Element] | None = None,
    ) -> None:
        self.scope = scope
        self.binds = binds
        self.dialect: Dialect = dialect
        self.subselect = subselect
        self.sqlite = dialect == "sqlite"
        self.has_places = False  # whether what is selected can be named by its place
        self._groups: dict[object, Element] = {}

    @classmethod
    def for_ddl(cls, info: TableInfo, table: Element, dialect: Dialect) -> Self:
        """Return a compiler of checks and indexes: over one table, values written out."""
        return cls(Scope(info, table, lambda _: table, can_join=False), None, dialect)

    def condition(self, expression: Expression[Any]) -> Any:
        """Compile a condition."""
        return self.element(expression)

    def ordering(self, step: Expression[Any] | Ordering) -> Any:
        """Compile one step of an order. NULL sorts on every database as on PostgreSQL: last, or first with desc()."""
        expression = step.expression if isinstance(step, Ordering) else step
        element = self.element(expression)
        descending = isinstance(step, Ordering) and step.direction == "desc"
        nulls = step.nulls if isinstance(step, Ordering) else None
        element = element.desc() if descending else element.asc()
        if nulls is None and self.sqlite and _may_be_null(expression):
            nulls = "first" if descending else "last"
        if nulls is None:
            return element
        return element.nulls_first() if nulls == "first" else element.nulls_last()

    def ddl_text(self, expression: Expression[Any]) -> str:
        """Compile to text with values written out."""
        element = self.element(expression)
        return str(
            element.compile(
                dialect=core_dialect(self.dialect), compile_kwargs={"literal_binds": True, "include_table": False}
            )
        )

    def element(self, expression: Expression[Any]) -> Any:
        """Compile any expression.

        Raises:
            QueryError: the database has nothing for it.
        """
        if isinstance(expression, Column):
            return self.scope.column(expression)
        method = getattr(self, f"_{expression.op}", None)
        if method is None:
            raise QueryError("Q211", f"{expression!r} cannot stand here.", "Use it in the query that it was made for.")
        return method(expression)

    # ---- values

    def _parameter(self, expression: Parameter) -> Any:
        assert self.binds is not None  # noqa: S101 - DDL has values, queries have parameters
        return self.binds.bind(expression)

    def _same_as(self, expression: Expression[Any]) -> Any:
        if not self.has_places:
            return self.element(expression.parts[0])
        return sa.literal_column(str(cast("int", expression.data[0]) + 1), Stored(expression.type, bind=True))

    def _grouped(self, expression: Expression[Any]) -> Any:
        """What the query groups by: compiled once, so that its values are the same parameters everywhere."""
        place = expression.data[0]
        if place not in self._groups:
            self._groups[place] = self.element(expression.parts[0])
        return self._groups[place]

    def _value(self, expression: Value[Any]) -> Any:
        return sa.literal(expression.value, Stored(expression.type, bind=True))

    def _bound(self, expression: Expression[Any], type_: ColumnType, encode: Encoder) -> Any:
        """Compile a value that is encoded in a way of its own."""
        if isinstance(expression, Parameter) and self.binds is not None:
            return self.binds.bind(expression, type_, encode)
        if isinstance(expression, Value):
            encoded = encode(expression.value)
            return sa.literal(encoded, sa.Integer() if isinstance(encoded, int) else sa.Text())
        raise QueryError("Q212", f"A plain value was wanted, got {expression!r}.", "Pass the value itself.")

    def _meet(self, left: Expression[Any], right: Expression[Any]) -> None:
        """Say what the next value meets, for the error where it does not fit."""
        if self.binds is not None:
            self.binds.meeting = repr(right if isinstance(left, Parameter) else left)

    # ---- decimals as scaled integers

    def _scaled(self, expression: Expression[Any], places: int) -> Any:
        """Compile a number as an integer scaled to so many places (SQLite)."""
        own = expression.type.places or 0
        if isinstance(expression, (Parameter, Value)):
            type_ = ColumnType("decimal", Decimal, places=places)
            return self._bound(expression, type_, encoder(type_, "sqlite"))
        element = self.element(expression)
        if places > own:
            return element * sa.literal_column(str(10 ** (places - own)), sa.Integer)
        if places < own:
            return sa.func.rooftree_round(element, sa.literal_column(str(own - places), sa.Integer), type_=sa.Integer)
        return element

    def _as_real(self, expression: Expression[Any]) -> Any:
        element = self.element(expression)
        if expression.type.kind != "decimal":
            return element
        return element / sa.literal_column(f"1e{expression.type.places or 0}", sa.REAL)

    def assigned(self, expression: Expression[Any], column: ColumnType) -> Any:
        """Compile what a column is set to; a decimal is brought to the column's places."""
        if self.sqlite and column.kind == "decimal" and column.places is not None:
            if expression.type.kind == "float":
                raise QueryError("Q214", f"{expression!r} is float, and the column is Decimal.", "Use cast(Decimal).")
            return self._scaled(expression, column.places)
        return self.element(expression)


def _may_be_null(expression: Expression[Any]) -> bool:
    return not isinstance(expression, Column) or expression.nullable


def mirrored(op: str) -> str:
    """Return the comparison that says the same with its sides exchanged."""
    return {"lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}.get(op, op)


def limit_encoder(op: str, places: int) -> Encoder:
    """Encode the limit of a comparison with a scaled integer: ``price < 9.904`` is ``price < 991`` in cents."""
    rounding = {"lt": ROUND_CEILING, "ge": ROUND_CEILING, "le": ROUND_FLOOR, "gt": ROUND_FLOOR}.get(op)

    def encode(value: Any) -> object:
        try:
            number = to_decimal(value).scaleb(places, _EXACT)
        except DecimalException:
            raise ValueError("Expected `Decimal` of fewer digits") from None
        whole = number.to_integral_value(rounding or ROUND_FLOOR)
        if rounding is None and whole != number:
            return "between two numbers"  # equals no integer, and differs from each
        if abs(whole) >= 2**63:
            return float(whole)  # beyond every stored number; SQLite compares int and float exactly
        return int(whole)

    return encode
