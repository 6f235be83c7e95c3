"""Handlers run on requests, without an application."""

from __future__ import annotations

import asyncio
import contextlib
import linecache
from collections.abc import AsyncIterable, Callable, Generator, Mapping, Sequence
from typing import Any, NoReturn

import msgspec
import pytest

from rooftree.base import FieldError, RequestInvalid, RooftreeError
from rooftree.binding import Plan, Providers, compile_plan, inspect_handler
from rooftree.http import ConnectionInfo, Fields, Request, Response

JSON = {"content-type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded"}


def make_request(
    method: str = "GET",
    query: str | bytes = "",
    *,
    headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
    content: bytes | None = b"",
    json: Any = msgspec.UNSET,
    params: tuple[Any, ...] = (),
    websocket: Any = None,
    source: Any = None,
) -> Request:
    """A request as a server would hand it to an application."""
    pairs = list(headers.items() if isinstance(headers, Mapping) else headers)
    if json is not msgspec.UNSET:
        content = msgspec.json.encode(json)
        pairs.append(("content-type", "application/json"))
    return Request(
        method,
        b"/",
        query if isinstance(query, bytes) else query.encode(),
        Fields([(name.lower().encode(), value.encode("latin-1")) for name, value in pairs]),
        b"example.org",
        ConnectionInfo(),
        content,
        source=source,
        websocket=websocket,
        found=(None, params),
    )


def plan_of(
    handler: Callable[..., Any],
    path: Mapping[str, type[Any]] | None = None,
    *,
    providers: Providers | None = None,
    dependencies: Sequence[Any] = (),
    websocket: bool = False,
    **options: Any,
) -> Plan:
    """The plan of a handler."""
    found = providers if providers is not None else Providers()
    info = inspect_handler(
        handler, path or {}, providers=found, options=options, dependencies=dependencies, websocket=websocket
    )
    return compile_plan(info)


def source_of(plan: Plan) -> str:
    """The generated source of a plan."""
    return "".join(linecache.getlines(plan.__code__.co_filename))


async def answer(plan: Plan, request: Request | None = None) -> Response:
    """What a plan answers."""
    return await plan(request if request is not None else make_request())


async def content_of(response: Response) -> bytes:
    """The whole body of an answer."""
    if isinstance(response.body, AsyncIterable):
        return b"".join([part async for part in response.body])
    return response.body.encode() if isinstance(response.body, str) else response.body


def call(handler: Callable[..., Any], request: Request | None = None, **wiring: Any) -> Any:
    """Compile a handler, run it on a request, and return its JSON (or its text)."""

    async def run() -> Any:
        response = await answer(plan_of(handler, **wiring), request)
        content = await content_of(response)
        return msgspec.json.decode(content) if response.media_type == "application/json" else content.decode()

    return asyncio.run(run())


def errors_of(handler: Callable[..., Any], request: Request, **wiring: Any) -> list[FieldError]:
    """The errors of a request that a handler refuses."""
    return list(refusal_of(handler, request, **wiring).errors)


def refusal_of(handler: Callable[..., Any], request: Request, **wiring: Any) -> RequestInvalid:
    """The refusal of a request."""
    with pytest.raises(RequestInvalid) as raised:
        call(handler, request, **wiring)
    return raised.value


@contextlib.contextmanager
def refused(kind: type[RooftreeError], code: str) -> Generator[list[str]]:
    """Expect an error at start-up; its text without the place is put into the list."""
    text: list[str] = []
    with pytest.raises(kind) as raised:
        yield text
    assert raised.value.code == code
    assert raised.value.at is None or __file__ not in raised.value.at
    text.append(f"{raised.value.fact} {raised.value.remedy}")


def never(*_: object) -> NoReturn:
    """A handler that must not be reached."""
    raise AssertionError("it was called")
