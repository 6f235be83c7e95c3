"""One block of a template alone, in the context that it has on the whole page.

The page is run up to the block: what is set and imported before it counts, and of the other blocks only those run that
it lies in. What they write is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, NoReturn, cast

from jinja2 import TemplateNotFound
from jinja2.runtime import Context

from rooftree.base import TemplateError
from rooftree.http import Request
from rooftree.templates.context import TemplateContext
from rooftree.templates.failures import place
from rooftree.templates.template import Template

__all__ = ["VARY", "render_fragment", "wanted_fragment"]

Block = Callable[[Context], Iterator[str]]
VARY = "Fragment, HX-Target, Turbo-Frame"
"""The headers by which ``wanted_fragment`` chooses."""


class _Reached(BaseException):
    """Ends the run of a page at the block that was wanted."""

    def __init__(self, context: Context) -> None:
        self.context = context


class _Blocks(dict[str, list[Block]]):
    """The blocks of a page while it is run up to one of them."""

    def __init__(self, blocks: Mapping[str, list[Block]], wanted: str) -> None:
        super().__init__(blocks)
        self.wanted = wanted
        self.around: set[str] = set()

    def __getitem__(self, name: str) -> list[Block]:
        if name == self.wanted:
            return [_stop, _stop]  # two: a required block that was filled
        return super().__getitem__(name) if name in self.around else [_skip, _skip]


def _stop(context: Context) -> NoReturn:
    raise _Reached(context)


def _skip(context: Context) -> Iterator[str]:
    del context
    return iter(())


def render_fragment(template: Template, block: str, values: dict[str, Any]) -> str:
    """Return the text of one block.

    Args:
        template: The page's template; the block may be one of a template that it extends.
        block: The name of the block.
        values: The values, as for the whole page.

    Raises:
        TemplateError: P106 for a block that there is not, or that these values do not lead to.
    """
    context = TemplateContext(template.environment, values, template.name, template.blocks)
    blocks = context.blocks = _Blocks(context.blocks, block)
    blocks.around = _around(template, block)
    try:
        for _ in template.root_render_func(context):
            pass
    except _Reached as reached:
        found = cast("TemplateContext", reached.context)
        found.blocks = dict(found.blocks)
        return "".join(found.blocks[block][0](found))
    except Exception:  # noqa: BLE001 - raised again, with the template's lines in its traceback
        template.environment.handle_exception()
    at = place(template.filename, 1)
    if block in blocks:
        fact = f"{template.name} was run to its end without coming to its block {block!r}."
        raise TemplateError("P106", fact, "Take it out of the condition or loop that it stands in.", at=at)
    known = ", ".join(sorted(map(repr, blocks))) or "none"
    fact = f"{template.name} has no block {block!r}. Its blocks: {known}."
    raise TemplateError("P106", fact, f"Write '{{% block {block} %}}' around what is meant.", at=at)


def _around(template: Template, block: str) -> set[str]:
    """Return the blocks that a block lies in, on this page or those that it extends."""
    inside: dict[str, set[str]] = {}
    seen: set[str] = set()
    waiting = [template]
    while waiting:
        current = waiting.pop()
        for inner, outer in current.nested:
            inside.setdefault(inner, set()).add(outer)
        for name in current.links:
            if name not in seen:
                seen.add(name)
                with suppress(TemplateNotFound):  # an include that may be missing
                    waiting.append(cast("Template", current.environment.get_template(name)))
    found: set[str] = set()
    todo = [block]
    while todo:
        for outer in inside.get(todo.pop(), ()):
            if outer not in found:
                found.add(outer)
                todo.append(outer)
    return found


def wanted_fragment(request: Request, fragments: tuple[str, ...]) -> str | None:
    """Return which of these blocks a request asks for alone, ``None`` for the whole page.

    Asked for by ``Fragment``; by ``HX-Target`` where htmx asks and does not replace the whole body (``HX-Boosted``);
    by ``Turbo-Frame``.
    """
    names = {b"fragment", b"hx-target", b"turbo-frame"}
    for name, value in request.raw_headers:
        if name == b"hx-boosted" and value == b"true":
            return None
    for name, value in request.raw_headers:
        if name in names and (wanted := value.decode("latin-1")) in fragments:
            return wanted
    return None
