"""What a model says about its table, as plain data: queries and the compiler read this and never a model class."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any, Final, Literal, cast

import msgspec

from rooftree.db.types import ColumnType

__all__ = [
    "MISSING",
    "ColumnInfo",
    "ManyInfo",
    "OnDelete",
    "ReferenceInfo",
    "Role",
    "Rules",
    "TableInfo",
    "info_of",
]

OnDelete = Literal["restrict", "cascade", "set null", "set default", "no action"]
Role = Literal["plain", "version", "deleted"]


class Missing(msgspec.Struct, frozen=True):
    """The absence of a value where ``None`` is a value."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = Missing()


class Rules(msgspec.Struct, frozen=True):
    """The constraints of one column, written once and read by validation, shapes, forms and the database."""

    ge: Any = None
    gt: Any = None
    le: Any = None
    lt: Any = None
    multiple_of: Any = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    format: Literal["email", "url", "slug"] | None = None
    max_digits: int | None = None
    decimal_places: int | None = None


class ColumnInfo:
    """One column.

    Attributes:
        name: The attribute on the model.
        column: The name in the database.
        annotation: The Python type as declared, with ``None`` where it may be that.
        nullable: Whether it may be ``None``.
        primary: Whether it is part of the key.
        position: Its place in a loaded row: columns that need a value stand first, as in the constructor.
        declared: Its place in the table, as written in the model.
        default: The value of a new row; ``MISSING`` where there is none.
        factory: What makes the value of a new row, instead of ``default``.
        on_update: What makes the value of every changed row.
        automatic: Whether the database gives the value (an identity key, a database default, a generated column).
        database_default: A SQL expression, as text, of the value that the database gives.
        generated: A SQL expression, as text, that the database computes from other columns; never written.
        private: Whether it stays out of shapes, forms, logs and ``repr`` unless named.
        role: ``"version"`` for the optimistic lock, ``"deleted"`` for soft delete.
        reference: The reference whose key this column holds.
    """

    __slots__ = (
        "_type", "annotation", "automatic", "column", "database_default", "declared", "default", "doc", "factory",
        "generated", "index", "name", "nullable", "on_update", "position", "primary", "private", "reference", "role",
        "rules", "table", "unique",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        type: ColumnType | None,
        *,
        annotation: Any,
        column: str | None = None,
        nullable: bool = False,
        primary: bool = False,
        unique: bool = False,
        index: bool = False,
        default: Any = MISSING,
        factory: Callable[[], Any] | None = None,
        on_update: Callable[[], Any] | None = None,
        automatic: bool = False,
        database_default: str | None = None,
        generated: str | None = None,
        private: bool = False,
        role: Role = "plain",
        rules: Rules | None = None,
        doc: str = "",
    ) -> None:
        self.name = name
        self.column = name if column is None else column
        self._type = type
        self.annotation = annotation
        self.nullable = nullable
        self.primary = primary
        self.unique = unique
        self.index = index
        self.default = default
        self.factory = factory
        self.on_update = on_update
        self.automatic = automatic
        self.database_default = database_default
        self.generated = generated
        self.private = private
        self.role: Role = role
        self.rules = rules or Rules()
        self.doc = doc
        self.position = -1
        self.declared = -1
        self.reference: ReferenceInfo | None = None
        self.table: TableInfo | None = None

    @property
    def type(self) -> ColumnType:
        """What it holds, without ``None``; of a reference's column, what the other key holds."""
        if self._type is None:
            assert self.reference is not None  # noqa: S101 - only a reference's columns are made without a type
            self._type = self.reference.target_column(self).type
        return self._type

    @property
    def has_default(self) -> bool:
        """Whether a new row needs no value given."""
        return self.default is not MISSING or self.factory is not None or self.automatic or self.generated is not None

    def make_default(self) -> Any:
        """Return the value of a new row where none was given; ``MISSING`` where the database gives it."""
        return self.factory() if self.factory is not None else self.default

    def __repr__(self) -> str:
        owner = self.table.model if self.table is not None else "?"
        return f"<column {owner}.{self.name}>"


class ReferenceInfo:
    """A reference to one row of another table (a foreign key).

    Attributes:
        name: The attribute on the model.
        columns: The columns here that hold the key, in the order of ``target.key``.
        nullable: Whether there may be none.
        unique: Whether no two rows refer to the same one (one to one).
        on_delete: What the database does here when the other row is deleted.
        target: The other table.
    """

    __slots__ = (
        "_find_target",
        "_target",
        "columns",
        "doc",
        "index",
        "name",
        "nullable",
        "on_delete",
        "position",
        "primary",
        "unique",
    )

    def __init__(
        self,
        name: str,
        find_target: Callable[[], TableInfo],
        *,
        nullable: bool,
        on_delete: OnDelete,
        unique: bool = False,
        primary: bool = False,
        index: bool = True,
        doc: str = "",
    ) -> None:
        self.name = name
        self.nullable = nullable
        self.on_delete: OnDelete = on_delete
        self.unique = unique
        self.primary = primary
        self.index = index
        self.doc = doc
        self.columns: tuple[ColumnInfo, ...] = ()
        self.position = -1
        self._find_target = find_target
        self._target: TableInfo | None = None

    @property
    def target(self) -> TableInfo:
        """The other table; found when first asked for, so that models may be declared in any order."""
        if self._target is None:
            self._target = self._find_target()
        return self._target

    def target_column(self, column: ColumnInfo) -> ColumnInfo:
        """Return the column of the other key that a column here holds."""
        return self.target.key[self.columns.index(column)]

    def __repr__(self) -> str:
        return f"<reference {self.name}>"


