"""Entity tags of rows, and what is asked about them (RFC 9110 section 13).

A tag is the state of the row, then, behind a dash, what is particular to this form of the answer: a relation that was
sent along, MessagePack. `If-None-Match` compares the whole, `If-Match` the state.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any, Final

import msgspec

from rooftree.base import HTTPError
from rooftree.binding import prefers_msgpack
from rooftree.db import TableInfo
from rooftree.http import Request, Response, check_conditions, strong_tags
from rooftree.resources.shapes import Shown
from rooftree.schema import Encoder

__all__ = ["Changed", "Form", "MatchRequired", "Tags", "wants_msgpack"]

JSON: Final = "application/json"
MSGPACK: Final = "application/msgpack"
DIGEST: Final = 12


def wants_msgpack(request: Request) -> bool:
    """Tell whether the client would rather have MessagePack than JSON."""
    accept = (request.fields.media or request.fields.find_media())[1]
    return accept is not None and b"msgpack" in accept and prefers_msgpack(accept)


class Form:
    """Makes answers of values of one declared type."""

    __slots__ = ("_json", "_msgpack")

    def __init__(self, encoder: Encoder[Any]) -> None:
        self._json: Callable[[Any], bytes] = encoder.json
        self._msgpack: Callable[[Any], bytes] = encoder.msgpack

    def answer(self, request: Request, value: Any, status: int = 200) -> Response:
        """Return the answer with a value; an answer that it is already stays as it is."""
        if isinstance(value, Response):
            return value
        if wants_msgpack(request):
            return Response(self._msgpack(value), status, MSGPACK, {"vary": "accept"})
        return Response(self._json(value), status, JSON)


class Tags:
    """The entity tags of one resource's rows.

    Args:
        info: The table.
        shown: What the output shows.
        required: A change without `If-Match` is refused.
    """

    def __init__(self, info: TableInfo, shown: Shown, *, required: bool) -> None:
        self._version = None if info.version is None else info.version.name
        self._columns = tuple(column.name for column in shown.columns)
        self._model: Any = info.make
        self._plain = shown.plain
        self._required = required

    @property
    def by_version(self) -> bool:
        """Whether the database itself takes no change over another one."""
        return self._version is not None

    def state(self, item: Any) -> str:
        """Return what tells the state of a row from any other that it had."""
        if self._version is not None:
            return f"v{getattr(item, self._version)}"
        return _digest(_write([getattr(item, name) for name in self._columns]))

    def put(self, request: Request, response: Response, item: Any, *, more: bool = False) -> Response:
        """Return the answer with its tag, or 304 in its place where the client has it already.

        Args:
            request: The request.
            response: The answer that shows the row.
            item: The row; of anything else nothing is known.
            more: Relations were sent along that not every answer shows.

        Raises:
            HTTPError: `If-Match` does not hold (412).
        """
        if not isinstance(item, self._model) or not isinstance(response.body, bytes):
            return response
        packed = response.media_type == MSGPACK
        tag = self.state(item)
        if more or not self._plain:
            tag += f"-{_digest(response.body)}"
        elif packed:
            tag += "-m"
        etag = f'"{tag}"'
        response.headers["etag"] = etag
        if request.method in {"GET", "HEAD"} and response.status == 200:
            verdict = check_conditions(request, etag=etag)
            if verdict == 304:
                return Response(b"", 304, None, {"etag": etag, "vary": "accept"} if packed else {"etag": etag})
            if verdict == 412:
                raise Changed
        return response

    def require(self, if_match: str | None) -> None:
        """Look whether a change says what it is for, where it has to.

        Raises:
            HTTPError: It does not (428).
        """
        if if_match is None and self._required:
            raise MatchRequired

    def check(self, if_match: str | None, item: Any) -> None:
        """Compare a row with the `If-Match` of a change.

        Raises:
            HTTPError: It is another state (412).
        """
        tags = None if if_match is None else strong_tags(if_match)
        if tags is not None and self.state(item) not in {tag.partition("-")[0] for tag in tags}:
            raise Changed


class Changed(HTTPError):
    """412: the state that a change is for is no longer there."""

    status = 412

    def __init__(self, **more: Any) -> None:
        super().__init__(412, "This was changed since it was read. Read it again, and repeat the change.", **more)


class MatchRequired(HTTPError):
    """428: a change has to say which state it is for (RFC 6585 section 3)."""

    status = 428

    def __init__(self, **more: Any) -> None:
        super().__init__(428, "Say in If-Match which state you have seen: the ETag of the last answer.", **more)


_write: Final = msgspec.json.Encoder(enc_hook=str, order="deterministic").encode


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=DIGEST).hexdigest()
