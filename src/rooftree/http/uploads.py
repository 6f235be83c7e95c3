"""Files that came with a form: in memory while they are small, in an unnamed temporary file past that."""

from __future__ import annotations

import io
import os
import re
from collections.abc import AsyncIterator, Mapping
from functools import partial
from typing import IO

from rooftree.http.disk import CHUNK, in_thread

__all__ = ["SpoolBudget", "Upload", "safe_filename"]

MAX_FILENAME = 200  # bytes; file systems take 255, and an application may want to put something before or after

_UNSAFE = r'[<>:"|?*\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]'
_DEVICE = r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?"


def safe_filename(name: str) -> str:
    """Return the last part of a path as a name that every file system takes; ``""`` where nothing is left of it.

    Control characters, those that turn the direction of text (``exe.gpj`` that shows as ``jpg.exe``) and those with a
    meaning to Windows become ``_``; dots and blanks at the ends go; names of devices get a ``_`` in front; what is
    longer than 200 bytes is cut before its suffix.
    """
    name = name.replace("\\", "/").rpartition("/")[2]
    name = re.sub(_UNSAFE, "_", name).strip(". ")
    if re.fullmatch(_DEVICE, name):
        name = f"_{name}"
    if len(name.encode()) > MAX_FILENAME:
        stem, dot, suffix = name.rpartition(".")
        if not dot or len(suffix.encode()) > 20:
            stem, dot, suffix = name, "", ""
        tail = (dot + suffix).encode()
        name = stem.encode()[: MAX_FILENAME - len(tail)].decode(errors="ignore").rstrip(". ") + tail.decode()
    return name


class SpoolBudget:
    """How many bytes all the files of one form may keep in memory together."""

    __slots__ = ("left",)

    def __init__(self, size: int) -> None:
        self.left = size


class Upload:
    """One file of a form.

    Attributes:
        filename: The name that the client gave, made safe for a file system; still nothing to trust: two uploads may
            have the same one, and its suffix says nothing of the content.
        raw_filename: The name as the client gave it.
        content_type: The media type that the client claims; ``"application/octet-stream"`` where it claims none.
        headers: Every header of the part, by lower-case name.
        size: Number of bytes.
        file: The open file, for code that reads synchronously, as a plain ``def`` handler does.
    """

    __slots__ = (
        "_budget",
        "_pending",
        "_waiting",
        "content_type",
        "file",
        "filename",
        "headers",
        "raw_filename",
        "size",
    )

    def __init__(
        self,
        raw_filename: str,
        content_type: str = "application/octet-stream",
        headers: Mapping[str, str] | None = None,
        budget: SpoolBudget | None = None,
    ) -> None:
        self.raw_filename = raw_filename
        self.filename = safe_filename(raw_filename)
        self.content_type = content_type
        self.headers: Mapping[str, str] = headers or {}
        self.size = 0
        self.file: IO[bytes] = io.BytesIO()
        self._budget = budget
        self._pending: list[bytes] = []
        self._waiting = 0

    @property
    def in_memory(self) -> bool:
        """Whether the content is held in memory."""
        return isinstance(self.file, io.BytesIO)

    async def write(self, data: bytes) -> None:
        """Add to the end; past the form's budget for memory everything moves to a temporary file, on a thread."""
        self.size += len(data)
        if self.in_memory:
            if self._budget is None or len(data) <= self._budget.left:
                if self._budget is not None:
                    self._budget.left -= len(data)
                self.file.write(data)
                return
            self._pending.append(data)
            await in_thread(self._roll_over)
            return
        self._pending.append(data)
        self._waiting += len(data)
        if self._waiting >= CHUNK:
            await in_thread(self._flush)

    async def rewind(self) -> None:
        """End the writing and go to the start."""
        if self._pending:
            await in_thread(self._flush)
        await self.seek(0)

    def _roll_over(self) -> None:
        import tempfile

        memory = self.file
        # its life is the upload's, and closing it removes it
        self.file = tempfile.TemporaryFile()  # noqa: SIM115
        self.file.write(memory.getvalue() if isinstance(memory, io.BytesIO) else b"")
        self._flush()

    def _flush(self) -> None:
        self.file.write(b"".join(self._pending))
        self._pending.clear()
        self._waiting = 0

    async def read(self, size: int = -1) -> bytes:
        """Return the next ``size`` bytes, all that is left for -1, ``b""`` at the end."""
        return self.file.read(size) if self.in_memory else await in_thread(partial(self.file.read, size))

    async def seek(self, offset: int) -> None:
        """Go to a place, counted in bytes from the start."""
        if self.in_memory:
            self.file.seek(offset)
        else:
            await in_thread(partial(self.file.seek, offset))

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while chunk := await self.read(CHUNK):
            yield chunk

    async def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write the whole content to a file; where that fails half-way, no part of it stays.

        Args:
            path: The file. Do not make it of ``filename`` alone where two people may upload the same name.
            overwrite: Replace a file that is there already.

        Raises:
            FileExistsError: There is one, and ``overwrite`` is not set.
            OSError: It cannot be written.
        """
        await in_thread(partial(self._save, path, overwrite))

    def _save(self, path: str | os.PathLike[str], overwrite: bool) -> None:
        self.file.seek(0)
        with open(path, "wb" if overwrite else "xb") as target:
            try:
                while chunk := self.file.read(CHUNK):
                    target.write(chunk)
            except BaseException:
                os.unlink(path)  # noqa: PTH108 - pathlib is not loaded for one call
                raise

    def close(self) -> None:
        """Let go of the content; the temporary file, if any, is gone with this."""
        self.file.close()

    def __del__(self) -> None:
        # a request that was cancelled or whose handler failed may never come to close()
        self.close()

    def __repr__(self) -> str:
        return f"<Upload {self.filename!r} {self.content_type} {self.size} bytes>"
