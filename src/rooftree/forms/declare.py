"""From a type to the fields of a form: a control for each kind of value, labels from names, rules from the schema."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

import msgspec

from rooftree.forms.errors import FormError
from rooftree.forms.field import FieldOptions, FieldSpec
from rooftree.forms.info import Derived, RowOptions
from rooftree.forms.widgets import (
    Checkbox,
    CheckboxGroup,
    DateInput,
    DateTimeInput,
    DecimalInput,
    FileInput,
    MultiSelect,
    NumberInput,
    Select,
    TextInput,
    TimeInput,
    Widget,
)
from rooftree.forms.widgets.base import FieldInfo
from rooftree.http import Upload
from rooftree.schema import NO_DEFAULT, Array, Choice, Field, Leaf, Node, Object, OneOf, Opaque

__all__ = ["fields_of", "label_of", "make_field", "nullable", "value_of"]

MAX_DEPTH: Final = 4
BOXES_UP_TO: Final = 6
"""Values up to which several are chosen by boxes instead of a list."""


def fields_of(node: Object, specs: Mapping[str, FieldSpec], owner: str, depth: int = 0) -> tuple[FieldInfo, ...]:
    """Return the fields of a class.

    Args:
        node: The class.
        specs: What is said of its fields, by their names.
        owner: The form, for errors.
        depth: How many classes this one is inside of.

    Raises:
        FormError: F103 to F106 for a field that no control fits, a name that is none, a condition that cannot be.
    """
    if depth > MAX_DEPTH:
        raise FormError("F106", f"{owner} is nested more than {MAX_DEPTH} levels deep.", "Use flatter classes.")
    found = tuple(_field(each, specs, owner, depth) for each in node.fields)
    check_conditions(found, owner)
    return found


def _field(field: Field, specs: Mapping[str, FieldSpec], owner: str, depth: int) -> FieldInfo:
    options: dict[str, Any] = {}
    for item in field.metadata:
        if isinstance(item, Widget):
            options["widget"] = item
        elif isinstance(item, FieldSpec):
            options.update(item.options)
    if field.name in specs:
        options.update(specs[field.name].options)
    given = FieldOptions(**options)  # type: ignore[typeddict-item]
    if field.rules.description and "help" not in given:
        given["help"] = field.rules.description
    if field.rules.title and "label" not in given:
        given["label"] = field.rules.title
    return make_field(
        field.wire,
        field.name,
        field.node,
        given,
        owner=owner,
        required=field.required,
        default=field.default,
        factory=field.factory,
        depth=depth,
    )


def make_field(
    name: str,
    attribute: str,
    node: Node,
    options: FieldOptions,
    *,
    owner: str,
    required: bool,
    default: Any,
    factory: Any,
    depth: int = 0,
) -> FieldInfo:
    """Return one field.

    Raises:
        FormError: F103 where no control fits its type, F104 where its name cannot stand in a form.
    """
    if not name or name.startswith("_") or any(character in name for character in ".[]"):
        raise FormError(
            "F104",
            f"{owner} has a field {name!r}: names of a form do not begin with '_', and hold no '.', '[' or ']'.",
            "Give it another name.",
        )
    if options.get("when") and required and not nullable(node):
        raise FormError(
            "F105",
            f"{owner}.{name} counts only at times, and has no value for the others.",
            "Give it a default, as None; write field(required=True) where it must be filled in when it counts.",
        )
    value = value_of(node)
    common: dict[str, Any] = {
        "name": name,
        "attribute": attribute,
        "label": options.get("label", Derived(label_of(name))),
        "help": options.get("help", ""),
        "required": options.get("required", required and not nullable(node)),
        "nullable": nullable(node),
        "choices": options.get("choices"),
        "autocomplete": options.get("autocomplete", ""),
        "placeholder": options.get("placeholder", ""),
        "group": options.get("group", ""),
        "when": _conditions(options.get("when", {})),
        "readonly": options.get("readonly", False),
        "attributes": options.get("attributes", {}),
        "default": default,
        "factory": factory,
    }
    if "initial" in options:
        initial = options["initial"]
        common["default"], common["factory"] = (NO_DEFAULT, initial) if callable(initial) else (initial, NO_DEFAULT)
    if isinstance(value, Object) and not value.as_array:
        inner = fields_of(value, {}, f"{owner}.{name}", depth + 1)
        return FieldInfo(
            kind="group", node=node, widget=TextInput(), fields=_autocompleted(inner, common["autocomplete"]), **common
        )
    if isinstance(value, Array) and isinstance(value.item, Object):
        return FieldInfo(
            kind="rows",
            node=node,
            widget=TextInput(),
            fields=fields_of(value.item, {}, f"{owner}.{name}", depth + 1),
            rows=RowOptions(options.get("least", 0), options.get("most", 50), options.get("row", "")),
            **common,
        )
    widget = options.get("widget") or _widget_for(value, common["choices"] is not None)
    if widget is None:
        raise FormError(
            "F103",
            f"{owner} has a field {name!r} of a type that no control fits.",
            f"Leave it out, or name one: {name} = field(widget=TextInput()).",
        )
    return FieldInfo(node=node, widget=widget, **common)


def _autocompleted(fields: tuple[FieldInfo, ...], section: str) -> tuple[FieldInfo, ...]:
    """Put what a group says before the tokens of its fields: ``billing`` and ``street-address``."""
    if not section:
        return fields
    return tuple(
        msgspec.structs.replace(each, autocomplete=f"{section} {each.autocomplete}") if each.autocomplete else each
        for each in fields
    )


def _widget_for(node: Node, chosen: bool) -> Widget | None:
    if isinstance(node, Array):
        item = value_of(node.item)
        if isinstance(item, Opaque):
            return FileInput() if item.cls is Upload else None
        if isinstance(item, Choice):
            return CheckboxGroup() if len(item.members) <= BOXES_UP_TO else MultiSelect()
        return MultiSelect() if chosen else None
    if isinstance(node, Opaque):
        return FileInput() if node.cls is Upload else None
    if isinstance(node, Choice):
        return Checkbox() if all(value is True for value, _ in node.members) else Select()
    if isinstance(node, Leaf):
        return Select() if chosen else WIDGETS[node.kind]() if node.kind in WIDGETS else None
    return None


WIDGETS: Final[dict[str, type[Widget]]] = {
    "str": TextInput,
    "int": NumberInput,
    "float": DecimalInput,
    "decimal": DecimalInput,
    "bool": Checkbox,
    "date": DateInput,
    "time": TimeInput,
    "datetime": DateTimeInput,
    "uuid": TextInput,
}


def value_of(node: Node) -> Node:
    """Return a type without ``None``."""
    if isinstance(node, OneOf):
        members = [member for member in node.members if not _is_null(member)]
        return members[0] if len(members) == 1 else node
    return node


def nullable(node: Node) -> bool:
    """Tell whether a type takes ``None``."""
    return isinstance(node, OneOf) and any(_is_null(member) for member in node.members)


def _is_null(node: Node) -> bool:
    return isinstance(node, Leaf) and node.kind == "null"


def label_of(name: str) -> str:
    """Return what people call a field by its name: ``"street_name"`` is ``"Street name"``."""
    words = name.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def _conditions(given: Mapping[str, str | bool | Collection[str]]) -> dict[str, frozenset[str]]:
    return {
        name: frozenset(
            {str(value).lower()} if isinstance(value, bool) else {value} if isinstance(value, str) else value
        )
        for name, value in given.items()
    }


def check_conditions(fields: Iterable[FieldInfo], owner: str) -> None:
    """Raise where a condition names a field that there is not.

    Raises:
        FormError: F105.
    """
    known = {field.name: field for field in fields}
    for field in known.values():
        for name in field.when:
            if name not in known or name == field.name:
                raise FormError(
                    "F105",
                    f"{owner}.{field.name} counts when {name!r} has a value, and there is no such field beside it.",
                    f"Name one of {', '.join(other for other in known if other != field.name)}.",
                )
