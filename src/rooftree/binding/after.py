"""Work that is done when the answer has been written."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any, ParamSpec

from rooftree.binding.signatures import kind_of
from rooftree.binding.threads import Lane

__all__ = ["After"]

P = ParamSpec("P")


class After:
    """Keeps work for later: a handler takes ``after: After`` and calls ``after(send_mail, to)``.

    The work is done in order when the whole answer has been written, in the handler's context; plain functions run on
    a thread. An error in it is logged and changes nothing. Where the handler fails, none of it is done; where a stream
    breaks half-way, or its client goes away, what was put down until then is done.
    """

    __slots__ = ("_lane", "work")

    def __init__(self, lane: Lane) -> None:
        self._lane = lane
        self.work: list[Callable[[], Any]] = []

    def __call__(self, call: Callable[P, Any], /, *args: P.args, **kwargs: P.kwargs) -> None:
        """Call ``call(*args, **kwargs)`` later; it may be plain or ``async``."""
        lane = self._lane if kind_of(call) == "function" else None
        self.work.append(partial(_finish, partial(call, *args, **kwargs), lane))


async def _finish(call: Callable[[], Any], lane: Lane | None) -> None:
    result = call() if lane is None else await lane.run(call)
    if inspect.isawaitable(result):
        await result
