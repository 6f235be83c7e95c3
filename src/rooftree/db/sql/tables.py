# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownLambdaType=false
# SQLAlchemy is typed in part only: what its functions return is unknown to pyright.
"""From TableInfo to SQLAlchemy tables, and to the statements that create them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable, sort_tables_and_constraints
from sqlalchemy.sql.elements import quoted_name

from rooftree.db.drivers.capabilities import CAPABILITIES, Dialect
from rooftree.db.expressions.base import Expression, Ordering
from rooftree.db.expressions.columns import Column
from rooftree.db.expressions.constraints import Check, Index, Search, Unique
from rooftree.db.expressions.paths import columns_named
from rooftree.db.model_errors import ModelError, leads_elsewhere
from rooftree.db.sql.dialects import Element, core_dialect
from rooftree.db.sql.elements import ElementCompiler
from rooftree.db.sql.search import fts_statements, search_document, search_name
from rooftree.db.sql.types import Stored, enum_name
from rooftree.db.table import ColumnInfo, ReferenceInfo, TableInfo

__all__ = ["create_statements", "drop_statements", "metadata_of", "table_of"]

_MAX_NAME = 63
_MAX_SQLITE_DIGITS = 18
_SEARCHES = "rooftree searches"  # in Table.info: the names and statements of tables of words (SQLite)


def constraint_name(*parts: str) -> str:
    """Join the parts of a constraint's name; one too long for PostgreSQL keeps its head and ends in a hash."""
    name = "_".join(parts)
    if len(name) <= _MAX_NAME:
        return name
    return f"{name[:54]}_{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def table_of(info: TableInfo, dialect: Dialect) -> Element:
    """Return the SQLAlchemy table of a model; all tables that it refers to, directly or not, are made with it."""
    found: Element | None = (info.core or {}).get(dialect)
    if found is not None:
        return found
    metadata = sa.MetaData()
    _build([info], dialect, metadata)
    return info.core[dialect]


def metadata_of(infos: Iterable[TableInfo], dialect: Dialect) -> sa.MetaData:
    """Return one MetaData that holds these tables, the tables between of their many to many, and all they refer to.

    Raises:
        ModelError: two models use one table name, or one needs what the database lacks.
    """
    by_name: dict[tuple[str | None, str], TableInfo] = {}
    waiting = list(infos)
    while waiting:
        info = waiting.pop()
        if info.derived:
            raise ModelError("M203", f"{info.model} is what a query gives and has no table.", "Ask a concrete model.")
        other = by_name.setdefault((info.schema, info.name), info)
        if other is not info:
            raise ModelError(
                "M206",
                f"{other.module}.{other.qualname} and {info.module}.{info.qualname} both use the table {info.name!r}.",
                "Give one of them another: class ...(Model, table=...).",
            )
        for reference in info.references:
            if reference.target.database != info.database:
                target = reference.target
                raise leads_elsewhere(f"{info.model}.{reference.name}", info.database, target.model, target.database)
        neighbours = [reference.target for reference in info.references]
        neighbours += [many.links.through for many in info.manys if many.links.through is not None]
        waiting.extend(
            neighbour for neighbour in neighbours if by_name.get((neighbour.schema, neighbour.name)) is not neighbour
        )
    metadata = sa.MetaData()
    _build(sorted(by_name.values(), key=lambda info: info.serial), dialect, metadata, keep=False)
    return metadata


def _build(infos: Sequence[TableInfo], dialect: Dialect, metadata: sa.MetaData, *, keep: bool = True) -> None:
    """Make the tables first and their foreign keys after, so that references may run in circles."""
    made: dict[TableInfo, Element] = {}
    waiting = list(infos)
    while waiting:
        info = waiting.pop(0)
        if info in made:
            continue
        known = (info.core or {}).get(dialect) if keep else None
        if known is not None:
            made[info] = known
            continue
        made[info] = _table(info, dialect, metadata)
        waiting.extend(reference.target for reference in info.references)
    for info, table in made.items():
        if keep and (info.core or {}).get(dialect) is table:
            continue
        for reference in info.references:
            table.append_constraint(_foreign_key(info, reference, made))
        if keep:
            info.core = {**(info.core or {}), dialect: table}
        _add_constraints(info, table, dialect)


