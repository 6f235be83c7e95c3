"""What is wrong with a value: faults as data, and the one exception that carries them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

__all__ = ["MAX_FAULTS", "EncodingError", "Fault", "Invalid", "UnsupportedType"]

MAX_FAULTS = 50

Path = tuple[str | int, ...]


class Fault(msgspec.Struct, frozen=True, omit_defaults=True, repr_omit_defaults=True):
    """One thing wrong with one value.

    Attributes:
        path: The way to the value: ``("owner", "emails", 0)``; empty for the whole.
        code: A stable name of the rule: ``"missing"``, ``"greater_than"``, ``"type"``; a key for translations.
        message: The text in English, in msgspec's grammar, without the path: ``"Expected `int`, got `str`"``.
        params: What the rule's text needs: ``{"limit": 0}``.
    """

    path: Path
    code: str
    message: str
    params: Mapping[str, Any] = {}

    def __str__(self) -> str:
        return f"{self.message} - at `{show_path(self.path)}`" if self.path else self.message


class Invalid(ValueError):
    """Data does not fit its type; every fault found, at most as many as were asked for, is in ``errors``.

    Attributes:
        errors: The faults, in the order of the data; never empty.
        malformed: The data could not be read at all (it is no JSON, no MessagePack).
    """

    def __init__(self, errors: Sequence[Fault], *, malformed: bool = False) -> None:
        super().__init__(errors)
        self.errors = errors
        self.malformed = malformed

    def __str__(self) -> str:
        return "; ".join(map(str, self.errors))


class UnsupportedType(TypeError):
    """A type that cannot be decoded, encoded or described: found when its decoder is made."""


class EncodingError(TypeError):
    """A value that cannot leave as its declared type; the text names the path and both types."""


def show_path(path: Path) -> str:
    """Return a path in msgspec's grammar: ``$.owner.emails[0]``."""
    return "$" + "".join(f"[{part}]" if isinstance(part, int) or part == "..." else f".{part}" for part in path)