class ManyInfo:
    """The many rows on the other side of a relation.

    Attributes:
        name: The attribute on the model.
        by: The reference on the other table that leads here; empty for many to many.
        through: The table between, for many to many, with the references to here (``source``) and there (``via``).
    """

    __slots__ = ("_links", "_resolve", "by", "name", "owner", "position")

    def __init__(self, name: str, by: str, resolve: Callable[[ManyInfo], ManyLinks]) -> None:
        self.name = name
        self.by = by
        self.position = -1
        self.owner: TableInfo | None = None
        self._resolve = resolve
        self._links: ManyLinks | None = None

    @property
    def links(self) -> ManyLinks:
        """How the two tables meet; found when first asked for."""
        if self._links is None:
            self._links = self._resolve(self)
        return self._links

    @property
    def target(self) -> TableInfo:
        """The table of the many rows."""
        return self.links.target

    def __repr__(self) -> str:
        return f"<many {self.name}>"


class ManyLinks(msgspec.Struct, frozen=True, eq=False):
    """How a table meets its many.

    Attributes:
        target: The table of the many rows.
        source: The reference that leads back to the owner: on ``target`` for one to many, on ``through`` otherwise.
        through: The table between, for many to many.
        via: The reference of ``through`` that leads to ``target``.
    """

    target: TableInfo
    source: ReferenceInfo
    through: TableInfo | None = None
    via: ReferenceInfo | None = None


class TableInfo:
    """One table: its columns, relations and rules, and how to make an instance from a row.

    Attributes:
        model: The name of the model, for errors.
        name: The table's name in the database.
        schema: The schema that holds it, where the database has schemas.
        columns: In the order of a loaded row.
        key: The columns of the primary key.
        version: The column of the optimistic lock.
        deleted: The column of soft delete.
        database: The name of the database that has it, where an application has several.
        made: The columns whose value the database makes, always or where none is given.
        derived: Whether its rows are what a query gives: there is no such table in the database.
        serial: A number that grows with each table made.
        references: The relations to one row.
        manys: The relations to many rows.
        make: Makes an instance from the values of its columns, then its references, then its manys (``UNSET`` where
            not loaded), without validation.
        own: The table's columns as expressions, by their names.
        plans: The compiled statements of this table's query shapes, kept by the compiler.
        rows: The query for all of its rows, as data: what every other begins with.
        constraints: Returns the constraints that the model's ``constraints()`` names; a function, because they may name
            tables that are declared later.
    """

    __slots__ = (
        "__weakref__", "_by_name", "columns", "constraints", "core", "database", "deleted", "derived", "hooks", "key",
        "made", "make", "manys", "model", "module", "name", "own", "place", "plans", "qualname", "references", "rows",
        "schema", "serial", "version",
    )  # fmt: skip

    def __init__(
        self,
        model: str,
        name: str,
        columns: Sequence[ColumnInfo],
        references: Sequence[ReferenceInfo],
        manys: Sequence[ManyInfo],
        *,
        schema: str | None = None,
        module: str = "",
        qualname: str = "",
        place: str | None = None,
        derived: bool = False,
        database: str = "default",
    ) -> None:
        self.model = model
        self.database = database
        self.name = name
        self.derived = derived
        self.schema = schema
        self.module = module
        self.qualname = qualname or model
        self.place = place
        self.columns = tuple(columns)
        self.references = tuple(references)
        self.manys = tuple(manys)
        self.version = next((column for column in columns if column.role == "version"), None)
        self.deleted = next((column for column in columns if column.role == "deleted"), None)
        self.made = tuple(column for column in columns if column.automatic or column.generated is not None)
        self.make: Callable[..., Any] = _no_maker
        self.own: dict[str, Any] = {}
        self.plans: dict[Any, Any] = {}
        self.rows: Any = None
        self.core: Any = None
        self.hooks: Any = None
        self.serial = next(_serials)
        self.constraints: Callable[[], Sequence[Any]] = tuple
        self._by_name: dict[str, ColumnInfo | ReferenceInfo | ManyInfo] = {}
        parts: list[ColumnInfo | ReferenceInfo | ManyInfo] = [*self.columns, *self.references, *self.manys]
        for position, part in enumerate(parts):
            part.position = position
            self._by_name[part.name] = part
        for column in self.columns:
            column.table = self
            if column.declared < 0:
                column.declared = column.position
        in_order = sorted(self.columns, key=lambda column: column.declared)
        self.key = tuple(column for column in in_order if column.primary)
        for many in self.manys:
            many.owner = self

    def find(self, name: str) -> ColumnInfo | ReferenceInfo | ManyInfo | None:
        """Return the column or relation of this name, or ``None``."""
        return self._by_name.get(name)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns and relations."""
        return tuple(self._by_name)

    def __repr__(self) -> str:
        return f"<table {self.name} of {self.model}>"


def info_of(instance: object) -> TableInfo:
    """Return the table of a model's instance."""
    found: TableInfo = cast("Any", type(instance)).__table_info__
    return found


_serials: Final = itertools.count()


def _no_maker(*_: Any) -> Any:
    raise AssertionError("a table's maker is set when its model is made")
