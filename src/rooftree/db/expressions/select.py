"""A query as plain data, and the shape that it shares with every query that differs in values only."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Literal, NamedTuple, cast

from rooftree.db.expressions.base import Condition, Expression, Ordering, Value
from rooftree.db.expressions.columns import Column
from rooftree.db.expressions.kinds import BOOLEAN, INTEGER, JSON
from rooftree.db.table import ManyInfo, ReferenceInfo, TableInfo
from rooftree.db.types import ColumnType

__all__ = [
    "Counter",
    "Join",
    "Lock",
    "Parameter",
    "Select",
    "Source",
    "Subquery",
    "number",
    "number_select",
    "shape_of",
    "shape_of_select",
]


class Source(NamedTuple):
    """The rows that a query starts from instead of a table's: those of another query.

    Attributes:
        start: The other query.
        step: What gives further rows of those found before, again and again until it gives none.
        every: Whether equal rows are kept.
    """

    start: Select
    step: Select | None
    every: bool


class Join(NamedTuple):
    """The rows of another query, joined to those of this one.

    Attributes:
        select: The other query.
        on: What both rows must fit.
        outer: Whether a row without another stays.
    """

    select: Select
    on: Expression[Any]
    outer: bool


Lock = tuple[Literal["update", "no key update", "share"], Literal["wait", "nowait", "skip locked"]]


class Select:
    """What a query asks for. Parts that were not given are the class's own; ``replace`` makes a changed copy.

    Attributes:
        info: The table that it starts from.
        columns: The expressions to select; none for whole rows.
        conditions: What every row must fit, joined by AND.
        order: Orderings, or expressions (ascending).
        includes: Relations to load with the rows.
        joined: References whose rows come in the same statement, parents before children.
        group: The expressions to group by.
        having: What every group must fit.
        limit: The most rows.
        offset: The rows to pass over.
        distinct: Whether equal rows come once.
        distinct_on: The expressions of which each combination comes once (PostgreSQL).
        lock: The row lock to take.
        deleted: Whether softly deleted rows are left out, taken too, or taken alone.
        combined: Further queries, each with how its rows are combined with those before.
        counted: Whether only the number of rows is wanted.
        link: The relation by which the rows belong to owners; each comes with its owner's key.
        keys: The keys of the owners, a list of tuples.
        make: What makes a result of the selected values, instead of a tuple.
        source: The query whose rows this one starts from, instead of a table's.
        joins: Further queries whose rows are joined.
        leave: For whom it is asked, or why for nobody; what policies go by. It is no part of the shape: what a policy
            adds are conditions.
    """

    columns: tuple[Expression[Any], ...] = ()
    conditions: tuple[Expression[Any], ...] = ()
    order: tuple[Expression[Any] | Ordering, ...] = ()
    includes: tuple[Any, ...] = ()
    joined: tuple[tuple[ReferenceInfo, ...], ...] = ()
    group: tuple[Expression[Any], ...] = ()
    having: tuple[Expression[Any], ...] = ()
    limit: int | None = None
    offset: int | None = None
    distinct: bool = False
    distinct_on: tuple[Expression[Any], ...] = ()
    lock: Lock | None = None
    deleted: Literal["hide", "show", "only"] = "hide"
    combined: tuple[tuple[Literal["union", "union all", "intersect", "except"], Select], ...] = ()
    counted: bool = False
    link: ManyInfo | None = None
    keys: Expression[Any] | None = None
    make: Callable[..., Any] | None = None
    source: Source | None = None
    joins: tuple[Join, ...] = ()
    leave: Any = None

    def __init__(self, info: TableInfo) -> None:
        self.info = info

    def replace(self, **changes: Any) -> Select:
        """Return a copy with some parts changed."""
        copy = object.__new__(Select)
        copy.__dict__ = {**self.__dict__, **changes}
        return copy

    @property
    def visible(self) -> tuple[Expression[Any], ...]:
        """The conditions, with the one that hides softly deleted rows."""
        column = self.info.deleted
        if column is None or self.deleted == "show":
            return self.conditions
        op = "is_null" if self.deleted == "hide" else "is_not_null"
        return (*self.conditions, Condition(op, (self.info.own[column.name],), BOOLEAN))


class Subquery(Expression[Any]):
    """A query inside an expression: its one value (``scalar``), its rows (``rows``) or its existence (``exists``)."""

    __slots__ = ("select",)

    def __init__(self, op: Literal["scalar", "rows", "exists"], select: Select, type: ColumnType) -> None:
        super().__init__(op, (), type)
        self.select = select


# ---- shapes
#
# ``shape_of`` and ``number`` walk a tree in the same order: what the first appends to ``values`` at index 3, the second
# replaces by Parameter 3; so do ``shape_of_select`` and ``number_select``. Change them together.


class Parameter(Expression[Any]):
    """The place of a value in a compiled statement."""

    __slots__ = ("index",)

    def __init__(self, index: int, type: ColumnType) -> None:
        super().__init__("parameter", (), type)
        self.index = index

    def __repr__(self) -> str:
        return "<value>"


def shape_of(expression: Expression[Any], values: list[Expression[Any]]) -> Hashable:
    """Return what tells an expression apart but for its values; those are appended to ``values`` in order."""
    given: Any = expression  # cast() would be a call
    if given.__class__ is Column:
        token: object = given.token
        return token
    op = expression.op
    if op == "value":
        values.append(expression)
        return expression.type.key
    if isinstance(expression, Subquery):
        return (op, shape_of_select(expression.select, values))
    parts = expression.parts
    if len(parts) == 2 and not expression.data:  # operators, whose type follows from their operands
        return (op, shape_of(parts[0], values), shape_of(parts[1], values))
    return (op, expression.type.key, expression.data, *[shape_of(part, values) for part in parts])


def number(expression: Expression[Any], count: Counter) -> Expression[Any]:
    """Return the expression with each value replaced by its place."""
    op = expression.op
    if op == "column":
        return expression
    if op == "value":
        return Parameter(count.take(), expression.type)
    copy = object.__new__(type(expression))
    copy.op = op
    copy.type = expression.type
    copy.data = expression.data
    if isinstance(expression, Subquery):
        copy.parts = ()
        cast("Subquery", copy).select = number_select(expression.select, count)
    else:
        copy.parts = tuple([number(part, count) for part in expression.parts])
    return copy


class Counter:
    """Counts the values of a query in the order of its shape."""

    __slots__ = ("next",)

    def __init__(self) -> None:
        self.next = 0

    def take(self) -> int:
        """Return the next number."""
        self.next += 1
        return self.next - 1


def shape_of_select(select: Select, values: list[Expression[Any]]) -> Hashable:
    """Return what tells a query apart but for its values; the parts in the order in which they were given."""
    given = select.__dict__
    if len(given) == 2 and "conditions" in given:  # by far the most queries
        return (select.info, *[shape_of(part, values) for part in select.conditions])
    shape: list[Hashable] = []
    for name, part in given.items():
        if name in _PLAIN:
            shape += name, part
        elif name in _EXPRESSIONS:
            shape += name, len(part)
            for one in part:
                shape.append(one.token if one.__class__ is Column else _shape_of_step(one, values))
        elif name in _NUMBERS:
            shape += name, part is None
            if part is not None:
                values.append(Value(part, INTEGER))
        elif name == "keys":
            values.append(part)
        elif name not in _SHAPELESS:
            shape += name, _shape_of_queries(name, part, values)
    return tuple(shape)


def _shape_of_queries(name: str, part: Any, values: list[Expression[Any]]) -> Hashable:
    """The shape of a part that is made of other queries."""
    if name == "source":
        start, step, every = part
        return every, shape_of_select(start, values), step and shape_of_select(step, values)
    if name == "joins":
        return tuple([(join.outer, shape_of_select(join.select, values), shape_of(join.on, values)) for join in part])
    return tuple([(how, shape_of_select(other, values)) for how, other in part])


def _shape_of_step(step: Expression[Any] | Ordering, values: list[Expression[Any]]) -> Hashable:
    if isinstance(step, Ordering):
        return (step.direction, step.nulls, shape_of(step.expression, values))
    return shape_of(step, values)


def number_select(select: Select, count: Counter) -> Select:
    """Return the query with each value replaced by its place."""
    changes: dict[str, Any] = {}
    for name, part in select.__dict__.items():
        if name in _EXPRESSIONS:
            changes[name] = tuple([_number_step(one, count) for one in part])
        elif name in _NUMBERS:
            changes[name] = None if part is None else Parameter(count.take(), INTEGER)
        elif name == "keys":
            changes[name] = Parameter(count.take(), JSON)
        elif name == "source":
            start, step, every = part
            changes[name] = Source(number_select(start, count), step and number_select(step, count), every)
        elif name == "joins":
            changes[name] = tuple(
                [Join(number_select(join.select, count), number(join.on, count), join.outer) for join in part]
            )
        elif name == "combined":
            changes[name] = tuple([(how, number_select(other, count)) for how, other in part])
    return select.replace(**changes)


def _number_step(step: Expression[Any] | Ordering, count: Counter) -> Expression[Any] | Ordering:
    if isinstance(step, Ordering):
        return Ordering(number(step.expression, count), step.direction, step.nulls)
    return number(step, count)


_PLAIN = frozenset({"info", "distinct", "lock", "deleted", "joined", "counted", "link", "make"})
_EXPRESSIONS = frozenset({"columns", "conditions", "order", "group", "having", "distinct_on"})
_NUMBERS = frozenset({"limit", "offset"})
_SHAPELESS = frozenset({"includes", "leave"})  # loaded by statements of their own; applied before
