"""One request, as a server hands it to an application and as a handler reads it.

Whatever costs time is worked out on first use: a handler that asks for nothing pays for nothing.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from rooftree.base import FieldError, PayloadTooLarge, RequestInvalid
from rooftree.http.connection import ConnectionInfo
from rooftree.http.form import FormData, read_form
from rooftree.http.forwarded import forwarded_client, forwarded_host, forwarded_prefix, forwarded_scheme
from rooftree.http.habits import put_habits_on_requests
from rooftree.http.headers import Fields, Headers
from rooftree.http.multipart import FormLimits, MultipartReader, Part, boundary_of
from rooftree.http.urlencoded import parse_urlencoded

if TYPE_CHECKING:
    from rooftree.http.response import Response
    from rooftree.http.websocket import WebSocketTransport

__all__ = ["DEFAULT_MAX_BODY", "BodySource", "Request", "RequestIds", "request_ids"]

DEFAULT_MAX_BODY: Final = 2 * 1024 * 1024
DEFAULT_FORM_LIMITS = FormLimits()


class RequestIds:
    """Makes request ids unique across workers: a random part for each process before a count.

    Attributes:
        process: The part of this process.
    """

    __slots__ = ("process",)

    def __init__(self) -> None:
        self.renew()
        os.register_at_fork(after_in_child=self.renew)

    def renew(self) -> None:
        """Take another random part: a forked process counts on from the same number."""
        self.process = os.urandom(6).hex().encode()


request_ids = RequestIds()


class BodySource(Protocol):
    """Where the body's bytes come from when they have not all arrived with the head."""

    async def receive(self) -> bytes:
        """Return the next part of the body, ``b""`` after the last one; the sender is held back until it is asked for.

        Raises:
            ClientDisconnected: The client went away before the body was complete.
        """
        ...


