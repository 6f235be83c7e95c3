"""What a function's author wrote."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from rooftree.base import HandlerError
from rooftree.binding.info import REQUIRED
from rooftree.binding.signatures import call_name, identity, kind_of, place, read_signature, settle
from tests.unit.binding import later
from tests.unit.binding.kit import refused


def plain(a: int, b: str = "x") -> None: ...
async def coroutine(a: int) -> str:
    return str(a)


def generator() -> Iterator[int]:
    yield 1


async def async_generator() -> AsyncIterator[int]:
    yield 1


def traced(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


class Handlers:
    def method(self, a: int) -> None: ...

    @classmethod
    def of_class(cls, a: int) -> None: ...

    @staticmethod
    async def static(a: int) -> None: ...


class CallableObject:
    async def __call__(self, a: int) -> None: ...


class Made:
    def __init__(self, a: int, b: str = "") -> None: ...


class Bare:
    pass


ALL: list[tuple[Any, str, str, list[str]]] = [
    (plain, "function", "test_signatures.plain()", ["a", "b"]),
    (coroutine, "coroutine", "test_signatures.coroutine()", ["a"]),
    (generator, "generator", "test_signatures.generator()", []),
    (async_generator, "async generator", "test_signatures.async_generator()", []),
    (traced(plain), "function", "test_signatures.plain()", ["a", "b"]),
    (traced(coroutine), "either", "test_signatures.coroutine()", ["a"]),
    (Handlers().method, "function", "test_signatures.Handlers.method()", ["a"]),
    (Handlers.of_class, "function", "test_signatures.Handlers.of_class()", ["a"]),
    (Handlers.static, "coroutine", "test_signatures.Handlers.static()", ["a"]),
    (CallableObject(), "coroutine", "test_signatures.CallableObject()", ["a"]),
    (Made, "class", "test_signatures.Made()", ["a", "b"]),
    (Bare, "class", "test_signatures.Bare()", []),
    (functools.partial(plain, 1), "function", "test_signatures.plain()", ["b"]),
    (functools.partial(functools.partial(coroutine), a=1), "coroutine", "test_signatures.coroutine()", []),
    (traced(functools.partial(plain, 1)), "function", "test_signatures.plain()", ["b"]),
    (lambda: 1, "function", "test_signatures.<lambda>()", []),
]


@pytest.mark.parametrize(("call", "kind", "name", "names"), ALL, ids=[f"{n} {k}" for _, k, n, _ in ALL])
def test_every_kind_of_callable(call: Any, kind: str, name: str, names: list[str]) -> None:
    assert kind_of(call) == kind
    assert call_name(call) == name
    signature = read_signature(call)
    assert [parameter.name for parameter in signature.parameters] == names
    assert all(parameter.annotation in {int, str} for parameter in signature.parameters)
    assert str(place(call)).startswith("tests/unit/binding/test_signatures.py:")


def test_what_is_returned() -> None:
    assert read_signature(plain).returns is None
    assert read_signature(coroutine).returns is str
    assert read_signature(lambda: 1).returns is REQUIRED


def test_a_parameter_without_a_type() -> None:
    def handler(a: str, b: int) -> None: ...

    del handler.__annotations__["a"]
    with refused(HandlerError, "H101") as said:
        read_signature(handler)
    assert said[0] == (
        "test_signatures.test_a_parameter_without_a_type.handler() has a parameter 'a' without a type, so it cannot "
        "be read from a request. Write 'a: str' or whatever its type is."
    )

    def view(request: str) -> None: ...

    del view.__annotations__["request"]
    with refused(HandlerError, "H101") as said:
        read_signature(view)
    assert said[0].endswith(" Write 'request: Request' or whatever its type is.")


@pytest.mark.parametrize("text", ["*args", "**kwargs"])
def test_any_number_of_parameters(text: str) -> None:
    def positional(*args: int) -> None: ...
    def named(**kwargs: int) -> None: ...

    with refused(HandlerError, "H102") as said:
        read_signature(named if text == "**kwargs" else positional)
    assert f"takes '{text}', and nothing in a request says what belongs there" in said[0]


def test_a_name_that_is_only_there_for_checkers() -> None:
    with refused(HandlerError, "H104") as said:
        read_signature(later.price)
    assert said[0] == (
        "The parameter 'amount' of later.price() names 'Decimal', which does not exist at run time. "
        "Import Decimal outside of 'if TYPE_CHECKING:', or define it at the top level of the module."
    )
    with refused(HandlerError, "H104") as said:
        read_signature(later.total)
    assert said[0].startswith("The return type of later.total() names 'Decimal'")


def test_annotations_that_are_evaluated_when_they_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    class Evaluated:
        def __getattr__(self, name: str) -> Any:
            raise NameError("name 'Decimal' is not defined", name="Decimal")

    def evaluated(_: object) -> Evaluated:
        return Evaluated()

    monkeypatch.setattr("rooftree.binding.signatures._annotated", evaluated)
    with refused(HandlerError, "H104") as said:
        read_signature(plain)
    assert said[0].startswith("An annotation of test_signatures.plain() names 'Decimal', which does not exist")


def test_an_annotation_that_cannot_be_read() -> None:
    def handler(a: int) -> None: ...

    handler.__annotations__["a"] = "list["
    with refused(HandlerError, "H104") as said:
        read_signature(handler)
    assert said[0].startswith(
        "An annotation of test_signatures.test_an_annotation_that_cannot_be_read.handler() cannot"
    )


@pytest.mark.parametrize("thing", [None, 3, "text"])
def test_what_cannot_be_called(thing: Any) -> None:
    with refused(HandlerError, "H116") as said:
        read_signature(thing)
    assert said[0] == f"{thing!r} is no handler: it cannot be called. Hand over a function."


def test_what_does_not_say_what_it_takes() -> None:
    with refused(HandlerError, "H116") as said:
        read_signature(max)
    assert said[0].endswith("does not say what parameters it takes. Wrap it in a function with annotations.")


def test_a_method_is_the_same_each_time() -> None:
    handlers = Handlers()
    assert identity(handlers.method) == identity(handlers.method)
    assert identity(handlers.method) != identity(Handlers().method)
    assert identity(plain) == identity(plain) != identity(coroutine)


async def test_settle() -> None:
    assert await settle(1) == 1
    assert await settle(coroutine(2)) == "2"
