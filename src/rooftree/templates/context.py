"""The values that one template sees while it is rendered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from typing import Any, cast

from jinja2 import Environment
from jinja2.runtime import Context
from jinja2.utils import missing

from rooftree.templates.names import KEY, Names

__all__ = ["NO_NAMES", "TemplateContext", "names_of"]

Block = Callable[[Context], Iterator[str]]
NO_NAMES: dict[str, Any] = {}
"""The names of what is rendered without any."""


class TemplateContext(Context):
    """Looks a name up among the template's own, then the values given, then the names made for the request."""

    def __init__(
        self,
        environment: Environment,
        parent: dict[str, Any],
        name: str | None,
        blocks: dict[str, Block],
        globals: MutableMapping[str, Any] | None = None,
    ) -> None:
        super().__init__(environment, parent, name, blocks, globals)
        self._names: dict[str, Any] | None = parent.get(KEY)

    def resolve_or_missing(self, key: str) -> Any:
        """Return the value of a name, Jinja2's ``missing`` where nobody gave one."""
        if key in self.vars:
            return self.vars[key]
        if key in self.parent:
            return self.parent[key]
        return missing if self._names is None else self._names[key]


def names_of(context: Context) -> Names | None:
    """Return the names of the rendering that a context is part of."""
    return cast("Names | None", context.parent.get(KEY))
