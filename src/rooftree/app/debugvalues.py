"""Values as the development error page shows them: bounded, and without what is named like a secret."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast

import msgspec

from rooftree.base import REDACTED, BaseSettings, is_secret_name, redact_url

__all__ = ["cut", "shown", "shown_query", "text_of"]

LONGEST: Final = 600
MOST_ITEMS: Final = 20
DEEPEST: Final = 3


def shown(name: str, value: Any, depth: int = 0) -> str:
    """Return a text for a value. Fields, keys and items inside are looked at too, three levels deep."""
    if is_secret_name(name):
        return REDACTED
    try:
        return cut(_parts(value, depth) or redact_url(repr(value)))
    except Exception as error:  # noqa: BLE001 - a broken __repr__ must not hide the error that is shown
        return f"<{type(value).__name__}: its text failed with {type(error).__name__}>"


def _parts(value: Any, depth: int) -> str:
    """Return the text of something made of parts; ``""`` for anything else."""
    kind = cast("type[object]", type(value))
    if isinstance(value, Mapping):
        items = cast("Mapping[object, object]", value)
        if depth >= DEEPEST:
            return f"<{kind.__name__} of {len(items)}>"
        return _joined("{", (f"{key!r}: {shown(str(key), inner, depth + 1)}" for key, inner in items.items()), "}")
    if kind in {list, tuple, set, frozenset}:
        members = cast("Iterable[object]", value)
        if depth >= DEEPEST:
            return f"<{kind.__name__} of {len(value)}>"
        if kind is tuple and _is_secret_pair(value):
            return f"({value[0]!r}, {REDACTED})"
        opening, closing = "[]" if kind is list else "()" if kind is tuple else "{}"
        return _joined(opening, (shown("", inner, depth + 1) for inner in members), closing)
    fields = getattr(kind, "__struct_fields__", None) or getattr(kind, "__dataclass_fields__", None)
    if not fields or not _tells_its_fields(kind):
        return ""
    if depth >= DEEPEST:
        return f"<{kind.__name__}>"
    names = cast("Iterable[str]", fields)
    return _joined(
        f"{kind.__name__}(", (f"{name}={shown(name, getattr(value, name, '?'), depth + 1)}" for name in names), ")"
    )


def _tells_its_fields(kind: type[Any]) -> bool:
    """Whether the text of a class is that of its fields: one with a text of its own may say less, on purpose."""
    told = getattr(kind, "__repr__", None)
    generated = told is msgspec.Struct.__repr__ or hasattr(told, "__wrapped__")  # the latter by dataclasses
    return generated or issubclass(kind, BaseSettings)


def _is_secret_pair(members: Sequence[object]) -> bool:
    """Whether it is a name and a value, as headers come, and the name speaks of a secret."""
    if len(members) != 2:
        return False
    name = members[0].decode("latin-1") if isinstance(members[0], bytes) else members[0]
    return isinstance(name, str) and is_secret_name(name)


def _joined(opening: str, parts: Iterable[str], closing: str) -> str:
    taken: list[str] = []
    for part in parts:
        if len(taken) == MOST_ITEMS:
            taken.append("...")
            break
        taken.append(part)
    return f"{opening}{', '.join(taken)}{closing}"


def text_of(error: BaseException) -> str:
    """Return the text of an error, without passwords; some errors have one that fails."""
    try:
        return redact_url(str(error))
    except Exception as second:  # noqa: BLE001 - as above
        return f"<its text failed with {type(second).__name__}>"


def cut(text: str) -> str:
    """Return the text, shortened where it is long."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}... ({len(text)} characters)"


def shown_query(url: str) -> str:
    """Return a URL without passwords, and without the values of parameters that are named like secrets."""
    path, mark, query = redact_url(url).partition("?")
    pairs = (pair.partition("=") for pair in query.split("&"))
    return path + mark + "&".join(f"{n}={REDACTED}" if is_secret_name(n) else n + is_ + v for n, is_, v in pairs)
