"""The request line and the ``Host`` field: checked once, then known (RFC 9112 sections 3 and 3.2).

llhttp is laxer than the RFC here: it takes ``RTSP/1.0``, several spaces, control bytes of a target and any ``Host``.
"""

from __future__ import annotations

from typing import Final

from rooftree.base import regex
from rooftree.server.refusal import Refused

__all__ = [
    "LONGEST_KNOWN",
    "PlainLine",
    "RequestLine",
    "check_host",
    "first_line",
    "known_hosts",
    "known_lines",
    "plain_line",
    "refusal_of_line",
    "refusal_of_size",
    "request_line",
    "without_empty_lines",
]

RequestLine = tuple[str, bytes, bytes, str, bool, bytes | None]
"""Method, path, query string, version, whether it needs care (HEAD, HTTP/1.0), host of an absolute-form target."""

PlainLine = tuple[str, bytes, bytes]
"""Method, path and query string of a line that needs no care: a path, HTTP/1.1 and not HEAD."""

known_lines: Final[dict[bytes, PlainLine]] = {}
"""Plain lines that were found good; emptied when full, so that made-up targets cannot fill the memory."""
known_hosts: Final[set[bytes]] = set()
"""Values of ``Host`` that were found good; emptied when full."""

KNOWN_LINES, KNOWN_HOSTS, LONGEST_KNOWN = 2048, 512, 256

_NEVER: Final = bytes([*range(0x21), 0x7F, *range(0x80, 0x100)]) + b'"<>#'
_NOT_IN_PATHS: Final = _NEVER + b"\\`{}"
"""What browsers percent-encode (WHATWG URL section 1.3). RFC 3986 wants it of ``|`` and ``^`` too, and in a query of
``\\`{}``; browsers send them as they are."""
_ENCODED_CONTROL: Final = regex(rb"%(?:0[0-9A-Fa-f]|1[0-9A-Fa-f]|7[Ff])")
_AUTHORITY: Final = regex(rb"(?:[A-Za-z0-9\-._~!$&'()*+;=]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")
_EMPTY_LINES: Final = regex(rb"(?:\r\n)*")
_PLAIN: Final = regex(rb"(GET|POST|PUT|PATCH|DELETE|OPTIONS) (/[!$-;=@-\[\]^_a-z|~]*)(?:\?([!$-;=?-~]*))? HTTP/1\.1")
_METHOD: Final = regex(rb"[A-Z][A-Z\-]{0,31}")
_VERSION: Final = regex(rb"HTTP/[0-9]\.[0-9]")


def without_empty_lines(data: bytes) -> bytes:
    """Return the data from its first line that is not empty: those before a request are passed over (section 2.2)."""
    found = _EMPTY_LINES.match(data)
    return data[found.end() :] if found else data


def first_line(head: bytes) -> bytes:
    """Return the first line that is not empty."""
    return without_empty_lines(head).partition(b"\r\n")[0]


def request_line(line: bytes, longest_target: int) -> RequestLine:
    """Read a request line that llhttp took.

    Raises:
        Refused: 400, 414, 501 or 505, as the line deserves.
    """
    parts = line.split(b" ")
    if len(parts) != 3:
        raise Refused(400, "A request line is a method, a target and a version, with one space between them.")
    method, target, version = parts
    if not _METHOD.fullmatch(method):  # llhttp passes over a bare CR or LF before it
        raise Refused(400, "A request line starts with a method.")
    if version not in (b"HTTP/1.1", b"HTTP/1.0"):
        raise Refused(505, "This server speaks HTTP/1.1 and HTTP/1.0.")
    if len(target) > longest_target:
        raise Refused(414, f"The request target is longer than {longest_target} bytes.")
    if not _is_clean(target):
        raise Refused(
            400, "The request target holds a character that has to be percent-encoded, or a control character."
        )
    authority: bytes | None = None
    if method == b"CONNECT":
        raise Refused(501, "This server is no proxy.")
    if target == b"*":
        if method != b"OPTIONS":
            raise Refused(400, "The target * is for OPTIONS alone.")
    elif not target.startswith(b"/"):
        authority, target = _absolute_form(target)
    path, _, query = target.partition(b"?")
    name = method.decode("ascii")
    old = version == b"HTTP/1.0"
    care = old or name == "HEAD"
    if not care and authority is None and len(line) <= LONGEST_KNOWN:
        _know(line, (name, path, query))
    return name, path, query, "1.0" if old else "1.1", care, authority


