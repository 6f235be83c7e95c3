"""What of a resource's shapes has to be known: the changed form of an input, the relations that an output shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from rooftree.db import ColumnInfo, ManyInfo, ReferenceInfo, TableInfo
from rooftree.schema import Array, Node, Object, OneOf, encoder

__all__ = ["Shown", "partial_of", "relation_with", "settled", "shown_by"]

DEEPEST: Final = 5
"""How far nested shapes are followed."""
EXACT: Final = Context(prec=100)


def partial_of(shape: Any) -> Any:
    """Return the form of an input shape in which everything may be left out: a subclass whose fields may be unset."""
    fields = msgspec.structs.fields(shape)
    namespace: dict[str, Any] = {
        "__module__": shape.__module__,
        "__qualname__": f"{shape.__qualname__}Change",
        "__doc__": shape.__doc__,
        "__annotations__": {field.name: field.type | UnsetType for field in fields},
        **{field.name: UNSET for field in fields},
    }
    return type(shape)(f"{shape.__name__}Change", (shape,), namespace)


class Shown(msgspec.Struct, frozen=True, eq=False):
    """What an output shape shows.

    Attributes:
        columns: The row's own columns, the keys of relations to one row among them.
        always: Relations that it cannot do without, to be loaded with each row.
        asked: Names of relations that it shows where they were loaded.
        plain: All that it shows without being asked are columns of the row itself.
    """

    columns: tuple[ColumnInfo, ...]
    always: tuple[Any, ...]
    asked: frozenset[str]
    plain: bool


def shown_by(output: Any, model: Any) -> Shown:
    """Return what an output shape shows of a model."""
    info: TableInfo = model.__table_info__
    node = encoder(output).node
    if not isinstance(node, Object):
        return Shown(info.columns, (), frozenset(), plain=False)
    columns: list[ColumnInfo] = []
    asked: set[str] = set()
    plain = True
    for field in node.fields:
        part = info.find(field.name)
        if isinstance(part, ColumnInfo):
            columns.append(part)
            continue
        if isinstance(part, ReferenceInfo):
            columns.extend(part.columns)
        if part is not None and _may_be_unset(field.node):
            asked.add(field.name)
        else:
            plain = False
    return Shown(tuple(columns), tuple(_needed(node, model, info, DEEPEST)), frozenset(asked), plain=plain)


def settled(info: TableInfo) -> Callable[[Any], None]:
    """Return what writes on a saved row the values as the database has them: all places, times in UTC.

    Whoever reads the row next is shown the same.
    """
    decimals = [
        (column.name, Decimal(1).scaleb(-column.type.places))
        for column in info.columns
        if column.type.kind == "decimal" and column.type.places is not None
    ]
    moments = [column.name for column in info.columns if column.type.kind == "datetime"]

    def settle(item: Any) -> None:
        for name, places in decimals:
            value = getattr(item, name)
            if isinstance(value, Decimal):
                setattr(item, name, value.quantize(places, ROUND_HALF_UP, EXACT))
        for name in moments:
            value = getattr(item, name)
            if isinstance(value, datetime):
                setattr(item, name, value.astimezone(UTC))

    return settle


def _needed(node: Object, holder: Any, info: TableInfo, depth: int) -> list[Any]:
    """Return the relations that a shape needs, as they are named on a model or behind a reference."""
    found: list[Any] = []
    for field in node.fields:
        part = info.find(field.name)
        if isinstance(part, ReferenceInfo | ManyInfo) and not _may_be_unset(field.node):
            found += relation_with(holder, part, field.node, depth)
    return found


def relation_with(holder: Any, part: ReferenceInfo | ManyInfo, node: Node, depth: int = DEEPEST) -> list[Any]:
    """Return a relation, and those that the shape of what is behind it needs."""
    relation = getattr(holder, part.name)
    inner = _object_in(node)
    if inner is None or depth == 0:
        return [relation]
    if isinstance(part, ReferenceInfo):
        return [relation, *_needed(inner, relation, part.target, depth - 1)]
    below = _needed(inner, part.target.make, part.target, depth - 1)
    return [relation.include(*below) if below else relation]


def _object_in(node: Node) -> Object | None:
    if isinstance(node, Object):
        return node
    if isinstance(node, Array):
        return _object_in(node.item)
    if isinstance(node, OneOf):
        return next((found for member in node.members if (found := _object_in(member)) is not None), None)
    return None


def _may_be_unset(node: Node) -> bool:
    return isinstance(node, OneOf) and node.unset
