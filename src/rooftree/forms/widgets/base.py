"""What is known of one field before any request, and the base of the controls that show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import msgspec

from rooftree.forms.info import ABSENT, Choices, Label, Option, RowOptions, Surroundings
from rooftree.http import FormData, Upload
from rooftree.schema import NO_DEFAULT, Leaf, Node, OneOf

__all__ = ["Attributes", "FieldInfo", "NoValue", "Texts", "Widget", "leaf_of", "rules_of_field"]

Attributes = dict[str, "str | bool | int | None"]
"""Attributes of a control: ``True`` writes the bare name, ``False`` and ``None`` nothing."""
Texts = list[str]


class FieldInfo(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """One field of a form, a group of fields, or rows of them.

    Attributes:
        name: Its name on the wire, without those of the groups around it.
        attribute: Its name in Python.
        kind: ``"value"`` for one control, ``"group"`` for a class inside the class, ``"rows"`` for a list of classes.
        node: Its type as the schema has it.
        label: What people call it.
        help: A sentence below the control.
        widget: The control; of a group or rows one that nobody uses.
        required: Whether it has to be filled in.
        nullable: Whether nothing filled in is ``None``.
        default: The value of a new form; ``factory`` likewise makes one.
        choices: Where the options come from; ``None`` for those of the type.
        autocomplete: The token for browsers (HTML section 4.10.18.7): ``"email"``, ``"street-address"``.
        placeholder: An example inside of the empty control.
        group: The fieldset that it stands in.
        when: Values of other fields that make this one count: ``{"kind": {"company"}}``.
        readonly: It is shown, and what comes back is ignored.
        fields: Of a group or of one row.
        rows: Of rows.
        attributes: Further attributes of the control.
    """

    name: str
    attribute: str
    node: Node
    label: Label
    widget: Widget
    kind: Literal["value", "group", "rows"] = "value"
    help: Label = ""
    required: bool = True
    nullable: bool = False
    default: Any = NO_DEFAULT
    factory: Any = NO_DEFAULT
    choices: Choices | None = None
    autocomplete: str = ""
    placeholder: Label = ""
    group: Label = ""
    when: Mapping[str, frozenset[str]] = {}
    readonly: bool = False
    fields: tuple[FieldInfo, ...] = ()
    rows: RowOptions = RowOptions()
    attributes: Mapping[str, str | bool] = {}

    def initial(self) -> Any:
        """Return the value of a new form; ``None`` where there is none."""
        if self.factory is not NO_DEFAULT:
            return self.factory()
        return None if self.default is NO_DEFAULT else self.default

    def find(self, name: str) -> FieldInfo | None:
        """Return the field of that name inside of this group or row."""
        return next((field for field in self.fields if field.name == name), None)


class NoValue(Exception):
    """What was typed is no value of this control's kind.

    Args:
        code: The name of the rule, a key of the texts for people: ``"decimal"``.
        params: What the text needs.
    """

    def __init__(self, code: str, params: Mapping[str, Any] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.params: Mapping[str, Any] = params or {}


class Widget:
    """A control. A subclass names a template and says how values become texts and texts become values.

    Args:
        attributes: Further HTML attributes: ``TextInput(spellcheck="false")``; a trailing underscore is dropped and
            the others become hyphens, so that ``data_kind`` and ``class_`` can be written.

    Attributes:
        template: The name of its template; an application's template of the same name takes its place.
        type: The ``type`` of its ``<input>``.
        multiple: It takes several values.
        redisplay: What was sent is shown again where the form comes back with errors.
        multipart: Its values are files.
        fieldset: It is a group of controls, which a legend names instead of a label.
    """

    template: ClassVar[str] = "forms/widgets/input.html"
    type: ClassVar[str] = "text"
    multiple: ClassVar[bool] = False
    redisplay: ClassVar[bool] = True
    multipart: ClassVar[bool] = False
    fieldset: ClassVar[bool] = False
    hidden: ClassVar[bool] = False
    part: ClassVar[Literal["fields", "files"]] = "fields"

    def __init__(self, **attributes: str | bool) -> None:
        self.attributes: Mapping[str, str | bool] = {
            name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()
        }

    def read(self, data: FormData, name: str) -> list[Any] | None:
        """Return what came under a name, ``None`` where nothing did."""
        found: list[str] | list[Upload] | None = data.fields.get(name)
        return list(found) if found is not None else None

    def parse(self, given: list[Any] | None, info: FieldInfo, around: Surroundings) -> Any:
        """Return what the rules are asked about: text as `Decoder.strings` takes it, or `ABSENT`.

        Raises:
            NoValue: It is no value of this kind.
        """
        text = self.tidy(str(given[-1])) if given else ""
        if text == "":
            return self.blank(info)
        return self.text_of(text, info, around)

    def tidy(self, text: str) -> str:
        """Return what was typed without what nobody means."""
        return text.strip()

    def text_of(self, text: str, info: FieldInfo, around: Surroundings) -> Any:  # noqa: ARG002 - for subclasses
        """Return text that was filled in as the schema takes it."""
        return text

    def blank(self, info: FieldInfo) -> Any:
        """Return what nothing filled in means for a field."""
        if info.required:
            return ABSENT
        if info.nullable:
            return None
        return "" if _is_text(info.node) else ABSENT

    def format(self, value: Any, around: Surroundings) -> Texts:  # noqa: ARG002 - for subclasses
        """Return a value as the texts that the control holds."""
        return [] if value is None else [str(value)]

    def html_attributes(self, info: FieldInfo, around: Surroundings) -> Attributes:  # noqa: ARG002 - for subclasses
        """Return the attributes that its rules give a control."""
        return {}

    def options(self, info: FieldInfo) -> list[Option]:  # noqa: ARG002 - for subclasses
        """Return the values to choose from."""
        return []

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


def _is_text(node: Node) -> bool:
    found = leaf_of(node)
    return found is not None and found.kind == "str"


def leaf_of(node: Node) -> Leaf | None:
    """Return the single value that a type is, ``None`` left aside."""
    if isinstance(node, OneOf):
        members = [member for member in node.members if not (isinstance(member, Leaf) and member.kind == "null")]
        return leaf_of(members[0]) if len(members) == 1 else None
    return node if isinstance(node, Leaf) else None


def rules_of_field(info: FieldInfo) -> Any:
    """Return the rules of a field's values."""
    found = leaf_of(info.node)
    return found.rules if found is not None else info.node.rules
