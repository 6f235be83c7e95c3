"""The names of components, whatever was described first, and what is told apart by them."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
import pydantic
import pytest

from rooftree.schema import REF_TEMPLATE, Components, Private, Schema, decoder, describe, renamed
from rooftree.schema.faults import Invalid

T = TypeVar("T")


class Item(Schema):
    price: Decimal = Decimal(1)


class Box(Schema):
    item: Item
    secret: Annotated[str, Private] = ""


class Inner(pydantic.BaseModel):
    size: int


class Outer(pydantic.BaseModel):
    inner: Inner
    kind: Literal["outer"] = "outer"


class Other(pydantic.BaseModel):
    inner: list[Inner]
    kind: Literal["other"] = "other"


class Left(Schema):
    kind: Literal["left"]
    side: Literal["same"]


class Right(Schema):
    side: Literal["same"]
    kind: Literal["right"]


def elsewhere(module: str, name: str = "Item") -> Any:
    """A class of a name in another module."""
    return msgspec.defstruct(name, [("x", int)], module=module)


def final(*described: tuple[Any, bool]) -> set[str]:
    components = Components()
    for each, output in described:
        describe(each, components, output=output)
    return set(components.settled().values())


@pytest.mark.parametrize("turned", [False, True])
def test_the_order_means_nothing(turned: bool) -> None:
    wanted = [(Box, True), (Box, False), (elsewhere("shop.models"), False), (elsewhere("blog.models"), False)]
    names = final(*(wanted[::-1] if turned else wanted))
    own = ".".join(__name__.split(".")[-2:])
    assert names == {"Box", "BoxInput", f"{own}.Item", f"{own}.ItemInput", "shop.models.Item", "blog.models.Item"}


class Page(Schema, Generic[T]):
    items: list[T]


@pytest.mark.parametrize("turned", [False, True])
def test_generic_classes_are_told_apart_by_what_they_hold(turned: bool) -> None:
    of: Any = Page
    wanted = [(of[elsewhere("shop.models")], False), (of[elsewhere("blog.models")], False)]
    names = {name for name in final(*(wanted[::-1] if turned else wanted)) if "Page" in name}
    own = ".".join(__name__.split(".")[-2:])
    assert names == {f"{own}.Page_shop.models.Item", f"{own}.Page_blog.models.Item"}


def test_two_shapes_that_are_equal_are_one() -> None:
    assert final((Inner, False), (Inner, True), (Other, False), (Other, True)) == {"Inner", "Other"}


def test_classes_of_one_module_are_counted() -> None:
    assert final((elsewhere("a"), False), (elsewhere("a"), False)) == {"Item", "Item2"}


def test_a_class_that_is_really_called_so_goes_first() -> None:
    names = final((Box, True), (Box, False), (elsewhere("a", "BoxInput"), False))
    assert {"Box", "BoxInput", "BoxInput2"} <= names


def test_what_two_pydantic_models_share_stands_once() -> None:
    components = Components()
    describe(Outer, components)
    describe(Other, components)
    assert list(components) == ["Outer", "Inner", "Other"]
    twice = pydantic.create_model("Twice", one=(Inner, ...), two=(pydantic.create_model("Inner", x=(int, ...)), ...))
    describe(twice, components)
    assert len([name for name in components if "Inner" in name]) == 3


def test_discriminators_of_classes_without_tags() -> None:
    schema = describe(Left | Right)
    assert schema["discriminator"] == {
        "propertyName": "kind",
        "mapping": {"left": "#/$defs/Left", "right": "#/$defs/Right"},
    }
    schema = describe(Outer | Other)
    assert schema["discriminator"]["mapping"] == {"outer": "#/$defs/Outer", "other": "#/$defs/Other"}
    assert "discriminator" not in describe(Left | Inner)
    assert "discriminator" not in describe(Item | int | None)


def test_references_are_renamed_and_data_is_not() -> None:
    reference = REF_TEMPLATE.format(name="A")
    schema = {
        "properties": {"default": {"$ref": reference}, "$ref": {"type": "string"}},
        "default": {"$ref": reference},
        "discriminator": {"propertyName": "x", "mapping": {"a": reference, "b": "#/elsewhere"}},
        "anyOf": [{"$ref": "#/elsewhere"}],
    }
    new = REF_TEMPLATE.format(name="B")
    assert renamed(schema, {"A": "B"}, REF_TEMPLATE) == {
        "properties": {"default": {"$ref": new}, "$ref": {"type": "string"}},
        "default": {"$ref": reference},
        "discriminator": {"propertyName": "x", "mapping": {"a": new, "b": "#/elsewhere"}},
        "anyOf": [{"$ref": "#/elsewhere"}],
    }


@pytest.mark.parametrize(("text", "value"), [(b"36.0", 36), (b"3.6e1", 36), (b"-0.0", 0), (b"1e18", 10**18)])
def test_integers_may_be_written_with_a_fraction(text: bytes, value: int) -> None:
    assert decoder(int).json(text) == value
    assert decoder(int | None).json(text) == value
    assert decoder(list[int | str]).json(b"[%b]" % text) == [value]


@pytest.mark.parametrize("text", [b"36.5", b"1e19", b"1e-1", b"1." + b"0" * 80, b"1e99999999999999999999"])
def test_other_numbers_are_none(text: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        decoder(int).json(text)
    assert refused.value.errors[0].code in {"type", "json", "out_of_range", "format"}


def test_limits_hold_for_them_too() -> None:
    from rooftree.schema import Ge

    with pytest.raises(Invalid) as refused:
        decoder(Annotated[int, Ge(3)]).json(b"2.0")
    assert refused.value.errors[0].code == "greater_than_equal"
