"""From one state of a PostgreSQL database to another."""

from __future__ import annotations

from collections.abc import Mapping

from rooftree.db.migrations.state import ColumnState, ConstraintState, EnumState, SchemaState, TableState, quoted
from rooftree.db.migrations.steps import Indexing, Sql, Step, column_sql, constraint_sql, index_sql, table_sql

__all__ = ["diff_postgres"]


def diff_postgres(before: SchemaState, after: SchemaState, fill: Mapping[str, str]) -> list[Step]:
    """Return the steps that lead from one state to the other.

    Args:
        before: The tables as they are.
        after: The tables as they shall be.
        fill: What rows that exist get in a new column, as SQL, by ``table.column``.
    """
    return _Difference(before, after, fill).steps()


class _Difference:
    def __init__(self, before: SchemaState, after: SchemaState, fill: Mapping[str, str]) -> None:
        self.before = before
        self.after = after
        self.fill = fill
        self.shared = [key for key in after.tables if key in before.tables]
        self.made = [table for key, table in after.tables.items() if key not in before.tables]
        self.gone = [table for key, table in reversed(list(before.tables.items())) if key not in after.tables]
        self.renamed: dict[tuple[str, str], str] = {}
        self.replaced_enums = {
            key for key, enum in after.enums.items() if key in before.enums and not _only_grew(before.enums[key], enum)
        }

    def steps(self) -> list[Step]:
        """In an order in which nothing is needed that is not there."""
        renames = [step for key in self.shared for step in self._rename(key)]
        drops = [step for key in self.shared for step in self._drop_parts(key)]
        drops += [
            self._drop(table, each)
            for table in self.gone for each in table.constraints.values() if each.kind == "foreign"
        ]  # fmt: skip
        creates: list[Step] = []
        for table in self.made:
            creates.append(Sql(table_sql(table, foreign_keys=False), f"create the table {table.key}"))
            creates += [Sql(index_sql(table, index), f"index {index.name}") for index in table.indexes.values()]
        columns = [step for key in self.shared for step in self._columns(key)]
        adds = [step for key in self.shared for step in self._add_parts(key)]
        foreign_keys = [
            self._add(table, each)
            for table in self.made for each in table.constraints.values() if each.kind == "foreign"
        ]  # fmt: skip
        foreign_keys += [
            self._add(self.after.tables[key], each)
            for key in self.shared for each in self._new_constraints(key) if each.kind == "foreign"
        ]  # fmt: skip
        gone: list[Step] = [Sql(f"DROP TABLE {table.sql}", f"drop the table {table.key}") for table in self.gone]
        enums = [
            Sql(f"DROP TYPE {quoted(enum.schema, enum.name)}", f"drop the type {key}")
            for key, enum in self.before.enums.items() if key not in self.after.enums
        ]  # fmt: skip
        drops.sort(key=lambda step: " foreign key " not in step.says)  # before the keys that they lead to
        indexes = [step for key in self.shared for step in self._indexes(key)]
        return [*renames, *self._schemas(), *drops, *self._enums(), *creates, *columns, *adds, *foreign_keys, *gone,
                *enums, *indexes]  # fmt: skip

    # ---- types and schemas

    def _schemas(self) -> list[Step]:
        known = {table.schema for table in self.before.tables.values()}
        new = {table.schema for table in self.made if table.schema and table.schema not in known}
        return [Sql(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}", f"create the schema {schema}") for schema in new]

    def _enums(self) -> list[Step]:
        steps: list[Step] = []
        for key, enum in self.after.enums.items():
            old = self.before.enums.get(key)
            name = quoted(enum.schema, enum.name)
            values = ", ".join(_literal(value) for value in enum.values)
            if old is None:
                steps.append(Sql(f"CREATE TYPE {name} AS ENUM ({values})", f"create the type {key}"))
            elif key in self.replaced_enums:
                steps.append(
                    Sql(f"ALTER TYPE {name} RENAME TO {quoted(f'{enum.name}__old')}", f"change the type {key}")
                )
                steps.append(Sql(f"CREATE TYPE {name} AS ENUM ({values})", f"change the type {key}"))
                steps += self._retype(key, enum)
                steps.append(Sql(f"DROP TYPE {quoted(enum.schema, f'{enum.name}__old')}", f"change the type {key}"))
            elif old.values != enum.values:
                for at, value in enumerate(enum.values):
                    if value not in old.values:
                        place = f"AFTER {_literal(enum.values[at - 1])}" if at else f"BEFORE {_literal(old.values[0])}"
                        sql = f"ALTER TYPE {name} ADD VALUE {_literal(value)} {place}"
                        steps.append(Sql(sql, f"add the value {value!r} to the type {key}"))
        return steps

    def _retype(self, key: str, enum: EnumState) -> list[Step]:
        """Take every column of an enumeration to the new one, its default put aside meanwhile."""
        steps: list[Step] = []
        for table in self.before.tables.values():
            for column in table.columns.values():
                if column.enum != key or table.key not in self.after.tables:
                    continue
                alter = f"ALTER TABLE {table.sql} ALTER COLUMN {quoted(column.name)}"
                says = f"change the type of {table.key}.{column.name}"
                array = "[]" if column.type.endswith("[]") else ""
                type_ = quoted(enum.schema, enum.name) + array
                if column.default is not None:
                    steps.append(Sql(f"{alter} DROP DEFAULT", says))
                steps.append(Sql(f"{alter} TYPE {type_} USING {quoted(column.name)}::text{array}::{type_}", says))
                if column.default is not None:
                    steps.append(Sql(f"{alter} SET DEFAULT {column.default.text}", says))
        return steps

    # ---- constraints

    def _rename(self, key: str) -> list[Step]:
        """The same constraint or index under another name, as after a table was renamed."""
        steps: list[Step] = []
        old, new = self.before.tables[key], self.after.tables[key]
        for name, constraint in new.constraints.items():
            same = [
                each.name for each in old.constraints.values()
                if each.definition == constraint.definition and each.name not in new.constraints
            ]  # fmt: skip
            if name not in old.constraints and same and (key, same[0]) not in self.renamed:
                self.renamed[key, same[0]] = name
                sql = f"ALTER TABLE {new.sql} RENAME CONSTRAINT {quoted(same[0])} TO {quoted(name)}"
                steps.append(Sql(sql, f"rename the constraint {same[0]} to {name}"))
        for name, index in new.indexes.items():
            same = [
                each.name for each in old.indexes.values()
                if (each.definition, each.unique) == (index.definition, index.unique) and each.name not in new.indexes
            ]  # fmt: skip
            if name not in old.indexes and same and (key, same[0]) not in self.renamed:
                self.renamed[key, same[0]] = name
                sql = f"ALTER INDEX {quoted(new.schema, same[0])} RENAME TO {quoted(name)}"
                steps.append(Sql(sql, f"rename the index {same[0]} to {name}"))
        return steps

    def _lost_constraints(self, key: str) -> list[ConstraintState]:
        old, new = self.before.tables[key], self.after.tables[key]
        return [
            each for name, each in old.constraints.items()
            if (key, name) not in self.renamed
            and (new.constraints.get(name) != each or self._is_touched(key, each))
        ]  # fmt: skip

    def _new_constraints(self, key: str) -> list[ConstraintState]:
        old, new = self.before.tables[key], self.after.tables[key]
        renamed = {name for (table, _), name in self.renamed.items() if table == key}
        return [
            each for name, each in new.constraints.items()
            if name not in renamed and (old.constraints.get(name) != each or self._is_touched(key, each))
        ]  # fmt: skip

    def _is_touched(self, key: str, constraint: ConstraintState) -> bool:
        """Whether a constraint that stays the same must step aside: its columns change, or what it leads to does."""
        if constraint.kind == "check":
            return bool(self._replaced_columns(key)) and any(
                name in constraint.definition.text for name in self._replaced_columns(key)
            )
        if constraint.kind != "foreign":
            return bool(self._retyped(key) & set(constraint.columns))
        target = constraint.target
        if target not in self.shared:
            return False
        columns = set(constraint.target_columns)
        old, new = self.before.tables[target], self.after.tables[target]
        keys = [each for name, each in old.constraints.items() if each.kind in {"primary", "unique"}
                and (target, name) not in self.renamed and new.constraints.get(name) != each]  # fmt: skip
        return (
            any(set(each.columns) == columns for each in keys)
            or bool(self._retyped(target) & columns)
            or bool(self._retyped(key) & set(constraint.columns))
        )

    def _retyped(self, key: str) -> set[str]:
        old, new = self.before.tables[key].columns, self.after.tables[key].columns
        return {name for name in new if name in old and new[name].type != old[name].type} | self._replaced_columns(key)

    def _replaced_columns(self, key: str) -> set[str]:
        """Columns that are dropped and added again, with every constraint and index that names them."""
        old, new = self.before.tables[key].columns, self.after.tables[key].columns
        return {
            name for name in new if (name in old and new[name].generated != old[name].generated)
            or (name in old and new[name].generated and new[name].type != old[name].type)
        }  # fmt: skip

    def _drop_parts(self, key: str) -> list[Step]:
        old, new = self.before.tables[key], self.after.tables[key]
        steps: list[Step] = [self._drop(old, each) for each in self._lost_constraints(key)]
        for name, index in old.indexes.items():
            if (key, name) not in self.renamed and (new.indexes.get(name) != index or self._index_touched(key, name)):
                steps.append(Sql(f"DROP INDEX {quoted(old.schema, name)}", f"drop the index {name}"))
        return steps

    def _index_touched(self, key: str, name: str) -> bool:
        text = self.before.tables[key].indexes[name].definition.text
        return any(column in text for column in self._replaced_columns(key))

    def _add_parts(self, key: str) -> list[Step]:
        return [
            self._add(self.after.tables[key], each)
            for each in sorted(self._new_constraints(key), key=lambda each: each.kind != "primary")
            if each.kind != "foreign"
        ]

    def _indexes(self, key: str) -> list[Step]:
        old, new = self.before.tables[key], self.after.tables[key]
        renamed = {name for (table, _), name in self.renamed.items() if table == key}
        return [
            Indexing(name, new.schema, index_sql(new, index), f"index {name}")
            for name, index in new.indexes.items()
            if name not in renamed
            and (old.indexes.get(name) != index or (name in old.indexes and self._index_touched(key, name)))
        ]

    @staticmethod
    def _drop(table: TableState, constraint: ConstraintState) -> Sql:
        kind = "foreign key" if constraint.kind == "foreign" else "constraint"
        return Sql(
            f"ALTER TABLE {table.sql} DROP CONSTRAINT {quoted(constraint.name)}", f"drop the {kind} {constraint.name}"
        )

    @staticmethod
    def _add(table: TableState, constraint: ConstraintState) -> Sql:
        kind = "foreign key" if constraint.kind == "foreign" else "constraint"
        return Sql(f"ALTER TABLE {table.sql} ADD {constraint_sql(constraint)}", f"add the {kind} {constraint.name}")

    # ---- columns

    def _columns(self, key: str) -> list[Step]:
        old, new = self.before.tables[key], self.after.tables[key]
        replaced = self._replaced_columns(key)
        steps: list[Step] = []
        for name, column in new.columns.items():
            if name not in old.columns:
                steps += self._new_column(new, column)
            elif name in replaced:
                steps.append(Sql(f"ALTER TABLE {new.sql} DROP COLUMN {quoted(name)}", f"compute {key}.{name} anew"))
                steps += self._new_column(new, column)
            elif old.columns[name] != column:
                steps += self._changed_column(new, old.columns[name], column)
        steps += [
            Sql(f"ALTER TABLE {new.sql} DROP COLUMN {quoted(name)}", f"drop the column {key}.{name}")
            for name in sorted(old.columns, key=lambda name: old.columns[name].generated is None)
            if name not in new.columns
        ]
        return sorted(steps, key=self._column_rank)

    @staticmethod
    def _column_rank(step: Step) -> int:
        """Generated columns name others: they go first, and come last."""
        return 2 if "GENERATED ALWAYS AS (" in step_sql(step) else 0 if step.says.startswith("compute") else 1

    def _new_column(self, table: TableState, column: ColumnState) -> list[Step]:
        given = self.fill.get(f"{table.key}.{column.name}")
        says = f"add the column {table.key}.{column.name}"
        alter = f"ALTER TABLE {table.sql}"
        if given is None:
            return [Sql(f"{alter} ADD COLUMN {column_sql(column)}", says)]
        back = f"SET DEFAULT {column.default.text}" if column.default is not None else "DROP DEFAULT"
        return [
            Sql(f"{alter} ADD COLUMN {column_sql(column, default=given)}", says),
            Sql(f"{alter} ALTER COLUMN {quoted(column.name)} {back}", says),
        ]

    def _changed_column(self, table: TableState, old: ColumnState, new: ColumnState) -> list[Step]:
        name = quoted(new.name)
        alter = f"ALTER TABLE {table.sql} ALTER COLUMN {name}"
        says = f"change the column {table.key}.{new.name}"
        changes: list[str] = []
        if (old.type, old.collation) != (new.type, new.collation):
            collation = f" COLLATE {new.collation}" if new.collation else ""
            if old.default is not None:
                changes.append(f"{alter} DROP DEFAULT")
            through = "::text" if old.enum or new.enum else ""
            changes.append(f"{alter} TYPE {new.type}{collation} USING {name}{through}::{new.type}")
        elif old.default is not None and new.default is None:
            changes.append(f"{alter} DROP DEFAULT")
        if old.identity and not new.identity:
            changes.append(f"{alter} DROP IDENTITY")
        given = self.fill.get(f"{table.key}.{new.name}")
        if old.nullable and not new.nullable:
            if given is not None:
                changes.append(f"UPDATE {table.sql} SET {name} = {given} WHERE {name} IS NULL")  # noqa: S608 - names are quoted
            changes.append(f"{alter} SET NOT NULL")
        elif new.nullable and not old.nullable:
            changes.append(f"{alter} DROP NOT NULL")
        if new.default is not None and (old.default != new.default or old.type != new.type):
            changes.append(f"{alter} SET DEFAULT {new.default.text}")
        if new.identity and not old.identity:
            changes.append(f"{alter} ADD {new.identity}")
        elif new.identity != old.identity and new.identity:
            changes.append(f"{alter} SET {new.identity.removesuffix(' AS IDENTITY')}")
        return [Sql(change, says) for change in changes]


def step_sql(step: Step) -> str:
    """Return a step's SQL, or nothing of a rebuild, which PostgreSQL needs never."""
    return "" if not isinstance(step, Sql) else step.sql


def _only_grew(old: EnumState, new: EnumState) -> bool:
    return tuple(value for value in new.values if value in old.values) == old.values


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
