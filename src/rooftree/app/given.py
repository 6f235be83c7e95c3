"""What an application is given, looked at: settings, plug-ins, the folder of whoever makes it."""

from __future__ import annotations

import os
import sys
from types import FrameType
from typing import Any

from rooftree.base import Settings, UsageError, place_of

__all__ = ["check_settings", "folder_of_maker", "no_plugin"]


def folder_of_maker(app: object) -> str:
    """Return the folder of the file whose code makes an application; the working folder for code without a file."""
    frame: FrameType | None = sys._getframe(2)  # pyright: ignore[reportPrivateUsage] - inspect is slow
    while frame is not None and frame.f_locals.get("self") is app:  # __init__ of a subclass
        frame = frame.f_back
    file = frame.f_globals.get("__file__") if frame is not None else None
    return os.path.dirname(file) if file else os.curdir  # noqa: PTH120 - a Path costs more than the rest


def check_settings(given: object) -> None:
    """Refuse what is given to an application in place of settings.

    Raises:
        UsageError: U106.
    """
    if given is not None and not isinstance(given, Settings):
        raise UsageError(
            "U106",
            f"App() was given {given!r} in place of settings.",
            "Write App(), App(Settings(...)), or App(name=...) for a name.",
        )


def no_plugin(given: Any) -> UsageError:
    """Return what is told of something that is no plug-in, and where it belongs."""
    name = getattr(given, "__name__", None) or repr(given)
    if hasattr(given, "__rooftree_declare__"):
        remedy = f"Write app.include({name}): it has routes."
    elif isinstance(given, type) and hasattr(given, "install"):
        remedy = f"Write app.use({name}(...)): a plug-in is made first."
    elif callable(given):
        remedy = f"Functions around requests are middleware: App(middleware=[{name}])."
    else:
        remedy = "A plug-in has a method install(app)."
    return UsageError("U108", f"app.use() was given {name}, which is no plug-in.", remedy, at=place_of(given))
