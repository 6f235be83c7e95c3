"""Values on their way to a driver and back, by the types of their columns.

An encoder takes a Python value to what the driver takes and refuses a value of another type, so nothing that a caller
sends reaches a database as something else than its column's type. A decoder takes what the driver returns
back; ``None`` stands for "as it is". Neither sees ``None`` values: nullable columns are handled around them.
"""

from __future__ import annotations

import enum
import typing
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, DecimalException
from ipaddress import ip_address
from typing import Any, Final, NoReturn
from uuid import UUID

import msgspec

from rooftree.db.drivers.capabilities import Dialect
from rooftree.db.types import ColumnType, ColumnTypeError, Kind

__all__ = ["Decoder", "Encoder", "decoder", "encoder", "to_decimal"]

Encoder = Callable[[Any], Any]
Decoder = Callable[[Any], Any]

_EXACT: Final = Context(prec=100)  # the application's own decimal context may round


def _refuse(expected: str, value: object) -> NoReturn:
    raise TypeError(f"Expected `{expected}`, got `{type(value).__name__}`")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        _refuse("str", value)
    if "\x00" in value:
        raise ValueError("Expected text without NUL characters, which PostgreSQL cannot hold")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError("Expected text that UTF-8 can write, got a lone surrogate") from None
    return str(value) if type(value) is not str else value


def _integer(value: Any) -> int:
    if value.__class__ is int and -(2**63) <= value < 2**63:
        return value
    if not isinstance(value, int) or isinstance(value, bool):
        _refuse("int", value)
    if not -(2**63) <= value < 2**63:
        raise ValueError("Expected `int` of 64 bits")
    return int(value)


def _float(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (float, int)):
        _refuse("float", value)
    if value != value:  # noqa: PLR0124 - only NaN is not itself
        raise ValueError("Expected `float`, got NaN, which no order can hold")
    try:
        return float(value)
    except OverflowError:
        raise ValueError("Expected `float`, got an int too large for one") from None


def _boolean(value: Any) -> bool:
    if value is True or value is False:
        return value
    _refuse("bool", value)


def to_decimal(value: Any) -> Decimal:
    """Take an int, a float by its shortest text, or a Decimal to a finite Decimal."""
    if isinstance(value, bool) or not isinstance(value, (Decimal, int, float)):
        _refuse("Decimal", value)
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        raise ValueError("Expected a finite `Decimal`")
    return number


def scaled(value: Any, places: int) -> int:
    """Take a number to the integer that stores it with ``places`` digits, rounded half away from zero."""
    try:
        number = int(to_decimal(value).scaleb(places, _EXACT).quantize(Decimal(1), ROUND_HALF_UP, _EXACT))
    except DecimalException:  # invalid, or an exponent beyond all digits
        raise ValueError("Expected `Decimal` of at most 18 digits on SQLite") from None
    if not -(10**18) < number < 10**18:
        raise ValueError("Expected `Decimal` of at most 18 digits on SQLite")
    return number


def _bytes(value: Any) -> bytes:
    if not isinstance(value, (bytes, bytearray, memoryview)):
        _refuse("bytes", value)
    return bytes(value)  # pyright: ignore[reportUnknownArgumentType] - of a memoryview of anything


def _date(value: Any) -> date:
    if not isinstance(value, date) or isinstance(value, datetime):
        _refuse("date", value)
    return value


def _time(value: Any) -> time:
    if not isinstance(value, time):
        _refuse("time", value)
    if value.tzinfo is not None:
        raise ValueError("Expected `time` without a zone")
    return value


def _moment(value: Any) -> datetime:
    if not isinstance(value, datetime):
        _refuse("datetime", value)
    if value.tzinfo is None:
        raise ValueError("Expected `datetime` with a zone")
    return value


def _moment_text(value: Any) -> str:
    moment = _moment(value)
    try:
        return (moment if moment.tzinfo is UTC else moment.astimezone(UTC)).isoformat(" ", "microseconds")
    except OverflowError:
        raise ValueError("Expected `datetime` within the years 1 to 9999 of UTC") from None


def _duration(value: Any) -> timedelta:
    if not isinstance(value, timedelta):
        _refuse("timedelta", value)
    return value


_MICROSECOND: Final = timedelta(microseconds=1)


def _uuid(value: Any) -> UUID:
    if not isinstance(value, UUID):
        _refuse("UUID", value)
    return value


