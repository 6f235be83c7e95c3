"""Where in the user's own code the running statement comes from."""

from __future__ import annotations

import os
import sys
import sysconfig
from contextvars import ContextVar
from types import FrameType
from typing import Final

__all__ = ["asked_from", "user_line"]

asked_from: ContextVar[str | None] = ContextVar("rooftree.asked_from")
"""The line of a thread that waits for what the loop does for it: the loop's own stack does not have it."""

_PACKAGE: Final = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep  # noqa: PTH100, PTH120 - pathlib is heavy
_LIBRARIES: Final = tuple({sysconfig.get_path(name) + os.sep for name in ("stdlib", "purelib", "platlib", "scripts")})
_shown: dict[str, str | None] = {}  # each source file seen: how to call it, None where it is not the user's


def user_line() -> str | None:
    """Return ``file:line`` of the innermost frame outside of the framework and libraries; ``None`` without one.

    Coroutines that await each other are on the stack while the innermost runs, so a query's line is found as long as it
    is awaited by the code that made it.
    """
    frame: FrameType | None = sys._getframe(1)  # pyright: ignore[reportPrivateUsage] - inspect is slow
    while frame is not None:
        file = frame.f_code.co_filename
        try:
            name = _shown[file]
        except KeyError:
            name = _shown[file] = _name(file)
        if name is not None:
            return f"{name}:{frame.f_lineno}"
        frame = frame.f_back
    return asked_from.get(None)


def _name(file: str) -> str | None:
    if file.startswith((_PACKAGE, "<", *_LIBRARIES)):
        return None
    relative = os.path.relpath(file)
    return file if relative.startswith("..") else relative
