"""``multipart/form-data`` part by part, as it arrives (RFC 7578, RFC 2046 section 5.1).

Boundaries are found by python-multipart's streaming parser. It is the one that Starlette and FastAPI stand on, so its
holes are found and closed quickly, and it keeps to a module name of its own (``multipart``, the other well-kept
parser, shares its name with python-multipart's older one, and which of the two is imported depends on the machine).
Only its lowest layer is used: what a part's headers mean, every limit and the files are decided here.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from rooftree.base import FieldError, RequestInvalid

if TYPE_CHECKING:
    from python_multipart import MultipartParser

__all__ = ["FormLimits", "MultipartReader", "Part", "boundary_of", "form_error", "too_large"]

_BOUNDARY = rb"[0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?]"
_PARAMETER = r""";[ \t]*([A-Za-z0-9!#$%&'*+\-.^_`|~]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s";,]+))[ \t]*"""
_EXTENDED = r"(?ia)(utf-8|iso-8859-1)'[A-Za-z0-9\-]*'([A-Za-z0-9!#$&+\-.^_`|~%]*)"
_BROWSER_ESCAPES = {"%22": '"', "%0d": "\r", "%0a": "\n"}


class FormLimits(msgspec.Struct, frozen=True, kw_only=True):
    """What a form may cost; the whole body is bounded by the route's ``max_body``.

    Attributes:
        max_parts: Fields and files together.
        max_files: Files among them.
        max_headers: Headers of one part.
        max_header_size: Bytes of one header line.
        max_field_size: Bytes of one text field.
        max_file_size: Bytes of one file; ``None`` leaves it to the body's limit.
        memory: Bytes that the files of one form may keep in memory together; the rest goes to temporary files.
    """

    max_parts: int = 1000
    max_files: int = 100
    max_headers: int = 16
    max_header_size: int = 8192
    max_field_size: int = 256 * 1024
    max_file_size: int | None = None
    memory: int = 1024 * 1024


def form_error(
    code: str, message: str, *, path: tuple[str, ...] = (), params: Mapping[str, Any] | None = None, status: int = 400
) -> RequestInvalid:
    """Return the error for a form that cannot be read."""
    return RequestInvalid([FieldError("form", path, code, message, params or {})], status=status)


def too_large(name: str, limit: int) -> RequestInvalid:
    """Return the error for one value of too many bytes (413)."""
    message = f"Expected at most {limit} bytes"
    return form_error("too_large", message, path=(name,), params={"limit": limit}, status=413)


def boundary_of(content_type: str) -> bytes:
    """Return the boundary that a ``Content-Type`` names (RFC 2046 section 5.1.1).

    Raises:
        RequestInvalid: It names none, two, or one that is no boundary (400).
    """
    try:
        boundary = _parameters(content_type).get("boundary", "").encode("latin-1")
    except (ValueError, UnicodeEncodeError):
        boundary = b""
    if not re.fullmatch(_BOUNDARY, boundary):
        raise form_error("multipart", "Expected a boundary of 1 to 70 characters in Content-Type")
    return boundary


def _parameters(value: str) -> dict[str, str]:
    """Return the parameters of a header value (RFC 9110 section 5.6.6); quoted text is still as browsers escape it.

    Raises:
        ValueError: The text does not follow the grammar, or a parameter is there twice.
    """
    pattern = re.compile(_PARAMETER)
    position, parameters = value.find(";"), dict[str, str]()
    while 0 <= position < len(value):
        found = pattern.match(value, position)
        if not found:
            if value[position:].strip(" \t;"):
                raise ValueError(f"no parameter at {position}")
            break
        name = found[1].lower()
        if name in parameters:
            raise ValueError(f"{name} is there twice")
        parameters[name] = found[3] if found[2] is None else re.sub(r'\\(["\\])', r"\1", found[2])
        position = found.end()
    return parameters


def _unescape(text: str) -> str:
    """Undo what browsers do to names and file names (WHATWG HTML, "multipart/form-data encoding algorithm")."""
    return re.sub("%(?:22|0[dD]|0[aA])", lambda found: _BROWSER_ESCAPES[found[0].lower()], text)


class Part:
    """One part of a multipart body; what is not read of it before the next part is asked for is passed over.

    Attributes:
        name: The field's name.
        filename: The file's name as the client gave it, never to be used as a path; ``None`` for a text field.
        content_type: The media type that the client claims, without parameters, in lower case.
        headers: Every header of the part, by lower-case name.
    """

    __slots__ = ("_reader", "content_type", "filename", "headers", "name")

    def __init__(self, name: str, filename: str | None, headers: dict[str, str], reader: MultipartReader) -> None:
        self.name = name
        self.filename = filename
        self.headers = headers
        default = "text/plain" if filename is None else "application/octet-stream"
        self.content_type = headers.get("content-type", default).partition(";")[0].strip().lower()
        self._reader = reader

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (chunk := await self._reader.chunk_of(self)) is not None:
            yield chunk

    async def read(self, limit: int) -> bytes:
        """Return the content.

        Raises:
            RequestInvalid: It has more than ``limit`` bytes (413).
        """
        chunks: list[bytes] = []
        size = 0
        async for chunk in self:
            size += len(chunk)
            if size > limit:
                raise too_large(self.name, limit)
            chunks.append(chunk)
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def __repr__(self) -> str:
        return f"<Part {self.name!r}{'' if self.filename is None else f' {self.filename!r}'}>"


class MultipartReader:
    """Reads parts from a body; iterate over it.

    Args:
        chunks: The body.
        boundary: As ``boundary_of`` returns it.
        limits: What is taken.

    Raises:
        RequestInvalid: While iterating: the body breaks the format, ends too early or goes past a limit (400).
    """

    def __init__(self, chunks: AsyncIterator[bytes], boundary: bytes, limits: FormLimits) -> None:
        self._chunks = chunks
        self._limits = limits
        self._parser = _new_parser(boundary, limits, self)
        self._events: deque[Part | bytes | None] = deque()  # a part begins, some of its bytes, it ends
        self._current: Part | None = None
        self._complete = False
        self._parts = 0
        self._files = 0
        self._headers: dict[str, str] = {}
        self._field = bytearray()
        self._value = bytearray()

    async def __aiter__(self) -> AsyncIterator[Part]:
        while await self._fill():
            event = self._events.popleft()
            if isinstance(event, Part):
                self._current = event
                yield event
            elif event is None:
                self._current = None

    async def chunk_of(self, part: Part) -> bytes | None:
        """Return the next bytes of the part; ``None`` at its end."""
        if part is not self._current:
            return None
        await self._fill()
        event = self._events[0]
        if isinstance(event, bytes):
            self._events.popleft()
            return event
        return None

    async def _fill(self) -> bool:
        """Parse until there is an event; return False at the end of the body."""
        from python_multipart.exceptions import FormParserError

        while not self._events:
            chunk = await anext(self._chunks, b"")
            if not chunk:
                if not self._complete:
                    raise form_error("multipart", "Expected the closing boundary, got the end of the body")
                return False
            try:
                self._parser.write(chunk)
            except FormParserError as error:
                raise form_error("multipart", f"Expected multipart/form-data: {error}") from None
        return True

    # ---- what the parser calls

    def on_part_begin(self) -> None:
        """Start a part."""
        self._parts += 1
        if self._parts > self._limits.max_parts:
            limit = self._limits.max_parts
            raise form_error("too_many", f"Expected at most {limit} parts", params={"limit": limit})
        self._headers = {}

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        """Take some of a header's name."""
        self._field += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        """Take some of a header's value."""
        self._value += data[start:end]

    def on_header_end(self) -> None:
        """Take one whole header."""
        name = self._field.decode("ascii").lower()
        try:
            value = self._value.decode().strip(" \t")
        except UnicodeDecodeError:
            raise form_error("utf8", f"Expected UTF-8 text in the header {name!r} of a part") from None
        if name in self._headers:
            raise form_error("multipart", f"Expected one header {name!r} in a part, got two")
        if any((c < " " and c != "\t") or c == "\x7f" for c in value):
            raise form_error("multipart", f"Expected no control character in the header {name!r} of a part")
        self._headers[name] = value
        self._field.clear()
        self._value.clear()

    def on_headers_finished(self) -> None:
        """Offer the part."""
        part = _part(self._headers, self)
        if part.filename is not None:
            self._files += 1
            if self._files > self._limits.max_files:
                limit = self._limits.max_files
                raise form_error("too_many", f"Expected at most {limit} files", params={"limit": limit})
        self._events.append(part)

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        """Take some of a part's content."""
        self._events.append(data[start:end])

    def on_part_end(self) -> None:
        """End a part."""
        self._events.append(None)

    def on_end(self) -> None:
        """Note that the closing boundary was there."""
        self._complete = True


def _new_parser(boundary: bytes, limits: FormLimits, reader: MultipartReader) -> MultipartParser:
    import logging

    from python_multipart import MultipartParser

    parser = MultipartParser(
        boundary,
        {
            "on_part_begin": reader.on_part_begin,
            "on_header_field": reader.on_header_field,
            "on_header_value": reader.on_header_value,
            "on_header_end": reader.on_header_end,
            "on_headers_finished": reader.on_headers_finished,
            "on_part_data": reader.on_part_data,
            "on_part_end": reader.on_part_end,
            "on_end": reader.on_end,
        },
        max_header_count=limits.max_headers,
        max_header_size=limits.max_header_size,
    )
    parser.logger = logging.getLogger("rooftree.multipart")
    parser.logger.disabled = True  # it would warn of what is answered with 400
    return parser


def _part(headers: dict[str, str], reader: MultipartReader) -> Part:
    """Return the part that these headers announce (RFC 7578 sections 4.2 to 4.8)."""
    disposition = headers.get("content-disposition", "")
    kind = disposition.partition(";")[0].strip().lower()
    try:
        parameters = _parameters(disposition)
    except ValueError as error:
        raise form_error("multipart", f"Expected a Content-Disposition that can be read: {error}") from None
    name = _unescape(parameters.get("name", ""))
    if kind != "form-data" or "name" not in parameters:
        raise form_error("multipart", "Expected Content-Disposition: form-data with a name in each part")
    if any(c < " " or c == "\x7f" for c in name):
        raise form_error("multipart", "Expected a name without control characters")
    encoding = headers.get("content-transfer-encoding", "binary").lower()
    if encoding not in {"7bit", "8bit", "binary"}:
        raise form_error("multipart", f"Expected no Content-Transfer-Encoding, got {encoding!r}", path=(name,))
    part = Part(name, _filename(parameters), headers, reader)
    if part.content_type.startswith("multipart/"):
        raise form_error("multipart", "Expected no multipart body within a part", path=(name,))
    return part


def _filename(parameters: dict[str, str]) -> str | None:
    """Return the file's name; ``filename*`` (RFC 8187) only where there is no plain one.

    RFC 7578 has no ``filename*``, so what checks uploads on the way here reads the plain one: so must we.
    """
    if "filename" in parameters:
        return _unescape(parameters["filename"])
    if "filename*" not in parameters:
        return None
    found = re.fullmatch(_EXTENDED, parameters["filename*"])
    if found:
        from urllib.parse import unquote_to_bytes

        try:
            return unquote_to_bytes(found[2]).decode(found[1])
        except UnicodeDecodeError:
            pass
    raise form_error("multipart", "Expected filename* to be percent-encoded UTF-8 or ISO-8859-1")
