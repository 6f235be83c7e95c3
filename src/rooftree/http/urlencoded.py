"""``application/x-www-form-urlencoded``: query strings and plain forms (WHATWG URL, section 5.1)."""

from __future__ import annotations

from typing import Literal

from rooftree.base import FieldError, RequestInvalid

__all__ = ["MAX_FIELDS", "parse_urlencoded"]

MAX_FIELDS = 1000


def parse_urlencoded(
    data: bytes,
    *,
    where: Literal["query", "form"] = "query",
    max_fields: int = MAX_FIELDS,
    max_field_size: int | None = None,
) -> dict[str, list[str]]:
    """Return every value of each name, in order; names without ``=`` have the value ``""``.

    Args:
        data: The text as it came, percent-encoded; a leading ``?`` is part of the first name.
        where: The part of the request that errors name.
        max_fields: How many fields are taken, empty ones counted.
        max_field_size: How many bytes one encoded name with its value may have; ``None`` for no limit.

    Raises:
        RequestInvalid: More fields, a longer field, or bytes that are not UTF-8 (400).
    """
    fields: dict[str, list[str]] = {}
    if not data:
        return fields
    parts = data.split(b"&", max_fields)
    if len(parts) > max_fields:
        raise _invalid(where, (), "too_many", f"Expected at most {max_fields} fields", {"limit": max_fields})
    if max_field_size is not None and len(data) > max_field_size:
        _check_sizes(parts, where, max_field_size)
    encoded = b"%" in data or b"+" in data
    part = b""
    try:
        for part in parts:
            if not part:
                continue
            name, _, value = part.partition(b"=")
            if encoded and (b"%" in part or b"+" in part):
                key, text = _decode(name), _decode(value)
            else:
                key, text = name.decode(), value.decode()
            if key in fields:
                fields[key].append(text)
            else:
                fields[key] = [text]
    except UnicodeDecodeError:
        shown = part.partition(b"=")[0][:100].decode("latin-1")
        raise _invalid(where, (shown,), "utf8", "Expected percent-encoded UTF-8 text") from None
    return fields


def _decode(text: bytes) -> str:
    if b"+" in text:
        text = text.replace(b"+", b" ")
    if b"%" not in text:
        return text.decode()
    from urllib.parse import unquote_to_bytes

    return unquote_to_bytes(text).decode()


def _check_sizes(parts: list[bytes], where: Literal["query", "form"], limit: int) -> None:
    for part in parts:
        if len(part) > limit:
            name = part.partition(b"=")[0][:100].decode("latin-1")
            raise _invalid(where, (name,), "too_long", f"Expected at most {limit} bytes", {"limit": limit})


def _invalid(
    where: Literal["query", "form"],
    path: tuple[str, ...],
    code: str,
    message: str,
    params: dict[str, int] | None = None,
) -> RequestInvalid:
    return RequestInvalid([FieldError(where, path, code, message, params or {})], status=400)
