"""What every answer gets: security headers and the request's id, as lines made ready for the wire."""

from __future__ import annotations

from rooftree.app.middleware import SecurityHeaders, security_lines
from rooftree.app.pipeline import Finish
from rooftree.base import Settings
from rooftree.http import Request, Response

__all__ = ["finisher"]


def finisher(settings: Settings) -> Finish:
    """Return the function that sees every answer last.

    A header that the answer itself has set is left out of the ready-made lines: the more specific one wins.
    """
    plain = security_lines(SecurityHeaders(hsts=0))
    secure = security_lines(SecurityHeaders(hsts=settings.hsts))
    loose = settings.mode != "production"  # on a developer's machine there is no TLS

    def finish(request: Request, response: Response) -> None:
        lines = secure if request.scheme == "https" else plain
        own = response.own_headers
        if own:
            if loose and lines is plain:
                response.loosen_cookies()
            lines = _without(lines, {name.lower() for name, _ in own})
        if request.form_data is not None:
            response.run_after(request.aclose)
        response.lines = b"%bx-request-id: %b\r\n" % (lines, request.id.encode())

    return finish


def _without(lines: bytes, names: set[bytes]) -> bytes:
    kept = [line for line in lines.split(b"\r\n") if line and line.partition(b":")[0] not in names]
    return b"".join(line + b"\r\n" for line in kept)
