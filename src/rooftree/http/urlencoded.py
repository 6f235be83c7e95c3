"""``application/x-www-form-urlencoded``: query strings and plain forms."""

from __future__ import annotations

from urllib.parse import parse_qsl

__all__ = ["parse_urlencoded"]


def parse_urlencoded(data: bytes, *, max_fields: int = 1000) -> dict[str, list[str]]:
    """Return every value of each name, in order.

    Raises:
        RequestInvalid: More than ``max_fields`` fields, or bytes that are not UTF-8 (400).
    """
    fields: dict[str, list[str]] = {}
    for name, value in parse_qsl(data.decode("latin-1"), keep_blank_values=True, max_num_fields=max_fields):
        fields.setdefault(name, []).append(value)
    return fields