# ---- columns


def _table(info: TableInfo, dialect: Dialect, metadata: sa.MetaData) -> Element:
    columns = [_column(info, column, dialect) for column in sorted(info.columns, key=lambda column: column.declared)]
    key = sa.PrimaryKeyConstraint(*[column.column for column in info.key], name=constraint_name("pk", info.name))
    counted = any(column.primary and column.automatic and column.database_default is None for column in info.columns)
    options: dict[str, Any] = {"sqlite_autoincrement": True} if counted and len(info.key) == 1 else {}
    return sa.Table(quoted_name(info.name, quote=True), metadata, *columns, key, schema=info.schema, **options)


def _column(info: TableInfo, column: ColumnInfo, dialect: Dialect) -> sa.Column[Any]:
    type_ = column.type
    if dialect == "sqlite" and type_.kind == "decimal" and (type_.digits or 0) > _MAX_SQLITE_DIGITS:
        raise ModelError(
            "M301",
            f"{info.model}.{column.name} has max_digits={type_.digits}, and SQLite keeps at most "
            f"{_MAX_SQLITE_DIGITS} exactly.",
            f"Lower max_digits to {_MAX_SQLITE_DIGITS}, or use PostgreSQL.",
        )
    extra: list[Any] = []
    counted = column.automatic and column.database_default is None
    if counted and dialect == "postgresql":
        extra.append(sa.Identity())
    if column.generated is not None:
        extra.append(sa.Computed(column.generated, persisted=True))
    return sa.Column(
        quoted_name(column.column, quote=True),  # each database has words of its own that cannot stand unquoted
        Stored(type_),
        *extra,
        nullable=column.nullable,
        autoincrement=counted,
        server_default=sa.text(f"({column.database_default})") if column.database_default is not None else None,
    )


def _foreign_key(info: TableInfo, reference: ReferenceInfo, made: dict[TableInfo, Element]) -> sa.ForeignKeyConstraint:
    target = made[reference.target]
    names = [column.column for column in reference.columns]
    if len(names) != len(reference.target.key):
        raise ModelError(
            "M120",
            f"{info.model}.{reference.name} has the columns {names}, and the key of {reference.target.model} has "
            f"{len(reference.target.key)}.",
            "Name one for each: ref(columns=(...)).",
        )
    return sa.ForeignKeyConstraint(
        names,
        [target.c[column.column] for column in reference.target.key],
        name=constraint_name("fk", info.name, *names),
        ondelete=None if reference.on_delete == "no action" else reference.on_delete.upper(),
    )


# ---- constraints


def _add_constraints(info: TableInfo, table: Element, dialect: Dialect) -> None:
    for column in info.columns:
        if column.unique and not column.primary:
            name = constraint_name("uq", info.name, column.column)
            table.append_constraint(sa.UniqueConstraint(table.c[column.column], name=name))
        elif column.index and not column.primary:
            sa.Index(constraint_name("ix", info.name, column.column), table.c[column.column])
        _add_rules(info, table, column, dialect)
    for reference in info.references:
        names = [column.column for column in reference.columns]
        if len(names) > 1 and reference.unique:
            table.append_constraint(sa.UniqueConstraint(*names, name=constraint_name("uq", info.name, *names)))
        elif (len(names) > 1 and reference.index and not reference.primary) or (
            reference.primary and info.key[: len(names)] != reference.columns
        ):
            sa.Index(constraint_name("ix", info.name, *names), *[table.c[name] for name in names])
    for constraint in info.constraints():
        if isinstance(constraint, Unique):
            _add_unique(info, table, constraint, dialect)
        elif isinstance(constraint, Check):
            element = ElementCompiler.for_ddl(info, table, dialect).condition(constraint.condition)
            table.append_constraint(sa.CheckConstraint(element, name=constraint_name("ck", info.name, constraint.name)))
        elif isinstance(constraint, Search):
            _add_search(info, table, constraint, dialect)
        else:
            _add_index(info, table, constraint, dialect)


