"""What an application has in other frameworks, and how the same is said here."""

from __future__ import annotations

from functools import partial
from typing import Any, Final, NoReturn

from rooftree.base import Habit

__all__ = ["put_habits_on_applications"]

_START = "Write 'rooftree dev' or 'rooftree run' in the shell; in a program, serve(...) of rooftree.server."
_ROUTE = "Write @app.get('/path') above the handler, or app.get('/path')(handler)."
_ERROR = "Write @app.error(NotFound), with the type of the exception."
_MIDDLEWARE = "Write App(middleware=[...]), with objects or functions: async def timing(request, call_next)."
_STARTING = "Write @app.on_startup, @app.on_shutdown, or @app.lifespan for both in one generator."
_TEMPLATES = "Write app.templates, which takes filters, globals and folders."
_INCLUDE = "Write app.include(...) with a Group, a module or a handler that was declared by @get('/path')."

READ: Final = {
    "run": _START,
    "add_url_rule": _ROUTE, "add_route": _ROUTE, "add_api_route": _ROUTE, "api_route": _ROUTE,
    "add_websocket_route": "Write @app.websocket('/path') above the handler.",
    "register_blueprint": _INCLUDE, "include_router": _INCLUDE, "blueprint": _INCLUDE,
    "errorhandler": _ERROR, "exception_handler": _ERROR, "add_exception_handler": _ERROR,
    "register_error_handler": _ERROR,
    "add_middleware": _MIDDLEWARE, "before_request": _MIDDLEWARE, "after_request": _MIDDLEWARE,
    "teardown_request": _MIDDLEWARE, "teardown_appcontext": _MIDDLEWARE,
    "on_event": _STARTING, "add_event_handler": _STARTING, "before_serving": _STARTING, "after_serving": _STARTING,
    "template_filter": _TEMPLATES, "context_processor": _TEMPLATES, "jinja_env": _TEMPLATES,
    "dependency_overrides": "Write 'with app.providers.override(search, fake):'.",
    "test_client": "Write SyncClient(app), or Client(app) in asynchronous tests; both are in rooftree.testing.",
    "app_context": "Write 'with app.current():'.",
    "config": "Write app.settings, or 'settings: Settings' as a parameter of a handler; a subclass adds your own.",
    "logger": "Write logging.getLogger(__name__).",
    "state": "Write @app.provide above a function that returns it, with scope='app', and name its type as a parameter.",
    "routes": "Write 'rooftree routes' in the shell.",
    "url_map": "Write 'rooftree routes' in the shell.",
    "wsgi_app": "Serve it by 'rooftree run', or any ASGI server.",
}  # fmt: skip

ASSIGNED: Final = {
    "secret_key": "Write App(Settings(secret_key=...)), or set ROOFTREE_SECRET_KEY in the environment.",
    "debug": "Write App(Settings(mode='development')), or start it with 'rooftree dev'.",
}
"""What others take by assignment; here it would do nothing."""

_DESCRIBED: Final = "Write App(Settings(openapi=OpenAPIOptions(version=..., description=..., path=..., docs=...)))."
OPTIONS: Final = {
    "title": "Write App(name='Shop'); OpenAPIOptions(title=...) is for the description of the API alone.",
    "version": _DESCRIBED, "description": _DESCRIBED, "openapi_url": _DESCRIBED, "docs_url": _DESCRIBED,
    "redoc_url": _DESCRIBED,
    "debug": ASSIGNED["debug"],
    "secret_key": ASSIGNED["secret_key"],
    "exception_handlers": "Write App(errors={...}), or @app.error(NotFound).",
    "on_startup": _STARTING, "on_shutdown": _STARTING, "lifespan": _STARTING,
    "routes": _INCLUDE, "route_handlers": _INCLUDE,
    "static_folder": "Write app.static().",
    "template_folder": _TEMPLATES,
}  # fmt: skip
"""What App() is given elsewhere."""


class AssignedHabit(Habit):
    """A habit of giving a name a value."""

    def __set__(self, instance: object, value: object) -> NoReturn:
        self.__get__(instance, type(instance))


def _told(remedy: str, owner: Any, _: object) -> tuple[str, str]:
    return owner.__name__, remedy


def put_habits_on_applications(kind: type) -> None:
    """Let an application say of the names that it has elsewhere what to write."""
    for names, habit in ((READ, Habit), (ASSIGNED, AssignedHabit)):
        for name, remedy in names.items():
            made = habit("U107", partial(_told, remedy))
            made.__set_name__(kind, name)
            setattr(kind, name, made)
