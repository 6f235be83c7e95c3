"""Python source, line by line, with the objects that it names."""

from __future__ import annotations

import builtins
import linecache
from collections.abc import Generator
from contextlib import contextmanager
from functools import lru_cache
from itertools import count
from types import CodeType, FunctionType
from typing import Any, cast

__all__ = ["Writer"]

_serial = count(1)


class Writer:
    """Collects the source of one function.

    Args:
        namespace: The objects that the source names; those that are in it stay.
    """

    def __init__(self, namespace: dict[str, Any] | None = None) -> None:
        self.namespace: dict[str, Any] = {"__builtins__": builtins} if namespace is None else namespace
        self._lines: list[str] = []
        self._depth = 0
        self._names: dict[tuple[str, int], str] = {}

    def line(self, text: str) -> None:
        """Add a line at the present depth."""
        self._lines.append("    " * self._depth + text)

    @contextmanager
    def block(self, head: str) -> Generator[None]:
        """Add a line that opens a block; lines go into it until the end of the ``with``."""
        self.line(head)
        self._depth += 1
        yield
        self._depth -= 1

    def name(self, hint: str, thing: object) -> str:
        """Return the name under which the source finds an object."""
        known = self._names.get((hint, id(thing)))
        if known is not None:
            return known
        name = hint if hint not in self.namespace else f"{hint}_{len(self.namespace)}"
        self.namespace[name] = thing
        self._names[hint, id(thing)] = name
        return name

    def function(self, name: str, title: str) -> FunctionType:
        """Return the function that the source defines; tracebacks show its lines."""
        code = _compiled("\n".join(self._lines) + "\n", title)
        exec(code, self.namespace)  # noqa: S102 - made of our own text and checked names
        return cast("FunctionType", self.namespace[name])


@lru_cache(1024)
def _compiled(source: str, title: str) -> CodeType:
    """Return the code of some lines; a handler on many routes has the same ones again and again."""
    file = f"<rooftree: {title} #{next(_serial)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    return compile(source, file, "exec")
