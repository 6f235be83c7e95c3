"""Clean-up of generator dependencies: what follows their ``yield``.

The last one entered leaves first. Each sees the outcome: an exception of the handler (or of a clean-up before it) is
thrown in at its ``yield``. An exception that a clean-up raises takes the place of the outcome; one that it swallows
goes on all the same, because the answer that would have been is not there. All of them run, whatever the others do.

They run when the answer is decided and before its first byte is sent, so that a commit that fails is still a 500. Of an
answer that is streamed they run when the stream has ended; a client that leaves half-way is a `ClientDisconnected`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Generator
from functools import partial
from typing import Any

from rooftree.base import ClientDisconnected, DependencyError
from rooftree.binding.info import DependencyInfo
from rooftree.binding.threads import Lane
from rooftree.http import LazyResponse, Response

__all__ = ["Exit", "exit_of", "first_value", "is_stream", "leave", "leave_here", "next_value", "unwind", "unwind_here"]


class Exit:
    """A generator that stands at its ``yield``.

    Attributes:
        plain: It is not asynchronous, so that it leaves on a thread.
        generator: The generator.
        info: What it was made of.
        lane: Where it leaves, where it is plain; ``None`` at the end of the application, where nothing else runs.
    """

    __slots__ = ("generator", "info", "lane", "plain")

    def __init__(self, generator: Any, info: DependencyInfo, plain: bool, lane: Lane | None) -> None:
        self.generator = generator
        self.info = info
        self.plain = plain
        self.lane = lane

    def leave(self, error: BaseException | None) -> BaseException | None:
        """Run a plain generator to its end; return the outcome after it."""
        generator: Generator[Any, None, None] = self.generator
        try:
            if error is None:
                next(generator)
            else:
                generator.throw(error)
        except StopIteration:
            return error
        except BaseException as raised:  # noqa: BLE001 - it is the outcome now
            return _unwrapped(raised, error)
        generator.close()
        return _yielded_twice(self.info, error)

    async def leave_async(self, error: BaseException | None) -> BaseException | None:
        """Run an asynchronous generator to its end; return the outcome after it."""
        if self.plain:
            return self.leave(error) if self.lane is None else await self.lane.run(partial(self.leave, error))
        generator: AsyncGenerator[Any, None] = self.generator
        try:
            if error is None:
                await anext(generator)
            else:
                await generator.athrow(error)
        except StopAsyncIteration:
            return error
        except BaseException as raised:  # noqa: BLE001 - it is the outcome now
            return _unwrapped(raised, error)
        await generator.aclose()
        return _yielded_twice(self.info, error)


def _unwrapped(raised: BaseException, error: BaseException | None) -> BaseException:
    # Python turns a StopIteration that leaves a generator into a RuntimeError (PEP 479)
    return error if error is not None and isinstance(raised, RuntimeError) and raised.__cause__ is error else raised


def _yielded_twice(info: DependencyInfo, error: BaseException | None) -> BaseException:
    twice = DependencyError("D109", f"{info.name} yields a second time.", "Let it yield once.", at=info.place)
    twice.__cause__ = error
    return twice


def exit_of(generator: Any, info: DependencyInfo, lane: Lane | None = None) -> Exit:
    """Return how a generator leaves."""
    return Exit(generator, info, info.kind == "generator", lane)


def next_value(generator: Generator[Any, None, None], info: DependencyInfo) -> Any:
    """Run a generator up to its ``yield``.

    Raises:
        DependencyError: D108 where it has none.
    """
    for value in generator:
        return value
    raise _yields_nothing(info)


async def first_value(generator: AsyncGenerator[Any, None], info: DependencyInfo) -> Any:
    """Run an asynchronous generator up to its ``yield``.

    Raises:
        DependencyError: D108 where it has none.
    """
    try:
        return await anext(generator)
    except StopAsyncIteration:
        raise _yields_nothing(info) from None


def _yields_nothing(info: DependencyInfo) -> DependencyError:
    return DependencyError(
        "D108",
        f"{info.name} ended without a yield.",
        "Let it yield its value, or raise where there is none.",
        at=info.place,
    )


async def unwind(exits: list[Exit], error: BaseException | None) -> BaseException | None:
    """Leave all generators, the last first; return the outcome."""
    while exits:
        error = await exits.pop().leave_async(error)
    return error


def unwind_here(exits: list[Exit], error: BaseException | None) -> BaseException | None:
    """Leave the plain generators that were entered last, on the thread that runs this; return the outcome."""
    while exits and exits[-1].plain:
        error = exits.pop().leave(error)
    return error


def is_stream(response: Response) -> bool:
    """Tell whether an answer is made while it is sent."""
    return isinstance(response, LazyResponse) or not isinstance(response.body, bytes | str)


def leave_here(exits: list[Exit], response: Response) -> None:
    """Leave what can be left on the thread that made the answer.

    Raises:
        BaseException: What a clean-up raised.
    """
    if not is_stream(response):
        failure = unwind_here(exits, None)
        if failure is not None:
            raise failure


async def leave(exits: list[Exit], response: Response) -> Response:
    """Leave all generators now, or when the answer has been streamed.

    Raises:
        BaseException: What a clean-up raised.
    """
    if exits:
        if isinstance(response.body, AsyncIterable):
            response.body = _Held(response.body, exits[:])
            exits.clear()  # the stream's now
        else:
            failure = await unwind(exits, None)
            if failure is not None:
                raise failure
    return response


class _Held(AsyncIterator[bytes]):
    """A stream that leaves generators at its end, however it ends."""

    __slots__ = ("_body", "_ended", "_exits", "_parts")

    def __init__(self, body: AsyncIterable[bytes], exits: list[Exit]) -> None:
        self._body = body
        self._parts: AsyncIterator[bytes] | None = None
        self._exits = exits
        self._ended = False

    async def __anext__(self) -> bytes:
        if self._parts is None:
            self._parts = aiter(self._body)
        try:
            return await anext(self._parts)
        except StopAsyncIteration:
            failure = await unwind(self._exits, None)
        except BaseException as error:  # noqa: BLE001 - it is raised again below
            failure = await unwind(self._exits, error)
        self._ended = True
        if failure is not None:
            raise failure
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """End the stream where it stands; clean-ups see that the client has gone, if it had begun to read."""
        gone = None if self._ended or self._parts is None else ClientDisconnected()
        failure: BaseException | None = gone
        try:
            close = getattr(self._body if self._parts is None else self._parts, "aclose", None)
            if close is not None:
                await close()
        except BaseException as error:  # noqa: BLE001 - it is raised again below
            failure = error
        failure = await unwind(self._exits, failure)
        if failure is not None and failure is not gone:
            raise failure
