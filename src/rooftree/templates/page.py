"""What a handler returns for a template: a page that is rendered when it is answered."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Protocol, Self, runtime_checkable

from rooftree.http import LazyResponse, Request, Response

__all__ = ["HTML", "TEXT", "Page", "Prepared", "is_plain", "render"]

HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"


@lru_cache(1000)
def is_plain(template: str) -> bool:
    """Tell whether a template makes plain text, in which nothing is escaped: its name ends with ``.txt``."""
    return template.partition("#")[0].endswith(".txt")


@runtime_checkable
class Prepared(Protocol):
    """A value that wants to get ready before a page that it was given to is rendered: a form loads its options."""

    async def before_page(self, request: Request) -> None:
        """Get ready; called once for each page, before its rendering."""
        ...


class Page(LazyResponse):
    """A template with its values, rendered by the application when the answer is made.

    The request's own names (``url``, ``csrf``, ``_``, ...) are made then, each where the template asks for it.

    Args:
        template: The template's name, ``"shop/products.html"``; with ``#rows`` only the block ``rows`` of it. One that
            ends with ``.txt`` makes plain text.
        context: The values by name.
        status: The status.
        headers: Further header fields.

    Attributes:
        fragments: The blocks of which one may be asked for alone.
        streams: Whether it is sent while it is rendered.
    """

    __slots__ = ("_rendered_for", "context", "fragments", "streams", "template")

    def __init__(
        self,
        template: str,
        context: Mapping[str, Any] | None = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(b"", status, TEXT if is_plain(template) else HTML, headers)
        self.template = template
        self.context: dict[str, Any] = dict(context) if context else {}
        self.fragments: tuple[str, ...] = ()
        self.streams = False
        self._rendered_for: Request | None = None

    async def respond(self, request: Request) -> Response:
        """Return the page, rendered for this request: once, however many layers of middleware ask.

        Raises:
            TemplateError: The template is missing or wrong, or was given what it cannot show.
        """
        if self._rendered_for is request:
            return self
        response: Response = await request.app.templates.answer(self, request)
        self._rendered_for = request
        return response

    def partial(self, *fragments: str) -> Self:
        """Give only one of these blocks where the request asks for it, and the whole page everywhere else.

        A script asks by the header ``Fragment: rows``, or as htmx and Turbo do: ``HX-Target: rows``,
        ``Turbo-Frame: rows``.
        """
        self.fragments = fragments
        return self

    def streamed(self) -> Self:
        """Send the page while it is rendered: for pages too long to be held in memory."""
        self.streams = True
        return self

    def __repr__(self) -> str:
        return f"<Page {self.template} {self.status}>"


def render(template: str, /, **context: Any) -> Page:
    """Return the page that a template makes of these values.

    >>> @app.get("/products")
    ... async def products(q: str = "") -> Page:
    ...     return render("products.html", products=await find(q))

    ``render("products.html#rows", ...)`` renders the block ``rows`` alone. For another status:
    ``Answer(render(...), status=422)``.
    """
    return Page(template, context)
