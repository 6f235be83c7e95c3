"""Controls to choose with."""

from __future__ import annotations

from types import MethodType
from typing import Any, Final

from rooftree.forms.info import ABSENT, Derived, Option, Surroundings
from rooftree.forms.widgets.base import Attributes, FieldInfo, Texts, Widget
from rooftree.schema import Array, Choice, Node, OneOf

__all__ = [
    "LOOKUP",
    "Checkbox",
    "CheckboxGroup",
    "Lookup",
    "MultiLookup",
    "MultiSelect",
    "RadioGroup",
    "Select",
    "choice_of",
    "choice_text",
    "choices_key",
]

SEARCHED_FROM: Final = 12
"""Options from which on the script offers a search."""
LOOKUP: Final = "forms/widgets/lookup.html"


class Select(Widget):
    """One of several, in a list that opens.

    Args:
        empty: What stands for nothing chosen.
        attributes: See ``Widget``.
    """

    template = "forms/widgets/select.html"

    def __init__(self, empty: str = "", **attributes: str | bool) -> None:
        super().__init__(**attributes)
        self.empty = empty

    def options(self, info: FieldInfo) -> list[Option]:
        """The values of the type."""
        return type_options(info)

    def format(self, value: Any, around: Surroundings) -> Texts:  # noqa: ARG002 - as the base has it
        """The value's text on the wire."""
        return [] if value is None else [choice_text(value)]

    def html_attributes(self, info: FieldInfo, around: Surroundings) -> Attributes:  # noqa: ARG002 - as the base has it
        """None: a list offers nothing that would have to be refused."""
        return {}


class RadioGroup(Select):
    """One of several, all of them in sight."""

    template = "forms/widgets/radio.html"
    type = "radio"
    fieldset = True


class MultiSelect(Select):
    """Any number of several, in a list."""

    template = "forms/widgets/select.html"
    multiple = True

    def parse(self, given: list[Any] | None, info: FieldInfo, around: Surroundings) -> Any:  # noqa: ARG002 - as the base has it
        """Every value that was chosen, each once."""
        return [text for text in dict.fromkeys(given or ()) if text != ""]

    def format(self, value: Any, around: Surroundings) -> Texts:  # noqa: ARG002 - as the base has it
        """Each value's text on the wire."""
        return [] if value is None else [choice_text(each) for each in value]


class CheckboxGroup(MultiSelect):
    """Any number of several, each with a box of its own."""

    template = "forms/widgets/checkboxes.html"
    type = "checkbox"
    fieldset = True


class Lookup(Select):
    """One of very many: people type a part of its name and choose among what is found.

    A list of rows becomes one by itself where there are more than it holds.

    Args:
        search: The columns in which is searched; the first one of text where none are named. What they hold can be
            found out by whoever sees the form, so name none that people may not see.
        empty: What stands for nothing chosen.
        attributes: See `Widget`.
    """

    template = LOOKUP

    def __init__(self, *search: Any, empty: str = "", **attributes: str | bool) -> None:
        super().__init__(empty, **attributes)
        self.search = search


class MultiLookup(MultiSelect):
    """Any number of very many: see `Lookup`."""

    template = LOOKUP
    fieldset = True

    def __init__(self, *search: Any, **attributes: str | bool) -> None:
        super().__init__("", **attributes)
        self.search = search


class Checkbox(Widget):
    """Yes or no. Of ``Literal[True]`` it has to be ticked."""

    template = "forms/widgets/checkbox.html"
    type = "checkbox"

    def parse(self, given: list[Any] | None, info: FieldInfo, around: Surroundings) -> Any:  # noqa: ARG002 - as the base has it
        """True where it is ticked: browsers leave out what is not."""
        if given and given[-1] not in {"", "false", "off", "0"}:
            return "true" if given[-1] == "on" else given[-1]
        return ABSENT if choice_of(info.node) is not None else "false"

    def format(self, value: Any, around: Surroundings) -> Texts:  # noqa: ARG002 - as the base has it
        """Its text on the wire where it is ticked."""
        return ["true"] if value else []


def choice_of(node: Node) -> Choice | None:
    """Return the choice that a type is: an enum, a Literal, either or ``None``, a list of these."""
    if isinstance(node, OneOf):
        return next((found for member in node.members if (found := choice_of(member)) is not None), None)
    if isinstance(node, Array):
        return choice_of(node.item)
    return node if isinstance(node, Choice) else None


def choice_text(value: Any) -> str:
    """Return the text on the wire of a value that may be chosen."""
    import enum

    plain = value.value if isinstance(value, enum.Enum) else value
    return str(plain).lower() if isinstance(plain, bool) else str(plain)


def type_options(info: FieldInfo) -> list[Option]:
    """Return the options that a type names: an enum's ``label`` is what people see, else its name."""
    found = choice_of(info.node)
    if found is None:
        return []
    return [Option(choice_text(value), _label(value, member)) for value, member in found.members if value is not None]


def _label(value: Any, member: Any) -> Any:
    label = getattr(member, "label", None)
    if label is not None:
        return label
    name = getattr(member, "name", None)
    return Derived(str(value if name is None else name).replace("_", " ").capitalize())


def choices_key(field: FieldInfo) -> Any:
    """Return what fields with the same options have in common: those of one model are loaded once for all of them."""
    lookup = field.widget.template == LOOKUP
    return field.choices if isinstance(field.choices, MethodType) and not lookup else id(field)
