"""SQL of one's own: text with named parameters, and expressions of SQLAlchemy Core, on the same connection."""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Sequence
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Final,
    Generic,
    LiteralString,
    TypeVar,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

import msgspec

from rooftree.db.codecs import Decoder, decoder, encoder
from rooftree.db.drivers.capabilities import Dialect
from rooftree.db.expressions.columns import Column
from rooftree.db.expressions.kinds import type_of_value
from rooftree.db.habits import put_habits_on_sql
from rooftree.db.model_errors import QueryError
from rooftree.db.query.operation import Operation
from rooftree.db.statement import Kind, Statement
from rooftree.db.types import ColumnType, ColumnTypeError, column_type, split_optional

if TYPE_CHECKING:
    import sqlalchemy as sa

__all__ = ["CoreQuery", "RawQuery", "core", "sql"]

R = TypeVar("R")

# What may hold a colon that is no parameter: quoted text and names, dollar-quoted text, comments, casts.
_TOKENS: Final = re.compile(
    r"""(?P<skip>'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$|--[^\n]*|/\*.*?\*/|::)|:(?P<name>[A-Za-z_]\w*)""",
    re.DOTALL,
)
_READS: Final = frozenset({"select", "values", "with", "explain", "table"})
_WRITES: Final = frozenset({"insert", "update", "delete", "merge", "replace"})
_SCHEMA: Final = frozenset({"create", "alter", "drop", "truncate", "comment", "grant", "revoke", "reindex"})
_WRITING: Final = re.compile(
    r"\b(?:insert|update|delete|merge|replace|nextval|setval|for\s+(?:no\s+key\s+)?(?:update|share))\b", re.IGNORECASE
)
_SESSION: Final = re.compile(
    r"\b(?:set_config|pg_(?:try_)?advisory|dblink|load_extension|temp(?:orary)?)", re.IGNORECASE
)
_MOST_TEXTS: Final = 500
_texts: dict[tuple[str, Dialect], tuple[Statement, tuple[str, ...]]] = {}


def _parsed(text: str, dialect: Dialect) -> tuple[Statement, tuple[str, ...]]:
    """Turn ``:name`` into the database's placeholders; return the statement and the names in their order."""
    found = _texts.get((text, dialect))
    if found is not None:
        return found
    names: list[str] = []

    def placed(match: re.Match[str]) -> str:
        name = match["name"]
        if name is None:
            return match[0]
        if dialect == "sqlite":
            names.append(name)
            return "?"
        if name not in names:
            names.append(name)
        return f"${names.index(name) + 1}"

    made = _TOKENS.sub(placed, text)
    statement = _statement(made)
    if len(_texts) >= _MOST_TEXTS:
        _texts.clear()
    _texts[text, dialect] = (statement, tuple(names))
    return _texts[text, dialect]


def _statement(text: str) -> Statement:
    plain = _TOKENS.sub(" ", text).strip()
    first = re.match(r"\(*\s*(\w+)", plain)
    if not first:
        raise QueryError("Q247", "sql() was given no statement.", "Write one.")
    word = first[1].lower()
    if ";" in plain.rstrip("; \n\t"):
        raise QueryError("Q240", "sql() was given several statements.", "Run them one by one, in a transaction.")
    if word in _READS:
        kind: Kind = "write" if _WRITING.search(plain) else "read"
        return Statement(text, kind, returns_rows=True, changes_session=bool(_SESSION.search(plain)))
    if word in _WRITES:
        returns = re.search(r"\breturning\b", plain, re.IGNORECASE) is not None
        return Statement(text, "write", returns_rows=returns, changes_session=bool(_SESSION.search(plain)))
    if word in _SCHEMA:
        return Statement(text, "ddl", returns_rows=False, prepare=False, changes_session=bool(_SESSION.search(plain)))
    return Statement(
        text, "write", returns_rows=word in {"pragma", "show", "call"}, prepare=False, changes_session=True
    )


def _encoded(name: str, value: Any, dialect: Dialect) -> object:
    if value is None:
        return None
    if isinstance(value, (list, tuple)):
        values = cast("Sequence[Any]", value)
        return (
            [_encoded(name, item, dialect) for item in values]
            if dialect == "postgresql"
            else msgspec.json.encode(values).decode()
        )
    type_ = type_of_value(value)
    if dialect == "sqlite" and type_.kind == "decimal":
        raise QueryError(
            "Q241",
            f"The parameter {name!r} of sql() is a Decimal, and SQLite stores decimals as scaled integers.",
            "Pass the integer that is stored, or ask by a query.",
        )
    if isinstance(value, enum.Enum):
        return value.value
    try:
        return encoder(type_, dialect)(value)
    except (TypeError, ValueError) as error:
        raise QueryError(
            "Q201", f"The parameter {name!r} of sql() does not fit: {error}.", "Convert it first."
        ) from None


