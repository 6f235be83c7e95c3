"""From the declaration of a column to the column: its type, its default tried once, its rules held against its type."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, get_args, get_origin

from rooftree.db.codecs import encoder, to_decimal
from rooftree.db.model_errors import ModelError
from rooftree.db.models.columns import AUTOMATIC, AllOptions, ByDatabase, ColSpec
from rooftree.db.models.declare import Declaration
from rooftree.db.table import MISSING, ColumnInfo, Rules
from rooftree.db.types import ColumnTypeError, column_type

__all__ = ["column_of"]

_RULE_OPTIONS = (
    "ge",
    "gt",
    "le",
    "lt",
    "multiple_of",
    "min_length",
    "max_length",
    "pattern",
    "format",
    "max_digits",
    "decimal_places",
)
_FITS = {
    "text": {"max_length", "min_length", "pattern", "format"},
    "integer": {"ge", "gt", "le", "lt", "multiple_of"},
    "float": {"ge", "gt", "le", "lt", "multiple_of"},
    "decimal": {"ge", "gt", "le", "lt", "multiple_of", "max_digits", "decimal_places"},
    "date": {"ge", "gt", "le", "lt"},
    "time": {"ge", "gt", "le", "lt"},
    "datetime": {"ge", "gt", "le", "lt"},
    "timedelta": {"ge", "gt", "le", "lt"},
    "bytes": {"min_length", "max_length"},
    "array": {"min_length", "max_length"},
}


def column_of(model: str, declaration: Declaration) -> ColumnInfo:
    """Make the column of a declaration.

    Raises:
        ModelError: a type that no column holds, an option or a default that does not fit.
    """
    spec: ColSpec = declaration.spec
    place = f"{model}.{declaration.name}"
    options: dict[str, Any] = {**_options_of_annotated(declaration.inner), **spec.options}
    _check_options(place, options)
    try:
        type_ = column_type(
            declaration.inner,
            max_length=options.get("max_length"),
            max_digits=options.get("max_digits"),
            decimal_places=options.get("decimal_places"),
            native=options.get("native", False),
            json=options.get("json", False),
        )
    except ColumnTypeError as error:
        raise ModelError("M112", f"{place}: {error}.", "Choose one of these types.") from None
    default, factory = _default(place, spec.default, declaration)
    generated = options.get("generated")
    if generated is not None and spec.default is not MISSING:
        raise ModelError("M113", f"{place} is computed by the database and has a default.", "Keep one of them.")
    column = ColumnInfo(
        declaration.name,
        type_,
        annotation=declaration.inner | None if declaration.nullable else declaration.inner,
        column=options.get("name"),
        nullable=declaration.nullable,
        primary=options.get("primary", False),
        unique=options.get("unique", False),
        index=options.get("index", False),
        default=default,
        factory=factory,
        on_update=options.get("on_update"),
        automatic=spec.default is AUTOMATIC or isinstance(spec.default, ByDatabase),
        database_default=spec.default.sql if isinstance(spec.default, ByDatabase) else None,
        generated=generated,
        private=options.get("private", False),
        role=options.get("role", "plain"),
        rules=Rules(**{name: options[name] for name in _RULE_OPTIONS if name in options}),
        doc=options.get("doc", ""),
    )
    _check_fit(place, column)
    if column.default is not MISSING and column.default is not None:
        column.default = _checked_default(place, column)
    return column


def _options_of_annotated(inner: Any) -> dict[str, Any]:
    """Read constraints beside a type: ``Annotated[str, Len(1, 80)]`` of this framework, annotated-types or msgspec."""
    if get_origin(inner) is not Annotated:
        return {}
    found: dict[str, Any] = {}
    for constraint in get_args(inner)[1:]:
        for name in _RULE_OPTIONS:  # the attributes have the names of annotated-types everywhere
            value = getattr(constraint, name, None)
            if value is not None and (name, value) != ("min_length", 0):
                found[name] = value
    return found


def _check_options(place: str, options: Mapping[str, Any]) -> None:
    digits, places = options.get("max_digits"), options.get("decimal_places")
    if digits is not None and places is not None and not 0 <= places <= digits:
        raise ModelError(
            "M114",
            f"{place} has decimal_places={places} of max_digits={digits}.",
            "Keep 0 <= decimal_places <= max_digits.",
        )
    if "pattern" in options:
        try:
            re.compile(options["pattern"])
        except re.error as error:
            raise ModelError("M114", f"{place} has a pattern that does not compile: {error}.", "Mend it.") from None
    unknown = set(options) - set(AllOptions.__annotations__)
    if unknown:
        raise ModelError("M101", f"{place} takes no {min(unknown)!r}.", "See col().")


def _check_fit(place: str, column: ColumnInfo) -> None:
    kind = column.type.kind
    for name in _RULE_OPTIONS:
        if getattr(column.rules, name) is not None and name not in _FITS.get(kind, ()):
            raise ModelError(
                "M115",
                f"{place} is {kind} and was given {name}=.",
                f"It goes with {', '.join(k for k, v in _FITS.items() if name in v)}.",
            )
    if column.primary and column.nullable:
        raise ModelError("M116", f"{place} is part of the key and may be None.", "Take None out of its type.")
    if column.role == "version" and (kind != "integer" or column.nullable):
        raise ModelError("M117", f"{place} has the role 'version' and is {kind}.", "Make it Col[int].")
    if column.role == "deleted" and (kind != "datetime" or not column.nullable):
        raise ModelError("M117", f"{place} has the role 'deleted' and is {kind}.", "Make it Col[datetime | None].")
    if column.role == "version" and column.default is MISSING:
        column.default = 1
    if column.nullable and not column.has_default:
        column.default = None


def _default(place: str, given: Any, declaration: Declaration) -> tuple[Any, Callable[[], Any] | None]:
    if given is AUTOMATIC or isinstance(given, ByDatabase):
        return MISSING, None
    if given is None and not declaration.nullable:
        raise ModelError(
            "M118", f"{place} has the default None and may not be None.", "Add | None to its type, or drop the default."
        )
    if type(given) in {list, dict, set}:
        raise ModelError(
            "M118",
            f"{place} has a default that every row would share: {given!r}.",
            f"Write default={type(given).__name__}, or a function.",
        )
    if callable(given):
        return MISSING, given
    return given, None


def _checked_default(place: str, column: ColumnInfo) -> Any:
    """Try a default on its own type once, so that no row meets a wrong one; a Decimal may be written as an int."""
    try:
        encoder(column.type, "postgresql")(column.default)
    except (TypeError, ValueError) as error:
        raise ModelError(
            "M118", f"{place} has the default {column.default!r}: {error}.", "Give one of its own type."
        ) from None
    if column.type.kind == "decimal":
        return to_decimal(column.default)
    return column.default
