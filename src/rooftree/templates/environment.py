"""Jinja2 as Rooftree sets it up: everything escaped, names made for the request, compiled templates kept on disk."""

from __future__ import annotations

import logging
import os
from collections.abc import MutableMapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import jinja2
from jinja2 import (
    BytecodeCache,
    FileSystemLoader,
    StrictUndefined,
    TemplateNotFound,
    Undefined,
    make_logging_undefined,
    nodes,
)
from jinja2.compiler import CodeGenerator
from jinja2.nodes import EvalContext
from jinja2.runtime import Context

from rooftree.i18n import FILTERS, gettext, ngettext, npgettext, pgettext
from rooftree.templates.cached import CacheTag, FragmentCache
from rooftree.templates.components import (
    ComponentTags,
    check_use,
    component_file,
    raise_problem,
    unknown_component,
    uses_of,
)
from rooftree.templates.context import TemplateContext
from rooftree.templates.facts import PLACES
from rooftree.templates.folding import keep_for_rendering
from rooftree.templates.markup import Place
from rooftree.templates.module import ModuleGenerator
from rooftree.templates.positions import HTML_ENDINGS, Positions
from rooftree.templates.props import PropProblem
from rooftree.templates.template import Template
from rooftree.templates.translations import MARKUP_FUNCTIONS, PLAIN_FUNCTIONS, TransTag
from rooftree.templates.uses import Use
from rooftree.templates.values import VALUE_FILTERS

__all__ = ["Environment"]

_DICT = frozenset(dir(dict))
log = logging.getLogger("rooftree.templates")


class Environment(jinja2.Environment):
    """The environment of an application's templates."""

    template_class = Template
    context_class: type[Context] = TemplateContext
    code_generator_class: type[CodeGenerator] = ModuleGenerator

    def __init__(self) -> None:
        self.files = FileSystemLoader([])
        self._loaded: dict[str | jinja2.Template, Template] = {}
        super().__init__(
            loader=self.files,
            autoescape=True,
            undefined=StrictUndefined,
            cache_size=-1,
            extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols", ComponentTags, CacheTag, TransTag],
        )
        self.eval_ctx = EvalContext(self)
        self.cached_fragments = FragmentCache()
        self.filters.update(FILTERS)
        self.filters.update(VALUE_FILTERS)
        always: dict[str, Any] = self.globals
        always.update(MARKUP_FUNCTIONS)
        always.update(_=gettext, gettext=gettext, ngettext=ngettext, pgettext=pgettext, npgettext=npgettext)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        """Read a template, and see to the places of its expressions where it is HTML."""
        template = super()._parse(source, name, filename)
        keep_for_rendering(template, self)
        if name is not None and name.endswith(HTML_ENDINGS):
            parent = template.find(nodes.Extends)
            inherited: dict[str, Place] = {}
            if parent is not None and isinstance(parent.template, nodes.Const):
                with suppress(TemplateNotFound):  # the rendering says so
                    inherited = self.get_template(parent.template.value).places
            positions = Positions(filename, inherited)
            positions.guard(template)
            places = {block: (place.kind.value, *place[1:]) for block, place in positions.blocks.items()}
            template.body.append(nodes.ExprStmt(nodes.Const((PLACES, places)), lineno=1))
        return template

    def get_template(
        self,
        name: str | jinja2.Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,
    ) -> Template:
        """Return a template, as Jinja2 does; one that was loaded is not looked at again where files do not change."""
        known = self._loaded.get(name) if not self.auto_reload else None
        if known is None:
            known = cast("Template", super().get_template(name, parent, globals))
            self._loaded[name] = known
        return known

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Return an attribute, else an item of that name, else undefined; an error inside of a property is one."""
        kind: Any = obj.__class__
        if kind is dict and attribute not in _DICT and attribute in obj:
            return obj[attribute]
        try:
            return getattr(obj, attribute)
        except AttributeError:
            if hasattr(kind, attribute):  # raised by what the attribute does
                raise
        try:
            return obj[attribute]
        except (TypeError, LookupError, AttributeError):
            return self.undefined(obj=obj, name=attribute)

    def check(self, name: str) -> None:
        """Compile a template, and check what it gives to components.

        Raises:
            TemplateError: A component is missing, or is given what it does not take.
            TemplateSyntaxError: The template cannot be read.
        """
        source, filename, _ = self.files.get_source(self, name)
        tree = self._parse(source, name, filename)
        self.compile(source, name, filename)
        for use in uses_of(tree):
            try:
                check_use(self.get_template(component_file(use.name)).props, use)
            except TemplateNotFound:
                raise_problem(unknown_component(self, use.name), filename, use.line)
            except PropProblem as problem:
                raise_problem(problem, filename, use.line)

    def component_use(self, page: str | None, *use: Any, slots: bool) -> Use:
        """Return what a compiled template calls where it uses a component; the arguments are those of ``Use``."""
        return Use(self, page, *use, slots=slots)

    def plain(self) -> Environment:
        """Return the same environment for templates of plain text: nothing is escaped, and nothing kept is shared."""
        environment = self.overlay(autoescape=False)
        environment._loaded = {}
        environment.cache = {}
        environment.eval_ctx = EvalContext(environment)
        environment.cached_fragments = FragmentCache()
        environment.globals = {**self.globals, **PLAIN_FUNCTIONS}
        return environment

    def waiting(self) -> Environment:
        """Return the same environment for pages that wait while they are rendered: for those that are streamed."""
        environment = self.overlay(enable_async=True)
        environment._loaded = {}
        environment.cache = {}
        environment.eval_ctx = EvalContext(environment)
        return environment

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
        self._loaded.clear()
        if self.cache is not None:
            self.cache.clear()
