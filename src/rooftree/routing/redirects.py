"""Sending visitors on to a route: by its handler or its name, in the language that they read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rooftree.http import Redirect, Request, Response

__all__ = ["RouteRedirect", "redirect"]


class RouteRedirect(Redirect):
    """A redirect to a route of the application that answers; its address is made when it is sent."""

    __slots__ = ("_params", "_target")

    def __init__(self, target: str | Callable[..., Any], params: Mapping[str, Any]) -> None:
        super().__init__("/", 303)
        self._target = target
        self._params = params

    async def respond(self, request: Request) -> Response:
        """Return the redirect, with the address of its route.

        Raises:
            RouteError: R301 to R304, as `App.url_for`.
        """
        path: str = request.app.url_for(self._target, **self._params)
        self.location = f"{request.root_path}{path}"
        self.headers["location"] = self.location
        return self


def redirect(target: str | Callable[..., Any], /, **params: Any) -> Redirect:
    """Send the browser on to a route, with GET (303): by its handler, or its dotted name.

    >>> @app.post("/cart/{product}")
    ... async def add(product: int) -> Redirect:
    ...     return redirect(show_cart, added=product)

    Args:
        target: The handler, or a name like ``"shop.products.detail"``.
        params: The parameters of its path by name; what is left over becomes the query string.
    """
    return RouteRedirect(target, params)
