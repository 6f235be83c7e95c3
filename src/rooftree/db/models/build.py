"""From declarations to a table: names checked, columns and references made, defaults tried once."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, get_args, get_origin

import msgspec

from rooftree.db.model_errors import ModelError
from rooftree.db.models import registry
from rooftree.db.models.columns import AllOptions, ByDatabase, ColSpec, ManySpec, RefSpec
from rooftree.db.models.declare import Declaration
from rooftree.db.table import MISSING, ColumnInfo, ManyInfo, ManyLinks, OnDelete, ReferenceInfo, Rules, TableInfo
from rooftree.db.types import ColumnTypeError, column_type, encoder

__all__ = ["build_table", "table_name"]

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
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_MAX_NAME = 63  # bytes of a PostgreSQL identifier


def snake_case(name: str) -> str:
    """``OrderLine`` -> ``order_line``."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def table_name(model: str) -> str:
    """The table of a model that names none: ``OrderLine`` -> ``order_lines``, ``Category`` -> ``categories``."""
    name = snake_case(model)
    if name.endswith(("s", "x", "z", "ch", "sh")):
        return f"{name}es"
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return f"{name[:-1]}ies"
    return f"{name}s"


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
            _check_identifier(checked, f"The table of {model}")
    columns: list[ColumnInfo] = []
    references: list[ReferenceInfo] = []
    manys: list[ManyInfo] = []
    for declaration in declared.values():
        _check_name(model, declaration.name, reserved)
        match declaration.kind:
            case "column":
                columns.append(_column(model, declaration))
            case "reference":
                reference = _reference(model, declaration)
                references.append(reference)
                taken = {column.name for column in columns} | set(declared)
                columns.extend(
                    column for column in _key_columns(model, reference, declaration) if column.name not in taken
                )
            case "many":
                manys.append(_many(model, declaration))
    _join_declared_keys(references, columns)
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


def _check_name(model: str, name: str, reserved: frozenset[str]) -> None:
    if name in reserved or name.startswith("_"):
        why = "a verb of models" if name in reserved else "private to the framework"
        plain = name.strip("_")
        raise ModelError(
            "M106",
            f"{model}.{name} cannot be a column: {name!r} is {why}.",
            f"Give the attribute another name and keep the column's: {plain}_: Col[...] = col(name={plain!r}).",
        )


def _check_identifier(name: str, whose: str) -> None:
    if not _NAME.match(name) or len(name) > _MAX_NAME:
        raise ModelError(
            "M107",
            f"{whose} is named {name!r}: a name is a letter, then letters, digits and _, at most {_MAX_NAME} of them.",
            "Choose another name.",
        )


def _check_columns(model: str, columns: list[ColumnInfo], place: str | None, *, derived: bool) -> None:
    seen: dict[str, ColumnInfo] = {}
    for column in columns:
        _check_identifier(column.column, f"The column {model}.{column.name}")
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


# ---- columns


def _column(model: str, declaration: Declaration) -> ColumnInfo:
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


class Automatic(msgspec.Struct, frozen=True):
    """The default of a key that the database counts up."""


AUTOMATIC = Automatic()


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
        from rooftree.db.types import to_decimal

        return to_decimal(column.default)
    return column.default


# ---- relations


def _reference(model: str, declaration: Declaration) -> ReferenceInfo:
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


def _key_columns(model: str, reference: ReferenceInfo, declaration: Declaration) -> list[ColumnInfo]:
    """Make the columns that hold the other key: named after the reference and the key, of the other key's type."""
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


def _join_declared_keys(references: Iterable[ReferenceInfo], columns: list[ColumnInfo]) -> None:
    """Where the model declares the key column itself (``category_id: Col[int]``), the reference uses that one."""
    by_name = {column.name: column for column in columns}
    for reference in references:
        reference.columns = tuple(by_name.get(column.name, column) for column in reference.columns)
        for column in reference.columns:
            column.reference = reference
            column.nullable = reference.nullable
            if reference.nullable and not column.has_default:
                column.default = None


def _many(model: str, declaration: Declaration) -> ManyInfo:
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
