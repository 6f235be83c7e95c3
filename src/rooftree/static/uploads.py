"""Files that visitors have sent, served so that nothing in them can act in the name of the site."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from rooftree.base import NotFound
from rooftree.http import File, Request, Response, safe_join
from rooftree.static.names import may_be_served

__all__ = ["safe_image_type", "serve_upload"]

SANDBOX: Final = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'"
_MAGIC: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


def safe_image_type(head: bytes) -> str | None:
    """Return the media type of a picture that holds no script, by its first 16 bytes; ``None`` for anything else."""
    for magic, media_type in _MAGIC:
        if head.startswith(magic):
            return media_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if head[4:12] in {b"ftypavif", b"ftypavis"}:
        return "image/avif"
    return None


async def serve_upload(request: Request, folder: Path, name: str) -> Response:
    """Return a file that came from outside.

    What its first bytes show to be a picture (PNG, JPEG, GIF, WebP, AVIF) is shown; everything else is saved, never
    opened by the site: HTML, SVG and PDF can hold scripts. Both are sandboxed, and no type is guessed.

    Raises:
        NotFound: There is no such file in the folder, or only a link that leads out of it.
    """
    path = _inside(folder, name)
    picture = safe_image_type(_head(path))
    file = File(
        path,
        filename=name.rpartition("/")[2],
        media_type=picture or "application/octet-stream",
        disposition="inline" if picture else "attachment",
        headers={
            "content-security-policy": SANDBOX,
            "x-content-type-options": "nosniff",
            "cross-origin-resource-policy": "same-origin",
            "cache-control": "private, no-cache",
        },
    )
    return await file.respond(request)


def _inside(folder: Path, name: str) -> str:
    path = os.path.realpath(safe_join(folder, name))
    if not may_be_served(name) or not path.startswith(os.path.realpath(folder) + os.sep):
        raise NotFound
    return path


def _head(path: str) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise NotFound from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise NotFound
        return os.pread(descriptor, 16, 0)
    finally:
        os.close(descriptor)
