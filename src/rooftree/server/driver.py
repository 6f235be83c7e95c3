"""Running the coroutine of a request in place: it becomes a task's only where it waits.

A task for each request costs more than all the rest of a short one (3.8 us on CPython 3.11). From 3.12 on an eager task
does the job. Before, each connection keeps one parked task that lends its name to the coroutine while it runs in place,
and takes it over where it waits.
"""

from __future__ import annotations

import asyncio
import sys
import types
from asyncio.tasks import _enter_task, _leave_task  # pyright: ignore[reportPrivateUsage]
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context
from sys import getrefcount
from typing import Any, Final, Generic, Protocol, TypeVar, cast

__all__ = ["WAITS", "Done", "EagerRunner", "ParkedRunner", "Runner", "make_runner"]

T = TypeVar("T")


class _Waits:
    """The class of ``WAITS``."""


WAITS: Final = _Waits()
"""What ``Runner.run`` returns of a coroutine that waits."""

Done = Callable[[T | None, BaseException | None], None]
"""What is told of a coroutine that had to wait: its value, or the exception that left it. It may not run another."""


class Runner(Protocol[T]):
    """Runs one coroutine at a time, outside of any task."""

    def run(self, coroutine: Coroutine[Any, Any, T], context: Context) -> T | _Waits:
        """Run a coroutine as far as it goes without waiting; return its value, or ``WAITS``.

        What leaves the coroutine leaves this. Once it has waited, its end is told to the ``done`` of the runner.
        """
        ...

    def cancel(self) -> None:
        """Cancel the coroutine that waits, as ``asyncio.Task.cancel`` does."""
        ...

    def close(self) -> None:
        """Let go of what is kept between coroutines; one that waits goes on to its end."""
        ...


def make_runner(done: Done[T], loop: asyncio.AbstractEventLoop) -> Runner[T]:
    """Return the runner for this interpreter."""
    return EagerRunner(done, loop) if sys.version_info >= (3, 12) else ParkedRunner(done, loop)


class EagerRunner(Generic[T]):
    """A runner on eager tasks: CPython 3.12 and later."""

    __slots__ = ("_done", "_loop", "_task")

    def __init__(self, done: Done[T], loop: asyncio.AbstractEventLoop) -> None:
        self._done = done
        self._loop = loop
        self._task: asyncio.Task[T] | None = None

    def run(self, coroutine: Coroutine[Any, Any, T], context: Context) -> T | _Waits:
        """See ``Runner.run``."""
        task: asyncio.Task[T] = _Task(coroutine, loop=self._loop, eager_start=True, context=context)
        if task.done():
            return task.result()
        self._task = task
        task.add_done_callback(self._finished)
        return WAITS

    def _finished(self, task: asyncio.Task[T]) -> None:
        self._task = None
        if task.cancelled():
            self._done(None, asyncio.CancelledError())
        elif (error := task.exception()) is not None:
            self._done(None, error)
        else:
            self._done(task.result(), None)

    def cancel(self) -> None:
        """See ``Runner.cancel``."""
        if self._task is not None:
            self._task.cancel()

    def close(self) -> None:
        """See ``Runner.close``."""


class ParkedRunner(Generic[T]):
    """A runner on one parked task, made anew where a cancellation has spoilt it: CPython 3.11."""

    __slots__ = ("_done", "_loop", "_parked")

    def __init__(self, done: Done[T], loop: asyncio.AbstractEventLoop) -> None:
        self._done = done
        self._loop = loop
        self._parked: _Parked[T] | None = None

    def run(self, coroutine: Coroutine[Any, Any, T], context: Context) -> T | _Waits:
        """See ``Runner.run``."""
        parked = self._parked
        if parked is None or parked.over or getrefcount(parked.task) > OWN_REFERENCES or parked.task.cancelling():
            # somebody kept the task of an earlier coroutine, and may cancel it: it stays with that one
            if parked is not None:
                parked.close()
            parked = self._parked = _Parked(self._done, self._loop)
        task, loop = parked.task, self._loop
        parked.ended = False
        _enter_task(loop, task)
        try:
            given = context.run(parked.resume, coroutine)
        except BaseException:
            parked.renew()
            parked.over = parked.cancelled_while_lent()
            raise
        finally:
            _leave_task(loop, task)
        if not parked.ended:
            parked.take_over(context, given)
            return WAITS
        parking = parked.parking
        if (parking is None or parking.cancelled()) and parked.cancelled_while_lent():
            parked.over = True
            raise asyncio.CancelledError  # a task that is cancelled right before its end ends cancelled
        return cast("T", given)

    def cancel(self) -> None:
        """See ``Runner.cancel``."""
        if self._parked is not None and self._parked.busy:
            self._parked.task.cancel()

    def close(self) -> None:
        """See ``Runner.close``."""
        if self._parked is not None:
            self._parked.close()


OWN_REFERENCES: Final = 3
"""To a parked task: ours, the loop's or the parking's, and the one that counting them takes."""
_Task: Final[Any] = asyncio.Task  # the stubs of 3.11 know no eager_start, and no task of a coroutine that is a class
_NOTHING: Final = object()
_NO_CONTEXT: Final = Context()