def _is_clean(target: bytes) -> bool:
    """Tell whether a target has no byte that must not be there, and no encoded control character but in its query.

    A query may hold the lines of a text, as a form sends them; a NUL is refused everywhere.
    """
    path, _, query = target.partition(b"?")
    if path.translate(None, _NOT_IN_PATHS) != path or query.translate(None, _NEVER) != query:
        return False
    return b"%" not in target or not (_ENCODED_CONTROL.search(path) or b"%00" in query)


def plain_line(line: bytes, longest_target: int) -> PlainLine | None:
    """Read a request line that llhttp has not seen; ``None`` for one that it has to see, because it is not plain.

    What is taken here, llhttp takes, and ``request_line`` says the same of it.
    """
    if len(line) > min(LONGEST_KNOWN, longest_target):
        return None
    found = _PLAIN.fullmatch(line)
    if found is None:
        return None
    method, path, query = found.groups(b"")
    if b"%" in line and (_ENCODED_CONTROL.search(path) or b"%00" in query):
        return None
    known = method.decode("ascii"), path, query
    _know(line, known)
    return known


def _know(line: bytes, known: PlainLine) -> None:
    if len(known_lines) >= KNOWN_LINES:
        known_lines.clear()
    known_lines[line] = known


def _absolute_form(target: bytes) -> tuple[bytes, bytes]:
    """Return the authority of ``http://host/path``, which counts instead of ``Host``, and the rest (section 3.2.2)."""
    scheme, separator, rest = target.partition(b"://")
    if not separator or scheme.lower() not in (b"http", b"https"):
        raise Refused(400, "A request target starts with / or is a whole http URL.")
    authority, slash, path = rest.partition(b"/")
    if not slash:
        authority, question, query = rest.partition(b"?")
        return authority, b"/" + question + query
    if b"?" in authority:
        raise Refused(400, "The authority of the request target holds a question mark.")
    return authority, b"/" + path


def check_host(host: bytes | None, version: str) -> bytes:
    """Return a ``Host`` that has the form of one; HTTP/1.0 may come without.

    Raises:
        Refused: 400 where it is missing, repeated or of another form (RFC 9112 section 3.2).
    """
    if host is None:
        if version == "1.0":
            return b""
        raise Refused(400, "The Host header is missing.")
    if not _AUTHORITY.fullmatch(host):
        raise Refused(400, "There has to be one Host header, with a host and perhaps a port.")
    if len(known_hosts) >= KNOWN_HOSTS:
        known_hosts.clear()
    known_hosts.add(host)
    return host


def refusal_of_line(line: bytes, longest_target: int) -> Refused | None:
    """Return what was wrong with a request line that llhttp did not take; ``None`` where it was not the line."""
    method, _, rest = line.partition(b" ")
    target, _, version = rest.rpartition(b" ")
    if not _METHOD.fullmatch(method) or not _VERSION.fullmatch(version):
        return None
    if version not in (b"HTTP/1.1", b"HTTP/1.0"):
        return Refused(505, "This server speaks HTTP/1.1 and HTTP/1.0.")
    if len(target) > longest_target:
        return Refused(414, f"The request target is longer than {longest_target} bytes.")
    return None


def refusal_of_size(head: bytes, longest_head: int) -> Refused:
    """Return why the start of a head that is too long is refused."""
    if b"\r\n" in head:
        return Refused(431, f"The head of a request may have {longest_head} bytes.")
    if not _METHOD.fullmatch(head.partition(b" ")[0]):
        return Refused(400, "A request line starts with a method.")
    return Refused(414, f"The head of a request may have {longest_head} bytes.")
