# pyright: reportUnusedClass=false
"""From types to fields: controls, labels, what has to be filled in; and what cannot be a form."""

from __future__ import annotations

import datetime as dt
import enum
import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal, TypedDict

import pytest

from rooftree import Doc, Len, Schema, SchemaForm, Upload, field, rule
from rooftree.forms import BaseForm, EmailInput, FormError, FormUsageError, Textarea


class Size(enum.Enum):
    SMALL = "s"
    VERY_LARGE = "xl"


class Inner(Schema):
    street: str


class Everything(Schema):
    text: str
    number: int
    ratio: float
    price: Decimal
    yes: bool
    day: dt.date
    clock: dt.time
    moment: dt.datetime
    key: uuid.UUID
    size: Size
    kind: Literal["a", "b"]
    terms: Literal[True]
    sizes: list[Size]
    file: Upload
    files: list[Upload]
    address: Inner
    lines: list[Inner]
    maybe: str | None
    given: int = 3


class EverythingForm(SchemaForm[Everything]): ...


def test_each_kind_of_value_has_its_control() -> None:
    controls = {info.name: type(info.widget).__name__ for info in EverythingForm.info.fields if info.kind == "value"}
    assert controls == {
        "text": "TextInput", "number": "NumberInput", "ratio": "DecimalInput", "price": "DecimalInput",
        "yes": "Checkbox", "day": "DateInput", "clock": "TimeInput", "moment": "DateTimeInput", "key": "TextInput",
        "size": "Select", "kind": "Select", "terms": "Checkbox", "sizes": "CheckboxGroup", "file": "FileInput",
        "files": "FileInput", "maybe": "TextInput", "given": "NumberInput",
    }  # fmt: skip
    kinds = {info.name: info.kind for info in EverythingForm.info.fields if info.kind != "value"}
    assert kinds == {"address": "group", "lines": "rows"}
    assert EverythingForm.info.multipart


def test_what_has_a_default_or_may_be_none_need_not_be_filled_in() -> None:
    optional = {info.name for info in EverythingForm.info.fields if not info.required}
    assert optional == {"maybe", "given"}


def test_labels_come_from_names_and_enums() -> None:
    info = EverythingForm.info.find("size")
    assert info is not None
    assert str(info.label) == "Size"
    assert [(option.value, str(option.label)) for option in info.widget.options(info)] == [
        ("s", "Small"),
        ("xl", "Very large"),
    ]


def test_what_is_said_beside_a_type_and_in_the_body() -> None:
    class Note(Schema):
        title: Annotated[str, Len(1, 9), Doc("A few words.")]
        email_address: Annotated[str, EmailInput(), field(label="E-mail")]
        body: str = ""

    class NoteForm(SchemaForm[Note]):
        body = field(widget=Textarea(rows=9), label="Text", help="More.")

    title, email, body = NoteForm.info.fields
    assert (str(title.label), title.help) == ("Title", "A few words.")
    assert (email.label, type(email.widget)) == ("E-mail", EmailInput)
    assert (body.label, body.help, type(body.widget)) == ("Text", "More.", Textarea)


def test_a_dataclass_and_a_typed_dict_are_forms_too() -> None:
    @dataclass
    class Point:
        x: int
        y: int = 0

    class Row(TypedDict, total=False):
        name: str

    class PointForm(SchemaForm[Point]): ...

    class RowForm(SchemaForm[Row]): ...

    assert [info.required for info in PointForm.info.fields] == [True, False]
    assert [info.required for info in RowForm.info.fields] == [False]


def test_a_form_is_inherited_and_says_more() -> None:
    class Point(Schema):
        x: int

    class PointForm(SchemaForm[Point]):
        x = field(label="East")

    class NamedForm(PointForm):
        x = field(label="West")

    assert [form.info.fields[0].label for form in (PointForm, NamedForm)] == ["East", "West"]


def error(make: Any) -> str:
    with pytest.raises((FormError, FormUsageError)) as caught:
        make()
    return str(caught.value)


class Plain(Schema):
    name: str
    other: str = ""


