"""From an instance to the parameters of a write: every value checked by its column's rules and encoded, in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import UNSET

from rooftree.db.drivers.capabilities import Dialect
from rooftree.db.expressions.evaluate import failed_checks
from rooftree.db.model_errors import ColumnProblem, RowInvalid
from rooftree.db.rules import Check, checks_of, problem_of
from rooftree.db.table import ColumnInfo, TableInfo
from rooftree.db.types import Decoder, Encoder, decoder, encoder

__all__ = ["RowCodec", "codec_of"]


class ColumnCodec:
    """How one column's values are checked, encoded and decoded for one database."""

    __slots__ = ("checks", "column", "decode", "encode", "name", "nullable", "position")

    def __init__(self, column: ColumnInfo, dialect: Dialect) -> None:
        self.column = column
        self.name = column.name
        self.position = column.position
        self.nullable = column.nullable
        self.encode: Encoder = encoder(column.type, dialect)
        self.decode: Decoder | None = decoder(column.type, dialect)
        self.checks: tuple[Check, ...] = checks_of(column)

    def taken(self, value: Any, problems: list[ColumnProblem]) -> Any:
        """Check a value and encode it; what is wrong goes to ``problems``."""
        if value is None or value is UNSET:
            if value is None and self.nullable:
                return None
            problems.append(problem_of(self.column, "missing", "A value is missing"))
            return None
        try:
            encoded = self.encode(value)
        except (TypeError, ValueError, OverflowError) as error:
            problems.append(problem_of(self.column, "type", str(error)))
            return None
        for check in self.checks:
            problem = check(value)
            if problem is not None:
                problems.append(problem)
                break
        return encoded

    def loaded(self, raw: Any) -> Any:
        """Decode what a driver returned."""
        return raw if raw is None or self.decode is None else self.decode(raw)


class RowCodec:
    """The codecs of one table's columns for one database."""

    __slots__ = ("by_name", "columns", "info")

    def __init__(self, info: TableInfo, dialect: Dialect) -> None:
        self.info = info
        self.columns = tuple(ColumnCodec(column, dialect) for column in info.columns)
        self.by_name = {codec.name: codec for codec in self.columns}

    def encoded(self, instance: Any, columns: Sequence[ColumnCodec]) -> list[Any]:
        """Check and encode some columns of an instance, and check what concerns the whole row.

        Raises:
            RowInvalid: with everything that is wrong.
        """
        problems: list[ColumnProblem] = []
        found = [codec.taken(getattr(instance, codec.name), problems) for codec in columns]
        if not problems:
            problems.extend(failed_checks(self.info, instance))
        if problems:
            raise RowInvalid(self.info.model, problems)
        return found

    def changed(self, instance: Any, row: Sequence[Any]) -> list[ColumnCodec]:
        """The columns whose value is no longer the one loaded."""
        return [codec for codec in self.columns if getattr(instance, codec.name) != codec.loaded(row[codec.position])]


def codec_of(info: TableInfo, dialect: Dialect) -> RowCodec:
    """Return the codec of a table, made once."""
    key = ("codec", dialect)
    found: RowCodec | None = info.plans.get(key)
    if found is None:
        found = info.plans[key] = RowCodec(info, dialect)
    return found
