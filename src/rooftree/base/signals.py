"""Signals: parts of an application tell of what happened without knowing who listens."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

__all__ = ["Signal"]

T = TypeVar("T")
Receiver = Callable[[T], Awaitable[None] | None]

_log = logging.getLogger("rooftree.signals")


class Signal(Generic[T]):
    """Something that happens, to which any number of receivers listen.

    >>> ordered: Signal[str] = Signal("ordered")
    >>> @ordered.connect
    ... def remember(name: str) -> None: ...
    """

    __slots__ = ("name", "receivers")

    def __init__(self, name: str) -> None:
        self.name = name
        self.receivers: list[Receiver[T]] = []

    def connect(self, receiver: Receiver[T]) -> Receiver[T]:
        """Call ``receiver`` each time; returns it, so that it serves as a decorator."""
        self.receivers.append(receiver)
        return receiver

    def disconnect(self, receiver: Receiver[T]) -> None:
        """Call ``receiver`` no more; one that is not connected is no error."""
        if receiver in self.receivers:
            self.receivers.remove(receiver)

    async def send(self, value: T) -> None:
        """Call every receiver in order. The error of one is logged and keeps no other from being called."""
        for receiver in tuple(self.receivers):
            try:
                result = receiver(value)
                if inspect.isawaitable(result):
                    await result
            except Exception:  # noqa: BLE001 - a receiver must not break its sender; it is logged
                _log.exception("A receiver of the signal %r failed: %r", self.name, receiver)

    def __repr__(self) -> str:
        return f"<Signal {self.name}: {len(self.receivers)} receivers>"
