"""Paths as bytes off the wire, as decoded segments, and back (RFC 3986 sections 2 and 3.3)."""

from __future__ import annotations

import re
from typing import Final

from rooftree.http import Request

__all__ = ["MAX_PATH", "MAX_SEGMENTS", "join_segments", "quote_path", "quote_segment", "redirect_url", "segments_of"]

MAX_PATH: Final = 8192
MAX_SEGMENTS: Final = 256

# A path character is unreserved, a sub-delimiter, ":" or "@"; quote() knows the unreserved ones.
SAFE: Final = "!$&'()*+,;=:@"
_MALFORMED = "%(?![0-9A-Fa-f]{2})"


def quote_segment(text: str) -> str:
    """Percent-encode one segment: a ``/`` in it becomes ``%2F``, and stays inside it."""
    if not text or (text.isascii() and text.replace(".", "").replace("-", "").replace("_", "").isalnum()):
        return text  # most routes: nothing is loaded for them
    from urllib.parse import quote

    return quote(text, safe=SAFE)


def quote_path(text: str) -> str:
    """Percent-encode a path of several segments, keeping its slashes."""
    from urllib.parse import quote

    return quote(text, safe=SAFE + "/")


def segments_of(raw_path: bytes, *, empty: bool = False) -> list[str] | None:
    """Split a path at its slashes and decode each segment: ``/a%20b/`` is ``["a b", ""]``.

    Returns ``None`` for a path that names nothing here, whatever the routes are: one that does not start with a
    slash, is longer than ``MAX_PATH`` bytes or ``MAX_SEGMENTS`` segments, has an empty segment before its
    end (unless ``empty`` lets it pass, for mounted applications), a ``.`` or ``..`` segment (encoded or not), an
    escape that is malformed or not UTF-8, or a NUL, CR or LF.
    """
    try:
        path = raw_path.decode("ascii")
    except UnicodeDecodeError:
        return None
    if len(path) < MAX_SEGMENTS and not ("%" in path or "." in path or "//" in path) and path.isprintable():
        segments = path.split("/")  # nothing in it can be wrong but its start
        return None if segments.pop(0) or not segments else segments
    return _careful_segments(path, empty)


def _careful_segments(path: str, empty: bool) -> list[str] | None:
    if (
        len(path) > MAX_PATH
        or path[:1] != "/"
        or ("//" in path and not empty)
        or ("%" in path and re.search(_MALFORMED, path))
    ):
        return None
    segments = path[1:].split("/")
    if len(segments) > MAX_SEGMENTS:
        return None
    if "%" in path:
        from urllib.parse import unquote_to_bytes

        try:
            segments = [unquote_to_bytes(part).decode() if "%" in part else part for part in segments]
        except UnicodeDecodeError:
            return None
        path = "/".join(segments)
    if "\0" in path or "\r" in path or "\n" in path or "." in segments or ".." in segments:
        return None
    return segments


def join_segments(segments: list[str]) -> str:
    """Return the path of decoded segments in its one canonical form."""
    return "/" + "/".join(map(quote_segment, segments))


_UNSAFE_IN_QUERY = rb"[^!$&-;=?-Z_a-z~%@]"


def redirect_url(request: Request, path: str) -> str:
    """Return where a request is sent whose path is right but for its trailing slash, its query kept as it was.

    Args:
        request: The request that did not match.
        path: ``Miss.location``: it starts with one slash, and none of its segments is empty or holds a backslash,
            so that no browser takes it for the name of another host.
    """
    url = quote_path(request.root_path) + path
    if not request.query_string:
        return url
    query = re.sub(_UNSAFE_IN_QUERY, lambda byte: b"%%%02X" % byte[0][0], request.query_string)
    return f"{url}?{query.decode('ascii')}"
