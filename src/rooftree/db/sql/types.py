# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false
# SQLAlchemy is typed in part only: what its functions return is unknown to pyright.
"""Column types for SQLAlchemy: what each database calls them, and the same encoders and decoders as everywhere else."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine.interfaces import Dialect as CoreDialect
from sqlalchemy.types import TypeEngine

from rooftree.db.codecs import Encoder, decoder, encoder
from rooftree.db.drivers.capabilities import Dialect
from rooftree.db.types import ColumnType

__all__ = ["ScaledInteger", "Stored", "enum_name", "nullable_encoder"]


def enum_name(type_: ColumnType) -> str:
    """The name of an enumeration as a type of the database: ``OrderState`` -> ``order_state``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", type_.name).lower()


def nullable_encoder(encode: Encoder) -> Encoder:
    """Let ``None`` through an encoder."""
    return lambda value: None if value is None else encode(value)


class ScaledInteger(sa.types.UserDefinedType[int]):
    """What SQLite keeps a Decimal in: ``SCALED INTEGER(10, 2)`` holds 9.90 as 990.

    SQLite reads ``INT`` in the name and keeps integers, which are exact (documentation, "Datatypes In SQLite", 3.1).
    The numbers tell us, and whoever looks at the table, where the point stands.

    Args:
        digits: All digits.
        places: Those behind the point.
    """

    cache_ok: bool | None = True

    def __init__(self, digits: int, places: int) -> None:
        self.digits = digits
        self.places = places

    def get_col_spec(self, **_: Any) -> str:
        """Return the type as DDL."""
        return f"SCALED INTEGER({self.digits}, {self.places})"


class Stored(sa.types.TypeDecorator[Any]):
    """A column type in SQLAlchemy's terms.

    Args:
        column_type: What the column holds.
        bind: Whether it is the type of a parameter: then it has neither length nor scale, because a cast to either
            changes the value in silence.
    """

    impl: Any = sa.types.NullType
    cache_ok: bool | None = True

    def __init__(self, column_type: ColumnType, *, bind: bool = False) -> None:
        super().__init__()
        self.column_type = column_type
        self.bind = bind
        self.impl = _neutral(column_type, bind=bind)

    def load_dialect_impl(self, dialect: CoreDialect) -> TypeEngine[Any]:
        """Return what the database calls this type."""
        native = _native(self.column_type, cast("Dialect", dialect.name), bind=self.bind)
        return dialect.type_descriptor(native)

    def copy(self, **_: Any) -> Stored:
        """Return the same type again."""
        return Stored(self.column_type, bind=self.bind)

    def coerce_compared_value(self, op: Any, value: Any) -> Any:
        """Return the type of what is compared with a column of this one."""
        return super().coerce_compared_value(op, value) if self.column_type.kind == "json" else self

    def bind_processor(self, dialect: CoreDialect) -> Callable[[Any], Any]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Return what encodes a parameter."""
        return nullable_encoder(encoder(self.column_type, cast("Dialect", dialect.name)))

    def result_processor(self, dialect: CoreDialect, coltype: object) -> Callable[[Any], Any] | None:  # pyright: ignore[reportIncompatibleMethodOverride]  # noqa: ARG002 - SQLAlchemy's
        """Return what decodes a result."""
        decode = decoder(self.column_type, cast("Dialect", dialect.name))
        return None if decode is None else lambda value: None if value is None else decode(value)

    def literal_processor(self, dialect: CoreDialect) -> Callable[[Any], str]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Return what writes a value into DDL."""
        encode = encoder(self.column_type, cast("Dialect", dialect.name))
        return lambda value: "NULL" if value is None else _literal(encode(value))

    @property
    def python_type(self) -> type:
        """The Python type of its values."""
        return cast("type", self.column_type.python)


def _literal(value: Any) -> str:
    """Write an encoded value into DDL, where no parameters can stand."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (datetime, date, time)):
        value = value.isoformat()
    if isinstance(value, timedelta):
        value = f"{value.total_seconds()} seconds"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, bytes):
        return f"X'{value.hex()}'"
    if isinstance(value, (int, float)) or hasattr(value, "is_finite"):
        return str(value)
    raise TypeError(f"DDL takes no {type(value).__name__}")


def _neutral(type_: ColumnType, *, bind: bool) -> TypeEngine[Any]:
    """The type that gives SQLAlchemy's own expressions their operators."""
    if type_.kind == "json":
        return sa.JSON()
    if type_.kind == "array" and type_.item is not None:
        return postgresql.ARRAY(_neutral(type_.item, bind=bind))
    return _native(type_, "postgresql", bind=bind) if type_.kind != "ip" else sa.Text()


def _native(type_: ColumnType, dialect: Dialect, *, bind: bool) -> TypeEngine[Any]:
    if type_.kind == "enum":
        return _enum(type_, dialect, bind=bind)
    if type_.kind == "array":
        assert type_.item is not None  # noqa: S101 - column_type() gives every array its item
        return postgresql.ARRAY(_native(type_.item, dialect, bind=True)) if dialect == "postgresql" else sa.Text()
    if type_.kind == "text":
        return sa.String(type_.max_length) if type_.max_length is not None and not bind else sa.Text()
    if type_.kind == "decimal":
        return _decimal(type_, dialect, bind=bind)
    return (_POSTGRES if dialect == "postgresql" else _SQLITE)[type_.kind]()


def _decimal(type_: ColumnType, dialect: Dialect, *, bind: bool) -> TypeEngine[Any]:
    if bind or type_.digits is None or type_.places is None:
        return sa.Numeric() if dialect == "postgresql" else sa.Integer()
    numeric = sa.Numeric if dialect == "postgresql" else ScaledInteger
    return numeric(type_.digits, type_.places)


def _enum(type_: ColumnType, dialect: Dialect, *, bind: bool) -> TypeEngine[Any]:
    values = [member.value for member in type_.python]
    if not isinstance(values[0], str):
        return sa.BigInteger() if dialect == "postgresql" else sa.Integer()
    if type_.native and dialect == "postgresql":
        return postgresql.ENUM(*values, name=enum_name(type_), create_type=False)
    return sa.Text() if bind else sa.String(max(len(value) for value in values))


_POSTGRES: dict[str, Callable[[], TypeEngine[Any]]] = {
    "integer": sa.BigInteger,
    "float": sa.Double,
    "boolean": sa.Boolean,
    "bytes": sa.LargeBinary,
    "date": sa.Date,
    "time": sa.Time,
    "datetime": lambda: sa.TIMESTAMP(timezone=True),
    "timedelta": sa.Interval,
    "uuid": sa.Uuid,
    "json": postgresql.JSONB,
    "ip": postgresql.INET,
}
_SQLITE: dict[str, Callable[[], TypeEngine[Any]]] = {
    "integer": sa.Integer,
    "float": sa.REAL,
    "boolean": lambda: sa.Boolean(create_constraint=False),
    "bytes": sa.LargeBinary,
    "date": sa.Text,
    "time": sa.Text,
    "datetime": sa.Text,
    "timedelta": sa.Integer,
    "uuid": sa.Text,
    "json": sa.Text,
    "ip": sa.Text,
}
