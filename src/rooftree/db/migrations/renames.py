"""Tables and columns under a new name: told, or asked about, never guessed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from rooftree.db.migrations.errors import MigrationError
from rooftree.db.migrations.state import SchemaState, TableState, quoted
from rooftree.db.migrations.steps import Sql

__all__ = ["Ask", "Rename", "find_renames", "parse_renames", "rename_steps", "reversed_renames"]


@dataclass(frozen=True)
class Rename:
    """A table, or a column of a table, under a new name.

    Attributes:
        old: The old name.
        new: The new name.
        table: The table of a column, under the name that it has in the models; empty for a table.
    """

    old: str
    new: str
    table: str = ""

    def __str__(self) -> str:
        if self.table:
            return f"the column {self.table}.{self.old} is now {self.table}.{self.new}"
        return f"the table {self.old} is now {self.new}"


Ask = Callable[[Rename], bool]


def parse_renames(told: Sequence[str]) -> dict[str, str]:
    """Read renames as a command line takes them: ``old:new`` for a table, ``table.old:new`` for a column.

    Raises:
        MigrationError: one is written otherwise.
    """
    found: dict[str, str] = {}
    for text in told:
        old, colon, new = text.partition(":")
        if not (old and colon and new) or ":" in new:
            raise MigrationError(
                "G111",
                f"{text!r} is no rename.",
                "Write table:new for a table, table.column:new for a column.",
            )
        found[old] = new
    return found


def find_renames(
    before: SchemaState, after: SchemaState, told: Mapping[str, str], ask: Ask | None
) -> tuple[list[Rename], list[Rename]]:
    """Return the renames that hold, tables first, and those that could be meant when there is nobody to ask.

    Raises:
        MigrationError: one that was told does not fit the tables.
    """
    left = dict(told)
    unsure: list[Rename] = []
    tables = _choose(
        _Names(before.tables, after.tables), left, lambda old, new: _alike(before.tables[old], after.tables[new]),
        ask, unsure,
    )  # fmt: skip
    former = {rename.new: rename.old for rename in tables}
    columns: list[Rename] = []
    for key, table in after.tables.items():
        old_table = before.tables.get(former.get(key, key))
        if old_table is None:
            continue
        columns += _choose(
            _Names(old_table.columns, table.columns, key, old_table.key), left, partial(_same_type, old_table, table),
            ask, unsure,
        )  # fmt: skip
    if left:
        old, new = next(iter(left.items()))
        raise MigrationError(
            "G111",
            f"{old!r} cannot be renamed to {new!r}: the files must make the old name and not the new one, the models"
            " the other way round.",
            "Look at both names; a column's old name follows its table: table.column:new.",
        )
    return [*tables, *columns], unsure


class _Names:
    """The names that went and those that came: of tables, or of the columns of one table."""

    def __init__(self, old: Iterable[str], new: Iterable[str], table: str = "", former: str = "") -> None:
        old, new = list(old), list(new)
        self.gone = [name for name in old if name not in new]
        self.new = [name for name in new if name not in old]
        self.table = table
        self.prefixes = dict.fromkeys([f"{table}.", f"{former}."]) if table else {"": None}


def _choose(
    names: _Names, told: dict[str, str], alike: Callable[[str, str], bool], ask: Ask | None, unsure: list[Rename]
) -> list[Rename]:
    found: list[Rename] = []
    for old in list(names.gone):
        for prefix in names.prefixes:
            name = told.get(prefix + old, "").removeprefix(f"{names.table}." if names.table else "")
            if name in names.new:
                found.append(Rename(old, name, names.table))
                names.gone.remove(old)
                names.new.remove(name)
                del told[prefix + old]
                break
    for old in names.gone:
        for name in [name for name in names.new if alike(old, name)]:
            rename = Rename(old, name, names.table)
            if ask is None:
                unsure.append(rename)
            elif ask(rename):
                found.append(rename)
                names.new.remove(name)
                break
    return found


def _same_type(old: TableState, new: TableState, one: str, other: str) -> bool:
    return old.columns[one].type == new.columns[other].type


def _alike(old: TableState, new: TableState) -> bool:
    """Whether half of the columns have the same name."""
    shared = set(old.columns) & set(new.columns)
    return old.schema == new.schema and 2 * len(shared) >= max(len(old.columns), len(new.columns))


def rename_steps(state: SchemaState, renames: Sequence[Rename]) -> list[Sql]:
    """Return the statements that rename; a column's table has its own new name by then."""
    steps: list[Sql] = []
    tables = dict(state.tables)
    for rename in renames:
        if not rename.table:
            table = tables.pop(rename.old)
            new = rename.new.removeprefix(f"{table.schema}.")
            steps.append(Sql(f"ALTER TABLE {table.sql} RENAME TO {quoted(new)}", f"rename the table {rename.old}"))
            tables[rename.new] = TableState(new, table.schema, {}, {}, {})
    for rename in renames:
        if rename.table:
            sql = tables[rename.table].sql
            steps.append(
                Sql(
                    f"ALTER TABLE {sql} RENAME COLUMN {quoted(rename.old)} TO {quoted(rename.new)}",
                    f"rename the column {rename.table}.{rename.old}",
                )
            )
    return steps


def reversed_renames(renames: Sequence[Rename]) -> list[Rename]:
    """Return the same renames back; a column's table has its old name again by then."""
    tables = {rename.new: rename.old for rename in renames if not rename.table}
    return [Rename(rename.new, rename.old, tables.get(rename.table, rename.table)) for rename in renames]
