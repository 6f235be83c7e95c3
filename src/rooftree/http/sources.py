"""Where the bytes of a file come from, and the body that reads them on a thread, piece by piece."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import IO, Protocol

from rooftree.base import NotFound
from rooftree.http.disk import CHUNK, OneAtATime
from rooftree.http.ranges import Span

__all__ = ["BytesSource", "DiskSource", "FileBody", "FileSource", "ObjectSource"]

_MISSING = {
    errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENAMETOOLONG, errno.EINVAL, errno.ENXIO
}  # fmt: skip


class FileSource(Protocol):
    """Bytes that can be read from any place."""

    size: int

    def read(self, first: int, count: int) -> bytes:
        """Return ``count`` bytes from ``first`` on, fewer only where the end is reached; it may wait for a disk."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class BytesSource:
    """Content that is in memory already."""

    __slots__ = ("_content", "size")

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.size = len(content)

    def read(self, first: int, count: int) -> bytes:
        """Return some of it."""
        return self._content[first : first + count]

    def close(self) -> None:
        """Do nothing."""


class DiskSource:
    """A regular file.

    Raises:
        NotFound: There is none, it may not be read, or it is something else (a directory, a pipe).
    """

    __slots__ = ("_descriptor", "etag", "modified", "size")

    def __init__(self, path: str) -> None:
        self._descriptor = -1
        try:
            # without waiting: opening a pipe that nobody writes to would never end
            self._descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            if error.errno not in _MISSING:
                raise
            raise NotFound from error
        except ValueError as error:  # a NUL in the path
            raise NotFound from error
        status = os.fstat(self._descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise NotFound
        self.size = status.st_size
        self.modified = int(status.st_mtime)
        self.etag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'

    def read(self, first: int, count: int) -> bytes:
        """Return some of it."""
        return os.pread(self._descriptor, count, first)

    def close(self) -> None:
        """Close the file; more than once does no harm."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __del__(self) -> None:
        # a body that was never sent may never come to close()
        self.close()


class ObjectSource:
    """A binary file object that can seek."""

    __slots__ = ("_file", "size")

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.size = file.seek(0, os.SEEK_END)

    def read(self, first: int, count: int) -> bytes:
        """Return some of it."""
        self._file.seek(first)
        return self._file.read(count)

    def close(self) -> None:
        """Close it."""
        self._file.close()


class FileBody(AsyncIterator[bytes]):
    """Spans of a source, each with a head before it, and a tail after the last; read on a thread as they are sent."""

    __slots__ = ("_first", "_last", "_segments", "_source", "_tail", "_threads")

    def __init__(self, source: FileSource, segments: Sequence[tuple[bytes, Span]], tail: bytes = b"") -> None:
        self._source = source
        self._segments = iter(segments)
        self._tail = tail
        self._threads = OneAtATime()
        self._first = self._last = 0

    async def __anext__(self) -> bytes:
        head = b""
        while self._first >= self._last:
            segment = next(self._segments, None)
            if segment is None:
                return self._end(head)
            head += segment[0]
            self._first, self._last = segment[1]
        chunk = await self._threads.run(partial(self._source.read, self._first, min(CHUNK, self._last - self._first)))
        if not chunk:
            raise OSError(errno.EIO, "The file became shorter while it was sent.")
        self._first += len(chunk)
        return head + chunk if head else chunk

    def _end(self, head: bytes) -> bytes:
        rest, self._tail = head + self._tail, b""
        if not rest:
            self._source.close()
            raise StopAsyncIteration
        return rest

    async def aclose(self) -> None:
        """Close the source, once a thread that reads from it is done."""
        await self._threads.settled()
        self._source.close()
