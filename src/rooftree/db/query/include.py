"""Loading relations: references come in the same statement, many rows in one further statement for each relation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any

from msgspec import UNSET

from rooftree.db.database import Database
from rooftree.db.expressions.base import Value
from rooftree.db.expressions.kinds import JSON
from rooftree.db.expressions.paths import RefPath, Related, path_of
from rooftree.db.expressions.select import Select
from rooftree.db.model_errors import QueryError
from rooftree.db.sql.plans import read_plan
from rooftree.db.table import ManyInfo, ReferenceInfo, TableInfo

__all__ = ["include_in", "load_includes"]

Path = tuple[ReferenceInfo, ...]


def include_in(select: Select, relations: Iterable[Any]) -> Select:
    """Return the query with relations to load.

    Raises:
        QueryError: not a relation, or one of another model.
    """
    joined = [*select.joined]
    includes = [*select.includes]
    for relation in relations:
        if isinstance(relation, RefPath):
            path = path_of(relation)
        elif isinstance(relation, Related):
            path = relation.path
            includes.append(relation)
        else:
            raise QueryError(
                "Q130",
                f"include() was given {relation!r}.",
                f"Name relations: include({select.info.model}.<relation>).",
            )
        root = path[0].columns[0].table if path else relation.many.owner
        if root is not select.info:
            raise QueryError(
                "Q131", f"include({relation!r}) in a query of {select.info.model}.", f"Start from {select.info.model}."
            )
        if len(path) == 1:
            if path not in joined:
                joined.append(path)
            continue
        for depth in range(1, len(path) + 1):
            if path[:depth] not in joined:
                joined.append(path[:depth])
    return select.replace(joined=tuple(joined), includes=tuple(includes))


async def load_includes(database: Database, instances: list[Any], includes: Iterable[Related[Any]]) -> None:
    """Load many rows for instances that a query has made."""
    for related in includes:
        owners = instances
        for reference in related.path:
            found = (reference_of(owner, reference) for owner in owners)
            owners = list({id(row): row for row in found if row is not None and row is not UNSET}.values())
        if owners:
            await _load(database, owners, related)


def reference_of(instance: Any, reference: ReferenceInfo) -> Any:
    """Return the loaded row of a reference, ``None`` or ``UNSET``."""
    return type(instance).__dict__[reference.name].slot.__get__(instance)


async def _load(database: Database, owners: list[Any], related: Related[Any]) -> None:
    many = related.many
    owner_info = many.owner
    assert owner_info is not None  # noqa: S101 - a table owns its relations
    names = [column.name for column in owner_info.key]
    by_key: dict[tuple[Any, ...], list[Any]] = {}
    for owner in owners:
        by_key[tuple([getattr(owner, name) for name in names])] = []
    narrowed = related.select if related.select is not None else Select(many.target)
    select = include_in(narrowed.replace(includes=()), narrowed.includes)
    select = select.replace(link=many, keys=Value(list(by_key), JSON))
    plan, values = read_plan(select, database.dialect)
    rows = await database.fetch(plan.statement, plan.parameters(values))
    children = _given_out(many, plan.many(rows), rows, by_key, _key_decoder(owner_info, database))
    for owner in owners:  # by setattr, which tells the collector that the owner may be in a circle now
        setattr(owner, many.name, by_key[tuple([getattr(owner, name) for name in names])])
    if select.includes and children:
        await load_includes(database, children, select.includes)


def _given_out(
    many: ManyInfo, made: list[Any], rows: Sequence[Any], by_key: dict[tuple[Any, ...], list[Any]], decode: Any
) -> list[Any]:
    """Give each child to its owner; return all of them."""
    if many.links.through is not None:
        for key, child in made:
            by_key[decode(key)].append(child)
        return [child for _, child in made]
    key_of = itemgetter(*[column.position for column in many.links.source.columns])
    single = len(many.links.source.columns) == 1
    lists: dict[Any, list[Any]] = {}  # by the key as the database wrote it, so that each is decoded once
    for row, child in zip(rows, made, strict=True):
        raw = key_of(row)
        found = lists.get(raw)
        if found is None:
            found = lists[raw] = by_key[decode((raw,) if single else raw)]
        found.append(child)
    return made


def _key_decoder(info: TableInfo, database: Database) -> Any:
    from rooftree.db.codecs import decoder

    decoders = [decoder(column.type, database.dialect) for column in info.key]
    if not any(decoders):
        return tuple

    def decoded(key: tuple[Any, ...]) -> tuple[Any, ...]:
        pairs = zip(key, decoders, strict=True)
        return tuple([part if decode is None else decode(part) for part, decode in pairs])

    return decoded
