"""Where a parameter comes from is never a guess."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import (
    Annotated,
    Any,
    Generic,
    Literal,
    NamedTuple,
    NewType,
    Optional,  # pyright: ignore[reportDeprecated]
    TypedDict,
    TypeVar,
    cast,
)
from uuid import UUID

import attrs
import msgspec
import pydantic
import pytest
from typing_extensions import TypeAliasType

from rooftree.base import DependencyError, HandlerError
from rooftree.binding import (
    After,
    Body,
    Cookie,
    Depends,
    Find,
    Form,
    Header,
    Path,
    Providers,
    Query,
    WebSocket,
    inspect_handler,
)
from rooftree.binding.info import shown
from rooftree.binding.markers import BODY, FORM
from rooftree.binding.sources import shape_of
from rooftree.http import FormData, Request, Stream, Upload
from rooftree.schema import Doc, Ge, Len, Schema
from tests.unit.binding.kit import refused

T = TypeVar("T")


class Item(Schema):
    name: str


class Box(Schema, Generic[T]):
    inside: T


class Model(pydantic.BaseModel):
    name: str


@dataclass
class Plain:
    name: str


@attrs.define
class Attrs:
    name: str


class Dict(TypedDict):
    name: str


class Pair(NamedTuple):
    a: int
    b: int


class Struct(msgspec.Struct):
    name: str


class Color(Enum):
    RED = "red"


class Service:
    pass


class Row(Schema):
    __table_info__ = True
    id: int


UserId = NewType("UserId", int)
Count = TypeAliasType("Count", Annotated[int, Query("n")])


def source_of(handler: Any, path: dict[str, type[Any]] | None = None, **wiring: Any) -> list[tuple[str, str, bool]]:
    """The source, the name on the wire and whether it is required, for each parameter."""
    info = inspect_handler(handler, path or {}, providers=Providers(), **wiring)
    return [(p.source, p.wire, p.required) for p in info.parameters]


SCALARS: list[Any] = [
    str, int, float, bool, Decimal, date, UUID, Color, Literal["a", "b"], int | None, int | str, UserId,
    Annotated[int, Ge(1)], Optional[Annotated[str, Len(1)]],  # noqa: UP045  # pyright: ignore[reportDeprecated]
]  # fmt: skip
LISTS: list[Any] = [list[int], set[str], tuple[int, ...], tuple[int, str], frozenset[Color], list[int] | None]
BODIES: list[Any] = [Item, Model, Item | None, Item | Model, list[Item], Box[int], Box[Item] | None, dict[str, Item]]


def taking(type: Any) -> Any:
    def handler(value: Any) -> None: ...

    handler.__annotations__["value"] = type
    return handler


@pytest.mark.parametrize("type", SCALARS, ids=str)
def test_plain_values_come_from_the_query(type: Any) -> None:
    (parameter,) = inspect_handler(taking(type), {}, providers=Providers()).parameters
    assert (parameter.source, parameter.wire, parameter.many) == ("query", "value", False)


@pytest.mark.parametrize("type", LISTS, ids=str)
def test_lists_of_plain_values_take_every_value_of_the_query(type: Any) -> None:
    (parameter,) = inspect_handler(taking(type), {}, providers=Providers()).parameters
    assert (parameter.source, parameter.many) == ("query", True)


@pytest.mark.parametrize("type", BODIES, ids=str)
def test_schemas_and_pydantic_models_are_the_body(type: Any) -> None:
    info = inspect_handler(taking(type), {}, providers=Providers())
    assert info.parameters[0].source == "body"
    assert info.body is not None
    assert info.body.kind == "typed"
    assert info.body.parameter is info.parameters[0]


@pytest.mark.parametrize(
    "type", [Plain, Attrs, Dict, Struct, Pair, dict[str, object], list[Literal["a"]], bytes, str], ids=str
)
def test_other_types_are_the_body_where_that_is_said(type: Any) -> None:
    info = inspect_handler(taking(Annotated[type, BODY]), {}, providers=Providers())
    assert info.parameters[0].source == "body"
    assert info.parameters[0].type == type


def test_the_path_has_the_first_word_after_markers() -> None:
    def handler(
        id: int, code: Annotated[str, Path("key")], q: int, *, other: Annotated[int, Query("id")] = 0
    ) -> None: ...

    info = inspect_handler(handler, {"key": str, "id": str}, providers=Providers())
    assert [(p.name, p.source, p.wire, p.index, p.keyword) for p in info.parameters] == [
        ("id", "path", "id", 1, False),
        ("code", "path", "key", 0, False),
        ("q", "query", "q", -1, False),
        ("other", "query", "id", -1, True),
    ]
    assert info.taken == {"id", "key"}


def test_headers_and_cookies_are_named() -> None:
    def handler(
        user_agent: Annotated[str, Header()],
        token: Annotated[str | None, Header("X-Token")] = None,
        maybe: Annotated[str, Header("x-a")] | None = None,
        theme: Annotated[str, Cookie()] = "light",
        tags: Annotated[list[str], Header("x-tag")] = [],  # noqa: B006 - what is tested
    ) -> None: ...

    assert source_of(handler) == [
        ("header", "user-agent", True),
        ("header", "x-token", False),
        ("header", "x-a", False),
        ("cookie", "theme", False),
        ("header", "x-tag", False),
    ]


def test_forms() -> None:
    def handler(login: Form[Plain], name: Form[str], tags: Form[list[str]], maybe: Form[str] | None = None) -> None: ...

    info = inspect_handler(handler, {}, providers=Providers())
    assert [(p.source, p.wire, p.fields, p.many) for p in info.parameters] == [
        ("form", "", True, False),
        ("form", "name", False, False),
        ("form", "tags", False, True),
        ("form", "maybe", False, False),
    ]
    assert info.body is not None
    assert (info.body.kind, len(info.body.media_types)) == ("form", 2)


def test_what_the_framework_hands_over() -> None:
    def handler(  # noqa: PLR0917
        request: Request,
        after: After,
        file: Upload,
        files: list[Upload],
        form: FormData,
        same: Form[FormData],
        photo: Upload | None = None,
    ) -> None: ...

    info = inspect_handler(handler, {}, providers=Providers())
    assert [p.source for p in info.parameters] == ["request", "after", "upload", "upload", "form", "form", "upload"]
    assert [p.many for p in info.parameters] == [False, False, False, True, False, False, False]
    assert info.body is not None
    assert info.body.media_types == ("multipart/form-data",)


def test_a_stream_is_the_body() -> None:
    def handler(body: Stream) -> None: ...

    info = inspect_handler(handler, {}, providers=Providers())
    assert info.body is not None
    assert (info.body.kind, info.body.media_types) == ("stream", ())


def test_a_class_from_the_query() -> None:
    def handler(page: Annotated[Plain, Query()]) -> None: ...

    (parameter,) = inspect_handler(handler, {}, providers=Providers()).parameters
    assert (parameter.source, parameter.wire, parameter.fields) == ("query", "", True)


def test_aliases_are_what_they_stand_for() -> None:
    def handler(n: Count) -> None: ...

    assert source_of(handler) == [("query", "n", True)]


def test_a_provider_comes_before_the_rules_by_type() -> None:
    providers = Providers()
    providers.value(Item(name="x"))

    def handler(item: Item | None) -> None: ...

    (parameter,) = inspect_handler(handler, {}, providers=providers).parameters
    assert parameter.source == "provided"


def test_descriptions_come_along() -> None:
    def handler(q: Annotated[str, Doc("What to look for")] = "") -> None: ...

    (parameter,) = inspect_handler(handler, {}, providers=Providers()).parameters
    assert (parameter.description, parameter.default, parameter.shown_type) == ("What to look for", "", "str")


def test_a_marker_of_another_room_makes_its_dependency() -> None:
    class Found:
        def dependency_of(self, name: str, type: Any, optional: bool) -> Any:
            def find(id: int) -> Any:
                return (name, type, optional, id)

            return find

    def handler(item: Annotated[Service, Found()], other: Annotated[Service | None, Found()] = None) -> None: ...

    handler.__annotations__ = {"item": Annotated[Service, Found()], "other": Annotated[Service | None, Found()]}
    info = inspect_handler(handler, {"id": str}, providers=Providers())
    assert [p.source for p in info.parameters] == ["dependency", "dependency"]
    made = [p.dependency.call(7) for p in info.parameters if p.dependency is not None]
    assert made == [("item", Service, False, 7), ("other", Service | None, True, 7)]
    assert info.taken == {"id"}


# ---- errors at start-up


def no_rule(item: Plain) -> None: ...
def two_markers(a: Annotated[int, Query(), Header()]) -> None: ...
def marker_as_default(a: int = Query()) -> None: ...  # type: ignore[assignment]  # pyright: ignore[reportArgumentType]
def value_in_marker(a: int = Query(1)) -> None: ...  # type: ignore[arg-type, assignment]  # pyright: ignore[reportArgumentType]


CALLED: Any = cast("Any", Body)(embed=True)


def limit_in_marker(a: Annotated[int, Query(ge=3)]) -> None: ...  # pyright: ignore[reportArgumentType]
def limit_in_default(a: int = Header("x", alias="y")) -> None: ...  # type: ignore[arg-type, assignment]  # pyright: ignore[reportArgumentType]
def body_called(a: Annotated[int, CALLED]) -> None: ...
def form_called(a: str = cast("Any", Form)()) -> None: ...
def bare_body(a: Any) -> None: ...


bare_body.__annotations__["a"] = Body


def class_as_marker(a: Annotated[int, Header]) -> None: ...
def not_in_path(a: Annotated[int, Path()]) -> None: ...
def class_in_header(a: Annotated[Plain, Header()]) -> None: ...
def list_in_cookie(a: Annotated[list[str], Cookie()]) -> None: ...
def list_in_path(id: list[int]) -> None: ...
def schema_in_path(id: Item) -> None: ...
def wrong_converter(id: UUID) -> None: ...
def unprovided(service: Service) -> None: ...
def model_as_body(row: Row) -> None: ...
def model_said_to_be_the_body(row: Body[Row]) -> None: ...
def model_from_a_form(row: Form[Row | None]) -> None: ...
def models_in_a_list(rows: Body[dict[str, list[Row]]]) -> None: ...
def websocket_on_http(ws: WebSocket[str]) -> None: ...
async def after_on_websocket(ws: WebSocket[str], after: After) -> None: ...
def any_type(a: Any) -> None: ...
def bare_dict(a: dict) -> None: ...  # type: ignore[type-arg]  # pyright: ignore[reportMissingTypeArgument,reportUnknownParameterType]
def mixed(a: Item | int) -> None: ...
def mixed_list(a: list[Item | int]) -> None: ...
def dict_of_plain(a: dict[str, int]) -> None: ...


ID: dict[str, type[Any]] = {"id": str}
NUMBER: dict[str, type[Any]] = {"id": int}


@pytest.mark.parametrize(
    ("handler", "path", "code", "text"),
    [
        (
            no_rule,
            {},
            "H103",
            (
                "test_parameters.no_rule() has a parameter 'item: Plain' that no rule covers: it may be the body, or "
                "something that is provided. Write 'item: Body[Plain]' for the body, 'Annotated[Plain, Depends(...)]' "
                "where a function makes it, or app.provide(...) a function that returns it."
            ),
        ),
        (
            two_markers,
            {},
            "H108",
            (
                "test_parameters.two_markers() has a parameter 'a: int' that has two sources, Query() and Header(). "
                "Leave the one that is meant."
            ),
        ),
        (
            marker_as_default,
            {},
            "H108",
            (
                "test_parameters.marker_as_default() has a parameter 'a: int' that has Query() as its default. "
                "Write 'a: Annotated[int, Query()]'."
            ),
        ),
        (
            value_in_marker,
            {},
            "H108",
            (
                "test_parameters.value_in_marker() has a parameter 'a: int' that has Query(1) as its default. "
                "Write 'a: Annotated[int, Query()] = 1'."
            ),
        ),
        (
            limit_in_marker,
            {},
            "H108",
            (
                "test_parameters.limit_in_marker() has a parameter 'a: int' that has Query(ge=...), which takes no "
                "more than a name. Write limits beside it and the default behind: 'Annotated[int, Query(), Ge(1)] = 1'."
            ),
        ),
        (
            limit_in_default,
            {},
            "H108",
            (
                "test_parameters.limit_in_default() has a parameter 'a: int' that has Header(alias=...), which takes "
                "no more than a name. Write limits beside it and the default behind: "
                "'Annotated[int, Header(), Ge(1)] = 1'."
            ),
        ),
        (
            body_called,
            {},
            "H108",
            (
                "test_parameters.body_called() has a parameter 'a: int' that has Body() in place of Body[...]. "
                "Write 'a: Body[int]'."
            ),
        ),
        (
            form_called,
            {},
            "H108",
            (
                "test_parameters.form_called() has a parameter 'a: str' that has Form() in place of Form[...]. "
                "Write 'a: Form[str]'."
            ),
        ),
        (
            bare_body,
            {},
            "H108",
            (
                "test_parameters.bare_body() has a parameter 'a: Body[...]' that says its source and no type. "
                "Write the type in brackets: 'a: Body[Item]'."
            ),
        ),
        (
            class_as_marker,
            {},
            "H108",
            (
                "test_parameters.class_as_marker() has a parameter 'a: int' that has the class Header as its source. "
                "Write 'a: Annotated[int, Header()]'."
            ),
        ),
        (
            not_in_path,
            ID,
            "H107",
            (
                "test_parameters.not_in_path() has a parameter 'a: int' that comes from the path, "
                "but the pattern has no "
                "{a}: its parameters are {id}. Add {a} to the pattern, or take Path() out."
            ),
        ),
        (
            class_in_header,
            {},
            "H109",
            (
                "test_parameters.class_in_header() has a parameter 'a: Plain' that is a class, and "
                "a header is one text. "
                "Take each value by itself."
            ),
        ),
        (
            list_in_cookie,
            {},
            "H109",
            (
                "test_parameters.list_in_cookie() has a parameter 'a: list[str]' that is a list, and a cookie is one "
                "text. Take one text, and split it."
            ),
        ),
        (
            list_in_path,
            ID,
            "H109",
            (
                "test_parameters.list_in_path() has a parameter 'id: list[int]' that comes from the path, where each "
                "parameter is one text. Take one plain value."
            ),
        ),
        (
            wrong_converter,
            NUMBER,
            "H119",
            (
                "test_parameters.wrong_converter() has a parameter 'id: UUID' that does not fit the "
                "pattern, whose {id} "
                "gives int. Write 'id: int', or another converter in the pattern."
            ),
        ),
        (
            model_as_body,
            {},
            "H118",
            (
                "test_parameters.model_as_body() has a parameter 'row: Row' that has the Model Row, and a Model never "
                "binds from a request: whoever sends one could set every column. Name the fields that may come in: "
                "class NewRow(Input[Row], fields=(...))."
            ),
        ),
        (
            websocket_on_http,
            {},
            "H115",
            (
                "test_parameters.websocket_on_http() has a parameter 'ws: WebSocket[str]' that is "
                "for WebSocket routes, "
                "and this is none. Declare the handler with @app.websocket(...)."
            ),
        ),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_the_texts_of_errors(handler: Any, path: dict[str, type[Any]], code: str, text: str) -> None:
    with refused(HandlerError, code) as said:
        inspect_handler(handler, path, providers=Providers())
    assert said[0] == text


GUESSES: list[tuple[Any, str]] = [
        (any_type, "H103"), (bare_dict, "H103"), (mixed, "H103"), (mixed_list, "H103"), (dict_of_plain, "H103"),
        (model_said_to_be_the_body, "H118"), (model_from_a_form, "H118"),
    (models_in_a_list, "H118"),
]  # fmt: skip


@pytest.mark.parametrize(("handler", "code"), GUESSES, ids=lambda value: getattr(value, "__name__", None))
def test_nothing_is_guessed(handler: Any, code: str) -> None:
    with refused(HandlerError, code):
        inspect_handler(handler, {}, providers=Providers())


def test_a_schema_does_not_come_from_the_path() -> None:
    with refused(HandlerError, "H109"):
        inspect_handler(schema_in_path, ID, providers=Providers())


def test_what_nothing_provides() -> None:
    with refused(DependencyError, "D102") as said:
        inspect_handler(unprovided, {}, providers=Providers())
    assert said[0] == (
        "test_parameters.unprovided() has a parameter 'service: Service', and nothing provides Service. Provide it: "
        "app.provide(a function that returns Service), or write 'Annotated[Service, Depends(...)]'."
    )


def test_an_answer_to_a_websocket_has_no_afterwards() -> None:
    with refused(HandlerError, "H115"):
        inspect_handler(after_on_websocket, {}, providers=Providers(), websocket=True)


SHOWN: list[tuple[Any, str]] = [
    (int, "int"),
    (None, "None"),
    (Optional[Annotated[int, Ge(1)]], "int | None"),  # noqa: UP045  # pyright: ignore[reportDeprecated]
    (Literal["a", 1], "Literal['a', 1]"),
    (tuple[int, ...], "tuple[int, ...]"),
    (dict[str, Box[Item]], "dict[str, Box[Item]]"),
    (Any, "Any"),
    (UserId, "UserId"),
    (T, "T"),
    ([int], "[<class 'int'>]"),
]


@pytest.mark.parametrize(("type", "text"), SHOWN)
def test_types_are_shown_as_they_are_written(type: Any, text: str) -> None:
    assert shown(type) == text


def test_markers_are_shown_as_they_are_written() -> None:
    assert [repr(marker) for marker in (Path(), Header("x-a"), BODY, FORM, Depends(no_rule))] == [
        "Path()", "Header('x-a')", "Body[...]", "Form[...]", "Depends(no_rule)",
    ]  # fmt: skip


@pytest.mark.parametrize("type", [T, Any, None, Callable[[int], int]])
def test_types_that_say_nothing(type: Any) -> None:
    assert shape_of(type) == "other"


@pytest.mark.parametrize("type", [int, object, Any, int | str, Annotated[int, Ge(1)]], ids=str)
def test_types_that_a_converter_fits(type: Any) -> None:
    handler = taking(type)
    (parameter,) = inspect_handler(handler, {"value": int}, providers=Providers()).parameters
    assert parameter.converted


def test_the_place_is_the_users() -> None:
    with pytest.raises(HandlerError) as raised:
        inspect_handler(no_rule, {}, providers=Providers())
    assert raised.value.at is not None
    assert raised.value.at.startswith("tests/unit/binding/test_parameters.py:")


def test_depends_as_a_default() -> None:
    def search() -> int:
        return 1

    def handler(a: int = Depends(search), b: Plain = Depends(Plain)) -> None: ...  # noqa: B008

    assert [source for source, _, _ in source_of(handler)] == ["dependency", "dependency"]


def test_a_marker_of_rows_is_shown_as_it_is_written() -> None:
    assert repr(Find()) == "Find()"
