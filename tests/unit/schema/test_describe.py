from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import uuid
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, NamedTuple, NotRequired, TypedDict, TypeVar

import annotated_types
import msgspec
import pydantic
import pytest

from rooftree.schema import (
    Components,
    Doc,
    Ge,
    Gt,
    Le,
    Len,
    Lt,
    MultipleOf,
    Pattern,
    Private,
    Schema,
    UnsupportedType,
    describe,
)
from tests.unit.schema.test_decode import recursive_alias

T = TypeVar("T")


class Owner(Schema):
    """Who owns it.

    A person.
    """

    email: Annotated[str, Len(3, 20), Doc("Where to write to")]


class Color(enum.Enum):
    """A colour."""

    RED = "red"
    BLUE = "blue"


class Item(Schema, forbid_unknown_fields=True, rename="camel"):
    name: Annotated[str, Len(1, 80), Pattern("^[a-z]")]
    unit_price: Annotated[Decimal, Gt(0), Le(Decimal("99.5"))]
    owner: Annotated[Owner | None, Doc("May be nobody's")] = None
    color: Color = Color.RED
    tags: list[str] = []
    token: Annotated[str, Private] = ""
    made: Annotated[dt.datetime, Ge(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))] = msgspec.field(
        default_factory=lambda: dt.datetime.now(dt.UTC)
    )


DIGITS = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?$"
PRICE = {
    "type": "string",
    "format": "decimal",
    "pattern": rf"^[+]?(?=[^eE]*[1-9]){DIGITS}",
    "formatExclusiveMinimum": "0",
    "formatMaximum": "99.5",
    "examples": ["9.90"],
}


