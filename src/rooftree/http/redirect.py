"""Redirects that stay on this site unless told otherwise."""

from __future__ import annotations

from collections.abc import Mapping

from rooftree.base import HTTPError
from rooftree.http.lazy import LazyResponse
from rooftree.http.request import Request
from rooftree.http.response import Response

__all__ = ["Redirect", "RedirectRefused", "is_local"]

_STATUSES = (301, 302, 303, 307, 308)
_SAFE = "!#$%&'()*+,/:;=?@[]~"


class RedirectRefused(HTTPError):
    """400: a redirect would have led away from this site, and nobody said that it may."""

    status = 400

    def __init__(self, location: str) -> None:
        super().__init__(400, "The address to go on to does not belong to this site.")
        self.location = location
        self.add_note(
            f"Redirect({location!r}) leaves this site. Where the target is yours, pass allow_external=True; "
            "where it comes from the request, ask is_local(target) first."
        )


class Redirect(LazyResponse):
    """An answer that sends the browser elsewhere (RFC 9110 section 15.4).

    Args:
        location: A local path, ``"/orders?page=2"``, or relative to the page, ``"?page=2"``, ``"edit"``. An absolute
            ``http`` or ``https`` URL only where it names the host that the request came to.
        status: 303 goes on with GET whatever came; 307 and 308 keep the method; 301 and 308 are permanent.
        headers: Further header fields.
        allow_external: Let an absolute URL name any host. Never with a value that came from outside.

    Raises:
        RedirectRefused: Browsers would read the location as another site's, or as a script.
        ValueError: The status is no redirect's.
    """

    __slots__ = ("_external", "location")

    def __init__(
        self,
        location: str,
        status: int = 303,
        *,
        headers: Mapping[str, str] | None = None,
        allow_external: bool = False,
    ) -> None:
        if status not in _STATUSES:
            raise ValueError(f"{status} is not the status of a redirect: use one of {_STATUSES}.")
        self._external = not is_local(location)
        if self._external and not _is_web_address(location):
            raise RedirectRefused(location)
        from urllib.parse import quote

        super().__init__(b"", status, None, headers)
        self.location = quote(location, safe=_SAFE, errors="replace")
        self.headers["location"] = self.location
        if allow_external:
            self._external = False

    async def respond(self, request: Request) -> Response:
        """Return the redirect itself.

        Raises:
            RedirectRefused: It names another host than the request came to, without ``allow_external``.
        """
        if self._external:
            from urllib.parse import urlsplit

            target = urlsplit(self.location)
            if target.netloc.lower() != request.host.lower() or (target.scheme, request.scheme) == ("http", "https"):
                raise RedirectRefused(self.location)
        return self


def is_local(location: str) -> bool:
    """Return whether every browser reads a location as one of this site.

    True for a path (``/orders``), a query (``?page=2``), a fragment and a relative path (``edit``); false for what
    has a scheme, begins with two slashes or a backslash, or holds a backslash or control character at all: browsers
    turn a backslash into a slash and drop tabs and line breaks (WHATWG URL section 4.4).
    """
    if not location or not _is_plain(location):
        return False
    path = location.partition("?")[0].partition("#")[0]
    return not path.startswith("//") and ":" not in path.partition("/")[0]


def _is_plain(location: str) -> bool:
    return "\\" not in location and location.strip() == location and not any(_is_control(c) for c in location)


def _is_control(character: str) -> bool:
    return character < " " or "\x7f" <= character <= "\x9f"


def _is_web_address(location: str) -> bool:
    """Return whether this is an absolute URL without anything that two parsers could read in two ways."""
    if not _is_plain(location) or not location.lower().startswith(("http://", "https://")):
        return False
    from urllib.parse import urlsplit

    try:
        target = urlsplit(location)
        return bool(target.hostname) and "@" not in target.netloc and (target.port is None or target.port > 0)
    except ValueError:
        return False
