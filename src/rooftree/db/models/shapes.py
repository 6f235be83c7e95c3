"""``Input[Product]`` and ``Output[Product]``: shapes for what comes in and goes out, over named columns of a model.

A shape is a ``Schema`` whose fields are made from columns, so a constraint is written once, on the column:

    class NewProduct(Input[Product], fields=(Product.name, Product.price, Product.category)): ...


    class ProductChange(Input[Product], fields=(Product.name, Product.price), partial=True): ...


    class ProductOut(Output[Product], fields=(Product.id, Product.name, Product.category)):
        category: CategoryOut  # a nested shape; without it the key, as category_id
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Generic, Self, TypeVar, get_args

import msgspec
from msgspec import UNSET, UnsetType

from rooftree.db.expressions.columns import Column
from rooftree.db.expressions.paths import RefPath, Related, path_of
from rooftree.db.model_errors import ModelError
from rooftree.db.models.declare import Unknown, evaluate
from rooftree.db.table import MISSING, ColumnInfo, TableInfo
from rooftree.schema import Ge, Gt, Le, Len, Lt, MultipleOf, Pattern, Schema, SchemaMeta, encoder

__all__ = ["Input", "Output"]

M = TypeVar("M")
T = TypeVar("T")


class ShapeMeta(SchemaMeta):
    """Makes the fields of a shape from the columns it names."""

    def __new__(
        mcls,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        *,
        fields: Sequence[Any] | None = None,
        partial: bool = False,
        **options: Any,
    ) -> Any:
        model = _model_of(namespace)
        if model is None:
            if fields is not None and not any(hasattr(base, "__shape_fields__") for base in bases):
                raise ModelError(
                    "M401", f"{name} names fields and no model.", f"Write class {name}(Input[Product], fields=...)."
                )
            return super().__new__(mcls, name, bases, namespace, **options)
        info: TableInfo = model.__table_info__
        frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage] - where annotations are looked up
        written = _resolved(namespace, frame)
        is_input = any(issubclass(base, Input) for base in bases)
        made: dict[str, Any] = {}
        defaults: dict[str, Any] = {}
        for part in _parts(name, info, fields, is_input=is_input):
            _add(name, info, part, written, made, defaults, is_input=is_input, partial=partial)
        namespace["__annotations__"] = {**made, **written}
        namespace["__shape_fields__"] = {**dict.fromkeys(made, info.model)}
        namespace["__shape_model__"] = model
        if not is_input:  # a relation that is shown where it was loaded
            defaults |= {field: UNSET for field, told in written.items() if UnsetType in get_args(told)}
        for field, default in defaults.items():
            namespace.setdefault(field, default)
        return super().__new__(mcls, name, bases, namespace, **options)

    def __init__(cls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **_: Any) -> None:  # noqa: N805 - a class is the instance of its metaclass
        super().__init__(name, bases, namespace)


def _model_of(namespace: dict[str, Any]) -> Any:
    for base in namespace.get("__orig_bases__", ()):
        for argument in get_args(base):
            if isinstance(getattr(argument, "__table_info__", None), TableInfo):
                return argument
    return None


def _resolved(namespace: dict[str, Any], frame: Any) -> dict[str, Any]:
    """The annotations that the class body wrote itself, evaluated where it stands."""
    found: dict[str, Any] = {}
    for field, annotation in namespace.get("__annotations__", {}).items():
        value = evaluate(annotation, namespace, frame) if isinstance(annotation, str) else annotation
        found[field] = annotation if isinstance(value, Unknown) else value
    return found


def _parts(name: str, info: TableInfo, fields: Sequence[Any] | None, *, is_input: bool) -> list[Any]:
    if fields is not None:
        return list(fields)
    if is_input:
        raise ModelError(
            "M402",
            f"{name} takes values in and names no fields.",
            f"Name them: fields=({info.model}.{info.columns[0].name}, ...).",
        )
    return [info.own[column.name] for column in info.columns if not column.private]


def _add(  # noqa: C901, PLR0917 - one case a kind of field
    shape: str,
    info: TableInfo,
    part: Any,
    written: dict[str, Any],
    made: dict[str, Any],
    defaults: dict[str, Any],
    *,
    is_input: bool,
    partial: bool,
) -> None:
    """Add the field of one column or relation; one that the class body annotates itself stays as it is written."""
    if isinstance(part, Column) and part.info.table is info and not part.path:
        field = part.info.name
        columns: tuple[ColumnInfo, ...] = (part.info,)
    elif isinstance(part, RefPath) and len(path_of(part)) == 1 and path_of(part)[0] in info.references:
        reference = path_of(part)[0]
        if reference.name in written:
            return
        columns, field = reference.columns, reference.name
        if not is_input:
            for column in columns:
                made[column.name] = _annotation(column, rules=False)
            return
    elif isinstance(part, Related) and part.many.owner is info and not part.path:
        if part.many.name not in written:
            raise ModelError(
                "M403",
                f"{shape} names {part!r} and does not say how each of the many looks.",
                f"Write {part.many.name}: list[...] in its body.",
            )
        return
    else:
        raise ModelError(
            "M404",
            f"{shape} names {part!r}, which is no column or relation of {info.model}.",
            f"Name columns of {info.model}.",
        )
    if field in written:
        return
    if is_input and any(column.generated is not None for column in columns):
        raise ModelError(
            "M405", f"{shape} takes {info.model}.{field} in, which the database computes.", "Leave it out."
        )
    single = columns[0]
    annotation = _annotation(single, rules=is_input)
    if len(columns) > 1:
        annotation = tuple.__class_getitem__(tuple(_annotation(column, rules=is_input) for column in columns))
    if is_input and partial:
        made[field] = annotation | UnsetType
        defaults[field] = UNSET
        return
    made[field] = annotation
    if is_input:
        _add_default(single, field, made, defaults)


def _add_default(column: ColumnInfo, field: str, made: dict[str, Any], defaults: dict[str, Any]) -> None:
    if column.automatic:
        made[field] = made[field] | UnsetType
        defaults[field] = UNSET
    elif column.factory is not None:
        defaults[field] = msgspec.field(default_factory=column.factory)
    elif column.default is not MISSING:
        defaults[field] = column.default
    elif column.nullable:
        defaults[field] = None


def _annotation(column: ColumnInfo, *, rules: bool) -> Any:
    """A column's Python type, with its rules as constraints where values come in."""
    source = (
        column if column.reference is None or column.annotation is not None else column.reference.target_column(column)
    )
    inner: Any = source.type.python
    if rules:
        for constraint in _constraints(source):
            inner = Annotated[inner, constraint]
    return inner | None if column.nullable else inner


