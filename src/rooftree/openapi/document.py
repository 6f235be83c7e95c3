"""The document: everything that is known of an application's API, as OpenAPI 3.1 has it."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, get_args

from rooftree.base import OpenAPIOptions
from rooftree.binding import HandlerInfo
from rooftree.openapi.answers import answers_of
from rooftree.openapi.names import Operation, Routes, operations_in, path_of
from rooftree.openapi.problems import Problems
from rooftree.openapi.requests import body_of, parameters_of
from rooftree.openapi.secure import security_of
from rooftree.openapi.shapes import schema_of
from rooftree.routing import RouteInfo
from rooftree.schema import REF_TEMPLATE, Components, renamed

__all__ = ["make_document"]

VERSION: Final = "3.1.0"


def make_document(
    routes: Routes,
    options: OpenAPIOptions,
    *,
    title: str,
    schemes: Mapping[str, Mapping[str, Any]] | None = None,
    policies: Any = None,
) -> dict[str, Any]:
    """Return the OpenAPI document of an application.

    Args:
        routes: Its routes with their handlers.
        options: What its author says of it.
        title: Its name, where the options have none.
        schemes: How somebody says who they are: security schemes by name, the usual one first.
        policies: Which rows of its models are whose, `None` where it says nothing of that.
    """
    return _Document(list(routes), options, title, schemes or {}, policies).made()


class _Document:
    """One document while it is made."""

    def __init__(
        self,
        routes: Sequence[tuple[RouteInfo, HandlerInfo | None]],
        options: OpenAPIOptions,
        title: str,
        schemes: Mapping[str, Mapping[str, Any]],
        policies: Any,
    ) -> None:
        self.routes = routes
        self.options = options
        self.title = title
        self.schemes = schemes
        self.policies = policies
        self.components = Components()
        self.problems = Problems(self.components)
        self.secured = False

    def made(self) -> dict[str, Any]:
        operations = operations_in(self.routes)
        paths: dict[str, dict[str, Any]] = {}
        left_out: list[dict[str, str]] = []
        for operation in operations:
            described = self.operation(operation)
            path = _place(operation, described, paths)
            if path is None:
                left_out.append({"operationId": operation.id, "method": operation.method, "path": operation.path})
            else:
                paths.setdefault(path, {})[operation.method] = described
        sockets = self.sockets()
        made: dict[str, Any] = {"openapi": VERSION, "info": self.info()}
        if self.options.servers:
            made["servers"] = [{"url": url} for url in self.options.servers]
        made["paths"] = paths
        if tags := self.tags(operations):
            made["tags"] = tags
        if sockets:
            made["x-websockets"] = sockets
        if left_out:
            made["x-left-out"] = left_out
        return self.finished(made)

    def finished(self, made: dict[str, Any]) -> dict[str, Any]:
        """Return the document with its components under their final names."""
        names = self.components.settled()
        schemas = {names[name]: _titled(schema, names[name]) for name, schema in self.components.items()}
        parts: dict[str, Any] = {
            "schemas": dict(sorted(schemas.items())),
            "responses": dict(sorted(self.problems.shared.items())),
            "securitySchemes": dict(self.schemes) if self.secured else {},
        }
        components = {name: part for name, part in parts.items() if part}
        if components:
            made["components"] = components
        finished: dict[str, Any] = renamed(made, names, REF_TEMPLATE)
        return finished

    def info(self) -> dict[str, Any]:
        options = self.options
        info: dict[str, Any] = {"title": options.title or self.title, "version": options.version}
        contact = {"name": options.contact_name, "url": options.contact_url, "email": options.contact_email}
        contact = {name: value for name, value in contact.items() if value}
        more: dict[str, Any] = {
            "summary": options.summary,
            "description": options.description,
            "termsOfService": options.terms,
            "contact": contact,
        }
        info |= {name: value for name, value in more.items() if value}
        if options.license:
            info["license"] = {"name": options.license, **({"url": options.license_url} if options.license_url else {})}
        return info

    def operation(self, operation: Operation) -> dict[str, Any]:
        route, handler = operation.route, operation.handler
        made: dict[str, Any] = {"operationId": operation.id}
        if tags := tags_of(route):
            made["tags"] = [str(tag) for tag in tags]
        if handler.summary:
            made["summary"] = str(handler.summary)
        if handler.description:
            made["description"] = inspect.cleandoc(str(handler.description))
        if route.options.get("deprecated"):
            made["deprecated"] = True
        if route.host is not None:
            made["servers"] = [_server(route)]
        if parameters := parameters_of(route, handler, self.components):
            made["parameters"] = parameters
        if (body := body_of(route, handler, self.components)) is not None:
            made["requestBody"] = body
        answers = answers_of(route, handler, self.components)
        problems = self.problems.of(route, operation.method, handler)
        made["responses"] = dict(sorted({**problems, **answers}.items())) or {"default": {"description": "Any answer."}}
        self.secure(handler, made)
        return made

    def secure(self, handler: HandlerInfo, made: dict[str, Any]) -> None:
        """Say who may ask, where not everybody may."""
        security = security_of(handler, self.schemes, self.policies)
        if security is not None:
            self.secured = True
            made["security"] = security

    def tags(self, operations: Iterable[Operation]) -> list[dict[str, str]]:
        """Return the tags that are used or described, in the order of the options, then of their first use."""
        found: dict[str, str] = dict(self.options.tags)
        for operation in operations:
            for tag in tags_of(operation.route):
                said = getattr(tag, "description", "")
                if not found.get(str(tag)):
                    found[str(tag)] = said
        return [{"name": name, **({"description": said} if said else {})} for name, said in found.items()]

    def sockets(self) -> dict[str, Any]:
        """Return the WebSockets by path: OpenAPI has no word for them."""
        found: dict[str, Any] = {}
        for route, handler in self.routes:
            if route.kind != "websocket" or handler is None or route.options.get("hidden"):
                continue
            made: dict[str, Any] = {"name": route.name}
            if handler.summary:
                made["summary"] = handler.summary
            if handler.description:
                made["description"] = handler.description
            if parameters := parameters_of(route, handler, self.components):
                made["parameters"] = parameters
            declared = next((get_args(p.type) for p in handler.parameters if p.source == "websocket"), ())
            if declared:
                made["message"] = schema_of(declared[0], self.components)
            self.secure(handler, made)
            found[path_of(route.pattern)] = made
        return found


def _titled(schema: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a schema with its name as its title, where that is longer than its class's: people see the titles."""
    title = schema.get("title")
    return {**schema, "title": name} if isinstance(title, str) and title and title in name else schema