@pytest.mark.parametrize(
    ("type", "schema"),
    [
        (int, {"type": "integer"}),
        (None, {"type": "null"}),
        (object, {}),
        (Annotated[int, Ge(1), Lt(5), MultipleOf(2)],
            {"type": "integer", "minimum": 1, "exclusiveMaximum": 5, "multipleOf": 2}),
        (Annotated[float, Gt(0)], {"type": "number", "exclusiveMinimum": 0.0}),
        (Annotated[int, msgspec.Meta(title="T", description="D", examples=[1], extra_json_schema={"x": 1})],
            {"type": "integer", "title": "T", "description": "D", "examples": [1], "x": 1}),
        (Annotated[Decimal, Gt(Decimal("0.5"))],
            {"anyOf": [{"type": "number", "exclusiveMinimum": 0.5},
                {"type": "string", "format": "decimal", "pattern": rf"^[+]?(?=[^eE]*[1-9]){DIGITS}",
                 "formatExclusiveMinimum": "0.5", "examples": ["9.90"]}]}),
        (Annotated[Decimal, Ge(0), Lt(Decimal("0.1"))],
            {"anyOf": [{"type": "number", "minimum": 0, "exclusiveMaximum": 0.1},
                {"type": "string", "format": "decimal", "pattern": rf"^[+]?{DIGITS}",
                 "formatMinimum": "0", "formatExclusiveMaximum": "0.1", "examples": ["0"]}]}),
        (Annotated[Decimal, Lt(-5)],
            {"anyOf": [{"type": "number", "exclusiveMaximum": -5},
                {"type": "string", "format": "decimal", "pattern": rf"^[+-]?{DIGITS}",
                 "formatExclusiveMaximum": "-5"}]}),
        (dt.date, {"type": "string", "format": "date"}),
        (Annotated[dt.date, Gt(dt.date(2020, 1, 1))],
            {"type": "string", "format": "date", "formatExclusiveMinimum": "2020-01-01"}),
        (uuid.UUID, {"type": "string", "format": "uuid"}),
        (Annotated[bytes, Len(1)], {"type": "string", "contentEncoding": "base64"}),
        (list, {"type": "array"}),
        (Annotated[list[int], Len(1, 2)],
            {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 2}),
        (set[str], {"type": "array", "items": {"type": "string"}, "uniqueItems": True}),
        (tuple[int, str],
            {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "items": False,
             "minItems": 2, "maxItems": 2}),
        (dict, {"type": "object"}),
        (Annotated[dict[str, int], Len(1)],
            {"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 1}),
        (dict[Annotated[str, Len(2)], int],
            {"type": "object", "additionalProperties": {"type": "integer"},
             "propertyNames": {"type": "string", "minLength": 2}}),
        (Literal["a", 1], {"enum": ["a", 1]}),
        (Literal["a"], {"const": "a"}),
        (int | None, {"anyOf": [{"type": "integer"}, {"type": "null"}]}),
        (int | msgspec.UnsetType, {"type": "integer"}),
        (Annotated[int, annotated_types.doc("Said")], {"type": "integer", "description": "Said"}),
    ],
)  # fmt: skip
def test_single_types(type: Any, schema: dict[str, Any]) -> None:
    assert describe(type) == schema


def test_a_schema_as_it_comes_in() -> None:
    components = Components()
    assert describe(Item, components) == {"$ref": "#/components/schemas/Item"}
    assert components["Owner"] == {
        "type": "object",
        "title": "Owner",
        "description": "Who owns it.\n\nA person.",
        "properties": {
            "email": {"type": "string", "minLength": 3, "maxLength": 20, "description": "Where to write to"},
        },
        "required": ["email"],
    }
    assert components["Color"] == {"title": "Color", "enum": ["red", "blue"], "description": "A colour."}
    assert components["Item"] == {
        "type": "object",
        "title": "Item",
        "properties": {
            "name": {"type": "string", "minLength": 1, "maxLength": 80, "pattern": "^[a-z]"},
            "unitPrice": {
                "anyOf": [
                    {"type": "number", "exclusiveMinimum": 0, "maximum": 99.5},
                    PRICE,
                ]
            },
            "owner": {
                "anyOf": [{"$ref": "#/components/schemas/Owner"}, {"type": "null"}],
                "description": "May be nobody's",
                "default": None,
            },
            "color": {"$ref": "#/components/schemas/Color", "default": "red"},
            "tags": {"type": "array", "items": {"type": "string"}, "default": []},
            "token": {"type": "string", "default": "", "writeOnly": True},
            "made": {"type": "string", "format": "date-time", "formatMinimum": "2020-01-01T00:00:00Z"},
        },
        "required": ["name", "unitPrice"],
        "additionalProperties": False,
    }


def test_a_schema_as_it_leaves() -> None:
    components = Components()
    describe(Item, components)
    assert describe(list[Item], components, output=True) == {
        "type": "array",
        "items": {"$ref": "#/components/schemas/ItemOutput"},
    }
    out = components["ItemOutput"]
    assert "token" not in out["properties"]
    assert out["properties"]["unitPrice"] == PRICE
    assert out["required"] == ["name", "unitPrice", "owner", "color", "tags", "made"]
    assert set(components) == {"Item", "ItemOutput", "Owner", "Color"}
    assert describe(Item, components) == {"$ref": "#/components/schemas/Item"}


def test_a_type_that_is_first_seen_leaving() -> None:
    components = Components()
    assert describe(Item, components, output=True) == {"$ref": "#/components/schemas/Item"}
    assert describe(Item, components) == {"$ref": "#/components/schemas/ItemInput"}


class Tree(Schema):
    children: list[Tree] = []


class Page(Schema, Generic[T]):
    items: list[T]


class Cat(Schema, tag="cat"):
    name: str


class Dog(Schema, tag="dog"):
    name: str


class Row(Schema, array_like=True, tag="row"):
    a: int
    b: str = ""


class Pair(NamedTuple):
    left: int
    right: str = ""


class Movie(TypedDict):
    name: str
    year: NotRequired[int]


class Brief(Schema, omit_defaults=True):
    note: str = ""
    gone: int | msgspec.UnsetType = msgspec.UNSET


@dataclasses.dataclass
class Point:
    x: int
    strange: object = dataclasses.field(default_factory=object)
    odd: object = complex(1)


def test_types_alone_carry_their_definitions() -> None:
    assert describe(Tree) == {
        "$ref": "#/$defs/Tree",
        "$defs": {
            "Tree": {
                "type": "object",
                "title": "Tree",
                "properties": {"children": {"type": "array", "items": {"$ref": "#/$defs/Tree"}, "default": []}},
            }
        },
    }


def test_unions_with_tags_have_a_discriminator() -> None:
    schema = describe(Cat | Dog | None)
    assert schema["anyOf"] == [{"$ref": "#/$defs/Cat"}, {"$ref": "#/$defs/Dog"}, {"type": "null"}]
    assert schema["discriminator"] == {
        "propertyName": "type",
        "mapping": {"cat": "#/$defs/Cat", "dog": "#/$defs/Dog"},
    }
    assert schema["$defs"]["Cat"]["properties"]["type"] == {"const": "cat"}
    assert schema["$defs"]["Cat"]["required"] == ["type", "name"]


def test_other_classes() -> None:
    definitions = describe(tuple[Row, Pair, Movie, Brief, Point])["$defs"]
    assert definitions["Row"]["prefixItems"] == [
        {"const": "row"},
        {"type": "integer"},
        {"type": "string", "default": ""},
    ]
    assert definitions["Row"]["minItems"] == 2
    assert definitions["Pair"]["minItems"] == 1
    assert definitions["Movie"]["required"] == ["name"]
    assert "required" not in definitions["Brief"]
    assert definitions["Brief"]["properties"]["gone"] == {"type": "integer"}
    assert definitions["Point"]["properties"] == {"x": {"type": "integer"}, "strange": {}, "odd": {}}
    leaving = describe(tuple[Movie, Brief], output=True)["$defs"]
    assert leaving["Movie"]["required"] == ["name"]
    assert "required" not in leaving["Brief"]


def test_names_of_components() -> None:
    def another() -> type[Schema]:
        class Owner(Schema):
            other: int

        return Owner

    components = Components()
    assert describe(Page[int], components) == {"$ref": "#/components/schemas/Page_int"}
    assert describe(Page[list[int]], components) == {"$ref": "#/components/schemas/Page_list_int"}
    assert describe(Page[Owner], components) == {"$ref": "#/components/schemas/Page_Owner"}
    assert describe(another(), components) == {"$ref": "#/components/schemas/Owner2"}


GENERIC: list[tuple[Any, str]] = [
    (Page[int | None], "Page_int_or_None"),
    (Page[Cat | Dog], "Page_Cat_or_Dog"),
    (Page[Literal["a", 1]], "Page_a_1"),
    (Page[Literal["a text of so many letters as nobody types"]], "Page_a_text_of_so_many_letter"),
    (Page[Annotated[int, Gt(0)]], "Page_int"),
    (Page[tuple[int, ...]], "Page_tuple_int"),
    (Page[dict[str, Page[Cat]]], "Page_dict_str_Page_Cat"),
    (Page[Any], "Page_Any"),
]


@pytest.mark.parametrize(("type", "name"), GENERIC)
def test_names_of_generic_classes(type: Any, name: str) -> None:
    components = Components()
    assert describe(type, components) == {"$ref": f"#/components/schemas/{name}"}
    assert set(components.settled().values()) >= {name}


def test_aliases_that_name_themselves() -> None:
    schema = describe(recursive_alias())
    assert {"type": "array", "items": {"$ref": "#/$defs/Json"}} in schema["anyOf"]
    assert schema["$defs"]["Json"]["anyOf"] == schema["anyOf"]


class Inner(pydantic.BaseModel):
    size: int = pydantic.Field(gt=0)


class Outer(pydantic.BaseModel):
    inner: Inner
    price: Decimal


class Chain(pydantic.BaseModel):
    next: Chain | None = None


def test_pydantic_describes_its_models() -> None:
    components = Components()
    assert describe(Outer, components) == {"$ref": "#/components/schemas/Outer"}
    assert describe(Outer, components) == {"$ref": "#/components/schemas/Outer"}
    assert components["Outer"]["properties"]["inner"] == {"$ref": "#/components/schemas/Inner"}
    assert components["Inner"]["properties"]["size"]["exclusiveMinimum"] == 0
    assert describe(Outer, components, output=True) == {"$ref": "#/components/schemas/OuterOutput"}
    assert components["OuterOutput"]["properties"]["price"]["type"] == "string"
    assert describe(Page[Chain], components) == {"$ref": "#/components/schemas/Page_Chain"}
    assert components["Chain"]["properties"]["next"]["anyOf"][0] == {"$ref": "#/components/schemas/Chain"}


class Crate(pydantic.BaseModel, Generic[T]):
    content: T


class Shelf(pydantic.BaseModel):
    crates: list[Crate[Inner | Chain]]


def test_generic_classes_of_pydantic_are_called_as_our_own_are() -> None:
    components = Components()
    assert describe(Crate[Inner | None], components) == {"$ref": "#/components/schemas/Crate_Inner_or_None"}
    assert describe(Shelf, components) == {"$ref": "#/components/schemas/Shelf"}
    assert set(components) == {"Crate_Inner_or_None", "Inner", "Shelf", "Crate_Inner_or_Chain", "Chain"}
    used = components["Shelf"]["properties"]["crates"]["items"]
    assert used == {"$ref": "#/components/schemas/Crate_Inner_or_Chain"}


def test_opaque_classes_bring_their_schema() -> None:
    class File: ...

    binary = {"type": "string", "format": "binary"}
    assert describe(list[File], opaque={File: binary}) == {"type": "array", "items": binary}
    with pytest.raises(UnsupportedType):
        describe(File)


def test_what_is_described_is_what_is_checked_by_another_validator() -> None:
    # Pydantic reads the same constraints, so both descriptions of them must say the same
    class Same(pydantic.BaseModel):
        a: Annotated[int, annotated_types.Gt(0)]
        b: Annotated[str, annotated_types.Len(1, 5)]

    class Ours(Schema):
        a: Annotated[int, annotated_types.Gt(0)]
        b: Annotated[str, annotated_types.Len(1, 5)]

    theirs = Same.model_json_schema()["properties"]
    mine = describe(Ours)["$defs"]["Ours"]["properties"]
    assert {
        name: {key: value for key, value in schema.items() if key != "title"} for name, schema in theirs.items()
    } == mine
