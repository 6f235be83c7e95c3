from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import gc
import types
import uuid
from collections import OrderedDict
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, NamedTuple, NotRequired, TypedDict, TypeVar

import attrs
import msgspec
import pydantic
import pytest

from rooftree.schema import Encoder, EncodingError, Private, Schema, UnsupportedType, decoder, encoder
from tests.unit.schema.test_decode import recursive_alias

T = TypeVar("T")
ALIAS: Any = recursive_alias()
NO_TEXT: Any = object()


class Owner(Schema):
    email: str


class Account(Owner):
    """Wider than what is declared."""

    password: str = "secret"


class ItemOut(Schema):
    id: int
    name: str = "x"
    owner: Owner | None = None
    tags: list[str] = []


class Holder:
    """An object with attributes, as a row of a database is one."""

    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)


def json(type: Any, value: object) -> str:
    raw: bytes = Encoder[Any](type).json(value)
    assert msgspec.msgpack.decode(Encoder[Any](type).msgpack(value)) is not msgspec.UNSET
    return raw.decode()


def message(type: Any, value: object) -> str:
    with pytest.raises(EncodingError) as caught:
        Encoder[Any](type).json(value)
    return str(caught.value)


# ---- what leaves


def test_a_value_of_the_declared_class_leaves_as_it_is() -> None:
    item = ItemOut(id=1, owner=Owner(email="a"), tags=["t"])
    assert json(ItemOut, item) == '{"id":1,"name":"x","owner":{"email":"a"},"tags":["t"]}'
    assert encoder(ItemOut).msgpack(item) == msgspec.msgpack.encode(item)


@pytest.mark.parametrize(
    "value",
    [
        ItemOut(id=1, owner=Account(email="a")),
        {"id": 1, "owner": {"email": "a", "password": "secret"}, "password": "secret"},
        {"id": 1, "owner": Account(email="a")},
        types.MappingProxyType({"id": 1, "owner": Holder(email="a", password="secret")}),
        Holder(id=1, name="x", owner=Account(email="a"), password="secret"),
        Holder(id=1, owner=OrderedDict(email="a", password="secret"), tags=()),
    ],
)
def test_only_declared_fields_leave(value: object) -> None:
    assert json(ItemOut, value) == '{"id":1,"name":"x","owner":{"email":"a"},"tags":[]}'


def test_only_declared_fields_leave_inside_of_containers() -> None:
    wide = Account(email="a")
    narrow = {"email": "a"}
    inside = '{"email":"a"}'
    assert json(list[Owner], [wide, narrow]) == f"[{inside},{inside}]"
    assert json(list[Owner], [Owner(email="a")]) == f"[{inside}]"
    assert encoder(list[Owner]).json(wide for _ in range(1)) == f"[{inside}]".encode()
    assert json(dict[str, Owner], {"k": wide}) == f'{{"k":{inside}}}'
    assert json(dict[str, Owner], {"k": Owner(email="a")}) == f'{{"k":{inside}}}'
    assert json(tuple[int, Owner], (1, wide)) == f"[1,{inside}]"
    assert json(tuple[int, Owner], (1, Owner(email="a"))) == f"[1,{inside}]"
    assert json(list[list[Owner]], [[wide]]) == f"[[{inside}]]"
    assert json(dict[str, list[Owner]], {"k": [wide]}) == f'{{"k":[{inside}]}}'
    assert json(Owner | None, wide) == inside
    assert json(Owner | None, None) == "null"
    assert json(Owner | int | None, wide) == inside
    assert json(Owner | int | None, 5) == "5"


class Page(Schema, Generic[T]):
    items: list[T]


def test_generics() -> None:
    assert json(Page[Owner], Page(items=[Account(email="a")])) == '{"items":[{"email":"a"}]}'
    assert json(Page[Owner], Page(items=[Owner(email="a")])) == '{"items":[{"email":"a"}]}'


class Cat(Schema, tag=True):
    name: str


class Lion(Cat, tag="Lion"):
    roar: int = 1


class Dog(Schema, tag=True):
    name: str


def test_unions() -> None:
    assert json(Cat | Dog, Dog(name="d")) == '{"type":"Dog","name":"d"}'
    assert json(Cat | Dog, Lion(name="l")) == '{"type":"Cat","name":"l"}'
    assert json(Cat | Dog | None, None) == "null"
    assert json(Owner | ItemOut, {"id": 1}) == '{"id":1,"name":"x","owner":null,"tags":[]}'
    assert json(Owner | list[Owner], [Account(email="a")]) == '[{"email":"a"}]'
    assert json(Owner | list[Owner], Owner(email="a")) == '{"email":"a"}'
    assert json(list[Owner] | dict[str, Owner], {"k": Account(email="a")}) == '{"k":{"email":"a"}}'
    assert json(Literal["a"] | Owner, "a") == '"a"'
    assert "Expected `object`, got `int`" in message(Cat | Dog, 5)


