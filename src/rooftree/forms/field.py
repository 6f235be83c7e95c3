"""What a form's author says of a field beyond its type: ``field(label=..., widget=...)``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Final, TypedDict, Unpack, overload

from rooftree.forms.errors import FormError
from rooftree.forms.info import Choices, Label
from rooftree.forms.widgets import Widget

if TYPE_CHECKING:
    from rooftree.forms.bound import BoundField

__all__ = ["FieldOptions", "FieldSpec", "field"]


class FieldOptions(TypedDict, total=False):
    """What may be said of a field; see ``field``."""

    name: str
    label: Label
    help: Label
    widget: Widget
    initial: Any
    required: bool
    choices: Choices
    autocomplete: str
    placeholder: Label
    group: Label
    when: Mapping[str, str | bool | Collection[str]]
    readonly: bool
    least: int
    most: int
    row: Label
    fields: tuple[Any, ...]
    order: Any
    attributes: Mapping[str, str | bool]


class FieldSpec:
    """What ``field`` wrote down. In the body of a form it also gives the field: ``form.price``."""

    __slots__ = ("name", "options", "type")

    def __init__(self, type: Any, options: FieldOptions) -> None:
        self.type: Final = type
        self.options: Final = options
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = self.options.get("name", name)

    @overload
    def __get__(self, instance: None, owner: Any) -> FieldSpec: ...
    @overload
    def __get__(self, instance: object, owner: Any) -> BoundField: ...
    def __get__(self, instance: Any, owner: Any) -> Any:
        return self if instance is None else instance[self.name]

    def __repr__(self) -> str:
        return f"field({', '.join(f'{name}={value!r}' for name, value in self.options.items())})"


def field(type: Any = None, /, **options: Unpack[FieldOptions]) -> FieldSpec:
    """Say how a field is shown, in the body of a form.

    It may stand beside a type too: ``Annotated[str, field(label="Name")]``.

    Args:
        type: The type of a field that the model has not: a box to confirm, a password typed twice. Forms over a model
            only.
        options: Any of these.

            ``label``, ``help`` (a sentence below the control), ``placeholder``: texts, which may be marked for
            translation. ``widget``: the control. ``initial``: the value of a new form, or a function that makes it.
            ``required``: whether it has to be filled in, where its type would let it be empty. ``autocomplete``: the
            token for browsers (HTML section 4.10.18.7); of a class inside of the class it stands before the tokens of
            its fields: ``billing``. ``group``: the heading of the fieldset that it stands in.
            ``readonly``: it is shown, and what comes back for it is ignored. ``attributes``: of the control.
            ``name``: the field that it speaks of, where that name cannot stand in the body.

            ``choices``: a dict of values to labels, a list of values or of pairs, a query of a model, or a function
            of the form, plain or ``async``, that returns one of these.

            ``when``: the field counts only where others have these values: ``when={"kind": "company"}``.

            ``least``, ``most``, ``row``: of rows, how many there are and what one is called; ``fields``: the columns
            that rows of another model show, ``order``: the column of whole numbers that keeps their order.

    Raises:
        FormError: F101 for an option that there is not.
    """
    unknown = sorted(set(options) - set(FieldOptions.__annotations__))
    if unknown:
        raise FormError(
            "F101", f"field() takes no {unknown[0]!r}.", f"It takes {', '.join(FieldOptions.__annotations__)}."
        )
    return FieldSpec(type, options)
