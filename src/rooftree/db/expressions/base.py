"""Expressions: what a column is on its class, and everything built from columns by operators and methods.

An expression is a small tree of plain data. ``op`` says what it does, ``parts`` are the expressions it is made of,
``data`` what else tells it apart. Values are kept beside the tree (``Value``), so two queries that differ in
values only have one shape, and their SQL is compiled once.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Generic, Literal, NoReturn, TypeAlias, TypeVar, cast, get_args, overload

from rooftree.db.expressions.kinds import (
    BOOLEAN,
    DATE,
    DURATION,
    FLOAT,
    INTEGER,
    JSON,
    MOMENT,
    NUMERIC_KINDS,
    TEXT,
    Part,
    Unit,
    arithmetic_type,
    checked_zone,
    decimal_literal_type,
    need,
    one_of,
)
from rooftree.db.model_errors import QueryError
from rooftree.db.types import ColumnType, column_type

__all__ = ["Condition", "Expression", "Ordering", "Selectable", "Value", "operand"]

T = TypeVar("T")
U = TypeVar("U")


class Expression(Generic[T]):
    """A typed SQL expression whose value is a ``T``.

    It is data to build queries from: it has no truth value, no length and no members, and asking for one raises.
    """

    __slots__ = ("data", "op", "parts", "type")

    def __init__(
        self, op: str, parts: tuple[Expression[Any], ...], type: ColumnType, data: tuple[object, ...] = ()
    ) -> None:
        self.op = op
        self.parts = parts
        self.type = type
        self.data = data

    # ---- comparison

    __hash__ = object.__hash__

    @overload  # type: ignore[override]
    def __eq__(self: Numeric, other: float | Decimal | Expression[Any] | None) -> Condition: ...
    @overload
    def __eq__(self, other: T | Expression[Any] | None) -> Condition: ...
    def __eq__(self, other: object) -> Condition:  # pyright: ignore[reportIncompatibleMethodOverride]
        if other is None:
            return Condition("is_null", (self,), BOOLEAN)
        return _compare("eq", self, other)

    @overload  # type: ignore[override]
    def __ne__(self: Numeric, other: float | Decimal | Expression[Any] | None) -> Condition: ...
    @overload
    def __ne__(self, other: T | Expression[Any] | None) -> Condition: ...
    def __ne__(self, other: object) -> Condition:  # pyright: ignore[reportIncompatibleMethodOverride]
        if other is None:
            return Condition("is_not_null", (self,), BOOLEAN)
        return _compare("ne", self, other)

    @overload
    def __lt__(self: Numeric, other: float | Decimal | Expression[Any]) -> Condition: ...
    @overload
    def __lt__(self, other: T | Expression[Any]) -> Condition: ...
    def __lt__(self, other: Any) -> Condition:
        return _compare("lt", self, other)

    @overload
    def __le__(self: Numeric, other: float | Decimal | Expression[Any]) -> Condition: ...
    @overload
    def __le__(self, other: T | Expression[Any]) -> Condition: ...
    def __le__(self, other: Any) -> Condition:
        return _compare("le", self, other)

    @overload
    def __gt__(self: Numeric, other: float | Decimal | Expression[Any]) -> Condition: ...
    @overload
    def __gt__(self, other: T | Expression[Any]) -> Condition: ...
    def __gt__(self, other: Any) -> Condition:
        return _compare("gt", self, other)

    @overload
    def __ge__(self: Numeric, other: float | Decimal | Expression[Any]) -> Condition: ...
    @overload
    def __ge__(self, other: T | Expression[Any]) -> Condition: ...
    def __ge__(self, other: Any) -> Condition:
        return _compare("ge", self, other)

    def is_null(self) -> Condition:
        """True where there is no value."""
        return Condition("is_null", (self,), BOOLEAN)

    def is_not_null(self) -> Condition:
        """True where there is a value."""
        return Condition("is_not_null", (self,), BOOLEAN)

    def in_(self, values: Iterable[T] | Selectable) -> Condition:
        """True where the value is one of these: an iterable of values, or a query that selects one column.

        An empty iterable fits no row.
        """
        return _in("in", self, values)

    def not_in(self, values: Iterable[T] | Selectable) -> Condition:
        """True where the value is none of these; an empty iterable fits every row with a value."""
        return _in("not_in", self, values)

    @overload
    def between(
        self: Numeric, low: float | Decimal | Expression[Any], high: float | Decimal | Expression[Any]
    ) -> Condition: ...
    @overload
    def between(self, low: T | Expression[Any], high: T | Expression[Any]) -> Condition: ...
    def between(self, low: Any, high: Any) -> Condition:
        """True where ``low <= value <= high``."""
        return _compare("ge", self, low) & _compare("le", self, high)

    # ---- logic

    def __and__(self: Truth, other: Truth) -> Condition:
        return _logic("and", self, other)

    def __or__(self: Truth, other: Truth) -> Condition:
        return _logic("or", self, other)

    def __invert__(self: Truth) -> Condition:
        return Condition("not", (_truth(self),), BOOLEAN)

    # ---- arithmetic

    @overload
    def __add__(self: Expression[int], other: Decimal | Expression[Decimal]) -> Expression[Decimal]: ...
    @overload
    def __add__(self: Moment, other: timedelta | Expression[timedelta]) -> Expression[datetime]: ...
    @overload
    def __add__(self, other: T | int | Expression[T] | Expression[int]) -> Expression[T]: ...
    def __add__(self, other: Any) -> Expression[Any]:
        if self.type.kind == "text":
            return Expression("concat", (self, operand(other, self)), TEXT)
        return _arithmetic("add", self, other)

    @overload
    def __sub__(self: Expression[int], other: Decimal | Expression[Decimal]) -> Expression[Decimal]: ...
    @overload
    def __sub__(self: Moment, other: datetime | Expression[datetime]) -> Expression[timedelta]: ...
    @overload
    def __sub__(self: Moment, other: timedelta | Expression[timedelta]) -> Expression[datetime]: ...
    @overload
    def __sub__(self, other: T | int | Expression[T] | Expression[int]) -> Expression[T]: ...
    def __sub__(self, other: Any) -> Expression[Any]:
        return _arithmetic("sub", self, other)

    @overload
    def __mul__(self: Expression[int], other: Decimal | Expression[Decimal]) -> Expression[Decimal]: ...
    @overload
    def __mul__(self, other: T | int | Expression[T] | Expression[int]) -> Expression[T]: ...
    def __mul__(self, other: Any) -> Expression[Any]:
        return _arithmetic("mul", self, other)

    @overload
    def __truediv__(self: Expression[int], other: int | Expression[int]) -> Expression[float]: ...
    @overload
    def __truediv__(self, other: T | int | Expression[T] | Expression[int]) -> Expression[T]: ...
    def __truediv__(self, other: Any) -> Expression[Any]:
        return _arithmetic("div", self, other)

    def __mod__(self: Expression[int], other: int | Expression[int]) -> Expression[int]:
        return cast("Expression[int]", _arithmetic("mod", self, other))

    def __radd__(self: Numeric, other: float | Decimal) -> Expression[T]:
        return cast("Expression[T]", _arithmetic("add", operand(other, self), self))

    def __rsub__(self: Numeric, other: float | Decimal) -> Expression[T]:
        return cast("Expression[T]", _arithmetic("sub", operand(other, self), self))

    def __rmul__(self: Numeric, other: float | Decimal) -> Expression[T]:
        return cast("Expression[T]", _arithmetic("mul", operand(other, self), self))

    def __neg__(self) -> Expression[T]:
        need(self, NUMERIC_KINDS, "-")
        return Expression("neg", (self,), self.type)

    # ---- text

    def contains(self: Text, text: str, *, ignore_case: bool = False) -> Condition:
        """True where the text holds ``text``; ``%`` and ``_`` stand for themselves."""
        return _like(self, "contains", text, ignore_case=ignore_case)

    def startswith(self: Text, text: str, *, ignore_case: bool = False) -> Condition:
        """True where the text begins with ``text``."""
        return _like(self, "startswith", text, ignore_case=ignore_case)

    def endswith(self: Text, text: str, *, ignore_case: bool = False) -> Condition:
        """True where the text ends with ``text``."""
        return _like(self, "endswith", text, ignore_case=ignore_case)

    def equals(self: Text, text: str, *, ignore_case: bool = True) -> Condition:
        """True where the text is ``text``, whatever the case of its letters."""
        return _like(self, "equals", text, ignore_case=ignore_case)

    def matches(self: Text, pattern: str, *, ignore_case: bool = False) -> Condition:
        """True where the regular expression is found in the text; in the database's own syntax (Python's on SQLite).

        Take no pattern from outside: some take for ever, and SQLite matches in this process.
        """
        need(self, {"text"}, "matches()")
        return Condition("matches", (self, operand(pattern, self)), BOOLEAN, (ignore_case,))

    def lower(self: Text) -> Expression[str]:
        """The text in lower case, by Unicode."""
        return _text_function("lower", self)

    def upper(self: Text) -> Expression[str]:
        """The text in upper case, by Unicode."""
        return _text_function("upper", self)

    def trim(self: Text) -> Expression[str]:
        """The text without spaces at both ends."""
        return _text_function("trim", self)

    def length(self: Text) -> Expression[int]:
        """The number of characters."""
        need(self, {"text"}, "length()")
        return Expression("length", (self,), INTEGER)

    def replace(self: Text, old: str, new: str) -> Expression[str]:
        """The text with each ``old`` replaced by ``new``."""
        need(self, {"text"}, "replace()")
        return Expression("replace", (self, Value(old, TEXT), Value(new, TEXT)), TEXT)

    # ---- dates

    def part(self: Day, part: Part, *, zone: str | None = None) -> Expression[int]:
        """One part of a moment or date; of a moment in UTC, or in the zone named (``"Europe/Berlin"``).

        ``weekday`` counts from Monday as 1, ``week`` is the week by ISO 8601.
        """
        need(self, {"datetime", "date"}, "part()")
        one_of(part, get_args(Part), "part()")
        return Expression("part", (self, *_zone(self, zone)), INTEGER, (part,))

    def day(self: Moment, *, zone: str | None = None) -> Expression[date]:
        """The date of a moment; in UTC, or in the zone named."""
        need(self, {"datetime"}, "day()")
        return Expression("day", (self, *_zone(self, zone)), DATE)

    def truncate(self: Moment, unit: Unit, *, zone: str | None = None) -> Expression[datetime]:
        """The moment at which the unit began, in UTC or in the zone named; a week begins on Monday."""
        need(self, {"datetime"}, "truncate()")
        one_of(unit, get_args(Unit), "truncate()")
        return Expression("truncate", (self, *_zone(self, zone)), MOMENT, (unit,))

    # ---- JSON and arrays

    def at(self, *path: str | int, as_: type[U]) -> Expression[U | None]:
        """The value at this place of a JSON column, as ``str``, ``int``, ``float`` or ``bool``.

        A missing place gives no value. ``Product.details.at("sizes", 0, as_=int)``.
        """
        need(self, {"json"}, "at()")
        type_ = column_type(as_)
        if type_.kind not in {"text", "integer", "float", "boolean"}:
            raise QueryError(
                "Q107", f"at() reads str, int, float or bool, got as_={as_.__name__}.", "Use cast() on it."
            )
        for step in path:
            if type(step) is not str and type(step) is not int:
                raise QueryError(
                    "Q107", f"A step of a JSON path is str or int, got {step!r}.", "Name keys and positions."
                )
        return Expression("json_at", (self, Value(list(path), JSON)), type_, (type_.key,))

    def has(self: Array[U], item: U) -> Condition:
        """True where the array holds the item."""
        need(self, {"array"}, "has()")
        return Condition("array_has", (self, Value(item, cast("ColumnType", self.type.item))), BOOLEAN)

    def overlaps(self: Array[U], items: Iterable[U]) -> Condition:
        """True where the array holds at least one of the items."""
        need(self, {"array"}, "overlaps()")
        return Condition("array_overlaps", (self, Value(list(items), self.type)), BOOLEAN)

    def size(self: Array[Any]) -> Expression[int]:
        """The number of items of the array."""
        need(self, {"array"}, "size()")
        return Expression("array_size", (self,), INTEGER)

    # ---- the rest

    def cast(self, to: type[U]) -> Expression[U]:
        """The value as another type, converted by the database."""
        return Expression("cast", (self,), column_type(to))

    def asc(self, *, nulls: Literal["first", "last"] | None = None) -> Ordering:
        """Order by this, smallest first."""
        return Ordering(self, "asc", nulls)

    def desc(self, *, nulls: Literal["first", "last"] | None = None) -> Ordering:
        """Order by this, largest first."""
        return Ordering(self, "desc", nulls)

    # ---- misuse

    def __bool__(self) -> NoReturn:
        raise QueryError(
            "Q101",
            f"The expression {self!r} was used as a truth value, but it has one only inside a query.",
            "Join conditions with & | ~ instead of and, or, not; put ( ) around each.",
        )

    def __len__(self) -> NoReturn:
        raise QueryError(
            "Q102", f"len() of the expression {self!r}, which has no length here.", "Use .length() or .size()."
        )

    def __contains__(self, item: object) -> NoReturn:
        raise QueryError(
            "Q103",
            f"'in' was used on the expression {self!r}, which has no members here.",
            "Use .contains(), .has() or .in_().",
        )

    if not TYPE_CHECKING:

        def __clause_element__(self) -> NoReturn:
            """Tell those who write SQLAlchemy's ``select(Product.name)``, which asks for this."""
            raise QueryError(
                "Q127",
                f"SQLAlchemy was given the expression {self!r}.",
                "Write Product.select(...), or Product.table.c.<column> inside of core().",
            )

    def __iter__(self) -> Iterator[Any]:
        raise QueryError("Q104", f"The expression {self!r} cannot be iterated.", "Select it in a query and await that.")

    def __repr__(self) -> str:
        inner = ", ".join(repr(part) for part in self.parts)
        return f"{self.op}({inner})"


