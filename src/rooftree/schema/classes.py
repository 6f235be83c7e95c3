"""Classes with named fields -> Object nodes: what each kind of class says about its fields."""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator
from typing import Any, cast, get_origin

import msgspec

from rooftree.schema.faults import UnsupportedType
from rooftree.schema.hints import class_hints
from rooftree.schema.nodes import LATER, NO_DEFAULT, Field, Object

__all__ = ["outline_of"]

Fields = Iterator[tuple[Field, Any]]


def outline_of(type: Any, cls: Any) -> tuple[Object, list[tuple[Field, Any]]] | None:
    """Return a class as a node, and its fields with their annotations yet to be translated; `None` for any other class.

    Raises:
        UnsupportedType: An annotation cannot be read, or the class asks for what decoding does not do.
    """
    try:
        if isinstance(cls, msgspec.StructMeta):
            return _struct(type, cls)
        if not isinstance(cls, builtin_type):
            return None
        if hasattr(cls, "__dataclass_fields__"):
            return _plain("dataclass", type, cls, _dataclass_fields(cls), getattr(cls, "__post_init__", None))
        if hasattr(cls, "__attrs_attrs__"):
            return _plain("attrs", type, cls, _attrs_fields(cls), _attrs_finish(cls))
        if typing.is_typeddict(cls):
            return _typeddict(type, cls)
        if hasattr(cls, "_fields") and issubclass(cast("type[object]", cls), tuple):
            return _namedtuple(type, cls)
    except NameError as error:
        raise UnsupportedType(f"An annotation of `{cls.__qualname__}` cannot be read: {error}") from None
    return None


builtin_type = type


def _struct(type: Any, cls: Any) -> tuple[Object, list[tuple[Field, Any]]]:
    config = cls.__struct_config__
    node = Object(
        kind="struct",
        cls=cls,
        type=type,
        tag=None if config.tag is None else (config.tag_field, config.tag),
        as_array=config.array_like,
        forbid_unknown=config.forbid_unknown_fields,
    )
    fields = [
        (
            Field(
                name=info.name,
                wire=info.encode_name,
                node=LATER,
                required=info.required,
                default=_own(info.default),
                factory=_own(info.default_factory),
            ),
            info.type,
        )
        for info in msgspec.structs.fields(type)
    ]
    return node, fields


def _own(default: Any) -> Any:
    return NO_DEFAULT if default is msgspec.NODEFAULT else default


def _plain(
    kind: Any, type: Any, cls: Any, fields: Iterator[Field], finish: Callable[[Any], None] | None
) -> tuple[Object, list[tuple[Field, Any]]]:
    hints = class_hints(type)
    node = Object(kind=kind, cls=cls, type=type, finish=finish)
    return node, [(field, hints[field.name]) for field in fields]


def _dataclass_fields(cls: Any) -> Iterator[Field]:
    import dataclasses

    if any(_is_initvar(annotation) for annotation in class_hints(cls).values()):
        raise UnsupportedType(f"`{cls.__qualname__}` has an InitVar, which is no field of its data")
    for field in dataclasses.fields(cls):
        default = NO_DEFAULT if field.default is dataclasses.MISSING else field.default
        factory = NO_DEFAULT if field.default_factory is dataclasses.MISSING else field.default_factory
        yield _field(field.name, default, factory)


def _is_initvar(annotation: Any) -> bool:
    return builtin_type(annotation).__name__ == "InitVar"


def _attrs_fields(cls: Any) -> Iterator[Field]:
    for field in cls.__attrs_attrs__:
        default: Any = field.default
        factory: Any = NO_DEFAULT
        if builtin_type(default).__name__ == "Factory":
            if default.takes_self:
                raise UnsupportedType(f"`{cls.__qualname__}.{field.name}` has a default that needs the instance")
            default, factory = NO_DEFAULT, default.factory
        elif default is _nothing():
            default = NO_DEFAULT
        yield _field(field.name, default, factory)


def _nothing() -> Any:
    from attrs import NOTHING

    return NOTHING


def _attrs_finish(cls: Any) -> Callable[[Any], None]:
    post_init = getattr(cls, "__attrs_post_init__", None)

    def finish(value: Any) -> None:
        for field in cls.__attrs_attrs__:
            if field.validator is not None:
                field.validator(value, field, getattr(value, field.name))
        if post_init is not None:
            post_init(value)

    return finish


def _field(name: str, default: Any, factory: Any) -> Field:
    required = default is NO_DEFAULT and factory is NO_DEFAULT
    return Field(name=name, wire=name, node=LATER, required=required, default=default, factory=factory)


def _typeddict(type: Any, cls: Any) -> tuple[Object, list[tuple[Field, Any]]]:
    # __required_keys__ is wrong where annotations are text (PEP 563): the markers are read here
    fields: list[tuple[Field, Any]] = []
    for name, annotation in class_hints(type).items():
        required = name in cls.__required_keys__
        if get_origin(annotation) is typing.Required:
            required = True
        elif get_origin(annotation) is typing.NotRequired:
            required = False
        fields.append((Field(name=name, wire=name, node=LATER, required=required), annotation))
    return Object(kind="typeddict", cls=cls, type=type), fields


def _namedtuple(type: Any, cls: Any) -> tuple[Object, list[tuple[Field, Any]]]:
    hints = class_hints(type)
    fields = [
        (_field(name, cls._field_defaults.get(name, NO_DEFAULT), NO_DEFAULT), hints.get(name, Any))
        for name in cls._fields
    ]
    return Object(kind="namedtuple", cls=cls, type=type, as_array=True), fields
