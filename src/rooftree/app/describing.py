"""The description of the application's API: its document, and where it is served."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rooftree.app.checks import Finding
from rooftree.base import OpenAPIOptions
from rooftree.http import Request, Response
from rooftree.routing import Group, RouteInfo

if TYPE_CHECKING:
    from rooftree.openapi import Description

__all__ = ["answer_ui", "describe_app", "description_findings", "own_routes"]

Answer = Callable[[Request], Awaitable[Response]]


def describe_app(app: Any) -> Description:
    """Return the description of an application; its document is made when it is asked for."""
    from rooftree.openapi import Description, make_document

    settings = app.settings
    options = settings.openapi or OpenAPIOptions()

    def make() -> dict[str, Any]:
        routes = [(endpoint.info, endpoint.handler) for endpoint in app.built.endpoints]
        return make_document(routes, options, title=app.title, schemes=_schemes(app), policies=app.policies_in_use)

    return Description(make, options, tell=settings.mode == "development")


def _schemes(app: Any) -> Mapping[str, Mapping[str, Any]]:
    """Return how somebody says who they are, where the application has accounts."""
    accounts: Any = app.accounts_in_use
    if accounts is None:
        return {}
    cookie = app.settings.session.cookie
    schemes = {
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": cookie,
            "description": f"The session of whoever has signed in; over HTTPS its name is __Host-{cookie}.",
        }
    }
    if accounts.takes_keys:
        schemes["key"] = {"type": "http", "scheme": "bearer", "description": "An API key: `rt_...`."}
    return schemes


def own_routes(options: OpenAPIOptions | None, routes: Sequence[RouteInfo], around: Group) -> Iterator[RouteInfo]:
    """Give the routes of the document and the page, but where the application has something there itself.

    Args:
        options: Where they are.
        routes: The application's own.
        around: Its outermost group, whose middleware and error handlers stand around these too.
    """
    from rooftree.routing import flatten

    if options is None:
        return
    taken = {route.pattern.text for route in routes if "GET" in route.methods or route.kind == "mount"}
    group = Group(middleware=around.middleware, errors=around.errors)
    more: Any = {"requires": options.requires} if options.requires else {}
    for path, answer in ((options.path, answer_document), (options.docs, answer_page)):
        if path and path not in taken:
            group.get(path, hidden=True, localized=False, **more)(answer)
    yield from flatten(group)


async def answer_document(request: Request) -> Response:
    """Answer with the document."""
    description: Description = request.app.description
    return await description.answer_document(request)


async def answer_page(request: Request) -> Response:
    """Answer with the page that shows it."""
    description: Description = request.app.description
    return await description.answer_page(request)


async def answer_ui(request: Request, name: str) -> Response:
    """Answer with a file of Swagger UI."""
    from rooftree.base import NotFound
    from rooftree.openapi import swagger_ui

    options = request.app.settings.openapi
    ui = swagger_ui(options.ui) if options is not None else None
    if ui is None:
        raise NotFound
    return await ui.respond(request, name)


def description_findings(app: Any) -> list[Finding]:
    """Return what is worth knowing of the description: operations that share a name."""
    from rooftree.openapi import duplicates

    found: list[Finding] = []
    for same in duplicates([(endpoint.info, endpoint.handler) for endpoint in app.built.endpoints]):
        places = ", ".join(f"{each.method.upper()} {each.path} at {each.route.place}" for each in same)
        found.append(
            Finding(
                "C131",
                "warning",
                f"Several operations of the API are called '{same[0].id}': {places}.",
                "Name their groups, Group(name=...), or say operation_id=... on the routes.",
            )
        )
    return found
