"""Dependencies of handlers: called in order, once, checked at start-up."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from typing import Annotated, Any

import pytest

from rooftree.base import DependencyError, HandlerError, HTTPError
from rooftree.binding import Depends, Form, Providers, Query, inspect_handler
from rooftree.http import Request, Upload
from rooftree.schema import Ge, Schema
from tests.unit.binding.kit import answer, call, errors_of, make_request, never, plan_of, refused


class Paging(Schema):
    page: int
    size: int


async def paging(page: Annotated[int, Ge(1)] = 1, size: int = 20) -> Paging:
    return Paging(page=page, size=size)


class Search:
    def __init__(self, paging: Annotated[Paging, Depends(paging)], q: str = "") -> None:
        self.text = f"{q} {paging.page}/{paging.size}"


def test_a_dependency_takes_parameters_like_a_handler() -> None:
    async def handler(found: Annotated[Search, Depends(Search)], *, page: int = 9) -> str:
        return f"{found.text} {page}"

    assert call(handler, make_request(query="q=oak&page=2")) == "oak 2/20 2"


def test_its_parameters_belong_to_the_handler() -> None:
    async def handler(found: Annotated[Search, Depends(Search)], limit: int) -> None: ...

    info = inspect_handler(handler, {}, providers=Providers())
    assert [p.name for p in info.all_parameters()] == ["page", "size", "paging", "q", "found", "limit"]
    assert [step.name for step in info.steps()] == ["test_resolve.paging()", "test_resolve.Search()"]
    found = errors_of(handler, make_request(query="page=0&size=x"))
    assert [(e.path, e.code) for e in found] == [
        (("page",), "greater_than_equal"),
        (("size",), "type"),
        (("limit",), "missing"),
    ]


def test_it_runs_once_for_a_request() -> None:
    calls: list[str] = []

    async def count() -> int:
        calls.append("count")
        return len(calls)

    async def first(n: Annotated[int, Depends(count)]) -> int:
        return n

    async def handler(
        a: Annotated[int, Depends(count)], b: Annotated[int, Depends(first)], c: Annotated[int, Depends(count)]
    ) -> list[int]:
        return [a, b, c]

    handler.__annotations__.update(
        a=Annotated[int, Depends(count)], b=Annotated[int, Depends(first)], c=Annotated[int, Depends(count)]
    )
    first.__annotations__["n"] = Annotated[int, Depends(count)]
    assert call(handler) == [1, 1, 1]
    assert calls == ["count"]


def test_the_scope_call_runs_each_time() -> None:
    calls: list[int] = []

    async def count() -> int:
        calls.append(1)
        return len(calls)

    async def handler(a: int, b: int, c: int, d: int) -> list[int]:
        return [a, b, c, d]

    each, once = Annotated[int, Depends(count, scope="call")], Annotated[int, Depends(count)]
    handler.__annotations__.update(a=each, b=once, c=each, d=once)
    assert call(handler) == [1, 2, 3, 2]


def test_methods_of_one_object_are_one_dependency() -> None:
    class Counter:
        calls = 0

        async def next(self) -> int:
            self.calls += 1
            return self.calls

    counter = Counter()

    async def handler(a: int, b: int) -> list[int]:
        return [a, b]

    handler.__annotations__.update(a=Annotated[int, Depends(counter.next)], b=Annotated[int, Depends(counter.next)])
    assert call(handler) == [1, 1]


def test_effects_run_first_and_in_order() -> None:
    seen: list[str] = []

    async def outer() -> None:
        seen.append("outer")

    def inner() -> None:
        seen.append("inner")

    async def needed() -> int:
        seen.append("needed")
        return 1

    async def handler(n: Annotated[int, "marker"] = 0) -> None:
        seen.append("handler")

    handler.__annotations__["n"] = Annotated[int, Depends(needed)]
    call(handler, dependencies=[Depends(outer), inner])
    assert seen == ["outer", "inner", "needed", "handler"]


def test_who_may_not_enter_learns_nothing_about_parameters() -> None:
    async def signed_in() -> None:
        raise HTTPError(401)

    def handler(n: int) -> None:
        never(n)

    with pytest.raises(HTTPError) as raised:
        call(handler, dependencies=[signed_in])
    assert raised.value.status == 401


def test_plain_ones_that_follow_each_other_share_a_thread() -> None:
    def first() -> int:
        return threading.get_ident()

    def second(a: Annotated[int, "..."]) -> list[int]:
        return [a, threading.get_ident()]

    second.__annotations__["a"] = Annotated[int, Depends(first)]

    def handler(b: list[int]) -> list[int]:
        return [*b, threading.get_ident()]

    handler.__annotations__["b"] = Annotated[list[int], Depends(second)]
    used = call(handler)
    assert len(set(used)) == 1
    assert used[0] != threading.get_ident()


def test_plain_and_asynchronous_ones_mix() -> None:
    def a(q: int) -> int:
        return q + 1

    async def b(a: int) -> int:
        await asyncio.sleep(0)
        return a * 2

    def c(b: int, a: int) -> int:
        return b + a

    async def handler(c: int, request: Request) -> list[Any]:
        return [c, request.method]

    b.__annotations__["a"] = Annotated[int, Depends(a)]
    c.__annotations__.update(a=Annotated[int, Depends(a)], b=Annotated[int, Depends(b)])
    handler.__annotations__["c"] = Annotated[int, Depends(c)]
    assert call(handler, make_request(query="q=3")) == [12, "GET"]
    assert [e.path for e in errors_of(handler, make_request(query="q=x"))] == [("q",)]


def test_a_circle() -> None:
    async def a(b: int) -> int:
        return b

    async def b(a: int) -> int:
        return a

    a.__annotations__["b"] = Annotated[int, Depends(b)]
    b.__annotations__["a"] = Annotated[int, Depends(a)]
    with refused(DependencyError, "D101") as said:
        plan_of(a)
    assert said[0] == (
        "Dependencies need each other in a circle: test_resolve.test_a_circle.b() -> test_resolve.test_a_circle.a() "
        "-> test_resolve.test_a_circle.b(). Take one of them out of it."
    )


def test_a_dependency_that_was_called() -> None:
    async def handler(a: int) -> None: ...

    handler.__annotations__["a"] = Annotated[int, Depends(3)]  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    with refused(DependencyError, "D106") as said:
        plan_of(handler)
    assert said[0] == "3 is no dependency: it cannot be called. Write Depends(function), without calling the function."


@contextmanager
def manager() -> Generator[int]:
    yield 1


@asynccontextmanager
async def async_manager() -> AsyncGenerator[int]:
    yield 1


@pytest.mark.parametrize("wrapped", [manager, async_manager])
def test_a_context_manager(wrapped: Any) -> None:
    with refused(DependencyError, "D106") as said:
        plan_of(never_called, dependencies=[wrapped])
    assert said[0] == (
        f"test_resolve.{wrapped.__name__}() is decorated with a context manager, and would give the manager instead "
        "of its value. Take the decorator off: what follows the 'yield' of a dependency cleans up by itself."
    )


def never_called() -> None:
    never()


def test_two_bodies() -> None:
    async def other(paging: Paging) -> None: ...
    async def handler(found: Paging, more: Search) -> None: ...

    handler.__annotations__["more"] = Annotated[None, Depends(other)]
    assert inspect_handler(handler, {}, providers=Providers()).body is not None  # the same body twice is one

    class Other(Schema):
        pass

    handler.__annotations__["found"] = Other
    with refused(HandlerError, "H105") as said:
        inspect_handler(handler, {}, providers=Providers())
    assert said[0] == (
        "Both 'paging: Paging' of test_resolve.test_two_bodies.other() and 'found: Other' of "
        "test_resolve.test_two_bodies.handler() take the body of the request, which has one. "
        "Put both into one Schema, or take one from the query or a form."
    )


def test_the_same_body_twice_in_one_function() -> None:
    async def transfer(source: Paging, target: Paging) -> None: ...

    with refused(HandlerError, "H105") as said:
        inspect_handler(transfer, {}, providers=Providers())
    name = "test_resolve.test_the_same_body_twice_in_one_function.transfer()"
    assert said[0].startswith(f"Both 'source: Paging' of {name} and 'target: Paging' of {name} take the body of the")

    async def other(paging: Paging) -> None: ...

    async def checked(checked: None, source: Paging, target: Paging) -> None: ...

    checked.__annotations__["checked"] = Annotated[None, Depends(other)]
    with refused(HandlerError, "H105") as said:
        inspect_handler(checked, {}, providers=Providers())
    assert "Both 'source: Paging' of" in said[0]


def test_what_stands_beside_a_file_says_where_it_is_from() -> None:
    async def handler(photo: Upload, page: int, title: str = "") -> None: ...

    with refused(HandlerError, "H122") as said:
        inspect_handler(handler, {}, providers=Providers())
    assert said[0] == (
        "test_resolve.test_what_stands_beside_a_file_says_where_it_is_from.handler() has a parameter 'page: int' "
        "beside the file 'photo': it may be meant from the form, or from the query. Write 'page: Form[int]' for the "
        "form, 'page: Annotated[int, Query()]' for the query."
    )

    async def paging(page: int = 1) -> int:
        return page

    async def clear(
        photo: Upload, title: Form[str], page: Annotated[int, Query()], at: Annotated[int, Depends(paging)], id: int
    ) -> None: ...

    info = inspect_handler(clear, {"id": int}, providers=Providers())
    assert [p.source for p in info.parameters] == ["upload", "form", "query", "dependency", "path"]


async def test_one_body_for_two() -> None:
    async def other(data: Paging) -> int:
        return data.page

    async def handler(data: Paging, page: int) -> list[int]:
        return [page, data.size]

    handler.__annotations__["page"] = Annotated[int, Depends(other)]
    response = await answer(plan_of(handler), make_request("POST", json={"page": 3, "size": 4}))
    assert response.body == b"[3,4]"


def test_what_is_known_for_documents() -> None:
    class OutOfStock(HTTPError):
        pass

    async def handler() -> None:
        """Make an item,
        or not.

        More of it.
        """

    options: dict[str, Any] = {"status": 201, "raises": [OutOfStock], "media_type": "text/csv"}
    info = inspect_handler(handler, {}, providers=Providers(), options=options)
    assert (info.status, info.raises, info.media_type) == (201, (OutOfStock,), "text/csv")
    assert (info.summary, info.description) == ("Make an item, or not.", "More of it.")
    assert (info.returns, info.kind) == (None, "coroutine")
    assert inspect_handler(handler, {}, providers=Providers(), options={"summary": "S", "returns": int}).summary == "S"


def test_a_callable_object_has_no_text_of_its_own() -> None:
    class Handler:
        """Not about the route."""

        async def __call__(self) -> None: ...

    assert inspect_handler(Handler(), {}, providers=Providers()).summary == ""
