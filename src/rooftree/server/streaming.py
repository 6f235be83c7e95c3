"""What goes on after the head of an answer: streams, and work that follows an answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Sequence
from typing import Any, Protocol, cast

from rooftree.http import Request, Response
from rooftree.server.answer import Head
from rooftree.server.service import logger

__all__ = ["StreamFlow", "close_stream", "run_after", "send_stream"]

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


class LengthError(Exception):
    """A stream gave more or fewer bytes than it announced."""


async def send_stream(flow: StreamFlow, response: Response, head: Head, request: Request) -> None:
    """Send an answer whose body is a stream; whatever happens in it is logged here, once, and breaks off the answer."""
    complete = False
    try:
        try:
            flow.transport.write(head.data)
            if not head.bodiless:
                await _send_body(flow, response, chunked=head.chunked)
            complete = True
        finally:
            close: Callable[[], Awaitable[Any]] | None = getattr(response.body, "aclose", None)
            if close is not None:
                await close()
    except Exception:  # noqa: BLE001 - it is the application's code, and this is its last frame
        complete = False
        logger.exception(
            "The stream of %s %s failed [%s]",
            request.method,
            request.path,
            request.id,
            extra={"request_id": request.id},
        )
    finally:
        if complete:
            flow.answer_ended(response, close=head.close)
        else:
            flow.answer_broken()


async def _send_body(flow: StreamFlow, response: Response, *, chunked: bool) -> None:
    length, sent = response.length, 0
    async for part in cast("AsyncIterable[bytes]", response.body):
        size = len(part)
        if not size:
            continue
        sent += size
        if length is not None and sent > length:
            raise LengthError(f"The stream was to give {length} bytes and gave more.")
        if not chunked:
            flow.transport.write(part)
        elif size <= ALL_AT_ONCE:
            flow.transport.write(b"%x\r\n%b\r\n" % (size, part))
        else:
            flow.transport.writelines(_chunk(part))
        if flow.blocked:
            await flow.drain()
    if length is not None and sent < length:
        raise LengthError(f"The stream was to give {length} bytes and gave {sent}.")
    if chunked:
        flow.transport.write(b"0\r\n\r\n")


def _chunk(part: bytes) -> Iterable[bytes]:
    return b"%x\r\n" % len(part), part, b"\r\n"


async def run_after(work: Sequence[Callable[[], Awaitable[Any]]], request: Request) -> None:
    """Run what follows an answer, one after the other; an error is logged and does not keep the next from running."""
    for one in work:
        try:
            await one()
        except Exception:  # noqa: BLE001 - it is the application's code, and this is its last frame
            logger.exception(
                "Work after the answer to %s %s failed [%s]",
                request.method,
                request.path,
                request.id,
                extra={"request_id": request.id},
            )


async def close_stream(close: Callable[[], Awaitable[Any]], request: Request) -> None:
    """Let a stream that will not be sent clean up."""
    try:
        await close()
    except Exception:  # noqa: BLE001 - it is the application's code, and this is its last frame
        logger.exception(
            "The stream of %s %s failed [%s]",
            request.method,
            request.path,
            request.id,
            extra={"request_id": request.id},
        )
