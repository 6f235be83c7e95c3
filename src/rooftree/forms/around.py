"""What the fields of a page ask of their form, and what each is found in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

import msgspec

from rooftree.base import Html
from rooftree.forms.info import FieldPath, Option, Surroundings
from rooftree.forms.lookups import Lookups
from rooftree.forms.read import Raw
from rooftree.forms.widgets.base import FieldInfo

__all__ = ["Around", "Shown"]


class Shown(Protocol):
    """What fields ask of their form."""

    id: str
    around: Surroundings

    def errors_at(self, path: FieldPath) -> list[str]:
        """Return what is wrong at one place."""
        ...

    @property
    def lookups(self) -> Lookups:
        """What fields offer whose options are looked for."""
        ...

    def is_looked_up(self, info: FieldInfo) -> bool:
        """Tell whether people search the options of a field."""
        ...

    def options_of(self, path: FieldPath, info: FieldInfo, chosen: Sequence[str] = ()) -> list[Option]:
        """Return the options of a field."""
        ...

    def row_key(self, path: FieldPath, value: Any) -> str:
        """Return the key of what a row stands for."""
        ...

    def part(self, template: str, **values: Any) -> Html:
        """Return a template of the form as HTML."""
        ...


class Around:
    """What a field is found in: the texts that came and the value that the form began with.

    Args:
        raw: The texts that came.
        value: What the form began with.
        prefix: What goes before the field's name on the wire.
        optional: It may be left out as a whole, so that nothing in it has to be filled in.
        sometimes: It counts only where other fields have certain values: there alone its fields have to be filled in.
    """

    __slots__ = ("optional", "prefix", "raw", "sometimes", "value")

    def __init__(
        self, raw: Raw | None, value: Any, prefix: str = "", *, optional: bool = False, sometimes: bool = False
    ) -> None:
        self.raw = raw
        self.value = value
        self.prefix = prefix
        self.optional = optional
        self.sometimes = sometimes

    def raw_of(self, info: FieldInfo) -> tuple[bool, Any]:
        """Return whether something was sent for a field, or for the form that it was not in, and what."""
        if self.raw is None or info.name not in self.raw:
            return False, None
        return True, self.raw[info.name]

    def value_of(self, info: FieldInfo) -> Any:
        """Return the value that a field began with."""
        if self.value is None:
            return info.initial()
        value = self.value
        if isinstance(value, Mapping):
            given = cast("Mapping[str, Any]", value)
            return given[info.name] if info.name in given else info.initial()
        found = getattr(value, info.attribute, msgspec.UNSET)
        return info.initial() if found is msgspec.UNSET else found
