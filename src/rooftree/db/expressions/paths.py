"""Ways from one table to others: what a relation is on its class.

``Product.category`` is a ``RefPath``: its attributes are the columns and relations behind it, and using one joins
the table. ``Category.products`` is a ``Related``: the many rows, to ask about (``any()``) or to include.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from typing import Any, Generic, NoReturn, TypeVar, cast

from msgspec import UNSET

from rooftree.db.expressions.base import Condition, Expression, Ordering, Value
from rooftree.db.expressions.columns import Column
from rooftree.db.expressions.kinds import BOOLEAN, INTEGER
from rooftree.db.expressions.select import Select
from rooftree.db.model_errors import QueryError
from rooftree.db.table import ColumnInfo, ManyInfo, ReferenceInfo, TableInfo

__all__ = ["REFERENCE_VERBS", "RefPath", "Related", "child_of", "columns_named", "key_values", "path_of"]

M = TypeVar("M")

REFERENCE_VERBS = frozenset({"is_", "is_not", "in_", "is_null", "is_not_null"})


def child_of(info: TableInfo, path: tuple[ReferenceInfo, ...], name: str) -> Column[Any] | RefPath | Related[Any]:
    """Return what a name means behind a path: a column, a further reference, or many rows.

    Raises:
        AttributeError: the table has no such name; the text lists those it has.
    """
    part = info.find(name)
    if isinstance(part, ColumnInfo):
        return _column(part, path)
    if isinstance(part, ReferenceInfo):
        return RefPath(part, path)
    if isinstance(part, ManyInfo):
        return Related(part, path)
    close = difflib.get_close_matches(name, info.names, 1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise AttributeError(
        f"{info.model} has no column or relation {name!r}.{hint} It has {', '.join(info.names)}.", name=name
    )


def _column(part: ColumnInfo, path: tuple[ReferenceInfo, ...]) -> Column[Any]:
    """A key column behind a reference is the column that refers to it: no join is needed to read it."""
    if path and part.primary:
        reference = path[-1]
        own = reference.columns[reference.target.key.index(part)]
        return _column(own, path[:-1])
    return Column(part, path)


def columns_named(info: TableInfo, parts: Iterable[Any], refuse: Callable[[Any], Exception]) -> list[ColumnInfo]:
    """Return the columns that a table's own columns and references name.

    Raises:
        Exception: what ``refuse`` makes of a part that is neither.
    """
    found: list[ColumnInfo] = []
    for part in parts:
        if isinstance(part, Column) and not part.path and part.info.table is info:
            found.append(part.info)
        elif isinstance(part, RefPath) and len(path_of(part)) == 1 and path_of(part)[0] in info.references:
            found.extend(path_of(part)[0].columns)
        else:
            raise refuse(part)
    return found


class RefPath:
    """A reference on its class: the way to the columns behind it.

    The checkers see the other model's class here, so its columns are typed; further than its columns and relations it
    has the verbs below.
    """

    def __init__(self, reference: ReferenceInfo, path: tuple[ReferenceInfo, ...] = ()) -> None:
        self._reference = reference
        self._path = path
        self._whole = (*path, reference)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        child = child_of(self._reference.target, self._whole, name)
        self.__dict__[name] = child  # the same object each time: it is part of a query's shape
        return child

    def is_(self, other: Any) -> Condition:
        """True where the reference leads to this row: an instance, or a key."""
        return self._equal("eq", "and", other)

    def is_not(self, other: Any) -> Condition:
        """True where the reference leads to another row than this one."""
        return self._equal("ne", "or", other)

    def in_(self, others: Iterable[Any]) -> Condition:
        """True where the reference leads to one of these rows: instances, or keys."""
        columns = self._columns()
        keys = [key_values(self._reference.target, other) for other in others]
        if len(columns) == 1:
            return columns[0].in_([key[0] for key in keys])
        found: Condition | None = None
        for key in keys:
            one = _all([_equals("eq", column, value) for column, value in zip(columns, key, strict=True)])
            found = one if found is None else found | one
        return found if found is not None else columns[0].in_([])

    def is_null(self) -> Condition:
        """True where the reference leads nowhere."""
        return self._columns()[0].is_null()

    def is_not_null(self) -> Condition:
        """True where the reference leads somewhere."""
        return self._columns()[0].is_not_null()

    def _columns(self) -> list[Column[Any]]:
        return [child_of_column(column, self._path, self) for column in self._reference.columns]

    def _equal(self, op: str, join: str, other: Any) -> Condition:
        columns = self._columns()
        values = key_values(self._reference.target, other)
        parts = [_equals(op, column, value) for column, value in zip(columns, values, strict=True)]
        return _all(parts, join)

    def __eq__(self, other: object) -> NoReturn:
        raise QueryError(
            "Q113", f"{self!r} was compared with ==, which checkers read as False.", f"Write {self!r}.is_(...)."
        )

    def __ne__(self, other: object) -> NoReturn:
        raise QueryError(
            "Q113", f"{self!r} was compared with !=, which checkers read as True.", f"Write {self!r}.is_not(...)."
        )

    __hash__ = object.__hash__

    def __bool__(self) -> NoReturn:
        raise QueryError(
            "Q101", f"The relation {self!r} was used as a truth value.", f"Write {self!r}.is_not_null() in a query."
        )

    def __repr__(self) -> str:
        owner = self._path[0] if self._path else self._reference
        table = owner.columns[0].table if owner.columns else None
        return ".".join([table.model if table else "?", *(step.name for step in (*self._path, self._reference))])


def path_of(reference: RefPath) -> tuple[ReferenceInfo, ...]:
    """The references that lead to one on its class, and that itself. No method: its names are the other model's."""
    return reference._whole  # pyright: ignore[reportPrivateUsage]


