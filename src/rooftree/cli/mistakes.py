"""What the ``rooftree`` command says of a mistake."""

from __future__ import annotations

import os
import sys
from types import TracebackType
from typing import Final

__all__ = ["from_their_code", "text_of"]

NOT_THEIRS: Final = tuple(
    os.path.dirname(os.path.abspath(str(sys.modules[name].__file__))) + os.sep  # noqa: PTH100, PTH120 - a Path costs more
    for name in ("rooftree", "importlib")
)


def text_of(error: Exception) -> str:
    """Return the text of a mistake with its notes."""
    return "\n\n".join([str(error), *getattr(error, "__notes__", ())])


def from_their_code(traceback: TracebackType | None) -> TracebackType | None:
    """Return a traceback from the first line that is the application's own; ``None`` where none is."""
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if not file.startswith(("<frozen ", *NOT_THEIRS)) and f"{os.sep}click{os.sep}" not in file:
            return traceback
        traceback = traceback.tb_next
    return None
