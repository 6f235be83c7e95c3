"""Media types by a file's suffix, the same on every machine."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mimetypes import MimeTypes

__all__ = ["media_type_of"]

_MORE = {
    ".avif": "image/avif",
    ".js": "text/javascript",
    ".jxl": "image/jxl",
    ".map": "application/json",
    ".md": "text/markdown",
    ".mjs": "text/javascript",
    ".otf": "font/otf",
    ".ttf": "font/ttf",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
}
_ENCODED = {"gzip": "application/gzip", "br": "application/x-brotli", "bzip2": "application/x-bzip2"}


@lru_cache(1)
def _table() -> MimeTypes:
    from mimetypes import MimeTypes

    types = MimeTypes()  # Python's own table, without the machine's /etc/mime.types
    for suffix, media_type in _MORE.items():
        types.add_type(media_type, suffix)
    return types


@lru_cache(1024)
def media_type_of(name: str) -> str:
    """Return the ``Content-Type`` of a file by its name, ``application/octet-stream`` where nothing is known of it.

    Text is taken for UTF-8. What is packed is what it is packed in: ``a.tar.gz`` is ``application/gzip``.
    """
    # a name is no URL: nothing in it but the suffix says anything
    media_type, encoding = _table().guess_type(name.rpartition("/")[2].replace(":", "_"))
    if encoding is not None:
        return _ENCODED.get(encoding, "application/octet-stream")
    if media_type is None:
        return "application/octet-stream"
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type
