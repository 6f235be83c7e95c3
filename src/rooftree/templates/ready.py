"""What is done with the values of a page before it is rendered, by the class of each."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Any, Final, cast

from rooftree.base import TemplateError, place_of
from rooftree.http import Request
from rooftree.templates.page import Page, Prepared

__all__ = ["KINDS", "Kind", "make_ready"]


class Kind(enum.Enum):
    """What the values of a class need before a rendering."""

    PLAIN = enum.auto()
    PREPARED = enum.auto()
    WAITING = enum.auto()


class Kinds(dict[type, Kind]):
    """The kind of each class, found once."""

    __slots__ = ()

    def __missing__(self, cls: type) -> Kind:
        if len(self) > 2000:  # an application that makes classes all the time
            self.clear()
        kind = Kind.PLAIN
        if hasattr(cls, "__await__"):
            kind = Kind.WAITING
        elif hasattr(cls, "before_page"):
            kind = Kind.PREPARED
        self[cls] = kind
        return kind


KINDS: Final = Kinds()


async def make_ready(page: Page, name: str, value: Any, request: Request) -> None:
    """Let a value of a page get ready where it wants that (a form loads its options).

    Raises:
        TemplateError: P105 for a query or coroutine that was not awaited.
    """
    kind = KINDS[type(value)]
    if kind is Kind.WAITING:
        raise _not_awaited(page, name, value, request)
    if kind is Kind.PREPARED:
        await cast("Prepared", value).before_page(request)


def _not_awaited(page: Page, name: str, value: Any, request: Request) -> TemplateError:
    close = getattr(value, "close", None)
    if close is not None:
        close()  # else Python warns of it a second time
    handler: Callable[..., Any] | None = getattr(getattr(request.route, "info", None), "handler", None)
    return TemplateError(
        "P105",
        f"{page.template} was given {name!r}, a {type(value).__name__} that was never awaited.",
        f"Write '{name}=await ...' where it is given.",
        at=place_of(handler) if handler is not None else None,
    )
