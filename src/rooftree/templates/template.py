"""A compiled template, with what it says of itself."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any

import jinja2
from jinja2.environment import TemplateModule
from jinja2.runtime import Context

from rooftree.templates.context import TemplateContext, names_of
from rooftree.templates.markup import Kind, Place
from rooftree.templates.names import KEY
from rooftree.templates.props import Props

__all__ = ["Template"]


class Template(jinja2.Template):
    """A compiled template.

    Attributes:
        reads: Every name that it reads.
        links: The templates that it names: extends, includes, imports.
        open: Whether it names templates by a computed value, so that ``links`` is not all.
        nested: Pairs of a block and the block that it lies in.
        props: What it takes where it is used as a component.
        places: Where in the markup its blocks stand.
        constant: Whether what it makes, as a component, depends on nothing but its props.
        whole: Makes the whole text of a component, given the request's names and its props in order; ``None`` for one
            that is not so simple (``rooftree.templates.module``).
    """

    reads: frozenset[str]
    links: tuple[str, ...]
    open: bool
    nested: tuple[tuple[str, str], ...]
    props: Props
    places: dict[str, Place]
    constant: bool
    whole: Callable[..., str] | None

    @classmethod
    def _from_namespace(
        cls,
        environment: jinja2.Environment,
        namespace: MutableMapping[str, Any],
        globals: MutableMapping[str, Any],
    ) -> Template:
        template = super()._from_namespace(environment, namespace, globals)
        assert isinstance(template, Template)  # noqa: S101 - for checkers: `cls` makes it
        template.reads = frozenset(namespace.get("reads", ()))
        template.links = namespace.get("links", ())
        template.open = namespace.get("open_links", True)
        template.nested = namespace.get("nested", ())
        template.places = {
            name: Place(Kind(kind), *rest) for name, (kind, *rest) in namespace.get("places", {}).items()
        }
        template.constant = namespace.get("constant", False)
        template.whole = namespace.get("whole")
        component = (template.name or "").removeprefix("components/").removesuffix(".html").replace("/", ".")
        template.props = Props.of_plain(component, namespace.get("props"))
        return template

    def render_text(self, values: dict[str, Any]) -> str:
        """Return the text that these values give; the dict is the rendering's own from here on."""
        context = TemplateContext(self.environment, values, self.name, self.blocks)
        try:
            return "".join(self.root_render_func(context))
        except Exception:  # noqa: BLE001 - raised again, with the template's lines in its traceback
            self.environment.handle_exception()

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        """Return the macros of this template for one that imports it: with the request's names, as everywhere."""
        names = names_of(ctx) if ctx is not None else None
        if names is None:
            return super()._get_default_module(ctx)
        return self.make_module({KEY: names})
