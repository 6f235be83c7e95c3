"""What a route can be told beside its pattern and its handler."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Literal, NoReturn, Self, TypedDict

from rooftree.base import UsageError
from rooftree.binding import Requirement
from rooftree.http import FormLimits, Request, Response
from rooftree.routing.places import caller, show

if TYPE_CHECKING:
    from rooftree.db import Transaction

__all__ = [
    "INCLUDED_ELSEWHERE",
    "OPTIONS_ELSEWHERE",
    "CallNext",
    "ErrorHandler",
    "Layers",
    "Middleware",
    "RouteOptions",
    "SlashPolicy",
    "Tag",
]

SlashPolicy = Literal["redirect", "strict", "same"]
"""What a slash too many or too few at the end of a path leads to: a redirect, 404, or the same handler."""
CallNext = Callable[[Request], Awaitable[Response]]
"""What a middleware calls to go on: the next one, or the handler."""
Middleware = Callable[[Request, CallNext], Awaitable[Response]]
"""What stands around handlers: takes the request and what to call next; returns the answer."""
ErrorHandler = Callable[..., Any]
"""Takes the request and the exception; returns what a handler may return, or a coroutine of it."""


class Tag(str):
    """A heading of the API's documentation that says what it is about: `tags=[Tag("Items", "What we sell.")]`.

    Args:
        name: The heading; equal to the plain text, so that other routes may name it without the description.
        description: More, in CommonMark.

    Attributes:
        description: As given.
    """

    __slots__ = ("description",)

    description: str

    def __new__(cls, name: str, description: str = "") -> Self:
        """Make one."""
        tag = super().__new__(cls, name)
        tag.description = description
        return tag


class RouteOptions(TypedDict, total=False):
    """The options of a route. A group's own come before those of its routes."""

    name: str
    """What `url_for` finds the route by, within its group's name; the handler's own name without it."""
    status: int
    """The status of a success: 200, or 204 for `None`, without it."""
    returns: Any
    """The type that the answer is projected to, where it is narrower than what the handler returns."""
    raises: Sequence[type[Exception]]
    """The errors that callers may meet, for the documentation of the API."""
    media_type: str
    """The `Content-Type` of the answer, where it is not the one of its type."""
    middleware: Sequence[Middleware]
    """Runs around this route, inside of its groups' middleware."""
    dependencies: Sequence[Any]
    """`Depends(...)` that run before the handler for what they do, not for their value."""
    errors: Mapping[type[Exception], ErrorHandler]
    """Who answers for exceptions of this route, before its groups are asked."""
    slash: SlashPolicy
    """What the path is with its trailing slash, or without: the setting `trailing_slash` for this route."""
    max_body: int
    """Bytes of request body that are taken."""
    form_limits: FormLimits
    """What is taken of a form that the handler's parameters are read from: parts, files, sizes, memory."""
    strict_query: bool
    """Whether names in the query string that nothing takes are refused (422, with the name that may be meant)."""
    timeout: float
    """Seconds after which the handler is cancelled and 503 answered."""
    transaction: bool | Transaction
    """Runs the handler and its dependencies in a transaction of the database: `True`, or `transaction(...)` with
    options. It is committed before the answer is sent, and taken back where an exception leaves the handler."""
    requires: Requirement | Sequence[Requirement]
    """What whoever asks has to be, all of it, beside what the groups ask for: `signed_in`, `staff`,
    `permission(Product, "change")`. Who has not signed in is sent to do so, or answered 401; who is not that, 403."""
    csrf: bool | Literal["always"]
    """Whether a request that changes something has to come from a page of this site or a trusted one, as it has to
    without this; `"always"` asks for proof of requests without credentials too, unless they are JSON: for sign-in."""
    limit: Any
    """How often it may be asked: `"10/minute"`, a `RateLimit`, or several."""
    signed: bool
    """Whether it takes only URLs that `App.sign_url` gave out."""
    localized: bool
    """Whether its address may begin with a language, where the application's do; `False` for addresses of programs:
    then `url_for` puts none before it, and no browser is sent on to one. Files and descriptions are so anyway."""
    tags: Sequence[str]
    """Headings of the route in the API's documentation, after its groups'."""
    summary: str
    """One line for the API's documentation; the first line of the handler's docstring without it."""
    description: str
    """Text for the API's documentation; the rest of the docstring without it."""
    deprecated: bool
    """Whether the documentation says that callers should move on."""
    hidden: bool
    """Whether the documentation leaves the route out, as it does pages without being told."""
    operation_id: str
    """What generated clients call it; the route's dotted name without it."""
    responses: Mapping[int, Any]
    """Further answers by status, for the documentation: a type, or an `AnswerInfo` that says more."""
    examples: Mapping[str, Any]
    """Bodies that may be sent, each under a name, for the documentation."""


class Layers(list[Middleware]):
    """The middleware of a group, outermost first; to whoever decorates a function with it, it says how to add one."""

    def __call__(self, *_: object) -> NoReturn:
        """Refuse: elsewhere `@app.middleware("http")` adds one.

        Raises:
            UsageError: U107.
        """
        raise UsageError(
            "U107",
            "'middleware' is a list here, and no decorator.",
            "Write App(middleware=[timing]), with 'async def timing(request, call_next)'.",
            at=show(caller()),
        )


OPTIONS_ELSEWHERE: Final = {
    "methods": "Write @app.route(pattern, methods=[...]).",
    "status_code": "Write status=201.",
    "response_model": "Write the type of the answer as the handler's own, '-> Item', or returns=Item.",
    "response_class": "Write the type of the answer as the handler's own: '-> Html', '-> str'.",
    "response_description": "Write responses={200: AnswerInfo(...)}.",
    "include_in_schema": "Write hidden=True.",
    "endpoint": "Write name='...'.",
    "defaults": "Write the default in the handler: 'page: int = 1'.",
    "strict_slashes": "Write slash='strict', 'redirect' or 'same'.",
    "max_size": "Write max_body=1_000_000.",
    "permissions": "Write requires=signed_in, or permission(...).",
}
"""Options of a route as other frameworks call them, and what to write."""

_AT_THE_GROUP: Final = "Write it where the group is made: Group('/shop', tags=['shop'])."
INCLUDED_ELSEWHERE: Final[Mapping[str, str]] = dict.fromkeys(
    ("prefix", "url_prefix", "path_prefix", "tags", "dependencies", "name", "namespace", "middleware"), _AT_THE_GROUP
)
"""What is said elsewhere where a group is included."""
