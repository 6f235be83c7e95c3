"""What every answer gets: security headers and the request's id, as lines made ready for the wire."""

from __future__ import annotations

from collections.abc import Callable

from rooftree.app.middleware import SecurityHeaders, security_lines
from rooftree.base import Settings
from rooftree.http import Request, Response, request_ids

__all__ = ["Finish", "finisher"]

Finish = Callable[[Request, Response], None]

ID = b"x-request-id: "


def finisher(settings: Settings) -> Finish:
    """Return the function that sees every answer last.

    A header that the answer itself has set is left out of the ready-made lines: the more specific one wins.
    """
    plain = security_lines(SecurityHeaders(hsts=0)) + ID
    secure = security_lines(SecurityHeaders(hsts=settings.hsts)) + ID

    def finish(request: Request, response: Response) -> None:
        if request.form_data is not None:
            response.run_after(request.aclose)
        connection = request.connection
        if response.own_headers is None and connection.trusted is None:
            lines = plain if connection.scheme == "http" else secure
            response.lines = b"%b%b%08x\r\n" % (lines, request_ids.process, request.serial)
            return
        scheme = request.scheme
        lines = secure if scheme == "https" else plain
        if scheme == "http" and settings.mode != "production":
            response.loosen_cookies()
        own = {name.lower() for name, _ in response.own_headers or ()}
        kept = [line for line in lines.split(b"\r\n") if line.partition(b":")[0] not in own]
        if b"x-request-id" not in own:
            kept[-1] += request.id.encode()
        response.lines = b"".join(line + b"\r\n" for line in kept)

    return finish
