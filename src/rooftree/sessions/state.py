"""What a session holds while a request works with it: values, encoded until asked for, and what was changed."""

from __future__ import annotations

import time
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import Any, Final

import msgspec

from rooftree.base import UsageError

__all__ = ["ABSENT", "FLASH", "Record", "State", "decode", "encode"]

ABSENT: Final[Any] = object()
FLASH: Final = "rooftree:flash:"
"""Begins the names of values that are messages for the next page."""


class Record(msgspec.Struct, array_like=True):
    """A session as it is kept.

    Attributes:
        created: When it began, in seconds since 1970; anew with each change of privilege.
        seen: When it was last written.
        values: Its values, each in MessagePack.
        name: What it is known by where its token changes with its values, as in a cookie; else empty.
    """

    created: int
    seen: int
    values: dict[str, msgspec.Raw]
    name: str = ""


class _Read:
    """A value that was handed out, as which type, and its encoding then: it may be changed in place."""

    __slots__ = ("before", "type", "value")

    def __init__(self, value: Any, type_: Any, before: bytes | None) -> None:
        self.value = value
        self.type = type_
        self.before = before


class State:
    """The session of one request.

    Args:
        record: As it was kept; ``None`` for a visitor without one.
        token: What the cookie holds; ``""`` for a visitor without one.
        version: The version in the store.

    Attributes:
        name: What it is known by where the token is not the same for long.
        moved: The token was replaced a moment ago by another request: nothing that this one writes is kept.
        rotate: It gets another token when it is saved.
        cleared: All that it held was taken out.
        sealed: The answer is decided: what is changed now would be lost.
    """

    __slots__ = ("_handed", "_removed", "cleared", "created", "moved", "name", "rotate", "sealed", "seen", "token",
                 "values", "version")  # fmt: skip

    def __init__(self, record: Record | None = None, token: str = "", version: int = 0, *, moved: bool = False) -> None:
        now = int(time.time())
        self.created = now if record is None else record.created
        self.seen = now if record is None else record.seen
        values: Any = {} if record is None else record.values  # Raw is read as bytes are
        self.values: dict[str, bytes] = values
        self.name = "" if record is None else record.name
        self.token = token
        self.version = version
        self.moved = moved
        self.rotate = self.cleared = self.sealed = False
        self._handed: dict[str, _Read] = {}
        self._removed: set[str] = set()

    # ---- reading

    @property
    def identity(self) -> str:
        """What tells this session from others, whatever is changed in it; ``""`` for a visitor without one."""
        return self.name or self.token

    def keys(self) -> list[str]:
        """Return the names of all values."""
        return list(dict.fromkeys([*self.values, *self._handed]))

    def has(self, key: str) -> bool:
        """Tell whether there is a value."""
        return key in self._handed or key in self.values

    def get(self, key: str, type_: Any, default: Any = ABSENT) -> Any:
        """Return a value as a type; the default, or ``ABSENT``, where there is none that fits.

        A default is what the value is from then on, once it is changed in place.
        """
        handed = self._handed.get(key)
        if handed is not None:
            if handed.type is type_ or type_ is Any or handed.value.__class__ is type_:
                return handed.value
            encoded: bytes | None = _encoded(key, handed.value)
        else:
            encoded = self.values.get(key)
        if encoded is not None:
            try:
                value = _decoder_of(type_).decode(encoded)
            except msgspec.DecodeError:  # of an earlier release of the application
                return default
            self._handed[key] = _Read(value, type_, encoded if handed is None else handed.before)
            return value
        if default is not ABSENT and default.__class__ not in _PLAIN:
            default = _decoder_of(type_).decode(encoded := msgspec.msgpack.encode(default))  # nobody else's
            self._handed[key] = _Read(default, type_, encoded)
        return default

    # ---- changing

    def set(self, key: str, value: Any) -> None:
        """Set a value.

        Raises:
            UsageError: U602 after the answer was decided; U603 for a value that cannot be kept.
        """
        self._check_open(key)
        _encoded(key, value)
        self._removed.discard(key)
        self._handed[key] = _Read(value, ABSENT, None)

    def remove(self, key: str) -> None:
        """Take a value out."""
        self._check_open(key)
        self._removed.add(key)
        self._handed.pop(key, None)
        self.values.pop(key, None)

    def clear(self) -> None:
        """Take everything out, and the token with it."""
        self._check_open("everything")
        self._handed.clear()
        self._removed.clear()
        self.values = {}
        self.cleared = True

    def _check_open(self, key: str) -> None:
        if self.sealed:
            raise UsageError(
                "U602",
                f"The session was changed ({key!r}) after the answer had been sent, so nothing would keep the change.",
                "Change it before the answer is returned: not in a stream, nor in work after the answer.",
            )

    # ---- saving

    def changes(self) -> tuple[dict[str, bytes], AbstractSet[str]]:
        """Return what has to be written: values by name, encoded, and the names of those that were taken out.

        Raises:
            UsageError: U603 for a value that something was put into that cannot be kept.
        """
        changed: dict[str, bytes] = {}
        for key, handed in self._handed.items():
            encoded = _encoded(key, handed.value)
            before = handed.before if handed.before is not None else self.values.get(key)
            if before is None or encoded != bytes(before):
                changed[key] = encoded
        return changed, self._removed

    def saved(self, values: dict[str, bytes]) -> None:
        """Go on from what was written."""
        self.values = values
        self._handed.clear()
        self._removed.clear()
        self.rotate = self.cleared = False


def _encoded(key: str, value: Any) -> bytes:
    try:
        return msgspec.msgpack.encode(value)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise UsageError(
            "U603",
            f"The session cannot keep {key!r}, which is of the type {type(value).__name__}: {error}.",
            "Keep numbers, text, dates, lists, dicts and Structs; of a Model its key.",
        ) from None


@lru_cache(512)
def _decoder_of(type_: Any) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(type_)


_PLAIN: Final = frozenset({int, str, float, bool, bytes, type(None)})


def encode(created: int, seen: int, values: dict[str, bytes], name: str = "") -> bytes:
    """Return the bytes of a session as it is kept."""
    raw = {key: msgspec.Raw(value) for key, value in values.items()}
    return msgspec.msgpack.encode(Record(created, seen, raw, name))


_decoder: Final = msgspec.msgpack.Decoder(Record)


def decode(data: bytes) -> Record | None:
    """Return a session from its bytes; ``None`` for what is none."""
    try:
        return _decoder.decode(data)
    except msgspec.DecodeError:
        return None