def tags_of(route: RouteInfo) -> tuple[str, ...]:
    """Return the tags of a route: its own and its groups', or the name of its outermost group."""
    if route.tags:
        return route.tags
    group = route.name.partition(".")
    return (group[0],) if group[2] else ()


def _server(route: RouteInfo) -> dict[str, Any]:
    """Return where the routes of a host are: its parameters are variables of the URL."""
    host = route.host
    parameters = () if host is None else host.parameters
    text = "" if host is None else host.text
    for parameter in parameters:
        text = text.replace(f"{{{parameter.name}:{parameter.converter.name}}}", f"{{{parameter.name}}}")
    server: dict[str, Any] = {"url": f"//{text}"}
    if parameters:
        server["variables"] = {parameter.name: {"default": parameter.name} for parameter in parameters}
    return server


def _place(operation: Operation, described: dict[str, Any], paths: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Return the path under which an operation can stand, `None` where there is none.

    `/items/{id:int}` and `/items/{id:uuid}` are one template to OpenAPI: the second one's parameters are renamed,
    which means nothing to whoever asks.
    """
    path = operation.path
    if operation.method not in paths.get(path, {}):
        return path
    renames: dict[str, str] = {}
    for parameter in operation.route.pattern.parameters:
        name = renames[parameter.name] = f"{parameter.name}_{parameter.converter.name}"
        path = path.replace(f"{{{parameter.name}}}", f"{{{name}}}")
    if operation.method in paths.get(path, {}):
        return None
    for parameter in described.get("parameters", ()):
        if parameter["in"] == "path":
            parameter["name"] = renames[parameter["name"]]
    return path
