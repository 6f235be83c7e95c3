"""Typed bodies: JSON or MessagePack by what the client says it sent."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from rooftree.base import HTTPError, Said
from rooftree.schema import Decoder

__all__ = ["JSON_TYPES", "TYPED", "BodyReader", "Refused"]

TYPED: Final = ("application/json", "application/msgpack")
JSON_TYPES: Final = frozenset({
    b"application/json",
    b"application/json; charset=utf-8",
    b"application/json;charset=utf-8",
    b"application/json; charset=UTF-8",
    b"application/json;charset=UTF-8",
})  # fmt: skip
"""As nearly every client writes it: known without looking into it."""


class Refused(Exception):
    """A value is missing or given twice; the slow path finds out what and says it."""


@lru_cache(256)
def _kind_of(content_type: bytes | None) -> str:
    media_type = (content_type or b"").partition(b";")[0].strip().lower()
    if media_type == b"application/json" or (media_type.endswith(b"+json") and b"/" in media_type):
        return "json"
    if media_type in {b"application/msgpack", b"application/x-msgpack", b"application/vnd.msgpack"}:
        return "msgpack"
    return ""


class BodyReader:
    """Reads bodies of one type."""

    def __init__(self, decoder: Decoder[Any]) -> None:
        self._json = decoder.json
        self._msgpack = decoder.msgpack

    def read(self, content_type: bytes | None, content: bytes) -> Any:
        """Return the value of a body.

        A body that does not say what it is, or says that it is plain text, is refused: pages of other sites can send
        those with a visitor's cookies and without asking first (Fetch standard, "CORS-safelisted request-header").

        Raises:
            Invalid: It does not fit the type.
            Refused: There is none.
            HTTPError: It is of a kind that is not taken here (415).
        """
        kind = _kind_of(content_type)
        if kind == "json":
            return self._json(content)
        if kind == "msgpack":
            return self._msgpack(content)
        if not content:
            raise Refused
        json, packed = TYPED
        named = (content_type or b"").decode("latin-1")[:100]
        detail = (
            Said("Expected a body as %(json)s or %(packed)s, got %(named)s.", json=json, packed=packed, named=named)
            if named
            else Said("Expected a body as %(json)s or %(packed)s, got no Content-Type.", json=json, packed=packed)
        )
        raise HTTPError(415, detail, headers={"accept": ", ".join(TYPED)})
