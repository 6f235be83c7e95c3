"""From one state of a SQLite database to another."""

from __future__ import annotations

from collections.abc import Mapping

from rooftree.db.migrations.rescale import converted
from rooftree.db.migrations.state import ColumnState, SchemaState, SearchState, TableState, quoted
from rooftree.db.migrations.steps import Rebuild, Sql, Step, column_sql, index_sql, table_sql

__all__ = ["diff_sqlite"]


def diff_sqlite(before: SchemaState, after: SchemaState, fill: Mapping[str, str]) -> list[Step]:
    """Return the steps that lead from one state to the other.

    A table is changed in place where SQLite can (a column added, indexes); anything else makes it anew, as in
    "Making Other Kinds Of Table Schema Changes" of SQLite's documentation of ALTER TABLE.

    Args:
        before: The tables as they are.
        after: The tables as they shall be.
        fill: What rows that exist get in a new column, as SQL, by ``table.column``.
    """
    steps: list[Step] = []
    for key, table in before.tables.items():
        gone = [index for name, index in table.indexes.items() if key not in after.tables
                or after.tables[key].indexes.get(name) != index]  # fmt: skip
        if key in after.tables and not _needs_rebuild(table, after.tables[key], fill):
            steps += [Sql(f"DROP INDEX {quoted(each.name)}", f"drop the index {each.name}") for each in gone]
        kept = _kept_searches(before, after, key, fill)
        steps += [step for name, each in table.searches.items() if name not in kept for step in _drop_search(each)]
    for key, table in after.tables.items():
        if key not in before.tables:
            steps.append(Sql(table_sql(table), f"create the table {key}"))
            steps += [Sql(index_sql(table, each), f"index {each.name}") for each in table.indexes.values()]
            steps += [step for each in table.searches.values() for step in _make_search(each, filled=False)]
    for key, table in after.tables.items():
        if key in before.tables:
            steps += _changed(before.tables[key], table, fill)
            kept = _kept_searches(before, after, key, fill)
            steps += [
                step for name, each in table.searches.items() if name not in kept
                for step in _make_search(each, filled=True)
            ]  # fmt: skip
    steps += [
        Sql(f"DROP TABLE {table.sql}", f"drop the table {key}")
        for key, table in reversed(list(before.tables.items()))
        if key not in after.tables
    ]
    return steps


def _kept_searches(before: SchemaState, after: SchemaState, key: str, fill: Mapping[str, str]) -> set[str]:
    """The searches of a table that stay as they are: a table that is made anew takes its triggers with it."""
    old, new = before.tables[key], after.tables.get(key)
    if new is None or _needs_rebuild(old, new, fill):
        return set()
    return {name for name, search in old.searches.items() if new.searches.get(name) == search}


def _drop_search(search: SearchState) -> list[Step]:
    says = f"drop the search {search.name}"
    return [
        *[Sql(f"DROP TRIGGER {quoted(name)}", says) for name in search.triggers],
        Sql(f"DROP TABLE {quoted(search.name)}", says),
    ]


def _make_search(search: SearchState, *, filled: bool) -> list[Step]:
    """The steps that make a table of words; of a table that has rows, they are read once."""
    says = f"search by {search.name}"
    name = quoted(search.name)
    read = [Sql(f"INSERT INTO {name} ({name}) VALUES ('rebuild')", says)] if filled else []  # noqa: S608 - a quoted name
    return [Sql(search.sql, says), *read, *[Sql(sql, says) for sql in search.triggers.values()]]


def _needs_rebuild(before: TableState, after: TableState, fill: Mapping[str, str]) -> bool:
    kept = {name: column for name, column in after.columns.items() if name in before.columns}
    if before.constraints != after.constraints or kept != before.columns:
        return True
    return not all(
        _can_be_added(column) and f"{after.key}.{name}" not in fill
        for name, column in after.columns.items()
        if name not in before.columns
    )


def _can_be_added(column: ColumnState) -> bool:
    """Whether ALTER TABLE ADD COLUMN takes it: no expression as default, NOT NULL only with one, nothing stored."""
    if column.generated is not None:
        return not column.stored and column.nullable
    constant = column.default is None or "(" not in column.default.text
    return constant and (column.nullable or column.default is not None)


def _changed(before: TableState, after: TableState, fill: Mapping[str, str]) -> list[Step]:
    if _needs_rebuild(before, after, fill):
        return [_rebuild(before, after, fill)]
    steps: list[Step] = [
        Sql(f"ALTER TABLE {after.sql} ADD COLUMN {column_sql(column)}", f"add the column {after.key}.{name}")
        for name, column in after.columns.items()
        if name not in before.columns
    ]
    steps += [
        Sql(index_sql(after, index), f"index {name}")
        for name, index in after.indexes.items()
        if before.indexes.get(name) != index
    ]
    return steps


def _rebuild(before: TableState, after: TableState, fill: Mapping[str, str]) -> Rebuild:
    new = f"{after.name}__new"
    copied: dict[str, str] = {}
    for name, column in after.columns.items():
        if column.generated is not None:
            continue
        given = fill.get(f"{after.key}.{name}")
        old = before.columns.get(name)
        if old is not None:
            value = converted(quoted(name), old.type, column.type)
            empty = old.nullable and not column.nullable and given is not None
            copied[name] = f"coalesce({value}, {given})" if empty else value
        elif given is not None:
            copied[name] = given
    names = ", ".join(quoted(name) for name in copied)
    steps = [Sql(table_sql(after, name=new), "")]
    if copied:
        values = ", ".join(copied.values())
        steps.append(Sql(f"INSERT INTO {quoted(new)} ({names})\nSELECT {values} FROM {before.sql}", ""))
    steps.append(Sql(f"DROP TABLE {before.sql}", ""))
    steps.append(Sql(f"ALTER TABLE {quoted(new)} RENAME TO {quoted(after.name)}", ""))
    steps += [Sql(index_sql(after, index), "") for index in after.indexes.values()]
    return Rebuild(after.name, tuple(steps), f"change the table {after.key}: {_differences(before, after)}")


def _differences(before: TableState, after: TableState) -> str:
    said: list[str] = []
    for what, old, new in (
        ("column", before.columns, after.columns),
        ("constraint", before.constraints, after.constraints),
    ):
        said += [f"add the {what} {name}" for name in new if name not in old]
        said += [f"drop the {what} {name}" for name in old if name not in new]
        said += [f"change the {what} {name}" for name in new if name in old and old[name] != new[name]]
    return ", ".join(said) or "fill a column"