class Tree(Schema):
    name: str
    children: list[Tree] = []


class Oak(Tree):
    rings: int = 0


def test_types_that_contain_themselves() -> None:
    assert json(Tree, Tree(name="a", children=[Tree(name="b")])) == (
        '{"name":"a","children":[{"name":"b","children":[]}]}'
    )
    assert json(Tree, Tree(name="a", children=[Oak(name="b")])) == (
        '{"name":"a","children":[{"name":"b","children":[]}]}'
    )


class Secret(Schema):
    name: str
    hash: Annotated[str, Private] = ""


class Inherits(Secret):
    more: int = 1


class Holds(Schema):
    secret: Secret
    free: Any = None


def test_a_private_field_never_leaves() -> None:
    secret = Secret(name="n", hash="h")
    assert json(Secret, secret) == '{"name":"n"}'
    assert json(Inherits, Inherits(name="n", hash="h")) == '{"name":"n","more":1}'
    assert json(Holds, Holds(secret=secret, free=[{"a": (secret, 1)}])) == (
        '{"secret":{"name":"n"},"free":[{"a":[{"name":"n"},1]}]}'
    )
    assert json(object, {"a": {"b": [secret]}}) == '{"a":{"b":[{"name":"n"}]}}'
    assert json(dict[str, object], {"a": Inherits(name="n", hash="h")}) == '{"a":{"name":"n","more":1}}'
    assert json(Any, secret) == '{"name":"n"}'


def test_what_has_no_declared_type_leaves_as_it_is() -> None:
    assert json(object, {"a": Account(email="a")}) == '{"a":{"email":"a","password":"secret"}}'
    assert json(dict[str, object], {"a": 1, "b": [Decimal("1.10"), uuid.UUID(int=1)]}) == (
        '{"a":1,"b":["1.10","00000000-0000-0000-0000-000000000001"]}'
    )


# ---- every kind of class


@dataclasses.dataclass
class Point:
    x: int
    hidden: Annotated[int, Private] = 0


@dataclasses.dataclass
class Place:
    at: Owner


@attrs.define
class Size:
    width: int


@dataclasses.dataclass
class Offer:
    price: int
    currency: str = "EUR"


@attrs.define(slots=False)
class Shelf:
    width: int
    material: str = "oak"


class Movie(TypedDict):
    name: str
    owner: NotRequired[Owner]


class Pair(NamedTuple):
    left: int
    right: Owner | None = None


class Row(Schema, array_like=True, tag="row"):
    a: int
    b: Owner


class Spare(Schema, omit_defaults=True, rename="camel"):
    first_name: str = "x"
    all_tags: list[str] = []


class Patch(Schema):
    name: str | msgspec.UnsetType = msgspec.UNSET


def test_classes_of_other_makes() -> None:
    wide = Account(email="a")
    assert json(Point, Point(1, 2)) == '{"x":1}'
    assert json(Place, Place(Owner(email="a"))) == '{"at":{"email":"a"}}'
    assert json(Place, Place(wide)) == '{"at":{"email":"a"}}'
    assert json(Size, Size(1)) == '{"width":1}'
    assert json(Size, {"width": 1, "height": 2}) == '{"width":1}'
    assert json(Movie, {"name": "m"}) == '{"name":"m"}'
    assert json(Movie, {"name": "m", "owner": Owner(email="a")}) == '{"name":"m","owner":{"email":"a"}}'
    assert json(Movie, {"name": "m", "owner": wide, "x": 1}) == '{"name":"m","owner":{"email":"a"}}'
    assert json(list[Movie], [{"name": "m", "x": 1}]) == '[{"name":"m"}]'
    assert json(Pair, Pair(1)) == "[1,null]"
    assert json(Pair, Pair(1, wide)) == '[1,{"email":"a"}]'
    assert json(Row, Row(a=1, b=wide)) == '["row",1,{"email":"a"}]'
    assert json(Spare, {"first_name": "x", "allTags": ["t"]}) == '{"allTags":["t"]}'
    assert json(Patch, Holder(name=msgspec.UNSET)) == "{}"
    assert json(Patch, {"name": "a", "x": 1}) == '{"name":"a"}'
    assert json(Patch, {}) == "{}"


class Model(pydantic.BaseModel):
    name: str
    at: dt.date | None = pydantic.Field(None, serialization_alias="on")


class WideModel(Model):
    password: str = "secret"


class OfModel(Schema):
    model: Model