class _Parked(Coroutine[Any, Any, None], Generic[T]):
    """The coroutine of a parked task: what the task steps.

    Between requests the task waits for ``parking``. ``ParkedRunner`` borrows the task: entered, but not stepped,
    it is the current task of the coroutine that runs in place. A coroutine that waits stays with the future it gave,
    the parking is ended, and the task's next step goes on with both.

    Whatever is asked of the task meanwhile has to end as it would with a task of the coroutine's own. ``cancel()``
    (by ``TaskGroup``, by ``asyncio.timeout``, from outside) meets a parking that it cancels, or that has ended, or a
    task that has not started: in each case the next step brings a ``CancelledError``. ``throw`` does with it what
    ``asyncio.Task`` does when it is given a future and finds that it was cancelled: it cancels that future, and
    throws into the coroutine itself only where the future cannot be cancelled.

    Attributes:
        over: The task has ended or will end by itself: not to be borrowed again.
        busy: A coroutine that waited was taken over and has not ended.
        early: The next step was due before the coroutine waited, and before whatever it asked the loop to do: the one
            after it is the right one.
        ended: The coroutine has ended with what was given last.
        unmet: A cancellation from before the early step could not be met by cancelling a future.
        resume: Sends a coroutine, or ``None`` to the one that waits; gives its value or what it waits for.
    """

    __slots__ = (
        "busy", "context", "done", "early", "ended", "loop", "over", "parking", "resume", "steps", "task", "unmet",
        "waits_for",
    )  # fmt: skip

    def __init__(self, done: Done[T], loop: asyncio.AbstractEventLoop) -> None:
        self.done = done
        self.loop = loop
        self.over = self.busy = self.early = self.ended = self.unmet = False
        self.parking: asyncio.Future[None] | None = None
        self.context = _NO_CONTEXT
        self.waits_for: Any = _NOTHING
        self.renew()
        self.task: asyncio.Task[None] = _Task(self, loop=loop)

    def renew(self) -> None:
        """Start the generator that runs the coroutines; an exception that left one has ended it."""
        self.steps = _one_after_the_other(self)
        self.resume = self.steps.send
        self.resume(None)

    def cancelled_while_lent(self) -> bool:
        """Return whether the borrowed task was asked to cancel; such a task ends at its next step."""
        if self.parking is None:  # it has not started
            return _must_cancel(self.task)
        return self.parking.cancelled()

    def take_over(self, context: Context, waits_for: object) -> None:
        """Go on with a coroutine that gave ``waits_for`` in place."""
        self.busy = True
        self.context, self.waits_for = context, waits_for
        self.early = self.parking is None or self.parking.done()
        if self.cancelled_while_lent():
            self.unmet = not self._cancel_what_it_waits_for()
        self._end_parking()

    def close(self) -> None:
        """End the task, now or with the coroutine that it has taken over."""
        self.over = True
        if not self.busy:
            self._end_parking()

    def _end_parking(self) -> None:
        if self.parking is not None and not self.parking.done():
            self.parking.set_result(None)

    @property
    def cr_await(self) -> object:
        """What it goes on with, as any coroutine tells whoever walks the stack of a task that waits."""
        return self.steps

    # ---- what the task calls

    def send(self, _value: None, /) -> object:
        """Take a step: what was waited for has come."""
        if not self.busy:
            return self._park()
        if self.early:
            self.early = False
            return None
        waits_for, self.waits_for = self.waits_for, _NOTHING
        if waits_for is _NOTHING or waits_for is None:  # a bare yield waits for the next step, and this is it
            return self._step(self.resume, None)
        return waits_for

    def throw(self, error: Any, /, *_: object) -> object:
        """Take a step: what was waited for has failed, or the task was cancelled."""
        if not self.busy:
            self.over = True
            raise StopIteration
        if self.early:
            self.early = False
            if self.unmet:
                self.task.cancel(*error.args)  # again, to be met by the next step
                self.task.uncancel()
            return None
        cancelled = self._cancel_what_it_waits_for(*error.args)
        waits_for, self.waits_for = self.waits_for, _NOTHING
        if cancelled:
            return waits_for
        if hasattr(waits_for, "_asyncio_future_blocking"):
            waits_for._asyncio_future_blocking = False
        return self._step(self.steps.throw, error)

    def _cancel_what_it_waits_for(self, message: object = None, *_: object) -> bool:
        """Cancel the future that was given and is not waited for yet; return whether that was possible."""
        waits_for = self.waits_for
        return hasattr(waits_for, "_asyncio_future_blocking") and bool(waits_for.cancel(message))

    def _step(self, resume: Callable[[Any], Any], argument: object) -> object:
        value: T | None = None
        error: BaseException | None = None
        try:
            given = self.context.run(resume, argument)
        except BaseException as raised:  # noqa: BLE001 - a task keeps whatever leaves its coroutine
            error = raised
            self.renew()
        else:
            if not self.ended:
                return given
            value = given
        task = self.task
        if _must_cancel(task) and error is None:
            value, error = None, asyncio.CancelledError()
        if _must_cancel(task) or task.cancelling():
            self.over = True
        self.busy, self.context = False, _NO_CONTEXT
        self.done(value, error)
        if isinstance(error, KeyboardInterrupt | SystemExit):
            self.over = True
            raise error
        return self._park()

    def _park(self) -> object:
        if self.over:
            raise StopIteration
        parking = self.parking = self.loop.create_future()
        parking._asyncio_future_blocking = True  # as though it had been awaited
        return parking

    def __await__(self) -> Generator[Any, None, None]:
        raise RuntimeError("The coroutine of a parked task is the task's alone.")


def _run_each(parked: _Parked[Any]) -> Generator[Any, Any, None]:
    """Run each coroutine that is sent; give what it waits for, then its value.

    ``yield from`` hands a value over without the ``StopIteration`` that ``coroutine.send`` would raise: 0.2 us.
    """
    value: Any = None
    while True:
        coroutine: Generator[Any, Any, Any] = yield value
        value = yield from coroutine
        parked.ended = True


_one_after_the_other: Final = cast(  # only such a generator may yield from a coroutine
    "Callable[[_Parked[Any]], Generator[Any, Any, None]]", types.coroutine(_run_each)
)


def _must_cancel(task: asyncio.Task[None]) -> bool:
    return bool(getattr(task, "_must_cancel", False))
