"""Small pieces of data that the modules of this room hand to each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, tzinfo
from typing import Any, Final, Protocol, TypeGuard

import msgspec

from rooftree.i18n import Locale, Text

__all__ = [
    "ABSENT",
    "MAX_OPTIONS",
    "Choices",
    "Derived",
    "FieldPath",
    "Label",
    "Option",
    "RowOptions",
    "Source",
    "Surroundings",
    "is_dict",
    "is_list",
    "is_tuple",
]

FieldPath = tuple[str | int, ...]
Label = Any
"""A text for people: a `str`, or a text that is translated when it is shown."""


class Derived(Text):
    """What people see of a name in the source: ``street_name`` is "Street name". Catalogs translate it too."""

    __slots__ = ()


class Absent:
    """The type of `ABSENT`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = Absent()
"""Stands where a form says nothing of a field: left out of what is validated, so that its default holds."""


class Option(msgspec.Struct, frozen=True):
    """One of the values that may be chosen.

    Attributes:
        value: The text on the wire.
        label: What people see.
        group: The heading that it stands under.
        selected: Whether it is chosen now.
        disabled: Whether it cannot be chosen.
    """

    value: str
    label: Label
    group: Label = ""
    selected: bool = False
    disabled: bool = False


class Source(Protocol):
    """Gives the options of a field."""

    async def options(self) -> list[Option] | None:
        """Return all of them; ``None`` where there are more than a list holds, so that people search."""
        ...

    async def find(self, text: str, most: int) -> list[Option]:
        """Return options that fit what somebody typed, the first ones for nothing typed; ``most`` of them at most."""
        ...

    async def named(self, texts: Sequence[str]) -> list[Option]:
        """Return the options that some texts on the wire stand for."""
        ...

    async def accepted(self, texts: Sequence[str]) -> frozenset[str]:
        """Return those of some texts on the wire that are options."""
        ...


MAX_OPTIONS: Final = 1000
"""Rows of a model that a list offers; of more, people search."""
Choices = Callable[..., Any] | Mapping[Any, Label] | Sequence[Any]


class RowOptions(msgspec.Struct, frozen=True):
    """How many rows a repeating part has.

    Attributes:
        least: Rows that cannot be taken away; a new form shows as many.
        most: Rows that are taken; more are an error of the form.
        label: What one row is called: "Line".
    """

    least: int = 0
    most: int = 50
    label: Label = ""


class Surroundings(msgspec.Struct, frozen=True):
    """What reading and showing values depends on.

    Attributes:
        locale: Of numbers; ``None`` writes and reads them as HTML does.
        zone: The time zone that dates with times are shown and typed in.
    """

    locale: Locale | None = None
    zone: tzinfo = UTC


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Tell whether a value is a list."""
    return isinstance(value, list)


def is_tuple(value: object) -> TypeGuard[tuple[Any, ...]]:
    """Tell whether a value is a tuple."""
    return isinstance(value, tuple)


def is_dict(value: object) -> TypeGuard[dict[str, Any]]:
    """Tell whether a value is a dict of names."""
    return isinstance(value, dict)
