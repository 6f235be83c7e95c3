"""The ``loop`` of pages that wait while they are rendered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Any, NoReturn

from jinja2.runtime import AsyncLoopContext

from rooftree.base import TemplateError

__all__ = ["Later", "WaitingLoop"]


class Later:
    """What a loop knows only after waiting: a template that takes it for a value is told so, and not misled."""

    __slots__ = ("_name", "_wait")

    def __init__(self, name: str, wait: Callable[[], Awaitable[Any]]) -> None:
        self._name = name
        self._wait = wait

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._wait().__await__()

    def refuse(self) -> NoReturn:
        """Say what to write.

        Raises:
            TemplateError: P108.
        """
        raise TemplateError(
            "P108",
            f"A streamed page asked a loop by another name for {self._name!r}, which it can only wait for.",
            f"Ask 'loop.{self._name}', or keep that: '{{% set outer_{self._name} = loop.{self._name} %}}'.",
        )

    def __bool__(self) -> NoReturn:  # noqa: PLE0304 - it never returns
        self.refuse()

    def __str__(self) -> NoReturn:  # noqa: PLE0307 - it never returns
        self.refuse()


class WaitingLoop(AsyncLoopContext):
    """Jinja2's, saying so where what has to be waited for is taken for a value."""

    @property
    def length(self) -> Any:
        """How many items there are; awaited."""
        return Later("length", lambda: super(WaitingLoop, self).length)

    @property
    def revindex0(self) -> Any:
        """How many items follow; awaited."""
        return Later("revindex0", lambda: super(WaitingLoop, self).revindex0)

    @property
    def revindex(self) -> Any:
        """How many items follow, this one with them; awaited."""
        return Later("revindex", lambda: super(WaitingLoop, self).revindex)

    @property
    def last(self) -> Any:
        """Whether no item follows; awaited."""
        return Later("last", lambda: super(WaitingLoop, self).last)

    @property
    def nextitem(self) -> Any:
        """The item that follows; awaited."""
        return Later("nextitem", lambda: super(WaitingLoop, self).nextitem)
