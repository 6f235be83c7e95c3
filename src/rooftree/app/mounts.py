"""Applications mounted inside of an App: any ASGI or WSGI application below a prefix."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Literal

from rooftree.base import RouteError
from rooftree.http import Request, Response
from rooftree.routing import RouteInfo

if TYPE_CHECKING:
    from rooftree.app.mounted_asgi import MountedAsgi
    from rooftree.app.mounted_wsgi import MountedWsgi

__all__ = ["Mount", "interface_of"]


class Mount:
    """One mounted application.

    Args:
        info: The route of kind ``"mount"``.
        threads: How many requests a WSGI application works on at the same time, each on a thread.

    Raises:
        RouteError: R210 where it cannot be told whether the application speaks ASGI or WSGI.
    """

    __slots__ = ("_inside", "interface")

    def __init__(self, info: RouteInfo, threads: int = 40) -> None:
        prefix = "".join(f"/{part}" for part in info.pattern.segments if part)
        self.interface = interface_of(info)
        self._inside: MountedAsgi | MountedWsgi
        if self.interface == "asgi":
            from rooftree.app.mounted_asgi import MountedAsgi

            self._inside = MountedAsgi(info.handler, prefix, info.place)
        else:
            from rooftree.app.mounted_wsgi import MountedWsgi

            self._inside = MountedWsgi(info.handler, prefix, threads)

    async def answer(self, request: Request) -> Response:
        """Hand a request on and return the answer; the router has put the rest of the path into its parameters.

        Raises:
            PayloadTooLarge: The body is larger than the mount takes.
            Exception: What the mounted application raised before its answer began.
        """
        return await self._inside.answer(request, request.params[-1])

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None, None]:
        """Keep the mounted application alive.

        Raises:
            RouteError: R211 where its own start-up failed.
        """
        async with self._inside.running():
            yield


def interface_of(info: RouteInfo) -> Literal["asgi", "wsgi"]:
    """Return what a mounted application speaks: ASGI takes three arguments, WSGI takes two.

    Raises:
        RouteError: R210.
    """
    import inspect

    app: Callable[..., Any] = info.handler
    called = getattr(app, "__call__", app)  # noqa: B004 - the function behind an object, to see whether it is async
    if inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(called):
        return "asgi"
    try:
        signature = inspect.signature(app)
    except (TypeError, ValueError):
        signature = inspect.Signature()
    takes_three, takes_two = _takes(signature, 3), _takes(signature, 2)
    if takes_three == takes_two and not hasattr(app, "asgi_version"):
        raise RouteError(
            "R210",
            f"What is mounted at '{info.pattern.text}', {type(app).__qualname__}, takes neither three arguments as an "
            "ASGI application does (scope, receive, send), nor two as a WSGI application does (environ, "
            "start_response).",
            "Mount the application itself, not what makes it; or wrap it in a function that takes the right ones.",
            at=info.place,
        )
    return "asgi" if takes_three else "wsgi"


def _takes(signature: Any, count: int) -> bool:
    try:
        signature.bind(*[None] * count)
    except TypeError:
        return False
    return True
