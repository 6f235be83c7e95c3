"""What a database calls a type, as the Python type of a model's column."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from rooftree.db.drivers.capabilities import Dialect
from rooftree.db.migrations.state import ColumnState, ConstraintState

__all__ = ["ColumnSource", "enum_values", "type_source"]

_POSTGRES: Final = {
    "bigint": "int", "integer": "int", "smallint": "int", "double precision": "float", "real": "float",
    "boolean": "bool", "text": "str", "character varying": "str", "citext": "str", "bytea": "bytes", "date": "date",
    "time without time zone": "time", "timestamp with time zone": "datetime", "interval": "timedelta", "uuid": "UUID",
    "jsonb": "Any", "json": "Any", "inet": "IPv4Address | IPv6Address",
}  # fmt: skip
_LITERAL: Final = re.compile(r"'((?:[^']|'')*)'")


@dataclass
class ColumnSource:
    """A column as a model says it: its annotation without ``None``, and the options of ``col()`` as source."""

    annotation: str
    options: dict[str, str] = field(default_factory=dict[str, str])


def type_source(column: ColumnState, dialect: Dialect) -> ColumnSource | None:
    """Return how a model says a type; ``None`` where no column of a model holds it."""
    name, sizes = re.sub(r"\(.*?\)", "", column.type), re.findall(r"\d+", column.type.partition("(")[2])
    if dialect == "sqlite":
        return _sqlite(name.strip().upper(), sizes)
    if name.endswith("[]"):
        item = _POSTGRES.get(name[:-2])
        return ColumnSource(f"list[{item}]") if item is not None and item != "Any" else None
    if name == "numeric":
        digits, places = sizes or ["38", "10"]
        return ColumnSource("Decimal", {"max_digits": digits, "decimal_places": places})
    found = _POSTGRES.get(name)
    if found is None:
        return None
    return ColumnSource(found, {"max_length": sizes[0]} if found == "str" and sizes else {})


def _sqlite(name: str, sizes: list[str]) -> ColumnSource:
    """By the rules of SQLite's column affinity (documentation, "Datatypes In SQLite", 3.1)."""
    if name in {"BOOLEAN", "BOOL"}:
        return ColumnSource("bool")
    if name == "SCALED INTEGER" and len(sizes) == 2:
        return ColumnSource("Decimal", {"max_digits": sizes[0], "decimal_places": sizes[1]})
    if "INT" in name:
        return ColumnSource("int")
    if any(word in name for word in ("CHAR", "CLOB", "TEXT", "DATE", "TIME", "JSON", "UUID")):
        return ColumnSource("str", {"max_length": sizes[0]} if sizes else {})
    if "BLOB" in name or not name:
        return ColumnSource("bytes")
    return ColumnSource("float")


def enum_values(column: ColumnState, constraints: dict[str, ConstraintState]) -> list[str] | list[int] | None:
    """Return the values that a check of the models' own kind allows a column, and take that check out."""
    for key, constraint in constraints.items():
        if constraint.kind != "check" or not constraint.name.endswith(f"_{column.name}_enum"):
            continue
        text = constraint.definition.text
        words = [literal.replace("''", "'") for literal in _LITERAL.findall(text)]
        numbers = [int(number) for number in re.findall(r"(?<![\w'])-?\d+", _LITERAL.sub("", text))]
        del constraints[key]
        return words or numbers
    return None
