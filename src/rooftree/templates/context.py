"""The values that one template sees while it is rendered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any

from jinja2.runtime import Context
from jinja2.utils import missing

from rooftree.templates.names import KEY, Names

__all__ = ["TemplateContext", "Values", "names_of"]

Block = Callable[[Context], Iterator[str]]


class Values(dict[str, Any]):
    """The values that a template is given, and below them the names made for the request.

    Args:
        values: The values.
        names: The names.
    """

    __slots__ = ("_names",)

    def __init__(self, values: Mapping[str, Any], names: Names) -> None:
        super().__init__(values)
        self[KEY] = self._names = names

    def __missing__(self, key: str) -> Any:
        return self._names[key]


class TemplateContext(Context):
    """Looks a name up among the template's own, then the values given, then the names made for the request."""

    def __init__(
        self,
        environment: Any,
        parent: dict[str, Any],
        name: str | None,
        blocks: dict[str, Block],
        globals: MutableMapping[str, Any] | None = None,
    ) -> None:
        # Not super().__init__(): it makes an EvalContext for each, and nothing in a template can change one here.
        self.parent = parent
        self.vars: dict[str, Any] = {}
        self.environment = environment
        self.eval_ctx = environment.eval_ctx
        self.exported_vars: set[str] = set()
        self.name = name
        self.globals_keys: set[str] = set() if globals is None else set(globals)
        self.blocks = {key: [block] for key, block in blocks.items()} if blocks else {}

    def looking_up(self) -> Callable[[str], Any]:
        """Return what looks names up: for a function of a template, when it begins.

        Where no template has set a name so far, this is the look-up of ``Values``, which takes Python a fifth of the
        time. What a function sets itself are its local variables.
        """
        return self.resolve_or_missing if self.vars or self.parent.__class__ is not Values else self.parent.__getitem__

    def resolve_or_missing(self, key: str) -> Any:
        """Return the value of a name, Jinja2's ``missing`` where nobody gave one."""
        if key in self.vars:
            return self.vars[key]
        if key in self.parent:
            return self.parent[key]
        names = names_of(self)
        return self.environment.globals.get(key, missing) if names is None else names[key]


def names_of(context: Context) -> Names | None:
    """Return the names of the rendering that a context is part of."""
    names: Names | None = context.parent.get(KEY)
    return names
