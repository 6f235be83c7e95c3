"""From declarations to a table: columns and relations made, names and roles checked, the columns put in order."""

from __future__ import annotations

from collections.abc import Mapping

from rooftree.db.model_errors import ModelError
from rooftree.db.models.build_columns import column_of
from rooftree.db.models.build_relations import join_declared_keys, key_columns, many_of, reference_of
from rooftree.db.models.declare import Declaration
from rooftree.db.models.naming import check_identifier, table_name
from rooftree.db.table import ColumnInfo, ManyInfo, ReferenceInfo, TableInfo

__all__ = ["build_table"]


def build_table(
    model: str,
    declared: Mapping[str, Declaration],
    *,
    table: str | None,
    schema: str | None,
    module: str,
    qualname: str,
    place: str | None,
    reserved: frozenset[str],
    derived: bool = False,
    database: str = "default",
) -> TableInfo:
    """Make the table of a model from its declarations.

    Raises:
        ModelError: a name that clashes, a type that no column holds, an option that does not fit, no key.
    """
    name = table if table is not None else table_name(model)
    for checked in (name, schema):
        if checked is not None:
            check_identifier(checked, f"The table of {model}")
    columns: list[ColumnInfo] = []
    references: list[ReferenceInfo] = []
    manys: list[ManyInfo] = []
    for declaration in declared.values():
        _check_name(model, declaration.name, reserved, place)
        match declaration.kind:
            case "column":
                columns.append(column_of(model, declaration))
            case "reference":
                reference = reference_of(model, declaration)
                references.append(reference)
                taken = {column.name for column in columns} | set(declared)
                columns.extend(
                    column for column in key_columns(model, reference, declaration) if column.name not in taken
                )
            case "many":
                manys.append(many_of(model, declaration))
    join_declared_keys(references, columns)
    _check_columns(model, columns, place, derived=derived)
    if derived and manys:
        raise ModelError(
            "M124",
            f"{model}.{manys[0].name} is a Many[...], and {model} is what a query gives.",
            "Refer to a model by Ref[...] and go on from there.",
            at=place,
        )
    for number, column in enumerate(columns):
        column.declared = number
    columns.sort(key=lambda column: column.has_default or column.nullable or column.reference is not None)
    return TableInfo(
        model, name, columns, references, manys, schema=schema, module=module, qualname=qualname, place=place,
        derived=derived, database=database,
    )  # fmt: skip


def _check_name(model: str, name: str, reserved: frozenset[str], place: str | None) -> None:
    if name in reserved or name.startswith("_"):
        why = "a verb of models" if name in reserved else "private to the framework"
        plain = name.strip("_")
        raise ModelError(
            "M106",
            f"{model}.{name} cannot be a column: {name!r} is {why}.",
            f"Give the attribute another name and keep the column's: {plain}_: Col[...] = col(name={plain!r}).",
            at=place,
        )


def _check_columns(model: str, columns: list[ColumnInfo], place: str | None, *, derived: bool) -> None:
    seen: dict[str, ColumnInfo] = {}
    for column in columns:
        check_identifier(column.column, f"The column {model}.{column.name}")
        if column.column in seen:
            raise ModelError(
                "M108",
                f"{model}.{seen[column.column].name} and {model}.{column.name} are both the column {column.column!r}.",
                "Rename one.",
            )
        seen[column.column] = column
    if not derived and not any(column.primary for column in columns):
        raise ModelError(
            "M109",
            f"{model} has no key.",
            "Derive it from Model, which has an id, or say primary=True of a column.",
            at=place,
        )
    keys = [column for column in columns if column.primary]
    for counted in keys if len(keys) > 1 else ():
        if counted.automatic and counted.database_default is None:
            others = ", ".join(repr(column.name) for column in keys if column is not counted)
            raise ModelError(
                "M120",
                f"{model} has the key {counted.name!r}, which the database counts up, together with {others}.",
                "Derive it from BareModel, which brings no id, or take primary=True off.",
                at=place,
            )
    for role in ("version", "deleted"):
        if sum(column.role == role for column in columns) > 1:
            raise ModelError("M111", f"{model} has two columns of the role {role!r}.", "Keep one.", at=place)
