"""Answers as the test client gives them: what the application returned, framed as the server would frame it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from contextvars import Context
from typing import Any, Final, Literal, cast

import msgspec

from rooftree.base import UsageError

try:
    import httpx
except ModuleNotFoundError as missing:
    raise UsageError(
        "U401", "The test client stands on httpx, which is not installed.", "pip install 'rooftree[testing]'"
    ) from missing

from rooftree.http import LengthError, Request, Response, start_of

__all__ = ["AnswerStream", "ClientResponse", "answer_of"]

_FRAMING: Final = frozenset({b"connection", b"content-length", b"content-type", b"transfer-encoding"})
_BODILESS: Final = (204, 304)

Report = Callable[[Exception, Literal["stream", "after"]], Awaitable[None]]


class ClientResponse(httpx.Response):
    """An answer as the test client gives it: everything of ``httpx.Response``, ``ok`` and ``msgpack``."""

    @property
    def ok(self) -> bool:
        """Whether the status is below 400."""
        return self.status_code < 400

    def msgpack(self) -> Any:
        """Return the body read as MessagePack."""
        return msgspec.msgpack.decode(self.content)


class AnswerStream(httpx.AsyncByteStream):
    """The body of an answer.

    A streamed body is made by a task of its own in the request's context, as on the server: who leaves it half-way
    cancels that task. Work after the answer runs before its end is told, so that a test sees what it has done.

    Args:
        response: The answer.
        request: What it answers.
        context: The request's context.
        report: Tells the application of errors that no answer can tell of any more.
        bodiless: There is no body to send: HEAD, 204, 304.
        raise_errors: Raise what the stream raised, instead of breaking the answer off.
    """

    def __init__(
        self,
        response: Response,
        request: Request,
        context: Context,
        report: Report,
        *,
        bodiless: bool,
        raise_errors: bool,
    ) -> None:
        self._response = response
        self._report = report
        self._request = request
        self._context = context
        self._bodiless = bodiless
        self._raise_errors = raise_errors
        self._parts: asyncio.Queue[bytes | None] = asyncio.Queue(1)
        self._maker: asyncio.Task[None] | None = None
        self._error: Exception | None = None
        self._ended = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        body = self._response.body
        if self._bodiless:
            await self._in_context(self._response.aclose)
        elif isinstance(body, str | bytes):
            yield body.encode() if isinstance(body, str) else body
        else:
            self._maker = asyncio.create_task(self._make(), context=self._context)
            while (part := await self._parts.get()) is not None:
                yield part
            self._raise_error()
        await self._end()

    async def aclose(self) -> None:
        """Leave the answer: what still makes it is cancelled and cleans up."""
        if self._maker is not None:
            self._maker.cancel()
            await asyncio.wait({self._maker})
        elif not self._ended:
            await self._in_context(self._response.aclose)
        try:
            await self._end()
        finally:
            self._raise_error()

    async def _make(self) -> None:
        response, sent = self._response, 0
        try:
            try:
                async for part in cast("AsyncIterable[bytes]", response.body):
                    sent += len(part)
                    if part:
                        await self._parts.put(part)
            finally:
                await response.aclose()
            if response.length is not None and sent != response.length:
                raise LengthError(response.length, sent)
        except Exception as error:  # noqa: BLE001 - it is raised where the test reads
            self._error = error
            await self._report(error, "stream")
        await self._parts.put(None)

    def _raise_error(self) -> None:
        error, self._error = self._error, None
        if error is None:
            return
        if self._raise_errors:
            raise error
        raise httpx.RemoteProtocolError("The application broke the answer off before its end.")

    async def _end(self) -> None:
        if self._ended:
            return
        self._ended = True
        failed: list[Exception] = []

        async def report(error: Exception) -> None:
            failed.append(error)
            await self._report(error, "after")

        await self._in_context(lambda: self._request.follow_up(self._response, report))
        if failed and self._raise_errors:
            raise failed[0]

    async def _in_context(self, work: Callable[[], Awaitable[Any]]) -> None:
        async def run() -> None:
            await work()

        await asyncio.create_task(run(), context=self._context)


def answer_of(
    response: Response,
    request: Request,
    context: Context,
    asked: httpx.Request,
    report: Report,
    *,
    raise_errors: bool,
) -> ClientResponse:
    """Return an application's answer as the client of a server would get it."""
    no_content = response.status < 200 or response.status in _BODILESS
    bodiless = no_content or asked.method == "HEAD"
    own = response.own_headers or []
    pairs = [pair for pair in own if pair[0].lower() not in _FRAMING]
    given = {name.lower(): value for name, value in own}
    if not no_content:
        pairs += _framing(response, given, bodiless=bodiless)
    ready = (line.partition(b": ") for line in response.lines.split(b"\r\n") if line)
    pairs += [(name, value) for name, _, value in ready]
    stream = AnswerStream(response, request, context, report, bodiless=bodiless, raise_errors=raise_errors)
    return ClientResponse(response.status, headers=pairs, request=asked, stream=stream)


def _framing(response: Response, given: dict[bytes, bytes], *, bodiless: bool) -> list[tuple[bytes, bytes]]:
    pairs: list[tuple[bytes, bytes]] = []
    media_type = start_of(response.status, response.media_type).partition(b"\r\ncontent-type: ")[2].rstrip()
    if b"content-type" in given or media_type:
        pairs.append((b"content-type", given.get(b"content-type", media_type)))
    body = response.body.encode() if isinstance(response.body, str) else response.body
    length = len(body) if isinstance(body, bytes) else response.length
    if bodiless and not length and given.get(b"content-length", b"").isdigit():
        length = int(given[b"content-length"])
    if length is None:
        pairs.append((b"transfer-encoding", b"chunked"))
    else:
        pairs.append((b"content-length", b"%d" % length))
    return pairs
