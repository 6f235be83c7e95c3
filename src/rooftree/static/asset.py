"""One static file, ready to be sent."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import msgspec

from rooftree.http import File, Request, Response, accepted_encoding

__all__ = ["Asset", "send"]

FOREVER: Final = b"public, max-age=31536000, immutable"
ASK_AGAIN: Final = b"no-cache"

_CONDITIONS: Final = frozenset(
    {b"range", b"if-range", b"if-none-match", b"if-match", b"if-modified-since", b"if-unmodified-since"}
)

_OF_FILE: Final = (b"etag", b"accept-ranges")


class Asset(msgspec.Struct, eq=False, kw_only=True):
    """A static file as it was when it was looked at.

    Attributes:
        name: Its name within the folder: ``"img/roof.svg"``.
        digest: What stands for its content in its URL.
        media_type: Its ``Content-Type``.
        source: Its content, or where that is.
        packed: The same in content codings, by their names, the favourite first.
        stamp: Time of change and size, by which a change is seen.
        links: Names that its content refers to, with the digests that were written into it.
    """

    name: str
    digest: str
    media_type: str
    source: bytes | str
    packed: Mapping[str, bytes | str] = {}
    stamp: tuple[int, int] = (0, 0)
    links: tuple[tuple[str, str], ...] = ()

    @property
    def kept(self) -> int:
        """Bytes of it that are in memory."""
        return sum(len(each) for each in (self.source, *self.packed.values()) if isinstance(each, bytes))


async def send(request: Request, asset: Asset, *, immutable: bool) -> Response:
    """Return a file, the part of it that is asked for, or that the client has it.

    Args:
        request: The request.
        asset: The file.
        immutable: Its URL holds its digest, so that whoever has it never has to ask again.
    """
    plain, ranged, accepts, known = request.method == "GET", False, b"", b""
    for name, value in request.raw_headers:
        if name == b"accept-encoding":
            accepts = value
        elif name == b"if-none-match" and not known:
            known = value
        elif name in _CONDITIONS:
            plain = False
            ranged = ranged or name == b"range"
    coding = None
    if asset.packed and not ranged:
        coding = accepted_encoding(accepts.decode("latin-1"), tuple(asset.packed))
    source = asset.source if coding is None else asset.packed[coding]
    pairs = _pairs(asset.digest, coding, bool(asset.packed), immutable)
    if plain and known and known == pairs[0][1]:  # what a browser asks most often
        answer = Response(b"", 304, None)
        answer.own_headers = [pair for pair in pairs if pair[0] != b"content-encoding"]
        return answer
    if plain and not known and isinstance(source, bytes):
        answer = Response(source, 200, asset.media_type)
        answer.own_headers = [*pairs]
        return answer
    file = File(source, media_type=asset.media_type, etag=pairs[0][1].decode())
    file.headers.pairs.extend(pair for pair in pairs if pair[0] not in _OF_FILE)
    return await file.respond(request)


@lru_cache(4096)
def _pairs(digest: str, coding: str | None, varies: bool, immutable: bool) -> tuple[tuple[bytes, bytes], ...]:
    """Return the header fields of an answer, the entity tag first."""
    suffix = "" if coding is None else f"-{coding}"
    pairs = [
        (b"etag", f'"{digest}{suffix}"'.encode()),
        (b"accept-ranges", b"bytes"),
        (b"cache-control", FOREVER if immutable else ASK_AGAIN),
    ]
    if varies:
        pairs.append((b"vary", b"accept-encoding"))
    if coding is not None:
        pairs.append((b"content-encoding", coding.encode()))
    return tuple(pairs)