def child_of_column(column: ColumnInfo, path: tuple[ReferenceInfo, ...], keeper: RefPath) -> Column[Any]:
    """The column behind a path as one lasting object, kept by the path that asked."""
    name = f" own {column.name}"
    if name not in keeper.__dict__:
        keeper.__dict__[name] = Column(column, path)
    kept = keeper.__dict__[name]
    return cast("Column[Any]", kept)


def _equals(op: str, column: Column[Any], value: Any) -> Condition:
    return Condition(op, (column, Value(value, column.type)), BOOLEAN)


def _all(parts: list[Condition], join: str = "and") -> Condition:
    whole = parts[0]
    for part in parts[1:]:
        whole = Condition(join, (whole, part), BOOLEAN)
    return whole


def key_values(info: TableInfo, other: Any) -> tuple[Any, ...]:
    """Return the key of a row of this table as a tuple: of an instance, or a key given as it is.

    Raises:
        QueryError: an instance of another model, one that has no key yet, or a key of another number of columns.
    """
    other_info: TableInfo | None = getattr(cast("Any", type(other)), "__table_info__", None)
    if other_info is not None:
        if other_info is not info:
            raise QueryError(
                "Q114", f"A {info.model} was wanted, got a {other_info.model}.", "Pass the right instance or key."
            )
        values = tuple(getattr(other, column.name) for column in info.key)
        if any(value is None or value is UNSET for value in values):
            raise QueryError("Q115", f"This {info.model} has no key yet: it was never saved.", "Save it first.")
        return values
    values = _as_tuple(other)
    if len(values) != len(info.key):
        names = ", ".join(column.name for column in info.key)
        raise QueryError(
            "Q116", f"The key of {info.model} is ({names}), got {len(values)} values.", "Pass a tuple in that order."
        )
    if any(value is None for value in values):
        raise QueryError("Q116", f"The key of {info.model} is never None.", "Use is_null() to find rows without one.")
    return values


def _as_tuple(key: Any) -> tuple[Any, ...]:
    many: Any = key
    return tuple(many) if type(key) is tuple else (key,)


class Related(Generic[M]):
    """Many rows on the other side of a relation, on its class: ``Category.products``.

    Ask about them in a filter (``any``, ``none``, ``count``), or include them, narrowed by ``where``, ``order_by``,
    ``limit`` (the first of each parent) and with relations of their own.
    """

    __slots__ = ("many", "path", "select")

    def __init__(self, many: ManyInfo, path: tuple[ReferenceInfo, ...] = (), select: Select | None = None) -> None:
        self.many = many
        self.path = path
        self.select = select

    def _narrowed(self, **changes: Any) -> Related[M]:
        return type(self)(self.many, self.path, self._query().replace(**changes))

    def _query(self) -> Select:
        return self.select if self.select is not None else Select(self.many.target)

    def where(self, *conditions: Expression[bool]) -> Related[M]:
        """Only the rows that fit."""
        return self._narrowed(conditions=(*self._query().conditions, *conditions))

    def order_by(self, *order: Expression[Any] | Ordering) -> Related[M]:
        """The rows in this order."""
        return self._narrowed(order=order)

    def limit(self, count: int) -> Related[M]:
        """At most this many rows for each parent."""
        return self._narrowed(limit=count)

    def include(self, *relations: Any) -> Related[M]:
        """Load relations of the included rows too."""
        return self._narrowed(includes=(*self._query().includes, *relations))

    def any(self, *conditions: Expression[bool]) -> Condition:
        """True where at least one of the rows fits."""
        return Condition("related_any", conditions, BOOLEAN, (self.many, self.path))

    def none(self, *conditions: Expression[bool]) -> Condition:
        """True where none of the rows fits."""
        return ~self.any(*conditions)

    def count(self, *conditions: Expression[bool]) -> Expression[int]:
        """The number of rows that fit."""
        return Expression("related_count", conditions, INTEGER, (self.many, self.path))

    def __bool__(self) -> NoReturn:
        raise QueryError(
            "Q101", f"The relation {self!r} was used as a truth value.", f"Write {self!r}.any() in a query."
        )

    def __len__(self) -> NoReturn:
        raise QueryError(
            "Q102", f"len() of the relation {self!r}, which is no list here.", f"Write {self!r}.count() in a query."
        )

    def __contains__(self, item: object) -> NoReturn:
        raise QueryError(
            "Q103", f"'in' was used on the relation {self!r}, which is no list here.", f"Write {self!r}.any(...)."
        )

    def __repr__(self) -> str:
        owner = self.path[0].columns[0].table if self.path else self.many.owner
        return ".".join([owner.model if owner else "?", *(step.name for step in self.path), self.many.name])
