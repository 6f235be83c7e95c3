"""What is served of an API's description: the document as bytes made once, the page, the files of Swagger UI."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from rooftree.base import OpenAPIOptions
from rooftree.http import Request, Response, accepted_encoding, conditional, content_etag
from rooftree.openapi.page import page
from rooftree.openapi.ui import swagger_ui
from rooftree.security import ContentPolicy, nonce
from rooftree.static import icon_url, look_url, own_assets

__all__ = ["Description"]

MOST_ROOTS: Final = 8
"""Prefixes of a proxy for which the document is kept; others get it made anew."""


class _Packed(msgspec.Struct, frozen=True):
    plain: bytes
    packed: bytes
    tag: str


class Description:
    """The description of one application, made when it is first asked for.

    Args:
        make: Makes the document.
        options: Where it is served, and what of.
        tell: Say on the page how to install what it lacks: while developing.
    """

    def __init__(self, make: Callable[[], dict[str, Any]], options: OpenAPIOptions, *, tell: bool) -> None:
        self._make = make
        self._options = options
        self._tell = tell
        self._made: dict[str, Any] | None = None
        self._packed: dict[str, _Packed] = {}

    @property
    def document(self) -> dict[str, Any]:
        """The document. It is kept: change a copy."""
        if self._made is None:
            self._made = self._make()
        return self._made

    async def answer_document(self, request: Request) -> Response:
        """Return the document, packed where the client takes that, or 304 where it has it."""
        found = self._bytes(request.root_path)
        packed = accepted_encoding(request.headers.get("accept-encoding"), ("gzip",)) is not None
        headers = {"cache-control": "no-cache", "vary": "accept-encoding"}
        if packed:
            headers["content-encoding"] = "gzip"
        response = Response(found.packed if packed else found.plain, 200, "application/json", headers)
        return conditional(request, response, etag=f'"{found.tag}{"-gzip" if packed else ""}"')

    async def answer_page(self, request: Request) -> Response:
        """Return the page."""
        options = self._options
        self._let_servers_in(request)
        assets = own_assets()
        markup = page(
            self.document,
            url=request.root_path + options.path if options.path else "",
            root=request.root_path,
            nonce=nonce(request),
            look=look_url(),
            icon=icon_url(),
            own={name: assets.url(name) for name in ("docs.js", "docs.css")},
            ui=swagger_ui(options.ui) if options.path else None,
            tell=self._tell,
        )
        return Response(markup, 200, "text/html; charset=utf-8", {"cache-control": "no-cache"})

    def _let_servers_in(self, request: Request) -> None:
        """Let the page ask the servers that the document names."""
        origins = [f"{url.scheme}://{url.netloc}" for url in map(urlsplit, self._options.servers) if url.netloc]
        origins = [origin for origin in origins if "{" not in origin and origin.startswith(("http://", "https://"))]
        if origins:
            ContentPolicy.of(request).allow("connect-src", *origins)

    def _bytes(self, root: str) -> _Packed:
        found = self._packed.get(root)
        if found is None:
            document = self.document
            if root and not self._options.servers:  # a prefix that a proxy takes off
                document = {**document, "servers": [{"url": root}]}
            plain = msgspec.json.encode(document, enc_hook=str)
            found = _Packed(plain, gzip.compress(plain, 6, mtime=0), content_etag(plain).strip('"'))
            if len(self._packed) < MOST_ROOTS:
                self._packed[root] = found
        return found
