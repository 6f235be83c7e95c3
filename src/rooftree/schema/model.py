"""Schema: the base of typed shapes."""

from __future__ import annotations

import sys
import typing
from typing import Annotated, Any, dataclass_transform, get_origin
from weakref import WeakSet

import msgspec

from rooftree.schema.constraints import NO_RULES, is_rule, rules_of
from rooftree.schema.faults import UnsupportedType
from rooftree.schema.native import native_type
from rooftree.schema.nodes import Alias, reachable
from rooftree.schema.translate import described, strip, translate

__all__ = ["PRIVATE", "Schema", "SchemaMeta"]

PRIVATE: WeakSet[type[Any]] = WeakSet()
"""Classes with a private field: while there is none, nothing looks for them."""


class SchemaMeta(msgspec.StructMeta):
    """The class of schemas: fields are given by keyword in every subclass, which msgspec has to be told each time."""

    def __new__(mcls, name: str, bases: tuple[type[Any], ...], namespace: dict[str, Any], **options: Any) -> Any:
        """Make a schema; the options are those of a `msgspec.Struct`."""
        options.setdefault("kw_only", True)
        return super().__new__(mcls, name, bases, namespace, **options)


@dataclass_transform(kw_only_default=True, field_specifiers=(msgspec.field,))
class Schema(msgspec.Struct, metaclass=SchemaMeta):
    """A typed shape for what comes in and goes out: fields by keyword, constraints beside their types.

        class NewItem(Schema):
            name: Annotated[str, Len(1, 80)]
            price: Annotated[Decimal, Gt(0)]
            tags: list[str] = []

    It is a `msgspec.Struct`, with all of its options (``rename="camel"``, ``tag=True``, ``forbid_unknown_fields=True``,
    ``frozen=True``, ...). Making one in Python checks nothing beyond the names, as with any msgspec struct;
    `rooftree.schema.validate` checks a value that was made by hand.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        # Here, once, and before msgspec has read the annotations: it is told the constraints that it knows in its own
        # words, and not told those that it refuses (on Decimal, dates, ...).
        frame = sys._getframe(2)  # pyright: ignore[reportPrivateUsage] - CPython has no public way
        own: dict[str, Any] = cls.__annotations__
        inner = {name: value for name, value in vars(cls).items() if name not in own}
        names = {**inner, cls.__name__: cls, **frame.f_globals, **frame.f_locals}
        for name, annotation in own.items():
            resolved = _resolve(annotation, names)
            if resolved is None:
                if "Private" in annotation:
                    PRIVATE.add(cls)
            elif get_origin(resolved) is not typing.ClassVar:
                own[name], private = _told(cls, name, resolved)
                if private:
                    PRIVATE.add(cls)
        if not PRIVATE.isdisjoint(cls.__mro__):
            PRIVATE.add(cls)


def _resolve(annotation: Any, names: dict[str, Any]) -> Any:
    """Return what an annotation says; `None` where it names what does not exist yet, which msgspec reads later."""
    if not isinstance(annotation, str):
        return annotation
    try:
        return eval(annotation, names)  # noqa: S307 - the text of an annotation (PEP 563), as typing reads it
    except (NameError, AttributeError, TypeError):
        return None


def _told(cls: type[Any], name: str, annotation: Any) -> tuple[Any, bool]:
    """Return an annotation in msgspec's words where it has constraints, and whether the field is private."""
    try:
        node = translate(annotation, outline=True)
    except UnsupportedType as error:
        raise UnsupportedType(f"{error} - at `{cls.__qualname__}.{name}`") from None
    metadata = strip(annotation)[1]
    outer = rules_of(metadata)
    parts = reachable(node)
    # an alias that names itself is nothing for msgspec: the walk decodes such a class
    if all(part.rules is NO_RULES for part in parts) or any(isinstance(part, Alias) for part in parts):
        return annotation, outer.private is True
    told = native_type(node)
    rest = [item for item in metadata if not is_rule(item)]
    if (said := described(outer)) is not NO_RULES:
        rest.append(said)
    for item in rest:
        told = Annotated[told, item]
    return told, outer.private is True
