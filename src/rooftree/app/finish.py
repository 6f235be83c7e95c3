"""What every answer gets: security headers and the request's id, as lines made ready for the wire."""

from __future__ import annotations

from collections.abc import Callable

from rooftree.base import Settings
from rooftree.http import Request, Response, request_ids
from rooftree.security import Policies, security_lines

__all__ = ["Finish", "finisher"]

Finish = Callable[[Request, Response], None]

ID = b"x-request-id: "


def finisher(settings: Settings, policies: Policies) -> Finish:
    """Return the function that sees every answer last.

    A header that the answer itself has set is left out of the ready-made lines: the more specific one wins.

    Args:
        settings: The application's.
        policies: What its pages may load.
    """
    plain = security_lines(settings.security)
    secure = security_lines(settings.security, settings.hsts)
    plain_id, secure_id = plain + ID, secure + ID
    ours = frozenset(_names(secure)) | {
        b"content-security-policy", b"content-security-policy-report-only", b"x-request-id",
    }  # fmt: skip
    loose = settings.mode != "production"

    def finish(request: Request, response: Response) -> None:
        if request.form_data is not None and response.after is None:
            response.after = []  # its files are closed when these are done
        connection, media_type = request.connection, response.media_type
        if response.own_headers is None and connection.trusted is None:
            lines = plain_id if connection.scheme == "http" else secure_id
            response.lines = b"%b%b%08x\r\n" % (lines, request_ids.process, request.serial)
            if media_type is not None and media_type[:9] == "text/html":
                response.lines += policies.lines_for(request)
            return
        scheme = request.scheme
        if loose and scheme == "http":
            response.loosen_cookies()
        own = {pair[0].lower() for pair in response.own_headers or ()}
        lines = secure if scheme == "https" else plain
        if is_page(response):
            lines += policies.lines_for(request)
        if own.isdisjoint(ours):
            if connection.trusted is None:
                response.lines = b"%b%b%b%08x\r\n" % (lines, ID, request_ids.process, request.serial)
            else:
                response.lines = b"%b%b%b\r\n" % (lines, ID, request.id.encode())
            return
        if b"x-request-id" not in own:
            lines += ID + request.id.encode() + b"\r\n"
        response.lines = b"".join(line for line in lines.splitlines(True) if line.partition(b":")[0] not in own)

    return finish


def is_page(response: Response) -> bool:
    """Tell whether an answer is one that browsers show as a page, by its own header or its type."""
    for name, value in response.own_headers or ():
        if name.lower() == b"content-type":
            return value[:9].lower() == b"text/html"
    return response.media_type is not None and response.media_type[:9].lower() == "text/html"


def _names(lines: bytes) -> list[bytes]:
    return [line.partition(b":")[0] for line in lines.splitlines()]
