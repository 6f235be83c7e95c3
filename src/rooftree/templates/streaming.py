"""Pages that are sent while they are rendered."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any, Final, cast

from rooftree.templates.context import TemplateContext
from rooftree.templates.template import Template

__all__ = ["PART", "PageParts"]

PART: Final = 16 * 1024
"""Characters that are gathered before they are sent."""


class PageParts(AsyncIterator[bytes]):
    """The parts of a page, each rendered when the client has taken the one before.

    The first part is made by ``begin``, before anything is sent: an error in it still becomes an error page.

    Args:
        template: A template of the environment that waits.
        values: The values, the names of the request among them.
        fail: Is called with an error of the rendering, and raises what it is called here.
    """

    def __init__(self, template: Template, values: dict[str, Any], fail: Callable[[Exception], Any]) -> None:
        context = TemplateContext(template.environment, values, template.name, template.blocks)
        # Jinja2 types the function as for pages that do not wait.
        self._pieces = cast("AsyncIterator[str]", template.root_render_func(context))
        self._template = template
        self._fail = fail
        self._first: str | None = None
        self._ended = False

    async def begin(self) -> None:
        """Make the first part."""
        self._first = await self._gather()

    async def __anext__(self) -> bytes:
        part, self._first = self._first, None
        if part is None:
            part = await self._gather()
        if not part:
            raise StopAsyncIteration
        return part.encode()

    async def _gather(self) -> str:
        pieces: list[str] = []
        size = 0
        if self._ended:
            return ""
        try:
            async for piece in self._pieces:
                pieces.append(piece)
                size += len(piece)
                if size >= PART:
                    break
            else:
                self._ended = True
        except Exception:  # noqa: BLE001 - raised again, as what it is called here
            try:
                self._template.environment.handle_exception()
            except Exception as rewritten:  # noqa: BLE001 - see above
                error = rewritten
            self._fail(error)
        return "".join(pieces)

    async def aclose(self) -> None:
        """End the rendering wherever it stands."""
        close = getattr(self._pieces, "aclose", None)
        if close is not None:
            await close()
