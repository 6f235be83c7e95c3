"""A relation to many on its class, with the verbs that change and read the links of one row."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from rooftree.db.expressions.base import Condition, Value
from rooftree.db.expressions.kinds import BOOLEAN
from rooftree.db.expressions.paths import Related, key_values
from rooftree.db.expressions.select import Select
from rooftree.db.query.find import Query
from rooftree.db.query.links import ChangeLinks

__all__ = ["Relation"]

M = TypeVar("M")


class Relation(Related[M], Generic[M]):
    """Many rows on the other side of a relation: ``Product.tags``.

    Besides what ``Related`` asks and includes, it adds, removes and sets the links of one row of a many to many,
    and finds its rows.
    """

    __slots__ = ()

    def of(self, owner: Any) -> Query[M]:
        """The rows that belong to one owner, an instance or a key, as a query."""
        many = self.many
        links = many.links
        assert many.owner is not None  # noqa: S101 - a table owns its relations
        key = key_values(many.owner, owner)
        if links.through is None:
            pairs = zip(links.source.columns, key, strict=True)
            own = [
                Condition("eq", (links.target.own[column.name], Value(part, column.type)), BOOLEAN)
                for column, part in pairs
            ]
            return Query(Select(links.target).replace(conditions=tuple(own)))
        condition = Condition(
            "belongs_to",
            tuple(Value(part, column.type) for column, part in zip(links.source.columns, key, strict=True)),
            BOOLEAN,
            (many,),
        )
        return Query(Select(links.target).replace(conditions=(condition,)))

    def add(self, owner: Any, *rows: Any) -> ChangeLinks:
        """Link an owner to rows, instances or keys; links that exist stay. Many to many only."""
        return ChangeLinks(self.many, "add", owner, rows)

    def remove(self, owner: Any, *rows: Any) -> ChangeLinks:
        """Take the links of an owner to rows away; the rows stay. Many to many only."""
        return ChangeLinks(self.many, "remove", owner, rows)

    def set(self, owner: Any, rows: Iterable[Any]) -> ChangeLinks:
        """Link an owner to exactly these rows. Many to many only."""
        return ChangeLinks(self.many, "set", owner, rows)