class _RowReader:
    """Makes results of one type from rows, by position."""

    def __init__(self, row: Any, dialect: Dialect) -> None:
        self.make: Callable[..., Any]
        hints = get_type_hints(row, include_extras=True) if isinstance(row, type) and not _is_scalar(row) else {}
        if get_origin(row) is tuple:
            self.fields = [(str(at), annotation) for at, annotation in enumerate(get_args(row), 1)]
            self.make = lambda *values: values
        elif hints:
            self.fields = list(hints.items())
            self.make = row
        else:
            self.fields = [("value", row)]
            self.make = _itself
        self.readers = [_reader(annotation, dialect) for _, annotation in self.fields]

    def read(self, rows: Sequence[Any]) -> list[Any]:
        if rows and len(rows[0]) != len(self.fields):
            raise QueryError(
                "Q242",
                f"sql() selects {len(rows[0])} columns, and its result has {len(self.fields)} fields.",
                "Make them the same, in the same order.",
            )
        return [self.make(*[self._value(at, raw) for at, raw in enumerate(row)]) for row in rows]

    def _value(self, at: int, raw: Any) -> Any:
        decode, nullable, annotation = self.readers[at]
        if raw is None:
            if nullable:
                return None
            raise QueryError(
                "Q243",
                f"sql() found NULL where {self.fields[at][0]!r} must have a value.",
                "Write `| None` in its type.",
            )
        try:
            value = raw if decode is None else decode(raw)
            return msgspec.convert(value, annotation)
        except (msgspec.MsgspecError, ValueError, TypeError, KeyError) as error:
            raise QueryError(
                "Q244",
                f"sql() found {type(raw).__name__} for {self.fields[at][0]!r}: {error}.",
                "Change the type, or cast in SQL.",
            ) from None


def _itself(value: Any) -> Any:
    return value


def _is_scalar(row: type) -> bool:
    try:
        return column_type(row).kind != "json"
    except ColumnTypeError:
        return False


def _reader(annotation: Any, dialect: Dialect) -> tuple[Decoder | None, bool, Any]:
    """How values of one field are read: by its type, or a column's beside it: ``Annotated[Decimal, Product.price]``."""
    extra = get_args(annotation)[1:] if get_origin(annotation) is Annotated else ()
    inner, nullable = split_optional(get_args(annotation)[0] if extra else annotation)
    type_: ColumnType = next((part.type for part in extra if isinstance(part, Column)), None) or column_type(inner)
    if dialect == "sqlite" and type_.kind == "decimal" and not any(isinstance(part, Column) for part in extra):
        raise QueryError(
            "Q245",
            "A Decimal of sql() on SQLite, which stores decimals as scaled integers.",
            "Name its column: Annotated[Decimal, Product.price].",
        )
    return decoder(type_, dialect), nullable, inner


class RawQuery(Operation[list[R]], Generic[R]):
    """A statement of one's own, and the type of its rows."""

    __slots__ = ("_parameters", "_row", "_text")

    def __init__(self, row: Any, text: str, parameters: dict[str, Any]) -> None:
        super().__init__()
        self._row = row
        self._text = text
        self._parameters = parameters

    async def run(self) -> list[R]:
        """Run it.

        Raises:
            QueryError: a parameter is missing or too many, or a row does not fit the type.
        """
        database = self._found()
        statement, names = _parsed(self._text, database.dialect)
        given = self._parameters
        if set(names) != set(given):
            missing, unknown = sorted(set(names) - set(given)), sorted(set(given) - set(names))
            fact = (
                f"sql() names :{missing[0]} and was not given it"
                if missing
                else f"sql() was given {unknown[0]!r} and does not name it"
            )
            raise QueryError("Q246", f"{fact}.", "Give each parameter by its name.")
        parameters = [_encoded(name, given[name], database.dialect) for name in names]
        if not statement.returns_rows:
            await database.execute(statement, parameters)
            return []
        return _RowReader(self._row, database.dialect).read(await database.fetch(statement, parameters))

    def __repr__(self) -> str:
        return "<sql>"


put_habits_on_sql(RawQuery)


def sql(row: type[R], text: LiteralString, /, **parameters: Any) -> RawQuery[R]:
    """Run SQL of one's own.

    ``await sql(Row, "select name, stock from products where stock < :limit", limit=10)``

    Args:
        row: What each row becomes, by position: a Struct, a dataclass, a NamedTuple, ``tuple[str, int]``, or the
            type of the only column. Of a statement that returns nothing the list is empty.
        text: The SQL. It is a literal: values go in by ``:name`` and nothing else, so nothing that came in from outside
            can become SQL. Type checkers refuse an f-string.
        parameters: The values, by name.
    """
    return RawQuery(row, text, parameters)


class CoreQuery(Operation[list[tuple[Any, ...]]]):
    """A statement of SQLAlchemy Core."""

    __slots__ = ("_statement",)

    def __init__(self, statement: Any) -> None:
        super().__init__()
        self._statement = statement

    async def run(self) -> list[tuple[Any, ...]]:
        """Run it."""
        from rooftree.db.sql.core import compile_core

        database = self._found()
        statement, parameters, readers = compile_core(self._statement, database.dialect)
        if not statement.returns_rows:
            await database.execute(statement, parameters)
            return []
        rows = await database.fetch(statement, parameters)
        return [
            tuple([raw if read is None else read(raw) for read, raw in zip(readers, row, strict=True)]) for row in rows
        ]

    def __repr__(self) -> str:
        return "<core>"


def core(statement: sa.Executable) -> CoreQuery:
    """Run an expression of SQLAlchemy Core over the table of a model.

    ``await core(select(Product.table.c.name))``
    """
    return CoreQuery(statement)