class Request(msgspec.Struct, eq=False):
    """One HTTP request.

    A server makes it with the head; ``content`` holds the body if all of it came along, else ``source``
    gives it. (A ``Struct`` because making one takes a fifth of the time of a class with an ``__init__``.)

    Attributes:
        method: As sent: ``"GET"``.
        raw_path: The path of the target, percent-encoded as sent, starting with ``/`` (``*`` for ``OPTIONS *``).
        query_string: What stands after the ``?``, percent-encoded; ``b""`` without one.
        fields: The header fields.
        raw_host: The ``Host`` header (or the authority of an absolute-form target); the server has checked its form.
        connection: The two ends.
        content: The whole body where it has already arrived, else ``None``.
        app: The application that it was handed to.
        source: Gives the body where ``content`` is ``None``.
        http_version: ``"1.0"`` or ``"1.1"`` (``"2"`` through an ASGI server).
        websocket: Present where this request is a valid WebSocket handshake (RFC 6455 section 4.2.1).
        max_body: Bytes of body that will be taken; set by the application at dispatch, from the route.
        root_path: The part of the path that lies before this application where it is mounted.
        found: The route that matched, and the values of the path's parameters in their order; set by the application.
        form_data: The form, once it was read: then ``aclose`` has something to do.
        before_answer: What ``on_answer`` was given.
    """

    method: str
    raw_path: bytes
    query_string: bytes
    fields: Fields
    raw_host: bytes
    connection: ConnectionInfo
    content: bytes | None = b""
    app: Any = None
    source: BodySource | None = None
    http_version: str = "1.1"
    websocket: WebSocketTransport | None = None
    max_body: int = DEFAULT_MAX_BODY
    root_path: str = ""
    found: tuple[Any, tuple[Any, ...]] = (None, ())
    form_data: FormData | None = None
    before_answer: list[Callable[[Response], Awaitable[None]]] | None = None
    _query: dict[str, list[str]] | None = None
    _cookies: dict[str, str] | None = None
    _state: dict[str, Any] | None = None
    _id: str | None = None
    serial: int = msgspec.field(default_factory=itertools.count().__next__)

    @property
    def path(self) -> str:
        """The path, percent-decoded, for people and logs; routing reads ``raw_path``, where ``%2F`` is no slash."""
        path = self.raw_path.decode("latin-1")
        if "%" not in path:
            return path
        from urllib.parse import unquote

        return unquote(path)

    @property
    def route(self) -> Any:
        """The route that matched; ``None`` where none did."""
        return self.found[0]

    @property
    def params(self) -> tuple[Any, ...]:
        """The values of the path's parameters in their order."""
        return self.found[1]

    @property
    def raw_headers(self) -> Sequence[tuple[bytes, bytes]]:
        """The header fields as pairs of lower-case name and value in the order sent."""
        return self.fields.pairs

    @property
    def headers(self) -> Headers:
        """The header fields by name."""
        return self.fields.headers

    @property
    def query(self) -> dict[str, list[str]]:
        """Every value of each name in the query string, in order."""
        if self._query is None:
            self._query = parse_urlencoded(self.query_string)
        return self._query

    @property
    def cookies(self) -> dict[str, str]:
        """The cookies by name; of a repeated name the first (RFC 6265 section 5.4 sends the most specific first)."""
        if self._cookies is None:
            self._cookies = self.fields.cookies
        return self._cookies

    def on_answer(self, hook: Callable[[Response], Awaitable[None]]) -> None:
        """Call ``hook`` with the answer when it is decided and nothing of it is sent: a session is saved then.

        It runs for answers to errors too, once for each time that it was given, outside of all middleware. An error of
        it takes the answer's place.
        """
        if self.before_answer is None:
            self.before_answer = []
        self.before_answer.append(hook)

    def checkpoint(self) -> Callable[[], bool]:
        """Return what forgets all that was noted on this request since, so that its handler may run once more.

        It tells whether that is so: a body that was read part by part, and files, are there only once.
        """
        source, hooks, state = self.source, list(self.before_answer or ()), dict(self._state or {})

        def restore() -> bool:
            self.before_answer, self._state = hooks[:] or None, dict(state)
            streamed = self.content is None and self.source is not source
            files = self.form_data is not None and bool(self.form_data.files)
            return not (streamed and self.form_data is None) and not files

        return restore

    @property
    def state(self) -> dict[str, Any]:
        """A place where middleware and dependencies keep things for this request."""
        if self._state is None:
            self._state = {}
        return self._state

    @property
    def id(self) -> str:
        """The id under which logs and the ``X-Request-Id`` header name this request.

        A trusted proxy's own ``X-Request-Id`` is kept where it is 1 to 128 letters, digits, ``-``, ``_`` or ``.``.
        """
        if self._id is None:
            given = self.headers.get("x-request-id", "") if self.connection.trusted else ""
            plain = given.isascii() and given.replace("-", "").replace("_", "").replace(".", "").isalnum()
            own = f"{request_ids.process.decode()}{self.serial:08x}"
            self._id = given if plain and len(given) <= 128 else own
        return self._id

    @property
    def scheme(self) -> str:
        """``"http"`` or ``"https"`` as the client used it; behind a trusted proxy, what that proxy says."""
        connection = self.connection
        if connection.trusted is None:
            return connection.scheme
        return forwarded_scheme(connection.trusted, connection, self.raw_headers)

    @property
    def host(self) -> str:
        """Host and port as the client named them: ``"example.org"``, ``"[::1]:8000"``."""
        connection = self.connection
        if connection.trusted is None:
            return self.raw_host.decode("latin-1")
        return forwarded_host(connection.trusted, connection, self.raw_headers, self.raw_host)

    @property
    def client(self) -> tuple[str, int] | None:
        """Address and port of the client; behind trusted proxies, the first address that is not one of them."""
        connection = self.connection
        if connection.trusted is None:
            return connection.client
        return forwarded_client(connection.trusted, connection, self.raw_headers)

    @property
    def prefix(self) -> str:
        """The path that a trusted proxy took off before it passed the request on: ``"/shop"``, ``""`` for none."""
        connection = self.connection
        if connection.trusted is None:
            return ""
        return forwarded_prefix(connection.trusted, connection, self.raw_headers)

    @property
    def url(self) -> str:
        """The whole URL as the client used it."""
        query = f"?{self.query_string.decode('latin-1')}" if self.query_string else ""
        return f"{self.scheme}://{self.host}{self.prefix}{self.raw_path.decode('latin-1')}{query}"

    @property
    def content_type(self) -> str:
        """The media type of the body without parameters, in lower case; ``""`` where none is named."""
        for name, value in self.raw_headers:
            if name == b"content-type":
                return value.partition(b";")[0].strip().lower().decode("latin-1")
        return ""

    async def stream(self) -> AsyncIterator[bytes]:
        """Give the body in parts as they arrive; only ``max_body`` bytes in all are taken.

        Raises:
            PayloadTooLarge: More than ``max_body`` bytes came, or are announced: then none of them is waited for.
            ClientDisconnected: The client went away before the end.
        """
        if self.content is not None:
            if len(self.content) > self.max_body:
                raise PayloadTooLarge(self.max_body)
            if self.content:
                yield self.content
            return
        source, taken = self.source, 0
        if source is None:
            raise RuntimeError("The body of this request was already read as a stream.")
        if self._announced() > self.max_body:
            raise PayloadTooLarge(self.max_body)
        self.source = None
        while part := await source.receive():
            taken += len(part)
            if taken > self.max_body:
                raise PayloadTooLarge(self.max_body)
            yield part

    def _announced(self) -> int:
        """Return the length that the head says the body has; 0 where it comes in chunks."""
        for name, value in self.raw_headers:
            if name == b"content-length" and value.isdigit() and len(value) < 20:
                return int(value)
        return 0

    async def body(self) -> bytes:
        """Return the whole body; it can be asked for again.

        Raises:
            PayloadTooLarge: It is larger than ``max_body``.
            ClientDisconnected: The client went away before the end.
        """
        if self.content is not None:
            if len(self.content) > self.max_body:
                raise PayloadTooLarge(self.max_body)
            return self.content
        parts = [part async for part in self.stream()]
        self.content = parts[0] if len(parts) == 1 else b"".join(parts)
        return self.content

    async def text(self) -> str:
        """Return the body as UTF-8 text.

        Raises:
            RequestInvalid: It is not UTF-8 (400).
        """
        content = await self.body()
        try:
            return content.decode()
        except UnicodeDecodeError as error:
            message = f"Expected UTF-8 text, got the byte 0x{content[error.start]:02x} at position {error.start}"
            raise RequestInvalid([FieldError("body", (), "utf8", message)], status=400) from None

    async def json(self) -> Any:
        """Return the body read as JSON, without a declared type; a typed parameter is nearly always better.

        Raises:
            RequestInvalid: It is not JSON (400).
        """
        try:
            return msgspec.json.decode(await self.body())
        except RecursionError:
            raise RequestInvalid(
                [FieldError("body", (), "json", "Expected fewer levels of nesting")], status=400
            ) from None
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise RequestInvalid([FieldError("body", (), "json", str(error))], status=400) from None

    async def form(self, limits: FormLimits = DEFAULT_FORM_LIMITS) -> FormData:
        """Return the body read as a form, urlencoded or multipart; it can be asked for again.

        Its files are closed when the answer was written and the work after it is done. Large ones need a larger
        ``max_body`` on their route.

        Raises:
            RequestInvalid: It cannot be read, or goes past a limit (400, 413).
            HTTPError: It is no form (415).
            PayloadTooLarge: It is larger than ``max_body``.
            ClientDisconnected: The client went away before the end.
        """
        if self.form_data is None:
            self.form_data = await read_form(self.headers.get("content-type", ""), self.stream(), limits)
        return self.form_data

    async def multipart(self, limits: FormLimits = DEFAULT_FORM_LIMITS) -> AsyncIterator[Part]:
        """Give the parts of a multipart form as they arrive: for files too large to be kept, or handed straight on.

        Raises:
            RequestInvalid: It cannot be read, or goes past a limit (400).
            PayloadTooLarge: It is larger than ``max_body``.
            ClientDisconnected: The client went away before the end.
        """
        boundary = boundary_of(self.headers.get("content-type", ""))
        async for part in MultipartReader(self.stream(), boundary, limits):
            yield part

    async def aclose(self) -> None:
        """Close the files of the form: the last that is done for a request, after ``Response.after``."""
        if self.form_data is not None:
            await self.form_data.aclose()

    async def follow_up(self, response: Response, report: Callable[[Exception], Awaitable[None]]) -> None:
        """Do what was to be done after the answer, then close the files; whoever has written the answer calls it.

        Args:
            response: The answer, written or broken off.
            report: Is told of each error, which keeps nothing else from running.
        """
        for work in [*(response.after or ()), self.aclose]:
            try:
                await work()
            except Exception as error:  # noqa: BLE001 - it is the application's code, and this is its last frame
                await report(error)

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.raw_path.decode('latin-1')}>"


put_habits_on_requests(Request)
