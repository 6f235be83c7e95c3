from __future__ import annotations

from typing import Any

import pytest

from rooftree.base import RouteError
from rooftree.http import Request
from rooftree.routing import Group, RouteInfo, check_signature, flatten


def route(handler: Any, pattern: str = "/users/{id:int}", host: str | None = None) -> RouteInfo:
    group = Group(host=host)
    group.route(pattern)(handler)
    return flatten(group)[0]


def show() -> None: ...


class Users:
    def get(self, name: str) -> None: ...


def test_a_parameter_that_the_handler_does_not_take() -> None:
    with pytest.raises(RouteError) as error:
        check_signature(route(show))
    line = show.__code__.co_firstlineno
    assert str(error.value) == (
        "[R204] '/users/{id:int}' has a parameter 'id' that test_signatures.show() does not take. "
        f"At tests/unit/routing/test_signatures.py:{line}. Add 'id: int' to show(), or drop {{id}}."
    )


def test_a_parameter_of_the_host() -> None:
    with pytest.raises(RouteError) as error:
        check_signature(route(show, "/users", "{tenant}.example.org"))
    assert error.value.fact == (
        "The host '{tenant}.example.org' of '/users' has a parameter 'tenant' "
        "that test_signatures.show() does not take."
    )
    assert error.value.remedy == "Add 'tenant: str' to show(), or drop {tenant}."


def test_a_method_of_a_class() -> None:
    with pytest.raises(
        RouteError, match=r"'id' that test_signatures\.Users\.get\(\) does not take\..* Add 'id: int' to get\(\)"
    ):
        check_signature(route(Users, "/{name}/{id:int}"))


async def takes_it(id: int) -> None: ...
async def takes_request(request: Request) -> None: ...
async def takes_anything(**values: object) -> None: ...
async def takes_other(other: int) -> None: ...


def real_annotation() -> Any:
    async def handler(request: Any) -> None: ...

    handler.__annotations__["request"] = Request
    return handler


@pytest.mark.parametrize("handler", [takes_it, takes_request, takes_anything, real_annotation()])
def test_what_takes_a_parameter(handler: Any) -> None:
    check_signature(route(handler))


def test_a_dependency_may_take_it() -> None:
    check_signature(route(takes_other), taken={"id"})
    check_signature(route(show, "/"))
