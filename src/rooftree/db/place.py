"""Where in the user's own code the running statement comes from."""

from __future__ import annotations

import os
import sys
import sysconfig
from types import FrameType

__all__ = ["user_line"]

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep  # noqa: PTH100, PTH120 - pathlib is heavy
_LIBRARIES = tuple(
    {
        path + os.sep
        for path in (sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"), sysconfig.get_path("platlib"))
    }
)


def user_line() -> str | None:
    """Return ``file:line`` of the innermost frame outside of the framework and libraries; ``None`` without one.

    Coroutines that await each other are on the stack while the innermost runs, so a query's line is found as long as it
    is awaited by the code that made it.
    """
    frame: FrameType | None = sys._getframe(1)  # pyright: ignore[reportPrivateUsage] - inspect is slow
    while frame is not None:
        file = frame.f_code.co_filename
        if not file.startswith((_PACKAGE, "<")) and not file.startswith(_LIBRARIES):
            relative = os.path.relpath(file)
            return f"{file if relative.startswith('..') else relative}:{frame.f_lineno}"
        frame = frame.f_back
    return None
