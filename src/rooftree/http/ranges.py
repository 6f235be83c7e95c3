"""Parts of a body by ``Range`` (RFC 9110 section 14)."""

from __future__ import annotations

import re

__all__ = ["Span", "parse_range"]

Span = tuple[int, int]
"""The first byte and the one after the last."""

MAX_RANGES = 16

_SPEC = r"[ \t]*(?:([0-9]{1,18})-([0-9]{1,18})?|-([0-9]{1,18}))[ \t]*"


def parse_range(header: str, size: int) -> list[Span] | None:
    """Return the spans of a body that are asked for, in order, those that touch joined into one.

    Args:
        header: The value of ``Range``.
        size: Bytes of the whole body.

    Returns:
        ``None``: send the whole body, because this is no range of bytes, has more than 16 of them, or they come to the
        whole. An empty list: there is no such part (416).
    """
    unit, separator, text = header.partition("=")
    specs = text.split(",", MAX_RANGES)
    if unit.strip(" \t").lower() != "bytes" or not separator or len(specs) > MAX_RANGES:
        return None
    spans: list[Span] = []
    for spec in specs:
        if not (found := re.fullmatch(_SPEC, spec)):
            return None
        if found[3] is not None:
            first, last = max(size - int(found[3]), 0), size
        else:
            first, last = int(found[1]), size if found[2] is None else int(found[2]) + 1
            if last <= first and found[2] is not None:
                return None
        if first < min(last, size):
            spans.append((first, min(last, size)))
    joined = _joined(spans)
    return None if joined == [(0, size)] and len(specs) > 1 else joined


def _joined(spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined
