"""From the declaration of a relation to the relation: its key columns, and what links many rows to their owner."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any, get_args

from rooftree.db.model_errors import ModelError
from rooftree.db.models import registry
from rooftree.db.models.columns import ManySpec, RefSpec
from rooftree.db.models.declare import Declaration
from rooftree.db.models.naming import snake_case
from rooftree.db.table import MISSING, ColumnInfo, ManyInfo, ManyLinks, OnDelete, ReferenceInfo, TableInfo

__all__ = ["join_declared_keys", "key_columns", "many_of", "reference_of"]


def reference_of(model: str, declaration: Declaration) -> ReferenceInfo:
    """Make the reference of a declaration; the other table is looked for when it is first asked for.

    Raises:
        ModelError: an ``on_delete`` that does not fit.
    """
    spec: RefSpec = declaration.spec
    said_by = f"{model}.{declaration.name}"
    on_delete = spec.on_delete or ("set null" if declaration.nullable else "restrict")
    if on_delete not in (known := get_args(OnDelete)):
        raise ModelError(
            "M126",
            f"{said_by} has on_delete={on_delete!r}, which no database knows.",
            f"Write one of {', '.join(known)}.",
        )
    if on_delete == "set null" and not declaration.nullable:
        raise ModelError(
            "M119",
            f"{said_by} is set to NULL on delete and must lead somewhere.",
            f"Write Ref[{_name_of(declaration.inner)} | None].",
        )

    def find_target() -> TableInfo:
        return registry.resolve(declaration.inner, module=declaration.module, scope=declaration.scope, said_by=said_by)

    return ReferenceInfo(
        declaration.name,
        find_target,
        nullable=declaration.nullable,
        on_delete=on_delete,
        unique=spec.unique,
        primary=spec.primary,
        index=spec.indexed,
        doc=spec.doc,
    )


def _name_of(inner: Any) -> str:
    return str(getattr(inner, "__name__", inner))


def key_columns(model: str, reference: ReferenceInfo, declaration: Declaration) -> list[ColumnInfo]:
    """Make the columns that hold the other key: named after the reference and the key, of the other key's type.

    Raises:
        ModelError: there are not as many names as the other key has columns.
    """
    spec: RefSpec = declaration.spec
    target: TableInfo | None = getattr(declaration.inner, "__table_info__", None)
    names = (
        spec.columns
        or tuple(f"{declaration.name}_{column.name}" for column in (target.key if target is not None else ()))
        or (f"{declaration.name}_id",)
    )
    if target is not None and len(names) != len(target.key):
        raise ModelError(
            "M120",
            f"{model}.{reference.name} has columns={names!r}, and the key of {target.model} has {len(target.key)}.",
            "Name one for each.",
        )
    columns = [
        ColumnInfo(
            name,
            None,
            annotation=None,
            nullable=reference.nullable,
            primary=reference.primary,
            unique=reference.unique and len(names) == 1,
            index=reference.index and not reference.unique and not reference.primary and len(names) == 1,
            default=None if reference.nullable else MISSING,
        )
        for name in names
    ]
    for column in columns:
        column.reference = reference
    reference.columns = tuple(columns)
    return columns


def join_declared_keys(references: Iterable[ReferenceInfo], columns: list[ColumnInfo]) -> None:
    """Where the model declares the key column itself (``category_id: Col[int]``), the reference uses that one."""
    by_name = {column.name: column for column in columns}
    for reference in references:
        reference.columns = tuple(by_name.get(column.name, column) for column in reference.columns)
        for column in reference.columns:
            column.reference = reference
            column.nullable = reference.nullable
            if reference.nullable and not column.has_default:
                column.default = None


def many_of(model: str, declaration: Declaration) -> ManyInfo:
    """Make the many rows of a declaration; how they are linked is looked up when it is first asked for."""
    spec: ManySpec = declaration.spec
    said_by = f"{model}.{declaration.name}"

    def find(wanted: Any) -> TableInfo:
        return registry.resolve(wanted, module=declaration.module, scope=declaration.scope, said_by=said_by)

    def resolve(many: ManyInfo) -> ManyLinks:
        target = find(declaration.inner)
        if spec.through is not None:
            return _links_through(said_by, many, target, find(spec.through), spec)
        if not spec.by:
            return _own_links(many, target)
        other = target.find(spec.by)
        if isinstance(other, ReferenceInfo) and other.target is many.owner:
            return ManyLinks(target, other)
        if isinstance(other, ManyInfo) and other.target is many.owner and not other.by:
            links = other.links
            assert links.via is not None  # noqa: S101 - a many to many without `by` has both references
            return ManyLinks(target, links.via, links.through, links.source)
        raise ModelError(
            "M204",
            f"{said_by} says by={spec.by!r}, and {target.model}.{spec.by} does not lead back to {model}.",
            f"Name a Ref[{model}] or a Many[{model}] of {target.model}.",
        )

    return ManyInfo(declaration.name, spec.by, resolve)


def _links_through(said_by: str, many: ManyInfo, target: TableInfo, through: TableInfo, spec: ManySpec) -> ManyLinks:
    def pick(wanted: str, leads_to: TableInfo, option: str) -> ReferenceInfo:
        fitting = [reference for reference in through.references if reference.target is leads_to]
        if wanted:
            fitting = [reference for reference in fitting if reference.name == wanted]
        if len(fitting) != 1:
            raise ModelError(
                "M205",
                f"{said_by} goes through {through.model}, which has {len(fitting)} references to {leads_to.model}"
                + (f" named {wanted!r}." if wanted else "."),
                f"Name the one meant: many(..., {option}='...').",
            )
        return fitting[0]

    assert many.owner is not None  # noqa: S101 - a table owns its relations
    return ManyLinks(target, pick(spec.source, many.owner, "source"), through, pick(spec.via, target, "via"))


def _itself(table: TableInfo) -> TableInfo:
    return table


def _own_links(many: ManyInfo, target: TableInfo) -> ManyLinks:
    """Make the table between the two sides of a many to many that has no model."""
    owner = many.owner
    assert owner is not None  # noqa: S101 - a table owns its relations
    names = (snake_case(owner.model), snake_case(target.model))
    if owner is target:
        names = (f"from_{names[0]}", f"to_{names[1]}")
    references: list[ReferenceInfo] = []
    columns: list[ColumnInfo] = []
    for name, table in zip(names, (owner, target), strict=True):
        reference = ReferenceInfo(
            name, functools.partial(_itself, table), nullable=False, on_delete="cascade", primary=True
        )
        reference.columns = tuple(
            ColumnInfo(f"{name}_{key.name}", None, annotation=None, primary=True) for key in table.key
        )
        for column in reference.columns:
            column.reference = reference
        references.append(reference)
        columns.extend(reference.columns)
    through = TableInfo(
        f"{owner.model}.{many.name}",
        f"{owner.name}_{many.name}",
        columns,
        references,
        (),
        schema=owner.schema,
        module=owner.module,
        place=owner.place,
        database=owner.database,
    )
    return ManyLinks(target, references[0], through, references[1])
