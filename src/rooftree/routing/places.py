"""Where in the user's own code something was declared."""

from __future__ import annotations

import sys
from typing import Final

from rooftree.base import shown_line

__all__ = ["Place", "caller", "show"]

Place = tuple[str, int]
"""File and line, as a code object names them; kept as it is, because only errors and listings show it."""

_OWN: Final = __file__.removesuffix("routing/places.py").removesuffix("routing\\places.py")


def caller() -> Place:
    """Return the innermost place on the stack that is not inside of the framework."""
    frame = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]  # inspect would be slow to import
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_OWN):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


def show(place: Place) -> str:
    """Return ``file:line``, relative to the working directory where the file is below it."""
    return shown_line(*place)
