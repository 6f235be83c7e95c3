"""A built single-page application: its files, and its page for every address that it draws itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from rooftree.http import Request, Response
from rooftree.static.asset import Asset, send
from rooftree.static.assets import Assets

__all__ = ["Frontend"]


class Frontend:
    """Answers what no route of the application takes: with a file of a folder, or for navigations with its page.

    A navigation is a GET that a browser makes to show a page; what a script asks for gets its 404, so that a mistyped
    address of an API does not come back as a page.

    Args:
        folder: What the build tool has written, ``index.html`` in it.
        prefix: Where it is served; ``""`` for the whole site.
        outside: Prefixes that are never the single-page application's: of APIs.
        immutable: Folders whose files have names made of their content: kept by browsers for good.
        development: As for ``Assets``.
    """

    def __init__(
        self,
        folder: Path,
        prefix: str = "",
        *,
        outside: Sequence[str] = ("/api",),
        immutable: Sequence[str] = ("assets",),
        development: Callable[[], bool] = lambda: False,
    ) -> None:
        self.prefix: Final = prefix.rstrip("/")
        self.folder: Final = folder
        self._assets = Assets(self.prefix, [folder], development=development, rewrites=False)
        self._outside = tuple(each.rstrip("/") for each in outside)
        self._immutable = tuple(f"{each.strip('/')}/" for each in immutable)

    async def respond(self, request: Request) -> Response | None:
        """Return the answer, ``None`` for what is not the application's."""
        if request.method not in {"GET", "HEAD"}:
            return None
        path = request.path
        if not _below(path, self.prefix) or any(_below(path, each) for each in self._outside):
            return None
        name = path[len(self.prefix) :].lstrip("/")
        asset = self._assets.find(name) if name and "%2f" not in request.raw_path.decode("latin-1").lower() else None
        if asset is not None and name != "index.html":
            return await send(request, asset, immutable=name.startswith(self._immutable))
        page = self._page(request, name)
        return None if page is None else await send(request, page, immutable=False)

    def _page(self, request: Request, name: str) -> Asset | None:
        if name == "index.html" or _is_navigation(request, name):
            return self._assets.find("index.html")
        return None


def _below(path: str, prefix: str) -> bool:
    return not prefix or path == prefix or path.startswith(prefix + "/")


def _is_navigation(request: Request, name: str) -> bool:
    """Tell whether a browser is about to show what it gets (Fetch Metadata); older ones are known by ``Accept``."""
    mode = request.headers.get("sec-fetch-mode")
    if mode is not None and mode != "navigate":
        return False
    if "." in name.rpartition("/")[2] and mode is None:  # a file that is not there: a script, a picture
        return False
    return "text/html" in request.headers.get("accept", "")