class Condition(Expression[bool]):
    """An expression that is true or false: what ``where()`` takes."""

    __slots__ = ()


class Value(Expression[T]):
    """A value that goes to the database as a parameter, never as text."""

    __slots__ = ("value",)

    def __init__(self, value: Any, type: ColumnType) -> None:
        self.op = "value"
        self.parts = self.data = ()
        self.type = type
        self.value = value

    def __repr__(self) -> str:
        return "<value>"


class Ordering:
    """One step of an order: an expression and its direction."""

    __slots__ = ("direction", "expression", "nulls")

    def __init__(
        self,
        expression: Expression[Any],
        direction: Literal["asc", "desc"],
        nulls: Literal["first", "last"] | None = None,
    ) -> None:
        if nulls is not None:
            one_of(nulls, ("first", "last"), "nulls=")
        self.expression = expression
        self.direction: Literal["asc", "desc"] = direction
        self.nulls: Literal["first", "last"] | None = nulls

    def __repr__(self) -> str:
        return f"{self.expression!r}.{self.direction}()"


class Selectable:
    """What can stand inside an expression as a query: the base of queries that know their one column."""

    __slots__ = ()

    def as_subquery(self) -> Expression[Any]:
        """Return the query as an expression of its one column."""
        raise NotImplementedError


