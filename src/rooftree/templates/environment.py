"""Jinja2 as Rooftree sets it up: everything escaped, names made for the request, compiled templates kept on disk."""

from __future__ import annotations

import logging
import os
from collections.abc import MutableMapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import BytecodeCache, FileSystemLoader, StrictUndefined, Undefined, make_logging_undefined
from jinja2.environment import TemplateModule
from jinja2.runtime import Context

from rooftree.templates.context import TemplateContext, names_of

__all__ = ["Environment", "Template"]

log = logging.getLogger("rooftree.templates")


class Template(jinja2.Template):
    """A compiled template.

    Attributes:
        reads: Every name that it reads.
        links: The templates that it names: extends, includes, imports.
        open: Whether it names templates by a computed value, so that :attr:`links` is not all.
    """

    reads: frozenset[str]
    links: tuple[str, ...]
    open: bool

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
        return template

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        """Return the macros of this template for one that imports it: with the request's names, as everywhere."""
        names = names_of(ctx) if ctx is not None else None
        if names is None:
            return super()._get_default_module(ctx)
        from rooftree.templates.names import KEY

        return self.make_module({KEY: names})


class Environment(jinja2.Environment):
    """The environment of an application's templates."""

    template_class = Template
    context_class: type[Context] = TemplateContext

    def __init__(self) -> None:
        self.files = FileSystemLoader([])
        super().__init__(
            loader=self.files,
            autoescape=True,
            undefined=StrictUndefined,
            cache_size=-1,
            extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
        )

    def configure(self, *, strict: bool, reload: bool, compiled: BytecodeCache | None = None) -> None:
        """Take settings.

        Args:
            strict: Whether an unknown name is an error; else it is empty, and a line in the log.
            reload: Whether changed files are read again.
            compiled: Where compiled templates are kept.
        """
        self.undefined = StrictUndefined if strict else make_logging_undefined(log, Undefined)
        self.auto_reload = reload
        self.bytecode_cache = compiled

    def look_in(self, folders: Sequence[Path]) -> None:
        """Look for templates in these folders from now on; the first that has one wins."""
        self.files.searchpath = [os.fspath(folder) for folder in folders]
        if self.cache is not None:
            self.cache.clear()