_SIGNS = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}


def _add_rules(info: TableInfo, table: Element, column: ColumnInfo, dialect: Dialect) -> None:
    """The rules of one column as checks of the database, named after the column and the rule."""
    element = table.c[column.column]
    checks: dict[str, Any] = {}
    for rule, sign in _SIGNS.items():
        limit = getattr(column.rules, rule)
        if limit is not None:
            checks[rule] = element.op(sign)(sa.literal(limit, Stored(column.type, bind=True)))
    rules = column.rules
    if column.type.kind == "text":
        if rules.min_length is not None:
            checks["min_length"] = sa.func.length(element) >= sa.literal(rules.min_length, sa.Integer)
        if rules.max_length is not None and dialect == "sqlite":
            checks["max_length"] = sa.func.length(element) <= sa.literal(rules.max_length, sa.Integer)
    if column.type.kind == "enum" and not (column.type.native and dialect == "postgresql"):
        values = [sa.literal(member, Stored(column.type, bind=True)) for member in column.type.python]
        checks["enum"] = element.in_(values)
    if column.type.choices:
        checks["choice"] = element.in_([sa.literal(text, sa.Text()) for text in column.type.choices])
    for rule, check in checks.items():
        table.append_constraint(sa.CheckConstraint(check, name=constraint_name("ck", info.name, column.column, rule)))


def _columns_of(info: TableInfo, parts: Iterable[Any]) -> list[ColumnInfo]:
    def refuse(part: Any) -> ModelError:
        return ModelError("M207", f"A constraint of {info.model} names {part!r}.", f"Name {info.model}'s own columns.")

    return columns_named(info, parts, refuse)


def _add_unique(info: TableInfo, table: Element, unique: Unique, dialect: Dialect) -> None:
    names = [column.column for column in _columns_of(info, unique.columns)]
    name = unique.name or constraint_name("uq", info.name, *names)
    if unique.where is None:
        table.append_constraint(sa.UniqueConstraint(*names, name=name))
        return
    where = ElementCompiler.for_ddl(info, table, dialect).condition(unique.where)
    sa.Index(name, *[table.c[n] for n in names], unique=True, sqlite_where=where, postgresql_where=where)


def _add_index(info: TableInfo, table: Element, index: Index, dialect: Dialect) -> None:
    compiler = ElementCompiler.for_ddl(info, table, dialect)
    parts: list[Any] = []
    names: list[str] = []
    for part in index.columns:
        expression = part.expression if isinstance(part, Ordering) else part
        if isinstance(expression, Expression) and not isinstance(expression, Column):
            if index.name is None:
                raise ModelError(
                    "M208",
                    f"An index of {info.model} over {expression!r} has no name.",
                    "Give it one: Index(..., name=...).",
                )
            parts.append(sa.text(_indexed(part, compiler.ddl_text(expression), dialect)))
            continue
        for column in _columns_of(info, [expression]):
            names.append(column.column)
            element: Any = table.c[column.column]
            parts.append(element.desc() if isinstance(part, Ordering) and part.direction == "desc" else element)
    options: dict[str, Any] = {}
    if index.where is not None:
        where = compiler.condition(index.where)
        options = {"sqlite_where": where, "postgresql_where": where}
    if index.include and CAPABILITIES[dialect].covering_index == "native":
        options["postgresql_include"] = [column.column for column in _columns_of(info, index.include)]
    made = sa.Index(index.name or constraint_name("ix", info.name, *names), *parts, unique=index.unique, **options)
    if made.table is None:
        made._set_parent(table)  # pyright: ignore[reportPrivateUsage]


