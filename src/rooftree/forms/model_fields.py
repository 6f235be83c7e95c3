"""From the columns and relations of a model to the fields of a form, and the shape that their values are read as."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from typing import Any, cast

import msgspec

from rooftree.db import ColumnInfo, Input, ManyInfo, Model, ReferenceInfo, TableInfo, checks_of, part_of
from rooftree.forms.declare import check_conditions, make_field
from rooftree.forms.errors import FormError
from rooftree.forms.field import FieldOptions, FieldSpec
from rooftree.forms.widgets import EmailInput, MultiSelect, Select, Textarea, UrlInput
from rooftree.forms.widgets.base import FieldInfo
from rooftree.http import Upload
from rooftree.schema import Field, Object, decoder

__all__ = ["Child", "ModelParts", "initial_of", "key_of", "model_parts"]

Part = ColumnInfo | ReferenceInfo | ManyInfo


class Child(msgspec.Struct, frozen=True, eq=False):
    """Rows of another model that belong to the one of the form.

    Attributes:
        many: The relation.
        parts: The columns that each row shows.
    """

    many: ManyInfo
    parts: ModelParts


class ModelParts(msgspec.Struct, frozen=True, eq=False):
    """What a form over a model is made of.

    Attributes:
        info: The table.
        shape: The class that what was sent is read as.
        fields: The fields, in the order in which they were named.
        columns: The columns among them, by name, with their checks.
        references: The references among them, by name.
        links: The relations of many to many among them, by name.
        children: The relations of one to many among them, by name.
        extra: The names of fields that the model has not.
    """

    info: TableInfo
    shape: Any
    fields: tuple[FieldInfo, ...]
    columns: Mapping[str, tuple[ColumnInfo, tuple[Any, ...]]]
    references: Mapping[str, ReferenceInfo]
    links: Mapping[str, ManyInfo]
    children: Mapping[str, Child]
    extra: tuple[str, ...] = ()


def model_parts(owner: str, model: Any, named: Sequence[Any], specs: Mapping[str, FieldSpec]) -> ModelParts:
    """Return what a form over some columns and relations of a model is made of.

    Raises:
        FormError: F108 where none are named, or one cannot be in a form.
        ModelError: M404 for what is no column or relation of the model.
    """
    info: TableInfo = model.__table_info__
    if not named:
        raise FormError(
            "F108",
            f"{owner} names no fields of {info.model}.",
            f"Name them: fields=({info.model}.{info.columns[0].name}, ...).",
        )
    parts = [part_of(info, part, owner) for part in named]
    children = {part.name: _child(owner, part, specs) for part in parts if _is_child(part)}
    links = {part.name: part for part in parts if isinstance(part, ManyInfo) and part.name not in children}
    for many in links.values():
        _check_key(owner, many.name, many.target.key)
    for part in parts:
        if isinstance(part, ReferenceInfo):
            _check_key(owner, part.name, part.columns)
    known = [part.name for part in parts]
    extra = {name: spec for name, spec in specs.items() if spec.type is not None and name not in known}
    written: dict[str, Any] = {
        **{name: _list_of(many.target.key[0].type.python) for name, many in links.items()},
        **{name: _list_of(child.parts.shape) for name, child in children.items()},
        **{name: spec.type for name, spec in extra.items()},
    }
    shape = _shape(owner, model, named, written, [*links, *children])
    node = decoder(shape, opaque=(Upload,)).node
    if not isinstance(node, Object):  # a Schema is one
        raise TypeError(node)
    by_name = {field.name: field for field in node.fields}
    fields = [
        *(_field(owner, part, by_name[part.name], specs, children) for part in parts),
        *(_extra_field(owner, name, by_name[name], spec) for name, spec in extra.items()),
    ]
    check_conditions(fields, owner)
    return ModelParts(
        info=info,
        shape=shape,
        fields=tuple(fields),
        columns={part.name: (part, checks_of(part)) for part in parts if isinstance(part, ColumnInfo)},
        references={part.name: part for part in parts if isinstance(part, ReferenceInfo)},
        links=links,
        children=children,
        extra=tuple(extra),
    )


def _list_of(item: Any) -> Any:
    return list.__class_getitem__(item)


def _is_child(part: Part) -> bool:
    return isinstance(part, ManyInfo) and part.links.through is None


def _child(owner: str, many: Any, specs: Mapping[str, FieldSpec]) -> Child:
    spec = specs.get(many.name)
    named = spec.options.get("fields", ()) if spec is not None else ()
    if not named:
        target = many.target
        raise FormError(
            "F108",
            f"{owner} names {many.owner.model}.{many.name} and does not say which columns its rows show.",
            f"Write {many.name} = field(fields=({target.model}.{target.columns[0].name}, ...)) in its body.",
        )
    order = spec.options.get("order") if spec is not None else None
    if order is not None and order.info.type.python is not int:
        raise FormError(
            "F108",
            f"{owner}.{many.name} keeps the order of its rows in {order.info.name!r}, which is no whole number.",
            "Name one, as place: Col[int], or leave order= out: rows then come in the order of their keys.",
        )
    parts = model_parts(f"{owner}.{many.name}", many.target.make, named, {})
    if parts.links or parts.children:
        raise FormError(
            "F108",
            f"{owner}.{many.name} names relations to many, and rows hold no rows of their own.",
            "Name columns and references.",
        )
    return Child(many, parts)


def _check_key(owner: str, name: str, columns: Sequence[ColumnInfo]) -> None:
    if len(columns) != 1:
        raise FormError(
            "F108",
            f"{owner} names {name!r}, whose key has {len(columns)} columns, and a control holds one value.",
            "Leave it out, and set it in the handler: 'await form.save(order=order)'.",
        )


def _shape(owner: str, model: Any, named: Sequence[Any], written: Mapping[str, Any], later: Sequence[str]) -> Any:
    defaults: dict[str, Any] = {name: msgspec.field(default_factory=list) for name in later}

    def body(namespace: dict[str, Any]) -> None:
        namespace["__annotations__"] = dict(written)
        namespace["__module__"] = __name__
        namespace.update(defaults)

    return types.new_class(f"{owner.replace('.', '')}Data", (Input[model],), {"fields": tuple(named)}, body)


def _field(
    owner: str, part: Part, field: Field, specs: Mapping[str, FieldSpec], children: Mapping[str, Child]
) -> FieldInfo:
    options: FieldOptions = {**specs[part.name].options} if part.name in specs else {}
    if isinstance(part, ColumnInfo):
        _describe_column(part, options)
    elif isinstance(part, ReferenceInfo):
        if part.doc and "help" not in options:
            options["help"] = part.doc
        options.setdefault("widget", Select())
        options.setdefault("choices", _rows_of(part.target))
    elif part.name not in children:
        options.setdefault("widget", MultiSelect())
        options.setdefault("choices", _rows_of(part.target))
    made = make_field(
        part.name,
        part.name,
        field.node,
        options,
        owner=owner,
        required=field.required and not _is_yes_or_no(part),
        default=field.default,
        factory=field.factory,
    )
    return made if part.name not in children else msgspec.structs.replace(made, fields=children[part.name].parts.fields)


def _is_yes_or_no(part: Part) -> bool:
    return isinstance(part, ColumnInfo) and part.type.kind == "boolean"


def _describe_column(column: ColumnInfo, options: FieldOptions) -> None:
    if column.doc and "help" not in options:
        options["help"] = column.doc
    if "widget" in options or "choices" in options or column.type.kind != "text":
        return
    if column.rules.format == "email":
        options["widget"] = EmailInput()
    elif column.rules.format == "url":
        options["widget"] = UrlInput()
    elif column.type.max_length is None and not checks_of(column) and not column.unique:
        options["widget"] = Textarea()


def _extra_field(owner: str, name: str, field: Field, spec: FieldSpec) -> FieldInfo:
    return make_field(
        name,
        name,
        field.node,
        spec.options,
        owner=owner,
        required=field.required,
        default=field.default,
        factory=field.factory,
    )


def _rows_of(target: TableInfo) -> Any:
    return cast("type[Model]", target.make).all


def initial_of(parts: ModelParts, instance: Any) -> dict[str, Any]:
    """Return what the fields of a form show of a row."""
    found = {name: getattr(instance, name) for name in parts.columns}
    for name, reference in parts.references.items():
        found[name] = getattr(instance, reference.columns[0].name)
    return found


def key_of(instance: Any) -> str:
    """Return the key of a row as forms send it."""
    info: TableInfo = instance.__table_info__
    return "-".join(str(getattr(instance, column.name)) for column in info.key)