def test_errors_of_declaration() -> None:  # noqa: C901 - a list of mistakes
    def unknown_option() -> None:
        field(lable="x")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]

    def nothing_named() -> None:
        class Nameless(SchemaForm): ...  # type: ignore[type-arg]  # pyright: ignore[reportMissingTypeArgument]

    def no_fields() -> None:
        class Numbers(SchemaForm[int]): ...

    def no_control() -> None:
        class Odd(Schema):
            table: dict[str, int]

        class OddForm(SchemaForm[Odd]): ...

    def hidden_name() -> None:
        class Private(TypedDict):
            _name: str

        class PrivateForm(SchemaForm[Private]): ...

    def own_name() -> None:
        class Clash(SchemaForm[Plain]):
            data = field(label="x")  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType,reportIncompatibleMethodOverride]

    def unknown_field() -> None:
        class Misspelled(SchemaForm[Plain]):
            nmae = field(label="x")

    def unknown_rule() -> None:
        class Ruled(SchemaForm[Plain]):
            @rule("nobody")
            def check_it(self, value: str) -> str | None: ...

    def never_met() -> None:
        class Conditional(SchemaForm[Plain]):
            other = field(when={"nobody": "x"})

    def no_value_otherwise() -> None:
        class Conditional(SchemaForm[Plain]):
            name = field(when={"other": "x"})

    def unbound() -> None:
        BaseForm[Any]()

    assert error(unknown_option).startswith("[F101] field() takes no 'lable'. It takes name, label, help, widget,")
    assert error(nothing_named) == (
        "[F102] Nameless does not say what it is a form of. Write class Nameless(SchemaForm[...])."
    )
    assert error(no_fields) == (
        "[F102] Numbers is a form of int, which has no fields. Give it a Schema, a dataclass or a TypedDict."
    )
    assert error(no_control) == (
        "[F103] OddForm has a field 'table' of a type that no control fits. Leave it out, or name one: "
        "table = field(widget=TextInput())."
    )
    assert error(hidden_name) == (
        "[F104] PrivateForm has a field '_name': names of a form do not begin with '_', and hold no '.', '[' or ']'. "
        "Give it another name."
    )
    assert error(own_name) == (
        "[F104] Clash declares a field 'data', which is what forms call something of their own. Give it another name "
        "here: data_ = field(name='data', ...)."
    )
    assert error(unknown_field) == (
        "[F107] Misspelled says something of a field 'nmae', and has none of that name. It has name, other."
    )
    assert error(unknown_rule).startswith("[F107] Ruled says something of a field 'nobody'")
    assert error(never_met) == (
        "[F105] Conditional.other counts when 'nobody' has a value, and there is no such field beside it. "
        "Name one of name."
    )
    assert error(no_value_otherwise) == (
        "[F105] Conditional.name counts only at times, and has no value for the others. Give it a default, as None; "
        "write field(required=True) where it must be filled in when it counts."
    )
    assert error(unbound) == (
        "[F203] BaseForm names no type of its own, so it has no fields. Derive from it: "
        "class ContactForm(SchemaForm[Contact]): ..."
    )


def test_a_type_that_cannot_be_read_is_no_form() -> None:
    class Odd(Schema):
        thing: complex

    def make() -> None:
        class OddForm(SchemaForm[Odd]): ...

    assert error(make).startswith("[F103] OddForm cannot be made of its type: `complex` is not supported")


class Deep5(Schema):
    x: str = ""


class Deep4(Schema):
    down: Deep5


class Deep3(Schema):
    down: Deep4


class Deep2(Schema):
    down: Deep3


class Deep1(Schema):
    down: Deep2


class Deep0(Schema):
    down: Deep1


def test_a_form_has_no_bottomless_depth() -> None:
    def make() -> None:
        class DeepForm(SchemaForm[Deep0]): ...

    assert error(make) == (
        "[F106] DeepForm.down.down.down.down.down is nested more than 4 levels deep. Use flatter classes."
    )


def test_a_field_of_a_name_that_forms_need() -> None:
    class Shop(Schema):
        open: bool

    class ShopForm(SchemaForm[Shop]):
        open_ = field(name="open", label="Open today")

    assert ShopForm.info.fields[0].label == "Open today"


def test_a_group_says_what_stands_before_the_tokens_of_its_fields() -> None:
    class Address(Schema):
        street: Annotated[str, field(autocomplete="street-address")]
        note: str = ""

    class Order(Schema):
        delivery: Address
        invoice: Address

    class OrderForm(SchemaForm[Order]):
        invoice = field(autocomplete="billing")

    tokens = {info.name: [inner.autocomplete for inner in info.fields] for info in OrderForm.info.fields}
    assert tokens == {"delivery": ["street-address", ""], "invoice": ["billing street-address", ""]}
