"""Where a body in chunks ends (RFC 9112 section 7.1)."""

from __future__ import annotations

from typing import Final

from rooftree.base import regex

__all__ = ["ChunkWalk"]

LONGEST_LINE: Final = 1024
"""Bytes of the line before a chunk: its size and its extensions."""

_SIZE: Final = regex(rb"0{0,32}([0-9A-Fa-f]{1,16})(?:;[^\r\n]{0,950})?\r\n")
_END: Final = b"\r\n\r\n"


class ChunkWalk:
    """Goes from chunk to chunk without looking into them, so that a body costs what it has in chunks.

    (The end is an empty line, and the content may have a million of those.) What is no chunk is left to llhttp to
    refuse; where the two do not agree on the end, the message is refused.

    Attributes:
        ended: The empty line behind the last chunk was passed.
    """

    __slots__ = ("_left", "_line", "_tail", "ended")

    def __init__(self) -> None:
        self._left = 0  # of the chunk, with its line break
        self._line = b""  # the start of a line that has not come whole
        self._tail: bytes | None = None  # the last bytes of the trailers, from the end of the last chunk's line on
        self.ended = False

    def end_in(self, data: bytes) -> int:
        """Return how many of the next bytes belong to the body; all of them where its end is not among them."""
        if self._tail is not None:
            return self._pass_trailers(data, 0)
        place, size = self._left, len(data)
        if self._line:
            line = self._line + data[: LONGEST_LINE + 1]
            found = _SIZE.match(line)
            if found is None:
                self._line = line[: LONGEST_LINE + 1]
                return size
            place = found.end() - len(self._line)
            self._line = b""
            length = int(found[1], 16)
            if length == 0:
                return self._pass_trailers(data, place)
            place += length + 2
        while place < size:
            found = _SIZE.match(data, place)
            if found is None:
                self._line = data[place : place + LONGEST_LINE + 1]
                self._left = 0
                return size
            length = int(found[1], 16)
            if length == 0:
                return self._pass_trailers(data, found.end())
            place = found.end() + length + 2
        self._left = place - size
        return size

    @property
    def lost(self) -> bool:
        """Whether a line is longer than it may be."""
        return len(self._line) > LONGEST_LINE

    def _pass_trailers(self, data: bytes, place: int) -> int:
        """Pass over the trailers up to the empty line behind them."""
        if self._tail is None:
            self._tail = b"\r\n"  # of the line with the zero
        behind = self._tail + data[place:]
        end = behind.find(_END) + 4
        if end < 4:
            self._tail = behind[-3:]
            return len(data)
        self.ended = True
        return place + end - len(self._tail)
