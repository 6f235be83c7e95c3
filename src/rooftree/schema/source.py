"""Python source that is written at start-up and compiled once."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from functools import lru_cache
from types import CodeType
from typing import Any

__all__ = ["Source"]


class Source:
    """Lines of source, the values that they name, and the indentation."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.lines: list[str] = []
        self.values: dict[str, Any] = {}
        self.depth = 0
        self.count = 0

    def line(self, text: str) -> None:
        """Add a line at the current depth."""
        self.lines.append("    " * self.depth + text)

    @contextmanager
    def block(self, head: str) -> Generator[None]:
        """Add a line that ends in a colon; what is written inside stands below it."""
        self.line(head)
        self.depth += 1
        yield
        self.depth -= 1

    def name(self, prefix: str) -> str:
        """Return a name that is not in use."""
        self.count += 1
        return f"{prefix}{self.count}"

    def value(self, value: Any, prefix: str = "c") -> str:
        """Return the name of a value that the source can use."""
        if value is None or isinstance(value, bool):
            return repr(value)
        name = self.name(prefix)
        self.values[name] = value
        return name

    def build(self, name: str) -> Any:
        """Compile the lines; return what `name` is in them."""
        exec(_compiled("\n".join(self.lines), f"<rooftree.schema {self.title}>"), self.values)  # noqa: S102 - written from types alone, never from data
        return self.values[name]


@lru_cache(256)
def _compiled(source: str, file: str) -> CodeType:
    """Return the code of some lines; what differs from type to type mostly stands in the values."""
    return compile(source, file, "exec")