def _constraints(column: ColumnInfo) -> list[Any]:
    rules = column.rules
    found: list[Any] = [
        make(limit)
        for make, limit in (
            (Ge, rules.ge),
            (Gt, rules.gt),
            (Le, rules.le),
            (Lt, rules.lt),
            (MultipleOf, rules.multiple_of),
        )
        if limit is not None
    ]
    if rules.min_length is not None or rules.max_length is not None:
        found.append(Len(rules.min_length or 0, rules.max_length))
    if rules.pattern is not None:
        found.append(Pattern(rules.pattern))
    return found


class _Shape(Schema, Generic[M], metaclass=ShapeMeta):
    """What both shapes can do."""

    if TYPE_CHECKING:

        def __init__(self, **values: Any) -> None: ...
        def __init_subclass__(
            cls, *, fields: Sequence[Any] | None = None, partial: bool = False, **options: Any
        ) -> None: ...
        def __getattr__(self, name: str) -> Any: ...

    def __getitem__(self, column: Column[T]) -> T:
        """The value of a column, typed as the column is: ``data[Product.price]``.

        Raises:
            KeyError: the shape does not hold the column, or it was not given.
        """
        value = getattr(self, _field_of(self, column), UNSET)
        if value is UNSET:
            raise KeyError(column.info.name)
        return value  # type: ignore[no-any-return]

    def __contains__(self, column: object) -> bool:
        """Whether a value was given for a column: unset is not null."""
        return isinstance(column, Column) and getattr(self, _field_of(self, column), UNSET) is not UNSET


def _field_of(shape: msgspec.Struct, column: Any) -> str:
    """Return the name of a column's field: of the key of a reference, `Product.category.id`, the reference's own."""
    info: ColumnInfo = column.info
    reference = info.reference
    if reference is None or len(reference.columns) > 1 or info.name in shape.__struct_fields__:
        return info.name
    return reference.name


class Input(_Shape[M], Generic[M]):
    """The base of shapes that take values in: bodies and forms.

    Class options: ``fields`` names columns and references (a reference is its key); ``partial=True`` makes each
    optional, and one that was not given is not changed.
    """

    def values(self) -> dict[str, Any]:
        """The values that were given, by the model's names: ``await Product.create(**data.values())``."""
        found = {field: getattr(self, field) for field in self.__struct_fields__}
        return {field: value for field, value in found.items() if value is not UNSET}

    def apply(self, instance: M) -> M:
        """Set the values that were given on an instance, to be saved."""
        for field, value in self.values().items():
            setattr(instance, field, value)
        return instance


class Output(_Shape[M], Generic[M]):
    """The base of shapes that go out: what they do not name never leaves.

    Class options: ``fields`` names columns and relations; without it every column that is not private. A reference
    gives its key (``category_id``); annotate it in the body with another shape to nest that, and include it.
    """

    @classmethod
    def of(cls, row: M) -> Self:
        """Make the shape of a row by hand: what a handler's answer is made of, ``ProductOut.of(product)``.

        Raises:
            NotLoaded: it shows a relation that the query did not load; the text names the ``include()``.
            EncodingError: the row lacks something that it shows.
        """
        return msgspec.convert(encoder(cls).project(row), cls)
