"""Filters: from named columns to parameters of the query string, and from their values to conditions.

`price` is equality; a look-up stands behind a dot, `price.ge`; so does a column behind a relation,
`category.name`. The words are those of constraints (`col(ge=0)`) and expressions (`contains`).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, get_args

import msgspec

from rooftree.base import FieldError, RequestInvalid
from rooftree.binding import Query, read_signature
from rooftree.db import Column, Condition, ModelError, ReferenceInfo, part_of, unfit
from rooftree.resources.errors import Declaration
from rooftree.schema import Doc, Len, UnsupportedType, decoder

__all__ = ["Filter", "FilterInfo", "Lookup", "compile_filters", "own_column", "parameter_name", "wire_of"]

Lookup = Literal["eq", "ne", "ge", "gt", "le", "lt", "in", "contains", "startswith", "null"]
MOST_VALUES: Final = 100
"""Values that `in` takes."""
MOST_PLACES: Final = 20
"""Digits behind the point of a Decimal."""
LONGEST_TEXT: Final = 200
"""Characters that `contains` and `startswith` look for."""

ORDERED: Final = frozenset({"integer", "float", "decimal", "date", "time", "datetime", "text"})
COMPARABLE: Final = ORDERED | {"boolean", "uuid", "enum"}
TEXTS: Final = frozenset({"text"})
FITTING: Final[dict[str, frozenset[str]]] = {
    "eq": COMPARABLE, "ne": COMPARABLE, "in": COMPARABLE, "ge": ORDERED, "gt": ORDERED, "le": ORDERED, "lt": ORDERED,
    "contains": TEXTS, "startswith": TEXTS,
}  # fmt: skip
SAID: Final[dict[str, str]] = {
    "eq": "is this", "ne": "is not this", "ge": "is this or more", "gt": "is more than this",
    "le": "is this or less", "lt": "is less than this", "in": "is one of these", "contains": "holds this text",
    "startswith": "begins with this text", "null": "has no value (true), or has one (false)",
}  # fmt: skip


class Filter:
    """A filter with look-ups beyond equality: `Filter(Product.price, "ge", "le")`.

    Args:
        column: A column of the model, or behind its relations: `Product.category.name`; or a reference.
        lookups: How it may be compared; `"eq"` where none is named. Each is a parameter of its own: `eq` is
            `price`, any other `price.ge`.
        name: The name in the query string, where it is not the column's own.
    """

    __slots__ = ("column", "lookups", "name")

    def __init__(self, column: Any, *lookups: Lookup, name: str = "") -> None:
        self.column: Final = column
        self.lookups: Final[tuple[Lookup, ...]] = lookups or ("eq",)
        self.name: Final = name


class FilterInfo(msgspec.Struct, frozen=True, eq=False):
    """One parameter of the query string that narrows a list.

    Attributes:
        wire: Its name.
        type: The type of its value, with markers.
        make: Makes the condition of a value.
        pure: The same value always makes the same condition.
    """

    wire: str
    type: Any
    make: Callable[[Any], Condition]
    pure: bool = True


def wire_of(column: Column[Any]) -> str:
    """Return the name of a column in the query string: `"category.name"`."""
    return ".".join([*(step.name for step in column.path), column.info.name])


def parameter_name(wire: str, taken: Iterable[str]) -> str:
    """Return a name for a parameter of a function: `"price_ge"`."""
    name = "".join(sign if sign.isalnum() and sign.isascii() else "_" for sign in wire) or "_"
    name = f"_{name}" if name[0].isdigit() else name
    while name in taken:
        name += "_"
    return name


def compile_filters(of: Declaration, declared: Sequence[Any]) -> list[FilterInfo]:
    """Return the parameters of all declared filters.

    Raises:
        ResourceError: R402 to R405 for one that cannot be.
    """
    return [found for each in declared for found in _compile(of, each)]


def _compile(of: Declaration, declared: Any) -> list[FilterInfo]:
    if inspect.isfunction(declared) or inspect.ismethod(declared):
        return [_of_function(of, declared)]
    wanted = declared if isinstance(declared, Filter) else Filter(declared)
    column, wire = own_column(of, wanted.column, "filters")
    return [_of_column(of, column, wanted.name or wire, lookup) for lookup in dict.fromkeys(wanted.lookups)]


def own_column(of: Declaration, part: Any, where: str) -> tuple[Column[Any], str]:
    """Return a named column, and its name in the query string.

    Raises:
        ResourceError: R402 for what is no column of the model, R403 for a private one.
    """
    info = of.info
    column, wire = _column_of(of, part)
    if column is None:
        more = ", or a function of one value that returns a condition" if where == "filters" else ""
        raise of.error(
            "R402",
            f"names {_shown(part)} in {where}=, which is no column of {info.model}",
            f"Name a column, {of.some_column}, or one behind a relation{more}.",
        )
    if column.info.private:
        raise of.error(
            "R403",
            f"names the private column {part!r} in {where}=: whoever may compare or order by it learns what it holds",
            "Leave it out, or make it no longer private.",
        )
    return column, wire


def _column_of(of: Declaration, part: Any) -> tuple[Column[Any] | None, str]:
    """Return a column of the model or behind its relations, or the one that holds the key of a reference."""
    if isinstance(part, Column):
        column: Column[Any] = part  # pyright: ignore[reportUnknownVariableType] - of any type
        root = column.path[0].columns[0].table if column.path else column.info.table
        return (column if root is of.info else None), wire_of(column)
    try:
        found = part_of(of.info, part, of.name)
    except ModelError:
        return None, ""
    if isinstance(found, ReferenceInfo) and len(found.columns) == 1:
        return of.info.own[found.columns[0].name], found.name
    return None, ""


def _shown(part: Any) -> str:
    return str(getattr(part, "__name__", None) or repr(part))


def _of_column(of: Declaration, column: Column[Any], name: str, lookup: str) -> FilterInfo:
    kind = column.type.kind
    if lookup not in get_args(Lookup):
        raise of.error(
            "R404",
            f"filters {column!r} by {lookup!r}, which is no look-up",
            f"There are {', '.join(get_args(Lookup))}.",
        )
    if lookup == "null" and not column.nullable:
        raise of.error("R404", f"filters {column!r} by 'null', and it always has a value", "Leave 'null' out.")
    if lookup != "null" and kind not in FITTING[lookup]:
        fitting = [each for each in get_args(Lookup) if kind in FITTING.get(each, ())]
        raise of.error(
            "R404",
            f"filters {column!r} by {lookup!r}, which its type {column.type.name} does not have",
            f"It has {', '.join(fitting)}." if fitting else "Filter it by a function of one value.",
        )
    wire = name if lookup == "eq" else f"{name}.{lookup}"
    declared: Any = bool if lookup == "null" else column.type.python
    if lookup == "in":
        declared = Annotated[tuple.__class_getitem__((declared, ...)), Len(1, MOST_VALUES)]
    elif lookup in {"contains", "startswith"}:
        declared = Annotated[str, Len(1, LONGEST_TEXT)]
    told = Annotated[declared | None, Query(wire), Doc(f"Only where `{name}` {SAID[lookup]}.")]
    return FilterInfo(wire, told, _maker(column, lookup, wire))


def _maker(column: Column[Any], lookup: str, wire: str) -> Callable[[Any], Condition]:
    compare: dict[str, Callable[[Any], Condition]] = {
        "eq": column.__eq__, "ne": column.__ne__, "ge": column.__ge__, "gt": column.__gt__, "le": column.__le__,
        "lt": column.__lt__, "in": column.in_,
        "contains": lambda text: column.contains(text, ignore_case=True),
        "startswith": lambda text: column.startswith(text, ignore_case=True),
        "null": lambda missing: column.is_null() if missing else column.is_not_null(),
    }  # fmt: skip
    make, typed = compare[lookup], lookup != "null"

    def checked(value: Any) -> Condition:
        if typed:
            for each in value if lookup == "in" else (value,):
                if reason := unfit(column, each) or _too_fine(each):
                    raise RequestInvalid([FieldError("query", (wire,), "out_of_range", reason)])
        return make(value)

    return checked


def _too_fine(value: Any) -> str:
    """Refuse decimals without end: each number of places is a statement of its own."""
    places = int(value.normalize().as_tuple().exponent) if isinstance(value, Decimal) else 0
    return f"Expected `Decimal` of at most {MOST_PLACES} places" if places < -MOST_PLACES else ""


def _of_function(of: Declaration, function: Callable[..., Any]) -> FilterInfo:
    parameters = read_signature(function).parameters
    name = function.__name__
    if len(parameters) != 1:
        raise of.error(
            "R405",
            f"filters by {name}(), which takes {len(parameters)} values",
            f"Let it take one, typed, and return a condition: def {name}(value: bool) -> Condition.",
        )
    declared = parameters[0].annotation
    try:
        decoder(declared)
    except UnsupportedType as error:
        raise of.error(
            "R405", f"filters by {name}(), whose value cannot be read: {error}", "Choose another type."
        ) from None
    said = " ".join((inspect.getdoc(function) or "").partition("\n\n")[0].split())
    beside = (Query(name), Doc(said)) if said else (Query(name),)
    return FilterInfo(name, Annotated[(declared | None, *beside)], function, pure=False)
