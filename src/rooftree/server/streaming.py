"""What goes on after the head of an answer: streams, and work that follows an answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Iterable
from typing import Protocol, cast

from rooftree.http import LengthError, Request, Response
from rooftree.server.answer import Head
from rooftree.server.types import Application

__all__ = ["StreamFlow", "do_after", "drop_answer", "send_stream"]

ALL_AT_ONCE = 64 * 1024


class StreamFlow(Protocol):
    """The connection, as a stream sees it."""

    transport: asyncio.Transport
    blocked: bool

    async def drain(self) -> None:
        """Wait until the client has read."""
        ...

    def answer_ended(self, response: Response, *, close: bool) -> None:
        """The answer was written."""
        ...

    def answer_broken(self) -> None:
        """The answer cannot be completed."""
        ...


async def send_stream(
    flow: StreamFlow, response: Response, head: Head, request: Request, application: Application
) -> None:
    """Send an answer whose body is a stream; an error in it is reported here, once, and breaks off the answer."""
    complete = False
    try:
        try:
            flow.transport.write(head.data)
            if not head.bodiless:
                await _send_body(flow, response, chunked=head.chunked)
            complete = True
        finally:
            await response.aclose()
    except Exception as error:  # noqa: BLE001 - it is the application's code, and this is its last frame
        complete = False
        await application.report(request, error, "stream")
    finally:
        if complete:
            flow.answer_ended(response, close=head.close)
        else:
            flow.answer_broken()
            await do_after(response, request, application)


async def _send_body(flow: StreamFlow, response: Response, *, chunked: bool) -> None:
    length, sent = response.length, 0
    async for part in cast("AsyncIterable[bytes]", response.body):
        size = len(part)
        if not size:
            continue
        sent += size
        if length is not None and sent > length:
            raise LengthError(length, sent)
        if not chunked:
            flow.transport.write(part)
        elif size <= ALL_AT_ONCE:
            flow.transport.write(b"%x\r\n%b\r\n" % (size, part))
        else:
            flow.transport.writelines(_chunk(part))
        if flow.blocked:
            await flow.drain()
    if length is not None and sent < length:
        raise LengthError(length, sent)
    if chunked:
        flow.transport.write(b"0\r\n\r\n")


def _chunk(part: bytes) -> Iterable[bytes]:
    return b"%x\r\n" % len(part), part, b"\r\n"


async def do_after(response: Response, request: Request, application: Application) -> None:
    """Do what follows an answer."""
    await request.follow_up(response, lambda error: application.report(request, error, "after"))


async def drop_answer(response: Response, request: Request, application: Application) -> None:
    """Let go of an answer that will not be sent: its stream cleans up, and what follows it runs."""
    try:
        await response.aclose()
    except Exception as error:  # noqa: BLE001 - it is the application's code, and this is its last frame
        await application.report(request, error, "stream")
    await do_after(response, request, application)
