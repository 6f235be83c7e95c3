"""The templates of an application: where they are, what they see, and how a page becomes an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn, TypeVar, cast

from jinja2 import TemplateNotFound

from rooftree.base import Html, TemplateError, TemplateOptions
from rooftree.http import Request, Response
from rooftree.templates.compiled import CompiledTemplates, default_folder
from rooftree.templates.context import Values
from rooftree.templates.environment import Environment
from rooftree.templates.failures import add_place, line_of, template_error
from rooftree.templates.fragments import VARY, render_fragment, wanted_fragment
from rooftree.templates.names import Makers, Names
from rooftree.templates.page import Page, is_plain
from rooftree.templates.ready import KINDS, Kind, make_ready
from rooftree.templates.streaming import PageParts
from rooftree.templates.template import Template

__all__ = ["Templates"]

F = TypeVar("F", bound=Callable[..., Any])


class Templates:
    """The templates of one application.

    Folders are asked in order: the application's own, those of its plug-ins in the order in which they were added,
    those of the framework. The first that has a template of a name wins, so an application overrides what plug-ins and
    framework bring by a file of the same name.

    Args:
        root: What relative folders start from.
        options: The application's settings of templates.
        development: Whether changed files are read again, and unknown names are errors.

    Attributes:
        environment: Jinja2's environment.
    """

    def __init__(self, root: Path, options: TemplateOptions | None = None, *, development: bool = False) -> None:
        self._root = root
        self._own: list[Path] = []
        self._added: list[Path] = []
        self._framework: list[Path] = []
        self._makers = Makers()
        self._others: dict[tuple[bool, bool], Environment] = {}
        self._closures: dict[str, frozenset[str]] = {}
        self._awaited: dict[Template, frozenset[str]] = {}
        self.environment = Environment()
        self.configure(options if options is not None else TemplateOptions(), development=development)

    # ---- setting up

    def configure(self, options: TemplateOptions, *, development: bool) -> None:
        """Take settings; what was added stays."""
        strict = {"auto": development, "strict": True, "lenient": False}[options.undefined]
        folder = default_folder() if options.cache is None else options.cache and self._root / options.cache
        compiled = CompiledTemplates(folder) if folder else None
        self.environment.configure(strict=strict, reload=development, compiled=compiled)
        self._own = [self._root / options.folder]
        self._renew()

    def add_folder(self, folder: str | Path, *, framework: bool = False) -> None:
        """Look for templates in a folder too: after the application's own, before the framework's."""
        (self._framework if framework else self._added).append(self._root / folder)
        self._renew()

    def name(self, function: F) -> F:
        """Let templates read what a function of the request, plain or ``async``, returns, by the function's name.

        It is called for renderings whose template names it, once each.

        >>> @app.templates.name
        ... async def cart_count(request: Request) -> int:
        ...     return await Item.where(Item.cart == cart_of(request)).count()
        """
        self.add_name(function.__name__, function)
        return function

    def add_name(self, name: str, maker: Callable[[Request], Any]) -> None:
        """Let ``maker``, a function of the request, plain or ``async``, make what templates read as ``name``."""
        self._makers.add(name, maker)
        self._closures.clear()
        self._awaited.clear()

    def filter(self, function: F) -> F:
        """Let templates use a function as a filter: ``{{ value|shout }}``."""
        self.environment.filters[function.__name__] = function
        return function

    def test(self, function: F) -> F:
        """Let templates use a function as a test: ``{% if value is even %}``."""
        self.environment.tests[function.__name__] = function
        return function

    # ---- rendering

    async def answer(self, page: Page, request: Request) -> Response:
        """Return the answer of a page.

        Raises:
            TemplateError: The template is missing or wrong, or was given what it cannot show.
        """
        name, _, fragment = page.template.partition("#")
        if page.fragments:
            page.headers.add("vary", VARY)
            fragment = wanted_fragment(request, page.fragments) or fragment
        environment = self._environment_of(name)
        names = Names(self._makers, request, environment.globals)
        try:
            if page.streams and not fragment:
                return await self._stream(page, names, request)
            template = environment.get_template(name)
            awaited = self._awaited.get(template)
            if awaited is None or awaited:
                await names.prepare((self._named(template) if awaited is None else awaited) - page.context.keys())
            for given, value in page.context.items():
                if KINDS[type(value)] is not Kind.PLAIN:
                    await make_ready(page, given, value, request)
            values = Values(page.context, names)
            page.body = render_fragment(template, fragment, values) if fragment else template.render_text(values)
        except Exception as error:  # noqa: BLE001 - the framework's own words for errors of Jinja2
            self._fail(error)
        return page

    async def _stream(self, page: Page, names: Names, request: Request) -> Response:
        """Let a page send its parts while they are made; all that the request's names do is done before the first."""
        template = self._environment_of(page.template, waits=True).get_template(page.template)
        named = self._named(template)
        await names.prepare(named - page.context.keys())
        names.make_all(named)
        for given, value in page.context.items():
            await make_ready(page, given, value, request)
        parts = PageParts(template, Values(page.context, names), self._fail)
        await parts.begin()
        page.body = parts
        return page

    async def render(self, template: str, /, **context: Any) -> Html:
        """Return what a template makes of these values: for mail, documents, tests.

        Names that are made for a request (``csrf``, ``static``, ...) are not there; ``render_for`` has them.

        Raises:
            TemplateError: The template is missing or wrong, or was given what it cannot show; P107 for one of plain
                text, of which no markup is made.
        """
        return Html(await self._rendered(template, None, context, plain=False))

    async def render_for(self, request: Request, template: str, /, **context: Any) -> Html:
        """Return what a template makes of these values on a page that answers this request.

        Raises:
            TemplateError: As ``render``.
        """
        return Html(await self._rendered(template, request, context, plain=False))

    async def render_text(self, template: str, /, **context: Any) -> str:
        """Return the plain text that a template makes of these values, nothing escaped: ``"receipt.txt"``.

        Raises:
            TemplateError: The template is missing or wrong, or was given what it cannot show; P107 for one whose name
                does not end with ``.txt``.
        """
        return await self._rendered(template, None, context, plain=True)

    async def _rendered(self, template: str, request: Request | None, context: dict[str, Any], *, plain: bool) -> str:
        _check_kind(template, plain=plain)
        name, _, fragment = template.partition("#")
        try:
            environment = self._environment_of(name)
            found = environment.get_template(name)
            names = Names(self._makers, request, environment.globals)
            await names.prepare(self._named(found) - context.keys())
            values = Values(context, names)
            return render_fragment(found, fragment, values) if fragment else found.render_text(values)
        except Exception as error:  # noqa: BLE001 - see answer()
            self._fail(error)

    def part(self, template: str, request: Request, context: Mapping[str, Any]) -> Html:
        """Return what a template makes of values while another one is rendered: a form's field, a table's cell.

        Names that have to be waited for are not there.
        """
        _check_kind(template, plain=False)
        names = Names(self._makers, request, self.environment.globals)
        return Html(self.environment.get_template(template).render_text(Values(context, names)))

    # ---- checking

    def check(self) -> list[TemplateError]:
        """Return what is wrong with any template, as far as its source tells: syntax, uses of components."""
        found: list[TemplateError] = []
        for name in self.environment.list_templates(["html", "xml", "svg", "txt"]):
            try:
                self.environment.check(name)
            except Exception as error:
                known = self._known(error)
                if known is None:
                    raise
                found.append(known)
        return found

    # ---- finding

    @property
    def folders(self) -> list[Path]:
        """Where templates are looked for, in order."""
        return [*self._own, *self._added, *self._framework]

    def _renew(self) -> None:
        self.environment.look_in(self.folders)
        self._others.clear()
        self._closures.clear()
        self._awaited.clear()

    def _environment_of(self, name: str, *, waits: bool = False) -> Environment:
        """Return the environment for a template: that of plain text escapes nothing, that of streams waits."""
        plain = is_plain(name)
        if not plain and not waits:
            return self.environment
        found = self._others.get((plain, waits))
        if found is None:
            found = self.environment.plain() if plain else self.environment
            found = self._others[plain, waits] = found.waiting() if waits else found
        return found

    def _named(self, template: Template) -> frozenset[str]:
        """Return every name that a template reads, with those of the templates that it names."""
        key = f"{template.environment.is_async}{template.name}"
        known = self._closures.get(key)
        if known is not None and not self.environment.auto_reload:
            return known
        names, seen, waiting = set(template.reads), {template.name}, [template]
        while waiting:
            current = waiting.pop()
            if current.open:  # it may name any template, so any name may be read
                names |= self._makers.plain.keys() | self._makers.waiting.keys()
            for link in set(current.links) - seen:
                seen.add(link)
                with suppress(TemplateNotFound):  # an include that may be missing; else the rendering says so
                    linked = current.environment.get_template(link)
                    names |= cast("Template", linked).reads
                    waiting.append(cast("Template", linked))
        found = self._closures[key] = frozenset(names)
        if not self.environment.auto_reload:
            self._awaited[template] = frozenset(self._makers.waiting.keys() & found)
        return found

    def _known(self, error: Exception) -> TemplateError | None:
        if isinstance(error, TemplateError):
            at = error.at or line_of(error.__traceback__)
            return error if at == error.at else TemplateError(error.code, error.fact, error.remedy, at=at)
        return template_error(error, [str(folder) for folder in self.folders], self.environment.list_templates)

    def _fail(self, error: Exception) -> NoReturn:
        known = self._known(error)
        if known is not None:
            raise known from (error if known is not error else error.__cause__)
        add_place(error)
        raise error


def _check_kind(template: str, *, plain: bool) -> None:
    if is_plain(template) is plain:
        return
    if plain:
        fact, remedy = f"{template} is markup, and plain text was asked for.", "Ask 'render()', or name it with .txt."
    else:
        fact, remedy = f"{template} is plain text, of which no markup is made.", "Ask 'render_text()'."
    raise TemplateError("P107", fact, remedy)
