"""Smaller answers: ``zstd``, ``br``, ``gzip`` as the client prefers (RFC 9110 section 12.5.3).

A compressed answer tells by its size how well its parts fit together. Where a page repeats what came with the request
beside a secret, someone who can make a browser send many requests can guess the secret letter by letter (BREACH).
Keep such secrets off pages that repeat input, or leave the page out with
``response.headers["cache-control"] = "no-transform"``.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Sequence
from typing import Literal

import msgspec

from rooftree.app.middleware.codecs import Codec, available_codecs
from rooftree.base import SettingsError
from rooftree.http import Request, Response, accepted_encoding, entity_tag
from rooftree.routing import CallNext

__all__ = ["Compression", "CompressionOptions"]

Encoding = Literal["zstd", "br", "gzip"]

_WORTH_IT = frozenset(
    {
        "application/graphql-response+json",
        "application/javascript",
        "application/json",
        "application/ld+json",
        "application/manifest+json",
        "application/problem+json",
        "application/rss+xml",
        "application/vnd.ms-fontobject",
        "application/wasm",
        "application/xhtml+xml",
        "application/xml",
        "application/x-ndjson",
        "application/yaml",
        "font/otf",
        "font/ttf",
        "image/bmp",
        "image/svg+xml",
    }
)


class CompressionOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What is made smaller, and how.

    Attributes:
        encodings: Those to offer, the favourite first; those whose package is not installed are left out. With
            ``None`` all that there are: zstd and br come with the extra ``rooftree[compress]``.
        minimum: Bytes below which an answer is sent as it is.
        media_types: Further types that are worth it, beside text, JSON, XML, SVG, WebAssembly and plain fonts.
    """

    encodings: Sequence[Encoding] | None = None
    minimum: int = 1024
    media_types: Sequence[str] = ()


class Compression:
    """Compresses answers for clients that take it.

    Left as they are: what has a ``Content-Encoding`` or ``Cache-Control: no-transform``, ranges, answers without a
    body, and what is small or packed already. A streamed answer is compressed part by part, each sent at once.

    Args:
        options: What is made smaller, and how.

    Raises:
        SettingsError: An encoding that does not exist (S341), or whose package is missing (S342).
    """

    __slots__ = ("_codecs", "_minimum", "_names", "_types")

    def __init__(self, options: CompressionOptions | None = None) -> None:
        options = CompressionOptions() if options is None else options
        there = available_codecs()
        names = tuple(there) if options.encodings is None else tuple(options.encodings)
        for name in names:
            _check(name, there)
        self._codecs = {name: there[name] for name in names}
        self._names = names
        self._minimum = options.minimum
        self._types = _WORTH_IT | {media_type.lower() for media_type in options.media_types}

    async def __call__(self, request: Request, call_next: CallNext) -> Response:
        """Answer the request, smaller where that is worth it."""
        response = await call_next(request)
        if response.status == 304:  # it stands for an answer that may have been compressed
            response.headers.vary("Accept-Encoding")
        if not self._may_shrink(response):
            return response
        response.headers.vary("Accept-Encoding")
        name = accepted_encoding(request.headers.get("accept-encoding"), self._names)
        if name is not None:
            await self._shrink(request, response, name, self._codecs[name])
        return response

    def _may_shrink(self, response: Response) -> bool:
        if response.status < 200 or response.status in {204, 206, 304} or response.media_type is None:
            return False
        media_type = response.media_type.partition(";")[0].strip().lower()
        if not media_type.startswith("text/") and media_type not in self._types and not media_type.endswith("+json"):
            return False
        size = len(response.body) if isinstance(response.body, bytes | str) else response.length
        if size is not None and size < self._minimum:
            return False
        if response.own_headers is None:
            return True
        taken = "content-encoding" in response.headers or "content-range" in response.headers
        return not taken and "no-transform" not in (response.headers.get("cache-control") or "").lower()

    async def _shrink(self, request: Request, response: Response, name: str, codec: Codec) -> None:
        response.headers["content-encoding"] = name
        if "etag" in response.headers:
            # other bytes under the same strong tag would be a lie; ranges of them could not be joined
            response.headers["etag"] = entity_tag(response.headers["etag"], weak=True)
        response.headers.remove("accept-ranges")
        if not isinstance(response.body, bytes | str):
            response.length = None
            if request.method != "HEAD":
                response.body = _Shrunk(response.body, codec)
            return
        body = response.body.encode() if isinstance(response.body, str) else response.body
        response.body = await codec.whole(body)


def _check(name: str, there: dict[str, Codec]) -> None:
    if name not in {"zstd", "br", "gzip"}:
        fact = f"{name!r} is no encoding that answers can be compressed with."
        raise SettingsError("S341", fact, "Choose from 'zstd', 'br', 'gzip'.")
    if name not in there:
        fact = f"The encoding {name!r} needs a package that is not installed."
        raise SettingsError("S342", fact, "Run: pip install 'rooftree[compress]'")


class _Shrunk(AsyncIterator[bytes]):
    """A stream compressed part by part: what comes out with each part can be read without the next."""

    __slots__ = ("_codec", "_ended", "_iterator", "_source", "_stream")

    def __init__(self, source: AsyncIterable[bytes], codec: Codec) -> None:
        self._source = source
        self._iterator = aiter(source)
        self._codec = codec
        self._stream = codec.stream()
        self._ended = False

    async def __anext__(self) -> bytes:
        while not self._ended:
            part = await anext(self._iterator, None)
            if part is None:
                self._ended = True
                return self._stream.end()
            if part:
                return await self._codec.part(self._stream, part)
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """End the source."""
        close = getattr(self._source, "aclose", None)
        if close is not None:
            await close()
