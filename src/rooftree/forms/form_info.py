"""What is known of a class of forms, and what its author wrote in its body."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, TypeVar, get_args

from rooftree.forms.errors import FormError
from rooftree.forms.field import FieldSpec
from rooftree.forms.widgets.base import FieldInfo
from rooftree.schema import Decoder, text_reader

__all__ = ["FormInfo", "all_fields", "argument_of", "check_names", "rule", "rules_of", "specs_of"]

F = TypeVar("F", bound=Callable[..., Any])
_RULE: Final = "__form_rule__"


def rule(*fields: str) -> Callable[[F], F]:
    """Make a method of a form a rule of one field, or of several: it is asked once each of them is right by itself.

    It takes their values and returns what is wrong, as a text that stands at the first of them, or ``None``. It may be
    ``async``.

    >>> @rule("email")
    ... async def is_free(self, email: str) -> str | Text | None:
    ...     return _("Taken already.") if await User.exists(User.email == email) else None
    """

    def mark(method: F) -> F:
        setattr(method, _RULE, fields)
        return method

    return mark


class FormInfo:
    """What is known of a class of forms.

    Attributes:
        fields: Its fields, in order.
        decoder: Makes the data.
        rules: The names of methods that check fields, with the fields that each takes.
        multipart: Whether it takes files.
    """

    def __init__(
        self, fields: tuple[FieldInfo, ...], decoder: Decoder[Any], rules: Sequence[tuple[str, tuple[str, ...]]]
    ) -> None:
        self.fields: Final = fields
        self.decoder: Final = decoder
        self.rules: Final = tuple(rules)
        self.readers: Final = {field.name: text_reader(field.node) for field in fields}
        self.multipart: Final = any(field.widget.multipart for field in all_fields(fields))

    def find(self, name: str) -> FieldInfo | None:
        """Return the field of a name."""
        return next((field for field in self.fields if field.name == name), None)


def all_fields(fields: Sequence[FieldInfo]) -> Iterator[FieldInfo]:
    """Yield fields, and those inside of groups and rows."""
    for field in fields:
        yield field
        yield from all_fields(field.fields)


def argument_of(cls: type[Any], base: str) -> Any:
    """Return the type that a class gives to its base: ``Contact`` of ``SchemaForm[Contact]``."""
    for parent in getattr(cls, "__orig_bases__", ()):
        for argument in get_args(parent):
            if not isinstance(argument, TypeVar):
                return argument
    raise FormError(
        "F102", f"{cls.__name__} does not say what it is a form of.", f"Write class {cls.__name__}({base}[...])."
    )


def specs_of(cls: type[Any]) -> dict[str, FieldSpec]:
    """Return what a class and its bases say of fields, by their names."""
    found: dict[str, FieldSpec] = {}
    for base in reversed(cls.__mro__):
        found.update({value.name: value for value in vars(base).values() if isinstance(value, FieldSpec)})
    return found


def rules_of(cls: type[Any]) -> list[tuple[str, tuple[str, ...]]]:
    """Return the methods of a class that check fields, with the fields that each takes."""
    found: list[tuple[str, tuple[str, ...]]] = []
    for base in reversed(cls.__mro__):
        for name, value in vars(base).items():
            fields = getattr(value, _RULE, None)
            if fields:
                found.append((name, fields))
    return found


def check_names(cls: type[Any], fields: Sequence[FieldInfo], extra: Sequence[str] = ()) -> None:
    """Raise where a class says something of a field that it has not.

    Raises:
        FormError: F104 for a name that forms need themselves, F107.
    """
    for name, value in vars(cls).items():
        inherited = [getattr(base, name) for base in cls.__bases__ if hasattr(base, name)]
        if isinstance(value, FieldSpec) and any(not isinstance(other, FieldSpec) for other in inherited):
            raise FormError(
                "F104",
                f"{cls.__name__} declares a field {name!r}, which is what forms call something of their own.",
                f"Give it another name here: {name}_ = field(name={name!r}, ...).",
            )
    known = [name for field in fields for name in (field.name, field.attribute)]
    wanted = [*(name for name in specs_of(cls) if name not in extra), *(n for _, names in rules_of(cls) for n in names)]
    for name in wanted:
        if name not in known:
            raise FormError(
                "F107",
                f"{cls.__name__} says something of a field {name!r}, and has none of that name.",
                f"It has {', '.join(field.name for field in fields)}.",
            )
