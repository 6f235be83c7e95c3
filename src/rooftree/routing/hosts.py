"""Patterns of hosts, as they are written: ``{tenant}.example.org``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from rooftree.base import RouteError
from rooftree.routing.converters import MISMATCH
from rooftree.routing.patterns import Converters, Parameter, Piece, check_names, pieces_of

__all__ = ["LABEL", "HostPattern", "labels_of"]


class HostPattern:
    """The pattern of a host name: ``"api.example.org"``, ``"{tenant}.example.org"``; ports do not count.

    Attributes:
        text: As it is written.
        labels: What stands between the dots: a literal text, or a parameter that takes one label.
        parameters: Its parameters in order.

    Raises:
        RouteError: R111 for what is no host name, R103 to R109 for its parameters.
    """

    __slots__ = ("labels", "parameters", "text")

    def __init__(self, text: str, converters: Converters | None = None, *, at: str | None = None) -> None:
        self.text: Final = text
        self.labels: Final = tuple(_labels(text, converters or Converters(), at))
        self.parameters: Final = tuple(part for part in self.labels if isinstance(part, Parameter))
        check_names(text, self.parameters, at)

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for patterns that match the same hosts."""
        return tuple(part if isinstance(part, str) else part.key for part in self.labels)

    @property
    def rank(self) -> tuple[int, int]:
        """Sorts the most specific first: fewer parameters, then more labels."""
        return (len(self.parameters), -len(self.labels))

    def match(self, labels: list[str]) -> tuple[Any, ...] | None:
        """Return the parameters' values for a host split at its dots, ``None`` where it does not match."""
        if len(labels) != len(self.labels):
            return None
        values: tuple[Any, ...] = ()
        for label, part in zip(labels, self.labels, strict=True):
            if isinstance(part, str):
                if part != label:
                    return None
                continue
            take = part.taker()
            value = label if take is None else take(label) if label else MISMATCH
            if value is MISMATCH or not label:
                return None
            values += (value,)
        return values

    def __repr__(self) -> str:
        return f"HostPattern({self.text!r})"


LABEL = "[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?"
_ADDRESS = r"\[[0-9a-f:.]+\]"


def labels_of(raw_host: bytes) -> list[str]:
    """Return the labels of the host that a request names, in lower case and without port; none where it is no host."""
    name = raw_host.decode("latin-1").lower()
    bare, colon, port = name.rpartition(":")
    if colon and (not port or port.isdecimal()):
        name = bare
    if re.fullmatch(_ADDRESS, name):
        return [name]
    labels = name.removesuffix(".").split(".")
    return labels if all(re.fullmatch(LABEL, label) for label in labels) else []


def _labels(text: str, converters: Converters, at: str | None) -> Iterator[Piece]:
    if re.fullmatch(_ADDRESS, text.lower()):
        yield text.lower()
        return
    before, parameter, after = "", None, ""
    labels: list[Piece] = []
    for piece in pieces_of(text, converters, at):
        if isinstance(piece, Parameter):
            if parameter is not None or piece.greedy:
                raise _no_host(text, at)
            before, parameter, after = after, piece, ""
            continue
        first, *others = piece.split(".")
        after += first
        for other in others:
            labels.append(_label(before, parameter, after))
            before, parameter, after = "", None, other
    labels.append(_label(before, parameter, after))
    for label in labels:
        if isinstance(label, str) and not re.fullmatch(LABEL, label):
            raise _no_host(text, at)
        yield label


def _label(before: str, parameter: Parameter | None, after: str) -> Piece:
    if parameter is not None:
        return Parameter(parameter.name, parameter.converter, before.lower(), after.lower())
    if after.isascii():
        return after.lower()
    try:
        return after.encode("idna").decode("ascii")  # RFC 5891: as it stands in the Host header
    except UnicodeError:
        return after


def _no_host(text: str, at: str | None) -> RouteError:
    return RouteError(
        "R111",
        f"'{text}' is not the pattern of a host name.",
        "Write names of labels and parameters that take one label each, without scheme and port: "
        "'api.example.org', '{tenant}.example.org'.",
        at=at,
    )
