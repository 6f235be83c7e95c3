"""The bridge for code that does not await: threads of an application, scripts, the shell."""

from __future__ import annotations

import asyncio
import atexit
import concurrent.futures
import contextvars
import threading
from collections.abc import Callable, Coroutine, Generator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from rooftree.base import UsageError, current_call
from rooftree.db.database import Database
from rooftree.db.databases import Databases
from rooftree.db.place import asked_from, user_line

__all__ = ["connected", "run_sync"]

T = TypeVar("T")


def run_sync(start: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine to its end from code that does not await, and return its result.

    In a thread of an application it runs in the application's event loop, on the connections that are there, and in the
    thread's own transaction. In a script it runs in a loop on a thread of its own, which opens the databases first.

    Args:
        start: Makes the coroutine: ``lambda: query.run()``.

    Raises:
        UsageError: an event loop runs in this thread: waiting here would stop it.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:
        raise UsageError(
            "T005",
            "sync() was called where an event loop runs, and would stop it for as long as the query takes.",
            "Write `await` instead.",
            at=user_line(),
        )
    call = current_call.get(None)
    databases: Databases | None = None if call is None else call.databases
    if databases is not None and databases.loop is not None:
        return _submit(databases.loop, start)
    loop = _background.loop()
    if databases is not None:
        _submit(loop, databases.open)
        atexit.register(_close, databases)
    return _submit(loop, start)


def _submit(loop: asyncio.AbstractEventLoop, start: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run in a loop of another thread, with this thread's context."""
    done: concurrent.futures.Future[T] = concurrent.futures.Future()
    context = contextvars.copy_context()
    context.run(asked_from.set, user_line())
    tasks: list[asyncio.Task[T]] = []

    def begin() -> None:
        task = loop.create_task(start(), context=context)
        tasks.append(task)
        task.add_done_callback(finish)

    def finish(task: asyncio.Task[T]) -> None:
        if task.cancelled():
            done.cancel()
        elif (error := task.exception()) is not None:
            done.set_exception(error)
        else:
            done.set_result(task.result())

    loop.call_soon_threadsafe(begin)
    try:
        return done.result()
    except BaseException:  # KeyboardInterrupt in this thread
        loop.call_soon_threadsafe(lambda: [task.cancel() for task in tasks])
        raise


def _close(databases: Databases) -> None:
    loop = databases.loop
    if loop is not None and not loop.is_closed():
        _submit(loop, databases.close)


@contextmanager
def connected(databases: Databases | Mapping[str, Database | str] | Database | str) -> Generator[Databases]:
    """Open databases for a script, and make them the current ones while the block runs.

    For example:

        with connected("sqlite:///shop.db"):
            print(Product.where(Product.price < 10).count().sync())

    Args:
        databases: As ``Databases`` takes them.
    """
    opened = databases if isinstance(databases, Databases) else Databases(databases)
    loop = _background.loop()
    _submit(loop, opened.open)
    try:
        with opened.current():
            yield opened
    finally:
        _submit(loop, opened.close)


class _Background:
    """An event loop on a thread of its own, started when a script first needs it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="rooftree-sync", daemon=True).start()
            return self._loop


_background = _Background()