if TYPE_CHECKING:
    Text: TypeAlias = Expression[str] | Expression[str | None]
    Truth: TypeAlias = Expression[bool] | Expression[bool | None]
    Moment: TypeAlias = Expression[datetime] | Expression[datetime | None]
    Day: TypeAlias = Moment | Expression[date] | Expression[date | None]
    Numeric: TypeAlias = (
        Expression[int]
        | Expression[float]
        | Expression[Decimal]
        | Expression[int | None]
        | Expression[float | None]
        | Expression[Decimal | None]
    )
    Array: TypeAlias = Expression[list[U]] | Expression[list[U] | None]


# ---- making nodes


def operand(other: Any, like: Expression[Any]) -> Expression[Any]:
    """Take the other side of an operator to an expression: a value becomes a parameter of the type it meets."""
    if isinstance(other, Expression):
        found: Expression[Any] = other  # pyright: ignore[reportUnknownVariableType] - of any type
        return found
    if isinstance(other, Selectable):
        return other.as_subquery()
    if other is None:
        raise QueryError(
            "Q106",
            f"None was compared with {like!r}, and SQL finds that neither true nor false.",
            "Use is_null() or is_not_null().",
        )
    kind = like.type.kind
    if kind in NUMERIC_KINDS and isinstance(other, (int, float, Decimal)) and not isinstance(other, bool):
        if kind == "integer" and isinstance(other, float):
            return Value(other, FLOAT)
        if kind == "decimal" or isinstance(other, Decimal):
            return Value(other, decimal_literal_type(other) if kind != "float" else FLOAT)
    if kind == "datetime" and isinstance(other, timedelta):
        return Value(other, DURATION)
    if kind == "enum" and not isinstance(other, enum.Enum):
        raise QueryError(
            "Q106", f"{like!r} holds {like.type.name}, got {type(other).__name__}.", "Compare it with a member."
        )
    return Value(other, like.type)


