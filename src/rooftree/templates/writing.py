"""How a value is written into a page: by its class, found once for each class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import markupsafe
from markupsafe import Markup

from rooftree.base import Html, TemplateError
from rooftree.templates.loops import Later

__all__ = ["Writer", "Writers", "escape_text", "plain_text", "plain_writers", "writers"]

Writer = Callable[[Any], str]


def _escape(text: str, /) -> str:
    return str(Markup.escape(text))


escape_text: Final[Callable[[str], str]] = getattr(markupsafe, "_escape_inner", _escape)
"""Escapes a string: the C function below ``markupsafe.escape``, which makes no Markup of what is joined to a page."""

plain_text: Final[Callable[[str], str]] = str
"""Writes a string into a page of plain text: as it is."""

MOST_CLASSES: Final = 2000


class Writers(dict[type, Writer]):
    """For each class the function that makes text of its values.

    Args:
        find: Finds the function for a class, once.
    """

    __slots__ = ("_find",)

    def __init__(self, find: Callable[[type], Writer]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, kind: type) -> Writer:
        if len(self) > MOST_CLASSES:  # an application that makes classes all the time
            self.clear()
        writer = self[kind] = self._find(kind)
        return writer


def _writer_of(kind: type) -> Writer:
    if kind is str:
        return escape_text
    if kind is int or kind is float or kind is bool:
        return repr
    if kind is Markup or kind is Html:
        return str.__str__
    if hasattr(kind, "__html__"):
        return _write_markup
    if hasattr(kind, "__await__") or hasattr(kind, "__anext__"):
        return _refuse_waiting
    return _write_text


def _plain_writer_of(kind: type) -> Writer:
    if kind is not str and (hasattr(kind, "__await__") or hasattr(kind, "__anext__")):
        return _refuse_waiting
    return str


def _write_markup(value: Any) -> str:
    return str.__str__(value.__html__())


def _write_text(value: Any) -> str:
    return escape_text(str(value))


def _refuse_waiting(value: Any) -> str:
    if isinstance(value, Later):
        value.refuse()
    close = getattr(value, "close", None)
    if close is not None:
        close()  # else Python warns of it a second time
    raise TemplateError(
        "P105",
        f"A template was to show a {type(value).__name__}, which was never awaited.",
        "Await it in the handler, and give the template what it gives.",
    )


writers: Final = Writers(_writer_of)
"""Those of HTML: everything is escaped but what is markup."""
plain_writers: Final = Writers(_plain_writer_of)
"""Those of plain text."""