def test_pydantic_models() -> None:
    wide = WideModel(name="n", at=dt.date(2020, 1, 1))
    out = '{"name":"n","on":"2020-01-01"}'
    assert json(Model, Model(name="n", at=dt.date(2020, 1, 1))) == out
    assert json(Model, wide) == out
    assert json(Model, {"name": "n", "at": dt.date(2020, 1, 1), "password": "secret"}) == out
    assert json(Model, Holder(name="n", at=dt.date(2020, 1, 1), password="secret")) == out
    assert json(list[Model], [wide]) == f"[{out}]"
    assert json(OfModel, OfModel(model=Model(name="n", at=dt.date(2020, 1, 1)))) == f'{{"model":{out}}}'
    assert json(OfModel, OfModel(model=wide)) == f'{{"model":{out}}}'
    assert json(Owner | Model, wide) == out
    assert json(object, {"m": Model(name="n", at=None)}) == '{"m":{"name":"n","on":null}}'
    assert "Field required" in message(Model, {"x": 1})


# ---- single values


class Color(enum.Enum):
    RED = "red"


def test_single_values() -> None:
    assert json(Decimal, Decimal("1.10")) == '"1.10"'
    assert json(float, float("nan")) == "null"
    assert json(bytes, b"a") == '"YQ=="'
    assert json(Color, Color.RED) == '"red"'
    assert json(dt.timedelta, dt.timedelta(minutes=5)) == '"PT300S"'
    assert json(int | None, None) == "null"
    assert json(float, 1) == "1"
    assert json(list[int], (1, 2)) == "[1,2]"
    assert json(set[int], {1}) == "[1]"
    assert json(dict[int, str], {1: "a"}) == '{"1":"a"}'
    assert json(object, types.MappingProxyType({"a": 1})) == '{"a":1}'


def test_what_a_class_says_of_its_single_values_is_trusted() -> None:
    assert json(dict[str, str], {"a": types.MappingProxyType({"b": 1})}) == '{"a":{"b":1}}'


# ---- what leaves, as objects


def test_what_of_a_value_would_leave_is_given_as_dicts() -> None:
    class Part(Schema):
        size: Decimal

    class Whole(Schema):
        name: str
        parts: list[Part]

    part = types.SimpleNamespace(size=Decimal("1.50"), secret="s")
    wide = types.SimpleNamespace(name="a", parts=[part], secret="s")
    assert encoder(Whole).project(wide) == {"name": "a", "parts": [{"size": Decimal("1.50")}]}
    wide.parts.append(types.SimpleNamespace(length=1))
    with pytest.raises(EncodingError, match=r"as `\S*Part` in an answer of type `\S*Whole`: .* - at `\$\.parts\[1\]`"):
        encoder(Whole).project(wide)


# ---- what cannot leave


def test_errors_name_the_path_and_both_types() -> None:
    assert message(ItemOut, {"id": 1, "owner": {"password": "p"}}) == (
        "A value of type `dict` cannot leave in an answer of type `ItemOut`: "
        "`Owner` has a field `email`, which is not there - at `$.owner`"
    )
    assert message(list[ItemOut], [ItemOut(id=1), Holder(id=2, name=object())]).endswith(
        "Expected `str`, got `object` - at `$[1].name`"
    )
    assert message(object, {"a": [1, object()]}) == (
        "A value of type `object` cannot leave in an answer of type `object`: "
        "`object` has no form in JSON or MessagePack - at `$.a[1]`"
    )
    assert message(dict[str, Owner], {"k": None}) == (
        "A value of type `NoneType` cannot leave as `Owner` in an answer of type "
        "`dict[str, tests.unit.schema.test_encode.Owner]`: Expected `Owner`, got `NoneType` - at `$.k`"
    )
    assert "Expected `Owner`, got `list`" in message(Owner, [1])
    assert "'Holder' object has no attribute 'email'" in message(Owner, Holder(mail="a"))
    assert "Expected `array`, got `str`" in message(list[int], "abc")
    assert "Expected `array`, got `object`" in message(list[Owner], {"a": 1})
    assert "Expected `object`, got `array`" in message(dict[str, int], [1])
    assert "Expected `array`, got `array`" in message(tuple[int, Owner], (1,))
    assert "Expected `int`, got `object`" in message(int, {"a": Account(email="a")})
    assert "Expected `int`, got `Account`" in message(int, Account(email="a"))
    assert "at `$.free.x`" in message(
        Holds, Holds(secret=Secret(name="a"), free=msgspec.defstruct("D", ["x"])(object()))
    )
    assert "Expected `str`, got `Account`" in message(Owner, {"email": Account(email="a")})
    assert "at `$.owner.email`" in message(ItemOut | None, ItemOut(id=1, owner=Account(email=NO_TEXT)))


