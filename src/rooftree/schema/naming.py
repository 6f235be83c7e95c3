"""What the schema of a class is called: its own name, and those of what stands in its brackets."""

from __future__ import annotations

from typing import Any, Final, Literal, NamedTuple, get_args, get_origin

import msgspec

from rooftree.schema.translate import UNIONS, strip

__all__ = ["SchemaName", "name_of"]

PUNCTUATION: Final = frozenset("._-")
LONGEST: Final = 24
"""Letters of a value that stands in brackets, as in `Literal["..."]`."""


class Part(NamedTuple):
    """One word of a name: a class with the steps of its module, or a word alone."""

    text: str
    module: tuple[str, ...] = ()


class SchemaName(msgspec.Struct, frozen=True):
    """The name of a schema, which can be told with as much of the modules as tells it from others.

    Attributes:
        parts: Its words.
    """

    parts: tuple[Part, ...]

    @classmethod
    def plain(cls, text: str, module: str = "") -> SchemaName:
        """Return the name of something that is called so in a module."""
        return cls((Part(_legal(text), tuple(module.split("."))),))

    @property
    def most(self) -> int:
        """How many steps of modules there are to tell."""
        return max(len(part.module) for part in self.parts)

    def told(self, steps: int = 0) -> str:
        """Return the name with so many steps of each class's module: `Page_Item`, `shop.Page_shop.Item`."""
        words = [".".join([*part.module[max(len(part.module) - steps, 0) :], part.text]) for part in self.parts]
        return "_".join(words)


def name_of(type: Any, cls: Any) -> SchemaName:
    """Return the name of a class: `Page[Item]` is `Page_Item`, `Page[Cat | Dog]` is `Page_Cat_or_Dog`.

    Args:
        type: The class, with what stands in its brackets.
        cls: The class alone.
    """
    generic: dict[str, Any] = getattr(cls, "__pydantic_generic_metadata__", {})  # Pydantic makes classes of its own
    origin, arguments = generic.get("origin"), generic.get("args", ())
    if origin is None:
        origin, arguments = cls, get_args(type)
    return SchemaName((_part(origin), *(part for each in arguments for part in _parts(each))))


def _parts(type: Any) -> list[Part]:
    bare = strip(type)[0]
    origin, arguments = get_origin(bare), get_args(bare)
    if origin in UNIONS:
        return [part for each in arguments for part in (Part("or"), *_parts(each))][1:]
    if origin is Literal:
        return [Part(_legal(str(getattr(each, "value", each)))[:LONGEST]) for each in arguments]
    if bare is None or bare is None.__class__:
        return [Part("None")]
    if bare is ...:
        return []
    named = name_of(bare, origin or bare).parts if hasattr(origin or bare, "__name__") else (Part(_legal(str(bare))),)
    return list(named)


def _part(cls: Any) -> Part:
    module = getattr(cls, "__module__", "")
    own = () if module in {"builtins", "typing", "collections.abc"} else tuple(module.split("."))
    return Part(_legal(str(cls.__name__)), own)


def _legal(text: str) -> str:
    """Return a text as the name of a component may be (OpenAPI 3.1, "Components Object")."""
    letters = (each if (each.isascii() and each.isalnum()) or each in PUNCTUATION else "_" for each in text)
    return "".join(letters).strip("_") or "Schema"
