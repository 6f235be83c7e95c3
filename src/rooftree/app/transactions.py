"""The option ``transaction`` of a route: the plan inside of a transaction, run again where its retries allow it."""

from __future__ import annotations

from typing import Final

from rooftree.app.pipeline import Run
from rooftree.base import RouteError, Settings
from rooftree.binding import HandlerInfo
from rooftree.http import Request, Response
from rooftree.routing import RouteInfo

__all__ = ["in_transaction"]

_SAFE: Final = frozenset({"GET", "HEAD"})
_RETRIES: Final = 3


def in_transaction(plan: Run, route: RouteInfo, handler: HandlerInfo, settings: Settings) -> Run:
    """Return a plan that runs in the transaction that its route asks for, or as it is where it asks for none.

    The transaction is committed when the answer is decided, before anything of it is sent; an exception takes it back.
    A body that is streamed is made after it.

    Raises:
        RouteError: R118 for an option that is no transaction, R119 without a database, R120 for a WebSocket, R121 for
            retries of a handler that takes what is there only once.
    """
    wanted = route.transaction
    if wanted is None or wanted is False:
        return plan
    if handler.websocket:
        if route.layers[-1].transaction is None:
            return plan  # the group's option is for its other routes
        fact = f"The WebSocket '{route.pattern.text}' has the option transaction, and would hold one while it is open."
        raise RouteError("R120", fact, "Write 'async with transaction():' around each message.", at=route.place)
    from rooftree.db import Transaction, transaction

    chosen = transaction() if wanted is True else wanted
    if not isinstance(chosen, Transaction):
        fact = f"'{route.pattern.text}' has transaction={wanted!r}, which is no transaction."
        raise RouteError("R118", fact, "Write transaction=True, or transaction(isolation=...).", at=route.place)
    if settings.database is None and not settings.databases:
        fact = f"'{route.pattern.text}' runs in a transaction, and the application has no database."
        raise RouteError("R119", fact, "Set ROOFTREE_DATABASE, or App(Settings(database=...)).", at=route.place)
    once = handler.body is not None and (
        handler.body.kind == "stream" or any(p.source == "upload" for p in handler.all_parameters())
    )
    if chosen.retries and once:
        fact = f"{handler.name} takes a body that is read only once, and its transaction is to be run again."
        raise RouteError("R121", fact, "Leave retries out for this route: transaction=True.", at=handler.place)

    # What GET does is mostly reading, which waits for nobody.
    reading = chosen.reading_first(0 if once else _RETRIES) if wanted is True else chosen

    async def run(request: Request) -> Response:
        current = reading if request.method in _SAFE else chosen
        made: list[Response] = []

        async def attempt() -> Response:
            made.append(await plan(request))
            return made[-1]

        try:
            return await current.run(attempt, may_repeat=request.checkpoint() if current.retries else None)
        except BaseException:
            for response in made:  # decided, but its transaction was not committed
                await response.aclose()
            raise

    return run
