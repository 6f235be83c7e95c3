"""Conditional requests (RFC 9110 section 13): answer only where something has changed, change only what was seen."""

from __future__ import annotations

import re
import time
from datetime import datetime
from typing import Literal

from rooftree.base import HTTPError, Said
from rooftree.http.dates import http_date, parse_http_date
from rooftree.http.request import Request
from rooftree.http.response import Response

__all__ = ["check_conditions", "conditional", "content_etag", "entity_tag", "range_condition", "strong_tags"]

_TAG = r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"'
_OF_CONTENT = ("content-length", "content-encoding", "content-type", "content-range")


def entity_tag(value: str, *, weak: bool = False) -> str:
    """Return a value as an entity tag: ``"v1"``, ``W/"v1"`` (section 8.8.3); one that is a tag already stays.

    Raises:
        ValueError: The value holds a quotation mark, a blank or a control character.
    """
    tag = value if value.startswith(('"', 'W/"')) else f'"{value}"'
    if not re.fullmatch(_TAG, tag):
        raise ValueError(f"{value!r} cannot be an entity tag: use visible Latin-1 characters without quotation marks.")
    return f"W/{tag}" if weak and tag.startswith('"') else tag


def content_etag(content: bytes) -> str:
    """Return a strong entity tag made of the content itself."""
    import hashlib

    return f'"{hashlib.blake2b(content, digest_size=16).hexdigest()}"'


def check_conditions(
    request: Request, *, etag: str | None = None, last_modified: float | datetime | None = None
) -> Literal[200, 304, 412]:
    """Return what the request's conditions come to, in the order of section 13.2.2.

    Args:
        request: The request, with ``If-Match``, ``If-Unmodified-Since``, ``If-None-Match``, ``If-Modified-Since``.
        etag: The entity tag of what is there now.
        last_modified: When it was changed last: seconds since 1970, or a datetime with a zone.

    Returns:
        200: go on. 304: the client has it already. 412: it is not what the client thinks that it is.
    """
    headers, reading = request.headers, request.method in {"GET", "HEAD"}
    modified = None if last_modified is None else _seconds(last_modified)
    if (expected := headers.get("if-match")) is not None:
        if not _matches(expected, etag, weakly=False):
            return 412
    elif _is_after(modified, headers.get("if-unmodified-since")):
        return 412
    if (known := headers.get("if-none-match")) is not None:
        if _matches(known, etag, weakly=True):
            return 304 if reading else 412
    elif reading and _is_after(modified, headers.get("if-modified-since")) is False:
        return 304
    return 200


def _seconds(moment: float | datetime) -> int:
    return int(moment.timestamp() if isinstance(moment, datetime) else moment)


def _is_after(modified: int | None, header: str | None) -> bool | None:
    """Return whether the change came after the date of the header; ``None`` where either is not known."""
    since = None if header is None or modified is None else parse_http_date(header)
    return None if since is None or modified is None else modified > since


def strong_tags(header: str) -> list[str] | None:
    """Return what stands between the quotation marks of the strong tags of an ``If-Match``; ``None`` for ``*``.

    For those whose tag tells the state of a thing and the form of its answer apart (RFC 9110 section 13.1.1).
    """
    if header.strip() == "*":
        return None
    return [found[2] for found in re.finditer(_TAG, header) if not found[1]]


def _matches(header: str, etag: str | None, *, weakly: bool) -> bool:
    """Compare with a list of entity tags (section 8.8.3.2)."""
    if header.strip() == "*":
        return True
    if etag is None or (not weakly and etag.startswith("W/")):
        return False
    opaque = etag.removeprefix("W/")[1:-1]
    return any(found[2] == opaque and (weakly or not found[1]) for found in re.finditer(_TAG, header))


def range_condition(request: Request, *, etag: str | None, last_modified: int | None) -> bool:
    """Return whether ``If-Range`` lets a range be sent (section 13.1.5); without one it does."""
    header = request.headers.get("if-range")
    if header is None:
        return True
    if re.fullmatch(_TAG, header):
        return etag is not None and header == etag and not header.startswith("W/")
    # a date is a strong validator only where a second change within the same second would show (section 8.8.2.2)
    return last_modified is not None and parse_http_date(header) == last_modified < int(time.time())


def conditional(
    request: Request, response: Response, *, etag: str | None = None, last_modified: float | datetime | None = None
) -> Response:
    """Return the answer to a reading request with its validators, or 304 in its place where the client has it already.

    Args:
        request: The request.
        response: A whole answer with status 200; any other comes back untouched.
        etag: Its entity tag, in quotation marks or without; ``W/"..."`` says that it is weak.
        last_modified: When what it shows was changed last: seconds since 1970, or a datetime with a zone.

    Raises:
        HTTPError: ``If-Match`` or ``If-Unmodified-Since`` does not hold (412).
    """
    if response.status != 200 or request.method not in {"GET", "HEAD"}:
        return response
    if etag is not None:
        etag = entity_tag(etag)
        response.headers["etag"] = etag
    if last_modified is not None:
        response.headers["last-modified"] = http_date(_seconds(last_modified))
    return settled(response, check_conditions(request, etag=etag, last_modified=last_modified))


def settled(response: Response, verdict: Literal[200, 304, 412]) -> Response:
    """Return the answer that a verdict leaves.

    Raises:
        HTTPError: The verdict is 412.
    """
    if verdict == 412:
        raise HTTPError(412, Said("What is here is not what the request expects; read it again first."))
    if verdict == 200:
        return response
    answer = Response(b"", 304, None)
    answer.headers.pairs.extend(pair for pair in response.headers.pairs if pair[0].decode("latin-1") not in _OF_CONTENT)
    answer.after = response.after
    return answer
