"""Files as answers: parts of them, conditions on them, names for them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import IO, Literal

from rooftree.base import HTTPError, NotFound, Said
from rooftree.http.conditions import check_conditions, entity_tag, range_condition, settled
from rooftree.http.dates import http_date
from rooftree.http.disk import CHUNK, in_thread
from rooftree.http.lazy import LazyResponse
from rooftree.http.mediatypes import media_type_of
from rooftree.http.ranges import Span, parse_range
from rooftree.http.request import Request
from rooftree.http.response import Response
from rooftree.http.sources import BytesSource, DiskSource, FileBody, FileSource, ObjectSource
from rooftree.http.streaming import ThreadParts

__all__ = ["File", "content_disposition", "safe_join"]

Disposition = Literal["inline", "attachment"]

INLINE = 64 * 1024
"""Up to this size a file is read at once: from the system's cache that takes less time than the way to a thread."""


def safe_join(root: str | os.PathLike[str], name: str) -> str:
    """Return the path of a file under ``root`` by a name that came from outside, with ``/`` between its parts.

    Symbolic links are followed as they are: what may lie under ``root`` is its owner's matter.

    Raises:
        NotFound: The name leads out of ``root``, is absolute, or holds what no plain name holds: an empty part, ``.``,
            ``..``, a backslash, a colon (drives and streams of Windows), a control character.
    """
    parts = name.split("/")
    if any(part in {"", ".", ".."} or "\\" in part or ":" in part or not part.isprintable() for part in parts):
        raise NotFound
    return os.path.join(os.fspath(root), *parts)  # noqa: PTH118 - pathlib would be loaded for this alone


def content_disposition(disposition: Disposition, filename: str) -> str:
    """Return the value of ``Content-Disposition`` (RFC 6266): a plain name, and the whole one beside it (RFC 8187)."""
    if not filename:
        return disposition
    filename = filename.replace("/", "_").replace(
        "\\", "_"
    )  # programs that save it as it stands must stay in their folder
    plain = "".join(c if " " <= c <= "~" and c not in '"\\%' else "_" for c in filename)
    from urllib.parse import quote

    extended = "" if plain == filename else f"; filename*=UTF-8''{quote(filename, safe='', errors='replace')}"
    return f'{disposition}; filename="{plain}"{extended}'


class File(LazyResponse):
    """A file as an answer: ``Range``, ``If-None-Match`` and their like are obeyed, and ``HEAD`` reads nothing.

    Args:
        source: A path, the content itself, or a binary file object, which is closed afterwards. What came from outside
            must pass ``safe_join`` before it is a path.
        filename: The name under which it is saved; with it, ``disposition`` is ``"attachment"`` unless given.
        media_type: The ``Content-Type``; by the suffix of ``filename`` or the path where it is not given.
        disposition: ``"attachment"`` to save it, ``"inline"`` to show it.
        etag: Its entity tag; for a path one is made of its time and size.
        last_modified: When it was changed last; of a path its own time.
        headers: Further header fields.
    """

    __slots__ = ("_modified", "_source", "_tag")

    def __init__(
        self,
        source: str | os.PathLike[str] | bytes | IO[bytes],
        *,
        filename: str | None = None,
        media_type: str | None = None,
        disposition: Disposition | None = None,
        etag: str | None = None,
        last_modified: float | datetime | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        path = os.fspath(source) if isinstance(source, str | os.PathLike) else ""
        name = filename if filename is not None else os.path.basename(path)  # noqa: PTH119 - as in safe_join
        super().__init__(b"", 200, media_type or media_type_of(name), headers)
        if disposition is not None or filename is not None:
            self.headers["content-disposition"] = content_disposition(disposition or "attachment", name)
        self._source: str | bytes | IO[bytes] = path if isinstance(source, os.PathLike) else source
        self._tag = None if etag is None else entity_tag(etag)
        moment = last_modified.timestamp() if isinstance(last_modified, datetime) else last_modified
        self._modified = None if moment is None else int(moment)

    async def respond(self, request: Request) -> Response:
        """Return the whole file, its parts, or that the client has it.

        Raises:
            NotFound: There is no such file, or it may not be read, or it is a directory or a device.
            HTTPError: A condition does not hold (412), or there is no such part (416).
        """
        answer = Response(b"", self.status, self.media_type)
        answer.headers.pairs.extend(self.headers.pairs)
        answer.after = self.after
        if isinstance(self._source, bytes):
            return self._answer(request, answer, BytesSource(self._source), self._tag, self._modified)
        if isinstance(self._source, str):
            disk = DiskSource(self._source)
            tag = disk.etag if self._tag is None else self._tag
            modified = disk.modified if self._modified is None else self._modified
            return self._answer(request, answer, disk, tag, modified)
        if not self._source.seekable():
            answer.body = ThreadParts(_chunks(self._source))
            return answer
        return self._answer(
            request, answer, await in_thread(partial(ObjectSource, self._source)), self._tag, self._modified
        )

    def _answer(
        self, request: Request, answer: Response, source: FileSource, tag: str | None, modified: int | None
    ) -> Response:
        try:
            answer = _select(request, answer, source, tag, modified)
        except BaseException:
            source.close()
            raise
        if not isinstance(answer.body, FileBody):
            source.close()
        return answer


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK):
            yield chunk