def test_a_fault_very_far_down() -> None:
    value: Any = object()
    for _ in range(150):
        value = [value]
    assert "`object` has no form in JSON or MessagePack - at `$[0][0]" in message(object, value)


class Aliased(Schema):
    free: ALIAS  # pyright: ignore[reportInvalidTypeForm] - made at run time


def alias_value() -> Any:
    return {"a": [1]}


def test_type_aliases_that_name_themselves() -> None:
    alias = recursive_alias()
    assert json(alias, {"a": [1, {"b": None}]}) == '{"a":[1,{"b":null}]}'
    assert json(Aliased, Aliased(free=alias_value())) == '{"free":{"a":[1]}}'
    assert json(recursive_alias("list"), [1, [2], None]) == "[1,[2],null]"
    assert message(alias, {"a": [object()]}).endswith("got `object` - at `$.a[0]`")


def test_a_fault_inside_of_what_has_no_declared_type() -> None:
    assert message(object, [Owner(email=NO_TEXT)]).endswith("at `$[0].email`")
    assert message(object, [msgspec.defstruct("Plain", ["x"])(object())]).endswith("at `$[0].x`")


def test_keys_that_json_does_not_have() -> None:
    assert "$" in message(object, {(1, 2): "a"})


def test_a_value_that_contains_itself() -> None:
    endless: list[Any] = []
    endless.append(endless)
    assert message(object, endless) == "A value for `object` contains itself, or is nested too deeply."
    tree = Tree(name="a")
    tree.children.append(tree)
    assert "contains itself" in message(Tree, tree)


def test_errors_of_the_values_own_code_are_not_hidden() -> None:
    class Broken:
        @property
        def email(self) -> str:
            raise LookupError("a bug")

    with pytest.raises(LookupError):
        encoder(Owner).json(Broken())


def test_types_that_cannot_be() -> None:
    with pytest.raises(UnsupportedType, match="`complex` is not supported"):
        encoder(complex)


def test_an_encoder_is_made_once_and_kept_as_long_as_someone_holds_it() -> None:
    first = encoder(ItemOut)
    assert encoder(ItemOut) is first
    del first
    gc.collect()
    assert encoder(Annotated[int, {"a": 1}]).json(1) == b"1"


def test_a_coroutine_that_cannot_leave_brings_await_to_mind() -> None:
    async def late() -> int:
        return 1

    waiting = late()
    with pytest.raises(EncodingError, match=r"at `\$\.x`; was an 'await' forgotten\?"):
        encoder(dict[str, object]).json({"x": waiting})
    waiting.close()


def test_an_integer_that_messagepack_has_no_form_for() -> None:
    class Count(Schema):
        of: dict[str, list[int]]
        at: dt.date

    value = Count(of={"a": [1, 2**64, -(2**63) - 1]}, at=dt.date(2026, 1, 2))
    assert msgspec.msgpack.decode(encoder(Count).msgpack(value)) == {
        "of": {"a": [1, str(2**64), str(-(2**63) - 1)]},
        "at": "2026-01-02",
    }
    assert encoder(Count).json(value) == b'{"of":{"a":[1,18446744073709551616,-9223372036854775809]},"at":"2026-01-02"}'
    assert msgspec.msgpack.decode(encoder(object).msgpack((2**70, {2**65: b"x"}))) == [str(2**70), {str(2**65): b"x"}]


# ---- instances with a `__dict__`, which msgspec encodes as it stands


@pytest.mark.parametrize(
    ("cls", "expected"), [(Offer, {"price": 1, "currency": "EUR"}), (Shelf, {"width": 1, "material": "oak"})]
)
@pytest.mark.parametrize("wrapped", [False, True])
def test_what_was_decoded_leaves_with_its_defaults(cls: Any, expected: dict[str, Any], wrapped: bool) -> None:
    name = next(iter(expected))
    value = decoder(cls).json(b'{"%b":1}' % name.encode())
    made, type_ = ([value], list[cls]) if wrapped else (value, cls)
    for written in (
        msgspec.json.decode(encoder(type_).json(made)),
        msgspec.msgpack.decode(encoder(type_).msgpack(made)),
    ):
        assert written == ([expected] if wrapped else expected)


@pytest.mark.parametrize(
    ("value", "expected"), [(Offer(1), b'{"price":1,"currency":"EUR"}'), (Shelf(1), b'{"width":1,"material":"oak"}')]
)
def test_an_attribute_that_is_no_field_never_leaves(value: Any, expected: bytes) -> None:
    value.password = "secret"
    assert encoder(value.__class__).json(value) == expected
    assert encoder(types.GenericAlias(list, (value.__class__,))).json([value]) == b"[%b]" % expected
    assert b"secret" not in encoder(value.__class__).msgpack(value)