def _ip_encoder(type_: ColumnType, dialect: Dialect) -> Encoder:
    python: Any = type_.python

    def encode(value: Any) -> object:
        if not isinstance(value, python):
            _refuse(type_.name.replace("ipaddress.", ""), value)
        return str(value) if dialect == "sqlite" else value

    return encode


def _json(value: Any) -> str:
    try:
        return msgspec.json.encode(value).decode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"Expected a value that JSON can hold: {error}") from None


def _enum_encoder(type_: ColumnType) -> Encoder:
    python: type[enum.Enum] = type_.python

    def encode(value: Any) -> object:
        if not isinstance(value, python):
            _refuse(python.__name__, value)
        return value.value

    return encode


_COMMON: Final[dict[Kind, Encoder]] = {
    "text": _text,
    "integer": _integer,
    "float": _float,
    "boolean": _boolean,
    "decimal": to_decimal,
    "bytes": _bytes,
    "date": _date,
    "time": _time,
    "datetime": _moment,
    "timedelta": _duration,
    "uuid": _uuid,
    "json": _json,
}
_SQLITE: Final[dict[Kind, Encoder]] = {
    **_COMMON,
    "date": lambda value: _date(value).isoformat(),
    "time": lambda value: _time(value).isoformat("microseconds"),
    "datetime": _moment_text,
    "timedelta": lambda value: _duration(value) // _MICROSECOND,
    "uuid": lambda value: str(_uuid(value)),
}


def encoder(type_: ColumnType, dialect: Dialect) -> Encoder:
    """Return what takes a Python value of this type to what the driver takes.

    The encoder raises TypeError or ValueError, in msgspec's grammar, for a value that is not of the type.
    """
    if type_.kind == "enum":
        return _enum_encoder(type_)
    if type_.kind == "array":
        return _array_encoder(type_, dialect)
    if type_.kind == "ip":
        return _ip_encoder(type_, dialect)
    if dialect == "sqlite" and type_.kind == "decimal" and type_.places is not None:
        places = type_.places
        return lambda value: scaled(value, places)
    return (_SQLITE if dialect == "sqlite" else _COMMON)[type_.kind]


def _array_encoder(type_: ColumnType, dialect: Dialect) -> Encoder:
    assert type_.item is not None  # noqa: S101 - column_type() gives every array its item
    item = encoder(type_.item, dialect)
    as_text = dialect == "sqlite"
    if as_text and type_.item.kind == "bytes":
        raise ColumnTypeError("SQLite keeps arrays as JSON, which cannot hold bytes")

    def encode(value: Any) -> object:
        if not isinstance(value, (list, tuple)):
            _refuse("list", value)
        items = [item(part) for part in typing.cast("list[Any]", value)]
        return msgspec.json.encode(items).decode() if as_text else items

    return encode


def decoder(type_: ColumnType, dialect: Dialect) -> Decoder | None:
    """Return what takes a driver's value back to Python; ``None`` where the driver's value is already right."""
    if type_.kind == "enum":
        members = {member.value: member for member in type_.python}
        return members.__getitem__
    if type_.kind == "json":
        return msgspec.json.Decoder(type_.python).decode
    if dialect == "postgresql":
        return None
    if type_.kind == "decimal":
        return _scaled_decoder(type_.places) if type_.places is not None else lambda value: Decimal(repr(value))
    if type_.kind == "array":
        return _array_decoder(type_)
    return _SQLITE_DECODERS.get(type_.kind)


def _scaled_decoder(places: int) -> Decoder:
    if places == 0:
        return Decimal

    def decode(value: int) -> Decimal:
        return Decimal(value).scaleb(-places, _EXACT)

    return decode


def _array_decoder(type_: ColumnType) -> Decoder:
    assert type_.item is not None  # noqa: S101 - column_type() gives every array its item
    item = decoder(type_.item, "sqlite")
    parse = msgspec.json.decode
    if item is None:
        return parse
    return lambda value: [item(part) for part in parse(value)]


_SQLITE_DECODERS: Final[dict[Kind, Decoder]] = {
    "boolean": bool,
    "float": float,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "datetime": datetime.fromisoformat,
    "timedelta": lambda value: timedelta(microseconds=value),
    "uuid": UUID,
    "ip": ip_address,
}