def _indexed(part: Expression[Any] | Ordering, text: str, dialect: Dialect) -> str:
    """An expression in an index, in parentheses that PostgreSQL needs around all but calls, and its direction."""
    text = f"({text})"
    if isinstance(part, Ordering):
        text += " DESC" if part.direction == "desc" else ""
        text += f" NULLS {part.nulls.upper()}" if part.nulls is not None and dialect == "postgresql" else ""
    return text


def _add_search(info: TableInfo, table: Element, search: Search, dialect: Dialect) -> None:
    if dialect == "sqlite":
        table.info.setdefault(_SEARCHES, []).append((search_name(info, search), fts_statements(info, search)))
        return
    document = search_document(info, search, table).compile(
        dialect=core_dialect(dialect), compile_kwargs={"literal_binds": True, "include_table": False}
    )
    made = sa.Index(search_name(info, search), sa.text(f"({document})"), postgresql_using="gin")
    made._set_parent(table)  # pyright: ignore[reportPrivateUsage]


# ---- DDL


def create_statements(
    infos: Iterable[TableInfo], dialect: Dialect, existing: Collection[tuple[str | None, str]] = ()
) -> list[str]:
    """Return the DDL that creates these tables, in an order that works.

    Args:
        infos: The tables; what they need belongs to them.
        dialect: The database.
        existing: The tables and types that are there, each with its schema where it names one.
    """
    infos = list(infos)
    metadata = metadata_of(infos, dialect)
    core = core_dialect(dialect)
    texts: list[str] = []
    if dialect == "postgresql":
        texts += [str(postgresql.CreateEnumType(type_).compile(dialect=core)) for type_ in _native_enums(metadata)
                  if (None, str(type_.name)) not in existing]  # fmt: skip
        texts += [
            f'CREATE SCHEMA IF NOT EXISTS "{schema}"'
            for schema in sorted({t.schema for t in metadata.tables.values() if t.schema})
        ]
    later: list[sa.ForeignKeyConstraint] = []
    for table, foreign_keys in sort_tables_and_constraints(metadata.tables.values()):  # type: ignore[no-untyped-call]
        if table is None:
            later.extend(key for key in foreign_keys if (key.table.schema, key.table.name) not in existing)
            continue
        if (table.schema, table.name) in existing:
            continue
        inline = list(table.foreign_key_constraints) if dialect == "sqlite" else list(foreign_keys)
        texts.append(str(CreateTable(table, include_foreign_key_constraints=inline).compile(dialect=core)))
        texts.extend(
            str(CreateIndex(index).compile(dialect=core))
            for index in sorted(table.indexes, key=lambda index: str(index.name))
        )
        texts.extend(text for _, statements in table.info.get(_SEARCHES, ()) for text in statements)
    if dialect == "postgresql":
        texts.extend(str(sa.schema.AddConstraint(key).compile(dialect=core)) for key in later)
    return [text.strip() for text in texts]


def drop_statements(infos: Iterable[TableInfo], dialect: Dialect) -> list[str]:
    """Return the DDL that drops these tables where they exist, and what was made with them."""
    metadata = metadata_of(infos, dialect)
    core = core_dialect(dialect)
    preparer = core.identifier_preparer
    cascade = " CASCADE" if dialect == "postgresql" else ""
    names = [preparer.format_table(table) for table in reversed(metadata.sorted_tables)]
    words = [name for table in metadata.sorted_tables for name, _ in table.info.get(_SEARCHES, ())]
    texts = [f"DROP TABLE IF EXISTS {name}{cascade}" for name in [*names, *map(preparer.quote_identifier, words)]]
    if dialect == "postgresql":
        texts += [f"DROP TYPE IF EXISTS {preparer.quote(str(type_.name))}" for type_ in _native_enums(metadata)]
    return texts


def _native_enums(metadata: sa.MetaData) -> list[postgresql.ENUM]:
    found: dict[str, postgresql.ENUM] = {}
    for table in metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, Stored) and column.type.column_type.native:
                type_ = column.type.column_type
                found[enum_name(type_)] = postgresql.ENUM(*[m.value for m in type_.python], name=enum_name(type_))
    return list(found.values())
