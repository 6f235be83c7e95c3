"""Problem documents: errors as ``application/problem+json`` (RFC 9457)."""

from __future__ import annotations

from typing import Any

import msgspec

from rooftree.base import FieldError, HTTPError, RequestInvalid, Said, current_call
from rooftree.http.request import Request
from rooftree.http.response import Response, reason_of

__all__ = ["json_pointer", "parameter_name", "problem_document", "problem_response", "said_in", "wants_html"]

MEDIA_TYPE = "application/problem+json"


def problem_response(error: HTTPError, *, instance: str | None = None) -> Response:
    """Return the answer to an error.

    Args:
        error: What was raised; its headers go along.
        instance: A URI that names this very occurrence (section 3.1.5), such as ``urn:request:`` and the request's id.
    """
    document = problem_document(error, instance=instance)
    try:
        body = msgspec.json.encode(document, enc_hook=str)
    except UnicodeEncodeError:  # half a character, from a file's name perhaps: the standard library escapes it
        import json

        body = json.dumps(document, default=str).encode()
    return Response(body, error.status, MEDIA_TYPE, error.headers)


def problem_document(error: HTTPError, *, instance: str | None = None) -> dict[str, Any]:
    """Return the members of the document; the standard ones win over those in ``error.extra``."""
    document: dict[str, Any] = {
        "type": error.type,
        "title": error.title or reason_of(error.status) or "Error",
        "status": error.status,
    }
    locale = _other_language()
    if error.detail:
        document["detail"] = str(error.detail) if locale is None else said_in(error.detail, locale)
    if instance:
        document["instance"] = instance
    if isinstance(error, RequestInvalid):
        document["errors"] = [_member(field) for field in error.errors]
        if locale is not None:
            _translate(document, error, locale)
    return {**document, **{k: v for k, v in error.extra.items() if k not in document}} if error.extra else document


def _other_language() -> Any:
    """Return the language of the work at hand where the application speaks languages and it is not the source's."""
    call = current_call.get(None)
    locale = None if call is None else call.locale
    return None if locale is None or locale.tag.partition("-")[0] == "en" else locale


def said_in(detail: object, locale: Any) -> str:
    """Return the detail of an error in a language: what the framework says itself is translated like marked texts."""
    if not isinstance(detail, Said):
        return str(detail)
    from rooftree.i18n import Text, translate

    return translate(Text(detail.message, params=detail.params), locale)


def _translate(document: dict[str, Any], error: RequestInvalid, locale: Any) -> None:
    """Say what is wrong in a language; codes and parameters stay what they are."""
    from rooftree.i18n import fault_text, ngettext, translate

    count = len(error.errors)
    document["detail"] = translate(
        ngettext("%(count)s value cannot be used.", "%(count)s values cannot be used.", count), locale
    )
    for member, field in zip(document["errors"], error.errors, strict=True):
        member["detail"] = translate(fault_text(field.code, field.params, field.message), locale)


def _member(field: FieldError) -> dict[str, Any]:
    member: dict[str, Any] = {"detail": field.message, "in": field.where}
    if field.where == "body":
        member["pointer"] = json_pointer(field.path)
    elif field.path:
        member["parameter"] = parameter_name(field.path)
    member["code"] = field.code
    if field.params:
        member["params"] = field.params
    return member


def json_pointer(path: tuple[str | int, ...]) -> str:
    """Return the way to a value as a URI fragment: ``#/owner/emails/0`` (RFC 6901 section 6)."""
    from urllib.parse import quote

    steps = (quote(str(step).replace("~", "~0").replace("/", "~1"), safe="~", errors="replace") for step in path)
    return "#" + "".join(f"/{step}" for step in steps)


def parameter_name(path: tuple[str | int, ...]) -> str:
    """Return the way to a value as people write it: ``owner.emails[0]``."""
    name = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return name.removeprefix(".")


def wants_html(request: Request) -> bool:
    """Tell whether the other side is a browser asking for a page: it names ``text/html``, before any JSON."""
    for name, value in request.raw_headers:
        if name == b"accept":
            html, json = value.find(b"text/html"), value.find(b"json")
            return html >= 0 and (json < 0 or html < json)
    return False