def _compare(op: str, left: Expression[Any], other: Any) -> Condition:
    return Condition(op, (left, operand(other, left)), BOOLEAN)


def _truth(part: Any) -> Expression[Any]:
    if not isinstance(part, Expression) or part.type.kind != "boolean":
        raise QueryError("Q108", f"& | ~ join conditions, got {part!r}.", "Compare it with something first.")
    found: Expression[Any] = part  # pyright: ignore[reportUnknownVariableType] - of any type
    return found


def _logic(op: str, left: Any, right: Any) -> Condition:
    return Condition(op, (_truth(left), _truth(right)), BOOLEAN)


def _in(op: str, left: Expression[Any], values: Any) -> Condition:
    if isinstance(values, Selectable):
        return Condition(f"{op}_select", (left, values.as_subquery()), BOOLEAN)
    if isinstance(values, (str, bytes, Expression)) or not isinstance(values, Iterable):
        raise QueryError(
            "Q109",
            f"in_() of {left!r} takes an iterable of values or a query, got {type(cast('object', values)).__name__}.",
            "Pass a list.",
        )
    items = list(cast("Any", values))
    if any(item is None for item in items):
        raise QueryError(
            "Q109", f"in_() of {left!r} was given None, which equals nothing in SQL.", "Add | ....is_null()."
        )
    return Condition(op, (left, Value(items, ColumnType("array", list, item=left.type))), BOOLEAN)


def _like(left: Expression[Any], how: str, text: Any, *, ignore_case: bool) -> Condition:
    need(left, {"text"}, f"{how}()")
    return Condition("like", (left, operand(text, left)), BOOLEAN, (how, ignore_case))


def _text_function(op: str, part: Expression[Any]) -> Expression[str]:
    need(part, {"text"}, f"{op}()")
    return Expression(op, (part,), TEXT)


def _zone(part: Expression[Any], zone: str | None) -> tuple[Expression[Any], ...]:
    return () if zone is None or part.type.kind == "date" else (Value(checked_zone(zone), TEXT),)


def _arithmetic(op: str, left: Expression[Any], other: Any) -> Expression[Any]:
    right = operand(other, left)
    if isinstance(left, Value) and left.type.kind == "integer" and right.type.kind == "decimal":
        left = Value(left.value, decimal_literal_type(left.value))
    return Expression(op, (left, right), arithmetic_type(op, left, right))
