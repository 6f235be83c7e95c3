"""The templates of an application: where they are, what they see, and how a page becomes an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from rooftree.base import Html, TemplateOptions
from rooftree.http import Request, Response
from rooftree.templates.environment import Environment, Template
from rooftree.templates.failures import add_place, template_error
from rooftree.templates.names import KEY, Makers, Names
from rooftree.templates.page import Page, Prepared

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
        self._closures: dict[str, frozenset[str]] = {}
        self.environment = Environment()
        self.configure(options if options is not None else TemplateOptions(), development=development)

    # ---- setting up

    def configure(self, options: TemplateOptions, *, development: bool) -> None:
        """Take settings; what was added stays."""
        strict = {"auto": development, "strict": True, "lenient": False}[options.undefined]
        self.environment.configure(strict=strict, reload=development)
        self._own = [self._root / options.folder]
        self.environment.look_in(self.folders)

    def add_folder(self, folder: str | Path, *, framework: bool = False) -> None:
        """Look for templates in a folder too: after the application's own, before the framework's."""
        (self._framework if framework else self._added).append(self._root / folder)
        self.environment.look_in(self.folders)

    def name(self, function: F) -> F:
        """Let templates read what a function of the request, plain or ``async``, returns, by the function's name.

        It is called for renderings whose template names it, once each.

        >>> @app.templates.name
        ... async def cart_count(request: Request) -> int:
        ...     return await Item.where(Item.cart == cart_of(request)).count()
        """
        self._makers.add(function.__name__, function)
        return function

    def add_name(self, name: str, maker: Callable[[Request], Any]) -> None:
        """Let ``maker``, a function of the request, plain or ``async``, make what templates read as ``name``."""
        self._makers.add(name, maker)

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
        try:
            template = self._template(page.template)
            names = Names(self._makers, request)
            await names.prepare(self._named(template))
            for value in page.context.values():
                if isinstance(value, Prepared):
                    await value.before_page(request)
            page.body = template.render({**page.context, KEY: names})
        except Exception as error:  # noqa: BLE001 - the framework's own words for errors of Jinja2
            self._fail(error)
        return page

    async def render(self, template: str, /, request: Request | None = None, **context: Any) -> Html:
        """Return what a template makes of these values: for mail, documents, tests.

        Args:
            template: Its name.
            request: The request that names like ``csrf`` are made for; without one, only what needs none is there.
            context: The values by name.

        Raises:
            TemplateError: The template is missing or wrong, or was given what it cannot show.
        """
        try:
            found = self._template(template)
            names = Names(self._makers, request)
            await names.prepare(self._named(found))
            return Html(found.render({**context, KEY: names}))
        except Exception as error:  # noqa: BLE001 - see answer()
            self._fail(error)

    def part(self, template: str, request: Request, context: Mapping[str, Any]) -> Html:
        """Return what a template makes of values while another one is rendered: a form's field, a table's cell.

        Names that have to be waited for are not there.
        """
        return Html(self._template(template).render({**context, KEY: Names(self._makers, request)}))

    # ---- finding

    @property
    def folders(self) -> list[Path]:
        """Where templates are looked for, in order."""
        return [*self._own, *self._added, *self._framework]

    def _template(self, name: str) -> Template:
        template = self.environment.get_template(name)
        assert isinstance(template, Template)  # noqa: S101 - for checkers: the environment makes no other
        return template

    def _named(self, template: Template) -> frozenset[str]:
        """Return every name that a template reads, with those of the templates that it names."""
        return template.reads

    def _fail(self, error: Exception) -> NoReturn:
        known = template_error(error, [str(folder) for folder in self.folders], self.environment.list_templates)
        if known is not None:
            raise known from error
        add_place(error)
        raise error
