"""Where in the user's own code the running statement comes from."""

from __future__ import annotations

import asyncio
import os
import sys
import sysconfig
from collections.abc import Iterator
from contextvars import ContextVar
from types import FrameType
from typing import Any, Final

__all__ = ["asked_from", "line_of", "user_line"]

asked_from: ContextVar[str | None] = ContextVar("rooftree.asked_from")
"""What a statement is for where no stack says it: the line of a thread that waits for the loop, a request's handler."""

_PACKAGE: Final = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep  # noqa: PTH100, PTH120 - pathlib is heavy
_LIBRARIES: Final = tuple({sysconfig.get_path(name) + os.sep for name in ("stdlib", "purelib", "platlib", "scripts")})
_MOST_WAITERS: Final = 8  # futures that wait for each other
_shown: dict[str, str | None] = {}  # each source file seen: how to call it, None where it is not the user's


def user_line() -> str | None:
    """Return ``file:line`` of the innermost frame outside of the framework and libraries; ``None`` without one.

    Coroutines that await each other are on the stack while the innermost runs, so a query's line is found as long as it
    is awaited by the code that made it. One that was handed to ``asyncio.gather()``, ``wait_for()`` or ``shield()``
    runs in a task of its own: the line is where that is waited for, never where the loop was started.
    """
    task = _current_task()
    root = None if task is None else _frame(task.get_coro())
    frame: FrameType | None = sys._getframe(1)  # pyright: ignore[reportPrivateUsage] - inspect is slow
    while frame is not None:
        if line := _line(frame):
            return line
        if frame is root:
            break
        frame = frame.f_back
    return (None if task is None else _waiting_line(task, _MOST_WAITERS)) or asked_from.get(None)


def line_of(error: BaseException) -> str | None:
    """Return ``file:line`` of the innermost frame of the user's that an error came through; ``None`` without one."""
    found: str | None = None
    step = error.__traceback__
    while step is not None:
        file = step.tb_frame.f_code.co_filename
        name = _shown[file] if file in _shown else _shown.setdefault(file, _name(file))
        found = found if name is None else f"{name}:{step.tb_lineno}"
        step = step.tb_next
    return found


def _current_task() -> asyncio.Task[Any] | None:
    try:
        return asyncio.current_task()
    except RuntimeError:  # no loop runs here
        return None


def _waiting_line(future: asyncio.Future[Any], left: int) -> str | None:
    """Return the line that waits for a future, of tasks that wait for each other the nearest."""
    for waiter in _waiters(future):
        line = _suspended_line(waiter) if isinstance(waiter, asyncio.Task) else None
        if line is None and left:
            line = _waiting_line(waiter, left - 1)
        if line is not None:
            return line
    return None


def _waiters(future: asyncio.Future[Any]) -> Iterator[asyncio.Future[Any]]:
    """Give what goes on when a future is done: a task that awaits it, or the future that gather() made of several.

    asyncio has no public name for it before Python 3.14: a task is what its callback is bound to, and the functions of
    asyncio hold the future that they settle in a closure or a partial.
    """
    for callback, _ in getattr(future, "_callbacks", None) or ():
        held = [getattr(callback, "__self__", None), *getattr(callback, "args", ())]
        for cell in getattr(callback, "__closure__", None) or ():
            try:
                held.append(cell.cell_contents)
            except ValueError:  # a variable that was not set yet
                continue
        yield from (each for each in held if isinstance(each, asyncio.Future) and each is not future)


def _suspended_line(task: asyncio.Task[Any]) -> str | None:
    """Return the innermost line of the user's on the stack of a task that waits."""
    found: str | None = None
    step: Any = task.get_coro()
    while step is not None:
        frame = _own_frame(step)
        found = (None if frame is None else _line(frame)) or found
        step = _next_step(step)
    return found


def _frame(step: Any) -> FrameType | None:
    """Return the outermost frame of what a task steps."""
    while step is not None and _own_frame(step) is None:
        step = _next_step(step)
    return None if step is None else _own_frame(step)


def _own_frame(step: Any) -> FrameType | None:
    frame: FrameType | None = getattr(step, "cr_frame", None) or getattr(step, "gi_frame", None)
    return frame


def _next_step(step: Any) -> object:
    return getattr(step, "cr_await", None) or getattr(step, "gi_yieldfrom", None)


def _line(frame: FrameType) -> str | None:
    file = frame.f_code.co_filename
    try:
        name = _shown[file]
    except KeyError:
        name = _shown[file] = _name(file)
    return None if name is None else f"{name}:{frame.f_lineno}"


def _name(file: str) -> str | None:
    if file.startswith((_PACKAGE, "<", *_LIBRARIES)):
        return None
    relative = os.path.relpath(file)
    return file if relative.startswith("..") else relative
