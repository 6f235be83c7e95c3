"""Threads for plain ``def`` handlers and dependencies.

Two lanes, so that no request can wait for a thread that another one holds while it waits for something of the first:

- *enter*: the first step of a request that holds nothing yet. At most ``limit`` threads; more requests wait in line.
- *resume*: every step of a request that may hold something (a connection out of a pool that a generator gave it), and
  its clean-up. Up to ``limit`` threads of their own, and where none of them has moved for a moment, one more, so that
  what frees the others always gets to run.

All plain steps of a request that follow one another run on one thread in one go. Finished steps are handed to the
loop in batches: one wake-up for as many as have ended since the last.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar, cast
from weakref import finalize

__all__ = ["Lane", "ThreadPool"]

T = TypeVar("T")

STALLED: Final = 0.05
"""Seconds in which no waiting step of the resume lane was begun, after which it gets one more thread."""

JOIN: Final = 1.0
"""Seconds that the end of the application waits for a thread that is still in a step."""


class _Job(asyncio.Future[None]):
    """A step on its way to a thread and back. It ends when the step has, even where the request was cancelled."""

    function: Callable[[], Any]
    context: Context
    mailbox: _Mailbox
    ticket: list[None]  # taken by whoever comes first: the thread that begins the step, or the loop that withdraws it
    value: Any = None
    error: BaseException | None = None

    def cancel(self, msg: Any | None = None) -> bool:
        """Withdraw the step where it has not begun; else the cancellation waits for its end."""
        try:
            self.ticket.pop()
        except IndexError:
            return False
        return super().cancel(msg)


class _Mailbox:
    """Finished steps on their way back to one loop."""

    __slots__ = ("_awake", "_done", "loop")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._done: deque[_Job] = deque()
        self._awake = False

    def post(self, job: _Job) -> None:
        """Hand over a finished step; called on the threads."""
        self._done.append(job)
        if not self._awake:
            self._awake = True
            try:
                self.loop.call_soon_threadsafe(self._deliver)
            except RuntimeError:  # the loop is closed: nobody waits any more
                self._done.clear()

    def _deliver(self) -> None:
        self._awake = False  # before the first is taken: what comes after the last look wakes the loop anew
        done = self._done
        while done:
            done.popleft().set_result(None)


class _Line:
    """Steps that wait for a thread: all that threads know of their lane, so that a forgotten lane ends them."""

    __slots__ = ("begun", "waiting")

    def __init__(self) -> None:
        self.waiting: SimpleQueue[_Job | None] = SimpleQueue()
        self.begun = 0  # only ever compared with itself: counts that two threads make at once may fall together

    def work(self) -> None:
        """Take steps until told to end."""
        while (job := self.waiting.get()) is not None:
            self._take(job)
            del job  # not kept while there is nothing to do

    def work_off(self) -> None:
        """Take steps until none waits."""
        try:
            while (job := self.waiting.get_nowait()) is not None:
                self._take(job)
            self.waiting.put(None)  # it was meant for one of the lane's own threads
        except Empty:
            return

    def _take(self, job: _Job) -> None:
        try:
            job.ticket.pop()
        except IndexError:
            return
        self.begun += 1
        try:
            job.value = job.context.run(job.function)
        except BaseException as error:  # noqa: BLE001 - it is raised again in the request
            job.error = error
        job.mailbox.post(job)


class Lane:
    """Threads that share one line of steps.

    Attributes:
        name: What its threads are called after.
        limit: How many threads there may be; more steps wait.
        threads: How many there are.
    """

    def __init__(self, name: str, limit: int, *, relief: bool = False) -> None:
        self.name = name
        self.limit = limit
        self.threads = 0
        self._relief = relief
        self._under_way = 0
        self._line = _Line()
        self._members: list[threading.Thread] = []
        self._mailbox: _Mailbox | None = None
        self._watching = False
        finalize(self, _end, self._line, self._members)

    async def run(self, function: Callable[[], T]) -> T:
        """Call ``function`` on a thread, in a copy of the context, and return what it returns.

        A step that waits in line is withdrawn when the request is cancelled. One that has begun runs to its end, and
        the cancellation goes on after it: Python cannot stop a thread, and what it holds must be given back in order.
        """
        loop = asyncio.get_running_loop()
        mailbox = self._mailbox
        if mailbox is None or mailbox.loop is not loop:
            mailbox = self._mailbox = _Mailbox(loop)
        job = _Job(loop=loop)
        job.function, job.context, job.mailbox, job.ticket = function, copy_context(), mailbox, [None]
        self._under_way += 1
        if self._under_way > self.threads:
            self._grow(loop)
        self._line.waiting.put(job)
        try:
            await job
        finally:
            self._under_way -= 1
        if job.error is not None:
            try:
                raise job.error
            finally:
                del job  # its error's traceback holds this frame
        return cast("T", job.value)

    def _grow(self, loop: asyncio.AbstractEventLoop) -> None:
        if self.threads < self.limit:
            self.threads += 1
            thread = self._thread(self._line.work, self.threads)
            self._members.append(thread)
        elif self._relief and not self._watching:
            self._watch(loop)

    def _thread(self, target: Callable[[], None], number: int | str) -> threading.Thread:
        thread = threading.Thread(target=target, name=f"rooftree-{self.name}-{number}", daemon=True)
        thread.start()
        return thread

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        self._watching = True
        loop.call_later(STALLED, self._relieve, loop, self._line.begun)

    def _relieve(self, loop: asyncio.AbstractEventLoop, begun: int) -> None:
        self._watching = False
        if self._line.waiting.empty():
            return
        if self._line.begun == begun:
            self._thread(self._line.work_off, "relief")
        self._watch(loop)

    def close(self) -> None:
        """End the threads as soon as they have nothing to do; one that hangs is left to itself."""
        members, self._members, self.threads = self._members, [], 0
        _end(self._line, members)
        self._line = _Line()
        for thread in members:
            thread.join(JOIN)


def _end(line: _Line, members: list[threading.Thread]) -> None:
    for _ in members:
        line.waiting.put(None)


class ThreadPool:
    """The two lanes of one application.

    Args:
        limit: How many requests may run plain steps at the same time.

    Attributes:
        enter: For the first step of a request that holds nothing.
        resume: For steps of a request that may hold something, and for clean-up.
    """

    def __init__(self, limit: int = 40) -> None:
        self.enter = Lane("enter", limit)
        self.resume = Lane("resume", limit, relief=True)

    @property
    def limit(self) -> int:
        """How many requests may run plain steps at the same time; threads that are there already stay."""
        return self.enter.limit

    @limit.setter
    def limit(self, limit: int) -> None:
        self.enter.limit = self.resume.limit = limit

    def close(self) -> None:
        """End the threads; a step that comes later starts new ones."""
        self.enter.close()
        self.resume.close()
