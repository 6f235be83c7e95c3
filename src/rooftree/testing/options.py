"""What a client and a request can be given, and the verbs that both clients share."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, Generic, TypedDict, TypeVar, Unpack

import httpx
import msgspec

from rooftree.base import UsageError

__all__ = ["ClientOptions", "RequestOptions", "Verbs", "add_cookies", "is_own_host", "not_open", "prepared"]

R = TypeVar("R")


class ClientOptions(TypedDict, total=False):
    """How a test client asks.

    Attributes:
        base_url: Scheme and host of every request; without it ``http://`` and the first of the application's own hosts.
        headers: Sent with every request.
        follow_redirects: Go on to where a redirect leads; off unless asked for.
        raise_errors: Raise what the application raised and nobody handled (the default); with ``False`` the test gets
            what a visitor would: a 500, or an answer that breaks off.
        rollback: Take back at the end what happened in the databases since the client was entered: each test begins
            with the same rows.
        client: Address and port that the requests come from: ``("127.0.0.1", 50000)``.
    """

    base_url: str
    headers: Mapping[str, str]
    follow_redirects: bool
    raise_errors: bool
    rollback: bool
    client: tuple[str, int]


class RequestOptions(TypedDict, total=False):
    """What a request can carry; the same names as httpx has, and ``msgpack``.

    Attributes:
        params: The query string's parameters.
        headers: Further headers.
        cookies: Cookies of this request alone.
        json: A value sent as JSON: whatever msgspec encodes, a ``Schema``, dates and decimals too.
        msgpack: A value sent as MessagePack.
        data: Fields of a form.
        files: Files of a multipart form: ``{"photo": ("oak.png", data, "image/png")}``.
        content: The body itself: whole, or its parts one after the other.
        follow_redirects: Go on to where a redirect leads.
    """

    params: Mapping[str, Any] | Sequence[tuple[str, Any]]
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    json: Any
    msgpack: Any
    data: Mapping[str, Any]
    files: Any
    content: str | bytes | Iterable[bytes] | AsyncIterable[bytes]
    follow_redirects: bool


class Verbs(Generic[R]):
    """One method for each HTTP verb. ``R`` is what a request gives: an answer, or what is awaited for one."""

    def request(self, method: str, url: str, **options: Unpack[RequestOptions]) -> R:
        """Send a request and return the whole answer."""
        raise NotImplementedError

    def get(self, url: str, **options: Unpack[RequestOptions]) -> R:
        """Send a GET request."""
        return self.request("GET", url, **options)

    def head(self, url: str, **options: Unpack[RequestOptions]) -> R:
        """Send a HEAD request."""
        return self.request("HEAD", url, **options)

    def options(self, url: str, **options: Unpack[RequestOptions]) -> R:
        """Send an OPTIONS request."""
        return self.request("OPTIONS", url, **options)

    def post(self, url: str, **options: Unpack[RequestOptions]) -> R:
        """Send a POST request."""
        return self.request("POST", url, **options)

    def put(self, url: str, **options: Unpack[RequestOptions]) -> R:
        """Send a PUT request."""
        return self.request("PUT", url, **options)

    def patch(self, url: str, **options: Unpack[RequestOptions]) -> R:
        """Send a PATCH request."""
        return self.request("PATCH", url, **options)

    def delete(self, url: str, **options: Unpack[RequestOptions]) -> R:
        """Send a DELETE request."""
        return self.request("DELETE", url, **options)


def prepared(options: RequestOptions) -> dict[str, Any]:
    """Return the options as httpx takes them for building a request; cookies and redirects are not among these."""
    given: dict[str, Any] = {**options}
    given.pop("cookies", None)
    given.pop("follow_redirects", None)
    headers = httpx.Headers(given.pop("headers", None))
    if "json" in given:  # by msgspec: the standard library knows no decimals, dates and Schemas
        given["content"] = msgspec.json.encode(given.pop("json"))
        headers.setdefault("content-type", "application/json")
    if "msgpack" in given:
        given["content"] = msgspec.msgpack.encode(given.pop("msgpack"))
        headers.setdefault("content-type", "application/msgpack")
    content = given.get("content")
    if content is not None and not isinstance(content, str | bytes | AsyncIterable):
        given["content"] = _one_by_one(content)
    given["headers"] = headers
    return given


async def _one_by_one(parts: Iterable[bytes]) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def add_cookies(request: httpx.Request, cookies: Mapping[str, str] | None) -> None:
    """Add the cookies of one request to those that the client keeps."""
    if cookies:
        kept = [request.headers["cookie"]] if "cookie" in request.headers else []
        request.headers["cookie"] = "; ".join([*kept, *(f"{name}={value}" for name, value in cookies.items())])


def is_own_host(host: str) -> bool:
    """Tell whether a host is this machine, where browsers send ``Secure`` cookies without TLS too."""
    return host in {"localhost", "127.0.0.1", "::1"} or host.endswith(".localhost")


def not_open() -> UsageError:
    """Return the error of a client that is used before it was entered, or after it was left."""
    return UsageError(
        "U402",
        "The test client is not open, so the application has not been started.",
        "Use it as 'async with Client(app) as client:', or 'with SyncClient(app) as client:'.",
    )