def _select(request: Request, answer: Response, source: FileSource, tag: str | None, modified: int | None) -> Response:
    """Give the answer the part of the source that this request is to get."""
    size, headers = source.size, answer.headers
    headers["accept-ranges"] = "bytes"
    if tag is not None:
        headers["etag"] = tag
    if modified is not None:
        headers["last-modified"] = http_date(modified)
    if answer.status == 200:
        verdict = check_conditions(request, etag=tag, last_modified=modified)
        if verdict != 200:
            return settled(answer, verdict)
    wanted = request.headers.get("range") if request.method == "GET" and answer.status == 200 else None
    spans = None
    if wanted is not None and range_condition(request, etag=tag, last_modified=modified):
        spans = parse_range(wanted, size)
    if spans is None:
        if request.method == "HEAD":
            source.close()
            answer.body, answer.length = FileBody(BytesSource(b""), []), size
            return answer
        return _send(answer, source, [(b"", (0, size))])
    if not spans:
        detail = Said("There are %(size)s bytes; the range lies beyond them.", size=size)
        raise HTTPError(416, detail, headers={"content-range": f"bytes */{size}"})
    answer.status = 206
    if len(spans) == 1:
        headers["content-range"] = f"bytes {spans[0][0]}-{spans[0][1] - 1}/{size}"
        return _send(answer, source, [(b"", spans[0])])
    boundary, kind = os.urandom(12).hex(), answer.media_type
    answer.media_type = f"multipart/byteranges; boundary={boundary}"
    segments = [_part(boundary, kind, span, size) for span in spans]
    return _send(answer, source, segments, f"\r\n--{boundary}--\r\n".encode())


def _part(boundary: str, media_type: str | None, span: Span, size: int) -> tuple[bytes, Span]:
    """Return a part of ``multipart/byteranges`` (RFC 9110 section 14.6)."""
    head = f"--{boundary}\r\ncontent-type: {media_type}\r\ncontent-range: bytes {span[0]}-{span[1] - 1}/{size}"
    return f"\r\n{head}\r\n\r\n".encode(), span


def _send(answer: Response, source: FileSource, segments: list[tuple[bytes, Span]], tail: bytes = b"") -> Response:
    length = sum(len(head) + last - first for head, (first, last) in segments) + len(tail)
    if isinstance(source, BytesSource) or (length <= INLINE and isinstance(source, DiskSource)):
        parts = [part for head, (first, last) in segments for part in (head, source.read(first, last - first))]
        answer.body = b"".join([*parts, tail])
    else:
        answer.body, answer.length = FileBody(source, segments, tail), length
    return answer
