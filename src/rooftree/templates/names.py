"""The names that templates find without being given them: ``url``, ``csrf``, ``_``, and an application's own.

Each is made for one rendering, when the template first asks for it; what has to be waited for is made before the
rendering begins, where the template (or one that it extends, includes or imports) names it at all.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jinja2.utils import missing

from rooftree.http import Request

__all__ = ["KEY", "Makers", "Names"]

Maker = Callable[[Request], Any]

KEY = "@names"
"""Where a template's context keeps its ``Names``; no template can name it."""


class Makers:
    """What makes each name.

    Attributes:
        plain: Functions of the request that give the value at once.
        waiting: Functions of the request whose value is awaited before the rendering.
    """

    def __init__(self) -> None:
        self.plain: dict[str, Maker] = {}
        self.waiting: dict[str, Maker] = {}

    def add(self, name: str, maker: Maker) -> None:
        """Let ``maker``, plain or ``async``, make a name; the last one that was added counts."""
        self.plain.pop(name, None)
        self.waiting.pop(name, None)
        (self.waiting if inspect.iscoroutinefunction(maker) else self.plain)[name] = maker


class Names(dict[str, Any]):
    """The names of one rendering, by name; what was not made yet is made when it is asked for.

    Attributes:
        request: What they are made for; without one only what every rendering has is there.
    """

    __slots__ = ("_globals", "_makers", "request")

    def __init__(self, makers: Makers, request: Request | None, always: Mapping[str, Any]) -> None:
        self._makers = makers
        self._globals = always
        self.request = request

    def __missing__(self, name: str) -> Any:
        maker = self._makers.plain.get(name)
        if maker is not None and self.request is not None:
            value = maker(self.request)
        elif (value := self._globals.get(name, missing)) is missing:
            return missing
        self[name] = value
        return value

    async def prepare(self, named: Iterable[str]) -> None:
        """Make what has to be waited for, of these names."""
        waiting = self._makers.waiting
        if waiting and self.request is not None:
            for name in waiting.keys() & named:
                self[name] = await waiting[name](self.request)

    def make_all(self, named: Iterable[str]) -> None:
        """Make all of these names now."""
        for name in self._makers.plain.keys() & named:
            self[name]
