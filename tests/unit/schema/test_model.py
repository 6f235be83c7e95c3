from __future__ import annotations

import typing
from decimal import Decimal
from typing import Annotated, Any, ClassVar

import msgspec
import pytest

from rooftree.schema import Doc, Gt, Invalid, Len, Private, Schema, UnsupportedType, decoder, encoder
from rooftree.schema.constraints import NO_RULES, Rules, rules_of
from rooftree.schema.limits import is_multiple
from rooftree.schema.native import native_type
from rooftree.schema.nodes import LATER, Alias


class Item(Schema):
    name: Annotated[str, Len(1, 80), "a mark of another library"]
    price: Annotated[Decimal, Gt(0), Doc("In euros")]
    count: Annotated[int | None, Gt(0)] = None
    kinds: ClassVar[dict[str, int]] = {"a": 1}


def test_a_schema_is_a_struct_made_by_keyword() -> None:
    item = Item(name="Oak", price=Decimal(1))
    assert item == Item(name="Oak", price=Decimal(1))
    assert isinstance(item, msgspec.Struct)
    with pytest.raises(TypeError):
        Item("Oak", Decimal(1))  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def test_making_one_checks_nothing_beyond_the_names() -> None:
    assert Item(name="", price=Decimal(-1)).name == ""


def test_msgspec_is_told_what_it_knows_and_nothing_that_it_refuses() -> None:
    with pytest.raises(msgspec.ValidationError, match="length >= 1"):
        msgspec.json.decode(b'{"name": "", "price": 1}', type=Item)
    with pytest.raises(msgspec.ValidationError, match="`int` >= 1"):
        msgspec.json.decode(b'{"name": "a", "price": 1, "count": 0}', type=Item)
    assert msgspec.json.decode(b'{"name": "a", "price": -1}', type=Item).price == -1


def test_annotations_still_say_everything() -> None:
    hints = typing.get_type_hints(Item, include_extras=True)
    assert rules_of(hints["price"].__metadata__) == Rules(gt=Decimal(0), description="In euros")
    assert "a mark of another library" in hints["name"].__metadata__
    assert rules_of(hints["name"].__metadata__) == Rules(min_length=1, max_length=80)


def test_constraints_that_could_never_hold_are_errors_of_the_class() -> None:
    with pytest.raises(UnsupportedType, match=r"^`str` takes no `gt` - at `.*_.name`$"):

        class _(Schema):  # noqa: N801 - never used
            name: Annotated[str, Gt(0)]


def test_names_of_the_function_around_a_schema_are_seen() -> None:
    class Local(Schema):
        size: Annotated[int, Gt(0)]

    class Uses(Schema):
        local: Local
        own: Uses | None = None

    assert decoder(Uses).json(b'{"local": {"size": 1}, "own": {"local": {"size": 2}}}').own is not None
    with pytest.raises(Invalid, match=r"Expected `int` > 0 - at `\$.own.local.size`"):
        decoder(Uses).json(b'{"local": {"size": 1}, "own": {"local": {"size": 0}}}')


class Early(Schema):
    later: Annotated[Later | None, Doc("comes after")] = None
    number: Annotated[Number, Gt(0)] = 1
    secret: Annotated[Number, Private] = 1


class Later(Schema):
    size: int


Number = int


def test_names_that_come_later_are_read_later() -> None:
    assert decoder(Early).json(b'{"later": {"size": 1}}') == Early(later=Later(size=1))
    # msgspec was not told of this rule: the second pass has it
    with pytest.raises(Invalid, match=r"Expected `int` > 0 - at `\$.number`"):
        decoder(Early).json(b'{"number": 0}')
    assert encoder(object).json([Early()]) == b'[{"later":null,"number":1}]'


class Lost(Schema):
    nothing: Nowhere  # type: ignore[name-defined]  # pyright: ignore  # noqa: F821, PGH003


def test_names_that_never_come() -> None:
    with pytest.raises(UnsupportedType, match="An annotation of `Lost` cannot be read: name 'Nowhere' is not defined"):
        decoder(Lost)


def test_an_alias_that_names_itself_has_no_type_of_msgspec() -> None:
    with pytest.raises(TypeError, match="an alias that names itself"):
        native_type(Alias(name="Json", target=LATER))


def test_rules_of_nothing() -> None:
    assert rules_of(()) is NO_RULES
    assert rules_of(("text", int, 5)) is NO_RULES
    assert rules_of((Gt(1), Gt(3), Gt(2))) == Rules(gt=3)
    assert rules_of((Len(1, 9), Len(0, 5))) == Rules(min_length=1, max_length=5)
    assert repr(Private) == "Private"
    assert repr(Rules(gt=1)) == "Rules(gt=1)"


def test_multiples() -> None:
    assert is_multiple(6, 3)
    assert not is_multiple(7, 3)
    assert is_multiple(Decimal("0.3"), Decimal("0.1"))
    assert is_multiple(1.5, 0.5)
    assert not is_multiple(float("inf"), 0.5)


def test_options_of_structs_are_kept() -> None:
    class Frozen(Schema, frozen=True, rename="camel", tag="f", forbid_unknown_fields=True):  # type: ignore[misc]
        first_name: Annotated[str, Len(1)]

    value: Any = decoder(Frozen).json(b'{"type": "f", "firstName": "a"}')
    assert value == Frozen(first_name="a")
    assert hash(value) == hash(Frozen(first_name="a"))
