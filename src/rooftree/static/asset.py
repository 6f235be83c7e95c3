"""One static file, ready to be sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from rooftree.http import File, Request, Response, accepted_encoding

__all__ = ["Asset", "send"]

FOREVER: Final = b"public, max-age=31536000, immutable"
ASK_AGAIN: Final = b"no-cache"

_CONDITIONS: Final = frozenset(
    {b"range", b"if-range", b"if-none-match", b"if-match", b"if-modified-since", b"if-unmodified-since"}
)


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
    plain, ranged, accepts = request.method == "GET", False, ""
    for name, value in request.raw_headers:
        if name == b"accept-encoding":
            accepts = value.decode("latin-1")
        elif name in _CONDITIONS:
            plain = False
            ranged = ranged or name == b"range"
    source, tag = asset.source, f'"{asset.digest}"'
    pairs = [(b"cache-control", FOREVER if immutable else ASK_AGAIN)]
    if asset.packed:
        pairs.append((b"vary", b"accept-encoding"))
        coding = None if ranged else accepted_encoding(accepts, tuple(asset.packed))
        if coding is not None:
            source, tag = asset.packed[coding], f'"{asset.digest}-{coding}"'
            pairs.append((b"content-encoding", coding.encode()))
    if plain and isinstance(source, bytes):
        answer = Response(source, 200, asset.media_type)
        answer.own_headers = [*pairs, (b"etag", tag.encode()), (b"accept-ranges", b"bytes")]
        return answer
    file = File(source, media_type=asset.media_type, etag=tag)
    file.headers.pairs.extend(pairs)
    return await file.respond(request)
